"""Writing into memory that others look at: torch's gradients, torch's refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch as reference
from hypothesis import given
from hypothesis import strategies as st

import minigrad


def leaf(torch: Any) -> Any:
    return torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64, requires_grad=True)


# ---- refusals ----


def test_a_leaf(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        leaf(torch).add_(1.0)


def test_a_view_of_a_leaf(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        leaf(torch)[0].add_(1.0)


def test_assigning_into_a_leaf(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        leaf(torch)[0] = 1.0


def test_one_of_several_views(torch: Any) -> None:
    first, _ = (leaf(torch) * 1).split(1)
    with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
        first.add_(1.0)


def test_a_view_made_under_no_grad(torch: Any) -> None:
    x = leaf(torch) * 1
    with torch.no_grad():
        view = x[0]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode"):
        view.add_(1.0)


def test_a_leaf_under_no_grad(torch: Any) -> None:
    x = leaf(torch)
    with torch.no_grad():
        x.add_(1.0)
        x[0] = 5.0
    assert x.is_leaf
    assert x.tolist() == [[5.0, 5.0, 5.0], [5.0, 6.0, 7.0]]


def test_the_result_does_not_fit(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0])
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        x.add_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        torch.tensor([1, 2]).add_(1.5)


def test_expanded_memory(torch: Any) -> None:
    x = torch.tensor([[1.0], [2.0]]).expand(2, 3)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        x.add_(1.0)


# ---- gradients ----


def test_a_constant_joins_the_graph(torch: Any) -> None:
    x = leaf(torch)
    buffer = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    buffer[1] = x[0] * 2
    assert buffer.requires_grad
    buffer.sum().backward()
    assert x.grad.tolist() == [[2.0, 2.0, 2.0], [0.0, 0.0, 0.0]]


def test_writing_a_view_of_a_constant(torch: Any) -> None:
    x = leaf(torch)
    buffer = torch.tensor([0.0, 0.0, 0.0], dtype=torch.float64)
    view = buffer[1:]
    view.add_(x[0, :2])
    (buffer * buffer).sum().backward()
    assert x.grad.tolist() == [[2.0, 4.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_view_follows_its_base(torch: Any) -> None:
    x = leaf(torch)
    y = x * 1
    row = y[0]
    y.mul_(3.0)
    row.sum().backward()
    assert x.grad.tolist() == [[3.0, 3.0, 3.0], [0.0, 0.0, 0.0]]


def test_a_sibling_view_follows(torch: Any) -> None:
    x = leaf(torch)
    y = x * 1
    row, column = y[0], y[:, 0]
    row.mul_(3.0)
    column.sum().backward()
    assert x.grad.tolist() == [[3.0, 0.0, 0.0], [1.0, 0.0, 0.0]]


def test_overwriting_cuts_the_gradient(torch: Any) -> None:
    x = leaf(torch)
    y = x * 1
    y[0] = 7.0
    y.sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]


def test_an_operand_that_is_written_itself(torch: Any) -> None:
    y = leaf(torch) * 1
    y.mul_(y)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_second_order_through_a_written_view(torch: Any) -> None:
    x = leaf(torch)
    y = x * x
    y[0].mul_(x[1])
    (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    a, b = values
    np.testing.assert_allclose(h[0].tolist(), 12 * a**2 * b**2 + 8 * a**3 * b)


def test_names_of_the_nodes(torch: Any) -> None:
    x = leaf(torch)
    y = x * 1
    y[0].mul_(2.0)
    assert y.grad_fn.name().rsplit("::")[-1] == "CopySlices"
    assert (x * 1).mul_(2.0).grad_fn.name() == "MulBackward0"


# ---- random programs, both engines ----

VIEWS = {
    "row": lambda t: t[0],
    "rest": lambda t: t[1:],
    "step": lambda t: t[::2],
    "column": lambda t: t[..., 0],
    "transpose": lambda t: t.transpose(0, -1),
    "flat": lambda t: t.reshape(-1),
    "unsqueeze": lambda t: t.unsqueeze(0),
    "itself": lambda t: t.view(t.shape),
}
WRITES = {
    "mul": lambda t, s: t.mul_(1.5),
    "add": lambda t, s: t.add_(s * 0.5),
    "add_itself": lambda t, s: t.add_(t * t * 0.1),
    "fill": lambda t, s: t.zero_(),
    "tanh": lambda t, s: t.tanh_(),
    "set": lambda t, s: t.__setitem__(0, s),
    "set_all": lambda t, s: t.__setitem__(slice(None), s * 2),
    "copy": lambda t, s: t.copy_(s.expand(t.shape)),
}
STEP = st.one_of(
    st.tuples(st.just("view"), st.integers(0, 5), st.sampled_from(sorted(VIEWS))),
    st.tuples(st.just("write"), st.integers(0, 5), st.sampled_from(sorted(WRITES))),
    st.tuples(st.just("use"), st.integers(0, 5), st.just("")),
)


def run(torch: Any, program: list[tuple[str, int, str]], constant: bool) -> Any:
    """What a program of views, writes and uses answers: values and gradients, or the class of its refusal.

    Which tensors require a gradient after each step is part of the answer."""
    x = torch.tensor(np.linspace(-1.0, 1.0, 6).reshape(2, 3).tolist(), dtype=torch.float64, requires_grad=True)
    s = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    base = torch.tensor([[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]], dtype=torch.float64) if constant else x * 1
    tensors = [base]
    total = (x * s).sum()
    needs = []
    try:
        for what, k, name in program:
            t = tensors[k % len(tensors)]
            if what == "view":
                tensors.append(VIEWS[name](t))
            elif what == "write":
                _ = t.grad_fn  # torch makes the node of a stale view anew only when it is looked at
                WRITES[name](t, s)
            else:
                total = total + (t * t).sum()
            needs.append([t.requires_grad for t in tensors])
        for k, t in enumerate(tensors):
            total = total + (t.exp() * (k + 1)).sum()
        gradients = torch.autograd.grad(total, (x, s))
    except (RuntimeError, IndexError) as error:
        return type(error), str(error)
    return needs, [t.tolist() for t in tensors], [g.tolist() for g in gradients]


@given(st.lists(STEP, max_size=8), st.booleans())
def test_random_programs_of_views_and_writes(program: list[tuple[str, int, str]], constant: bool) -> None:
    ours, theirs = run(minigrad, program, constant), run(reference, program, constant)
    if isinstance(theirs[0], type):
        assert ours[0] is theirs[0], (ours, theirs)
        return
    assert not isinstance(ours[0], type), ours
    assert ours[0] == theirs[0], "requires_grad"
    for x, y in zip((*ours[1], *ours[2]), (*theirs[1], *theirs[2]), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "write",
    [
        lambda a: a.add_(a[0]),
        lambda a: a.copy_(a[0]),
        lambda a: a.mul_(a.t()),
        lambda a: a[:2].add_(a[1:]),
        lambda a: a.__setitem__(slice(0, 2), a[1:]),
        lambda a: a.addcmul_(a[0], a),
    ],
)
def test_memory_that_is_half_an_operands(torch: Any, write: Any) -> None:
    a = torch.arange(9.0).view(3, 3)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        write(a)
    assert a.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]


def test_memory_that_is_all_of_an_operands_or_none(torch: Any) -> None:
    a = torch.arange(9.0).view(3, 3)
    a.add_(a)
    a[0].add_(a[1])
    a[:, 0].add_(a[:, 1])
    a.view(9).mul_(a.view(9).detach())
    a[0] = a[1]
    assert a[0].tolist() == a[1].tolist()


def test_a_detached_view_keeps_its_strides(torch: Any) -> None:
    x = torch.ones(2, 3, requires_grad=True)
    for y in (x.t().detach(), x.t().data, (x * 1).t().detach()[1:]):
        assert y.stride() == (1, 3)
        assert not y.is_contiguous()
        with pytest.raises(RuntimeError, match="view size"):
            y.view(-1)
    z = x * 2
    z.t().detach().mul_(3.0)
    assert z.tolist() == [[6.0] * 3] * 2


def test_several_views_at_once_are_lost_when_their_base_is_written(torch: Any) -> None:
    x = torch.ones(4, requires_grad=True)
    a, _ = x.chunk(2)
    with torch.no_grad():
        x.mul_(2.0)
    with pytest.raises(
        RuntimeError, match="is a view and its base or another view of its base has been modified inplace"
    ):
        a.exp()
    plain = torch.ones(4)
    a, b = plain.chunk(2)
    a.mul_(2.0)
    assert (a + b).tolist() == [3.0, 3.0]


def test_views_in_place(torch: Any) -> None:
    x = torch.arange(6.0).view(2, 3)
    assert x.unsqueeze_(0) is x
    assert x.shape == (1, 2, 3)
    x.squeeze_()
    x.t_()
    assert x.tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    assert x.stride() == (1, 3)
    x.transpose_(0, 1).mul_(2.0)
    assert x.tolist() == [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]]
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 3
    y.unsqueeze_(1)
    y.mul_(torch.tensor([[1.0], [10.0]]))
    y.sum().backward()
    assert w.grad.tolist() == [3.0, 30.0]
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        w.unsqueeze_(0)
