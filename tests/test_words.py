"""The field's words: no text says what docs/words.md has a word for, and the script that looks for it finds it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("words", ROOT / ".ci" / "words.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


words = _script()
FOUND = {
    "docstring": ('"""The number type of x."""', [(1, "number type")]),
    "over a line's end": ('x = 1\n"""The number\n    type of x."""', [(2, "number type")]),
    "comment": ("x = 1  # the slope at 0", [(1, "slope")]),
    "comment over two lines": ("# the number\n# types", [(1, "number types")]),
    "message": ('f("x is no tensor")', [(1, "is no")]),
    "adjacent literals": ('f(\n    "the number "\n    "type of x"\n)', [(2, "number type")]),
    "f-string": ('f"{x} of {y} is no number"', [(1, "is no")]),
    "capital letter": ('"""Coins and Kinks."""', [(1, "Coins"), (1, "Kinks")]),
}
FINE = {
    "identifier": "slope = coins = number_type",
    "code in backticks": '"""The ``slope`` and `kinks=True`."""',
    "name in a string": 'x["coins"] = f("kinks")',
    "part of a word": '"""Of kinkajous and manicures."""',
    "code in an f-string": 'f"{coins} {x.slope}"',
    "absence": '"""There is no tensor, and x is no longer one."""',
    "a name of torch's": '"""The negative slope of leaky_relu."""',
    "two comments with code between": "x = 1  # a number\ny = 2  # type of y",
}


@pytest.mark.parametrize("text,found", FOUND.values(), ids=FOUND)
def test_found(text: str, found: list[tuple[int, str]]) -> None:
    assert [(line, said) for line, said, _ in words.complaints(words.prose(text))] == found


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_fine(text: str) -> None:
    assert list(words.complaints(words.prose(text))) == []


def test_pages_are_read_whole(tmp_path: Path) -> None:
    assert [said for _, said, _ in words.complaints("A page says number\ntype.\n")] == ["number type"]


def test_every_row_of_the_list_says_what_to_write() -> None:
    better, _, _ = words.rules()
    assert len(better) > 40
    assert all(better.values())


def test_this_tree(capsys: pytest.CaptureFixture[str]) -> None:
    status = words.main([])
    assert capsys.readouterr().out == ""
    assert status == 0
