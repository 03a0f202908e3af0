"""Clipping gradients, and parameters as one vector."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch

import minigrad
from reference_torch.oracle import as_array

INF = float("inf")


def parameters(torch: ModuleType, dtype: str = "float64", scale: float = 1.0) -> list[Any]:
    """Three parameters, the last of which has no gradient."""
    made = [torch.zeros(*s, dtype=getattr(torch, dtype), requires_grad=True) for s in ((2, 3), (4,), (2,))]
    for k, p in enumerate(made[:2]):
        values = np.random.default_rng(k).normal(size=tuple(p.shape)).astype(dtype) * scale
        p.grad = torch.from_numpy(values.astype(dtype))
    return made


def both(change: Any, *args: Any) -> None:
    """What ``change(torch, parameters)`` returns and leaves in the gradients."""
    answers = []
    for torch in (minigrad, _torch):
        made = parameters(torch, *args)
        returned = change(torch, made)
        answers.append([as_array(v) for v in (returned, *(p.grad for p in made))])
    for ours, theirs in zip(*answers, strict=True):
        if theirs is None:
            assert ours is None
            continue
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("max_norm", [0.5, 2, 100.0])
@pytest.mark.parametrize("norm_type", [2.0, 1, 3.0, INF])
def test_clip_grad_norm(norm_type: float, max_norm: float, dtype: str) -> None:
    both(lambda torch, ps: torch.nn.utils.clip_grad_norm_(ps, max_norm, norm_type), dtype)


@pytest.mark.parametrize("clip_value", [0.1, 1, 10.0])
def test_clip_grad_value(clip_value: float) -> None:
    both(lambda torch, ps: torch.nn.utils.clip_grad_value_(ps, clip_value))


def test_one_tensor_or_a_generator() -> None:
    both(lambda torch, ps: torch.nn.utils.clip_grad_norm_(ps[0], 0.5))
    both(lambda torch, ps: torch.nn.utils.clip_grad_norm_((p for p in ps), 0.5))
    both(lambda torch, ps: torch.nn.utils.clip_grad_value_(ps[1], 0.5))


def test_total_norm() -> None:
    both(lambda torch, ps: torch.nn.utils.get_total_norm([p.grad for p in ps[:2]]))
    both(lambda torch, ps: torch.nn.utils.get_total_norm(ps[0].grad, INF))
    both(lambda torch, ps: torch.nn.utils.get_total_norm([]))
    both(lambda torch, ps: torch.nn.utils.clip_grads_with_norm_(ps, 1.0, torch.tensor(4.0)))


def test_a_norm_that_is_not_finite(torch: ModuleType) -> None:
    made = parameters(torch, "float64", INF)
    with pytest.raises(RuntimeError, match=r"The total norm of order 2\.0 .* is non-finite"):
        torch.nn.utils.clip_grad_norm_(made, 1.0, error_if_nonfinite=True)
    assert torch.nn.utils.clip_grad_norm_(made, 1.0).item() == INF
    assert made[0].grad.isnan().any()


def test_nothing_to_clip(torch: ModuleType) -> None:
    with pytest.warns(UserWarning, match="empty generator"):
        assert torch.nn.utils.clip_grad_norm_((p for p in []), 1.0).item() == 0
    assert torch.nn.utils.clip_grad_norm_([torch.ones(1, requires_grad=True)], 1.0).item() == 0


def test_the_old_name(torch: ModuleType) -> None:
    with pytest.warns(FutureWarning, match="clip_grad_norm"):
        torch.nn.utils.clip_grad_norm(parameters(torch), 1.0)


def test_vectors_of_parameters(torch: ModuleType) -> None:
    model = torch.nn.Linear(2, 3)
    vector = torch.nn.utils.parameters_to_vector(model.parameters())
    assert vector.tolist() == [*model.weight.flatten().tolist(), *model.bias.tolist()]
    vector.sum().backward()
    assert model.bias.grad.tolist() == [1, 1, 1]
    torch.nn.utils.vector_to_parameters(torch.arange(9.0), model.parameters())
    assert model.weight.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert model.bias.tolist() == [6, 7, 8]
    assert isinstance(model.weight, torch.nn.Parameter)
    with pytest.raises(TypeError, match=r"expected torch.Tensor, but got: list"):
        torch.nn.utils.vector_to_parameters([1.0], model.parameters())
