"""Affine layers, dropout, distances and containers."""

from __future__ import annotations

from tests.nn.layer import C, Layer, x

ROWS = [
    Layer("Linear", C(3, 4), C(x(2, 3)), C(x(3)), C(x(2, 5, 3)), C(x(0, 3))),
    Layer("Linear", C(3, 1, bias=False), C(x(2, 3))),
    Layer("Linear", C(784, 10), C(x(2, 784))),
    Layer("Bilinear", C(2, 3, 4), C(x(5, 2), x(5, 3))),
    Layer("Bilinear", C(2, 3, 4, bias=False), C(x(5, 2), x(5, 3))),
    Layer("Identity", C(54, unused=0.1), C(x(2, 3))),
    Layer("Flatten", C(), C(x(2, 3, 4)), C(x(2, 3))),
    Layer("Flatten", C(0, 1), C(x(2, 3, 4))),
    Layer("Unflatten", C(1, (2, 3)), C(x(2, 6))),
    Layer("Unflatten", C(-1, [3, -1]), C(x(2, 6))),
    Layer("Dropout", C(), C(x(4, 5))),
    Layer("Dropout", C(0.3, inplace=True), C(x(0, 5))),
    Layer("Dropout1d", C(0.3), C(x(4, 5, 2)), C(x(5, 2))),
    Layer("Dropout2d", C(0.3), C(x(4, 5, 2, 2))),
    Layer("Dropout3d", C(0.3), C(x(4, 5, 2, 2, 1))),
    Layer("AlphaDropout", C(0.3), C(x(4, 5)), rtol=1e-7),
    Layer("FeatureAlphaDropout", C(0.3), C(x(4, 5, 2)), rtol=1e-7),
    Layer("CosineSimilarity", C(), C(x(3, 4), x(3, 4))),
    Layer("CosineSimilarity", C(0, eps=1e-6), C(x(3, 4), x(3, 4))),
    Layer("PairwiseDistance", C(), C(x(3, 4), x(3, 4))),
    Layer("PairwiseDistance", C(1.0, keepdim=True), C(x(3, 4), x(3, 4))),
]
