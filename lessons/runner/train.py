"""Trains a lesson: on one engine, or on two side by side."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lessons.runner.catalogue import Lesson
from lessons.runner.checkpoint import Checkpoint
from lessons.runner.play import Column
from lessons.runner.report import Report
from lessons.runner.step import Step


def begin(
    lesson: Lesson, engines: dict[str, Any], arguments: dict[str, Any], seed: int, device: str, saved: Checkpoint | None
) -> list[Column]:
    """The lesson's program on each engine, from the same seed; ``device`` is where torch computes."""
    columns = []
    for name, engine in engines.items():
        engine.manual_seed(seed)
        place = {"device": device} if name == "torch" and "device" in lesson.takes else {}
        program = lesson.program(engine, **arguments, **place)
        columns.append(Column(name, program, saved.epochs) if saved else Column(name, program))
    return columns


def train(lesson: Lesson, columns: list[Column], on_step: Callable[[Step], None], saved: Checkpoint | None) -> Report:
    """Run the programs to their end; ``on_step`` is called after each step."""
    start = time.perf_counter()
    comparison = None
    if len(columns) == 2:
        from lessons.runner.compare import Comparison  # needs torch; one engine alone does not

        comparison = Comparison(*columns, kinks=lesson.kinks, first=lesson.alike)
        if saved:
            saved.comparison = comparison
        comparison.run(on_step)
    else:
        while (event := columns[0].advance()) is not None:
            if isinstance(event, Step):
                on_step(event)
    return Report(lesson, columns, comparison, time.perf_counter() - start)
