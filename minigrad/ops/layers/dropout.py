"""Noise that a network trains with: dropout and its variants, randomized leaky relu, Gumbel's softmax.

Dropout multiplies by a random mask that is drawn once and saved, so that backward sees the mask forward saw.

Sources  Srivastava et al., Dropout (2014); Tompson et al. (2015) for whole channels; Klambauer et al. (2017) for alpha
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.dtype import FROM_NUMPY, Array
from ...core.errors import warn_user
from ...core.inplace import inplace as in_place
from ...core.observe import announce
from ...core.op import defgrad, op, record
from ...core.variable import wrap
from ...random import Generator, default_generator
from ...types import Tensor
from ..checks import floats_only, looks_first
from ..elementwise.activation import one_way
from ..elementwise.transcendental import steps
from ..random import source
from ..shape.views import like
from .softmaxes import softmax

_SATURATION = 1.7580993408473766  # selu of minus infinity is minus this


def _probable(p: float = 0.5, **_: Any) -> None:
    if p < 0 or p > 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _bernoulli(x: Array, p: float, channels: bool) -> Any:
    """Bernoulli draws, 1 with probability 1 - p, else 0: one for every number of x, or for every channel."""
    kind = x.array.dtype
    if kind.kind != "f":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {FROM_NUMPY[kind]}: dropout divides by 1 - p; "
            "convert the tensor with .float()"
        )
    if not channels:
        kept = np.empty_like(x.array)  # lies in memory as x does, so that the product does too
        kept[...] = like(x, lambda shape: default_generator.bernoulli(1 - p, shape, kind))
        return kept
    if x.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input: (N, C, ...)")
    kept = default_generator.bernoulli(1 - p, (*x.shape[:2],) + (1,) * (x.ndim - 2), kind)
    return np.asfortranarray(kept)  # in this order it leaves the product to lie in memory as x does


def _fits_1d(input: Any, p: float = 0.5, **_: Any) -> None:
    _probable(p)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input: it drops whole channels of "
            "(N, C, L) or (C, L)."
        )


def _drop(x: Array, p: float, training: bool, inplace: bool, channels: bool = False) -> Array:
    if p == 0 or not training or x.array.size == 0:
        return x
    announce("drops")
    if p == 1:
        noise = np.zeros((), x.array.dtype)
    else:
        noise = _bernoulli(x, p, channels)
        noise /= noise.dtype.type(1 - p)
    return (_masked_ if inplace else record(dropout))(x, noise)


@looks_first(_probable)
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout: while training, each element is set to 0 with probability ``p``; the others are divided by 1 - p.

    Math    y = input m / (1 - p), m drawn from Bernoulli(1 - p)        d_input = g m / (1 - p); in evaluation y = input
    Shapes  input (*) -> (*)
    Raises  ValueError unless 0 <= p <= 1.
    Source  Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html

    >>> x = minigrad.ones(4, requires_grad=True)
    >>> y = minigrad.nn.functional.dropout(x, 0.5)
    >>> y.sum().backward(); bool((x.grad == y).all())  # backward uses the mask of forward
    True
    """
    _probable(p)
    return _drop(input, p, training, inplace)


@op(of=dropout, label="MulBackward0")
def _(input: Array, noise: Any) -> Array:
    return input * noise


defgrad(dropout, input=lambda g, noise: g * noise)

_masked_ = in_place(record(dropout), "dropout_")


