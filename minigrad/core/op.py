"""How an op is recorded: ``@op`` turns a NumPy function into one that also works on Tensors and leaves a node,
``defgrad`` says how its gradient flows. This is the only clever file in the library.

    @op
    def mul(x, y): return np.multiply(x, y)
    defgrad(mul, x=lambda g, y: g * y,
                 y=lambda g, x: g * x)

A rule is an ordinary function of ``g`` (the gradient of the output), of the arguments it names, and of ``out``.
What it names is saved, what it does not name is freed. Every step it takes is an op or an operator, so on arrays
it computes numbers, and on Tensors (``create_graph=True``) the same text builds the graph of the gradient.

A rule may name
    an argument          ``x``: the operand as the op saw it (after promotion, before broadcasting)
    ``x_shape x_dtype``  only the shape or the number type is kept, not the numbers
    ``out``              the op's result
    an extra             something the forward computed anyway (``extras``)
    ``needs``            in a joint rule or that of a list: which gradients are wanted
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, overload

import numpy as np

from . import graph
from .dtype import F32, F64, default_float, result_type
from .errors import broadcast_error, stale_error, twice_error, user_trace
from .graph import Node, Port, Variable, mode, node_of, tick, version_of, wrap

F = TypeVar("F", bound=Callable[..., Any])
ndarray = np.ndarray
_new = object.__new__

OPS: dict[str, Op] = {}
"""Every op there is, by name."""


class Op:
    """What the engine knows of one operation."""

    def __init__(
        self,
        forward: Callable[..., Any],
        *,
        name: str,
        label: str,
        promote: str,
        operands: int,
        many: bool,
        view: bool,
        variadic: bool,
        extras: dict[str, Callable[..., Any] | None],
    ) -> None:
        self.forward = forward
        self.name = name
        self.label = label
        self.promote = promote
        self.many = many
        self.view = view
        self.variadic = variadic
        self.extras = extras
        parameters = inspect.signature(forward).parameters.values()
        self.params = tuple(p.name for p in parameters)
        self.defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        self.operands = operands or len(self.params) - len(self.defaults)
        self.rules: dict[str, Callable[..., Any]] = {}
        self.joint: Callable[..., Any] | None = None
        self.diff: tuple[int, ...] = ()  # positions of the differentiable parameters
        self.plans: dict[Any, Plan] = {}
        self.call: Callable[..., Any] = forward  # the recording function, once there is one

    def plan(self, needs: tuple[bool, ...], tensors: tuple[bool, ...]) -> Plan:
        """Which rules to run, and what to save for them, when these operands need a gradient
        and these arguments are Tensors."""
        found = self.plans.get((needs, tensors))
        if found is None:
            found = self.plans[needs, tensors] = Plan(self, needs, tensors)
        return found

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments in the order of the parameters, defaults filled in."""
        rest = list(args)
        for p in self.params[len(args) :]:
            if p in kwargs:
                rest.append(kwargs.pop(p))
            elif p in self.defaults:
                rest.append(self.defaults[p])
            else:
                raise TypeError(f"{self.name}() missing the required argument '{p}'")
        if kwargs or len(rest) > len(self.params):
            odd = ", ".join(map(repr, kwargs)) or f"{len(args)} positional arguments"
            raise TypeError(
                f"{self.name}() got unexpected {odd}; it takes ({', '.join(self.params)})"
            )
        return tuple(rest)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


ARG, OUT, EXTRA, NEEDS, SHAPE, DTYPE = range(6)  # what a saved value is


