"""The README's section on ``check``: from the wrong first try to green, as it stands there."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from minigrad.testing import CheckError

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Test your own gradient")[2].partition("\n## ")[0]
MODULE, CALL = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
(MESSAGE,) = re.findall(r"```text\n(.*?)```", SECTION, re.DOTALL)
(MENDED,) = re.findall(r"With `(return .*?)`", SECTION)


def test_from_wrong_to_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "my_ops.py"
    file.write_text(MODULE)
    monkeypatch.delitem(sys.modules, "my_ops", raising=False)
    with pytest.raises(CheckError) as caught:
        exec(CALL, {})
    assert str(caught.value) == MESSAGE
    wrong = "return g / (1 + x.abs())\n"
    assert wrong in MODULE
    monkeypatch.delitem(sys.modules, "my_ops")
    file.write_text(MODULE.replace(wrong, f"{MENDED}  # mended\n"))  # another length: Python sees that it is another
    importlib.invalidate_caches()
    exec(CALL, {})
    space: dict[str, Any] = {}
    exec(caught.value.test, space)
    space["test_softsign"]()
