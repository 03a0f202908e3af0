"""One row of the sample table: what an op is called and what to try it on.

An operand is written as a NumPy array; float64 arrays are differentiated, every other argument is a constant, and so is
an array that is ``fixed``:

    Row("mul", [S(a(3, 4), a(4)), S(a(2), 3.0)], errors=[S(a(3), a(4))])
    Row("nn.functional.relu", [S(a(3))], inplace=True)
    Row("cat", [S([a(2, 3), a(1, 3)], dim=0)])

Lists, tuples and dicts are searched for arrays; a NumPy type stands for each package's own (``dtype=np.dtype("int32")``
becomes ``minigrad.int32`` and ``torch.int32``).

``name`` is looked up under both packages (``minigrad.mul``, ``torch.mul``); ``Tensor.view`` calls a method of the
first operand. The generic suite (test_ops.py) compares value, dtype, gradient, second gradient, float32, strided,
integer and error behaviour with torch's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.shared import draw

ON_CPU = {"median", "nanmedian", "mode", "msort", "nn.functional.hardswish"}
"""Ops of which only the CPU is asked: CUDA takes another of equal numbers, and hardswish a float32 1/6 in float64."""


class S:
    """One call: its positional and keyword arguments, and whether only torch's CPU is asked for the answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs
        self.cpu = False

    def __repr__(self) -> str:
        show = lambda v: f"{v.dtype}{list(v.shape)}" if isinstance(v, np.ndarray) else repr(v)
        parts = ["[" + ", ".join(map(show, v)) + "]" if isinstance(v, list) else show(v) for v in self.args]
        return "(" + ", ".join(parts + [f"{k}={show(v)}" for k, v in self.kwargs.items()]) + ")"


@dataclass
class Row:
    """An op, its samples, and what is particular about it.

    covers   names in the table of ops (minigrad.core.op.OPS) that this row exercises; default: the last part of name
    errors   calls that torch refuses: minigrad must raise the same class of exception
    grad     False: the op has no gradient (comparison, argmax, ...)
    second   False: torch itself has no second gradient
    ``kinks``  True: the samples hold non-differentiable points, so that gradcheck is skipped (finite differences fail
             there); torch's gradient is still compared
    inplace  also try the method ``name_``
    method   also try it as a Tensor method
    grad_fn  compare the name of the output's node with torch's
    dtypes   further types the forward is tried in (values are rounded to them)
    """

    name: str
    samples: Sequence[S] = field(repr=False)
    covers: tuple[str, ...] = ()
    errors: Sequence[S] = field(default=(), repr=False)
    grad: bool = True
    second: bool = True
    kinks: bool = False
    inplace: bool = False
    method: bool = True
    grad_fn: bool = True
    dtypes: tuple[str, ...] = ("float32", "int64", "bool")
    rtol: float = 1e-9
    note: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        draw.row_is_made()
        for sample in self.samples:
            sample.cpu |= self.name in ON_CPU


def on_cpu(sample: S, why: str) -> S:
    """The sample, with the answer always torch's on the CPU, because torch 2.11 on CUDA answers as ``why`` says."""
    sample.cpu = True
    return sample


def a(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray[Any, Any]:
    """Random float64 values, no two alike, none within 0.01 of a multiple of 1/2, where many ops are not
    differentiable."""
    x = draw("uniform", low, high, shape)
    near = np.abs(x * 2 - np.round(x * 2)) < 0.02
    return np.where(near, x + 0.05, x)


def pos(*shape: int, low: float = 0.2, high: float = 3.0) -> np.ndarray[Any, Any]:
    """Random positive values."""
    return a(*shape, low=low, high=high)


def fixed(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same values, not to be differentiated: marked as read-only."""
    x = x.copy()
    x.flags.writeable = False
    return x


def b(*shape: int) -> np.ndarray[Any, Any]:
    """Random booleans."""
    return draw("random", shape) < 0.5
