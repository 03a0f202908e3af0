"""What registering a hook returns: a handle that takes the hook away again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from .public import public


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
    hooks[handle.id] = entry
    for key in list(hooks)[:-1] if prepend else ():
        hooks[key] = hooks.pop(key)
    return handle


def add_hook(hooks: dict[int, Any], hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
    """Register a hook in a table and return its handle."""
    if not callable(hook):
        raise TypeError(f"a hook must be callable, got {type(hook).__name__}")
    return put(hooks, hook, prepend)
