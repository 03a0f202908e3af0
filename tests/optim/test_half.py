"""Optimizers of float16, and at the ends of the other types: each step from torch's own weights and state.

torch's kernels compute float16 in float32 and round once, and so do ours: equal to the last bit, but where float32 is
rounded elsewhere (with or without a fused multiply-add, say) and a tie of float16 lies between the two.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch as reference

import minigrad
from minigrad.optim import arithmetic
from reference_torch.oracle import as_array
from reference_torch.transfer import to_minigrad
from tests.bounds import rounding, within
from tests.optim.test_trajectories import CASES, STEP

Array = np.ndarray[Any, Any]
HALF: dict[str, list[dict[str, Any]]] = {name: rows for name, rows in CASES.items() if name != "LBFGS"} | {
    "Adam, wide eps": [
        {"lr": 0.1, "eps": 1e-4},
        {"lr": 0.1, "betas": (0.3, 0.4), "eps": 1e-3, "amsgrad": True},
        {"lr": 0.1, "betas": (0.0, 0.9), "eps": 1e-3, "maximize": True},
        {"lr": 0.1, "eps": 1e-3, "decoupled_weight_decay": True, "weight_decay": 0.3},
    ],
    "NAdam, wide eps": [{"lr": 0.05, "eps": 1e-3, "weight_decay": 0.1, "decoupled_weight_decay": True}],
    "RAdam, wide eps": [{"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1}],
    "RMSprop, wide eps": [{"eps": 1e-3, "centered": True, "momentum": 0.9, "alpha": 0.3}],
    "ASGD, averaging": [{"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "t0": 2}],
}
TABLE = [
    pytest.param(name.split(",")[0], row, id=f"{name}-{i}") for name, rows in HALF.items() for i, row in enumerate(rows)
]
ROUNDINGS = 10
"""Of one step, of each number: at most so many."""
FLIPS = 2 * ROUNDINGS * 2.0**-12
"""The share of numbers that may differ: two roundings to float32 are 2^-23 of a number apart at most, and ties of
float16 lie 2^-11 of it apart at least. So one in 2^12 has a tie between the two; twice that, as chance has it."""
SHAPES: list[tuple[int, ...]] = [(4, 8), (3,), (), (33, 5), (70,), (0, 3)]


@pytest.fixture(autouse=True)
def torchs_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop of torch on this processor: the blocks in which y + k x is rounded once, if it has vectors at all."""
    rng = np.random.default_rng(3)
    x, y = (rng.normal(size=256).astype(np.float16) for _ in range(2))
    once = (x + np.float32(np.float16(0.3)) * y).astype(np.float16)
    torchs = {n: reference.tensor(x[:n]).add(reference.tensor(y[:n]), alpha=0.3).numpy() for n in (8, 16, 32, 64, 128)}
    blocks = [n for n, sums in torchs.items() if np.array_equal(sums, once[:n])]
    monkeypatch.setattr(arithmetic, "BLOCK", min(blocks, default=2**62))


def optimizers(name: str, options: dict[str, Any], start: list[Array]) -> Iterator[tuple[list[Any], Any]]:
    """The parameters and the optimizer of ours, then of torch's."""
    for torch in (minigrad, reference):
        params = [torch.tensor(x.copy()).requires_grad_() for x in start]
        yield params, getattr(torch.optim, name)(params, **options)


def from_there(ours: list[Any], a: Any, theirs: list[Any], b: Any, gradients: list[Array]) -> None:
    """One step of both, of the same ``gradients``, from torch's weights and state."""
    for p, q, g in zip(ours, theirs, gradients, strict=True):
        p.data = copy.deepcopy(to_minigrad(q.detach()))
        if q in b.state:
            a.state[p] = copy.deepcopy(to_minigrad(b.state[q]))
        p.grad, q.grad = minigrad.tensor(g.copy()), reference.tensor(g.copy())
    a.step()
    b.step()


def numbers(params: list[Any], optimizer: Any) -> Array:
    """All weights and what the states hold of their type, in a row."""
    held = [p.detach() for p in params] + [
        v for p in params for v in optimizer.state[p].values() if hasattr(v, "dtype") and v.dtype == p.dtype
    ]
    return np.concatenate([as_array(t).reshape(-1) for t in held])


@np.errstate(all="ignore")
def differing(x: Array, y: Array) -> int:
    assert x.dtype == y.dtype == np.float16 and x.shape == y.shape
    return int((~((x == y) | (np.isnan(x) & np.isnan(y)))).sum())


@pytest.mark.parametrize("size", [1.0, 300.0, 1e-4, np.inf])
@pytest.mark.parametrize(("name", "options"), TABLE)
def test_every_step(name: str, options: dict[str, Any], size: float) -> None:
    """Gradients near 1, near 300 (whose squares are inf), near 1e-4 (whose squares are 0), and with inf and nan."""
    rng = np.random.default_rng(5)
    shapes = SHAPES if name != "Adafactor" else SHAPES[:-1]  # it divides by the number of weights
    (ours, a), (theirs, b) = optimizers(name, options, [rng.normal(size=s).astype(np.float16) for s in shapes])
    count = total = 0
    for _ in range(8):
        from_there(ours, a, theirs, b, [gradient(rng, shape, size) for shape in shapes])
        x, y = numbers(ours, a), numbers(theirs, b)
        count, total = count + differing(x, y), total + x.size
    assert count <= FLIPS * total


