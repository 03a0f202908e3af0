"""The tape as plain data: a dict for JSON (what the page reads), and a drawing for Graphviz.

version   1
nodes     one for each op: id, op, label (torch's name of its backward), math, line {file, number, text, function},
          (the file from its package on), module (dotted path), inBackward, seconds, bytes,
          arguments [{parameter, kind, ...}]  kind "node" (node, output), "source" (source) or "value" (text; of a
             number that is computed with also constant, its name or ""; of the windows of a convolution or a pool
             settings {stride, padding, dilation, ...}; of what is or holds arrays also arrays [{name, value}]), and
             of a tensor name, value, and shown: the same as it was passed, if the op got it in another shape
          outputs [{name, value}]             value: a summary (see summary.py)
          positions                           the operands that have a derivative
          public, letters                     the op as users call it, {letter of math: parameter}
          parity                              null, or torch's numbers beside ours (reference_torch.replay): reason (why
             there are none, or null), output and gradients {operand} (largest difference, null if infinite),
             departs ["output", "d x"] (beyond rounding), torch {outputs [summary], gradients [{operand: summary}, one
             dict for each step]}
          steps [{seconds, pass, upstream: [summary or null], contributions}]      one for each pass that visited it
             contributions [{position, to, before, after, sum}]  before and after un-broadcasting, and the sum so far,
                                              in this pass (its root's own among them), at the place it goes ``to``:
                                              {node, output} or {source}; both null if made before the recording
sources   tensors that no op made: id, name, value (when it was first used), requiresGrad, gradient (the sum of what
          the last backward pass sent there, null if nothing), grad (``.grad`` when the recording ended)
about     what stands above: {title: {en, zh}, idea: {en, zh}}, or {}
passes    the backward passes: id, kind "backward" or "grad" (autograd.grad: no ``.grad`` changes), round, line, graph
          (create_graph), failed, roots [{to, gradient}]
changes   what else changed numbers: id, kind, by, line, pass (null, or in which), items. Kinds: see entries.Change;
          an "accumulate" has one item, "zero_grad", "step", "clip" and the like one for each tensor
          items [{of, to, position, before, arrived, after, older, held, update, direction}]
             of       "grad", "value", or a gradient that a hook replaced: "arriving" at ``to``, "sent" to ``position``
             before, after, arrived    summaries or null: before + arrived = after, where something was added
             older    null, or the part of arrived that ops sent which were made before the recording
             held     of a "grad" afterwards, and of an updated weight: null, or what is in ``.grad``: passes; those of
                      them that an update had ``spent`` before; older: there is more in it, from before or assigned
             update   null, or of an optimizer's step: gradient, options {lr: 0.1, ...}, state [{name, before, after}],
                      symbols {name of the state: letter in the lines}, lines [{name, text, value}]: ``name <- text``,
                      where text is arithmetic (+ - * / **, sqrt, max) on w, g, letters and options: see updates.py
             direction  null, or of an optimizer's step: along, against, of: see direction.py
arrays    every array once (explain/store.py): bytes (base64), index [{type, shape, at (byte), and if only some
          positions of a dimension are kept: dim, rows}], cut (null, or {bytes (of all), budget}); a summary has the
          number of its ``array``
programs  how numbers come about (explain/program.py): lists of instructions. nodes have ``explain``: null, or
          forward {program, outputs [reference]}, steps [{program, and as the contributions: before, gradients
          [reference]}]
events    what happened, in order: ["forward", node], ["backward", node, number of the step], ["pass", pass] where one
          begins and ["passed", pass] where it ends, [kind of a change, change]. Pass over kinds that you don't know.
rounds    of each event: the number of the training step, from 1; the first op after an update begins the next
notices   what is to be said (story.py): kind "no zero_grad" or "accumulated", change (the update that used the sum),
          places [to], passes, rounds (training steps), line (that zero_grad belongs above), text (English)
naive     null, or what a depth-first walk comes to (naive.py): visits [node], gradients {source: summary}, and for each
          visit steps [{upstream: [what had arrived, or null], contributions [{position, to, before, after, sum}]}]:
          sum is what has then arrived there
runs      the same training steps with zero_grad (kept) and without (forgotten), {losses, gradients [summary]} each, and
          name of the parameter whose .grad is shown; example: whether it is the built-in one (forgetting.py)
example   null, or the tape of a small program in which the wrong order goes wrong, if it does not in this one
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.op import OPS
from .compact import compact
from .direction import Direction, directions
from .entries import Change, Contribution, Item, Operand, Pass, Record, Recording, Root, Source, Update
from .examples import zero_grad
from .explain import BUDGET, Explainer, Store
from .explain.formulas import formula
from .frames import Line, short_path
from .settings import arrays_in, said
from .story import Notice, Story, Sum, story
from .summary import summary

VERSION = 1
NEEDED = ("nodes", "sources")  # the parts whose arrays the arithmetic of numbers is made of


def to_dict(tape: Recording, budget: int | None = BUDGET) -> dict[str, Any]:
    """The whole tape, ready for ``json.dumps``.

    budget  bytes of JSON: arrays that do not fit are left out, whole or in part; None: all are there
    """
    store = Store()
    explainer = Explainer(store)
    made: dict[Any, Any] = {}
    found = {part: _stored(value, store, part in NEEDED, made) for part, value in _tape(tape, explainer).items()}
    found |= {"programs": explainer.programs}
    if budget is not None:
        rest = len(compact(found)) if store.nbytes > budget // 4 else 0
        budget = max(budget - rest, 0) * 3 // 4  # three bytes are four letters
    return found | {"arrays": store.to_dict(budget)}


class _Shown:
    """An array, in whose place its summary will be."""

    def __init__(self, array: Any) -> None:
        self.array = array


def _stored(found: Any, store: Store, needed: bool, made: dict[Any, Any]) -> Any:
    """The same with the summary of each array, made once, and the array's number in the store."""
    if isinstance(found, _Shown):
        key = id(found.array), needed
        if key not in made:
            shown = summary(found.array)
            made[key] = shown | {"array": store.add(shown["array"], needed)}
        return made[key]
    if isinstance(found, dict):
        return {name: _stored(value, store, needed, made) for name, value in found.items()}
    return [_stored(value, store, needed, made) for value in found] if isinstance(found, (list, tuple)) else found


