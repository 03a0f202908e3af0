"""Runs a lesson's program on one engine, tells it how many epochs to train, and records what it yields."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

from lessons.runner.step import Epochs, Result, Step

Program = Generator[Epochs | Step | Result, Iterable[int], None]


def play(
    program: Program, epochs: Callable[[Epochs], Iterable[int]] = lambda training: training
) -> Iterator[Step | Result]:
    """What the program yields, but for its questions: those are answered by ``epochs``."""
    while True:
        try:
            event = next(program)
            while isinstance(event, Epochs):
                event = program.send(epochs(event))
        except StopIteration:
            return
        yield event


class Column:
    """One engine's side of a lesson: its losses, its times, its results, and how far it is from by hand."""

    def __init__(
        self,
        engine: str,
        program: Program,
        epochs: Callable[[Column, Epochs], Iterable[int]] = lambda column, training: training,
    ) -> None:
        self.engine = engine
        self.program = play(program, lambda training: epochs(self, training))
        self.losses: list[float] = []
        self.seconds: list[float] = []
        self.results: dict[str, list[Any]] = {}
        self.by_hand: dict[str, Any] = {}
        self.hand_difference = 0.0
        self._hand_scale: dict[str, float] = {}
        self.last: Step | None = None

    def advance(self) -> Step | Result | None:
        """The next thing the program yields, None at its end."""
        start = time.perf_counter()
        event = next(self.program, None)
        seconds = time.perf_counter() - start
        if isinstance(event, Step):
            self.losses.append(event.loss)
            self.seconds.append(seconds)
            self.last = event
            said = {"loss": event.loss, **event.gradients}
            for name, value in event.by_hand.items():
                if name in said:
                    self._beside_hand(name, said[name], value)
        elif isinstance(event, Result):
            for name, value in event.values.items():
                self.results.setdefault(name, []).append(value)
            for name, value in event.by_hand.items():
                self.by_hand[name] = value
                self._beside_hand(name, event.values[name], value)
        return event

    def state(self) -> dict[str, Any]:
        """What was said so far, for a checkpoint."""
        return {
            name: copy.deepcopy(value)
            for name, value in vars(self).items()
            if name not in ("engine", "program", "last")
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        vars(self).update(copy.deepcopy(state))

    @property
    def seconds_per_step(self) -> float:
        """The median over the steps: the first includes set-up, and other programs disturb some."""
        return statistics.median(self.seconds)

    def _beside_hand(self, name: str, value: Any, hand: float) -> None:
        """Plain Python has 16 digits, the engine 7: the difference counts beside the largest value so far."""
        value = value.item() if hasattr(value, "item") else value
        scale = max(self._hand_scale.get(name, 0.0), abs(hand))
        self._hand_scale[name] = scale
        if value != hand:
            self.hand_difference = max(self.hand_difference, abs(value - hand) / (scale or 1.0))
