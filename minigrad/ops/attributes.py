"""What a tensor answers about itself, and Python functions applied to it number by number."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import types
from ..core.errors import warn_user
from ..core.inplace import check_memory
from ..core.variable import Variable, written
from ..core.views import owner, view_of, wants_grad
from ..host.device import CPU, layout, memory_format, strided
from ..host.device import device as Device
from ..types import DType, Operand, Tensor
from .cast import to
from .create import from_numpy, tensor_of
from .elementwise.comparison import eq
from .shape.views import stride

# ---- where and how it lies in memory ----


class UntypedStorage:
    """The block of memory that a tensor looks at: equal addresses mean shared memory.

    >>> x = minigrad.zeros(2, 3)
    >>> x[1].untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    True
    """

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self._array: np.ndarray[Any, Any] = owner(array)

    def data_ptr(self) -> int:
        """The address of its first byte."""
        return self._array.ctypes.data

    def nbytes(self) -> int:
        """How many bytes it has."""
        return self._array.nbytes

    size = __len__ = nbytes

    def __repr__(self) -> str:
        return f"<UntypedStorage of {self.nbytes()} bytes>"


def untyped_storage(x: Tensor) -> UntypedStorage:
    """The block of memory that the tensor looks at.

    >>> x = minigrad.zeros(2, 3)
    >>> x[1].untyped_storage().nbytes()
    24
    """
    return UntypedStorage(x.array)


def device_of(x: Tensor) -> Device:
    """Where the tensor lives: the CPU."""
    return CPU


def get_device(x: Tensor) -> int:
    """The number of its GPU: -1, there is none.

    >>> minigrad.ones(1).get_device()
    -1
    """
    return -1


def layout_of(x: Tensor) -> layout:
    """How the elements are stored."""
    return strided


def warn_of_volatile(message: str) -> None:
    """``volatile`` was how programs before torch 0.4 asked for ``no_grad``."""
    warn_user(message, UserWarning)


def volatile(x: Tensor) -> bool:
    """False: no tensor keeps its graph from being recorded any more."""
    warn_of_volatile("volatile was removed (Variable.volatile is always False)")
    return False


def set_volatile(x: Tensor, value: Any) -> None:
    """Does nothing."""
    warn_of_volatile("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.")


def element_size(x: Tensor) -> int:
    """Bytes of one element.

    >>> minigrad.zeros(3).element_size()
    4
    """
    return int(x.array.itemsize)


def nbytes(x: Tensor) -> int:
    """Bytes of all elements."""
    return int(x.array.size * x.array.itemsize)


def is_pinned(x: Tensor, device: types.Device = None) -> bool:
    """Always False: there is no memory pinned for an accelerator.

    Raises  RuntimeError for what is not the name of a device.

    >>> minigrad.ones(1).is_pinned()
    False
    """
    if isinstance(device, str):
        Device(device)
    return False


def dim_order(x: Tensor, *, ambiguity_check: bool | list[memory_format] = False) -> tuple[int, ...]:
    """The dimensions from the slowest in memory to the fastest.

    Raises  RuntimeError with ``ambiguity_check`` if there are several such orders; TypeError if that is not a bool or
            a list of memory formats.

    >>> minigrad.zeros(2, 3).t().dim_order()
    (1, 0)
    """
    formats = ambiguity_check if isinstance(ambiguity_check, list) else []
    if not (isinstance(ambiguity_check, (bool, list)) and all([isinstance(f, memory_format) for f in formats])):
        raise TypeError("The ambiguity_check argument must be a bool or a list of memory formats.")
    steps = stride(x)
    if ambiguity_check and (1 in x.shape or any([a == b for a, b in itertools.pairwise(steps)])):
        raise RuntimeError(
            "The tensor does not have unique dim order, or cannot map to one of the given memory formats"
        )
    return tuple(sorted(range(len(steps)), key=lambda d: (-steps[d], d)))


def never(x: Tensor) -> bool:
    """Always False: no tensor here is complex, shared between processes, or distributed.

    >>> minigrad.ones(1).is_shared()
    False
    """
    return False


def pin_memory(x: Tensor) -> Tensor:
    """Pinned memory, which exists for a GPU: refused.

    Raises  RuntimeError

    >>> minigrad.ones(1).pin_memory()
    Traceback (most recent call last):
        ...
    RuntimeError: ...
    """
    return to(x, "cuda")


def share_memory_(x: Tensor) -> Tensor:
    """The tensor itself. Processes get copies: what one writes, the others do not see."""
    return x


# ---- it and others ----


def is_same_size(x: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape.

    >>> minigrad.zeros(2, 3).is_same_size(minigrad.zeros(3, 2))
    False
    """
    return bool(x.array.shape == other.array.shape)


