"""``torch.accelerator``: minigrad has none, since it computes on the CPU; these functions say so."""

from __future__ import annotations

from .host.device import device


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> device | None:
    """None: there is no accelerator."""
    return None
