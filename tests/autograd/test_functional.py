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
