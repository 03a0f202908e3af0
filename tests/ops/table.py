"""The sample table: the rows of every family's file, samples_<family>.py."""

from __future__ import annotations

import importlib
from pathlib import Path

from row import Row, S, restart


def rows_of(path: Path) -> list[Row]:
    """The rows of a file."""
    restart(path.stem)
    return importlib.import_module(path.stem).ROWS  # type: ignore[no-any-return]


ROWS = [row for path in sorted(Path(__file__).parent.glob("samples_*.py")) for row in rows_of(path)]
CASES: list[tuple[Row, S]] = [(row, sample) for row in ROWS for sample in row.samples]
