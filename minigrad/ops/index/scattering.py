"""Writing and adding by position: what is written over gets no gradient, what is written or added that of its place.

Where several elements are written to one place the last one stays (torch leaves open which). ``scatter_reduce`` says
what should become of them instead: their sum, product, mean, largest or smallest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.errors import warn_user
from ...core.inplace import inplace
from ...core.op import defgrad, op, record
from ...core.variable import Variable, wrap
from ...types import Number, Operand, Tensor
from ..checks import fitted, same_dtype
from ..deterministic import check_deterministic
from ..elementwise.piecewise import where
from ..elementwise.transcendental import masked, to_dtype, zeros_like
from ..shape.views import at, reshape, sum_to_size, wrap_dim
from .gathering import (
    added,
    aligned,
    check_positions,
    check_range,
    check_vector,
    gather,
    in_common,
    index_select,
    index_select_grad_x,
    masked_select,
    places,
    take,
    take_grad_x,
)
from .indexing import select, sliced

# ---- one position for each element ----


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


def _written(x: Any, dim: int, index: Any, src: Any) -> Any:
    out = np.array(x, order="C")
    if not index.size:
        return out
    index = np.atleast_1d(index)
    np.atleast_1d(out)[places(index, dim)] = np.reshape(src, index.shape) if np.ndim(src) else src
    return out


@op(label="ScatterBackward1", narrow=True)
def scatter_value(x: Array, dim: int, index: Array, value: Any) -> Array:
    return _written(x, dim, index, value)


defgrad(scatter_value, x=lambda g, dim, index: scatter_value(g, dim, index, 0.0))

_OLD_NAMES = {"add": "sum", "multiply": "prod"}


def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
) -> Tensor:
    """A copy of input with elements of ``src``, or one number, written at the positions ``index`` along ``dim``.

    Math    y = input;  y[index[i, j], j] = src[i, j] for dim = 0
            d_input = g, but 0 where it was written over        d_src = gather(g, dim, index)
    Shapes  index no larger than src, and no larger than input but along ``dim`` -> as input
    Raises  RuntimeError if the types differ, the index does not fit, or names a position that does not exist.

    ``reduce="add"`` and ``"multiply"`` are an older spelling of ``scatter_reduce``.

    >>> minigrad.zeros(2, 3).scatter(1, minigrad.tensor([[2], [0]]), 1.)  # one-hot rows
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    d = aligned("scatter", input, dim, index)
    what: Any = value if src is None else src
    if isinstance(what, Variable):
        same_dtype("scatter", input, what)
        what = source_for("scatter", index, what)
    if reduce is not None and isinstance(src, Variable):
        warn_user(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future "
            "PyTorch release. Use torch.scatter_reduce instead for more reduction options.",
            UserWarning,
        )
    if reduce is not None:
        if reduce not in _OLD_NAMES:
            raise RuntimeError(f"reduce argument must be either add or multiply, got {reduce!r}; see scatter_reduce")
        if not isinstance(what, Variable):
            what = wrap(np.full(index.array.shape, what, input.array.dtype))
        return scatter_reduce(input, d, index, what, _OLD_NAMES[reduce])
    return (record(scatter) if isinstance(what, Variable) else scatter_value)(input, d, index, what)


@op(of=scatter)
def _(input: Array, dim: int, index: Array, src: Array) -> Array:
    return _written(input, dim, index, src)


