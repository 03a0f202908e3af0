"""Convolutions: strides, paddings, dilations, groups, both orders of memory (a large batch lies last)."""

from __future__ import annotations

import numpy as np
from row import Row, S, a

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
TYPES = ("float32", "int64", "bool")

ROWS = [
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
