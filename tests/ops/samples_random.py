"""Random ops: rows whose outcome is certain. What is drawn from which seed is in test_random_ops.py."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, pos
from tests.shared import i

WRITERS = ("uniform", "normal", "bernoulli", "random", "exponential", "cauchy", "geometric", "log_normal")


def noise(name: str, *shapes: tuple[int, ...], errors: tuple[S, ...] = ()) -> list[Row]:
    """Dropout that drops everything, and dropout that drops nothing and returns its input."""
    name, dtypes = f"nn.functional.{name}", ("float32", "int64")
    everything = [S(a(*s), 1.0, True) for s in shapes]
    nothing = [S(a(*s), p, training) for s in shapes for p, training in ((0.5, False), (0.0, True))]
    errors = (*(S(a(*shapes[0]), p, True) for p in (-0.1, 1.5)), *errors)
    return [
        Row(name, everything, covers=("dropout",), errors=errors, dtypes=dtypes),
        Row(name, nothing, covers=("dropout",), grad=False, dtypes=dtypes),
    ]


ROWS = [
    Row("Tensor.uniform_", [], covers=WRITERS, note="they write: see test_random_ops.py"),
    *noise("dropout", (2, 3), ()),
    *noise("dropout1d", (2, 3), (2, 3, 4), errors=(S(a(2, 3, 4, 5)),)),
    *noise("dropout2d", (2, 3, 4, 4)),
    *noise("dropout3d", (2, 3, 2, 2, 2), (3, 2, 2, 2)),
    *noise("alpha_dropout", (2, 3), ()),
    *noise("feature_alpha_dropout", (2, 3), (2, 3, 4), errors=(S(a(3), 0.5, True),)),
    Row(
        "nn.functional.rrelu",
        [S(a(2, 3)), S(a(2, 3), 0.2, 0.4), S(a())],
        errors=[S(a(2), 0.5, 0.2), S(i(2))],
        dtypes=("float32",),
    ),
    Row(
        "multinomial",
        [S(np.array([0.0, 2.0, 0.0]), 1), S(np.array([[0.0, 2.0], [1.0, 0.0]]), 3, replacement=True)],
        errors=[S(pos(3), 4), S(pos(3), 0), S(-pos(3), 1), S(pos(2, 2, 2), 1), S(i(3), 1), S(np.zeros(2), 1)],
        grad=False,
        dtypes=("float32",),
    ),
]
