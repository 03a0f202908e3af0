"""What a tensor answers about itself, Python's protocols, and renaming in place: each asked of both engines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch as pytorch

import minigrad
from tests.shared import builtin

TYPES = ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool")


def outcome(torch: Any, ask: Callable[[Any], Any]) -> Any:
    """What came out, in words that both engines share; or Python's class of the error."""
    try:
        answer = ask(torch)
    except Exception as error:
        return builtin(error)
    if isinstance(answer, torch.Tensor):
        return answer.shape == (), tuple(answer.shape), str(answer.dtype), answer.tolist(), answer.requires_grad
    if isinstance(answer, np.ndarray):
        return answer.dtype, answer.tolist()
    return answer if isinstance(answer, (bool, int, float, complex, str, tuple, type(None))) else str(answer)


def x(m: Any) -> Any:
    return m.arange(6.0).reshape(2, 3)


ONE = {m: x(m) for m in (minigrad, pytorch)}


def X(m: Any) -> Any:
    """The same tensor every time, which nobody may write."""
    return ONE[m]


def leaf(m: Any) -> Any:
    return m.ones(2, requires_grad=True)


QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "device": lambda m: x(m).device,
    "layout": lambda m: x(m).layout,
    "layout is": lambda m: x(m).layout is m.strided,
    "get_device": lambda m: x(m).get_device(),
    "on": lambda m: tuple(getattr(x(m), f"is_{where}") for where in ("cpu", "cuda", "mps", "meta", "xpu", "xla")),
    "kept": lambda m: tuple(getattr(x(m), f"is_{how}") for how in ("sparse", "quantized", "mkldnn", "nested")),
    "asked": lambda m: tuple(getattr(x(m), f"is_{what}")() for what in ("conj", "neg", "shared", "distributed")),
    "old": lambda m: (x(m).name, x(m).output_nr),
    "ndimension": lambda m: x(m).ndimension(),
    "dim_order": lambda m: x(m).t().dim_order(),
    "same size": lambda m: (x(m).is_same_size(x(m)), x(m).is_same_size(x(m).t())),
    "set to": lambda m: tuple(X(m).is_set_to(y) for y in (X(m), X(m).view(2, 3), X(m).t(), X(m).clone())),
    "base": lambda m: (X(m)[0]._base is X(m)._base, m.zeros(1)._base, X(m)[0]._is_view(), m.zeros(1)._is_view()),
    "real": lambda m: X(m).real is X(m) and X(m).conj() is X(m) and X(m).resolve_conj() is X(m),
    "imag": lambda m: x(m).imag,
    "adjoint": lambda m: x(m).adjoint(),
    "mH": lambda m: x(m).mH,
    "size": lambda m: (x(m).size(-1), x(m).size(dim=0)),
    "no size": lambda m: x(m).size(2),
    "no size of none": lambda m: m.tensor(1.0).size(0),
    "storage": lambda m: (x(m).untyped_storage().nbytes(), len(x(m)[0].untyped_storage())),
    "shared storage": lambda m: X(m)[1].untyped_storage().data_ptr() == X(m).untyped_storage().data_ptr(),
    "share": lambda m: x(m).share_memory_(),
    "len": lambda m: len(x(m)),
    "no len": lambda m: len(m.tensor(1.0)),
    "float": lambda m: (float(x(m)[0, 2]), int(x(m)[1, 0]), complex(m.tensor([2])), bool(m.tensor([0.5]))),
    "float of many": lambda m: float(x(m)),
    "int of many": lambda m: int(x(m)),
    "complex of none": lambda m: complex(m.zeros(0)),
    "int of nan": lambda m: int(m.tensor(float("nan"))),
    "item of many": lambda m: x(m).item(),
    "index": lambda m: "abc"[m.tensor(1)] + "abc"[m.tensor([[2]])],
    "index of float": lambda m: "abc"[m.tensor(1.0)],
    "index of many": lambda m: x(m).long().__index__(),
    "range": lambda m: tuple(range(m.tensor(3))),
    "format": lambda m: f"{x(m)[0, 1]:.2f} {m.tensor(3):3d} {m.tensor([1]).squeeze():>4}",
    "format all": lambda m: f"{x(m)}",
    "format many": lambda m: f"{x(m):.2f}",
    "in": lambda m: (1.0 in x(m), 7 in x(m), m.tensor(2) in x(m), True in x(m)),
    "str in": lambda m: "a" in x(m),
    "list in": lambda m: [1] in x(m),
    "reversed": lambda m: reversed(x(m)),
    "reversed 0-d": lambda m: reversed(m.tensor(1.0)),
    "list": lambda m: [v.tolist() for v in x(m)],
    "hash": lambda m: {X(m): 1}[X(m)],
    "bool of many": lambda m: bool(x(m)),
    "bool of none": lambda m: bool(m.zeros(0)),
    "nonzero": lambda m: x(m)[0, 1].is_nonzero(),
    "nonzero of many": lambda m: x(m).is_nonzero(),
    "tolist": lambda m: (m.tensor(2).tolist(), m.zeros(0, 2).tolist(), m.tensor([[True]]).tolist()),
    "apply": lambda m: x(m).apply_(lambda v: v * 2 + isinstance(v, float)),
    "apply to ints": lambda m: m.tensor([1, 2]).apply_(lambda v: v / 2 + 1),
    "apply to one": lambda m: m.tensor(3.0).apply_(lambda v: -v),
    "apply to none": lambda m: m.zeros(0).apply_(lambda v: -v),
    "apply to a leaf": lambda m: leaf(m).apply_(lambda v: v),
    "map": lambda m: x(m).map_(x(m).t().reshape(2, 3), lambda a, b: a - b),
    "map2": lambda m: x(m).map2_(x(m), x(m), lambda a, b, c: a * b + c),
    "array": lambda m: np.asarray(x(m)),
    "array of type": lambda m: np.asarray(x(m), np.int32),
    "array of a leaf": lambda m: np.asarray(leaf(m)),
    "numpy of a leaf": lambda m: leaf(m).numpy(),
    "numpy forced": lambda m: leaf(m).numpy(force=True),
    "dlpack": lambda m: np.from_dlpack(x(m)),
    "dlpack of a leaf": lambda m: np.from_dlpack(leaf(m)),
    "from dlpack": lambda m: m.from_dlpack(np.arange(3)),
    "new": lambda m: m.ones(1, dtype=m.float64).new([1, 2]),
    "new of sizes": lambda m: tuple(m.ones(1, dtype=m.int64).new(2, 3).shape),
    "new, no argument": lambda m: x(m).new(),
    "new_zeros": lambda m: m.ones(1, dtype=m.int64).new_zeros(2, 3),
    "new_full": lambda m: x(m).new_full((2,), 3),
    "new_tensor": lambda m: m.ones(1, dtype=m.int64).new_tensor([1.5]),
    "unsqueeze_": lambda m: x(m).unsqueeze_(1),
    "squeeze_": lambda m: m.ones(1, 2, 1).squeeze_(),
    "squeeze_ one": lambda m: m.ones(1, 2, 1).squeeze_(0),
    "transpose_": lambda m: x(m).transpose_(0, 1),
    "swapaxes_": lambda m: x(m).swapaxes_(0, 1),
    "t_": lambda m: x(m).t_(),
    "t_ of three": lambda m: m.ones(1, 2, 3).t_(),
    "unsqueeze_ a leaf": lambda m: leaf(m).unsqueeze_(0),
    "rmatmul": lambda m: x(m).__rmatmul__(x(m).t()),
    "detach_ a view": lambda m: (leaf(m) * 1)[:1].detach_(),
    "detach_": lambda m: (leaf(m) * 1).detach_(),
    "data": lambda m: leaf(m).data,
}  # fmt: skip


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_answers(ask: Callable[[Any], Any]) -> None:
    assert outcome(minigrad, ask) == outcome(pytorch, ask)


