"""Borders around images and sequences: ``F.pad`` as layers.

``padding`` is one number for every side, or (left, right), then (top, bottom), then (front, back).
"""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from ...types import Sizes
from .. import functional as F
from .module import Module


class _Pad(Module):
    _dims = 0  # how many of the last dimensions get a border
    _mode = "constant"

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        self.padding: Any = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * 2 * self._dims

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadNd(_Pad):
    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ReflectionPadNd(_Pad):
    _mode = "reflect"


class _ReplicationPadNd(_Pad):
    _mode = "replicate"


class _CircularPadNd(_Pad):
    _mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        n = self._dims
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)")
        return super().forward(input)


class ConstantPad1d(_ConstantPadNd):
    """Padding of signals with one number (``F.pad``); a negative ``padding`` crops.

    Math    y = input inside, value on the border
            d_input = g inside
    Shapes  input (*, W) -> (*, left + W + right)
    Raises  RuntimeError for a border so negative that less than nothing is left.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True)
    >>> y = minigrad.nn.ConstantPad1d((1, 0), 9.)(x); y.flatten().tolist()
    [9.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 1.])
    """

    _dims = 1


class ConstantPad2d(_ConstantPadNd):
    """Padding of images with one number (``F.pad``); a negative ``padding`` crops.

    Math    y = input inside, value on the border
            d_input = g inside
    Shapes  input (*, H, W) -> (*, top + H + bottom, left + W + right)
    Raises  RuntimeError for a border so negative that less than nothing is left.

    >>> x = minigrad.tensor([[[1., 2.]]], requires_grad=True)
    >>> y = minigrad.nn.ConstantPad2d((1, 0, 0, 0), 9.)(x); y.flatten().tolist()
    [9.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 1.])
    """

    _dims = 2


class ConstantPad3d(_ConstantPadNd):
    """Padding of volumes with one number (``F.pad``); a negative ``padding`` crops.

    Math    y = input inside, value on the border
            d_input = g inside
    Shapes  input (*, D, H, W) -> (*, front + D + back, top + H + bottom, left + W + right)
    Raises  RuntimeError for a border so negative that less than nothing is left.

    >>> x = minigrad.tensor([[[[1., 2.]]]], requires_grad=True)
    >>> y = minigrad.nn.ConstantPad3d((1, 0, 0, 0, 0, 0), 9.)(x); y.flatten().tolist()
    [9.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 1.])
    """

    _dims = 3


class ZeroPad1d(ConstantPad1d):
    """Padding of signals with zeros (``F.pad``); a negative ``padding`` crops.

    Math    y = input inside, 0 on the border
            d_input = g inside
    Shapes  input (*, W) -> (*, left + W + right)
    Raises  RuntimeError for a border so negative that less than nothing is left.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True)
    >>> y = minigrad.nn.ZeroPad1d((1, 0))(x); y.flatten().tolist()
    [0.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 1.])
    """

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Padding of images with zeros (``F.pad``); a negative ``padding`` crops.

    Math    y = input inside, 0 on the border
            d_input = g inside
    Shapes  input (*, H, W) -> (*, top + H + bottom, left + W + right)
    Raises  RuntimeError for a border so negative that less than nothing is left.

    >>> x = minigrad.tensor([[[1., 2.]]], requires_grad=True)
    >>> y = minigrad.nn.ZeroPad2d((1, 0, 0, 0))(x); y.flatten().tolist()
    [0.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 1.])
    """

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Padding of volumes with zeros (``F.pad``); a negative ``padding`` crops.

    Math    y = input inside, 0 on the border
            d_input = g inside
    Shapes  input (*, D, H, W) -> (*, front + D + back, top + H + bottom, left + W + right)
    Raises  RuntimeError for a border so negative that less than nothing is left.

    >>> x = minigrad.tensor([[[[1., 2.]]]], requires_grad=True)
    >>> y = minigrad.nn.ZeroPad3d((1, 0, 0, 0, 0, 0))(x); y.flatten().tolist()
    [0.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 1.])
    """

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReflectionPad1d(_ReflectionPadNd):
    """Padding of signals with the input mirrored at its edges (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[reflected i]; 2 1 [0 1 2 3] 2 1: the edge itself is not repeated
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, W) or (C, W) -> (*, left + W + right)
    Raises  RuntimeError for a border as long as the input or longer.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True)
    >>> y = minigrad.nn.ReflectionPad1d((1, 0))(x); y.flatten().tolist()
    [2.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 2.])
    """

    _dims = 1


