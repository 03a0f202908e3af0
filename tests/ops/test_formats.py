"""Memory formats: what is asked of a tensor with its channels last, compared with torch's answers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch as reference

import minigrad
from minigrad.ops.shape.formats import following, in_order


def images(t: Any, *shape: int) -> Any:
    return t.arange(float(np.prod(shape))).reshape(*shape)


def answer(t: Any, expression: str) -> Any:
    """Shape, strides, both kinds of contiguity and the sum of what the expression gives; or the class of its error."""
    last = t.channels_last

    def saved(x: Any) -> Any:
        file = io.BytesIO()
        t.save(x, file)
        file.seek(0)
        return t.load(file)

    t.manual_seed(0)
    names = {
        "t": t, "F": t.nn.functional, "nn": t.nn, "last": last, "saved": saved, "plain": t.contiguous_format,
        "x": images(t, 2, 3, 4, 5), "c": images(t, 2, 3, 4, 5).contiguous(memory_format=last),
        "v": images(t, 2, 4, 5, 3).permute(0, 3, 1, 2), "grad_of": lambda y, x: t.autograd.backward(y.sum()) or x.grad,
        "d": images(t, 2, 3, 2, 4, 5).contiguous(memory_format=t.channels_last_3d), "w": images(t, 6, 3, 3, 3),
    }  # fmt: skip
    try:
        y = eval(expression, names)
    except (RuntimeError, TypeError) as error:
        return type(error), str(error)[:9]
    if not hasattr(y, "stride"):
        return y
    contiguous = y.is_contiguous(), y.is_contiguous(memory_format=last)
    return tuple(y.shape), y.stride(), contiguous, pytest.approx(float(y.detach().double().sum()), rel=1e-4, abs=1e-3)


KEPT = """
c; v; v.contiguous(); v.contiguous(memory_format=last); v.clone(); v.clone(memory_format=plain); d; d * 2
v.clone(memory_format=last); v.contiguous(memory_format=t.preserve_format)
x.contiguous(memory_format=t.channels_last_3d); d.is_contiguous(memory_format=t.channels_last_3d)
d.is_contiguous(memory_format=last); t.ones(2).is_contiguous(memory_format=last)
t.ones(2, 3).to(memory_format=last); t.ones(2, 3).clone(memory_format=last); x.to(memory_format=last)
x.to(memory_format=last) is x; c.to(memory_format=last) is c; c.to(memory_format=plain); c.to(t.float64); c.long()
c.half(); c.to(t.float64, memory_format=plain); x.to(t.float64, memory_format=last); x.double(memory_format=last)
x.cpu(memory_format=last); x.to("cpu", t.float64, False, True, memory_format=last); x.to(c)
t.empty(2, 3, 4, 5, memory_format=last).zero_(); t.empty(2, 3, memory_format=last)
t.empty(2, memory_format=t.preserve_format); t.empty(2, 1, 4, 5, memory_format=last).zero_()
t.empty(2, 3, 1, 1, memory_format=last).zero_(); t.ones(2, 1, 4, 5).contiguous(memory_format=last)
t.ones(2, 3, 1, 1).contiguous(memory_format=last); t.ones(2, 3, 1, 1).to(memory_format=last)
t.ones(2, 1, 4, 5).to(memory_format=last); t.ones(2, 1, 4, 5).clone(memory_format=last); c.contiguous(last)
c.is_contiguous(last); t.zeros_like(c); t.ones_like(v); t.full_like(c, 2); t.rand_like(c); t.randn_like(c)
t.randint_like(c, 3); t.zeros_like(x, memory_format=last); t.empty_like(c, memory_format=plain).zero_()
t.rand_like(x, memory_format=last); t.randn_like(x, memory_format=last); c + 1; 1 - c; c * c; x + c; c + t.ones(5)
c > 2; c.exp(); F.relu(c); F.gelu(c); c.add_(1); c.clamp(0, 1); F.dropout(c, 0.5); c.detach(); c[0]; c[:1]; c[:, 0]
c[:, 1:]; c[:, 1:].clone(); c.view(2, -1); c.view(-1); c.view(6, 20); c.view(2, 3, 20); c.view(2, 3, 2, 2, 5)
c.flatten(1); c.reshape(2, -1); c.permute(0, 2, 3, 1); c.permute(0, 2, 3, 1).view(-1); c.mT; c.transpose(1, 3)
c.chunk(3, 1)[0]; t.cat([c, c], 1); t.cat([c, x], 1); c.repeat(2, 1, 1, 1); c[[0, 1]]; c.flip(3)
c.sum(0, keepdim=True); c.sum(3, keepdim=True); c.mean(3, True); c.amax(3, keepdim=True); c.max(3, keepdim=True)[0]
c.all(3, True); c.logsumexp(3, True); c.prod(3, True); c.aminmax(dim=3, keepdim=True)[0]; c.sum(1); c.cumsum(1)
c.softmax(1); F.log_softmax(v, 1).view(-1); c.masked_fill(c > 1, 0); c.tril(); c.triu(); c.cummax(1)[0]
c.cummax(1)[1]; F.layer_norm(c, (5,)); F.group_norm(c, 3); F.batch_norm(c, None, None, training=True)
F.instance_norm(c); F.conv2d(c, w); F.conv2d(x, w.to(memory_format=last)); F.conv2d(v, w); F.conv2d(x, w)
F.conv2d(c[:1], w); F.conv2d(c[:, :, 1:], w); F.conv_transpose2d(c, w.transpose(0, 1))
F.conv3d(d, t.ones(6, 3, 2, 2, 2)); F.max_pool2d(c, 2); F.max_pool2d(v, 2)
F.max_pool2d(c, 2, return_indices=True)[1]; F.avg_pool2d(c, 2); F.adaptive_avg_pool2d(c, 2)
F.adaptive_max_pool2d(c, 2); F.interpolate(c, scale_factor=2); F.interpolate(c, scale_factor=2, mode="bilinear")
F.pad(c, (1, 1, 1, 1)); F.pad(c, (1, 1, 1, 1), mode="reflect"); F.local_response_norm(c, 2)
F.linear(c, t.ones(2, 5)); c @ t.ones(5, 2); nn.Conv2d(3, 4, 3).to(memory_format=last).weight
nn.Conv2d(3, 4, 3).to(memory_format=last).bias; nn.Conv2d(3, 4, 3).to(memory_format=last)(x)
nn.Conv3d(3, 4, 3).to(memory_format=last); nn.Linear(3, 4).to(memory_format=last).weight
nn.Conv3d(3, 4, 3).to(t.float64, memory_format=t.channels_last_3d).weight; nn.Parameter(c); t.from_numpy(c.numpy())
nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU()).to(memory_format=last)(c); c._base
c.storage_offset(); c.numpy().strides; saved(c); saved(c + 1); saved(v); saved([c, c[0]])[1]
saved(nn.Conv2d(3, 4, 3).to(memory_format=last).state_dict())["weight"]; c.copy_(x); x.copy_(c)
c.as_strided((2, 2), (1, 2)); c[1].as_strided((2, 2), (1, 2)); c.repeat_interleave(1, 0)
grad_of(c.requires_grad_() * 2, c); grad_of(c.requires_grad_() * x, c); grad_of(x.requires_grad_() * c, x)
grad_of(c.requires_grad_() ** 2, c); grad_of(F.conv2d(c.requires_grad_(), w), c)
grad_of(F.conv2d(c, w.requires_grad_()), w)
"""


@pytest.mark.parametrize("expression", [e.strip() for line in KEPT.strip().splitlines() for e in line.split(";")])
def test_as_torch(expression: str) -> None:
    assert answer(minigrad, expression) == answer(reference, expression)


def test_a_result_follows_its_operand() -> None:
    wide = np.zeros((2, 4, 5, 3)).transpose(0, 3, 1, 2)
    assert following(np.zeros((2, 6, 2, 2)), wide).strides == (192, 8, 96, 48)
    assert in_order(wide).strides == (480, 160, 40, 8)
    alone = np.zeros((2, 3))
    assert following(alone, alone) is in_order(alone) is alone
