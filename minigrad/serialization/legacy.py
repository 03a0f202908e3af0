"""The format of torch before 1.6: pickles one after the other, then the storages; ``save`` still writes it when asked.

It has no checksums: a file damaged in its numbers is loaded with other numbers, as in torch.
"""

from __future__ import annotations

import pickle
import struct
import sys
from typing import Any

import numpy as np

from ..core import dtype as types
from .errors import LoadError, shown

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
START = b"\x80"  # of a pickle


def load(name: str, file: Any, storages: Any, unpickle: Any) -> Any:
    """The object that begins where ``file`` stands.

    Raises  LoadError
    """
    begin = file.tell()
    data = file.read()
    room = len(data)

    def make(dtype: types.dtype, number: str, count: int) -> np.ndarray[Any, Any]:
        nonlocal room
        room -= count * dtype.itemsize
        if count < 0 or room < 0:
            raise LoadError(f"{name} is cut short: storage {shown(number)} promises {count} elements")
        return np.zeros(count, dtype.numpy)  # the numbers come later

    storages.make = make
    at = 0
    values = []
    for persistent in (None, None, None, storages.get, None):
        value, at = unpickle(name, data, at, persistent)
        values.append(value)
    magic, version, system, value, numbers = values
    if magic != MAGIC or version != VERSION or not isinstance(system, dict):
        raise LoadError(f"{name}: Invalid magic number; corrupt file?")
    texts = isinstance(numbers, list) and all(type(number) is str for number in numbers)
    if not texts or sorted(numbers) != sorted(storages.found):
        raise LoadError(f"{name} is corrupt: its list of storages does not fit its tensors")
    order = "<" if system.get("little_endian") is not False else ">"
    for number in numbers:
        flat = storages.found[number]
        head, at = data[at : at + 8], at + 8
        bytes_, at = data[at : at + flat.nbytes], at + flat.nbytes
        if at > len(data) or struct.unpack("<q", head) != (flat.size,):
            raise LoadError(f"{name} is corrupt or cut short: storage {shown(number)} is not there")
        flat[...] = np.frombuffer(bytes_, flat.dtype.newbyteorder(order))
    file.seek(begin + at)
    return value


def write(file: Any, pickled: bytes, storages: dict[str, np.ndarray[Any, Any]], protocol: int) -> None:
    """Write what a Pickler made of an object, and its storages."""
    sizes = {"short": 2, "int": 4, "long": 4}
    system = {"protocol_version": VERSION, "little_endian": sys.byteorder == "little", "type_sizes": sizes}
    for value in (MAGIC, VERSION, system):
        file.write(pickle.dumps(value, protocol))
    file.write(pickled)
    file.write(pickle.dumps(list(storages), protocol))
    for flat in storages.values():
        file.write(struct.pack("<q", flat.size))
        file.write(flat.tobytes())
