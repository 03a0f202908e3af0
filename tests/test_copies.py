"""Copies of tensors, by copy, deepcopy and pickle, as torch's."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

COPIED = [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy]


@pytest.mark.parametrize("copied", COPIED, ids=["pickle", "copy", "deepcopy"])
def test_the_numbers_and_the_wish_for_a_gradient(torch: ModuleType, copied: Callable[[Any], Any]) -> None:
    leaf = torch.ones(2, 3, requires_grad=True)
    for x in (leaf, torch.arange(6).reshape(2, 3).T, torch.zeros(0), torch.tensor(True), torch.ones(1).half()):
        y = copied(x)
        assert y is not x and type(y) is type(x) and y.dtype == x.dtype and y.tolist() == x.tolist()
        assert y.requires_grad == x.requires_grad and y.is_leaf
    assert type(copied(torch.nn.Parameter(torch.ones(1)))) is torch.nn.Parameter


def test_a_pickle_leaves_the_graph_behind(torch: ModuleType) -> None:
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    assert pickle.loads(pickle.dumps(x)).grad is None
    y = pickle.loads(pickle.dumps(x * 2))
    assert y.is_leaf and y.requires_grad and y.tolist() == [2, 2]


def test_memory(torch: ModuleType) -> None:
    x = torch.zeros(2)
    shallow, deep = copy.copy(x), copy.deepcopy(x)
    x.fill_(1)
    assert shallow.tolist() == [1, 1] and deep.tolist() == [0, 0]


def test_deepcopy(torch: ModuleType) -> None:
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    x.note = ["mine"]
    one, two = copy.deepcopy([x, x])
    assert one is two and one.note == ["mine"] and one.note is not x.note
    assert one.grad.tolist() == [2, 2] and one.grad is not x.grad
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)


def test_deepcopy_of_a_module(torch: ModuleType) -> None:
    linear = torch.nn.Linear(2, 1)
    twin = copy.deepcopy(linear)
    with torch.no_grad():
        linear.weight.fill_(7)
    assert type(twin.weight) is torch.nn.Parameter and twin.weight.tolist() != linear.weight.tolist()


@pytest.mark.parametrize(
    "other",
    [
        lambda x: x[1:3],
        lambda x: x.view(2, 2),
        lambda x: x.view(2, 2).t(),
        lambda x: x.detach(),
        lambda x: x.data,
        lambda x: x[::2],
        lambda x: x,
    ],
)
def test_copies_share_memory_where_the_originals_do(torch: Any, other: Any) -> None:
    x = torch.arange(4.0)
    pair = [x, other(x)]
    for order in (1, -1):
        twin, same = copy.deepcopy(pair[::order])[::order]
        assert same.tolist() == pair[1].tolist()
        assert same.stride() == pair[1].stride()
        twin.add_(10)
        assert (same - pair[1]).tolist() == torch.full(tuple(same.shape), 10.0).tolist()
    assert x.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_copy_has_its_own_gradient(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    (twin,) = copy.deepcopy([x])
    twin.grad.zero_()
    assert x.grad.tolist() == [2.0, 4.0]
    assert twin.requires_grad
    tied = torch.nn.Linear(2, 2)
    both = copy.deepcopy(torch.nn.ModuleList([tied, tied]))
    assert both[0].weight is both[1].weight
