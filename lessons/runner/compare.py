"""Two engines on one lesson, step by step: how far apart they ever are, and their first mismatches.

What is promised, relative to torch's numbers, for the same seed:
- over the first 100 steps, every loss within 1e-5, and every parameter's gradient within 1e-4 of its largest so far.
  But a network with ReLUs or max-pools is not differentiable everywhere: rounding now and then moves one of a few
  million units across such a point, and one sample's share of the gradient appears or disappears as a whole. Such
  gradients are within 1e-4 at the first step, then within a half;
- after them, the mean of the last 100 losses within 10 %. Each engine then learns from its own roundings, and where one
  of them turns a ReLU on or off, the paths separate: torch beside itself, the first weights changed by 1e-7, differs by
  1e-3 within 500 steps of lesson 8 on MNIST and by 1e-1 within 5000. Every difference is still measured, and the first
  beyond the promise of the first 100 steps is remembered;
- results (predictions, curves) within 1 %; fractions such as accuracies within 0.03 of each other.

A network with max pooling comes to such a fork sooner: among the 100,000 windows of a step of lesson 9 there is, every
20 to 100 steps, one whose two largest numbers are equal but for rounding; the gradient then goes to another pixel, and
the losses differ by up to 1e-3 within 100 steps. torch in float32 beside torch in float64 forks as often. So lessons 9
and 10 promise their first 10 steps; the tests compare them in float64, where no two numbers come so near.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import fmean
from typing import Any

import numpy as np

from lessons.runner.play import Column
from lessons.runner.step import Result, Step
from reference_torch.oracle import as_array
from reference_torch.parity import Mismatch, difference

LOSS, GRADIENT, MEAN_LOSS, RESULT = 1e-5, 1e-4, 0.1, 1e-2
KINKED_GRADIENT, SHARE = 0.5, 0.03
FIRST = 100  # steps


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

    ``first``       over how many steps the losses and the gradients are promised
    ``kinks``       whether rounding can switch parts of the network on and off
    ``mismatches``  the first of the losses, of the gradients and of the results
    ``divergence``  the first gradient, after those steps, that is further apart than was allowed in them
    """

    ours: Column
    theirs: Column
    kinks: bool = False
    first: int = FIRST
    loss: Worst = field(default_factory=Worst)
    gradient: Worst = field(default_factory=Worst)
    mismatches: dict[str, Mismatch] = field(default_factory=dict)
    divergence: Mismatch | None = None
    _largest: dict[str, float] = field(default_factory=dict)  # of each parameter's gradients so far

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
                self._compare_results(x, y)

    def state(self) -> dict[str, Any]:
        """What was found so far, for a checkpoint."""
        return {
            "loss": asdict(self.loss),
            "gradient": asdict(self.gradient),
            "mismatches": {kind: asdict(found) for kind, found in self.mismatches.items()},
            "divergence": asdict(self.divergence) if self.divergence else None,
            "largest": dict(self._largest),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.loss, self.gradient = Worst(**state["loss"]), Worst(**state["gradient"])
        self.mismatches = {kind: Mismatch(**found) for kind, found in state["mismatches"].items()}
        self.divergence = Mismatch(**state["divergence"]) if state["divergence"] else None
        self._largest = dict(state["largest"])

    @property
    def same(self) -> bool:
        """Whether the engines never differed by more than is allowed."""
        return not self.mismatches

    @property
    def ratio(self) -> float:
        """Our time per step over torch's."""
        return self.ours.seconds_per_step / self.theirs.seconds_per_step

    def _compare_steps(self, x: Step, y: Step) -> None:
        step = len(self.theirs.losses)
        if step <= self.first:
            self.loss.see(self._look("loss", "loss", x.loss, y.loss, LOSS), "loss", step)
        else:
            self.loss.see(difference(x.loss, y.loss), "loss", step)
            means = fmean(self.ours.losses[-FIRST:]), fmean(self.theirs.losses[-FIRST:])
            self._look("loss", f"mean of the last {FIRST} losses", *means, MEAN_LOSS)
        for name in sorted(x.gradients.keys() ^ y.gradients.keys()):
            self._look("gradient", f"{name}.grad", name in x.gradients, name in y.gradients, 0.0)
        for name in [name for name in y.gradients if name in x.gradients]:
            self.gradient.see(self._compare_gradients(f"{name}.grad", x.gradients[name], y.gradients[name]), name, step)

    def _compare_results(self, x: Result, y: Result) -> None:
        for name in sorted(x.values.keys() ^ y.values.keys()):
            self._look("result", name, name in x.values, name in y.values, 0.0)
        for name in [name for name in y.values if name in x.values]:
            value = y.values[name]
            self._look("result", name, x.values[name], value, SHARE / value if _is_share(value) else RESULT)

    def _compare_gradients(self, name: str, ours: Any, theirs: Any) -> float:
        if ours is None or theirs is None:
            return self._look("gradient", name, ours is None, theirs is None, 0.0)
        step = len(self.theirs.losses)
        size = float(np.abs(as_array(theirs)).max(initial=0.0))
        largest = self._largest[name] = max(size, self._largest.get(name, 0.0))
        share = size / largest if largest else 1.0  # near the minimum a gradient is a difference of far larger numbers
        if step <= self.first:
            allowed = KINKED_GRADIENT if self.kinks and step > 1 else GRADIENT
            return self._look("gradient", name, ours, theirs, allowed, share)
        apart = difference(ours, theirs) * share
        if apart > GRADIENT and not self.divergence:
            self.divergence = mismatch(step, name, ours, theirs, apart, GRADIENT)
        return apart

    def _look(self, kind: str, name: str, ours: Any, theirs: Any, allowed: float, share: float = 1.0) -> float:
        apart = difference(ours, theirs) * share
        if apart > allowed and kind not in self.mismatches:
            self.mismatches[kind] = mismatch(len(self.theirs.losses), name, ours, theirs, apart, allowed)
        return apart


def _is_share(value: Any) -> bool:
    """A single number between 0 and 1, such as an accuracy: one sample more or less is not a matter of rounding."""
    return isinstance(value, float) and 0 < value < 1


def mismatch(step: int, name: str, ours: Any, theirs: Any, apart: float, allowed: float) -> Mismatch:
    """A Mismatch that keeps its numbers: the next step may write over a gradient."""
    return Mismatch(step, name, np.array(as_array(ours)), np.array(as_array(theirs)), apart, allowed)
