"""Reading by position, and its adjoint, adding by position.

What was read once gets its gradient back, what was read twice gets the sum of both, what was not read gets zero: the
gradient of ``gather`` is ``scatter_add``, that of ``index_select`` is ``index_add``. The gradient of
``scatter_add`` is ``gather`` again, that of ``index_add`` is ``index_select``: so there are derivatives of any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dtype import BOOL, FROM_NUMPY, Array
from ...core.inplace import inplace
from ...core.op import defgrad, op, record
from ...types import Number, Tensor
from ..checks import fitted, same_dtype, tensor_only
from ..deterministic import check_deterministic
from ..elementwise.transcendental import masked
from ..shape.views import broadcast_shapes, broadcast_tensors, expand, reshape, wrap_dim
from .indexing import add_rows, sliced

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


def source_for(name: str, index: Any, src: Any) -> Any:
    """The part of ``src`` that an index has positions for.

    Raises  RuntimeError if it is smaller than the index.
    """
    size, shape = index.array.shape, src.array.shape
    if size == shape:
        return src
    if not index.array.size:
        return reshape(sliced(reshape(src, -1), (slice(0),)), size)
    if max(len(size), 1) != max(len(shape), 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as src tensor: {name}() got an index of shape "
            f"{list(size)} and a source of shape {list(shape)}"
        )
    if any([n > m for n, m in zip(size or (1,), shape or (1,), strict=True)]):
        raise RuntimeError(f"{name}() expected index {list(size)} to be no larger than src {list(shape)}")
    if len(size) == len(shape):
        return sliced(src, tuple([slice(n) for n in size]))
    return sliced(src, (0,)) if shape else reshape(src, size)


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


defgrad(gather, input=lambda g, input_shape, dim, index: gather_grad_x(g, input_shape, dim, index))

defgrad(gather_grad_x, g=lambda h, dim, index: record(gather)(h, dim, index))


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy of input with each element of ``src`` added at its position along ``dim``.

    Math    y = input;  y[index[i, j], j] += src[i, j] for dim = 0        d_input = g, d_src = gather(g, dim, index)
    Raises  RuntimeError if the types differ, the index does not fit, or names a position that does not exist.

    >>> minigrad.zeros(3).scatter_add(0, minigrad.tensor([0, 2, 0]), minigrad.tensor([1., 2., 3.]))
    tensor([4., 0., 2.])
    """
    d = aligned("scatter_add", input, dim, index)
    same_dtype("scatter_add", input, src)
    return record(scatter_add)(input, d, index, source_for("scatter_add", index, src))


@op(of=scatter_add)
def _(input: Array, dim: int, index: Array, src: Array) -> Array:
    return added(input, dim, index, src)


defgrad(scatter_add, input=lambda g: g, src=lambda g, dim, index: record(gather)(g, dim, index))


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """``gather`` after input and the indices were broadcast, as NumPy's take_along_axis; by default of all elements.

    Along a dimension positions are taken modulo its size, as torch does. It fits what ``argsort`` and
    ``argmax(keepdim=True)`` return.

    >>> x = minigrad.tensor([[3., 1., 2.]])
    >>> x.take_along_dim(x.argsort(1), 1)
    tensor([[1., 2., 3.]])
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
    Raises  IndexError if there is no such position, or if the index is not an integer vector.

    >>> x = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> x.index_select(0, minigrad.tensor([2, 0, 2])).sum().backward(); x.grad
    tensor([1., 0., 2.])
    """
    d = wrap_dim(dim, input.ndim)
    _check_vector("index_select", index, "int64 int32")
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


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
    """A copy of input with ``alpha`` times each slice of ``source`` added to the slice at its position.

    Math    y = input;  y[index[k]] += alpha source[k] for dim = 0        d_input = g, d_source = alpha g[index]
    Raises  RuntimeError if the types or the shapes do not fit, IndexError if there is no such position.

    >>> minigrad.zeros(3).index_add(0, minigrad.tensor([0, 0]), minigrad.tensor([1., 2.]), alpha=10)
    tensor([30.,  0.,  0.])
    """
    d = wrap_dim(dim, input.ndim)
    fit_slices("index_add", input, d, index, source, "int64 int32", RuntimeError)
    if bool(input.ndim) != bool(source.ndim):
        raise RuntimeError("index_add(): a 0-d source goes with a 0-d tensor only")
    check_range("index_add", index.array, input.shape[d] if input.ndim else 1, IndexError)
    return record(index_add)(input, d, index, source, alpha)


@op(of=index_add)
def _(input: Array, dim: int, index: Array, source: Array, alpha: Any) -> Array:
    added = index_select_grad_x(np.asarray(source), input.shape, dim, index)
    return input + (added if alpha == 1 else fitted(alpha, input.dtype) * added)


defgrad(
    index_add,
    input=lambda g: g,
    source=lambda g, dim, index, alpha, source_shape: reshape(
        record(index_select)(g, dim, index) * alpha, source_shape
    ),
)


def _check_vector(name: str, index: Any, types: str) -> None:
    tensor_only(name, "index", index)
    if index.array.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, got shape {list(index.array.shape)}")
    check_positions(name, index, types, RuntimeError)


