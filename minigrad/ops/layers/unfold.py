"""Sliding blocks of an image as columns, and columns added back into an image: each is the other's gradient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op
from ...types import Sizes, Tensor
from ..checks import integers, unsupported
from .windows import Geometry, Shape, outputs, overlap, pad, windows


def _padded(size: Any, how: Geometry) -> Shape:
    return tuple([n + lo + hi for n, (lo, hi) in zip(size, how.padding, strict=True)])


@op(label="Im2ColBackward0")
def im2col(x: Array, kernel: Shape, how: Geometry) -> Array:
    *batch, c, h, w = x.shape
    seen = windows(pad(x.reshape(math.prod(batch), 1, c, h, w, 1), how.padding), kernel, how.stride, how.dilation)
    return seen.copy().reshape(*batch, c * math.prod(kernel), math.prod(seen.shape[5:]))  # a 1x1 kernel sees x itself


@op(label="Col2ImBackward0")
def col2im(x: Array, size: Shape, kernel: Shape, how: Geometry) -> Array:
    *batch, rows, _ = x.shape
    c, padded = rows // math.prod(kernel), _padded(size, how)
    out = outputs(padded, kernel, how.stride, how.dilation)
    seen = x.reshape(math.prod(batch), 1, c, *kernel, *out, 1)
    image = np.zeros((*seen.shape[:3], *padded, 1), x.dtype)
    overlap(seen, image, how.stride, how.dilation)
    return pad(image, tuple([(-lo, -hi) for lo, hi in how.padding])).reshape(*batch, c, *size)


defgrad(im2col, x=lambda g, x_shape, kernel, how: col2im(g, x_shape[-2:], kernel, how))

defgrad(col2im, x=lambda g, kernel, how: im2col(g, kernel, how))


def _two(name: str, argument: str, value: Any, least: int) -> Shape:
    """One integer for the height and one for the width; unlike a convolution's, a list names both.

    Raises  TypeError for anything but integers, RuntimeError for a wrong number of them or one below ``least``.
    """
    found = integers(name, argument, value, 2, least)
    if isinstance(value, (tuple, list)) and len(value) == 1:
        raise RuntimeError(f"{name}: It is expected {argument} equals to 2, but got size 1: give a number or two")
    return found


def _geometry(name: str, kernel: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Shape, Geometry]:
    sizes = _two(name, "kernel_size", kernel, 1)
    around = tuple([(p, p) for p in _two(name, "padding", padding, 0)])
    return sizes, Geometry(_two(name, "stride", stride, 1), around, _two(name, "dilation", dilation, 1), 1)


def _check(name: str, x: Array, ranks: tuple[int, int]) -> None:
    """Raises RuntimeError for another rank or anything empty but the batch, NotImplementedError for integers."""
    sizes = x.shape[1:] if x.ndim == ranks[1] else x.shape
    if x.ndim not in ranks or 0 in sizes:
        raise RuntimeError(
            f"{name}: Expected {ranks[0]}D or {ranks[1]}D (batch mode) tensor with possibly 0 batch size and other "
            f"non-zero dimensions for input, but got: {list(x.shape)}"
        )
    if x.array.dtype.kind in "iu":
        raise unsupported(name, x.array, "convert it with .float()")


def unfold(input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """Every block that a sliding kernel covers, as a column ("im2col").

    Math    y[n, (c, k, l), (i, j)] = input[n, c, i s + k d, j s + l d], s = ``stride``, d = ``dilation``
            d_input = fold(g): overlapping blocks add up
            A convolution is a matrix product with this: conv2d(input, w) = w.view(O, -1) @ unfold(input)
    Shapes  input (N, C, H, W) or (C, H, W) -> (N, C K1 K2, L), L the number of places
    Raises  RuntimeError if no block fits, or for numbers out of range.

    >>> x = minigrad.tensor([[[1., 2., 3.]]], requires_grad=True)
    >>> y = minigrad.nn.functional.unfold(x, (1, 2)); y
    tensor([[1., 2.],
            [2., 3.]], grad_fn=<Im2ColBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([[[1., 2., 1.]]])
    """
    kernel, how = _geometry("unfold", kernel_size, dilation, padding, stride)
    if input.ndim < 2:
        raise IndexError(f"unfold: Dimension out of range: expected a 3D or 4D tensor, got {input.ndim}D")
    _check("unfold", input, (3, 4))
    out = outputs(_padded(input.shape[-2:], how), kernel, how.stride, how.dilation)
    if min(out) < 1:
        raise RuntimeError(
            f"unfold: Given input with spatial size {tuple(input.shape[-2:])}, kernel_size={kernel}, "
            f"dilation={how.dilation}, padding={padding}, calculated shape of the array of sliding blocks as {out}, "
            "but its components must be at least one: take a smaller kernel or more padding"
        )
    return im2col(input, kernel, how)


def fold(
    input: Tensor, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Tensor:
    """Puts columns back as blocks into an image, with overlaps added up: the adjoint of ``unfold``, not its inverse.

    Math    y[n, c, i s + k d, j s + l d] += input[n, (c, k, l), (i, j)], s = ``stride``, d = ``dilation``
            d_input = unfold(g)
    Shapes  input (N, C K1 K2, L) or (C K1 K2, L) -> (N, C, *output_size)
    Raises  RuntimeError if the number of rows or columns does not fit.

    >>> x = minigrad.tensor([[1., 2.], [2., 3.]], requires_grad=True)
    >>> y = minigrad.nn.functional.fold(x, (1, 3), (1, 2)); y
    tensor([[[1., 4., 3.]]], grad_fn=<Col2ImBackward0>)
    >>> y[0, 0, 1].backward(); x.grad
    tensor([[0., 1.],
            [1., 0.]])
    """
    size = _two("fold", "output_size", output_size, 1)
    kernel, how = _geometry("fold", kernel_size, dilation, padding, stride)
    _check("fold", input, (2, 3))
    rows, columns = input.shape[-2:]
    if rows % math.prod(kernel):
        raise RuntimeError(
            f"fold: Expected size of input's dimension {input.ndim - 2} to be divisible by the product of kernel_size, "
            f"but got {rows} and kernel_size={kernel}"
        )
    out = outputs(_padded(size, how), kernel, how.stride, how.dilation)
    if columns != max(out[0], 0) * max(out[1], 0):
        raise RuntimeError(
            f"fold: Given output_size={size}, kernel_size={kernel}, dilation={how.dilation}, padding={padding}, "
            f"stride={how.stride}, expected size of input's dimension {input.ndim - 1} to match the calculated number "
            f"of sliding blocks {out[0]} * {out[1]}, but got {columns}"
        )
    return col2im(input, size, kernel, how)
