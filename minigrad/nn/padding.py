"""Borders around images and sequences: ``F.pad`` as layers.

``padding`` is one number for every side, or (left, right), then (top, bottom), then (front, back).
"""

from __future__ import annotations

from typing import Any

from . import functional as F
from .module import Module


class _Pad(Module):
    dims = 0  # how many of the last dimensions get a border
    mode = "constant"

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * 2 * self.dims

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad1d(_Pad):
    """A border of one number. (*, W) -> (*, left + W + right)

    >>> minigrad.nn.ConstantPad1d((1, 2), 9.)(minigrad.zeros(1, 2))
    tensor([[9., 0., 0., 9., 9.]])
    """

    dims = 1

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad2d(ConstantPad1d):
    """A border of one number around (*, H, W)."""

    dims = 2


class ConstantPad3d(ConstantPad1d):
    """A border of one number around (*, D, H, W)."""

    dims = 3


class ZeroPad1d(ConstantPad1d):
    """A border of zeros around (*, W)."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ZeroPad1d):
    """A border of zeros around (*, H, W)."""

    dims = 2


class ZeroPad3d(ZeroPad1d):
    """A border of zeros around (*, D, H, W)."""

    dims = 3


class ReflectionPad1d(_Pad):
    """The elements mirrored at the edge, which is not repeated: 2 1 [0 1 2 3] 2 1. (N, C, W) or (C, W).

    Raises  RuntimeError for a border as long as the input or longer.
    """

    dims = 1
    mode = "reflect"


class ReflectionPad2d(ReflectionPad1d):
    """The elements mirrored at the edges of (N, C, H, W) or (C, H, W)."""

    dims = 2


class ReflectionPad3d(ReflectionPad1d):
    """The elements mirrored at the edges of (N, C, D, H, W) or (C, D, H, W)."""

    dims = 3


class ReplicationPad1d(_Pad):
    """The edge again and again: 0 0 [0 1 2 3] 3 3. (N, C, W) or (C, W)."""

    dims = 1
    mode = "replicate"


class ReplicationPad2d(ReplicationPad1d):
    """The edges of (N, C, H, W) or (C, H, W) again and again."""

    dims = 2


class ReplicationPad3d(ReplicationPad1d):
    """The edges of (N, C, D, H, W) or (C, D, H, W) again and again."""

    dims = 3


class CircularPad1d(_Pad):
    """The elements of the other side: 2 3 [0 1 2 3] 0 1. (N, C, W) or (C, W).

    Raises  ValueError for another number of dimensions, RuntimeError for a border longer than the input.
    """

    dims = 1
    mode = "circular"

    def forward(self, input: Any) -> Any:
        n = self.dims
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)")
        return super().forward(input)


class CircularPad2d(CircularPad1d):
    """The elements of the other sides around (N, C, H, W) or (C, H, W)."""

    dims = 2


class CircularPad3d(CircularPad1d):
    """The elements of the other sides around (N, C, D, H, W) or (C, D, H, W)."""

    dims = 3
