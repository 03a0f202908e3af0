"""The graph that a forward pass leaves behind: a node for each op, a leaf for each tensor that asked for a gradient.

    x ──Leaf        y = x * w          y.node = Node(mul, parents=(x.node, w.node), saved=(x, w))
    w ──Leaf        z = y.sum()        z.node = Node(sum, parents=(y.node,))

A node points at its parents and never at its own output, so nothing is cyclic: drop ``z`` and the whole graph
is freed at once, without the garbage collector.
"""

from __future__ import annotations

import weakref
from typing import Any

from .grad_fn import GradFn, Hooks
from .table import Op
from .version import Version, next_seq


class Leaf(GradFn):
    """Where a gradient ends: it belongs to the tensor, gradients of the whole sweep are summed into ``grad``.

    The ``.grad`` of a tensor that is not a leaf, or no longer requires a gradient, is kept here too.
    """

    __slots__ = ("__weakref__", "dtype", "grad", "hooks", "owner")
    seq = 0

    def __init__(self, x: Any) -> None:
        self.grad: Any = None
        self.hooks: Hooks | None = None
        self.owner = weakref.ref(x)
        self.dtype = x.array.dtype

    @property
    def variable(self) -> Any:
        """The tensor whose gradient this accumulates."""
        return self.owner()

    def name(self) -> str:
        return "AccumulateGrad"


class Sink(Leaf):
    """Where a gradient ends without being stored."""

    __slots__ = ()


class Node(GradFn):
    """One recorded op.

    op        what it was, with its rules
    seq       when it was made: a node is always younger than its parents
    parents   where each differentiable operand came from; None where no gradient is wanted
    plan      which rules will run, and what each of them needs: a ``plan.Plan``
    saved     what the rules named, in the plan's order; None once freed
    shapes    for a broadcast op: the operands' shapes, to unbroadcast the gradients; else None
    out       the raw output, if a rule names it, with the record of writes to it; of several outputs, how many
    trace     the line of the forward call, while anomalies are detected
    """

    __slots__ = ("__weakref__", "hooks", "op", "out", "parents", "plan", "saved", "seq", "shapes", "trace", "version")

    def __init__(self, op: Op, plan: Any, parents: tuple[Any, ...], saved: tuple[Any, ...], shapes: Any = None) -> None:
        self.op, self.plan, self.parents, self.shapes = op, plan, parents, shapes
        self.saved: tuple[Any, ...] | None = saved
        self.seq = next_seq()
        self.out: Any = None
        self.version: Version | None = None
        self.hooks: Hooks | None = None
        self.trace: str | None = None

    def name(self) -> str:
        """torch's name of the backward function."""
        label: str = self.plan.label
        return label


class OutputSlot(Node):
    """An output slot of an op that has several: its gradient is gathered for the op's own node, parents[0]."""

    __slots__ = ("index",)

    def __init__(self, node: Node, index: int) -> None:
        super().__init__(node.op, node.plan, (node,), ())
        self.index = index

    @property
    def output(self) -> tuple[GradFn, int]:
        return self.parents[0], self.index
