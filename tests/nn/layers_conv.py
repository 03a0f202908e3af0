"""Convolution, block and upsampling layers."""

from __future__ import annotations

from tests.nn.layer import C, Layer, x

ROWS = [
    Layer("Conv1d", C(4, 6, 3), C(x(2, 4, 7)), C(x(4, 7))),
    Layer("Conv2d", C(4, 6, 3), C(x(2, 4, 7, 6)), C(x(4, 7, 6)), C(x(18, 4, 5, 4))),
    Layer("Conv2d", C(4, 6, (3, 2), 2, (1, 0), (1, 2), 2, False), C(x(2, 4, 7, 6))),
    Layer("Conv2d", C(4, 6, 3, padding="same"), C(x(2, 4, 7, 6))),
    Layer("Conv2d", C(4, 6, 3, padding="valid"), C(x(2, 4, 7, 6))),
    Layer("Conv2d", C(4, 6, 3, padding=(2, 1), padding_mode="reflect"), C(x(2, 4, 7, 6))),
    Layer("Conv2d", C(4, 6, 3, padding=(2, 1), padding_mode="replicate"), C(x(2, 4, 7, 6))),
    Layer("Conv2d", C(4, 6, 3, padding=(2, 1), padding_mode="circular"), C(x(2, 4, 7, 6))),
    Layer("Conv2d", C(4, 6, 3, padding="valid", padding_mode="circular"), C(x(2, 4, 7, 6))),
    Layer("Conv1d", C(4, 6, 3, padding="same", dilation=2, padding_mode="reflect"), C(x(2, 4, 7))),
    Layer("Conv1d", C(4, 6, 4, padding="same", padding_mode="circular"), C(x(2, 4, 7))),
    Layer("Conv3d", C(2, 2, 2, stride=(2, 1, 1)), C(x(2, 2, 4, 3, 3)), C(x(2, 4, 3, 3))),
    Layer("ConvTranspose1d", C(4, 6, 3, stride=2), C(x(2, 4, 5))),
    Layer("ConvTranspose2d", C(4, 6, 3, 2, 1, 1, 2), C(x(2, 4, 5, 4)), C(x(2, 4, 5, 4), (10, 7)), C(x(18, 4, 2, 2))),
    Layer("ConvTranspose2d", C(4, 6, 3, bias=False, dilation=2), C(x(4, 5, 4))),
    Layer("ConvTranspose3d", C(2, 2, 2, stride=2), C(x(2, 2, 2, 3, 2))),
    Layer("Unfold", C((2, 3), padding=1), C(x(2, 3, 4, 5))),
    Layer("Fold", C((4, 5), (2, 2)), C(x(2, 12, 12))),
    Layer("Upsample", C((5, 4)), C(x(2, 3, 4, 5))),
    Layer("Upsample", C(scale_factor=2, mode="bilinear"), C(x(2, 3, 4, 5))),
    Layer("Upsample", C(scale_factor=(1.5, 2), mode="bicubic", align_corners=True), C(x(2, 3, 4, 5))),
    Layer("UpsamplingNearest2d", C(scale_factor=3), C(x(2, 3, 4, 5))),
    Layer("UpsamplingBilinear2d", C((7, 3)), C(x(2, 3, 4, 5))),
]
