"""save: tensors, and whatever holds tensors, into a file that torch can read too.

A file is a zip archive. ``data.pkl`` is a pickle in which each tensor is a call, "a tensor of this size and these
strides, from here on in storage k", and ``data/k`` holds the bytes of storage k. So tensors that share memory share it
again after loading, and torch.load reads what minigrad wrote.

Source  https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

import io
import os
import pickle
import sys
import warnings
from collections import OrderedDict
from typing import Any

import numpy as np

from ..core import dtype as types
from ..core.views import owner
from ..host.device import device
from ..nn import Parameter
from ..ops.shape.formats import is_channels_last
from ..tensor import Tensor, _user_attributes
from ..types import Size
from . import archive, legacy
from .names import (
    DEVICE,
    REBUILD_FROM_TYPE,
    REBUILD_PARAMETER,
    REBUILD_PARAMETER_WITH_STATE,
    REBUILD_TENSOR,
    SIZE,
    STORAGE_NAMES,
    TENSOR,
    Name,
)
from .replacing import replacing


class Storage:
    """A block of memory, in the file under its number."""

    def __init__(self, number: int, flat: np.ndarray[Any, Any]) -> None:
        self.number, self.flat = number, flat


class Naming:
    """What a Pickler written in Python is told of tensors: so it can write the names of torch's functions although
    torch is not installed."""

    def __init__(self, file: Any, protocol: int, old: bool) -> None:
        super().__init__(file, protocol=protocol)  # type: ignore[call-arg]
        self.storages: dict[Any, Storage] = {}
        self.old = old

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, Storage):
            kind = types.FROM_NUMPY[obj.flat.dtype]
            views = (None,) if self.old else ()
            return ("storage", STORAGE_NAMES[kind], str(obj.number), "cpu", obj.flat.size, *views)
        return None

    def reducer_override(self, obj: Any) -> Any:
        hooks: OrderedDict[int, Any] = OrderedDict()  # they stay behind
        if isinstance(obj, Parameter):
            state, data = _user_attributes(obj), (obj.detach(), obj.requires_grad, hooks)
            return (REBUILD_PARAMETER_WITH_STATE, (*data, state)) if state else (REBUILD_PARAMETER, data)
        if isinstance(obj, Tensor):
            _warn_of_hooks(obj)
            state, call = _user_attributes(obj), (*self.place(obj), obj.requires_grad, hooks)
            if type(obj) is Tensor and not state:
                return REBUILD_TENSOR, call
            kind = TENSOR if type(obj) is Tensor else type(obj)
            return REBUILD_FROM_TYPE, (REBUILD_TENSOR, kind, call, state)
        if isinstance(obj, Size):
            return SIZE, (tuple(obj),)
        if isinstance(obj, device):
            return DEVICE, (str(obj),)
        return obj.name if isinstance(obj, (Name, types.dtype)) else NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if isinstance(obj, (Name, types.dtype)):
            module = obj.module if isinstance(obj, Name) else "torch"
            self.write(pickle.GLOBAL + f"{module}\n{obj.name}\n".encode())  # type: ignore[attr-defined]
            self.memoize(obj)  # type: ignore[attr-defined]
        else:
            super().save_global(obj, name)  # type: ignore[misc]

    def place(self, x: Tensor) -> tuple[Storage, int, tuple[int, ...], tuple[int, ...]]:
        """Where a tensor lies: storage, offset, size and strides in elements."""
        array, base = x.array, owner(x.array)
        in_order = array.flags.c_contiguous or is_channels_last(array)
        shown = in_order or x.view_info is not None  # other layouts are internal and not written
        whole = base.flags.c_contiguous or base.flags.f_contiguous or is_channels_last(base)
        if array.size and shown and whole and base.dtype == array.dtype and min(array.strides, default=0) >= 0:
            key: Any = (base.ctypes.data, base.dtype)
            offset = (array.ctypes.data - base.ctypes.data) // array.itemsize
            flat, strides = base.ravel(order="K"), array.strides
        else:
            key, offset = (array.ctypes.data, array.dtype, array.shape, array.strides), 0
            block = np.ascontiguousarray(array).reshape(array.shape)
            flat, strides = block.ravel(), block.strides
        if key not in self.storages:
            self.storages[key] = Storage(len(self.storages), flat)
            self.storages[key].alive = array  # type: ignore[attr-defined]  # or another could get its address
        return self.storages[key], offset, array.shape, tuple(s // array.itemsize for s in strides)


def _warn_of_hooks(x: Tensor) -> None:
    for hook in (x.node.hooks.before if x.node is not None and x.node.hooks is not None else {}).values():
        warnings.warn(
            f"backward hook {hook!r} on tensor will not be serialized: register it again on the tensor that is loaded",
            stacklevel=2,
        )


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write tensors, and lists, dicts and objects that hold tensors, to a file that torch can read too.

    f is a name, a path, or a file opened for writing in binary, where it may be followed by others. A named file is
    replaced only when the new one is whole. Save a model's ``state_dict()`` rather than the model: that needs no class
    to be loaded, and no trust. ``weights_only`` reads protocol 2 only.

    Raises  RuntimeError if the folder does not exist, AttributeError if f is not a file, TypeError for a pickle_module
            whose Pickler is not written in Python, as those of pickle and dill are.

    >>> import io
    >>> file = io.BytesIO()
    >>> minigrad.save({"w": minigrad.tensor([1., 2.]), "epoch": 3}, file)
    >>> _ = file.seek(0)
    >>> minigrad.load(file)
    {'w': tensor([1., 2.]), 'epoch': 3}
    """
    base = getattr(pickle_module, "_Pickler", pickle_module.Pickler)
    if not issubclass(base, pickle._Pickler):
        raise TypeError(f"the Pickler of {pickle_module.__name__} is not written in Python: leave pickle_module away")
    if not isinstance(f, (str, os.PathLike)) and not hasattr(f, "write"):
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a 'write' attribute, got {type(f).__name__}"
        )
    data = io.BytesIO()
    pickler: Any = type("Pickler", (Naming, base), {})(data, pickle_protocol, not _use_new_zipfile_serialization)
    pickler.dump(obj)
    storages = {str(storage.number): storage.flat for storage in pickler.storages.values()}

    def write(file: Any) -> None:
        if _use_new_zipfile_serialization:
            archive.write(file, _records(data, storages))
        else:
            legacy.write(file, data.getvalue(), storages, pickle_protocol)

    if isinstance(f, (str, os.PathLike)):
        with replacing(f) as file:
            write(file)
    else:
        write(f)


def _records(data: io.BytesIO, storages: dict[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    records: dict[str, Any] = {"data.pkl": data.getbuffer(), "byteorder": sys.byteorder.encode()}
    for number, flat in storages.items():
        records[f"data/{number}"] = flat.view(np.uint8).data if flat.size else b""
    return {**records, "version": b"3\n"}
