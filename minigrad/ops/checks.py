"""What ops refuse: the checks of arguments that several families share, in torch's class of exception."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..core.dtype import F32, FROM_NUMPY, Array
from ..core.errors import in_64_bits, no_tensor
from ..core.observe import mode
from ..core.variable import Variable

F = TypeVar("F", bound=Callable[..., Any])


def tensor_only(name: str, argument: str, x: Any) -> None:
    """Refuse lists and numbers.

    Raises  TypeError
    """
    if not isinstance(x, Variable):
        raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {no_tensor(x)}")


def looks_first(check: Callable[..., object]) -> Callable[[F], F]:
    """Say what a function looks at before the kinds of its arguments, as torch's functions in Python do: a check that
    takes them by name, and is made for a call that is refused for another reason too."""

    def mark(function: F) -> F:
        function.first = check  # type: ignore[attr-defined]
        return function

    return mark


# ---- dtypes ----


def unsupported(name: str, x: Array, hint: str) -> NotImplementedError:
    """The refusal of a dtype."""
    return NotImplementedError(f"{name} is not implemented for a tensor of {FROM_NUMPY[x.dtype]}: {hint}")


def no_bool(name: str, x: Array) -> None:
    """Refuse bools, which have neither sums nor differences.

    Raises  NotImplementedError
    """
    if x.dtype.kind == "b":
        raise unsupported(name, x, "convert it with .int() or .float()")


def floats_only(name: str, x: Array) -> None:
    """Refuse integers, where torch does not turn them into floats.

    Raises  NotImplementedError
    """
    if x.dtype.kind != "f":
        raise unsupported(name, x, "convert it with .float()")


def single_or_double(name: str, x: Array) -> None:
    """Refuse what torch computes neither in float32 nor in float64: integers and float16.

    Raises  NotImplementedError
    """
    if x.dtype.name not in ("float32", "float64"):
        raise unsupported(name, x, "convert it with .float()")


def fits(number: Any, dtype: Any) -> None:
    """Refuse a number, or an array of them, that a type of tensors cannot hold: nothing is wrapped around silently.

    Whole numbers from -255 on do fit in uint8, as torch has it: -1 is 255. Infinity and nan fit in floats only.

    Raises  RuntimeError; OverflowError for a Python integer of more than 64 bits.
    """
    kind = type(number)
    if (kind is int or (kind is float and dtype.kind == "f")) and -128 <= number <= 127:
        return  # the common case
    numbers = np.asarray(in_64_bits(number) if kind is int else number)
    if numbers.dtype == dtype or numbers.dtype.kind not in "iuf" or (dtype != F32 and dtype.kind not in "iu"):
        return
    limits = np.finfo(dtype) if dtype == F32 else np.iinfo(dtype)
    low, high = limits.min, limits.max
    if dtype.kind == "u" and numbers.dtype.kind != "f":
        low = -high
    inside = (numbers >= low) & (numbers <= high)
    if dtype == F32:
        inside |= ~np.isfinite(numbers)
    if not inside.all():
        raise RuntimeError(
            f"value cannot be converted to type {FROM_NUMPY[dtype].name} without overflow: it holds numbers from {low} "
            f"to {high}"
        )


def fitted(number: Any, dtype: Any) -> Any:
    """The number, or the array, in a type that must hold it; raises as ``fits`` does."""
    fits(number, dtype)
    return np.asarray(number).astype(dtype)


def same_dtype(name: str, *operands: Array) -> None:
    """Refuse operands of several types, where torch does not promote.

    Raises  RuntimeError naming both dtypes; TypeError for what is not a tensor.
    """
    x = operands[0]
    for y in operands:
        tensor_only(name, "input" if y is x else "other", y)
        if y.array.dtype != x.array.dtype:
            raise RuntimeError(
                f"{name}: expected both operands to have the same dtype, but got: {x.dtype} != {y.dtype}; convert "
                f"{_other(x, y)}"
            )


def _other(x: Any, y: Any) -> str:
    """Which of two operands to convert: a parameter stays as it is, and an integer becomes a float."""
    keep = y if (not x.requires_grad and y.requires_grad) or x.array.dtype.kind != "f" else x
    what = "the first" if keep is y else "the second"
    hint = {"float32": ".float()", "float64": ".double()"}.get(keep.array.dtype.name, f".to({keep.dtype})")
    return f"{what} with {hint}"


# ---- gradients ----


def constant(name: str, **operands: Array | None) -> None:
    """Refuse operands that require a gradient, where the op has no derivative with respect to them.

    Raises  RuntimeError
    """
    for argument, x in operands.items():
        if mode.grad and x is not None and x.requires_grad:
            raise RuntimeError(
                f"The function '{name}' is not differentiable with respect to argument '{argument}'. This input cannot "
                f"have requires_grad True: pass {argument}.detach()."
            )


# ---- sizes ----


def integers(name: str, argument: str, value: Any, n: int, least: int | None = None) -> tuple[int, ...]:
    """One integer for each of n dimensions: one may stand for all, alone or in a list.

    Raises  TypeError for anything but integers, RuntimeError for a wrong number of them or one below ``least``.
    """
    given = value if isinstance(value, (tuple, list)) else (value,)
    try:
        if any([isinstance(v, bool) for v in given]):
            raise TypeError
        found = tuple([operator.index(v) for v in given])
    except TypeError:
        kind = type(value).__name__
        raise TypeError(f"{name}(): argument '{argument}' must be tuple of ints, not {kind} {value!r}") from None
    if len(found) not in (1, n):
        wanted = "a single int" + ("" if n == 1 else f", or a tuple of {n} ints")
        raise RuntimeError(f"{name}: {argument} must be {wanted}, got {value}")
    if least is not None and min(found) < least:
        raise RuntimeError(f"{name}: {argument} must be at least {least}, got {value}")
    return found if len(found) == n else found * n
