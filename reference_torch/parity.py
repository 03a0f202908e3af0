"""How far two engines' numbers may be apart, and what to say where they are further.

Two engines add the same numbers in different orders, so they agree up to rounding. The measure is the largest
difference over the largest number of the array:

    difference(x, y) = max |x - y| / max |y|

An element by element quotient would call 1e-9 against 2e-9, beside numbers of size 1, a disagreement by half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .oracle import as_array

RTOL = {"float64": 1e-9, "float32": 1e-5, "float16": 1e-2}
"""The policy: how far values of a type may differ; integers and booleans not at all."""


def tolerance(value: Any) -> float:
    """How far two values of this one's type may differ.

    >>> tolerance(np.zeros(2, np.float32))
    1e-05
    """
    return RTOL.get(np.asarray(as_array(value)).dtype.name, 0.0)


def distance(x: Any, y: Any) -> Any:
    """|x - y| element by element; equal infinities and two not-a-numbers are 0 apart, one not-a-number nan.

    >>> distance(np.array([1.0, np.inf, np.nan]), np.array([3.0, np.inf, np.nan]))
    array([2., 0., 0.])
    """
    with np.errstate(invalid="ignore"):
        return np.where((x == y) | ((x != x) & (y != y)), 0, np.abs(x - y))


def difference(ours: Any, theirs: Any) -> float:
    """The largest difference of two values, relative to the second's largest number; inf if not comparable.

    >>> difference([1.0, 2.002], [1.0, 2.0])
    0.0009999999999998899
    """
    x, y = np.asarray(as_array(ours)), np.asarray(as_array(theirs))
    if x.shape != y.shape:
        return np.inf
    if x.dtype.kind != "f" and y.dtype.kind != "f":
        return 0.0 if np.array_equal(x, y) else np.inf
    if x.dtype != y.dtype:
        x, y = x.astype(np.float64), y.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart, scale = np.abs(x - y).max(initial=0.0), np.abs(y).max(initial=0.0)
    if not np.isfinite(apart):
        apart, scale = distance(x, y).max(), np.abs(y[np.isfinite(y)]).max(initial=0.0)
    if apart == 0:
        return 0.0
    return float(apart / scale) if np.isfinite(apart) and scale else np.inf


@dataclass(frozen=True)
class Mismatch:
    """A place where two runs are further apart than they may be."""

    step: int
    name: str
    ours: Any
    theirs: Any
    difference: float
    allowed: float

    def __str__(self) -> str:
        return f"step {self.step}, {self.name}{self.numbers}"

    @property
    def numbers(self) -> str:
        """Where in the array they are furthest apart, both numbers there, and how far they may be."""
        x, y = np.asarray(as_array(self.ours)), np.asarray(as_array(self.theirs))
        if x.shape != y.shape:
            return f": shape {list(x.shape)} here, {list(y.shape)} in torch"
        if x.size == 0:
            return f": {x.dtype} here, {y.dtype} in torch"
        if x.dtype.kind == "U":
            return f": {self.ours!r} here, {self.theirs!r} in torch"
        apart = distance(x.astype(float), y.astype(float))
        index = np.unravel_index(np.argmax(np.nan_to_num(apart, nan=np.inf)), x.shape)
        at = f"[{', '.join(map(str, index))}]" if index else ""
        return (
            f"{at}: {x[index]:.9g} here, {y[index]:.9g} in torch; relative difference {self.difference:.1e}, "
            f"allowed {self.allowed:.0e}"
        )
