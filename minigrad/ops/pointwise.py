"""Ops that work on each number by itself: arithmetic, exponentials, activations, comparison.

The gradient of y = f(x) is g * f'(x), number by number. Where two operands broadcast, the engine adds the gradient up
over the repeated axes at delivery, so a rule here never mentions shapes.
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from ..core.op import defgrad, op
from .shape import _expand


@op
def to_dtype(x: Array, dtype: Array) -> Array:
    return x.astype(dtype)


defgrad(to_dtype, x=lambda g, x_dtype: to_dtype(g, x_dtype))

@op(promote="number", operands=2)
def _add(x: Array, y: Array) -> Array:
    return np.add(x, y)
defgrad(_add, x=lambda g: g, y=lambda g: g)
add=_add
@op(promote="number")
def sub(x: Array, y: Array) -> Array:
    return np.subtract(x, y)
defgrad(sub, x=lambda g: g, y=lambda g: -g)
@op(promote="number")
def mul(x: Array, y: Array) -> Array:
    return np.multiply(x, y)
defgrad(mul, x=lambda g, y: g * y, y=lambda g, x: g * x)
@op(promote="number")
def neg(x: Array) -> Array:
    return np.negative(x)
defgrad(neg, x=lambda g: -g)
@op(promote="float")
def exp(x: Array) -> Array:
    return np.exp(x)
defgrad(exp, x=lambda g, out: g * out)
@op(promote="number")
def gt(x,y): return np.greater(x,y)
@op(promote="number")
def relu(x): return np.maximum(x,0)
defgrad(relu, x=lambda g, out: g * (out > 0))
@op
def sum(x): return x.sum()
defgrad(sum, x=lambda g, x_shape: _expand(g, x_shape))