class ReflectionPad2d(_ReflectionPadNd):
    """Padding of images with the input mirrored at its edges (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[reflected i]; 2 1 [0 1 2 3] 2 1: the edge itself is not repeated
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, H, W) or (C, H, W) -> (*, top + H + bottom, left + W + right)
    Raises  RuntimeError for a border as long as the input or longer.

    >>> x = minigrad.tensor([[[1., 2.]]], requires_grad=True)
    >>> y = minigrad.nn.ReflectionPad2d((1, 0, 0, 0))(x); y.flatten().tolist()
    [2.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 2.])
    """

    _dims = 2


class ReflectionPad3d(_ReflectionPadNd):
    """Padding of volumes with the input mirrored at its edges (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[reflected i]; 2 1 [0 1 2 3] 2 1: the edge itself is not repeated
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (*, front + D + back, top + H + bottom, left + W + right)
    Raises  RuntimeError for a border as long as the input or longer.

    >>> x = minigrad.tensor([[[[1., 2.]]]], requires_grad=True)
    >>> y = minigrad.nn.ReflectionPad3d((1, 0, 0, 0, 0, 0))(x); y.flatten().tolist()
    [2.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 2.])
    """

    _dims = 3


class ReplicationPad1d(_ReplicationPadNd):
    """Padding of signals with its edges repeated (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[clamped i]; 0 0 [0 1 2 3] 3 3
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, W) or (C, W) -> (*, left + W + right)
    Raises  RuntimeError for another number of dimensions.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True)
    >>> y = minigrad.nn.ReplicationPad1d((1, 0))(x); y.flatten().tolist()
    [1.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([2., 1.])
    """

    _dims = 1


class ReplicationPad2d(_ReplicationPadNd):
    """Padding of images with its edges repeated (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[clamped i]; 0 0 [0 1 2 3] 3 3
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, H, W) or (C, H, W) -> (*, top + H + bottom, left + W + right)
    Raises  RuntimeError for another number of dimensions.

    >>> x = minigrad.tensor([[[1., 2.]]], requires_grad=True)
    >>> y = minigrad.nn.ReplicationPad2d((1, 0, 0, 0))(x); y.flatten().tolist()
    [1.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([2., 1.])
    """

    _dims = 2


class ReplicationPad3d(_ReplicationPadNd):
    """Padding of volumes with its edges repeated (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[clamped i]; 0 0 [0 1 2 3] 3 3
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (*, front + D + back, top + H + bottom, left + W + right)
    Raises  RuntimeError for another number of dimensions.

    >>> x = minigrad.tensor([[[[1., 2.]]]], requires_grad=True)
    >>> y = minigrad.nn.ReplicationPad3d((1, 0, 0, 0, 0, 0))(x); y.flatten().tolist()
    [1.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([2., 1.])
    """

    _dims = 3


class CircularPad1d(_CircularPadNd):
    """Padding of signals with the input continued periodically (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[i mod S]; 2 3 [0 1 2 3] 0 1
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, W) or (C, W) -> (*, left + W + right)
    Raises  ValueError for another number of dimensions, RuntimeError for a border longer than the input.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True)
    >>> y = minigrad.nn.CircularPad1d((1, 0))(x); y.flatten().tolist()
    [2.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 2.])
    """

    _dims = 1


class CircularPad2d(_CircularPadNd):
    """Padding of images with the input continued periodically (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[i mod S]; 2 3 [0 1 2 3] 0 1
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, H, W) or (C, H, W) -> (*, top + H + bottom, left + W + right)
    Raises  ValueError for another number of dimensions, RuntimeError for a border longer than the input.

    >>> x = minigrad.tensor([[[1., 2.]]], requires_grad=True)
    >>> y = minigrad.nn.CircularPad2d((1, 0, 0, 0))(x); y.flatten().tolist()
    [2.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 2.])
    """

    _dims = 2


class CircularPad3d(_CircularPadNd):
    """Padding of volumes with the input continued periodically (``F.pad``); a negative ``padding`` crops.

    Math    y[i] = input[i mod S]; 2 3 [0 1 2 3] 0 1
            d_input = g inside, plus g of the border where it was copied from
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (*, front + D + back, top + H + bottom, left + W + right)
    Raises  ValueError for another number of dimensions, RuntimeError for a border longer than the input.

    >>> x = minigrad.tensor([[[[1., 2.]]]], requires_grad=True)
    >>> y = minigrad.nn.CircularPad3d((1, 0, 0, 0, 0, 0))(x); y.flatten().tolist()
    [2.0, 1.0, 2.0]
    >>> y.sum().backward(); x.grad.flatten()
    tensor([1., 2.])
    """

    _dims = 3
