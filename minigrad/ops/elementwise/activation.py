"""Activation functions that are piecewise linear: relu and its variants.

Without a nonlinear activation between them, two linear layers would be one linear layer. The smooth ones
are in ``smooth.py``. Where two pieces meet there is no derivative; the subgradient taken there is torch's choice.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.dtype import BOOL, Array
from ...core.inplace import inplace
from ...core.observe import mode
from ...core.op import defgrad, op, record
from ...types import Tensor
from ..checks import fitted, floats_only, looks_first, no_bool, unsupported
from ..shape.views import reshape
from .piecewise import where
from .transcendental import masked, steps, zeros_like

# ---- two linear pieces ----


@op(promote="number")
def relu(input: Tensor) -> Array:
    """Rectified linear unit, elementwise: negative numbers become 0.

    Math    y = max(input, 0)        d_input = g where input > 0, else 0 (at 0 too)
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Nair & Hinton, Rectified linear units improve restricted Boltzmann machines (2010)

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.functional.relu(x).sum().backward(); x.grad
    tensor([0., 1.])
    """
    if input.dtype == BOOL:
        raise unsupported("relu", input, "a bool tensor has no negative values")
    return np.maximum(input, 0)


defgrad(relu, input=lambda g, out: steps(masked(g, out != 0), out))

relu_ = inplace(relu)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Leaky rectified linear unit, elementwise: negative numbers are scaled instead of set to 0.

    Math    y = input where input > 0, else negative_slope input
            d_input = g where input > 0, else negative_slope g
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Maas et al., Rectifier nonlinearities improve neural network acoustic models (2013)

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.functional.leaky_relu(x, 0.1).sum().backward(); x.grad
    tensor([0.1000, 1.0000])
    """
    if not inplace:
        return record(leaky_relu)(input, negative_slope)
    y = _leaky_relu_(input, negative_slope)
    return y if negative_slope >= 0 else one_way(y, "leakyReLu")


@op(of=leaky_relu, promote="number", operands=1)
def _(input: Array, slope: float) -> Array:
    floats_only("leaky_relu", input)
    return np.where(input > 0, input, input * slope)


defgrad(leaky_relu, input=lambda g, input, slope: steps(where(input > 0, g, g * slope), input))

_leaky_relu_ = inplace(record(leaky_relu))


def one_way(y: Array, name: str) -> Array:
    """The result of an op in place, where the sign of y no longer tells that of the input: refuse the way back."""

    def refuse(g: Array) -> None:
        raise RuntimeError(
            f"In-place {name} backward calculation is triggered with a negative slope which is not supported. "
            "The signs of the input are lost once it is overwritten: use the out-of-place form"
        )

    if y.requires_grad and mode.grad:
        y.register_hook(refuse)
    return y


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """In-place version of :func:`leaky_relu`."""
    return leaky_relu(input, negative_slope, inplace=True)


@op(promote="number")
def prelu_kernel(x: Array, weight: Array) -> Array:
    return np.where(x > 0, x, weight * x)


@op(promote="number")
def prelu_grad_x(g: Array, x: Array, weight: Array) -> Array:
    return np.where(x > 0, g, weight * g)


defgrad(prelu_kernel, x=lambda g, x, weight: prelu_grad_x(g, x, weight), weight=lambda g, x: g * masked(x, ~(x >= 0)))

