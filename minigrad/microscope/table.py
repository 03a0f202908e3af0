"""The tape as text of 80 columns: what each line of the program did, backward, to ``.grad`` and to the weights."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from .entries import At, Change, Item, Pass, Record, Recording, Step, Update
from .frames import Line
from .story import Story, story
from .width import joined, spread

HEADS = ("line", "op", "incoming", "outgoing", "sum there")
WIDTHS = (5, 12, 17, 17, 29)
WIDTH = sum(WIDTHS)
ROOM = WIDTH - 5  # behind the number of the line
UNSEEN = "made before the recording"
FEW = 4  # so many numbers are shown one by one


def table(tape: Recording) -> str:
    """The backward passes as a table: what came in at each op, what its rule sent on, and the sum so far where it went.

    Between the passes stands what else changed numbers: ``.grad`` that is added to, zero_grad, the optimizer's step.
    """
    told = story(tape)
    rows = [_row(HEADS), _row("-" * (width - 1) for width in WIDTHS)]
    counts: dict[int, int] = {}
    sums: list[dict[Any, Any]] = [{}]
    for (kind, number), round in zip(tape.events, told.rounds, strict=True):
        if kind == "pass":
            sums.append({})
            rows += ["", _heading(tape.passes[number], round, max(told.rounds) > 1)]
            rows += _begun(tape, tape.passes[number], sums[-1])
        elif kind == "passed":
            sums.pop()
        elif kind == "backward":
            step = tape.nodes[number].steps[counts.get(number, 0)]
            counts[number] = counts.get(number, 0) + 1
            rows += [_row(cells) for cells in _op(tape, tape.nodes[number], step, sums[-1])]
        elif kind != "forward":
            rows += _changed(tape, tape.changes[number], told, number)
    if not tape.passes:
        rows += ["", "no backward pass was recorded of this thread"]
    rows += _formulas(tape)
    return "\n".join(row.rstrip() for row in rows)


def _op(tape: Recording, record: Record, step: Step, sums: dict[Any, Any]) -> Iterator[tuple[str, ...]]:
    """A row for each operand that something was sent to; outputs are told apart where there are several."""
    upstream = step.upstream if isinstance(step.upstream, list) else [step.upstream]
    several = len(upstream) > 1
    came = [
        (f"{k}: " if several else "") + _fitted(g, WIDTHS[2] - 1 - 3 * several)
        for k, g in enumerate(upstream)
        if g is not None
    ]
    for k in range(max(len(step.contributions), len(came))):
        outgoing = total = ""
        if k < len(step.contributions):
            sent = step.contributions[k]
            outgoing = _fitted(sent.after, WIDTHS[3] - 1)
            total = name_of(tape, sent)
            if total != UNSEEN:
                total += f": {_fitted(_add(sums, sent.place, sent.after), WIDTHS[4] - 3 - len(spread(total)))}"
        first = k == 0
        yield (
            _number(record.line) if first else "",
            record.op if first else "",
            came[k] if k < len(came) else "",
            outgoing,
            total,
        )


def _begun(tape: Recording, backward: Pass, sums: dict[Any, Any]) -> Iterator[str]:
    """What a pass itself gives its roots; rows for them if there are several, for one may get gradients of others."""
    for root in backward.roots:
        total = name_of(tape, root)
        if total != UNSEEN:
            total += f": {_fitted(_add(sums, root.place, root.gradient), WIDTHS[4] - 3 - len(total))}"
        if len(backward.roots) > 1:
            yield _row(("", "(root)", "", _fitted(root.gradient, WIDTHS[3] - 1), total))


def _add(sums: dict[Any, Any], place: Any, g: Any) -> Any:
    sums[place] = g if place not in sums else sums[place] + g
    return sums[place]


def _changed(tape: Recording, change: Change, told: Story, number: int) -> list[str]:
    """Rows for what changed beside the ops; and what is to be said of it."""
    if change.kind == "clip" and change.items:
        return [_line(change.line, _clipped(change))]
    rows = []
    for k, item in enumerate(change.items):
        name = name_of(tape, item) + (".grad" if item.of == "grad" else "")
        held = told.sums.get((number, k))
        several = held is not None and len(held.passes) > 1 and change.kind == "accumulate"
        tail = f"   the sum of {len(held.passes)} passes" if held is not None and several else ""
        texts = [_what(change, item, name, few) + tail for few in (FEW, 1)]
        rows.append(
            _line(change.line if k == 0 else None, next((t for t in texts if len(spread(t)) <= ROOM), texts[-1]))
        )
    if not change.items:
        rows.append(_line(change.line, f"{_who(change)}: no gradient is there"))
    return rows + [f"{'':5} ! {line}" for n in told.notices if n.change == number for line in _wrapped(str(n))]


def _what(change: Change, item: Item, name: str, few: int) -> str:
    """What happened to one tensor; up to ``few`` numbers are shown one by one."""
    before, arrived, after = (short(a, few) for a in (item.before, item.arrived, item.after))
    if change.kind == "accumulate":
        text = f"{name} = {arrived}" if item.before is None else f"{name} = {before} + {arrived} = {after}"
        return text if item.older is None else f"{text}   {short(item.older, few)} of it from ops {UNSEEN}"
    return f"{f'a hook, at {name}:' if change.kind == 'hook' else f'{_who(change)}: {name}'} {before} -> {after}"


def _formulas(tape: Recording) -> Iterator[str]:
    """What each optimizer does, once: its lines, the values of its options, and what the letters stand for."""
    steps: dict[str, list[Update]] = {}
    for change in tape.changes:
        updates = [item.update for item in change.items if item.update is not None and item.update.lines]
        steps.setdefault(change.by, []).extend(updates)
    for by, updates in steps.items():
        if updates:
            yield from ["", *_formula(by, updates)]


def _formula(by: str, updates: list[Update]) -> Iterator[str]:
    last = updates[-1]
    used = set(re.findall(r"[a-z_]\w*", " ".join(f"{line.name} {line.text}" for line in last.lines)))
    said = {name: {u.options[name] for u in updates} for name in last.options if name in used}
    options = [f"{name} = {'/'.join([_digits(x) for x in sorted(values)])}" for name, values in said.items()]
    yield from textwrap.wrap(f"{by}: each parameter w, with g = w.grad, {', '.join(options)}:", WIDTH)
    for line in last.lines:
        yield from textwrap.wrap(f"{line.name} <- {line.text}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    letters = [f"{letter}: {kept}, kept from step to step" for kept, letter in last.symbols.items()]
    others = sorted({line.name for line in last.lines} - {*last.symbols.values(), "w", "g"})
    letters += [f"{', '.join(others)}: of this step only"] if others else []
    letters += ["t: the number of the step"] if "t" in used else []
    for text in letters:
        if text.split(":")[0].split(",")[0] in used:
            yield f"  {text}"


def _clipped(change: Change) -> str:
    """How long all gradients together were and are."""
    old, new = _length([item.before for item in change.items]), _length([item.after for item in change.items])
    factor = "" if change.by == "clip_grad_value_" else f", all x {_digits(new / (old or 1))}"
    return f"{change.by}: norm of all gradients {_digits(old)} -> {_digits(new)}{factor}"


def _length(arrays: list[Any]) -> float:
    return math.hypot(*[float(np.linalg.norm(a.astype(np.float64))) for a in arrays if a is not None])


def _who(change: Change) -> str:
    return {"assign": f".{change.by} =", "write": change.by or "written unseen (by NumPy, another thread)"}.get(
        change.kind, change.by
    )


def _heading(backward: Pass, round: int, several: bool) -> str:
    what = "autograd.grad" if backward.kind == "grad" else "backward"
    step = f"step {round}, " if several else ""
    return _line(backward.line, f"{step}{what}: {backward.line.text if backward.line else ''}")


def name_of(tape: Recording, at: At) -> str:
    """What a place is called."""
    if at.source is not None:
        return tape.sources[at.source].name or f"source {at.source}"
    if at.node is None:
        return UNSEEN
    record = tape.nodes[at.node]
    return record.names[at.output] or f"{record.op} #{at.node}"


def short(a: Any, few: int = FEW) -> str:
    """Few numbers one by one, with four digits; of many the shape and the length."""
    if a is None:
        return "None"
    if a.size > few:
        return f"{'x'.join(map(str, a.shape))} |{_digits(float(np.linalg.norm(a.astype(np.float64))))}|"
    numbers = " ".join(_digits(x.item()) for x in a.reshape(-1))
    return f"[{numbers}]" if a.ndim else numbers


def _fitted(a: Any, room: int) -> str:
    """The numbers, if there is room for all of them."""
    numbers = short(a)
    return numbers if len(numbers) <= room else short(a, 1)


def _digits(x: Any) -> str:
    return f"{x:.4g}" if isinstance(x, float) and math.isfinite(x) else str(x)


def _number(line: Line | None) -> str:
    return "" if line is None else str(line.number)


def _row(cells: Any) -> str:
    """Cells in columns; each is cut to its width."""
    cut = [c if len(c) < w else c[: w - 3] + ".." for c, w in zip(map(spread, cells), WIDTHS, strict=True)]
    row = f"{cut[0]:>{WIDTHS[0] - 1}} " + "".join(f"{c:<{w}}" for c, w in zip(cut[1:], WIDTHS[1:], strict=True))
    return joined(row)


def _line(line: Line | None, text: str) -> str:
    text = spread(text)
    return f"{_number(line):>4} {joined(text if len(text) <= ROOM else text[: ROOM - 2] + '..')}"


def _wrapped(text: str) -> list[str]:
    return [joined(row) for row in textwrap.wrap(spread(text), WIDTH - 8)]