def _tape(tape: Recording, explainer: Explainer) -> dict[str, Any]:
    told, sums, went = story(tape), _Sums(), directions(tape)
    steps: dict[int, list[Any]] = {record.number: [] for record in tape.nodes}
    events: list[list[Any]] = []
    for kind, number in tape.events:
        events.append([kind, number])
        if kind == "pass":
            sums.begin(tape.passes[number].roots)
        elif kind == "passed":
            sums.end()
        elif kind == "backward":
            step = tape.nodes[number].steps[len(steps[number])]
            events[-1].append(len(steps[number]))
            upstream = step.upstream if isinstance(step.upstream, list) else [step.upstream]
            steps[number].append(
                {
                    "seconds": step.seconds,
                    "pass": step.backward,
                    "upstream": [_or_none(u) for u in upstream],
                    "contributions": [_contribution(sent, tape.nodes[number], sums) for sent in step.contributions],
                }
            )
    return {
        "version": VERSION,
        "about": tape.about,
        "nodes": [_node(record, steps[record.number]) | {"explain": explainer.node(record)} for record in tape.nodes],
        "sources": [_source(k, source, sums) for k, source in enumerate(tape.sources)],
        "passes": [_pass(k, p, told.passes[k]) for k, p in enumerate(tape.passes)],
        "changes": [_change(k, change, tape, told, went) for k, change in enumerate(tape.changes)],
        "events": events,
        "rounds": told.rounds,
        "notices": [_notice(notice) for notice in told.notices],
        "naive": _naive(tape),
        "runs": _runs(tape.runs or zero_grad()),
    }


class _Sums:
    """What has been sent so far to each place, in the backward pass that is running, or in the last."""

    def __init__(self) -> None:
        self.outer: list[dict[Any, Any]] = []
        self.now: dict[Any, Any] = {}
        self.last: dict[Any, Any] = {}

    def begin(self, roots: list[Root]) -> None:
        self.outer.append(self.now)
        self.now = {}
        for root in roots:
            if _to(root) is not None:
                self.add(root.place, root.gradient)

    def end(self) -> None:
        self.last |= self.now
        self.now = self.outer.pop()

    def add(self, place: Any, g: Any) -> Any:
        self.now[place] = g if place not in self.now else self.now[place] + g
        return self.now[place]


