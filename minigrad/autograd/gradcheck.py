"""gradcheck: compare a gradient with finite differences.

Math    column j of the Jacobian:  (f(x + eps e_j) - f(x - eps e_j)) / (2 eps),  error O(eps^2) + O(rounding / eps)
Source  Nocedal, Wright: Numerical Optimization, 2nd ed., section 8.1
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.variable import wrap
from ..core.views import node_of
from ..gradients import grad
from ..tensor import Tensor


class GradcheckError(RuntimeError):
    """The gradient is not the derivative."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
) -> bool:
    """Whether the gradient of ``func`` at ``inputs`` agrees with central differences, element by element.

    Math    |J[k, i] - (func(inputs + eps e_i)[k] - func(inputs - eps e_i)[k]) / (2 eps)| <= atol + rtol |..|
    Shapes  inputs a tuple of tensors, of any shape; float64 to be accurate enough
    Raises  GradcheckError naming the output, the input and both Jacobians (False if not ``raise_exception``);
            ValueError if no input requires a gradient.
    Source  Nocedal & Wright, Numerical Optimization, 2nd ed. (2006), section 8.1

    >>> x = minigrad.tensor([1., 2.], dtype=minigrad.float64, requires_grad=True)
    >>> minigrad.autograd.gradcheck(lambda x: x * x, (x,))
    True
    """
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    checked = _checked(inputs)
    outputs = _tensors(func(*inputs))
    differentiable = [node_of(y) is not None for y in outputs]
    try:
        for k, x in checked:
            numerical = _numerical(func, inputs, x, eps)
            if not any(differentiable) and any(np.any(jacobian) for jacobian in numerical):
                raise GradcheckError(
                    f"Numerical gradient for function expected to be zero: no output requires grad, yet input {k} "
                    "changes one"
                )
            for o, y in enumerate(outputs):
                if differentiable[o]:
                    _compare(y, x, numerical[o], f"output {o} with respect to input {k}", rtol, atol, nondet_tol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
) -> bool:
    """Whether the gradient of the gradient agrees with central differences of the gradient.

    Math    ``gradcheck`` of (inputs, grad_outputs) -> J^T grad_outputs, J the Jacobian of ``func``
    Shapes  inputs a tuple of tensors, of any shape; grad_outputs as the outputs of ``func``
    Raises  as ``gradcheck``: GradcheckError (False if not ``raise_exception``), ValueError.

    ``grad_outputs`` are the gradients that arrive at the outputs of ``func`` (default: fixed random numbers).

    >>> x = minigrad.tensor([1., 2.], dtype=minigrad.float64, requires_grad=True)
    >>> minigrad.autograd.gradgradcheck(lambda x: x * x * x, (x,))
    True
    """
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    outputs = _differentiable(func(*inputs))
    if grad_outputs is None:
        random = np.random.default_rng(0)
        grad_outputs = [wrap(random.uniform(0.5, 1.5, y.shape)).requires_grad_() for y in outputs]
    grad_outputs = tuple(grad_outputs) if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)
    count = len(inputs)

    def first(*everything: Any) -> Any:
        xs, gs = everything[:count], everything[count:]
        wanted = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
        gradients = grad(_differentiable(func(*xs)), wanted, gs, create_graph=True, allow_unused=True)
        return tuple(g for g in gradients if g is not None and g.requires_grad)

    return gradcheck(
        first, (*inputs, *grad_outputs), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol,
    )  # fmt: skip


def _checked(inputs: tuple[Any, ...]) -> list[tuple[int, Any]]:
    """(position, input) of those that require a gradient.

    Raises  ValueError if there is none; RuntimeError if elements of one share their memory.
    """
    checked = [(k, x) for k, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for k, x in checked:
        if x.array.dtype != np.float64:
            warnings.warn(
                f"Input #{k} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail: the rounding is as large as the finite differences; use float64.",
                stacklevel=3,
            )
        if any(step == 0 and n > 1 for step, n in zip(x.array.strides, x.array.shape, strict=True)):
            raise RuntimeError(
                f"The {k}th input has a dimension with stride 0: its elements cannot be moved one by one. Call "
                ".contiguous() on it first."
            )
    return checked


def _tensors(outputs: Any) -> list[Any]:
    outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    return [y for y in outputs if isinstance(y, Tensor)]


def _differentiable(outputs: Any) -> list[Any]:
    return [y for y in _tensors(outputs) if node_of(y) is not None]


def _numerical(func: Callable[..., Any], inputs: tuple[Any, ...], x: Any, eps: float) -> list[Any]:
    """The Jacobian (elements of x, elements of the output) of each output by differences."""

    def values() -> list[Any]:  # copies, for an output may be the input itself
        return [y.array.astype(np.float64) for y in _tensors(func(*inputs))]

    columns = []
    for index in np.ndindex(x.array.shape):
        kept = x.array[index]
        x.array[index] = kept + eps
        above = values()
        x.array[index] = kept - eps
        below = values()
        x.array[index] = kept
        columns.append([((a - b) / (2 * eps)).reshape(-1) for a, b in zip(above, below, strict=True)])
    if not columns:
        return [np.zeros((0, y.size)) for y in values()]
    return [np.stack(rows) for rows in zip(*columns, strict=True)]


def _compare(y: Any, x: Any, numerical: Any, where: str, rtol: float, atol: float, nondet_tol: float) -> None:
    """Compare the gradient of an output by an input with its Jacobian by differences.

    Raises  GradcheckError
    """
    analytical = _analytical(y, x)
    if np.abs(analytical - _analytical(y, x)).max(initial=0) > nondet_tol:
        raise GradcheckError(f"Backward is not reentrant: two passes gave two gradients for {where}")
    if not np.allclose(analytical, numerical, rtol, atol):
        raise GradcheckError(
            f"Jacobian mismatch for {where},\nnumerical:{wrap(numerical)}\nanalytical:{wrap(analytical)}\n"
        )


def _analytical(y: Any, x: Any) -> Any:
    """The Jacobian (elements of x, elements of y), a row of y at a time by backward."""
    jacobian = np.zeros((x.array.size, y.array.size))
    for i in range(y.array.size):
        one = np.zeros(y.array.size)
        one[i] = 1
        (g,) = grad(y, x, wrap(one.reshape(y.array.shape).astype(y.array.dtype)), retain_graph=True, allow_unused=True)
        if g is not None:
            jacobian[:, i] = g.array.reshape(-1)
    return jacobian
