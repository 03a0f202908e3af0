"""Images seen through a grid: each output pixel says where in the input it wants to look.

Where it looks lies between pixels, so it sees a few of them (the taps), weighted by how near they are. The weights are
smooth functions of the place; that is how a gradient reaches the grid.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.errors import warn_user
from ...core.half import wide
from ...core.op import defgrad, op, record
from ...core.variable import wrap
from ...types import Tensor
from ..checks import floats_only, looks_first, same_dtype
from ..elementwise.piecewise import abs, round
from ..elementwise.transcendental import masked
from ..index.gathering import gather
from ..linalg.products import _matmul
from ..reduce.sums import sum
from ..shape.joining import stack
from ..shape.views import _view, mT, unsqueeze
from .interpolate import cubic

# ---- the weighted sum of the taps ----


def _grid_sampler(name: str, label: str) -> Any:
    """sum_t weights[n, t, p] pixels[n, c, t, p], under torch's name for the images' number of dimensions."""

    @op(name=name, label=label)
    def sampled(pixels: Array, weights: Array, size: Any) -> Array:
        return np.einsum("nctp,ntp->ncp", pixels, weights).reshape(*pixels.shape[:2], *size)

    def by_pixel(g: Array) -> Array:
        return _view(g, (*g.shape[:2], 1, math.prod(g.shape[2:])))

    defgrad(
        sampled,
        pixels=lambda g, weights: by_pixel(g) * unsqueeze(weights, 1),
        weights=lambda g, pixels: record(sum)(by_pixel(g) * pixels, (1,), False),
    )
    return sampled


_SAMPLERS = {
    2: _grid_sampler("grid_sampler_2d", "GridSampler2DBackward0"),
    3: _grid_sampler("grid_sampler_3d", "GridSampler3DBackward0"),
}

# ---- places ----


def _place(u: Array, size: int, align: bool) -> Array:
    """From [-1, 1] to pixels: -1 and 1 are the centres of the outermost pixels if aligned, else their outer edges."""
    return (u + 1) / 2 * (size - 1) if align else ((u + 1) * size - 1) / 2


def _clipped(u: Array, size: int) -> Array:
    """The nearest place in the image."""
    inside = (u.array > 0) & (u.array < size - 1)
    return masked(u, inside) + wrap((u.array >= size - 1).astype(u.array.dtype) * (size - 1))


def _reflected(u: Array, size: int, align: bool) -> Array:
    """A coordinate outside the image, reflected into it: at the centres of the outermost pixels or their edges."""
    least, span = (0.0, size - 1) if align else (-0.5, size)
    if span == 0:
        return u * 0
    away = abs(u - least)
    turns = np.floor(away.array / span)
    odd = wrap(turns % 2)
    return _clipped((away - wrap(turns * span)) * (1 - 2 * odd) + odd * span + least, size)


def _inside(u: Array, size: int, padding: str, align: bool) -> Array:
    if padding == "border":
        return _clipped(u, size)
    return _reflected(u, size, align) if padding == "reflection" else u


def _taps(u: Array, size: int, mode: str, padding: str, align: bool) -> list[tuple[Any, Any]]:
    """The pixels that are seen along one dimension, (place as an array, weight as a Tensor) each."""
    u = _place(u, size, align)
    if mode == "bicubic":
        first = np.floor(u.array)
        places = [_inside(wrap(first + k), size, padding, align).array for k in (-1, 0, 1, 2)]
        return list(zip(places, cubic(u - wrap(first)), strict=True))
    u = _inside(u, size, padding, align)
    if mode == "nearest":
        nearest = np.rint(u.array)
        return [(nearest, round(u) - wrap(nearest) + 1)]  # 1, with a gradient of 0
    first = np.floor(u.array)
    t = u - wrap(first)
    return [(first, 1 - t), (first + 1, t)]


# ---- the functions ----


def _check_modes(mode: str = "bilinear", padding_mode: str = "zeros", **_: Any) -> None:
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )


def _check(x: Array, grid: Array, mode: str) -> None:
    if 0 in (x.ndim, grid.ndim):
        raise IndexError("Dimension specified as 0 but tensor has no dimensions: grid_sample takes a batch of images")
    n, sizes = x.ndim - 2, f"input with sizes {list(x.shape)} and grid with sizes {list(grid.shape)}"
    if n not in _SAMPLERS or grid.ndim != x.ndim:
        raise RuntimeError(
            f"grid_sample(): expected 4D or 5D input and grid with same number of dimensions, but got {sizes}"
        )
    if x.shape[0] != grid.shape[0]:
        raise RuntimeError(f"grid_sample(): expected grid and input to have same batch size, but got {sizes}")
    if grid.shape[-1] != n:
        raise RuntimeError(f"grid_sample(): expected grid to have size {n} in last dimension, but got {sizes}")
    if 0 in x.shape[2:]:
        raise RuntimeError(f"grid_sample(): expected input to have non-empty spatial dimensions, but got {sizes}")
    if mode == "bicubic" and n != 2:
        raise RuntimeError(f"grid_sample(): bicubic interpolation only supports 4D input, but got {sizes}")
    floats_only("grid_sample", x.array)
    same_dtype("grid_sample", x, grid)


def _warn_of_corners(name: str) -> None:
    warn_user(
        f"{name}: align_corners is False by default since PyTorch 1.3. Say align_corners=True for the older behaviour "
        "or False to silence this."
    )


@looks_first(_check_modes)
@wide
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Samples an image at the places of a grid.

    Math    y[n, c, i, j] = sum over the taps t of w_t input[n, c, tap t], near the place grid[n, i, j] = (across, down)
            bilinear: w = (1 - a)(1 - b), a (1 - b), (1 - a) b, a b        a, b: how far from the upper left pixel
            d_input: every output gives w_t g to its taps; d_grid: through w
    Shapes  input (N, C, H, W), grid (N, H', W', 2) in [-1, 1] -> (N, C, H', W'); or input (N, C, D, H, W), grid (.., 3)
            outside of the image: zeros, the border's pixel, or its mirror image, by ``padding_mode``
    Raises  ValueError for an unknown mode, RuntimeError for shapes or types that do not fit.
    Source  Jaderberg et al. 2015, "Spatial transformer networks"

    >>> x = minigrad.tensor([[[[0., 10.]]]]); grid = minigrad.tensor([[[[0.5, 0.]]]], requires_grad=True)
    >>> y = minigrad.nn.functional.grid_sample(x, grid, align_corners=True); y
    tensor([[[[7.5000]]]], grad_fn=<GridSampler2DBackward0>)
    >>> y.backward(); grid.grad
    tensor([[[[5., 0.]]]])
    """
    _check_modes(mode, padding_mode)
    _check(input, grid, mode)
    if align_corners is None:
        _warn_of_corners("grid_sample")
    n, size, out = input.ndim - 2, input.shape[2:], grid.shape[1:-1]
    points = math.prod(out)
    batch, channels = input.shape[:2]
    # the first coordinate runs along the last dimension
    coordinates = [_view(grid[..., n - 1 - d], (batch, points)) for d in range(n)]
    taps = [_taps(u, s, mode, padding_mode, bool(align_corners)) for u, s in zip(coordinates, size, strict=True)]
    numbers, weights = [], []
    for chosen in itertools.product(*taps):
        number: Any = 0
        seen: Any = True
        for (place, _), s in zip(chosen, size, strict=True):
            seen = seen & (place >= 0) & (place < s)
            number = number * s + np.clip(np.nan_to_num(place), 0, s - 1).astype(np.intp)
        numbers.append(number)
        weights.append(masked(reduce(operator.mul, [w for _, w in chosen]), seen))
    index = np.stack(numbers, 1).reshape(batch, 1, len(numbers) * points)
    index = np.broadcast_to(index, (batch, channels, index.shape[2]))
    pixels = record(gather)(_view(input, (batch, channels, math.prod(size))), 2, index)
    pixels = _view(pixels, (batch, channels, len(numbers), points))
    return _SAMPLERS[n](pixels, record(stack)(weights, 1), tuple(out))


