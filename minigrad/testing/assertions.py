"""Are two results equal up to rounding? If not, say how far apart they are, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.dtype import FROM_NUMPY
from ..tensor import Tensor
from ..types import Size

TOLERANCE = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}
"""Relative and absolute, by dtype; the coarser of two types counts, other types must be equal."""


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Fail unless ``actual`` equals ``expected`` up to rounding; lists and dicts are compared item by item.

    Math    |actual - expected| <= atol + rtol * |expected|, element by element
    Raises  AssertionError naming the item, how many elements differ, and the largest difference with its index;
            ValueError if only one of ``rtol`` and ``atol`` is given.

    >>> minigrad.testing.assert_close(minigrad.tensor([1., 2.]), minigrad.tensor([1., 2.5]))
    Traceback (most recent call last):
        ...
    AssertionError: Tensor-likes are not close!
    <BLANKLINE>
    Mismatched elements: 1 / 2 (50.0%)
    Greatest absolute difference: 0.5 at index (1,) (up to 1e-05 allowed)
    Greatest relative difference: 0.2 at index (1,) (up to 1.3e-06 allowed)
    """
    if (rtol is None) != (atol is None):
        raise ValueError(
            f"rtol and atol must both be either specified or unspecified, but got rtol={rtol} and atol={atol}."
        )
    tolerance = None if rtol is None or atol is None else (rtol, atol)
    for path, x, y in _pairs(actual, expected, ""):
        failure = _compare(x, y, tolerance, equal_nan, check_dtype)
        if failure:
            failure += f"\n\nThe failure occurred for item {path}" if path else ""
            raise AssertionError(failure if msg is None else msg(failure) if callable(msg) else msg)


def _pairs(actual: Any, expected: Any, path: str) -> list[tuple[str, Any, Any]]:
    """The corresponding leaves of two nested containers, each with its path."""
    at = f"\n\nThe failure occurred for item {path}" if path else ""
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            odd = sorted(map(repr, actual.keys() ^ expected.keys()))
            raise AssertionError(f"The keys of the mappings do not match: only one has {', '.join(odd)}{at}")
        return [p for k in expected for p in _pairs(actual[k], expected[k], f"{path}[{k!r}]")]
    if _is_list(actual) and _is_list(expected):
        if len(actual) != len(expected):
            raise AssertionError(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}{at}")
        return [p for k in range(len(expected)) for p in _pairs(actual[k], expected[k], f"{path}[{k}]")]
    return [(path, actual, expected)]


def _is_list(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, str)


def _compare(actual: Any, expected: Any, given: tuple[float, float] | None, equal_nan: bool, check_dtype: bool) -> str:
    """What is wrong, or nothing."""
    scalar = not isinstance(actual, (Tensor, np.ndarray)) and not isinstance(expected, (Tensor, np.ndarray))
    if scalar and not (isinstance(actual, (int, float)) and isinstance(expected, (int, float))):
        return "" if actual == expected else f"Object comparison failed: {actual!r} != {expected!r}"
    x, y = (np.asarray(v.array if isinstance(v, Tensor) else v) for v in (actual, expected))
    if x.shape != y.shape:
        return f"The values for attribute 'shape' do not match: {Size(x.shape)} != {Size(y.shape)}."
    if check_dtype and not scalar and x.dtype != y.dtype:
        return f"The values for attribute 'dtype' do not match: {FROM_NUMPY[x.dtype]} != {FROM_NUMPY[y.dtype]}."
    defaults = [TOLERANCE.get(a.dtype.name, (0.0, 0.0)) for a in (x, y)]
    rtol, atol = given or (max(d[0] for d in defaults), max(d[1] for d in defaults))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        a, b = x.astype(np.float64), y.astype(np.float64)
        distance = np.abs(a - b)
        relative = distance / np.abs(b)
        close = (x == y) | ((distance <= atol + rtol * np.abs(b)) & np.isfinite(b))
    if equal_nan:
        close |= np.isnan(a) & np.isnan(b)
    if close.all():
        return ""
    if scalar:
        return (
            f"Scalars are not close!\n\nExpected {expected} but got {actual}.\n"
            f"Absolute difference: {distance} (up to {atol} allowed)\n"
            f"Relative difference: {relative} (up to {rtol} allowed)"
        )
    wrong = int((~close).sum())
    return (
        f"Tensor-likes are not {'close' if rtol or atol else 'equal'}!\n\n"
        f"Mismatched elements: {wrong} / {x.size} ({wrong / x.size:.1%})\n"
        f"Greatest absolute difference: {_greatest(distance, close)} (up to {atol} allowed)\n"
        f"Greatest relative difference: {_greatest(relative, close)} (up to {rtol} allowed)"
    )


def _greatest(values: Any, close: Any) -> str:
    """The largest number among the elements that are not close, and where it is."""
    index = np.unravel_index(np.argmax(np.where(close, -1, np.nan_to_num(values, nan=np.inf))), values.shape)
    return f"{float(values[index])} at index {tuple(int(i) for i in index)}"
