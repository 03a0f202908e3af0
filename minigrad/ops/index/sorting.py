"""Putting in order, and what follows from an order: the k largest, the distinct, how many of each.

A sorted element is an element at another place: its gradient goes back to where it came from.
"""

from __future__ import annotations

import math
from typing import Any, overload

import numpy as np

from ... import return_types
from ...core.beside import beside, wrap_like
from ...core.dtype import Array
from ...core.op import defgrad, op
from ...core.variable import wrap
from ...types import Tensor
from ..checks import floats_only, unsupported
from ..elementwise.transcendental import underived
from ..reduce.extremes import nonempty, picker
from ..shape.views import wrap_dim

_pick_sorted = picker("sort", "SortBackward0")
_pick_top = picker("topk", "TopkBackward0")
_pick_kth = picker("kthvalue", "KthvalueBackward0")


def _order(x: Any, dim: int, descending: bool) -> Any:
    """The indices that put an array in order; equal elements keep their order, nan is the largest."""
    if x.ndim == 0:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, dim, kind="stable")
    return x.shape[dim] - 1 - np.flip(np.argsort(np.flip(x, dim), dim, kind="stable"), dim)


def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> return_types.sort:
    """(values, indices) in ascending or descending order along a dimension; nan is the largest.

    Math    values[k] = input[indices[k]]        d_input[indices[k]] = g[k]
    Shapes  input (*) -> both (*)
    Raises  IndexError if there is no such dimension.

    >>> x = minigrad.tensor([3., 1., 2.], requires_grad=True)
    >>> values, indices = x.sort(); indices
    tensor([1, 2, 0])
    >>> values[0].backward(); x.grad
    tensor([0., 1., 0.])
    """
    d = wrap_dim(dim, input.ndim)
    index = wrap_like(_order(input.array, d, descending), input)
    return return_types.sort(_pick_sorted(input, index, d, True), index)


