"""Reading by position: what was read once gets its gradient back, what was read twice gets the sum of both, what was
not read gets zero. That is adding by position, and its gradient is reading again: derivatives of any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dtype import BOOL, FROM_NUMPY, Array
from ...core.op import defgrad, op, record
from ...types import Tensor
from ..checks import tensor_only
from ..shape.views import broadcast_shapes, broadcast_tensors, expand, reshape, wrap_dim
from .indexing import add_rows

# ---- what may be a position ----


def check_positions(name: str, index: Any, types: str, error: type[Exception]) -> None:
    """Refuse an index that is not a tensor of integers.

    Raises  TypeError, or the given class for another dtype
    """
    tensor_only(name, "index", index)
    kind = FROM_NUMPY[index.array.dtype]
    if kind.name not in types:
        raise error(f"{name}(): Expected dtype {types.replace(' ', '/')} for index, got {kind}: use .long()")


def check_range(name: str, index: Any, size: int, error: type[Exception], negative: bool = False) -> None:
    """Refuse positions that do not exist.

    Raises  the given class
    """
    low = -size if negative else 0
    if index.size and not (low <= index.min() and index.max() < size):
        bad = index[(index < low) | (index >= size)].flat[0]
        raise error(
            f"{name}(): index {bad} is out of bounds for a dimension of size {size}: the range is {low} to {size - 1}"
        )


# ---- one position for each element ----


def places(index: Any, dim: int) -> tuple[Any, ...]:
    """An index along ``dim`` as NumPy wants it: along every other dimension an element keeps its position."""
    grid = list(np.indices(index.shape, sparse=True))
    grid[dim] = index
    return tuple(grid)


def added(x: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy of the array x with ``src`` added at the positions ``index`` along ``dim``."""
    out = np.array(x, order="C")
    if not index.size:
        return out
    numbers = np.ravel_multi_index(places(np.atleast_1d(index), dim), np.atleast_1d(x).shape)
    np.add.at(out.reshape(-1), numbers.reshape(-1), src.reshape(-1))
    return out


@op
def gather_grad_x(g: Array, shape: Any, dim: int, index: Array) -> Array:
    return added(np.zeros(shape, g.dtype), dim, index, g)


def aligned(name: str, x: Any, dim: int, index: Any) -> int:
    """The dimension along which an index of x's number of dimensions picks; an empty one may be of any type and shape.

    Raises  RuntimeError if the index does not fit x.
    """
    tensor_only(name, "index", index)
    shape, size = x.array.shape, index.array.shape
    d = wrap_dim(dim, len(shape))
    if index.array.size == 0:
        return d
    check_positions(name, index, "int64 int32", RuntimeError)
    if max(len(size), 1) != max(len(shape), 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as input tensor: {name}() got an index of shape "
            f"{list(size)} for {list(shape)}"
        )
    if any([n > m for k, (n, m) in enumerate(zip(size, shape, strict=False)) if k != d]):
        raise RuntimeError(
            f"Size does not match at dimension: {name}() expected index {list(size)} to be no larger than self "
            f"{list(shape)} apart from dimension {d}"
        )
    check_range(name, index.array, shape[d] if shape else 1, RuntimeError)
    return d


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """Along ``dim``, the elements at the positions ``index``; along the others, those at the same position.

    Math    y[i, j] = input[index[i, j], j] for dim = 0        d_input = scatter_add(0, dim, index, g)
    Shapes  input and index: as many dimensions; the index not larger but along ``dim`` -> that of the index
    Raises  RuntimeError if the index is not an integer tensor, does not fit, or names a position that does not exist.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]], requires_grad=True)
    >>> x.gather(1, minigrad.tensor([[0, 0], [1, 0]])).sum().backward(); x.grad
    tensor([[2., 0.],
            [1., 1.]])
    """
    d = aligned("gather", input, dim, index)
    return record(gather)(input, d, index)


@op(of=gather, narrow=True)
def _(input: Array, dim: int, index: Array) -> Array:
    if not index.size:
        return np.zeros(index.shape, input.dtype)
    where = places(np.atleast_1d(index), dim)
    return np.atleast_1d(input)[where].reshape(index.shape)


defgrad(gather, input=lambda g, input, dim, index: gather_grad_x(g, input.shape, dim, index))

defgrad(gather_grad_x, g=lambda h, dim, index: record(gather)(h, dim, index))


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """``gather`` after input and the indices were broadcast, as NumPy's take_along_axis; by default of all elements.

    Math    y[i, j] = input[i, indices[i, j]] for dim = 1        d_input[i, indices[i, j]] += g[i, j]
            positions are taken modulo the size of ``dim``, as torch does
    Shapes  input (.., n, ..) and indices (.., k, ..) broadcast but along ``dim`` -> (.., k, ..); without it any -> (k)
    Raises  RuntimeError if the indices are not int64 or not of as many dimensions; IndexError for a bad ``dim``.

    It fits what ``argsort`` and ``argmax(keepdim=True)`` return.

    >>> x = minigrad.tensor([[3., 1., 2.]], requires_grad=True)
    >>> y = x.take_along_dim(x.argsort(1), 1); y[0, 0].backward()
    >>> y, x.grad
    (tensor([[1., 2., 3.]], grad_fn=<GatherBackward0>), tensor([[0., 1., 0.]]))
    """
    tensor_only("take_along_dim", "indices", indices)
    if dim is None:
        return gather(reshape(input, -1), 0, reshape(indices, -1))
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    check_positions("take_along_dim", indices, "int64", RuntimeError)
    d = wrap_dim(dim, input.ndim)
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions: leave dim out")
    n, k = input.array.shape[d], indices.array.shape[d]
    others = broadcast_shapes(*[s[:d] + s[d + 1 :] for s in (input.array.shape, indices.array.shape)])
    before, after = others[:d], others[d:]
    return gather(expand(input, *before, n, *after), d, expand(indices, *before, k, *after) % max(n, 1))


