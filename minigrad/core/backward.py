"""The reverse sweep: visit nodes youngest first, run their rules, deliver what they return.

A node's children are all younger than the node, so when its turn comes its own gradient is complete: sorting by
age is a topological order. Nothing is recursive, a chain of a million ops is a loop of a million steps.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np

from .errors import twice_error
from .graph import (
    Hooks,
    Leaf,
    Node,
    Port,
    Sink,
    Variable,
    hooks_of,
    leaf_of,
    mode,
    node_of,
    wants_grad,
    watching,
    wrap,
    written,
)
from .plan import holds_numbers
from .sums import add_up

F = TypeVar("F", bound=Callable[..., Any])

_age = attrgetter("seq")


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Undo a broadcast: add up the gradient over the axes along which the operand was repeated.

    >>> sum_to(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    if isinstance(g, Variable):
        return g.sum_to_size(shape)  # type: ignore[attr-defined]
    extra = g.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1)
    return add_up(g, axes).reshape(shape) if axes else g.reshape(shape)


@np.errstate(all="ignore")  # 0/0 and inf - inf are nan, in silence
def sweep(
    roots: Iterable[tuple[Node | Leaf, Any]],
    *,
    retain: bool,
    graph: bool,
    targets: set[Node | Leaf] | None = None,
    through: bool = False,
) -> dict[Node | Leaf, Any]:
    """Carry the gradients of the roots to the leaves.

    roots    (node, gradient of its output); gradients are arrays, or Tensors if ``graph``
    retain   keep the saved values for another sweep
    graph    run the rules on Tensors, so that the gradients have a graph of their own
    targets  only these gradients are wanted: nothing that does not lead to one of them is computed
    through  the nodes among them are run too, though what comes out of them is not wanted
    Returns  the gradient of every leaf reached (or of the targets), not yet accumulated
    """
    grads: dict[Node | Leaf, Any] = {}
    for node, g in roots:
        _deliver(grads, node, g)
    order = reachable(grads)
    wanted = set() if targets is None else _leading_to(targets, order)
    if targets is not None and through:
        wanted |= targets  # type: ignore[arg-type]
    found: dict[Node | Leaf, Any] = {}
    outer = mode.grad
    watchers = mode.watchers if watching else ()
    mode.grad = graph
    for watcher in watchers:
        watcher.began()
    try:
        for node in order:
            g = grads.pop(node, None)
            if g is None:
                continue
            if node.hooks is not None:
                g = _run_prehooks(node.hooks, g) if type(g) is list else run_hooks(node.hooks, g, graph)
            if targets is not None:
                if node in targets:
                    found[node] = g
                if node not in wanted:
                    continue
            if type(node) is Port:
                _gather(grads, node, g)
                continue
            plan = node.plan
            gradients = plan.run_on_tensors(node, g) if graph else plan.run(node, g)
            if node.hooks is not None and node.hooks.after:
                gradients = _after_hooks(node, gradients, g)
            if watchers:
                before_fit = gradients
            if node.fit is not None:
                gradients = fit(gradients, node.fit)
            if watchers:
                for watcher in watchers:
                    watcher.swept(node, g, before_fit, gradients)
            k = 0
            for parent in node.parents:
                if parent is not None:
                    gi = gradients[k]
                    if gi is not None:
                        before = grads.get(parent)
                        grads[parent] = gi if before is None else _sum(before, gi)
                k += 1
            if not retain and (plan.keeps or (plan.asks and holds_numbers(node.saved))):
                node.saved = node.out = None
            gradients = g = gi = before = None
    finally:
        mode.grad = outer
        for watcher in watchers:
            watcher.ended()
    if targets is None:
        return grads
    found.update((leaf, g) for leaf, g in grads.items() if leaf in targets)
    return found


def fit(gradients: Any, shapes: Any) -> list[Any]:
    """Sum the gradients of broadcast operands to their shapes."""
    return [
        g if g is None or g.shape == shape else sum_to(g, shape) for g, shape in zip(gradients, shapes, strict=True)
    ]


def _deliver(grads: dict[Any, Any], node: Node | Leaf, g: Any) -> None:
    before = grads.get(node)
    grads[node] = g if before is None else before + g


def _sum(before: Any, g: Any) -> Any:
    """``before + g``: in g's memory, if it is large and nobody else sees it. New memory costs more than the sum."""
    if type(g) is not np.ndarray or g.size < _LARGE or sys.getrefcount(g) > _IN_A_TUPLE:
        return before + g
    if not _own_memory(g) or g.dtype != before.dtype:
        return before + g
    g += before
    return g