defgrad(  # at 0 as if x were positive
    prelu_grad_x,
    g=lambda h, x, weight: where(x >= 0, h, h * weight),
    x=lambda h: zeros_like(h),
    weight=lambda h, g, x: masked(h * g, ~(x >= 0)),
)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Parametric rectified linear unit: leaky relu with a learnt negative slope, one for all channels or one for each.

    Math    y = input where input > 0, else weight input
            d_input = g where input > 0, else weight g;    d_weight = sum of g input where input <= 0
    Shapes  input (N, C, *), weight (1) or (C) -> (N, C, *)
    Raises  RuntimeError if the weight has neither one number nor one for each channel.
    Source  He et al., Delving deep into rectifiers (2015), https://arxiv.org/abs/1502.01852

    >>> weight = minigrad.tensor([0.25], requires_grad=True)
    >>> minigrad.nn.functional.prelu(minigrad.tensor([-1., 2.]), weight).sum().backward(); weight.grad
    tensor([-1.])
    """
    ndim, count = input.ndim, math.prod(weight.shape)
    if input.dtype != weight.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {input.dtype} and {weight.dtype}: give both one type with .to()"
        )
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    channels = input.shape[1] if ndim > 1 else 1
    if weight.ndim and count != 1 and (ndim == 0 or count != channels):
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            f"{count} and channel size = {channels}."
        )
    floats_only("prelu", input.array)
    return prelu_kernel(input, reshape(weight, (1, count) + (1,) * (ndim - 2) if ndim > 1 else (1,) * ndim))


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Threshold, elementwise: numbers up to a threshold are replaced by a value.

    Math    y = input where input > threshold, else value        d_input = g where input > threshold, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.

    >>> x = minigrad.tensor([0.2, 2.], requires_grad=True)
    >>> minigrad.nn.functional.threshold(x, 0.5, -1.).sum().backward(); x.grad
    tensor([0., 1.])
    """
    return (_threshold_ if inplace else _threshold)(input, threshold, value)


@op(of=threshold, promote="number", operands=1)
def _(input: Array, limit: float, value: float) -> Array:
    no_bool("threshold", input)
    return np.where(input <= limit, input.dtype.type(value), input)


defgrad(threshold, input=lambda g, input, limit: steps(masked(g, ~(input <= limit)), input))

_threshold = record(threshold)  # in the function itself that name is an argument
_threshold_ = inplace(_threshold)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """In-place version of :func:`threshold`."""
    return _threshold_(input, threshold, value)


# ---- flat outside an interval ----


def _ordered(min_val: float = -1.0, max_val: float = 1.0, **_: Any) -> None:
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val: {min_val} > {max_val}")


@looks_first(_ordered)
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Hard tanh, elementwise: clamps to [min_val, max_val].

    Math    y = min(max(input, min_val), max_val)        d_input = g where min_val < input < max_val, else 0
            (at the ends too, unlike ``clamp``)
    Shapes  input (*) -> (*)
    Raises  ValueError if min_val > max_val.

    >>> x = minigrad.tensor([-2., 0.5], requires_grad=True)
    >>> minigrad.nn.functional.hardtanh(x).sum().backward(); x.grad
    tensor([0., 1.])
    """
    _ordered(min_val, max_val)
    return (_hardtanh_ if inplace else record(hardtanh))(input, min_val, max_val)


@op(of=hardtanh, promote="number", operands=1)
def _(input: Array, low: float, high: float) -> Array:
    if input.dtype.kind == "b":
        raise unsupported("hardtanh", input, "convert it with .float()")
    if input.dtype.kind == "u" and low < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits; convert it with .int()")
    return np.clip(input, fitted(low, input.dtype), fitted(high, input.dtype))


defgrad(hardtanh, input=lambda g, input, low, high: steps(masked(g, ~((input <= low) | (input >= high))), input))

_hardtanh_ = inplace(record(hardtanh))


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """In-place version of :func:`hardtanh`."""
    return _hardtanh_(input, min_val, max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Rectified linear unit with a ceiling at 6, elementwise.

    Math    y = min(max(input, 0), 6)        d_input = g where 0 < input < 6, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Howard et al., MobileNets (2017), https://arxiv.org/abs/1704.04861

    >>> x = minigrad.tensor([-1., 2., 7.], requires_grad=True)
    >>> minigrad.nn.functional.relu6(x).sum().backward(); x.grad
    tensor([0., 1., 0.])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Piecewise linear approximation of the sigmoid, elementwise.

    Math    y = min(max(input + 3, 0), 6) / 6        d_input = g / 6 where -3 < input < 3, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Howard et al., Searching for MobileNetV3 (2019), https://arxiv.org/abs/1905.02244

    >>> x = minigrad.tensor([-4., 0.], requires_grad=True)
    >>> minigrad.nn.functional.hardsigmoid(x).sum().backward(); x.grad
    tensor([0.0000, 0.1667])
    """
    return (_hardsigmoid_ if inplace else record(hardsigmoid))(input)


