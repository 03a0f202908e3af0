"""``finfo`` and ``iinfo``: what the numbers of a type can hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from .core.dtype import dtype, get_default_dtype, to_dtype
from .core.public import public


@public("minigrad")
class finfo:
    """The limits of a floating type (by default, of the default one).

    Raises  TypeError for a type that is not floating.

    >>> minigrad.finfo(minigrad.float32).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: dtype | None = None) -> None:
        kind = get_default_dtype() if type is None else to_dtype(type)
        if not isinstance(kind, dtype) or not kind.is_floating_point:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        limits: Any = np.finfo(kind.numpy)
        self.dtype = kind.name
        self.bits = int(limits.bits)
        self.eps = float(limits.eps)
        self.max = float(limits.max)
        self.min = float(limits.min)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = 10.0**-limits.precision

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


@public("minigrad")
class iinfo:
    """The limits of an integer type.

    Raises  TypeError for a type that is not an integer.

    >>> minigrad.iinfo(minigrad.int8).max
    127
    """

    def __init__(self, type: dtype) -> None:
        type = to_dtype(type)
        if not isinstance(type, dtype) or type.numpy.kind not in "iu":
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        limits = np.iinfo(type.numpy)
        self.dtype = type.name
        self.bits = int(limits.bits)
        self.max = int(limits.max)
        self.min = int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
