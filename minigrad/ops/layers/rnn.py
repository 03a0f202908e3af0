"""Recurrent layers: the same cell at every step, and backpropagation through time.

Forwards, the state h is handed from step to step and every step uses the same weights. Backwards, its gradient is
handed from step to step in the opposite order, and the gradients of the weights are summed over the steps:

    a_t = W_ih x_t + b_ih    p_t = W_hh h_(t-1) + b_hh    h_t = step(a_t, p_t, h_(t-1))

    dh_t    = gradient of y_t + what step t+1 hands back             da_t, dp_t, direct = back(dh_t, ...)
    dh_(t-1) = direct + W_hh^T dp_t                                  dx_t = W_ih^T da_t
    dW_hh   = sum_t dp_t h_(t-1)^T                                   dW_ih = sum_t da_t x_t^T

Sequences of different lengths are packed: sorted by length, longest first, and laid out step by step without padding.
The first ``batch_sizes[0]`` rows hold the first elements of all sequences, the next ``batch_sizes[1]`` rows the second
elements of those that have one, and so on. A batch of equal lengths is the case where all batch sizes are equal.

Source  Werbos 1990, "Backpropagation through time"; Hochreiter & Schmidhuber 1997 (LSTM); Cho et al. 2014 (GRU)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ..elementwise.transcendental import zeros_like
from ..reduce import sums
from ..shape.joining import cat
from .rnn_cells import GRU, LSTM, RELU, TANH, Cell

COLUMNS = 256  # enough columns for an efficient matrix product, few enough to stay in the cache


class Operands(NamedTuple):
    """What a layer computes with, None for what there is not; also the gradients, by the same names.

    Shapes  x (N, I) packed, h (B, H), c (B, H), w_ih (gates H, I), w_hh (gates H, H), biases (gates H);
            with a projection w_hr (P, H) every h has P features instead of H, and w_hh is (gates H, P)
    """

    x: Any
    h: Any
    c: Any
    w_ih: Any
    w_hh: Any
    b_ih: Any
    b_hh: Any
    w_hr: Any


class Step(NamedTuple):
    """One step of the forward pass: its rows of x, the state before it, and what the cell kept."""

    start: int
    stop: int
    before: tuple[Array, ...]
    kept: tuple[Array, ...]
    shown: Array | None  # h before the projection


class Carried:
    """The state that is carried from step to step, a column for each sequence that has not ended.

    The n sequences of a step are always the first n. If the next step has fewer, the others have ended, and leave;
    if it has more, they begin, and enter with their column of ``whole``.
    """

    def __init__(self, whole: Array) -> None:
        self.whole = whole
        self.left: list[Array] = []
        self.now: Any = None

    def take(self, n: int) -> Array:
        """The columns of a step of n sequences."""
        now = self.whole[:, :n] if self.now is None else self.now
        k = now.shape[1]
        if k > n:
            self.left.append(now[:, n:])
            return now[:, :n]
        return now if k == n else record(cat)([now, self.whole[:, k:n]], 1)

    def end(self) -> Array:
        """The last column of every sequence."""
        return record(cat)([self.now, *reversed(self.left)], 1)


def blocks(batch_sizes: Sequence[int], reverse: bool) -> list[list[tuple[int, int]]]:
    """The rows (start, stop) of every step, in the order they are taken, several small steps to a block.

    >>> blocks([300, 300, 100, 100, 100], reverse=True)
    [[(800, 900), (700, 800), (600, 700)], [(300, 600)], [(0, 300)]]
    """
    stops = np.cumsum(batch_sizes).tolist()
    spans = [(stop - n, stop) for n, stop in zip(batch_sizes, stops, strict=True)]
    found: list[list[tuple[int, int]]] = []
    for start, stop in reversed(spans) if reverse else spans:
        if found and sum([b - a for a, b in found[-1]]) < COLUMNS:
            found[-1].append((start, stop))
        else:
            found.append([(start, stop)])
    return found


def side_by_side(parts: list[Any], reverse: bool = False) -> Any:
    """Columns joined; no copy of a single part."""
    return parts[0] if len(parts) == 1 else record(cat)(parts[::-1] if reverse else parts, 1)


def unroll(cell: Cell, o: Operands, batch_sizes: Any, reverse: bool) -> tuple[list[Array], list[list[Step]]]:
    """The forward pass: ([y, last h, last c], the steps it took, block by block)."""
    x = o.x.T  # from here on, a column is a sequence
    carried = [Carried(s.T) for s in (o.h, o.c) if s is not None]
    ys, tape = [], []
    for spans in blocks(batch_sizes, reverse):
        first, last = min(spans)[0], max(spans)[1]
        a = o.w_ih @ x[:, first:last]  # for all steps of the block in one product
        if o.b_ih is not None:
            a = a + o.b_ih[:, None]
        steps = []
        for start, stop in spans:
            before = tuple([s.take(stop - start) for s in carried])
            p = o.w_hh @ before[0]
            if o.b_hh is not None:
                p = p + o.b_hh[:, None]
            (h, *rest), kept = cell.step(a[:, start - first : stop - first], p, before)
            shown = None
            if o.w_hr is not None:
                h, shown = o.w_hr @ h, h
            for s, now in zip(carried, (h, *rest), strict=True):
                s.now = now
            ys.append(h)
            steps.append(Step(start, stop, before, kept, shown))
        tape.append(steps)
    y = record(cat)(ys[::-1] if reverse else ys, 1)
    return [y.T, *[s.end().T for s in carried]], tape


def unroll_grad(gs: Any, cell: Cell, o: Operands, tape: list[list[Step]], reverse: bool, needs: Operands) -> Operands:
    """Backpropagation through time: the steps of the forward pass in the opposite order."""
    gy = None if gs[0] is None else gs[0].T
    states = [s for s in (o.h, o.c) if s is not None]
    carried = [Carried((zeros_like(s) if g is None else g).T) for s, g in zip(states, gs[1:], strict=True)]
    dx: list[Array] = []
    dw_ih = dw_hh = dw_hr = db_ih = db_hh = 0  # the sums over all steps
    for steps in reversed(tape):
        das, dps, dhs = [], [], []
        for start, stop, before, kept, _ in reversed(steps):
            dh, *rest = [s.take(stop - start) for s in carried]
            if gy is not None:
                dh = dh + gy[:, start:stop]
            dhs.append(dh)
            if o.w_hr is not None:
                dh = o.w_hr.T @ dh
            da, dp, (direct, *others) = cell.back((dh, *rest), kept, before)
            around = o.w_hh.T @ dp
            for s, now in zip(carried, (around if direct is None else direct + around, *others), strict=True):
                s.now = now
            das.append(da)
            dps.append(dp)
        # gradients of weights are sums over steps: one product for all steps of the block, columns in the order of time
        steps = steps[::-1] if reverse else steps
        da = side_by_side(das, not reverse)
        dp = da if das[0] is dps[0] else side_by_side(dps, not reverse)
        if needs.x:
            dx.append(o.w_ih.T @ da)
        if needs.w_ih:
            dw_ih = dw_ih + da @ o.x[steps[0].start : steps[-1].stop]
        if needs.w_hh:
            dw_hh = dw_hh + dp @ side_by_side([s.before[0] for s in steps]).T
        if needs.b_ih:
            db_ih = db_ih + record(sums.sum)(da, (1,), False)
        if needs.b_hh:
            db_hh = db_hh + record(sums.sum)(dp, (1,), False)
        if needs.w_hr:
            dw_hr = dw_hr + side_by_side(dhs, not reverse) @ side_by_side([s.shown for s in steps]).T
    return Operands(
        x=side_by_side(dx, not reverse).T if needs.x else None,
        h=carried[0].end().T if needs.h else None,
        c=carried[1].end().T if needs.c else None,
        w_ih=dw_ih if needs.w_ih else None,
        w_hh=dw_hh if needs.w_hh else None,
        b_ih=db_ih if needs.b_ih else None,
        b_hh=db_hh if needs.b_hh else None,
        w_hr=dw_hr if needs.w_hr else None,
    )


def layer_op(cell: Cell) -> Callable[..., Any]:
    """A layer of such cells, in one direction, as an op: (operands, batch sizes, reverse) -> y, last h, last c.

    Where the gradient itself is to be differentiated, the forward pass runs once more on Tensors, so that the steps
    on its tape have a graph; backpropagation then runs over this tape, on Tensors too.
    """

    def tape(tensors: Any, batch_sizes: Any, reverse: bool) -> Any:
        return unroll(cell, Operands(*tensors), batch_sizes, reverse)[1]

    @op(name=f"{cell.name}_layer", variadic=True, many=True, extras={"tape": tape})
    def layer(tensors: Any, batch_sizes: Any, reverse: bool) -> Any:
        """The same cell at every step.

        Math    a_t = W_ih x_t + b_ih    p_t = W_hh h_(t-1) + b_hh    h_t = step(a_t, p_t, h_(t-1))
                da_t, dp_t, direct = back(dh_t)    dh_(t-1) = direct + W_hh^T dp_t    dx_t = W_ih^T da_t
                dW_ih = sum_t da_t x_t^T    dW_hh = sum_t dp_t h_(t-1)^T
        """
        return unroll(cell, Operands(*tensors), batch_sizes, reverse)

    def layer_grad(gs: Any, tensors: Any, tape: Any, reverse: bool, needs: Any) -> Operands:
        return unroll_grad(gs, cell, Operands(*tensors), tape, reverse, Operands(*needs))

    defgrad(layer, tensors=layer_grad)
    return layer


LAYERS = {cell.name: (cell, layer_op(cell)) for cell in (TANH, RELU, LSTM, GRU)}
