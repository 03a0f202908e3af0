"""Every schedule sets torch's rates, alone and with others, and keeps torch's state."""

from __future__ import annotations

import copy
import functools
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch as reference

import minigrad


def optimizer_of(torch: Any, name: str = "SGD", **options: Any) -> Any:
    """Two groups with rates of their own."""
    groups = [{"params": torch.ones(2, requires_grad=True)}, {"params": torch.ones(1, requires_grad=True), "lr": 0.3}]
    return getattr(torch.optim, name)(groups, **{"lr": 0.1, **options})


def momentum_sgd(torch: Any) -> Any:
    return optimizer_of(torch, momentum=0.5)


class Halve:
    """A callable object, whose attributes are part of a schedule's state."""

    def __init__(self) -> None:
        self.base = 2.0

    def __call__(self, epoch: float) -> float:
        return float(self.base**-epoch)


Make = Callable[[Any, Any], Any]


def make(name: str, *args: Any, **kwargs: Any) -> Make:
    return lambda torch, optimizer: getattr(torch.optim.lr_scheduler, name)(optimizer, *args, **kwargs)


def sequential(torch: Any, optimizer: Any) -> Any:
    s = torch.optim.lr_scheduler
    parts = [
        s.LinearLR(optimizer, 0.1, total_iters=3),
        s.ExponentialLR(optimizer, 0.9),
        s.CosineAnnealingLR(optimizer, 5, 0.01),
    ]
    return s.SequentialLR(optimizer, parts, [4, 9])


def chained(torch: Any, optimizer: Any) -> Any:
    s = torch.optim.lr_scheduler
    return s.ChainedScheduler([s.ConstantLR(optimizer, 0.5, 6), s.ExponentialLR(optimizer, 0.9)])


def nested(torch: Any, optimizer: Any) -> Any:
    s = torch.optim.lr_scheduler
    inner = s.SequentialLR(optimizer, [s.ConstantLR(optimizer, 0.1, 2), s.StepLR(optimizer, 2)], [2])
    return s.SequentialLR(optimizer, [inner, s.ExponentialLR(optimizer, 0.5)], [7])


SCHEDULES: dict[str, Make] = {
    "LambdaLR": make("LambdaLR", lambda epoch: 0.9**epoch),
    "LambdaLR-each": make("LambdaLR", [lambda epoch: 0.9**epoch, Halve()]),
    "MultiplicativeLR": make("MultiplicativeLR", lambda epoch: 0.95 if epoch % 2 else 1.01),
    "MultiplicativeLR-each": make("MultiplicativeLR", (Halve(), lambda epoch: 0.7)),
    "StepLR": make("StepLR", 3, gamma=0.7),
    "MultiStepLR": make("MultiStepLR", [2, 5, 5, 11], gamma=0.3),
    "ConstantLR": make("ConstantLR", 0.3, 4),
    "LinearLR": make("LinearLR"),
    "LinearLR-down": make("LinearLR", 0.7, 0.2, 8),
    "ExponentialLR": make("ExponentialLR", 0.83),
    "PolynomialLR": make("PolynomialLR", 9, 1.7),
    "PolynomialLR-1": make("PolynomialLR"),
    "CosineAnnealingLR": make("CosineAnnealingLR", 6, eta_min=0.02),
    "CosineAnnealingLR-long": make("CosineAnnealingLR", 100),
    "CosineAnnealingWarmRestarts": make("CosineAnnealingWarmRestarts", 4),
    "CosineAnnealingWarmRestarts-2": make("CosineAnnealingWarmRestarts", 3, 2, 0.01),
    "CyclicLR": make("CyclicLR", 0.01, 0.1, 4),
    "CyclicLR-2": make("CyclicLR", [0.01, 0.02], [0.1, 0.3], 3, 5, "triangular2"),
    "CyclicLR-exp": make("CyclicLR", 0.01, 0.1, 4, mode="exp_range", gamma=0.9, cycle_momentum=False),
    "CyclicLR-own": make("CyclicLR", 0.01, 0.1, 4, scale_fn=lambda x: 1 / x),
    "CyclicLR-object": make("CyclicLR", 0.01, 0.1, 4, scale_fn=Halve(), scale_mode="iterations"),
    "OneCycleLR": make("OneCycleLR", 0.5, total_steps=22),
    "OneCycleLR-3": make("OneCycleLR", [0.5, 0.7], epochs=11, steps_per_epoch=2, three_phase=True, div_factor=5.0),
    "OneCycleLR-linear": make("OneCycleLR", 0.5, 22, anneal_strategy="linear", pct_start=0.5, cycle_momentum=False),
    "SequentialLR": sequential,
    "ChainedScheduler": chained,
    "nested": nested,
}
EARLY = pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")  # torch warns of its own first step
schedules = pytest.mark.parametrize(
    "make", [pytest.param(make, id=name, marks=EARLY if name == "nested" else ()) for name, make in SCHEDULES.items()]
)
EPOCHS = 20


