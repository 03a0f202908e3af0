"""assert_close accepts and refuses what torch's does, in nearly torch's words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch as reference
from hypothesis import given
from hypothesis import strategies as st

import minigrad

NUMBER = st.sampled_from(
    [0.0, 1.0, 1.0 + 1e-7, 1.0 + 2e-6, 1.0 + 2e-5, -1.0, float("nan"), float("inf"), -float("inf")]
)


def verdict(torch: Any, x: Any, y: Any, **options: Any) -> str | None:
    try:
        torch.testing.assert_close(x, y, **options)
    except AssertionError as error:
        return str(error).split("\n")[0]
    return None


@given(
    st.lists(st.tuples(NUMBER, NUMBER), max_size=4), st.booleans(), st.sampled_from(["float16", "float32", "float64"])
)
def test_the_verdict_is_torchs(pairs: list[tuple[float, float]], equal_nan: bool, dtype: str) -> None:
    def ask(torch: Any) -> str | None:
        x, y = (torch.tensor([p[k] for p in pairs], dtype=getattr(torch, dtype)) for k in (0, 1))
        return verdict(torch, x, y, equal_nan=equal_nan)

    assert ask(minigrad) == ask(reference)


@given(NUMBER, NUMBER)
def test_the_verdict_on_numbers_is_torchs(x: float, y: float) -> None:
    assert verdict(minigrad, x, y) == verdict(reference, x, y)


def test_messages(torch: Any) -> None:
    close = torch.testing.assert_close
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    with pytest.raises(AssertionError) as error:
        close(x, y)
    assert str(error.value) == (
        "Tensor-likes are not close!\n\nMismatched elements: 1 / 4 (25.0%)\n"
        "Greatest absolute difference: 1.0 at index (1, 1) (up to 1e-05 allowed)\n"
        f"Greatest relative difference: {0.2 if torch is minigrad else 0.20000000298023224} at index (1, 1) "
        "(up to 1.3e-06 allowed)"
    )
    with pytest.raises(AssertionError, match=r"Scalars are not close!\n\nExpected 1.5 but got 1.0."):
        close(1.0, 1.5)
    with pytest.raises(AssertionError, match=r"shape.*torch.Size\(\[2, 2\]\) != torch.Size\(\[2\]\)"):
        close(x, x[0])
    with pytest.raises(AssertionError, match=r"dtype.*torch.float32 != torch.float64"):
        close(x, x.double())
    close(x, x.double(), check_dtype=False)
    with pytest.raises(AssertionError, match="Tensor-likes are not equal"):
        close(torch.tensor([1, 2]), torch.tensor([1, 3]))
    with pytest.raises(ValueError, match="rtol"):
        close(x, y, rtol=1.0)
    close(x, y, rtol=0.0, atol=1.0)
    with pytest.raises(AssertionError, match=r"^mine$"):
        close(x, y, msg="mine")
    with pytest.raises(AssertionError, match=r"^mine: Tensor-likes"):
        close(x, y, msg=lambda m: f"mine: {m}")


def test_containers(torch: Any) -> None:
    close = torch.testing.assert_close
    x, y = torch.tensor([1.0]), torch.tensor([2.0])
    close({"a": [x, 1.0]}, {"a": [x, 1.0]})
    with pytest.raises(AssertionError, match=r"occurred for item \['a'\]\[1\]"):
        close({"a": [x, x]}, {"a": [x, y]})
    with pytest.raises(AssertionError, match="length of the sequences mismatch: 1 != 2"):
        close([x], [x, x])
    with pytest.raises(AssertionError, match="keys of the mappings do not match"):
        close({"a": x}, {"b": x})


def test_arrays_are_welcome() -> None:
    minigrad.testing.assert_close(minigrad.tensor([1.0]), np.ones(1, np.float32))
