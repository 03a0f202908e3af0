"""Backward passes inside of backward passes: each begins in a rule or a hook of another, on a stack that is finite."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from .observe import mode

F = TypeVar("F", bound=Callable[..., Any])

_DEEPEST = 32  # of some 15 calls of functions each: Python allows 1000


def nested(function: F) -> F:
    """Let a backward pass that began inside of many others go on in a thread of its own, whose stack is empty."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if mode.depth == _DEEPEST:
            from concurrent.futures import ThreadPoolExecutor  # rarely needed, and takes long to load

            around = {**vars(mode), "depth": 0}
            with ThreadPoolExecutor(1, initializer=lambda: vars(mode).update(around)) as pool:
                return pool.submit(run, *args, **kwargs).result()
        mode.depth += 1
        try:
            return function(*args, **kwargs)
        finally:
            mode.depth -= 1

    return run  # type: ignore[return-value]
