"""What changes numbers beside the ops is on the tape: each kind of event, with the numbers that the program had."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.microscope import Tape, record
from minigrad.microscope.entries import Change, Item
from minigrad.microscope.story import story
from tests.microscope.recorded import descent, leaf


def kinds(tape: Tape) -> list[str]:
    """The events but for the ops."""
    return [kind for kind, _ in tape.events if kind not in ("forward", "backward")]


def changes(tape: Tape, kind: str) -> list[Change]:
    return [change for change in tape.changes if change.kind == kind]


def only(tape: Tape, kind: str) -> Item:
    """The item of the only change of this kind."""
    ((item,),) = [change.items for change in changes(tape, kind)]
    return item


# ---- .grad is what the program had ----


def test_a_loop_with_zero_grad() -> None:
    w, tape = descent(3)
    assert [item.after.item() for c in changes(tape, "accumulate") for item in c.items] == pytest.approx(
        [-8, -1.6, -0.32]
    )
    assert tape.sources[0].grad == pytest.approx(-0.32) == w.grad.item()
    assert tape.to_dict()["sources"][0]["grad"]["values"] == pytest.approx([-0.32])
    assert story(tape).notices == []
    once = ["zero_grad", "pass", "accumulate", "passed", "step"]
    assert kinds(tape) == once * 3


def test_a_grad_that_was_there_before() -> None:
    w = leaf(1.0)
    w.grad = mg.tensor([100.0])
    with record() as tape:
        (w * 4).sum().backward()
    item = only(tape, "accumulate")
    assert (item.before.item(), item.arrived.item(), item.after.item()) == (100, 4, 104)
    assert tape.sources[0].grad.item() == 104
    assert story(tape).sums[0, 0].older


def test_autograd_grad_leaves_none() -> None:
    w = leaf(1.0)
    with record() as tape:
        mg.autograd.grad((w * 4).sum(), w)
    assert kinds(tape) == ["pass", "passed"]
    assert tape.passes[0].kind == "grad"
    assert tape.to_dict()["sources"][0]["grad"] is None


@pytest.mark.parametrize("factor", [10, 1])
def test_a_hook_of_a_leaf(factor: int) -> None:
    w = leaf(1.0)
    w.register_hook(lambda g: g * factor)
    with record() as tape:
        (w * 4).sum().backward()
    assert only(tape, "accumulate").after.item() == 4 * factor == w.grad.item()
    if factor == 1:
        assert kinds(tape) == ["pass", "accumulate", "passed"]
    else:
        assert (only(tape, "hook").before.item(), only(tape, "hook").after.item()) == (4, 40)


def test_hooks_between() -> None:
    w = leaf(1.0)
    with record() as tape:
        y = w * 2
        y.register_hook(lambda g: g * 3)
        y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0] * 5, None))
        y.sum().backward()
    arriving, sent = (change.items[0] for change in changes(tape, "hook"))
    assert (arriving.of, arriving.place, arriving.after.item()) == ("arriving", ("node", 0, 0), 3)
    assert (sent.of, sent.node, sent.position, sent.before.item(), sent.after.item()) == ("sent", 0, 0, 6, 30)
    assert w.grad.item() == 30


def test_what_is_retained() -> None:
    w = leaf(1.0)
    with record() as tape:
        y = w * 2
        y.retain_grad()
        (y * y).sum().backward(retain_graph=True)
        (y * y).sum().backward()
        y.grad = None
    of_y = [item for change in tape.changes for item in change.items if item.place == ("node", 0, 0)]
    assert [(None if i.before is None else i.before.item()) for i in of_y] == [None, 4, 8]
    assert of_y[-1].after is None


def test_a_hook_after_accumulation_may_write() -> None:
    w = leaf(1.0)

    def halve(p: Any) -> None:
        p.grad.mul_(0.5)

    w.register_post_accumulate_grad_hook(halve)
    with record() as tape:
        (w * 4).sum().backward()
    assert kinds(tape) == ["pass", "accumulate", "write", "passed"]
    assert tape.changes[1].by == "mul_"
    assert tape.sources[0].grad.item() == 2


def test_the_graph_of_a_gradient() -> None:
    w = leaf(3.0)
    with record() as tape:
        (w**3).sum().backward(create_graph=True)
        w.grad.sum().backward()
    assert tape.passes[0].graph
    assert [i.after.item() for c in changes(tape, "accumulate") for i in c.items] == [27, 27 + 18]
    assert all(node.in_backward for node in tape.nodes[2:-1])


def test_a_pass_that_fails_has_ended() -> None:
    w = leaf(2.0)
    with record() as tape:
        y = w.exp()
        y.add_(1)
        with pytest.raises(RuntimeError, match="inplace"):
            y.backward()
        (w * 2).sum().backward()
    assert [p.failed for p in tape.passes] == [True, False]
    assert tape.sources[0].grad.item() == 2


# ---- writes and assignments ----


WRITES: dict[str, tuple[Callable[[Any], Any], list[tuple[str, str, str]]]] = {
    "-= under no_grad": (lambda w: mg.no_grad()(lambda: w.sub_(0.1 * w.grad))(), [("write", "sub_", "value")]),
    "-= of data": (lambda w: w.data.sub_(0.1 * w.grad), [("write", "sub_", "value")]),
    "data =": (lambda w: setattr(w, "data", w.data - 0.1 * w.grad.data), [("assign", "data", "value")]),
    "grad = None": (lambda w: setattr(w, "grad", None), [("assign", "grad", "grad")]),
    "del grad": (lambda w: delattr(w, "grad"), [("assign", "grad", "grad")]),
    "grad.zero_": (lambda w: w.grad.zero_(), [("write", "zero_", "grad")]),
    "grad.data.zero_": (lambda w: w.grad.data.zero_(), [("write", "zero_", "grad")]),
    "a part of grad": (lambda w: w.grad.__setitem__(0, 5.0), [("write", "__setitem__", "grad")]),
    "a view of grad": (lambda w: w.grad[1:].fill_(5.0), [("write", "fill_", "grad")]),
    "clipping": (lambda w: mg.nn.utils.clip_grad_value_([w], 0.5), [("clip", "clip_grad_value_", "grad")]),
    "initializing": (lambda w: mg.nn.init.ones_(w), [("write", "fill_", "value")]),
    "NumPy": (lambda w: w.grad.numpy().fill(7.0), [("write", "", "grad")]),
    "copy_": (lambda w: w.data.copy_(mg.tensor([5.0, 6.0])), [("write", "copy_", "value")]),
    "nothing": (lambda w: setattr(w, "grad", w.grad), []),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes(name: str) -> None:
    write, expected = WRITES[name]
    w = leaf(1.0, -2.0)
    with record() as tape:
        (w * w).sum().backward()
        before = {"grad": w.grad.array.copy(), "value": w.array.copy()}
        write(w)
    written = [change for change in tape.changes if change.kind in ("write", "assign", "clip")]
    assert [(c.kind, c.by, c.items[0].of) for c in written] == expected
    for change in written:
        (item,) = change.items
        assert item.before.tolist() == before[item.of].tolist()
        assert (item.after is None) == (item.of == "grad" and w.grad is None)
        if item.after is not None:
            assert item.after.tolist() == (w.grad if item.of == "grad" else w).tolist()


def test_data_that_is_written_between() -> None:
    """It is one tensor with two values, and the ops say which they took."""
    w, x = leaf(2.0), mg.ones(1)
    with record() as tape:
        w * x
        x.fill_(7.0)
        w * x
    assert [source.name for source in tape.sources] == ["w", "x"]
    assert [node.arguments["other"].value.item() for node in tape.nodes] == [1, 7]
    item = only(tape, "write")
    assert (item.place, item.before.item(), item.after.item()) == (("source", 1), 1, 7)


def test_a_result_that_is_written_outside_the_graph() -> None:
    w = leaf(2.0)
    with record() as tape:
        y = w * 3
        y.detach().add_(1)
        y * 1
    item = only(tape, "write")
    assert (item.place, item.before.item(), item.after.item()) == (("node", 0, 0), 6, 7)
    assert tape.nodes[1].arguments["input"].value.item() == 7


def test_data_that_is_written_without_a_word() -> None:
    """``.data`` has no record of writes; the value is read anew all the same."""
    w = leaf(2.0)
    with record() as tape:
        w * 1
        w.data.mul_(2)
        w * 1
    assert [node.arguments["input"].value.item() for node in tape.nodes] == [2, 4]


def test_running_statistics() -> None:
    norm, x = mg.nn.BatchNorm1d(2), mg.tensor([[1.0, 2.0], [3.0, 6.0]])
    with record() as tape:
        for _ in range(2):
            norm(x).sum().backward()
    of_mean = [i for c in changes(tape, "write") for i in c.items if tape.sources[i.source or 0].name == "running_mean"]
    assert [item.before.tolist() for item in of_mean] == [[0, 0], pytest.approx([0.2, 0.4])]
    assert of_mean[-1].after.tolist() == norm.running_mean.tolist()
    assert {change.by for change in changes(tape, "write")} == {"batch_norm", "add_"}


def test_rows_that_an_embedding_shortens() -> None:
    layer = mg.nn.Embedding(3, 2, max_norm=0.1)
    with record() as tape:
        layer(mg.tensor([0])).sum().backward()
        layer(mg.tensor([1])).sum().backward()
    (change,) = changes(tape, "write")
    assert change.by == "embedding's max_norm"
    assert change.items[0].after.tolist() == layer.weight.tolist()


def test_loading() -> None:
    layer = mg.nn.Linear(1, 1)
    with record() as tape:
        layer(mg.ones(1, 1)).sum().backward()
        layer.load_state_dict({"weight": mg.full((1, 1), 5.0), "bias": mg.full((1,), 6.0)})
    (load,) = changes(tape, "load_state_dict")
    assert [item.after.item() for item in load.items] == [5, 6]
    assert load.by == "Linear.load_state_dict"
    assert changes(tape, "write") == []


# ---- zero_grad ----


@pytest.mark.parametrize("to_none", [True, False])
@pytest.mark.parametrize("owner", ["optimizer", "module"])
def test_zero_grad(to_none: bool, owner: str) -> None:
    layer = mg.nn.Linear(1, 1)
    optimizer = mg.optim.SGD(layer.parameters(), lr=0.1)
    with record() as tape:
        (optimizer if owner == "optimizer" else layer).zero_grad(to_none)
        layer(mg.ones(1, 1)).sum().backward()
        (optimizer if owner == "optimizer" else layer).zero_grad(to_none)
    first, second = changes(tape, "zero_grad")
    assert first.items == []
    assert [item.before.item() for item in second.items] == [1, 1]
    assert [None if i.after is None else i.after.item() for i in second.items] == [None, None] * to_none + [0, 0] * (
        not to_none
    )
    assert second.by == ("SGD" if owner == "optimizer" else "Linear") + ".zero_grad"
    assert [source.name for source in tape.sources] == ["", "weight", "bias"]


# ---- whether it was forgotten ----


def test_a_loop_that_forgot_zero_grad() -> None:
    w, tape = descent(3, zero=False)
    told = story(tape)
    assert tape.sources[0].grad.item() == w.grad.item()
    assert [(n.kind, n.rounds) for n in told.notices] == [("no zero_grad", [1, 2]), ("no zero_grad", [1, 2, 3])]
    assert "this gradient is the sum of steps 1 to 3" in str(told.notices[-1])
    assert told.notices[-1].line is not None
    assert told.notices[-1].line.text == "loss.backward()"
    assert [n["rounds"] for n in tape.to_dict()["notices"]] == [[1, 2], [1, 2, 3]]


def test_an_update_of_ones_own_that_forgot_it() -> None:
    w = leaf(1.0)
    with record() as tape:
        for _ in range(2):
            (w * w).sum().backward()
            with mg.no_grad():
                w -= 0.1 * w.grad
    assert [(n.kind, n.rounds) for n in story(tape).notices] == [("no zero_grad", [1, 2])]


def test_large_batches_in_parts() -> None:
    w = leaf(1.0)
    optimizer = mg.optim.SGD([w], lr=0.1)
    with record() as tape:
        for _ in range(2):
            for _ in range(3):
                (w * w).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
    told = story(tape)
    assert [(n.kind, n.passes, n.rounds) for n in told.notices] == [
        ("accumulated", [0, 1, 2], [1]),
        ("accumulated", [3, 4, 5], [2]),
    ]
    assert "sum of 3 backward passes" in str(told.notices[0])


RIGHT: dict[str, Callable[[Any, Any], Any]] = {
    "zero_grad last": lambda w, o: [(o.step(), o.zero_grad()) for _ in range(3) if (w * w).sum().backward() is None],
    "set to zero": lambda w, o: [(o.step(), o.zero_grad(False)) for _ in range(3) if (w * w).sum().backward() is None],
    "by hand": lambda w, o: [(o.step(), w.grad.zero_()) for _ in range(3) if (w * w).sum().backward() is None],
    "None": lambda w, o: [(o.step(), setattr(w, "grad", None)) for _ in range(3) if (w * w).sum().backward() is None],
    "clipped": lambda w, o: [
        (mg.nn.utils.clip_grad_norm_([w], 0.1), o.step(), o.zero_grad())
        for _ in range(3)
        if (w * w).sum().backward() is None
    ],
    "autograd.grad": lambda w, o: [w.data.sub_(mg.autograd.grad((w * w).sum(), w)[0]) for _ in range(3)],
    "two writes": lambda w, o: [
        (w.data.sub_(0.1), w.data.sub_(w.grad), w.grad.zero_()) for _ in range(3) if (w * w).sum().backward() is None
    ],
    "another type": lambda w, o: [
        (setattr(w, "data", w.data.clone().double()), setattr(w, "grad", None))
        for _ in range(2)
        if (w * w).sum().backward() is None
    ],
    "a step too many": lambda w, o: ((w * w).sum().backward(), o.step(), o.step()),
    "a last look": lambda w, o: ((w * w).sum().backward(), o.step(), (w * w).sum().backward()),
}


@pytest.mark.parametrize("name", RIGHT)
def test_no_false_alarm(name: str) -> None:
    w = leaf(1.0)
    with record() as tape:
        RIGHT[name](w, mg.optim.SGD([w], lr=0.1))
    assert story(tape).notices == []


def test_two_optimizers() -> None:
    """The loss of one leaves gradients in the weights of the other: they are forgotten before these move again."""
    maker, judge = leaf(1.0), leaf(2.0)
    optimizers = [mg.optim.SGD([w], lr=0.1) for w in (judge, maker)]
    with record() as tape:
        for _ in range(3):
            for optimizer in optimizers:
                optimizer.zero_grad()
                (maker * judge).sum().backward()
                optimizer.step()
    assert story(tape).notices == []
    assert story(tape).rounds[-1] == 6


def test_rounds_are_those_of_the_updates() -> None:
    _, tape = descent(3)
    told = story(tape)
    numbers = [number for (kind, _), number in zip(tape.events, told.rounds, strict=True) if kind == "step"]
    assert numbers == [1, 2, 3]
    assert told.passes == [1, 2, 3]
    assert tape.to_dict()["rounds"] == told.rounds


# ---- the optimizer's step ----


OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda p: mg.optim.SGD(p, lr=0.1),
    "SGD, momentum": lambda p: mg.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.3, maximize=True),
    "SGD, nesterov": lambda p: mg.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: mg.optim.Adam(p, lr=0.1),
    "Adam, amsgrad": lambda p: mg.optim.Adam(p, lr=mg.tensor(0.1), weight_decay=0.2, amsgrad=True, maximize=True),
    "AdamW": lambda p: mg.optim.AdamW(p, lr=0.1, weight_decay=0.2),
    "RMSprop": lambda p: mg.optim.RMSprop(p, lr=0.1),
    "RMSprop, all": lambda p: mg.optim.RMSprop(p, lr=0.1, momentum=0.5, centered=True, weight_decay=0.1),
    "Adagrad": lambda p: mg.optim.Adagrad(p, lr=0.1, lr_decay=0.5, weight_decay=0.1, initial_accumulator_value=0.3),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_lines_of_a_step(name: str) -> None:
    """Each line, worked out from the lines above, the state before and the options, comes to the number beside it."""
    w = leaf(1.0, -2.0, 0.5)
    optimizer = OPTIMIZERS[name]([w])
    with record() as tape:
        for k in range(3):
            optimizer.zero_grad()
            (w * w * (k + 1)).sum().backward()
            optimizer.step()
    for change in changes(tape, "step"):
        (item,) = change.items
        update = item.update
        assert update is not None
        assert change.by == f"{name.partition(',')[0]}.step"
        names = {"sqrt": np.sqrt, "max": np.maximum} | update.options
        names |= {"w": item.before.astype(float), "g": update.gradient.astype(float)}
        for kept, letter in update.symbols.items():
            before = update.state.get(kept, (None, None))[0]
            names[letter] = np.zeros(3) if before is None else before.astype(float)
        if "step" in update.state:
            names["t"] = update.state["step"][1].item()
        assert [line.name for line in update.lines][-1] == "w"
        for line in update.lines:
            names[line.name] = eval(line.text, {}, names)
            np.testing.assert_allclose(names[line.name], line.value, rtol=1e-4, atol=1e-6)
        assert update.lines[-1].value.tolist() == item.after.tolist()
    assert w.tolist() == item.after.tolist()
    json.dumps(tape.to_dict(), allow_nan=False)


@pytest.mark.parametrize("name", ["Adadelta", "Adamax", "ASGD", "NAdam", "RAdam", "Rprop", "Adafactor", "Muon"])
def test_steps_that_are_not_unfolded(name: str) -> None:
    w = mg.tensor([[1.0, -2.0]], requires_grad=True)
    optimizer = getattr(mg.optim, name)([w], lr=0.1)
    with record() as tape:
        for _ in range(2):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
    first, second = (change.items[0] for change in changes(tape, "step"))
    assert first.before.tolist() == [[1.0, -2.0]]
    assert first.after.tolist() == second.before.tolist()
    assert second.after.tolist() == w.tolist()
    assert second.update is not None
    assert second.update.options["lr"] == 0.1
    assert second.update.lines == []
    assert set(second.update.state) == {k for k, v in optimizer.state[w].items() if v is not None}
    json.dumps(tape.to_dict(), allow_nan=False)


def test_a_search_along_a_line() -> None:
    """LBFGS runs the program several times within a step: each move of the weights is told before the pass after it."""
    w = leaf(3.0)
    optimizer = mg.optim.LBFGS([w], lr=0.5, max_iter=3)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = ((w - 1) ** 2).sum()
        loss.backward()
        return loss

    with record() as tape:
        optimizer.step(closure)
    of_w = [item for change in tape.changes for item in change.items if item.of == "value"]
    assert len(of_w) > 1
    assert all(a.after.tolist() == b.before.tolist() for a, b in itertools.pairwise(of_w))
    assert (of_w[0].before.item(), of_w[-1].after.item()) == (3.0, w.item())
    assert {change.by for change in tape.changes if change.items and change.items[0].of == "value"} == {"LBFGS.step"}
    assert kinds(tape)[-1] == "step"


def test_an_optimizer_of_ones_own() -> None:
    class Halve(mg.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            super().step(closure)
            for p in self.param_groups[0]["params"]:
                p.data.mul_(0.5)

    w = leaf(4.0)
    optimizer = Halve([w], lr=1.0)
    with record() as tape:
        w.sum().backward()
        optimizer.step()
    item = only(tape, "step")
    assert (item.before.item(), item.after.item(), w.item()) == (4, 1.5, 1.5)
    assert item.update is not None
    assert item.update.lines == []


def test_parameter_groups() -> None:
    a, b, c = leaf(1.0), leaf(1.0), leaf(1.0)
    optimizer = mg.optim.SGD([{"params": [a]}, {"params": [b, c], "lr": 0.5}], lr=0.1)
    with record() as tape:
        (a + b).sum().backward()
        optimizer.step()
    (change,) = changes(tape, "step")
    assert [item.update.options["lr"] for item in change.items if item.update] == [0.1, 0.5]
    assert [item.after.item() for item in change.items] == pytest.approx([0.9, 0.5])


def test_a_step_without_gradients() -> None:
    w = leaf(1.0)
    with record() as tape:
        mg.optim.SGD([w], lr=0.1).step()
    assert changes(tape, "step")[0].items == []


# ---- what it costs ----


def test_numbers_are_held_once() -> None:
    """What an event leaves is what the next one finds: one copy, and no other until somebody writes."""
    net = mg.nn.Sequential(mg.nn.Linear(50, 50), mg.nn.ReLU(), mg.nn.Linear(50, 1))
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1)
    with record() as tape:
        for _ in range(3):
            optimizer.zero_grad()
            net(mg.ones(4, 50)).sum().backward()
            optimizer.step()
    held: dict[int, Any] = {}
    for change in tape.changes:
        for item in change.items:
            held |= {id(a): a for a in (item.before, item.after, item.arrived) if a is not None}
    for node in tape.nodes:
        held |= {id(o.value): o.value for o in node.arguments.values() if hasattr(o, "value")}
        held |= {id(c.after): c.after for step in node.steps for c in step.contributions}
    weights = [a for a in held.values() if a.shape == (50, 50)]
    assert len(weights) == 3 + 1 + 3  # of each step: what the weights became, and the gradient
