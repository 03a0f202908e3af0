"""Ops at nan, infinities and zeros of both signs, in every combination; and calls of what is empty or 0-d.

Each combination is a call of its own, as short as a user's own: torch's vector loops answer otherwise at nan.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reference_torch.oracle import MINIGRAD, TORCH_CPU, Engine
from tests.ops.row import fixed
from tests.ops.test_ops import refusal, same
from tests.shared import builtin

nan, inf = float("nan"), float("inf")
POINTS = [nan, inf, -inf, 0.0, -0.0, 1.0, -2.0]
F = "nn.functional."


def compare(name: str, *args: Any, order: int = 2, **kwargs: Any) -> None:
    """Values and gradients as torch's, or its class of error."""

    def ask(engine: Engine) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return engine.ask(engine.find(name), args, kwargs, order=order)

    error = refusal(lambda: ask(TORCH_CPU))
    if error is not None:
        with pytest.raises(builtin(error)):
            ask(MINIGRAD)
        return
    ours, theirs = ask(MINIGRAD), ask(TORCH_CPU)
    for what in ("outputs", "first", "second"):
        same(getattr(ours, what), getattr(theirs, what), f"{what} of {name}{args}{kwargs}", 1e-7)


ONE: list[tuple[str, tuple[Any, ...]]] = [
    *[
        (F + n, ())
        for n in ("hardtanh", "relu6", "elu", "selu", "celu", "hardswish", "softplus", "gelu", "silu", "relu")
    ],
    *[(F + n, ()) for n in ("hardshrink", "softshrink", "logsigmoid", "softsign", "leaky_relu", "relu")],
    *[("pow", (p,)) for p in (0.5, -0.5, 2, 3, 0.0, -1)],
    *[("clamp", bounds) for bounds in ((0.0, 1.0), (nan, 1.0), (0.0, nan), (-inf, inf), (1.0, 0.0))],
    *[("Tensor.polygamma", (n,)) for n in (1, 2, 3)],
]


@pytest.mark.parametrize("name, args", ONE, ids=str)
def test_of_one(name: str, args: Any) -> None:
    for x in POINTS:
        compare(name, np.array([x]), *args)


@pytest.mark.parametrize("name", ["pow", "atan2", "float_power", "maximum", "fmax", "clamp_min", "xlogy", F + "prelu"])
def test_of_two(name: str) -> None:
    for x, y in itertools.product(POINTS, POINTS):
        compare(name, np.array([x]), np.array([y]))


def test_clamp_between_tensors() -> None:
    for x, low, high in itertools.product([nan, inf, 0.0, 1.0, -2.0], repeat=3):
        compare("clamp", np.array([x]), np.array([low]), np.array([high]))


@pytest.mark.parametrize("p", [0, 0.5, 1, 2, 3, inf])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_distances(p: float, n: int) -> None:
    for x, y in itertools.product([nan, inf, -inf, 0.0, 1.0], repeat=2):
        compare("cdist", np.array([[x, *[1.0] * n]]), np.array([[y, *[2.0] * n]]), p, order=1)


@pytest.mark.parametrize("p", [0, 0.5, 1, 2, 3, -1, -2])
@pytest.mark.parametrize("n", [1, 2])
def test_norms(p: float, n: int) -> None:
    for x in itertools.product(POINTS, repeat=n):
        compare("linalg.vector_norm", np.array(x), p, order=2 if p else 0)


def test_products() -> None:
    for x in itertools.product([nan, inf, -inf, 1.0], repeat=2):
        compare("prod", np.array(x))
        compare("prod", np.array(x), 0)
    for x in itertools.product([0.0, 1.0, -2.0], repeat=3):
        compare("prod", np.array(x))
    for x in POINTS:
        compare("cumprod", np.array([x]), 0)


@pytest.mark.parametrize("name", ["var_mean", "std_mean"])
def test_running_means(name: str) -> None:
    for x in itertools.product([nan, inf, -inf, 1.0], repeat=2):
        compare(name, np.array(x), order=0)
        compare(name, np.array([x, x]), 1, order=0)
        compare(name, np.array([x, x]), 0, order=0)


