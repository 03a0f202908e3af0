"""Zip archives, as torch writes them: records one after the other, uncompressed, and a directory at the end.

    header  name  data          for each record (b"PK\3\4")
    entry  name                 the directory: size, checksum and place of each record (b"PK\1\2")
    end                         where the directory is (b"PK\5\6"), before it the same with wider numbers (b"PK\6\6")

Nothing that an archive says of itself is believed: every size is held against the file's own, so that a small file
takes little memory, and every record against its checksum.

Source  PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 4.3 and 4.5
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import LoadError, shown

HEADER = struct.Struct("<4s5H3L2H")
ENTRY = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
WIDE_END = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
WIDE = 0xFFFFFFFF  # a number that stands elsewhere, in 8 bytes
LONGEST_COMMENT = 0xFFFF
CHUNK = 1 << 20
ENCRYPTED, UTF8 = 0x1, 0x800
WIDE_VERSION = 45


@dataclass(frozen=True)
class Record:
    """An entry of the directory: where the record's header is, how many bytes follow it, and their checksum."""

    name: bytes
    at: int
    size: int
    checksum: int


class Archive:
    """The archive that begins where ``file`` stands.

    end  where it ends: another may follow

    Raises  LoadError
    """

    def __init__(self, name: str, file: Any) -> None:
        self.name, self.file, self.start = name, file, file.tell()
        self.stop: int = file.seek(0, 2)
        for end in self._ends():
            if directory := self._directory(end):
                self.records = dict(self._entries(*directory))
                self.end = min(self.stop, end + END.size)
                return
        raise self.error("failed reading zip archive: no directory fits it. Copy or save it again")

    def error(self, words: str) -> LoadError:
        return LoadError(f"{self.name} is corrupt or cut short: {words}")

    def read(self, record: str) -> bytearray:
        """The bytes of a record.

        Raises  LoadError if it is not there, or not as it was written.
        """
        if record not in self.records:
            raise LoadError(f"{self.name} has no record {shown(record)}: no archive of torch.save, or corrupt")
        found = self.records[record]
        header = self._bytes(found.at, HEADER.size)
        mark, *_, name, extra = HEADER.unpack(header)
        at = found.at + HEADER.size
        data = self._bytes(at + name + extra, found.size)
        if mark != b"PK\3\4" or self._bytes(at, name) != found.name or zlib.crc32(data) != found.checksum:
            raise LoadError(f"{self.name}: record {shown(record)} is corrupt: its bytes are not those that were saved")
        return data

    def _bytes(self, at: int, count: int) -> bytearray:
        if at + count > self.stop:
            raise self.error(f"{count} bytes are missing at byte {at}")
        self.file.seek(at)
        if not hasattr(self.file, "readinto"):
            data = bytearray(self.file.read(count))
        else:
            data = bytearray(count)
            count = self.file.readinto(data)
        if len(data) != count:
            raise self.error(f"{count} bytes could be read of {len(data)} at byte {at}")
        return data

    def _ends(self) -> Iterator[int]:
        """Where the end may be: at the end of the file; in a stream of several archives, anywhere behind the start."""
        tail = max(self.start, self.stop - END.size - LONGEST_COMMENT)
        last = self._bytes(tail, self.stop - tail).rfind(b"PK\5\6")
        if last >= 0:
            yield tail + last
        for at in range(self.start, self.stop, CHUNK):
            piece = self._bytes(at, min(CHUNK + 3, self.stop - at))
            found = piece.find(b"PK\5\6")
            while found >= 0:
                yield at + found
                found = piece.find(b"PK\5\6", found + 1)

    def _directory(self, end: int) -> tuple[int, int, int] | None:
        """(place, size, number of entries), if what stands at ``end`` is the end of this very archive."""
        if end + END.size > self.stop:
            return None
        _, _, _, _, count, size, offset, _ = END.unpack(self._bytes(end, END.size))
        wide = end - LOCATOR.size - WIDE_END.size
        if wide >= self.start and (found := self._bytes(wide, WIDE_END.size)).startswith(b"PK\6\6"):
            *_, count, size, offset = WIDE_END.unpack(found)
            end = wide
        return (self.start + offset, size, count) if self.start + offset + size == end else None

    def _entries(self, at: int, size: int, count: int) -> Iterator[tuple[str, Record]]:
        data, place, room, names = self._bytes(at, size), 0, at - self.start, set()
        while place + ENTRY.size <= size:
            mark, _, _, flags, method, _, _, checksum, packed, unpacked, *lengths, _, _, _, offset = ENTRY.unpack_from(
                data, place
            )
            name_end = place + ENTRY.size + lengths[0]
            name, extra = bytes(data[place + ENTRY.size : name_end]), data[name_end : name_end + lengths[1]]
            place = name_end + lengths[1] + lengths[2]
            unpacked, packed, offset = _widened((unpacked, packed, offset), extra)
            _, _, record = name.decode("utf-8", "backslashreplace").partition("/")
            room -= HEADER.size + len(name) + unpacked
            if flags & ENCRYPTED or method or packed != unpacked:
                raise LoadError(f"{self.name}: record {shown(record)} is compressed or encrypted: save never does that")
            if mark != b"PK\1\2" or place > size or self.start + offset + HEADER.size + len(name) + unpacked > at:
                raise self.error("its directory is damaged")
            if room < 0 or record in names:
                raise LoadError(f"{self.name}: record {shown(record)} lies where another is, or is there twice")
            names.add(record)
            yield record, Record(name, self.start + offset, unpacked, checksum)
        if place != size or len(names) != count:
            raise self.error(f"its directory has {len(names)} entries, {count} expected")


