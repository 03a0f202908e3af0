"""Readers of the real files: whatever is wrong with one is said in a line that names it and gives a hint.

Why not torchvision and ``np.loadtxt``, which read these formats too? The files come from strangers, and a beginner must
see what to mend. torchvision unpacks a .gz file whole, whatever size that comes to; ``np.loadtxt`` takes nan for a
number; both complain without the file's name. And with these, minigrad reads its lessons' data without torch.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import struct
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from lessons.runner.errors import InputError

Array = np.ndarray[Any, Any]
UNSIGNED_BYTE = 8  # the type code of idx files that MNIST uses
MOST_DATA = 256 << 20  # bytes: MNIST's largest file has 47 million
MOST_TEXT = 16 << 20  # bytes: the tables have half a million
LONGEST_CELL = 100  # what a message quotes
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def read_idx(path: Path, dims: int) -> Array:
    """A gzipped idx file: a magic number (type, number of axes), the axes' lengths, then the bytes.

    Shapes  ``dims`` axes, uint8
    Raises  InputError
    Source  Y. LeCun, C. Cortes, C. Burges, "The MNIST database", file formats
    """
    header = 4 + 4 * dims
    start = unzip(path, header)
    if len(start) < header or start[:4] != bytes([0, 0, UNSIGNED_BYTE, dims]):
        raise InputError(f"{path}: not an idx file of bytes with {dims} axes: fetch it again")
    shape = struct.unpack(f">{dims}I", start[4:])
    size = math.prod(shape)  # of Python's whole numbers, which do not wrap around
    if not 0 < size <= MOST_DATA:
        raise InputError(f"{path}: its header promises {size} bytes of data, for a shape of {shape}: fetch it again")
    content = unzip(path, header + size + 1)  # and not what else a small file may unpack to
    if len(content) != header + size:
        found = f"{len(content) - header}" if len(content) < header + size else f"more than {size}"
        raise InputError(f"{path}: {found} bytes of data, its header promises {size}: fetch the file again")
    return np.frombuffer(bytearray(content), np.uint8, offset=header).reshape(shape)  # writable: torch wants it


def read_csv(path: Path, columns: int) -> Array:
    """A gzipped table of numbers separated by commas.

    Shapes  (rows, columns) float32
    Raises  InputError naming the line and, where one cell is at fault, the cell.
    """
    rows = []
    for number, line in enumerate(_text(path, f"{columns} numbers per line").splitlines(), start=1):
        cells = line.split(",")
        if not line.strip():
            continue
        if len(cells) != columns:
            raise InputError(
                f"{path}, line {number}: {len(cells)} columns; it must have {columns}, separated by commas"
            )
        rows.append([_number(path, number, cell) for cell in cells])
    if not rows:
        raise InputError(f"{path}: the table is empty: it must hold {columns} numbers per line")
    return np.array(rows, np.float32)


def read_names(path: Path) -> tuple[list[str], list[str]]:
    """A table of surnames and where they are from, separated by a comma, with or without quotes.

    Raises  InputError naming the line.
    """
    names, countries = [], []
    table = csv.reader(io.StringIO(_text(path, "a surname and a country per line"), newline=""), strict=True)
    try:
        for cells in table:
            where = f"{path}, line {table.line_num}"
            if not "".join(cells).strip() and len(cells) < 2:  # a blank line
                continue
            if len(cells) != 2:
                raise InputError(f"{where}: {len(cells)} columns; it must have 2, a surname and a country")
            name, country = (cell.strip() for cell in cells)
            if not name or not country:
                raise InputError(f"{where}: the {'country' if name else 'surname'} is empty: add it or remove the line")
            if any(unicodedata.category(letter) == "Cc" for letter in name + country):
                raise InputError(f"{where}: {_quoted(name + ', ' + country)} has a control character: correct it")
            names.append(name)
            countries.append(country)
    except csv.Error as error:
        raise InputError(f"{path}, line {table.line_num}: not a table of comma-separated values ({error})") from None
    if not names:
        raise InputError(f"{path}: the table is empty: it must hold a surname and a country per line")
    return names, countries


def unzip(path: Path, most: int) -> bytes:
    """What a file holds, but no more than ``most`` bytes of it; unpacked if its name ends in .gz.

    Raises  InputError where the file is missing, cut short, damaged, or a pipe or a device.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise InputError(f"{path}: no regular file: copy its data into one")
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file: bring it there, or use the embedded data (--data embedded)") from None
    except EOFError:
        raise InputError(f"{path}: the file ends too early (a broken download?): fetch it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path}: damaged, or not a .gz file ({error}): fetch it again") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _text(path: Path, must_hold: str) -> str:
    content = unzip(path, MOST_TEXT + 1)
    if len(content) > MOST_TEXT:
        raise InputError(f"{path}: more than {MOST_TEXT} bytes: it must hold {must_hold}")
    try:
        text = content.decode("utf-8-sig")  # a spreadsheet may put a mark at the start
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file: it must hold {must_hold}") from None
    if "\0" in text:
        raise InputError(f"{path}: not a text file, there is a zero byte in it: it must hold {must_hold}")
    return text


def _number(path: Path, line: int, cell: str) -> float:
    if not NUMBER.fullmatch(cell):  # float() takes more: 1_0, nan, digits of every script
        raise InputError(f"{path}, line {line}: {_quoted(cell)} is not a number: correct or remove the line")
    value = float(cell)
    with np.errstate(over="ignore"):
        fits = np.isfinite(np.float32(value))
    if not fits:
        raise InputError(f"{path}, line {line}: {_quoted(cell)} is too large for float32: correct or remove the line")
    return value


def _quoted(cell: str) -> str:
    text = cell.strip()
    return repr(text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 3] + "...")
