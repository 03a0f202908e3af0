"""Every op of the lessons, forward and backward, small and large: ``pytest tests/benchmarks --benchmark-only``.

The two engines stand next to each other in each group, on one thread (tests/conftest.py sees to that): with more, idle
threads of the one would slow the other. Add ``-k "conv2d and large"`` for one op, ``--benchmark-sort=name`` for order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

import minigrad
from minigrad.microscope import record

Call = Callable[[Any, Any], Any]
Case = tuple[Call, tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]

VECTOR = ((8,), (1000, 1000))  # small, large
PAIR = ((8, 8), (64, 784))
IMAGE = ((2, 3, 8, 8), (64, 10, 24, 24))


def method(name: str) -> Call:
    """A method of the first operand, given the others."""
    return lambda torch, a: getattr(a[0], name)(*a[1:])


def functional(name: str, *rest: Any) -> Call:
    """A function of ``torch.nn.functional``."""
    return lambda torch, a: getattr(torch.nn.functional, name)(*a, *rest)


def classes(name: str) -> Call:
    """A loss of scores (N, 10), with true classes 0, 1, 2, ..."""
    return lambda torch, a: getattr(torch.nn.functional, name)(a[0], torch.arange(a[0].shape[0]) % 10)


def letters(torch: Any, a: Any) -> Any:
    """Twice as many rows of a table of embeddings as it has, each twice."""
    return torch.nn.functional.embedding(torch.arange(2 * a[0].shape[0]) % a[0].shape[0], a[0])


@functools.cache
def layer(torch: Any, name: str, width: int) -> Any:
    """A layer as wide inside as outside."""
    return getattr(torch.nn, name)(width, width)


def recurrent(name: str) -> Call:
    """What a recurrent layer or cell says at each step, without the final states."""

    def call(torch: Any, a: Any) -> Any:
        out = layer(torch, name, a[0].shape[-1])(a[0])
        return out[0] if isinstance(out, tuple) else out

    return call


# op: (call, shapes of the operands when small, when large)
OPS: dict[str, Case] = {
    **{name: (method(f"__{name}__"), *((s, s) for s in VECTOR)) for name in ("add", "sub", "mul", "truediv")},
    **{name: (method(name), *((s,) for s in VECTOR)) for name in ("exp", "log", "tanh", "sigmoid", "relu", "sqrt")},
    **{name: (method(name), *((s,) for s in VECTOR)) for name in ("sum", "mean", "max", "flatten", "clone")},
    "pow": (lambda torch, a: a[0] ** 2, *((s,) for s in VECTOR)),
    "add broadcast": (method("__add__"), ((8, 8), (8,)), ((1000, 1000), (1000,))),
    "sum of rows": (lambda torch, a: a[0].sum(1), *((s,) for s in PAIR)),
    "max of rows": (lambda torch, a: a[0].max(1)[0], *((s,) for s in PAIR)),
    "index": (lambda torch, a: a[0][1:, ::2], *((s,) for s in PAIR)),
    "transpose": (lambda torch, a: a[0].t().contiguous(), *((s,) for s in PAIR)),
    "cat": (lambda torch, a: torch.cat(a, 1), *((s, s) for s in IMAGE)),
    "stack": (lambda torch, a: torch.stack(a), *((s, s) for s in IMAGE)),
    "matmul": (method("__matmul__"), ((8, 8), (8, 8)), ((256, 256), (256, 256))),
    "linear": (functional("linear"), ((3, 4), (5, 4), (5,)), ((64, 784), (512, 784), (512,))),
    "softmax": (functional("softmax", 1), *((s,) for s in PAIR)),
    "log_softmax": (functional("log_softmax", 1), *((s,) for s in PAIR)),
    "mse_loss": (functional("mse_loss"), *((s, s) for s in VECTOR)),
    "binary_cross_entropy": (
        lambda torch, a: torch.nn.functional.binary_cross_entropy(a[0].sigmoid(), (a[0] > 0.5).float()),
        *((s,) for s in PAIR),
    ),
    "cross_entropy": (classes("cross_entropy"), ((4, 10),), ((4096, 10),)),
    "nll_loss": (classes("nll_loss"), ((4, 10),), ((4096, 10),)),
    "embedding": (letters, ((8, 4),), ((1000, 100),)),
    "conv2d": (functional("conv2d"), (IMAGE[0], (4, 3, 3, 3), (4,)), (IMAGE[1], (20, 10, 5, 5), (20,))),
    "conv2d 1x1": (functional("conv2d"), (IMAGE[0], (4, 3, 1, 1), (4,)), (IMAGE[1], (16, 10, 1, 1), (16,))),
    **{name: (functional(name, 2), *((s,) for s in IMAGE)) for name in ("max_pool2d", "avg_pool2d")},
    **{name: (recurrent(name), ((5, 3, 4),), ((15, 256, 100),)) for name in ("RNN", "LSTM", "GRU")},
    **{name: (recurrent(name), ((3, 4),), ((256, 100),)) for name in ("RNNCell", "LSTMCell", "GRUCell")},
}


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("name", OPS)
def test_op(torch: Any, benchmark: Any, name: str, size: str, direction: str) -> None:
    call, *shapes = OPS[name]
    torch.manual_seed(0)
    operands = [torch.rand(*shape).add(0.1).requires_grad_() for shape in shapes[size == "large"]]
    benchmark.group = f"{name}, {size}, {direction}"
    if direction == "forward":
        benchmark(call, torch, operands)
    else:
        out = call(torch, operands)
        g = torch.ones_like(out)
        benchmark(lambda: torch.autograd.grad(out, operands, g, retain_graph=True))


@pytest.mark.parametrize("recording", ["never", "before", "now"])
def test_the_microscope_costs_nothing_while_it_does_not_record(benchmark: Any, recording: str) -> None:
    """300 small ops forward and backward: never recorded, after a recording has ended, and within one."""
    x = minigrad.ones(4, requires_grad=True)

    def step() -> None:
        y = x
        for _ in range(100):
            y = (y * 0.5 + x).tanh()
        y.sum().backward()
        x.grad = None

    benchmark.group = "microscope"
    if recording == "never":
        benchmark(step)
        return
    with record():
        step()
        if recording == "now":
            benchmark.pedantic(step, rounds=3, iterations=1)
    if recording == "before":
        benchmark(step)
