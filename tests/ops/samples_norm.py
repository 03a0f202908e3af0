"""Normalisation."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, pos
from tests.shared import i


def zeros(n: int) -> np.ndarray:  # type: ignore[type-arg]
    """A running mean that is a constant."""
    return np.zeros(n)


SHAPES = ((4, 3), (2, 3, 4), (2, 3, 2, 2), (18, 3, 2, 2), (2, 3, 2, 1, 2))
F = "nn.functional."

ROWS = [
    Row(
        F + "batch_norm",
        [
            *(S(a(*s), None, None, pos(3), a(3), True) for s in SHAPES),
            S(a(4, 3), None, None, training=True),
            S(a(4, 3), None, None, pos(3), training=True),
            S(a(4, 3, 2) + 1, None, None, pos(3), a(3), training=True, eps=0.1),
            S(a(0, 3), None, None, pos(3), a(3), training=True),
        ],
        covers=("batch_norm_by_batch",),
        errors=[
            S(a(1, 3), None, None, training=True),
            S(a(3), None, None, training=True),
            S(a(4, 3), None, None),
            S(a(4, 3), zeros(3), None),
            S(a(4, 3), zeros(2), None, training=True),
            S(a(4, 3), None, None, pos(4), training=True),
            S(a(4, 3), None, None, pos(3).astype(np.float32), training=True),
            S(a(4, 3), None, None, training=True, eps=0.0),
            S(a(4, 3), zeros(3), zeros(3), eps=-1.0),
            S(i(4, 3), None, None, training=True),
        ],
        dtypes=("float32", "float16"),
        rtol=1e-8,
    ),
    Row(  # torch's own second gradient fails without a weight
        F + "batch_norm",
        [S(a(4, 3), None, None, bias=a(3), training=True)],
        covers=("batch_norm_by_batch",),
        second=False,
        dtypes=("float32",),
        rtol=1e-8,
    ),
    Row(
        F + "batch_norm",
        [S(a(9, 3, 2) + 20, None, None, pos(3), a(3), training=True)],
        covers=("batch_norm_by_batch",),
        note="far from 0: a variance as mean(x^2) - mean(x)^2 would lose its digits",
        rtol=1e-7,
        dtypes=(),
    ),
    Row(F + "batch_norm", [], covers=("batch_norm_by_running",), note="running statistics: see test_norm_ops.py"),
    Row(
        F + "instance_norm",
        [
            *(S(a(*s), None, None, pos(3), a(3)) for s in SHAPES[1:]),
            S(a(2, 3, 4)),
            S(a(2, 3, 4), eps=0.1),
        ],
        covers=("batch_norm_by_batch",),
        errors=[S(a(2, 3)), S(a(2, 3, 1)), S(a(2, 3, 2), use_input_stats=False), S(a(2, 3, 2), None, None, pos(2))],
        dtypes=("float32",),
        rtol=1e-8,
    ),
    Row(
        F + "layer_norm",
        [
            S(a(4, 3), (3,), pos(3), a(3)),
            S(a(2, 4, 3), [4, 3], pos(4, 3), a(4, 3)),
            S(a(2, 1, 3), (1, 3), pos(1, 3), a(1, 3)),
            S(a(3), (3,)),
            S(a(4, 3), (3,), pos(3), eps=0.1),
            S(a(0, 3), (3,), pos(3), a(3)),
        ],
        errors=[
            S(a(2, 3), (4,)),
            S(a(2, 3), ()),
            S(a(2, 3), 3),
            S(a(2, 3), (3,), pos(2)),
            S(a(2, 3), (3,), pos(3), a(1)),
            S(a(2, 3), (3,), pos(3).astype(np.float32)),
            S(i(2, 3), (3,)),
        ],
        dtypes=("float32", "float16", "int64"),
        rtol=1e-8,
    ),
    Row(F + "layer_norm", [S(a(4, 3), (3,), bias=a(3))], second=False, dtypes=("float32",), rtol=1e-8),  # as above
    Row(
        F + "group_norm",
        [
            S(a(2, 6), 2, pos(6), a(6)),
            S(a(2, 4, 3), 4, pos(4), a(4)),
            S(a(2, 4, 3, 2), 1, pos(4), a(4)),
            S(a(2, 4, 3, 2), 2, pos(4), a(4), 0.1),
            S(a(2, 4, 3), 2),
            S(a(2, 4, 3), 2, bias=a(4)),
        ],
        errors=[S(a(2, 3), 2), S(a(3), 3), S(a(1, 3), 3), S(a(2, 4), 2, pos(2)), S(i(2, 4), 2), S(a(2, 3), 0)],
        dtypes=("float32", "int64"),
        rtol=1e-8,
    ),
    Row(
        F + "rms_norm",
        [
            S(a(4, 3), (3,), pos(3)),
            S(a(2, 4, 3), (4, 3), pos(4, 3)),
            S(a(4, 3), (3,)),
            S(a(4, 3), (3,), pos(3), 0.1),
        ],
        covers=("mul",),
        errors=[S(a(2, 3), (4,)), S(a(2, 3), ()), S(a(2, 3), (3,), pos(2)), S(i(2, 3), (3,))],
        dtypes=("float32", "int64"),
    ),
    Row(
        F + "local_response_norm",
        [S(a(2, 5, 3), 2), S(a(2, 5, 3, 2), 3, 0.1, 0.5, 2.0), S(a(2, 5, 2, 2, 2), 1), S(a(0, 5, 3), 2)],
        covers=("div",),
        errors=[S(a(2, 3), 2), S(a(2), 2)],
        dtypes=("float32",),
    ),
]
