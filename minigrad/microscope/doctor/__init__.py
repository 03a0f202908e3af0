"""The doctor: names the mistakes that a training makes silently.

    with minigrad.microscope.doctor():
        for x, y in loader:
            ...
            loss.backward()
            optimizer.step()

It watches what the engine does, and prints a verdict at the end: each mistake, the line that makes it, and what to
write instead. A file here is a kind of mistake: the order of the steps, what goes into a loss, the mode of the model,
its parameters and those of the optimizer, units that are dead or saturated, the learning rate, graphs that grow.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from ...core.observe import unwatch, watch
from ...nn import Module
from .carried import Carried
from .finding import KINDS as KINDS
from .finding import Finding as Finding
from .finding import Notes, verdict
from .losses import Losses
from .members import Members
from .modes import Modes
from .rate import Rate
from .steps import Steps
from .units import Units


class Doctor:
    """What was found in the block; made by ``doctor()``.

    findings  the mistakes, a ``Finding`` each: kind, line, text, hint, times
    """

    def __init__(self, watched: tuple[Any, ...]) -> None:
        self.findings: list[Finding] = []
        self._notes = Notes()
        self._began = False
        self._steps, self._carried = Steps(self._notes), Carried(self._notes)
        others = Losses(self._notes), Modes(self._notes), Members(self._notes, watched), Units(self._notes)
        self._checks = [self._steps, self._carried, *others, Rate(self._notes)]

    def __enter__(self) -> Self:
        self._began = True
        for check in self._checks:
            watch(check)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for check in self._checks:
            unwatch(check)
        self._carried.failed(error)
        for check in self._checks:
            check.conclude()
        self.findings = list(self._notes.found.values())
        print(self)

    def __str__(self) -> str:
        if not self._began:
            return "The doctor has seen nothing yet: write with minigrad.microscope.doctor(): above the training."
        passes, steps = self._steps.passes, len(self._carried.marks) - 1
        return verdict(self.findings, f"{passes} backward passes and {steps} steps")

    __repr__ = __str__


def doctor(*watched: Any) -> Doctor:
    """Watch a training for mistakes that are made silently, and print what was found at the end of the block.

    Models that run and optimizers that step in the block are seen by themselves; others may be given.

    Raises  TypeError for what is neither a model nor an optimizer.

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.SGD([w], lr=0.1)
    >>> with minigrad.microscope.doctor() as d:
    ...     for _ in range(3):
    ...         (w * w).sum().backward()
    ...         optimizer.step()  # doctest: +ELLIPSIS
    The doctor found 1 mistake in 3 backward passes and 3 steps:
    <BLANKLINE>
    1. zero_grad() is forgotten (2 times)
    ...
        Hint: optimizer.zero_grad() in every step, before loss.backward().
    >>> d.findings[0].kind
    'no_zero_grad'
    """
    for x in watched:
        if not isinstance(x, Module) and not hasattr(x, "param_groups"):
            raise TypeError(f"doctor: expected models and optimizers, got {type(x).__name__}; with doctor(model): ...")
    return Doctor(watched)
