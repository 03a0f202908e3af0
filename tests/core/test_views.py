"""What becomes of views when their base is written, renamed, detached, or asks for a gradient later."""

from __future__ import annotations

from typing import Any

import pytest


def leaf(torch: Any) -> Any:
    return torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)


MULTIPLE = {
    "split": lambda x: x.split(1),
    "chunk": lambda x: x.chunk(2),
    "unbind": lambda x: x.unbind(),
}


@pytest.mark.parametrize("name", MULTIPLE)
def test_one_of_several_views_is_written_under_no_grad(torch: Any, name: str) -> None:
    x = leaf(torch)
    first, second = MULTIPLE[name](x)
    with torch.no_grad():
        first.mul_(2.0)
        assert (second * 2).sum().item() == 30.0  # no graph: nobody asks for their nodes
    assert first.requires_grad and second.requires_grad
    for view in (first, second):
        with pytest.raises(RuntimeError, match="is a view and its base or another view"):
            _ = view.grad_fn
        with pytest.raises(RuntimeError, match="is a view and its base or another view"):
            _ = view.is_leaf
        with pytest.raises(RuntimeError, match="is a view and its base or another view"):
            view.sum()
    x.sum().backward()
    assert x.grad.tolist() == [[1.0] * 3] * 2


def test_the_base_asks_for_a_gradient_later(torch: Any) -> None:
    x = leaf(torch).detach()
    view = x[0]
    x.requires_grad_()
    assert view.requires_grad and view.is_leaf and view.grad_fn is None
    (view * view).sum().backward()  # the view was made outside the graph
    assert x.grad is None and view.grad is None
    with torch.no_grad():
        x.mul_(2.0)
    assert not view.is_leaf
    (view * view).sum().backward()
    assert x.grad.tolist() == [[4.0, 8.0, 12.0], [0.0, 0.0, 0.0]]
    x.requires_grad_(False)
    assert view.requires_grad


def test_integers_have_no_graph_to_lose(torch: Any) -> None:
    for views in MULTIPLE.values():
        x = torch.arange(4)
        part = views(x)[0]
        part.copy_(torch.ones(part.shape, requires_grad=True))
        assert x[0].item() == 1 and not x.requires_grad and not part.requires_grad


def test_the_base_leaves_the_graph(torch: Any) -> None:
    x = leaf(torch) * 1
    with torch.no_grad():
        view = x[0]
    assert view.requires_grad
    x.detach_()
    assert not view.requires_grad


def test_a_view_of_a_constant_that_asks_for_a_gradient_itself(torch: Any) -> None:
    view = torch.zeros(2, 2)[0].requires_grad_()
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        view.add_(1.0)
    view.sum().backward()
    assert view.grad.tolist() == [1.0, 1.0]


def test_a_detached_view_is_a_tensor_of_its_own(torch: Any) -> None:
    x = leaf(torch)
    for apart in (x.t().detach(), x.t().data):
        assert apart.stride() == (1, 3) and not apart._is_view() and apart._base is None
        apart.detach_()
        part = apart[1:]
        assert part._base is apart and part.stride() == (1, 3) and part.storage_offset() == 1
        with pytest.raises(RuntimeError, match="view size"):
            part.view(-1)
        apart.requires_grad_()
        with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
            apart.add_(1.0)
        (apart * apart)[1:].sum().backward()
        assert apart.grad.tolist() == [[0.0, 0.0], [4.0, 10.0], [6.0, 12.0]]
    assert x.grad is None


# ---- dimensions renamed in place ----

RENAMED = {
    "t_": lambda x: x.t_(),
    "transpose_": lambda x: x.transpose_(0, 1),
    "swapaxes_": lambda x: x.swapaxes_(0, 1),
    "unsqueeze_": lambda x: x.unsqueeze_(0),
    "squeeze_": lambda x: x.squeeze_(),
    "squeeze_dim": lambda x: x.squeeze_(0),
}


@pytest.mark.parametrize("name", RENAMED)
def test_renaming_under_no_grad_keeps_the_node(torch: Any, name: str) -> None:
    x = leaf(torch)
    with torch.no_grad():
        assert RENAMED[name](x) is x
    assert x.requires_grad and x.is_leaf and x._version == 1 and not x._is_view()
    (x * x).sum().backward()
    assert x.grad.shape == x.shape and x.grad.sum().item() == 42.0


@pytest.mark.parametrize("name", RENAMED)
def test_renaming_a_view_under_no_grad_keeps_its_base(torch: Any, name: str) -> None:
    x = leaf(torch)
    view = x[:, 1:]
    with torch.no_grad():
        RENAMED[name](view)
    assert view.requires_grad and not view.is_leaf and view._base is x
    (view * view).sum().backward()
    assert x.grad.tolist() == [[0.0, 4.0, 6.0], [0.0, 10.0, 12.0]]


