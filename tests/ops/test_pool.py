"""Pooling against a plain loop over windows, and against torch: ties, nans, infinities, memory layouts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad.nn import functional as F

Image = np.ndarray[Any, Any]

SPECIAL = (np.nan, np.inf, -np.inf)


# ---- the plain formula ----


def plain(x: Image, kernel: Any, stride: Any, padding: Any, dilation: Any, out: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Every window: its number, and the pixels of the image within it."""
    for o in itertools.product(*map(range, out)):
        spans = [
            [q for q in range(k * s - p, k * s - p + n * d, d) if 0 <= q < size]
            for k, s, p, n, d, size in zip(o, stride, padding, kernel, dilation, x.shape, strict=True)
        ]
        yield o, list(itertools.product(*spans))


def plain_max(x: Image, out: Any, **geometry: Any) -> tuple[Image, Image]:
    best, index = np.empty(out), np.empty(out, np.int64)
    for o, pixels in plain(x, out=out, **geometry):
        winner = pixels[0]
        for pixel in pixels[1:]:
            if x[pixel] > x[winner] or np.isnan(x[pixel]):
                winner = pixel
        best[o], index[o] = x[winner], np.ravel_multi_index(winner, x.shape)
    return best, index


def plain_mean(x: Image, out: Any, **geometry: Any) -> Image:
    means = np.empty(out)
    for o, pixels in plain(x, out=out, **geometry):
        means[o] = np.mean([x[pixel] for pixel in pixels])
    return means


# ---- any geometry ----


