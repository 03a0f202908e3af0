"""Other dtypes, and writing over a tensor's numbers: to, copy_, fill_, zero_."""

from __future__ import annotations

import builtins
from typing import Any, overload

import numpy as np

from ..core import dtype as dtypes
from ..core.beside import wrap_like
from ..core.dtype import FROM_NUMPY, Array, dtype, to_numpy
from ..core.errors import in_64_bits, kind_of
from ..core.inplace import check_memory, inplace, refused, repeats
from ..core.op import defgrad, op
from ..core.roles import roles
from ..core.variable import Variable, wrap
from ..host.device import check_device, device
from ..types import Device, DType, MemoryFormat, Operand, Tensor
from .checks import fitted, tensor_only
from .elementwise.transcendental import to_dtype, zeros_like
from .shape.views import clone, in_memory_format, sum_to_size

OLD_NAMES = {
    "HalfTensor": dtypes.float16,
    "FloatTensor": dtypes.float32,
    "DoubleTensor": dtypes.float64,
    "ByteTensor": dtypes.uint8,
    "CharTensor": dtypes.int8,
    "ShortTensor": dtypes.int16,
    "IntTensor": dtypes.int32,
    "LongTensor": dtypes.int64,
    "BoolTensor": dtypes.bool,
}


def destination(args: tuple[Any, ...], device: Any, dtype: Any) -> tuple[Any, Any, bool]:
    """The device, the dtype, and whether to copy, that the arguments of ``to`` ask for: [device, [dtype]] or a
    dtype or a tensor, then non_blocking, then copy.

    Raises  TypeError if they stand in another order, or a thing is given twice.
    """
    rest = list(map(dtypes.to_dtype, args))
    if rest and isinstance(rest[0], (dtypes.dtype, Variable)) and dtype is None:
        first = rest.pop(0)
        dtype = FROM_NUMPY[first.array.dtype] if isinstance(first, Variable) else first
    elif rest and device is None and (rest[0] is None or builtins.type(rest[0]) in (str, _device, builtins.int)):
        device = rest.pop(0)
        if rest and dtype is None and (rest[0] is None or isinstance(rest[0], dtypes.dtype)):
            dtype = rest.pop(0)
        elif rest:
            rest = list(args)  # non_blocking comes after the dtype
    if len(rest) > 2 or not all([isinstance(flag, builtins.bool) for flag in rest]):
        raise TypeError(
            f"to() received an invalid combination of arguments - got ({', '.join(map(kind_of, args))}); give a device "
            "and then a dtype, or a dtype, or a tensor; then non_blocking and copy, which are bools"
        )
    return device, dtype, len(rest) == 2 and rest[1]


