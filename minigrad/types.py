"""The names that annotations use, torch's where torch has one, and the shape of a tensor.

An operand is a ``Tensor`` to the user of an op and an ``Array`` (``core.dtype``) to its NumPy function. Ops are methods
of Tensor, so Tensor stands above them: a type checker reads both at once, and at run time the name stands for the class
that Tensor is made of. It is the one circle in the house, and it is here only.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, TypeAlias, overload

import numpy as np

from .core.dtype import dtype
from .core.public import public
from .host.device import device, memory_format

if TYPE_CHECKING:
    from .tensor import Tensor as Tensor
else:
    from .core.variable import Variable as Tensor

Number: TypeAlias = int | float
"""One of Python's numbers, a bool too."""

Operand: TypeAlias = Tensor | Number
"""What stands beside a tensor in ``x + y``."""

Tensors: TypeAlias = Tensor | Iterable[Tensor]
"""One, or several."""

Sizes: TypeAlias = int | Sequence[int]
"""A kernel's, a stride's, a padding's: one number for every dimension, or one for each."""

Dims: TypeAlias = int | Sequence[int]
"""The dimensions that are summed over: one, or several."""

Index: TypeAlias = int | slice | EllipsisType | Tensor | np.ndarray[Any, Any] | list[Any] | tuple[Any, ...] | None
"""What stands in ``x[...]``: a number, a slice, None, ``...``, places (a tensor, an array, a list), or several."""

Device: TypeAlias = device | str | int | None
"""A place, its name or its number; None: the place where new tensors go."""

DType: TypeAlias = dtype | None
"""``torch.float32`` and its like; None: the default, or what the operands have."""

MemoryFormat: TypeAlias = memory_format | None
"""``torch.channels_last`` and its like; None: as the operand is."""


class Unary(Protocol):
    """What ``x.__neg__`` is. The rules of ops compute with operators, so their types are said, not found out."""

    def __call__(self) -> Tensor: ...


class Binary(Protocol):
    """What ``x.__add__`` is."""

    def __call__(self, other: Operand, /) -> Tensor: ...


@public("minigrad")
class Size(tuple[int, ...]):
    """The shape of a tensor.

    Raises  TypeError if something in it is not an integer.
    """

    def __new__(cls, sizes: Iterable[Any] = ()) -> Size:
        found = []
        for k, n in enumerate(sizes):
            try:
                found.append(operator.index(n))
            except TypeError:
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {k} is '{type(n).__name__}')") from None
        return tuple.__new__(cls, found)

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        return int(np.prod(self, dtype=np.int64))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    @overload
    def __getitem__(self, i: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, i: slice) -> Size: ...
    def __getitem__(self, i: SupportsIndex | slice) -> int | Size:
        item: Any = tuple.__getitem__(self, i)
        return Size(item) if isinstance(i, slice) else item

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))