class Plan:
    """For one op and one pattern of arguments: the rules to run and the values they name.

    names    of the saved values; sources says where each comes from: (kind, position)
    calls    (which operand, its rule, which of the saved values the rule takes)
    save     (args, arrays, extras, needs) -> the tuple of values a node saves
    run      (node, gradient) -> the gradient of each operand, on arrays

    ``save`` and ``run`` are written out as Python text and compiled, as a dataclass writes its ``__init__``: they say
    without loops what would be looked up again for every node. ``print(minigrad.mul.op.plan(...).text)`` shows them.
    """

    def __init__(self, op: Op, needs: tuple[bool, ...], tensors: tuple[bool, ...]) -> None:
        positions = [k for k, need in enumerate(needs) if need]
        wanted = [op.params[op.diff[k]] for k in positions] if not op.variadic else list(op.rules)
        rules = [op.joint] if op.joint else [op.rules[p] for p in wanted]
        named: list[str] = []
        for rule in rules:
            named += [n for n in _names(rule) if n not in named]
        for extra in [n for n in named if n in op.extras]:
            remake = op.extras[extra]
            named += [n for n in _names(remake, 0) if n not in named] if remake else []
        self.op = op
        self.names = tuple(named)
        self.sources = tuple(_source(op, n) for n in named)
        self.out = "out" in named
        self.keeps = any(kind < NEEDS for kind, _ in self.sources)
        self.joint = op.joint is not None or op.variadic
        self.calls = tuple(
            (k, rule, tuple(named.index(n) for n in _names(rule)))
            for k, rule in zip([0] if self.joint else positions, rules, strict=True)
        )
        self.text = self._write_save() + self._write_run(len(needs), tensors)
        scope: dict[str, Any] = {f"rule{k}": rule for k, rule, _ in self.calls}
        scope |= {"shape": np.shape, "stale": stale, "arrays": arrays, "twice_error": twice_error}
        exec(compile(self.text, f"<backward of {op.name}>", "exec"), scope)
        self.save: Callable[..., tuple[Any, ...]] = scope["save"]
        self.run: Callable[[Node, Any], Any] = scope["run"]

    def _write_save(self) -> str:
        variadic = self.op.variadic
        value = {
            ARG: lambda i: f"args[{i}]",
            OUT: lambda i: "None",
            EXTRA: lambda i: f"extras[{i}]",
            NEEDS: lambda i: "needs",
            SHAPE: lambda i: "[shape(a) for a in arrays[0]]"
            if variadic and i == 0
            else f"shape(arrays[{i}])",
            DTYPE: lambda i: "[a.dtype for a in arrays[0]]"
            if variadic and i == 0
            else f"arrays[{i}].dtype",
        }
        values = "".join(value[kind](i) + ", " for kind, i in self.sources)
        return f"def save(args, arrays, extras, needs): return ({values})\n"

    def _write_run(self, count: int, tensors: tuple[bool, ...]) -> str:
        lines = []
        if self.names:
            lines += ["saved = node.saved", "if saved is None: raise twice_error(node.name())"]
            lines += ["".join(f"s{k}, " for k in range(len(self.names))) + "= saved"]
        for k, (kind, i) in enumerate(self.sources):
            if kind == ARG and tensors[i]:
                lines.append(f"v = s{k}.version")
                lines.append(f"if v is not None and v.clock > node.seq: stale(node, {k})")
                lines.append(f"s{k} = s{k}.array")
            elif kind == ARG:
                lines.append(f"if type(s{k}) in (list, tuple): s{k} = arrays(node, {k}, s{k})")
            elif kind == OUT:
                lines.append("v = node.version")
                lines.append(f"if v is not None and v.clock > node.seq: stale(node, {k})")
                lines.append(f"s{k} = node.out")
        results = ["None"] * count
        for k, _, takes in self.calls:
            results[k] = f"rule{k}(g" + "".join(f", s{t}" for t in takes) + ")"
        lines.append(f"return {results[0]}" if self.joint else f"return ({', '.join(results)},)")
        return "def run(node, g):\n    " + "\n    ".join(lines) + "\n"

    def run_on_tensors(self, node: Node, g: Any) -> Any:
        """The gradient of each operand as Tensors, with a graph of their own."""
        values = self._attached(node) if self.names else []
        results: list[Any] = [None] * len(node.parents)
        for k, rule, takes in self.calls:
            results[k] = rule(g, *[values[t] for t in takes])
        return results[0] if self.joint else results

    def _attached(self, node: Node) -> list[Any]:
        """What the rules name, attached to the graph: operands as they are, the output to its node."""
        if node.saved is None:
            raise twice_error(node.name())
        values = list(node.saved)
        for k, (kind, _) in enumerate(self.sources):
            if kind == OUT:
                if node.version is not None and node.version.clock > node.seq:
                    stale(node, k)
                values[k] = wrap(node.out, node)
            elif kind == ARG:
                operands = values[k] if type(values[k]) in (list, tuple) else [values[k]]
                for x in operands:
                    if isinstance(x, Variable) and x.version and x.version.clock > node.seq:
                        stale(node, k)
        for k, (kind, _) in enumerate(self.sources):
            if kind == EXTRA:
                remake = self.op.extras[self.names[k]]
                if remake is None:
                    values[k] = wrap(values[k]) if isinstance(values[k], ndarray) else values[k]
                else:
                    values[k] = remake(*[values[self.names.index(n)] for n in _names(remake, 0)])
        return values


