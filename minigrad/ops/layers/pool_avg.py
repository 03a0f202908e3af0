"""Average pooling: the mean of each window.

A window's sum is the sum over its columns of the sums over its rows. So it is taken one dimension after the other, by
adding shifted images: K + K additions for each output, where the plain formula has K * K.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op
from ...types import Sizes, Tensor
from ..checks import floats_only, integers, looks_first, unsupported
from ..elementwise.activation import relu
from ..elementwise.arithmetic import pow
from ..elementwise.piecewise import abs, sign
from ..elementwise.transcendental import steps
from ..shape.formats import following
from ..shape.views import squeeze, unsqueeze
from .pool_max import max_pool1d, max_pool2d, max_pool3d
from .pooling import Windows, check_image, places, windows, with_size


@functools.lru_cache(maxsize=256)
def _lines(w: Windows) -> list[tuple[int, Any, Any]]:
    """For each dimension that is pooled: its place from the back, its place in w, and the places of its windows."""
    d = len(w.size)
    found = []
    for axis in range(d):
        rest = (slice(None),) * (d - 1 - axis)
        line = places(Windows(*[(values[axis],) for values in w]))
        if w.kernel[axis] > 1 or w.out[axis] != w.size[axis]:
            found.append((axis - d, axis, [(here + rest, there + rest) for _, here, there in line]))
    return found


def window_sums(x: Any, w: Windows) -> Any:
    """The sum of each window."""
    for position, axis, line in _lines(w):
        y = np.zeros_like(x, shape=with_size(x.shape, position, w.out[axis]))
        for here, there in line:
            y[here] += x[there]
        x = y
    return x


def window_sums_grad_x(g: Any, w: Windows) -> Any:
    """The adjoint: every number of the image gets the sum of g over the windows that it lies in."""
    for position, axis, line in _lines(w):
        x = np.zeros_like(g, shape=with_size(g.shape, position, w.size[axis]))
        for here, there in line:
            x[there] += g[here]
        g = x
    return g


@functools.lru_cache(maxsize=256)
def divisors(w: Windows, count_include_pad: bool, dtype: Any) -> Any:
    """What the sum of each window is divided by: its size, cut off where padding ends or, without padding, the image.

    Shapes  w.out, or () where all are alike
    """
    counts = np.ones((), np.int64)
    for n, out, k, s, p, _ in zip(*w, strict=True):
        start = np.arange(out) * s - p
        end = np.minimum(start + k, n + p)
        inside = end - start if count_include_pad else np.minimum(end, n) - np.maximum(start, 0)
        counts = counts[..., None] * inside
    return (counts if counts.min() < counts.max() else counts.max()).astype(dtype)


def _divided(sums: Any, by: Any) -> Any:
    if sums.dtype.kind == "f":
        return np.true_divide(sums, by, dtype=sums.dtype)
    return np.trunc(sums / by).astype(sums.dtype)  # as C divides integers


def _kernel(name: str, label: str) -> Callable[..., Any]:
    """Average pooling and its adjoint, each the derivative of the other."""

    @op(name=name, label=label)
    def pool(x: Array, w: Any, divisor: Any) -> Array:
        return following(_divided(window_sums(x, w), divisor), x)

    @op(name=f"{name}_grad_x")
    def pool_grad_x(g: Array, w: Any, divisor: Any) -> Array:
        return window_sums_grad_x(_divided(g, divisor), w)

    defgrad(pool, x=lambda g, x, w, divisor: steps(pool_grad_x(g, w, divisor), x))
    defgrad(pool_grad_x, g=lambda h, w, divisor: pool(h, w, divisor))
    return pool


_avg_pool2d = _kernel("avg_pool2d", "AvgPool2DBackward0")
_avg_pool3d = _kernel("avg_pool3d", "AvgPool3DBackward0")


def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Average pooling: the mean of each window of a signal.

    Math    y[n, c, i] = mean_k input[n, c, i stride + k - padding], k in the kernel; padding counts as zeros, unless
            ``count_include_pad`` is False
            d_input: each window's g, divided by the number of its places, at each of its places
    Shapes  input (N, C, L) or (C, L) -> (N, C, L')
            of each size S remain floor((S + 2 padding - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> minigrad.nn.functional.avg_pool1d(x, 2).sum().backward(); x.grad
    tensor([[0.5000, 0.5000, 0.5000, 0.5000]])
    """
    check_image("avg_pool1d", input, 1)
    w = windows("avg_pool1d", input, 1, kernel_size, stride, padding, 1, ceil_mode).as_rows()
    y = _pooled("avg_pool1d", _avg_pool2d, unsqueeze(input, -2), w, count_include_pad, None)
    return squeeze(y, -2)


