"""What a thread is doing, and who watches it: the modes that ``no_grad`` and the like set, and observers of its events.

Anomaly detection and the microscope are observers. Without observers they cost one test for each op.
"""

from __future__ import annotations

import threading
from typing import Any


class Watcher:
    """An observer of a thread's autograd events; every method does nothing by default."""

    def node_made(self, node: Any, args: tuple[Any, ...], out: Any) -> None:
        """An op was recorded: ``out``, a Variable or a tuple of them, was made of ``args``."""

    def op_ran(self, op: Any, args: tuple[Any, ...], out: Any) -> None:
        """An op was called, whether recorded or not. Told on the reading floor only: see ``core.fast.disabled``."""

    def backward_began(self) -> None:
        """A backward pass begins."""

    def node_ran(self, node: Any, g: Any, gradients: Any, parts: Any) -> None:
        """A node's rules made ``gradients`` of ``g``, that of its output; ``parts`` are the same, unbroadcast."""

    def backward_ended(self) -> None:
        """The backward pass ends."""

    def module_entered(self, module: Any) -> None:
        """A Module's forward begins."""

    def module_left(self, module: Any) -> None:
        """It ends."""


class Mode(threading.local):
    """What this thread records: gradients, inference tensors; whether it may draw random numbers; who watches it; how
    many backward passes it is inside of."""

    grad = True
    inference = False
    random = True
    watchers: tuple[Watcher, ...] = ()
    depth = 0


mode = Mode()

watching: set[Watcher] = set()
"""The watchers of all threads: only if there are any is ``mode.watchers`` read, which is slower."""


def watch(watcher: Watcher) -> None:
    """Let ``watcher`` see what this thread does from here on."""
    watching.add(watcher)
    mode.watchers = (*mode.watchers, watcher)


def unwatch(watcher: Watcher) -> None:
    """Let it see no more."""
    mode.watchers = tuple([w for w in mode.watchers if w is not watcher])
    watching.discard(watcher)
