"""Images of another size: every output pixel is a weighted sum of a few input pixels.

Along one dimension, output i takes input ``index[t, i]`` with weight ``weight[t, i]`` for each tap t: one tap for the
nearest pixel, two for a straight line, four for a cubic. The dimensions follow one another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core.dtype import Array
from ...core.errors import warn_user
from ...core.op import defgrad, op
from ...types import Tensor
from ..checks import looks_first, unsupported
from ..shape.formats import following
from ..shape.views import at
from .pool_adaptive import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .windows import Shape, join, split

CUBIC = -0.75  # the cubic's parameter: its derivative at distance 1


class Taps(NamedTuple):
    """Along one dimension: what each output looks at, (T, Q), and how much it counts, (T, Q) or None for all of it."""

    index: Any
    weight: Any


@op(label="UpsampleBackward0")
def resample(x: Array, taps: Any) -> Array:
    x = np.ascontiguousarray(split(x, 1))
    for d, (index, weight) in enumerate(taps, 3):
        y: Any = 0
        for t, k in enumerate(index):
            seen = np.take(x, k, d)
            y = seen if weight is None else y + seen * _along(weight[t], d, x)
        x = y
    return join(x)


@op(label="UpsampleBackwardBackward0")
def resample_grad_x(g: Array, size: Shape, taps: Any) -> Array:
    """The adjoint: every output gives back to what it saw, and outputs of one input are neighbours."""
    g = np.ascontiguousarray(split(g, 1))
    for d, (index, weight) in enumerate(taps, 3):
        x: Any = np.zeros((*g.shape[:d], size[d - 3], *g.shape[d + 1 :]), g.dtype)
        for t, k in enumerate(index):
            starts = np.flatnonzero(np.diff(k, prepend=-1))
            seen = g if weight is None else g * _along(weight[t], d, g)
            x[at(d, k[starts])] += np.add.reduceat(seen, starts, d)
        g = x
    return join(g)


def _along(weight: Array, d: int, x: Array) -> Array:
    return weight.reshape(-1, *[1] * (x.ndim - d - 1))


def _named(name: str, label: str) -> Callable[..., Any]:
    """The one kernel under torch's name for each mode."""

    @op(name=name, label=label)
    def resampled(x: Array, taps: Any) -> Array:
        return following(resample(x, taps), x)

    defgrad(resampled, x=lambda g, x_shape, taps: resample_grad_x(g, x_shape[2:], taps))
    return resampled


defgrad(resample, x=lambda g, x_shape, taps: resample_grad_x(g, x_shape[2:], taps))

defgrad(resample_grad_x, g=lambda h, taps: resample(h, taps))

_KERNELS = {
    ("nearest", 1): _named("upsample_nearest1d", "UpsampleNearest1DBackward0"),
    ("nearest", 2): _named("upsample_nearest2d", "UpsampleNearest2DBackward0"),
    ("nearest", 3): _named("upsample_nearest3d", "UpsampleNearest3DBackward0"),
    ("nearest-exact", 1): _named("upsample_nearest_exact1d", "UpsampleNearestExact1DBackward0"),
    ("nearest-exact", 2): _named("upsample_nearest_exact2d", "UpsampleNearestExact2DBackward0"),
    ("nearest-exact", 3): _named("upsample_nearest_exact3d", "UpsampleNearestExact3DBackward0"),
    ("linear", 1): _named("upsample_linear1d", "UpsampleLinear1DBackward0"),
    ("bilinear", 2): _named("upsample_bilinear2d", "UpsampleBilinear2DBackward0"),
    ("trilinear", 3): _named("upsample_trilinear3d", "UpsampleTrilinear3DBackward0"),
    ("bicubic", 2): _named("upsample_bicubic2d", "UpsampleBicubic2DBackward0"),
}
_MODES = sorted({mode for mode, _ in _KERNELS} | {"area"})

# ---- where an output pixel lies in the input ----


def cubic(t: Array) -> list[Array]:
    """How much the pixels at -1, 0, 1, 2 count for a place t in [0, 1) between 0 and 1.

    Source  Keys 1981, "Cubic convolution interpolation for digital image processing"
    """
    near: Any = lambda s: ((CUBIC + 2) * s - (CUBIC + 3)) * s * s + 1
    far: Any = lambda s: ((CUBIC * s - 5 * CUBIC) * s + 8 * CUBIC) * s - 4 * CUBIC
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _taps(mode: str, n: int, out: int, factor: float | None, align: bool, dtype: Any, flat: bool) -> Taps:
    """The taps of ``out`` outputs along a dimension of n inputs, computed in the dtype torch computes them in.

    Math    place of output i:  i (n - 1) / (out - 1) if the corners are aligned, else (i + 1/2) n / out - 1/2, where
            n / out is 1 / factor if there is one, but for the nearest pixel of ``flat`` images of their own or twice
            that size
    """
    if mode == "nearest" and flat and out in (n, 2 * n):
        return Taps(np.arange(out)[None] // (out // n), None)
    real = np.promote_types(dtype, np.float32).type if dtype.kind == "f" else np.float32
    i = np.arange(out).astype(real)
    scale = real(1 / factor) if factor else real(n) / real(out)
    if mode.startswith("nearest"):
        place = i * scale if mode == "nearest" else (i + real(0.5)) * scale
        return Taps(np.minimum(np.floor(place.astype(np.float32)), n - 1).astype(np.intp)[None], None)
    place = (i + real(0.5)) * scale - real(0.5)
    if align:
        place = i * (real(n - 1) / real(max(out - 1, 1)))
    if mode == "bicubic":
        first = np.floor(place)
        index = np.clip(first + np.arange(-1, 3)[:, None], 0, n - 1).astype(np.intp)
        return Taps(index, np.stack(cubic(place - first)).astype(real))
    place = np.maximum(place, 0) if n != out else i
    first = np.minimum(np.floor(place), n - 1)
    t = np.clip(place - first, 0, 1)
    return Taps(np.minimum([first, first + (n != out)], n - 1).astype(np.intp), np.stack([1 - t, t]).astype(real))


# ---- the function ----


def _check_corners(mode: str = "nearest", align_corners: bool | None = None, **_: Any) -> None:
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
            f"trilinear, but mode is '{mode}'"
        )


