"""Affine layers, dropout, distances and containers."""

from __future__ import annotations

from tests.nn.layer import C, Row, x

ROWS = [
    Row("Linear", C(3, 4), C(x(2, 3)), C(x(3)), C(x(2, 5, 3)), C(x(0, 3))),
    Row("Linear", C(3, 1, bias=False), C(x(2, 3))),
    Row("Linear", C(784, 10), C(x(2, 784))),
    Row("Bilinear", C(2, 3, 4), C(x(5, 2), x(5, 3))),
    Row("Bilinear", C(2, 3, 4, bias=False), C(x(5, 2), x(5, 3))),
    Row("Identity", C(54, unused=0.1), C(x(2, 3))),
    Row("Flatten", C(), C(x(2, 3, 4)), C(x(2, 3))),
    Row("Flatten", C(0, 1), C(x(2, 3, 4))),
    Row("Unflatten", C(1, (2, 3)), C(x(2, 6))),
    Row("Unflatten", C(-1, [3, -1]), C(x(2, 6))),
    Row("Dropout", C(), C(x(4, 5))),
    Row("Dropout", C(0.3, inplace=True), C(x(0, 5))),
    Row("Dropout1d", C(0.3), C(x(4, 5, 2)), C(x(5, 2))),
    Row("Dropout2d", C(0.3), C(x(4, 5, 2, 2))),
    Row("Dropout3d", C(0.3), C(x(4, 5, 2, 2, 1))),
    Row("AlphaDropout", C(0.3), C(x(4, 5)), rtol=1e-7),
    Row("FeatureAlphaDropout", C(0.3), C(x(4, 5, 2)), rtol=1e-7),
    Row("CosineSimilarity", C(), C(x(3, 4), x(3, 4))),
    Row("CosineSimilarity", C(0, eps=1e-6), C(x(3, 4), x(3, 4))),
    Row("PairwiseDistance", C(), C(x(3, 4), x(3, 4))),
    Row("PairwiseDistance", C(1.0, keepdim=True), C(x(3, 4), x(3, 4))),
]
