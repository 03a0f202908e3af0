"""Recorders of ops of one operand, alone (exp, relu, neg) or followed by constants (sum, softmax, x[0]).

Replaces  ``record.recorder``, whose steps ask what is known here: which argument is a Tensor, that nothing is promoted
Gains     FIGURES
Proof     tests/core/test_floors.py

Whatever is not a float32 or float64 Tensor is left to the general recorder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import variable
from ..dtype import F32, F64
from ..observe import mode, watching
from ..table import Op
from ..variable import Variable, plain, version_of
from ..version import INFERENCE, Version
from ..views import look_at
from .general import general
from .nodes import new_node, parent_of, show
from .plans import fast_plan

_new = object.__new__


def unary(op: Op, odd: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """y = f(x), one operand, nothing else."""
    forward = op.ufunc or op.forward
    any_operand = general(op)
    plan: Any = None

    def record(input: Any = ..., x: Any = ..., a: Any = ..., x1: Any = ...) -> Any:  # one operand, under torch's names
        nonlocal plan
        if type(input) not in plain or x is not ...:
            if odd is not None:
                return odd(input, x=x, a=a, x1=x1)
            return forward(input) if isinstance(input, (np.ndarray, np.generic)) else any_operand(input)
        x = input
        a = x.array
        d = a.dtype
        if d is not F32 and d is not F64:
            return any_operand(x)
        out = forward(a)
        y = _new(variable.tensor_class)
        y.array = out = out if type(out) is np.ndarray else np.asarray(out)
        y.version = y.viewing = y.node = None
        parent = x.node if x.viewing is None else parent_of(op, x)
        if parent is not None and mode.grad and op.diff:
            if plan is None:
                plan = fast_plan(op, (True,), (True,), False, (x,))
            saved = plan.save((x,), (a,), (), (True,)) if plan.names else ()
            y.node = node = new_node(op, plan, (parent,), saved, None)
            if plan.out:
                node.out = out
                node.version = y.version = Version()
            if watching:
                show(node, (x,), y)
        elif mode.inference:
            y.version = INFERENCE
        return y

    return record


def constants_follow(op: Op) -> Callable[..., Any]:
    """y = f(x, 1, 2): one operand, and arguments that are numbers, dimensions, shapes."""
    forward, extra, view = op.forward, bool(op.extras), op.view
    label_of = None if isinstance(op.label, str) else op.label
    any_operand = general(op)
    count = len(op.params) - 1
    tensors = (True,) + (False,) * count
    plans: dict[Any, Any] = {}

    def record(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != count + 1:
            args = op.bind(args, kwargs)
        x, *rest = args
        for r in rest:
            if isinstance(r, Variable):
                return any_operand(*args)
        if type(x) not in plain:
            return forward(*args) if type(x) is np.ndarray and not extra else any_operand(*args)
        a = x.array
        d = a.dtype
        if d is not F32 and d is not F64:
            return any_operand(*args)
        out = forward(a, *rest)
        extras: Any = ()
        if extra:
            out, *extras = out
        y = _new(variable.tensor_class)
        y.array = out = out if type(out) is np.ndarray else np.asarray(out)
        y.viewing = y.node = None
        y.version = INFERENCE if mode.inference else None
        parent = x.node if x.viewing is None else parent_of(op, x)
        if parent is not None and mode.grad and op.diff:
            label = label_of and label_of(*args)
            plan = plans.get(label)
            if plan is None:
                plan = plans[label] = fast_plan(op, (True,), tensors, False, args)
            saved = plan.save(args, (a, *rest), extras, (True,)) if plan.names else ()
            y.node = node = new_node(op, plan, (parent,), saved, None)
            if plan.out:
                node.out, node.version = out, version_of(y)
        if view:
            look_at(y, x, record, args[1:])
        if watching and y.node is not None:
            show(y.node, args, y)
        return y

    return record
