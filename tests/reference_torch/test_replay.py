"""The replay finds nothing in a right engine, and in a wrong one names the op that is wrong, and only that."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core.op import OPS
from minigrad.microscope import Tape, record
from minigrad.ops.layers.pool_max import winners
from reference_torch.replay import Replay, replay

F = mg.nn.functional


class Net(mg.nn.Module):
    """Several ops on two ways that meet again, with ties for max and for the pooling."""

    def __init__(self) -> None:
        super().__init__()
        mg.manual_seed(0)
        self.conv = mg.nn.Conv2d(1, 2, 3)
        self.hidden = mg.nn.Linear(8, 4)
        self.scale = mg.nn.Parameter(mg.tensor([1.5, -0.5, 2.0, 1.0]))

    def forward(self, x: Any) -> Any:
        x = F.relu(self.conv(x))
        x = F.max_pool2d(x, 2)
        x = self.hidden(x.view(-1, 8))
        x = x * self.scale
        best = F.relu(x - 9).amax(1)  # zeros: all tie
        return F.cross_entropy(x.exp().log() @ mg.ones(4, 3), mg.tensor([0, 2, 1])) + best.mean()


def recorded() -> Tape:
    net = Net()
    x = mg.arange(108.0).view(3, 1, 6, 6).sin()
    x[:, :, 4:] = 0.0  # equal pixels: the pooling must choose
    with record() as tape:
        net(x).backward()
    return tape


def test_the_right_engine_is_the_same_as_torch() -> None:
    tape = recorded()
    report = replay(tape)
    assert report.mismatches == []
    assert report.verdict == f"the same as torch: {len(tape.nodes)} nodes compared"
    for node in tape.nodes:
        assert node.parity is not None
        assert node.parity["output"] < 1e-5
        assert set(node.parity["gradients"]) == {node.positions[c.position] for c in node.steps[0].contributions}
        assert max(node.parity["gradients"].values()) < 1e-5


def rule(name: str, operand: str, wrong: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Plant a wrong rule. Plans that are compiled hold the rule itself, so its code is exchanged."""
    return lambda patch: patch.setattr(OPS[name].rules[operand], "__code__", wrong.__code__)


def unsummed(g: Any, shape: tuple[int, ...]) -> Any:
    """In place of ``sum_to``: the first of the gradients that should have been added up."""
    return g[(0,) * (g.ndim - len(shape))].reshape(shape)


def last_wins(find: Callable[..., Any]) -> Callable[..., Any]:
    """In place of max_pool's ``winners``: of equal pixels the last."""

    def wrong(x: Any, w: Any, nan: bool = False) -> Any:
        best, winner = find(np.flip(x, (-1, -2)), w)
        return np.flip(best, (-1, -2)), np.flip(3 - winner, (-1, -2)).copy()

    return wrong


def first_pixel(x: Any, w: Any, nan: bool = False) -> Any:
    """In place of ``winners``: no maximum at all."""
    best = x[..., ::2, ::2].copy()
    return best, np.zeros(best.shape, np.uint8)


def first_takes_all(x: Any, out: Any, dims: Any, keepdim: bool, nan: bool) -> Any:
    """In place of ``shares`` of max: of those that tie the first gets all."""
    best = np.argmax(x, dims[0], keepdims=True)
    part = np.zeros_like(x)
    np.put_along_axis(part, best, 1, dims[0])
    return part


