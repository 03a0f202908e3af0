"""``lessons run --checkpoint``: a run that was stopped goes on as if it never was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import minigrad
from lessons.runner.catalogue import LESSONS
from lessons.runner.checkpoint import Checkpoint
from lessons.runner.play import Column
from lessons.runner.step import Epochs, Step

ROOT = Path(__file__).parents[2]


def outcome(folder: Path) -> list[object]:
    """All that a run came to, but for times: what results.json says, and the last state of each engine."""
    said = []
    for lesson in json.loads((folder / "out" / "results.json").read_text())["lessons"]:
        engines = {name: {**x, "seconds_per_step": 0} for name, x in lesson["engines"].items()}
        said.append({**lesson, "engines": engines, "seconds": 0, "ratio": 0})
    states = []
    for path in sorted(folder.glob("*.pt")):
        for loop in minigrad.load(path)["loops"]:
            states += [engine["state"].numpy().tobytes() for engine in loop["engines"].values()]
    return [said, states]


def command(folder: Path, *options: str) -> list[str]:
    return ["run", *options, "--checkpoint", str(folder), "--out", str(folder / "out")]


@pytest.mark.parametrize("engine", ["minigrad", "both"])
@pytest.mark.parametrize("number", [4, 6, 7, 12])
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_more_epochs_go_on_from_the_last(cli, tmp_path, number, engine, monkeypatch):
    monkeypatch.setattr("lessons.l12_rnn_classifier.HIDDEN_SIZE", 16)
    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    for folder, epochs in ((stopped, "1"), (stopped, "3"), (whole, "3")):
        said = cli(*command(folder, str(number), "--epochs", epochs, "--engine", engine))
        assert said.status == 0, said.err
    assert outcome(stopped) == outcome(whole)


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_finished_run_is_read_back(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("lessons.l12_rnn_classifier.HIDDEN_SIZE", 16)
    found = []
    numbers = [str(lesson.number) for lesson in LESSONS if lesson.trains and lesson.number != 10]  # 10 takes long
    for _ in range(2):
        assert cli(*command(tmp_path, *numbers, "--epochs", "1", "--engine", "minigrad")).status == 0
        found.append(outcome(tmp_path))
    assert found[0] == found[1]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_run_ends_in_the_same_numbers(tmp_path):
    """Lesson 11 trains three models one after the other, two epochs each: killed after each of the first four."""
    program = [sys.executable, "-m", "lessons"]
    options = "11", "--epochs", "2", "--engine", "minigrad"
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*program, *command(tmp_path / "whole", *options)], check=True, **quiet)
    killed = tmp_path / "killed"
    file = killed / "lesson11.pt"
    for _ in range(4):
        running = subprocess.Popen([*program, *command(killed, *options)], **quiet)
        version = file.stat().st_mtime_ns if file.exists() else 0
        while running.poll() is None and (not file.exists() or file.stat().st_mtime_ns == version):
            time.sleep(0.001)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    subprocess.run([*program, *command(killed, *options)], check=True, **quiet)
    assert outcome(killed) == outcome(tmp_path / "whole")
    assert sorted(path.name for path in killed.iterdir()) == ["lesson11.pt", "out"]


class Noise(minigrad.nn.Module):
    """A part with a buffer and with dropout, which draws."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = minigrad.nn.BatchNorm1d(3)
        self.dropout = minigrad.nn.Dropout(0.5)

    def forward(self, x):
        return self.dropout(self.norm(x))


def training(count: int, kept: dict[str, object]):
    """A lesson with all that a checkpoint must keep: buffers, moments, a scheduler, draws, a loader's own stream."""
    minigrad.manual_seed(0)
    np.random.seed(0)
    data = minigrad.utils.data.TensorDataset(minigrad.randn(8, 3), minigrad.randn(8, 3))
    stream = minigrad.Generator().manual_seed(3)
    loader = minigrad.utils.data.DataLoader(data, batch_size=3, shuffle=True, generator=stream)
    net = kept["net"] = Noise()
    optimizer = minigrad.optim.Adam(net.parameters(), lr=0.1)
    scheduler = minigrad.optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
    for epoch in (yield Epochs(count, loader, net=net, optimizer=optimizer, scheduler=scheduler)):
        for x, y in loader:
            loss = ((net(x + float(np.random.rand())) - y) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield Step(epoch, loss.item(), net)
        scheduler.step()


def run(path: Path, count: int, stop_after: int = 10**9) -> tuple[list[float], dict[str, list[float]]]:
    checkpoint = Checkpoint(path, {}, count, {"minigrad": minigrad})
    kept: dict[str, object] = {}
    column = Column("minigrad", training(count, kept), checkpoint.epochs)
    while stop_after and column.advance() is not None:
        stop_after -= 1
    return column.losses, {name: x.tolist() for name, x in kept["net"].state_dict().items()}


@pytest.mark.parametrize("steps", [2, 3, 4, 10, 17])
def test_every_stream_and_state_goes_on(tmp_path, steps):
    whole = run(tmp_path / "whole.pt", 7)
    run(tmp_path / "stopped.pt", 7, steps)
    assert run(tmp_path / "stopped.pt", 7) == whole


def test_refusals(cli, tmp_path):
    options = "4", "--engine", "minigrad"
    assert cli(*command(tmp_path, *options, "--epochs", "3")).status == 0
    for more, complaint in (
        (["--epochs", "3", "--seed", "1"], "lesson04.pt is of a run with seed 0, not 1: ask for the same, or choose"),
        (["--epochs", "2"], "lesson04.pt has 3 epochs behind it, --epochs asks for 2"),
    ):
        said = cli(*command(tmp_path, *options, *more))
        assert said.status == 2
        assert complaint in said.err
        assert len(said.err.splitlines()) == 1
    whole = minigrad.load(tmp_path / "lesson04.pt")
    del whole["loops"][-1]["python"]
    minigrad.save(whole, tmp_path / "lesson04.pt")
    said = cli(*command(tmp_path, *options, "--epochs", "4"))
    assert said.status == 2
    assert "was written by another version of the lessons (KeyError: 'python'): train anew" in said.err.splitlines()[-1]
    for content in (b"", b"no checkpoint", (tmp_path / "lesson04.pt").read_bytes()[:-500]):
        (tmp_path / "lesson04.pt").write_bytes(content)
        said = cli(*command(tmp_path, *options))
        assert (said.status, "is not a checkpoint of the lessons" in said.err) == (2, True), said.err
    minigrad.save({"lesson": 4}, tmp_path / "lesson04.pt")
    assert cli(*command(tmp_path, *options)).status == 2
    (tmp_path / "file").touch()
    said = cli("run", "4", "--checkpoint", str(tmp_path / "file"))
    assert (said.status, "choose another folder by --checkpoint" in said.err) == (2, True)
