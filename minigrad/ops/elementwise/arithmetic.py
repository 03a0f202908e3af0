"""Arithmetic: what Python's operators do on tensors, and its neighbours.

Where two operands broadcast, the engine adds the gradient up over the repeated axes when it delivers it, and where they
differ in type it records the casts: so a rule here does neither.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.beside import wrap_like
from ...core.dtype import BOOL, F16, Array, result_type
from ...core.op import defgrad, op, record, short
from ...core.variable import Variable
from ...types import Number, Operand, Tensor
from ..checks import fits, floats_only, no_bool, same_dtype
from .transcendental import log, masked, reciprocal, to_dtype, underived, zeros_like

# ---- sums ----


@op(promote="signed", label="RsubBackward1")
def rsub_number(x: Array, y: Array) -> Array:
    return np.subtract(y, x)


defgrad(rsub_number, x=lambda g: -g)


def _times(other: Any, alpha: Any, x: Any) -> Any:
    """other * alpha, for x + alpha * other, in the type of the sum."""
    common = result_type([v.array if isinstance(v, Variable) else v for v in (x, other)])
    if isinstance(alpha, bool) and common.kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results; give a number.")
    if isinstance(alpha, float) and common.kind != "f":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if common.kind == "b":
        return other & bool(alpha)
    fits(alpha, common)
    if isinstance(alpha, float) and common == F16:
        alpha = float(common.type(alpha))
    return (to_dtype(other, common) if isinstance(other, Variable) else other) * alpha


def _times_alpha_to_subtract(name: str, other: Any, alpha: Any, x: Any) -> Any:
    """``_times`` for a difference: alpha times ``other``.

    Raises  NotImplementedError for bools.
    """
    for v in (x, other):
        if isinstance(v, bool) or (isinstance(v, Variable) and v.array.dtype == BOOL):
            raise NotImplementedError(
                f"{name}: the `-` operator with a bool tensor is not supported: use `^`, or convert it with .int()"
            )
    return _times(other, alpha, x)


@short
def add(input: Tensor, other: Operand, *, alpha: Number = 1) -> Tensor:
    """Addition, elementwise, of ``alpha`` times other; the gradient passes on to both.

    Math    z = input + alpha other        d_input = g, d_other = alpha g
    Shapes  input and other broadcast: missing and single dimensions are repeated
    Raises  RuntimeError naming the two sizes that do not match.

    >>> x = minigrad.ones(2, 2, requires_grad=True); b = minigrad.ones(2, requires_grad=True)
    >>> (x + b).sum().backward(); b.grad
    tensor([2., 2.])
    """
    return record(add)(input, other if type(alpha) is int and alpha == 1 else _times(other, alpha, input))


@op(of=add, ufunc=np.add, promote="number", numbers=True)
def _(input: Array, other: Array) -> Array:
    return np.add(input, other)


defgrad(add, input=lambda g: g, other=lambda g: g)


@short
def sub(input: Tensor, other: Operand, *, alpha: Number = 1) -> Tensor:
    """Subtraction, elementwise, of ``alpha`` times other.

    Math    z = input - alpha other        d_input = g, d_other = -alpha g
    Shapes  input and other broadcast
    Raises  NotImplementedError for bool tensors; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([5., 7.], requires_grad=True); b = minigrad.tensor(1., requires_grad=True)
    >>> (x - b).sum().backward(); x.grad, b.grad
    (tensor([1., 1.]), tensor(-2.))
    """
    return record(sub)(
        input, other if type(alpha) is int and alpha == 1 else _times_alpha_to_subtract("sub", other, alpha, input)
    )


@op(of=sub, ufunc=np.subtract, promote="signed", numbers=True)
def _(input: Array, other: Array) -> Array:
    return np.subtract(input, other)


defgrad(sub, input=lambda g: g, other=lambda g: -g)


def rsub(input: Tensor, other: Operand, *, alpha: Number = 1) -> Tensor:
    """Reversed subtraction, elementwise, of ``alpha`` times input.

    Math    z = other - alpha input        d_input = -alpha g, d_other = g
    Shapes  input and other broadcast
    Raises  NotImplementedError for bool tensors; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> minigrad.rsub(x, 10).sum().backward(); x.grad
    tensor([-1., -1.])
    """
    x = input if alpha == 1 else _times_alpha_to_subtract("rsub", input, alpha, other)
    return record(rsub)(x, other) if isinstance(other, Variable) else rsub_number(x, other)


@op(of=rsub, promote="signed")
def _(input: Array, other: Array) -> Array:
    return np.subtract(other, input)


defgrad(rsub, input=lambda g: -g, other=lambda g: g)


@op(ufunc=np.negative, promote="signed")
def neg(input: Tensor) -> Array:
    """Negation, elementwise.

    Math    y = -input        d_input = -g
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for a bool tensor.

    >>> x = minigrad.tensor([1., -2.], requires_grad=True)
    >>> x.neg().sum().backward(); x.grad
    tensor([-1., -1.])
    """
    return np.negative(input)


defgrad(neg, input=lambda g: -g)


def positive(input: Tensor) -> Tensor:
    """Unary plus: the tensor itself.

    Math    y = input        d_input = g
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for a bool tensor.

    >>> x = minigrad.ones(2)
    >>> +x is x
    True
    """
    if input.array.dtype.kind == "b":
        raise NotImplementedError("The `+` operator, on a bool tensor is not supported; convert it with .int()")
    return input


# ---- products and quotients ----


@op(ufunc=np.multiply, promote="number", numbers=True, exact=True)
def mul(input: Tensor, other: Operand) -> Array:
    """Multiplication, elementwise.

    Math    z = input * other        d_input = g other, d_other = g input: each factor's derivative is the other factor
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([2., 3.], requires_grad=True)
    >>> (x * x).sum().backward(); x.grad
    tensor([4., 6.])
    """
    return np.multiply(input, other)


defgrad(mul, input=lambda g, other: g * other, other=lambda g, input: g * input)


@op(promote="number", numbers=True, label="DivBackward2")
def div_floor(x: Array, y: Array) -> Array:
    return np.floor_divide(x, _divisor(x, y))


@op(promote="number", numbers=True, label="DivBackward2")
def div_trunc(x: Array, y: Array) -> Array:
    if np.result_type(x, y).kind == "f":
        return np.trunc(np.true_divide(x, y))
    quotient = np.floor_divide(x, _divisor(x, y))
    return quotient + ((quotient < 0) & (quotient * y != x))


defgrad(div_floor, x=lambda g: zeros_like(g), y=lambda g: zeros_like(g))

defgrad(div_trunc, x=lambda g: zeros_like(g), y=lambda g: zeros_like(g))


def _divisor(x: Array, y: Array) -> Array:
    no_bool("division with a remainder", np.asarray(x))
    if np.result_type(x, y).kind != "f" and np.size(x) and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError: an integer was divided by zero; floats would give inf or nan")
    return y


def div(input: Tensor, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """Division, elementwise; integers give a float. ``rounding_mode`` "floor" or "trunc" rounds down or towards zero.

    Math    z = input / other        d_input = g / other, d_other = -g input / other^2; rounded: both 0
    Shapes  input and other broadcast
    Raises  RuntimeError if integers are divided by zero and rounded, or for another rounding mode;
            NotImplementedError for bool tensors, if rounded.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> (1 / x).sum().backward(); x.grad
    tensor([-1.0000, -0.2500])
    """
    if rounding_mode is None:
        return record(div)(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}"
        )
    return div_floor(input, other) if rounding_mode == "floor" else div_trunc(input, other)


@op(of=div, ufunc=np.divide, promote="float", numbers=True, exact=True, stepwise=True)
def _(input: Array, other: Array) -> Array:
    return np.true_divide(input, other)


defgrad(div, input=lambda g, other: g / other, other=lambda g, input, other: -g * ((input / other) / other))


@op(promote="number", label="NotImplemented", numbers=True)
def floor_divide(input: Tensor, other: Operand) -> Array:
    """Floor division, elementwise: Python's ``//``; unlike ``div`` with ``rounding_mode="floor"`` it has no gradient.

    Math    z = floor(input / other)        backward raises RuntimeError
    Shapes  input and other broadcast
    Raises  RuntimeError if an integer is divided by zero; NotImplementedError for bool tensors.

    >>> minigrad.tensor([7, -7]) // 2
    tensor([ 3, -4])
    """
    return np.floor_divide(input, _divisor(input, other))


_no_floor = underived(
    "derivative for aten::floor_divide is not implemented; div(input, other, rounding_mode='floor') has one"
)
defgrad(floor_divide, input=_no_floor, other=_no_floor)


def rdiv(x: Array, y: Array) -> Array:
    """y / x, for a number y; as in torch, two steps."""
    return reciprocal(x) * y


def rfloor_divide(x: Array, y: Array) -> Array:
    """y // x, for a number y."""
    return floor_divide(y, x)


