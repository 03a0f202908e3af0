"""Hooks, functions that the user hangs on a node, and the handles that take them away again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from .public import public


class Hooks:
    """What the user asked to happen when a gradient arrives at a node."""

    __slots__ = ("after", "before", "keeper")

    def __init__(self) -> None:
        self.before: dict[int, Callable[[Any], Any]] = {}  # on the gradient of the output
        self.after: dict[int, Callable[..., Any]] = {}  # on the accumulated .grad, or a node's gradients
        self.keeper: Any = None  # the Leaf of a tensor that retains its gradient


@public("minigrad.utils.hooks")
class RemovableHandle:
    """Takes a hook away again: ``handle.remove()``, or leave its ``with`` block."""

    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Any]) -> None:
        self._hooks = hooks
        self.id = next(RemovableHandle._ids)

    def remove(self) -> None:
        """Take the hook away; doing it twice does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def put(hooks: dict[int, Any], entry: Any, prepend: bool = False) -> RemovableHandle:
    """Put an entry into a table, last or first; its handle takes it away again."""
    handle = RemovableHandle(hooks)
    others = list(hooks) if prepend else []
    hooks[handle.id] = entry
    for key in others:
        hooks[key] = hooks.pop(key)
    return handle


def add_hook(hooks: dict[int, Any], hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
    """Register a hook in a table and return its handle."""
    if not callable(hook):
        raise TypeError(f"a hook must be callable, got {type(hook).__name__}")
    return put(hooks, hook, prepend)