def is_set_to(x: Tensor, other: Tensor) -> bool:
    """Whether both are the same elements of the same memory in the same order.

    >>> x = minigrad.zeros(2)
    >>> x.is_set_to(x.view(2)), x.is_set_to(x.clone())
    (True, False)
    """
    a, b = x.array, other.array
    return bool(a.ctypes.data == b.ctypes.data and (a.shape, a.strides, a.dtype) == (b.shape, b.strides, b.dtype))


def itself(x: Tensor) -> Tensor:
    """The tensor: a real number is its own real part and conjugate.

    Math    y = x        d_x = g
    Shapes  x (*) -> (*)
    Raises  TypeError if x is not a tensor.

    >>> x = minigrad.tensor([1., 2.])
    >>> minigrad.real(x) is x
    True
    """
    return x


def to_dense(x: Tensor, dtype: DType = None, masked_grad: bool | None = None) -> Tensor:
    """The tensor, which is dense already, in a type.

    Math    y = x        d_x = g
    Shapes  x (*) -> (*)
    Raises  TypeError for what is not a type.

    >>> minigrad.ones(1).to_dense(minigrad.int64)
    tensor([1])
    """
    return to(x, dtype=dtype)


def imag(x: Tensor) -> Tensor:
    """Refused: there are no complex tensors.

    Raises  RuntimeError
    """
    raise RuntimeError("imag is not implemented for tensors with non-complex dtypes: a real tensor has no such part")


def base(x: Tensor) -> Tensor | None:
    """The tensor that this one is a view of, or None."""
    view: Any = view_of(x)
    return None if view is None else view.base


def is_view(x: Tensor) -> bool:
    """Whether the tensor looks at the memory of another."""
    return view_of(x) is not None


def new(x: Tensor, *args: Any) -> Tensor:
    """``x.new(2, 3)`` has these sizes, ``x.new([2, 3])`` these numbers, both x's type; see new_empty and new_tensor.

    Shapes  the sizes, or the nesting of the lists
    Raises  TypeError for what is neither sizes nor a sequence of numbers; RuntimeError for a negative size.

    >>> minigrad.tensor([1.]).new([2, 3])
    tensor([2., 3.])
    """
    return tensor_of(x.array.dtype, args)


def contains(x: Tensor, element: Operand) -> bool:
    """``element in x``: whether any number of x equals it.

    Raises  RuntimeError for what is neither a number nor a tensor.
    """
    if not isinstance(element, (Variable, int, float, np.generic)):
        raise RuntimeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}: compare "
            "with ==, then ask any() or all()"
        )
    return bool(eq(x, element).array.any())


# ---- Python functions, number by number ----


def _written_by(x: Tensor, name: str, function: Callable[..., Any], *others: Any) -> Tensor:
    if wants_grad(x):
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead: what a Python "
            "function does has no known derivative"
        )
    check_memory(x, name)
    values = [y.array.astype(object) for y in (x, *others)]
    x.array[...] = np.frompyfunc(function, len(values), 1)(*values)
    written(x, name)
    return x


def apply_(x: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each number by what a Python function makes of it: slow, for experiments only.

    Raises  RuntimeError if the tensor requires a gradient.

    >>> minigrad.tensor([1., 4.]).apply_(lambda v: v * 10)
    tensor([10., 40.])
    """
    return _written_by(x, "apply_", callable)


def map_(x: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace each number by what a Python function makes of it and of the other tensor's.

    Raises  RuntimeError if the tensor requires a gradient.

    >>> minigrad.tensor([1., 4.]).map_(minigrad.tensor([2., 3.]), lambda v, w: v * w)
    tensor([ 2., 12.])
    """
    return _written_by(x, "map_", callable, tensor)


def map2_(x: Tensor, x1: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """Replace each number by what a Python function makes of it and of two other tensors': ``map_`` with two of them.

    Raises  RuntimeError if the tensor requires a gradient.

    >>> x = minigrad.tensor([1., 4.])
    >>> x.map2_(x, minigrad.ones(2), lambda v, a, b: v + a + b)
    tensor([3., 9.])
    """
    return _written_by(x, "map2_", callable, x1, y)


# ---- other libraries ----


def dlpack(x: Tensor, **options: Any) -> Any:
    """The memory, for libraries that speak DLPack (``np.from_dlpack(x)``, ``torch.from_dlpack(x)``).

    Raises  BufferError if the tensor requires a gradient.
    """
    if wants_grad(x):
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return x.array.__dlpack__(**options)


def dlpack_device(x: Tensor) -> Any:
    """Where the memory is, in DLPack's words."""
    return x.array.__dlpack_device__()


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor that shares the memory of another library's, without a copy.

    Math    y[i] = ext_tensor[i], also after either is written to
    Shapes  ext_tensor (*) -> (*)
    Raises  AttributeError for what does not speak DLPack; BufferError for memory that it cannot share.

    >>> minigrad.from_dlpack(np.ones(2))
    tensor([1., 1.], dtype=torch.float64)
    """
    return from_numpy(np.from_dlpack(ext_tensor))