def options(optimizer: Any) -> list[Any]:
    """What schedules change in the groups."""
    return [
        {k: float(v) if hasattr(v, "item") else v for k, v in group.items() if k != "params"}
        for group in optimizer.param_groups
    ]


def path(torch: Any, make: Make, maker: Callable[[Any], Any] = momentum_sgd) -> list[Any]:
    optimizer = maker(torch)
    scheduler = make(torch, optimizer)
    seen = [(scheduler.get_last_lr(), options(optimizer))]
    for _ in range(EPOCHS):
        optimizer.step()
        scheduler.step()
        seen.append((list(map(float, scheduler.get_last_lr())), options(optimizer)))
    return seen


@schedules
def test_rates(make: Make) -> None:
    assert path(minigrad, make) == path(reference, make)


@schedules
def test_rates_of_adam(make: Make) -> None:
    adam = functools.partial(optimizer_of, name="Adam")
    assert path(minigrad, make, adam) == path(reference, make, adam)


@schedules
def test_rates_as_tensors(make: Make) -> None:
    """A tensor is written in place; float32 powers and quotients may differ in the last place."""
    runs = []
    for torch in (minigrad, reference):
        optimizer = momentum_sgd(torch)
        tensors = [torch.tensor(0.25), torch.tensor([0.125])]
        for group, lr in zip(optimizer.param_groups, tensors, strict=True):
            group["lr"] = lr
        scheduler = make(torch, optimizer)
        runs.append([])
        for _ in range(EPOCHS):
            optimizer.step()
            scheduler.step()
            runs[-1] += [lr.item() for lr in tensors] + [float(lr) for lr in scheduler.get_last_lr()]
        assert all(group["lr"] is lr for group, lr in zip(optimizer.param_groups, tensors, strict=True))
    assert runs[0] == runs[1]


@schedules
def test_a_rate_changed_by_hand(make: Make) -> None:
    runs = []
    for torch in (minigrad, reference):
        optimizer = momentum_sgd(torch)
        scheduler = make(torch, optimizer)
        runs.append([])
        for epoch in range(EPOCHS):
            if epoch == 6:
                optimizer.param_groups[0]["lr"] = 5.0
            optimizer.step()
            scheduler.step()
            runs[-1].append(scheduler.get_last_lr())
    assert runs[0] == runs[1]


@schedules
def test_two_schedules_at_once(make: Make) -> None:
    runs = []
    for torch in (minigrad, reference):
        optimizer = momentum_sgd(torch)
        schedulers = [make(torch, optimizer), torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)]
        runs.append([])
        for _ in range(EPOCHS):
            optimizer.step()
            for scheduler in schedulers:
                scheduler.step()
            runs[-1].append(schedulers[-1].get_last_lr())
    assert runs[0] == runs[1]


def plain(state: dict[str, Any]) -> dict[str, Any]:
    """A state without the bound methods that torch keeps in it."""
    return {k: [plain(s) for s in v] if k == "_schedulers" else v for k, v in state.items() if k != "_scale_fn_ref"}


