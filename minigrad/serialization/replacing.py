"""A file that is always whole: the new one is written beside the old one and takes its place when it is done.

The unfinished file is locked while somebody writes it. Who is killed leaves it behind, unlocked, because locks end with
their process; the next save to the same place can lock it, and so knows that it belongs to nobody.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

try:
    import fcntl
except ImportError:  # Windows, where nobody can remove a file that is open
    fcntl = None  # type: ignore[assignment]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Any]:
    """A file opened for writing that takes the place of ``path`` once it is written.

    Raises  RuntimeError if there is no such folder.
    """
    target = os.path.realpath(path)  # a link stays a link
    folder, name = os.path.split(target)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    if os.path.exists(target) and not os.path.isfile(target):  # a device, a pipe, a folder (refused by open)
        with open(target, "wb") as file:
            yield file
        return
    prefix = f".{name[:50]}."  # with what follows no longer than a name may be
    _clean(folder, prefix)
    new, file = _unfinished(folder, prefix)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if os.path.exists(target):
                os.chmod(new, os.stat(target).st_mode & 0o7777)
            if fcntl:
                os.replace(new, target)  # still locked
        if not fcntl:
            os.replace(new, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        raise


def _unfinished(folder: str, prefix: str) -> tuple[str, Any]:
    while True:
        new = os.path.join(folder, f"{prefix}{os.urandom(4).hex()}.saving")
        file = open(new, "xb")  # noqa: SIM115
        if _lock(file) and os.path.exists(new):
            return new, file
        file.close()  # somebody cleaned up between the two steps


def _lock(file: Any) -> bool:
    """Whether the file is ours now: nobody else holds it."""
    if fcntl:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: then nothing can be said of a leftover
            return bool(file.mode == "xb")
    return True


def _clean(folder: str, prefix: str) -> None:
    """Remove what killed processes left."""
    left = [x for x in os.listdir(folder) if re.fullmatch(re.escape(prefix) + "[0-9a-f]{8}\\.saving", x)]
    for name in left:
        with contextlib.suppress(OSError):  # gone by now, or not ours to remove
            with open(os.path.join(folder, name), "rb") as file:
                if not _lock(file):
                    continue
                if fcntl:
                    os.unlink(file.name)
            if not fcntl:
                os.unlink(file.name)
