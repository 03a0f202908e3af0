"""Reductions: sums, means, logsumexp, and the predicates all and any.

A reduction takes ``dim`` (an integer, several, or None for all) and ``keepdim`` (leave a 1 where a dimension was).
The gradient of a sum is the same number for every summand, so it is a broadcast view: nothing is copied.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ...core.dtype import FROM_NUMPY, Array, to_numpy
from ...core.op import defgrad, op, record
from ...types import Dims, DType, Tensor
from ..adding import add_up
from ..elementwise.comparison import isnan
from ..elementwise.transcendental import exp, to_dtype
from ..shape.formats import in_order
from ..shape.views import _view, expand, wrap_dim, wrap_dims

F = TypeVar("F", bound=Callable[..., Any])

# ---- dimensions ----


def dims_of(dim: Any, ndim: int) -> tuple[int, ...]:
    """The dimensions to reduce, counted from the front; None and () mean all.

    Raises  IndexError if one does not exist, RuntimeError if one appears twice.
    """
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    dims = wrap_dims(dim, ndim) if isinstance(dim, (tuple, list)) else (wrap_dim(dim, ndim),)
    return dims if ndim else ()


def kept(shape: Any, dims: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with a 1 for every reduced dimension."""
    return tuple([1 if d in dims else n for d, n in enumerate(shape)])


def count(shape: Any, dims: tuple[int, ...]) -> int:
    """How many numbers are reduced to one."""
    return math.prod([shape[d] for d in dims])


def restore(g: Array, shape: Any, dims: tuple[int, ...], keepdim: bool) -> Array:
    """A reduced value with its dimensions back as ones, so that it broadcasts against what it was reduced from."""
    return g if keepdim else _view(g, kept(shape, dims))


def spread(g: Array, shape: Any, dims: tuple[int, ...], keepdim: bool) -> Array:
    """The gradient of a sum: every summand gets the same."""
    return record(expand)(restore(g, shape, dims, keepdim), shape)


# ---- sums and means ----

_SHORT = 512  # numbers in a row, up to which a matrix product adds it up fast and well
_MANY = 4096  # from here on, rows are added up by a matrix product


def total(x: Array, dims: tuple[int, ...], keepdim: Any = False) -> Array:
    """The sum on arrays; integers and bools are added up in int64.

    Many short rows are a matrix times a vector of ones, which BLAS adds up four times as fast.
    """
    if x.dtype.kind != "f":
        return np.add.reduce(x, dims, np.int64, keepdims=keepdim)
    if (
        x.size >= _MANY
        and dims
        and dims == tuple(range(x.ndim - len(dims), x.ndim))
        and x.flags.c_contiguous
        and x.dtype != np.float16
    ):
        n = count(x.shape, dims)
        if n <= _SHORT:
            sums = x.reshape(-1, n) @ np.ones(n, x.dtype)
            return sums.reshape(kept(x.shape, dims) if keepdim else x.shape[: dims[0]])
    sums = add_up(x, dims, keepdim)
    return in_order(sums) if keepdim else sums


def whole(x: Array) -> Array:
    """The sum of all numbers on arrays."""
    if x.dtype.kind != "f":
        return np.add.reduce(x, None, np.int64)
    return np.add.reduce(x, None) if x.flags.forc and x.itemsize > 2 else add_up(x, tuple(range(x.ndim)))


def cast(x: Array, dtype: Any) -> Array:
    """In the dtype that a ``dtype`` argument asks for."""
    return x if dtype is None or dtype is x.dtype else to_dtype(x, to_numpy(dtype))


