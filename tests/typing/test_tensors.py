"""The types of tensors: what makes them, what computes with them, what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

import minigrad as torch
from minigrad import Size, Tensor


def test_makers() -> None:
    assert_type(torch.tensor([1.0, 2.0]), Tensor)
    assert_type(torch.Tensor([1.0, 2.0]), Tensor)
    assert_type(torch.zeros(2, 3, dtype=torch.float64), Tensor)
    assert_type(torch.ones((2, 3), requires_grad=True), Tensor)
    assert_type(torch.full((2,), 1.0), Tensor)
    assert_type(torch.arange(3), Tensor)
    assert_type(torch.linspace(0, 1, 3), Tensor)
    assert_type(torch.eye(2), Tensor)
    assert_type(torch.rand(2), Tensor)
    assert_type(torch.randint(0, 10, (3,)), Tensor)
    assert_type(torch.randperm(3), Tensor)
    assert_type(torch.zeros_like(torch.ones(2)), Tensor)
    assert_type(torch.ones(2).new_zeros(3), Tensor)


def test_operators() -> None:
    x = torch.tensor([1.0, 2.0])
    assert_type(x + x, Tensor)
    assert_type(1 - x, Tensor)
    assert_type(2.0 * x, Tensor)
    assert_type(x / 2, Tensor)
    assert_type(x**2, Tensor)
    assert_type(-x, Tensor)
    assert_type(abs(x), Tensor)
    assert_type(x @ x, Tensor)
    assert_type(x > 0, Tensor)
    assert_type(~(x > 0), Tensor)
    assert_type(x == x, Tensor)
    assert_type(sum([x, x], torch.zeros(2)), Tensor)
    x += 1
    x *= x
    assert_type(x, Tensor)


def test_methods() -> None:
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    assert_type(x.exp(), Tensor)
    assert_type(x.tanh().log1p(), Tensor)
    assert_type(x.detach().add_(1), Tensor)
    assert_type(x.to(torch.float64), Tensor)
    assert_type(x.float(), Tensor)
    assert_type(x.detach(), Tensor)
    assert_type(x.requires_grad_(), Tensor)


def test_answers() -> None:
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    x.sum().backward()
    assert_type(x.grad, Tensor | None)
    assert_type(x.shape, Size)
    assert_type(x.shape[0], int)
    assert_type(x.shape[1:], Size)
    assert_type(x.size(), Size)
    assert_type(x.size(0), int)
    assert_type(x.dtype, torch.dtype)
    assert_type(x.device, torch.device)
    assert_type(x.requires_grad, bool)
    assert_type(x.is_leaf, bool)
    assert_type(x[0, 0].item(), int | float)
    assert_type(x.numel(), int)
    assert_type(x.is_floating_point(), bool)


if TYPE_CHECKING:  # what is refused: an error that is not there would be an ignore too many
    torch.zeros(2, dtype="float")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    torch.ones(2).exp(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    torch.ones(2) + "1"  # type: ignore[arg-type]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    torch.ones(2).expp()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
