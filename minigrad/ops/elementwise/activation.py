"""Activation functions that are piecewise linear: relu and its variants.

Without a nonlinear activation between them, two linear layers would be one linear layer. The smooth ones
are in ``smooth.py``. Where two pieces meet there is no derivative; the subgradient taken there is torch's choice.
"""

from __future__ import annotations

import math

import numpy as np

from ...core.dtype import A, Array
from ...core.graph import mode
from ...core.inplace import inplace
from ...core.op import defgrad, op
from ..checks import fitted, floats_only, unsupported
from ..shape.views import reshape
from .piecewise import where
from .transcendental import keep, steps

# ---- two linear pieces ----


@op(promote="number")
def relu(input: A) -> A:
    """The rectifier: negative numbers become zero.

    Math    y = max(x, 0)        dx = g where x > 0, else 0 (at x = 0 too)
    Source  Nair and Hinton, Rectified linear units improve restricted Boltzmann machines (2010)

    >>> x = minigrad.tensor([-1., 0., 2.], requires_grad=True)
    >>> x.relu().sum().backward(); x.grad
    tensor([0., 0., 1.])
    """
    if input.dtype.kind == "b":
        raise unsupported("relu", input, "a bool tensor has no negative values")
    return np.maximum(input, 0)


defgrad(relu, input=lambda g, out: steps(keep(g, out != 0), out))

relu_ = inplace(relu)


@op(promote="number", operands=1, name="leaky_relu")
def _leaky_relu(x: Array, slope: float) -> Array:
    floats_only("leaky_relu", x)
    return np.where(x > 0, x, x * slope)


defgrad(_leaky_relu, x=lambda g, x, slope: steps(where(x > 0, g, g * slope), x))

_leaky_relu_ = inplace(_leaky_relu)


def leaky_relu(input: Array, negative_slope: float = 0.01, inplace: bool = False) -> Array:
    """A rectifier that lets a little of the negative through, so that no unit dies.

    Math    y = x where x > 0, else s x        dx = g where x > 0, else s g
    """
    if not inplace:
        return _leaky_relu(input, negative_slope)
    y = _leaky_relu_(input, negative_slope)
    return y if negative_slope >= 0 else one_way(y, "leakyReLu")


def one_way(y: Array, name: str) -> Array:
    """What was written over x, where the sign of y does not tell that of x any more: refuse the way back."""

    def refuse(g: Array) -> None:
        raise RuntimeError(
            f"In-place {name} backward calculation is triggered with a negative slope which is not supported. "
            "The signs of the input are lost once it is overwritten: use the out-of-place form"
        )

    if y.requires_grad and mode.grad:
        y.register_hook(refuse)
    return y


def leaky_relu_(input: Array, negative_slope: float = 0.01) -> Array:
    """In-place version of :func:`leaky_relu`."""
    return leaky_relu(input, negative_slope, inplace=True)


@op(promote="number")
def prelu_kernel(x: Array, weight: Array) -> Array:
    return np.where(x > 0, x, weight * x)


defgrad(
    prelu_kernel,
    x=lambda g, x, weight: steps(where(x > 0, g, weight * g), x),
    weight=lambda g, x: keep(x * g, ~(x >= 0)),
)


def prelu(input: Array, weight: Array) -> Array:
    """Parametric relu: leaky relu whose negative slope is a learnt weight, one for all channels or one for each.

    Math    y = x where x > 0, else w x        dx = g or w g; dw = sum of g x where x <= 0
    Shapes  x (N, C, ...); w (1,) or (C,)
    Raises  RuntimeError if w has neither one number nor one for each channel.
    Source  He et al., Delving deep into rectifiers (2015)
    """
    ndim, count = input.ndim, math.prod(weight.shape)
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    channels = input.shape[1] if ndim > 1 else 1
    if weight.ndim and count != 1 and (ndim == 0 or count != channels):
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            f"{count} and channel size = {channels}."
        )
    return prelu_kernel(input, reshape(weight, (1, count) + (1,) * (ndim - 2) if ndim > 1 else (1,) * ndim))


@op(promote="number", operands=1, name="threshold")
def _threshold(x: Array, limit: float, value: float) -> Array:
    return np.where(x <= limit, x.dtype.type(value), x)


defgrad(_threshold, x=lambda g, x, limit: steps(keep(g, ~(x <= limit)), x))

_threshold_ = inplace(_threshold)


