"""Max unpooling: numbers back to the places that max pooling took them from.

A place is torch's index: the number of the pixel in its image, counted row by row.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ...core.beside import beside
from ...core.dtype import Array
from ...core.op import defgrad, op
from ...types import Sizes, Tensor
from ..checks import floats_only, integers, looks_first
from ..deterministic import check_deterministic
from ..shape.formats import following
from ..shape.views import squeeze, unsqueeze
from .pooling import check_image, resized


def _pixels(x: Any, d: int) -> Any:
    """The image as one long row."""
    return x.reshape(*x.shape[:-d], -1) if x.size else x.reshape(*x.shape[:-d], int(np.prod(x.shape[-d:])))


def pixel_at(x: Any, index: Any, d: int) -> Any:
    """The numbers at flat places of an image."""
    return following(np.take_along_axis(_pixels(x, d), _pixels(index, d), -1).reshape(index.shape), x)


def _unpool(name: str, label: str) -> Callable[..., Any]:
    @op(name=name, label=label)
    def unpool(x: Array, index: Array, size: Any) -> Array:
        d = len(size)
        image = np.zeros(resized(x, size), x.dtype)
        np.put_along_axis(_pixels(image, d), _pixels(index, d), _pixels(x, d), -1)
        return image

    defgrad(unpool, x=lambda g, index, size: pixels_picked(g, index, size))
    return unpool


@op
def pixels_picked(x: Array, index: Array, size: Any) -> Array:
    return pixel_at(x, index, len(size))


@op
def pixels_placed(g: Array, index: Array, size: Any) -> Array:
    """Zeros of an image, with ``g`` added at flat places, which may repeat."""
    images = np.zeros(resized(g, size), g.dtype)
    length = int(np.prod(size))
    start = np.arange(0, images.size, length or 1).reshape(*g.shape[: -len(size)], *[1] * len(size))
    np.add.at(images.reshape(-1), (index + start).ravel(), g.ravel())
    return images


defgrad(pixels_picked, x=lambda g, index, size: pixels_placed(g, index, size))
defgrad(pixels_placed, g=lambda h, index, size: pixels_picked(h, index, size))

_unpool2d = _unpool("max_unpool2d", "MaxUnpool2DBackward0")
_unpool3d = _unpool("max_unpool3d", "MaxUnpool3DBackward0")


def _each(v: Any, d: int) -> Any:
    return tuple(v) if isinstance(v, Iterable) else (v,) * d


def _image_size(
    d: int, input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None, **_: Any
) -> tuple[int, ...]:
    """The size that is wanted; else that of an image that pooling would have made x of.

    Raises  ValueError if neither is possible; IndexError or TypeError where there are not enough numbers.
    """
    name, wanted = f"max_unpool{d}d", output_size
    k, p = _each(kernel_size, d), _each(padding, d)
    s = k if stride is None else _each(stride, d)
    shape, n = input.size(), len(k)
    usual = tuple([(shape[i - n] - 1) * s[i] + k[i] - 2 * p[i] for i in range(n)])
    if wanted is not None:
        wanted = tuple(wanted)[2:] if len(wanted) == n + 2 else wanted
        if len(wanted) != n:
            raise ValueError(f"{name}: output_size should have {n} or {n + 2} elements, but has {len(wanted)}")
        if bad := [v for v, u, step in zip(wanted, usual, s, strict=False) if not u - step < v < u + step]:
            raise ValueError(f"{name}: invalid output_size {bad[0]}: it must be less than {s} from {usual}")
    size = usual if wanted is None else tuple(wanted)
    if min(size, default=0) < 0:
        raise ValueError(f"{name}: output_size must contain non-negative spatial dimensions, but got {list(size)}")
    return size


@looks_first(functools.partial(_image_size, 1))
def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Partial inverse of ``max_pool1d``: each maximum back at its position, 0 elsewhere.

    Math    y[n, c, indices[n, c, i]] = input[n, c, i]        d_input[n, c, i] = g[n, c, indices[n, c, i]]
    Shapes  input and indices (N, C, L) or (C, L) -> (N, C, L'), ``output_size``,
            by default (S - 1) stride - 2 padding + kernel_size
    Raises  ValueError for an ``output_size`` that the pooling cannot have come from; RuntimeError for an index outside.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> values, indices = minigrad.nn.functional.max_pool1d(x, 2, return_indices=True)
    >>> minigrad.nn.functional.max_unpool1d(values, indices, 2).sum().backward(); x.grad
    tensor([[0., 1., 1., 0.]])
    """
    check_deterministic("max_unpooling2d_forward_out")
    size = _unpooled_size("max_unpool1d", input, indices, 1, kernel_size, stride, padding, output_size)
    return squeeze(_unpool2d(unsqueeze(input, -1), beside(indices.array[..., None], indices), (*size, 1)), -1)


