"""The drawing of a beginner's programs: no arrow under a box, no text out of its box, the step that one is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minigrad as mg
from minigrad.microscope import Tape, record

from .looks import AT_EVERY_STEP, OUTSIDE, SIZES, UNDER

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def loop(steps: int = 3, clear: bool = False) -> Tape:
    mg.manual_seed(0)
    x, y, model = mg.tensor([[1.0], [2.0], [3.0]]), mg.tensor([[2.0], [4.0], [6.0]]), mg.nn.Linear(1, 1)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.05)
    with record() as tape:
        for _ in range(steps):
            if clear:
                optimizer.zero_grad()
            loss = mg.nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
    return tape


def adam() -> Tape:
    mg.manual_seed(1)
    x, y = mg.rand(4, 2), mg.tensor([0, 1, 1, 0])
    net = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU(), mg.nn.Linear(3, 2))
    optimizer = mg.optim.Adam(net.parameters(), lr=0.01, weight_decay=0.1)
    with record() as tape:
        for _ in range(2):
            optimizer.zero_grad()
            out = net(x)
            loss = mg.nn.functional.cross_entropy(out, y)
            loss.backward()
            optimizer.step()
    return tape


def convolution() -> Tape:
    """Batch norm takes the mean away, so the gradient of conv1.bias is nothing but rounding: 1.192e-07."""
    mg.manual_seed(0)
    features = [mg.nn.Conv2d(1, 2, 3), mg.nn.BatchNorm2d(2), mg.nn.ReLU(), mg.nn.Flatten()]
    net = mg.nn.Sequential(*features, mg.nn.Linear(72, 3))
    images, labels = mg.rand(2, 1, 8, 8), mg.tensor([0, 2])
    with record() as tape:
        mg.nn.functional.cross_entropy(net(images), labels).backward()
    return tape


def second_order() -> Tape:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        y = (x * x * x).sum()
        (slope,) = mg.autograd.grad(y, x, create_graph=True)
        (slope * slope).sum().backward()
    return tape


def twice_the_same() -> Tape:
    """A module is called twice, and its outputs meet."""
    mg.manual_seed(0)
    net, x = mg.nn.Sequential(mg.nn.Linear(2, 2), mg.nn.Tanh(), mg.nn.LayerNorm(2)), mg.rand(1, 3, 2)
    with record() as tape:
        q, k = net(x), net(x)
        loss = (q @ k.transpose(-2, -1)).softmax(-1).pow(2).mean() + net(x)[0, 0].sum()
        loss.backward()
    return tape


PROGRAMS: list[Callable[[], Tape]] = [loop, adam, convolution, second_order, twice_the_same]


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_arrow_under_a_box_and_no_text_out_of_it(opened: Any, program: Callable[[], Tape]) -> None:
    page = opened(program())
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("JSON.stringify(drawn.frame) === JSON.stringify(frameOf())")
        assert page.evaluate(AT_EVERY_STEP) == []
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_function("JSON.stringify(drawn.frame) === JSON.stringify(frameOf())")
    assert page.evaluate(OUTSIDE) == []


def test_the_training_step_that_one_is_in_is_unfolded(opened: Any) -> None:
    """So that an op says the numbers of this step, beside the weight of this step."""
    tape = loop()
    page = opened(tape)
    rounds = tape.to_dict()["rounds"]
    assert sorted(set(rounds)) == [1, 2, 3]
    for step, number in [*enumerate(rounds, 1), (5, 1), (len(rounds), 3)]:
        page.evaluate(f"goTo({step})")
        open_ones = "[...GROUPS.values()].filter(g => g.kind === 'pass' && state.open.has(g.id)).map(g => g.label)"
        assert page.evaluate(open_ones) == [number]
        ops = page.locator(".node.op").evaluate_all("all => all.map(e => Number(e.dataset.id.slice(1)))")
        assert ops == [2 * number - 2, 2 * number - 1]
        assert page.evaluate(UNDER) == []
    page.evaluate("goTo(0)")
    assert page.locator(".node.op").first.get_attribute("data-id") == "n0"


def test_what_one_folds_by_hand_stays_folded_within_the_step(opened: Any) -> None:
    page = opened(loop())
    page.evaluate("goTo(2); fold([...state.open][0]); goTo(3)")
    assert page.locator(".node.op").count() == 0


def test_a_high_and_narrow_matrix_lies_on_its_side(opened: Any) -> None:
    mg.manual_seed(0)
    tall, weight = mg.rand(442, 4), mg.rand(4, 1, requires_grad=True)
    with record() as tape:
        (tall @ weight).sum().backward()
    page = opened(tape)
    page.evaluate("goTo(1)")
    image = page.locator(".picture .thumb").first
    box = image.bounding_box()
    assert box["width"] > 200
    assert 20 < box["height"] < 80
    image.click(position={"x": 30, "y": 15})
    place = "document.querySelector('.picture output').textContent.match(/\\d+/g).slice(0, 2).map(Number)"
    row, column = page.evaluate(place)
    assert 30 <= row < 442
    assert column == 1


def test_rows_that_the_page_has_not_are_not_painted(opened: Any) -> None:
    mg.manual_seed(0)
    a = mg.rand(256, 100, requires_grad=True)
    with record() as tape:
        (a * 2.0).sum().backward()
    page = opened(tape)
    page.evaluate("""() => { // as a page of which most is left out
        const a = STORE(TAPE.sources[0].value.array), at = a.at;
        const some = i => (i < 400 ? at(i) : undefined);
        Object.assign(a, { whole: false, dim: 0, rows: [0, 1, 2, 3], data: null, at: some });
        goTo(1);
    }""")
    figure = page.locator(".picture").first
    assert "4 of 256 rows" in figure.inner_text()
    assert figure.locator(".thumb").bounding_box()["height"] < 60


def test_on_paper_several_steps_stand_on_a_page(opened: Any) -> None:
    """Of a loop that forgot zero_grad the table warns; nothing is marked as the present step."""
    page = opened(loop())
    page.set_viewport_size({"width": 700, "height": 990})
    page.evaluate("window.print = () => {}")
    page.click("#print")
    page.emulate_media(media="print")
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert width == 700
    assert height < 6000
    warnings = page.locator("#sheet .summary tr.warning")
    assert warnings.count() == 2
    assert "zero_grad is missing" in warnings.first.inner_text()
    assert "rgb(230, 159, 0)" not in page.locator("#sheet .drawing").inner_html()


def test_an_example_of_its_own_puts_the_drawing_away(opened: Any) -> None:
    page = opened(loop(clear=True))
    page.click("[data-mode=twice]")
    assert "not of your program" in page.locator("#graph").get_attribute("data-note")
    assert not page.locator("#canvas").is_visible()
    assert "powers of ten" in page.locator(".curves").text_content()
    page.click("[data-mode=backprop]")
    assert page.locator("#canvas").is_visible()


# The height of the footer and the width of the slider at every step.
FOOTER = """() => Array.from({ length: steps().length + 1 }, (_, step) => {
  goTo(step);
  const [footer, slider] = ["footer", "#slider"].map(e => document.querySelector(e).getBoundingClientRect());
  return [footer.height, slider.width];
})"""


def test_the_footer_is_as_high_at_every_step(opened: Any) -> None:
    page = opened(loop())
    for width, least in ((420, 380), (600, 500), (700, 150), (1280, 600)):
        page.set_viewport_size({"width": width, "height": 800})
        sizes = {tuple(size) for size in page.evaluate(FOOTER)}
        assert len(sizes) == 1
        assert sizes.pop()[1] >= least


def test_a_long_line_is_wrapped(opened: Any) -> None:
    a = mg.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        (a * 1.0 + a * 2.0 + a * 3.0 + a * 4.0 + a * 5.0 + a * 6.0 + a * 7.0 + a * 8.0 + a * 9.0).sum().backward()
    page = opened(tape)
    page.keyboard.press("ArrowRight")
    inner, outer, height = page.locator(".line").evaluate("e => [e.scrollWidth, e.clientWidth, e.clientHeight]")
    assert inner <= outer
    assert height > 35
