"""Any geometry of a pooling or a convolution: value and gradient are torch's, or both refuse."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as reference
from hypothesis import given
from hypothesis import strategies as st

import minigrad

SIZES = st.integers(1, 7)


@st.composite
def pools(draw: Any) -> tuple[str, list[tuple[int, ...]], dict[str, Any]]:
    d = draw(st.integers(1, 3))
    each = lambda low, high: st.tuples(*[st.integers(low, high)] * d)
    shape = (draw(st.integers(0, 2)), 2, *draw(st.tuples(*[SIZES] * d)))
    kind = draw(st.sampled_from(["max_pool", "avg_pool", "lp_pool", "adaptive_avg_pool", "adaptive_max_pool"]))
    if kind.startswith("adaptive"):
        return f"{kind}{d}d", [shape], {"output_size": draw(each(0, 4))}
    options = {"kernel_size": draw(each(1, 3)), "stride": draw(each(1, 3)), "ceil_mode": draw(st.booleans())}
    if kind == "lp_pool":
        return f"{kind}{d}d", [shape], options | {"norm_type": 3.0, "kernel_size": draw(st.integers(1, 3))}
    options["padding"] = draw(each(0, 1))
    return f"{kind}{d}d", [shape], options | ({"dilation": draw(each(1, 2))} if kind == "max_pool" else {})


@st.composite
def convolutions(draw: Any) -> tuple[str, list[tuple[int, ...]], dict[str, Any]]:
    d = draw(st.integers(1, 3))
    each = lambda low, high: st.tuples(*[st.integers(low, high)] * d)
    groups, transposed = draw(st.integers(1, 2)), draw(st.booleans())
    shape = (draw(st.integers(0, 2)), 2 * groups, *draw(st.tuples(*[SIZES] * d)))
    w = (2 * groups, 3, *draw(each(1, 3))) if transposed else (groups, 2, *draw(each(1, 3)))
    options = {"stride": draw(each(1, 3)), "padding": draw(each(0, 2)), "dilation": draw(each(1, 2)), "groups": groups}
    if transposed:
        options["output_padding"] = draw(each(0, 1))
    return f"conv{'_transpose' * transposed}{d}d", [shape, w], options


def outcome(torch: ModuleType, case: Any) -> Any:
    name, shapes, options = case
    rng = np.random.default_rng(0)
    operands = [torch.tensor(rng.normal(size=shape), requires_grad=True) for shape in shapes]
    try:
        y = getattr(torch.nn.functional, name)(*operands, **options)
    except (RuntimeError, TypeError, ValueError) as error:
        return type(error)
    if y.numel():
        (y * torch.tensor(rng.normal(size=y.shape))).sum().backward()
        return [y.detach().numpy(), *[p.grad.numpy() for p in operands]]
    return [y.detach().numpy()]


@given(st.one_of(pools(), convolutions()))
def test_any_geometry(case: Any) -> None:
    ours, theirs = outcome(minigrad, case), outcome(reference, case)
    if isinstance(ours, type) or isinstance(theirs, type):
        assert ours == theirs
        return
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, 1e-9, 1e-12)


REFUSED: list[Any] = [
    ("lp_pool1d", [(1, 2, 4)], {"norm_type": 2, "kernel_size": (2,)}),
    ("lp_pool2d", [(1, 2, 4, 4)], {"norm_type": 2, "kernel_size": (2,)}),
    ("lp_pool3d", [(1, 2, 4, 4, 4)], {"norm_type": float("inf"), "kernel_size": (2, 2)}),
    ("conv_transpose1d", [(0, 2, 3), (2, 3, 2)], {"output_padding": 1}),
    ("conv_transpose1d", [(0, 2, 1), (2, 3, 1)], {"padding": 1, "output_padding": 1}),
    ("conv_transpose2d", [(1, 2, 3, 3), (2, 3, 2, 2)], {"output_padding": 1}),
    ("adaptive_max_pool1d", [(0, 4)], {"output_size": 2}),
    ("adaptive_max_pool2d", [(2, 0, 4, 4)], {"output_size": 2}),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_at_the_edge(case: Any) -> None:
    ours, theirs = outcome(minigrad, case), outcome(reference, case)
    assert ours == theirs if isinstance(theirs, type) else ours[0].shape == theirs[0].shape
