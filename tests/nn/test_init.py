"""First weights: torch's numbers from torch's seeds, and the stream is left where torch leaves it."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch

import minigrad
from reference_torch.device import fuses_uniform
from reference_torch.oracle import as_array
from tests.bounds import rounding, within

# name of the initialiser, its arguments, shape of the tensor, relative error
INITS: list[tuple[str, dict[str, Any], tuple[int, ...], float]] = [
    ("uniform_", {}, (3, 4), 0),
    ("uniform_", {"a": -2.0, "b": 0.5}, (3, 4), 0),
    ("normal_", {}, (3, 4), 1e-6),
    ("normal_", {"mean": 1.0, "std": 0.2}, (7, 9), 1e-6),
    ("trunc_normal_", {}, (20, 30), 1e-6),
    ("trunc_normal_", {"mean": 1.0, "std": 0.5, "a": 0.0, "b": 1.5}, (20, 30), 1e-6),
    ("trunc_normal_", {"mean": 0.0, "std": 1.0, "a": 1.0, "b": 3.0}, (20, 30), 0),
    ("trunc_normal_", {"std": 1.0, "a": -0.1, "b": 0.1}, (3,), 0),
    ("trunc_normal_", {}, (0, 2), 0),
    ("constant_", {"val": 0.3}, (3, 4), 0),
    ("ones_", {}, (3,), 0),
    ("zeros_", {}, (3,), 0),
    ("eye_", {}, (3, 5), 0),
    ("dirac_", {}, (3, 2, 5), 0),
    ("dirac_", {"groups": 2}, (4, 3, 3, 4), 0),
    ("dirac_", {}, (2, 3, 3, 3, 1), 0),
    ("xavier_uniform_", {}, (3, 4), 0),
    ("xavier_uniform_", {"gain": 2.0}, (3, 4, 5), 0),
    ("xavier_normal_", {"gain": 0.5}, (3, 4, 5, 5), 1e-6),
    ("kaiming_uniform_", {}, (3, 4), 0),
    ("kaiming_uniform_", {"a": 0.2, "mode": "fan_out"}, (3, 4, 5), 0),
    ("kaiming_uniform_", {"nonlinearity": "relu"}, (30, 4), 0),
    ("kaiming_normal_", {}, (3, 4), 1e-6),
    ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "tanh"}, (3, 4, 5), 1e-6),
    ("orthogonal_", {}, (3, 5), 1e-4),
    ("orthogonal_", {"gain": 2.0}, (6, 2, 2), 1e-4),
    ("orthogonal_", {}, (0, 2), 0),
    ("sparse_", {"sparsity": 0.3}, (10, 4), 1e-6),
    ("sparse_", {"sparsity": 0.5, "std": 1.0}, (5, 4), 1e-6),
]
FLOATS = ("float32", "float64")


def drawn(torch: ModuleType, name: str, options: dict[str, Any], shape: tuple[int, ...], dtype: str) -> Any:
    torch.manual_seed(5)
    w = torch.nn.Parameter(torch.full(shape, 7.0, dtype=getattr(torch, dtype)))
    assert getattr(torch.nn.init, name)(w, **options) is w
    assert w.is_leaf and w.requires_grad and w.grad_fn is None
    return as_array(w)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("name", "options", "shape", "rtol"), INITS, ids=[f"{n}-{list(s)}-{o}" for n, o, s, _ in INITS]
)
def test_inits(name: str, options: dict[str, Any], shape: tuple[int, ...], rtol: float, dtype: str) -> None:
    ours, theirs = (drawn(torch, name, options, shape, dtype) for torch in (minigrad, _torch))
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    if rtol == 0 and not fuses_uniform():  # one rounding more, of a product below high - low <= 2 max |x|
        within(ours, theirs, rounding(4, dtype) * max(abs(theirs).max(initial=0), 2))
    else:
        np.testing.assert_allclose(ours, theirs, rtol=rtol or 1e-15, atol=rtol)
    np.testing.assert_array_equal(minigrad.rand(3).numpy(), _torch.rand(3).numpy())


def test_orthogonal_is_orthogonal(torch: ModuleType) -> None:
    w = torch.nn.init.orthogonal_(torch.empty(3, 5))
    np.testing.assert_allclose((w @ w.T).numpy(), np.eye(3), atol=1e-6)


GAINS = ("linear", "conv1d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")


@pytest.mark.parametrize("name", GAINS)
def test_gains(name: str) -> None:
    assert minigrad.nn.init.calculate_gain(name) == _torch.nn.init.calculate_gain(name)


def test_the_gain_of_a_leaky_rectifier(torch: ModuleType) -> None:
    assert torch.nn.init.calculate_gain("leaky_relu", 2) == math.sqrt(2 / 5)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "gain": lambda torch: torch.nn.init.calculate_gain("softmax"),
    "gain of conv9": lambda torch: torch.nn.init.calculate_gain("conv9"),
    "negative slope": lambda torch: torch.nn.init.calculate_gain("leaky_relu", "big"),
    "negative slope bool": lambda torch: torch.nn.init.calculate_gain("leaky_relu", True),
    "eye_": lambda torch: torch.nn.init.eye_(torch.zeros(3)),
    "dirac_": lambda torch: torch.nn.init.dirac_(torch.zeros(3, 3)),
    "dirac_ groups": lambda torch: torch.nn.init.dirac_(torch.zeros(3, 3, 3), 2),
    "xavier_uniform_": lambda torch: torch.nn.init.xavier_uniform_(torch.zeros(3)),
    "kaiming_normal_": lambda torch: torch.nn.init.kaiming_normal_(torch.zeros(3)),
    "kaiming mode": lambda torch: torch.nn.init.kaiming_normal_(torch.zeros(3, 3), mode="fan"),
    "orthogonal_": lambda torch: torch.nn.init.orthogonal_(torch.zeros(3)),
    "sparse_": lambda torch: torch.nn.init.sparse_(torch.zeros(3), 0.1),
    "uniform_": lambda torch: torch.nn.init.uniform_(torch.zeros(3), 1.0, 0.0),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    with pytest.raises(Exception) as theirs:
        REFUSED[name](_torch)
    with pytest.raises(theirs.type) as ours:
        REFUSED[name](minigrad)
    if theirs.type is ValueError:
        assert str(ours.value) == str(theirs.value)


def test_warnings(torch: ModuleType) -> None:
    with pytest.warns(UserWarning, match="zero-element"):
        torch.nn.init.kaiming_uniform_(torch.zeros(0, 3))
    with pytest.warns(UserWarning, match="zero-element"):
        torch.nn.init.kaiming_normal_(torch.zeros(0, 3))
    with pytest.warns(UserWarning, match="mean is more than 2 std"):
        torch.nn.init.trunc_normal_(torch.zeros(3), mean=5.0)


OLD = ["uniform", "normal", "eye", "dirac", "orthogonal"]
OLD += ["xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"]


@pytest.mark.parametrize("name", OLD)
def test_old_names(torch: ModuleType, name: str) -> None:
    shape = (3, 3, 3) if name == "dirac" else (3, 3)
    torch.manual_seed(2)
    with pytest.warns(FutureWarning, match=f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`"):
        old = getattr(torch.nn.init, name)(torch.zeros(*shape))
    torch.manual_seed(2)
    assert torch.equal(old, getattr(torch.nn.init, name + "_")(torch.zeros(*shape)))


def test_old_names_with_arguments(torch: ModuleType) -> None:
    with pytest.warns(FutureWarning, match="nn.init.constant"):
        assert torch.nn.init.constant(torch.zeros(2), 3.0).tolist() == [3, 3]
    with pytest.warns(FutureWarning, match="nn.init.sparse"):
        assert torch.nn.init.sparse(torch.zeros(2, 2), 1.0).tolist() == [[0, 0], [0, 0]]


def test_a_generator_of_its_own(torch: ModuleType) -> None:
    before = torch.get_rng_state()
    names = ("uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "kaiming_normal_", "orthogonal_")
    for name in names:
        init = getattr(torch.nn.init, name)
        first, second = (init(torch.zeros(4, 4), generator=torch.Generator().manual_seed(3)) for _ in range(2))
        assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)
