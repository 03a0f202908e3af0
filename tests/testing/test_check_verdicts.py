"""What ``check`` says of planted mistakes: the verdict names the mistake, and the test it hands out fails in the same
way, and passes once the rule is right.

Every mistake in every form against torch; by differences, and the right rule, in one form each. All of them with
HYPOTHESIS_PROFILE=ci.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from minigrad.testing import CheckError, check
from tests.testing import planted as module
from tests.testing.planted import PLANTED, Planted, made

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "ci"
CASES = [pytest.param(p, form, id=f"{p.name}-{form}") for p in PLANTED for form in p.forms]
SOME = [
    pytest.param(p, form, id=f"{p.name}-{form}")
    for k, p in enumerate(PLANTED)
    for form in (p.forms if ALL else [p.forms[k % len(p.forms)]])
]
SMOOTH = [case for case in SOME if case.values[0].differences]


def run(source: str) -> None:
    """Paste the test into an empty module, and run it."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "pasted.py", "exec"), namespace)
    (test,) = [f for name, f in namespace.items() if name.startswith("test_")]
    test()


def failure(planted: Planted, form: str, **options: Any) -> CheckError:
    with pytest.raises(CheckError) as caught:
        check(*made(planted, form, planted.wrong), **planted.options, **options)
    return caught.value


def judge(planted: Planted, form: str, error: CheckError, other: str) -> None:
    lines = str(error).partition("\n\n")[0].split("\n")
    assert planted.words.format(other) in error.verdict, str(error)
    assert planted.head in lines[0], str(error)
    assert [line.split()[0] for line in lines[1:]] == ["operands", "numbers", "verdict", "rule", "test"]
    assert "planted.py:" in lines[4]
    assert str(error).endswith(error.test)
    with pytest.raises(AssertionError):
        run(error.test)
    made(planted, form, planted.right)  # takes the name of the wrong one
    run(error.test)


@pytest.mark.parametrize(("planted", "form"), CASES)
def test_against_torch(planted: Planted, form: str) -> None:
    judge(planted, form, failure(planted, form, like=planted.like), "torch")


@pytest.mark.parametrize(("planted", "form"), SMOOTH)
def test_by_differences(planted: Planted, form: str) -> None:
    judge(planted, form, failure(planted, form), "differences")


@pytest.mark.parametrize(("planted", "form"), SOME)
def test_the_right_one_passes(planted: Planted, form: str) -> None:
    right = made(planted, form, planted.right)
    check(*right, like=planted.like, **planted.options)
    check(*right, **planted.options)
    assert getattr(module, f"{planted.name}_{form}") is right[0]
