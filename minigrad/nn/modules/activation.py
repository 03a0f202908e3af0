"""Activation functions as layers: what stands between two linear maps. The math is in ``ops.elementwise`` and
``ops.layers.softmaxes``. And, as torch has it, attention in several heads."""

from __future__ import annotations

import warnings
from typing import Any

from ...core.errors import make_first
from ...ops.create import empty
from ...ops.layers.attention import additive_mask
from ...tensor import Tensor
from ...types import Device, DType
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .linear import Linear
from .module import Module


def _checked_dim(layer: Module, dim: Any) -> int | None:
    """The dimension of a softmax.

    Raises  TypeError for what is neither an integer nor None.
    """
    if dim is None or type(dim) is int:
        return dim
    hint = f": {make_first(type(layer))}" if isinstance(dim, Tensor) else ""
    raise TypeError(f"dim must be an int or None, got {type(dim)}{hint}")


class _InPlace(Module):
    """An activation that may overwrite its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""

    def _with_inplace(self, text: str) -> str:
        return text + (", inplace=True" if self.inplace else "")


# ---- bent once ----


class ReLU(_InPlace):
    """Rectified linear unit, elementwise: negative numbers become 0.

    Math    y = max(input, 0)        d_input = g where input > 0, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Nair & Hinton, Rectified linear units improve restricted Boltzmann machines (2010)

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.ReLU()(x).sum().backward(); x.grad
    tensor([0., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class LeakyReLU(_InPlace):
    """Leaky rectified linear unit, elementwise: negative numbers are scaled instead of set to 0.

    Math    y = input where input > 0, else negative_slope input
            d_input = g where input > 0, else negative_slope g
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Maas et al., Rectifier nonlinearities improve neural network acoustic models (2013)

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.LeakyReLU(0.1)(x).sum().backward(); x.grad
    tensor([0.1000, 1.0000])
    """

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return self._with_inplace(f"negative_slope={self.negative_slope}")


class PReLU(Module):
    """Parametric rectified linear unit: leaky relu with a learnt negative slope, one for all channels or one for each.

    Math    y = input where input > 0, else weight input
            d_input = g where input > 0, else weight g;    d_weight = sum of g input where input <= 0
    Shapes  input (N, C, *), weight (num_parameters), which is 1 or C -> (N, C, *)
    Init    weight = ``init``
    Raises  RuntimeError if ``num_parameters`` is neither 1 nor C.
    Source  He et al., Delving deep into rectifiers (2015), https://arxiv.org/abs/1502.01852

    >>> layer = minigrad.nn.PReLU()
    >>> layer(minigrad.tensor([-1., 2.])).sum().backward(); layer.weight.grad
    tensor([-1.])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Device = None, dtype: DType = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set every weight to ``init``."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(_InPlace):
    """Randomized leaky relu: while training a negative slope is drawn for every element; in evaluation it is the mean.

    Math    y = input where input > 0, else a input        d_input = g where input > 0, else a g
            a drawn uniformly from [lower, upper]; in evaluation a = (lower + upper) / 2
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Xu et al., Empirical evaluation of rectified activations (2015), https://arxiv.org/abs/1505.00853

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.RReLU(0.1, 0.3).eval()(x).sum().backward(); x.grad
    tensor([0.2000, 1.0000])
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return self._with_inplace(f"lower={self.lower}, upper={self.upper}")


class Threshold(_InPlace):
    """Threshold, elementwise: numbers up to a threshold are replaced by a value.

    Math    y = input where input > threshold, else value        d_input = g where input > threshold, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.

    >>> x = minigrad.tensor([0.1, 2.], requires_grad=True)
    >>> minigrad.nn.Threshold(0.5, -1.)(x).sum().backward(); x.grad
    tensor([0., 1.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return self._with_inplace(f"threshold={self.threshold}, value={self.value}")


# ---- straight lines with flat ends, or a flat middle ----


class Hardtanh(_InPlace):
    """Hard tanh, elementwise: clamps to [min_val, max_val].

    Math    y = min(max(input, min_val), max_val)        d_input = g where min_val < input < max_val, else 0
    Shapes  input (*) -> (*)
    Raises  AssertionError unless min_val < max_val.

    >>> x = minigrad.tensor([-2., 0.5], requires_grad=True)
    >>> minigrad.nn.Hardtanh()(x).sum().backward(); x.grad
    tensor([0., 1.])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__(inplace)
        if min_value is not None:
            min_val = _renamed("min_value", "min_val", min_value)
        if max_value is not None:
            max_val = _renamed("max_value", "max_val", max_value)
        if max_val <= min_val:
            raise AssertionError(f"Hardtanh: max_val must be larger than min_val, got {min_val} and {max_val}")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return self._with_inplace(f"min_val={self.min_val}, max_val={self.max_val}")


def _renamed(old: str, new: str, value: float) -> float:
    warnings.warn(f"keyword argument `{old}` is deprecated and renamed to `{new}`", FutureWarning, stacklevel=3)
    return value


class ReLU6(Hardtanh):
    """Rectified linear unit with a ceiling at 6, elementwise.

    Math    y = min(max(input, 0), 6)        d_input = g where 0 < input < 6, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Howard et al., MobileNets (2017), https://arxiv.org/abs/1704.04861

    >>> x = minigrad.tensor([-1., 2., 7.], requires_grad=True)
    >>> minigrad.nn.ReLU6()(x).sum().backward(); x.grad
    tensor([0., 1., 0.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return _InPlace.extra_repr(self)


class Hardsigmoid(_InPlace):
    """Piecewise linear approximation of the sigmoid, elementwise.

    Math    y = min(max(input + 3, 0), 6) / 6        d_input = g / 6 where -3 < input < 3, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Howard et al., Searching for MobileNetV3 (2019), https://arxiv.org/abs/1905.02244

    >>> x = minigrad.tensor([-4., 0.], requires_grad=True)
    >>> minigrad.nn.Hardsigmoid()(x).sum().backward(); x.grad
    tensor([0.0000, 0.1667])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardswish(_InPlace):
    """Piecewise approximation of SiLU, elementwise: the input times its hard sigmoid.

    Math    y = input min(max(input + 3, 0), 6) / 6
            d_input = 0 below -3, g (2 input + 3) / 6 up to 3, g above
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Howard et al., Searching for MobileNetV3 (2019), https://arxiv.org/abs/1905.02244

    >>> x = minigrad.tensor([-4., 0., 4.], requires_grad=True)
    >>> minigrad.nn.Hardswish()(x).sum().backward(); x.grad
    tensor([0.0000, 0.5000, 1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardshrink(Module):
    """Hard shrinkage, elementwise: numbers within [-lambd, lambd] become 0, others stay.

    Math    y = input where |input| > lambd, else 0        d_input = g where |input| > lambd, else 0
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0.2, 2.], requires_grad=True)
    >>> minigrad.nn.Hardshrink()(x).sum().backward(); x.grad
    tensor([0., 1.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Softshrink(Module):
    """Soft shrinkage, elementwise: numbers move towards 0 by ``lambd`` and stop there.

    Math    y = sign(input) max(|input| - lambd, 0)        d_input = g where |input| > lambd, else 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError for a negative ``lambd``.

    >>> x = minigrad.tensor([0.2, 2.], requires_grad=True)
    >>> y = minigrad.nn.Softshrink()(x); y
    tensor([0.0000, 1.5000], grad_fn=<SoftshrinkBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([0., 1.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


# ---- smooth ----


class Sigmoid(Module):
    """Logistic sigmoid, elementwise: any number becomes one between 0 and 1.

    Math    y = 1 / (1 + exp(-input))        d_input = g y (1 - y)
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0.], requires_grad=True)
    >>> minigrad.nn.Sigmoid()(x).backward(); x.grad
    tensor([0.2500])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.sigmoid(input)


