"""Which recorder an op gets: one as special as its signature allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..table import Op
from .binary import binary
from .general import general
from .unary import unary
from .written import written


def recorder(op: Op, odd: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The function that runs and records an op; with ``odd``, what users call."""
    if op.simple:
        return unary(op, odd) if op.operands == 1 else binary(op, odd)
    return general(op) if op.many or op.variadic else written(op)