@looks_first(_fits_1d)
def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of signals: each is set to 0 with probability ``p``, the others are divided by 1 - p.

    Math    y = input m / (1 - p), one m from Bernoulli(1 - p) for each channel        d_input = g m / (1 - p)
    Shapes  input (N, C, L) or (C, L) -> the same
    Raises  ValueError unless 0 <= p <= 1.
    Source  Tompson et al. 2015, https://arxiv.org/abs/1411.4280

    >>> x = minigrad.ones(1, 2, 3).requires_grad_()
    >>> y = minigrad.nn.functional.dropout1d(x, 0.5)
    >>> y.sum().backward(); bool((x.grad == y).all())  # backward uses the mask of forward
    True
    """
    _fits_1d(input, p)
    return _drop_channels(input, p, training, inplace, input.ndim == 2)


@looks_first(_probable)
def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of images: each is set to 0 with probability ``p``, the others are divided by 1 - p.

    Math    y = input m / (1 - p), one m from Bernoulli(1 - p) for each channel        d_input = g m / (1 - p)
    Shapes  input (N, C, H, W) -> the same
    Raises  ValueError unless 0 <= p <= 1.
    Source  Tompson et al. 2015, https://arxiv.org/abs/1411.4280

    >>> x = minigrad.ones(1, 2, 3, 3).requires_grad_()
    >>> y = minigrad.nn.functional.dropout2d(x, 0.5)
    >>> y.sum().backward(); bool((x.grad == y).all())  # backward uses the mask of forward
    True
    """
    _probable(p)
    if input.ndim != 4:
        warn_user(
            f"dropout2d: Received a {input.ndim}-D input to dropout2d, which is taken as (N, C, ...): its first two "
            "dimensions are batch and channels. For (C, H, W) add a batch dimension, for (N, C, L) use dropout1d."
        )
    return _drop(input, p, training, inplace, channels=True)


@looks_first(_probable)
def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of volumes: each is set to 0 with probability ``p``, the others are divided by 1 - p.

    Math    y = input m / (1 - p), one m from Bernoulli(1 - p) for each channel        d_input = g m / (1 - p)
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> the same
    Raises  ValueError unless 0 <= p <= 1.
    Source  Tompson et al. 2015, https://arxiv.org/abs/1411.4280

    >>> x = minigrad.ones(1, 2, 3, 3, 3).requires_grad_()
    >>> y = minigrad.nn.functional.dropout3d(x, 0.5)
    >>> y.sum().backward(); bool((x.grad == y).all())  # backward uses the mask of forward
    True
    """
    _probable(p)
    if input.ndim not in (4, 5):
        warn_user(
            f"dropout3d: Received a {input.ndim}-D input to dropout3d, it wants (N, C, D, H, W) or "
            "(C, D, H, W); use dropout instead."
        )
    return _drop_channels(input, p, training, inplace, input.ndim != 5)


def _drop_channels(x: Array, p: float, training: bool, inplace: bool, unbatched: bool) -> Array:
    if not unbatched:
        return _drop(x, p, training, inplace, channels=True)
    dropped = _drop(x.unsqueeze(0), p, training, inplace, channels=True)
    return x if inplace else dropped.squeeze(0)


def _drop_to_saturation(x: Array, p: float, training: bool, inplace: bool, channels: bool) -> Array:
    _probable(p)
    if p == 0 or not training or x.array.size == 0:
        return x
    if p == 1:
        return _drop(x, p, training, inplace)
    kept = _bernoulli(x, p, channels)
    kind = kept.dtype.type
    scale = 1 / math.sqrt((_SATURATION**2 * p + 1) * (1 - p))
    shift = (kept - kind(1)) * kind(_SATURATION * scale) + kind(_SATURATION * scale * p)
    kept *= kind(scale)
    y = (_masked_ if inplace else record(dropout))(x, kept)
    return y.add_(wrap(shift)) if inplace else y + wrap(shift)


@looks_first(_probable)
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Alpha dropout: dropout for SELU networks, which keeps mean 0 and variance 1.

    Math    y = a (input m + s (1 - m)) - a p s, m drawn from Bernoulli(1 - p)        d_input = a g m
            s = -1.7580..., the value that SELU approaches;  a = 1 / sqrt((1 - p) (1 + p s^2));  in evaluation y = input
    Shapes  input (*) -> (*)
    Raises  ValueError unless 0 <= p <= 1.
    Source  Klambauer et al. 2017, https://arxiv.org/abs/1706.02515

    >>> x = minigrad.ones(1, 4, 1, requires_grad=True)
    >>> y = minigrad.nn.functional.alpha_dropout(x, 0.5, training=True)
    >>> y.sum().backward(); bool(((x.grad == 0) == (y < 0)).all())  # a dropped element has no gradient
    True
    """
    return _drop_to_saturation(input, p, training, inplace, channels=False)


