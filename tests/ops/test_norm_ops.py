"""Batch normalisation by running statistics, which are constants to the gradient and which training moves."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch

import minigrad
from reference_torch.oracle import MINIGRAD, TORCH, Engine, as_array

rng = np.random.default_rng(0)
MEAN, VAR = rng.normal(size=3), rng.uniform(0.5, 2, 3)
W, B = rng.uniform(0.5, 2, 3), rng.normal(size=3)
SHAPES = [(4, 3), (2, 3, 4), (2, 3, 2, 2), (18, 3, 2, 2), (2, 3, 2, 1, 2), (1, 3), (0, 3)]


def by_running(engine: Engine, name: str, **options: Any) -> Callable[..., Any]:
    """F.batch_norm(x, w, b) with fixed running statistics."""
    norm = engine.find(f"nn.functional.{name}")
    return lambda x, w=None, b=None: norm(x, engine.tensor(MEAN), engine.tensor(VAR), w, b, **options)


def compared(name: str, operands: list[Any], **options: Any) -> None:
    ours, theirs = (e.ask(by_running(e, name, **options), operands, order=2) for e in (MINIGRAD, TORCH))
    if TORCH.on_cpu:  # other devices have nodes of other names
        assert ours.grad_fn == theirs.grad_fn
    for kind in ("outputs", "first", "second"):
        for a, b in zip(getattr(ours, kind), getattr(theirs, kind), strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=kind)
    plain = MINIGRAD.ask(by_running(MINIGRAD, name, **options), operands, order=1)
    for a, b in zip(plain.first, ours.first, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, err_msg="the rule on arrays")


@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norm_by_running_statistics(shape: tuple[int, ...]) -> None:
    compared("batch_norm", [rng.normal(size=shape), W, B])


@pytest.mark.parametrize("operands", [[], [W]], ids=["plain", "weight"])
def test_batch_norm_without_all_vectors(operands: list[Any]) -> None:
    compared("batch_norm", [rng.normal(size=(4, 3, 2)), *operands], eps=0.1)


def test_instance_norm_by_running_statistics() -> None:
    compared("instance_norm", [rng.normal(size=(2, 3, 4)), W, B], use_input_stats=False)


def moved(torch: ModuleType, name: str, x: Any, dtype: str, **options: Any) -> list[Any]:
    """The output, and the running statistics afterwards."""
    mean, var = (torch.from_numpy(v.astype(dtype)) for v in (MEAN, VAR))
    y = getattr(torch.nn.functional, name)(torch.from_numpy(x.astype(dtype)), mean, var, **options)
    return [as_array(v) for v in (y, mean, var)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("momentum", [0.1, 1.0, 0.0])
@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
def test_running_statistics_move(name: str, momentum: float, dtype: str) -> None:
    options = {"training": True} if name == "batch_norm" else {}
    x = rng.normal(size=(4, 3, 5))
    ours, theirs = (moved(t, name, x, dtype, momentum=momentum, **options) for t in (minigrad, _torch))
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-6)


def test_training_after_evaluation_leaves_the_gradients_of_evaluation_alone() -> None:
    x = minigrad.ones(4, 3, requires_grad=True)
    mean, var = minigrad.zeros(3), minigrad.ones(3)
    y = minigrad.nn.functional.batch_norm(x, mean, var, eps=0.0)
    minigrad.nn.functional.batch_norm(minigrad.rand(4, 3), mean, var, training=True)
    y.sum().backward()
    assert x.grad.tolist() == [[1] * 3] * 4


def test_running_statistics_of_nothing_stay(torch: ModuleType) -> None:
    mean, var = torch.zeros(3), torch.ones(3)
    torch.nn.functional.batch_norm(torch.ones(0, 3), mean, var, training=True)
    assert (mean.tolist(), var.tolist()) == ([0, 0, 0], [1, 1, 1])


@pytest.mark.parametrize("training", [False, True])
def test_running_statistics_may_not_require_gradients(torch: ModuleType, training: bool) -> None:
    mean = torch.zeros(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="not differentiable with respect to argument 'running_mean'"):
        torch.nn.functional.batch_norm(torch.ones(2, 3), mean, torch.ones(3), training=training)


def test_a_batch_that_lies_last_in_memory() -> None:
    """Images as convolutions leave them, (C, H, W, N) in memory: the same numbers, and the layout is kept."""
    images = rng.normal(size=(18, 3, 4, 4))
    w, b = (minigrad.from_numpy(v) for v in (W, B))
    answers = []
    for x in (images, np.ascontiguousarray(images.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)):
        leaf = minigrad.from_numpy(x).requires_grad_()
        y = minigrad.nn.functional.batch_norm(leaf, None, None, w, b, training=True)
        assert y.array.strides == x.strides
        (y * y * y).sum().backward()
        answers.append((y.detach().numpy(), leaf.grad.numpy()))
    for a, b in zip(*answers, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def mixed(torch: ModuleType, name: str, kinds: tuple[str, str], statistics: bool) -> list[Any]:
    """The result, the running statistics and the gradients, for numbers of one type and weights of another."""
    make = lambda v, kind: torch.tensor(v.tolist(), dtype=getattr(torch, kind))
    rng = np.random.default_rng(0)
    x = make(rng.normal(size=(4, 3, 3)), kinds[0]).requires_grad_()
    w, b, m, v = (make(n, kinds[1]) for n in (W, B, MEAN, VAR))
    leaves = [x, *[n.requires_grad_() for n in (w, b) if n.dtype.is_floating_point]]
    f = getattr(torch.nn.functional, name)
    if name in ("batch_norm", "instance_norm"):
        y = f(x, m, v, None if statistics else w, None if statistics else b, True)
    elif name == "rms_norm":
        y = f(x, (3,), w)
    else:
        y = f(x, (3,) if name == "layer_norm" else 1, w, b)
    (y * y).sum().backward()
    return [y.detach(), m, v, *[n.grad for n in leaves]]


@pytest.mark.filterwarnings("ignore:Mismatch dtype")
@pytest.mark.parametrize("name, kinds, statistics", [
    *[(name, ("float16", "float32"), False) for name in ("batch_norm", "instance_norm", "layer_norm", "group_norm")],
    *[("rms_norm", (x, w), False) for x in ("float32", "float64") for w in ("float16", "float32", "float64", "int64")],
    ("batch_norm", ("float16", "float32"), True), ("rms_norm", ("float16", "float32"), False),
])  # fmt: skip
def test_numbers_of_one_type_and_weights_of_another(name: str, kinds: tuple[str, str], statistics: bool) -> None:
    """The result has the type of the numbers, every gradient that of its leaf; bounds are a few ulp of sums of 12."""
    steps = 40 * np.finfo("float16" if "float16" in kinds else "float32").eps
    for ours, theirs in zip(
        mixed(minigrad, name, kinds, statistics), mixed(_torch, name, kinds, statistics), strict=True
    ):
        if ours is None or theirs is None:
            assert ours is theirs
            continue
        a, b = ours.numpy(), theirs.numpy()
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a.astype(float), b.astype(float), rtol=steps, atol=steps)
