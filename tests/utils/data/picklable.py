"""Datasets with an address: a worker that is spawned can import this module."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from typing import Any

import numpy as np

import minigrad


class Squares(minigrad.utils.data.Dataset[Any]):
    """A tensor and a number."""

    def __init__(self, n: int) -> None:
        self.x = minigrad.arange(n) ** 2

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> Any:
        return self.x[i], i


class Odd(Exception):
    """An exception that wants two arguments."""

    def __init__(self, one: Any, two: Any) -> None:
        super().__init__(one, two)


def local_error() -> Exception:
    """An exception of a class without an address."""

    class Local(ValueError):
        pass

    return Local("hidden")


def killed() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


TROUBLE: dict[str, Any] = {
    "_exit": lambda: os._exit(3),
    "kill": killed,
    "sys.exit": lambda: sys.exit(4),
    "sleep": lambda: time.sleep(60),
    "unsendable": lambda: lambda: 0,
}


class Troubled:
    """0, 1, ..., 9, and trouble at number 5: an exception, or one of TROUBLE."""

    def __init__(self, what: Any) -> None:
        self.what = what

    def __len__(self) -> int:
        return 10

    def __getitem__(self, i: int) -> Any:
        if i != 5:
            return i
        if isinstance(self.what, Exception):
            raise self.what
        return TROUBLE[self.what]()


class Draws:
    """What a worker is, and what its generators draw first; ``package`` is the engine."""

    def __init__(self, package: Any) -> None:
        self.package = package

    def __len__(self) -> int:
        return 8

    def __getitem__(self, i: int) -> Any:
        info = self.package.utils.data.get_worker_info()
        engine = self.package.get_rng_state().numpy().tobytes()
        return info.id, info.num_workers, info.seed, len(info.dataset), random.random(), np.random.rand(), engine


def as_it_is(batch: Any) -> Any:
    """A collate_fn that leaves the samples alone."""
    return batch
