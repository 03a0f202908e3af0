"""What a learner sees when something fails inside the engine: the text of every frame, written by hand or not."""

from __future__ import annotations

import inspect
import linecache
import re
import traceback

import pytest

import minigrad
from minigrad.core.fast.written import text_of
from minigrad.core.op import OPS


def frames(error: BaseException) -> list[tuple[str, str, str]]:
    return [(f.filename, f.name, f.line or "") for f in traceback.extract_tb(error.__traceback__)]


def test_a_rule_that_fails_is_shown_with_its_name_and_its_text() -> None:
    y = minigrad.tensor([5.0], requires_grad=True) // 2.0
    with pytest.raises(RuntimeError) as caught:
        y.backward()
    shown = frames(caught.value)
    assert all(line for _, _, line in shown), "a frame without text"
    names = [name for _, name, _ in shown]
    below = shown[names.index("sweep") :]
    assert any(name in ("run", "_run") and re.search(r"rule\d?\(g", line) for _, name, line in below)


def test_a_forward_that_fails_is_shown_with_its_name_and_its_text() -> None:
    x = -minigrad.eye(2)
    with pytest.raises(minigrad.linalg.LinAlgError) as caught:
        minigrad.linalg.cholesky(x)
    shown = frames(caught.value)
    assert all(line for _, _, line in shown), "a frame without text"
    assert any("forward(" in line for _, _, line in shown)


def test_generated_text_has_a_source() -> None:
    x = minigrad.ones(2, 2, requires_grad=True)
    y = x.softmax(0)
    plan = y.grad_fn.plan
    if not hasattr(plan, "text"):  # the reading floor writes none
        plan = OPS["softmax"].plans.setdefault("plain", plan)
        assert inspect.getsource(plan.run).lstrip().startswith("def run(self, node")
        return
    assert inspect.getsource(plan.run) == plan.text[plan.text.index("def run") :]
    call = OPS["softmax"].call
    assert "".join(linecache.getlines(call.__code__.co_filename)) == text_of(OPS["softmax"])
