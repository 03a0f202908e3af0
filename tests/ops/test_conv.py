"""Convolution kernels against the definition, written as loops, and against torch; the memory they leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad
import minigrad.nn.functional as F
from minigrad.ops.layers import windows as kernels
from minigrad.ops.layers.conv import conv_grad_input, conv_grad_weight, convolution
from minigrad.ops.layers.windows import BATCH_LAST, Geometry, outputs, overlap, pad, windows
from tests.bounds import rounding, within

Array = np.ndarray[Any, Any]


def convolve_by_loops(x: Array, w: Array, how: Geometry) -> Array:
    """y[n, o, q] = sum_{c, k} w[o, c, k] x[n, c, q stride + k dilation], place by place."""
    x = np.pad(x, ((0, 0), (0, 0), *how.padding))
    kernel = w.shape[2:]
    out = outputs(x.shape[2:], kernel, how.stride, how.dilation)
    y = np.zeros((len(x), len(w), *out))
    channels = w.shape[1]
    for o in range(len(w)):
        first = o // (len(w) // how.groups) * channels
        for q in np.ndindex(*out):
            for k in np.ndindex(*kernel):
                place = [i * s + j * d for i, s, j, d in zip(q, how.stride, k, how.dilation, strict=True)]
                seen = x[:, first : first + channels, *place]  # (N, C)
                y[:, o, *q] += seen @ w[o, :, *k]
    return y


@dataclass
class Case:
    x: Array
    w: Array
    how: Geometry


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A small convolution: 1 to 3 dimensions, the batch in front or last, few or many rows to a matrix."""
    n = draw(st.integers(1, 3))
    several = lambda low, high: tuple(draw(st.lists(st.integers(low, high), min_size=n, max_size=n)))
    kernel, stride, dilation = several(1, 3), several(1, 3), several(1, 2)
    padding = tuple(zip(several(0, 2), several(0, 2), strict=True))
    sizes = [
        max(draw(st.integers(1, 5)), d * (k - 1) + 1 - lo - hi)
        for k, d, (lo, hi) in zip(kernel, dilation, padding, strict=True)
    ]
    groups, channels = draw(st.sampled_from([(1, 1), (1, 2), (2, 1), (3, 2)]))
    batch = draw(st.sampled_from([1, 2, BATCH_LAST, BATCH_LAST + 1]))
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    x = rng.normal(size=(batch, groups * channels, *sizes))
    w = rng.normal(size=(groups * draw(st.integers(1, 2)), channels, *kernel))
    return Case(x, w, Geometry(stride, padding, dilation, groups))


@given(cases(), st.sampled_from([1, kernels.SHORT_ROW]))
def test_convolution_is_its_definition(case: Case, short: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "SHORT_ROW", short)
        patch.setattr(kernels, "PARTIAL", short)
        compare_with_loops(case)


def compare_with_loops(case: Case) -> None:
    np.testing.assert_allclose(
        convolution(case.x, case.w, None, case.how), convolve_by_loops(case.x, case.w, case.how), 1e-10, 1e-10
    )


