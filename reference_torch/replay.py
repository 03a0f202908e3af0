"""Replay of a recorded program in torch, node by node: which op's value or gradient is not torch's?

    with minigrad.microscope.record() as tape:
        loss = ((x * w - y) ** 2).sum()
        loss.backward()
    print(replay(tape))

Every node is computed anew by torch from the *recorded* operands, and its gradient from the *recorded* gradient that
arrived. So an error shows at the op that makes it, and is not carried on to all that comes after, as it is where two
whole runs are compared (``parity.py``). ``twins.py`` is the table of which
torch function each op is.

Two engines round differently, and where a sum cancels, rounding is all that is left. So before a number that is further
from torch's than the policy allows is called a mismatch, torch is asked once more, in float64 instead of float32 or
the other way round: how far its own two answers are apart says how much of the difference may be rounding.
"""

from __future__ import annotations

import os
import textwrap
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from minigrad.core.op import OPS
from minigrad.microscope import Tape
from minigrad.microscope.entries import Operand, Record, Step

from .oracle import as_array, flatten
from .parity import Mismatch, difference, distance, tolerance
from .twins import NOT_COMPARABLE, twin

WIDTH = 80
ROUNDING = 16.0  # times torch's own error: what is nearer to torch is rounding
FINER = np.finfo(np.float64).eps / np.finfo(np.float32).eps


@dataclass(frozen=True)
class NodeMismatch:
    """A number that is not torch's.

    what    "output", or "d x" for the gradient of an operand
    moment  number of the event on the tape: when it was computed
    """

    record: Record
    what: str
    moment: int
    mismatch: Mismatch

    def __str__(self) -> str:
        line = self.record.line
        said = f"{self.record.op} (node {self.record.number}), {self.what}{self.mismatch.numbers}"
        where = [] if line is None else [f"{os.path.basename(line.file)}:{line.number}: {line.text}"]
        return "\n".join([said, *where])


@dataclass
class Answer:
    """What torch makes of a node: its outputs, and for each backward pass the gradient of each operand by name."""

    outputs: list[Any]
    gradients: list[dict[str, Any]]


