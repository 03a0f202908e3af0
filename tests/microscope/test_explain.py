"""Where numbers come from: the page's own arithmetic comes to the engine's numbers, entry by entry, for every op."""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.core.op import OPS
from minigrad.microscope import Tape, record
from minigrad.microscope.explain import Store
from minigrad.microscope.explain.families import FUNCTIONS
from minigrad.microscope.explain.unfold import UNFOLDED
from minigrad.microscope.page import ASSETS
from minigrad.microscope.schema import to_dict
from reference_torch.oracle import MINIGRAD
from tests.ops.row import Row, S
from tests.ops.table import ROWS
from tests.ops.test_ops import ask, cast, differentiable

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "ci"
SCRIPTS = [(ASSETS / name).read_text(encoding="utf-8") for name in ("numerics.js", "whole.js", "audit.js")]
BY_THE_ENGINE = {  # ops that the page does not take apart: they are algorithms, not formulas
    "svd", "svdvals", "inv", "inv_or_zero", "det", "slogdet", "solve", "cholesky", "ctc_loss", "grid_sampler_2d",
    "grid_sampler_3d", "prod", "prod_dim", "cumprod", "logcumsumexp", "scatter_reduce_prod", "scatter_reduce_extreme",
    "multi_margin_loss", "multilabel_margin_loss", "round_decimals", "renorm",
}  # fmt: skip


@pytest.fixture(scope="module")
def audited(browser: Any) -> Iterator[Any]:
    """``audited(tape)``: what the page's arithmetic says of all of its numbers."""
    page = browser.new_page()
    run = f"tape => {{ const TAPE = tape; {''.join(SCRIPTS)}; return audit(1000); }}"
    yield lambda tape: page.evaluate(run, json.loads(json.dumps(to_dict(tape, None), allow_nan=False)))
    page.close()


def with_op(tape: Tape, keys: list[str]) -> set[str]:
    """The ops of the nodes that these keys are of."""
    return {tape.nodes[int(re.findall(r"\d+", key)[0])].op for key in keys}


def samples(row: Row) -> list[S]:
    kept = [sample for sample in row.samples if differentiable(row, sample)]
    return kept if ALL else kept[:1]


def plain(text: str) -> str:
    """The signs that a keyboard has, one space between words."""
    return re.sub(r"\s+", " ", text.replace("\u00d7", "*").replace("\u2212", "-")).strip()


def rows() -> list[Row]:
    """The first row of every function; all rows with HYPOTHESIS_PROFILE=ci."""
    kept = [row for row in ROWS if samples(row)]
    return kept if ALL else list({row.name: row for row in reversed(kept)}.values())[::-1]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64] if ALL else [np.float32])
def test_row(audited: Any, row: Row, dtype: Any) -> None:
    """Every entry of every value and gradient, in both types; no op has to be taken as it is but those named above."""
    for sample in samples(row):
        with record() as tape:
            ask(MINIGRAD, row, cast(sample, lambda v: v.astype(dtype)), order=1)
        found = audited(tape)
        assert found["wrong"] == []
        assert found["cut"] == 0
        assert found["unknown"] == []
        assert with_op(tape, found["given"]) <= BY_THE_ENGINE


def test_the_functions_of_the_page_are_those_that_it_is_sent(browser: Any) -> None:
    page = browser.new_page()
    assert set(page.evaluate(f"() => {{ const TAPE = {{}}; {SCRIPTS[0]}; return Object.keys(FUNCTIONS); }}")) == (
        FUNCTIONS | {"fill"}
    )
    page.close()


def test_what_is_unfolded_takes_what_its_op_takes() -> None:
    for name, unfolded in UNFOLDED.items():
        inspect.signature(unfolded).bind(*OPS[name].params)


def test_a_click_shows_the_arithmetic(opened: Any) -> None:
    x, w = mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([[0.5], [-1.0]], requires_grad=True)
    with record() as tape:
        y_pred = x @ w
        loss = (y_pred * y_pred).sum()
        loss.backward()
    page = opened(tape)
    page.keyboard.press("End")
    while page.locator("#panel").get_attribute("data-kind") != "backward":
        page.keyboard.press("ArrowLeft")
    box = page.locator("[data-ask^=d]").first
    box.locator("[data-entry='1']").click()
    answer = page.locator(".answer")
    assert "∂loss/∂w[1,0]" in answer.locator("h4").inner_text()
    rows = answer.locator(".terms tr").all_inner_texts()
    assert [plain(row) for row in rows] == [
        "x[0,1] * ∂loss/∂y_pred[0,0] 2 * (-3) -6",
        "+ x[1,1] * ∂loss/∂y_pred[1,0] 4 * (-5) -20",
        "= sum -26",
    ]
    assert float(answer.locator("[data-total]").get_attribute("data-total")) == w.grad.array[1, 0]
    assert answer.locator("[data-verdict]").get_attribute("data-verdict") == "exact"
    page.keyboard.press("Escape")
    assert page.locator(".answer").count() == 0