@schedules
def test_the_same_state_and_it_carries_over(make: Make) -> None:
    """Both schedules' states are equal, and either goes on from the other's."""
    runs = []
    for torch in (minigrad, reference):
        optimizer = momentum_sgd(torch)
        scheduler = make(torch, optimizer)
        for _ in range(7):
            optimizer.step()
            scheduler.step()
        runs.append((torch, optimizer, scheduler))
    states = [copy.deepcopy(plain(scheduler.state_dict())) for _, _, scheduler in runs]
    assert states[0] == states[1]
    ends = []
    for (torch, optimizer, _), state in zip(runs, reversed(states), strict=True):
        another = momentum_sgd(torch)
        scheduler = make(torch, another)
        scheduler.load_state_dict(copy.deepcopy(state))
        another.load_state_dict(optimizer.state_dict())
        for _ in range(7):
            another.step()
            scheduler.step()
        ends.append((scheduler.get_last_lr(), options(another)))
    assert ends[0] == ends[1]
    assert ends[0][0] == path(reference, make)[14][0]


@schedules
@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_closed_forms(make: Make) -> None:
    """``step(epoch)`` jumps, by the closed form where there is one."""
    runs = []
    for torch in (minigrad, reference):
        optimizer = momentum_sgd(torch)
        scheduler = make(torch, optimizer)
        optimizer.step()
        if not type(scheduler).__name__.startswith(("Sequential", "Chained")):
            for epoch in (3, 8, 2):
                scheduler.step(epoch)
        runs.append((scheduler.get_last_lr(), optimizer.param_groups[1]["lr"]))
    assert runs[0] == runs[1]


@schedules
def test_pickles_and_copies(make: Make) -> None:
    optimizer = momentum_sgd(minigrad)
    scheduler = make(minigrad, optimizer)
    optimizer.step()
    scheduler.step()
    twin = copy.deepcopy(scheduler)
    assert twin.optimizer is not optimizer and plain(twin.state_dict()).keys() == plain(scheduler.state_dict()).keys()
    pickle.dumps(scheduler.state_dict())


@pytest.mark.parametrize(
    "options_",
    [
        {"patience": 2},
        {"patience": 0, "cooldown": 2, "factor": 0.5},
        {"mode": "max", "patience": 1, "threshold": 0.1},
        {"patience": 1, "threshold_mode": "abs", "threshold": 0.2, "min_lr": [0.01, 0.2]},
        {"mode": "max", "patience": 1, "threshold_mode": "abs", "min_lr": 0.05, "eps": 0.04},
    ],
)
def test_plateau(options_: dict[str, Any]) -> None:
    losses = [5.0, 4.0, 4.05, 3.99, 3.999, 4.2, 4.3, 3.0, 3.0, 3.0, 3.1, 2.95, 2.9, 3.0, float("nan"), 3.0, 3.0]
    runs, states = [], []
    for torch in (minigrad, reference):
        optimizer = momentum_sgd(torch)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options_)
        runs.append([])
        for loss in losses:
            optimizer.step()
            scheduler.step(torch.tensor(loss))
            runs[-1].append((scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.in_cooldown))
        states.append(scheduler.state_dict())
        again = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
        again.load_state_dict(scheduler.state_dict())
        assert again.state_dict() == scheduler.state_dict()
    assert runs[0] == runs[1] and states[0] == states[1]


def test_plateau_and_a_group_added_later(torch: Any) -> None:
    for low in (0.0, [0.0, 0.0]):
        optimizer = momentum_sgd(torch)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, min_lr=low)
        optimizer.add_param_group({"params": torch.ones(1, requires_grad=True), "lr": 1.0})
        scheduler.step(1.0)
        if low == 0.0:
            scheduler.step(1.0)
            assert scheduler.get_last_lr()[2] == 0.1
        else:
            with pytest.raises(RuntimeError, match="The number of param groups"):
                scheduler.step(1.0)