_LARGE = 4096  # numbers


def _gather(grads: dict[Any, Any], port: Port, g: Any) -> None:
    """Put the gradient of one output into the list that the op's node waits for."""
    (node,) = port.parents
    outputs = grads.get(node)
    if outputs is None:
        if node.saved is None:  # type: ignore[union-attr]
            raise twice_error(node.name())  # type: ignore[union-attr]
        outputs = grads[node] = [None] * node.out  # type: ignore[union-attr]
    before = outputs[port.index]
    outputs[port.index] = g if before is None else before + g


def reachable(roots: Iterable[Node | Leaf]) -> list[Node]:
    """Every node from which the roots were computed, youngest first."""
    stack: list[Any] = [n for n in roots if n.seq]
    seen = set(stack)
    order = []
    while stack:
        node = stack.pop()
        order.append(node)
        for parent in node.parents:
            if parent is not None and parent.seq and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    order.sort(key=_age, reverse=True)
    return order


def _leading_to(targets: set[Any], order: list[Node]) -> set[Node]:
    """The nodes through which a gradient must pass to reach a target."""
    leads: set[Any] = set()
    for node in reversed(order):  # parents before children
        if any(p in targets or p in leads for p in node.parents if p is not None):
            leads.add(node)
    return leads


def run_hooks(hooks: Hooks, g: Any, graph: bool) -> Any:
    """Show the arriving gradient to the user's hooks, which may replace it."""
    if not hooks.before and hooks.keeper is None:
        return g
    seen = g if isinstance(g, Variable) else wrap(g)
    for hook in list(hooks.before.values()):
        replaced = hook(seen)
        if replaced is not None:
            if not isinstance(replaced, Variable):
                raise TypeError(f"a tensor hook must return a Tensor or None, not {type(replaced).__name__}")
            if replaced.array.shape != seen.array.shape:
                raise RuntimeError(
                    f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value: the "
                    f"gradient is {list(seen.array.shape)}, the hook returned "
                    f"{list(replaced.array.shape)}; return a tensor of the gradient's shape"
                )
            if replaced.array.dtype != seen.array.dtype:
                raise RuntimeError(
                    f"hook '{getattr(hook, '__name__', hook)}' has changed the type of value (was "
                    f"{seen.array.dtype} got {replaced.array.dtype}); return a tensor of the gradient's type"
                )
            seen = replaced
    if (keeper := hooks.keeper) is not None:
        kept = seen if graph else wrap(seen.array.copy())
        keeper.grad = kept if keeper.grad is None else keeper.grad + kept
    return seen if graph else seen.array


def _run_prehooks(hooks: Hooks, outputs: list[Any]) -> list[Any]:
    """Show the gradients of a node's several outputs to its hooks, which may replace them."""
    for hook in list(hooks.before.values()):
        shown = tuple([g if g is None or isinstance(g, Variable) else wrap(g) for g in outputs])
        replaced = hook(shown)
        if replaced is not None:
            outputs = [g if g is None or mode.grad else g.array for g in replaced]
    return outputs


def _after_hooks(node: Node, gradients: Any, g: Any) -> Any:
    """Show a node's gradients (inputs, outputs) to its hooks, which may replace those of the inputs."""
    show: Any = lambda v: v if v is None or isinstance(v, Variable) else wrap(v)
    shown = tuple(show(v) for v in gradients)
    outputs = tuple(show(v) for v in g) if isinstance(g, list) else (show(g),)
    for hook in list(node.hooks.after.values()):  # type: ignore[union-attr]
        replaced = hook(shown, outputs)
        if replaced is not None:
            shown = tuple(replaced) if isinstance(replaced, (tuple, list)) else (replaced,)
            if len(shown) != len(node.parents):
                raise RuntimeError(
                    f"hook on {node.name()} returned {len(shown)} gradients, its op has "
                    f"{len(node.parents)} inputs; return one (or None) for each"
                )
    if mode.grad:
        return shown
    return tuple(v if v is None else v.array for v in shown)


