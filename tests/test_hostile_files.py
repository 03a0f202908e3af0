"""Files made to harm: whatever is in a file, load gives what was saved or one kind of error that names it, and soon."""

from __future__ import annotations

import io
import os
import pickle
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import minigrad
from minigrad.serialization import LoadError, safe_globals

LONG = settings.default.max_examples > 100  # HYPOTHESIS_PROFILE=ci
MUTATIONS = 10_000 if LONG else 300
SPARE = 8 << 20  # bytes of memory that any file may take
TIMES = 150  # and so many times its own size: an empty dict is one byte in a pickle

P2 = b"\x80\x02"
SET = P2 + b"c__builtin__\nset\n"
DOUBLING_LIST = b"]q\x00" + b"](h\x00h\x00eq\x00" * 60
TEN_OF_EACH = b")q\x00" + (b"(" + b"h\x00" * 10 + b"tq\x00") * 12


def archive_of(pickled: bytes, compression: int = zipfile.ZIP_STORED, **records: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in {"data.pkl": pickled, "byteorder": b"little", "version": b"3\n", **records}.items():
            archive.writestr(f"archive/{name}", data)
    return file.getvalue()


def record_of(saved: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        return archive.read(f"archive/{name}")


def saved(value: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    minigrad.save(value, file, **options)
    return file.getvalue()


STORAGE = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQ"
TENSOR = P2 + b"ctorch._utils\n_rebuild_tensor_v2\n"


def number(value: int, size: int = 10) -> bytes:
    return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)


def many(one: Callable[[int], bytes], count: int = 20_000) -> bytes:
    return b"".join(one(i) for i in range(count))


PICKLES = {
    "many tuples as a key": P2 + b"})" + b"\x85" * 3 * 10**5 + b"Ns.",
    "many tuples in a set": SET + b"])" + b"\x85" * 3 * 10**5 + b"a\x85R.",
    "many tuples called": P2 + b")" + b"\x85" * 3 * 10**5 + b")R.",
    "many tuples made": P2 + b")" + b"\x85" * 3 * 10**5 + b")\x81.",
    "many tuples built": P2 + b")" + b"\x85" * 3 * 10**5 + b"}b.",
    "many tuples as a storage": P2 + b")" + b"\x85" * 3 * 10**5 + b"Q.",
    "ten of each as a key": P2 + b"}" + TEN_OF_EACH[:-4] + b"tNs.",
    "ten of each in a set": SET + b"]" + TEN_OF_EACH[:-4] + b"ta\x85R.",
    "ten of each in a Counter": P2 + b"ccollections\nCounter\n}" + TEN_OF_EACH[:-4] + b"tNs\x85R.",
    "ten of each in an OrderedDict": P2 + b"ccollections\nOrderedDict\n]" + TEN_OF_EACH[:-4] + b"tN\x86a\x85R.",
    "keys that collide": P2 + b"}(" + many(lambda i: number(i * (2**61 - 1)) + b"N") + b"u.",
    "a set of what collides": SET + b"](" + many(lambda i: number(i * (2**61 - 1))) + b"e\x85R.",
    "keys that collide, one by one": P2 + b"}" + many(lambda i: number(i * (2**61 - 1)) + b"Ns") + b".",
    "tuples of what collides": P2 + b"}(" + many(lambda i: number(i * (2**61 - 1)) + b"\x85N") + b"u.",
    "bytearray of a number": P2 + b"c__builtin__\nbytearray\n" + number(2**31) + b"\x85R.",
    "bytearray of a large number": P2 + b"c__builtin__\nbytearray\n" + number(2**33) + b"\x85R.",
    "bytearrays": P2 + b"c__builtin__\nbytearray\nq\x00](" + b"h\x00J\xff\xff\xff\x3f\x85R" * 3 + b"e.",
    "a set copied again and again": SET + b"q\x01](" + many(lambda i: b"J" + struct.pack("<i", i))
        + b"e\x85q\x02](" + b"h\x01h\x02R" * 20_000 + b"e.",
    "a text copied again and again": P2 + b"c_codecs\nencode\nq\x01(X" + struct.pack("<I", 10**5) + b"a" * 10**5
        + b"X\x06\0\0\0latin1tq\x02](" + b"h\x01h\x02R" * 20_000 + b"e.",
    "attributes copied again and again": P2 + b"ccollections\nOrderedDict\nq\x01}q\x02("
        + many(lambda i: b"X\x05\0\0\0" + b"%05d" % i + b"N") + b"u](" + b"h\x01)Rh\x02b" * 20_000 + b"e.",
    "a doubling list called": P2 + DOUBLING_LIST + b")R.",
    "a doubling list made": P2 + DOUBLING_LIST + b")\x81.",
    "a doubling list as a storage": P2 + DOUBLING_LIST + b"Q.",
    "a doubling list in a storage": P2 + b"(" + DOUBLING_LIST + b"NNNNtQ.",
    "a doubling list as a device": P2 + b"ctorch\ndevice\n" + DOUBLING_LIST + b"\x85R.",
    "a doubling list as a size": TENSOR + b"(" + STORAGE + b"K\x00" + DOUBLING_LIST + b"h\x00\x89NtR.",
    "a doubling list as requires_grad": TENSOR + b"(" + STORAGE + b"K\x00))" + DOUBLING_LIST + b"NtR.",
    "a doubling list as a key": P2 + b"}" + DOUBLING_LIST + b"Ns.",
    "a long text": P2 + b"X\xff\xff\xff\xffabc.",
    "a missing memo": P2 + b"h\x05.",
    "no mark": P2 + b"t.",
    "nothing on the stack": P2 + b"\x87.",
    "an endless line": P2 + b"c" + b"a" * 1000,
    "a huge tensor": TENSOR + b"(" + STORAGE + b"K\x00" + number(2**62) + b"\x85K\x01\x85\x89NtR.",
    "a huge empty tensor": TENSOR + b"(" + STORAGE + b"K\x00K\x00" + number(2**62) + b"\x86K\x01K\x01\x86\x89NtR.",
    "a storage of another type": P2 + b"(" + STORAGE + STORAGE.replace(b"FloatS", b"LongS") + b"t.",
    "an attribute over the engine": P2 + b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\n"
        b"ctorch\nTensor\n(" + STORAGE + b"K\x00))\x89Nt}X\x05\0\0\0_leafNstR.",
    "types within types": P2 + b"ctorch._tensor\n_rebuild_from_type_v2\nq\x00(h\x00ctorch\nTensor\n)}tR.",
}  # fmt: skip


@pytest.mark.parametrize("name", PICKLES)
def test_pickles_made_to_harm(name: str) -> None:
    file = archive_of(PICKLES[name], **{"data/0": bytes(4)})
    with pytest.raises(LoadError, match="the BytesIO") as caught:
        bounded(file)
    assert len(str(caught.value)) < 1000


def bounded(file: bytes) -> Any:
    """Load it, within memory that follows from its size."""
    tracemalloc.start()
    try:
        return minigrad.load(io.BytesIO(file))
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < SPARE + TIMES * len(file)


@pytest.mark.parametrize(
    "pickled",
    [
        b"]" * 10**5 + b"a" * (10**5 - 1),
        b"}" + b"K\x00}" * 10**5 + b"s" * 10**5,
        b"](" + b"}" * 10**5 + b"e",
        b"](" + b"N" * 3 * 10**5 + b"e",
        b"ccollections\nOrderedDict\nq\x00](" + b"h\x00)R" * 1000 + b"e",
        DOUBLING_LIST,
    ],
    ids=["lists", "dicts", "empty dicts", "None", "calls", "doubling"],
)
def test_what_is_large_but_lawful(pickled: bytes) -> None:
    assert isinstance(bounded(archive_of(P2 + pickled + b".")), (list, dict))


def archive_with(change: Callable[[bytearray, int], None]) -> bytes:
    """A small archive, changed from the first entry of its directory on."""
    file = bytearray(archive_of(P2 + b"N."))
    change(file, file.index(b"PK\1\2"))
    return bytes(file)


def put(form: str, offset: int, *values: Any) -> bytes:
    return archive_with(lambda file, at: struct.pack_into(form, file, at + offset, *values))


def overlapping() -> bytes:
    """A thousand entries that all stand for the same megabyte."""
    whole = archive_of(P2 + b"N.", **{"data/0": bytes(10**6)})
    directory = whole.index(b"PK\1\2")
    entries, at = [], directory
    for _ in range(3):
        at = whole.index(b"PK\1\2", at + 1)
    last = whole[at : whole.index(b"PK\5\6")]
    entries = [last[:-1] + bytes([c]) for c in range(1, 120)]
    added = b"".join(entries)
    end = bytearray(whole[whole.index(b"PK\5\6") :])
    count, size = struct.unpack_from("<HL", end, 10)
    struct.pack_into("<HHL", end, 8, count + len(entries), count + len(entries), size + len(added))
    return whole[: whole.index(b"PK\5\6")] + added + bytes(end)


ARCHIVES = {
    "a large size": put("<LL", 20, 3_000_000_000, 3_000_000_000),
    "a wide size": put("<LL", 20, 0xFFFFFFFF, 0xFFFFFFFF),
    "an offset far away": put("<L", 42, 0x7FFFFFFF),
    "encrypted": put("<H", 8, 1),
    "compressed": put("<H", 10, 8),
    "another checksum": put("<L", 16, 1),
    "a name that is not text": put("4s", 46 + 8, b"\xff\xfe\xfd\xfc"),
    "a long extra field": put("<H", 30, 0xFFFF),
    "deflated": archive_of(bytes(10**7), zipfile.ZIP_DEFLATED),
    "deflated numbers": archive_of(P2 + b"N.", zipfile.ZIP_DEFLATED, **{"data/0": bytes(10**7)}),
    "overlapping": overlapping(),
    "nothing but ends": b"PK\3\4" + b"PK\5\6" * 20_000,
    "no data": archive_of(P2 + STORAGE + b"."),
    "another byte order": archive_of(P2 + b"N.", byteorder=b"middle"),
    "a device that nobody knows": archive_of(
        P2 + STORAGE.replace(b"\x03\0\0\0cpu", b"\x03\0\0\0abc") + b".", **{"data/0": bytes(4)}
    ),
    "a gpu": archive_of(P2 + STORAGE.replace(b"\x03\0\0\0cpu", b"\x04\0\0\0cuda") + b".", **{"data/0": bytes(4)}),
}  # fmt: skip


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_made_to_harm(name: str, weights_only: bool) -> None:
    tracemalloc.start()
    with pytest.raises((RuntimeError, pickle.UnpicklingError), match="the BytesIO") as caught:
        minigrad.load(io.BytesIO(ARCHIVES[name]), weights_only=weights_only)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert type(caught.value) is LoadError and peak < SPARE + TIMES * len(ARCHIVES[name])


def test_many_records() -> None:
    """They are read in one go."""
    records = {f"data/{i}": b"" for i in range(20_000)}
    assert bounded(archive_of(P2 + b"N.", **records)) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of Unix")
def test_what_is_not_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        for name in (path, str(path)):
            with pytest.raises(LoadError, match="not a regular file"):
                minigrad.load(name)


def test_the_users_own_class_in_a_hostile_file() -> None:
    with safe_globals([Own]):
        with pytest.raises(LoadError, match="dict expected"):
            bounded(archive_of(P2 + b"c" + Own.__module__.encode() + b"\nOwn\n)\x81](K\x01eb."))
        assert minigrad.load(io.BytesIO(saved(Own()))).x == 3


class Own:
    def __init__(self) -> None:
        self.x = 3


# ---- mutations ----


def value() -> Any:
    x = minigrad.arange(24.0).reshape(4, 6)
    y = minigrad.tensor([1, 2, 3])
    y.note = "attribute"
    state = minigrad.nn.Linear(3, 2).state_dict()
    return {"x": x, "row": x[1], "t": x.t(), "y": y, (1, "k"): [True, None, 2.5, {1, 2}, b"bytes"], "model": state}


def same(a: Any, b: Any) -> bool:
    if isinstance(a, minigrad.Tensor) or isinstance(b, minigrad.Tensor):
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.stride() == b.stride() and (
            np.array_equal(a.array, b.array)
        )  # fmt: skip
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(type(a) is type(b) and a == b)


def mutated(file: bytes, draw: random.Random) -> bytes:
    """The file with bits turned, cut, spliced, or with a number or a step of its pickle changed."""
    data = bytearray(file)
    for _ in range(draw.choice([1, 1, 1, 2, 5])):
        at = draw.randrange(max(len(data), 1))
        kind = draw.randrange(6)
        if kind == 0 and data:
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            del data[at : at + draw.randrange(1, 50)]
        elif kind == 3:
            start = draw.randrange(len(file))
            data[at:at] = file[start : start + draw.randrange(1, 100)]
        elif kind == 4:
            large = draw.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 3_000_000_000, len(file)])
            data[at : at + 4] = struct.pack("<L", large)
        elif data:
            data[at] = draw.choice(b"\x80()]}.RbQtseqhrjXKJMNGuacU\x85\x86\x87\x88\x89\x8a\x81")
    return bytes(data)


