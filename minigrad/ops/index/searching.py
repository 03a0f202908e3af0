"""Where things are: the positions of what is not zero, and the place of a value in a sorted sequence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np

from ...core.beside import wrap_like
from ...core.dtype import BOOL, FROM_NUMPY, result_type
from ...core.variable import Variable, wrap
from ...types import Operand, Tensor
from ..checks import unsupported
from ..shape.views import sizes_of


@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False) -> Tensor: ...
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
@overload
def nonzero(input: Tensor, *, as_tuple: bool) -> Tensor | tuple[Tensor, ...]: ...
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Tensor | tuple[Tensor, ...]:
    """The positions of the elements that are not zero, one a row; or one tensor for each dimension, to index with.

    Math    all (i, j) with input[i, j] != 0, in C order; no gradient
    Shapes  input (n1, .., nd) -> (how many, d), or d tensors of (how many)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([[0, 2], [3, 0]]).nonzero()
    tensor([[0, 1],
            [1, 0]])
    """
    x = input.array
    if as_tuple:
        return tuple([wrap_like(k, input) for k in np.atleast_1d(x).nonzero()])
    return wrap_like(np.argwhere(x).astype(np.int64), input)


def argwhere(input: Tensor) -> Tensor:
    """The positions of the elements that are not zero, one a row: ``nonzero(input)``.

    Math    all (i, j) with input[i, j] != 0, in C order; no gradient
    Shapes  input (n1, .., nd) -> (how many, d)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.argwhere(minigrad.tensor([0, 2, 3]))
    tensor([[1],
            [2]])
    """
    return nonzero(input)


def isin(elements: Operand, test_elements: Operand, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Membership, elementwise: which elements are among ``test_elements`` (or, inverted, are not).

    Math    y[i] = any_j (elements[i] == test_elements[j]); no gradient
    Shapes  elements (*), test_elements any -> (*)
    Raises  RuntimeError for bools.

    >>> minigrad.isin(minigrad.tensor([1, 2, 3]), minigrad.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    a, b = (x.array if isinstance(x, Variable) else np.asarray(x) for x in (elements, test_elements))
    if bool in (a.dtype, b.dtype):
        raise RuntimeError("Unsupported input type encountered for isin(): Bool; convert it with .int()")
    return wrap(np.isin(a, b, assume_unique=assume_unique, invert=invert))


def unravel_index(indices: Tensor, shape: Sequence[int]) -> tuple[Tensor, ...]:
    """Positions in one long row as positions in every dimension of a shape.

    Math    indices = sum_d y_d stride_d,    stride_d = product of the sizes after d,    0 <= y_d < shape[d]
    Shapes  indices (*) -> a tuple of one (*) for each dimension of ``shape``
    Raises  ValueError for a negative size, TypeError if the indices are not integers.

    >>> minigrad.unravel_index(minigrad.tensor([1, 5]), (2, 3))
    (tensor([0, 1]), tensor([1, 2]))
    """
    x = indices.array
    if x.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {FROM_NUMPY[x.dtype]}: use .long()")
    sizes = sizes_of((shape,))
    if min(sizes, default=0) < 0:
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    if x.size and 0 in sizes:
        raise ValueError(f"'shape' cannot have zero dimensions when 'indices' is non-empty, but got {sizes}")
    if not sizes:
        return ()
    strides = [math.prod(sizes[d + 1 :]) for d in range(len(sizes))]
    return tuple([wrap(x // step % n) for step, n in zip(strides, sizes, strict=True)])


def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where each value would have to go for the sequence to stay sorted: before the elements equal to it, or after.

    Math    left: sorted_sequence[y-1] < input <= sorted_sequence[y]
            right: sorted_sequence[y-1] <= input < sorted_sequence[y]; no gradient
    Shapes  sequence (n) and values any; or one sequence a row, (.., n), and values (.., m)
    Raises  RuntimeError if the shapes do not fit, or ``side`` and ``right`` contradict each other.

    >>> minigrad.searchsorted(minigrad.tensor([1, 3, 5]), minigrad.tensor([3, 6]))
    tensor([1, 3])
    """
    s = sorted_sequence.array
    v = input.array if isinstance(input, Variable) else np.asarray(input)
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError("torch.searchsorted(): side and right can't be set to opposites: side is left, right True")
    if v.ndim == 0 and s.ndim != 1:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({s.ndim})"
        )
    if s.ndim != 1 and s.shape[:-1] != v.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got {list(s.shape)} and {list(v.shape)}"
        )
    if v.size and result_type([s, v if isinstance(input, Variable) else input]) == BOOL:
        raise unsupported("searchsorted", s, "convert it with .int()")
    if sorter is not None:
        s = np.take_along_axis(s, _order(sorter.array, s), -1)
    right = right or side == "right"
    kind = np.int32 if out_int32 else np.int64
    if s.ndim == 1:
        return wrap(_places(s, v, right).astype(kind))
    found = np.empty(v.shape, kind)
    for row in np.ndindex(s.shape[:-1]):
        found[row] = _places(s[row], v[row], right)
    return wrap(found)


def _places(s: Any, v: Any, right: bool) -> Any:
    """Where the values go in one row; where a nan or the order misleads the halving, it goes where torch's goes."""
    if (s == s).all() and (s[1:] >= s[:-1]).all():
        return np.asarray(np.searchsorted(s, v, "right" if right else "left"))
    low, high = np.zeros(v.shape, np.int64), np.full(v.shape, len(s))
    while (open_ := low < high).any():
        middle = (low + high) // 2
        beyond = s[np.minimum(middle, len(s) - 1)]
        stop = beyond > v if right else beyond >= v
        low, high = np.where(open_ & ~stop, middle + 1, low), np.where(open_ & stop, middle, high)
    return low


def _order(sorter: Any, sequence: Any) -> Any:
    if sorter.shape != sequence.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(sequence.shape)} and got sorter tensor {list(sorter.shape)}"
        )
    if sorter.dtype != np.int64:
        raise RuntimeError(f"torch.searchsorted(): sorter must be a tensor of long dtype but got {sorter.dtype}")
    if sorter.size and not (sorter.min() >= 0 and sorter.max() < sequence.shape[-1]):
        raise RuntimeError(f"torch.searchsorted(): sorter index out of range: {sequence.shape[-1]} elements")
    return sorter


def bucketize(input: Tensor, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the bucket, between sorted boundaries, that each value falls into.

    Math    boundaries[y-1] < input <= boundaries[y]        right: boundaries[y-1] <= input < boundaries[y]; no gradient
    Shapes  input (*), boundaries (n) -> (*), numbers from 0 to n
    Raises  RuntimeError unless there is one row of boundaries.

    >>> minigrad.bucketize(minigrad.tensor([0.5, 1., 9.]), minigrad.tensor([0., 1., 2.]))
    tensor([1, 1, 3])
    """
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
