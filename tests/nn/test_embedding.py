"""Embedding layers: what the table of layers does not ask."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import minigrad

BOTH = pytest.mark.parametrize("m", [minigrad, torch], ids=["minigrad", "torch"])


@BOTH
@pytest.mark.parametrize("kind", ["Embedding", "EmbeddingBag"])
@pytest.mark.parametrize("freeze", [True, False])
def test_from_pretrained(m: ModuleType, kind: str, freeze: bool) -> None:
    table = m.arange(6.0).reshape(3, 2)
    layer = getattr(m.nn, kind).from_pretrained(table, freeze, padding_idx=-1)
    assert layer.weight.requires_grad is not freeze
    assert layer.padding_idx == 2
    assert isinstance(layer.weight, m.nn.Parameter)
    table[0, 0] = 9.0
    assert layer.weight[0, 0].item() == 9.0  # memory is shared
    assert layer.weight[2].tolist() == [4.0, 5.0]  # only a new table has a row of zeros


@BOTH
def test_the_padding_row_is_zero_and_stays_so(m: ModuleType) -> None:
    layer = m.nn.Embedding(4, 3, padding_idx=1)
    optimizer = m.optim.SGD(layer.parameters(), lr=1.0)
    (layer(m.tensor([0, 1, 1])) - 1).square().sum().backward()
    optimizer.step()
    assert layer.weight[1].tolist() == [0.0, 0.0, 0.0]
    assert layer.weight.grad[0].abs().sum() > 0


@BOTH
def test_max_norm_writes_to_the_table(m: ModuleType) -> None:
    table = m.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]])
    m.nn.functional.embedding(m.tensor([0, 1]), table, max_norm=1.0)
    np.testing.assert_allclose(table.numpy(), [[0.6, 0.8], [0.3, 0.4], [6.0, 8.0]], rtol=1e-6)
    doubled = (table.requires_grad_() * 1).exp()
    with m.no_grad():
        m.nn.functional.embedding(m.tensor([2]), table, max_norm=1.0)
    doubled.sum().backward()  # exp's derivative is its value


def test_the_second_gradient_by_frequency() -> None:
    """dweight[k] is the mean of g, so its gradient is 1 over the frequency: torch's second gradient forgets that."""
    weight = minigrad.ones(3, 2, dtype=minigrad.float64, requires_grad=True)
    g = minigrad.ones(3, 2, dtype=minigrad.float64, requires_grad=True)
    y = minigrad.nn.functional.embedding(minigrad.tensor([0, 2, 2]), weight, scale_grad_by_freq=True)
    (first,) = minigrad.autograd.grad(y, weight, g, create_graph=True)
    first.sum().backward()
    assert g.grad.tolist() == [[1.0, 1.0], [0.5, 0.5], [0.5, 0.5]]


REFUSED: dict[str, Callable[[Any], Any]] = {
    "padding beyond": lambda m: m.nn.Embedding(3, 2, padding_idx=3),
    "padding before": lambda m: m.nn.Embedding(3, 2, padding_idx=-4),
    "bag padding": lambda m: m.nn.EmbeddingBag(3, 2, padding_idx=3),
    "weight": lambda m: m.nn.Embedding(3, 2, _weight=m.ones(2, 2)),
    "pretrained": lambda m: m.nn.Embedding.from_pretrained(m.ones(2)),
    "no row": lambda m: m.nn.Embedding(3, 2)(m.tensor([3])),
    "negative": lambda m: m.nn.Embedding(3, 2)(m.tensor([-1])),
    "floats": lambda m: m.nn.Embedding(3, 2)(m.tensor([1.0])),
    "list": lambda m: m.nn.Embedding(3, 2)([1]),
    "no offsets": lambda m: m.nn.EmbeddingBag(3, 2)(m.tensor([1, 2])),
    "offsets": lambda m: m.nn.EmbeddingBag(3, 2)(m.tensor([[1, 2]]), m.tensor([0])),
    "mode": lambda m: m.nn.EmbeddingBag(3, 2, mode="median")(m.tensor([[1, 2]])),
    "max by frequency": lambda m: m.nn.EmbeddingBag(3, 2, scale_grad_by_freq=True, mode="max")(m.tensor([[1]])),
    "circular": lambda m: m.nn.CircularPad1d(1)(m.ones(3)),
    "reflection": lambda m: m.nn.ReflectionPad1d(3)(m.ones(1, 3)),
    "reflection of a row": lambda m: m.nn.ReflectionPad2d(1)(m.ones(3, 3)),
    "pad": lambda m: m.nn.ConstantPad1d((1, 1, 1, 1), 0.0)(m.ones(3)),
    "pixels": lambda m: m.nn.PixelShuffle(2)(m.ones(3, 2, 2)),
    "groups": lambda m: m.nn.ChannelShuffle(2)(m.ones(1, 3, 2)),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_refusals(call: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception) as theirs:
        call(torch)
    with pytest.raises(theirs.type) as ours:
        call(minigrad)
    assert len(str(ours.value)) > 20
