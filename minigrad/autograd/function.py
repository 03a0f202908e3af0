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

``ctx`` belongs to you: whatever is set on it comes back in ``backward``. If ``backward`` computes with tensor
operations it can be differentiated again; it runs recorded under ``create_graph=True`` and unrecorded otherwise.
"""

from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import numpy as np

from ..core.beside import alias
from ..core.errors import inference_error, stale_error, twice_error
from ..core.inplace import check_writable, rebase_history
from ..core.node import Node, OutputSlot
from ..core.observe import mode, watching
from ..core.roles import roles
from ..core.variable import Variable, version_of, wrap, written
from ..core.version import INFERENCE, next_seq
from ..core.views import node_of, wants_grad
from ..types import Tensor

R = TypeVar("R", covariant=True)


class Forward(Protocol[R]):
    """What has a ``forward``: to a type checker, ``apply`` returns what that returns."""

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> R: ...


class Custom:
    """A Function in the two roles that the engine needs: as the op of a node, and as the plan of its backward."""

    keeps, asks = True, False

    def __init__(self, name: str) -> None:
        self.name = name
        self.label = f"{name}Backward"

    def frees(self, node: Any) -> bool:
        """What the user's forward saved is freed by a sweep that does not retain the graph."""
        return True

    def run(self, node: Any, g: Any, graph: bool = False) -> Any:
        """The gradient of every tensor argument: arrays, or Tensors with a graph of their own."""
        return node.gradients(g, graph)


class Notes:
    """What forward says to the engine through its ctx; the node takes it over."""

    __slots__ = ("constant", "dirty", "materialize", "node", "to_save")

    def __init__(self, node: FunctionNode) -> None:
        self.node = weakref.ref(node)  # the node points at the ctx
        self.to_save: tuple[Any, ...] = ()
        self.dirty: tuple[Any, ...] = ()
        self.constant: tuple[Any, ...] = ()
        self.materialize = True


class FunctionCtx:
    """What a Function's forward tells its backward: any attributes of the user's, and the methods here.

    needs_input_grad  for each argument of ``apply``: is its gradient wanted?
    """

    def __init__(self, notes: Notes, needs_input_grad: tuple[bool, ...]) -> None:
        self.__notes = notes  # under a name that no user's attribute has
        self.needs_input_grad = needs_input_grad

    # ---- what forward says ----

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs, outputs or anything else that ``backward`` will need.

        Raises  TypeError for what is neither a Tensor nor None.
        """
        for k, x in enumerate(tensors):
            if x is not None and not isinstance(x, Variable):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {k} is of type {type(x).__name__}; "
                    "keep other values as attributes: ctx.value = value"
                )
        self.__notes.to_save = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs were written in place; each must be returned."""
        self.__notes.dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.__notes.constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether an output that was not used has a gradient of zeros (as by default) or None."""
        self.__notes.materialize = value

    # ---- what backward reads ----

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What ``save_for_backward`` kept.

        Raises  RuntimeError if it was freed by an earlier backward, or written since.
        """
        node = self.__notes.node()
        if node is None:
            raise twice_error(None)
        return node.saved_tensors

    def __getattr__(self, name: str) -> Any:
        """What the user did not set is asked of the node: ``name()``, ``next_functions``, ``register_hook``."""
        node = None if name.startswith("_") else self.__notes.node()
        if node is None or not hasattr(Node, name):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(node, name)


