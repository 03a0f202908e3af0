"""What the sample table cannot say of losses: constants that refuse a gradient, torch's old arguments, warnings."""

from __future__ import annotations

import itertools
import warnings
from types import ModuleType
from typing import Any

import pytest
import torch as _torch

import minigrad

CONSTANTS = {
    "binary_cross_entropy": ("weight", [[0.25, 0.5], [1.0, 0.0]]),
    "binary_cross_entropy_with_logits": ("weight", [[0.25, 0.5], [1.0, 0.0]]),
    "multi_margin_loss": ("weight", [[0.25, 0.5], 1]),
    "nll_loss": ("weight", [[0.25, 0.5], 1]),
    "cross_entropy": ("weight", [[0.25, 0.5], 1]),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_weights_have_no_gradient(torch: ModuleType, name: str) -> None:
    argument, operands = CONSTANTS[name]
    loss = getattr(torch.nn.functional, name)
    x, y = map(torch.tensor, operands)
    weight = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=f"not differentiable with respect to argument '{argument}'"):
        loss(x, y, **{argument: weight})
    with torch.no_grad():
        loss(x, y, **{argument: weight})


def test_labels_have_no_gradient(torch: ModuleType) -> None:
    F = torch.nn.functional
    x, y = torch.ones(2), torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="not differentiable with respect to argument"):
        F.binary_cross_entropy_with_logits(x, x, pos_weight=y)
    with pytest.raises(RuntimeError, match="not differentiable with respect to argument 'target'"):
        F.soft_margin_loss(x, y)


PAIR = ([0.25, 0.5], [1.0, 0.0])
OPERANDS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("l1_loss", "mse_loss", "smooth_l1_loss", "binary_cross_entropy", "kl_div"), PAIR),
    **dict.fromkeys(("soft_margin_loss", "multilabel_soft_margin_loss", "hinge_embedding_loss"), PAIR),
    **dict.fromkeys(("binary_cross_entropy_with_logits", "poisson_nll_loss"), PAIR),
    **dict.fromkeys(("nll_loss", "cross_entropy", "multi_margin_loss"), ([[0.25, 0.5]], [1])),
    "multilabel_margin_loss": ([0.25, 0.5], [1, -1]),
    "margin_ranking_loss": (*PAIR, [1.0, -1.0]),
    "triplet_margin_loss": (*PAIR, [0.75, 2.0]),
    "cosine_embedding_loss": (*PAIR, 1.0),
}


@pytest.mark.parametrize("name", OPERANDS)
def test_old_arguments(name: str) -> None:
    for size_average, reduce in itertools.product((None, True, False), repeat=2):
        said = []
        for engine in (_torch, minigrad):
            loss = getattr(engine.nn.functional, name)
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                value = loss(*map(engine.tensor, OPERANDS[name]), size_average=size_average, reduce=reduce)
            said.append((value.tolist(), [str(w.message) for w in warned if w.category is UserWarning]))
        assert said[1] == (pytest.approx(said[0][0]), said[0][1]), (size_average, reduce)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_sizes_that_differ_are_warned_of(torch: ModuleType, name: str) -> None:
    with pytest.warns(UserWarning, match="Using a target size .* that is different to the input size"):
        loss = getattr(torch.nn.functional, name)(torch.ones(2, 3), torch.zeros(3))
    assert loss.shape == ()


def test_ctc_loss_has_no_second_gradient(torch: ModuleType) -> None:
    x = torch.zeros(2, 1, 2, requires_grad=True)
    loss = torch.nn.functional.ctc_loss(x.log_softmax(2), torch.tensor([[1]]), (2,), (1,))
    (g,) = torch.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError, match="not implemented"):
        g.sum().backward()


def test_ctc_loss_refuses_labels_there_are_not() -> None:
    with pytest.raises(RuntimeError, match="target 2 is not a label; they go from 0 to 1"):
        minigrad.nn.functional.ctc_loss(minigrad.zeros(2, 1, 2), minigrad.tensor([[2]]), (2,), (1,))
