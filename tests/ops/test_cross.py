"""The old default of ``cross``: the first dimension of size 3, with a warning."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import minigrad


@pytest.mark.filterwarnings("ignore:Using torch.cross without")
@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3), (3, 2), (2, 3)])
def test_the_first_dimension_of_size_3(shape: tuple[int, ...]) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, *shape))
    ours, theirs = [engine.cross(engine.tensor(x), engine.tensor(y)).tolist() for engine in (minigrad, torch)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_the_default_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="without specifying the dim arg is deprecated"):
        minigrad.cross(minigrad.ones(3), minigrad.ones(3))
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="no dimension of size 3 in input"):
        minigrad.cross(minigrad.ones(2), minigrad.ones(2))
