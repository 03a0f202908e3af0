"""What a node saves and how its rules are called, written out once for each op and pattern of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import inference_error, stale_error, twice_error
from .graph import INFERENCE, Node, Path, Variable, wrap
from .half import narrowed, widened

if TYPE_CHECKING:
    from collections.abc import Callable

    from .op import Op

ARG, OUT, EXTRA, NEEDS, SHAPE, DTYPE = range(6)  # what a saved value is


class Plan:
    """For one op and one pattern of arguments: the rules to run and the values they name.

    names    of the saved values; sources says where each comes from: (kind, position)
    calls    (which operand, its rule, which of the saved values the rule takes)
    save     (args, arrays, extras, needs) -> the tuple of values a node saves
    run      (node, gradient) -> the gradient of each operand, on arrays
    label    torch's name of the backward
    halves   the operands are of float16: the rules see them in float32, and what they return is rounded once

    ``save`` and ``run`` are written out as Python text and compiled, as a dataclass writes its ``__init__``: they say
    without loops what would be looked up again for every node. ``print(minigrad.mul.op.plan(...).text)`` shows them.
    """

    def __init__(self, op: Op, needs: tuple[bool, ...], tensors: tuple[bool, ...], halves: bool, label: str) -> None:
        positions = [k for k, need in enumerate(needs) if need]
        wanted = [op.params[op.diff[k]] for k in positions] if not op.variadic else list(op.rules)
        rules = [op.joint] if op.joint else [op.rules[p] for p in wanted]
        named: list[str] = []
        for rule in rules:
            named += [n for n in names_of(rule) if n not in named]
        read = set(named)
        for extra in [n for n in named if n in op.extras]:
            remake = op.extras[extra]
            takes = names_of(remake, 0) if remake else ()
            named += [n for n in takes if n not in named]
            if extra not in takes:
                read.update(takes)
        self.op = op
        self.label = label
        self.halves = halves
        self.names = tuple(named)
        self.sources = tuple(_source(op, n) for n in named)
        self.read = {k for k, n in enumerate(named) if n in read}  # of the others, no more than the node is wanted
        self.out = "out" in named
        kinds = {kind for kind, _ in self.sources}
        self.keeps = bool(kinds & {OUT, EXTRA}) or any(kind == ARG and tensors[i] for kind, i in self.sources)
        self.asks = not self.keeps and ARG in kinds  # whether there are operands is seen only when they are there
        self.joint = op.joint is not None or op.variadic
        self.calls = tuple(
            (k, rule, tuple(named.index(n) for n in names_of(rule)))
            for k, rule in zip([0] if self.joint else positions, rules, strict=True)
        )
        self.text = self._write_save(tensors) + self._write_run(len(needs), tensors)
        scope: dict[str, Any] = {f"rule{k}": rule for k, rule, _ in self.calls}
        scope |= {"shape": np.shape, "stale": stale, "arrays": arrays, "twice_error": twice_error}
        scope |= {"widened": widened, "narrowed": narrowed}
        scope |= {"inference": INFERENCE, "inference_error": inference_error}
        exec(compile(self.text, f"<backward of {op.name}>", "exec"), scope)
        self.save: Callable[..., tuple[Any, ...]] = scope["save"]
        self.run: Callable[[Node, Any], Any] = scope["run"]

    def _write_save(self, tensors: tuple[bool, ...]) -> str:
        variadic = self.op.variadic
        value: dict[int, Callable[[int], str]] = {
            ARG: lambda i: f"args[{i}]",
            OUT: lambda i: "None",
            EXTRA: lambda i: f"extras[{i}]",
            NEEDS: lambda i: "needs",
            SHAPE: lambda i: (
                "[shape(a) for a in arrays[0]]"
                if variadic and i == 0
                else f"arrays[{i}].shape"
                if tensors[i]
                else f"shape(arrays[{i}])"
            ),
            DTYPE: lambda i: "[a.dtype for a in arrays[0]]" if variadic and i == 0 else f"arrays[{i}].dtype",
        }
        values = "".join(value[kind](i) + ", " for kind, i in self.sources)
        lines = [
            f"if args[{i}].version is inference: raise inference_error()"
            for kind, i in self.sources
            if kind == ARG and tensors[i]
        ]
        lines.append(f"return ({values})")
        return "def save(args, arrays, extras, needs):\n    " + "\n    ".join(lines) + "\n"

    def _write_run(self, count: int, tensors: tuple[bool, ...]) -> str:
        lines = []
        if self.names:
            lines += ["saved = node.saved", "if saved is None: raise twice_error(node.name())"]
            lines += ["".join(f"s{k}, " for k in range(len(self.names))) + "= saved"]
        taken = {t for _, _, takes in self.calls for t in takes}  # the others serve to remake an extra, on Tensors only
        for k, (kind, i) in enumerate(self.sources):
            if k not in taken:
                continue
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
        if self.halves:
            lines += [f"s{k} = widened(s{k})" for k in range(len(self.names))] + ["g = widened(g)"]
        results = ["None"] * count
        for k, _, takes in self.calls:
            results[k] = f"rule{k}(g" + "".join(f", s{t}" for t in takes) + ")"
        result = results[0] if self.joint else f"({', '.join(results)},)"
        lines.append(f"return narrowed({result})" if self.halves else f"return {result}")
        return "def run(node, g):\n    " + "\n    ".join(lines) + "\n"

    def run_on_tensors(self, node: Node, g: Any) -> Any:
        """The gradient of each operand as Tensors, with a graph of their own."""
        values = self._attached(node) if self.names else []
        if self.halves:
            g, values = widened(g), widened(values)
        results: Any = [None] * len(node.parents)
        for k, rule, takes in self.calls:
            results[k] = rule(g, *[values[t] for t in takes])
        results = results[0] if self.joint else results
        return narrowed(results) if self.halves else results

    def _attached(self, node: Node) -> list[Any]:
        """What the rules name, attached to the graph: operands as they are, the output to its node."""
        if node.saved is None:
            raise twice_error(node.name())
        values = list(node.saved)
        for k, (kind, i) in enumerate(self.sources):
            if kind == OUT:
                if node.version is not None and node.version.clock > node.seq:
                    stale(node, k)
                values[k] = wrap(node.out, node)
            elif kind == ARG:
                if k not in self.read and isinstance(values[k], Variable):
                    values[k] = wrap(values[k].array, node.parents[self.op.diff.index(i)])
                operands = values[k] if type(values[k]) in (list, tuple) else [values[k]]
                for x in operands:
                    if isinstance(x, Variable) and x.version and x.version.clock > node.seq:
                        stale(node, k)
        for k, (kind, _) in enumerate(self.sources):
            if kind == EXTRA:
                remake = self.op.extras[self.names[k]]
                if remake is None:
                    values[k] = wrap(values[k]) if isinstance(values[k], np.ndarray) else values[k]
                else:
                    values[k] = remake(*[values[self.names.index(n)] for n in names_of(remake, 0)])
        return values


def holds_numbers(values: Any) -> bool:
    """Whether operands, or a path to a view, are among saved values: a sweep frees them. Sizes, slices and places that
    the op worked out for itself stay."""
    for v in values:
        number = isinstance(v, np.ndarray) and not v.ndim
        if number or isinstance(v, (Variable, Path)) or (isinstance(v, (tuple, list)) and holds_numbers(v)):
            return True
    return False


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


def names_of(rule: Any, skip: int = 1) -> tuple[str, ...]:
    """The parameters of a rule after the gradient."""
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
