"""Attention: with masks of both kinds, causal, several heads, grouped heads, rows that may look at nothing."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a

SEES = np.array([[True, False, True, True, False], [True] * 5, [False] * 5, [False, False, False, True, True]])
NUMBERS = np.where(SEES, 0.5, -np.inf).astype(np.float64)

ATTENTION = Row(
    "nn.functional.scaled_dot_product_attention",
    [
        S(a(2, 3, 4, 8), a(2, 3, 5, 8), a(2, 3, 5, 8)),
        S(a(3, 4, 8), a(3, 5, 8), a(3, 5, 6)),
        S(a(4, 8), a(5, 8), a(5, 8), SEES),
        S(a(2, 1, 4, 8), a(2, 1, 5, 8), a(2, 1, 5, 2), a(4, 5)),
        S(a(2, 3, 4, 8), a(2, 3, 5, 8), a(2, 3, 5, 8), SEES[None, None]),
        S(a(2, 3, 4, 8), a(2, 3, 5, 8), a(2, 3, 5, 8), is_causal=True),
        S(a(2, 3, 4, 8), a(2, 1, 4, 8), a(2, 1, 4, 8), None, 0.0, False, scale=0.3),
        S(a(2, 6, 4, 8), a(2, 3, 5, 8), a(2, 2, 5, 8), enable_gqa=True),
        S(a(2, 3, 4, 8), a(2, 3, 0, 8), a(2, 3, 0, 8)),
    ],
    covers=("safe_softmax",),
    errors=[
        S(a(8), a(8), a(8)),
        S(a(3, 4, 8), a(3, 5, 7), a(3, 5, 8)),
        S(a(3, 4, 8), a(3, 5, 8), a(3, 5, 8), a(4, 3)),
        S(a(3, 4, 8), a(3, 5, 8), a(3, 5, 8), a(2, 3, 4, 5)),
        S(a(3, 4, 8), a(3, 5, 8), a(3, 5, 8), SEES, is_causal=True),
        S(a(3, 4, 8), a(3, 5, 8), a(3, 5, 8), SEES.astype(np.int64)),
        S(a(3, 4, 8), a(3, 5, 8), a(3, 5, 8).astype(np.float32)),
        S(a(5, 4, 8), a(3, 5, 8), a(3, 5, 8), enable_gqa=True),
        S(a(6, 4, 8), a(3, 5, 8), a(3, 5, 8)),
        S(a(2, 4, 8), a(2, 5, 8), a(2, 5, 8), None, 1.5),
    ],
    second=False,  # torch's fast kernel has none; see test_attention.py
    grad_fn=False,  # nor one name: it chooses among kernels
    method=False,
    dtypes=("float32",),
)

W, B, O, OB = a(24, 8) / 4, a(24) / 4, a(8, 8), a(8)


def heads(*args: object, **kwargs: object) -> S:
    return S(*args, O, OB, **kwargs)


QKV = (a(4, 2, 8), a(5, 2, 8), a(5, 2, 8))
PLAIN = (8, 2, W, B, None, None, False, 0.0)
APART = {"use_separate_proj_weight": True, "q_proj_weight": a(8, 8), "k_proj_weight": a(8, 6), "v_proj_weight": a(8, 3)}
PADDED = np.array([[False, False, True, False, True], [False, True, False, False, False]])
CAUSAL = np.triu(np.ones((4, 5), bool), 1)

ROWS = [
    ATTENTION,
    Row(
        "nn.functional.multi_head_attention_forward",
        [
            heads(*QKV, *PLAIN),
            heads(*QKV, *PLAIN, need_weights=False),
            heads(*QKV, *PLAIN, average_attn_weights=False, key_padding_mask=PADDED),
            heads(*QKV, *PLAIN, key_padding_mask=PADDED, attn_mask=CAUSAL, need_weights=False),
            heads(*QKV, *PLAIN, attn_mask=CAUSAL, is_causal=True, need_weights=False),
            heads(*QKV, *PLAIN, attn_mask=a(4, 4, 5)),
            heads(a(4, 8), a(5, 8), a(5, 8), *PLAIN, attn_mask=a(2, 4, 5), key_padding_mask=PADDED[0] * 1.0),
            heads(*QKV, 8, 4, W, B, a(1, 1, 8), a(1, 1, 8), True, 0.0, key_padding_mask=PADDED, attn_mask=CAUSAL),
            heads(a(4, 2, 8), a(5, 2, 6), a(5, 2, 3), 8, 2, None, B, None, None, False, 0.0, **APART),
            heads(*QKV, *PLAIN, static_k=a(4, 5, 4), static_v=a(4, 5, 4)),
        ],
        covers=(),
        errors=[
            heads(a(2, 4, 2, 8), *QKV[1:], *PLAIN),
            heads(a(4, 8), *QKV[1:], *PLAIN),
            heads(*QKV, *PLAIN, key_padding_mask=PADDED[0]),
            heads(*QKV, *PLAIN, key_padding_mask=PADDED[:, :3]),
            heads(*QKV, *PLAIN, key_padding_mask=PADDED.astype(np.int64)),
            heads(*QKV, *PLAIN, attn_mask=CAUSAL[:3]),
            heads(*QKV, *PLAIN, attn_mask=a(3, 4, 5)),
            heads(*QKV, *PLAIN, attn_mask=a(5)),
            heads(*QKV, *PLAIN, is_causal=True),
            heads(*QKV, 6, 2, W, B, None, None, False, 0.0),
            heads(*QKV, 8, 3, W, B, None, None, False, 0.0),
            heads(a(4, 2, 8), a(5, 2, 8), a(6, 2, 8), *PLAIN),
            heads(*QKV, 8, 2, None, B, None, None, False, 0.0),
            heads(*QKV, 8, 2, W, B, a(1, 1, 8), None, False, 0.0),
            heads(*QKV, 8, 2, None, B, None, None, False, 0.0, **APART),
            heads(*QKV, *PLAIN, static_k=a(3, 5, 4)),
        ],
        second=False,
        grad_fn=False,
        method=False,
        dtypes=("float32",),
    ),
]
