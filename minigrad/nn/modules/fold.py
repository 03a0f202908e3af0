"""Sliding blocks as layers."""

from __future__ import annotations

from ...tensor import Tensor
from ...types import Sizes
from .. import functional as F
from .module import Module


class Fold(Module):
    """Puts columns back as sliding blocks into an image, adding up overlaps (``F.fold``): the adjoint of ``Unfold``.

    Math    y[n, c, i stride + k dilation - padding] += input[n, (c, k), i] for each block i, place k of the kernel
            d_input = unfold(g)
    Shapes  input (N, C K1 K2, L) or (C K1 K2, L), L the number of blocks -> (N, C, *output_size)
    Raises  RuntimeError if the columns do not fit the blocks of ``output_size``.

    >>> x = minigrad.ones(1, 2, 2, requires_grad=True)
    >>> y = minigrad.nn.Fold((1, 3), (1, 2))(x); y
    tensor([[[[1., 2., 1.]]]], grad_fn=<Col2ImBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([[[1., 1.],
             [1., 1.]]])
    """

    def __init__(
        self, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class Unfold(Module):
    """Every block that a sliding kernel covers, as a column (``F.unfold``, "im2col").

    Math    y[n, (c, k), i] = input[n, c, i stride + k dilation - padding] for each block i, place k of the kernel
            d_input = fold(g)
    Shapes  input (N, C, H, W) or (C, H, W) -> (N, C K1 K2, L), L the number of blocks
    Raises  RuntimeError if no block fits.

    >>> x = minigrad.ones(1, 1, 1, 3, requires_grad=True)
    >>> y = minigrad.nn.Unfold((1, 2))(x); y.shape
    torch.Size([1, 2, 2])
    >>> y.sum().backward(); x.grad
    tensor([[[[1., 2., 1.]]]])
    """

    def __init__(self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"
