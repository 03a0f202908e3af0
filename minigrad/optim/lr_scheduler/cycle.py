"""Schedules that go up and down: cosines, triangles, one cycle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...core.public import public
from ..optimizer import Optimizer, Rate
from .base import (
    LRScheduler,
    attributes_of,
    check_optimizer,
    cycles_momentum,
    one_each,
    set_lr,
    set_momentum,
    start_momentum,
)


@public("minigrad.optim.lr_scheduler")
class CosineAnnealingLR(LRScheduler):
    """Cosine annealing: half a cosine from the initial rate down to ``eta_min`` in ``T_max`` epochs, and up again.

    Math    lr_t = eta_min + (lr_0 - eta_min) (1 + cos(pi t / T_max)) / 2, computed from lr_{t-1}
    Raises  TypeError if given no optimizer.
    Source  Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
    >>> for epoch in range(1): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        t, period, low = self.last_epoch, self.T_max, self.eta_min
        if self._is_initial:
            return self._lrs()
        if self._step_count == 1 and t > 0:
            return self._get_closed_form_lr()
        if (t - 1 - period) % (2 * period) == 0:  # the recurrence divides by zero where the cosine turns
            rise = (1 - math.cos(math.pi / period)) / 2
            return [lr + (base - low) * rise for base, lr in zip(self.base_lrs, self._lrs(), strict=True)]
        ratio = (1 + math.cos(math.pi * t / period)) / (1 + math.cos(math.pi * (t - 1) / period))
        return [ratio * (lr - low) + low for lr in self._lrs()]

    def _get_closed_form_lr(self) -> list[Rate]:
        wave = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return [self.eta_min + (base - self.eta_min) * wave / 2 for base in self.base_lrs]