def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The indices that would sort a dimension; equal elements keep their order.

    Math    input[y[0]] <= input[y[1]] <= ..        no gradient
    Shapes  input (*) -> (*)
    Raises  IndexError if there is no such dimension.

    >>> minigrad.tensor([3., 1., 2.]).argsort(descending=True)
    tensor([0, 2, 1])
    """
    return wrap(_order(input.array, wrap_dim(dim, input.ndim), descending))


def msort(input: Tensor) -> Tensor:
    """The values sorted along the first dimension: ``sort(input, 0).values``.

    Math    y[k] = input[i[k]]        d_input[i[k]] = g[k]
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([3., 1.], requires_grad=True)
    >>> minigrad.msort(x)[0].backward(); x.grad
    tensor([0., 1.])
    """
    return sort(input, 0)[0]


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> return_types.topk:
    """(values, indices) of the k largest (or smallest) along a dimension, the largest (or smallest) first.

    Math    values[j] = input[indices[j]], j < k        d_input[indices[j]] = g[j], 0 elsewhere
    Shapes  input (.., n, ..) -> both (.., k, ..)
    Raises  RuntimeError if there are not that many, or for bools; IndexError if there is no such dimension.

    >>> x = minigrad.tensor([3., 1., 2.], requires_grad=True)
    >>> values, indices = x.topk(2); values
    tensor([3., 2.], grad_fn=<TopkBackward0>)
    >>> values.sum().backward(); x.grad
    tensor([1., 0., 1.])
    """
    if input.array.dtype.kind == "b":
        raise RuntimeError("topk does not support bool dtypes on CPU; convert it with .int()")
    d = wrap_dim(dim, input.ndim)
    n = input.shape[d] if input.ndim else 1
    if not 0 <= k <= n:
        raise RuntimeError(f"selected index k out of range: topk got k={k} for dimension {d} of {list(input.shape)}")
    index = _order(input.array, d, largest)
    if input.ndim:
        index = np.take(index, range(k), d)
    places = wrap_like(index, input)
    return return_types.topk(_pick_top(input, places, d, True), places)


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> return_types.kthvalue:
    """(value, index) of the k-th smallest along a dimension, counted from 1.

    Math    value = input[index]        d_input[index] = g, 0 elsewhere
    Shapes  input (.., n, ..) -> both without ``dim``, or (.., 1, ..) with ``keepdim``
    Raises  RuntimeError if there are not that many; NotImplementedError for bools; IndexError for a bad ``dim``.

    >>> x = minigrad.tensor([3., 1., 2.], requires_grad=True)
    >>> x.kthvalue(2).values.backward(); x.grad
    tensor([0., 0., 1.])
    """
    d = wrap_dim(dim, input.ndim)
    nonempty("kthvalue", input.shape, (d,) if input.ndim else ())
    n = input.shape[d] if input.ndim else 1
    if not 1 <= k <= n:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {d}: k={k}, n={n}")
    if input.array.dtype.kind == "b":
        raise unsupported("kthvalue", input.array, "convert it with .int()")
    index = _order(input.array, d, False)
    if input.ndim:
        index = np.take(index, [k - 1], d)
    place = wrap_like(index, input)
    shown = place if keepdim or not input.ndim else beside(index.squeeze(d), place)
    return return_types.kthvalue(_pick_kth(input, place, d, keepdim), shown)


# ---- the distinct ----


def _chooser(name: str, label: str, theirs: str) -> Any:
    """The op that hands on the distinct elements; backward through it is refused."""

    @op(name=name, label=label)
    def chosen(x: Array, values: Any) -> Array:
        return values

    defgrad(chosen, x=underived(f"the derivative for '{theirs}' is not implemented.", NotImplementedError))
    return chosen


_chosen = _chooser("unique", "Unique2Backward0", "_unique2")
_chosen_slices = _chooser("unique_dim", "UniqueDimBackward0", "unique_dim")
_chosen_neighbours = _chooser("unique_consecutive", "UniqueConsecutiveBackward0", "unique_consecutive")


@overload
def unique(input: Tensor, sorted: bool = True, *, dim: int | None = None) -> Tensor: ...
@overload
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Tensor | tuple[Tensor, ...]:
    """The distinct elements in order, or the distinct slices along ``dim``.

    Math    input[i] = values[inverse[i]]        no gradient: backward is refused
    Shapes  input (*) -> values (m), inverse (*), counts (m); with ``dim``: values (.., m, ..), inverse (n), counts (m)
    Raises  IndexError if there is no such dimension; RuntimeError with ``dim`` if the slices are empty.

    With ``return_inverse`` comes where each element of the input is among them, with ``return_counts`` how often each
    occurs.

    >>> minigrad.tensor([3, 1, 3]).unique(return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    axis = None if dim is None else _slices("unique", input, dim)
    values, inverse, counts = np.unique(
        input.array, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    inverse = inverse.reshape(input.shape if axis is None else -1)
    values = (_chosen if axis is None else _chosen_slices)(input, values)
    return _found(input, values, inverse, counts, return_inverse, return_counts)


@overload
def unique_consecutive(input: Tensor, *, dim: int | None = None) -> Tensor: ...
@overload
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Tensor | tuple[Tensor, ...]: ...
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Tensor | tuple[Tensor, ...]:
    """The elements without immediate repetitions: as ``unique``, but only neighbours that are equal count as one.

    Math    input[i] = values[inverse[i]]        no gradient: backward is refused
    Shapes  as ``unique``: input (*) -> values (m), inverse (*), counts (m)
    Raises  IndexError if there is no such dimension; RuntimeError with ``dim`` if the slices are empty.

    >>> minigrad.tensor([1, 1, 2, 1]).unique_consecutive()
    tensor([1, 2, 1])
    """
    axis = 0 if dim is None else _slices("unique_consecutive", input, dim)
    x = input.array.reshape(-1) if dim is None else input.array
    rows = np.moveaxis(x, axis, 0).reshape(x.shape[axis], math.prod(x.shape) // (x.shape[axis] or 1))
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:] != rows[:-1]).any(1)
    starts = np.flatnonzero(new)
    counts = np.diff(np.append(starts, len(rows)))
    inverse = np.cumsum(new) - 1
    inverse = inverse.reshape(input.shape) if dim is None else inverse
    return _found(
        input, _chosen_neighbours(input, np.take(x, starts, axis)), inverse, counts, return_inverse, return_counts
    )


def _slices(name: str, x: Any, dim: int) -> int:
    """The dimension of the slices.

    Raises  IndexError for a 0-d tensor, RuntimeError if there are slices, but nothing in them.
    """
    axis = wrap_dim(dim, x.ndim)
    if not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions: {name}() wants no dim then")
    if x.shape[axis] and not x.array.size:
        raise RuntimeError(
            f"There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: {name}() got "
            f"{list(x.shape)} and dim={dim}"
        )
    return axis


def _found(
    x: Any, values: Any, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool
) -> Tensor | tuple[Tensor, ...]:
    wanted = [values]
    if return_inverse:
        wanted.append(wrap_like(inverse.astype(np.int64), x))
    if return_counts:
        wanted.append(wrap_like(counts.astype(np.int64), x))
    return tuple(wanted) if len(wanted) > 1 else wanted[0]


# ---- how many of each ----


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... occurs; with ``weights``, the sum of the weights where it occurs.

    Math    y[k] = sum_i (input[i] == k) weights[i], or the number of such i without weights; no gradient
    Shapes  input (n), weights (n) -> (max(max(input) + 1, minlength))
    Raises  RuntimeError for negative numbers, above one dimension, or other weights; NotImplementedError for floats.

    >>> minigrad.tensor([0, 2, 2]).bincount()
    tensor([1, 0, 2])
    """
    x = input.array
    if x.dtype.kind not in "iu":
        raise unsupported("bincount", x, "convert it with .long()")
    if x.ndim != 1 or (x.size and x.min() < 0):
        raise RuntimeError(
            f"bincount only supports 1-d non-negative integral inputs, got {x.reshape(-1)[:9].tolist()}, {x.ndim}-d"
        )
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, got {minlength}")
    if weights is None:
        return wrap(np.bincount(x, minlength=minlength))
    if weights.shape != input.shape:
        raise RuntimeError(
            f"weights should be 1-d and have the same length as input: {list(weights.shape)}, not {list(x.shape)}"
        )
    if not x.size:
        return wrap(np.zeros(minlength, np.int64))  # as torch: integers, whatever the weights
    kind = np.float32 if weights.array.dtype == np.float32 else np.float64
    return wrap(np.bincount(x, weights.array, minlength).astype(kind))


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """Histogram: how many elements fall into each of ``bins`` intervals of equal width between ``min`` and ``max``.

    If both are equal, the least and the greatest element are taken. Elements outside are not counted.

    Math    y[k] = number of i with min + k w <= input[i] < min + (k + 1) w,    w = (max - min) / bins; no gradient
            the last interval includes max
    Shapes  input any -> (bins)
    Raises  NotImplementedError for integers, RuntimeError if max < min or there is no bin.

    >>> minigrad.tensor([1., 2., 1.]).histc(4, 0, 3)
    tensor([0., 2., 1., 0.])
    """
    x = input.array
    if bins <= 0:
        raise RuntimeError(f"torch.histc(): bins must be > 0, got {bins}")
    if min > max:
        raise RuntimeError(f"torch.histc: max must be larger than min, got {min} and {max}")
    floats_only("histc", x)
    low, high = (x.min(), x.max()) if min == max and x.size else (min, max)
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.histc: max must be larger than min, got {low} and {high}")
    numbers = x
    if low == high:  # so large that 1 is nothing beside it: all of them lie in the middle
        numbers, low, high = np.full(np.count_nonzero(x == low), 0.5), 0, 1
    return wrap(np.histogram(numbers, bins, (low, high))[0].astype(x.dtype))
