"""What a stranger finds: the README's commands and examples, the licence, the version, a light import."""

from __future__ import annotations

import ast
import doctest
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch as reference

import minigrad
from lessons.runner.catalogue import LESSONS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "minigrad"
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for line in README.splitlines() if line.startswith("python3 -m venv")]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The table [project] of pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]  # type: ignore[no-any-return]


def test_version(project: dict[str, Any]) -> None:
    assert minigrad.__version__ == project["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## ([\d.]+)", changelog, re.MULTILINE)[0] == project["version"]


def test_small_files(project: dict[str, Any]) -> None:
    assert project["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n\nCopyright (c) 2026 The minigrad authors\n")
    assert (ROOT / "minigrad" / "py.typed").exists()
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_bounds_are_lower_bounds(project: dict[str, Any]) -> None:
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    assert [line for line in lines if not re.fullmatch(r"minigrad\[\w+\]|[\w-]+>=[\d.]+", line)] == []


def test_readme_has_one_command_each_for_lessons_and_tests(project: dict[str, Any]) -> None:
    assert len(COMMANDS) == 2
    for command, extra, module in zip(COMMANDS, ("lessons", "test"), ("lessons run", "pytest"), strict=True):
        make, install, run = " ".join(shlex.split(command)).split(" && ")
        assert make == "python3 -m venv .venv"
        assert install == f".venv/bin/pip install -e .[{extra}]"
        assert extra in project["optional-dependencies"]
        assert run.startswith(f".venv/bin/python -m {module}")


def test_readme_names_files_that_exist() -> None:
    links = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert [target for target in links if not (ROOT / target).exists()] == []


def test_readme_quotes_the_source() -> None:
    (rule,) = re.findall(r"^defgrad.*$", README, re.MULTILINE)
    assert rule in (ROOT / "minigrad" / "ops" / "elementwise" / "arithmetic.py").read_text(encoding="utf-8")


def test_readme_lists_the_lessons() -> None:
    rows = [f"| {x.number} | {x.title} | {x.chinese} | {x.idea} |" for x in LESSONS]
    assert [row for row in rows if row not in README] == []


def test_readme_example(torch: ModuleType) -> None:
    text = README.replace("import minigrad as torch", f"import {torch.__name__} as torch")
    example = doctest.DocTestParser().get_doctest(text, {}, torch.__name__, "README.md", 0)
    printed: list[str] = []
    result = doctest.DocTestRunner().run(example, out=printed.append)
    assert result.attempted > 5
    assert result.failed == 0, "".join(printed)


def printed(program: str) -> list[str]:
    """The words that a program prints, run in the checkout."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_import_loads_numpy_only() -> None:
    loaded = set(printed("import sys, minigrad; print(*{name.partition('.')[0] for name in sys.modules})"))
    loaded -= sys.stdlib_module_names
    assert {"minigrad", "numpy"} <= loaded
    assert loaded & {"torch", "torchvision", "matplotlib", "rich", "hypothesis", "reference_torch", "lessons"} == set()


def test_import_loads_what_every_program_needs() -> None:
    """The other packages come when they are asked for: loading everything takes twice as long."""
    loaded = set(printed("import sys, minigrad; print(*sys.modules)"))
    later = {"nn", "optim", "utils", "func", "ops.conv", "ops.pool", "ops.rnn", "autograd.functional"}
    assert "minigrad.tensor" in loaded and loaded & {f"minigrad.{name}" for name in later} == set()


def test_what_comes_later_comes() -> None:
    """Under every name that the type checker sees; ``dir`` lists them all."""
    tree = ast.parse((ROOT / "minigrad" / "__init__.py").read_text())
    (seen,) = [node.body for node in tree.body if isinstance(node, ast.If)]
    names = [alias.asname for line in seen if isinstance(line, ast.ImportFrom) for alias in line.names]
    names.remove("tensor")  # is there at once: said again, because a file has that name too
    program = f"""
import minigrad
names = {names}
print(*sorted(set(names) & set(dir(minigrad)) - set(vars(minigrad))))
print(*[name for name in names if getattr(minigrad, name) is not vars(minigrad)[name]])
"""
    assert printed(program) == sorted(str(name) for name in names)


def test_the_star_brings_all_functions_as_in_torch() -> None:
    program = """
from types import ModuleType
before = {*globals(), "before"}
from minigrad import *
print(tensor([1.0]), conv2d.__name__)
print(*[name for name, value in globals().items() if name not in before and isinstance(value, ModuleType)])
"""
    assert printed(program) == ["tensor([1.])", "conv2d"]


def is_module_of_torch(place: str) -> bool:
    found: Any = reference
    for part in place.split("."):
        found = getattr(found, part, None)
    return isinstance(found, ModuleType)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_modules_that_torch_has_are_there_without_an_import() -> None:
    """Each as the first that a process asks for: a fork of one that has asked for nothing yet."""
    found = [module.name for module in pkgutil.iter_modules([str(PACKAGE)])]
    inner = [f"{name}.{module.name}" for name in found for module in pkgutil.iter_modules([f"{PACKAGE}/{name}"])]
    places = [place for place in found + inner if is_module_of_torch(place) and not place.startswith("ops.")]
    assert {"nn", "serialization", "autograd.functional", "optim.lr_scheduler", "utils.data"} <= set(places)
    program = f"""
import os, minigrad
for place in {places}:
    if not os.fork():
        found = minigrad
        for part in place.split("."):
            found = getattr(found, part)
        os.write(1, f"{{place}}:{{type(found).__name__}} ".encode())
        os._exit(0)
    os.wait()
"""
    assert printed(program) == [f"{place}:module" for place in places]


def test_threads_may_ask_for_packages_at_once() -> None:
    program = """
import sys, threading
sys.setswitchinterval(1e-6)
threading.excepthook = print
import minigrad
begin = threading.Barrier(4)
def ask(name):
    begin.wait()
    getattr(minigrad, name)
threads = [threading.Thread(target=ask, args=(name,)) for name in ("nn", "save", "func", "optim")]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    for _ in range(4):
        assert printed(program) == []
