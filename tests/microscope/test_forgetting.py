"""A training that is run with and without zero_grad: the second run is the program without the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core.observe import mode, watching
from minigrad.microscope import both_ways, record


def clear_nothing(w: Any, optimizer: Any) -> None: ...


def assign_none(w: Any, optimizer: Any) -> None:
    w.grad = None


WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "zero_grad": lambda w, optimizer: optimizer.zero_grad(),
    "zero_grad to zeros": lambda w, optimizer: optimizer.zero_grad(set_to_none=False),
    "assigned": assign_none,
    "zero_": lambda w, optimizer: w.grad is not None and w.grad.zero_(),
    "data.zero_": lambda w, optimizer: w.grad is not None and w.grad.data.zero_(),
}


def training(clear: Callable[[Any, Any], Any], momentum: float = 0.0) -> Iterator[Any]:
    mg.manual_seed(0)
    w = mg.tensor([1.0, -1.0], requires_grad=True)
    optimizer = mg.optim.SGD([w], lr=0.05, momentum=momentum)
    for _ in range(9):
        loss = ((mg.randn(4, 2) @ w - 2) ** 2).mean()
        clear(w, optimizer)
        loss.backward()
        optimizer.step()
        yield loss.item(), {"w": w.grad}


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("way", WAYS)
def test_the_second_run_is_the_program_without_the_line(way: str, momentum: float) -> None:
    runs = both_ways(lambda: training(WAYS[way], momentum), steps=6)
    assert runs is not None and runs.name == "w"
    for run, clear in ((runs.kept, WAYS[way]), (runs.forgotten, clear_nothing)):
        program = training(clear, momentum)
        expected = [(loss, kept["w"].numpy().copy()) for (loss, kept), _ in zip(program, range(6), strict=False)]
        assert run.losses == [loss for loss, _ in expected]
        assert all(map(np.array_equal, run.gradients, [g for _, g in expected]))


def test_a_program_that_clears_nothing_has_no_second_run() -> None:
    assert both_ways(lambda: training(clear_nothing)) is None


def test_who_records_does_not_see_it_and_it_leaves_nothing_behind() -> None:
    with record() as tape:
        both_ways(lambda: training(WAYS["zero_grad"]))
    assert tape.nodes == [] and not mode.watchers and not watching
