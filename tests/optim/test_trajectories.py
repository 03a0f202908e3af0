"""Every optimizer goes where torch's goes: the same weights and the same state after each of 40 steps."""

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
from tests.bounds import conditioned, rounding, within

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
STEPS = 40


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

    def backward(self, optimizer: Any) -> None:
        """The gradients of the loss, either way downhill."""
        optimizer.zero_grad()
        (self.loss() * (-1 if optimizer.param_groups[0]["maximize"] else 1)).backward()

    def set_gradients(self, gradients: list[Any]) -> None:
        for p, g in zip(self.params, gradients, strict=False):  # the last one never gets any
            p.grad = self.torch.tensor(g.tolist(), dtype=p.dtype)

    def weights(self) -> np.ndarray[Any, Any]:
        return np.concatenate([as_array(p.detach()).reshape(-1) for p in self.params])


# one step of an optimizer: some ten operations on numbers that may be ten times the result
STEP = 10 * 10


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


def go_on_from(theirs: Run, b: Any, ours: Run, a: Any) -> None:
    """Ours takes over torch's weights and the state of its optimizer."""
    for p, q in zip(ours.params, theirs.params, strict=True):
        p.data = copy.deepcopy(to_minigrad(q.detach()))  # memory of its own
        if q in b.state:
            a.state[p] = copy.deepcopy(to_minigrad(b.state[q]))


def same_step(theirs: Run, b: Any, ours: Run, a: Any, dtype: str) -> None:
    """One step of both from torch's weights, state and gradients: what differs is its rounding."""
    go_on_from(theirs, b, ours, a)
    theirs.backward(b)
    take_gradients(theirs, ours)
    a.step()
    b.step()
    same_state(ours, a, theirs, b, dtype)


def take_gradients(source: Run, run: Run, convert: Any = to_minigrad) -> None:
    for p, q in zip(run.params, source.params, strict=True):
        p.grad = None if q.grad is None else convert(q.grad)


def same_state(ours: Run, a: Any, theirs: Run, b: Any, dtype: str) -> None:
    """The weights and the states of two optimizers after one step from the same place."""
    within(ours.weights(), theirs.weights(), rounding(STEP, dtype) * (1 + abs(theirs.weights())))
    same(a.state_dict(), b.state_dict(), rounding(STEP, dtype))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), [row for row in TABLE if row.values[0] != "LBFGS"])
