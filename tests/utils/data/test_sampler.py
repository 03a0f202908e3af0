"""Samplers yield torch's numbers, and leave the generators in torch's state, in the middle of an epoch too."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad


def check(make: Callable[[Any, Any], Any], seed: int, own: bool, taken: int) -> None:
    """``make(samplers, generator)`` gives the same numbers in two epochs, and ``taken`` ones in a third."""
    results = []
    for torch in (minigrad, _torch):
        torch.manual_seed(seed)
        generator: Any = torch.Generator().manual_seed(seed ^ 5) if own else None
        sampler = make(torch.utils.data, generator)
        epochs = [list(sampler), list(sampler), list(itertools.islice(sampler, taken))]
        states = [torch.get_rng_state().numpy().tobytes()]
        if own:
            states.append(generator.get_state().numpy().tobytes())
        results.append((len(sampler), epochs, states))
    assert results[0] == results[1]


seeds, sizes = st.integers(0, 2**63), st.integers(1, 80)


@given(sizes, st.booleans(), st.none() | st.integers(1, 200), seeds, st.booleans(), st.integers(0, 80))
def test_random(n: int, replacement: bool, num_samples: int | None, seed: int, own: bool, taken: int) -> None:
    check(lambda data, g: data.RandomSampler(range(n), replacement, num_samples, g), seed, own, taken)


@given(sizes, seeds, st.booleans(), st.integers(0, 80))
def test_subset(n: int, seed: int, own: bool, taken: int) -> None:
    check(lambda data, g: data.SubsetRandomSampler(range(3, 3 + n), g), seed, own, taken)


weights = st.lists(st.floats(0.01, 10) | st.just(0.0), min_size=1, max_size=20).filter(any)


@given(weights, st.integers(2, 50), seeds, st.booleans())
def test_weighted(w: list[float], count: int, seed: int, own: bool) -> None:
    check(lambda data, g: data.WeightedRandomSampler(w, count, True, g), seed, own, 1)


@given(weights, seeds)
def test_weighted_without_replacement(w: list[float], seed: int) -> None:
    """A draw of ``multinomial``, which is compared with torch's elsewhere (on Intel processors torch's is another)."""
    count = sum(v > 0 for v in w)
    numbers = list(minigrad.utils.data.WeightedRandomSampler(w, count, False, minigrad.Generator().manual_seed(seed)))
    assert numbers == minigrad.Generator().manual_seed(seed).multinomial(np.array(w), count).tolist()
    assert sorted(numbers) == [i for i, v in enumerate(w) if v > 0]


@given(sizes, st.integers(1, 40), st.booleans(), st.booleans(), seeds, st.integers(0, 9))
def test_batches(n: int, size: int, drop_last: bool, shuffled: bool, seed: int, taken: int) -> None:
    def make(data: Any, generator: Any) -> Any:
        inner = data.RandomSampler(range(n), generator=generator) if shuffled else data.SequentialSampler(range(n))
        return data.BatchSampler(inner, size, drop_last)

    check(make, seed, True, taken)


def test_batches_of_a_plain_list(torch: ModuleType) -> None:
    batches = torch.utils.data.BatchSampler("abcde", 2, False)
    assert list(batches) == [["a", "b"], ["c", "d"], ["e"]]
    assert len(batches) == 3
    assert len(torch.utils.data.BatchSampler("abcde", 2, True)) == 2


def test_sampler_is_abstract(torch: ModuleType) -> None:
    with pytest.raises(NotImplementedError):
        iter(torch.utils.data.Sampler())
    with pytest.raises(TypeError):
        len(torch.utils.data.Sampler())
    torch.utils.data.Sampler[int]


def test_the_source_may_grow(torch: ModuleType) -> None:
    source = [0, 1]
    sampler = torch.utils.data.RandomSampler(source)
    source.append(2)
    assert len(sampler) == 3 and sorted(sampler) == [0, 1, 2]


def test_draws_with_replacement_are_made_when_they_are_asked_for() -> None:
    def first(torch: Any) -> list[int]:
        sampler = torch.utils.data.RandomSampler(range(7), True, 10**10, torch.Generator().manual_seed(1))
        batches = torch.utils.data.BatchSampler(sampler, 50, False)
        return [*itertools.chain(*itertools.islice(batches, 2))]

    assert first(minigrad) == first(_torch)


@pytest.mark.parametrize(
    ("error", "name", "args"),
    [
        (ValueError, "RandomSampler", ([],)),
        (ValueError, "RandomSampler", ([1], False, 0)),
        (ValueError, "RandomSampler", ([1], False, 1.5)),
        (TypeError, "RandomSampler", ([1], 1)),
        (ValueError, "WeightedRandomSampler", ([1.0], 0)),
        (ValueError, "WeightedRandomSampler", ([1.0], True)),
        (ValueError, "WeightedRandomSampler", ([1.0], 1, 1)),
        (ValueError, "WeightedRandomSampler", ([[1.0]], 1)),
        (ValueError, "BatchSampler", ([1], 0, False)),
        (ValueError, "BatchSampler", ([1], True, False)),
        (ValueError, "BatchSampler", ([1], 1.0, False)),
        (ValueError, "BatchSampler", ([1], 1, 0)),
    ],
)
def test_refusals(torch: ModuleType, error: type[Exception], name: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(error, match="should be a"):
        getattr(torch.utils.data, name)(*args)


@pytest.mark.parametrize(("w", "count"), [([1.0, -1.0], 1), ([0.0, 0.0], 1), ([1.0, 2.0], 3), ([np.nan], 1)])
def test_weights_that_are_no_distribution(torch: ModuleType, w: list[float], count: int) -> None:
    with pytest.raises(RuntimeError):
        list(torch.utils.data.WeightedRandomSampler(w, count, replacement=False))
