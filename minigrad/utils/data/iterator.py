"""One pass over a DataLoader: an object that ``iter(loader)`` makes, and each ``next`` asks for a batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar

from ...random import Generator
from .fetch import Fetcher
from .sampler import draw_seed

T_co = TypeVar("T_co", covariant=True)


class Loader(Protocol):
    """What an iterator reads from its DataLoader."""

    dataset: Any
    collate_fn: Callable[[Any], Any]
    drop_last: bool
    pin_memory: bool
    num_workers: int
    prefetch_factor: int | None
    timeout: float
    in_order: bool
    persistent_workers: bool
    worker_init_fn: Callable[[int], None] | None
    generator: Generator | None
    _announced: int | None

    @property
    def _auto_collation(self) -> bool: ...

    @property
    def _index_sampler(self) -> Any: ...

    @property
    def multiprocessing_context(self) -> Any: ...


class LoaderIterator(Generic[T_co]):
    """What both kinds of iterator share: the sampler, the seed of the workers, and the count of batches.

    The base seed is drawn even if it is not used, so that the default generator's later draws do not depend on the
    number of workers.
    """

    def __init__(self, loader: Loader) -> None:
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be "
                "used.",
                stacklevel=4,
            )
        self._fetcher = Fetcher(loader.dataset, loader.collate_fn, loader._auto_collation, loader.drop_last)
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        self._begin(loader)
        self._base_seed = draw_seed(loader.generator)

    def _begin(self, loader: Loader) -> None:
        """Start an epoch."""
        self._indices = iter(self._index_sampler)
        self._announced = loader._announced
        self._yielded = 0

    def __iter__(self) -> Self:
        return self

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __next__(self) -> T_co:
        batch = self._next_batch()
        self._yielded += 1
        if self._announced is not None and self._yielded > self._announced:
            self._warn_of_length()
        return batch

    def _next_batch(self) -> T_co:
        raise NotImplementedError

    def _warn_of_length(self) -> None:
        text = (
            f"Length of IterableDataset {self._fetcher.dataset} was reported to be {self._announced} "
            f"(when accessing len(dataloader)), but {self._yielded} samples have been fetched. "
        )
        if self._num_workers:
            text += (
                "For multiprocessing data-loading, this could be caused by not properly configuring the "
                "IterableDataset replica at each worker: let __iter__ ask get_worker_info() for its part."
            )
        warnings.warn(text, stacklevel=3)

    def __getstate__(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled: pickle the DataLoader")


class SerialIterator(LoaderIterator[Any]):
    """Batches fetched here and now, in the main process."""

    def __init__(self, loader: Loader) -> None:
        super().__init__(loader)
        if loader.timeout != 0:
            raise AssertionError("timeout is a worker's: it needs num_workers > 0")
        self._fetch = self._fetcher.start()

    def _next_batch(self) -> Any:
        return self._fetch(next(self._indices))
