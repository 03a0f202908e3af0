"""Schedules that multiply the rate by a factor: a given one, a power, a line, a polynomial."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from ...core.public import public
from ..optimizer import Optimizer, Rate
from .base import LRScheduler, attributes_of, one_each


class _OfFunctions(LRScheduler):
    """A schedule that is one function of the epoch for each group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = one_each("lr_lambda", optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """All but the optimizer and plain functions; of callable objects their attributes are kept."""
        return {**super().state_dict(), "lr_lambdas": [attributes_of(f) for f in self.lr_lambdas]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state; functions stay this schedule's own."""
        super().load_state_dict({**state_dict, "lr_lambdas": self.lr_lambdas})
        for f, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                f.__dict__.update(attributes)


@public("minigrad.optim.lr_scheduler")
class LambdaLR(_OfFunctions):
    """The initial rate times a function of the epoch.

    Math    lr_t = lr_0 lr_lambda(t)
    Raises  ValueError if a list of functions does not match the groups.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
    >>> for epoch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def _rates(self) -> list[Rate]:
        return [base * f(self.last_epoch) for f, base in zip(self.lr_lambdas, self.base_lrs, strict=True)]


@public("minigrad.optim.lr_scheduler")
class MultiplicativeLR(_OfFunctions):
    """The rate is multiplied by a function of the epoch, every epoch.

    Math    lr_t = lr_(t-1) lr_lambda(t)
    Raises  ValueError if a list of functions does not match the groups, TypeError for what is not a function.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 1 / epoch)
    >>> for epoch in range(4): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()[0] == 1 / 24
    True
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        for f in one_each("lr_lambda", optimizer, lr_lambda):
            if not callable(f):
                raise TypeError(f"lr_lambda should be a function, but got {type(f).__name__}")
        super().__init__(optimizer, lr_lambda, last_epoch)

    def _rates(self) -> list[Rate]:
        if self._is_initial:
            return self._lrs()
        return [lr * f(self.last_epoch) for f, lr in zip(self.lr_lambdas, self._lrs(), strict=True)]


@public("minigrad.optim.lr_scheduler")
class StepLR(LRScheduler):
    """Step decay: the rate is multiplied by ``gamma`` every ``step_size`` epochs.

    Math    lr_t = lr_0 gamma^floor(t / step_size)
    Raises  TypeError if given no optimizer.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(5): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        if self.last_epoch == 0 or self.last_epoch % self.step_size:
            return self._lrs()
        return [lr * self.gamma for lr in self._lrs()]

    def _get_closed_form_lr(self) -> list[Rate]:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


@public("minigrad.optim.lr_scheduler")
class MultiStepLR(LRScheduler):
    """Step decay: the rate is multiplied by ``gamma`` at each epoch in ``milestones``.

    Math    lr_t = lr_0 gamma^(how many milestones are <= t)
    Raises  TypeError if given no optimizer.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5)
    >>> for epoch in range(3): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        if self.last_epoch not in self.milestones:
            return self._lrs()
        return [lr * self.gamma ** self.milestones[self.last_epoch] for lr in self._lrs()]

    def _get_closed_form_lr(self) -> list[Rate]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]


@public("minigrad.optim.lr_scheduler")
class ConstantLR(LRScheduler):
    """The rate times a constant ``factor``, until ``total_iters`` epochs have passed.

    Math    lr_t = lr_0 factor for t < total_iters, then lr_0
    Raises  ValueError for a factor outside [0, 1].

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=4)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"Constant multiplicative factor expected to be between 0 and 1, got {factor}.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self._lrs()]
        if self.last_epoch != self.total_iters:
            return self._lrs()
        return [lr * (1.0 / self.factor) for lr in self._lrs()]

    def _get_closed_form_lr(self) -> list[Rate]:
        over = self.last_epoch >= self.total_iters
        return [base * (self.factor + over * (1 - self.factor)) for base in self.base_lrs]


@public("minigrad.optim.lr_scheduler")
class LinearLR(LRScheduler):
    """The rate times a factor that goes from ``start_factor`` to ``end_factor`` in ``total_iters`` equal steps.

    Math    lr_t = lr_0 (start_factor + (end_factor - start_factor) min(t / total_iters, 1))
    Raises  ValueError for factors outside [0, 1], and for a start_factor of 0.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=4)
    >>> for epoch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1, "
                f"got {start_factor}."
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(f"Ending multiplicative factor expected to be between 0 and 1, got {end_factor}.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        start, rise, t = self.start_factor, self.end_factor - self.start_factor, self.last_epoch
        if t == 0:
            return [lr * start for lr in self._lrs()]
        if self._is_initial or t > self.total_iters:
            return self._lrs()
        return [lr * (1.0 + rise / (self.total_iters * start + (t - 1) * rise)) for lr in self._lrs()]

    def _get_closed_form_lr(self) -> list[Rate]:
        rise, t = self.end_factor - self.start_factor, min(self.total_iters, self.last_epoch)
        return [base * (self.start_factor + rise * t / self.total_iters) for base in self.base_lrs]


@public("minigrad.optim.lr_scheduler")
class ExponentialLR(LRScheduler):
    """Exponential decay: the rate is multiplied by ``gamma`` every epoch.

    Math    lr_t = lr_0 gamma^t
    Raises  TypeError if given no optimizer.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> for epoch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        if self._is_initial:
            return self._lrs()
        return [lr * self.gamma for lr in self._lrs()]

    def _get_closed_form_lr(self) -> list[Rate]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


@public("minigrad.optim.lr_scheduler")
class PolynomialLR(LRScheduler):
    """Polynomial decay: the rate falls to 0 in ``total_iters`` epochs.

    Math    lr_t = lr_0 (1 - min(t / total_iters, 1))^power
    Raises  TypeError if given no optimizer.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = minigrad.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4, power=2.)
    >>> for epoch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()[0] == 0.5**2
    True
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Rate]:
        t, total = self.last_epoch, self.total_iters
        if self._is_initial or t > total:
            return self._lrs()
        factor = ((1.0 - t / total) / (1.0 - (t - 1) / total)) ** self.power
        return [lr * factor for lr in self._lrs()]

    def _get_closed_form_lr(self) -> list[Rate]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]
