"""What changes numbers beside the ops: ``.grad`` that is added to, weights that are updated, memory that is written.

A tensor is followed from the moment it is first seen: its numbers, and its ``.grad``. Before and after each event that
could change them they are looked at. So what an event found is what the last one left, or something wrote past the
engine (NumPy can), and then that is an event too.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.errors import user_frame
from ..core.grad_fn import output_of
from ..core.node import Leaf, Node
from ..core.variable import Variable
from ..core.views import view_of
from ..core.watcher import Watcher
from ..nn import Module
from .copies import Copies, same
from .entries import Change, Item, Recording, Source, Update, operands_of
from .frames import line_of, name_by_memory, name_by_values, names_of_members, tensors_in
from .updates import options_of, state_of, unfold

Where = dict[str, Any]  # {"source": number} or {"node": number, "output": number}
FORMER = object()  # in place of a copy: not looked at yet


class Known:
    """A tensor that is followed: where it is on the tape, and what was last seen of it.

    place  where it is on the tape
    leaf   where its ``.grad`` is kept, None if it has none
    """

    __slots__ = ("grad", "leaf", "place", "tensor", "value")

    def __init__(self, x: Variable, place: Where, leaf: Leaf | None) -> None:
        self.tensor = weakref.ref(x)
        self.place, self.leaf = place, leaf
        self.value: Any = FORMER
        self.grad: Any = FORMER

    def array(self, of: str) -> Any:
        """The array of its "value" or "grad", None if there is none."""
        x = self.tensor() if of == "value" else None if self.leaf is None else self.leaf.grad
        return None if x is None else x.array


CLIPS = {"clip_grad_norm_", "clip_grad_value_"}


class Act:
    """What is changing the tensors of its owner, an optimizer or a module, or the gradients of a list of parameters."""

    def __init__(self, kind: str, owner: Any, known: list[Known]) -> None:
        self.kind = "clip" if kind in CLIPS else kind
        self.by = kind if kind in CLIPS else f"{type(owner).__name__}.{kind}"
        self.of = "grad" if self.kind in ("zero_grad", "clip") else "value"
        self.owner, self.known = owner, known
        self.updates: dict[Known, Update] = {}
        self.moves: dict[Known, list[Any]] = {}  # what each update found and left
        self.repeats = 0  # a method of a subclass that calls that of its base


class Changes(Recording, Watcher):
    """The part of a tape that follows tensors."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: dict[Node, int] = {}  # of the ops' nodes
        self._copies = Copies()
        self._leaves: dict[Leaf, Known] = {}
        self._tensors: dict[int, Known] = {}  # by id
        self._memory: dict[int, list[tuple[Known, str]]] = {}  # by the id of the array that owns it
        self._members: dict[int, str] = {}
        self._owners: dict[int, str] = {}  # by the id of a parameter, what the program calls its module
        self._kept: list[Any] = []  # keeps ids from being used again
        self._inside: list[int] = []  # the backward passes that are running
        self._acts: list[Act] = []
        self._hooked: dict[Any, list[Any]] = {}
        self._adding: tuple[Known, Any] | None = None
        self._unseen: dict[tuple[int, Leaf], Any] = {}  # in a pass, what ops sent that are not on the tape
        self._overwritten: Any = None  # the base of a view that was written, as it was before
        self._frame: Any = None  # of the running line
        self._around: dict[str, Variable] = {}  # the tensors that it has names for

    # ---- what the engine tells ----

    def hooks_begin(self, node: Any, g: Any) -> None:
        self._hooked[node] = self._copies_of(g)
        keeper = node.hooks.keeper
        if keeper is not None and keeper.owner() is not None:
            if keeper not in self._leaves and (place := self._place(node)) is not None:
                self._follow(keeper.owner(), place, keeper)
            elif keeper in self._leaves:
                self._settle(self._leaves[keeper], "grad")

    def hooks_ran(self, node: Any, g: Any) -> None:
        before, after, place = self._hooked.pop(node, None), self._copies_of(g), self._place(node)
        if place is None or before is None:  # a hook that the recording began in
            return
        items = []
        for k, (old, new) in enumerate(zip(before, after, strict=True)):
            if not same(old, new):
                items.append(Item("arriving", old, new, **place | ({"output": k} if len(after) > 1 else {})))
        if items:
            self._change("hook", "", items)
        if (known := self._leaves.get(node.hooks.keeper)) is not None:
            old, new = self._look(known, "grad")
            self._change("accumulate", "backward", [Item("grad", old, new, **known.place, arrived=after[0])])

    def rules_replaced(self, node: Any, made: Any, gradients: Any) -> None:
        if (number := self._numbers.get(node)) is None:
            return
        items = []
        for k, (old, new) in enumerate(zip(map(self._copy, made), map(self._copy, gradients), strict=True)):
            if not same(old, new):
                items.append(Item("sent", old, new, node=number, position=k))
        if items:
            self._change("hook", "", items)

    def accumulate_began(self, leaf: Leaf, g: Any) -> None:
        known, x = self._leaves.get(leaf), leaf.owner()
        if known is None and x is not None:
            self._learn_names(user_frame())
            known = self._source(x)
        if known is not None:
            self._settle(known, "grad")
            self._adding = known, self._copy(g)

    def accumulate_ended(self, leaf: Leaf) -> None:
        if self._adding is not None:
            (known, arrived), self._adding = self._adding, None
            self._copies.note(known.array("grad"), arrived)  # the first one is .grad itself
            before, after = self._look(known, "grad")
            self._look_around(known, "grad")
            older = self._unseen.get((self._inside[-1], leaf)) if self._inside else None
            item = Item("grad", before, after, **known.place, arrived=arrived, older=older)
            self._change("accumulate", "backward", [item])

    def write_begins(self, x: Variable) -> None:
        node, view = x.node, view_of(x)
        self._overwritten = None if view is None else self._copies.of(view.base.array)
        if isinstance(node, Leaf):
            if node not in self._leaves and node.grad is not None:
                self._learn_names(user_frame())
                self._source(x)
        elif self._known(x) is None and (place := self._place(node)) is not None:
            self._follow(x, place, None)
        elif id(x) in self._members:  # a module's buffer: running statistics
            self._source(x)
        for known, of in self._touched(x):
            self._settle(known, of)
            self._settle(known, "grad")  # it may be what is about to be subtracted

    def wrote(self, x: Variable, by: str, recorded: bool) -> None:
        items = []
        for known, of in self._touched(x):
            before, after = self._look(known, of)
            if not recorded and (known.array(of) is x.array or not same(before, after)):
                items.append(Item(of, before, after, **known.place))
        if items:
            self._change("write", by.partition(" at ")[0], items)

    def assigned(self, x: Variable, attribute: str) -> None:
        if self._acts and self._acts[-1].kind != "step":
            return
        known, of = self._known(x), "grad" if attribute == "grad" else "value"
        if known is None and isinstance(x.node, Leaf) and x.node.grad is not None:
            self._learn_names(user_frame())
            known = self._source(x)
        if known is None:
            return
        before, after = self._look(known, of)
        if not same(before, after):
            self._change("assign", attribute, [Item(of, before, after, **known.place)])

    def act_began(self, act: str, owner: Any) -> None:
        if self._acts and self._acts[-1].kind == act and self._acts[-1].owner is owner:
            self._acts[-1].repeats += 1
            return
        self._learn_names(user_frame())
        self._learn_members(owner)
        known = []
        for p in _tensors_of(owner):
            if isinstance(p.node, Leaf) and p.node not in self._leaves and p.node.grad is not None:
                self._source(p)
            if (found := self._known(p)) is not None:
                known.append(found)
                self._settle(found, "grad")
                self._settle(found, "value")
        self._acts.append(Act(act, owner, known))

    def act_ended(self, act: str, owner: Any) -> None:
        if not self._acts:  # the recording began in it
            return
        ended = self._acts[-1]
        if ended.repeats:
            ended.repeats -= 1
            return
        items = []
        for known in ended.known:
            of = ended.of
            before, after = self._look(known, of)
            self._look_around(known, of)
            update = ended.updates.get(known)
            if update is not None or not same(before, after) or (of == "grad" and after is not None):
                items.append(Item(of, before, after, **known.place, update=update))
                if update is not None and all(map(same, (before, after), ended.moves[known])):
                    unfold(owner, update, before, after)  # no method of the user's has moved it further
        self._acts.pop()
        if items or act != "load_state_dict":
            self._change(ended.kind, ended.by, items)

    def update_begins(self, optimizer: Any, p: Any, g: Any, group: Any, state: Any) -> None:
        if not self._acts:
            return
        act = self._acts[-1]
        known = self._known(p) or self._source(p)
        if known not in act.known:
            act.known.append(known)
        before = {name: (value, None) for name, value in state_of(state, self._copies).items()}
        act.moves[known] = [self._copies.of(p.array), None]
        act.updates[known] = Update(self._copies.of(g.array), options_of(group), before)

    def updated(self, optimizer: Any, p: Any, state: Any) -> None:
        if not self._acts:
            return
        known = self._known(p) or self._source(p)
        update = self._acts[-1].updates[known]
        self._acts[-1].moves[known][1] = self._copies.of(p.array)
        after = state_of(state, self._copies)
        update.state = {name: (update.state.get(name, (None, None))[0], value) for name, value in after.items()}

    def _forget(self) -> None:
        """Let go of the graph, and of all tensors."""
        for table in (self._numbers, self._leaves, self._tensors, self._memory, self._hooked, self._unseen):
            table.clear()
        self._kept.clear()
        self._frame, self._around = None, {}
        self._acts.clear()
        self._copies.clear()

    def _tell_apart(self) -> None:
        """Where two modules have parameters of one name, the names of the modules stand before it."""
        found: dict[str, set[str]] = {}
        for source in self.sources:
            found.setdefault(source.name, set()).add(source.owner)
        several = {owner for owners in found.values() if len(owners - {""}) > 1 for owner in owners - {""}}
        for source in self.sources:
            if source.owner in several:
                source.name = f"{source.owner}.{source.name}"
        for record in self.nodes:
            for operand in operands_of(record):
                if operand.source is not None:
                    operand.name = self.sources[operand.source].name or operand.name

    # ---- following ----

    def _known(self, x: Any) -> Known | None:
        """What is followed as this tensor, if it is."""
        known = self._leaves.get(x.__dict__.get("_leaf", x.node)) or self._tensors.get(id(x))
        return known if known is not None and known.tensor() is x else None

    def _source(self, x: Any) -> Known:
        """The source that a tensor is, made when it is first seen."""
        leaf = x.node if isinstance(x.node, Leaf) else None
        known = self._leaves.get(leaf) if leaf is not None else self._data(x)
        if known is None:
            known = self._follow(x, {"source": len(self.sources)}, leaf)
            name = self._members.get(id(x), "") or name_by_memory(x.array, self._around)
            self.sources.append(Source(name or name_by_values(x.array, self._frame), known.value, leaf is not None))
        source = self.sources[known.place["source"]]
        source.name = source.name or self._members.get(id(x), "")  # an optimizer may come before the module's forward
        source.owner = source.owner or self._owners.get(id(x), "")
        return known

    def _data(self, x: Any) -> Known | None:
        """The source that already stands for a tensor without a gradient: the same one, or one of the same array."""
        known = self._known(x)
        if known is not None and known.leaf is None and "source" in known.place:
            return known
        for known, of in self._memory.get(_owner(x.array), ()):
            if of == "value" and known.leaf is None and "source" in known.place and known.array(of) is x.array:
                return known
        return None

    def _follow(self, x: Any, place: Where, leaf: Leaf | None) -> Known:
        known = self._tensors[id(x)] = Known(x, place, leaf)
        if leaf is not None:
            self._leaves[leaf] = known
            self._look(known, "grad")
        self._look(known, "value")
        return known

    def _look(self, known: Known, of: str) -> tuple[Any, Any]:
        """(what was last seen, what is there now), and remember the latter."""
        before, array = getattr(known, of), known.array(of)
        now = None if array is None else self._copies.note(array, None if before is FORMER else before)
        setattr(known, of, now)
        if array is not None:
            self._remember_memory(known, of, array)
        return (now if before is FORMER else before), now

    def _look_around(self, known: Known, of: str) -> None:
        """Look at all else that lies in the same memory: views are written with what they view."""
        if (array := known.array(of)) is not None:
            for other, its in self._memory.get(_owner(array), ())[:]:
                self._look(other, its)

    def _settle(self, known: Known, of: str) -> None:
        """If something has changed since it was last seen, that is an event now."""
        if of == "value" and known.tensor() is None:
            return
        before, after = self._look(known, of)
        if not same(before, after):
            by = self._acts[-1].by if self._acts else ""
            self._change("write", by, [Item(of, before, after, **known.place)])

    def _touched(self, x: Any) -> Iterator[tuple[Known, str]]:
        """What is followed and in the memory of x, except what the event that is going on will tell of."""
        for known, of in self._memory.get(_owner(x.array), ())[:]:
            array = known.array(of)
            if array is not None and np.may_share_memory(array, x.array) and not self._will_be_told(of):
                yield known, of

    def _will_be_told(self, of: str) -> bool:
        if self._adding is not None:
            return True
        return bool(self._acts) and (of == "value" or self._acts[-1].of == "grad")

    def _remember_memory(self, known: Known, of: str, array: Any) -> None:
        there = self._memory.setdefault(_owner(array), [])
        if (known, of) not in there:
            there[:] = [(k, o) for k, o in there if (a := k.array(o)) is not None and _owner(a) == _owner(array)]
            there.append((known, of))

    # ---- helpers ----

    def _event(self, kind: str, number: int) -> None:
        self.events.append((kind, number))

    def _change(self, kind: str, by: str, items: list[Item]) -> None:
        backward = self._inside[-1] if self._inside else None
        self._event(kind, len(self.changes))
        self.changes.append(Change(kind, by, line_of(user_frame()), items, backward))

    def _place(self, node: Any) -> Where | None:
        """Where on the tape the output of a node is, or a leaf."""
        if node is None or isinstance(node, Leaf):
            known = self._leaves.get(node)  # type: ignore[arg-type]
            return None if known is None else known.place
        made, output = output_of(node)
        number = self._numbers.get(made)
        return None if number is None else {"node": number, "output": output}

    def _copy(self, g: Any) -> Any:
        return None if g is None else self._copies.of(g.array if isinstance(g, Variable) else g)

    def _copies_of(self, g: Any) -> list[Any]:
        return [self._copy(u) for u in g] if isinstance(g, (list, tuple)) else [self._copy(g)]

    def _learn_members(self, owner: Any) -> None:
        if isinstance(owner, Module):
            self._members |= names_of_members(owner)[0]

    def _learn_names(self, frame: Any) -> None:
        """Give the names that a frame has for tensors to what made them."""
        self._frame, self._around = frame, tensors_in(frame)
        for name, x in self._around.items():
            made, output = output_of(x.node)
            if isinstance(made, Node) and made in self._numbers:
                names = self.nodes[self._numbers[made]].names
                names[output] = names[output] or name
            else:
                self._members.setdefault(id(x), name)
                self._kept.append(x)


def _owner(array: Any) -> int:
    """The id of the array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return id(array)


def _tensors_of(owner: Any) -> list[Any]:
    """The tensors that an optimizer or a module changes, or the parameters of a list."""
    if isinstance(owner, list):
        return owner
    if isinstance(owner, Module):
        return [*owner.parameters(), *owner.buffers()]
    return [p for group in owner.param_groups for p in group["params"]]
