"""The tape as plain data: a dict for JSON (what the page reads), and a drawing for Graphviz.

version   1
nodes     one for each op: id, op, label (torch's name of its backward), math, line {file, number, text, function},
          (the file from its package on), module (dotted path), inBackward, seconds, bytes,
          arguments [{parameter, kind, ...}]  kind "node" (node, output), "source" (source) or "value" (text, and for a
             number that is computed with: constant, its name or ""),
          outputs [{name, value}]             value: a summary (see summary.py)
          positions                           the operands that have a derivative
          parity                              null, or torch's numbers beside ours (reference_torch.replay): reason (why
             there are none, or null), output and gradients {operand} (largest difference, null if infinite),
             departs ["output", "d x"] (beyond rounding), torch {outputs [summary], gradients [{operand: summary}, one
             dict for each step]}
          steps [{seconds, upstream: [summary or null], contributions}]      one for each backward pass
             contributions [{position, to, before, after, sum}]  before and after un-broadcasting, and the sum so far at
                                              the place it goes ``to`` ({node, output} or {source})
sources   tensors that no op made: id, name, value, requiresGrad, gradient (the sum of what arrived, null if nothing)
about     what stands above: {title: {en, zh}, idea: {en, zh}}, or {}
naive     null, or what a depth-first walk comes to (naive.py): visits [node], gradients {source: summary}
arrays    every array once (explain/store.py): bytes (base64), index [{type, shape, at (byte), and if only some
          positions of a dimension are kept: dim, rows}], cut (null, or {bytes (of all), budget}); a summary has the
          number of its ``array``
programs  how numbers come about (explain/program.py): lists of instructions. nodes have ``explain``: null, or
          forward {program, outputs [reference]}, steps [{program, gradients [reference], as the contributions}]
events    [["forward", node], ..., ["backward", node, number of the step], ...]: what happened, in order
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .entries import Contribution, Operand, Record, Recording, Source
from .explain import BUDGET, Explainer, Store
from .frames import short_path
from .summary import summary

VERSION = 1


def to_dict(tape: Recording, budget: int | None = BUDGET) -> dict[str, Any]:
    """The whole tape, ready for ``json.dumps``.

    budget  bytes of the arrays that it carries whole; None: all
    """
    store = Store()
    explainer = Explainer(store)
    found: dict[str, Any] = _stored(_tape(tape, explainer), store)
    return found | {"programs": explainer.programs, "arrays": store.to_dict(budget)}


def _stored(found: Any, store: Store) -> Any:
    """The same with the number in the store for each array."""
    if isinstance(found, np.ndarray):
        return store.add(found)
    if isinstance(found, dict):
        return {name: _stored(value, store) for name, value in found.items()}
    return [_stored(value, store) for value in found] if isinstance(found, (list, tuple)) else found


def _tape(tape: Recording, explainer: Explainer) -> dict[str, Any]:
    sums: dict[Any, Any] = {}
    steps: dict[int, list[Any]] = {record.number: [] for record in tape.nodes}
    events: list[list[Any]] = []
    for kind, number in tape.events:
        if kind == "forward":
            events.append([kind, number])
            continue
        step = tape.nodes[number].steps[len(steps[number])]
        events.append([kind, number, len(steps[number])])
        upstream = step.upstream if isinstance(step.upstream, list) else [step.upstream]
        steps[number].append(
            {
                "seconds": step.seconds,
                "upstream": [None if u is None else summary(u) for u in upstream],
                "contributions": [_contribution(sent, tape.nodes[number], sums) for sent in step.contributions],
            }
        )
    return {
        "version": VERSION,
        "about": tape.about,
        "nodes": [_node(record, steps[record.number]) | {"explain": explainer.node(record)} for record in tape.nodes],
        "sources": [_source(k, source, sums) for k, source in enumerate(tape.sources)],
        "events": events,
        "naive": _naive(tape),
    }


def _naive(tape: Recording) -> dict[str, Any] | None:
    if tape.naive is None:
        return None
    gradients = {str(source): summary(g) for source, g in tape.naive["gradients"].items()}
    return {"visits": tape.naive["visits"], "gradients": gradients}


def _contribution(sent: Contribution, record: Record, sums: dict[Any, Any]) -> dict[str, Any]:
    place = ("source", sent.source) if sent.node is None else ("node", sent.node, sent.output)
    sums[place] = sent.after if place not in sums else sums[place] + sent.after
    return {
        "position": record.positions[sent.position],
        "to": {"source": sent.source} if sent.node is None else {"node": sent.node, "output": sent.output},
        "before": summary(sent.before),
        "after": summary(sent.after),
        "sum": summary(sums[place]),
    }


def _node(record: Record, steps: list[Any]) -> dict[str, Any]:
    line = record.line
    return {
        "id": record.number,
        "op": record.op,
        "label": record.label,
        "math": record.math,
        "line": None if line is None else vars(line) | {"file": short_path(line.file)},
        "module": record.module,
        "inBackward": record.in_backward,
        "seconds": record.seconds,
        "bytes": sum(y.nbytes for y in record.outputs),
        "arguments": [
            a | ({"constant": record.constants[name]} if name in record.constants else {})
            for name, value in record.arguments.items()
            for a in _arguments(name, value)
        ],
        "outputs": [{"name": n, "value": summary(y)} for n, y in zip(record.names, record.outputs, strict=True)],
        "positions": record.positions,
        "steps": steps,
        "parity": None if record.parity is None else _parity(record.parity),
    }


def _parity(parity: dict[str, Any]) -> dict[str, Any]:
    finite: Any = lambda d: d if np.isfinite(d) else None
    return parity | {
        "output": finite(parity["output"]),
        "gradients": {name: finite(d) for name, d in parity["gradients"].items()},
        "torch": {
            "outputs": [summary(y) for y in parity["torch"]["outputs"]],
            "gradients": [{name: summary(g) for name, g in step.items()} for step in parity["torch"]["gradients"]],
        },
    }


def _arguments(parameter: str, value: Any) -> list[dict[str, Any]]:
    """An argument of an op; a list of operands gives one entry each."""
    if isinstance(value, list) and any(isinstance(v, Operand) for v in value):
        return [entry for k, v in enumerate(value) for entry in _arguments(f"{parameter}[{k}]", v)]
    if not isinstance(value, Operand):
        return [{"parameter": parameter, "kind": "value", "text": _short(value)}]
    known = {"parameter": parameter, "name": value.name, "value": summary(value.value)}
    if value.node is not None:
        return [known | {"kind": "node", "node": value.node, "output": value.output}]
    return [known | {"kind": "source", "source": value.source}]


def _short(value: Any) -> str:
    text = repr(value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _source(number: int, source: Source, sums: dict[Any, Any]) -> dict[str, Any]:
    gradient = sums.get(("source", number))
    return {
        "id": number,
        "name": source.name,
        "value": summary(source.value),
        "requiresGrad": source.requires_grad,
        "gradient": None if gradient is None else summary(gradient),
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
            for a in _arguments(parameter, value):
                if a["kind"] != "value":
                    start = f"s{a['source']}" if a["kind"] == "source" else f"n{a['node']}"
                    lines.append(f"  {start} -> n{record.number} [label={_quoted(a['parameter'])}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
