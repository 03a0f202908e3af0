"""Calls at their edges that both engines answer with a warning, or whose second gradient is what matters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reference_torch.oracle import MINIGRAD, TORCH
from tests.ops.test_ops import same


def agree(name: str, *args: Any, order: int = 2, **kwargs: Any) -> None:
    """Values, first and second gradients as torch's, nan and infinity included."""
    ours, theirs = (e.ask(e.find(name), args, kwargs, order=order) for e in (MINIGRAD, TORCH))
    for what in ("outputs", "first", "second"):
        same(getattr(ours, what), getattr(theirs, what), f"{what} of {name}{args}{kwargs}")


VALUES = [np.array(x) for x in ([1.25, 2.25], [3.25, 3.25], [1.25], 2.25, [], [[1.25], [2.25]], [[], []])]


@pytest.mark.filterwarnings("ignore:.*degrees of freedom:UserWarning")
@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
@pytest.mark.parametrize("correction", [-1, 0, 1, 1.5, 2, 3])
@pytest.mark.parametrize("where", [{}, {"dim": 0}, {"dim": -1, "keepdim": True}], ids=str)
def test_spread_without_freedom(name: str, correction: float, where: Any) -> None:
    """As many numbers as the correction, or fewer, or none."""
    for x in VALUES:
        agree(name, x, correction=correction, **where)
