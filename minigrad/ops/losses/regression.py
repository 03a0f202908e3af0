"""How wrong a prediction is, element by element, then reduced to one number.

Every loss takes ``reduction``: "mean", "sum", or "none" for a loss per element.
"""

from __future__ import annotations

import math

import numpy as np

from ...core.dtype import Array
from ...core.errors import warn_user
from ...core.op import defgrad, op, record
from ...types import Tensor
from .. import hints
from ..checks import floats_only
from ..elementwise.piecewise import abs, clamp
from ..reduce.sums import cast, mean, sum, whole
from ..shape.views import broadcast_shapes

# ---- reduction ----


def legacy(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that torch's old arguments ``size_average`` and ``reduce`` ask for.

    Raises  ValueError for a reduction of another name.
    """
    if size_average is not None or reduce is not None:
        averaged = size_average is None or bool(size_average)
        meant = "none" if not (reduce is None or reduce) else "mean" if averaged else "sum"
        warn_user(f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.")
        return meant
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction: choose 'none', 'mean' or 'sum'")
    return reduction


def expands(name: str, argument: str, y: Array | None, x: Array) -> None:
    """Raises RuntimeError if an operand does not broadcast to the shape of the scores."""
    if y is not None and broadcast_shapes(x.shape, y.shape) != x.shape:
        raise RuntimeError(
            f"{name}: output with shape {list(x.shape)} doesn't match the broadcast shape with {argument} "
            f"{list(y.shape)}: it must expand to the input's"
        )


def reduced(losses: Array, reduction: str) -> Array:
    """The losses as they are, their mean, or their sum: recorded as an op of its own."""
    return losses if reduction == "none" else mean(losses) if reduction == "mean" else sum(losses)


def reduce_array(losses: Array, reduction: str) -> Array:
    """The same inside a kernel."""
    if reduction == "none":
        return losses
    y = whole(losses)
    return y if reduction == "sum" else np.true_divide(y, losses.size, dtype=losses.dtype)


def each(g: Array, derivative: Array, reduction: str) -> Array:
    """The gradient of every element: that of the reduced loss times the derivative of the element's own loss."""
    return g * derivative if reduction != "mean" else (g / (math.prod(derivative.shape) or 1)) * derivative


def _same_size(input: Array, target: Array) -> None:
    if input.shape != target.shape:
        warn_user(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
            "This will likely lead to incorrect results due to broadcasting. "
            f"Please ensure they have the same size{hints.of_sizes(input.shape, target.shape)}."
        )


def _weighted(losses: Array, weight: Array, reduction: str) -> Array:
    """Losses times weights; their mean divides by the sum of the weights.

    Raises  ValueError if the shapes differ.
    """
    if weight.shape != losses.shape:
        raise ValueError(
            f"Weights and input must have the same size: the weights are {list(weight.shape)}, the losses "
            f"{list(losses.shape)}"
        )
    losses = losses * weight
    return sum(losses) / sum(weight) if reduction == "mean" else reduced(losses, reduction)


# ---- distances ----


def _mse_grad(g: Array, x: Array, y: Array, reduction: str) -> Array:
    return each(g * 2, x - y, reduction)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Mean squared error.

    Math    l = (input - target)^2        d_input = 2 g (input - target), d_target = -d_input
            "mean" divides both by the number of elements
    Shapes  input and target alike; if they differ they broadcast, with a warning -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([1., 4.], requires_grad=True)
    >>> minigrad.nn.functional.mse_loss(x, minigrad.tensor([0., 1.])).backward(); x.grad
    tensor([1., 3.])
    """
    _same_size(input, target)
    reduction = legacy(size_average, reduce, reduction)
    if weight is not None:
        return _weighted((input - target) ** 2, weight, reduction)
    return record(mse_loss)(input, target, reduction)


@op(of=mse_loss, promote="number", operands=2)
def _(x: Array, y: Array, reduction: str) -> Array:
    floats_only("mse_loss", x)
    d = x - y
    d *= d
    return reduce_array(d, reduction)


defgrad(mse_loss, x=_mse_grad, y=lambda g, x, y, reduction: _mse_grad(-g, x, y, reduction))


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Mean absolute error.

    Math    l = |input - target|        d_input = g sign(input - target)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([3., 0.], requires_grad=True)
    >>> minigrad.nn.functional.l1_loss(x, minigrad.tensor([1., 1.])).backward(); x.grad
    tensor([ 0.5000, -0.5000])
    """
    _same_size(input, target)
    reduction = legacy(size_average, reduce, reduction)
    losses = abs(input - target)
    return reduced(losses, reduction) if weight is None else _weighted(losses, weight, reduction)


def _smooth_l1_grad(g: Array, x: Array, y: Array, beta: float, reduction: str) -> Array:
    return each(g, clamp((x - y) / beta, -1, 1), reduction)


def _huber_grad(g: Array, x: Array, y: Array, delta: float, reduction: str) -> Array:
    return each(g, clamp(x - y, -delta, delta), reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Smooth absolute error: quadratic for differences below ``beta``, linear above.

    Math    d = |input - target|;  l = d^2 / (2 beta) where d < beta, else d - beta / 2
            d_input = g (input - target) / beta where d < beta, else g sign(input - target)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``; RuntimeError for a negative ``beta``.
    Source  Girshick, Fast R-CNN (2015), https://arxiv.org/abs/1504.08083

    >>> x = minigrad.tensor([0.5, 3.], requires_grad=True)
    >>> minigrad.nn.functional.smooth_l1_loss(x, minigrad.zeros(2), reduction="sum").backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    if beta == 0:
        return l1_loss(input, target, size_average, reduce, reduction)
    _same_size(input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, got {beta}")
    return record(smooth_l1_loss)(input, target, float(beta), legacy(size_average, reduce, reduction))


@op(of=smooth_l1_loss, promote="number", operands=2)
def _(x: Array, y: Array, beta: float, reduction: str) -> Array:
    floats_only("smooth_l1_loss", x)
    d = np.abs(x - y)
    return reduce_array(np.where(d < beta, d * d * (0.5 / beta), d - 0.5 * beta), reduction)


defgrad(
    smooth_l1_loss,
    x=_smooth_l1_grad,
    y=lambda g, x, y, beta, reduction: _smooth_l1_grad(-g, x, y, beta, reduction),
)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Huber loss: quadratic for differences up to ``delta``, linear above; ``delta`` times ``SmoothL1Loss``.

    Math    d = |input - target|;  l = d^2 / 2 where d <= delta, else delta (d - delta / 2)
            d_input = g (input - target) where d <= delta, else g delta sign(input - target)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  RuntimeError unless ``delta`` is positive.
    Source  Huber, Robust estimation of a location parameter (1964)

    >>> x = minigrad.tensor([0.5, 3.], requires_grad=True)
    >>> minigrad.nn.functional.huber_loss(x, minigrad.zeros(2), "sum", delta=2.).backward(); x.grad
    tensor([0.5000, 2.0000])
    """
    _same_size(input, target)
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, got {delta}")
    reduction = legacy(None, None, reduction)
    broadcast_shapes(input.shape, target.shape)
    kind = np.result_type(input.array, target.array)
    if kind.kind == "f" != input.array.dtype.kind:
        raise RuntimeError(f"result type {kind} can't be cast to the desired output type {input.dtype}: use .float()")
    if weight is None:
        return cast(record(huber_loss)(input, target, float(delta), reduction), input.dtype)
    losses = cast(record(huber_loss)(input, target, float(delta), "none"), input.dtype)
    weighted = _weighted(losses, weight, "none")
    return reduced(weighted, reduction)


@op(of=huber_loss, promote="number", operands=2)
def _(x: Array, y: Array, delta: float, reduction: str) -> Array:
    floats_only("huber_loss", x)
    d = np.abs(x - y)
    return reduce_array(np.where(d <= delta, d * d * 0.5, (d - 0.5 * delta) * delta), reduction)


defgrad(
    huber_loss,
    x=_huber_grad,
    y=lambda g, x, y, delta, reduction: _huber_grad(-g, x, y, delta, reduction),
)
