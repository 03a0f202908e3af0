"""Anomaly detection: which op made the first nan or infinity, forward or backward, and a hint.

A nan in the loss tells nothing: it has passed through many ops since the one that made it. So each op is looked at as
it is recorded and as its rules run. The op to name is the first that was given finite numbers and returned others.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..core.errors import user_trace
from ..core.node import Node
from ..core.observe import mode, unwatch, watch
from ..core.variable import Variable
from ..core.watcher import Watcher

_HINTS = {
    "log log2 log10": "{op} is -inf at 0 and nan below: add a small eps, or clamp(min=eps) first",
    "log1p": "{op} is -inf at -1 and nan below: clamp its input first",
    "sqrt": "{op} is nan below 0 and its derivative is infinite at 0: add a small eps under the root",
    "rsqrt": "{op} is infinite at 0: add a small eps under the root",
    "vector_norm": "the derivative of a norm is not defined at 0: add a small eps under the root",
    "div": "a number was divided by 0, or the quotient is too large: add a small eps to the divisor",
    "reciprocal": "1 / 0: add a small eps to the divisor",
    "exp": "{op} overflows (float32: above 88): subtract the maximum first, as softmax and logsumexp do",
    "pow pow_number pow_of_number": "a negative base with a fractional exponent is nan, 0 with a negative one "
    "infinite: clamp the base first",
    "acos asin": "{op} is nan outside [-1, 1] and its derivative is infinite there: clamp its input a little inside",
    "mul": "the product is too large for the dtype: scale the operands down",
    "mm bmm mv matmul addmm linear linear_unbiased convolution": "the sums of products are too large: scale the inputs "
    "or the weights down (or lower the learning rate)",
}
CURES = {op: cure.format(op=op) for ops, cure in _HINTS.items() for op in ops.split()}
MASKED = (
    "the gradient that arrived there is 0, and 0 times an infinite derivative is nan: `where`, a mask or a product hid "
    "the value but not its derivative; replace the *input* where it is masked (where(mask, x, 1) before the op, too)"
)
GENERAL = "look for 0/0, inf - inf, log or sqrt of a number that is not positive, or a number too large for its type"


class Anomaly(Watcher):
    """Keeps the line that made each node; raises where the first nan or infinity is born."""

    def __init__(self, check_nan: bool) -> None:
        self.check_nan = check_nan

    def node_made(self, node: Node, args: tuple[Any, ...], out: Any) -> None:
        node.trace = user_trace()
        if not self.check_nan or finite(out) or not finite(args):
            return
        born = "nan" if any(np.isnan(a).any() for a in _floats(out)) else "an infinity"
        raise RuntimeError(
            f"Function '{node.op.name}' returned {born} in its forward, from operands that are finite: "
            f"{_ranges(args)}. {_cure(node)}.\nThe forward call:\n{node.trace}"
        )

    def node_ran(self, node: Node, g: Any, gradients: Any, parts: Any) -> None:
        if not self.check_nan:
            return
        for k, slope in enumerate(gradients):
            if slope is None or finite(slope):
                continue
            (a,) = _floats(slope)
            nan = np.isnan(a)
            if not nan.any() and not finite(g):
                continue  # an infinity that was there before
            (arrived,) = _floats(g) if not isinstance(g, list) else (None,)
            masked = arrived is not None and arrived.shape == a.shape and bool(nan.any() and (arrived[nan] == 0).all())
            line = "" if node.trace is None else f"\nThe forward call that recorded it:\n{node.trace}"
            raise RuntimeError(
                f"Function '{node.name()}' returned {'nan' if nan.any() else 'infinite'} values in its {k}th output "
                f"(the gradient of operand {k}): {MASKED if masked else _cure(node)}. The gradient that arrived: "
                f"{_ranges((g,))}.{line}"
            )


def finite(value: Any) -> bool:
    """Whether every number in a tensor, a number, or a list of these is finite."""
    return all(np.isfinite(a).all() for a in _floats(value))


def _floats(value: Any) -> list[Any]:
    """The floating arrays in a value."""
    if isinstance(value, (list, tuple)):
        return [a for v in value for a in _floats(v)]
    if isinstance(value, (float, np.floating)):
        return [np.asarray(value)]
    a = value.array if isinstance(value, Variable) else value
    return [a] if isinstance(a, np.ndarray) and a.dtype.kind == "f" else []


def _ranges(args: Any) -> str:
    """In which interval the numbers of each operand lie."""
    said = [f"{list(a.shape)} from {a.min():.4g} to {a.max():.4g}" if a.size else "empty" for a in _floats(args)]
    return ", ".join(said)


def _cure(node: Node) -> str:
    return CURES.get(node.op.name, GENERAL)


class set_detect_anomaly:
    """Switch anomaly detection on or off, from here on or for the block of a ``with``.

    Raises  RuntimeError, in forward or backward, naming the op that made the first nan or infinity, the ranges of its
            operands, the line of its forward and a hint. (torch looks at the backward only, and only for nan.)

    >>> x = minigrad.tensor(0., requires_grad=True)
    >>> with minigrad.autograd.set_detect_anomaly(True):
    ...     (x.sqrt() * 0).backward()
    Traceback (most recent call last):
        ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output ...
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = _present()
        _replace(self.before, Anomaly(check_nan) if mode else None)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        _replace(_present(), self.before)


class detect_anomaly:
    """Anomaly detection for the block of a ``with``; warns, since it is slow.

    Raises  RuntimeError, inside the block, as ``set_detect_anomaly``.

    >>> x = minigrad.tensor(0., requires_grad=True)
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"), minigrad.autograd.detect_anomaly():
    ...     (x.sqrt() * 0).backward()
    Traceback (most recent call last):
        ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.before = _present()
        _replace(self.before, Anomaly(self.check_nan))

    def __exit__(self, *exc: object) -> None:
        _replace(_present(), self.before)


def _present() -> Anomaly | None:
    """This thread's anomaly detection, if it is on."""
    return next((w for w in mode.watchers if isinstance(w, Anomaly)), None)


def _replace(old: Anomaly | None, new: Anomaly | None) -> None:
    if old is not None:
        unwatch(old)
    if new is not None:
        watch(new)
