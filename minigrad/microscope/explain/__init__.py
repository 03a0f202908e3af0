"""Where each number of a page comes from: the arrays, and for every node the small programs that made its numbers."""

from __future__ import annotations

import json
from typing import Any

from ...core.op import OPS
from ...core.variable import wrap
from ..entries import Operand, Record, Step
from .program import Program
from .store import BUDGET as BUDGET
from .store import Store as Store
from .trace import Call, gradients, named, tensors_of, tracing


class Explainer:
    """Writes the programs of nodes; equal ones once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.programs: list[list[Any]] = []
        self._known: dict[str, int] = {}

    def node(self, record: Record) -> dict[str, Any] | None:
        """For JSON, see schema.py; None for a Function that a user wrote, whose rule is the user's own."""
        op = OPS.get(record.op)
        if op is None or op.params != tuple(record.arguments) or record.label.endswith("Function"):
            return None
        for value in record.arguments.values():
            if op.name.endswith("_layer") and isinstance(value, tuple) and value and self.store.packed is None:
                self.store.packed = value
        return {"forward": self._forward(record), "steps": [self._step(record, step) for step in record.steps]}

    def _forward(self, record: Record) -> dict[str, Any]:
        args, outs = tensors_of(record), [wrap(y) for y in record.outputs]
        program = Program(self.store, _operands(args), record.op)
        program.write([Call(OPS[record.op], tuple(args), tuple(outs), ("", 0))])
        return {"program": self._number(program), "outputs": [program.reference(y) for y in outs]}

    def _step(self, record: Record, step: Step) -> dict[str, Any] | None:
        args, outs = tensors_of(record), [wrap(y) for y in record.outputs]
        arrived = step.upstream if isinstance(step.upstream, list) else [step.upstream]
        gs = [None if g is None else wrap(g) for g in arrived]
        wanted = [sent.position for sent in step.contributions]
        known = _operands(args)
        known |= {id(y): f"o{k}" for k, y in enumerate(outs)}
        known |= {id(g): f"g{k}" for k, g in enumerate(gs) if g is not None}
        program = Program(self.store, known, record.op)
        with tracing() as trace:
            found = gradients(record, args, outs, gs, wanted)
        program.write(trace.calls)
        before, after = ([program.reference(pair[k]) for pair in found] for k in (0, 1))
        return {"program": self._number(program), "before": before, "gradients": after}

    def _number(self, program: Program) -> int:
        text = json.dumps(program.instructions)
        if text not in self._known:
            self._known[text] = len(self.programs)
            self.programs.append(program.instructions)
        return self._known[text]


def _operands(args: list[Any]) -> dict[int, str]:
    """id of each Tensor among the arguments -> "a" and its number, where a list counts by its elements."""
    flat: list[Any] = []
    for a in args:
        flat += a if isinstance(a, list) else [a]
    return {id(x): f"a{k}" for k, x in enumerate(flat)}
