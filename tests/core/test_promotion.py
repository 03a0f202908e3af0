"""What types meet as, and what Python's and NumPy's numbers may do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch as reference
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad.core.op import OPS

TYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
OPERAND = st.one_of(
    st.tuples(st.sampled_from(TYPES), st.sampled_from([(), (1,), (2, 1)])),
    st.sampled_from([True, 3, 2.5]),
)


def make(torch: Any, operand: Any) -> Any:
    if not isinstance(operand, tuple):
        return operand
    name, shape = operand
    return torch.tensor(np.ones(shape).tolist(), dtype=getattr(torch, name))


@given(OPERAND, OPERAND, st.sampled_from(["mul", "add", "sub"]))
def test_types_meet_as_in_torch(x: Any, y: Any, op: str) -> None:
    if not isinstance(x, tuple) and not isinstance(y, tuple):
        return
    call = {"mul": lambda a, b: a * b, "add": lambda a, b: a + b, "sub": lambda a, b: a - b}[op]
    try:
        expected = str(call(make(reference, x), make(reference, y)).dtype)
    except RuntimeError as error:  # subtraction of booleans
        with pytest.raises(type(error)):
            call(make(minigrad, x), make(minigrad, y))
        return
    assert str(call(make(minigrad, x), make(minigrad, y)).dtype) == expected


def test_a_python_number_does_not_promote(torch: Any) -> None:
    x = torch.tensor([1.0], dtype=torch.float32)
    assert (x * 2.0).dtype == torch.float32
    assert (2 * x).dtype == torch.float32
    assert (torch.tensor([1], dtype=torch.int32) * 2).dtype == torch.int32
    assert (torch.tensor([1]) * 2.0).dtype == torch.float32


def products(torch: Any, dtype: str) -> list[str]:
    x = torch.tensor([1, 2]).to(getattr(torch, dtype))
    numbers = (0.0, -0.0, 0, 1, 1.0, 0.1, 16777217, 1e300, float("nan"), float("inf"))
    results = [y for n in numbers for y in (x * n, n * x, x + n, x / n, n - x, -0.0 * x / n)]
    return [repr((y, torch.signbit(y))) for y in results]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_a_number_is_not_taken_for_an_equal_one_seen_before(dtype: str) -> None:
    assert products(minigrad, dtype) == products(reference, dtype)


def test_the_gradient_is_cast_back(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    y = torch.tensor([[3.0], [4.0]], dtype=torch.float64, requires_grad=True)
    z = x * y
    assert z.dtype == torch.float64
    z.sum().backward()
    assert (x.grad.dtype, y.grad.dtype) == (torch.float32, torch.float64)
    assert x.grad.tolist() == [7.0, 7.0]
    assert y.grad.tolist() == [[3.0], [3.0]]


def test_zero_dimensions_stay_tensors() -> None:
    x = minigrad.tensor(2.0, requires_grad=True)
    y = x * x
    assert isinstance(y.array, np.ndarray)
    assert y.array.dtype == np.float32
    y.backward()
    assert isinstance(x.grad.array, np.ndarray)
    assert x.grad.array.shape == ()


def test_an_array_times_a_tensor_is_a_tensor() -> None:
    x = minigrad.tensor([1.0, 2.0], requires_grad=True)
    y = np.array([3.0, 4.0], np.float32) * x
    assert isinstance(y, minigrad.Tensor)
    y.sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]
    assert isinstance(np.float32(2.0) * x, minigrad.Tensor)


def test_numpy_refuses_what_requires_a_gradient(torch: Any) -> None:
    x = torch.tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="Can't call numpy"):
        x.numpy()
    assert x.detach().numpy().tolist() == [1.0]


def test_shapes_that_do_not_broadcast(torch: Any) -> None:
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0, 3.0])
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        x * y


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.ufunc is not None], ids=lambda op: op.name)
@np.errstate(invalid="ignore")
def test_an_op_that_says_it_is_a_ufunc_is_one(op: Any) -> None:
    for kind in (np.float32, np.float64):
        operands = np.random.default_rng(0).random((op.ufunc.nin, 5)).astype(kind)
        np.testing.assert_array_equal(op.forward(*operands), op.ufunc(*operands))
