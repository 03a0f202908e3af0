"""Files of the safetensors package: named tensors and a few lines of text, without a pickle.

The names are those of ``safetensors.torch``. The package is loaded when it is first needed.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..core import dtype as types
from ..core.variable import wrap
from ..core.views import owner
from ..host.device import check_device
from ..tensor import Tensor
from .errors import LoadError
from .replacing import replacing

CODES = {
    "F16": types.float16, "F32": types.float32, "F64": types.float64, "U8": types.uint8, "I8": types.int8,
    "I16": types.int16, "I32": types.int32, "I64": types.int64, "BOOL": types.bool,
}  # fmt: skip
NAME_OF = {d.numpy: code for code, d in CODES.items()}


def save_file(tensors: dict[str, Tensor], filename: str | os.PathLike[str], metadata: Any = None) -> None:
    """Write named tensors, and a dict of texts about them, to a file; it is replaced only when the new one is whole.

    Raises  ValueError for a tensor that is not contiguous, RuntimeError for tensors that share memory, ImportError
            without the safetensors package.
    """
    data = save(tensors, metadata)
    with replacing(filename) as file:
        file.write(data)


def save(tensors: dict[str, Tensor], metadata: Any = None) -> bytes:
    """What ``save_file`` writes.

    >>> data = minigrad.safetensors.save({"w": minigrad.tensor([1., 2.])})
    >>> minigrad.safetensors.load(data)
    {'w': tensor([1., 2.])}
    """
    if not isinstance(tensors, dict):
        raise ValueError(f"Expected a dict of [str, minigrad.Tensor] but received {type(tensors)}")
    for name, x in tensors.items():
        if not isinstance(x, Tensor):
            raise ValueError(f"Key `{name}` is invalid, expected minigrad.Tensor but received {type(x)}")
    _check_apart(tensors)
    strided = [name for name, x in tensors.items() if not x.is_contiguous()]
    if strided:
        raise ValueError(
            f"You are trying to save a non contiguous tensor: `{strided[0]}`, of which only a part of its memory would "
            "be saved. Call .contiguous() before"
        )
    arrays = {name: np.ascontiguousarray(x.array).reshape(x.array.shape) for name, x in tensors.items()}
    file: bytes = _package().numpy.save(arrays, metadata)
    return file


def load_file(filename: str | os.PathLike[str], device: Any = "cpu") -> dict[str, Tensor]:
    """The named tensors in a file of safetensors, written here, in torch or elsewhere.

    Raises  LoadError if the file is damaged or has tensors of types that are not here, ImportError without the
            safetensors package.
    """
    _package()
    check_device(device)
    if os.path.exists(filename) and not os.path.isfile(filename) and not os.path.isdir(filename):
        raise LoadError(f"{os.fspath(filename)} is not a regular file")
    with open(filename, "rb") as file:
        return _load(file.read(), os.fspath(filename))


def load(data: bytes) -> dict[str, Tensor]:
    """The named tensors in the bytes of such a file."""
    return _load(data, "the data")


def _load(data: bytes, name: str) -> dict[str, Tensor]:
    package = _package()
    try:
        found = package.deserialize(data)
    except package.SafetensorError as error:
        raise LoadError(f"{name} is corrupt or no file of safetensors: {error}") from error
    return {key: _tensor(view, f"{name}: {key!r}") for key, view in found}


def _tensor(view: Any, where: str) -> Tensor:
    dtype = CODES.get(view["dtype"])
    if dtype is None:
        raise LoadError(f"{where} is of type {view['dtype']}, which is not here; here are {', '.join(CODES)}")
    flat = np.frombuffer(view["data"], dtype.numpy.newbyteorder("<"))
    made: Tensor = wrap(flat.astype(dtype.numpy).reshape(view["shape"]))
    return made


def _check_apart(tensors: dict[str, Tensor]) -> None:
    """Refuse tensors that lie in the same memory: in the file each would have its own."""
    names: dict[int, list[str]] = {}
    for name, x in tensors.items():
        if x.array.size:
            names.setdefault(owner(x.array).ctypes.data, []).append(name)
    for shared in names.values():
        for name in shared[1:]:
            if np.may_share_memory(tensors[shared[0]].array, tensors[name].array):
                raise RuntimeError(
                    f"Some tensors share memory, this will lead to duplicate memory on disk and potential differences "
                    f"when loading them again: {shared}. Save one of them, or a clone() of the others"
                )


def _package() -> Any:
    try:
        import safetensors.numpy
    except ModuleNotFoundError as error:
        raise ImportError(
            "files of safetensors need the package safetensors: pip install 'minigrad[safetensors]'"
        ) from error
    return safetensors
