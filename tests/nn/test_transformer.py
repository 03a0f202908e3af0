"""Stacks of Transformer layers against torch's: first weights, names, text, outputs, gradients, paths of evaluation."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import minigrad
from reference_torch.transfer import to_minigrad
from tests.bounds import rounding, within

RNG = np.random.default_rng(0)
SRC, TGT = RNG.normal(size=(2, 5, 8)), RNG.normal(size=(2, 4, 8))
PADDED = np.arange(5) >= np.array([[5], [3]])  # the second sequence has 3 words
# two layers of four sums over 8 features, forward and backward, and softmax and norm whose condition is some 100
SUMS = rounding(2 * 2 * 4 * 8 * 100, "float64")
HOLES = np.array([[False] * 5, [False, True, False, False, True]])


def encoder(package: ModuleType, norm: bool = True, layers: int = 2, **kwargs: Any) -> Any:
    package.manual_seed(0)
    layer = package.nn.TransformerEncoderLayer(8, 2, 6, **({"dropout": 0.0, "batch_first": True} | kwargs))
    return package.nn.TransformerEncoder(layer, layers, package.nn.LayerNorm(8) if norm else None).double()


def decoder(package: ModuleType, **kwargs: Any) -> Any:
    package.manual_seed(0)
    layer = package.nn.TransformerDecoderLayer(8, 2, 6, dropout=0.0, batch_first=True, **kwargs)
    return package.nn.TransformerDecoder(layer, 2, package.nn.LayerNorm(8)).double()


def carried(build: Any, package: ModuleType, **kwargs: Any) -> Any:
    """The stack with torch's weights on either engine: what is compared is what it computes."""
    model = build(package, **kwargs)
    if package is minigrad:
        model.load_state_dict(to_minigrad(build(torch, **kwargs).state_dict()))
    return model


def both(run: Any) -> Iterator[tuple[Any, Any]]:
    """What run(package) returns on both engines, array by array."""
    ours, theirs = ([np.asarray(t.detach().numpy()) for t in run(package)] for package in (minigrad, torch))
    return zip(ours, theirs, strict=True)


def same(run: Any) -> None:
    """Within roundings of the largest: what cancels (a key's bias has gradient 0) cancels from terms of that size."""
    pairs = list(both(run))
    largest = max(abs(theirs).max() for _, theirs in pairs)
    for ours, theirs in pairs:
        within(ours, theirs, SUMS * largest)


def trained(model: Any, output: Any) -> list[Any]:
    """Not the squares' sum as a loss: behind a LayerNorm that is constant, and its gradient is rounding."""
    (output * output * output).sum().backward()
    return [output, *[p.grad for p in model.parameters()]]


@pytest.mark.parametrize("build", [encoder, decoder])
def test_a_new_stack(build: Any) -> None:
    """Every layer begins as a copy of the one given."""
    ours, theirs = build(minigrad), build(torch)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        within(a.detach().numpy(), b.detach().numpy(), rounding(1, "float32"))  # u (high - low) < 2 rounded, or not
    first, second = ours.layers
    assert first.linear1.weight is not second.linear1.weight
    assert bool((first.linear1.weight == second.linear1.weight).all())


@pytest.mark.parametrize("padding", [None, PADDED, HOLES])
@pytest.mark.parametrize("causal", [False, True])
def test_encoder(padding: Any, causal: bool) -> None:
    def run(package: ModuleType) -> list[Any]:
        model = carried(encoder, package)
        make = package.nn.Transformer.generate_square_subsequent_mask
        mask = make(5, dtype=package.float64) if causal else None
        pad = None if padding is None else package.tensor(padding)
        pad = pad if pad is None or mask is None else package.zeros(2, 5, dtype=mask.dtype).masked_fill(pad, -np.inf)
        return trained(model, model(package.tensor(SRC), mask, pad))

    same(run)


