"""MNIST into a cache: fetched by torchvision, checked by its checksums, moved into place whole, and kept."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
from pathlib import Path

from lessons.runner.errors import InputError


def cache() -> Path:
    """Where downloads are kept: $MINIGRAD_HOME, else minigrad/ under the XDG cache."""
    if home := os.environ.get("MINIGRAD_HOME"):
        return Path(home).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "minigrad"


def mnist_folder() -> Path:
    """The folder that holds ``MNIST/raw/*.gz``, downloaded on first use.

    A file that is not there, or whose checksum is wrong, is fetched again; a reader never sees half a file.

    Raises  InputError with what failed, where it looked and what to bring by hand.
    """
    try:
        from torchvision.datasets import MNIST
    except ModuleNotFoundError:
        raise InputError("--data download needs torchvision: pip install torchvision, or use --data DIR") from None

    folder = cache()
    raw = folder / "MNIST" / "raw"
    if _missing(raw, MNIST.resources):
        try:
            raw.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as fresh:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                    MNIST(fresh, download=True)
                for name, _ in MNIST.resources:
                    os.replace(Path(fresh) / "MNIST" / "raw" / name, raw / name)
        except (OSError, RuntimeError) as error:
            names = ", ".join(name for name, _ in MNIST.resources)
            raise InputError(
                f"MNIST could not be downloaded ({_cause(error)}); looked in {' and '.join(MNIST.mirrors)}. "
                f"By hand: put {names} into {raw}, or into DIR/MNIST/raw and use --data DIR"
            ) from None
    return folder


def _missing(raw: Path, resources: list[tuple[str, str]]) -> bool:
    return any(_md5(raw / name) != md5 for name, md5 in resources)


def _md5(path: Path) -> str | None:
    try:
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    except OSError:
        return None


def _cause(error: Exception) -> str:
    """The last line of what torchvision tells: the network's own complaint."""
    return (str(error).strip() or type(error).__name__).splitlines()[-1].strip("<>")
