"""Convolution, block and upsampling layers against torch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import minigrad

LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = [
    ("Conv1d", (4, 6, 3), {}, (2, 4, 7)),
    ("Conv2d", (4, 6, 3), {}, (2, 4, 7, 6)),
    ("Conv2d", (4, 6, 3), {}, (4, 7, 6)),
    ("Conv2d", (4, 6, 3), {}, (18, 4, 7, 6)),
    ("Conv2d", (4, 6, (3, 2), 2, (1, 0), (1, 2), 2, False), {}, (2, 4, 7, 6)),
    ("Conv2d", (4, 6, 3), {"padding": "same"}, (2, 4, 7, 6)),
    ("Conv2d", (4, 6, 3), {"padding": "valid"}, (2, 4, 7, 6)),
    ("Conv3d", (2, 2, 2), {"stride": (2, 1, 1)}, (2, 2, 4, 3, 3)),
    ("ConvTranspose1d", (4, 6, 3), {"stride": 2}, (2, 4, 5)),
    ("ConvTranspose2d", (4, 6, 3, 2, 1, 1, 2), {}, (2, 4, 5, 4)),
    ("ConvTranspose2d", (4, 6, 3), {"bias": False, "dilation": 2}, (4, 5, 4)),
    ("ConvTranspose3d", (2, 2, 2), {"stride": 2}, (2, 2, 2, 3, 2)),
    ("Unfold", ((2, 3),), {"padding": 1}, (2, 3, 4, 5)),
    ("Fold", ((4, 5), (2, 2)), {}, (2, 12, 12)),
    ("Upsample", (), {"size": (5, 4)}, (2, 3, 4, 5)),
    ("Upsample", (), {"scale_factor": 2, "mode": "bilinear"}, (2, 3, 4, 5)),
    ("Upsample", (), {"scale_factor": (1.5, 2), "mode": "bicubic", "align_corners": True}, (2, 3, 4, 5)),
    ("UpsamplingNearest2d", (), {"scale_factor": 3}, (2, 3, 4, 5)),
    ("UpsamplingBilinear2d", ((7, 3),), {}, (2, 3, 4, 5)),
]


def run(package: Any, name: str, args: Any, kwargs: Any, shape: Any) -> tuple[Any, list[Any]]:
    """The layer made from seed 0, and what a forward and a backward give."""
    package.manual_seed(0)
    layer = getattr(package.nn, name)(*args, **kwargs)
    x = package.tensor(np.random.default_rng(1).normal(size=shape).astype(np.float32), requires_grad=True)
    y = layer(x)
    (y**2).sum().backward()
    values = [y, x.grad, *layer.parameters(), *[p.grad for p in layer.parameters()]]
    return layer, [v.detach().numpy() for v in values]


@pytest.mark.parametrize(("name", "args", "kwargs", "shape"), LAYERS)
def test_layer_is_torchs(name: str, args: Any, kwargs: Any, shape: Any) -> None:
    """Names and initial values of the parameters, repr, output and every gradient."""
    ours, values = run(minigrad, name, args, kwargs, shape)
    theirs, expected = run(torch, name, args, kwargs, shape)
    assert repr(ours) == repr(theirs)
    assert [(k, tuple(v.shape)) for k, v in ours.state_dict().items()] == [
        (k, tuple(v.shape)) for k, v in theirs.state_dict().items()
    ]
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())
    for a, b in zip(values, expected, strict=True):
        np.testing.assert_allclose(a, b, 1e-4, 1e-5)


@pytest.mark.parametrize("size", [(9, 10), (2, 3, 10, 9), [9, 9]])
def test_output_size_chooses_the_padding(size: Any) -> None:
    answers = []
    for package in (minigrad, torch):
        package.manual_seed(0)
        layer = package.nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)
        answers.append(layer(package.ones(2, 4, 5, 5), size).detach().numpy())
    np.testing.assert_allclose(*answers, 1e-5, 1e-6)


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