@public("minigrad.optim.lr_scheduler")
class CosineAnnealingWarmRestarts(LRScheduler):
    """Cosine annealing with restarts: half a cosine down to ``eta_min`` in ``T_0`` epochs, then from the top again.

    Math    lr_t = eta_min + (lr_0 - eta_min) (1 + cos(pi t / T)) / 2, t counted from the last restart
            T = T_0, and T_mult times as long after each restart

    ``step(epoch)`` may be given a fraction of an epoch.

    Source  Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983
    Raises  ValueError for a T_0 or T_mult that is not a positive integer, and for a negative epoch.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> for epoch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [1.0]
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0  # length of this round
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch  # epochs since its start
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        wave = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (base - self.eta_min) * wave / 2 for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Move on one epoch, or to ``epoch``, and set the groups' rates."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_cur, self.T_i = epoch, self.T_0
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:  # n rounds have passed, T_0 (T_mult^n - 1) / (T_mult - 1) epochs
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
        self.last_epoch = math.floor(epoch)
        self._set(self.get_lr)


@public("minigrad.optim.lr_scheduler")
class CyclicLR(LRScheduler):
    """Cyclical rate: up from ``base_lr`` to ``max_lr`` in ``step_size_up`` batches and down again, over and over.

    Math            lr_t = base_lr + (max_lr - base_lr) s h, h rising from 0 to 1 and falling back in each cycle
                    s = 1, 1 / 2^(cycle - 1) or gamma^t by ``mode``
    mode            "triangular"; "triangular2", each half as high as the last; "exp_range", gamma^batch as high
    scale_fn        the height as a function of the cycle, or with scale_mode="iterations" of the batch
    cycle_momentum  momentum goes the other way, from ``max_momentum`` to ``base_momentum`` and back
    Source          Smith 2017, https://arxiv.org/abs/1506.01186
    Raises          ValueError for an unknown mode, for lists that do not match the groups, and if there is no momentum
                    to cycle.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.CyclicLR(optimizer, base_lr=1., max_lr=2., step_size_up=4)
    >>> for batch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [1.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Rate | Sequence[Rate],
        max_lr: Rate | Sequence[Rate],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Rate | Sequence[Rate] = 0.8,
        max_momentum: Rate | Sequence[Rate] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        base_lrs: list[Rate] = one_each("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                set_lr(group, lr)
        self.max_lrs: list[Rate] = one_each("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(
                f"mode is invalid and scale_fn is None: {mode!r} is not triangular, triangular2 or exp_range"
            )
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = cycles_momentum(optimizer)
            self.base_momentums: list[Rate] = one_each("base_momentum", optimizer, base_momentum)
            self.max_momentums: list[Rate] = one_each("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                start_momentum(optimizer, self.base_momentums, self.max_momentums)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The height of cycle (or batch) x, as a part of the first one's."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular2":
            return float(1 / 2.0 ** (x - 1))
        return float(self.gamma**x) if self.mode == "exp_range" else 1.0

    def _rates(self) -> list[Rate]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle  # where in the cycle, in [0, 1)
        up = self.step_ratio
        height = x / up if x <= up else (x - 1) / (up - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            ends = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in ends:
                set_momentum(group, high - (high - low) * height * scale)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """All but the optimizer and a plain scale_fn; of a callable object its attributes are kept."""
        custom = self._scale_fn_custom
        return {**super().state_dict(), "_scale_fn_custom": None if custom is None else attributes_of(custom)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state; a scale_fn stays this schedule's own."""
        attributes = state_dict["_scale_fn_custom"]
        super().load_state_dict({**state_dict, "_scale_fn_custom": self._scale_fn_custom})
        if attributes is not None and self._scale_fn_custom is not None:
            self._scale_fn_custom.__dict__.update(attributes)


@public("minigrad.optim.lr_scheduler")
class OneCycleLR(LRScheduler):
    """One-cycle rate: up from ``max_lr / div_factor`` to ``max_lr``, then down to almost 0, once in a training.

    Math            lr_t = a + (b - a) (1 - cos(pi s)) / 2, s from 0 to 1 in each phase; linear: a + (b - a) s
                    (a, b) = (max_lr / div_factor, max_lr), then (max_lr, max_lr / div_factor / final_div_factor)
    total_steps     number of batches, or epochs times steps_per_epoch
    pct_start       the part of it that goes up
    three_phase     come down as slowly as you went up, then to next to nothing (initial rate / final_div_factor)
    cycle_momentum  momentum goes the other way, from ``max_momentum`` to ``base_momentum`` and back
    Source          Smith & Topin 2018, https://arxiv.org/abs/1708.07120
    Raises          ValueError for bad options, if there is no momentum to cycle, and for a step too many.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1., momentum=0.9)
    >>> scheduler = minigrad.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1., total_steps=10)
    >>> for batch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Rate | Sequence[Rate],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Rate | Sequence[Rate] = 0.85,
        max_momentum: Rate | Sequence[Rate] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        counts = {"epochs": epochs, "steps_per_epoch": steps_per_epoch} if total_steps is None else {}
        for name, value in (counts or {"total_steps": total_steps}).items():
            if not isinstance(value, int) or value <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {value}")
        total = self.total_steps = epochs * steps_per_epoch if total_steps is None else total_steps  # type: ignore[operator]
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        up, both = pct_start * total - 1, 2 * pct_start * total - 2
        self._schedule_phases = [_phase(up, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
        if three_phase:
            self._schedule_phases += [
                _phase(both, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                _phase(total - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
            ]
        else:
            self._schedule_phases += [_phase(total - 1, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        self._anneal_func_type = anneal_strategy
        max_lrs: list[Rate] = one_each("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"] = lr / div_factor
                group["max_lr"] = lr
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = cycles_momentum(optimizer)
            highs: list[Rate] = one_each("max_momentum", optimizer, max_momentum)
            lows: list[Rate] = one_each("base_momentum", optimizer, base_momentum)
            if last_epoch == -1:
                start_momentum(optimizer, lows, highs)
        super().__init__(optimizer, last_epoch)

    def _anneal(self, start: Any, end: Any, part: float) -> Any:
        if self._anneal_func_type == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)

    def _rates(self) -> list[Rate]:
        t, start = self.last_epoch, 0.0
        if t > self.total_steps:
            raise ValueError(
                f"Tried to step {t} times. The specified number of total steps is {self.total_steps}: "
                "step the schedule once a batch, total_steps is epochs * len(loader)"
            )
        phase = self._schedule_phases[0]
        for phase in self._schedule_phases:
            if t <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            start = phase["end_step"]
        part = (t - start) / (phase["end_step"] - start)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._anneal(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                ends = group[phase["start_momentum"]], group[phase["end_momentum"]]
                set_momentum(group, self._anneal(*ends, part))
        return rates


def _phase(end_step: float, start_lr: str, end_lr: str, start_momentum: str, end_momentum: str) -> dict[str, Any]:
    """From where to where rate and momentum go until ``end_step``, by the names of the group's options."""
    return {
        "end_step": end_step, "start_lr": start_lr, "end_lr": end_lr, "start_momentum": start_momentum,
        "end_momentum": end_momentum,
    }  # fmt: skip
