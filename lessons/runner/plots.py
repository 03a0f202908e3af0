"""The pictures of a run: the loss of both engines, and what each lesson has to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lessons.runner.play import Column
from lessons.runner.report import Report

CHINESE_FONTS = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "STHeiti",
    "Microsoft YaHei",
    "SimHei",
    "Arial Unicode MS",
    "Droid Sans Fallback",
]
NETWORKS = ("inception", "residual")  # of lesson 10
STYLES = {  # torch is drawn wide and pale, minigrad thin upon it: where they agree both are seen
    "torch": {"color": "tab:orange", "linewidth": 5, "alpha": 0.4, "solid_capstyle": "round"},
    "minigrad": {"color": "tab:blue", "linewidth": 1.2},
}


def draw(reports: Sequence[Report], out: Path) -> list[Path]:
    """Draw every lesson's pictures into the folder; a picture's name says its lesson."""
    chinese = chinese_font()
    fonts = ["DejaVu Sans", chinese] if chinese else ["DejaVu Sans"]
    paths = []
    with matplotlib.rc_context({"font.family": fonts, "axes.unicode_minus": False}):
        for report in reports:
            for name, picture in PICTURES.get(report.lesson.module, {"loss": loss_curve}).items():
                figure = Figure(figsize=(7, 4.5), layout="constrained")
                picture(figure, sorted(report.columns, key=lambda column: column.engine != "torch"))
                title = f"Lesson {report.lesson.number}: {report.lesson.title}"
                figure.suptitle(f"{title}  {report.lesson.chinese}" if chinese else title)
                paths.append(out / f"lesson{report.lesson.number:02}_{name}.png")
                figure.savefig(paths[-1], dpi=120)
    return paths


def chinese_font() -> str | None:
    """The first installed font that has Chinese characters."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in installed), None)


def loss_curve(figure: Figure, columns: Sequence[Column]) -> None:
    """The loss at every step."""
    axes = figure.add_subplot(xlabel="step", ylabel="loss")
    for column in columns:
        axes.plot(column.losses, label=column.engine, **style(column))
    axes.legend()
    axes.grid(alpha=0.3)


def bowl(figure: Figure, columns: Sequence[Column]) -> None:
    """The loss over w."""
    axes = figure.add_subplot(xlabel="w", ylabel="loss (MSE)")
    for column in columns:
        axes.plot(column.results["w"][0], column.results["mse"][0], label=column.engine, **style(column))
    axes.legend()
    axes.grid(alpha=0.3)


def surface(figure: Figure, columns: Sequence[Column]) -> None:
    """The loss over (w, b): torch's as a surface, minigrad's as points upon it."""
    axes: Any = figure.add_subplot(projection="3d", xlabel="w", ylabel="b", zlabel="loss (MSE)")
    for column in columns:
        w, b = np.meshgrid(column.results["surface_w"][0], column.results["surface_b"][0], indexing="ij")
        mse = np.array(column.results["surface_mse"][0])
        if column.engine == "torch" or len(columns) == 1:
            axes.plot_surface(w, b, mse, cmap="viridis", alpha=0.7, rcount=41)
        else:
            axes.scatter(w, b, mse, s=4, color="tab:blue", label="minigrad (the surface is torch)", depthshade=False)
            axes.legend()
    axes.view_init(elev=25, azim=-60)


def descents(figure: Figure, columns: Sequence[Column]) -> None:
    """The loss over all samples after each epoch, for the three ways to descend."""
    ways = ["batch", "mini_batch", "stochastic"]
    for place, way in enumerate(ways, start=1):
        axes = figure.add_subplot(
            1, 3, place, xlabel="epoch", title=way.replace("_", "-"), yscale="log", ylim=(1e-14, 10)
        )
        for column in columns:
            axes.plot(column.results[way][0], label=column.engine, **style(column))
        axes.grid(alpha=0.3)
        if place == 1:
            axes.set_ylabel("loss over all samples")
            axes.legend()


def probability(figure: Figure, columns: Sequence[Column]) -> None:
    """The probability to pass over the hours of study."""
    axes = figure.add_subplot(xlabel="hours of study", ylabel="probability to pass")
    for column in columns:
        axes.plot(column.results["hours"][0], column.results["probability"][0], label=column.engine, **style(column))
    axes.axhline(0.5, color="tab:red", linewidth=1)
    axes.plot([1, 2, 3], [0, 0, 1], "k.", markersize=10, label="the three students")
    axes.legend()
    axes.grid(alpha=0.3)


def accuracy(figure: Figure, columns: Sequence[Column]) -> None:
    """The share of right answers on unseen samples after each epoch."""
    axes = figure.add_subplot(xlabel="epoch", ylabel="accuracy on test set, %")
    for column in columns:
        percent = 100 * np.array(column.results["accuracy"])
        axes.plot(np.arange(1, len(percent) + 1), percent, marker=".", label=column.engine, **style(column))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    axes.grid(alpha=0.3)


