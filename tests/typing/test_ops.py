"""The types of what ops return: functions, methods, several results."""

from __future__ import annotations

from typing import assert_type

import minigrad as torch
import minigrad.nn.functional as F
from minigrad import Tensor


def test_functions() -> None:
    x = torch.rand(2, 3)
    assert_type(torch.exp(x), Tensor)
    assert_type(torch.relu(x), Tensor)
    assert_type(F.relu(x), Tensor)
    assert_type(F.softmax(x, dim=1), Tensor)
    assert_type(torch.softmax(x, 1), Tensor)
    assert_type(F.leaky_relu(x, 0.1), Tensor)
    assert_type(F.dropout(x, 0.5), Tensor)
    assert_type(F.linear(x, x), Tensor)
    assert_type(F.cross_entropy(x, torch.tensor([0, 1])), Tensor)
    assert_type(F.mse_loss(x, x), Tensor)
    assert_type(torch.matmul(x, x.T), Tensor)
    assert_type(torch.einsum("ij,kj->ik", x, x), Tensor)
    assert_type(torch.cat([x, x], 1), Tensor)
    assert_type(torch.stack((x, x)), Tensor)
    assert_type(torch.where(x > 0, x, 0.0), Tensor)
    assert_type(torch.linalg.norm(x), Tensor)
    assert_type(torch.allclose(x, x), bool)
    assert_type(torch.is_tensor(x), bool)


def test_methods() -> None:
    x = torch.rand(2, 3)
    assert_type(x.sum(), Tensor)
    assert_type(x.mean(0, keepdim=True), Tensor)
    assert_type(x.argmax(dim=1), Tensor)
    assert_type(x.view(-1), Tensor)
    assert_type(x.reshape(3, 2), Tensor)
    assert_type(x.transpose(0, 1), Tensor)
    assert_type(x.T, Tensor)
    assert_type(x[0], Tensor)
    assert_type(x[:, None, ...], Tensor)
    assert_type(x[x > 0.5], Tensor)
    assert_type(x.clamp(min=0), Tensor)
    assert_type(list(x), list[Tensor])
    x[0] = 1.0
    x[x > 1] = torch.tensor(0.0)


def test_several_results() -> None:
    x = torch.rand(2, 3)
    assert_type(torch.max(x), Tensor)
    assert_type(torch.max(x, x), Tensor)
    values, indices = x.max(1)
    assert_type(values, Tensor)
    assert_type(indices, Tensor)
    assert_type(x.sort().indices, Tensor)
    assert_type(x.topk(2).values, Tensor)
    assert_type(x.median(), Tensor)
    assert_type(x.median(0).values, Tensor)
    assert_type(x.split(1), tuple[Tensor, ...])
    assert_type(torch.chunk(x, 2), tuple[Tensor, ...])
    assert_type(F.max_pool1d(x, 2), Tensor)
    assert_type(F.max_pool1d(x, 2, return_indices=True), tuple[Tensor, Tensor])