defgrad(
    scatter,
    input=lambda g, dim, index: scatter_value(g, dim, index, 0.0),
    src=lambda g, dim, index: record(gather)(g, dim, index),
)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy of input with each element of ``src`` added at its position along ``dim``.

    Math    y = input;  y[index[i, j], j] += src[i, j] for dim = 0        d_input = g, d_src = gather(g, dim, index)
    Shapes  index no larger than src, and no larger than input but along ``dim`` -> as input
    Raises  RuntimeError if the dtypes differ, the index does not fit, or names a position that does not exist.

    >>> src = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> y = minigrad.zeros(3).scatter_add(0, minigrad.tensor([0, 2, 0]), src); y
    tensor([4., 0., 2.], grad_fn=<ScatterAddBackward0>)
    >>> (y * minigrad.arange(3)).sum().backward(); src.grad
    tensor([0., 2., 0.])
    """
    d = aligned("scatter_add", input, dim, index)
    same_dtype("scatter_add", input, src)
    return record(scatter_add)(input, d, index, source_for("scatter_add", index, src))


@op(of=scatter_add)
def _(input: Array, dim: int, index: Array, src: Array) -> Array:
    return added(input, dim, index, src)


defgrad(scatter_add, input=lambda g: g, src=lambda g, dim, index: record(gather)(g, dim, index))


# ---- several elements for one place ----


@op(label="ScatterReduceBackward0")
def scatter_reduce_sum(x: Array, dim: int, index: Array, src: Array) -> Array:
    return added(x, dim, index, src)


@op(label="ScatterReduceBackward0")
def scatter_reduce_mean(x: Array, dim: int, index: Array, src: Array, count: Array) -> Array:
    total: Array = scatter_reduce_sum(x, dim, index, src)
    return total // count if total.dtype.kind in "iu" else total / count


@op(label="ScatterReduceBackward0")
def scatter_reduce_prod(x: Array, dim: int, index: Array, src: Array) -> Array:
    return _combined(np.multiply, x, dim, index, src)


@op(label="ScatterReduceBackward0")
def scatter_reduce_extreme(x: Array, dim: int, index: Array, src: Array, best: Any, rival: Array) -> Array:
    return _combined(best, x, dim, index, src)


def _combined(function: Any, x: Any, dim: int, index: Any, src: Any) -> Any:
    out = np.array(x, order="C")
    if not index.size:
        return out
    function.at(np.atleast_1d(out), places(np.atleast_1d(index), dim), src.reshape(np.atleast_1d(index).shape))
    return out


@op
def only_once(g: Array) -> Array:
    """The identity on a gradient, of which no further derivative is defined."""
    return g.copy()


def _refuse(g: Array) -> Array:
    raise RuntimeError(
        "scatter_reduce(): Double backward is unsupported for src when >1 zeros in src are scattered to the same "
        "position in self: the product of all the others cannot be had by dividing"
    )


defgrad(only_once, g=_refuse)


def _prod_grad(g: Array, x: Array, dim: int, index: Array, src: Array, out: Array, x_dtype: Any) -> tuple[Array, Array]:
    """The product of all the others: out / x, or computed without x where that would be 0 / 0."""
    nonzero = record(where)(zeros_like(x) + 1, x, x == 0)
    one = zeros_like(src) + 1
    grad_x = g * scatter_reduce_prod(nonzero, dim, index, src) / nonzero
    zero = src == 0
    zeros = record(gather)(record(scatter_add)(zeros_like(x), dim, index, to_dtype(zero, x_dtype)), dim, index)
    alone = zero & (zeros == 1)  # with two zeros each one's gradient is 0
    others = record(gather)(g * scatter_reduce_prod(x, dim, index, record(where)(one, src, alone)), dim, index)
    grad_src = record(where)(others, record(gather)(g * out, dim, index) / record(where)(one, src, zero), alone)
    return grad_x, only_once(grad_src) if (zeros > 1).any() else grad_src


def _extreme_grad(
    g: Array, x: Array, dim: int, index: Array, src: Array, rival: Array, out: Array, x_dtype: Any
) -> tuple[Array, Array]:
    """All that tie for the extreme share the gradient; the place's old number has its share even if it did not count
    (include_self=False), as in torch."""
    theirs = to_dtype(src == record(gather)(out, dim, index), x_dtype)
    share = g / record(scatter_add)(to_dtype(rival == out, x_dtype), dim, index, theirs)
    return to_dtype(x == out, x_dtype) * share, theirs * record(gather)(share, dim, index)


defgrad(scatter_reduce_sum, x=lambda g: g, src=lambda g, dim, index: record(gather)(g, dim, index))

defgrad(
    scatter_reduce_mean,
    x=lambda g, count: g / count,
    src=lambda g, dim, index, count: record(gather)(g / count, dim, index),
)

defgrad(scatter_reduce_prod, joint=_prod_grad, of="x src")

defgrad(scatter_reduce_extreme, joint=_extreme_grad, of="x src")


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """All elements of ``src`` that go to one place along ``dim``, and input itself, become one number.

    Math    sum: y = input + sum s        mean: y = (input + sum s) / (1 + n)        prod: y = input prod s
            amax, amin: the largest, smallest; equal elements share its gradient
            include_self=False: input counts only where no s goes
    Shapes  index no larger than src, and no larger than input but along ``dim`` -> as input
    Raises  RuntimeError as ``scatter``, and if ``reduce`` has another name.

    >>> x, index = minigrad.zeros(2), minigrad.tensor([0, 0, 1])
    >>> s = minigrad.tensor([1., 4., 5.], requires_grad=True)
    >>> x.scatter_reduce(0, index, s, "mean", include_self=False).sum().backward(); s.grad
    tensor([0.5000, 0.5000, 1.0000])
    """
    d = aligned("scatter_reduce", input, dim, index)
    same_dtype("scatter_reduce", input, src)
    src = source_for("scatter_reduce", index, src)
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}.")
    x = input if include_self else scatter_value(input, d, index, _neutral(reduce, input.array.dtype))
    if reduce == "sum":
        return scatter_reduce_sum(x, d, index, src)
    if reduce == "mean":
        return scatter_reduce_mean(x, d, index, src, _count(x.array, d, index.array, include_self))
    if reduce == "prod":
        return scatter_reduce_prod(x, d, index, src)
    return scatter_reduce_extreme(x, d, index, src, np.maximum if reduce == "amax" else np.minimum, input)


def _neutral(reduce: str, kind: Any) -> Any:
    """The number that does not change the result, whatever comes."""
    if reduce in ("amax", "amin"):
        low = reduce == "amax"
        if kind.kind == "f":
            return -np.inf if low else np.inf
        return not low if kind.kind == "b" else np.iinfo(kind).min if low else np.iinfo(kind).max
    return int(reduce == "prod")


def _count(x: Any, dim: int, index: Any, include_self: bool) -> Any:
    """How many elements meet in each place."""
    n = added(np.zeros(x.shape, np.int64), dim, index, np.ones(index.shape, np.int64))
    return (n + 1 if include_self else np.maximum(n, 1)).astype(x.dtype)


# ---- one position for each slice ----


def fit_slices(name: str, x: Any, d: int, index: Any, source: Any, types: str, miscount: type[Exception]) -> None:
    """Refuse a source whose slices along ``d`` are not those of x, one for each position.

    Raises  IndexError for the index, RuntimeError for the source; the given class if it has too many or too few
    """
    check_vector(name, index, types)
    same_dtype(name, x, source)
    shape, given, count = x.array.shape, source.array.shape, index.array.size
    wanted, slices = (*shape[:d], count, *shape[d + 1 :]), given or (1,)
    if slices != wanted:
        alike = len(given) == len(shape) if given and shape else count == 1
        raise (miscount if not alike or (*slices[:d], count, *slices[d + 1 :]) == wanted else RuntimeError)(
            f"{name}(): source of shape {list(given)} does not fit: it needs one slice for each of {count} positions, "
            f"{list(wanted)}"
        )


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
    """A copy of input with ``alpha`` times each slice of ``source`` added to the slice at its position.

    Math    y = input;  y[index[k]] += alpha source[k] for dim = 0        d_input = g, d_source = alpha g[index]
    Shapes  input (.., n, ..), index (k), source (.., k, ..) -> as input
    Raises  RuntimeError if the dtypes or the shapes do not fit, IndexError if there is no such position.

    >>> source = minigrad.tensor([1., 2.], requires_grad=True)
    >>> y = minigrad.zeros(3).index_add(0, minigrad.tensor([0, 0]), source, alpha=10); y
    tensor([30.,  0.,  0.], grad_fn=<IndexAddBackward0>)
    >>> y[0].backward(); source.grad
    tensor([10., 10.])
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
    source=lambda g, dim, index, alpha, source: reshape(record(index_select)(g, dim, index) * alpha, source.shape),
)


