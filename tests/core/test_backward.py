"""What a sweep delivers, to whom, and what it refuses."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.core import backward
from minigrad.core.fast import sweeping


def leaf(torch: Any, *values: float) -> Any:
    return torch.tensor(values or (1.0, 2.0, 3.0), dtype=torch.float64, requires_grad=True)


# ---- leaves own their gradients ----


def share(x: Any, y: Any) -> bool:
    return np.shares_memory(x.detach().numpy(), y.detach().numpy())


def test_two_leaves_of_a_sum_do_not_share_their_gradient(torch: Any) -> None:
    a, b = leaf(torch), leaf(torch)
    (a + b).sum().backward()
    assert not share(a.grad, b.grad)
    a.grad.add_(1.0)
    assert b.grad.tolist() == [1.0, 1.0, 1.0]


def test_the_gradient_of_a_sum_is_writable_memory(torch: Any) -> None:
    x = leaf(torch)
    x.sum().backward()
    x.grad.add_(1.0)
    x.grad[0] = 5.0
    assert x.grad.tolist() == [5.0, 2.0, 2.0]


def test_the_users_gradient_is_not_adopted(torch: Any) -> None:
    x = leaf(torch)
    g = torch.tensor([1.0, 1.0, 1.0], dtype=torch.float64)
    (x + 0).backward(g)
    x.grad.add_(1.0)
    assert g.tolist() == [1.0, 1.0, 1.0]
    g.add_(5.0)
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_a_gradient_kept_by_a_hook_is_not_adopted(torch: Any) -> None:
    x = leaf(torch)
    seen = []
    y = x * 1
    y.register_hook(lambda g: seen.append(g))
    (y + 0).sum().backward()
    before = seen[0].tolist()
    x.grad.add_(1.0)
    assert seen[0].tolist() == before


def test_a_gradient_returned_by_grad_is_owned() -> None:
    a, b = leaf(minigrad), leaf(minigrad)
    g, h = minigrad.autograd.grad((a + b).sum(), (a, b))
    assert not share(g, h)
    g.add_(1.0)
    assert h.tolist() == [1.0, 1.0, 1.0]


def test_read_only_memory_is_never_a_gradient() -> None:
    x = leaf(minigrad)
    x.sum().backward()
    assert x.grad.array.flags.writeable
    (g,) = minigrad.autograd.grad(x.sum(), x)
    assert g.array.flags.writeable


# ---- accumulation ----


def test_sweeps_accumulate(torch: Any) -> None:
    x = leaf(torch)
    for _ in range(3):
        (x * x).sum().backward()
    assert x.grad.tolist() == [6.0, 12.0, 18.0]


def test_accumulation_is_in_place(torch: Any) -> None:
    x = leaf(torch)
    x.sum().backward()
    kept = x.grad
    x.sum().backward()
    assert kept.tolist() == [2.0, 2.0, 2.0]


def test_accumulation_under_create_graph_is_not_in_place(torch: Any) -> None:
    x = leaf(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of the cycle that it makes here
        (x * x).sum().backward(create_graph=True)
        kept = x.grad
        (x * x).sum().backward(create_graph=True)
    assert kept.tolist() == [2.0, 4.0, 6.0]
    assert x.grad.tolist() == [4.0, 8.0, 12.0]
    (again,) = torch.autograd.grad(x.grad.sum(), x)
    assert again.tolist() == [4.0, 4.0, 4.0]
    x.grad = None


def test_used_twice(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    (y * y + y + x).sum().backward()
    assert x.grad.tolist() == [8 * v + 3 for v in (1.0, 2.0, 3.0)]


def test_the_same_operand_twice(torch: Any) -> None:
    x = leaf(torch)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_a_diamond_waits_for_both_sides(torch: Any) -> None:
    x = leaf(torch, 2.0)
    top = x * x
    left, right = top * 3, top.exp()
    seen = []
    top.register_hook(lambda g: seen.append(g.item()))
    (left + right).backward()
    assert seen == [pytest.approx(3 + np.exp(4.0))]


def test_several_roots(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    g = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    torch.autograd.backward([y, (x * x).sum()], [g, None])
    assert x.grad.tolist() == [2.0 + 2, 4.0 + 4, 6.0 + 6]


def test_the_gradient_has_the_leafs_type(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    (x * torch.tensor([1.0, 2.0], dtype=torch.float64)).sum().backward()
    assert x.grad.dtype == torch.float32


def test_gradients_with_a_graph_are_owned_too(torch: Any) -> None:
    a, b = leaf(torch), leaf(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (a + b).sum().backward(create_graph=True)
    assert a.grad is not b.grad
    a.grad.detach().add_(1.0)
    assert b.grad.tolist() == [1.0, 1.0, 1.0]
    a.grad = b.grad = None


def probe(x: Any, answer_of: Any) -> Any:
    """x itself, with a gradient that we make."""

    class Probe(minigrad.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return answer_of(g)

    return Probe.apply(x)


def doubled(made: list[int]) -> Any:
    """Twice the gradient that comes in; where its memory lies is noted."""

    def answer_of(g: Any) -> Any:
        answer = g * 2
        made.append(answer.array.ctypes.data)
        return answer

    return answer_of


@pytest.fixture
def fast_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep of the fast floor, on whichever floor the tests run."""
    monkeypatch.setattr(backward, "sweep", sweeping.sweep)
    monkeypatch.setattr(backward, "owned", sweeping.owned)


