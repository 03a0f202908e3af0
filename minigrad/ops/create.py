"""New tensors: from Python's numbers, from NumPy's arrays, from a rule such as "all zero" or "evenly spaced"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain
from typing import Any

import numpy as np

from ..core.beside import hand_on, wrap_like
from ..core.dtype import BOOL, F64, FROM_NUMPY, I64, default_float, promote_types, result_type, to_numpy
from ..core.errors import layer_being_made, warn_of_leaving, warn_user
from ..core.variable import Variable, wrap
from ..core.views import wants_grad
from ..host.device import check_device, preserve_format
from ..types import Device, DType, MemoryFormat, Number, Sizes, Tensor
from .checks import fits, fitted, tensor_only
from .deterministic import unwritten
from .shape.formats import in_format, order_of
from .shape.views import _alias, broadcast_tensors, like, permute, reshape, sizes_of


def _finish(array: Any, device: Device, requires_grad: bool, like: Any = None) -> Tensor:
    """A Tensor around a new array, after the keyword arguments that every function here takes; ``like`` a tensor
    whose class it shall have."""
    if device is not None:
        check_device(device)
    x = wrap(array) if like is None else wrap_like(array, like)
    if requires_grad:
        if x.array.dtype.kind != "f":
            raise RuntimeError(
                "Only Tensors of floating point dtype can require gradients, not "
                f"{FROM_NUMPY[x.array.dtype]}; give floats, or dtype=torch.float32"
            )
        x.requires_grad_()
    return x


# ---- from data ----


def tensor(data: Any, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """A new tensor from a number, nested lists, an ndarray or a tensor; the data is copied.

    Math    y[i, j, ..] = data[i][j].., without a graph that leads to data
    Shapes  the nesting of the lists. Python floats become the default dtype, ints int64, bools bool;
            NumPy's numbers keep their type
    Raises  ValueError if lists of one level differ in length; TypeError or RuntimeError for what is not a number, or
            one that ``dtype`` cannot hold.

    >>> minigrad.tensor([[1, 2], [3, 4.5]])
    tensor([[1.0000, 2.0000],
            [3.0000, 4.5000]])
    """
    if isinstance(data, Variable):
        warn_user(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
        )
    return _finish(np.array(_array(data, dtype), order="C"), device, requires_grad)


def as_tensor(data: Any, dtype: DType = None, device: Device = None) -> Tensor:
    """The data as a tensor: without a copy if it is a tensor or an ndarray of the right type.

    Math    y[i, j, ..] = data[i][j]..        d_data = g if data is a tensor
    Shapes  as ``tensor``: the nesting of the lists
    Raises  as ``tensor``: ValueError, TypeError or RuntimeError for what does not make one.

    >>> x = minigrad.ones(2)
    >>> minigrad.as_tensor(x) is x
    True
    """
    if isinstance(data, Tensor):
        check_device(device)
        return data if dtype is None else data.to(dtype)
    return _finish(_array(data, dtype), device, False)


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares the array's memory.

    Math    y[i] = ndarray[i], also after either is written to
    Shapes  ndarray (*) -> (*)
    Raises  TypeError if it is not an ndarray or of a type that tensors do not have; ValueError for a negative stride.

    >>> numbers = np.zeros(2)
    >>> x = minigrad.from_numpy(numbers); numbers[0] = 5; x
    tensor([5., 0.], dtype=torch.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    return wrap(_supported(ndarray))


def tensor_of(kind: Any, args: tuple[Any, ...], device: Device = None) -> Tensor:
    """The legacy constructors: ``Tensor(2, 3)`` has those sizes and no numbers yet, ``Tensor([2, 3])`` has those
    numbers. Another tensor is shared, and so is an array if its type is ``kind``, to which all else is converted.

    Raises  TypeError for what is neither sizes nor a sequence of numbers; RuntimeError for a negative size.
    """
    check_device(device)
    data = args[0] if len(args) == 1 else args
    if isinstance(data, Variable):
        if kind is not None and data.array.dtype != kind:
            raise TypeError(
                f"expected a tensor of {FROM_NUMPY[kind]} (got {FROM_NUMPY[data.array.dtype]}): convert it with .to()"
            )
        return _alias(data, data.array.shape)
    kind = default_float() if kind is None else kind
    if type(data) is int or len(args) != 1 or type(data).__name__ == "Size":
        sizes = sizes_of((data,) if type(data) is int else tuple(data))
        if any(n < 0 for n in sizes):
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(sizes)}: {list(sizes)}")
        return wrap(np.empty(sizes if args else 0, kind))
    scalar = isinstance(data, np.ndarray) and not data.ndim
    if scalar or isinstance(data, (str, dict)) or not (hasattr(data, "__len__") and hasattr(data, "__getitem__")):
        raise TypeError(f"new(): data must be a sequence (got {type(data).__name__}); for one number use tensor()")
    return wrap(_array(data, FROM_NUMPY[kind]))


def scalar_tensor(s: Any, *, dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """A 0-d tensor, of the default floating type if none is given.

    Math    y = s
    Shapes  s a number -> ()
    Raises  RuntimeError with ``requires_grad`` for integers.

    >>> minigrad.scalar_tensor(2)
    tensor(2.)
    """
    return _finish(np.array(s, default_float() if dtype is None else to_numpy(dtype)), device, requires_grad)


def _supported(array: Any) -> Any:
    """The array, if a tensor can have its memory."""
    if any([step < 0 for step in array.strides]):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are "
            "not currently supported. (You can probably work around this by making a copy of your array "
            "with array.copy().)"
        )
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order: convert it with "
            "array.astype(array.dtype.newbyteorder('='))"
        )
    _known(array.dtype)
    return array


def _known(kind: np.dtype[Any]) -> np.dtype[Any]:
    if kind not in FROM_NUMPY:
        raise TypeError(
            f"can't convert np.ndarray of type {kind.type.__module__}.{kind.type.__name__}. The only "
            "supported types are: " + ", ".join(d.name for d in FROM_NUMPY.values())
        )
    return kind


def _number(x: Any) -> Any:
    """A tensor's only element, or a number as it is."""
    return x.array.item() if isinstance(x, Variable) else x.item() if isinstance(x, np.generic) else x


