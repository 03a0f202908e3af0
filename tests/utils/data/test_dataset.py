"""Datasets hold what torch's hold, and refuse what torch's refuse."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad


def plain(x: Any) -> Any:
    """Tensors as lists, so that both engines' samples can be compared."""
    if isinstance(x, tuple | list):
        return type(x)(plain(v) for v in x)
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return x.tolist() if hasattr(x, "tolist") else x


def stream(torch: ModuleType, values: Any, length: bool = True) -> Any:
    class Stream(torch.utils.data.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Any:
            return iter(values)

    class Sized(Stream):
        def __len__(self) -> int:
            return len(values)

    return Sized() if length else Stream()


def test_dataset_is_abstract(torch: ModuleType) -> None:
    data = torch.utils.data
    with pytest.raises(NotImplementedError):
        data.Dataset()[0]
    with pytest.raises(TypeError):
        len(data.Dataset())
    with pytest.raises(TypeError):
        data.IterableDataset()
    assert issubclass(data.IterableDataset, data.Dataset)
    data.Dataset[int]
    data.IterableDataset[int]


def test_tensor_dataset(torch: ModuleType) -> None:
    x, y = torch.arange(12).reshape(4, 3), torch.arange(4)
    data = torch.utils.data.TensorDataset(x, y)
    assert len(data) == 4
    assert plain(data[-1]) == ([9, 10, 11], 3)
    assert plain(data[[0, 2]]) == ([[0, 1, 2], [6, 7, 8]], [0, 2])
    assert plain(data[1:3]) == ([[3, 4, 5], [6, 7, 8]], [1, 2])
    assert data.tensors == (x, y)
    with pytest.raises(IndexError):
        data[4]
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        torch.utils.data.TensorDataset(x, torch.arange(3))
    with pytest.raises(TypeError):
        torch.utils.data.TensorDataset(np.arange(3))
    with pytest.raises(IndexError):
        torch.utils.data.TensorDataset(torch.tensor(1))


def test_stack_dataset(torch: ModuleType) -> None:
    data = torch.utils.data
    assert data.StackDataset("ab", [1, 2])[1] == ("b", 2)
    named = data.StackDataset(a="ab", b=data.StackDataset([3, 4], [5, 6]))
    assert named[0] == {"a": "a", "b": (3, 5)}
    assert named.__getitems__([1, 0]) == [{"a": "b", "b": (4, 6)}, {"a": "a", "b": (3, 5)}]
    assert len(named) == 2
    for args, kwargs in [((), {}), (("ab",), {"b": "ab"}), (("ab", "abc"), {}), ((), {"a": "ab", "b": "abc"})]:
        with pytest.raises(ValueError):
            data.StackDataset(*args, **kwargs)


def test_stack_dataset_counts_what_it_gets(torch: ModuleType) -> None:
    class Greedy(torch.utils.data.Dataset):  # type: ignore[misc, name-defined]
        def __len__(self) -> int:
            return 4

        def __getitems__(self, indices: list[int]) -> list[int]:
            return [*indices, 0]

    with pytest.raises(ValueError, match="Expected 2, got 3"):
        torch.utils.data.StackDataset(Greedy()).__getitems__([0, 1])


def test_concat_dataset(torch: ModuleType) -> None:
    data = torch.utils.data
    both = data.TensorDataset(torch.arange(2)) + data.TensorDataset(torch.arange(10, 13))
    assert type(both) is data.ConcatDataset
    assert both.cumulative_sizes == [2, 5]
    assert [plain(both[i]) for i in range(-5, 5)] == [(v,) for v in [0, 1, 10, 11, 12] * 2]
    with pytest.raises(ValueError, match="should not exceed dataset length"):
        both[-6]
    with pytest.raises(IndexError):
        both[5]
    with pytest.raises(AssertionError, match="empty"):
        data.ConcatDataset([])
    with pytest.raises(AssertionError, match="does not support IterableDataset"):
        data.ConcatDataset([stream(torch, "ab")])


def test_chain_dataset(torch: ModuleType) -> None:
    chain = stream(torch, "ab") + stream(torch, "c")
    assert type(chain) is torch.utils.data.ChainDataset
    assert list(chain) == ["a", "b", "c"]
    assert len(chain) == 3
    mixed = torch.utils.data.ChainDataset([stream(torch, "ab"), "cd"])
    for use in (list, len):
        with pytest.raises(AssertionError, match="only supports IterableDataset"):
            use(mixed)


def test_subset(torch: ModuleType) -> None:
    Subset = torch.utils.data.Subset
    inner = Subset("abcdef", [5, 1, 2])
    outer = Subset(inner, [2, 0])
    assert [outer[0], outer[1]] == ["c", "f"]
    assert outer.__getitems__([1, 0]) == ["f", "c"]
    assert len(outer) == 2
    rows = Subset(torch.utils.data.TensorDataset(torch.arange(6)), [5, 1, 2])
    assert plain(rows[[0, 2]]) == ([5, 2],)

    class Loud(Subset):  # type: ignore[misc, valid-type]
        def __getitem__(self, i: Any) -> Any:
            return super().__getitem__(i).upper()

    with pytest.raises(NotImplementedError, match="overrides __getitem__ but not __getitems__"):
        Loud("abc", [0])


def both_splits(n: int, lengths: list[Any], seed: int, own: bool) -> tuple[Any, Any]:
    results = []
    for torch in (minigrad, _torch):
        torch.manual_seed(seed)
        generator: Any = torch.Generator().manual_seed(seed + 1)
        kwargs = {"generator": generator} if own else {}
        parts = torch.utils.data.random_split(range(n), lengths, **kwargs)
        state = (generator if own else torch).__getattribute__("get_state" if own else "get_rng_state")()
        results.append(([list(part) for part in parts], state.numpy().tobytes()))
    return results[0], results[1]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(0, 2**40), st.booleans())
def test_random_split_by_lengths(lengths: list[int], seed: int, own: bool) -> None:
    if sum(lengths) == 1:
        lengths = [2]
    ours, reference = both_splits(sum(lengths), lengths, seed, own)
    assert ours == reference


@given(
    st.integers(4, 60), st.sampled_from([[0.5, 0.5], [0.3, 0.3, 0.4], [0.9, 0.1], [1.0], [1 / 3] * 3]), st.booleans()
)
def test_random_split_by_fractions(n: int, fractions: list[float], own: bool) -> None:
    if n < 10:
        n += 10
    ours, reference = both_splits(n, fractions, n, own)
    assert ours == reference


def test_random_split_refuses(torch: ModuleType) -> None:
    split = torch.utils.data.random_split
    with pytest.raises(ValueError, match="Sum of input lengths does not equal"):
        split(range(5), [2, 2])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        split(range(5), [1.5, -0.5])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        split(range(3), [0.5, 0.1, 0.4])
    assert [len(part) for part in split(range(3), [2, 1], generator=None)] == [2, 1]
