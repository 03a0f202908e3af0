"""Writes that torch refuses: into memory that the operation reads, through views the graph cannot follow, and over
numbers that the way back needs."""

from __future__ import annotations

from typing import Any

import pytest


def _leaf(torch: Any, *shape: int) -> Any:
    return torch.ones(*shape, requires_grad=True)


BY_PLACE = {
    "scatter_": lambda t, x: x.scatter_(0, t.arange(4), x),
    "scatter_reduced": lambda t, x: x.scatter_reduce_(0, t.arange(4), x, "sum"),
    "scatter_add_": lambda t, x: x.scatter_add_(0, t.arange(4), x),
    "scatter_by_itself": lambda t, x: (n := t.arange(4)).scatter_(0, n, 1),
    "row_of_itself": lambda t, x: (m := t.ones(2, 2)).scatter_(0, t.zeros(1, 2, dtype=t.int64), m[:1]),
    "index_add_": lambda t, x: x.index_add_(0, t.arange(4), x),
    "index_copy_": lambda t, x: x.index_copy_(0, t.arange(4), x),
    "index_fill_": lambda t, x: (n := t.arange(4)).index_fill_(0, n, 1),
    "index_put_": lambda t, x: x.index_put_((t.arange(4),), x, accumulate=True),
    "put_": lambda t, x: x.put_(t.arange(4), x),
    "setitem": lambda t, x: x.__setitem__(t.arange(4), x),
    "expanded": lambda t, x: t.zeros(1).expand(4).scatter_(0, t.arange(4), x),
    "expanded_add": lambda t, x: t.zeros(1).expand(4).index_add_(0, t.arange(4), x),
    "expanded_put": lambda t, x: t.zeros(1).expand(4).put_(t.arange(4), x),
}


@pytest.mark.parametrize("name", BY_PLACE)
def test_memory_that_is_read(torch: Any, name: str) -> None:
    with pytest.raises(RuntimeError, match="unsupported operation"):
        BY_PLACE[name](torch, torch.ones(4))


def test_elementwise_by_itself(torch: Any) -> None:
    x = torch.ones(4)
    assert x.add_(x).tolist() == [2.0] * 4
    assert x.copy_(x).tolist() == [2.0] * 4


@pytest.mark.parametrize("write", [lambda v: v.add_(1), lambda v: v.__setitem__(0, 1.0)])
@pytest.mark.parametrize(
    "look",
    [
        lambda x: x.split(2)[0],
        lambda x: x.unbind()[0],
        lambda x: x.chunk(2)[1].view(-1),
        lambda x: x.split([1, 3])[1][:1],
        lambda x: next(iter(x))[:1],
    ],
)
def test_one_of_several_views(torch: Any, look: Any, write: Any) -> None:
    with pytest.raises(RuntimeError, match=r"Output 0 of .* is a view"):
        write(look(_leaf(torch, 4, 2) * 1))


def test_views_made_without_a_graph(torch: Any) -> None:
    x, number = _leaf(torch, 4, 2) * 1, _leaf(torch, 2)
    with torch.no_grad():
        view, plain, several = x[0], torch.zeros(4, 2)[0], torch.zeros(4, 2).split(2)[0]
    with torch.inference_mode():
        inferred = x[0]
    for refused in (lambda: view[:1].mul_(2), lambda: plain.mul_(number), lambda: several.mul_(number)):
        with pytest.raises(RuntimeError, match="view"):
            refused()
    with pytest.raises(RuntimeError, match="view"):
        inferred[:1].mul_(2)
    assert plain.mul_(2).tolist() == [0.0, 0.0]
    with torch.no_grad():
        view[:1].mul_(2)


@pytest.mark.parametrize(
    "activate",
    [
        lambda F, x: F.leaky_relu_(x, -0.1),
        lambda F, x: F.leaky_relu(x, -0.1, inplace=True),
        lambda F, x: F.elu_(x, -0.1),
        lambda F, x: F.celu_(x, -0.1),
        lambda F, x: F.rrelu_(x, -0.2, -0.1),
    ],
)
def test_no_way_back(torch: Any, activate: Any) -> None:
    y = activate(torch.nn.functional, _leaf(torch, 3) * 1)
    with pytest.raises(RuntimeError, match=r"In-place \w+ backward calculation is triggered with a negative slope"):
        y.sum().backward()
    with torch.no_grad():
        assert activate(torch.nn.functional, _leaf(torch, 3) * 1).tolist() == [1.0, 1.0, 1.0]


def test_there_is_a_way_back(torch: Any) -> None:
    F = torch.nn.functional
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    (F.leaky_relu(x, -0.5) + F.leaky_relu_(x * 1, 0.5) + F.rrelu_(x * 1, 0.5, 0.5)).sum().backward()
    assert x.grad.tolist() == [0.5, 3.0]


@pytest.mark.parametrize(
    "args",
    [
        lambda t: ([1],), lambda t: ("cpu", "cpu"), lambda t: (t.float64, t.float64), lambda t: (t.float64, "cpu"),
        lambda t: ("cpu", True), lambda t: (t.ones(1), t.float64), lambda t: ("cpu", t.float64, False, True, None),
    ],
)  # fmt: skip
def test_to_in_another_order(torch: Any, args: Any) -> None:
    with pytest.raises(TypeError, match=r"to\(\)"):
        torch.ones(1).to(*args(torch))
    with pytest.raises((TypeError, ValueError)):
        torch.nn.Linear(1, 1).to(*args(torch))


def test_to_in_torchs_order(torch: Any) -> None:
    x, wide = torch.ones(1), torch.float64
    for args in (("cpu", wide), (wide,), (wide, True), (None, wide), ("cpu", wide, True), (x.double(), True)):
        assert x.to(*args).dtype == torch.nn.Linear(1, 1).to(*args).weight.dtype == wide
    with pytest.raises(RuntimeError, match="does not accept copy"):
        torch.nn.Linear(1, 1).to(wide, False, True)
    assert x.to(x.int(), False, True).dtype == torch.int32
    assert x.to() is x.to(None) is x.to("cpu", None) is x
    assert x.to("cpu", torch.float32, False, True) is not x


OVERLAPS = [lambda x: x.add_(x[0]), lambda x: x.mul_(x[1]), lambda x: x.copy_(x[0]), lambda x: x[:1].add_(x[0])]


@pytest.mark.parametrize("write", OVERLAPS)
def test_by_a_single_element_of_itself(torch: Any, write: Any) -> None:
    with pytest.raises(RuntimeError, match="unsupported operation: some elements"):
        write(torch.ones(3))


def test_set_to_a_single_element_of_itself(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0, 3.0])
    x.masked_fill_(x > 2, x[1])
    x[x > 1.5] = x[0]
    x[1:] = x[0]
    assert x.fill_(x[0]).tolist() == [1.0, 1.0, 1.0]
