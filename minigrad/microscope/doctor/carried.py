"""A graph that is carried from step to step: a hidden state, or a sum of losses, that still hangs on earlier steps."""

from __future__ import annotations

import weakref
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ...core.grad_fn import output_of
from ...core.node import Leaf, Node
from ..frames import Line
from .finding import HandCheck, Notes, here
from .graph import leaf_of

STEPS = 2  # so many steps back: two networks that train each other reach back one
REFUSALS = "backward through the graph a second time", "has been modified by an inplace operation"


@dataclass
class Made:
    """When a node was made, and when the oldest that it hangs on: numbers of steps and of backward passes so far."""

    line: Line | None
    step: int
    oldest: int
    passes: int


class Carried(HandCheck):
    """Knows of every node how many steps back its graph reaches."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.made: weakref.WeakKeyDictionary[Node, Made] = weakref.WeakKeyDictionary()
        self.losses: weakref.WeakSet[Node] = weakref.WeakSet()
        self.marks: list[Counter[int]] = [Counter()]  # after each step, how many every optimizer has made
        self.passes = self.used = 0
        self.roots: list[Node] = []

    def node_made(self, node: Node, args: Any, out: Any) -> None:
        now = len(self.marks) - 1
        parents = [made for p in node.parents if (made := self._of(p))]
        oldest = min([now, *[p.oldest for p in parents]])
        made = self.made[node] = Made(here(), now, oldest, self.passes)
        if any(p.step < now for p in parents) and self._steps(oldest) >= STEPS:
            self._carried(node, made, next(p for p in parents if p.step < now))

    def _of(self, parent: Any) -> Made | None:
        node, _ = output_of(parent)
        return self.made.get(node) if isinstance(node, Node) else None

    def _steps(self, mark: int) -> int:
        """How many steps there were since, of the optimizer that made the fewest."""
        since = self.marks[-1] - self.marks[mark]
        return min(since.values(), default=0)

    def _carried(self, node: Node, made: Made, parent: Made) -> None:
        total = node.op.name == "add" and any(output_of(p)[0] in self.losses for p in node.parents)
        self.notes.add(
            "carried_graph",
            made.line,
            f"What is made here hangs on {self._steps(made.oldest) + 1} steps of training and more with every step, "
            "which all stay in memory" + ("." if total else ", and a backward pass would go through all of them."),
            "add up numbers, total += loss.item(), not tensors."
            if total
            else f"cut off what comes from the step before{_at(parent.line)}: hidden = hidden.detach().",
        )

    def backward_began(self, roots: Any, kind: str, graph: bool) -> None:
        self.passes += 1
        self.roots = [node for root, _ in roots if isinstance(node := output_of(root)[0], Node)]
        self.losses.update(self.roots)

    # ---- steps ----

    def act_ended(self, act: str, owner: Any) -> None:
        super().act_ended(act, owner)
        if act == "step":
            self._stepped(id(owner))

    def by_hand(self, x: Any) -> None:
        """A weight was written without an optimizer: a step, if it is the first since a backward pass."""
        leaf = leaf_of(x)
        if leaf is not None and leaf.grad is not None and self.used < self.passes:
            self._stepped(0)

    def _stepped(self, optimizer: int) -> None:
        self.used = self.passes
        self.marks.append(self.marks[-1] + Counter([optimizer]))

    # ---- the error ----

    def failed(self, error: BaseException | None) -> None:
        """Name the place where a second backward pass through one graph came from: what an earlier step had made."""
        if not (isinstance(error, RuntimeError) and any(words in str(error) for words in REFUSALS)):
            return
        stack, seen = list(self.roots), set(self.roots)
        while stack:
            node = stack.pop()
            for parent in [output_of(p)[0] for p in node.parents]:
                if parent is None or isinstance(parent, Leaf) or parent in seen:
                    continue
                seen.add(parent)
                stack.append(parent)
                child, older = self.made.get(node), self.made.get(parent)
                if child and older and older.passes < child.passes:
                    self.notes.add(
                        "carried_graph",
                        child.line,
                        "What is used here was made before the last backward pass"
                        f"{_at(older.line)}, whose graph was freed, or whose weights were changed by a step.",
                        "cut it off before the next step: hidden = hidden.detach(); add up loss.item(), not loss.",
                    )


def _at(line: Line | None) -> str:
    return f" (line {line.number}: {line.text})" if line else ""
