"""The sample table: the rows of every family's file, samples_<family>.py."""

from __future__ import annotations

from tests.ops.row import Row, S
from tests.shared import rows_of

ROWS = rows_of("ops/samples_*.py")
CASES: list[tuple[Row, S]] = [(row, sample) for row in ROWS for sample in row.samples]
