"""Every optimizer goes where torch's goes: the same weights and the same state after each of 100 steps."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as reference

import minigrad
from reference_torch.oracle import as_array
from reference_torch.transfer import to_minigrad, to_torch

CASES: dict[str, list[dict[str, Any]]] = {
    "SGD": [
        {},
        {"lr": 0.1, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        {"lr": 0.01, "momentum": 0.5, "maximize": True, "weight_decay": 0.01},
    ],
    "Adam": [
        {},
        {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3},
        {"lr": 0.1, "betas": (0.3, 0.4)},
        {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1},
        {"lr": 0.05, "decoupled_weight_decay": True, "weight_decay": 0.1},
        {"lr": 0.01, "maximize": True, "weight_decay": 0.1},
    ],
    "AdamW": [{}, {"lr": 0.05, "weight_decay": 0.3}, {"lr": 0.05, "amsgrad": True}, {"lr": 0.01, "maximize": True}],
    "Adagrad": [
        {},
        {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1},
        {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3},
        {"lr": 0.1, "maximize": True},
    ],
    "RMSprop": [
        {},
        {"lr": 0.02, "alpha": 0.9, "weight_decay": 0.1, "eps": 1e-4},
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.01, "centered": True},
        {"lr": 0.01, "centered": True, "momentum": 0.5, "maximize": True},
    ],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}, {"maximize": True}],
    "Adamax": [{}, {"lr": 0.03, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1}, {"maximize": True}],
    "NAdam": [
        {},
        {"lr": 0.05, "betas": (0.7, 0.9), "momentum_decay": 0.1, "weight_decay": 0.1},
        {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True},
        {"lr": 0.01, "maximize": True},
    ],
    "RAdam": [
        {"lr": 0.05},
        {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1},
        {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True},
        {"lr": 0.01, "maximize": True},
    ],
    "ASGD": [
        {},
        {"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "weight_decay": 0.1},
        {"lr": 0.1, "t0": 20},
        {"maximize": True},
    ],
    "Rprop": [{}, {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (1e-3, 0.2)}, {"maximize": True}],
    "Adafactor": [
        {},
        {"lr": 0.01, "beta2_decay": -0.5, "eps": (1e-4, 0.1), "d": 1.5, "weight_decay": 0.1},
        {"lr": 0.02, "maximize": True},
    ],
    "LBFGS": [
        {"lr": 0.1, "max_iter": 3, "history_size": 4},
        {"lr": 0.5, "max_iter": 5, "max_eval": 4},
        {"max_iter": 4, "line_search_fn": "strong_wolfe"},
        {"lr": 0.3, "max_iter": 8, "max_eval": 5, "history_size": 2, "line_search_fn": "strong_wolfe"},
        {"lr": 0.01, "max_iter": 2, "maximize": True},
    ],
}
TABLE = [pytest.param(name, row, id=f"{name}-{i}") for name, rows in CASES.items() for i, row in enumerate(rows)]
STATEFUL = [name for name in CASES if name != "LBFGS"]
STEPS = 100


class Run:
    """A small regression, with a matrix, a vector, a 0-d weight and one that is never used."""

    def __init__(self, torch: ModuleType, dtype: str) -> None:
        self.torch = torch
        rng = np.random.default_rng(7)
        shapes: list[tuple[int, ...]] = [(3, 2), (2,), (), (4,)]
        self.params = [self.tensor(rng.normal(size=shape), dtype).requires_grad_() for shape in shapes]
        self.x, self.y = self.tensor(rng.normal(size=(8, 3)), dtype), self.tensor(rng.normal(size=(8, 2)), dtype)

    def tensor(self, values: Any, dtype: str) -> Any:
        return self.torch.tensor(values.tolist(), dtype=getattr(self.torch, dtype))

    def optimizer(self, name: str, options: dict[str, Any], groups: Any = None) -> Any:
        return getattr(self.torch.optim, name)(groups or self.params, **options)

    def loss(self) -> Any:
        w, b, c, _ = self.params
        return (((self.x @ w + b).tanh() * c - self.y) ** 2).mean()

    def step(self, optimizer: Any) -> Any:
        sign = -1 if optimizer.param_groups[0]["maximize"] else 1  # either way downhill: uphill there is no end

        def closure() -> Any:
            optimizer.zero_grad()
            loss = self.loss() * sign
            loss.backward()
            return loss

        return optimizer.step(closure)

    def set_gradients(self, gradients: list[Any]) -> None:
        for p, g in zip(self.params, gradients, strict=False):  # the last one never gets any
            p.grad = self.torch.tensor(g.tolist(), dtype=p.dtype)

    def weights(self) -> np.ndarray[Any, Any]:
        return np.concatenate([as_array(p.detach()).reshape(-1) for p in self.params])


def fixed_gradients(steps: int) -> Iterator[list[Any]]:
    rng = np.random.default_rng(8)
    for _ in range(steps):
        yield [np.asarray(rng.normal(size=shape)) for shape in [(3, 2), (2,), ()]]


def pair(dtype: str = "float64") -> tuple[Run, Run]:
    return Run(minigrad, dtype), Run(reference, dtype)


def same(ours: Any, theirs: Any, tolerance: float) -> None:
    """Values of two states: tensors close and of one type, anything else equal."""
    if isinstance(theirs, reference.Tensor):
        x, y = as_array(ours), as_array(theirs)
        assert x.dtype == y.dtype and x.shape == y.shape
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key in theirs:
            same(ours[key], theirs[key], tolerance)
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs) and len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b, tolerance)
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=tolerance, abs=tolerance)
    else:
        assert ours == theirs


def go(name: str, options: dict[str, Any], dtype: str, tolerance: float, steps: int) -> None:
    ours, theirs = pair(dtype)
    a, b = ours.optimizer(name, options), theirs.optimizer(name, options)
    paths = []
    for run, optimizer in ((ours, a), (theirs, b)):
        paths.append([np.append(run.weights(), run.step(optimizer).item()) for _ in range(steps)])
    np.testing.assert_allclose(*paths, rtol=tolerance, atol=tolerance)
    state = b.state_dict()
    for entries in state["state"].values():
        entries.pop("al", None)  # scratch of torch's LBFGS
    same(a.state_dict(), state, tolerance)


@pytest.mark.parametrize(("name", "options"), TABLE)
def test_float64(name: str, options: dict[str, Any]) -> None:
    go(name, options, "float64", 1e-10, steps=8 if name == "LBFGS" else STEPS)


@pytest.mark.parametrize(("name", "options"), [row for row in TABLE if row.values[0] != "LBFGS"])
def test_float32(name: str, options: dict[str, Any]) -> None:
    """Both are given the same gradients: in float32 the least difference of two gradients near 0 would grow."""
    ours, theirs = pair("float32")
    a, b = ours.optimizer(name, options), theirs.optimizer(name, options)
    for gradients in fixed_gradients(STEPS):
        for run, optimizer in ((ours, a), (theirs, b)):
            run.set_gradients(gradients)
            optimizer.step()
    np.testing.assert_allclose(ours.weights(), theirs.weights(), rtol=1e-6, atol=1e-6)
    same(a.state_dict(), b.state_dict(), 1e-6)


@pytest.mark.parametrize("options", CASES["LBFGS"])
def test_float32_lbfgs(options: dict[str, Any]) -> None:
    go("LBFGS", options, "float32", 1e-4, steps=3)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", STATEFUL)  # in torch's LBFGS the state's ``t`` is lr itself, and changes with it
def test_lr_as_a_tensor(name: str, dtype: str) -> None:
    ours, theirs = pair(dtype)
    a, b = (run.optimizer(name, {"lr": run.torch.tensor([0.01])}) for run in (ours, theirs))
    for _ in range(20):
        ours.step(a)
        theirs.step(b)
        for run, optimizer in ((ours, a), (theirs, b)):
            optimizer.param_groups[0]["lr"].mul_(0.9)
            assert run.torch.is_tensor(optimizer.param_groups[0]["lr"])
    tolerance = 1e-10 if dtype == "float64" else 2e-6
    np.testing.assert_allclose(ours.weights(), theirs.weights(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_betas_and_weight_decay_as_tensors(dtype: str) -> None:
    ours, theirs = pair(dtype)
    adam, sgd = [], []
    for run in (ours, theirs):
        tensor = run.torch.tensor
        options = {"lr": tensor(0.1), "betas": (tensor(0.8), tensor(0.9)), "weight_decay": 0.1}
        adam.append(run.optimizer("AdamW", options, run.params[:2]))
        sgd.append(run.optimizer("SGD", {"lr": 0.1, "weight_decay": tensor(0.1)}, run.params[2:]))
    for _ in range(20):
        for run, a, b in zip((ours, theirs), adam, sgd, strict=True):
            run.loss().backward()
            for optimizer in (a, b):
                optimizer.step()
                optimizer.zero_grad()
    np.testing.assert_allclose(ours.weights(), theirs.weights(), rtol=1e-6, atol=1e-6)  # float32 powers of the betas


@pytest.mark.parametrize("name", STATEFUL)
def test_groups_have_options_and_rates_of_their_own(name: str) -> None:
    ours, theirs = pair()
    optimizers = []
    for run in (ours, theirs):
        w, b, c, unused = run.params
        decay = {} if name == "Rprop" else {"weight_decay": 0.2}
        groups = [{"params": [w, unused], "lr": 0.01}, {"params": b, **decay}, {"params": iter([c]), "maximize": True}]
        if name == "Adagrad":
            decay |= {"initial_accumulator_value": 0.1}
        optimizers.append(run.optimizer(name, {"lr": 0.02}, groups))
    for step in range(30):
        for run, optimizer in zip((ours, theirs), optimizers, strict=True):
            run.step(optimizer)
            optimizer.param_groups[step % 3]["lr"] *= 0.97
    np.testing.assert_allclose(ours.weights(), theirs.weights(), rtol=1e-10, atol=1e-10)
    same(optimizers[0].state_dict(), optimizers[1].state_dict(), 1e-10)


@pytest.mark.parametrize(("name", "options"), TABLE)
def test_a_run_goes_on_in_the_other_engine(name: str, options: dict[str, Any]) -> None:
    """Some steps here, more from the saved state, here and in torch: torch's own way without a stop is the same."""
    ours, theirs = pair()
    a, b = ours.optimizer(name, options), theirs.optimizer(name, options)
    for _ in range(10 if name != "LBFGS" else 3):
        ours.step(a)
        theirs.step(b)
    again, carried, back = Run(minigrad, "float64"), Run(reference, "float64"), Run(minigrad, "float64")
    states = {
        again: (copy.deepcopy(a.state_dict()), ours),
        carried: (to_torch(a.state_dict()), ours),
        back: (to_minigrad(b.state_dict()), theirs),
    }
    followers = []
    for run, (state, source) in states.items():
        for p, q in zip(run.params, source.params, strict=True):
            p.data = run.tensor(as_array(q.detach()), "float64")
        optimizer = run.optimizer(name, {"lr": 7.0} if name != "Rprop" else {})
        optimizer.load_state_dict(state)
        followers.append((run, optimizer))
    for _ in range(10 if name != "LBFGS" else 3):
        theirs.step(b)
        for run, optimizer in followers:
            run.step(optimizer)
    for run, _ in followers:
        np.testing.assert_allclose(run.weights(), theirs.weights(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_the_same_repr(name: str) -> None:
    ours, theirs = pair()
    assert repr(ours.optimizer(name, {})) == repr(theirs.optimizer(name, {}))
    named = [list(zip("abcd", run.params, strict=True)) for run in (ours, theirs)]
    a, b = (run.optimizer(name, {}, names) for run, names in zip((ours, theirs), named, strict=True))
    assert repr(a) == repr(b)
    same(a.state_dict(), b.state_dict(), 0.0)


@pytest.mark.parametrize(
    "options",
    [
        {"lr": 0.02},
        {"lr": 0.02, "nesterov": False, "momentum": 0.8, "weight_decay": 0.0},
        {"lr": 0.02, "adjust_lr_fn": "original", "ns_steps": 3},
        {"lr": 0.02, "adjust_lr_fn": "match_rms_adamw", "eps": 1e-3},
        {"lr": 0.02, "adjust_lr_fn": "spectral_unclamped", "ns_coefficients": (2.0, -1.5, 0.5)},
    ],
)
@pytest.mark.parametrize("shape", [(3, 5), (6, 2), (1, 1), (1, 4)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_muon(options: dict[str, Any], shape: tuple[int, int], dtype: str) -> None:
    """Steps are orthogonalized in bfloat16: they agree to its three digits."""
    rng = np.random.default_rng(5)
    start, gradients = rng.normal(size=shape), rng.normal(size=(10, *shape))
    runs = []
    for torch in (minigrad, reference):
        x = torch.tensor(start.tolist(), dtype=getattr(torch, dtype), requires_grad=True)
        optimizer = torch.optim.Muon([x], **options)
        for g in gradients:
            x.grad = torch.tensor(g.tolist(), dtype=x.dtype)
            optimizer.step()
        runs.append((x, optimizer))
    (x, a), (y, b) = runs
    np.testing.assert_allclose(as_array(x.detach()), as_array(y.detach()), rtol=0, atol=10 * 0.02 * 2**-6)
    same(a.state_dict(), b.state_dict(), 1e-12 if dtype == "float64" else 1e-6)
    assert repr(a) == repr(b)
