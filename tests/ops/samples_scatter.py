"""Gathering, scattering, searching."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, b
from tests.shared import i

I32 = np.dtype("int32")
FLOATS = ("float32",)
NUMBERS = ("float32", "float16", "int64", "uint8", "bool")


def p(*values: int) -> np.ndarray:
    """Positions."""
    return np.array(values, np.int64)


GRID = np.array([[0, 1, 1], [2, 0, 1]])
APART = np.array([[0, 1, 2], [2, 0, 1]])  # no place twice in a column
BAD = [
    S(a(3, 4), 0, GRID[None]),
    S(a(3, 2), 0, GRID),
    S(a(2, 3), 0, GRID),
    S(a(3, 3), 0, -GRID),
    S(a(3, 3), 2, GRID),
    S(a(3, 3), 0, a(2, 3)),
    S(a(3, 3), 0, GRID.astype("int16")),
]
MASK = np.array([[True, False, True], [False, False, True]])


def into(name: str, *rest: object, bad: bool = True) -> list[S]:
    """Errors of the scatter family."""
    source = [
        S(a(4, 3), 0, GRID, a(1, 3), *rest),
        S(a(4, 3), 0, GRID, i(2, 3), *rest),
        S(a(4, 3), 0, GRID, a(2, 3, 1), *rest),
    ]
    return [*source, *[S(*s.args, a(*s.args[2].shape), *rest) for s in BAD if bad]]


READ = [
    Row(
        "gather",
        [
            S(a(3, 3), 0, GRID),
            S(a(2, 3), 1, GRID),
            S(a(4, 5), -2, GRID),
            S(a(2, 3, 2), 1, i(2, 4, 1, high=3)),
            S(a(), 0, np.array(0)),
            S(a(), 0, p(0, 0)),
            S(a(3), 0, np.zeros((0,), np.int64)),
            S(a(3, 3), 0, GRID.astype(I32)),
        ],
        covers=("gather", "gather_grad_x"),
        errors=BAD,
        dtypes=NUMBERS,
    ),
    Row(
        "take_along_dim",
        [
            S(a(3, 3), GRID, 0),
            S(a(2, 3), p(2, 0)[None], 1),
            S(a(1, 3), GRID, dim=-1),
            S(a(2, 3), p(5, 0)),
            S(a(3), p(4, -1), 0),
        ],
        covers=(),
        errors=[S(a(3, 3), p(0), 0), S(a(3), a(3), 0), S(a(2, 3), np.zeros((3, 1), int), 1)],
    ),
    Row(
        "index_select",
        [S(a(3, 4), 0, p(2, 0, 2)), S(a(3, 4), -1, p(1)), S(a(3), 0, np.array(1)), S(a(), 0, p(0)), S(a(2, 3), 0, p())],
        covers=("index_select", "index_select_grad_x"),
        errors=[
            S(a(3), 0, p(3)),
            S(a(3), 0, p(-1)),
            S(a(3), 1, p(0)),
            S(a(3), 0, GRID),
            S(a(3), 0, a(2)),
            S(a(), 0, p(0, 0)),
        ],
        dtypes=NUMBERS,
    ),
    Row(
        "take",
        [S(a(2, 3), GRID), S(a(2, 3), p(-1, -6, 5)), S(a(), p(0, 0)), S(a(3), np.array(1)), S(a(3), p())],
        covers=("take", "take_grad_x"),
        errors=[S(a(3), p(3)), S(a(3), p(-4)), S(a(3), a(1)), S(a(3), p(0).astype(I32))],
        dtypes=NUMBERS,
    ),
    Row(
        "masked_select",
        [
            S(a(2, 3), MASK),
            S(a(3), MASK),
            S(a(2, 3), MASK[:1]),
            S(a(), np.array(True)),
            S(a(2, 3), MASK & False),
            S(a(2, 0), b(2, 0)),
        ],
        covers=("masked_select", "masked_select_grad_x"),
        errors=[S(a(2, 3), MASK[:, :2]), S(a(3), i(3))],
        dtypes=NUMBERS,
    ),
]

ADDED = [
    Row(
        "scatter_add",
        [
            S(a(3, 3), 0, GRID, a(2, 3)),
            S(a(2, 5), -1, GRID, a(2, 3)),
            S(a(), 0, np.array(0), a()),
            S(a(3), 0, p(), a(0)),
        ],
        errors=into("scatter_add"),
        inplace=True,
        dtypes=NUMBERS,
        method=True,
    ),
    Row(
        "index_add",
        [
            S(a(3, 4), 0, p(2, 0, 2), a(3, 4)),
            S(a(3, 4), -1, p(1, 1), a(3, 2), alpha=2),
            S(a(3), 0, p(1), a(1), alpha=-0.5),
            S(a(2, 3), 0, p(), a(0, 3)),
        ],
        errors=[
            S(a(3), 0, p(3), a(1)),
            S(a(3), 0, p(-1), a(1)),
            S(a(3, 4), 0, p(1), a(1, 3)),
            S(a(3), 0, p(1), a(2)),
            S(a(3), 0, p(1), i(1)),
            S(a(3), 0, a(1), a(1)),
        ],
        inplace=True,
        dtypes=("float32", "float16", "int64"),
    ),
    Row(
        "put",
        [S(a(2, 3), p(0, -1), a(2)), S(a(2, 3), p(0, 0), a(2), True), S(a(2, 3), p(), a(0)), S(a(2, 3), p(4), a())],
        errors=[S(a(3), p(3), a(1)), S(a(3), p(0), a(2)), S(a(3), p(0), i(1)), S(a(3), a(1), a(1))],
        inplace=True,
        dtypes=NUMBERS,
    ),
    Row(
        "masked_scatter",
        [S(a(2, 3), MASK, a(3)), S(a(2, 3), MASK, a(2, 3)), S(a(2, 3), MASK[0], a(4)), S(a(3), MASK, a(4))],
        errors=[S(a(2, 3), MASK, a(2)), S(a(2, 3), MASK, i(3)), S(a(2, 3), i(2, 3), a(3))],
        inplace=True,
        dtypes=NUMBERS,
    ),
]

WRITTEN = [
    Row(
        "scatter",
        [
            S(a(3, 3), 0, APART, a(2, 3)),
            S(a(2, 5), 1, APART, a(2, 3)),
            S(a(), 0, np.array(0), a()),
            S(a(3), 0, p(), a(0)),
            S(a(3, 3), 0, APART, src=a(2, 3)),
        ],
        errors=into("scatter"),
        inplace=True,
        dtypes=NUMBERS,
    ),
    Row(
        "scatter",
        [S(a(3, 3), 0, GRID, 2.5), S(a(2, 3), 1, GRID, value=1), S(a(), 0, np.array(0), 3.0)],
        covers=("scatter_value",),
        errors=[S(*s.args, 1.0) for s in BAD],
        inplace=True,
        dtypes=NUMBERS,
    ),
    Row(
        "scatter", [S(a(3, 3), 0, GRID, a(2, 3))], kinks=True, note="one place twice: torch too gives both its gradient"
    ),
    Row(
        "scatter",
        [S(a(3, 3), 0, GRID, 2.5, reduce=reduce) for reduce in ("add", "multiply")],
        covers=(),
        grad=False,
        inplace=True,
        errors=[S(a(3, 3), 0, GRID, 2.5, reduce="sum")],
        dtypes=FLOATS,
        note="torch has no gradient here; with a tensor as src both warn: see test_index.py",
    ),
    Row(
        "scatter_add",
        [S(a(4, 4), 0, GRID, a(3, 5))],
        covers=(),
        grad=False,
        inplace=True,
        note="a source larger than the index: torch's gradient has the wrong shape and is refused",
    ),
    Row(
        "index_copy",
        [
            S(a(3, 4), 0, p(2, 0), a(2, 4)),
            S(a(3, 4), -1, p(1), a(3, 1)),
            S(a(3), 0, np.array(1), a(1)),
            S(a(3), 0, p(), a(0)),
        ],
        errors=[S(a(3), 0, p(3), a(1)), S(a(3), 0, p(1), a(2)), S(a(3, 4), 0, p(1), a(1, 3)), S(a(3), 0, p(1), i(1))],
        inplace=True,
        dtypes=NUMBERS,
    ),
    Row(
        "index_fill",
        [S(a(3, 4), 0, p(2, 0, 2), 1.5), S(a(3, 4), -1, p(-1), 2), S(a(), 0, p(0), 1.0), S(a(3), 0, p(), 1.0)],
        errors=[S(a(3), 0, p(3), 1.0), S(a(3), 0, a(1), 1.0), S(a(3), 1, p(0), 1.0)],
        inplace=True,
        dtypes=NUMBERS,
    ),
    Row(
        "index_fill",
        [S(a(3, 4), 0, p(2, 0, 2), a()), S(a(3), 0, p(), a())],
        covers=("index_fill_from",),
        errors=[S(a(3), 0, p(0), a(1))],
        inplace=True,
        dtypes=FLOATS,
    ),
]


WRITTEN += [
    Row(
        "select_scatter",
        [S(a(2, 3), a(3), 0, 1), S(a(2, 3), a(2), -1, -3), S(a(2), a(), 0, 0), S(a(2, 3), i(3), 0, 1)],
        errors=[S(a(2, 3), a(3), 0, 2), S(a(2, 3), a(2), 0, 1), S(a(2, 3), a(1, 3), 0, 1), S(a(2, 3), a(3), 2, 0)],
    ),
    Row(
        "slice_scatter",
        [S(a(4), a(2), 0, 1, 3), S(a(2, 4), a(2, 2), 1, None, None, 2), S(a(3), a(3)), S(a(3), a(0), 0, 5)],
        errors=[S(a(4), a(3), 0, 1, 3), S(a(4), a(4), 0, 0, 4, 0), S(a(4), a(4), 1)],
    ),
    Row(
        "diagonal_scatter",
        [S(a(3, 3), a(3)), S(a(2, 3), a(2), 1), S(a(2, 2, 3), a(2, 1), -1, 1, 2), S(a(3, 3), i(3))],
        errors=[S(a(3, 3), a(2)), S(a(3), a(3)), S(a(3, 3), a(3), 0, 0, 0)],
    ),
]


def reduced(reduce: str) -> list[S]:
    return [
        S(a(3, 3), 0, GRID, a(2, 3), reduce),
        S(a(2, 5), -1, GRID, a(2, 3), reduce, include_self=False),
        S(a(), 0, np.array(0), a(), reduce),
        S(a(3), 0, p(), a(0), reduce),
    ]


ZEROS = np.array([[0.0, 1.25, 0.75], [2.0, 0.25, 0.0]])
NAN = np.array([[np.nan, 1.25, 0.75], [2.0, 0.25, np.inf]])
REDUCED = [
    Row(
        "scatter_reduce",
        reduced(reduce),
        covers=(f"scatter_reduce_{reduce}" if reduce[0] != "a" else "scatter_reduce_extreme",),
        errors=into("scatter_reduce", reduce, bad=reduce == "sum") + [S(a(3, 3), 0, GRID, a(2, 3), "add")],
        inplace=True,
        dtypes=("float32", "int64") if reduce != "mean" else ("float32",),
    )
    for reduce in ("sum", "mean", "prod", "amax", "amin")
]
REDUCED += [
    Row(
        "scatter_reduce",
        [S(ZEROS, 0, GRID % 2, ZEROS, "prod"), S(np.ones((3, 3)), 0, GRID, ZEROS, "prod", include_self=False)],
        covers=("only_once",),
        dtypes=(),
    ),
    Row(
        "scatter_reduce",
        [
            S(np.ones((3, 3)), 0, GRID, np.ones((2, 3)), "amax"),
            S(np.ones((3, 3)), 0, GRID * 0, np.zeros((2, 3)), "amin", include_self=False),
            S(np.ones((3, 3)), 0, GRID, np.ones((2, 3)), "amax", include_self=False),
            S(np.ones((3, 3)), 0, GRID * 0, np.ones((2, 3)), "amin", include_self=False),
            S(np.zeros((3, 3)), 0, GRID, NAN, "amin"),
        ],
        covers=(),
        kinks=True,
        dtypes=(),
    ),
]

NOT_NUMBERS = [[0.0, 1.0, float("nan"), float("nan")], [0.0, float("nan"), 2.0, 3.0], [float("nan")] * 2, [0.0, 1.0]]
UNSURE = np.array([float("nan"), 0.5, float("inf"), 2.0, -float("inf")])
BORDERS = np.array([0.5, 1.5, 1.5, 3.0])
QUERIES = np.array([[0.0, 1.5, 2.0], [3.0, 9.0, 0.5]])
FOUND = [
    Row(
        "nonzero",
        [S(a(2, 3)), S(MASK), S(i(2, 3, 2, high=2)), S(a()), S(np.array(0)), S(a(0, 2))],
        grad=False,
        covers=(),
    ),
    Row("nonzero", [S(MASK, as_tuple=True), S(a(), as_tuple=True)], grad=False, covers=()),
    Row(
        "isin",
        [S(i(2, 3), i(2)), S(a(3), a(3)), S(i(3), 2), S(2, i(3)), S(i(3), i(2), invert=True)],
        covers=(),
        grad=False,
        method=False,
    ),
    Row(
        "unravel_index",
        [S(p(1, 5), (2, 3)), S(np.array(4), (2, 3)), S(p(), (2,)), S(p(3), 5)],
        covers=(),
        grad=False,
        method=False,
        errors=[S(a(2), (2, 3)), S(p(1), (-2, 3))],
    ),
    Row("argwhere", [S(MASK), S(a())], grad=False, covers=()),
    Row(
        "searchsorted",
        [
            S(BORDERS, QUERIES),
            S(BORDERS, QUERIES, right=True),
            S(BORDERS, QUERIES, side="right", out_int32=True),
            S(BORDERS, 1.5),
            S(BORDERS, 1),
            S(QUERIES[:, :1], QUERIES),
            S(BORDERS[::-1].copy(), QUERIES, sorter=p(3, 2, 1, 0)),
            S(np.array([]), QUERIES),
        ],
        covers=(),
        grad=False,
        errors=[
            S(BORDERS, QUERIES, side="both"),
            S(BORDERS, QUERIES, side="left", right=True),
            S(QUERIES, BORDERS),
            S(QUERIES, 1.0),
            S(BORDERS, 1.0, sorter=p(0)),
            S(BORDERS, 1.0, sorter=p(0, 1, 2, 9)),
            S(BORDERS, 1.0, sorter=BORDERS),
        ],
        dtypes=("float32", "int64", "bool"),
        method=False,
    ),
    Row(
        "searchsorted",
        [S(BORDERS, np.array(float("nan")))]
        + [S(np.array(row), UNSURE, right=r) for row in NOT_NUMBERS for r in (False, True)]
        + [S(np.array(NOT_NUMBERS[:2]), np.stack([UNSURE, UNSURE]))],
        covers=(),
        grad=False,
        method=False,
        dtypes=FLOATS,
    ),
    Row(
        "bucketize",
        [S(QUERIES, BORDERS), S(1.5, BORDERS, right=True), S(QUERIES, BORDERS, out_int32=True)],
        covers=(),
        grad=False,
        errors=[S(QUERIES, QUERIES)],
        dtypes=("float32", "int64"),
        method=False,
    ),
]

ROWS = [*READ, *ADDED, *WRITTEN, *REDUCED, *FOUND]
