"""The fast floor: parts of the engine again, specialised for speed, and proven equal to what they replace.

    plans       in place of plan.Plan: what is saved and how rules are called, without loops
    general     record.recorder: its steps in one function
    unary       the same, for one operand
    binary      the same, for two operands that broadcast
    sweeping    sweep.sweep in one loop, and backward.owned: no new memory where nothing else refers to the old

Nothing outside this folder knows of it, and ``core`` alone is complete: ``MINIGRAD_FAST=0`` in the environment leaves
it away, ``with minigrad.core.fast.disabled():`` switches it off for a while, for all threads.
tests/core/test_floors.py holds both floors to be equal, bit for bit, over the whole table of ops.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .. import backward, op
from .. import record as recording
from .. import sweep as sweeping_plainly
from ..variable import plain, special
from .recorders import recorder
from .sweeping import owned, sweep

_PARTS = [
    (op, "recorder", recording.recorder, recorder),
    (backward, "sweep", sweeping_plainly.sweep, sweep),
    (backward, "owned", backward.owned, owned),
]  # module, name, the plain part, the fast one


def _install(fast: bool) -> None:
    for module, name, plain_part, fast_part in _PARTS:
        setattr(module, name, fast_part if fast else plain_part)


class _Off:
    """A class of operands that nobody has."""


@contextmanager
def disabled() -> Iterator[None]:
    """The reading floor alone, until the ``with`` block ends.

    >>> with minigrad.core.fast.disabled():
    ...     x = minigrad.tensor([1., 2.], requires_grad=True)
    ...     (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    classes, on = set(plain), backward.owned is owned
    plain.clear()  # a fast recorder takes operands of these classes, and leaves all others to the plain one; it looks
    special.add(_Off)  # at classes only where there are special ones
    _install(False)
    try:
        yield
    finally:
        plain.update(classes)
        if on:
            special.discard(_Off)
        _install(on)


if os.environ.get("MINIGRAD_FAST", "1") != "0":
    _install(True)
