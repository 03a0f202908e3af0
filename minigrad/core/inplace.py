"""Writing into memory that others may see, and keeping the graph right.

``y.mul_(x)`` is ``y * x`` recorded on y's old node, its result written into y's memory, and y's node replaced. If y
is a view, the change happened to the base: the base gets a node that overwrote a part of it, and every view of
it makes its own node anew when it is next asked (``views.node_of``).

Source: https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, cast

import numpy as np

from .dtype import FROM_NUMPY, RANK, default_float
from .errors import multiple_views_error, user_line
from .node import Leaf, Node
from .observe import announce, mode, watching
from .roles import roles
from .variable import Variable, version_of, wrap, written
from .version import INFERENCE
from .views import View, node_of, set_node, view_of, wants_grad

if TYPE_CHECKING:
    from ..types import Tensor

P = ParamSpec("P")


def inplace(function: Callable[P, Any], name: str = "") -> Callable[P, Tensor]:
    """The in-place form of an op: ``add_ = inplace(ops.add)``."""
    doc = function.__doc__  # of a function that has no out-of-place form: its name is kept
    operands = getattr(getattr(function, "op", None), "operands", 1)
    if not name:
        name = function.__name__.strip("_") + "_"
        doc = f"In-place version of :func:`{name[:-1]}`."

    def method(input: Any, *args: Any, **kwargs: Any) -> Any:  # torch's name
        x = input
        check_writable(x, name)
        for y in (*args, *kwargs.values()):
            if isinstance(y, Variable):
                check_apart(x, y, name)
        before = wrap(x.array, node_of(x) if mode.grad else None)
        if before.node is not None and overlaps(x.array):  # a shared element has one gradient, not one a window
            before = roles.only(before, last_of_each(x.array))
        try:
            out = function(before, *args, **kwargs)
        except NotImplementedError:
            if operands == 2 and name != "sub_":  # which asks for the types first
                check_result(x, next(iter((*args, *kwargs.values()))), name)
            raise
        saved = weakref.ref(before)
        del before
        if (operand := saved()) is not None:  # a rule saved it: it must keep the old numbers
            operand.array = x.array.copy()
        assign(x, out, name)
        return x

    functools.update_wrapper(method, function)
    method.__name__ = method.__qualname__ = name
    method.__doc__ = doc
    return cast(Callable[P, "Tensor"], method)


class Activation(Protocol):
    """``relu(x)``, or in place ``relu(x, True)``."""

    def __call__(self, input: Tensor, inplace: bool = False) -> Tensor: ...


def activation(function: Callable[..., Tensor], function_: Callable[..., Tensor]) -> Activation:
    """An op of one operand that takes ``inplace`` too: ``F.relu = activation(torch.relu, torch.relu_)``."""

    def call(input: Tensor, inplace: bool = False) -> Tensor:
        return function_(input) if inplace else function(input)

    functools.update_wrapper(call, function, ("__module__", "__name__", "__qualname__", "__doc__"))
    del call.__wrapped__  # type: ignore[attr-defined]  # its signature is the one above
    return call


def check_writable(x: Variable, name: str) -> None:
    """Refuse what torch refuses: leaves that require a gradient, their views, views made several at once.

    Raises  RuntimeError
    """
    if x.version is INFERENCE and not mode.inference:
        raise RuntimeError(
            f"Inplace update to inference tensor outside InferenceMode is not allowed ({name}). You can make a clone "
            "to get a normal tensor before doing inplace update."
        )
    if not (mode.grad and wants_grad(x)):
        return
    if (view := view_of(x)) is not None:
        check_view(view, name)
        if not isinstance(view.base.node, Node):
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place operation "
                f"({name}): write under torch.no_grad(), or out of place"
            )
    elif isinstance(x.node, Leaf):
        raise RuntimeError(
            f"a leaf Variable that requires grad is being used in an in-place operation ({name}): its "
            "old value is what gradients are taken at; write under torch.no_grad(), as in with torch.no_grad(): "
            "w -= lr * w.grad"
        )


def check_view(view: View, name: str) -> None:
    """Refuse to record a write to a view that the graph cannot follow."""
    if view.multiple:
        raise multiple_views_error(view.multiple)
    if not view.recorded:
        raise RuntimeError(
            f"A view was created in no_grad mode and is being modified inplace ({name}) with grad mode "
            "enabled. Make the view with grad mode enabled too, or write under torch.no_grad()."
        )


def check_apart(x: Variable, y: Variable, name: str) -> None:
    """Refuse to write into memory that partially overlaps an operand: the result would depend on the order of writing.

    Raises  RuntimeError
    """
    a, b = x.array, y.array
    if y is not x and (y.version is None or y.version is not x.version):
        return
    as_number = not b.ndim and (name in _SETTING or name == "__setitem__")  # read before anything is written
    if as_number or not (a.flags.forc and b.flags.forc):
        return
    same = y is x or (a.ctypes.data == b.ctypes.data and a.shape == b.shape and _steps(a) == _steps(b))
    same = same and name not in _BY_PLACE
    if np.may_share_memory(a, b) and not same:
        raise RuntimeError(
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
            f"memory location ({name} of {list(a.shape)} by an overlapping {list(b.shape)}). Please clone() the tensor "
            "before performing the operation."
        )


def check_memory(x: Variable, name: str) -> None:
    """Refuse to write, past the ops, to memory that several elements share or that cannot be written.

    Raises  RuntimeError
    """
    flags = x.array.flags
    if not flags.carray and (not flags.writeable or repeats(x.array)):
        raise refused(name)
    if watching:
        announce("write_begins", x)


def check_fits(a: Any, b: Any, name: str) -> None:
    """Refuse an array that cannot be written into another.

    Raises  RuntimeError if the shape or the category of the type does not fit.
    """
    if np.broadcast_shapes(a.shape, b.shape) != a.shape:
        raise RuntimeError(
            f"output with shape {list(a.shape)} doesn't match the broadcast shape {list(b.shape)}: "
            f"{name} writes into a tensor that cannot grow; use the out-of-place form"
        )
    if RANK[b.dtype.kind] > RANK[a.dtype.kind]:
        raise RuntimeError(
            f"result type {_torch_name(b)} can't be cast to the desired output type {_torch_name(a)} "
            f"({name}); convert the tensor first, or use the out-of-place form"
        )


def check_result(x: Variable, y: Any, name: str) -> None:
    """Before the types of its two operands an in-place op is asked whether its result would fit.

    Raises  RuntimeError
    """
    if isinstance(y, (Variable, float)):
        check_fits(x.array, y.array if isinstance(y, Variable) else default_float().type(y), name)


def assign(x: Variable, out: Variable, name: str) -> None:
    """Write ``out`` into the memory of ``x`` and let the graph know.

    Raises  RuntimeError if the shape or the category of the type does not fit.
    """
    a, b = x.array, out.array
    check_fits(a, b, name)
    repeated = repeats(a)
    if repeated and name not in _SETTING:
        raise refused(name)
    node = out.node if a.dtype.kind == "f" else None  # integers have no gradient
    if node is not None and mode.grad and (viewed := view_of(x)) is not None:
        check_view(viewed, name)
    if not a.flags.writeable:
        raise refused(name)
    if b.dtype != a.dtype:
        from_cast = roles.cast(out, a.dtype)
        node, b = node and from_cast.node, from_cast.array
    if watching:
        announce("write_begins", x)
    if repeated or overlaps(a):
        np.copyto(a, b, where=(a != b) & ((a == a) | (b == b)))  # of those that share memory, the one that was set
    else:
        a[...] = b
    written(x, f"{name} at {user_line()}", bool(watching) and mode.grad and (node is not None or wants_grad(x)))
    version = version_of(x)
    if node is not None and not isinstance(node, Leaf) and node.out is not None and node.version is not None:
        node.out, node.version = a, version  # the op's output is now this memory: a later write is noticed
        node.seq = version.written_at
    if mode.grad:
        rebase_history(x, node)


_BY_PLACE = {
    "index_add_", "index_copy_", "index_fill_", "index_put_", "put_",
    "scatter_", "scatter_add_", "scatter_reduce_",
}  # fmt: skip
"""What writes to places that an operand names: even an operand in the very same memory would change on the way."""

_SETTING = {"zero_", "fill_", "fill_diagonal_", "index_fill_", "index_put_", "masked_fill_", "tril_", "triu_"}
"""What sets elements to a number, and so may write to those that share memory."""


def repeats(a: Any) -> bool:
    """Whether several elements of an array are the same memory, as after ``expand``."""
    return bool(a.size) and 0 in _steps(a)


def overlaps(a: Any) -> bool:
    """Whether elements of an array may be the same memory, as in windows that overlap."""
    if a.flags.forc:
        return False
    reach = 0
    for step, size in sorted((abs(step), size) for step, size in zip(a.strides, a.shape, strict=True) if size > 1):
        if step <= reach:
            return True
        reach += step * (size - 1)
    return False


def last_of_each(a: Any) -> Any:
    """A mask: of the elements of an array that are the same memory, the last."""
    places = sum([k * step for k, step in zip(np.indices(a.shape, sparse=True), a.strides, strict=True)])
    _, last = np.unique(np.ravel(places)[::-1], return_index=True)
    mask = np.zeros(a.size, bool)
    mask[a.size - 1 - last] = True
    return mask.reshape(a.shape)


def _steps(a: Any) -> list[int]:
    """The strides that mean something: where there is but one position, a view may have any."""
    return [s for s, n in zip(a.strides, a.shape, strict=True) if n > 1]


def refused(name: str) -> RuntimeError:
    """Nothing may be written there."""
    return RuntimeError(
        "unsupported operation: more than one element of the written-to tensor refers to a single memory "
        f"location ({name}), or the memory is read-only. Please clone() the tensor before the operation."
    )


def rebase_history(x: Variable, node: Any) -> None:
    """Let the graph know that ``node`` made what is in the memory of ``x`` now."""
    view = view_of(x)
    if view is None:
        set_node(x, node)
        return
    base = view.base
    if base.node is None and node is None:
        return
    whole = roles.overwrite(wrap(base.array, base.node), wrap(x.array, node), view.way())
    set_node(base, whole.node)
    view.made_at = 0  # this view and the others find their nodes again through the base


def _torch_name(a: Any) -> str:
    return {
        "float32": "Float",
        "float64": "Double",
        "int64": "Long",
        "int32": "Int",
        "bool": "Bool",
    }.get(FROM_NUMPY[a.dtype].name, FROM_NUMPY[a.dtype].name.capitalize())
