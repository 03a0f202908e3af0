"""autocast: which ops compute in half precision, on a GPU."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from ..host.device import device


class autocast:
    """Compute in half precision where it is safe, on a GPU; here nothing changes. A context, or around a function.

    Raises  RuntimeError for the CPU, unless ``enabled=False``: torch computes in bfloat16 there, which NumPy lacks.

    >>> with minigrad.autocast("cpu", enabled=False):
    ...     (minigrad.ones(2) / 3).dtype
    torch.float32
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        place = device(device_type).type
        if enabled and place == "cpu":
            raise RuntimeError(
                "autocast: on the CPU torch computes in bfloat16, which minigrad does not have; pass enabled=False"
            )
        if enabled:
            warnings.warn(f"{place.upper()} is not available. Disabling autocast.", UserWarning, stacklevel=2)
        self.device = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return called
