"""The graph that a forward pass leaves behind: variables, the nodes that made them, and who wrote memory last.

    x ──Leaf        y = x * w          y.node = Node(mul, parents=(x.node, w.node), saved=(x, w))
    w ──Leaf        z = y.sum()        z.node = Node(sum, parents=(y.node,))

A node points at its parents and never at its own output, so nothing is cyclic: drop ``z`` and the whole graph
is freed at once, without the garbage collector.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import multiple_views_error, unrecorded_view_error

if TYPE_CHECKING:
    from .op import Op
    from .plan import Plan

_new = object.__new__

tick = itertools.count(1).__next__
"""One clock for everything that happens: the making of a node, the writing of memory."""


class Watcher:
    """Someone who wants to see what a thread does: anomaly detection, the microscope. The methods here look away."""

    def made(self, node: Node, args: tuple[Any, ...], out: Any) -> None:
        """An op was recorded: ``out``, a Variable or a tuple of them, was made of ``args``."""

    def began(self) -> None:
        """A backward pass begins."""

    def swept(self, node: Node, g: Any, gradients: Any, parts: Any) -> None:
        """``g`` arrived at a node, its rules made ``gradients`` of it; ``parts``, of the operands' shapes, go on."""

    def ended(self) -> None:
        """The backward pass ends."""

    def entered(self, module: Any) -> None:
        """A Module's forward begins."""

    def left(self, module: Any) -> None:
        """It ends."""


class Mode(threading.local):
    """What this thread records: gradients, inference tensors; whether it may draw random numbers; who watches it; how
    many backward passes it is inside of."""

    grad = True
    inference = False
    random = True
    watchers: tuple[Watcher, ...] = ()
    depth = 0


mode = Mode()

watching: set[Watcher] = set()
"""All watchers of all threads: while there are none, nobody looks at ``mode.watchers``, which takes time."""


def watch(watcher: Watcher) -> None:
    """Let ``watcher`` see what this thread does from here on."""
    watching.add(watcher)
    mode.watchers = (*mode.watchers, watcher)


def unwatch(watcher: Watcher) -> None:
    """Let it see no more."""
    mode.watchers = tuple([w for w in mode.watchers if w is not watcher])
    watching.discard(watcher)


class Version:
    """When a piece of memory was last written. Shared by all tensors that look at the memory.

    A value saved for backward at time t is still good if and only if its memory was last written at or before t.
    """

    count = 0  # writes so far: torch's ``_version``
    clock = 0  # time of the last write
    where = ""  # op and line of the last write, for the error message


INFERENCE = Version()
"""The record of writes of every tensor made in inference mode: nobody keeps one, so no graph may save them."""


