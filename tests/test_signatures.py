"""Calls end as torch's do: kinds of arguments, their names and torch's other names for them, how many there may be."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
import torch as pytorch

import minigrad
from minigrad.signatures.kinds import OTHER_NAMES

from .calls import Call, Value, drawn, public

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "ci"


def test_random_calls_end_as_in_torch() -> None:
    draw, count, parted = random.Random(), 20_000 if LONG else 1_000, []
    for _ in range(count):
        call = drawn(draw, *draw.choice(public_names), draw.choice([0.0, 0.15, 0.3, 0.6]))
        if not call.agrees():
            parted.append(call)
    assert len(parted) <= count * 0.04 + 2 * (count * 0.04) ** 0.5, "\n".join(map(str, parted[:40]))


public_names = public()


def named(call: Call) -> Iterator[Call]:
    """The call with one of its arguments under each of the names that torch might know, and with one argument more."""
    way = call.way
    assert way is not None
    rest = {p.name: v for p, v in zip(way.parameters, call.args, strict=False)} | call.kwargs
    for i, p in enumerate(way.parameters):
        if p.name in rest and p.name != "self" and not p.several and p.name[0] != "/":
            for name in (p.name, *OTHER_NAMES.get(p.name, ()), "y", "dims", "tensor"):
                others = {n: v for n, v in rest.items() if n not in [q.name for q in way.parameters[:i]] + [p.name]}
                yield Call(call.place, call.name, call.args[:i], {name: rest[p.name], **others})
    yield Call(
        call.place, call.name, [*call.args, *[Value("more")] * (way.positional + 1 - len(call.args))], call.kwargs
    )


@pytest.mark.parametrize("place", ["torch", "Tensor", "nn.functional", "linalg"])
def test_names_are_torchs(place: str) -> None:
    draw, parted, found = random.Random(0), [], 0
    for name in [name for where, name in public_names if where == place]:
        calls = (drawn(draw, place, name, 0.0) for _ in range(30))
        right = next(
            (
                call
                for call in calls
                if call.way and not call.way.old and call.on(pytorch) == call.on(minigrad) == "accepted"
            ),
            None,
        )
        found += right is not None
        for call in named(right) if right else ():
            if (call.on(minigrad) == "accepted") != (call.on(pytorch) == "accepted"):
                parted.append(call)
    assert found
    assert not parted, "\n".join(map(str, parted))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: minigrad.exp(1.5), r"exp\(\): argument 'input' \(position 1\) must be Tensor, not float"),
        (lambda: minigrad.ones(2).flip("a"), r"flip\(\): argument 'dims' \(position 1\) must be tuple of ints, not"),
        (lambda: minigrad.ones(2).sum("a"), r"sum\(\) received an invalid combination of arguments - got \(str\)"),
        (lambda: minigrad.exp(minigrad.ones(2), 2), r"exp\(\) takes 1 positional argument but 2 were given"),
        (lambda: minigrad.mm(minigrad.ones(2, 2)), r'mm\(\) missing 1 required positional arguments: "mat2"'),
        (lambda: minigrad.nn.Linear(2, 2)("a"), r"linear\(\): argument 'input' \(position 1\) must be Tensor, not str"),
    ],
)
def test_words(call: object, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call()  # type: ignore[operator]
