"""Calls end as torch's do: kinds of arguments, their names and torch's other names for them, how many there may be."""

from __future__ import annotations

import functools
import inspect
import os
import pydoc
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch as pytorch

import minigrad
from minigrad.signatures.doors import signatures
from minigrad.signatures.kinds import OTHER_NAMES

from .calls import Call, Value, alike, drawn, public, right

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "ci"


def test_random_calls_end_as_in_torch() -> None:
    draw, count, parted = random.Random(), 20_000 if LONG else 1_000, []
    for _ in range(count):
        call = drawn(draw, *draw.choice(public_names), draw.choice([0.0, 0.15, 0.3, 0.6]))
        if not call.agrees():
            parted.append(call)
    allowed = 0.01 * count + (0 if LONG else 3 * (0.01 * count) ** 0.5)  # the fewer calls, the more by chance
    assert len(parted) <= allowed, f"{len(parted)} of {count}\n" + "\n".join(map(str, parted[:40]))


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


def shown(place: str, name: str) -> dict[str, inspect.Parameter]:
    """The parameters that ``help`` shows."""
    function = functools.reduce(getattr, [*place.removeprefix("torch").split("."), name][place == "torch" :], minigrad)
    return dict(inspect.signature(function).parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["torch", "Tensor", "nn.functional", "linalg"])
def test_what_help_shows_is_what_the_call_takes(place: str) -> None:
    """Under each name that a signature shows both engines take the argument. A program in Python cannot write ``from``:
    that argument is shown without a name."""
    draw, wrong, tried, taken = random.Random(0), [], 0, 0
    for name in [name for where, name in public_names if where == place]:
        for p in shown(place, name).values():
            if p.name == "self" or p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL):
                continue
            ways = [
                way for way in signatures(place, name) if not way.old and p.name in [q.name for q in way.parameters]
            ]
            if not ways:
                wrong.append(f"{place}.{name}: {p.name}")
                continue
            for _ in range(25 if LONG else 15):
                call = by_name(drawn(draw, place, name, 0.0, draw.choice(ways)), p.name)
                errors = [call.error(engine) for engine in (pytorch, minigrad)]
                if any(f"unexpected keyword argument '{p.name}'" in str(error) for error in errors):
                    wrong.append(str(call))
                if errors == [None, None]:
                    break
            tried, taken = tried + 1, taken + (errors == [None, None])
    assert not wrong, "\n".join(wrong)
    assert taken > tried / 2


def by_name(call: Call, name: str) -> Call:
    """The call with an argument, and all after it, by name."""
    assert call.way is not None
    names = [p.name for p in call.way.parameters]
    k = names.index(name)
    rest = dict(zip(names[k:], call.args[k:], strict=False))
    missing = (
        {} if name in rest or name in call.kwargs else {name: right(random.Random(0), call.way.parameters[k], (3,))}
    )
    return Call(call.place, call.name, call.args[:k], {**rest, **missing, **call.kwargs}, call.way)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (minigrad.swapaxes, "(input, axis0, axis1)"),
        (minigrad.softmax, "(input, dim, dtype=None)"),
        (minigrad.Tensor.split, "(self, split_size, dim=0)"),
        (minigrad.Tensor.uniform_, "(self, from_=0.0, /, to=1.0, *, generator=None)"),
        (minigrad.ones(1).view, "(*size, dtype=None)"),
        (minigrad.einsum, "(*args)"),
        (minigrad.arange, "(start=0, end=None, step=1, *, dtype=None, device=None, requires_grad=False)"),
        (minigrad.Tensor.to, "(self, device=None, dtype=None, non_blocking=False, copy=False, *, memory_format=None)"),
        (minigrad.linalg.det, "(A)"),
        (minigrad.det, "(input)"),
    ],
)
def test_help_shows_torchs_signature(function: Any, text: str) -> None:
    found = inspect.signature(function)
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    assert str(found.replace(parameters=bare, return_annotation=found.empty)) == text
    assert str(found) in pydoc.render_doc(function, renderer=pydoc.plaintext).replace("\x08", "")


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