def threshold(input: Array, threshold: float, value: float, inplace: bool = False) -> Array:
    """x where it exceeds the threshold, else a fixed value.  dx = g where x > threshold, else 0"""
    return (_threshold_ if inplace else _threshold)(input, threshold, value)


def threshold_(input: Array, threshold: float, value: float) -> Array:
    """In-place version of :func:`threshold`."""
    return _threshold_(input, threshold, value)


# ---- flat outside an interval ----


@op(promote="number", operands=1, name="hardtanh")
def _hardtanh(x: Array, low: float, high: float) -> Array:
    if x.dtype.kind == "b":
        raise unsupported("hardtanh", x, "convert it with .float()")
    if x.dtype.kind == "u" and low < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits; convert it with .int()")
    return np.clip(x, fitted(low, x.dtype), fitted(high, x.dtype))


defgrad(_hardtanh, x=lambda g, x, low, high: steps(keep(g, (x > low) & (x < high)), x))

_hardtanh_ = inplace(_hardtanh)


def hardtanh(input: Array, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Array:
    """x, kept within an interval.

    Math    y = min(max(x, low), high)        dx = g where low < x < high, else 0 (at the ends too, unlike clamp)
    """
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val: {min_val} > {max_val}")
    return (_hardtanh_ if inplace else _hardtanh)(input, min_val, max_val)


def hardtanh_(input: Array, min_val: float = -1.0, max_val: float = 1.0) -> Array:
    """In-place version of :func:`hardtanh`."""
    return hardtanh(input, min_val, max_val, inplace=True)


def relu6(input: Array, inplace: bool = False) -> Array:
    """A rectifier that saturates at 6: ``hardtanh`` from 0 to 6."""
    return hardtanh(input, 0.0, 6.0, inplace)


@op(promote="number", name="hardsigmoid")
def _hardsigmoid(x: Array) -> Array:
    floats_only("hardsigmoid", x)
    return np.clip(x + 3, 0, 6) / 6


defgrad(_hardsigmoid, x=lambda g, x: steps(keep(g / 6, (x > -3) & (x < 3)), x))

_hardsigmoid_ = inplace(_hardsigmoid)


def hardsigmoid(input: Array, inplace: bool = False) -> Array:
    """A sigmoid of straight lines: 0 up to -3, 1 from 3 on.  dx = g / 6 where -3 < x < 3, else 0"""
    return (_hardsigmoid_ if inplace else _hardsigmoid)(input)


@op(promote="number", name="hardswish")
def _hardswish(x: Array) -> Array:
    floats_only("hardswish", x)
    return x * np.clip(x + 3, 0, 6) / 6


defgrad(_hardswish, x=lambda g, x: keep(where(x < 3, g * (x / 3 + 0.5), g), ~(x <= -3)))

_hardswish_ = inplace(_hardswish)


def hardswish(input: Array, inplace: bool = False) -> Array:
    """x hardsigmoid(x), a cheap silu.

    Math    dx = 0 up to -3, g (x/3 + 1/2) between, g from 3 on
    Source  Howard et al., Searching for MobileNetV3 (2019)
    """
    return (_hardswish_ if inplace else _hardswish)(input)


# ---- flat inside an interval ----


@op(promote="number", operands=1, name="hardshrink")
def _hardshrink(x: Array, lambd: float) -> Array:
    floats_only("hardshrink", x)
    return np.where((x >= -lambd) & (x <= lambd), x.dtype.type(0), x)


@op(promote="number", operands=1, name="softshrink")
def _softshrink(x: Array, lambd: float) -> Array:
    floats_only("softshrink", x)
    return x - np.clip(x, -lambd, lambd)


defgrad(_hardshrink, x=lambda g, x, lambd: steps(keep(g, (x < -lambd) | (x > lambd)), x))
defgrad(_softshrink, x=lambda g, x, lambd: steps(keep(g, (x < -lambd) | (x > lambd)), x))


def hardshrink(input: Array, lambd: float = 0.5) -> Array:
    """x, but 0 within [-lambda, lambda].  dx = g outside, else 0"""
    return _hardshrink(input, lambd)


def softshrink(input: Array, lambd: float = 0.5) -> Array:
    """x moved towards 0 by lambda, and 0 where it would cross.  dx = g outside [-lambda, lambda], else 0

    Raises  RuntimeError if lambda is negative.
    """
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return _softshrink(input, lambd)
