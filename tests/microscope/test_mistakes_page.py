"""The page's two mistakes: the wrong order with its numbers, and the zero_grad that is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad as mg
from minigrad.microscope import Tape, record
from tests.microscope.reading import numbers
from tests.microscope.recorded import descent


def used_twice() -> tuple[Any, Tape]:
    w = mg.tensor([3.0], requires_grad=True)
    with record() as tape:
        y = w * 2
        z = y * y  # y is used twice: visited twice, depth first
        z.sum().backward()
    return w, tape


def a_tree() -> Tape:
    w = mg.tensor([3.0], requires_grad=True)
    with record() as tape:
        (w * 2).exp().sum().backward()
    return tape


def number(cell: Any) -> float:
    """What a cell of a table says, whose minus is a typesetter's."""
    return float(cell.inner_text().replace("\N{MINUS SIGN}", "-"))


# ---- the wrong order ----


def test_the_wrong_order_shows_what_has_arrived_and_what_is_sent(opened: Any) -> None:
    w, tape = used_twice()
    page = opened(tape)
    page.click("[data-mode=naive]")
    assert page.locator("#example").count() == 0
    said = []
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        panel = page.locator("#panel")
        arrived, sent = panel.locator("[data-arrived]"), panel.locator("[data-sent]")
        said.append(
            (
                numbers(arrived).tolist(),
                numbers(sent.first).tolist(),
                numbers(panel.locator("[data-sum]").first).tolist(),
            )
        )
    # sum; z sends 6 twice; y, of which 6 have arrived, sends 12; y again, with all 12, sends 24
    assert said == [(1, [1], [1]), ([1], [6], [6]), ([6], [12], [12]), ([12], [24], [36])]
    assert "visit 2 of 2" in panel.inner_text() and "goes out once more" in panel.inner_text()
    assert "topological order" in panel.inner_text()
    assert w.grad.tolist() == [24.0]
    assert numbers(panel.locator("[data-naive='0']")).tolist() == [36]
    page.keyboard.press("ArrowLeft")
    assert numbers(panel.locator("[data-complete]")).tolist() == [12]
    assert "Only a part has arrived" in panel.inner_text()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_program_in_which_nothing_goes_wrong_gets_an_example(opened: Any, language: str) -> None:
    page = opened(a_tree())
    page.click("[data-mode=naive]")
    if language == "zh-CN":
        page.click("#language")
    example = page.frame_locator("#example iframe")
    example.locator(f"html[lang={language}] #panel").wait_for()
    page.wait_for_function("document.activeElement.tagName === 'IFRAME'")
    page.keyboard.press("End")
    right, wrong = [numbers(example.locator("#panel .tensor").nth(k)).item() for k in (-2, -1)]
    assert (right, wrong) == (26, 42)  # d(a + a^2)/dx with a = 2x = 6: 2 (1 + 2 * 6); and 1 and 7 are sent once more
    page.locator("#example button").first.click()
    assert page.locator("#example").count() == 0
    page.keyboard.press("End")
    assert page.locator("#panel [data-example]").count() == 1  # it is still to be had


def test_the_example_is_not_in_pages_that_do_without_it() -> None:
    assert used_twice()[1].to_dict()["example"] is None
    example = a_tree().to_dict()["example"]
    assert example["naive"]["gradients"]["0"]["values"] == 42
    with record() as tape:
        mg.ones(1, requires_grad=True) * 2
    assert tape.to_dict()["example"] is not None  # no backward pass


# ---- the forgotten zero_grad ----


def test_with_and_without_zero_grad_side_by_side(opened: Any) -> None:
    page = opened(a_tree())
    page.click("[data-mode=twice]")
    assert page.locator("svg.curves path.kept").count() == page.locator("svg.curves path.forgotten").count() == 1
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator("#count").inner_text() == "Step 3/12"
    w, lr, total, said = [1.0, 1.0], 0.05, 0.0, []
    for _ in range(3):  # by hand: the mean of x^2 is 14/3
        gradients = [28 / 3 * (v - 2) for v in w]
        total += gradients[1]
        said.append((14 / 3 * (w[1] - 2) ** 2, gradients[0], total))
        w = [w[0] - lr * gradients[0], w[1] - lr * total]
    for k, expected in enumerate(said):
        cells = ("forgotten.loss", "kept.grad", "forgotten.grad")
        shown = [number(page.locator(f"[data-run='{cell}.{k}']")) for cell in cells]
        assert shown == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("clear", [True, False])
def test_what_the_program_itself_did(opened: Any, clear: bool) -> None:
    w, tape = descent(zero=clear)
    page = opened(tape)
    page.click("[data-mode=twice]")
    ledger = [number(page.locator(f"[data-ledger='{k}']")) for k in (1, 2, 3)]
    assert ledger == ([-8, -1.6, -0.32] if clear else [-8, -9.6, -3.52])
    assert ledger[-1] == pytest.approx(w.grad.item(), rel=1e-3)
    assert ("every gradient is used once" in page.locator("#panel").inner_text()) is clear
    assert ("forgot zero_grad" in page.locator("#panel").inner_text()) is not clear