def _runs(runs: Any) -> dict[str, Any]:
    """A training with and without zero_grad."""
    told: Any = lambda run: {
        "losses": [loss if np.isfinite(loss) else str(loss) for loss in run.losses],
        "gradients": [_Shown(g) for g in run.gradients],
    }
    return {"name": runs.name, "example": runs.example, "kept": told(runs.kept), "forgotten": told(runs.forgotten)}


def _naive(tape: Recording) -> dict[str, Any] | None:
    if tape.naive is None:
        return None
    gradients = {str(source): _Shown(g) for source, g in tape.naive["gradients"].items()}
    steps = [
        {
            "upstream": [_or_none(u) for u in visit.upstream],
            "contributions": [
                _sent(c, tape.nodes[visit.node]) | {"sum": _or_none(sum)}
                for c, sum in zip(visit.sends, visit.sums, strict=True)
            ],
        }
        for visit in tape.naive["steps"]
    ]
    return {"visits": tape.naive["visits"], "steps": steps, "gradients": gradients}


def _pass(number: int, backward: Pass, round: int) -> dict[str, Any]:
    roots = [{"to": _to(root), "gradient": _Shown(root.gradient)} for root in backward.roots]
    return {
        "id": number,
        "kind": backward.kind,
        "round": round,
        "line": _line(backward.line),
        "roots": roots,
        "graph": backward.graph,
        "failed": backward.failed,
    }


def _change(number: int, change: Change, tape: Recording, told: Story, went: dict[Any, Direction]) -> dict[str, Any]:
    directed: Any = lambda found: {"direction": None if found is None else vars(found)}
    return {
        "id": number,
        "kind": change.kind,
        "by": change.by,
        "line": _line(change.line),
        "pass": change.backward,
        "items": [
            _item(item, tape, told.sums.get((number, k))) | directed(went.get((number, k)))
            for k, item in enumerate(change.items)
        ],
    }


def _item(item: Item, tape: Recording, held: Sum | None) -> dict[str, Any]:
    position = None if item.position is None or item.node is None else tape.nodes[item.node].positions[item.position]
    return {
        "of": item.of,
        "to": _to(item),
        "position": position,
        "before": _or_none(item.before),
        "arrived": _or_none(item.arrived),
        "after": _or_none(item.after),
        "older": _or_none(item.older),
        "held": None if held is None else {"passes": held.passes, "spent": held.spent, "older": held.older},
        "update": None if item.update is None else _update(item.update),
    }


def _update(update: Update) -> dict[str, Any]:
    return {
        "gradient": _Shown(update.gradient),
        "options": {name: value if np.isfinite(value) else str(value) for name, value in update.options.items()},
        "state": [{"name": n, "before": _or_none(a), "after": _or_none(b)} for n, (a, b) in update.state.items()],
        "symbols": update.symbols,
        "lines": [{"name": line.name, "text": line.text, "value": _Shown(line.value)} for line in update.lines],
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "kind": notice.kind,
        "change": notice.change,
        "places": [{"source": p[1]} if p[0] == "source" else {"node": p[1], "output": p[2]} for p in notice.places],
        "passes": notice.passes,
        "rounds": notice.rounds,
        "line": _line(notice.line),
        "text": str(notice),
    }


def _to(at: Any) -> dict[str, Any] | None:
    """A place: {source}, {node, output}, or None for one that is not on the tape."""
    if at.source is not None:
        return {"source": at.source}
    return None if at.node is None else {"node": at.node, "output": at.output}


def _line(line: Line | None) -> dict[str, Any] | None:
    return None if line is None else vars(line) | {"file": short_path(line.file)}


def _or_none(a: Any) -> Any:
    return None if a is None else _Shown(a)


def _contribution(sent: Contribution, record: Record, sums: _Sums) -> dict[str, Any]:
    return _sent(sent, record) | {"sum": None if _to(sent) is None else _Shown(sums.add(sent.place, sent.after))}


def _sent(sent: Contribution, record: Record) -> dict[str, Any]:
    return {
        "position": record.positions[sent.position],
        "to": _to(sent),
        "before": _Shown(sent.before),
        "after": _Shown(sent.after),
    }


