"""asarray and frombuffer: what shares memory, what is copied, what is refused; as torch's."""

from __future__ import annotations

import array
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as reference

import minigrad

FLOATS = np.array([1.0, 2.0], np.float32).tobytes()


class Row:
    """A sequence of its own class."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, k: int) -> float:
        return [1.0, 2.0][k]


SOURCES: dict[str, Any] = {
    "array f": lambda t: array.array("f", [1, 2]),
    "array d": lambda t: array.array("d", [1, 2]),
    "array b": lambda t: array.array("b", range(8)),
    "bytearray": lambda t: bytearray(FLOATS),
    "nothing": lambda t: bytearray(),
    "odd": lambda t: bytearray(5),
    "bytes": lambda t: FLOATS,
    "memoryview": lambda t: memoryview(np.ones((2, 3), np.float32)),
    "gaps": lambda t: memoryview(array.array("f", [1, 2, 3, 4]))[::2],
    "ndarray f4": lambda t: np.ones(2, np.float32),
    "ndarray f8": lambda t: np.ones((2, 2)),
    "ndarray i8": lambda t: np.arange(3),
    "ndarray T": lambda t: np.arange(6.0).reshape(2, 3).T,
    "ndarray 0-d": lambda t: np.array(2.5),
    "backwards": lambda t: np.arange(3.0)[::-1],
    "big endian": lambda t: np.ones(2, ">f4"),
    "ndarray of text": lambda t: np.array(["a"]),
    "scalar": lambda t: np.float32(1.5),
    "number": lambda t: 3,
    "list": lambda t: [[1, 2], [3, 4]],
    "no list": lambda t: [],
    "sequence": lambda t: Row(),
    "ragged": lambda t: [[1], [1, 2]],
    "text": lambda t: "ab",
    "None": lambda t: None,
    "set": lambda t: {1},
    "tensor": lambda t: t.ones(2),
    "int tensor": lambda t: t.arange(2),
    "leaf": lambda t: t.ones(2, requires_grad=True),
    "node": lambda t: t.ones(2, requires_grad=True) * 2,
}
OPTIONS: list[dict[str, Any]] = [
    {},
    {"copy": True},
    {"copy": False},
    {"copy": 1},
    {"dtype": "float32"},
    {"dtype": "float32", "copy": False},
    {"dtype": "uint8"},
    {"requires_grad": True},
    {"requires_grad": False},
    {"requires_grad": None},
    {"requires_grad": True, "copy": True},
    {"requires_grad": True, "dtype": "float32"},
    {"device": "cpu", "copy": False},
    {"device": "nowhere"},
]


def zeroed(source: Any, torch: ModuleType) -> None:
    """The source's memory overwritten, where it can be."""
    if isinstance(source, torch.Tensor):
        with torch.no_grad():
            source.zero_()
    elif isinstance(source, (np.ndarray, array.array, bytearray, memoryview)):
        view = memoryview(source)
        if view.c_contiguous:
            view.cast("B")[:] = bytes(view.nbytes)
        else:
            source[...] = 0


def outcome(torch: ModuleType, source: str, options: dict[str, Any]) -> Any:
    given = SOURCES[source](torch)
    named = {k: getattr(torch, v) if k == "dtype" else v for k, v in options.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            x = torch.asarray(given, **named)
        except Exception as error:
            return type(error)
    before = x.tolist()
    zeroed(given, torch)
    return str(x.dtype), x.shape, before, x.tolist(), x.requires_grad, x.is_leaf, x is given


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_asarray(source: str, options: dict[str, Any]) -> None:
    assert outcome(minigrad, source, options) == outcome(reference, source, options)


def test_memory_that_cannot_be_written() -> None:
    numbers = np.ones(2)
    numbers.flags.writeable = False
    with pytest.warns(UserWarning, match="The given NumPy array is not writable"):
        x = minigrad.asarray(numbers)
    assert np.shares_memory(x.numpy(), numbers)
    assert minigrad.asarray(numbers, copy=True).add_(1).tolist() == [2, 2]


def test_a_buffer_with_gaps() -> None:
    for torch in (minigrad, reference):
        with pytest.raises(RuntimeError, match="could not retrieve buffer from object"):
            torch.frombuffer(memoryview(bytes(8))[::2], dtype=torch.uint8)
