"""load: what ``save`` or torch wrote.

A pickle may call any function it names. With ``weights_only`` (the default) only the few functions that rebuild tensors
and plain containers may be named; without, only load files whose origin you trust.
"""

from __future__ import annotations

import io
import os
import pickle
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..core import dtype as types
from ..host.device import check_device
from ..ops.attributes import UntypedStorage
from . import legacy
from .archive import Archive
from .errors import EmptyError, LoadError, shown
from .names import CALLS, NAMES, PLAIN
from .safe import load_file
from .unpickler import Unpickler

_safe: dict[str, Any] = {}


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """What ``save`` wrote, here or in torch; of several objects in one stream, the next.

    map_location      is for files from a GPU: "cpu" brings their tensors here
    pickle_module     whose Unpickler reads a trusted file; with it, and no word on weights_only, the file is trusted
    weights_only      refuses everything but tensors, numbers, strings, lists, tuples, dicts and sets; False can run any
                      code that the file names
    mmap              has no effect
    pickle_load_args  are for the Unpickler of a trusted file, such as encoding="latin1"
    Raises            LoadError, which names the file and says what is wrong with it: an UnpicklingError and a
                      RuntimeError; where there is nothing to load, an EOFError too.

    A name that ends in .safetensors is read without pickle (``minigrad.safetensors``).

    >>> import tempfile, os
    >>> model = minigrad.nn.Linear(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     minigrad.save(model.state_dict(), os.path.join(folder, "model.pt"))
    ...     model.load_state_dict(minigrad.load(os.path.join(folder, "model.pt")))
    <All keys matched successfully>
    """
    if weights_only is None:
        weights_only = pickle_module is None
    if weights_only and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    if weights_only and pickle_load_args:
        warnings.warn("pickle_load_args only works if `weights_only=False`.", stacklevel=2)
    unpickle = _safely if weights_only else _trusting(pickle_module or pickle, pickle_load_args)
    if not isinstance(f, (str, os.PathLike)):
        if mmap:
            raise ValueError("f must be a file path in order to use the mmap argument")
        return _load(f, map_location, unpickle)
    if os.fspath(f).endswith(".safetensors"):
        return load_file(f, "cpu" if map_location is None else map_location)
    check_regular(f)
    with open(f, "rb") as file:
        return _load(file, map_location, unpickle)


def check_regular(path: str | os.PathLike[str]) -> None:
    """Refuse pipes and devices, which have no end or never begin."""
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise LoadError(f"{os.fspath(path)} is not a regular file")


def _load(f: Any, map_location: Any, unpickle: Any) -> Any:
    try:
        f.seek(f.tell())
    except (AttributeError, io.UnsupportedOperation) as error:
        raise type(error)(
            f"{error}. You can only minigrad.load from a file that is seekable. Please pre-load the data into a buffer "
            "like io.BytesIO and try to load from it instead."
        ) from None
    name = str(getattr(f, "name", None) or f"the {type(f).__name__}")
    at = f.tell()
    start = f.read(4)
    f.seek(at)
    if not start:
        raise EmptyError(f"Ran out of input: {name} is empty, or was read to its end")
    if start.startswith(legacy.START):
        return legacy.load(name, f, Storages(name, map_location), unpickle)
    if not start.startswith(b"PK"):
        raise LoadError(f"{name} is not a file of torch.save: it begins with {start!r}")
    archive = Archive(name, f)
    if "constants.pkl" in archive.records:
        raise LoadError(f"{name} is a TorchScript archive: save the module's state_dict() by torch.save")
    value, _ = unpickle(name, archive.read("data.pkl"), 0, ArchiveStorages(name, map_location, archive).get)
    f.seek(archive.end)
    return value


# ---- the memory of tensors ----


class Storages:
    """The storages of a file, by their numbers."""

    def __init__(self, name: str, map_location: Any) -> None:
        self.name, self.map_location = name, map_location
        self.found: dict[str, np.ndarray[Any, Any]] = {}

    def get(self, description: Any) -> np.ndarray[Any, Any]:
        """The numbers of ("storage", type, number, place, count), always the same array."""
        kind, dtype, number, location, count, *more = description
        texts = all(isinstance(text, str) for text in (kind, number, location))
        if not texts or kind != "storage" or not isinstance(dtype, types.dtype) or type(count) is not int:
            raise LoadError(f"{self.name}: its pickle names something else than a storage")
        if more not in ([], [None]):
            raise LoadError(f"{self.name}: its storages are views of others: save it again by a newer torch")
        if number not in self.found:
            self.found[number] = self.make(dtype, number, count)
            self._check_place(self.found[number], location)
        flat = self.found[number]
        if flat.size != count or flat.dtype != dtype.numpy:
            raise LoadError(f"{self.name}: storage {shown(number)} has {flat.size} elements of {flat.dtype}, {count} "
                            f"of {dtype.name} expected")  # fmt: skip
        return flat

    def make(self, dtype: types.dtype, number: str, count: int) -> np.ndarray[Any, Any]:
        raise NotImplementedError

    def _check_place(self, flat: np.ndarray[Any, Any], location: str) -> None:
        where = self.map_location
        if isinstance(where, dict):
            location = where.get(location, location)
        elif callable(where):
            location = "cpu" if where(UntypedStorage(flat), location) is not None else location
        elif where is not None:
            location = str(where)
        if str(location).partition(":")[0] == "cuda":
            raise LoadError(
                "Attempting to deserialize object on a CUDA device but minigrad.cuda.is_available() is False. Please "
                f"use minigrad.load with map_location='cpu' to map your storages to the CPU. The file is {self.name}"
            )
        try:
            check_device(location)
        except RuntimeError as error:
            raise LoadError(f"{self.name}: {shown(error)}") from error


