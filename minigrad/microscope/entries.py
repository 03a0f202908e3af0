"""What a tape holds: operations, values, the steps of a backward pass, and all of them in one Recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .frames import Line


class At:
    """What is at a place of the tape: at output ``output`` of node ``node``, or at source number ``source``."""

    node: int | None
    output: int
    source: int | None

    @property
    def place(self) -> tuple[Any, ...]:
        """The place as a key: ("source", number) or ("node", number, output)."""
        return ("node", self.node, self.output) if self.source is None else ("source", self.source)


@dataclass
class Operand:
    """A tensor that an op took: output ``output`` of node ``node``, or source number ``source``.

    shown   the same as the user's line passed it, if that has another shape
    """

    value: Any
    name: str = ""
    node: int | None = None
    output: int = 0
    source: int | None = None
    shown: Any = None


@dataclass
class Source:
    """A tensor that no recorded op made.

    value     its numbers when it was first used
    owner     what the program calls the module that ran and that it is a parameter of, "" if there is none
    arrivals  (node, position of the operand, gradient), in order
    grad      its ``.grad`` when the recording ended
    """

    name: str
    value: Any
    requires_grad: bool
    grad: Any = None
    arrivals: list[tuple[int, int, Any]] = field(default_factory=list)
    owner: str = ""


@dataclass
class Contribution(At):
    """What a rule sent to operand ``position`` (see Record.positions): before and after it was summed to its shape.

    The operand has no place on the tape if an op made it before the recording.
    """

    position: int
    before: Any
    after: Any
    node: int | None = None
    output: int = 0
    source: int | None = None


@dataclass
class Step:
    """A node's part in backward: what arrived (a list where it has several outputs), what it sent on, in which pass."""

    upstream: Any
    contributions: list[Contribution]
    seconds: float
    backward: int = 0


@dataclass
class Root(At):
    """Where a backward pass began: output ``output`` of node ``node``, or source number ``source``, and with what."""

    gradient: Any
    node: int | None = None
    output: int = 0
    source: int | None = None


@dataclass
class Pass:
    """A backward pass.

    kind     "backward", which accumulates into ``.grad``, or "grad", which returns the gradients
    line     the line that asked for it
    graph    whether the gradients have a graph of their own
    failed   whether it ended in an error
    """

    kind: str
    roots: list[Root]
    line: Line | None
    graph: bool
    failed: bool = False


@dataclass
class Item(At):
    """What changed at one place: at source number ``source``, or at output ``output`` of node ``node``.

    of       "grad": ``.grad``; "value": the numbers; "arriving": a gradient on its way to this place; "sent": one on
             its way from this node to operand ``position``
    before   None: there was no ``.grad``
    after    the same
    arrived  what was added to ``.grad``
    older    the part of it that ops sent which were made before the recording
    update   of an optimizer's step: how ``after`` came about
    """

    of: str
    before: Any
    after: Any
    node: int | None = None
    output: int = 0
    source: int | None = None
    arrived: Any = None
    older: Any = None
    position: int | None = None
    update: Update | None = None


@dataclass
class Update:
    """A parameter's part in an optimizer's step.

    gradient  its ``.grad``
    options   those of its group that are numbers or switches: lr, momentum, ...
    state     {name: (before, after)} of the optimizer's own quantities for it, None where there was none
    symbols   {name of a quantity: the letter that the lines have for it}
    lines     the formula of the step, line by line: see updates.py
    """

    gradient: Any
    options: dict[str, Any]
    state: dict[str, tuple[Any, Any]]
    symbols: dict[str, str] = field(default_factory=dict)
    lines: list[Formula] = field(default_factory=list)


@dataclass
class Formula:
    """A line of a step, ``name <- text``, and what came out; names of the text are lines above, state and options."""

    name: str
    text: str
    value: Any


@dataclass
class Change:
    """Something that changed numbers, other than an op that was recorded.

    kind      "accumulate": a gradient was added to ``.grad``; "hook": a hook replaced a gradient; "write": memory was
              written in place; "assign": ``.grad`` or ``.data`` was set; "zero_grad", "step", "load_state_dict";
              "clip": all gradients were clipped together
    by        what did it: "backward", "zero_", "SGD.step", "grad" and "data" that were assigned; "" if nobody said so:
              NumPy can write to the memory
    backward  the number of the backward pass that it happened in, if any
    """

    kind: str
    by: str
    line: Line | None
    items: list[Item]
    backward: int | None


@dataclass
class Record:
    """One op: what it took, what it made, which line asked for it, and how its gradient went.

    arguments   by the op's own parameter names: an Operand, a list of them, or a plain value
    outputs     the values it made
    positions   the names of the operands that have a derivative, in the order of the node's parents
    arrivals    (output, node, position of the operand, gradient) from those who used its outputs, in order
    steps       one for each backward pass that visited the node
    constants   {parameter: name, or ""} of the Python numbers that it computed with
    parity      torch's numbers beside these, given the same operands, if it was asked: see reference_torch.replay
    """

    number: int
    op: str
    label: str
    math: str
    arguments: dict[str, Any]
    outputs: list[Any]
    positions: list[str]
    line: Line | None
    module: str
    names: list[str]
    seconds: float
    in_backward: bool
    arrivals: list[tuple[int, int, int, Any]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    parity: dict[str, Any] | None = None


@dataclass(eq=False)
class Recording:
    """What a program did, as data: a Tape writes it, the page and the drawing are made of it.

    nodes     the ops, in the order of the forward
    sources   the tensors that no recorded op made
    passes    the backward passes
    changes   what else changed numbers: ``.grad``, weights, data
    events    what happened, in order: ("forward" or "backward", number of the node), ("pass" or "passed", number of the
              pass that begins or ends), or (kind of a change, its number)
    about     what the page says above: {"title": {"en", "zh"}, "idea": {"en", "zh"}}, or nothing
    naive     what a depth-first walk would come to in the last backward pass: see naive.py
    runs      the program's first steps with and without zero_grad, a forgetting.BothWays, if it was run for that
    """

    nodes: list[Record] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    events: list[tuple[str, int]] = field(default_factory=list)
    about: dict[str, dict[str, str]] = field(default_factory=dict)
    naive: dict[str, Any] | None = None
    runs: Any = None


def operands_of(record: Record) -> list[Operand]:
    """The tensors that an op took, those of a list too."""
    flat = [v for value in record.arguments.values() for v in (value if isinstance(value, list) else [value])]
    return [v for v in flat if isinstance(v, Operand)]
