"""Functions made of pieces: absolute value, rounding, clamping, the larger of two, choosing by a mask.

Each is piecewise linear. Where two pieces meet there is no derivative; the subgradient taken there is torch's choice.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np

from ...core.dtype import BOOL, Array, default_float, result_type
from ...core.op import defgrad, op, record
from ...core.variable import Variable, wrap
from ...types import Operand, Tensor
from ..checks import fits, fitted, floats_only, unsupported
from ..shape.formats import in_order
from .transcendental import masked, to_dtype, zeros_like

# ---- size and sign ----


@op(promote="number")
def abs(input: Tensor) -> Array:
    """Absolute value, elementwise.

    Math    y = |input|        d_input = g sign(input), and 0 at input = 0
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for a bool tensor.

    >>> x = minigrad.tensor([-2., 0., 3.], requires_grad=True)
    >>> x.abs().sum().backward(); x.grad
    tensor([-1.,  0.,  1.])
    """
    if input.dtype == BOOL:
        raise unsupported("abs", input, "convert it with .int()")
    return np.absolute(input)


def sign_of(x: Array) -> Array:
    """-1, 0 or 1."""
    return x.copy() if x.dtype == BOOL else np.subtract(x > 0, x < 0, dtype=x.dtype)


@op(promote="number", narrow=True)
def sign(input: Tensor) -> Array:
    """Sign, elementwise: -1, 0 or 1 (0 for nan).

    Math    y = input / |input|, 0 at 0        d_input = 0
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([-2., 0., 3.]).sign()
    tensor([-1.,  0.,  1.])
    """
    return sign_of(input)


defgrad(abs, input=lambda g, input: g * sign(input))

defgrad(sign, input=lambda g: zeros_like(g))


# ---- rounding ----


def _rounded(name: str, function: Any, x: Array) -> Array:
    if x.dtype.kind == "f":
        return function(x)
    if x.dtype == BOOL:
        raise unsupported(name, x, "a bool tensor has nothing to round")
    return x.copy()


@op(promote="number")
def floor(input: Tensor) -> Array:
    """Floor, elementwise: the largest integer that is not larger.

    Math    y = max {n integer : n <= input}        d_input = 0
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for a bool tensor.

    >>> minigrad.tensor([1.7, -1.7]).floor()
    tensor([ 1., -2.])
    """
    return _rounded("floor", np.floor, input)


@op(promote="number")
def ceil(input: Tensor) -> Array:
    """Ceiling, elementwise: the smallest integer that is not smaller.

    Math    y = min {n integer : n >= input}        d_input = 0
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for a bool tensor.

    >>> minigrad.tensor([1.2, -1.7]).ceil()
    tensor([ 2., -1.])
    """
    return _rounded("ceil", np.ceil, input)


@op(promote="number")
def trunc(input: Tensor) -> Array:
    """Truncation, elementwise: the nearest integer towards zero.

    Math    y = sign(input) floor(|input|)        d_input = 0
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for a bool tensor.

    >>> minigrad.tensor([1.7, -1.7]).trunc()
    tensor([ 1., -1.])
    """
    return _rounded("trunc", np.trunc, input)


@op(promote="number")
def frac(input: Tensor) -> Array:
    """Fractional part, elementwise.

    Math    y = input - trunc(input)        d_input = g
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for integers.

    >>> x = minigrad.tensor([1.5, -1.25], requires_grad=True)
    >>> x.frac().sum().backward(); x.grad
    tensor([1., 1.])
    """
    floats_only("frac", input)
    return input - np.trunc(input)


@op(promote="number", operands=1, label="RoundBackward1")
def round_decimals(x: Array, decimals: int) -> Array:
    floats_only("round with decimals", x)
    scale = x.dtype.type(10.0 ** np.absolute(decimals))
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


defgrad(floor, input=lambda g: zeros_like(g))

defgrad(ceil, input=lambda g: zeros_like(g))

defgrad(trunc, input=lambda g: zeros_like(g))

defgrad(frac, input=lambda g: g)

defgrad(round_decimals, x=lambda g: zeros_like(g))


def round(input: Tensor, *, decimals: int | None = None) -> Tensor:
    """Rounding, elementwise, to ``decimals`` decimals; halves go to the even neighbour.

    Math    y = rint(input 10^decimals) / 10^decimals        d_input = 0
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for a bool tensor, or with ``decimals`` for integers.

    >>> minigrad.round(minigrad.tensor([0.5, 1.5, 2.6]))
    tensor([0., 2., 3.])
    """
    if decimals is not None:
        floats_only("round with decimals", input.array)
    return round_decimals(input, decimals) if decimals else record(round)(input)


@op(of=round, promote="number")
def _(input: Array) -> Array:
    return _rounded("round", np.rint, input)


defgrad(round, input=lambda g: zeros_like(g))


@op(promote="number", operands=1, narrow=True)
def nan_to_num(
    input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Array:
    """Replacement of nan by ``nan`` (0), and of infinities by ``posinf`` and ``neginf`` (the largest of the dtype).

    Math    y = input where finite, else the replacement        d_input = g where input is finite, else 0
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1., float("nan")], requires_grad=True)
    >>> x.nan_to_num().sum().backward(); x.grad
    tensor([1., 0.])
    """
    return np.nan_to_num(input, copy=True, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


defgrad(nan_to_num, input=lambda g, input: masked(g, input - input == 0))


# ---- the larger, the smaller ----


@op(ufunc=np.maximum, promote="tensors")
def maximum(input: Tensor, other: Tensor) -> Array:
    """Maximum, elementwise: the larger of two; nan if one is nan.

    Math    z = max(input, other)
            d_input = g where input > other, g / 2 where they are equal, else 0; d_other = g - d_input
    Shapes  input and other broadcast
    Raises  TypeError if one is not a tensor; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> minigrad.maximum(x, minigrad.tensor([1., 3.])).sum().backward(); x.grad
    tensor([0.5000, 0.0000])
    """
    return np.maximum(input, other)


@op(ufunc=np.minimum, promote="tensors")
def minimum(input: Tensor, other: Tensor) -> Array:
    """Minimum, elementwise: the smaller of two; nan if one is nan.

    Math    z = min(input, other)
            d_input = g where input < other, g / 2 where they are equal, else 0; d_other = g - d_input
    Shapes  input and other broadcast
    Raises  TypeError if one is not a tensor; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> minigrad.minimum(x, minigrad.tensor([1., 3.])).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    return np.minimum(input, other)