def _array(data: Any, dtype: Any) -> Any:
    """The data as an array of a type that tensors have."""
    target = None if dtype is None else to_numpy(dtype)
    if isinstance(data, Variable):
        array: Any = data.array
    elif isinstance(data, (np.ndarray, np.generic)):
        array = _supported(np.asarray(data))
    else:
        array = _of_sequence(_as_lists(data), target)
    return array if target is None else array.astype(target, copy=False)


def _as_lists(data: Any) -> Any:
    """Any sequence of numbers as a list; what is an array to NumPy by a protocol of its own stays what it is."""
    if isinstance(data, (list, tuple, int, float, str, bytes, dict)) or hasattr(data, "__array__"):
        return data
    return list(data) if hasattr(data, "__len__") and hasattr(data, "__getitem__") else data


def _of_sequence(data: Any, target: Any) -> Any:
    """A number, or lists of numbers, as an array: each is rounded once, to the type that is wanted or found."""
    kinds = _kinds(data)
    if not kinds <= {int, float, bool}:
        return _of_typed(data, kinds, target)
    exact = BOOL if kinds == {bool} else I64 if kinds and float not in kinds else F64
    if target is not None and target.kind == "f":
        exact = F64  # holds numbers that no int64 does
    try:
        array = np.array(data, exact)
    except (ValueError, TypeError, OverflowError):
        raise _not_numbers(data, target) from None
    if target is None:
        return array.astype(default_float()) if exact == F64 else array
    if target.kind in "iu":
        fits(array, target)
        return np.array(data, I64) if exact == F64 else array
    return array


