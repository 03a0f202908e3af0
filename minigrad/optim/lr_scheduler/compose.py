"""Schedules made of schedules: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ...core.public import public
from ..optimizer import Optimizer
from .base import LRScheduler, set_lr
from .plateau import ReduceLROnPlateau


class _Composed(LRScheduler):
    """What both have: the schedules, and their states within the state."""

    _schedulers: Sequence[LRScheduler]

    def _check(self, optimizer: Any, schedulers: Sequence[Any]) -> None:
        name = type(self).__name__
        for i, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {i} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be "
                    f"specified when calling `step`, but got one at index {i} in the given schedulers sequence."
                )
            if optimizer is not scheduler.optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(scheduler).__name__} at index {i} whose optimizer is another {type(optimizer).__name__}."
                )

    def state_dict(self) -> dict[str, Any]:
        """All but the optimizer, with the states of the schedules."""
        state = {k: v for k, v in super().state_dict().items() if k != "_schedulers"}
        return {**state, "_schedulers": [s.state_dict() for s in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state, and the states of the schedules."""
        super().load_state_dict({**state_dict, "_schedulers": self._schedulers})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


@public("minigrad.optim.lr_scheduler")
class SequentialLR(_Composed):
    """Schedules one after the other: the next one starts at each of the ``milestones``.

    Math    lr_t = schedulers[k] at epoch t - milestones[k - 1], k = how many milestones are <= t
    Raises  ValueError if there is not one milestone fewer than schedules, or one belongs to another optimizer.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> warmup = minigrad.optim.lr_scheduler.ConstantLR(optimizer, factor=0.125, total_iters=2)
    >>> decay = minigrad.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = minigrad.optim.lr_scheduler.SequentialLR(optimizer, [warmup, decay], milestones=[2])
    >>> for epoch in range(3): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        if not schedulers:
            raise ValueError("SequentialLR expects at least one scheduler, but got no scheduler.")
        self._check(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:  # take back what the schedules' own first steps did
            set_lr(group, group["initial_lr"])
        _take_back(self)
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Move on one epoch and set the groups' rates."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _take_back(scheduler: LRScheduler) -> None:
    if isinstance(scheduler, _Composed):
        for s in scheduler._schedulers:
            _take_back(s)
    else:
        scheduler.last_epoch -= 1


@public("minigrad.optim.lr_scheduler")
class ChainedScheduler(_Composed):
    """Several schedules at once: each step is a step of all of them, and their factors multiply.

    Math    lr_t = lr_(t-1) * the product over ``schedulers`` of their factors at t
    Raises  ValueError if one belongs to another optimizer.

    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> halves = minigrad.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> decay = minigrad.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = minigrad.optim.lr_scheduler.ChainedScheduler([halves, decay])
    >>> for epoch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if not schedulers:
            raise ValueError("ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.")
        self.optimizer = optimizer or schedulers[0].optimizer
        self._check(self.optimizer, schedulers)
        self._schedulers = schedulers
        self._last_lr = self._lrs()

    def step(self) -> None:  # type: ignore[override]
        """Move all schedules on one epoch."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._lrs()
