"""What every optimizer has from its base: groups, hooks, states, refusals. Each demand is made of torch too."""

from __future__ import annotations

import copy
import importlib
import pickle
from typing import Any

import numpy as np
import pytest

import minigrad


def leaf(torch: Any, *values: float) -> Any:
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


def matrix(torch: Any) -> Any:
    x = torch.ones(2, 2, requires_grad=True)
    x.grad = torch.ones(2, 2)
    return x


def with_grad(torch: Any, *values: float) -> Any:
    x = leaf(torch, *values)
    x.grad = torch.ones_like(x)
    return x


def base(torch: Any) -> Any:
    return importlib.import_module(f"{torch.__name__}.optim.optimizer")


# ---- the step ----


def test_a_parameter_without_a_gradient_stays(torch: Any) -> None:
    x, y = with_grad(torch), leaf(torch)
    optimizer = torch.optim.Adam([x, y], lr=0.5)
    optimizer.step()
    assert y.tolist() == [1.0, 2.0] and x.tolist() != [1.0, 2.0]
    assert list(optimizer.state_dict()["state"]) == [0]


def test_plain_sgd_keeps_no_state(torch: Any) -> None:
    optimizer = torch.optim.SGD([with_grad(torch)], lr=0.5)
    optimizer.step()
    assert len(optimizer.state) == 0 and optimizer.state_dict()["state"] == {}


def test_adagrad_has_its_state_from_the_start(torch: Any) -> None:
    x = leaf(torch)
    optimizer = torch.optim.Adagrad([x], initial_accumulator_value=0.5)
    assert optimizer.state[x]["sum"].tolist() == [0.5, 0.5] and optimizer.state[x]["step"].item() == 0


def test_a_closure_is_called_with_gradients_on_and_its_loss_returned(torch: Any) -> None:
    x = leaf(torch)
    optimizer = torch.optim.SGD([x], lr=0.5)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 5.0 and loss.requires_grad and x.tolist() == [0.0, 0.0]
    assert optimizer.step() is None


def test_a_step_counts_as_a_write(torch: Any) -> None:
    x = leaf(torch)
    loss = (x * x).sum()
    x.grad = torch.ones_like(x)
    before = x._version
    torch.optim.SGD([x], lr=0.5).step()
    assert x._version > before
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_the_memory_is_written_in_place_whatever_its_layout(torch: Any) -> None:
    base = torch.zeros(2, 3)
    x = base.t().requires_grad_()
    x.grad = torch.ones_like(x)
    for name in ("SGD", "Adam", "Rprop", "ASGD"):
        optimizer = getattr(torch.optim, name)([x])
        optimizer.step()
        optimizer.step()
    assert base.tolist() == [[x[j, i].item() for j in range(3)] for i in range(2)]
    assert base[0, 0].item() != 0


def test_a_view_that_is_a_leaf_writes_its_base(torch: Any) -> None:
    base = torch.zeros(4)
    x = base[1:3].detach().requires_grad_()
    x.grad = torch.ones(2)
    torch.optim.SGD([x], lr=1.0).step()
    assert base.tolist() == [0.0, -1.0, -1.0, 0.0]


def test_memory_that_cannot_be_written(torch: Any) -> None:
    x = torch.ones(1).expand(3).requires_grad_()
    x.grad = torch.ones(3)
    with pytest.raises(RuntimeError, match="refers to a single memory location"):
        torch.optim.SGD([x]).step()
    lbfgs = torch.optim.LBFGS([x])
    with pytest.raises(RuntimeError, match="refers to a single memory location"):
        lbfgs.step(lambda: x.square().sum())


def test_a_gradient_that_cannot_be_added_to(torch: Any) -> None:
    x = torch.ones(3, requires_grad=True)
    x.grad = torch.ones(1).expand(3)
    with pytest.raises(RuntimeError, match="refers to a single memory location"):
        (x * torch.arange(3.0)).sum().backward()


def test_gradients_are_left_alone() -> None:
    for name in ("SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop"):
        x = with_grad(minigrad, 1.0, -2.0)
        options = {} if name == "Rprop" else {"weight_decay": 0.1}
        optimizer = getattr(minigrad.optim, name)([x], lr=0.1, maximize=True, **options)
        optimizer.step()
        optimizer.step()
        assert x.grad.tolist() == [1.0, 1.0], name


