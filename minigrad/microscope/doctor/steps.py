"""The order of the loop: zero_grad, backward, step."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

from ...core.node import Leaf
from ..frames import Line
from .finding import HandCheck, Notes, here
from .graph import leaf_of, parameters_of


@dataclass
class Kept:
    """What is known of the gradient that a leaf keeps.

    passes   how many backward passes it is the sum of
    used     whether a step has used it
    stale    whether one has, and more was added since
    dropped  the line that set it to zero before any step used it
    """

    passes: int = 0
    used: bool = False
    stale: bool = False
    dropped: Line | None = None


class Steps(HandCheck):
    """Looks at what a step finds in ``.grad``.

    A gradient may be a sum of many passes, as long as no step has used a part of it before: so accumulation on purpose
    is none of its findings, nor what one network of two leaves in the other's ``.grad``, if it is cleared in time.
    """

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.kept: weakref.WeakKeyDictionary[Leaf, Kept] = weakref.WeakKeyDictionary()
        self.owned: weakref.WeakSet[Leaf] = weakref.WeakSet()  # by an optimizer that has made a step
        self.stepped: weakref.WeakSet[Leaf] = weakref.WeakSet()
        self.cleared: dict[int, tuple[Any, Line | None, int]] = {}  # optimizers that zero_grad was called of: how often
        self.passes = 0
        self.since = 0  # backward passes since the last step
        self.computed = False  # whether there was anything to go back through, since the last step
        self.line: Line | None = None  # of the last backward pass
        self.first: dict[Line | None, int] = {}  # of how many passes the first sum was that a step used again

    def node_made(self, node: Any, args: Any, out: Any) -> None:
        self.computed = True

    def backward_began(self, roots: Any, kind: str, graph: bool) -> None:
        self.line = here()
        if kind == "backward":
            self.passes += 1
            self.since += 1

    def accumulate_began(self, leaf: Leaf, g: Any) -> None:
        kept = self.kept.setdefault(leaf, Kept())
        if not _nonzero(leaf):
            kept.passes, kept.used, kept.stale = 0, False, False
        kept.passes += 1
        kept.stale = kept.stale or kept.used
        kept.dropped = None

    def act_began(self, act: str, owner: Any) -> None:
        super().act_began(act, owner)
        if act == "zero_grad":
            if hasattr(owner, "param_groups"):
                times = self.cleared.get(id(owner), (owner, None, 0))[2]
                self.cleared[id(owner)] = owner, here(), times + 1
            for leaf in map(leaf_of, parameters_of(owner)):
                kept = None if leaf is None else self.kept.get(leaf)
                if leaf is not None and kept is not None and _nonzero(leaf) and not kept.used:
                    kept.dropped = here()

    def act_ended(self, act: str, owner: Any) -> None:
        super().act_ended(act, owner)
        if act == "step":
            self._stepped(owner)

    def _stepped(self, optimizer: Any) -> None:
        leaves = [leaf for p in parameters_of(optimizer) if (leaf := leaf_of(p)) is not None]
        self.owned.update(leaves)
        known = [kept for leaf in leaves if (kept := self.kept.get(leaf))]
        if not any(map(_nonzero, leaves)) and (line := next((k.dropped for k in known if k.dropped), None)):
            self.notes.add(
                "zero_grad_before_step",
                line,
                "The gradients are cleared after backward() has computed them, so step() finds none, and changes "
                "nothing.",
                "optimizer.zero_grad() first, then loss.backward(), then optimizer.step().",
            )
        elif self.computed and not self.since and all(leaf.grad is None for leaf in leaves):
            self.notes.add(
                "no_gradient",
                here(),
                "No parameter has a gradient, so step() changes nothing: a loss is computed, but no backward "
                "pass runs.",
                "call loss.backward() before optimizer.step(), with its parentheses.",
            )
        self._use(leaves)
        for kept in known:
            kept.dropped = None
        self.since, self.computed = 0, False

    def _use(self, leaves: list[Leaf]) -> None:
        """A step goes along the gradients of these leaves."""
        kept = [self.kept[leaf] for leaf in leaves if leaf in self.kept and _nonzero(leaf)]
        if stale := [k.passes for k in kept if k.stale]:
            own = leaves[0] in self.owned
            first = self.first.setdefault(self.line, max(stale))
            self.notes.add(
                "no_zero_grad",
                self.line,
                "backward() adds to the gradients that are there, and earlier steps have used those already: "
                + _sums(first, max(stale)),
                "optimizer.zero_grad() in every step, before loss.backward()."
                if own
                else "w.grad.zero_(), or w.grad = None, after every step.",
                latest=True,
            )
        for k in kept:
            k.used, k.stale = True, False

    def conclude(self) -> None:
        """An optimizer whose gradients are cleared again and again, and which never makes a step."""
        for optimizer, line, times in self.cleared.values():
            leaves = [leaf_of(p) for p in parameters_of(optimizer)]
            idle = not any(leaf in self.owned or leaf in self.stepped for leaf in leaves if leaf is not None)
            if idle and times > 1 and any(leaf in self.kept for leaf in leaves):
                self.notes.add(
                    "no_step",
                    line,
                    f"The gradients of this {type(optimizer).__name__} were computed and cleared {times} times, and it "
                    "made no step: no parameter has changed.",
                    "call optimizer.step() after loss.backward(), with its parentheses.",
                )

    # ---- steps by hand: w.data = w.data - lr * w.grad ----

    def by_hand(self, x: Any) -> None:
        for leaf in list(self.kept):
            owner = leaf.owner()
            if leaf not in self.owned and owner is not None and owner.array is x.array:
                self.stepped.add(leaf)
                self._use([leaf])


def _sums(first: int, last: int) -> str:
    if first == last:
        return f"this step goes along the sum of {last} backward passes instead of the last."
    return f"these steps go along sums, at first of {first} backward passes, in the end of {last}, instead of the last."


def _nonzero(leaf: Leaf) -> bool:
    return leaf.grad is not None and bool(leaf.grad.array.any())
