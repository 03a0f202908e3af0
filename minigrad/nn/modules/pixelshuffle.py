"""Channels to pixels and back."""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Module


class PixelShuffle(Module):
    """Pixel shuffle: r^2 channels become one channel of r times the height and width, r = ``upscale_factor``.

    Math    y[c, h r + i, w r + j] = input[c r^2 + i r + j, h, w]        d_input: g, moved back
    Shapes  input (*, C r^2, H, W) -> (*, C, H r, W r)
    Raises  RuntimeError if the channels are not a multiple of r^2.
    Source  Shi et al. 2016, https://arxiv.org/abs/1609.05158

    >>> x = minigrad.ones(4, 1, 1, requires_grad=True)
    >>> y = minigrad.nn.PixelShuffle(2)(x); y.shape
    torch.Size([1, 2, 2])
    >>> y[0, 0, 1].backward(); x.grad.flatten()
    tensor([0., 1., 0., 0.])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Pixel unshuffle, the inverse of ``PixelShuffle``: each block of r x r pixels becomes r^2 channels.

    Math    y[c r^2 + i r + j, h, w] = input[c, h r + i, w r + j], r = downscale_factor        d_input: g, moved back
    Shapes  input (*, C, H r, W r) -> (*, C r^2, H, W)
    Raises  RuntimeError if height or width is not a multiple of r.

    >>> x = minigrad.ones(1, 2, 2, requires_grad=True)
    >>> y = minigrad.nn.PixelUnshuffle(2)(x); y.shape
    torch.Size([4, 1, 1])
    >>> y[1, 0, 0].backward(); x.grad
    tensor([[[0., 1.],
             [0., 0.]]])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"
