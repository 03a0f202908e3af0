"""The graph that a forward pass leaves behind: a node for each op, a leaf for each tensor that asked for a gradient.

    x ──Leaf        y = x * w          y.node = Node(mul, parents=(x.node, w.node), saved=(x, w))
    w ──Leaf        z = y.sum()        z.node = Node(sum, parents=(y.node,))

A node points at its parents and never at its own output, so nothing is cyclic: drop ``z`` and the whole graph
is freed at once, without the garbage collector.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .handle import Hooks, RemovableHandle, add_hook
from .table import Op
from .version import Version, next_seq


class Leaf:
    """Where a gradient ends: it belongs to the tensor, gradients of the whole sweep are summed into ``grad``.

    The ``.grad`` of a tensor that is not a leaf, or no longer requires a gradient, is kept here too.
    """

    __slots__ = ("__weakref__", "dtype", "grad", "hooks", "owner")
    seq = 0
    next_functions = ()

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

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {hex(id(self))}>"


class Sink(Leaf):
    """Where a gradient ends without being stored."""

    __slots__ = ()


class Node:
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

    @property
    def next_functions(self) -> tuple[tuple[Node | Leaf | None, int], ...]:
        """(parent, number of the parent's output) of each operand, as torch shows them."""
        return tuple(output_of(parent) for parent in self.parents)

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` after this node's rules have run."""
        return add_hook(hooks_of(self).after, hook)

    def register_prehook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` before this node's rules run."""

        def unpacked(g: Any) -> Any:
            if isinstance(g, tuple):  # of a node that has several outputs
                return hook(g)
            replaced = hook((g,))
            return None if replaced is None else replaced[0]

        return add_hook(hooks_of(self).before, unpacked)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {hex(id(self))}>"


class OutputSlot(Node):
    """An output slot of an op that has several: its gradient is gathered for the op's own node, parents[0]."""

    __slots__ = ("index",)

    def __init__(self, node: Node, index: int) -> None:
        super().__init__(node.op, node.plan, (node,), ())
        self.index = index


def output_of(node: Node | Leaf | None) -> tuple[Node | Leaf | None, int]:
    """(node of the op, number of the output) of a tensor with this node, which may be that of an output slot."""
    return (node.parents[0], node.index) if isinstance(node, OutputSlot) else (node, 0)


def hooks_of(node: Node | Leaf) -> Hooks:
    """The hooks of a node, made when first needed."""
    if node.hooks is None:
        node.hooks = Hooks()
    return node.hooks
