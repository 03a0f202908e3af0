"""Max pooling: the largest number in each window, and the way back to where it stood.

The winner of a window is known by its place in the window, a small integer. That is all the backward pass needs: the
gradient of an output goes to its winner, so at each place k of the window, dx gets g where k won and 0 elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op
from ...core.variable import wrap
from ...types import Sizes, Tensor
from ..checks import unsupported
from ..elementwise.transcendental import masked, steps
from ..shape.views import squeeze, unsqueeze
from .pooling import Windows, check_image, max_pool, places, resized, windows


def winners(x: Any, w: Windows, nan: bool = False) -> tuple[Any, Any]:
    """The largest number of each window and its place in the window.

    The plain formula is ``argmax`` over each window. Here one loop over the places of the window serves all windows
    at once: where the number at this place is strictly larger than the largest so far, it replaces it, so that of equal
    numbers the first stays. A nan replaces whatever came before it, nans too; since comparisons with nan are false,
    that takes a second loop, run only where there are any.
    """
    code = np.uint8 if math.prod(w.kernel) <= 256 else np.int64
    challengers = places(w)
    if any(w.padding):  # some windows miss the first place
        lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        best = np.full_like(x, lowest, shape=resized(x, w.out))
        winner = np.full_like(best, _first_places(w), code)
    else:
        (_, _, there), *challengers = challengers
        best = x[there].copy("K")
        winner = np.zeros_like(best, code)
    for k, here, there in challengers:
        seen = x[there]
        better = seen > best[here]
        if nan:
            better |= np.isnan(seen)
        np.maximum(best[here], seen, out=best[here])
        np.maximum(winner[here], better * code(k), out=winner[here])
    if not nan and x.dtype.kind == "f" and np.isnan(best).any():
        return winners(x, w, nan=True)
    return best, winner


def _starts(w: Windows) -> list[Any]:
    """Where each window begins, counted in the image, for each dimension; they broadcast to the windows' shape."""
    along = [np.arange(o) * s - p for o, s, p in zip(w.out, w.stride, w.padding, strict=True)]
    return list(np.ix_(*along))


