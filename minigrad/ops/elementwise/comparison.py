"""Questions about numbers: comparisons, logic, bits. The answers are steps, so nothing here has a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dtype import Array, default_float
from ...core.op import op, record
from ...types import Tensor
from ..checks import no_bool, tensor_only, unsupported

# ---- order ----


@op(ufunc=np.equal, promote="number", narrow=True)
def eq(input: Array, other: Array) -> Array:
    """Whether input = other, elementwise.

    >>> minigrad.tensor([1, 2]) == minigrad.tensor([1, 3])
    tensor([ True, False])
    """
    return np.equal(input, other)


@op(ufunc=np.not_equal, promote="number", narrow=True)
def ne(input: Array, other: Array) -> Array:
    """Whether input differs from other."""
    return np.not_equal(input, other)


@op(ufunc=np.less, promote="number", narrow=True)
def lt(input: Array, other: Array) -> Array:
    """Whether input < other."""
    return np.less(input, other)


@op(ufunc=np.less_equal, promote="number", narrow=True)
def le(input: Array, other: Array) -> Array:
    """Whether input <= other."""
    return np.less_equal(input, other)


@op(ufunc=np.greater, promote="number", narrow=True)
def gt(input: Array, other: Array) -> Array:
    """Whether input > other."""
    return np.greater(input, other)


@op(ufunc=np.greater_equal, promote="number", narrow=True)
def ge(input: Array, other: Array) -> Array:
    """Whether input >= other."""
    return np.greater_equal(input, other)


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether |input - other| <= atol + rtol |other|, or both are the same infinity (or nan, if ``equal_nan``).

    Raises  RuntimeError for a negative tolerance, or if the dtypes differ.
    """
    if input.array.dtype != other.array.dtype:
        raise RuntimeError(f"isclose: {input.dtype} did not match {other.dtype}; convert one")
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance < 0:
            raise RuntimeError(f"isclose: {name} must be greater than or equal to zero, but got {tolerance}")
    return record(isclose)(input, other, rtol, atol, equal_nan)


@op(of=isclose, promote="number", operands=2)
def _(input: Array, other: Array, rtol: float, atol: float, equal_nan: bool) -> Array:
    close = input == other
    if equal_nan:
        close |= np.isnan(input) & np.isnan(other)
    if not rtol and not atol:
        return close
    if input.dtype.kind != "f":
        input, other = input.astype(default_float()), other.astype(default_float())
    apart = np.abs(input - other)
    return close | (np.isfinite(apart) & (apart <= atol + np.abs(rtol * other)))


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether ``isclose`` holds everywhere."""
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and the same numbers."""
    tensor_only("equal", "input", input)
    tensor_only("equal", "other", other)
    return bool(np.array_equal(input.array, other.array))


@op(ufunc=np.isnan, promote="number", narrow=True)
def isnan(input: Array) -> Array:
    """Where input is not a number."""
    return np.isnan(input)


@op(ufunc=np.isinf, promote="number", narrow=True)
def isinf(input: Array) -> Array:
    """Where input is infinite."""
    return np.isinf(input)


@op(ufunc=np.isfinite, promote="number", narrow=True)
def isfinite(input: Array) -> Array:
    """Where input is neither infinite nor nan."""
    return np.isfinite(input)


# ---- logic: a number counts as true if it is not zero ----


@op(ufunc=np.logical_and, promote="tensors", narrow=True)
def logical_and(input: Array, other: Array) -> Array:
    """Whether both are true."""
    return np.logical_and(input, other)


@op(ufunc=np.logical_or, promote="tensors", narrow=True)
def logical_or(input: Array, other: Array) -> Array:
    """Whether one or both are true."""
    return np.logical_or(input, other)


@op(ufunc=np.logical_xor, promote="tensors", narrow=True)
def logical_xor(input: Array, other: Array) -> Array:
    """Whether just one is true."""
    return np.logical_xor(input, other)


@op(ufunc=np.logical_not, narrow=True)
def logical_not(input: Array) -> Array:
    """Whether input is zero."""
    return np.logical_not(input)


# ---- bits ----


def _bits(name: str, function: Any, x: Array, *y: Array) -> Array:
    try:
        return function(x, *y)
    except TypeError:
        np.broadcast_shapes(np.shape(x), *map(np.shape, y))  # sizes that do not fit are refused first
        raise unsupported(name, np.asarray(x), "bits are for integers and bools") from None


@op(promote="number", narrow=True)
def bitwise_and(input: Array, other: Array) -> Array:
    """``x & y``: the bits set in both; for bool tensors, logical and.

    Raises  NotImplementedError for floats.
    """
    return _bits("bitwise_and", np.bitwise_and, input, other)


@op(promote="number", narrow=True)
def bitwise_or(input: Array, other: Array) -> Array:
    """``x | y``: the bits set in one or both."""
    return _bits("bitwise_or", np.bitwise_or, input, other)


@op(promote="number", narrow=True)
def bitwise_xor(input: Array, other: Array) -> Array:
    """``x ^ y``: the bits set in just one."""
    return _bits("bitwise_xor", np.bitwise_xor, input, other)


@op(promote="number", narrow=True)
def bitwise_not(input: Array) -> Array:
    """``~x``: every bit turned over; for a mask, its opposite."""
    return _bits("bitwise_not", np.bitwise_not, input)


@op(promote="number", narrow=True)
def bitwise_left_shift(input: Array, other: Array) -> Array:
    """Left shift, ``input << other``: input 2^other."""
    no_bool("bitwise_left_shift", np.asarray(input))
    return _bits("bitwise_left_shift", np.left_shift, input, other)


@op(promote="number", narrow=True)
def bitwise_right_shift(input: Array, other: Array) -> Array:
    """Right shift, ``input >> other``: input / 2^other rounded down."""
    no_bool("bitwise_right_shift", np.asarray(input))
    return _bits("bitwise_right_shift", np.right_shift, input, other)


def rlshift(x: Array, y: Array) -> Array:
    """y << x, for a number y."""
    return bitwise_left_shift(y, x)


def rrshift(x: Array, y: Array) -> Array:
    """y >> x, for a number y."""
    return bitwise_right_shift(y, x)


def invert(x: Tensor) -> Tensor:
    """``~x``.

    Raises  TypeError for floats.
    """
    if x.array.dtype.kind == "f":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors; compare first")
    return bitwise_not(x)
