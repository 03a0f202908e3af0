"""What a lesson yields: ``Epochs`` before its loop, a ``Step`` where a script prints its loss, a ``Result`` where it
prints what came out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Epochs:
    """The epochs of a training, 0 to ``count`` - 1, and all that it changes on the way.

        training = Epochs(epochs, train_loader, model=model, optimizer=optimizer)
        for epoch in (yield training):

    A script would write ``for epoch in range(epochs)``. Yielding them asks for those that are left to do: after a stop,
    a checkpoint has the first ones behind it (lessons/runner/checkpoint.py).

    ``parts``   what training changes, by name: whatever has a ``state_dict``
    ``loader``  the DataLoader that is walked through in every epoch, if there is one
    """

    def __init__(self, count: int, loader: Any = None, **parts: Any) -> None:
        self.count = count
        self.loader = loader
        self.parts = parts

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.count))


class Step:
    """One step of training: where it is, how wrong the model was, and whatever has a gradient.

    ``parameters``  a Module, or a dict from name to tensor; each one's ``.grad`` is compared
    ``by_hand``     the loss and the gradients that plain Python came to, by the same names
    ``sample``      what the step learnt from, if that is a number or two: ``run --verbose`` prints it
    """

    def __init__(
        self,
        epoch: int,
        loss: float,
        parameters: Any,
        by_hand: dict[str, float] | None = None,
        sample: tuple[float, ...] = (),
    ) -> None:
        self.epoch = epoch
        self.loss = loss
        self.by_hand = by_hand or {}
        self.sample = sample
        named = getattr(parameters, "named_parameters", None)
        self.gradients: dict[str, Any] = {name: x.grad for name, x in (named() if named else parameters.items())}


class Result:
    """What the model came to: numbers, lists or arrays by name, compared between the engines and drawn.

    ``by_hand`` holds those that plain Python came to as well.
    """

    def __init__(self, by_hand: dict[str, Any] | None = None, **values: Any) -> None:
        self.by_hand = by_hand or {}
        self.values = values
