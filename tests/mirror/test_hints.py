"""What a beginner's mistake is answered with: torch's exception, and what to write instead."""

from __future__ import annotations

import re
import textwrap
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch as pytorch

import minigrad

from .hints import HINTS
from .test_mistakes import builtin, caught


def said(name: str, engine: ModuleType) -> BaseException:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        error = caught(HINTS[name], engine)
    assert error is not None, f"{engine.__name__} does it silently"
    return error


@pytest.mark.parametrize("name", HINTS)
def test_the_exception_is_torchs(name: str) -> None:
    assert builtin(said(name, minigrad)) is builtin(said(name, pytorch))


def test_messages(golden: Callable[[str, str], None]) -> None:
    texts = [
        f"{name}\n{textwrap.indent(f'{(e := said(name, minigrad)).__class__.__name__}: {e}', '    ')}" for name in HINTS
    ]
    golden("hints.txt", "\n".join(texts) + "\n")


def test_no_private_name_is_said() -> None:
    for name in HINTS:
        assert not re.search(r"(?<![\w.'])_[A-Za-z]\w*\.", str(said(name, minigrad))), name


def test_anomaly_detection_shows_what_the_second_backward_goes_back_to() -> None:
    w = minigrad.ones(1, requires_grad=True)
    with pytest.warns(UserWarning, match="Anomaly"), minigrad.autograd.detect_anomaly():
        loss = (w * 2) ** 2
        loss.backward()
        with pytest.raises(RuntimeError, match=r"detach\(\)(.|\n)*The forward call(.|\n)*loss = \(w \* 2\) \*\* 2"):
            loss.backward()


def test_a_weight_that_becomes_a_result_is_told_where_its_gradient_is_read() -> None:
    w = minigrad.ones(1, requires_grad=True)
    w = w - 0.1 * w
    with pytest.warns(UserWarning, match=r"not a leaf Tensor is being accessed.*w\.data = w\.data - lr \* w\.grad"):
        assert w.grad is None


@pytest.mark.parametrize("engine", [minigrad, pytorch], ids=["minigrad", "torch"])
def test_a_target_of_another_shape_is_warned_of(engine: Any) -> None:
    with pytest.warns(
        UserWarning, match=r"Using a target size \(torch.Size\(\[5\]\)\).*Please ensure they have the same size"
    ):
        engine.nn.MSELoss()(engine.ones(5, 1), engine.ones(5))


def test_layers_keep_their_signatures_under_their_own_names() -> None:
    for layer in (minigrad.nn.Conv2d, minigrad.nn.GRU, minigrad.nn.BatchNorm2d, minigrad.nn.ReLU):
        assert layer.__init__.__qualname__ == f"{layer.__name__}.__init__"

    class Mine(minigrad.nn.Conv2d):
        pass

    assert Mine.__init__ is minigrad.nn.Conv2d.__init__
