"""Showing gradients to the hooks of a node, which may replace them."""

from __future__ import annotations

from typing import Any

from .errors import hook_count_error, replacement_error
from .grad_fn import Hooks
from .node import Leaf, Node
from .observe import announce, mode
from .variable import Variable, wrap


def before(node: Node | Leaf, g: Any, graph: bool) -> Any:
    """Show what arrives at a node: one gradient, or the list of those of several outputs."""
    if node.hooks is None:
        return g
    announce("hooks_begin", node, g)
    g = _of_several(node.hooks, g) if type(g) is list else _of_one(node.hooks, g, graph)
    announce("hooks_ran", node, g)
    return g


def _of_one(hooks: Hooks, g: Any, graph: bool) -> Any:
    if not hooks.before and hooks.keeper is None:
        return g
    seen = _shown(g)
    for hook in list(hooks.before.values()):
        replaced = hook(seen)
        if replaced is not None:
            if error := replacement_error(hook, seen.array, replaced):
                raise error
            seen = replaced
    if (keeper := hooks.keeper) is not None:  # its tensor retains the gradient
        kept = seen if graph else wrap(seen.array.copy())
        keeper.grad = kept if keeper.grad is None else keeper.grad + kept
    return seen if graph else seen.array


def _of_several(hooks: Hooks, outputs: list[Any]) -> list[Any]:
    for hook in list(hooks.before.values()):
        replaced = hook(tuple([_shown(g) for g in outputs]))
        if replaced is not None:
            outputs = [g if g is None or mode.grad else g.array for g in replaced]
    return outputs


def after(node: Node, gradients: Any, g: Any) -> Any:
    """Show a node's gradients (inputs, outputs) to its hooks, which may replace those of the inputs."""
    if node.hooks is None or not node.hooks.after:
        return gradients
    shown = tuple([_shown(v) for v in gradients])
    outputs = tuple([_shown(v) for v in g]) if isinstance(g, list) else (_shown(g),)
    for hook in list(node.hooks.after.values()):
        replaced = hook(shown, outputs)
        if replaced is not None:
            shown = tuple(replaced) if isinstance(replaced, (tuple, list)) else (replaced,)
            if len(shown) != len(node.parents):
                raise hook_count_error(node, len(shown))
    left = shown if mode.grad else tuple([v if v is None else v.array for v in shown])
    announce("rules_replaced", node, gradients, left)
    return left


def after_accumulation(leaf: Leaf, graph: bool) -> None:
    """Show a leaf, whose ``.grad`` is complete; its hooks may write to it: an optimizer's step."""
    if leaf.hooks is None or not leaf.hooks.after:
        return
    saved, mode.grad = mode.grad, graph
    try:
        for hook in list(leaf.hooks.after.values()):
            if hook(leaf.variable) is not None:
                raise RuntimeError("Tensor post accumulate grad hooks should return None.")
    finally:
        mode.grad = saved


def _shown(g: Any) -> Any:
    return g if g is None or isinstance(g, Variable) else wrap(g)