class FunctionNode(Node):
    """The node that a Function leaves."""

    ctx: FunctionCtx
    function: type[Function]
    inputs: list[Any]  # (shape, dtype) of each argument, None for what is not a tensor
    outputs: list[Any]  # the same of each output
    needs: tuple[bool, ...]
    notes: Notes

    def __init__(self, function: type[Function], inputs: tuple[Any, ...]) -> None:
        self.function = function
        self.op = self.plan = function._custom  # type: ignore[assignment]
        self.inputs = [_about(x) for x in inputs]
        nodes = [node_of(x) if isinstance(x, Variable) and mode.grad else None for x in inputs]
        self.parents = tuple(n for n, x in zip(nodes, inputs, strict=True) if isinstance(x, Variable))
        self.needs = tuple(n is not None for n in nodes)
        self.notes = Notes(self)
        self.ctx = FunctionCtx(self.notes, self.needs)
        self.saved = ()
        self.shapes = self.out = self.version = self.hooks = None
        self.trace = None

    def __getattr__(self, name: str) -> Any:
        """What the user's forward set on its ctx: there, torch has one object for both."""
        if name in ("ctx", "__dict__") or name not in self.ctx.__dict__:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return self.ctx.__dict__[name]

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What ``save_for_backward`` kept."""
        if self.saved is None:
            raise twice_error(self)
        return tuple(unpack(self, k) for unpack, k in zip(self.saved, range(len(self.saved)), strict=True))

    def gradients(self, g: Any, graph: bool) -> Any:
        """The user's backward, its answer checked and brought to the inputs' shapes and types."""
        if self.saved is None:
            raise twice_error(self)
        arrived = g if isinstance(g, list) else [g]
        shown = [self._materialized(k, a) for k, a in enumerate(arrived)]
        answer = self.function.backward(self.ctx, *shown)
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
                results.append(self._checked(k, a, *x) if self.needs[k] else None)
        return results if graph else [a if a is None else a.array for a in results]

    def _materialized(self, k: int, g: Any) -> Any:
        if g is None and self.notes.materialize:
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
            g = roles.sum_to(g, shape)
        return g if g.array.dtype == dtype else roles.cast(g, dtype)


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

    _custom = Custom("Function")

    def __init_subclass__(cls) -> None:
        cls._custom = Custom(cls.__name__)

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
    def forward(*args: Any, **kwargs: Any) -> Any:
        """``forward(ctx, *args)``, or ``forward(*args)`` beside a ``setup_context``: compute the outputs."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Tell ``ctx`` what backward will need, if ``forward`` takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any, **kwargs: Any) -> Any:
        """The gradient of every argument of forward, from the gradient of every output."""
        raise NotImplementedError(
            "You must implement the backward method for your custom autograd.Function to use it in a backward pass: "
            "def backward(ctx, g) returns the gradient of every argument of forward."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> Any:
        """The outputs of a whole batch and the dimension of the batch in each, for ``torch.vmap(F.apply)``; if it is
        not written, forward runs for each sample."""
        raise NotImplementedError("vmap is not implemented.")

    @classmethod
    def apply(cls: type[Forward[R]], *args: Any) -> R:
        """Run ``forward`` unrecorded and leave a node that will run ``backward``."""
        own: Any = cls
        node = FunctionNode(own, args)
        before, mode.grad = mode.grad, False
        try:
            if own.setup_context is Function.setup_context:
                result: Any = own.forward(node.ctx, *args)
            else:
                result = own.forward(*args)
                own.setup_context(node.ctx, _with_defaults(own.forward, args), result)
        finally:
            mode.grad = before
        outputs = list(result) if isinstance(result, (tuple, list)) else [result]
        outputs = _recorded(node, args, outputs)
        if watching and any(node.needs):
            for watcher in mode.watchers:
                watcher.node_made(node, args, tuple(outputs) if node.out else outputs[0])
        return cast(R, tuple(outputs) if isinstance(result, (tuple, list)) else outputs[0])


def _with_defaults(forward: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of ``forward``, and the defaults of those that were not given."""
    bound = inspect.signature(forward).bind(*args)
    bound.apply_defaults()
    return bound.args


def _recorded(node: FunctionNode, inputs: tuple[Any, ...], outputs: list[Any]) -> list[Any]:
    """The outputs, attached to the node if a gradient is wanted."""
    notes = node.notes
    if any(not _among(x, outputs) for x in notes.dirty):
        raise RuntimeError(
            f"{node.op.name}: some elements marked as dirty during the forward method were not returned as output. "
            "The inputs that are modified inplace must all be outputs of the Function."
        )
    name = f"{node.op.name}.apply"
    recording = any(node.needs)
    for x in notes.dirty:
        if recording:
            check_writable(x, name)
        written(x, name)
    node.seq = next_seq()
    node.outputs = [_about(y) for y in outputs]
    if len(outputs) > 1:
        node.out = len(outputs)
    saves: list[Any] = [None] * len(notes.to_save)
    results: list[Any] = []
    for k, y in enumerate(outputs):
        if isinstance(y, Variable):
            dirty = _among(y, notes.dirty)
            known = [i for i, x in enumerate(notes.to_save) if x is y]
            y = y if (dirty and (recording or not wants_grad(y))) or not _among(y, inputs) else alias(y)
            if recording and y.array.dtype.kind == "f" and not _among(outputs[k], notes.constant):
                if dirty:
                    rebase_history(y, _node_of_output(node, k))
                else:
                    y.node, y.view_info = _node_of_output(node, k), None
            if dirty or not _among(y, inputs):
                for i in known:
                    saves[i] = _saved_output(k, y)
        results.append(y)
    if recording:
        node.saved = tuple(s or _saved_input(x) for s, x in zip(saves, notes.to_save, strict=True))
    notes.to_save = notes.dirty = notes.constant = ()
    return results


def _about(x: Any) -> Any:
    return (x.array.shape, x.array.dtype) if isinstance(x, Variable) else None


def _among(x: Any, tensors: Any) -> bool:
    return any(x is y for y in tensors)


def _node_of_output(node: FunctionNode, k: int) -> Any:
    return node if node.out is None else OutputSlot(node, k)


def _saved_input(x: Any) -> Callable[[FunctionNode, int], Any]:
    """How to get back a saved tensor that is not an output."""
    if x is None:
        return lambda node, i: None
    if x.version is INFERENCE:
        raise inference_error()

    def unpack(node: FunctionNode, i: int) -> Any:
        if x.version is not None and x.version.written_at > node.seq:
            raise stale_error(node, f"saved tensor {i}", x.array.shape, x.version)
        return x

    return unpack


def _saved_output(k: int, y: Any) -> Callable[[FunctionNode, int], Any]:
    """How to get back a saved output: not the tensor itself, which points at the node (a cycle)."""
    array, version, has_node = y.array, version_of(y), y.node is not None

    def unpack(node: FunctionNode, i: int) -> Any:
        if version.written_at > node.seq:
            raise stale_error(node, f"saved output {k}", array.shape, version)
        x = wrap(array, _node_of_output(node, k) if has_node else None)
        x.version = version
        return x

    return unpack


class _NotTwice(Function):
    """The identity; its backward raises."""

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
        for k, refusing in zip(where, _NotTwice.apply(backward.__qualname__, *leaves), strict=True):
            answers[k] = refusing
        return tuple(answers)

    return wrapper
