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

import numpy as np

from ..core.errors import user_frame
from ..core.node import Leaf, Node, output_of
from ..core.observe import Watcher, unwatch, watch
from ..core.variable import Variable, version_of
from .entries import Contribution, Operand, Record, Recording, Source, Step
from .frames import line_of, name_by_memory, name_by_values, names_of_members, names_of_numbers, tensors_in
from .naive import depth_first
from .page import page
from .schema import to_dict, to_dot

_NOT_THE_USERS = (str(Path(__file__).parents[1]), contextlib.__file__, str(Path(np.__file__).parent))


class Tape(Recording, Watcher):
    """What was recorded; made by ``record()``."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: dict[Node, int] = {}
        self._source_of: dict[Any, int] = {}  # by leaf, or by state of a tensor without a gradient
        self._kept: list[Any] = []  # keeps ids from being used again
        self._values: dict[tuple[int, int, int], Any] = {}
        self._members: dict[int, str] = {}
        self._paths: dict[int, str] = {}
        self._modules: list[str] = []
        self._clock = time.perf_counter()
        self._sweeping = 0
        self._frame: Any = None  # of the running line
        self._around: dict[str, Variable] = {}  # the tensors that it has names for
        self._rules: dict[int, tuple[Node, Any, Any]] = {}  # what each node had saved, before backward freed it
        self._start = 0  # of the backward pass: the number of its first event

    # ---- what the engine tells ----

    def node_made(self, node: Node, args: tuple[Any, ...], out: Any) -> None:
        seconds = time.perf_counter() - self._clock
        frame = user_frame()
        self._learn_names(frame)
        op = node.op
        outputs = out if isinstance(out, tuple) else (out,)
        params = getattr(op, "params", None) or [f"input{k}" for k in range(len(args))]
        number = len(self.nodes)
        arguments = {name: self._argument(a) for name, a in zip(params, args, strict=True)}
        if getattr(op, "variadic", False):
            positions = [f"{params[0]}[{k}]" for k in range(len(node.parents))]
        else:  # an autograd.Function has a parent for every tensor among its arguments
            diff = getattr(op, "diff", [k for k, a in enumerate(args) if isinstance(a, Variable)])
            positions = [params[k] for k in diff]
        self.nodes.append(
            Record(
                number=number,
                op=op.name,
                label=node.name(),
                math=math_of(op),
                arguments=arguments,
                outputs=[np.array(y.array) for y in outputs],
                positions=positions,
                line=line_of(frame),
                module=self._modules[-1] if self._modules else "",
                names=["" for _ in outputs],
                constants=names_of_numbers(arguments, frame),
                seconds=seconds,
                in_backward=self._sweeping > 0,
            )
        )
        self._numbers[node] = number
        self.events.append(("forward", number))
        self._clock = time.perf_counter()

    def node_ran(self, node: Node, g: Any, gradients: Any, parts: Any) -> None:
        number = self._numbers.get(node)
        if number is None:  # made before the recording began
            return
        record = self.nodes[number]
        self._rules[number] = (node, node.saved, node.out)
        seconds = time.perf_counter() - self._clock
        contributions = []
        for k, parent in enumerate(node.parents):
            if parent is None or parts[k] is None:
                continue
            sent = Contribution(k, _copy(gradients[k]), _copy(parts[k]))
            if isinstance(parent, Leaf):
                sent.source = self._source_of.get(parent)
                if sent.source is not None:
                    self.sources[sent.source].arrivals.append((number, k, sent.after))
            else:
                made, sent.output = output_of(parent)
                sent.node = self._numbers.get(made)  # type: ignore[arg-type]
                if sent.node is not None:
                    self.nodes[sent.node].arrivals.append((sent.output, number, k, sent.after))
            contributions.append(sent)
        upstream = [_copy(u) for u in g] if isinstance(g, (list, tuple)) else _copy(g)
        record.steps.append(Step(upstream, contributions, seconds))
        self.events.append(("backward", number))
        self._clock = time.perf_counter()

    def backward_began(self) -> None:
        if not self._sweeping:
            self._start = len(self.events)
            self._learn_names(user_frame_past_contexts())  # the loss has got its name by now
        self._sweeping += 1
        self._clock = time.perf_counter()

    def backward_ended(self) -> None:
        self._sweeping -= 1
        if not self._sweeping:  # now: the optimizer will write to what the rules saved
            failed = sys.exc_info()[0] is not None
            self.naive = None if failed else depth_first(self, self._rules, self._source_of, self._start)
            self._rules.clear()

    def module_entered(self, module: Any) -> None:
        if id(module) not in self._paths:
            members, paths = names_of_members(module)
            self._members |= members
            self._paths |= paths
            self._kept.append(module)
        self._modules.append(self._paths[id(module)])

    def module_left(self, module: Any) -> None:
        self._modules.pop()

    # ---- what the user asks for ----

    def to_dict(self) -> dict[str, Any]:
        """The tape as plain data; ``minigrad/microscope/schema.py`` says what is where."""
        return to_dict(self)

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    def save(self, path: Any) -> None:
        """Write the page: one HTML file that needs nothing else, to be opened by a double click."""
        Path(path).write_text(page(self.to_dict()), encoding="utf-8")

    def show(self) -> None:
        """Open the page in the browser."""
        path = Path(tempfile.mkdtemp(prefix="minigrad-")) / "backprop.html"
        self.save(path)
        webbrowser.open(path.as_uri())

    def _repr_html_(self) -> str:
        """The page in a frame, for notebooks."""
        return f'<iframe srcdoc="{html.escape(page(self.to_dict()))}" width="100%" height="640"></iframe>'

    def to_dot(self) -> str:
        """The graph as a drawing for Graphviz: ``dot -Tsvg``."""
        return to_dot(self)

    def close(self) -> None:
        """The recording is over: let go of the graph."""
        self._numbers.clear()
        self._source_of.clear()
        self._values.clear()
        self._kept.clear()
        self._frame, self._around = None, {}

    # ---- helpers ----

    def _argument(self, a: Any) -> Any:
        if isinstance(a, Variable):
            return self._operand(a)
        if isinstance(a, (list, tuple)) and any(isinstance(x, Variable) for x in a):
            return [self._operand(x) if isinstance(x, Variable) else x for x in a]
        return a

    def _operand(self, x: Any) -> Operand:
        operand = Operand(self._value(x), self._members.get(id(x), ""))
        node = x.node
        made, output = output_of(node)
        if isinstance(made, Node) and made in self._numbers:
            operand.node, operand.output = self._numbers[made], output
            names = self.nodes[operand.node].names
            operand.name = operand.name or names[operand.output]
            return operand
        key = node if node is not None else self._state(x)
        if key not in self._source_of:
            self._source_of[key] = len(self.sources)
            self._kept.append(x)
            if not operand.name:
                operand.name = name_by_memory(x.array, self._around) or name_by_values(x.array, self._frame)
            self.sources.append(Source(operand.name, operand.value, node is not None))
        operand.source = self._source_of[key]
        operand.name = operand.name or self.sources[operand.source].name
        return operand

    def _value(self, x: Any) -> Any:
        """A copy of a tensor's numbers; the same one as long as nobody writes to it."""
        key = self._state(x)
        if key not in self._values:
            self._values[key] = np.array(x.array)
            self._kept += [x.array, x.version]
        return self._values[key]

    def _state(self, x: Any) -> tuple[int, int, int]:
        """The same for the same memory, as long as nobody writes to it and ``_value`` keeps both."""
        version = version_of(x)
        return id(x.array), id(version), version.count

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


def _copy(g: Any) -> Any:
    return None if g is None else np.array(g.array if isinstance(g, Variable) else g)


def math_of(op: Any) -> str:
    """The lines below "Math" in an op's docstring."""
    forward = getattr(op, "forward", None)
    if forward is None:  # an autograd.Function
        return ""
    public = op.public
    if public.__doc__ is None:
        public = getattr(sys.modules[public.__module__], op.name, public)  # elu() has the docstring of the op _elu
    text = (public.__doc__ or "").splitlines()
    start = next((k for k, row in enumerate(text) if row.strip().startswith("Math ")), None)
    if start is None:
        return ""
    lines = [text[start].strip().removeprefix("Math").strip()]
    for row in text[start + 1 :]:
        if not row.startswith(" " * 12):
            break
        lines.append(row.strip())
    return "\n".join(lines)


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
        tape._learn_names(user_frame_past_contexts())
        tape.close()


def user_frame_past_contexts() -> Any:
    """The user's frame, of the block or of backward(), though contextlib or a decorator of NumPy stands between."""
    frame = user_frame()
    while frame is not None and frame.f_code.co_filename.startswith(_NOT_THE_USERS):
        frame = frame.f_back
    return frame
