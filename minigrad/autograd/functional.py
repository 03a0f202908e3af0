"""Matrices of derivatives, and products with them: jacobian, hessian, vjp, jvp, hvp, vhp.

One backward pass gives v^T J, a row of the Jacobian J for each choice of v. A column J u takes two: v^T J is linear
in v, so its derivative by v along u is J u. No second mode of differentiation is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, cast, overload

from ..gradients import grad
from ..ops.create import ones_like, zeros_like
from ..ops.shape.joining import stack
from ..tensor import Tensor
from .grad_mode import enable_grad

Tensors = tuple[Any, ...]
F = TypeVar("F", bound=Callable[..., Any])


def _recording(function: F) -> F:
    """The function, which records whatever mode is around it: a graph that is not asked for is cut off at the end."""
    return enable_grad()(function)


class Product(Protocol):
    """How ``vjp``, ``jvp``, ``vhp`` and ``hvp`` are called; of one tensor they are a tensor."""

    @overload
    def __call__(
        self, func: Callable[[Tensor], Tensor], inputs: Tensor, v: Tensor | None = None, create_graph: bool = False,
        strict: bool = False,
    ) -> tuple[Tensor, Tensor]: ...  # fmt: skip
    @overload
    def __call__(
        self, func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
    ) -> tuple[Any, Any]: ...


def _product(function: Callable[..., tuple[Any, Any]]) -> Product:
    return cast(Product, _recording(function))


# ---- products, of tuples ----


def pull_back(outputs: Tensors, inputs: Tensors, v: Any, create_graph: bool = False) -> Tensors:
    """v^T J for every input; zeros where an output does not depend on one."""
    pairs = [(y, w) for y, w in zip(outputs, v, strict=True) if y.requires_grad]
    if not pairs:
        return tuple([zeros_like(x) for x in inputs])
    ends, weights = zip(*pairs, strict=True)
    return grad(
        ends, inputs, weights, retain_graph=True, create_graph=create_graph, allow_unused=True, materialize_grads=True
    )


def push_forward(outputs: Tensors, inputs: Tensors, u: Any, create_graph: bool = False) -> Tensors:
    """J u for every output: the derivative of v^T J by v, along u."""
    v = tuple([zeros_like(y).requires_grad_() for y in outputs])
    return pull_back(pull_back(outputs, inputs, v, create_graph=True), v, u, create_graph)


def unit_vectors(x: Any) -> list[Any]:
    """For each element of x a tensor like x, 1 there and 0 elsewhere."""
    units = []
    for k in range(x.numel()):
        unit = zeros_like(x).detach()
        unit.view(-1)[k] = 1.0
        units.append(unit)
    return units


def rows_of(outputs: Tensors, inputs: Tensors, k: int, create_graph: bool) -> Tensors:
    """The Jacobian of output k by every input, a backward pass a row.

    Shapes  (*output, *input)
    """
    y = outputs[k]
    rows = [pull_back((y,), inputs, (unit,), create_graph) for unit in unit_vectors(y)]
    shape = tuple(y.shape)
    return tuple(
        [
            stack([row[i] for row in rows]).view((*shape, *x.shape)) if rows else x.new_zeros((*shape, *x.shape))
            for i, x in enumerate(inputs)
        ]
    )


# ---- torch.autograd.functional ----


def _tensors(value: Any, what: str, name: str) -> Tensors:
    several = isinstance(value, tuple)
    values = value if several else (value,)
    for k, x in enumerate(values):
        if not isinstance(x, Tensor):
            which = f"value at index {k}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {which} has type "
                f"{type(x)}."
            )
    return values


def _own(name: str, inputs: Any, create_graph: bool) -> Tensors:
    """Inputs that no other graph leads to: detached leaves, or views if a graph of the derivative is asked for."""
    values = _tensors(inputs, "inputs", name)
    return tuple([x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in values])


def _applied(name: str, func: Callable[..., Any], own: Tensors, strict: bool) -> tuple[Tensors, bool]:
    """The function's outputs as a tuple, and whether it returned one."""
    made = func(*own)
    outputs = _tensors(made, "outputs of the user-provided function", name)
    for k, y in enumerate(outputs):
        if strict and not y.requires_grad:
            raise RuntimeError(
                f"Output {k} of the user-provided function does not require gradients. The outputs must be "
                "computed in a differentiable manner from the input when running in strict mode."
            )
    return outputs, isinstance(made, tuple)


_LINEAR = (
    "The jacobian of the user-provided function is independent of input {}. This is not allowed in strict mode when "
    "create_graph=True."
)
_LINEAR_HESSIAN = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
    "independent of the input. This is not allowed in strict mode: the function must be twice differentiable."
)


