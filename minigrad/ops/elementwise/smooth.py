"""Smooth activation functions: shaped like relu, but differentiable everywhere."""

from __future__ import annotations

import math

import numpy as np

from ...core.dtype import Array
from ...core.half import wide
from ...core.inplace import inplace
from ...core.op import defgrad, op, record
from ...types import Tensor
from ..checks import floats_only
from ..shape.joining import cat
from ..shape.views import at, wrap_dim
from .activation import one_way
from .piecewise import abs, where
from .special import SQRT_PI, erf
from .transcendental import exp, sigmoid, tanh

# ---- exponential on the left ----


def _elu_array(name: str, x: Array, alpha: float, scale: float, steepness: float) -> Array:
    floats_only(name, x)
    return np.where(x > 0, x * scale, np.expm1(np.minimum(x, 0) * steepness) * (alpha * scale))


def _elu_grad(g: Array, input: Array, alpha: float, scale: float, steepness: float) -> Array:
    left = exp(where(input < 0, input, 0) * steepness) * (
        alpha * scale * steepness
    )  # at 0 there is a first derivative, but no second
    return g * where(input <= 0, left, scale)


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Exponential linear unit, elementwise: negative numbers approach -alpha.

    Math    y = input where input > 0, else alpha (exp(input) - 1)
            d_input = g where input > 0, else g alpha exp(input)
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Clevert et al. 2015, https://arxiv.org/abs/1511.07289

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.functional.elu(x).sum().backward(); x.grad
    tensor([0.3679, 1.0000])
    """
    if not inplace:
        return record(elu)(input, alpha, 1.0, 1.0)
    return elu_(input, alpha)


@op(of=elu, promote="number", operands=1)
def _(input: Array, alpha: float, scale: float, steepness: float) -> Array:
    return _elu_array("elu", input, alpha, scale, steepness)


defgrad(elu, input=_elu_grad)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Scaled exponential linear unit, elementwise: inputs of mean 0 and variance 1 keep them, layer after layer.

    Math    y = s input where input > 0, else s a (exp(input) - 1)        s = 1.0507..., a = 1.6733...
            d_input = s g where input > 0, else s a g exp(input)
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Klambauer et al. 2017, https://arxiv.org/abs/1706.02515

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.functional.selu(x).sum().backward(); x.grad
    tensor([0.6468, 1.0507])
    """
    return (_elu_ if inplace else record(elu))(input, _SELU_ALPHA, _SELU_SCALE, 1.0)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Continuously differentiable exponential linear unit, elementwise.

    Math    y = input where input > 0, else alpha (exp(input / alpha) - 1)
            d_input = g where input > 0, else g exp(input / alpha)
    Shapes  input (*) -> (*)
    Raises  RuntimeError for an ``alpha`` of 0.
    Source  Barron 2017, https://arxiv.org/abs/1704.07483

    >>> x = minigrad.tensor([-2., 2.], requires_grad=True)
    >>> minigrad.nn.functional.celu(x, 2.).sum().backward(); x.grad
    tensor([0.3679, 1.0000])
    """
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    if not inplace:
        return record(celu)(input, alpha)
    y = _celu_(input, alpha)
    return y if alpha >= 0 else one_way(y, "elu")


@op(of=celu, promote="number", operands=1)
def _(input: Array, alpha: float) -> Array:
    return _elu_array("celu", input, alpha, 1.0, 1 / alpha)


defgrad(celu, input=lambda g, input, alpha: g * exp(where(input < 0, input, 0) / alpha))

_elu_, _celu_ = inplace(record(elu)), inplace(record(celu))


def elu_(input: Tensor, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Tensor:
    """In-place version of :func:`elu`, of ``input_scale`` times the input, and ``scale`` times as large; where the
    input is positive, ``scale`` times that."""
    y = _elu_(input, alpha, scale, input_scale)
    return y if alpha >= 0 else one_way(y, "elu")


def selu_(input: Tensor) -> Tensor:
    """In-place version of :func:`selu`."""
    return selu(input, inplace=True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """In-place version of :func:`celu`."""
    return celu(input, alpha, inplace=True)


# ---- smooth ----


def _gelu_grad(g: Array, input: Array) -> Array:
    chance = 0.5 * (1 + erf(input * math.sqrt(0.5)))
    density = exp(input * input * -0.5) * (math.sqrt(0.5) / SQRT_PI)
    return g * (chance + input * density)


@op(promote="number", label="GeluBackward0")
def gelu_tanh(x: Array) -> Array:
    floats_only("gelu", x)
    return 0.5 * x * (1 + np.tanh(_gelu_inner(x)))


def _gelu_inner(x: Array) -> Array:
    return (math.sqrt(2) / SQRT_PI) * (x + 0.044715 * x * x * x)


def _gelu_tanh_grad(g: Array, x: Array) -> Array:
    t = tanh(_gelu_inner(x))
    slope = (math.sqrt(2) / SQRT_PI) * (1 + 3 * 0.044715 * x * x)
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope)


defgrad(gelu_tanh, x=_gelu_tanh_grad)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Gaussian error linear unit, elementwise: the input times the probability that a normal number is below it.

    Math    y = input P(input), with P the standard normal distribution function and p its density
            d_input = g (P(input) + input p(input))
            approximate="tanh": P(input) ~ (1 + tanh(sqrt(2 / pi) (input + 0.044715 input^3))) / 2
    Shapes  input (*) -> (*)
    Raises  RuntimeError for another ``approximate`` than "none" and "tanh".
    Source  Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415

    >>> x = minigrad.tensor([0., 10.], requires_grad=True)
    >>> minigrad.nn.functional.gelu(x).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"approximate argument must be either none or tanh, not {approximate!r}.")
    return record(gelu)(input) if approximate == "none" else gelu_tanh(input)


@op(of=gelu, promote="number")
def _(input: Array) -> Array:
    floats_only("gelu", input)
    return 0.5 * input * (1 + erf(input * math.sqrt(0.5)))


defgrad(gelu, input=_gelu_grad)


def _silu_grad(g: Array, input: Array) -> Array:
    s = sigmoid(input)
    return g * s * (1 + input * (1 - s))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Sigmoid linear unit (swish), elementwise: the input times its sigmoid.

    Math    y = input s, s = sigmoid(input)        d_input = g s (1 + input (1 - s))
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Elfwing et al. 2017, https://arxiv.org/abs/1702.03118

    >>> x = minigrad.tensor([0., 50.], requires_grad=True)
    >>> minigrad.nn.functional.silu(x).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    return (_silu_ if inplace else record(silu))(input)


@op(of=silu, promote="number")
def _(input: Array) -> Array:
    floats_only("silu", input)
    return input * sigmoid(input)


defgrad(silu, input=_silu_grad)

_silu_ = inplace(record(silu))


def _mish_grad(g: Array, input: Array) -> Array:
    t = tanh(softplus(input))
    return g * (t + input * sigmoid(input) * (1 - t * t))


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Mish, elementwise: the input times the hyperbolic tangent of its softplus.

    Math    y = input t, t = tanh(log(1 + exp(input)))        d_input = g (t + input (1 - t^2) sigmoid(input))
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Misra 2019, https://arxiv.org/abs/1908.08681

    >>> x = minigrad.tensor([0., 50.], requires_grad=True)
    >>> minigrad.nn.functional.mish(x).sum().backward(); x.grad
    tensor([0.6000, 1.0000])
    """
    return (_mish_ if inplace else record(mish))(input)


