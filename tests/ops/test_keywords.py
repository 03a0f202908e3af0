"""torch's names of arguments: input, other, and what may also be given one by one (size, shape, dims, repeats)."""

from __future__ import annotations

from typing import Any

import pytest
import torch as pytorch

import minigrad


def x(m: Any) -> Any:
    return m.arange(1.0, 7.0).reshape(2, 3)


CALLS: dict[str, Any] = {
    "zeros": lambda m: m.zeros(size=(2, 3)),
    "ones": lambda m: m.ones(size=[2, 3]),
    "empty": lambda m: m.empty(size=(2, 3)).zero_(),
    "rand": lambda m: m.rand(size=(2, 3)) * 0,
    "randn": lambda m: m.randn(size=(2, 3)) * 0,
    "full": lambda m: m.full(size=(2, 3), fill_value=1.5),
    "new_zeros": lambda m: x(m).new_zeros(size=(2,)),
    "new_ones": lambda m: x(m).new_ones(size=(2,)),
    "view": lambda m: x(m).view(size=(3, 2)),
    "reshape": lambda m: m.reshape(input=x(m), shape=(3, 2)),
    "reshape method": lambda m: x(m).reshape(shape=(-1,)),
    "permute": lambda m: m.permute(x(m), dims=(1, 0)),
    "permute method": lambda m: x(m).permute(dims=(1, 0)),
    "expand": lambda m: x(m).expand(size=(2, 2, 3)),
    "broadcast_to": lambda m: m.broadcast_to(input=x(m), size=(2, 2, 3)),
    "flip": lambda m: m.flip(x(m), dims=[0]),
    "flip method": lambda m: x(m).flip(dims=(1,)),
    "repeat": lambda m: x(m).repeat(repeats=(2, 1)),
    "tile": lambda m: m.tile(input=x(m), dims=(2,)),
    "squeeze": lambda m: m.squeeze(input=x(m)[:1], dim=0),
    "unsqueeze": lambda m: m.unsqueeze(input=x(m), dim=0),
    "flatten": lambda m: m.flatten(input=x(m), start_dim=0),
    "unflatten": lambda m: m.unflatten(input=x(m), dim=1, sizes=(1, 3)),
    "transpose": lambda m: m.transpose(input=x(m), dim0=0, dim1=1),
    "movedim": lambda m: m.movedim(input=x(m), source=0, destination=1),
    "split": lambda m: m.split(tensor=x(m), split_size_or_sections=1, dim=1)[2],
    "chunk": lambda m: m.chunk(input=x(m), chunks=2)[1],
    "unbind": lambda m: m.unbind(input=x(m), dim=1)[2],
    "narrow": lambda m: m.narrow(input=x(m), dim=1, start=1, length=2),
    "select": lambda m: m.select(input=x(m), dim=1, index=1),
    "clone": lambda m: m.clone(input=x(m)),
    "zeros_like": lambda m: m.zeros_like(input=x(m)),
    "numel": lambda m: m.tensor(m.numel(input=x(m))),
    "exp": lambda m: m.exp(input=x(m)),
    "sigmoid": lambda m: m.sigmoid(input=x(m)),
    "abs": lambda m: m.abs(input=-x(m)),
    "mul": lambda m: m.mul(input=x(m), other=x(m)),
    "mul method": lambda m: x(m).mul(other=2),
    "maximum": lambda m: m.maximum(input=x(m), other=x(m) + 1),
    "eq": lambda m: m.eq(input=x(m), other=3),
    "logical_and": lambda m: m.logical_and(input=x(m), other=x(m)),
    "gather": lambda m: m.gather(input=x(m), dim=1, index=m.tensor([[2], [0]])),
    "softmax": lambda m: m.softmax(input=x(m), dim=1),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_names_of_arguments(call: Any) -> None:
    ours, theirs = call(minigrad), call(pytorch)
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert ours.dtype.__repr__() == repr(theirs.dtype)
    assert ours.flatten().tolist() == pytest.approx(theirs.flatten().tolist(), rel=1e-6)


@pytest.mark.parametrize("m", [minigrad, pytorch], ids=["minigrad", "torch"])
def test_unknown_names_are_refused(m: Any) -> None:
    for call in (lambda: m.exp(inputs=x(m)), lambda: x(m).view(sizes=(6,)), lambda: m.zeros(shape=(2,))):
        with pytest.raises(TypeError):
            call()
