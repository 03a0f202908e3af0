"""Normalisation: numbers moved and scaled to mean 0 and variance 1, then to a mean and a spread that are learnt.

The kinds differ only in the elements over which mean and variance are taken, for x of shape (N, C, *):

    batch_norm     each channel over all samples: (N, *)          group_norm     each group of channels: (C/G, *)
    instance_norm  each channel of each sample:   (*)             layer_norm     the last dimensions, such as (C)

The mean and the variance depend on x too, so the gradient loses its own mean and its part along x:

    x^ = (x - m) r,  r = 1/sqrt(v + eps),  y = w x^ + b        dx = r (h - mean(h) - x^ mean(h x^)),  h = g w
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import numpy as np

from ...core.dtype import F32, Array
from ...core.half import wide
from ...core.inplace import check_memory, check_writable
from ...core.op import defgrad, op, record
from ...core.variable import Variable, written
from ...types import Tensor
from ..checks import constant, floats_only, looks_first, same_dtype
from ..elementwise.transcendental import rsqrt, to_dtype
from ..reduce.statistics import var
from ..reduce.sums import count, mean_dims, sum, total
from ..shape.arranging import repeat
from ..shape.formats import following, in_order
from ..shape.views import _view
from .padding import pad
from .pool_avg import avg_pool2d

F = TypeVar("F", bound=Callable[..., Any])


def _half_by_single(norm: F) -> F:
    """Let numbers in float16 meet weights and statistics in float32: computed in float32, the result is float16."""

    @functools.wraps(norm)
    def call(input: Array, *args: Any, **kwargs: Any) -> Array:
        vectors = {v.array.dtype for v in (*args, *kwargs.values()) if isinstance(v, Variable)}
        if isinstance(input, Variable) and input.array.dtype == np.float16 and vectors == {F32}:
            return to_dtype(norm(to_dtype(input, F32), *args, **kwargs), input.array.dtype)
        return norm(input, *args, **kwargs)

    return cast(F, call)


def _centred(x: Array, dims: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """(mean, variance, x - mean): statistics over dimensions, which are kept as ones; those of float16 in float32."""
    n = count(x.shape, dims)
    if x.dtype == np.float16:
        x = x.astype(np.float32)
    m = np.true_divide(total(x, dims, True), n, dtype=x.dtype)
    d = x - m
    return m, np.true_divide(total(d * d, dims, True), n, dtype=x.dtype), d


def _rsqrt_of(var: Array, eps: float) -> Array:
    return 1 / np.sqrt(var + var.dtype.type(eps))


def _mean_for_graph(x: Array, shape: Any, dims: Any) -> Array:
    return mean_dims(_view(x, shape), dims, True)


def _rstd_for_graph(x: Array, shape: Any, dims: Any, eps: float) -> Array:
    return rsqrt(record(var)(_view(x, shape), dims, 0, True) + eps)


def _scaled(d: Array, rstd: Array, w: Any, b: Any) -> Array:
    """w d r + b in the memory of d, where w and b broadcast."""
    d *= rstd
    if w is not None:
        d *= w
    if b is not None:
        d += b
    return d


# ---- batch ----


def _by_channel(w: Any, ndim: int) -> Any:
    """One number for each channel, shaped to broadcast against (N, C, *)."""
    return None if w is None else _view(w, (1, -1) + (1,) * (ndim - 2))


def _mean_of_channel(x: Array, dims: Any) -> Array:
    return mean_dims(x, dims, True)


def _rstd_of_channel(x: Array, dims: Any, eps: float) -> Array:
    return rsqrt(record(var)(x, dims, 0, True) + eps)


@op(label="NativeBatchNormBackward0", extras={"m": _mean_of_channel, "rstd": _rstd_of_channel})
def batch_norm_by_batch(x: Array, w: Array, b: Array, moments: Any, dims: Any, eps: float) -> Any:
    m, var = moments
    rstd = _rsqrt_of(var, eps)
    slope = rstd if w is None else rstd * _by_channel(w, x.ndim)
    y = x * slope
    y += -m * slope if b is None else _by_channel(b, x.ndim) - m * slope
    return y.astype(x.dtype, copy=False), m, rstd


def _batch_norm_grad(g: Array, x: Array, w: Array, m: Array, rstd: Array, dims: Any, needs: Any) -> Any:
    d = x - m
    sum_g, sum_gd = record(sum)(g, dims, True), record(sum)(g * d, dims, True)
    dx = None
    if needs[0]:
        slope = rstd if w is None else rstd * _by_channel(w, g.ndim)
        share = slope * (1 / (count(g.shape, dims) or 1))
        dx = g * slope - (d * (share * rstd * rstd * sum_gd) + share * sum_g)
    dw = _view(sum_gd * rstd, (-1,)) if needs[1] else None
    return dx, dw, _view(sum_g, (-1,)) if needs[2] else None


defgrad(batch_norm_by_batch, _batch_norm_grad, of="x w b")


@op(label="NativeBatchNormBackward0")
def batch_norm_by_running(x: Array, w: Array, b: Array, m: Array, var: Array, eps: float) -> Array:
    m, w, b = (_by_channel(v, x.ndim) for v in (m, w, b))
    return _scaled(x - m, _by_channel(_rsqrt_of(var, eps), x.ndim), w, b)


def _by_running_grad(g: Array, x: Array, w: Array, m: Array, var: Array, eps: float, needs: Any) -> Any:
    dims = (0, *range(2, g.ndim))
    rstd = _by_channel(rsqrt(var + eps), g.ndim)
    dx = g * (rstd if w is None else rstd * _by_channel(w, g.ndim)) if needs[0] else None
    dw = record(sum)(g * ((x - _by_channel(m, g.ndim)) * rstd), dims, False) if needs[1] else None
    return dx, dw, record(sum)(g, dims, False) if needs[2] else None


defgrad(batch_norm_by_running, _by_running_grad, of="x w b")


def _checked(name: str, x: Array, **vectors: Any) -> None:
    """Every vector has one number for each channel, and all are of one type.

    Raises  RuntimeError or IndexError
    """
    given = {argument: v for argument, v in vectors.items() if v is not None}
    channels = x.shape[1] if x.ndim > 1 else 0
    for argument, v in given.items():
        if math.prod(v.shape) != channels:
            raise RuntimeError(
                f"{argument} should contain {channels} elements not {math.prod(v.shape)} ({name}): the "
                f"layer was made for {math.prod(v.shape)} channels, and the input {list(x.shape)} has {channels}"
            )
    if x.ndim < 2:
        raise IndexError(
            f"{name}: expected input (N, C, *), got {list(x.shape)}: the channels, dimension 1, are missing"
        )
    floats_only(name, x.array)
    for argument, v in given.items():
        same_dtype(name, x, v)
        if argument.startswith("running"):
            constant(name, **{argument: v})


def _more_than_one(size: Any) -> None:
    """Raises ValueError if a channel has a single number: that has no variance."""
    if size[0] * math.prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def _enough_for_batch(input: Any, training: bool = False, eps: float = 1e-5, **_: Any) -> None:
    if training:
        _more_than_one(input.size())
    if eps < 0 or (training and eps == 0):
        raise ValueError(
            f"batch_norm eps must be {'positive during training' if training else 'non-negative'}, got {eps}"
        )


def _enough_in_instance(input: Any, use_input_stats: bool = True, **_: Any) -> None:
    if use_input_stats and math.prod(input.size()[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.size()}")


def _enough_in_groups(input: Any, num_groups: int, **_: Any) -> None:
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    _more_than_one([input.size(0) * input.size(1) // num_groups, num_groups, *input.size()[2:]])


def _deep(input: Any, **_: Any) -> None:
    if input.dim() < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.dim()} dimensions)")


def _of_nothing(x: Array, w: Any, b: Any) -> Array:
    """There are no statistics: as in torch the vectors take part, so that they get a gradient."""
    y = x.clone() if w is None else x * w[0]
    return y if b is None else y + b[0]


def _track(running: Any, batch: Any, momentum: float) -> None:
    """Move a running statistic towards that of the batch."""
    if running is not None:
        check_writable(running, "batch_norm")
        check_memory(running, "batch_norm")
        running.array *= 1 - momentum
        running.array += momentum * batch.reshape(-1)
        written(running, "batch_norm")


@looks_first(_enough_for_batch)
@_half_by_single
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Batch normalisation: each channel to mean 0 and variance 1 over the batch, then an affine map.

    Math    y = weight (input - m) / sqrt(v + eps) + bias, m and v over all but the channels
            d_input = weight / sqrt(v + eps) (g - mean(g) - z mean(g z)), z = (input - m) / sqrt(v + eps)
            training: the running statistics move by ``momentum`` towards m and v n/(n - 1); else they stand for m and v
    Shapes  input (N, C, *), all others (C) -> (N, C, *)
    Raises  ValueError if a channel has only one number, RuntimeError for a vector of another length or type.
    Source  Ioffe and Szegedy, Batch normalization (2015)

    >>> x = minigrad.tensor([[1.], [3.]], requires_grad=True)
    >>> y = minigrad.nn.functional.batch_norm(x, None, None, training=True, eps=3.)
    >>> y[0].sum().backward(); y.tolist(), x.grad.tolist()
    ([[-0.5], [0.5]], [[0.1875], [-0.1875]])
    """
    _enough_for_batch(input, training, eps)
    _checked("batch_norm", input, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not training:
        for name, running in (("running_mean", running_mean), ("running_var", running_var)):
            if running is None:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
    if input.array.size == 0:
        return _of_nothing(input, weight, bias)
    if not training:  # copies: a later training step overwrites the statistics that backward needs
        mean: Any = running_mean
        var: Any = running_var
        return batch_norm_by_running(input, weight, bias, mean.array.copy(), var.array.copy(), eps)
    dims = (0, *range(2, input.ndim))
    m, var = _centred(input.array, dims)[:2]
    n = count(input.shape, dims)
    _track(running_mean, m, momentum)
    _track(running_var, var * (n / (n - 1)), momentum)
    return batch_norm_by_batch(input, weight, bias, (m, var), dims, eps)


@looks_first(_enough_in_instance)
@_half_by_single
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Instance normalisation: each channel of each sample to mean 0 and variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each sample and channel
            d_input = weight / sqrt(var + eps) (g - mean(g) - z mean(g z)), z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C, *) -> the same; weight and bias (C)
    Raises  ValueError for a single number a channel; RuntimeError if sizes do not fit.
    Source  Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022

    >>> x = minigrad.tensor([[[1., 3.]]], requires_grad=True)
    >>> minigrad.nn.functional.instance_norm(x).sum().backward(); x.grad
    tensor([[[0., 0.]]])
    """
    _enough_in_instance(input, use_input_stats)
    for vector in (weight, bias, running_mean, running_var):
        if vector is not None and vector.ndim > 1:
            raise RuntimeError(f"instance_norm: expected a number for each channel, got {list(vector.shape)}")
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    mean: Any
    var: Any
    mean, var = (v if v is None else to_dtype(v, input.array.dtype) for v in (running_mean, running_var))
    _checked("instance_norm", input, running_mean=mean, running_var=var, weight=weight, bias=bias)
    n, c = input.shape[:2]
    apart = _view(input, (1, n * c, *input.shape[2:]))  # every channel of every sample is a channel of its own
    w, b = (None if v is None else repeat(v, n) for v in (weight, bias))
    if not use_input_stats:
        y = batch_norm_by_running(apart, w, b, repeat(mean, n), repeat(var, n), eps)
        return _view(y, input.shape)
    if input.array.size == 0:
        return _of_nothing(input, w, b)
    dims = (0, *range(2, input.ndim))
    m, spread = _centred(apart.array, dims)[:2]
    size = count(apart.shape, dims)
    _track(running_mean, m.reshape(n, c).mean(0), momentum)
    _track(running_var, (spread * (size / (size - 1))).reshape(n, c).mean(0), momentum)
    return _view(batch_norm_by_batch(apart, w, b, (m, spread), dims, eps), input.shape)


# ---- layer, group ----


def _by_sample(name: str, label: str) -> Any:
    """The op under torch's two names for it: x is seen in a ``shape`` whose trailing ``dims`` share a mean, and the
    weight and bias in one that broadcasts to it."""

    @op(name=name, label=label, extras={"m": _mean_for_graph, "rstd": _rstd_for_graph})
    def norm(x: Array, w: Array, b: Array, shape: Any, vector_shape: Any, dims: Any, eps: float) -> Any:
        seen = x.reshape(shape)
        m, var, d = _centred(seen, dims)
        rstd = _rsqrt_of(var, eps)
        w, b = (None if v is None else v.reshape(vector_shape) for v in (w, b))
        y = _scaled(d, rstd, w, b).reshape(x.shape).astype(x.dtype, copy=False)
        return following(y, x) if name == "group_norm" else in_order(y), m, rstd

    def norm_grad(
        g: Array,
        x: Array,
        w: Array,
        b_shape: Any,
        m: Array,
        rstd: Array,
        shape: Any,
        vector_shape: Any,
        dims: Any,
        needs: Any,
    ) -> Any:
        normal = (_view(x, shape) - m) * rstd
        h = _view(g, shape)
        lead = tuple([d for d, n in enumerate((1,) * (len(shape) - len(vector_shape)) + vector_shape) if n == 1])
        vector: Any = lambda v, v_shape: _view(record(sum)(v, lead, True) if lead else v, v_shape)
        dw = vector(h * normal, w.shape) if needs[1] else None
        db = vector(h, b_shape) if needs[2] else None
        if not needs[0]:
            return None, dw, db
        if w is not None:
            h = h * _view(w, vector_shape)
        dx = (h - mean_dims(h, dims, True) - normal * mean_dims(h * normal, dims, True)) * rstd
        return _view(dx, x.shape), dw, db

    defgrad(norm, norm_grad, of="x w b")
    return norm


_layer_norm = _by_sample("layer_norm", "NativeLayerNormBackward0")
_group_norm = _by_sample("group_norm", "NativeGroupNormBackward0")


def _trailing(name: str, x: Array, normalized_shape: Any, **vectors: Any) -> tuple[int, ...]:
    """The dimensions of ``normalized_shape``, the last of x.

    Raises  RuntimeError if they are not
    """
    if isinstance(normalized_shape, int):
        raise TypeError(f"{name}(): argument 'normalized_shape' must be tuple of ints, not int")
    shape = tuple(normalized_shape)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            f"normalized_shape = {list(shape)}"
        )
    for argument, v in vectors.items():
        if v is not None and tuple(v.shape) != shape:
            raise RuntimeError(
                f"Expected {argument} to be of same shape as normalized_shape, but got {argument} of shape "
                f"{list(v.shape)} and normalized_shape = {list(shape)}"
            )
    if name == "rms_norm" and x.ndim < len(shape):
        raise ValueError(f"Input tensor must have at least {len(shape)} dimensions, but got {x.ndim}")
    if tuple(x.shape[-len(shape) :]) != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {str(list(shape))[1:-1]}], but got "
            f"input of size{list(x.shape)}"
        )
    for v in vectors.values():
        if v is not None:
            same_dtype(name, x, v)
    floats_only(name, x.array)
    return tuple(range(x.ndim - len(shape), x.ndim))


@_half_by_single
def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Layer normalisation: the last dimensions of each sample to mean 0 and variance 1, then an affine map.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var over the last dimensions
            d_input = (h - mean(h) - z mean(h z)) / sqrt(var + eps), h = g weight, z = (input - mean) / sqrt(var + eps)
    Shapes  input (*, normalized_shape) -> the same; weight and bias (normalized_shape)
    Raises  RuntimeError if the last dimensions are not ``normalized_shape``.
    Source  Ba et al. 2016, https://arxiv.org/abs/1607.06450

    >>> weight = minigrad.ones(2, requires_grad=True)
    >>> minigrad.nn.functional.layer_norm(minigrad.tensor([[1., 3.]]), (2,), weight).sum().backward(); weight.grad
    tensor([-1.0000,  1.0000])
    """
    dims = _trailing("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    return _layer_norm(input, weight, bias, tuple(input.shape), tuple(normalized_shape), dims, eps)


@_half_by_single
@wide
def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Root-mean-square normalisation: the last dimensions of each sample, divided by their root mean square.

    Math    y = input / sqrt(mean(input^2) + eps) * weight, mean over the last dimensions
            d_input = (h - z mean(h z)) / r, h = g weight, r = sqrt(mean(input^2) + eps), z = input / r
    Shapes  input (*, normalized_shape) -> the same; weight (normalized_shape)
    Raises  RuntimeError if the last dimensions are not ``normalized_shape``.
    Source  Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467

    >>> weight = minigrad.ones(2, requires_grad=True)
    >>> minigrad.nn.functional.rms_norm(minigrad.tensor([[3., 3.]]), (2,), weight).sum().backward(); weight.grad
    tensor([1., 1.])
    """
    kind = input.array.dtype
    if weight is not None and kind.kind == "f" and weight.array.dtype != kind:
        weight = to_dtype(weight, kind)
    dims = _trailing("rms_norm", input, normalized_shape, weight=weight)
    small = float(np.finfo(kind).eps) if eps is None else eps
    y = input * rsqrt(mean_dims(input * input, dims, True) + small)
    return y if weight is None else y * weight


@looks_first(_enough_in_groups)
@_half_by_single
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Group normalisation: groups of channels of each sample to mean 0, variance 1, then an affine map by channel.

    Math    y = (input - mean) / sqrt(var + eps) * weight + bias, mean and var of each sample and group of channels
            d_input = (h - mean(h) - z mean(h z)) / sqrt(var + eps), h = g weight, z = (input - mean) / sqrt(var + eps)
    Shapes  input (N, C, *) -> the same; weight and bias (C)
    Raises  RuntimeError unless num_groups divides the channels.
    Source  Wu & He 2018, https://arxiv.org/abs/1803.08494

    >>> weight = minigrad.ones(2, requires_grad=True)
    >>> minigrad.nn.functional.group_norm(minigrad.tensor([[1., 3.]]), 1, weight).sum().backward(); weight.grad
    tensor([-1.0000,  1.0000])
    """
    _enough_in_groups(input, num_groups)
    n, c, *rest = input.shape
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if n and 0 in (c, *rest):
        raise RuntimeError(f"group_norm: expected numbers in every group, got input of shape {list(input.shape)}")
    if c % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    _checked("group_norm", input, weight=weight, bias=bias)
    grouped = (n, num_groups, c // num_groups, *rest)
    by_channel = (1, *grouped[1:3], *[1] * len(rest))
    return _group_norm(input, weight, bias, grouped, by_channel, tuple(range(2, len(grouped))), eps)


# ---- neighbouring channels ----


@looks_first(_deep)
@wide
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Local response normalisation: divides by a power of the mean square over neighbouring channels.

    Math    y = input / s^beta, s = k + alpha mean(input^2), the mean over ``size`` channels around each
            d_input = g / s^beta - 2 alpha beta / size input sum(g y / s), the sum over the same channels
    Shapes  input (N, C, *) -> the same
    Raises  ValueError for fewer than three dimensions.
    Source  Krizhevsky et al., ImageNet classification with deep convolutional neural networks (2012)

    >>> x = minigrad.ones(1, 1, 1, requires_grad=True)
    >>> minigrad.nn.functional.local_response_norm(x, 1, alpha=1., beta=1.).sum().backward(); x.grad
    tensor([[[0.]]])
    """
    _deep(input)
    if input.array.size == 0:
        return input
    n, c = input.shape[:2]
    squares = pad(_view(input * input, (n, 1, c, -1)), (0, 0, size // 2, (size - 1) // 2))
    around = _view(avg_pool2d(squares, (size, 1), stride=1), tuple(input.shape))
    return input / (around * alpha + k) ** beta