def test_a_step_before_the_optimizers_is_warned_of(torch: Any) -> None:
    optimizer = momentum_sgd(torch)
    optimizer.step()  # before it was scheduled: does not count
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    with pytest.warns(UserWarning, match=r"`lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        scheduler.step()
    scheduler.step()


def test_an_overridden_step_is_warned_of(torch: Any) -> None:
    optimizer = momentum_sgd(torch)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    optimizer.step = lambda: None
    with pytest.warns(UserWarning, match="has been overridden after"):
        scheduler.step()


def test_the_epoch_argument_is_deprecated(torch: Any) -> None:
    optimizer = momentum_sgd(torch)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    optimizer.step()
    with pytest.warns(UserWarning, match=r"The epoch parameter in `scheduler.step\(\)`"):
        scheduler.step(3)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.warns(UserWarning, match=r"The epoch parameter in `scheduler.step\(\)`"):
        plateau.step(1.0, 3)


def test_get_lr_is_for_step_alone(torch: Any) -> None:
    scheduler = torch.optim.lr_scheduler.StepLR(momentum_sgd(torch), 2)
    with pytest.warns(UserWarning, match=r"please use `get_last_lr\(\)`"):
        scheduler.get_lr()


def test_resuming(torch: Any) -> None:
    optimizer = momentum_sgd(torch)
    schedule = torch.optim.lr_scheduler.ExponentialLR
    with pytest.raises(KeyError, match=r"'initial_lr' is not specified in param_groups\[0\]"):
        schedule(optimizer, 0.5, last_epoch=3)
    schedule(optimizer, 0.5)
    scheduler = schedule(optimizer, 0.5, last_epoch=3)
    assert scheduler.last_epoch == 4 and scheduler.base_lrs == [0.1, 0.3]


def test_a_schedule_of_ones_own(torch: Any) -> None:
    class Inverse(torch.optim.lr_scheduler.LRScheduler):  # type: ignore[misc]
        def get_lr(self) -> list[float]:
            return [lr / (1 + self.last_epoch) for lr in self.base_lrs]

    optimizer = momentum_sgd(torch)
    scheduler = Inverse(optimizer)
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.05, 0.15]


