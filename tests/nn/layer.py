"""One row of the table of layers: how a module is built and what it is called on.

    Layer("Linear", C(3, 4, bias=False), C(x(2, 3)), C(x(3)))

The first ``C`` holds the constructor's arguments, the others the arguments of a call each. Operands are NumPy arrays:
float64 ones are differentiated, every other argument is a constant. Modules start in float32, then go on in float64.

The generic suite (test_layers.py) compares with torch: first weights from one seed, printed form, state_dict, values in
training and in evaluation, gradients of inputs and of parameters, buffers after every call, and where the stream of
random numbers is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.shared import draw


class C:
    """A call: its positional and keyword arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def __repr__(self) -> str:
        show = lambda v: f"{v.dtype}{list(v.shape)}" if isinstance(v, np.ndarray) else repr(v)
        return f"({', '.join([*map(show, self.args), *(f'{k}={show(v)}' for k, v in self.kwargs.items())])})"


@dataclass(init=False)
class Layer:
    """A module, its constructor's arguments and what to call it on.

    rtol   how near the values and gradients must be
    """

    name: str
    build: C
    calls: tuple[C, ...]
    rtol: float

    def __init__(self, name: str, build: C, *calls: C, rtol: float = 1e-9) -> None:
        self.name, self.build, self.calls, self.rtol = name, build, calls, rtol
        draw.row_is_made()


def x(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray[Any, Any]:
    """Random float64 values."""
    return draw("uniform", low, high, shape)
