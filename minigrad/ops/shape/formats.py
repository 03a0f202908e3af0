"""Memory formats: in which order the elements of images (N, C, H, W) and volumes (N, C, D, H, W) lie.

With the channels last, the C numbers of one pixel are neighbours. The shape, and every index, stay what they are; only
the strides tell. An array carries its format in its strides, so what keeps those (any elementwise op) keeps the format.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import kind_of
from ...host.device import channels_last, channels_last_3d, contiguous_format, memory_format, preserve_format

_RANKS = {channels_last: 4, channels_last_3d: 5}
_FORMATS = {rank: form for form, rank in _RANKS.items()}
ORDERS = {4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}  # from the dimension with the longest step to that with the shortest


def order_of(form: Any, ndim: int) -> tuple[int, ...] | None:
    """The dimensions from the one whose neighbours lie farthest apart to the closest; None: those of the source.

    Raises  RuntimeError if the format is for another number of dimensions, TypeError if it is none.
    """
    if form is None or form is preserve_format:
        return None
    if not isinstance(form, memory_format):
        raise TypeError(f"argument 'memory_format' must be torch.memory_format, not {kind_of(form)}")
    if form is contiguous_format:
        return tuple(range(ndim))
    if ndim != _RANKS[form]:
        raise RuntimeError(f"required rank {_RANKS[form]} tensor to use {form.name} format, got {ndim} dimensions")
    return ORDERS[ndim]


def in_format(a: Any, order: tuple[int, ...]) -> Any:
    """A copy whose dimensions lie in this order."""
    out = np.empty([a.shape[d] for d in order], a.dtype).transpose(np.argsort(order))
    out[...] = a
    return out


def lies_in(a: Any, form: Any) -> bool:
    """Whether the elements of an array lie one after the other in the order of a format."""
    if form in _RANKS:
        return a.ndim == _RANKS[form] and bool(a.transpose(ORDERS[a.ndim]).flags.c_contiguous)
    order_of(form, a.ndim)
    return bool(a.flags.c_contiguous)


def is_channels_last(a: Any) -> bool:
    """Whether the channels lie last, with no gap between pixels."""
    return a.ndim in ORDERS and bool(a.transpose(ORDERS[a.ndim]).flags.c_contiguous)


def suggested(a: Any) -> Any:
    """The format that the strides speak of, even where they leave gaps or a dimension has the size 1."""
    if a.ndim not in ORDERS or not a.size:
        return contiguous_format
    least = 0
    for d in reversed(ORDERS[a.ndim]):
        if a.strides[d] < least or (d == 0 and least == a.strides[1]):
            return contiguous_format
        least = a.strides[d] * a.shape[d]
    return _FORMATS[a.ndim]


def following(out: Any, *operands: Any) -> Any:
    """The result with its channels last if an operand has them there."""
    for a in operands:
        if not a.flags.c_contiguous and suggested(a) is not contiguous_format and not is_channels_last(out):
            return in_format(out, ORDERS[a.ndim])
    return out


def in_order(out: Any) -> Any:
    """The result with its dimensions in order, where torch does not keep the channels last."""
    return np.ascontiguousarray(out) if not out.flags.c_contiguous and is_channels_last(out) else out
