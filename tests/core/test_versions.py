"""A value saved for backward and overwritten since is an error, never a wrong gradient."""

from __future__ import annotations

from typing import Any

import pytest


def leaf(torch: Any) -> Any:
    return torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)


OVERWRITTEN = "modified by an inplace operation"


def test_a_saved_input_written_is_an_error(torch: Any) -> None:
    x = leaf(torch) * 1
    y = x * x
    x.add_(1.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()


def test_a_saved_output_written_is_an_error(torch: Any) -> None:
    y = leaf(torch).exp()
    z = y.sum()
    y.add_(1.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        z.backward()


def test_the_written_output_itself_is_an_error(torch: Any) -> None:
    y = leaf(torch).exp()
    y.add_(1.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()


def test_an_output_that_no_rule_saved_may_be_written(torch: Any) -> None:
    x = leaf(torch)
    y = x + 1
    y.add_(1.0)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_writing_through_a_view_counts(torch: Any) -> None:
    x = leaf(torch) * 1
    y = x * x
    x[0].add_(1.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()


def test_views_with_strides_of_their_own_are_views(torch: Any) -> None:
    x = torch.zeros(6)
    for view in (x.unfold(0, 2, 2), x.as_strided((3, 2), (1, 3))):
        before = x._version
        view.add_(1.0)
        assert x._version == before + 1
    assert x.tolist() == [2.0] * 6


def test_writing_the_base_counts_for_a_saved_view(torch: Any) -> None:
    x = leaf(torch) * 1
    part = x[:2]
    y = part * part
    x.add_(1.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()


def test_writing_a_detached_tensor_counts(torch: Any) -> None:
    x = leaf(torch)
    y = x * x
    x.detach().add_(1.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()


def test_writing_data_does_not_count(torch: Any) -> None:
    x = leaf(torch)
    y = x * x
    x.data.add_(1.0)
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 6.0, 8.0]


def test_writing_under_no_grad_counts(torch: Any) -> None:
    x = leaf(torch)
    y = x * x
    with torch.no_grad():
        x.add_(1.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()


def test_the_constant_operand_counts_too(torch: Any) -> None:
    x, c = leaf(torch), torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    y = x * c
    c.mul_(2.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()


def test_an_operand_that_no_wanted_gradient_needs_may_be_written(torch: Any) -> None:
    start, c = leaf(torch), torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    x = start * 1
    y = x * c  # only c is needed for the gradient of x
    x.mul_(2.0)
    y.sum().backward()
    assert start.grad.tolist() == [1.0, 2.0, 3.0]


def test_writing_before_saving_is_no_error(torch: Any) -> None:
    start = leaf(torch)
    x = start * 1
    x.add_(1.0)
    (x * x).sum().backward()
    assert start.grad.tolist() == (2 * x).tolist()


def test_version_counts_writes(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0])
    view, detached, data = x[:1], x.detach(), x.data
    assert x._version == 0
    x.add_(1.0)
    view.mul_(2.0)
    assert (x._version, view._version, detached._version, data._version) == (2, 2, 2, 0)
    data.add_(1.0)
    assert x._version == 2


def test_an_inplace_chain_keeps_what_each_step_needs(torch: Any) -> None:
    x = leaf(torch)
    y = x * 1
    y.mul_(y.detach().clone()).add_(y.detach().clone())
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 2.0, 3.0]


def test_create_graph_checks_as_well(torch: Any) -> None:
    x = leaf(torch)
    y = x * 1
    z = (y * y * y).sum()
    y.add_(1.0)
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        torch.autograd.grad(z, x, create_graph=True)
