"""torch's switches between several ways to compute. minigrad has one way: programs may set them, without effect."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeVar, overload

from .host.device import check_device, device
from .ops.deterministic import wish
from .types import Device

F = TypeVar("F", bound=Callable[..., Any])

_precision = "highest"


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same numbers in every run, which minigrad always gives: what ``empty`` makes is then filled with nan,
    and ``put`` and ``max_unpool`` are refused (with ``warn_only`` warned of), as in torch.

    Raises  TypeError unless ``mode`` is a bool.
    """
    if not isinstance(mode, bool):
        raise TypeError(f"use_deterministic_algorithms(): argument 'mode' must be bool, not {type(mode).__name__}")
    wish.asked, wish.warn_only = mode, warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """What was asked for."""
    return wish.asked


def set_float32_matmul_precision(precision: str) -> None:
    """How exactly a GPU multiplies float32: "highest", "high" or "medium". The CPU always does it exactly."""
    global _precision
    if precision not in ("highest", "high", "medium"):
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current setFloat32MatmulPrecision call has "
            "no effect.",
            UserWarning,
            stacklevel=2,
        )
        return
    _precision = precision


def get_float32_matmul_precision() -> str:
    """What was asked for."""
    return _precision


def set_default_device(device: Device) -> None:
    """Where new tensors go: the CPU.

    Raises  RuntimeError for every other device.
    """
    check_device(device)


def get_default_device() -> device:
    """The CPU."""
    return device("cpu")


@overload
def compile(model: F, **options: Any) -> F: ...
@overload
def compile(model: None = None, **options: Any) -> Callable[[F], F]: ...
def compile(model: Callable[..., Any] | None = None, **options: Any) -> Callable[..., Any]:
    """The function or module itself: nothing here is compiled. Without one, a decorator.

    >>> minigrad.compile(minigrad.relu)(minigrad.tensor([-1., 2.]))
    tensor([0., 2.])
    """
    return model if model is not None else lambda f: f
