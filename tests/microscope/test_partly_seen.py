"""A graph that is older than the recording, and a pass that begins at several places: nothing is left unexplained."""

from __future__ import annotations

from typing import Any

import numpy as np

import minigrad as mg
from minigrad.microscope import record


def test_a_graph_that_is_older() -> None:
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    h = w * w
    with record() as tape:
        (h * 3).sum().backward()
    data = tape.to_dict()
    (sent,) = data["nodes"][0]["steps"][0]["contributions"]
    assert sent["to"] is None and sent["sum"] is None and sent["after"]["values"] == [3, 3]
    assert "[1 1]            [3 3]            made before the recording" in str(tape)
    assert data["naive"] is None


def test_what_older_ops_sent_is_told_apart() -> None:
    u = mg.ones(2, requires_grad=True)
    h = u * 2
    with record() as tape:
        (h.sum() + (u * 1).sum()).backward()
    (item,) = tape.changes[0].items
    assert item.older.tolist() == [2, 2] and item.arrived.tolist() == [3, 3]
    assert "u.grad = [3 3]   [2 2] of it from ops made before the recording" in str(tape)
    with record() as tape:
        (u * 2).sum().backward()
    assert tape.changes[0].items[0].older is None


def test_the_page_of_an_older_graph(opened: Any) -> None:
    u = mg.ones(2, requires_grad=True)
    h = u * 2
    with record() as tape:
        ((h * 3).sum() + (u * 1).sum()).backward()
    page = opened(tape)
    assert page.evaluate("refusal()") == page.evaluate("say('whatIfOlder')")
    texts = []
    for k in range(len(tape.events) + 1):
        page.evaluate(f"goTo({k})")
        texts.append(page.locator("#panel").inner_text())
    assert any("made before the recording" in text for text in texts)
    page.evaluate("pick('s0')")
    assert "made before the recording" in page.evaluate("summaryTable()")


def several_roots() -> Any:
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        y = w * 2
        z = (y * y).sum()
        mg.autograd.backward([z, y], [None, mg.ones(2)])
    return tape


def test_what_a_pass_itself_gives() -> None:
    tape = several_roots()
    assert "(root)                       [1 1]            y: [1 1]" in str(tape)
    sums = [c["sum"]["values"] for c in tape.to_dict()["nodes"][1]["steps"][0]["contributions"]]
    assert sums == [[3, 5], [5, 9]]
    np.testing.assert_array_equal(tape.nodes[0].steps[0].upstream, [5, 9])


def test_the_page_explains_a_root_that_gets_more(opened: Any) -> None:
    page = opened(several_roots())
    answer = page.evaluate("(goTo(TAPE.events.findLastIndex(e => e[0] === 'backward') + 1), answer('u0.0.0', 0))")
    assert "from backward() itself" in answer and 'data-total="5"' in answer and 'data-verdict="exact"' in answer
    found = page.evaluate("whatIf(TAPE.sources.find(s => s.requiresGrad).id, 0, 2)")
    assert found["gradient"] == [18, 18]


def test_grad_of_several_outputs(opened: Any) -> None:
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        y = w * 2
        z = y * y
        mg.autograd.grad([y, z.sum()], [w], [mg.ones(2), mg.tensor(1.0)])
    answer = opened(tape).evaluate(
        "(goTo(TAPE.events.findLastIndex(e => e[0] === 'backward') + 1), answer('u0.0.0', 1))"
    )
    assert 'data-verdict="exact"' in answer


def test_a_grad_is_the_sum_of_both_parts(opened: Any) -> None:
    u = mg.ones(2, requires_grad=True)
    h = u * 2
    with record() as tape:
        (h.sum() + (u * 1).sum()).backward()
    answer = opened(tape).evaluate("(goTo(TAPE.events.length), answer('r0.0', 0))")
    assert "before the recording" in answer and 'data-total="3"' in answer and 'data-verdict="exact"' in answer