def _widened(numbers: tuple[int, ...], extra: bytearray) -> list[int]:
    """The numbers; where one is too large for its 4 bytes, its 8 bytes are among the extra fields of an entry."""
    at, wide = 0, b""
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            wide = bytes(extra[at + 4 : at + 4 + size])
        at += 4 + size
    values = iter(struct.unpack_from(f"<{len(wide) // 8}Q", wide))
    return [next(values, WIDE) if number == WIDE else number for number in numbers]


def write(file: Any, records: dict[str, Any]) -> None:
    """Write an archive to whatever has a ``write``; records are names and anything that has bytes."""
    offset, entries = 0, []
    for record, data in records.items():
        name, size, checksum = f"archive/{record}".encode(), memoryview(data).nbytes, zlib.crc32(data)
        wide = [number for number in (size, size, offset) if number >= WIDE]
        sizes = (min(size, WIDE), min(size, WIDE))
        head = (WIDE_VERSION if wide else 20, UTF8, 0, 0, 0x21, checksum, *sizes, len(name))  # of 1 January 1980
        extra, large = _wide_field(wide), _wide_field([size, size] if size >= WIDE else [])
        header = HEADER.pack(b"PK\3\4", *head, len(large)) + name + large
        entries.append(
            ENTRY.pack(b"PK\1\2", WIDE_VERSION, *head, len(extra), 0, 0, 0, 0, min(offset, WIDE)) + name + extra
        )
        file.write(header)
        file.write(data)
        offset += len(header) + size
    directory = b"".join(entries)
    count, size = len(entries), len(directory)
    file.write(directory)
    file.write(
        WIDE_END.pack(b"PK\6\6", WIDE_END.size - 12, WIDE_VERSION, WIDE_VERSION, 0, 0, count, count, size, offset)
    )
    file.write(LOCATOR.pack(b"PK\6\7", 0, offset + size, 1))
    short = min(count, 0xFFFF)
    file.write(END.pack(b"PK\5\6", 0, 0, short, short, min(size, WIDE), min(offset, WIDE), 0))


def _wide_field(numbers: list[int]) -> bytes:
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
