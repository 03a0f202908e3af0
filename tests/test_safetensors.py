"""Files of the safetensors package, written here and read by torch and the other way; damaged ones are refused."""

from __future__ import annotations

import json
import os
import random
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch as reference
from hypothesis import settings

import minigrad
from minigrad.safetensors import load, load_file, save, save_file
from minigrad.serialization import LoadError
from reference_torch.oracle import as_array

MUTATIONS = 10_000 if settings.default.max_examples > 100 else 300  # HYPOTHESIS_PROFILE=ci
DTYPES = ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool")


def tensors(torch: Any) -> dict[str, Any]:
    made = {name: torch.tensor([[0, 1, 1], [1, 0, 1]], dtype=getattr(torch, name)) for name in DTYPES}
    special = {"special": torch.tensor([float("nan"), float("inf"), -0.0]), "é": torch.tensor(3)}
    return {**made, **special, "scalar": torch.tensor(2.5), "none": torch.zeros(2, 0, 3), "grad": torch.nn.Parameter(
        torch.ones(2))}  # fmt: skip


def assert_same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert set(ours) == set(theirs)
    for name, x in ours.items():
        assert str(x.dtype) == str(theirs[name].dtype) and tuple(x.shape) == tuple(theirs[name].shape)
        np.testing.assert_array_equal(as_array(x.detach()), as_array(theirs[name].detach()))


def test_both_ways(tmp_path: Path) -> None:
    ours, theirs, path = tensors(minigrad), tensors(reference), tmp_path / "x.safetensors"
    save_file(ours, path, metadata={"format": "pt"})
    assert_same(ours, safetensors.torch.load_file(path))
    with safetensors.safe_open(path, "numpy") as file:
        assert file.metadata() == {"format": "pt"}
    safetensors.torch.save_file(theirs, path)
    for again in (load_file(path), load(path.read_bytes()), minigrad.load(path), minigrad.load(str(path))):
        assert_same(again, theirs)
    assert save(ours) == safetensors.torch.save(theirs)
    assert os.listdir(tmp_path) == ["x.safetensors"]


def test_loaded_memory_can_be_written() -> None:
    x = load(save({"x": minigrad.zeros(3)}))["x"]
    x += 1
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_a_models_state(tmp_path: Path) -> None:
    source, target = minigrad.nn.Linear(3, 2), reference.nn.Linear(3, 2)
    save_file(source.state_dict(), tmp_path / "x.safetensors")
    target.load_state_dict(safetensors.torch.load_file(tmp_path / "x.safetensors"))
    assert target.weight.tolist() == source.weight.tolist()


@pytest.mark.parametrize("room", [minigrad, reference], ids=["minigrad", "torch"])
def test_what_is_not_written(room: Any, tmp_path: Path) -> None:
    write: Any = save_file if room is minigrad else safetensors.torch.save_file
    x, path = room.arange(6.0).view(2, 3), tmp_path / "x.safetensors"
    for bad in ({"a": x, "b": x}, {"a": x, "b": x[0]}, {"a": x, "b": x.detach().view(6)}):
        with pytest.raises(RuntimeError, match="Some tensors share memory"):
            write(bad, path)
    with pytest.raises(ValueError, match="You are trying to save a non contiguous tensor: `a`"):
        write({"a": x.t()}, path)
    with pytest.raises(ValueError, match="Expected a dict of"):
        write([x], path)
    with pytest.raises(ValueError, match=r"Key `a` is invalid, expected .*Tensor but received <class 'int'>"):
        write({"a": 3}, path)
    assert not path.exists()
    write({"a": x[0], "b": x[1]}, path)  # of one memory, but apart
    assert load_file(path)["b"].tolist() == [3.0, 4.0, 5.0]


def test_types_that_are_not_here(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    safetensors.torch.save_file({"a": reference.zeros(2, dtype=reference.complex64)}, path)
    with pytest.raises(LoadError, match=r"x\.safetensors: 'a' is of type C64"):
        minigrad.load(path)


def header(content: Any, data: bytes = b"", size: int | None = None) -> bytes:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\3\4",
        header({}, size=2**60),
        header(b"[" * 10_000),
        header({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}, bytes(8)),
        header({"a": {"dtype": "F32", "shape": [2**62], "data_offsets": [0, 2**64 - 1]}}, bytes(8)),
        header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(7)),
        header({n: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for n in "ab"}, bytes(8)),
        header({"a": {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)),
    ],
    ids=range(9),
)
def test_files_made_to_harm(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(LoadError, match=r"x\.safetensors is corrupt"):
        minigrad.load(tmp_path / "x.safetensors")


def test_mutated_files() -> None:
    """Its numbers have no checksum: a damaged file is refused, or has as many numbers as its size tells."""
    draw, whole = random.Random(0), save(tensors(minigrad))
    refused = 0
    for _ in range(MUTATIONS):
        data, at = bytearray(whole), draw.randrange(len(whole))
        kind = draw.randrange(4)
        if kind == 0:
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del data[at : at + draw.choice([1, 5, 10_000])]
        elif kind == 2:
            data[at:at] = whole[at : at + draw.randrange(1, 50)]
        else:
            data[draw.randrange(700)] = draw.choice(b'0123456789{}[]":,FIU\0')
        try:
            again = load(bytes(data))
        except LoadError as error:
            refused += 1
            assert "the data" in str(error)
        else:
            assert sum(x.array.nbytes for x in again.values()) <= len(data)
    assert refused > MUTATIONS // 4


def test_without_the_package(tmp_path: Path) -> None:
    (tmp_path / "safetensors").mkdir()
    (tmp_path / "safetensors" / "__init__.py").write_text("raise ModuleNotFoundError('gone', name='safetensors')")
    program = f"""
import sys; sys.path.insert(0, {str(tmp_path)!r})
import minigrad
from minigrad.safetensors import save
minigrad.save
print("safetensors" in sys.modules)
try: save({{"a": minigrad.ones(1)}})
except ImportError as error: print(error)
"""
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines() == [
        "False",
        "files of safetensors need the package safetensors: pip install 'minigrad[safetensors]'",
    ]
