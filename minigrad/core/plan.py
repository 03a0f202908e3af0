"""What a node saves, and how its rules are called: worked out once for each op and pattern of operands."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np

from .errors import inference_error, stale_error, twice_error
from .half import narrowed, widened
from .node import Node
from .table import Op, names_of
from .variable import Variable, wrap
from .version import INFERENCE, Version
from .views import Path


class Kind(Enum):
    """What a value is that a rule names."""

    ARGUMENT = "an argument, as the op saw it"
    SHAPE = "only its shape"
    DTYPE = "only its dtype"
    OUT = "the result"
    EXTRA = "something the forward computed anyway"
    NEEDS = "which gradients are wanted"


class Plan:
    """For one op, and the operands that need a gradient: the rules to run and the values they name.

    names    of the saved values
    sources  where each comes from: (kind, position)
    taken    those that rules take; the others serve to remake an extra, on Tensors
    read     those whose values count there: of the others, no more than the node is wanted
    calls    (which operand, its rule, which of the saved values the rule takes)
    out      whether the result is among them
    joint    one rule for all operands
    halves   the operands are of float16: the rules see them in float32, and what they return is rounded once
    label    torch's name of the backward
    keeps    whether it is known, without a look at what a node saved, that a sweep frees it; else ``asks`` for a look
    """

    asks: Any = True

    def __init__(self, op: Op, needs: tuple[bool, ...], halves: bool, label: str) -> None:
        positions = [k for k, need in enumerate(needs) if need]
        rules = [op.rules[op.params[op.diff[k]]] for k in positions] if not op.joint else [op.joint]
        taken = [n for rule in rules for n in names_of(rule)]
        remakes = {n: names_of(op.extras[n], 0) for n in taken if op.extras.get(n) is not None}
        self.op, self.halves, self.label = op, halves and not op.stepwise, label
        self.joint = op.joint is not None or op.variadic
        self.names = tuple(dict.fromkeys([*taken, *[n for names in remakes.values() for n in names]]))
        self.taken = set(taken)
        self.read = {*taken, *[n for extra, names in remakes.items() if extra not in names for n in names]}
        self.sources = tuple([_source(op, n) for n in self.names])
        self.out = "out" in self.names
        self.keeps = any([kind in (Kind.OUT, Kind.EXTRA) for kind, _ in self.sources])
        self.calls = tuple([
            (k, rule, tuple([self.names.index(n) for n in names_of(rule)]))
            for k, rule in zip([0] if self.joint else positions, rules, strict=True)
        ])  # fmt: skip

    def save(self, args: Any, arrays: Any, extras: Any, needs: Any) -> tuple[Any, ...]:
        """The values that the rules name, as a node keeps them."""
        return tuple([self._saved(kind, i, args, arrays, extras, needs) for kind, i in self.sources])

    def _saved(self, kind: Kind, i: int, args: Any, arrays: Any, extras: Any, needs: Any) -> Any:
        of_each: Any = (lambda f: [f(a) for a in arrays[0]]) if self.op.variadic and i == 0 else lambda f: f(arrays[i])
        if kind is Kind.ARGUMENT:
            if isinstance(args[i], Variable) and args[i].version is INFERENCE:
                raise inference_error()
            return args[i]
        if kind is Kind.SHAPE:
            return of_each(np.shape)
        if kind is Kind.DTYPE:
            return of_each(lambda a: a.dtype)
        if kind is Kind.EXTRA:
            return extras[i]
        return (
            needs if kind is Kind.NEEDS else None
        )  # the result is kept by the node: a Variable would point back at it

    def run(self, node: Node, g: Any) -> Any:
        """The gradient of each operand, on arrays."""
        return self._run(node, g, self.values(node, graph=False))

    def run_on_tensors(self, node: Node, g: Any) -> Any:
        """The same as Tensors, with a graph of their own."""
        return self._run(node, g, self.values(node, graph=True))

    def _run(self, node: Node, g: Any, values: list[Any]) -> Any:
        if self.halves:
            g, values = widened(g), widened(values)
        gradients: Any = [None] * len(node.parents)
        for k, rule, takes in self.calls:
            gradients[k] = rule(g, *[values[t] for t in takes])
        gradients = gradients[0] if self.joint else gradients
        return narrowed(gradients) if self.halves else gradients

    def values(self, node: Node, graph: bool) -> list[Any]:
        """What the rules named, as arrays; or attached to the graph: operands as they are, the result to its node.

        Raises  RuntimeError if it was freed, or written since.
        """
        if node.saved is None:
            raise twice_error(node)
        values = []
        for (kind, i), name, value in zip(self.sources, self.names, node.saved, strict=True):
            if name not in (self.read if graph else self.taken):
                if isinstance(value, Variable):
                    value = wrap(value.array, node.parents[self.op.diff.index(i)])
            elif kind is Kind.ARGUMENT:
                check_operand(node, name, value)
                value = value if graph else bare(value)
            elif kind is Kind.OUT:
                check_fresh(node, "the output", node.out, node.version)
                value = wrap(node.out, node) if graph else node.out
            values.append(value)
        if graph:
            self._remake_extras(values)
        return values

    def _remake_extras(self, values: list[Any]) -> None:
        for k, (kind, _) in enumerate(self.sources):
            if kind is Kind.EXTRA:
                remake = self.op.extras[self.names[k]]
                if remake is not None:
                    values[k] = remake(*[values[self.names.index(n)] for n in names_of(remake, 0)])
                elif isinstance(values[k], np.ndarray):
                    values[k] = wrap(values[k])

    def frees(self, node: Node) -> bool:
        """Whether a sweep that does not retain the graph frees what the node saved."""
        return self.keeps or holds_numbers(node.saved)


def plan_of(op: Op, needs: tuple[bool, ...], halves: bool, args: tuple[Any, ...]) -> Plan:
    """The plan for these operands, made when first needed."""
    label = op.label if isinstance(op.label, str) else op.label(*args)
    key = needs, halves, label
    if key not in op.plans:
        op.plans[key] = Plan(op, needs, halves, label)
    plan: Plan = op.plans[key]
    return plan


def bare(value: Any) -> Any:
    """The arrays in what may be a Variable, or a list of them; anything else as it is."""
    if type(value) in (list, tuple) and any([isinstance(x, Variable) for x in value]):
        return [bare(x) for x in value]
    return value.array if isinstance(value, Variable) else value


def check_operand(node: Node, name: str, value: Any) -> None:
    """Refuse a saved operand, or one in a list, that was overwritten."""
    for x in value if type(value) in (list, tuple) else (value,):
        if isinstance(x, Variable):
            check_fresh(node, f"operand {name!r}", x.array, x.version)


def check_fresh(node: Node, what: str, array: Any, version: Version | None) -> None:
    """Refuse a saved value that was overwritten.

    Raises  RuntimeError
    """
    if version is not None and version.written_at > node.seq:
        raise stale_error(node, what, array.shape, version)


def holds_numbers(values: Any) -> bool:
    """Whether operands, or a path to a view, are among saved values: a sweep frees them. Sizes, slices and places that
    the op worked out for itself stay."""
    for v in values:
        number = isinstance(v, (np.ndarray, np.floating)) and not v.ndim
        if number or isinstance(v, (Variable, Path)) or (isinstance(v, (tuple, list)) and holds_numbers(v)):
            return True
    return False


def _source(op: Op, name: str) -> tuple[Kind, Any]:
    if name in op.params:
        return Kind.ARGUMENT, op.params.index(name)
    if name == "out":
        return Kind.OUT, None
    if name in op.extras:
        return Kind.EXTRA, list(op.extras).index(name)
    if name == "needs":
        return Kind.NEEDS, None
    parameter, _, what = name.rpartition("_")
    return (Kind.SHAPE if what == "shape" else Kind.DTYPE), op.params.index(parameter)
