"""Variables made beside another: of the same class, which users may have derived, or on the same memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .node import Leaf, Node
from .variable import Variable, special, version_of, wrap
from .views import View


def hand_on(result: Any, operands: Iterable[Any]) -> Any:
    """Give what an op made, a Variable or several, the class of its operands: the one derived furthest.

    Raises  TypeError if two of them have classes of which neither is derived from the other.
    """
    kinds = {type(x) for x in operands} & special
    if not kinds:
        return result
    kind = max(kinds, key=lambda cls: len(cls.__mro__))
    if not all(issubclass(kind, other) for other in kinds):
        names = " and ".join(sorted(cls.__name__ for cls in kinds))
        raise TypeError(f"Multiple dispatch failed: operands are {names}, and neither class is derived from the other")
    for y in result if isinstance(result, tuple) else (result,):
        y.__class__ = kind
    return result


def wrap_like(array: Any, *operands: Any) -> Any:
    """A Tensor around an array, of the operands' class."""
    y = wrap(array)
    return hand_on(y, operands) if special else y


def beside(array: Any, x: Variable) -> Any:
    """A Variable around numbers that were read from x, or handed out with it: written, when x is."""
    y = wrap_like(array, x)
    y.version = version_of(x)
    return y


def alias(x: Variable, node: Node | Leaf | None = None) -> Any:
    """A second Variable on the same memory, sharing its record of writes."""
    y = wrap(x.array, node)
    if special:
        hand_on(y, (x,))
    y.version = version_of(x)
    if x.view_info is not None:
        y.view_info = outside(x.view_info, alias(x.view_info.base))
    return y


def outside(view: View, base: Variable) -> View:
    """The same view of another variable on the same memory, outside any graph."""
    twin = View(base, view.way(), "", True)
    twin.made_at, twin.undo, twin.detached = view.made_at, view.undo, True
    return twin
