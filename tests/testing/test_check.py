"""``check`` passes what is right, in every form; refuses questions that make no sense; and always says the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import minigrad
from minigrad.nn import functional as F
from minigrad.testing import CheckError, check

TF = torch.nn.functional
MATRICES = [((2, 3), (3, 2)), ((2, 2), (2, 2)), ((0, 3), (3, 2))]
IMAGES = [((1, 2, 5, 4), (3, 2, 2, 3)), ((2, 1, 3, 3), (1, 1, 2, 2))]


def pasted(error: CheckError, **names: Any) -> None:
    """Run the test that a failure hands out, in a module that has these names."""
    exec(error.test, names)
    (test,) = [f for name, f in names.items() if name.startswith("test_")]
    test()


RIGHT: list[tuple[Callable[..., Any], Callable[..., Any], dict[str, Any]]] = [
    (minigrad.exp, torch.exp, {}),
    (minigrad.log, torch.log, {}),
    (minigrad.tanh, torch.tanh, {}),
    (minigrad.abs, torch.abs, {}),
    (minigrad.sqrt, torch.sqrt, {"domain": (0, 5)}),
    (minigrad.clamp, torch.clamp, {"min": -1.0, "max": 0.5}),
    (minigrad.add, torch.add, {}),
    (minigrad.mul, torch.mul, {}),
    (minigrad.div, torch.div, {}),
    (minigrad.maximum, torch.maximum, {}),
    (minigrad.pow, torch.pow, {"domain": (0, 3)}),
    (lambda x, y: minigrad.where(x > 0.3, x, y), lambda x, y: torch.where(x > 0.3, x, y), {}),
    (minigrad.addcmul, torch.addcmul, {}),
    (minigrad.lerp, torch.lerp, {}),
    (minigrad.sum, torch.sum, {"dim": -1}),
    (minigrad.mean, torch.mean, {}),
    (minigrad.amax, torch.amax, {"dim": -1}),
    (minigrad.prod, torch.prod, {"dim": 0}),
    (minigrad.logsumexp, torch.logsumexp, {"dim": -1}),
    (minigrad.cumsum, torch.cumsum, {"dim": 0}),
    (minigrad.sort, torch.sort, {}),
    (minigrad.matmul, torch.matmul, {}),
    (minigrad.bmm, torch.bmm, {"shapes": [((2, 2, 3), (2, 3, 2)), ((1, 2, 2), (1, 2, 2))]}),
    (minigrad.transpose, torch.transpose, {"dim0": 0, "dim1": -1}),
    (minigrad.flip, torch.flip, {"dims": (0,)}),
    (minigrad.gather, torch.gather, {"dim": 0, "index": minigrad.tensor([1, 0, 1]), "shapes": [(3,), (2,)]}),
    (lambda x, y: minigrad.cat([x, y]), lambda x, y: torch.cat([x, y]), {}),
    (F.relu, TF.relu, {}),
    (F.gelu, TF.gelu, {}),
    (F.hardtanh, TF.hardtanh, {}),
    (F.softmax, TF.softmax, {"dim": -1}),
    (F.log_softmax, TF.log_softmax, {"dim": 0}),
    (F.linear, TF.linear, {"operands": "input weight bias", "shapes": [((2, 3), (4, 3), (4,)), ((0, 3), (1, 3), ())]}),
    (F.conv2d, TF.conv2d, {"shapes": IMAGES, "padding": 1}),
    (F.max_pool2d, TF.max_pool2d, {"kernel_size": 2}),
    (F.avg_pool2d, TF.avg_pool2d, {"kernel_size": 2}),
    (F.layer_norm, TF.layer_norm, {"normalized_shape": (3,), "shapes": [(2, 3), (3,)]}),
    (F.mse_loss, TF.mse_loss, {}),
    (F.binary_cross_entropy_with_logits, TF.binary_cross_entropy_with_logits, {"domain": (0, 1)}),
    (F.cross_entropy, TF.cross_entropy, {"target": minigrad.tensor([0, 2]), "shapes": [(2, 3)]}),
]


@pytest.mark.parametrize(("f", "like", "options"), RIGHT, ids=[like.__name__ for _, like, _ in RIGHT])
def test_ops_are_torchs(f: Any, like: Any, options: dict[str, Any]) -> None:
    check(f, like=like, **options)


@pytest.mark.parametrize(("f", "like", "options"), RIGHT[:3] + RIGHT[6:9] + RIGHT[21:23], ids=lambda x: "")
def test_ops_by_differences(f: Any, like: Any, options: dict[str, Any]) -> None:
    if f is minigrad.log:
        options = {"domain": (0, 5)}
    check(f, **options)


class Scale(minigrad.autograd.Function):
    """With an argument that is not an operand, and a context of its own."""

    @staticmethod
    def forward(x: Any, by: float, plus: float = 0.0) -> Any:
        return x * by + plus

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.by = inputs[1]

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * ctx.by, None, None


def test_a_function_with_arguments() -> None:
    check(Scale, like=lambda x, by: x * by, by=3.0)
    check(Scale.apply, by=3.0)
    with pytest.raises(CheckError, match="the value is wrong"):
        check(Scale, like=lambda x, by, plus: x * by, by=3.0, plus=1.0)


class Once(torch.autograd.Function):
    """Its backward refuses to be recorded."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        if torch.is_grad_enabled():
            raise RuntimeError("only once")
        return 2 * g * ctx.saved_tensors[0]


