"""Options and fixtures of the whole suite: golden files, the reference's device, how hard hypothesis looks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch as _torch
from hypothesis import HealthCheck, settings

import minigrad
from reference_torch.oracle import compute_on

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


def pytest_configure(config: pytest.Config) -> None:
    for engine in (_torch, minigrad):  # the tensors are small, the tests run side by side, idle threads are in the way
        engine.set_num_threads(1)
    compute_on(config.getoption("--device"))


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