class Path:
    """The ops that lead from a base to a view of it."""

    __slots__ = ("args", "op", "parent")

    def __init__(self, parent: Path | None, op: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.parent = parent
        self.op = op
        self.args = args

    def replay(self, base: Any) -> Any:
        """The same view of ``base``, be it an array or a Variable."""
        return self.op(base if self.parent is None else self.parent.replay(base), *self.args)


class View:
    """How a view was made, so that its node can be made again after someone wrote to its base.

    base      the variable whose memory it shows; itself no view
    path      the ops that lead from there
    clock     when its node was made: out of date, if the memory was written since
    multiple  name of the op, if it returned several views at once
    recorded  whether gradients were on when it was made
    detached  outside the base's graph: the view is a tensor of its own, and only its strides are the base's affair
    """

    __slots__ = ("base", "clock", "detached", "multiple", "path", "recorded")

    base: Variable
    detached: bool
    path: Path
    multiple: str
    recorded: bool

    def __init__(self, x: Variable, op: Callable[..., Any], args: tuple[Any, ...]) -> None:
        above = x.viewing
        if above is None or above.detached:
            self.base, self.path, self.multiple, self.recorded = x, Path(None, op, args), "", mode.grad
        else:
            self.base, self.path, self.multiple = above.base, Path(above.path, op, args), above.multiple
            self.recorded = mode.grad and above.recorded
        self.clock = tick()
        self.detached = False

    def outside(self, base: Variable) -> View:
        """The same view of another variable on the same memory, outside any graph."""
        twin = _new(View)
        twin.base, twin.path, twin.clock, twin.detached = base, self.path, self.clock, True
        twin.multiple, twin.recorded = "", True
        return twin


class Variable:
    """An array, and the node that made it.

    array     the numbers; its memory layout is private, its shape is not
    node      None (needs no gradient), a Leaf (the user asked for one) or the Node of the op that made it
    version   shared record of writes, made when first needed
    viewing   how it looks at another variable's memory, if it does
    """

    __slots__ = ("__weakref__", "array", "node", "version", "viewing")

    array: np.ndarray[Any, Any]
    node: Node | Leaf | None
    version: Version | None
    viewing: View | None

    hands_on = True  # whether results of ops have the class of the operands; of Tensor's subclasses, but for Parameter

    def __init_subclass__(cls) -> None:
        global tensor_class
        if tensor_class is Variable:
            tensor_class = cls
        (special if cls.hands_on and cls is not tensor_class else plain).add(cls)


tensor_class: type[Variable] = Variable
"""The class of new results: the first subclass of Variable, which is Tensor."""

plain: set[type] = set()
"""Tensor and Parameter: what ops make of them are Tensors."""

special: set[type] = set()
"""The subclasses that users have made: while there are none, nobody looks at the classes of operands."""


def hand_on(result: Any, operands: Iterable[Any]) -> Any:
    """Give what an op made, a Variable or several, the class of its operands: the one derived furthest.

    Raises  TypeError if two of them have classes of which neither is derived from the other.
    """
    kinds = {type(x) for x in operands} & special
    if not kinds:
        return result
    kind = max(kinds, key=lambda cls: len(cls.__mro__))
    if not all(issubclass(kind, other) for other in kinds):
        names = " and ".join(sorted(cls.__name__ for cls in kinds))
        raise TypeError(f"Multiple dispatch failed: operands are {names}, and neither class is derived from the other")
    for y in result if isinstance(result, tuple) else (result,):
        y.__class__ = kind
    return result


def wrap(array: Any, node: Node | Leaf | None = None) -> Any:
    """A Tensor around an array."""
    x = _new(tensor_class)
    x.array = array if type(array) is np.ndarray else np.asarray(array)
    x.node = node
    x.version = INFERENCE if mode.inference else None
    x.viewing = None
    return x


def wrap_like(array: Any, *operands: Any) -> Any:
    """A Tensor around an array, of the operands' class."""
    y = wrap(array)
    return hand_on(y, operands) if special else y


def alias(x: Variable, node: Node | Leaf | None = None) -> Any:
    """A second Variable on the same memory, sharing its record of writes."""
    y = wrap(x.array, node)
    if special:
        hand_on(y, (x,))
    y.version = version_of(x)
    if x.viewing is not None:
        y.viewing = x.viewing.outside(alias(x.viewing.base))
    return y


def beside(array: Any, x: Variable) -> Any:
    """A Variable around numbers that were read from x, or handed out with it: written, when x is."""
    y = wrap_like(array, x)
    y.version = version_of(x)
    return y


_STRIDED = type(np.lib.stride_tricks.as_strided(np.empty(1)).base)  # what NumPy puts between an array and such a view


def owner(array: Any) -> Any:
    """The array whose memory this one looks at: itself, if it has its own."""
    while isinstance(array.base, (np.ndarray, _STRIDED)):
        array = array.base
    return array


def version_of(x: Variable) -> Version:
    """The record of writes to x's memory."""
    if x.version is None:
        x.version = Version()
    return x.version


def written(x: Variable, by: str = "") -> None:
    """Note that the memory of ``x`` has just been written, by an op or outside any graph."""
    version = version_of(x)
    version.count += 1
    version.clock = tick()
    version.where = by


def view_of(x: Variable) -> View | None:
    """How ``x`` was made of another variable in whose graph it is, if it was."""
    view = x.viewing
    return None if view is None or view.detached else view


def wants_grad(x: Variable) -> bool:
    """Whether a gradient is wanted: of ``x``, or of the variable that it is a view of."""
    view = view_of(x)
    return (x.node is not None and type(x.node) is not Sink) or (view is not None and view.base.node is not None)


def renode(x: Variable, new: Node | Leaf | None) -> None:
    """Give ``x`` another node. That it retains its gradient goes with it."""
    old, x.node = x.node, new
    if isinstance(old, Node) and old is not new and old.hooks is not None and new is not None:
        hooks_of(new).keeper, old.hooks.keeper = old.hooks.keeper, None


def node_of(x: Variable) -> Node | Leaf | None:
    """The node of ``x``, made anew if ``x`` is a view whose memory was written since.

    Raises  RuntimeError if it was written, and the graph can't follow: ``x`` is one of several views that were made
            at once, or was made under no_grad.
    """
    view = view_of(x)
    if view is None:
        return x.node
    wanted = view.base.node is not None
    if not wanted and not isinstance(x.node, Node):
        return None if type(x.node) is Sink else x.node
    if x.version is not None and x.version.clock > view.clock:
        if not view.recorded:
            raise unrecorded_view_error()
        if view.multiple:
            raise multiple_views_error(view.multiple)
        saved, mode.grad = mode.grad, True
        try:
            renode(x, view.path.replay(view.base).node)
        finally:
            mode.grad = saved
        view.clock = tick()
    if wanted and x.node is None:  # the base asked for a gradient after the view was made, or the view under no_grad
        x.node = Sink(x)
    return x.node


class Hooks:
    """What the user asked to happen when a gradient arrives at a node."""

    __slots__ = ("after", "before", "keeper")

    def __init__(self) -> None:
        self.before: dict[int, Callable[[Any], Any]] = {}  # on the gradient of the output
        self.after: dict[int, Callable[..., Any]] = {}  # on the accumulated .grad, or a node's gradients
        self.keeper: Leaf | None = None  # of a tensor that retains its gradient


class Leaf:
    """Where a gradient ends: it belongs to the tensor, gradients of the whole sweep are summed into ``grad``.

    A tensor that is no leaf, or wants no gradient any more, keeps its ``.grad`` here too.
    """

    __slots__ = ("__weakref__", "dtype", "grad", "hooks", "owner")
    seq = 0

    def __init__(self, x: Variable) -> None:
        self.grad: Any = None
        self.hooks: Hooks | None = None
        self.owner = weakref.ref(x)
        self.dtype = x.array.dtype

    @property
    def variable(self) -> Any:
        """The tensor whose gradient this accumulates."""
        return self.owner()

    next_functions = ()

    def name(self) -> str:
        return "AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {hex(id(self))}>"


class Sink(Leaf):
    """Where a gradient ends that nobody gets."""

    __slots__ = ()


def leaf_of(x: Variable) -> Leaf:
    """Where the gradient of ``x`` is kept, though ``x`` may be no leaf, or want none."""
    if isinstance(x.node, Leaf):
        return x.node
    kept: Leaf | None = x.__dict__.get("_leaf")
    if kept is None:
        kept = x.__dict__["_leaf"] = Leaf(x)
    return kept


class Node:
    """One recorded op.

    op        what it was, with its rules
    seq       when it was made: a node is always younger than its parents
    parents   where each differentiable operand came from; None where no gradient is wanted
    plan      which rules will run, and what each of them needs
    saved     what the rules named, in the plan's order; None once freed
    fit       for a broadcast op: the shape each operand had, where it differs from the output's
    out       the raw output, if a rule names it, with the record of writes to it
    """

    __slots__ = (
        "__weakref__", "fit", "hooks", "op", "out", "parents", "plan", "saved", "seq", "trace", "version",
    )  # fmt: skip

    op: Op
    seq: int
    parents: tuple[Node | Leaf | None, ...]
    plan: Plan
    saved: tuple[Any, ...] | None
    fit: tuple[Any, ...] | None
    out: Any
    version: Version | None
    hooks: Hooks | None
    trace: str | None

    def name(self) -> str:
        """torch's name of the backward function."""
        return self.plan.label

    @property
    def next_functions(self) -> tuple[tuple[Node | Leaf | None, int], ...]:
        """(parent, number of the parent's output) of each operand, as torch shows them."""
        return tuple(output_of(parent) for parent in self.parents)

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> Handle:
        """Call ``hook(grad_inputs, grad_outputs)`` after this node's rules have run."""
        return add_hook(hooks_of(self).after, hook)

    def register_prehook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call ``hook(grad_outputs)`` before this node's rules run."""

        def unpacked(g: Any) -> Any:
            if isinstance(g, tuple):  # of a node that has several outputs
                return hook(g)
            replaced = hook((g,))
            return None if replaced is None else replaced[0]

        return add_hook(hooks_of(self).before, unpacked)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {hex(id(self))}>"


class Port(Node):
    """One output of an op that has several: gathers its gradient for the op's own node, parents[0]."""

    __slots__ = ("index",)
    index: int


def output_of(node: Node | Leaf | None) -> tuple[Node | Leaf | None, int]:
    """What made a tensor that has this node: the op's own node, and which of its outputs the tensor is."""
    return (node.parents[0], node.index) if isinstance(node, Port) else (node, 0)


def hooks_of(node: Node | Leaf) -> Hooks:
    """The hooks of a node, made when first needed."""
    if node.hooks is None:
        node.hooks = Hooks()
    return node.hooks


class Handle:
    """Takes a hook away again: ``handle.remove()``, or leave its ``with`` block."""

    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Any]) -> None:
        self._hooks = hooks
        self.id = next(Handle._ids)

    def remove(self) -> None:
        """Take the hook away; doing it twice does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def put(hooks: dict[int, Any], entry: Any, prepend: bool = False) -> Handle:
    """Put an entry into a table, last or first; its handle takes it away again."""
    handle = Handle(hooks)
    others = list(hooks) if prepend else []
    hooks[handle.id] = entry
    for key in others:
        hooks[key] = hooks.pop(key)
    return handle


def add_hook(hooks: dict[int, Any], hook: Callable[..., Any], prepend: bool = False) -> Handle:
    """Register a hook in a table and return its handle."""
    if not callable(hook):
        raise TypeError(f"a hook must be callable, got {type(hook).__name__}")
    return put(hooks, hook, prepend)
