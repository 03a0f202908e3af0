"""torchvision's datasets and transforms feed minigrad's DataLoader: torch's tensors become ours, workers or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch as _torch
from torchvision import datasets, transforms

import minigrad

NORMALIZED = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])


def images(transform: Any) -> Any:
    return datasets.FakeData(size=10, image_size=(3, 8, 8), num_classes=4, transform=transform)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_the_batches_of_torch(num_workers: int) -> None:
    found = []
    for torch in (minigrad, _torch):
        torch.manual_seed(5)
        loader = torch.utils.data.DataLoader(images(NORMALIZED), batch_size=4, shuffle=True, num_workers=num_workers)
        found.append(list(loader))
    assert [len(ours) for ours, _ in found[0]] == [4, 4, 2]
    for (x, y), (x_reference, y_reference) in zip(*found, strict=True):
        assert type(x) is type(y) is minigrad.Tensor
        assert (x.dtype, y.dtype) == (minigrad.float32, minigrad.int64)
        assert np.array_equal(x.numpy(), x_reference.numpy()) and y.tolist() == y_reference.tolist()


def test_an_image_that_nobody_converted() -> None:
    for torch in (minigrad, _torch):
        with pytest.raises(TypeError, match=r"default_collate: batch must contain tensors.*found <class 'PIL\.Image"):
            next(iter(torch.utils.data.DataLoader(images(None))))
