"""The plan of the house, read from the source: who imports whom, where, and how long a file gets."""

from __future__ import annotations

import ast
import functools
import graphlib
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Inside minigrad a file imports from its own layer and from those before it.
LAYERS = (
    "core",
    "gradients",
    "host",
    "types",
    "return_types",
    "printing",
    "random",
    "ops",
    "signatures",
    "linalg",
    "tensor",
    "legacy",
    "limits",
    "amp",
    "cuda",
    "backends",
    "accelerator",
    "switches",
    "autograd",
    "nn",
    "serialization",
    "safetensors",
    "optim",
    "utils",
    "func",
    "testing",
    "microscope",
    "__init__",
)

# Imports inside a function hide who needs whom: each one has its reason here. (file, module): reason
LATE: dict[tuple[str, str], str] = {
    ("minigrad/core/errors.py", "difflib"): "start-up: needed only for an error",
    ("minigrad/core/errors.py", "traceback"): "start-up: needed only for an error",
    ("minigrad/gradients.py", "concurrent.futures"): "start-up: needed only deep inside of backward passes",
    ("minigrad/signatures/doors.py", "minigrad.signatures.shown"): "start-up: needed only for help",
    ("minigrad/serialization/safe.py", "safetensors.numpy"): "an extra: without it, one line that says so",
    (
        "minigrad/utils/data/dataloader.py",
        "minigrad.utils.data.parallel",
    ): "loads multiprocessing, needed by workers only",
    ("lessons/__main__.py", "lessons.runner.run"): "the number of threads is set before NumPy is loaded",
    ("lessons/__main__.py", "lessons.runner.microscope"): "the number of threads is set before NumPy is loaded",
    (
        "lessons/runner/microscope.py",
        "reference_torch.replay",
    ): "needs torch: the page is written without it",
    ("lessons/__main__.py", "lessons.runner.display"): "needs rich: without it, one line that says so",
    ("lessons/runner/train.py", "lessons.runner.compare"): "needs torch: one engine alone does not",
    ("lessons/runner/run.py", "torch"): "needed only when torch is one of the engines",
    ("lessons/runner/run.py", "reference_torch.device"): "needs torch",
    ("lessons/runner/download.py", "torchvision.datasets"): "needed only by --data download",
    ("lessons/data/make.py", "sklearn.datasets"): "made the embedded data, once",
}

# The one circle: ops are methods of Tensor, and their annotations name it. Only a type checker goes round.
FOR_TYPES = {
    ("minigrad/types.py", "minigrad.tensor"),
    ("minigrad/core/op.py", "minigrad.types"),
    ("minigrad/core/inplace.py", "minigrad.types"),
    ("minigrad/gradients.py", "minigrad.types"),
}

# What one reads to know what ``loss.backward()`` does, from the call of an op to ``.grad``: minigrad/core/__init__.py
# names it in an order to read, and says what the other files of the folder are.
READING_FLOOR = (
    *("version", "variable", "node", "table", "op", "record", "plan"),
    *("views", "observe", "roles", "sweep", "hooks", "backward"),
)
AN_EVENING = 600  # lines of code

LONGEST = 450  # lines of code (see code_lines); from about 400 on, look for a seam


@dataclass(frozen=True)
class Import:
    """``file`` imports ``module`` in line ``line``; ``late``: inside a function, ``typed``: under TYPE_CHECKING."""

    file: str
    line: int
    module: str
    late: bool
    typed: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def sources(package: str) -> list[Path]:
    """Every Python file of a top-level package."""
    return sorted((ROOT / package).rglob("*.py"))


def is_module(name: str) -> bool:
    """Whether a dotted name is a file or a package of this tree."""
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


