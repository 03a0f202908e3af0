"""Time minigrad against torch: ``python tests/benchmarks/run.py`` (--help shows the rest).

Each engine runs in a process of its own with the same number of threads; the runner goes back and forth between them
in short slices, so that what else the machine does meets both. Ratios are minigrad / torch: below 1 is faster. The
minimum says what the work costs, the median what a busy machine makes of it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks import scaling
from tests.benchmarks.workloads import WORKLOADS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
Times = dict[str, dict[str, float]]


class Process:
    """An engine that waits for tasks; ``with`` ends it."""

    def __init__(self, engine: str, threads: int) -> None:
        count = str(threads)
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        env = {**os.environ, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "PYTHONPATH": path}
        command = [sys.executable, str(HERE / "engine.py"), engine, count]
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *exc: object) -> None:
        self.popen.communicate()

    def __call__(self, do: str, **task: Any) -> Any:
        assert self.popen.stdin and self.popen.stdout
        self.popen.stdin.write(json.dumps({"do": do, **task}) + "\n")
        self.popen.stdin.flush()
        answer = self.popen.stdout.readline()
        if not answer:
            raise SystemExit("an engine failed: see its message above")
        return json.loads(answer)


def interleaved(processes: dict[str, Process], rounds: int, **task: Any) -> Times:
    """Minimum and median of each engine, measured in turns."""
    slices: dict[str, list[dict[str, float]]] = {engine: [] for engine in processes}
    for _ in range(rounds):
        for engine, process in processes.items():
            slices[engine].append(process("time", **task))
    return {
        engine: {
            "min": min(s["min"] for s in found),
            "median": statistics.median(s["median"] for s in found),
        }
        for engine, found in slices.items()
    }


def ratio(times: Times, key: str = "min") -> float:
    return times["minigrad"][key] / times["torch"][key]


def steps(names: list[str], threads: int, rounds: int, clock: str) -> dict[str, Times]:
    """W1 to W9, with a table of times and memory."""
    print(f"\n{threads} thread{'s' * (threads > 1)}, {clock} clock; ms a step, ratio to torch; MB: peak of the process")
    print(f"{'':3}{'minigrad':>10}{'torch':>10}{'ratio':>8}{'(median)':>10}{'MB':>7}{'torch':>7}   of it the step's")
    found = {}
    for name in names:
        with Process("minigrad", threads) as minigrad, Process("torch", threads) as torch:
            processes = {"minigrad": minigrad, "torch": torch}
            times = interleaved(processes, rounds, workload=name, sizes={}, seconds=0.15, clock=clock)
            for engine, process in processes.items():
                times[engine] |= process("memory", workload=name, sizes={})
        found[name] = times
        ours, theirs = times["minigrad"], times["torch"]
        print(
            f"{name:3}{ours['min']:10.3f}{theirs['min']:10.3f}{ratio(times):8.2f}{ratio(times, 'median'):10.2f}"
            f"{ours['peak']:7.0f}{theirs['peak']:7.0f}{ours['growth']:9.0f}{theirs['growth']:7.0f}",
            flush=True,
        )
    return found


def peers(threads: int, rounds: int) -> dict[str, Times]:
    """The workloads that other NumPy engines can run, against those that are installed."""
    engines = ["minigrad", "torch", *(e for e in ("mygrad", "autograd") if importlib.util.find_spec(e))]
    print(f"\n{threads} thread{'s' * (threads > 1)}; ms a step (ratio to torch)")
    print("  " + "".join(f"{engine:>18}" for engine in engines))
    found = {}
    for name in ("W1", "W3", "W8", "W9"):
        processes = {engine: Process(engine, threads) for engine in engines}
        found[name] = times = interleaved(processes, rounds, workload=name, sizes={}, seconds=0.15)
        for process in processes.values():
            process.__exit__()
        cells = [f"{t['min']:10.3f} ({t['min'] / times['torch']['min']:4.2f})" for t in times.values()]
        print(name + "".join(f"{cell:>18}" for cell in cells), flush=True)
    return found


def loaders() -> dict[str, Any]:
    """Samples a second of a DataLoader at batch 64."""
    print("\nDataLoader over 12800 images of 1 x 28 x 28, batch 64, shuffled; samples a second")
    found: dict[str, Any] = {}
    for workers in (0, 2):
        speed = {}
        for engine in ("minigrad", "torch"):
            with Process(engine, 1) as process:
                speed[engine] = process("loader", workers=workers)["samples per second"]
        found[f"{workers} workers"] = speed
        print(
            f"{workers} workers: minigrad {speed['minigrad']:9.0f}   torch {speed['torch']:9.0f}   "
            f"{speed['minigrad'] / speed['torch']:5.2f} times torch's speed",
            flush=True,
        )
    return found


IMPORT = """
import time, numpy
start = time.perf_counter(), time.process_time()
import {engine}
print(time.perf_counter() - start[0], time.process_time() - start[1])
"""


def startup(processes: int = 12) -> dict[str, float]:
    """Milliseconds until an engine is imported, after NumPy; and those of the lessons' list."""
    print(f"\nStart-up in ms, minimum of {processes} processes")

    def best(command: list[str], clock: int = 0) -> float:
        runs = [subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True) for _ in range(processes)]
        return min(float(run.stdout.split()[clock]) for run in runs) * 1e3

    listing = "import subprocess, sys, time; t = time.perf_counter(); "
    listing += "subprocess.run([sys.executable, '-m', 'lessons', 'list'], check=True, capture_output=True); "
    listing += "print(time.perf_counter() - t)"
    found = {
        "import minigrad": best([sys.executable, "-c", IMPORT.format(engine="minigrad")]),
        "import minigrad, cpu": best([sys.executable, "-c", IMPORT.format(engine="minigrad")], 1),
        "python -m lessons list": best([sys.executable, "-c", listing]),
    }
    for name, ms in found.items():
        print(f"{name:26}{ms:8.1f}")
    return found


