"""Every op that has a derivative has its formula on the page, under the name that users call it by."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad as mg
from minigrad.core.op import OPS
from minigrad.microscope import record
from minigrad.microscope.explain.formulas import formula

DIFFERENTIABLE = [op for op in OPS.values() if op.diff]
INTERNAL = ("_number", "_dim", "_dims", "_rows", "_images", "_layer", "convolution")


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_a_formula_that_speaks_of_every_operand(op: Any) -> None:
    found = formula(op)
    assert "=" in found["math"]
    assert not found["public"].endswith(INTERNAL)
    spoken = {parameter.partition("[")[0] for parameter in found["names"].values()}
    assert {op.params[k] for k in op.diff} <= spoken


@pytest.mark.parametrize("ndim", [3, 4, 5])
def test_a_convolution_is_called_by_its_dimensions(ndim: int) -> None:
    assert formula(OPS["convolution"], ndim)["public"] == f"conv{ndim - 2}d"
    assert formula(OPS["conv_grad_input"], ndim)["public"] == f"conv_transpose{ndim - 2}d"


def test_the_page_typesets_them(opened: Any) -> None:
    """No letter of a signature where the program has a name; fractions, powers, roots; nothing goes to the console."""
    error, w = mg.tensor([4.0, 9.0], requires_grad=True), mg.tensor([[1.0, 2.0]], requires_grad=True)
    with record() as tape:
        root = error.sqrt()
        square = root**2
        loss = mg.nn.functional.cross_entropy(w * square, mg.tensor([1]))
        loss.backward()
    page = opened(tape)
    titles = []
    for node in tape.nodes:
        page.evaluate(f"goTo(steps().findIndex(e => e[0] === 'backward' && e[1] === {node.number}) + 1)")
        titles.append(page.locator("#panel h2").inner_text().split()[0])
        formula_box = page.locator(".formula")
        assert formula_box.locator("math").count() >= 2
        assert "input" not in formula_box.inner_text()
    assert titles == ["sqrt", "pow", "mul", "cross_entropy"]
    page.evaluate("goTo(1)")
    assert page.locator(".formula mfrac").count() >= 3
    page.click("#language")
    assert page.locator("#panel h3").first.inner_text() == "公式"


def test_every_formula_is_whole(opened: Any) -> None:
    """Typeset, each has equations, and every element of it is closed."""
    nodes = [
        {"id": 0, "op": op.name, "math": formula(op)["math"], "letters": formula(op)["names"]}
        | {"arguments": [{"parameter": p, "kind": "source", "source": 0, "name": f"my_{p}"} for p in op.params]}
        for op in DIFFERENTIABLE
    ]
    w = mg.ones(1, requires_grad=True)
    with record() as tape:
        (w * 2).backward()
    bad = opened(tape).evaluate(
        """nodes => nodes.filter(node => {
            const html = formulaHtml(node).replaceAll("&nbsp;", " ");
            const found = new DOMParser().parseFromString(`<div>${html}</div>`, "text/xml");
            return found.querySelector("parsererror") || !found.querySelector("math");
        }).map(node => node.op)"""
    , nodes)  # fmt: skip
    assert bad == []


def test_the_states_of_a_recurrent_layer_have_letters_of_their_own() -> None:
    """c_t is not what the layer was called with, only c_0 is; the weights have the reader's names."""
    names = formula(OPS["lstm_layer"])["names"]
    assert {"w_ih", "w_hh", "x"} <= set(names)
    assert not {"h", "c"} & set(names)