def _to_winner(g: Array, lost: Array, lost_or_tied: Array) -> Array:
    """The gradient where not lost, half of it where tied (nan neither wins nor loses)."""
    half = g * 0.5
    return masked(half, ~lost) + masked(half, ~lost_or_tied)


defgrad(
    maximum,
    input=lambda g, input, other: _to_winner(g, input < other, input <= other),
    other=lambda g, input, other: _to_winner(g, other < input, other <= input),
)

defgrad(
    minimum,
    input=lambda g, input, other: _to_winner(g, input > other, input >= other),
    other=lambda g, input, other: _to_winner(g, other > input, other >= input),
)


# ---- clamping ----


def _clipped(x: Array, low: Any, high: Any) -> Array:
    y = x if low is None else np.maximum(x, low)
    return y if high is None else np.minimum(y, high)


def _inside(x: Array, low: Any, high: Any) -> Array:
    if low is None or high is None:
        return x < high if low is None else x > low
    return (x > low) & (x < high)


@op(promote="number", operands=3, label="ClampBackward1")
def clamp_numbers(x: Array, min: Any = None, max: Any = None) -> Array:
    return _clipped(x, min, max)


def _clamp_grad(g: Array, needs: Any, input: Array, min: Any, max: Any) -> tuple[Array, Array, Array]:
    """clamp is minimum(maximum(input, min), max), and so its gradient; but where the bounds agree, or a number is nan,
    nothing is shared."""
    if min is None or max is None:
        return _by_steps(g, input, min, max)
    whole = ~((min < max) | (min > max)) | (input != input)
    shared = _by_steps(masked(g, ~whole), input, min, max)
    g, below, above, apart = masked(g, whole), input < min, input > max, min <= max
    return (
        shared[0] + masked(g, ~(below | above)),
        shared[1] + masked(g, below & apart),
        shared[2] + masked(g, (above & apart) | (max < min)),
    )


