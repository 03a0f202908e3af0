"""Sequences of different lengths, packed and padded.

Packed, the sequences lie step by step without gaps; padded, they stand side by side with gaps filled up. Both moves
copy the same rows between the same places, so each is the other's gradient.

    lengths 3, 1:   padded (T, B)  a x     packed  a x b c     batch sizes  2 1 1
                                   b .
                                   c .
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...types import Tensor
from ..elementwise.transcendental import to_dtype
from ..shape.joining import cat
from ..shape.views import expand

Places = tuple[Any, ...]


@op(label="CopySlices")
def pad(data: Array, places: Places, shape: Any, value: float) -> Array:
    whole = np.full(shape, value, data.dtype)
    whole[places] = data
    return whole


def _places(step: Any, sequence: Any, batch_first: bool) -> Places:
    """The index of elements in a padded tensor, by their step and the number of their sequence."""
    return (sequence, step) if batch_first else (step, sequence)


def check_lengths(x: Array, lengths: Any, batch_first: bool) -> None:
    """Raises  RuntimeError if there is not one length for each padded sequence."""
    if x.ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [-1, 0], but got 1): sequences are padded in (steps, "
            f"batch, *), not {list(x.shape)}"
        )
    if 0 in x.shape[:2]:
        raise RuntimeError(f"Cannot pack empty tensors: got {list(x.shape)}")
    if lengths.ndim != 1:
        raise RuntimeError(f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.ndim}D")
    batch = x.shape[0 if batch_first else 1]
    if len(lengths) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} (batch_size={batch})"
        )


def pack(x: Array, lengths: Any, batch_first: bool) -> tuple[Array, Any]:
    """The elements of padded sequences, longest first, step by step, and how many sequences each step has.

    Shapes  x (T, B, *) or, batch first, (B, T, *); lengths (B), falling -> (sum of lengths, *), (longest)
    Raises  RuntimeError if the lengths do not fall, are not positive, or go beyond x.

    >>> x = minigrad.tensor([[1., 4.], [2., 0.], [3., 0.]], requires_grad=True)
    >>> data, batch_sizes = pack(x, np.array([3, 1]), False); data, batch_sizes
    (tensor([1., 4., 2., 3.], grad_fn=<PackPaddedSequenceBackward0>), array([2, 1, 1]))
    >>> data.sum().backward(); x.grad
    tensor([[1., 1.],
            [1., 0.],
            [1., 0.]])
    """
    if lengths.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0: "
            f"lengths[{lengths.argmin()}] is {lengths.min()}"
        )
    if (np.diff(lengths) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True: sort the batch by "
            "length, or pass enforce_sorted=False"
        )
    steps = x.shape[1 if batch_first else 0]
    if lengths[0] > steps:
        raise RuntimeError(f"lengths[0] is {lengths[0]}, but the padded sequences have {steps} steps only")
    under_way = lengths > np.arange(lengths[0])[:, None]  # (longest, B): which sequences have that step
    step, sequence = np.nonzero(under_way)
    return record(pack)(x, _places(step, sequence, batch_first)), under_way.sum(1)


@op(of=pack, label="PackPaddedSequenceBackward0")
def _(x: Array, places: Places) -> Array:
    return x[places]


defgrad(pack, x=lambda g, x_shape, places: pad(g, places, x_shape, 0))

defgrad(pad, data=lambda g, places: record(pack)(g, places))


def unpack(data: Array, batch_sizes: Any, batch_first: bool, value: float, steps: int) -> tuple[Array, Any]:
    """Packed sequences padded with ``value`` to so many steps, and their lengths: undoes ``pack``.

    Raises  RuntimeError if the batch sizes do not add up or do not fall.

    >>> unpack(minigrad.tensor([1, 4, 2, 3]), np.array([2, 1, 1]), True, 0, 3)
    (tensor([[1, 2, 3],
            [4, 0, 0]]), array([3, 1]))
    """
    if not len(batch_sizes):
        raise RuntimeError("batch_sizes can not be empty")
    if batch_sizes.sum() != data.shape[0] or (np.diff(batch_sizes) > 0).any() or batch_sizes[-1] < 1:
        raise RuntimeError(
            f"batch_sizes {batch_sizes.tolist()} must fall, be positive and add up to the {data.shape[0]} rows of data"
        )
    batch = int(batch_sizes[0])
    under_way = np.arange(batch) < batch_sizes[:, None]  # (longest, B)
    shape = (batch, steps, *data.shape[1:]) if batch_first else (steps, batch, *data.shape[1:])
    step, sequence = np.nonzero(under_way)
    return pad(data, _places(step, sequence, batch_first), shape, value), under_way.sum(0)


def pad_sequences(sequences: Sequence[Tensor], batch_first: bool, value: float, side: str) -> Tensor:
    """Sequences (L, *) side by side, each filled up at one side.

    Raises  RuntimeError if there is none, or their other dimensions differ.
    """
    if side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {side}.")
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    for k, x in enumerate(sequences):
        if not hasattr(x, "shape"):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(x).__name__}")
        if not len(x.shape):
            raise RuntimeError(f"pad_sequence: sequence {k} has no dimensions; it must be (length, *)")
    first = sequences[0].array
    lengths = [len(x) for x in sequences]
    rows = [
        expand(x if x.array.dtype == first.dtype else to_dtype(x, first.dtype), (n, *first.shape[1:]))
        for x, n in zip(sequences, lengths, strict=True)
    ]
    steps, batch = max(lengths), len(lengths)
    step = np.concatenate([np.arange(n) + (steps - n if side == "left" else 0) for n in lengths])
    sequence = np.repeat(np.arange(batch), lengths)
    shape = (batch, steps, *first.shape[1:]) if batch_first else (steps, batch, *first.shape[1:])
    return pad(cat(rows), _places(step, sequence, batch_first), shape, value)