@op(of=hardsigmoid, promote="number")
def _(input: Array) -> Array:
    floats_only("hardsigmoid", input)
    return np.clip(input + 3, 0, 6) / 6


defgrad(hardsigmoid, input=lambda g, input: steps(masked(g / 6, (input > -3) & (input < 3)), input))

_hardsigmoid_ = inplace(record(hardsigmoid))


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """Piecewise approximation of SiLU, elementwise: the input times its hard sigmoid.

    Math    y = input min(max(input + 3, 0), 6) / 6
            d_input = 0 below -3, g (2 input + 3) / 6 up to 3, g above
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Howard et al., Searching for MobileNetV3 (2019), https://arxiv.org/abs/1905.02244

    >>> x = minigrad.tensor([-4., 0., 4.], requires_grad=True)
    >>> minigrad.nn.functional.hardswish(x).sum().backward(); x.grad
    tensor([0.0000, 0.5000, 1.0000])
    """
    return (_hardswish_ if inplace else record(hardswish))(input)


@op(of=hardswish, promote="number")
def _(input: Array) -> Array:
    floats_only("hardswish", input)
    return input * np.clip(input + 3, 0, 6) / 6


defgrad(
    hardswish, input=lambda g, input: masked(g * where((input > -3) & (input < 3), input / 3 + 0.5, 1), ~(input <= -3))
)

_hardswish_ = inplace(record(hardswish))


# ---- flat inside an interval ----


def _in_type_of(x: Tensor, number: float) -> float:
    """The number as float16 or float32 has it, if that is the type of x."""
    kind = x.array.dtype
    return float(kind.type(number)) if kind.kind == "f" else number


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Hard shrinkage, elementwise: numbers within [-lambd, lambd] become 0, others stay.

    Math    y = input where |input| > lambd, else 0        d_input = g where |input| > lambd, else 0
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0.2, 2.], requires_grad=True)
    >>> minigrad.nn.functional.hardshrink(x).sum().backward(); x.grad
    tensor([0., 1.])
    """
    return record(hardshrink)(input, _in_type_of(input, lambd))


@op(of=hardshrink, promote="number", operands=1)
def _(input: Array, lambd: float) -> Array:
    floats_only("hardshrink", input)
    return np.where((input >= -lambd) & (input <= lambd), input.dtype.type(0), input)


defgrad(hardshrink, input=lambda g, input, lambd: steps(masked(g, ~((input >= -lambd) & (input <= lambd))), input))


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Soft shrinkage, elementwise: numbers move towards 0 by ``lambd`` and stop there.

    Math    y = sign(input) max(|input| - lambd, 0)        d_input = g where |input| > lambd, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError for a negative ``lambd``.

    >>> x = minigrad.tensor([0.2, 2.], requires_grad=True)
    >>> minigrad.nn.functional.softshrink(x).sum().backward(); x.grad
    tensor([0., 1.])
    """
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return record(softshrink)(input, _in_type_of(input, lambd))


@op(of=softshrink, promote="number", operands=1)
def _(input: Array, lambd: float) -> Array:
    floats_only("softshrink", input)
    return input - np.clip(input, -lambd, lambd)


defgrad(softshrink, input=lambda g, input, lambd: steps(masked(g, ~((input >= -lambd) & (input <= lambd))), input))
