"""The recorder of ops of two operands that broadcast (add, mul, div).

Replaces  ``record.recorder`` and ``promote.promoted``, for Tensors of one floating dtype and Python's numbers
Gains     FIGURES
Proof     tests/core/test_floors.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import variable
from ..dtype import F32, F64
from ..errors import broadcast_error, in_64_bits
from ..observe import mode, watching
from ..table import Op, Promote
from ..variable import Variable, plain
from ..version import INFERENCE, Version
from .general import general
from .nodes import new_node, parent_of, show
from .plans import fast_plan

_new = object.__new__
_numbers: dict[Any, dict[float, Any]] = {F32: {}, F64: {}}


def _number(x: float, d: Any) -> Any:
    """A number as a 0-d array: NumPy takes half as long for it. Those seen before are kept."""
    known = _numbers[d]
    found = known.get(x)
    if found is None:
        found = np.asarray(in_64_bits(x), d)
        found.flags.writeable = False
        if len(known) > 1000:
            known.clear()
        if x:  # 0.0 and -0.0 would be the same key
            known[x] = found
    return found


def binary(op: Op, odd: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """z = f(x, y), two operands, nothing else."""
    ufunc = op.ufunc
    forward = op.ufunc or op.forward
    any_operand = general(op)
    fallback = odd or any_operand
    numbers = op.promote is not Promote.TENSORS
    plans: dict[tuple[bool, bool, bool, bool], Any] = {}

    def record(
        input: Any = ..., other: Any = ..., x: Any = ..., a: Any = ..., x1: Any = ..., x2: Any = ...
    ) -> Any:  # two operands, under torch's names
        if x is not ...:
            return fallback(input, other, x=x, a=a, x1=x1, x2=x2)
        x, y = input, other
        xn: Any = None
        yn: Any = None
        fit = None
        tensor_x = tensor_y = True
        if type(x) in plain:
            a = x.array
            d = a.dtype
            if d is not F32 and d is not F64:
                return fallback(x, y)
            xn = x.node if x.viewing is None else parent_of(op, x)
            if type(y) in plain:
                b: Any = y.array
                if b.dtype is not d:
                    return fallback(x, y)
                yn = y.node if y.viewing is None else parent_of(op, y)
                s = a.shape
                t = b.shape
                if s != t:
                    fit = (s, t)
            elif numbers and (type(y) is float or type(y) is int):
                if len(op.diff) == 1:  # the number gets no gradient
                    return fallback(x, y)
                b = y = _number(y, d) if ufunc else in_64_bits(y)
                tensor_y = False
            else:
                return any_operand(x, y) if odd is None else odd(x, y, x2=x2)
        elif odd is None and numbers and (type(x) is float or type(x) is int) and type(y) in plain:
            b = y.array
            d = b.dtype
            if (d is not F32 and d is not F64) or len(op.diff) == 1:
                return fallback(x, y)
            a = x = _number(x, d) if ufunc else in_64_bits(x)
            yn = y.node if y.viewing is None else parent_of(op, y)
            tensor_x = False
        elif odd is None and isinstance(x, (np.ndarray, np.generic)) and not isinstance(y, Variable):
            return forward(x, y)
        else:
            return any_operand(x, y) if odd is None else odd(x, y, a=a, x1=x1, x2=x2)
        try:
            out = forward(a, b)
        except ValueError:
            if fit is None:
                raise
            raise broadcast_error(op.name, fit) from None
        z = _new(variable.tensor_class)
        z.array = out = out if type(out) is np.ndarray else np.asarray(out)
        z.version = z.viewing = z.node = None
        if (xn is not None or yn is not None) and mode.grad and op.diff:
            key = xn is not None, yn is not None, tensor_x, tensor_y
            plan = plans.get(key)
            if plan is None:
                plan = plans[key] = fast_plan(op, key[:2], key[2:], False, (x, y))
            saved = plan.save((x, y), (a, b), (), None) if plan.names else ()
            z.node = node = new_node(op, plan, (xn, yn), saved, fit)
            if plan.out:
                node.out = out
                node.version = z.version = Version()
            if watching:
                show(node, (input, other), z)
        elif mode.inference:
            z.version = INFERENCE
        return z

    return record
