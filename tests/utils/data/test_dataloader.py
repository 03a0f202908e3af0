"""DataLoader in one process: torch's batches, torch's state of the generators, torch's refusals."""

from __future__ import annotations

import copy
import itertools
import pickle
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from tests.utils.data.test_collate import shown
from tests.utils.data.test_dataset import stream

seeds = st.integers(0, 2**63)


def make(torch: ModuleType, n: int, order: str, own: bool, seed: int, options: dict[str, Any]) -> tuple[Any, Any]:
    """A loader over n samples in one of the ways to say their order, and its generator."""
    data = torch.utils.data
    torch.manual_seed(seed)
    generator: Any = torch.Generator().manual_seed(seed ^ 9) if own else None
    dataset = data.TensorDataset(torch.arange(n) * 10, torch.arange(n) * 0.5)
    said: dict[str, Any] = {}
    if order == "shuffle":
        said["shuffle"] = True
    elif order == "replacement":
        said["sampler"] = data.RandomSampler(dataset, True, n + 3, generator)
    elif order == "subset":
        said["sampler"] = data.SubsetRandomSampler(range(0, n, 2), generator)
    elif order == "list":
        said["sampler"] = [n - 1, 0, -1]
    elif order == "eager":
        said["sampler"] = Eager(data.SubsetRandomSampler(range(n)))
    elif order == "batches":
        said["batch_sampler"] = data.BatchSampler(data.RandomSampler(dataset), options["batch_size"] or 1, True)
        options = {name: value for name, value in options.items() if name not in ("batch_size", "drop_last")}
    return data.DataLoader(dataset, generator=generator, **said, **options), generator