def _first_places(w: Windows) -> Any:
    """Of each window, the first place that does not lie before the image; it lies behind if the window sees nothing."""
    first = [np.maximum(-(start // d), 0) for start, d in zip(_starts(w), w.dilation, strict=True)]
    return np.ravel_multi_index(np.broadcast_arrays(*first), w.kernel)


def flat_index(winner: Any, w: Windows) -> Any:
    """The winner's place in the image, counted row by row: torch's index."""
    index = np.zeros((), np.int64)
    for start, place, n, d in zip(_starts(w), np.unravel_index(winner, w.kernel), w.size, w.dilation, strict=True):
        index = index * n + start + place * d
    return index


@op
def max_pool_grad_x(g: Array, winner: Array, w: Any) -> Array:
    shape = resized(winner, w.size)
    x = np.empty_like(winner, g.dtype, shape=shape) if w.tiles else np.zeros_like(winner, g.dtype, shape=shape)
    for k, here, there in places(w):
        part = masked(g[here], winner[here] == k)
        if w.disjoint:
            x[there] = part
        else:
            x[there] += part
    return x


@op
def max_pool_pick(x: Array, winner: Array, w: Any) -> Array:
    """The number of x at the winner's place: the adjoint of the rule that writes the gradient there."""
    picked = np.zeros_like(winner, x.dtype)
    for k, here, there in places(w):
        picked[here] += masked(x[there], winner[here] == k)
    return picked


defgrad(max_pool_grad_x, g=lambda h, winner, w: max_pool_pick(h, winner, w))
defgrad(max_pool_pick, x=lambda g, winner, w: max_pool_grad_x(g, winner, w))


def _kernel(name: str, label: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The op, and the op that also returns the winners' indices; torch has one for images and one for volumes."""

    @op(name=name, label=label, extras={"winner": None})
    def pool(x: Array, w: Any) -> Array:
        return winners(x, w)

    @op(name=f"{name}_with_indices", label=label)
    def pool_with_indices(x: Array, best: Array, winner: Array, index: Array, w: Any) -> Array:
        return best

    defgrad(pool, x=lambda g, x, winner, w: steps(max_pool_grad_x(g, winner, w), x))
    defgrad(pool_with_indices, x=lambda g, x, winner, index, w: steps(max_pool_grad_x(g, winner, w), x))
    return pool, pool_with_indices


_max_pool2d = _kernel("max_pool2d", "MaxPool2DWithIndicesBackward0")
_max_pool3d = _kernel("max_pool3d", "MaxPool3DWithIndicesBackward0")


@max_pool
def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Max pooling: the largest number in each window of a signal.

    Math    y[n, c, i] = max_k input[n, c, i stride + k dilation - padding], k in the kernel
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, L) or (C, L) -> (N, C, L'); with ``return_indices`` also the flat positions
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[1., 2., 4., 3.]], requires_grad=True)
    >>> minigrad.nn.functional.max_pool1d(x, 2).sum().backward(); x.grad
    tensor([[0., 1., 1., 0.]])
    """
    check_image("max_pool1d", input, 1)
    if input.array.dtype.kind != "f" and not return_indices:
        raise unsupported("max_pool1d", input.array, "convert it with .float()")
    w = windows("max_pool1d", input, 1, kernel_size, stride, padding, dilation, ceil_mode).as_rows()
    rows = _pooled("max_pool1d", _max_pool2d, unsqueeze(input, -2), w, return_indices)
    return (squeeze(rows[0], -2), squeeze(rows[1], -2)) if return_indices else squeeze(rows, -2)


@max_pool
def max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Max pooling: the largest number in each window of an image.

    Math    y[i, j] = max_(a, b) input[s i - p + d a, s j - p + d b], a and b below the kernel's size
            s = ``stride``, p = ``padding``, d = ``dilation``
            d_input gets g where the maximum stood: the first of equals, and a nan before any number
    Shapes  input (N, C, H, W) or (C, H, W) -> the same with H' = floor((H + 2 p - d (K - 1) - 1) / s) + 1, or its ceil
            with ``ceil_mode``; s is K if not given; ``return_indices`` gives also where in H*W the maximum stood
    Raises  RuntimeError if a size is not a positive integer, or no window fits.

    >>> x = minigrad.tensor([[[1., 2.], [4., 3.]]], requires_grad=True)
    >>> y = minigrad.nn.functional.max_pool2d(x, 2); y
    tensor([[[4.]]], grad_fn=<MaxPool2DWithIndicesBackward0>)
    >>> y.backward(minigrad.ones(1, 1, 1)); x.grad
    tensor([[[0., 0.],
             [1., 0.]]])
    """
    check_image("max_pool2d", input, 2)
    w = windows("max_pool2d", input, 2, kernel_size, stride, padding, dilation, ceil_mode)
    return _pooled("max_pool2d", _max_pool2d, input, w, return_indices)


@max_pool
def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Max pooling: the largest number in each window of a volume.

    Math    y[n, c, i] = max_k input[n, c, i stride + k dilation - padding], k in the kernel
            d_input is g at the first largest number of each window, else 0
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D', H', W'); with ``return_indices`` also the flat positions
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1; ``ceil_mode`` rounds up
    Raises  RuntimeError if no window fits, or a padding is more than half of the kernel.

    >>> x = minigrad.tensor([[[[1., 2.], [4., 3.]]]], requires_grad=True)
    >>> minigrad.nn.functional.max_pool3d(x, (1, 2, 2)).sum().backward(); x.grad
    tensor([[[[0., 0.],
              [1., 0.]]]])
    """
    check_image("max_pool3d", input, 3)
    w = windows("max_pool3d", input, 3, kernel_size, stride, padding, dilation, ceil_mode)
    return _pooled("max_pool3d", _max_pool3d, input, w, return_indices)


def _pooled(name: str, kernels: Any, x: Array, w: Windows, return_indices: bool) -> Any:
    if x.array.dtype.kind == "b":
        raise unsupported(name, x.array, "convert it with .float()")
    plain, with_indices = kernels
    if not return_indices:
        return plain(x, w)
    best, winner = winners(x.array, w)
    index = wrap(flat_index(winner, w))
    return with_indices(x, best, winner, index, w), index
