"""From numbers to a batch: what a loader does with what its sampler yields, in the main process or in a worker."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ops.create import from_numpy
from .collate import default_collate
from .dataset import IterableDataset, Subset, TensorDataset, get_samples

Fetch = Callable[[Any], Any]


class Fetcher:
    """Fetches batches: picklable, so that a worker process gets one.

    batched     a sampler's item is a list of numbers; else it is one number, and its sample the whole batch
    drop_last   whether the end of an IterableDataset is left out if it fills no batch
    """

    def __init__(self, dataset: Any, collate_fn: Callable[[Any], Any], batched: bool, drop_last: bool) -> None:
        self.dataset = dataset
        self.collate_fn = collate_fn
        self.batched = batched
        self.drop_last = drop_last

    def start(self) -> Fetch:
        """Start an epoch: a function from a sampler's item to a batch; StopIteration says that a stream has ended."""
        if isinstance(self.dataset, IterableDataset):
            return _IterableFetcher(self).fetch
        return self._fetch_batch if self.batched else self._fetch_sample

    def _fetch_sample(self, index: Any) -> Any:
        return self.collate_fn(self.dataset[index])

    def _fetch_batch(self, indices: Any) -> Any:
        if self.collate_fn is default_collate:
            columns = _rows(self.dataset, indices)
            if columns is not None:
                return columns
        return self.collate_fn(get_samples(self.dataset, indices))


def _rows(dataset: Any, indices: Any) -> list[Any] | None:
    """The collated batch of a TensorDataset or a part of one: every tensor is indexed once, not N times and stacked.

    None where the result would differ from collating the samples.
    """
    parts = []
    while type(dataset) is Subset:
        parts.append(dataset)
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset or type(indices) is not list or not indices:
        return None
    for part in parts:
        indices = [part.indices[i] for i in indices]
    if set(map(type, indices)) != {int}:
        return None
    rows = from_numpy(np.array(indices))
    return [tensor[rows] for tensor in dataset.tensors]


class _IterableFetcher:
    """One pass over an IterableDataset: the numbers only say how many samples a batch has."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self.samples = iter(fetcher.dataset)
        self.ended = False

    def fetch(self, index: Any) -> Any:
        if self.ended:
            raise StopIteration
        if not self.fetcher.batched:
            return self.fetcher.collate_fn(next(self.samples))
        batch = list(itertools.islice(self.samples, len(index)))
        self.ended = len(batch) < len(index)
        if not batch or (self.ended and self.fetcher.drop_last):
            raise StopIteration
        return self.fetcher.collate_fn(batch)