def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Average pooling: the mean of each window of an image.

    Math    y[i, j] = (1/n) sum_(a, b) input[s i - p + a, s j - p + b], a, b below the kernel's size, 0 in the padding
            s = ``stride``, p = ``padding``;  d_input[r, c] = sum of g / n over the windows that (r, c) lies in
            n is the number of places in the window: with those in the padding (``count_include_pad``), without those
            past it (``ceil_mode``), or ``divisor_override``
    Shapes  input (N, C, H, W) or (C, H, W) -> the same with H' = floor((H + 2 p - K) / s) + 1; ceil with ``ceil_mode``
    Raises  RuntimeError if a size is not a positive integer, or no window fits.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> y = minigrad.nn.functional.avg_pool2d(x, 2); y
    tensor([[[2.5000]]], grad_fn=<AvgPool2DBackward0>)
    >>> y.backward(minigrad.ones(1, 1, 1)); x.grad
    tensor([[[0.2500, 0.2500],
             [0.2500, 0.2500]]])
    """
    check_image("avg_pool2d", input, 2, short=IndexError)
    w = windows("avg_pool2d", input, 2, kernel_size, stride, padding, 1, ceil_mode)
    return _pooled("avg_pool2d", _avg_pool2d, input, w, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Average pooling: the mean of each window of a volume.

    Math    y[n, c, i] = mean_k input[n, c, i stride + k - padding], k in the kernel; padding counts as zeros, unless
            ``count_include_pad`` is False
            ``divisor_override`` replaces the number of places
            d_input: each window's g, divided by the number of its places, at each of its places
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W')
            of each size S remain floor((S + 2 padding - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> minigrad.nn.functional.avg_pool3d(x, (1, 2, 2)).sum().backward(); x.grad
    tensor([[[[0.2500, 0.2500],
              [0.2500, 0.2500]]]])
    """
    check_image("avg_pool3d", input, 3)
    if input.array.dtype == np.float16:
        raise unsupported("avg_pool3d", input.array, "convert it with .float()")
    w = windows("avg_pool3d", input, 3, kernel_size, stride, padding, 1, ceil_mode)
    if any([n < k for n, k in zip(w.size, w.kernel, strict=True)]):
        raise RuntimeError(f"avg_pool3d: input image {w.size} smaller than kernel size {w.kernel}")
    return _pooled("avg_pool3d", _avg_pool3d, input, w, count_include_pad, divisor_override)


def _pooled(name: str, kernel: Any, x: Array, w: Windows, count_include_pad: bool, override: int | None) -> Array:
    if x.array.dtype != np.int64:
        floats_only(name, x.array)
    if override == 0:
        raise RuntimeError(f"{name}: divisor_override must be not zero")
    dtype = x.array.dtype
    return kernel(x, w, divisors(w, bool(count_include_pad), dtype) if override is None else dtype.type(override))


# ---- powers ----


def _check_norm(d: int, norm_type: Any, kernel_size: Any, **_: Any) -> None:
    """Raises ValueError for a norm of order 0, or a window that is not of d dimensions."""
    if d > 1 and isinstance(kernel_size, Iterable) and len(tuple(kernel_size)) != d:
        raise ValueError(f"lp_pool{d}d: kernel_size must be one int or {d}, got {kernel_size}")
    if isinstance(norm_type, (int, float)) and norm_type == 0:
        raise ValueError(f"lp_pool{d}d: norm_type must be a non-zero value, but got {norm_type}")


@looks_first(functools.partial(_check_norm, 1))
def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Power-average pooling: the p-norm of each window of a signal, p = ``norm_type``.

    Math    y[n, c, i] = (sum_k input[n, c, i stride + k]^p)^(1/p), k in the kernel
            d_input = g (input / y)^(p - 1), added up over the windows
    Shapes  input (N, C, L) or (C, L) -> (N, C, L')
            of each size S remain floor((S - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits.

    >>> x = minigrad.tensor([[3., 4.]], requires_grad=True)
    >>> minigrad.nn.functional.lp_pool1d(x, 2, 2).sum().backward(); x.grad.flatten()
    tensor([0.6000, 0.8000])
    """
    return _lp_pool(1, max_pool1d, avg_pool1d, input, norm_type, kernel_size, stride, ceil_mode)


@looks_first(functools.partial(_check_norm, 2))
def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Power-average pooling: the p-norm of each window of an image, p = ``norm_type``; its sum for p = 1.

    Math    y = (sum over the window of input^p)^(1/p), p = ``norm_type``; a negative sum counts as its absolute value
            d_input = g (input / y)^(p - 1), added up over the windows
    Shapes  input (N, C, H, W) or (C, H, W) -> the same with H' = floor((H - K) / stride) + 1; ceil with ``ceil_mode``
    Raises  ValueError for a ``norm_type`` of 0; RuntimeError if no window fits.

    >>> x = minigrad.tensor([[[3., 4.]]], requires_grad=True)
    >>> y = minigrad.nn.functional.lp_pool2d(x, 2, (1, 2)); y
    tensor([[[5.]]], grad_fn=<PowBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([[[0.6000, 0.8000]]])
    """
    return _lp_pool(2, max_pool2d, avg_pool2d, input, norm_type, kernel_size, stride, ceil_mode)


@looks_first(functools.partial(_check_norm, 3))
def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Power-average pooling: the p-norm of each window of a volume, p = ``norm_type``.

    Math    y[n, c, i] = (sum_k input[n, c, i stride + k]^p)^(1/p), k in the kernel
            d_input = g (input / y)^(p - 1), added up over the windows
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W')
            of each size S remain floor((S - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits.

    >>> x = minigrad.tensor([[[[3.]], [[4.]]]], requires_grad=True)
    >>> minigrad.nn.functional.lp_pool3d(x, 2, (2, 1, 1)).sum().backward(); x.grad.flatten()
    tensor([0.6000, 0.8000])
    """
    return _lp_pool(3, max_pool3d, avg_pool3d, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(d: int, max_pool: Any, avg_pool: Any, x: Array, p: Any, kernel: Any, stride: Any, ceil: bool) -> Array:
    several = isinstance(kernel, (tuple, list))
    _check_norm(d, p, kernel)
    if isinstance(p, (int, float)):
        if p == math.inf:
            return max_pool(abs(x), kernel, stride, 0, 1, ceil)
        if p == -math.inf:
            return -max_pool(-abs(x), kernel, stride, 0, 1, ceil)
    mean = avg_pool(pow(x, p), kernel, stride, 0, ceil)
    if several and d == 1:
        raise TypeError(f"lp_pool1d: kernel_size must be an int, not {type(kernel).__name__}")
    size = math.prod(integers(f"lp_pool{d}d", "kernel_size", kernel, d))
    return pow(sign(mean) * relu(abs(mean)) * size, 1.0 / p)
