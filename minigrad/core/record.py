"""What happens when an op is called.

1. bind       the arguments in the order of the parameters
2. promote    the operands to their common dtype
3. compute    take the arrays out of the Variables, run the NumPy function
4. remember   if an operand needs a gradient: a Node, with the parents and with what the rules named
5. wrap       the result in a Tensor that points at the node
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .beside import hand_on
from .dtype import result_type
from .errors import broadcast_error, in_64_bits, no_tensor
from .half import all_halves, narrowed, widened
from .node import Node, OutputSlot
from .observe import announce, mode
from .plan import bare, plan_of
from .promote import promoted
from .table import Op, Promote
from .variable import Variable, special, version_of, wrap
from .views import make_view, node_of


def recorder(op: Op, odd: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The function that runs and records an op; with ``odd``, what users call, which leaves to that what one or two
    operands may be besides Tensors, and under what other names."""
    if odd is not None:
        return lambda *args, **kwargs: odd(*args, **kwargs)

    def record(*args: Any, **kwargs: Any) -> Any:
        args = op.bind(args, kwargs)
        if op.numbers and _plain_number(args[0]) and _plain_number(args[1]):
            args = (wrap(np.asarray(in_64_bits(args[0]), result_type(args[:1]))), *args[1:])
        tensors = [a for a in (*args, *(args[0] if op.variadic else ())) if isinstance(a, Variable)]
        if not tensors:
            return on_arrays(op, args)
        if op.promote is not Promote.NEVER:
            args = promoted(op, args)
        halves = all_halves(differentiable(op, args) or args, op.exact)
        arrays = [bare(a) if isinstance(a, Variable) or (op.variadic and i == 0) else a for i, a in enumerate(args)]
        out, extras = compute(op, arrays, halves)
        node = remember(op, args, arrays, extras, halves)
        result = several(op, args, out, node, record) if op.many else one(op, args, out, node, record)
        if special:
            hand_on(result, tensors)
        announce("op_ran", op, args, result)
        for watcher in mode.watchers if node is not None else ():
            watcher.node_made(node, args, result)
        return result

    return record


def on_arrays(op: Op, args: tuple[Any, ...]) -> Any:
    """No Tensor is among the arguments: a step of a rule, on arrays."""
    if op.promote is not Promote.NEVER and not any([isinstance(a, (np.ndarray, np.generic)) for a in args]):
        raise TypeError(f"{op.name}(): argument '{op.params[0]}' must be Tensor, not {no_tensor(args[0])}")
    out = op.forward(*args)
    return out[0] if op.extras else out


def compute(op: Op, arrays: list[Any], halves: bool) -> tuple[Any, tuple[Any, ...]]:
    """The NumPy function's result, and what it computed besides; float16 is computed in float32 and rounded once."""
    wide = halves and op.wide
    try:
        out = op.forward(*(widened(arrays) if wide else arrays))
    except ValueError as error:
        if op.promote is Promote.NEVER or "broadcast" not in str(error):
            raise
        raise broadcast_error(op.name, [a.shape for a in arrays if isinstance(a, np.ndarray)]) from None
    out, *extras = out if op.extras else (out,)
    return (narrowed(out) if wide else out), tuple(extras)


def differentiable(op: Op, args: tuple[Any, ...]) -> Sequence[Any]:
    """The operands that have rules; a list has a gradient per element, and is then the only one."""
    return args[0] if op.variadic and op.diff else [args[i] for i in op.diff]


def remember(op: Op, args: Any, arrays: list[Any], extras: tuple[Any, ...], halves: bool) -> Node | None:
    """The node of this call, if a gradient is wanted of an operand."""
    if not mode.grad:
        return None
    parents = tuple([node_of(x) if isinstance(x, Variable) else None for x in differentiable(op, args)])
    needs = tuple([parent is not None for parent in parents])
    if not any(needs):
        return None
    plan = plan_of(op, (True,) if op.variadic else needs, halves, args)
    fit = None
    if op.promote is not Promote.NEVER:
        shapes = [a.shape for a in arrays if type(a) is np.ndarray]
        if shapes.count(shapes[0]) < len(shapes):  # they broadcast
            fit = tuple([np.shape(arrays[i]) for i in op.diff])
    return Node(op, plan, parents, plan.save(args, arrays, extras, needs), fit)


def one(op: Op, args: tuple[Any, ...], out: Any, node: Node | None, record: Callable[..., Any]) -> Any:
    """A Tensor around the result."""
    y = wrap(out, node)
    if node is not None and node.plan.out:
        node.out, node.version = y.array, version_of(y)
    if op.view:
        make_view(y, args[0], record, args[1:])
    return y


def several(op: Op, args: Any, outs: Any, node: Node | None, record: Callable[..., Any]) -> tuple[Any, ...]:
    """Tensors around several results; each gets an OutputSlot that gathers its gradient for the op's node."""
    results = []
    for i, out in enumerate(outs):
        y = wrap(out)
        if node is not None and y.array.dtype.kind == "f":
            y.node = OutputSlot(node, i)
        if op.view:
            make_view(y, args[0], lambda x, *rest, i=i: record(x, *rest)[i], args[1:], f"{i} of {op.label}")
        results.append(y)
    if node is not None:
        node.out = len(results)
    return tuple(results)


def _plain_number(x: Any) -> bool:
    return type(x) in (int, float, bool)
