"""What an event left behind can be asked too: the optimizer's step, .grad, a write in place, a hook."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.microscope import record


def show(page: Any, kind: str, last: bool = False) -> None:
    page.evaluate(f"goTo(steps().find{'Last' if last else ''}Index(e => e[0] === '{kind}') + 1)")


def click(page: Any, attribute: str, entry: int = 0) -> Any:
    page.locator(f"#panel [{attribute}][data-ask] [data-entry='{entry}']").first.click()
    return page.locator(".answer")


def trained(opened: Any, optimizer: Any) -> tuple[Any, Any, list[Any]]:
    w = mg.tensor([1.0, -2.0], requires_grad=True)
    opt, seen = optimizer([w]), []
    with record() as tape:
        for _ in range(2):
            (w * w).sum().backward()
            seen += [w.array.copy(), w.grad.array.copy()]
            opt.step()
    return opened(tape), w, seen


def test_a_weight_after_a_step(opened: Any) -> None:
    page, w, (_, _, before, gradient) = trained(opened, lambda ps: mg.optim.SGD(ps, lr=0.1))
    show(page, "step", last=True)
    answer = click(page, "data-after", 1)
    assert "w.grad" in answer.inner_text()
    assert float(answer.locator(".formula b").get_attribute("title")) == w.array[1]
    numbers = answer.locator(".formula").inner_text().replace("\u2212", "-")
    assert f"{before[1]:.4g}" in numbers
    assert f"{gradient[1]:.4g}" in numbers
    page.keyboard.press("Escape")


def test_adams_step_of_an_entry(opened: Any) -> None:
    page, w, _ = trained(opened, lambda ps: mg.optim.Adam(ps, lr=0.1))
    show(page, "step", last=True)
    answer = click(page, "data-after", 1)
    assert answer.locator(".formula").count() >= 5
    assert float(answer.locator(".formula b").last.get_attribute("title")) == w.array[1]


def test_what_is_in_grad(opened: Any) -> None:
    """Old + arrived; the old one can be asked as well, and so can what arrived."""
    page, _, (_, first, _, both) = trained(opened, lambda ps: mg.optim.SGD(ps, lr=0.1))
    show(page, "accumulate", last=True)
    answer = click(page, "data-after", 1)
    assert float(answer.locator("[data-total]").get_attribute("data-total")) == both[1]
    assert answer.locator("[data-verdict=exact]").count() == 1
    answer = click(page, "data-old", 1)
    assert float(answer.locator("[data-total]").get_attribute("data-total")) == first[1]
    answer = click(page, "data-arrived", 1)
    assert answer.locator("[data-verdict=exact]").count() == 1


def test_what_a_write_and_a_hook_left(opened: Any) -> None:
    w = mg.tensor([1.0, -2.0], requires_grad=True)
    w.register_hook(lambda g: g * 10)
    with record() as tape:
        (w * w).sum().backward()
        with mg.no_grad():
            w.mul_(3)
        w.grad.zero_()
    page = opened(tape)
    show(page, "hook")
    assert float(click(page, "data-after").locator("[data-total]").get_attribute("data-total")) == 20
    show(page, "write")
    answer = click(page, "data-after", 1)
    assert "before" in answer.inner_text()
    assert float(answer.locator("[data-total]").get_attribute("data-total")) == pytest.approx(-6)
    assert np.all(w.grad.array == 0)