def test_an_unshared_gradient_is_adopted_without_a_copy(fast_sweep: None) -> None:
    x = leaf(minigrad)
    made: list[int] = []
    probe(x, doubled(made)).sum().backward()
    assert made == [x.grad.array.ctypes.data]


# ---- sums of large gradients are taken in place, where nothing else refers to the memory ----


def test_the_sum_lies_where_the_last_gradient_lay(fast_sweep: None) -> None:
    x = minigrad.ones(5000, requires_grad=True)
    made: list[int] = []
    y = probe(x, doubled(made))  # older than x * 3, so its gradient comes last
    (x * 3 + y).sum().backward()
    assert made == [x.grad.array.ctypes.data] and x.grad.eq(5).all()


def test_the_sum_does_not_write_to_what_a_function_keeps() -> None:
    x = minigrad.ones(5000, requires_grad=True)
    kept = minigrad.full((5000,), 2.0)
    for answer_of in (lambda g: kept, lambda g: kept.view(100, 50).view(5000)):
        x.grad = None
        (x * 3 + probe(x, answer_of)).sum().backward()
        assert kept.eq(2).all() and x.grad.eq(5).all()


def test_the_sum_has_the_type_of_both() -> None:
    x = minigrad.ones(5000, requires_grad=True)
    (x * 3 + probe(x, lambda g: (g * 2).half())).sum().backward()
    assert x.grad.dtype == minigrad.float32 and x.grad.eq(5).all()


def test_the_sum_does_not_write_to_what_a_hook_keeps(torch: Any) -> None:
    x = torch.ones(5000, requires_grad=True)
    y = x * 1
    seen: list[Any] = []
    z = y * 2
    z.grad_fn.register_hook(lambda inputs, outputs: seen.append(inputs[0]))
    (y * 3 + z).sum().backward()
    assert seen[0].eq(2).all() and x.grad.eq(5).all()


def test_the_sum_does_not_write_to_saved_values_or_retained_gradients(torch: Any) -> None:
    x = torch.ones(5000, requires_grad=True)
    w = torch.full((5000,), 2.0)
    y = x * 1
    a, b = y * w, y * w
    for v in (y, a, b):
        v.retain_grad()
    (a + b + y).sum().backward(retain_graph=True)
    (a + b + y).sum().backward()
    assert w.eq(2).all() and x.grad.eq(10).all() and y.grad.eq(10).all()
    assert a.grad.eq(2).all() and b.grad.eq(2).all()


# ---- refusals ----


def test_backward_twice(torch: Any) -> None:
    x = leaf(torch)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def test_backward_twice_through_several_outputs(torch: Any) -> None:
    x = leaf(torch)
    y = sum(part.sum() for part in (x * x).split(1))
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def test_backward_twice_where_nothing_was_saved(torch: Any) -> None:
    x = leaf(torch)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_retain_graph(torch: Any) -> None:
    x = leaf(torch)
    y = (x * x).exp().sum()
    y.backward(retain_graph=True)
    once = x.grad.tolist()
    y.backward()
    assert x.grad.tolist() == [2 * v for v in once]
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()


def test_a_shared_part_is_freed_by_the_first_sweep(torch: Any) -> None:
    x = leaf(torch)
    shared = x * x
    shared.sum().backward()
    with pytest.raises(RuntimeError, match="a second time"):
        shared.exp().sum().backward()