@functools.cache
def imports(path: Path) -> list[Import]:
    """Every import of a file, those inside functions and under TYPE_CHECKING too."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[Import]:
    file = path.relative_to(ROOT)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    typed = {id(node) for block in blocks for statement in block.body for node in ast.walk(statement)}
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = file.parent.parts[: len(file.parent.parts) + 1 - node.level] if node.level else ()
            base = ".".join([*parents, *([node.module] if node.module else [])])
            modules = [f"{base}.{a.name}" if is_module(f"{base}.{a.name}") else base for a in node.names]
        for module in dict.fromkeys(modules):
            yield Import(file.as_posix(), node.lineno, module, id(node) in inside, id(node) in typed)


def layer(module: str) -> int:
    """Which layer of minigrad a module ("minigrad.ops.shape.views") belongs to; the package itself is the last."""
    parts = module.split(".")
    name = parts[1] if len(parts) > 1 else "__init__"
    assert name in LAYERS, f"minigrad/{name} has no place in LAYERS ({Path(__file__).name}) yet"
    return LAYERS.index(name)


def name_of(file: str) -> str:
    """The dotted name of a source file."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def code_lines(path: Path) -> int:
    """How many lines hold code: not blank, no comment, no docstring, no import and no mere alias (``exp = ops.exp``).

    Imports and aliases are tables of names; how many there are is torch's choice.
    """
    text = path.read_text(encoding="utf-8")
    quiet = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in quiet:
            lines.update(range(token.start[0], token.end[0] + 1))
    for parent in ast.walk(ast.parse(text)):
        for node in ast.iter_child_nodes(parent):
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            alias = isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Attribute)
            if (
                docstring
                or isinstance(node, ast.Import | ast.ImportFrom)
                or (alias and isinstance(parent, ast.Module | ast.ClassDef))
            ):
                lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def dependencies(*extras: str) -> set[str]:
    """The distributions that pyproject.toml names for the engine and these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {line.partition(">=")[0] for line in lines}


def outside(package: str) -> list[Import]:
    """What a package imports that is not in the standard library."""
    return [
        found
        for path in sources(package)
        for found in imports(path)
        if found.module.partition(".")[0] not in sys.stdlib_module_names
    ]


def for_types(found: Import) -> bool:
    """Whether an import is a part of the one circle, which only a type checker goes round."""
    return found.typed and (found.file, found.module) in FOR_TYPES


def test_imports_inside_minigrad_run_one_way() -> None:
    wrong = [
        str(found)
        for found in outside("minigrad")
        if found.module.partition(".")[0] == "minigrad"
        and layer(found.module) > layer(name_of(found.file))
        and not for_types(found)
    ]
    assert wrong == [], "upwards: " + " < ".join(LAYERS)


@pytest.mark.parametrize("package", ["minigrad", "reference_torch", "lessons"])
def test_no_circle_between_files(package: str) -> None:
    """Whatever is read first leads on to files that know nothing of it; what only types need (TYPE_CHECKING) counts,
    but for the one circle that annotations need."""
    files = {name_of(path.relative_to(ROOT).as_posix()): path for path in sources(package)}
    graph = {
        name: {found.module for found in imports(path) if not for_types(found)} & files.keys() - {name}
        for name, path in files.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail("a circle: " + " is imported by ".join(error.args[1]))


def test_the_readme_names_every_room() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    house = readme.partition("## The house")[2].partition("\n## ")[0]
    named = set(re.findall(r"[\w./]+", house))
    rooms = [p for base in (ROOT, ROOT / "minigrad") for p in base.iterdir() if (p / "__init__.py").exists()]
    files = [path for path in (ROOT / "minigrad").glob("*.py") if path.stem[0] != "_"]
    expected = {f"{room.name}/" for room in rooms} | {file.name for file in files} | {"runner/", "fast/"}
    assert sorted(expected - named - {"utils/"}) == [] and "utils/data/" in named


def test_minigrad_needs_numpy_only() -> None:
    wrong = [
        str(found)
        for found in outside("minigrad")
        if found.module.partition(".")[0] not in {"minigrad", *dependencies()}
        and not (found.module.startswith("hypothesis") and found.file.startswith("minigrad/testing/"))
        and (found.file, found.module) not in LATE
    ]
    assert wrong == []


def test_reference_torch_needs_torch_and_minigrad_only() -> None:
    allowed = {"minigrad", "reference_torch", "torch", *dependencies()}
    assert [str(found) for found in outside("reference_torch") if found.module.partition(".")[0] not in allowed] == []


def test_lessons_need_their_extra_only() -> None:
    allowed = {"minigrad", "reference_torch", "lessons", *dependencies("lessons")}
    wrong = [found for found in outside("lessons") if found.module.partition(".")[0] not in allowed]
    assert [str(found) for found in wrong if (found.file, found.module) not in LATE] == []


def test_nobody_imports_the_lessons() -> None:
    own = {
        ROOT / "tests",
        ROOT / "tests" / "lessons",
        ROOT / "tests" / "mirror",
    }  # mirror: the course's programs, on their data
    elsewhere = [path for path in sources("tests") if path.parent not in own]
    files = [*sources("minigrad"), *sources("reference_torch"), *elsewhere]
    assert [str(f) for path in files for f in imports(path) if f.module.partition(".")[0] == "lessons"] == []


def test_tests_import_each_other_by_their_full_names() -> None:
    """So that an editor finds them, and no file stands in another's place."""
    files = [path for path in sources("tests") if path.parent.name != "programs"]
    bare = {path.stem for path in files}
    wrong = [found for path in files for found in imports(path) if found.module.partition(".")[0] in bare]
    assert [str(found) for found in wrong] == []