@st.composite
def geometries(draw: Any, dims: int, dilated: bool = True) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The size of an image, and windows that fit it."""
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(dims))
    kernel, stride = each(1, 3), each(1, 3)
    dilation = each(1, 2) if dilated else (1,) * dims
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    size = tuple(r + draw(st.integers(0, 4)) for r in reach)
    return size, {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}


DIMS = st.integers(1, 3)
MAX: dict[int, tuple[Callable[..., Any], Callable[..., Any]]] = {
    1: (F.max_pool1d, torch.nn.functional.max_pool1d),
    2: (F.max_pool2d, torch.nn.functional.max_pool2d),
    3: (F.max_pool3d, torch.nn.functional.max_pool3d),
}
AVG: dict[int, tuple[Callable[..., Any], Callable[..., Any]]] = {
    1: (F.avg_pool1d, torch.nn.functional.avg_pool1d),
    2: (F.avg_pool2d, torch.nn.functional.avg_pool2d),
    3: (F.avg_pool3d, torch.nn.functional.avg_pool3d),
}
ADAPTIVE_MAX: dict[int, tuple[Callable[..., Any], Callable[..., Any]]] = {
    1: (F.adaptive_max_pool1d, torch.nn.functional.adaptive_max_pool1d),
    2: (F.adaptive_max_pool2d, torch.nn.functional.adaptive_max_pool2d),
    3: (F.adaptive_max_pool3d, torch.nn.functional.adaptive_max_pool3d),
}
ADAPTIVE_AVG: dict[int, tuple[Callable[..., Any], Callable[..., Any]]] = {
    1: (F.adaptive_avg_pool1d, torch.nn.functional.adaptive_avg_pool1d),
    2: (F.adaptive_avg_pool2d, torch.nn.functional.adaptive_avg_pool2d),
    3: (F.adaptive_avg_pool3d, torch.nn.functional.adaptive_avg_pool3d),
}


def few_values(draw: Any, shape: tuple[int, ...], special: bool) -> Image:
    """An image of small integers, so that many tie, and perhaps of nan and infinities."""
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, shape).astype(np.float64)
    if special:
        holes = rng.random(shape) < 0.3
        x[holes] = rng.choice(SPECIAL, int(holes.sum()))
    return x


def layouts(x: Image) -> Iterator[Image]:
    """The same images in C order, and batch-last."""
    yield x
    yield np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)


def value_and_gradient(package: Any, f: Callable[[Any], Any], x: Image, g: Image | None) -> tuple[Any, ...]:
    """The value of f, its indices if it has any, and the gradient of x."""
    leaf = package.from_numpy(x.copy("K")).requires_grad_()
    outputs = f(leaf)
    y, *index = outputs if isinstance(outputs, tuple) else (outputs,)
    cotangent = np.random.default_rng(0).random(tuple(y.shape)) if g is None else g
    y.backward(package.from_numpy(cotangent))
    return tuple(t.detach().numpy() for t in (y, *index, leaf.grad))


def same(f: Callable[[Any], Any], g: Callable[[Any], Any], x: Image, cotangent: Image | None = None) -> None:
    theirs = value_and_gradient(torch, g, np.ascontiguousarray(x), cotangent)
    for layout in layouts(x):
        ours = value_and_gradient(minigrad, f, layout, cotangent)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@given(data=st.data(), dims=DIMS, ceil=st.booleans(), special=st.booleans())
def test_max_pool(data: Any, dims: int, ceil: bool, special: bool) -> None:
    size, geometry = data.draw(geometries(dims))
    x = few_values(data.draw, (2, 2, *size), special)
    arguments = (*geometry.values(), ceil, True)
    ours, theirs = MAX[dims]
    same(lambda x: ours(x, *arguments), lambda x: theirs(x, *arguments), x)
    values, indices = ours(minigrad.tensor(x), *arguments)
    for image, best, index in zip(x[0], values.numpy()[0], indices.numpy()[0], strict=True):
        expected = plain_max(image, best.shape, **geometry)
        np.testing.assert_array_equal(best, expected[0])
        np.testing.assert_array_equal(index, expected[1])


@given(
    data=st.data(), dims=DIMS, ceil=st.booleans(), padded=st.booleans(), override=st.sampled_from([None, None, 3, -2])
)
def test_avg_pool(data: Any, dims: int, ceil: bool, padded: bool, override: int | None) -> None:
    size, geometry = data.draw(geometries(dims, dilated=False))
    x = few_values(data.draw, (2, 2, *size), special=False)
    del geometry["dilation"]
    more = () if dims == 1 else (override,)
    ours, theirs = AVG[dims]
    same(
        lambda x: ours(x, *geometry.values(), ceil, padded, *more),
        lambda x: theirs(x, *geometry.values(), ceil, padded, *more),
        x,
    )
    means = ours(minigrad.tensor(x), *geometry.values(), ceil, False).numpy()
    expected = plain_mean(x[1, 1], means.shape[2:], **geometry, dilation=(1,) * dims)
    np.testing.assert_allclose(means[1, 1], expected, rtol=1e-12, atol=1e-14)


@given(data=st.data(), dims=DIMS, special=st.booleans())
def test_adaptive_pools(data: Any, dims: int, special: bool) -> None:
    size = tuple(data.draw(st.integers(1, 6)) for _ in range(dims))
    out = tuple(data.draw(st.integers(1, 7)) for _ in range(dims))
    x = few_values(data.draw, (2, 2, *size), special)
    ours, theirs = ADAPTIVE_MAX[dims]
    same(lambda x: ours(x, out, True), lambda x: theirs(x, out, True), x)
    ours, theirs = ADAPTIVE_AVG[dims]
    same(lambda x: ours(x, out), lambda x: theirs(x, out), np.where(np.isfinite(x), x, 5))


@given(data=st.data(), dims=DIMS)
def test_unpooling_undoes_pooling(data: Any, dims: int) -> None:
    """Of windows that do not overlap, the maxima go back where they were, and pooling finds them again."""
    size = tuple(data.draw(st.integers(2, 7)) for _ in range(dims))
    x = np.random.default_rng(data.draw(st.integers(0, 99))).random((2, 2, *size)) + 1
    pool, unpool = MAX[dims][0], (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[dims - 1]
    y, index = pool(minigrad.tensor(x), 2, return_indices=True)
    back = unpool(y, index, 2, output_size=x.shape)
    assert back.shape == x.shape
    np.testing.assert_array_equal(pool(back, 2).numpy(), y.numpy())
    kept = back.numpy() != 0
    np.testing.assert_array_equal(back.numpy()[kept], x[kept])
    assert kept.sum() == y.numpy().size


@pytest.mark.parametrize("g", [np.inf, np.nan])
def test_an_infinite_gradient_reaches_the_winner_alone(g: float) -> None:
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    for arguments in ((2,), (3, 1, 1)):
        same(
            lambda x, k=arguments: F.max_pool2d(x, *k),
            lambda x, k=arguments: torch.nn.functional.max_pool2d(x, *k),
            x,
            np.full((1, 1, 2, 2) if len(arguments) == 1 else (1, 1, 4, 4), g),
        )


@pytest.mark.parametrize(
    "pool",
    [
        lambda x: F.max_pool2d(x, 2),
        lambda x: F.max_pool2d(x, 3, 2, 1),
        lambda x: F.avg_pool2d(x, 3, 1, 1),
        lambda x: F.avg_pool2d(x, 2),
        lambda x: F.adaptive_avg_pool2d(x, 3),
    ],
)
def test_a_batch_last_image_stays_so(pool: Callable[[Any], Any]) -> None:
    """The buffer of the value and of the gradient is (C, H, W, N), as that of the image."""
    x = minigrad.tensor(np.zeros((2, 6, 6, 5))).permute(3, 0, 1, 2).detach().requires_grad_()
    assert batch_last(x)
    y = pool(x)
    assert batch_last(y)
    (g,) = minigrad.autograd.grad(y, x, y.detach())
    assert batch_last(g)


def batch_last(x: Any) -> bool:
    return bool(x.array.transpose(1, 2, 3, 0).flags.c_contiguous)


@pytest.mark.parametrize(("name", "size"), [("avg", (2, 0)), ("max", (2, 0)), ("max", 0)])
def test_no_output(name: str, size: Any) -> None:
    """A window count of 0 has a result, and no gradient, in both engines."""
    shapes = []
    for engine in (minigrad, torch):
        x = engine.ones(2, 3, 4, 4, requires_grad=True)
        y = getattr(engine.nn.functional, f"adaptive_{name}_pool2d")(x, size)
        shapes.append(tuple(y.shape))
        with pytest.raises(RuntimeError, match=f"adaptive_{name}_pool2d_backward.*non-zero size"):
            y.sum().backward()
    assert shapes[0] == shapes[1]


def test_no_image_and_no_channel() -> None:
    assert F.adaptive_avg_pool2d(minigrad.ones(0, 3, 4, 4), 2).shape == (0, 3, 2, 2)
    assert F.adaptive_avg_pool2d(minigrad.ones(2, 0, 4, 4), 2).shape == (2, 0, 2, 2)


def test_empty_batch_is_unpooled() -> None:
    x, index = minigrad.ones(0, 2, 2, 2), minigrad.zeros(0, 2, 2, 2, dtype=minigrad.int64)
    assert F.max_unpool2d(x, index, 2).shape == (0, 2, 4, 4)


def test_places_need_a_window_wider_than_a_byte() -> None:
    """More than 256 places in a window."""
    x = np.random.default_rng(0).random((1, 1, 18, 20))
    same(
        lambda x: F.max_pool2d(x, (18, 17), 1, return_indices=True),
        lambda x: torch.nn.functional.max_pool2d(x, (18, 17), 1, return_indices=True),
        x,
    )


def test_the_plain_formula_is_torchs() -> None:
    x = np.random.default_rng(0).random((5, 6))
    geometry = {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 1), "dilation": (1, 2)}
    theirs = torch.nn.functional.max_pool2d(torch.tensor(x)[None], *geometry.values(), return_indices=True)
    for a, b in zip(plain_max(x, theirs[0].shape[1:], **geometry), theirs, strict=True):
        np.testing.assert_array_equal(a, b[0].numpy())
