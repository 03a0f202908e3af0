"""Losses."""

from __future__ import annotations

import numpy as np

from tests.ops.row import Row, S, a, fixed
from tests.shared import i

nan, inf = float("nan"), float("inf")
FLOATS = ("float32",)
F = "nn.functional."


def p(*shape: int) -> np.ndarray:
    """Probabilities."""
    return a(*shape, low=0.05, high=0.95)


def v(*values: float) -> np.ndarray:
    return np.array(values)


def reductions(*args: np.ndarray, **kwargs: object) -> list[S]:
    return [S(*args, **kwargs, reduction=r) for r in ("none", "mean", "sum")]


DISTANCES = [
    Row(
        F + "mse_loss",
        [*reductions(a(2, 3), a(2, 3)), S(a(), a())] + reductions(a(2, 3), a(2, 3), weight=a(2, 3)),
        errors=[S(a(2), a(2), reduction="x")],
        dtypes=FLOATS,
    ),
    Row(F + "mse_loss", [S(a(0), a(0))], kinks=True, dtypes=FLOATS),
]

TWO = [
    Row(
        F + "binary_cross_entropy",
        [*reductions(p(2, 3), p(2, 3)), S(p(), p())]
        + [S(p(2, 3), p(2, 3), fixed(w)) for w in (p(2, 3), p(3), p(2, 1), p())],
        errors=[S(p(2), p(3)), S(v(1.5), v(0.5)), S(v(0.5), v(-0.5)), S(v(nan), v(0.5)), S(p(2), i(2, high=2)),
                S(p(2), p(2).astype(np.float32)), S(p(2), p(2), reduction="x"), S(i(2, high=2), i(2, high=2)),
                S(p(2), p(2), fixed(p(3))), S(p(3), p(3), fixed(p(2, 3)))],
        dtypes=FLOATS,
        rtol=1e-8,
        note="torch adds 1e-12 to the second gradient's denominator, which shows where its terms cancel",
        covers=("binary_slope",),
    ),
    Row(F + "binary_cross_entropy", [S(v(0.0, 1.0, 0.0, 1.0), v(0.0, 1.0, 1.0, 0.0)), S(v(0.0, 1.0), v(0.25, 0.25))],
        kinks=True, second=False, rtol=1e-8, dtypes=FLOATS),
    Row(
        F + "binary_cross_entropy_with_logits",
        [*reductions(a(2, 3), p(2, 3)), S(a(), p()), S(v(100.25, -100.25), v(0.25, 0.75))]
        + [*reductions(a(2, 3), p(2, 3), weight=fixed(p(3)), pos_weight=fixed(p(2, 1)))]
        + [S(a(2, 3), p(2, 3), weight=fixed(p())), S(a(2, 3), p(2, 3), pos_weight=fixed(p(3)))],
        errors=[S(p(2), p(3)), S(p(2), p(2), reduction="x"), S(a(2), i(2, high=2)), S(a(2), i(2, high=2) > 0),
                S(i(2), p(2)), S(a(3), p(3), fixed(p(2, 3)))],
        dtypes=FLOATS,
    ),
]  # fmt: skip
T3 = np.array([0, 2, 3])
IGNORED = np.array([0, -100, 3])


def classes() -> list[S]:
    """Scores and classes, in every shape, some targets ignored."""
    return [
        *reductions(a(3, 4), T3),
        *reductions(a(3, 4), IGNORED),
        *reductions(a(3, 4), T3, ignore_index=2),
        *reductions(a(3, 4), IGNORED, fixed(p(4))),
        S(a(2, 4, 3), i(2, 3, high=4), fixed(p(4)), ignore_index=1),
        S(a(4), np.array(1)),
        S(a(4), np.array(1), reduction="none"),
        *reductions(a(2, 4, 3), i(2, 3, high=4)),
        *reductions(a(2, 4, 3, 2), i(2, 3, 2, high=4)),
        *reductions(a(2, 3, 2, 2, 2), i(2, 2, 2, 2, high=3)),
        S(a(3, 4), T3.astype(np.uint8)),
        S(a(0, 4), np.zeros(0, np.int64), reduction="sum"),
        S(a(0, 4), np.zeros(0, np.int64), reduction="none"),
    ]


BAD_CLASSES = [
    S(a(3, 4), np.array([0, 1])),
    S(a(3, 4), np.array([0, 1, 4])),
    S(a(3, 4), np.array([0, 1, -1])),
    S(a(3, 4), a(3)),
    S(a(3, 4), np.array([0, 1, 2], np.int32)),
    S(a(2, 3, 4), i(2, 5, high=3)),
    S(i(3, 4), T3),
    S(a(3, 4), T3, reduction="x"),
    S(a(3, 4), T3, weight=fixed(np.ones(3))),
    S(a(3, 4), T3, weight=fixed(np.ones(4, np.float32))),
    S(a(1, 4), np.array(2)),
    S(a(3), np.array([0, 1])),
    S(a(2, 4), [0, 1]),
]

