"""Smooth activation functions: shaped like relu, but differentiable everywhere."""

from __future__ import annotations

import math

import numpy as np

from ...core.dtype import Array
from ...core.half import wide
from ...core.inplace import inplace
from ...core.op import defgrad, op
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


@op(promote="number", operands=1, name="elu")
def _elu(x: Array, alpha: float, scale: float) -> Array:
    return _elu_array("elu", x, alpha, scale, 1.0)


@op(promote="number", operands=1, name="celu")
def _celu(x: Array, alpha: float) -> Array:
    return _elu_array("celu", x, alpha, 1.0, 1 / alpha)


defgrad(_elu, x=lambda g, x, alpha, scale: where(x <= 0, g * (alpha * scale) * exp(x), g * scale))
defgrad(_celu, x=lambda g, x, alpha: where(x <= 0, g * exp(x / alpha), g))

_elu_, _celu_ = inplace(_elu), inplace(_celu)
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def elu(input: Array, alpha: float = 1.0, inplace: bool = False) -> Array:
    """Straight on the right, exponential on the left, where it levels off at -alpha.

    Math    y = x where x > 0, else alpha (e^x - 1)        dx = g where x > 0, else g alpha e^x
    Source  Clevert et al., Fast and accurate deep network learning by exponential linear units (2016)
    """
    if not inplace:
        return _elu(input, alpha, 1.0)
    y = _elu_(input, alpha, 1.0)
    return y if alpha >= 0 else one_way(y, "elu")


def selu(input: Array, inplace: bool = False) -> Array:
    """Scaled ``elu``: inputs of mean 0 and variance 1 keep them, layer after layer.

    Source  Klambauer et al., Self-normalizing neural networks (2017)
    """
    return (_elu_ if inplace else _elu)(input, _SELU_ALPHA, _SELU_SCALE)


def celu(input: Array, alpha: float = 1.0, inplace: bool = False) -> Array:
    """``elu`` whose derivative is continuous for every alpha.

    Math    y = x where x > 0, else alpha (e^(x/alpha) - 1)        dx = g where x > 0, else g e^(x/alpha)
    Raises  RuntimeError if alpha is 0.
    """
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    if not inplace:
        return _celu(input, alpha)
    y = _celu_(input, alpha)
    return y if alpha >= 0 else one_way(y, "elu")


def elu_(input: Array, alpha: float = 1.0) -> Array:
    """In-place version of :func:`elu`."""
    return elu(input, alpha, inplace=True)


def selu_(input: Array) -> Array:
    """In-place version of :func:`selu`."""
    return selu(input, inplace=True)


def celu_(input: Array, alpha: float = 1.0) -> Array:
    """In-place version of :func:`celu`."""
    return celu(input, alpha, inplace=True)


# ---- smooth ----


@op(promote="number", name="gelu")
def _gelu(x: Array) -> Array:
    floats_only("gelu", x)
    return 0.5 * x * (1 + erf(x * math.sqrt(0.5)))


def _gelu_grad(g: Array, x: Array) -> Array:
    chance = 0.5 * (1 + erf(x * math.sqrt(0.5)))
    density = exp(x * x * -0.5) * (math.sqrt(0.5) / SQRT_PI)
    return g * (chance + x * density)


@op(promote="number", label="GeluBackward0")
def _gelu_tanh(x: Array) -> Array:
    floats_only("gelu", x)
    return 0.5 * x * (1 + np.tanh(_gelu_inner(x)))


def _gelu_inner(x: Array) -> Array:
    return (math.sqrt(2) / SQRT_PI) * (x + 0.044715 * x * x * x)


def _gelu_tanh_grad(g: Array, x: Array) -> Array:
    t = tanh(_gelu_inner(x))
    slope = (math.sqrt(2) / SQRT_PI) * (1 + 3 * 0.044715 * x * x)
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope)


defgrad(_gelu, x=_gelu_grad)
defgrad(_gelu_tanh, x=_gelu_tanh_grad)