def stale(node: Node, k: int) -> None:
    """Say which saved value was overwritten."""
    plan = node.plan
    kind, _ = plan.sources[k]
    if kind == OUT:
        raise stale_error(node, "the output", node.out.shape, node.version)
    assert node.saved is not None
    operands = node.saved[k] if type(node.saved[k]) in (list, tuple) else [node.saved[k]]
    for x in operands:
        if isinstance(x, Variable) and x.version and x.version.clock > node.seq:
            raise stale_error(node, f"operand {plan.names[k]!r}", x.array.shape, x.version)


def arrays(node: Node, k: int, values: Any) -> Any:
    """The arrays of a saved list of operands (other lists, such as dims, come back as they are)."""
    if not any([isinstance(x, Variable) for x in values]):
        return values
    stale(node, k)
    return [x.array if isinstance(x, Variable) else x for x in values]


def _names(rule: Any, skip: int = 1) -> tuple[str, ...]:
    code = rule.__code__
    return tuple(code.co_varnames[skip : code.co_argcount])


def _source(op: Op, name: str) -> tuple[int, Any]:
    if name in op.params:
        return ARG, op.params.index(name)
    if name == "out":
        return OUT, None
    if name in op.extras:
        return EXTRA, list(op.extras).index(name)
    if name == "needs":
        return NEEDS, None
    parameter, _, what = name.rpartition("_")
    return (SHAPE if what == "shape" else DTYPE), op.params.index(parameter)


@overload
def op(forward: F) -> F: ...
@overload
def op(
    *,
    name: str = ...,
    label: str = ...,
    promote: str = ...,
    operands: int = ...,
    many: bool = ...,
    view: bool = ...,
    variadic: bool = ...,
    extras: dict[str, Callable[..., Any] | None] | None = ...,
) -> Callable[[F], F]: ...
def op(
    forward: Any = None,
    *,
    name: str = "",
    label: str = "",
    promote: str = "",
    operands: int = 0,
    many: bool = False,
    view: bool = False,
    variadic: bool = False,
    extras: dict[str, Callable[..., Any] | None] | None = None,
) -> Any:
    """Make an op of a function on arrays.

    name      in the table of ops (default: the function's, without a leading underscore)
    label     torch's name of its backward (default: ``MulBackward0`` for ``mul``)
    promote   "number": operands are cast to their common type; "float": and integers to the default float;
              "" : operands are taken as they are. A cast is an op of its own, so its gradient is cast back
    operands  how many leading parameters are promoted and broadcast (default: those without a default value)
    many      the forward returns several outputs; rules get the list of their gradients, None where there is none
    view      the output looks at the operand's memory
    variadic  the first parameter is a list of operands, as in ``cat``; its rule returns a list of gradients
    extras    name -> how to compute it differentiably from the arguments (None: a constant such as a mask or
              indices). The forward returns (out, extra, ...); only out reaches the user, rules may name the rest
    """
    if forward is None:
        return lambda f: op(
            f, name=name, label=label, promote=promote, operands=operands, many=many, view=view,
            variadic=variadic, extras=extras,
        )  # fmt: skip
    name = name or forward.__name__.strip("_")
    label = label or "".join(p.capitalize() for p in name.split("_")) + "Backward0"
    made = Op(
        forward, name=name, label=label, promote=promote, operands=operands, many=many, view=view,
        variadic=variadic, extras=extras or {},
    )  # fmt: skip
    assert name not in OPS, f"two ops are named {name}"
    OPS[name] = made
    plain = bool(promote) and len(made.params) == made.operands and not extras and not many and not view and not variadic
    record = {1: _record_unary, 2: _record_binary}.get(made.operands if plain else 0, _record_any)
    call: Any = functools.wraps(forward)(record(made))
    call.op = made
    made.call = call
    return call


