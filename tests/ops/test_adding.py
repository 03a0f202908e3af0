"""Long sums, forwards and in gradients, against exact ones: off by no more than log2(n) roundings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.ops.adding import add_up

N = 3_000_000
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((0, 3), (0,)),
    ((3, 0), (0,)),
    ((1025,), (0,)),
    ((1025, 3), (0,)),
    ((4099, 7), (0, 1)),
    ((3, 2051, 5), (1,)),
    ((65, 3, 9, 9), (0, 2, 3)),
    ((5, 7, 1500), (0, 2)),
    ((1500, 2, 1), (0, 2)),
    ((2, 1500, 2, 3), (1, 2)),
]


def off(found: Any, exact: Any) -> float:
    """The largest relative error, in float32's epsilons."""
    return float(np.max(np.abs(np.asarray(found, np.float64) / exact - 1), initial=0) / np.finfo(np.float32).eps)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("shape, axes", SHAPES)
def test_any_shape_in_any_order_of_memory(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> None:
    x = np.random.default_rng(0).uniform(1, 2, shape).astype(np.float32)
    exact = x.astype(np.float64).sum(axes, keepdims=keepdims)
    for laid in (x, np.asfortranarray(x), np.repeat(x, 2, -1)[..., ::2], np.flip(x, axes)):
        found = add_up(laid, axes, keepdims)
        assert found.shape == exact.shape and found.dtype == np.float32
        assert off(found + 1, exact + 1) <= 11  # none are 0


def _gradient(f: Any, operand: Any) -> Any:
    operand.requires_grad_()
    f(operand).sum().backward()
    return operand.grad.numpy()


COLUMN = np.random.default_rng(1).uniform(1, 2, (N, 1)).astype(np.float32)
EXACT = COLUMN.astype(np.float64)
LONG: dict[str, tuple[Any, Any]] = {
    "sum": (lambda x: x.expand(N, 2).sum(0).numpy(), EXACT.sum()),
    "mean": (lambda x: x.mean(0).numpy(), EXACT.mean()),
    "var": (lambda x: x.var(0).numpy(), EXACT.var(ddof=1)),
    "norm": (lambda x: x.norm(dim=0).numpy(), np.sqrt((EXACT**2).sum())),
    "un-broadcast": (lambda x: _gradient(lambda w: w * x, minigrad.ones(1, 2)), EXACT.sum()),
    "bias": (
        lambda x: _gradient(lambda b: minigrad.nn.functional.linear(x, minigrad.ones(2, 1), b) * x, minigrad.zeros(2)),
        EXACT.sum(),
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_columns_of_three_million_rows(name: str) -> None:
    f, exact = LONG[name]
    assert off(f(minigrad.tensor(COLUMN)), exact) <= math.log2(N)
