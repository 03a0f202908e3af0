"""Questions about numbers: comparisons, logic, bits. The answers are steps, so nothing here has a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dtype import Array, default_float
from ...core.op import op, record
from ...types import Operand, Tensor
from ..checks import no_bool, tensor_only, unsupported

# ---- order ----


@op(ufunc=np.equal, promote="number", narrow=True)
def eq(input: Tensor, other: Operand) -> Array:
    """Equality, elementwise: whether input = other.

    Math    z = (input == other), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> minigrad.tensor([1, 2]) == minigrad.tensor([1, 3])
    tensor([ True, False])
    """
    return np.equal(input, other)


@op(ufunc=np.not_equal, promote="number", narrow=True)
def ne(input: Tensor, other: Operand) -> Array:
    """Inequality, elementwise: whether input differs from other.

    Math    z = (input != other), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> minigrad.tensor([1, 2]) != minigrad.tensor([1, 3])
    tensor([False,  True])
    """
    return np.not_equal(input, other)


@op(ufunc=np.less, promote="number", narrow=True)
def lt(input: Tensor, other: Operand) -> Array:
    """Less than, elementwise: whether input < other.

    Math    z = (input < other), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> minigrad.tensor([1, 2]) < 2
    tensor([ True, False])
    """
    return np.less(input, other)


@op(ufunc=np.less_equal, promote="number", narrow=True)
def le(input: Tensor, other: Operand) -> Array:
    """Less than or equal, elementwise: whether input <= other.

    Math    z = (input <= other), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> minigrad.tensor([1, 2]) <= 1
    tensor([ True, False])
    """
    return np.less_equal(input, other)


@op(ufunc=np.greater, promote="number", narrow=True)
def gt(input: Tensor, other: Operand) -> Array:
    """Greater than, elementwise: whether input > other.

    Math    z = (input > other), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> minigrad.tensor([1, 2]) > 1
    tensor([False,  True])
    """
    return np.greater(input, other)


@op(ufunc=np.greater_equal, promote="number", narrow=True)
def ge(input: Tensor, other: Operand) -> Array:
    """Greater than or equal, elementwise: whether input >= other.

    Math    z = (input >= other), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> minigrad.tensor([1, 2]) >= 2
    tensor([False,  True])
    """
    return np.greater_equal(input, other)


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Approximate equality, elementwise, within a tolerance; equal infinities count, and two nans if ``equal_nan``.

    Math    z = (|input - other| <= atol + rtol |other|), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  RuntimeError for a negative tolerance, or if the dtypes differ.

    >>> minigrad.tensor([1., 2.]).isclose(minigrad.tensor([1.000001, 2.1]))
    tensor([ True, False])
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
    """Approximate equality of whole tensors: whether ``isclose`` holds everywhere.

    Math    all |input - other| <= atol + rtol |other|
    Shapes  input and other broadcast -> a Python bool
    Raises  RuntimeError for a negative tolerance, or if the dtypes differ.

    >>> minigrad.tensor([1., 2.]).allclose(minigrad.tensor([1.000001, 2.1]))
    False
    """
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def equal(input: Tensor, other: Tensor) -> bool:
    """Equality of whole tensors: whether they have the same shape and the same numbers.

    Math    all input = other (nan equals nothing)
    Shapes  any -> a Python bool; False if the shapes differ
    Raises  TypeError if one is not a tensor.

    >>> minigrad.tensor([1, 2]).equal(minigrad.tensor([1, 2]))
    True
    """
    tensor_only("equal", "input", input)
    tensor_only("equal", "other", other)
    return bool(np.array_equal(input.array, other.array))


@op(ufunc=np.isnan, promote="number", narrow=True)
def isnan(input: Tensor) -> Array:
    """Test for nan, elementwise.

    Math    y = (input is nan), a bool tensor; no gradient
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([1., float("nan")]).isnan()
    tensor([False,  True])
    """
    return np.isnan(input)


@op(ufunc=np.isinf, promote="number", narrow=True)
def isinf(input: Tensor) -> Array:
    """Test for infinity of either sign, elementwise.

    Math    y = (|input| = inf), a bool tensor; no gradient
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([1., -float("inf")]).isinf()
    tensor([False,  True])
    """
    return np.isinf(input)


@op(ufunc=np.isfinite, promote="number", narrow=True)
def isfinite(input: Tensor) -> Array:
    """Test for finite numbers, elementwise: neither infinite nor nan.

    Math    y = (|input| < inf), a bool tensor; no gradient
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([1., float("inf"), float("nan")]).isfinite()
    tensor([ True, False, False])
    """
    return np.isfinite(input)


# ---- logic: a number counts as true if it is not zero ----


@op(ufunc=np.logical_and, promote="tensors", narrow=True)
def logical_and(input: Tensor, other: Tensor) -> Array:
    """Logical and, elementwise; a number counts as True if it is not 0.

    Math    z = (input != 0 and other != 0), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  TypeError if one is not a tensor.

    >>> minigrad.tensor([0, 1, 2]).logical_and(minigrad.tensor([1, 0, 1]))
    tensor([False, False,  True])
    """
    return np.logical_and(input, other)


@op(ufunc=np.logical_or, promote="tensors", narrow=True)
def logical_or(input: Tensor, other: Tensor) -> Array:
    """Logical or, elementwise; a number counts as True if it is not 0.

    Math    z = (input != 0 or other != 0), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  TypeError if one is not a tensor.

    >>> minigrad.tensor([0, 1, 0]).logical_or(minigrad.tensor([1, 0, 0]))
    tensor([ True,  True, False])
    """
    return np.logical_or(input, other)


@op(ufunc=np.logical_xor, promote="tensors", narrow=True)
def logical_xor(input: Tensor, other: Tensor) -> Array:
    """Logical exclusive or, elementwise; a number counts as True if it is not 0.

    Math    z = ((input != 0) != (other != 0)), a bool tensor; no gradient
    Shapes  input and other broadcast
    Raises  TypeError if one is not a tensor.

    >>> minigrad.tensor([0, 1, 2]).logical_xor(minigrad.tensor([1, 0, 1]))
    tensor([ True,  True, False])
    """
    return np.logical_xor(input, other)


@op(ufunc=np.logical_not, narrow=True)
def logical_not(input: Tensor) -> Array:
    """Logical not, elementwise; a number counts as True if it is not 0.

    Math    y = (input == 0), a bool tensor; no gradient
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([0, 1, 2]).logical_not()
    tensor([ True, False, False])
    """
    return np.logical_not(input)


# ---- bits ----


def _bits(name: str, function: Any, x: Array, *y: Array) -> Array:
    try:
        return function(x, *y)
    except TypeError:
        np.broadcast_shapes(np.shape(x), *map(np.shape, y))  # sizes that do not fit are refused first
        raise unsupported(name, np.asarray(x), "bits are for integers and bools") from None


@op(promote="number", narrow=True)
def bitwise_and(input: Tensor, other: Operand) -> Array:
    """Bitwise and, elementwise: the bits set in both; for bool tensors, logical and.

    Math    z = input & other; no gradient
    Shapes  input and other broadcast
    Raises  NotImplementedError for floats.

    >>> minigrad.tensor([6, 5]) & 3
    tensor([2, 1])
    """
    return _bits("bitwise_and", np.bitwise_and, input, other)


@op(promote="number", narrow=True)
def bitwise_or(input: Tensor, other: Operand) -> Array:
    """Bitwise or, elementwise: the bits set in one or both; for bool tensors, logical or.

    Math    z = input | other; no gradient
    Shapes  input and other broadcast
    Raises  NotImplementedError for floats.

    >>> minigrad.tensor([6, 5]) | 3
    tensor([7, 7])
    """
    return _bits("bitwise_or", np.bitwise_or, input, other)


@op(promote="number", narrow=True)
def bitwise_xor(input: Tensor, other: Operand) -> Array:
    """Bitwise exclusive or, elementwise: the bits set in just one; for bool tensors, logical xor.

    Math    z = input ^ other; no gradient
    Shapes  input and other broadcast
    Raises  NotImplementedError for floats.

    >>> minigrad.tensor([6, 5]) ^ 3
    tensor([5, 6])
    """
    return _bits("bitwise_xor", np.bitwise_xor, input, other)


@op(promote="number", narrow=True)
def bitwise_not(input: Tensor) -> Array:
    """Bitwise not, elementwise: every bit inverted; for bool tensors, logical not.

    Math    y = ~input, for signed integers -input - 1; no gradient
    Shapes  input (*) -> (*)
    Raises  NotImplementedError for floats (by ``~`` TypeError).

    >>> ~minigrad.tensor([0, 5]), ~minigrad.tensor([True, False])
    (tensor([-1, -6]), tensor([False,  True]))
    """
    return _bits("bitwise_not", np.bitwise_not, input)


@op(promote="number", narrow=True)
def bitwise_left_shift(input: Tensor, other: Operand) -> Array:
    """Left shift of the bits, elementwise.

    Math    z = input << other = input 2^other; no gradient
    Shapes  input and other broadcast
    Raises  NotImplementedError for floats, or if both are bools.

    >>> minigrad.tensor([1, 3]) << 2
    tensor([ 4, 12])
    """
    no_bool("bitwise_left_shift", np.asarray(input))
    return _bits("bitwise_left_shift", np.left_shift, input, other)


@op(promote="number", narrow=True)
def bitwise_right_shift(input: Tensor, other: Operand) -> Array:
    """Right shift of the bits, elementwise.

    Math    z = input >> other = floor(input / 2^other); no gradient
    Shapes  input and other broadcast
    Raises  NotImplementedError for floats, or if both are bools.

    >>> minigrad.tensor([8, -3]) >> 1
    tensor([ 4, -2])
    """
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
