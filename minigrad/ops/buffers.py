"""Tensors on memory that belongs to another object: an ndarray, an array of Python's, bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY, default_float, to_numpy
from ..core.errors import warn_user
from ..core.variable import Variable
from ..host.device import check_device
from ..types import Device, DType, Tensor
from .create import _array, _finish, from_numpy


def asarray(
    obj: Any,
    *,
    dtype: DType = None,
    device: Device = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor on the memory of an ndarray, a tensor or a buffer; of all else, the numbers.

    Math    y[i, j, ..] = obj[i][j]..        d_obj = g if obj is a tensor
    Shapes  as ``tensor``; a buffer, whose bytes are read as numbers of the type ``dtype`` -> (how many)
    Raises  ValueError or, for a number of NumPy's, RuntimeError, with ``copy=False`` if there is no memory to share;
            for a buffer as ``frombuffer``.

    requires_grad  None: as a tensor has it
    copy           None: only to convert the numbers to ``dtype``; True: always; False: never

    >>> numbers = np.ones(2, np.float32)
    >>> x = minigrad.asarray(numbers); numbers[0] = 5.; x
    tensor([5., 1.])
    """
    if copy is not None and not isinstance(copy, bool):
        raise TypeError(f"asarray(): argument 'copy' must be bool, not {type(copy).__name__}")
    check_device(device)
    if copy is False and isinstance(obj, np.generic):
        raise RuntimeError("can't alias NumPy scalars. Either remove copy=False or make it an ndarray")
    kept = requires_grad is None and isinstance(obj, Variable)
    wanted = bool(obj.requires_grad if kept else requires_grad)
    x = _on_memory(obj, dtype, wanted)
    if x is None:
        if copy is False:
            raise ValueError(
                f"can't alias arbitrary sequence into a tensor: {type(obj).__name__}; leave out copy=False"
            )
        return _finish(_array(obj, dtype), device, wanted)
    wrong = dtype is not None and to_numpy(dtype) != x.array.dtype
    if copy is False and wrong:
        raise ValueError(
            f"can't alias tensor with dtype '{FROM_NUMPY[x.array.dtype]}' into dtype '{dtype}': leave out copy=False"
        )
    if copy or wrong:
        x = x.to(dtype, copy=True)
    elif not x.array.flags.writeable and isinstance(obj, np.ndarray):
        _warn_of_reading_only("NumPy array")
    return x.requires_grad_(wanted) if wanted or x.is_leaf else x.detach()


def _on_memory(obj: Any, dtype: Any, requires_grad: bool) -> Any:
    """A tensor that shares the memory of ``obj``; None if it has none to share."""
    if isinstance(obj, Variable):
        return obj
    if isinstance(obj, np.ndarray):
        return from_numpy(obj if obj.ndim else obj.copy())  # torch takes a 0-d array for a number
    if isinstance(obj, np.generic) or not _is_buffer(obj):
        return None
    return frombuffer(obj, dtype=FROM_NUMPY[default_float()] if dtype is None else dtype, requires_grad=requires_grad)


def _is_buffer(obj: Any) -> bool:
    try:
        memoryview(obj)
    except TypeError:
        return False
    return True


def _warn_of_reading_only(what: str) -> None:
    warn_user(
        f"The given {what} is not writable, and PyTorch does not support non-writable tensors: neither is this one. "
        "Copy it to write to the tensor.",
        UserWarning,
    )


def frombuffer(buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A one-dimensional tensor that shares the memory of a bytes-like object.

    Math    y[k] = the number in bytes offset + k itemsize .. offset + (k + 1) itemsize of buffer
    Shapes  buffer -> (count), or as many as it has
    Raises  ValueError if the buffer has no bytes for ``count`` elements (-1: all) after ``offset``, or there is none;
            RuntimeError if it has gaps.

    >>> minigrad.frombuffer(bytearray([1, 0, 2, 0]), dtype=minigrad.int16)
    tensor([1, 2], dtype=torch.int16)
    """
    kind = to_numpy(dtype)
    try:
        view = memoryview(buffer)
    except TypeError:
        raise ValueError(
            f"object does not implement Python buffer protocol: {type(buffer).__name__}; use tensor() for numbers"
        ) from None
    if not view.c_contiguous:
        raise RuntimeError("could not retrieve buffer from object: its bytes do not lie one after the other")
    size, step = view.nbytes, kind.itemsize
    if not size or not count:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % step:
        raise ValueError(
            f"buffer length ({size} bytes) after offset ({offset} bytes) must be a multiple of element size ({step})"
        )
    if count > 0 and offset + count * step > size:
        raise ValueError(
            f"requested buffer length ({count} * {step} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({size} bytes)"
        )
    if view.readonly:
        _warn_of_reading_only("buffer")
    return _finish(np.frombuffer(buffer, kind, max(count, -1), offset), None, requires_grad)
