"""``python -m lessons``: list them, show one, run them on both engines.

Nothing is imported here that loads NumPy: how many threads BLAS starts is decided before.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from lessons.runner.catalogue import LESSONS, find
from lessons.runner.errors import InputError

EXAMPLES = """\
examples:
  python -m lessons list
  python -m lessons show 3
  python -m lessons run 3 --verbose             every gradient, by hand beside both engines
  python -m lessons run                         all of them, both engines, embedded data
  python -m lessons run 8 --data download       lesson 8 on MNIST
  python -m lessons microscope 4 --step 10      what backprop did in lesson 4's tenth step
"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def positive(text: str) -> int:
    """A whole number, 1 or more."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def whole(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def seed(text: str) -> int:
    """A whole number that a random generator takes as its seed."""
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2**63 - 1")
    return int(text)


def parser() -> Parser:
    """The command line."""
    top = Parser(
        prog="python -m lessons",
        description="The PyTorch course, run on minigrad and on torch, side by side.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="{list,show,run,microscope}")
    commands.add_parser("list", help="number, title, idea and data of every lesson")

    show = commands.add_parser("show", help="a lesson's text and program")
    show.add_argument("number", type=whole, metavar="N")

    run = commands.add_parser("run", help="train on both engines and compare every step")
    run.add_argument("numbers", type=whole, nargs="*", metavar="N", help="which lessons (all)")
    run.add_argument("--engine", choices=["both", "minigrad", "torch"], default="both", help="who computes (both)")
    run.add_argument(
        "--data",
        default="embedded",
        metavar="embedded|download|DIR",
        help="embedded; MNIST by download; or a folder with MNIST/raw/*.gz, diabetes.csv.gz, names_{train,test}.csv.gz "
        "(embedded)",
    )
    run.add_argument("--epochs", type=positive, metavar="K", help="how long to train (as the course does)")
    run.add_argument("--seed", type=seed, default=0, metavar="S", help="of both engines (0)")
    run.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda", "mps"],
        default="auto",
        help="where torch computes the lessons that move to a device; minigrad is always on the CPU (auto)",
    )
    run.add_argument(
        "--threads",
        type=positive,
        default=1,
        metavar="T",
        help="of BLAS and of torch alike; above 1 the two engines' idle threads get in each other's way (1)",
    )
    run.add_argument("--out", default="out", metavar="DIR", help="folder for the plots and results.json (out)")
    run.add_argument(
        "--checkpoint",
        metavar="DIR",
        help="save every epoch of lessons 4 to 12 there, and go on from what is there: a run that was killed and asked "
        "for again ends in the same numbers, bit for bit",
    )
    said = run.add_mutually_exclusive_group()
    said.add_argument("--json", action="store_true", help="print results.json instead of tables")
    said.add_argument("--verbose", action="store_true", help="print every step: its gradients, by hand and by engine")

    look = commands.add_parser("microscope", help="a page that plays one training step back, op by op")
    look.add_argument("number", type=whole, metavar="N")
    look.add_argument("--step", type=positive, metavar="K", help="which step of the training (the lesson's own)")
    look.add_argument("--out", default="out", metavar="DIR", help="folder for the page (out)")
    return top


def bound_threads(threads: int) -> None:
    """Let every pool of threads be this large, and let idle threads sleep: while one engine computes, the other waits.

    These are read once, when NumPy and torch are loaded.
    """
    for pool in ("OMP", "OPENBLAS", "MKL", "VECLIB"):
        os.environ[f"{pool}_NUM_THREADS" if pool != "VECLIB" else "VECLIB_MAXIMUM_THREADS"] = str(threads)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = "4"  # 2**4 cycles of waiting awake


def main(argv: list[str] | None = None) -> int:
    """The exit status: 0; 1 where the engines do not match; 2 where the input is at fault."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a console without Chinese
    top = parser()
    options = top.parse_args(argv)
    try:
        if options.command == "run":
            lessons = [find(number) for number in dict.fromkeys(options.numbers)] or LESSONS
            bound_threads(options.threads)
            from lessons.runner.run import run

            return run(lessons, options)
        if options.command == "microscope":
            lesson = find(options.number)
            bound_threads(1)
            from lessons.runner.microscope import microscope

            return microscope(lesson, options)
        from lessons.runner import display

        if options.command == "show":
            display.show(find(options.number))
        else:
            display.contents(LESSONS)
    except InputError as error:
        print(f"{top.prog}: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("torch", "torchvision", "matplotlib", "rich"):
            raise
        print(f"{top.prog}: {error.name} is not installed: pip install 'minigrad[lessons]'", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{top.prog}: stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
