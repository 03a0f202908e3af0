"""How numbers lie: variance, median, quantiles, the most frequent."""

from __future__ import annotations

import math
from typing import Any, overload

import numpy as np

from ... import return_types
from ...core.dtype import Array
from ...core.errors import warn_user
from ...core.op import defgrad, op, record
from ...core.variable import Variable, wrap
from ...types import Dims, Number, Tensor
from ..checks import same_dtype, unsupported
from ..elementwise.arithmetic import lerp
from ..elementwise.piecewise import masked_fill_number
from ..elementwise.transcendental import masked, zeros_like
from ..index.gathering import gather
from ..index.sorting import sort
from ..shape.views import movedim, reshape, wrap_dim
from .extremes import along, picker, shares
from .sums import count, dims_of, mean_dims, restore, spread, total

# ---- variance ----


def _variance(x: Array, dims: tuple[int, ...], correction: float, keepdim: bool) -> Array:
    n = count(x.shape, dims)
    middle = np.true_divide(total(x, dims, True), n, dtype=x.dtype)
    d = x - (middle if np.isfinite(middle).all() else _mean_of_huge(x, dims, True))
    d *= d
    return np.true_divide(total(d, dims, keepdim), max(n - correction, 0) if n else 0, dtype=x.dtype)


def _mean_of_huge(x: Array, dims: tuple[int, ...], keepdim: bool) -> Array:
    """The mean of numbers whose sum may be too large for their type."""
    return np.asarray(mean_dims(x.astype(np.float64), dims, keepdim)).astype(x.dtype)


def _running_mean(x: Array, dims: tuple[int, ...], keepdim: bool) -> Array:
    """The mean; nan if an infinity is met before the last number, as by steps of (x - mean) / n, which torch takes."""
    mean = mean_dims(x, dims, keepdim)
    if np.isfinite(mean).all():
        return mean
    mean = _mean_of_huge(x, dims, keepdim)
    last = np.zeros([n if d in dims else 1 for d, n in enumerate(x.shape)], bool)
    last.reshape(-1)[-1:] = True
    return np.where(np.any(np.isinf(x) & ~last, dims, keepdims=keepdim), x.dtype.type(np.nan), mean)


def _var_grad(g: Array, x: Array, dims: tuple[int, ...], correction: float, keepdim: bool) -> Array:
    g, middle = restore(g, x.shape, dims, keepdim), mean_dims(x, dims, True)
    if correction == math.inf:
        return g * masked_fill_number(zeros_like(x) + math.inf, x == middle, math.nan)
    free = count(x.shape, dims) - correction
    return g * (2 / free if free else math.inf) * (x - middle)


def _std_grad(g: Array, x: Array, out: Array, dims: tuple[int, ...], correction: float, keepdim: bool) -> Array:
    return _var_grad(masked(g / (out * 2), out != 0), x, dims, correction, keepdim)


def _with_mean(slope: Array, g: Array, x: Array, dims: Any, keepdim: bool) -> Array:
    """The gradient of the spread and that of the mean, one of which may be missing."""
    if g is None:
        return slope
    through_mean = spread(g / (count(x.shape, dims) or 1), x.shape, dims, keepdim)
    return through_mean if slope is None else slope + through_mean


def _var_mean_grad(gs: Any, input: Array, dims: Any, correction: float, keepdim: bool) -> Array:
    slope = None if gs[0] is None else _var_grad(gs[0], input, dims, correction, keepdim)
    return _with_mean(slope, gs[1], input, dims, keepdim)


def _std_mean_grad(gs: Any, input: Array, dims: Any, correction: float, keepdim: bool) -> Array:
    out = record(std)(input, dims, correction, keepdim)
    slope = None if gs[0] is None else _std_grad(gs[0], input, out, dims, correction, keepdim)
    return _with_mean(slope, gs[1], input, dims, keepdim)


def _spread_of(name: str, call: Any, x: Array, dim: Any, unbiased: Any, keepdim: bool, correction: Any) -> Any:
    """Read the arguments that var, std, var_mean and std_mean share."""
    if isinstance(dim, bool):  # var(False) means var(unbiased=False)
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"{name}(): give unbiased or correction, not both")
    c = correction if correction is not None else 1 if unbiased in (None, True) else 0
    if x.array.dtype.kind != "f":
        raise RuntimeError(
            f"{name}: std and var only support floating point dtypes, got {x.dtype}; convert with .float()"
        )
    dims = dims_of(dim, x.ndim)
    if count(x.shape, dims) <= c:
        c = c if x.ndim and dim is not None else math.inf  # as in torch, no sign is left in the gradient of the whole
        warn_user(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input numel divided by output numel)."
        )
    return call(x, dims, c, keepdim)


