"""Every op at its non-differentiable points: ties, bounds that are met, zeros, margins just kept. torch's choice is
expected."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.row import Row, S, a

inf, nan = float("inf"), float("nan")
F = "nn.functional."
X = np.array([[1.0, 2.0, 2.0, -1.0], [2.0, 2.0, -1.0, -1.0]])  # ties within a row and within a column
Y = np.array([[1.0, 1.0, 2.0, 0.0], [3.0, 2.0, -2.0, -1.0]])  # below, above and equal
LINE = np.array([-1.0, -0.5, 0.0, -0.0, 0.5, 1.0])
ZEROS = np.array([[0.0, 2.0, 3.0], [0.0, 1.5, 0.0], [0.0, 0.0, 0.0], [1.5, 2.0, 0.5]])  # one, two, three, none
SIGNS = np.array([1.0, -1.0, 1.0, -1.0])
PLACES = np.array([[0, 0, 1, 1], [0, 0, 0, 1]])


def v(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values)


def at(name: str, *samples: S, **options: Any) -> Row:
    """Such points have no numerical gradient, nor an op of their own to cover."""
    return Row(name, samples, **{"covers": (), "kinks": True, "dtypes": ("float32",), "grad_fn": False, **options})


def by_reduction(name: str, *args: Any, **kwargs: Any) -> Row:
    return at(F + name, *(S(*args, reduction=r, **kwargs) for r in ("none", "mean", "sum")), second=False)


ROWS = [
    *[at(n, S(X, Y), S(X, v(1.0, 2.0, 2.0, -1.0)), S(X, X), inplace=False) for n in ("maximum", "minimum", "fmax", "fmin")],
    *[at(n, S(X, Y), S(X), S(X, 0), S(X, 1, True), S(np.zeros(3))) for n in ("max", "min")],
    *[at(n, S(X), S(X, 0), S(X, (0, 1), True), S(np.zeros((2, 2)), 1)) for n in ("amax", "amin")],
    at("aminmax", S(X), S(X, dim=0), S(X, dim=1, keepdim=True), S(np.zeros(3))),
    *[at(n, S(X), S(X, 0), S(X, 1, True), grad=False) for n in ("argmax", "argmin")],
    at("clamp", S(LINE, -0.5, 0.5), S(LINE, min=0.0), S(LINE, max=0.0), S(LINE, 0.5, -0.5), S(LINE, 0.5, 0.5),
       S(X, Y, Y + 1), S(X, Y - 1, Y), S(X, Y, Y), S(X, Y + 1, Y), S(X, max=Y), S(X, min=Y), S(X, v(1.0), v(2.0)), inplace=True),
    *[at(n, S(LINE, 0.5), S(LINE, 0.0), S(X, Y), S(X, v(2.0)), inplace=True) for n in ("clamp_min", "clamp_max")],
    *[at(n, *(S(X, dim=d, stable=True, descending=down) for d in (0, 1) for down in (False, True)), grad=n == "sort")
      for n in ("sort", "argsort")],
    at("msort", S(np.zeros((3, 2)))),
    *[at(n, S(X), S(X, 0), S(X, 1, True), S(v(1.0, 1.0, 2.0, 2.0, 2.0))) for n in ("median", "nanmedian")],
    at("nanmedian", S(v(1.0, nan, 1.0, 2.0))),
    at("mode", S(X), S(X, 0), S(v(2.0, 1.0, 1.0, 2.0, 3.0))),
    *[at(n, S(X, 0), S(X, 1), S(v(1.0, 1.0, 0.0, 1.0, 2.0, 2.0, -1.0, -1.0), 0)) for n in ("cummax", "cummin")],
    at("quantile", S(v(1.0, 1.0, 2.0, 2.0, 5.0), 0.5), S(v(1.0, 1.0, 2.0, 2.0, 5.0), 1.0)),
    *[at(F + n, S(LINE)) for n in ("relu", "relu6", "hardtanh", "hardswish", "hardshrink", "softshrink", "elu",
                                               "celu", "selu", "leaky_relu", "softsign", "tanhshrink")],
    at(F + "hardsigmoid", S(v(-3.0, 0.0, 3.0)), second=False, rtol=1e-7),  # torch multiplies by a float32 1/6
    at(F + "hardtanh", S(LINE, -0.5, 0.5), S(LINE, 0.0, 1.0)),
    *[at(F + n, S(LINE, 0.5), S(LINE, 1.0), S(LINE, 0.0)) for n in ("hardshrink", "softshrink")],
    at(F + "threshold", S(LINE, 0.5, 2.0), S(LINE, 0.0, -2.0), method=False),
    at(F + "softplus", S(v(-20.0, 0.0, 20.0)), S(v(1.0, 2.0), 2.0, 4.0)),
    at(F + "prelu", S(LINE, v(0.3)), S(LINE, v(-0.3))),
    *[at(n, S(LINE), S(X - Y)) for n in ("abs", "sign", "sgn")],
    at("norm", *(S(x, p, d) for x in (X, X - 2, X * 0) for p in (0, 1, 2, 3, 0.5, inf, -inf) for d in (0, 1))),
    *[at("dist", S(x, Y, p), second=False) for x in (X, Y) for p in (1, 2, 3, inf, -inf)],
    at("cdist", *(S(X, np.concatenate([X, Y]), p) for p in (1.0, 2.0, 3.0, inf)), second=False),
    at(F + "pairwise_distance", *(S(X, Y, p, 0.0) for p in (1.0, 2.0, inf)), S(X, X), second=False),
    at(F + "normalize", S(X * 0), S(X, inf), S(v(1e-12, 0.0), dim=0)),
    at("prod", S(ZEROS), S(ZEROS[3:]), S(ZEROS, 0), S(ZEROS, 1), S(v(0.0, 2.0, 3.0)), S(v(0.0, 2.0, 0.0))),
    at("cumprod", S(ZEROS, 0), S(ZEROS, 1)),
    at("heaviside", S(LINE, a(6)), S(np.zeros(3), v(0.0, 1.0, nan)), grad=False),
    at(F + "max_pool1d", S(X, 2, 1), S(X, 3, 2, 1), S(X, 2, return_indices=True)),
    at(F + "max_pool2d", S(X[None], 2, 1), S(X[None], 3, 1, 1)),
    at(F + "adaptive_max_pool1d", S(X, 2), S(X, 3)),
    at(F + "adaptive_max_pool2d", S(X[None], (1, 3)), S(X[None], 1)),
    *[by_reduction(n, X, Y) for n in ("l1_loss", "mse_loss", "smooth_l1_loss", "huber_loss")],
    by_reduction("smooth_l1_loss", X, Y, beta=0.0),
    by_reduction("smooth_l1_loss", X, Y, beta=2.0),
    by_reduction("huber_loss", X, Y, delta=2.0),
    by_reduction("hinge_embedding_loss", v(1.0, 1.0, 0.0, 0.0), SIGNS),
    by_reduction("margin_ranking_loss", v(1.0, 1.0, 0.5, 2.0), v(1.0, 1.0, 1.0, 1.0), SIGNS),
    by_reduction("margin_ranking_loss", v(1.0, 2.0, 2.0, 1.0), v(0.0, 1.0, 1.5, 2.0), SIGNS, margin=1.0),
    by_reduction("cosine_embedding_loss", X[:, :2].repeat(2, 0), X[:, :2].repeat(2, 0)[::-1] * 2, SIGNS, margin=0.5),
    by_reduction("multi_margin_loss", X, np.array([0, 1])),
    by_reduction("multi_margin_loss", X, np.array([0, 1]), p=2),
    by_reduction("multilabel_margin_loss", X, np.array([[1, 0, -1, 0], [3, -1, 0, 0]])),
    by_reduction("triplet_margin_loss", X, Y, X),
    by_reduction("triplet_margin_loss", v(0.0, 0.0)[:, None], v(3.0, 1.0)[:, None], v(4.0, 1.0)[:, None], eps=0.0, swap=True),
    *[at("scatter_reduce", S(X, d, PLACES, Y, r, include_self=own)) for r, own in
      (("amax", True), ("amin", True), ("prod", True), ("prod", False), ("mean", True), ("mean", False)) for d in (0, 1)],
    at("pow", S(v(0.0, 0.0, 0.0, 2.0, -2.0), v(-1.0, 0.0, 1.0, 0.0, 0.0))),
    at("where", S(X == Y, X, Y), S(X < Y, X, 0.0), method=False),
    at("hypot", S(v(0.0, 0.0, 3.0), v(0.0, 2.0, 0.0)), second=False),
    at("renorm", S(X, 2, 0, 3.0), S(v(3.0, 4.0)[None], 2, 0, 5.0), second=False),
]  # fmt: skip
