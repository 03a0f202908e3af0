"""What doctests see, everywhere in the tree; the options of the test suite are in tests/conftest.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad


def pytest_configure(config: pytest.Config) -> None:
    # overflow, 0/0 and log(0) are silent, as in torch: `import minigrad` asks for it, pytest forgets it
    config.addinivalue_line("filterwarnings", r"ignore::RuntimeWarning:minigrad\b")


@pytest.fixture(autouse=True)
def _names_in_doctests(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace.update(minigrad=minigrad, np=np)
