"""Walking the graph: through what only shapes numbers anew, and to the parameters."""

from __future__ import annotations

from typing import Any

from ...core.grad_fn import output_of
from ...core.node import Leaf, Node

MOVES = {"unsafe_view", "to_dtype", "clone", "index", "index_select", "masked_select", "flip", "repeat"}
"""Beside the views: ops that only copy numbers, to another place or type, or leave some out."""


def maker(x: Any) -> Node | None:
    """The op that made a tensor's numbers, seen through what only gives them another place, shape or type."""
    node, _ = output_of(getattr(x, "node", None))
    while isinstance(node, Node) and (node.op.view or node.op.name in MOVES) and node.parents:
        node, _ = output_of(node.parents[0])
    return node if isinstance(node, Node) else None


def parameters_of(optimizer: Any) -> list[Any]:
    """The parameters of an optimizer, or of a module."""
    if hasattr(optimizer, "param_groups"):
        return [p for group in optimizer.param_groups for p in group["params"]]
    return list(optimizer.parameters())


def leaf_of(x: Any) -> Leaf | None:
    """Where a parameter's gradient is kept."""
    return x.node if type(x.node) is Leaf else None
