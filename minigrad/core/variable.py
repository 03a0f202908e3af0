"""A Variable is an array, and the node that made it. Tensor is one, with torch's surface on top.

The class of new results is the first subclass of Variable; a user's own subclasses are handed on from operand to
result.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .node import Leaf, Node
from .observe import announce, mode, watching
from .version import INFERENCE, Version


class Variable:
    """An array, and the node that made it.

    array     the numbers; its memory layout is private, its shape is not
    node      None (needs no gradient), a Leaf (the user asked for one) or the Node of the op that made it
    version   shared record of writes, made when first needed
    view_info of a view: its base and view function, a ``views.View``; else None
    """

    __slots__ = ("__weakref__", "array", "node", "version", "view_info")

    array: np.ndarray[Any, Any]
    node: Node | Leaf | None
    version: Version | None
    view_info: Any

    _hands_on = True  # whether results of ops have the class of the operands; of Tensor's subclasses, but for Parameter

    def __init_subclass__(cls) -> None:
        global tensor_class
        if tensor_class is Variable:
            tensor_class = cls
        (special if cls._hands_on and cls is not tensor_class else plain).add(cls)


tensor_class: type[Variable] = Variable
"""The class of new results: the first subclass of Variable, which is Tensor."""

plain: set[type] = set()
"""Tensor and Parameter: what ops make of them are Tensors."""

special: set[type] = set()
"""The subclasses that users have made: only if there are any are the classes of operands looked at."""


def wrap(array: Any, node: Node | Leaf | None = None) -> Any:
    """A Tensor around an array."""
    x = object.__new__(tensor_class)
    x.array = array if type(array) is np.ndarray else np.asarray(array)
    x.node = node
    x.version = INFERENCE if mode.inference else None
    x.view_info = None
    return x


def version_of(x: Variable) -> Version:
    """The record of writes to x's memory."""
    if x.version is None:
        x.version = Version()
    return x.version


def written(x: Variable, by: str = "", recorded: bool = False) -> None:
    """Note that the memory of ``x`` has just been written, by an op or outside any graph."""
    version_of(x).written(by)
    if watching:
        announce("wrote", x, by, recorded)
