"""Batch normalisation. The math, and over which elements it takes the mean, is in ``ops.layers.normalization``."""

from __future__ import annotations

from typing import Any

from ...ops.create import ones, tensor, zeros
from ...tensor import Tensor
from ...types import Device, DType
from .. import functional as F
from .normalization import _Affine


class _NormBase(_Affine):
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


class _BatchNorm(_NormBase):
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
