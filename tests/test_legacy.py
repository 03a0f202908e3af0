"""Spellings of older programs, names that are not there, limits of types, switches: all asked of both engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch as pytorch

import minigrad

TYPES = ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool")


@pytest.fixture(autouse=True)
def _default_type() -> Iterator[None]:
    yield
    for engine in (pytorch, minigrad):
        engine.set_default_dtype(engine.float32)


@pytest.mark.parametrize(
    "args", [(2, 3), (2,), (), ((2, 3),), ([1.5, 2],), ([],), ([True, False],), (range(3),)], ids=repr
)
@pytest.mark.parametrize("name", ["Tensor", "FloatTensor", "LongTensor", "DoubleTensor", "ByteTensor", "BoolTensor"])
def test_constructors(name: str, args: Any) -> None:
    ours, theirs = getattr(minigrad, name)(*args), getattr(pytorch, name)(*args)
    assert type(ours) is minigrad.Tensor
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert ours.type() == theirs.type()
    if args and not isinstance(args[0], int):
        assert ours.tolist() == theirs.tolist()


def test_what_is_shared(torch: Any) -> None:
    for a, first in ((np.ones(2, np.float32), 5.0), (np.ones(2), 1.0)):
        x = torch.Tensor(a)
        a[0] = 5
        assert x.tolist() == [first, 1.0]
    leaf = torch.ones(2, requires_grad=True)
    y = torch.FloatTensor(leaf)
    assert y.grad_fn.name().endswith("AliasBackward0")
    assert y.data_ptr() == leaf.data_ptr()
    y.sum().backward()
    assert leaf.grad.tolist() == [1.0, 1.0]
    assert torch.Tensor(torch.Size([2, 3])).shape == (2, 3)


def test_the_default_type(torch: Any) -> None:
    torch.set_default_dtype(torch.float64)
    assert torch.Tensor([1]).dtype == torch.float64
    with pytest.warns(UserWarning, match="deprecated"):
        torch.set_default_tensor_type("torch.FloatTensor")
    assert torch.Tensor([1]).dtype == torch.float32


def test_set_default_tensor_type_takes_a_class() -> None:
    with pytest.warns(UserWarning, match="deprecated"):
        minigrad.set_default_tensor_type(minigrad.DoubleTensor)
    assert minigrad.get_default_dtype() is minigrad.float64
    with pytest.warns(UserWarning, match="deprecated"), pytest.raises(TypeError, match="floating-point"):
        minigrad.set_default_tensor_type(minigrad.LongTensor)


@pytest.mark.parametrize("args", [(3.5,), ("ab",), (True,), (None,), (np.float32(2),), (2.0, 3), ({},)], ids=repr)
def test_no_sizes_and_no_numbers(torch: Any, args: Any) -> None:
    with pytest.raises(TypeError):
        torch.Tensor(*args)


def test_bad_sizes_and_types(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        torch.Tensor(2, -1)
    with pytest.raises(ValueError):
        torch.Tensor([[1, 2], [3]])
    with pytest.raises(TypeError, match="expected"):
        torch.LongTensor(torch.ones(2))


def test_a_type_looks_like_a_class(torch: Any) -> None:
    assert isinstance(torch.ones(2), torch.FloatTensor)
    assert isinstance(torch.nn.Parameter(torch.ones(2)), torch.FloatTensor)
    assert not isinstance(torch.ones(2), torch.LongTensor)
    assert not isinstance(3, torch.FloatTensor)
    assert repr(torch.LongTensor) == f"<class '{torch.__name__}.LongTensor'>"
    assert torch.LongTensor.dtype is torch.int64
    assert torch.ones(2).type(torch.LongTensor).dtype is torch.int64
    assert torch.ones(2).type("torch.DoubleTensor").dtype is torch.float64


def test_a_name_that_is_not_there() -> None:
    for owner in (minigrad, minigrad.nn, minigrad.nn.functional, minigrad.optim):
        with pytest.raises(AttributeError, match="has no attribute 'nonsense_name'"):
            owner.nonsense_name  # noqa: B018
        assert not hasattr(owner, "_nonsense")
    with pytest.raises(AttributeError, match="the nearest it has is 'Linear'"):
        minigrad.nn.Lineer  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'nonsense'"):
        from minigrad import nonsense  # noqa: F401


@pytest.mark.parametrize("name", TYPES)
def test_limits(name: str) -> None:
    ours, theirs = getattr(minigrad, name), getattr(pytorch, name)
    for kind, attributes in (
        ("finfo", "bits eps max min tiny smallest_normal resolution dtype"),
        ("iinfo", "bits max min dtype"),
    ):
        try:
            expected = getattr(pytorch, kind)(theirs)
        except TypeError:
            with pytest.raises(TypeError, match="input type"):
                getattr(minigrad, kind)(ours)
            continue
        limits = getattr(minigrad, kind)(ours)
        assert repr(limits) == repr(expected)
        for attribute in attributes.split():
            assert getattr(limits, attribute) == getattr(expected, attribute)


@pytest.mark.parametrize("a", TYPES)
@pytest.mark.parametrize("b", TYPES)
def test_two_types(a: str, b: str) -> None:
    ours, theirs = [[getattr(engine, name) for name in (a, b)] for engine in (minigrad, pytorch)]
    assert repr(minigrad.promote_types(*ours)) == repr(pytorch.promote_types(*theirs))
    assert minigrad.can_cast(*ours) == pytorch.can_cast(*theirs)
    for shapes in ((2, 2), (2, ()), ((), 2)):
        of = lambda engine, types: [engine.ones(s, dtype=t) for s, t in zip(shapes, types, strict=True)]  # noqa: B023
        assert repr(minigrad.result_type(*of(minigrad, ours))) == repr(pytorch.result_type(*of(pytorch, theirs)))


def test_questions(torch: Any) -> None:
    assert torch.is_floating_point(torch.ones(1)) and not torch.is_floating_point(torch.tensor([1]))
    assert not torch.is_complex(torch.ones(1))
    assert torch.is_nonzero(torch.tensor([2])) and not torch.is_nonzero(torch.tensor(0.0))
    with pytest.raises(RuntimeError, match="ambiguous"):
        torch.is_nonzero(torch.ones(2))
    with pytest.raises(TypeError, match="must be Tensor, not int"):
        torch.is_floating_point(3)
    assert torch.typename(torch.ones(1)) == "torch.FloatTensor"
    assert torch.typename(3) == torch.typename(int) == "int"
    assert torch.result_type(torch.ones(2), 1) is torch.float32


def test_threads() -> None:
    before = minigrad.get_num_threads()
    assert before >= 1
    minigrad.set_num_threads(1)
    assert minigrad.get_num_threads() == 1
    minigrad.set_num_threads(before)


def test_bad_threads(torch: Any) -> None:
    with pytest.raises(RuntimeError, match="expects a positive integer"):
        torch.set_num_threads(0)
    with pytest.raises(RuntimeError, match="expects an int, but got str"):
        torch.set_num_threads("2")


def test_no_gpu() -> None:
    assert not minigrad.cuda.is_available()
    assert minigrad.cuda.device_count() == 0
    device = minigrad.device("cuda" if minigrad.cuda.is_available() else "cpu")
    assert minigrad.ones(1).to(device).tolist() == [1.0]
    minigrad.cuda.manual_seed_all(0)
    for refused in (minigrad.cuda.synchronize, minigrad.cuda.current_device, minigrad.cuda.get_device_name):
        with pytest.raises(RuntimeError, match="on the CPU only"):
            refused()
    minigrad.backends.cudnn.benchmark = False
    assert not minigrad.backends.mps.is_available()


def test_the_number_first() -> None:
    """``p.data.add_(-lr, p.grad.data)``, as before torch 1.5."""
    pytorch.set_warn_always(True)
    for engine in (pytorch, minigrad):
        x, y = engine.full((2,), 2.0), engine.full((2,), 3.0)
        for call, expected in (
            (lambda: x.add(-2, y), -4.0),  # noqa: B023
            (lambda: engine.add(x, 0.5, y), 3.5),  # noqa: B023
            (lambda: engine.sub(x, 2, y), -4.0),  # noqa: B023
            (lambda: x.addcmul(0.5, y, y), 6.5),  # noqa: B023
            (lambda: x.addcdiv(0.5, y, x), 2.75),  # noqa: B023
            (lambda: x.clone().add_(2, y), 8.0),  # noqa: B023
            (lambda: x.clone().addcmul_(2, y, y), 20.0),  # noqa: B023
        ):
            with pytest.warns(UserWarning, match="This overload of .* is deprecated"):
                assert call().tolist() == [expected, expected]
    pytorch.set_warn_always(False)


def test_too_many_numbers(torch: Any) -> None:
    x = torch.ones(2)
    for wrong in (lambda: x.add(x, 2), lambda: x.add(2, x, x), lambda: x.addcmul(x, x, x)):
        with pytest.raises(TypeError):
            wrong()


def test_upsample_is_interpolate(torch: Any) -> None:
    x = torch.tensor([[[[1.0, 2.0]]]])
    with pytest.warns(UserWarning, match="`nn.functional.upsample` is deprecated"):
        y = torch.nn.functional.upsample(x, scale_factor=(1, 2), mode="bilinear", align_corners=True)
    assert y.round(decimals=4).tolist() == x.new_tensor([[[[1, 4 / 3, 5 / 3, 2]]]]).round(decimals=4).tolist()


@pytest.mark.filterwarnings("ignore:volatile was removed")
def test_volatile(torch: Any) -> None:
    x = torch.ones(2)
    old = torch.autograd.Variable(x, volatile=True)
    assert not old.requires_grad and not old.volatile and torch.autograd.Variable().shape == (0,)
    with pytest.raises(ValueError, match="Variable can't be volatile and require_grad at the same time!"):
        torch.autograd.Variable(x, requires_grad=True, volatile=True)
    with pytest.warns(UserWarning, match="volatile was removed and now has no effect"):
        torch.autograd.Variable(x, volatile=True)
    with pytest.warns(UserWarning, match="volatile was removed and now has no effect"):
        x.volatile = True
    with pytest.warns(UserWarning, match="always False"):
        assert x.volatile is False
