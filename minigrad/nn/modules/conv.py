"""Convolutional layers: weights and a bias for ``F.conv1d`` ... ``F.conv_transpose3d``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...ops.create import empty
from ...tensor import Tensor
from ...types import Device, DType, Sizes
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def _tuple(value: Any, n: int) -> tuple[int, ...]:
    """A number is repeated for each of the n dimensions."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


class _ConvNd(Module):
    """What the six layers share: arguments, weights and how they start.

    Init    weight and bias uniform in +-1/sqrt(fan_in), fan_in = (channels per group) * (size of the kernel)
    """

    _dims = 0  # spatial dimensions
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        output_padding: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Device,
        dtype: DType,
    ) -> None:
        super().__init__()
        n = self._dims
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _tuple(kernel_size, n)
        self.stride = _tuple(stride, n)
        self.padding = padding if isinstance(padding, str) else _tuple(padding, n)
        self.dilation = _tuple(dilation, n)
        self.output_padding = _tuple(output_padding, n)
        self.groups = groups
        self.padding_mode = padding_mode
        self._check()
        # (O, C / groups, *K) for a convolution, (C, O / groups, *K) for a transposed one
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter(empty(first, second // groups, *self.kernel_size, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _check(self) -> None:
        groups = self.groups
        if groups <= 0:
            raise ValueError(f"groups must be a positive integer, but got {groups}")
        for name, channels in (("in_channels", self.in_channels), ("out_channels", self.out_channels)):
            if channels % groups:
                raise ValueError(f"{name} must be divisible by groups, but got {name}={channels} and groups={groups}")
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {self.padding!r}, should be one of 'same' and 'valid'")
            if self.padding == "same" and any([s != 1 for s in self.stride]):
                raise ValueError(
                    f"padding='same' is not supported for strided convolutions, but got stride={self.stride}"
                )
        if self.padding_mode not in PADDING_MODES:
            raise ValueError(f"padding_mode must be one of {PADDING_MODES}, but got padding_mode='{self.padding_mode}'")
        if self.transposed and self.padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        n = self._dims
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * n:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * n:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * n:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Conv(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device,
            dtype,
        )  # fmt: skip

    def _around(self) -> list[int]:
        """The padding as ``F.pad`` wants it: the last dimension first, (before, after) each."""
        around: list[int] = []
        padding: Any = (self.padding,) * self._dims if isinstance(self.padding, str) else self.padding
        for k, d, p in zip(self.kernel_size, self.dilation, padding, strict=True):
            reach = d * (k - 1) if p == "same" else 0
            around[:0] = (reach // 2, reach - reach // 2) if isinstance(p, str) else (p, p)
        return around

    def _convolve(self, function: Callable[..., Tensor], input: Tensor) -> Tensor:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._around(), mode=self.padding_mode)
            padding = 0
        return function(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(_Conv):
    """Convolution of signals with learnt kernels (``F.conv1d``).

    Math    y[n, o, i] = bias[o] + sum_c sum_k weight[o, c, k] input[n, c, i stride + k dilation - padding]
            d_weight and d_input are convolutions too: of input with g, and of g with the flipped weight
    Shapes  input (N, C, L) or (C, L), weight (O, C / groups, K), bias (O) -> (N, O, L')
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1
    Init    uniform in +-1/sqrt(fan_in), fan_in = C / groups * (size of the kernel)
    Raises  ValueError for groups that do not divide the channels, or an unknown padding.

    >>> layer = minigrad.nn.Conv1d(1, 4, kernel_size=3, padding=1)
    >>> layer(minigrad.ones(2, 1, 5)).sum().backward(); layer.bias.grad
    tensor([10., 10., 10., 10.])
    """

    _dims = 1

    def forward(self, input: Tensor) -> Tensor:
        return self._convolve(F.conv1d, input)


class Conv2d(_Conv):
    """Convolution of images with learnt kernels (``F.conv2d``).

    Math    y[n, o, i] = bias[o] + sum_c sum_k weight[o, c, k] input[n, c, i stride + k dilation - padding]
            d_weight and d_input are convolutions too: of input with g, and of g with the flipped weight
    Shapes  input (N, C, H, W) or (C, H, W), weight (O, C / groups, K1, K2), bias (O) -> (N, O, H', W')
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1
    Init    uniform in +-1/sqrt(fan_in), fan_in = C / groups * (size of the kernel)
    Raises  ValueError for groups that do not divide the channels, or an unknown padding.

    >>> layer = minigrad.nn.Conv2d(1, 4, kernel_size=3, padding=1)
    >>> layer(minigrad.ones(2, 1, 5, 5)).sum().backward(); layer.bias.grad
    tensor([50., 50., 50., 50.])
    """

    _dims = 2

    def forward(self, input: Tensor) -> Tensor:
        return self._convolve(F.conv2d, input)


class Conv3d(_Conv):
    """Convolution of volumes with learnt kernels (``F.conv3d``).

    Math    y[n, o, i] = bias[o] + sum_c sum_k weight[o, c, k] input[n, c, i stride + k dilation - padding]
            d_weight and d_input are convolutions too: of input with g, and of g with the flipped weight
    Shapes  input (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, K1, K2, K3), bias (O) -> (N, O, D', H', W')
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1
    Init    uniform in +-1/sqrt(fan_in), fan_in = C / groups * (size of the kernel)
    Raises  ValueError for groups that do not divide the channels, or an unknown padding.

    >>> layer = minigrad.nn.Conv3d(1, 4, kernel_size=3, padding=1)
    >>> layer(minigrad.ones(2, 1, 5, 5, 5)).sum().backward(); layer.bias.grad
    tensor([250., 250., 250., 250.])
    """

    _dims = 3

    def forward(self, input: Tensor) -> Tensor:
        return self._convolve(F.conv3d, input)


class _ConvTransposeNd(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def _convolve_back(
        self, function: Callable[..., Tensor], input: Tensor, output_size: Sequence[int] | None
    ) -> Tensor:
        extra = self.output_padding if output_size is None else self._output_padding(input, output_size)
        return function(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)

    def _output_padding(self, input: Tensor, output_size: Sequence[int]) -> list[int]:
        """By how much the output is to be larger than the smallest possible to have this size.

        Raises  ValueError if it cannot.
        """
        n, lead = self._dims, input.ndim - self._dims
        sizes = list(output_size)
        if len(sizes) == input.ndim:
            sizes = sizes[lead:]
        if len(sizes) != n:
            raise ValueError(
                f"ConvTranspose{n}D: for {input.ndim}D input, output_size must have {n} or {lead + n} elements (got "
                f"{len(sizes)})"
            )
        numbers: Any = zip(input.shape[lead:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        least = [(q - 1) * s - 2 * p + d * (k - 1) + 1 for q, s, p, d, k in numbers]
        most = [low + s - 1 for low, s in zip(least, self.stride, strict=True)]
        if any([not low <= size <= high for low, size, high in zip(least, sizes, most, strict=True)]):
            raise ValueError(
                f"requested an output size of {sizes}, but valid sizes range from {least} to {most} (for an input of "
                f"{list(input.shape[lead:])})"
            )
        return [size - low for low, size in zip(least, sizes, strict=True)]


class ConvTranspose1d(_ConvTransposeNd):
    """Transposed convolution of signals (``F.conv_transpose1d``): the gradient of a convolution, used as a layer.

    Math    y[n, o, i stride + k dilation - padding] += weight[c, o, k] input[n, c, i], then + bias[o]
            d_input is the convolution of g with weight, d_weight that of g with input
    Shapes  input (N, C, L) or (C, L), weight (C, O / groups, K), bias (O) -> (N, O, L')
            of each size S come (S - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1
            ``output_size`` of a call chooses the output padding
    Init    uniform in +-1/sqrt(fan_in), fan_in = O / groups * (size of the kernel)
    Raises  ValueError for groups that do not divide the channels, a padding mode but zeros, an impossible output size.

    >>> layer = minigrad.nn.ConvTranspose1d(4, 1, kernel_size=2, stride=2)
    >>> y = layer(minigrad.ones(2, 4, 5)); y.shape
    torch.Size([2, 1, 10])
    >>> y.sum().backward(); layer.bias.grad
    tensor([20.])
    """

    _dims = 1

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self._convolve_back(F.conv_transpose1d, input, output_size)


class ConvTranspose2d(_ConvTransposeNd):
    """Transposed convolution of images (``F.conv_transpose2d``): the gradient of a convolution, used as a layer.

    Math    y[n, o, i stride + k dilation - padding] += weight[c, o, k] input[n, c, i], then + bias[o]
            d_input is the convolution of g with weight, d_weight that of g with input
    Shapes  input (N, C, H, W) or (C, H, W), weight (C, O / groups, K1, K2), bias (O) -> (N, O, H', W')
            of each size S come (S - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1
            ``output_size`` of a call chooses the output padding
    Init    uniform in +-1/sqrt(fan_in), fan_in = O / groups * (size of the kernel)
    Raises  ValueError for groups that do not divide the channels, a padding mode but zeros, an impossible output size.

    >>> layer = minigrad.nn.ConvTranspose2d(4, 1, kernel_size=2, stride=2)
    >>> y = layer(minigrad.ones(2, 4, 5, 5)); y.shape
    torch.Size([2, 1, 10, 10])
    >>> y.sum().backward(); layer.bias.grad
    tensor([200.])
    """

    _dims = 2

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self._convolve_back(F.conv_transpose2d, input, output_size)


class ConvTranspose3d(_ConvTransposeNd):
    """Transposed convolution of volumes (``F.conv_transpose3d``): the gradient of a convolution, used as a layer.

    Math    y[n, o, i stride + k dilation - padding] += weight[c, o, k] input[n, c, i], then + bias[o]
            d_input is the convolution of g with weight, d_weight that of g with input
    Shapes  input (N, C, D, H, W) or (C, D, H, W), weight (C, O / groups, K1, K2, K3), bias (O) -> (N, O, D', H', W')
            of each size S come (S - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1
            ``output_size`` of a call chooses the output padding
    Init    uniform in +-1/sqrt(fan_in), fan_in = O / groups * (size of the kernel)
    Raises  ValueError for groups that do not divide the channels, a padding mode but zeros, an impossible output size.

    >>> layer = minigrad.nn.ConvTranspose3d(4, 1, kernel_size=2, stride=2)
    >>> y = layer(minigrad.ones(2, 4, 5, 5, 5)); y.shape
    torch.Size([2, 1, 10, 10, 10])
    >>> y.sum().backward(); layer.bias.grad
    tensor([2000.])
    """

    _dims = 3

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self._convolve_back(F.conv_transpose3d, input, output_size)
