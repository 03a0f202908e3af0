"""Messages that send a beginner the right way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import minigrad

HALF_CHANGED: dict[str, Callable[[], Any]] = {
    "a layer": lambda: minigrad.nn.Linear(3, 1)(torch.ones(3)),
    "a loss": lambda: minigrad.nn.CrossEntropyLoss()(minigrad.ones(2, 3), torch.tensor([0, 1])),
    "an operator": lambda: minigrad.ones(2) + torch.ones(2),
    "an optimizer": lambda: minigrad.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1),
}


@pytest.mark.parametrize("name", HALF_CHANGED)
def test_only_one_import_was_changed(name: str) -> None:
    with pytest.raises(TypeError, match=r"torch\.(Tensor|Parameter) of PyTorch .*minigrad\.tensor\(x\)"):
        HALF_CHANGED[name]()


@pytest.mark.parametrize("x", [minigrad.arange(3), minigrad.ones(3).double()], ids=["integers", "float64"])
def test_the_input_is_converted_not_the_weights(x: Any) -> None:
    layer = minigrad.nn.Linear(3, 1)
    with pytest.raises(RuntimeError, match=r"convert the first with \.float\(\)"):
        layer(x)
    assert layer(x.float()).shape == (1,)


def test_softmax_goes_by_its_own_name() -> None:
    for function in (minigrad.softmax, minigrad.log_softmax, minigrad.Tensor.softmax):
        assert "softmax" in function.__name__ and "_of" not in function.__name__
        assert "Math" in function.__doc__


def test_tensors_of_two_engines_are_not_equal() -> None:
    assert (minigrad.ones(1) == torch.ones(1)) is False
    assert minigrad.ones(1) != torch.ones(1)
