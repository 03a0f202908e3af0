"""torch's names, which stand in every file, and what each is here."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

import numpy as np

from ..core import dtype as types
from ..core.variable import wrap
from ..host.device import device
from ..nn import Parameter  # not from .nn.parameter: two threads that load nn at once would wait for each other
from ..ops.shape.formats import is_channels_last
from ..ops.shape.strided import as_strided
from ..tensor import Tensor, _rebuild
from ..types import Size

STORAGES = {
    "HalfStorage": types.float16, "FloatStorage": types.float32, "DoubleStorage": types.float64,
    "ByteStorage": types.uint8, "CharStorage": types.int8, "ShortStorage": types.int16, "IntStorage": types.int32,
    "LongStorage": types.int64, "BoolStorage": types.bool,
}  # fmt: skip
STORAGE_OF = {d: name for name, d in STORAGES.items()}


class Name:
    """Something of torch's, by its name in a pickle."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self) -> None:
        raise AssertionError("only named, never called")


REBUILD_TENSOR = Name("torch._utils", "_rebuild_tensor_v2")
REBUILD_PARAMETER = Name("torch._utils", "_rebuild_parameter")
REBUILD_PARAMETER_WITH_STATE = Name("torch._utils", "_rebuild_parameter_with_state")
REBUILD_FROM_TYPE = Name("torch._tensor", "_rebuild_from_type_v2")
TENSOR, SIZE, DEVICE = Name("torch", "Tensor"), Name("torch", "Size"), Name("torch", "device")
STORAGE_NAMES = {d: Name("torch", name) for d, name in STORAGE_OF.items()}


# ---- what a file calls ----


def rebuild_tensor(flat: Any, offset: int, size: Any, strides: Any, requires_grad: bool = False, *_: Any) -> Any:
    """A tensor of this size, with these strides, from here on in a storage."""
    sizes, places = _whole(size), tuple(s * flat.itemsize for s in _whole(strides))
    _check(isinstance(flat, np.ndarray) and type(requires_grad) is bool, "a storage, and True or False")
    if 0 in sizes:
        return wrap(np.empty(sizes, flat.dtype)).requires_grad_(requires_grad)
    array = np.ndarray(sizes, flat.dtype, flat, offset * flat.itemsize, places)  # refuses what lies outside
    if array.flags.c_contiguous or requires_grad or is_channels_last(array):
        return wrap(array).requires_grad_(requires_grad)
    return as_strided(wrap(flat), sizes, strides, offset)  # a view: its strides show


def rebuild_parameter(data: Tensor, requires_grad: bool, *_: Any) -> Parameter:
    _check(type(requires_grad) is bool, "True or False")
    return Parameter(data, requires_grad)


def rebuild_parameter_with_state(data: Tensor, requires_grad: bool, hooks: Any, state: Any) -> Any:
    return _with_attributes(rebuild_parameter(data, requires_grad), state)


def rebuild_from_type(function: Any, kind: type[Tensor], args: Any, state: Any) -> Any:
    """A tensor with attributes, or of the user's own class."""
    _check(function is rebuild_tensor and isinstance(kind, type) and issubclass(kind, Tensor), "a kind of tensor")
    plain = rebuild_tensor(*args)
    made = plain if kind is Tensor else _rebuild(kind, plain.array, plain.requires_grad)
    return _with_attributes(made, state)


def _with_attributes(x: Tensor, state: Any) -> Tensor:
    _check(state is None or type(state) is dict, "a dict of attributes")
    for name, value in (state or {}).items():
        _check(type(name) is str and name != "_leaf", "names of attributes")
        x.__dict__[name] = value  # what the engine keeps in a tensor is not there, and cannot be changed by a file
    return x


def _size(values: Any) -> Size:
    return Size(_whole(values))


def _device(place: Any, index: Any = None) -> device:
    _check(type(place) is str and (index is None or type(index) is int), "the name of a device")
    return device(place, index)


def _encode(text: Any, encoding: Any) -> bytes:
    """Bytes, as protocol 2 writes them."""
    _check(type(text) is str, "a text")
    encoded: bytes = text.encode("latin1")
    return encoded


def _whole(values: Any) -> tuple[int, ...]:
    _check(isinstance(values, (tuple, list)) and all(type(n) is int for n in values), "whole numbers")
    return tuple(values)


def _check(good: bool, expected: str) -> None:
    if not good:
        raise TypeError(f"{expected} expected")


NAMES: dict[str, Any] = {
    "torch._utils._rebuild_tensor": rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_parameter": rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": rebuild_parameter_with_state,
    "torch._tensor._rebuild_from_type_v2": rebuild_from_type,
    "torch.Tensor": Tensor,
    "torch.nn.parameter.Parameter": Parameter,
    "torch.Size": Size,
    "torch.device": device,
    **{f"torch.{name}": d for name, d in STORAGES.items()},
    **{f"torch.{d.name}": d for d in types.ALL},
}
"""What a name of torch's stands for in any file."""

PLAIN: dict[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "_codecs.encode": _encode,
    **{f"builtins.{kind.__name__}": kind for kind in (set, bytearray, complex)},
    **{f"__builtin__.{kind.__name__}": kind for kind in (set, bytearray, complex)},  # their module in Python 2
}
"""What of Python's a file may name even if it is not trusted."""

CALLS: dict[int, Any] = {
    id(Size): _size,
    id(device): _device,
    **{
        id(function): function
        for function in (
            rebuild_tensor, rebuild_parameter, rebuild_parameter_with_state, rebuild_from_type, _encode,
        )
    },
}  # fmt: skip
"""What a file may call, by identity."""