class ArchiveStorages(Storages):
    """Each storage is a record."""

    def __init__(self, name: str, map_location: Any, archive: Archive) -> None:
        super().__init__(name, map_location)
        self.archive = archive
        self.order = bytes(archive.read("byteorder")) if "byteorder" in archive.records else b"little"
        if self.order not in (b"little", b"big"):
            raise LoadError(f"{name}: Unknown endianness type: {shown(self.order)}")

    def make(self, dtype: types.dtype, number: str, count: int) -> np.ndarray[Any, Any]:
        data = self.archive.read(f"data/{number}")
        if len(data) != count * dtype.itemsize:
            raise LoadError(
                f"{self.name}: storage {shown(number)} has {len(data) // dtype.itemsize} elements, {count} expected"
            )
        written = dtype.numpy.newbyteorder("<" if self.order == b"little" else ">")
        return np.frombuffer(data, written).astype(dtype.numpy, copy=False)


# ---- trusted or not ----


def _safely(name: str, data: bytes | bytearray, at: int, persistent: Callable[[Any], Any]) -> tuple[Any, int]:
    """(the value of the pickle that begins at byte ``at``, where it ends)."""
    machine = Unpickler(data, _find, CALLS, list(_safe.values()), persistent, at)
    try:
        return machine.load(), machine.at
    except LoadError as error:
        raise error if name in str(error) else LoadError(f"{name}: {error}") from error.__cause__
    except Exception as error:
        words = shown(f"{type(error).__name__}: {error}")
        raise LoadError(f"{name}: its pickle is corrupt: {words}") from error


def _trusting(module: Any, options: dict[str, Any]) -> Any:
    """The same, done by ``module``'s Unpickler, which may call anything."""

    class Trusting(module.Unpickler):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            return _torchs(module, name) or super().find_class(module, name)

    def unpickle(name: str, data: bytes, at: int, persistent: Callable[[Any], Any]) -> tuple[Any, int]:
        file = io.BytesIO(data)
        file.seek(at)
        unpickler = Trusting(file, **{"encoding": "utf-8", **options})
        unpickler.persistent_load = persistent
        try:
            return unpickler.load(), file.tell()
        except LoadError as error:
            raise error if name in str(error) else LoadError(f"{name}: {error}") from error.__cause__
        except (pickle.UnpicklingError, EOFError) as error:
            raise LoadError(f"{name}: its pickle is corrupt: {error}") from error
        except Exception as error:  # perhaps of the user's own class
            error.add_note(f"while {name} was loaded")
            raise

    return unpickle


def _torchs(module: str, name: str) -> Any:
    found = NAMES.get(f"{module}.{name}")
    if found is None and module.partition(".")[0] == "torch":
        raise LoadError(
            f"{shown(f'{module}.{name}')} is torch's own and is not here: in torch, save tensors or a state_dict() of "
            f"types that minigrad has ({', '.join(d.name for d in types.ALL)})"
        )
    return found


def _find(module: str, name: str) -> Any:
    path = f"{module}.{name}"
    for names in (NAMES, PLAIN, _safe):
        if path in names:
            return names[path]
    _torchs(module, name)
    path = shown(path)
    raise LoadError(
        "Weights only load failed. Re-running `minigrad.load` with `weights_only` set to `False` will likely succeed, "
        "but it can result in arbitrary code execution. Do it only if you got the file from a trusted source.\n"
        f"Unsupported global: GLOBAL {path} was not an allowed global by default. Please use "
        f"`minigrad.serialization.add_safe_globals([{path}])` or the "
        f"`minigrad.serialization.safe_globals([{path}])` context manager to allowlist this global if you trust this "
        "class/function."
    )


# ---- the user's own safe classes ----


def add_safe_globals(safe_globals: list[Callable[..., Any] | tuple[Callable[..., Any], str]]) -> None:
    """Let ``load(weights_only=True)`` call these functions and classes, or (function, its full name in the file).

    >>> minigrad.serialization.add_safe_globals([minigrad.nn.Linear])
    >>> minigrad.serialization.get_safe_globals()
    [<class 'minigrad.nn.modules.linear.Linear'>]
    >>> minigrad.serialization.clear_safe_globals()
    """
    for entry in safe_globals:
        found, path = entry if isinstance(entry, tuple) else (entry, f"{entry.__module__}.{entry.__qualname__}")
        _safe[path] = found


def get_safe_globals() -> list[Any]:
    """The functions and classes that were added."""
    return list(_safe.values())


def clear_safe_globals() -> None:
    """Take back all that were added."""
    _safe.clear()


@contextmanager
def safe_globals(added: list[Any]) -> Iterator[None]:
    """Let ``load`` call these functions and classes within the block of a ``with``."""
    before = dict(_safe)
    add_safe_globals(added)
    try:
        yield
    finally:
        _safe.clear()
        _safe.update(before)
