"""save and load: torch's own files, written and read without torch.

A file is a zip archive. ``data.pkl`` is a pickle in which each tensor is a call, "a tensor of this size and these
strides, from here on in storage k", and ``data/k`` holds the bytes of storage k. So tensors that share memory share it
again after loading, and torch.load reads what minigrad wrote.

A pickle may call any function it names. With ``weights_only`` (the default) only the few functions that rebuild tensors
and plain containers may be named; without, only load files whose origin you trust.

Source  https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .core import dtype as types
from .core.device import check_device, device
from .core.graph import owner, wrap
from .nn import Parameter  # not from .nn.parameter: two threads that load nn at once would wait for each other
from .ops.attributes import UntypedStorage
from .ops.strided import as_strided
from .tensor import Size, Tensor

if TYPE_CHECKING:
    import zipfile

STORAGES = {
    "HalfStorage": types.float16, "FloatStorage": types.float32, "DoubleStorage": types.float64,
    "ByteStorage": types.uint8, "CharStorage": types.int8, "ShortStorage": types.int16, "IntStorage": types.int32,
    "LongStorage": types.int64, "BoolStorage": types.bool,
}  # fmt: skip
STORAGE_OF = {d: name for name, d in STORAGES.items()}


class _Global:
    """Something of torch's, by its name in a pickle."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self) -> None:
        raise AssertionError("only named, never called")


_REBUILD_TENSOR = _Global("torch._utils", "_rebuild_tensor_v2")
_REBUILD_PARAMETER = _Global("torch._utils", "_rebuild_parameter")
_SIZE, _DEVICE = _Global("torch", "Size"), _Global("torch", "device")
_GLOBAL_OF = {d: _Global("torch", name) for d, name in STORAGE_OF.items()}


# ---- writing ----


class _Storage:
    """A block of memory, in the file under its number."""

    def __init__(self, number: int, flat: np.ndarray[Any, Any]) -> None:
        self.number, self.flat = number, flat


class _Pickler(pickle._Pickler):  # the one written in Python: it lets us name functions of a torch that is not here
    def __init__(self, file: Any) -> None:
        super().__init__(file, protocol=2)
        self.storages: dict[Any, _Storage] = {}

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, _Storage):
            kind = types.FROM_NUMPY[obj.flat.dtype]
            return ("storage", _GLOBAL_OF[kind], str(obj.number), "cpu", obj.flat.size)
        return None

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is Tensor:
            return _REBUILD_TENSOR, (*self.place(obj), obj.requires_grad, OrderedDict())
        if type(obj) is Parameter:
            return _REBUILD_PARAMETER, (obj.detach(), obj.requires_grad, OrderedDict())
        if isinstance(obj, Size):
            return _SIZE, (tuple(obj),)
        if isinstance(obj, device):
            return _DEVICE, (str(obj),)
        return obj.name if isinstance(obj, (_Global, types.dtype)) else NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if isinstance(obj, (_Global, types.dtype)):
            module = obj.module if isinstance(obj, _Global) else "torch"
            self.write(pickle.GLOBAL + f"{module}\n{obj.name}\n".encode())  # type: ignore[attr-defined]
            self.memoize(obj)  # type: ignore[attr-defined]
        else:
            super().save_global(obj, name)  # type: ignore[misc]

    def place(self, x: Tensor) -> tuple[_Storage, int, tuple[int, ...], tuple[int, ...]]:
        """Where a tensor lies: storage, offset, size and strides in elements."""
        array, base = x.array, owner(x.array)
        shown = array.flags.c_contiguous or x.viewing is not None  # else the layout is minigrad's own affair
        whole = base.flags.c_contiguous or base.flags.f_contiguous
        if array.size and shown and whole and base.dtype == array.dtype and min(array.strides, default=0) >= 0:
            key: Any = (base.ctypes.data, base.dtype)
            offset = (array.ctypes.data - base.ctypes.data) // array.itemsize
            flat, strides = base.ravel(order="K"), array.strides
        else:
            key, offset = (array.ctypes.data, array.dtype, array.shape, array.strides), 0
            block = np.ascontiguousarray(array).reshape(array.shape)
            flat, strides = block.ravel(), block.strides
        if key not in self.storages:
            self.storages[key] = _Storage(len(self.storages), flat)
            self.storages[key].alive = array  # type: ignore[attr-defined]  # or another could get its address
        return self.storages[key], offset, array.shape, tuple(s // array.itemsize for s in strides)


def save(obj: Any, f: Any) -> None:
    """Write tensors, and lists, dicts and objects that hold tensors, to a file that torch can read too.

    f is a name, a path, or a file opened for writing in binary. A named file is replaced only when the new one is
    whole. Save a model's ``state_dict()`` rather than the model: that needs no class to be loaded, and no trust.

    Raises  RuntimeError if the folder does not exist, AttributeError if f is no file.

    >>> import io
    >>> file = io.BytesIO()
    >>> minigrad.save({"w": minigrad.tensor([1., 2.]), "epoch": 3}, file)
    >>> minigrad.load(file)
    {'w': tensor([1., 2.]), 'epoch': 3}
    """
    data = io.BytesIO()
    pickler = _Pickler(data)
    pickler.dump(obj)
    records: dict[str, Any] = {"data.pkl": data.getbuffer(), "byteorder": sys.byteorder.encode()}
    for storage in pickler.storages.values():
        records[f"data/{storage.number}"] = storage.flat.view(np.uint8).data if storage.flat.size else b""
    records["version"] = b"3\n"
    if isinstance(f, (str, os.PathLike)):
        with _replacing(f) as file:
            _write(file, records)
    elif hasattr(f, "write"):
        _write(f, records)
    else:
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a 'write' attribute, got {type(f).__name__}"
        )


