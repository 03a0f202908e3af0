"""What the lessons look like in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from lessons.runner.catalogue import Lesson

if TYPE_CHECKING:
    from lessons.runner.report import Report

console = Console(highlight=False)
SHOWN_EPOCHS = 12  # a result of more epochs shows its last only


def contents(lessons: Sequence[Lesson]) -> None:
    """Print the list of lessons."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", justify="right")
    for name in ("lesson", "idea", "data"):
        table.add_column(name)
    for x in lessons:
        table.add_row(f"[bold]{x.number}", f"[bold]{x.title}[/]\n{x.chinese}", x.idea, x.data)
    console.print(table)
    console.print("python -m lessons show N    text and program\npython -m lessons run N     train on both engines")


def show(lesson: Lesson) -> None:
    """Print a lesson's text and program, highlighted in a terminal, plain elsewhere."""
    for line in lesson.text.splitlines():
        heading = not line.startswith(" ")
        console.print(Text(line, style="bold" if heading else ""), soft_wrap=True)
    console.print()
    if console.is_terminal:
        console.print(Syntax(lesson.source, "python", theme="ansi_dark", background_color="default"))
    else:
        console.file.write(lesson.source)


def report(reports: Sequence[Report]) -> None:
    """Print the table of a run, the results of each lesson, and the mismatches."""
    console.print(_summary(reports))
    results = _results(reports)
    if results.row_count:
        console.print(results)
    if by_hand := [x for x in reports if x.columns[0].by_hand and x.good]:
        console.print(_by_hand(by_hand))
    if forked := [x for x in reports if x.comparison and x.comparison.divergence and x.good]:
        console.print(_forked(forked))
    for x in reports:
        for line in x.complaints:
            console.print(f"[bold red]lesson {x.lesson.number}[/] {line}", soft_wrap=True)


def _by_hand(reports: Sequence[Report]) -> str:
    engines = [column.engine for column in reports[0].columns]
    most = max(column.hand_difference for x in reports for column in x.columns)
    return (
        f"lesson {', '.join(str(x.lesson.number) for x in reports)}: "
        f"{', '.join(['by hand', *engines[:-1]])} and {engines[-1]} agree within {apart(most)}"
    )


def _forked(reports: Sequence[Report]) -> str:
    """Why a lesson's verdict is "same" beside differences that are not roundings."""
    numbers = ", ".join(str(x.lesson.number) for x in reports)
    steps = ", ".join(str(x.lesson.alike) for x in reports)
    return (
        f"lesson {numbers}: the losses were the same for the first {steps} steps,\n"
        "as promised; later rounding switched a ReLU or a max-pool in one engine and not\n"
        "in the other: from there on each learns alone (see lessons/runner/compare.py)"
    )


def _summary(reports: Sequence[Report]) -> Table:
    both = len(reports[0].columns) == 2
    engines = [column.engine for column in reports[0].columns]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0)
    heads = ["", "steps"]
    heads += [f"last loss\n{engine}" for engine in engines]
    heads += ["apart\nloss", "at most\ngradient"] if both else []
    heads += [f"a step\n{engine}" for engine in engines] + (["ratio"] if both else []) + ["verdict"]
    for head in heads:
        table.add_column(head, justify="left" if head == "verdict" else "right", no_wrap=True)
    for x in reports:
        row = [f"[bold]{x.lesson.number}", str(x.steps)]
        row += [f"{column.losses[-1]:.4g}" for column in x.columns]
        if x.comparison:
            row += [apart(x.comparison.loss.difference), apart(x.comparison.gradient.difference)]
        row += [duration(column.seconds_per_step) for column in x.columns]
        row += [f"{x.comparison.ratio:.2f}"] if x.comparison else []
        table.add_row(*row, f"[green]{x.verdict}" if x.good else f"[bold red]{x.verdict}")
    return table


def _results(reports: Sequence[Report]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", justify="right")
    table.add_column("what came out")
    by_hand = any(x.columns[0].by_hand for x in reports)
    for head in [*(["by hand"] if by_hand else []), *(column.engine for column in reports[0].columns)]:
        table.add_column(head, justify="right")
    for x in reports:
        for k, row in enumerate(_result_rows(x, by_hand)):
            table.add_row(f"[bold]{x.lesson.number}" if k == 0 else "", *row)
    return table


def _result_rows(x: Report, by_hand: bool) -> Iterator[list[str]]:
    for name in x.columns[0].results:
        series = [column.results.get(name, []) for column in x.columns]
        if not all(values and isinstance(values[-1], (int, float, str)) for values in series):
            continue
        title = name.replace("_", " ")
        first = series[0]
        epochs = range(len(first)) if len(first) <= SHOWN_EPOCHS else [len(first) - 1]
        for epoch in epochs:
            hand = x.columns[0].by_hand.get(name)
            yield [
                title if len(first) == 1 else f"{title}, epoch {epoch + 1}",
                *(["" if hand is None else number(hand)] if by_hand else []),
                *(number(values[epoch]) if epoch < len(values) else "" for values in series),
            ]


def number(value: float | str) -> str:
    """A count, or six decimals; what is text already stays so.

    >>> number(120422400), number(0.5), number("ohlol")
    ('120,422,400', '0.500000', 'ohlol')
    """
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.6f}"


def apart(difference: float) -> str:
    """A relative difference, one digit.

    >>> apart(1.23e-07), apart(0.0)
    ('1e-07', '0')
    """
    return f"{difference:.0e}" if difference else "0"


def duration(seconds: float) -> str:
    """Three digits and a unit.

    >>> duration(0.00012345), duration(0.0123), duration(2.5)
    ('123 us', '12.3 ms', '2.50 s')
    """
    unit, size = next(((u, s) for u, s in (("us", 1e-6), ("ms", 1e-3)) if seconds < 999.5 * s), ("s", 1.0))
    value = seconds / size
    return f"{value:.{max(0, 3 - len(str(int(value))))}f} {unit}"
