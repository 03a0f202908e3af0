"""Arithmetic, functions of one number, comparison, choice, dtypes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.ops.row import Row, S, a, b, on_cpu, pos
from tests.shared import i

nan, inf = float("nan"), float("inf")
F32, F64, I64, I32, BOOL = (np.dtype(d) for d in ("float32", "float64", "int64", "int32", "bool"))
ODD = np.array([nan, inf, -inf, 0.0, -0.0, 1.0, -2.5])
TIES = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5])


U8 = np.array([0, 1, 255], np.uint8)


def v(*values: float) -> np.ndarray:
    return np.array(values)


def finite_and_not(row: Row) -> list[Row]:
    """The samples with nan or inf in a row of their own: they cannot be rounded to integers."""
    odd = [s for s in row.samples if any(isinstance(x, np.ndarray) and not np.isfinite(x).all() for x in s.args)]
    if not odd:
        return [row]
    rest = [s for s in row.samples if s not in odd]
    floats = tuple(d for d in row.dtypes if d == "float32")
    return [replace(row, samples=rest), replace(row, samples=odd, errors=(), dtypes=floats, kinks=True)]


def unary(low: float = -2.0, high: float = 2.0) -> list[S]:
    return [S(a(2, 3, low=low, high=high)), S(a(low=low, high=high)), S(a(0, 2, low=low, high=high))]


def numbers() -> list[S]:
    """Two operands: equal shapes, broadcasting both ways, 0-d, zero-size, Python numbers, integers."""
    return [
        S(a(2, 3), a(2, 3)),
        S(a(2, 1, 3), a(4, 1)),
        S(a(3), a()),
        S(a(), a()),
        S(a(0, 3), a(3)),
        S(a(3), 2.5),
        S(a(3), 2),
        S(a(2), np.array([1, 2])),
    ]


def binary() -> list[S]:
    """The same, a mask and another float type too."""
    return [*numbers(), S(a(2), np.array([True, False])), S(a(2), np.float32(1.5).reshape(1))]


BAD = [S(a(3), a(4)), S(a(2, 3), a(2)), S(a(3), "a"), S(a(3), None)]

ARITHMETIC = [
    Row(
        "add",
        [*binary(), S(a(3), a(3), alpha=0.5), S(i(3), i(3), alpha=2)],
        errors=[*BAD, S(i(2), i(2), alpha=0.5)],
        inplace=True,
    ),
    Row(
        "sub",
        [*numbers(), S(a(3), a(3), alpha=3)],
        errors=[*BAD, S(b(2), b(2)), S(a(2), b(2)), S(a(2), True)],
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row(
        "rsub",
        [S(a(2, 3), a(3)), S(a(3), 2), S(a(3), a(3), alpha=2)],
        covers=("rsub", "rsub_number"),
        method=False,
        dtypes=("float32", "int64"),
    ),
    Row("mul", binary(), errors=BAD, inplace=True),
    Row("div", numbers(), errors=[*BAD, S(a(2), a(2), rounding_mode="up")], inplace=True),
    Row(
        "div",
        [S(v(0.0, 1.0, -1.0), v(0.0, 0.0, 0.0)), S(a(2), np.float32([1.5])), S(a(2), b(2))],
        covers=(),
        kinks=True,
        second=False,
    ),
    Row(
        "div",
        [S(a(3), a(3), rounding_mode=mode) for mode in ("floor", "trunc")]
        + [S(a(2, 1), 2.0, rounding_mode=mode) for mode in ("floor", "trunc")]
        + [S(np.array([7, -7, 7, -7]), np.array([2, 2, -2, -2]), rounding_mode=mode) for mode in ("floor", "trunc")],
        covers=("div_floor", "div_trunc"),
        errors=[S(i(2), 0, rounding_mode="floor"), S(i(2), i(2) * 0, rounding_mode="trunc")],
        kinks=True,
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row("true_divide", [S(a(2), a(2))], covers=("div",)),
    Row(
        "floor_divide",
        [
            S(a(2, 3), a(3)),
            S(a(3), 2),
            S(np.array([7, -7]), np.array([2, 2])),
            S(v(1.0, -1.0, 0.0), v(0.0, 0.0, 0.0)),
            S(v(1.0, -1.0), 0),
            S(i(3), 2),
        ],
        errors=[S(i(2), 0), S(a(3), a(4))],
        grad=False,
        grad_fn=False,
        inplace=True,
        dtypes=("float32",),
    ),
    Row(
        "remainder",
        [
            S(a(3), a(3)),
            S(a(2, 3), pos(3)),
            S(a(3), 0.7),
            S(a(3), -2),
            S(np.array([7, -7]), np.array([-2, 2])),
            S(ODD, v(0.0)),
            S(v(1.0, -1.0), 0),
        ],
        errors=[S(i(2), 0), S(a(3), a(4))],
        covers=("remainder", "remainder_number"),
        kinks=True,
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row(
        "fmod",
        [S(a(3), a(3)), S(a(2, 3), pos(3)), S(a(3), 0.7), S(a(3), -2), S(np.array([7, -7]), np.array([-2, 2]))],
        errors=[S(i(2), 0), S(a(3), a(4))],
        covers=("fmod", "fmod_number"),
        kinks=True,
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row(
        "pow",
        [S(a(3), e) for e in (2, 3, 1, -1, 2.0)]
        + [
            S(pos(3), 0.5),
            S(pos(3), -1.5),
            S(a(), 3),
            S(a(0), 2),
            S(pos(3), a(3)),
            S(pos(2, 1), a(3)),
            S(i(3), 2),
            S(i(3), 0.5),
            S(pos(2), i(2)),
        ],
        covers=("pow", "pow_number"),
        dtypes=("float32",),
        errors=[S(i(3), -1), S(a(3), a(4)), S(a(3), "a"), S(U8, -1), S(b(2), -1), S(b(2), b(2))],
        inplace=True,
    ),
    Row(
        "pow",
        [S(2, a(3)), S(2.5, a(2)), S(3, i(3))],
        covers=("pow_of_number",),
        errors=[S(2, "a")],
        dtypes=("float32",),
    ),
    Row(
        "pow",
        [
            S(v(0.0, 0.0, -2.0, 1.0), 0),
            S(v(0.0, -0.0, 2.0), 2),
            S(v(0.0, 2.0), 1),
            S(v(0.0, 0.0, 0.0, 2.0, -2.0), v(0.0, 1.0, 2.0, 0.0, 2.0)),
            S(0, v(0.0, 1.0, 2.0)),
            S(0.0, v(0.5, 1.0, 2.0)),
            S(np.array([1, -1, 2, -2, 0]), np.array([-1, -3, -1, 3, 2])),
        ],
        covers=("pow",),
        kinks=True,
        second=False,
        dtypes=("float32",),
    ),
    Row("square", [*unary(), S(b(3))], covers=("pow_number",), inplace=True),
    Row("neg", [*unary(), S(ODD)], errors=[S(b(2))], inplace=True),
    Row("positive", [S(a(2)), S(i(2))], covers=(), kinks=True, errors=[S(b(2))], dtypes=()),
    Row(
        "lerp",
        [S(a(3), a(3), 0.3), S(a(2, 3), a(3), 0.7), S(a(3), a(3), a(3)), S(a(2, 3), a(3), pos(2, 1))],
        covers=("lerp", "lerp_number"),
        errors=[S(a(3), a(3).astype(np.float32), 0.5), S(a(3), a(4), 0.5), S(i(3), i(3), 0.5)],
        inplace=True,
        dtypes=("float32",),
    ),
    Row(
        "addcmul",
        [S(a(3), a(3), a(3)), S(a(3), a(2, 1), a(3), value=0.5), S(i(2), i(2), i(2), value=2)],
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row(
        "addcdiv",
        [S(a(3), a(3), pos(3)), S(a(3), a(2, 1), pos(3), value=0.5)],
        errors=[S(i(2), i(2), i(2) + 1)],
        inplace=True,
    ),
    Row("Tensor.__radd__", [S(a(3), 2.5)], covers=("add",)),
    Row("Tensor.__rsub__", [S(a(3), 2.5), S(a(3), 1)], covers=("rsub_number",), dtypes=("float32", "int64")),
    Row("Tensor.__rmul__", [S(a(3), 2.5)], covers=("mul",)),
    Row("Tensor.__rdiv__", [S(pos(3), 2.5)], covers=("div",)),
    Row("Tensor.__rtruediv__", [S(pos(3), 2.5), S(i(3) + 1, 2)], covers=("div",), dtypes=()),
    Row("Tensor.__rpow__", [S(a(3), 2.5)], covers=("pow_of_number",)),
    Row("Tensor.__rmod__", [S(pos(3), 2.5)], covers=("remainder",), grad=False, grad_fn=False),
    Row(
        "Tensor.__rfloordiv__",
        [S(pos(3), 2.5)],
        covers=("floor_divide",),
        grad=False,
        grad_fn=False,
        dtypes=("float32",),
    ),
]

FUNCTIONS = [
    *[
        Row(n, [*unary(), S(ODD)], inplace=True)
        for n in ("exp", "exp2", "expm1", "sigmoid", "tanh", "atan", "sinh", "cosh", "erf", "erfc")
    ],
    *[Row(n, unary(), inplace=True) for n in ("sin", "cos", "tan")],
    *[
        Row(n, [*unary(0.1, 3.0), S(v(0.0, -1.0, inf, nan))], kinks=True, inplace=True, second=False)
        for n in ("log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal")
    ],
    *[Row(n, unary(0.1, 3.0)) for n in ("log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal")],
    *[Row(n, unary(-0.9, 0.9), inplace=True) for n in ("asin", "acos")],
    Row("atanh", unary(-0.9, 0.9)),  # torch has no gradient for the in-place form of these three
    Row("acosh", unary(1.1, 3.0)),
    Row("asinh", [*unary(), S(ODD)]),
    Row("atan2", [S(a(3), a(3)), S(a(2, 1), a(3)), S(a(2), np.array([1, 2]))], errors=[S(a(3), a(4))], inplace=True),
    Row("atan2", [S(v(0.0, 0.0, 1.0, -0.0), v(0.0, 1.0, 0.0, -1.0))], kinks=True),
    Row(
        "logit",
        [S(pos(3, low=0.1, high=0.9)), S(v(0.05, 0.5, 0.95), 0.1), S(v(0.05, 0.5, 0.95), eps=0.1)],
        inplace=True,
        dtypes=("float32",),
    ),
    Row(
        "erf",
        [S(np.linspace(-6, 6, 49)), S(v(0.4687, 0.4688, 3.999, 4.001))],
        kinks=True,
        rtol=1e-13,
        dtypes=("float32", "float16", "int64", "bool"),
    ),
    Row("erfc", [S(np.linspace(-6, 26, 65))], kinks=True, rtol=1e-12),
    Row(
        "erfinv",
        [S(a(4, low=-0.95, high=0.95)), S(a(2, 2, low=-0.4, high=0.4)), S(v(0.999999, -0.99999999))],
        kinks=True,
        inplace=True,
        dtypes=("float32",),
        rtol=1e-7,
    ),
    Row("erfinv", [S(v(1.0, -1.0, 2.0, 0.0, nan))], kinks=True, second=False),
    Row("lgamma", [S(pos(2, 3)), S(v(-0.5, -1.7, -12.3)), S(v(10.0, 171.0, 1e6))], kinks=True, inplace=True),
    Row("lgamma", [S(v(0.0, -1.0, inf, -inf, nan, 1.0, 2.0, 1e300, 1e306))], grad=False),
    Row("digamma", [S(pos(2, 3)), S(v(-0.5, -1.7, -12.3)), S(v(10.0, 1e6))], inplace=True),
    Row("digamma", [S(v(0.0, -0.0, -1.0, inf, nan))], grad=False),
    Row(
        "polygamma",
        [S(1, pos(3)), S(2, pos(3)), S(1, v(-0.5, -1.3))],
        method=False,
        covers=("polygamma",),
        errors=[S(-1, a(2))],
        dtypes=("float32",),
    ),
    Row("polygamma", [S(0, pos(3))], method=False, covers=("digamma",), grad_fn=False, dtypes=("float32",)),
    Row(
        "logaddexp",
        [S(a(3), a(3)), S(a(2, 1), a(3)), S(v(1000.0, -1000.0), v(1000.0, 0.0))],
        dtypes=("float32", "int64"),
    ),
    Row(
        "xlogy",
        [S(a(3), pos(3)), S(a(2, 1), pos(3)), S(a(3), 2.0)],
        covers=("xlogy", "xlogy_number"),
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row("xlogy", [S(2.0, pos(3)), S(0, pos(3))], covers=("number_xlogy",), dtypes=("float32", "int64")),
    Row("xlogy", [S(v(0.0, 0.0, 0.0, 1.0), v(0.0, nan, 2.0, 0.0))], kinks=True, second=False, dtypes=()),
]

PIECES = [
    Row("abs", [*unary(), S(ODD)], kinks=True, second=False, errors=[S(b(2))], inplace=True),
    Row("sign", [*unary(), S(ODD)], covers=("sign", "zeros_like"), kinks=True, inplace=True),
    *[
        Row(n, [*unary(), S(TIES), S(ODD)], kinks=True, errors=[S(b(2))], inplace=True)
        for n in ("floor", "ceil", "trunc")
    ],
    Row("frac", [*unary(), S(TIES)], kinks=True, errors=[S(i(2))], inplace=True, dtypes=("float32",)),
    Row(
        "round",
        [*unary(), S(TIES), S(ODD), S(a(3), decimals=2), S(a(3) * 100, decimals=-1)],
        covers=("round", "round_decimals"),
        errors=[S(b(2))],
        kinks=True,
        inplace=True,
        dtypes=("float32",),
    ),
    Row(
        "nan_to_num",
        [S(ODD), S(ODD, 1.0), S(ODD, nan=1.0, posinf=2.0, neginf=-2.0), S(i(2))],
        kinks=True,
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    *[
        Row(
            n,
            [S(a(2, 3), a(2, 3)), S(a(2, 1, 3), a(4, 1)), S(a(), a()), S(a(0), a(0)), S(a(2), i(2))],
            errors=[S(a(3), a(4))],
        )
        for n in ("maximum", "minimum")
    ],
    *[Row(n, [S(v(1.0, 2.0, 3.0, nan, 1.0), v(1.0, 3.0, 2.0, 0.0, nan))], kinks=True) for n in ("maximum", "minimum")],
    Row(
        "clamp",
        [
            S(a(2, 3), -0.5, 0.5),
            S(a(3), min=0),
            S(a(3), max=0),
            S(a(), 0.0, 1.0),
            S(a(3), 1.0, -1.0),
            S(i(4), 1, 3),
            S(i(4), 0.5),
            S(a(2, 3), a(3), a(3)),
            S(a(2, 3), a(3)),
            S(a(3), max=a(2, 1)),
            S(TIES, np.zeros(8), np.ones(8)),
            S(TIES, -0.5, 0.5),
            S(ODD, -1, 1),
        ],
        covers=("clamp", "clamp_numbers"),
        errors=[S(a(3))],
        kinks=True,
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row(
        "clamp_min",
        [S(a(3), 0.5), S(a(2, 3), a(3)), S(v(nan, 0.0, 1.0), 0.0), S(TIES, np.zeros(8))],
        covers=("clamp_min", "clamp_min_number"),
        kinks=True,
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row(
        "clamp_max",
        [S(a(3), 0.5), S(a(2, 3), a(3)), S(v(nan, 0.0, 1.0), 0.0), S(TIES, np.zeros(8))],
        covers=("clamp_max", "clamp_max_number"),
        kinks=True,
        inplace=True,
        dtypes=("float32", "int64"),
    ),
    Row(
        "where",
        [
            S(b(2, 3), a(2, 3), a(2, 3)),
            S(b(3), a(2, 3), a(1)),
            S(b(2, 3), a(3), 0.5),
            S(b(3), 1, a(3)),
            S(b(3), 1, 2),
            S(b(3), 1.0, 2),
            S(b(2, 3)),
            S(b(3), a(3), np.float32([1])),
            S(b(3), i(3), 2.5),
        ],
        covers=("where", "masked"),
        method=False,
        errors=[S(a(3), a(3), a(3)), S(b(3), a(4), a(3))],
    ),
    Row("Tensor.where", [S(a(3), b(3), a(3)), S(a(3), b(3), 0.5)], covers=("where",)),
    Row("masked_fill", [S(a(2, 3), b(3), -inf)], covers=("masked_fill_number",), kinks=True),
    Row(
        "masked_fill",
        [S(a(2, 3), b(2, 3), 0.5), S(a(3), b(2, 3), 1), S(a(2, 3), b(3), a()), S(i(3), b(3), 7)],
        covers=("masked_fill", "masked_fill_number"),
        errors=[S(a(3), i(3), 1.0), S(a(3), b(3), a(3)), S(a(3), b(4), 1.0)],
        inplace=True,
    ),
]

QUESTIONS = [
    *[
        Row(
            n,
            [
                S(v(1.0, 2.0, 3.0, nan), v(1.0, 3.0, 2.0, nan)),
                S(a(2, 1), a(3)),
                S(a(3), 1),
                S(i(3), 2.5),
                S(a(), a()),
                S(i(4), i(4)),
            ],
            errors=BAD,
            grad=False,
            inplace=True,
        )
        for n in ("eq", "ne", "lt", "le", "gt", "ge")
    ],
    Row(
        "isclose",
        [S(v(1.0, nan, inf), v(1.0 + 1e-9, nan, inf)), S(v(1.0, nan), v(1.1, nan), 0.2, 0.0, True)],
        grad=False,
    ),
    Row(
        "allclose",
        [S(a(2), a(2)), S(v(1.0), v(1.0)), S(v(nan), v(nan), equal_nan=True)],
        covers=("isclose",),
        grad=False,
        errors=[S(a(2), i(2))],
    ),
    Row("equal", [S(a(2), a(2)), S(v(1.0), v(1.0)), S(v(1.0), v(1.0, 1.0))], covers=(), grad=False),
    *[Row(n, [S(ODD), S(i(2)), S(a())], grad=False) for n in ("isnan", "isinf", "isfinite")],
    *[
        Row(
            n,
            [S(b(3), b(3)), S(v(0.0, 1.0, nan), v(0.0, 0.0, 2.0)), S(i(2, 1, high=2), b(3))],
            grad=False,
            inplace=True,
        )
        for n in ("logical_and", "logical_or", "logical_xor")
    ],
    Row("logical_not", [S(b(3)), S(v(0.0, 1.0, nan))], grad=False, inplace=True),
    *[
        Row(
            n,
            [S(b(3), b(3)), S(i(3), i(3)), S(i(3), b(3)), S(i(3), 3), S(i(2, 1), i(3))],
            errors=[S(a(2), a(2))],
            grad=False,
            inplace=True,
        )
        for n in ("bitwise_and", "bitwise_or", "bitwise_xor")
    ],
    Row("bitwise_not", [S(b(3)), S(i(3))], errors=[S(a(2))], grad=False, inplace=True),
    *[
        Row(n, [S(i(3), i(3)), S(i(3), 2)], errors=[S(a(2), a(2))], grad=False, inplace=True)
        for n in ("bitwise_left_shift", "bitwise_right_shift")
    ],
]

TYPES = [
    *[
        Row(f"Tensor.{n}", [S(a(2, 3)), S(i(3)), S(b(2))], covers=("to_dtype",), kinks=True, second=False)
        for n in ("float", "double", "half", "int", "long", "short", "bool")
    ],
    Row(
        "Tensor.to",
        [
            S(a(2), F32),
            S(a(2), F64),
            S(i(2), I32),
            S(a(2), "cpu"),
            S(a(2), "cpu", F32),
            S(a(2), dtype=F32),
            S(a(2), a(1).astype(np.float32)),
            S(a(2), F64, copy=True),
            S(a(2), F32, True, True),
            S(i(2), BOOL),
        ],
        covers=("to_dtype",),
        kinks=True,
        errors=[S(a(2), "abacus")],
        grad_fn=False,
        dtypes=(),
    ),
    Row(
        "Tensor.copy_",
        [],
        covers=("copy", "fill", "fill_from", "zero", "overwrite", "only"),
        note="they write: see test_writes.py",
    ),
    Row(
        "Tensor.type_as",
        [S(a(2), i(2)), S(a(2), np.float32([1]))],
        covers=("to_dtype",),
        kinks=True,
        second=False,
        dtypes=(),
    ),
    Row(
        "Tensor.type",
        [
            on_cpu(S(a(2)), "torch.cuda.DoubleTensor"),
            on_cpu(S(i(2)), "torch.cuda.LongTensor"),
            S(a(2), F32),
            S(a(2), "torch.FloatTensor"),
        ],
        covers=("to_dtype",),
        kinks=True,
        errors=[S(a(2), "torch.Tensor9")],
        dtypes=(),
    ),
]

ROWS = [part for row in [*ARITHMETIC, *FUNCTIONS, *PIECES, *QUESTIONS, *TYPES] for part in finite_and_not(row)]

# ---- dtypes that meet ----
ROWS += [
    Row("add", [S(U8.astype(np.int32), b(3), alpha=2), S(U8.astype(np.int32), U8, alpha=-1), S(b(3), b(3), alpha=2)], grad=False, dtypes=()),
    Row("add", [], errors=[S(U8, U8, alpha=256), S(U8, U8, alpha=True), S(a(3), a(3), alpha=True), S(i(3), i(3), alpha=1.0)], dtypes=()),
    Row("sub", [S(U8.astype(np.int8), U8, alpha=-1)], grad=False, dtypes=(), errors=[S(U8, U8, alpha=True), S(U8, U8, alpha=300), S(i(3), b(3), alpha=2), S(b(3), i(3), alpha=2)]),
    Row("rsub", [S(U8, 2.5, alpha=-1)], covers=("rsub_number",), grad=False, dtypes=(), errors=[S(b(3), 2, alpha=2)]),
    Row("masked_fill", [S(U8, b(3), -1)], covers=("masked_fill_number",), grad=False, dtypes=(), errors=[S(U8, b(3), 256), S(U8, b(3), -256)]),
    *[Row(n, [S(U8, -1), S(U8, 257)], grad=False, dtypes=()) for n in ("eq", "ne", "lt", "ge")],
    *[Row(n, [], errors=[S(b(3), b(3)), S(b(3), True)], dtypes=()) for n in ("fmod", "remainder", "floor_divide")],
    *[Row(n, [], errors=[S(a(3), a(2))], dtypes=()) for n in ("logical_and", "logical_or", "logical_xor", "allclose")],
    *[Row(n, [], errors=[S(a(3), 1.5), S(a(3), 2), S(a(3), True)], dtypes=())
      for n in ("logical_and", "logical_or", "logical_xor", "maximum", "minimum", "fmax", "fmin", "logaddexp", "logaddexp2", "gcd")],
    Row("isclose", [], errors=[S(a(3), a(3).astype(np.float32)), S(a(3), a(3), -1.0), S(a(3), a(3), 0.0, -1.0)], dtypes=()),
    Row("addcdiv", [], errors=[S(a(3), i(3), i(3)), S(i(3), i(3), i(3))], dtypes=()),
    Row("logit", [S(v(-1.0, 2.0, 0.25, nan, 0.0, 1.0)), *[S(v(0.15, nan, 0.85, 0.5, 1.5), eps) for eps in (0.6, 0.5, 1.5, -0.1, nan)]], kinks=True, second=False, dtypes=()),
]  # fmt: skip
