"""The reverse sweep: visit nodes youngest first, run their rules, deliver what they return.

A node's children are all younger than the node, so when its turn comes its own gradient is complete: sorting by
age is a topological order. Nothing is recursive, a chain of a million ops is a loop of a million steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import numpy as np

from . import hooks
from .errors import twice_error
from .node import Leaf, Node, OutputSlot
from .observe import announce, mode
from .roles import roles


@np.errstate(all="ignore")  # 0/0 and inf - inf are nan, and no warning
def sweep(
    roots: Iterable[tuple[Node | Leaf, Any]],
    *,
    retain: bool,
    graph: bool,
    targets: set[Node | Leaf] | None = None,
    through: bool = False,
) -> dict[Node | Leaf, Any]:
    """Carry the gradients of the roots to the leaves.

    roots    (node, gradient of its output); gradients are arrays, or Tensors if ``graph``
    retain   keep the saved values for another sweep
    graph    run the rules on Tensors, so that the gradients have a graph of their own
    targets  only these gradients are wanted: nothing that does not lead to one of them is computed
    through  the nodes among them are run too, though what comes out of them is not wanted
    Returns  the gradient of every leaf reached (or of the targets), not yet accumulated
    """
    arrived: dict[Node | Leaf, Any] = {}
    for node, g in roots:
        deliver(arrived, node, g)
    order = reachable(arrived)
    wanted = None if targets is None else leading_to(targets, order) | (targets if through else set())
    found: dict[Node | Leaf, Any] = {}
    saved, mode.grad = mode.grad, graph
    try:
        for node in order:
            g = arrived.pop(node, None)
            if g is None:
                continue
            g = hooks.before(node, g, graph)
            if targets is not None and node in targets:
                found[node] = g
            if wanted is not None and node not in wanted:
                continue
            if isinstance(node, OutputSlot):
                gather(arrived, node, g)
                continue
            for parent, dx in zip(node.parents, chain_rule(node, g, graph), strict=True):
                if parent is not None and dx is not None:
                    deliver(arrived, parent, dx)
            if not retain and node.plan.frees(node):
                node.saved = node.out = None
    finally:
        mode.grad = saved
    if targets is None:
        return arrived
    return found | {leaf: g for leaf, g in arrived.items() if leaf in targets}


def chain_rule(node: Node, g: Any, graph: bool) -> Any:
    """From the gradient of a node's output, the gradients of its operands."""
    gradients = hooks.after(node, node.plan.run(node, g, graph), g)
    parts = gradients if node.shapes is None else unbroadcast(gradients, node.shapes)
    announce("node_ran", node, g, gradients, parts)
    return parts


def deliver(arrived: dict[Any, Any], node: Node | Leaf, g: Any) -> None:
    """Add a gradient to what has arrived at a node."""
    before = arrived.get(node)
    arrived[node] = g if before is None else before + g


def gather(arrived: dict[Any, Any], slot: OutputSlot, g: Any) -> None:
    """Put the gradient of one output into the list that the op's node waits for."""
    (node,) = slot.parents
    if node not in arrived:
        if node.saved is None:
            raise twice_error(node)
        arrived[node] = [None] * node.out
    arrived[node][slot.index] = g


def unbroadcast(gradients: Any, shapes: Any) -> list[Any]:
    """The gradients of broadcast operands, added up to the operands' shapes."""
    return [
        g if g is None or g.shape == shape else roles.sum_to(g, shape)
        for g, shape in zip(gradients, shapes, strict=True)
    ]


def reachable(roots: Iterable[Node | Leaf]) -> list[Node]:
    """Every node from which the roots were computed, youngest first."""
    stack: list[Any] = [n for n in roots if n.seq]
    seen = set(stack)
    order = []
    while stack:
        node = stack.pop()
        order.append(node)
        for parent in node.parents:
            if parent is not None and parent.seq and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    order.sort(key=attrgetter("seq"), reverse=True)
    return order


def leading_to(targets: set[Any], order: list[Node]) -> set[Any]:
    """The nodes through which a gradient must pass to reach a target."""
    leads: set[Any] = set()
    for node in reversed(order):  # parents before children
        if any(p in targets or p in leads for p in node.parents if p is not None):
            leads.add(node)
    return leads
