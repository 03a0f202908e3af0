"""Attention and the Transformer."""

from __future__ import annotations

import numpy as np

from tests.nn.layer import C, Layer, x

PADDED = np.array([[False, False, False, True], [False, False, True, True]])
CAUSAL = np.triu(np.ones((4, 4), bool), 1)
NUMBERS = np.where(CAUSAL, -np.inf, 0.0).astype(np.float64)
SMALL = {"dim_feedforward": 6}
LAYER = {"d_model": 8, "nhead": 2, **SMALL}

ROWS = [
    Layer("MultiheadAttention", C(8, 2), C(x(4, 2, 8), x(4, 2, 8), x(4, 2, 8)), C(x(3, 8), x(4, 8), x(4, 8))),
    Layer(
        "MultiheadAttention",
        C(8, 4, bias=False, batch_first=True),
        C(x(2, 4, 8), x(2, 4, 8), x(2, 4, 8), PADDED),
        C(x(2, 4, 8), x(2, 4, 8), x(2, 4, 8), attn_mask=CAUSAL, average_attn_weights=False),
    ),
    Layer(
        "MultiheadAttention",
        C(6, 3, add_bias_kv=True, add_zero_attn=True),
        C(x(4, 2, 6), x(4, 2, 6), x(4, 2, 6), PADDED, attn_mask=CAUSAL),
    ),
    Layer("MultiheadAttention", C(6, 2, kdim=4, vdim=3), C(x(3, 2, 6), x(5, 2, 4), x(5, 2, 3))),
    Layer("MultiheadAttention", C(6, 2, dropout=0.4), C(x(3, 2, 6), x(4, 2, 6), x(4, 2, 6))),
    Layer("TransformerEncoderLayer", C(**LAYER, dropout=0.0), C(x(4, 2, 8)), C(x(4, 8))),
    Layer("TransformerEncoderLayer", C(**LAYER), C(x(4, 2, 8)), C(x(4, 2, 8), NUMBERS)),
    Layer(
        "TransformerEncoderLayer",
        C(**LAYER, dropout=0.0, activation="gelu", batch_first=True, norm_first=True, bias=False),
        C(x(2, 4, 8), CAUSAL, PADDED),
    ),
    Layer("TransformerDecoderLayer", C(**LAYER), C(x(4, 2, 8), x(3, 2, 8))),
    Layer(
        "TransformerDecoderLayer",
        C(**LAYER, dropout=0.0, norm_first=True, batch_first=True, layer_norm_eps=1e-3),
        C(x(2, 4, 8), x(2, 4, 8), CAUSAL, None, PADDED, PADDED, tgt_is_causal=True),
    ),
    Layer(
        "Transformer",
        C(8, 2, 2, 1, 6, 0.0, batch_first=True),
        C(x(2, 3, 8), x(2, 4, 8)),
        C(x(2, 4, 8), x(2, 4, 8), None, CAUSAL, src_key_padding_mask=PADDED, memory_key_padding_mask=PADDED),
    ),
    Layer("Transformer", C(8, 2, 1, 1, 6, 0.2, "gelu", batch_first=True), C(x(2, 3, 8), x(2, 4, 8))),
]