def _write(file: Any, records: dict[str, Any]) -> None:
    import zipfile

    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in records.items():
            archive.writestr(zipfile.ZipInfo(f"archive/{name}"), data)


@contextmanager
def _replacing(path: str | os.PathLike[str]) -> Iterator[Any]:
    """A new file that takes the place of ``path`` once it is written."""
    target = os.path.realpath(path)  # a link stays a link
    folder, name = os.path.split(target)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    if os.path.exists(target) and not os.path.isfile(target):  # a device, a pipe, a folder (refused by open)
        with open(target, "wb") as file:
            yield file
        return
    new = os.path.join(folder, f".{name}.{os.urandom(4).hex()}")
    try:
        with open(new, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            os.chmod(new, os.stat(target).st_mode & 0o7777)
        os.replace(new, target)
    except BaseException:
        if os.path.exists(new):
            os.unlink(new)
        raise


# ---- reading ----


class _Archive:
    """The storages of an open file."""

    def __init__(self, name: str, file: zipfile.ZipFile, map_location: Any) -> None:
        self.name, self.file, self.map_location = name, file, map_location
        self.records = {entry.partition("/")[2]: entry for entry in file.namelist()}
        self.storages: dict[str, np.ndarray[Any, Any]] = {}

    def read(self, record: str) -> bytearray:
        """Raises  RuntimeError if it is not there, or not as it was written."""
        import zipfile

        if record not in self.records:
            raise RuntimeError(f"{self.name} has no record {record}: no archive of torch.save, or corrupt")
        data = bytearray(self.file.getinfo(self.records[record]).file_size)
        try:
            file: Any = self.file.open(self.records[record])
            with file:
                size = file.readinto(data)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
            raise RuntimeError(f"{self.name}: record {record} is corrupt: {error}") from error
        if size != len(data):
            raise RuntimeError(f"{self.name}: record {record} is cut short: {size} bytes of {len(data)}")
        return data

    def storage(self, kind: str, dtype: types.dtype, number: str, location: str, count: int) -> np.ndarray[Any, Any]:
        """The numbers of a storage, always the same array."""
        if number not in self.storages:
            order = self.read("byteorder").decode() if "byteorder" in self.records else "little"
            written = dtype.numpy.newbyteorder("<" if order == "little" else ">")
            flat = np.frombuffer(self.read(f"data/{number}"), written).astype(dtype.numpy, copy=False)
            if kind != "storage" or flat.size != count:
                raise RuntimeError(f"{self.name}: storage {number} has {flat.size} elements, {count} expected")
            self._check_place(flat, location)
            self.storages[number] = flat
        return self.storages[number]

    def _check_place(self, flat: np.ndarray[Any, Any], location: str) -> None:
        where = self.map_location
        if isinstance(where, dict):
            location = where.get(location, location)
        elif callable(where):
            location = "cpu" if where(UntypedStorage(flat), location) is not None else location
        elif where is not None:
            location = str(where)
        if str(location).partition(":")[0] == "cuda":
            raise RuntimeError(
                "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. Please use "
                "torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
            )
        check_device(location)


def _rebuild_tensor(flat: Any, offset: int, size: Any, strides: Any, requires_grad: bool = False, *_: Any) -> Any:
    if 0 in size:
        return wrap(np.empty(size, flat.dtype)).requires_grad_(requires_grad)
    steps = tuple(s * flat.itemsize for s in strides)
    array = np.ndarray(tuple(size), flat.dtype, flat, offset * flat.itemsize, steps)  # refuses what lies outside
    if array.flags.c_contiguous or requires_grad:
        return wrap(array).requires_grad_(requires_grad)
    return as_strided(wrap(flat), size, strides, offset)  # a view: its strides show


def _rebuild_parameter(data: Tensor, requires_grad: bool, *_: Any) -> Parameter:
    return Parameter(data, requires_grad)


def _bytes(text: str, encoding: str) -> bytes:
    return text.encode("latin1")


_ALLOWED: dict[str, Any] = {
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch.Size": Size,
    "torch.device": device,
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "_codecs.encode": _bytes,
    **{f"builtins.{kind.__name__}": kind for kind in (set, bytearray, complex)},
    **{f"__builtin__.{kind.__name__}": kind for kind in (set, bytearray, complex)},  # their module in Python 2
    **{f"torch.{name}": d for name, d in STORAGES.items()},
    **{f"torch.{d.name}": d for d in types.ALL},
}
_safe: dict[str, Any] = {}


class _TorchNames:
    """What both unpicklers share: the archive's storages, and torch's names for things that are here."""

    archive: _Archive

    def persistent_load(self, pid: Any) -> Any:
        return self.archive.storage(*pid)

    def find_class(self, module: str, name: str) -> Any:
        found = _ALLOWED.get(f"{module}.{name}")
        if found is None and module.partition(".")[0] == "torch":
            raise pickle.UnpicklingError(
                f"{module}.{name} is torch's own and is not here: in torch, save tensors or a state_dict() of types "
                f"that minigrad has ({', '.join(d.name for d in types.ALL)})"
            )
        return self.find_other(module, name) if found is None else found

    def find_other(self, module: str, name: str) -> Any:
        raise NotImplementedError


class _Unpickler(_TorchNames, pickle.Unpickler):
    def find_other(self, module: str, name: str) -> Any:
        return pickle.Unpickler.find_class(self, module, name)


_OPCODES = (
    pickle.PROTO + pickle.STOP + pickle.GLOBAL + pickle.REDUCE + pickle.BUILD + pickle.NEWOBJ + pickle.BINPERSID
    + pickle.MARK + pickle.NONE + pickle.NEWTRUE + pickle.NEWFALSE + pickle.BININT + pickle.BININT1 + pickle.BININT2
    + pickle.LONG1 + pickle.BINFLOAT + pickle.BINUNICODE + pickle.SHORT_BINSTRING + pickle.BINSTRING
    + pickle.EMPTY_TUPLE + pickle.TUPLE + pickle.TUPLE1 + pickle.TUPLE2 + pickle.TUPLE3
    + pickle.EMPTY_LIST + pickle.APPEND + pickle.APPENDS + pickle.EMPTY_DICT + pickle.SETITEM + pickle.SETITEMS
    + pickle.BINGET + pickle.LONG_BINGET + pickle.BINPUT + pickle.LONG_BINPUT
)  # fmt: skip


class _SafeUnpickler(_TorchNames, pickle._Unpickler):  # the one written in Python: its opcodes can be restricted
    dispatch: ClassVar[Any] = {code: pickle._Unpickler.dispatch[code] for code in _OPCODES}

    def find_other(self, module: str, name: str) -> Any:
        path = f"{module}.{name}"
        if path not in _safe:
            raise pickle.UnpicklingError(
                "Weights only load failed. Re-running `torch.load` with `weights_only` set to `False` will likely "
                "succeed, but it can result in arbitrary code execution. Do it only if you got the file from a trusted "
                "source.\n"
                f"Unsupported global: GLOBAL {path} was not an allowed global by default. Please use "
                f"`torch.serialization.add_safe_globals([{path}])` or the `torch.serialization.safe_globals([{path}])` "
                "context manager to allowlist this global if you trust this class/function."
            )
        return _safe[path]

    def load_build(self) -> None:
        """Set attributes: of an OrderedDict (a state_dict has ``_metadata``) or an object the user called safe."""
        kind = type(self.stack[-2])  # type: ignore[attr-defined]
        if kind is not OrderedDict and kind not in _safe.values():
            raise pickle.UnpicklingError(f"Can only build OrderedDict or objects of safe classes, not {kind.__name__}")
        pickle._Unpickler.load_build(self)  # type: ignore[attr-defined]

    dispatch[pickle.BUILD[0]] = load_build


def load(f: Any, map_location: Any = None, *, weights_only: bool | None = True, mmap: bool | None = None) -> Any:
    """What ``save`` wrote, here or in torch.

    map_location  is for files from a GPU: "cpu" brings their tensors here
    weights_only  refuses everything but tensors, numbers, strings, lists, tuples, dicts and sets; False can run any
                  code that the file names
    mmap          has no effect
    Raises        UnpicklingError for what is not allowed, RuntimeError if the file is corrupt or cut short, EOFError
                  if it is empty.

    >>> import tempfile, os
    >>> model = minigrad.nn.Linear(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     minigrad.save(model.state_dict(), os.path.join(folder, "model.pt"))
    ...     model.load_state_dict(minigrad.load(os.path.join(folder, "model.pt")))
    <All keys matched successfully>
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return load(file, map_location, weights_only=weights_only)
    for method in ("read", "seek", "tell"):
        if not hasattr(f, method):
            raise AttributeError(
                f"'{type(f).__name__}' object has no attribute '{method}'. You can only torch.load from a file that is "
                "seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
            )
    name = str(getattr(f, "name", None) or f"the {type(f).__name__}")
    with _opened(f, name) as file:
        archive = _Archive(name, file, map_location)
        if "constants.pkl" in archive.records:
            raise RuntimeError(f"{name} is a TorchScript archive: save the module's state_dict() by torch.save")
        data = io.BytesIO(archive.read("data.pkl"))
        unpickler: Any = _Unpickler(data) if weights_only is False else _SafeUnpickler(data)
        unpickler.archive = archive
        try:
            return unpickler.load()
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(f"{name}: {error}") from error
        except (EOFError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            if weights_only is False:
                raise  # perhaps the user's own class
            raise pickle.UnpicklingError(f"{name}: its pickle is corrupt: {type(error).__name__}: {error}") from error


def _opened(f: Any, name: str) -> zipfile.ZipFile:
    import zipfile

    f.seek(0)
    start = f.read(4)
    f.seek(0)
    if not start:
        raise EOFError(f"Ran out of input: {name} is empty")
    if not start.startswith(b"PK"):
        raise RuntimeError(
            f"{name} is no archive of torch.save: it begins with {start!r}. A file of torch before 1.6 (or saved with "
            "_use_new_zipfile_serialization=False) must be saved again by a newer torch"
        )
    try:
        return zipfile.ZipFile(f)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise RuntimeError(
            f"{name} is corrupt or cut short: failed reading zip archive: {error}. Copy or save it again"
        ) from error


# ---- the user's own safe classes ----


def add_safe_globals(safe_globals: list[Callable[..., Any] | tuple[Callable[..., Any], str]]) -> None:
    """Let ``load(weights_only=True)`` call these functions and classes, or (function, its full name in the file).

    >>> minigrad.serialization.add_safe_globals([minigrad.nn.Linear])
    >>> minigrad.serialization.get_safe_globals()
    [<class 'minigrad.nn.linear.Linear'>]
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