NAMED_ANEW = {
    "t_": lambda x: x.t_(),
    "transpose_": lambda x: x.transpose_(0, 1),
    "twice": lambda x: x.unsqueeze_(1).transpose_(0, 2),
    "squeeze_": lambda x: x.unsqueeze_(0).squeeze_(),
}
OF_IT = {
    "row": lambda x: x[0],
    "column": lambda x: x[:, 1],
    "transpose": lambda x: x.t(),
    "view": lambda x: x.view(3, 2),
    "expanded": lambda x: x.expand(2, 2, 3),
    "view of a view": lambda x: x.t()[1:][0],
}


@pytest.mark.parametrize("rename", NAMED_ANEW)
@pytest.mark.parametrize("view", OF_IT)
def test_views_of_a_tensor_that_is_renamed(torch: Any, rename: str, view: str) -> None:
    for written in ("base", "view"):
        if (view, written) == ("expanded", "view"):
            continue
        x = leaf(torch)
        y = x * 1
        old = OF_IT[view](y)
        shape, stride = old.shape, old.stride()
        NAMED_ANEW[rename](y)
        with torch.no_grad():
            assert old.shape == shape and old.stride() == stride
        (y if written == "base" else old).mul_(3)
        assert old.shape == shape and old.stride() == stride and old._base is y
        (old * old.detach()).sum().backward(retain_graph=True)
        times = x.grad / 9 / x.detach()
        assert times.sum().item() == pytest.approx(old.numel())
        y.sum().backward()
        assert y.sum().item() == pytest.approx((x.grad - 9 * times * x.detach()).mul(x.detach()).sum().item())


@pytest.mark.parametrize("leave", ["requires_grad_", "detach_"])
def test_the_base_wants_no_gradient_any_more(torch: Any, leave: str) -> None:
    x = leaf(torch)
    base = x if leave == "requires_grad_" else x * 1
    view = base[0]
    base.requires_grad_(False) if leave == "requires_grad_" else base.detach_()
    assert view.requires_grad
    with torch.no_grad():
        base.mul_(2)
    assert view.requires_grad and not view.is_leaf and not base.requires_grad
    view.sum().backward()
    assert x.grad is None


def test_strides_after_renaming(torch: Any) -> None:
    x = torch.zeros(2, 3)
    x.t_()
    assert x.stride() == (1, 3) and not x.is_contiguous()
    with pytest.raises(RuntimeError, match="view size"):
        x.view(-1)
    assert x[1:].storage_offset() == 1


def test_transposing_a_scalar_makes_a_view(torch: Any) -> None:
    x = torch.tensor(2.0, requires_grad=True)
    for y in (x.transpose(0, -1), x.swapaxes(0, 0), torch.transpose(x, -1, 0)):
        assert y is not x and not y.is_leaf and y._base is x


# ---- .grad belongs to the tensor, not to its node ----


def test_a_gradient_outlives_the_node(torch: Any) -> None:
    y = leaf(torch) * 1
    y.grad = torch.ones(2, 3)
    y.mul_(2.0)
    assert y.grad.tolist() == [[1.0] * 3] * 2
    y.detach_()
    assert y.is_leaf and y.grad.tolist() == [[1.0] * 3] * 2
    y.requires_grad_()
    y.sum().backward()
    assert y.grad.tolist() == [[2.0] * 3] * 2
    y.detach_()
    assert y.grad.tolist() == [[2.0] * 3] * 2


def test_who_wants_no_gradient_any_more_gets_none(torch: Any) -> None:
    x = leaf(torch)
    loss = (x * x).sum()
    x.requires_grad_(False)
    loss.backward(retain_graph=True)
    assert x.grad is None
    x.requires_grad_()
    loss.backward()
    assert x.grad.sum().item() == 42.0


def test_inputs_that_are_no_leaves_retain_their_gradients(torch: Any) -> None:
    x = leaf(torch)
    y = x * 1
    z = (y * 3).sum()
    for total in (3.0, 6.0):
        z.backward(inputs=[y], retain_graph=True)
        assert y.grad[0, 0].item() == total
    assert y.retains_grad and x.grad is None


def test_inputs_that_are_no_leaves_are_gone_through(torch: Any) -> None:
    y = leaf(torch).exp()
    z = (y * 3).sum()
    z.backward(inputs=[y])
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.sum().backward()


def test_a_written_view_is_differentiated_once(torch: Any) -> None:
    buffer = torch.zeros(2, 3)
    buffer[0] = leaf(torch)[0]
    buffer.sum().backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        buffer.sum().backward()


# ---- an element that is written onto itself ----


def test_writing_memory_onto_itself(torch: Any) -> None:
    x = torch.tensor([[1.0], [2.0]])
    x[0] += 1
    x[:] = x
    x[1] = x[1]
    x[:] = x[0]
    assert x.tolist() == [[2.0], [2.0]]
    y = torch.tensor([1.0, 2.0, 3.0])
    with pytest.raises(RuntimeError, match="single memory location"):
        y[1:] = y[:2]


def test_part_of_a_leaf_is_written_under_no_grad(torch: Any) -> None:
    x = leaf(torch)
    with torch.no_grad():
        x[0] += 1.0
        x[:, 1] *= x[0, 0]
        x[1].clamp_(max=5.0)
    assert x.is_leaf and x.tolist() == [[2.0, 6.0, 4.0], [4.0, 5.0, 5.0]]
