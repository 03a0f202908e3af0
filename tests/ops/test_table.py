"""The numbers of the sample table: whose seeds they are of."""

from __future__ import annotations

import hashlib
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.ops.row import Row, S, a, b
from tests.shared import draw, i

ROOT = Path(__file__).parents[2]
ALONE = """
import sys
from tests.shared import draw, rows_of
draw.shift = int(sys.argv[2])
rows = rows_of(sys.argv[1])
from tests.ops.test_table import digest
print(digest(rows))
"""


def digest(rows: list[Row]) -> str:
    """Of every number in the rows."""

    def of(v: Any) -> str:
        return ",".join(map(of, v)) if isinstance(v, (list, tuple)) else repr(v.tolist() if hasattr(v, "tolist") else v)

    samples = [s for row in rows for s in (*row.samples, *row.errors)]
    return hashlib.sha256(";".join(f"{of(s.args)}{of(list(s.kwargs.values()))}" for s in samples).encode()).hexdigest()


@pytest.mark.parametrize("file", ["samples_scatter", "samples_loss"])
def test_a_file_alone_has_the_numbers_of_the_whole_table(file: str) -> None:
    importlib.import_module("tests.ops.table")
    command = [sys.executable, "-c", ALONE, f"ops/{file}.py", str(draw.shift)]
    alone = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert alone.stdout.strip() == digest(sys.modules[f"tests.ops.{file}"].ROWS)  # imported among all the others


def test_a_row_has_its_numbers_whatever_was_made_before_it() -> None:
    make = lambda: Row("mul", [S(a(3), a(3)), S(i(4), b(5))], errors=[S(a(2, 3))])
    draw.row_is_made()
    first = make()
    Row("add", [S(a(3), a(3)), S(b(5))])
    assert digest([make()]) == digest([first])
    assert (first.samples[0].args[0] != first.samples[0].args[1]).all()  # two operands are two draws


def test_another_sample_seed_has_other_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    draw.row_is_made()
    first = Row("mul", [S(a(3))]).samples[0].args[0]
    monkeypatch.setattr(draw, "shift", draw.shift + 1)
    assert not np.isin(Row("mul", [S(a(3))]).samples[0].args[0], first).any()
