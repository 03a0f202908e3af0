"""What a recording tells of ``.grad``: of which backward passes it was the sum, and whether zero_grad was forgotten.

A training step is what lies between two updates of the weights: the first op or backward pass after an update begins
the next. A gradient that an update has used and that the next update finds in ``.grad`` again counts twice: zero_grad
was forgotten. Several backward passes before one update are none of that: so large batches are worked off in parts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .entries import Change, Item, Recording
from .frames import Line

MOVES = {"add_", "sub_", "addcmul_", "addcdiv_", "__setitem__", "data"}
"""How a program writes an update of its own: ``w -= lr * w.grad``, ``w.data = ...``."""


@dataclass
class Sum:
    """What is in a ``.grad``: the gradients of these backward passes, by number.

    spent    those that an update had used before
    older    whether there is more in it: what was there before the recording, or was assigned
    """

    passes: list[int] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)
    older: bool = False


@dataclass
class Notice:
    """Something to say of a program.

    kind     "no zero_grad": an update used a gradient a second time; "accumulated": one used several passes
    change   the number of the update
    places   whose gradients
    passes   the backward passes that are in them, and the training steps (``rounds``) that these belong to
    line     the line that zero_grad belongs above: that of the first backward pass that was added to a used gradient
    """

    kind: str
    change: int
    places: list[tuple[Any, ...]]
    passes: list[int]
    rounds: list[int]
    line: Line | None

    def __str__(self) -> str:
        if self.kind == "accumulated":
            return f"the gradient is the sum of {len(self.passes)} backward passes: they are accumulated"
        where = f" zero_grad() belongs above line {self.line.number}: {self.line.text}" if self.line else ""
        steps = f"steps {self.rounds[0]} to {self.rounds[-1]}"
        return f"this gradient is the sum of {steps}: no zero_grad between them.{where}"


@dataclass
class Story:
    """The training steps of a recording, the sums in its gradients, and what is to be said of it.

    rounds   of each event, the number of its training step, from 1
    passes   of each backward pass, the same
    sums     {(number of a change, which of its items): what was in that ``.grad`` afterwards}
    notices  in the order of the events
    """

    rounds: list[int] = field(default_factory=list)
    passes: list[int] = field(default_factory=list)
    sums: dict[tuple[int, int], Sum] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


def story(tape: Recording) -> Story:
    """Read a recording from its beginning."""
    told = Story()
    sums: dict[tuple[Any, ...], Sum] = {}
    number, updated, inside = 1, False, 0
    for kind, k in tape.events:
        inside += (kind == "pass") - (kind == "passed")
        if updated and (kind == "forward" or (kind == "pass" and inside == 1)):
            number, updated = number + 1, False
        told.rounds.append(number)
        if kind == "pass":
            told.passes.append(number)
        elif kind not in ("forward", "backward", "passed"):
            change = tape.changes[k]
            for i, item in enumerate(change.items):
                if item.of == "grad":
                    told.sums[k, i] = sums[item.place] = _after(change, item, sums.get(item.place, Sum()))
                elif is_update(change, item) and item.place in sums:
                    told.sums[k, i] = sums[item.place]
            if used := [(i, item) for i, item in enumerate(change.items) if is_update(change, item)]:
                updated = updated or any(item.place in sums for _, item in used) or change.kind == "step"
                _notice(tape, told, k, [(item, sums[item.place]) for _, item in used if item.place in sums])
                for _, item in used:
                    if (held := sums.get(item.place)) is not None:
                        sums[item.place] = Sum(held.passes, list(held.passes), held.older)
    return told


def _after(change: Change, item: Item, held: Sum) -> Sum:
    """What a ``.grad`` holds after a change to it."""
    if item.after is None or (change.kind != "accumulate" and not item.after.any()):
        return Sum()
    if change.kind == "assign":
        return Sum(older=True)
    if change.kind != "accumulate" or change.backward is None:
        return held
    old = item.before is not None and bool(item.before.any())
    held = held if old else Sum()
    return Sum([*held.passes, change.backward], held.spent, held.older or (old and not held.passes))


def is_update(change: Change, item: Item) -> bool:
    """Whether a change moved a weight by its gradient: an optimizer's step, or a write of the program's own."""
    if change.kind == "step":
        return item.update is not None or item.of == "value"
    if item.of != "value" or item.source is None or change.kind not in ("write", "assign") or change.by not in MOVES:
        return False
    return item.before is not None and item.after is not None and bool(item.before.dtype == item.after.dtype)


def _notice(tape: Recording, told: Story, number: int, used: list[tuple[Item, Sum]]) -> None:
    """Note what is to be said of an update, about all gradients together."""
    twice = [(item, held) for item, held in used if 0 < len(held.spent) < len(held.passes)]
    several = [(item, held) for item, held in used if len(held.passes) > 1 and not held.spent]
    for kind, found in (("no zero_grad", twice), ("accumulated", several)):
        if found:
            longest = max((held for _, held in found), key=lambda held: len(held.passes))
            rounds = sorted({told.passes[p] for p in longest.passes})
            late = next((p for p in longest.passes if p not in longest.spent), None)
            line = tape.passes[late].line if late is not None and kind == "no zero_grad" else None
            places = [item.place for item, _ in found]
            told.notices.append(Notice(kind, number, places, longest.passes, rounds, line))