@pytest.mark.parametrize("kind", TYPES)
def test_sizes_of_types(kind: str) -> None:
    def ask(m: Any) -> Any:
        y = m.zeros(3, 2, dtype=getattr(m, kind))
        sizes = (y.element_size(), y.itemsize, y.nbytes, y[:1].nbytes)
        return *sizes, y.is_floating_point(), y.is_complex(), y.is_signed(), y.type()

    assert outcome(minigrad, ask) == outcome(pytorch, ask)


def test_data_is_swapped_in(torch: Any) -> None:
    w = leaf(torch)
    w.data = torch.zeros(3, dtype=torch.float64)
    assert w.is_leaf
    (w + 1).sum().backward()
    assert w.grad.dtype == torch.float64
    assert w.grad.tolist() == [1.0, 1.0, 1.0]
    w.data.add_(1.0)
    assert w.tolist() == [1.0, 1.0, 1.0]


def test_numpy_shares_memory(torch: Any) -> None:
    y = x(torch)
    y.numpy()[0, 0] = 7.0
    np.from_dlpack(y)[0, 1] = 8.0
    torch.from_dlpack(y)[0, 2] = 9.0
    assert y[0].tolist() == [7.0, 8.0, 9.0]


def test_the_other_engine_shares_memory() -> None:
    ours, theirs = x(minigrad), x(pytorch)
    pytorch.from_dlpack(ours)[0, 0] = 7.0
    minigrad.from_dlpack(theirs)[0, 0] = 7.0
    assert ours[0, 0] == 7.0
    assert theirs[0, 0] == 7.0