class Eager:
    """A sampler that draws when ``iter`` is called, not when ``next`` is."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def __iter__(self) -> Any:
        return iter(list(self.sampler))

    def __len__(self) -> int:
        return len(self.sampler)


def epochs(torch: ModuleType, loader: Any, generator: Any, taken: int) -> Any:
    """Two epochs, the beginning of a third, and the states of the generators after each."""
    found: list[Any] = [len(loader)]
    for upto in (None, None, taken):
        found.append([shown(batch) for batch in itertools.islice(loader, upto)])
        found += [
            state.numpy().tobytes()
            for state in (torch.get_rng_state(), *([generator.get_state()] if generator else []))
        ]
    return found


ORDERS = ["sequential", "shuffle", "replacement", "subset", "list", "eager", "batches"]


@given(
    st.integers(1, 70), st.sampled_from(ORDERS), st.booleans(), seeds,
    st.none() | st.integers(1, 33), st.booleans(), st.integers(0, 3),
)  # fmt: skip
def test_batches_and_generators_as_torch(
    n: int, order: str, own: bool, seed: int, size: int | None, drop_last: bool, taken: int
) -> None:
    options = {"batch_size": size, "drop_last": drop_last and size is not None}
    ours, reference = (epochs(torch, *make(torch, n, order, own, seed, options), taken) for torch in (minigrad, _torch))
    assert ours == reference


@given(st.integers(0, 20), st.none() | st.integers(1, 7), st.booleans(), st.booleans())
def test_streams_as_torch(n: int, size: int | None, drop_last: bool, length: bool) -> None:
    found = []
    for torch in (minigrad, _torch):
        torch.manual_seed(n)
        dataset = stream(torch, range(n), length)
        loader = torch.utils.data.DataLoader(dataset, batch_size=size, drop_last=drop_last and size is not None)
        batches = [[shown(batch) for batch in loader] for _ in range(2)]
        found.append((batches, len(loader) if length else None, torch.get_rng_state().numpy().tobytes()))
    assert found[0] == found[1]


def test_a_stream_longer_than_announced(torch: ModuleType) -> None:
    class Liar(torch.utils.data.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Any:
            return iter(range(3))

        def __len__(self) -> int:
            return 2

    loader = torch.utils.data.DataLoader(Liar(), batch_size=1)
    assert len(list(iter(loader))) == 3  # nobody asked
    assert len(loader) == 2
    with pytest.warns(UserWarning, match="Length of IterableDataset .* was reported to be 2"):
        assert len(list(iter(loader))) == 3


def test_len_without_a_length(torch: ModuleType) -> None:
    DataLoader = torch.utils.data.DataLoader
    for loader in (DataLoader(stream(torch, "ab", length=False)), DataLoader("abc", sampler=iter([0, 1]))):
        with pytest.raises(TypeError):
            len(loader)


@given(st.integers(1, 50), st.integers(1, 20), seeds, st.booleans(), st.booleans())
def test_a_batch_by_one_index_is_the_samples_collated(n: int, size: int, seed: int, empty: bool, part: bool) -> None:
    data, generator = minigrad.utils.data, minigrad.Generator().manual_seed(seed)
    x = minigrad.tensor(generator.uniform((n, 0 if empty else 3, 2), np.float32))
    dataset: Any = data.TensorDataset(x, minigrad.arange(n), minigrad.arange(n) > 2)
    if part:
        dataset = data.Subset(data.Subset(dataset, range(n)), generator.permutation(n).tolist())
    sizes = {"batch_size": size, "shuffle": True}
    fast = data.DataLoader(dataset, generator=minigrad.Generator().manual_seed(seed), **sizes)
    slow = data.DataLoader(
        dataset,
        generator=minigrad.Generator().manual_seed(seed),
        collate_fn=lambda batch: data.default_collate(batch),
        **sizes,
    )
    for quick, careful in zip(fast, slow, strict=True):
        assert shown(quick) == shown(careful)
        assert all(a.is_contiguous() and a.stride() == b.stride() for a, b in zip(quick, careful, strict=True))


@pytest.mark.parametrize("indices", [[[True, False]], [[]], [(0, 1)], [[slice(0, 2), slice(2, 4)]], [[0, -5]], [[7]]])
def test_unusual_indices_as_torch(indices: Any) -> None:
    found = []
    for torch in (minigrad, _torch):
        dataset = torch.utils.data.TensorDataset(torch.arange(6).reshape(3, 2))
        try:
            found.append(shown(list(torch.utils.data.DataLoader(dataset, batch_sampler=indices))))
        except Exception as error:
            found.append(type(error))
    assert found[0] == found[1]


def test_a_batch_never_shares_the_datasets_memory(torch: ModuleType) -> None:
    x = torch.zeros(4)
    for (batch,) in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x), batch_size=4):
        batch.fill_(1)
    assert x.tolist() == [0] * 4


def test_gradients_reach_the_dataset(torch: ModuleType) -> None:
    x = torch.ones(4, requires_grad=True)
    for (batch,) in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x), batch_size=2):
        (batch * 3).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [3] * 4


def test_getitems_is_asked(torch: ModuleType) -> None:
    class Many(torch.utils.data.Dataset):  # type: ignore[misc, name-defined]
        def __len__(self) -> int:
            return 5

        def __getitems__(self, indices: list[int]) -> list[int]:
            return [i + 100 for i in indices]

    loader = torch.utils.data.DataLoader(Many(), batch_size=3)
    assert [batch.tolist() for batch in loader] == [[100, 101, 102], [103, 104]]


def test_collate_fn(torch: ModuleType) -> None:
    DataLoader = torch.utils.data.DataLoader
    assert list(DataLoader("abc", batch_size=2, collate_fn="".join)) == ["ab", "c"]
    assert list(DataLoader("abc", batch_size=None, collate_fn=str.upper)) == ["A", "B", "C"]
    assert list(DataLoader(stream(torch, "abc"), batch_size=2, collate_fn="".join)) == ["ab", "c"]


def test_an_error_of_the_dataset_passes_unchanged(torch: ModuleType) -> None:
    class Broken:
        def __len__(self) -> int:
            return 2

        def __getitem__(self, i: int) -> int:
            raise KeyError("gone")

    with pytest.raises(KeyError, match=r"^'gone'$"):
        next(iter(torch.utils.data.DataLoader(Broken())))


def test_attributes(torch: ModuleType) -> None:
    data = torch.utils.data
    loader = data.DataLoader("abcde", batch_size=2, drop_last=True)
    assert (loader.dataset, loader.batch_size, loader.drop_last, loader.num_workers) == ("abcde", 2, True, 0)
    assert (loader.prefetch_factor, loader.timeout, loader.pin_memory, loader.generator) == (None, 0, False, None)
    assert (loader.persistent_workers, loader.worker_init_fn, loader.in_order) == (False, None, True)
    assert loader.multiprocessing_context is None and loader.pin_memory_device == ""
    assert type(loader.sampler) is data.SequentialSampler and type(loader.batch_sampler) is data.BatchSampler
    assert loader.collate_fn is data.default_collate
    single = data.DataLoader("abc", batch_size=None, shuffle=True)
    assert single.batch_sampler is None and type(single.sampler) is data.RandomSampler
    assert single.collate_fn is data.default_convert
    assert data.DataLoader("abc", num_workers=2).prefetch_factor == 2
    assert data.DataLoader("abc", batch_sampler=[[0]]).batch_size is None
    iterator = iter(loader)
    assert iter(iterator) is iterator and len(iterator) == 2


@pytest.mark.parametrize(
    "name", ["batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"]
)
def test_what_is_fixed(torch: ModuleType, name: str) -> None:
    loader = torch.utils.data.DataLoader("abc")
    with pytest.raises(ValueError, match=f"{name} attribute should not be set after DataLoader is initialized"):
        setattr(loader, name, None)
    loader.collate_fn = len  # what is not fixed
    assert list(loader) == [1, 1, 1]


REFUSED: list[tuple[type[Exception], str, dict[str, Any]]] = [
    (ValueError, "num_workers option should be non-negative", {"num_workers": -1}),
    (ValueError, "timeout option should be non-negative", {"timeout": -1}),
    (ValueError, "prefetch_factor option could only be specified in multiprocessing", {"prefetch_factor": 2}),
    (ValueError, "prefetch_factor option should be non-negative", {"prefetch_factor": -1, "num_workers": 1}),
    (ValueError, "persistent_workers option needs num_workers > 0", {"persistent_workers": True}),
    (ValueError, "multiprocessing_context can only be used with", {"multiprocessing_context": "fork"}),
    (ValueError, "should specify a valid start method", {"multiprocessing_context": "spoon", "num_workers": 1}),
    (TypeError, "should be a valid context object", {"multiprocessing_context": 3, "num_workers": 1}),
    (ValueError, "sampler option is mutually exclusive with shuffle", {"sampler": [0], "shuffle": True}),
    (ValueError, "batch_sampler option is mutually exclusive", {"batch_sampler": [[0]], "batch_size": 2}),
    (ValueError, "batch_sampler option is mutually exclusive", {"batch_sampler": [[0]], "shuffle": True}),
    (ValueError, "batch_sampler option is mutually exclusive", {"batch_sampler": [[0]], "sampler": [0]}),
    (ValueError, "batch_sampler option is mutually exclusive", {"batch_sampler": [[0]], "drop_last": True}),
    (ValueError, "batch_size=None option disables auto-batching", {"batch_size": None, "drop_last": True}),
    (ValueError, "batch_size should be a positive integer value", {"batch_size": 0}),
    (ValueError, "batch_size should be a positive integer value", {"batch_size": 2.0}),
    (ValueError, "drop_last should be a boolean value", {"drop_last": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("error", "message", "options"), REFUSED)
def test_refusals(torch: ModuleType, error: type[Exception], message: str, options: dict[str, Any]) -> None:
    with pytest.raises(error, match=message):
        torch.utils.data.DataLoader("abc", **options)


@pytest.mark.parametrize("options", [{"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}])
def test_a_stream_has_no_order_to_choose(torch: ModuleType, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"expected unspecified {next(iter(options))} option"):
        torch.utils.data.DataLoader(stream(torch, "abc"), **options)
    torch.utils.data.DataLoader(stream(torch, "abc"), shuffle=False)


def test_an_empty_dataset(torch: ModuleType) -> None:
    assert list(torch.utils.data.DataLoader([])) == []
    with pytest.raises(ValueError, match="num_samples=0"):
        torch.utils.data.DataLoader([], shuffle=True)


def test_a_seed_is_no_generator(torch: ModuleType) -> None:
    for options in ({}, {"shuffle": True}):
        with pytest.raises(TypeError, match="Generator"):
            list(torch.utils.data.DataLoader("abc", generator=0, **options))


def test_timeout_is_for_workers(torch: ModuleType) -> None:
    with pytest.raises(AssertionError, match="timeout"):
        iter(torch.utils.data.DataLoader("abc", timeout=1))


def test_more_workers_than_processors(torch: ModuleType) -> None:
    with pytest.warns(UserWarning, match="will create 3 worker processes in total. Our suggested max number of worker"):
        torch.utils.data.DataLoader("abc", num_workers=3)


def test_pin_memory_without_a_gpu(monkeypatch: pytest.MonkeyPatch, torch: ModuleType) -> None:
    monkeypatch.setattr(_torch.accelerator, "is_available", lambda: False)
    loader = torch.utils.data.DataLoader("abc", pin_memory=True)
    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no accelerator is found"):
        assert list(loader) == [["a"], ["b"], ["c"]]


def test_warnings_point_at_the_loop() -> None:
    loader = minigrad.utils.data.DataLoader(stream(minigrad, "ab"), pin_memory=True)
    len(loader)
    loader._announced = 1
    with pytest.warns(UserWarning) as caught:
        for _ in loader:
            pass
    assert [warning.filename for warning in caught] == [__file__] * 2


def test_copies_of_a_loader(torch: ModuleType) -> None:
    loader = torch.utils.data.DataLoader("abc", batch_size=2)
    for twin in (copy.copy(loader), copy.deepcopy(loader), pickle.loads(pickle.dumps(loader))):
        assert list(twin) == [["a", "b"], ["c"]]
    with pytest.raises(NotImplementedError):
        pickle.dumps(iter(loader))
