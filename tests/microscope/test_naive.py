"""The wrong walk, with its numbers: what has arrived at each visit, and what is sent on from there."""

from __future__ import annotations

from typing import Any

import minigrad as mg
from minigrad.microscope import Tape, record
from tests.microscope.recorded import leaf


def wrong(tape: Tape, source: int = 0) -> Any:
    assert tape.naive is not None
    return tape.naive["gradients"][source]


def test_it_can_be_walked_with_its_numbers() -> None:
    """y is used twice: at the second visit it passes on all of its gradient, the first half once more."""
    w = leaf(3.0)
    with record() as tape:
        y = w * 2
        (y * y).sum().backward()
    assert tape.naive is not None
    assert tape.naive["visits"] == [2, 1, 0, 0]
    first, second = tape.naive["steps"][2:]
    assert (first.upstream[0].tolist(), first.sends[0].after.tolist()) == ([6], [12])
    assert (second.upstream[0].tolist(), second.sends[0].after.tolist()) == ([12], [24])
    assert wrong(tape).tolist() == [36]
    assert w.grad.tolist() == [24]
    told = tape.to_dict()["naive"]
    assert told["visits"] == [2, 1, 0, 0]
    assert [step["upstream"][0]["values"] for step in told["steps"]] == [1.0, [1.0], [6.0], [12.0]]
    assert told["steps"][3]["contributions"][0]["to"] == {"source": 0}
    assert told["steps"][3]["contributions"][0]["after"]["values"] == [24]


def test_several_outputs() -> None:
    w = leaf(1.0, 2.0)
    with record() as tape:
        a, b = w.unbind()
        (a * b).backward()
    assert tape.naive is not None
    assert tape.naive["visits"] == [1, 0, 0]
    upstream = [[None if u is None else u.item() for u in visit.upstream] for visit in tape.naive["steps"]]
    assert upstream == [[1], [2, None], [2, 1]]
    assert wrong(tape).tolist() == [2 + 2, 1]
    assert w.grad.tolist() == [2, 1]


def test_several_roots() -> None:
    w = leaf(1.0)
    with record() as tape:
        y = w * 2
        mg.autograd.backward([(y * 3).sum(), (y * 5).sum()])
    assert wrong(tape).item() == 6 + 16
    assert w.grad.item() == 16


def test_the_users_own_backward_runs_once() -> None:
    calls = []

    class Twice(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            calls.append(g)
            return g * 2

    w = leaf(1.0)
    with record() as tape:
        Twice.apply(w).sum().backward()
    assert wrong(tape).item() == 2
    with record() as tape:
        y = Twice.apply(w)
        (y * y).sum().backward()
    assert tape.naive is None
    assert len(calls) == 2


def test_hooks_are_not_run_again() -> None:
    w = leaf(1.0)
    with record() as tape:
        y = w * 2
        y.register_hook(lambda g: g * 3)
        y.sum().backward()
    assert tape.naive is None


def test_the_optimizer_comes_after_the_walk() -> None:
    """Even one that steps as soon as a gradient is there."""
    w = leaf(3.0)
    optimizer = mg.optim.SGD([w], lr=1.0)
    w.register_post_accumulate_grad_hook(lambda p: optimizer.step())
    with record() as tape:
        y = w * w
        (y * y).sum().backward()
    assert wrong(tape).item() == 4 * 27 + 2 * 27
