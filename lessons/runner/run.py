"""``python -m lessons run``: trains the lessons, tells what came of it, and draws it."""

from __future__ import annotations

import importlib
import json
import platform
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from lessons.runner import display, plots
from lessons.runner.catalogue import Lesson
from lessons.runner.checkpoint import Checkpoint
from lessons.runner.data import load
from lessons.runner.errors import InputError
from lessons.runner.files import check_folder
from lessons.runner.out import folder_for
from lessons.runner.play import Column
from lessons.runner.step import Step

if TYPE_CHECKING:
    from lessons.runner.compare import Comparison

BY_HAND = 1e-5  # plain Python against an engine's float32, beside the largest value so far
REFRESH = 0.2  # seconds: the bar is drawn between steps, never by a thread beside them


@dataclass
class Report:
    """What came of one lesson: a column for each engine, and the comparison if there are two."""

    lesson: Lesson
    columns: list[Column]
    comparison: Comparison | None
    seconds: float

    @property
    def steps(self) -> int:
        return len(self.columns[0].losses)

    @property
    def complaints(self) -> list[str]:
        """Where the engines part from each other or from the numbers by hand; empty where all is well."""
        found = []
        if self.comparison:
            found = [f"parts at {parting}" for parting in self.comparison.partings.values()]
            if found and self.comparison.drift:
                found.append(f"drifts since {self.comparison.drift}")
        for column in self.columns:
            if column.hand_difference > BY_HAND:
                found.append(f"{column.engine} is {column.hand_difference:.1e} from the numbers by hand")
        return found

    @property
    def good(self) -> bool:
        return not self.complaints

    @property
    def verdict(self) -> str:
        if not self.good:
            return "PARTS"
        return "same" if self.comparison else "ran"


def run(lessons: Sequence[Lesson], options: Namespace) -> int:
    """Train ``lessons`` as the command line says.

    Returns  0, or 1 if the engines part
    Raises   InputError before anything is trained
    """
    if options.data not in ("embedded", "download"):
        check_folder(Path(options.data))
    files = {name: load(name, options.data) for name in sorted({x.file for x in lessons if x.file})}
    names = ["minigrad", "torch"] if options.engine == "both" else [options.engine]
    engines = {name: importlib.import_module(name) for name in names}
    device = _device(names, options)
    out = folder_for(options.out, "results.json")
    checkpoints = _checkpoints(lessons, options, engines, device) if options.checkpoint else {}

    reports = []
    bar = _progress(disable=options.json)
    with bar:
        for lesson in lessons:
            arguments = dict(files[lesson.file]) if lesson.file else {}
            if "epochs" in lesson.takes:
                arguments["epochs"] = _epochs(lesson, options)
            checkpoint = checkpoints.get(lesson.number)
            columns = []
            for name, engine in engines.items():
                engine.manual_seed(options.seed)
                place = {"device": device} if name == "torch" and "device" in lesson.takes else {}
                program = lesson.program(engine, **arguments, **place)
                columns.append(Column(name, program, checkpoint.epochs) if checkpoint else Column(name, program))
            reports.append(_train(lesson, columns, _ticker(bar, lesson, columns, arguments.get("epochs")), checkpoint))

    pictures = plots.draw(reports, out)
    results = _results(reports, options, engines, device)
    (out / "results.json").write_text(results, encoding="utf-8")
    if options.json:
        print(results, end="")
    else:
        display.report(reports)
        print(f"{len(pictures)} pictures and results.json are in {out}{'' if str(out).endswith('/') else '/'}")
    return 0 if all(x.good for x in reports) else 1


def _train(
    lesson: Lesson, columns: list[Column], on_step: Callable[[Step], None], checkpoint: Checkpoint | None
) -> Report:
    start = time.perf_counter()
    comparison = None
    if len(columns) == 2:
        from lessons.runner.compare import Comparison  # needs torch; one engine alone does not

        comparison = Comparison(*columns, kinks=lesson.kinks, first=lesson.alike)
        if checkpoint:
            checkpoint.comparison = comparison
        comparison.run(on_step)
    else:
        while (event := columns[0].advance()) is not None:
            if isinstance(event, Step):
                on_step(event)
    return Report(lesson, columns, comparison, time.perf_counter() - start)


