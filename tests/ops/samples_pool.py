"""Pooling: windows that overlap, leave gaps, begin in the padding or end past the image; batches and single images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.ops.row import Row, S, a, on_cpu, pos

FLOATS = ("float32", "float16", "int64", "int32", "uint8", "bool")


def pool(name: str, samples: list[S], *covers: str, errors: list[S] | None = None, **options: Any) -> Row:
    return Row(f"nn.functional.{name}", samples, covers=covers, errors=errors or [], dtypes=FLOATS, **options)


def bad(x: Any, **more: Any) -> list[S]:
    """Calls with the arguments that every pooling refuses, for an image of d dimensions."""
    d = x.ndim - 2
    return [
        *[S(x, k) for k in (0, -1, 9, (2,) * (d + 1), (), 2.0, True, "a")],
        *[S(x, 2, s) for s in (0, -1, (2,) * (d + 1))],
        *[S(x, 2, 2, p) for p in (2, -1, (0,) * (d + 1), ())],
        S(x[0, 0], 2),
        S(x[None], 2),
        S(x[:, :0], 2),
        S(x[..., :0], 2),
        *[S(x, 2, **{key: value}) for key, values in more.items() for value in values],
    ]


def integers(*shape: int) -> Any:
    """Few different values, so that many tie."""
    return np.random.default_rng(1).integers(-2, 2, shape).astype(np.int64)


INDEX1 = np.array([[[0, 3, 5], [1, 2, 4]]])
INDEX2 = np.array([[[[0, 3], [9, 14]], [[5, 6], [8, 15]]]])
INDEX3 = np.array([[[[[0, 3], [9, 14]], [[21, 26], [48, 63]]]]])
TWICE = np.array([[[[0, 3], [3, 14]], [[5, 5], [5, 15]]]])


ROWS = [
    pool(
        "max_pool1d",
        [
            S(a(2, 3, 8), 2),
            S(a(3, 8), (3,), 2, 1),
            S(a(2, 3, 9), 3, stride=2, padding=1, dilation=2, ceil_mode=True),
            S(a(1, 2, 7), 3, 1, return_indices=True),
            S(a(1, 2, 9), 3, 3, dilation=2, ceil_mode=True),  # windows with gaps, and numbers that none sees
            S(a(0, 3, 8), 2),
        ],
        errors=bad(a(2, 3, 8), dilation=(0, (1, 1), 8)),
    ),
    pool(
        "max_pool2d",
        [
            S(a(2, 3, 4, 6), 2),
            S(a(3, 5, 5), 2),
            S(a(2, 2, 5, 7), 3, 2, 1),
            S(a(1, 2, 7, 6), (3, 2), stride=(1, 3), padding=(1, 0), dilation=(2, 1)),
            S(a(1, 2, 6, 7), 3, 2, ceil_mode=True),
            S(a(1, 2, 9, 9), 2, 3, ceil_mode=True, return_indices=True),
            S(a(1, 2, 5, 5), 3, [], 1, return_indices=True),
            S(a(1, 2, 6, 6), 2, dilation=2, ceil_mode=True),
            S(integers(2, 2, 6, 6), 3, 1, 1, return_indices=True),
            S(a(0, 3, 4, 4), 2),
            S(a(1, 1, 17, 17), 17, 1),
        ],
        "max_pool2d",
        "max_pool2d_with_indices",
        "max_pool_grad_x",
        "max_pool_pick",
        errors=[*bad(a(2, 3, 8, 8), dilation=(0, (1, 1, 1), 8)), S([[1.0]], 2)],
    ),
    pool(
        "max_pool3d",
        [
            S(a(2, 2, 4, 4, 4), 2),
            S(a(2, 4, 5, 6), (2, 3, 2), (2, 1, 3), (1, 1, 0), (1, 1, 2), True),
            S(a(1, 2, 3, 4, 5), 2, 1, return_indices=True),
            S(a(1, 1, 6, 3, 6), (2, 1, 2), dilation=(2, 1, 2), ceil_mode=True),
            S(a(0, 2, 4, 4, 4), 2),
        ],
        "max_pool3d",
        "max_pool3d_with_indices",
        errors=bad(a(2, 3, 8, 8, 8), dilation=(0, (1, 1), 8)),
    ),
    pool(
        "avg_pool1d",
        [
            S(a(2, 3, 8), 2),
            S(a(3, 8), (3,), 2, 1),
            S(a(2, 3, 8), 3, 2, 1, True, False),
            S(a(0, 3, 8), 2),
        ],
        errors=bad(a(2, 3, 8)),
    ),
    pool(
        "avg_pool2d",
        [
            S(a(2, 3, 4, 6), 2),
            S(a(3, 5, 5), 2),
            S(a(2, 2, 5, 5), 3, 1, 1),
            S(a(2, 2, 5, 5), 3, 1, 1, count_include_pad=False),
            S(a(1, 2, 6, 7), (3, 2), (2, 3), (1, 0), True),
            S(a(1, 2, 6, 7), 3, 2, 1, True, False),
            S(a(1, 2, 6, 7), (1, 3), 2, 0, True, divisor_override=4),
            S(a(1, 2, 6, 7), (3, 1), (1, 2), divisor_override=-3),
            S(integers(2, 2, 6, 6) * 5, 2),
            S(a(0, 3, 4, 4), 2),
        ],
        "avg_pool2d",
        "avg_pool2d_grad_x",
        errors=[*bad(a(2, 3, 8, 8), divisor_override=(0,)), S(a(4), 2)],
    ),
    pool(
        "avg_pool3d",
        [
            S(a(2, 2, 4, 4, 4), 2),
            S(a(2, 4, 5, 6), (2, 3, 2), (2, 1, 3), (1, 1, 0), True, False),
            S(a(1, 2, 3, 4, 5), 2, 1, divisor_override=3),
            S(a(0, 2, 4, 4, 4), 2),
        ],
        "avg_pool3d",
        "avg_pool3d_grad_x",
        errors=bad(a(2, 3, 8, 8, 8), divisor_override=(0,)),
    ),
    pool(
        "adaptive_avg_pool1d",
        [S(a(2, 3, 8), 3), S(a(3, 8), (2,)), S(a(2, 3, 8), 1), S(a(2, 3, 3), 5)],
        errors=[*[S(a(2, 3, 8), o) for o in ((2, 2), (), None, "a", 2.0, True, -1)], S(a(8), 2), S(a(2, 3, 0), 2)],
    ),
    pool(
        "adaptive_avg_pool2d",
        [
            S(a(2, 3, 6, 8), (3, 4)),
            S(a(3, 5, 7), (2, None)),
            S(a(2, 3, 5, 7), 3),
            S(a(2, 3, 5, 7), 1),
            S(a(2, 3, 3, 2), (5, 4)),
        ],
        "adaptive_avg_pool2d",
        "adaptive_avg_pool2d_grad_x",
        errors=[
            *[S(a(2, 3, 8, 8), o) for o in ((2, 2, 2), (2,), (), None, "a", 2.0, True, -1)],
            S(a(8, 8), 2),
            S(a(8, 8), (2, 2)),
            S(a(1, 1, 1, 8, 8), 2),
            S(a(2, 3, 8, 0), 2),
        ],
    ),
    pool(
        "adaptive_avg_pool3d",
        [S(a(2, 2, 4, 5, 6), (2, 3, None)), S(a(2, 4, 4, 4), 2), S(a(2, 2, 3, 3, 3), 1), S(a(0, 2, 4, 4, 4), 2)],
        "adaptive_avg_pool3d",
        "adaptive_avg_pool3d_grad_x",
        errors=[S(a(2, 3, 4, 4, 4), (2, 2)), S(a(4, 4, 4), 2), S(a(2, 0, 4, 4, 4), 2), S(a(2, 3, 4, 4, 4), -1)],
    ),
    pool(
        "adaptive_max_pool1d",
        [S(a(2, 3, 8), 3), S(a(3, 8), (2,)), S(a(2, 3, 8), 1, return_indices=True), S(a(2, 3, 3), 5)],
        errors=[*[S(a(2, 3, 8), o) for o in ((2, 2), (), None, "a", 2.0, True, -1)], S(a(8), 2), S(a(2, 0, 8), 2)],
    ),
    pool(
        "adaptive_max_pool2d",
        [
            S(a(2, 3, 6, 8), (3, 4)),
            S(a(3, 5, 7), (2, None)),
            S(a(2, 3, 5, 7), 3, return_indices=True),
            S(a(2, 3, 5, 7), 1),
            S(a(2, 3, 3, 2), (5, 4)),
            S(a(0, 3, 4, 4), 2),
        ],
        "adaptive_max_pool2d",
        errors=[
            *[S(a(2, 3, 8, 8), o) for o in ((2, 2, 2), (2,), (), None, "a", 2.0, True, -1)],
            S(a(8, 8), 2),
            S(a(8, 8), (2, 2)),
            S(a(1, 1, 1, 8, 8), 2),
            S(a(2, 0, 8, 8), 2),
        ],
    ),
    pool(
        "adaptive_max_pool3d",
        [S(a(2, 2, 4, 5, 6), (2, 3, None)), S(a(2, 4, 4, 4), 2, return_indices=True), S(a(0, 2, 4, 4, 4), 2)],
        "adaptive_max_pool3d",
        errors=[S(a(2, 3, 4, 4, 4), (2, 2)), S(a(4, 4, 4), 2), S(a(2, 3, 4, 0, 4), 2), S(a(2, 3, 4, 4, 4), -1)],
    ),
    pool(
        "max_unpool1d",
        [S(a(1, 2, 3), INDEX1, 2), S(a(2, 3), INDEX1[0], 2), S(a(1, 2, 3), INDEX1, 2, output_size=[7])],
        errors=[
            S(a(1, 2, 3), INDEX1 + 1, 2),
            S(a(1, 2, 3), INDEX1 - 1, 2),
            S(a(1, 2, 3), INDEX1, 2, output_size=[9]),
            S(a(1, 2, 3), INDEX1, 2, output_size=[6, 6]),
            S(a(1, 2, 3), INDEX1, 2, 2, 5),
            S(a(3), INDEX1[0, 0], 2),
        ],
    ),
    pool(
        "max_unpool2d",
        [
            S(a(1, 2, 2, 2), INDEX2, 2),
            S(a(2, 2, 2), INDEX2[0], (2, 3), (3, 3)),
            S(a(1, 2, 2, 2), INDEX2, 2, output_size=(1, 2, 5, 4)),
            on_cpu(S(a(1, 2, 2, 2), TWICE, 2), "leaves open which of two numbers for one place stays"),
        ],
        "max_unpool2d",
        "pixels_picked",
        "pixels_placed",
        errors=[
            S(a(1, 2, 2, 2), INDEX2 + 1, 2),
            S(a(1, 2, 2, 2), INDEX2.astype(np.int32), 2),
            S(a(1, 2, 2, 2), a(1, 2, 2, 2), 2),
            S(a(2, 2, 2), INDEX2, 2),
            S(a(1, 2, 2, 2), INDEX2, 2, 0),
            S(a(1, 2, 2, 2), INDEX2, 2, output_size=(9, 4)),
            S(a(1, 0, 2, 2), INDEX2[:, :0], 2),
        ],
        kinks=True,
    ),
    pool(
        "max_unpool3d",
        [S(a(1, 1, 2, 2, 2), INDEX3, 2), S(a(1, 2, 2, 2), INDEX3[0], 2, output_size=(4, 5, 5))],
        "max_unpool3d",
        errors=[S(a(1, 1, 2, 2, 2), INDEX3 + 1, 2), S(a(1, 1, 2, 2, 2), INDEX3, 2, 0), S(a(2, 2, 2), INDEX3[0, 0], 2)],
    ),
    pool(
        "lp_pool1d",
        [S(pos(2, 3, 8), 2, 2), S(pos(3, 8), 3, 3, 2, True), S(a(2, 3, 8), math.inf, 2), S(a(2, 3, 8), -math.inf, 2)],
        errors=[S(a(2, 3, 8), 0, 2), S(a(2, 3, 8), 2, 0)],
    ),
    pool(
        "lp_pool2d",
        [S(pos(2, 3, 4, 6), 2.5, 2), S(a(3, 5, 5), 2, (2, 3), 1), S(a(2, 2, 4, 4), 1, 2), S(a(2, 2, 4, 4), math.inf, 2)],
        errors=[S(a(2, 3, 8, 8), 0, 2), S(a(2, 3, 8, 8), 2, 0), S(a(2, 3, 8, 8), 2, 9)],
    ),
    pool("lp_pool3d", [S(pos(1, 2, 4, 4, 4), 2, 2), S(a(2, 3, 3, 3), math.inf, 2)], errors=[S(a(1, 2, 4, 4, 4), 0, 2)]),
]  # fmt: skip