@given(cases(), st.sampled_from([1, kernels.SHORT_ROW]))
def test_gradients_are_the_adjoints(case: Case, short: int) -> None:
    """<conv(x, w), g> = <x, conv_grad_input(g, w)> = <w, conv_grad_weight(g, x)> for all x, w and g."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "SHORT_ROW", short)
        patch.setattr(kernels, "PARTIAL", short)
        compare_products(case)


def compare_products(case: Case) -> None:
    x, w, how = case.x, case.w, case.how
    y = convolution(x, w, None, how)
    g = np.random.default_rng(7).normal(size=y.shape)
    dx = conv_grad_input(g, w, None, x.shape[2:], how)
    dw = conv_grad_weight(g, x, w.shape[2:], how)
    assert dx.shape == x.shape and dw.shape == w.shape
    whole = float((y * g).sum())
    np.testing.assert_allclose([float((x * dx).sum()), float((w * dw).sum())], whole, 1e-9, 1e-9)


@given(cases(), st.sampled_from([np.float32, np.float64]), st.sampled_from(["C", "F"]))
def test_every_layout_and_type_equals_torch(case: Case, dtype: Any, order: Any) -> None:
    how = case.how
    n = case.x.ndim - 2
    symmetric = tuple(lo for lo, _ in how.padding)
    x, w = (np.asarray(v, dtype, order) for v in (case.x, case.w))
    sizes = [s + 2 * p for s, p in zip(x.shape[2:], symmetric, strict=True)]
    if min(outputs(sizes, w.shape[2:], how.stride, how.dilation)) < 1:
        return
    results: list[list[Array]] = []
    for package, make in ((minigrad, minigrad.from_numpy), (torch, torch.from_numpy)):
        a, b = make(x.copy("K")).requires_grad_(), make(w.copy()).requires_grad_()
        y = getattr(package.nn.functional, f"conv{n}d")(a, b, None, how.stride, symmetric, how.dilation, how.groups)
        g = make(np.random.default_rng(3).normal(size=tuple(y.shape)).astype(dtype))
        y.backward(g)
        results.append([v.detach().numpy() for v in (y, a.grad, b.grad)])
    y, sizes = results[1][0], [float(np.abs(v).max()) for v in (x, w, g.detach().numpy())]
    # each number is a sum of products of two arrays: of no more terms than the smaller of them holds
    for ours, theirs, (one, other) in zip(*results, ((0, 1), (2, 1), (2, 0)), strict=True):
        assert ours.dtype == theirs.dtype
        terms = min((x, w, y)[one].size, (x, w, y)[other].size)
        within(ours, theirs, rounding(terms, dtype) * terms * sizes[one] * sizes[other])


@given(cases())
def test_overlap_is_the_adjoint_of_windows(case: Case) -> None:
    x = pad(case.x[:, None, ..., None], case.how.padding)
    how, kernel = case.how, case.w.shape[2:]
    seen = windows(x, kernel, how.stride, how.dilation)
    g = np.random.default_rng(5).normal(size=seen.shape)
    back = np.zeros_like(x)
    overlap(g, back, how.stride, how.dilation)
    np.testing.assert_allclose((seen * g).sum(), (x * back).sum(), 1e-9, 1e-9)


@pytest.mark.parametrize(("batch", "stride"), [(3, 1), (3, 2), (17, 1), (17, 2)])
def test_third_gradient(batch: int, stride: int) -> None:
    """The three products are closed under differentiation: any order works."""
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(batch, 2, 4, 5)), rng.normal(size=(3, 2, 3, 2))
    answers = []
    for package in (minigrad, torch):
        a, b = (package.tensor(v, requires_grad=True) for v in (x, w))
        y = package.nn.functional.conv2d(a, b, stride=stride, padding=1)
        for _ in range(3):
            ga, gb = package.autograd.grad((y**2).sum() + (y * y.detach()).sum(), [a, b], create_graph=True)
            y = ga.sum() * gb
        answers.append([v.detach().numpy() for v in (ga, gb)])
    for ours, theirs in zip(*answers, strict=True):
        np.testing.assert_allclose(ours, theirs, 1e-8)


def test_same_padding_of_an_even_kernel() -> None:
    """One more zero behind than in front (torch warns that it copies)."""
    x, w = np.random.default_rng(0).normal(size=(2, 3, 5, 4)), np.random.default_rng(1).normal(size=(2, 3, 2, 4))
    ours = F.conv2d(minigrad.tensor(x), minigrad.tensor(w), padding="same", dilation=(1, 3)).numpy()
    how = Geometry((1, 1), ((0, 1), (4, 5)), (1, 3), 1)
    np.testing.assert_allclose(ours, convolve_by_loops(x, w, how), 1e-10)


class TestMemory:
    """A large batch lies last in memory, and nobody can tell."""

    def setup_method(self) -> None:
        rng = np.random.default_rng(0)
        self.x = rng.normal(size=(BATCH_LAST, 2, 6, 6))
        self.w = rng.normal(size=(3, 2, 3, 3))

    def images(self, package: Any) -> Any:
        return package.nn.functional.conv2d(package.tensor(self.x), package.tensor(self.w, requires_grad=True))

    def test_batch_is_last(self) -> None:
        assert self.images(minigrad).array.transpose(1, 2, 3, 0).flags.c_contiguous

    def test_answers_are_those_of_torchs_layout(self) -> None:
        ours, theirs = self.images(minigrad), self.images(torch)
        assert ours.stride() == theirs.stride()
        assert ours.is_contiguous() and theirs.is_contiguous()
        assert ours[1:, :, ::2].stride() == theirs[1:, :, ::2].stride()
        assert ours.contiguous() is ours

    def test_flattening_is_a_view(self) -> None:
        y = self.images(minigrad)
        flat = y.view(BATCH_LAST, -1)
        assert np.shares_memory(flat.array, y.array)
        assert flat.array.flags.f_contiguous  # a matrix that BLAS takes as it is
        np.testing.assert_allclose(flat.detach().numpy(), self.images(torch).view(BATCH_LAST, -1).detach().numpy())

    def test_layout_survives_a_network(self) -> None:
        y = F.relu(self.images(minigrad))
        y = minigrad.cat([y * 2, y + y], 1)
        assert y.array.transpose(1, 2, 3, 0).flags.c_contiguous

    def test_gradients_lie_as_the_images(self) -> None:
        """Through normalization, dropout, pooling and a flattening into a Linear, and back."""
        arrived: list[Array] = []
        y = self.images(minigrad)
        y.register_hook(lambda g: arrived.append(g.array))
        minigrad.manual_seed(0)
        layers = [minigrad.nn.BatchNorm2d(3), minigrad.nn.ReLU(), minigrad.nn.Dropout2d(), minigrad.nn.MaxPool2d(2)]
        z = minigrad.nn.Sequential(*layers).double()(y)
        assert z.array.transpose(1, 2, 3, 0).flags.c_contiguous
        minigrad.nn.Linear(12, 2).double()(z.view(BATCH_LAST, -1)).sum().backward()
        assert arrived[0].transpose(1, 2, 3, 0).flags.c_contiguous

    def test_gradient_of_a_leaf_lies_in_torchs_order(self) -> None:
        x = minigrad.tensor(self.x, requires_grad=True)
        F.conv2d(x, minigrad.tensor(self.w)).sum().backward()
        assert x.grad.array.flags.c_contiguous
