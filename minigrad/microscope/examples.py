"""Two small programs for pages of programs that make no mistake: one in which the wrong order goes wrong, and one that
is run with and without zero_grad.

Their text is compiled under a name of its own, so that the page shows their lines, as it does a reader's.
"""

from __future__ import annotations

import functools
import linecache
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..core.observe import mode
from .entries import Recording
from .forgetting import BothWays, both_ways

WRONG_ORDER = """\
x = torch.tensor(3.0, requires_grad=True)
with record() as tape:
    a = 2 * x
    b = a * a        # a is used here, twice,
    loss = a + b     # and here
    loss.backward()
"""

ZERO_GRAD = """\
def train():
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 4.0, 6.0])
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.05)
    for step in range(12):
        loss = ((w * x - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item(), {"w": w.grad}
"""

ABOUT = {
    "title": {"en": "An example: a is used three times", "zh": "例子：a 被用了三次"},  # noqa: RUF001
    "idea": {
        "en": "d loss/d a has three parts. Whoever passes it on before all have arrived passes some of it on twice.",
        "zh": "d loss/d a 由三部分组成。没等三部分到齐就往下传，就会把其中一些传上两遍。",  # noqa: RUF001
    },
}


@functools.cache
def wrong_order(record: Callable[[], Any]) -> Recording:
    """The tape of a program in which a tensor is used three times."""
    watchers, mode.watchers = mode.watchers, ()  # who records the reader's program shall not see this one
    try:
        tape: Recording = _run(WRONG_ORDER, "wrong_order.py", record=record)["tape"]
    finally:
        mode.watchers = watchers
    tape.about = ABOUT
    return tape


SHOWN = ("values", "min", "max", "mean", "std", "norm")  # of a summary


def goes_wrong(tape: dict[str, Any]) -> bool:
    """Whether the wrong order comes to other gradients than the right one."""
    right = {str(source["id"]): source["gradient"] for source in tape["sources"]}
    wrong = {} if tape["naive"] is None else tape["naive"]["gradients"]
    return any(right[k] is None or any(right[k][name] != g[name] for name in SHOWN) for k, g in wrong.items())


@functools.cache
def zero_grad() -> BothWays:
    """A dozen steps of a line through the origin, with and without zero_grad."""

    def training() -> Iterator[Any]:
        return _run(ZERO_GRAD, "zero_grad.py")["train"]()  # type: ignore[no-any-return]

    runs = both_ways(training)
    assert runs is not None
    runs.example = True
    return runs


def _run(source: str, name: str, **names: Any) -> dict[str, Any]:
    """Run a program; its names afterwards."""
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    names["torch"] = sys.modules[__name__.partition(".")[0]]
    exec(compile(source, name, "exec"), names)
    return names