def test_zero_sized_parameters(torch: Any) -> None:
    x = torch.zeros(0, 3, requires_grad=True)
    x.grad = torch.zeros(0, 3)
    for name in ("SGD", "Adam", "Adagrad", "RMSprop", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop"):
        getattr(torch.optim, name)([x]).step()
    assert tuple(x.shape) == (0, 3)


def test_a_non_leaf_that_retains_its_gradient(torch: Any) -> None:
    x = leaf(torch)
    y = x * 1
    y.retain_grad()
    (y * y).sum().backward()
    torch.optim.SGD([y], lr=0.5).step()
    assert y.tolist() == [0.0, 0.0]


def test_an_optimizer_of_ones_own(torch: Any) -> None:
    class Sign(torch.optim.Optimizer):  # type: ignore[misc]
        def __init__(self, params: Any, lr: float) -> None:
            super().__init__(params, {"lr": lr})

        @torch.no_grad()  # type: ignore[untyped-decorator]
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad.sign(), alpha=-group["lr"])

    x = with_grad(torch)
    optimizer = Sign([x], lr=0.5)
    seen: list[str] = []
    optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
    optimizer.register_step_post_hook(lambda *_: seen.append("after"))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    optimizer.step()
    scheduler.step()
    assert x.tolist() == [0.5, 1.5] and seen == ["before", "after"]


# ---- zero_grad ----


def test_zero_grad_forgets(torch: Any) -> None:
    x = with_grad(torch)
    torch.optim.SGD([x]).zero_grad()
    assert x.grad is None


def test_zero_grad_writes_zeros_into_the_same_tensor(torch: Any) -> None:
    x, y = with_grad(torch), leaf(torch)
    grad = x.grad
    torch.optim.SGD([x, y]).zero_grad(set_to_none=False)
    assert x.grad is grad and grad.tolist() == [0.0, 0.0] and y.grad is None


@pytest.mark.filterwarnings("ignore:Using backward")
def test_zero_grad_cuts_the_gradients_graph(torch: Any) -> None:
    x = leaf(torch)
    (x**3).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    torch.optim.SGD([x]).zero_grad(set_to_none=False)
    assert not x.grad.requires_grad and x.grad.tolist() == [0.0, 0.0]


# ---- groups ----


def test_add_param_group(torch: Any) -> None:
    x, y = leaf(torch), with_grad(torch)
    optimizer = torch.optim.SGD([x], lr=0.5)
    group = {"params": y, "lr": 0.25}
    optimizer.add_param_group(group)
    optimizer.step()
    assert optimizer.param_groups[1] is group and group["params"] == [y] and group["momentum"] == 0
    assert y.tolist() == [0.75, 1.75]


