"""Anomaly detection beyond torch's: which op made the first nan or infinity, also in the forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.core.observe import mode, watching


def x(*values: float) -> Any:
    return minigrad.tensor(values, requires_grad=True)


BORN: dict[str, tuple[Callable[[], Any], str]] = {
    "log": (
        lambda: x(0.0, 1.0).log(),
        r"'log' returned an infinity in its forward.*\[2\] from 0 to 1.*add a small eps",
    ),
    "log of a negative number": (lambda: x(-1.0).log(), "'log' returned nan"),
    "sqrt": (lambda: x(-1.0, 4.0).sqrt(), r"'sqrt' returned nan.*from -1 to 4"),
    "div": (lambda: x(1.0) / x(0.0), r"'div' returned an infinity.*\[1\] from 1 to 1, \[1\] from 0 to 0.*divided by 0"),
    "exp": (lambda: x(100.0).exp(), r"'exp' returned an infinity.*subtract the maximum"),
    "pow": (lambda: x(-2.0) ** 0.5, "'pow.*' returned nan"),
    "a loss": (lambda: (x(1.0).sub(1.0).log() * 0).sum(), "'log' returned an infinity"),
    "product": (lambda: x(1e30) * 1e30, "'mul' returned an infinity"),
}


@pytest.mark.parametrize("name", BORN)
def test_born_in_forward(name: str) -> None:
    program, message = BORN[name]
    with minigrad.autograd.set_detect_anomaly(True), pytest.raises(RuntimeError, match=f"(?s){message}") as error:
        program()
    assert "test_anomaly.py" in str(error.value)
    program()  # silent outside


def test_an_infinity_that_the_user_wrote_is_none_of_our_business() -> None:
    with minigrad.autograd.set_detect_anomaly(True):
        scores = x(1.0, 2.0).masked_fill(minigrad.tensor([False, True]), -float("inf"))
        p = scores.softmax(0)
        p[0].backward()


def test_where_hides_the_value_but_not_the_slope() -> None:
    v = x(0.0, 4.0)
    with minigrad.autograd.set_detect_anomaly(True):
        y = minigrad.where(v > 0, v.sqrt(), minigrad.zeros(2)).sum()
        with pytest.raises(RuntimeError, match=r"'SqrtBackward0' returned nan values in its 0th output") as error:
            y.backward()
    assert "replace the *input* where it is masked" in str(error.value)
    assert "v.sqrt()" in str(error.value)


def test_an_infinite_slope() -> None:
    with (
        minigrad.autograd.set_detect_anomaly(True),
        pytest.raises(RuntimeError, match=r"'SqrtBackward0' returned infinite values.*infinite at 0"),
    ):
        x(0.0).sqrt().sum().backward()


def test_an_infinity_is_blamed_on_the_first_op() -> None:
    v = x(1.0)
    with (
        minigrad.autograd.set_detect_anomaly(True),
        pytest.raises(RuntimeError, match="'MulBackward0' returned infinite values"),
    ):
        ((v + 1) * 1e30).backward(minigrad.tensor([1e30]))


def test_it_ends_with_its_block_and_is_of_this_thread() -> None:
    with minigrad.autograd.set_detect_anomaly(True):
        assert len(mode.watchers) == 1
        with minigrad.autograd.set_detect_anomaly(False):
            assert mode.watchers == ()
            assert np.isinf(x(0.0).log().item())
        assert len(mode.watchers) == 1
    assert mode.watchers == ()
    assert watching == set()