MANY = [
    Row(F + "nll_loss", classes(), covers=("nll_loss_rows", "nll_loss_images"), dtypes=FLOATS,
        errors=[*BAD_CLASSES, S(a(), np.array(0))]),
    Row(
        F + "cross_entropy",
        [*classes(), S(np.array([[1000.25, 0.25], [-1000.25, 0.75]]), np.array([1, 0])),
         S(np.array([[-inf, 0.25, 1.25]]), np.array([1]))],
        covers=("cross_entropy_rows", "cross_entropy_images", "minus_one"),
        errors=[*BAD_CLASSES, S(a(3, 4), T3, label_smoothing=1.5), S(a(3, 4), p(3, 5)), S(a(3, 4), i(3, 4)),
                S(a(), np.array(0))],
        dtypes=FLOATS,
    ),
    *[Row(F + name, [*reductions(a(3, 4), T3, fixed(np.zeros(4))), *reductions(a(2, 4, 3), i(2, 3, high=4), fixed(np.zeros(4))),
                     *reductions(a(2, 4, 2, 2), np.full((2, 2, 2), 2), fixed(v(1.0, 1.0, 0.0, 1.0))),
                     S(a(4), np.array(2), fixed(np.zeros(4))), S(a(3, 4), IGNORED, fixed(np.zeros(4))),
                     *reductions(np.array([[-inf, 0.25], [1.25, 0.25]]), np.array([0, 1]), fixed(v(0.0, 1.0)))],
          covers=(), kinks=True, dtypes=FLOATS)
      for name in ("nll_loss", "cross_entropy")],
    *[Row(F + name, [*reductions(a(3, 4), np.full(3, -100), **more), *reductions(a(2, 4, 3), np.full((2, 3), 7), fixed(p(4)),
                     ignore_index=7, **more), *reductions(a(0, 4), i(0), **more), *reductions(a(2, 4, 0), i(2, 0), **more),
                     *reductions(a(0, 0), i(0), **more)],
          covers=(), grad_fn=False, kinks=True, second=False, dtypes=FLOATS)
      for name, more in (("nll_loss", {}), ("cross_entropy", {}), ("cross_entropy", {"label_smoothing": 0.3}))],
    Row(F + "cross_entropy", [r for n in ((0, 4), (2, 4, 0), (3, 4)) for s in (0.0, 0.3) for r in reductions(a(*n), p(*n), label_smoothing=s)],
        covers=(), grad_fn=False, kinks=True, second=False, dtypes=FLOATS),
    Row(
        F + "cross_entropy",
        [*reductions(a(3, 4), T3, label_smoothing=0.1), *reductions(a(3, 4), IGNORED, label_smoothing=0.25),
         *reductions(a(2, 4, 3), i(2, 3, high=4), label_smoothing=0.1), S(a(4), np.array(1), label_smoothing=0.5),
         *reductions(a(3, 4), IGNORED, fixed(p(4)), label_smoothing=0.25),
         *reductions(a(3, 4), p(3, 4)), *reductions(a(2, 3, 2), p(2, 3, 2), label_smoothing=0.1),
         *reductions(a(3, 4), p(3, 4), fixed(p(4))), S(a(3, 4), p(3, 4), p(4), label_smoothing=1.0),
         S(a(4), p(4))],
        covers=("cross_entropy_rows",),
        grad_fn=False,
        dtypes=FLOATS,
    ),
]  # fmt: skip

DISTANCES += [
    Row(F + "l1_loss", [*reductions(a(2, 3), a(2, 3)), *reductions(a(2, 3), a(2, 3), weight=a(2, 3, low=0.5)), S(a(), a())],
        covers=(), errors=[S(a(2), a(2), reduction="x"), S(i(2), i(2))], dtypes=FLOATS),
    Row(F + "smooth_l1_loss", [*reductions(a(2, 3), a(2, 3)), *reductions(a(2, 3), a(2, 3), beta=0.3), S(a(), a())],
        errors=[S(a(2), a(2), reduction="x"), S(a(2), a(2), beta=-1.0), S(i(2), i(2))], dtypes=FLOATS),
    Row(F + "smooth_l1_loss", [S(v(0.0, 1.0, 3.0), v(0.0, 2.0, 1.0)), S(a(2), a(2), beta=0)], kinks=True, second=False,
        dtypes=FLOATS),
    Row(F + "huber_loss", [*reductions(a(2, 3), a(2, 3)), *reductions(a(2, 3), a(2, 3), delta=0.3),
                           *reductions(a(2, 3), a(2, 3), weight=a(2, 3, low=0.5))],
        errors=[S(a(2), a(2), reduction="x"), S(a(2), a(2), delta=0), S(i(2), i(2))], dtypes=FLOATS),
]  # fmt: skip

