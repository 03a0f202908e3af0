"""LRScheduler: counts epochs and sets the groups' rates to what a subclass says."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, cast

from ...core.public import public
from ...tensor import Tensor
from ..optimizer import Group, Optimizer, Rate, T

EPOCH_DEPRECATED = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available."
)


@public("minigrad.optim.lr_scheduler")
class LRScheduler:
    """Base of the learning rate schedules: call ``step()`` once an epoch, after ``optimizer.step()``.

    A subclass writes ``get_lr()``, the rate of each group in epoch ``self.last_epoch``.

    Raises  TypeError if given no optimizer, KeyError if told to resume one that was never scheduled.

    >>> class Halving(minigrad.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self): return [lr / 2**self.last_epoch for lr in self.base_lrs]
    >>> optimizer = minigrad.optim.SGD([minigrad.zeros(1)], lr=1.)
    >>> scheduler = Halving(optimizer)
    >>> for epoch in range(2): optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    _get_lr_called_within_step = False
    _is_initial = False
    _last_lr: list[Rate]
    _step_count: int

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0: load the optimizer's state first, or start with last_epoch=-1"
                )
        self.base_lrs = [copied(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        if not hasattr(optimizer, "_is_scheduled"):
            optimizer._is_scheduled = True  # type: ignore[attr-defined]
            optimizer._opt_called = False
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[Rate]:
        """The next rate of each group; to be called by ``step`` only."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=2,
            )
        return self._rates()

    def _rates(self) -> list[Rate]:
        raise NotImplementedError

    def get_last_lr(self) -> list[Rate]:
        """The present rate of each group."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Move on one epoch and set the groups' rates."""
        if self._step_count == 1:
            self._check_order()
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATED, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _check_order(self) -> None:
        where = "See https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
        if not hasattr(self.optimizer.step, "hooked"):
            warnings.warn(
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
                f"Please, make sure to call `optimizer.step()` before `lr_scheduler.step()`. {where}",
                UserWarning,
                stacklevel=3,
            )
        elif not self.optimizer._opt_called:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. You should call them in the "
                "opposite order: `optimizer.step()` before `lr_scheduler.step()`. Failure to do this will result in "
                f"skipping the first value of the learning rate schedule. {where}",
                UserWarning,
                stacklevel=3,
            )

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._set(self.get_lr if epoch is None else getattr(self, "_get_closed_form_lr", self.get_lr))

    def _set(self, rule: Callable[[], list[Rate]]) -> None:
        self._get_lr_called_within_step = True
        try:
            rates = rule()
        finally:
            self._get_lr_called_within_step = False
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_lr(group, rate)
        self._last_lr = self._lrs()

    def _lrs(self) -> list[Rate]:
        return [copied(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All of the schedule but its optimizer."""
        return {k: v for k, v in self.__dict__.items() if k != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state of another schedule."""
        self.__dict__.update(state_dict)


def check_optimizer(optimizer: object) -> None:
    """Refuse what is not an optimizer.

    Raises  TypeError
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def copied(lr: T) -> T:
    """A rate that later changes of the original leave alone."""
    return cast(T, lr.clone()) if isinstance(lr, Tensor) else lr


def set_lr(group: Group, lr: Rate) -> None:
    """Set a group's rate; a tensor is written, not replaced."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(float(lr))
    else:
        group["lr"] = lr


def one_each(name: str, optimizer: Optimizer, value: T | Sequence[T]) -> list[T]:
    """A value for each group, given as one for all or as a list.

    Raises  ValueError if a list does not match the groups.
    """
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        alone: Any = value
        return [copied(alone) for _ in range(groups)]
    if len(value) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, param_groups "
            f"has {groups}."
        )
    return [copied(v) for v in value]


def set_momentum(group: Group, momentum: Rate) -> None:
    """Set a group's momentum, which optimizers of Adam's family call their first beta."""
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def cycles_momentum(optimizer: Optimizer) -> bool:
    """Whether the momentum to be cycled is a beta.

    Raises  ValueError if the optimizer has no momentum at all.
    """
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError(
            "optimizer must support momentum or beta1 with `cycle_momentum` option enabled: "
            f"{type(optimizer).__name__} has neither, give cycle_momentum=False"
        )
    return "betas" in optimizer.defaults


def start_momentum(optimizer: Optimizer, lows: list[Rate], highs: list[Rate]) -> None:
    """Begin at the high momentum, and note both ends in the groups."""
    for group, low, high in zip(optimizer.param_groups, lows, highs, strict=True):
        set_momentum(group, high)
        group["max_momentum"], group["base_momentum"] = high, low


def attributes_of(function: Any) -> dict[str, Any] | None:
    """What of a callable can be kept in a state: an object's attributes, nothing of a plain function."""
    return None if hasattr(function, "__code__") else dict(function.__dict__)