def test_a_gradient_that_has_none() -> None:
    check(Once, like=torch.square, order=1)
    with pytest.raises(CheckError, match=r"the second gradient cannot be computed \(order=1 asks for") as caught:
        check(Once, like=torch.square)
    assert caught.value.verdict == "RuntimeError: only once"
    with pytest.raises(RuntimeError, match="only once"):
        pasted(caught.value)


def test_layers_and_functions_of_them() -> None:
    check(minigrad.nn.Softsign(), like=torch.nn.Softsign())
    check(lambda x: F.softsign(x * 2), like=lambda x: TF.softsign(x * 2))
    check(TF.softsign)


def test_what_is_refused_is_said() -> None:
    def no_scalars(x: Any) -> Any:
        if x.ndim == 0:
            raise ValueError("no scalars")
        return x * 2

    check(no_scalars)
    check(no_scalars, like=lambda x: x * 2, shapes=[(3,)])
    with pytest.raises(
        CheckError, match=r"operands are refused.*\n.*x = 1.0, float64\n.*ValueError: no scalars"
    ) as caught:
        check(no_scalars, like=lambda x: x * 2)
    with pytest.raises(ValueError, match="no scalars"):
        pasted(caught.value, no_scalars=no_scalars)


def test_operands_are_not_overwritten() -> None:
    def spoils(x: Any) -> Any:
        y = x * 2
        x[...] = 0
        return y

    with pytest.raises(CheckError, match="it writes into its operands") as caught:
        check(spoils, lambda g, x: 2 * g, like=lambda x: x * 2)
    with pytest.raises(AssertionError):
        pasted(caught.value, spoils=spoils)


class Narrow(torch.autograd.Function):
    """Computes in float32."""

    @staticmethod
    def forward(ctx: Any, *operands: Any) -> Any:
        ctx.save_for_backward(*operands)
        return operands[0].float().exp().to(operands[0].dtype)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * ctx.saved_tensors[0].exp()


def test_differences_see_that_a_value_is_rounded() -> None:
    with pytest.raises(CheckError, match="the value is wrong") as caught:
        check(Narrow, operands="x")
    assert "rounded to float32" in caught.value.verdict
    with pytest.raises(AssertionError):
        pasted(caught.value)


