"""Sums, means, extremes, spreads, scans."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, b, on_cpu
from tests.shared import i

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
        covers=(name, f"{name}_dim", "pick", "scatter_along", "shares"),
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
    Row(name, [S(TIES), S(TIES, 1), S(TIES, (0, 1), True), S(ODD), S(ODD, 1)], kinks=True, dtypes=())
    for name in ("amax", "amin")
]
EXTREMES += [
    Row(name, [*over(), S(TIES, 1), S(ODD), S(ODD, 1), S(a(2, 3), keepdim=True)], grad=False,
        errors=[*BAD_DIM, S(a(0)), S(a(0, 2), 0), S(b(3))], dtypes=FLOATS)
    for name in ("argmax", "argmin")
]  # fmt: skip
EXTREMES += [
    Row("aminmax", [S(a(2, 3)), S(a(2, 3), dim=0), S(a(2, 3), dim=-1, keepdim=True), S(a()), S(a(2, 0), dim=0)],
        errors=[S(a(0)), S(a(2, 3), dim=2), S(a(2, 0), dim=1)]),
    Row("aminmax", [S(TIES), S(TIES, dim=1), S(ODD, dim=0)], kinks=True, dtypes=()),
]  # fmt: skip

SOFT = [
    Row(
        name,
        [S(a(2, 3), 1), S(a(2, 3, 4), 1), S(a(2, 3), -2), S(a(), 0)] + [S(i(3), 0, dtype=F64)],
        covers=("softmax", "log_softmax"),
        errors=[S(a(2), 1), S(i(3), 0), S(a(3), None)],
    )
    for name in ("softmax", "log_softmax")
]
SOFT += [Row(name, [S(a(0, 3), 1), S(a(2, 0), 1)], dtypes=FLOATS) for name in ("softmax", "log_softmax")]
SOFT += [Row(name, [S(np.array([[1000.25, 0.25], [-1000.25, inf], [nan, 1.25]]), 1)], kinks=True, second=False,
             dtypes=FLOATS) for name in ("softmax", "log_softmax")]  # fmt: skip
SOFT += [
    Row(
        f"nn.functional.{name}",
        [S(np.array(x), 0) for x in (nan, inf, -inf)],
        covers=("softmax",),
        kinks=True,
        second=False,
        dtypes=FLOATS,
    )
    for name in ("softmax", "log_softmax", "softmin")
]
SOFT += [
    Row(f"nn.functional.{name}", [S(a(2, 3), dim=1), S(a(3), -1)],
        covers=("softmax",), errors=[S(a(2), 1), S(i(3), 0)])
    for name in ("softmax", "log_softmax", "softmin")
]  # fmt: skip

CASTS = [
    Row(name, [S(TIES, 1, dtype=F32)], kinks=True, dtypes=(), rtol=1e-4)
    for name in ("sum", "mean", "softmax", "log_softmax")
] + [
    Row(name, [S(i(2, 3), 1, dtype=np.dtype(d)) for d in ("uint8", "int32", "float16")], grad=False, dtypes=())
    for name in ("sum", "nansum", "prod", "cumsum", "cumprod")
]

SUMS += [
    Row("nansum", [*over_several(), S(ODD), S(np.array([[nan, nan], [1.25, nan]]), 1, True)], kinks=True,
        errors=BAD_DIMS, dtypes=FLOATS),
    Row("nansum", [S(a(2, 3)), S(a(2, 3), 1)], dtypes=("int64", "bool")),
    Row("nanmean", [*over_several(), S(ODD, 1), S(v(nan, nan))], covers=("nansum",), kinks=True, errors=[*BAD_DIMS, S(i(3))],
        dtypes=FLOATS),
    Row("logsumexp", [S(a(2, 3), 0), S(a(2, 3), -1, True), S(a(2, 3, 4), (0, 2)), S(a(), 0), S(v(1000.25, 1000.75), 0)], errors=[*BAD_DIM, S(a(3), None)]),
    Row("logsumexp", [S(v(inf, 1.25), 0), S(v(-inf, 1.25), 0), S(v(-inf, -inf), 0), S(v(nan, 1.25), 0), S(a(2, 0), 1)], kinks=True,
        second=False, dtypes=FLOATS),
    Row("prod", [*over(), S(a(0)), S(a(2, 0), 1), S(i(2, 3), dtype=F64), S(v(0.0, 2.25, 3.25)), S(v(0.0, 2.25, 0.0)),
                 S(np.array([[0.0, 2.25], [0.0, 0.0], [1.25, 3.25]]), 1), S(a(3, 1, 4), 2)],
        covers=("prod", "prod_dim"), errors=[*BAD_DIM, S(a(2, 3), (0, 1))],
        dtypes=("float32", "int64", "int32", "bool")),
]  # fmt: skip

QUESTIONS = [
    Row(name, [*over_several(), S(b(2, 3), 1), S(np.array([0, 2], np.uint8))], grad=False,
        errors=BAD_DIMS)
    for name in ("all", "any")
] + [
    Row("count_nonzero", [S(a(2, 3)), S(b(2, 3), 1), S(b(2, 3), (0, 1)), S(a(2, 0), 0), S(a())],
        grad=False, errors=BAD_DIMS),
]  # fmt: skip


QUESTIONS += [
    Row(name, [S(v(nan, 0.0, nan))], covers=(), grad=False, dtypes=FLOATS)
    for name in ("all", "any", "count_nonzero", "unique")
]


def along() -> list[S]:
    return [S(a(2, 3), 0), S(a(2, 3), -1), S(a(2, 3, 2), dim=1), S(a(), 0), S(a(2, 0), 0), S(a(2, 0), 1)]


SCANS = [
    Row("cumsum", [*along(), S(i(3), 0, dtype=F64)], errors=BAD_DIM, inplace=True),
    Row("cumprod", [*along(), S(i(3), 0, dtype=F64), S(v(1.25, 0.0, 2.25, 3.25), 0), S(v(0.0, 1.25, 0.0, 2.25), 0)],
        errors=BAD_DIM, inplace=True),
    Row("logcumsumexp", [*along(), S(v(-800.25, 0.25, 1.25, 900.25, -3.25, 900.75), 0), S(v(0.25, -inf, 1.25), 0)],
        covers=("logcumsumexp", "fading_sum"), errors=[*BAD_DIM, S(i(3), 0)], dtypes=FLOATS),
    Row("logcumsumexp", [S(v(-inf, -inf, 1.25, 0.25), 0), S(v(0.25, inf, 1.25), 0), S(v(1.25, nan, 0.25), 0), S(ODD, 1)],
        covers=("logcumsumexp",), second=False, kinks=True, dtypes=FLOATS),
    Row("cummax", along(), covers=("at_maxima",), errors=BAD_DIM),
    Row("cummin", along(), covers=("at_minima",), errors=BAD_DIM),
    Row("cummax", [S(TIES, 1), S(v(1.0, nan, 0.0, nan, 3.0), 0)], covers=("at_maxima",), kinks=True, dtypes=FLOATS),
    Row("cummin", [S(TIES, 1), S(v(1.0, nan, 0.0, nan, 3.0), 0)], covers=("at_minima",), kinks=True, dtypes=FLOATS),
    Row("diff", [S(a(4)), S(a(2, 4), 2), S(a(4, 2), 1, 0), S(a(3), prepend=a(2), append=a(1)), S(a(2), n=3), S(a(0)),
                 S(a(1)), S(a(4), 0), S(a(4), 0, prepend=a(2), append=a(1)), S(b(4), 2, append=b(2))],
        covers=(), grad_fn=False, errors=[S(a(3), prepend=a()), S(a(3), 0, append=a(1, 1)), S(a()), S(a(3), -1), S(a(3), 1, 1)]),
]  # fmt: skip

SPREADS = [
    Row(
        name,
        [S(a(2, 3)), S(a(2, 3), 0), S(a(2, 3), -1, False), S(a(2, 3), 1, True, True), S(a(2, 3, 4), (0, 2)),
         S(a(2, 3), dim=1, correction=0, keepdim=True), S(a(2, 3), False), S(a(2, 3), unbiased=False),
         S(a(4), correction=1.5), S(a(3, 1), 0)],
        errors=[*BAD_DIMS, S(i(3))],
        dtypes=("float32", "float16", "int64", "bool"),
    )
    for name in ("var", "std", "var_mean", "std_mean")
] + [Row(name, [S(np.full((3,), 2.25))], kinks=True, second=False, dtypes=()) for name in ("std", "var")]  # fmt: skip

ORDERS = [
    Row("median", [S(a(5)), S(a(2, 4)), S(a(2, 3), 0), S(a(2, 4), -1, True), S(a()), S(a(), 0), S(a(2, 0), 0)],
        covers=("median", "median_dim"), errors=[*BAD_DIM, S(a(0, 2), 0)], dtypes=FLOATS),
    Row("nanmedian", [S(a(5)), S(a(2, 4)), S(a(2, 3), 0), S(a(2, 4), -1, True), S(a()), S(a(), 0)],
        covers=("nanmedian", "nanmedian_dim"), errors=BAD_DIM, dtypes=FLOATS),
    Row("median", [S(TIES), S(v(1.25, nan, nan)), S(v(1.25, nan, nan), 0), S(i(5)), S(a(0))], kinks=True, second=False, dtypes=()),
    Row("nanmedian", [S(v(1.25, nan, 3.25, nan)), S(ODD, 1), S(i(5)), S(v(nan, nan), 0)], covers=("nanmedian",),
        kinks=True, dtypes=()),
    Row("mode", [S(a(2, 3)), S(a(), 0), S(v(3.25, 1.25, 3.25, 1.25, 2.25)), S(TIES, 0, True), S(a(2, 3), 0)],
        kinks=True, errors=[*BAD_DIM, S(a(0))]),
    Row("mode", [S(v(2.0, 1.0, nan)), S(v(nan, 2.0, 1.0)), S(v(5.0, nan, 1.0, 1.0)), S(v(2.0, nan, 2.0)), S(v(nan, nan)),
                 S(v(0.0, -0.5, 1.0, nan, inf)), S(v(3.0, nan, 4.0, 2.0, nan, 2.0)), S(ODD, 0), S(ODD, 1, True)],
        kinks=True, dtypes=FLOATS),
    Row("sort", [*along(), S(a(4)), S(a(2, 3), 0, True), S(a(2, 3), dim=-1, descending=True)],
        errors=BAD_DIM),
    Row("sort", [on_cpu(S(v(2.25, nan, -inf, nan), *more), "orders ties anew") for more in ((), (0, True))],
        kinks=True, dtypes=FLOATS),
    Row("sort", [S(a(3), stable=True), S(a(3), dim=0, stable=False, descending=True)], grad_fn=False),
    Row("msort", [S(a(3, 2)), S(a(4))], covers=()),
    Row("argsort", [*along(), S(a(4)), S(a(2, 3), 0, True), S(a(2, 3), dim=-1, descending=True)], covers=(),
        grad=False, errors=BAD_DIM),
    Row("topk", [S(a(5), 2), S(a(2, 4), 3, 0 - 1), S(a(3, 2), 2, 0, False), S(a(3), 0), S(a(), 1), S(a(3), k=3)],
        errors=[S(a(3), 4), S(a(3), -1), S(a(3), 1, 1), S(b(3), 1)], dtypes=FLOATS),
    Row("topk", [S(v(nan, 1.25, 2.25), 2)], kinks=True, dtypes=FLOATS),
    Row("kthvalue", [S(a(5), 2), S(a(2, 4), 3, 0 - 1), S(a(3, 2), 2, 0, True), S(a(), 1)],
        errors=[S(a(3), 4), S(a(3), 0), S(a(3), 1, 1), S(a(0), 1)], dtypes=FLOATS),
    Row("quantile", [S(a(5), 0.3), S(a(2, 4), 0.3, 1), S(a(2, 4), 0.3, 0, True), S(a(2, 4), 0.5, None, True), S(a(), 0.5),
                     S(a(5), 0.0), S(a(5), 1.0), *[S(a(2, 5), 0.3, 1, interpolation=how) for how in
                     ("linear", "lower", "higher", "nearest", "midpoint")]],
        grad_fn=False, errors=[S(a(3), 1.5), S(a(0), 0.5), S(i(3), 0.5), S(a(3), 0.5, 1), S(a(3), 0.5, interpolation="x"),
                               S(a(3), np.ones(2, np.float32))], dtypes=FLOATS),
    Row("quantile", [S(a(5), np.array(0.37)), S(a(2, 5), np.array([0.21, 0.83]), 1), S(a(3, 4), np.array(0.61), 0, True)],
        grad_fn=False, dtypes=()),
    Row("cumsum", [], errors=[S(a(3), 0, dtype=np.dtype("bool"))], dtypes=()),
    Row("cumprod", [], errors=[S(a(3), 0, dtype=np.dtype("bool"))], dtypes=()),
    Row("quantile", [S(v(1.25, nan, 2.25), 0.5), S(ODD, 0.5, 1)], kinks=True, grad_fn=False, dtypes=FLOATS),
    Row("quantile", [S(v(1.25, 2.5, 4.0), np.array(q), 0, interpolation=how) for how in ("linear", "lower", "midpoint")
                     for q in ([0.21, 0.34, 0.83], [0.62, 0.62])], grad_fn=False, dtypes=()),  # share neighbours
    Row("nanquantile", [S(v(1.25, nan, 2.25), 0.25), S(ODD[:1], 0.5, 1)], kinks=True, grad_fn=False,
        dtypes=FLOATS),
    Row("unique", [S(v(3.0, 1.0, 3.0), return_inverse=True, return_counts=True), S(i(3, 4)),
                   S(i(3, 4), return_counts=True), S(np.array([[1, 2], [0, 1], [1, 2]]), dim=0, return_inverse=True),
                   S(b(4)), S(a(0), return_counts=True), S(i(2, 5, high=2), True, True, True, 1)], covers=("unique", "unique_dim"),
        grad=False),
    Row("unique_consecutive", [S(v(1, 1, 2, 1), True, True), S(i(3, 4, high=2)), S(np.array([[1, 2], [1, 2], [0, 1]]), dim=0,
                   return_counts=True), S(a(0))], covers=(), grad=False),
    Row("bincount", [S(i(6)), S(i(6), minlength=8), S(i(6), a(6)), S(np.zeros(0, np.int64)),
                     S(i(4), i(4))], covers=(), grad=False, dtypes=(),
        errors=[S(np.array([-1, 2])), S(i(2, 2)), S(a(2)), S(i(3), a(2))]),
    Row("histc", [S(a(9), 4), S(a(9), bins=3, min=-1, max=1), S(a(9), 4, -2, 2), S(v(1.0, 1.0), 3)], covers=(), grad=False,
        errors=[S(i(3), 4), S(a(3), 0), S(a(3), 4, 2, 1)], dtypes=FLOATS),
]  # fmt: skip

NORMS = [
    Row("norm", [S(a()), S(a(2, 0), 2, 0), S(a(2, 3), 2, 0, True), *[S(a(2, 3), p) for p in (1, 2, 3, 1.5, 0.5, -1, inf, -inf, 0, "fro", None)],
                 *[S(a(2, 3, 4), p, (0, 2), True) for p in (1, 2.5, inf)], S(a(2, 3), dim=1), S(a(2, 3), 2, dim=-1)],
        covers=("vector_norm",), errors=[S(a(2, 3), 2, 2), S(a(0), inf), S(a(2, 2), "x")], dtypes=("float32", "int64")),
    Row("norm", [*[S(v(0.0, 0.0), p) for p in (1, 2, 3, inf, 0)], S(v(0.0, 2.25), 0.5), S(v(0.0, 2.25), 3),
                 S(v(2.25, -2.25), inf), S(v(2.25, -2.25), -inf), S(v(nan, 1.25))],
        covers=("vector_norm",), kinks=True, second=False, dtypes=FLOATS),
    Row("linalg.vector_norm", [S(a(2, 3)), S(a(2, 3), 3, 1), S(a(2, 3), dim=(0, 1), keepdim=True), S(a())],
        covers=("vector_norm",), dtypes=FLOATS,
        errors=[S(i(3)), S(a(0), inf), S(a(0), -1), S(a(2, 0), -2, 1), S(a(3), "x"), S(a(3), dtype=np.dtype("float16"))]),
    Row("linalg.norm", [S(a(2, 3)), S(a(3), 3), S(a(2, 3), "fro"), S(a(2, 3), 1), S(a(2, 3), -inf), S(a(2, 3, 4), inf, (0, 2)),
                        S(a(2, 3, 4), 2, 1), S(a(2, 3), -1, keepdim=True)],
        covers=("vector_norm",), grad_fn=False, method=False, dtypes=FLOATS,
        errors=[S(a(2, 3, 4), 1), S(i(3)), S(a(), 1), S(a(2, 2, 2), "fro"), S(a(2, 2), "x"), S(a(3), "fro"), S(a(3), dim=()),
                S(a(2, 2), 0)]),
    Row("linalg.matrix_norm", [S(a(*shape), p) for p in ("nuc", 2, -2) for shape in ((2, 3), (3, 2), (2, 2, 2))]
        + [S(a(2, 3, 3), "nuc", (0, 1), True), S(a(3, 2, 2), 2, (2, 0))], covers=("svdvals", "svd"), grad_fn=False, rtol=1e-7,
        dtypes=("float32", "int64")),
    Row("linalg.matrix_norm", [S(np.eye(2) * 1.25, p) for p in ("nuc", 2, -2)] + [S(a(*n), p) for p in ("nuc", 2) for n in ((0, 3), (2, 3, 0))],
        covers=("svdvals",), grad_fn=False, second=False, kinks=True, dtypes=(), errors=[S(a(0, 3), -2)]),
    Row("linalg.norm", [S(a(2, 3), "nuc"), S(a(2, 3), 2), S(a(2, 3, 3), -2, (0, 2))], covers=("svdvals",), grad_fn=False, rtol=1e-7,
        method=False, dtypes=FLOATS),
    Row("linalg.matrix_norm", [S(a(2, 3)), S(a(2, 3, 4), 1), S(a(2, 3, 4), inf, (0, 1), True), S(a(2, 3), -1)],
        covers=("vector_norm",), grad_fn=False, errors=[S(a(3)), S(i(3, 3)), S(a(2, 2), "x"), S(a(2, 2), dim=(0,)), S(a(2, 2), 0)], dtypes=FLOATS),
    Row("dist", [S(a(2, 3), a(2, 3)), S(a(2, 3), a(3), 3), S(a(3), a(3), 1), S(a(3), a(3), inf), S(a(), a())],
        errors=[S(a(2), a(3)), S(i(2), i(2))], dtypes=FLOATS),
    Row("cdist", [S(a(2, 3), a(4, 3)), S(a(2, 2, 3), a(2, 4, 3)), S(a(2, 3), a(4, 3), 1.0), S(a(2, 3), a(4, 3), p=3.0)],
        second=False, errors=[S(a(2, 3), a(4, 2)), S(a(3), a(3)), S(a(2, 3), a(4, 3), -1.0), S(i(2, 3), i(2, 3)),
                               S(a(2, 3), a(2, 3).astype(np.float32))], dtypes=FLOATS, rtol=1e-7),
    Row("nn.functional.pairwise_distance", [S(a(2, 3), a(2, 3)), S(a(2, 3), a(3), 1.0), S(a(3), a(3), keepdim=True)],
        covers=("row_norm",), errors=[S(a(2, 3), a(4))], dtypes=FLOATS),
    Row("nn.functional.cosine_similarity", [S(a(2, 3), a(2, 3)), S(a(2, 3), a(2, 3), 0), S(a(2, 3), a(1, 3), dim=-1),
                                            S(i(2, 3, low=1), a(2, 3)), S(a(2, 3), np.ones((2, 3), bool))],
        covers=(), errors=[S(i(2, 3), i(2, 3)), S(a(2, 3), a(4)), S(a(2), a(2))], dtypes=FLOATS),
    Row("nn.functional.normalize", [S(a(2, 3)), S(a(2, 3), dim=0), S(a(2, 3), 1.0, 1), S(a(3), dim=0)], covers=(),
        errors=[S(a(2))], dtypes=FLOATS),
]  # fmt: skip

ROWS = [*CASTS, *SUMS, *QUESTIONS, *SCANS, *SPREADS, *ORDERS, *NORMS, *EXTREMES, *SOFT]