def test_renorm() -> None:
    for x in itertools.product([nan, inf, 1.0, -2.0], repeat=2):
        compare("renorm", np.array([x]), 2, 0, 1.5, order=1)


def test_saturated_probabilities() -> None:
    for x, y in itertools.product([0.0, 1.0, 0.5, 1e-300, 1e-20], [0.0, -0.0, 1.0, 0.5]):
        compare(F + "binary_cross_entropy", np.array([x]), np.array([y]))


def test_weighted_squares() -> None:
    for x, y in itertools.product(POINTS, POINTS):
        compare(F + "mse_loss", np.array([x]), np.array([y]), weight=np.array([2.0]))


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", [F + "nll_loss", F + "cross_entropy"])
def test_no_classes_or_no_targets(name: str, reduction: str) -> None:
    for *shape, truth in [*itertools.product((0, 2), (0, 3), (-100, 1)), (2, 0, 3, 1), (2, 0, 3, -100)]:
        for more in ((), (0,), (2, 2), (1, 1, 1)):
            x = np.zeros((*shape, *more))
            target = np.full((x.shape[0], *x.shape[2:]), truth)
            for weight in (None, np.ones(x.shape[1])):
                if weight is not None:
                    weight.flags.writeable = False
                compare(name, x, target, weight, reduction=reduction, order=1)


@pytest.mark.parametrize("labels", [[1], [1, 2], [1, 1]])
@pytest.mark.parametrize("zero_infinity", [False, True])
def test_impossible_labels(labels: list[int], zero_infinity: bool) -> None:
    """ln 0 among the logarithms of probabilities: some texts are impossible."""
    for first in ([-inf, 0.0, 0.0], [0.0, -inf, 0.0], [0.0, 0.0, -inf], [-inf] * 3, [nan, 0.0, 0.0]):
        x = np.array([first, [-1.0, -2.0, -0.5], [-1.0] * 3, [-0.1, -3.0, -2.0]])[:, None]
        for steps, scores in ((4, x), (3, x[::-1].copy())):
            options = {"reduction": "sum", "zero_infinity": zero_infinity}
            n = np.array([len(labels)])
            compare(F + "ctc_loss", scores, np.array([labels]), np.array([steps]), n, order=1, **options)


@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize("p", [1, 2])
def test_margins(target: int, p: int) -> None:
    for x in itertools.product([nan, inf, 0.0], repeat=3):
        for weight in (None, np.array([0.5, 0.0, 2.0])):
            options = {"weight": weight, "reduction": "none"}
            if weight is not None:
                weight.flags.writeable = False
            compare(F + "multi_margin_loss", np.array([x]), np.array([target]), p, order=1, **options)


@pytest.mark.parametrize("target", [[0, -1, 0], [0, 1, -1], [2, 0, 1], [-1, 0, 1]])
def test_margins_of_many_labels(target: list[int]) -> None:
    for x in itertools.product([nan, inf, 0.0], repeat=3):
        compare(F + "multilabel_margin_loss", np.array([x]), np.array([target]), order=1)


@pytest.mark.parametrize("y", [1.0, -1.0])
def test_soft_margin(y: float) -> None:
    for x in [*POINTS, 800.0, -800.0]:
        compare(F + "soft_margin_loss", np.array([x]), np.array([int(y)]).astype(np.int64))


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding", [None, 0, 1])
def test_bags(mode: str, padding: int | None) -> None:
    for x in itertools.product([nan, inf, 1.0], repeat=3):
        for bag in ([[0, 1, 2]], [[1, 2, 0]], [[1, 1, 1]], [[2, 0]]):
            table = np.array(x).reshape(3, 1)
            compare(F + "embedding_bag", np.array(bag), table, mode=mode, padding_idx=padding, order=1)


SINGULAR: list[Any] = [
    [[0.0]], [[nan]], [[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 2.0]],
    np.diag([0.0, 1.0, 2.0]), [[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]]],
]  # fmt: skip


@pytest.mark.parametrize("x", SINGULAR, ids=str)
def test_determinants(x: Any) -> None:
    compare("linalg.det", np.array(x))