def _node(record: Record, steps: list[Any]) -> dict[str, Any]:
    return {
        "id": record.number,
        "op": record.op,
        "label": record.label,
        "math": record.math,
        **_formula(record),
        "line": _line(record.line),
        "module": record.module,
        "inBackward": record.in_backward,
        "seconds": record.seconds,
        "bytes": sum(y.nbytes for y in record.outputs),
        "arguments": [
            a | ({"constant": record.constants[name]} if name in record.constants else {})
            for name, value in record.arguments.items()
            for a in _arguments(name, value, _first(record))
        ],
        "outputs": [{"name": n, "value": _Shown(y)} for n, y in zip(record.names, record.outputs, strict=True)],
        "positions": record.positions,
        "steps": steps,
        "parity": None if record.parity is None else _parity(record.parity),
    }


def _formula(record: Record) -> dict[str, Any]:
    """What users call the op, and which of its arguments the letters of its formula are."""
    op = OPS.get(record.op)
    if op is None or not record.math:
        return {"public": record.op, "letters": {}}
    first = next((v for v in record.arguments.values() if isinstance(v, Operand)), None)
    found = formula(op, 4 if first is None else first.value.ndim)
    return {"public": found["public"], "letters": found["names"]}


def _parity(parity: dict[str, Any]) -> dict[str, Any]:
    finite: Any = lambda d: d if np.isfinite(d) else None
    return parity | {
        "output": finite(parity["output"]),
        "gradients": {name: finite(d) for name, d in parity["gradients"].items()},
        "torch": {
            "outputs": [_Shown(y) for y in parity["torch"]["outputs"]],
            "gradients": [{name: _Shown(g) for name, g in step.items()} for step in parity["torch"]["gradients"]],
        },
    }


def _arguments(parameter: str, value: Any, of: str) -> list[dict[str, Any]]:
    """An argument of an op; a list of operands gives one entry each. ``of``: what the op's first tensor is called."""
    if isinstance(value, list) and any(isinstance(v, Operand) for v in value):
        return [entry for k, v in enumerate(value) for entry in _arguments(f"{parameter}[{k}]", v, of)]
    if not isinstance(value, Operand):
        settings = {"settings": value._asdict()} if hasattr(value, "stride") and hasattr(value, "_asdict") else {}
        arrays = [{"name": name, "value": _Shown(a)} for name, a in arrays_in(parameter, value)]
        settings |= {"arrays": arrays} if arrays else {}
        return [{"parameter": parameter, "kind": "value", "text": said(parameter, value, of)} | settings]
    known = {"parameter": parameter, "name": value.name, "value": _Shown(value.value)}
    known |= {} if value.shown is None else {"shown": _Shown(value.shown)}
    if value.node is not None:
        return [known | {"kind": "node", "node": value.node, "output": value.output}]
    return [known | {"kind": "source", "source": value.source}]


def _first(record: Record) -> str:
    """What the first tensor that an op takes is called."""
    return next((v.name or name for name, v in record.arguments.items() if isinstance(v, Operand)), "")


def _source(number: int, source: Source, sums: _Sums) -> dict[str, Any]:
    gradient = sums.last.get(("source", number))
    return {
        "id": number,
        "name": source.name,
        "value": _Shown(source.value),
        "requiresGrad": source.requires_grad,
        "gradient": _or_none(gradient),
        "grad": _or_none(source.grad),
    }


def to_dot(tape: Recording) -> str:
    """The graph in Graphviz's language: boxes for tensors, ellipses for ops, an arrow for each operand."""
    lines = ["digraph backprop {", "  rankdir=LR;"]
    for k, source in enumerate(tape.sources):
        style = ', style=filled, fillcolor="lightblue"' if source.requires_grad else ""
        label = f"{source.name or 'data'} {list(source.value.shape)}"
        lines.append(f"  s{k} [shape=box, label={_quoted(label)}{style}];")
    for record in tape.nodes:
        lines.append(f"  n{record.number} [label={_quoted(record.op)}];")
        for parameter, value in record.arguments.items():
            for a in _arguments(parameter, value, ""):
                if a["kind"] != "value":
                    start = f"s{a['source']}" if a["kind"] == "source" else f"n{a['node']}"
                    lines.append(f"  {start} -> n{record.number} [label={_quoted(a['parameter'])}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
