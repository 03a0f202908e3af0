"""The recorder of ops of two operands that broadcast (add, mul, div).

Replaces  ``record.recorder`` and ``promote.promoted``, for Tensors of one floating dtype and Python's numbers
Gains     us of a call: x + y 6.3 -> 1.0, x * w recorded 8.3 -> 1.6
Proof     tests/core/test_floors.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import variable
from ..dtype import F32, F64, I64
from ..errors import broadcast_error, in_64_bits
from ..node import Node
from ..observe import mode, watching
from ..table import Op, Promote
from ..variable import Variable, plain
from ..version import INFERENCE, Version, next_seq
from .general import general
from .nodes import parent_of, show
from .plans import fast_plan

_new = object.__new__
ndarray = np.ndarray
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
    integers = op.promote in (Promote.NUMBER, Promote.SIGNED)  # two of one dtype are not promoted
    numbers = op.promote is not Promote.TENSORS if odd is None else integers
    # plans for two Tensors, for a number on the right, on the left: where x, y or both need a gradient
    both: list[Any] = [None, None, None]
    right: list[Any] = [None, None, None]
    left: list[Any] = [None, None, None]

    def record(
        input: Any = ..., other: Any = ..., x: Any = ..., a: Any = ..., x1: Any = ..., x2: Any = ...
    ) -> Any:  # two operands, under torch's names
        if not x is a is x1 is x2 is ...:
            return fallback(input, other, x=x, a=a, x1=x1, x2=x2)
        x, y = input, other
        xn: Any = None
        yn: Any = None
        shapes = None
        plans = both
        if type(x) in plain:
            a = x.array
            d = a.dtype
            if d is not F32 and d is not F64 and not (d is I64 and integers):
                return any_operand(x, y) if odd is None else odd(x, y)
            xn = x.node if x.view_info is None else parent_of(op, x)
            if type(y) in plain:
                b: Any = y.array
                if b.dtype is not d:
                    return fallback(x, y)
                yn = y.node if y.view_info is None else parent_of(op, y)
                s = a.shape
                t = b.shape
                if s != t:
                    shapes = (s, t)
            elif numbers and (type(y) is float or type(y) is int):
                if len(op.diff) == 1:  # the number gets no gradient
                    return fallback(x, y)
                if d is I64:
                    if type(y) is float or not -(2**63) <= y < 2**63:
                        return fallback(x, y)
                    b = y = np.int64(y)
                else:
                    b = y = _number(y, d) if ufunc else in_64_bits(y)
                plans = right
            else:
                return any_operand(x, y) if odd is None else odd(x, y)
        elif odd is None and numbers and (type(x) is float or type(x) is int) and type(y) in plain:
            b = y.array
            d = b.dtype
            if (d is not F32 and d is not F64) or len(op.diff) == 1:
                return fallback(x, y)
            a = x = _number(x, d) if ufunc else in_64_bits(x)
            yn = y.node if y.view_info is None else parent_of(op, y)
            plans = left
        elif odd is None and isinstance(x, (ndarray, np.generic)) and not isinstance(y, Variable):
            return forward(x, y)
        else:
            return any_operand(x, y) if odd is None else odd(x, y)
        try:
            out = forward(a, b)
        except ValueError:
            if shapes is None:
                raise
            raise broadcast_error(op.name, shapes) from None
        z = _new(variable.tensor_class)
        z.array = out = out if type(out) is ndarray else np.asarray(out)
        z.version = z.view_info = z.node = None
        if (xn is not None or yn is not None) and mode.grad and op.diff:
            k = 0 if yn is None else 1 if xn is None else 2
            plan = plans[k]
            if plan is None:
                tensors = plans is not left, plans is not right
                plan = plans[k] = fast_plan(op, (xn is not None, yn is not None), tensors, False, (x, y))
            z.node = node = _new(Node)
            node.op = op
            node.seq = next_seq()
            node.parents = xn, yn
            node.plan = plan
            node.saved = plan.save((x, y), (a, b), (), None) if plan.names else ()
            node.shapes = shapes
            node.out = node.version = node.hooks = node.trace = None
            if plan.out:
                node.out = out
                node.version = z.version = Version()
            if watching:
                show(node, (input, other), z)
        elif mode.inference:
            z.version = INFERENCE
        return z

    return record