def defgrad(call: Any, joint: Callable[..., Any] | None = None, of: str = "", **rules: Any) -> None:
    """Say how the gradient flows through an op: one rule per differentiable argument,
    or one ``joint`` rule that returns the gradients of the arguments ``of="x w b"`` where they share work.

    Raises  TypeError if a rule names what the op does not have.
    """
    op: Op = call.op
    for argument, rule in {**rules, "joint": joint}.items():
        if rule is None:
            continue
        known = {*op.params, *(p + s for p in op.params for s in ("_shape", "_dtype"))}
        known |= {*op.extras, "out", "needs"}
        if odd := [n for n in _names(rule) if n not in known]:
            raise TypeError(f"the rule {op.name}.grad.{argument} names {odd}, not in {known}")
        if rule.__name__ == "<lambda>":  # a traceback then says which derivative failed
            rule.__code__ = rule.__code__.replace(co_name=f"{op.name}.grad.{argument}")
    op.rules = rules
    op.joint = joint
    names = of.split() if joint else list(rules)
    op.diff = tuple(sorted(op.params.index(n) for n in names))
    if joint:
        assert [op.params[i] for i in op.diff] == names, "`of` must follow the parameters' order"


# ---- recorders: the same steps three times, specialised because this is where the time goes -------------------
#
#   1. take the arrays out of the Variables   2. promote   3. run the forward   4. if an operand needs a gradient:
#   a Node with the parents and with what the rules named


def _node(op: Op, plan: Plan, parents: tuple[Any, ...], saved: tuple[Any, ...], fit: Any) -> Node:
    node = _new(Node)
    node.op = op
    node.seq = tick()
    node.parents = parents
    node.plan = plan
    node.saved = saved
    node.fit = fit
    node.out = node.version = node.hooks = node.trace = None
    if mode.anomaly:
        node.trace = user_trace()
    return node


def _record_unary(op: Op) -> Callable[..., Any]:
    """y = f(x), one operand, nothing else (exp, relu, neg ...)."""
    forward = op.forward
    any_operand = _record_any(op)
    plan: Any = None

    def record(x: Any) -> Any:
        nonlocal plan
        if not isinstance(x, Variable):
            return forward(x) if isinstance(x, (ndarray, np.generic)) else any_operand(x)
        a = x.array
        d = a.dtype
        if d is not F32 and d is not F64:
            return any_operand(x)
        out = forward(a)
        y = _new(graph.tensor_class)
        y.array = out = out if type(out) is ndarray else np.asarray(out)
        y.version = y.view = y.node = None
        parent = x.node if x.view is None else node_of(x)
        if parent is not None and mode.grad and op.diff:
            if plan is None:
                plan = op.plan((True,), (True,))
            saved = plan.save((x,), (a,), (), (True,)) if plan.names else ()
            y.node = node = _node(op, plan, (parent,), saved, None)
            if plan.out:
                node.out = out
                node.version = y.version = graph.Version()
        return y

    return record


def _record_binary(op: Op) -> Callable[..., Any]:
    """z = f(x, y): two operands that broadcast, nothing else (add, mul, div ...)."""
    forward = op.forward
    any_operand = _record_any(op)
    plans: dict[int, Plan] = {}

    def record(x: Any, y: Any) -> Any:
        xn: Any = None
        yn: Any = None
        fit = None
        if isinstance(x, Variable):
            a: Any = x.array
            d = a.dtype
            if d is not F32 and d is not F64:
                return any_operand(x, y)
            xn = x.node if x.view is None else node_of(x)
            if isinstance(y, Variable):
                b: Any = y.array
                if b.dtype is not d:
                    return any_operand(x, y)
                yn = y.node if y.view is None else node_of(y)
                s = a.shape
                t = b.shape
                if s != t:
                    fit = (s, t)
                pattern = 0
            elif type(y) is float or type(y) is int:
                b = y
                pattern = 4
            else:
                return any_operand(x, y)
        elif (type(x) is float or type(x) is int) and isinstance(y, Variable):
            a = x
            b = y.array
            d = b.dtype
            if d is not F32 and d is not F64:
                return any_operand(x, y)
            yn = y.node if y.view is None else node_of(y)
            pattern = 8
        elif isinstance(x, (ndarray, np.generic)) and not isinstance(y, Variable):
            return forward(x, y)
        else:
            return any_operand(x, y)
        if fit is None:
            out = forward(a, b)
        else:
            try:
                out = forward(a, b)
            except ValueError:
                raise broadcast_error(op.name, fit) from None
        z = _new(graph.tensor_class)
        z.array = out = out if type(out) is ndarray else np.asarray(out)
        z.version = z.view = z.node = None
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
        return z

    return record


