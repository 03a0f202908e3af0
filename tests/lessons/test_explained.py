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
    if lesson.number not in (8, 9, 10, 12):  # whose batches are more than a page may carry
        assert found["cut"] == 0


# Every box of the page that can be asked, for its last entry: how often, and what must not be read there.
LAST = """() => {
  const seen = new Set(), bad = [];
  for (let s = 0; s <= steps().length; s++) {
    goTo(s);
    for (const { dataset: { ask: key } } of document.querySelectorAll("#panel .tensor[data-ask]")) {
      const size = seen.has(key) ? 0 : question(key).array?.size ?? 0;
      seen.add(key);
      const html = size ? answer(key, size - 1) : "";
      if (/NaN|undefined|data-verdict="wrong"/.test(html)) bad.push([key, size - 1, html]);
    }
  }
  return [seen.size, bad];
}"""


@pytest.mark.parametrize("number", [9, 10])
def test_the_last_entry_of_every_box_of_a_lesson(number: int, opened: Any) -> None:
    """No exception, no NaN, no verdict on a number that is not there, though these pages leave out samples."""
    (lesson,) = [x for x in LESSONS if x.number == number]
    asked, bad = opened(record_step(lesson, lesson.shows)).evaluate(LAST)
    assert asked > 30
    assert bad == []
