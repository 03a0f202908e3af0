"""One engine in a process of its own, which does what it is told line by line: ``engine.py ENGINE THREADS``.

NumPy's and torch's idle threads get in each other's way, so no process here loads both.

A line in is JSON, ``{"do": "time", "workload": "W4", "sizes": {"batch": 8}, "seconds": 0.2}``, and so is the answer.
Models stay built between lines, so that the runner can go back and forth between engines.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.workloads import WORKLOADS

Step = Callable[[], Any]
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


class Engine:
    """The answers to the runner's lines."""

    torch: Any = None
    build: Callable[[str, dict[str, Any]], Step]

    def __init__(self, name: str, threads: int) -> None:
        if name in ("minigrad", "torch"):
            self.torch = importlib.import_module(name)
            self.torch.set_num_threads(threads)
            self.build = lambda workload, sizes: WORKLOADS[workload](self.torch, **sizes)
        else:
            builders = getattr(importlib.import_module("tests.benchmarks.peers"), name)()
            self.build = lambda workload, sizes: builders[workload](**sizes)
        self.base = peak_memory()
        self.steps: dict[str, Step] = {}

    def step(self, workload: str, sizes: dict[str, Any]) -> Step:
        """The workload's step, built and run a few times when first asked for."""
        key = json.dumps([workload, sizes])
        if key not in self.steps:
            step = self.build(workload, sizes)
            start = time.perf_counter()
            step()
            for _ in range(4 if time.perf_counter() - start < 1 else 0):
                step()
            self.steps[key] = step
        return self.steps[key]

    def time(self, workload: str, sizes: dict[str, Any], seconds: float, clock: str = "wall") -> dict[str, float]:
        """Milliseconds a step, measured for a while: the minimum and the median."""
        step, now = self.step(workload, sizes), CLOCKS[clock]
        times: list[float] = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or len(times) < 3:
            start = now()
            step()
            times.append(now() - start)
        return {"min": min(times) * 1e3, "median": statistics.median(times) * 1e3}

    def values(self, workload: str, sizes: dict[str, Any]) -> dict[str, Any]:
        """Loss and a gradient of the second step."""
        step = self.build(workload, sizes)
        step()
        loss, gradient = step()
        return {"loss": loss.item(), "gradient": gradient.flatten()[:1000].tolist()}

    def memory(self, workload: str, sizes: dict[str, Any]) -> dict[str, float]:
        """Peak resident megabytes of this process: in all, and beyond what importing the engine took."""
        step = self.step(workload, sizes)
        for _ in range(10):
            step()
        peak = peak_memory()
        return {"peak": peak, "growth": peak - self.base}

    def loader(self, workers: int, samples: int = 12800) -> dict[str, float]:
        """Samples a second of a DataLoader over images as large as MNIST's."""
        data = self.torch.utils.data
        images, labels = self.torch.rand(samples, 1, 28, 28), self.torch.randint(0, 10, (samples,))
        loader = data.DataLoader(
            data.TensorDataset(images, labels), batch_size=64, shuffle=True, num_workers=workers,
            persistent_workers=workers > 0,
        )  # fmt: skip
        best = math.inf
        for _ in range(4):  # the first of them starts the workers
            start = time.perf_counter()
            for _batch in loader:
                pass
            best = min(best, time.perf_counter() - start)
        return {"samples per second": samples / best}


def peak_memory() -> float:
    """The most memory this process has held, in MB. (``ru_maxrss`` alone would include the parent's.)"""
    if os.path.exists("/proc/self/status"):
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    engine = Engine(sys.argv[1], int(sys.argv[2]))
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps(getattr(engine, task.pop("do"))(**task)), flush=True)
