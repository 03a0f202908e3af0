"""float16 holds three digits, and numbers up to 65504: enough to keep, too little to compute with.

So an op takes float16 operands in float32, computes, and rounds its result once; and so do its rules. Nothing inside
overflows (the squares of a norm) or stands still (a sum of 4096 ones), and no op and no rule needs to know.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .dtype import F16, F32
from .roles import roles
from .variable import Variable

F = TypeVar("F", bound=Callable[..., Any])


def all_halves(values: Any, exact: bool = False) -> bool:
    """Whether the Variables among these, and in lists of them, hold float16 and no other floats.

    exact  0-d tensors may: they were not rounded
    """
    found = False
    for v in values:
        for x in v if isinstance(v, (list, tuple)) else (v,):
            if isinstance(x, Variable) and x.array.dtype.kind == "f":
                if x.array.dtype == F16:
                    found = True
                elif not exact or x.array.ndim:
                    return False
    return found


def widened(value: Any) -> Any:
    """float16 arrays or Tensors, alone or in lists and tuples, in float32; all else as it is."""
    return _cast(value, F16, F32)


def narrowed(value: Any) -> Any:
    """float32 arrays or Tensors, alone or in lists and tuples, rounded to float16; all else as it is."""
    return _cast(value, F32, F16)


def _cast(value: Any, old: Any, new: Any) -> Any:
    if isinstance(value, Variable):
        return roles.cast(value, new) if value.array.dtype == old else value
    if isinstance(value, (np.ndarray, np.generic)):
        return value.astype(new) if value.dtype == old else value
    return type(value)([_cast(v, old, new) for v in value]) if type(value) in (list, tuple) else value


def wide(function: F) -> F:
    """Let a function that is made of several ops round float16 only once, at its end."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not all_halves([*args, *kwargs.values()]):
            return function(*args, **kwargs)
        names, values = list(kwargs), list(kwargs.values())
        return narrowed(function(*widened(args), **dict(zip(names, widened(values), strict=True))))

    return call  # type: ignore[return-value]