@looks_first(_probable)
def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Alpha dropout of whole channels.

    Math    y = a (input m + s (1 - m)) - a p s, one m from Bernoulli(1 - p) for each channel        d_input = a g m
            s = -1.7580..., the value that SELU approaches;  a = 1 / sqrt((1 - p) (1 + p s^2));  in evaluation y = input
    Shapes  input (N, C, *) -> the same
    Raises  ValueError unless 0 <= p <= 1.
    Source  Klambauer et al. 2017, https://arxiv.org/abs/1706.02515

    >>> x = minigrad.ones(1, 4, 1, requires_grad=True)
    >>> y = minigrad.nn.functional.feature_alpha_dropout(x, 0.5, training=True)
    >>> y.sum().backward(); bool(((x.grad == 0) == (y < 0)).all())  # a dropped element has no gradient
    True
    """
    return _drop_to_saturation(input, p, training, inplace, channels=True)


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """Randomized leaky relu: while training a negative slope is drawn for every element; in evaluation it is the mean.

    Math    y = input where input > 0, else a input        d_input = g where input > 0, else a g
            a drawn uniformly from [lower, upper]; in evaluation a = (lower + upper) / 2
    Shapes  input (*) -> (*)
    Raises  RuntimeError with ``inplace`` for a leaf that requires a gradient.
    Source  Xu et al., Empirical evaluation of rectified activations (2015), https://arxiv.org/abs/1505.00853

    >>> x = minigrad.tensor([-1., 2.], requires_grad=True)
    >>> minigrad.nn.functional.rrelu(x, 0.1, 0.3, training=False).sum().backward(); x.grad
    tensor([0.2000, 1.0000])
    """
    return _leaky(input, lower, upper, training, inplace, default_generator)


def _leaky(input: Tensor, lower: float, upper: float, training: bool, inplace: bool, generator: Generator) -> Tensor:
    x = input.array
    if lower > upper:
        raise RuntimeError(f"Lower bound should be less than or equal to the upper bound, got {lower} > {upper}")
    floats_only("rrelu", x)
    below = ~(x > 0)
    noise = np.ones_like(x)
    noise[below] = (
        generator.uniform((int(below.sum()),), np.dtype(np.float64), lower, upper) if training else (lower + upper) / 2
    )
    if not inplace:
        return record(rrelu)(input, noise)
    y = _rrelu_(input, noise)
    return y if training or lower + upper >= 0 else one_way(y, "leakyReLu")


@op(of=rrelu, label="RreluWithNoiseBackward0")
def _(input: Array, noise: Any) -> Array:
    return input * noise


defgrad(rrelu, input=lambda g, input, noise: steps(g * noise, input))

_rrelu_ = in_place(record(rrelu), "rrelu_")


def rrelu_(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """In-place version of :func:`rrelu`."""
    return _leaky(input, lower, upper, training, True, source(generator))


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """Gumbel softmax: a category drawn with probability softmax(logits), in a form that has a gradient.

    Math    y = softmax((logits + n) / tau),    n = -log(e), e exponential
            argmax of logits + n is a draw from softmax(logits)
            d_logits = y (g - sum(g y)) / tau;  hard: y is rounded to one-hot, its gradient is not ("straight through")
    Shapes  logits (*) -> the same, categories along ``dim``
    Raises  IndexError for a ``dim`` that does not exist.
    Source  Maddison et al. 2016, https://arxiv.org/abs/1611.00712; Jang et al. 2016, https://arxiv.org/abs/1611.01144

    >>> logits = minigrad.zeros(3, requires_grad=True)
    >>> y = minigrad.nn.functional.gumbel_softmax(logits, hard=True); y.sum().item()
    1.0
    >>> y[0].backward(); abs(logits.grad.sum().item()) < 1e-6
    True
    """
    if eps != 1e-10:
        warn_user("`eps` parameter is deprecated and has no effect.")
    noise = -np.log(default_generator.exponential(tuple(logits.shape), logits.array.dtype))
    soft = softmax((logits + wrap(noise)) / tau, dim)
    if not hard:
        return soft
    one_hot = np.zeros_like(soft.array)
    np.put_along_axis(one_hot, np.argmax(soft.array, dim, keepdims=True), 1, dim)
    return wrap(one_hot) - soft.detach() + soft
