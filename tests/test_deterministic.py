"""use_deterministic_algorithms: what is filled and what is refused, in both engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def wished(torch: Any) -> Iterator[Any]:
    torch.use_deterministic_algorithms(True)
    yield torch
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("kind", ["float32", "float64", "float16"])
def test_unwritten_memory_is_nan(wished: Any, kind: str) -> None:
    dtype = getattr(wished, kind)
    x = wished.ones(2, dtype=dtype)
    for y in (wished.empty(2, dtype=dtype), wished.empty_like(x), x.new_empty(2)):
        assert wished.isnan(y).all()


@pytest.mark.parametrize("kind", ["int64", "uint8", "bool"])
def test_unwritten_integers_are_the_largest(wished: Any, kind: str) -> None:
    largest = {"int64": 2**63 - 1, "uint8": 255, "bool": True}[kind]
    assert wished.empty(2, dtype=getattr(wished, kind)).tolist() == [largest] * 2


def test_order_of_writing(wished: Any) -> None:
    x, i = wished.ones(3), wished.tensor([0])
    for call in (lambda: x.put(i, wished.ones(1)), lambda: x.put_(i, wished.ones(1))):
        with pytest.raises(RuntimeError, match="put_ does not have a deterministic implementation"):
            call()
    assert x.put(i, wished.ones(1), True).tolist() == [2.0, 1.0, 1.0]
    for d in (1, 2, 3):
        pool = getattr(wished.nn, f"MaxUnpool{d}d")(2)
        with pytest.raises(RuntimeError, match="does not have a deterministic implementation"):
            pool(wished.ones(1, 1, *[1] * d), wished.zeros(1, 1, *[1] * d).long())
    wished.use_deterministic_algorithms(True, warn_only=True)
    with pytest.warns(UserWarning, match="put_ does not have a deterministic implementation"):
        assert x.put(i, wished.zeros(1)).tolist() == [0.0, 1.0, 1.0]
