"""What several files of tests share: the tables' rows with their random operands, and the class of an error."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

rng = np.random.default_rng(0)


def rows_of(path: Path) -> Any:
    """The rows of a table's file. Its random values are of a seed of its own: a row more changes no other file's."""
    rng.bit_generator.state = np.random.default_rng(list(path.stem.encode())).bit_generator.state
    return importlib.import_module(path.stem).ROWS


def i(*shape: int, low: int = 0, high: int = 5) -> np.ndarray[Any, Any]:
    """Random int64 values."""
    return rng.integers(low, high, shape)


def builtin(error: BaseException) -> type[BaseException]:
    """The class that Python itself has: what an ``except`` clause of a program written for torch names."""
    return next(c for c in type(error).__mro__ if c.__module__ == "builtins")
