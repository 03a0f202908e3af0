"""``loss.backward()`` and ``grad(loss, x)``: what the user gave, checked and made ready for the engine.

Which tensors to start from, with which gradients; to which leaves; then ``core.backward`` runs the sweep. A backward
pass that begins in a rule or a hook of another comes here too.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import numpy as np

from .core import backward as engine
from .core.errors import (
    gradient_shape_error,
    input_error,
    number_of_gradients_error,
    root_error,
    scalar_error,
    unused_error,
)
from .core.grad_fn import hooks_of
from .core.node import Leaf, Node, Sink
from .core.observe import mode
from .core.roles import roles
from .core.variable import Variable, wrap
from .core.views import node_of, wants_grad

if TYPE_CHECKING:
    from .types import Tensor, Tensors

F = TypeVar("F", bound=Callable[..., Any])

_DEEPEST = 32  # of some 15 calls of functions each: Python allows 1000


def nested(function: F) -> F:
    """Let a backward pass that began inside of many others go on in a thread of its own, whose stack is empty."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if mode.depth == _DEEPEST:
            from concurrent.futures import ThreadPoolExecutor  # rarely needed, and takes long to load

            around = {**vars(mode), "depth": 0}
            with ThreadPoolExecutor(1, initializer=lambda: vars(mode).update(around)) as pool:
                return pool.submit(run, *args, **kwargs).result()
        mode.depth += 1
        try:
            return function(*args, **kwargs)
        finally:
            mode.depth -= 1

    return run  # type: ignore[return-value]


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
            retain_grad(x)
    retain = create_graph if retain_graph is None else retain_graph
    engine.backward(roots, retain, create_graph, targets)


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
    found = engine.gradients(roots, retain, create_graph, targets)
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


# ---- where a gradient is kept ----


def leaf_of(x: Variable) -> Leaf:
    """Where the gradient of ``x`` is kept, also if ``x`` is not a leaf, or requires none."""
    if isinstance(x.node, Leaf):
        return x.node
    kept: Leaf | None = x.__dict__.get("_leaf")
    if kept is None:
        kept = x.__dict__["_leaf"] = Leaf(x)
    return kept


def retain_grad(x: Any) -> None:
    """Keep the gradient of a non-leaf in its ``.grad``.

    Raises  RuntimeError if it needs no gradient.
    """
    if not wants_grad(x):
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    node = node_of(x)
    if isinstance(node, Node):
        hooks_of(node).keeper = leaf_of(x)
