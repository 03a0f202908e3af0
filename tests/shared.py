"""What several files of tests share: the tables' rows with their random operands, and the class of an error."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np


class Draws:
    """The random operands of the tables: the same in every run, whatever rows are collected, added or reordered.

    The seed of a draw is made of its file, of what is asked for, and of how often its row asked for the same before.
    Operands are drawn before their row is made of them, so every row ends with ``row_is_made``. ``shift`` gives other
    numbers (``pytest --sample-seed``): no test may pass by the luck of one draw.
    """

    shift = 0

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def row_is_made(self) -> None:
        self.asked.clear()

    def __call__(self, distribution: str, *args: Any) -> np.ndarray[Any, Any]:
        """Values of one of NumPy's distributions: ``draw("uniform", low, high, shape)``."""
        call = f"{self.file()} {distribution}{args}"
        seed = f"{call} {self.asked[call]} {self.shift}"
        self.asked[call] += 1
        return np.asarray(getattr(np.random.default_rng(list(seed.encode())), distribution)(*args))

    def file(self) -> str:
        """The name of the table's file that asks, whoever imports it: the table, or pytest in search of doctests."""
        frame = sys._getframe(2)
        while frame.f_back and not Path(frame.f_code.co_filename).stem.startswith(("samples_", "layers_")):
            frame = frame.f_back
        return Path(frame.f_code.co_filename).stem


draw = Draws()


def rows_of(pattern: str) -> list[Any]:
    """The rows of every file of a table: ``rows_of("ops/samples_*.py")``."""
    here = Path(__file__).parent
    names = [".".join(path.relative_to(here.parent).with_suffix("").parts) for path in sorted(here.glob(pattern))]
    return [row for name in names for row in importlib.import_module(name).ROWS]


def i(*shape: int, low: int = 0, high: int = 5) -> np.ndarray[Any, Any]:
    """Random int64 values."""
    return draw("integers", low, high, shape)


def builtin(error: BaseException) -> type[BaseException]:
    """The class that Python itself has: what an ``except`` clause of a program written for torch names."""
    return next(c for c in type(error).__mro__ if c.__module__ == "builtins")