def _check_antialias(x: Array, mode: str, antialias: bool) -> None:
    if antialias:
        if mode not in ("bilinear", "bicubic") or x.ndim != 4:
            raise ValueError(
                "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input"
            )
        raise NotImplementedError("interpolate: antialias=True is not supported; use mode='area' to shrink an image")


def _sizes(x: Array, size: Any, factor: Any, recompute: bool | None, mode: str) -> tuple[Shape, list[Any]]:
    """The output's size and the scale factors, None where they are to follow from the sizes."""
    n = x.ndim - 2
    given = [v for v in (size, factor) if v is not None]
    if len(given) != 1:
        raise ValueError(
            "only one of size or scale_factor should be defined" if given
            else "either size or scale_factor should be defined"
        )  # fmt: skip
    if recompute and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    (value,) = given
    name = "size" if factor is None else "scale_factor"
    several = isinstance(value, (tuple, list))
    many = list(value) if several else [value] * n
    if several and len(many) != n:
        raise ValueError(
            f"Input and {name} must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {list(x.shape[2:])} and {name} of {value}: give (N, C, d1, d2, ...) and one number for each d"
        )
    kinds = (int, np.integer) if factor is None else (int, float, np.number)
    if bad := [v for v in many if isinstance(v, bool) or not isinstance(v, kinds)]:
        raise TypeError(f"interpolate(): argument '{name}' must be {kinds[-2].__name__}, not {type(bad[0]).__name__}")
    if factor is None:
        return tuple(many), [None] * n
    out = tuple([math.floor(float(s) * f) for s, f in zip(x.shape[2:], many, strict=True)])
    return out, [None] * n if recompute or mode == "area" else [f if f > 0 else None for f in many]


@looks_first(_check_corners)
def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resamples signals, images or volumes to another size, or to ``scale_factor`` times their size.

    Math    y = input[floor(p)] ("nearest"); (1 - t) input[floor(p)] + t input[floor(p) + 1] ("linear",
            t = p - floor(p)); 4 pixels, a cubic with parameter -0.75 ("bicubic"); the mean of those covered ("area").
            p is the place of the output pixel in the input, along each dimension.
            d_input: every output gives its weights times g back to the pixels it was made of
    Shapes  input (N, C, *S) -> (N, C, *size); linear 1, bilinear and bicubic 2, trilinear 3 spatial dimensions
    Raises  ValueError, RuntimeError or NotImplementedError for sizes, factors and modes that do not fit.

    >>> x = minigrad.tensor([[[0., 4.]]], requires_grad=True)
    >>> y = minigrad.nn.functional.interpolate(x, scale_factor=2, mode="linear"); y
    tensor([[[0., 1., 3., 4.]]], grad_fn=<UpsampleLinear1DBackward0>)
    >>> y[0, 0, 1].backward(); x.grad
    tensor([[[0.7500, 0.2500]]])
    """
    _check_corners(mode, align_corners)
    _check_antialias(input, mode, antialias)
    out, factors = _sizes(input, size, scale_factor, recompute_scale_factor, mode)
    n = input.ndim - 2
    if mode == "area" and n in (1, 2, 3):
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[n - 1](input, out)
    if (kernel := _KERNELS.get((mode, n))) is None:
        fitting = [f"{d + 2}D" for m, d in _KERNELS if m == mode]
        if fitting and mode != "bicubic":
            raise NotImplementedError(f"Got {n + 2}D input, but {mode} mode needs {' or '.join(fitting)} input")
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {n + 2}D) for the modes: "
            f"{' | '.join(_MODES)} (got {mode})"
        )
    if min(*input.shape[2:], *out) <= 0:
        raise RuntimeError(
            f"interpolate: Input and output sizes should be greater than 0, but got input {list(input.shape[2:])} and "
            f"output {list(out)}"
        )
    if input.shape[1] == 0:
        raise RuntimeError(f"interpolate: Non-empty {n + 2}D data tensor expected but got sizes {list(input.shape)}")
    dtype = input.array.dtype
    if dtype.kind != "f" and not (dtype == np.uint8 and mode.startswith("nearest")):
        raise unsupported(f"interpolate(mode='{mode}')", input.array, "convert it with .float()")
    numbers = zip(input.shape[2:], out, factors, strict=True)
    return kernel(input, tuple([_taps(mode, s, q, f, bool(align_corners), dtype, n == 2) for s, q, f in numbers]))


@looks_first(_check_corners)
def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """Old name of ``interpolate``.

    Math    y = interpolate(input, size, scale_factor, mode, align_corners)        d_input as of ``interpolate``
    Shapes  input (N, C, *S) -> (N, C, *size)
    Raises  ValueError, RuntimeError or NotImplementedError for sizes, factors and modes that do not fit.
    """
    warn_user("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning)
    return interpolate(input, size, scale_factor, mode, align_corners)