@pytest.mark.parametrize("x", [[[0.0]], [[1.0, 2.0], [2.0, 4.0]]], ids=str)
def test_logarithms_of_determinants(x: Any) -> None:
    """A gradient with a graph is refused, as in torch."""
    compare("linalg.slogdet", np.array(x))


def test_powers_of_no_number() -> None:
    for x in (nan, inf, 2.0):
        compare("linalg.matrix_power", np.array([[x, 1.0], [1.0, 2.0]]), 0, order=1)
    compare("linalg.cholesky", np.array([[nan]]))


o: Callable[..., Any] = lambda *shape: np.ones(shape)
EMPTY: list[tuple[Any, ...]] = [
    ("roll", o(), 1, 0), ("roll", o(), 1), ("roll", o(), [1, 2], [0, 0]), ("flip", o(), [-1, 0]), ("flip", o(), [0]),
    ("repeat_interleave", o(), 2, 0), ("repeat_interleave", o(), 2), ("unique_consecutive", np.zeros((3, 0), int)),
    ("take_along_dim", o(), np.array(0), 0), ("take_along_dim", o(), np.array(0)), ("bincount", np.array(2)),
    ("bincount", np.zeros(0, int), o(0)), ("bincount", np.zeros(0, int), np.zeros(0, int)),
    *[("unique", np.zeros(s, int), True, False, False, 0) for s in ((), (3, 0), (0,), (0, 3))],
    ("cdist", o(2, 0), o(0, 0), inf), ("cdist", o(2, 0), o(3, 0), inf), ("nanmedian", np.zeros(0, int)),
    *[(F + "group_norm", o(*s), 2) for s in ((0, 4, 2), (2, 0, 2), (2, 4, 0))],
    *[(F + "conv1d", o(*s), o(4, 0, 2), o(4)) for s in ((2, 0, 5), (0, 5), (0, 0, 5))],
    ("repeat_interleave", o(), np.array([2]), 0), ("channel_shuffle", o(2, 0, 1, 2), 2),
    *[
        (F + "pad", o(*s), [1, 1] * n, mode)
        for mode in ("reflect", "replicate", "circular") for n in (1, 2)
        for s in ((0, 3), (3, 0), (0, 2, 3), (2, 0, 3), (2, 3, 0), (0, 2, 3, 3), (2, 0, 3, 3), (2, 2, 0, 3))
    ],
    (F + "conv2d", o(2, 0, 5, 5), o(4, 0, 2, 2)), (F + "conv2d", o(2, 0, 5, 5), o(4, 0, 2, 2), None, 1, "same"),
    *[
        (f"{F}adaptive_{kind}_pool{n}d", o(*s, *[4] * n), size)
        for kind in ("avg", "max") for n in (1, 2, 3) for s in ((2, 3), (0, 3), (3,), (2, 0)) for size in (0, 2)
    ],
]  # fmt: skip


def test_pixels_of_nothing() -> None:
    for shape in ((0, 4, 2, 2), (1, 4, 0, 2), (0, 2, 2)):
        compare("pixel_unshuffle", o(*shape), 2, order=0)  # torch has no way back


@pytest.mark.parametrize("call", EMPTY, ids=str)
@pytest.mark.parametrize("order", [0, 1])
def test_empty(call: Any, order: int) -> None:
    compare(*call, order=order)


def typed(dtype: str, *values: float) -> np.ndarray[Any, Any]:
    with np.errstate(over="ignore"):
        return np.array(values).astype(dtype)


