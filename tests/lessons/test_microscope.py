"""``python -m lessons microscope``: the page shows the step that was asked for, with torch's verdict."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
from lessons.runner import microscope
from lessons.runner.catalogue import LESSONS, Lesson, find
from lessons.runner.data import load
from lessons.runner.play import play
from lessons.runner.step import Step
from minigrad.core.op import OPS
from minigrad.microscope import record
from minigrad.microscope.story import story
from minigrad.microscope.summary import WHOLE
from tests.microscope import looks
from tests.microscope.reading import numbers


@pytest.fixture(autouse=True)
def _a_short_walk(monkeypatch):
    """Lesson 10 has so many paths that the wrong order takes seconds; and few steps with and without zero_grad."""
    monkeypatch.setattr("minigrad.microscope.naive.MOST", 50)
    monkeypatch.setattr(microscope, "RUN", {False: 4, True: 2})


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda x: x.module)
def test_every_lesson(cli, lesson, tmp_path, opened):
    said = cli("microscope", str(lesson.number), "--out", str(tmp_path / "new"))
    assert (said.status, said.err) == (0, "")
    page = tmp_path / "new" / f"lesson{lesson.number:02}_step_{lesson.shows}.html"
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert f'"Lesson {lesson.number}: {lesson.title}, step {lesson.shows}"' in text
    assert f'"file":"lessons/{lesson.module}.py"' in text  # and not where it lies on this disk
    assert str(Path.cwd()) not in text
    first, verdict = said.out.splitlines()
    count = re.fullmatch(rf"lesson {lesson.number}, step {lesson.shows}: (\d+) ops, in {re.escape(str(page))}", first)
    assert count
    assert verdict == f"the same as torch: {count[1]} nodes compared"
    if lesson.number:  # lesson 0 is an engine of its own
        looks.check(opened(page), f"Lesson {lesson.number}: {lesson.title}, step {lesson.shows}")


def gradients(lesson: Lesson, number: int) -> dict[str, Any]:
    """Those of a step, by an ordinary run."""
    arguments: dict[str, Any] = load(lesson.file, "embedded") if lesson.file else {}
    minigrad.manual_seed(0)
    program = lesson.program(minigrad, **arguments, epochs=lesson.epochs_on("embedded"))
    steps = (event for event in play(program) if isinstance(event, Step))
    for _ in range(number - 1):
        next(steps)
    found = {name: g.array.copy() for name, g in next(steps).gradients.items()}
    program.close()
    return found


@pytest.mark.parametrize(("lesson", "step"), [(5, 3), (6, 2), (7, 15), (11, 31)])
def test_it_is_that_step(lesson, step):
    tape = microscope.record_step(find(lesson), step)
    expected = gradients(find(lesson), step)
    sources = {source.name: source for source in tape.sources if source.requires_grad}
    assert sources.keys() == expected.keys()
    for name, source in sources.items():
        np.testing.assert_allclose(sum(a[2] for a in source.arrivals), expected[name], rtol=1e-5)


def test_a_wrong_rule_is_named(cli, tmp_path, monkeypatch):
    wrong = lambda g, out: g
    monkeypatch.setattr(OPS["sigmoid"].rules["input"], "__code__", wrong.__code__)
    said = cli("microscope", "5", "--out", str(tmp_path))
    assert said.status == 1
    assert "first mismatch with torch: sigmoid (node 1), d input" in said.out
    assert "F.sigmoid" in said.out or "torch.sigmoid" in said.out
    assert "parity" in (tmp_path / "lesson05_step_1.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("lesson", "step", "trains"), [(1, 206, 205), (3, 10**6, 300)])
def test_beyond_the_end(cli, tmp_path, lesson, step, trains):
    said = cli("microscope", str(lesson), "--step", str(step), "--out", str(tmp_path))
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        f"python -m lessons: lesson {lesson} has no step {step}: it trains {trains}; choose another by --step\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_without_torch(tmp_path):
    """The page is written all the same; neither rich nor matplotlib is needed."""
    for package in ("torch", "rich", "matplotlib"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(f"raise ModuleNotFoundError('gone', name={package!r})")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from lessons.__main__ import main;"
        f"sys.exit(main(['microscope', '4', '--step', '2', '--out', {str(tmp_path)!r}]))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith(
        "torch is not installed, so its numbers are not beside: pip install 'minigrad[lessons]'\n"
    )
    assert (tmp_path / "lesson04_step_2.html").exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("lesson", [3, 5, 8, 9, 12])
def test_the_page_in_a_browser(opened, lesson):
    """It steps to its end, and the gradients that it shows are those in ``.grad``."""
    tape = microscope.record_step(find(lesson), 2)
    page = opened(tape)
    for _ in tape.events:
        page.keyboard.press("ArrowRight")
    assert f" {len(tape.events)}/{len(tape.events)}" in page.locator("#count").inner_text()
    expected = gradients(find(lesson), 2)
    shown = {k: source.name for k, source in enumerate(tape.sources) if source.requires_grad}
    assert shown
    assert set(shown.values()) <= expected.keys()  # lesson 3 looks at nodes between, too
    for k, name in shown.items():
        shown_there = numbers(page.locator(f"[data-source='{k}']"))
        if expected[name].size > WHOLE:  # a corner
            rows, columns = shown_there.shape
            expected[name] = expected[name].reshape(-1, expected[name].shape[-1])[:rows, :columns]
        np.testing.assert_allclose(shown_there, expected[name], rtol=1e-4, atol=1e-12)


def test_the_run_with_zero_grad_is_the_lesson_itself():
    runs = minigrad.microscope.both_ways(lambda: microscope.first_steps(find(3)), 4)
    losses = [step.loss for step in play(find(3).program(minigrad)) if isinstance(step, Step)]
    assert runs.kept.losses == losses[:4] != runs.forgotten.losses
    assert minigrad.microscope.both_ways(lambda: microscope.first_steps(find(1))) is None  # a new w for every point


@pytest.mark.parametrize("number", [11, 12])
def test_the_wrong_order_is_walked_where_ops_are_used_again(number, monkeypatch):
    monkeypatch.setattr("minigrad.microscope.naive.MOST", 500)
    data = microscope.record_step(find(number), 1).to_dict()
    assert data["example"] is None  # it goes wrong in the lesson itself
    assert len(data["naive"]["visits"]) == len(data["naive"]["steps"]) > len(set(data["naive"]["visits"]))


@pytest.mark.parametrize("lesson", range(13))
def test_the_wrong_order_can_be_told(lesson, monkeypatch):
    """It can be told of each; where no op's output is used twice it is right."""
    monkeypatch.setattr("minigrad.microscope.naive.MOST", 500)
    tape = microscope.record_step(find(lesson), 2)
    assert tape.naive is not None
    assert len(tape.naive["visits"]) == len(tape.naive["steps"])
    swept = {number for kind, number in tape.events if kind == "backward"}
    assert set(tape.naive["visits"]) == swept
    if len(tape.naive["visits"]) == len(swept):
        for number, g in tape.naive["gradients"].items():
            right = [
                c for step in (s for n in tape.nodes for s in n.steps) for c in step.contributions if c.source == number
            ]
            np.testing.assert_allclose(g, sum(c.after for c in right), rtol=1e-5)


@pytest.mark.parametrize("number", [0, 2, 3, 4, 5, 6, 11])
def test_no_false_alarm(number):
    lesson = find(number)
    program = lesson.program(minigrad, **(load(lesson.file, "embedded") if lesson.file else {}))
    with record() as tape:
        steps = itertools.islice((event for event in play(program) if isinstance(event, Step)), 4)
        assert len(list(steps)) == 4
    program.close()
    assert story(tape).notices == []
    assert story(tape).rounds[-1] == 4
    assert not [change for change in tape.changes if change.kind == "write" and not change.by]
