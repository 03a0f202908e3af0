"""GradScaler: keeps small gradients of half precision from vanishing, on a GPU."""

from __future__ import annotations

import warnings
from typing import Any


class GradScaler:
    """Keeps small gradients of half precision from vanishing, on a GPU; here it hands on what it is given.

    Raises  RuntimeError for the CPU, unless ``enabled=False``.

    >>> scaler = minigrad.amp.GradScaler("cuda", enabled=False)
    >>> scaler.scale(minigrad.tensor(3.)), scaler.get_scale()
    (tensor(3.), 1.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device == "cpu":
            raise RuntimeError("GradScaler: minigrad has no mixed precision on the CPU; pass enabled=False")
        if enabled:
            warnings.warn(
                f"torch.{device}.amp.GradScaler is enabled, but {device.upper()} is not available.  Disabling.",
                UserWarning,
                stacklevel=2,
            )

    def is_enabled(self) -> bool:
        """False."""
        return False

    def scale(self, outputs: Any) -> Any:
        """The outputs as they are."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing was scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """``optimizer.step()``."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """The scale stays 1."""

    def get_scale(self) -> float:
        """1."""
        return 1.0

    def state_dict(self) -> dict[str, Any]:
        """Empty."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing to load."""