def smoke() -> None:
    """Every workload runs on both engines and they agree; no time is looked at.

    Raises  SystemExit naming the workload where they part.
    """
    with Process("minigrad", 1) as minigrad, Process("torch", 1) as torch:
        for name, workload, sizes in [*((name, name, {}) for name in WORKLOADS), *scaling.smallest()]:
            ours, theirs = (process("values", workload=workload, sizes=sizes) for process in (minigrad, torch))
            pairs = list(zip(ours["gradient"], theirs["gradient"], strict=True))
            scale = max(abs(b) for _, b in pairs) or 1.0
            apart = max(abs(a - b) for a, b in pairs) / scale
            if not (math.isclose(ours["loss"], theirs["loss"], rel_tol=1e-4) and apart < 1e-3):
                raise SystemExit(f"{name}: losses {ours['loss']} and {theirs['loss']}, gradients {apart:.1e} apart")
            print(f"{name}: loss {ours['loss']:.5f}, gradients {apart:.1e} apart")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS), help="W1 W2 ...: all nine")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=8, help="slices of each engine")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="cpu: on a busy machine, one thread")
    parser.add_argument("--json", type=Path, default=Path("out/benchmarks.json"), help="where all figures go")
    parser.add_argument("--scaling", action="store_true", help="how time grows with sizes, with a plot beside the JSON")
    parser.add_argument("--peers", action="store_true", help="and MyGrad and HIPS autograd, if they are installed")
    parser.add_argument("--loader", action="store_true", help="DataLoader")
    parser.add_argument("--startup", action="store_true", help="import and the lessons' list")
    parser.add_argument("--smoke", action="store_true", help="no times: only whether the engines agree")
    options = parser.parse_args()
    if options.smoke:
        smoke()
        return
    found: dict[str, Any] = {}
    if options.peers:
        found["peers"] = {threads: peers(threads, options.rounds) for threads in options.threads}
    if options.loader:
        found["loader"] = loaders()
    if options.startup:
        found["startup"] = startup()
    if options.scaling:
        found["scaling"] = {
            threads: scaling.measure(Process, interleaved, threads, options.rounds, options.clock)
            for threads in options.threads
        }
    if not found:
        found["steps"] = {n: steps(options.workloads, n, options.rounds, options.clock) for n in options.threads}
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"\nall figures: {options.json}")
    if options.scaling:
        scaling.plot(found["scaling"], options.json.with_suffix(".png"))


if __name__ == "__main__":
    main()
