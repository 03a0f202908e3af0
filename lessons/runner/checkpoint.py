"""``lessons run --checkpoint DIR``: a training that can be stopped at any moment, and goes on as if it never was.

After each epoch one file holds all that the rest depends on: the parameters and buffers, the state of optimizers and
schedulers, every random stream (so the order of the batches too), and what was measured so far. It replaces the file
of the epoch before in one step, so whenever the process dies, one of the two is there, whole.

To resume, the lesson is begun anew from the same seed, up to its loop; there the file's state takes the place of what
was drawn. The one thing that is not kept is the random stream inside a worker process that outlives an epoch
(``persistent_workers``), which no process but the worker knows.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import minigrad
from lessons.runner.errors import InputError
from lessons.runner.play import Column
from lessons.runner.step import Epochs
from minigrad.serialization import LoadError

if TYPE_CHECKING:
    from lessons.runner.compare import Comparison


class Checkpoint:
    """The file of one lesson's run.

    ``about``  what the run was asked for; a file that was asked for something else is refused

    ``epochs`` how many are asked for now

    Raises  InputError if the file is not a checkpoint, another run's, or further than is asked for.
    """

    def __init__(self, path: Path, about: dict[str, Any], epochs: int, engines: dict[str, Any]) -> None:
        self.path, self.about, self.engines = path, about, engines
        self.comparison: Comparison | None = None
        self.loops: list[dict[str, Any]] = self._read() if path.exists() else []  # a lesson may train several times
        done = max([loop["done"] for loop in self.loops], default=0)
        if done > epochs:
            raise InputError(f"{path} has {done} epochs behind it, --epochs asks for {epochs}")
        self._entered = dict.fromkeys(engines, 0)  # how many of its loops each engine has begun
        self._taken: dict[str, Any] = {}  # the states of those engines that have ended the epoch

    def epochs(self, column: Column, training: Epochs) -> Iterator[int]:
        """The epochs of ``training`` that are left; between them its state is saved, at the start it is put back."""
        number = self._entered[column.engine]
        self._entered[column.engine] += 1
        done = 0
        if number < len(self.loops):
            try:
                done = self._put_back(number, column, training)
            except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
                why = f"{type(error).__name__}: {error}".splitlines()[0]
                raise InputError(
                    f"{self.path} was written by another version of the lessons ({why}): train anew, in another folder "
                    "by --checkpoint"
                ) from None
        for epoch in range(done, training.count):
            yield epoch
            self._taken[column.engine] = self._take(column, training)
            if len(self._taken) == len(self.engines):
                self._write(number, epoch + 1)

    def _take(self, column: Column, training: Epochs) -> dict[str, Any]:
        engine = self.engines[column.engine]
        state = {
            "parts": {name: part.state_dict() for name, part in training.parts.items()},
            "stream": engine.get_rng_state(),
            "devices": engine.cuda.get_rng_state_all() if engine.cuda.is_available() else [],
        }
        if getattr(training.loader, "generator", None) is not None:
            state["loader"] = training.loader.generator.get_state()
        written = io.BytesIO()
        engine.save(state, written)
        return {"state": np.frombuffer(written.getvalue(), np.uint8), "column": column.state()}

    def _write(self, number: int, done: int) -> None:
        name, keys, *more = np.random.get_state()
        loop = {
            "done": done,
            "engines": self._taken,
            "python": random.getstate(),
            "numpy": (name, keys.tolist(), *more),
            "comparison": self.comparison.state() if self.comparison else None,
        }
        self._taken = {}
        self.loops[number:] = [loop]
        minigrad.save(_as_tensors({"lesson": self.about, "loops": self.loops}), self.path)

    def _put_back(self, number: int, column: Column, training: Epochs) -> int:
        loop = self.loops[number]
        engine, saved = self.engines[column.engine], loop["engines"][column.engine]
        if getattr(training.loader, "persistent_workers", False):
            iter(training.loader)  # the workers draw their seed when they are started: as before, ahead of the rest
        state = engine.load(io.BytesIO(saved["state"].tobytes()), weights_only=True)
        for name, part in training.parts.items():
            part.load_state_dict(state["parts"][name])
        if "loader" in state:
            training.loader.generator.set_state(state["loader"])
        if state["devices"]:
            engine.cuda.set_rng_state_all(state["devices"])
        engine.set_rng_state(state["stream"])
        random.setstate(loop["python"])
        np.random.set_state(loop["numpy"])
        column.restore(saved["column"])
        if self.comparison:
            self.comparison.restore(loop["comparison"])
        return int(loop["done"])

    def _read(self) -> list[dict[str, Any]]:
        try:
            saved = _as_arrays(minigrad.load(self.path, weights_only=True))
            about, loops = saved["lesson"], saved["loops"]
        except (LoadError, OSError, KeyError, TypeError) as error:
            raise InputError(f"{self.path} is not a checkpoint of the lessons: {error}") from None
        for name, value in self.about.items():
            if about.get(name) != value:
                raise InputError(
                    f"{self.path} is of a run with {name} {about.get(name)}, not {value}: ask for the same, or choose "
                    "another folder by --checkpoint"
                )
        return list(loops)


def _as_tensors(value: Any) -> Any:
    """Arrays as tensors, which ``minigrad.load`` reads without running anything; arrays of strings as lists."""
    return _changed(value, np.ndarray, lambda x: x.tolist() if x.dtype.kind == "U" else minigrad.tensor(x))


def _as_arrays(value: Any) -> Any:
    return _changed(value, minigrad.Tensor, lambda tensor: tensor.numpy())


def _changed(value: Any, kind: type, change: Any) -> Any:
    """``value`` with everything of this kind in its lists, tuples and dicts changed."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, dict):
        return {key: _changed(x, kind, change) for key, x in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(x, kind, change) for x in value)
    return value
