"""What optimizers compute with: each function is one kernel of torch's, which rounds float16 once.

float16 has three digits and ends at 65504, so a kernel takes its numbers in float32, and numbers that are not in an
array (a rate, a decay) too; what it writes is rounded. Three kernels differ:

- ``plus`` takes its k in float16. In vectors it rounds once, number by number k y is rounded too; what is left over of
  whole blocks, and memory with gaps, goes number by number.
- ``inverse_root`` in vectors rounds once, number by number the root is rounded too.
- adding a number that is not in an array (eps) takes it in float16, as NumPy does: ``x += eps``.

Where torch multiplies and adds in one rounding (a fused multiply-add), the product is kept in float64 here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.dtype import F16, F32, F64, Array

BLOCK = 32
"""How many float16 numbers torch's loops over vectors take at a time."""


def beside(x: Array, k: Array) -> Array:
    """The number k, to be multiplied with x or divided by: that of a float16 x is of float32."""
    return F32.type(k) if x.itemsize == 2 else k


def lerp(x: Array, y: Array, weight: Array, scratch: Array) -> None:
    """x <- x + weight (y - x), from the nearer end."""
    if x.itemsize == 2:
        rise, weight = np.subtract(y, x, dtype=F32).astype(F64), F32.type(weight)
        near = x + weight * rise if abs(weight) < 0.5 else y + (weight - F32.type(1)) * rise
        x[...] = near.astype(F32)
        return
    np.subtract(y, x, out=scratch)
    if abs(weight) < 0.5:
        scratch *= weight
        x += scratch
    else:
        scratch *= weight - 1
        np.add(y, scratch, out=x)


def addcmul(x: Array, y: Array, z: Array, k: Array, scratch: Array) -> None:
    """x <- x + k y z."""
    if x.itemsize == 2:
        product = np.multiply(y, F32.type(k), dtype=F32).astype(F64) * z
        x[...] = (x + product).astype(F32)
        return
    np.multiply(y, k, out=scratch)
    scratch *= z
    x += scratch


def addcdiv(x: Array, y: Array, z: Array, k: Array, scratch: Array) -> None:
    """x <- x + k y / z.  The scratch memory may be z's."""
    if x.itemsize == 2:
        x[...] = x + np.multiply(y, F32.type(k), dtype=F32) / z
        return
    np.divide(y, z, out=scratch)
    scratch *= k
    x += scratch


def plus(x: Array, y: Array, k: Array) -> Array:
    """x + k y."""
    if x.itemsize == 2:
        k = F16.type(k)
        return by_blocks(lambda x, y: x + F32.type(k) * y, lambda x, y: x + k * y, x, y)
    out = k * y
    out += x
    return out


def add(x: Array, y: Array, k: Array) -> None:
    """x <- x + k y."""
    if x.itemsize == 2:
        x[...] = plus(x, y, k)
    else:
        x += y if k == 1 else k * y


def inverse_root(x: Array) -> Array:
    """1 / sqrt(x)."""
    if x.itemsize == 2:
        return by_blocks(lambda x: 1 / np.sqrt(x, dtype=F32), lambda x: 1 / np.sqrt(x), x)
    return 1 / np.sqrt(x)


def by_blocks(once: Callable[..., Any], twice: Callable[..., Any], *arrays: Array) -> Array:
    """A float16 result as torch's loop computes it: whole blocks by ``once``, the rest by ``twice``."""
    out = np.empty_like(arrays[0])
    whole = out.size - out.size % BLOCK if all(a.strides == out.strides for a in arrays) else 0
    if not whole:
        out[...] = twice(*arrays)
        return out
    flat = out.ravel("K")  # a view: the numbers in the order of memory
    flat[:whole], flat[whole:] = (
        part(*(a.ravel("K")[which] for a in arrays))
        for part, which in ((once, slice(whole)), (twice, slice(whole, None)))
    )
    return out
