"""Windows: the pieces of an image that a kernel looks at, as NumPy kernels for convolution and unfold.

All arrays here have the shape (B, G, C, *S, n): the batch N stands in front (B = N, n = 1) or behind (B = 1, n = N),
see ``split``; G groups of C channels; S are the spatial sizes, K those of the kernel, Q those of the output.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

Array = np.ndarray[Any, Any]
Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]

BATCH_LAST = 16  # from this many images on, the batch lies last in memory
FEW_ROWS = 24  # a matrix product over fewer numbers than this is slower than the copy that avoids it


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


def overlap(windows: Array, size: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """The adjoint of ``windows``: each (.., *K, *Q, n) is added to where it was seen in an image of this size."""
    d = len(size)
    kernel, out = windows.shape[3 : 3 + d], windows.shape[3 + d : -1]
    x: Array = np.zeros((*windows.shape[:3], *size, windows.shape[-1]), windows.dtype)
    for k in np.ndindex(kernel):
        seen = [slice(i * e, i * e + t * q, t) for i, e, t, q in zip(k, dilation, stride, out, strict=True)]
        x[:, :, :, *seen] += windows[:, :, :, *k]
    return x


# ---- the three products of a convolution ----


def _matrices(x: Array, kernel: Sizes, stride: Sizes, dilation: Sizes) -> list[Array]:
    """The windows of x as matrices (B, G, C K', Q n): one for each kernel row, or one for the whole kernel.

    What the kernel's row i sees is what row 0 sees, i rows of the image further on. So only the windows along the
    other dimensions are copied, into one matrix (B, G, C K', S_0 Q' n), of which each kernel row takes a slice of
    columns: K_0 times less is copied than by unfolding all. That asks for stride 1 and pays if C K' is not small.
    """
    first, *inner = kernel
    if stride[0] != 1 or x.shape[2] * math.prod(inner) < FEW_ROWS:
        seen = windows(x, kernel, stride, dilation)
        rows = x.shape[2] * math.prod(kernel)
        return [seen.reshape(*x.shape[:2], rows, math.prod(seen.shape[3 + len(kernel) :]))]
    seen = windows(x, (1, *inner), stride, dilation)
    row = math.prod(seen.shape[4 + len(kernel) :])  # Q' n: the columns for one row of the image
    seen = seen.reshape(*x.shape[:2], x.shape[2] * math.prod(inner), x.shape[3] * row)
    out = x.shape[3] - dilation[0] * (first - 1)
    return [seen[..., i * row : (i + out) * row] for i in range(0, first * dilation[0], dilation[0])]


def convolve(x: Array, w: Array, stride: Sizes, dilation: Sizes) -> Array:
    """y (B, G, O, *Q, n) of x (B, G, C, *S, n), already padded, and w (G, O, C, *K).

    Math    y[o, q] = sum_{c, k} w[o, c, k] x[c, q stride + k dilation]
    """
    kernel = w.shape[3:]
    matrices = _matrices(x, kernel, stride, dilation)
    y: Array | None = None
    for i, seen in enumerate(matrices):
        part = w if len(matrices) == 1 else w[:, :, :, i]
        product = np.matmul(part.reshape(*w.shape[:2], seen.shape[2]), seen)
        y = product if y is None else np.add(y, product, out=y)
    assert y is not None
    return y.reshape(*y.shape[:3], *outputs(x.shape[3:-1], kernel, stride, dilation), x.shape[-1])


def convolve_grad_w(g: Array, x: Array, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """w (G, O, C, *K):  w[o, c, k] = sum_{n, q} g[o, q] x[c, q stride + k dilation]."""
    matrices = _matrices(x, kernel, stride, dilation)
    flat = g.reshape(*g.shape[:3], math.prod(g.shape[3:]))
    parts: list[Array] = [np.matmul(flat, seen.swapaxes(2, 3)).sum(0) for seen in matrices]
    shape = (*g.shape[1:3], x.shape[2])
    if len(parts) == 1:
        return parts[0].reshape(*shape, *kernel)
    return np.stack([part.reshape(*shape, *kernel[1:]) for part in parts], 3)


def convolve_grad_x(g: Array, w: Array, size: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Array:
    """x (B, G, C, *S, n) of this size, before padding.

    Math    x[c, s] = sum over all o, k and q with q stride + k dilation = s of w[o, c, k] g[o, q]

    With stride 1 that is a convolution too: of g, padded by what the kernel reaches, with the kernel turned around.
    Otherwise every output gives its windows back, where they overlap they add up.
    """
    kernel = w.shape[3:]
    if max(stride) == 1:
        reach = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        around = tuple([(r - lo, r - hi) for r, (lo, hi) in zip(reach, padding, strict=True)])
        return convolve(pad(g, around), np.flip(w.swapaxes(1, 2), tuple(range(3, w.ndim))), stride, dilation)
    flat = g.reshape(*g.shape[:3], math.prod(g.shape[3:]))
    rows = np.moveaxis(w, 1, -1).reshape(w.shape[0], w.shape[2] * math.prod(kernel), w.shape[1])  # (G, C K, O)
    seen = np.matmul(rows, flat).reshape(*g.shape[:2], w.shape[2], *kernel, *g.shape[3:])
    padded = tuple([n + lo + hi for n, (lo, hi) in zip(size, padding, strict=True)])
    return pad(overlap(seen, padded, stride, dilation), tuple([(-lo, -hi) for lo, hi in padding]))
