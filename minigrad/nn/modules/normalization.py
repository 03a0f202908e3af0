"""Layer, group, root-mean-square and local response normalisation. The math is in ``ops.layers.normalization``."""

from __future__ import annotations

from ...ops.create import empty
from ...tensor import Tensor
from ...types import Device, DType, Sizes
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module


class _Affine(Module):
    """A layer with a learnt scale and shift, which start at 1 and 0; either may be absent."""

    weight: Parameter
    bias: Parameter

    def _add_affine(self, shape: Sizes, weight: bool, bias: bool, device: Device, dtype: DType) -> None:
        for name, present in (("weight", weight), ("bias", weight and bias)):
            made = Parameter(empty(shape, device=device, dtype=dtype)) if present else None
            self.register_parameter(name, made)

    def reset_parameters(self) -> None:
        """Set every scale to 1 and every shift to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


def _shape(normalized_shape: Sizes) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class LayerNorm(_Affine):
    """Layer normalisation: the last dimensions of each sample to mean 0 and variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var over the last dimensions
            d_input = (h - mean(h) - z mean(h z)) / sqrt(var + eps), h = g weight, z = (input - mean) / sqrt(var + eps)
    Shapes  input (*, normalized_shape) -> the same; weight and bias (normalized_shape)
    Init    weight 1, bias 0
    Raises  RuntimeError if the last dimensions are not ``normalized_shape``.
    Source  Ba et al. 2016, https://arxiv.org/abs/1607.06450

    >>> layer = minigrad.nn.LayerNorm(2)
    >>> layer(minigrad.tensor([[1., 3.]])).sum().backward(); layer.weight.grad
    tensor([-1.0000,  1.0000])
    """

    def __init__(
        self,
        normalized_shape: Sizes,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._add_affine(self.normalized_shape, elementwise_affine, bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(_Affine):
    """Group normalisation: groups of channels of each sample to mean 0, variance 1, then an affine map by channel.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each sample and group of channels
            d_input = (h - mean(h) - z mean(h z)) / sqrt(var + eps), h = g weight, z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C, *) -> the same; weight and bias (C)
    Init    weight 1, bias 0
    Raises  ValueError unless num_groups divides num_channels.
    Source  Wu & He 2018, https://arxiv.org/abs/1803.08494

    >>> layer = minigrad.nn.GroupNorm(1, 2)
    >>> layer(minigrad.tensor([[1., 3.]])).sum().backward(); layer.weight.grad
    tensor([-1.0000,  1.0000])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Device = None,
        dtype: DType = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._add_affine(num_channels, affine, bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Root-mean-square normalisation: the last dimensions of each sample, divided by their root mean square.

    Math    y = x / sqrt(mean(x^2) + eps) * weight, mean over the last dimensions; eps by default that of the dtype
            d_x = (h - z mean(h z)) / sqrt(mean(x^2) + eps), h = g weight, z = x / sqrt(mean(x^2) + eps)
    Shapes  x (*, normalized_shape) -> the same; weight (normalized_shape)
    Init    weight 1
    Raises  RuntimeError if the last dimensions are not ``normalized_shape``.
    Source  Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467

    >>> layer = minigrad.nn.RMSNorm(2)
    >>> layer(minigrad.tensor([[3., 3.]])).sum().backward(); layer.weight.grad
    tensor([1., 1.])
    """

    weight: Parameter

    def __init__(
        self,
        normalized_shape: Sizes,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        made = Parameter(empty(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set every scale to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Local response normalisation: divides by a power of the mean square over neighbouring channels.

    Math    y = input / s^beta, s = k + alpha mean(input^2), the mean over ``size`` channels around each
            d_input = g / s^beta - 2 alpha beta / size input sum(g y / s), the sum over the same channels
    Shapes  input (N, C, *) -> the same
    Raises  ValueError for fewer than three dimensions.
    Source  Krizhevsky et al., ImageNet classification with deep convolutional neural networks (2012)

    >>> x = minigrad.ones(1, 1, 1, requires_grad=True)
    >>> y = minigrad.nn.LocalResponseNorm(1, alpha=1., beta=1.)(x); y.item()
    0.5
    >>> y.sum().backward(); x.grad
    tensor([[[0.]]])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
