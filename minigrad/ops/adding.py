"""Sums that lose no digits, however many numbers they are of.

NumPy adds pairwise along the memory, but row by row across it: of 3*10^7 float32 ones in a column it counts 2^24. Here
no more than a thousand numbers are added up one after the other, and no more than 128 of a long sum.
"""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

import numpy as np

from ..core.dtype import F16, F32

_SHORT = 512  # with more rows, adding them up one by one loses digits in float32
_LONG = 4096  # up to here, rows are added in blocks of the square root of their number
_HIGH = 128  # rows in a block
_WIDE = 1024  # numbers in a row that NumPy adds at full speed


def add_up(x: Any, axes: tuple[int, ...], keepdims: Any = False) -> Any:
    """The sum of floating numbers over axes counted from the front; float16 is added up in float32, rounded once.

    >>> float(add_up(np.ones((2**24 + 2, 1), np.float32), (0,))[0]) - 2**24
    2.0
    """
    if x.itemsize == 2:
        return add_up(x.astype(F32), axes, keepdims).astype(F16)
    if x.size <= _SHORT or x.ndim == 1 or _along_memory(x, axes):
        return np.add.reduce(x, axes, keepdims=keepdims)
    if not x.flags.forc and (order := _memory_order(x)) is not None:
        back = np.argsort(order)
        sums = add_up(x.transpose(order), tuple(sorted([int(back[a]) for a in axes])), True).transpose(back)
        return sums if keepdims else sums.reshape([n for d, n in enumerate(x.shape) if d not in axes])
    shape = x.shape
    if len(axes) == 1 and shape[axes[0]] <= _LONG:
        n = shape[axes[0]]
        return np.add.reduce(np.add.reduceat(x, np.arange(0, n, math.isqrt(n)), axes[0]), axes, keepdims=keepdims)
    gone = [d in axes for d in range(x.ndim)]
    if x.flags.c_contiguous:  # neighbours that are added up, or kept, are one axis in memory
        runs = [(one, [n for _, n in run]) for one, run in itertools.groupby(zip(gone, shape, strict=True), _first)]
        gone, x = [one for one, _ in runs], x.reshape([math.prod(sizes) for _, sizes in runs])
    for axis in reversed(range(x.ndim)):
        if gone[axis]:
            x = _along(x, axis)
    return x.reshape([1 if d in axes else n for d, n in enumerate(shape) if keepdims or d not in axes])


_first = operator.itemgetter(0)


def _memory_order(x: Any) -> list[int] | None:
    """The dimensions from the one whose neighbours lie farthest apart to the closest, if there is no gap between rows:
    a batch of images that is laid out batch-last."""
    order = sorted(range(x.ndim), key=lambda d: -x.strides[d])
    return order if x.transpose(order).flags.c_contiguous else None


def _along_memory(x: Any, axes: tuple[int, ...]) -> bool:
    """Whether NumPy adds up no more than ``_SHORT`` rows one after the other."""
    rows, shape, strides, step = 1, x.shape, x.strides, x.itemsize
    for a in reversed(axes):
        if strides[a] == step and x.flags.forc:  # pairwise, and so are the neighbours in memory
            step *= shape[a]
        else:
            rows *= shape[a]
    return rows <= _SHORT


def _along(x: Any, axis: int) -> Any:
    """The sum over one axis, which stays as a 1."""
    n = x.shape[axis]
    if _along_memory(x, (axis,)):
        return np.add.reduce(x, axis, keepdims=True)
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    return _rows(x.reshape(math.prod(before), n, math.prod(after))).reshape(*before, 1, *after)


def _rows(rows: Any) -> Any:
    """The sum (A, 1, C) of N rows, (A, N, C): of blocks of rows, then of the blocks' sums.

    Row k is added to rows k + w, k + 2w, ...: w short rows side by side are one long row, which is fast to add. Blocks
    have a power of two of rows, so that equal numbers are added up without rounding.
    """
    a, n, c = rows.shape
    if n <= _HIGH:
        return np.add.reduce(rows, 1, keepdims=True)
    w = _power_of_two(min(_WIDE // max(c, 1), math.isqrt(n)))
    high = _power_of_two(min(_HIGH, n // w))
    blocks = n // (w * high)
    used = w * blocks * high
    sums = _rows(np.add.reduce(rows[:, :used].reshape(a, blocks, high, w * c), 2).reshape(a, blocks * w, c))
    return sums if used == n else sums + _rows(rows[:, used:])


def _power_of_two(n: int) -> int:
    """The largest that is not above n, at least 1."""
    return 1 << max(n.bit_length() - 1, 0)
