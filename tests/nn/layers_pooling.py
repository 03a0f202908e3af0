"""Pooling layers."""

from __future__ import annotations

from tests.nn.layer import C, Layer, x
from tests.shared import i

ROWS = [
    Layer("MaxPool1d", C(3, stride=2), C(x(2, 3, 7)), C(x(3, 7))),
    Layer("MaxPool2d", C(2), C(x(2, 3, 5, 6))),
    Layer("MaxPool2d", C((3, 2), None, (1, 0), 1, True, True), C(x(2, 3, 5, 6))),
    Layer("MaxPool3d", C(2, 1, padding=1, dilation=2), C(x(2, 3, 4, 5, 6))),
    Layer("MaxUnpool1d", C(2), C(x(1, 2, 3), i(1, 2, 3)), C(x(1, 2, 3), i(1, 2, 3), [7])),
    Layer("MaxUnpool2d", C((2, 3), padding=(0, 1)), C(x(1, 2, 3, 3), i(1, 2, 3, 3))),
    Layer("MaxUnpool3d", C(2, (1, 2, 2)), C(x(1, 2, 2, 2, 2), i(1, 2, 2, 2, 2))),
    Layer("AvgPool1d", C(3, padding=1), C(x(2, 3, 7))),
    Layer("AvgPool2d", C(3, 1, 1), C(x(2, 3, 5, 6))),
    Layer("AvgPool2d", C((3, 2), ceil_mode=True, count_include_pad=False, divisor_override=5), C(x(2, 3, 5, 6))),
    Layer("AvgPool3d", C(2, [1, 2, 2]), C(x(2, 3, 4, 5, 6))),
    Layer("LPPool1d", C(2, 3, ceil_mode=True), C(x(2, 3, 7, low=0.1))),
    Layer("LPPool2d", C(1.5, (2, 3), stride=1), C(x(2, 3, 5, 6, low=0.1))),
    Layer("LPPool3d", C(3, 2), C(x(2, 3, 4, 5, 6, low=0.1))),
    Layer("AdaptiveMaxPool1d", C(3), C(x(2, 3, 7))),
    Layer("AdaptiveMaxPool2d", C((2, None), return_indices=True), C(x(2, 3, 5, 6))),
    Layer("AdaptiveMaxPool3d", C(2), C(x(2, 3, 4, 5, 6))),
    Layer("AdaptiveAvgPool1d", C(3), C(x(2, 3, 7))),
    Layer("AdaptiveAvgPool2d", C((2, None)), C(x(2, 3, 5, 6))),
    Layer("AdaptiveAvgPool3d", C(1), C(x(2, 3, 4, 5, 6))),
]
