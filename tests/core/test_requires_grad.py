"""What requires a gradient though it has none, or none but zero."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

WITHOUT = {  # results that require a gradient as their operands do; backward through them is refused
    "floor_divide": lambda torch, x: torch.floor_divide(x, 2),
    "//": lambda torch, x: x // x,
    "reflected //": lambda torch, x: 5 // x,
    "floor_divide_": lambda torch, x: (x * 1).floor_divide_(2),
    "heaviside": lambda torch, x: torch.heaviside(x, torch.tensor(1.0)),
    "heaviside values": lambda torch, x: torch.heaviside(torch.ones(3), x),
    "unique": lambda torch, x: torch.unique(x),
    "unique rows": lambda torch, x: torch.unique(x, dim=0),
    "unique inverse": lambda torch, x: torch.unique(x, return_inverse=True)[0],
    "unique_consecutive": lambda torch, x: torch.unique_consecutive(x),
    "bernoulli p": lambda torch, x: x.bernoulli(0.5),
}
ZERO = {
    "bernoulli": lambda torch, x: torch.bernoulli(x),
    "poisson": lambda torch, x: torch.poisson(x),
    "normal mean": lambda torch, x: torch.normal(x, 1.0),
    "normal std": lambda torch, x: torch.normal(0.0, x),
    "normal both": lambda torch, x: torch.normal(x, x.detach().expand(2, 3)),
}
STRAIGHT = {  # gradients that depend on x by comparisons only
    "relu": lambda F, x: F.relu(x),
    "relu6": lambda F, x: F.relu6(x),
    "hardtanh": lambda F, x: F.hardtanh(x),
    "leaky_relu": lambda F, x: F.leaky_relu(x),
    "threshold": lambda F, x: F.threshold(x, 0.1, 0.0),
    "hardshrink": lambda F, x: F.hardshrink(x),
    "softshrink": lambda F, x: F.softshrink(x),
    "prelu": lambda F, x: F.prelu(x, x.detach()[:1]),
    "rrelu": lambda F, x: F.rrelu(x),
    "max_pool1d": lambda F, x: F.max_pool1d(x[None], 2),
    "avg_pool1d": lambda F, x: F.avg_pool1d(x[None], 2),
    "nll_loss": lambda F, x: F.nll_loss(x, x.detach()[0].long()),
}


def operand(torch: ModuleType) -> Any:
    return torch.tensor([0.2, 0.7, 0.7], requires_grad=True)


@pytest.mark.parametrize("name", WITHOUT)
def test_no_derivative(torch: ModuleType, name: str) -> None:
    y = WITHOUT[name](torch, operand(torch))
    assert y.requires_grad and not y.is_leaf
    with pytest.raises((RuntimeError, NotImplementedError), match=r"derivative for .* is not implemented"):
        y.sum().backward()


@pytest.mark.parametrize("name", ZERO)
def test_zero(torch: ModuleType, name: str) -> None:
    x = operand(torch)
    y = ZERO[name](torch, x)
    assert y.requires_grad and not y.is_leaf
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", STRAIGHT)
def test_gradient_of_straight_lines(torch: ModuleType, name: str) -> None:
    x = operand(torch)
    (g,) = torch.autograd.grad(STRAIGHT[name](torch.nn.functional, x).sum(), x, create_graph=True)
    assert g.requires_grad
    (zero,) = torch.autograd.grad(g.sum(), x)
    assert zero.tolist() == [0.0, 0.0, 0.0]


def test_view_made_under_no_grad(torch: ModuleType) -> None:
    x = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        view = x[:2]
    y = view[0] * 2
    assert view.requires_grad and view.is_leaf and y.requires_grad
    y.backward()  # the gradient goes nowhere
    assert x.grad is None and view.grad is None
    with pytest.raises(RuntimeError, match="not have been used"):
        torch.autograd.grad((view * 2).sum(), view)
    assert torch.autograd.grad((view.requires_grad_() * 2).sum(), view)[0].tolist() == [2.0, 2.0]


@pytest.mark.parametrize("tracked", [True, False])
def test_view_made_under_no_grad_and_written(torch: ModuleType, tracked: bool) -> None:
    base = torch.ones(3, requires_grad=True) * 1
    with torch.no_grad():
        view = base[:2]
    with torch.set_grad_enabled(tracked):
        base.mul_(2)
    with torch.no_grad():
        assert (view * 2).tolist() == [4.0, 4.0]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode"):
        view * 2


@pytest.mark.parametrize(
    "write",
    [lambda d, x: d.copy_(x), lambda d, x: d.__setitem__(slice(None), x), lambda d, x: d[:].copy_(x)],
    ids=["copy_", "setitem", "view"],
)
def test_integers_that_were_written(torch: ModuleType, write: Any) -> None:
    d = torch.tensor([2, -1, 3])
    view = d[:2]
    write(d, operand(torch) * 2)
    assert d.tolist() == [0, 1, 1]
    assert not d.requires_grad and d.is_leaf and not view.requires_grad and not (d @ d).requires_grad
