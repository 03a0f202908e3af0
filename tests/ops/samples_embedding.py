"""Rows of a table by number."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a
from tests.shared import i

I32 = np.dtype("int32")
X = np.array([[1, 3, 1], [0, 3, 3]])
FLOATS = ("float32", "float16")


def p(*values: int) -> np.ndarray:
    """Positions."""
    return np.array(values, np.int64)


ROWS = [
    Row(
        "nn.functional.one_hot",
        [S(p(0, 2)), S(X, 5), S(np.array(1)), S(p(), 3)],
        covers=(),
        grad=False,
        errors=[S(p(0, 2), 2), S(p(-1)), S(a(2)), S(p()), S(p(0), 0), S(p(0), -2), S(p(0).astype(I32))],
    ),
    Row(
        "nn.functional.embedding",
        [
            S(X, a(4, 3)),
            S(X.astype(I32), a(4, 3)),
            S(np.array(2), a(4, 3)),
            S(X, a(4, 0)),
        ],
        covers=("embedding", "embedding_grad_weight"),
        errors=[
            S(p(4), a(4, 3)),
            S(p(-1), a(4, 3)),
            S(a(2), a(4, 3)),
            S(X, a(4)),
            S(X, a(4, 3), 4),
            S(X, a(4, 3), -5),
        ],
        dtypes=FLOATS,
    ),
    Row(
        "nn.functional.embedding",
        [S(X, a(4, 3), 3), S(X, a(4, 3), padding_idx=-1)],
        covers=(),
        kinks=True,
        dtypes=FLOATS,
    ),
    Row("nn.functional.embedding", [S(p(), a(4, 3))], covers=(), second=False, dtypes=FLOATS),
    Row(
        "nn.functional.embedding",
        [S(X, a(4, 3), scale_grad_by_freq=True), S(X, a(4, 3), 3, scale_grad_by_freq=True)],
        covers=(),
        kinks=True,
        second=False,
        dtypes=FLOATS,
        note="torch's second gradient forgets the frequency",
    ),
    Row(
        "nn.functional.embedding_bag",
        [
            S(X, a(4, 3)),
            S(X, a(4, 3), mode="sum"),
            S(p(1, 3, 0, 3), a(4, 3), p(0, 1, 1)),
            S(p(1, 3, 0, 3), a(4, 3), p(0, 3, 4), mode="sum", include_last_offset=True),
            S(X, a(4, 3), mode="sum", per_sample_weights=a(2, 3)),
            S(p(1, 3, 0, 3), a(4, 3), p(0, 1), mode="sum", per_sample_weights=a(4)),
            S(p(), a(4, 3), p(0, 0)),
        ],
        covers=("embedding_bag",),
        errors=[
            S(p(1, 2), a(4, 3)),
            S(X, a(4, 3), p(0)),
            S(p(1, 2), a(4, 3), p(1)),
            S(p(1, 2), a(4, 3), p(0, 3)),
            S(p(1, 2), a(4, 3), p(0), per_sample_weights=a(2)),
            S(p(1, 2), a(4, 3), p(0), mode="sum", per_sample_weights=a(3)),
            S(p(1, 2), a(4, 3), p(0), mode="median"),
            S(p(1, 2), a(4, 3), p(0), mode="max", scale_grad_by_freq=True),
            S(p(1, 4), a(4, 3), p(0)),
            S(i(1, 1, 1), a(4, 3)),
            S(p(1, 2), a(4, 3), a(1)),
        ],
        second=False,
        dtypes=("float32",),
    ),
    Row(
        "nn.functional.embedding_bag",
        [
            S(X, a(4, 3), padding_idx=3),
            S(X, a(4, 3), mode="sum", padding_idx=-1),
            S(p(3, 1), a(4, 3), p(0, 1), padding_idx=3),
        ]
        + [S(X, a(4, 3), scale_grad_by_freq=True, mode=mode) for mode in ("sum", "mean")]
        + [S(X, a(4, 3), mode="sum", per_sample_weights=a(2, 3), padding_idx=3)],
        covers=(),
        kinks=True,
        second=False,
        dtypes=("float32",),
    ),
    Row(
        "nn.functional.embedding_bag",
        [
            S(X, a(4, 3), mode="max"),
            S(p(1, 3, 0, 3), a(4, 3), p(0, 1, 1), mode="max"),
            S(X, a(4, 3), mode="max", padding_idx=3),
        ],
        covers=("embedding_bag_max",),
        second=False,
        dtypes=("float32",),
    ),
]
