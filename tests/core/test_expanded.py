"""Writing where several elements are the same memory: one value may be set, arithmetic is refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

import minigrad

VIEWS: dict[str, Callable[[Any], Any]] = {
    "rows": lambda m: m.ones(1, 2).expand(3, 2),
    "a number": lambda m: m.ones(()).expand(2),
    "steps of 0": lambda m: m.ones(4).as_strided((2, 3), (0, 1)),
    "a column of it": lambda m: m.ones(1, 2).expand(3, 2)[:, 0],
    "a row of it": lambda m: m.ones(1, 2).expand(3, 2)[0],
    "one row of it": lambda m: m.ones(1, 2).expand(3, 2)[1:2],
    "nothing repeated": lambda m: m.ones(1, 2).expand(1, 2),
}
WRITES: dict[str, Callable[[Any, Any], Any]] = {
    "zero": lambda m, x: x.zero_(),
    "fill": lambda m, x: x.fill_(3),
    "fill from": lambda m, x: x.fill_(m.tensor(3.0)),
    "set an element": lambda m, x: x.__setitem__(0, 3.0),
    "set the last": lambda m, x: x.__setitem__(-1, m.tensor(3.0)),
    "set all": lambda m, x: x.__setitem__(..., 3.0),
    "set a slice": lambda m, x: x.__setitem__(slice(0, 1), 2.0),
    "set by a list": lambda m, x: x.__setitem__([0], 2.0),
    "set by a mask": lambda m, x: x.__setitem__(x > 0, 2.0),
    "masked fill": lambda m, x: x.masked_fill_(x > 0, 4.0),
    "index fill": lambda m, x: x.index_fill_(0, m.tensor([0]), 5.0),
    "index put": lambda m, x: x.index_put_((m.tensor([0]),), m.tensor(7.0)),
    "fill a diagonal": lambda m, x: x.fill_diagonal_(3.0) if x.ndim > 1 else x.zero_(),
    "below": lambda m, x: x.tril_() if x.ndim > 1 else x.zero_(),
    "above": lambda m, x: x.triu_() if x.ndim > 1 else x.zero_(),
    "init": lambda m, x: m.nn.init.constant_(x, 2.0),
    "add": lambda m, x: x.add_(1),
    "add to a part": lambda m, x: x[0].add_(1),
    "neg": lambda m, x: x.neg_(),
    "copy": lambda m, x: x.copy_(m.zeros(tuple(x.shape))),
    "clamp": lambda m, x: x.clamp_(0, 0.5),
    "draw": lambda m, x: x.bernoulli_(0.5),
    "scatter": lambda m, x: x.scatter_(0, m.zeros(tuple(x.shape), dtype=m.int64), 6.0),
    "index add": lambda m, x: x.index_add_(0, m.tensor([0]), m.ones((1, *x.shape[1:]))),
}


def outcome(m: Any, view: Callable[[Any], Any], write: Callable[[Any, Any], Any]) -> Any:
    x = view(m)
    m.manual_seed(0)
    try:
        write(m, x)
    except RuntimeError as error:
        return str(error).partition(":")[0]
    return x.tolist(), x._version


@pytest.mark.filterwarnings("ignore:Use of .* on expanded tensors:UserWarning")
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_writes(view: Callable[[Any], Any], write: Callable[[Any, Any], Any]) -> None:
    assert outcome(minigrad, view, write) == outcome(torch, view, write)


def test_the_gradient_of_a_part_written(torch: Any) -> None:
    x = torch.ones(1, 2, requires_grad=True)
    y = (x * 2).expand(3, 2)
    y[0].mul_(5)
    y.sum().backward()
    assert y.tolist() == [[10.0, 10.0]] * 3
    assert x.grad.tolist() == [[30.0, 30.0]]


def test_strides_of_a_view_are_those_of_its_memory(torch: Any) -> None:
    x = torch.arange(4.0).requires_grad_()
    x.view(2, 2).t().as_strided((2, 2), (1, 1), 1).sum().backward()
    rows = x[:2].expand(3, 2)
    rows.as_strided((3, 2), rows.stride()).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0, 2.0, 1.0]


def test_what_was_set_in_a_graph_is_refused_backward(torch: Any) -> None:
    for fill in (lambda y: y.zero_(), lambda y: y.fill_(2.0), lambda y: y.masked_fill_(y.detach() > 0, 2.0)):
        x = torch.ones(1, requires_grad=True)
        y = (x * 1).expand(3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fill(y)
        assert y.requires_grad
        with pytest.raises(RuntimeError, match="unsupported operation: more than one element"):
            y.sum().backward()


def test_a_tensor_written_by_itself_expanded(torch: Any) -> None:
    for same in (lambda c: c.expand(2, 3, 1)[0], lambda c: c.unsqueeze(0).expand(2, 3, 1).unbind()[1]):
        c = torch.ones(3, 1)
        c += same(c)
        assert c.tolist() == [[2.0]] * 3


@pytest.mark.parametrize("shape", [(), (1,), (3, 1), (1, 3), (2, 1, 3)])
@pytest.mark.parametrize("size", [(3, 1), (2, 3, 1), (1, 3, 1), (1, 1, 1, 3), (1, 2, 1, 3), (4, 2, 4, 3)])
def test_strides(shape: tuple[int, ...], size: tuple[int, ...]) -> None:
    if all(n in (1, m) for n, m in zip(shape[::-1], size[::-1], strict=False)):
        assert minigrad.ones(shape).expand(size).stride() == torch.ones(shape).expand(size).stride()