def outcomes(files: Iterator[bytes], expected: Any, numbers_may_change: bool = False) -> dict[str, int]:
    seen = {"loaded": 0, "refused": 0}
    for file in files:
        tracemalloc.reset_peak()
        try:
            again = minigrad.load(io.BytesIO(file))
        except LoadError as error:
            assert "the BytesIO" in str(error) and len(str(error)) < 1200
            seen["refused"] += 1
        else:
            assert numbers_may_change or same(again, expected)
            seen["loaded"] += 1
        assert tracemalloc.get_traced_memory()[1] < SPARE + TIMES * len(file)
    return seen


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("form", ["archive", "pickle in an archive", "legacy"])
def test_mutated_files(form: str) -> None:
    """An archive has checksums: other numbers are never loaded from it. A pickle put into a new one, and the format of
    torch before 1.6, have none: then the machine must stand firm."""
    draw, original = random.Random(0), value()
    file = saved(original, _use_new_zipfile_serialization=form != "legacy")
    pickled, records = b"", {}
    if form == "pickle in an archive":
        pickled = record_of(file, "data.pkl")
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            records = {name[8:]: archive.read(name) for name in archive.namelist() if "/data/" in name}

    def files() -> Iterator[bytes]:
        for _ in range(MUTATIONS):
            yield archive_of(mutated(pickled, draw), **records) if pickled else mutated(file, draw)

    tracemalloc.start()
    try:
        seen = outcomes(files(), original, numbers_may_change=form != "archive")
    finally:
        tracemalloc.stop()
    assert seen["refused"] > MUTATIONS // 2
    assert same(minigrad.load(io.BytesIO(file)), original)
