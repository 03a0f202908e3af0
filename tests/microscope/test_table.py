"""The tape as text: what came in, what went out, and what is to be said, in 80 columns."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import minigrad as mg
from minigrad.microscope import record


def cells(text: str) -> list[list[str]]:
    """The columns of each row, numbers of lines left out."""
    widths = [5, 17, 34, 51]
    return [[row[a:b].strip() for a, b in zip(widths, [*widths[1:], 80], strict=True)] for row in text.splitlines()]


def test_a_backward_pass() -> None:
    w = mg.tensor([3.0], requires_grad=True)
    with record() as tape:
        y = w * w
        loss = (y + w).sum()
        loss.backward()
    rows = cells(str(tape))
    assert rows[0] == ["op", "incoming", "outgoing", "sum there"]
    assert rows[4:] == [
        ["sum", "1", "[1]", "add #1: [1]"],
        ["add", "[1]", "[1]", "y: [1]"],
        ["", "", "[1]", "w: [1]"],
        ["mul", "[1]", "[3]", "w: [4]"],
        ["", "", "[3]", "w: [7]"],
        ["w.grad = [7]", "", "", ""],
    ]
    assert repr(tape) == "<Tape of 3 ops, 1 backward pass: print it, show() it or save() it>"
    assert str(tape) == tape.table()


def test_several_outputs_and_many_numbers() -> None:
    w = mg.ones(2, 50, requires_grad=True)
    with record() as tape:
        a, b = w.unbind()
        (b * 2).sum().backward()
    rows = cells(str(tape))
    assert rows[-2] == ["unbind", "1: 50 |14.14|", "2x50 |14.14|", "w: 2x50 |14.14|"]
    assert a.shape == (50,)


def test_training() -> None:
    w = mg.tensor([1.0], requires_grad=True)
    w.register_hook(lambda g: g * 2)
    optimizer = mg.optim.SGD([w], lr=0.1)
    with record() as tape:
        for _ in range(2):
            (w * 2).sum().backward()
            optimizer.step()
        optimizer.zero_grad()
        w.data.mul_(2)
        mg.autograd.grad((w * w).sum(), w)
        w.grad = mg.ones(1)
        optimizer.zero_grad()
    text = str(tape)
    for said in (
        "step 2, backward: (w * 2).sum().backward()",
        "a hook, at w: [2] -> [4]",
        "w.grad = [4]",
        "w.grad = [4] + [4] = [8]   the sum of 2 passes",
        "SGD.step: w [0.6] -> [-0.2]\n",
        "\nSGD.step: each parameter w, with g = w.grad, lr = 0.1:\n  w <- w - lr * g",
        "! this gradient is the sum of steps 1 to 2: no zero_grad between them.",
        "SGD.zero_grad: w.grad [8] -> None",
        "mul_: w [-0.2] -> [-0.4]",
        "autograd.grad: ",
        ".grad =: w.grad None -> [1]",
    ):
        assert said in text, text
    assert max(map(len, text.splitlines())) <= 80


def test_nothing_to_tell() -> None:
    with record() as tape:
        mg.optim.SGD([mg.ones(1, requires_grad=True)], lr=0.1).step()
    assert "no backward pass was recorded of this thread" in str(tape)
    assert "SGD.step: no gradient is there" in str(tape)


def test_numpy_is_all_that_it_needs() -> None:
    program = """
import sys
for name in ("torch", "rich"): sys.modules[name] = None
import minigrad
w = minigrad.ones(1, requires_grad=True)
with minigrad.microscope.record() as tape: (w * 2).sum().backward()
print(tape)
"""
    done: Any = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "w.grad = [2]" in done.stdout


def lines_of(optimizer: Any, *shape: int) -> list[str]:
    """The table of two steps, none of whose rows is cut."""
    w = mg.rand(*shape, requires_grad=True)
    steps = optimizer([w])
    with record() as tape:
        for _ in range(2):
            steps.zero_grad()
            (w * w).sum().backward()
            steps.step()
    rows = str(tape).splitlines()
    assert max(map(len, rows)) <= 80
    assert [row for row in rows if ".." in row] == []
    return rows


def test_the_formula_of_a_step_is_told_once_and_whole() -> None:
    rows = lines_of(lambda p: mg.optim.Adam(p, lr=0.1), 4)
    assert rows[-9:] == [
        "  m <- beta1 * m + (1 - beta1) * g",
        "  v <- beta2 * v + (1 - beta2) * g ** 2",
        "  m_hat <- m / (1 - beta1 ** t)",
        "  v_hat <- v / (1 - beta2 ** t)",
        "  w <- w - lr * m_hat / (sqrt(v_hat) + eps)",
        "  m: exp_avg, kept from step to step",
        "  v: exp_avg_sq, kept from step to step",
        "  m_hat, v_hat: of this step only",
        "  t: the number of the step",
    ]
    assert [row for row in rows if row.startswith("Adam.step")] == [
        "Adam.step: each parameter w, with g = w.grad, lr = 0.1, beta1 = 0.9, beta2 ="
    ]
    rows = lines_of(lambda p: mg.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), 4)
    assert rows[-5:] == [
        "  v <- momentum * v + g",
        "  u <- g + momentum * v",
        "  w <- w - lr * u",
        "  v: momentum_buffer, kept from step to step",
        "  u: of this step only",
    ]


def test_chinese_names_keep_to_80_columns() -> None:
    损失函数的权重参数张量 = mg.tensor([1.0, 2.0], requires_grad=True)
    with record() as tape:
        结果 = 损失函数的权重参数张量 * 损失函数的权重参数张量 + 损失函数的权重参数张量 * 损失函数的权重参数张量 * 3
        结果.sum().backward()
    rows = [len(row) + sum("一" <= c <= "鿿" for c in row) for row in str(tape).splitlines()]
    assert max(rows) <= 80
