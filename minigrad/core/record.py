"""Recorders: what happens when an op is called. The same steps four times, specialised, because here is where the
time of small ops goes:

1. take the arrays out of the Variables
2. promote them to a common type
3. run the forward
4. if an operand needs a gradient: a Node with the parents and with what the rules named
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import graph
from .dtype import BOOL, F16, F32, F64, default_float, result_type
from .errors import broadcast_error, in_64_bits, kind_of
from .graph import (
    INFERENCE,
    Node,
    Port,
    Variable,
    hand_on,
    mode,
    node_of,
    owner,
    plain,
    special,
    tick,
    version_of,
    watching,
    wrap,
)
from .half import all_halves, narrowed, widened

if TYPE_CHECKING:
    from .op import Op
    from .plan import Plan

ndarray = np.ndarray
_new = object.__new__


def recorder(op: Op) -> Callable[..., Any]:
    """The function that runs and records an op, as special as its signature allows."""
    plain = len(op.params) == op.operands and not (op.extras or op.many or op.view or op.variadic)
    if op.promote and plain and op.operands in (1, 2):
        return _record_unary(op) if op.operands == 1 else _record_binary(op)
    if len(op.arrays) == 1 and op.params[:1] == op.arrays and not (op.many or op.variadic):
        return _record_one(op)
    return _record_any(op)


def _parent(op: Op, x: Variable) -> Any:
    """The node of an operand that is a view, if it is asked for."""
    return node_of(x) if mode.grad and op.diff else None


def _node(op: Op, plan: Plan, parents: tuple[Any, ...], saved: tuple[Any, ...], fit: Any) -> Node:
    node = _new(Node)
    node.op = op
    node.seq = tick()
    node.parents = parents
    node.plan = plan
    node.saved = saved
    node.fit = fit
    node.out = node.version = node.hooks = node.trace = None
    return node


_numbers: dict[Any, dict[float, Any]] = {F32: {}, F64: {}}


def _number(x: float, d: Any) -> Any:
    """A number as an array without dimensions: NumPy takes half as long for it. Those seen before are kept."""
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


def _show(node: Node, args: tuple[Any, ...], out: Any) -> None:
    for watcher in mode.watchers:
        watcher.made(node, args, out)


def _record_unary(op: Op) -> Callable[..., Any]:
    """y = f(x), one operand, nothing else (exp, relu, neg ...)."""
    forward = op.ufunc or op.forward
    any_operand = _record_any(op)
    plan: Any = None

    def record(input: Any) -> Any:  # torch's name
        nonlocal plan
        x = input
        if type(x) not in plain:
            return forward(x) if isinstance(x, (ndarray, np.generic)) else any_operand(x)
        a = x.array
        d = a.dtype
        if d is not F32 and d is not F64:
            return any_operand(x)
        out = forward(a)
        y = _new(graph.tensor_class)
        y.array = out = out if type(out) is ndarray else np.asarray(out)
        y.version = y.viewing = y.node = None
        parent = x.node if x.viewing is None else _parent(op, x)
        if parent is not None and mode.grad and op.diff:
            if plan is None:
                plan = op.plan((True,), (True,))
            saved = plan.save((x,), (a,), (), (True,)) if plan.names else ()
            y.node = node = _node(op, plan, (parent,), saved, None)
            if plan.out:
                node.out = out
                node.version = y.version = graph.Version()
            if watching:
                _show(node, (x,), y)
        elif mode.inference:
            y.version = INFERENCE
        return y

    return record


def _record_one(op: Op) -> Callable[..., Any]:
    """y = f(x, 1, 2): one operand, and arguments that are numbers, dimensions, shapes (sum, softmax, x[0] ...)."""
    forward, extra, view, label_of = op.forward, bool(op.extras), op.view, op.label_of
    any_operand = _record_any(op)
    count = len(op.params) - 1
    tensors = (True,) + (False,) * count
    plans: dict[str | None, Plan] = {}

    def record(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != count + 1:
            args = op.bind(args, kwargs)
        x, *rest = args
        for r in rest:
            if isinstance(r, Variable):
                return any_operand(*args)
        if type(x) not in plain:
            return forward(*args) if type(x) is ndarray and not extra else any_operand(*args)
        a = x.array
        d = a.dtype
        if d is not F32 and d is not F64:
            return any_operand(*args)
        out = forward(a, *rest)
        extras: Any = ()
        if extra:
            out, *extras = out
        y = _new(graph.tensor_class)
        y.array = out = out if type(out) is ndarray else np.asarray(out)
        y.viewing = y.node = None
        y.version = INFERENCE if mode.inference else None
        parent = x.node if x.viewing is None else _parent(op, x)
        if parent is not None and mode.grad and op.diff:
            label = label_of and label_of(*args)
            plan = plans.get(label)
            if plan is None:
                plan = plans[label] = op.plan((True,), tensors, label=label)
            saved = plan.save(args, (a, *rest), extras, (True,)) if plan.names else ()
            y.node = node = _node(op, plan, (parent,), saved, None)
            if plan.out:
                node.out, node.version = out, version_of(y)
        if view:
            _look_at(y, x, record, args[1:])
        if watching and y.node is not None:
            _show(y.node, args, y)
        return y

    return record


def _record_binary(op: Op) -> Callable[..., Any]:
    """z = f(x, y): two operands that broadcast, nothing else (add, mul, div ...)."""
    ufunc = op.ufunc
    forward = op.ufunc or op.forward
    any_operand = _record_any(op)
    numbers = op.promote != "tensors"
    plans: dict[int, Plan] = {}

    def record(input: Any, other: Any) -> Any:  # torch's names
        x, y = input, other
        xn: Any = None
        yn: Any = None
        fit = None
        if type(x) in plain:
            a: Any = x.array
            d = a.dtype
            if d is not F32 and d is not F64:
                return any_operand(x, y)
            xn = x.node if x.viewing is None else _parent(op, x)
            if type(y) in plain:
                b: Any = y.array
                if b.dtype is not d:
                    return any_operand(x, y)
                yn = y.node if y.viewing is None else _parent(op, y)
                s = a.shape
                t = b.shape
                if s != t:
                    fit = (s, t)
                pattern = 0
            elif numbers and (type(y) is float or type(y) is int):
                if len(op.diff) == 1:  # the number gets no gradient
                    return any_operand(x, y)
                b = y = _number(y, d) if ufunc else in_64_bits(y)
                pattern = 4
            else:
                return any_operand(x, y)
        elif numbers and (type(x) is float or type(x) is int) and type(y) in plain:
            b = y.array
            d = b.dtype
            if (d is not F32 and d is not F64) or len(op.diff) == 1:
                return any_operand(x, y)
            a = x = _number(x, d) if ufunc else in_64_bits(x)
            yn = y.node if y.viewing is None else _parent(op, y)
            pattern = 8
        elif isinstance(x, (ndarray, np.generic)) and not isinstance(y, Variable):
            return forward(x, y)
        else:
            return any_operand(x, y)
        try:
            out = forward(a, b)
        except ValueError:
            if fit is None:
                raise
            raise broadcast_error(op.name, fit) from None
        z = _new(graph.tensor_class)
        z.array = out = out if type(out) is ndarray else np.asarray(out)
        z.version = z.viewing = z.node = None
        if (xn is not None or yn is not None) and mode.grad and op.diff:
            if xn is not None:
                pattern += 1
            if yn is not None:
                pattern += 2
            plan = plans.get(pattern)
            if plan is None:
                needs = (xn is not None, yn is not None)
                plan = plans[pattern] = op.plan(needs, (pattern < 8, pattern < 4 or pattern > 7))
            saved = plan.save((x, y), (a, b), (), None) if plan.names else ()
            z.node = node = _node(op, plan, (xn, yn), saved, fit)
            if plan.out:
                node.out = out
                node.version = z.version = graph.Version()
            if watching:
                _show(node, (input, other), z)
        elif mode.inference:
            z.version = INFERENCE
        return z

    return record


def _record_any(op: Op) -> Callable[..., Any]:
    """Any op: keyword arguments, promotion, lists of operands, extras, several outputs, views."""
    forward, n = op.forward, len(op.params)
    variadic, promote, extra = op.variadic, op.promote, bool(op.extras)

    def record(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != n:
            args = op.bind(args, kwargs)
        if op.numbers and type(args[0]) in (int, float, bool) and type(args[1]) in (int, float, bool):
            args = (wrap(np.asarray(in_64_bits(args[0]), result_type(args[:1]))), *args[1:])
        tensors = [isinstance(a, Variable) for a in args]
        if True not in tensors and not (variadic and any([isinstance(a, Variable) for a in args[0]])):
            # a rule's step, on arrays
            if promote and not any([isinstance(a, (ndarray, np.generic)) for a in args]):
                raise TypeError(f"{op.name}(): argument '{op.params[0]}' must be Tensor, not {kind_of(args[0])}")
            out = forward(*args)
            return out[0] if extra else out
        if promote and not _agree(args[: op.operands]):
            args = _promote(op, args)
        arrays = [a.array if isinstance(a, Variable) else a for a in args]
        if variadic:
            arrays[0] = [a.array if isinstance(a, Variable) else a for a in args[0]]
        a = arrays[op.diff[0] if op.diff else 0]
        halves = (type(a) is not ndarray or a.itemsize == 2) and all_halves([args[i] for i in op.diff] or args)
        wide = halves and op.wide
        try:
            out = forward(*(widened(arrays) if wide else arrays))
        except ValueError as error:
            if op.promote and "broadcast" in str(error):
                shapes = [a.shape for a in arrays if isinstance(a, ndarray)]
                raise broadcast_error(op.name, shapes) from None
            raise
        extras: tuple[Any, ...] = ()
        if extra:
            out, *rest = out
            extras = tuple(rest)
        if wide:
            out = narrowed(out)
        node = None
        if op.diff and mode.grad:
            # a list has a gradient per element, and is then the only differentiable argument
            differentiable = args[0] if variadic else [args[i] for i in op.diff]
            parents = tuple([
                (a.node if a.viewing is None else node_of(a)) if isinstance(a, Variable) else None
                for a in differentiable
            ])  # fmt: skip
            if parents.count(None) < len(parents):
                needs = tuple([p is not None for p in parents])
                label = op.label_of and op.label_of(*args)
                plan = op.plan((True,) if variadic else needs, tuple(tensors), halves, label)
                saved = plan.save(args, arrays, extras, needs)
                fit = None
                if promote:
                    shapes = [a.shape for a in arrays if type(a) is ndarray]
                    if shapes.count(shapes[0]) < len(shapes):  # they broadcast
                        fit = tuple([np.shape(arrays[i]) for i in op.diff])
                node = _node(op, plan, parents, saved, fit)
        if op.many:
            outputs = _outputs(op, args, out, node, record)
            if special:
                hand_on(outputs, (*args, *(args[0] if variadic else ())))
            if watching and node is not None:
                _show(node, args, outputs)
            return outputs
        y = wrap(out, node)
        if special:
            hand_on(y, (*args, *(args[0] if variadic else ())))
        if node is not None and node.plan.out:
            node.out, node.version = y.array, version_of(y)
        if op.view:
            _look_at(y, args[0], record, args[1:])
        if watching and node is not None:
            _show(node, args, y)
        return y

    return record


def _agree(operands: tuple[Any, ...]) -> bool:
    """Whether all are Tensors of one floating type: then there is nothing to promote."""
    kind = None
    for a in operands:
        if not isinstance(a, Variable):
            return False
        if kind is None:
            kind = a.array.dtype
        elif a.array.dtype is not kind:
            return False
    return kind is F32 or kind is F64


def _promote(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands in their common type; a cast is recorded, so that its gradient is cast back."""
    operands = [_python_number(a) if isinstance(a, np.generic) else a for a in args[: op.operands]]
    for k, a in enumerate(operands):
        if not isinstance(a, (Variable, ndarray, int, float)) and (a is not None or op.params[k] not in op.defaults):
            raise TypeError(f"{op.name}(): argument '{op.params[k]}' must be Tensor or a number, not {kind_of(a)}")
    for k, a in enumerate(operands):
        if op.promote == "tensors" and type(a) in (int, float, bool):
            raise TypeError(
                f"{op.name}(): argument '{op.params[k]}' must be Tensor, not {type(a).__name__}; make one with "
                f"torch.tensor({a})"
            )
        if op.promote == "signed" and (a.array.dtype == BOOL if isinstance(a, Variable) else isinstance(a, bool)):
            raise NotImplementedError(
                f"{op.name}: the `-` operator with a bool tensor is not supported. If you are trying to invert a mask, "
                "use the `~` or `logical_not()` operator instead."
            )
    common = result_type([a.array if isinstance(a, Variable) else a for a in operands if a is not None])
    if op.promote == "float" and common.kind != "f":
        common = default_float()
    cast = op.table["to_dtype"].call
    exact = F32 if common == F16 and op.wide else common  # of a number, which torch rounds no further beside float16
    for k, a in enumerate(operands):
        if isinstance(a, Variable):
            operands[k] = a if a.array.dtype == common else cast(a, common)
            operands[k].version = version_of(a)  # the operand is what was given, not its copy
        elif isinstance(a, ndarray):
            operands[k] = a.astype(common, copy=False)
        elif a is not None:
            operands[k] = np.asarray(in_64_bits(a)).astype(exact)[()]  # -1 is 255 for uint8
    return (*operands, *args[op.operands :])


