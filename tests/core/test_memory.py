"""Depth and memory: nothing is recursive, nothing is cyclic, everything is freed when it is dropped."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import minigrad


def leaf(*values: float) -> Any:
    return minigrad.tensor(values or (1.0, 2.0, 3.0), requires_grad=True)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_chain_of_a_million_ops() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + x
    y.backward()
    assert x.grad.item() == 1_000_001
    del y  # freeing the chain must not recurse either


def test_dropping_a_long_chain_without_backward() -> None:
    y = leaf(1.0)
    for _ in range(100_000):
        y = y.exp()
    del y


def test_freeing_a_long_chain_by_backward() -> None:
    x = leaf(0.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 2.0


# ---- each of these leaves nothing that only the garbage collector could free ----


def forward_only(x: Any) -> Any:
    return (x * x).exp().sum()


def backward(x: Any) -> Any:
    y = (x * x).exp().sum()
    y.backward()
    return y


def retained_graph(x: Any) -> Any:
    y = (x * x).exp().sum()
    y.backward(retain_graph=True)
    return y


def inplace(x: Any) -> Any:
    y = x * 1
    y.mul_(2.0).add_(x).exp_()
    y.sum().backward()
    return y


def inplace_on_a_view(x: Any) -> Any:
    y = x * 1
    part = y[:2]
    other = y[1:]
    part.mul_(2.0)
    other.mul_(x[1:])
    part.exp_()
    (part.sum() + y.sum()).backward()
    return y, part, other


def view_of_a_view(x: Any) -> Any:
    y = x * 1
    y[:2][1:].mul_(2.0)
    y.sum().backward()
    return y


def double_backward(x: Any) -> Any:
    (g,) = minigrad.autograd.grad((x * x).exp().sum(), x, create_graph=True)
    (h,) = minigrad.autograd.grad(g.sum(), x)
    return g, h


def hooked(x: Any) -> Any:
    y = x.exp()
    y.register_hook(lambda g: g * 2)
    y.retain_grad()
    y.sum().backward()
    return y, y.grad


def custom_function(x: Any) -> Any:
    class Exp(minigrad.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[1]

    y = Exp.apply(x)
    keep.append(Exp)  # a class is itself a cycle
    y.sum().backward(retain_graph=True)
    return y


def refused(x: Any) -> Any:
    y = x * x
    z = y.exp()
    z.add_(1.0)
    with pytest.raises(RuntimeError):
        z.sum().backward()
    return y


keep: list[Any] = []
PROGRAMS = [
    forward_only, backward, retained_graph, inplace, inplace_on_a_view, view_of_a_view, double_backward, hooked,
    custom_function,
]  # fmt: skip


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_no_cycles(program: Callable[[Any], Any]) -> None:
    program(leaf())  # caches are filled
    gc.collect()
    x = leaf()
    gone = weakref.ref(x)
    results = program(x)
    tensors = results if isinstance(results, tuple) else (results,)
    nodes = [weakref.ref(y.node) for y in tensors if y.node is not None]
    del tensors
    del x, results
    assert gone() is None
    assert [node() for node in nodes] == [None] * len(nodes)
    assert gc.collect() == 0


def test_a_graph_under_create_graph_backward_is_a_cycle_until_grad_is_reset() -> None:
    x = leaf()
    (x * x).sum().backward(create_graph=True)
    gone = weakref.ref(x)
    x.grad = None
    del x
    assert gone() is None


def test_backward_frees_what_was_saved() -> None:
    x = leaf()
    y = x * 1
    z = (y * y).sum()
    saved = weakref.ref(y)
    del y
    assert saved() is not None
    z.backward()
    assert saved() is None


def test_what_no_rule_names_is_not_kept() -> None:
    x = leaf()
    y = x * 1
    z = y + 1
    unneeded = weakref.ref(y)
    del y
    assert unneeded() is None
    z.sum().backward()


@pytest.mark.usefixtures("no_collector")
def test_a_training_loop_does_not_grow() -> None:
    w, b = leaf(0.5, -0.5, 0.1), leaf(0.0)
    x = minigrad.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    y = minigrad.tensor([1.0, 2.0])

    def step() -> None:
        error = (x * w).sum(1) + b - y
        (error * error).sum().backward()
        with minigrad.no_grad():
            for p in (w, b):
                p.sub_(p.grad * 1e-3)
                p.grad = None

    for _ in range(10):
        step()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(10_000):
        step()
    assert len(gc.get_objects()) - before < 50
    assert gc.collect() == 0


@pytest.mark.skipif(not sys.platform.startswith("linux") or platform.libc_ver()[0] != "glibc", reason="asks glibc")
def test_freed_memory_is_used_again() -> None:
    """A step on large arrays fetches no pages from the operating system once the first steps have."""
    program = """if True:
        import resource, minigrad
        faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        x = minigrad.ones(1_000_000, requires_grad=True)
        for step in range(8):
            if step == 4:
                before = faults()
            (x * x + x).sum().backward()
            x.grad = None
        print(faults() - before)"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    pages_of_one_array = 4_000_000 // 4096
    assert int(done.stdout) < pages_of_one_array, "page faults in four steps"
