"""What the tables do not say of attention: the same tensor more than once, dropout, second derivatives."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import minigrad
from minigrad.autograd import gradgradcheck
from minigrad.nn import functional as F
from reference_torch.transfer import to_minigrad
from tests.bounds import rounding, within

RNG = np.random.default_rng(0)
CAUSAL = np.triu(np.ones((4, 4), bool), 1)


def values(*shape: int) -> Any:
    return RNG.normal(size=shape)


def module(package: ModuleType, *args: Any, **kwargs: Any) -> Any:
    """With torch's weights on either engine: what is compared is the layer."""
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(*args, **kwargs).double()
    if package is torch:
        return theirs
    ours = package.nn.MultiheadAttention(*args, **kwargs).double()
    ours.load_state_dict(to_minigrad(theirs.state_dict()))
    return ours


def gradients(layer: Any, outputs: Any, *leaves: Any) -> list[Any]:
    sum((y * y).sum() for y in outputs if y is not None).backward()
    return [t.grad.numpy() for t in (*leaves, *layer.parameters())]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("shape", [(4, 2, 8), (4, 8)])
@pytest.mark.parametrize("kind", ["self", "memory"])
def test_the_same_tensor_more_than_once(batch_first: bool, need_weights: bool, shape: Any, kind: str) -> None:
    """Self-attention and attention to a memory go through one product; the numbers are those of three."""
    x, memory = values(*shape), values(*shape)
    found = []
    for package in (minigrad, torch):
        layer = module(package, 8, 2, batch_first=batch_first)
        a, b = (package.tensor(v, requires_grad=True) for v in (x, memory))
        operands = (a, a, a) if kind == "self" else (a, b, b)
        outputs = layer(*operands, need_weights=need_weights)
        leaves = (a,) if kind == "self" else (a, b)
        numbers = [y.detach().numpy() for y in outputs if y is not None]
        found.append([*numbers, *gradients(layer, outputs, *leaves)])
    for ours, theirs in zip(*found, strict=True):
        largest = abs(theirs).max()  # sums over 8 features, 4 positions, 8 features, 8 rows
        within(ours, theirs, rounding(8 * 4 * 8 * 8, "float64") * largest)


@pytest.mark.parametrize("heads", [1, 3])
def test_dropout_draws_as_torch(heads: int) -> None:
    q, k, v = values(2, heads, 4, 8), values(2, heads, 5, 8), values(2, heads, 5, 8)
    found = []
    for package in (minigrad, torch):
        package.manual_seed(3)
        leaves = [package.tensor(x, requires_grad=True) for x in (q, k, v)]
        y = package.nn.functional.scaled_dot_product_attention(*leaves, dropout_p=0.4)
        y.sum().backward()
        found.append([y.detach().numpy(), *[x.grad.numpy() for x in leaves], package.rand(2).numpy()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"attn_mask": minigrad.tensor(~CAUSAL)}, {"scale": 0.5}])
def test_second_derivatives(options: Any) -> None:
    """torch's fast kernel has none."""
    operands = [minigrad.tensor(values(2, 4, 3), requires_grad=True) for _ in range(3)]
    assert gradgradcheck(lambda *x: F.scaled_dot_product_attention(*x, **options), operands)


def test_a_query_that_may_look_at_nothing() -> None:
    """Its answer is 0 and moves nothing; with the weights asked for, it is nan, as torch's."""
    blind = np.zeros((4, 4), bool)
    blind[1] = True
    x = minigrad.tensor(values(4, 8), requires_grad=True)
    y = F.scaled_dot_product_attention(x, x, x, minigrad.tensor(~blind))
    y[1].sum().backward()
    assert y[1].abs().sum() == 0
    assert x.grad.abs().sum() == 0
    layer = module(minigrad, 8, 2)
    output, weights = layer(x, x, x, attn_mask=minigrad.tensor(blind))
    assert bool(output[1].isnan().all())
    assert bool(weights[1].isnan().all())


def test_masks_of_different_kinds_warn() -> None:
    x = values(4, 2, 8)
    for package in (minigrad, torch):
        t = package.tensor(x)
        padding = package.zeros(2, 4, dtype=package.bool)
        with pytest.warns(UserWarning, match="mismatched key_padding_mask and attn_mask"):
            module(package, 8, 2)(t, t, t, padding, attn_mask=package.zeros(4, 4, dtype=package.float64))


@pytest.mark.parametrize(
    ("args", "error"), [((0, 1), ValueError), ((8, 0), ValueError), ((8, 3), AssertionError), ((8,), TypeError)]
)
def test_refusals(args: Any, error: type[Exception]) -> None:
    for package in (minigrad, torch):
        with pytest.raises(error):
            package.nn.MultiheadAttention(*args)
