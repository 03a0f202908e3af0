"""What one sees: with the keyboard alone, on paper, images as images, and a large graph as quickly as a small one."""

# ruff: noqa: RUF001 (the page has signs of its own)
from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.microscope import Tape, record

from .looks import OUTSIDE, PALE
from .reading import numbers

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def course() -> Tape:
    """The back propagation of the course: two numbers, a weight and a loss."""
    w, x, y = mg.tensor([1.02], requires_grad=True), 2.0, 4.0
    with record() as tape:
        y_pred = x * w
        error = y_pred - y
        loss = error**2
        loss.backward()
    tape.about = {
        "title": {"en": "Lesson 3: Back propagation", "zh": "第 3 课：反向传播"},
        "idea": {"en": "The chain rule, once per node.", "zh": "每个节点用一次链式法则。"},
    }
    return tape


def digits() -> Tape:
    mg.manual_seed(0)
    net = mg.nn.Sequential(mg.nn.Conv2d(1, 10, 5), mg.nn.MaxPool2d(2), mg.nn.ReLU(), mg.nn.Flatten())
    images = mg.rand(50, 1, 14, 14) - 0.25
    with record() as tape:
        loss = (net(images) ** 2).mean()
        loss.backward()
    return tape


def recurrent() -> Tape:
    mg.manual_seed(0)
    cell, hidden = mg.nn.RNNCell(2, 3), mg.zeros(1, 3)
    with record() as tape:
        loss = mg.tensor(0.0)
        for _ in range(6):
            hidden = cell(mg.rand(1, 2), hidden)
            loss = loss + hidden.sum() ** 2
        loss.backward()
    return tape


def test_contrast_at_every_step_in_light_and_dark_in_both_languages(opened: Any) -> None:
    page = opened(course())
    for _ in range(2):
        for _ in range(2):
            page.click("#theme")
            page.keyboard.press("Home")
            for _ in range(page.evaluate("TAPE.events.length") + 1):
                assert page.evaluate(PALE) == []
                page.keyboard.press("ArrowRight")
        page.click("#language")


def test_what_the_course_draws_is_drawn(opened: Any) -> None:
    """x and y are Python numbers, and have their boxes; so has the loss; value | gradient stand on them."""
    page = opened(course())
    constants = page.locator(".node.constant").evaluate_all("all => all.map(e => e.querySelector('text').textContent)")
    assert sorted(constants) == ["2", "x", "y"]
    page.keyboard.press("End")
    w, loss = page.locator(".node.parameter"), page.locator(".node.end")
    assert w.locator("text").first.text_content() == "w"
    assert re.search(r"\| −7\.84", w.text_content())
    assert re.search(r"loss.*3\.842 \| 1$", loss.text_content())


def test_two_uses_are_two_arrows(opened: Any) -> None:
    a = mg.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        (a + a).sum().backward()
    page = opened(tape)
    arrows = page.locator("[data-edge^='s0>n0']")
    assert arrows.count() == 2
    assert len(set(arrows.evaluate_all("all => all.map(e => e.getAttribute('d'))"))) == 2
    page.keyboard.press("End")
    assert page.locator("[data-edge^='s0>n0'].sent").count() == 2


def test_several_outputs_are_seen(opened: Any) -> None:
    x = mg.arange(4.0).requires_grad_()
    with record() as tape:
        a, b = x.split(2)
        (a * b).sum().backward()
    page = opened(tape)
    assert "a, b [2], [2]" in page.locator(".node.op").first.text_content()


def test_columns_line_up_and_digits_are_few_or_all(opened: Any) -> None:
    w = mg.tensor([[1.0, -20.123456], [300.98765, 0.000012345678]], requires_grad=True)
    with record() as tape:
        (w * 1.5).sum().backward()
    page = opened(tape)
    page.keyboard.press("ArrowRight")
    texts = page.locator(".tensor").first.locator(".entry").all_text_contents()
    assert [text.strip() for text in texts] == ["1", "−20.12", "301", "1.235×10⁻⁵"]
    point = [re.search(r"[.×]|(?<=\d) *$", text).start() for text in texts]
    assert point[0] == point[2]
    assert point[1] == point[3]
    assert len(texts[0]) == len(texts[2])
    assert len(texts[1]) == len(texts[3])
    page.keyboard.press("d")
    assert "300.988" in page.locator(".tensor .numbers").first.inner_text()
    np.testing.assert_allclose(numbers(page.locator(".tensor").first), w.detach().array, rtol=1e-5)


