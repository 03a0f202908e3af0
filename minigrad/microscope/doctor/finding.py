"""A finding: a mistake that a program makes silently, where it makes it, and what to write instead."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import user_frame
from ...core.watcher import Watcher
from ..frames import Line, line_of
from ..width import joined, spread

WIDTH = 80


@dataclass
class Finding:
    """One mistake.

    kind   its name, for programs; ``KINDS`` has them all
    line   the line of the user's program, None if there is none
    text   what happens
    hint   what to write instead
    times  how often it was seen
    """

    kind: str
    line: Line | None
    text: str
    hint: str
    times: int = 1

    def __str__(self) -> str:
        where = f"{Path(self.line.file).name}:{self.line.number}  {self.line.text}" if self.line else ""
        often = f" ({self.times} times)" if self.times > 1 else ""
        rows = [KINDS[self.kind] + often]
        for first, text in (("    ", where), ("    ", self.text), ("    Hint: ", self.hint)):
            rows += map(joined, textwrap.wrap(spread(text), WIDTH, initial_indent=first, subsequent_indent="    "))
        return "\n".join(rows)


KINDS = {
    "no_zero_grad": "zero_grad() is forgotten",
    "zero_grad_before_step": "zero_grad() comes between backward() and step()",
    "no_gradient": "step() without a gradient",
    "no_step": "step() is forgotten",
    "no_eval": "eval() is forgotten",
    "no_train": "train() is forgotten",
    "dropout_in_eval": "Dropout runs in evaluation mode",
    "activation_before_loss": "The loss has this activation in it already",
    "no_log_softmax": "The loss wants logarithms of probabilities",
    "layers_in_a_list": "Layers are kept where the model does not see them",
    "tensor_for_a_parameter": "A weight is a plain tensor",
    "unknown_to_the_optimizer": "The optimizer does not know these parameters",
    "not_of_the_model": "The optimizer has parameters that no model uses",
    "dead_relu": "Dead ReLUs",
    "saturated": "Saturated units",
    "exploding": "The training explodes",
    "shapes_of_the_loss": "Prediction and target have different shapes",
    "carried_graph": "The graph is carried from step to step",
}


def here() -> Line | None:
    """The line of the user's program that is running."""
    return line_of(user_frame())


class Check(Watcher):
    """An observer that looks for one kind of mistake."""

    def conclude(self) -> None:
        """The block is over: judge by all that was seen."""


class HandCheck(Check):
    """A check that tells what the program writes by hand from what an optimizer or a module writes."""

    acting = 0  # how many of their methods are running

    def act_began(self, act: str, owner: Any) -> None:
        self.acting += 1

    def act_ended(self, act: str, owner: Any) -> None:
        self.acting -= 1

    def assigned(self, x: Any, attribute: str) -> None:
        if attribute == "data" and not self.acting:
            self.by_hand(x)

    def wrote(self, x: Any, by: str, recorded: bool) -> None:
        if not recorded and not self.acting:
            self.by_hand(x)

    def by_hand(self, x: Any) -> None:
        """The program wrote a tensor by hand: ``w.data = w.data - lr * w.grad``, or in place under no_grad."""


class Notes:
    """What has been found so far: a mistake in a line is one finding, however often it is made."""

    def __init__(self) -> None:
        self.found: dict[Any, Finding] = {}

    def add(self, kind: str, line: Line | None, text: str, hint: str, about: Any = None, latest: bool = False) -> None:
        """Note a mistake; ``about`` tells two in one line apart, ``latest``: the text tells of all so far."""
        key = kind, None if line is None else (line.file, line.number), about
        if key in self.found:
            self.found[key].times += 1
            self.found[key].text = text if latest else self.found[key].text
        else:
            self.found[key] = Finding(kind, line, text, hint)


def verdict(findings: Sequence[Finding], seen: str) -> str:
    """All findings as text of 80 columns; ``seen`` says what was looked at."""
    if not findings:
        return textwrap.fill(f"The doctor found nothing in {seen}.", WIDTH)
    count = "1 mistake" if len(findings) == 1 else f"{len(findings)} mistakes"
    rows = [textwrap.fill(f"The doctor found {count} in {seen}:", WIDTH)]
    return "\n\n".join([*rows, *[f"{k}. {finding}" for k, finding in enumerate(findings, 1)]])
