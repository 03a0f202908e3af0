"""Hooks see every gradient once, in order, and may replace it."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad


def leaf(torch: Any) -> Any:
    return torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)


def test_a_hook_sees_the_complete_gradient(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y + y * 3).sum().backward()
    assert seen == [[4.0, 4.0]]


def test_a_hook_replaces(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: g + 1)
    y.sum().backward()
    assert x.grad.tolist() == [22.0, 22.0]


def test_a_hook_on_a_leaf(torch: Any) -> None:
    x = leaf(torch)
    x.register_hook(lambda g: g * 3)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]
    (g,) = torch.autograd.grad((x * 2).sum(), x)
    assert g.tolist() == [6.0, 6.0]


def test_a_hook_on_a_leaf_runs_once_for_the_whole_sum(torch: Any) -> None:
    x = leaf(torch)
    seen = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * 2 + x * 3).sum().backward()
    assert seen == [[5.0, 5.0]]


def test_hooks_run_in_order_and_are_removed(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    order: list[int] = []
    handles = [y.register_hook(lambda g, k=k: order.append(k)) for k in range(3)]
    handles[1].remove()
    handles[1].remove()
    y.sum().backward()
    assert order == [0, 2]


def test_a_handle_is_a_context_manager(torch: Any) -> None:
    x = leaf(torch)
    seen = []
    with x.register_hook(lambda g: seen.append(1)):
        x.sum().backward()
    x.sum().backward()
    assert seen == [1]


def test_a_hook_that_changes_the_shape(torch: Any) -> None:
    y = leaf(torch) * 2
    y.register_hook(lambda g: g.sum())
    with pytest.raises(RuntimeError, match="changed the size of value"):
        y.sum().backward()


def test_a_hook_that_changes_the_type(torch: Any) -> None:
    for x in (leaf(torch), leaf(torch) * 2):
        x.register_hook(lambda g: g.half())
        with pytest.raises(RuntimeError, match="changed the type of value"):
            x.sum().backward()


def test_a_hook_that_returns_no_tensor(torch: Any) -> None:
    y = leaf(torch) * 2
    y.register_hook(lambda g: 3.0)
    with pytest.raises(TypeError):
        y.sum().backward()


def test_a_hook_needs_a_gradient(torch: Any) -> None:
    with pytest.raises(RuntimeError, match=r"requires? grad"):
        torch.tensor(1.0).register_hook(print)


def test_retain_grad_sees_what_the_hooks_made(torch: Any) -> None:
    y = leaf(torch) * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.sum().backward()
    assert y.grad.tolist() == [10.0, 10.0]


def test_a_hook_under_create_graph_is_part_of_the_graph(torch: Any) -> None:
    x = leaf(torch)
    y = x * x
    y.register_hook(lambda g: g * x)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    assert g.tolist() == [2.0, 8.0]
    assert h.tolist() == [4.0, 8.0]


def test_post_accumulate_hook(torch: Any) -> None:
    x = leaf(torch)
    seen = []

    def step(p: Any) -> None:
        seen.append(p.grad.tolist())
        p.grad = None

    handle = x.register_post_accumulate_grad_hook(step)
    for _ in range(2):
        (x * 2).sum().backward()
    assert seen == [[2.0, 2.0], [2.0, 2.0]]
    assert x.grad is None
    handle.remove()
    x.sum().backward()
    assert len(seen) == 2
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * 2).register_post_accumulate_grad_hook(step)


def test_node_hooks(torch: Any) -> None:
    x = leaf(torch)
    y = x * 3
    seen = []
    node = y.grad_fn
    node.register_hook(lambda gi, go: seen.append((gi[0].tolist(), go[0].tolist())))
    node.register_prehook(lambda go: (go[0] * 2,))
    y.sum().backward()
    assert seen == [([6.0, 6.0], [2.0, 2.0])]


def test_a_node_hook_replaces(torch: Any) -> None:
    x = leaf(torch)
    y = x * 3
    y.grad_fn.register_hook(lambda gi, go: tuple(None if g is None else g + 1 for g in gi))
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 4.0]


def test_a_hook_of_an_overwritten_tensor_belongs_to_its_old_value(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.mul_(5.0)
    y.sum().backward()
    assert seen == [[5.0, 5.0]]


def test_hooks_on_a_node_of_several_outputs(torch: Any) -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    a, b = x.unbind()
    seen = []
    a.grad_fn.register_hook(lambda inputs, outputs: seen.append([None if g is None else g.tolist() for g in outputs]))
    (a * 2 + b).sum().backward(retain_graph=True)
    assert seen == [[[2.0, 2.0], [1.0, 1.0]]]
    assert x.grad.tolist() == [[2.0, 2.0], [1.0, 1.0]]
    handle = a.grad_fn.register_prehook(lambda outputs: (outputs[0] * 10, outputs[1]))
    x.grad = None
    (a * 2 + b).sum().backward(retain_graph=True)
    assert x.grad.tolist() == [[20.0, 20.0], [1.0, 1.0]]
    handle.remove()
    x.grad = None
    a.sum().backward()
    assert x.grad.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def written(torch: Any, write: Any) -> Any:
    """.grad of a tensor and of a view of it that retain theirs, after a write; and that of the leaf."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    write(torch, y)
    (y * 5).sum().backward()
    return y.retains_grad, y.grad.tolist(), x.grad.tolist()


WRITES = {
    "add": lambda m, y: y.add_(1),
    "scale": lambda m, y: y.mul_(3),
    "set": lambda m, y: y.__setitem__(0, 7.0),
    "zero": lambda m, y: y.zero_(),
    "a view": lambda m, y: y[1:].mul_(2),
    "relu": lambda m, y: m.nn.functional.relu(y, inplace=True),
    "no grad": lambda m, y: m.no_grad()(y.mul_)(5),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_retain_grad_outlives_a_write(write: Any) -> None:
    import torch

    assert written(minigrad, write) == written(torch, write)


def test_a_view_keeps_its_gradient_after_its_base_was_written(torch: Any) -> None:
    y = torch.ones(3, requires_grad=True) * 2
    v = y[:2]
    v.retain_grad()
    y.add_(1)
    (v * 3).sum().backward()
    assert v.grad.tolist() == [3.0, 3.0]


def test_the_leaf_may_be_written_once_its_gradient_is_there(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def step(p: Any) -> None:
        assert not torch.is_grad_enabled()
        p.sub_(p.grad)
        p.grad = None

    x.register_post_accumulate_grad_hook(step)
    (x * x).sum().backward()
    assert x.tolist() == [-1.0, -2.0]
    assert x.grad is None
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda p: p.grad)
    with pytest.raises(RuntimeError, match="should return None"):
        (x * x).sum().backward()


def test_number_of_an_output(torch: Any) -> None:
    parts = (torch.ones(3, requires_grad=True) * 1).split([1, 2])
    assert [p.output_nr for p in parts] == [0, 1]