@overload
def to(
    x: Tensor,
    dtype: dtype,
    non_blocking: bool = False,
    copy: bool = False,
    *,
    memory_format: MemoryFormat = None,
) -> Tensor: ...
@overload
def to(
    x: Tensor,
    device: Device = None,
    dtype: DType = None,
    non_blocking: bool = False,
    copy: bool = False,
    *,
    memory_format: MemoryFormat = None,
) -> Tensor: ...
@overload
def to(
    x: Tensor,
    other: Tensor,
    /,
    non_blocking: bool = False,
    copy: bool = False,
    *,
    memory_format: MemoryFormat = None,
) -> Tensor: ...
def to(
    x: Tensor,
    *args: Any,
    dtype: DType = None,
    device: Device = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """The tensor in another dtype: ``to(dtype)``, ``to(device)``, ``to(device, dtype)``, ``to(other)``.

    Nothing is copied if nothing changes. The only device is the CPU.

    Math    y = x, rounded        d_x = g, in the type of x
    Shapes  x (*) -> (*)
    Raises  RuntimeError for a device that is not the CPU; TypeError for what is not a type, device or tensor.

    >>> x = minigrad.tensor([1.5], requires_grad=True)
    >>> x.to(minigrad.float64).backward(); x.grad
    tensor([1.])
    """
    device, dtype, wants_copy = destination(args, device, dtype)
    check_device(device)
    kind = x.array.dtype if dtype is None else to_numpy(dtype)
    if (copy or wants_copy) and kind == x.array.dtype:
        return clone(x, memory_format=memory_format)
    return _converted(x, kind, memory_format)


def _converted(x: Tensor, kind: Any, memory_format: MemoryFormat) -> Tensor:
    """The tensor itself, or in another NumPy dtype."""
    if kind != x.array.dtype:
        x = to_dtype(x, kind) if kind.kind == "f" else wrap_like(x.array.astype(kind), x)  # integers have no gradient
    return x if memory_format is None else in_memory_format(x, memory_format)


_device = device


def half(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to float16: ``x.to(float16)``.

    Math    y = x, rounded        d_x = g, in the type of x
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> minigrad.tensor([0.1]).half().item()
    0.0999755859375
    """
    return _converted(x, dtypes.float16.numpy, memory_format)


def float(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to float32: ``x.to(float32)``.

    Math    y = x, rounded        d_x = g, in the type of x
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> minigrad.tensor([1, 2]).float()
    tensor([1., 2.])
    """
    return _converted(x, dtypes.float32.numpy, memory_format)


def double(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to float64: ``x.to(float64)``.

    Math    y = x        d_x = g, in the type of x
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> x = minigrad.tensor([2.], requires_grad=True)
    >>> (x.double() * 3).backward(); x.grad
    tensor([3.])
    """
    return _converted(x, dtypes.float64.numpy, memory_format)


def short(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to int16, rounded towards zero: ``x.to(int16)``.

    Math    y = trunc(x)        no gradient
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> minigrad.tensor([-1.5]).short()
    tensor([-1], dtype=torch.int16)
    """
    return _converted(x, dtypes.int16.numpy, memory_format)


def int(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to int32, rounded towards zero: ``x.to(int32)``.

    Math    y = trunc(x)        no gradient
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> minigrad.tensor([-1.5]).int()
    tensor([-1], dtype=torch.int32)
    """
    return _converted(x, dtypes.int32.numpy, memory_format)


def long(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to int64, rounded towards zero: ``x.to(int64)``.

    Math    y = trunc(x)        no gradient
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> minigrad.tensor([-1.5]).long()
    tensor([-1])
    """
    return _converted(x, dtypes.int64.numpy, memory_format)


def byte(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to uint8, rounded towards zero: ``x.to(uint8)``.

    Math    y = trunc(x) mod 256        no gradient
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> minigrad.tensor([2.5, 255.]).byte()
    tensor([  2, 255], dtype=torch.uint8)
    """
    return _converted(x, dtypes.uint8.numpy, memory_format)


def char(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to int8, rounded towards zero: ``x.to(int8)``.

    Math    y = trunc(x)        no gradient
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> minigrad.tensor([-1.5]).char()
    tensor([-1], dtype=torch.int8)
    """
    return _converted(x, dtypes.int8.numpy, memory_format)


def to_bool(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """Conversion to bool: ``x.to(bool)``.

    Math    y = (x != 0)        no gradient
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> minigrad.tensor([0., 0.5]).bool()
    tensor([False,  True])
    """
    return _converted(x, dtypes.bool.numpy, memory_format)


def type_as(x: Tensor, other: Tensor) -> Tensor:
    """Conversion to the dtype of another tensor: ``x.to(other)``.

    Math    y = x, rounded        d_x = g, in the type of x
    Shapes  x (*), other any -> (*)
    Raises  TypeError if other is not a tensor.

    >>> minigrad.tensor([1.5]).type_as(minigrad.tensor(0))
    tensor([1])
    """
    return to(x, other)


@overload
def type(x: Tensor, dtype: None = None) -> str: ...
@overload
def type(x: Tensor, dtype: Any) -> Tensor: ...
def type(x: Tensor, dtype: Any = None) -> str | Tensor:
    """The name of the dtype, as old programs spell it; or the tensor in another type.

    Math    y = x, rounded        d_x = g, in the type of x
    Shapes  x (*) -> (*)
    Raises  ValueError for an unknown name.

    >>> minigrad.ones(1).type(), minigrad.ones(1).type("torch.LongTensor")
    ('torch.FloatTensor', tensor([1]))
    """
    if dtype is None:
        kind = FROM_NUMPY[x.array.dtype]
        return "torch." + next(name for name, d in OLD_NAMES.items() if d is kind)
    if isinstance(dtype, str) or dtype in (builtins.bool, builtins.int, builtins.float):
        dtype = getattr(dtype, "__name__", dtype)
        name = dtype.removeprefix("torch.")
        if name not in OLD_NAMES:
            raise ValueError(f"invalid type: {dtype!r}; expected one of {', '.join('torch.' + n for n in OLD_NAMES)}")
        dtype = OLD_NAMES[name]
    return to(x, getattr(dtype, "dtype", dtype))  # FloatTensor.dtype is float32


def cpu(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """The tensor itself: it lives on the CPU.

    Math    y = x        d_x = g
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> x = minigrad.ones(1)
    >>> x.cpu() is x
    True
    """
    return to(x, memory_format=memory_format)


def cuda(x: Tensor, device: Device = None, non_blocking: bool = False) -> Tensor:
    """Refused: there is only the CPU.

    Raises  RuntimeError

    >>> minigrad.ones(1).cuda()
    Traceback (most recent call last):
        ...
    RuntimeError: ...
    """
    return to(x, "cuda" if device is None else f"cuda:{device}" if isinstance(device, builtins.int) else device)


# ---- writing over the numbers ----


@op(label="CopyBackwards", narrow=True)
def copy(x: Array, source: Array) -> Array:
    return np.array(np.broadcast_to(source, x.shape), x.dtype, order="C")


defgrad(
    copy,
    x=lambda g: zeros_like(g),
    source=lambda g, source_shape, source_dtype: to_dtype(sum_to_size(g, source_shape), source_dtype),
)


def _copied(x: Tensor, src: Operand, non_blocking: bool = False) -> Tensor:
    """Overwrite with the numbers of another tensor, which is broadcast and cast, or with a number.

    Math    x[i] = src[i]        d_x = 0, d_src = sum_to_size(g, src.shape)
    Shapes  src broadcasts to the tensor -> the tensor itself
    Raises  TypeError for what is neither tensor nor number, RuntimeError if it does not broadcast to the shape.

    >>> src = minigrad.tensor(2., requires_grad=True)
    >>> y = minigrad.zeros(3).copy_(src); y.sum().backward(); src.grad
    tensor(3.)
    """
    source: Any = src
    if isinstance(src, (builtins.int, builtins.float, np.generic)):
        source = wrap(np.asarray(in_64_bits(src)))
    tensor_only("copy_", "other", source)
    try:
        return copy(x, source)
    except ValueError:
        raise RuntimeError(
            f"copy_: the source {list(source.array.shape)} does not broadcast to the tensor {list(x.array.shape)}"
        ) from None


copy_ = inplace(_copied, "copy_")


@op(label="CopySlices", narrow=True)
def overwrite(base: Array, part: Array, path: Any) -> Array:
    """``base`` after ``part`` was written into a view of it (the memory is written already, if it is the base's)."""
    result = np.array(base)  # a 0-d gradient may be a NumPy scalar, which has no views
    view = path.replay(result)
    if not np.may_share_memory(view, result):  # the path had to copy: its base had its dimensions renamed
        result.reshape(-1)[path.replay(np.arange(result.size).reshape(result.shape))] = part
        return result
    if repeats(view) and not isinstance(part, np.ndarray):  # a gradient, of an element that was seen more than once
        raise refused("CopySlices")
    view[...] = part
    return result


defgrad(
    overwrite,
    base=lambda g, path: overwrite(g, 0.0, path),
    part=lambda g, path: path.replay(g),
)
roles.overwrite = overwrite


@op(label="FillBackward2", narrow=True)
def fill(x: Array, value: Any) -> Array:
    return np.full_like(x, fitted(value, x.dtype))


@op(label="FillBackward3", narrow=True)
def fill_from(x: Array, value: Array) -> Array:
    return np.full_like(x, value)


@op(narrow=True)
def zero(x: Array) -> Array:
    """Overwrite with zeros.

    Math    x[i] = 0        d_x = 0
    Shapes  x (*) -> the tensor itself
    Raises  RuntimeError for a leaf that requires a gradient.

    >>> minigrad.ones(2).zero_()
    tensor([0., 0.])
    """
    return np.zeros_like(x)


defgrad(fill, x=lambda g: zeros_like(g))

defgrad(fill_from, x=lambda g: zeros_like(g), value=lambda g, value_dtype: to_dtype(sum_to_size(g, ()), value_dtype))

defgrad(zero, x=lambda g: zeros_like(g))


def _filled(x: Tensor, value: Operand) -> Tensor:
    """Overwrite with one number.

    Math    x[i] = value        d_x = 0, d_value = sum of g
    Shapes  value a number or () -> the tensor itself
    Raises  RuntimeError for a value with dimensions.

    >>> minigrad.zeros(2).fill_(3)
    tensor([3., 3.])
    """
    if not isinstance(value, Variable):
        return fill(x, value)
    if value.array.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.array.ndim} dimensions; use copy_"
        )
    check_memory(x, "fill_")
    return fill_from(x, value)


fill_ = inplace(_filled, "fill_")
zero_ = inplace(zero, "zero_")
