"""What an observer of a thread is told: anomaly detection listens to some of it, the microscope to all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from .observe import announce, watching

F = TypeVar("F", bound=Callable[..., Any])


class Watcher:
    """An observer of what changes numbers in a thread; every method does nothing by default."""

    def node_made(self, node: Any, args: tuple[Any, ...], out: Any) -> None:
        """An op was recorded: ``out``, a Variable or a tuple of them, was made of ``args``."""

    def op_ran(self, op: Any, args: tuple[Any, ...], out: Any) -> None:
        """An op was called, whether recorded or not. Told on the reading floor only: see ``core.fast.disabled``."""

    def backward_began(self, roots: Any, kind: str, graph: bool) -> None:
        """A backward pass begins at ``roots``, (node, gradient) each; kind is "backward" or "grad"."""

    def node_ran(self, node: Any, g: Any, gradients: Any, parts: Any) -> None:
        """A node's rules made ``gradients`` of ``g``, that of its output; ``parts`` are the same, unbroadcast."""

    def hooks_begin(self, node: Any, g: Any) -> None:
        """The hooks of a node or leaf are about to be shown what arrived there."""

    def hooks_ran(self, node: Any, g: Any) -> None:
        """They have left ``g`` of it; a retained gradient is now in the ``.grad`` of its tensor."""

    def rules_replaced(self, node: Any, made: Any, gradients: Any) -> None:
        """Hooks have put ``gradients`` in place of those that a node's rules made."""

    def accumulate_began(self, leaf: Any, g: Any) -> None:
        """A gradient is about to be added to ``leaf.grad``."""

    def accumulate_ended(self, leaf: Any) -> None:
        """It has been."""

    def backward_ended(self) -> None:
        """The backward pass ends, its gradients are accumulated or will be returned."""

    def write_begins(self, x: Any) -> None:
        """The memory of a Variable is about to be written."""

    def wrote(self, x: Any, by: str, recorded: bool) -> None:
        """It was written by an op in place, or past the ops; ``recorded``: the graph has it."""

    def assigned(self, x: Any, attribute: str) -> None:
        """``x.grad`` or ``x.data`` was set."""

    def act_began(self, act: str, owner: Any) -> None:
        """An optimizer or a module is about to change tensors: "zero_grad", "step" or "load_state_dict"; or gradients
        of a list of parameters are about to be clipped: "clip_grad_norm_", "clip_grad_value_"."""

    def act_ended(self, act: str, owner: Any) -> None:
        """It has changed them, or failed."""

    def update_begins(self, optimizer: Any, p: Any, g: Any, group: Any, state: Any) -> None:
        """An optimizer's step comes to a parameter, with its gradient."""

    def updated(self, optimizer: Any, p: Any, state: Any) -> None:
        """It has written the parameter."""

    def module_entered(self, module: Any) -> None:
        """A Module's forward begins."""

    def module_left(self, module: Any) -> None:
        """It ends."""

    def drops(self) -> None:
        """Dropout is about to set some numbers to 0, recorded or not."""

    def mode_set(self, module: Any) -> None:
        """``train()`` or ``eval()`` was called of a Module, or of one that it is in."""


def told(act: str) -> Callable[[F], F]:
    """Let a method tell observers when it begins to change tensors, and when it has ended."""

    def tell(method: F) -> F:
        @functools.wraps(method)
        def run(owner: Any, *args: Any, **kwargs: Any) -> Any:
            if not watching:
                return method(owner, *args, **kwargs)
            announce("act_began", act, owner)
            try:
                return method(owner, *args, **kwargs)
            finally:
                announce("act_ended", act, owner)

        return cast(F, run)

    return tell
