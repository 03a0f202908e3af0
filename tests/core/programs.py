"""The language of random programs over a few tensors, how one is run on both engines, and what must then be the same.

A program is a list of lines of Python, in which ``T`` is the engine. Lines that are refused are part of it: both
engines must refuse them, with errors of one class.

What is not in the language, because the engines differ there and will:

- which of two errors is raised, by a line that is wrong twice: an axis that does not exist, of a view that is stale;
- integers in a graph: torch lets ``fill_`` of a tensor leave a node on them, whose gradient is truncated;
- writes through windows that overlap (``unfold`` by less than their size): torch writes the shared elements twice;
- the memory of what ``autograd.grad`` returns: torch may hand out a view of another gradient, here it is always new;
- a leaf given another shape while an older graph of it lives: torch refuses the gradient if it still holds the leaf's
  old accumulator, which is a matter of reference counts;
- a write by an operand that lies in the same memory under other sizes: torch compares strides of single elements too;
- ``mark_dirty``, which in torch also changes what becomes of ``.grad`` of an input that retains it;
- the class of the error for bools and integers, of ``cumsum_``, ``lerp_``, ``cross_entropy`` with a float target.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import torch as reference

import minigrad

BEGIN = """\
import copy

class Scaled(T.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y.sum(), x + 1

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y.sum() + h, ((g * x).sum() * T.ones_like(y))

a = T.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)
b = T.tensor([0.3, -0.6, 0.9], dtype=T.float64, requires_grad=True)
c = T.tensor([[1.0], [-0.5]])
d = T.tensor([2, -1, 3])
e = T.tensor(0.7, requires_grad=True)
"""

MAKERS = """
{x} + {y} | {x} - {y} | {x} * {y} | {x} * 0.5 | 1 - {x} | {x} / ({y} * {y} + 1) | T.maximum({x}, {y}) | {x}.sin()
{x}.tanh() | {x}.sigmoid() | {x}.relu() | {x}.abs() | {x}.clone() | {x}.detach() | {x}.exp().clamp(max=3) | -{x}
T.where({x} > 0, {x}, {y}) | {x} @ {y} | {x} @ {y}.transpose(0, -1) | T.cat([{x}, {y}]) | T.stack([{x}, {x}])
{x}.sum() | {x}.mean() | {x}.sum(0) | {x}.cumsum(0) | {x}.softmax(-1) | {x}.amax(0) | {x}.prod() | {x} // 2 | {x} ** 2
{x}.var(0) | {x}.norm() | {x}.cumprod(0) | {x}.logsumexp(0) | {x}.sqrt()
{x}[0] | {x}[-1] | {x}[..., 1:] | {x}[..., None] | {x}[::2] | {x}[[0, 0]] | {x}[{x} > 0] | {x}.reshape(-1)
{x}.transpose(0, -1) | {x}.unsqueeze(0) | {x}.squeeze() | {x}.expand(2, *{x}.shape) | {x}.flatten() | {x}.diagonal()
{x}.narrow(0, 0, 1) | {x}.view_as({x}) | {x}.view(1, -1) | {x}.contiguous() | {x}.swapaxes(0, -1)[0]
{x}.expand_as({y}) | {x}.T
{x}.movedim(0, -1) | {x}.permute(1, 0) | {x}.select(-1, 0) | {x}.unfold(0, 1, 1) | {x}[:, 0]
{x}.float() | {x}.double() | {x}.long() | {x}.to({y}.dtype) | {x} > 0 | {x}.new_ones(3) | T.zeros_like({x})
{x}.masked_fill({x} > 0, 0.5) | {x}.gather(0, {x}.long() * 0) | {x}.triu() | {x}.flip(0) | {x}.repeat(2) | {x}.grad
{x}.index_select(0, T.tensor([1, 0])) | {x}.index_add(0, T.tensor([0]), {x}[:1]) | {x}.data
T.nn.functional.leaky_relu({x}) | T.nn.functional.hardtanh({x}) | T.nn.functional.layer_norm({x} * 1.0, [{x}.shape[-1]])
{x}.roll(1, 0) | {x}.lerp({y}, 0.3) | T.addcmul({x} * 1.0, {y}, {y}) | {x}.ravel() | T.addcdiv({x}, {y}, {y} + 2)
T.nn.functional.cross_entropy({x}, {x}.argmax(-1))
T.nn.functional.mse_loss({x}, {x}.detach() * 2)
T.autograd.grad({x}.sum(), {y}, retain_graph=True)[0].clone() | copy.deepcopy({x})
T.autograd.grad(({x} * {x}).sum(), {y}, create_graph=True)[0].clone()
"""

PAIRS = """
{x}.chunk(2) | {x}.unbind() | {x}.split(1) | {x}.max(0) | {x}.sort(0) | {x}.unsqueeze(0).expand(2, *{x}.shape).unbind()
T.broadcast_tensors({x}, {y}) | {x}.min(-1) | Scaled.apply({x}, {y}) | {x}.tensor_split(2) | {x}.cummax(0)
copy.deepcopy(({x}, {y}))
"""

DEEDS = """
{x}.add_({y}) | {x}.mul_({y}) | {x}.tanh_() | {x}.zero_() | {x}.fill_(0.5) | {x}.copy_({y}) | {x}.clamp_(-1, 1)
{x}.relu_() | {x}.masked_fill_({x} > 0, 0.25) | {x} += {y} | {x} *= 0.5 | {x} -= {y} | {x}.sub_(0.5) | {x}.t_()
{x}[..., 0] = 0.5 | {x}[0] += 1 | {x}[{x} > 0] = 0.75 | {x}[[0, 0]] = 1.5
{x}[0] *= {y} | {x}.unsqueeze_(0) | {x}.squeeze_() | {x}.transpose_(0, -1)
{x}.index_add_(0, T.tensor([0]), {y}[:1]) | {x}.index_fill_(0, T.tensor([0]), 0.5)
{x}.requires_grad_() | {x}.retain_grad() | {x}.sigmoid_() | {x}.neg_()
{x}.sum().backward() | {x}.sum().backward(retain_graph=True) | {x}.sum().backward(create_graph=True) | {x}.backward()
{x}.backward({x}.detach().clone()) | {x}.sum().backward(inputs=[{y}]) | ({x} * {x}).sum().backward()
({x} * {y}).mean().backward() | ({x} * {x}).sum().backward(inputs=[{y}], retain_graph=True)
T.autograd.backward([{x}.sum(), {y}.mean()]) | T.autograd.backward([{x}.sum(), {y}.sum()], create_graph=True)
{x}.register_hook(lambda g: g * 2) | {x}.register_hook(lambda g: None) | {x}.grad = None | {x}.grad.zero_() | {x}.exp_()
{x}.register_post_accumulate_grad_hook(lambda p: p.grad.mul_(0.5)) | h = {x}.register_hook(lambda g: -g) | h.remove()
{x}.grad = {y}.detach() | {x}.data.mul_(0.5) | {x}.grad.mul_(0.5) | {x}.detach().mul_(2)
{x}.data = {x}.detach() * 2 | {x}.requires_grad_(False) | {x}.detach_() | {x}[0] = {y}.to({x}.dtype).clone()
{x}[:] = {y}.to({x}.dtype).clone() | {x}[-1:] = {y}.to({x}.dtype).clone() | {x}[...] = {y}.to({x}.dtype).clone()
{x}.swapaxes_(0, -1) | {x}.masked_fill_({x} > 0, {y}.sum().to({x}.dtype)) | {x}.pow_(2) | {x}.addcmul_({y}, {y})
"""


def _entries(table: str) -> list[str]:
    return [entry.strip() for line in table.strip().splitlines() for entry in line.split("|")]


FORMS = [(entry, "{new} = ") for entry in _entries(MAKERS) * 2]
FORMS += [(entry, "{new}, {new}_ = ") for entry in _entries(PAIRS) * 3]
FORMS += [(entry, "") for entry in _entries(DEEDS) * 2]

Space = dict[str, Any]


class Run:
    """A program under way on both engines."""

    def __init__(self) -> None:
        self.engines: tuple[ModuleType, ModuleType] = (reference, minigrad)
        self.spaces: list[Space] = [{"T": T} for T in self.engines]
        self.lines: list[str] = []
        self.over = False
        for space in self.spaces:
            exec(BEGIN, space)

    def names(self) -> list[str]:
        """The tensors there are."""
        return [name for name, x in self.spaces[0].items() if isinstance(x, reference.Tensor)]

    def write(self, form: tuple[str, str], x: int, y: int, quiet: bool) -> str:
        """A line of a form, about the tensors with these numbers."""
        names = self.names()
        text = (form[1] + form[0]).format(new=f"t{len(names)}", x=names[x % len(names)], y=names[y % len(names)])
        renames = any(f".{name}_(" in text for name in ("t", "transpose", "swapaxes", "unsqueeze", "squeeze"))
        return f"with T.no_grad(): {text}" if quiet and not renames else text

    def step(self, line: str) -> list[str]:
        """Run one line on both; where they differ."""
        self.lines.append(line)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            errors = [_outcome(lambda space=space: exec(line, space)) for space in self.spaces]  # type: ignore[misc]
            states = [_seen_of_all(T, space) for T, space in zip(self.engines, self.spaces, strict=True)]
        if errors[0] != errors[1] and {*errors} != {"RuntimeError", "IndexError"}:
            return [f"torch {errors[0]}, minigrad {errors[1]}"]
        different = _differences(*states)
        refused_sweep = errors[0] is not None and "backward" in line  # what it leaves behind is nobody's business
        self.over = (refused_sweep and bool(different)) or not all(map(_is_tame, states[0].values()))
        return [] if refused_sweep else different

    def __str__(self) -> str:
        return BEGIN.replace("T.", "torch.") + "".join(line.replace("T.", "torch.") + "\n" for line in self.lines)


def _outcome(function: Callable[[], Any]) -> Any:
    """What a function returns, or the class of its error."""
    try:
        return function()
    except Exception as error:
        return type(error).__name__


def _seen(T: ModuleType, x: Any) -> dict[str, Any]:
    """What can be seen of a tensor."""
    grad = _outcome(lambda: x.grad)
    return {
        "shape": tuple(x.shape),
        "dtype": str(x.dtype).partition(".")[2],
        "requires_grad": _outcome(lambda: x.requires_grad),
        "is_leaf": _outcome(lambda: x.is_leaf),
        "grad_fn": _outcome(lambda: x.grad_fn is None),
        "retains_grad": _outcome(lambda: x.retains_grad),
        "is_view": x._is_view(),
        "values": x.detach().numpy().copy(),
        "grad": grad.detach().numpy().copy() if isinstance(grad, T.Tensor) else grad,
        "grad requires": grad.requires_grad if isinstance(grad, T.Tensor) else None,
    }


def _seen_of_all(T: ModuleType, space: Space) -> dict[str, Any]:
    return {name: _seen(T, x) for name, x in space.items() if isinstance(x, T.Tensor)}


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        bound = 1e-4  # float64 numbers may have come by way of float32
        return a.shape == b.shape and a.dtype == b.dtype and np.allclose(a, b, bound, bound, equal_nan=True)
    return type(a) is type(b) and bool(a == b)


def _is_tame(x: dict[str, Any]) -> bool:
    """Whether the numbers are of a size at which rounding in another order is not seen."""
    values = [v for v in (x["values"], x["grad"]) if isinstance(v, np.ndarray)]
    return all(v.size < 200 and bool((np.abs(v) < 100).all()) for v in values)


def _differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    if list(ours) != list(theirs):
        return [f"names {list(ours)} {list(theirs)}"]
    return [
        f"{name}.{key}: torch {ours[name][key]!r}, minigrad {theirs[name][key]!r}"
        for name in ours
        for key in ours[name]
        if not _same(ours[name][key], theirs[name][key])
    ]
