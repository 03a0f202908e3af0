"""The command line of the lessons, run in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch
from rich.console import Console

from lessons import __main__
from lessons.runner import display


@dataclass
class Said:
    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As ``run`` does by default: the idle threads of two engines in one process wait in each other's way."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """``cli("run", "4")``: exit status and what was printed, 80 columns wide."""
    monkeypatch.setattr(display, "console", Console(width=80, highlight=False))
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        monkeypatch.setenv(name, os.environ.get(name, "1"))  # so that what main sets is undone
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", "4")

    def run(*argv: str) -> Said:
        try:
            status = __main__.main(list(argv))
        except SystemExit as stop:
            status = int(stop.code or 0)
        return Said(status, *capsys.readouterr())

    return run
