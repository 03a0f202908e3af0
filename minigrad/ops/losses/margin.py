"""Margin losses: zero once the true class scores higher than the others by a margin."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.beside import beside
from ...core.dtype import Array
from ...core.half import wide
from ...core.op import defgrad, op, record
from ...types import Tensor
from ..checks import constant, looks_first, no_bool, same_dtype, single_or_double
from ..elementwise.piecewise import clamp_min, minimum, where
from ..elementwise.smooth import logsigmoid
from ..elementwise.transcendental import exp, masked, sigmoid, sqrt, steps, zeros_like
from ..reduce.extremes import _pick, scatter_along
from ..reduce.norms import pairwise_distance
from ..reduce.sums import cast, sum
from ..shape.views import reshape, unsqueeze
from .regression import each, expands, legacy, reduce_array, reduced

# ---- pairs and triplets ----


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Hinge loss of a distance: small for similar pairs, at least ``margin`` for others.

    Math    l = input where target is 1, max(0, margin - input) where it is -1
            d_input = g, or -g where input < margin
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same, of 1 and -1 -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([0.3, 0.3], requires_grad=True)
    >>> minigrad.nn.functional.hinge_embedding_loss(x, minigrad.tensor([1., -1.]), reduction="sum").backward(); x.grad
    tensor([ 1., -1.])
    """
    reduction = legacy(size_average, reduce, reduction)
    no_bool("hinge_embedding_loss", input.array)
    whole = input.array.dtype.kind != "f"
    apart = where(target != 1, clamp_min((int(margin) if whole else margin) - input, 0), 0)
    return reduced(apart + where(target != -1, input, 0), reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Margin ranking loss: one of two inputs should be larger than the other by ``margin``.

    Math    l = max(0, -target (input1 - input2) + margin)        d_input1 = -g target where l > 0, else 0
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input1, input2 and target (N) or (), target 1 where input1 should be larger, else -1
            -> (), or (N) with "none"
    Raises  RuntimeError if the numbers of dimensions differ; ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([1., 3.], requires_grad=True); y = minigrad.tensor([2., 2.])
    >>> minigrad.nn.functional.margin_ranking_loss(x, y, minigrad.ones(2), reduction="sum").backward(); x.grad
    tensor([-1., -0.])
    """
    reduction = legacy(size_average, reduce, reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return reduced(clamp_min(-target * (input1 - input2) + float(margin), 0), reduction)


@wide
def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Cosine embedding loss: pairs that belong together should point the same way, others not.

    Math    c = cosine of input1 and input2;  l = 1 - c where target is 1, max(0, c - margin) where it is -1
            d_input1 = -g d_c / d_input1, or g d_c / d_input1 where c > margin
            ``reduction`` "mean" or "sum" over the pairs, or "none"
    Shapes  input1 and input2 (N, D) or (D), target (N) or () of 1 and -1 -> (), or (N) with "none"
    Raises  RuntimeError for other shapes; ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True); y = minigrad.tensor([1., 0.])
    >>> minigrad.nn.functional.cosine_embedding_loss(x, y, minigrad.tensor(1.)).backward(); x.grad
    tensor([-0.1280,  0.0960])
    """
    reduction = legacy(size_average, reduce, reduction)
    if target.ndim not in (0, 1) or input1.ndim != target.ndim + 1 or input2.ndim != input1.ndim:
        raise RuntimeError(
            "cosine_embedding_loss: a target for each pair of rows: 1D target tensor expected with 2D inputs, or 0D "
            f"with 1D; got {list(input1.shape)}, {list(input2.shape)} and target {list(target.shape)}"
        )
    d = input1.ndim - 1
    squares = (sum(input1 * input1, d) + 1e-12) * (sum(input2 * input2, d) + 1e-12)
    cosine = sum(input1 * input2, d) / sqrt(squares)
    together = where(target == 1, 1 - cosine, 0.0)
    return reduced(together + where(target == -1, clamp_min(cosine - margin, 0), 0.0), reduction)


def _check_margin(
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    **_: Any,
) -> None:
    legacy(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")


@looks_first(_check_margin)
@wide
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Triplet loss: an anchor should be closer to the positive than to the negative by ``margin``.

    Math    l = max(0, d(anchor, positive) - d(anchor, negative) + margin), d the p-norm of the difference + eps
            where l > 0, d_negative = -g (negative - anchor) / d(anchor, negative) for p = 2
            with ``swap``, d(positive, negative) replaces a larger d(anchor, negative)
    Shapes  anchor, positive and negative (N, D) or (D) -> (), or (N) or () with "none"
    Raises  ValueError unless ``margin`` > 0; RuntimeError if the numbers of dimensions differ.
    Source  Balntas et al., Learning local feature descriptors with triplets (2016)

    >>> anchor, positive = minigrad.zeros(2), minigrad.tensor([1., 0.])
    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> minigrad.nn.functional.triplet_margin_loss(anchor, positive, x, eps=0.).backward(); x.grad
    tensor([ 0., -1.])
    """
    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda x, y: pairwise_distance(x, y, p, eps),
        margin=margin,
        swap=swap,
        reduction=legacy(size_average, reduce, reduction),
    )


@looks_first(_check_margin)
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Triplet loss with a distance function of your own, by default ``PairwiseDistance``.

    Math    l = max(0, d(anchor, positive) - d(anchor, negative) + margin), d = distance_function
            where l > 0, d_anchor is g times the derivative of d(anchor, positive) - d(anchor, negative)
            with ``swap``, d(positive, negative) replaces a larger d(anchor, negative)
    Shapes  anchor, positive and negative (N, *) -> (), or the distances' shape with "none"
    Raises  ValueError unless ``margin`` > 0; RuntimeError if the numbers of dimensions differ.

    >>> distance = lambda x, y: (x - y).abs().sum(-1)
    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> loss = minigrad.nn.functional.triplet_margin_with_distance_loss
    >>> loss(minigrad.zeros(2), minigrad.tensor([1., 0.]), x, distance_function=distance).backward(); x.grad
    tensor([ 0., -1.])
    """
    _check_margin(margin, None, None, reduction)
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(clamp_min(margin + near - far, 0), reduction)


# ---- classes ----


def _soft_margin_grad(g: Array, input: Array, target: Array, reduction: str) -> Array:
    overflow = where(exp(-target * input) < math.inf, 1, math.nan)  # torch divides z = exp(-y x) by 1 + z
    return each(g, -target * sigmoid(-target * input) * overflow, reduction)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Logistic loss of targets 1 and -1.

    Math    l = log(1 + exp(-target input))        d_input = -g target sigmoid(-target input)
            inf and nan where the exponential overflows
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([0.], requires_grad=True)
    >>> minigrad.nn.functional.soft_margin_loss(x, minigrad.tensor([1.])).backward(); x.grad
    tensor([-0.5000])
    """
    reduction = legacy(size_average, reduce, reduction)
    expands("soft_margin_loss", "target", target, input)
    no_bool("soft_margin_loss", input.array)
    no_bool("soft_margin_loss", input.array)
    if input.array.dtype.kind != "f":
        raise RuntimeError(f"soft_margin_loss: the loss cannot be cast to the scores' type {input.dtype}; use .float()")
    constant("soft_margin_loss", target=target)
    return cast(record(soft_margin_loss)(input, target, reduction), input.dtype)


@op(of=soft_margin_loss, promote="number", operands=2)
def _(input: Array, target: Array, reduction: str) -> Array:
    return reduce_array(np.log1p(np.exp(-target * input)).astype(input.dtype), reduction)


defgrad(soft_margin_loss, input=_soft_margin_grad)


def _check_power(
    p: int = 1,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    **_: Any,
) -> None:
    legacy(size_average, reduce, reduction)
    if p != 1 and p != 2:
        raise ValueError(f"only p == 1 and p == 2 supported, got p={p}")
    if weight is not None and weight.dim() != 1:
        raise ValueError(f"weight must be one-dimensional, got {list(weight.shape)}")


def _scored(name: str, input: Array, target: Array) -> int:
    """The number of classes.

    Raises  RuntimeError unless the scores are one row or several, and the targets int64.
    """
    if input.ndim > 2 or 0 in input.shape[-1:]:
        raise RuntimeError(
            f"{name}: Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    if target.array.dtype != np.int64:
        raise RuntimeError(f"{name}: expected target of type torch.int64, but got {target.dtype}; use .long()")
    return input.shape[-1] if input.ndim else 1


def _multi_margin_grad(
    g: Array, input: Array, index: Array, scale: Array, p: int, margin: float, reduction: str
) -> Array:
    missing = margin - _pick(input, index, 1, True) + input
    pull = masked(zeros_like(missing) + scale if p == 1 else missing * (2 * scale), missing > 0)
    pull = pull * (unsqueeze(g, 1) if reduction == "none" else g / input.shape[0] if reduction == "mean" else g)
    return steps(pull - scatter_along(record(sum)(pull, (1,), True), index, input.shape, 1), input)


@looks_first(_check_power)
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Margin loss of one true class: it should score higher than every other by ``margin``.

    Math    l[n] = sum over i != target of max(0, margin - input[n, target] + input[n, i])^p / C, times weight[target]
            d_input: for p = 1, g / C for each positive term, + at i and - at the target
            ``reduction`` "mean" or "sum" over the samples, or "none"
    Shapes  input (N, C) or (C), target (N) or () of integers below C, weight (C) -> (), or (N) with "none"
    Raises  ValueError unless p is 1 or 2 and the weight one-dimensional; RuntimeError for a target that is not a class.

    >>> x = minigrad.tensor([[0.5, 0.]], requires_grad=True)
    >>> minigrad.nn.functional.multi_margin_loss(x, minigrad.tensor([0])).backward(); x.grad
    tensor([[-0.5000,  0.5000]])
    """
    reduction = legacy(size_average, reduce, reduction)
    _check_power(p, weight)
    classes = _scored("multi_margin_loss", input, target)
    rows = input.shape[0] if input.ndim == 2 else 1
    if target.ndim > 1 or math.prod(target.shape) != rows:
        raise RuntimeError(
            f"multi_margin_loss: inconsistent target size, expected [{rows}] but got {list(target.shape)}; the scores "
            f"are {list(input.shape)}"
        )
    if weight is not None:
        if weight.shape != (classes,):
            raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
        same_dtype("multi_margin_loss", input, weight)
        constant("multi_margin_loss", weight=weight)
    single_or_double("multi_margin_loss", input.array)
    index = target.array.reshape(rows, 1)
    if bad := [t for t in index.flat if not 0 <= t < classes]:
        raise RuntimeError(f"target out of range: multi_margin_loss has {classes} classes, but a target is {bad[0]}")
    scale = np.full((len(index), classes), 1 / classes, input.array.dtype)
    if weight is not None:
        scale *= weight.array[index]
    np.put_along_axis(scale, index, 0, 1)
    how = "sum" if input.ndim < 2 and target.ndim == 0 else reduction
    return record(multi_margin_loss)(reshape(input, -1, classes), beside(index, target), scale, p, float(margin), how)


@op(of=multi_margin_loss)
def _(input: Array, index: Array, scale: Array, p: int, margin: float, reduction: str) -> Array:
    missing = margin - np.take_along_axis(input, index, 1) + input
    terms = np.where(missing > 0, missing**p * scale, 0)  # nan counts nowhere
    return reduce_array(terms.sum(1), reduction)


defgrad(multi_margin_loss, input=_multi_margin_grad)


def _multilabel_margin_grad(g: Array, slope: Array, named: Array, reduction: str) -> Array:
    if reduction == "none":
        return unsqueeze(g, -1) * slope
    return each(g, slope, "sum") / (slope.shape[0] if reduction == "mean" and slope.ndim > 1 else 1)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Margin loss of several true classes: each should score higher by 1 than every class that is not true.

    Math    l[n] = sum over true j, other i of max(0, 1 - (input[n, j] - input[n, i])) / C
            d_input: g / C for each pair with a positive term, + at i and - at j
            ``reduction`` "mean" or "sum" over the samples, or "none"
    Shapes  input (N, C) or (C), target the same: the true classes, then -1 -> (), or (N) with "none"
    Raises  RuntimeError if the shapes differ or a target is not a class.

    >>> x = minigrad.tensor([0., 0.5], requires_grad=True)
    >>> minigrad.nn.functional.multilabel_margin_loss(x, minigrad.tensor([1, -1])).backward(); x.grad
    tensor([ 0.5000, -0.5000])
    """
    reduction = legacy(size_average, reduce, reduction)
    classes = _scored("multilabel_margin_loss", input, target)
    if math.prod(target.shape) != math.prod(input.shape) or target.ndim != input.ndim == 2:
        raise RuntimeError(
            f"multilabel_margin_loss: inconsistent target size: {list(target.shape)} for input of size: "
            f"{list(input.shape)}"
        )
    if ((target.array < -1) | (target.array >= classes)).any():
        raise RuntimeError(f"multilabel_margin_loss: a target is out of range: from 0 to {classes - 1}, then -1")
    single_or_double("multilabel_margin_loss", input.array)
    labels = target.array.reshape(-1, classes)
    before = np.logical_and.accumulate(labels >= 0, 1)  # up to the first -1
    named = np.zeros(labels.shape, input.array.dtype)  # how often each class is named
    np.add.at(named, (np.nonzero(before)[0], labels[before]), 1)
    shape = input.shape if input.ndim else (1,)
    return record(multilabel_margin_loss)(reshape(input, shape), beside(named.reshape(shape), target), reduction)


@op(of=multilabel_margin_loss, extras={"slope": None})
def _(input: Array, named: Array, reduction: str) -> Any:
    missing = 1 - input[..., :, None] + input[..., None, :]  # (*, true class, other class)
    counts = named[..., :, None] * ((named[..., None, :] == 0) & (missing > 0)) / input.dtype.type(input.shape[-1])
    losses = (np.where(counts > 0, missing, 0) * counts).sum((-2, -1))
    return reduce_array(losses, reduction), counts.sum(-2) - counts.sum(-1)


defgrad(multilabel_margin_loss, input=_multilabel_margin_grad)


@wide
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Mean binary cross-entropy over the classes, from logits.

    Math    l[n] = -mean_c weight[c] (target log sigmoid(input) + (1 - target) log sigmoid(-input))
            d_input = g weight (sigmoid(input) - target) / C
            ``reduction`` "mean" or "sum" over the samples, or "none"
    Shapes  input (N, C) or (C), target the same, weight (C) -> (), or (N) with "none"
    Raises  ValueError for an unknown ``reduction``; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([[0., 0.]], requires_grad=True)
    >>> minigrad.nn.functional.multilabel_soft_margin_loss(x, minigrad.tensor([[1., 0.]])).backward(); x.grad
    tensor([[-0.2500,  0.2500]])
    """
    reduction = legacy(size_average, reduce, reduction)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduced(sum(losses, input.ndim - 1) / input.shape[-1], reduction)
