"""The mistake that everybody makes once: to walk the graph depth first instead of waiting until a gradient is complete.

    def visit(node):
        for each operand:  operand.grad += rule(node.grad);  visit(operand)

A node whose output was used twice is visited twice. At the first visit only half of its gradient has arrived; at the
second it passes on the whole gradient, so that the first half is counted twice. Sorting by age, children first, visits
each node once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.node import Node
from ..core.sweep import unbroadcast
from .copies import same
from .entries import Contribution, Recording, Root, Step

MOST = 500  # visits: their number grows with the number of paths, which can be enormous


class Untold(Exception):
    """The walk cannot be told."""


@dataclass
class Visit:
    """The walk comes to a node: what has arrived there so far, for each output, and what it sends on; ``sums``: what
    has then arrived at each operand."""

    node: int
    upstream: list[Any]
    sends: list[Contribution]
    sums: list[Any] = field(default_factory=list)


class Walk:
    """What the depth-first walk would do in one backward pass, from the same roots."""

    def __init__(self, roots: list[Root]) -> None:
        self.roots = roots
        self._seen: dict[int, tuple[Node, Any, Any, Step]] = {}  # what each node had saved when its turn came
        self._grads: dict[tuple[Any, ...], Any] = {}

    def saw(self, number: int, node: Node, step: Step) -> None:
        """A node's rules have run."""
        self._seen[number] = node, node.saved, node.out, step

    def taken(self, tape: Recording) -> dict[str, Any] | None:
        """What the walk comes to, None where it cannot be told: hooks would have to run again, or too many visits.

        Returns  visits: the nodes in the order of the walk; steps: a Visit for each; gradients: {source: what it ends
                 up with}
        """
        visits: list[Visit] = []
        try:
            self._walk(tape, visits)
        except Untold:
            return None
        gradients = {place[1]: g for place, g in self._grads.items() if place[0] == "source"}
        return {"visits": [v.node for v in visits], "steps": visits, "gradients": gradients} if visits else None

    def _walk(self, tape: Recording, visits: list[Visit]) -> None:
        if any(kind == "hook" for kind, _ in tape.events[tape.events.index(("pass", len(tape.passes) - 1)) :]):
            raise Untold
        stack: list[tuple[Iterator[Any], list[Any]]] = [(iter(self.roots), [])]
        while stack:
            sends, sums = stack[-1]
            arriving = next(sends, None)
            if arriving is None:
                stack.pop()
                continue
            to = arriving.node
            if to is None and arriving.source is None:
                raise Untold  # made before the recording: what lies behind it is not known
            g = arriving.gradient if isinstance(arriving, Root) else arriving.after
            place = arriving.place
            self._grads[place] = g if place not in self._grads else self._grads[place] + g
            sums.append(self._grads[place])
            if to in self._seen:
                if len(visits) == MOST:
                    raise Untold
                upstream = [self._grads.get(("node", to, k)) for k in range(len(tape.nodes[to].outputs))]
                visits.append(Visit(to, upstream, self._sent(to, upstream)))
                stack.append((iter(visits[-1].sends), visits[-1].sums))

    def _sent(self, number: int, upstream: list[Any]) -> list[Contribution]:
        """What a node sends to its operands, by its own rules, from what has arrived so far."""
        node, saved, out, step = self._seen[number]
        whole = step.upstream if isinstance(step.upstream, list) else [step.upstream]
        if all(map(same, whole, upstream)):  # its gradient is complete: this is what it did send
            return step.contributions
        if not hasattr(node.op, "forward"):
            raise Untold  # an autograd.Function: what its backward does besides, it did once
        before = node.saved, node.out
        node.saved, node.out = saved, out
        try:
            gradients = node.plan.run(node, upstream if isinstance(step.upstream, list) else upstream[0])
        finally:
            node.saved, node.out = before
        parts = gradients if node.shapes is None else unbroadcast(gradients, node.shapes)
        return [
            Contribution(c.position, _copy(gradients[c.position]), _copy(parts[c.position]), c.node, c.output, c.source)
            for c in step.contributions
            if parts[c.position] is not None
        ]


def _copy(g: Any) -> Any:
    return None if g is None else np.array(g)
