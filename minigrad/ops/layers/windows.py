"""Windows: the pieces of an image that a kernel looks at, as NumPy kernels for convolution and unfold.

All arrays here have the shape (B, G, C, *S, n): the batch N stands in front (B = N, n = 1) or behind (B = 1, n = N),
see ``split``; G groups of C channels; S are the spatial sizes, K those of the kernel, Q those of the output.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..adding import add_up

Array = np.ndarray[Any, Any]

Shape = tuple[int, ...]

Pairs = tuple[tuple[int, int], ...]

BATCH_LAST = 16  # from this many images on, the batch lies last in memory
SHORT_ROW = 96  # a matrix product with fewer columns is slower than the copy that avoids it
PARTIAL = 2**18  # numbers in the partial sums of a gradient of the weight


class Geometry(NamedTuple):
    """How a kernel walks over an image; one number for each spatial dimension, padding (before, after)."""

    stride: Shape
    padding: Pairs
    dilation: Shape
    groups: int


def split(x: Array, groups: int) -> Array:
    """(N, G C, *S) as (B, G, C, *S, n).

    A large batch goes last: then the same pixel of all images lies side by side, a row of pixels is one long run of
    memory whatever window it is seen through, and one matrix product serves the whole batch. For a small batch the
    runs along the width are longer.
    """
    n, channels, *size = x.shape
    if n < BATCH_LAST:
        return x.reshape(n, groups, channels // groups, *size, 1)
    return x.transpose(*range(1, x.ndim), 0).reshape(1, groups, channels // groups, *size, n)


def join(y: Array) -> Array:
    """(B, G, C, *S, n) back to (N, G C, *S), a view of the same memory."""
    b, g, c, *size, n = y.shape
    if n == 1:
        return y.reshape(b, g * c, *size)
    y = y.reshape(g * c, *size, n)
    return y.transpose(y.ndim - 1, *range(y.ndim - 1))


def pad(x: Array, padding: Pairs) -> Array:
    """Zeros around the spatial dimensions, ``(before, after)`` each; negative ones cut off. In C order."""
    if not any([p for pair in padding for p in pair]):
        return np.ascontiguousarray(x)
    size = x.shape[3:-1]
    inner = [slice(max(-lo, 0), n - max(-hi, 0)) for n, (lo, hi) in zip(size, padding, strict=True)]
    place = [slice(max(lo, 0), max(lo, 0) + s.stop - s.start) for s, (lo, _) in zip(inner, padding, strict=True)]
    y = np.zeros(
        (*x.shape[:3], *[n + lo + hi for n, (lo, hi) in zip(size, padding, strict=True)], x.shape[-1]), x.dtype
    )
    y[:, :, :, *place] = x[:, :, :, *inner]
    return y


def windows(x: Array, kernel: Shape, stride: Shape, dilation: Shape) -> Array:
    """Every window of x (.., *S, n), as a view (.., *K, *Q, n):  y[.., k, q, :] = x[.., q stride + k dilation, :]."""
    d = len(kernel)
    lead, size = x.shape[: -d - 1], x.shape[-d - 1 : -1]
    steps = x.strides[-d - 1 : -1]
    across = [s * t for s, t in zip(steps, stride, strict=True)]
    within = [s * e for s, e in zip(steps, dilation, strict=True)]
    return as_strided(
        x,
        (*lead, *kernel, *outputs(size, kernel, stride, dilation), x.shape[-1]),
        (*x.strides[: -d - 1], *within, *across, x.strides[-1]),
        writeable=False,
    )


def outputs(size: Sequence[int], kernel: Shape, stride: Shape, dilation: Shape) -> Shape:
    """How often a kernel fits along each dimension of an image that is already padded."""
    return tuple([(s - d * (k - 1) - 1) // t + 1 for s, k, t, d in zip(size, kernel, stride, dilation, strict=True)])


def overlap(seen: Array, x: Array, stride: Shape, dilation: Shape) -> None:
    """The adjoint of ``windows``: adds each number of seen (.., *K, *Q, n) to where it was seen in x (.., *S, n)."""
    d = len(stride)
    lead = [slice(None)] * (x.ndim - d - 1)
    kernel, out = seen.shape[-2 * d - 1 : -d - 1], seen.shape[-d - 1 : -1]
    for k in np.ndindex(kernel):
        places = [slice(i * e, i * e + t * q, t) for i, e, t, q in zip(k, dilation, stride, out, strict=True)]
        x[(*lead, *places)] += seen[(*lead, *k)]


# ---- the three products of a convolution ----
#
# 1. Copy the windows along all dimensions but the first: rows[s, (c, k'), (q', n)] = x[c, s, q' t' + k' d', n].
# 2. Output row q sees the K_0 rows from q t on. They follow one another in memory, so they are a matrix
#    (K_0 C K', Q' n) as they are:  y[q] = W @ rows[q t : q t + K_0], one matrix product for each row of the output.
#
# That copies K_0 times less than laying out every window ("im2col"), and what a product reads is still in the cache.


def _unrolled(kernel: Shape, how: Geometry, row: int) -> tuple[Shape, Geometry]:
    """The kernel and its geometry, with a first dimension of size 1 added if step 1 should copy whole windows.

    It should where the rows that a kernel covers are not adjacent (dilation), or too short for one product each.
    """
    if how.dilation[0] == 1 and row >= SHORT_ROW:
        return kernel, how
    stride, padding, dilation, groups = how
    return (1, *kernel), Geometry((1, *stride), ((0, 0), *padding), (1, *dilation), groups)


def _like(x: Array, kernel: Shape) -> Array:
    """x with the new first dimension, if the kernel got one."""
    return x if len(kernel) == x.ndim - 4 else x[:, :, :, None]


def _matrices(x: Array, kernel: Shape, how: Geometry) -> Array:
    """What each output row sees, (B, G, Q_0, K_0 C K', Q' n): a view of overlapping matrices."""
    d = len(kernel) - 1
    seen = windows(x.swapaxes(2, 3), kernel[1:], how.stride[1:], how.dilation[1:])  # (B, G, S_0, C, *K', *Q', n)
    b, g, size = seen.shape[:3]
    rows = seen.reshape(b, g, size, math.prod(seen.shape[3 : 4 + d]), math.prod(seen.shape[4 + d :]))
    step = how.stride[0]
    if kernel[0] == 1:
        return rows[:, :, ::step]
    rows = np.ascontiguousarray(rows)
    height, width = rows.shape[3:]
    shape = (b, g, (size - kernel[0]) // step + 1, kernel[0] * height, width)
    next_line = width * rows.itemsize  # not rows.strides[3], which means nothing if the height is 1
    return as_strided(
        rows, shape, (*rows.strides[:2], step * height * next_line, next_line, rows.itemsize), writeable=False
    )


@functools.lru_cache(maxsize=1024)
def _bands(
    size: int, out: int, kernel: int, step: int, padding: tuple[int, int], most: int
) -> list[tuple[slice, int, int]]:
    """Groups of at most ``most`` output rows, with the kernel rows from start to stop that cover image, not padding."""
    top, bottom = padding[0], size - max(padding[1], 0)
    bands: list[tuple[slice, int, int]] = []
    for q in range(out):
        start = min(max(top - q * step, 0), kernel)
        stop = max(min(bottom - q * step, kernel), start)
        if bands and bands[-1][1:] == (start, stop) and q - bands[-1][0].start < most:
            bands[-1] = slice(bands[-1][0].start, q + 1), start, stop
        else:
            bands.append((slice(q, q + 1), start, stop))
    return bands


def convolve(x: Array, w: Array, how: Geometry) -> Array:
    """y (B, G, O, *Q, n) of x (B, G, C, *S, n), already padded, and w (G, O, C, *K).

    Math    y[o, q] = sum_{c, k} w[o, c, k] x[c, q stride + k dilation]
    """
    shape = outputs(x.shape[3:-1], w.shape[3:], how.stride, how.dilation)
    kernel, how = _unrolled(w.shape[3:], how, math.prod(shape[1:]) * x.shape[-1])
    x = _like(x, kernel)
    seen = _matrices(x, kernel, how)
    b, g, out, rows, columns = seen.shape
    weights = w.reshape(*w.shape[:3], *kernel).swapaxes(2, 3).reshape(g, 1, w.shape[1], rows)
    each = rows // kernel[0]
    y = np.empty((b, g, w.shape[1], out, columns), x.dtype)
    for band, k, stop in _bands(x.shape[3], out, kernel[0], how.stride[0], how.padding[0], out):
        part = slice(k * each, stop * each)
        np.matmul(weights[..., part], seen[:, :, band, part], out=y[:, :, :, band].swapaxes(2, 3))
    return y.reshape(*y.shape[:3], *shape, x.shape[-1])


def convolve_grad_w(g: Array, x: Array, kernel: Shape, how: Geometry) -> Array:
    """w (G, O, C, *K):  w[o, c, k] = sum_{n, q} g[o, q] x[c, q stride + k dilation], x already padded."""
    channels, whole = x.shape[2], kernel
    kernel, how = _unrolled(kernel, how, math.prod(g.shape[4:]))
    x = _like(x, kernel)
    seen = _matrices(x, kernel, how)
    b, groups, out, rows, columns = seen.shape
    flat = g.reshape(*g.shape[:3], out, columns).transpose(0, 1, 3, 4, 2)
    each = rows // kernel[0]
    w = np.zeros((groups, rows, g.shape[2]), g.dtype)  # O last, which BLAS multiplies faster than O first
    most = max(PARTIAL // max(b * w.size, 1), 1)
    for band, k, stop in _bands(x.shape[3], out, kernel[0], how.stride[0], how.padding[0], most):
        part = slice(k * each, stop * each)
        w[:, part] += add_up(np.matmul(seen[:, :, band, part], flat[:, :, band]), (0, 2))
    w = w.reshape(groups, kernel[0], channels, *kernel[1:], g.shape[2])
    w = w.transpose(0, w.ndim - 1, 2, 1, *range(3, w.ndim - 1))
    return w.reshape(groups, g.shape[2], channels, *whole)


def convolve_grad_x(g: Array, w: Array, size: Shape, how: Geometry) -> Array:
    """x (B, G, C, *S, n) of this size, before padding.

    Math    x[c, s] = sum over all o, k and q with q stride + k dilation = s of w[o, c, k] g[o, q]

    With stride 1 that is a convolution too: of g, padded by what the kernel reaches, with the kernel turned around.
    Otherwise, or where much of it would be padding or few channels come out, the two steps are
    reversed: the gradient of each output row's matrix is added to the rows it came from (step 2), and the gradients of
    overlapping windows along the other dimensions are added up (step 1).
    """
    stride, padding, dilation, groups = how
    dense = 2 * w.shape[2] * math.prod(g.shape[3:-1]) >= w.shape[1] * math.prod(size)  # measured: when it is faster
    if max(stride) == 1 and dense:
        reach = [d * (k - 1) for k, d in zip(w.shape[3:], dilation, strict=True)]
        around = tuple([(r - lo, r - hi) for r, (lo, hi) in zip(reach, padding, strict=True)])
        turned = np.flip(w.swapaxes(1, 2), tuple(range(3, w.ndim)))
        return convolve(pad(g, around), turned, Geometry(stride, around, dilation, groups))
    padded = tuple([n + lo + hi for n, (lo, hi) in zip(size, padding, strict=True)])
    x = np.zeros((*g.shape[:2], w.shape[2], *padded, g.shape[-1]), g.dtype)
    kernel, how = _unrolled(w.shape[3:], how, math.prod(g.shape[4:]))
    image, g = _like(x, kernel), _like(g, kernel)
    (b, groups, out_channels, out), inner = g.shape[:4], g.shape[4:]
    back = np.moveaxis(w.reshape(*w.shape[:3], *kernel), (3, 1), (1, -1))  # (G, K_0, C, *K', O)
    back = back.reshape(groups, math.prod(back.shape[1:-1]), out_channels)
    rows = np.zeros((b, groups, image.shape[3], back.shape[1] // kernel[0], math.prod(inner)), g.dtype)
    for q in range(out):
        seen = rows[:, :, q * how.stride[0] : q * how.stride[0] + kernel[0]]
        seen += np.matmul(back, g[:, :, :, q].reshape(b, groups, out_channels, rows.shape[-1])).reshape(seen.shape)
    rows = rows.reshape(*rows.shape[:3], w.shape[2], *kernel[1:], *inner)
    overlap(rows.swapaxes(2, 3), image, how.stride[1:], how.dilation[1:])
    return pad(x, tuple([(-lo, -hi) for lo, hi in padding]))
