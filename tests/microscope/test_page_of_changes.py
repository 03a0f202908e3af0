"""What the page says beside the ops, in a browser: old + new, w <- w - lr * grad, and who forgot zero_grad."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.microscope import Tape, record
from tests.microscope.reading import numbers
from tests.microscope.recorded import leaf

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def train(steps: int = 3, zero: bool = True, every: int = 1, **options: Any) -> Tape:
    w = leaf(1.0, -2.0)
    optimizer = mg.optim.SGD([w], lr=0.1, **options)
    with record() as tape:
        for k in range(steps):
            loss = ((w * 2 - 4) ** 2).sum()
            loss.backward()
            if k % every == every - 1:
                optimizer.step()
                if zero:
                    optimizer.zero_grad()
    return tape


def visit(page: Any, tape: Tape, kind: str) -> Any:
    """Go to each event of a kind in turn. Yields  (panel, its change)"""
    for moment, (name, number) in enumerate(tape.events, 1):
        if name == kind:
            page.evaluate(f"goTo({moment})")
            assert page.locator("#panel").get_attribute("data-kind") == kind
            yield page.locator("#panel"), tape.changes[number]


def shown(panel: Any, part: str) -> list[Any]:
    return [numbers(box) for box in panel.locator(f"[data-{part}]").all()]


def test_old_plus_new(opened: Any) -> None:
    tape = train(zero=False)
    page = opened(tape)
    for panel, change in visit(page, tape, "accumulate"):
        (item,) = change.items
        old, new, now = (shown(panel, part)[0] for part in ("old", "arrived", "after"))
        np.testing.assert_allclose(new, item.arrived, rtol=1e-5)
        np.testing.assert_allclose(now, item.after, rtol=1e-5)
        if item.before is None:
            assert old == np.array(None)
        else:
            np.testing.assert_allclose(old, item.before, rtol=1e-5)


def test_it_says_where_zero_grad_belongs(opened: Any) -> None:
    tape = train(zero=False)
    page = opened(tape)
    belongs = tape.passes[1].line
    assert belongs is not None
    assert f"the sum of steps 1 to 3. It belongs above line {belongs.number}." in page.locator("#notice").inner_text()
    *_, (panel, _) = visit(page, tape, "step")
    text = panel.inner_text()
    assert "This gradient is the sum of steps 1 to 3." in text
    assert f"optimizer.zero_grad() belongs above line {belongs.number}:\nloss.backward()" in re.sub(r"\n+", "\n", text)
    page.click("#language")
    assert "忘了 zero_grad" in page.locator("#notice").inner_text()


def test_what_is_accumulated_is_no_mistake(opened: Any) -> None:
    tape = train(4, every=2)
    page = opened(tape)
    assert page.locator("#notice").inner_text() == ""
    *_, (panel, _) = visit(page, tape, "accumulate")
    assert "This gradient is the sum of 2 backward passes." in panel.inner_text()
    assert panel.locator(".bad").count() == 0


def test_the_last_gradients_are_those_in_grad(opened: Any) -> None:
    kept, lost, hooked, free = leaf(1.0), leaf(1.0), leaf(1.0), leaf(1.0)
    kept.grad = mg.tensor([100.0])
    hooked.register_hook(lambda g: g * 10)
    with record() as tape:
        (kept * 4 + lost * 4 + hooked * 4).sum().backward()
        lost.grad = None
        mg.autograd.grad((free * 4).sum(), free)
    page = opened(tape)
    page.keyboard.press("End")
    last = {
        source.name: numbers(page.locator(f"[data-source='{k}']")).tolist() for k, source in enumerate(tape.sources)
    }
    assert last == {"kept": [104], "lost": None, "hooked": [40], "free": None}
    page.locator("[data-id='s0']").click()
    assert "kept.grad" in page.locator("#panel").inner_text()


def test_a_box_shows_what_its_tensor_holds(opened: Any) -> None:
    """Value and .grad at each step; while a pass runs, what has come so far."""
    w = leaf(1.0)
    w.grad = mg.tensor([100.0])
    w.register_hook(lambda g: g * 10)
    with record() as tape:
        (w * 4 + w).sum().backward()
        w.data.sub_(0.5)
        w.grad = None
        mg.autograd.grad((w * 2).sum(), w)
    page = opened(tape)
    seen = []
    for moment in range(len(tape.events) + 1):
        page.evaluate(f"goTo({moment})")
        text = page.locator("[data-id='s0'] .value").first.text_content()
        if not seen or seen[-1] != text:
            seen.append(text)
    assert seen == ["1 | 100", "1 | 1", "1 | 5", "1 | 150", "0.5 | 150", "0.5", "0.5 | 2", "0.5"]


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad"])
def test_the_optimizers_formula_with_its_numbers(opened: Any, name: str) -> None:
    w = leaf(1.0, -2.0)
    optimizer = getattr(mg.optim, name)([w], lr=0.1, **({"momentum": 0.9} if name == "SGD" else {}))
    with record() as tape:
        for _ in range(2):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
    page = opened(tape)
    for panel, change in visit(page, tape, "step"):
        (item,) = change.items
        assert item.update is not None
        np.testing.assert_allclose(shown(panel, "after")[0], item.after, rtol=1e-5)
        for entry in range(2):
            rows = panel.locator("[data-line]").all()
            assert len(rows) == len(item.update.lines)
            for row, line in zip(rows, item.update.lines, strict=True):
                assert re.match(rf"{line.name} ← ", row.inner_text())
                assert float(row.locator("b").get_attribute("title")) == pytest.approx(line.value[entry], rel=1e-5)
            panel.locator(f"[data-spot='{1 - 2 * entry}']").click()
    assert "0.1" in panel.inner_text()


def test_other_events_have_their_panels(opened: Any) -> None:
    w, layer = leaf(1.0), mg.nn.Linear(1, 1)
    w.register_hook(lambda g: g * 10)
    with record() as tape:
        y = (w * 4).sum()
        y.backward(create_graph=True)
        mg.autograd.grad(y, w)
        w.data.sub_(0.1 * w.grad)
        w.grad = None
        layer(mg.ones(1, 1)).sum().backward()
        layer.zero_grad()
        layer.load_state_dict({"weight": mg.ones(1, 1), "bias": mg.ones(1)})
        mg.optim.SGD([w], lr=0.1).step()
        mg.optim.Rprop([leaf(1.0)]).zero_grad()
        layer.weight.detach().numpy()[:] = 5
    page = opened(tape)
    said: dict[str, list[str]] = {}
    for language in ("en", "zh"):
        for moment, (kind, _) in enumerate(tape.events, 1):
            page.evaluate(f"goTo({moment})")
            text = page.locator("#panel").inner_text()
            assert "undefined" not in text
            assert "{0}" not in text
            said.setdefault(f"{language} {kind}", []).append(text)
            if language == "zh":
                assert re.search("[一-鿿]", text), text
        page.click("#language")
    assert "create_graph=True" in said["en pass"][0]
    assert "no .grad changes" in said["en pass"][1]
    assert "every .grad is what it was" in said["en passed"][1]
    assert "A hook" in said["en hook"][0]
    assert "sub_ wrote into this memory" in said["en write"][0]
    assert "past minigrad" in said["en write"][-1]
    assert "w.grad = …" in said["en assign"][0]
    assert "Linear.load_state_dict()" in said["en load_state_dict"][0]
    assert "No parameter has a gradient" in said["en step"][0]
    assert "no gradient yet to forget" in said["en zero_grad"][1]


def test_each_output_has_its_own_gradient(opened: Any) -> None:
    mg.manual_seed(0)
    rnn, x = mg.nn.GRU(2, 3), mg.randn(3, 1, 2)
    with record() as tape:
        _, hidden = rnn(x)
        hidden.square().sum().backward()
    (node,) = [node for node in tape.nodes if node.op == "gru_layer"]
    page = opened(tape)
    page.evaluate(f"goTo({tape.events.index(('backward', node.number)) + 1})")
    panel = page.locator("#panel")
    assert panel.locator("[data-upstream='0']").locator("[data-values]").count() == 0
    upstream = node.steps[0].upstream
    np.testing.assert_allclose(numbers(panel.locator("[data-upstream='1']")), upstream[1], rtol=1e-5)
    for chain in panel.locator(".chain").all():
        assert "gets no gradient" not in chain.inner_text()


def test_every_word_is_said_in_both_languages(opened: Any) -> None:
    page = opened(train())
    missing = page.evaluate("Object.keys(WORDS.en).filter(key => !(key in WORDS.zh))")
    assert set(missing) <= {"std"}
