"""What the user's program calls things, and which of its lines is running.

A frame of a program can hold anything: what looks at it is ``careful``, so that a program runs as it does unrecorded.
"""

from __future__ import annotations

import functools
import linecache
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from ..core.variable import Variable
from ..nn import Module

OPERANDS = {"input", "other", "x", "y", "exponent", "value", "min", "max"}  # parameters whose number is computed with

F = TypeVar("F", bound=Callable[..., Any])


def careful(otherwise: Callable[..., Any]) -> Callable[[F], F]:
    """Make a function that looks at a program's objects never raise: where looking fails it finds ``otherwise``."""

    def guarded(look: F) -> F:
        @functools.wraps(look)
        def looked(*args: Any) -> Any:
            try:
                return look(*args)
            except Exception:  # whatever a program's objects do when they are looked at
                return otherwise(*args)

        return cast(F, looked)

    return guarded


@dataclass(frozen=True)
class Line:
    """A line of the user's program: file, number, text, and the function that it is in."""

    file: str
    number: int
    text: str
    function: str


@careful(lambda frame: None)
def line_of(frame: Any) -> Line | None:
    """The line that a frame is at."""
    if frame is None:
        return None
    code = frame.f_code
    text = linecache.getline(code.co_filename, frame.f_lineno, frame.f_globals).strip()
    return Line(code.co_filename, frame.f_lineno, text, code.co_name)


@careful(lambda frame: {})
def tensors_in(frame: Any) -> dict[str, Variable]:
    """The tensors that a frame has names for: its variables, the global ones it names, what ``self`` holds."""
    if frame is None:
        return {}
    names = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals} | frame.f_locals
    owner = names.get("self")
    found = {name: value for name, value in names.items() if _is_a(Variable, value)}
    if not _is_a((Module, Variable), owner):
        found |= {f"self.{name}": value for name, value in _held_by(owner).items() if _is_a(Variable, value)}
    return found


@careful(lambda owner: {})
def _held_by(owner: Any) -> dict[str, Any]:
    return dict(getattr(owner, "__dict__", {}))


def _is_a(kind: Any, value: Any) -> bool:
    """As isinstance, but the value is not asked: a proxy would have to find what it stands for."""
    return issubclass(type(value), kind)


@careful(lambda x, frame: x)
def as_passed(x: Variable, frame: Any) -> Variable:
    """The tensor that the user's line passed, of which an op got ``x``: the same numbers, in another shape maybe.

    frame   the user's: the frames inside it, of minigrad's functions, know what they were called with
    """
    inner, frames = sys._getframe(1), []
    while inner is not None and inner is not frame:
        frames.append(inner)
        inner = inner.f_back  # type: ignore[assignment]
    for outermost in reversed(frames if x.version is not None else []):
        for value in outermost.f_locals.values():
            if _is_a(Variable, value) and value.version is x.version and _same_numbers(value.array, x.array):
                return cast(Variable, value)
    return x


def _same_numbers(a: Any, b: Any) -> bool:
    """Whether two arrays hold the same, row by row; of targets that were copied, -1 stands for any that is ignored."""
    targets = not np.may_share_memory(a, b)
    if a.size != b.size or (targets and b.dtype.kind != "i"):
        return False
    a, b = a.reshape(-1), b.reshape(-1)
    return bool(((a == b) | ((b == -1) if targets else (a != a) & (b != b))).all())


@careful(lambda arguments, frame: {})
def names_of_numbers(arguments: dict[str, Any], frame: Any) -> dict[str, str]:
    """The Python numbers among an op's operands, and what the running line calls them ("" if nothing)."""
    numbers = (int, float, complex, np.number)
    found = {name: a for name, a in arguments.items() if name in OPERANDS and isinstance(a, numbers)}
    return {name: name_of_number(a, frame) for name, a in found.items() if not isinstance(a, bool)}


def name_of_number(number: Any, frame: Any) -> str:
    """What the running line calls a Python number: the one variable in it that is this very object, else nothing."""
    line = line_of(frame)
    if line is None or any(number == float(digits) for digits in re.findall(r"(?<![\w.])\d+\.?\d*", line.text)):
        return ""
    names = [word for word, value in _variables(line, frame) if value is number]
    return names[0] if len(names) == 1 else ""


def _variables(line: Line, frame: Any) -> list[tuple[str, Any]]:
    """The names in a line, and what they stand for in its frame."""
    words = dict.fromkeys(re.findall(r"(?<![\w.])[^\W\d]\w*", line.text))
    return [(word, frame.f_locals.get(word, frame.f_globals.get(word))) for word in words]


@careful(lambda array, named: "")
def name_by_memory(array: Any, named: dict[str, Variable]) -> str:
    """The name of the tensor that an array is a view of: all of it, or ``name[k]``."""
    for name, x in named.items():
        base = x.array
        if not array.size or not np.may_share_memory(array, base):
            continue
        if array.size == base.size:
            return name
        rows = base.reshape(len(base), -1) if base.ndim and base.flags.c_contiguous else np.zeros((0, 0))
        k = next((k for k, row in enumerate(rows) if row.size == array.size and np.may_share_memory(array, row)), None)
        return name if k is None else f"{name}[{k}]"
    return ""


@careful(lambda array, frame: "")
def name_by_values(array: Any, frame: Any) -> str:
    """The name of the list (or array) in the running line that holds these numbers: ``xs`` of ``tensor(xs)``."""
    line = line_of(frame)
    for word, value in _variables(line, frame) if line else ():
        if _is_a((list, tuple, np.ndarray), value) and array.ndim and _holds(value, array):
            return word
    return ""


@careful(lambda value, array: False)
def _holds(value: Any, array: Any) -> bool:
    """Whether a list, or an array, has these numbers; it may be one of other things, of tensors too."""
    if len(value) != len(array):
        return False
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return bool(np.array_equal(np.asarray(value, array.dtype), array))


def short_path(file: str) -> str:
    """A file as its imports see it: from the folder that holds its package, not from the root of the disk."""
    path = Path(file)
    parts = [path.name]
    for folder in path.parents:
        if not (folder / "__init__.py").exists():
            break
        parts.insert(0, folder.name)
    return "/".join(parts)


@careful(lambda module: ({}, {}))
def names_of_members(module: Any) -> tuple[dict[int, str], dict[int, str]]:
    """(name of each parameter and buffer, dotted path of each submodule) of a module, by ``id``."""
    members = [*module.named_parameters(), *module.named_buffers()]
    root = type(module).__name__
    paths = {id(part): f"{root}.{path}" if path else root for path, part in module.named_modules()}
    return {id(x): name for name, x in members}, paths


def name_of_module(module: Any, frame: Any) -> str:
    """What a frame calls a module: ``emb``, ``self.emb``, ``layers[0]``; "" if nothing."""
    names = {} if frame is None else frame.f_globals | frame.f_locals
    names |= {f"self.{name}": value for name, value in getattr(names.get("self"), "__dict__", {}).items()}
    for name, value in names.items():
        several = value.items() if type(value) is dict else enumerate(value) if type(value) in (list, tuple) else ()
        for key, one in several:
            if one is module:
                return f"{name}[{key!r}]"
    return next((name for name, value in names.items() if value is module), "")
