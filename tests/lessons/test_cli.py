"""``python -m lessons``: list, show, run, and what it says of bad input."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.runner.catalogue import LESSONS


def test_list(cli, golden):
    said = cli("list")
    assert (said.status, said.err) == (0, "")
    golden("list.txt", said.out)


def test_list_loads_no_engine():
    program = (
        "import sys; from lessons.__main__ import main; main(['list']);"
        "print({'torch', 'numpy', 'minigrad', 'matplotlib'} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.endswith("set()\n")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda x: x.module)
def test_show(cli, lesson):
    said = cli("show", str(lesson.number))
    assert said.status == 0
    assert said.out.startswith(f"Lesson {lesson.number} - {lesson.title}\n第 {lesson.number} 课 - {lesson.chinese}\n")
    assert "\ndef lesson(torch" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_run_one_engine(cli, tmp_path):
    said = cli("run", "3", "4", "--engine", "torch", "--epochs", "3", "--seed", "7", "--out", str(tmp_path))
    assert said.status == 0
    assert max(map(len, said.out.splitlines()[:-1])) <= 80
    results = json.loads((tmp_path / "results.json").read_text())
    assert [x["number"] for x in results["lessons"]] == [3, 4]
    assert results["options"]["seed"] == 7
    steps = results["lessons"][0]["engines"]["torch"]
    assert len(steps["losses"]) == 9
    assert steps["hand_difference"] < 1e-6
    assert {path.name for path in tmp_path.iterdir()} == {"results.json", "lesson03_loss.png", "lesson04_loss.png"}


def test_run_both(cli, tmp_path):
    said = cli("run", "2", "4", "6", "--epochs", "5", "--out", str(tmp_path))
    assert said.status == 0, said.out
    assert max(map(len, said.out.splitlines()[:-1])) <= 80
    for lesson in json.loads((tmp_path / "results.json").read_text())["lessons"]:
        assert lesson["verdict"] == "same"
        assert lesson["loss_difference"]["difference"] < 1e-5


def test_json(cli, tmp_path):
    said = cli("run", "5", "--engine", "minigrad", "--epochs", "2", "--json", "--out", str(tmp_path))
    assert said.err == ""
    assert said.out == (tmp_path / "results.json").read_text()
    assert json.loads(said.out)["lessons"][0]["engines"]["minigrad"]["results"]["hours"][0][-1] == 10


def test_verbose(cli, tmp_path):
    """Lesson 3 prints what the course prints, and each gradient by hand beside both engines."""
    said = cli("run", "3", "--epochs", "2", "--verbose", "--out", str(tmp_path))
    lines = said.out.splitlines()
    assert (said.status, said.err) == (0, "")
    assert lines[:3] == [
        "\tgrad: 1.0 2.0 -2.0",
        f"{'by hand':>34}{'minigrad':>16}{'torch':>16}",
        f"  w{'-2':>31}{'-2':>16}{'-2':>16}",
    ]
    assert [line.split()[0] for line in lines[2:6]] == ["w", "y_pred", "error", "loss"]
    assert [line for line in lines if line.startswith("\tgrad")][1] == "\tgrad: 2.0 4.0 -7.840000152587891"
    progress = [line for line in lines if line.startswith("progress:")]
    assert progress == ["progress: 0 7.315943717956543", "progress: 1 3.9987640380859375"]
    assert max(map(len, lines[:-1])) <= 80


def test_verbose_where_nothing_is_done_by_hand(cli, tmp_path):
    said = cli("run", "6", "--epochs", "1", "--verbose", "--engine", "minigrad", "--out", str(tmp_path))
    assert said.out.splitlines()[0].split() == ["minigrad"]
    assert said.out.splitlines()[1].split() == ["linear1.weight", "|0.0037455|"]
    assert "not allowed with argument" in cli("run", "6", "--verbose", "--json").err


def test_same_seed_same_run(cli, tmp_path):
    def losses(seed: str) -> list[float]:
        said = cli("run", "6", "--engine", "torch", "--epochs", "3", "--seed", seed, "--json", "--out", str(tmp_path))
        return json.loads(said.out)["lessons"][0]["engines"]["torch"]["losses"]

    assert losses("1") == losses("1") != losses("2")


def test_threads_bound_every_pool(tmp_path):
    program = (
        "import os, sys; from lessons.__main__ import main; options = ['--epochs', '1', '--threads', '2'];"
        f"status = main(['run', '3', '--engine', 'torch', *options, '--out', {str(tmp_path)!r}]);"
        "import torch; print(status, torch.get_num_threads(), os.environ['OPENBLAS_NUM_THREADS'])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.endswith("0 2 2\n")


BAD = [
    (["run", "99"], "there is no lesson 99: choose from 0 to"),
    (["show", "99"], "there is no lesson 99"),
    (["show"], "required: N"),
    (["microscope"], "required: N"),
    (["microscope", "99"], "there is no lesson 99"),
    (["microscope", "4", "--step", "0"], "--step: '0' is not a whole number"),
    (["microscope", "4", "--out", "/dev/null/out"], "/dev/null/out: cannot be written"),
    (["dance"], "invalid choice: 'dance'"),
    ([], "required"),
    (["run", "one"], "'one' is not a whole number"),
    (["run", "4", "--epochs", "0"], "--epochs: '0' is not a whole number"),
    (["run", "4", "--threads", "-1"], "--threads"),
    (["run", "4", "--seed", "1.5"], "--seed: '1.5' is not a whole number"),
    (["run", "4", "--engine", "jax"], "--engine: invalid choice: 'jax'"),
    (["run", "4", "--data", "/no/such/folder"], "/no/such/folder: no such folder"),
    (["run", "6", "--data", "EMPTY"], "diabetes.csv.gz: no such file"),
    (["run", "8", "--data", "EMPTY"], "train-images-idx3-ubyte.gz: no such file"),
    (["run", "4", "--device", "tpu"], "--device: invalid choice: 'tpu'"),
    (["run", "4", "--device", "mps"], "device 'mps' is not there"),
    (["run", "4", "--engine", "minigrad", "--device", "cuda"], "minigrad computes on the CPU only"),
    (["run", "4", "--out", "/dev/null/out"], "/dev/null/out: cannot be written"),
]


@pytest.mark.parametrize(("argv", "words"), BAD, ids=[" ".join(argv) for argv, _ in BAD])
def test_bad_input_is_one_line_and_status_2(cli, tmp_path, argv, words, monkeypatch):
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EMPTY").mkdir()
    said = cli(*argv)
    assert said.status == 2
    assert said.out == ""
    assert words in said.err
    assert re.fullmatch(r"python -m lessons( \w+)?: .+\n", said.err)


@pytest.mark.parametrize("missing", ["torch", "rich"])
def test_a_missing_package_is_named_with_its_cure(tmp_path, missing):
    (tmp_path / missing).mkdir()
    (tmp_path / missing / "__init__.py").write_text(f"raise ModuleNotFoundError('gone', name={missing!r})")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from lessons.__main__ import main;"
        f"sys.exit(main(['run', '4', '--out', {str(tmp_path)!r}]))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 2
    assert run.stderr == f"python -m lessons: {missing} is not installed: pip install 'minigrad[lessons]'\n"


def test_the_module_runs_from_anywhere(tmp_path):
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-m", "lessons", "show", "99"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "PATH": ""},
    )
    assert (run.returncode, run.stdout) == (2, "")