def test_renaming_in_place_stays_in_the_graph(torch: Any) -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (w * 3).unsqueeze_(0).transpose_(0, 1)
    assert y.shape == (2, 1)
    y.mul_(w[:, None])
    assert y.squeeze_() is y
    (y * torch.tensor([1.0, 10.0])).sum().backward()
    assert w.grad.tolist() == [6.0, 120.0]


def test_renaming_a_view_in_place(torch: Any) -> None:
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = w * 1
    row = y[0].unsqueeze_(1)
    row.mul_(5.0)
    y.sum().backward()
    assert w.grad.tolist() == [[5.0, 5.0], [1.0, 1.0]]


def test_as_strided_is_a_view(torch: Any) -> None:
    y = torch.zeros(5)
    y.as_strided((2, 2), (3, 1)).add_(1.0)
    assert y.tolist() == [1.0, 1.0, 0.0, 1.0, 1.0]


# ---- tensors that stand for numbers ----


@pytest.fixture
def _every_warning() -> Iterator[None]:
    pytorch.set_warn_always(True)
    yield
    pytorch.set_warn_always(False)


LISTS = {
    "ones": lambda m: m.tensor([m.ones(1, 1), m.ones(1)]),
    "nested": lambda m: m.tensor([[m.tensor(1), m.tensor(2)], [m.tensor(3), m.tensor(4)]]),
    "mixed": lambda m: m.tensor([m.tensor(1), 2.5]),
    "later": lambda m: m.tensor([1, m.tensor(2.5)]),
    "types": lambda m: m.tensor([m.tensor(1.0, dtype=m.float64), m.tensor(1.0), True]),
    "narrow": lambda m: m.tensor([m.tensor(1, dtype=m.int32)]),
    "old": lambda m: m.Tensor([m.tensor(1), 2]),
    "as": lambda m: m.as_tensor([m.tensor(1.5), m.ones(1)[0]]),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_tensors(name: str) -> None:
    ours, theirs = LISTS[name](minigrad), LISTS[name](pytorch)
    assert repr(ours) == repr(theirs)
    assert ours.tolist() == theirs.tolist()


@pytest.mark.usefixtures("_every_warning")
def test_what_leaves_the_graph_warns(torch: Any) -> None:
    x = torch.tensor(2.0, requires_grad=True)
    uses = (
        float,
        complex,
        math.sqrt,
        lambda x: "%.2f" % x,  # noqa: UP031
        lambda x: torch.tensor([x * 2]),
        lambda x: torch.tensor([1, x]),
    )
    for use in uses:
        with pytest.warns(UserWarning, match="requires_grad=True to a scalar"):
            use(x)
    assert (int(x), bool(x), x.item(), f"{x:.1f}") == (2, True, 2.0, "2.0")


def test_the_other_name_of_grad(torch: Any) -> None:
    p = torch.nn.Parameter(torch.ones(2))
    p._grad = torch.ones(2)
    assert p._grad is p.grad
    assert p.grad.tolist() == [1.0, 1.0]
    del p._grad
    assert p.grad is None
    x = torch.ones(2)
    x._grad = torch.ones(2)
    assert x.requires_grad_().grad.tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="attempting to assign a gradient of size"):
        x._grad = torch.ones(3)
    with pytest.raises(TypeError, match="assigned grad expected to be a Tensor or None but got grad of type int"):
        x._grad = 3
