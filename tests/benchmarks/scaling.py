"""How time grows with the size of a problem, against torch: the ratio should not grow with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SERIES: dict[str, tuple[str, list[tuple[int, dict[str, Any]]]]] = {
    "batch, MLP": ("W3", [(n, {"batch": n}) for n in (1, 4, 16, 64, 256, 1024)]),
    "batch, CNN": ("W4", [(n, {"batch": n}) for n in (1, 4, 16, 64, 256, 1024)]),
    "width, MLP": ("W3", [(n, {"widths": (n, n, n, 10)}) for n in (32, 128, 512, 2048, 4096)]),
    "image side, CNN": ("W4", [(n, {"side": n}) for n in (8, 16, 32, 64, 128)]),
    "sequence, GRU": ("W7", [(n, {"length": n, "batch": 32}) for n in (8, 32, 128, 512)]),
    "packed, GRU": ("W7", [(n, {"length": n, "batch": 256, "packed": True}) for n in (8, 15, 32)]),
    "graph length": ("W8", [(n, {"length": n}) for n in (100, 1000, 10_000, 100_000, 1_000_000)]),
    "numbers": ("W9", [(n, {"size": n}) for n in (100, 1000, 10_000, 100_000, 1_000_000, 10_000_000)]),
}
"""What grows: (workload, (size as shown, sizes) ...)."""


def smallest() -> list[tuple[str, str, dict[str, Any]]]:
    """(name, workload, sizes) of the smallest of each series."""
    return [(series, workload, sizes[0][1]) for series, (workload, sizes) in SERIES.items()]


def measure(process: Any, interleaved: Any, threads: int, rounds: int, clock: str) -> dict[str, dict[int, Any]]:
    """Every series on both engines, with a table of ratios."""
    print(f"\n{threads} thread{'s' * (threads > 1)}, {clock} clock; ms a step of minigrad (ratio to torch)")
    found: dict[str, dict[int, Any]] = {}
    for series, (workload, sizes) in SERIES.items():
        found[series] = {}
        print(series)
        for n, size in sizes:
            with process("minigrad", threads) as minigrad, process("torch", threads) as torch:
                processes = {"minigrad": minigrad, "torch": torch}
                task = {"workload": workload, "sizes": size, "seconds": 0.1, "clock": clock}
                found[series][n] = times = interleaved(processes, min(rounds, 4), **task)
            ours, theirs = times["minigrad"]["min"], times["torch"]["min"]
            print(f"{n:10}{ours:12.3f} ({ours / theirs:.2f})", flush=True)
    return found


def plot(found: dict[int, dict[str, dict[int, Any]]], path: Path) -> None:
    """A panel for each series: ratio over size, a line for each number of threads."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 4, figsize=(14, 6), layout="constrained")
    for axis, series in zip(axes.flat, SERIES, strict=True):
        for threads, results in found.items():
            ratios = [times["minigrad"]["min"] / times["torch"]["min"] for times in results[series].values()]
            label = f"{threads} thread{'s' * (threads > 1)}"
            axis.plot(list(results[series]), ratios, marker="o", label=label)
        axis.axhline(1, color="gray", linewidth=0.8)
        axis.set(xscale="log", xlabel=series, ylabel="minigrad / torch", ylim=(0, None))
        axis.legend()
    figure.savefig(path)
    print(f"plot: {path}")
