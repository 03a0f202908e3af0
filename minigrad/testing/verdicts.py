"""What is wrong with a gradient, in words: each guess is a function that says a sentence, or nothing.

A single wrong number has many explanations: 0.5 instead of 0.25 is twice too much, or a square forgotten. So a guess
must hold for every element of every case in which the same gradient is wrong.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .cases import Case, Key, cotangent
from .subjects import Answer

Array = np.ndarray[Any, Any]

ONLY = {
    "round": "right at most numbers, wrong at round ones such as these: a non-differentiable point",
    "ties": "right where all elements differ, wrong where two are equal: a tie",
    "zeros": "right elsewhere, wrong where an element is 0",
    "same": "right for different operands, wrong where one tensor is every operand",
    "strided": "right for contiguous operands, wrong where the memory is transposed or stepped",
    "float32": "right in float64, wrong in float32",
    "empty": "right for operands that have elements, wrong where there are none",
}


@dataclass
class Evidence:
    """A case in which the numbers called ``key`` are wrong; ``full`` is what they would be if nothing were broadcast,
    and ``jacobians`` how both depend on each element of the gradient that arrives, and what ours is where that is 0."""

    case: Case
    key: Key
    names: tuple[str, ...]
    ours: Answer
    theirs: Answer
    other: str  # "torch"
    full: Callable[[], Array | None] = field(repr=False)
    jacobians: Callable[[], tuple[Array, Array, Array] | None] = field(repr=False)

    @property
    def x(self) -> Array:
        """Ours."""
        return self.ours.of(self.key)

    @property
    def y(self) -> Array:
        """The right one."""
        return self.theirs.of(self.key)

    @property
    def g(self) -> Array | None:
        """What arrived at the only output."""
        return cotangent(self.case, self.ours.values[0], 0) if len(self.ours.values) == 1 else None

    def features(self) -> Iterator[tuple[str, Array]]:
        """Numbers that stand beside each element of the wrong ones: operands, the output."""
        pairs = [*zip(self.names, self.case.operands, strict=True)]
        pairs += [("out", y) for y in self.theirs.values[:1] if isinstance(self.key[0], str)]
        for name, values in pairs:
            if values.ndim <= self.y.ndim and all(
                n in (1, m) for n, m in zip(values.shape[::-1], self.y.shape[::-1], strict=False)
            ):
                yield name, np.broadcast_to(values, self.y.shape)


def verdict(evidence: list[Evidence]) -> str:
    """The first guess that holds for all of the evidence."""
    first = evidence[0]
    if first.x.shape != first.y.shape:
        return of_shape(first)
    if first.x.dtype != first.y.dtype:
        return f"yours is {first.x.dtype}, where {first.y.dtype} belongs"
    if first.case.kind:
        return ONLY[first.case.kind]
    evidence = [e for e in evidence if e.x.shape == e.y.shape]
    for guess in GUESSES:
        if said := guess(evidence):
            return said
    largest = max(evidence, key=lambda e: e.y.size)
    wrong = ~near(largest.x, largest.y)
    index = [int(i) for i in np.argwhere(wrong)[0]] if wrong.any() else []
    return f"{int(wrong.sum())} of {wrong.size} elements are wrong{f'; the first is {index}' if index else ''}"


def near(x: Array, y: Array, rtol: float = 1e-6) -> Array:
    """Which elements are equal, for the purposes of a guess."""
    scale = np.abs(y[np.isfinite(y)]).max(initial=0.0)
    with np.errstate(all="ignore"):
        return np.asarray(np.isclose(x, y, rtol, rtol * 1e-3 * scale, equal_nan=True))


def same(x: Array, y: Array) -> bool:
    """Whether all are."""
    return x.shape == y.shape and bool(near(x, y).all())


# ---- the shape ----


def of_shape(e: Evidence) -> str:
    """The gradient has not the operand's shape."""
    x, y = e.x, e.y
    extra = x.ndim - y.ndim
    lined_up = (1,) * extra + y.shape
    axes = tuple(k for k, (n, m) in enumerate(zip(x.shape, lined_up, strict=False)) if k < extra or (m == 1 < n))
    if extra >= 0 and axes and same(x.sum(axes, keepdims=True).reshape(-1), y.reshape(-1)):
        return f"{_axes(axes)} not summed: the operand was broadcast along {'it' if len(axes) == 1 else 'them'}"
    if x.shape == y.shape[::-1]:
        return f"transposed: yours has shape {x.shape}, the operand {y.shape}"
    return f"yours has shape {x.shape}, where {y.shape} belongs"


