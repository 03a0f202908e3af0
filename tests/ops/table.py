"""The sample table: the rows of every family's file, samples_<family>.py."""

from __future__ import annotations

import importlib
from pathlib import Path

from row import Row, S

ROWS: list[Row] = [
    row
    for path in sorted(Path(__file__).parent.glob("samples_*.py"))
    for row in importlib.import_module(path.stem).ROWS
]
CASES: list[tuple[Row, S]] = [(row, sample) for row in ROWS for sample in row.samples]
