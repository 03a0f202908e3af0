"""How wrong a prediction is, element by element, then reduced to one number.

Every loss takes ``reduction``: "mean", "sum", or "none" for a loss per element.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from ..core.dtype import Array
from ..core.op import defgrad, op
from .reduce import mean, sum

# ---- reduction ----


def legacy(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that torch's old arguments ``size_average`` and ``reduce`` ask for.

    Raises  ValueError for a reduction of another name.
    """
    if size_average is not None or reduce is not None:
        meant = "none" if reduce is False else "sum" if size_average is False else "mean"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.", stacklevel=3
        )
        return meant
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction: choose 'none', 'mean' or 'sum'")
    return reduction


def reduced(losses: Array, reduction: str) -> Array:
    """The losses as they are, their mean, or their sum: recorded as an op of its own."""
    return losses if reduction == "none" else mean(losses) if reduction == "mean" else sum(losses)


def reduce_array(losses: Array, reduction: str) -> Array:
    """The same inside a kernel."""
    if reduction == "none":
        return losses
    whole = np.add.reduce(losses, None)
    return whole if reduction == "sum" else np.true_divide(whole, losses.size, dtype=losses.dtype)


def each(g: Array, slope: Array, reduction: str) -> Array:
    """The gradient of every element: that of the reduced loss times the slope of the element's own loss."""
    return g * slope if reduction != "mean" else (g / (math.prod(slope.shape) or 1)) * slope


def _same_size(name: str, input: Array, target: Array) -> None:
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
            "This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )


# ---- distances ----


@op(promote="number", operands=2, name="mse_loss")
def _mse_loss(x: Array, y: Array, reduction: str) -> Array:
    d = x - y
    d *= d
    return reduce_array(d, reduction)


def _mse_grad(g: Array, x: Array, y: Array, reduction: str) -> Array:
    return each(g * 2, x - y, reduction)


defgrad(_mse_loss, x=_mse_grad, y=lambda g, x, y, reduction: _mse_grad(-g, x, y, reduction))


def mse_loss(
    input: Array,
    target: Array,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Array | None = None,
) -> Array:
    """The squared error.

    Math    l = (x - y)^2        dx = 2 g (x - y), dy = -dx; both divided by the number of elements for "mean"
    Shapes  x and y alike; if they differ they broadcast, with a warning
    Source  https://en.wikipedia.org/wiki/Mean_squared_error

    >>> x = minigrad.tensor([1., 4.], requires_grad=True)
    >>> minigrad.nn.functional.mse_loss(x, minigrad.tensor([0., 1.])).backward(); x.grad
    tensor([1., 3.])
    """
    _same_size("mse_loss", input, target)
    reduction = legacy(size_average, reduce, reduction)
    if weight is not None:
        return _weighted(_mse_loss(input, target, "none"), weight, reduction)
    return _mse_loss(input, target, reduction)


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