CALLS = """
    exp(x, x1=x)                einsum((1,))                    bernoulli(x, tensor(0.5))
    exp(x, a=x)                 einsum((1,), x)                 bernoulli(x, p=tensor(0.5))
    exp(x=x)                    einsum()                        bernoulli(x, tensor([0.5]))
    exp(input=x, x=x)           einsum(x)                       x.cauchy_(tensor(0.5))
    maximum(x, x, x2=x)         einsum(None, x)                 x.cauchy_(0, sigma=tensor(0.5))
    maximum(x, x, x1=x)         einsum("i", [])                 x.exponential_(tensor(0.5))
    maximum(x, x2=x)            einsum("i", x, 3)               x.geometric_(tensor(0.5))
    mul(x, x, x2=x)             einsum(b"i", x)                 x.log_normal_(tensor(0), tensor(2))
    mul(x1=x, x2=x)             einsum(x, [0])                  nn.functional.dropout(x, tensor(0.5))
    add(x, x, a=x)              einsum(x, [])                   nn.functional.celu(x, tensor(2.0))
    add(x, other=x, x2=x)       einsum([x], [0])                renorm(ones(2, 2), tensor(2.0), 0, tensor(1))
    x.std(dim=0, correction=1)  einsum(equation="i")            add(x, x, alpha=tensor(2.0))
    x.std(0, 1, correction=1)   x.var(axis=0, correction=0)     randn(2).uniform_(tensor(0), tensor(1.0))
    x.copy_(3)                  x.sum(tensor([0]))              zeros(2, dtype=float64, pin_memory=False)
    x.dim_order()               x.sum(10**20)                   nn.functional.elu_(-x, 2.0, 3.0, 0.5)
    x.norm(tensor(2))           x.norm(2, True)                 norm(x, 2, 0, False, None, float64)
    x.cumsum_(0, dtype=int64)   x.float_power_(2)               x.to_dense(int64)
    x.gcd_(x > 0)               (x > 0).gcd_(x)                 mm(x, x, float32)
    x.is_pinned()               block_diag()                    tril_indices(2, 2, dtype=float32)
    x.mT                        tensor(2.0).mT                  zeros(2, pin_memory=True)
    ones(2, 3).movedim((5,), (0, 1))                            cdist(ones(2, 2), ones(2, 2), compute_mode="no")
    nn.functional.dropout("x", 2.0)                             nn.functional.dropout1d("x", 0.5)
    nn.functional.batch_norm(ones(1, 2), None, None, "x", training=True)
    nn.functional.hinge_embedding_loss(arange(3), arange(3), 0.5, reduction="sum")
    nn.functional.huber_loss(x.half(), x)                       nn.functional.multi_margin_loss(x.half(), tensor(0))
    nn.functional.embedding(tensor([0]), x, max_norm=1.0)       nn.functional.max_unpool2d(x, [1], True)
    nn.functional.adaptive_avg_pool2d(ones(2, 3), 1)            nn.functional.softmax(tensor([], dtype=int64), 0)
"""


@pytest.mark.parametrize("call", [call for line in CALLS.splitlines() for call in re.split(" {2,}", line) if call])
def test_call_ends_as_in_torch(call: str) -> None:
    ends: list[Any] = []
    for engine in (pytorch, minigrad):
        engine.manual_seed(0)
        names = {name: getattr(engine, name) for name in re.findall(r"[a-z]\w*", call) if hasattr(engine, name)}
        try:
            ends.append(eval(call, {**names, "x": engine.ones(2)}))
        except Exception as error:
            ends.append(type(error).__name__)
    wanted, found = ends
    assert found == wanted if isinstance(wanted, str) else alike(found, wanted)
