"""Jacobians, Hessians and products with them: the same program asked of both engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch as pytorch

import minigrad
from reference_torch.oracle import as_array, flatten

X = np.array([0.5, -1.0, 2.0])
Y = np.array([1.5, 0.25, -0.5])


def scalar(x: Any, y: Any) -> Any:
    return (x**3 * y.exp()).sum() + (x * y).sum().sin()


def pair(x: Any, y: Any) -> Any:
    return (x * y).outer(y), x.sum()


CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "jacobian": lambda A, x, y: A.jacobian(lambda x: x**2 * x.sum(), x),
    "jacobian of a pair": lambda A, x, y: A.jacobian(pair, (x, y)),
    "jacobian of a constant": lambda A, x, y: A.jacobian(lambda x: y * 2, x),
    "jacobian, vectorized": lambda A, x, y: A.jacobian(lambda x: x**2, x, vectorize=True),
    "hessian": lambda A, x, y: A.hessian(lambda x: scalar(x, y), x),
    "hessian of two": lambda A, x, y: A.hessian(scalar, (x, y)),
    "vjp": lambda A, x, y: A.vjp(lambda x: x.exp(), x, y),
    "vjp of a scalar": lambda A, x, y: A.vjp(scalar, (x, y)),
    "vjp of a pair": lambda A, x, y: A.vjp(pair, (x, y), (x.outer(y), y.sum())),
    "jvp": lambda A, x, y: A.jvp(lambda x: x.exp() * x.sum(), x, y),
    "jvp of a pair": lambda A, x, y: A.jvp(pair, (x, y), (y, x)),
    "jvp of one number": lambda A, x, y: A.jvp(lambda a: a * y, x[:1]),
    "hvp": lambda A, x, y: A.hvp(scalar, (x, y), (y, x)),
    "vhp": lambda A, x, y: A.vhp(lambda x: scalar(x, y), x, y),
}


@pytest.mark.parametrize("name", CALLS)
def test_call(name: str) -> None:
    ours, theirs = [
        CALLS[name](engine.autograd.functional, engine.from_numpy(X.copy()), engine.from_numpy(Y.copy()))
        for engine in (minigrad, pytorch)
    ]
    assert isinstance(ours, tuple) == isinstance(theirs, tuple)
    for x, y in zip(flatten(ours), flatten(theirs), strict=True):
        assert not x.requires_grad
        np.testing.assert_allclose(as_array(x), as_array(y), rtol=1e-10, atol=1e-12)
        assert x.shape == tuple(y.shape)


def test_create_graph(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    jacobian = torch.autograd.functional.jacobian(lambda x: x**3, x, create_graph=True)
    jacobian.sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]


REFUSED: dict[str, tuple[type[Exception], str, Callable[[Any, Any], Any]]] = {
    "strict": (RuntimeError, "does not require grad", lambda T, x: T.jacobian(lambda x: x.new_ones(2), x, strict=True)),
    "strict, unused": (
        RuntimeError,
        "independent of input 1",
        lambda T, x: T.vjp(lambda x, y: x.sum(), (x, x), strict=True),
    ),
    "output no tensor": (TypeError, "outputs of the user-provided", lambda T, x: T.jacobian(lambda x: 3, x)),
    "input no tensor": (TypeError, "inputs given to jacobian", lambda T, x: T.jacobian(lambda x: x, 3.0)),
    "hessian of a vector": (RuntimeError, "single element", lambda T, x: T.hessian(lambda x: x**3, x)),
    "no v": (RuntimeError, "v can only be None", lambda T, x: T.vjp(lambda x: x**2, x)),
    "no v for jvp": (RuntimeError, "v can only be None", lambda T, x: T.jvp(lambda x: x**2, x)),
    "v of another size": (RuntimeError, "v has invalid size", lambda T, x: T.vjp(lambda x: x**2, x, x[:1])),
    "too few v": (RuntimeError, "invalid length", lambda T, x: T.vhp(lambda x, y: (x * y).sum(), (x, x), (x,))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(torch: Any, name: str) -> None:
    error, message, call = REFUSED[name]
    with pytest.raises(error, match=message):
        call(torch.autograd.functional, torch.ones(3))


# ---- modes, and what is refused ----

CUBES: dict[str, Callable[[Any, Any, Any, bool], Any]] = {
    "jacobian": lambda A, x, v, graph: A.jacobian(lambda x: x**3, x, create_graph=graph),
    "hessian": lambda A, x, v, graph: A.hessian(lambda x: (x**3).sum(), x, create_graph=graph),
    "vjp": lambda A, x, v, graph: A.vjp(lambda x: x**3, x, v, create_graph=graph),
    "jvp": lambda A, x, v, graph: A.jvp(lambda x: x**3, x, v, create_graph=graph),
    "hvp": lambda A, x, v, graph: A.hvp(lambda x: (x**3).sum(), x, v, create_graph=graph),
    "vhp": lambda A, x, v, graph: A.vhp(lambda x: (x**3).sum(), x, v, create_graph=graph),
}


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("name", CUBES)
def test_under_no_grad(name: str, graph: bool) -> None:
    def ask(torch: Any) -> list[Any]:
        x, v = [torch.tensor([1.0, 2.0], requires_grad=True) for _ in range(2)]
        with torch.no_grad():
            results = CUBES[name](torch.autograd.functional, x, v, graph)
        return [(y.tolist(), y.requires_grad, y.grad_fn is not None) for y in flatten(results)]

    assert ask(minigrad) == ask(pytorch)


WORDS = 40  # of a message: torch's first, then ours
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "cubic": lambda t, x: (x**3).sum(),
    "linear": lambda t, x: (x * 2).sum(),
    "constant": lambda t, x: t.ones(()),
    "detached": lambda t, x: (x.detach() ** 2).sum(),
    "vector": lambda t, x: x * x,
    "no tensor": lambda t, x: 3,
    "two": lambda t, x: (x.sum(), x.sum()),
    "one of two": lambda t, x: (x.sum(), t.ones(2)),
    "no tensor in a tuple": lambda t, x: (x.sum(), 3),
    "one in a tuple": lambda t, x: (x.sum(),),
}


def outcome(ask: Callable[[], Any]) -> Any:
    try:
        return [y.tolist() for y in flatten(ask())]
    except (RuntimeError, TypeError, AssertionError) as error:
        return type(error), str(error)[:WORDS]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "hvp", "vhp"])
def test_strict_and_vectors(name: str, function: str) -> None:
    def ask(torch: Any) -> list[Any]:
        call, x = getattr(torch.autograd.functional, name), torch.tensor([1.0, 2.0])
        f: Callable[..., Any] = lambda *xs: FUNCTIONS[function](torch, xs[0])
        vectors = {"jacobian": [{}], "hessian": [{}]}.get(
            name, [{"v": v} for v in (None, x, torch.tensor(1.0), torch.ones(3), (x, x), [x], 5)]
        )
        said = []
        for v in vectors:
            for options in ({}, {"strict": True}, {"create_graph": True}, {"strict": True, "create_graph": True}):
                inputs = (x,) if len(options) == 2 else (x, (x, x), 3, (x, 3))  # two at once: which is named first?
                said += [outcome(lambda v=v, o=options, k=k: call(f, k, **v, **o)) for k in inputs]
        return said

    assert ask(minigrad) == ask(pytorch)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("strategy", ["forward-mode", "reverse-mode", "another"])
def test_strategies(strategy: str) -> None:
    def ask(torch: Any) -> list[Any]:
        x, A = torch.tensor([1.0, 2.0]), torch.autograd.functional
        said = []
        for call, option in ((A.jacobian, "strategy"), (A.hessian, "outer_jacobian_strategy")):
            for k in range(8):
                options = {"vectorize": k % 2 == 1, "strict": k // 2 % 2 == 1, option: strategy}
                if option == "strategy":
                    options["create_graph"] = k > 3
                said.append(outcome(lambda c=call, o=options: c(lambda x: (x**3).sum(), x, **o)))
        return said

    assert ask(minigrad) == ask(pytorch)