def gelu(input: Array, approximate: str = "none") -> Array:
    """x times the chance that a standard normal number lies below x; "tanh" for a cheaper formula.

    Math    y = x P(x), P(x) = (1 + erf(x / sqrt 2)) / 2        dx = g (P(x) + x p(x)), p the normal density
    Raises  RuntimeError for another ``approximate``.
    Source  Hendrycks and Gimpel, Gaussian error linear units (2016)

    >>> x = minigrad.tensor([-1., 0., 1.], requires_grad=True)
    >>> minigrad.nn.functional.gelu(x).sum().backward(); x.grad
    tensor([-0.0833,  0.5000,  1.0833])
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"approximate argument must be either none or tanh, not {approximate!r}.")
    return _gelu(input) if approximate == "none" else _gelu_tanh(input)


@op(promote="number", name="silu")
def _silu(x: Array) -> Array:
    floats_only("silu", x)
    return x * sigmoid(x)


def _silu_grad(g: Array, x: Array) -> Array:
    s = sigmoid(x)
    return g * s * (1 + x * (1 - s))


defgrad(_silu, x=_silu_grad)

_silu_ = inplace(_silu)


def silu(input: Array, inplace: bool = False) -> Array:
    """x sigmoid(x), also called swish.

    Math    dx = g s (1 + x (1 - s)), s = sigmoid(x)
    """
    return (_silu_ if inplace else _silu)(input)


@op(promote="number", name="mish")
def _mish(x: Array) -> Array:
    floats_only("mish", x)
    return x * np.tanh(np.logaddexp(x, 0))


def _mish_grad(g: Array, x: Array) -> Array:
    t = tanh(softplus(x))
    return g * (t + x * sigmoid(x) * (1 - t * t))


defgrad(_mish, x=_mish_grad)

_mish_ = inplace(_mish)


def mish(input: Array, inplace: bool = False) -> Array:
    """x tanh(softplus(x)).

    Math    dx = g (t + x s (1 - t^2)), t = tanh(softplus(x)), s = sigmoid(x)
    Source  Misra, Mish: a self regularized non-monotonic activation function (2019)
    """
    return (_mish_ if inplace else _mish)(input)


@op(promote="number", operands=1, name="softplus")
def _softplus(x: Array, beta: float, threshold: float) -> Array:
    floats_only("softplus", x)
    return np.where(x * beta > threshold, x, np.log1p(np.exp(np.minimum(x * beta, threshold))) / beta)


defgrad(_softplus, x=lambda g, x, beta, threshold: where(x * beta > threshold, g, g * sigmoid(x * beta)))


def softplus(input: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """A smooth rectifier, always positive; x itself where beta x exceeds the threshold.

    Math    y = ln(1 + e^(beta x)) / beta        dx = g sigmoid(beta x)
    """
    return _softplus(input, beta, threshold)


@op(promote="number", label="LogSigmoidBackward0")
def logsigmoid(x: Array) -> Array:
    """ln sigmoid(x), without overflow.

    Math    y = min(x, 0) - ln(1 + e^-|x|)        dx = g sigmoid(-x)
    """
    floats_only("logsigmoid", x)
    return np.minimum(x, 0) - np.log1p(np.exp(-np.absolute(x)))


defgrad(logsigmoid, x=lambda g, x: g * sigmoid(-x))


@wide
def softsign(input: Array) -> Array:
    """x / (1 + |x|).  dx = g / (1 + |x|)^2"""
    return input / (abs(input) + 1)


def tanhshrink(input: Array) -> Array:
    """x - tanh(x).  dx = g tanh(x)^2"""
    return input - tanh(input)


# ---- gated ----


@op(promote="number", operands=1, name="glu")
def _glu(x: Array, dim: int) -> Array:
    floats_only("glu", x)
    a, b = _halves(x, dim)
    return a * sigmoid(b)


def _halves(x: Array, dim: int) -> tuple[Array, Array]:
    half = x.shape[dim] // 2
    return x[at(dim, slice(half))], x[at(dim, slice(half, 2 * half))]


def _glu_grad(g: Array, x: Array, dim: int) -> Array:
    a, b = _halves(x, dim)
    s = sigmoid(b)
    return cat([g * s, g * a * s * (1 - s)], dim)


defgrad(_glu, x=_glu_grad)


def glu(input: Array, dim: int = -1) -> Array:
    """One half of the numbers, gated by the sigmoid of the other half.

    Math    y = a sigmoid(b)        da = g s, db = g a s (1 - s)
    Shapes  x (..., 2 C, ...) = (a, b) -> (..., C, ...)
    Raises  RuntimeError if the dimension is not even.
    Source  Dauphin et al., Language modeling with gated convolutional networks (2017)
    """
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    k = wrap_dim(dim, input.ndim)
    if input.shape[k] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {k} is size {input.shape[k]}")
    return _glu(input, k)