def _check_strict(outputs: Tensors, own: Tensors, what: str, linear: str) -> None:
    """``strict`` refuses outputs that do not depend on an input and, with a message for it, such derivatives.

    Raises  RuntimeError
    """
    weights = tuple([ones_like(y) for y in outputs])
    for i, g in enumerate(grad(outputs, own, weights, retain_graph=True, create_graph=True, allow_unused=True)):
        if g is None:
            raise RuntimeError(f"{what} is independent of input {i}. This is not allowed in strict mode.")
        if linear and not g.requires_grad:
            raise RuntimeError(linear.format(i))


_OUTPUT = "The output of the user-provided function"
_BY_INPUT = "the input to the user-provided function is"


def _vector(v: Any, like: Tensors, several: bool, name: str, what: str) -> Tensors:
    """v, checked against the tensors that it is to be multiplied with."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"The vector v can only be None if {what} a single Tensor with a single element; {name} needs one "
                "weight for each number"
            )
        return (ones_like(like[0]).detach(),)
    values = _tensors(v, "v", name)
    if len(values) != len(like):
        if not several:
            raise RuntimeError("The given v should contain a single Tensor.")
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(values)}.")
    for k, (w, x) in enumerate(zip(values, like, strict=True)):
        if w.shape != x.shape:
            entry = f"Entry {k} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {x.shape} but got {w.shape}.")
    return values


def _finished(results: Sequence[Any], several: bool, create_graph: bool) -> Any:
    """A tuple only where the user's was one, without a graph unless it was asked for."""
    done = tuple([x if create_graph else x.detach() for x in results])
    return done if several else done[0]


def _scalar(name: str, outputs: Tensors, several: bool) -> None:
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor, not {len(outputs)} in a tuple")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")


@_product
def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The vector-Jacobian product: (func(inputs), v^T J), which is what a backward pass computes.

    Math    result[i] = sum_k v[k] d func(inputs)[k] / d inputs[i]
    Shapes  inputs a tensor or a tuple of them, v as the outputs -> outputs, and products as the inputs
    Raises  RuntimeError if v does not have the outputs' shapes, or is left out where there is not one number.

    >>> x = minigrad.tensor([1., 2.])
    >>> minigrad.autograd.functional.vjp(lambda x: x ** 2, x, x)
    (tensor([1., 4.]), tensor([2., 8.]))
    """
    own = _own("vjp", inputs, create_graph)
    outputs, several = _applied("vjp", func, own, strict)
    v = _vector(v, outputs, several, "vjp", "the user-provided function returns")
    if strict:
        _check_strict(outputs, own, _OUTPUT, _LINEAR if create_graph else "")
    products = pull_back(outputs, own, v, create_graph)
    return _finished(outputs, several, create_graph), _finished(products, isinstance(inputs, tuple), create_graph)


@_product
def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The Jacobian-vector product: (func(inputs), J v), how the outputs change as the inputs move along v.

    Math    result[k] = sum_i d func(inputs)[k] / d inputs[i] v[i]
    Shapes  inputs a tensor or a tuple of them, v as the inputs -> outputs, and products as the outputs
    Raises  RuntimeError if v does not have the inputs' shapes, or is left out where there is not one number.

    >>> x = minigrad.tensor([1., 2.])
    >>> minigrad.autograd.functional.jvp(lambda x: x ** 2, x, minigrad.tensor([1., 0.]))
    (tensor([1., 4.]), tensor([2., 0.]))
    """
    own = _own("jvp", inputs, create_graph)
    v = _vector(v, own, isinstance(inputs, tuple), "jvp", _BY_INPUT)
    outputs, several = _applied("jvp", func, own, strict)
    if strict:
        _check_strict(outputs, own, _OUTPUT, _LINEAR if create_graph else "")
    products = push_forward(outputs, own, v, create_graph)
    return _finished(outputs, several, create_graph), _finished(products, several, create_graph)


def _check_strategy(strategy: str, create_graph: bool, strict: bool, vectorize: bool) -> None:
    """Refuse the combinations that torch refuses, though here all strategies are one."""
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(f'Expected strategy to be either "forward-mode" or "reverse-mode". Got {strategy!r}')
    forward = strategy == "forward-mode"
    if forward and create_graph:
        raise NotImplementedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported '
            'together: use strategy="reverse-mode"'
        )
    if strict and (forward or vectorize):
        other = '`strategy="forward-mode"`' if forward else "`vectorized=True`"
        raise RuntimeError(
            f"torch.autograd.functional.jacobian: `strict=True` and {other} are not supported together"
            + (" (yet)." if forward else ".")
        )
    if forward and not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for "
            "`vectorize=True`."
        )


