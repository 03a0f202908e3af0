"""The types of derivatives: of a loss, by hand, as functions of functions, of a Function of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_type

import minigrad as torch
from minigrad import Tensor
from minigrad.autograd import Function
from minigrad.autograd.functional import hessian, jacobian, vjp


def cube(x: Tensor) -> Tensor:
    return x**3


def energy(weights: dict[str, Tensor], x: Tensor) -> Tensor:
    return (weights["w"] * x).sum()


class Double(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return g * 2


class Both(Function):
    @staticmethod
    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        return x * 2, x * 3

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, g: Tensor, h: Tensor) -> Tensor:
        return g * 2 + h * 3


def test_grad() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    assert_type(torch.autograd.grad(cube(x), x), tuple[Tensor, ...])
    assert_type(torch.autograd.grad(cube(x), [x], allow_unused=True), tuple[Tensor | None, ...])
    torch.autograd.backward([cube(x)])
    assert_type(x.grad, Tensor | None)


def test_functions() -> None:
    x = torch.tensor([2.0], requires_grad=True)
    assert_type(Double.apply(x), Tensor)
    assert_type(Both.apply(x), tuple[Tensor, Tensor])


def test_functions_of_functions() -> None:
    x, w = torch.tensor(2.0), {"w": torch.tensor(3.0)}
    assert_type(torch.func.grad(cube)(x), Tensor)
    assert_type(torch.func.grad(energy)(w, x), dict[str, Tensor])
    assert_type(torch.func.grad_and_value(energy)(w, x), tuple[dict[str, Tensor], Tensor])
    assert_type(torch.func.jacrev(cube)(x), Tensor)
    assert_type(torch.func.hessian(cube)(x), Tensor)
    assert_type(torch.func.vmap(cube)(torch.ones(2)), Tensor)
    assert_type(torch.func.vjp(cube, x), tuple[Tensor, Callable[[Any], tuple[Tensor, ...]]])
    assert_type(torch.func.jvp(cube, (x,), (x,)), tuple[Tensor, Tensor])
    assert_type(jacobian(cube, x), Tensor)
    assert_type(hessian(cube, x), Tensor)
    assert_type(vjp(cube, x), tuple[Tensor, Tensor])


@torch.no_grad()
def length(x: Tensor) -> int:
    return len(x)


def test_switches() -> None:
    assert_type(length(torch.ones(2)), int)
    with torch.no_grad():
        assert_type(torch.is_grad_enabled(), bool)
