"""Copies of arrays: what the tape holds stays as it was seen, and is held once as long as nobody writes to it."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np


class Copies:
    """Copies an array when it is first seen, and again only when its numbers are others."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Any]] = {}  # by id: (a weak reference to the array, its last copy)

    def of(self, a: Any) -> Any:
        """A copy of an array or a number; the last one, if that still holds."""
        if type(a) is not np.ndarray:
            return np.array(a)
        array, copy = self._made.get(id(a), (None, None))
        if array is None or array() is not a or not same(a, copy):
            copy = np.array(a)
            self._made[id(a)] = weakref.ref(a), copy
        return copy

    def note(self, a: Any, copy: Any) -> Any:
        """Take ``copy`` for that of ``a``, if it holds the same numbers; returns a's copy."""
        if type(a) is not np.ndarray or copy is None or not same(a, copy):
            return self.of(a)
        self._made[id(a)] = weakref.ref(a), copy
        return copy

    def clear(self) -> None:
        """Forget which copy is whose."""
        self._made.clear()


def same(a: Any, b: Any) -> bool:
    """Whether two arrays hold the same numbers, nan being the same as nan; None is only the same as None."""
    if a is None or b is None:
        return a is b
    if a is b:
        return True
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    equal = a == b
    return bool(equal.all()) or bool((equal | ((a != a) & (b != b))).all())
