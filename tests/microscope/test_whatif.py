"""The page runs a program again with another number in it, and comes to what the engine comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.microscope import record

F = mg.nn.functional
X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], np.float32)

PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "one neuron": lambda x, w: ((x @ w - 1) ** 2).mean(),
    "used twice": lambda x, w: (x @ w).tanh().sum() + (w * w).sum() * 0.1,
    "softmax": lambda x, w: F.cross_entropy(x @ w @ mg.ones(1, 3) * mg.arange(3.0), mg.tensor([2, 0])),
    "branches": lambda x, w: mg.cat([(x @ w).relu(), (x @ w).sigmoid()], 1).max(),
    "image": lambda x, w: F.max_pool2d(F.conv2d(x.view(1, 1, 2, 3), w.view(1, 1, 1, 3), padding=1), 2).sum(),
}


def run(program: Callable[[Any, Any], Any], weights: Any) -> tuple[Any, float, Any]:
    w = mg.tensor(weights, requires_grad=True)
    with record() as tape:
        loss = program(mg.tensor(X), w)
        loss.backward()
    return tape, loss.item(), w.grad.array


def source_of(tape: Any, value: Any) -> int:
    return next(k for k, s in enumerate(tape.sources) if s.value.shape == value.shape and (s.value == value).all())


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("number", [0.3, -2.0, 7.5])
def test_another_weight(opened: Any, name: str, number: float) -> None:
    weights = np.array([[1.0], [-0.5], [2.0]], np.float32)
    tape, loss, grad = run(PROGRAMS[name], weights)
    page = opened(tape)
    assert page.evaluate("refusal()") == ""
    w = source_of(tape, weights)
    same = page.evaluate(f"whatIf({w}, 1, -0.5)")
    np.testing.assert_allclose(same["loss"], loss, rtol=1e-6)
    np.testing.assert_allclose(same["gradient"], grad.ravel(), rtol=1e-5, atol=1e-6)
    weights[1] = number
    _, loss, grad = run(PROGRAMS[name], weights)
    found = page.evaluate(f"whatIf({w}, 1, Math.fround({number}))")
    np.testing.assert_allclose(found["loss"], loss, rtol=1e-6)
    np.testing.assert_allclose(found["gradient"], grad.ravel(), rtol=1e-5, atol=1e-6)


def test_by_hand(opened: Any) -> None:
    w = mg.tensor([3.0], requires_grad=True)
    with record() as tape:
        loss = (w * w).sum()
        loss.backward()
    page = opened(tape)
    page.evaluate("pick('s0')")
    page.locator("[data-ask=s0] .entry").click()
    form = page.locator("form.what-if")
    form.locator("[name=number]").fill("5")
    assert float(form.locator("[data-what=loss]").get_attribute("data-number")) == 25
    assert float(form.locator("[data-what=gradient]").get_attribute("data-number")) == 10
    assert form.locator("[name=slide]").input_value() == "5"


def test_another_learning_rate(opened: Any) -> None:
    w = mg.tensor([3.0, -1.0], requires_grad=True)
    optimizer = mg.optim.SGD([w], lr=0.1)
    with record() as tape:
        (w * w).sum().backward()
        optimizer.step()
    page = opened(tape)
    page.evaluate("pick('s0')")
    page.locator("[data-ask=s0] .entry").first.click()
    form, after = page.locator("form.what-if"), page.locator("[data-what=step]")
    assert float(after.get_attribute("data-number")) == w.array[0]
    form.locator("[name=lr]").fill("1.5")
    assert float(after.get_attribute("data-number")) == 3 - 1.5 * 6
    form.locator("[name=number]").fill("1")
    assert float(after.get_attribute("data-number")) == 1 - 1.5 * 2


def test_it_refuses_by_name(opened: Any) -> None:
    w = mg.tensor([3.0, 1.0], requires_grad=True)
    with record() as tape:
        w.sort().values[0].backward()
    page = opened(tape)
    assert "sort" in page.evaluate("refusal()")
    with record() as tape:
        (mg.rand(300, 300) @ mg.rand(300, 300, requires_grad=True)).sum().backward()
    assert "too large" in opened(tape).evaluate("refusal()")


def test_a_long_chain(opened: Any) -> None:
    w = mg.tensor([1.0], requires_grad=True)
    with record() as tape:
        h = w
        for _ in range(700):
            h = h * 1.0001
        h.sum().backward()
    found = opened(tape).evaluate("whatIf(0, 0, 2)")
    np.testing.assert_allclose([found["loss"], *found["gradient"]], [2 * 1.0001**700, 1.0001**700], rtol=1e-4)


def test_no_slider_for_what_is_not_finite(opened: Any) -> None:
    w = mg.tensor([float("inf"), float("nan"), 1.0], requires_grad=True)
    with record() as tape:
        (w * 2).sum().backward()
    page = opened(tape)
    forms = page.evaluate("[0, 1, 2].map(i => whatIfHtml(0, i).includes('<form'))")
    assert forms == [False, False, True]
