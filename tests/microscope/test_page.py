"""The page in a real browser: steps by keyboard and mouse, shows the gradients that ``.grad`` holds, in two tongues."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core.op import OPS
from minigrad.microscope import record
from reference_torch.replay import replay

from .reading import all_numbers, numbers

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def to_the_last(page: Any, kind: str) -> None:
    """Go to the last step of this kind."""
    page.keyboard.press("End")
    while page.locator("#panel").get_attribute("data-kind") != kind:
        page.keyboard.press("ArrowLeft")


def train() -> tuple[Any, Any]:
    mg.manual_seed(0)
    net = mg.nn.Sequential(mg.nn.Linear(3, 2), mg.nn.Tanh(), mg.nn.Linear(2, 1))
    x, y = mg.rand(4, 3), mg.ones(4, 1)
    with record() as tape:
        prediction = net(x)
        loss = ((prediction - y) ** 2).sum() + (net[0].weight ** 2).sum()
        loss.backward()
    return net, tape


def test_it_steps_to_the_end(opened: Any) -> None:
    net, tape = train()
    page = opened(tape)
    steps = len(tape.events)
    assert page.locator("#panel").get_attribute("data-kind") == "start"
    seen = []
    for _ in range(steps):
        page.keyboard.press("ArrowRight")
        panel = page.locator("#panel")
        seen.append((panel.get_attribute("data-kind"), int(panel.get_attribute("data-node"))))
    assert seen == tape.events
    assert page.locator("#count").inner_text() == f"backward ends {steps}/{steps}"
    for k, source in enumerate(tape.sources):
        if source.requires_grad:
            shown = numbers(page.locator(f"[data-source='{k}']"))
            np.testing.assert_allclose(shown, dict(net.named_parameters())[source.name].grad.array, rtol=1e-5)
    page.keyboard.press("ArrowLeft")
    assert page.locator("#slider").input_value() == str(steps - 1)
    page.keyboard.press("Home")
    assert page.locator("#slider").input_value() == "0"
    page.keyboard.press("End")
    assert page.locator(".node.done").count() >= 5


def test_the_chain_rule_with_its_numbers(opened: Any) -> None:
    x = mg.tensor([2.0, 3.0], requires_grad=True)
    with record() as tape:
        y = x * x
        y.sum().backward()
    page = opened(tape)
    page.keyboard.press("End")
    assert numbers(page.locator("[data-source='0']")).tolist() == [4, 6]
    to_the_last(page, "backward")
    text = page.locator("#panel").inner_text()
    assert "y = x * x" in text
    assert "Several paths meet here" in text
    chain = page.locator(".chain").first
    assert all_numbers(chain) == [[1, 1], [2, 3], [2, 3]]


def test_the_formulas_letters_have_your_names(opened: Any) -> None:
    factor, x = mg.tensor(2.0, requires_grad=True), mg.tensor(3.0)
    with record() as tape:
        y_pred = factor * x
        (y_pred - 1).backward()
    page = opened(tape)
    page.keyboard.press("ArrowRight")
    formula = page.locator(".formula")
    assert formula.locator(".yours").all_text_contents()[:3] == ["y_pred", "factor", "x"]
    assert "input" not in formula.inner_text()
    assert formula.locator("mfrac").count() == 4  # both derivatives, each of that of y_pred


def test_a_narrow_window_is_wide_enough(opened: Any) -> None:
    page = opened(train()[1])
    page.set_viewport_size({"width": 420, "height": 800})
    for key in ("Home", "End"):
        page.keyboard.press(key)
        assert page.evaluate("document.documentElement.scrollWidth") == 420
        boxes = "[...document.querySelectorAll('header, main, aside, button')].map(e => e.getBoundingClientRect())"
        assert max(page.evaluate(f"{boxes}.map(box => box.right)")) <= 420


def test_broadcasting_is_undone_before_your_eyes(opened: Any) -> None:
    w, x = mg.tensor([2.0], requires_grad=True), mg.tensor([[1.0], [2.0], [3.0]])
    with record() as tape:
        (w * x).sum().backward()
    page = opened(tape)
    page.keyboard.press("End")
    assert numbers(page.locator("[data-source='0']")).tolist() == [6]
    to_the_last(page, "backward")
    assert "summed to the operand's shape" in page.locator(".chain").inner_text()


def test_before_backward_it_shows_the_forward_only(opened: Any) -> None:
    w = mg.tensor([3.0], requires_grad=True)
    with record() as tape:
        (w * 2).sum()
    page = opened(tape)
    assert "backward() was not called" in page.locator("#notice").inner_text()
    page.keyboard.press("End")
    assert page.locator("#count").inner_text() == "forward 2/2"


def test_nothing_was_recorded(opened: Any) -> None:
    with record() as tape:
        mg.ones(2) * 2
    page = opened(tape)
    assert "Nothing was recorded" in page.locator("#panel").inner_text()


def test_modules_fold(opened: Any) -> None:
    page = opened(train()[1])
    before, groups = page.locator(".node").count(), page.locator(".node.group").count()
    page.click("#modules summary")
    page.click("[data-path='Sequential.0']")
    folded = page.locator(".node.group", has_text="▸ 0")
    assert page.locator(".node.group").count() == groups + 1
    assert page.locator(".node").count() < before  # an op and its bias are one box; the weight has another use
    folded.click()
    assert page.locator(".node").count() == before


def test_a_click_jumps_and_shows(opened: Any) -> None:
    _, tape = train()
    page = opened(tape)
    page.locator("[data-id='n1']").click()
    assert page.locator("#panel").get_attribute("data-node") == "1"
    weight = next(k for k, s in enumerate(tape.sources) if s.name == "0.weight")
    page.locator(f"[data-id='s{weight}']").click()
    assert "0.weight" in page.locator("#panel").inner_text()


def test_chinese_and_dark(opened: Any) -> None:
    page = opened(train()[1])
    page.click("#language")
    assert "显微镜" in page.locator("h1").inner_text()
    assert page.locator("#legend").inner_text().startswith("图例\n数据")
    page.click("#theme")
    page.click("#theme")
    page.keyboard.press("End")
    assert "最后的梯度" in page.locator("#panel").inner_text()


def test_it_plays(opened: Any) -> None:
    w = mg.tensor([3.0], requires_grad=True)
    with record() as tape:
        (w * 2).sum().backward()
    page = opened(tape)
    page.select_option("#speed", "120")
    page.locator("#canvas").focus()
    page.keyboard.press(" ")
    page.wait_for_function("document.getElementById('count').textContent.includes('7/7')", timeout=5000)


def test_text_from_a_program_is_only_text(opened: Any) -> None:
    w = mg.tensor([3.0], requires_grad=True)
    with record() as tape:
        (w * 2).sum().backward()  # </script><script>document.title = "broken"</script><b id="bold">
    page = opened(tape)
    page.keyboard.press("ArrowRight")
    assert page.title() == "tests/microscope/test_page.py · minigrad microscope"
    assert page.locator("#bold").count() == 0
    assert "</script>" in page.locator("#panel").inner_text()


def test_a_page_of_an_image_network_has_its_arrays_and_is_bounded(opened: Any, tmp_path: Any) -> None:
    mg.manual_seed(0)
    net = mg.nn.Sequential(
        mg.nn.Conv2d(1, 10, 5), mg.nn.MaxPool2d(2), mg.nn.ReLU(), mg.nn.Conv2d(10, 20, 5), mg.nn.MaxPool2d(2),
        mg.nn.ReLU(), mg.nn.Flatten(), mg.nn.Linear(320, 10),
    )  # fmt: skip
    with record() as tape:
        mg.nn.functional.cross_entropy(net(mg.rand(64, 1, 28, 28)), mg.randint(0, 10, (64,))).backward()
    tape.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 9_000_000  # 6.5 MB of arrays, as text
    page = opened(tape)
    page.keyboard.press("End")
    assert page.locator(".thumb").count() > 0


def test_torchs_numbers_stand_beside(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    w = mg.tensor([0.0, 1.0], requires_grad=True)
    wrong = lambda g, out: g
    monkeypatch.setattr(OPS["exp"].rules["input"], "__code__", wrong.__code__)
    with record() as tape:
        (w.exp() * 2).sum().backward()
    replay(tape)
    page = opened(tape)
    page.keyboard.press("ArrowRight")  # forward: exp
    assert page.locator("[data-parity='output']").get_attribute("class") == "good"
    np.testing.assert_allclose(numbers(page.locator("[data-torch='output']")), [1.0, np.e], rtol=1e-5)
    to_the_last(page, "backward")
    assert page.locator("[data-parity='d input']").get_attribute("class") == "bad"
    assert float(page.locator("[data-parity='d input']").inner_text()) == pytest.approx(2 * np.e - 2, rel=0.05)
    np.testing.assert_allclose(numbers(page.locator("[data-torch='d input']")), [2.0, 2 * np.e], rtol=1e-5)