@looks_first(functools.partial(_image_size, 2))
def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Partial inverse of ``max_pool2d``: each maximum back at its position, 0 elsewhere.

    Math    y[indices] = input        d_input = g[indices];  where an index repeats, the last wins
    Shapes  input, indices (N, C, H, W) or (C, H, W) -> H' = (H - 1) stride - 2 padding + kernel_size,
            or ``output_size``, less than a stride from it
    Raises  ValueError for another output size, RuntimeError for an index outside the output.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> values, indices = minigrad.nn.functional.max_pool2d(x, 2, return_indices=True)
    >>> minigrad.nn.functional.max_unpool2d(values, indices, 2).sum().backward(); x.grad
    tensor([[[0., 0.],
             [1., 0.]]])
    """
    check_deterministic("max_unpooling2d_forward_out")
    size = _unpooled_size("max_unpool2d", input, indices, 2, kernel_size, stride, padding, output_size)
    return _unpool2d(input, indices, size)


@looks_first(functools.partial(_image_size, 3))
def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Partial inverse of ``max_pool3d``: each maximum back at its position, 0 elsewhere.

    Math    y[n, c, indices[n, c, i]] = input[n, c, i]        d_input[n, c, i] = g[n, c, indices[n, c, i]]
    Shapes  input and indices (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'), ``output_size``,
            by default (S - 1) stride - 2 padding + kernel_size
    Raises  ValueError for an ``output_size`` that the pooling cannot have come from; RuntimeError for an index outside.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> values, indices = minigrad.nn.functional.max_pool3d(x, (1, 2, 2), return_indices=True)
    >>> minigrad.nn.functional.max_unpool3d(values, indices, (1, 2, 2)).sum().backward(); x.grad
    tensor([[[[0., 0.],
              [1., 0.]]]])
    """
    check_deterministic("max_unpooling3d_forward_out")
    size = _unpooled_size("max_unpool3d", input, indices, 3, kernel_size, stride, padding, output_size)
    return _unpool3d(input, indices, size)


def _unpooled_size(
    name: str, x: Any, indices: Any, d: int, kernel: Any, stride: Any, padding: Any, wanted: Any
) -> tuple[int, ...]:
    """The size of the image to fill, its arguments checked."""
    size = integers(name, "output_size", _image_size(d, x, kernel, stride, padding, wanted), d)
    if d == 3:
        integers(name, "padding", padding, d)
        if min(integers(name, "stride", kernel if stride is None else stride, d)) <= 0:
            raise RuntimeError(f"{name}: strides should be greater than zero, but got stride: {stride}")
    check_image(name, x, d)
    if indices.array.dtype != np.int64:
        raise RuntimeError(f"{name}: elements in indices should be type int64 but got: {indices.dtype}")
    if indices.array.shape != x.array.shape:
        raise RuntimeError(
            f"{name}: Expected shape of indices to be same as that of the input tensor ({list(x.array.shape)}) but got "
            f"indices tensor with shape: {list(indices.array.shape)}"
        )
    floats_only(name, x.array)
    outside = indices.array[(indices.array < 0) | (indices.array >= np.prod(size))]
    if outside.size:
        raise RuntimeError(f"{name}: Found an invalid max index: {outside[0]} (the output has size {list(size)})")
    return size