@op(label="IndexFillBackward1")
def index_fill_from(x: Array, dim: int, index: Array, value: Array) -> Array:
    return record(index_fill)(x, dim, index, value)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A copy of input with the slices of ``source`` written at the positions ``index`` of a dimension.

    Math    y = input;  y[index[k]] = source[k] for dim = 0
            d_input = g, but 0 where written over, d_source = index_select(g, dim, index)
    Shapes  input (.., n, ..), index (k), source (.., k, ..) -> as input
    Raises  RuntimeError if the dtypes or the shapes do not fit, IndexError if there is no such position.

    >>> x = minigrad.zeros(3, requires_grad=True)
    >>> y = x.index_copy(0, minigrad.tensor([2, 0]), minigrad.tensor([1., 2.])); y
    tensor([2., 0., 1.], grad_fn=<IndexCopyBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([0., 1., 0.])
    """
    d = wrap_dim(dim, input.ndim)
    if 0 != input.ndim != source.ndim != 0:
        raise IndexError(
            f"index_copy(): When source and destination are not scalars, their dimensionality must match: source has "
            f"{source.ndim} dimensions, destination {input.ndim}"
        )
    fit_slices("index_copy", input, d, index, source, "int64", IndexError)
    check_range("index_copy", index.array, input.shape[d] if input.ndim else 1, IndexError)
    return record(index_copy)(input, d, index, source)


@op(of=index_copy)
def _(input: Array, dim: int, index: Array, source: Array) -> Array:
    out = np.array(input)
    np.atleast_1d(out)[at(dim, np.atleast_1d(index))] = source
    return out


def index_fill(input: Tensor, dim: int, index: Tensor, value: Operand) -> Tensor:
    """A copy of input with one number written to the slices at the positions ``index`` of a dimension.

    Math    y = input;  y[index[k]] = value for dim = 0
            d_input = g, but 0 where written over, d_value = sum of g where written
    Shapes  input (.., n, ..), index (k), value a number or () -> as input
    Raises  IndexError if there is no such position or the index is not int64; RuntimeError for a value with dimensions.

    >>> x = minigrad.zeros(3, requires_grad=True)
    >>> y = x.index_fill(0, minigrad.tensor([0, 2]), 1.); y
    tensor([1., 0., 1.], grad_fn=<IndexFillBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([0., 1., 0.])
    """
    if isinstance(value, Variable) and value.array.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.array.ndim} "
            "dimension(s): use index_copy"
        )
    d = wrap_dim(dim, input.ndim)
    check_positions("index_fill", index, "int64", IndexError)
    if index.array.ndim > 1:
        raise RuntimeError(f"index_fill(): Index has to be a vector/scalar, got shape {list(index.array.shape)}")
    check_range("index_fill", index.array, input.shape[d] if input.ndim else 1, IndexError, negative=True)
    if not isinstance(value, Variable):
        return record(index_fill)(input, d, index, value)
    return index_fill_from(input, d, index, value)


@op(of=index_fill, narrow=True)
def _(input: Array, dim: int, index: Array, value: Any) -> Array:
    out = np.array(input)
    np.atleast_1d(out)[at(dim, np.atleast_1d(index))] = value
    return out


defgrad(index_fill, input=lambda g, dim, index: record(index_fill)(g, dim, index, 0.0))

defgrad(
    index_fill_from,
    x=lambda g, dim, index: record(index_fill)(g, dim, index, 0.0),
    value=lambda g, dim, index: sum_to_size(g - record(index_fill)(g, dim, index, 0.0), ()),
)

defgrad(
    index_copy,
    input=lambda g, dim, index: record(index_fill)(g, dim, index, 0.0),
    source=lambda g, dim, index, source: reshape(record(index_select)(g, dim, index), source.shape),
)


# ---- positions in the tensor as one long row ----


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy of input, read as one long row, with ``source`` written (or added) at the positions ``index``.

    Math    y = input;  y.view(-1)[index[k]] = source[k] (accumulate: +=)        d_source = take(g, index)
            d_input = g, but 0 where written over
    Shapes  input any, index any, source with as many elements as the index -> as input
    Raises  IndexError if there is no such position or not one element for each; RuntimeError if the dtypes differ.

    >>> source = minigrad.tensor([1., 2.], requires_grad=True)
    >>> y = minigrad.zeros(3).put(minigrad.tensor([0, -1]), source); y
    tensor([1., 0., 2.], grad_fn=<PutBackward0>)
    >>> y[2].backward(); source.grad
    tensor([0., 1.])
    """
    if not accumulate:
        check_deterministic("put_")
    check_positions("put_", index, "int64", RuntimeError)
    same_dtype("put_", input, source)
    if index.array.size != source.array.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.array.size}, index.numel() = {index.array.size}"
        )
    check_range("put_", index.array, input.array.size, IndexError, negative=True)
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
    source=lambda g, index, source: reshape(record(take)(g, index), source.shape),
)


