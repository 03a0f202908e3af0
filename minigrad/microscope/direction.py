"""Which way an update went: against the gradient of its own training step, or where momentum and older sums led."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .entries import Change, Item, Recording
from .story import is_update


@dataclass
class Direction:
    """An update of a parameter beside the gradient that came since the update before.

    along    the sum of gradient times movement: below 0 the step goes downhill
    against  how many numbers move against their gradient, of those whose gradient is not 0
    of       how many those are
    """

    along: float
    against: int
    of: int


def directions(tape: Recording) -> dict[tuple[int, int], Direction]:
    """{(number of a change, which of its items): where that update went}"""
    found: dict[tuple[int, int], Direction] = {}
    fresh: dict[tuple[Any, ...], Any] = {}
    for number, change in enumerate(tape.changes):
        for k, item in enumerate(change.items):
            if item.of == "grad":
                _gather(fresh, change, item)
            elif is_update(change, item) and item.update is not None:
                found[number, k] = _of(fresh.pop(item.place, item.update.gradient), item)
    return found


def _gather(fresh: dict[tuple[Any, ...], Any], change: Change, item: Item) -> None:
    """Keep what has come to a ``.grad`` since the last update."""
    if item.after is None or not item.after.any():
        fresh.pop(item.place, None)
    elif change.kind == "assign":
        fresh[item.place] = item.after
    elif change.kind == "accumulate":
        old = fresh.get(item.place)
        fresh[item.place] = item.arrived if old is None else old + item.arrived


@np.errstate(all="ignore")
def _of(g: Any, item: Item) -> Direction:
    g, moved = g.astype(np.float64), item.after.astype(np.float64) - item.before.astype(np.float64)
    along = float((g * moved).sum())
    return Direction(along if np.isfinite(along) else 0.0, int((g * moved < 0).sum()), int((g != 0).sum()))
