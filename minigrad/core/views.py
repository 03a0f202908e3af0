"""Views: variables on the memory of another, their base, and how they get a new node when that memory was written.

A write to a view is a change of its base: the base gets a new node, and each view replays the ops that made it, from
the base's new node, when it is next asked for its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import multiple_views_error, unrecorded_view_error
from .grad_fn import hooks_of
from .node import Leaf, Node, Sink
from .observe import mode
from .variable import Variable, version_of, wrap
from .version import next_seq


class Path:
    """The ops that lead from a base to a view of it."""

    __slots__ = ("args", "op", "parent")

    def __init__(self, parent: Path | None, op: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.parent, self.op, self.args = parent, op, args

    def replay(self, base: Any) -> Any:
        """The same view of ``base``, be it an array or a Variable."""
        return self.op(base if self.parent is None else self.parent.replay(base), *self.args)

    def after(self, before: Path | None) -> Path:
        """Another path, and then this one."""
        return Path(before if self.parent is None else self.parent.after(before), self.op, self.args)


class View:
    """How a view was made, so that its node can be made again after someone wrote to its base.

    base      the variable whose memory it shares; not itself a view
    path      the view function: the ops that lead from the base to the view
    made_at   when its node was made: out of date, if the memory was written since
    multiple  of a multi-output view: the number of the output, and the op that returned several at once; else ""
    recorded  whether gradients were on when it was made
    detached  outside the base's graph: the view is a tensor of its own, and only its strides depend on the base
    named     what the base was a view of itself when this one was made: another, if its dimensions were renamed since
    undo      of a tensor whose dimensions were renamed: the path back
    """

    __slots__ = ("base", "detached", "made_at", "multiple", "named", "path", "recorded", "undo")

    def __init__(self, base: Variable, path: Path, multiple: str, recorded: bool) -> None:
        self.base, self.path, self.multiple, self.recorded = base, path, multiple, recorded
        self.named, self.undo, self.detached = base.view_info, None, False
        self.made_at = next_seq()

    def way(self) -> Path:
        """The path from the base as its dimensions are named now."""
        back: Path | None = None
        named = self.base.view_info
        while named is not self.named:
            back = named.undo.after(back)
            named = named.base.view_info
        return self.path if back is None else self.path.after(back)


def make_view(y: Variable, x: Variable, op: Callable[..., Any], args: tuple[Any, ...], multiple: str = "") -> None:
    """Make ``y``, which is ``op(x, *args)``, a view of ``x`` if it shares its memory (a reshape may have had to copy).

    multiple  of a multi-output view: "0 of SplitBackward0"
    """
    if owner(y.array) is not owner(x.array):
        return
    y.version = version_of(x)
    above = view_of(x)
    if above is None:
        y.view_info = View(x, Path(None, op, args), multiple, mode.grad)
    else:
        path = Path(above.path, op, args)
        first = above.multiple and "0 of " + above.multiple.split(" of ")[1]
        y.view_info = View(above.base, path, multiple or first, mode.grad and above.recorded)


def view_of(x: Variable) -> View | None:
    """How ``x`` was made of another variable in whose graph it is, if it was."""
    view: View | None = x.view_info
    return None if view is None or view.detached else view


def wants_grad(x: Variable) -> bool:
    """Whether a gradient is wanted: of ``x``, or of the variable that it is a view of."""
    view = view_of(x)
    return (x.node is not None and type(x.node) is not Sink) or (view is not None and view.base.node is not None)


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
    if x.version is not None and x.version.written_at > view.made_at:
        if not view.recorded:
            raise unrecorded_view_error()
        if view.multiple:
            raise multiple_views_error(view.multiple)
        saved, mode.grad = mode.grad, True
        try:
            set_node(x, view.way().replay(view.base if wanted else wrap(view.base.array, Sink(view.base))).node)
        finally:
            mode.grad = saved
        view.made_at = next_seq()
    if wanted and x.node is None:  # the base asked for a gradient after the view was made, or the view under no_grad
        x.node = Sink(x)
    return x.node


def set_node(x: Variable, new: Node | Leaf | None) -> None:
    """Give ``x`` another node. That it retains its gradient goes with it."""
    old, x.node = x.node, new
    if isinstance(old, Node) and old is not new and old.hooks is not None and new is not None:
        hooks_of(new).keeper, old.hooks.keeper = old.hooks.keeper, None


_STRIDED = type(np.lib.stride_tricks.as_strided(np.empty(1)).base)  # the class of the base that as_strided makes


def owner(array: Any) -> Any:
    """The array that owns this one's memory: its base's base's ... base, or itself."""
    while isinstance(array.base, (np.ndarray, _STRIDED)):
        array = array.base
    return array
