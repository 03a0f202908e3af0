"""The strategies keep their promises, and reach the cases that matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import minigrad
from minigrad.testing import strategies as s


@given(s.shapes(1, 3, 2, 5))
def test_shapes_stay_in_their_bounds(shape: tuple[int, ...]) -> None:
    assert 1 <= len(shape) <= 3
    assert all(2 <= n <= 5 for n in shape)


@given(s.broadcastable_shapes(3))
def test_broadcastable_shapes_broadcast(shapes: Any) -> None:
    assert len(shapes) == 3
    np.broadcast_shapes(*shapes)


@given(s.matmul_shapes())
def test_matmul_shapes_multiply(shapes: Any) -> None:
    x, y = shapes
    np.matmul(np.ones(x), np.ones(y))


@given(st.integers(0, 4).flatmap(lambda n: st.tuples(st.just(n), s.dims(n), s.reductions(n))))
def test_dims_exist(drawn: Any) -> None:
    ndim, dim, reduction = drawn
    assert -max(ndim, 1) <= dim < max(ndim, 1)
    axes = reduction if reduction is None or isinstance(reduction, tuple) else (reduction,)
    np.ones((2,) * ndim).sum(axes)


@given(s.shapes().flatmap(lambda shape: st.tuples(st.just(shape), s.indices(shape))))
def test_indices_index(drawn: Any) -> None:
    shape, index = drawn
    np.ones(shape)[index]


@given(s.arrays(s.shapes(1, 3), layouts=True, distinct=True), s.float_types())
def test_arrays(array: Any, dtype: Any) -> None:
    assert array.dtype == np.float64
    assert len(np.unique(array)) == array.size
    assert np.abs(array).max(initial=0) <= 2


@given(s.tensors(requires_grad=True, dtype=minigrad.float32), s.broadcastable_tensors())
def test_tensors(x: Any, pair: Any) -> None:
    assert x.requires_grad
    assert x.dtype is minigrad.float32
    np.broadcast_shapes(*(t.shape for t in pair))


@given(s.numbers(apart=0.25))
def test_numbers_stay_apart_from_zero(x: float) -> None:
    assert abs(x) >= 0.25


SEARCH = settings(max_examples=2000, database=None, derandomize=True)
REACH = settings(SEARCH, phases=[Phase.generate])  # found is enough: making it small takes most of the time


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (s.shapes(), lambda shape: shape == ()),
        (s.shapes(), lambda shape: 0 in shape and len(shape) > 1),
        (s.broadcastable_shapes(), lambda p: len(p[0]) != len(p[1]) and min(map(len, p)) > 0),
        (s.broadcastable_shapes(), lambda p: len(p[0]) == len(p[1]) and p[0] != p[1]),
        (s.matmul_shapes(), lambda p: len(p[0]) == 1 and len(p[1]) == 1),
        (s.matmul_shapes(), lambda p: len(p[0]) > 2 and p[0][:-2] != p[1][:-2]),
        (s.reductions(3), lambda dim: isinstance(dim, tuple) and len(dim) > 1 and min(dim) < 0 <= max(dim)),
        (s.reductions(3), lambda dim: dim is None),
        (s.indices((3, 4)), lambda i: None in [k if k is None else 0 for k in i] and len(i) > 2),
        (s.indices((3, 4)), lambda i: sum(isinstance(k, np.ndarray) for k in i) == 2),
        (s.indices((3, 4)), lambda i: any(isinstance(k, np.ndarray) and k.dtype == bool and k.ndim == 2 for k in i)),
        (s.indices((3, 4)), lambda i: any(k is True for k in i) and any(isinstance(k, list) for k in i)),
        (s.arrays(s.shapes(2, 2, 2), layouts=True), lambda a: min(a.strides) < 0),
        (s.arrays(s.shapes(2, 2, 2), layouts=True), lambda a: a.flags.f_contiguous and not a.flags.c_contiguous),
    ],
)
def test_the_cases_that_matter_are_reached(strategy: Any, wanted: Callable[[Any], bool]) -> None:
    find(strategy, wanted, settings=REACH)


def test_counterexamples_shrink_to_something_readable() -> None:
    assert find(s.shapes(), lambda shape: len(shape) >= 2, settings=SEARCH) == (0, 0)
    smallest = find(s.tensors(s.shapes(1, 3, 1)), lambda x: x.array.sum() > 0.5, settings=SEARCH)
    assert smallest.array.size == 1
