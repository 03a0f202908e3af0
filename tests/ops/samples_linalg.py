"""Products of vectors and matrices."""

from __future__ import annotations

import numpy as np
from row import Row, S, a, i

MIXED = [S(a(2, 3), np.ones((3, 2), np.float32)), S(a(2, 3), i(3, 2))]

PRODUCTS = [
    Row(
        "matmul",
        [
            S(a(2, 3), a(3, 4)),
            S(a(3), a(3)),
            S(a(2, 3), a(3)),
            S(a(3), a(3, 2)),
            S(a(2, 3, 4), a(4, 5)),
            S(a(2, 3, 4), a(4)),
            S(a(3), a(2, 3, 4)),
            S(a(2, 3, 4), a(2, 4, 2)),
            S(a(2, 1, 2, 3), a(3, 3, 2)),
            S(a(0, 3), a(3, 2)),
            S(a(2, 0), a(0, 3)),
            S(a(2, 2, 0), a(0, 3)),
            S(a(0), a(0)),
            S(a(2, 0, 3), a(2, 3, 2)),
        ],
        covers=("matmul", "mm", "mv", "dot", "unsafe_view", "squeezed"),
        errors=[S(a(2, 3), a(2, 3)), S(a(3), a(4)), S(a(2, 3), a(2)), S(a(), a(3)), S(a(2, 3, 4), a(3, 4, 2))]
        + [S(a(2, 3, 4), a(2, 3)), *MIXED],
        dtypes=("float32", "int64"),
    ),
    Row("matmul", [S(a(2, 3), a(4, 3, 2))], grad_fn=False, dtypes=("float32", "int64")),
    Row("mm", [S(a(2, 3), a(3, 4)), S(a(0, 3), a(3, 2))], dtypes=("float32", "int64"),
        errors=[S(a(2, 3), a(2, 3)), S(a(2, 2, 3), a(3, 2)), S(a(3), a(3, 2)), *MIXED]),
    Row("bmm", [S(a(2, 3, 4), a(2, 4, 2)), S(a(0, 3, 4), a(0, 4, 2))], dtypes=("float32", "int64"),
        errors=[S(a(2, 3, 4), a(3, 4, 2)), S(a(2, 3, 4), a(2, 3, 4)), S(a(3, 4), a(4, 2))]),
    Row("mv", [S(a(2, 3), a(3)), S(a(0, 3), a(3))], dtypes=("float32", "int64"),
        errors=[S(a(2, 3), a(2)), S(a(3), a(3)), S(a(2, 3), a(3, 1))]),
    Row("dot", [S(a(3), a(3)), S(a(0), a(0))], dtypes=("float32", "int64"),
        errors=[S(a(3), a(4)), S(a(2, 3), a(3)), S(a(3), a(3).astype(np.float32))]),
    Row(
        "nn.functional.linear",
        [
            S(a(2, 3), a(4, 3), a(4)),
            S(a(2, 3), a(4, 3)),
            S(a(3), a(4, 3), a(4)),
            S(a(3), a(4, 3)),
            S(a(2, 2, 3), a(4, 3), a(4)),
            S(a(2, 2, 3), a(4, 3)),
            S(a(2, 3), a(3)),
            S(a(0, 3), a(4, 3), a(4)),
            S(a(2, 0), a(4, 0), bias=a(4)),
        ],
        covers=("linear", "linear_unbiased"),
        errors=[S(a(2, 3), a(4, 2), a(4)), S(a(2, 3), a(4, 3), a(3)), S(a(2, 3), a(4, 2)), S(a(2), a(4, 3)),
                S(a(2, 3), a(4, 3).astype(np.float32))],
        dtypes=("float32", "int64"),
    ),
]  # fmt: skip

ROWS = [*PRODUCTS]
