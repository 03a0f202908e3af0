"""The generic suite of layers: every row of the table, asked of both engines.

One layer: ``pytest tests/nn -k "Linear-"`` (a row is called name-number).
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch

import minigrad
from reference_torch.oracle import as_array, cotangent, flatten
from tests.nn.layer import C, Layer
from tests.shared import rows_of

ROWS = rows_of("nn/layers_*.py")


def rows(keep: Any = lambda row: True) -> Any:
    kept = [row for row in ROWS if keep(row)]
    return pytest.mark.parametrize("row", kept, ids=[f"{row.name}-{k}" for k, row in enumerate(kept)])


def tensors(torch: ModuleType, value: Any, made: list[Any], differentiate: bool) -> Any:
    """``value`` with its arrays turned into tensors, the floating ones collected in ``made``."""
    if isinstance(value, np.ndarray):
        t = torch.from_numpy(np.array(value))
        if differentiate and value.dtype == np.float64:
            made.append(t.requires_grad_())
        return t
    if isinstance(value, (list, tuple)):
        return type(value)([tensors(torch, v, made, differentiate) for v in value])
    return value


def build(torch: ModuleType, row: Layer) -> Any:
    torch.manual_seed(3)
    as_float32 = lambda v: v.astype(np.float32) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
    args = [tensors(torch, as_float32(v), [], False) for v in row.build.args]
    kwargs = {k: tensors(torch, as_float32(v), [], False) for k, v in row.build.kwargs.items()}
    return getattr(torch.nn, row.name)(*args, **kwargs)


def state(module: Any) -> dict[str, Any]:
    return {k: as_array(v) for k, v in module.state_dict().items()}


def same_state(ours: Any, theirs: Any, rtol: float) -> None:
    a, b = state(ours), state(theirs)
    assert list(a) == list(b)
    for key, value in b.items():
        assert (a[key].shape, a[key].dtype) == (value.shape, value.dtype), key
        np.testing.assert_allclose(a[key], value, rtol=rtol, atol=rtol / 10, err_msg=key)


@rows()
def test_a_new_layer(row: Layer) -> None:
    """First weights, printed form, names and shapes; the stream is left where torch leaves it."""
    ours, theirs = build(minigrad, row), build(_torch, row)
    assert repr(ours) == repr(theirs)
    same_state(ours, theirs, 1e-6)
    assert [k for k, _ in ours.named_parameters()] == [k for k, _ in theirs.named_parameters()]
    assert [k for k, _ in ours.named_buffers()] == [k for k, _ in theirs.named_buffers()]
    np.testing.assert_array_equal(minigrad.rand(3).numpy(), _torch.rand(3).numpy())


def answers(torch: ModuleType, row: Layer, module: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of everything a program can see of the calls, first in training, then in evaluation."""
    torch.manual_seed(4)
    for mode in ("training",) * 2 + ("evaluation",):
        module.train(mode == "training")
        for call in row.calls:
            made: list[Any] = []
            args = tensors(torch, call.args, made, True)
            kwargs = {k: tensors(torch, v, made, True) for k, v in call.kwargs.items()}
            outputs = list(flatten(module(*args, **kwargs)))
            for k, y in enumerate(outputs):
                yield f"output {k} of {call} in {mode}", as_array(y)
            ends = [y for y in outputs if getattr(y, "requires_grad", False)]
            wanted = [*made, *module.parameters()]
            if ends and wanted:
                seeds = [torch.from_numpy(cotangent(tuple(y.shape), k)) for k, y in enumerate(ends)]
                gradients = torch.autograd.grad(ends, wanted, seeds, allow_unused=True, materialize_grads=True)
                for k, g in enumerate(gradients):
                    yield f"gradient {k} of {call} in {mode}", as_array(g)
            for key, value in state(module).items():
                yield f"{key} after {call} in {mode}", value


@rows(lambda row: row.calls)
def test_calls(row: Layer) -> None:
    """Values, gradients of inputs and parameters, and buffers, call after call."""
    ours, theirs = build(minigrad, row).double(), build(_torch, row).double()
    ours.load_state_dict({k: minigrad.from_numpy(v) for k, v in state(theirs).items()})
    for (what, a), (_, b) in zip(answers(minigrad, row, ours), answers(_torch, row, theirs), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype), what
        np.testing.assert_allclose(a, b, rtol=row.rtol, atol=row.rtol / 10, err_msg=what)
    np.testing.assert_array_equal(minigrad.rand(3).numpy(), _torch.rand(3).numpy())


def test_every_layer_has_a_row() -> None:
    """Containers have their own tests; bases are not built."""
    others = {"Module", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
    others |= {"RNNBase", "RNNCellBase"}
    others |= {"TransformerEncoder", "TransformerDecoder"}  # made of a layer: see test_transformer.py
    classes = {n for n, c in vars(minigrad.nn).items() if isinstance(c, type) and issubclass(c, minigrad.nn.Module)}
    assert sorted(classes - others - {row.name for row in ROWS}) == [], "layers without a row in tests/nn/layers_*.py"


def test_the_printed_form_of_a_call() -> None:
    assert repr(C(np.zeros((2, 3)), 1, bias=False)) == "(float64[2, 3], 1, bias=False)"
