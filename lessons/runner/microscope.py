"""``python -m lessons microscope``: one training step of a lesson under the microscope, torch's numbers beside it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import minigrad
from lessons.runner.catalogue import Lesson
from lessons.runner.data import load
from lessons.runner.errors import InputError, folder_for
from lessons.runner.ideas import IDEAS
from lessons.runner.play import Program, play
from lessons.runner.step import Step
from minigrad.microscope import Tape, both_ways, record

LARGE = {8, 9, 10, 12}  # lessons whose steps take a while
RUN = {False: 60, True: 12}
"""How many steps are run with and without zero_grad."""


def microscope(lesson: Lesson, options: Namespace) -> int:
    """Write the page of the lesson's step number ``options.step``, counted from 1, or of the one that teaches most.

    Returns  0, or 1 if an op does not match torch
    Raises   InputError if the lesson trains fewer steps.
    """
    step = options.step or lesson.shows
    name = f"lesson{lesson.number:02}_step_{step}.html"
    folder = folder_for(options.out, name)
    tape = record_step(lesson, step)
    tape.about = about(lesson, step)
    tape.runs = both_ways(lambda: first_steps(lesson), RUN[lesson.number in LARGE])
    verdict, good = _beside_torch(tape)
    tape.save(folder / name)
    print(f"lesson {lesson.number}, step {step}: {len(tape.nodes)} ops, in {folder / name}")
    print(verdict)
    return 0 if good else 1


def about(lesson: Lesson, step: int) -> dict[str, dict[str, str]]:
    """What stands above the lesson's page."""
    title = {
        "en": f"Lesson {lesson.number}: {lesson.title}, step {step}",
        "zh": f"第 {lesson.number} 课：{lesson.chinese}，第 {step} 步",  # noqa: RUF001
    }
    return {"title": title, "idea": IDEAS[lesson.number]}


def record_step(lesson: Lesson, number: int) -> Tape:
    """Run the lesson on minigrad up to its step number ``number`` and record that one."""
    program = _begin(lesson)
    events = play(program)
    done = 0
    try:
        event: Any = True
        while done < number - 1 and event:
            event = next(events, None)
            done += isinstance(event, Step)
        while event:
            with record() as tape:  # anew after a Result: what came before it is not of the step
                event = next(events, None)
            if isinstance(event, Step):
                return tape
    finally:
        program.close()
    raise InputError(f"lesson {lesson.number} has no step {number}: it trains {done}; choose another by --step")


def first_steps(lesson: Lesson) -> Iterator[tuple[float, dict[str, Any]]]:
    """The losses and gradients of a lesson's steps, from the first."""
    with closing(_begin(lesson)) as program:
        for event in play(program):
            if isinstance(event, Step):
                yield event.loss, event.gradients


def _begin(lesson: Lesson) -> Program:
    arguments: dict[str, Any] = load(lesson.file, "embedded") if lesson.file else {}
    if "epochs" in lesson.takes:
        arguments["epochs"] = lesson.epochs_on("embedded")
    minigrad.manual_seed(0)
    return lesson.program(minigrad, **arguments)


def _beside_torch(tape: Tape) -> tuple[str, bool]:
    """The verdict of the replay in torch, and whether all is well; without torch the page is written all the same."""
    try:
        from reference_torch.replay import replay
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        return "torch is not installed, so its numbers are not beside: pip install 'minigrad[lessons]'", True
    report = replay(tape)
    return report.verdict, report.first is None
