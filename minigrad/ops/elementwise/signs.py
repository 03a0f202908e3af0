"""Signs, hypotenuses and angles; greatest common divisors; and other functions of two numbers, such as nextafter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.dtype import F64, Array
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import Operand, Tensor
from ..checks import floats_only, unsupported
from .arithmetic import pow
from .piecewise import _to_winner
from .transcendental import LN2, cos, exp2, masked, sin, to_dtype, underived, zeros_like

# ---- signs ----


@op(promote="number")
def sgn(input: Array) -> Array:
    """The sign of input: -1, 0 or 1.

    Math    d_input = 0
    """
    return input.copy() if input.dtype == bool else np.subtract(input > 0, input < 0, dtype=input.dtype)


defgrad(sgn, input=lambda g: zeros_like(g))


@op(promote="number", narrow=True)
def signbit(input: Array) -> Array:
    """Where input is negative, -0 included."""
    return np.signbit(input) if input.dtype.kind == "f" else input < 0


@op(ufunc=np.copysign, promote="float", label="CopysignBackward1")
def copysign_number(x: Array, y: Any) -> Array:
    return np.copysign(x, y)


defgrad(copysign_number, x=lambda g, x, out: g * masked(out / x, x != 0))


def copysign(input: Tensor, other: Any) -> Tensor:
    """The size of input with the sign of other.

    Math    z = |input| sign(other)        d_input = g where the sign stays, -g where it turns, 0 at 0; d_other = 0
    """
    return record(copysign)(input, other) if isinstance(other, Variable) else copysign_number(input, other)


@op(of=copysign, ufunc=np.copysign, promote="float")
def _(input: Array, other: Array) -> Array:
    return np.copysign(input, other)


defgrad(copysign, input=lambda g, input, out: g * masked(out / input, input != 0), other=lambda g: zeros_like(g))


_no_step = underived("derivative for aten::heaviside is not implemented")


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """The step: 0 below zero, 1 above, ``values`` at zero. It has no gradient, and backward through it is refused.

    Raises  RuntimeError if the types differ.
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
def isposinf(input: Array) -> Array:
    """Where input is +infinity."""
    return input == np.inf


@op(promote="number", narrow=True)
def isneginf(input: Array) -> Array:
    """Where input is -infinity."""
    return input == -np.inf


@op(promote="number", narrow=True)
def isreal(input: Array) -> Array:
    """True everywhere: there are no complex numbers."""
    return np.ones(input.shape, bool)


# ---- lengths and angles ----


def hypot(input: Tensor, other: Operand) -> Tensor:
    """The length of the vector (input, other).

    Math    z = sqrt(input^2 + other^2)        d_input = g input / z, d_other = g other / z

    >>> minigrad.hypot(minigrad.tensor([3.]), minigrad.tensor([4.]))
    tensor([5.])
    """
    return record(hypot)(input, other)


@op(of=hypot, promote="number")
def _(input: Array, other: Array) -> Array:
    floats_only("hypot", input)
    return np.hypot(input, other)


defgrad(hypot, input=lambda g, input, out: g * (input / out), other=lambda g, other, out: g * (other / out))


@op(promote="float", label="Deg2RadBackward0")
def deg2rad(input: Array) -> Array:
    """Degrees into radians: input pi / 180.

    Math    d_input = g pi / 180
    """
    return input * input.dtype.type(math.pi / 180)


@op(promote="float", label="Rad2DegBackward0")
def rad2deg(input: Array) -> Array:
    """Radians into degrees: 180 input / pi.

    Math    d_input = 180 g / pi
    """
    return input * input.dtype.type(180 / math.pi)


@op(promote="float")
def angle(input: Array) -> Array:
    """The angle of a real number: 0, or pi if it is negative.

    Math    d_input = 0
    """
    return np.where(np.isnan(input), input, np.where(input < 0, input.dtype.type(math.pi), input.dtype.type(0)))


@op(promote="float")
def sinc(input: Array) -> Array:
    """Normalised sinc, 1 at 0.

    Math    y = sin(pi input) / (pi input)        d_input = g (cos(pi input) - y) / input
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
def fmax(input: Array, other: Array) -> Array:
    """The larger of two; where one is nan, the other.  The larger one gets g, both get half where they tie."""
    return np.fmax(input, other)


@op(ufunc=np.fmin, promote="tensors")
def fmin(input: Array, other: Array) -> Array:
    """The smaller of two; where one is nan, the other.  The smaller one gets g, both get half where they tie."""
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
    """``pow`` in float64, whatever the types."""
    exact: list[Any] = [
        to_dtype(v, F64) if isinstance(v, Variable) and v.array.dtype != F64 else v for v in (input, exponent)
    ]
    return pow(*exact)


@op(promote="float")
def ldexp(input: Array, other: Array) -> Array:
    """Multiplies by a power of 2.

    Math    z = input 2^other        d_input = g 2^other, d_other = g z ln 2
    """
    return input * np.exp2(other)


@op(promote="tensors")
def logaddexp2(input: Array, other: Array) -> Array:
    """log2(2^input + 2^other), without overflow.

    Math    d_input = g / (1 + 2^(other - input)), d_other = g - d_input
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
def gcd(input: Array, other: Array) -> Array:
    """The greatest common divisor of integers."""
    _whole("gcd", input, other)
    return np.gcd(input, other)


@op(promote="tensors")
def lcm(input: Array, other: Array) -> Array:
    """The least common multiple of integers."""
    _whole("lcm", input, other)
    return np.lcm(input, other)
