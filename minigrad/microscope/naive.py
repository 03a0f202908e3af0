"""The mistake that everybody makes once: to walk the graph depth first instead of waiting until a gradient is complete.

    def visit(node):
        for each operand:  operand.grad += rule(node.grad);  visit(operand)

A node whose output was used twice is visited twice. At the first visit only half of its gradient has arrived; at the
second it passes on the whole gradient, so that the first half is counted twice. Sorting by age, children first, visits
each node once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.node import Leaf, Node
from ..core.sweep import unbroadcast
from .entries import Recording

MOST = 500  # visits: their number grows with the number of paths, which can be enormous


def depth_first(
    tape: Recording, rules: dict[int, tuple[Node, Any, Any]], sources: dict[Any, int], start: int
) -> dict[str, Any] | None:
    """The gradients that the depth-first walk gives on a backward pass of a tape, None where it cannot be told.

    rules    for each node: the node, and what it had saved when its turn came
    start    the number of the pass's first event
    Returns  visits: the nodes in the order of the walk; gradients: {source: what it ends up with}
    """
    swept = [number for kind, number in tape.events[start:] if kind == "backward"]
    if not swept or any(len(tape.nodes[n].outputs) > 1 or n not in rules for n in swept):
        return None
    root = swept[0]
    numbers = {node: number for number, (node, _, _) in rules.items()}
    grads: dict[Any, Any] = {root: np.array(tape.nodes[root].steps[-1].upstream)}
    visits: list[int] = []
    stack = [iter(_sent(root, rules, grads))]
    visits.append(root)
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
            continue
        parent, g = step
        key = ("source", sources[parent]) if isinstance(parent, Leaf) and parent in sources else numbers.get(parent)
        if key is None:
            continue
        grads[key] = g if key not in grads else grads[key] + g
        if isinstance(key, int):
            if len(visits) == MOST:
                return None
            visits.append(key)
            stack.append(iter(_sent(key, rules, grads)))
    found = {key[1]: g for key, g in grads.items() if isinstance(key, tuple)}
    return {"visits": visits, "gradients": found}


def _sent(number: int, rules: dict[int, tuple[Node, Any, Any]], grads: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """(parent, gradient) of each operand, by the node's own rules, from what has arrived so far."""
    node, saved, out = rules[number]
    before = node.saved, node.out
    node.saved, node.out = saved, out
    try:
        gradients = node.plan.run(node, grads[number])
    finally:
        node.saved, node.out = before
    if node.shapes is not None:
        gradients = unbroadcast(gradients, node.shapes)
    return [(p, np.array(g)) for p, g in zip(node.parents, gradients, strict=True) if p is not None and g is not None]