class Product(torch.autograd.Function):
    """Forgets to transpose; where the matrices are not square, the product itself fails."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return x @ y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, y = ctx.saved_tensors
        return (g @ y.mT).mT, x.mT @ g


def test_square_matrices_tell_what_others_cannot() -> None:
    with pytest.raises(CheckError, match="with respect to x is wrong") as caught:
        check(Product, like=torch.matmul, shapes=[((2, 3), (3, 4))])
    assert caught.value.verdict == "transposed: yours, with axes -2 and -1 exchanged, is torch's"


def along_first(g: Any, y: Any) -> Any:
    return y * (g - (g * y).sum(0, keepdim=True)) if y.ndim else 0 * g


@pytest.mark.parametrize(
    ("forward", "backward", "words"),
    [
        (torch.mean, lambda g, x: g.expand(x.shape), "not divided by the number of elements, here 2"),
        (torch.sum, lambda g, x: (g / x.numel()).expand(x.shape), "divided by the number of elements, here 2, though"),
        (torch.relu, lambda g, x: g, "where x < 0: torch is zero"),
        (lambda x: x.softmax(-1), lambda g, x: x.softmax(-1) * g, "a sum is missing"),
        (lambda x: x.softmax(-1), lambda g, x: along_first(g, x.softmax(-1)), "wrong axis: yours mixes"),
        (lambda x: x.cumsum(0), lambda g, x: g.cumsum(0), "transposed: g is multiplied by the Jacobian"),
        (torch.sigmoid, lambda g, x: g * x.sigmoid(), "a factor too many: yours / torch = 1 + exp(x)"),
        (torch.square, lambda g, x: 2 * g * x + x.cos(), "a term is not multiplied by the gradient that arrives"),
    ],
)  # fmt: skip
def test_mistakes_that_people_make(forward: Any, backward: Any, words: str) -> None:
    class Mistaken(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return backward(g, *ctx.saved_tensors)

    with pytest.raises(CheckError) as caught:
        check(Mistaken, like=lambda x: forward(x))
    assert words in caught.value.verdict, str(caught.value)


def test_the_number_of_outputs() -> None:
    first = lambda x: minigrad.sort(x)[0]
    with pytest.raises(CheckError, match="1 outputs, where torch has 2") as caught:
        check(first, like=lambda x: torch.sort(x))
    with pytest.raises(AssertionError):
        pasted(caught.value, f=first)
    pasted(caught.value, f=minigrad.sort)


def test_second_outputs_are_checked() -> None:
    with pytest.raises(CheckError, match="the value 1 is wrong") as caught:
        check(lambda x: (x * 1, x * 2), like=lambda x: (x * 1, x * 3))
    with pytest.raises(AssertionError):
        pasted(caught.value, f=lambda x: (x * 1, x * 2))
    pasted(caught.value, f=lambda x: (x * 1, x * 3))


class Two(minigrad.autograd.Function):
    """Two outputs; the gradient of one is forgotten."""

    right = False

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2, x * 3

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any) -> Any:
        return g * 2 + h * 3 if Two.right else g * 2


def test_gradients_from_second_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckError, match="with respect to x is wrong") as caught:
        check(Two, like=lambda x: (x * 2, x * 3))
    with pytest.raises(AssertionError):
        pasted(caught.value)
    monkeypatch.setattr(Two, "right", True)
    pasted(caught.value)
    check(Two)


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda: check(3), TypeError, "f must be a function"),
        (lambda: check(minigrad.exp, like="exp"), TypeError, "like must be a function"),
        (lambda: check(Scale, lambda g: g, by=1.0), TypeError, "leave out vjp"),
        (lambda: check(F.softmax, like=TF.softmax, dmi=1), TypeError, r"softmax\(\) has no parameter 'dmi'"),
        (lambda: check(minigrad.exp, operands="x"), TypeError, r"no parameter 'x'; it has \(input\)"),
        (lambda: check(lambda: 1), TypeError, "which parameters of <lambda>"),
        (lambda: check(minigrad.mul, shapes=[(2, 3)]), ValueError, r"one shape for each operand \(input, other\)"),
        (lambda: check(minigrad.mul, shapes=[((2,),)]), ValueError, "has 1"),
        (lambda: check(minigrad.exp, dtypes=["int64"]), ValueError, "dtypes are some of 'float64', 'float32'"),
        (lambda: check(minigrad.exp, dtypes=["float32"]), ValueError, "differences need 'float64'"),
        (lambda: check(minigrad.exp, domain=(1, 0)), ValueError, "low < high"),
        (lambda: check(minigrad.exp, order=3), ValueError, "order is 1 or 2"),
        (lambda: check(F.conv3d, like=TF.conv3d), ValueError, "takes none of the shapes tried"),
        (lambda: check(lambda x: minigrad.log(-1 - x * x)), ValueError, r"domain=\(low, high\)"),
    ],
)  # fmt: skip
def test_misuse(ask: Callable[[], None], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ask()


def test_it_always_says_the_same() -> None:
    def message(seed: int) -> str:
        with pytest.raises(CheckError) as caught:
            check(lambda x: x * x * x, lambda g, x: g * x, seed=seed)
        return str(caught.value)

    assert message(0) == message(0) == message(1)


def test_float32_alone() -> None:
    check(minigrad.exp, like=torch.exp, dtypes=["float32"])
    with pytest.raises(CheckError, match="yours is float64"):
        check(np.exp, lambda g, x: g * np.exp(x.astype(float)), like=torch.exp, operands="x", dtypes=["float32"])


def test_torch_keeps_its_threads() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        check(minigrad.exp, like=torch.exp, shapes=[(2,)])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_it_needs_numpy_only() -> None:
    text = (
        "import sys, minigrad.testing; minigrad.testing.check(minigrad.exp);"
        "print(*{'torch', 'hypothesis'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