def var(
    input: Tensor,
    dim: Dims | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> Tensor:
    """Variance of all elements, or along dimensions: squared deviations from the mean, added up, over n - correction.

    Math    y = (1/(n - c)) sum_i (input_i - m)^2        d_input_i = g 2 (input_i - m) / (n - c)
            m the mean; c = 1 unless ``correction`` says otherwise: unbiased for a sample of a larger population
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers; TypeError if both ``unbiased`` and ``correction`` are given.

    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> x.var().backward(); x.grad
    tensor([-2.,  2.])
    """
    return _spread_of("var", record(var), input, dim, unbiased, keepdim, correction)


@op(of=var)
def _(x: Array, dims: Any, correction: float, keepdim: bool) -> Array:
    return _variance(x, dims, correction, keepdim)


defgrad(var, x=_var_grad)


def std(
    input: Tensor,
    dim: Dims | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> Tensor:
    """Standard deviation of all elements, or along dimensions: the square root of the variance.

    Math    y = sqrt(var(input))        d_input_i = g (input_i - m) / ((n - c) y), and 0 where y = 0
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers; TypeError if both ``unbiased`` and ``correction`` are given.

    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> x.std().backward(); x.grad
    tensor([-0.7071,  0.7071])
    """
    return _spread_of("std", record(std), input, dim, unbiased, keepdim, correction)


@op(of=std)
def _(x: Array, dims: Any, correction: float, keepdim: bool) -> Array:
    return np.sqrt(_variance(x, dims, correction, keepdim))


defgrad(std, x=_std_grad)


def var_mean(
    input: Tensor,
    dim: Dims | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """Variance and mean, (var, mean), of all elements or along dimensions.

    Math    v = var(input), m = mean(input)        d_input_i = g_v 2 (input_i - m) / (n - c) + g_m / n
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers; TypeError if both ``unbiased`` and ``correction`` are given.

    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> v, m = minigrad.var_mean(x); (v + m).backward(); x.grad
    tensor([-1.5000,  2.5000])
    """
    return _spread_of("var_mean", record(var_mean), input, dim, unbiased, keepdim, correction)


@op(of=var_mean, many=True)
def _(input: Array, dims: Any, correction: float, keepdim: bool) -> Any:
    return _variance(input, dims, correction, keepdim), _running_mean(input, dims, keepdim)


defgrad(var_mean, input=_var_mean_grad)


def std_mean(
    input: Tensor,
    dim: Dims | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """Standard deviation and mean, (std, mean), of all elements or along dimensions.

    Math    s = std(input), m = mean(input)        d_input_i = g_s (input_i - m) / ((n - c) s) + g_m / n
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers; TypeError if both ``unbiased`` and ``correction`` are given.

    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> s, m = minigrad.std_mean(x); m.backward(); x.grad
    tensor([0.5000, 0.5000])
    """
    return _spread_of("std_mean", record(std_mean), input, dim, unbiased, keepdim, correction)


@op(of=std_mean, many=True)
def _(input: Array, dims: Any, correction: float, keepdim: bool) -> Any:
    return np.sqrt(_variance(input, dims, correction, keepdim)), _running_mean(input, dims, keepdim)


defgrad(std_mean, input=_std_mean_grad)


# ---- median ----

_pick_median = picker("median_dim", "MedianBackward1")
_pick_nanmedian = picker("nanmedian_dim", "NanmedianBackward1")


def _middle(x: Array, dim: int, ignore_nan: bool) -> Array:
    """The index of the median, of the lower one of two; nan comes last in the order."""
    nan = x != x
    valid = x.shape[dim] - nan.sum(dim, keepdims=True)
    order = np.argsort(x, dim, kind="stable")
    k = np.maximum(valid - 1, 0) // 2
    middle = np.take_along_axis(order, k, dim)
    return middle if ignore_nan else np.where(valid < x.shape[dim], np.argmax(nan, dim, keepdims=True), middle)


def _middle_value(x: Array, ignore_nan: bool) -> Array:
    flat = x.reshape(-1)
    if not x.size:  # an integer that torch has for nan
        return x.dtype.type(np.nan if x.dtype.kind == "f" else np.iinfo(x.dtype).min)
    return flat[_middle(flat, 0, ignore_nan)[0]]


def _any_median(name: str, whole: Any, pick: Any, made: Any, x: Array, dim: Any, keepdim: bool) -> Any:
    if x.array.dtype.kind == "b":
        raise unsupported(name, x.array, "convert it with .int()")
    if dim is None:
        return whole(x)
    return along(pick, made, lambda array, d: _middle(array, d, name == "nanmedian"), x, dim, keepdim)


@overload
def median(input: Tensor) -> Tensor: ...
@overload
def median(input: Tensor, dim: int, keepdim: bool = False) -> return_types.median: ...
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | return_types.median:
    """Median, the lower of two in the middle, nan if one is nan; with ``dim``, (values, indices) along it.

    Math    y = the element of input at place (n - 1) // 2 in ascending order
            d_input = g at that element, else 0 (without ``dim``, shared by all that equal it)
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``
    Raises  NotImplementedError for a bool tensor; IndexError for an empty dimension.

    >>> x = minigrad.tensor([3., 1., 2., 9.], requires_grad=True)
    >>> x.median().backward(); x.grad
    tensor([0., 0., 1., 0.])
    """
    return _any_median("median", record(median), _pick_median, return_types.median, input, dim, keepdim)


@op(of=median)
def _(x: Array) -> Array:
    return _middle_value(x, False)


@overload
def nanmedian(input: Tensor) -> Tensor: ...
@overload
def nanmedian(input: Tensor, dim: int, keepdim: bool = False) -> return_types.nanmedian: ...
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | return_types.nanmedian:
    """Median of the elements that are not nan, the lower of two in the middle; with ``dim`` (values, indices) along it.

    Math    y = median of the input_i that are not nan
            d_input = g at that element, else 0 (without ``dim``, shared by all that equal it)
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``
    Raises  NotImplementedError for a bool tensor; IndexError for an empty dimension.

    >>> x = minigrad.tensor([3., float("nan"), 2.], requires_grad=True)
    >>> x.nanmedian().backward(); x.grad
    tensor([0., 0., 1.])
    """
    return _any_median("nanmedian", record(nanmedian), _pick_nanmedian, return_types.nanmedian, input, dim, keepdim)


@op(of=nanmedian)
def _(x: Array) -> Array:
    return _middle_value(x, True)


for _whole in (record(median), record(nanmedian)):
    defgrad(_whole, x=lambda g, x, out: g * shares(x, out, tuple(range(x.ndim)), False))


# ---- quantiles ----

_ROUND: dict[str, Any] = {
    "lower": np.floor,
    "higher": np.ceil,
    "nearest": np.round,
    "linear": np.floor,
    "midpoint": np.floor,
}


def quantile(
    input: Tensor, q: float | Tensor, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Quantile: the value below which the part ``q`` of the elements lies, interpolated between two neighbours.

    Math    k + f = q (n - 1), k whole;  y = (1 - f) s_k + f s_{k+1}, s the elements of input in ascending order
            the gradient is (1 - f) g at s_k, f g at s_{k+1}
    Shapes  q a number: as a reduction; q (Q): the quantiles come first
    Raises  RuntimeError for integers, for q outside [0, 1], an empty input or another ``interpolation``.

    >>> x = minigrad.tensor([1., 2., 4.], requires_grad=True)
    >>> y = x.quantile(0.75); y.backward(); y.item(), x.grad
    (3.0, tensor([0.0000, 0.5000, 0.5000]))
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation)


def nanquantile(
    input: Tensor, q: float | Tensor, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Quantile of the elements that are not nan.

    Math    y = quantile(the input_i that are not nan, q), and so is the gradient; 0 where input is nan
    Shapes  q a number: as a reduction; q (Q): the quantiles come first
    Raises  RuntimeError for integers, for q outside [0, 1], an empty input or another ``interpolation``.

    >>> x = minigrad.tensor([1., float("nan"), 3.], requires_grad=True)
    >>> x.nanquantile(0.25).backward(); x.grad
    tensor([0.7500, 0.0000, 0.2500])
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation)


def _quantile(name: str, x: Array, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Array:
    if x.array.dtype.name not in ("float32", "float64"):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype, got {x.dtype}")
    if x.array.size == 0:
        raise RuntimeError(f"{name}() input tensor must be non-empty, got {list(x.shape)}")
    if interpolation not in _ROUND:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    if isinstance(q, Variable):
        same_dtype(name, x, q)
    part = np.asarray(q.array if isinstance(q, Variable) else q, x.array.dtype)
    if part.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor, got {list(part.shape)}")
    if not ((part >= 0) & (part <= 1)).all():
        raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q}")
    d = wrap_dim(dim, x.ndim) if dim is not None else 0
    rest = [1 if dim is None or k == d else n for k, n in enumerate(x.shape)]
    ordered = sort(reshape(x, -1) if dim is None or x.ndim == 0 else x, d)[0]
    parts = reshape(q if isinstance(q, Tensor) else wrap(part), -1)
    values = movedim(_between_neighbours(ordered, parts, d, interpolation, name == "quantile"), d, 0)
    if not keepdim:
        rest = [] if dim is None or x.ndim == 0 else rest[:d] + rest[d + 1 :]
    return reshape(values, *part.shape, *rest)


def _between_neighbours(ordered: Array, parts: Array, d: int, interpolation: str, nan_wins: bool) -> Array:
    """The elements at the places ``parts`` of the way along dimension d, which is in ascending order, nan last."""
    nan = np.isnan(ordered.array)
    last = ordered.shape[d] - 1 - nan.sum(d, keepdims=True)
    parts = reshape(parts, (-1,) + (1,) * (ordered.ndim - d - 1))
    length = np.maximum(last, 0)
    place = length * parts.array
    if nan_wins:
        place = np.where(nan.any(d, keepdims=True), ordered.shape[d] - 1, place)
    low = _ROUND[interpolation](place).astype(np.int64)
    below = gather(ordered, d, wrap(low))  # not a picker: several quantiles may share a neighbour
    if interpolation not in ("linear", "midpoint"):
        return below
    above = gather(ordered, d, wrap(np.ceil(place).astype(np.int64)))
    if interpolation == "midpoint":
        return lerp(below, above, 0.5)
    if parts.requires_grad:  # z = below + (q length - low) (above - below): q has a gradient too
        kind = ordered.array.dtype
        return lerp(below, above, parts * wrap(length.astype(kind)) - wrap(low.astype(kind)))
    return lerp(below, above, wrap((place - low).astype(ordered.array.dtype)))


# ---- the most frequent ----

_pick_mode = picker("mode", "ModeBackward0")


def _most_frequent(x: Array, dim: int) -> Array:
    """The last index of the most frequent value, of the smallest if several are; nan equals nothing."""
    rows = np.moveaxis(x, dim, -1)
    order = np.apply_along_axis(_inserted, -1, rows) if (rows != rows).any() else np.argsort(rows, -1, kind="stable")
    rows = np.take_along_axis(rows, order, -1)
    place = np.arange(rows.shape[-1])
    first = np.ones(rows.shape, bool)  # of a run of equal values
    first[..., 1:] = rows[..., 1:] != rows[..., :-1]
    length = place - np.maximum.accumulate(np.where(first, place, 0), -1)
    index = np.take_along_axis(order, np.argmax(length, -1, keepdims=True), -1)
    return np.moveaxis(index, -1, dim)


def _inserted(row: Array) -> Array:
    """The order in which inserting one after the other puts the elements: none gets past a nan, except to the front."""
    order: list[int] = []
    for k, value in enumerate(row):
        spot = 0 if order and value < row[order[0]] else len(order)
        while spot and value < row[order[spot - 1]]:
            spot -= 1
        order.insert(spot, k)
    return np.array(order)


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> return_types.mode:
    """Mode, (values, indices): the most frequent element along a dimension, the smallest where several are.

    Math    y = the most frequent input_i, at its last index        d_input = g at that index, else 0
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``
    Raises  IndexError for an empty dimension, or one that does not exist.

    >>> x = minigrad.tensor([2., 5., 2.], requires_grad=True)
    >>> values, indices = x.mode(); values.backward(); indices, x.grad
    (tensor(2), tensor([0., 0., 1.]))
    """
    return along(_pick_mode, return_types.mode, _most_frequent, input, dim, keepdim)