def test_callable_objects_take_their_attributes_along(torch: Any) -> None:
    s = torch.optim.lr_scheduler
    first, second = Halve(), Halve()
    second.base = 3.0
    for name, args in (("LambdaLR", ()), ("MultiplicativeLR", ()), ("CyclicLR", (0.1, 0.2, 2000, None, "own", 1.0))):
        a, b = (getattr(s, name)(momentum_sgd(torch), *args, f) for f in (first, second))
        first.base = 2.0
        a.load_state_dict(b.state_dict())
        assert first.base == 3.0
    for name in ("LambdaLR", "MultiplicativeLR"):
        state = getattr(s, name)(momentum_sgd(torch), [first, lambda epoch: 1.0]).state_dict()
        assert state["lr_lambdas"] == [{"base": 3.0}, None]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda s, o: s.StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda s, o: s.LambdaLR(o, [abs]), ValueError, "lr_lambda"),
        (lambda s, o: s.MultiplicativeLR(o, 0.5), TypeError, "lr_lambda should be a function, but got float"),
        (lambda s, o: s.ConstantLR(o, 1.5), ValueError, "expected to be between 0 and 1"),
        (lambda s, o: s.LinearLR(o, 0.0), ValueError, "greater than 0 and less or equal to 1"),
        (lambda s, o: s.LinearLR(o, 0.5, 1.5), ValueError, "expected to be between 0 and 1"),
        (lambda s, o: s.ReduceLROnPlateau(o, factor=1.0), ValueError, "Factor should be < 1.0"),
        (lambda s, o: s.ReduceLROnPlateau(o, mode="low"), ValueError, "mode low is unknown!"),
        (lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="low"), ValueError, "threshold mode low is unknown!"),
        (lambda s, o: s.ReduceLROnPlateau(o, min_lr=[1.0]), ValueError, "expected 2 min_lrs, got 1"),
        (lambda s, o: s.ReduceLROnPlateau(3), TypeError, "int is not an Optimizer"),
        (lambda s, o: s.CyclicLR(o, [0.1], 0.2), ValueError, "base_lr must have the same length"),
        (lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="square"), ValueError, "mode is invalid and scale_fn is None"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 0), ValueError, "Expected positive integer T_0, but got 0"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 1.5), ValueError, "Expected integer T_mult >= 1"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 1, None), ValueError, "Expected float or int eta_min"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 3).step(-1), ValueError, "Expected non-negative epoch"),
        (lambda s, o: s.OneCycleLR(o, 0.1), ValueError, "You must define either total_steps OR"),
        (lambda s, o: s.OneCycleLR(o, 0.1, 0), ValueError, "Expected positive integer total_steps, but got 0"),
        (lambda s, o: s.OneCycleLR(o, 0.1, epochs=2, steps_per_epoch=-1), ValueError, "integer steps_per_epoch"),
        (lambda s, o: s.OneCycleLR(o, 0.1, epochs=2.5, steps_per_epoch=2), ValueError, "integer epochs"),
        (lambda s, o: s.OneCycleLR(o, 0.1, 9, pct_start=1.5), ValueError, "Expected float between 0 and 1 pct_start"),
        (lambda s, o: s.OneCycleLR(o, 0.1, 9, anneal_strategy="exp"), ValueError, "one of 'cos' or 'linear'"),
        (lambda s, o: s.OneCycleLR(o, [0.1], 9), ValueError, "max_lr must have the same length"),
        (lambda s, o: s.SequentialLR(o, [], []), ValueError, "at least one scheduler"),
        (lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [3]), ValueError, "number of milestone"),
        (lambda s, o: s.SequentialLR(o, [3], []), TypeError, "should have `optimizer` as its attribute"),
        (lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []), ValueError, "does not support `ReduceLROnPl"),
        (lambda s, o: s.ChainedScheduler([]), ValueError, "at least one scheduler"),
        (lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]), ValueError, "does not support `ReduceLROnPl"),
        (lambda s, o: s.ChainedScheduler([s.StepLR(o, 1)], copy.deepcopy(o)), ValueError, "same optimizer"),
        (lambda s, o: s.StepLR(o, 1, verbose=True), TypeError, "verbose"),
        (lambda s, o: s.StepLR(o, 1, 0.1, -1, True), TypeError, "positional arguments"),
    ],
)  # fmt: skip
def test_refusals(torch: Any, make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(torch.optim.lr_scheduler, momentum_sgd(torch))


def test_momentum_that_is_not_there(torch: Any) -> None:
    optimizer = optimizer_of(torch, "Adagrad")
    s = torch.optim.lr_scheduler
    for make in (lambda: s.CyclicLR(optimizer, 0.1, 0.2), lambda: s.OneCycleLR(optimizer, 0.1, 5)):
        with pytest.raises(ValueError, match="optimizer must support momentum or beta1"):
            make()


def test_one_cycle_ends(torch: Any) -> None:
    optimizer = momentum_sgd(torch)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler.step()
        scheduler.step()
        with pytest.raises(ValueError, match="Tried to step 3 times"):
            scheduler.step()


def test_warm_restarts_at_fractions_of_an_epoch() -> None:
    runs = []
    for torch in (minigrad, reference):
        optimizer = momentum_sgd(torch)
        schedulers = [torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2, m, 0.01) for m in (1, 3)]
        runs.append([])
        for epoch in (0.25, 1.75, 2.5, 9.25, 30.0, 1.0):
            for scheduler in schedulers:
                scheduler.step(epoch)
                runs[-1].append((scheduler.get_last_lr(), scheduler.T_cur, scheduler.T_i, scheduler.last_epoch))
    assert runs[0] == runs[1]