def accumulate(leaf: Leaf, held: list[Any], graph: bool) -> None:
    """Add a gradient, the only item of ``held``, to ``leaf.grad``, which owns its memory."""
    x = leaf.owner()
    if type(leaf) is Sink or (x is not None and x.node is not leaf):  # nobody wants it, or x does no more
        return
    hooks = leaf.hooks
    if hooks is not None and hooks.before:
        held[0] = run_hooks(hooks, held[0], graph)
    if x is not None and x.array.shape != held[0].shape:  # x.data was set since
        raise RuntimeError(
            f"Function returned an invalid gradient: got {list(held[0].shape)} but expected shape compatible with "
            f"{list(x.array.shape)}; x.data was given another shape after the forward"
        )
    if isinstance(held[0], Variable):
        g: Any = held[0].to_dtype(leaf.dtype) if held[0].array.dtype != leaf.dtype else held[0].clone()  # type: ignore[attr-defined]
        leaf.grad = g if leaf.grad is None else leaf.grad + g
    elif leaf.grad is None:
        leaf.grad = wrap(_laid_as(x, _owned(held, leaf.dtype)))
    else:
        leaf.grad.array += held[0]
        written(leaf.grad)
    if hooks is not None and hooks.after:
        before, mode.grad = mode.grad, graph  # they may write to the leaf: an optimizer's step
        try:
            for hook in list(hooks.after.values()):
                if hook(leaf.variable) is not None:
                    raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        finally:
            mode.grad = before


def retain_grad(x: Any) -> None:
    """Keep the gradient of a non-leaf in its ``.grad``.

    Raises  RuntimeError if it needs no gradient.
    """
    if not wants_grad(x):
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    node = node_of(x)
    if isinstance(node, Node):
        hooks_of(node).keeper = leaf_of(x)


def _owned(held: list[Any], dtype: Any) -> Any:
    """The array in ``held`` itself if nobody else can see its memory, else a copy."""
    alone = _references(held) <= _IN_A_LIST
    g = held[0]
    if g.dtype != dtype:
        return g.astype(dtype)
    return g if alone and _own_memory(g) else np.array(g, dtype, order="C")


def _laid_as(x: Any, g: Any) -> Any:
    """The gradient of a leaf, with its dimensions in the leaf's order in memory."""
    if x is None or g.strides == x.array.strides:
        return g
    out = np.empty_like(x.array, g.dtype)
    out[...] = g
    return out


def _own_memory(g: Any) -> bool:
    """Whether g is an array that looks at no other's memory, and may be written to."""
    return type(g) is np.ndarray and g.base is None and g.flags.writeable


# Nobody else sees an array if it has no more references than those we know of. How many Python counts then is measured,
# for it differs between versions: for an item of ``held``, and for an item of a rule's results that the sweep looks at.


def _references(held: list[Any]) -> int:
    return sys.getrefcount(held[0])


def _references_to(g: Any) -> int:
    return sys.getrefcount(g)


def _as_in_the_sweep() -> int:
    gradients = (np.empty(0),)
    g = gradients[0]
    return _references_to(g)


_IN_A_LIST = _references([np.empty(0)])
_IN_A_TUPLE = _as_in_the_sweep()


def _nested(function: F) -> F:
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


_DEEPEST = 32  # of some 15 calls of functions each: Python allows 1000


