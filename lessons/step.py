"""What a lesson yields: a ``Step`` where a script prints its loss, a ``Result`` where it prints what came out."""

from __future__ import annotations

from typing import Any


class Step:
    """One step of training: where it is, how wrong the model was, and whatever has a gradient.

    ``parameters``  a Module, or a dict from name to tensor; each one's ``.grad`` is compared
    ``by_hand``     the loss and the gradients that plain Python came to, by the same names
    """

    def __init__(self, epoch: int, loss: float, parameters: Any, by_hand: dict[str, float] | None = None) -> None:
        self.epoch = epoch
        self.loss = loss
        self.by_hand = by_hand or {}
        named = getattr(parameters, "named_parameters", None)
        self.gradients: dict[str, Any] = {name: x.grad for name, x in (named() if named else parameters.items())}


class Result:
    """What the model came to: numbers, lists or arrays by name, compared between the engines and drawn.

    ``by_hand`` holds those that plain Python came to as well.
    """

    def __init__(self, by_hand: dict[str, Any] | None = None, **values: Any) -> None:
        self.by_hand = by_hand or {}
        self.values = values
