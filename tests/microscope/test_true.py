"""Random programs are recorded: the numbers on the tape are those that the engine had, each following from others."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.microscope import Tape, record
from minigrad.microscope.copies import same
from tests.core.programs import BEGIN, FORMS

MORE = """
opt.step() | opt.zero_grad() | opt.zero_grad(set_to_none=False) | {x}.sum().backward(); opt.step()
loss = ({x} * a).sum() + (e * b).sum(); loss.backward(); opt.step(); opt.zero_grad()
T.nn.utils.clip_grad_norm_([a, b, e], 0.5) | {x}.grad = T.ones_like({x}) | a.grad += 1 | a.data -= 0.1 * a.detach()
opt.step(lambda: ({x} * {x}).sum().backward()) | other.step() | {x}.sum().backward(retain_graph=True); other.step()
rnn(T.ones(2, 3))[1].sum().backward() | out, h = rnn({x}.reshape(-1, 3)[:2]); (out.sum() + h.sum()).backward()
T.autograd.grad((a * {x}).sum(), a, allow_unused=True) | rnn.zero_grad() | rnn.load_state_dict(rnn.state_dict())
h = a.register_hook(lambda g: g.mul_(2)) | {x}.detach().zero_() | a.grad.data.zero_() | c.mul_(2)
"""
MINE = [(entry.strip(), "") for line in MORE.strip().splitlines() for entry in line.split(" | ")]
LINE = st.tuples(st.sampled_from(FORMS + MINE * 6), st.integers(0, 29), st.integers(0, 29), st.integers(0, 7))
TRAINED = """
opt = T.optim.SGD([a, b, e], lr=0.1, momentum=0.5, weight_decay=0.1)
other = T.optim.Adam([a, e], lr=0.1)
rnn = T.nn.RNN(3, 2)
"""


def run(lines: list[tuple[tuple[str, str], int, int, int]], space: dict[str, Any]) -> list[str]:
    """Run the lines; those that are refused change nothing that is checked. Returns  the program"""
    program = []
    for form, x, y, quiet in lines:
        names = [name for name, value in space.items() if isinstance(value, mg.Tensor)]
        text = (form[1] + form[0]).format(new=f"t{len(names)}", x=names[x % len(names)], y=names[y % len(names)])
        program.append(f"with T.no_grad(): {text}" if quiet == 7 else text)
        with warnings.catch_warnings(action="ignore"):
            try:
                exec(program[-1], space)
            except Exception as error:
                program[-1] += f"  # {type(error).__name__}"
        if any(np.abs(v.array).max(initial=0) > 1e6 or v.array.size > 200 for v in tensors(space)):
            break
    return program


def tensors(space: dict[str, Any]) -> list[Any]:
    return [value for value in space.values() if isinstance(value, mg.Tensor)]


@given(st.lists(LINE, min_size=5, max_size=30))
def test_random_programs(lines: list[tuple[tuple[str, str], int, int, int]]) -> None:
    mg.manual_seed(0)
    space: dict[str, Any] = {"T": mg}
    exec(BEGIN + TRAINED, space)
    with record() as tape:
        program = run(lines, space)
        ends = [(x, tape._known(x)) for x in tensors(space)]
        ends = [(x, known.place, known.leaf) for x, known in ends if known is not None and known.leaf is not None]
    try:
        assert_told(tape)
        assert_chains(tape)
        assert_derived(tape)
        for x, place, leaf in ends:
            assert_last(tape, place, "grad", None if leaf.grad is None else leaf.grad.array)
            assert_last(tape, place, "value", x.array)
        json.loads(tape.to_json())
    except AssertionError as error:
        raise AssertionError("\n".join([str(error), BEGIN + TRAINED, *program])) from error


def assert_told(tape: Tape) -> None:
    """Nothing has changed that the engine did not tell of."""
    assert not [change for change in tape.changes if change.kind == "write" and not change.by]


def assert_chains(tape: Tape) -> None:
    """What an event finds at a place is what the last one left there; old + arrived = new."""
    last: dict[Any, Any] = {}
    for change in tape.changes:
        for item in change.items:
            if item.of not in ("grad", "value"):
                continue
            key = item.of, item.place
            if key in last and item.of == "grad":
                assert same(last[key], item.before), (change, last[key])
            last[key] = item.after
            if change.kind == "accumulate":
                total = item.arrived if item.before is None else item.before + item.arrived
                np.testing.assert_allclose(item.after, total, rtol=1e-5, atol=1e-5)
            if item.update is not None and item.update.lines:
                assert same(item.update.lines[-1].value, item.after)


def assert_last(tape: Tape, place: dict[str, Any], of: str, array: Any) -> None:
    """The last event at a place leaves what the engine has."""
    found = [i for c in tape.changes for i in c.items if i.of == of and {k: vars(i)[k] for k in place} == place]
    if found:
        assert same(found[-1].after, array), (place, of, found[-1], array)
    if of == "grad" and "source" in place:
        assert same(tape.sources[place["source"]].grad, array)


def assert_derived(tape: Tape) -> None:
    """What came to a node is the sum of what was sent there in this pass, after the hooks; so it is for a leaf."""
    under_way: list[dict[Any, Any]] = [{}]
    counts: dict[int, int] = {}
    for kind, number in tape.events:
        now = under_way[-1]
        if kind == "pass":
            under_way.append({})
            for root in tape.passes[number].roots:
                if root.source is not None or root.node is not None:
                    add(under_way[-1], root, root.gradient)
        elif kind == "passed":
            under_way.pop()
        elif kind == "backward":
            step = tape.nodes[number].steps[counts.get(number, 0)]
            counts[number] = counts.get(number, 0) + 1
            upstream = step.upstream if isinstance(step.upstream, list) else [step.upstream]
            for k, g in enumerate(upstream):
                assert same(now.pop(("node", number, k), None), g), (number, k, step)
            for sent in step.contributions:
                assert sent.after.size <= sent.before.size or sent.before.size == 0
                np.testing.assert_allclose(sent.after.sum(), sent.before.sum(), rtol=1e-4, atol=1e-4)
                add(now, sent, sent.after)
        elif kind == "hook":
            for item in tape.changes[number].items:
                if item.of == "arriving":
                    assert same(now[item.place], item.before), item
                    now[item.place] = item.after
        elif kind == "accumulate":
            (item,) = tape.changes[number].items
            if item.place in now:
                assert same(now[item.place], item.arrived), (item, now[item.place])
            else:
                assert item.source is not None  # of a graph that was made before, or a second place of the same leaf


def add(under_way: dict[Any, Any], to: Any, g: Any) -> None:
    place = ("node", to.node, to.output) if to.source is None else ("source", to.source)
    if place[1] is not None:
        under_way[place] = g if place not in under_way else under_way[place] + g
