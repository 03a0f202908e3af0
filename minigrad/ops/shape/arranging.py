"""The same elements in another order, or several times. The gradient goes the same way back, and adds up where an
element was repeated.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...core.variable import Variable, wrap
from ...host.device import contiguous_format
from ...types import Dims, Tensor
from ..checks import unsupported
from ..create import meshgrid
from ..index.gathering import index_select
from ..index.indexing import getitem
from ..reduce.sums import sum
from .joining import stack
from .views import clone, expand, reshape, sizes_of, unsqueeze, wrap_dim, wrap_dims

# ---- turned ----


def flip(input: Tensor, *dims: int | Sequence[int]) -> Tensor:
    """The elements in reverse order along the given dimensions (a copy: NumPy's is a view).

    Math    y[i] = input[n - 1 - i] along each of ``dims``        d_input = flip(g, dims)
    Shapes  input (*) -> (*)
    Raises  IndexError if there is no such dimension, RuntimeError if one is named twice, TypeError if none is named.

    >>> x = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> (x.flip(0) * minigrad.arange(3)).sum().backward(); x.grad
    tensor([2., 1., 0.])
    """
    if not dims:
        raise TypeError('flip() missing 1 required positional argument: "dims"')
    axes = wrap_dims(sizes_of(dims), input.ndim)
    return record(flip)(input, axes if input.ndim else ())


@op(of=flip, narrow=True)
def _(input: Array, dims: Any) -> Array:
    return np.flip(input, dims).copy("K")


defgrad(flip, input=lambda g, dims: record(flip)(g, dims))


def reverse(x: Tensor) -> Tensor:
    """``reversed(x)``: the first dimension in reverse order."""
    return flip(x, 0) if x.ndim else x


def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order: ``flip(input, 1)``.

    Math    y[i, j] = input[i, n - 1 - j]        d_input = fliplr(g)
    Shapes  input (m, n, *) -> (m, n, *)
    Raises  RuntimeError below two dimensions.

    >>> minigrad.fliplr(minigrad.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if input.ndim < 2:
        raise RuntimeError(f"Input must be >= 2-d: fliplr() got {list(input.shape)}; use flip(0)")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order: ``flip(input, 0)``.

    Math    y[i] = input[n - 1 - i]        d_input = flipud(g)
    Shapes  input (n, *) -> (n, *)
    Raises  RuntimeError for a 0-d tensor.

    >>> minigrad.flipud(minigrad.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d: flipud() got a 0-d tensor")
    return flip(input, 0)


def roll(input: Tensor, shifts: Dims, dims: Dims | None = None) -> Tensor:
    """The elements moved along dimensions; what leaves at the end comes in at the front. Without dims: as one row.

    Math    y[i] = input[(i - shift) mod n]        d_input = roll(g, -shift)
    Shapes  input (*) -> (*)
    Raises  RuntimeError unless there is one shift for each dimension; IndexError if there is no such dimension.

    >>> x = minigrad.arange(4.).requires_grad_()
    >>> y = x.roll(1); y
    tensor([3., 0., 1., 2.], grad_fn=<ViewBackward0>)
    >>> y[0].backward(); x.grad
    tensor([0., 0., 0., 1.])
    """
    moves = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    axes = () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if not moves:
        raise RuntimeError("`shifts` required: roll() got none")
    if not axes and len(moves) == 1:
        return reshape(record(roll)(reshape(input, -1), moves, (0,)), input.array.shape)
    if len(moves) != len(axes):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(moves)}, dims: {len(axes)}")
    if not input.ndim:
        raise IndexError(f"Dimension specified as {axes[0]} but tensor has no dimensions: leave dims out")
    return record(roll)(input, moves, tuple([wrap_dim(d, input.ndim) for d in axes]))


@op(of=roll, narrow=True)
def _(input: Array, shifts: Any, dims: Any) -> Array:
    return np.roll(input, shifts, dims)


defgrad(roll, input=lambda g, shifts, dims: record(roll)(g, tuple([-s for s in shifts]), dims))


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Rotation, k times by 90 degrees, in the plane of two dimensions, from the first towards the second.

    Math    k = 1: y[i, j] = input[j, n - 1 - i],  input (m, n)        d_input = rot90(g, -k, dims)
    Shapes  input (m, n) -> (n, m) for odd k, else (m, n)
    Raises  RuntimeError unless there are two different dimensions, IndexError if one does not exist.

    >>> minigrad.tensor([[1, 2], [3, 4]]).rot90()
    tensor([[2, 4],
            [1, 3]])
    """
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    return record(rot90)(input, k, wrap_dims(dims, input.ndim))


@op(of=rot90, narrow=True)
def _(input: Array, k: int, dims: Any) -> Array:
    return np.rot90(input, k, dims).copy()


defgrad(rot90, input=lambda g, k, dims: record(rot90)(g, -k, dims))


# ---- repeated ----


def _repeat_grad(g: Array, input_shape: Any, repeats: Any) -> Array:
    """Add up the copies: (r0 n0, r1 n1) is seen as (r0, n0, r1, n1)."""
    sizes = (1,) * (len(repeats) - len(input_shape)) + tuple(input_shape)
    copies = reshape(g, [n for pair in zip(repeats, sizes, strict=True) for n in pair])
    return reshape(record(sum)(copies, tuple(range(0, 2 * len(sizes), 2)), False), input_shape) if sizes else g


def repeat(input: Tensor, *repeats: int | Sequence[int]) -> Tensor:
    """The whole tensor copied side by side, so many times along each dimension; new dimensions come in front.

    Math    y[i] = input[i mod n]        d_input[j] = sum of g[i] over i mod n = j
    Shapes  input (n1, ..), repeats (r1, ..) -> (r1 n1, ..)
    Raises  RuntimeError if there are fewer numbers than dimensions, or one is negative.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.repeat(2, 2).sum().backward(); x.grad
    tensor([4., 4.])
    """
    times = sizes_of(repeats)
    if len(times) < input.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: repeat() got "
            f"{list(times)} for {list(input.shape)}"
        )
    if min(times, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension: repeat() got {list(times)}")
    return record(repeat)(input, times)


@op(of=repeat, narrow=True)
def _(input: Array, repeats: Any) -> Array:
    return np.tile(input, repeats)


defgrad(repeat, input=_repeat_grad)


def tile(input: Tensor, *dims: int | Sequence[int]) -> Tensor:
    """The whole tensor copied side by side: ``repeat`` where missing numbers in front are 1.

    Math    y[i] = input[i mod n]        d_input[j] = sum of g[i] over i mod n = j
    Shapes  input (n1, ..), dims (r1, ..), the shorter filled up with 1 in front -> (r1 n1, ..)
    Raises  RuntimeError if a number is negative.

    >>> minigrad.tensor([[1, 2]]).tile(2)
    tensor([[1, 2, 1, 2]])
    """
    times = sizes_of(dims)
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


@overload
def repeat_interleave(input: Tensor, *, output_size: int | None = None) -> Tensor: ...
@overload
def repeat_interleave(
    input: Tensor, repeats: int | Tensor, dim: int | None = None, *, output_size: int | None = None
) -> Tensor: ...
def repeat_interleave(
    input: Tensor | None = None,
    repeats: int | Tensor | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Each element repeated where it stands, all as often or each as ``repeats`` says; without dim, of one row.

    Math    y = input[0] repeats[0] times, then input[1] repeats[1] times, ..
            d_input[i] = sum of g over its copies
    Shapes  input (.., n, ..), repeats a number or (n) -> (.., sum of repeats, ..)
    Raises  RuntimeError if repeats is negative, or not one for each element; IndexError if there is no such dimension.

    ``repeat_interleave(repeats)`` alone gives the positions.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> y = x.repeat_interleave(minigrad.tensor([3, 1])); y
    tensor([1., 1., 1., 2.], grad_fn=<IndexSelectBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([3., 1.])
    """
    if input is None or repeats is None:
        return wrap(_allocated(_positions(repeats if input is None else input), output_size))
    x = reshape(input, -1) if dim is None else input
    d = wrap_dim(0 if dim is None else dim, x.ndim)
    x = x if x.ndim else reshape(x, 1)
    shape = x.array.shape
    if dim is not None and not input.ndim:
        raise IndexError(f"Dimension out of range: repeat_interleave() got dim={dim} for a 0-d tensor")
    if not isinstance(repeats, Variable):
        if operator.index(repeats) < 0:
            raise RuntimeError(f"Repeats must be non-negative: repeat_interleave() got {repeats}")
        if output_size is not None and output_size != shape[d] * repeats:
            raise RuntimeError(
                f"repeat_interleave: Invalid output_size, expected {shape[d] * repeats} but got {output_size}"
            )
        wide = expand(unsqueeze(x, d + 1), (*shape[: d + 1], repeats, *shape[d + 1 :]))
        return reshape(clone(wide, memory_format=contiguous_format), (*shape[:d], shape[d] * repeats, *shape[d + 1 :]))
    if repeats.array.size == 1:
        repeats = expand(reshape(repeats, 1), shape[d])
    if repeats.array.shape != (shape[d],):
        raise RuntimeError(
            f"repeats must have the same size as input along dim: repeat_interleave() got repeats of shape "
            f"{list(repeats.array.shape)} for dimension {d} of {list(shape)}"
        )
    return index_select(x, d, wrap(_allocated(_positions(repeats).astype(np.int64), output_size)))


def _allocated(positions: Any, output_size: int | None) -> Any:
    """The positions, if there are as many as was said."""
    if output_size is not None and len(positions) != output_size:
        raise RuntimeError(f"allocated size does not match required size: there are {len(positions)}")
    return positions


def _positions(repeats: Any) -> Any:
    """0 so many times, then 1, ..."""
    times = repeats.array
    if times.dtype.kind not in "iu":
        raise unsupported("repeat_interleave", times, "repeats are counts, convert them with .long()")
    if times.ndim != 1:
        raise RuntimeError(f"repeat_interleave: repeats has to be a vector, got {list(times.shape)}")
    if (times < 0).any():
        raise RuntimeError(f"repeats can not be negative: got {times.tolist()}")
    return np.repeat(np.arange(len(times)), times).astype(times.dtype)


# ---- every choice ----


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Cartesian product: every choice of one element from each vector, a row for each.

    Math    the rows (tensors[0][i], tensors[1][j], ..) for all i, j, ..
            d_tensors[k][i] = sum of g where it stands
    Shapes  tensors (n1), .., (nk) -> (n1 .. nk, k)
    Raises  RuntimeError if one is not a vector.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> y = minigrad.cartesian_prod(x, minigrad.tensor([3., 4., 5.])); y.shape
    torch.Size([6, 2])
    >>> y.sum().backward(); x.grad
    tensor([3., 3.])
    """
    for x in tensors:
        if x.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}: flatten it first")
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(x, -1) for x in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Combinations: every choice of r elements of a vector, a row for each, in the order of itertools.combinations.

    Math    the rows (input[i], input[j], ..) for all i < j < .. (i <= j with replacement)
            d_input[i] = sum of g where input[i] stands
    Shapes  input (n) -> (n over r, r)
    Raises  RuntimeError if input is not a vector, or r is negative.

    >>> x = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> y = minigrad.combinations(x); y.tolist()
    [[1.0, 2.0], [1.0, 3.0], [2.0, 3.0]]
    >>> y[:2].sum().backward(); x.grad
    tensor([2., 1., 1.])
    """
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}: flatten it first")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = list(choose(range(len(input.array)), r)) if r else []
    return getitem(input, np.array(chosen, np.int64).reshape(-1, r) if r else np.array([], np.int64))