def _epochs(lesson: Lesson, options: Namespace) -> int:
    return int(options.epochs or lesson.epochs_on(options.data))


def _checkpoints(
    lessons: Sequence[Lesson], options: Namespace, engines: dict[str, Any], device: str
) -> dict[int, Checkpoint]:
    """Those of the lessons that train a Module, by their numbers."""
    about = {name: getattr(options, name) for name in ("engine", "seed", "data")} | {"device": device}
    found = {}
    for lesson in lessons:
        if lesson.trains:
            name = f"lesson{lesson.number:02}.pt"
            path = folder_for(options.checkpoint, name, "--checkpoint") / name
            found[lesson.number] = Checkpoint(path, about, _epochs(lesson, options), engines)
    return found


def _device(names: list[str], options: Namespace) -> str:
    if "torch" not in names:
        if options.device not in ("auto", "cpu"):
            raise InputError(f"device '{options.device}': minigrad computes on the CPU only; run with --engine torch")
        return "cpu"
    import torch

    from reference_torch.device import pick

    torch.set_num_threads(options.threads)
    try:
        return str(pick(options.device))
    except RuntimeError as error:
        raise InputError(str(error)) from None


def _progress(disable: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[losses]}"),
        console=Console(stderr=True, highlight=False),
        auto_refresh=False,
        expand=True,
        disable=disable,
    )


def _ticker(bar: Progress, lesson: Lesson, columns: list[Column], epochs: int | None) -> Callable[[Step], None]:
    """What to do after each step: move the bar to its epoch and show the losses."""
    title = f"[bold]{lesson.number}[/] {lesson.title:24}"
    task = bar.add_task(title, total=epochs, losses="")
    drawn = 0.0

    def tick(step: Step) -> None:
        nonlocal drawn
        now = time.perf_counter()
        last = step.epoch + 1 == epochs
        if last or now - drawn > REFRESH:
            losses = " ".join(f"{column.engine} {column.losses[-1]:<8.3g}" for column in columns)
            bar.update(task, completed=step.epoch + 1, losses=losses, refresh=now - drawn > REFRESH)
            drawn = now if now - drawn > REFRESH else drawn

    return tick


def _results(reports: Sequence[Report], options: Namespace, engines: dict[str, Any], device: str) -> str:
    """All of it for another program to read."""
    content = {
        "versions": {"python": platform.python_version(), "numpy": np.__version__}
        | {name: str(engine.__version__) for name, engine in engines.items()},
        "options": {key: value for key, value in vars(options).items() if key not in ("command", "numbers", "json")},
        "device": device,
        "good": all(x.good for x in reports),
        "lessons": [_result(x) for x in reports],
    }
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _result(x: Report) -> dict[str, Any]:
    content: dict[str, Any] = {
        "number": x.lesson.number,
        "title": x.lesson.title,
        "steps": x.steps,
        "seconds": x.seconds,
        "verdict": x.verdict,
        "complaints": x.complaints,
        "by_hand": x.columns[0].by_hand,
        "engines": {
            column.engine: {
                "last_loss": column.losses[-1],
                "seconds_per_step": column.seconds_per_step,
                "hand_difference": column.hand_difference,
                "losses": column.losses,
                "results": column.results,
            }
            for column in x.columns
        },
    }
    if x.comparison:
        content["ratio"] = x.comparison.ratio
        content["loss_difference"] = vars(x.comparison.loss)
        content["gradient_difference"] = vars(x.comparison.gradient)
        content["drift"] = str(x.comparison.drift or "") or None
    return content


def _plain(value: Any) -> Any:
    """What JSON can say: arrays as lists, infinities and not-a-numbers as null."""
    if isinstance(value, dict):
        return {key: _plain(x) for key, x in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(x) for x in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
