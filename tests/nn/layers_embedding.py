"""Tables of vectors."""

from __future__ import annotations

import numpy as np

from tests.nn.layer import C, Layer, x
from tests.shared import i

X = np.array([[1, 3, 1], [0, 3, 3]])
p = lambda *values: np.array(values, np.int64)
ROWS = [
    Layer("Embedding", C(4, 3), C(X), C(p()), C(np.array(2))),
    Layer("Embedding", C(4, 3, padding_idx=3), C(X)),
    Layer("Embedding", C(4, 3, -4), C(X)),
    Layer("Embedding", C(4, 3, 0, 1.5), C(X)),
    Layer("Embedding", C(4, 3, max_norm=1.0, norm_type=1.0), C(X), C(p(2))),
    Layer("Embedding", C(4, 3, max_norm=1.0, norm_type=float("inf")), C(X)),
    Layer("Embedding", C(5, 3, scale_grad_by_freq=True), C(X), C(i(3, 4))),
    Layer("Embedding", C(4, 3, None, None, 2.0, False, False, x(4, 3)), C(X)),
    Layer("EmbeddingBag", C(4, 3), C(X), C(p(1, 3, 0), p(0, 1, 1))),
    Layer("EmbeddingBag", C(4, 3, mode="sum", padding_idx=-1), C(X), C(X, None, x(2, 3))),
    Layer("EmbeddingBag", C(4, 3, mode="max", padding_idx=1), C(X), C(p(1, 3, 0), p(0, 1, 1))),
    Layer("EmbeddingBag", C(4, 3, 1.0, 3.0, True, "sum", include_last_offset=True), C(p(1, 3, 0), p(0, 1, 3))),
]
