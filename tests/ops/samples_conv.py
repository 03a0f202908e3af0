"""Convolutions: strides, paddings, dilations, groups, both orders of memory (a large batch lies last)."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, on_cpu
from tests.shared import i

BAD = [
    S(a(1, 1, 3, 5, 5), a(4, 3, 3, 3)),  # ranks
    S(a(5, 5), a(4, 3, 3, 3)),
    S(a(2, 3, 5, 5), a(4, 3, 3)),
    S(a(2, 4, 5, 5), a(4, 3, 3, 3)),  # channels
    S(a(4, 5, 5), a(4, 3, 3, 3)),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), groups=0),
    S(a(2, 6, 5, 5), a(3, 3, 3, 3), groups=2),
    S(a(2, 15, 5, 5), a(4, 3, 3, 3), groups=5),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), groups=1.5),
    S(a(2, 3, 5, 5), a(0, 3, 3, 3)),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), a(3)),  # bias
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), a(4, 1)),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), padding=-1),  # numbers
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), padding=(1, 1, 1)),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), padding=None),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), padding="other"),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), padding="same", stride=2),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), stride=0),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), stride=1.5),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), stride=(1, 1, 1)),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), dilation=0),
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), dilation=(1, 1, 1)),
    S(a(2, 3, 2, 5), a(4, 3, 3, 3)),  # sizes
    S(a(2, 3, 4, 5), a(4, 3, 3, 3), dilation=2),
    S(a(2, 3, 0, 5), a(4, 3, 3, 3), padding=2),
    S(a(2, 3, 5, 5), a(4, 3, 0, 3)),
    S(a(2, 3, 5, 5).astype(np.float32), a(4, 3, 3, 3)),  # types
    S(a(2, 3, 5, 5), a(4, 3, 3, 3), a(4).astype(np.float32)),
    S([1.0], a(4, 3, 3, 3)),
]
BAD_TRANSPOSED = [
    S(a(2, 3, 5, 5), a(3, 4, 3, 3), output_padding=1),
    S(a(2, 3, 5, 5), a(3, 4, 3, 3), output_padding=-1, stride=2),
    S(a(2, 3, 5, 5), a(3, 4, 3, 3), output_padding=(1, 1, 1), stride=2),
    S(a(2, 3, 1, 1), a(3, 4, 3, 3), padding=2),
    S(a(2, 4, 5, 5), a(3, 4, 3, 3)),
    S(a(2, 3, 5, 5), a(3, 4, 3, 3), a(3)),
    S(a(2, 3, 5, 5), a(3, 4, 3, 3), groups=2),
    S(a(2, 3, 5, 5), a(3, 4, 3, 3), padding="same"),
    S(a(1, 2, 3, 5, 5), a(3, 4, 3, 3)),
    S(a(2, 3, 5, 5), a(3, 4, 3, 3).astype(np.float32)),
]
TYPES = ("float32", "int64", "int32", "uint8", "bool")

CONVOLUTIONS = [
    Row(
        "nn.functional.conv2d",
        [
            S(a(2, 3, 5, 4), a(4, 3, 3, 2), a(4)),
            S(a(2, 3, 5, 4), a(4, 3, 3, 2)),
            S(a(3, 5, 4), a(4, 3, 3, 2), a(4)),
            S(a(2, 4, 6, 7), a(6, 2, 3, 2), a(6), 2, (2, 1), 2, 2),
            S(a(2, 3, 5, 5), a(6, 1, 3, 3), a(6), padding=1, groups=3),
            S(a(2, 3, 5, 4), a(2, 3, 3, 1), a(2), padding="same"),
            S(a(2, 3, 7, 6), a(2, 3, 5, 2), padding="same", dilation=(1, 2)),
            S(a(2, 3, 5, 4), a(2, 3, 3, 2), padding="valid"),
            S(a(2, 3, 5, 4), a(2, 3, 1, 1), a(2)),
            S(a(2, 3, 5, 4), a(2, 3, 1, 1), a(2), stride=(2,)),
            S(a(17, 2, 5, 4), a(3, 2, 3, 2), a(3)),  # the batch lies last
            S(a(17, 2, 4, 5), a(2, 1, 2, 2), a(2), 2, 1, 1, 2),
            S(a(17, 12, 4, 4), a(2, 12, 2, 3), a(2), padding=1),  # a matrix for each kernel row
            S(a(2, 8, 4, 4), a(2, 8, 3, 3), a(2), padding=(3, 1), dilation=(2, 1)),
            S(a(1, 1, 3, 3), a(1, 1, 3, 3)),
        ],
        covers=("convolution", "conv_grad_input", "conv_grad_weight"),
        errors=BAD,
        dtypes=TYPES,
    ),
    Row(
        "nn.functional.conv1d",
        [
            S(a(2, 3, 5), a(4, 3, 2), a(4)),
            S(a(3, 5), a(4, 3, 2), a(4)),
            S(a(2, 4, 7), a(6, 2, 3), a(6), 2, 2, 2, 2),
            S(a(2, 3, 5), a(4, 3, 2), padding="same", dilation=2),
            S(a(16, 25, 6), a(2, 25, 3), a(2), padding=2),
        ],
        covers=("convolution", "conv_grad_input", "conv_grad_weight"),
        errors=[S(a(1, 2, 3, 4), a(2, 3, 2)), S(a(2, 3, 2), a(2, 3, 3)), S(a(2, 4, 5), a(2, 3, 3))],
        dtypes=TYPES,
    ),
    Row(
        "nn.functional.conv3d",
        [
            S(a(2, 3, 4, 3, 5), a(2, 3, 2, 3, 2), a(2)),
            S(a(3, 4, 3, 5), a(2, 3, 2, 3, 2), a(2)),
            S(a(2, 4, 5, 4, 5), a(2, 2, 2, 3, 2), a(2), (2, 1, 2), (1, 2, 0), (2, 1, 1), 2),
            S(a(16, 6, 3, 2, 3), a(2, 6, 2, 2, 2), a(2), padding=1),
        ],
        covers=("convolution", "conv_grad_input", "conv_grad_weight"),
        errors=[S(a(2, 3, 5, 5), a(2, 3, 2, 2)), S(a(2, 3, 2, 5, 5), a(2, 3, 3, 2, 2))],
        dtypes=TYPES,
    ),
    Row(
        "nn.functional.conv_transpose2d",
        [
            S(a(2, 3, 3, 4), a(3, 4, 3, 2), a(4)),
            S(a(3, 3, 4), a(3, 4, 3, 2), a(4)),
            S(a(2, 3, 3, 4), a(3, 2, 3, 2), a(2), 2, 1, 1),
            S(a(2, 4, 3, 2), a(4, 2, 3, 2), a(4), (2, 3), (2, 1), (1, 2), 2, (1, 2)),
            S(a(2, 3, 3, 4), a(3, 2, 3, 2), a(2), 1, 0, 1, 1, 2),
            S(a(2, 3, 3, 4), a(3, 2, 3, 3), a(2), padding=2),
            S(a(2, 3, 5, 6), a(3, 2, 3, 3), a(2), padding=3),
            S(a(16, 3, 3, 2), a(3, 2, 3, 2), a(2), stride=2, output_padding=1),
            S(a(16, 8, 3, 3), a(8, 2, 3, 3), a(2)),
        ],
        covers=("convolution", "conv_grad_input", "conv_grad_weight"),
        errors=BAD_TRANSPOSED,
        dtypes=TYPES,
    ),
    Row("nn.functional.conv2d", [S(a(0, 3, 5, 4), a(4, 3, 3, 2), a(4))], covers=("convolution",),
        dtypes=("float32",)),
    Row("nn.functional.conv_transpose2d", [S(a(0, 3, 3, 4), a(3, 4, 3, 2), a(4))], covers=("conv_grad_input",),
        dtypes=("float32",)),
    Row("nn.functional.conv_transpose1d", [S(a(2, 3, 4), a(3, 2, 3), a(2), 2, 1, 1), S(a(4, 4), a(4, 2, 2), groups=2)],
        covers=("convolution", "conv_grad_input", "conv_grad_weight"), dtypes=TYPES),
    Row("nn.functional.conv_transpose3d", [S(a(2, 3, 2, 3, 2), a(3, 2, 3, 2, 2), a(2), 2, 1, 1)],
        covers=("convolution", "conv_grad_input", "conv_grad_weight"), dtypes=TYPES),
]  # fmt: skip

BLOCKS = [
    Row(
        "nn.functional.unfold",
        [
            S(a(2, 3, 4, 5), 2),
            S(a(3, 4, 5), (3, 2)),
            S(a(2, 3, 6, 5), (2, 3), 2, (1, 2), (2, 1)),
            S(a(3, 4, 5).transpose(1, 0, 2), 2),
            S(a(0, 3, 4, 5), 2),
        ],
        covers=("im2col",),
        method=False,
        errors=[S(a(2, 2, 2, 2, 2), 2), S(a(1, 2, 2, 5), 3), S(a(1, 0, 5, 5), 3), S(a(1, 2, 5, 5), 0)]
        + [S(a(1, 2, 5, 5), 3, stride=0), S(a(1, 2, 5, 5), 3, dilation=0), S(a(1, 2, 5, 5), 3, padding=-1)]
        + [S(a(1, 2, 5, 5), (3, 3, 3)), S(a(1, 2, 5, 5), (3,)), S(a(1, 2, 5, 5), 3.5), S(i(1, 2, 5, 5), 3)],
    ),
    Row(
        "nn.functional.fold",
        [
            S(a(2, 12, 12), (4, 5), 2),
            S(a(12, 9), (4, 5), (2, 3)),
            S(a(2, 12, 8), 4, (2, 3), 2, (1, 2), (2, 1)),
            S(a(0, 12, 12), (4, 5), 2),
        ],
        covers=("col2im",),
        errors=[
            S(a(1, 18, 8), 5, 3),
            S(a(1, 17, 9), 5, 3),
            S(a(1, 2, 17, 9), 5, 3),
            S(a(17), 5, 3),
            S(a(1, 0, 9), 5, 3),
        ]
        + [S(a(1, 18, 0), 5, 3), S(a(1, 18, 1), 2, 3), S(a(1, 18, 9), (5, 5, 5), 3), S(a(1, 18, 9), 5, 3, stride=0)]
        + [S(a(1, 18, 9), 5, 3, padding=-1), S(i(1, 18, 9), 5, 3), S(a(1, 18, 9), 5.5, 3)],
        dtypes=("float32", "int64"),
    ),
]

RESIZED = [
    Row(
        "nn.functional.interpolate",
        [
            S(a(2, 3, 5), 7),
            S(a(2, 3, 5), 3, mode="nearest-exact"),
            S(a(2, 3, 5), scale_factor=1.7, mode="linear"),
            S(a(2, 3, 5, 4), (3, 7)),
            S(a(2, 3, 5, 4), scale_factor=(2.3, 0.6)),
            S(a(17, 2, 3, 4), (5, 5), mode="nearest-exact"),
            S(a(2, 3, 5, 4), (3, 7), mode="bilinear"),
            S(a(17, 2, 3, 4), (5, 1), mode="bilinear", align_corners=True),
            S(a(2, 3, 5, 4), scale_factor=1.3, mode="bilinear", recompute_scale_factor=True),
            on_cpu(S(a(2, 3, 5, 4), scale_factor=(1.3, 1.1), mode="bilinear"), "interpolates along a side that keeps its size"),
            S(a(2, 3, 5, 4), (3, 7), mode="bicubic"),
            S(a(2, 3, 5, 4), scale_factor=1.6, mode="bicubic", align_corners=True),
            S(a(2, 3, 2, 3, 4), (3, 7, 2)),
            S(a(2, 3, 2, 3, 4), (3, 7, 2), mode="nearest-exact"),
            S(a(2, 3, 2, 3, 4), 3, mode="trilinear"),
            S(a(0, 3, 5, 4), 2, mode="bilinear"),
            S(a(2, 3, 5), 2, mode="area"),
            S(a(2, 3, 5, 4), scale_factor=(0.7, 1.5), mode="area"),
        ],
        covers=(
            "resample", "resample_grad_x", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d",
            "upsample_nearest_exact1d", "upsample_nearest_exact2d", "upsample_nearest_exact3d", "upsample_linear1d",
            "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d",
        ),
        errors=[S(a(1, 2, 3, 4)), S(a(1, 2, 3, 4), 3, 2), S(a(1, 2, 3, 4), (3, 4, 5)), S(a(1, 2, 3, 4), (3.0, 4.0))]
        + [S(a(1, 2, 3, 4), 3.0), S(a(1, 2, 3, 4), scale_factor=(3.0, 4.0, 5.0)), S(a(1, 2, 3, 4), 0), S(a(1, 2, 3, 4), -1)]
        + [S(a(1, 2, 3, 4), scale_factor=f) for f in (0, -1.0, 0.1, "2")]
        + [S(a(1, 2, 3, 4), 2, align_corners=False), S(a(1, 2, 3, 4), 2, recompute_scale_factor=True)]
        + [S(a(1, 2, 3, 4), 2, mode=mode) for mode in ("other", "linear", "trilinear")]
        + [S(a(3, 4), 2), S(a(1, 1, 1, 1, 1, 1), 2), S(a(1, 0, 3, 4), 2), S(a(1, 2, 0, 4), 2), S(a(1, 2, 3), "2")]
        + [S(a(1, 2, 3), 2, mode="bicubic"), S(i(1, 2, 3, 4), 2), S(i(1, 2, 3, 4), 2, mode="bilinear")]
        + [S(a(1, 2, 3), 2, antialias=True)],
        dtypes=("float32",),
    ),
    Row("nn.functional.interpolate", [S(a(2, 3, 4, 5), (3, 7)), S(a(2, 3, 5), 3, mode="nearest-exact")],
        covers=("upsample_nearest2d",), dtypes=("uint8", "int64", "bool", "float16")),
]  # fmt: skip

G2, G3 = a(2, 3, 2, 2, low=-1.4, high=1.4), a(2, 2, 1, 2, 3, low=-1.4, high=1.4)
SAMPLED = [
    Row(
        "nn.functional.grid_sample",
        [
            S(a(2, 3, 4, 5), G2, mode, padding, align)
            for mode in ("bilinear", "nearest", "bicubic")
            for padding, align in (("zeros", False), ("border", True), ("reflection", False), ("reflection", True))
        ]
        + [S(a(2, 3, 4, 1), G2, "bilinear", "reflection", True), S(a(2, 3, 3, 4, 2), G3, "bilinear", "zeros", False)]
        + [S(a(2, 3, 3, 4, 2), G3, "nearest", "border", False), S(a(0, 3, 4, 5), a(0, 3, 2, 2), "bilinear", "zeros", True)],
        covers=("grid_sampler_2d", "grid_sampler_3d"),
        second=False,
        dtypes=("float32",),
        errors=[S(a(1, 2, 3, 3), a(1, 2, 2, 2), "other"), S(i(1, 2, 3, 3), i(1, 2, 2, 2), align_corners=False), S(a(1, 2, 3, 3), a(1, 2, 2, 2), "bilinear", "other")]
        + [S(a(1, 2, 3, 3), a(*size), align_corners=False) for size in ((2, 2, 2, 2), (1, 2, 2, 3), (1, 2, 2, 2, 3))]
        + [S(a(1, 2, 3), a(1, 2, 1), align_corners=False), S(a(1, 2, 0, 3), a(1, 2, 2, 2), align_corners=False)]
        + [S(a(1, 2, 3, 3), a(1, 2, 2, 2).astype(np.float32), align_corners=False)]
        + [S(a(1, 2, 3, 3, 3), a(1, 2, 2, 2, 3), "bicubic", align_corners=False)],
    ),
    Row("nn.functional.grid_sample", [S(a(2, 3, 4, 5), G2, "bilinear", p, False) for p in ("zeros", "border")],
        covers=("grid_sampler_2d",), dtypes=()),
    Row("nn.functional.affine_grid", [S(a(2, 2, 3), (2, 1, 3, 4), True), S(a(2, 2, 3), (2, 1, 1, 4), False)]
        + [S(a(2, 3, 4), (2, 1, 3, 4, 2), True), S(a(2, 3, 4), (2, 1, 3, 4, 2), False)],
        covers=("affine_grid_generator",), dtypes=("float32", "int64"),
        errors=[S(a(1, 2, 3), size, False) for size in ((1, 1, 2), (1, 1, 2, 2, 2), (2, 1, 2, 2), (1, 1, 0, 2))]),
]  # fmt: skip

ROWS = CONVOLUTIONS + BLOCKS + RESIZED + SAMPLED
