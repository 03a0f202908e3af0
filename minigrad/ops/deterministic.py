"""Whether the program wants the same numbers in every run: then memory that nobody has written holds nan, and the ops
whose result depends on an order of writing are refused, as torch refuses them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import warn_user


class Wish:
    """What ``use_deterministic_algorithms`` was told."""

    asked = False
    warn_only = False


wish = Wish()


def unwritten(shape: Any, kind: Any) -> Any:
    """An array whose numbers mean nothing: zeros, or where a wish was made nan, or the largest integer."""
    if not wish.asked:
        return np.zeros(shape, kind)
    kind = np.dtype(kind)
    return np.full(shape, {"f": np.nan, "b": True}.get(kind.kind) or np.iinfo(kind).max, kind)


def check_deterministic(name: str) -> None:
    """Refuse an op, or warn of it, if a wish was made.

    Raises  RuntimeError
    """
    if wish.asked:
        message = (
            f"{name} does not have a deterministic implementation, but you set "
            "'torch.use_deterministic_algorithms(True)'. Turn it off for this op, or say warn_only=True"
        )
        if not wish.warn_only:
            raise RuntimeError(message)
        warn_user(message, UserWarning)
