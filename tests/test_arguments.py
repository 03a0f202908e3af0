"""What is refused of single arguments, and small answers that are easily got wrong, asked of both engines."""

from __future__ import annotations

import array
from collections.abc import Callable
from typing import Any

import pytest
import torch as pytorch

import minigrad

WORDS = 27  # of a message: torch's first, then ours

ASKED: dict[str, Callable[[Any], Any]] = {
    "flip without dims": lambda t: t.ones(2, 2).flip(),
    "flip of no dims": lambda t: t.tensor([1, 2]).flip([]).tolist(),
    "Size of floats": lambda t: t.Size(t.ones(3)),
    "Size of integers": lambda t: repr(t.Size(t.tensor([1, 2]))),
    "Size of a float": lambda t: t.Size([1.5]),
    "Size of a text": lambda t: t.Size("ab"),
    "Size of None": lambda t: t.Size([None]),
    "Size of a bool": lambda t: repr(t.Size([True])),
    "Size of a range": lambda t: repr(t.Size(range(3))),
    "Size, empty": lambda t: repr(t.Size()),
    "Size of a number": lambda t: t.Size(3),
    "meshgrid, no argument": lambda t: t.meshgrid(),
    "meshgrid of an empty list": lambda t: t.meshgrid([]),
    "narrow from a float tensor": lambda t: t.narrow(t.ones(2, 2), 0, t.tensor(0.0), 1),
    "narrow from a mask": lambda t: t.narrow(t.ones(2, 2), 0, t.tensor(True), 1),
    "narrow from a tensor of one": lambda t: t.narrow(t.ones(2, 2), 0, t.tensor([0]), 1),
    "narrow from an integer tensor": lambda t: t.narrow(t.ones(2, 2), 0, t.tensor(-1), 1).tolist(),
    "module.to(copy)": lambda t: t.nn.Linear(1, 1).to("cpu", copy=True),
    "with a device": lambda t: used(t.device("cpu")),
}
ASKED |= {f"device {s!r}": lambda t, s=s: repr(t.device(s)) for s in ("cuda:", "cpu:", "cpu:a", "cpu:-1", "cpu:01", "")}
ASKED |= {f"device {s!r}": lambda t, s=s: repr(t.device(s)) for s in (":0", "cpu:0:0", "cpu: 0", "cuda:1", "cpu:0")}

BUFFERS: dict[str, Callable[[Any], Any]] = {
    "empty": lambda t: t.frombuffer(b"", dtype=t.uint8),
    "list": lambda t: t.frombuffer([1], dtype=t.uint8),
    "text": lambda t: t.frombuffer("ab", dtype=t.uint8),
    "none": lambda t: t.frombuffer(None, dtype=t.uint8),
    "dtype by position": lambda t: t.frombuffer(bytearray(4), t.uint8),
    "no elements": lambda t: t.frombuffer(bytearray(4), dtype=t.uint8, count=0),
    "count below -1": lambda t: t.frombuffer(bytearray(4), dtype=t.uint8, count=-2).tolist(),
    "offset at the end": lambda t: t.frombuffer(bytearray(4), dtype=t.uint8, offset=4),
    "offset below 0": lambda t: t.frombuffer(bytearray(4), dtype=t.uint8, offset=-1),
    "part of an element": lambda t: t.frombuffer(bytearray(5), dtype=t.int32),
    "too many": lambda t: t.frombuffer(bytearray(4), dtype=t.int32, count=2),
    "unaligned": lambda t: t.frombuffer(bytearray(6), dtype=t.int32, offset=1, count=1).tolist(),
    "array": lambda t: t.frombuffer(array.array("i", [1, 2]), dtype=t.int32).tolist(),
}

STRIDES: dict[str, Callable[[Any], Any]] = {
    "3 0 2": lambda t: t.empty(3, 0, 2),
    "0": lambda t: t.zeros(0),
    "0 3": lambda t: t.zeros(0, 3),
    "two zeros": lambda t: t.zeros(2, 0, 3, 0),
    "transposed": lambda t: t.zeros(3, 0, 2).transpose(0, 2),
    "permuted": lambda t: t.zeros(3, 0, 2).permute(2, 0, 1),
    "selected": lambda t: t.zeros(4, 3, 0)[1],
    "sliced to nothing": lambda t: t.zeros(4, 3)[:, :0],
    "contiguous": lambda t: t.zeros(2, 0, 3).contiguous(),
    "of a sum": lambda t: t.zeros(3, 0, 2) + 1,
    "huge": lambda t: t.zeros(0, 10**9),
}


def used(device: Any) -> Any:
    with device as entered, device:
        return repr(entered)


def outcome(ask: Callable[[Any], Any], torch: Any) -> Any:
    try:
        return ask(torch)
    except (RuntimeError, TypeError, ValueError) as error:
        return type(error), str(error)[:WORDS]


@pytest.mark.parametrize("name", ASKED)
def test_outcome(name: str) -> None:
    assert outcome(ASKED[name], minigrad) == outcome(ASKED[name], pytorch)


@pytest.mark.parametrize("name", BUFFERS)
def test_frombuffer(name: str) -> None:
    ours, theirs = outcome(BUFFERS[name], minigrad), outcome(BUFFERS[name], pytorch)
    assert ours[:1] == theirs[:1] if name == "dtype by position" else ours == theirs


def test_a_buffer_that_cannot_be_written() -> None:
    with pytest.warns(UserWarning, match="The given buffer is not writable"):
        assert minigrad.frombuffer(b"ab", dtype=minigrad.uint8).tolist() == [97, 98]


@pytest.mark.parametrize("name", STRIDES)
def test_strides_of_nothing(name: str) -> None:
    ours, theirs = [STRIDES[name](torch) for torch in (minigrad, pytorch)]
    assert (ours.stride(), ours.is_contiguous()) == (theirs.stride(), theirs.is_contiguous())