# ---- by a mask ----


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy of input with the elements of ``source``, one after the other, written where the mask is True.

    Math    y = input;  y[mask] = source        d_input = g where the mask is False, else 0
            d_source = masked_select(g, mask), 0 for those left over
    Shapes  input and mask broadcast, source at least as many elements as there are True -> their common shape
    Raises  RuntimeError if the dtypes differ, if there are more places than elements, or the mask is not a bool tensor.

    >>> source = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> y = minigrad.zeros(3).masked_scatter(minigrad.tensor([True, False, True]), source); y
    tensor([1., 0., 2.], grad_fn=<MaskedScatterBackward0>)
    >>> y.sum().backward(); source.grad
    tensor([1., 1., 0.])
    """
    x, mask = in_common("masked_scatter", input, mask)
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


# ---- a copy, one view of it written ----


def _overwriter(name: str) -> Callable[..., Any]:
    """An op that writes ``src`` into x[key]; torch knows it under two names."""

    @op(name=name)
    def overwritten(x: Array, src: Array, key: Any) -> Array:
        out = np.array(x)
        out[key] = src
        return out

    defgrad(overwritten, x=lambda g, key: _emptied(g, 0.0, key), src=lambda g, key: sliced(g, key))
    return overwritten


_select_scatter = _overwriter("select_scatter")
_slice_scatter = _emptied = _overwriter("slice_scatter")


def _written_view(made: Callable[..., Any], x: Any, src: Any, key: Any) -> Any:
    shape = x.array[key].shape
    if src.array.shape != shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.array.shape)}, slice size = "
            f"{list(shape)}"
        )
    return made(x, to_dtype(src, x.array.dtype) if src.array.dtype != x.array.dtype else src, key)


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy of input in which ``src`` replaces the slice ``input.select(dim, index)``.

    Math    y = input;  y[index] = src for dim = 0        d_input = g, but 0 there, d_src = select(g, dim, index)
    Shapes  input (.., n, ..), src the same without ``dim`` -> as input
    Raises  IndexError if there is no such position, RuntimeError if the shapes differ.

    >>> src = minigrad.ones(2, requires_grad=True)
    >>> y = minigrad.zeros(2, 2).select_scatter(src, 0, 1); (y * 3).sum().backward()
    >>> y, src.grad
    (tensor([[0., 0.],
            [1., 1.]], grad_fn=<SelectScatterBackward0>), tensor([3., 3.]))
    """
    select(input, dim, index)  # refuses what does not exist
    d = wrap_dim(dim, input.ndim)
    return _written_view(_select_scatter, input, src, at(d, index))


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """A copy of input in which ``src`` replaces input[start:end:step] along a dimension.

    Math    y = input;  y[start:end:step] = src for dim = 0        d_input = g, but 0 there, d_src = g[start:end:step]
    Shapes  input (.., n, ..), src (.., positions of the slice, ..) -> as input
    Raises  RuntimeError if the shapes differ or the step is not positive.

    >>> src = minigrad.ones(2, requires_grad=True)
    >>> y = minigrad.zeros(3).slice_scatter(src, start=1); (y * 3).sum().backward()
    >>> y, src.grad
    (tensor([0., 1., 1.], grad_fn=<SliceScatterBackward0>), tensor([3., 3.]))
    """
    if not input.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, input.ndim)
    if step <= 0:
        raise RuntimeError(f"slice step must be positive, got {step}")
    return _written_view(_slice_scatter, input, src, at(d, slice(start, end, step)))


scatter_ = inplace(scatter)
scatter_add_ = inplace(scatter_add)
scatter_reduce_ = inplace(scatter_reduce)
index_add_ = inplace(index_add)
index_copy_ = inplace(index_copy)
index_fill_ = inplace(index_fill)
put_ = inplace(put)
masked_scatter_ = inplace(masked_scatter)