def test_named_parameters(torch: Any) -> None:
    x, y = with_grad(torch), leaf(torch)
    optimizer = torch.optim.SGD([("x", x), ("y", y)], lr=0.5)
    assert optimizer.param_groups[0]["param_names"] == ["x", "y"]
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["x", "y"]
    with pytest.raises(ValueError, match="with/without names"):
        optimizer.add_param_group({"params": leaf(torch)})
    with pytest.raises(ValueError, match="Some param names are missing"):
        torch.optim.SGD([("x", x), y])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda t: t.optim.SGD(leaf(t)), TypeError, "params argument given to the optimizer"),
        (lambda t: t.optim.SGD([]), ValueError, "empty parameter list"),
        (lambda t: t.optim.SGD(x for x in ()), ValueError, "empty parameter list"),
        (lambda t: t.optim.SGD([1.0]), TypeError, "can only optimize Tensors, but one of the params is float"),
        (lambda t: t.optim.SGD(3), TypeError, "not iterable"),
        (lambda t: t.optim.SGD([leaf(t) * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda t: t.optim.SGD([{"params": {leaf(t)}}]), TypeError, "ordered collections"),
        (lambda t: t.optim.SGD([{"params": [x := leaf(t)]}, {"params": x}]), ValueError, "more than one param"),
        (lambda t: t.optim.SGD([leaf(t)]).add_param_group([leaf(t)]), TypeError, "must be a dict"),
        (lambda t: t.optim.SGD([leaf(t)], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda t: t.optim.SGD([leaf(t)], lr=t.ones(2)), ValueError, "Tensor lr must be 1-element"),
        (lambda t: t.optim.SGD([leaf(t)], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda t: t.optim.SGD([leaf(t)], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda t: t.optim.SGD([leaf(t)], nesterov=True), ValueError, "Nesterov momentum requires a momentum"),
        (lambda t: t.optim.SGD([leaf(t)], momentum=1, dampening=1, nesterov=True), ValueError, "zero dampening"),
        (lambda t: t.optim.SGD([leaf(t)], fused=True, foreach=True), RuntimeError, "cannot be `True` together"),
        (lambda t: t.optim.SGD([leaf(t)], fused=True, differentiable=True), RuntimeError, "`fused` does not support"),
        (lambda t: t.optim.SGD([leaf(t)], speed=3), TypeError, "speed"),
        (lambda t: t.optim.Adam([leaf(t)], lr=-1), ValueError, "Invalid learning rate"),
        (lambda t: t.optim.Adam([leaf(t)], lr=float("nan")), ValueError, "Invalid learning rate"),
        (lambda t: t.optim.Adam([leaf(t)], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda t: t.optim.Adam([leaf(t)], betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
        (lambda t: t.optim.Adam([leaf(t)], betas=(0.9, -0.1)), ValueError, "Invalid beta parameter at index 1: -0.1"),
        (lambda t: t.optim.Adam([leaf(t)], betas=(0, 0.9)), ValueError, "either both floats or both Tensors"),
        (lambda t: t.optim.Adam([leaf(t)], lr=t.tensor(0.1), foreach=True), ValueError, "lr as a Tensor"),
        (lambda t: t.optim.AdamW([leaf(t)], weight_decay=-1), ValueError, "Invalid weight_decay value"),
        (lambda t: t.optim.Adagrad([leaf(t)], lr_decay=-1), ValueError, "Invalid lr_decay value"),
        (lambda t: t.optim.Adagrad([leaf(t)], initial_accumulator_value=-1), ValueError, "initial_accumulator_value"),
        (lambda t: t.optim.RMSprop([leaf(t)], alpha=-1), ValueError, "Invalid alpha value"),
        (lambda t: t.optim.Adadelta([leaf(t)], rho=1.5), ValueError, "Invalid rho value"),
        (lambda t: t.optim.NAdam([leaf(t)], momentum_decay=-1), ValueError, "Invalid momentum_decay value"),
        (lambda t: t.optim.Rprop([leaf(t)], etas=(1.5, 0.5)), ValueError, "Invalid eta values: 1.5, 0.5"),
        (lambda t: t.optim.Adafactor([leaf(t)], lr=-1), ValueError, "Learning rate should be >= 0 but is: -1"),
        (lambda t: t.optim.Adafactor([leaf(t)], beta2_decay=1), ValueError, "beta2_decay should be <= 0 but is: 1"),
        (lambda t: t.optim.Adafactor([leaf(t)], eps=(-1, 1)), ValueError, "epsilon1 should be >= 0 but is: -1"),
        (lambda t: t.optim.Adafactor([leaf(t)], eps=(None, -1)), ValueError, "epsilon2 should be >= 0 but is: -1"),
        (lambda t: t.optim.Adafactor([leaf(t)], d=0.5), ValueError, "Clipping threshold d should be >= 1 but is: 0.5"),
        (lambda t: t.optim.Adafactor([leaf(t)], weight_decay=-1), ValueError, "weight_decay should be >= 0 but is"),
        (lambda t: t.optim.Adafactor([leaf(t)], lr=t.ones(2)), ValueError, "Tensor lr must be 1-element"),
        (lambda t: t.optim.Muon([leaf(t)]), ValueError, r"Muon only supports 2D parameters .* torch.Size\(\[2\]\)"),
        (lambda t: t.optim.Muon([matrix(t)], lr=-1), ValueError, "Learning rate should be >= 0"),
        (lambda t: t.optim.Muon([matrix(t)], lr=t.ones(2)), ValueError, "Tensor lr must be 1-element"),
        (lambda t: t.optim.Muon([matrix(t)], momentum=-1), ValueError, "momentum should be >= 0"),
        (lambda t: t.optim.Muon([matrix(t)], weight_decay=-1), ValueError, "weight decay should be >= 0"),
        (lambda t: t.optim.Muon([matrix(t)], adjust_lr_fn="x"), ValueError, "function x is not supported"),
        (lambda t: t.optim.Muon([matrix(t)], ns_steps=100).step(), ValueError, "must be less than 100"),
        (lambda t: t.optim.Muon([matrix(t)], ns_coefficients=(1,)).step(), ValueError, "exactly 3 values"),
        (lambda t: t.optim.LBFGS([{"params": [leaf(t)]}, {"params": [leaf(t)]}]), ValueError, "per-parameter options"),
    ],
)  # fmt: skip
def test_refusals(torch: Any, make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(torch)


def test_refusals_at_the_step(torch: Any) -> None:
    x = with_grad(torch)
    with pytest.raises(AssertionError, match="capturable=True"):
        torch.optim.Adam([x], capturable=True).step()
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        torch.optim.LBFGS([x], line_search_fn="wolfe").step(lambda: x.sum())
    with pytest.raises(NotImplementedError):
        torch.optim.Optimizer([x], {}).step()


def test_differentiable_steps_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="differentiable=True is not supported"):
        minigrad.optim.Adam([leaf(minigrad)], differentiable=True)


def test_a_required_option(torch: Any) -> None:
    required = base(torch).required
    assert repr(required) == "<required parameter>"
    with pytest.raises(ValueError, match="didn't specify a value of required optimization parameter lr"):
        torch.optim.Optimizer([leaf(torch)], {"lr": required})
    assert torch.optim.Optimizer([{"params": leaf(torch), "lr": 1}], {"lr": required}).param_groups[0]["lr"] == 1


def test_duplicates_in_a_group_are_warned_of(torch: Any) -> None:
    x = with_grad(torch)
    with pytest.warns(UserWarning, match="parameter group with duplicate parameters"):
        optimizer = torch.optim.SGD([x, x], lr=0.25)
    optimizer.step()
    assert x.tolist() == [0.5, 1.5]
    assert optimizer.state_dict()["param_groups"][0]["params"] == [1, 1]


# ---- hooks ----


def test_step_hooks_see_the_arguments_and_may_replace_them(torch: Any) -> None:
    x = with_grad(torch)
    optimizer = torch.optim.SGD([x], lr=0.5)
    seen: list[Any] = []
    closure = lambda: 7
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: (args, {"closure": closure}))
    after = optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append((o, args, kwargs)))
    assert optimizer.step() == 7
    assert seen == [(optimizer, (optimizer,), {"closure": closure})]
    before.remove()
    after.remove()
    assert optimizer.step() is None and len(seen) == 1
    optimizer.register_step_pre_hook(lambda *_: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple of"):
        optimizer.step()


def test_hooks_of_all_optimizers(torch: Any) -> None:
    module, seen = base(torch), []
    with (
        module.register_optimizer_step_pre_hook(lambda o, *_: seen.append(("before", type(o).__name__))),
        module.register_optimizer_step_post_hook(lambda o, *_: seen.append(("after", type(o).__name__))),
    ):
        torch.optim.SGD([with_grad(torch)]).step()
    torch.optim.Adam([with_grad(torch)]).step()
    assert seen == [("before", "SGD"), ("after", "SGD")]


def test_state_dict_hooks(torch: Any) -> None:
    optimizer = torch.optim.SGD([with_grad(torch)], lr=0.5, momentum=0.9)
    optimizer.step()
    seen: list[str] = []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("second"))
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "extra": 1})
    state = optimizer.state_dict()
    assert state["extra"] == 1 and seen == ["first", "second"]

    def halve(o: Any, state: Any) -> Any:
        groups = [{**group, "lr": group["lr"] / 2} for group in state["param_groups"]]
        return {**state, "param_groups": groups}

    optimizer.register_load_state_dict_pre_hook(halve)
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append(f"loaded {o.param_groups[0]['lr']}"))
    optimizer.load_state_dict(state)
    assert seen[-1] == "loaded 0.25" and state["param_groups"][0]["lr"] == 0.5


# ---- state ----


def test_the_state_dict_shows_the_optimizers_own_tensors(torch: Any) -> None:
    x = with_grad(torch)
    optimizer = torch.optim.SGD([x], momentum=0.9)
    optimizer.step()
    state = optimizer.state_dict()
    assert state["state"][0]["momentum_buffer"] is optimizer.state[x]["momentum_buffer"]
    another = torch.optim.SGD([y := leaf(torch)])
    another.load_state_dict(state)
    assert another.state[y]["momentum_buffer"] is optimizer.state[x]["momentum_buffer"]
    another.param_groups[0]["lr"] = 9.0
    assert state["param_groups"][0]["lr"] == optimizer.param_groups[0]["lr"] == 1e-3


def test_state_is_loaded_in_the_parameters_type(torch: Any) -> None:
    optimizer = torch.optim.Adam([with_grad(torch)])
    optimizer.step()
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    another = torch.optim.Adam([x])
    another.load_state_dict(optimizer.state_dict())
    assert another.state[x]["exp_avg"].dtype == torch.float64 and another.state[x]["step"].dtype == torch.float32


@pytest.mark.parametrize(
    ("groups", "words"),
    [([[2], [1]], "different number of parameter groups"), ([[1]], "doesn't match the size of optimizer's group")],
)
def test_a_state_of_another_shape_is_refused(torch: Any, groups: Any, words: str) -> None:
    sizes = [{"params": [leaf(torch) for _ in range(n)]} for (n,) in groups]
    state = torch.optim.SGD(sizes).state_dict()
    with pytest.raises(ValueError, match=words):
        torch.optim.SGD([leaf(torch), leaf(torch)]).load_state_dict(state)


def test_adamw_stays_decoupled_whatever_it_loads(torch: Any) -> None:
    optimizer = torch.optim.AdamW([leaf(torch)])
    optimizer.load_state_dict(torch.optim.Adam([leaf(torch)]).state_dict())
    assert optimizer.param_groups[0]["decoupled_weight_decay"] is True


def test_states_of_an_older_release() -> None:
    x = with_grad(minigrad)
    state = minigrad.optim.Adam([x]).state_dict()
    del state["param_groups"][0]["maximize"]
    zeros = minigrad.zeros(2)
    state["state"] = {0: {"step": 3, "exp_avg": zeros, "exp_avg_sq": zeros}}
    optimizer = minigrad.optim.Adam([x])
    optimizer.load_state_dict(state)
    optimizer.step()
    assert optimizer.state[x]["step"].item() == 4 and optimizer.param_groups[0]["maximize"] is False


def test_the_count_of_steps_has_the_default_type(torch: Any) -> None:
    torch.set_default_dtype(torch.float64)
    try:
        x = with_grad(torch)
        optimizer = torch.optim.Adam([x])
        optimizer.step()
        assert optimizer.state[x]["step"].dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("carry", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["deepcopy", "pickle"])
def test_copies_go_on_alone(torch: Any, carry: Any) -> None:
    x = with_grad(torch)
    optimizer = torch.optim.Adam([x], lr=0.5)
    optimizer.register_step_pre_hook(print)
    optimizer._optimizer_step_pre_hooks.clear()
    optimizer.step()
    before = x.tolist()
    twin = carry(optimizer)
    (y,) = twin.param_groups[0]["params"]
    assert y is not x and y.tolist() == before and twin.state[y]["step"].item() == 1
    y.grad = torch.ones_like(y)
    twin.step()
    assert twin.state[y]["step"].item() == 2 and optimizer.state[x]["step"].item() == 1
    assert x.tolist() == before and y.tolist() != before
    optimizer.step()
    np.testing.assert_allclose(x.tolist(), y.tolist(), rtol=1e-6)
