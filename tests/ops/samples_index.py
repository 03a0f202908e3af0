"""Elements picked by position, and written by position."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a
from tests.shared import i

MASK = np.array([True, False, True])
SOME = np.array([[True, False, True], [False, False, True]])
NONE = np.array([], np.int64)


def p(*values: int) -> np.ndarray:
    """Positions."""
    return np.array(values, np.int64)


PICKED = [
    Row(
        "Tensor.__getitem__",
        [
            S(a(3), 1),
            S(a(2, 3), -1),
            S(a(2, 3, 4), (0, ..., 1)),
            S(a(2, 3), (slice(None), 2)),
        ],
        covers=("select",),
        errors=[S(a(3), 3), S(a(3), -4), S(a(), 0), S(a(3), (0, 0)), S(a(2, 3), (slice(None), 3)), S(a(3), 1.5)],
    ),
    Row(
        "Tensor.__getitem__",
        [
            S(a(5), slice(1, 3)),
            S(a(5), slice(None, None, 2)),
            S(a(5), slice(-2, 9)),
            S(a(2, 3), (slice(1), slice(1, None))),
            S(a(3), slice(2, 1)),
        ],
        covers=("slice", "slice_grad_x"),
        errors=[S(a(3), slice(None, None, -1)), S(a(3), slice(None, None, 0))],
    ),
    Row("Tensor.__getitem__", [S(a(3), ...), S(a(), ()), S(a(2, 3), (slice(None), ...))], covers=("alias",)),
    Row(
        "Tensor.__getitem__",
        [S(a(3), None), S(a(2, 3), (0, None)), S(a(2, 3), (..., None)), S(a(2, 3), (slice(1), None))],
        covers=("newaxis",),
    ),
    Row(
        "Tensor.__getitem__",
        [
            S(a(3), p(0, 0, 2)),
            S(a(3, 4), [0, -1]),
            S(a(3, 4), (p(0, 2), p(1, 1))),
            S(a(3, 4), (slice(None), p(1, 1))),
            S(a(2, 3, 4), (p(0, 1, 1), slice(1, None), p(3, 0, 3))),
            S(a(2, 3, 4), (p(1)[:, None], slice(None), p(3, 0))),
            S(a(3, 4), MASK),
            S(a(2, 3), SOME),
            S(a(2, 3, 2), (SOME, 1)),
            S(a(3), NONE),
            S(a(3), True),
            S(a(3), False),
            S(a(0, 3), p()),
        ],
        covers=("index", "index_grad_x"),
        errors=[S(a(3), p(3)), S(a(3), MASK[:2]), S(a(3), a(2)), S(a(3, 4), (p(0, 1), p(0, 1, 2))), S(a(3), "a")],
        dtypes=("float32",),
    ),
    Row("select", [S(a(2, 3), 0, 1), S(a(2, 3), -1, -1)], errors=[S(a(2), 0, 2), S(a(2), 1, 0), S(a(), 0, 0)]),
    Row(
        "narrow",
        [S(a(5), 0, 1, 3), S(a(2, 5), -1, -2, 2), S(a(3), 0, 3, 0)],
        covers=(),
        errors=[S(a(3), 0, 1, 3), S(a(3), 0, 4, 0), S(a(3), 0, 0, -1), S(a(), 0, 0, 1)],
    ),
]

PUT = [
    Row(
        "index_put",
        [
            S(a(3), (p(0, 2),), a(2)),
            S(a(3, 4), (p(0, 2),), a(4)),
            S(a(3, 4), (p(0, 2), p(1, -1)), a()),
            S(a(3), (p(0, 0),), a(2), True),
            S(a(3, 4), (p(0, 0),), a(2, 4), accumulate=True),
            S(a(3), (MASK,), a(2)),
        ],
        errors=[S(a(3), (p(3),), a(1)), S(a(3), (p(0, 1),), a(3)), S(a(3), (p(0),), i(1))],
        inplace=True,
        dtypes=("float32", "int64"),
    ),
]

ROWS = [*PICKED, *PUT]
