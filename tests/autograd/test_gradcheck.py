"""gradcheck accepts right gradients, names wrong ones; anomaly detection names the line of a nan; Variable."""

from __future__ import annotations

from typing import Any

import pytest


def leaf(torch: Any, *values: float) -> Any:
    return torch.tensor(values or (1.0, 2.0), dtype=torch.float64, requires_grad=True)


def wrong(torch: Any) -> Any:
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 3

    return Wrong.apply


def test_right(torch: Any) -> None:
    assert torch.autograd.gradcheck(lambda x, y: (x * y, x.exp()), (leaf(torch), leaf(torch)))
    assert torch.autograd.gradgradcheck(lambda x: x * x.exp(), leaf(torch))
    assert torch.autograd.gradcheck(lambda x, k: x * k, (leaf(torch), 2.0), eps=1e-5, atol=1e-4, rtol=1e-4)


def test_wrong(torch: Any) -> None:
    with pytest.raises(torch.autograd.gradcheck.__globals__["GradcheckError"], match="Jacobian mismatch for output 0"):
        torch.autograd.gradcheck(wrong(torch), (leaf(torch),))
    assert not torch.autograd.gradcheck(wrong(torch), (leaf(torch),), raise_exception=False)
    assert not torch.autograd.gradgradcheck(lambda x: wrong(torch)(x) * x, (leaf(torch),), raise_exception=False)


def test_the_inputs_are_left_alone(torch: Any) -> None:
    x = leaf(torch, 0.1, 0.2)
    torch.autograd.gradcheck(lambda x: x * x, (x,))
    assert x.tolist() == [0.1, 0.2]
    assert x.grad is None


def test_nothing_to_check(torch: Any) -> None:
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        torch.autograd.gradcheck(lambda x: x * 2, (torch.tensor([1.0], dtype=torch.float64),))


def test_grad_outputs(torch: Any) -> None:
    v = leaf(torch, 1.0, -1.0)
    assert torch.autograd.gradgradcheck(lambda x: x * x * x, (leaf(torch),), (v,))


@pytest.mark.parametrize(
    "f",
    [
        lambda t, x: x,
        lambda t, x: (x, x),
        lambda t, x: x.view(-1),
        lambda t, x: x.view_as(x),
        lambda t, x: x.T,
        lambda t, x: x[0],
        lambda t, x: x.unbind(),
        lambda t, x: x.split(1, 1),
        lambda t, x: x.expand(2, *x.shape),
        lambda t, x: x.contiguous().unsqueeze(0),
        lambda t, x: t.atleast_1d(x),
        lambda t, x: t.nn.Flatten(0)(x),
        lambda t, x: t.nn.Identity()(x),
        lambda t, x: t.nn.functional.dropout(x, 0.5, training=False),
        lambda t, x: x.clone().mul_(3),
    ],
)
def test_outputs_that_look_at_the_input(torch: Any, f: Any) -> None:
    x = torch.tensor([[1.0, 2.0], [0.5, -1.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: f(torch, x), x)
    assert torch.autograd.gradgradcheck(lambda x: f(torch, x), x)
    assert x.tolist() == [[1.0, 2.0], [0.5, -1.0]]


def test_float32_is_warned_of(torch: Any) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
        assert torch.autograd.gradcheck(lambda x: x * 2, (x,), eps=1e-3, atol=1e-2)
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="Jacobian mismatch for output 0"):
        torch.autograd.gradcheck(lambda x: x.exp(), (x,), atol=1e-6, rtol=1e-6)


def test_elements_that_share_their_memory(torch: Any) -> None:
    x = torch.ones(1, dtype=torch.float64).expand(3).requires_grad_()
    with pytest.raises(RuntimeError, match="The 0th input has a dimension with stride 0"):
        torch.autograd.gradcheck(lambda x: x * 2, (x,))


def test_a_function_that_leaves_the_graph(torch: Any) -> None:
    assert torch.autograd.gradcheck(lambda x: x.detach() * 0, (leaf(torch),))
    assert torch.autograd.gradcheck(lambda x: (x * 2, x.detach()), (leaf(torch),))
    with pytest.raises(RuntimeError, match="Numerical gradient for function expected to be zero"):
        torch.autograd.gradcheck(lambda x: x.detach() * 2, (leaf(torch),))


# ---- anomaly detection ----


def zero_times_infinity(torch: Any) -> Any:
    x = leaf(torch, 0.0)
    return (x.sqrt() * 0).sum()


def test_a_nan_names_the_op(torch: Any) -> None:
    with pytest.warns(UserWarning) as warned, torch.autograd.detect_anomaly():
        y = zero_times_infinity(torch)
        with pytest.raises(RuntimeError, match=r"'SqrtBackward0' returned nan values in its 0th output") as error:
            y.backward()
    told = str(error.value) + "".join(str(w.message) for w in warned)
    assert "Anomaly Detection has been enabled" in told
    assert "zero_times_infinity" in told
    assert "return (x.sqrt() * 0).sum()" in told


def test_anomaly_detection_ends_with_its_block(torch: Any) -> None:
    with torch.autograd.set_detect_anomaly(True):
        pass
    zero_times_infinity(torch).backward()
    torch.autograd.set_detect_anomaly(True, check_nan=False)
    try:
        zero_times_infinity(torch).backward()
    finally:
        torch.autograd.set_detect_anomaly(False)


def test_a_stale_value_names_the_forward_line_and_the_write() -> None:
    import minigrad

    with minigrad.autograd.set_detect_anomaly(True):
        x = leaf(minigrad) * 1
        y = x * x
        x.add_(1.0)
        with pytest.raises(RuntimeError) as error:
            y.sum().backward()
    assert "y = x * x" in str(error.value)
    assert "add_ at" in str(error.value)
    assert "test_gradcheck.py" in str(error.value)


# ---- Variable ----


def test_variable(torch: Any) -> None:
    variable = torch.autograd.Variable
    data = torch.tensor([1.0, 2.0])
    w = variable(data, requires_grad=True)
    assert w.requires_grad
    assert not data.requires_grad
    assert isinstance(w, variable)
    assert isinstance(data, variable)
    assert not isinstance(3, variable)
    w.detach().add_(1.0)
    assert data.tolist() == [2.0, 3.0]
    with pytest.raises(TypeError, match="Variable data has to be a tensor"):
        variable([1.0])
