"""The names that annotations use, torch's where torch has one; nothing here computes.

An operand is a ``Tensor`` to the user of an op, and an ``Array`` (``core.dtype``) to its NumPy function. Ops are methods
of Tensor, so Tensor stands above them: a type checker reads both at once, and at run time the name is that of the class
that Tensor is made of. It is the one circle in the house, and it is here only.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .core.dtype import dtype
from .host.device import device, memory_format

if TYPE_CHECKING:
    from .tensor import Tensor as Tensor
else:
    from .core.graph import Variable as Tensor

Number: TypeAlias = int | float
"""One of Python's numbers, a bool too."""

Operand: TypeAlias = Tensor | Number
"""What stands beside a tensor in ``x + y``."""

Sizes: TypeAlias = int | Sequence[int]
"""A kernel's, a stride's, a padding's: one number for every dimension, or one for each."""

Dims: TypeAlias = int | Sequence[int]
"""The dimensions that are summed over: one, or several."""

Index: TypeAlias = int | slice | EllipsisType | Tensor | np.ndarray[Any, Any] | Sequence[Any] | None
"""What stands in ``x[...]``: a number, a slice, None, ``...``, places (a tensor, an array, a list), a tuple of these."""

Device: TypeAlias = device | str | int | None
"""A place, its name or its number; None: the place where new tensors go."""

DType: TypeAlias = dtype
"""``torch.float32`` and its like, beside an argument that is called ``dtype``."""

MemoryFormat: TypeAlias = memory_format
"""``torch.channels_last`` and its like, beside an argument that is called ``memory_format``."""
