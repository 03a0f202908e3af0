"""What is printed and drawn after a run, from runs made up here."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
import torch
from matplotlib.image import imread
from rich.console import Console

from lessons.runner import display, plots
from lessons.runner.catalogue import find
from lessons.runner.compare import Comparison
from lessons.runner.play import Column
from lessons.runner.report import Report
from lessons.runner.step import Result, Step


def column(engine: str, number: int, steps: int, last: Result, slip: float = 0.0, since: int = 0) -> Column:
    def program():
        for step in range(steps):
            w = torch.ones(1, requires_grad=True)
            w.grad = torch.tensor([1.0 + slip * (step >= since)])
            yield Step(step, 2.0 / (step + 1), {"w": w}, {"w": 1.0 + 1e-7} if number == 3 else None)
        yield last

    return Column(engine, program())


def report(number: int, steps: int, last: Result, slip: float = 0.0, since: int = 0) -> Report:
    ours, theirs = column("minigrad", number, steps, last, slip, since), column("torch", number, steps, last)
    comparison = Comparison(ours, theirs)
    comparison.run(lambda step: None)
    ours.seconds, theirs.seconds = [51.2e-6] * steps, [0.000234] * steps
    return Report(find(number), [ours, theirs], comparison, 1.0)


REPORTS = [
    report(3, 7, Result({"prediction_at_4": 8.0}, prediction_at_4=8.0)),
    report(4, 12345, Result(w=1.7462902)),
    report(5, 20, Result(hours=np.linspace(0, 10, 9), probability=np.linspace(0, 1, 9)), slip=0.5),
    report(8, 140, Result(accuracy=0.9), slip=0.2, since=120),
]


def test_the_report(golden, monkeypatch, capsys):
    monkeypatch.setattr(display, "console", Console(width=80, highlight=False))
    display.report(REPORTS)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines()[:-1])) <= 80
    golden("report.txt", out)


def test_the_report_of_one_engine(golden, monkeypatch, capsys):
    monkeypatch.setattr(display, "console", Console(width=80, highlight=False))
    display.report([Report(x.lesson, x.columns[:1], None, 1.0) for x in REPORTS])
    golden("report_minigrad.txt", capsys.readouterr().out)


def test_doctests():
    assert doctest.testmod(display).failed == 0


def test_a_parting_is_a_complaint():
    bad = REPORTS[2]
    assert not bad.good
    assert bad.verdict == "PARTS"
    assert bad.complaints[0].startswith("parts at step 1, w.grad[0]: 1.5 here, 1 in torch")


def test_numbers_by_hand_count():
    far = report(3, 2, Result({"w": 2.0}, w=2.1))
    assert [x for x in far.complaints if "from the numbers by hand" in x]
    assert not far.good


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1.2e-5, "12.0 us"), (123.4e-6, "123 us"), (999.6e-6, "1.00 ms"), (0.0123, "12.3 ms"), (61.7, "61.7 s")],
)
def test_durations_have_three_digits(seconds, text):
    assert display.duration(seconds) == text


@pytest.mark.parametrize("font", ["DejaVu Sans", None])
def test_pictures(tmp_path, monkeypatch, font):
    """Chinese titles only where a font has them (here one that is there plays its part)."""
    monkeypatch.setattr(plots, "chinese_font", lambda: font)
    monkeypatch.setattr(plots.Figure, "suptitle", lambda self, text: titles.append(text))
    titles: list[str] = []
    paths = plots.draw(REPORTS, tmp_path)
    assert [path.name for path in paths] == [
        "lesson03_loss.png",
        "lesson04_loss.png",
        "lesson05_loss.png",
        "lesson05_probability.png",
        "lesson08_loss.png",
        "lesson08_accuracy.png",
    ]
    assert all(imread(path).std() > 0 for path in paths)
    assert ("反向传播" in titles[0]) == bool(font)


def test_a_chinese_font_is_chosen_if_there_is_one(monkeypatch):
    class Manager:
        def __init__(self, *names):
            self.ttflist = [type("Font", (), {"name": name}) for name in names]

    monkeypatch.setattr(plots.font_manager, "fontManager", Manager("DejaVu Sans"))
    assert plots.chinese_font() is None
    monkeypatch.setattr(plots.font_manager, "fontManager", Manager("DejaVu Sans", "SimHei", "WenQuanYi Micro Hei"))
    assert plots.chinese_font() == "WenQuanYi Micro Hei"
