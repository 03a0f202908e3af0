"""The negative logarithm of what a model says of the truth, for models other than a choice among classes."""

from __future__ import annotations

import math
from typing import Any

from ...core.errors import kind_of, warn_user
from ...core.half import wide
from ...core.variable import Variable
from ...types import Tensor
from ..checks import looks_first
from ..create import ones_like
from ..elementwise.arithmetic import pow
from ..elementwise.piecewise import where
from ..elementwise.special import xlogy
from ..elementwise.transcendental import exp, log
from ..shape.views import unsqueeze
from .regression import legacy, reduced


@wide
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Kullback-Leibler divergence of the target distribution from the model's, whose log-probabilities are the input.

    Math    l = target (ln(target) - input)        d_input = -g target;  with ``log_target``, target is a logarithm too
            "batchmean" divides the sum by the number of rows: the divergence KL(target | exp(input))
    Shapes  input (N, *), target the same -> (), or (N, *) with "none"
    Raises  RuntimeError for integers.
    Source  Kullback and Leibler, On information and sufficiency (1951)

    >>> x = minigrad.tensor([[0.5, 0.5]]).log().requires_grad_()
    >>> target = minigrad.tensor([[0.25, 0.75]])
    >>> minigrad.nn.functional.kl_div(x, target, reduction="batchmean").backward(); x.grad
    tensor([[-0.2500, -0.7500]])
    """
    batches = reduction == "batchmean" and size_average is None and reduce is None
    if reduction == "mean" and size_average is None and reduce is None:
        warn_user(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release."
        )
    reduction = legacy(size_average, reduce, "sum" if reduction == "batchmean" else reduction)
    if input.array.dtype.kind != "f" or target.array.dtype.kind != "f":
        raise RuntimeError(f"kl_div: Integral inputs not supported: {input.dtype} and {target.dtype}; use .float()")
    losses = exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    whole = reduced(losses, reduction)
    return whole / input.shape[0] if batches and input.ndim else whole


@wide
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of counts under a Poisson distribution, whose rate or its logarithm is the input.

    Math    l = exp(input) - target input        d_input = g (exp(input) - target)
            with ``log_input=False``, l = input - target log(input + eps)
            ``full`` adds Stirling's approximation of log(target!)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([0.], requires_grad=True)
    >>> minigrad.nn.functional.poisson_nll_loss(x, minigrad.tensor([3.])).backward(); x.grad
    tensor([-2.])
    """
    reduction = legacy(size_average, reduce, reduction)
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        stirling = target * log(target) - target + 0.5 * log(2 * math.pi * target)
        losses = losses + where(target <= 1, 0.0, stirling)
    return reduced(losses, reduction)


@wide
def _check_var(var: Any, **_: Any) -> None:
    """Raises TypeError for a variance that is neither a tensor nor a float."""
    if not isinstance(var, (float, Variable)):
        raise TypeError(f"any(): argument 'var' must be Tensor or float, not {kind_of(var)}")


@looks_first(_check_var)
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """Negative log-likelihood of the target under a normal distribution of mean ``input`` and variance ``var``.

    Math    v = max(var, eps);  l = (log(v) + (input - target)^2 / v) / 2, + log(2 pi) / 2 with ``full``
            d_input = g (input - target) / v,  d_var = g (1 - (input - target)^2 / v) / (2 v)
    Shapes  input (*), target the same, var the same, or with 1 for the last dimension, or without it
            -> (), or (*) with "none"
    Raises  ValueError for a negative variance, or shapes that do not fit.
    Source  Nix & Weigend, Estimating the mean and variance of the target probability distribution (1994)

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> minigrad.nn.functional.gaussian_nll_loss(x, minigrad.tensor([3.]), minigrad.tensor([4.])).backward(); x.grad
    tensor([-0.5000])
    """
    _check_var(var)
    if isinstance(var, float):
        var = ones_like(input) * var
    spread: Any = var
    if (spread.array < 0).any():
        raise ValueError("var has negative entry/entries: a variance is the square of a deviation")
    if spread.shape != input.shape:
        if input.shape[:-1] == spread.shape:
            spread = unsqueeze(spread, -1)
        elif input.ndim != spread.ndim or [m for n, m in zip(input.shape, spread.shape, strict=True) if n != m] != [1]:
            raise ValueError(
                f"var is of incorrect size: {list(spread.shape)}, the input is {list(input.shape)}; give one variance "
                "for each element, or one for each row"
            )
    if not isinstance(reduction, str):
        raise TypeError(f"unsupported operand type(s) for +: '{kind_of(reduction)}' and 'str': reduction is a word")
    reduction = legacy(None, None, reduction)
    if spread.array.dtype.kind != "f":
        raise RuntimeError(f"result type Float can't be cast to the desired output type {spread.dtype}: use .float()")
    floor = (eps - spread.detach()).clamp_min(0)  # a constant: the gradient does not see the clamp
    spread = spread + floor
    losses = 0.5 * (log(spread) + pow(input - target, 2) / spread)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)
