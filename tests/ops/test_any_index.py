"""Anything that can stand in an index, in any order, right or wrong: value, gradient or class of error are torch's."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch as reference
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

import minigrad

ALL = slice(None)


@st.composite
def positions(draw: DrawFn, n: int) -> Any:
    """Positions in a dimension of size n as a list or an array, now and then one that does not exist."""
    lowest, highest = draw(st.sampled_from([(-n, n - 1)] * 20 + [(-n - 2, n + 1)]))
    shape = draw(st.sampled_from([(), (1,), (2,), (2,), (3,), (2, 1), (1, 2), (2, 2), (0,), (0, 2)]))
    count = int(np.prod(shape))
    found = np.array(draw(st.lists(st.integers(lowest, highest), min_size=count, max_size=count)), np.int64)
    kind = draw(st.sampled_from(["int64"] * 6 + ["int32", "uint8", "int16", "float32"]))
    found = found.reshape(shape).astype(kind)
    return found.tolist() if draw(st.booleans()) and kind == "int64" else found


@st.composite
def entries(draw: DrawFn, n: int) -> Any:
    kind = draw(
        st.sampled_from(["int", "int", "slice", "slice", "at", "at", "mask", "mask", "None", "...", "bool", "0-d"])
    )
    bound = st.none() | st.integers(-n - 2, n + 2)
    mask = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), bool)
    made = {
        "int": lambda: draw(st.integers(-n, max(n - 1, -n))),
        "slice": lambda: slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, 3]))),
        "at": lambda: draw(positions(n)),
        "mask": lambda: draw(st.sampled_from([mask, mask.tolist(), mask.astype(np.uint8)])),
        "None": lambda: None,
        "...": lambda: Ellipsis,
        "bool": lambda: draw(st.booleans()),
        "0-d": lambda: np.array(draw(st.sampled_from([0, 1])), draw(st.sampled_from(["uint8", "bool", "int64"]))),
    }
    return made[kind]()


@st.composite
def indices(draw: DrawFn) -> Any:
    """A shape without empty dimensions, and an index that would often do for it."""
    shape = draw(st.lists(st.integers(1, 4), max_size=4))
    key, dim = [], 0
    for _ in range(draw(st.integers(1, len(shape) + 1))):
        e = draw(entries(shape[min(dim, len(shape) - 1)] if shape else 1))
        if e is Ellipsis and any(x is Ellipsis for x in key):
            continue
        key.append(e)
        dim += not (e is None or isinstance(e, bool))
    how = draw(st.sampled_from([tuple, tuple, tuple, tuple, list, "first"]))
    return tuple(shape), key[0] if how == "first" else how(key)  # type: ignore[operator]


def of(t: Any, key: Any) -> Any:
    """The index for an engine: arrays become its tensors."""
    if isinstance(key, tuple):
        return tuple([of(t, e) for e in key])
    if isinstance(key, list):
        return [of(t, e) for e in key]
    return t.tensor(key) if isinstance(key, np.ndarray) else key


def outcome(t: Any, shape: Any, key: Any, value: Any) -> Any:
    """Result and gradients of reading (value None) or writing, or the class of the exception."""
    x = t.arange(float(np.prod(shape)), dtype=t.float64).reshape(shape).requires_grad_()
    leaves = [x]
    try:
        if value is None:
            y = x[of(t, key)]
        else:
            y = x.clone()
            if isinstance(value, np.ndarray):
                leaves.append(t.tensor(value, requires_grad=True))
            y[of(t, key)] = leaves[1] if isinstance(value, np.ndarray) else value
    except Exception as error:
        return type(error).__name__
    g = t.arange(1.0, y.numel() + 1, dtype=t.float64).reshape(y.shape)
    gradients = t.autograd.grad(y, leaves, g, allow_unused=True)
    return [None if a is None else (tuple(a.shape), a.detach().tolist()) for a in (y, *gradients)]


def check(shape: Any, key: Any, value: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert outcome(minigrad, shape, key, value) == outcome(reference, shape, key, value)


@given(indices())
@example(((3, 3), [[0, 2], ALL]))
@example(((3, 3), [[0, 2], [1, 1]]))
@example(((3, 3), [np.array(0), np.array(1)]))
@example(((3, 3), [1, None]))
@example(((2, 3), np.array(0, np.uint8)))
@example(((2, 3), (np.array(1, np.uint8), 0)))
@example(((), np.array(1, np.uint8)))
@example(((2, 2), (ALL, ..., ..., 0)))
@example(((2,), ([0, [1]],)))
def test_reading(drawn: Any) -> None:
    check(*drawn, None)


@given(indices(), st.data())
@example(((3, 3), [[0, 2], ALL]), 7)
@example(((2, 3), True), 7)
@example(((2, 3), False), 7)
def test_writing(drawn: Any, value: Any) -> None:
    shape, key = drawn
    if not isinstance(value, int):
        try:
            size = tuple(reference.zeros(shape)[of(reference, key)].shape)
        except Exception:
            size = ()
        value = value.draw(
            st.sampled_from([2.5, np.array(3.5), np.arange(np.prod(size)).reshape(size), np.arange(2.0)])
        )
        value = value.astype(np.float64) if isinstance(value, np.ndarray) else value
    check(shape, key, value)


@pytest.mark.parametrize("size", [(), (1,), (2,)])
def test_a_mask_of_uint8(size: Any) -> None:
    def write(t: Any) -> Any:
        x = t.zeros(3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                x[t.tensor([1, 0, 1], dtype=t.uint8)] = t.ones(size)
            except RuntimeError as error:
                return str(error)[:30]
        return x.tolist()

    assert write(minigrad) == write(reference)