def rremainder(x: Array, y: Array) -> Array:
    """y % x, for a number y."""
    return record(remainder)(y, x)


@op(promote="number", label="RemainderBackward0")
def remainder_number(x: Array, y: Array) -> Array:
    return record(remainder)(x, y)


@op(promote="number", label="FmodBackward0")
def fmod_number(x: Array, y: Array) -> Array:
    return np.fmod(x, _divisor(x, y))


defgrad(remainder_number, x=lambda g: g)

defgrad(fmod_number, x=lambda g: g)


def remainder(input: Tensor, other: Operand) -> Tensor:
    """Remainder of a division, elementwise, with the sign of other: Python's ``%``.

    Math    z = input - other floor(input / other)        d_input = g, d_other = -g floor(input / other)
    Shapes  input and other broadcast
    Raises  RuntimeError if an integer is divided by zero; NotImplementedError for bool tensors.

    >>> x = minigrad.tensor([7., -7.]); y = minigrad.tensor([3., 3.], requires_grad=True)
    >>> z = x % y; z.sum().backward(); z.tolist(), y.grad
    ([1.0, 2.0], tensor([-2.,  3.]))
    """
    return record(remainder)(input, other) if isinstance(other, Variable) else remainder_number(input, other)


@op(of=remainder, promote="number", label="RemainderBackward1")
def _(input: Array, other: Array) -> Array:
    left = np.asarray(np.remainder(input, _divisor(input, other)))
    return np.copysign(left, input, out=left, where=left == 0) if left.dtype.kind == "f" else left  # 0 has input's sign


