"""Padding: a border around the last dimensions, of one number or made from the elements themselves.

A border of a constant gets no gradient: the gradient of padding by p is padding by -p, which cuts it off. A border made
from elements (mirrored, repeated, wrapped around) gives its gradient back to those it was made from.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op
from ...types import Tensor
from ..checks import unsupported
from ..shape.views import at

# ---- one number ----


@op
def constant_pad_nd(x: Array, pad: Any, value: Any) -> Array:
    first = x.ndim - len(pad)
    cut: Any = [slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(x.shape[first:], pad, strict=True)]
    shape = [n + low + high for n, (low, high) in zip(x.shape[first:], pad, strict=True)]
    out = np.full_like(x, value, shape=(*x.shape[:first], *shape))
    inside: Any = [slice(max(low, 0), n - max(high, 0)) for n, (low, high) in zip(shape, pad, strict=True)]
    out[(..., *inside)] = x[(..., *cut)]
    return out


defgrad(constant_pad_nd, x=lambda g, pad: constant_pad_nd(g, tuple([(-low, -high) for low, high in pad]), 0))

# ---- made from the elements ----


def _mirrored(n: int, low: int, high: int) -> Any:
    """Without repeating the edge: 2 1 [0 1 2 3] 2 1"""
    k = np.abs(np.arange(-low, n + high))
    return np.where(k < n, k, 2 * (n - 1) - k)


def _edge(n: int, low: int, high: int) -> Any:
    """The edge again and again: 0 0 [0 1 2 3] 3 3"""
    return np.clip(np.arange(-low, n + high), 0, n - 1)


def _wrapped(n: int, low: int, high: int) -> Any:
    """From the other side: 2 3 [0 1 2 3] 0 1"""
    start, stop = max(-low, 0), n - max(-high, 0)
    return start + (np.arange(-low, n + high) - start) % max(stop - start, 1)


def _parts(n: int, low: int, high: int) -> tuple[slice, slice, list[int]]:
    """Which part of a dimension is kept, where it lies in the result, and the positions of the border."""
    kept = slice(max(-low, 0), n - max(-high, 0))
    inside = slice(max(low, 0), n + low + high - max(high, 0))
    return kept, inside, [*range(inside.start), *range(inside.stop, n + low + high)]


def _padder(name: str, label: str) -> Callable[..., Any]:
    """An op for borders of elements; ``borders`` says (dimension, low, high, where each position comes from)."""

    @op(name=name, label=label)
    def padded(x: Array, borders: Any) -> Array:
        for dim, low, high, source in borders:
            kept, inside, border = _parts(x.shape[dim], low, high)
            shape = list(x.shape)
            shape[dim] += low + high
            whole = np.empty_like(x, shape=shape)
            whole[at(dim, inside)] = x[at(dim, kept)]
            for k in border:
                whole[at(dim, k)] = x[at(dim, source[k])]
            x = whole
        return x

    defgrad(padded, x=lambda g, x_shape, borders: border_grad_x(g, x_shape, borders))
    return padded


@op
def border_grad_x(g: Array, shape: Any, borders: Any) -> Array:
    for dim, low, high, source in reversed(borders):
        kept, inside, border = _parts(shape[dim], low, high)
        smaller = list(g.shape)
        smaller[dim] = shape[dim]
        whole = np.zeros_like(g, shape=smaller)
        whole[at(dim, kept)] = g[at(dim, inside)]
        for k in border:
            whole[at(dim, source[k])] += g[at(dim, k)]
        g = whole
    return g


_OPS = {
    (mode, n): _padder(f"{name.lower()}_pad{n}d", f"{name}Pad{n}DBackward0")
    for mode, name in (("reflect", "Reflection"), ("replicate", "Replication"))
    for n in (1, 2, 3)
}
_pad_circular = _padder("circular_pad", "CopySlices")
defgrad(border_grad_x, g=lambda h, borders: _pad_circular(h, borders))

_SOURCES = {"reflect": _mirrored, "replicate": _edge, "circular": _wrapped}


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Padding of the last dimensions: (left, right), then (top, bottom), then (front, back); negative numbers crop.

    Math    constant: y is ``value`` in the border, input inside           d_input = g without the border
            reflect: 2 1 [0 1 2 3] 2 1     replicate: 0 0 [0 1 2 3] 3 3     circular: 2 3 [0 1 2 3] 0 1
            d_input = g + what the copies in the border got
    Shapes  input (*, W) -> (*, left + W + right), likewise H and D
    Raises  RuntimeError if the padding is longer than the mode allows, or is not in pairs;
            NotImplementedError for a mode that does not exist or, but for "constant", another number of dimensions.

    >>> x = minigrad.tensor([[1., 2., 3.]], requires_grad=True)
    >>> minigrad.nn.functional.pad(x, (1, 1), "reflect").sum().backward(); x.grad
    tensor([[1., 3., 1.]])
    """
    sizes = [operator.index(p) for p in pad]
    shape, many = input.array.shape, len(sizes) // 2
    if len(sizes) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2, got {sizes}: (left, right, top, bottom, ...)")
    if many > len(shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(sizes)} and input of dimension {len(shape)}"
        )
    pairs = tuple(zip(sizes[::2], sizes[1::2], strict=True))  # the last dimension first
    if mode == "constant":
        for n, (low, high) in zip(shape[::-1], pairs, strict=False):
            if max(-low, 0) + max(-high, 0) > n:
                raise RuntimeError(f"pad: cannot cut {(low, high)} off a dimension of size {n} in {list(shape)}")
        return constant_pad_nd(input, pairs[::-1], 0 if value is None else input.array.dtype.type(value))
    if mode not in _SOURCES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}: constant, reflect, replicate or circular")
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if many not in (1, 2, 3) or len(shape) not in (many + 1, many + 2):
        raise NotImplementedError(
            f"Padding size {len(sizes)} is not supported for {len(shape)}D input tensor. Supported combinations for "
            "non-constant padding: 2D or 3D input: padding size = 2; 3D or 4D: 4; 4D or 5D: 6"
        )
    if mode != "circular" and 0 in shape[-many - 1 :]:
        raise RuntimeError(
            f"Expected a tensor with possibly 0 batch size and other non-zero dimensions but got: {list(shape)}"
        )
    for k, (n, (low, high)) in enumerate(zip(shape[::-1], pairs, strict=False)):
        _check_border(mode, shape, len(shape) - 1 - k, n, low, high)
    if mode != "circular" and input.array.dtype == bool:
        raise unsupported(f"{mode} padding", input.array, "pad with mode='constant' or convert it with .float()")
    borders = tuple([(-1 - k, *pair, _SOURCES[mode](shape[-1 - k], *pair).tolist()) for k, pair in enumerate(pairs)])
    return (_pad_circular if mode == "circular" else _OPS[mode, many])(input, borders)


def _check_border(mode: str, shape: Any, dim: int, n: int, low: int, high: int) -> None:
    """Refuse a border that has no elements to be made from."""
    where = f"padding ({low}, {high}) at dimension {dim} of input {list(shape)}"
    if mode == "circular":
        if max(low, high) > n:
            raise RuntimeError(f"Padding value causes wrapping around more than once: {where}")
        if n + low + high < 0:
            raise RuntimeError(f"Negative padding value is resulting in an empty dimension: {where}")
        return
    if mode == "reflect" and max(low, high) >= n:
        raise RuntimeError(f"Padding size should be less than the corresponding input dimension, but got: {where}")
    if n + low + high < 1:
        raise RuntimeError(f"pad: the input is too small, nothing would be left: {where}")
