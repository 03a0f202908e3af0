"""Instance normalisation: each sample by itself. The math is in ``ops.layers.normalization``."""

from __future__ import annotations

import warnings
from typing import Any

from ...tensor import Tensor
from ...types import Device, DType
from .. import functional as F
from .batchnorm import _NormBase


class _InstanceNorm(_NormBase):
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