defgrad(remainder, input=lambda g: g, other=lambda g, input, other: -g * div_floor(input, other))


def fmod(input: Tensor, other: Operand) -> Tensor:
    """Remainder of a division, elementwise, with the sign of input: C's ``fmod``.

    Math    z = input - other trunc(input / other)        d_input = g, d_other = -g trunc(input / other)
    Shapes  input and other broadcast
    Raises  RuntimeError if an integer is divided by zero; NotImplementedError for bool tensors.

    >>> x = minigrad.tensor([7., -7.]); y = minigrad.tensor([3., 3.], requires_grad=True)
    >>> z = x.fmod(y); z.sum().backward(); z.tolist(), y.grad
    ([1.0, -1.0], tensor([-2.,  2.]))
    """
    return record(fmod)(input, other) if isinstance(other, Variable) else fmod_number(input, other)


@op(of=fmod, promote="number", label="FmodBackward1")
def _(input: Array, other: Array) -> Array:
    return np.fmod(input, _divisor(input, other))


defgrad(fmod, input=lambda g: g, other=lambda g, input, other: -g * div_trunc(input, other))


# ---- powers ----


@op(promote="number", label="PowBackward0", narrow=True)  # torch rounds the exponent too
def pow_number(x: Array, y: Array) -> Array:
    return 1 / np.sqrt(x) if y == -0.5 else x**y


def _pow_number_grad(g: Array, x: Array, y: Array) -> Array:
    if y == 0:
        return zeros_like(g)
    return g * (y * (pow_number(x, -0.5) if y == 0.5 else x ** (y - 1)))


defgrad(pow_number, x=_pow_number_grad)


@op(promote="number", operands=2, label="PowBackward2")
def pow_of_number(x: Array, y: Array) -> Array:
    return record(pow)(x, y)


def _log_of(base: Any) -> float:
    return float(np.log(float(base)))


defgrad(pow_of_number, y=lambda g, x, y, out: g * (masked(out * _log_of(x), ~(y >= 0)) if x == 0 else out * _log_of(x)))


def pow(input: Tensor, exponent: Operand) -> Tensor:
    """Power, elementwise; 0 to the power 0 is 1.

    Math    z = input^exponent        d_input = g exponent input^(exponent - 1), and 0 where exponent = 0
            d_exponent = g z ln input, and 0 where input = 0 and exponent >= 0
    Shapes  input and exponent broadcast
    Raises  RuntimeError for integers to a Python integer that is negative, or that their dtype cannot hold.

    >>> x = minigrad.tensor([2., 3.], requires_grad=True)
    >>> (x ** 3).sum().backward(); x.grad
    tensor([12., 27.])
    """
    if not isinstance(exponent, (Variable, np.ndarray)):
        if isinstance(exponent, (int, np.integer)) and isinstance(input, Variable) and input.array.dtype.kind != "f":
            if isinstance(exponent, bool) and input.array.dtype.kind == "b":
                return wrap_like(input.array | (not exponent), input)
            if exponent < 0:
                raise RuntimeError(
                    "Integers to negative integer powers are not allowed; convert the base with .float()"
                )
            fits(exponent, input.array.dtype)
        return pow_number(input, exponent)
    return record(pow)(input, exponent) if isinstance(input, (Variable, np.ndarray)) else pow_of_number(input, exponent)


@op(of=pow, promote="number", label="PowBackward1")
def _(input: Array, exponent: Array) -> Array:
    no_bool("pow", np.asarray(input))
    try:
        return np.power(input, exponent)
    except ValueError:  # a negative integer power: 1/x, rounded towards zero
        inverse = np.where(np.abs(input) == 1, np.power(input, np.abs(exponent)), 0)
        return np.where(exponent < 0, inverse, np.power(input, np.maximum(exponent, 0)))


