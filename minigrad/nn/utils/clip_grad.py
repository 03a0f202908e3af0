"""Gradients kept small: by their norm all together, or number by number.

Source  Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks (2013)
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Iterable

from ...autograd.grad_mode import no_grad
from ...core.watcher import told
from ...ops.create import tensor
from ...ops.elementwise.piecewise import clamp
from ...ops.reduce.norms import vector_norm
from ...ops.shape.joining import stack
from ...tensor import Tensor

Tensors = Tensor | Iterable[Tensor]


def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The norm of all numbers of all tensors, as if they were one long vector.

    Math    (sum |x|^p)^(1/p); p = inf: the largest |x|
    Raises  RuntimeError if it is inf or nan and ``error_if_nonfinite``.
    """
    listed = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not listed:
        return tensor(0.0)
    with no_grad():
        norms = [vector_norm(t, float(norm_type)) for t in listed]
        total = vector_norm(stack(norms), float(norm_type))
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(
            f"The total norm of order {float(norm_type)} for gradients from `parameters` is non-finite, so it cannot "
            "be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


def _listed(parameters: Tensors) -> list[Tensor]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


def _gradients(parameters: Tensors) -> list[Tensor]:
    return [p.grad for p in _listed(parameters) if p.grad is not None]


@told("clip_grad_norm_")
def _scale(parameters: list[Tensor], factor: float) -> None:
    for g in _gradients(parameters):
        g.mul_(factor)


@told("clip_grad_value_")
def _limit(parameters: list[Tensor], most: float) -> None:
    for g in _gradients(parameters):
        g.clamp_(-most, most)


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale the gradients as ``clip_grad_norm_`` does, by a norm that is known already."""
    with no_grad():
        factor = clamp(float(max_norm) / (total_norm + 1e-6), max=1.0).item()
        _scale(_listed(parameters), factor)


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients by one factor so that their norm is at most ``max_norm``; returns the norm before.

    Math    g <- g min(1, max_norm / (norm + 1e-6))

    >>> w = minigrad.tensor([3., 4.], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> minigrad.nn.utils.clip_grad_norm_([w], 1.0), w.grad
    (tensor(10.), tensor([0.6000, 0.8000]))
    """
    listed = _listed(parameters)
    if isinstance(parameters, types.GeneratorType) and not listed:
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total = get_total_norm(_gradients(listed), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The old name of ``clip_grad_norm_``."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite)


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Keep every number of every gradient between -clip_value and clip_value."""
    with no_grad():
        _limit(_listed(parameters), float(clip_value))