@op(of=mish, promote="number")
def _(input: Array) -> Array:
    floats_only("mish", input)
    return input * np.tanh(np.logaddexp(input, 0))


defgrad(mish, input=_mish_grad)

_mish_ = inplace(record(mish))


def _softplus_grad(g: Array, input: Array, beta: float, threshold: float) -> Array:
    steep = input * beta
    return g * where(steep > threshold, 1, sigmoid(where(steep >= threshold, threshold, steep)))


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Softplus, elementwise: a smooth approximation of relu.

    Math    y = log(1 + exp(beta input)) / beta, or input where beta input > threshold
            d_input = g sigmoid(beta input), or g
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0., 50.], requires_grad=True)
    >>> minigrad.nn.functional.softplus(x).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    return record(softplus)(input, beta, threshold)


@op(of=softplus, promote="number", operands=1)
def _(input: Array, beta: float, threshold: float) -> Array:
    floats_only("softplus", input)
    steep = input * beta
    return np.where(steep > threshold, input, np.log1p(np.exp(np.minimum(steep, threshold))) / beta)


defgrad(softplus, input=_softplus_grad)


@op(promote="number", label="LogSigmoidBackward0")
def logsigmoid(input: Tensor) -> Array:
    """Logarithm of the sigmoid, elementwise, without underflow.

    Math    y = -log(1 + e^-input)        d_input = g sigmoid(-input)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0., -1000.], requires_grad=True)
    >>> minigrad.nn.functional.logsigmoid(x).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    floats_only("logsigmoid", input)
    return np.minimum(input, 0) - np.log1p(np.exp(-np.absolute(input)))


defgrad(logsigmoid, input=lambda g, input: g * sigmoid(-input))


@wide
def softsign(input: Tensor) -> Tensor:
    """Softsign, elementwise: like tanh, but it approaches -1 and 1 more slowly.

    Math    y = input / (1 + |input|)        d_input = g / (1 + |input|)^2
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> minigrad.nn.functional.softsign(x).sum().backward(); x.grad
    tensor([0.2500])
    """
    return input / (abs(input) + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """The input minus its hyperbolic tangent, elementwise.

    Math    y = input - tanh(input)        d_input = g tanh(input)^2
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0., 100.], requires_grad=True)
    >>> minigrad.nn.functional.tanhshrink(x).sum().backward(); x.grad
    tensor([0., 1.])
    """
    return input - tanh(input)


# ---- gated ----


def _halves(x: Array, dim: int) -> tuple[Array, Array]:
    half = x.shape[dim] // 2
    return x[at(dim, slice(half))], x[at(dim, slice(half, 2 * half))]


def _glu_grad(g: Array, input: Array, dim: int) -> Array:
    a, b = _halves(input, dim)
    s = sigmoid(b)
    return cat([g * s, g * a * s * (1 - s)], dim)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """Gated linear unit: the first half of the input along ``dim``, times the sigmoid of the second half.

    Math    a, b = the halves of input;  y = a sigmoid(b)        d_a = g sigmoid(b), d_b = g y (1 - sigmoid(b))
    Shapes  input (*, 2 n, *), 2 n along ``dim`` -> (*, n, *)
    Raises  RuntimeError for an odd size along ``dim``.
    Source  Dauphin et al. 2016, https://arxiv.org/abs/1612.08083

    >>> x = minigrad.tensor([2., 0.], requires_grad=True)
    >>> minigrad.nn.functional.glu(x).sum().backward(); x.grad
    tensor([0.5000, 0.5000])
    """
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    k = wrap_dim(dim, input.ndim)
    if input.shape[k] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {k} is size {input.shape[k]}")
    return record(glu)(input, k)


@op(of=glu, promote="number", operands=1)
def _(input: Array, dim: int) -> Array:
    floats_only("glu", input)
    a, b = _halves(input, dim)
    return a * sigmoid(b)


defgrad(glu, input=_glu_grad)
