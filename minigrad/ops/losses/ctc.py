"""Connectionist temporal classification: the negative log-likelihood of a text, summed over all its alignments.

Source  Graves et al., Connectionist temporal classification: labelling unsegmented sequence data with recurrent neural
        networks, 2006; the numbers in brackets are its equations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from ...core.beside import beside
from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...core.variable import Variable, wrap
from ...types import Tensor
from ..checks import unsupported
from ..elementwise.piecewise import where
from ..reduce.sums import mean, sum
from ..shape.views import squeeze, unsqueeze
from .regression import legacy

# A text of S letters is a walk over K = 2 S + 1 states: blank, letter, blank, ..., letter, blank. At every time step
# the walk stays, moves on by one, or skips the blank between two different letters. T time steps, N texts, C labels.


def _skips(states: Array) -> Array:
    """Which states may be entered from the last but one, (N, K)."""
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = states[:, 2:] != states[:, :-2]
    return skips


def _walk(emitted: Array, skips: Array) -> Array:
    """ln of the probability of all walks from the start that are in state s at time t, (T, N, K)  [6, 7]"""
    a = np.full_like(emitted, -np.inf)
    a[0, :, :2] = emitted[0, :, :2]
    for before, now, e in zip(a, a[1:], emitted[1:], strict=False):
        now[:] = before
        now[:, 1:] = np.logaddexp(now[:, 1:], before[:, :-1])
        now[:, 2:] = np.logaddexp(now[:, 2:], np.where(skips[:, 2:], before[:, :-2], -np.inf))
        now[now == np.inf] = np.nan  # as torch, which takes the largest away first
        now += e
    return a


def _flip(values: Array, times: Array, sizes: Array) -> Array:
    """Time and states in reverse, each text within its own length; doing it twice undoes it."""
    steps, count, states = values.shape
    t = (times - 1 - np.arange(steps)[:, None]) % steps  # (T, N)
    s = (2 * sizes[:, None] - np.arange(states)) % states  # (N, K)
    return values[t[:, :, None], np.arange(count)[:, None], s]


def _emitted(x: Array, states: Array) -> Array:
    """ln of the probability of each state's label, (T, N, K)."""
    return np.take_along_axis(x, np.broadcast_to(states, (len(x), *states.shape)), 2)


@op
def ctc_loss_grad_x(
    g: Array, x: Array, out: Array, walks: Array, states: Array, times: Array, sizes: Array, zero_infinity: bool
) -> Array:
    """g (exp(x) - how likely the label was spoken then, given the text)  [16]"""
    steps, _, labels = x.shape
    emitted = _emitted(x, states)
    s = np.arange(states.shape[1])
    onwards = np.take_along_axis(_skips(states), (2 * sizes[:, None] + 2 - s) % len(s), 1)
    back = _flip(_walk(_flip(emitted, times, sizes), onwards), times, sizes)  # walks from here to the end  [9, 10]
    spoken = np.where(emitted == -np.inf, 0, np.exp(walks + back - emitted + out[:, None]))
    during = np.arange(steps)[:, None] < times  # (T, N)
    spoken = np.where(during[:, :, None] & (s <= 2 * sizes[:, None]), spoken, 0)
    one_hot = (states[:, :, None] == np.arange(labels)).astype(x.dtype)  # (N, K, C)
    posterior = np.matmul(spoken.transpose(1, 0, 2), one_hot).transpose(1, 0, 2)
    posterior = np.where(x == -np.inf, np.nan, posterior)  # as torch: the derivative of a logarithm at 0
    found = np.where(during[:, :, None], (np.exp(x) - posterior) * g[:, None], 0)
    return np.where(np.isinf(out)[:, None], 0, found) if zero_infinity else found


def _once(h: Array) -> NoReturn:
    raise RuntimeError(
        "ctc_loss: the derivative of its gradient is not implemented; call backward without create_graph"
    )


defgrad(ctc_loss_grad_x, g=_once, x=_once)


def _lengths(name: str, lengths: Any, count: int, most: int) -> Array:
    """Raises RuntimeError unless there is one length for each text, none of them negative or more than ``most``."""
    found = np.asarray(lengths.array if isinstance(lengths, Variable) else lengths).reshape(-1)
    if found.dtype.kind not in "iu":
        raise RuntimeError(f"{name} must be integral, not {found.dtype}")
    if found.shape != (count,):
        raise RuntimeError(f"{name} must be of size batch_size, which is {count}, but there are {found.size}")
    if bad := [n for n in found if not 0 <= n <= most]:
        raise RuntimeError(f"Expected {name} to have values from 0 to {most}, but got value {bad[0]}")
    return found.astype(np.int64)


