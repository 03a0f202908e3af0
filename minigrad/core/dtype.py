"""Dtypes under torch's names, and torch's rules for what happens when they meet.

Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .public import public

Array = Any
"""An operand: a NumPy array inside kernels and rules, a Tensor for the user. The same text serves both."""


@public("minigrad")
class dtype:
    """A dtype, named and printed as torch does (``torch.float32``)."""

    __slots__ = ("is_floating_point", "is_signed", "itemsize", "name", "numpy")
    is_complex = False

    def __init__(self, name: str, numpy: Any) -> None:
        self.name = name
        self.numpy: np.dtype[Any] = np.dtype(numpy)
        self.is_floating_point: builtins.bool = self.numpy.kind == "f"
        self.is_signed: builtins.bool = self.numpy.kind in "fi"
        self.itemsize: builtins.int = self.numpy.itemsize

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name  # pickled by reference: there is one float32


float16 = half = dtype("float16", np.float16)
float32 = float = dtype("float32", np.float32)
float64 = double = dtype("float64", np.float64)
uint8 = dtype("uint8", np.uint8)
int8 = dtype("int8", np.int8)
int16 = short = dtype("int16", np.int16)
int32 = int = dtype("int32", np.int32)
int64 = long = dtype("int64", np.int64)
bool = dtype("bool", np.bool_)

ALL = (float16, float32, float64, uint8, int8, int16, int32, int64, bool)
FROM_NUMPY: dict[np.dtype[Any], dtype] = {d.numpy: d for d in ALL}

F16, F32, F64, I64, BOOL = (d.numpy for d in (float16, float32, float64, int64, bool))

RANK = {"b": 0, "u": 1, "i": 1, "f": 2}  # category: bool < integer < floating
_default = [F32]


def default_float() -> np.dtype[Any]:
    """The NumPy type that a Python float becomes."""
    return _default[0]


def get_default_dtype() -> dtype:
    """The floating type of new tensors."""
    return FROM_NUMPY[_default[0]]


def set_default_dtype(d: dtype) -> None:
    """Choose the floating type of new tensors.

    Raises  TypeError if ``d`` is not a floating type.
    """
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(
            f"only floating-point types are supported as the default type, but got {d!r}; "
            "use torch.float32 or torch.float64"
        )
    _default[0] = d.numpy


_CLASSES = {builtins.bool: bool, builtins.int: int64, builtins.float: float64}


def to_dtype(d: Any) -> Any:
    """A ``dtype`` argument: Python's classes ``bool``, ``int`` and ``float`` stand for the types of NumPy's names."""
    return _CLASSES.get(d, d) if isinstance(d, type) else d


def to_numpy(d: Any) -> np.dtype[Any]:
    """The NumPy type of a ``dtype`` argument."""
    d = to_dtype(d)
    if isinstance(d, dtype):
        return d.numpy
    raise TypeError(f"dtype must be a torch.dtype such as torch.float32, not {type(d).__name__}")


def result_type(operands: Any) -> np.dtype[Any]:
    """torch's promotion: arrays of one or more dimensions decide, then 0-d arrays, then Python numbers;
    a lower group counts only if its category (bool < integer < floating) is higher.

    >>> result_type([np.ones(2, np.int32), 0.5])
    dtype('float32')
    >>> result_type([np.ones(2, np.float32), np.array(1.0)])
    dtype('float32')
    """
    groups: list[np.dtype[Any] | None] = [None, None, None]
    for x in operands:
        priority, d = _priority(x)
        old = groups[priority]
        groups[priority] = d if old is None else promote_types(old, d)
    result: np.dtype[Any] | None = None
    for found in groups:
        if found is not None and (result is None or RANK[found.kind] > RANK[result.kind]):
            result = found
    assert result is not None
    return result


def _priority(x: Any) -> tuple[builtins.int, np.dtype[Any]]:
    """(0 array with dimensions, 1 array without, 2 Python number; its NumPy type)."""
    if type(x) is np.ndarray:
        return (0 if x.ndim else 1), x.dtype
    if isinstance(x, (np.bool_, builtins.bool)):
        return 2, BOOL
    if isinstance(x, (np.integer, builtins.int)):
        return 2, I64
    return 2, default_float()


def promote_types(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """The smallest type that holds both; an integer beside a float takes the float's type."""
    if a.kind != b.kind and "f" in (a.kind, b.kind):
        return a if a.kind == "f" else b
    return np.promote_types(a, b)
