"""The table of contents; reading it imports neither engine."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.runner.errors import InputError


@dataclass(frozen=True)
class Lesson:
    """A lesson's line in the list, and where its program is.

    ``data``    what it trains on; ``file`` is "diabetes", "digits" or "names" where that is loaded
    ``kinks``   whether it has ReLUs or max-pools, which rounding can switch (see compare.py)
    ``epochs``  how many to train on the embedded data, where that is not the course's number
    ``shows``   the step that the microscope shows, unless another is asked for: one whose numbers teach
    ``alike``   over how many steps the engines' losses and gradients are promised (see compare.py)
    """

    number: int
    module: str
    title: str
    chinese: str
    idea: str
    data: str
    file: str | None = None
    kinks: bool = False
    epochs: int | None = None
    alike: int = 100
    shows: int = 1

    @property
    def program(self) -> Callable[..., Any]:
        """The generator ``lesson(torch, ...)``."""
        return importlib.import_module(f"lessons.{self.module}").lesson  # type: ignore[no-any-return]

    @property
    def text(self) -> str:
        """The lesson's docstring."""
        return inspect.getdoc(importlib.import_module(f"lessons.{self.module}")) or ""

    @property
    def source(self) -> str:
        """The lesson's program, without the docstring."""
        file = (Path(__file__).parents[1] / f"{self.module}.py").read_text(encoding="utf-8")
        return file.split('"""', 2)[2].strip() + "\n"

    @property
    def takes(self) -> set[str]:
        """The names of the program's arguments."""
        return set(inspect.signature(self.program).parameters)

    @property
    def trains(self) -> bool:
        """Whether it trains a Module, which a checkpoint can hold."""
        return "Epochs(" in self.source

    def epochs_on(self, data: str) -> int:
        """The course's number of epochs, or more where the embedded data is so much smaller."""
        if self.epochs and data == "embedded":
            return self.epochs
        return int(inspect.signature(self.program).parameters["epochs"].default)


LESSONS = [
    Lesson(0, "l00_engine", "The engine", "自动求导引擎", "all of backprop in 80 lines", "3 points"),
    Lesson(
        1, "l01_linear_model", "Linear model", "线性模型", "try every weight: the loss is a bowl", "3 points", shows=16
    ),
    Lesson(2, "l02_gradient_descent", "Gradient descent", "梯度下降算法", "walk against the gradient", "3 points"),
    Lesson(
        3, "l03_back_propagation", "Back propagation", "反向传播", "the chain rule, once per node", "3 points", shows=2
    ),
    Lesson(
        4,
        "l04_linear_regression",
        "Linear regression",
        "用 PyTorch 实现线性回归",
        "a Module and the loop of four lines",
        "3 points",
    ),
    Lesson(
        5,
        "l05_logistic_regression",
        "Logistic regression",
        "逻辑斯蒂回归",
        "a line squashed into a probability",
        "3 students",
    ),
    Lesson(
        6,
        "l06_multiple_dimension_input",
        "Multiple dimension input",
        "处理多维特征的输入",
        "a mini-batch is a matrix product",
        "442 patients",
        file="diabetes",
    ),
    Lesson(
        7,
        "l07_dataset_dataloader",
        "Dataset and DataLoader",
        "加载数据集",
        "shuffle, batch, two workers",
        "442 patients",
        file="diabetes",
    ),
    Lesson(
        8,
        "l08_softmax_classifier",
        "Softmax classifier",
        "多分类问题",
        "ten answers, prediction minus truth",
        "1797 digits",
        file="digits",
        kinks=True,
        epochs=20,
    ),
    Lesson(
        9,
        "l09_basic_cnn",
        "Basic CNN",
        "卷积神经网络（基础篇）",
        "one small window slides over the whole image",
        "1797 digits",
        file="digits",
        kinks=True,
        epochs=20,
        alike=10,
    ),
    Lesson(
        10,
        "l10_advanced_cnn",
        "Advanced CNN",
        "卷积神经网络（高级篇）",
        "parallel branches, and skip connections",
        "1797 digits",
        file="digits",
        kinks=True,
        alike=10,
    ),
    Lesson(
        11,
        "l11_basic_rnn",
        "Basic RNN",
        "循环神经网络（基础篇）",
        "the same cell at every step: hello to ohlol",
        "5 letters",
        epochs=30,
    ),
    Lesson(
        12,
        "l12_rnn_classifier",
        "RNN classifier",
        "循环神经网络（高级篇）",
        "which country is a surname from?",
        "910 surnames",
        file="names",
        epochs=30,
    ),
]


def find(number: int) -> Lesson:
    """The lesson of that number.

    Raises  InputError if there is none.
    """
    for lesson in LESSONS:
        if lesson.number == number:
            return lesson
    raise InputError(f"there is no lesson {number}: choose from 0 to {LESSONS[-1].number} (python -m lessons list)")
