"""Borders, and channels into pixels."""

from __future__ import annotations

from tests.nn.layer import C, Row, x

SEQUENCES = (C(x(2, 4)), C(x(2, 3, 5)))
IMAGES = (C(x(2, 4, 3)), C(x(1, 2, 3, 5)))
VOLUMES = (C(x(2, 3, 2, 3)), C(x(1, 2, 2, 3, 4)))

ROWS = [
    Row("ZeroPad1d", C((1, 2)), *SEQUENCES),
    Row("ConstantPad1d", C(1, 2.5), *SEQUENCES),
    Row("ReflectionPad1d", C(2), *SEQUENCES),
    Row("ReplicationPad1d", C([1, 3]), *SEQUENCES),
    Row("CircularPad1d", C((3, 0)), *SEQUENCES),
    Row("ZeroPad2d", C((1, 2, -1, 1)), *IMAGES),
    Row("ConstantPad2d", C(1, 2.5), *IMAGES),
    Row("ReflectionPad2d", C(2), *IMAGES),
    Row("ReplicationPad2d", C((1, 3, 0, 1)), *IMAGES),
    Row("CircularPad2d", C((2, 0, 1, 3)), *IMAGES),
    Row("ZeroPad3d", C(1), *VOLUMES),
    Row("ConstantPad3d", C((1, 0, 0, 2, 1, 1), 2.5), *VOLUMES),
    Row("ReflectionPad3d", C(1), *VOLUMES),
    Row("ReplicationPad3d", C(1), *VOLUMES),
    Row("CircularPad3d", C(2), *VOLUMES),
    Row("PixelShuffle", C(2), C(x(1, 8, 2, 3)), C(x(4, 1, 1))),
    Row("PixelUnshuffle", C(3), C(x(1, 1, 6, 3))),
    Row("ChannelShuffle", C(2), C(x(2, 6, 1, 2))),
]
