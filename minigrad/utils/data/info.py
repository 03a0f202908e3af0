"""Which worker process this is. (A file of its own: what else a worker needs takes a while to load.)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """Which worker this is: ``id`` of ``num_workers``, its ``seed``, and its own copy of the ``dataset``."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


current: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Which worker process this is, None in the main process: what an IterableDataset asks to take its part.

    >>> class Range(minigrad.utils.data.IterableDataset):
    ...     def __iter__(self):
    ...         info = minigrad.utils.data.get_worker_info()
    ...         return iter(range(6) if info is None else range(info.id, 6, info.num_workers))
    >>> list(minigrad.utils.data.DataLoader(Range(), batch_size=4))
    [tensor([0, 1, 2, 3]), tensor([4, 5])]
    """
    return current
