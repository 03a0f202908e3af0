"""Numbers that a type cannot hold: refused, or wrapped around, where torch does so."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch as reference

import minigrad

NUMBERS = (True, 0, -1, 127, -128, 128, -129, 255, -255, 256, -256, 300, -300, 70000, 2**31, -(2**31) - 1)
NUMBERS += (2**63 - 1, -(2**63), 2**63, 2**64, 2**70, 2.7, -2.7, 300.5, 1e30, 1e300, float("inf"), float("nan"))

# hands a number n to a tensor x
CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "tensor": lambda t, x, n: t.tensor(n, dtype=x.dtype),
    "tensor of a list": lambda t, x, n: t.tensor([[1], [n]], dtype=x.dtype),
    "full": lambda t, x, n: t.full((2,), n, dtype=x.dtype),
    "full_like": lambda t, x, n: t.full_like(x, n),
    "new_full": lambda t, x, n: x.new_full((2,), n),
    "fill_": lambda t, x, n: x.clone().fill_(n),
    "setitem": lambda t, x, n: x.__setitem__(0, n) or x,
    "masked_fill": lambda t, x, n: x.masked_fill(x > 1, n),
    "where": lambda t, x, n: t.where(x > 1, x, n),
    "where, first": lambda t, x, n: t.where(x > 1, n, x),
    "clamp": lambda t, x, n: x.clamp(0, n),
    "clamp_": lambda t, x, n: x.clone().clamp_(max=n),
    "clamp_min": lambda t, x, n: x.clamp_min(n),
    "clamp_max": lambda t, x, n: t.clamp_max(x, n),
    "hardtanh": lambda t, x, n: t.nn.functional.hardtanh(x, 0, n),
    "pow": lambda t, x, n: x ** abs(n),
    "add": lambda t, x, n: x + n,
    "mul": lambda t, x, n: n * x,
    "lt": lambda t, x, n: x < n,
}


def answer(torch: Any, call: Any, dtype: str, number: Any) -> str:
    """The result, or the class of the refusal: both engines are asked, and must answer the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return repr(call(torch, torch.tensor([1, 3]).to(getattr(torch, dtype)), number))
        except (RuntimeError, ValueError, OverflowError) as error:
            return type(error).__name__


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "float32"])
@pytest.mark.parametrize("name", CALLS)
def test_a_number_fits_or_not(name: str, dtype: str) -> None:
    parts = {n: (answer(minigrad, CALLS[name], dtype, n), answer(reference, CALLS[name], dtype, n)) for n in NUMBERS}
    assert {n: pair for n, pair in parts.items() if pair[0] != pair[1]} == {}


def test_the_message_says_what_fits() -> None:
    with pytest.raises(RuntimeError, match=r"value cannot be converted to type uint8 without overflow.* to 255"):
        minigrad.tensor([300], dtype=minigrad.uint8)