def test_a_vector_needs_a_gradient(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        (leaf(torch) * 2).backward()


def test_one_element_is_scalar_enough(torch: Any) -> None:
    x = leaf(torch, 3.0)
    (x * 2).backward()
    assert x.grad.tolist() == [2.0]


def test_a_gradient_of_the_wrong_shape(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        (leaf(torch) * 2).backward(torch.tensor([1.0], dtype=torch.float64))


def test_a_gradient_that_is_no_tensor(torch: Any) -> None:
    with pytest.raises(TypeError):
        (leaf(torch) * 2).backward([[1.0, 2.0, 3.0]])


def test_backward_of_a_constant(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        torch.tensor(1.0).backward()


def test_backward_of_a_leaf(torch: Any) -> None:
    x = leaf(torch, 3.0)
    x.backward()
    x.backward()
    assert x.grad.tolist() == [2.0]


def test_integers_need_no_gradient(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="floating point"):
        torch.tensor([1]).requires_grad_()


def test_grad_of_a_non_leaf_warns(torch: Any) -> None:
    y = leaf(torch) * 2
    with pytest.warns(UserWarning, match="not a leaf Tensor is being accessed"):
        assert y.grad is None


def test_a_non_leaf_cannot_forget_its_graph(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf"):
        (leaf(torch) * 2).requires_grad_(False)


def test_assigning_a_gradient(torch: Any) -> None:
    x = leaf(torch)
    with pytest.raises(TypeError):
        x.grad = 1.0
    with pytest.raises(RuntimeError):
        x.grad = torch.tensor([1.0], dtype=torch.float64)
    with pytest.raises(RuntimeError):
        x.grad = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float32)
    x.grad = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    x.sum().backward()
    assert x.grad.tolist() == [2.0, 3.0, 4.0]
    x.grad = None
    assert x.grad is None


# ---- retain_grad, detach ----


def test_retain_grad(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    assert not y.retains_grad
    y.retain_grad()
    y.retain_grad()
    assert y.retains_grad
    (y * y).sum().backward()
    assert y.grad.tolist() == [4.0, 8.0, 12.0]


def test_retain_grad_of_a_leaf_or_a_constant(torch: Any) -> None:
    x = leaf(torch)
    x.retain_grad()
    assert not x.retains_grad
    with pytest.raises(RuntimeError, match="requires_grad=False"):
        torch.tensor(1.0).retain_grad()


def test_retained_gradient_is_not_the_leafs(torch: Any) -> None:
    x = leaf(torch)
    y = x + 0
    y.retain_grad()
    y.sum().backward()
    y.grad.add_(1.0)
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_detach_shares_memory_and_stops_the_gradient(torch: Any) -> None:
    x = leaf(torch)
    y = (x * 2).detach()
    assert not y.requires_grad
    assert y.is_leaf
    (x * y).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]
    assert share(x.detach(), x)


# ---- autograd.grad and backward(inputs=) ----


def test_grad_does_not_accumulate(torch: Any) -> None:
    x = leaf(torch)
    (g,) = torch.autograd.grad((x * x).sum(), x)
    assert g.tolist() == [2.0, 4.0, 6.0]
    assert x.grad is None


def test_grad_of_a_non_leaf(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    g, h = torch.autograd.grad((y * y).sum(), (y, x))
    assert g.tolist() == [4.0, 8.0, 12.0]
    assert h.tolist() == [8.0, 16.0, 24.0]


def test_only_inputs(torch: Any) -> None:
    x = leaf(torch)
    assert torch.autograd.grad(x.sum(), x, None, False, False, True)[0].tolist() == [1.0, 1.0, 1.0]
    with pytest.warns(FutureWarning, match="only_inputs argument is deprecated"):
        torch.autograd.grad(x.sum(), x, only_inputs=False)


def test_grad_of_the_output_itself(torch: Any) -> None:
    y = (leaf(torch) * 2).sum()
    (g,) = torch.autograd.grad(y, y)
    assert g.item() == 1.0


def test_grad_with_an_input_twice(torch: Any) -> None:
    x = leaf(torch)
    g, h = torch.autograd.grad((x * x).sum(), (x, x))
    assert g.tolist() == h.tolist() == [2.0, 4.0, 6.0]


def test_grad_with_grad_outputs(torch: Any) -> None:
    x = leaf(torch)
    v = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    (g,) = torch.autograd.grad([x * x, x * 2], x, [v, v])
    assert g.tolist() == [4.0, 60.0, 800.0]


def test_grad_of_an_unused_input(torch: Any) -> None:
    x, unused = leaf(torch), leaf(torch)
    y = (x * x).sum()
    with pytest.raises(RuntimeError, match="not have been used in the graph"):
        torch.autograd.grad(y, (x, unused), retain_graph=True)
    assert torch.autograd.grad(y, (x, unused), retain_graph=True, allow_unused=True)[1] is None
    zeros = torch.autograd.grad(y, (x, unused), materialize_grads=True)[1]
    assert zeros.tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="allow_unused"):
        torch.autograd.grad(y, unused, allow_unused=False, materialize_grads=True)


def test_grad_of_a_constant_input(torch: Any) -> None:
    with pytest.raises(RuntimeError):
        torch.autograd.grad(leaf(torch).sum(), torch.tensor(1.0))


def test_grad_frees_only_what_it_passed(torch: Any) -> None:
    x, w = leaf(torch), leaf(torch)
    y = x * w
    side = w.exp()
    z = (y + side).sum()
    torch.autograd.grad(z, x)
    (g,) = torch.autograd.grad(side.sum(), w)  # its exp was not on the way to x: its output is still saved
    assert g.tolist() == side.tolist()


def test_grad_of_grad_of_grad(torch: Any) -> None:
    x = leaf(torch, 2.0)
    g = x**5
    for _ in range(3):
        (g,) = torch.autograd.grad(g, x, create_graph=True)
    assert g.tolist() == [60 * 4.0]


def test_backward_into_chosen_inputs(torch: Any) -> None:
    x, w = leaf(torch), leaf(torch)
    (x * w).sum().backward(inputs=[w])
    assert x.grad is None
    assert w.grad.tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(RuntimeError, match="cannot be empty"):
        x.sum().backward(inputs=[])


def test_backward_into_a_non_leaf(torch: Any) -> None:
    x = leaf(torch)
    y = x * 2
    y.retain_grad()
    (y * y).sum().backward(inputs=[y])
    assert y.grad.tolist() == [4.0, 8.0, 12.0]
    assert x.grad is None


# ---- the shape of the graph ----


def test_nodes_have_torchs_names(torch: Any) -> None:
    x = leaf(torch)
    y = (x * 2 + 1).exp()
    exp = y.grad_fn
    add = exp.next_functions[0][0]
    mul = add.next_functions[0][0]
    accumulate = mul.next_functions[0][0]
    assert [n.name() for n in (exp, add, mul)] == ["ExpBackward0", "AddBackward0", "MulBackward0"]
    assert accumulate.variable is x
    assert x.grad_fn is None
    assert x.is_leaf
    assert not y.is_leaf


# ---- backward passes inside of each other ----


def test_five_hundred_sweeps_inside_of_each_other(torch: Any) -> None:
    class Inner(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any, depth: int) -> Any:
            ctx.depth = depth
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            if ctx.depth:
                with torch.enable_grad():
                    y = torch.ones(1, requires_grad=True)
                    Inner.apply(y, ctx.depth - 1).sum().backward()
                return g * y.grad, None
            assert not torch.is_grad_enabled()
            return g * 2, None

    x = leaf(torch)
    Inner.apply(x, 500).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_an_error_comes_out_of_sweeps_inside_of_each_other(torch: Any) -> None:
    def hook(depth: int) -> Any:
        def run(g: Any) -> Any:
            with torch.enable_grad():
                y = torch.ones(1, requires_grad=True)
                if not depth:
                    raise KeyError("at the bottom")
                y.register_hook(hook(depth - 1))
                return g * torch.autograd.grad(y.sum(), y)[0]

        return run

    x = leaf(torch)
    x.register_hook(hook(40))
    with pytest.raises(KeyError, match="at the bottom"):
        x.sum().backward()


# ---- data of another shape ----


def test_data_of_another_shape_than_the_graphs(torch: Any) -> None:
    x = leaf(torch)
    loss = x.sum()
    x.data = torch.ones(2)
    with pytest.raises(RuntimeError):
        loss.backward()
    with pytest.raises(RuntimeError, match="must be floating point or complex dtype"):
        (leaf(torch) * 1).data = torch.tensor([1, 2])
    with pytest.raises(RuntimeError, match="Deleting tensor data is not allowed"):
        del x.data


def test_a_second_derivative_after_the_logits_were_overwritten(torch: Any) -> None:
    x = torch.tensor([[1.0, -1.0, 0.5]], dtype=torch.float64, requires_grad=True)

    def hessian_of_logsum(overwrite: bool) -> Any:
        logits = x * 2
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor([1]))
        if overwrite:
            logits.zero_()
        (g,) = torch.autograd.grad(loss, x, create_graph=True)
        (h,) = torch.autograd.grad((g * g).sum(), x)
        return h.tolist()

    np.testing.assert_allclose(hessian_of_logsum(True), hessian_of_logsum(False), 1e-12)
