"""What the recorders share: a node made without a call of its class, the node of a view, a word to observers.

Replaces  ``node.Node.__init__``
Gains     0.1 us of each recorded call
Proof     tests/core/test_floors.py
"""

from __future__ import annotations

from typing import Any

from ..node import Leaf, Node
from ..observe import mode
from ..table import Op
from ..variable import Variable
from ..version import next_seq
from ..views import node_of

_new = object.__new__


def new_node(op: Op, plan: Any, parents: tuple[Any, ...], saved: tuple[Any, ...], shapes: Any) -> Node:
    """``Node(op, plan, parents, saved, shapes)``"""
    node = _new(Node)
    node.op = op
    node.seq = next_seq()
    node.parents = parents
    node.plan = plan
    node.saved = saved
    node.shapes = shapes
    node.out = node.version = node.hooks = node.trace = None
    return node


def parent_of(op: Op, x: Variable) -> Node | Leaf | None:
    """The node of an operand that is a view, if it will be asked for."""
    return node_of(x) if mode.grad and op.diff else None


def show(node: Node, args: tuple[Any, ...], out: Any) -> None:
    """Tell this thread's observers of an op."""
    for watcher in mode.watchers:
        watcher.node_made(node, args, out)
