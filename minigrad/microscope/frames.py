"""What the user's program calls things, and which of its lines is running."""

from __future__ import annotations

import linecache
from dataclasses import dataclass
from typing import Any

from ..core.variable import Variable
from ..nn import Module


@dataclass(frozen=True)
class Line:
    """A line of the user's program: file, number, text, and the function that it is in."""

    file: str
    number: int
    text: str
    function: str


def line_of(frame: Any) -> Line | None:
    """The line that a frame is at."""
    if frame is None:
        return None
    code = frame.f_code
    text = linecache.getline(code.co_filename, frame.f_lineno, frame.f_globals).strip()
    return Line(code.co_filename, frame.f_lineno, text, code.co_name)


def tensors_in(frame: Any) -> dict[str, Variable]:
    """The tensors that a frame has names for: its variables, the global ones it names, what ``self`` holds."""
    if frame is None:
        return {}
    names = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals} | frame.f_locals
    owner = names.get("self")
    found = {name: value for name, value in names.items() if isinstance(value, Variable)}
    if owner is not None and not isinstance(owner, (Module, Variable)):
        own = getattr(owner, "__dict__", {})
        found |= {f"self.{name}": value for name, value in own.items() if isinstance(value, Variable)}
    return found


def names_of_members(module: Any) -> tuple[dict[int, str], dict[int, str]]:
    """(name of each parameter and buffer, dotted path of each submodule) of a module, by ``id``."""
    members = [*module.named_parameters(), *module.named_buffers()]
    root = type(module).__name__
    paths = {id(part): f"{root}.{path}" if path else root for path, part in module.named_modules()}
    return {id(x): name for name, x in members}, paths
