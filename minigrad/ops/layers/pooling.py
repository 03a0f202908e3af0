"""Where the windows of a pooling lie: its arguments, checked, and the walk over the places in a window.

A window is cut off at the edge of its image: no padding is written to memory. So a pooling walks over
the places *within* a window, not over the windows: at each place, all outputs look at once at a regular part of the
image, which is a strided slice. The last dimensions are pooled, those before them and the memory layout stay as they
are: a batch-last image (C, H, W, N) gives long runs of N numbers.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol, cast, overload

from ...core.dtype import Array
from ...types import Sizes, Tensor
from ..checks import integers, tensor_only


class MaxPool(Protocol):
    """How ``max_pool2d`` and its like are called: with ``return_indices`` they return the places of the maxima too."""

    @overload
    def __call__(
        self, input: Tensor, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1,
        ceil_mode: bool = False, return_indices: Literal[False] = False,
    ) -> Tensor: ...  # fmt: skip
    @overload
    def __call__(
        self, input: Tensor, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1,
        ceil_mode: bool = False, *, return_indices: Literal[True],
    ) -> tuple[Tensor, Tensor]: ...  # fmt: skip
    @overload
    def __call__(
        self, input: Tensor, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any: ...  # fmt: skip


class AdaptiveMaxPool(Protocol):
    """How ``adaptive_max_pool2d`` and its like are called."""

    @overload
    def __call__(self, input: Tensor, output_size: Output, return_indices: Literal[False] = False) -> Tensor: ...
    @overload
    def __call__(self, input: Tensor, output_size: Output, return_indices: Literal[True]) -> tuple[Tensor, Tensor]: ...
    @overload
    def __call__(self, input: Tensor, output_size: Output, return_indices: bool) -> Any: ...


Output = int | Sequence[int | None] | None
"""The size of an adaptive pooling's output: one number for every dimension, or one for each; None keeps a size."""


def max_pool(function: Callable[..., Any]) -> MaxPool:
    """The function; to a type checker, one of these."""
    return cast(MaxPool, function)


def adaptive_max_pool(function: Callable[..., Any]) -> AdaptiveMaxPool:
    """The function; to a type checker, one of these."""
    return cast(AdaptiveMaxPool, function)


class Windows(NamedTuple):
    """The windows of one pooling, a number for each pooled dimension.

    size     of the image
    out      how many windows there are
    padding  how far the first window begins before the image
    """

    size: tuple[int, ...]
    out: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]

    def as_rows(self) -> Windows:
        """The windows of a signal, as those of an image with one row."""
        return Windows(*[(one, *values) for one, values in zip((1, 1, 1, 1, 0, 1), self, strict=True)])

    @property
    def disjoint(self) -> bool:
        """Whether every number of the image lies in one window at most."""
        return all([s >= (k - 1) * d + 1 for s, k, d in zip(self.stride, self.kernel, self.dilation, strict=True)])

    @property
    def tiles(self) -> bool:
        """Whether every number of the image lies in exactly one window."""
        covered = tuple([o * k for o, k in zip(self.out, self.kernel, strict=True)])
        return self.disjoint and self.kernel == self.stride and self.size == covered and not any(self.padding)


@functools.lru_cache(maxsize=256)
def places(w: Windows) -> list[tuple[int, Any, Any]]:
    """Every place in the window, in order: its number, the outputs that have it within the image, what they see there.

    >>> places(Windows(size=(4,), out=(2,), kernel=(2,), stride=(2,), padding=(0,), dilation=(1,)))
    [(0, (Ellipsis, slice(0, 2, None)), (Ellipsis, slice(0, 3, 2))), \
(1, (Ellipsis, slice(0, 2, None)), (Ellipsis, slice(1, 4, 2)))]
    """
    along = [[_span(i * d - p, n, o, s) for i in range(k)] for n, o, k, s, p, d in zip(*w, strict=True)]
    found = []
    for number, spans in enumerate(itertools.product(*along)):
        if all([first < last for first, last, _, _ in spans]):
            here = [slice(first, last) for first, last, _, _ in spans]
            there = [
                slice(at + first * s, at + (last - 1) * s + 1, s if s > 1 else None) for first, last, at, s in spans
            ]
            found.append((number, (..., *here), (..., *there)))
    return found