def _axes(axes: tuple[int, ...]) -> str:
    if len(axes) == 1:
        return f"axis {axes[0]} is"
    return f"axes {', '.join(map(str, axes))} are"


# ---- guesses about the numbers ----


def rounded(evidence: list[Evidence]) -> str:
    """Right to seven digits."""
    if all(e.x.dtype == np.float64 and np.allclose(e.x, e.y, 3e-7, 3e-7) for e in evidence):
        return "rounded to float32: right to seven digits only, so some step on the way is not float64"
    return ""


def zero(evidence: list[Evidence]) -> str:
    """Nothing arrives."""
    if any(e.x.any() for e in evidence):
        return ""
    if len(evidence[0].key) == 2:
        return "zero everywhere: what backward computes is not recorded (detach, numpy, once_differentiable ...)"
    return "zero everywhere: no gradient arrives at this operand"


def sign(evidence: list[Evidence]) -> str:
    """Minus."""
    return f"sign flipped: yours = -{evidence[0].other}" if all(same(e.x, -e.y) for e in evidence) else ""


def transposed(evidence: list[Evidence]) -> str:
    """Two axes are exchanged; or a matrix in the product is not."""
    for i, j in ((-2, -1), (-3, -1), (-3, -2)):
        if all(e.x.ndim >= -i and same(e.x, np.swapaxes(e.y, i, j)) for e in evidence):
            return f"transposed: yours, with axes {i} and {j} exchanged, is {evidence[0].other}'s"
    return ""


def swapped(evidence: list[Evidence]) -> str:
    """It is the gradient of another operand."""
    key = evidence[0].key
    others = [name for name in evidence[0].theirs.first if len(key) == 1 and name != key[0]]
    for name in others:
        if all(name in e.theirs.first and same(e.x, e.theirs.first[name]) for e in evidence):
            return f"swapped operands: what you return for {key[0]} is the gradient of {name}"
    return ""


def factor(evidence: list[Evidence]) -> str:
    """One number too many, perhaps the size of something."""
    ratios = [_ratio(e.x, e.y) for e in evidence]
    if None in ratios:
        return ""
    r = np.array(ratios, np.float64)
    if len(r) > 1 and np.ptp(r) > 1e-6:
        for words, n in _counts(evidence):
            if np.allclose(r, n, 1e-6):
                return f"not divided by the number of {words}, here {r[0]:.6g}"
            if np.allclose(r, 1 / n, 1e-6):
                return f"divided by the number of {words}, here {1 / r[0]:.6g}, though nothing is averaged"
        return ""
    return f"off by a constant factor: yours / {evidence[0].other} = {r[0]:.6g}"


def _counts(evidence: list[Evidence]) -> Iterator[tuple[str, Array]]:
    """How many elements there are in each case: in all, and along an axis."""
    yield "elements", np.array([e.y.size for e in evidence], np.float64)
    for k in range(min(e.y.ndim for e in evidence)):
        yield f"elements along axis {k}", np.array([e.y.shape[k] for e in evidence], np.float64)


def _ratio(x: Array, y: Array) -> float | None:
    """x / y, if it is one number."""
    at = np.unravel_index(np.argmax(np.abs(y)), y.shape)
    if not y.size or y[at] == 0 or not np.isfinite(x[at] / y[at]):
        return None
    r = float(x[at] / y[at])
    return r if same(x, r * y) else None


def summed(evidence: list[Evidence]) -> str:
    """The operand was broadcast, and the wrong axis was summed, or none, or the mean taken."""
    said = set()
    for e in evidence:
        full = e.full()
        if full is None:
            return ""
        said.add(_sums(e, full))
    return said.pop() if len(said) == 1 else ""


