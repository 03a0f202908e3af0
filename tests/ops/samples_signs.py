"""Signs, lengths and angles."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, b
from tests.shared import i

nan, inf = float("nan"), float("inf")
ODD = np.array([0.0, -0.0, nan, inf, -inf, 2.5])
OTHER = np.array([-0.0, 1.5, 1.5, nan, 2.5, nan])
FLOATS = ("float32", "float16", "float64")

ROWS = [
    Row("sgn", [S(a(2, 3)), S(i(3) - 2), S(b(3))], inplace=True),
    Row("signbit", [S(ODD), S(i(3) - 2), S(b(3))], grad=False, dtypes=FLOATS),
    Row("copysign", [S(a(2, 3), a(3)), S(i(3), a(3))], inplace=True),
    Row("copysign", [S(a(2, 3), -1.5), S(a(3), 2)], covers=("copysign_number",), inplace=True),
    Row(
        "copysign", [S(ODD[:2], OTHER[:2])], covers=(), kinks=True, second=False, dtypes=FLOATS, note="torch: nan at 0"
    ),
    Row("copysign", [S(ODD, OTHER)], covers=(), grad=False, dtypes=FLOATS),
    Row(
        "heaviside",
        [S(ODD, OTHER), S(a(2, 3), a(1)), S(i(3) - 1, i(1))],
        grad=False,
        errors=[S(a(3), i(3))],
        inplace=True,
        dtypes=FLOATS,
    ),
    *[Row(name, [S(ODD), S(i(3)), S(b(3))], grad=False, dtypes=FLOATS) for name in ("isposinf", "isneginf", "isreal")],
    Row("hypot", [S(a(2, 3), a(3)), S(a(), a(2))], errors=[S(i(2), i(2)), S(a(2), a(3))], inplace=True, dtypes=FLOATS),
    *[Row(name, [S(a(2, 3)), S(i(3))], inplace=True) for name in ("deg2rad", "rad2deg")],
    Row("angle", [S(a(2, 3)), S(i(3) - 2)]),
    Row("angle", [S(ODD)], covers=(), kinks=True, dtypes=()),
    Row("sinc", [S(a(2, 3)), S(i(3))], inplace=True, rtol=1e-8, dtypes=("float32",)),
    Row("sinc", [S(np.zeros(2))], covers=(), kinks=True, second=False, dtypes=()),
    *[
        Row(name, samples, kinks=kinks, dtypes=("float32", "int64", "bool") if not kinks else ())
        for name in ("fmax", "fmin")
        for samples, kinks in [([S(a(2, 3), a(3)), S(i(3), a(3))], False), ([S(ODD[1:], OTHER[1:])], True)]
    ],
    Row("float_power", [S(a(3) ** 2, a(3)), S(a(3), 2), S(i(3), 2), S(2.5, a(3))], covers=(), rtol=1e-9),
    Row("ldexp", [S(a(2, 3), i(3)), S(a(3), a(3)), S(i(3), i(3))], inplace=True),
    Row("logaddexp2", [S(a(2, 3), a(3))], errors=[S(i(2), i(2))], dtypes=FLOATS),
    *[
        Row(
            name,
            [S(i(2, 3, low=-9, high=9), i(3)), S(i(3), i(3).astype(np.int32))],
            grad=False,
            errors=[S(a(2), a(2))],
            inplace=True,
        )
        for name in ("gcd", "lcm")
    ],
]