SIGNS = np.array([[1, -1, 1], [-1, 1, -1]])
LIKELIHOODS = [
    Row(F + "kl_div", [S(a(2, 3), p(2, 3), reduction="none"), S(a(2, 3), a(2, 3), reduction="sum", log_target=True),
                       S(a(2, 3), p(2, 3), reduction="batchmean"), S(a(), p(), reduction="batchmean"),
                       S(a(2), v(0.0, 1.0), reduction="sum")],
        covers=(), kinks=True, errors=[S(a(2), p(2), reduction="x"), S(i(2), p(2)), S(a(2), i(2))], dtypes=FLOATS),
    Row(F + "poisson_nll_loss", [*reductions(a(2, 3), p(2, 3)), *reductions(p(2, 3), p(2, 3), log_input=False),
                                 *reductions(a(2, 3), a(2, 3, low=0.6, high=4.0), full=True)],
        covers=(), errors=[S(a(2), p(2), reduction="x")], dtypes=FLOATS),
    Row(F + "gaussian_nll_loss", [*reductions(a(2, 3), a(2, 3), p(2, 3)), S(a(2, 3), a(2, 3), p(2, 3), full=True),
                                  S(a(2, 3), a(2, 3), p(2)), S(a(2, 3), a(2, 3), p(2, 1)), S(a(2, 3), a(2, 3), 0.5)],
        covers=(), errors=[S(a(2), a(2), -p(2)), S(a(2, 3), a(2, 3), p(3)), S(a(2), a(2), p(2), reduction="x")],
        dtypes=FLOATS),
    Row(F + "gaussian_nll_loss", [S(a(2), a(2), v(1e-9, 0.0))], covers=(), kinks=True, second=False, dtypes=()),
]  # fmt: skip

MARGINS = [
    Row(F + "hinge_embedding_loss", [*reductions(a(2, 3), SIGNS), S(a(2, 3), SIGNS, margin=0.3), S(a(2), i(2).astype(np.uint8))],
        covers=(), errors=[S(a(2), i(2), reduction="x")], dtypes=FLOATS),
    Row(F + "margin_ranking_loss", [*reductions(a(2, 3), a(2, 3), SIGNS), S(a(2, 3), a(2, 3), SIGNS, margin=0.3)],
        covers=(), errors=[S(a(2), a(2), i(2), reduction="x"), S(a(2), a(1, 2), i(2))], dtypes=FLOATS),
    Row(F + "cosine_embedding_loss", [*reductions(a(2, 3), a(2, 3), SIGNS[:, 0]), S(a(3), a(3), np.array(-1), margin=-0.9),
                                      *reductions(a(2, 3), a(2, 3), SIGNS[:, 0], margin=-0.9)],
        covers=(), errors=[S(a(2, 3), a(2, 3), SIGNS), S(a(2, 3), a(2, 3), SIGNS[:, 0], reduction="x")], dtypes=FLOATS),
    Row(F + "triplet_margin_loss", [*reductions(a(2, 3), a(2, 3), a(2, 3)), S(a(), a(), a(), margin=9.0), S(a(2, 3), a(2, 3), a(2, 3), 0.5, 3.0),
                                    S(a(2, 3), a(2, 3), a(2, 3), swap=True, margin=5.0)],
        covers=("row_norm",), errors=[S(a(2, 3), a(2, 3), a(2, 3), margin=0), S(a(2), a(2), a(2), reduction="x")],
        dtypes=FLOATS),
    Row(F + "triplet_margin_with_distance_loss", [*reductions(a(2, 3), a(2, 3), a(2, 3)),
                                                  S(a(2, 3), a(2, 3), a(2, 3), swap=True, margin=5.0)],
        covers=(), errors=[S(a(2, 3), a(2, 3), a(2, 3), margin=0), S(a(2), a(1, 2), a(2)),
                           S(a(2), a(2), a(2), reduction="x")], dtypes=FLOATS),
    Row(F + "soft_margin_loss", [*reductions(a(2, 3), SIGNS), S(a(2, 3), fixed(a(3)))],
        errors=[S(a(2), i(2), reduction="x"), S(i(2), i(2)), S(a(3), SIGNS)], dtypes=FLOATS),
    Row(F + "multi_margin_loss", [*reductions(a(3, 4), T3), *reductions(a(3, 4), T3, p=2, margin=0.7),
                                  *reductions(a(3, 4), T3, weight=fixed(p(4))), S(a(), np.array(0)),
                                  S(a(4), np.array(1)), S(a(4), np.array(1), reduction="none"), S(a(1, 4), np.array(1)),
                                  S(a(4), np.array([1]), reduction="none")],
        second=False, errors=[S(a(3, 4), T3, p=3), S(a(3, 4), np.array([0, 1])), S(a(3, 4), T3, reduction="x"),
                              S(a(3, 4), T3 + 1), S(a(3, 4), T3 - 1), S(a(3, 4), T3.astype(np.int32)),
                              S(a(3, 4), T3, weight=fixed(p(3))), S(a(3, 4), T3, weight=fixed(p(1, 4))), S(a(0), np.array(0)),
                              S(a(3, 4), T3, weight=fixed(p(4).astype(np.float32))), S(a(2, 2, 2), i(2, high=2))],
        dtypes=FLOATS),
    Row(F + "multilabel_margin_loss", [*reductions(a(2, 4), np.array([[3, 0, -1, 1], [-1, 2, 2, 2]])),
                                       S(a(4), np.array([1, 2, -1, 0])), S(a(4), np.array([1, 1, 3, 1])), S(a(), np.array(0)),
                                       S(a(1), np.array(0))],
        second=False, errors=[S(a(2, 3), i(3, 2)), S(a(2, 3), i(2, 3, high=3), reduction="x"), S(a(3), np.array([1, -2, 0])),
                              S(a(3), np.array([1, -1, 3])), S(a(3), np.array([1.0, 2.0, 0.0])), S(a(0), np.zeros(0, np.int64))],
        dtypes=FLOATS),
    Row(F + "multilabel_soft_margin_loss", [*reductions(a(2, 3), p(2, 3)), S(a(2, 3), p(2, 3), a(3)), S(a(3), p(3))],
        covers=(), errors=[S(a(2), p(2), reduction="x")], dtypes=FLOATS),
]  # fmt: skip

