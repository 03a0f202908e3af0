"""Hypothesis strategies for what differentiable programs take: shapes that broadcast, dims, indices, tensors.

They shrink towards few dimensions, small sizes and the numbers 0 and 1, so that a counterexample can be read.

    @given(tensors(requires_grad=True))
    def test_my_op(x):
        assert minigrad.autograd.gradcheck(my_op, (x,))
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ..core.dtype import dtype as DType
from ..core.dtype import float32, float64
from ..core.variable import wrap

Shape = tuple[int, ...]


def shapes(min_dims: int = 0, max_dims: int = 4, min_size: int = 0, max_size: int = 4) -> SearchStrategy[Shape]:
    """Shapes, among them () and, if ``min_size`` is 0, empty ones."""
    return st.lists(st.integers(min_size, max_size), min_size=min_dims, max_size=max_dims).map(tuple)


@st.composite
def broadcastable_shapes(draw: DrawFn, count: int = 2, max_dims: int = 4, max_size: int = 4) -> tuple[Shape, ...]:
    """``count`` shapes that broadcast together: each drops leading dimensions and turns some sizes to 1."""
    whole = draw(shapes(0, max_dims, 0, max_size))
    results = []
    for _ in range(count):
        kept = whole[draw(st.integers(0, len(whole))) :]
        results.append(tuple(draw(st.sampled_from([n, 1])) for n in kept))
    return tuple(results)


@st.composite
def matmul_shapes(draw: DrawFn, max_batch: int = 2, max_size: int = 4) -> tuple[Shape, Shape]:
    """Two shapes that ``matmul`` accepts: vectors, matrices, and batches of them that broadcast."""
    n, m, k = (draw(st.integers(1, max_size)) for _ in range(3))
    batch, other = draw(broadcastable_shapes(2, max_batch, max_size))
    left = draw(st.sampled_from([(m,), (*batch, n, m)]))
    right = draw(st.sampled_from([(m,), (*other, m, k)]))
    return left, right


def dims(ndim: int) -> SearchStrategy[int]:
    """A dimension of a tensor with ``ndim`` of them, counted from the front or from the back."""
    return st.integers(-max(ndim, 1), max(ndim, 1) - 1)


@st.composite
def reductions(draw: DrawFn, ndim: int) -> int | Shape | None:
    """The ``dim`` of a reduction: None, one dimension, or several different ones."""
    chosen = st.lists(st.sampled_from(range(ndim)), unique=True).map(tuple) if ndim else st.just(())
    several = draw(chosen)
    signed = tuple(draw(st.sampled_from([d, d - ndim])) for d in several)
    return draw(st.sampled_from([None, signed, *signed[:1]])) if signed else None


@st.composite
def indices(draw: DrawFn, shape: Shape) -> tuple[Any, ...]:
    """What may stand in ``x[...]``: integers, slices with positive steps, None, an Ellipsis, True and False, integer
    arrays and lists (neighbours or apart), masks over one or several dimensions. Arrays broadcast with each other."""
    picked = draw(st.sampled_from([(2,), (1,), (3,), (2, 2), (0,)]))  # the shape that the arrays have in common
    index: list[Any] = []
    dim, last = 0, draw(st.integers(0, len(shape)))
    while dim < last:
        n = shape[dim]
        kinds: list[SearchStrategy[Any]] = [st.just(slice(None)), _slices(n)]
        if n or 0 in picked:
            kinds += [_positions(n, picked), _positions(n, picked).map(lambda a: a.tolist())]
        if n:
            kinds += [st.integers(-n, n - 1)]
        for under in [shape[dim : dim + k] for k in (1, 2) if dim + k <= last]:
            kinds += [_masks(under, picked[-1])] if 0 not in under or picked[-1] < 2 else []
        entry = draw(st.one_of(kinds))
        index.append(entry)
        dim += entry.ndim if isinstance(entry, np.ndarray) and entry.dtype == bool else 1
    for extra in draw(st.lists(st.sampled_from([None, None, True, False]), max_size=2)):
        if not isinstance(extra, bool) or picked[-1] == 1:  # True picks once, and must broadcast with the others
            index.insert(draw(st.integers(0, len(index))), extra)
    if draw(st.booleans()):
        index.insert(len(index) if last == dim else draw(st.integers(0, len(index))), Ellipsis)
    return tuple(index)


@st.composite
def _positions(draw: DrawFn, n: int, picked: Shape) -> Any:
    """Integers that index a dimension of size n; the shape is ``picked``, or one that broadcasts to it."""
    whole = picked[draw(st.integers(0, len(picked) - 1)) :]
    shape = tuple(draw(st.sampled_from([k, 1])) if n else k for k in whole)
    count = math.prod(shape)
    values = draw(st.lists(st.integers(-n, n - 1), min_size=count, max_size=count)) if count else []
    return np.array(values, np.int64).reshape(shape)


@st.composite
def _masks(draw: DrawFn, shape: Shape, count: int) -> Any:
    """Masks that hold at ``count`` places; where there are not so many, at one or at none."""
    size = math.prod(shape)
    where = draw(st.permutations(range(size)))[: count if count <= size else min(size, 1)]
    mask = np.zeros(size, bool)
    mask[where] = True
    return mask.reshape(shape)


def _slices(n: int) -> SearchStrategy[slice]:
    bound = st.none() | st.integers(-n - 1, n + 1)
    return st.builds(slice, bound, bound, st.integers(1, 3))


def numbers(low: float = -2.0, high: float = 2.0, apart: float = 0.0) -> SearchStrategy[float]:
    """Numbers with three decimals; ``apart`` keeps them that far away from 0, where relu, abs ...
    are not differentiable."""
    scaled = st.integers(math.ceil(low * 1000), math.floor(high * 1000)).map(lambda k: k / 1000)
    return scaled.filter(lambda v: abs(v) >= apart) if apart else scaled


@st.composite
def arrays(
    draw: DrawFn,
    shape: Shape | SearchStrategy[Shape] | None = None,
    elements: SearchStrategy[float] | None = None,
    dtype: DType = float64,
    distinct: bool = False,
    layouts: bool = False,
) -> Any:
    """ndarrays. ``distinct``: no two elements alike (for max, sort, median, which are not differentiable
    where two are equal); ``layouts``: also transposed, flipped and stepped memory."""
    if shape is None:
        shape = shapes()
    drawn: Shape = shape if isinstance(shape, tuple) else draw(shape)
    count = math.prod(drawn)
    values = draw(st.lists(elements or numbers(), min_size=count, max_size=count, unique=distinct))
    array = np.array(values, dtype.numpy).reshape(drawn)
    if not layouts or not drawn:
        return array
    change = draw(st.sampled_from([_as_it_is, _transposed, _flipped, _stepped]))
    return change(array)


def _as_it_is(a: Any) -> Any:
    return a


def _transposed(a: Any) -> Any:
    return a.T.copy().T


def _flipped(a: Any) -> Any:
    return np.flip(np.flip(a).copy())


def _stepped(a: Any) -> Any:
    return a.repeat(2, -1)[..., ::2]


def tensors(
    shape: Shape | SearchStrategy[Shape] | None = None,
    elements: SearchStrategy[float] | None = None,
    dtype: DType = float64,
    requires_grad: bool = False,
    distinct: bool = False,
    layouts: bool = False,
) -> SearchStrategy[Any]:
    """Tensors; as ``arrays``."""
    made = arrays(shape, elements, dtype, distinct, layouts)
    return made.map(lambda a: wrap(a).requires_grad_(requires_grad))


@st.composite
def broadcastable_tensors(draw: DrawFn, count: int = 2, requires_grad: bool = False) -> Sequence[Any]:
    """Tensors whose shapes broadcast together."""
    return [draw(tensors(shape, requires_grad=requires_grad)) for shape in draw(broadcastable_shapes(count))]


def float_types() -> SearchStrategy[DType]:
    """float64 and float32."""
    return st.sampled_from([float64, float32])
