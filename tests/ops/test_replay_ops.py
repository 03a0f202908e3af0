"""Every op of the sample table, recorded and replayed in torch: no node departs, none is left out.

The last sample of each row; all of them with HYPOTHESIS_PROFILE=ci.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core.op import OPS
from minigrad.microscope import Tape, record
from reference_torch.oracle import MINIGRAD
from reference_torch.replay import replay
from reference_torch.twins import NOT_COMPARABLE, twin
from tests.ops.row import Row, S
from tests.ops.table import ROWS
from tests.ops.test_ops import ask, cast, differentiable, has_float

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "ci"
F = mg.nn.functional


def some(row: Row) -> list[S]:
    kept = [sample for sample in row.samples if differentiable(row, sample)]
    return kept if ALL else kept[-1:]


def assert_no_departure(tape: Tape, rtol: float | None = None) -> None:
    report = replay(tape, rtol)
    assert [str(d) for d in report.mismatches] == []
    assert report.reasons == {}


@pytest.mark.parametrize("row", [row for row in ROWS if some(row)], ids=lambda row: row.name)
def test_row(row: Row) -> None:
    """The forward, its gradient and, where there is one, the gradient's gradient."""
    for sample in some(row):
        with record() as tape:
            ask(MINIGRAD, row, sample, order=2 if row.second else 1)
        assert_no_departure(tape, row.rtol)


@pytest.mark.parametrize("row", [row for row in ROWS[:: 1 if ALL else 6] if some(row)], ids=lambda row: row.name)
def test_row_in_float32(row: Row) -> None:
    """Rounding is not a mismatch."""
    for sample in some(row):
        if has_float(row, sample):
            with record() as tape:
                ask(MINIGRAD, row, cast(sample, lambda v: v.astype(np.float32)), order=1)
            assert_no_departure(tape)


def written(w: Any, write: Callable[[Any], Any]) -> Any:
    y = w * 2
    write(y)
    return y


def third(y: Any, w: Any) -> Any:
    """The gradient of the gradient's gradient."""
    for _ in range(2):
        (y,) = mg.autograd.grad(y.square().sum(), w, create_graph=True)
    return y


def normalised(w: Any) -> Any:
    return mg.nn.BatchNorm1d(3).double().eval()(w)


PROGRAMS: dict[str, Callable[[Any], Any]] = {  # what no row of the table comes by: writing, and the graphs of gradients
    "copy": lambda w: written(w, lambda y: y[0].copy_(w[1])),
    "fill": lambda w: written(w, lambda y: y[0].fill_(3.0)),
    "fill_from": lambda w: written(w, lambda y: y[0].fill_(w[1, 0])),
    "zero": lambda w: written(w, lambda y: y.t()[1:].zero_()),
    "overwrite": lambda w: written(w, lambda y: y[:, ::2].mul_(w[:, :2])),
    "normal": lambda w: written(w, lambda y: y.normal_()) + w,
    "bernoulli": lambda w: written(w, lambda y: y[0].bernoulli_(0.5)) + w,
    "exponential": lambda w: written(w, lambda y: y.exponential_()) + w,
    "uniform": lambda w: written(w, lambda y: y[0].uniform_()) + w,
    "random": lambda w: written(w, lambda y: y[0].random_(5)) + w,
    "cauchy": lambda w: written(w, lambda y: y[0].cauchy_()) + w,
    "geometric": lambda w: written(w, lambda y: y[0].geometric_(0.5)) + w,
    "log_normal": lambda w: written(w, lambda y: y[0].log_normal_()) + w,
    "batch_norm_by_running": normalised,
    "max_pool_pick": lambda w: third(F.max_pool2d(w[None] ** 3, 2, 1), w),
    "resample": lambda w: third(F.interpolate(w[None] ** 3, size=5, mode="linear"), w),
    "pick": lambda w: third(w.sort(1).values ** 3, w),
    "ctc_loss_grad_x": lambda w: (
        mg.autograd.grad(
            F.ctc_loss(w[:, None].log_softmax(-1), mg.tensor([[1]]), mg.tensor([2]), mg.tensor([1])),
            w,
            create_graph=True,
        )[0].detach()
        * w
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    w = mg.tensor([[0.3, -1.2, 2.1], [0.7, 1.9, -0.4]], dtype=mg.float64, requires_grad=True)
    with record() as tape:
        PROGRAMS[name](w).square().sum().backward()
    assert name in [node.op for node in tape.nodes]
    assert_no_departure(tape)


def test_every_op_has_a_twin() -> None:
    missing = [name for name, op in OPS.items() if op.diff and twin(name) is None]
    assert sorted(missing) == sorted(NOT_COMPARABLE)
