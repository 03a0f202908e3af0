"""Normalisation layers. The math, and over which elements each takes its mean, is in ``ops.norm``."""

from __future__ import annotations

import warnings
from typing import Any

from ...ops.create import empty, ones, tensor, zeros
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


class _ByChannel(_Affine):
    """A layer that normalises channels and may track their running statistics."""

    _version = 2
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Device = None,
        dtype: DType = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._add_affine(num_features, affine, bias, device, dtype)
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0, device=device) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the batches seen so far."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget the batches seen so far; set every scale to 1 and every shift to 0."""
        self.reset_running_stats()
        super().reset_parameters()

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, local_metadata: Any, *report: Any) -> None:
        """States saved before version 2 have no count of batches."""
        version = local_metadata.get("version")
        if (version is None or version < 2) and self.track_running_stats:
            count = self.num_batches_tracked
            state_dict.setdefault(prefix + "num_batches_tracked", tensor(0) if count is None else count)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *report)

    def _check_dimensions(self, input: Tensor, *allowed: int) -> None:
        if input.ndim not in allowed:
            raise ValueError(f"expected {' or '.join(f'{n}D' for n in allowed)} input (got {input.ndim}D input)")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


# ---- batch ----


class _BatchNorm(_ByChannel):
    """Normalises every channel over the batch; in evaluation by the running statistics of training.

    Shapes  x (N, C, *) -> the same; weight and bias (C)
    Init    weight 1, bias 0, running mean 0, running variance 1
    """

    def forward(self, input: Tensor) -> Tensor:
        factor = self.momentum or 0.0
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the mean of all batches so far
                factor = 1 / float(self.num_batches_tracked)
        use_running = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if use_running else None,
            self.running_var if use_running else None,
            self.weight,
            self.bias,
            self.training or (self.running_mean is None and self.running_var is None),
            factor,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of features or signals: each channel to mean 0, variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each channel,
            in evaluation the running ones;  running <- (1 - momentum) running + momentum new
            d_input = weight / sqrt(var + eps) (g - mean(g) - z mean(g z)), z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C) or (N, C, L) -> the same; weight and bias (C)
    Init    weight 1, bias 0, running mean 0, running variance 1
    Raises  ValueError for another number of dimensions, or a single number a channel while training.
    Source  Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167

    >>> layer = minigrad.nn.BatchNorm1d(1)
    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> layer(x.view(2, 1)).sum().backward(); layer.bias.grad, layer.running_mean
    (tensor([2.]), tensor([0.2000]))
    """

    def forward(self, input: Tensor) -> Tensor:
        self._check_dimensions(input, 2, 3)
        return super().forward(input)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images: each channel to mean 0, variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each channel,
            in evaluation the running ones;  running <- (1 - momentum) running + momentum new
            d_input = weight / sqrt(var + eps) (g - mean(g) - z mean(g z)), z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C, H, W) -> the same; weight and bias (C)
    Init    weight 1, bias 0, running mean 0, running variance 1
    Raises  ValueError for another number of dimensions, or a single number a channel while training.
    Source  Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167

    >>> layer = minigrad.nn.BatchNorm2d(1)
    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> layer(x.view(2, 1, 1, 1)).sum().backward(); layer.bias.grad, layer.running_mean
    (tensor([2.]), tensor([0.2000]))
    """

    def forward(self, input: Tensor) -> Tensor:
        self._check_dimensions(input, 4)
        return super().forward(input)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes: each channel to mean 0, variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each channel,
            in evaluation the running ones;  running <- (1 - momentum) running + momentum new
            d_input = weight / sqrt(var + eps) (g - mean(g) - z mean(g z)), z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C, D, H, W) -> the same; weight and bias (C)
    Init    weight 1, bias 0, running mean 0, running variance 1
    Raises  ValueError for another number of dimensions, or a single number a channel while training.
    Source  Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167

    >>> layer = minigrad.nn.BatchNorm3d(1)
    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> layer(x.view(2, 1, 1, 1, 1)).sum().backward(); layer.bias.grad, layer.running_mean
    (tensor([2.]), tensor([0.2000]))
    """

    def forward(self, input: Tensor) -> Tensor:
        self._check_dimensions(input, 5)
        return super().forward(input)


# ---- instance ----


class _InstanceNorm(_ByChannel):
    """Normalises every channel of every sample.

    Shapes  x (N, C, *) or (C, *) -> the same; weight and bias (C)
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Device = None,
        dtype: DType = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, local_metadata: Any, *report: Any) -> None:
        """The first version kept running statistics even where nobody asked for them."""
        if local_metadata.get("version") is None and not self.track_running_stats:
            keys = [key for name in ("running_mean", "running_var") if (key := prefix + name) in state_dict]
            if keys:
                names, kind = " and ".join(f'"{key}"' for key in keys), type(self).__name__
                errors = report[-1]
                errors.append(
                    f"Unexpected running stats buffer(s) {names} for {kind} with track_running_stats=False: take them "
                    f"out of the state, or make the {kind} with track_running_stats=True."
                )
            for key in keys:
                del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *report)

    def _normalise(self, input: Tensor, unbatched: int) -> Tensor:
        self._check_dimensions(input, unbatched, unbatched + 1)
        dim = input.ndim - unbatched
        if input.shape[dim] != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={dim} to match num_features ({self.num_features}), but got: "
                    f"{input.shape[dim]}."
                )
            warnings.warn(
                f"input's size at dim={dim} does not match num_features. You can silence this warning by not passing "
                "in num_features, which is not used because affine=False",
                stacklevel=3,
            )
        y = F.instance_norm(
            input.unsqueeze(0) if input.ndim == unbatched else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum or 0.0,
            self.eps,
        )
        return y.squeeze(0) if input.ndim == unbatched else y


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of signals: each channel of each sample to mean 0 and variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each sample and channel
            d_input = weight / sqrt(var + eps) (g - mean(g) - z mean(g z)), z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C, L) or (C, L) -> the same; weight and bias (C), only with ``affine``
    Init    weight 1, bias 0; with ``track_running_stats`` running mean 0, running variance 1
    Raises  ValueError for another number of dimensions or channels, or a single number a channel while training.
    Source  Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022

    >>> x = minigrad.tensor([[1., 3.]], requires_grad=True)
    >>> y = minigrad.nn.InstanceNorm1d(1)(x); y.detach().flatten()
    tensor([-1.0000,  1.0000])
    >>> y.sum().backward(); x.grad.flatten()
    tensor([0., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._normalise(input, 2)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of images: each channel of each sample to mean 0 and variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each sample and channel
            d_input = weight / sqrt(var + eps) (g - mean(g) - z mean(g z)), z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C, H, W) or (C, H, W) -> the same; weight and bias (C), only with ``affine``
    Init    weight 1, bias 0; with ``track_running_stats`` running mean 0, running variance 1
    Raises  ValueError for another number of dimensions or channels, or a single number a channel while training.
    Source  Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022

    >>> x = minigrad.tensor([[[1., 3.]]], requires_grad=True)
    >>> y = minigrad.nn.InstanceNorm2d(1)(x); y.detach().flatten()
    tensor([-1.0000,  1.0000])
    >>> y.sum().backward(); x.grad.flatten()
    tensor([0., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._normalise(input, 3)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of volumes: each channel of each sample to mean 0 and variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each sample and channel
            d_input = weight / sqrt(var + eps) (g - mean(g) - z mean(g z)), z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> the same; weight and bias (C), only with ``affine``
    Init    weight 1, bias 0; with ``track_running_stats`` running mean 0, running variance 1
    Raises  ValueError for another number of dimensions or channels, or a single number a channel while training.
    Source  Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022

    >>> x = minigrad.tensor([[[[1., 3.]]]], requires_grad=True)
    >>> y = minigrad.nn.InstanceNorm3d(1)(x); y.detach().flatten()
    tensor([-1.0000,  1.0000])
    >>> y.sum().backward(); x.grad.flatten()
    tensor([0., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._normalise(input, 4)


# ---- layer, group, root mean square ----


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


# ---- neighbouring channels ----


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
