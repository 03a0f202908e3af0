"""The sample table: the rows of every family's file, samples_<family>.py."""

from __future__ import annotations

from pathlib import Path

from row import Row, S
from shared import rows_of

ROWS = [row for path in sorted(Path(__file__).parent.glob("samples_*.py")) for row in rows_of(path)]
CASES: list[tuple[Row, S]] = [(row, sample) for row in ROWS for sample in row.samples]
