"""What a thread is doing, and who watches it: the modes that ``no_grad`` and the like set, and observers of its events.

Anomaly detection and the microscope are observers, a ``watcher.Watcher`` each. Without them an event costs one test.
"""

from __future__ import annotations

from _thread import _local as Local  # threading.local: all of threading takes longer to load
from typing import Any


class Mode(Local):
    """What this thread records: gradients, inference tensors; whether it may draw random numbers; who watches it; how
    many backward passes it is inside of."""

    grad = True
    inference = False
    random = True
    watchers: tuple[Any, ...] = ()
    depth = 0


mode = Mode()

watching: set[Any] = set()
"""The watchers of all threads: only if there are any is ``mode.watchers`` read, which is slower."""


def announce(event: str, *what: Any) -> None:
    """Tell this thread's observers."""
    for watcher in mode.watchers if watching else ():
        getattr(watcher, event)(*what)


def watch(watcher: Any) -> None:
    """Let ``watcher`` see what this thread does from here on."""
    watching.add(watcher)
    mode.watchers = (*mode.watchers, watcher)


def unwatch(watcher: Any) -> None:
    """Let it see no more."""
    mode.watchers = tuple([w for w in mode.watchers if w is not watcher])
    watching.discard(watcher)