@overload
def jacobian(
    func: Callable[[Tensor], Tensor],
    inputs: Tensor,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Tensor: ...
@overload
def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any: ...
@_recording
def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian, row by row: every derivative of every output by every input.

    Math    J[k, i] = d func(inputs)[k] / d inputs[i]
    Shapes  (*output, *input); a tuple of outputs or of inputs gives a tuple of these, outputs first
    Raises  TypeError unless inputs and outputs are tensors; RuntimeError with ``strict`` for an independent output.

    ``vectorize`` and ``strategy`` change nothing here.

    >>> minigrad.autograd.functional.jacobian(lambda x: x ** 2, minigrad.tensor([1., 2.]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    _check_strategy(strategy, create_graph, strict, vectorize)
    own = _own("jacobian", inputs, create_graph)
    outputs, several = _applied("jacobian", func, own, strict)
    for k, y in enumerate(outputs if strict else ()):
        _check_strict((y,), own, f"Output {k} of the user-provided function", _LINEAR if create_graph else "")
    rows = [
        _finished(rows_of(outputs, own, k, create_graph), isinstance(inputs, tuple), create_graph)
        for k in range(len(outputs))
    ]
    return tuple(rows) if several else rows[0]


@overload
def hessian(
    func: Callable[[Tensor], Tensor],
    inputs: Tensor,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Tensor: ...
@overload
def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any: ...
@_recording
def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian, every second derivative of a function that returns one number: the Jacobian of its gradient.

    Math    H[i, j] = d^2 func(inputs) / d inputs[i] d inputs[j]
    Shapes  (*input, *input); a tuple of inputs gives a tuple of tuples of these
    Raises  RuntimeError if the function returns more than one number.

    >>> minigrad.autograd.functional.hessian(lambda x: (x ** 3).sum(), minigrad.tensor([1., 2.]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """

    _check_strategy(outer_jacobian_strategy, create_graph, strict, vectorize)

    def gradient(*own: Any) -> Tensors:
        outputs, several = _applied("hessian", func, own, strict)
        _scalar("hessian", outputs, several)
        slopes = pull_back(outputs, own, (ones_like(outputs[0]),), create_graph=True)
        for i, slope in enumerate(slopes):
            if strict and not slope.requires_grad:
                raise RuntimeError(_LINEAR_HESSIAN.format(i))
        return slopes

    rows = jacobian(gradient, _tensors(inputs, "inputs", "hessian"), create_graph, strict)
    return rows if isinstance(inputs, tuple) else rows[0][0]


@_product
def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The vector-Hessian product: (func(inputs), v^T H), without ever forming the matrix H.

    Math    result[j] = sum_i v[i] d^2 func(inputs) / d inputs[i] d inputs[j]
    Shapes  inputs a tensor or a tuple of them, v as the inputs -> (), and products as the inputs
    Raises  RuntimeError if the function returns more than one number, or v does not have the inputs' shapes.

    >>> x = minigrad.tensor([1., 2.])
    >>> minigrad.autograd.functional.vhp(lambda x: (x ** 3).sum(), x, minigrad.tensor([1., 0.]))
    (tensor(9.), tensor([6., 0.]))
    """
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


@_product
def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The Hessian-vector product: (func(inputs), H v); H is symmetric, so this is ``vhp``.

    Math    result[i] = sum_j d^2 func(inputs) / d inputs[i] d inputs[j] v[j]
    Shapes  inputs a tensor or a tuple of them, v as the inputs -> (), and products as the inputs
    Raises  RuntimeError if the function returns more than one number, or v does not have the inputs' shapes.

    >>> x = minigrad.tensor([1., 2.])
    >>> minigrad.autograd.functional.hvp(lambda x: (x ** 3).sum(), x, x)
    (tensor(9.), tensor([ 6., 24.]))
    """
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(
    name: str, func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[Any, Any]:
    several = isinstance(inputs, tuple)
    own = _own(name, inputs, create_graph)
    v = _vector(v, own, several, name, _BY_INPUT)
    outputs, tupled = _applied(name, func, own, strict)
    _scalar(name, outputs, tupled)
    if strict:
        _check_strict(outputs, own, _OUTPUT, _LINEAR_HESSIAN)
    slopes = pull_back(outputs, own, (ones_like(outputs[0]),), create_graph=True)
    products = pull_back(slopes, own, v, create_graph)
    return _finished(outputs, False, create_graph), _finished(products, several, create_graph)
