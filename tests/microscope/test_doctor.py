"""The doctor names each silent mistake, where it is made, and none in a good training."""

from __future__ import annotations

import linecache
import warnings
from typing import Any

import pytest

import minigrad as mg
from minigrad import nn
from minigrad.core.observe import mode, watching
from minigrad.microscope import Doctor, Finding, doctor
from minigrad.microscope.doctor import KINDS

from . import trainings
from .trainings import TRAININGS


def examined(name: str) -> Doctor:
    program, _ = TRAININGS[name]
    mg.manual_seed(0)
    d = doctor()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with d:
                program()
        except RuntimeError as error:
            assert "carried_graph" in TRAININGS[name][1], error
    return d


@pytest.mark.parametrize("name", TRAININGS)
def test_training(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    d, (_, kinds) = examined(name), TRAININGS[name]
    assert {finding.kind for finding in d.findings} == kinds
    said = capsys.readouterr().out
    assert said == f"{d}\n"
    assert max(map(len, said.splitlines())) <= 80
    assert ("found nothing" in said) is (not kinds)


def test_every_kind_has_a_training() -> None:
    assert set().union(*[kinds for _, kinds in TRAININGS.values()]) == set(KINDS)


@pytest.mark.parametrize(
    ("name", "line"),
    {
        "zero_grad_forgotten": "value.backward()",
        "zero_grad_between": "optimizer.zero_grad()",
        "backward_without_parentheses": "optimizer.step()",
        "eval_forgotten": "model(inputs())",
        "softmax_before_cross_entropy": "value = loss(model(x), y)",
        "column_against_row_by_hand": "regress(nn.Linear(4, 1), y=mg.randn(16), loss=lambda prediction, y: ",
        "layers_in_a_list": "self.layers = wrap(",
        "a_tensor_for_a_parameter": "self.w = wrap(",
        "a_sum_of_losses": "total = total + loss",
        "a_hidden_state": "out, state = rnn(",
        "dead_relus": "value = loss(model(x), y)",
    }.items(),
)
def test_the_line_is_that_of_the_mistake(name: str, line: str) -> None:
    (finding,) = examined(name).findings
    assert finding.line is not None and finding.line.file == trainings.__file__
    assert finding.line.text.startswith(line)
    assert str(finding.line.number) in str(finding)


def test_the_text_says_how_often_and_what_to_write() -> None:
    (finding,) = examined("zero_grad_forgotten").findings
    assert finding.times == 5
    assert "at first of 2 backward passes, in the end of 6" in finding.text
    assert "optimizer.zero_grad()" in finding.hint
    (finding,) = examined("a_sum_of_losses").findings
    assert "loss.item()" in finding.hint
    (finding,) = examined("a_hidden_state").findings
    assert "detach()" in finding.hint
    (finding,) = examined("layers_in_a_list").findings
    assert "nn.ModuleList" in finding.hint and "InAList.layers" in finding.text


def test_several_mistakes_are_told_apart() -> None:
    model = mg.nn.Sequential(mg.nn.Linear(4, 3), mg.nn.Softmax(dim=1))
    optimizer = mg.optim.SGD(model.parameters(), lr=0.01)
    with doctor() as d:
        for _ in range(3):
            mg.nn.functional.cross_entropy(model(mg.randn(8, 4)), mg.zeros(8).long()).backward()
            optimizer.step()
    assert {finding.kind for finding in d.findings} == {"no_zero_grad", "activation_before_loss"}
    assert str(d).startswith("The doctor found 2 mistakes in 3 backward passes and 3 steps:\n\n1. ")


def test_what_does_not_run_can_be_given() -> None:
    model = trainings.InAList(list)
    with doctor(model, mg.optim.SGD(model.parameters(), lr=0.1)) as d:
        pass
    assert [finding.kind for finding in d.findings] == ["layers_in_a_list"]
    with pytest.raises(TypeError, match="expected models and optimizers, got list"):
        doctor([model])


def test_the_block_may_fail_and_leaves_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    model = mg.nn.Linear(1, 1)
    with pytest.raises(ZeroDivisionError), doctor():
        model(mg.ones(1, 1)).sum().backward()
        raise ZeroDivisionError
    assert "found nothing in 1 backward passes" in capsys.readouterr().out
    assert not mode.watchers and not watching and not model._forward_hooks


def test_the_numbers_are_those_without_a_doctor() -> None:
    def trained(watched: bool) -> Any:
        mg.manual_seed(0)
        model = trainings.noisy()
        if watched:
            with doctor():
                trainings.regress(model)
        else:
            trainings.regress(model)
        return [p.tolist() for p in model.parameters()]

    assert trained(True) == trained(False)


def test_graphs_are_not_kept() -> None:
    import weakref

    with doctor():
        w = mg.ones(2, requires_grad=True)
        y = (w * 2).sum()
        node = weakref.ref(y.grad_fn)
        del y
        assert node() is None


def test_findings_are_data() -> None:
    (finding,) = examined("zero_grad_between").findings
    assert isinstance(finding, Finding) and finding.kind in KINDS and finding.times == 6


def test_without_a_block_it_says_what_to_write() -> None:
    assert "with minigrad.microscope.doctor():" in repr(doctor(mg.nn.Linear(1, 1)))


def test_it_works_beside_other_observers() -> None:
    mg.manual_seed(0)
    with mg.microscope.record() as tape, doctor() as d:
        trainings.regress(mg.nn.Linear(4, 1), n=2, order="bs")
    assert [finding.kind for finding in d.findings] == ["no_zero_grad"]
    assert [notice.kind for notice in mg.microscope.story.story(tape).notices] == ["no zero_grad"]


class Hidden(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(2, 2), nn.Linear(2, 1)]
        self.last = nn.Linear(1, 1)

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return self.last(x)


LOOP = (
    "for _ in range(4): loss = (model(mg.ones(3, 2)) ** 2).mean(); loss.backward(); optimizer.step(); "
    "optimizer.zero_grad  # and never called"
)


def test_one_list_is_one_mistake_and_the_sums_are_all_told(capsys: Any) -> None:
    model = Hidden()
    optimizer = mg.optim.SGD(model.parameters(), lr=1e-3)
    with doctor() as d:
        linecache.cache["loop.py"] = (len(LOOP), None, [LOOP], "loop.py")
        exec(compile(LOOP, "loop.py", "exec"), {"model": model, "optimizer": optimizer, "mg": mg})
    assert [(f.kind, f.times) for f in d.findings] == [("no_zero_grad", 3), ("layers_in_a_list", 1)]
    words = " ".join(capsys.readouterr().out.split())
    assert "loss.backward(); optimizer.step(); optimizer.zero_grad # and never called" in words
    assert "at first of 2 backward passes, in the end of 4," in words


def test_two_dead_layers_in_one_line_are_two(capsys: Any) -> None:
    a, b = nn.Linear(2, 8), nn.Linear(8, 8)
    with mg.no_grad():
        a.bias.fill_(-50.0)
        b.bias.fill_(-50.0)
    optimizer = mg.optim.SGD([*a.parameters(), *b.parameters()], lr=1e-3)
    relu = nn.ReLU()
    with doctor() as d:
        for _ in range(4):
            optimizer.zero_grad()
            mg.relu(b(mg.relu(a(mg.randn(32, 2))))).sum().backward()
            optimizer.step()
    assert [f.kind for f in d.findings] == ["dead_relu", "dead_relu"]
    assert ["number 1 of 2" in d.findings[0].text, "number 2 of 2" in d.findings[1].text] == [True, True]
    assert "come back" not in capsys.readouterr().out
    with doctor() as d:  # one layer that is called in a loop is one
        for _ in range(4):
            relu(a(mg.randn(32, 2))).sum().backward()
    assert [f.text.split(":")[0] for f in d.findings if f.kind == "dead_relu"] == ["relu"]
