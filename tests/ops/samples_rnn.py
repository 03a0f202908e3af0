"""Recurrent cells and stacks of layers, packing and padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.row import Row, S, a
from tests.shared import i

B, I, H, P = 3, 2, 3, 2  # batch, features of x, of h, of a projected h
GATES = {"rnn_tanh": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}


def w(*shape: int) -> Any:
    """A weight, small enough that no gate saturates."""
    return a(*shape, low=-0.7, high=0.7)


def state(kind: str, *batch: int, h: int = H, c: int = H) -> Any:
    return [a(*batch, h), a(*batch, c)] if kind == "lstm" else a(*batch, h)


def cell(kind: str, batch: int = B, features: int = I, biases: bool = True, **sizes: int) -> S:
    rows = GATES[kind] * H
    weights = [w(rows, I), w(rows, H), w(rows), w(rows)][: 4 if biases else 2]
    return S(a(B, features), state(kind, batch, **sizes), *weights)


def params(kind: str, layers: int = 1, directions: int = 1, biases: bool = True, h: int = H) -> list[Any]:
    rows = GATES[kind] * H
    tensors = []
    for layer in range(layers):
        for _ in range(directions):
            tensors += [w(rows, directions * h if layer else I), w(rows, h)]
            tensors += [w(rows), w(rows)] if biases else []
            tensors += [w(h, H)] if h < H else []
    return tensors


def padded(kind: str, layers: int = 1, both: bool = False, biases: bool = True, batch_first: bool = False) -> S:
    hx = state(kind, layers * (1 + both), B)
    x = a(B, 4, I) if batch_first else a(4, B, I)
    return S(x, hx, params(kind, layers, 1 + both, biases), biases, layers, 0.0, True, both, batch_first)


def packed(kind: str, sizes: list[int], layers: int = 1, both: bool = False, h: int = H) -> S:
    hx = state(kind, layers * (1 + both), sizes[0], h=h)
    weights = params(kind, layers, 1 + both, h=h)
    return S(a(sum(sizes), I), np.array(sizes), hx, weights, True, layers, 0.0, True, both)


def bad_cells(kind: str) -> list[S]:
    x, hx, w_ih, w_hh, *_ = cell(kind).args
    return [
        cell(kind, features=I + 1),
        cell(kind, batch=B + 1),
        cell(kind, h=H + 1, c=H + 1),
        S(x, hx, w_ih[:-1], w_hh[:-1]),
        S(x[0], state(kind), w_ih, w_hh),
        S(x.astype(np.float32), hx, w_ih, w_hh),
    ]


def bad_stacks(kind: str) -> list[S]:
    x, hx, weights, *options = padded(kind).args
    two = [True, 2, *options[2:]]
    return [
        S(x, hx, weights[:-1], *options),
        S(x, hx, params(kind, 2), *two),
        S(x[:, :, :1], hx, weights, *options),
        S(x[:, :2], hx, weights, *options),
        S(x[:0], hx, weights, *options),
        S(x.astype(np.float32), hx, weights, *options),
        S(x, hx),
    ]


ROWS = [
    row
    for kind in GATES
    for row in (
        Row(f"{kind}_cell", [cell(kind), cell(kind, biases=False)], covers=(f"{kind}_layer",), errors=bad_cells(kind),
            kinks=kind == "rnn_relu", grad_fn=False, dtypes=("float32",)),
        Row(kind, [padded(kind), padded(kind, 2, both=True), padded(kind, biases=False, batch_first=True),
                   packed(kind, [3, 2, 2, 1]), packed(kind, [2, 2, 1], layers=2, both=True)],
            covers=(f"{kind}_layer",), errors=bad_stacks(kind), kinks=kind == "rnn_relu", grad_fn=False,
            dtypes=("float32",)),
    )
]  # fmt: skip
ROWS += [
    Row("lstm", [packed("lstm", [3, 2, 2, 1], h=P), packed("lstm", [2, 1], 2, True, P)], covers=("lstm_layer",),
        errors=[S(a(4, B, I), [a(1, B, H)], params("lstm"), True, 1, 0.0, True, False, False)], grad_fn=False,
        dtypes=("float32",)),
    Row("lstm_cell", [], errors=[S(a(B, I), [a(B, H)], w(4 * H, I), w(4 * H, H))], covers=("lstm_layer",), dtypes=()),
    Row(
        "nn.utils.rnn.pack_padded_sequence",
        [S(a(4, 3, 2), [4, 2, 1]), S(a(2, 3), i(2, low=2, high=3), True), S(a(4, 3), [1, 4, 2], enforce_sorted=False)],
        covers=("pack",),
        errors=[S(a(3, 2), [3]), S(a(3, 2), [3, 0]), S(a(3, 2), [2, 3]), S(a(3), [3]), S(a(0, 2), [0, 0]),
                S(a(3, 0), []), S(a(3, 2), i(1, 2))],
    ),
    Row(
        "nn.utils.rnn.pad_sequence",
        [S([a(2), a(3)]), S([a(2, 2), a(3, 2), a(1, 2)], True, 1.5), S([a(1), a(2)], padding_side="left"), S([a(0, 2)]),
         S([a(1), a(2).astype(np.float32)])],
        covers=("pad",),
        errors=[S([]), S([a(2), a(2, 2)]), S([a(2)], padding_side="middle"), S([a(), a()]), S([1, 2]), S(5)],
        grad_fn=False,
    ),
]  # fmt: skip
