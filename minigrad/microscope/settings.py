"""Arguments that are not tensors, said as a program writes them: ``kernel_size=2, stride=2`` or ``h[0]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.views import Path

CALLED = {"kernel": "kernel_size"}
USUAL = {"padding": 0, "dilation": 1, "groups": 1}  # which nobody writes
PARTS = {"moments": ("mean", "var")}
"""What is in a tuple that an op takes, a number for each channel."""

FEW = 12  # so many numbers of an index are written out


def said(parameter: str, value: Any, of: str) -> str:
    """An argument as text; ``of`` is the name of the tensor that is indexed."""
    if hasattr(value, "stride") and hasattr(value, "_asdict"):
        return _windows(value)
    if isinstance(value, Path):
        return of + "".join(_steps(value))
    if parameter == "key":
        return of + _key(value)
    if parameter == "borders":  # (dimension, before, after, places) of each
        return f"pad={tuple([n for _, before, after, *_ in value for n in (before, after)])}"
    if isinstance(value, np.dtype):
        return f"torch.{value.name}"
    if isinstance(value, np.ufunc):
        return value.__name__
    if arrays := arrays_in(parameter, value):
        return ", ".join([name for name, _ in arrays])
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim):
        value = value.item()
    text = str(tuple(value)) if isinstance(value, tuple) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def arrays_in(parameter: str, value: Any) -> list[tuple[str, Any]]:
    """(name, array) of the arrays that an argument is or holds, but for the short ones of an index."""
    if parameter in PARTS:
        return [(name, a.reshape(-1)) for name, a in zip(PARTS[parameter], value, strict=True)]
    if isinstance(value, np.ndarray):
        return [(parameter, value)] if value.ndim else []
    if not isinstance(value, tuple) or isinstance(value, np.dtype):
        return []
    names = getattr(value, "_fields", None) or [f"{parameter}[{k}]" for k in range(len(value))]
    found = [pair for name, v in zip(names, value, strict=False) for pair in arrays_in(name, v)]
    return [(name, a) for name, a in found if parameter != "key" or a.size > FEW]


def _windows(value: Any) -> str:
    """How a kernel or a pool walks over an image."""
    shown = {CALLED.get(name, name): _alike(v) for name, v in value._asdict().items() if name not in ("size", "out")}
    return ", ".join([f"{name}={v}" for name, v in shown.items() if v != USUAL.get(name)])


def _alike(value: Any) -> Any:
    """One number for several that are the same."""
    if not isinstance(value, tuple):
        return value
    parts = tuple([_alike(v) for v in value])
    return parts[0] if parts and all(part == parts[0] for part in parts) else parts


def _steps(path: Path) -> Iterator[str]:
    """What leads from a tensor to a view of it."""
    if path.parent is not None:
        yield from _steps(path.parent)
    made = getattr(path.op, "op", None)
    name, args = path.op.__name__ if made is None else made.name, path.args
    keyed = name in ("select", "slice", "newaxis") and len(args) == 1
    yield _key(args[0]) if keyed else f".{name}({', '.join([said('', a, '') for a in args])})"


def _key(key: Any) -> str:
    """What stands behind a tensor in brackets."""
    parts = list(key) if isinstance(key, tuple) else [key]
    while len(parts) > 1 and parts[-1] is Ellipsis:
        parts.pop()
    return f"[{', '.join(map(_place, parts))}]"


def _place(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
        return ":".join(ends + ([] if part.step in (None, 1) else [str(part.step)]))
    if isinstance(part, np.ndarray):
        return str(part.tolist()) if part.size <= FEW else f"<{'x'.join(map(str, part.shape))}>"
    return str(part)
