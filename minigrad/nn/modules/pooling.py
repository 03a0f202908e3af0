"""Layers that pool: no parameters, a smaller image."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...tensor import Tensor
from ...types import Sizes
from .. import functional as F
from .conv import _tuple
from .module import Module

# ---- the largest number ----


class _MaxPoolNd(Module):
    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def _pooled(self, pool: Callable[..., Tensor], x: Tensor) -> Tensor:
        return pool(
            x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """Max pooling: the largest number in each window of a signal.

    Math    y[n, c, i] = max_k input[n, c, i stride + k dilation - padding], k in the kernel
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, L) or (C, L) -> (N, C, L'); with ``return_indices`` also the flat positions
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> minigrad.nn.MaxPool1d(2)(x).sum().backward(); x.grad
    tensor([[0., 1., 1., 0.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._pooled(F.max_pool1d, input)


class MaxPool2d(_MaxPoolNd):
    """Max pooling: the largest number in each window of an image.

    Math    y[n, c, i] = max_k input[n, c, i stride + k dilation - padding], k in the kernel
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, H, W) or (C, H, W) -> (N, C, H', W'); with ``return_indices`` also the flat positions
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> minigrad.nn.MaxPool2d(2)(x).sum().backward(); x.grad
    tensor([[[0., 0.],
             [1., 0.]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._pooled(F.max_pool2d, input)


class MaxPool3d(_MaxPoolNd):
    """Max pooling: the largest number in each window of a volume.

    Math    y[n, c, i] = max_k input[n, c, i stride + k dilation - padding], k in the kernel
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'); with ``return_indices`` also the flat positions
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> minigrad.nn.MaxPool3d((1, 2, 2))(x).sum().backward(); x.grad
    tensor([[[[0., 0.],
              [1., 0.]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._pooled(F.max_pool3d, input)


class _MaxUnpoolNd(Module):
    _dims: int

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        self.kernel_size = _tuple(kernel_size, self._dims)
        self.stride = self.kernel_size if stride is None else _tuple(stride, self._dims)
        self.padding = _tuple(padding, self._dims)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpoolNd):
    """Partial inverse of ``MaxPool1d``: each maximum back at its position, 0 elsewhere.

    Math    y[n, c, indices[n, c, i]] = input[n, c, i]        d_input[n, c, i] = g[n, c, indices[n, c, i]]
    Shapes  input and indices (N, C, L) or (C, L) -> (N, C, L'), ``output_size``,
            by default (S - 1) stride - 2 padding + kernel_size
    Raises  ValueError for an ``output_size`` that the pooling cannot have come from; RuntimeError for an index outside.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> values, indices = minigrad.nn.MaxPool1d(2, return_indices=True)(x)
    >>> minigrad.nn.MaxUnpool1d(2)(values, indices).sum().backward(); x.grad
    tensor([[0., 1., 1., 0.]])
    """

    _dims = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(_MaxUnpoolNd):
    """Partial inverse of ``MaxPool2d``: each maximum back at its position, 0 elsewhere.

    Math    y[n, c, indices[n, c, i]] = input[n, c, i]        d_input[n, c, i] = g[n, c, indices[n, c, i]]
    Shapes  input and indices (N, C, H, W) or (C, H, W) -> (N, C, H', W'), ``output_size``,
            by default (S - 1) stride - 2 padding + kernel_size
    Raises  ValueError for an ``output_size`` that the pooling cannot have come from; RuntimeError for an index outside.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> values, indices = minigrad.nn.MaxPool2d(2, return_indices=True)(x)
    >>> minigrad.nn.MaxUnpool2d(2)(values, indices).sum().backward(); x.grad
    tensor([[[0., 0.],
             [1., 0.]]])
    """

    _dims = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(_MaxUnpoolNd):
    """Partial inverse of ``MaxPool3d``: each maximum back at its position, 0 elsewhere.

    Math    y[n, c, indices[n, c, i]] = input[n, c, i]        d_input[n, c, i] = g[n, c, indices[n, c, i]]
    Shapes  input and indices (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'), ``output_size``,
            by default (S - 1) stride - 2 padding + kernel_size
    Raises  ValueError for an ``output_size`` that the pooling cannot have come from; RuntimeError for an index outside.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> values, indices = minigrad.nn.MaxPool3d((1, 2, 2), return_indices=True)(x)
    >>> minigrad.nn.MaxUnpool3d((1, 2, 2))(values, indices).sum().backward(); x.grad
    tensor([[[[0., 0.],
              [1., 0.]]]])
    """

    _dims = 3

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


# ---- the mean ----


class _AvgPoolNd(Module):
    kernel_size: Sizes
    stride: Sizes
    padding: Sizes

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """Average pooling: the mean of each window of a signal.

    Math    y[n, c, i] = mean_k input[n, c, i stride + k - padding], k in the kernel; padding counts as zeros, unless
            ``count_include_pad`` is False
            d_input: each window's g, divided by the number of its places, at each of its places
    Shapes  input (N, C, L) or (C, L) -> (N, C, L')
            of each size S remain floor((S + 2 padding - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> minigrad.nn.AvgPool1d(2)(x).sum().backward(); x.grad
    tensor([[0.5000, 0.5000, 0.5000, 0.5000]])
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _tuple(kernel_size, 1)
        self.stride = self.kernel_size if stride is None else _tuple(stride, 1)
        self.padding = _tuple(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )  # fmt: skip


class _AvgPool(_AvgPoolNd):
    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def _pooled(self, pool: Callable[..., Tensor], x: Tensor) -> Tensor:
        counted, divisor = self.count_include_pad, self.divisor_override
        return pool(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, counted, divisor)


class AvgPool2d(_AvgPool):
    """Average pooling: the mean of each window of an image.

    Math    y[n, c, i] = mean_k input[n, c, i stride + k - padding], k in the kernel; padding counts as zeros, unless
            ``count_include_pad`` is False
            ``divisor_override`` replaces the number of places
            d_input: each window's g, divided by the number of its places, at each of its places
    Shapes  input (N, C, H, W) or (C, H, W) -> (N, C, H', W')
            of each size S remain floor((S + 2 padding - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> minigrad.nn.AvgPool2d(2)(x).sum().backward(); x.grad
    tensor([[[0.2500, 0.2500],
             [0.2500, 0.2500]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._pooled(F.avg_pool2d, input)


class AvgPool3d(_AvgPool):
    """Average pooling: the mean of each window of a volume.

    Math    y[n, c, i] = mean_k input[n, c, i stride + k - padding], k in the kernel; padding counts as zeros, unless
            ``count_include_pad`` is False
            ``divisor_override`` replaces the number of places
            d_input: each window's g, divided by the number of its places, at each of its places
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W')
            of each size S remain floor((S + 2 padding - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> minigrad.nn.AvgPool3d((1, 2, 2))(x).sum().backward(); x.grad
    tensor([[[[0.2500, 0.2500],
              [0.2500, 0.2500]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return self._pooled(F.avg_pool3d, input)


# ---- the p-norm ----


class _LPPoolNd(Module):
    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        if norm_type == 0:
            raise ValueError(f"norm_type must be a non-zero value, but got {norm_type}")
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPoolNd):
    """Power-average pooling: the p-norm of each window of a signal, p = ``norm_type``.

    Math    y[n, c, i] = (sum_k input[n, c, i stride + k]^p)^(1/p), k in the kernel
            d_input = g (input / y)^(p - 1), added up over the windows
    Shapes  input (N, C, L) or (C, L) -> (N, C, L')
            of each size S remain floor((S - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  ValueError for a ``norm_type`` of 0; RuntimeError if no window fits.

    >>> x = minigrad.tensor([[3., 4.]], requires_grad=True)
    >>> y = minigrad.nn.LPPool1d(2, 2)(x); y.item()
    5.0
    >>> y.sum().backward(); x.grad.flatten()
    tensor([0.6000, 0.8000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPoolNd):
    """Power-average pooling: the p-norm of each window of an image, p = ``norm_type``.

    Math    y[n, c, i] = (sum_k input[n, c, i stride + k]^p)^(1/p), k in the kernel
            d_input = g (input / y)^(p - 1), added up over the windows
    Shapes  input (N, C, H, W) or (C, H, W) -> (N, C, H', W')
            of each size S remain floor((S - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  ValueError for a ``norm_type`` of 0; RuntimeError if no window fits.

    >>> x = minigrad.tensor([[[3.], [4.]]], requires_grad=True)
    >>> y = minigrad.nn.LPPool2d(2, (2, 1))(x); y.item()
    5.0
    >>> y.sum().backward(); x.grad.flatten()
    tensor([0.6000, 0.8000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(_LPPoolNd):
    """Power-average pooling: the p-norm of each window of a volume, p = ``norm_type``.

    Math    y[n, c, i] = (sum_k input[n, c, i stride + k]^p)^(1/p), k in the kernel
            d_input = g (input / y)^(p - 1), added up over the windows
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W')
            of each size S remain floor((S - K) / stride) + 1; ``ceil_mode`` rounds up
    Raises  ValueError for a ``norm_type`` of 0; RuntimeError if no window fits.

    >>> x = minigrad.tensor([[[[3.]], [[4.]]]], requires_grad=True)
    >>> y = minigrad.nn.LPPool3d(2, (2, 1, 1))(x); y.item()
    5.0
    >>> y.sum().backward(); x.grad.flatten()
    tensor([0.6000, 0.8000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


# ---- a size of the output that is asked for ----


class _AdaptiveMaxPoolNd(Module):
    def __init__(self, output_size: int | Sequence[int | None] | None, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """Adaptive max pooling: the largest number of each of ``output_size`` windows of a signal.

    Math    y[n, c, i] = max of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, L) or (C, L) -> (N, C, *output_size), where None keeps a size;
            with ``return_indices`` also the flat positions
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> minigrad.nn.AdaptiveMaxPool1d(1)(x).sum().backward(); x.grad
    tensor([[0., 0., 1., 0.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = F.adaptive_max_pool1d(input, self.output_size, self.return_indices)
        return output


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """Adaptive max pooling: the largest number of each of ``output_size`` windows of an image.

    Math    y[n, c, i] = max of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, H, W) or (C, H, W) -> (N, C, *output_size), where None keeps a size;
            with ``return_indices`` also the flat positions
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> minigrad.nn.AdaptiveMaxPool2d(1)(x).sum().backward(); x.grad
    tensor([[[0., 0.],
             [1., 0.]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = F.adaptive_max_pool2d(input, self.output_size, self.return_indices)
        return output


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """Adaptive max pooling: the largest number of each of ``output_size`` windows of a volume.

    Math    y[n, c, i] = max of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size), where None keeps a size;
            with ``return_indices`` also the flat positions
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> minigrad.nn.AdaptiveMaxPool3d(1)(x).sum().backward(); x.grad
    tensor([[[[0., 0.],
              [1., 0.]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = F.adaptive_max_pool3d(input, self.output_size, self.return_indices)
        return output


class _AdaptiveAvgPoolNd(Module):
    def __init__(self, output_size: int | Sequence[int | None] | None) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """Adaptive average pooling: the mean of each of ``output_size`` windows of a signal.

    Math    y[n, c, i] = mean of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input: each window's g, divided by its size, at each of its places
    Shapes  input (N, C, L) or (C, L) -> (N, C, *output_size), where None keeps a size
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> minigrad.nn.AdaptiveAvgPool1d(1)(x).sum().backward(); x.grad
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """Adaptive average pooling: the mean of each of ``output_size`` windows of an image.

    Math    y[n, c, i] = mean of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input: each window's g, divided by its size, at each of its places
    Shapes  input (N, C, H, W) or (C, H, W) -> (N, C, *output_size), where None keeps a size
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> minigrad.nn.AdaptiveAvgPool2d(1)(x).sum().backward(); x.grad
    tensor([[[0.2500, 0.2500],
             [0.2500, 0.2500]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """Adaptive average pooling: the mean of each of ``output_size`` windows of a volume.

    Math    y[n, c, i] = mean of input[n, c, j] for floor(i S / output_size) <= j < ceil((i + 1) S / output_size)
            d_input: each window's g, divided by its size, at each of its places
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, *output_size), where None keeps a size
    Raises  RuntimeError for a negative ``output_size`` or another number of dimensions.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> minigrad.nn.AdaptiveAvgPool3d(1)(x).sum().backward(); x.grad
    tensor([[[[0.2500, 0.2500],
              [0.2500, 0.2500]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(input, self.output_size)
