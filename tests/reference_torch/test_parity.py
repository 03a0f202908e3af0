"""Transfer and parity: tensors both ways, how far numbers may be apart, and what is said where they are further."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import minigrad
from reference_torch.oracle import MINIGRAD, TORCH
from reference_torch.parity import Mismatch, difference, tolerance
from reference_torch.transfer import to_minigrad, to_torch


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool", "uint8", "float16"])
@pytest.mark.parametrize("shape", [(), (0, 2), (2, 3)])
def test_tensors_go_both_ways(dtype: str, shape: tuple[int, ...]) -> None:
    x = torch.ones(shape, dtype=getattr(torch, dtype))
    there = to_minigrad(x)
    assert str(there.dtype) == str(x.dtype)
    back = to_torch(there)
    assert torch.equal(back, x)
    assert back.dtype == x.dtype
    back.zero_()
    assert there.array.all()


def test_what_goes_with_a_tensor() -> None:
    leaf = torch.ones(2, requires_grad=True)
    assert to_minigrad(leaf).requires_grad
    assert not to_minigrad(leaf * 2).requires_grad
    assert to_torch(to_minigrad(leaf)).requires_grad
    assert to_torch(minigrad.float32) is torch.float32
    assert to_minigrad(torch.int64) is minigrad.int64


def test_a_state_dict_goes_both_ways() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    state = to_minigrad(model.state_dict())
    assert list(state) == list(model.state_dict())
    model.load_state_dict(to_torch(state))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.ones(4, 2)).sum().backward()
    optimizer.step()
    there = to_minigrad(optimizer.state_dict())
    assert isinstance(there["state"][0]["momentum_buffer"], minigrad.Tensor)
    optimizer.load_state_dict(to_torch(there))


def test_the_measure() -> None:
    assert difference(np.array([np.nan, np.inf, 1.0]), np.array([np.nan, np.inf, 1.0])) == 0
    assert difference(np.array([np.nan]), np.array([1.0])) == np.inf
    assert difference(np.zeros(2), np.zeros(3)) == np.inf
    assert difference(np.zeros(0), np.zeros(0)) == 0
    assert difference(np.array([1, 2]), np.array([1, 3])) == np.inf
    assert difference(np.array([1e-9, 1.0]), np.array([2e-9, 1.0])) == pytest.approx(1e-9)
    assert tolerance(torch.ones(1)) == 1e-5
    assert tolerance(np.ones(1, np.int64)) == 0


def test_a_parting_says_where() -> None:
    def said(ours: object, theirs: object) -> str:
        return str(Mismatch(1, "w", ours, theirs, difference(ours, theirs), tolerance(theirs)))

    ours, theirs = np.ones((2, 2), np.float32), torch.ones(2, 2)
    ours[1, 0] = 1.5
    assert said(ours, theirs) == ("step 1, w[1, 0]: 1.5 here, 1 in torch; relative difference 5.0e-01, allowed 1e-05")
    ours[0, 1] = np.nan
    assert said(ours, theirs).startswith("step 1, w[0, 1]: nan here, 1 in torch")
    assert said(0.501, 0.5) == "step 1, w: 0.501 here, 0.5 in torch; relative difference 2.0e-03, allowed 1e-09"
    assert said(np.ones(2), np.ones(3)) == "step 1, w: shape [2] here, [3] in torch"
    assert said(np.zeros(0), np.zeros(0, int)) == "step 1, w: float64 here, int64 in torch"
    assert said("ohlol", "hello") == "step 1, w: 'ohlol' here, 'hello' in torch"


def test_both_engines_answer_the_oracle() -> None:
    x = np.array([1.0, 2.0])
    ours = MINIGRAD.ask(lambda x: (x * x, x * 3.0), [x], order=2)
    theirs = TORCH.ask(lambda x: (x * x, x * 3.0), [x], order=2)
    for name in ("outputs", "first", "second"):
        for a, b in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            np.testing.assert_allclose(a, b)
    assert ours.grad_fn == theirs.grad_fn == ["MulBackward0", "MulBackward0"]
    assert len(ours.second) == 3
    with pytest.raises(AttributeError, match="no_such"):
        TORCH.find("nn.functional.no_such")