def test_imports_are_at_the_top() -> None:
    packages = ("minigrad", "reference_torch", "lessons")
    late = [found for package in packages for path in sources(package) for found in imports(path) if found.late]
    assert [str(found) for found in late if (found.file, found.module) not in LATE] == [], "no reason in LATE"
    assert LATE.keys() - {(found.file, found.module) for found in late} == set(), "in LATE, but gone"


def test_files_are_short() -> None:
    lengths = {p: code_lines(p) for package in ("minigrad", "reference_torch", "lessons") for p in sources(package)}
    too_long = {path.relative_to(ROOT).as_posix(): n for path, n in lengths.items() if n > LONGEST}
    assert too_long == {}, f"more than {LONGEST} lines of code"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import numpy as np\n", [("numpy", False)]),
        ("from . import shape\n", [("minigrad.ops.shape", False)]),
        ("from .. import random, nowhere\n", [("minigrad.random", False), ("minigrad", False)]),
        ("from ..core.op import op\n", [("minigrad.core.op", False)]),
        ("def f():\n    from torch import nn\n", [("torch", True)]),
        ("if TYPE_CHECKING:\n    from lessons.runner import run\n", [("lessons.runner.run", False)]),
    ],
)
def test_imports_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: list[tuple[str, bool]]
) -> None:
    folder = tmp_path / "minigrad" / "ops"
    folder.mkdir(parents=True)
    (folder / "example.py").write_text(text)
    for name in ("minigrad/ops/shape", "minigrad/random", "minigrad/core/op", "lessons/runner/run"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.py").touch()
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert [(found.module, found.late) for found in imports(folder / "example.py")] == expected


def test_code_lines_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(
        '"""Doc\nstring."""\n\nimport os\n\n# comment\nx = [\n    1,\n]  # why\ny = x\n\n\ndef f():\n    return x\n'
    )
    assert code_lines(file) == 5


def reading_floor() -> dict[str, int]:
    """Lines of code of each file that one reads to know the engine."""
    return {name: code_lines(ROOT / "minigrad" / "core" / f"{name}.py") for name in READING_FLOOR}


def test_the_engine_is_read_in_an_evening() -> None:
    assert sum(reading_floor().values()) <= AN_EVENING, reading_floor()


def test_the_engine_says_in_which_order_to_read_it() -> None:
    text = ast.get_docstring(ast.parse((ROOT / "minigrad" / "core" / "__init__.py").read_text(encoding="utf-8"))) or ""
    lines = re.findall(r"^ {4}(\w+(?:, \w+)*)  ", text, re.M)
    named = [name for line in lines for name in line.split(", ")]
    files = [path.stem for path in sources("minigrad/core") if path.parent.name == "core" and path.stem != "__init__"]
    assert sorted(named) == sorted(files) and set(named[: len(READING_FLOOR)]) == set(READING_FLOOR)


if __name__ == "__main__":  # how much one reads to know the engine: lines of code, file by file
    floor = reading_floor()
    rooms = {path.stem: code_lines(path) for path in sources("minigrad/core") if path.parent.name == "core"}
    print(*[f"{n:4} {name}" for name, n in floor.items()], f"{sum(floor.values()):4} to read", sep="\n")
    print(*[f"{n:4} {name}, a room of its own" for name, n in rooms.items() if n and name not in floor], sep="\n")
