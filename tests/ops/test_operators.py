"""Python's operators between tensors and every kind of number, from both sides; and arithmetic of two plain numbers."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import minigrad

TYPES = ("float32", "float64", "float16", "int64", "int32", "uint8", "bool")
NUMBERS = (2, -2, 0, 300, True, False, 1.5, -1.5, 0.0, float("inf"), float("nan"), None, "a", [1])
NUMPY = tuple(np.dtype(d).type(2) for d in ("float64", "float32", "float16", "int64", "int8", "uint8", "bool"))
OPERATORS = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "matmul",
]


def answer(engine: Any, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Class, type, shape and numbers (the sign of a zero too) of a result, or the class of the error."""
    try:
        y = call(*args, **more)
    except Exception as error:
        return next(c for c in type(error).__mro__ if c.__module__ == "builtins")
    if not isinstance(y, engine.Tensor):
        return y
    return y.numpy().dtype, tuple(y.shape), [f"{v:.4g}" for v in y.flatten().tolist()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OPERATORS)
def test_operators_of_tensors_and_numbers(name: str) -> None:
    """A number on either side of a tensor, of a 0-d tensor, and of an empty one."""
    f = getattr(operator, name)
    for kind, value, number, swap in itertools.product(TYPES, (3, 0, [3, 0], []), NUMBERS + NUMPY, (False, True)):
        answers = []
        for engine in (minigrad, torch):
            x = engine.tensor(value, dtype=getattr(engine, kind))
            answers.append(answer(engine, f, *((number, x) if swap else (x, number))))
        assert answers[0] == answers[1], (kind, value, number, swap)


@pytest.mark.parametrize(
    "name", ["add", "sub", "mul", "div", "floor_divide", "subtract", "true_divide", "pow", "remainder", "eq", "rsub"]
)
def test_two_numbers(name: str) -> None:
    """What torch computes of two numbers without a tensor, and what it refuses."""
    plain = (True, False, 2, -3, 1.5, 0.1, None, "a")
    for x, y in itertools.product(plain, plain):
        answers = [answer(e, getattr(e, name), x, y) for e in (minigrad, torch)]
        assert answers[0] == answers[1], (x, y)


@pytest.mark.parametrize("name, number, more", [
    ("add", 2, {"alpha": 3}), ("add", True, {"alpha": 2}), ("sub", 2.5, {"alpha": 2}),
    ("div", 2, {"rounding_mode": "floor"}), ("div", 2, {"rounding_mode": "trunc"}),
])  # fmt: skip
def test_two_numbers_with_more(name: str, number: Any, more: Any) -> None:
    """``alpha`` and ``rounding_mode`` of plain numbers."""
    for first in (True, -7, 2.5):
        answers = [answer(e, getattr(e, name), first, number, **more) for e in (minigrad, torch)]
        assert answers[0] == answers[1], first
