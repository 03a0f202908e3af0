"""``run --verbose``: every step as the course prints it, and each gradient by hand beside both engines."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lessons.runner.play import Column
from lessons.runner.step import Step


def teller(columns: list[Column]) -> Callable[[Step | None], None]:
    """What to print after each step; None after the last one. Of many numbers the length is shown: |0.53|."""
    before: list[Step] = []

    def tell(step: Step | None) -> None:
        if before and (step is None or step.epoch != before[-1].epoch):
            print("progress:", before[-1].epoch, before[-1].loss)
        if step is not None:
            print(*rows(step, [column.last for column in columns], [column.engine for column in columns]), sep="\n")
            before[:] = [step]

    return tell


def rows(step: Step, steps: list[Any], engines: list[str]) -> list[str]:
    """The lines of a step, which ``steps`` are on each engine: read the table from the bottom up."""
    first = next(iter(step.gradients), None)
    said = (
        [f"\tgrad: {' '.join(map(str, (*step.sample, _number(step.gradients[first]))))}"]
        if step.sample and first
        else []
    )
    names = [*step.gradients, *[name for name in step.by_hand if name not in step.gradients]]
    names = [*[name for name in names if name != "loss"], "loss"]
    heads = [*(["by hand"] if step.by_hand else []), *engines]
    said.append(f"{'':<18}" + "".join(f"{head:>16}" for head in heads))
    for name in names:
        found = [one.loss if name == "loss" else one.gradients.get(name) for one in steps]
        if step.by_hand:
            found.insert(0, step.by_hand.get(name))
        said.append(f"  {name[-16:]:<16}" + "".join(f"{_shown(x):>16}" for x in found))
    return said


def _number(x: Any) -> Any:
    return x.item() if hasattr(x, "item") and math.prod(x.shape) == 1 else _shown(x)


def _shown(x: Any) -> str:
    """A number, or the length of a tensor."""
    if x is None:
        return ""
    if hasattr(x, "item") and math.prod(x.shape) != 1:
        return f"|{float((x.detach() * x.detach()).sum()) ** 0.5:.6g}|"
    return f"{float(x.item() if hasattr(x, 'item') else x):.6g}"
