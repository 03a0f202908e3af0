"""Elementwise functions: exponentials, logarithms, trigonometric and hyperbolic functions.

The gradient of y = f(x) is g f'(x), number by number. A rule names ``x`` or ``out``, whichever gives the simpler f'
(the derivatives of exp and tanh are functions of their value, those of log and sin are not): what it names is what
memory must hold.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...core.roles import roles
from ...core.variable import Variable
from ...types import Tensor

# ---- what rules are made of ----


@op(label="ToCopyBackward0", narrow=True)
def to_dtype(x: Array, dtype: Array) -> Array:
    return x.astype(dtype)


defgrad(to_dtype, x=lambda g, x_dtype: to_dtype(g, x_dtype))
roles.cast = to_dtype


@op(narrow=True)
def zeros_like(input: Tensor) -> Array:
    """Zeros shaped like ``g``: the gradient of a step function, whatever arrives."""
    return np.zeros_like(input)


_BITS = {2: np.int16, 4: np.int32, 8: np.int64}


@op(label="WhereBackward0", narrow=True)
def masked(g: Array, mask: Array) -> Array:
    """``g`` where the mask is True, else exactly 0: unlike ``g * mask`` also where g is inf or nan.

    Ten times faster than np.where: True becomes an integer whose bits are all 1, False one whose bits are all 0, and
    the result is the bitwise and of g and that integer.
    """
    words = _BITS[g.dtype.itemsize]
    return np.bitwise_and(g.view(words), np.negative(mask.view(np.int8))).view(g.dtype)


defgrad(masked, g=lambda h, mask: masked(h, mask))


@op(label="ViewBackward0")
def only(view: Array, mask: Array) -> Array:
    """The same view, whose gradient is 0 where the mask is False."""
    return view


defgrad(only, view=lambda g, mask: masked(g, mask))

roles.only = only


def steps(g: Array, x: Array) -> Array:
    """The gradient ``g`` of ``x``, which depends on x by comparisons only: on Tensors it requires a gradient as x does,
    and its derivative with respect to x is zero."""
    return record(steps)(g, x) if isinstance(g, Variable) else g


@op(of=steps, label="StepsBackward0")
def _(g: Array, x: Array) -> Array:
    return g


defgrad(steps, g=lambda h: h, x=lambda h: zeros_like(h))


def underived(message: str, error: type[Exception] = RuntimeError) -> Any:
    """The rule of an op whose result requires a gradient but has none to give: it raises."""

    def refuse(g: Array) -> NoReturn:
        raise error(message)

    return refuse


# ---- exponentials and logarithms ----

LN2, LN10 = math.log(2), math.log(10)


@op(ufunc=np.exp, promote="float")
def exp(input: Tensor) -> Array:
    """Exponential, elementwise: its own derivative.

    Math    y = e^input        d_input = g y
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.exp().sum().backward(); x.grad
    tensor([1.0000, 2.7183])
    """
    return np.exp(input)


defgrad(exp, input=lambda g, out: g * out)


@op(ufunc=np.exp2, promote="float")
def exp2(input: Tensor) -> Array:
    """Power of 2, elementwise.

    Math    y = 2^input        d_input = g y ln 2
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.exp2().sum().backward(); x.grad
    tensor([0.6931, 1.3863])
    """
    return np.exp2(input)


defgrad(exp2, input=lambda g, out: g * out * LN2)


@op(ufunc=np.expm1, promote="float")
def expm1(input: Tensor) -> Array:
    """Exponential minus 1, elementwise, accurate near input = 0.

    Math    y = e^input - 1        d_input = g (y + 1)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.expm1().sum().backward(); x.grad
    tensor([1.0000, 2.7183])
    """
    return np.expm1(input)


defgrad(expm1, input=lambda g, out: g * (out + 1))


@op(ufunc=np.log, promote="float")
def log(input: Tensor) -> Array:
    """Natural logarithm, elementwise.

    Math    y = ln input        d_input = g / input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1., 4.], requires_grad=True)
    >>> x.log().sum().backward(); x.grad
    tensor([1.0000, 0.2500])
    """
    return np.log(input)


defgrad(log, input=lambda g, input: g / input)


@op(ufunc=np.log2, promote="float")
def log2(input: Tensor) -> Array:
    """Logarithm to base 2, elementwise.

    Math    y = log2 input        d_input = g / (input ln 2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1., 4.], requires_grad=True)
    >>> x.log2().sum().backward(); x.grad
    tensor([1.4427, 0.3607])
    """
    return np.log2(input)


defgrad(log2, input=lambda g, input: g / (input * LN2))


@op(ufunc=np.log10, promote="float")
def log10(input: Tensor) -> Array:
    """Logarithm to base 10, elementwise.

    Math    y = log10 input        d_input = g / (input ln 10)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1., 10.], requires_grad=True)
    >>> x.log10().sum().backward(); x.grad
    tensor([0.4343, 0.0434])
    """
    return np.log10(input)


defgrad(log10, input=lambda g, input: g / (input * LN10))


@op(ufunc=np.log1p, promote="float", label="Log1PBackward0")
def log1p(input: Tensor) -> Array:
    """Logarithm of 1 + input, elementwise, accurate near input = 0.

    Math    y = ln(1 + input)        d_input = g / (1 + input)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.log1p().sum().backward(); x.grad
    tensor([1.0000, 0.5000])
    """
    return np.log1p(input)


defgrad(log1p, input=lambda g, input: g / (input + 1))


@op(promote="float")
def sigmoid(input: Tensor) -> Array:
    """Logistic sigmoid, elementwise: log-odds to probability.

    Math    y = 1 / (1 + e^-input)        d_input = g y (1 - y)
            The derivative is at most 1/4: why gradients vanish through many of them.
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 2.], requires_grad=True)
    >>> x.sigmoid().sum().backward(); x.grad
    tensor([0.2500, 0.1050])
    """
    y = np.negative(input)
    y = np.exp(y, out=y) if input.ndim else np.exp(y)
    y += 1
    return np.divide(1, y, out=y) if input.ndim else 1 / y


defgrad(sigmoid, input=lambda g, out: g * (1 - out) * out)


# ---- roots ----


@op(ufunc=np.sqrt, promote="float")
def sqrt(input: Tensor) -> Array:
    """Square root, elementwise; its derivative at 0 is infinite.

    Math    y = input^(1/2)        d_input = g / (2 y)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1., 4.], requires_grad=True)
    >>> x.sqrt().sum().backward(); x.grad
    tensor([0.5000, 0.2500])
    """
    return np.sqrt(input)


defgrad(sqrt, input=lambda g, out: g / (2 * out))


@op(promote="float")
def rsqrt(input: Tensor) -> Array:
    """Reciprocal square root, elementwise.

    Math    y = 1 / sqrt(input)        d_input = -g y^3 / 2
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1., 4.], requires_grad=True)
    >>> x.rsqrt().sum().backward(); x.grad
    tensor([-0.5000, -0.0625])
    """
    return 1 / np.sqrt(input)


defgrad(rsqrt, input=lambda g, out: -0.5 * g * out**3)


@op(ufunc=np.reciprocal, promote="float")
def reciprocal(input: Tensor) -> Array:
    """Reciprocal, elementwise.

    Math    y = 1 / input        d_input = -g y^2
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.reciprocal().sum().backward(); x.grad
    tensor([-1.0000, -0.2500])
    """
    return np.reciprocal(input)


defgrad(reciprocal, input=lambda g, out: -g * out * out)


# ---- circles ----


@op(ufunc=np.sin, promote="float")
def sin(input: Tensor) -> Array:
    """Sine of an angle in radians, elementwise.

    Math    y = sin input        d_input = g cos input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 3.14159265], requires_grad=True)
    >>> x.sin().sum().backward(); x.grad
    tensor([ 1., -1.])
    """
    return np.sin(input)


@op(ufunc=np.cos, promote="float")
def cos(input: Tensor) -> Array:
    """Cosine of an angle in radians, elementwise.

    Math    y = cos input        d_input = -g sin input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0.5, 1.57079633], requires_grad=True)
    >>> x.cos().sum().backward(); x.grad
    tensor([-0.4794, -1.0000])
    """
    return np.cos(input)


defgrad(sin, input=lambda g, input: g * cos(input))

defgrad(cos, input=lambda g, input: -g * sin(input))


@op(ufunc=np.tan, promote="float")
def tan(input: Tensor) -> Array:
    """Tangent of an angle in radians, elementwise.

    Math    y = tan input        d_input = g (1 + y^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 0.78539816], requires_grad=True)
    >>> x.tan().sum().backward(); x.grad
    tensor([1., 2.])
    """
    return np.tan(input)


defgrad(tan, input=lambda g, out: g * (out * out + 1))


@op(ufunc=np.arcsin, promote="float")
def asin(input: Tensor) -> Array:
    """Arc sine, elementwise: the angle whose sine is input, for input in [-1, 1].

    Math    y = arcsin input        d_input = g / sqrt(1 - input^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 0.6], requires_grad=True)
    >>> x.asin().sum().backward(); x.grad
    tensor([1.0000, 1.2500])
    """
    return np.arcsin(input)


defgrad(asin, input=lambda g, input: g * rsqrt(1 - input * input))


@op(ufunc=np.arccos, promote="float")
def acos(input: Tensor) -> Array:
    """Arc cosine, elementwise: the angle whose cosine is input, for input in [-1, 1].

    Math    y = arccos input        d_input = -g / sqrt(1 - input^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 0.6], requires_grad=True)
    >>> x.acos().sum().backward(); x.grad
    tensor([-1.0000, -1.2500])
    """
    return np.arccos(input)


defgrad(acos, input=lambda g, input: -g * rsqrt(1 - input * input))


@op(ufunc=np.arctan, promote="float")
def atan(input: Tensor) -> Array:
    """Arc tangent, elementwise: the angle whose tangent is input.

    Math    y = arctan input        d_input = g / (1 + input^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.atan().sum().backward(); x.grad
    tensor([1.0000, 0.5000])
    """
    return np.arctan(input)


defgrad(atan, input=lambda g, input: g / (input * input + 1))


@op(ufunc=np.arctan2, promote="float")
def atan2(input: Tensor, other: Tensor) -> Array:
    """Arc tangent of input / other, elementwise, in all four quadrants: the angle of the point (other, input).

    Math    z = the angle with tan z = input / other
            d_input = g other / (input^2 + other^2), d_other = -g input / (input^2 + other^2), both 0 at the origin
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 0.], requires_grad=True)
    >>> x.atan2(minigrad.tensor([1., 2.])).sum().backward(); x.grad
    tensor([0.5000, 0.5000])
    """
    return np.arctan2(input, other)


def _one_by_square(y: Array, x: Array) -> Array:
    square = x * x + y * y
    return masked(1 / square, square != 0)


defgrad(
    atan2,
    input=lambda g, input, other: g * other * _one_by_square(input, other),
    other=lambda g, input, other: g * -input * _one_by_square(input, other),
)


# ---- hyperbolas ----


@op(ufunc=np.sinh, promote="float")
def sinh(input: Tensor) -> Array:
    """Hyperbolic sine, elementwise.

    Math    y = (e^input - e^-input) / 2        d_input = g cosh input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.sinh().sum().backward(); x.grad
    tensor([1.0000, 1.5431])
    """
    return np.sinh(input)


@op(ufunc=np.cosh, promote="float")
def cosh(input: Tensor) -> Array:
    """Hyperbolic cosine, elementwise.

    Math    y = (e^input + e^-input) / 2        d_input = g sinh input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.cosh().sum().backward(); x.grad
    tensor([0.0000, 1.1752])
    """
    return np.cosh(input)


defgrad(sinh, input=lambda g, input: g * cosh(input))

defgrad(cosh, input=lambda g, input: g * sinh(input))


@op(ufunc=np.tanh, promote="float")
def tanh(input: Tensor) -> Array:
    """Hyperbolic tangent, elementwise: a sigmoid stretched to (-1, 1).

    Math    y = (e^input - e^-input) / (e^input + e^-input)        d_input = g (1 - y^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 2.], requires_grad=True)
    >>> x.tanh().sum().backward(); x.grad
    tensor([1.0000, 0.0707])
    """
    return np.tanh(input)


defgrad(tanh, input=lambda g, out: g * (1 - out * out))


@op(ufunc=np.arcsinh, promote="float")
def asinh(input: Tensor) -> Array:
    """Inverse hyperbolic sine, elementwise.

    Math    y with sinh y = input        d_input = g / sqrt(input^2 + 1)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 0.75], requires_grad=True)
    >>> x.asinh().sum().backward(); x.grad
    tensor([1.0000, 0.8000])
    """
    return np.arcsinh(input)


defgrad(asinh, input=lambda g, input: g * rsqrt(input * input + 1))


@op(ufunc=np.arccosh, promote="float")
def acosh(input: Tensor) -> Array:
    """Inverse hyperbolic cosine, elementwise, for input >= 1.

    Math    y >= 0 with cosh y = input        d_input = g / sqrt(input^2 - 1)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1.25, 2.], requires_grad=True)
    >>> x.acosh().sum().backward(); x.grad
    tensor([1.3333, 0.5774])
    """
    return np.arccosh(input)


defgrad(acosh, input=lambda g, input: g * rsqrt(input * input - 1))


@op(ufunc=np.arctanh, promote="float")
def atanh(input: Tensor) -> Array:
    """Inverse hyperbolic tangent, elementwise, for input in (-1, 1).

    Math    y with tanh y = input        d_input = g / (1 - input^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., 0.5], requires_grad=True)
    >>> x.atanh().sum().backward(); x.grad
    tensor([1.0000, 1.3333])
    """
    return np.arctanh(input)


defgrad(atanh, input=lambda g, input: g / (1 - input * input))
