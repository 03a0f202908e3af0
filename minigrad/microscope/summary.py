"""An array in a few numbers: all of them if it is small, else its statistics, a corner and a thumbnail.

A page that showed every number of every tensor of an image network would be hundreds of megabytes.
"""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

WHOLE = 64  # up to so many numbers are shown one by one
CORNER = 6  # else so many rows and columns
THUMBNAIL = 32  # pixels along the longer side


@np.errstate(over="ignore")  # the sum of large numbers may be infinite
def summary(a: Any) -> dict[str, Any]:
    """What the page shows of an array, ready for JSON once the array is put into a store.

    array                 the array, for which ``to_dict`` writes its number in the page's store (explain/store.py)
    shape, dtype          as torch says them
    min max mean std norm of the finite numbers, None if there are none
    nan, inf              how many there are
    values                all numbers, nested, if there are at most 64; else None
    corner                the first 6 rows and columns of the last two dimensions, if there are more
    thumbnail             {width, height, data}: a byte a pixel, 0 to 255, from min to max, base64; None if it is small
    """
    a = np.asarray(a)
    floats = a.astype(np.float64)
    finite = floats[np.isfinite(floats)]
    statistic: Any = lambda f: _six_digits(f(finite)) if finite.size else None
    flat = as_image(floats)
    return {
        "array": a,
        "shape": list(a.shape),
        "dtype": f"torch.{a.dtype.name}",
        "min": statistic(np.min),
        "max": statistic(np.max),
        "mean": statistic(np.mean),
        "std": statistic(np.std),
        "norm": statistic(np.linalg.norm),
        "nan": int(np.isnan(floats).sum()),
        "inf": int(np.isinf(floats).sum()),
        "values": numbers(a) if a.size <= WHOLE else None,
        "corner": numbers(flat[:CORNER, :CORNER]) if a.size > WHOLE else None,
        "thumbnail": thumbnail(flat) if a.size > WHOLE else None,
    }


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


def thumbnail(image: Any) -> dict[str, Any]:
    """A small picture of a matrix: every pixel is the mean of the numbers below it."""
    height, width = [min(n, THUMBNAIL) for n in image.shape]
    clean = np.nan_to_num(image, nan=0.0, posinf=0.0, neginf=0.0)
    rows = np.linspace(0, image.shape[0], height, endpoint=False).astype(int)
    columns = np.linspace(0, image.shape[1], width, endpoint=False).astype(int)
    sums = np.add.reduceat(np.add.reduceat(clean, rows, 0), columns, 1)
    counts = np.diff([*rows, image.shape[0]])[:, None] * np.diff([*columns, image.shape[1]])
    means = sums / counts
    low, high = means.min(), means.max()
    pixels = np.rint((means - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)
    return {"width": width, "height": height, "data": base64.b64encode(pixels.tobytes()).decode("ascii")}