class Replay:
    """What torch says of a recorded program; printed, it is a table and a verdict."""

    def __init__(self, tape: Tape, rtol: float | None) -> None:
        self.tape = tape
        self.rtol = rtol
        self.mismatches: list[NodeMismatch] = []
        self.reasons: dict[int, str] = {}  # why a node cannot be compared, by its number
        self._moments: dict[tuple[str, int], list[int]] = {}
        for moment, event in enumerate(tape.events):
            self._moments.setdefault(event, []).append(moment)
        for record in tape.nodes:
            self._compare(record)
        self.mismatches.sort(key=lambda mismatch: mismatch.moment)

    @property
    def first(self) -> NodeMismatch | None:
        """The first number in the order of the program, forward and then backward, that is not torch's."""
        return self.mismatches[0] if self.mismatches else None

    @property
    def verdict(self) -> str:
        """The outcome in words: one line, or a few where there is a mismatch."""
        compared = len(self.tape.nodes) - len(self.reasons)
        left_out = f", {len(self.reasons)} not comparable" if self.reasons else ""
        if self.first is None:
            return f"the same as torch: {compared} nodes compared{left_out}"
        lines = f"first mismatch with torch: {self.first}".splitlines()
        return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in lines)

    def __str__(self) -> str:
        rows = [f"{'#':>4} {'op':<18} {'output':>8} {'gradient':>8}  line"]
        for record in self.tape.nodes:
            rows.append(self._row(record))
        return "\n".join([*rows, "", self.verdict])

    def _row(self, record: Record) -> str:
        line = record.line.text if record.line else ""
        start = f"{record.number:>4} {record.op[:18]:<18}"
        if record.number in self.reasons:
            return f"{start} not comparable: {self.reasons[record.number]}"[:WIDTH]
        assert record.parity is not None
        gradients = record.parity["gradients"].values()
        size = lambda d: "" if d is None else f"{d:.1e}" if d else "0"
        flag = "<" if record.parity["departs"] else " "
        worst = max(gradients, default=None)
        return f"{start} {size(record.parity['output']):>8} {size(worst):>8} {flag}{line}"[:WIDTH].rstrip()

    def _compare(self, record: Record) -> None:
        reason = _reason(record)
        theirs = None
        if reason is None:
            try:
                theirs = ask(record, self.tape)
            except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError) as error:
                reason = f"torch refuses: {str(error).splitlines()[0]}"
        if theirs is None:
            self.reasons[record.number] = str(reason)
            record.parity = _parity(str(reason), 0.0, {}, [], Answer([], []))
            return
        outputs = 0.0
        departs: list[str] = []
        for k, (x, y) in enumerate(zip(record.outputs, theirs.outputs, strict=True)):
            outputs = max(outputs, _apart(x, y))
            what = "output" if len(record.outputs) == 1 else f"output {k}"
            again = lambda dtype, k=k: ask(record, self.tape, dtype).outputs[k]
            self._judge(record, what, self._moments["forward", record.number][0], x, y, again, departs)
        gradients: dict[str, float] = {}
        for s, (step, found) in enumerate(zip(record.steps, theirs.gradients, strict=True)):
            ours = sent_to(record, step, found)
            for name, y in found.items():
                gradients[name] = max(gradients.get(name, 0.0), _apart(ours[name], y))
                again = lambda dtype, s=s, name=name: ask(record, self.tape, dtype).gradients[s][name]
                moment = self._moments["backward", record.number][s]
                self._judge(record, f"d {name}", moment, ours[name], y, again, departs)
        record.parity = _parity(None, outputs, gradients, departs, theirs)

    def _judge(
        self,
        record: Record,
        what: str,
        moment: int,
        ours: Any,
        theirs: Any,
        again: Callable[[torch.dtype], Any],
        departs: list[str],
    ) -> None:
        """Note a mismatch; ``again`` asks torch in another precision."""
        allowed = max(tolerance(ours), tolerance(theirs))
        allowed = allowed if self.rtol is None or not allowed else self.rtol
        apart = difference(ours, theirs)
        if apart <= allowed:
            return
        if theirs.dtype.kind == "f" and _apart(ours, theirs) < np.inf:
            double = theirs.dtype == np.float64
            error = _apart(theirs, again(torch.float32 if double else torch.float64)) * (FINER if double else 1.0)
            if _apart(ours, theirs) <= ROUNDING * error < np.inf:
                return
        departs.append(what)
        mismatch = Mismatch(moment, what, ours, theirs, apart, allowed)
        self.mismatches.append(NodeMismatch(record, what, moment, mismatch))


def replay(tape: Tape, rtol: float | None = None) -> Replay:
    """Ask torch for every recorded node, and note in ``record.parity`` how far it is: the page shows it then.

    rtol  replaces the tolerance of ``parity.py``

    >>> w = minigrad.tensor([1., 2.], requires_grad=True)
    >>> with minigrad.microscope.record() as tape:
    ...     (w * w).sum().backward()
    >>> print(replay(tape).verdict)
    the same as torch: 2 nodes compared
    """
    return Replay(tape, rtol)


def ask(record: Record, tape: Tape, dtype: torch.dtype | None = None) -> Answer:
    """Run a node's twin on what the node took, and its gradient on what arrived; all floats of this type if given."""
    operands: dict[str, Any] = {}
    arguments = [_to_torch(value, name, operands, dtype) for name, value in record.arguments.items()]
    call = twin(record.op)
    assert call is not None
    wanted = {n: x for n, x in operands.items() if n in record.positions and x.is_floating_point()}
    for x in wanted.values():
        x.requires_grad_()
    with torch.enable_grad(), warnings.catch_warnings(action="ignore"):  # the program was warned when it ran
        made = [y if isinstance(y, torch.Tensor) else torch.as_tensor(y) for y in flatten(call(*arguments))]
    made = made[: len(record.outputs)]
    sources = {n: o for n, o in _operands(record) if n in wanted and _learns(o, tape)}
    gradients = [_gradients(made, step, {n: wanted[n] for n in sources}) for step in record.steps]
    return Answer([as_array(y.detach()) for y in made], gradients)