def fit_slices(name: str, x: Any, d: int, index: Any, source: Any, types: str, miscount: type[Exception]) -> None:
    """Refuse a source whose slices along ``d`` are not those of x, one for each position.

    Raises  IndexError for the index, RuntimeError for the source; the given class if it has too many or too few
    """
    _check_vector(name, index, types)
    same_dtype(name, x, source)
    shape, given, count = x.array.shape, source.array.shape, index.array.size
    wanted, slices = (*shape[:d], count, *shape[d + 1 :]), given or (1,)
    if slices != wanted:
        alike = len(given) == len(shape) if given and shape else count == 1
        raise (miscount if not alike or (*slices[:d], count, *slices[d + 1 :]) == wanted else RuntimeError)(
            f"{name}(): source of shape {list(given)} does not fit: it needs one slice for each of {count} positions, "
            f"{list(wanted)}"
        )


# ---- positions in the tensor as one long row ----


@op
def take_grad_x(g: Array, shape: Any, index: Array) -> Array:
    total = np.zeros(shape, g.dtype)
    np.add.at(total.reshape(-1), index.reshape(-1), g.reshape(-1))
    return total


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at the positions ``index`` of input read as one long row.

    Shapes  input any, index any -> that of the index
    Raises  IndexError if there is no such position, RuntimeError if the index is not int64.

    >>> minigrad.tensor([[1., 2.], [3., 4.]]).take(minigrad.tensor([0, 3]))
    tensor([1., 4.])
    """
    _check_long_row("take", input, index)
    return record(take)(input, index)


@op(of=take, narrow=True)
def _(input: Array, index: Array) -> Array:
    return np.take(input, index)


defgrad(take, input=lambda g, input_shape, index: take_grad_x(g, input_shape, index))

defgrad(take_grad_x, g=lambda h, index: record(take)(h, index))


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy of input, read as one long row, with ``source`` written (or added) at the positions ``index``.

    Raises  IndexError if there is no such position or not one element for each; RuntimeError if the types differ.

    >>> minigrad.zeros(3).put(minigrad.tensor([0, -1]), minigrad.tensor([1., 2.]))
    tensor([1., 0., 2.])
    """
    if not accumulate:
        check_deterministic("put_")
    _check_long_row("put_", input, index)
    same_dtype("put_", input, source)
    if index.array.size != source.array.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.array.size}, index.numel() = {index.array.size}"
        )
    return record(put)(input, index, source, accumulate)


@op(of=put)
def _(input: Array, index: Array, source: Array, accumulate: bool) -> Array:
    if accumulate:
        return input + take_grad_x(np.asarray(source), input.shape, index)
    out = np.array(input, order="C")
    out.reshape(-1)[index.reshape(-1)] = source.reshape(-1)
    return out


defgrad(
    put,
    input=lambda g, index, accumulate: g if accumulate else record(put)(g, index, 0 * record(take)(g, index), False),
    source=lambda g, index, source_shape: reshape(record(take)(g, index), source_shape),
)


def _check_long_row(name: str, x: Any, index: Any) -> None:
    check_positions(name, index, "int64", RuntimeError)
    check_range(name, index.array, x.array.size, IndexError, negative=True)


# ---- by a mask ----


@op
def masked_select_grad_x(g: Array, mask: Array) -> Array:
    whole = np.zeros(mask.shape, g.dtype)
    whole[mask] = g
    return whole


def _together(name: str, x: Any, mask: Any) -> tuple[Tensor, ...]:
    """Both in the shape they have in common."""
    tensor_only(name, "mask", mask)
    if mask.array.dtype != BOOL:
        raise RuntimeError(f"{name}: expected BoolTensor for mask, got {FROM_NUMPY[mask.array.dtype]}: compare first")
    return broadcast_tensors(x, mask)


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask is True, in one row.

    Math    d_input = g, one after the other where the mask is True, else 0
    Shapes  input and mask broadcast -> (how many)
    Raises  RuntimeError if the mask is not a bool tensor.

    >>> x = minigrad.tensor([1., -2., 3.], requires_grad=True)
    >>> (x.masked_select(x > 0) ** 2).sum().backward(); x.grad
    tensor([2., 0., 6.])
    """
    return record(masked_select)(*_together("masked_select", input, mask))


@op(of=masked_select, narrow=True)
def _(input: Array, mask: Array) -> Array:
    return np.asarray(input)[mask]


defgrad(masked_select, input=lambda g, mask: masked_select_grad_x(g, mask))

defgrad(masked_select_grad_x, g=lambda h, mask: record(masked_select)(h, mask))


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy of input with the elements of ``source``, one after the other, written where the mask is True.

    Raises  RuntimeError if the types differ, or if there are more places than elements.

    >>> minigrad.zeros(3).masked_scatter(minigrad.tensor([True, False, True]), minigrad.tensor([1., 2.]))
    tensor([1., 0., 2.])
    """
    x, mask = _together("masked_scatter", input, mask)
    same_dtype("masked_scatter", x, source)
    count = int(np.count_nonzero(mask.array))
    if source.array.size < count:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have enough elements: the mask is True at {count} places, "
            f"source has {source.array.size} elements"
        )
    return record(masked_scatter)(x, mask, sliced(reshape(source, -1), (slice(count),)))


@op(of=masked_scatter)
def _(input: Array, mask: Array, source: Array) -> Array:
    out = input.copy()
    out[mask] = source
    return out


defgrad(masked_scatter, input=lambda g, mask: masked(g, ~mask), source=lambda g, mask: record(masked_select)(g, mask))


scatter_add_ = inplace(scatter_add)
index_add_ = inplace(index_add)
put_ = inplace(put)
masked_scatter_ = inplace(masked_scatter)