def test_by_keyboard_and_in_chinese(opened: Any) -> None:
    error = mg.tensor([-1.96, 2.0], requires_grad=True)
    with record() as tape:
        (error**2).sum().backward()
    page = opened(tape)
    page.click("#language")
    page.keyboard.press("End")
    while page.locator("#panel").get_attribute("data-kind") != "backward":
        page.keyboard.press("ArrowLeft")
    entry = page.locator("[data-ask^=d] .entry").first
    entry.focus()
    page.keyboard.press("Enter")
    lines = page.locator(".answer .sum").all_inner_texts()
    assert plain(lines[1]) == "= 1 * (-1.96)1 * 2"
    assert "与程序中的数完全一致" in page.locator(".answer").inner_text()


def test_an_entry_of_a_large_array_is_asked_by_its_index(opened: Any) -> None:
    a, b = mg.rand(20, 30), mg.rand(30, 5, requires_grad=True)
    with record() as tape:
        y = a @ b
        y.sum().backward()
    page = opened(tape)
    page.keyboard.press("ArrowRight")
    box = page.locator("[data-ask^=v]")
    box.locator("input[name=index]").fill("3, 4")
    box.locator("form.index button").click()
    assert "y[3,4]" in page.locator(".answer h4").inner_text()
    assert "the other 18 terms together" in page.locator(".answer").inner_text()
    total = float(page.locator(".answer .total [data-total]").get_attribute("data-total"))
    assert total == pytest.approx(y.array[3, 4], rel=1e-6)
    box.locator("input[name=index]").fill("99, 0")
    box.locator("form.index button").click()
    assert not box.locator("input[name=index]").evaluate("e => e.checkValidity()")


def test_who_won(opened: Any) -> None:
    image = mg.tensor([[[[1.0, 5.0], [2.0, 4.0]]]], requires_grad=True)
    with record() as tape:
        mg.nn.functional.max_pool2d(image, 2).sum().backward()
    page = opened(tape)
    page.keyboard.press("ArrowRight")
    page.locator("[data-ask='v0.0'] .entry").click()
    assert "image[0,0,0,1]" in page.locator(".answer .winner").inner_text()