def _sums(e: Evidence, full: Array) -> str:
    extra = full.ndim - e.y.ndim
    right = tuple(
        k for k, n in enumerate(full.shape) if k < extra or (e.y.shape[k - extra] == 1 < n)
    )  # what is summed, rightly
    for count in range(1, full.ndim + 1):
        for axes in itertools.combinations(range(full.ndim), count):
            if axes != right and same(full.sum(axes).reshape(-1), e.x.reshape(-1)):
                return f"wrong axis: you sum over {_list(axes)}, where the operand was broadcast along {_list(right)}"
    if right and same(full.mean(right).reshape(-1), e.x.reshape(-1)):
        return f"a mean over {_list(right)}, where a sum belongs"
    first = full[tuple(0 if k in right else slice(None) for k in range(full.ndim))]
    if right and same(first.reshape(-1), e.x.reshape(-1)):
        return f"{_axes(right)} not summed: only the first part is taken"
    return ""


def _list(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"


# ---- factors and terms that are functions of an operand ----

EXPRESSIONS: list[tuple[str, Callable[[Array], Array]]] = [
    ("{}", lambda v: v),
    ("|{}|", np.abs),
    ("{} ** 2", np.square),
    ("{} ** 3", lambda v: v**3),
    ("(1 + |{}|)", lambda v: 1 + np.abs(v)),
    ("(1 + {})", lambda v: 1 + v),
    ("(1 - {})", lambda v: 1 - v),
    ("(1 + {} ** 2)", lambda v: 1 + v * v),
    ("(1 - {} ** 2)", lambda v: 1 - v * v),
    ("sqrt(|{}|)", lambda v: np.sqrt(np.abs(v))),
    ("exp({})", np.exp),
    ("(1 + exp({}))", lambda v: 1 + np.exp(v)),
    ("(1 + exp(-{}))", lambda v: 1 + np.exp(-v)),
    ("log(|{}|)", lambda v: np.log(np.abs(v))),
    ("sin({})", np.sin),
    ("cos({})", np.cos),
    ("tanh({})", np.tanh),
    ("sign({})", np.sign),
]
ENOUGH = 3  # elements that a guess must explain


def _columns(evidence: list[Evidence]) -> tuple[Array, Array, Array | None, dict[str, Array]]:
    """All elements of all cases in a row: ours, right, the gradient that arrived, and what stands beside them."""
    x, y = (np.concatenate([getattr(e, side).reshape(-1) for e in evidence]) for side in "xy")
    named = [dict(e.features()) for e in evidence]
    shared = [name for name in named[0] if all(name in columns for columns in named)]
    beside = {name: np.concatenate([columns[name].reshape(-1) for columns in named]) for name in shared}
    arrived = [e.g for e in evidence]
    alike = all(g is not None and g.shape == e.y.shape for g, e in zip(arrived, evidence, strict=True))
    g = (
        np.concatenate([g.reshape(-1) for g in arrived if g is not None])
        if alike and len(evidence[0].key) == 1
        else None
    )
    return x, y, g, beside


def elementwise(evidence: list[Evidence]) -> str:
    """A factor or a term that is a function of an operand, for all elements or for those of one sign."""
    x, y, g, beside = _columns(evidence)
    where, mask = _side(~near(x, y), y, beside)
    x, y, g = x[mask], y[mask], None if g is None else g[mask]
    if len(x) < ENOUGH:
        return ""
    beside = {name: v[mask] for name, v in beside.items()}
    other = evidence[0].other
    said = (where and _one_number(x, y, other)) or _factors(x, y, g, beside, other) or _terms(x, y, g, beside, other)
    return where + said if said else ""


def _side(wrong: Array, y: Array, beside: dict[str, Array]) -> tuple[str, Array]:
    """The elements that are wrong, if they are those where an operand is negative, or positive; otherwise all."""
    for name, v in beside.items():
        for words, side in (("<", v < 0), (">", v > 0)):
            if not wrong.all() and not (wrong & ~side).any() and (wrong == side)[y != 0].all():
                return f"where {name} {words} 0: ", wrong
    return "", np.ones_like(wrong)


def _one_number(x: Array, y: Array, other: str) -> str:
    if not x.any() or not y.any():
        return f"{other if x.any() else 'yours'} is zero"
    r = _ratio(x, y)
    return "" if r is None else "sign flipped" if r == -1 else f"off by a constant factor: yours / {other} = {r:.6g}"


def _factors(x: Array, y: Array, g: Array | None, beside: dict[str, Array], other: str) -> str:
    if g is not None and g.all():
        if same(x * g, y):
            return f"the gradient that arrives is not multiplied in: {other} / yours = g"
        if same(y * g, x):
            return f"the gradient that arrives is multiplied in twice: yours / {other} = g"
    powers = ""
    if g is not None and g.all():
        slope, right = x / g, y / g
        powers = (
            "the square is missing: "
            if same(slope**2, right)
            else "squared once too often: "
            if same(slope, right**2)
            else ""
        )
    for name, v in beside.items():
        for words, expression in EXPRESSIONS:
            with np.errstate(all="ignore"):
                e = expression(v)
            if not np.isfinite(e).all() or np.ptp(e) < 1e-6:
                continue
            for c in (1.0, -1.0, 2.0, 0.5, -2.0, -0.5):
                text = _times(c, words.format(name))
                if same(x, c * e * y):
                    return f"{powers or 'a factor too many: '}yours / {other} = {_bare(text)}"
                if same(c * e * x, y):
                    return f"{powers or 'a factor is missing: '}{other} / yours = {_bare(text)}"
    return powers.removesuffix(": ")


def _terms(x: Array, y: Array, g: Array | None, beside: dict[str, Array], other: str) -> str:
    if g is None or not g.all():
        return ""
    missing = (y - x) / g
    if np.ptp(missing) < 1e-9 * (1 + np.abs(missing).max()):
        return f"off by a term: {other} - yours = {missing[0]:.6g} * g"
    for name, v in beside.items():
        for words, expression in EXPRESSIONS:
            with np.errstate(all="ignore"):
                e = expression(v)
            for c in (1.0, -1.0, 2.0, 0.5, -2.0, -0.5):
                if np.isfinite(e).all() and np.ptp(e) > 1e-6 and same(missing, c * e):
                    return f"off by a term: {other} - yours = g * {_times(c, words.format(name))}"
    return ""


def _times(c: float, words: str) -> str:
    return words if c == 1 else f"-{words}" if c == -1 else f"{c:g} * {words}"


def _bare(text: str) -> str:
    return text[1:-1] if text[0] == "(" else text


# ---- how elements act on each other ----


def mixing(evidence: list[Evidence]) -> str:
    """The Jacobian is that of another axis, has only a diagonal, or is transposed."""
    found = [(e, e.jacobians()) for e in evidence if 1 not in e.y.shape]
    said = [_mixing(e, *jacobians) for e, jacobians in found if jacobians is not None]
    alike = len({guess.partition(":")[0] for guess in said}) == 1
    return said[-1] if alike else ""


def _mixing(e: Evidence, ours: Array, theirs: Array, at_zero: Array) -> str:
    if at_zero.any():
        return "a term is not multiplied by the gradient that arrives: where that is 0, yours is not"
    if ours.shape[0] == ours.shape[1] and same(ours, theirs.T):
        return "transposed: g is multiplied by the Jacobian, where its transpose belongs"
    if e.y.shape != e.ours.values[0].shape:
        return ""
    a, b = (_mixed_axes(j, e.y.shape) for j in (ours, theirs))
    if a == b:
        return ""
    if not a:
        return f"a sum is missing: each element is treated alone, but those along {_list(b)} act on each other"
    if not b:
        return f"a sum too many: elements along {_list(a)} are mixed, but each stands alone"
    return f"wrong axis: yours mixes the elements along {_list(a)}, {e.other} those along {_list(b)}"


def _mixed_axes(jacobian: Array, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Along which axes an element of the output acts on another of the operand."""
    places = np.array(list(np.ndindex(shape))).reshape(math.prod(shape), len(shape))
    acts = np.argwhere(np.abs(jacobian) > 1e-9 * np.abs(jacobian).max(initial=0))
    differ = places[acts[:, 0]] != places[acts[:, 1]]
    return tuple(int(k) for k in np.flatnonzero(differ.any(0)))


GUESSES = (rounded, zero, sign, summed, factor, swapped, transposed, elementwise, mixing)
