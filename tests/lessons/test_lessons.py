"""The lessons themselves: scripts of PyTorch, the same on both engines, with a docstring that leads on."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
import torch

import minigrad
from lessons.runner.catalogue import LESSONS, find
from lessons.runner.compare import Comparison
from lessons.runner.data import load
from lessons.runner.errors import InputError
from lessons.runner.play import Column

ROOT = Path(__file__).parents[2]
# as many steps as are promised
EPOCHS = {0: 34, 1: None, 2: 20, 3: 40, 4: 100, 5: 100, 6: 100, 7: 8, 8: 5, 9: 5, 10: 1, 11: 34, 12: 3}
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda x: x.module)


def arguments(lesson, epochs=None, digits=None):
    files = load(lesson.file, "embedded") if lesson.file else {}
    if lesson.file == "digits":
        files = {name: (images[:digits], labels[:digits]) for name, (images, labels) in files.items()}
    return files | ({"epochs": epochs} if epochs else {})


@each_lesson
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_both_engines_agree(lesson, monkeypatch):
    monkeypatch.setattr("lessons.l12_rnn_classifier.BATCH_SIZE", 16)  # a hundred steps, but small ones
    monkeypatch.setattr("lessons.l12_rnn_classifier.HIDDEN_SIZE", 32)
    columns = []
    for name, engine in (("minigrad", minigrad), ("torch", torch)):
        engine.manual_seed(0)  # as `python -m lessons run`
        few = arguments(lesson, EPOCHS[lesson.number], digits=320 if lesson.alike < 100 else None)
        columns.append(Column(name, lesson.program(engine, **few)))
    comparison = Comparison(*columns, kinks=lesson.kinks, first=lesson.alike)
    comparison.run(lambda step: None)
    assert comparison.same, "\n".join(map(str, comparison.mismatches.values()))
    assert len(columns[0].losses) >= lesson.alike
    for column in columns:
        assert column.hand_difference < 1e-5
        assert bool(column.by_hand) == (lesson.number <= 3)


@pytest.fixture
def double():
    """Both engines compute in float64."""
    for engine in (minigrad, torch):
        engine.set_default_dtype(engine.float64)
    yield
    for engine in (minigrad, torch):
        engine.set_default_dtype(engine.float32)


@pytest.mark.parametrize("number", [x.number for x in LESSONS if x.file == "digits"])
def test_without_rounding_both_engines_agree_on_digits(number, double):
    """In float64 no ReLU and no max pooling decides otherwise: every step agrees, far beyond float32."""
    lesson, columns = find(number), []
    for name, engine in (("minigrad", minigrad), ("torch", torch)):
        engine.manual_seed(1)
        columns.append(Column(name, lesson.program(engine, **arguments(lesson, 1 if number == 10 else 4, digits=192))))
    comparison = Comparison(*columns)
    comparison.run(lambda step: None)
    assert comparison.same, "\n".join(map(str, comparison.mismatches.values()))
    assert comparison.loss.difference < 1e-12
    assert comparison.gradient.difference < 1e-10


@each_lesson
def test_without_its_def_line_it_is_a_script(lesson):
    """``yield`` becomes ``print``, and the body runs at the top level of a module."""
    tree = ast.parse(lesson.source)
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "lesson"]
    names = {"torch": torch} | {
        name: x.default for name, x in inspect.signature(lesson.program).parameters.items() if name != "torch"
    }
    script = [node for node in tree.body if node is not function]
    script += [YieldToPrint().visit(node) for node in function.body]
    printed = []
    names |= arguments(lesson, 1 if "epochs" in names else None, digits=128) | {
        "print": printed.append,
        "__name__": "script",
    }
    program = ast.fix_missing_locations(ast.Module(script, []))
    exec(compile(program, lesson.module, "exec"), names)
    assert printed


class YieldToPrint(ast.NodeTransformer):
    def visit_For(self, node):
        if isinstance(node.iter, ast.Yield):
            node.iter = node.iter.value
        return self.generic_visit(node)

    def visit_Yield(self, node):
        return ast.Call(ast.Name("print", ast.Load()), [node.value], [])


@each_lesson
def test_it_branches_on_no_engine(lesson):
    words = ["minigrad", "environ", "sys.", "__name__"]
    for word in (
        words if lesson.number else words[1:]
    ):  # lesson 0 takes the rules from minigrad, whichever engine is beside
        assert word not in lesson.source


@each_lesson
def test_its_docstring_leads_on(lesson):
    headings = [line for line in lesson.text.splitlines()[2:] if line and not line.startswith(" ")]
    assert headings == ["New idea", "Formula", "Watch", "Open next"]
    files = re.findall(r"(?:minigrad|lessons)/[\w/]+\.py", lesson.text)
    assert files
    for file in files:
        assert (ROOT / file).exists(), file


def test_numbers_are_in_order():
    assert [x.number for x in LESSONS] == list(range(len(LESSONS)))
    assert {f"{x.module}.py" for x in LESSONS} == {path.name for path in (ROOT / "lessons").glob("l[0-9]*.py")}
    with pytest.raises(InputError):
        find(len(LESSONS))