defgrad(
    pow,
    input=lambda g, input, exponent: masked(g * (exponent * input ** (exponent - 1)), exponent != 0),
    exponent=lambda g, input, exponent, out: g * masked(out * log(input), ~((input == 0) & (exponent >= 0))),
)


def rpow(x: Array, y: Array) -> Array:
    """y ** x, for a number y."""
    return pow(y, x)


def square(input: Tensor) -> Tensor:
    """Square, elementwise.

    Math    y = input^2        d_input = 2 g input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([2., -3.], requires_grad=True)
    >>> x.square().sum().backward(); x.grad
    tensor([ 4., -6.])
    """
    return pow_number(input, 2)


# ---- three operands ----


@op(promote="number", operands=2, label="LerpBackward0")
def lerp_number(start: Array, end: Array, weight: Array) -> Array:
    rise = end - start
    return start + weight * rise if abs(weight) < 0.5 else end - rise * (1 - weight)


defgrad(lerp_number, start=lambda g, weight: g * (1 - weight), end=lambda g, weight: g * weight)


def lerp(input: Tensor, end: Tensor, weight: Operand) -> Tensor:
    """Linear interpolation, elementwise, from ``input`` at weight 0 to ``end`` at weight 1.

    Math    z = input + weight (end - input)
            d_input = g (1 - weight), d_end = g weight, d_weight = g (end - input)
    Shapes  input, end and weight broadcast
    Raises  RuntimeError if the dtypes differ; NotImplementedError for integers.

    >>> x = minigrad.tensor([0.], requires_grad=True); end = minigrad.tensor([8.], requires_grad=True)
    >>> x.lerp(end, 0.25).backward(); x.grad, end.grad
    (tensor([0.7500]), tensor([0.2500]))
    """
    same_dtype("lerp", input, end, *([weight] if isinstance(weight, Variable) else []))
    floats_only("lerp", input.array)
    return record(lerp)(input, end, weight) if isinstance(weight, Variable) else lerp_number(input, end, weight)


@op(of=lerp, promote="number", label="LerpBackward1")
def _(start: Array, end: Array, weight: Array) -> Array:
    rise = end - start
    return np.where(np.abs(weight) < 0.5, start + weight * rise, end - rise * (1 - weight))


defgrad(
    lerp,
    start=lambda g, weight: g * (1 - weight),
    end=lambda g, weight: g * weight,
    weight=lambda g, start, end: g * (end - start),
)


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, value: Number = 1) -> Tensor:
    """Fused multiply-add, elementwise: adds ``value`` times the product of two tensors.

    Math    z = input + value tensor1 tensor2
            d_input = g, d_tensor1 = g value tensor2, d_tensor2 = g value tensor1
    Shapes  input, tensor1 and tensor2 broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([2., 3.], requires_grad=True)
    >>> minigrad.zeros(2).addcmul(x, x, value=0.5).sum().backward(); x.grad
    tensor([2., 3.])
    """
    return record(addcmul)(input, tensor1, tensor2, value)


@op(of=addcmul, promote="number", operands=3)
def _(input: Array, tensor1: Array, tensor2: Array, value: Any) -> Array:
    return input + input.dtype.type(value) * tensor1 * tensor2


defgrad(
    addcmul,
    input=lambda g: g,
    tensor1=lambda g, tensor2, value: g * (tensor2 * value),
    tensor2=lambda g, tensor1, value: g * (tensor1 * value),
)


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, value: Number = 1) -> Tensor:
    """Fused divide-add, elementwise: adds ``value`` times the quotient of two tensors.

    Math    z = input + value tensor1 / tensor2
            d_input = g, d_tensor1 = g value / tensor2, d_tensor2 = -g value tensor1 / tensor2^2
    Shapes  input, tensor1 and tensor2 broadcast
    Raises  RuntimeError if tensor1 and tensor2 are integers.

    >>> x = minigrad.tensor([2., 4.], requires_grad=True)
    >>> minigrad.zeros(2).addcdiv(x, minigrad.tensor([2., 2.]), value=3.).sum().backward(); x.grad
    tensor([1.5000, 1.5000])
    """
    if tensor1.array.dtype.kind != "f" and tensor2.array.dtype.kind != "f":
        raise RuntimeError("Integer division with addcdiv is no longer supported: convert the tensors with .float()")
    return record(addcdiv)(input, tensor1, tensor2, value)


@op(of=addcdiv, promote="number", operands=3)
def _(input: Array, tensor1: Array, tensor2: Array, value: Any) -> Array:
    return input + value * (tensor1 / tensor2)


defgrad(
    addcdiv,
    input=lambda g: g,
    tensor1=lambda g, tensor2, value: g * (value / tensor2),
    tensor2=lambda g, tensor1, tensor2, value: -g * (value * tensor1 / (tensor2 * tensor2)),
)
