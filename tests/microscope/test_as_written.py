"""The page says what the program has: its values before a write, its shapes, its settings, its training steps."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad as mg
from minigrad.microscope import record
from tests.microscope.recorded import leaf

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


# ---- values ----


def whole(h: Any) -> None:
    h[0] = 7.0


def column(h: Any) -> None:
    h[:, 1].mul_(2)


def flat(h: Any) -> None:
    h.view(-1).add_(1)


def view_of_a_view(h: Any) -> None:
    h[1][0].fill_(0)


@pytest.mark.parametrize("write", [whole, column, flat, view_of_a_view])
def test_a_write_to_a_view_took_the_base_as_it_was(write: Any) -> None:
    w = mg.tensor([[1.0, -1.0], [2.0, 3.0]], requires_grad=True)
    with record() as tape:
        h = w * 3
        write(h)
        h.sum().backward()
    (node,) = [node for node in tape.nodes if node.op == "overwrite"]
    assert node.arguments["base"].value.tolist() == [[3, -3], [6, 9]]
    assert node.outputs[0].tolist() == h.tolist() != [[3, -3], [6, 9]]


# ---- training steps ----


def test_a_gradient_of_a_gradient_is_one_training_step(opened: Any) -> None:
    x = mg.tensor(2.0, requires_grad=True)
    with record() as tape:
        y = x**3
        (g,) = mg.autograd.grad(y, x, create_graph=True)
        (g * g).backward()
    page = opened(tape)
    assert set(tape.to_dict()["rounds"]) == {1}
    assert page.evaluate("trainingSteps().length") == 1


def test_an_update_begins_the_next_training_step(opened: Any) -> None:
    w = leaf(1.0)
    optimizer = mg.optim.SGD([w], lr=0.1)
    with record() as tape:
        for _ in range(2):
            optimizer.zero_grad()
            for scale in (1, 2):
                (w * scale).sum().backward()
            optimizer.step()
    assert opened(tape).evaluate("trainingSteps().map(([, ops]) => ops.length)") == [4, 4]


# ---- which way a step goes ----


def steps(make: Any, zero: bool, start: float = 1.0, count: int = 6) -> Any:
    """A few steps in a bowl whose ground is at 0."""
    w = leaf(start)
    optimizer = make([w])
    with record() as tape:
        for _ in range(count):
            if zero:
                optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
    return tape


@pytest.mark.parametrize(
    ("make", "zero", "ways"),
    [
        (lambda p: mg.optim.SGD(p, lr=0.1), True, {"wayDown"}),
        (lambda p: mg.optim.SGD(p, lr=0.4), False, {"wayDown", "wayUphill"}),
        (lambda p: mg.optim.SGD(p, lr=0.4, momentum=0.9), True, {"wayDown", "wayUphill"}),
        (lambda p: mg.optim.Adam(p, lr=0.5), True, {"wayDown", "wayUphill"}),
        (lambda p: mg.optim.SGD(p, lr=0.1, maximize=True), True, {"wayUp"}),
    ],
)
def test_downhill_is_said_where_it_is_true(opened: Any, make: Any, zero: bool, ways: set[str]) -> None:
    tape = steps(make, zero)
    page = opened(tape)
    seen = set()
    for moment, (kind, number) in enumerate(tape.events, 1):
        if kind != "step":
            continue
        (item,) = tape.changes[number].items
        page.evaluate(f"goTo({moment})")
        why = page.locator("#panel [data-why]").get_attribute("data-why")
        way = page.locator("#panel [data-way]").first.get_attribute("data-way") if why == "stepApart" else "wayDown"
        seen.add(way)
        downhill = float((item.before * (item.after - item.before)).sum()) < 0  # the gradient is 2 w
        assert (way == "wayDown") == downhill
    assert seen == ways


def test_the_direction_of_several_numbers() -> None:
    w = leaf(1.0, -1.0, 0.0)
    optimizer = mg.optim.SGD([w], lr=0.1, momentum=0.9)
    with record() as tape:
        for scale in ([1.0, 1.0, 1.0], [1.0, -0.5, 0.0]):
            optimizer.zero_grad()
            (w * mg.tensor(scale)).sum().backward()
            optimizer.step()
    found = [c["items"][0]["direction"] for c in tape.to_dict()["changes"] if c["kind"] == "step"]
    assert [(d["against"], d["of"]) for d in found] == [(3, 3), (1, 2)]
    assert found[1]["along"] == pytest.approx(-0.19 + 0.5 * 0.04)


# ---- shapes ----

F = mg.nn.functional
SCORES = {"requires_grad": True}
LOSSES: dict[str, tuple[Any, Any]] = {
    "cross_entropy": (lambda y: F.cross_entropy(mg.ones(3, 4, **SCORES), y), [0, 2, 1]),
    "CrossEntropyLoss": (lambda y: mg.nn.CrossEntropyLoss()(mg.ones(3, 4, **SCORES), y), [0, 2, 1]),
    "ignored": (lambda y: F.cross_entropy(mg.ones(3, 4, **SCORES), y), [0, -100, 1]),
    "smoothed": (lambda y: F.cross_entropy(mg.ones(3, 4, **SCORES), y, label_smoothing=0.1), [0, 2, 1]),
    "one": (lambda y: F.cross_entropy(mg.ones(4, **SCORES), y), 2),
    "images": (lambda y: F.cross_entropy(mg.ones(1, 4, 2, 2, **SCORES), y), [[[0, 2], [1, 3]]]),
    "rows of images": (lambda y: F.nll_loss(mg.ones(1, 4, 3, **SCORES), y), [[0, 2, 1]]),
    "nll_loss": (lambda y: F.nll_loss(F.log_softmax(mg.ones(3, 4, **SCORES), 1), y), [0, 2, 1]),
    "mse_loss": (lambda y: F.mse_loss(mg.ones(1, 3, **SCORES), y), [[0.0, 2.0, 1.0]]),
    "linear": (lambda y: F.linear(y, mg.ones(2, 3, **SCORES), mg.ones(2)), [[[0.0, 2.0, 1.0]]]),
    "attention": (lambda y: mg.nn.MultiheadAttention(2, 1)(y, y, y)[0], [[[0.0, 2.0]], [[1.0, 2.0]]]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_tensor_has_the_shape_that_the_program_gave_it(name: str) -> None:
    loss, numbers = LOSSES[name]
    y = mg.tensor(numbers)
    with record() as tape:
        loss(y).sum().backward()
    data = tape.to_dict()
    (source,) = [s for s in data["sources"] if s["name"] == "y"]
    assert (source["value"]["shape"], source["value"]["values"]) == (list(y.shape), y.tolist())
    taken = [a for node in data["nodes"] for a in node["arguments"] if a.get("source") == source["id"]]
    assert taken
    for a in taken:
        seen = a.get("shown", a["value"])
        assert (seen["shape"], seen["values"]) == (list(y.shape), y.tolist())


def test_the_user_of_a_view_sees_the_view() -> None:
    y = mg.tensor([1.0, 2.0, 3.0, 4.0])
    with record() as tape:
        F.linear(y.view(2, 2), mg.ones(1, 2, **SCORES)).sum().backward()
    assert tape.sources[0].value.tolist() == [[1, 2], [3, 4]]


def test_the_panel_of_a_loss_has_the_labels(opened: Any) -> None:
    labels = mg.tensor([0, 2])
    scores = mg.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]], requires_grad=True)
    with record() as tape:
        F.cross_entropy(scores, labels).backward()
    page = opened(tape)
    page.evaluate("goTo(1)")
    boxes = page.locator("#panel .tensor").all_inner_texts()
    assert [text.split("\n")[-1] for text in boxes if "labels" in text] == ["[0, 2]"]
    x = mg.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    weight = mg.tensor([[2.0, 3.0]], requires_grad=True)
    with record() as tape:
        F.linear(x, weight, mg.ones(1)).sum().backward()
    page = opened(tape)  # which computes the product again, from a number of x that is another
    world = "new World({0: {3: 5}}).output(TAPE.nodes[0], 0)"
    assert tape.sources[0].name == "x"
    assert page.evaluate(f"(() => {{ const y = {world}; return [y.at(0), y.at(1)]; }})()") == [9, 22]


# ---- settings ----


def settings(tape: Any) -> dict[str, str]:
    """{op: what it says of its settings}"""
    taken: Any = lambda node: [a for a in node["arguments"] if a["kind"] == "value"]
    return {node["op"]: "; ".join(a["text"] for a in taken(node)) for node in tape.to_dict()["nodes"]}


def test_settings_are_said_as_a_program_writes_them() -> None:
    x = mg.ones(1, 1, 5, 5, requires_grad=True)
    w = mg.ones(1, 1, 3, 3)
    with record() as tape:
        h = F.conv2d(x, w, padding=1, stride=(1, 2))
        F.max_pool2d(h, 2)
        F.avg_pool2d(h, (2, 1), stride=1)
        F.pad(h, (1, 2, 0, 0), mode="replicate")
        h[0]
        h[:, 0, 1:3]
        h[..., None]
        h[[0, 0]]
        h.double()
    found = settings(tape)
    assert found["convolution"] == "None; stride=(1, 2), padding=1"
    assert found["max_pool2d"] == "kernel_size=2, stride=2"
    assert found["avg_pool2d"].startswith("kernel_size=(2, 1), stride=1")
    assert found["replication_pad2d"] == "pad=(1, 2, 0, 0)"
    assert found["to_dtype"] == "torch.float64"
    keys = [a["text"] for n in tape.to_dict()["nodes"] for a in n["arguments"] if a["parameter"] == "key"]
    assert keys[0] == "h[0]"
    assert "h[:, 0, 1:3]" in keys or {"h[:, 0]"} <= set(keys)
    assert keys[-1] == "h[[0, 0]]"


def test_a_write_says_where() -> None:
    w = mg.ones(2, 3, requires_grad=True)
    with record() as tape:
        h = w * 2
        h[0][1:] = 5.0
        h.t()[0].mul_(2)
    paths = [a["text"] for n in tape.to_dict()["nodes"] for a in n["arguments"] if a["parameter"] == "path"]
    assert paths == ["h[0][1:]", "h.t()[0]"]


def test_arrays_among_the_settings_are_shown_as_tensors(opened: Any) -> None:
    x = mg.tensor([[1.0, 2.0], [3.0, 6.0]])
    norm = mg.nn.BatchNorm1d(2)
    with record() as tape:
        norm(x).sum().backward()
    page = opened(tape)
    page.evaluate("goTo(TAPE.events.findIndex(e => e[0] === 'forward') + 1)")
    text = page.locator("#panel").inner_text()
    for said in ("mean", "[2, 4]", "var", "[1, 4]"):
        assert said in text
    assert "array(" not in text
    assert " object at " not in str(tape.to_dict())


# ---- clipped gradients ----


def test_clipping_is_one_event(opened: Any) -> None:
    a, b = leaf(1.0, 2.0), leaf(3.0)
    with record() as tape:
        (a.sum() * 3 + b * 4).sum().backward()
        mg.nn.utils.clip_grad_norm_([a, b], 0.5)
        mg.nn.utils.clip_grad_norm_([a, b], 10.0)
        mg.nn.utils.clip_grad_value_(iter([a, b]), 0.1)
    assert [(change.kind, change.by, len(change.items)) for change in tape.changes[2:]] == [
        ("clip", "clip_grad_norm_", 2),
        ("clip", "clip_grad_norm_", 2),
        ("clip", "clip_grad_value_", 2),
    ]
    rows = [row[5:] for row in str(tape).splitlines() if "clip" in row and "backward" not in row]
    assert rows[0] == "clip_grad_norm_: norm of all gradients 5.831 -> 0.5, all x 0.08575"
    assert rows[1].endswith("0.5 -> 0.5, all x 1")
    assert rows[2] == "clip_grad_value_: norm of all gradients 0.5 -> 0.1732"
    page = opened(tape)
    page.evaluate("goTo(TAPE.events.findIndex(e => e[0] === 'clip') + 1)")
    panel = page.locator("#panel")
    assert "their norm went from 5.831 to 0.5." in panel.inner_text()
    assert float(panel.locator("[data-factor]").get_attribute("data-factor")) == pytest.approx(0.5 / 34**0.5, rel=1e-5)


# ---- names ----


def names(tape: Any) -> list[str]:
    return [source.name for source in tape.sources if source.requires_grad]


def test_modules_in_variables_of_their_own_tell_their_parameters_apart() -> None:
    emb, head = mg.nn.Embedding(5, 4), mg.nn.Linear(4, 3)
    optimizer = mg.optim.SGD([*emb.parameters(), *head.parameters()], lr=0.1)
    with record() as tape:
        optimizer.zero_grad()
        head(emb(mg.tensor([1, 3]))).sum().backward()
    assert names(tape) == ["emb.weight", "head.weight", "head.bias"]
    linear = tape.nodes[1].arguments
    assert (linear["weight"].name, linear["bias"].name) == ("head.weight", "head.bias")
    assert "head.weight.grad" in str(tape)


def test_modules_in_a_list() -> None:
    layers = [mg.nn.Linear(2, 2), mg.nn.Linear(2, 1)]
    with record() as tape:
        x = mg.ones(1, 2)
        for layer in layers:
            x = layer(x)
        x.sum().backward()
    assert names(tape) == ["layers[0].weight", "layers[0].bias", "layers[1].weight", "layers[1].bias"]


def test_one_module_needs_no_name() -> None:
    model = mg.nn.Sequential(mg.nn.Linear(2, 2), mg.nn.Linear(2, 1))
    with record() as tape:
        model(mg.ones(1, 2)).sum().backward()
    assert names(tape) == ["0.weight", "0.bias", "1.weight", "1.bias"]
