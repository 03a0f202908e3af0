"""Borders, and channels into pixels."""

from __future__ import annotations

from tests.nn.layer import C, Layer, x

SEQUENCES = (C(x(2, 4)), C(x(2, 3, 5)))
IMAGES = (C(x(2, 4, 3)), C(x(1, 2, 3, 5)))
VOLUMES = (C(x(2, 3, 2, 3)), C(x(1, 2, 2, 3, 4)))

ROWS = [
    Layer("ZeroPad1d", C((1, 2)), *SEQUENCES),
    Layer("ConstantPad1d", C(1, 2.5), *SEQUENCES),
    Layer("ReflectionPad1d", C(2), *SEQUENCES),
    Layer("ReplicationPad1d", C([1, 3]), *SEQUENCES),
    Layer("CircularPad1d", C((3, 0)), *SEQUENCES),
    Layer("ZeroPad2d", C((1, 2, -1, 1)), *IMAGES),
    Layer("ConstantPad2d", C(1, 2.5), *IMAGES),
    Layer("ReflectionPad2d", C(2), *IMAGES),
    Layer("ReplicationPad2d", C((1, 3, 0, 1)), *IMAGES),
    Layer("CircularPad2d", C((2, 0, 1, 3)), *IMAGES),
    Layer("ZeroPad3d", C(1), *VOLUMES),
    Layer("ConstantPad3d", C((1, 0, 0, 2, 1, 1), 2.5), *VOLUMES),
    Layer("ReflectionPad3d", C(1), *VOLUMES),
    Layer("ReplicationPad3d", C(1), *VOLUMES),
    Layer("CircularPad3d", C(2), *VOLUMES),
    Layer("PixelShuffle", C(2), C(x(1, 8, 2, 3)), C(x(4, 1, 1))),
    Layer("PixelUnshuffle", C(3), C(x(1, 1, 6, 3))),
    Layer("ChannelShuffle", C(2), C(x(2, 6, 1, 2))),
]
