"""Products of vectors and matrices."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a
from tests.shared import i

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
        + [S(a(2, 3, 4), a(2, 3)), S(a(2), [1, 2]), S(i(2, 2) > 0, i(2, 2) > 0), *MIXED],
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
            S(a(2, 3), a(4, 3), a(1)),
            S(a(2, 3), a(4, 3), a()),
            S(a(2, 2, 3), a(4, 3), a(1)),
            S(a(3), a(4, 3), a()),
        ],
        covers=("linear", "linear_unbiased"),
        errors=[S(a(2, 3), a(4, 2), a(4)), S(a(2, 3), a(4, 3), a(3)), S(a(2, 3), a(4, 2)), S(a(2), a(4, 3)),
                S(a(2, 3), a(4, 3).astype(np.float32))],
        dtypes=("float32", "int64"),
    ),
]  # fmt: skip

SUMS = [
    Row("addmm", [S(a(2, 4), a(2, 3), a(3, 4)), S(a(4), a(2, 3), a(3, 4), beta=0.5, alpha=2.0), S(a(), a(2, 3), a(3, 4)),
                  S(a(2, 4), a(2, 3), a(3, 4), beta=0), S(a(2, 4), a(2, 0), a(0, 4))],
        errors=[S(a(2, 4), a(2, 3), a(2, 4)), S(a(3, 4), a(2, 3), a(3, 4)), S(a(2), a(3), a(3, 4)),
                S(a(2, 4), a(2, 3), np.ones((3, 4), np.float32))], inplace=True, dtypes=("float32", "int64", "bool")),
    Row("addmv", [S(a(2), a(2, 3), a(3)), S(a(), a(2, 3), a(3), beta=0.5, alpha=2.0)],
        errors=[S(a(2), a(2, 3), a(2)), S(a(3), a(2, 3), a(3))], inplace=True, dtypes=("float32", "int64", "bool")),
    Row("baddbmm", [S(a(2, 2, 4), a(2, 2, 3), a(2, 3, 4)), S(a(4), a(2, 2, 3), a(2, 3, 4), beta=0.5, alpha=2.0)],
        errors=[S(a(2, 2, 4), a(2, 2, 3), a(2, 2, 4)), S(a(4), a(2, 3), a(3, 4))], inplace=True, dtypes=("float32", "int64", "bool")),
    Row("addbmm", [S(a(2, 4), a(2, 2, 3), a(2, 3, 4)), S(a(2, 4), a(2, 2, 3), a(2, 3, 4), beta=0.5, alpha=2.0)],
        errors=[S(a(2, 4), a(2, 2, 3), a(2, 2, 4)), S(a(4), a(2, 3), a(3, 4))], inplace=True, dtypes=("float32", "int64", "bool")),
    Row("vdot", [S(a(3), a(3))], errors=[S(a(3), a(4)), S(a(2, 3), a(3))], dtypes=("float32", "int64")),
    Row("nn.functional.bilinear", [S(a(2, 3), a(2, 4), a(5, 3, 4), a(5)), S(a(2, 2, 3), a(2, 2, 4), a(5, 3, 4)),
                                   S(a(3), a(4), a(5, 3, 4))],
        covers=("einsum",), grad_fn=False, errors=[S(a(2, 3), a(2, 4), a(5, 3, 3)), S(a(2, 3), a(3, 4), a(5, 3, 4))],
        dtypes=("float32",)),
]  # fmt: skip

NAMED = [
    Row(
        "einsum",
        [
            S("ij,jk->ik", a(2, 3), a(3, 4)),
            S("ij,kj", a(2, 3), a(4, 3)),
            S("ij->ji", a(2, 3)),
            S("ij->j", a(2, 3)),
            S("ij->", a(2, 3)),
            S("ii->i", a(3, 3)),
            S("ii", a(3, 3)),
            S("iij->j", a(2, 2, 3)),
            S("i,j->ij", a(2), a(3)),
            S("i,i->i", a(3), a(3)),
            S("i,i", a(3), a(3)),
            S("bij,bjk->bik", a(2, 2, 3), a(2, 3, 2)),
            S("...ij,...jk->...ik", a(2, 1, 2, 3), a(4, 3, 2)),
            S("...i->...", a(2, 3)),
            S("...,...", a(2, 3), a(3)),
            S("ij,jk,kl->il", a(2, 3), a(3, 4), a(4, 2)),
            S("ij,ik,jl->kl", a(2, 3), a(2, 2), a(3, 2)),
            S("ij,j->i", a(2, 3), a(1)),
            S("i j , j k -> k i", a(2, 3), a(3, 4)),
            S("ij,kl->k", a(2, 3), a(4, 2)),
            S("ij,jk->ik", a(0, 3), a(3, 4)),
            S("ij,ij->ij", a(2, 3), a(2, 3)),
            S("bhqd,bhkd->bhqk", a(2, 2, 3, 4), a(2, 2, 2, 4)),
            S(a(2, 3), [0, 1], a(3, 4), [1, 2], [2, 0]),
            S(a(2, 3), [30, 1], a(3, 4), [1, 2]),
            S(a(2, 3, 4), [..., 1], a(5, 4), [0, 1], [0, ...]),
            S(a(3, 3), [7, 7]),
            S("i,j", i(2) > 0, i(3) > 0),
            S("ii", i(3, 3).astype(np.uint8)),
        ],
        covers=("einsum", "same_place", "on_diagonal"),
        grad_fn=False,
        method=False,
        errors=[S("ij,jk->ik", a(2, 3), a(4, 4)), S("ij", a(3)), S("ij,jk", a(2, 3)), S("ij->k", a(2, 3)), S("i1", a(2, 3)),
                S("ii", a(2, 3)), S("ij->ii", a(2, 2)), S("ij,jk", i(2, 3) > 0, i(3, 2) > 0), S(a(2), [52]), S("i,j", a(2), [1]), S("ij,jk", a(2, 3), np.ones((3, 2), np.float32))],
        dtypes=("float32",),
    ),
    Row("tensordot", [S(a(2, 3), a(3, 4), 1), S(a(2, 3, 4), a(4, 3, 2), dims=([1, 2], [1, 0])), S(a(2, 3), a(2, 3)),
                      S(a(2), a(3), 0)], covers=(),
        errors=[S(a(2, 3), a(2, 3), 1), S(a(2), a(3), 5), S(a(2, 3), a(2, 3), ([0], [1])), S(a(2, 2), a(2, 2), (0, 1)),
                S(a(2, 2), a(2, 2), ([0], [0, 1])), S(a(2, 2), a(2, 2), ([0, 0], [0, 1]))], dtypes=("float32",)),
    Row("tensordot", [S(a(1, 3), a(2, 3), 2), S(a(2, 3), a(1, 1, 2), ([1, 0], [1, 2]))],
        covers=(), grad_fn=False, dtypes=("float32",)),
    Row("inner", [S(a(3), a(3)), S(a(2, 3), a(4, 3)), S(a(2, 3), a(3)), S(a(2, 2, 3), a(2, 3))], covers=(),
        errors=[S(a(3), a(4)), S(a(3), [1])], dtypes=("float32",)),
    Row("inner", [S(a(), a(3))], covers=(), dtypes=("float32",)),
    Row("outer", [S(a(3), a(4)), S(a(3), a(0))], covers=(), errors=[S(a(3), a(2, 2)), S(a(), a(2)), S(a(2), [1, 2])]),
    Row("ger", [S(a(3), a(4))], covers=(), errors=[S(a(3), a(2, 2))]),
    Row("kron", [S(a(2, 3), a(3, 2)), S(a(2), a(3)), S(a(2, 2, 2), a(3, 2)), S(a(), a(2, 2))], covers=(), errors=[S(a(2), [1])],
        dtypes=("float32", "int64")),
    Row("cross", [S(a(2, 3), a(2, 3), dim=1), S(a(3, 2), a(3, 2), 0), S(a(2, 3), a(1, 3), -1)],
        errors=[S(a(2, 3), a(2, 3), dim=0), S(a(4), a(4), 0), S(a(3), a(2, 3), -1), S(a(3), i(3), 0), S(a(2, 3), a(2, 3), 5)],
        dtypes=("float32", "int64", "bool")),
    Row("linalg.cross", [S(a(2, 3), a(2, 3)), S(a(3, 2), a(3, 2), dim=0), S(a(0, 3), a(0, 3)), S(a(1, 3), a(2, 3))],
        errors=[S(a(), a()), S(a(3, 2), a(3, 2)), S(a(3), a(2, 3)), S(a(2, 3), a(3, 3))], method=False, dtypes=("float32", "int64")),
    Row("trace", [S(a(3, 3)), S(a(2, 3)), S(a(3, 2)), S(a(0, 2))], errors=[S(a(3)), S(a(2, 2, 2))],
        dtypes=("float32", "int64", "bool")),
]  # fmt: skip

ROWS = [
    Row("Tensor.__rmatmul__", [S(a(2, 3), a(4, 2)), S(a(3), a(2, 3))], covers=(), grad_fn=True),
    *PRODUCTS,
    *SUMS,
    *NAMED,
]


def regular(*shape: int) -> np.ndarray:
    """Matrices far from singular."""
    return a(*shape) + 4 * np.eye(shape[-1])


NOT_SQUARE = [S(a(2, 3)), S(a(3)), S(i(2, 2))]
ROWS += [
    Row("linalg.inv", [S(regular(3, 3)), S(regular(2, 2, 2)), S(a(0, 0))], errors=[*NOT_SQUARE, S(np.zeros((2, 2)))],
        method=False, dtypes=("float32",)),
    Row("inverse", [S(regular(2, 2))], covers=("inv",), errors=NOT_SQUARE, dtypes=("float32",)),
    Row("linalg.det", [S(regular(3, 3)), S(regular(2, 2, 2)), S(a(3, 3))], covers=("det", "inv_or_zero", "singular"), errors=NOT_SQUARE,
        dtypes=("float32",)),
    Row("linalg.det", [S(np.zeros((2, 2)))], kinks=True, second=False, method=False, dtypes=()),
    Row("linalg.slogdet", [S(regular(3, 3)), S(-regular(2, 3, 3))], covers=("slogdet",), errors=NOT_SQUARE, method=False,
        grad_fn=False, dtypes=("float32",)),
    Row("linalg.solve", [S(regular(3, 3), a(3)), S(regular(3, 3), a(3, 2)), S(regular(2, 3, 3), a(2, 3)), S(regular(2, 3, 3), a(3, 2)),
                         S(regular(3, 3), a(2, 3, 2)), S(regular(2, 3, 3), a(3))],
        errors=[*[S(*s.args, a(3)) for s in NOT_SQUARE], S(regular(2, 2), a(3)), S(regular(2, 2), a(3, 2)), S(np.zeros((2, 2)), a(2)),
                S(regular(2, 2), a(2).astype(np.float32))], method=False, dtypes=("float32",)),
    Row("linalg.solve", [S(regular(3, 3), a(2, 3), left=False)], grad_fn=False, method=False, dtypes=("float32",)),
    Row("linalg.cholesky", [S(4 * np.eye(3) + 0.5), S(4 * np.eye(2) + np.ones((2, 2, 2)))], kinks=True,
        errors=[*NOT_SQUARE, S(-np.eye(2))], method=False, dtypes=("float32",)),
    Row("linalg.matrix_power", [S(regular(2, 2), n) for n in (0, 1, 2, 3, 5, -1, -2)], covers=(), grad_fn=False,
        errors=[S(a(2, 3), 2), S(a(2, 2), 1.5)], dtypes=("float32", "int64")),
]  # fmt: skip
