"""The spellings of older programs: ``FloatTensor([1, 2])``, ``isinstance(x, torch.LongTensor)``.

A tensor has one class and a dtype; here each dtype looks like a class of its own.
"""

from __future__ import annotations

import warnings
from typing import Any

from .core.dtype import dtype, set_default_dtype
from .core.public import public
from .ops.cast import OLD_NAMES
from .ops.create import tensor_of
from .tensor import Tensor
from .types import Device


class _OfType(type):
    """Metaclass of the classes below: ``isinstance`` asks for a tensor's dtype."""

    dtype: dtype

    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, Tensor) and x.dtype is cls.dtype


class _TypedTensor(metaclass=_OfType):
    def __new__(cls, *args: Any, device: Device = None) -> Tensor:  # type: ignore[misc]  # as torch's
        return tensor_of(cls.dtype.numpy, args, device)


@public("minigrad")
class FloatTensor(_TypedTensor):
    """A tensor of float32 as old programs make it: of sizes ``(2, 3)``, not yet filled, or of numbers ``([1., 2.])``.

    Raises  TypeError if given a tensor of another dtype.

    >>> x = minigrad.FloatTensor([1, 2]); x, isinstance(x, minigrad.FloatTensor)
    (tensor([1., 2.]), True)
    """

    dtype = OLD_NAMES["FloatTensor"]


@public("minigrad")
class HalfTensor(_TypedTensor):
    """The same of float16."""

    dtype = OLD_NAMES["HalfTensor"]


@public("minigrad")
class DoubleTensor(_TypedTensor):
    """The same of float64."""

    dtype = OLD_NAMES["DoubleTensor"]


@public("minigrad")
class ByteTensor(_TypedTensor):
    """The same of uint8."""

    dtype = OLD_NAMES["ByteTensor"]


@public("minigrad")
class CharTensor(_TypedTensor):
    """The same of int8."""

    dtype = OLD_NAMES["CharTensor"]


@public("minigrad")
class ShortTensor(_TypedTensor):
    """The same of int16."""

    dtype = OLD_NAMES["ShortTensor"]


@public("minigrad")
class IntTensor(_TypedTensor):
    """The same of int32."""

    dtype = OLD_NAMES["IntTensor"]


@public("minigrad")
class LongTensor(_TypedTensor):
    """The same of int64."""

    dtype = OLD_NAMES["LongTensor"]


@public("minigrad")
class BoolTensor(_TypedTensor):
    """The same of bool."""

    dtype = OLD_NAMES["BoolTensor"]


def set_default_tensor_type(t: Any) -> None:
    """Choose the floating type of new tensors by an old name, ``torch.DoubleTensor``; deprecated.

    Raises  TypeError if it is not one of the floating types.
    """
    warnings.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        UserWarning,
        stacklevel=2,
    )
    if isinstance(t, str):
        t = OLD_NAMES.get(t.removeprefix("torch."), t)
    set_default_dtype(getattr(t, "dtype", t))