def test_every_step(name: str, options: dict[str, Any], dtype: str) -> None:
    """Each of 40 steps begins at torch's weights, state and gradients: what differs is the rounding of one step."""
    ours, theirs = pair(dtype)
    a, b = ours.optimizer(name, options), theirs.optimizer(name, options)
    for _ in range(STEPS):
        same_step(theirs, b, ours, a, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("options", CASES["LBFGS"])
def test_every_step_of_lbfgs(options: dict[str, Any], dtype: str) -> None:
    """Each step begins at torch's weights and state. It divides by small differences: its condition is measured."""
    ours, theirs = pair(dtype)
    a, b = ours.optimizer("LBFGS", options), theirs.optimizer("LBFGS", options)
    for _ in range(4):
        go_on_from(theirs, b, ours, a)
        bound = condition(theirs, b, options, dtype)
        within(outcome(ours, a), outcome(theirs, b), bound)
        for count in ("n_iter", "func_evals"):
            assert a.state[ours.params[0]][count] == b.state[theirs.params[0]][count]


def condition(run: Run, optimizer: Any, options: dict[str, Any], dtype: str) -> np.ndarray[Any, Any]:
    """How far the outcomes of the next step of LBFGS may part, from torch's ``run`` and its state."""
    start, weights = copy.deepcopy(optimizer.state_dict()), [as_array(p.detach()).copy() for p in run.params]

    def exact(moved: Any) -> np.ndarray[Any, Any]:
        """The step in float64, from numbers that are ``moved``."""
        run = Run(reference, "float64")
        run.x.copy_(reference.as_tensor(moved(run.x.numpy())))
        run.y.copy_(reference.as_tensor(moved(run.y.numpy())))
        for p, w in zip(run.params, weights, strict=True):
            p.data = reference.tensor(moved(w.astype(np.float64)))
        optimizer = run.optimizer("LBFGS", options)
        optimizer.load_state_dict(in_double(start, moved))
        return outcome(run, optimizer)

    # a gradient adds 16 residuals, each of 5 roundings, in each evaluation
    return conditioned(exact, 16 * 5 * options["max_iter"], dtype)


def outcome(run: Run, optimizer: Any) -> np.ndarray[Any, Any]:
    """The loss before a step and the weights after it: what its state holds shows in them."""
    loss = run.step(optimizer).item()
    return np.concatenate([[loss], run.weights()]).astype(np.float64)


def in_double(state: Any, moved: Any) -> Any:
    """A copy of torch's state with its tensors in float64 and ``moved``."""
    if isinstance(state, reference.Tensor):
        return reference.tensor(moved(state.double().numpy()))
    if isinstance(state, dict):
        return {k: in_double(v, moved) for k, v in state.items()}
    return [in_double(v, moved) for v in state] if isinstance(state, list) else state


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", STATEFUL)  # in torch's LBFGS the state's ``t`` is lr itself, and changes with it
def test_lr_as_a_tensor(name: str, dtype: str) -> None:
    ours, theirs = pair(dtype)
    a, b = (run.optimizer(name, {"lr": run.torch.tensor([0.01])}) for run in (ours, theirs))
    for gradients in fixed_gradients(20):
        for run, optimizer in ((ours, a), (theirs, b)):
            run.set_gradients(gradients)
            optimizer.step()
            optimizer.param_groups[0]["lr"].mul_(0.9)
            assert run.torch.is_tensor(optimizer.param_groups[0]["lr"])
    within(ours.weights(), theirs.weights(), rounding(20 * STEP, dtype))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_betas_and_weight_decay_as_tensors(dtype: str) -> None:
    ours, theirs = pair(dtype)
    adam, sgd = [], []
    for run in (ours, theirs):
        tensor = run.torch.tensor
        options = {"lr": tensor(0.1), "betas": (tensor(0.8), tensor(0.9)), "weight_decay": 0.1}
        adam.append(run.optimizer("AdamW", options, run.params[:2]))
        sgd.append(run.optimizer("SGD", {"lr": 0.1, "weight_decay": tensor(0.1)}, run.params[2:]))
    # float32 betas: two powers, off by 2 eps each, leave 1 - 0.9^t off by 4 * 9 eps at most; so much of a step of 0.1
    bound = 0.1 * rounding(4 * 9, "float32") + rounding(STEP, dtype)
    for _ in range(20):
        for a, b in (adam, sgd):
            go_on_from(theirs, b, ours, a)
        theirs.loss().backward()
        take_gradients(theirs, ours)
        for optimizer in (*adam, *sgd):
            optimizer.step()
            optimizer.zero_grad()
        within(ours.weights(), theirs.weights(), bound * (1 + abs(theirs.weights())))


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
    a, b = optimizers
    same(a.state_dict(), b.state_dict(), 0.0)
    for step in range(30):
        same_step(theirs, b, ours, a, "float64")
        for optimizer in optimizers:
            optimizer.param_groups[step % 3]["lr"] *= 0.97


@pytest.mark.parametrize(("name", "options"), TABLE)
def test_a_run_goes_on_from_its_state(name: str, options: dict[str, Any]) -> None:
    """The weights of a run that was stopped are those of one that was not, to the last bit.

    Of float32, since loading casts what NAdam and ASGD keep in float32 to the weights' type, as torch's does.
    """
    run, again = Run(minigrad, "float32"), Run(minigrad, "float32")
    a = run.optimizer(name, options)
    steps = 10 if name != "LBFGS" else 3
    for _ in range(steps):
        run.step(a)
    b = resumed(name, again, run, copy.deepcopy(a.state_dict()))
    for _ in range(steps):
        run.step(a)
        again.step(b)
    np.testing.assert_array_equal(again.weights(), run.weights())


@pytest.mark.parametrize("convert", [to_torch, to_minigrad])
@pytest.mark.parametrize(("name", "options"), TABLE)
def test_a_run_goes_on_in_the_other_engine(name: str, options: dict[str, Any], convert: Any) -> None:
    """Some steps in one engine, the next from its saved state in both: the same weights and the same state."""
    first, second = pair() if convert is to_torch else reversed(pair())
    optimizer = first.optimizer(name, options)
    for _ in range(10 if name != "LBFGS" else 3):
        first.step(optimizer)
    again = Run(first.torch, "float64")
    a = resumed(name, again, first, copy.deepcopy(optimizer.state_dict()))
    b = resumed(name, second, first, convert(optimizer.state_dict()))
    (ours, c), (theirs, d) = ((again, a), (second, b)) if convert is to_torch else ((second, b), (again, a))
    if name == "LBFGS":
        bound = condition(theirs, d, options, "float64")
        within(outcome(ours, c), outcome(theirs, d), bound)
        return
    again.backward(a)
    take_gradients(again, second, convert)
    a.step()
    b.step()
    same_state(ours, c, theirs, d, "float64")


def resumed(name: str, run: Run, source: Run, state: Any) -> Any:
    """An optimizer for ``run``, which takes over the weights of ``source``, with the ``state`` of its optimizer."""
    for p, q in zip(run.params, source.params, strict=True):
        p.data = run.tensor(as_array(q.detach()), str(as_array(q.detach()).dtype))
    optimizer = run.optimizer(name, {"lr": 7.0} if name != "Rprop" else {})
    optimizer.load_state_dict(state)
    return optimizer


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
    same(a.state_dict(), b.state_dict(), rounding(10 * 3, dtype))  # ten steps of an average
    assert repr(a) == repr(b)
