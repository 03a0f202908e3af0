"""Running log-sums where the sums themselves have no digits left for their derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad


def gradients(values: list[float], shift: float, dtype: minigrad.dtype) -> list[np.ndarray]:
    """The first gradient and the second, of the values raised by a number."""
    x = minigrad.tensor([v + shift for v in values], dtype=dtype, requires_grad=True)
    (g,) = minigrad.autograd.grad(minigrad.logcumsumexp(x, 0).sum(), x, create_graph=True)
    (h,) = minigrad.autograd.grad((g * minigrad.arange(1, len(values) + 1)).sum(), x)
    return [g.detach().numpy(), h.numpy()]


@pytest.mark.parametrize("values", [[0.0, 0.0, 3.0], [0.0, -2.0, 0.5, 2.0], [3.0, -1e4, 1.0]])
def test_a_shift_changes_no_derivative(values: list[float]) -> None:
    """Raised by 2**16, the sums in float32 are rounded to 1/128, and so were derivatives made of them."""
    near = gradients(values, 0.0, minigrad.float64)
    for ours, right in zip(gradients(values, 2.0**16, minigrad.float32), near, strict=True):
        np.testing.assert_allclose(ours, right, rtol=1e-6, atol=1e-7)


def test_equal_terms_share_however_large() -> None:
    first, _ = gradients([1e38, -1e38, 1e38], 0.0, minigrad.float32)
    assert first.tolist() == [2.5, 0.0, 0.5]


def test_long_rise() -> None:
    """Terms that rise by far more than exp can hold."""
    first, second = gradients([0.5 * k for k in range(4000)], 0.0, minigrad.float32)
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()
    np.testing.assert_allclose(first.sum(), 4000, rtol=1e-5)