TEXTS = np.array([[1, 2, 2], [3, 3, -1]])
TIMELY = [
    Row(
        F + "ctc_loss",
        [
            *reductions(a(6, 2, 4), TEXTS, np.array([6, 4]), np.array([3, 1])),
            *reductions(a(6, 2, 4), TEXTS - 1, (5, 5), (3, 1), blank=3),
            *reductions(a(6, 2, 4), np.array([1, 2, 1, 3, 3]), (6, 6), (2, 3)),
            *reductions(a(5, 4), np.array([1, 1]), np.array(5), np.array(2)),
            *reductions(a(5, 2, 4), TEXTS, (2, 5), (3, 1), zero_infinity=True),
            *reductions(a(5, 2, 4), TEXTS.astype(np.int32), (0, 0), (0, 1), zero_infinity=True),
            S(a(5, 2, 4), TEXTS, (2, 5), (3, 1), reduction="none"),
            S(a(3, 2, 4), TEXTS, (3, 2), (0, 0), reduction="none"),
            S(a(1, 1, 4), TEXTS[:1], (1,), (1,)),
        ],
        covers=("ctc_loss", "ctc_loss_grad_x"),
        kinks=True,  # the gradient is that of scores before a log_softmax
        second=False,
        dtypes=("float32", "float16", "int64"),
        errors=[
            S(a(5, 2, 4), TEXTS, (6, 5), (1, 1)),
            S(a(5, 2, 4), TEXTS, (5, -1), (1, 1)),
            S(a(5, 2, 4), TEXTS, (5, 5, 5), (1, 1)),
            S(a(5, 2, 4), TEXTS, (5, 5), (1,)),
            S(a(5, 2, 4), TEXTS, (5, 5), (4, 1)),
            S(a(5, 2, 4), TEXTS, (5, 5), (-1, 1)),
            S(a(5, 2, 4), TEXTS[0], (5, 5), (1, 1)),
            S(a(5, 2, 4), TEXTS[:1], (5, 5), (1, 1)),
            S(a(5, 2, 4), TEXTS, np.array([5.0, 5.0]), np.array([1, 1])),
            S(a(5, 2, 4), TEXTS, (5, 5), (1, 1), blank=4),
            S(a(5, 2, 4), TEXTS, (5, 5), (1, 1), reduction="x"),
            S(a(0, 2, 4), TEXTS, (0, 0), (1, 1)),
            S(a(4), TEXTS, (5, 5), (1, 1)),
        ],
    ),
]

ROWS = [*TIMELY, *LIKELIHOODS, *MARGINS, *DISTANCES, *TWO, *MANY]
