"""Windows: the pieces of an image that a kernel looks at, as NumPy kernels for convolution and unfold.

All arrays here have the shape (B, G, C, *S, n): the batch N stands in front (B = N, n = 1) or behind (B = 1, n = N),
see ``split``; G groups of C channels; S are the spatial sizes, K those of the kernel, Q those of the output.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

Array = np.ndarray[Any, Any]
Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]

BATCH_LAST = 16  # from this many images on, the batch lies last in memory
BAND = 2**16  # numbers in the windows that are looked at at once


class Geometry(NamedTuple):
    """How a kernel walks over an image; one number for each spatial dimension, padding (before, after)."""

    stride: Sizes
    padding: Pairs
    dilation: Sizes
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


def windows(x: Array, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """Every window of x, as a view (B, G, C, *K, *Q, n):  y[.., k, q, ..] = x[.., q stride + k dilation, ..]."""
    size, steps = x.shape[3:-1], x.strides[3:-1]
    out = outputs(size, kernel, stride, dilation)
    return as_strided(
        x,
        (*x.shape[:3], *kernel, *out, x.shape[-1]),
        (
            *x.strides[:3],
            *[s * d for s, d in zip(steps, dilation, strict=True)],
            *[s * t for s, t in zip(steps, stride, strict=True)],
            x.strides[-1],
        ),
        writeable=False,
    )


def outputs(size: Sequence[int], kernel: Sizes, stride: Sizes, dilation: Sizes) -> Sizes:
    """How often a kernel fits along each dimension of an image that is already padded."""
    return tuple([(s - d * (k - 1) - 1) // t + 1 for s, k, t, d in zip(size, kernel, stride, dilation, strict=True)])


def overlap(seen: Array, x: Array, stride: Sizes, dilation: Sizes) -> None:
    """The adjoint of ``windows``: adds each number of seen (.., *K, *Q, n) to where it was seen in x (.., *S, n)."""
    d = len(stride)
    lead = [slice(None)] * (x.ndim - d - 1)
    kernel, out = seen.shape[-2 * d - 1 : -d - 1], seen.shape[-d - 1 : -1]
    for k in np.ndindex(kernel):
        places = [slice(i * e, i * e + t * q, t) for i, e, t, q in zip(k, dilation, stride, out, strict=True)]
        x[(*lead, *places)] += seen[(*lead, *k)]


# ---- the three products of a convolution ----


def _matrices(x: Array, kernel: Sizes, how: Geometry) -> Iterator[tuple[slice, slice, Array]]:
    """The windows as matrices (B, G, C K, Q n), a band of output rows at a time: (its rows, the kernel's rows, matrix).

    All windows together would be K times as large as the image. Those of a band stay in the processor's cache between
    the copy that lays them out as columns and the product that reads them. Kernel rows that see padding only are left
    out.
    """
    seen = windows(x, kernel, how.stride, how.dilation)
    d = len(kernel)
    rows, step, reach = seen.shape[3 + d], how.stride[0], how.dilation[0]
    top, bottom = max(how.padding[0][0], 0), x.shape[3] - max(how.padding[0][1], 0)  # the rows of x that are no padding
    most = max(BAND * x.shape[0] * rows // max(seen.size, 1), 1)
    middle = [slice(None)] * (d - 1)
    for first in range(0, rows, most):
        band = slice(first, min(first + most, rows))
        stop = min(max(-((first * step - bottom) // reach), 0), kernel[0])
        start = min(max(-(((band.stop - 1) * step - top) // reach), 0), stop)
        part = slice(start, stop)
        piece = seen[(slice(None), slice(None), slice(None), part, *middle, band)]
        shape = (*x.shape[:2], math.prod(piece.shape[2 : 3 + d]), math.prod(piece.shape[3 + d :]))
        yield band, part, piece.reshape(shape)


def _columns(y: Array, band: slice) -> Array:
    """A band of rows of (B, G, O, *Q, n) as a matrix (B, G, O, Q n): a view."""
    rows = y[:, :, :, band]
    return rows.reshape(*rows.shape[:3], math.prod(rows.shape[3:]))


def convolve(x: Array, w: Array, how: Geometry) -> Array:
    """y (B, G, O, *Q, n) of x (B, G, C, *S, n), already padded, and w (G, O, C, *K), both in C order.

    Math    y[o, q] = sum_{c, k} w[o, c, k] x[c, q stride + k dilation]
    """
    kernel = w.shape[3:]
    out = outputs(x.shape[3:-1], kernel, how.stride, how.dilation)
    y = np.empty((*x.shape[:2], w.shape[1], *out, x.shape[-1]), x.dtype)
    for band, part, seen in _matrices(x, kernel, how):
        np.matmul(w[:, :, :, part].reshape(*w.shape[:2], seen.shape[2]), seen, out=_columns(y, band))
    return y


def convolve_grad_w(g: Array, x: Array, kernel: Sizes, how: Geometry) -> Array:
    """w (G, O, C, *K):  w[o, c, k] = sum_{n, q} g[o, q] x[c, q stride + k dilation], x already padded."""
    w = np.zeros((g.shape[1], x.shape[2], *kernel, g.shape[2]), g.dtype)  # O last: the faster product of the two
    for band, part, seen in _matrices(x, kernel, how):
        place = w[:, :, part]
        place += np.matmul(seen, _columns(g, band).swapaxes(2, 3)).sum(0).reshape(place.shape)
    return np.moveaxis(w, -1, 1)


def convolve_grad_x(g: Array, w: Array, size: Sizes, how: Geometry) -> Array:
    """x (B, G, C, *S, n) of this size, before padding.

    Math    x[c, s] = sum over all o, k and q with q stride + k dilation = s of w[o, c, k] g[o, q]

    With stride 1 that is a convolution too: of g, padded by what the kernel reaches, with the kernel turned around.
    Otherwise, or where most of it would be padding, every output gives its windows back, and overlaps add up.
    """
    kernel, (stride, padding, dilation, groups) = w.shape[3:], how
    if max(stride) == 1 and (w.shape[2] > w.shape[1] or math.prod(size[1:]) * 4 < math.prod(g.shape[4:-1]) * 5):
        reach = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        around = tuple([(r - lo, r - hi) for r, (lo, hi) in zip(reach, padding, strict=True)])
        turned = np.flip(w.swapaxes(1, 2), tuple(range(3, w.ndim)))
        return convolve(pad(g, around), np.ascontiguousarray(turned), Geometry(stride, around, dilation, groups))
    padded = tuple([n + lo + hi for n, (lo, hi) in zip(size, padding, strict=True)])
    x = np.zeros((*g.shape[:2], w.shape[2], *padded, g.shape[-1]), g.dtype)
    back = np.moveaxis(w, 1, -1).reshape(w.shape[0], w.shape[2] * math.prod(kernel), w.shape[1])  # (G, C K, O)
    for q in range(g.shape[3]):
        seen = np.matmul(back, _columns(g, slice(q, q + 1))).reshape(*x.shape[:3], *kernel, *g.shape[4:])
        first = q * stride[0]
        rows = slice(first, first + dilation[0] * kernel[0], dilation[0])
        overlap(seen, x[:, :, :, rows], stride[1:], dilation[1:])
    return pad(x, tuple([(-lo, -hi) for lo, hi in padding]))
