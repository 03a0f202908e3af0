"""Scores to probabilities."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.dtype import Array, to_numpy
from ...core.op import defgrad, op
from ...core.sums import add_up
from ..checks import floats_only
from ..elementwise.transcendental import exp, to_dtype
from ..reduce.sums import _sum_dims, numpy_names
from ..shape.formats import in_order
from ..shape.views import wrap_dim


@op(name="softmax")
def _softmax(x: Array, dim: int) -> Array:
    floats_only("softmax", x)
    if x.ndim == 0:
        return np.exp(x - x)
    e = x - np.maximum.reduce(x, dim, keepdims=True, initial=-np.inf)
    np.exp(e, out=e)
    e /= add_up(e, (dim,), True)
    return in_order(e)


@op(name="log_softmax")
def _log_softmax(x: Array, dim: int) -> Array:
    floats_only("log_softmax", x)
    if x.ndim == 0:
        return x - x
    z = x - np.maximum.reduce(x, dim, keepdims=True, initial=-np.inf)
    z -= np.log(add_up(np.exp(z), (dim,), True))
    return in_order(z)


def _along(g: Array, dim: int) -> Array:
    return _sum_dims(g, (dim,) if g.ndim else (), True)


defgrad(_softmax, x=lambda g, out, dim: out * (g - _along(g * out, dim)))
defgrad(_log_softmax, x=lambda g, out, dim: g - exp(out) * _along(g, dim))


def _implicit_dim(name: str, dim: int | None, ndim: int) -> int:
    """torch's old guess where no dimension is given: 0 or 1, by the number of dimensions."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=4,
    )
    return 0 if ndim in (0, 1, 3) else 1


@numpy_names
def softmax(input: Array, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Array:
    """Scores turned into probabilities along a dimension: positive, of sum 1.

    Math    y_i = exp(x_i) / sum_j exp(x_j)        dx_i = y_i (g_i - sum_j g_j y_j)
            The largest score is subtracted first: it changes nothing, and no exp overflows.

    >>> x = minigrad.tensor([0., 0.], requires_grad=True)
    >>> y = x.softmax(0); y
    tensor([0.5000, 0.5000], grad_fn=<SoftmaxBackward0>)
    >>> y[0].backward(); x.grad
    tensor([ 0.2500, -0.2500])
    """
    x = input if dtype is None else to_dtype(input, to_numpy(dtype))
    return _softmax(x, wrap_dim(_implicit_dim("softmax", dim, x.ndim), x.ndim))


@numpy_names
def log_softmax(input: Array, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Array:
    """The logarithm of ``softmax``, without the underflow of taking them one after the other.

    Math    y_i = x_i - log sum_j exp(x_j)        dx_i = g_i - softmax(x)_i sum_j g_j
    """
    x = input if dtype is None else to_dtype(input, to_numpy(dtype))
    return _log_softmax(x, wrap_dim(_implicit_dim("log_softmax", dim, x.ndim), x.ndim))


def softmin(input: Array, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Array:
    """``softmax(-x)``: the smallest score gets the largest share."""
    return softmax(-input, _implicit_dim("softmin", dim, input.ndim), dtype=dtype)


def _with_dim(function: Callable[..., Array]) -> Callable[..., Array]:
    """The same under torch's own name, where ``dim`` must be given: ``x.softmax(dim, dtype)``."""

    def called(input: Array, dim: int, dtype: Any = None) -> Array:
        if dim is None:
            raise TypeError(f"{function.__name__}(): argument 'dim' must be int, not NoneType")
        return function(input, dim, dtype=dtype)

    called.__name__ = called.__qualname__ = function.__name__
    called.__doc__ = function.__doc__
    return called


softmax_of = _with_dim(softmax)
log_softmax_of = _with_dim(log_softmax)