def _kinds(data: Any) -> set[type]:
    """The classes of what stands in the innermost lists."""
    found: Iterable[Any] = (data,)
    first = data
    try:
        while isinstance(first, (list, tuple)) and first:
            found, first = chain.from_iterable(found), first[0]
        kinds = set(map(type, found))
    except TypeError:  # numbers beside lists
        kinds = {list}
    return set(map(type, _leaves(data))) if kinds & {list, tuple} else kinds


def _leaves(data: Any) -> Iterator[Any]:
    """The numbers in nested lists, in order."""
    if isinstance(data, (list, tuple)):
        for x in data:
            yield from _leaves(x)
    else:
        yield data


def _of_typed(data: Any, kinds: set[type], target: Any) -> Any:
    """Lists in which numbers have types of their own: NumPy's, or tensors of one element."""
    if not all(issubclass(k, (int, float, np.generic, np.ndarray, Variable)) for k in kinds):
        if any(hasattr(k, "__array__") for k in kinds):
            return _supported(np.asarray(data))
        raise _not_numbers(data, target)

    def number(x: Any) -> Any:
        if isinstance(x, (list, tuple)):
            return [number(y) for y in x]
        if not isinstance(x, Variable):
            return x
        if x.array.size != 1:
            raise ValueError(
                f"only one element tensors can be converted to Python scalars, not {list(x.array.shape)}: torch.stack "
                "makes a tensor of a list of tensors"
            )
        if wants_grad(x):
            warn_of_leaving()
        return x.array.item()

    kind = reduce(promote_types, {_known(_type_of(x)) for x in _leaves(data)})
    try:
        array = np.array(number(data), kind)
    except (ValueError, TypeError, OverflowError):
        raise _not_numbers(data, target) from None
    if target is not None and target.kind in "iu" and not any(issubclass(k, Variable) for k in kinds):
        fits(array, target)
    return array


def _type_of(x: Any) -> Any:
    if isinstance(x, (Variable, np.generic, np.ndarray)):
        return x.array.dtype if isinstance(x, Variable) else x.dtype
    return BOOL if isinstance(x, bool) else I64 if isinstance(x, int) else default_float()


def _not_numbers(data: Any, target: Any) -> Exception:
    """Why the data does not make a tensor."""
    if isinstance(data, (str, bytes)):
        return TypeError(f"new(): invalid data type '{type(data).__name__}'")
    odd = next((x for x in _leaves(data) if not isinstance(x, (int, float, np.generic, np.ndarray, Variable))), 0)
    if isinstance(odd, str):
        return ValueError("too many dimensions 'str'")
    if isinstance(data, (list, tuple)) and (ragged := _ragged(data, 0)):
        return ragged
    if any(isinstance(x, Variable) and x.array.size != 1 for x in _leaves(data)):
        return ValueError(
            "only one element tensors can be converted to Python scalars; torch.stack makes one tensor of several"
        )
    if not isinstance(odd, int) and target is not None:
        return TypeError(f"must be real number, not {type(odd).__name__}")
    if not isinstance(odd, int):
        return RuntimeError(f"Could not infer dtype of {type(odd).__name__}: expected numbers, or lists of numbers")
    return ValueError("Overflow when unpacking long long: a number does not fit into 64 bits")


def _ragged(data: Any, dim: int) -> Exception | None:
    """The first place where lists of one level differ."""
    rows = [isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.ndim > 0) for x in data]
    if not all(rows):
        if any(rows):
            return TypeError(f"not a sequence: at dim {dim} there are numbers beside lists")
        return None
    for x in data:
        if len(x) != len(data[0]):
            return ValueError(f"expected sequence of length {len(data[0])} at dim {dim + 1} (got {len(x)})")
    return next((r for x in data if (r := _ragged(x, dim + 1))), None)


# ---- all alike ----


