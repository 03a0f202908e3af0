"""Recorders written out as Python text, for ops whose first argument is a Tensor: sum, softmax, x[0], x @ y, conv2d.

Replaces  ``record.recorder``, which loops over the arguments and asks what this op is
Gains     us of a call without a gradient: x.sum(1) 7.5 -> 2.8, x[0] 6.6 -> 2.2, softmax 11.2 -> 6.4, x @ y 8.5 -> 3.3
Proof     tests/core/test_floors.py

The text is written when the op is first called, and takes the place of the code that was called. Whatever is not a
float32 or float64 Tensor is left to the general recorder.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import variable
from ..dtype import F32, F64
from ..errors import broadcast_error
from ..node import Node
from ..observe import mode, watching
from ..table import Op, Promote
from ..variable import Variable, hand_on, plain, special
from ..version import INFERENCE, Version, next_seq
from ..views import make_view
from .general import general
from .nodes import parent_of, show
from .plans import compiled, fast_plan

_KNOWN: dict[str, Any] = {
    "F32": F32, "F64": F64, "INFERENCE": INFERENCE, "asarray": np.asarray, "mode": mode, "ndarray": np.ndarray,
    "new": object.__new__, "next_seq": next_seq, "plain": plain, "shape": np.shape, "special": special,
    "watching": watching,
}  # fmt: skip
_CALLED = (Node, Variable, Version, broadcast_error, fast_plan, hand_on, make_view, parent_of, show)
_KNOWN |= {called.__name__: called for called in _CALLED}


def written(op: Op) -> Callable[..., Any]:
    """y = f(x, ...): one result."""

    def write(*args: Any, **kwargs: Any) -> Any:
        scope["Tensor"] = variable.tensor_class
        compiled(text_of(op), f"<record of {op.name}>", scope)
        record.__code__, scope["record"] = scope["record"].__code__, record
        return record(*args, **kwargs)

    scope: dict[str, Any] = {**_KNOWN, "op": op, "bind": op.bind, "forward": op.forward, "otherwise": general(op)}
    scope |= {"plans": {}, "write": write}
    record: Any = types.FunctionType(_unwritten.__code__, scope, op.name)
    recorder: Callable[..., Any] = record
    return recorder


def _unwritten(*args: Any, **kwargs: Any) -> Any:
    return write(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def text_of(op: Op) -> str:
    """The recorder of an op, as Python text. ``x0, x1`` are its arguments, ``a0, a1`` the arrays in them, ``t1``
    whether there is one, ``n0, n1`` the nodes of those that have a gradient."""
    if op.diff and 0 not in op.diff:
        return "def record(*args, **kwargs):\n    return otherwise(*args, **kwargs)\n"
    count = range(len(op.params))
    promoted = op.operands if op.promote is not Promote.NEVER else 1
    lines = [
        f"if kwargs or len(args) != {len(count)}: args = bind(args, kwargs)",
        f"{_each('x{}', count)} = args",
        "if not isinstance(x0, Variable) or (special and type(x0) not in plain):",
        f"    if type(x0) is ndarray{''.join(f' and not isinstance(x{k}, Variable)' for k in count[1:])}:",
        f"        return forward(*args){'[0]' if op.extras else ''}",
        "    return otherwise(*args)",
        "a0 = x0.array",
        "d = a0.dtype",
        "if d is not F32 and d is not F64: return otherwise(*args)",
    ]
    for k in count[1:promoted]:
        lines += [f"if not isinstance(x{k}, Variable) or x{k}.array.dtype is not d: return otherwise(*args)"]
    for k in count[1:]:
        lines += [f"t{k} = isinstance(x{k}, Variable)", f"a{k} = x{k}.array if t{k} else x{k}"]
    lines += _forward(op)
    lines += ["y = new(Tensor)", "y.array = out = out if type(out) is ndarray else asarray(out)"]
    lines += ["y.version = y.view_info = y.node = None"]
    lines += _remember(op) if op.diff else ["if mode.inference: y.version = INFERENCE"]
    lines += ["if special: hand_on(y, args)"]
    if op.view:
        lines += ["make_view(y, x0, record, args[1:])"]
    lines += ["if watching and y.node is not None: show(y.node, args, y)", "return y"]
    return "def record(*args, **kwargs):\n" + "".join(f"    {line}\n" for line in lines)


def _forward(op: Op) -> list[str]:
    arrays = f"({_each('a{}', range(len(op.params)))})"
    call = f"out = forward{arrays}"
    if op.promote is not Promote.NEVER:
        call = "try: " + call
    lines = [call]
    if op.promote is not Promote.NEVER:
        lines += [
            "except ValueError as error:",
            "    if 'broadcast' not in str(error): raise",
            f"    raise broadcast_error(op.name, [a.shape for a in {arrays} if isinstance(a, ndarray)]) from None",
        ]
    return [*lines, "out, *extras = out" if op.extras else "extras = ()"]


def _remember(op: Op) -> list[str]:
    lines = []
    for k in op.diff:
        node = f"x{k}.node if x{k}.view_info is None else parent_of(op, x{k})"
        lines += [f"n{k} = {node}" if k == 0 else f"n{k} = ({node}) if t{k} else None"]
    count = range(len(op.params))
    arrays = f"({_each('a{}', count)})"
    needs = f"({_each('n{} is not None', op.diff)})"
    tensors = f"(True, {_each('t{}', count[1:])})"
    label = "" if isinstance(op.label, str) else ", op.label(*args)"
    fit = "None"
    if op.promote is not Promote.NEVER:
        fit = f"({_each('shape(a{})', op.diff)})"
        fit += f" if len({{a.shape for a in {arrays} if type(a) is ndarray}}) > 1 else None"
    return [
        *lines,
        f"if ({' or '.join(f'n{k} is not None' for k in op.diff)}) and mode.grad:",
        f"    needs = {needs if len(op.diff) > 1 else '(True,)'}",
        f"    key = needs, {tensors}{label}",
        "    plan = plans.get(key)",
        f"    if plan is None: plan = plans[key] = fast_plan(op, needs, {tensors}, False, args)",
        "    y.node = node = new(Node)",
        "    node.op = op",
        "    node.seq = next_seq()",
        f"    node.parents = ({_each('n{}', op.diff)})",
        "    node.plan = plan",
        f"    node.saved = plan.save(args, {arrays}, extras, needs) if plan.names else ()",
        f"    node.shapes = {fit}",
        "    node.out = node.version = node.hooks = node.trace = None",
        "    if plan.out:",
        "        node.out = out",
        "        node.version = y.version = Version()",
        "elif mode.inference: y.version = INFERENCE",
    ]


def _each(form: str, positions: Any) -> str:
    """``_each("a{}", (0, 2))`` is "a0, a2, "."""
    return "".join(form.format(k) + ", " for k in positions)