def test_decoder() -> None:
    def run(package: ModuleType) -> list[Any]:
        model = carried(decoder, package)
        mask = package.nn.Transformer.generate_square_subsequent_mask(4, dtype=package.float64)
        pad = package.tensor(PADDED)
        output = model(package.tensor(TGT), package.tensor(SRC), mask, memory_key_padding_mask=pad)
        return trained(model, output)

    same(run)


@pytest.mark.parametrize("options", [{}, {"norm": False}, {"norm_first": True}, {"activation": "gelu"}])
@pytest.mark.parametrize("padding", [PADDED, HOLES])
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage")
def test_padding_in_evaluation(padding: Any, options: Any) -> None:
    """Without gradients torch leaves trailing padding out, and zeros come out there; otherwise it is computed."""

    def run(package: ModuleType) -> list[Any]:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="enable_nested_tensor")  # norm_first
            model = carried(encoder, package, **options).eval()
        src, pad = package.tensor(SRC), package.tensor(padding)
        with package.no_grad():
            outputs = [model(src, src_key_padding_mask=pad)]
        return [*outputs, model(src, src_key_padding_mask=pad)]

    same(run)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("padding", [PADDED[1], HOLES[1]])
def test_padding_of_one_sequence(padding: Any, training: bool) -> None:
    def run(package: ModuleType) -> list[Any]:
        model = carried(encoder, package).train(training)
        with package.no_grad():
            return [model(package.tensor(SRC[0]), src_key_padding_mask=package.tensor(padding))]

    same(run)


@pytest.mark.parametrize(
    "options",
    [
        {"batch_first": False},
        {"norm_first": True},
        {"bias": False},
        {"activation": "tanh"},
        {"activation": "gelu"},
        {},
    ],
)
def test_what_keeps_torch_from_leaving_out_padding(options: Any) -> None:
    said = []
    for package in (minigrad, torch):
        given = dict(options)
        if given.get("activation") == "tanh":
            given["activation"] = package.tanh
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            encoder(package, **given)
        said.append([str(w.message) for w in caught])
    assert said[0] == said[1]


def test_the_causal_mask_is_recognised() -> None:
    """Given as a mask or by a hint, it does the same."""
    model = encoder(minigrad)
    mask = minigrad.nn.Transformer.generate_square_subsequent_mask(5, dtype=minigrad.float64)
    assert mask.tolist() == torch.nn.Transformer.generate_square_subsequent_mask(5).tolist()
    src = minigrad.tensor(SRC)
    expected = model(src, mask, is_causal=False).detach().numpy()
    for hint in (None, True):
        np.testing.assert_allclose(model(src, mask, is_causal=hint).detach().numpy(), expected, rtol=1e-12, atol=1e-14)


def test_a_transformer_of_other_parts() -> None:
    def run(package: ModuleType) -> list[Any]:
        parts = {"custom_encoder": carried(encoder, package), "custom_decoder": carried(decoder, package)}
        model = package.nn.Transformer(8, 2, batch_first=True, **parts)
        return trained(model, model(package.tensor(SRC), package.tensor(TGT)))

    same(run)


def refused(package: ModuleType, call: Any) -> str:
    try:
        call(package)
    except Exception as error:
        return type(error).__name__
    return "accepted"


@pytest.mark.parametrize(
    "call",
    [
        lambda torch: torch.nn.TransformerEncoderLayer(8, 2, activation="silu"),
        lambda torch: torch.nn.TransformerEncoderLayer(8, 3),
        lambda torch: small(torch)(torch.zeros(3, 4, 8), torch.zeros(2, 4, 8)),
        lambda torch: small(torch)(torch.zeros(2, 4, 8), torch.zeros(2, 4, 6)),
    ],
)
def test_refusals(call: Any) -> None:
    ours, theirs = refused(minigrad, call), refused(torch, call)
    assert ours == theirs != "accepted"


def small(package: ModuleType) -> Any:
    return package.nn.Transformer(8, 2, 1, 1, 6, batch_first=True)
