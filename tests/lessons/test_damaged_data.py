"""Data files made to harm, and thousands of damaged ones: each is read right, or refused in one line that names it."""

from __future__ import annotations

import gzip
import os
import random
import re
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from lessons.runner import data
from lessons.runner.errors import InputError
from lessons.runner.files import read_csv, read_idx, read_names

LONG = settings.default.max_examples > 100  # HYPOTHESIS_PROFILE=ci
MUTATIONS = 10_000 if LONG else 300

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
HEADER = struct.pack(">4B3I", 0, 0, 8, 3, *IMAGES.shape)
TABLE = "0.5,-1,2e-1\n\n-.25, 3. ,1\n"
NAMES = 'Novák,Czech\n"de Jong, jr.",Dutch\n王,Chinese\n'


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content, 1, mtime=0))
    return path


def refused(read: Callable[[], Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2**31, 2**31, 4), r"promises 18446744073709551616 bytes of data"),
        ((2**32 - 1,) * 3, "its header promises"),
        ((0, 28, 28), "its header promises 0 bytes"),
        ((60_000, 28, 28), "2352 bytes of data, its header promises 47040000"),
        ((2, 28, 28), "more than 1568 bytes of data, its header promises 1568"),
    ],
)
def test_headers_that_promise_too_much(tmp_path: Path, shape: tuple[int, ...], words: str) -> None:
    path = written(tmp_path / "x.gz", struct.pack(">4B3I", 0, 0, 8, 3, *shape) + IMAGES.tobytes())
    refused(lambda: read_idx(path, dims=3), r"x\.gz: .*" + words)