class Tanh(Module):
    """Hyperbolic tangent, elementwise: any number becomes one between -1 and 1.

    Math    y = tanh(input)        d_input = g (1 - y^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0.], requires_grad=True)
    >>> minigrad.nn.Tanh()(x).backward(); x.grad
    tensor([1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanh(input)


class LogSigmoid(Module):
    """Logarithm of the sigmoid, elementwise, without underflow.

    Math    y = -log(1 + exp(-input))        d_input = g sigmoid(-input)
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0., -1000.], requires_grad=True)
    >>> minigrad.nn.LogSigmoid()(x).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Softsign(Module):
    """Softsign, elementwise: like tanh, but it approaches -1 and 1 more slowly.

    Math    y = input / (1 + |input|)        d_input = g / (1 + |input|)^2
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> minigrad.nn.Softsign()(x).backward(); x.grad
    tensor([0.2500])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Tanhshrink(Module):
    """The input minus its hyperbolic tangent, elementwise.

    Math    y = input - tanh(input)        d_input = g tanh(input)^2
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0., 100.], requires_grad=True)
    >>> minigrad.nn.Tanhshrink()(x).sum().backward(); x.grad
    tensor([0., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class Softplus(Module):
    """Softplus, elementwise: a smooth approximation of relu.

    Math    y = log(1 + exp(beta input)) / beta, or input where beta input > threshold
            d_input = g sigmoid(beta input), or g
    Shapes  input (*) -> (*)
    Raises  TypeError if ``input`` is not a tensor.

    >>> x = minigrad.tensor([0., 50.], requires_grad=True)
    >>> minigrad.nn.Softplus()(x).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class ELU(_InPlace):
    """Exponential linear unit, elementwise: negative numbers approach -alpha.

    Math    y = input where input > 0, else alpha (exp(input) - 1)
            d_input = g where input > 0, else g alpha exp(input)
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Clevert et al. 2015, https://arxiv.org/abs/1511.07289

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.ELU()(x).sum().backward(); x.grad
    tensor([0.3679, 1.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return self._with_inplace(f"alpha={self.alpha}")


class CELU(_InPlace):
    """Continuously differentiable exponential linear unit, elementwise.

    Math    y = input where input > 0, else alpha (exp(input / alpha) - 1)
            d_input = g where input > 0, else g exp(input / alpha)
    Shapes  input (*) -> (*)
    Raises  RuntimeError for an ``alpha`` of 0.
    Source  Barron 2017, https://arxiv.org/abs/1704.07483

    >>> x = minigrad.tensor([-2., 2.], requires_grad=True)
    >>> minigrad.nn.CELU(alpha=2.)(x).sum().backward(); x.grad
    tensor([0.3679, 1.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return self._with_inplace(f"alpha={self.alpha}")


class SELU(_InPlace):
    """Scaled exponential linear unit, elementwise: inputs of mean 0 and variance 1 keep them, layer after layer.

    Math    y = s input where input > 0, else s a (exp(input) - 1)        s = 1.0507..., a = 1.6733...
            d_input = s g where input > 0, else s a g exp(input)
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Klambauer et al. 2017, https://arxiv.org/abs/1706.02515

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.SELU()(x).sum().backward(); x.grad
    tensor([0.6468, 1.0507])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class GELU(Module):
    """Gaussian error linear unit, elementwise: the input times the probability that a normal number is below it.

    Math    y = input P(input), with P the standard normal distribution function and p its density
            d_input = g (P(input) + input p(input))
            approximate="tanh": P(input) ~ (1 + tanh(sqrt(2 / pi) (input + 0.044715 input^3))) / 2
    Shapes  input (*) -> (*)
    Raises  RuntimeError for another ``approximate`` than "none" and "tanh".
    Source  Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415

    >>> x = minigrad.tensor([0., 10.], requires_grad=True)
    >>> minigrad.nn.GELU()(x).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(_InPlace):
    """Sigmoid linear unit (swish), elementwise: the input times its sigmoid.

    Math    y = input s, s = sigmoid(input)        d_input = g s (1 + input (1 - s))
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Elfwing et al. 2017, https://arxiv.org/abs/1702.03118

    >>> x = minigrad.tensor([0., 50.], requires_grad=True)
    >>> minigrad.nn.SiLU()(x).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """Mish, elementwise: the input times the hyperbolic tangent of its softplus.

    Math    y = input t, t = tanh(log(1 + exp(input)))        d_input = g (t + input (1 - t^2) sigmoid(input))
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Misra 2019, https://arxiv.org/abs/1908.08681

    >>> x = minigrad.tensor([0., 50.], requires_grad=True)
    >>> minigrad.nn.Mish()(x).sum().backward(); x.grad
    tensor([0.6000, 1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class GLU(Module):
    """Gated linear unit: the first half of the input along ``dim``, times the sigmoid of the second half.

    Math    a, b = the halves of input;  y = a sigmoid(b)        d_a = g sigmoid(b), d_b = g y (1 - sigmoid(b))
    Shapes  input (*, 2 n, *), 2 n along ``dim`` -> (*, n, *)
    Raises  RuntimeError for an odd size along ``dim``.
    Source  Dauphin et al. 2016, https://arxiv.org/abs/1612.08083

    >>> x = minigrad.tensor([2., 0.], requires_grad=True)
    >>> minigrad.nn.GLU()(x).sum().backward(); x.grad
    tensor([0.5000, 0.5000])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


# ---- shares of a whole ----


class Softmax(Module):
    """Softmax along ``dim``: positive numbers that sum to 1.

    Math    y = exp(input) / sum(exp(input))        d_input = y (g - sum(g y))        sums along ``dim``
    Shapes  input (*) -> (*)
    Raises  IndexError for a ``dim`` that does not exist.

    >>> x = minigrad.tensor([0., 0.], requires_grad=True)
    >>> minigrad.nn.Softmax(dim=0)(x)[0].backward(); x.grad
    tensor([ 0.2500, -0.2500])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = _checked_dim(self, dim)

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmin(Module):
    """Softmax of the negated input along ``dim``: the smallest number gets the largest share.

    Math    y = exp(-input) / sum(exp(-input))        d_input = -y (g - sum(g y))        sums along ``dim``
    Shapes  input (*) -> (*)
    Raises  IndexError for a ``dim`` that does not exist.

    >>> x = minigrad.tensor([0., 0.], requires_grad=True)
    >>> minigrad.nn.Softmin(dim=0)(x)[0].backward(); x.grad
    tensor([-0.2500,  0.2500])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Logarithm of the softmax along ``dim``, without overflow.

    Math    y = input - log(sum(exp(input)))        d_input = g - exp(y) sum(g)        sums along ``dim``
    Shapes  input (*) -> (*)
    Raises  IndexError for a ``dim`` that does not exist.

    >>> x = minigrad.tensor([0., 0.], requires_grad=True)
    >>> minigrad.nn.LogSoftmax(dim=0)(x)[0].backward(); x.grad
    tensor([ 0.5000, -0.5000])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = _checked_dim(self, dim)

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Module):
    """Softmax over the channels, at every pixel.

    Math    y = exp(input) / sum(exp(input))        d_input = y (g - sum(g y))        sums over the channels
    Shapes  input (N, C, H, W) or (C, H, W) -> the same
    Raises  ValueError for other numbers of dimensions.

    >>> x = minigrad.zeros(2, 1, 1, requires_grad=True)
    >>> minigrad.nn.Softmax2d()(x)[0].sum().backward(); x.grad.flatten()
    tensor([ 0.2500, -0.2500])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear under the name that torch prints in a MultiheadAttention."""


class MultiheadAttention(Module):
    """Multi-head attention: for each query and head, an average of the values, weighted by the softmax of its scores.

    Math    for each head, q, k, v = affine maps of query, key, value
            weights = softmax(q k^T / sqrt(E / num_heads) + attn_mask)
            y = affine map of the heads' (weights v), side by side        d_v = weights^T g
    Shapes  query (L, N, E), key (S, N, kdim), value (S, N, vdim), N first with ``batch_first``, or without N
            -> (L, N, E) and, with ``need_weights``, the weights (N, L, S), averaged over heads, or (N, H, L, S)
    Init    weights Xavier-uniform, biases 0, bias_k and bias_v Xavier-normal
    Raises  ValueError or AssertionError unless num_heads divides embed_dim.
    Source  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762

    >>> attention = minigrad.nn.MultiheadAttention(4, 2)
    >>> x = minigrad.zeros(3, 4, requires_grad=True)
    >>> y, weights = attention(x, x, x); weights[0]
    tensor([0.3333, 0.3333, 0.3333], grad_fn=<SelectBackward0>)
    >>> y.sum().backward(); x.grad.shape
    torch.Size([3, 4])
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} "
                "instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError(f"embed_dim must be divisible by num_heads, got {embed_dim} and {num_heads}")

        made: dict[str, Any] = {"device": device, "dtype": dtype}
        sizes = {"q_proj_weight": embed_dim, "k_proj_weight": self.kdim, "v_proj_weight": self.vdim}
        if self._qkv_same_embed_dim:
            self.in_proj_weight = Parameter(empty(3 * embed_dim, embed_dim, **made))
            for name in sizes:
                self.register_parameter(name, None)
        else:
            for name, size in sizes.items():
                self.register_parameter(name, Parameter(empty(embed_dim, size, **made)))
            self.register_parameter("in_proj_weight", None)
        self.register_parameter("in_proj_bias", Parameter(empty(3 * embed_dim, **made)) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **made)
        self.bias_k = Parameter(empty(1, 1, embed_dim, **made)) if add_bias_kv else None
        self.bias_v = Parameter(empty(1, 1, embed_dim, **made)) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """(output, weights or None). True, or -inf, in a mask: ignore; ``is_causal`` says that attn_mask is causal."""
        key_padding_mask = additive_mask(
            key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask"
        )  # fmt: skip
        attn_mask = additive_mask(attn_mask, "attn_mask", query.dtype)
        first = self.batch_first and query.ndim == 3
        if first:  # the same tensor stays the same tensor
            turned = {id(x): x.transpose(1, 0) for x in (query, key, value)}
            query, key, value = (turned[id(x)] for x in (query, key, value))
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (output.transpose(1, 0) if first else output), weights
