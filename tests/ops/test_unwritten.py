"""No number comes out of memory that nobody wrote: ``np.empty`` gives nan or huge numbers here, and nothing changes."""

from __future__ import annotations

import inspect
import itertools
from typing import Any

import numpy as np
import pytest

import minigrad
from reference_torch.oracle import MINIGRAD
from tests.ops.row import Row
from tests.ops.table import CASES
from tests.ops.test_ops import ask, differentiable, same

ROWS = [(row, [sample for _, sample in group]) for row, group in itertools.groupby(CASES, key=lambda case: case[0])]
empty, empty_like = np.empty, np.empty_like


def poisoned(array: Any) -> Any:
    kind = array.dtype.kind
    if kind == "V":  # np.broadcast_shapes makes arrays without data
        return array
    array[...] = np.nan if kind == "f" else True if kind == "b" else np.iinfo(array.dtype).max - 1
    return array


def poison(monkeypatch: Any) -> None:
    monkeypatch.setattr(np, "empty", lambda *args, **kwargs: poisoned(empty(*args, **kwargs)))
    monkeypatch.setattr(np, "empty_like", lambda *args, **kwargs: poisoned(empty_like(*args, **kwargs)))


@pytest.mark.parametrize("row, samples", ROWS, ids=[f"{row.name}-{k}" for k, (row, _) in enumerate(ROWS)])
def test_every_element_is_written(row: Row, samples: Any, monkeypatch: Any) -> None:
    for sample in samples:
        order = (2 if row.second else 1) if differentiable(row, sample) else 0
        plain = ask(MINIGRAD, row, sample, order=order)
        with monkeypatch.context() as patched:
            poison(patched)
            answer = ask(MINIGRAD, row, sample, order=order)
        same(answer.outputs, plain.outputs, f"output of {sample}", 1e-12)
        same(answer.first, plain.first, f"gradient of {sample}", 1e-12)
        same(answer.second, plain.second, f"second gradient of {sample}", 1e-12)


NAMES = "SGD Adam AdamW Adagrad RMSprop Adadelta Adamax NAdam RAdam ASGD Rprop Adafactor LBFGS"
SETTINGS: list[dict[str, Any]] = [
    {},
    {"momentum": 0.9},
    {"amsgrad": True},
    {"centered": True, "momentum": 0.5},
    {"weight_decay": 0.1},
]
OPTIMIZERS = [
    (name, options)
    for name in NAMES.split(" ")
    for options in SETTINGS
    if set(options) <= set(inspect.signature(getattr(minigrad.optim, name)).parameters)
]


def trained(name: str, options: dict[str, Any]) -> list[Any]:
    minigrad.manual_seed(0)
    model = minigrad.nn.Sequential(minigrad.nn.Linear(5, 4), minigrad.nn.BatchNorm1d(4), minigrad.nn.Linear(4, 1))
    optimizer = getattr(minigrad.optim, name)(model.parameters(), **options)

    def loss() -> Any:
        optimizer.zero_grad()
        found = (model(minigrad.randn(8, 5)) ** 2).mean()
        found.backward()
        return found

    for _ in range(4):
        optimizer.step(loss)
    return [value.tolist() for value in model.state_dict().values()]


@pytest.mark.parametrize("name, options", OPTIMIZERS, ids=str)
def test_optimizers(name: str, options: dict[str, Any], monkeypatch: Any) -> None:
    plain = trained(name, options)
    poison(monkeypatch)
    assert trained(name, options) == plain


@pytest.mark.parametrize("n", [0, 1, 5, 16, 17, 23, 40])
def test_draws(n: int, monkeypatch: Any) -> None:
    def drawn() -> list[Any]:
        minigrad.manual_seed(1)
        x = minigrad.randn(n), minigrad.randn(n, dtype=minigrad.float64), minigrad.rand(n), minigrad.randperm(n)
        y = minigrad.nn.functional.dropout(minigrad.ones(n)), minigrad.normal(1.0, 2.0, (n,)), minigrad.randint(9, (n,))
        return [v.tolist() for v in x + y]

    plain = drawn()
    poison(monkeypatch)
    assert drawn() == plain
