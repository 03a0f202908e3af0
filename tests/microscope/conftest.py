"""A browser for the microscope's page: the system's Chromium, driven by Playwright; without one these tests say so."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from minigrad.microscope import Tape

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
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[[Tape], Any]]:
    """``opened(tape)``: the tape's page at 1280 x 720. What goes to the console or the network fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")

    def open_page(tape: Tape) -> Any:
        tape.save(tmp_path / "backprop.html")
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.extend([request.url] if request.url.startswith("http") else []))
        page.goto((tmp_path / "backprop.html").as_uri())
        return page

    yield open_page
    context.close()
    assert complaints == []