def sum(input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """Sum of all elements, or along dimensions; of an empty tensor, 0.

    Math    y = sum_i input_i        d_input_i = g
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``; integers and bools give int64
    Raises  IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]], requires_grad=True)
    >>> y = x.sum(1); y
    tensor([3., 7.], grad_fn=<SumBackward1>)
    >>> y.backward(minigrad.tensor([10., 20.])); x.grad
    tensor([[10., 10.],
            [20., 20.]])
    """
    x = input if dtype is None else cast(input, dtype)
    dims = None if dim is None and not keepdim else dims_of(dim, x.ndim)
    y = record(sum)(x, dims, keepdim)
    return y if dtype is None else cast(y, dtype)


@op(of=sum, label=lambda input, dim, keepdim: "SumBackward0" if dim is None else "SumBackward1")
def _(input: Array, dim: tuple[int, ...] | None, keepdim: bool) -> Array:
    return whole(input) if dim is None else total(input, dim, keepdim)


defgrad(
    sum,
    input=lambda g, input_shape, dim, keepdim: record(expand)(
        g if dim is None else restore(g, input_shape, dim, keepdim), input_shape
    ),
)


@op(label="MeanBackward1")
def mean_dims(x: Array, dims: Any, keepdim: bool) -> Array:
    return np.true_divide(total(x, dims, keepdim), count(x.shape, dims), dtype=x.dtype)


defgrad(mean_dims, x=lambda g, x_shape, dims, keepdim: spread(g / (count(x_shape, dims) or 1), x_shape, dims, keepdim))


def mean(input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """Mean of all elements, or along dimensions; of an empty tensor, nan.

    Math    y = (1/n) sum_i input_i        d_input_i = g / n
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers: convert them, or give ``dtype``; IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([1., 2., 6.], requires_grad=True)
    >>> x.mean().backward(); x.grad
    tensor([0.3333, 0.3333, 0.3333])
    """
    input = cast(input, dtype)
    refuse_integers("mean", input)
    if dim is None and not keepdim:
        return record(mean)(input)
    return mean_dims(input, dims_of(dim, input.ndim), keepdim)


@op(of=mean, promote="number")
def _(input: Array) -> Array:
    return np.true_divide(whole(input), input.size, dtype=input.dtype)


defgrad(mean, input=lambda g, input_shape: record(expand)(g / (math.prod(input_shape) or 1), input_shape))


def refuse_integers(name: str, x: Array) -> None:
    """Raises RuntimeError for integers, where only floats have the result."""
    kind = x.array.dtype
    if kind.kind != "f":
        raise RuntimeError(
            f"{name}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {FROM_NUMPY[kind].name}; convert with .float()"
        )


def nansum(input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """Sum of all elements that are not nan, or along dimensions.

    Math    y = sum of the input_i that are not nan        d_input_i = g, and 0 where input_i is nan
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([1., float("nan")], requires_grad=True)
    >>> x.nansum().sum().backward(); x.grad
    tensor([1., 0.])
    """
    x = cast(input, dtype)
    return cast(record(nansum)(x, dims_of(dim, x.ndim), keepdim), dtype)


@op(of=nansum)
def _(input: Array, dims: Any, keepdim: bool) -> Array:
    return total(
        np.where(np.isnan(input), input.dtype.type(0), input) if input.dtype.kind == "f" else input, dims, keepdim
    )


defgrad(
    nansum,
    input=lambda g, input, dims, keepdim: spread(g, input.shape, dims, keepdim) * ~isnan(input),
)


def nanmean(input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """Mean of all elements that are not nan, or along dimensions.

    Math    y = (1/n) sum of the n input_i that are not nan        d_input_i = g / n, and 0 where input_i is nan
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers; IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([1., float("nan"), 4.], requires_grad=True)
    >>> x.nanmean().sum().backward(); x.grad
    tensor([0.5000, 0.0000, 0.5000])
    """
    refuse_integers("nanmean", input)
    if dtype is not None and to_numpy(dtype).kind != "f":
        raise RuntimeError(f"nanmean(): Optional dtype must be either a floating point or complex dtype. Got: {dtype}")
    return nansum(input, dim, keepdim, dtype=dtype) / sum(~isnan(input), dim, keepdim)


# ---- the logarithm of a sum ----


def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """Logarithm of a sum of exponentials, along dimensions, without overflow: a smooth maximum.

    Math    y = ln sum_i exp(input_i)        d_input = g softmax(input)
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  TypeError if ``dim`` is missing; IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([1000., 1000.], requires_grad=True)
    >>> x.logsumexp(0).backward(); x.grad
    tensor([0.5000, 0.5000])
    """
    if dim is None:
        raise TypeError("logsumexp(): argument 'dim' must be tuple of ints, not NoneType")
    return record(logsumexp)(input, dims_of(dim, input.ndim), keepdim)


@op(of=logsumexp, promote="float", operands=1)
def _(input: Array, dims: Any, keepdim: bool) -> Array:
    top = np.maximum.reduce(input, dims, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, input.dtype.type(0))
    y = np.log(total(np.exp(input - top), dims, True)) + top
    return in_order(y) if keepdim else y.reshape([n for d, n in enumerate(input.shape) if d not in dims])


defgrad(
    logsumexp,
    input=lambda g, input, out, dims, keepdim: (
        restore(g, input.shape, dims, keepdim) * exp(input - restore(out, input.shape, dims, keepdim))
    ),
)


# ---- questions ----


def all(input: Tensor, dim: Dims | None = None, keepdim: bool = False) -> Tensor:
    """Logical and of all elements, or along dimensions: whether each is not 0; of an empty tensor, True.

    Math    y = (input_i != 0 for all i), a bool tensor (uint8 of uint8); no gradient
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  IndexError for a dimension that does not exist.

    >>> (minigrad.tensor([[1, 2], [3, 0]]) > 0).all(1)
    tensor([ True, False])
    """
    return record(all)(input, () if dim == () else dims_of(dim, input.ndim), keepdim)


@op(of=all, narrow=True)
def _(input: Array, dims: Any, keepdim: Any) -> Array:
    return in_order(np.logical_and.reduce(input, dims, keepdims=keepdim)).astype(
        np.uint8 if input.dtype == np.uint8 else bool
    )


def any(input: Tensor, dim: Dims | None = None, keepdim: bool = False) -> Tensor:
    """Logical or of all elements, or along dimensions: whether one is not 0; of an empty tensor, False.

    Math    y = (input_i != 0 for some i), a bool tensor (uint8 of uint8); no gradient
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  IndexError for a dimension that does not exist.

    >>> (minigrad.tensor([[1, 2], [0, 0]]) > 0).any(1)
    tensor([ True, False])
    """
    return record(any)(input, () if dim == () else dims_of(dim, input.ndim), keepdim)


@op(of=any, narrow=True)
def _(input: Array, dims: Any, keepdim: Any) -> Array:
    return in_order(np.logical_or.reduce(input, dims, keepdims=keepdim)).astype(
        np.uint8 if input.dtype == np.uint8 else bool
    )


def count_nonzero(input: Tensor, dim: Dims | None = None) -> Tensor:
    """Number of elements that are not 0, of all or along dimensions.

    Math    y = sum_i (input_i != 0), an int64 tensor; no gradient
    Shapes  the dimensions ``dim`` disappear
    Raises  IndexError for a dimension that does not exist.

    >>> minigrad.tensor([[1, 0], [2, 3]]).count_nonzero(1)
    tensor([1, 2])
    """
    return record(count_nonzero)(input, dims_of(dim, input.ndim))


@op(of=count_nonzero, narrow=True)
def _(input: Array, dims: Any) -> Array:
    return np.add.reduce(input != 0, dims, np.int64)
