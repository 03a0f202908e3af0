"""No test here may hang, and none may leave a process behind."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

LONGEST = 30  # seconds


@pytest.fixture(autouse=True)
def _no_hang(request: pytest.FixtureRequest) -> Iterator[None]:
    def give_up(*_: Any) -> None:
        raise TimeoutError(f"{request.node.name} took more than {LONGEST} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _no_process_left(_no_hang: None) -> Iterator[None]:
    yield
    if multiprocessing.active_children():
        gc.collect()  # a traceback may hold an iterator
    assert multiprocessing.active_children() == []


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both engines warn of more workers than processors, and the tests take two."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
