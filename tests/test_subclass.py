"""Classes derived from Tensor: which results have the class of the operands, asked of both engines."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch as pytorch

import minigrad


def classes(torch: Any) -> tuple[Any, Any, Any]:
    class Named(torch.Tensor):  # type: ignore[misc, name-defined]
        def doubled(self) -> Any:
            return self * 2

    class Derived(Named):
        pass

    class Other(torch.Tensor):  # type: ignore[misc, name-defined]
        pass

    return Named, Derived, Other


def kind(value: Any) -> Any:
    if isinstance(value, (tuple, list)) and not hasattr(value, "numel"):
        return [kind(v) for v in value]
    return type(value).__name__


F: Callable[[Any], Any] = lambda t: t.nn.functional

RESULTS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "x + 1": lambda t, x, u: x + 1,
    "1 + x": lambda t, x, u: 1 + x,
    "u + x": lambda t, x, u: u + x,
    "x - u": lambda t, x, u: x - u,
    "-x": lambda t, x, u: -x,
    "2 ** x": lambda t, x, u: 2**x,
    "x @ u": lambda t, x, u: x @ u,
    "u @ x": lambda t, x, u: u @ x,
    "x > u": lambda t, x, u: x > u,
    "x == 1": lambda t, x, u: x == 1,
    "torch.exp": lambda t, x, u: t.exp(x),
    "torch.add": lambda t, x, u: t.add(u, x),
    "torch.cat": lambda t, x, u: t.cat([u, x]),
    "torch.stack": lambda t, x, u: t.stack([x, u]),
    "torch.where": lambda t, x, u: t.where(u > 0, x, u),
    "torch.einsum": lambda t, x, u: t.einsum("ij,jk", x, u),
    "torch.std_mean": lambda t, x, u: t.std_mean(x),
    "method": lambda t, x, u: (x + 1).doubled(),
    "sum": lambda t, x, u: x.sum(),
    "max": lambda t, x, u: tuple(x.max(0)),
    "sort": lambda t, x, u: tuple(x.sort()),
    "topk": lambda t, x, u: tuple(x.topk(1)),
    "kthvalue": lambda t, x, u: tuple(x.kthvalue(1)),
    "cummax": lambda t, x, u: tuple(x.cummax(0)),
    "argmax": lambda t, x, u: x.argmax(),
    "nonzero": lambda t, x, u: x.nonzero(),
    "unique": lambda t, x, u: x.unique(return_counts=True),
    "x[0]": lambda t, x, u: x[0],
    "x[mask]": lambda t, x, u: x[u > 0],
    "iteration": lambda t, x, u: list(x),
    "split": lambda t, x, u: x.split(1),
    "unbind": lambda t, x, u: x.unbind(),
    "T": lambda t, x, u: x.T,
    "view": lambda t, x, u: x.view(4),
    "T.contiguous": lambda t, x, u: x.T.contiguous(),
    "data": lambda t, x, u: x.data,
    "detach": lambda t, x, u: x.detach(),
    "clone": lambda t, x, u: x.clone(),
    "to float64": lambda t, x, u: x.to(t.float64),
    "to float32": lambda t, x, u: x.to(t.float32),
    "long": lambda t, x, u: x.long(),
    "cpu": lambda t, x, u: x.cpu(),
    "add_": lambda t, x, u: x.add_(1),
    "copy_": lambda t, x, u: x.copy_(u),
    "zeros_like": lambda t, x, u: t.zeros_like(x),
    "full_like": lambda t, x, u: t.full_like(x, 2),
    "randn_like": lambda t, x, u: t.randn_like(x),
    "new_zeros": lambda t, x, u: x.new_zeros(2),
    "new_tensor": lambda t, x, u: x.new_tensor([1.0]),
    "bernoulli": lambda t, x, u: x.bernoulli(),
    "relu": lambda t, x, u: F(t).relu(x),
    "linear": lambda t, x, u: F(t).linear(x, u),
    "dropout": lambda t, x, u: F(t).dropout(x, 0.5),
    "cross_entropy": lambda t, x, u: F(t).cross_entropy(x, t.tensor([0, 1])),
    "nn.Linear": lambda t, x, u: t.nn.Linear(2, 2)(x),
    "nn.BatchNorm1d": lambda t, x, u: t.nn.BatchNorm1d(2)(x),
    "nn.LSTM": lambda t, x, u: t.nn.LSTM(2, 2)(x),
    "nn.MultiheadAttention": lambda t, x, u: t.nn.MultiheadAttention(2, 1)(x, x, x),
    "as_subclass(Tensor)": lambda t, x, u: x.as_subclass(t.Tensor),
    "as_tensor": lambda t, x, u: t.as_tensor(x),
    "item": lambda t, x, u: x.sum().item(),
    "tolist": lambda t, x, u: x.tolist(),
    "numpy": lambda t, x, u: x.numpy(),
    "copy": lambda t, x, u: copy.copy(x),
    "grad": lambda t, x, u: grad_of(x.requires_grad_()),
    "parameter": lambda t, x, u: t.nn.Parameter(x),
    "parameter + 1": lambda t, x, u: t.nn.Parameter(x) + 1,
    "parameter of a Tensor + 1": lambda t, x, u: t.nn.Parameter(u) + 1,
    "class of a list": lambda t, x, u: type(x)([1.0, 2.0]),
    "class of sizes": lambda t, x, u: type(x)(2, 3),
    "class of a tensor": lambda t, x, u: type(x)(u),
}


def grad_of(x: Any) -> Any:
    (x * 2).sum().backward()
    return x.grad


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RESULTS)
def test_class_of_the_result(name: str) -> None:
    def ask(torch: Any) -> Any:
        x = torch.tensor([[1.0, 0.0], [1.0, 1.0]]).as_subclass(classes(torch)[0])
        return kind(RESULTS[name](torch, x, torch.ones(2, 2)))

    assert ask(minigrad) == ask(pytorch)


def test_two_classes(torch: Any) -> None:
    named, derived, other = [torch.ones(2).as_subclass(c) for c in classes(torch)]
    assert kind([named + derived, derived + named, torch.mul(named, derived)]) == ["Derived"] * 3
    with pytest.raises(TypeError):
        named + other
    with pytest.raises(TypeError, match="Multiple dispatch failed"):
        torch.mul(named, other)


def test_graph_and_memory(torch: Any) -> None:
    Named = classes(torch)[0]
    w = torch.ones(2, requires_grad=True)
    y = w.as_subclass(Named)
    assert y.requires_grad
    (y * 3).sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]
    base = torch.zeros(2)
    leaf = torch.Tensor._make_subclass(Named, base, True)
    assert (type(leaf), leaf.is_leaf, leaf.requires_grad) == (Named, True, True)
    leaf.data.add_(1)
    assert base.tolist() == [1.0, 1.0]
    with pytest.raises(TypeError):
        w.as_subclass(int)


def test_a_class_with_attributes_of_its_own(torch: Any) -> None:
    class Image(torch.Tensor):  # type: ignore[misc, name-defined]
        def __new__(cls, data: Any, name: str = "") -> Any:
            made = torch.Tensor._make_subclass(cls, torch.as_tensor(data))
            made.title = name
            return made

        def __init__(self, data: Any, name: str = "") -> None:
            pass

    image = Image([1.0, 2.0], "cat")
    assert (kind(image * 2), image.title, hasattr(image * 2, "title")) == ("Image", "cat", False)


class Kept(minigrad.Tensor):
    pass


def test_copies_and_pickles_keep_the_class() -> None:
    x: Any = minigrad.ones(2).as_subclass(Kept)
    x.tag = 3
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert (type(twin), twin.tag, twin.tolist()) == (Kept, 3, [1.0, 1.0])


def test_parameters(torch: Any) -> None:
    Named = classes(torch)[0]

    class Own(torch.nn.Parameter):  # type: ignore[misc, name-defined]
        pass

    p = torch.nn.Parameter(torch.ones(2).as_subclass(Named))
    assert isinstance(p, torch.nn.Parameter)
    assert isinstance(p, Named)
    assert p.requires_grad
    assert kind([Own(torch.ones(2)), Own(torch.ones(2)) + 1, Own(torch.ones(2)).detach()]) == [
        "Own",
        "Tensor",
        "Tensor",
    ]
    assert not isinstance(p, Own)
    module = torch.nn.Module()
    module.p = p
    assert kind(list(module.parameters())) == ["Named"]
