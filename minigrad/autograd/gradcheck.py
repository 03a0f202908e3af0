"""Is the gradient right? Compare it with a quotient of differences.

Math    column j of the Jacobian:  (f(x + eps e_j) - f(x - eps e_j)) / (2 eps),  error O(eps^2) + O(rounding / eps)
Source  Nocedal, Wright: Numerical Optimization, 2nd ed., section 8.1
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.backward import grad
from ..core.graph import node_of, wrap
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

    Raises  GradcheckError naming the output, the input and both Jacobians (False if not ``raise_exception``);
            ValueError if no input requires a gradient.

    >>> x = minigrad.tensor([1., 2.], dtype=minigrad.float64, requires_grad=True)
    >>> minigrad.autograd.gradcheck(lambda x: x * x, (x,))
    True
    """
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    checked = [(k, x) for k, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    try:
        for k, x in checked:
            if x.array.dtype != np.float64:
                raise GradcheckError(
                    f"gradcheck: input {k} is {x.dtype}: differences of {eps} drown in its rounding; use float64"
                )
            for o, (y, numerical) in enumerate(_numerical(func, inputs, x, eps)):
                analytical = _analytical(y, x)
                if np.abs(analytical - _analytical(y, x)).max(initial=0) > nondet_tol:
                    raise GradcheckError(
                        f"Backward is not reentrant: output {o} gave two gradients of input {k} in two passes"
                    )
                if not np.allclose(analytical, numerical, rtol, atol):
                    raise GradcheckError(
                        f"Jacobian mismatch for output {o} with respect to input {k},\n"
                        f"numerical:{wrap(numerical)}\nanalytical:{wrap(analytical)}\n"
                    )
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

    ``grad_outputs`` are the gradients that arrive at the outputs of ``func`` (default: fixed random numbers).

    Raises  as gradcheck.

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


def _differentiable(outputs: Any) -> list[Any]:
    outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    return [y for y in outputs if isinstance(y, Tensor) and node_of(y) is not None]


def _numerical(func: Callable[..., Any], inputs: tuple[Any, ...], x: Any, eps: float) -> list[tuple[Any, Any]]:
    """Each differentiable output, and its Jacobian (elements of x, elements of the output) by differences."""
    outputs = _differentiable(func(*inputs))
    jacobians = [np.zeros((x.array.size, y.array.size)) for y in outputs]
    for j, index in enumerate(np.ndindex(x.array.shape)):
        kept = x.array[index]
        x.array[index] = kept + eps
        above = [y.array.copy() for y in _differentiable(func(*inputs))]
        x.array[index] = kept - eps
        below = [y.array for y in _differentiable(func(*inputs))]
        x.array[index] = kept
        for jacobian, a, b in zip(jacobians, above, below, strict=True):
            jacobian[j] = ((a - b) / (2 * eps)).reshape(-1)
    return list(zip(outputs, jacobians, strict=True))


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
