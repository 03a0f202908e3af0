"""Where a class is public, and where Python finds its text.

``type(x)`` prints the module that a class names, and programs and pickles ask for it: ``minigrad.Tensor``, whatever the
file it is written in. ``inspect`` looks for the text of a class in the file of that module. So in ``linecache``, where
``inspect`` reads files, that file goes on behind its end with the classes that are public there. Nothing is read before
somebody asks.
"""

from __future__ import annotations

import functools
import linecache
import os
import sys
import tokenize
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

C = TypeVar("C", bound=type)

STEP = 10_000  # a class tells Python 3.13 where its text starts: class number k, at line k STEP
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Lines(Sequence[str]):
    """The lines of a file, and those of the classes that are public there; ``classes``: their names and own files."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.classes: list[tuple[str, str]] = []

    @functools.cached_property
    def found(self) -> list[str]:
        lines = read(self.file)
        for k, (name, file) in enumerate(self.classes, 1):
            if sys.version_info >= (3, 13):  # earlier ones look for "class Tensor"
                lines += [""] * (k * STEP - 1 - len(lines))
            lines += block(name, read(file))
        return lines

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, i: Any) -> Any:
        return self.found[i]


def read(file: str) -> list[str]:
    """The lines of a source file."""
    with tokenize.open(file) as text:
        return text.readlines()


def block(name: str, lines: list[str]) -> list[str]:
    """The lines of a class, from its decorators to the next line that is not indented."""
    start = next(i for i, line in enumerate(lines) if line.startswith((f"class {name}(", f"class {name}:")))
    end = start + 1
    while end < len(lines) and lines[end][0] in " \n":
        end += 1
    while lines[start - 1].startswith("@"):
        start -= 1
    return [*lines[start:end], "\n"]


LINES: dict[str, Lines] = {}


def public(place: str) -> Callable[[C], C]:
    """Say in which module a class is public."""
    path = os.path.join(ROOT, *place.split("."))
    file = os.path.join(path, "__init__.py") if os.path.isdir(path) else path + ".py"

    def publish(cls: C) -> C:
        lines = LINES.setdefault(file, Lines(file))
        lines.classes.append((cls.__name__, str(sys.modules[cls.__module__].__file__)))
        linecache.cache[file] = (0, None, lines, file)  # type: ignore[assignment]  # a list to whoever reads it
        cls.__module__ = place
        if sys.version_info >= (3, 13):
            cls.__firstlineno__ = len(lines.classes) * STEP
        return cls

    return publish