@op
def affine_grid_generator(theta: Array, base: Array, size: Any) -> Array:
    return np.matmul(base, theta.swapaxes(1, 2)).reshape(len(theta), *size, theta.shape[1])


defgrad(
    affine_grid_generator,
    theta=lambda g, base, size: _matmul(mT(_view(g, (g.shape[0], math.prod(size), g.shape[-1]))), base),
)


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid for ``grid_sample`` that samples an image through an affine map.

    Math    grid[n, i, j] = theta[n] (across_j, down_i, 1), both from -1 to 1        d_theta = sum g (across, down, 1)^T
    Shapes  theta (N, 2, 3), size (N, C, H, W) -> (N, H, W, 2); theta (N, 3, 4), size (N, C, D, H, W) -> (N, D, H, W, 3)
    Raises  ValueError, RuntimeError or NotImplementedError for shapes, types or sizes that do not fit.

    >>> theta = minigrad.tensor([[[1., 0., 0.], [0., 1., 0.]]], requires_grad=True)
    >>> minigrad.nn.functional.affine_grid(theta, (1, 1, 1, 2), align_corners=True).sum().backward(); theta.grad
    tensor([[[0., 0., 2.],
             [0., 0., 2.]]])
    """
    if theta.array.dtype.kind != "f":
        raise ValueError(f"affine_grid: Expected theta to have floating point type, but got {theta.dtype}")
    n = len(size) - 2
    if n not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{tuple(size)}."
        )
    if theta.ndim != 3 or theta.shape[1:] != (n, n + 1):
        raise ValueError(
            f"affine_grid: Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for size {tuple(size)}. Got "
            f"{theta.shape}."
        )
    if min(size) <= 0:
        raise ValueError(f"affine_grid: Expected non-zero, positive output size. Got {tuple(size)}")
    if theta.shape[0] != size[0]:
        raise RuntimeError(f"affine_grid: theta {list(theta.shape)} has another batch size than size {tuple(size)}")
    if align_corners is None:
        _warn_of_corners("affine_grid")
    dtype = theta.array.dtype
    lines = [np.linspace(-1, 1, s) * (1 if align_corners else (s - 1) / s) if s > 1 else np.zeros(1) for s in size[2:]]
    places = np.meshgrid(*lines, indexing="ij")[::-1]  # the last dimension comes first
    base = np.stack([*[p.reshape(-1) for p in places], np.ones(math.prod(size[2:]))], 1).astype(dtype)
    return affine_grid_generator(theta, base, tuple(size[2:]))
