"""Every torch name that is promised is there, and API.md, made of the code, says how near it is to torch's and where
its derivative stands. ``pytest tests/test_api.py --update-golden`` writes the page anew.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

import minigrad
from minigrad.core.op import OPS
from tests.ops.table import ROWS
from tests.own_names import OWN

ROOT = Path(__file__).parent.parent

TITLES = {
    "op": "Functions",
    "module": "Layers and losses",
    "optimizer": "Optimizers",
    "scheduler": "Learning rates",
}


@dataclass(frozen=True)
class Name:
    """A torch name: "op A add"."""

    kind: str
    tier: str
    name: str

    def find(self, package: Any) -> Any:
        """What it stands for, None if it is not there: a function of the package, or else a method of its Tensor."""
        found = package
        for part in self.name.split("."):
            found = getattr(found, part, None)
        method = getattr(package.Tensor, self.name, None)
        return method if found is None or self.name in ("float", "double", "int", "long", "bool") else found


NAMES = [
    Name(*line.split())
    for line in (Path(__file__).parent / "torch_names.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.name)
def test_it_is_there(name: Name) -> None:
    assert name.find(torch) is not None, "no torch name"
    ours = name.find(minigrad)
    assert ours is not None
    assert callable(ours) or isinstance(ours, property)


@pytest.mark.parametrize("name", [n for n in NAMES if "." not in n.name and n.kind == "op"], ids=lambda name: name.name)
def test_it_is_a_method_where_torch_has_one(name: Name) -> None:
    for spelling in (name.name, f"{name.name}_"):
        if not spelling.startswith("__") and hasattr(torch.Tensor, spelling):
            assert hasattr(minigrad.Tensor, spelling), f"Tensor.{spelling}"


@pytest.mark.parametrize("name", [n for n in NAMES if n.kind != "op"], ids=lambda name: name.name)
def test_it_takes_torchs_arguments(name: Name) -> None:
    """The constructor's parameters have torch's names, in torch's order."""
    ours, theirs = [list(inspect.signature(name.find(package)).parameters) for package in (minigrad, torch)]
    keywords = [p for p in theirs if p not in ("args", "kwargs")]
    assert [p for p in ours if p in keywords] == keywords or "kwargs" in ours, f"torch takes {theirs}, we take {ours}"


# ---- the page ----


def rows_of(name: Name) -> list[Any]:
    short = name.name.split(".")[-1]
    return [row for row in ROWS if row.name in (name.name, f"Tensor.{name.name}") or row.name.split(".")[-1] == short]


def derivative(name: Name, ours: Any) -> str:
    """The file that holds the derivative, or that makes the function of others which have one."""
    short = name.name.split(".")[-1]
    covered = [op for row in rows_of(name) for op in (row.covers or (short,)) if op in OPS]
    for op in [short, *covered]:
        rules = [*OPS[op].rules.values(), OPS[op].joint] if op in OPS else []
        for rule in rules:
            if rule is not None:
                return path_of(rule.__code__.co_filename)
    function = inspect.unwrap(ours.fget if isinstance(ours, property) else ours)
    return path_of(inspect.getfile(function))


def path_of(file: str) -> str:
    path = Path(file).relative_to(ROOT).as_posix()
    return f"[{path.removeprefix('minigrad/')}]({path})"


def nearness(name: Name) -> str:
    rows = rows_of(name)
    if not rows:
        return "as torch"
    exact = not any(row.grad for row in rows) and rows[0].rtol <= 1e-9
    return "exact" if exact else f"within {rows[0].rtol:.0e}"


def page() -> Iterator[str]:
    yield "# The torch names that minigrad answers to"
    yield ""
    yield "Made by `pytest tests/test_api.py --update-golden` from the code and the sample table; a test sees to it"
    yield "that it is not stale. *Agreement* is how far, in float64 and relative to the number, a value, its gradient"
    yield "or its second gradient may be from torch's before a test fails; for layers, optimizers and learning rates"
    yield "the tests compare outputs, gradients and whole trajectories."
    for kind, title in TITLES.items():
        names = [n for n in NAMES if n.kind == kind]
        yield ""
        yield f"## {title} ({len(names)})"
        yield ""
        if kind == "op":
            yield "| torch | here | agreement | derivative |"
            yield "|---|---|---|---|"
        else:
            yield "| torch | here | where |"
            yield "|---|---|---|"
        for name in names:
            ours = name.find(minigrad)
            if ours is None:
                yield f"| `{name.name}` | no |" + " |" * (2 if kind == "op" else 1)
            elif kind == "op":
                yield f"| `{name.name}` | yes | {nearness(name)} | {derivative(name, ours)} |"
            else:
                yield f"| `{name.name}` | yes | {path_of(inspect.getfile(ours))} |"


def own_names() -> Iterator[str]:
    yield ""
    yield "## Names that torch has not"
    yield ""
    yield "| of | name | what it is for |"
    yield "|---|---|---|"
    for of, names in OWN.items():
        for name, reason in names.items():
            yield f"| `{of}` | {' '.join(f'`{n}`' for n in name.split())} | {reason} |"


def test_the_page_is_not_stale(request: pytest.FixtureRequest) -> None:
    text = "\n".join([*page(), *own_names()]) + "\n"
    path = ROOT / "API.md"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run pytest tests/test_api.py --update-golden and look at the diff"
