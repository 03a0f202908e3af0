"""Gradients with one mistake each, as an op, as a Function of either engine and as a pair of functions on arrays; and
the same without the mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import minigrad
from minigrad.core.op import OPS, defgrad, op

ALL = ("op", "minigrad", "torch", "pair")
FUNCTIONS = ("minigrad", "torch")


@dataclass
class Planted:
    """``forward``, its gradient ``right``, and the ``wrong`` one, of which ``check`` should say ``words``."""

    name: str
    forward: Callable[..., Any]
    right: Callable[..., Any]
    wrong: Callable[..., Any]
    like: Callable[..., Any]
    words: str
    forms: tuple[str, ...] = ALL
    head: str = "the gradient with respect to x is wrong"
    options: dict[str, Any] = field(default_factory=dict)
    operands: int = 1
    promote: str = "number"
    differences: bool = True  # whether they find it too


def made(planted: Planted, form: str, backward: Callable[..., Any]) -> tuple[Any, ...]:
    """What ``check`` is given: the function, or a pair; its names are names of this module."""
    name = f"{planted.name}_{form}"
    two = planted.operands == 2
    if form == "pair":
        f = (lambda x, y: planted.forward(x, y)) if two else (lambda x: planted.forward(x))
        vjp = lambda g, *xs: backward(g, *xs)
        return named(f, name), named(vjp, f"{name}_vjp")
    if form == "op":
        f = (lambda x, y: planted.forward(x, y)) if two else (lambda x: planted.forward(x))
        call = op(promote=planted.promote)(named(f, name))
        del OPS[name]  # the table is minigrad's own
        if two:
            defgrad(call, x=lambda g, x, y: backward(g, x, y)[0], y=lambda g, x, y: backward(g, x, y)[1])
        else:
            defgrad(call, x=lambda g, x: backward(g, x))
        return (named(call, name),)
    base = {"minigrad": minigrad, "torch": torch}[form].autograd.Function
    if two:

        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.save_for_backward(x, y)
            return planted.forward(x, y)

    else:

        def forward(ctx: Any, x: Any) -> Any:  # type: ignore[misc]
            ctx.save_for_backward(x)
            return planted.forward(x)

    rule = lambda ctx, g: backward(g, *ctx.saved_tensors)
    made = type(name, (base,), {"forward": staticmethod(forward), "backward": staticmethod(rule)})
    globals()[name] = made
    return (made,)


def named(f: Any, name: str) -> Any:
    f.__name__ = f.__qualname__ = name
    globals()[name] = f
    return f


def rounded(x: Any) -> Any:
    """To float32 and back."""
    return x.astype(np.float32).astype(x.dtype) if isinstance(x, np.ndarray | np.generic) else x.float().to(x.dtype)


def matrix(g: Any, x: Any, y: Any) -> Any:
    return g @ y.T, x.T @ g


def shares(x: Any) -> Any:
    return x / x.sum(1, keepdims=True)


def shares_grad(axis: int) -> Any:
    def grad(g: Any, x: Any) -> Any:
        s = x.sum(1, keepdims=True)
        return g / s - (g * x).sum(axis, keepdims=True) / (s * s)

    return grad


cube = lambda x: x * x * x
cube_grad = lambda g, x: 3 * g * x * x
softsign = lambda x: x / (1 + abs(x))
softsign_grad = lambda g, x: g / ((1 + abs(x)) * (1 + abs(x)))
product = lambda x, y: x * y
bent = lambda x: 0.75 * x + 0.25 * abs(x)
ramp = lambda x: (abs(x + 1) - abs(x - 1)) / 2
product_grad = lambda g, x, y: (g * y, g * x)
SQUARES = {"shapes": [((2, 2), (2, 2)), ((2, 3), (3, 2))]}
MATRICES = {"shapes": [(2, 2), (3, 3)], "domain": (0.5, 3)}

PLANTED = [
    Planted("square", softsign, softsign_grad, lambda g, x: g / (1 + abs(x)), torch.nn.functional.softsign,
            "the square is missing: yours / {} = 1 + |x|"),
    Planted("sign", cube, cube_grad, lambda g, x: -3 * g * x * x, cube, "sign flipped"),
    Planted("factor", cube, cube_grad, lambda g, x: g * x * x, cube,
            "off by a constant factor: yours / {} = 0.333333"),
    Planted("power", cube, cube_grad, lambda g, x: 3 * g * x, cube, "a factor is missing: {} / yours = x"),
    Planted("unchained", cube, cube_grad, lambda g, x: 3 * x * x, cube, "g"),
    Planted("chained_twice", cube, cube_grad, lambda g, x: 3 * g * g * x * x, cube,
            "the gradient that arrives is multiplied in twice"),
    Planted("term", lambda x: x * x + x, lambda g, x: g * 2 * x + g, lambda g, x: g * 2 * x, lambda x: x * x + x,
            "off by a term: {} - yours = 1 * g"),
    Planted("term_of_x", lambda x: x * x * x + x * x, lambda g, x: g * (3 * x * x + 2 * x), lambda g, x: g * 3 * x * x,
            lambda x: x * x * x + x * x, "off by a term: {} - yours = g * 2 * x"),
    Planted("half", bent, lambda g, x: g * (x > 0) + g * (x < 0) * 0.5 + g * (x == 0) * 0.75,
            lambda g, x: g * (x > 0) + g * (x < 0) * 0.25 + g * (x == 0) * 0.75, bent,
            "where x < 0: off by a constant factor: yours / {} = 0.5"),
    Planted("zero", cube, cube_grad, lambda g, x: 0 * g * x, cube, "zero everywhere: no gradient arrives"),
    Planted("swapped", product, product_grad, lambda g, x, y: (g * x, g * y), torch.mul,
            "swapped operands: what you return for x is the gradient of y", operands=2,
            options={"shapes": [((), ()), ((3,), (3,)), ((2, 3), (2, 3))]}),
    Planted("transposed", lambda x, y: x @ y, matrix, lambda g, x, y: ((g @ y.T).T, x.T @ g), torch.matmul,
            "transposed: yours, with axes -2 and -1 exchanged, is {}'s", operands=2, options=SQUARES, promote=""),
    Planted("untransposed", lambda x, y: x @ y, matrix, lambda g, x, y: (g @ y, x.T @ g), torch.matmul,
            "transposed: g is multiplied by the Jacobian", operands=2, options=SQUARES, promote=""),
    Planted("unsummed", lambda x, y: x + y, lambda g, x, y: (g, g.sum(0)), lambda g, x, y: (g, g), torch.add,
            "axis 0 is not summed", operands=2, forms=("pair",), options={"shapes": [((2, 3), (3,))]},
            head="the gradient with respect to y is wrong"),
    Planted("other_axis", product, lambda g, x, y: (g * y, (g * x).sum(0)), lambda g, x, y: (g * y, (g * x).sum(1)),
            torch.mul, "wrong axis: you sum over axis 1, where the operand was broadcast along axis 0", operands=2,
            forms=("minigrad", "torch", "pair"), options={"shapes": [((3, 3), (3,)), ((2, 2), (2,))]},
            head="the gradient with respect to y is wrong"),
    Planted("mean", product, lambda g, x, y: (g * y, (g * x).sum(0)), lambda g, x, y: (g * y, (g * x).mean(0)),
            torch.mul, "a mean over axis 0, where a sum belongs", operands=2, forms=("pair",),
            options={"shapes": [((3, 2), (2,)), ((2, 2), (2,))]}, head="the gradient with respect to y is wrong"),
    Planted("wrong_axis", shares, shares_grad(1), shares_grad(0), shares,
            "wrong axis: yours mixes the elements along axis 0, {} those along axis 1", options=MATRICES),
    Planted("missing_sum", shares, shares_grad(1), lambda g, x: g / x.sum(1, keepdims=True), shares,
            "a sum is missing: each element is treated alone, but those along axis 1", options=MATRICES),
    Planted("second", cube, cube_grad, lambda g, x: 3 * g * (x * x).detach(), cube,
            "zero everywhere: what backward computes is not recorded", forms=FUNCTIONS,
            head="the second gradient, that of x's gradient with respect to x, is wrong (the first is right)"),
    Planted("rounded", cube, cube_grad, lambda g, x: rounded(3 * g * x * x), cube, "rounded to float32",
            forms=("minigrad", "torch", "pair")),
    Planted("ties", lambda x, y: (x + y + abs(x - y)) / 2,
            lambda g, x, y: (g * (x > y) + g * (x == y) * 0.5, g * (x < y) + g * (x == y) * 0.5),
            lambda g, x, y: (g * (x >= y), g * (x < y)), torch.maximum, "wrong where two are equal: a tie", operands=2,
            differences=False, options={"shapes": [((), ()), ((3,), (3,))]}),
    Planted("at_zero", lambda x: (x + abs(x)) / 2, lambda g, x: g * (x > 0), lambda g, x: g * (x >= 0), torch.relu,
            "wrong where an element is 0", differences=False),
    Planted("kink", ramp, lambda g, x: g * (abs(x) < 1), lambda g, x: g * (abs(x) <= 1),
            torch.nn.functional.hardtanh, "wrong at round ones such as these", differences=False),
    Planted("strided", cube, cube_grad, lambda g, x: 3 * g * np.ravel(x, "K").reshape(x.shape) ** 2, cube,
            "wrong where the memory is transposed or stepped", forms=("pair",)),
    Planted("narrow", cube, cube_grad, lambda g, x: g * x * x * (3 if x.dtype == np.float64 else 2), cube,
            "right in float64, wrong in float32", forms=("pair",)),
    Planted("one_tensor", product, product_grad, lambda g, x, y: (g * y, g * x * (x is not y)), torch.mul,
            "wrong where one tensor is every operand", forms=("pair",), operands=2,
            options={"shapes": [((), ()), ((3,), (3,))]}),
    Planted("empty", cube, cube_grad, lambda g, x: 3 * g * x * x if x.size else np.zeros(1), cube, "shape (1,)",
            forms=("pair",)),
]  # fmt: skip
