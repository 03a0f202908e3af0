"""Batches of sequences of different lengths: packed for the recurrent layers, padded for everything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from ...core.variable import wrap
from ...ops.create import arange, empty_like, tensor
from ...ops.layers.packing import check_lengths, pack, pad_sequences, unpack
from ...tensor import Tensor

Self = TypeVar("Self", bound="PackedSequence")


class PackedSequence_(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(PackedSequence_):
    """Sequences without padding, step by step: what ``pack_padded_sequence`` makes and recurrent layers read.

    Shapes  data (sum of lengths, *): first the first elements of all sequences, longest sequence first, then the second
            elements of those that have one, ...
            batch_sizes (longest): how many sequences each step has
            sorted_indices (B): sequence k here was number sorted_indices[k] in the batch; None: they were in order
            unsorted_indices (B): the way back

    >>> pack_sequence([minigrad.tensor([1, 2, 3]), minigrad.tensor([4])])
    PackedSequence(data=tensor([1, 4, 2, 3]), batch_sizes=tensor([2, 1, 1]), sorted_indices=None, unsorted_indices=None)
    """

    def __new__(
        cls: type[Self],
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError(
                    "Expected data to be a list or tuple of length 2, (data, batch_sizes), if no batch_sizes are given"
                )
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """The same sequences with ``data`` converted; itself if there is nothing to convert."""
        return self._with(self.data.to(*args, **kwargs))

    def _with(self: Self, data: Tensor) -> Self:
        return self if data is self.data else self._replace(data=data)

    def cpu(self: Self, *args: Any, **kwargs: Any) -> Self:
        """``to("cpu")``: there is no other device."""
        return self.to("cpu")

    def double(self: Self) -> Self:
        """With ``data`` as float64."""
        return self._with(self.data.double())

    def float(self: Self) -> Self:
        """With ``data`` as float32."""
        return self._with(self.data.float())

    def half(self: Self) -> Self:
        """With ``data`` as float16."""
        return self._with(self.data.half())

    def long(self: Self) -> Self:
        """With ``data`` as int64."""
        return self._with(self.data.long())

    def int(self: Self) -> Self:
        """With ``data`` as int32."""
        return self._with(self.data.int())

    def short(self: Self) -> Self:
        """With ``data`` as int16."""
        return self._with(self.data.short())

    def char(self: Self) -> Self:
        """With ``data`` as int8."""
        return self._with(self.data.char())

    def byte(self: Self) -> Self:
        """With ``data`` as uint8."""
        return self._with(self.data.byte())

    @property
    def is_cuda(self) -> bool:
        """False: data is in the memory of the CPU."""
        return False

    def is_pinned(self) -> bool:
        """False: pinned memory is for copies to a GPU."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another: where each number stands in it.

    >>> invert_permutation(minigrad.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    inverse: Tensor = empty_like(permutation)
    inverse[permutation] = arange(permutation.numel())
    return inverse


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Padded sequences without their padding.

    Math    the gradient of an element goes to its place, padding gets 0
    Shapes  input (T, B, *) or, batch first, (B, T, *); lengths (B), a tensor on the CPU or a list
            enforce_sorted  True: they must be given longest first; False: they are sorted here
    Raises  RuntimeError if the lengths do not fit, are not positive, or do not fall although they must.

    >>> x = minigrad.tensor([[1., 0., 0.], [2., 3., 4.]], requires_grad=True)
    >>> packed = pack_padded_sequence(x, [1, 3], batch_first=True, enforce_sorted=False)
    >>> packed.data, packed.batch_sizes, packed.sorted_indices
    (tensor([2., 1., 3., 4.], grad_fn=<PackPaddedSequenceBackward0>), tensor([2, 1, 1]), tensor([1, 0]))
    >>> packed.data.sum().backward(); x.grad
    tensor([[1., 0., 0.],
            [1., 1., 1.]])
    """
    counts = (lengths if isinstance(lengths, Tensor) else tensor(lengths)).long()
    check_lengths(input, counts.array, batch_first)
    order = None
    if not enforce_sorted:
        counts, order = counts.sort(descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    data, batch_sizes = pack(input, counts.array, batch_first)
    return PackedSequence(data, wrap(batch_sizes), order)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Packed sequences with padding again, in the order of the batch, and their lengths: undoes packing.

    Shapes  (T, B, *) or, batch first, (B, T, *), T the longest or ``total_length``; lengths (B)
    Raises  ValueError if ``total_length`` is less than the longest.

    >>> pad_packed_sequence(pack_sequence([minigrad.tensor([1, 2, 3]), minigrad.tensor([4])]), batch_first=True)
    (tensor([[1, 2, 3],
            [4, 0, 0]]), tensor([3, 1]))
    """
    steps = len(sequence.batch_sizes)
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    padded, lengths = unpack(sequence.data, sequence.batch_sizes.array, batch_first, padding_value, steps)
    order = sequence.unsorted_indices
    if order is None:
        return padded, wrap(lengths)
    return padded.index_select(0 if batch_first else 1, order), wrap(lengths)[order]


def pad_sequence(
    sequences: Iterable[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences of different lengths as one tensor.

    Shapes  each (L, *), the rest alike -> (T, B, *) or, batch first, (B, T, *), T the longest
    Raises  RuntimeError if there is none, or their other dimensions differ.

    >>> pad_sequence([minigrad.tensor([1, 2]), minigrad.tensor([3])], batch_first=True, padding_side="left")
    tensor([[1, 2],
            [0, 3]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    return pad_sequences(list(sequences), batch_first, padding_value, padding_side)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded tensor, each without its padding (at the right).

    >>> unpad_sequence(minigrad.tensor([[1, 2], [3, 0]]), minigrad.tensor([2, 1]), batch_first=True)
    [tensor([1, 2]), tensor([3])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    step = arange(rows.shape[1])
    return [row[step < n] for row, n in zip(rows, lengths, strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences of different lengths, packed: ``pad_sequence``, then ``pack_padded_sequence``.

    Raises  RuntimeError if they are not given longest first, although ``enforce_sorted`` says so.
    """
    return pack_padded_sequence(pad_sequence(sequences), [len(x) for x in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a pack, in the order of the batch: undoes ``pack_sequence``.

    >>> unpack_sequence(pack_sequence([minigrad.tensor([1, 2, 3]), minigrad.tensor([4])]))
    [tensor([1, 2, 3]), tensor([4])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
