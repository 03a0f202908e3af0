"""What a function is tried on: shapes, numbers, memory layouts.

hypothesis finds cases by chance; ``check`` must work with NumPy alone, give the same answer every time, and end in
numbers that a person would choose. So its cases are planned, and only numbers are drawn. Nor is a case that fails
whittled down: a ladder of small cases with friendly numbers is climbed until one fails in the same way (``simpler``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
Group = tuple[Shape, ...]  # a shape for each operand
Domain = tuple[float, float]
Key = tuple[Any, ...]  # (output,), (operand,) or (operand, operand): what is compared

FRIENDLY = (1.0, 2.0, -1.0, 0.5, -2.0, 3.0, -0.5, 1.5, -3.0, 0.25, -1.5, 2.5)


@dataclass(frozen=True)
class Case:
    """Operands, and the gradient that arrives.

    kind   "" or what is particular: "round", "ties", "zeros" (numbers), "same" (one tensor is every operand),
           "strided", "float32", "empty"
    g      the gradients that arrive: "ones", "varied", or the one element that is 1 where all others are 0 (-1: none)
    """

    operands: tuple[Array, ...]
    kind: str = ""
    g: str | int = "varied"

    @property
    def same(self) -> bool:
        """Whether one tensor is every operand."""
        return self.kind == "same"

    @property
    def distinct(self) -> int:
        """How many tensors there are."""
        return 1 if self.same else len(self.operands)

    @property
    def shapes(self) -> Group:
        """The shape of each operand."""
        return tuple(x.shape for x in self.operands)

    def fresh(self) -> list[Array]:
        """The operands, in memory that the function may spoil."""
        copies = [laid_out(x) if self.kind == "strided" else x.copy() for x in self.operands]
        return copies[:1] * len(copies) if self.same else copies

    def untouched(self, operands: Sequence[Array]) -> None:
        """Fail if a function wrote into its operands.

        Raises  Overwritten
        """
        for k, (now, was) in enumerate(zip(operands, self.operands, strict=True)):
            if not np.array_equal(now, was, equal_nan=True):
                raise Overwritten(k)

    def cast(self, dtype: str) -> Case:
        """The same numbers in another type."""
        return replace(self, operands=tuple(x.astype(dtype) for x in self.operands))

    def moved(self, k: int, index: Any, t: float) -> Case:
        """The same with one element moved by ``t``."""
        changed = [x.copy() for x in self.operands]
        for x in changed if self.same else changed[k : k + 1]:
            x[index] += t
        return replace(self, operands=tuple(changed))


class Overwritten(Exception):
    """The function wrote into operand ``args[0]``."""


def cotangent(case: Case, y: Array, k: int) -> Array:
    """The gradient that arrives at output ``k``, whose value is ``y``."""
    if isinstance(case.g, int):
        return np.asarray(np.arange(y.size) == case.g, y.dtype).reshape(y.shape)
    if case.g == "ones":
        return np.ones_like(y, order="C")
    return friendly(y.shape, k + 1).astype(y.dtype)


def friendly(shape: Shape, start: int = 0, pool: Sequence[float] = FRIENDLY) -> Array:
    """1.0, 2.0, -1.0, 0.5 ...: no two alike, as long as there are enough."""
    turns = [divmod(k, len(pool)) for k in range(start, start + math.prod(shape))]
    return np.array([pool[k] * (1 + turn / 64) for turn, k in turns], np.float64).reshape(shape)


def laid_out(x: Array) -> Array:
    """The same numbers in memory that is not contiguous: transposed, or every second one."""
    if x.ndim > 1:
        return np.asfortranarray(x)
    return x.repeat(2)[::2] if x.ndim else x.copy()


# ---- shapes ----

ONE: tuple[Group, ...] = tuple(
    (shape,) for shape in [(), (2,), (3,), (1,), (2, 2), (2, 3), (1, 3), (2, 3, 2), (1, 2, 4, 4), (0,), (2, 0)]
)
TWO: tuple[Group, ...] = (
    *(((2, 2), (2, 2)), ((2, 3), (3, 2)), ((3, 3), (3,)), ((2, 2, 3), (3, 2)), ((2, 3), (4, 3))),  # products
    *(((1, 1, 3, 3), (1, 1, 2, 2)), ((2, 2, 4, 3), (3, 2, 2, 2)), ((2, 2, 4), (3, 2, 2))),  # convolutions
    *(((2, 0), (0, 2)), ((0, 2), (2, 2))),
)
THREE: tuple[Group, ...] = (
    *(((2, 2), (2, 2), (2,)), ((2, 3), (4, 3), (4,)), ((2, 4), (2, 3), (3, 4))),  # linear, addmm
    *(((2,), (2, 3), (3,)), ((2, 2, 4), (2, 2, 3), (2, 3, 4))),  # addmv, baddbmm
    *(((1, 2, 3, 3), (2, 2, 2, 2), (2,)), ((2, 2, 4), (3, 2, 2), (3,))),
)


def groups(count: int) -> list[Group]:
    """Shapes for ``count`` operands: equal ones, some that broadcast, empty ones, and those of products."""
    if count == 1:
        return list(ONE)
    equal: list[Group] = [(shape,) * count for shape in [(), (2,), (3,), (2, 2), (2, 3)]]
    empty: list[Group] = [((0,),) * count, ((2, 0),) * count]
    mixed: list[Group] = []
    for k in range(count):
        for whole, part in [
            ((2,), ()),
            ((2, 3), (3,)),
            ((2, 2), (2, 1)),
            ((2, 3), (2, 1)),
            ((2, 3), (1, 3)),
            ((2, 0), ()),
        ]:
            mixed.append(tuple(part if i == k else whole for i in range(count)))
    if count == 2:
        mixed.append(((2, 1), (1, 3)))
    return [*equal, *mixed, *{2: TWO, 3: THREE}.get(count, ()), *empty]


def smaller(group: Group) -> list[Group]:
    """The same shapes with smaller sizes, where equal sizes stay equal."""
    return [tuple(tuple(min(n, most) for n in shape) for shape in group) for most in (1, 2)]


# ---- numbers ----


def pool_of(domain: Domain | None) -> tuple[float, ...]:
    """Friendly numbers inside of the domain."""
    if domain is None:
        return FRIENDLY
    low, high = domain
    kept = tuple(v for v in FRIENDLY if low < v < high)
    if len(kept) >= 4:
        return kept
    width = high - low if math.isfinite(high - low) else 8.0
    base = low if math.isfinite(low) else high - width
    return tuple(base + width * k / 8 for k in (4, 2, 6, 1, 3, 5, 7))


def drawn(shape: Shape, random: np.random.Generator, domain: Domain | None) -> Array:
    """Random numbers with three decimals, no two alike."""
    low, high = domain or (-2.0, 2.0)
    low, high = max(low, min(-2.0, high - 4)), min(high, max(2.0, low + 4))
    count = math.prod(shape)
    places = random.permutation(max(997, count + 1))[:count]
    return (low + (high - low) * (places + 1) / (max(997, count + 1) + 1)).reshape(shape)


def planned(
    shapes: Sequence[Group], dtypes: Sequence[str], domain: Domain | None, seed: int, ties: bool
) -> Iterator[Case]:
    """Every case, the plain ones first: what fails later fails only because of what is particular there."""
    random = np.random.default_rng(seed)
    full = [group for group in shapes if all(0 not in shape for shape in group)]
    main = dtypes[0]
    draw = {group: tuple(drawn(shape, random, domain).astype(main) for shape in group) for group in shapes}
    yield from (Case(draw[group]) for group in full)
    yield from (Case(draw[group], "strided") for group in full if any(group))
    yield from (Case(draw[g][:1] * len(g), "same") for g in full if len(g) > 1 and len(set(g)) == 1)
    for kind in ("round", "ties", "zeros") if ties else ():
        for group in full:
            yield from (case.cast(main) for case in particular(group, kind, domain))
    for dtype in dtypes[1:]:
        yield from (Case(tuple(x.astype(dtype) for x in draw[group]), dtype) for group in full)
    for group in shapes:
        if group not in full:
            yield Case(draw[group], "empty")


def particular(group: Group, kind: str, domain: Domain | None) -> Iterator[Case]:
    """Operands that are round numbers, that have equal elements, or zeros."""
    pool = pool_of(domain)
    first, second = pool[:2]
    low, high = domain or (-math.inf, math.inf)
    patterns: list[tuple[float, ...]] = []
    if kind == "ties" and sum(map(math.prod, group)) > 1:
        patterns = [(first,), (first, second, first), (second, second, first)]
    elif kind == "zeros" and low < 0 < high:
        patterns = [(0.0,), (0.0, first), (second, 0.0, first)]
    elif kind == "round":
        patterns = [(*pool[k:], *pool[:k]) for k in range(0, len(pool), 4)]
    for pattern in patterns:
        apart = 5 if kind == "round" else 0  # operands differ
        turned = [np.roll(np.array(pattern), -apart * k) for k in range(len(group))]
        yield Case(tuple(np.resize(p, shape) for p, shape in zip(turned, group, strict=True)), kind)


def simpler(case: Case, shapes: Sequence[Group], domain: Domain | None) -> Iterator[Case]:
    """Cases of the same kind, the simplest first: small shapes, friendly numbers, a gradient of ones."""
    size = lambda group: (sum(math.prod(shape) for shape in group), sum(map(len, group)))
    small = dict.fromkeys(sorted([*shapes, *(g for s in [case.shapes] for g in smaller(s))], key=size))
    pool = pool_of(domain)
    for group in small:
        if case.kind == "same" and len(set(group)) > 1:
            continue
        if (case.kind == "empty") != any(0 in shape for shape in group):
            continue
        if case.kind in ("round", "ties", "zeros"):
            tried = [found.operands for found in particular(group, case.kind, domain)]
        else:
            tried = [tuple(friendly(s, start + 5 * k, pool) for k, s in enumerate(group)) for start in range(4)]
        for operands, g in itertools.product(tried, ("ones", "varied")):
            arrays = tuple(x.astype(case.operands[0].dtype) for x in operands)
            yield Case(arrays[:1] * len(arrays) if case.kind == "same" else arrays, case.kind, g)
