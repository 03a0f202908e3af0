"""What a node saves, and how its rules are called: worked out once for each op and pattern of operands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from .errors import inference_error, stale_error, twice_error
from .half import narrowed, widened
from .node import Node
from .table import Op, names_of
from .variable import Variable, wrap
from .version import INFERENCE, Version
from .views import Path


class Plan:
    """For one op, and the operands that need a gradient: the rules to run and the values they name.

    names    of the saved values
    calls    (which operand, its rule, which of the saved values the rule takes)
    taken    the values that rules take; the others serve to remake an extra, on Tensors
    read     those whose numbers count there: of the others, no more than the node is wanted
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
        self.joint = op.joint is not None or op.variadic
        self.taken = dict.fromkeys([n for rule in rules for n in names_of(rule)])
        remakes = {n: names_of(op.extras[n], 0) for n in self.taken if op.extras.get(n) is not None}
        self.read = {*self.taken, *[n for extra, names in remakes.items() if extra not in names for n in names]}
        self.names = tuple(dict.fromkeys([*self.taken, *[n for names in remakes.values() for n in names]]))
        self.calls = tuple([
            (k, rule, tuple([self.names.index(n) for n in names_of(rule)]))
            for k, rule in zip([0] if self.joint else positions, rules, strict=True)
        ])  # fmt: skip
        self.op, self.halves, self.label = op, halves and not op.stepwise, label
        self.out = "out" in self.names
        self.keeps = self.out or any([n in op.extras for n in self.names])

    def save(self, args: Any, arrays: Any, extras: Any, needs: Any) -> tuple[Any, ...]:
        """The values that the rules name, as a node keeps them."""
        return tuple([self._saved(name, args, arrays, extras, needs) for name in self.names])

    def _saved(self, name: str, args: Any, arrays: Any, extras: Any, needs: Any) -> Any:
        op = self.op
        if name in op.params:
            x = args[op.params.index(name)]
            if isinstance(x, Variable) and x.version is INFERENCE:
                raise inference_error()
            return x
        if name in op.extras:
            return extras[list(op.extras).index(name)]
        if name in ("needs", "out"):  # the node itself keeps the result: a Variable would point back at it
            return needs if name == "needs" else None
        parameter, _, what = name.rpartition("_")  # x_shape, x_dtype
        array = arrays[op.params.index(parameter)]
        of = np.shape if what == "shape" else lambda a: a.dtype
        return [of(a) for a in array] if op.variadic and parameter == op.params[0] else of(array)

    def run(self, node: Node, g: Any, graph: bool = False) -> Any:
        """The gradient of each operand: on arrays, or with ``graph`` as Tensors with a graph of their own."""
        values = self.values(node, graph)
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
        read: Collection[str] = self.read if graph else self.taken
        values = []
        for name, value in zip(self.names, node.saved, strict=True):
            if name in self.op.params and name in read:
                check_operand(node, name, value)
                value = value if graph else bare(value)
            elif isinstance(value, Variable):
                value = wrap(value.array, node.parents[self.op.diff.index(self.op.params.index(name))])
            elif name == "out" and name in read:
                check_fresh(node, "the output", node.out, node.version)
                value = wrap(node.out, node) if graph else node.out
            values.append(value)
        if graph:
            self._remake_extras(values)
        return values

    def _remake_extras(self, values: list[Any]) -> None:
        for k, name in enumerate(self.names):
            remake = self.op.extras.get(name)
            if remake is not None:
                values[k] = remake(*[values[self.names.index(n)] for n in names_of(remake, 0)])
            elif name in self.op.extras and isinstance(values[k], np.ndarray):
                values[k] = wrap(values[k])

    def frees(self, node: Node) -> bool:
        """Whether a sweep that does not retain the graph frees what the node saved."""
        return self.keeps or holds_numbers(node.saved)


def plan_of(op: Op, needs: tuple[bool, ...], halves: bool, args: tuple[Any, ...]) -> Any:
    """The plan for these operands, made when first needed."""
    label = op.label if isinstance(op.label, str) else op.label(*args)
    key = needs, halves, label
    if key not in op.plans:
        op.plans[key] = Plan(op, *key)
    return op.plans[key]


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
