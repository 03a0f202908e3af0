"""How a tensor is printed: torch's layout, character for character.

Every number gets the same width. How numbers are written (``1.``, ``1.5000`` or ``1.5000e+00``) is decided once for
the whole tensor, from its finite nonzero elements: zeros, infinities and nans are ignored, even for the width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .core.dtype import BOOL, F32, FROM_NUMPY, I64, Array

PREFIX = "tensor("


class PrintOptions:
    """The settings of ``set_printoptions``."""

    def __init__(self, precision: int = 4, threshold: float = 1000, edgeitems: int = 3) -> None:
        self.precision = precision
        self.threshold = threshold
        self.edgeitems = edgeitems
        self.linewidth = 80
        self.sci_mode: bool | None = None


PRINT_OPTS = PrintOptions()

PROFILES: dict[str | None, PrintOptions] = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are printed; what is not given stays, except ``sci_mode``, which returns to automatic.

    ``precision`` digits after the point; tensors of more than ``threshold`` elements show only ``edgeitems`` at both
    ends of each dimension; lines break before ``linewidth``. ``profile`` ("default", "short" or "full") sets these
    four first. ``sci_mode`` forces (True) or forbids (False) the scientific notation.

    >>> set_printoptions(precision=2); format_tensor(np.float32([0.125, 3]))
    'tensor([0.12, 3.00])'
    >>> set_printoptions(profile="default"); format_tensor(np.float32([0.125, 3]))
    'tensor([0.1250, 3.0000])'
    """
    base = PROFILES.get(profile, PRINT_OPTS)
    PRINT_OPTS.precision = base.precision if precision is None else precision
    PRINT_OPTS.threshold = base.threshold if threshold is None else threshold
    PRINT_OPTS.edgeitems = base.edgeitems if edgeitems is None else edgeitems
    PRINT_OPTS.linewidth = base.linewidth if linewidth is None else linewidth
    PRINT_OPTS.sci_mode = sci_mode


def format_tensor(array: Array, suffixes: Sequence[str] = (), default_dtype: np.dtype[Any] = F32) -> str:
    """The text of a tensor that holds ``array``; ``suffixes`` (``requires_grad=True``) follow its own size and dtype.

    >>> format_tensor(np.array([1, 2.5]), ["grad_fn=<MulBackward0>"])
    'tensor([1.0000, 2.5000], dtype=torch.float64, grad_fn=<MulBackward0>)'
    >>> format_tensor(np.zeros((0, 3), np.float32))
    'tensor([], size=(0, 3))'
    >>> print(format_tensor(np.arange(2000).reshape(2, -1)))
    tensor([[   0,    1,    2,  ...,  997,  998,  999],
            [1000, 1001, 1002,  ..., 1997, 1998, 1999]])
    """
    text = PREFIX + _elements(array)
    last_line = len(text) - text.rfind("\n") + 1  # its length and 2: torch counts it so, and breaks lines earlier
    for suffix in [*_size_and_dtype(array, default_dtype), *suffixes]:
        if last_line + len(", " + suffix) > PRINT_OPTS.linewidth:
            text += ",\n" + " " * len(PREFIX) + suffix
            last_line = len(PREFIX + suffix)
        else:
            text += ", " + suffix
            last_line += len(", " + suffix)
    return text + ")"


def _size_and_dtype(array: Array, default_dtype: np.dtype[Any]) -> Iterator[str]:
    """What the elements do not tell: the shape where none are shown, the type where it cannot be guessed."""
    empty = array.size == 0
    if (empty and array.ndim != 1) or (not empty and PRINT_OPTS.edgeitems == 0):
        yield f"size={array.shape}"
    if array.dtype != default_dtype and (empty or array.dtype not in (I64, BOOL)):
        yield f"dtype={FROM_NUMPY[array.dtype]}"


def _elements(array: Array) -> str:
    """The bracketed elements, of a large array only those at the corners."""
    if array.size == 0:
        return "[]"
    edge = PRINT_OPTS.edgeitems
    cut = [array.size > PRINT_OPTS.threshold and n > 2 * edge for n in array.shape]
    if any(cut):
        if edge == 0:
            return "[...]"
        kept = [np.r_[:edge, n - edge : n] if c else np.arange(n) for n, c in zip(array.shape, cut, strict=True)]
        array = array[np.ix_(*kept)]
    write = _write_floats if array.dtype.kind == "f" else _write_integers
    texts, width = write(array.ravel())
    return _bracket([text.rjust(width) for text in texts], array.shape, cut, width)


def _write_integers(values: Array) -> tuple[list[str], int]:
    """Each integer or boolean in words, and the width of the longest."""
    texts = [str(value) for value in values.tolist()]
    return texts, max(map(len, texts))


def _write_floats(values: Array) -> tuple[list[str], int]:
    """Each float in words, and the width of the longest finite nonzero one."""
    regular = np.isfinite(values) & (values != 0)
    if not regular.any():
        return [_whole(value) for value in values.tolist()], 1
    magnitudes = np.abs(values[regular])
    small, large = float(magnitudes.min()), float(magnitudes.max())  # as Python's: float16 has no 1e8
    scientific = PRINT_OPTS.sci_mode
    if scientific is None:
        scientific = large / small > 1000 or large > 1e8 or small < 1e-4
    if not scientific and (magnitudes == np.ceil(magnitudes)).all():
        texts = [_whole(value) for value in values.tolist()]
    else:
        form = f".{PRINT_OPTS.precision}{'e' if scientific else 'f'}"
        texts = [format(value, form) for value in values.tolist()]
    return texts, max(len(text) for text, counts in zip(texts, regular.tolist(), strict=True) if counts)


def _whole(value: float) -> str:
    """A float without fraction, the point kept: ``3.``; ``inf`` and ``nan`` have none."""
    return f"{value:.0f}." if math.isfinite(value) else f"{value}"


def _bracket(texts: list[str], shape: tuple[int, ...], cut: list[bool], width: int) -> str:
    """Put brackets around the elements, innermost dimension first; dimensions in ``cut`` get dots in the middle."""
    innermost = len(shape) - 1
    per_line = max(1, (PRINT_OPTS.linewidth - len(PREFIX) - innermost) // (width + len(", ")))
    for axis in range(innermost, -1, -1):
        newlines = "\n" * max(1, innermost - axis)  # blank lines between matrices
        margin = " " * (len(PREFIX) + axis + 1)
        blocks = []
        for start in range(0, len(texts), shape[axis]):
            parts = texts[start : start + shape[axis]]
            if cut[axis]:
                parts.insert(PRINT_OPTS.edgeitems, " ..." if axis == innermost else "...")
            if axis == innermost:
                parts = [", ".join(parts[i : i + per_line]) for i in range(0, len(parts), per_line)]
            blocks.append("[" + ("," + newlines + margin).join(parts) + "]")
        texts = blocks
    return texts[0]
