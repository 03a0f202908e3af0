"""Matrices of derivatives, and products with them: jacobian, hessian, vjp, jvp, hvp, vhp.

One backward pass gives v^T J, a row of the Jacobian J for each choice of v. A column J u takes two: v^T J is linear
in v, so its derivative by v along u is J u. No second mode of differentiation is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.backward import grad
from ..ops.create import ones_like, zeros_like
from ..ops.join import stack
from ..tensor import Tensor
from .grad_mode import enable_grad

Tensors = tuple[Any, ...]


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
    values = value if isinstance(value, tuple) else (value,)
    for x in values:
        if not isinstance(x, Tensor):
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the given {what} has "
                f"type {type(x if isinstance(value, tuple) else value)}."
            )
    return values


def _applied(
    name: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool
) -> tuple[Tensors, Tensors, bool]:
    """Inputs of our own, what the function makes of them, and whether that was a tuple."""
    own = []
    for x in _tensors(inputs, "inputs", name):
        own.append(x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_())
    with enable_grad():
        made = func(*own)
    outputs = _tensors(made, "outputs of the user-provided function", name)
    if strict:
        for k, y in enumerate(outputs):
            if not y.requires_grad:
                raise RuntimeError(
                    f"Output {k} of the user-provided function does not require gradients. The outputs must be "
                    "computed in a differentiable manner from the input when running in strict mode."
                )
            for i, g in enumerate(grad(y, own, ones_like(y), retain_graph=True, allow_unused=True)):
                if g is None:
                    raise RuntimeError(
                        f"Output {k} of the user-provided function is independent of input {i}. This is not allowed in "
                        "strict mode."
                    )
    return tuple(own), outputs, isinstance(made, tuple)


def _vector(v: Any, like: Tensors, name: str, what: str) -> Tensors:
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
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(values)}.")
    for k, (w, x) in enumerate(zip(values, like, strict=True)):
        if w.shape != x.shape:
            entry = f"Entry {k} in " if len(like) > 1 else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {x.shape} but got {w.shape}.")
    return values


def _finished(results: Sequence[Any], several: bool, create_graph: bool) -> Any:
    """A tuple only where the user's was one, without a graph unless it was asked for."""
    done = tuple([x if create_graph else x.detach() for x in results])
    return done if several else done[0]


def _scalar(name: str, outputs: Tensors) -> None:
    if len(outputs) != 1:
        raise RuntimeError(f"The function given to {name} should return a single Tensor, not {len(outputs)}")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(func(inputs), v^T J): what a backward pass computes.

    Raises  RuntimeError if v does not have the outputs' shapes, or is left out where there is not one number.

    >>> x = minigrad.tensor([1., 2.])
    >>> minigrad.autograd.functional.vjp(lambda x: x ** 2, x, x)
    (tensor([1., 4.]), tensor([2., 8.]))
    """
    own, outputs, several = _applied("vjp", func, inputs, create_graph, strict)
    v = _vector(v, outputs, "vjp", "the user-provided function returns")
    products = pull_back(outputs, own, v, create_graph)
    return _finished(outputs, several, create_graph), _finished(products, isinstance(inputs, tuple), create_graph)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(func(inputs), J v): how the outputs change as the inputs move along v.

    Raises  RuntimeError if v does not have the inputs' shapes, or is left out where there is not one number.
    """
    own, outputs, several = _applied("jvp", func, inputs, create_graph, strict)
    v = _vector(v, own, "jvp", "the input to the user-provided function is")
    products = push_forward(outputs, own, v, create_graph)
    return _finished(outputs, several, create_graph), _finished(products, several, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Every derivative of every output by every input, row by row; ``vectorize`` and ``strategy`` change nothing here.

    Shapes  (*output, *input); a tuple of outputs or of inputs gives a tuple of these, outputs first

    >>> minigrad.autograd.functional.jacobian(lambda x: x ** 2, minigrad.tensor([1., 2.]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    own, outputs, several = _applied("jacobian", func, inputs, create_graph, strict)
    rows = [
        _finished(rows_of(outputs, own, k, create_graph), isinstance(inputs, tuple), create_graph)
        for k in range(len(outputs))
    ]
    return tuple(rows) if several else rows[0]


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Every second derivative of a function that returns one number: the Jacobian of its gradient.

    Raises  RuntimeError if the function returns more than one number.

    >>> minigrad.autograd.functional.hessian(lambda x: (x ** 3).sum(), minigrad.tensor([1., 2.]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """

    def gradient(*own: Any) -> Tensors:
        outputs = _tensors(func(*own), "outputs of the user-provided function", "hessian")
        _scalar("hessian", outputs)
        return pull_back(outputs, own, (ones_like(outputs[0]),), create_graph=True)

    rows = jacobian(gradient, _tensors(inputs, "inputs", "hessian"), create_graph, strict)
    return rows if isinstance(inputs, tuple) else rows[0][0]


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(func(inputs), v^T H) with H the matrix of second derivatives, without ever forming it.

    Raises  RuntimeError if the function returns more than one number, or v does not have the inputs' shapes.
    """
    own, outputs, several = _applied("vhp", func, inputs, create_graph, strict)
    _scalar("vhp", outputs)
    v = _vector(v, own, "vhp", "the input to the user-provided function is")
    slopes = pull_back(outputs, own, (ones_like(outputs[0]),), create_graph=True)
    products = pull_back(slopes, own, v, create_graph)
    return _finished(outputs, several, create_graph), _finished(products, isinstance(inputs, tuple), create_graph)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(func(inputs), H v); H is symmetric, so this is ``vhp``.

    >>> x = minigrad.tensor([1., 2.])
    >>> minigrad.autograd.functional.hvp(lambda x: (x ** 3).sum(), x, x)
    (tensor(9.), tensor([ 6., 24.]))
    """
    return vhp(func, inputs, v, create_graph, strict)