# ---- one position for each slice ----


@op
def index_select_grad_x(g: Array, shape: Any, dim: int, index: Array) -> Array:
    if not shape:
        return g.copy()
    rows = add_rows(np.moveaxis(g, dim, 0), np.atleast_1d(index), shape[dim])
    return np.moveaxis(rows, 0, dim)


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices at the positions ``index`` of a dimension, in that order, as often as they are named.

    Math    y[k] = input[index[k]] for dim = 0        d_input = index_add(0, dim, index, g)
    Shapes  input (.., n, ..), index (k) or () -> (.., k, ..)
    Raises  IndexError if there is no such position, or the index has two dimensions; RuntimeError for another dtype.

    >>> x = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> x.index_select(0, minigrad.tensor([2, 0, 2])).sum().backward(); x.grad
    tensor([1., 0., 2.])
    """
    d = wrap_dim(dim, input.ndim)
    check_vector("index_select", index, "int64 int32")
    if not input.ndim and index.array.size != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.array.size} values")
    check_range("index_select", index.array, input.shape[d] if input.ndim else 1, IndexError)
    return record(index_select)(input, d, index)


@op(of=index_select, narrow=True)
def _(input: Array, dim: int, index: Array) -> Array:
    y = np.take(np.atleast_1d(input), np.atleast_1d(index), dim)
    return y if input.ndim else y.reshape(())


defgrad(index_select, input=lambda g, input_shape, dim, index: index_select_grad_x(g, input_shape, dim, index))

defgrad(index_select_grad_x, g=lambda h, dim, index: record(index_select)(h, dim, index))


def check_vector(name: str, index: Any, types: str) -> None:
    tensor_only(name, "index", index)
    if index.array.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, got shape {list(index.array.shape)}")
    check_positions(name, index, types, RuntimeError)


# ---- positions in the tensor as one long row ----


@op
def take_grad_x(g: Array, shape: Any, index: Array) -> Array:
    total = np.zeros(shape, g.dtype)
    np.add.at(total.reshape(-1), index.reshape(-1), g.reshape(-1))
    return total


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at the positions ``index`` of input read as one long row.

    Math    y[k] = input.view(-1)[index[k]]        d_input.view(-1)[index[k]] += g[k]
    Shapes  input any, index any -> that of the index
    Raises  IndexError if there is no such position, RuntimeError if the index is not int64.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]], requires_grad=True)
    >>> x.take(minigrad.tensor([0, 3, 3])).sum().backward(); x.grad
    tensor([[1., 0.],
            [0., 2.]])
    """
    check_long_row("take", input, index)
    return record(take)(input, index)


@op(of=take, narrow=True)
def _(input: Array, index: Array) -> Array:
    return np.take(input, index)


defgrad(take, input=lambda g, input, index: take_grad_x(g, input.shape, index))

defgrad(take_grad_x, g=lambda h, index: record(take)(h, index))


def check_long_row(name: str, x: Any, index: Any) -> None:
    check_positions(name, index, "int64", RuntimeError)
    check_range(name, index.array, x.array.size, IndexError, negative=True)


# ---- by a mask ----


@op
def masked_select_grad_x(g: Array, mask: Array) -> Array:
    whole = np.zeros(mask.shape, g.dtype)
    whole[mask] = g
    return whole


def in_common(name: str, x: Any, mask: Any) -> tuple[Tensor, ...]:
    """Both in the shape they have in common."""
    tensor_only(name, "mask", mask)
    if mask.array.dtype != BOOL:
        raise RuntimeError(f"{name}: expected BoolTensor for mask, got {FROM_NUMPY[mask.array.dtype]}: compare first")
    return broadcast_tensors(x, mask)


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask is True, in one row.

    Math    y = input[mask]        d_input = g, one after the other where the mask is True, else 0
    Shapes  input and mask broadcast -> (how many)
    Raises  RuntimeError if the mask is not a bool tensor.

    >>> x = minigrad.tensor([1., -2., 3.], requires_grad=True)
    >>> (x.masked_select(x > 0) ** 2).sum().backward(); x.grad
    tensor([2., 0., 6.])
    """
    return record(masked_select)(*in_common("masked_select", input, mask))


@op(of=masked_select, narrow=True)
def _(input: Array, mask: Array) -> Array:
    return np.asarray(input)[mask]


defgrad(masked_select, input=lambda g, mask: masked_select_grad_x(g, mask))

defgrad(masked_select_grad_x, g=lambda h, mask: record(masked_select)(h, mask))
