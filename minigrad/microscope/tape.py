"""The tape: everything that a program's ops and their rules did while it was recorded.

    with minigrad.microscope.record() as tape:
        loss = ((x * w - y) ** 2).sum()
        loss.backward()

Three kinds of things lie on it. ``sources``: the tensors that no recorded op made, parameters (with a gradient) and
data (without). ``nodes``: the ops, in the order of the forward. ``events``: what happened, step by step, forward and
then backward. Values are copied when they are seen: writing to a tensor later does not change what the tape says.
"""

from __future__ import annotations

import contextlib
import html
import json
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.errors import user_frame
from ..core.grad_fn import output_of
from ..core.node import Leaf, Node
from ..core.observe import unwatch, watch
from ..core.table import Op
from ..core.variable import Variable
from .changes import Changes
from .entries import Contribution, Operand, Pass, Record, Root, Step
from .examples import goes_wrong, wrong_order
from .explain import BUDGET
from .explain.formulas import formula
from .frames import as_passed, line_of, name_of_module, names_of_members, names_of_numbers
from .naive import Walk
from .page import page
from .schema import to_dict, to_dot
from .table import table


class Tape(Changes):
    """What was recorded; made by ``record()``."""

    def __init__(self) -> None:
        super().__init__()
        self._paths: dict[int, str] = {}
        self._modules: list[str] = []
        self._clock = time.perf_counter()
        self._walk: Walk | None = None  # the wrong one, along the backward pass that is running

    # ---- what the engine tells ----

    def node_made(self, node: Node, args: tuple[Any, ...], out: Any) -> None:
        seconds = time.perf_counter() - self._clock
        frame = user_frame()
        self._learn_names(frame)
        op = node.op
        outputs = out if isinstance(out, tuple) else (out,)
        params = getattr(op, "params", None) or [f"input{k}" for k in range(len(args))]
        arguments = {name: self._argument(a) for name, a in zip(params, args, strict=True)}
        if op.name == "overwrite" and self._overwritten is not None:  # it is told when the memory is written already
            arguments["base"].value, self._overwritten = self._overwritten, None
        if getattr(op, "variadic", False):
            positions = [f"{params[0]}[{k}]" for k in range(len(node.parents))]
        else:  # an autograd.Function has a parent for every tensor among its arguments
            diff = getattr(op, "diff", [k for k, a in enumerate(args) if isinstance(a, Variable)])
            positions = [params[k] for k in diff]
        number = self._numbers[node] = len(self.nodes)
        self.nodes.append(
            Record(
                number=number,
                op=op.name,
                label=node.name(),
                math=formula(op)["math"] if isinstance(op, Op) else "",
                arguments=arguments,
                outputs=[self._copies.of(y.array) for y in outputs],
                positions=positions,
                line=line_of(frame),
                module=self._modules[-1] if self._modules else "",
                names=["" for _ in outputs],
                constants=names_of_numbers(arguments, frame),
                seconds=seconds,
                in_backward=bool(self._inside),
            )
        )
        self._event("forward", number)
        for k, y in enumerate(outputs):
            self._follow(y, {"node": number, "output": k}, None)
        self._clock = time.perf_counter()

    def node_ran(self, node: Node, g: Any, gradients: Any, parts: Any) -> None:
        number = self._numbers.get(node)
        if not self._inside:  # the recording began in a hook of this pass
            return
        if number is None:  # made before the recording began
            self._ran_unseen(node, parts)
            return
        seconds = time.perf_counter() - self._clock
        contributions = []
        for k, parent in enumerate(node.parents):
            if parent is None or parts[k] is None:
                continue
            sent = Contribution(k, self._copy(gradients[k]), self._copy(parts[k]), **(self._place(parent) or {}))
            if sent.source is not None:
                self.sources[sent.source].arrivals.append((number, k, sent.after))
            elif sent.node is not None:
                self.nodes[sent.node].arrivals.append((sent.output, number, k, sent.after))
            contributions.append(sent)
        upstream = [self._copy(u) for u in g] if isinstance(g, (list, tuple)) else self._copy(g)
        step = Step(upstream, contributions, seconds, self._inside[-1])
        self.nodes[number].steps.append(step)
        self._event("backward", number)
        if self._walk is not None and len(self._inside) == 1:
            self._walk.saw(number, node, step)
        self._clock = time.perf_counter()

    def _ran_unseen(self, node: Node, parts: Any) -> None:
        """A node that is not on the tape has sent something: keep what will be in a ``.grad``."""
        for parent, part in zip(node.parents, parts, strict=True):
            if isinstance(parent, Leaf) and part is not None:
                sent, place = self._copy(part), (self._inside[-1], parent)
                self._unseen[place] = self._unseen[place] + sent if place in self._unseen else sent

    def backward_began(self, roots: Any, kind: str, graph: bool) -> None:
        self._learn_names(user_frame())  # the loss has got its name by now
        found = [Root(self._copy(g), **(self._place(node) or {})) for node, g in roots]
        if not self._inside:
            self._walk = Walk(found)
        self._inside.append(len(self.passes))
        self._event("pass", len(self.passes))
        self.passes.append(Pass(kind, found, line_of(user_frame()), graph))
        self._clock = time.perf_counter()

    def accumulate_began(self, leaf: Leaf, g: Any) -> None:
        self._take_the_walk()  # now: an optimizer may write to what the rules saved
        super().accumulate_began(leaf, g)

    def backward_ended(self) -> None:
        if not self._inside:  # the recording began in a hook of this pass
            return
        number = self._inside.pop()
        self.passes[number].failed = sys.exc_info()[0] is not None
        self._event("passed", number)
        if not self._inside:
            self._take_the_walk()
            if self.passes[number].failed:
                self.naive = None
            self._hooked.clear()

    def _take_the_walk(self) -> None:
        if self._walk is not None and len(self._inside) < 2:
            self.naive, self._walk = self._walk.taken(self), None

    def module_entered(self, module: Any) -> None:
        if id(module) not in self._paths:
            members, paths = names_of_members(module)
            self._members |= members
            self._paths |= paths
            if owner := name_of_module(module, user_frame()):
                self._owners |= dict.fromkeys(members, owner)
            self._kept.append(module)
        self._modules.append(self._paths.get(id(module), type(module).__name__))

    def module_left(self, module: Any) -> None:
        if self._modules:  # else the recording began in its forward
            self._modules.pop()

    # ---- what the user asks for ----

    def to_dict(self, budget: int | None = BUDGET) -> dict[str, Any]:
        """The tape as plain data of so many bytes of JSON (None: with all arrays); ``minigrad/microscope/schema.py``
        says what is where."""
        data = to_dict(self, budget)
        example = None if goes_wrong(data) else to_dict(wrong_order(record), budget)
        return data | {"example": example}

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def save(self, path: Any, budget: int | None = BUDGET) -> None:
        """Write the page: one HTML file that needs nothing else, to be opened by a double click.

        budget  bytes of the tape in it: arrays beyond that are left out, and the page says so; None: all are there
        """
        Path(path).write_text(page(self.to_dict(budget)), encoding="utf-8")

    def show(self) -> None:
        """Open the page in the browser."""
        path = Path(tempfile.mkdtemp(prefix="minigrad-")) / "backprop.html"
        self.save(path)
        webbrowser.open(path.as_uri())

    def _repr_html_(self) -> str:
        """The page in a frame, for notebooks."""
        return f'<iframe srcdoc="{html.escape(page(self.to_dict()))}" width="100%" height="640"></iframe>'

    def table(self) -> str:
        """The backward passes as text of 80 columns, and what they did to ``.grad`` and the weights.

        >>> w = minigrad.tensor([3.], requires_grad=True)
        >>> with minigrad.microscope.record() as tape:
        ...     (w * w).sum().backward()
        >>> print(tape.table())  # doctest: +ELLIPSIS
        line op          incoming          outgoing          sum there
        ...
           2 mul         [1]               [3]               w: [3]
                                           [3]               w: [6]
           2 w.grad = [6]
        """
        return table(self)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        passes = f"{len(self.passes)} backward pass{'es' * (len(self.passes) != 1)}"
        return f"<Tape of {len(self.nodes)} ops, {passes}: print it, show() it or save() it>"

    def to_dot(self) -> str:
        """The graph as a drawing for Graphviz: ``dot -Tsvg``."""
        return to_dot(self)

    def close(self) -> None:
        """The recording is over: look at every tensor once more, and let go of the graph."""
        for known in list(self._leaves.values()):
            self._settle(known, "grad")
            self._settle(known, "value")
            if "source" in known.place:
                self.sources[known.place["source"]].grad = known.grad
        self._tell_apart()
        self._forget()

    # ---- helpers ----

    def _argument(self, a: Any) -> Any:
        if isinstance(a, Variable):
            return self._operand(a)
        if isinstance(a, (list, tuple)) and any(isinstance(x, Variable) for x in a):
            return [self._operand(x) if isinstance(x, Variable) else x for x in a]
        return a

    def _operand(self, x: Any) -> Operand:
        operand = Operand(None, self._members.get(id(x), ""))
        made, output = output_of(x.node)
        if isinstance(made, Node) and made in self._numbers:
            operand.node, operand.output = self._numbers[made], output
            known = self._tensors.get(id(x))
            if known is None or known.tensor() is not x or known.place.get("node") != operand.node:
                known = self._follow(x, {"node": operand.node, "output": output}, None)
            operand.name = operand.name or self.nodes[operand.node].names[output]
        else:
            passed = as_passed(x, self._frame) if x.node is None else x
            operand.shown = self._copies.of(passed.array) if passed.array.shape != x.array.shape else None
            known = self._source(passed)
            operand.source = known.place["source"]
            operand.name = operand.name or self.sources[operand.source].name
        self._settle(known, "value")
        operand.value = self._copies.of(x.array)
        return operand


@contextlib.contextmanager
def record() -> Iterator[Tape]:
    """Record every op and every backward pass of the block, of this thread.

    >>> w = minigrad.tensor([1., 2.], requires_grad=True)
    >>> with minigrad.microscope.record() as tape:
    ...     (w * w).sum().backward()
    >>> [node.op for node in tape.nodes], tape.sources[0].arrivals[0][2]
    (['mul', 'sum'], array([1., 2.], dtype=float32))
    """
    tape = Tape()
    watch(tape)
    try:
        yield tape
    finally:
        unwatch(tape)
        tape._learn_names(user_frame())
        tape.close()
