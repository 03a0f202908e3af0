"""Images of another size, as layers."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from ...types import Sizes
from .. import functional as F
from .module import Module


class Upsample(Module):
    """Resamples signals, images or volumes to a fixed size or by a fixed factor (``F.interpolate``).

    Math    y[n, c, i] = sum_j w[i, j] input[n, c, j], with weights w by ``mode``        d_input[j] = sum_i w[i, j] g[i]
    Shapes  input (N, C, *S) -> (N, C, *size), by default floor(S scale_factor)
    Raises  ValueError unless one of ``size`` and ``scale_factor`` is given; NotImplementedError for an unknown mode.

    >>> x = minigrad.tensor([[[1., 2.]]], requires_grad=True)
    >>> y = minigrad.nn.Upsample(scale_factor=2)(x); y
    tensor([[[1., 1., 2., 2.]]], grad_fn=<UpsampleNearest1DBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([[[2., 2.]]])
    """

    def __init__(
        self,
        size: Sizes | None = None,
        scale_factor: float | tuple[float, ...] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor: Any = tuple([float(factor) for factor in scale_factor])
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        info = f"scale_factor={self.scale_factor!r}" if self.scale_factor is not None else f"size={self.size!r}"
        return f"{info}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Upsampling of images by the nearest pixel.

    Math    y[n, c, i, j] = input[n, c, floor(i H / H'), floor(j W / W')]
            d_input: the sum of g over the copies of a pixel
    Shapes  input (N, C, H, W) -> (N, C, H', W'), either ``size`` or floor of the sizes times ``scale_factor``
    Raises  ValueError unless one of ``size`` and ``scale_factor`` is given.

    >>> x = minigrad.ones(1, 1, 1, 2, requires_grad=True)
    >>> minigrad.nn.UpsamplingNearest2d(scale_factor=2)(x).sum().backward(); x.grad
    tensor([[[[4., 4.]]]])
    """

    def __init__(self, size: Sizes | None = None, scale_factor: float | tuple[float, ...] | None = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Bilinear upsampling of images, with the corner pixels aligned.

    Math    y[i] = (1 - t) input[floor(p)] + t input[floor(p) + 1], along both dimensions,
            with p = i (S - 1) / (S' - 1), t = p - floor(p)        d_input: g, shared out with the same weights
    Shapes  input (N, C, H, W) -> (N, C, H', W'), either ``size`` or floor of the sizes times ``scale_factor``
    Raises  ValueError unless one of ``size`` and ``scale_factor`` is given.

    >>> x = minigrad.tensor([[[[1., 3.]]]], requires_grad=True)
    >>> y = minigrad.nn.UpsamplingBilinear2d(size=(1, 3))(x); y
    tensor([[[[1., 2., 3.]]]], grad_fn=<UpsampleBilinear2DBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([[[[1.5000, 1.5000]]]])
    """

    def __init__(self, size: Sizes | None = None, scale_factor: float | tuple[float, ...] | None = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
