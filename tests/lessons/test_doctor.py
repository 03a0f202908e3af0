"""The doctor finds nothing in the lessons."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad
from lessons.runner.catalogue import LESSONS, Lesson
from lessons.runner.data import load
from lessons.runner.play import play
from lessons.runner.step import Step
from minigrad.microscope import doctor

STEPS = {8: 26, 9: 6, 10: 1, 12: 2}  # the larger models; the others are trained for a hundred


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda x: x.module)
def test_lesson(lesson: Lesson) -> None:
    arguments: dict[str, Any] = load(lesson.file, "embedded") if lesson.file else {}
    if "epochs" in lesson.takes:
        arguments["epochs"] = lesson.epochs_on("embedded")
    minigrad.manual_seed(0)
    program, steps = lesson.program(minigrad, **arguments), 0
    with doctor() as d:
        for event in play(program):
            steps += isinstance(event, Step)
            if steps == STEPS.get(lesson.number, 100):
                break
    program.close()
    assert d.findings == []
