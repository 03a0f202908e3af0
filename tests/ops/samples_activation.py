"""Activation functions: smooth samples, then the numbers at and around their non-differentiable points."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.row import Row, S, a, b, pos
from tests.shared import i

nan, inf = float("nan"), float("inf")
KINKS = np.array([-7.0, -6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 7.0])


def f(name: str, samples: list[S] | None = None, **options: Any) -> list[Row]:
    """Two rows for an activation: smooth samples; and the points where
    they are not differentiable, at which torch's second gradient follows no rule."""
    smooth = [S(a(2, 3)), S(a()), S(a(0, 2)), S(a(4) * 4), *(samples or [])]
    options = {"dtypes": ("float32", "int64"), **options}
    at_kinks = {**options, "kinks": True, "second": False, "errors": ()}
    return [Row(f"nn.functional.{name}", smooth, **options), Row(f"nn.functional.{name}", [S(KINKS)], **at_kinks)]


ROWS = [
    *f("relu", [S(a(3), inplace=False)], errors=[S(b(2))]),
    Row(
        "relu",
        [S(a(2, 3)), S(KINKS), S(np.array([nan, inf, -inf]))],
        covers=("relu", "steps"),
        kinks=True,
        inplace=True,
        dtypes=("float32",),
    ),
    *f("leaky_relu", [S(a(3), 0.2), S(a(3), -0.5)]),
    *f("elu", [S(a(3), 0.5)]),
    *f("selu", covers=("elu",)),
    *f("celu", [S(a(3), 0.5)], errors=[S(a(3), 0.0)]),
    *f("gelu"),
    *f("gelu", [S(a(3), approximate="tanh")], covers=("gelu_tanh",), errors=[S(a(3), approximate="sin")]),
    *f("silu"),
    *f("mish", [S(np.array([-1000.0, 25.0]))]),
    *f("softplus", [S(a(3), 2.0), S(a(3) * 3, 2.0, 3.0), S(np.array([-1000.0, 19.0, 21.0, 1000.0]))]),
    *f("logsigmoid", [S(np.array([-1000.0, 1000.0]))]),
    *f("hardtanh", [S(a(3), -0.5, 0.7)], errors=[S(a(3), 1.0, -1.0)]),
    *f("relu6", covers=("hardtanh",)),
    *f("hardswish"),
    *f("hardsigmoid", second=False, rtol=1e-7),  # torch multiplies by a float32 1/6, once
    *f("hardshrink", [S(a(3), 0.3)]),
    *f("softshrink", [S(a(3), 0.3)], errors=[S(a(3), -0.3)]),
    *f("softsign", covers=("div",)),
    *f("tanhshrink", covers=("tanh",)),
    Row(
        "nn.functional.threshold",
        [S(a(2, 3), 0.3, -2.0), S(KINKS, 0.5, 9.0), S(i(4), 2, 7)],
        kinks=True,
        method=False,
        dtypes=("float32", "int64"),
    ),
    *f("sigmoid"),
    *f("tanh"),
    Row(
        "nn.functional.glu",
        [S(a(2, 4)), S(a(4, 3), 0), S(a(2, 4, 3), dim=1), S(a(0, 4))],
        errors=[S(a(3)), S(a()), S(a(4), 2)],
        dtypes=("float32", "int64"),
    ),
    Row(
        "nn.functional.prelu",
        [S(a(2, 3), pos(3)), S(a(2, 3, 2, 2), pos(3)), S(a(2, 3), pos(1)), S(a(3), pos(1)), S(a(2, 3), pos())],
        covers=("prelu_kernel", "prelu_grad_x"),
        errors=[S(a(2, 3), pos(2)), S(a(2, 3), pos(3, 1))],
        dtypes=("float32",),
    ),
    Row("nn.functional.prelu", [S(KINKS, pos(1))], covers=("prelu_kernel",), kinks=True, dtypes=()),
]
