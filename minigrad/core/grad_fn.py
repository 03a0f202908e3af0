"""What ``y.grad_fn`` answers when the user asks: what it came from, and hooks on it. The engine does not ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .handle import RemovableHandle, add_hook


class Hooks:
    """What the user asked to happen when a gradient arrives at a node."""

    __slots__ = ("after", "before", "keeper")

    def __init__(self) -> None:
        self.before: dict[int, Callable[[Any], Any]] = {}  # on the gradient of the output
        self.after: dict[int, Callable[..., Any]] = {}  # on the accumulated .grad, or a node's gradients
        self.keeper: Any = None  # the Leaf of a tensor that retains its gradient


class GradFn:
    """What users may ask of a node or a leaf."""

    __slots__ = ()
    parents: tuple[Any, ...] = ()
    hooks: Hooks | None

    def name(self) -> str:
        """torch's name of the backward function."""
        raise NotImplementedError

    @property
    def output(self) -> tuple[GradFn, int]:
        """(node of the op, number of the output) of the tensor that has this node."""
        return self, 0

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """(parent, number of the parent's output) of each operand, as torch shows them."""
        return tuple([output_of(parent) for parent in self.parents])

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


def output_of(node: GradFn | None) -> tuple[Any, int]:
    """(node of the op, number of the output) of a tensor with this node, which may be that of an output slot."""
    return (None, 0) if node is None else node.output


def hooks_of(node: Any) -> Hooks:
    """The hooks of a node, made when first needed."""
    if node.hooks is None:
        node.hooks = Hooks()
    hooks: Hooks = node.hooks
    return hooks
