"""What a tape holds: operations, values, the steps of a backward pass, and all of them in one Recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .frames import Line


@dataclass
class Operand:
    """A tensor that an op took: output ``output`` of node ``node``, or source number ``source``."""

    value: Any
    name: str = ""
    node: int | None = None
    output: int = 0
    source: int | None = None


@dataclass
class Source:
    """A tensor that no recorded op made. ``arrivals``: (node, position of the operand, gradient), in order."""

    name: str
    value: Any
    requires_grad: bool
    arrivals: list[tuple[int, int, Any]] = field(default_factory=list)


@dataclass
class Contribution:
    """What a rule sent to operand ``position`` (see Record.positions): before and after it was summed to its shape."""

    position: int
    before: Any
    after: Any
    node: int | None = None
    output: int = 0
    source: int | None = None


@dataclass
class Step:
    """A node's part in backward: what arrived (a list where it has several outputs), and what it sent on."""

    upstream: Any
    contributions: list[Contribution]
    seconds: float


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
    events    ("forward" or "backward", number of the node), in order
    about     what the page says above: {"title": {"en", "zh"}, "idea": {"en", "zh"}}, or nothing
    naive     what a depth-first walk would come to in the last backward pass: see naive.py
    """

    nodes: list[Record] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    events: list[tuple[str, int]] = field(default_factory=list)
    about: dict[str, dict[str, str]] = field(default_factory=dict)
    naive: dict[str, Any] | None = None
