"""``torch.backends.cudnn``: the switches of CUDA's library for networks; programs may set them, nothing happens."""

from __future__ import annotations

enabled = False
benchmark = False
deterministic = False
allow_tf32 = False


def is_available() -> bool:
    """False."""
    return False


def version() -> int | None:
    """None: there is no such library."""
    return None
