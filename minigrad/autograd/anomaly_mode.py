"""Anomaly detection: every node remembers the lines of code that made it, and a nan in backward is an error."""

from __future__ import annotations

import warnings

from ..core.graph import mode as state
from ..core.graph import watching

ANOMALY = object()


def _switch(anomaly: bool, check_nan: bool) -> None:
    state.anomaly, state.check_nan = anomaly, check_nan
    if anomaly:
        watching.add(ANOMALY)  # stays: another thread may detect still


class set_detect_anomaly:
    """Switch anomaly detection on or off, from here on or for the block of a ``with``.

    Raises  RuntimeError, in backward, naming the op whose gradient is nan and the line of its forward.

    >>> x = minigrad.tensor(0., requires_grad=True)
    >>> with minigrad.autograd.set_detect_anomaly(True):
    ...     (x.sqrt() * 0).backward()
    Traceback (most recent call last):
        ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output ...
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = (state.anomaly, state.check_nan)
        _switch(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        _switch(*self.before)


class detect_anomaly:
    """Anomaly detection for the block of a ``with``; warns, since it is slow."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.before = (state.anomaly, state.check_nan)
        _switch(True, self.check_nan)

    def __exit__(self, *exc: object) -> None:
        _switch(*self.before)
