"""float16: every row of the table against torch, which computes in float32 and rounds once in every kernel.

``exact`` is torch in float64 on the same float16 numbers. A result is right if it is torch's to one unit in the last
place, or no more than twice as far from the exact one as torch's: where a rule takes rounded numbers and cancels,
torch's answer and ours are two draws of the same rounding.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reference_torch.oracle import MINIGRAD, TORCH, TORCH_CPU, Array, Engine, as_array, cotangent
from tests.ops.row import Row, S
from tests.ops.table import CASES
from tests.ops.test_ops import ask, cases, cast, condition, has_float, refusal

EXACT = Engine(TORCH.package, TORCH.tensor)  # against the cotangents that float16 has
EXACT._seed = lambda y, k, _: TORCH.tensor(cotangent(tuple(y.shape), k).astype(np.float16).astype(as_array(y).dtype))  # type: ignore[method-assign]

COMPOSED = {
    "nn.functional.multi_head_attention_forward": 8,  # five products, the results of which are rounded
    "linalg.matrix_power": 2,
    "einsum": 2,
    "nn.functional.mse_loss": 2,  # the errors, then their weighted sum
    "nn.functional.triplet_margin_with_distance_loss": 4,  # the distance is another's function
    "gru": 4,  # a layer's output is rounded
    "lstm": 4,
    "rnn_tanh": 4,
    "rnn_relu": 4,
    "nn.functional.lp_pool1d": 2,  # powers, means, roots
    "nn.functional.lp_pool2d": 2,
    "std": 2,  # the rule takes the output, which is rounded
    "rsqrt": 2,
    "softmax": 8,
    "logsumexp": 1,
}
"""How many steps of its largest number an answer may be from the exact one, where more is rounded than the result."""


def step(x: Array) -> Array:
    """The distance to the next float16."""
    return np.spacing(np.minimum(np.abs(x), 60000).astype(np.float16)).astype(np.float64)


def distance(x: Array, y: Array) -> Array:
    """How many steps apart two results are; those that float16 holds as the same are 0."""
    apart = np.abs(x.astype(np.float64) - y.astype(np.float64)) / step(y)
    equal = (x.astype(np.float16) == y.astype(np.float16)) | (np.isnan(x) & np.isnan(y))
    return np.where(equal, 0, np.nan_to_num(apart, nan=np.inf))


FLOAT32 = 2e-6  # the relative error of a dozen float32 steps, seen where they cancel

TERMS: dict[str, Callable[..., float]] = {
    "sinc": lambda x: (1 / np.abs(x[x != 0])).max(initial=0),  # (cos u - sin(u) / u) / x
    # derivatives of a grid 300 images wide: all is border, and of equal pixels' weights nothing is left
    "nn.functional.grid_sample": lambda image, grid, *_: np.abs(image).max(initial=0) * max(image.shape),
}
"""How large the terms of a gradient are, where they cancel whatever the operands are."""


@np.errstate(all="ignore")
def check(
    ours: Any, theirs: Any, exact: Any, steps: int, what: str, terms: float = 0.0, slack: Callable[[], Any] = lambda: 0
) -> None:
    """``slack`` says how far each number may be from the exact one, if the steps of the largest do not cover it."""
    if not isinstance(theirs, np.ndarray):
        return
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, what
    if theirs.dtype != np.float16 or not theirs.size:
        return
    if exact.shape != theirs.shape:  # of bytes that are seen as another type
        np.testing.assert_array_equal(ours, theirs, err_msg=what)
        return
    off, torchs = distance(ours, exact), distance(theirs, exact)
    largest = np.abs(exact[np.isfinite(exact)]).max(initial=0)
    bound = np.maximum(1, (steps * step(largest) + FLOAT32 * max(largest, terms)) / step(exact))
    right = (distance(ours, theirs) <= 1) | (off <= bound) | (off <= 2 * torchs)
    if not right.all():
        right |= off <= slack() / step(exact)
    assert right.all(), f"{what}: {ours[~right]}, torch has {theirs[~right]}, exactly {exact[~right]}"


def conditions(row: Row, doubles: S, order: int, roundings: int) -> Callable[[str, int], Array]:
    """How far the exact answers move where ``roundings`` to float16 happened on the way: of the kth output or gradient.

    Below 6e-5 float16 has fewer digits: there a rounding counts for as many as the output's is coarser.
    """

    def of(what: str, k: int) -> Array:
        outputs = [y for y in ask(EXACT, row, doubles).outputs if isinstance(y, np.ndarray) and y.dtype.kind == "f"]
        sizes = np.concatenate([np.abs(y[(y != 0) & np.isfinite(y)]).reshape(-1) for y in outputs])
        coarse = (step(sizes) / sizes).max(initial=EPS) / EPS
        return condition(EXACT, row, doubles, roundings, "float16", what, k, order) * coarse

    return of


EPS = float(np.finfo(np.float16).eps)

ODD = {
    # scores beyond float16: inf, or inf - inf, where torch's fused kernel keeps them in float32
    ("nn.functional.multi_head_attention_forward", 150.0): ("outputs", "first"),
    # sums of terms of 4e4, each rounded to a multiple of 32: whether relu gets one above 0 or below is chance
    ("rnn_relu", 150.0): ("first",),
}
"""What is not compared, of numbers near 300."""


@pytest.mark.parametrize("size", [1.0, 150.0, 5e-5])
@cases(has_float)
def test_half(case: tuple[Row, S], size: float) -> None:
    """Values and gradients of numbers near 1, near 300 (whose squares are inf) and near 1e-4 (whose squares are 0)."""
    row, sample = case
    with np.errstate(all="ignore"):
        halves = cast(sample, lambda v: (v * size).astype(np.float16))
    order = int(row.grad and refusal(lambda: ask(TORCH, row, halves, order=1)) is None)
    if refusal(lambda: ask(TORCH, row, halves)) is not None:  # not for float16
        return
    doubles = cast(halves, lambda v: v.astype(np.float64))
    ours, theirs, exact = (
        ask(engine, row, s, order=order) for engine, s in ((MINIGRAD, halves), (TORCH, halves), (EXACT, doubles))
    )
    steps = COMPOSED.get(row.name, 0)
    terms = float(TERMS[row.name](*doubles.args)) if row.name in TERMS else 0.0
    slack = conditions(row, doubles, order, max(steps, 2))
    for what, least in (("outputs", 0), ("first", 2)):  # a rule may name the output, which is rounded, and rounds too
        if what in ODD.get((row.name, size), ()):
            continue
        for k, answers in enumerate(zip(*[getattr(a, what) for a in (ours, theirs, exact)], strict=True)):
            name = f"{what} {k} of {row.name}{halves}"
            check(*answers, max(steps, least), name, terms, functools.partial(slack, what, k))


def test_most_rows_are_asked() -> None:
    asked = {row.name for row, sample in CASES if has_float(row, sample)}
    assert len(asked) > 300


def _parameter(torch: Any, gradient: Any) -> Any:
    p = torch.ones(*gradient.shape, dtype=gradient.dtype, requires_grad=True)
    p.grad = gradient
    return p


def _clipped(torch: Any, x: Any) -> Any:
    p = _parameter(torch, x)
    return torch.nn.utils.clip_grad_norm_([p], 1.0), p.grad


LONG: dict[str, Any] = {
    "sum": lambda torch, x: x.sum(),
    "sum of rows": lambda torch, x: x.reshape(-1, 2).sum(0),
    "mean": lambda torch, x: x.mean(),
    "var": lambda torch, x: x.var(),
    "std": lambda torch, x: x.std(),
    "norm": lambda torch, x: x.norm(),
    "norm 1": lambda torch, x: x.norm(1),
    "norm 3": lambda torch, x: torch.linalg.norm(x, 3),
    "matrix norm": lambda torch, x: torch.linalg.norm(x.reshape(50, -1)),
    "dist": lambda torch, x: torch.dist(x, x.flip(0)),
    "normalize": lambda torch, x: torch.nn.functional.normalize(x, dim=0),
    "cosine_similarity": lambda torch, x: torch.cosine_similarity(x, x.flip(0), 0),
    "pairwise_distance": lambda torch, x: torch.nn.functional.pairwise_distance(x, x.flip(0)),
    "cumsum": lambda torch, x: x.cumsum(0),
    "cumprod": lambda torch, x: (x / x).cumprod(0),
    "logsumexp": lambda torch, x: x.logsumexp(0),
    "softmax": lambda torch, x: x.softmax(0),
    "log_softmax": lambda torch, x: x.log_softmax(0),
    "dot": lambda torch, x: x.dot(x.flip(0)),
    "matmul": lambda torch, x: x.reshape(2, -1) @ x.reshape(2, -1).T / 1000,
    "linear": lambda torch, x: torch.nn.functional.linear(x, x.reshape(1, -1)),
    "einsum": lambda torch, x: torch.einsum("ij->j", x.reshape(-1, 5)),
    "trace": lambda torch, x: torch.diag(x[:500]).trace(),
    "conv1d": lambda torch, x: torch.nn.functional.conv1d(x.reshape(1, 1, -1), x[:1000].reshape(1, 1, -1), stride=1000),
    "avg_pool1d": lambda torch, x: torch.nn.functional.avg_pool1d(x.reshape(1, 1, -1), 2500),
    "avg_pool2d": lambda torch, x: torch.nn.functional.avg_pool2d(x.reshape(1, 1, 50, -1), 50),
    "adaptive_avg_pool1d": lambda torch, x: torch.nn.functional.adaptive_avg_pool1d(x.reshape(1, 1, -1), 2),
    "lp_pool1d": lambda torch, x: torch.nn.functional.lp_pool1d(x.reshape(1, 1, -1), 1, 2500),
    "embedding_bag": lambda torch, x: torch.nn.functional.embedding_bag(
        torch.arange(2500).reshape(1, -1), x.reshape(-1, 2), mode="mean"
    ),
    "layer_norm": lambda torch, x: torch.nn.functional.layer_norm(x, x.shape),
    "rms_norm": lambda torch, x: torch.nn.functional.rms_norm(x, x.shape),
    "group_norm": lambda torch, x: torch.nn.functional.group_norm(x.reshape(1, 2, -1), 1),
    "batch_norm": lambda torch, x: torch.nn.functional.batch_norm(x.reshape(-1, 2), None, None, training=True),
    "instance_norm": lambda torch, x: torch.nn.functional.instance_norm(x.reshape(1, 2, -1)),
    "mse_loss": lambda torch, x: torch.nn.functional.mse_loss(x, x.flip(0)),
    "l1_loss": lambda torch, x: torch.nn.functional.l1_loss(x, torch.zeros_like(x)),
    "smooth_l1_loss": lambda torch, x: torch.nn.functional.smooth_l1_loss(x, torch.zeros_like(x)),
    "huber_loss": lambda torch, x: torch.nn.functional.huber_loss(x, torch.zeros_like(x)),
    "cross_entropy": lambda torch, x: torch.nn.functional.cross_entropy(
        x.reshape(-1, 10), torch.zeros(500, dtype=torch.int64)
    ),
    "bce_with_logits": lambda torch, x: torch.nn.functional.binary_cross_entropy_with_logits(x, torch.zeros_like(x)),
    "attention": lambda torch, x: torch.nn.functional.scaled_dot_product_attention(*[x.reshape(1, 50, -1)] * 3),
    "clip_grad_norm_": _clipped,
    "scatter_add": lambda torch, x: torch.zeros(1, dtype=x.dtype).scatter_add(0, torch.zeros(5000).long(), x / 100),
    "threshold": lambda torch, x: torch.nn.functional.threshold(torch.tensor([0.3], dtype=x.dtype), 0.3, 0.0),
    "times a number": lambda torch, x: x * 0.1 + x / 0.7 - x * 1.0001 + 0.0001,
    "to the power": lambda torch, x: x ** (1 / 3),
}
"""What 5000 numbers near 300, 20 or 1e-4 overflow, or are lost in, if it is computed in float16."""


@pytest.mark.parametrize("size", [300.0, 20.0, 1e-4])
@pytest.mark.parametrize("name", LONG)
def test_long_and_large(name: str, size: float) -> None:
    x = (size * (1 + np.random.default_rng(0).uniform(0, 0.2, 5000))).astype(np.float16)
    asked = ((MINIGRAD, x.copy()), (TORCH, x), (TORCH, x.astype(np.float64)))
    ours, theirs, exact = ([as_array(y) for y in _flat(LONG[name](e.package, e.tensor(v)))] for e, v in asked)
    for answers in zip(ours, theirs, exact, strict=True):
        check(*answers, 0, name)


def _flat(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def test_numbers_beside_float16_are_rounded_where_torch_rounds_them() -> None:
    rng = np.random.default_rng(0)
    x, number = rng.normal(size=200).astype(np.float16), 0.7370001
    kinds: list[Callable[[Any], Any]] = [
        lambda m: number,
        lambda m: m.tensor(number),
        lambda m: m.tensor(number, dtype=m.float64),
        lambda m: m.tensor(70001),
    ]
    steps: list[Callable[[Any, Any, Any], Any]] = [
        lambda m, x, n: x + n,
        lambda m, x, n: n - x,
        lambda m, x, n: x - n,
        lambda m, x, n: x * n,
        lambda m, x, n: n * x,
        lambda m, x, n: x / n,
        lambda m, x, n: n / x,
        lambda m, x, n: x % n,
        lambda m, x, n: m.fmod(x, n),
        lambda m, x, n: m.remainder(x, n),
    ]
    for number_of in kinds:
        for step in steps:
            ours, theirs = (step(m, m.tensor(x), number_of(m)).numpy() for m in (MINIGRAD.package, TORCH_CPU.package))
            assert ours.dtype == theirs.dtype and np.array_equal(ours, theirs, equal_nan=True)


@pytest.mark.parametrize("shape", [(1, 50), (40, 1), ()])
def test_the_gradient_of_a_divisor_is_rounded_at_every_step(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x, y, g = rng.normal(size=(40, 50)), np.abs(rng.normal(size=shape)) + 0.5, rng.normal(size=(40, 50))
    seen = []
    for m in (MINIGRAD.package, TORCH_CPU.package):
        divisor = m.tensor(y, dtype=m.float16, requires_grad=True)
        (m.tensor(x, dtype=m.float16) / divisor).backward(m.tensor(g, dtype=m.float16))
        seen.append(divisor.grad.numpy())
    assert np.array_equal(*seen)


def test_a_number_as_a_tensor_gets_its_gradient_in_its_own_type(torch: Any) -> None:
    for dtype in (torch.float32, torch.float64):
        n = torch.tensor(0.75, dtype=dtype, requires_grad=True)
        x = torch.tensor([1.0, 2.0], dtype=torch.float16, requires_grad=True)
        y = x * n
        assert y.dtype == torch.float16
        y.sum().backward()
        assert n.grad.dtype == dtype and n.grad.item() == 3.0 and x.grad.tolist() == [0.75, 0.75]
