"""A learning rate that is too large: the loss grows, or is nan, and the steps are as large as the weights."""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np

from ...core.grad_fn import output_of
from ...core.node import Node
from ...core.variable import Variable
from ..frames import Line
from .finding import Check, Notes, here
from .graph import parameters_of

GROWTH = 20.0  # of the loss, from the first step to the last quarter of them
LARGE = 0.05  # a step over the weights, beside a loss that grows


class Rate(Check):
    """Follows the losses that backward() was called on, line by line, and how far the steps of each optimizer go."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.values: weakref.WeakKeyDictionary[Any, float] = weakref.WeakKeyDictionary()  # of every single number
        self.losses: dict[Any, tuple[Line | None, list[float]]] = {}
        self.before: list[tuple[Any, Any]] = []  # each parameter and its numbers, while a step is made
        self.tried = False  # whether this step has called its closure, which may be called again to look for a place
        self.moves: weakref.WeakKeyDictionary[Any, tuple[Line | None, list[float]]] = weakref.WeakKeyDictionary()

    def node_made(self, node: Node, args: Any, out: Any) -> None:
        if isinstance(out, Variable) and out.array.size == 1:
            self.values[node] = float(out.array.item())

    def backward_began(self, roots: Any, kind: str, graph: bool) -> None:
        node = output_of(roots[0][0])[0] if len(roots) == 1 else None
        if kind == "backward" and isinstance(node, Node) and node in self.values and not self.tried:
            self.tried = bool(self.before)
            line = here()
            self.losses.setdefault(line and (line.file, line.number), (line, []))[1].append(self.values[node])

    def act_began(self, act: str, owner: Any) -> None:
        if act == "step":
            self.before = [(p, p.array.copy()) for p in parameters_of(owner)]

    def act_ended(self, act: str, owner: Any) -> None:
        if act != "step" or not self.before:
            return
        with np.errstate(all="ignore"):
            moved = math.hypot(*[float(np.linalg.norm(p.array - before)) for p, before in self.before])
            size = math.hypot(*[float(np.linalg.norm(before)) for _, before in self.before])
        self.before, self.tried = [], False
        if moved and size:
            self.moves.setdefault(owner, (here(), []))[1].append(moved / size)

    def conclude(self) -> None:
        """Judge what the losses and the steps have come to."""
        moves = {owner: _median(_last(shares)) for owner, (_, shares) in self.moves.items()}
        largest = max(moves.values(), default=math.inf)  # steps by hand are not measured
        for line, losses in self.losses.values():
            first = next((k for k, loss in enumerate(losses) if not math.isfinite(loss)), None)
            if first is not None:
                self._not_finite(line, losses, first)
                return
            if _grew(losses) and largest >= LARGE:
                self.notes.add(
                    "exploding",
                    line,
                    f"The loss grows, from {losses[0]:.4g} to {losses[-1]:.4g} in {len(losses)} steps"
                    + (f", and a step is {largest:.2g} times as large as the weights." if moves else "."),
                    "a smaller learning rate, a tenth of this one.",
                )
                return
        for owner, (line, shares) in self.moves.items():
            if len(shares) >= 5 and moves[owner] >= 1:
                self.notes.add(
                    "exploding",
                    line,
                    f"A step is {moves[owner]:.2g} times as large as the weights; about 0.001 is usual. What was "
                    "learnt is overwritten.",
                    f"a smaller learning rate than lr={owner.param_groups[0].get('lr', '?')}.",
                )

    def _not_finite(self, line: Line | None, losses: list[float], first: int) -> None:
        if first:
            text = f"The loss is {losses[first]} from backward pass {first + 1} on; the first one was {losses[0]:.4g}."
            hint = "a smaller learning rate, a tenth of this one."
        else:
            text = f"The loss is {losses[0]} from the start."
            hint = "look for nan in the data, and for log(0), 0/0 or sqrt(0); autograd.detect_anomaly() names the op."
        self.notes.add("exploding", line, text, hint)


def _last(values: list[float]) -> list[float]:
    return values[len(values) // 2 :]


def _median(values: list[float]) -> float:
    return float(np.median(values)) if values else 0.0


def _grew(losses: list[float]) -> bool:
    """Whether the loss, if it is one that training makes smaller, ends far above where it began."""
    if len(losses) < 3 or min(losses) < 0:
        return False
    if len(losses) < 8:
        return losses == sorted(losses) and losses[-1] > 100 * losses[0] > 0
    return _median(losses[-(len(losses) // 4) :]) > GROWTH * losses[0] > 0
