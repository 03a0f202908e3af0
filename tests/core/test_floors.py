"""The two floors of the engine: what core/fast/ replaces gives the same bits, over the whole table of ops."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.core import backward, fast, op, plan, record, sweep
from reference_torch.oracle import MINIGRAD, Answer
from tests.ops.row import Row, S
from tests.ops.table import ROWS


def ask(row: Row, sample: S, order: int, graph: bool) -> Answer | Exception:
    minigrad.manual_seed(0)
    try:
        return MINIGRAD.ask(MINIGRAD.find(row.name), sample.args, sample.kwargs, order=order, graph=graph)
    except Exception as error:
        return error


def same_bits(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        # ascontiguousarray: the bits in the order of the indices
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and (a == b or a != a)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_op_of_the_table(row: Row) -> None:
    """Values, gradients on arrays and on Tensors, second gradients, names of nodes, refusals: equal bit for bit."""
    orders = [(1, False), (2, False) if row.second else (1, True)] if row.grad else [(0, False)]
    for sample in row.samples:
        for order, graph in orders:
            fastly = ask(row, sample, order, graph)
            with fast.disabled():
                plainly = ask(row, sample, order, graph)
            where = f"{row.name}{sample}, order {order}, graph {graph}: {fastly}, {plainly}"
            assert type(fastly) is type(plainly), where
            if isinstance(fastly, Exception) or isinstance(plainly, Exception):
                assert str(fastly) == str(plainly), where
                continue
            assert fastly.grad_fn == plainly.grad_fn, where
            for a, b in (
                (fastly.outputs, plainly.outputs),
                (fastly.first, plainly.first),
                (fastly.second, plainly.second),
            ):
                assert len(a) == len(b) and all(same_bits(x, y) for x, y in zip(a, b, strict=True)), where


def test_the_switch() -> None:
    def parts() -> tuple[Any, ...]:
        return op.recorder, backward.sweep, backward.owned  # type: ignore[attr-defined]

    on = parts()
    with fast.disabled():
        off = parts()
        assert off == (record.recorder, sweep.sweep, off[2])
        x = minigrad.ones(2, requires_grad=True)
        y = (x * 2).exp().sum(0)
        assert type(y.grad_fn.plan) is plan.Plan
        with fast.disabled():
            assert parts() == off
        assert parts() == off
    assert parts() == on


def test_a_graph_of_one_floor_is_swept_on_the_other() -> None:
    x = minigrad.ones(2, requires_grad=True)
    with fast.disabled():
        plainly = (x * 2).exp().sum(0)
    plainly.backward()
    fastly = (x * 2).exp().sum(0)
    first, x.grad = x.grad, None
    with fast.disabled():
        fastly.backward()
    assert x.grad.tolist() == first.tolist()


def test_the_switch_in_the_environment() -> None:
    program = "import minigrad as t; x = t.ones(2, requires_grad=True); print(type((x * x).grad_fn.plan).__name__)"
    for value, expected in (("0", "Plan"), ("1", "FastPlan")):
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "MINIGRAD_FAST": value})
        assert done.stdout.strip() == expected, done.stderr
