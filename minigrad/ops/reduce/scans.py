"""Running sums, products and extremes: element k tells of the elements up to k; and the product of them all.

What flows back to element k comes from the places after it: the gradient of a running sum is a running sum from the
other end.
"""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ... import return_types
from ...core.beside import wrap_like
from ...core.dtype import Array, to_numpy
from ...core.inplace import inplace
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import DType, Tensor
from ..checks import floats_only, no_bool
from ..elementwise.comparison import eq, isinf, logical_xor
from ..elementwise.piecewise import masked_fill_number, nan_to_num, where
from ..elementwise.transcendental import exp, masked, zeros_like
from ..index.gathering import gather_grad_x
from ..index.indexing import narrow
from ..shape.arranging import flip
from ..shape.formats import in_order
from ..shape.joining import cat
from ..shape.views import _view, at, wrap_dim
from .sums import any, cast, dims_of, restore, sum


def _running(ufunc: Any, x: Array, dim: int, reverse: bool) -> Array:
    """The running form of an operation on arrays, from the front or from the back, in float64 or int64."""
    if x.ndim == 0:
        return x.astype(x.dtype if x.dtype.kind == "f" else np.int64)
    x = np.flip(x, dim) if reverse else x
    floating = x.dtype.kind == "f"
    y = ufunc.accumulate(x, dim, np.float64 if floating else np.int64)
    y = y.astype(x.dtype, copy=False) if floating else y
    return np.flip(y, dim) if reverse else in_order(y)


# ---- sums ----


def cumsum(input: Tensor, dim: int, *, dtype: DType = None) -> Tensor:
    """Cumulative sum along a dimension: of the first element, the first two, the first three, ...

    Math    y_k = sum_{i <= k} input_i        d_input_k = sum_{i >= k} g_i
    Shapes  input (*) -> (*)
    Raises  IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> x.cumsum(0).sum().backward(); x.grad
    tensor([3., 2., 1.])
    """
    x = cast(input, dtype)
    if dtype is not None:
        no_bool("cumsum", x.array)
    return cast(record(cumsum)(x, wrap_dim(dim, x.ndim), False), dtype)


@op(of=cumsum)
def _(input: Array, dim: int, reverse: bool) -> Array:
    return _running(np.add, input, dim, reverse)


defgrad(cumsum, input=lambda g, dim, reverse: record(cumsum)(g, dim, not reverse))


@op
def fading_sum(x: Array, top: Array, dim: int, reverse: bool) -> Array:
    """Running sums that forget while ``top`` rises: sum_{i <= k} x_i exp(m_i - m_k), or from the other end
    sum_{i >= k} x_i exp(m_k - m_i). m never falls, so no exp is above 1.

    Each pass doubles how many places a sum looks back.
    """
    y, n, seen = x.copy(), x.shape[dim], 1
    while seen < n:
        low, high = at(dim, slice(n - seen)), at(dim, slice(seen, n))
        here, there = (low, high) if reverse else (high, low)
        y[here] = y[here] + y[there] * np.exp(top[low] - top[high])
        seen *= 2
    return y


defgrad(fading_sum, x=lambda g, top, dim, reverse: fading_sum(g, top, dim, not reverse))


def _logcumsumexp_grad(g: Array, input: Array, top: Array, dim: int) -> Array:
    """dx_k = exp(x_k - m_k) sum_{i >= k} exp(m_k - m_i) g_i / s_i; nan where x_k is infinite and the largest so far."""
    if input.ndim == 0:
        return g
    finite = nan_to_num(input, math.nan)
    part = exp(finite - top)
    slope = part * fading_sum(g / fading_sum(part, top, dim, False), top, dim, True)
    undefined = (isinf(input) & (finite == top)) | (input != input)
    return slope * masked_fill_number(zeros_like(input) + 1, undefined, math.nan)


