"""What a rule does, step by step: it is run once more on Tensors, and every op that it calls is written down.

The text of a rule may hold helpers, loops and questions about shapes; what is left of it for one node is a list of
calls of ops, one after the other. That list can be shown, and asked for the arithmetic of any entry.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...core import fast
from ...core.observe import mode, unwatch, watch
from ...core.op import OPS
from ...core.roles import roles
from ...core.table import Op, names_of
from ...core.variable import Variable, wrap
from ...core.watcher import Watcher
from ..entries import Operand, Record
from .unfold import REMADE

CORE = str(Path(fast.__file__).parent.parent)
ASSIGNED = re.compile(r"\s*(\w+) = ")


@dataclass
class Call:
    """One op of a trace: what it was called with and what it made; what the line that called it names the result."""

    op: Op
    args: tuple[Any, ...]
    outs: tuple[Variable, ...]
    where: tuple[str, int]
    name: str = ""


@dataclass(eq=False)
class Trace(Watcher):
    """The calls of ops while it watches."""

    calls: list[Call] = field(default_factory=list)

    def op_ran(self, op: Any, args: tuple[Any, ...], out: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_code.co_filename.startswith(CORE):
            frame = frame.f_back  # type: ignore[assignment]
        where = frame.f_code.co_filename, frame.f_lineno
        if self.calls and self.calls[-1].where == where:
            self.calls[-1].name = ""  # only a step on the way to what the line names
        found = ASSIGNED.match(linecache.getline(*where, frame.f_globals))
        name = found[1] if found else ""
        self.calls.append(Call(op, args, out if isinstance(out, tuple) else (out,), where, name))


@contextmanager
def tracing() -> Iterator[Trace]:
    """Write down the calls of the block; no graph is made."""
    trace, grad, watchers = Trace(), mode.grad, mode.watchers
    mode.grad, mode.watchers = False, ()
    watch(trace)
    try:
        with fast.disabled(), np.errstate(all="ignore"):
            yield trace
    finally:
        unwatch(trace)
        mode.grad, mode.watchers = grad, watchers


def tensors_of(record: Record) -> list[Any]:
    """The arguments of a node, in the order of the op's parameters, with a new Tensor for every operand."""
    return [_tensor(v) for v in record.arguments.values()]


def _tensor(value: Any) -> Any:
    if isinstance(value, Operand):
        return wrap(value.value)
    return [_tensor(v) for v in value] if isinstance(value, list) else value


def bare(value: Any) -> Any:
    """Arrays for Tensors, also in lists."""
    if isinstance(value, Variable):
        return value.array
    return type(value)([bare(v) for v in value]) if type(value) in (list, tuple) else value


def named(op: Op, names: tuple[str, ...], args: list[Any], out: Any, needs: Any) -> list[Any]:
    """The values of what a rule of the op names, as Tensors where they are arrays."""
    extras = _extras(op, args) if set(names) & set(op.extras) else {}
    values = []
    for name in names:
        parameter, _, what = name.rpartition("_")
        if name in op.params:
            values.append(args[op.params.index(name)])
        elif name in extras:
            values.append(extras[name])
        elif name in ("out", "needs"):
            values.append(out if name == "out" else needs)
        else:
            each: Any = np.shape if what == "shape" else _dtype
            x = bare(args[op.params.index(parameter)])
            values.append([each(v) for v in x] if isinstance(x, list) else each(x))
    return values


def _dtype(x: Any) -> Any:
    return x.dtype


def _extras(op: Op, args: list[Any]) -> dict[str, Any]:
    """What the forward computed besides; by the ops that remake it, where there are such."""
    found = {name: make(*args) for name, make in REMADE.get(op.name, {}).items()}
    if found:
        return found
    _, *made = op.forward(*map(bare, args))
    for (name, remake), value in zip(op.extras.items(), made, strict=True):
        wants = () if remake is None else names_of(remake, 0)
        if remake is None or name in wants:
            found[name] = wrap(value) if isinstance(value, np.ndarray) else value
        else:
            found[name] = remake(*[args[op.params.index(n)] for n in wants])
    return found


def gradients(record: Record, args: list[Any], outs: list[Any], gs: list[Any], wanted: list[int]) -> list[Any]:
    """What the node's rules make of the gradients ``gs`` of its outputs, on Tensors, for the operands at the positions
    ``wanted``: (gradient, the same summed to the operand's shape, if it was broadcast)."""
    op = OPS[record.op]
    out = outs[0] if not op.many else None
    g: Any = gs if op.many else gs[0]
    needs = tuple([k in wanted for k in range(len(record.positions))])
    joint = op.joint or (next(iter(op.rules.values())) if op.variadic else None)
    found: Any = joint and joint(g, *named(op, names_of(joint), args, out, needs))
    operands = args[0] if op.variadic else [args[i] for i in op.diff]
    pairs = []
    for k in wanted:
        if joint is None:
            rule = op.rules[record.positions[k]]
            dx = rule(g, *named(op, names_of(rule), args, out, needs))
        else:
            dx = found[k]
        shape = np.shape(bare(operands[k]))
        pairs.append((dx, dx if dx.shape == shape else roles.sum_to(dx, shape)))
    return pairs
