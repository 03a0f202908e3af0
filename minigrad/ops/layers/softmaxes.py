"""Scores to probabilities."""

from __future__ import annotations

import numpy as np

from ...core.dtype import Array
from ...core.errors import warn_user
from ...core.op import defgrad, op, record
from ...types import DType, Tensor
from ..adding import add_up
from ..checks import floats_only
from ..elementwise.transcendental import exp
from ..reduce.sums import cast, sum
from ..shape.formats import in_order
from ..shape.views import wrap_dim


def _implicit_dim(name: str, dim: int | None, ndim: int) -> int:
    """torch's old guess where no dimension is given: 0 or 1, by the number of dimensions."""
    if dim is not None:
        return dim
    warn_user(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument."
    )
    return 0 if ndim in (0, 1, 3) else 1


def _along(g: Array, dim: int) -> Array:
    return record(sum)(g, (dim,) if g.ndim else (), True)


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType = None) -> Tensor:
    """Softmax along a dimension: positive numbers that sum to 1.

    Math    y_i = exp(input_i) / sum_j exp(input_j)        d_input_i = y_i (g_i - sum_j g_j y_j)
            The largest number is subtracted first: it changes nothing, and no exp overflows.
    Shapes  input (*) -> (*)
    Raises  IndexError for a ``dim`` that does not exist.

    >>> x = minigrad.tensor([0., 0.], requires_grad=True)
    >>> y = x.softmax(0); y
    tensor([0.5000, 0.5000], grad_fn=<SoftmaxBackward0>)
    >>> y[0].backward(); x.grad
    tensor([ 0.2500, -0.2500])
    """
    x = cast(input, dtype)
    return record(softmax)(x, wrap_dim(_implicit_dim("softmax", dim, x.ndim), x.ndim))


@op(of=softmax)
def _(input: Array, dim: int) -> Array:
    if not input.size:
        return input.copy()
    floats_only("softmax", input)
    if input.ndim == 0:
        return np.exp(input - input)
    e = input - np.maximum.reduce(input, dim, keepdims=True, initial=-np.inf)
    np.exp(e, out=e)
    e /= add_up(e, (dim,), True)
    return in_order(e)


defgrad(softmax, input=lambda g, out, dim: out * (g - _along(g * out, dim)))


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType = None) -> Tensor:
    """Logarithm of the softmax along ``dim``, without overflow.

    Math    y = input - log(sum(exp(input)))        d_input = g - exp(y) sum(g)        sums along ``dim``
    Shapes  input (*) -> (*)
    Raises  IndexError for a ``dim`` that does not exist.

    >>> x = minigrad.tensor([0., 0.], requires_grad=True)
    >>> minigrad.nn.functional.log_softmax(x, dim=0)[0].backward(); x.grad
    tensor([ 0.5000, -0.5000])
    """
    x = cast(input, dtype)
    return record(log_softmax)(x, wrap_dim(_implicit_dim("log_softmax", dim, x.ndim), x.ndim))


@op(of=log_softmax)
def _(input: Array, dim: int) -> Array:
    if not input.size:
        return input.copy()
    floats_only("log_softmax", input)
    if input.ndim == 0:
        return input - input
    z = input - np.maximum.reduce(input, dim, keepdims=True, initial=-np.inf)
    z -= np.log(add_up(np.exp(z), (dim,), True))
    return in_order(z)


defgrad(log_softmax, input=lambda g, out, dim: g - exp(out) * _along(g, dim))


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType = None) -> Tensor:
    """Softmax of the negated input along ``dim``: the smallest number gets the largest share.

    Math    y = exp(-input) / sum(exp(-input))        d_input = -y (g - sum(g y))        sums along ``dim``
    Shapes  input (*) -> (*)
    Raises  IndexError for a ``dim`` that does not exist.

    >>> x = minigrad.tensor([0., 0.], requires_grad=True)
    >>> minigrad.nn.functional.softmin(x, dim=0)[0].backward(); x.grad
    tensor([-0.2500,  0.2500])
    """
    return softmax(-input, _implicit_dim("softmin", dim, input.ndim), dtype=dtype)
