"""A training run twice: as it is written, and with every zero_grad forgotten.

Nothing is worked out afterwards: ``Forget`` watches the second run, and puts back into ``.grad`` what the program
clears, whether by ``optimizer.zero_grad()``, ``w.grad = None`` or ``w.grad.zero_()``.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.node import Leaf
from ..core.observe import mode, unwatch, watch
from ..core.variable import wrap
from ..core.watcher import Watcher

STEPS = 12

Training = Callable[[], Iterator[tuple[float, dict[str, Any]]]]
"""Begins a training anew: each step's loss, and what is in ``.grad`` of its parameters, by name."""


class Forget(Watcher):
    """Undoes every zero_grad.

    undone   how many gradients were put back
    """

    def __init__(self) -> None:
        self.undone = 0
        self._kept: weakref.WeakKeyDictionary[Leaf, Any] = weakref.WeakKeyDictionary()
        self._cleared: list[tuple[Leaf, Any]] = []

    def accumulate_ended(self, leaf: Leaf) -> None:
        self._kept[leaf] = leaf.grad.array.copy()

    def act_began(self, act: str, owner: Any) -> None:
        if act == "zero_grad":
            self._cleared = [(leaf, g) for leaf, g in self._kept.items() if leaf.grad is not None]

    def act_ended(self, act: str, owner: Any) -> None:
        if act == "zero_grad":
            for leaf, g in self._cleared:
                if leaf.grad is None or not leaf.grad.array.any():
                    self._put_back(leaf, g)
            self._cleared = []

    def assigned(self, x: Any, attribute: str) -> None:
        if attribute == "grad" and x.grad is None and x.node in self._kept:
            self._put_back(x.node, self._kept[x.node])

    def wrote(self, x: Any, by: str, recorded: bool) -> None:
        if by.startswith("zero_ ") and not self._cleared:
            for leaf, g in list(self._kept.items()):
                if leaf.grad is not None and leaf.grad.array is x.array:
                    self._put_back(leaf, g)

    def _put_back(self, leaf: Leaf, g: Any) -> None:
        leaf.grad = wrap(g.copy())
        self.undone += bool(g.any())


@dataclass
class Run:
    """What a training came to in its first steps: the loss, and ``.grad`` of one parameter, of each step."""

    losses: list[float] = field(default_factory=list)
    gradients: list[Any] = field(default_factory=list)


@dataclass
class BothWays:
    """The same steps twice.

    name       the parameter whose ``.grad`` is shown: the smallest
    kept       the run as it is written
    forgotten  the run without any zero_grad
    example    whether this is the built-in example, not the user's training
    """

    name: str
    kept: Run
    forgotten: Run
    example: bool = False


def both_ways(training: Training, steps: int = STEPS) -> BothWays | None:
    """The first steps of a training, as it is and with every zero_grad forgotten; None if it never clears a gradient.

    >>> def training():
    ...     w = minigrad.tensor([1.], requires_grad=True)
    ...     for _ in range(9):
    ...         w.grad = None
    ...         loss = ((w - 3) ** 2).sum()
    ...         loss.backward()
    ...         w.data = w.data - 0.25 * w.grad
    ...         yield loss.item(), {"w": w.grad}
    >>> runs = minigrad.microscope.both_ways(training, steps=2)
    >>> [g.item() for g in runs.kept.gradients], [g.item() for g in runs.forgotten.gradients]
    ([-4.0, -2.0], [-4.0, -6.0])
    """
    forget = Forget()
    watchers, mode.watchers = mode.watchers, ()  # who records the program shall not see this
    try:
        name, kept = _run(training, steps, "")
        watch(forget)
        try:
            _, forgotten = _run(training, steps, name)
        finally:
            unwatch(forget)
    finally:
        mode.watchers = watchers
    return BothWays(name, kept, forgotten) if forget.undone else None


def _run(training: Training, steps: int, name: str) -> tuple[str, Run]:
    """The first steps of a training; without a name, of the parameter with the fewest numbers."""
    run = Run()
    with closing(training()) as program, np.errstate(all="ignore"):  # type: ignore[type-var]
        for loss, gradients in program:
            shown = {n: g for n, g in gradients.items() if g is not None}
            name = name or min(shown, key=lambda n: shown[n].array.size, default="")
            run.losses.append(loss)
            run.gradients.append(shown[name].array.copy() if name in shown else np.zeros(0))
            if len(run.losses) == steps:
                break
    return name, run
