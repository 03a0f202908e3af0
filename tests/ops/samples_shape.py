"""The same elements under another shape, joined and split."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, fixed
from tests.shared import i

I32 = np.dtype("int32")
EMPTY = a(2, 0, 3)

RESIZED = [
    Row(
        "Tensor.view",
        [S(a(2, 3), 3, 2), S(a(2, 3), -1), S(a(2, 3), (2, 1, 3)), S(a(), 1, 1), S(EMPTY, 3, 0)],
        errors=[S(a(2, 3), 4), S(a(2, 3), -1, -1), S(a(2, 3), 4, -1), S(EMPTY, -1, 0), S(a(2, 3), -2)],
    ),
    Row(
        "Tensor.view",
        [S(fixed(a(2, 4)), np.dtype(kind)) for kind in ("int64", "int32", "uint8", "float64", "float16", "bool")]
        + [S(fixed(a(2, 4)).astype(kind), np.dtype("float32")) for kind in ("float16", "int32", "float32")]
        + [S(np.array(7), np.dtype("float64")), S(fixed(a(4)), np.dtype("int16"))],
        covers=("view_dtype",),
        errors=[
            *[S(np.array(7), np.dtype("int32")), S(np.ones((2, 3), "f"), np.dtype("int64"))],
            *[S(np.ones(4), np.dtype("int32"), 4), S(np.ones(4), "int32")],
        ],
        grad=False,
        dtypes=(),
    ),
    Row("reshape", [S(a(2, 3), (3, 2)), S(a(2, 3), (-1,)), S(a(), (1,)), S(EMPTY, (0,))], covers=("view",)),
    Row("Tensor.view_as", [S(a(2, 3), a(6))], covers=()),
    Row("Tensor.reshape_as", [S(a(2, 3), a(6))], covers=()),
    Row(
        "flatten",
        [S(a(2, 3, 2)), S(a(2, 3, 2), 1), S(a(2, 3, 2), -3, 1), S(a()), S(EMPTY, 1)],
        covers=(),
        errors=[S(a(2, 3), 1, 0), S(a(2, 3), 2)],
    ),
    Row("ravel", [S(a(2, 3)), S(a())], covers=()),
    Row(
        "unflatten",
        [S(a(2, 6), 1, (3, -1)), S(a(6, 2), -2, (2, 3))],
        covers=(),
        errors=[S(a(2, 6), 1, (4, -1)), S(a(2, 6), 2, (2, 3)), S(a(2, 6), 1, (2, 2))],
    ),
    Row(
        "squeeze",
        [S(a(1, 3, 1)), S(a(1, 3, 1), 0), S(a(1, 3, 1), 1), S(a(1, 3, 1), (0, -1)), S(a()), S(a(), 0), S(a(1, 2), ())],
        covers=("squeeze_all", "squeeze_dim", "squeeze_dims"),
        errors=[S(a(2, 1), 2), S(a(1, 1), (0, 0))],
    ),
    Row("unsqueeze", [S(a(2, 3), 0), S(a(2, 3), -1), S(a(), 0)], errors=[S(a(2), 2)]),
    Row("atleast_1d", [S(a())], covers=(), method=False),
    Row("atleast_2d", [S(a()), S(a(2)), S([a(), a(3)])], covers=(), method=False),
    Row("atleast_3d", [S(a()), S(a(2)), S(a(2, 3))], covers=(), method=False),
]

REORDERED = [
    Row(
        "transpose",
        [S(a(2, 3, 4), 0, 2), S(a(2, 3), -1, 0), S(a(2, 3), 1, 1), S(EMPTY, 0, 1)],
        errors=[S(a(2, 3), 0, 2)],
    ),
    Row(
        "permute",
        [S(a(2, 3, 4), (2, 0, 1)), S(a(2, 3), (-1, 0)), S(a(), ())],
        errors=[S(a(2, 3), (0,)), S(a(2, 3), (0, 0)), S(a(2, 3), (0, 2))],
    ),
    Row("t", [S(a(2, 3)), S(a(2)), S(a())], errors=[S(a(2, 3, 4))]),
    Row("movedim", [S(a(2, 3, 4), 0, -1), S(a(2, 3, 4), (0, 1), (2, 0))], covers=(), errors=[S(a(2, 3), (0, 1), (0,))]),
    Row("swapaxes", [S(a(2, 3, 4), 0, 2)], covers=()),
]

REPEATED = [
    Row(
        "Tensor.expand",
        [S(a(2, 1), 2, 3), S(a(2, 1), 4, -1, 3), S(a(), 2), S(a(1, 3), (0, 3)), S(a(2), 2)],
        errors=[S(a(2), 3), S(a(2, 1), 2), S(a(2), -1, 2), S(a(2), -2)],
    ),
    Row("broadcast_to", [S(a(2, 1), (2, 3))], covers=(), errors=[S(a(2), (3,))]),
    Row("Tensor.expand_as", [S(a(2, 1), a(3, 2, 2))], covers=()),
    Row(
        "Tensor.sum_to_size",
        [S(a(2, 3), 1, 3), S(a(2, 3, 4), 2, 1, 1)],
        errors=[S(a(2, 3), 2), S(a(3), 2, 3)],
    ),
    Row("broadcast_tensors", [S(a(2, 1), a(3))], covers=(), errors=[S(a(2), a(3))], method=False),
    Row(
        "Tensor.unfold",
        [S(a(5), 0, 3, 1), S(a(5, 3), 0, 2, 2), S(a(2, 6), -1, 2, 3), S(a(3), 0, 0, 1), S(a(), 0, 1, 1)],
        covers=("unfold", "unfold_grad_x"),
        errors=[S(a(3), 0, 4, 1), S(a(3), 0, 2, 0), S(a(3), 1, 1, 1)],
    ),
    Row(
        "as_strided",
        [
            S(a(2, 3), (2, 2), (1, 2)),
            S(a(6), (3, 2), (1, 1), 1),
            S(a(3), (), ()),
            S(a(3), (2, 0), (9, 9)),
            S(a(1), (3,), (0,)),
        ],
        covers=("as_strided", "as_strided_grad_x"),
        errors=[S(a(3), (2,), (1, 1)), S(a(3), (4,), (1,)), S(a(3), (2,), (-1,)), S(a(3), (2,), (1,), 2)],
    ),
    Row("clone", [S(a(2, 3)), S(a()), S(EMPTY)]),
    Row(  # these return x itself: nothing is recorded
        "Tensor.contiguous",
        [S(a(2, 3))],
        covers=(),
        kinks=True,
    ),
    Row("flatten", [S(a(2), 0)], covers=(), kinks=True),
    Row("broadcast_tensors", [S(a(), a(2))], covers=(), kinks=True, method=False),
    Row("Tensor.sum_to_size", [S(a(2, 3), 2, 3)], covers=(), kinks=True),
    Row("Tensor.sum_to_size", [S(a(2, 3, 4), 3, 1)], grad_fn=False, note="torch adds up, then views"),
    Row("atleast_2d", [S(a(2, 1)), S([a(2), a(2, 1)])], covers=(), kinks=True, method=False),
]

JOINED = [
    Row(
        "cat",
        [S([a(2, 3), a(1, 3)]), S([a(2, 3), a(2, 1)], dim=-1), S([a(0), a(2)]), S([a(2), i(2)]), S([a(0), a(0)])],
        errors=[S([]), S([a(2, 3), a(2, 2)]), S([a(2), a(2, 2)]), S([a(), a()]), S([a(2)], 1), S([a(2), 1.0])],
        method=False,
    ),
    Row(
        "stack",
        [S([a(2, 3), a(2, 3)]), S([a(2), a(2)], dim=-1), S([a(), a()]), S([a(2), i(2)])],
        errors=[S([]), S([a(2), a(3)]), S([a(2), a(2)], 2)],
        method=False,
    ),
    Row("hstack", [S([a(2), a(3)]), S([a(2, 1), a(2, 2)]), S([a(), a(1)])], covers=(), method=False),
    Row("vstack", [S([a(2), a(2)]), S([a(2, 2), a(2)]), S([a(), a()])], covers=(), method=False),
    Row("dstack", [S([a(2), a(2)]), S([a(2, 2), a(2, 2)])], covers=(), method=False),
    Row("column_stack", [S([a(2), a(2)]), S([a(2, 2), a(2)]), S([a(), a()])], covers=(), method=False),
]

SPLIT = [
    Row(
        "split",
        [S(a(5, 2), 2), S(a(2, 5), 5, dim=-1), S(a(0, 2), 0), S(a(4), 9)],
        errors=[S(a(3), 0), S(a(3), -1), S(a(), 1), S(a(3), 1, 1)],
    ),
    Row(
        "split", [S(a(5, 2), [1, 4]), S(a(2, 3), (1, 0, 2), 1)], covers=("split_with_sizes",), errors=[S(a(3), [1, 1])]
    ),
    Row("split_with_sizes", [S(a(5, 2), [1, 4])], errors=[S(a(3), [4, -1])]),
    Row("chunk", [S(a(7), 3), S(a(2, 6), 4, 1), S(a(0), 2)], covers=(), errors=[S(a(3), 0), S(a(), 1)]),
    Row(
        "tensor_split",
        [S(a(7), 3), S(a(2, 7), (1, 4), -1), S(a(3), 5), S(a(5), (3, 1))],
        covers=(),
        errors=[S(a(3), 0)],
    ),
    Row("unbind", [S(a(3)), S(a(2, 3), 1), S(a(2, 3), -2), S(a(1, 0))], errors=[S(a()), S(a(2), 1)]),
]

SPLIT += [
    Row("hsplit", [S(a(4), 2), S(a(2, 6), 3), S(a(2, 3, 2), (1, 2))], covers=(), errors=[S(a(), 1), S(a(2, 3), 2)]),
    Row("vsplit", [S(a(4, 2), 2), S(a(3, 2), [1])], covers=(), errors=[S(a(2), 1), S(a(3, 2), 2), S(a(3, 2), 0)]),
    Row("dsplit", [S(a(1, 2, 4), 2)], covers=(), errors=[S(a(2, 2), 1), S(a(1, 2, 3), 2)]),
    Row("row_stack", [S([a(2), a(2)])], covers=(), method=False),
]

ROWS = [*RESIZED, *REORDERED, *REPEATED, *JOINED, *SPLIT]
