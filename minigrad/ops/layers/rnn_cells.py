"""What happens in one step of a recurrent network, and how its gradient flows: the cells.

A step of every cell sees two sums, the input's share and the hidden state's,

    a = W_ih x + b_ih        p = W_hh h + b_hh

and turns them and the old state into the new one. That is all the cells differ in, so a cell is two functions:

    step(a, p, state) -> new state, kept          kept: what its derivative needs again
    back(d, kept, state) -> da, dp, direct        d: gradient of the new state

``da`` and ``dp`` are the gradients of the two sums, ``direct`` is the part of the old state's gradient that does not
pass through W_hh, or None. The products with W_hh and W_ih, and the loop over time, are in ``rnn.py``.

Shapes  a column is a sequence, a row a feature: a, p (gates * H, B), states (H, B). So a gate is a block of whole rows,
        which lie side by side in memory. Gates stand below each other in torch's order.

Functions use operators and ops only: they run on arrays and on Tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...core.dtype import Array
from ...core.op import record
from ..elementwise.activation import relu
from ..elementwise.transcendental import masked, sigmoid, tanh
from ..shape.joining import cat

State = tuple[Array, ...]
Gradients = tuple[Array, Array, tuple[Array | None, ...]]


class Cell(NamedTuple):
    """A kind of recurrent network.

    gates   how many blocks of rows the sums have
    states  how many tensors are handed from step to step: h, or h and c
    """

    name: str
    gates: int
    states: int
    step: Callable[[Array, Array, State], tuple[State, State]]
    back: Callable[[State, State, State], Gradients]


# ---- the plain recurrence ----


def _tanh_step(a: Array, p: Array, state: State) -> tuple[State, State]:
    """h' = tanh(a + p)"""
    h = tanh(a + p)
    return (h,), (h,)


def _tanh_back(d: State, kept: State, state: State) -> Gradients:
    """The derivative of tanh is 1 - h'^2."""
    (h,) = kept
    da = d[0] * (1 - h * h)
    return da, da, (None,)


def _relu_step(a: Array, p: Array, state: State) -> tuple[State, State]:
    """h' = max(a + p, 0)"""
    h = relu(a + p)
    return (h,), (h,)


def _relu_back(d: State, kept: State, state: State) -> Gradients:
    """The derivative of relu is 1 where h' > 0, else 0."""
    (h,) = kept
    da = masked(d[0], ~(h <= 0))  # as relu: what is nan is not off
    return da, da, (None,)


# ---- long short-term memory ----


def _lstm_step(a: Array, p: Array, state: State) -> tuple[State, State]:
    """Input gate i, forget gate f, output gate o, candidate g:

    i, f, o = sigmoid(.)    g = tanh(.)    c' = f c + i g    h' = o tanh(c')
    """
    _, c = state
    n = c.shape[0]
    v = a + p
    i_f = sigmoid(v[: 2 * n])
    g, o = tanh(v[2 * n : 3 * n]), sigmoid(v[3 * n :])
    c = i_f[n:] * c + i_f[:n] * g
    tanh_c = tanh(c)
    return (o * tanh_c, c), (i_f, g, o, tanh_c)


def _lstm_back(d: State, kept: State, state: State) -> Gradients:
    """c' hands its gradient to c times f, and through nothing else: where f is near 1 it does not vanish.

    dc' += dh' o (1 - tanh^2 c')    di = dc' g    df = dc' c    dg = dc' i    do = dh' tanh c'    dc = dc' f
    """
    _, c = state
    i_f, g, o, tanh_c = kept
    n = c.shape[0]
    dh, dc = d
    dc = dc + dh * o * (1 - tanh_c * tanh_c)
    di_f = record(cat)([dc * g, dc * c], 0) * (i_f * (1 - i_f))
    da = record(cat)([di_f, dc * i_f[:n] * (1 - g * g), dh * tanh_c * (o * (1 - o))], 0)
    return da, da, (None, dc * i_f[n:])


# ---- gated recurrent unit ----


def _gru_step(a: Array, p: Array, state: State) -> tuple[State, State]:
    """Reset gate r, update gate z, candidate n:

    r, z = sigmoid(a + p)    n = tanh(a_n + r p_n)    h' = (1 - z) n + z h
    """
    (h,) = state
    n_rows = h.shape[0]
    r_z = sigmoid(a[: 2 * n_rows] + p[: 2 * n_rows])
    p_n = p[2 * n_rows :]
    n = tanh(a[2 * n_rows :] + r_z[:n_rows] * p_n)
    return (n + r_z[n_rows:] * (h - n),), (r_z, n, p_n)


def _gru_back(d: State, kept: State, state: State) -> Gradients:
    """z hands the gradient to h directly, the rest goes through n.

    dn = dh' (1 - z) (1 - n^2)    dp_n = dn r    dr = dn p_n r (1 - r)    dz = dh' (h - n) z (1 - z)    dh = dh' z + ...
    """
    (h,) = state
    r_z, n, p_n = kept
    n_rows = h.shape[0]
    r, z = r_z[:n_rows], r_z[n_rows:]
    dh = d[0]
    dh_z, new = dh * z, 1 - z
    dn = dh * new * (1 - n * n)
    dr = dn * p_n * (r * (1 - r))
    dz = dh_z * new * (h - n)
    return record(cat)([dr, dz, dn], 0), record(cat)([dr, dz, dn * r], 0), (dh_z,)


TANH = Cell("rnn_tanh", 1, 1, _tanh_step, _tanh_back)
RELU = Cell("rnn_relu", 1, 1, _relu_step, _relu_back)
LSTM = Cell("lstm", 4, 2, _lstm_step, _lstm_back)
GRU = Cell("gru", 3, 1, _gru_step, _gru_back)
