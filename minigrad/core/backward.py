"""``loss.backward()``: the gradients of the outputs to start from, a sweep, and ``.grad`` of every leaf. ``grad(...)``
returns the gradients instead."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from . import hooks
from .errors import (
    data_shape_error,
    gradient_shape_error,
    input_error,
    number_of_gradients_error,
    root_error,
    scalar_error,
    unused_error,
)
from .inplace import check_memory
from .nested import nested
from .node import Leaf, Sink
from .observe import announce
from .roles import roles
from .sweep import sweep
from .variable import Variable, wrap, written
from .views import node_of

if TYPE_CHECKING:
    from ..types import Tensor, Tensors


@nested
def backward(
    tensors: Tensors,
    grad_tensors: Tensor | Iterable[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensors | None = None,
) -> None:
    """Sum the gradients of ``tensors`` into ``.grad`` of every leaf they were computed from.

    Math    for each leaf:  leaf.grad += sum_k (d tensors_k / d leaf)^T grad_tensors_k
    Shapes  tensors one or several; grad_tensors as tensors, or None for scalars
    Raises  RuntimeError if a tensor needs no gradient, is not a scalar and comes without a gradient, or if the
            graph was freed by an earlier sweep.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> minigrad.autograd.backward((x * x).sum()); x.grad
    tensor([2., 4.])
    """
    outputs = _as_tuple(tensors)
    roots = _roots(outputs, _as_tuple(grad_tensors, len(outputs)), create_graph)
    targets = None
    if inputs is not None:
        if not (wanted := _as_tuple(inputs)):
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        targets = set(_nodes_of_inputs(wanted))
        for x in wanted:
            hooks.retain_grad(x)
    retain = create_graph if retain_graph is None else retain_graph
    announce("backward_began", roots, "backward", create_graph)
    try:
        found = sweep(roots, retain=retain, graph=create_graph, targets=targets, through=True)
        for node in list(found):
            accumulate(node, found.pop(node), create_graph)
    finally:
        announce("backward_ended")


def accumulate(leaf: Any, g: Any, graph: bool) -> None:
    """Add a gradient to ``leaf.grad``, which owns its memory."""
    if not isinstance(leaf, Leaf) or type(leaf) is Sink:  # nobody wants it
        return
    x = leaf.owner()
    if x is not None and x.node is not leaf:  # x wants none any more
        return
    if leaf.hooks is not None:
        g = hooks.before(leaf, g, graph)
    if x is not None and x.array.shape != g.shape:
        raise data_shape_error(g, x.array)
    announce("accumulate_began", leaf, g)
    if isinstance(g, Variable):
        g = roles.cast(g, leaf.dtype) if g.array.dtype != leaf.dtype else roles.clone(g)
        leaf.grad = g if leaf.grad is None else leaf.grad + g
    elif leaf.grad is None:
        leaf.grad = wrap(_laid_as(x, owned(g, leaf.dtype)))
    else:
        check_memory(leaf.grad, "backward")
        leaf.grad.array += g
        written(leaf.grad)
    announce("accumulate_ended", leaf)
    if leaf.hooks is not None:
        hooks.after_accumulation(leaf, graph)


def owned(g: Any, dtype: Any) -> Any:
    """The gradient in memory that nobody else sees."""
    return np.array(g, dtype, order="K")


def _laid_as(x: Any, g: Any) -> Any:
    """The gradient of a leaf, with its dimensions in the leaf's order in memory."""
    if x is None or g.strides == x.array.strides:
        return g
    out = np.empty_like(x.array, g.dtype)
    out[...] = g
    return out


@overload
def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Tensor | Iterable[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: Literal[False] | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]: ...
@overload
def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Tensor | Iterable[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    *,
    allow_unused: bool,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]: ...
