"""mypy and pyright agree with every ``assert_type`` of this folder, with every error that is expected there, and say
of every public name what it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.typing import names

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent.relative_to(ROOT).as_posix()
LOOSE = {name for listed in names.LOOSE.values() for name in listed.split()}


def command(name: str) -> str:
    """The program of that name, installed beside this Python or found on the path."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: pip install -e '.[test]' brings it")
    return found


def run(*arguments: str) -> str:
    """What a checker prints; it finds no error."""
    done = subprocess.run([command(arguments[0]), *arguments[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_are_many_names() -> None:
    assert len(names.ASKED) > 1200 and {"torch.add", "x.add_", "nn.Linear", "F.relu"} <= set(names.ASKED)
    assert set(names.ASKED) >= LOOSE


def test_mypy(tmp_path: Path) -> None:
    names.write(tmp_path / "all_names.py")
    printed = run("mypy", HERE, str(tmp_path / "all_names.py"), "--cache-dir", str(tmp_path / "cache"))
    answers = {
        int(line): text for line, text in re.findall(r"all_names\.py:(\d+): note: Revealed type is (.*)", printed)
    }
    assert len(answers) == len(names.ASKED)
    assert names.loose(answers) == LOOSE


def test_pyright(tmp_path: Path) -> None:
    names.write(tmp_path / "all_names.py")
    printed = run("basedpyright", "--pythonpath", sys.executable, "--outputjson", HERE, str(tmp_path / "all_names.py"))
    said = [d for d in json.loads(printed)["generalDiagnostics"] if d["file"].endswith("all_names.py")]
    answers = {d["range"]["start"]["line"] + 1: d["message"] for d in said}
    assert len(answers) == len(names.ASKED)
    assert names.loose(answers) <= LOOSE
