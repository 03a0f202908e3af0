"""What the table of layers does not show of convolutions: chosen output sizes, bad arguments."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import minigrad
from tests.bounds import rounding, within


@pytest.mark.parametrize("size", [(9, 10), (2, 3, 10, 9), [9, 9]])
def test_output_size_chooses_the_padding(size: Any) -> None:
    answers = []
    for package in (minigrad, torch):
        package.manual_seed(0)
        layer = package.nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)
        answers.append(layer(package.ones(2, 4, 5, 5), size).detach().numpy())
    # 4 channels of at most 9 weights below 1/sqrt(27), times 1, and the offset
    within(*answers, rounding(4 * 9 + 1, "float32") * (4 * 9 + 1) / 27**0.5)


@pytest.mark.parametrize("size", [(8, 9), (9, 11), (9,), (2, 9, 9)])
def test_impossible_output_size(size: Any) -> None:
    for package in (minigrad, torch):
        layer = package.nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)
        with pytest.raises(ValueError, match="output"):
            layer(package.ones(2, 4, 5, 5), size)


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("Conv2d", (4, 6, 3), {"groups": 0}),
        ("Conv2d", (4, 6, 3), {"groups": 3}),
        ("Conv2d", (6, 4, 3), {"groups": 3}),
        ("Conv2d", (4, 6, 3), {"padding": "other"}),
        ("Conv2d", (4, 6, 3), {"padding": "same", "stride": 2}),
        ("Conv2d", (4, 6, 3), {"padding_mode": "other"}),
        ("ConvTranspose2d", (4, 6, 3), {"padding_mode": "reflect"}),
    ],
)
def test_bad_arguments(name: str, args: Any, kwargs: Any) -> None:
    for package in (minigrad, torch):
        with pytest.raises(ValueError, match=r"\w+"):
            getattr(package.nn, name)(*args, **kwargs)
