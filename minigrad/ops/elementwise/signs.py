"""Signs, hypotenuses and angles; greatest common divisors; and other functions of two numbers, such as nextafter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.dtype import F64, Array
from ...core.inplace import inplace
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import Operand, Tensor
from ..checks import floats_only, unsupported
from .arithmetic import pow
from .piecewise import _to_winner, sign_of
from .transcendental import LN2, cos, exp2, masked, sin, to_dtype, underived, zeros_like

# ---- signs ----


@op(promote="number")
def sgn(input: Tensor) -> Array:
    """Sign of a real or complex number, elementwise; there are no complex tensors here, so it is ``sign``.

    Math    y = input / |input|, 0 at 0        d_input = 0
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([-2., 0., 3.]).sgn()
    tensor([-1.,  0.,  1.])
    """
    return sign_of(input)


defgrad(sgn, input=lambda g: zeros_like(g))


@op(promote="number", narrow=True)
def signbit(input: Tensor) -> Array:
    """Sign bit, elementwise: whether input is negative, -0 included.

    Math    y = (input < 0 or input is -0), a bool tensor; no gradient
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([-1., -0., 0.]).signbit()
    tensor([ True,  True, False])
    """
    return np.signbit(input)


@op(ufunc=np.copysign, promote="float", label="CopysignBackward1")
def copysign_number(x: Array, y: Any) -> Array:
    return np.copysign(x, y)


defgrad(copysign_number, x=lambda g, x, out: g * masked(out / x, x != 0))


def copysign(input: Tensor, other: Operand) -> Tensor:
    """Magnitude of input with the sign of other, elementwise.

    Math    z = |input| sign(other)        d_input = g where the sign stays, -g where it changes, 0 at 0; d_other = 0
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.copysign(minigrad.tensor([3., -3.])).sum().backward(); x.grad
    tensor([ 1., -1.])
    """
    return record(copysign)(input, other) if isinstance(other, Variable) else copysign_number(input, other)


@op(of=copysign, ufunc=np.copysign, promote="float")
def _(input: Array, other: Array) -> Array:
    return np.copysign(input, other)


defgrad(copysign, input=lambda g, input, out: g * masked(out / input, input != 0), other=lambda g: zeros_like(g))


_no_step = underived("derivative for aten::heaviside is not implemented")


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """Heaviside step function, elementwise; it has no gradient.

    Math    z = 0 where input < 0, 1 where input > 0, values at 0        backward raises RuntimeError
    Shapes  input and values broadcast
    Raises  RuntimeError if the dtypes differ.

    >>> minigrad.heaviside(minigrad.tensor([-1., 0., 2.]), minigrad.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    if input.array.dtype != values.array.dtype:
        raise RuntimeError(
            f"heaviside is not yet implemented for tensors with different dtypes: {input.dtype} and {values.dtype}"
        )
    return record(heaviside)(input, values)


@op(of=heaviside, promote="number", label="NotImplemented")
def _(x: Array, values: Array) -> Array:
    return np.where(x == 0, values, x > 0).astype(x.dtype)


defgrad(heaviside, x=_no_step, values=_no_step)


@op(promote="number", narrow=True)
def isposinf(input: Tensor) -> Array:
    """Test for +infinity, elementwise.

    Math    y = (input = +inf), a bool tensor; no gradient
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([float("inf"), -float("inf")]).isposinf()
    tensor([ True, False])
    """
    return input == np.inf


@op(promote="number", narrow=True)
def isneginf(input: Tensor) -> Array:
    """Test for -infinity, elementwise.

    Math    y = (input = -inf), a bool tensor; no gradient
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([float("inf"), -float("inf")]).isneginf()
    tensor([False,  True])
    """
    return input == -np.inf


@op(promote="number", narrow=True)
def isreal(input: Tensor) -> Array:
    """Test for real numbers, elementwise: True everywhere, since there are no complex tensors.

    Math    y = (input is real), a bool tensor; no gradient
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.ones(2).isreal()
    tensor([True, True])
    """
    return np.ones(input.shape, bool)


# ---- lengths and angles ----


def hypot(input: Tensor, other: Operand) -> Tensor:
    """Hypotenuse, elementwise: the norm of the vector (input, other).

    Math    z = sqrt(input^2 + other^2)        d_input = g input / z, d_other = g other / z
    Shapes  input and other broadcast
    Raises  NotImplementedError for integers; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([3.], requires_grad=True)
    >>> x.hypot(minigrad.tensor([4.])).backward(); x.grad
    tensor([0.6000])
    """
    return record(hypot)(input, other)


@op(of=hypot, promote="number")
def _(input: Array, other: Array) -> Array:
    floats_only("hypot", input)
    return np.hypot(input, other)


defgrad(hypot, input=lambda g, input, out: g * (input / out), other=lambda g, other, out: g * (other / out))


@op(promote="float", label="Deg2RadBackward0")
def deg2rad(input: Tensor) -> Array:
    """Degrees to radians, elementwise.

    Math    y = input pi / 180        d_input = g pi / 180
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 180.], requires_grad=True)
    >>> x.deg2rad().sum().backward(); x.grad
    tensor([0.0175, 0.0175])
    """
    return input * (math.pi / 180)


@op(promote="float", label="Rad2DegBackward0")
def rad2deg(input: Tensor) -> Array:
    """Radians to degrees, elementwise.

    Math    y = 180 input / pi        d_input = 180 g / pi
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.rad2deg().sum().backward(); x.grad
    tensor([57.2958, 57.2958])
    """
    return input * (180 / math.pi)


@op(promote="float")
def angle(input: Tensor) -> Array:
    """Angle of a number in the complex plane, elementwise: of a real number 0, or pi if it is negative.

    Math    y = 0 where input >= 0, else pi        d_input = 0
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([2., -2.]).angle()
    tensor([0.0000, 3.1416])
    """
    return np.where(input < 0, math.pi, np.where(np.isnan(input), input, 0.0))


@op(promote="float")
def sinc(input: Tensor) -> Array:
    """Normalised sinc, elementwise; 1 at 0.

    Math    y = sin(pi input) / (pi input)        d_input = g (cos(pi input) - y) / input, and 0 at 0
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.sinc().sum().backward(); x.grad
    tensor([ 0., -1.])
    """
    return np.sinc(input)


def _sinc_grad(g: Array, input: Array) -> Array:
    turn = math.pi * input
    square = turn * input
    return masked(g * ((cos(turn) * turn - sin(turn)) / square), square != 0)


defgrad(deg2rad, input=lambda g: g * (math.pi / 180))

defgrad(rad2deg, input=lambda g: g * (180 / math.pi))

defgrad(angle, input=lambda g: zeros_like(g))

defgrad(sinc, input=_sinc_grad)

# ---- the larger, the smaller, passing over nan ----


@op(ufunc=np.fmax, promote="tensors")
def fmax(input: Tensor, other: Tensor) -> Array:
    """Maximum, elementwise, that ignores nan: where one is nan, it is the other.

    Math    z = max(input, other)        d_input = g where input > other, g / 2 where equal, else 0; other alike
    Shapes  input and other broadcast
    Raises  TypeError if one is not a tensor; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.fmax(minigrad.tensor([1., 0.])).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    return np.fmax(input, other)


@op(ufunc=np.fmin, promote="tensors")
def fmin(input: Tensor, other: Tensor) -> Array:
    """Minimum, elementwise, that ignores nan: where one is nan, it is the other.

    Math    z = min(input, other)        d_input = g where input < other, g / 2 where equal, else 0; other alike
    Shapes  input and other broadcast
    Raises  TypeError if one is not a tensor; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.fmin(minigrad.tensor([1., 3.])).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    return np.fmin(input, other)


defgrad(
    fmax,
    input=lambda g, input, other: _to_winner(g, input < other, input <= other),
    other=lambda g, input, other: _to_winner(g, other < input, other <= input),
)

defgrad(
    fmin,
    input=lambda g, input, other: _to_winner(g, input > other, input >= other),
    other=lambda g, input, other: _to_winner(g, other > input, other >= input),
)

# ---- powers ----


def float_power(input: Tensor, exponent: Operand) -> Tensor:
    """Power, elementwise, in float64, whatever the dtypes.

    Math    z = input^exponent        d_input = g exponent input^(exponent - 1), d_exponent = g z ln input
    Shapes  input and exponent broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([2.], requires_grad=True)
    >>> z = x.float_power(3); z.backward(); z.dtype, x.grad
    (torch.float64, tensor([12.]))
    """
    exact: list[Any] = [
        to_dtype(v, F64) if isinstance(v, Variable) and v.array.dtype != F64 else v for v in (input, exponent)
    ]
    return pow(*exact)


_float_power_ = inplace(float_power)


def float_power_(input: Tensor, exponent: Operand) -> Tensor:
    """In-place version of :func:`float_power`, of a float64 tensor alone."""
    if input.array.dtype != F64:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {input.dtype} but the operation's result requires dtype Double"
        )
    return _float_power_(input, exponent)


