"""Derivatives as functions of functions: the same program asked of both engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch as pytorch

import minigrad
from reference_torch.oracle import as_array

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])
W = np.array([0.3, -0.7, 1.1])


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [x for v in value.values() for x in leaves(v)]
    if isinstance(value, (list, tuple)):
        return [x for v in value for x in leaves(v)]
    return [as_array(value)]


def form(value: Any) -> Any:
    """The nesting of a value, and which of its tensors have a graph."""
    if isinstance(value, dict):
        return {key: form(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([form(v) for v in value])
    return (tuple(value.shape), value.requires_grad)


def both(program: Callable[[Any, Any, Any], Any]) -> None:
    ours, theirs = [
        program(engine, engine.from_numpy(X.copy()), engine.from_numpy(W.copy())) for engine in (minigrad, pytorch)
    ]
    assert form(ours) == form(theirs)
    for x, y in zip(leaves(ours), leaves(theirs), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-12)


def f(x: Any, w: Any) -> Any:
    return ((x * w).sin().sum(-1) ** 2).sum() * w.exp().prod()


def g(x: Any, w: Any) -> Any:
    return {"product": x * w, "sum": [x.tanh().sum(0), w.square()]}


def closure(T: Any, x: Any, w: Any) -> Any:
    return T.func.grad(lambda x: f(x, w))(x)


PROGRAMS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "grad": lambda T, x, w: T.func.grad(f)(x, w),
    "grad of the second": lambda T, x, w: T.func.grad(f, argnums=1)(x, w),
    "grad of both": lambda T, x, w: T.func.grad(f, argnums=(0, 1))(x, w),
    "grad of the last": lambda T, x, w: T.func.grad(f, argnums=(-1,))(x, w),
    "grad of a tree": lambda T, x, w: T.func.grad(lambda t: f(t["x"], t["w"][0]))({"x": x, "w": [w]}),
    "grad of a constant": lambda T, x, w: T.func.grad(lambda x: T.ones((), dtype=T.float64))(x),
    "aux": lambda T, x, w: T.func.grad(lambda x: (f(x, w), {"y": x * 2}), has_aux=True)(x),
    "grad_and_value": lambda T, x, w: T.func.grad_and_value(f)(x, w),
    "grad_and_value with aux": lambda T, x, w: T.func.grad_and_value(lambda x: (f(x, w), x + 1), has_aux=True)(x),
    "third derivative": lambda T, x, w: T.func.grad(T.func.grad(T.func.grad(lambda a: (a**4).sin())))(x[0, 0]),
    "grad through a closure": lambda T, x, w: closure(T, x, w.requires_grad_()),
    "an argument that requires grad": lambda T, x, w: T.func.grad(f)(x.requires_grad_(), w),
    "under no_grad": lambda T, x, w: T.no_grad()(T.func.grad(f))(x, w),
    "vjp": lambda T, x, w: T.func.vjp(lambda x, w: (x * w, w.exp()), x, w)[1]((x, w)),
    "vjp value": lambda T, x, w: T.func.vjp(g, x, w)[0],
    "jvp": lambda T, x, w: T.func.jvp(g, (x, w), (x + 1, w * 2)),
    "jacrev": lambda T, x, w: T.func.jacrev(g, argnums=(0, 1))(x, w),
    "jacfwd": lambda T, x, w: T.func.jacfwd(g, argnums=(0, 1))(x, w),
    "jacrev of jacfwd": lambda T, x, w: T.func.jacrev(T.func.jacfwd(lambda w: (w**3) * w.sum()))(w),
    "hessian": lambda T, x, w: T.func.hessian(lambda w: f(x, w))(w),
    "hessian of both": lambda T, x, w: T.func.hessian(f, argnums=(0, 1))(x, w),
    "vmap": lambda T, x, w: T.func.vmap(lambda row, w: row @ w, in_dims=(0, None))(x, w),
    "vmap of columns": lambda T, x, w: T.vmap(lambda c: (c, c.sum()), in_dims=1, out_dims=(1, 0))(x),
    "vmap of a tree": lambda T, x, w: T.vmap(lambda t: t["a"] * t["b"], in_dims=({"a": 0, "b": None},))(
        {"a": x, "b": w}
    ),
    "gradients sample by sample": lambda T, x, w: T.func.vmap(T.func.grad(f, argnums=1), in_dims=(0, None))(x, w),
    "grad through vmap": lambda T, x, w: T.func.grad(lambda x: T.vmap(lambda row: row.prod())(x).sum())(x),
}


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    both(PROGRAMS[name])


REFUSED: dict[str, tuple[type[Exception], Callable[[Any, Any], Any]]] = {
    "no scalar": (RuntimeError, lambda T, x: T.func.grad(lambda x: x)(x)),
    "no tensor": (RuntimeError, lambda T, x: T.func.grad(lambda x: 3.0)(x)),
    "no tensor to differentiate by": (ValueError, lambda T, x: T.func.grad(lambda x: x[0].sum())([1.0])),
    "no such argument": (RuntimeError, lambda T, x: T.func.grad(lambda x: x.sum(), argnums=1)(x)),
    "a name for an argument": (RuntimeError, lambda T, x: T.func.grad(lambda x: x.sum(), argnums="x")(x)),
    "no aux": (RuntimeError, lambda T, x: T.func.grad(lambda x: x.sum(), has_aux=True)(x)),
    "sizes differ": (ValueError, lambda T, x: T.vmap(lambda a, b: a + b)(x, x.T)),
    "vmap of a number": (ValueError, lambda T, x: T.vmap(lambda a: a)(3)),
    "nothing to map": (ValueError, lambda T, x: T.vmap(lambda a: a, in_dims=None)(x)),
    "dims of another form": (ValueError, lambda T, x: T.vmap(lambda a: a, in_dims=(0, 0))(x)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(torch: Any, name: str) -> None:
    error, call = REFUSED[name]
    with pytest.raises(error):
        call(torch, torch.ones(2, 3))


def test_functional_call(torch: Any) -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1))
            self.register_buffer("scale", torch.ones(1))

        def forward(self, x: Any, shift: float = 0.0) -> Any:
            return self.layers(x) * self.scale + shift

    net = Net()
    x = torch.ones(4, 3)
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    values = {name: torch.zeros_like(p) for name, p in net.named_parameters()} | {"scale": torch.tensor([3.0])}
    assert torch.func.functional_call(net, values, (x,), {"shift": 2.0}).tolist() == [[2.0]] * 4
    assert torch.func.functional_call(net, [{"scale": torch.zeros(1)}], x).tolist() == [[0.0]] * 4
    loss = lambda p: torch.func.functional_call(net, p, x).sum()
    slopes = torch.func.grad(loss)({name: p.detach() for name, p in net.named_parameters()})
    assert slopes["layers.1.bias"].tolist() == [4.0]
    assert all(torch.equal(p, before[name]) and p.grad is None for name, p in net.named_parameters())
    with pytest.raises(RuntimeError, match=r"Error\(s\)|in loading state_dict|Missing|missing"):
        torch.func.functional_call(net, {"scale": torch.zeros(1)}, x, strict=True)
    with pytest.raises(ZeroDivisionError):
        torch.func.functional_call(net, {"scale": torch.zeros(1)}, x, {"shift": 1 / 0})
    assert net.scale.tolist() == [1.0]


# ---- under no_grad, in inference mode ----

UNDER: dict[str, Callable[[Any, Any, Any], Any]] = {
    "grad": lambda t, x, w: t.func.grad(lambda x: (w * x).sum())(x),
    "grad_and_value": lambda t, x, w: t.func.grad_and_value(lambda x: (x**3).sum())(x),
    "grad of grad": lambda t, x, w: t.func.grad(lambda x: t.func.grad(lambda x: (x**3).sum())(x).sum())(x),
    "vjp": lambda t, x, w: t.func.vjp(lambda x: x.sin(), x)[1](x),
    "jvp": lambda t, x, w: t.func.jvp(lambda x: x.sin() * w, (x,), (x,)),
    "jacrev": lambda t, x, w: t.func.jacrev(lambda x: x * w)(x),
    "jacfwd": lambda t, x, w: t.func.jacfwd(lambda x: x * w)(x),
    "hessian": lambda t, x, w: t.func.hessian(lambda x: (x**3).sum())(x),
    "vmap": lambda t, x, w: t.vmap(t.func.grad(t.sin))(x),
}


@pytest.mark.parametrize("name", UNDER)
@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_mode_around_a_transformation(name: str, mode: str, inside: bool) -> None:
    def ask(engine: Any) -> list[Any]:
        x, w = [engine.from_numpy(W.copy()).requires_grad_() for _ in range(2)]
        with getattr(engine, mode)():
            if inside:
                x = engine.tensor(W)
            return [*leaves(UNDER[name](engine, x, w)), form(UNDER[name](engine, x, w))]

    for ours, theirs in zip(ask(minigrad), ask(pytorch), strict=True):
        np.testing.assert_array_almost_equal(ours, theirs, 12) if isinstance(theirs, np.ndarray) else None
        assert isinstance(theirs, np.ndarray) or ours == theirs


def test_a_mode_inside_a_transformation(torch: Any) -> None:
    def constant(x: Any) -> Any:
        with torch.no_grad():
            return torch.func.grad(torch.sin)(x) * 1

    assert torch.func.grad(constant)(torch.tensor(1.0)).item() == 0.0


# ---- functions that write to their argument ----


def test_forward_transformations_may_write_to_an_argument(torch: Any) -> None:
    x, y, a, b = [torch.tensor([v, v + 4]) for v in (1.0, 2.0, 3.0, 4.0)]
    value, change = torch.func.jvp(lambda x, y: x.copy_(y), (x, y), (a, b))
    assert (value.tolist(), change.tolist(), x.tolist()) == ([2.0, 6.0], [4.0, 8.0], [2.0, 6.0])
    assert not change.requires_grad
    x, y, a, b = [torch.tensor([v, v + 4]) for v in (2.0, 2.0, 3.0, 4.0)]
    value, change = torch.vmap(lambda x, y, a, b: torch.func.jvp(lambda x, y: x.mul_(y), (x, y), (a, b)))(x, y, a, b)
    assert (value.tolist(), change.tolist()) == ([4.0, 36.0], [14.0, 90.0])
    assert not change.requires_grad
    assert torch.func.jacfwd(lambda x: x.mul_(3))(torch.tensor(2.0)).item() == 3.0


@pytest.mark.parametrize("name", ["grad", "jacrev", "vjp"])
def test_reverse_transformations_may_not(torch: Any, name: str) -> None:
    call = getattr(torch.func, name)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        call(lambda x: x.mul_(2), *([torch.tensor(1.0)] if name == "vjp" else []))(torch.tensor(1.0))


@pytest.mark.parametrize("name", ["grad", "jacrev", "jacfwd", "hessian"])
def test_no_argument_to_differentiate_by(torch: Any, name: str) -> None:
    with pytest.raises(RuntimeError, match="argnums must be non-empty"):
        getattr(torch.func, name)(lambda x: x, argnums=())(torch.tensor(1.0))


# ---- random numbers under vmap ----


@pytest.mark.parametrize(
    "draw",
    [
        lambda t, a: t.rand(1),
        lambda t, a: t.rand_like(a),
        lambda t, a: t.nn.functional.dropout(a, 0.5),
        lambda t, a: a.clone().normal_(),
        lambda t, a: t.bernoulli(a),
        lambda t, a: t.randint(3, (2,)),
        lambda t, a: t.randperm(3),
        lambda t, a: t.multinomial(t.ones(3), 1),
        lambda t, a: t.rand(1, generator=t.Generator()),
        lambda t, a: t.vmap(lambda b: b + t.rand(1), randomness="different")(t.zeros(2)),
    ],
)
def test_draws_must_be_asked_for(torch: Any, draw: Any) -> None:
    with pytest.raises(RuntimeError, match="vmap: called random operation while in randomness error mode"):
        torch.vmap(lambda a: draw(torch, a))(torch.zeros(3))
    torch.rand(1)  # outside they are free again


def test_kinds_of_randomness(torch: Any) -> None:
    drawn = {}
    for randomness in ("same", "different"):
        torch.manual_seed(0)
        drawn[randomness] = torch.vmap(lambda a: a + torch.rand(2), randomness=randomness)(torch.zeros(3))
    torch.manual_seed(0)
    expected = torch.rand(3, 2)
    assert drawn["different"].tolist() == expected.tolist()
    assert drawn["same"].tolist() == [expected[0].tolist()] * 3
    with pytest.raises(RuntimeError, match="Only allowed values for randomness"):
        torch.vmap(torch.sin, randomness="none")(torch.zeros(3))
    assert torch.vmap(lambda a: torch.nn.functional.dropout(a, 0.5, False))(torch.ones(2)).tolist() == [1.0, 1.0]
