"""The page of every lesson explains every number: its own arithmetic comes to what the engine had."""

from __future__ import annotations

from typing import Any

import pytest

from lessons.runner.catalogue import LESSONS, Lesson
from lessons.runner.microscope import record_step


@pytest.mark.parametrize("lesson", [x for x in LESSONS if x.number], ids=lambda x: x.module)
def test_every_number_of_a_lesson(opened: Any, lesson: Lesson) -> None:
    page = opened(record_step(lesson, lesson.shows))
    found = page.evaluate(f"audit({2 if lesson.number > 8 else 16})")
    assert found["wrong"] == found["given"] == found["unknown"] == []
    assert found["asked"] >= 8
    if lesson.number not in (10, 12):  # which have more arrays than a page may carry
        assert found["cut"] == 0
