"""What a tensor answers about itself, and Python functions applied to it number by number."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.dtype import Array
from ..core.graph import Variable, owner, view_of, wants_grad, written
from ..host.device import CPU, layout, strided
from ..host.device import device as Device
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


def untyped_storage(x: Array) -> UntypedStorage:
    """The block of memory that the tensor looks at."""
    return UntypedStorage(x.array)


def device_of(x: Array) -> Device:
    """Where the tensor lives: the CPU."""
    return CPU


def get_device(x: Array) -> int:
    """The number of its GPU: -1, there is none."""
    return -1


def layout_of(x: Array) -> layout:
    """How the elements are stored."""
    return strided


def warn_of_volatile(message: str) -> None:
    """``volatile`` was how programs before torch 0.4 asked for ``no_grad``."""
    warnings.warn(message, UserWarning, stacklevel=3)


def volatile(x: Array) -> bool:
    """False: no tensor keeps its graph from being recorded any more."""
    warn_of_volatile("volatile was removed (Variable.volatile is always False)")
    return False


def set_volatile(x: Array, value: Any) -> None:
    """Does nothing."""
    warn_of_volatile("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.")


def element_size(x: Array) -> int:
    """Bytes of one element.

    >>> minigrad.zeros(3).element_size()
    4
    """
    return int(x.array.itemsize)


def nbytes(x: Array) -> int:
    """Bytes of all elements."""
    return int(x.array.size * x.array.itemsize)


def dim_order(x: Array) -> tuple[int, ...]:
    """The dimensions from the slowest in memory to the fastest."""
    steps = stride(x)
    return tuple(sorted(range(len(steps)), key=lambda d: (-steps[d], d)))


def no(x: Array) -> bool:
    """Always False: no tensor here is complex, shared between processes, pinned, or distributed."""
    return False


def pin_memory(x: Array) -> Array:
    """Pinned memory, which exists for a GPU: refused.

    Raises  RuntimeError
    """
    return to(x, "cuda")


def share_memory_(x: Array) -> Array:
    """The tensor itself. Processes get copies: what one writes, the others do not see."""
    return x


# ---- it and others ----


def is_same_size(x: Array, other: Array) -> bool:
    """Whether both have the same shape."""
    return bool(x.array.shape == other.array.shape)


def is_set_to(x: Array, other: Array) -> bool:
    """Whether both are the same elements of the same memory in the same order."""
    a, b = x.array, other.array
    return bool(a.ctypes.data == b.ctypes.data and (a.shape, a.strides, a.dtype) == (b.shape, b.strides, b.dtype))


def itself(x: Array) -> Array:
    """The tensor: a real number is its own real part and conjugate, a dense tensor its own dense form."""
    return x


def imag(x: Array) -> Array:
    """Refused: there are no complex tensors.

    Raises  RuntimeError
    """
    raise RuntimeError("imag is not implemented for tensors with non-complex dtypes: a real tensor has no such part")


def base(x: Array) -> Any:
    """The tensor that this one is a view of, or None."""
    view = view_of(x)
    return None if view is None else view.base


def is_view(x: Array) -> bool:
    """Whether the tensor looks at the memory of another."""
    return view_of(x) is not None


def new(x: Array, *args: Any) -> Array:
    """``x.new(2, 3)`` has these sizes, ``x.new([2, 3])`` these numbers, both x's type; see new_empty and new_tensor."""
    return tensor_of(x.array.dtype, args)


def contains(x: Array, element: Any) -> bool:
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


def _written_by(x: Array, name: str, function: Callable[..., Any], *others: Any) -> Array:
    if wants_grad(x):
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead: what a Python "
            "function does has no known derivative"
        )
    values = [y.array.astype(object) for y in (x, *others)]
    x.array[...] = np.frompyfunc(function, len(values), 1)(*values)
    written(x, name)
    return x


def apply_(x: Array, callable: Callable[[Any], Any]) -> Array:
    """Replace each number by what a Python function makes of it: slow, for experiments only.

    Raises  RuntimeError if the tensor requires a gradient.

    >>> minigrad.tensor([1., 4.]).apply_(lambda v: v * 10)
    tensor([10., 40.])
    """
    return _written_by(x, "apply_", callable)


def map_(x: Array, tensor: Array, callable: Callable[[Any, Any], Any]) -> Array:
    """Replace each number by what a Python function makes of it and of the other tensor's."""
    return _written_by(x, "map_", callable, tensor)


def map2_(x: Array, x1: Array, y: Array, callable: Callable[[Any, Any, Any], Any]) -> Array:
    """``map_`` with two other tensors."""
    return _written_by(x, "map2_", callable, x1, y)


# ---- other libraries ----


def dlpack(x: Array, **options: Any) -> Any:
    """The memory, for libraries that speak DLPack (``np.from_dlpack(x)``, ``torch.from_dlpack(x)``).

    Raises  BufferError if the tensor requires a gradient.
    """
    if wants_grad(x):
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return x.array.__dlpack__(**options)


def dlpack_device(x: Array) -> Any:
    """Where the memory is, in DLPack's words."""
    return x.array.__dlpack_device__()


def from_dlpack(ext_tensor: Any) -> Array:
    """A tensor that shares the memory of another library's, without a copy.

    >>> minigrad.from_dlpack(np.ones(2))
    tensor([1., 1.], dtype=torch.float64)
    """
    return from_numpy(np.from_dlpack(ext_tensor))