@np.errstate(all="ignore")
def gradient(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> Array:
    g = np.asarray(rng.normal(size=shape) * np.exp(rng.normal(size=shape))) * (size if size < np.inf else 1)
    if size == np.inf and g.size:
        g.reshape(-1)[rng.integers(g.size, size=3)] = rng.choice([np.inf, -np.inf, np.nan, 0.0, -0.0], 3)
    return g.astype(np.float16)


def transposed(torch: Any, x: Array) -> Any:
    return torch.tensor(x.T.copy()).T


def with_gaps(torch: Any, x: Array) -> Any:
    return torch.tensor(np.repeat(x, 2, -1))[..., ::2]


@pytest.mark.parametrize("layout", [transposed, with_gaps])
@pytest.mark.parametrize(("name", "options"), TABLE)
def test_memory_in_another_order(name: str, options: dict[str, Any], layout: Any) -> None:
    """The parameters, their gradients or both are transposed or lie in memory with gaps."""
    rng = np.random.default_rng(6)
    start, gradients = (rng.normal(size=(n, 7, 33)).astype(np.float16) for n in (2, 3))
    for odd_weights, odd_gradients in [(1, 0), (0, 1), (1, 1)]:
        found = []
        for torch in (minigrad, reference):
            p = (layout(torch, start[0]) if odd_weights else torch.tensor(start[0])).detach().requires_grad_()
            optimizer = getattr(torch.optim, name)([p], **options)
            for g in gradients:
                p.grad = layout(torch, g) if odd_gradients else torch.tensor(g)
                optimizer.step()
            found.append(as_array(p.detach()))
        assert differing(*found) <= FLIPS * 3 * found[0].size


def test_parameters_of_several_types() -> None:
    """Each in a step of its own type; Adafactor's least number is that of the group's first parameter."""
    rng = np.random.default_rng(7)
    for name in [name for name in CASES if name != "LBFGS"]:
        for dtypes in (["float16", "float64", "float32"], ["float32", "float16"]):
            start = [rng.normal(size=(4, 3)).astype(dtype) for dtype in dtypes]
            (ours, a), (theirs, b) = optimizers(name, {"lr": 0.1}, start)
            for size in (1.0, 1e-3, 1e-5):
                from_there(ours, a, theirs, b, [(size * rng.normal(size=(4, 3))).astype(x.dtype) for x in start])
            for p, q in zip(ours, theirs, strict=True):
                x, y = as_array(p.detach()), as_array(q.detach())
                assert x.dtype == y.dtype
                within(x, y, rounding(STEP, x.dtype) * (1 + abs(y)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), TABLE)
def test_large_gradients(name: str, options: dict[str, Any], dtype: str) -> None:
    """Squares beyond the type, which times 1 - beta are within; inf and nan."""
    largest = 1.1 * float(np.finfo(dtype).max) ** 0.5
    values = np.array([largest, -largest, np.inf, -np.inf, np.nan, 0.0, 1.0, 1 / largest], dtype)
    (ours, a), (theirs, b) = optimizers(name, options, [np.ones(8, dtype)])
    from_there(ours, a, theirs, b, [values])
    x, y = numbers(ours, a), numbers(theirs, b)
    within(x, y, rounding(STEP, dtype) * (1 + np.where(np.isfinite(y), abs(y), 0)))


@np.errstate(invalid="ignore")  # the spacing of inf
@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.0, 0.5, 0.0, np.inf])
@pytest.mark.parametrize("dtypes", [["float16"] * 3, ["float16", "float32"], ["float32", "float64", "float16"]])
def test_clipping(norm_type: float, dtypes: list[str]) -> None:
    """Norms and clipped gradients of float16, also beside others: the norm is of the widest of them."""
    rng = np.random.default_rng(8)
    for size, limit in ((1.0, 0.1), (300.0, 1.0), (1e-4, 1e-3), (1.0, 1e3)):
        gradients = [(size * rng.normal(size=(3, 40))).astype(dtype) for dtype in dtypes]
        for clip in ("clip_grad_norm_", "clip_grad_value_", "get_total_norm"):
            found = []
            for torch in (minigrad, reference):
                params = [torch.tensor(np.zeros_like(g)).requires_grad_() for g in gradients]
                for p, g in zip(params, gradients, strict=True):
                    p.grad = torch.tensor(g.copy())
                given = params if clip != "get_total_norm" else [p.grad for p in params]
                options = {"norm_type": norm_type} if clip != "clip_grad_value_" else {}
                total = getattr(torch.nn.utils, clip)(given, *([limit] * (clip != "get_total_norm")), **options)
                found.append([as_array(t) for t in [*([] if total is None else [total]), *(p.grad for p in params)]])
            for x, y in zip(*found, strict=True):
                assert x.dtype == y.dtype
                # a norm of 360 numbers in float32, a power and a root of at most 1 / norm_type = 2; then one rounding
                slack = rounding(4 * 360, "float32") * abs(y.astype(np.float64))
                within(x, y, slack + (np.spacing(abs(y)) if y.dtype == np.float16 else 0))
