"""Every kind of view, every kind of write: to the view, and to its base. Values, gradients and errors are torch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import minigrad

VIEWS: dict[str, Callable[[Any], Any]] = {
    "row": lambda x: x[0],
    "rows": lambda x: x[1:],
    "column": lambda x: x[:, -1],
    "every other": lambda x: x[:, ::2],
    "with a dimension": lambda x: x[:, None],
    "ellipsis": lambda x: x[...],
    "select": lambda x: x.select(1, 0),
    "narrow": lambda x: x.narrow(1, 1, 2),
    "t": lambda x: x.t(),
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "transpose": lambda x: x.transpose(0, 1),
    "swapaxes": lambda x: x.swapaxes(0, -1),
    "permute": lambda x: x.permute(1, 0),
    "movedim": lambda x: x.movedim(0, -1),
    "view": lambda x: x.view(3, 2),
    "view_as": lambda x: x.view_as(x),
    "reshape": lambda x: x.reshape(-1),
    "flatten": lambda x: x.flatten(),
    "unflatten": lambda x: x.unflatten(1, (3, 1)),
    "ravel": lambda x: x.ravel(),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "squeeze": lambda x: x.unsqueeze(1).squeeze(),
    "diagonal": lambda x: x.diagonal(),
    "diagonal beside": lambda x: x.diagonal(1),
    "unfold": lambda x: x.unfold(1, 1, 2),
    "unfold rows": lambda x: x.unfold(0, 2, 2),
    "overlapping windows": lambda x: x.unfold(1, 2, 1),
    "expand": lambda x: x.unsqueeze(0).expand(2, 2, 3),
    "expand to itself": lambda x: x.expand(2, 3),
    "expand_as": lambda x: x[:1].expand_as(x),
    "broadcast_to": lambda x: x[0].broadcast_to(2, 3),
    "as_strided": lambda x: x.as_strided((2, 2), (3, 1), 1),
    "chunk": lambda x: x.chunk(2)[1],
    "split": lambda x: x.split(1, 1)[2],
    "unbind": lambda x: x.unbind()[1],
    "tensor_split": lambda x: x.tensor_split(2)[0],
    "hsplit": lambda x: x.hsplit(3)[1],
    "vsplit": lambda x: x.vsplit(2)[1],
    "detach": lambda x: x.detach(),
    "data": lambda x: x.data,
    "view of a view": lambda x: x[1:].t()[0],
    "contiguous": lambda x: x.contiguous(),
    "to": lambda x: x.to(x.dtype),
    "type_as": lambda x: x.type_as(x),
}
WRITES: dict[str, Callable[[Any, Any], Any]] = {
    "zero_": lambda m, x: x.zero_(),
    "fill_": lambda m, x: x.fill_(5),
    "add_": lambda m, x: x.add_(1),
    "mul_ itself": lambda m, x: x.mul_(x),
    "square_": lambda m, x: x.square_(),
    "clamp_": lambda m, x: x.clamp_(1, 3),
    "copy_": lambda m, x: x.copy_(m.ones(x.shape) * 3),
    "masked_fill_": lambda m, x: x.masked_fill_(x > 2, 7),
    "index_fill_": lambda m, x: x.index_fill_(0, m.tensor([0]), 7),
    "index_add_": lambda m, x: x.index_add_(0, m.tensor([0]), m.ones((1, *x.shape[1:]))),
    "x[0]": lambda m, x: x.__setitem__(0, 7),
    "x[..., -1]": lambda m, x: x.__setitem__((..., -1), m.tensor(7.0)),
    "x[[0]]": lambda m, x: x.__setitem__([0], 7),
    "x[mask]": lambda m, x: x.__setitem__(x > 2, 7),
    "x[0] +=": lambda m, x: x[0].add_(1),
    "by grad": lambda m, x: x.add_(m.ones((), requires_grad=True)),
}


def outcome(m: Any, view: Any, write: Any, of_base: bool, grad: bool) -> Any:
    leaf = m.arange(6.0).reshape(2, 3).requires_grad_(grad)
    x = leaf * 1
    y = view(x)
    try:
        write(m, x if of_base else y)
        seen = x.tolist(), y.tolist(), x.requires_grad
        if grad:
            (x * x).sum().backward(retain_graph=True)
            seen += (leaf.grad.tolist(), y.requires_grad)
            (y * y).sum().backward()
            seen += (leaf.grad.tolist(),)
        return seen
    except (RuntimeError, IndexError) as error:
        return type(error)


@pytest.mark.filterwarnings("ignore:Use of .* on expanded tensors:UserWarning")
@pytest.mark.parametrize("grad", [False, True], ids=["numbers", "graph"])
@pytest.mark.parametrize("of_base", [False, True], ids=["view written", "base written"])
@pytest.mark.parametrize("write", WRITES)
def test_writes_reach_base_and_view(write: str, of_base: bool, grad: bool) -> None:
    for name, view in VIEWS.items():
        if name == "overlapping windows" and not of_base:  # of those elements torch writes some twice
            continue
        ours, theirs = (outcome(m, view, WRITES[write], of_base, grad) for m in (minigrad, torch))
        assert ours == theirs, name


OVERLAPPING: dict[str, Callable[[Any, Any], Any]] = {
    "relu": lambda m, windows: windows.relu_(),
    "fill": lambda m, windows: windows.fill_(3.0),
    "zero": lambda m, windows: windows.zero_(),
    "copy": lambda m, windows: windows.copy_(m.arange(9.0).reshape(3, 3)),
    "masked": lambda m, windows: windows.masked_fill_(m.ones(3, 3, dtype=m.bool), 2.0),
    "some": lambda m, windows: windows.index_fill_(0, m.tensor([0, 1]), 2.0),
    "some by index": lambda m, windows: windows.__setitem__(m.tensor([0, 1]), 2.0),
    "clamp": lambda m, windows: windows.clamp_(1.0, 2.0),
}


@pytest.mark.parametrize("write", OVERLAPPING)
@pytest.mark.parametrize("first", [1.0, float("nan")])
def test_a_shared_element_of_windows_has_one_gradient(write: str, first: float) -> None:
    seen = []
    for m in (minigrad, torch):
        x = m.tensor([first, 1.0, -2.0, 3.0, 4.0], requires_grad=True)
        y = x * 1
        OVERLAPPING[write](m, y.unfold(0, 3, 1))
        (y * m.arange(5.0)).sum().backward()
        seen.append((str(y.tolist()), x.grad.tolist()))
    assert seen[0] == seen[1]


def test_windows_that_overlap_are_multiplied_once() -> None:  # torch: as often as there are windows
    x = minigrad.arange(5.0, requires_grad=True)
    y = x * 1
    y.unfold(0, 3, 1).mul_(2)
    y.sum().backward()
    assert y.tolist() == [0, 2, 4, 6, 8] and x.grad.tolist() == [2, 2, 2, 2, 2]


ALL_NUMBERS = {"float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"}


@pytest.mark.parametrize("dtype", sorted(ALL_NUMBERS))
def test_a_write_reaches_the_base_in_every_dtype(dtype: str) -> None:
    for name, view in VIEWS.items():
        seen = []
        for m in (minigrad, torch):
            x = m.zeros(2, 3, dtype=getattr(m, dtype))
            y = view(x)
            try:
                y.fill_(1)
                x[0, 0] = 0
            except RuntimeError as error:
                seen.append(type(error))
            else:
                seen.append((x.tolist(), y.tolist(), y._version, y.data_ptr() - x.data_ptr()))
        assert seen[0] == seen[1], name
