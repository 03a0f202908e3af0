"""What doctests see, everywhere in the tree; the options of the test suite are in tests/conftest.py."""

from __future__ import annotations

import doctest
from types import FunctionType
from typing import Any

import numpy as np
import pytest

import minigrad


def is_from(finder: Any, module: Any, found: Any) -> bool:
    """Whether a doctest belongs to a file: a class does where its methods are written, not where it is public."""
    if isinstance(found, type):
        methods = [value for value in vars(found).values() if isinstance(value, FunctionType)]
        return module.__name__ in {method.__module__ for method in methods or [found]}
    return _is_from(finder, module, found)


_is_from = doctest.DocTestFinder._from_module  # type: ignore[attr-defined]
doctest.DocTestFinder._from_module = is_from  # type: ignore[attr-defined]


def pytest_configure(config: pytest.Config) -> None:
    # overflow, 0/0 and log(0) are silent, as in torch: `import minigrad` asks for it, pytest forgets it
    config.addinivalue_line("filterwarnings", r"ignore::RuntimeWarning:minigrad\b")


@pytest.fixture(autouse=True)
def _names_in_doctests(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace.update(minigrad=minigrad, np=np)
