"""Modes belong to a thread; graphs may be shared between threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest


def in_thread(work: Callable[[], Any]) -> Any:
    """What ``work`` returns in a thread of its own."""
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    thread.join()
    return result[0]


def test_grad_mode_is_local_to_the_thread(torch: Any) -> None:
    with torch.no_grad():
        assert in_thread(torch.is_grad_enabled)
    with torch.inference_mode():
        assert not in_thread(torch.is_inference_mode_enabled)
    in_thread(lambda: torch.set_grad_enabled(False))
    assert torch.is_grad_enabled()


def test_threads_with_graphs_of_their_own(torch: Any) -> None:
    def work() -> Any:
        x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
        y = x
        for _ in range(200):
            y = y * x
            y = y / x
        y.sum().backward()
        return x.grad.tolist()

    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(r == pytest.approx([1.0, 1.0]) for r in results)


def test_threads_on_a_shared_graph(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = (x * x).exp().sum()
    expected = torch.autograd.grad(y, x, retain_graph=True)[0].tolist()
    results: list[Any] = []

    def work() -> None:
        for _ in range(50):
            results.append(torch.autograd.grad(y, x, retain_graph=True)[0].tolist())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 100


def test_backward_leaves_the_mode_as_it_was(torch: Any) -> None:
    x = torch.tensor([1.0], requires_grad=True)
    y = x * x
    with torch.no_grad():
        y.backward(retain_graph=True)
        assert not torch.is_grad_enabled()
    y.register_hook(lambda g: g.no_such_attribute)
    with pytest.raises(AttributeError):
        y.backward()
    assert torch.is_grad_enabled()
