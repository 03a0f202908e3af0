"""mypy and pyright agree with every ``assert_type`` of this folder, and with every error that is expected there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent.relative_to(ROOT).as_posix()


def command(name: str) -> str:
    """The program of that name, installed beside this Python or found on the path."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: pip install -e '.[test]' brings it")
    return found


@pytest.mark.parametrize(
    "arguments",
    [["mypy", HERE], ["basedpyright", "--pythonpath", sys.executable, "--level", "error"]],
    ids=["mypy", "pyright"],
)
def test_types(arguments: list[str], tmp_path: Path) -> None:
    cache = ["--cache-dir", str(tmp_path)] if arguments[0] == "mypy" else []
    run = subprocess.run([command(arguments[0]), *arguments[1:], *cache], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