def test_no_images_to_train_on_or_to_test_with(tmp_path: Path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for empty in ("train", "t10k"):
        for part in ("train", "t10k"):
            n = 0 if part == empty else 3
            images = struct.pack(">4B3I", 0, 0, 8, 3, n, 28, 28) + bytes(n * 28 * 28)
            written(raw / f"{part}-images-idx3-ubyte.gz", images)
            written(raw / f"{part}-labels-idx1-ubyte.gz", struct.pack(">4BI", 0, 0, 8, 1, n) + bytes(n))
        refused(lambda: data.digits(str(tmp_path)), f"{empty}-images-idx3-ubyte.gz: its header promises 0 bytes")


@pytest.mark.parametrize("header", [HEADER, b""], ids=["idx", "text"])
def test_bombs(tmp_path: Path, header: bytes) -> None:
    """A small file that unpacks to a large one is unpacked no further than it may go."""
    path = written(tmp_path / "x.gz", header + bytes(50 << 20))
    tracemalloc.start()
    try:
        refused((lambda: read_idx(path, dims=3)) if header else lambda: read_csv(path, columns=3), "more than")
        assert tracemalloc.get_traced_memory()[1] < 70 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of Unix")
def test_pipes_and_devices(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gz")
    for path in (tmp_path / "pipe.gz", Path("/dev/zero")):
        for read in (lambda p: read_idx(p, 3), lambda p: read_csv(p, 3), read_names):
            refused(lambda read=read, path=path: read(path), "no regular file")


def test_a_mark_at_the_start(tmp_path: Path) -> None:
    """As Excel writes it."""
    path = written(tmp_path / "x.csv.gz", ("\ufeff" + TABLE).encode())
    assert read_csv(path, columns=3)[0].tolist() == [0.5, -1.0, np.float32(0.2)]
    assert read_names(written(path, ("\ufeff" + NAMES).encode()))[0] == ["Novák", "de Jong, jr.", "王"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((f"1,{cell}\n", "is not a number") for cell in ("1_0", "\u0661", "inf", "-nan", "0x10", "1e", "1 0", "1j")),
        *((f"1,{cell}\n", "too large for float32") for cell in ("1e39", "-3.5e38", "1e400", "9" * 60)),
        ("1\0,2\n", "a zero byte"),
        ("1,2\n1\n", "line 2: 1 columns"),
        ("1," + "2" * 10**6 + "\n", "too large for float32"),
        ("1," + "x" * 10**6 + "\n", "is not a number"),
        ("1" * 10**6 + "\n", "1 columns"),
        ("1,2\n".encode("utf-16"), "not a text file"),
        (bytes(range(256)), "not a text file"),
        ("", "the table is empty"),
        ("\ufeff", "the table is empty"),
    ],
)  # fmt: skip
def test_tables(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = written(tmp_path / "x.csv.gz", text.encode() if isinstance(text, str) else text)
    refused(lambda: read_csv(path, columns=2), r"x\.csv\.gz.*" + words)


@pytest.mark.parametrize("cell", ["3.4028234e38", "1e-400", "+1", "-.5", "5.", " 7 ", "1E+2"])
def test_numbers_of_every_spelling(tmp_path: Path, cell: str) -> None:
    assert read_csv(written(tmp_path / "x.csv.gz", f"1,{cell}\n".encode()), columns=2)[0, 1] == np.float32(cell)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Nov\0ak,Czech\n", "a zero byte"),
        ('"Nov\nak",Czech\n', "a control character"),
        ("Nov\x07ak,Czech\n", "a control character"),
        ("Novák,Czech\n".encode("utf-16"), "not a text file"),
        ("a" * 10**6 + ",Czech\n", "field larger than field limit"),
    ],
)
def test_names(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = written(tmp_path / "x.csv.gz", text.encode() if isinstance(text, str) else text)
    refused(lambda: read_names(path), words)


def test_one_line_and_status_2(cli: Any, tmp_path: Path) -> None:
    written(tmp_path / "diabetes.csv.gz", b"1e39" + b",0" * 8 + b"\n")
    said = cli("run", "6", "--data", str(tmp_path))
    assert said.status == 2 and said.out == ""
    assert re.fullmatch(r"python -m lessons: .*diabetes\.csv\.gz, line 1: '1e39' is too large .*\n", said.err)


def mutated(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 5])):
        at = draw.randrange(max(1, len(changed)))
        kind = draw.randrange(5)
        if kind == 0 and changed:
            changed[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del changed[at:]
        elif kind == 2:
            changed[at:at] = draw.choice([b"\xef\xbb\xbf", b"\0", b"_", b"e39", b'"', b",", b"\n", b"nan", b"\xff\xfe"])
        elif kind == 3:
            changed[at : at + 4] = struct.pack(">I", draw.choice([0, 1, 2**31, 2**32 - 1]))
        else:
            start = draw.randrange(len(content))
            changed[at:at] = content[start : start + 50]
    return bytes(changed)


READERS = {
    "idx": (HEADER + IMAGES.tobytes(), lambda path: read_idx(path, dims=3)),
    "table": (TABLE.encode(), lambda path: read_csv(path, columns=3)),
    "names": (NAMES.encode(), read_names),
}


@pytest.mark.parametrize("packed", [False, True], ids=["content", "gz"])
@pytest.mark.parametrize("reader", READERS)
def test_damaged_files(tmp_path: Path, reader: str, packed: bool) -> None:
    """Where the packed file is damaged its checksum tells: then what is read is what was written."""
    (content, read), draw = READERS[reader], random.Random(reader)
    whole = read(written(tmp_path / "x.gz", content))

    def files() -> Iterator[bytes]:
        for _ in range(MUTATIONS):
            file = gzip.compress(content if packed else mutated(content, draw), 1, mtime=0)
            yield mutated(file, draw) if packed else file

    refusals = 0
    for file in files():
        (tmp_path / "x.gz").write_bytes(file)
        try:
            found = read(tmp_path / "x.gz")
        except InputError as error:
            refusals += 1
            assert str(tmp_path / "x.gz") in str(error) and "\n" not in str(error) and len(str(error)) < 600
        else:
            if packed:
                np.testing.assert_array_equal(found, whole)
            elif reader == "table":
                assert found.shape[1] == 3 and np.isfinite(found).all()
            elif reader == "names":
                assert len(found[0]) == len(found[1]) > 0 and "\0" not in "".join(found[0] + found[1])
            else:
                assert found.ndim == 3 and found.size > 0
    assert refusals > MUTATIONS // 5
