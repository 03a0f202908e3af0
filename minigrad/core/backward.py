"""What becomes of the gradients that a sweep has carried to the leaves: they are summed into ``.grad``, or returned.

``loss.backward()`` comes here by ``minigrad/gradients.py``, which has checked what the user gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import hooks
from .errors import data_shape_error
from .inplace import check_memory
from .node import Leaf, Node, Sink
from .observe import announce
from .roles import roles
from .sweep import sweep
from .variable import Variable, wrap, written

Roots = Sequence[tuple[Node | Leaf, Any]]
"""(node, gradient of its output) of each tensor that a sweep starts from."""


def backward(roots: Roots, retain: bool, graph: bool, targets: set[Any] | None) -> None:
    """Sum the gradients of the roots into ``.grad`` of every leaf (or target) that they were computed from."""
    announce("backward_began", roots, "backward", graph)
    try:
        found = sweep(roots, retain=retain, graph=graph, targets=targets, through=True)
        for node in list(found):
            accumulate(node, found.pop(node), graph)
    finally:
        announce("backward_ended")


def gradients(roots: Roots, retain: bool, graph: bool, targets: set[Any]) -> dict[Any, Any]:
    """The gradients of the roots with respect to the targets, as Tensors: returned instead of accumulated."""
    announce("backward_began", roots, "grad", graph)
    try:
        found = sweep(roots, retain=retain, graph=graph, targets=targets)
        for node in list(found):
            found[node] = returned(node, found.pop(node), graph)
        return found
    finally:
        announce("backward_ended")


def accumulate(leaf: Any, g: Any, graph: bool) -> None:
    """Add a gradient to ``leaf.grad``, which owns its memory."""
    if not isinstance(leaf, Leaf) or type(leaf) is Sink:  # nobody wants it
        return
    x = leaf.owner()
    if x is not None and x.node is not leaf:  # x wants none any more
        return
    if leaf.hooks is not None:
        g = hooks.before(leaf, g, graph)
    if x is not None and x.array.shape != g.shape:
        raise data_shape_error(g, x.array)
    announce("accumulate_began", leaf, g)
    if isinstance(g, Variable):
        g = roles.cast(g, leaf.dtype) if g.array.dtype != leaf.dtype else roles.clone(g)
        leaf.grad = g if leaf.grad is None else leaf.grad + g
    elif leaf.grad is None:
        leaf.grad = wrap(owned(g, leaf.dtype, x))
    else:
        check_memory(leaf.grad, "backward")
        leaf.grad.array += g
        written(leaf.grad)
    announce("accumulate_ended", leaf)
    if leaf.hooks is not None:
        hooks.after_accumulation(leaf, graph)


def owned(g: Any, dtype: Any, x: Any = None) -> Any:
    """The gradient in memory that nobody else sees, its dimensions in the order in which ``x`` has them there."""
    out = np.empty_like(g if x is None else x.array, dtype)
    out[...] = g
    return out


def returned(node: Any, g: Any, graph: bool) -> Any:
    """A gradient as a Tensor with memory of its own."""
    if isinstance(node, Leaf) and node.hooks is not None and node.hooks.before:
        g = hooks.before(node, g, graph)
    return g if isinstance(g, Variable) else wrap(owned(g, g.dtype))