def _span(at: int, n: int, out: int, stride: int) -> tuple[int, int, int, int]:
    """Of the positions at, at + stride, ..., the first within 0..n-1 and the one past the last."""
    return max(0, -(at // stride)), min(out, (n - 1 - at) // stride + 1), at, stride


# ---- arguments ----


def check_image(name: str, x: Any, d: int, short: Any = RuntimeError) -> None:
    """Refuse what is neither an image (C, *size), size of d dimensions, nor a batch (N, C, *size); N may be 0."""
    check_dims(name, x, d, short)
    check_nonempty(name, x, d + 1)


def check_dims(name: str, x: Any, d: int, short: Any = RuntimeError) -> None:
    """Raises TypeError if x is not a tensor, RuntimeError (or ``short``, for too few) if it has other dimensions."""
    tensor_only(name, "input", x)
    ndim = x.array.ndim
    if ndim not in (d + 1, d + 2):
        shape = list(x.array.shape)
        raise (short if ndim <= d else RuntimeError)(
            f"{name}(): Expected a {d + 1}D image (C, {_SIZES[d]}) or a {d + 2}D batch (N, C, {_SIZES[d]}), got {shape}"
        )


def check_nonempty(name: str, x: Any, last: int) -> None:
    """Raises RuntimeError if one of the last dimensions has size zero."""
    if 0 in x.array.shape[-last:]:
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but it has sizes "
            f"{list(x.array.shape)}: only the batch may be empty"
        )


_SIZES = {1: "L", 2: "H, W", 3: "D, H, W"}


def windows(name: str, x: Any, d: int, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: Any) -> Windows:
    """The windows over the last d dimensions of x.

    Raises  TypeError or RuntimeError if an argument is neither, or no window fits.
    """
    k = integers(name, "kernel_size", kernel, d)
    s = k if stride is None or stride in ((), []) else integers(name, "stride", stride, d)
    p, dilated = integers(name, "padding", padding, d), integers(name, "dilation", dilation, d)
    return _windows(name, x.array.shape[-d:], k, s, p, dilated, bool(ceil))


@functools.lru_cache(maxsize=256)
def _windows(name: str, size: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: bool) -> Windows:
    for argument, values in (("kernel_size", kernel), ("stride", stride), ("dilation", dilation)):
        if min(values) <= 0:
            raise RuntimeError(f"{name}: {argument} should be greater than zero, but got {list(values)}")
    if min(padding) < 0:
        raise RuntimeError(f"{name}: padding must be non-negative, but got {list(padding)}")
    out = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        reach = (k - 1) * d + 1
        if p > k // 2:
            raise RuntimeError(
                f"{name}: padding should be at most half of kernel size, but got padding={p} and kernel_size={k}"
            )
        free = n + 2 * p - reach
        count = (free + s - 1 if ceil else free) // s + 1
        if ceil and (count - 1) * s >= n + p:  # the last window would begin behind the image
            count -= 1
        out.append(count)
    if min(out) < 1:
        raise RuntimeError(
            f"{name}: Given input size {list(size)}, kernel_size {list(kernel)}, padding {list(padding)} and dilation "
            f"{list(dilation)}, the calculated output size is {out}. Output size is too small: no window fits"
        )
    return Windows(size, tuple(out), kernel, stride, padding, dilation)


def output_size(name: str, x: Any, given: Any, d: int) -> tuple[int, ...]:
    """The size that an adaptive pooling shall give; None stands for that of the image.

    Raises  TypeError, RuntimeError or ValueError if it is neither
    """
    several = isinstance(given, (tuple, list)) or (d > 1 and not isinstance(given, int))
    if several and d > 1:
        if x.array.ndim <= len(given):
            raise ValueError(f"Input dimension should be at least {len(given) + 1}: {name} got {list(x.array.shape)}")
        given = tuple([n if v is None else v for v, n in zip(given, x.array.shape[-len(given) :], strict=False)])
    if several and len(integers(name, "output_size", given, len(given))) != d:
        raise RuntimeError(f"{name}: output_size must be {'one int' if d == 1 else f'{d} ints'}, got {given}")
    sizes = integers(name, "output_size", given, d)
    if min(sizes) < 0:
        raise RuntimeError(f"{name}: elements of output_size must be greater than or equal to 0, but got {given}")
    if d == 1:
        check_dims(name, x, d)
    return sizes


def resized(x: Array, out: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of x with its last dimensions replaced."""
    return (*x.shape[: x.ndim - len(out)], *out)


def with_size(shape: Any, dim: int, n: int) -> tuple[int, ...]:
    """The shape with one dimension, counted from the back, replaced."""
    return (*shape[:dim], n, *shape[len(shape) + dim + 1 :])