def test_by_keyboard_alone(opened: Any) -> None:
    page = opened(course())
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.dataset?.id ?? document.activeElement.id"))
    boxes = page.locator(".node").evaluate_all("all => all.map(e => e.dataset.id)")
    assert seen >= {"canvas", "language", "theme", "print", "fit", "svg", "play", "speed", "slider", *boxes}
    page.locator("[data-id='n1']").focus()
    page.keyboard.press("Enter")
    assert page.locator("#panel").get_attribute("data-node") == "1"
    assert page.locator("#count").inner_text() == f"forward 2/{page.evaluate('TAPE.events.length')}"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.classList.contains('node')")
    for box in ("speed", "slider", "play", "canvas"):
        before = page.evaluate("state.index")
        page.focus(f"#{box}")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("state.index") == before + 1
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("state.index") == before
    assert page.input_value("#speed") == "800"
    page.select_option("#speed", "400")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("state.index") == 3
    assert page.input_value("#speed") == "400"


def test_a_folded_box_opens_by_enter_and_keeps_the_focus_near(opened: Any) -> None:
    page = opened(recurrent())
    group = page.locator(".node.group").first
    before = page.locator(".node.group").evaluate_all("all => all.map(e => e.dataset.id)")
    group.focus()
    page.keyboard.press("Enter")
    after = page.locator(".node.group").evaluate_all("all => all.map(e => e.dataset.id)")
    assert before[0] not in after
    assert page.evaluate("document.activeElement.classList.contains('node')")
    page.keyboard.press("0")
    assert page.evaluate(OUTSIDE) == []


def test_a_link_leads_to_a_step(opened: Any) -> None:
    page = opened(course())
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("location.hash") == "#step=2"
    page.goto(page.url)
    page.reload()
    assert page.evaluate("state.index") == 2
    page.evaluate("location.hash = '#step=4'")
    page.wait_for_function("state.index === 4")
    page.evaluate("location.hash = '#step=nonsense'")
    page.wait_for_function("state.index === 0")


def test_all_steps_on_paper(opened: Any) -> None:
    page = opened(course())
    page.evaluate("window.print = () => {}")
    page.click("#print")
    page.emulate_media(media="print")
    events = page.evaluate("TAPE.events.length")
    assert page.locator("#sheet h1").inner_text().startswith("Lesson 3")
    assert page.locator("#sheet .summary tbody tr").count() == events
    assert page.locator("#sheet article.step").count() == events
    rows = page.locator("#sheet .summary tbody tr").all_inner_texts()
    assert any("w 1.02; x 2" in row and "y_pred 2.04" in row for row in rows)
    assert any("→ w −7.84" in row for row in rows)
    assert page.locator("#sheet svg .node, #sheet svg text").count() > 8
    assert not page.locator("main").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("main").is_visible()
    assert page.evaluate("state.index") == 0


def test_the_drawing_as_svg(opened: Any, tmp_path: Any) -> None:
    page = opened(digits())
    with page.expect_download() as download:
        page.click("#svg")
    assert download.value.suggested_filename == "microscope.svg"
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("<svg xmlns=")
    root = page.evaluate(
        "text => { const e = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;"
        " return [e.tagName, e.querySelectorAll('text').length, e.querySelectorAll('.edge, [data-edge]').length]; }",
        text,
    )
    assert root[0] == "svg"
    assert root[1] >= 2 * page.locator(".node").count()
    assert root[2] == page.evaluate("drawn.edges.length")


def test_images_are_images(opened: Any) -> None:
    tape = digits()
    page = opened(tape)
    page.locator("[data-id='n0']").click()  # the first convolution
    images, kernels, maps = page.locator(".picture").all()[:3]
    assert [x.get_attribute("data-tiles") for x in (images, kernels, maps)] == ["40", "10", "10"]
    low, high = images.locator(".scale span").all_inner_texts()
    assert low.startswith("−0.2")
    assert high.startswith("0.7")  # data are grey, from their least to their most
    low, high = kernels.locator(".scale span").all_inner_texts()
    assert low == f"−{high}"  # zero in the middle
    page.locator("[data-channel='1']").click()
    plate = page.locator("[data-part=outPlate]")
    size = int(plate.get_attribute("data-pixel"))
    plate.locator("img").click(position={"x": 9.5 * size, "y": 5.5 * size})
    said = page.locator(".sliding output").inner_text()
    expected = tape.nodes[0].outputs[0][0, 1, 5, 9]
    assert "[0, 1, 5, 9]" in said
    assert float(said.split("= ")[1].replace("−", "-")) == pytest.approx(float(expected), rel=1e-3)
    window = page.locator("[data-part=imagePlate] .frame").evaluate("e => [e.style.left, e.style.top, e.style.width]")
    dot = int(page.locator("[data-part=imagePlate]").get_attribute("data-pixel"))
    assert window == [f"{9 * dot}px", f"{5 * dot}px", f"{5 * dot}px"]


