"""Options and fixtures of the whole suite: golden files, the reference device, how hard hypothesis looks, a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch as _torch
from hypothesis import HealthCheck, settings

import minigrad
from minigrad.microscope import Tape
from reference_torch.oracle import compute_on
from tests.shared import draw

settings.register_profile(
    "default",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("ci", settings.get_profile("default"), max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what was printed into the golden files")
    parser.addoption("--device", default="auto", help="where the reference computes: cpu, cuda, mps or auto")
    parser.addoption("--sample-seed", type=int, default=0, help="other random numbers in the tables of ops and layers")


def pytest_configure(config: pytest.Config) -> None:
    for engine in (_torch, minigrad):  # the tensors are small, the tests run side by side, idle threads are in the way
        engine.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))
    compute_on(config.getoption("--device"))
    draw.shift = config.getoption("--sample-seed")
    config.addinivalue_line(  # torch's own code, from Python 3.12 on
        "filterwarnings", r"ignore:the \(type, exc, tb\) signature:DeprecationWarning:torch\.utils\._contextlib"
    )
    for nuisance in (  # of CUDA: warnings of what torch does there by itself
        ".* does not have a deterministic implementation",
        ".*defaults to a non-deterministic algorithm",
        "RNN module weights are not part of single contiguous chunk of memory",
        "Attempting to run cuBLAS, but there was no current CUDA context",
    ):
        config.addinivalue_line("filterwarnings", f"ignore:{nuisance}:UserWarning")


@pytest.fixture(params=[_torch, minigrad], ids=["torch", "minigrad"])
def torch(request: pytest.FixtureRequest) -> ModuleType:
    """Each of the engines in turn: what a test demands of minigrad, torch must do too."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden(name, text)``: the text equals ``golden/<name>`` beside the test (or becomes it)."""

    def check(name: str, text: str) -> None:
        path = Path(request.path).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {path.name}: run pytest with --update-golden and look at it"
        assert text == path.read_text(encoding="utf-8")

    return check


# ---- a browser for the microscope's page: the system's Chromium, driven by Playwright ----

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'minigrad[test]'")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[[Tape | Path], Any]]:
    """``opened(tape or file)``: the page at 1280 x 720. What goes to the console or the network fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")

    def open_page(tape: Tape | Path) -> Any:
        path = tape if isinstance(tape, Path) else tmp_path / "backprop.html"
        if isinstance(tape, Tape):
            tape.save(path)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.extend([request.url] if request.url.startswith("http") else []))
        page.goto(path.as_uri())
        return page

    yield open_page
    context.close()
    assert complaints == []
