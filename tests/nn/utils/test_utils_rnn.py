"""Packed and padded sequences against torch."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch as pytorch
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from reference_torch.oracle import MINIGRAD, TORCH, as_array, flatten
from tests.shared import builtin

LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=5)
REST = st.lists(st.integers(1, 2), max_size=2).map(tuple)


def both(text: str, **names: Any) -> list[list[Any]]:
    """What an expression gives in each package, flattened to arrays."""
    said = []
    for package in (minigrad, pytorch):
        tensors = {n: package.tensor(v) if isinstance(v, np.ndarray) else v for n, v in names.items()}
        value = eval(text, vars(package.nn.utils.rnn) | {"torch": package} | tensors)
        said.append([as_array(v) for v in flatten(value)])
    return said


def agree(text: str, **names: Any) -> None:
    ours, theirs = both(text, **names)
    assert len(ours) == len(theirs)
    for x, y in zip(ours, theirs, strict=True):
        if y is None:
            assert x is None
            continue
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


@given(LENGTHS, REST, st.booleans(), st.sampled_from(["float32", "int64", "bool"]))
def test_pack_and_pad(lengths: list[int], rest: tuple[int, ...], batch_first: bool, dtype: str) -> None:
    shape = (len(lengths), max(lengths)) if batch_first else (max(lengths), len(lengths))
    x = np.arange(np.prod(shape + rest)).reshape(shape + rest).astype(dtype)
    names = {"x": x, "lengths": np.array(lengths), "first": batch_first}
    agree("pack_padded_sequence(x, lengths, first, enforce_sorted=False)", **names)
    packed = "pack_padded_sequence(x, lengths, first, False)"
    agree(f"pad_packed_sequence({packed}, first)", **names)
    agree(f"pad_packed_sequence({packed}, not first, 2.5, 7)", **names)
    agree(f"unpack_sequence({packed})", **names)
    names["falling"] = sorted(lengths, reverse=True)
    agree("pack_padded_sequence(x, falling, first)", **names)


@given(LENGTHS, REST, st.booleans(), st.sampled_from(["left", "right"]))
def test_sequences(lengths: list[int], rest: tuple[int, ...], batch_first: bool, side: str) -> None:
    rng = np.random.default_rng(len(lengths))
    for package in (minigrad, pytorch):
        given = [package.tensor(rng.normal(size=(n, *rest))) for n in lengths]
        utils = package.nn.utils.rnn
        packed = utils.pack_sequence(given, enforce_sorted=False)
        padded = utils.pad_sequence(given, batch_first, 0.5, side)
        backs = [utils.unpack_sequence(packed)]
        if side == "right":
            backs.append(utils.unpad_sequence(padded.clone(), package.tensor(lengths), batch_first))
        for back in backs:
            for x, y in zip(back, given, strict=True):
                np.testing.assert_array_equal(as_array(x), as_array(y))
    agree(
        "pad_sequence([torch.ones(n, *rest) for n in lengths], first, 0.5, side)",
        lengths=lengths, rest=rest, first=batch_first, side=side,
    )  # fmt: skip


@given(LENGTHS, REST, st.booleans())
def test_gradients_go_to_their_places(lengths: list[int], rest: tuple[int, ...], batch_first: bool) -> None:
    def through(package: Any) -> Any:
        utils = package.nn.utils.rnn

        def f(x: Any) -> Any:
            packed = utils.pack_padded_sequence(x * x, lengths, batch_first, enforce_sorted=False)
            return utils.pad_packed_sequence(packed._replace(data=packed.data * 3), batch_first, 1.0)[0]

        return f

    shape = (len(lengths), max(lengths)) if batch_first else (max(lengths), len(lengths))
    x = np.random.default_rng(0).normal(size=shape + rest)
    ours = MINIGRAD.ask(through(minigrad), [x], order=2)
    theirs = TORCH.ask(through(pytorch), [x], order=2)
    for what in ("outputs", "first", "second"):
        for a, b in zip(getattr(ours, what), getattr(theirs, what), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)


def test_unpadding_leaves_its_input_alone() -> None:
    """torch's own turns the caller's tensor over in place."""
    padded = minigrad.zeros(3, 2)
    minigrad.nn.utils.rnn.unpad_sequence(padded, minigrad.tensor([3, 1]))
    assert padded.shape == (3, 2)


PACKED = "PackedSequence(torch.tensor([1., 4., 2.]), torch.tensor([2, 1]), torch.tensor([1, 0]))"


@pytest.mark.parametrize(
    "text",
    [
        PACKED,
        "PackedSequence((torch.tensor([1., 4., 2.]), torch.tensor([2, 1])))",
        "pack_sequence([torch.tensor([1, 2]), torch.tensor([3])])",
        f"{PACKED}.double()",
        f"{PACKED}.to(torch.int64)",
        f"{PACKED}.half()",
        f"{PACKED}._replace(data=torch.zeros(3))",
        f"{PACKED}._asdict()",
        f"list({PACKED}._fields)",
        f"{PACKED}.is_cuda",
        f"{PACKED}.is_pinned()",
        "invert_permutation(None)",
        "invert_permutation(torch.tensor([2, 0, 1]))",
    ],
)
def test_packed_sequence_prints_alike(text: str) -> None:
    ours, theirs = (
        repr(eval(text, vars(package.nn.utils.rnn) | {"torch": package})) for package in (minigrad, pytorch)
    )
    assert ours == theirs


def test_packed_sequence_is_a_tuple(torch: Any) -> None:
    packed = torch.nn.utils.rnn.pack_sequence([torch.ones(2), torch.ones(1)])
    data, batch_sizes, sorted_indices, unsorted_indices = packed
    assert data is packed.data is packed[0]
    assert sorted_indices is unsorted_indices is None
    assert batch_sizes.tolist() == [2, 1]
    assert packed.float() is packed.to(torch.float32) is packed.cpu() is packed
    for name in ("double", "half", "long", "int", "short", "char", "byte"):
        converted = getattr(packed, name)()
        assert converted.data.dtype == getattr(packed.data, name)().dtype
        assert converted.batch_sizes is batch_sizes


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda packed: pickle.loads(pickle.dumps(packed))])
def test_packed_sequence_is_copied(torch: Any, copied: Any) -> None:
    packed = torch.nn.utils.rnn.pack_sequence([torch.ones(1), torch.ones(2)], enforce_sorted=False)
    assert repr(copied(packed)) == repr(packed)


BAD = [
    "pad_packed_sequence(pack_sequence([torch.zeros(3)]), total_length=2)",
    "pad_packed_sequence(PackedSequence(torch.zeros(3), torch.tensor([2, 2])))",
    "pad_packed_sequence(PackedSequence(torch.zeros(3), torch.tensor([1, 2])))",
    "pad_packed_sequence(PackedSequence(torch.zeros(0), torch.tensor([], dtype=torch.int64)))",
    "pad_packed_sequence(torch.zeros(3, 2))",
    "pack_padded_sequence(torch.zeros(3, 2), [1, 3, 2], enforce_sorted=False)",
    "pack_sequence([torch.zeros(1), torch.zeros(2)])",
    "pack_sequence([])",
    "unpad_sequence(torch.zeros(3, 2), torch.tensor([2, 3]), True)",
    "PackedSequence(torch.zeros(3))",
    "pad_sequence(3)",
]


@pytest.mark.parametrize("text", BAD)
def test_errors(text: str) -> None:
    refused = []
    for package in (minigrad, pytorch):
        with pytest.raises(Exception) as caught:
            eval(text, vars(package.nn.utils.rnn) | {"torch": package})
        refused.append(caught.value)
    ours, theirs = refused
    assert isinstance(ours, builtin(theirs))
    assert len(str(ours)) > 15


def test_lengths_beyond_the_padding_are_refused() -> None:
    """torch reads on behind the tensor's memory."""
    with pytest.raises(RuntimeError, match=r"lengths\[0\] is 4, but the padded sequences have 3 steps only"):
        minigrad.nn.utils.rnn.pack_padded_sequence(minigrad.zeros(3, 2), [4, 3])
