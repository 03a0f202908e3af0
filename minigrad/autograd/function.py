"""Function: an op of your own, with a derivative of your own.

    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * x

    y = Square.apply(x)

``ctx`` is the node of the graph itself. If ``backward`` computes with tensor operations it can be differentiated
again; it runs recorded under ``create_graph=True`` and unrecorded otherwise.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.backward import sum_to
from ..core.errors import inference_error, stale_error, twice_error
from ..core.graph import INFERENCE, Node, Variable, alias, mode, node_of, tick, version_of, watching, wrap, written
from ..core.inplace import check_writable, rebase
from ..core.record import port


class Custom:
    """What the engine asks of a Function's op and plan."""

    keeps = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.label = f"{name}Backward"

    def run(self, node: Any, g: Any) -> Any:
        """The gradient of every tensor argument, as arrays."""
        return node.gradients(g, graph=False)

    def run_on_tensors(self, node: Any, g: Any) -> Any:
        """The same as Tensors, with a graph of their own."""
        return node.gradients(g, graph=True)


class FunctionCtx(Node):
    """The node that a Function leaves, and what its forward tells its backward.

    needs_input_grad  for each argument of ``apply``: is its gradient wanted?
    """

    function: type[Function]
    needs_input_grad: tuple[bool, ...]
    outputs: list[Any]  # (shape, number type) of each output, None for what is no tensor

    def __init__(self, function: type[Function], inputs: tuple[Any, ...]) -> None:
        self.function = function
        self.op = self.plan = function.custom  # type: ignore[assignment]
        self.inputs = [_about(x) for x in inputs]
        nodes = [node_of(x) if isinstance(x, Variable) and mode.grad else None for x in inputs]
        self.parents = tuple(n for n, x in zip(nodes, inputs, strict=True) if isinstance(x, Variable))
        self.needs_input_grad = tuple(n is not None for n in nodes)
        self.to_save: tuple[Any, ...] = ()
        self.dirty: tuple[Any, ...] = ()
        self.constant: tuple[Any, ...] = ()
        self.materialize = True
        self.saved = ()
        self.fit = self.out = self.version = self.hooks = None
        self.trace = None

    # ---- what forward says ----

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs, outputs or anything else that ``backward`` will need.

        Raises  TypeError for what is neither a Tensor nor None.
        """
        for k, x in enumerate(tensors):
            if x is not None and not isinstance(x, Variable):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {k} is of type {type(x).__name__}; "
                    "keep other values as attributes: ctx.value = value"
                )
        self.to_save = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs were written in place; each must be returned."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self.constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether an output that was not used has a gradient of zeros (as by default) or None."""
        self.materialize = value

    # ---- what backward reads ----

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What ``save_for_backward`` kept.

        Raises  RuntimeError if it was freed by an earlier backward, or written since.
        """
        if self.saved is None:
            raise twice_error(self.name())
        return tuple(unpack(self, k) for unpack, k in zip(self.saved, range(len(self.saved)), strict=True))

    def gradients(self, g: Any, graph: bool) -> Any:
        """The user's backward, its answer checked and brought to the inputs' shapes and types."""
        if self.saved is None:
            raise twice_error(self.name())
        arrived = g if isinstance(g, list) else [g]
        shown = [self._materialized(k, a) for k, a in enumerate(arrived)]
        answer = self.function.backward(self, *shown)
        answer = answer if isinstance(answer, tuple) else (answer,)
        count = len(self.inputs)
        if len(answer) < count or any(a is not None for a in answer[count:]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {count}, got "
                f"{len(answer)}); return one gradient, or None, for each argument of forward after ctx"
            )
        results = []
        for k, (a, x) in enumerate(zip(answer, self.inputs, strict=False)):
            if x is None and a is not None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {k + 1}, but "
                    "the corresponding forward input was not a Variable; return None there"
                )
            if x is not None:
                results.append(self._checked(k, a, *x) if self.needs_input_grad[k] else None)
        return results if graph else [a if a is None else a.array for a in results]

    def _materialized(self, k: int, g: Any) -> Any:
        if g is None and self.materialize:
            about = self.outputs[k]
            return None if about is None else wrap(np.zeros(*about))
        return g if g is None or isinstance(g, Variable) else wrap(g)

    def _checked(self, k: int, g: Any, shape: Any, dtype: Any) -> Any:
        if g is None:
            return None
        if not isinstance(g, Variable):
            raise RuntimeError(
                f"function {self.name()}: expected Variable or None (got {type(g).__name__}) as gradient {k}"
            )
        if g.array.shape != shape:
            try:
                fits = np.broadcast_shapes(g.array.shape, shape) == g.array.shape
            except ValueError:
                fits = False
            if not fits:
                raise RuntimeError(
                    f"Function {self.name()} returned an invalid gradient at index {k} - got "
                    f"{list(g.array.shape)} but expected shape compatible with {list(shape)}: the gradient of "
                    "an argument has the argument's shape"
                )
            g = sum_to(g, shape)
        return g if g.array.dtype == dtype else g.to_dtype(dtype)


class Function:
    """A differentiable function written by the user: subclass it, write ``forward`` and ``backward``, call ``apply``.

    >>> class Double(minigrad.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         return g * 2
    >>> x = minigrad.tensor([3.], requires_grad=True)
    >>> y = Double.apply(x); y
    tensor([6.], grad_fn=<DoubleBackward>)
    >>> y.backward(); x.grad
    tensor([2.])
    """

    custom = Custom("Function")

    def __init_subclass__(cls) -> None:
        cls.custom = Custom(cls.__name__)

    def __init__(self) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Write forward and backward as "
            f"static methods and call {type(self).__name__}.apply(...)."
        )

    @staticmethod
    def forward(*args: Any) -> Any:
        """``forward(ctx, *args)``, or ``forward(*args)`` beside a ``setup_context``: compute the outputs."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Tell ``ctx`` what backward will need, if ``forward`` takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradient of every argument of forward, from the gradient of every output."""
        raise NotImplementedError(
            "You must implement the backward method for your custom autograd.Function to use it in a backward pass: "
            "def backward(ctx, g) returns the gradient of every argument of forward."
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run ``forward`` unrecorded and leave a node that will run ``backward``."""
        ctx = FunctionCtx(cls, args)
        before, mode.grad = mode.grad, False
        try:
            if cls.setup_context is Function.setup_context:
                result = cls.forward(ctx, *args)
            else:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
        finally:
            mode.grad = before
        outputs = list(result) if isinstance(result, (tuple, list)) else [result]
        outputs = _recorded(ctx, args, outputs)
        if watching and any(ctx.needs_input_grad):
            for watcher in mode.watchers:
                watcher.made(ctx, args, tuple(outputs) if ctx.out else outputs[0])
        return tuple(outputs) if isinstance(result, (tuple, list)) else outputs[0]


def _recorded(ctx: FunctionCtx, inputs: tuple[Any, ...], outputs: list[Any]) -> list[Any]:
    """The outputs, attached to the node if a gradient is wanted."""
    if any(not _among(x, outputs) for x in ctx.dirty):
        raise RuntimeError(
            f"{ctx.op.name}: some elements marked as dirty during the forward method were not returned as output. "
            "The inputs that are modified inplace must all be outputs of the Function."
        )
    name = f"{ctx.op.name}.apply"
    recording = any(ctx.needs_input_grad)
    for x in ctx.dirty:
        if recording:
            check_writable(x, name)
        written(x, name)
    ctx.seq = tick()
    ctx.outputs = [_about(y) for y in outputs]
    if len(outputs) > 1:
        ctx.out = len(outputs)
    saves: list[Any] = [None] * len(ctx.to_save)
    results: list[Any] = []
    for k, y in enumerate(outputs):
        if isinstance(y, Variable):
            dirty = _among(y, ctx.dirty)
            known = [i for i, x in enumerate(ctx.to_save) if x is y]
            y = y if dirty or not _among(y, inputs) else alias(y)
            if recording and y.array.dtype.kind == "f" and not _among(outputs[k], ctx.constant):
                if dirty:
                    rebase(y, _node_of_output(ctx, k))
                else:
                    y.node, y.viewing = _node_of_output(ctx, k), None
            if dirty or not _among(y, inputs):
                for i in known:
                    saves[i] = _saved_output(k, y)
        results.append(y)
    if recording:
        ctx.saved = tuple(s or _saved_input(x) for s, x in zip(saves, ctx.to_save, strict=True))
    ctx.to_save = ctx.dirty = ctx.constant = ()
    return results


def _about(x: Any) -> Any:
    return (x.array.shape, x.array.dtype) if isinstance(x, Variable) else None


def _among(x: Any, tensors: Any) -> bool:
    return any(x is y for y in tensors)


def _node_of_output(ctx: FunctionCtx, k: int) -> Any:
    return ctx if ctx.out is None else port(ctx, k)


def _saved_input(x: Any) -> Callable[[FunctionCtx, int], Any]:
    """How to get back a saved tensor that is not an output."""
    if x is None:
        return lambda ctx, i: None
    if x.version is INFERENCE:
        raise inference_error()

    def unpack(ctx: FunctionCtx, i: int) -> Any:
        if x.version is not None and x.version.clock > ctx.seq:
            raise stale_error(ctx, f"saved tensor {i}", x.array.shape, x.version)
        return x

    return unpack


def _saved_output(k: int, y: Any) -> Callable[[FunctionCtx, int], Any]:
    """How to get back a saved output: not the tensor itself, which points at the node (a cycle)."""
    array, version, has_node = y.array, version_of(y), y.node is not None

    def unpack(ctx: FunctionCtx, i: int) -> Any:
        if version.clock > ctx.seq:
            raise stale_error(ctx, f"saved output {k}", array.shape, version)
        x = wrap(array, _node_of_output(ctx, k) if has_node else None)
        x.version = version
        return x

    return unpack


class _NotTwice(Function):
    """The identity, until someone differentiates it."""

    @staticmethod
    def forward(ctx: Any, name: str, *tensors: Any) -> Any:
        ctx.name_of_function = name
        return tuple(alias(x) for x in tensors)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise RuntimeError(
            f"trying to differentiate twice a function that was marked with @once_differentiable: "
            f"{ctx.name_of_function}; remove the mark if its backward uses tensor operations only"
        )


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a ``backward`` that does not record its own steps, so that differentiating it again is an error.

    >>> class Cube(minigrad.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x ** 3
    ...     @staticmethod
    ...     @minigrad.autograd.function.once_differentiable
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return minigrad.from_numpy(3 * g.numpy() * x.detach().numpy() ** 2)
    >>> x = minigrad.tensor([2.], requires_grad=True)
    >>> Cube.apply(x).backward(); x.grad
    tensor([12.])
    """

    @functools.wraps(backward)
    def wrapper(ctx: FunctionCtx, *grad_outputs: Any) -> Any:
        recording, mode.grad = mode.grad, False
        try:
            answer = backward(ctx, *grad_outputs)
        finally:
            mode.grad = recording
        if not recording or not any(isinstance(g, Variable) and node_of(g) for g in grad_outputs):
            return answer
        answers = list(answer) if isinstance(answer, tuple) else [answer]
        where = [k for k, a in enumerate(answers) if isinstance(a, Variable)]
        leaves = [wrap(answers[k].array).requires_grad_() for k in where]
        for k, refusing in zip(where, _NotTwice.apply(ctx.op.name, *leaves), strict=True):
            answers[k] = refusing
        return tuple(answers)

    return wrapper
