"""How far the training is: a bar for each lesson, with the losses."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from lessons.runner.catalogue import Lesson
from lessons.runner.play import Column
from lessons.runner.step import Step

REFRESH = 0.2  # seconds: the bar is drawn between steps, never by a thread beside them


def bars(disable: bool) -> Progress:
    """A bar for each lesson, on stderr."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[losses]}"),
        console=Console(stderr=True, highlight=False),
        auto_refresh=False,
        expand=True,
        disable=disable,
    )


def ticker(bar: Progress, lesson: Lesson, columns: list[Column], epochs: int | None) -> Callable[[Step], None]:
    """What to do after each step: move the bar to its epoch and show the losses."""
    title = f"[bold]{lesson.number}[/] {lesson.title:24}"
    task = bar.add_task(title, total=epochs, losses="")
    drawn = 0.0

    def tick(step: Step) -> None:
        nonlocal drawn
        now = time.perf_counter()
        last = step.epoch + 1 == epochs
        if last or now - drawn > REFRESH:
            losses = " ".join(f"{column.engine} {column.losses[-1]:<8.3g}" for column in columns)
            bar.update(task, completed=step.epoch + 1, losses=losses, refresh=now - drawn > REFRESH)
            drawn = now if now - drawn > REFRESH else drawn

    return tick
