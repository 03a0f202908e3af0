"""Ops that exist only in place: copy_, fill_, zero_; and what Python's operators do with other classes."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import minigrad

WRITES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "copy": lambda m, x, y: x.copy_(y),
    "copy a row": lambda m, x, y: x.copy_(y[0]),
    "copy into a row": lambda m, x, y: x[0].copy_(y[1]) * 1 + x,
    "copy other type": lambda m, x, y: x.copy_(y.double()),
    "fill": lambda m, x, y: x.fill_(2),
    "fill from": lambda m, x, y: x.fill_(y[0, 0]),
    "zero": lambda m, x, y: x.zero_() + y,
    "masked fill": lambda m, x, y: x.masked_fill_(y > 0, y[0, 0]),
    "iadd": lambda m, x, y: x.__iadd__(y).__imul__(y).__itruediv__(3),
    "relu": lambda m, x, y: m.nn.functional.relu(x, inplace=True) * y,
}


def gradients(m: ModuleType, write: Callable[[Any, Any, Any], Any]) -> list[Any]:

    values = np.random.default_rng(0).normal(size=(2, 2, 3)).astype(np.float32)
    x, y = [m.tensor(v, requires_grad=True) for v in values]
    out = write(m, x * 1, y)
    (out * out).sum().backward()
    return [
        out.grad_fn.name().split("::")[-1],
        out.tolist(),
        *[None if v.grad is None else v.grad.tolist() for v in (x, y)],
    ]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_writes(write: Callable[[Any, Any, Any], Any]) -> None:
    ours, theirs = gradients(minigrad, write), gradients(torch, write)
    assert ours[0] == theirs[0]
    for a, b in zip(ours[1:], theirs[1:], strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("m", [minigrad, torch], ids=["minigrad", "torch"])
def test_operators_with_other_classes(m: ModuleType) -> None:
    x = m.ones(2)

    class Other:
        def __radd__(self, x: Any) -> str:
            return "mine"

    assert x + Other() == "mine"
    assert (x == None) is False  # noqa: E711
    assert (x != [1, 2]) is True
    assert (np.float64(2) * x).tolist() == [2.0, 2.0]
    assert (x * np.float64(2)).dtype == m.float32
    for call in (lambda: x + {1}, lambda: x < "a", lambda: m.add(x, "a"), lambda: ~x, lambda: m.exp(1.0)):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(RuntimeError):
        x.int().div_(2)
    with pytest.raises(RuntimeError):
        x.copy_(m.ones(3))
    with pytest.raises(RuntimeError):
        x.fill_(m.ones(3))
    assert m.ones(2).type() == "torch.FloatTensor"
    with pytest.raises((RuntimeError, AssertionError)):
        x.to("cuda:99")


def test_nothing_to_convert_is_no_copy() -> None:
    x = minigrad.ones(2)
    assert x.float() is x
    assert x.to("cpu") is x
    assert x.to(x) is x
    assert x.to(minigrad.float32, copy=True) is not x
    with pytest.raises(RuntimeError, match="CPU only"):
        x.cuda()


def test_array_operands_stay_in_the_graph() -> None:
    x = minigrad.ones(2, requires_grad=True)
    (np.array([2.0, 3.0], np.float32) * x + x * np.array([1.0, 1.0], np.float32)).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]
