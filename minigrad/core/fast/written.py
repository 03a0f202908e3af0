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
from ..beside import hand_on
from ..dtype import F32, F64
from ..errors import broadcast_error, in_64_bits
from ..node import Node
from ..observe import mode, watching
from ..table import Op, Promote
from ..variable import Variable, plain, special
from ..version import INFERENCE, Version, next_seq
from ..views import make_view
from .general import general
from .nodes import parent_of, show
from .plans import compiled, fast_plan

_KNOWN: dict[str, Any] = {
    "_F32": F32, "_F64": F64, "_INFERENCE": INFERENCE, "_asarray": np.asarray, "_mode": mode, "_ndarray": np.ndarray,
    "_new": object.__new__, "_next_seq": next_seq, "_plain": plain, "_shape": np.shape, "_special": special,
    "_watching": watching,
}  # fmt: skip
_CALLED = (Node, Variable, Version, broadcast_error, fast_plan, hand_on, in_64_bits, make_view, parent_of, show)
_KNOWN |= {f"_{called.__name__}": called for called in _CALLED}


def written(op: Op) -> Callable[..., Any]:
    """y = f(x, ...): one result."""

    def write(*args: Any, **kwargs: Any) -> Any:
        scope.update(_KNOWN, _op=op, _forward=op.forward, _otherwise=general(op), _plans={})
        scope["_Tensor"] = variable.tensor_class
        compiled(text_of(op), f"<record of {op.name}>", scope)
        record.__code__, scope["_record"] = scope["record"].__code__, record
        record.__defaults__ = op.forward.__defaults__
        return record(*args, **kwargs)

    scope: dict[str, Any] = {"write": write}
    record: Any = types.FunctionType(_unwritten.__code__, scope, op.name)
    recorder: Callable[..., Any] = record
    return recorder


def _unwritten(*args: Any, **kwargs: Any) -> Any:
    return write(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def text_of(op: Op) -> str:
    """The recorder of an op, as Python text, with the op's own parameters. ``_a0, _a1`` are the arrays in them, ``_t1``
    whether there is one, ``_n0, _n1`` the nodes of those that have a gradient."""
    names = op.params
    first = names[0]
    args = f"({_each('{}', names)})"
    if op.diff and 0 not in op.diff:
        return f"def record({_each('{}', names)}):\n    return _otherwise{args}\n"
    count = range(len(names))
    promoted = op.operands if op.promote is not Promote.NEVER else 1
    lines = [
        f"if type({first}) not in _plain:",
        f"    if type({first}) is _ndarray{''.join(f' and not isinstance({name}, _Variable)' for name in names[1:])}:",
        f"        return _forward{args}{'[0]' if op.extras else ''}",
        f"    return _otherwise{args}",
        f"_a0 = {first}.array",
        "_d = _a0.dtype",
        f"if _d is not _F32 and _d is not _F64: return _otherwise{args}",
    ]
    for k in count[1:promoted]:
        lines += _operand(op, k, args)
    for k in count[promoted:]:
        lines += [f"_t{k} = isinstance({names[k]}, _Variable)", f"_a{k} = {names[k]}.array if _t{k} else {names[k]}"]
    lines += _forward(op)
    lines += ["_y = _new(_Tensor)", "_y.array = _out = _out if type(_out) is _ndarray else _asarray(_out)"]
    lines += ["_y.version = _y.view_info = _y.node = None"]
    lines += _remember(op, args) if op.diff else ["if _mode.inference: _y.version = _INFERENCE"]
    lines += [f"if _special: _hand_on(_y, {args})"]
    if op.view:
        lines += [f"_make_view(_y, {first}, _record, ({_each('{}', names[1:])}))"]
    lines += [f"if _watching and _y.node is not None: _show(_y.node, {args}, _y)", "return _y"]
    return f"def record({_each('{}', names)}):\n" + "".join(f"    {line}\n" for line in lines)


def _operand(op: Op, k: int, args: str) -> list[str]:
    """An operand after the first: a Tensor of the same dtype, a number, or None if that is allowed."""
    x = op.params[k]
    numbers = op.promote is not Promote.TENSORS and k not in op.diff
    return [
        f"if type({x}) in _plain:",
        f"    _t{k}, _a{k} = True, {x}.array",
        f"    if _a{k}.dtype is not _d: return _otherwise{args}",
        *([f"elif type({x}) in (int, float): _t{k}, _a{k} = False, _d.type(_in_64_bits({x}))"] if numbers else []),
        *([f"elif {x} is None: _t{k}, _a{k} = False, None"] if numbers and x in op.defaults else []),
        f"else: return _otherwise{args}",
        *([f"if not _t{k}: {x} = _a{k}"] if numbers else []),
    ]


def _forward(op: Op) -> list[str]:
    arrays = f"({_each('_a{}', range(len(op.params)))})"
    call = f"_out = _forward{arrays}"
    if op.promote is not Promote.NEVER:
        call = "try: " + call
    lines = [call]
    if op.promote is not Promote.NEVER:
        lines += [
            "except ValueError as _error:",
            "    if 'broadcast' not in str(_error): raise",
            f"    raise _broadcast_error(_op.name, [a.shape for a in {arrays} if isinstance(a, _ndarray)]) from None",
        ]
    return [*lines, "_out, *_extras = _out"] if op.extras else lines


def _remember(op: Op, args: str) -> list[str]:
    lines = []
    for k in op.diff:
        x = op.params[k]
        node = f"{x}.node if {x}.view_info is None else _parent_of(_op, {x})"
        lines += [f"_n{k} = {node}" if k == 0 else f"_n{k} = ({node}) if _t{k} else None"]
    count = range(len(op.params))
    arrays = f"({_each('_a{}', count)})"
    needs = f"({_each('_n{} is not None', op.diff)})"
    tensors = f"(True, {_each('_t{}', count[1:])})"
    label = "" if isinstance(op.label, str) else f", _op.label{args}"
    extras = "_extras" if op.extras else "()"
    shapes = "None"
    if op.promote is not Promote.NEVER:
        shapes = f"({_each('_shape(_a{})', op.diff)})"
        shapes += f" if len({{a.shape for a in {arrays} if type(a) is _ndarray}}) > 1 else None"
    return [
        *lines,
        f"if ({' or '.join(f'_n{k} is not None' for k in op.diff)}) and _mode.grad:",
        f"    _needs = {needs if len(op.diff) > 1 else '(True,)'}",
        f"    _key = _needs, {tensors}{label}",
        "    _plan = _plans.get(_key)",
        f"    if _plan is None: _plan = _plans[_key] = _fast_plan(_op, _needs, {tensors}, False, {args})",
        "    _y.node = _node = _new(_Node)",
        "    _node.op = _op",
        "    _node.seq = _next_seq()",
        f"    _node.parents = ({_each('_n{}', op.diff)})",
        "    _node.plan = _plan",
        f"    _node.saved = _plan.save({args}, {arrays}, {extras}, _needs) if _plan.names else ()",
        f"    _node.shapes = {shapes}",
        "    _node.out = _node.version = _node.hooks = _node.trace = None",
        "    if _plan.out:",
        "        _node.out = _out",
        "        _node.version = _y.version = _Version()",
        "elif _mode.inference: _y.version = _INFERENCE",
    ]


def _each(form: str, positions: Any) -> str:
    """``_each("a{}", (0, 2))`` is "a0, a2, "."""
    return "".join(form.format(k) + ", " for k in positions)
