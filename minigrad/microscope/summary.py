"""An array in a few numbers: all of them if it is small, else its statistics and a corner.

A page that showed every number of every tensor of an image network would be hundreds of megabytes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

WHOLE = 64  # up to so many numbers are shown one by one
CORNER = 6  # else so many rows and columns


def summary(a: Any) -> dict[str, Any]:
    """What the page shows of an array, ready for JSON once the array is put into a store.

    array                 the array, for which ``to_dict`` writes its number in the page's store (explain/store.py)
    shape, dtype          as torch says them
    min max mean std norm of the finite numbers, None if there are none
    nan, inf              how many there are
    values                all numbers, nested, if there are at most 64; else None
    corner                the first 6 rows and columns of the last two dimensions, if there are more
    """
    a = np.asarray(a)
    return {
        "array": a,
        "shape": list(a.shape),
        "dtype": f"torch.{a.dtype.name}",
        **(_of_one(float(a.item())) if a.size == 1 and a.dtype.kind != "c" else _statistics(a.astype(np.float64))),
        "values": numbers(a) if a.size <= WHOLE else None,
        "corner": numbers(as_image(a.astype(np.float64))[:CORNER, :CORNER]) if a.size > WHOLE else None,
    }


@np.errstate(over="ignore")  # the sum of large numbers may be infinite
def _statistics(a: Any) -> dict[str, Any]:
    finite = a[np.isfinite(a)]
    statistic: Any = lambda f: _six_digits(f(finite)) if finite.size else None
    return {
        "min": statistic(np.min),
        "max": statistic(np.max),
        "mean": statistic(np.mean),
        "std": statistic(np.std),
        "norm": statistic(np.linalg.norm),
        "nan": int(np.isnan(a).sum()),
        "inf": int(np.isinf(a).sum()),
    }


def _of_one(x: float) -> dict[str, Any]:
    """The statistics of a number without NumPy, which takes its time: a page may have tens of thousands."""
    finite = math.isfinite(x)
    same = {name: _six_digits(x) for name in ("min", "max", "mean")}
    deviation = {"std": 0.0 if finite else None, "norm": _six_digits(abs(x))}
    return same | deviation | {"nan": int(math.isnan(x)), "inf": int(math.isinf(x))}


def _six_digits(x: Any) -> float | None:
    return float(f"{x:.6g}") if np.isfinite(x) else None


def numbers(a: Any) -> Any:
    """Nested lists of numbers with six digits; what JSON cannot say is text: "nan", "inf", "-inf"."""
    if a.ndim:
        return [numbers(row) for row in a]
    if a.dtype.kind != "f":
        return a.item()
    return float(f"{a.item():.6g}") if np.isfinite(a) else str(a.item())


def as_image(a: Any) -> Any:
    """The array as rows and columns: the last dimension across, all others down."""
    return a.reshape(math.prod(a.shape[:-1]), a.shape[-1]) if a.ndim else a.reshape(1, 1)
