"""``python -m lessons run``: reads the data, trains the lessons, prints the results and plots them."""

from __future__ import annotations

import importlib
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lessons.runner import display, plots, progress
from lessons.runner.catalogue import Lesson
from lessons.runner.checkpoint import Checkpoint
from lessons.runner.data import load
from lessons.runner.errors import InputError, check_folder, folder_for
from lessons.runner.report import as_json
from lessons.runner.train import begin, train
from lessons.runner.verbose import teller


def run(lessons: Sequence[Lesson], options: Namespace) -> int:
    """Train ``lessons`` with the options of the command line.

    Returns  0, or 1 if the engines do not match
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
    with progress.bars(disable=options.json or options.verbose) as bars:
        for lesson in lessons:
            arguments = dict(files[lesson.file]) if lesson.file else {}
            if "epochs" in lesson.takes:
                arguments["epochs"] = _epochs(lesson, options)
            saved = checkpoints.get(lesson.number)
            columns = begin(lesson, engines, arguments, options.seed, device, saved)
            on_step: Any = progress.ticker(bars, lesson, columns, arguments.get("epochs"))
            if options.verbose:
                on_step = teller(columns)
            reports.append(train(lesson, columns, on_step, saved))
            if options.verbose:
                on_step(None)

    pictures = plots.draw(reports, out)
    results = as_json(reports, options, engines, device)
    (out / "results.json").write_text(results, encoding="utf-8")
    if options.json:
        print(results, end="")
    else:
        display.report(reports)
        print(f"{len(pictures)} pictures and results.json are in {out}{'' if str(out).endswith('/') else '/'}")
    return 0 if all(x.good for x in reports) else 1


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
