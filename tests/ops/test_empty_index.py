"""An empty index picks nothing, of whatever type and shape; and what index and source must be to each other."""

from __future__ import annotations

from typing import Any

import pytest
import torch as reference

import minigrad
from tests.ops.test_numbers import check

EMPTY = """
t.zeros(3, 2).scatter(0, e, t.ones(3, 2))
t.zeros(3, 2).scatter(1, e, 1.0)
t.zeros(3, 2).scatter_add(0, e, t.ones(3, 2))
t.zeros(3, 2).scatter_reduce(0, e, t.ones(3, 2), 'amax', include_self=False)
t.zeros(3, 2).scatter(0, e, t.ones(3, 2), reduce='add')
t.zeros(3, 2).gather(1, e)
t.tensor(1.0).gather(0, e)
t.zeros(3, 2, requires_grad=True).gather(0, e).detach()
t.zeros(3, 2).index_select(0, e)
t.zeros(3, 2).index_fill(0, e, 1.0)
t.zeros(3, 2).index_add(0, e, t.ones(0, 2))
t.zeros(3, 2).index_copy(0, e, t.ones(0, 2))
t.zeros(3, 2).index_copy(0, e, t.ones(1, 2))
t.take_along_dim(t.zeros(3, 2), e)
t.zeros(3, 2).take(e)
"""


@pytest.mark.parametrize("kind", ["int64", "int32", "uint8", "float32"])
@pytest.mark.parametrize("shape", [(0,), (1, 0), (2, 0, 3)])
@pytest.mark.parametrize("expression", EMPTY.split("\n")[1:-1])
def test_an_empty_index_picks_nothing(expression: str, shape: Any, kind: str) -> None:
    index = f" t.zeros({shape}, dtype=t.{kind})"
    check(expression.replace(" e,", index + ",").replace(" e)", index + ")"), 0)


SCATTERS = """
x.gather(1, i)
x.scatter(0, i, s)
x.scatter(1, i, 2.0)
x.scatter_add(1, i, s)
x.scatter_reduce(0, i, s, 'sum')
x.scatter_reduce(0, i, s, 'mean', include_self=False)
x.scatter_reduce(1, i, s, 'prod')
x.scatter_reduce(1, i, s, 'amax')
"""


@pytest.mark.parametrize("size", [(3, 2), (0,), ()])
@pytest.mark.parametrize("expression", SCATTERS.split("\n")[1:-1])
def test_an_empty_index_has_a_gradient(expression: str, size: Any) -> None:
    """x keeps its gradient and the source gets zeros of its own shape, where torch refuses some of them."""

    def nodes(t: Any) -> Any:
        x, s = t.ones(3, 2, requires_grad=True), t.ones(size, requires_grad=True)
        return x, s, eval(expression, {"x": x, "s": s, "i": t.zeros(0, dtype=t.int64)})

    (x, s, y), theirs = nodes(minigrad), nodes(reference)[2]
    assert y.grad_fn.name() == theirs.grad_fn.name() and y.shape == theirs.shape
    y.sum().backward()
    assert x.grad.tolist() == [[float(y.numel() > 0)] * 2] * 3
    if "s" in expression.split("i", 1)[1]:
        assert s.grad.shape == s.shape and not s.grad.any()


ONE_PLACE = """
x.scatter(0, t.tensor([1]), s)
x.scatter_add(0, t.tensor([1]), s)
x.scatter_reduce(0, t.tensor([1]), s, 'amax')
x.index_copy(0, t.tensor([1]), s)
"""


@pytest.mark.parametrize("expression", ONE_PLACE.split("\n")[1:-1])
def test_a_source_without_dimensions(expression: str) -> None:
    grads = []
    for t in (minigrad, reference):
        x, s = t.ones(3, requires_grad=True), t.tensor(2.0, requires_grad=True)
        eval(expression).sum().backward()
        grads.append((s.grad.shape, s.grad.item(), x.grad.tolist()))
    assert grads[0] == grads[1]


MISFITS = """
t.tensor(1.0).scatter_add(0, t.tensor([0, 0]), t.tensor(1.0))
t.zeros(3).index_add(0, t.tensor([1]), t.tensor(1.0))
t.tensor(1.0).index_add(0, t.tensor([0]), t.ones(1))
t.tensor(1.0).index_add(0, t.tensor([0, 0]), t.ones(2))
t.zeros(3, 2).index_copy(0, t.tensor([0]), t.ones(2))
t.zeros(3, 2).index_fill(0, t.tensor([0], dtype=t.int32), 1.0)
t.zeros(3).index_copy(0, t.tensor([0], dtype=t.int32), t.ones(1))
t.zeros(3, 2).take_along_dim(t.zeros(1, 2, dtype=t.int32), 0)
t.zeros(3, 2).index_select(0, t.zeros(1, 1))
"""


@pytest.mark.parametrize("expression", MISFITS.split("\n")[1:-1])
def test_what_does_not_fit(expression: str) -> None:
    check(expression, 0)
