"""Reading and writing with random index expressions: what torch does, minigrad does."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch
from hypothesis import example, given
from hypothesis import strategies as st

import minigrad
from minigrad.testing import strategies as s
from reference_torch.oracle import as_array

indexed = s.shapes(0, 4, 0, 3).flatmap(lambda shape: st.tuples(st.just(shape), s.indices(shape)))


def numbers(shape: Any, k: int = 0) -> Any:
    return np.asarray(np.random.default_rng(k).normal(size=shape))


def index_for(m: ModuleType, index: Any) -> Any:
    """The index with its arrays turned into tensors."""
    return tuple(m.tensor(e) if isinstance(e, np.ndarray) else e for e in index)


def outcome(m: ModuleType, program: Any) -> Any:
    """What a program returns, as arrays; or the class of its error."""
    try:
        return [as_array(v) for v in program(m)]
    except Exception as error:
        return type(error)


def agree(program: Any) -> None:
    """The program gives the same numbers, or fails in the same way, with both engines."""
    ours, theirs = outcome(minigrad, program), outcome(_torch, program)
    if isinstance(theirs, type):
        assert ours is theirs
        return
    assert not isinstance(ours, type), f"{ours.__name__}; torch answers"
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(b, np.ndarray):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-12)
        else:
            assert a == b


def leaf(m: ModuleType, shape: Any, k: int = 0) -> Any:
    return m.tensor(numbers(shape, k)).requires_grad_()


@given(indexed)
@example(((3, 4, 2), (np.array([0, 2]), slice(1, None), np.array([[1], [0]]))))  # apart: their dimensions come first
@example(((2, 3, 4), (0, slice(None), np.array([1, 3]))))  # torch takes the integer first, NumPy does not
def test_reading(drawn: Any) -> None:
    """Value, gradient, second gradient, name of the node."""
    shape, index = drawn

    def program(m: ModuleType) -> Any:
        x = leaf(m, shape)
        y = x[index_for(m, index)]
        g = m.tensor(numbers(tuple(y.shape), 1)).requires_grad_()
        (dx,) = m.autograd.grad(y, x, g, create_graph=True)
        (dg,) = m.autograd.grad(dx, g, m.tensor(numbers(shape, 2)))
        return y, dx, dg, y.grad_fn.name()

    agree(program)


@given(indexed)
def test_what_shares_memory(drawn: Any) -> None:
    """Writing to x[index] changes x if and only if it does in torch."""
    shape, index = drawn

    def program(m: ModuleType) -> Any:
        x = m.tensor(numbers(shape))
        part = x[index_for(m, index)]
        part.fill_(7.0)
        before = part.clone()
        x.add_(1.0)
        strides = [k for k, n in zip(part.stride(), part.shape, strict=True) if n > 1 and part.numel()]
        return x, part, before, part.is_contiguous(), strides, part.numel() and part.storage_offset()

    agree(program)


@given(indexed, st.sampled_from(["number", "same", "one", "last", "new", "longer", "int"]))
def test_writing(drawn: Any, kind: str) -> None:
    """x[index] = value: the value written, the gradient of x and that of the value."""
    shape, index = drawn

    def program(m: ModuleType) -> Any:
        x = leaf(m, shape)
        key = index_for(m, index)
        size = tuple(x[key].shape)
        sizes: dict[str, Any] = {"same": size, "one": (), "last": size[-1:], "new": (1, *size), "longer": (*size, 2)}
        value = leaf(m, sizes[kind], 3) if kind in sizes else 2.5 if kind == "number" else m.tensor(3)
        y = x * 1
        y[key] = value
        (y * m.tensor(numbers(shape, 4))).sum().backward()
        return y, x.grad, value.grad if kind in sizes else 0

    agree(program)


@given(indexed, indexed)
def test_writing_through_views(first: Any, second: Any) -> None:
    """x[index][index].mul_(...) reaches x, and gradients come back through it, from every view."""
    shape, index = first

    def program(m: ModuleType) -> Any:
        x, scale = leaf(m, shape), leaf(m, (), 5)
        y = x * 1
        other = y[..., :1] if shape else y[()]
        part = y[index_for(m, index)]
        if tuple(part.shape) == second[0]:
            part = part[index_for(m, second[1])]
        part.mul_(scale)
        loss = (y * y).sum() + other.sum() + (part * 3).sum()
        loss.backward()
        return y, other, part, x.grad, scale.grad

    agree(program)


@given(indexed, st.booleans())
def test_index_put(drawn: Any, accumulate: bool) -> None:
    """The picking part of an index, written or added to; repeated positions add up."""
    shape, index = drawn
    places = tuple(e for e in index if isinstance(e, np.ndarray)) or (np.zeros(shape, bool),)

    def program(m: ModuleType) -> Any:
        x = leaf(m, shape)
        key = index_for(m, places)
        value = leaf(m, tuple(x[key].shape), 3)
        y = x.index_put(key, value, accumulate)
        (y * m.tensor(numbers(shape, 4))).sum().backward()
        return y, x.grad, value.grad

    try:
        np.empty(shape)[places]
    except IndexError:  # where nothing is picked, torch does not look at the positions
        return
    agree(program)


def test_a_source_larger_than_the_index() -> None:
    """What the index does not reach gets no gradient (torch refuses to differentiate this)."""
    x = minigrad.zeros(3, 3, dtype=minigrad.float64)
    src = minigrad.ones(2, 4, dtype=minigrad.float64, requires_grad=True)
    index = minigrad.tensor([[0, 1, 0]])
    for y in (x.scatter(0, index, src), x.scatter_add(0, index, src), x.scatter_reduce(0, index, src, "mean")):
        src.grad = None
        y.sum().backward()
        assert (src.grad[0, :3] > 0).all()
        assert src.grad.count_nonzero() == 3


def test_two_zeros_of_a_product(torch: Any) -> None:
    """The gradient is right, its gradient would not be: refused."""
    x, index = torch.ones(2), torch.tensor([0, 0, 1])
    src = torch.tensor([0.0, 0.0, 3.0], requires_grad=True)
    y = x.scatter_reduce(0, index, src, "prod")
    (g,) = torch.autograd.grad(y.sum(), src, create_graph=True)
    assert g.tolist() == [0.0, 0.0, 1.0]
    with pytest.raises(RuntimeError, match="Double backward is unsupported"):
        g.sum().backward()


def test_the_old_reduce_of_scatter() -> None:
    """torch says so only once a process."""
    x, index, src = minigrad.ones(3), minigrad.tensor([0, 0]), minigrad.tensor([2.0, 3.0])
    with pytest.warns(UserWarning, match="scatter_reduce"):
        assert x.scatter(0, index, src, reduce="add").tolist() == [6.0, 1.0, 1.0]
    with pytest.warns(UserWarning, match="scatter_reduce"):
        assert x.scatter_(0, index, src, reduce="multiply") is x
    assert x.tolist() == [6.0, 1.0, 1.0]


def test_an_index_written_later_is_an_error(torch: Any) -> None:
    for index in (torch.tensor([True, False, True]), torch.tensor([0, 2])):
        x, v = torch.ones(3, requires_grad=True), torch.ones(2, requires_grad=True)
        put = torch.zeros(3)
        put[index] = v
        for y in (x[index], put):
            index.zero_()
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                y.sum().backward()
            index.fill_(1)


def test_large_integers_add_up_exactly() -> None:
    big = minigrad.tensor([2**53, 1, 1])
    assert minigrad.zeros(1).long().scatter_add(0, minigrad.tensor([0, 0, 0]), big).tolist() == [2**53 + 2]


COPIES: dict[str, Any] = {
    "repeat": lambda m, x: x.repeat(1, 1, 1, 1),
    "tile": lambda m, x: x.tile(1),
    "repeat_interleave": lambda m, x: x.repeat_interleave(1, 0),
    "flip": lambda m, x: x.flip(()),
    "roll": lambda m, x: x.roll(0, 0),
    "rot90": lambda m, x: x.rot90(4),
    "pixel_shuffle": lambda m, x: m.nn.functional.pixel_shuffle(x, 1),
    "pixel_unshuffle": lambda m, x: m.nn.functional.pixel_unshuffle(x, 1),
    "channel_shuffle": lambda m, x: m.nn.functional.channel_shuffle(x, 1),
    "pad": lambda m, x: m.nn.functional.pad(x, (0, 0)),
    "reflect": lambda m, x: m.nn.functional.pad(x, (0, 0), "reflect"),
    "tril": lambda m, x: x.tril(9),
    "triu": lambda m, x: x.triu(-9),
    "diag": lambda m, x: x[0, 0].diag(),
    "index_select": lambda m, x: x.index_select(0, m.arange(len(x))),
    "take_along_dim": lambda m, x: x.take_along_dim(m.zeros(1, 1, 1, 1).long(), 0),
    "masked_select": lambda m, x: x.masked_select(x == x),
    "scatter": lambda m, x: x.scatter(0, m.zeros(0, 0, 0, 0).long(), 1.0),
    "index_add": lambda m, x: x.index_add(0, m.zeros(0).long(), x[:0]),
    "hsplit": lambda m, x: x.hsplit(1)[0],
    "diagonal": lambda m, x: x.diagonal(0, 2, 3),
    "as_strided": lambda m, x: x.as_strided((1,), (1,)),
}


@pytest.mark.parametrize("call", COPIES.values(), ids=COPIES)
def test_copies_are_copies_and_views_are_views(call: Any) -> None:
    """Also where nothing changes: who writes to the result changes x only if torch's does."""

    def program(m: ModuleType) -> Any:
        x = m.zeros(2, 1, 3, 3, dtype=m.float64)
        call(m, x).add_(1.0)
        return [x]

    agree(program)


def test_fill_diagonal(torch: Any) -> None:
    tall = torch.zeros(5, 2)
    assert tall.fill_diagonal_(1.0, wrap=True) is tall
    assert tall.tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    assert torch.zeros(2, 2, 2).fill_diagonal_(3).sum().item() == 6
    x = torch.ones(2, 3, requires_grad=True)
    (x * 2).fill_diagonal_(5.0).sum().backward()
    assert x.grad.tolist() == [[0.0, 2.0, 2.0], [2.0, 0.0, 2.0]]
    for bad in (torch.zeros(3), torch.zeros(2, 2, 3)):
        with pytest.raises(RuntimeError):
            bad.fill_diagonal_(1.0)


def test_a_diagonal_is_a_view(torch: Any) -> None:
    x = torch.zeros(3, 3)
    line = x.diagonal(1)
    line.add_(2.0)
    assert x[0, 1] == 2.0
    assert line.stride() == (4,)
    assert line.storage_offset() == 1
    x.diag().add_(1.0)
    assert x.sum() == 4.0