def _python_number(x: Any) -> Any:
    return float(x) if isinstance(x, np.bool_) else x.item()  # to torch, NumPy's bool is a float


def _outputs(
    op: Op, args: tuple[Any, ...], outs: Any, node: Node | None, record: Callable[..., Any]
) -> tuple[Any, ...]:
    """Tensors around several outputs; each gets a Port that gathers its gradient for the op's node."""
    results = []
    for i, out in enumerate(outs):
        y = wrap(out)
        if node is not None and y.array.dtype.kind == "f":
            y.node = port(node, i)
        if op.view:
            _look_at(y, args[0], lambda x, *rest, i=i: record(x, *rest)[i], args[1:], op.label)
        results.append(y)
    if node is not None:
        node.out = len(results)
    return tuple(results)


def port(node: Node, k: int) -> Port:
    """Output number k of a node that has several."""
    made = _new(Port)
    made.op, made.plan, made.seq = node.op, node.plan, tick()
    made.parents, made.saved, made.index = (node,), (), k
    made.fit = made.out = made.version = made.hooks = made.trace = None
    return made


def _look_at(y: Variable, x: Variable, record: Callable[..., Any], args: tuple[Any, ...], multiple: str = "") -> None:
    """Make ``y`` a view of ``x`` if it shares its memory (a reshape may have had to copy)."""
    if owner(y.array) is owner(x.array):
        y.version = version_of(x)
        y.viewing = graph.View(x, record, args)
        if multiple:
            y.viewing.multiple = multiple