def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """Logarithm of the cumulative sum of exponentials along a dimension, without overflow.

    Math    y_k = m_k + ln s_k, s_k = sum_{i <= k} exp(input_i - m_k), m_k the largest of input_0 to input_k
            d_input_k = exp(input_k - m_k) sum_{i >= k} exp(m_k - m_i) g_i / s_i
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for integers; IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([0., 0.], requires_grad=True)
    >>> x.logcumsumexp(0).sum().backward(); x.grad
    tensor([1.5000, 0.5000])
    """
    return record(logcumsumexp)(input, wrap_dim(dim, input.ndim))


@op(of=logcumsumexp, extras={"top": None})
def _(input: Array, dim: int) -> Any:
    """m + log s, where m is the largest element so far; in ``top`` infinities are the largest numbers there are."""
    floats_only("logcumsumexp", input)
    if input.ndim == 0:
        return input.copy(), input
    most = np.maximum.accumulate(input, dim)
    top = np.nan_to_num(most, nan=np.nan)
    return most + np.log(fading_sum(np.exp(np.nan_to_num(input, nan=np.nan) - top), top, dim, False)), top


defgrad(logcumsumexp, input=_logcumsumexp_grad)


# ---- products ----


def _cumprod_grad(g: Array, input: Array, out: Array, dim: int, reverse: bool) -> Array:
    if input.ndim == 0 or input.shape[dim] == 1:
        return g
    if not any(eq(input, 0)):
        return record(cumsum)(g * out, dim, not reverse) / input
    if reverse:
        g, input, out = (record(flip)(v, (dim,)) for v in (g, input, out))
        return record(flip)(_cumprod_grad(g, input, out, dim, False), (dim,))
    return (_by_each if isinstance(g, Variable) else _by_first_zero)(g, input, out, dim)


def _by_first_zero(g: Array, x: Array, out: Array, dim: int) -> Array:
    """Before the first zero of a row as without zeros, behind it 0, at it the products that leave it out; no graph."""
    zero = eq(x, 0)
    zeros = record(cumsum)(zero, dim, False)  # up to here
    before = masked(record(cumsum)(masked(g * out, zeros == 0), dim, True) / x, zeros == 0)
    here = zero & (zeros == 1)
    behind = record(cumprod)(where((zeros == 1) & ~here, x, 1.0), dim, False) * masked(g, zeros == 1)
    return where(here, _shifted(out, dim, False) * record(sum)(behind, (dim,), True), before)


def _by_each(g: Array, x: Array, out: Array, dim: int) -> Array:
    """d_x_k = sum over n >= k of g_n times the product of all x up to n but x_k: as many cumprods as numbers."""
    size = x.shape[dim]
    one = zeros_like(x[at(dim, slice(1))]) + 1
    slopes = []
    for k in range(size):
        behind = record(cumprod)(x[at(dim, slice(k + 1, size))], dim, False)
        others = prod_dim(x[at(dim, slice(k))], (dim,), True) * record(cat)([one, behind], dim)
        slopes.append(record(sum)(g[at(dim, slice(k, size))] * others, (dim,), True))
    return record(cat)(slopes, dim)


def _others(x: Array, dim: int, reverse: bool) -> Array:
    """The product of the elements before each one (``reverse``: after it)."""
    return record(cumprod)(_shifted(x, dim, reverse), dim, reverse)


def _shifted(x: Array, dim: int, back: bool) -> Array:
    """A row moved on by one place, behind a 1; or back, before one."""
    n = x.shape[dim]
    part = x[at(dim, slice(1, n) if back else slice(n - 1))]
    one = zeros_like(x[at(dim, slice(1))]) + 1
    return record(cat)([part, one] if back else [one, part], dim)


def cumprod(input: Tensor, dim: int, *, dtype: DType = None) -> Tensor:
    """Cumulative product along a dimension: of the first element, the first two, the first three, ...

    Math    y_k = prod_{i <= k} input_i        d_input_k = (prod_{i < k} input_i) t_k,  t_k = g_k + input_{k+1} t_{k+1}
            (without zeros, d_input_k = sum_{i >= k} g_i y_i / input_k)
    Shapes  input (*) -> (*)
    Raises  IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([2., 3., 0.], requires_grad=True)
    >>> x.cumprod(0).sum().backward(); x.grad
    tensor([4., 2., 6.])
    """
    x = cast(input, dtype)
    if dtype is not None:
        no_bool("cumprod", x.array)
    return cast(record(cumprod)(x, wrap_dim(dim, x.ndim), False), dtype)


