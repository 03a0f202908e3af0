"""Tensors are printed as torch prints them, character for character, under any print options."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.core.dtype import ALL
from minigrad.printing import PRINT_OPTS, format_tensor, set_printoptions

FLOATS = [np.dtype(name) for name in ("float16", "float32", "float64")]
DTYPES = [d.numpy for d in ALL]
inf, nan = np.inf, np.nan

# Around every border of the choice between 1., 1.0000 and 1.0000e+00: 1e-4, 1e8 and the ratio 1000.
BORDERS = [
    1e-5,
    1e-4,
    1.0001e-4,
    1e-3,
    0.1,
    0.5,
    1.0,
    1.5,
    99.99995,
    100.0,
    1000.0,
    1000.5,
    1001.0,
    65504.0,
    1e8,
    1.1e8,
]


@contextmanager
def options(**given: Any) -> Iterator[None]:
    """The same print options on both sides, the defaults afterwards."""
    try:
        for choose in (set_printoptions, torch.set_printoptions):
            choose(**given)
        yield
    finally:
        for choose in (set_printoptions, torch.set_printoptions):
            choose(profile="default")


def check(array: np.ndarray[Any, Any]) -> None:
    """Plain, as a leaf that requires grad, and as a result with a grad_fn."""
    tensor = torch.from_numpy(array.copy())
    assert format_tensor(array) == repr(tensor)
    if tensor.is_floating_point():
        tensor.requires_grad_()
        assert format_tensor(array, ["requires_grad=True"]) == repr(tensor)
        assert format_tensor(array, ["grad_fn=<CloneBackward0>"]) == repr(tensor.clone())


def elements(dtype: np.dtype[Any]) -> st.SearchStrategy[st.SearchStrategy[Any]]:
    """What the elements of one array are drawn from: values of one kind, so that every format gets its turn."""
    if dtype.kind != "f":
        small = st.integers(0 if dtype.kind == "u" else -12, 12) if dtype.kind in "ui" else st.booleans()
        return st.sampled_from([hnp.from_dtype(dtype), small])
    width: Any = dtype.itemsize * 8
    borders = [x for x in BORDERS if x <= float(np.finfo(dtype).max)]
    kinds = [
        st.floats(width=width),
        st.floats(-10, 10, width=width),
        st.floats(-(2.0**-10), 2.0**-10, width=width),
        st.integers(-2000, 2000).map(float),
        st.sampled_from([0.0, -0.0, inf, -inf, nan]),
        st.sampled_from([0.0, -0.0, inf, -inf, nan, 1.0, -20.0]),
        st.sampled_from([*borders, *(-x for x in borders)]),
        st.sampled_from([0.0, -0.0, inf, -inf, nan, *borders]),
    ]
    return st.sampled_from([kind.map(dtype.type) for kind in kinds])


def arrays(dtype: np.dtype[Any]) -> st.SearchStrategy[np.ndarray[Any, Any]]:
    """Small arrays of up to five dimensions, any of which may be zero."""
    shapes = hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)
    return elements(dtype).flatmap(lambda kind: hnp.arrays(dtype, shapes, elements=kind))


@st.composite
def wide_arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    """Arrays with more elements in a line than fit, and more in all than the threshold."""
    dtype = draw(st.sampled_from(DTYPES))
    few = draw(elements(dtype).flatmap(lambda kind: st.lists(kind, min_size=1, max_size=8)))
    shape = draw(
        st.sampled_from([(13,), (60,), (1001,), (7, 150), (2, 600), (600, 2), (7, 1, 200), (3, 8, 50), (3,) * 7])
    )
    picks = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).integers(0, len(few), shape)
    return np.array(few, dtype)[picks]


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "precision": st.integers(0, 9),
        "threshold": st.sampled_from([0, 1, 5, 20, 1000, inf]),
        "edgeitems": st.integers(0, 4),
        "linewidth": st.integers(0, 160),
        "profile": st.sampled_from(["default", "short", "full", "unknown"]),
        "sci_mode": st.sampled_from([None, True, False]),
    },
)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@given(data=st.data())
def test_small_arrays(dtype: np.dtype[Any], data: st.DataObject) -> None:
    check(data.draw(arrays(dtype)))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@given(data=st.data(), chosen=OPTIONS)
def test_small_arrays_under_options(dtype: np.dtype[Any], data: st.DataObject, chosen: dict[str, Any]) -> None:
    with options(**chosen):
        check(data.draw(arrays(dtype)))


@given(array=wide_arrays())
def test_wide_arrays(array: np.ndarray[Any, Any]) -> None:
    check(array)


@given(array=wide_arrays(), chosen=OPTIONS)
def test_wide_arrays_under_options(array: np.ndarray[Any, Any], chosen: dict[str, Any]) -> None:
    with options(**chosen):
        check(array)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(
    "values",
    [
        3.0,
        -0.0,
        nan,
        1e-5,
        [],
        [[]],
        [1.0, -0.0],  # the zero is wider than the width that 1. gives
        [1.0, nan, -inf],
        [0.5, nan, -inf],
        [0.0, inf],
        [1.0, 1000.0],
        [0.5, 500.0],
        [0.5, 501.0],
        [1.0, 1001.0],
        [1e-4, 1e-3],
        [-1e-4, 1e-5],
        [0.99999, 1.00004],
        [[1.0, 2.0], [3.0, -4.0]],
        [[[1.5]], [[-2.5]]],
    ],
    ids=str,
)
def test_borders(dtype: np.dtype[Any], values: Any) -> None:
    check(np.array(values, dtype))


@pytest.mark.parametrize("value", [1e8, 1e8 + 1, 1.5e8, 1e300, 5e-324, [5e-324, 1e308], [1e-300, -1.0]])
def test_far_ends_of_float64(value: Any) -> None:
    check(np.array(value))


@pytest.mark.parametrize("shape", [(12,), (2, 12), (2, 1, 12)])
@pytest.mark.parametrize("value", [0.0, nan, 1.0, -0.5, 1e-7])
def test_lines_break_where_torch_breaks_them(value: float, shape: tuple[int, ...]) -> None:
    """Every line width from too narrow for one element to wide enough for all and every suffix."""
    array = np.full(shape, value, np.float16)
    for linewidth in range(170):
        with options(linewidth=linewidth):
            tensor = torch.from_numpy(array).requires_grad_()
            assert format_tensor(array, ["requires_grad=True"]) == repr(tensor)


@pytest.mark.parametrize("shape", [(), (1,), (6,), (7,), (6, 2), (2, 7), (2, 3, 4)])
def test_summaries_show_what_torch_shows(shape: tuple[int, ...]) -> None:
    """Every number of elements at the edges, and thresholds at, below and above the number of elements."""
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    for edgeitems in range(5):
        for threshold in (0, array.size - 1, array.size, array.size + 1):
            with options(edgeitems=edgeitems, threshold=threshold):
                check(array)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(2,), (0,), (0, 3), ()])
@pytest.mark.parametrize("default", FLOATS, ids=str)
def test_the_dtype_is_named_unless_it_can_be_guessed(
    default: np.dtype[Any], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> None:
    array = np.ones(shape, dtype)
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, default.name))
    try:
        expected = repr(torch.from_numpy(array))
    finally:
        torch.set_default_dtype(before)
    assert format_tensor(array, default_dtype=default) == expected


@pytest.mark.parametrize("shape", [(1001,), (40, 50), (2, 2, 300), (8, 9, 10, 11)])
def test_the_corners_alone_decide_the_format(shape: tuple[int, ...]) -> None:
    array = np.ones(shape, np.float32)
    array[tuple(n // 2 for n in shape)] = 1e-7
    check(array)


def test_any_memory_layout() -> None:
    array = np.arange(2400.0).reshape(20, 120)
    for view in (array.T, array[::-1, ::7], np.broadcast_to(np.float32(1.5), (3, 4))):
        view.flags.writeable = False
        assert format_tensor(view) == repr(torch.from_numpy(view.copy()))


def test_the_array_stays_as_it_is() -> None:
    array = np.array([1.5, nan, -0.0])
    before = array.tobytes()
    format_tensor(array)
    assert array.tobytes() == before


STEPS: list[dict[str, Any]] = [
    {},
    {"precision": 0, "threshold": 0, "edgeitems": 0, "linewidth": 0, "sci_mode": False},
    {"precision": 7, "sci_mode": True},
    {"profile": "default"},
    {"profile": "short", "linewidth": 33},
    {"profile": "full", "edgeitems": 5, "sci_mode": True},
    {"profile": "unknown", "threshold": 9},
]


@pytest.mark.parametrize("first", STEPS, ids=str)
@pytest.mark.parametrize("second", STEPS, ids=str)
def test_options_follow_one_another_as_in_torch(first: dict[str, Any], second: dict[str, Any]) -> None:
    with options(**first):
        set_printoptions(**second)
        torch.set_printoptions(**second)
        assert vars(PRINT_OPTS) == vars(torch._tensor_str.PRINT_OPTS)
