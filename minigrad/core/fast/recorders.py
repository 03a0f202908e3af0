"""Which recorder an op gets: one as special as its signature allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..table import Op
from .binary import binary
from .general import general
from .unary import constants_follow, unary


def recorder(op: Op, odd: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The function that runs and records an op; with ``odd``, what users call."""
    if op.simple:
        return unary(op, odd) if op.operands == 1 else binary(op, odd)
    if not (op.many or op.variadic) and op.params[:1] == arrays_of(op):
        return constants_follow(op)
    return general(op)


def arrays_of(op: Op) -> tuple[str, ...]:
    """The parameters that may be Tensors, as their annotations say."""
    kinds = op.forward.__annotations__
    return tuple([p for p in op.params if kinds.get(p, "Array") in ("A", "Array")])