def _record_any(op: Op) -> Callable[..., Any]:
    """Any op: keyword arguments, promotion, lists of operands, extras, several outputs, views."""
    forward, n = op.forward, len(op.params)

    def record(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != n:
            args = op.bind(args, kwargs)
        variadic = op.variadic
        operands = (*args[0], *args[1:]) if variadic else args
        if not any([isinstance(a, Variable) for a in operands]):
            if op.promote and not any([isinstance(a, (ndarray, np.generic)) for a in operands]):
                raise TypeError(
                    f"{op.name}(): argument '{op.params[0]}' must be Tensor, not {type(args[0]).__name__}"
                )
            out = forward(*args)
            return out[0] if op.extras else out
        if op.promote:
            args = _promote(op, args)
        arrays = [a.array if isinstance(a, Variable) else a for a in args]
        if variadic:
            arrays[0] = [a.array if isinstance(a, Variable) else a for a in args[0]]
        try:
            out = forward(*arrays)
        except ValueError as error:
            if op.promote and "broadcast" in str(error):
                shapes = [np.shape(a) for a in arrays[: op.operands]]
                raise broadcast_error(op.name, shapes) from None
            raise
        extras: tuple[Any, ...] = ()
        if op.extras:
            out, *rest = out
            extras = tuple(rest)
        differentiable = (
            args[0] if variadic else [args[i] for i in op.diff]
        )  # a list has a gradient per element, and is then the only differentiable argument
        node = None
        if mode.grad and op.diff:
            parents = tuple(
                [node_of(a) if isinstance(a, Variable) else None for a in differentiable]
            )
            needs = tuple([p is not None for p in parents])
            if any(needs):
                tensors = tuple([isinstance(a, Variable) for a in args])
                plan = op.plan((True,) if variadic else needs, tensors)
                saved = plan.save(args, arrays, extras, needs)
                fit = None
                if op.promote or op.name == "matmul":
                    shapes = [np.shape(arrays[i]) for i in op.diff]
                    fit = tuple(shapes) if any(s != np.shape(out) for s in shapes) else None
                node = _node(op, plan, parents, saved, fit)
        if op.many:
            return _outputs(op, args, out, node, record)
        y = wrap(out, node)
        if node is not None and node.plan.out:
            node.out, node.version = y.array, version_of(y)
        if op.view:
            _look_at(y, args[0], record, args[1:])
        return y

    return record


def _promote(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands in their common type; a cast is recorded, so that its gradient is cast back."""
    operands = [
        a.item() if isinstance(a, np.generic) else a for a in args[: op.operands]
    ]
    common = result_type([a.array if isinstance(a, Variable) else a for a in operands])
    if op.promote == "float" and common.kind != "f":
        common = default_float()
    cast = OPS["to_dtype"].call
    for k, a in enumerate(operands):
        if isinstance(a, Variable):
            operands[k] = a if a.array.dtype == common else cast(a, common)
        elif isinstance(a, ndarray):
            operands[k] = a.astype(common, copy=False)
        elif a is not None:
            operands[k] = common.type(a)
    return (*operands, *args[op.operands :])


def _outputs(
    op: Op, args: tuple[Any, ...], outs: Any, node: Node | None, record: Callable[..., Any]
) -> tuple[Any, ...]:
    """Tensors around several outputs; each gets a Port that gathers its gradient for the op's node."""
    results = []
    for i, out in enumerate(outs):
        y = wrap(out)
        if node is not None and y.array.dtype.kind == "f":
            port = _new(Port)
            port.op, port.plan, port.seq = op, node.plan, tick()
            port.parents, port.saved, port.index = (node,), (), i
            port.fit = port.out = port.version = port.hooks = port.trace = None
            y.node = port
        if op.view:
            _look_at(y, args[0], lambda x, *rest, i=i: record(x, *rest)[i], args[1:], op.label)
        results.append(y)
    if node is not None:
        node.out = len(results)
    return tuple(results)


def _look_at(
    y: Variable, x: Variable, record: Callable[..., Any], args: tuple[Any, ...], multiple: str = ""
) -> None:
    """Make ``y`` a view of ``x`` if it shares its memory (a reshape may have had to copy)."""
    if _owner(y.array) is _owner(x.array):
        y.version = version_of(x)
        y.view = graph.View(x, record, args)
        y.view.multiple = multiple


def _owner(a: Any) -> Any:
    while a.base is not None and isinstance(a.base, ndarray):
        a = a.base
    return a
