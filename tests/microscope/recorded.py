"""Small programs that several tests record."""

from __future__ import annotations

from typing import Any

import minigrad as mg
from minigrad.microscope import Tape, record


def leaf(*values: float) -> Any:
    return mg.tensor(values, requires_grad=True)


def descent(steps: int = 3, zero: bool = True) -> tuple[Any, Tape]:
    """Steps towards 2 from 1, with zero_grad or without: w and the tape."""
    w = leaf(1.0)
    optimizer = mg.optim.SGD([w], lr=0.1)
    with record() as tape:
        for _ in range(steps):
            loss = ((w * 2 - 4) ** 2).sum()
            if zero:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return w, tape
