"""DataLoader: a dataset, a sampler and a way to make batches, put together and checked."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, Never, TypeVar, overload

from ...random import Generator
from ...types import Number, Tensor
from .collate import default_collate, default_convert
from .dataset import IterableDataset, Numbered
from .iterator import LoaderIterator, SerialIterator
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

T_co = TypeVar("T_co", covariant=True)  # a sample, as the dataset has it

_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class _Endless(Sampler[None]):
    """The sampler of an IterableDataset: it has no numbers, and ends when the stream does."""

    def __iter__(self) -> Any:
        while True:
            yield None


class DataLoader(Generic[T_co]):
    """Batches of a dataset, in order or shuffled; in the main process or fetched ahead by worker processes.

    dataset              anything with ``dataset[i]`` and ``len(dataset)``, or an IterableDataset
    batch_size           samples a batch; None: single samples, not batched
    shuffle              a new random order in every epoch
    sampler              yields the numbers of samples, instead of ``shuffle``
    batch_sampler        yields lists of numbers, instead of ``batch_size``, ``shuffle``, ``sampler``, ``drop_last``
    num_workers          worker processes; 0: fetch in the main process
    collate_fn           makes the batch from a list of samples: ``default_collate``
    pin_memory           a matter of GPUs: warns, nothing else
    drop_last            leave out the last batch if it is not full
    timeout              seconds to wait for a worker's batch; 0: as long as it takes
    worker_init_fn       called in each worker with its id, before it fetches
    multiprocessing_context  how workers are started: "fork", "spawn", "forkserver"; None: as the platform does
    generator            where the order and the workers' seeds are drawn from: the default generator
    prefetch_factor      batches fetched ahead by each worker: 2
    persistent_workers   keep the workers from one epoch to the next
    in_order             False: hand out batches as they get ready

    Raises  ValueError for arguments that exclude each other or are out of range.

    >>> torch = minigrad; _ = torch.manual_seed(0)
    >>> data = torch.utils.data.TensorDataset(torch.arange(5), torch.arange(5) * 0.5)
    >>> for x, y in torch.utils.data.DataLoader(data, batch_size=2, shuffle=True): print(x, y)
    tensor([1, 4]) tensor([0.5000, 2.0000])
    tensor([2, 3]) tensor([1.0000, 1.5000])
    tensor([0]) tensor([0.])
    """

    _announced: int | None = None  # length of an IterableDataset, if somebody asked for the loader's
    _iterator: Any = None  # with its workers, if they are persistent
    _complete = False

    @overload
    def __init__(
        self: DataLoader[T_co],
        dataset: Numbered[T_co],
        batch_size: int = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: str | BaseContext | None = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...
    @overload
    def __init__(
        self: DataLoader[Any],
        dataset: Numbered[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: str | BaseContext | None = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...
    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: str | BaseContext | None = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        if isinstance(dataset, IterableDataset):
            _check_stream(shuffle, sampler, batch_sampler)
        _check_sampling(batch_size, shuffle, sampler, batch_sampler, drop_last)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.generator = generator
        self.persistent_workers = persistent_workers
        if sampler is None:
            if isinstance(dataset, IterableDataset):
                sampler = _Endless()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self._complete = True
        self.check_worker_number_rationality()

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    @property
    def multiprocessing_context(self) -> Any:
        """How workers are started."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None:
            if not self.num_workers:
                raise ValueError(
                    "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
                    f"num_workers={self.num_workers}"
                )
            context = _parallel().checked_context(context)
        self._context = context

    def __setattr__(self, name: str, value: Any) -> None:
        if self._complete and name in _FIXED:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized: make another one"
            )
        super().__setattr__(name, value)

    @overload
    def __iter__(self: DataLoader[Never]) -> LoaderIterator[Any]: ...  # of samples that nobody has typed
    @overload
    def __iter__(self: DataLoader[Tensor | Number]) -> LoaderIterator[Tensor]: ...
    @overload
    def __iter__(self: DataLoader[tuple[Tensor | Number, ...]]) -> LoaderIterator[list[Tensor]]: ...
    @overload
    def __iter__(self) -> LoaderIterator[Any]: ...
    def __iter__(self) -> LoaderIterator[Any]:
        if not self.num_workers:
            return SerialIterator(self)
        if self._iterator is not None and self._iterator.usable:
            self._iterator.restart(self)
            kept: LoaderIterator[Any] = self._iterator
            return kept
        self.check_worker_number_rationality()
        iterator: LoaderIterator[Any] = _parallel().ParallelIterator(self)
        if self.persistent_workers:
            self._iterator = iterator
        return iterator

    def __len__(self) -> int:
        if not isinstance(self.dataset, IterableDataset):
            return len(self._index_sampler)
        self._announced = length = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)

    def check_worker_number_rationality(self) -> None:
        """Warn if there will be more workers than processors."""
        affinity = hasattr(os, "sched_getaffinity")
        processors = len(os.sched_getaffinity(0)) if affinity else os.cpu_count()
        if self.num_workers and (processors is None or self.num_workers > processors):
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max number "
                f"of worker in current system is {processors}"
                f"{'' if affinity else ' (`cpuset` is not taken into account)'}, which is smaller than what this "
                "DataLoader is going to create. Please be aware that excessive worker creation might get DataLoader "
                "running slow or even freeze, lower the worker number to avoid potential slowness/freeze if necessary.",
                stacklevel=3,
            )


def _parallel() -> ModuleType:
    """The half that starts processes: imported when first needed, for multiprocessing takes a while to load."""
    from . import parallel

    return parallel


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    if num_workers < 0:
        raise ValueError(
            f"num_workers option should be non-negative, not {num_workers}; "
            "use num_workers=0 to disable multiprocessing."
        )
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative, not {timeout}")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing. let num_workers > 0 to enable "
            "multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError(f"prefetch_factor option should be non-negative, not {prefetch_factor}")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_stream(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    options = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
    for name, value in options.items():
        if value is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}; "
                "samples come in the order of its __iter__"
            )


def _check_sampling(batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any, drop_last: Any) -> None:
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
    elif batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