PLANTED: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str, str, str]] = {
    # what is wrong: (how to plant it, the op and the gradient that must be named, its line of source)
    "a missing factor": (rule("mul", "other", lambda g, input: g), "mul", "d other", "x = x * self.scale"),
    "a factor too many": (rule("exp", "input", lambda g, out: g * out * out), "exp", "d input", "x.exp().log()"),
    "a sign": (rule("log", "input", lambda g, input: g / -input), "log", "d input", "x.exp().log()"),
    "a transposed operand": (
        rule("linear", "weight", lambda g, x: _mm(record(t)(x), g).reshape(g.shape[1], x.shape[1])),  # type: ignore[name-defined]  # noqa: F821
        "linear",
        "d weight",
        "x = self.hidden(x.view(-1, 8))",
    ),
    "a bias gradient that is not a sum": (
        rule("linear", "bias", lambda g: record(sum)(g[:1], (0,), False)),  # type: ignore[name-defined]
        "linear",
        "d bias",
        "x = self.hidden(x.view(-1, 8))",
    ),
    "an un-summed broadcast axis": (
        lambda patch: patch.setattr("minigrad.core.roles.roles.sum_to", unsummed),
        "mul",
        "d other",
        "x = x * self.scale",
    ),
    "a wrong tie-break in max": (
        lambda patch: patch.setattr("minigrad.ops.reduce.extremes.shares", first_takes_all),
        "amax",
        "d x",
        "best = F.relu(x - 9).amax(1)",
    ),
    "a wrong tie-break in max-pool": (
        lambda patch: patch.setattr("minigrad.ops.layers.pool_max.winners", last_wins(winners)),
        "max_pool2d",
        "d x",
        "x = F.max_pool2d(x, 2)",
    ),
    "a wrong value": (
        lambda patch: patch.setattr("minigrad.ops.layers.pool_max.winners", first_pixel),
        "max_pool2d",
        "output",
        "x = F.max_pool2d(x, 2)",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_error_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, op, what, source = PLANTED[name]
    plant(monkeypatch)
    report = replay(recorded())
    assert report.first is not None, str(report)
    assert (report.first.record.op, report.first.what) == (op, what)
    assert report.first.record.line is not None
    assert source in report.first.record.line.text
    assert {d.record.op for d in report.mismatches} == {op}, "the others are right, given what they were given"
    assert "here," in report.verdict
    assert "in torch" in report.verdict
    assert source in report.verdict.replace("\n  ", " ")
    assert max(map(len, str(report).splitlines())) <= 80


def wrong_sqrt(monkeypatch: pytest.MonkeyPatch) -> tuple[Tape, Replay]:
    """A root, which IEEE 754 rounds one way on every processor: no printed number is a rounding difference."""
    rule("sqrt", "input", lambda g, out: g / out)(monkeypatch)
    w = mg.tensor([1.0, 4.0, 0.25], requires_grad=True)
    with record() as tape:
        loss = (w.sqrt() * 2).sum()
        loss.backward()
    return tape, replay(tape)


def test_report(monkeypatch: pytest.MonkeyPatch, golden: Callable[[str, str], None]) -> None:
    _, report = wrong_sqrt(monkeypatch)
    line = report.tape.nodes[0].line
    assert line is not None
    golden("replay.txt", str(report).replace(f":{line.number}:", ":1:") + "\n")


def test_torchs_numbers_stand_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    tape, _ = wrong_sqrt(monkeypatch)
    seen = json.loads(tape.to_json())["nodes"][0]["parity"]
    assert seen["departs"] == ["d input"]
    assert seen["gradients"]["input"] == 2
    assert seen["torch"]["gradients"][0]["input"]["values"] == [1, 0.5, 2]
    assert seen["torch"]["outputs"][0]["values"] == [1, 2, 0.5]


def test_every_backward_pass_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    w = mg.tensor([2.0], requires_grad=True)
    with record() as tape:
        y = (w**3).sum()
        y.backward(retain_graph=True)
        (g,) = mg.autograd.grad(y, w, create_graph=True)
        g.sum().backward()
    report = replay(tape)
    assert report.mismatches == []
    assert tape.nodes[0].parity is not None
    assert [g["x"].tolist() for g in tape.nodes[0].parity["torch"]["gradients"]] == [[12.0], [12.0]]


def test_a_rule_with_nothing_to_send_is_compared_with_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    rule("mul", "other", lambda g, input: None)(monkeypatch)
    w, x = mg.tensor([2.0], requires_grad=True), mg.tensor([3.0], requires_grad=True)
    with record() as tape:
        (w * x).sum().backward()
    first = replay(tape).first
    assert first is not None
    assert (first.record.op, first.what) == ("mul", "d other")


class exp(mg.autograd.Function):  # named as an op
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x + 1

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g


def hooked(w: Any) -> Any:
    layer = mg.nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: None)
    return layer(w)


@pytest.mark.parametrize(
    ("program", "words"), [(exp.apply, "an autograd.Function of yours"), (hooked, "hands gradients to")]
)
def test_what_cannot_be_compared_says_so(program: Callable[[Any], Any], words: str) -> None:
    w = mg.tensor([[2.0]], requires_grad=True)
    with record() as tape:
        (program(w) * 2).sum().backward()
    report = replay(tape)
    assert report.first is None
    assert report.reasons
    assert all(words in reason for reason in report.reasons.values())
    assert f"{len(report.reasons)} not comparable" in report.verdict
    assert f"not comparable: {words}" in str(report)
    assert max(map(len, str(report).splitlines())) <= 80
    (number, *_) = report.reasons
    assert words in json.loads(tape.to_json())["nodes"][number]["parity"]["reason"]


def test_infinities(monkeypatch: pytest.MonkeyPatch) -> None:
    w = mg.tensor([0.0, -1.0], requires_grad=True)
    with record() as tape:
        w.log().sum().backward()
    assert replay(tape).first is None, "torch has the same infinity and the same nan"
    rule("log", "input", lambda g, input: g)(monkeypatch)
    with record() as tape:
        w.log().sum().backward()
    assert replay(tape).first is not None
    assert json.loads(tape.to_json())["nodes"][0]["parity"]["gradients"] == {"input": None}


@pytest.mark.parametrize("dtype", [mg.float32, mg.float64])
def test_rounding_is_no_departure(dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shift of all rows alike changes no variance: the bias' gradient is a sum that cancels, and noise is left."""
    mg.manual_seed(0)
    layer = mg.nn.Linear(8, 5, dtype=dtype)
    with record() as tape:
        layer(mg.randn(500, 8, dtype=dtype)).var(0).sum().backward()
    assert replay(tape).mismatches == []
    monkeypatch.setattr("reference_torch.replay.ROUNDING", 0.0)
    assert [d.what for d in replay(tape).mismatches] == ["d bias"]
