"""The page says what the program has: its values before a write, its shapes, its settings, its training steps."""

from __future__ import annotations

from typing import Any

import pytest

import minigrad as mg
from minigrad.microscope import record

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def leaf(*values: float) -> Any:
    return mg.tensor(values, requires_grad=True)


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
    assert opened(tape).evaluate("trainingSteps().map(step => step.length)") == [4, 4]