@op(promote="float")
def ldexp(input: Tensor, other: Tensor) -> Array:
    """Multiplication by a power of 2, elementwise.

    Math    z = input 2^other        d_input = g 2^other, d_other = g z ln 2
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> x.ldexp(minigrad.tensor([2, -1])).sum().backward(); x.grad
    tensor([4.0000, 0.5000])
    """
    return input * np.exp2(other)


@op(promote="tensors")
def logaddexp2(input: Tensor, other: Tensor) -> Array:
    """Logarithm to base 2 of a sum of powers of 2, elementwise, without overflow.

    Math    z = log2(2^input + 2^other)
            d_input = g / (1 + 2^(other - input)), d_other = g / (1 + 2^(input - other))
    Shapes  input and other broadcast
    Raises  NotImplementedError for integers; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([0., 5000.], requires_grad=True)
    >>> x.logaddexp2(minigrad.tensor([0., 0.])).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    floats_only("logaddexp2", input)
    return np.logaddexp2(input, other)


defgrad(ldexp, input=lambda g, other: g * exp2(other), other=lambda g, out: g * out * LN2)

defgrad(
    logaddexp2,
    input=lambda g, input, other: g / (1 + exp2(other - input)),
    other=lambda g, input, other: g / (1 + exp2(input - other)),
)

# ---- divisors ----


def _whole(name: str, x: Any, y: Any) -> None:
    if x.dtype.kind not in "iu":
        np.broadcast_shapes(np.shape(x), np.shape(y))  # sizes that do not fit are refused first
        raise unsupported(name, x, "it takes integers")


@op(promote="tensors")
def gcd(input: Tensor, other: Tensor) -> Array:
    """Greatest common divisor of integers, elementwise.

    Math    z = max {d : d divides input and other}; no gradient
    Shapes  input and other broadcast
    Raises  NotImplementedError for floats, or if both are bools.

    >>> minigrad.tensor([12, 7]).gcd(minigrad.tensor([18, 7]))
    tensor([6, 7])
    """
    _whole("gcd", input, other)
    return np.gcd(input, other)


@op(promote="tensors")
def lcm(input: Tensor, other: Tensor) -> Array:
    """Least common multiple of integers, elementwise.

    Math    z = |input other| / gcd(input, other); no gradient
    Shapes  input and other broadcast
    Raises  NotImplementedError for floats, or if both are bools.

    >>> minigrad.tensor([4, 7]).lcm(minigrad.tensor([6, 7]))
    tensor([12,  7])
    """
    _whole("lcm", input, other)
    return np.lcm(input, other)
