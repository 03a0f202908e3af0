"""Whole programs on both engines from one seed: only their imports change, and they print the same numbers.

Those named ``course_*`` are the programs of the course notes, chapters 3 to 12 (1 and 2 use no engine); their epochs
are counted to some 50 steps where the data is large, and they print every loss. The others are what tutorials teach.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import math
import re
import runpy
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import minigrad
from lessons.runner import data

PROGRAMS = Path(__file__).parent / "programs"
COURSE = sorted(path.stem for path in PROGRAMS.glob("course_*.py"))
OTHERS = sorted(path.stem for path in PROGRAMS.glob("*.py") if path.stem[0].islower() and path.stem not in COURSE)
# where a step meets a non-differentiable point within rounding, or a sum cancels
ROUNDING_DECIDES = ["course_09_basic_cnn", "course_10_residual", "course_11_embedding", "mnist_cnn", "ppo_meta"]
ROUNDING_DECIDES += ["siamese", "vit_unet"]  # in float64 they all agree
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?|-?\d+e[-+]?\d+|-?\d+|\bnan\b|\binf\b")
IMPORT = re.compile(r"^( *)(import|from) torch\b(?!vision)", re.MULTILINE)


def translate(source: str) -> str:
    """The program with its imports changed, and nothing else."""
    source = re.sub(r"^( *)import torch$", r"\1import minigrad as torch", source, flags=re.MULTILINE)
    return IMPORT.sub(r"\1\2 minigrad", source)


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs for either engine, and the folder they run in, with the files that the course's programs open."""
    here = tmp_path_factory.mktemp("mirror")
    for engine in ("torch", "minigrad"):
        (here / engine).mkdir()
        for path in PROGRAMS.glob("*.py"):
            source = path.read_text(encoding="utf-8")
            (here / engine / path.name).write_text(source if engine == "torch" else translate(source), encoding="utf-8")
    run, raw = here / "run", here / "dataset" / "mnist" / "MNIST" / "raw"
    run.mkdir()
    raw.mkdir(parents=True)
    shutil.copy(data.EMBEDDED / "diabetes.csv.gz", run)
    for part, (images, labels), count in zip(("train", "t10k"), data.digits(), (72, 16), strict=True):
        for kind, array in (("images-idx3", images[:count]), ("labels-idx1", labels[:count])):
            header = b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">i4").tobytes()
            (raw / f"{part}-{kind}-ubyte").write_bytes(header + array.astype(np.uint8).tobytes())
    for part, names in zip(("train", "test"), data.surnames(), strict=True):
        with gzip.open(run / f"names_{part}.csv.gz", "wt") as file:
            csv.writer(file).writerows(row for row in zip(*names, strict=True) if row[0].isascii())
    return here


def run(name: str, engine: str, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, set[type]]:
    """What the program prints, and of which kinds it is warned."""
    (torch if engine == "torch" else minigrad).manual_seed(0)
    np.random.seed(0)
    out = io.StringIO()
    with (
        monkeypatch.context() as patch,
        warnings.catch_warnings(record=True) as warned,
        contextlib.redirect_stdout(out),
    ):
        warnings.simplefilter("always")
        patch.chdir(workplace / "run")
        patch.syspath_prepend(str(workplace / engine))
        patch.delitem(sys.modules, "DiabetesDataset", raising=False)
        runpy.run_path(str(workplace / engine / f"{name}.py"), run_name="__main__")
        sys.modules.pop("DiabetesDataset", None)
    return out.getvalue(), {w.category for w in warned if Path(w.filename).name != "lbfgs.py"}  # torch warns itself


def compare(ours: str, theirs: str, rtol: float) -> int:
    """Equal texts with equal numbers in them, but for one in the last digit printed; how many numbers."""
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    pairs = list(zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True))
    for x, y in pairs:
        near = math.isclose(float(x), float(y), rel_tol=rtol, abs_tol=1.01 * last_digit(y) + 1e-9)
        assert near or x == y, f"{x} here, {y} in torch:\n{ours}\n{theirs}"
    return len(pairs)


def last_digit(text: str) -> float:
    """What one more in the last digit of a printed number is; nothing for a whole one.

    >>> last_digit("-0.997"), last_digit("1.5e-03"), last_digit("12")
    (0.001, 0.0001, 0.0)
    """
    mantissa, _, exponent = text.partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])) if "." in mantissa else 0.0


@pytest.fixture(autouse=True)
def _switches() -> Iterator[None]:
    """Warnings that torch gives once in a process, always; and what programs switch, as it was before."""
    cudnn = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(False)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
    for engine in (torch, minigrad):
        engine.use_deterministic_algorithms(False)
        engine.set_float32_matmul_precision("highest")
        engine.set_printoptions(profile="default")


@pytest.fixture
def double() -> Iterator[None]:
    for engine in (torch, minigrad):
        engine.set_default_dtype(engine.float64)
    yield
    for engine in (torch, minigrad):
        engine.set_default_dtype(engine.float32)


@pytest.mark.parametrize("name", [name for name in COURSE + OTHERS if name not in ROUNDING_DECIDES])
def test_the_same_numbers(name: str, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, their_warnings = run(name, "torch", workplace, monkeypatch)
    ours, our_warnings = run(name, "minigrad", workplace, monkeypatch)
    assert compare(ours, theirs, rtol=1e-5) >= 10
    assert our_warnings == their_warnings


@pytest.mark.parametrize("name", ROUNDING_DECIDES)
def test_the_same_numbers_in_double(name: str, workplace: Path, monkeypatch: pytest.MonkeyPatch, double: None) -> None:
    theirs, _ = run(name, "torch", workplace, monkeypatch)
    ours, _ = run(name, "minigrad", workplace, monkeypatch)
    assert compare(ours, theirs, rtol=1e-7) >= 10


def test_only_the_imports_change() -> None:
    for path in PROGRAMS.glob("*.py"):
        before = path.read_text(encoding="utf-8")
        changed = [(x, y) for x, y in zip(before.splitlines(), translate(before).splitlines(), strict=True) if x != y]
        assert changed, f"{path.name} imports no engine"
        for x, y in changed:
            assert x.split()[0] in ("import", "from")
            assert y.replace("minigrad as ", "").replace("minigrad", "torch") == x
        assert "minigrad" not in before