@op(of=cumprod)
def _(input: Array, dim: int, reverse: bool) -> Array:
    return _running(np.multiply, input, dim, reverse)


defgrad(cumprod, input=_cumprod_grad)


_cumsum_, _cumprod_ = inplace(cumsum), inplace(cumprod)


def _has_terms(name: str, input: Tensor, dim: int, dtype: DType) -> bool:
    """Whether there is something to scan in place.

    Raises  RuntimeError for another type than the tensor's, NotImplementedError for bools.
    """
    if dtype is not None and to_numpy(dtype) != input.array.dtype:
        raise RuntimeError(
            f"Bad in-place call: input tensor dtype {input.dtype} and output tensor dtype {dtype} should match: "
            f"{name} writes into a tensor that keeps its type"
        )
    wrap_dim(dim, input.ndim)
    if input.array.size:
        no_bool(name, input.array)
    return bool(input.array.size)


def cumsum_(input: Tensor, dim: int, *, dtype: DType = None) -> Tensor:
    """In-place version of :func:`cumsum`."""
    return _cumsum_(input, dim) if _has_terms("cumsum_", input, dim, dtype) else input


def cumprod_(input: Tensor, dim: int, *, dtype: DType = None) -> Tensor:
    """In-place version of :func:`cumprod`."""
    return _cumprod_(input, dim) if _has_terms("cumprod_", input, dim, dtype) else input


@op(label="ProdBackward1")
def prod_dim(x: Array, dims: Any, keepdim: bool) -> Array:
    return _product(x, dims, keepdim)


def _product(x: Array, dims: tuple[int, ...], keepdim: Any) -> Array:
    return in_order(np.multiply.reduce(x, dims, None if x.dtype.kind == "f" else np.int64, keepdims=keepdim))


def _prod_grad(g: Array, x: Array, out: Array, dims: tuple[int, ...], keepdim: bool) -> Array:
    """The product of all others: the whole, divided by each; or if one is zero, of those before, times those after."""
    g = restore(g, x.shape, dims, keepdim)
    if math.prod(x.shape) == 0 or not dims:
        return g * (zeros_like(x) + 1)
    if not any(eq(x, 0)):
        return g * (restore(out, x.shape, dims, keepdim) / x)
    row = x if len(dims) == 1 else _view(x, (math.prod(x.shape),))
    d = dims[0]
    return g * _view(_others(row, d, False) * _others(row, d, True), x.shape)


defgrad(prod_dim, x=_prod_grad)


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: DType = None) -> Tensor:
    """Product of all elements, or along one dimension; of an empty tensor, 1.

    Math    y = prod_i input_i        d_input_i = g prod_{j != i} input_j
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``; integers and bools give int64
    Raises  TypeError for several dimensions; IndexError for one that does not exist.

    >>> x = minigrad.tensor([2., 3., 0.], requires_grad=True)
    >>> x.prod().backward(); x.grad
    tensor([0., 0., 6.])
    """
    x = cast(input, dtype)
    if dim is None:
        return cast(record(prod)(x, dims_of(None, x.ndim), keepdim), dtype)
    if not isinstance(dim, (int, np.integer)):
        raise TypeError(
            f"prod(): argument 'dim' must be int, not {type(dim).__name__}: multiply over one, then another"
        )
    return cast(prod_dim(x, dims_of(dim, x.ndim), keepdim), dtype)


@op(of=prod)
def _(x: Array, dims: Any, keepdim: bool) -> Array:
    return _product(x, dims, keepdim)


