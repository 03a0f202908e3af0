"""Adaptive pooling: the size of the output is given, and the windows follow from it.

Of O windows along n numbers, window o begins at floor(o n / O) and ends before ceil((o + 1) n / O). They share the
image as evenly as can be, and overlap by one number where O does not divide n.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.beside import wrap_like
from ...core.dtype import Array
from ...core.op import defgrad, op
from ...types import Tensor
from ..checks import floats_only
from ..reduce.sums import mean, total
from ..shape.views import at, squeeze, unsqueeze
from .pool_unpool import pixel_at, pixels_placed
from .pooling import Output, adaptive_max_pool, check_dims, check_nonempty, resized, with_size
from .pooling import output_size as wanted_size


def segments(n: int, out: int) -> list[tuple[int, int]]:
    """Where the windows along a dimension begin and end.

    >>> segments(5, 3)
    [(0, 2), (1, 4), (3, 5)]
    """
    return [(o * n // out, -(-(o + 1) * n // out)) for o in range(out)]


# ---- means ----


def _nonempty(name: str, g: Array) -> Array:
    """The gradient of a pool's output.

    Raises  RuntimeError if there is nothing in it but for an empty batch: torch has no way back from there.
    """
    if 0 in g.shape[1:]:
        raise RuntimeError(
            f"{name}_backward(): Expected grad_output to have non-zero size for non-batch dimensions, but it has the "
            f"shape {list(g.shape)}"
        )
    return g


def _avg_kernel(name: str, label: str) -> Callable[..., Any]:
    """The mean of each window, one dimension after the other; and the adjoint, each the derivative of the other."""

    @op(name=name, label=label)
    def pool(x: Array, size: Any, out: Any) -> Array:
        for k in range(-len(out), 0):
            y = np.empty_like(x, shape=with_size(x.shape, k, out[k]))
            for o, (start, end) in enumerate(segments(size[k], out[k])):
                y[at(k, o)] = total(x[at(k, slice(start, end))], (x.ndim + k,)) / (end - start)
            x = y
        return x

    @op(name=f"{name}_grad_x")
    def pool_grad_x(g: Array, size: Any, out: Any) -> Array:
        for k in range(-len(out), 0):
            x = np.zeros_like(g, shape=with_size(g.shape, k, size[k]))
            for o, (start, end) in enumerate(segments(size[k], out[k])):
                x[at(k, slice(start, end))] += g[at(k, slice(o, o + 1))] / (end - start)
            g = x
        return g

    defgrad(pool, x=lambda g, size, out: pool_grad_x(_nonempty(name, g), size, out))
    defgrad(pool_grad_x, g=lambda h, size, out: pool(h, size, out))
    return pool


_adaptive_avg_pool2d = _avg_kernel("adaptive_avg_pool2d", "AdaptiveAvgPool2DBackward0")
_adaptive_avg_pool3d = _avg_kernel("adaptive_avg_pool3d", "AdaptiveAvgPool3DBackward0")


def adaptive_avg_pool1d(input: Tensor, output_size: Output) -> Tensor:
    """Adaptive average pooling: the mean of each of ``output_size`` windows of a signal.

    Math    y[n, c, i] = mean of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input: each window's g, divided by its size, at each of its places
    Shapes  input (N, C, L) or (C, L) -> (N, C, *output_size), where None keeps a size
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> minigrad.nn.functional.adaptive_avg_pool1d(x, 1).sum().backward(); x.grad
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """
    size = wanted_size("adaptive_avg_pool1d", input, output_size, 1)
    return squeeze(_averaged("adaptive_avg_pool1d", _adaptive_avg_pool2d, unsqueeze(input, -2), (1, *size)), -2)


def adaptive_avg_pool2d(input: Tensor, output_size: Output) -> Tensor:
    """Adaptive average pooling: the mean of each of ``output_size`` windows of an image.

    Math    y[i, j] = mean of input[a:b, c:d], a = floor(i H / H'), b = ceil((i + 1) H / H'), c and d likewise
            d_input gets g / (number of places) from each window that it lies in
    Shapes  input (N, C, H, W) or (C, H, W) -> the same with H', W' = ``output_size``; None there keeps the image's
    Raises  RuntimeError if the size is negative, or the image empty.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> y = minigrad.nn.functional.adaptive_avg_pool2d(x, (1, None)); y
    tensor([[[2.5000, 2.5000]]], grad_fn=<AdaptiveAvgPool2DBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([[[0.5000, 0.5000],
             [0.5000, 0.5000]]])
    """
    size = wanted_size("adaptive_avg_pool2d", input, output_size, 2)
    return _averaged("adaptive_avg_pool2d", _adaptive_avg_pool2d, input, size)


def adaptive_avg_pool3d(input: Tensor, output_size: Output) -> Tensor:
    """Adaptive average pooling: the mean of each of ``output_size`` windows of a volume.

    Math    y[n, c, i] = mean of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input: each window's g, divided by its size, at each of its places
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size), where None keeps a size
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> minigrad.nn.functional.adaptive_avg_pool3d(x, 1).sum().backward(); x.grad
    tensor([[[[0.2500, 0.2500],
              [0.2500, 0.2500]]]])
    """
    size = wanted_size("adaptive_avg_pool3d", input, output_size, 3)
    return _averaged("adaptive_avg_pool3d", _adaptive_avg_pool3d, input, size)


def _averaged(name: str, kernel: Any, x: Array, out: tuple[int, ...]) -> Array:
    d = len(out)
    if out == (1,) * d:
        return mean(x, tuple(range(-d, 0)), keepdim=True)
    check_dims(name, x, d)
    check_nonempty(name, x, d if d == 2 else d + 1)
    if 0 not in out:
        floats_only(name, x.array)
    return kernel(x, x.array.shape[-d:], out)


# ---- maxima ----


def _winners(x: Any, out: tuple[int, ...]) -> Any:
    """Where the largest number of each window stands in the image: the first of equals, the last nan."""
    size = x.shape[-len(out) :]
    numbered = np.arange(np.prod(size)).reshape(size)
    index = np.zeros(resized(x, out), np.int64)
    spans = [list(enumerate(segments(n, o))) for n, o in zip(size, out, strict=True)]
    for window in itertools.product(*spans):
        here: Any = (..., *[o for o, _ in window])
        there: Any = (..., *[slice(start, end) for _, (start, end) in window])
        names = numbered[there].ravel()
        seen = x[there].reshape(*index.shape[: -len(out)], len(names))
        place = seen.argmax(-1)
        nan = np.isnan(seen)
        if nan.any():
            place = np.where(nan.any(-1), len(names) - 1 - nan[..., ::-1].argmax(-1), place)
        index[here] = names[place]
    return index


def _max_kernel(name: str, label: str) -> Callable[..., Any]:
    @op(name=name, label=label)
    def pool(x: Array, index: Array, size: Any) -> Array:
        return pixel_at(x, index, len(size))

    defgrad(pool, x=lambda g, index, size: pixels_placed(_nonempty(name, g), index, size))
    return pool


_adaptive_max_pool2d = _max_kernel("adaptive_max_pool2d", "AdaptiveMaxPool2DBackward0")
_adaptive_max_pool3d = _max_kernel("adaptive_max_pool3d", "AdaptiveMaxPool3DBackward0")


@adaptive_max_pool
def adaptive_max_pool1d(
    input: Tensor, output_size: Output, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """Adaptive max pooling: the largest number of each of ``output_size`` windows of a signal.

    Math    y[n, c, i] = max of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, L) or (C, L) -> (N, C, *output_size), where None keeps a size;
            with ``return_indices`` also the flat positions
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> minigrad.nn.functional.adaptive_max_pool1d(x, 1).sum().backward(); x.grad
    tensor([[0., 0., 1., 0.]])
    """
    size = wanted_size("adaptive_max_pool1d", input, output_size, 1)
    y, index = _maxima("adaptive_max_pool1d", _adaptive_max_pool2d, unsqueeze(input, -2), (1, *size))
    return (squeeze(y, -2), squeeze(index, -2)) if return_indices else squeeze(y, -2)


@adaptive_max_pool
def adaptive_max_pool2d(
    input: Tensor, output_size: Output, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """Adaptive max pooling: the largest number of each of ``output_size`` windows of an image.

    Math    y[n, c, i] = max of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, H, W) or (C, H, W) -> (N, C, *output_size), where None keeps a size;
            with ``return_indices`` also the flat positions
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> minigrad.nn.functional.adaptive_max_pool2d(x, 1).sum().backward(); x.grad
    tensor([[[0., 0.],
             [1., 0.]]])
    """
    size = wanted_size("adaptive_max_pool2d", input, output_size, 2)
    y, index = _maxima("adaptive_max_pool2d", _adaptive_max_pool2d, input, size)
    return (y, index) if return_indices else y


@adaptive_max_pool
def adaptive_max_pool3d(
    input: Tensor, output_size: Output, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """Adaptive max pooling: the largest number of each of ``output_size`` windows of a volume.

    Math    y[n, c, i] = max of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size), where None keeps a size;
            with ``return_indices`` also the flat positions
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> minigrad.nn.functional.adaptive_max_pool3d(x, 1).sum().backward(); x.grad
    tensor([[[[0., 0.],
              [1., 0.]]]])
    """
    size = wanted_size("adaptive_max_pool3d", input, output_size, 3)
    y, index = _maxima("adaptive_max_pool3d", _adaptive_max_pool3d, input, size)
    return (y, index) if return_indices else y


def _maxima(name: str, kernel: Any, x: Array, out: tuple[int, ...]) -> tuple[Array, Array]:
    d = len(out)
    check_dims(name, x, d)
    check_nonempty(name, x, x.ndim - 1)
    floats_only(name, x.array)
    index = wrap_like(_winners(x.array, out), x)
    return kernel(x, index, x.array.shape[-d:]), index
