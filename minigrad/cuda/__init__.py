"""``torch.cuda`` as on a machine without a GPU: questions are answered with no, and what needs a GPU is refused."""

from __future__ import annotations

from typing import Any, NoReturn

from . import amp as amp


def is_available() -> bool:
    """False: ``device("cuda" if cuda.is_available() else "cpu")`` picks the CPU."""
    return False


def device_count() -> int:
    """0."""
    return 0


def is_initialized() -> bool:
    """False."""
    return False


def manual_seed(seed: int) -> None:
    """Nothing to seed: as in torch, a program may call it wherever it runs."""


def manual_seed_all(seed: int) -> None:
    """Nothing to seed."""


def empty_cache() -> None:
    """Nothing to free."""


def memory_allocated(device: Any = None) -> int:
    """0 bytes."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """0 bytes."""
    return 0


def synchronize(device: Any = None) -> None:
    """Refused.

    Raises  RuntimeError
    """
    _refuse("synchronize")


def current_device() -> int:
    """Refused.

    Raises  RuntimeError
    """
    _refuse("current_device")


def get_device_name(device: Any = None) -> str:
    """Refused.

    Raises  RuntimeError
    """
    _refuse("get_device_name")


def _refuse(name: str) -> NoReturn:
    raise RuntimeError(
        f"cuda.{name}: minigrad computes with NumPy, on the CPU only; ask torch.cuda.is_available() before you call it"
    )