WHOLE: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    *[
        (F + "prelu", (typed(a, -1, 2), typed(b, 0.5)), {})
        for a in ("float16", "float64")
        for b in ("float32", "float64")
    ],
    *[("linalg.vector_norm", (typed("float32", x), p), {}) for x in (1e38, 1e-40) for p in (2, inf, 1)],
    *[("linalg.matrix_norm", (np.ones(shape), p), {}) for shape in ((2, 0), (0, 2)) for p in (1, -1, inf, -inf)],
    *[("dist", (np.ones((2, 0)), np.ones((2, 0)), p), {}) for p in (inf, -inf, 2.0)],
    *[(F + "interpolate", (np.arange(25.0).reshape(1, 1, 5, 5),), {"scale_factor": f}) for f in (1.1, 2.1, 2.5)],
    *[(F + "interpolate", (np.array([[[1.0, inf, 2.0]]]),), {"size": 3, "mode": "linear"})],
    *[(F + "softshrink", (typed("float16", 0.3, 0.3333, -0.777, 1), 0.3), {})],
    *[(F + "hardshrink", (typed("float16", 0.3, 0.3333, -0.3, 1), 0.3), {})],
    ("prod", (np.array([inf, 0.0, 0.0, 2.0]),), {}),
    ("cumprod", (np.array([inf, 0.0, 2.0, 0.0, -inf]), 0), {}),
    ("cumprod", (np.array([2.0, 0.0, inf, 3.0]), 0), {}),
    ("renorm", (np.array([[0.0, 0.0], [nan, 1.0], [3.0, 4.0]]), 2, 0, 1.0), {}),
    (F + "multi_margin_loss", (np.zeros((2, 3)), np.array([0, 2])), {"weight": fixed(np.array([inf, 1.0, nan]))}),
    (F + "instance_norm", (np.ones((2, 3, 0)),), {"weight": np.ones(3), "bias": np.ones(3)}),
    ("scatter_reduce", (np.array([inf, 0.0]), 0, np.array([0, 1]), np.array([2.0, inf]), "prod"), {}),
]


@pytest.mark.parametrize("name, args, kwargs", WHOLE, ids=[f"{name}-{k}" for k, (name, _, _) in enumerate(WHOLE)])
def test_edges_of_whole_calls(name: str, args: Any, kwargs: Any) -> None:
    compare(name, *args, order=1, **kwargs)


@pytest.mark.parametrize("name", ["add", "sub"])
def test_alpha_has_three_digits_beside_float16(name: str) -> None:
    compare(name, typed("float16", 1, 1000, 0.1), typed("float16", 0.3333, 0.7, 33), order=0, alpha=0.1)


@pytest.mark.parametrize("x", [[3.0, 1.0, 2.0, 0.0], [inf, -inf, inf, 0.0], [0.0, nan, 1.0, 2.0]])
@pytest.mark.parametrize("right", [False, True])
def test_searching_what_is_not_sorted(x: list[float], right: bool) -> None:
    compare("searchsorted", np.array(x), np.array([1.25, 0.0, inf, -inf, 2.0]), order=0, right=right)


@pytest.mark.parametrize("x", [[1e38] * 3, [1.0, inf], [1.0, -inf], [2.0, 2.0]])
@pytest.mark.parametrize("bins", [1, 2, 5, 10])
def test_histograms_of_extremes(x: list[float], bins: int) -> None:
    compare("histc", np.array(x), bins, order=0)


@pytest.mark.parametrize("running", ["float16", "float32", "float64"])
@pytest.mark.parametrize("x", ["float16", "float32", "float64"])
def test_running_statistics_of_another_type(x: str, running: str) -> None:
    seen = []
    for engine in (MINIGRAD, TORCH_CPU):
        mean, var = engine.tensor(np.zeros(2, running)), engine.tensor(np.ones(2, running))
        image = engine.tensor(np.arange(12.0).reshape(1, 2, 6).astype(x))
        y = engine.find(F + "instance_norm")(image, mean, var)
        seen.append(([y.dtype, mean.dtype], [y.tolist(), mean.tolist(), var.tolist()]))
    assert [str(d) for d in seen[0][0]] == [str(d) for d in seen[1][0]]
    for ours, theirs in zip(seen[0][1], seen[1][1], strict=True):
        np.testing.assert_allclose(ours, theirs, 2e-3, 2e-3)


def test_ctc_of_an_infinite_score() -> None:
    x = np.zeros((4, 1, 3))
    x[1, 0, 1] = inf
    compare(F + "ctc_loss", x, np.array([[1, 2]]), np.array([4]), np.array([2]), order=1)


@pytest.mark.parametrize("dims", [None, 0, 1])
def test_statistics_of_huge_numbers(dims: int | None) -> None:
    compare("var_mean", typed("float32", *[1e38] * 6).reshape(2, 3), dims, order=0)
