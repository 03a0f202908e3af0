"""What came of a run: a Report for each lesson, and results.json, which holds them all."""

from __future__ import annotations

import json
import platform
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lessons.runner.catalogue import Lesson
from lessons.runner.play import Column

if TYPE_CHECKING:
    from lessons.runner.compare import Comparison

BY_HAND = 1e-5  # plain Python against an engine's float32, beside the largest value so far


@dataclass
class Report:
    """What came of one lesson: a column for each engine, and the comparison if there are two."""

    lesson: Lesson
    columns: list[Column]
    comparison: Comparison | None
    seconds: float

    @property
    def steps(self) -> int:
        return len(self.columns[0].losses)

    @property
    def complaints(self) -> list[str]:
        """Mismatches of the engines with each other or with the numbers by hand; empty where all is well."""
        found = []
        if self.comparison:
            found = [f"parts at {mismatch}" for mismatch in self.comparison.mismatches.values()]
            if found and self.comparison.divergence:
                found.append(f"diverges since {self.comparison.divergence}")
        for column in self.columns:
            if column.hand_difference > BY_HAND:
                found.append(f"{column.engine} is {column.hand_difference:.1e} from the numbers by hand")
        return found

    @property
    def good(self) -> bool:
        return not self.complaints

    @property
    def verdict(self) -> str:
        if not self.good:
            return "PARTS"
        return "same" if self.comparison else "ran"


def as_json(reports: Sequence[Report], options: Namespace, engines: dict[str, Any], device: str) -> str:
    """results.json: all of it for another program to read."""
    content = {
        "versions": {"python": platform.python_version(), "numpy": np.__version__}
        | {name: str(engine.__version__) for name, engine in engines.items()},
        "options": {
            key: value for key, value in vars(options).items() if key not in ("command", "numbers", "json", "verbose")
        },
        "device": device,
        "good": all(x.good for x in reports),
        "lessons": [_result(x) for x in reports],
    }
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _result(x: Report) -> dict[str, Any]:
    content: dict[str, Any] = {
        "number": x.lesson.number,
        "title": x.lesson.title,
        "steps": x.steps,
        "seconds": x.seconds,
        "verdict": x.verdict,
        "complaints": x.complaints,
        "by_hand": x.columns[0].by_hand,
        "engines": {
            column.engine: {
                "last_loss": column.losses[-1],
                "seconds_per_step": column.seconds_per_step,
                "hand_difference": column.hand_difference,
                "losses": column.losses,
                "results": column.results,
            }
            for column in x.columns
        },
    }
    if x.comparison:
        content["ratio"] = x.comparison.ratio
        content["loss_difference"] = vars(x.comparison.loss)
        content["gradient_difference"] = vars(x.comparison.gradient)
        content["divergence"] = str(x.comparison.divergence or "") or None
    return content


def _plain(value: Any) -> Any:
    """A value that JSON can hold: arrays as lists, infinities and not-a-numbers as null."""
    if isinstance(value, dict):
        return {key: _plain(x) for key, x in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(x) for x in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