def _by_steps(g: Array, x: Array, min: Any, max: Any) -> tuple[Any, Any, Any]:
    low = high = None
    if max is not None:
        raised = x if min is None else maximum(x, min)
        high = _to_winner(g, max > raised, max >= raised)
        g = _to_winner(g, raised > max, raised >= max)
    if min is not None:
        low = _to_winner(g, min < x, min <= x)
        g = _to_winner(g, x < min, x <= min)
    return g, low, high


defgrad(clamp_numbers, x=lambda g, x, min, max: masked(g, _inside(x, min, max)))


def _bound(x: Array, number: Any) -> Any:
    """The number, if the dtype that it and x are promoted to can represent it."""
    if isinstance(x, Variable) and type(number) in (int, float):
        dtype = x.array.dtype
        fits(number, dtype if dtype.kind == "f" or type(number) is int else default_float())
    return number


def clamp(input: Tensor, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """Clamping, elementwise, to [min, max] (``max`` wins if they cross); bounds are numbers or tensors.

    Math    y = min(max(input, min), max)        d_input = g where min < input < max, else 0
            A tensor bound gets g where it acts; where it equals input both get half.
    Shapes  input and tensor bounds broadcast
    Raises  RuntimeError if no bound is given, or one that input's dtype cannot hold.

    >>> x = minigrad.tensor([-1., 0.5, 2.], requires_grad=True)
    >>> x.clamp(0, 1).sum().backward(); x.grad
    tensor([0., 1., 0.])
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Variable) or isinstance(max, Variable):
        return record(clamp)(input, min, max)
    return clamp_numbers(input, _bound(input, min), _bound(input, max))


@op(of=clamp, promote="number", operands=3, label="ClampBackward0")
def _(input: Array, min: Any = None, max: Any = None) -> Array:
    return _clipped(input, min, max)


defgrad(clamp, joint=_clamp_grad, of="input min max")


@op(ufunc=np.maximum, promote="number", label="ClampMinBackward0")
def clamp_min_number(x: Array, min: Any) -> Array:
    return np.maximum(x, min)


@op(ufunc=np.minimum, promote="number", label="ClampMaxBackward0")
def clamp_max_number(x: Array, max: Any) -> Array:
    return np.minimum(x, max)


defgrad(clamp_min_number, x=lambda g, x, min: masked(g, x > min))

defgrad(clamp_max_number, x=lambda g, x, max: masked(g, x < max))


def clamp_min(input: Tensor, min: Operand) -> Tensor:
    """Clamping from below, elementwise: ``clamp`` without ``max``.

    Math    y = max(input, min)        d_input = g where input > min, else 0; a tensor ``min`` shares as in ``clamp``
    Shapes  input and a tensor ``min`` broadcast
    Raises  RuntimeError for a bound that input's dtype cannot hold.

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> x.clamp_min(0).sum().backward(); x.grad
    tensor([0., 1.])
    """
    return record(clamp_min)(input, min) if isinstance(min, Variable) else clamp_min_number(input, _bound(input, min))


@op(of=clamp_min, ufunc=np.maximum, promote="number", label="ClampMinBackward1")
def _(input: Array, min: Array) -> Array:
    return np.maximum(input, min)


defgrad(
    clamp_min,
    input=lambda g, input, min: _to_winner(g, input < min, input <= min),
    min=lambda g, input, min: _to_winner(g, min < input, min <= input),
)


def clamp_max(input: Tensor, max: Operand) -> Tensor:
    """Clamping from above, elementwise: ``clamp`` without ``min``.

    Math    y = min(input, max)        d_input = g where input < max, else 0; a tensor ``max`` shares as in ``clamp``
    Shapes  input and a tensor ``max`` broadcast
    Raises  RuntimeError for a bound that input's dtype cannot hold.

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> x.clamp_max(0).sum().backward(); x.grad
    tensor([1., 0.])
    """
    return record(clamp_max)(input, max) if isinstance(max, Variable) else clamp_max_number(input, _bound(input, max))


@op(of=clamp_max, ufunc=np.minimum, promote="number", label="ClampMaxBackward1")
def _(input: Array, max: Array) -> Array:
    return np.minimum(input, max)


defgrad(
    clamp_max,
    input=lambda g, input, max: _to_winner(g, input > max, input >= max),
    max=lambda g, input, max: _to_winner(g, max > input, max >= input),
)


# ---- choosing by a mask ----


@overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...
@overload
def where(condition: Tensor, input: Operand, other: Operand) -> Tensor: ...
def where(condition: Tensor, input: Operand | None = None, other: Operand | None = None) -> Tensor | tuple[Tensor, ...]:
    """Selection by a condition, elementwise: input where it is True, else other; alone, the indices where it is True.

    Math    z = input where condition, else other
            d_input = g where condition, else 0; d_other the other way round
    Shapes  condition, input and other broadcast
    Raises  RuntimeError if the condition is not a bool tensor.

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.where(x > 0, x, 0.1 * x).sum().backward(); x.grad
    tensor([0.1000, 1.0000])
    """
    if input is None and other is None:
        return tuple([wrap(k) for k in np.atleast_1d(condition.array).nonzero()])
    if not isinstance(condition, Variable):  # inside a rule that runs on arrays
        return record(where)(input, other, condition)
    kind = condition.array.dtype
    if kind == np.uint8:
        condition = wrap(condition.array.astype(BOOL))
    elif kind != BOOL:
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {kind}")
    if not isinstance(input, Variable) and not isinstance(other, Variable):
        input = wrap(np.asarray(input, result_type([input])))
    return record(where)(_bound(other, input), _bound(input, other), condition)


@op(of=where, promote="number", operands=2, narrow=True)
def _(condition: Array, input: Array, mask: Array) -> Array:
    return np.where(mask, condition, input)


defgrad(where, condition=lambda g, mask: masked(g, mask), input=lambda g, mask: masked(g, ~mask))


def where_of(input: Tensor, condition: Tensor, other: Tensor) -> Tensor:
    """Selection by a condition, elementwise, as a method: ``minigrad.where(condition, input, other)``.

    Math    z = input where condition, else other
            d_input = g where condition, else 0; d_other the other way round
    Shapes  input, condition and other broadcast
    Raises  RuntimeError if the condition is not a bool tensor.

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> x.where(x > 0, 0.).sum().backward(); x.grad
    tensor([0., 1.])
    """
    return where(condition, input, other)


@op(promote="number", operands=1, label="MaskedFillBackward0", narrow=True)
def masked_fill_number(x: Array, mask: Array, value: Any) -> Array:
    return in_order(np.where(mask, fitted(value, x.dtype), x))


defgrad(masked_fill_number, x=lambda g, mask: masked(g, ~mask))


def masked_fill(input: Tensor, mask: Tensor, value: Operand) -> Tensor:
    """Masked fill: a copy of input with one number written wherever the mask is True.

    Math    y = value where mask, else input        d_input = 0 where mask, else g; d_value = sum of g where mask
    Shapes  input and mask broadcast, value ()
    Raises  RuntimeError if the mask is not a bool tensor, or the value more than one number.

    >>> x = minigrad.ones(3, requires_grad=True)
    >>> x.masked_fill(minigrad.tensor([True, False, True]), 0.).sum().backward(); x.grad
    tensor([0., 1., 0.])
    """
    if mask.array.dtype != BOOL:
        raise RuntimeError(f"masked_fill only supports boolean masks, but got mask with dtype {mask.array.dtype}")
    if not isinstance(value, Variable):
        return masked_fill_number(input, mask, value)
    if value.array.ndim:
        raise RuntimeError(
            "masked_fill only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.array.ndim} dimension(s): use where(mask, value, x)"
        )
    return record(masked_fill)(input, to_dtype(value, input.array.dtype), mask)


@op(of=masked_fill, promote="number", operands=2, label="MaskedFillBackward1", narrow=True)
def _(input: Array, value: Array, mask: Array) -> Array:
    return in_order(np.where(mask, value, input))


defgrad(masked_fill, input=lambda g, mask: masked(g, ~mask), value=lambda g, mask: masked(g, mask))