def two_losses(figure: Figure, columns: Sequence[Column]) -> None:
    """The losses of the two networks, which take turns."""
    for place, name in enumerate(NETWORKS):
        axes = figure.add_subplot(1, 2, place + 1, xlabel="step", title=name, ylim=(0, 2.6))
        for column in columns:
            axes.plot(column.losses[place::2], label=column.engine, **style(column))
        axes.grid(alpha=0.3)
        if place == 0:
            axes.set_ylabel("loss")
            axes.legend()


def two_accuracies(figure: Figure, columns: Sequence[Column]) -> None:
    """The share of right answers of both networks on unseen samples after each epoch."""
    axes = figure.add_subplot(xlabel="epoch", ylabel="accuracy on test set, %")
    for name, line in zip(NETWORKS, ("--", "-"), strict=True):
        for column in columns:
            percent = 100 * np.array(column.results[f"accuracy_{name}"])
            label = f"{name}, {column.engine}"
            axes.plot(np.arange(1, len(percent) + 1), percent, label=label, linestyle=line, **style(column))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    axes.grid(alpha=0.3)


def gradient_sizes(figure: Figure, columns: Sequence[Column]) -> None:
    """The size of the gradient before each block, with the skip and without."""
    axes = figure.add_subplot(xlabel="block, counted from the image", ylabel="size of the gradient", yscale="log")
    for name, line, what in (("gradient_skip", "-", "with the skip"), ("gradient_plain", "--", "without")):
        for column in columns:
            sizes = column.results[name][0]
            label = f"{what}, {column.engine}"
            axes.plot(np.arange(1, len(sizes) + 1), sizes, label=label, linestyle=line, **style(column))
    axes.annotate("", (0.15, 0.62), (0.45, 0.62), xycoords="axes fraction", arrowprops={"arrowstyle": "->"})
    axes.annotate("the way of the gradient", (0.3, 0.64), xycoords="axes fraction", ha="center")
    axes.legend()
    axes.grid(alpha=0.3)


def spelling(figure: Figure, columns: Sequence[Column]) -> None:
    """The loss of the three ways to say ohlol, and what they said."""
    for place, way in enumerate(("RNNCell", "RNN", "Embedding")):
        axes = figure.add_subplot(1, 3, place + 1, xlabel="epoch", title=way)
        strings = columns[0].results[way]
        epochs = np.arange(1, len(strings) + 1)
        for column in columns:
            losses = np.reshape(column.losses, (3, -1))[place]
            axes.plot(epochs, losses, label=column.engine, **style(column))
        for k in np.linspace(0, len(strings) - 1, 4).astype(int).tolist():
            axes.annotate(strings[k], (epochs[k], losses[k]), (0, 8), textcoords="offset points", rotation=45)
        axes.margins(x=0.2, y=0.2)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        if place == 0:
            axes.set_ylabel("loss")
            axes.legend()


def confusion(figure: Figure, columns: Sequence[Column]) -> None:
    """Which country's names are taken for which: torch's as colours, a dot where minigrad's count is another."""
    counts = [np.array(column.results["confusion"][0]) for column in columns]
    countries = columns[0].results["countries"][0]
    axes = figure.add_subplot(xlabel="taken for", ylabel="from")
    image = axes.imshow(counts[0] / np.maximum(counts[0].sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    true, guess = np.nonzero(counts[-1] != counts[0])
    axes.plot(guess, true, "r.", label=f"{columns[-1].engine} counts otherwise")
    if len(true):
        axes.legend()
    axes.set_xticks(range(len(countries)), countries, rotation=90, fontsize=7)
    axes.set_yticks(range(len(countries)), countries, fontsize=7)
    figure.colorbar(image, label="share of a country's names")


def style(column: Column) -> dict[str, Any]:
    """How an engine's line looks."""
    return STYLES[column.engine]


Picture = Callable[[Figure, Sequence[Column]], None]
PICTURES: dict[str, dict[str, Picture]] = {  # a lesson that is not here has its loss curve
    "l01_linear_model": {"bowl": bowl, "surface": surface},
    "l02_gradient_descent": {"descents": descents},
    "l05_logistic_regression": {"loss": loss_curve, "probability": probability},
    "l08_softmax_classifier": {"loss": loss_curve, "accuracy": accuracy},
    "l09_basic_cnn": {"loss": loss_curve, "accuracy": accuracy},
    "l10_advanced_cnn": {"loss": two_losses, "accuracy": two_accuracies, "gradient": gradient_sizes},
    "l11_basic_rnn": {"spelling": spelling},
    "l12_rnn_classifier": {"loss": loss_curve, "accuracy": accuracy, "confusion": confusion},
}
