"""Other orders, copies, diagonals, borders, pixels."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, b, on_cpu
from tests.shared import i

NUMBERS = ("float32", "float16", "int64", "uint8", "bool")


def p(*values: int) -> np.ndarray:
    """Positions."""
    return np.array(values, np.int64)


TURNED = [
    Row(
        "flip",
        [S(a(2, 3), (0,)), S(a(2, 3, 2), (-1, 0)), S(a(2, 3), ()), S(a(), ()), S(a(0, 2), (0,)), S(a(2), [0])],
        errors=[S(a(2), (1,)), S(a(2, 3), (0, -2))],
        dtypes=NUMBERS,
    ),
    Row("fliplr", [S(a(2, 3))], covers=(), errors=[S(a(2))]),
    Row("flipud", [S(a(2, 3)), S(a(2))], covers=(), errors=[S(a())]),
    Row(
        "roll",
        [S(a(2, 3), 1, 0), S(a(2, 3, 2), (1, -5), (0, 1)), S(a(3), (1, 2), (0, 0)), S(a(0, 2), 1, 0)],
        dtypes=NUMBERS,
    ),
    Row(
        "roll",
        [S(a(2, 3), 1), S(a(3), -2), S(a(), 1)],
        grad_fn=False,
        errors=[S(a(2), (1, 2), 0), S(a(2), (), ()), S(a(2), 1, 1), S(a(2), (1, 2))],
        note="torch has one node for: flatten, roll, back",
    ),
    Row(
        "rot90",
        [S(a(2, 3)), S(a(2, 3), 2), S(a(2, 3, 2), -1, (1, -1)), S(a(2, 3), 4), S(a(0, 3))],
        errors=[S(a(2)), S(a(2, 3), 1, (0,)), S(a(2, 3), 1, (0, -2)), S(a(2, 3), 1, (0, 2))],
        dtypes=NUMBERS,
    ),
]

REPEATED = [
    Row(
        "Tensor.repeat",
        [S(a(2, 3), 2, 1), S(a(2, 3), (2, 3, 2)), S(a(3), 0), S(a(), 3), S(a(), ()), S(a(2, 0), 1, 2), S(a(2), 1)],
        errors=[S(a(2, 3), 2), S(a(2), -1)],
        dtypes=NUMBERS,
    ),
    Row(
        "tile", [S(a(2, 3), (2,)), S(a(2, 3), (2, 1, 2)), S(a(), (2,)), S(a(2), ())], covers=(), errors=[S(a(2), (-1,))]
    ),
    Row(
        "repeat_interleave",
        [S(a(2, 3), 2), S(a(2, 3), 2, 0), S(a(2, 3), 3, dim=-1), S(a(2), 0), S(a(), 2), S(a(2, 3), p(1, 0, 2), 1)]
        + [S(a(3), p(2)), S(a(2, 3), p(2), 0), S(a(2, 2), i(4, high=3))],
        covers=(),
        errors=[S(a(2), -1), S(a(2), p(1, -1)), S(a(3), p(1, 2)), S(a(3), a(3)), S(a(3), 1, 1)],
    ),
    Row(
        "repeat_interleave",
        [S(p(2, 0, 1)), S(p())],
        covers=(),
        grad=False,
        method=False,
        errors=[S(p(-1)), S(a(2) + 2)],
    ),
    Row(
        "cartesian_prod",
        [S(a(2), a(3)), S(a(2), a(1), a(2)), S(a(0), a(2))],
        covers=(),
        errors=[S(a(2), a(2, 2))],
        method=False,
    ),
    Row(
        "combinations",
        [S(a(3)), S(a(3), 3), S(a(3), 1), S(a(3), 2, True), S(a(2), r=3), S(a(3), with_replacement=True)],
        covers=(),
        errors=[S(a(2, 2)), S(a(2), -1)],
        method=False,
    ),
]

DIAGONALS = [
    Row(
        "diag",
        [S(a(2, 3)), S(a(3, 3), 1), S(a(3, 2), -2), S(a(2, 2), 5)],
        covers=("diagonal_copy",),
        errors=[S(a()), S(a(1, 2, 3))],
    ),
    Row("diag", [S(a(2)), S(a(2), 1), S(a(2), -1), S(a(0))], covers=(), dtypes=NUMBERS),
    Row("diagflat", [S(a(2)), S(a(2), -1), S(a())], covers=()),
    Row("diagflat", [S(a(2, 2), 1)], covers=()),
    Row(
        "diag_embed",
        [S(a(2)), S(a(2, 3), 1), S(a(2, 3), -1, 0, 2), S(a(2, 3), 0, 2, 0), S(a(2, 0))],
        errors=[S(a(2), 0, 0, 0), S(a(2), 0, 0, 2)],
    ),
    Row(
        "diagonal",
        [S(a(2, 3)), S(a(3, 3), 1), S(a(2, 3, 3), -1, 1, 2), S(a(3, 2, 3), 0, -1, 0), S(a(2, 2), 5), S(a(0, 2))],
        errors=[S(a(2)), S(a(2, 2), 0, 0, 0), S(a(2, 2), 0, 0, -2), S(a(2, 2), 0, 0, 2)],
        dtypes=NUMBERS,
    ),
    *[
        Row(
            name,
            [S(a(3, 3)), S(a(2, 3), 1), S(a(2, 3, 2), -1), S(a(0, 2)), S(a(2, 2), 9)],
            errors=[S(a(2)), S(a())],
            inplace=True,
            dtypes=NUMBERS,
        )
        for name in ("tril", "triu")
    ],
    Row(
        "block_diag",
        [S(a(2, 3), a(1, 1)), S(a(2), a()), S(a(2), i(2)), S(a(0, 2), a(1))],
        errors=[S(a(1, 2, 3))],
        method=False,
    ),
    Row(
        "renorm",
        [S(pos, p_, d, m) for pos, p_, d, m in [(a(2, 3), 2, 0, 1.0), (a(2, 3, 2), 1, -1, 2.5)]],
        covers=(),
        grad_fn=False,
        inplace=True,
        dtypes=("float32",),
        errors=[S(a(2), 2, 0, 1.0), S(a(2, 2), -1, 0, 1.0), S(a(2, 2), 2, 0, -1.0)],
    ),
]

PADDED = [
    Row(
        "nn.functional.pad",
        [
            S(a(2, 3), (1, 2)),
            S(a(2, 3), [1, 0, 2, 1], value=2.5),
            S(a(2, 3, 2), (0, 1, 0, 0, 1, 1), "constant", 1),
            S(a(2, 4), (-1, 2)),
            S(a(2, 4), (-1, -1, 0, -1)),
            S(a(2, 3), (0, 0)),
            S(a(), ()),
            S(a(0, 3), (1, 1)),
        ],
        covers=("constant_pad_nd",),
        errors=[S(a(2), (1,)), S(a(2), (1, 1, 1, 1)), S(a(4), (-3, -2)), S(a(2, 3), (1, 1), "mirror")],
        dtypes=NUMBERS,
    ),
]
for mode, name in (("reflect", "reflection"), ("replicate", "replication")):
    for n in (1, 2, 3):
        shape = (2, 3, 4, 3)[: n + 1]
        samples = [
            S(a(*shape), (1, 2) + (1, 1) * (n - 1), mode),
            S(a(1, *shape), (0, 1) * n, mode=mode),
            S(a(*shape), (-1, 1) + (0, -1) * (n - 1), mode),
        ]
        samples = [on_cpu(sample, "wrong gradients where padding is cut off or asymmetric") for sample in samples]
        bad = [S(a(*shape[1:]), (1, 1) * n, mode), S(a(2, *[1] * n), (1, -1) * n, mode)] if mode == "reflect" else []
        bad += [S(a(2, *[0] * n), (1, 1) * n, mode), S(a(2, 3), (-2, -2), mode), S(a(2, 3), (1, 1), mode, 1.0)]
        PADDED.append(
            Row(
                "nn.functional.pad",
                samples,
                covers=(f"{name}_pad{n}d", "border_grad_x"),
                errors=bad,
                dtypes=("float32", "int64"),
            )
        )
PADDED += [
    Row(
        "nn.functional.pad",
        [S(a(2, 3), (2, 2), "reflect")],
        covers=(),
        errors=[S(a(2, 3), (3, 0), "reflect"), S(b(2, 3), (1, 1), "reflect")],
    ),
    Row("nn.functional.pad", [S(a(0, 2, 3), (1, 1), "reflect"), S(a(2, 1), (3, 4), "replicate")], covers=()),
    Row(
        "nn.functional.pad",
        [
            S(a(2, 3), (3, 1), "circular"),
            S(a(1, 2, 3), (1, 0, 1, 2), "circular"),
            S(a(1, 2, 3, 2), (1, 0, 0, 0, 1, 1), mode="circular"),
            S(a(2, 4), (-1, 1), "circular"),
            S(a(2, 4), (-2, -1), "circular"),
        ],
        covers=("circular_pad",),
        errors=[S(a(2, 3), (4, 0), "circular"), S(a(3), (1, 1), "circular"), S(a(2, 3), (-2, -2), "circular")],
        dtypes=("float32", "int64", "bool"),
    ),
]

PIXELS = [
    Row(
        "pixel_shuffle",
        [S(a(1, 4, 2, 3), 2), S(a(9, 1, 2), 3), S(a(2, 1, 8, 1, 1), 2), S(a(2, 2, 2), 1)],
        errors=[S(a(3, 2, 2), 2), S(a(4, 2), 2), S(a(4, 2, 2), 0), S(a(4, 2, 2), -2)],
        dtypes=NUMBERS,
    ),
    Row(
        "pixel_unshuffle",
        [S(a(1, 2, 4, 2), 2), S(a(1, 3, 6), 3), S(a(2, 1, 1, 2, 2), 2)],
        errors=[S(a(1, 3, 2), 2), S(a(1, 2, 3), 2), S(a(2, 2), 2), S(a(1, 2, 2), 0)],
        dtypes=NUMBERS,
    ),
    Row(
        "channel_shuffle",
        [S(a(2, 6, 1, 2), 2), S(a(1, 6, 2), 3), S(a(1, 4, 2, 2), 1)],
        errors=[S(a(1, 4, 2), 3), S(a(4, 2), 2), S(a(1, 4, 2), 0)],
        dtypes=NUMBERS,
    ),
]

ROWS = [*TURNED, *REPEATED, *DIAGONALS, *PADDED, *PIXELS]