def _whole_prod_grad(g: Array, x: Array, out: Array, dims: tuple[int, ...], keepdim: bool) -> Array:
    if not isinstance(g, Variable) and record(sum)(eq(x, 0), dims, False) > 1:  # without one, another is left
        return zeros_like(x)
    return _prod_grad(g, x, out, dims, keepdim)


defgrad(prod, x=_whole_prod_grad)


# ---- extremes ----


@op(label="CummaxBackward0")
def at_maxima(x: Array, dim: int, index: Array) -> Array:
    return in_order(np.take_along_axis(x, index, dim)) if x.ndim else x.copy()


@op(label="CumminBackward0")
def at_minima(x: Array, dim: int, index: Array) -> Array:
    return in_order(np.take_along_axis(x, index, dim)) if x.ndim else x.copy()


for _at in (at_maxima, at_minima):
    defgrad(_at, x=lambda g, x_shape, dim, index: gather_grad_x(g, x_shape, dim, index))


def _running_extreme(take: Any, ufunc: Any, made: Any, x: Array, dim: int) -> Any:
    d = wrap_dim(dim, x.ndim)
    if x.ndim == 0 or x.array.size == 0:
        index = wrap_like(np.zeros(x.shape, np.int64), x)
        return made(take(x, d, index), index)
    best = ufunc.accumulate(x.array, d)
    record = (x.array == best) | (x.array != x.array)  # the last of equal elements counts
    last = np.maximum.accumulate(np.where(record, np.indices(x.shape, sparse=True)[d], 0), d)
    index = wrap_like(in_order(last), x)
    return made(take(x, d, index), index)


def cummax(input: Tensor, dim: int) -> return_types.cummax:
    """Cumulative maximum along a dimension, (values, indices): the last index of the largest element so far.

    Math    y_k = max_{i <= k} input_i        d_input_i = the sum of the g_k whose index is i
    Shapes  input (*) -> (*)
    Raises  IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([1., 3., 2.], requires_grad=True)
    >>> x.cummax(0).values.sum().backward(); x.grad
    tensor([1., 2., 0.])
    """
    return _running_extreme(at_maxima, np.maximum, return_types.cummax, input, dim)


def cummin(input: Tensor, dim: int) -> return_types.cummin:
    """Cumulative minimum along a dimension, (values, indices): the last index of the smallest element so far.

    Math    y_k = min_{i <= k} input_i        d_input_i = the sum of the g_k whose index is i
    Shapes  input (*) -> (*)
    Raises  IndexError for a dimension that does not exist.

    >>> x = minigrad.tensor([3., 1., 2.], requires_grad=True)
    >>> x.cummin(0).values.sum().backward(); x.grad
    tensor([1., 2., 0.])
    """
    return _running_extreme(at_minima, np.minimum, return_types.cummin, input, dim)


# ---- differences ----


def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """Finite difference along a dimension, ``n`` times over: each element less the one before it (of bools, their xor).

    Math    y_k = input_{k+1} - input_k        d_input_k = g_{k-1} - g_k
    Shapes  the dimension ``dim`` becomes ``n`` shorter, after ``prepend`` and ``append`` are joined to it
    Raises  RuntimeError for a 0-d tensor or a negative ``n``.

    >>> x = minigrad.tensor([1., 4., 9.], requires_grad=True)
    >>> y = x.diff(); y[0].backward(); y.tolist(), x.grad
    ([3.0, 5.0], tensor([-1.,  1.,  0.]))
    """
    if input.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    d = wrap_dim(dim, input.ndim)
    parts = [part for part in (prepend, input, append) if part is not None]
    if builtins.any(len(part.shape) != input.ndim for part in parts):
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    if n == 0:
        return input.clone()
    x = cat(parts, d) if len(parts) > 1 else input
    n = min(n, x.shape[d])
    for _ in range(n):
        size = max(x.shape[d] - 1, 0)
        later, earlier = narrow(x, d, x.shape[d] - size, size), narrow(x, d, 0, size)
        x = logical_xor(later, earlier) if x.array.dtype.kind == "b" else later - earlier
    return x