@_nested
def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Sum the gradients of ``tensors`` into ``.grad`` of every leaf they were computed from.

    Math    for each leaf x:  x.grad += sum_k (d tensors_k / dx)^T grad_tensors_k
    Raises  RuntimeError if a tensor needs no gradient, is no scalar and comes without a gradient, or if the
            graph was freed by an earlier sweep.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> minigrad.autograd.backward((x * x).sum()); x.grad
    tensor([2., 4.])
    """
    tensors = _as_tuple(tensors)
    roots = _roots(tensors, _as_tuple(grad_tensors, len(tensors)), create_graph)
    targets = None
    if inputs is not None:
        if not (inputs := _as_tuple(inputs)):
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        targets = set(_nodes_of_inputs(inputs))
        for x in inputs:
            retain_grad(x)
    retain = create_graph if retain_graph is None else retain_graph
    found = sweep(roots, retain=retain, graph=create_graph, targets=targets, through=True)
    for node in list(found):
        held = [found.pop(node)]
        if isinstance(node, Leaf):
            accumulate(node, held, create_graph)


@_nested
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

    Math    for each input x:  sum_k (d outputs_k / dx)^T grad_outputs_k
    Raises  RuntimeError if an input was not used (unless ``allow_unused``) or needs no gradient.

    >>> x = minigrad.tensor(3., requires_grad=True)
    >>> (g,) = minigrad.autograd.grad(x ** 3, x, create_graph=True); g
    tensor(27., grad_fn=<MulBackward0>)
    >>> minigrad.autograd.grad(g, x)
    (tensor(18.),)
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if is_grads_batched:
        raise NotImplementedError(
            "grad: is_grads_batched=True is not supported; call grad once for each row of grad_outputs"
        )
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got False.")
    outputs, inputs = _as_tuple(outputs), _as_tuple(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    roots = _roots(outputs, _as_tuple(grad_outputs, len(outputs)), create_graph)
    nodes = _nodes_of_inputs(inputs)
    retain = create_graph if retain_graph is None else retain_graph
    found = sweep(roots, retain=retain, graph=create_graph, targets={node for node in nodes if type(node) is not Sink})
    for node in list(found):
        held = [found.pop(node)]
        if isinstance(node, Leaf) and node.hooks is not None and node.hooks.before:
            held[0] = run_hooks(node.hooks, held[0], create_graph)
        found[node] = held[0] if isinstance(held[0], Variable) else wrap(_owned(held, held[0].dtype))
    results = []
    for k, (node, x) in enumerate(zip(nodes, inputs, strict=True)):
        g = found.get(node)
        if g is None:
            if not (allow_unused or materialize_grads):
                raise RuntimeError(
                    f"One of the differentiated Tensors (inputs[{k}], of shape {list(x.shape)}) appears to "
                    "not have been used in the graph. Set allow_unused=True if this is the desired behavior."
                )
            results.append(wrap(np.zeros_like(x.array)) if materialize_grads else None)
            continue
        results.append(g if g.array.dtype == x.array.dtype else g.to_dtype(x.array.dtype))
    return tuple(results)


def _as_tuple(value: Any, count: int = 1) -> tuple[Any, ...]:
    if value is None:
        return (None,) * count
    return (value,) if isinstance(value, Variable) or not isinstance(value, Iterable) else tuple(value)


def _roots(tensors: Any, gradients: Any, graph: bool) -> list[tuple[Any, Any]]:
    """(node, gradient) of each output, ones for a scalar."""
    if len(tensors) != len(gradients):
        raise RuntimeError(
            f"got {len(tensors)} tensors and {len(gradients)} gradients; give one gradient (or None) for each"
        )
    roots = []
    for k, (y, g) in enumerate(zip(tensors, gradients, strict=True)):
        if not isinstance(y, Variable):
            raise TypeError(f"backward: expected a Tensor, got {type(y).__name__}")
        node = node_of(y)
        if node is None or type(node) is Sink:
            raise RuntimeError(
                f"element {k} of tensors does not require grad and does not have a grad_fn: nothing it was "
                "computed from has requires_grad=True (or it was computed under no_grad, or detached)"
            )
        if g is None:
            if y.array.size != 1:
                raise RuntimeError(
                    f"grad can be implicitly created only for scalar outputs: this one is "
                    f"{list(y.array.shape)}, so call .sum() or .mean() first, or give backward(gradient=...)"
                )
            g = np.ones_like(y.array) if y.array.ndim else np.array(1, y.array.dtype)  # six times as fast
        else:
            if not isinstance(g, Variable):
                raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
            if g.array.shape != y.array.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{k}] has a shape of {list(g.array.shape)} and "
                    f"output[{k}] has a shape of {list(y.array.shape)}."
                )
            g = g if graph else g.array
        roots.append((node, wrap(g) if graph and not isinstance(g, Variable) else g))
    return roots


def _nodes_of_inputs(inputs: Any) -> list[Any]:
    nodes = []
    for k, x in enumerate(inputs):
        if not isinstance(x, Variable):
            raise TypeError(f"inputs[{k}] must be a Tensor, got {type(x).__name__}")
        node = node_of(x)
        if node is None:
            raise RuntimeError(
                f"One of the differentiated Tensors (inputs[{k}], of shape {list(x.array.shape)}) does not "
                "require grad: call requires_grad_() on it before the forward"
            )
        nodes.append(node)
    return nodes
