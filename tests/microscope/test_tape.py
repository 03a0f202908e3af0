"""The tape holds what the ops took and made, what their rules sent where, and who asked for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core.observe import mode, watching
from minigrad.microscope import Tape, record
from minigrad.microscope.summary import summary
from tests.microscope.recorded import leaf


def gradient(tape: Tape, name: str) -> Any:
    """The sum of what arrived at the source of that name."""
    (source,) = [s for s in tape.sources if s.name == name]
    return sum(a[2] for a in source.arrivals)


def assert_sums_agree(tape: Tape) -> None:
    """What arrived at each op from those who used its output adds up to what its rules were given."""
    for node in tape.nodes:
        for step in node.steps[:1]:
            upstream = step.upstream if isinstance(step.upstream, list) else [step.upstream]
            for k, u in enumerate(upstream):
                arrived = [a[3] for a in node.arrivals if a[0] == k]
                if arrived and len(node.steps) == 1:
                    np.testing.assert_allclose(sum(arrived), u, rtol=1e-6)


def test_what_lies_on_it() -> None:
    x, w = mg.tensor([1.0, 2.0]), leaf(3.0, -1.0)
    with record() as tape:
        y = x * w
        loss = (y + w).sum()
        loss.backward()
    assert [node.op for node in tape.nodes] == ["mul", "add", "sum"]
    assert [node.names for node in tape.nodes] == [["y"], [""], ["loss"]]
    assert [s.name for s in tape.sources] == ["x", "w"]
    assert [s.requires_grad for s in tape.sources] == [False, True]
    mul = tape.nodes[0]
    assert mul.label == "MulBackward0"
    assert mul.line is not None
    assert (mul.line.text, mul.line.function) == ("y = x * w", "test_what_lies_on_it")
    assert mul.line.file == __file__
    assert "d_input = g other" in mul.math
    assert mul.positions == ["input", "other"]
    assert mul.outputs[0].tolist() == [3.0, -2.0]
    assert (mul.arguments["input"].source, mul.arguments["other"].name) == (0, "w")
    assert tape.nodes[1].arguments["input"].node == 0
    assert tape.events == [
        ("forward", 0),
        ("forward", 1),
        ("forward", 2),
        ("pass", 0),
        ("backward", 2),
        ("backward", 1),
        ("backward", 0),
        ("accumulate", 0),
        ("passed", 0),
    ]
    assert [(node, k) for node, k, _ in tape.sources[1].arrivals] == [(1, 1), (0, 1)]
    assert gradient(tape, "w").tolist() == w.grad.tolist() == [2.0, 3.0]
    (step,) = mul.steps
    assert step.upstream.tolist() == [1.0, 1.0]
    assert [c.position for c in step.contributions] == [1]


def test_a_broadcast_operand_gets_the_sum() -> None:
    w, x = leaf(2.0), mg.ones(3, 2)
    with record() as tape:
        (w * x).sum().backward()
    (sent,) = tape.nodes[0].steps[0].contributions
    assert sent.before.shape == (3, 2)
    assert sent.after.tolist() == [6.0]


def test_modules() -> None:
    class Net(mg.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = mg.nn.Sequential(mg.nn.Linear(3, 2), mg.nn.Tanh())

        def forward(self, x: Any) -> Any:
            return self.layers(x).sum()

    net, x = Net(), mg.ones(4, 3)
    with record() as tape:
        net(x).backward()
    assert [node.module for node in tape.nodes] == ["Net.layers.0", "Net.layers.1", "Net"]
    np.testing.assert_allclose(gradient(tape, "layers.0.weight"), net.layers[0].weight.grad.array)
    assert_sums_agree(tape)


class Cube(mg.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, factor: float) -> Any:
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x**3 * factor

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x**2 * ctx.factor, None


def in_place(w: Any) -> Any:
    y = w * 2
    y.mul_(w)
    y[0] = 5.0
    return y.sum()


def hooked(w: Any) -> Any:
    layer = mg.nn.Linear(2, 1)
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: None)
    w.register_hook(lambda g: g * 2)
    return layer(w.unsqueeze(0)).sum()


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "views": lambda w: (w.view(1, 2).t()[0] * w.sum()).sum(),
    "in place": in_place,
    "several outputs": lambda w: sum(a * k for k, a in enumerate(w.unbind(), 1)) + w.max(0).values,
    "a list of operands": lambda w: mg.cat([w, w * 2, mg.ones(1)]).square().sum(),
    "an autograd.Function": lambda w: Cube.apply(w, 2.0).sum(),
    "hooks": hooked,
    "cross entropy": lambda w: mg.nn.functional.cross_entropy(mg.stack([w, w * w]), mg.tensor([0, 1])),
    "a cast": lambda w: (w.double() * w).sum(),
    "an index": lambda w: w[[0, 0, 1]].prod(),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    w = leaf(0.5, -1.5)
    with record() as tape:
        PROGRAMS[name](w).backward()
    assert_sums_agree(tape)
    if name != "hooks":  # a hook changes what arrives
        np.testing.assert_allclose(gradient(tape, "w"), w.grad.array, rtol=1e-6)
    seen = json.loads(tape.to_json())
    assert seen["version"] == 1
    assert [node["op"] for node in seen["nodes"]] == [node.op for node in tape.nodes]
    assert {kind for kind, *_ in seen["events"]} - {"hook"} == {"forward", "pass", "backward", "accumulate", "passed"}
    assert tape.to_dot().startswith("digraph")


def test_backward_twice_and_the_graph_of_a_gradient() -> None:
    w = leaf(2.0)
    with record() as tape:
        y = (w**3).sum()
        y.backward(retain_graph=True)
        (g,) = mg.autograd.grad(y, w, create_graph=True)
        g.sum().backward()
    assert [len(node.steps) for node in tape.nodes[:2]] == [2, 2]
    assert [node.in_backward for node in tape.nodes] == [False, False, *[True] * (len(tape.nodes) - 3), False]
    assert w.grad.tolist() == [24.0]


def test_a_step_of_an_optimizer() -> None:
    """It writes to the weights that the rules saved: what is on the tape is from before."""
    w = leaf(1.0, 2.0)
    optimizer = mg.optim.SGD([w], lr=0.5)
    with record() as tape:
        for _ in range(2):
            optimizer.zero_grad()
            square = w * w
            (square * square).sum().backward()
            optimizer.step()
    assert tape.nodes[0].arguments["input"].value.tolist() == [1.0, 2.0]
    assert tape.nodes[3].arguments["input"].value.tolist() == [-1.0, -14.0]
    assert tape.naive is not None  # of the last pass: 4 w^3, and the first half once more
    (wrong,) = tape.naive["gradients"].values()
    assert wrong.tolist() == [-6.0, -6.0 * 14**3]


def test_a_backward_pass_that_fails() -> None:
    w = leaf(2.0)
    with record() as tape:
        y = w.exp()
        y.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.backward()
    assert tape.naive is None


def test_what_was_made_before_is_left_out() -> None:
    w = leaf(2.0)
    y = w * 3
    with record() as tape:
        (y * y).sum().backward()
    assert [node.op for node in tape.nodes] == ["mul", "sum"]
    assert w.grad.tolist() == [36.0]
    assert tape.sources[0].name == "y"


def test_values_are_those_of_their_time() -> None:
    w, x = leaf(2.0), mg.ones(1)
    with record() as tape:
        y = w * x
        x.fill_(7.0)
        z = w * x
    assert [node.arguments["other"].value.tolist() for node in tape.nodes] == [[1.0], [7.0]]
    assert (y + z).item() == 16.0


def test_the_recording_ends() -> None:
    with pytest.raises(ValueError, match="no more"), record() as tape:
        leaf(1.0).exp()
        raise ValueError("no more")
    leaf(1.0).exp()
    assert len(tape.nodes) == 1
    assert (mode.watchers, watching) == ((), set())


def test_another_thread_is_not_recorded() -> None:
    with record() as tape:
        thread = threading.Thread(target=lambda: leaf(1.0).exp().sum().backward())
        thread.start()
        thread.join()
    assert tape.nodes == []


def test_schema() -> None:
    w = leaf(*[0.5] * 100)
    with record() as tape:
        (w.exp() + w).sum().backward()
    seen = tape.to_dict()
    exp, add, total = seen["nodes"]
    assert exp["arguments"] == [
        {"parameter": "input", "name": "w", "kind": "source", "source": 0, "value": summary(w.array) | {"array": 0}}
    ]
    assert exp["line"]["text"] == "(w.exp() + w).sum().backward()"
    assert total["steps"][0]["upstream"][0]["values"] == 1.0
    first, second = add["steps"][0]["contributions"]
    assert (first["to"], second["to"]) == ({"node": 0, "output": 0}, {"source": 0})
    (last,) = exp["steps"][0]["contributions"]
    assert last["sum"] == seen["sources"][0]["gradient"]
    assert last["sum"]["mean"] == pytest.approx(1 + np.exp(0.5), rel=1e-5)
    assert exp["bytes"] == 400


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3,), (2, 3), (65,), (1, 1, 28, 28), (500, 3)])
def test_summary(shape: tuple[int, ...]) -> None:
    a = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    seen = summary(a)
    assert seen.pop("array") is a
    assert json.loads(json.dumps(seen, allow_nan=False)) == seen
    assert seen["shape"] == list(shape)
    assert (seen["values"] is None) == (a.size > 64) == (seen["corner"] is not None)
    if a.size:
        assert seen["max"] == pytest.approx(a.max(), rel=1e-5)
        assert seen["std"] == pytest.approx(a.std(), rel=1e-5)
        assert seen["norm"] == pytest.approx(np.linalg.norm(a), rel=1e-5)


def test_summary_of_what_is_not_finite() -> None:
    seen = summary(np.array([1.0, np.nan, np.inf, -np.inf]))
    assert seen["values"] == [1.0, "nan", "inf", "-inf"]
    assert (seen["nan"], seen["inf"], seen["max"]) == (1, 2, 1.0)
    assert json.dumps(summary(np.full((100, 100), np.nan)) | {"array": 0}, allow_nan=False)
    one = summary(np.array(-np.inf))
    assert (one["nan"], one["inf"], one["max"], one["std"], one["values"]) == (0, 1, None, None, "-inf")
    assert summary(np.array([1e308, -1e308]))["norm"] is None  # infinite


def test_a_number_is_shown_as_it_was_given() -> None:
    x = mg.ones(2, requires_grad=True)
    with record() as tape:
        x * 3.0 + 2 * x
    assert [(type(n), n) for n in (tape.nodes[0].arguments["other"], tape.nodes[1].arguments["other"])] == [
        (float, 3.0),
        (int, 2),
    ]


def test_everything_that_an_op_takes_has_a_name() -> None:
    def loss_of(x: float, ys: list[float]) -> Any:
        loss = ((w * x - mg.tensor(ys)) ** 2).sum()
        yield loss
        loss.backward()
        yield loss

    w, rows = mg.tensor([1.0, 3.0], requires_grad=True), mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    program = loss_of(1.5, [2.0, 4.0])
    with record() as tape:
        next(program)
        next(program)
        (w * rows[1] * 2).sum()
    assert [source.name for source in tape.sources] == ["w", "ys", "rows[1]"]
    assert tape.nodes[3].names == ["loss"]  # learned at backward(): the block is in another frame
    named = [c for c in (node.constants for node in tape.nodes) if c]
    assert [list(c.values()) for c in named] == [["x"], [""], [""]]


def test_a_literal_is_not_taken_for_a_variable_of_its_value() -> None:
    w, k = mg.tensor(3.0, requires_grad=True), 2
    with record() as tape:
        w * k * 2
        w * k
    assert [node.constants for node in tape.nodes] == [{"other": ""}, {"other": ""}, {"other": "k"}]


def test_files_are_shown_from_their_package_on() -> None:
    w = mg.tensor(3.0, requires_grad=True)
    with record() as tape:
        w * 2
    assert tape.to_dict()["nodes"][0]["line"]["file"] == "tests/microscope/test_tape.py"


@pytest.mark.parametrize("call", ["backward", "grad"])
def test_the_ops_of_a_backward_pass_have_the_line_that_asked_for_it(call: str) -> None:
    x = mg.tensor(2.0, requires_grad=True)
    with record() as tape:
        y = x**3 + x.sin() * x
        if call == "grad":
            mg.autograd.grad(y, x, create_graph=True)
        else:
            y.backward(create_graph=True)
    lines = {node.line and node.line.text for node in tape.nodes if node.in_backward}
    (line,) = lines
    assert line is not None and line.endswith("create_graph=True)")
    assert "_config" not in str(tape)