def _said(size: tuple[Any, ...]) -> str:
    """Sizes that are none; a Tensor among them may have been meant for a layer."""
    odd = next((x for x in _leaves(size) if isinstance(x, Variable)), None)
    return f"{size}" if odd is None else f"Tensor of shape {list(odd.array.shape)}{layer_being_made()}"


def _sizes(name: str, size: tuple[Any, ...]) -> tuple[int, ...]:
    if not size:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    try:
        sizes = sizes_of(size)
    except TypeError:
        raise TypeError(f"{name}(): argument 'size' must be tuple of ints, not {_said(size)}") from None
    if min(sizes, default=0) < 0:
        raise RuntimeError(f"{name}: Dimension size must be non-negative, got {list(sizes)}")
    return sizes


def _dtype(dtype: Any) -> np.dtype[Any]:
    return default_float() if dtype is None else to_numpy(dtype)


def zeros(
    *size: int | Sequence[int], dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of zeros.

    Math    y[i, j, ..] = 0
    Shapes  size -> size
    Raises  TypeError without a size, RuntimeError for a negative one.

    >>> minigrad.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return _finish(np.zeros(_sizes("zeros", size), _dtype(dtype)), device, requires_grad)


def ones(*size: int | Sequence[int], dtype: DType = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """A tensor of ones.

    Math    y[i, j, ..] = 1
    Shapes  size -> size
    Raises  TypeError without a size, RuntimeError for a negative one.

    >>> minigrad.ones(2, requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """
    return _finish(np.ones(_sizes("ones", size), _dtype(dtype)), device, requires_grad)


def empty(
    *size: int | Sequence[int],
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """An uninitialised tensor (here filled with zeros, so that programs repeat).

    Math    y[i, j, ..] = any number
    Shapes  size -> size
    Raises  TypeError without a size; RuntimeError for a negative one, or a memory format of other dimensions.

    >>> minigrad.empty(2, 3).shape
    torch.Size([2, 3])
    """
    if memory_format is preserve_format:
        raise RuntimeError("unsupported memory format Preserve: there is no tensor whose format could be kept")
    array = unwritten(_sizes("empty", size), _dtype(dtype))
    if (order := order_of(memory_format, array.ndim)) is not None:
        array = in_format(array, order)
    return _finish(array, device, requires_grad)


def full(
    size: Sizes,
    fill_value: Number | Tensor,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor filled with one number, of that number's type.

    Math    y[i, j, ..] = fill_value
    Shapes  size, a tuple -> size
    Raises  TypeError if the size is not a tuple, or the number requires a gradient; RuntimeError for a negative size.

    >>> minigrad.full((2,), 7)
    tensor([7, 7])
    """
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' must be tuple of ints, not {type(size).__name__}")
    number = _fill("full", fill_value, None if dtype is None else to_numpy(dtype))
    return _finish(np.full(_sizes("full", (size,)), number, number.dtype), device, requires_grad)


def _fill(op: str, number: Any, dtype: Any) -> Any:
    if isinstance(number, Variable) and wants_grad(number):
        raise TypeError(
            f"{op}(): argument 'fill_value' (position 2) must be Number, not Tensor that requires grad: no gradient "
            "would flow; use number * ones(size)"
        )
    value = number if isinstance(number, (int, float)) else _array(number, None)
    dtype = result_type([value]) if dtype is None else dtype
    return fitted(value, dtype)


def _like(x: Any, name: str, dtype: Any) -> Any:
    """The array to imitate and the type to make."""
    if isinstance(x, Variable):
        x = x.array
    elif not isinstance(x, (np.ndarray, np.generic)):
        tensor_only(name, "input", x)
    return x, (x.dtype if dtype is None else to_numpy(dtype))


def zeros_like(
    input: Tensor,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """Zeros in the shape and type of input.

    Math    y[i, j, ..] = 0;  no gradient reaches input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.zeros_like(minigrad.tensor([1, 2]))
    tensor([0, 0])
    """
    d = _like(input, "zeros_like", dtype)[1]
    return _finish(like(input, lambda shape: np.zeros(shape, d), memory_format), device, requires_grad, input)


def ones_like(
    input: Tensor,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """Ones in the shape and type of input.

    Math    y[i, j, ..] = 1;  no gradient reaches input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.ones_like(minigrad.tensor([1, 2]))
    tensor([1, 1])
    """
    d = _like(input, "ones_like", dtype)[1]
    return _finish(like(input, lambda shape: np.ones(shape, d), memory_format), device, requires_grad, input)


def empty_like(
    input: Tensor,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """An uninitialised tensor in the shape and type of input: ``empty``.

    Math    y[i, j, ..] = any number;  no gradient reaches input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.empty_like(minigrad.tensor([1, 2])).dtype
    torch.int64
    """
    d = _like(input, "empty_like", dtype)[1]
    return _finish(like(input, lambda shape: unwritten(shape, d), memory_format), device, requires_grad, input)


def full_like(
    input: Tensor,
    fill_value: Number | Tensor,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """One number in the shape and type of input.

    Math    y[i, j, ..] = fill_value;  no gradient reaches input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor, or the number requires a gradient.

    >>> minigrad.full_like(minigrad.tensor([1, 2]), 7)
    tensor([7, 7])
    """
    d = _like(input, "full_like", dtype)[1]
    number = _fill("full_like", fill_value, d)
    return _finish(like(input, lambda shape: np.full(shape, number), memory_format), device, requires_grad, input)


def new_zeros(
    x: Tensor,
    *size: int | Sequence[int],
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros of x's type, in a given shape.

    Math    y[i, j, ..] = 0
    Shapes  size -> size
    Raises  TypeError without a size, RuntimeError for a negative one.

    >>> minigrad.tensor([1, 2]).new_zeros(3)
    tensor([0, 0, 0])
    """
    return _finish(np.zeros(_sizes("new_zeros", size), _like(x, "new_zeros", dtype)[1]), device, requires_grad, x)


def new_ones(
    x: Tensor,
    *size: int | Sequence[int],
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones of x's type, in a given shape.

    Math    y[i, j, ..] = 1
    Shapes  size -> size
    Raises  TypeError without a size, RuntimeError for a negative one.

    >>> minigrad.tensor([1, 2]).new_ones(3)
    tensor([1, 1, 1])
    """
    return _finish(np.ones(_sizes("new_ones", size), _like(x, "new_ones", dtype)[1]), device, requires_grad, x)


def new_empty(
    x: Tensor,
    *size: int | Sequence[int],
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """An uninitialised tensor of x's type, in a given shape: ``empty``.

    Math    y[i, j, ..] = any number
    Shapes  size -> size
    Raises  TypeError without a size, RuntimeError for a negative one.

    >>> minigrad.tensor([1, 2]).new_empty(3).dtype
    torch.int64
    """
    return _finish(unwritten(_sizes("new_empty", size), _like(x, "new_empty", dtype)[1]), device, requires_grad, x)


def new_full(
    x: Tensor,
    size: Sizes,
    fill_value: Number | Tensor,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """One number of x's type, in a given shape.

    Math    y[i, j, ..] = fill_value
    Shapes  size, a tuple -> size
    Raises  TypeError if the number requires a gradient, RuntimeError for a negative size.

    >>> minigrad.tensor([1, 2]).new_full((3,), 7)
    tensor([7, 7, 7])
    """
    d = _like(x, "new_full", dtype)[1]
    return _finish(np.full(_sizes("new_full", (size,)), _fill("new_full", fill_value, d)), device, requires_grad, x)


def new_tensor(
    x: Tensor, data: Any, *, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """The data as a new tensor of x's type: ``tensor(data, dtype=x.dtype)``.

    Math    y[i, j, ..] = data[i][j]..
    Shapes  the nesting of the lists
    Raises  as ``tensor``: ValueError, TypeError or RuntimeError for what does not make one.

    >>> minigrad.tensor([1., 2.]).new_tensor([3, 4])
    tensor([3., 4.])
    """
    kind = FROM_NUMPY[x.array.dtype] if dtype is None else dtype
    return hand_on(tensor(data, dtype=kind, device=device, requires_grad=requires_grad), (x,))


# ---- evenly spaced ----


def arange(
    start: Number = 0,
    end: Number | None = None,
    step: Number = 1,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """An arithmetic sequence: start, start + step, ... up to but without end.

    Math    y_k = start + k step,    k = 0 .. ceil((end - start) / step) - 1
    Shapes  -> (ceil((end - start) / step))
    Raises  RuntimeError if step is zero or leads away from end, or an end is not finite.

    >>> minigrad.arange(1, 2.5, 0.5)
    tensor([1.0000, 1.5000, 2.0000])
    """
    if end is None:
        start, end = 0, start
    start, end, step = (_number(v) for v in (start, end, step))
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: from {start} to {end} by {step}")
    if dtype is None:
        kind = default_float() if any(isinstance(v, float) for v in (start, end, step)) else I64
    else:
        kind = to_numpy(dtype)
    if kind == BOOL:
        raise NotImplementedError("arange: not implemented for torch.bool; use an integer dtype")
    if kind.kind != "f":
        count = math.ceil((end - start) / step) if isinstance(end - start + step, float) else -((start - end) // step)
        return _finish((int(start) + int(step) * np.arange(count)).astype(kind), device, requires_grad)
    return _finish(_steps(start, step, math.ceil((end - start) / step), kind), device, requires_grad)


def _fused(x: Any, y: Any, k: Any, kind: Any = np.float64) -> Any:
    """x + y k, rounded once: one instruction in torch's loops."""
    return (np.asarray(x, np.longdouble) + np.longdouble(y) * np.asarray(k, np.longdouble)).astype(kind)


def _steps(start: float, step: float, count: int, kind: Any) -> Any:
    """start + k step, to torch's last bit: it fills 32 bytes at a time, from a first number that is rounded already;
    the last ones, fewer than 64 bytes, come one by one.
    """
    wide: Any = np.float32 if kind.itemsize == 2 else np.float64
    start, step = wide(start), wide(step)
    k, width = np.arange(count), 32 // kind.itemsize
    numbers = _fused(start, step, k, wide)
    k = k[: count // (2 * width) * (2 * width)]
    numbers[: len(k)] = _fused(_fused(start, step, k // width * width, wide).astype(kind), step, k % width, wide)
    return numbers.astype(kind)


def linspace(
    start: Number | Tensor,
    end: Number | Tensor,
    steps: int,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` numbers evenly spaced from start to end, both included.

    Math    y_k = start + k (end - start) / (steps - 1)
    Shapes  -> (steps)
    Raises  RuntimeError if steps is negative.

    >>> minigrad.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    return _finish(_linspace(start, end, steps, _dtype(dtype)), device, requires_grad)


def logspace(
    start: Number | Tensor,
    end: Number | Tensor,
    steps: int,
    base: float = 10.0,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` numbers from base**start to base**end, with a constant ratio.

    Math    y_k = base^(start + k (end - start) / (steps - 1))
    Shapes  -> (steps)
    Raises  RuntimeError if steps is negative.

    >>> minigrad.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    kind = _dtype(dtype)
    powers = np.array([float(_end(x)) for x in (start, end)][:1])
    if steps != 1:
        first, last = _ends(start, end, steps, kind)
        step = np.float64(last - first) / max(steps - 1, 1)
        powers = _between(np.float64(first), np.float64(last), step, steps, lambda x, y, k: x + y * k)
    with np.errstate(all="ignore"):  # one by one: C's pow, of which NumPy's for arrays differs in the last bit
        numbers = np.array([np.float64(base) ** power for power in powers])
        return _finish(numbers.astype(kind), device, requires_grad)


def _end(x: Any) -> Any:
    """An end of an interval as a number."""
    if isinstance(x, Variable) and x.array.ndim:
        raise RuntimeError(f"only 0-dimensional start and end tensors are supported, but got {list(x.array.shape)}")
    return _number(x)


def _ends(start: Any, end: Any, steps: int, kind: np.dtype[Any]) -> tuple[Any, Any]:
    """The first and the last number in their type; integers stay Python's."""
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, got {steps}")
    of = kind.type if kind.kind == "f" else int
    return of(_end(start)), of(_end(end))


def _linspace(start: Any, end: Any, steps: int, kind: np.dtype[Any]) -> Any:
    exact = kind if kind.kind == "f" else np.dtype(np.float64)
    first, last = (exact.type(v) for v in _ends(start, end, steps, kind))
    plus: Any = _fused if exact.itemsize > 2 else lambda x, y, k: x + y * k
    return _between(first, last, (last - first) / exact.type(max(steps - 1, 1)), steps, plus).astype(kind)


def _between(first: Any, last: Any, step: Any, steps: int, plus: Any) -> Any:
    """From both ends towards the middle, so that the last number is exact."""
    k = np.arange(steps, dtype=first.dtype)
    return np.where(k < steps // 2 if steps > 1 else k < 1, plus(first, step, k), plus(last, -step, steps - 1 - k))


def eye(
    n: int, m: int | None = None, *, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """The identity matrix: ones on the diagonal, zeros elsewhere.

    Math    y[i, j] = 1 where i = j, else 0
    Shapes  -> (n, n), or (n, m)
    Raises  RuntimeError for a negative size.

    >>> minigrad.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    for size in (n, m):
        if size is not None and size < 0:
            raise RuntimeError(f"eye: sizes must be greater or equal to 0, got {size}")
    return _finish(np.eye(n, m, dtype=_dtype(dtype)), device, requires_grad)


def meshgrid(*tensors: Tensor | Sequence[Tensor], indexing: str | None = None) -> tuple[Tensor, ...]:
    """Coordinates of a grid, one tensor for each of its axes: views.

    Math    ij: y_k[i0, i1, ...] = tensors[k][i_k]        xy: the first two axes of every result swapped
            d_tensors[k][i] = sum of g_k where i_k = i
    Shapes  tensors (n0), (n1), .. -> each (n0, n1, ..), or (n1, n0, ..) for xy
    Raises  RuntimeError unless all are at most 1-d and of one type, or for another ``indexing``.

    >>> rows, columns = minigrad.meshgrid(minigrad.arange(2), minigrad.arange(3), indexing="ij")
    >>> rows
    tensor([[0, 0, 0],
            [1, 1, 1]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    coordinates: Any = tensors
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList: give it the coordinates of each axis")
    if indexing is None:
        warn_user(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", UserWarning
        )
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    for x in coordinates:
        if x.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {list(x.shape)}")
        if x.dtype != coordinates[0].dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
    n = len(tensors)
    axes = [reshape(x, (1,) * k + (-1,) + (1,) * (n - 1 - k)) for k, x in enumerate(coordinates)]
    grids = broadcast_tensors(*axes)
    if indexing == "xy" and n > 1:
        grids = tuple([permute(y, (1, 0, *range(2, n))) for y in grids])
    return grids


def is_tensor(obj: object) -> bool:
    """Whether it is a tensor.

    >>> minigrad.is_tensor(minigrad.ones(1)), minigrad.is_tensor([1.])
    (True, False)
    """
    return isinstance(obj, Variable)


def numel(input: Tensor) -> int:
    """The number of elements.

    >>> minigrad.zeros(2, 3).numel()
    6
    """
    return int(input.array.size)