def test_a_pool_shows_its_winners(opened: Any) -> None:
    x = mg.tensor([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 9.0, 1.0]]]], requires_grad=True)
    with record() as tape:
        mg.nn.functional.max_pool2d(x, 2).sum().backward()
    page = opened(tape)
    page.keyboard.press("ArrowRight")
    found = page.evaluate(
        "() => { const [n] = TAPE.nodes, how = n.arguments.find(a => a.settings).settings;"
        " const [input, out] = [n.arguments[0].value, n.outputs[0].value];"
        " return winners({ ...how, input, out, before: how.padding }, 0, 0); }"
    )
    assert found == [[0, 1], [1, 2]]
    assert page.locator("[data-part=imagePlate] img").count() == 1


def test_attention_weights_are_a_heat_map(opened: Any) -> None:
    q = mg.rand(1, 5, 8).requires_grad_()
    with record() as tape:
        ((q @ q.transpose(1, 2)).softmax(-1) @ q).sum().backward()
    page = opened(tape)
    node = next(n.number for n in tape.nodes if "softmax" in n.op)
    page.locator(f"[data-id='n{node}']").click()
    scale = page.locator(".picture").last.locator(".scale span").all_inner_texts()
    assert scale[0] == "0"  # of numbers without a sign the scale begins at zero


def test_every_word_is_in_both_languages(opened: Any) -> None:
    page = opened(course())
    english, chinese = page.evaluate("[Object.keys(WORDS.en), Object.keys(WORDS.zh)]")
    assert sorted(english) == sorted(chinese)
    same = page.evaluate("Object.keys(WORDS.en).filter(k => WORDS.en[k] === WORDS.zh[k]).map(k => WORDS.en[k])")
    assert [text for text in same if not re.fullmatch(r"[\w.()+= ←*-]+", text)] == []  # only what is code
    assert len(same) < 8


def chain(ops: int) -> Tape:
    w, x = mg.tensor([0.9], requires_grad=True), mg.tensor([1.0])
    with record() as tape:
        for k in range(ops // 2):
            x = x * w
            x = x + k * 0.01
        x.sum().backward()
    return tape


def test_a_large_graph_costs_a_step_what_a_small_one_costs(opened: Any) -> None:
    """Counted, not timed: the elements in the document, the changes to them, the functions called in ten steps."""
    work = {}
    for ops in (200, 1200):
        page = opened(chain(ops))
        assert page.evaluate(OUTSIDE) == []
        page.evaluate(
            "() => { window.changes = 0; new MutationObserver(all => { window.changes += all.length; }).observe("
            "$('world'), { subtree: true, childList: true, attributes: true, characterData: true }); }"
        )
        middle = page.evaluate("TAPE.events.length >> 1")
        page.evaluate("k => goTo(k)", middle)
        session = page.context.new_cdp_session(page)
        session.send("Profiler.enable")
        session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
        page.evaluate("() => { window.changes = 0; }")
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        coverage = session.send("Profiler.takePreciseCoverage")["result"]
        calls = sum(r["count"] for s in coverage for f in s["functions"] for r in f["ranges"][:1])
        work[ops] = calls, page.evaluate("window.changes"), page.locator(".node").count()
        session.send("Profiler.stopPreciseCoverage")
    (few, _, _), (many, changes, nodes) = work[200], work[1200]
    assert nodes < 60
    assert changes < 400
    assert many < 2 * few + 2000
    assert "1,20" in page.locator("#notice").inner_text()


def test_a_large_graph_unfolded_has_only_what_is_in_sight(opened: Any) -> None:
    page = opened(chain(800))
    page.evaluate("() => { for (const id of GROUPS.keys()) state.open.add(id); draw(); lookAt('n400'); after(); }")
    assert page.evaluate("drawn.boxes.length") > 800
    assert 0 < page.locator(".node").count() < 120
    assert page.locator("#minimap").is_visible()
    page.keyboard.press("End")  # it follows
    assert page.locator(".node.now").count() == 1


def test_large_pages_say_each_thing_once(tmp_path: Any) -> None:
    chain(1200).save(tmp_path / "page.html")
    empty = mg.microscope.Tape()
    empty.save(tmp_path / "empty.html")
    size = (tmp_path / "page.html").stat().st_size - (tmp_path / "empty.html").stat().st_size
    assert size < 1200 * 1000  # 5,000 ops in less than 5 MB