@nested
def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of ``outputs`` with respect to ``inputs``, returned instead of accumulated.

    Math    for each input:  sum_k (d outputs_k / d input)^T grad_outputs_k
    Shapes  outputs one or several, grad_outputs as these or None for scalars -> a tuple, each as its input
    Raises  RuntimeError if an input was not used (unless ``allow_unused``) or needs no gradient.

    >>> x = minigrad.tensor(3., requires_grad=True)
    >>> (g,) = minigrad.autograd.grad(x ** 3, x, create_graph=True); g
    tensor(27., grad_fn=<MulBackward0>)
    >>> minigrad.autograd.grad(g, x)
    (tensor(18.),)
    """
    _check_options(only_inputs, allow_unused, is_grads_batched, materialize_grads)
    outputs, inputs = _as_tuple(outputs), _as_tuple(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    roots = _roots(outputs, _as_tuple(grad_outputs, len(outputs)), create_graph)
    nodes = _nodes_of_inputs(inputs)
    retain = create_graph if retain_graph is None else retain_graph
    targets = {node for node in nodes if type(node) is not Sink}
    announce("backward_began", roots, "grad", create_graph)
    try:
        found = sweep(roots, retain=retain, graph=create_graph, targets=targets)
        for node in list(found):
            found[node] = _result(node, found.pop(node), create_graph)
    finally:
        announce("backward_ended")
    results = []
    for k, (node, x) in enumerate(zip(nodes, inputs, strict=True)):
        g = found.get(node)
        if g is not None:
            results.append(g if g.array.dtype == x.array.dtype else roles.cast(g, x.array.dtype))
        elif allow_unused or materialize_grads:
            results.append(wrap(np.zeros_like(x.array)) if materialize_grads else None)
        else:
            raise unused_error(k, x.array)
    return tuple(results)


def _result(node: Any, g: Any, graph: bool) -> Any:
    """A gradient as a Tensor with memory of its own."""
    if isinstance(node, Leaf) and node.hooks is not None and node.hooks.before:
        g = hooks.before(node, g, graph)
    return g if isinstance(g, Variable) else wrap(owned(g, g.dtype))


def _check_options(only_inputs: bool, allow_unused: bool | None, is_grads_batched: bool, materialize: bool) -> None:
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=3,
        )
    if is_grads_batched:
        raise NotImplementedError(
            "grad: is_grads_batched=True is not supported; call grad once for each row of grad_outputs"
        )
    if materialize and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got False.")


def _as_tuple(value: Any, count: int = 1) -> tuple[Any, ...]:
    if value is None:
        return (None,) * count
    return (value,) if isinstance(value, Variable) or not isinstance(value, Iterable) else tuple(value)


def _roots(tensors: Any, gradients: Any, graph: bool) -> list[tuple[Any, Any]]:
    """(node, gradient) of each output, ones for a scalar."""
    if len(tensors) != len(gradients):
        raise number_of_gradients_error(len(tensors), len(gradients))
    roots = []
    for k, (y, g) in enumerate(zip(tensors, gradients, strict=True)):
        if not isinstance(y, Variable):
            raise TypeError(f"backward: expected a Tensor, got {type(y).__name__}")
        node = node_of(y)
        if node is None or type(node) is Sink:
            raise root_error(k)
        roots.append((node, _first_gradient(k, y, g, graph)))
    return roots


def _first_gradient(k: int, y: Variable, g: Any, graph: bool) -> Any:
    """The gradient of output number k that a sweep starts with."""
    if g is None:
        if y.array.size != 1:
            raise scalar_error(y.array)
        g = np.ones_like(y.array) if y.array.ndim else np.array(1, y.array.dtype)  # 6 times as fast for 0-d
        return wrap(g) if graph else g
    if not isinstance(g, Variable):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if g.array.shape != y.array.shape:
        raise gradient_shape_error(k, g.array, y.array)
    return g if graph else g.array


def _nodes_of_inputs(inputs: Any) -> list[Any]:
    nodes = []
    for k, x in enumerate(inputs):
        if not isinstance(x, Variable):
            raise TypeError(f"inputs[{k}] must be a Tensor, got {type(x).__name__}")
        nodes.append(node_of(x))
        if nodes[-1] is None:
            raise input_error(k, x.array)
    return nodes
