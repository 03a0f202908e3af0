"""Two engines on one lesson, step by step: how far apart they ever are, and where they first part.

The promise: the same seed gives the same losses within 1e-5 and the same gradients within 1e-4, relatively, over the
first 100 steps. Later each engine learns from its own roundings, and they add up: 100 times as much is allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lessons.play import Column
from lessons.step import Result, Step
from reference_torch.parity import Parting, difference

LOSS, GRADIENT, RESULT = 1e-5, 1e-4, 1e-2
FIRST, LATER = 100, 100  # steps the promise is for; how much more is allowed after them


@dataclass
class Worst:
    """The largest difference of a kind so far, and where it was."""

    difference: float = 0.0
    name: str = ""
    step: int = 0

    def see(self, apart: float, name: str, step: int) -> None:
        if apart > self.difference:
            self.difference, self.name, self.step = apart, name, step


@dataclass
class Comparison:
    """Two columns beside each other.

    ``partings``  where the losses, the gradients and the results first part, each at most once
    """

    ours: Column
    theirs: Column
    loss: Worst = field(default_factory=Worst)
    gradient: Worst = field(default_factory=Worst)
    partings: dict[str, Parting] = field(default_factory=dict)

    def run(self, on_step: Callable[[Step], None]) -> None:
        """Run both programs to their end, one step of each at a time; ``on_step`` is called after each pair."""
        while True:
            x, y = self.ours.advance(), self.theirs.advance()
            if x is None and y is None:
                return
            if type(x) is not type(y):
                steps = len(self.ours.losses), len(self.theirs.losses)
                self._look("steps", "number of steps", *steps, allowed=0.0)
                return
            if isinstance(x, Step) and isinstance(y, Step):
                self._compare_steps(x, y)
                on_step(x)
            elif isinstance(x, Result) and isinstance(y, Result):
                for name, value in y.values.items():
                    self._look("result", name, x.values[name], value, RESULT)

    @property
    def same(self) -> bool:
        """Whether the engines never parted by more than is allowed."""
        return not self.partings

    @property
    def ratio(self) -> float:
        """Our time per step over torch's."""
        return self.ours.seconds_per_step / self.theirs.seconds_per_step

    def _compare_steps(self, x: Step, y: Step) -> None:
        step = len(self.theirs.losses)
        more = 1 if step <= FIRST else LATER
        self.loss.see(self._look("loss", "loss", x.loss, y.loss, LOSS * more), "loss", step)
        for name in sorted(x.gradients.keys() ^ y.gradients.keys()):
            self._look("gradient", f"{name}.grad", name in x.gradients, name in y.gradients, 0.0)
        for name in [name for name in y.gradients if name in x.gradients]:
            ours, theirs = x.gradients[name], y.gradients[name]
            if ours is None or theirs is None:
                apart = self._look("gradient", f"{name}.grad", ours is None, theirs is None, 0.0)
            else:
                apart = self._look("gradient", f"{name}.grad", ours, theirs, GRADIENT * more)
            self.gradient.see(apart, name, step)

    def _look(self, kind: str, name: str, ours: Any, theirs: Any, allowed: float) -> float:
        apart = difference(ours, theirs)
        if apart > allowed and kind not in self.partings:
            step = len(self.theirs.losses)
            self.partings[kind] = Parting(step, name, ours, theirs, apart, allowed)
        return apart
