"""Ranges to torch's last bit, on processors where it multiplies and adds in one step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import minigrad

FUSED = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
KINDS = ["float16", "float32", "float64", "int8", "int32", "int64"]
rng = np.random.default_rng(0)
RANGES = [(-8.0, 8.0, 0.1), (2.0, -1.5, -0.3), (7.0, -2.5, -0.7), (0, 100, 3), (50, -20, -7)]
RANGES += [(float(a), float(a + s * n), float(s)) for a, s, n in rng.uniform((-9, -1, 1), (9, 1, 300), (20, 3))]
SPANS = [(-1, 1, 5), (16, -14, 15), (-7, 19, 23), (0, 1, 1), (0, 1, 0), (3, 3, 4)]
SPANS += [(float(a), float(b), int(n)) for a, b, n in rng.uniform((-9, -9, 0), (9, 9, 300), (20, 3))]


def compared(name: str, args: tuple[Any, ...], dtype: str) -> None:
    ours = getattr(minigrad, name)(*args, dtype=getattr(minigrad, dtype)).numpy()
    theirs = getattr(torch, name)(*args, dtype=getattr(torch, dtype)).numpy()
    assert ours.dtype == theirs.dtype
    if FUSED or dtype[0] == "i":
        np.testing.assert_array_equal(ours, theirs)
    else:  # one rounding more
        np.testing.assert_allclose(ours, theirs, rtol=np.finfo(dtype).eps, atol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("args", RANGES, ids=str)
def test_arange(args: Any, dtype: str) -> None:
    if dtype[0] == "i" and abs(args[2]) < 1:
        return
    compared("arange", args, dtype)


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("args", SPANS, ids=str)
def test_linspace(args: Any, dtype: str) -> None:
    if FUSED or dtype[0] != "i":
        compared("linspace", args, dtype)
        return
    ours, theirs = (engine.linspace(*args, dtype=getattr(engine, dtype)).numpy() for engine in (minigrad, torch))
    apart = ours != theirs  # cut from a float32 that is rounded once more: it may fall below a whole number, or not
    exact = np.linspace(int(args[0]), int(args[1]), args[2])[apart]
    assert (abs(ours[apart] - theirs[apart]) == 1).all()
    assert (abs(exact - exact.round()) <= 20 * np.finfo(np.float32).eps).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
@pytest.mark.parametrize("args", SPANS, ids=str)
def test_logspace(args: Any, dtype: str) -> None:
    compared("logspace", (args[0] / 9, args[1] / 9, args[2]), dtype)


@pytest.mark.parametrize("args", [(3, 4, -1), (0, 2), (2, 0), (-1, 2), (2, -1), (-1, -1)], ids=str)
@pytest.mark.parametrize("name", ["tril_indices", "triu_indices"])
def test_positions_of_a_triangle(name: str, args: tuple[int, ...]) -> None:
    if min(args[:2]) < 0:
        with pytest.raises(RuntimeError) as theirs:
            getattr(torch, name)(*args)
        with pytest.raises(RuntimeError, match=str(theirs.value)[:24]):
            getattr(minigrad, name)(*args)
        return
    np.testing.assert_array_equal(getattr(minigrad, name)(*args).numpy(), getattr(torch, name)(*args).numpy())
