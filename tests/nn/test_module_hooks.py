"""Hooks of modules: when they run, what they see, and what their answers do, asked of both engines."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

import pytest


def double(torch: Any) -> Any:
    """y = w x with w = 2, and a keyword argument that is added."""

    class Double(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = torch.nn.Parameter(torch.tensor([2.0]))

        def forward(self, x: Any, shift: float = 0.0, fail: bool = False) -> Any:
            if fail:
                raise ZeroDivisionError("failed")
            return self.w * x + shift

    return Double()


def one(torch: Any) -> Any:
    return torch.ones(1, requires_grad=True)


# ---- forward ----


def test_order_of_forward_hooks(torch: ModuleType) -> None:
    model, seen = double(torch), []
    model.register_forward_hook(lambda m, args, out: seen.append(("after", m is model, args[0].item(), out.item())))
    model.register_forward_hook(lambda *_: seen.append("after, first"), prepend=True)
    model.register_forward_pre_hook(lambda m, args: seen.append(("before", len(args), args[0].item())))
    model.register_forward_pre_hook(lambda *_: seen.append("before, first"), prepend=True)
    assert model(one(torch)).item() == 2
    assert seen == ["before, first", ("before", 1, 1.0), "after, first", ("after", True, 1.0, 2.0)]


def test_forward_hooks_replace(torch: ModuleType) -> None:
    model = double(torch)
    model.register_forward_pre_hook(lambda m, args: args[0] * 10)
    model.register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    model.register_forward_hook(lambda m, args, out: out + 100)
    assert model(one(torch)).item() == 122


def test_forward_hooks_with_keywords(torch: ModuleType) -> None:
    model, seen = double(torch), []
    before = lambda m, args, kwargs: (args, {**kwargs, "shift": kwargs["shift"] + 1})
    after = lambda m, args, kwargs, out: seen.append((len(args), kwargs, out.item()))
    model.register_forward_pre_hook(before, with_kwargs=True)
    model.register_forward_hook(after, with_kwargs=True)
    assert model(one(torch), shift=5.0).item() == 8
    assert seen == [(1, {"shift": 6.0}, 8.0)]
    model.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with pytest.raises(RuntimeError, match="forward pre-hook must return None or a tuple"):
        model(one(torch), shift=5.0)


def test_hooks_that_are_always_called(torch: ModuleType) -> None:
    model, seen = double(torch), []
    model.register_forward_hook(lambda *_: seen.append("usual"))
    model.register_forward_hook(lambda m, args, out: seen.append(("always", out)), always_call=True)
    with pytest.raises(ZeroDivisionError):
        model(one(torch), fail=True)
    assert seen == [("always", None)]
    model.register_forward_hook(lambda *_: [].pop(), always_call=True)
    with pytest.raises(ZeroDivisionError), pytest.warns(UserWarning, match="was silenced as another error was raised"):
        model(one(torch), fail=True)


def test_hooks_are_removed(torch: ModuleType) -> None:
    model, seen = double(torch), []
    handle = model.register_forward_hook(lambda *_: seen.append(1))
    with model.register_forward_pre_hook(lambda *_: seen.append(2)):
        model(one(torch))
    handle.remove()
    handle.remove()
    model(one(torch))
    assert seen == [2, 1]


# ---- backward ----


def test_backward_hooks_see_gradients(torch: ModuleType) -> None:
    model, seen = double(torch), []
    model.register_full_backward_pre_hook(lambda m, outs: seen.append(("before", [g.item() for g in outs])))
    model.register_full_backward_hook(
        lambda m, ins, outs: seen.append(("after", m is model, [g.item() for g in ins], [g.item() for g in outs]))
    )
    x = one(torch)
    (model(x) * 3).sum().backward()
    assert seen == [("before", [3.0]), ("after", True, [6.0], [3.0])]
    assert (x.grad.item(), model.w.grad.item()) == (6, 3)


def test_backward_hooks_replace(torch: ModuleType) -> None:
    model = double(torch)
    model.register_full_backward_pre_hook(lambda m, outs: (outs[0] * 10,))
    model.register_full_backward_hook(lambda m, ins, outs: (ins[0] + 1,))
    model.register_full_backward_hook(lambda m, ins, outs: (ins[0] * 2,), prepend=True)
    x = one(torch)
    model(x).sum().backward()
    assert (x.grad.item(), model.w.grad.item()) == (41, 10)


def test_backward_hooks_must_return_as_many(torch: ModuleType) -> None:
    model = double(torch)
    handle = model.register_full_backward_hook(lambda m, ins, outs: ins * 2)
    with pytest.raises(RuntimeError, match="invalid number of grad_input, got 2, but expected 1"):
        model(one(torch)).sum().backward()
    handle.remove()
    model.register_full_backward_pre_hook(lambda m, outs: outs * 2)
    with pytest.raises(RuntimeError, match="invalid number of grad_output, got 2, but expected 1"):
        model(one(torch)).sum().backward()


def test_backward_hooks_of_several_inputs_and_outputs(torch: ModuleType) -> None:
    class Both(torch.nn.Module):
        def forward(self, x: Any, n: int, y: Any) -> Any:
            return x * y, n, y * n

    model, seen = Both(), []
    show = lambda gs: [None if g is None else g.item() for g in gs]
    model.register_full_backward_hook(lambda m, ins, outs: seen.append((show(ins), show(outs))))
    x, y = one(torch), torch.ones(1)
    a, n, b = model(x, 3, y)
    assert n == 3
    (a * 5 + b).sum().backward()
    assert seen == [([5.0, None, 0.0], [5.0, None, None])]


def test_backward_hooks_without_a_gradient_to_leave(torch: ModuleType) -> None:
    model, seen = double(torch), []
    handle = model.register_full_backward_hook(lambda m, ins, outs: seen.append((ins, outs[0].item())))
    with pytest.warns(UserWarning, match="Full backward hook is firing"):
        model(torch.ones(1)).sum().backward()
    assert seen == [((None,), 1.0)]
    handle.remove()
    model.register_full_backward_hook(lambda m, ins, outs: (outs[0],))
    with (
        pytest.warns(UserWarning, match="Full backward hook is firing"),
        pytest.raises(RuntimeError, match="should always return None"),
    ):
        model(torch.ones(1)).sum().backward()


def test_backward_hooks_without_grad_mode(torch: ModuleType) -> None:
    model, seen = double(torch), []
    model.register_full_backward_hook(lambda *_: seen.append(1))
    with torch.no_grad():
        assert not model(one(torch)).requires_grad
    assert seen == []


def test_backward_hooks_and_outputs_of_other_kinds(torch: ModuleType) -> None:
    class Listed(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return [x]

    model = Listed()
    model.register_full_backward_hook(lambda *_: None)
    with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple of Tensors"):
        model(one(torch))


def test_backward_hooks_and_writing_in_place(torch: ModuleType) -> None:
    model = torch.nn.Sequential(double(torch), torch.nn.ReLU(inplace=True))
    model[0].register_full_backward_hook(lambda *_: None)
    with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
        model(one(torch))


def test_double_backward_through_hooks(torch: ModuleType) -> None:
    model, seen = double(torch), []
    model.register_full_backward_hook(lambda m, ins, outs: seen.append(ins[0].item()))
    x = one(torch)
    (g,) = torch.autograd.grad(model(x) ** 3, x, create_graph=True)
    assert g.item() == 24
    (h,) = torch.autograd.grad(g, x)
    assert h.item() == 48
    assert seen[0] == 24


class Pair(NamedTuple):
    first: Any
    second: Any


def test_a_named_tuple_stays_one(torch: Any) -> None:
    class Two(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return Pair(x * 2, x * 3)

    module, seen = Two(), []
    module.register_full_backward_hook(lambda module, inputs, outputs: seen.append((len(inputs), len(outputs))))
    out = module(one(torch))
    out.first.backward()
    assert type(out) is Pair
    assert seen == [(1, 2)]