def _labels(targets: Array, sizes: Array, blank: int) -> Array:
    """Every text's labels, filled up with blanks, (N, S); the texts may come one after the other.

    Raises  RuntimeError if there are not enough of them.
    """
    longest = max(sizes)
    letters = np.arange(longest) < sizes[:, None]  # (N, S)
    labels = np.full(letters.shape, blank, np.int64)
    if targets.ndim == 1:
        if targets.size != sizes.sum():
            raise RuntimeError(
                f"Expected targets to have size {sizes.sum()}, the sum of target_lengths, not {targets.size}"
            )
        labels[letters] = targets
    elif targets.ndim != 2 or len(targets) != len(sizes) or targets.shape[1] < longest:
        raise RuntimeError(f"Expected targets of 1 dimension or of size [{len(sizes)}, {longest}], got {targets.shape}")
    else:
        labels[letters] = targets[:, :longest][letters]
    return labels


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Connectionist temporal classification: negative log-likelihood of a label sequence, over all its alignments.

    Math    l = -ln sum over alignments of prod_t exp(log_probs[t, label at t])
            an alignment gives the targets once repetitions are merged and blanks left out: "aa_ab" gives "aab"
            d_log_probs[t, c] = g (exp(log_probs[t, c]) - probability of label c at t, given the targets)
            which is the gradient with respect to the scores before log_softmax; second derivatives are refused
            "mean" divides each loss by the length of its targets first
    Shapes  log_probs (T, N, C), targets (N, S) or all in a row, lengths (N) -> (), or (N) with "none"
            or log_probs (T, C), targets (S)
    Raises  RuntimeError if lengths, labels or sizes do not fit.
    Source  Graves et al., Connectionist temporal classification (2006)

    >>> x = minigrad.zeros(2, 1, 2).log_softmax(2).requires_grad_()
    >>> loss = minigrad.nn.functional.ctc_loss(x, minigrad.tensor([[1]]), (2,), (1,), reduction="sum"); loss
    tensor(0.2877, grad_fn=<SumBackward0>)
    >>> loss.backward(); x.grad[0]
    tensor([[ 0.1667, -0.1667]])
    """
    reduction = legacy(None, None, reduction)
    x = unsqueeze(log_probs, 1) if log_probs.ndim == 2 else log_probs
    if x.ndim != 3:
        raise RuntimeError(f"ctc_loss: expected log_probs of 3 dimensions (T, N, C), got {list(log_probs.shape)}")
    if x.array.size == 0:
        raise RuntimeError(f"ctc_loss: log_probs tensor must not be empty, but is {list(log_probs.shape)}")
    if x.array.dtype.name not in ("float32", "float64"):
        raise unsupported("ctc_loss", x.array, "convert it with .float()")
    steps, count, classes = x.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"ctc_loss: blank must be in label range, from 0 to {classes - 1}, not {blank}")
    times = _lengths("input_lengths", input_lengths, count, steps)
    sizes = _lengths("target_lengths", target_lengths, count, targets.array.size)
    labels = _labels(targets.array, sizes, blank)
    if bad := [c for c in labels.flat if not 0 <= c < classes]:
        raise RuntimeError(f"ctc_loss: target {bad[0]} is not a label; they go from 0 to {classes - 1}")
    states = np.full((count, 2 * labels.shape[1] + 1), blank)
    states[:, 1::2] = labels
    losses = record(ctc_loss)(x, beside(states, targets), times, sizes, zero_infinity)
    if zero_infinity:
        losses = where(losses == math.inf, 0, losses)
    if reduction == "mean":
        return mean(losses / wrap(np.maximum(sizes, 1).astype(x.array.dtype)))
    if reduction == "sum":
        return sum(losses)
    return squeeze(losses, 0) if log_probs.ndim == 2 else losses


@op(of=ctc_loss, extras={"walks": None})
def _(log_probs: Array, states: Array, times: Array, sizes: Array, zero_infinity: bool) -> Any:
    walks = _walk(_emitted(log_probs, states), _skips(states))
    last = walks[np.maximum(times - 1, 0), np.arange(len(times))]  # (N, K)
    ends = np.take_along_axis(last, np.stack([2 * sizes, np.maximum(2 * sizes - 1, 0)], 1), 1)
    ends[:, 1][sizes == 0] = -np.inf  # of an empty text, the blank is the only end
    losses = -np.logaddexp(ends[:, 0], ends[:, 1])  # [8]
    losses[losses == -np.inf] = np.nan
    losses[times == 0] = np.where(sizes[times == 0] == 0, 0, np.inf)
    return losses, walks


defgrad(
    ctc_loss,
    log_probs=lambda g, log_probs, out, walks, states, times, sizes, zero_infinity: ctc_loss_grad_x(
        g, log_probs, out, walks, states, times, sizes, zero_infinity
    ),
)