def _gradients(made: list[Any], step: Step, wanted: dict[str, Any]) -> dict[str, Any]:
    upstream = step.upstream if isinstance(step.upstream, list) else [step.upstream]
    pairs = [
        (y, torch.as_tensor(np.array(g)).to(y.dtype).expand_as(y))
        for y, g in zip(made, upstream, strict=True)
        if g is not None and y.requires_grad
    ]
    if not pairs:
        return {name: np.zeros(tuple(x.shape), as_array(x.detach()).dtype) for name, x in wanted.items()}
    ends, seeds = zip(*pairs, strict=True)
    found = torch.autograd.grad(
        ends, list(wanted.values()), seeds, retain_graph=True, allow_unused=True, materialize_grads=True
    )
    return {name: as_array(g) for name, g in zip(wanted, found, strict=True)}


def sent_to(record: Record, step: Step, like: dict[str, Any]) -> dict[str, Any]:
    """What a node's rules sent to each operand; zeros where they had nothing to send."""
    sent = {record.positions[c.position]: c.after for c in step.contributions}
    return {name: sent.get(name, np.zeros_like(g)) for name, g in like.items()}


def _operands(record: Record) -> list[tuple[str, Operand]]:
    """The operands of a node by name; those of a list are called ``tensors[0]``, ..."""
    found = []
    for name, value in record.arguments.items():
        if isinstance(value, Operand):
            found.append((name, value))
        elif isinstance(value, list):
            found += [(f"{name}[{k}]", v) for k, v in enumerate(value) if isinstance(v, Operand)]
    return found


def _learns(operand: Operand, tape: Tape) -> bool:
    return operand.node is not None or (operand.source is not None and tape.sources[operand.source].requires_grad)


def _to_torch(value: Any, name: str, operands: dict[str, Any], dtype: torch.dtype | None) -> Any:
    """An argument as torch takes it; operands are noted by name."""
    if isinstance(value, Operand):
        operands[name] = _to_torch(value.value, name, operands, dtype)
        return operands[name]
    if isinstance(value, list):
        return [_to_torch(v, f"{name}[{k}]", operands, dtype) for k, v in enumerate(value)]
    if type(value) is tuple:
        return tuple(_to_torch(v, f"{name}[{k}]", operands, dtype) for k, v in enumerate(value))
    if isinstance(value, np.ndarray):
        x = torch.from_numpy(np.array(value))
        return x.to(dtype) if dtype is not None and x.is_floating_point() else x
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.dtype):
        return dtype if dtype is not None and value.kind == "f" else getattr(torch, value.name)
    return value


def _reason(record: Record) -> str | None:
    """Why torch cannot be asked for this node."""
    if record.op not in OPS or list(record.arguments) != list(OPS[record.op].params):
        return "an autograd.Function of yours; autograd.gradcheck tests it"
    if twin(record.op) is None:
        return NOT_COMPARABLE.get(record.op, "torch has no such op, or reference_torch/twins.py lacks it")
    return None


def _apart(x: Any, y: Any) -> float:
    """The largest difference of two arrays; inf where shapes or infinities differ."""
    if np.shape(x) != np.shape(y):
        return np.inf
    apart = distance(np.asarray(x).astype(np.float64), np.asarray(y).astype(np.float64))
    return float(np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max(initial=0.0))


def _parity(
    reason: str | None, output: float, gradients: dict[str, float], departs: list[str], theirs: Answer
) -> dict[str, Any]:
    """What a Record keeps of it.

    reason     why the node cannot be compared, None if it was
    output     the largest difference of the outputs; gradients: that of each operand's gradient, by name
    departs    which of them are beyond rounding: "output", "d x", ...
    torch      its outputs, and for each backward pass its gradients by name
    """
    said = {"outputs": theirs.outputs, "gradients": theirs.gradients}
    return {"reason": reason, "output": output, "gradients": gradients, "departs": departs, "torch": said}