def test_a_function_of_ones_own_is_named_as_such(opened: Any) -> None:
    class Twice(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = mg.ones(2, requires_grad=True)
    with record() as tape:
        Twice.apply(x).sum().backward()
    page = opened(tape)
    page.keyboard.press("ArrowRight")
    page.locator("[data-ask='v0.0'] .entry").first.click()
    assert "a Function of your own" in page.locator(".answer").inner_text()


def test_what_does_not_fit_is_left_out_and_said(opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    x, w = mg.rand(64, 40, 10), mg.rand(64, 40, 10, requires_grad=True)
    with record() as tape:
        (x * w).sum().backward()
    tape.save(tmp_path / "page.html", budget=50_000)
    assert (tmp_path / "page.html").stat().st_size < 500_000
    found = to_dict(tape, 50_000)["arrays"]
    assert found["cut"]["bytes"] > 100_000
    assert {tuple(entry["shape"]) for entry in found["index"] if "dim" in entry} >= {(64, 40, 10)}


def test_a_store_has_each_array_once() -> None:
    store = Store()
    a = np.arange(3.0)
    assert [store.add(a), store.add(a.copy()), store.add(a.astype(np.float32)), store.add(a[None])] == [0, 0, 1, 2]
    assert store.to_dict()["cut"] is None


def test_an_entry_that_the_page_has_not_kept_gets_no_verdict(opened: Any, tmp_path: Path) -> None:
    x, w, b = mg.rand(64, 500), mg.rand(3, 500, requires_grad=True), mg.rand(3, requires_grad=True)
    with record() as tape:
        y = mg.nn.functional.linear(x, w, b)
        (y * 2).sum().backward()
    tape.save(tmp_path / "page.html", budget=80_000)
    page = opened(tmp_path / "page.html")
    told = "(key, i) => { const d = document.createElement('div'); d.innerHTML = answer(key, i); return d.innerText; }"
    ask = f"([key, i]) => ({told})(key, i)"
    text = plain(page.evaluate(ask, ["s0", 63 * 500]))
    assert "not kept on the page" in text
    assert "?" not in text
    text = plain(page.evaluate(ask, ["v0.0", 191]))  # the sum is missing, the bias is not
    found = re.search(r"= ([\d.]+) \+", text)
    assert found is not None
    assert float(found[1]) == pytest.approx(y.array[63, 2] - b.array[2], rel=1e-3)
    assert "less the other" in text
    assert "NaN" not in text


def test_what_was_not_selected(opened: Any) -> None:
    rows = mg.rand(1, 3, 2, requires_grad=True)
    with record() as tape:
        (rows[:, -1] * 2).sum().backward()
    page = opened(tape)
    page.evaluate("goTo(steps().findIndex(e => e[0] === 'backward' && e[1] === 0) + 1)")
    page.locator("[data-ask='d0.0.0'] .entry").first.click()
    assert "0: this entry was not selected" in page.locator(".answer").inner_text()
    assert page.locator(".answer [data-verdict=exact]").count() == 1


def test_a_hook_is_a_row_of_the_answer(opened: Any) -> None:
    a = mg.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        b = a * 3
        b.register_hook(lambda g: g * 10)
        c = b.sigmoid()
        c.grad_fn.register_hook(lambda sent, arrived: (sent[0] * 4,))
        (c.sum() + b.sum()).backward()
    page = opened(tape)
    slope = c.array[0] * (1 - c.array[0])
    for key, before, factor in (("u0.0.0", 1 + 4 * slope, 10), ("d1.0.0", slope, 4)):
        page.evaluate(f"goTo(steps().findIndex(e => e[0] === 'backward' && e[1] === {key[1]}) + 1)")
        page.locator(f"[data-ask='{key}'] .entry").first.click()
        row = page.locator(".answer [data-hook]")
        assert "the hook" in row.inner_text()
        assert float(row.get_attribute("data-hook")) == pytest.approx(before * factor, rel=1e-5)
        assert page.locator(".answer [data-verdict]").get_attribute("data-verdict") in ("exact", "rounded")


def test_a_training_of_many_steps_stays_below_5_mb(tmp_path: Path, browser: Any) -> None:
    """No array of it is large; together they would be three times as much. What is on the page still adds up."""
    net = mg.nn.Sequential(mg.nn.Linear(64, 64), mg.nn.ReLU(), mg.nn.Linear(64, 64), mg.nn.ReLU(), mg.nn.Linear(64, 10))
    optimizer = mg.optim.Adam(net.parameters(), lr=0.01)
    with record() as tape:
        for _ in range(20):
            optimizer.zero_grad()
            mg.nn.functional.cross_entropy(net(mg.rand(64, 64)), mg.randint(0, 10, (64,))).backward()
            optimizer.step()
    tape.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 5_000_000
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    assert page.evaluate("TAPE.arrays.cut.bytes") > 7_000_000
    assert page.evaluate("audit(3).wrong") == []
    page.evaluate("goTo(steps().length)")
    page.close()


def test_maps_are_never_cut() -> None:
    store = Store()
    numbers = {store.add(np.random.rand(100, 300)), store.add_map(np.arange(30_000))}
    index = store.to_dict(100)["index"]
    assert ["dim" in index[k] for k in sorted(numbers)] == [True, False]


def test_a_recurrent_layer_is_told_one_level_at_a_time(opened: Any) -> None:
    lstm, x = mg.nn.LSTM(3, 2), mg.rand(4, 1, 3, requires_grad=True)
    with record() as tape:
        lstm(x)[0][-1].sum().backward()
    page = opened(tape)
    number = next(node.number for node in tape.nodes if node.op == "lstm_layer")
    page.evaluate(f"goTo(steps().findIndex(e => e[0] === 'backward' && e[1] === {number}) + 1)")
    page.locator(f"[data-ask='d{number}.0.0'] .entry").first.click()
    answer = page.locator(".answer")
    assert "(0 +" not in plain(answer.inner_text())
    assert max(len(plain(text)) for text in answer.locator("td").all_inner_texts()) < 120
    before = answer.locator("details").count()
    answer.locator("details summary").first.click()
    page.wait_for_function(f"document.querySelectorAll('.answer details').length > {before}")
    assert answer.locator("[data-verdict]").get_attribute("data-verdict") in ("exact", "rounded")
