"""Sums, means, extremes, spreads, scans."""

from __future__ import annotations

import numpy as np
from row import Row, S, a, b, i

nan, inf = float("nan"), float("inf")
F32, F64, I32, I64 = (np.dtype(d) for d in ("float32", "float64", "int32", "int64"))
TIES = np.array([[1.25, 3.25, 3.25], [3.25, -1.25, 3.25]])
ODD = np.array([[nan, 1.25, inf], [2.25, -inf, 0.25]])
FLOATS = ("float32",)


def v(*values: float) -> np.ndarray:
    return np.array(values)


def over() -> list[S]:
    """Everything, one dimension from either end, kept or not, 0-d, nothing."""
    return [
        S(a(2, 3)),
        S(a(2, 3), 0),
        S(a(2, 3), -1, True),
        S(a(2, 3, 2), dim=1, keepdim=True),
        S(a(), 0),
        S(a()),
        S(a(2, 0), 0),
    ]


def over_several() -> list[S]:
    return [*over(), S(a(2, 3, 4), (0, 2)), S(a(2, 3, 4), dim=(-1, 0), keepdim=True), S(a(2, 3), ())]


BAD_DIM = [S(a(2, 3), 2), S(a(2, 3), -3), S(a(), 1)]
BAD_DIMS = [*BAD_DIM, S(a(2, 3), (0, 0)), S(a(2, 3), (0, -2))]

SUMS = [
    Row(
        "sum",
        [
            *over_several(),
            S(a(0)),
            S(a(2, 0), 1),
            S(a(2, 3), axis=1, keepdims=True),
            S(i(2, 3), 1),
            S(i(2, 3), dtype=F32),
        ],
        covers=("sum", "sum_dims"),
        errors=BAD_DIMS,
        dtypes=("float32", "float16", "int64", "int32", "uint8", "bool"),
    ),
    Row("sum", [S(ODD), S(ODD, 1), S(v(inf, -inf))], dtypes=FLOATS, kinks=True),
    Row(
        "mean",
        [*over_several(), S(a(2, 3), None, True), S(i(4), dtype=F64)],
        covers=("mean", "mean_dims"),
        errors=[*BAD_DIMS, S(i(3))],
        dtypes=("float32", "float16", "int64", "bool"),
    ),
    Row("mean", [S(a(0)), S(a(2, 0), 1), S(ODD, 0)], dtypes=FLOATS, kinks=True),
]

EXTREMES = [
    Row(
        name,
        [
            S(a(2, 3)),
            S(a()),
            S(a(2, 3), 0),
            S(a(2, 3), -1, True),
            S(a(2, 0), 0),
            S(a(), 0),
            S(a(2, 3), dim=1, keepdim=True),
            S(a(2, 3), a(3)),
            S(a(2), other=a(2)),
        ],
        covers=(name, f"{name}_dim", "pick", "place", "shares"),
        errors=[*BAD_DIM, S(a(0)), S(a(0, 2), 0), S(a(2, 3), "a"), S(a(2, 3), (0, 1))],
    )
    for name in ("max", "min")
]
EXTREMES += [
    Row(name, [S(TIES), S(TIES, 1), S(np.full((2, 2), 1.25))], kinks=True, dtypes=()) for name in ("max", "min")
]
EXTREMES += [Row(name, [S(ODD), S(ODD, 0), S(v(nan, nan))], kinks=True, dtypes=FLOATS) for name in ("max", "min")]
EXTREMES += [
    Row(name, over_several(), errors=[*BAD_DIMS, S(a(0)), S(a(0, 2), 0), S(a(0, 2), (0, 1))])
    for name in ("amax", "amin")
]
EXTREMES += [
    Row(name, [S(TIES), S(TIES, 1), S(TIES, (0, 1), True)], kinks=True, dtypes=()) for name in ("amax", "amin")
]
EXTREMES += [
    Row(name, [*over(), S(TIES, 1), S(ODD), S(ODD, 1), S(a(2, 3), keepdim=True)], grad=False,
        errors=[*BAD_DIM, S(a(0)), S(a(0, 2), 0), S(b(3))], dtypes=FLOATS)
    for name in ("argmax", "argmin")
]  # fmt: skip
EXTREMES += [
    Row("aminmax", [S(a(2, 3)), S(a(2, 3), dim=0), S(a(2, 3), dim=-1, keepdim=True), S(a()), S(a(2, 0), dim=0)],
        errors=[S(a(0)), S(a(2, 3), dim=2), S(a(2, 0), dim=1)]),
    Row("aminmax", [S(TIES), S(TIES, dim=1)], kinks=True, dtypes=()),
]  # fmt: skip

SOFT = [
    Row(
        name,
        [S(a(2, 3), 1), S(a(2, 3, 4), 1), S(a(2, 3), -2), S(a(), 0)] + [S(i(3), 0, dtype=F64)],
        covers=("softmax", "log_softmax"),
        errors=[S(a(2), 1), S(i(3), 0)],
    )
    for name in ("softmax", "log_softmax")
]
SOFT += [Row(name, [S(a(0, 3), 1), S(a(2, 0), 1)], dtypes=FLOATS) for name in ("softmax", "log_softmax")]
SOFT += [Row(name, [S(np.array([[1000.25, 0.25], [-1000.25, inf], [nan, 1.25]]), 1)], kinks=True, second=False,
             dtypes=FLOATS) for name in ("softmax", "log_softmax")]  # fmt: skip
SOFT += [
    Row(f"nn.functional.{name}", [S(a(2, 3), dim=1), S(a(3), -1)],
        covers=("softmax",), errors=[S(a(2), 1), S(i(3), 0)])
    for name in ("softmax", "log_softmax", "softmin")
]  # fmt: skip

CASTS = [
    Row(name, [S(a(2, 3), 1, dtype=F32)], kinks=True, dtypes=(), rtol=1e-4)
    for name in ("sum", "mean", "softmax", "log_softmax")
]

ROWS = [*CASTS, *SUMS, *EXTREMES, *SOFT]
