"""``check``: is a gradient right? In one line, against torch or against finite differences."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from .cases import Case, Domain, Group, Key, Overwritten, groups, planned, simpler, smaller
from .report import Difference, name_of, report
from .subjects import Answer, Refused, Subject, custom, engine_of, numerical, parameters, required
from .verdicts import Evidence, verdict

Array = np.ndarray[Any, Any]

RTOL = {"float64": 1e-9, "float32": 1e-5}
BY_DIFFERENCES = {"float64": 1e-8, "float32": 1e-4}  # float32 is then compared with the function's own float64
WITNESSES = 5  # cases that a verdict is drawn from


def check(
    f: Callable[..., Any],
    vjp: Callable[..., Any] | None = None,
    *,
    like: Callable[..., Any] | None = None,
    operands: str | Iterable[str] | None = None,
    shapes: Sequence[Any] | None = None,
    domain: Domain | None = None,
    dtypes: Sequence[str] = ("float64", "float32"),
    order: int = 2,
    seed: int = 0,
    **arguments: Any,
) -> None:
    """Fail, and say what is wrong, unless ``f`` has the value, the gradient and the second gradient of ``like``.

    ``f`` is an op, any function of Tensors, a class with ``forward`` and ``backward`` or its ``apply``, and all this of
    minigrad or of torch; or a function on arrays, with ``vjp(g, *operands)``, which returns the gradient of each
    operand (a pair has no second gradient, and none is asked for). ``like`` is the function that is right, usually
    torch's; without it, the gradients are compared with finite differences of ``f`` itself.

    Math    <g, f(x + h v) - f(x - h v)> / 2h  ->  <vjp(g, x), v>,  as h goes to 0
    Shapes  none to four dimensions, sizes that broadcast, products, 0; or ``shapes=[((2, 3), (3,)), ...]``
    Raises  CheckError (an AssertionError) naming the operand, both numbers, what is wrong, and where the rule stands,
            with a test to paste; TypeError and ValueError if the question makes no sense.
    Source  Griewank & Walther, Evaluating Derivatives, 2nd ed. (2008), section 3.2

    Operands are the parameters without a default value that ``arguments`` does not name, or those that ``operands``
    names ("input weight"). They are tried at random numbers inside of ``domain`` (low, high), and at round ones, ties
    and zeros, if ``like`` says what is right there; not contiguous; one tensor as every operand; in each of ``dtypes``.
    ``order=1`` leaves out the second gradient. The same ``seed`` draws the same numbers.

    >>> def vjp(g, x):
    ...     return g / (1 + np.abs(x))
    >>> minigrad.testing.check(minigrad.tanh)
    >>> minigrad.testing.check(lambda x: x / (1 + np.abs(x)), vjp)
    Traceback (most recent call last):
        ...
    minigrad.testing.report.CheckError: check(<lambda>): the gradient with respect to x is wrong
        operands  x = 1.0, float64; g = 1.0 arrives
        numbers   yours 0.5, differences 0.25
        verdict   the square is missing: yours / differences = 1 + |x|
        rule      vjp, <doctest ...>:1
        test      it fails until that is mended; paste it:
    ...
    """
    __tracebackhide__ = True  # of pytest: what was found is what there is to read
    trial = Trial(*subjects(f, vjp, like, operands, arguments), order if vjp is None else min(order, 1))
    _sensible(dtypes, domain, order)
    if like is None and "float64" not in dtypes:
        raise ValueError(
            "check(): differences need 'float64' among the dtypes; float32 is too coarse, unless there is a like"
        )
    dtypes = sorted(dtypes, reverse=True)  # float64 first
    tried = _groups(shapes, trial.subject.operands)
    refused = None
    with _one_thread():
        for case in planned(tried, dtypes, domain, seed, ties=like is not None):
            found = trial.difference(case)
            if found and found.refused:
                refused = refused or found
            elif found:
                raise trial.failure(found, tried, domain, seed)
        if refused:
            raise trial.failure(refused, tried, domain, seed)
    trial.judged_something()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch compute in one thread: on a few numbers several do nothing but wait for each other."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def subjects(f: Any, vjp: Any, like: Any, operands: Any, arguments: dict[str, Any]) -> tuple[Subject, Subject | None]:
    """The function and its reference.

    Raises  TypeError if ``f`` cannot be called so.
    """
    for word, given in (("f", f), ("vjp", vjp), ("like", like)):
        if (given is not None and not callable(given)) or f is None:
            raise TypeError(
                f"check(): {word} must be a function, a class with forward and backward, or its apply, not {given!r}"
            )
    if custom(f) is not None and vjp is not None:
        raise TypeError(f"check(): {name_of(f)} has a backward of its own; leave out vjp")
    known = parameters(f)
    if odd := [name for name in arguments if known and name not in known and not _takes_any(f)]:
        raise TypeError(f"check(): {name_of(f)}() has no parameter {odd[0]!r}; it has ({', '.join(known)})")
    if operands is None:
        names = [name for name in required(f) if name not in arguments]
    else:
        names = operands.replace(",", " ").split() if isinstance(operands, str) else list(operands)
        if odd := [name for name in names if known and name not in known and not _takes_any(f)]:
            raise TypeError(f"check(): {name_of(f)}() has no parameter {odd[0]!r}; it has ({', '.join(known)})")
    if not names:
        raise TypeError(f"check(): which parameters of {name_of(f)}() are operands? Say operands='x y'")
    engine = "numpy" if vjp is not None else engine_of(f, "minigrad")
    subject = Subject(f, engine, names, arguments, vjp)
    if like is None:
        return subject, None
    loaded = "torch" if "torch" in sys.modules else "minigrad"
    return subject, Subject(like, engine_of(like, loaded), names, arguments, positional=True)


def _takes_any(f: Any) -> bool:
    try:
        kinds = {p.kind for p in inspect.signature(f).parameters.values()}
    except (ValueError, TypeError):
        return True
    return inspect.Parameter.VAR_KEYWORD in kinds or inspect.Parameter.VAR_POSITIONAL in kinds


def _sensible(dtypes: Sequence[str], domain: Any, order: int) -> None:
    if not dtypes or any(d not in RTOL for d in dtypes):
        raise ValueError(f"check(): dtypes are some of {', '.join(map(repr, RTOL))}, not {dtypes!r}")
    if domain is not None and not (len(domain) == 2 and domain[0] < domain[1]):
        raise ValueError(f"check(): domain is (low, high), with low < high, not {domain!r}")
    if order not in (1, 2):
        raise ValueError(f"check(): order is 1 or 2, not {order!r}")


def _groups(shapes: Sequence[Any] | None, names: Sequence[str]) -> list[Group]:
    """A shape for each operand, several times; a single operand's need no parentheses around them.

    Raises  ValueError
    """
    if shapes is None:
        return groups(len(names))
    single = len(names) == 1
    made = [
        (tuple(entry),) if all(isinstance(n, int) for n in entry) and (single or entry) else tuple(map(tuple, entry))
        for entry in shapes
    ]
    for group in made:
        if len(group) != len(names):
            raise ValueError(
                f"check(): each entry of shapes has one shape for each operand ({', '.join(names)}), as in "
                f"shapes=[({', '.join(['(2, 3)'] * len(names))})]; {group} has {len(group)}"
            )
    return made


class Trial:
    """A function, what it is compared with, and what was seen so far."""

    def __init__(self, subject: Subject, reference: Subject | None, order: int) -> None:
        self.subject, self.reference, self.order = subject, reference, order
        self.other = "differences" if reference is None else reference.engine
        self.compared = self.judged = 0
        self.last_error: Any = None

    # ---- one case ----

    def difference(self, case: Case) -> Difference | None:
        """The first number that is wrong, None if all are right or nobody knows."""
        rtol = (BY_DIFFERENCES if self.reference is None else RTOL)[case.operands[0].dtype.name]
        if self.reference is None:
            ours = self._asked(case, self.order, rtol)
            if isinstance(ours, Difference):
                return None if ours.refused else ours
            if narrow := _narrow_value(case, ours):
                return Difference(case, narrow, None, None, rtol, 0, "rounded to float32: some step is not float64")
            theirs = self._by_differences(case, self.order)
        else:
            try:
                theirs, order = self._referred(case, self.order)
            except Exception as error:  # it does not take these operands
                self.last_error = error
                return None
            ours = self._asked(case, order, rtol)
            if isinstance(ours, Difference):
                return ours
        if len(ours.values) != len(theirs.values):
            said = f"{len(ours.values)} outputs, where {self.other} has {len(theirs.values)}"
            return Difference(case, ("outputs", len(theirs.values)), None, None, rtol, 0, said)
        for key in theirs.parts():
            order = 0 if isinstance(key[0], int) else len(key)
            found = Difference(case, key, ours.of(key), theirs.of(key), rtol, order)
            if self._is_wrong(found):
                return found
        self.compared += 1
        return None

    def right(self, case: Case, highest: int) -> Answer:
        """What should be."""
        if self.reference is None:
            return self._by_differences(case, highest)
        return self._referred(case, highest)[0]

    def _referred(self, case: Case, highest: int) -> tuple[Answer, int]:
        """What the reference says, and to which order: some functions of torch's have no second gradient.

        Raises  whatever it raises.
        """
        assert self.reference is not None
        for order in range(highest, 0, -1):
            try:
                return self.reference.answer(case, order), order
            except Refused:
                raise
            except Exception:
                continue
        return self.reference.answer(case, 0), 0

    def _by_differences(self, case: Case, order: int) -> Answer:
        """What finite differences say; in float32 they say nothing, and the function's own float64 answers."""
        if case.operands[0].dtype == np.float64:
            return numerical(self.subject, case, order)
        answer = self.subject.answer(case.cast("float64"), order)
        return Answer(
            [_narrow(y) for y in answer.values],
            {k: _narrow(g) for k, g in answer.first.items()},
            {k: _narrow(g) for k, g in answer.second.items()},
        )

    def _asked(self, case: Case, highest: int, rtol: float) -> Answer | Difference:
        """What the function says, or how it fails."""
        failed = None
        for order in range(highest, -1, -1):
            try:
                answer = self.subject.answer(case, order)
            except Refused as error:
                self.last_error = error
                return Difference(case, (), None, None, rtol, 0, _said(error.args[0]))
            except Overwritten as error:
                said = f"{self.subject.operands[error.args[0]]} was overwritten"
                return Difference(case, ("overwritten", error.args[0]), None, None, rtol, 0, said)
            except Exception as error:
                failed = Difference(case, (), None, None, rtol, order, _said(error))
            else:
                return failed or answer
        raise AssertionError("without a backward pass there is an answer or a refusal")

    def _is_wrong(self, found: Difference) -> bool:
        x, y = found.ours, found.theirs
        assert x is not None and y is not None
        if x.shape != y.shape or x.dtype != y.dtype:
            return True
        if (
            self.reference is None and found.order and found.case.operands[0].dtype == np.float64
        ):  # a derivative that differences do not tell is not judged
            unknown = np.isnan(y)
            self.judged += int((~unknown).sum()) if found.order == 1 else 0
            found.theirs = y = np.where(unknown, x, y)
        with np.errstate(all="ignore"):
            return not np.isclose(x, y, found.rtol, found.atol, equal_nan=True).all()

    def judged_something(self) -> None:
        """Fail if no case was compared.

        Raises  ValueError
        """
        if self.compared == 0:
            names = ", ".join(self.subject.operands)
            why = self.last_error.args[0] if isinstance(self.last_error, Refused) else self.last_error
            raise ValueError(
                f"check(): {name_of(self.subject.f)}() takes none of the shapes tried for ({names}): {_said(why)}. Say "
                "which it takes, as shapes=[((2, 3), (3, 4)), ...], and what it needs besides, by name"
            )
        if self.reference is None and self.judged == 0:
            raise ValueError(
                f"check(): differences say nothing of {name_of(self.subject.f)}() at the numbers tried: it is not "
                "finite there, or not smooth. Say where it is, as domain=(low, high)"
            )

    # ---- a failure ----

    def failure(self, found: Difference, tried: list[Group], domain: Domain | None, seed: int) -> Exception:
        """The failure, told at the simplest case that fails in the same way."""
        square = smaller(found.case.shapes)[-1]  # where two axes may be exchanged, and no shape tells
        if found.raised and found.order and square != found.case.shapes:
            others = (self.difference(case) for case in planned([square], ["float64"], domain, seed, False))
            told = next((other for other in others if other and not other.raised), None)
            found, tried = (told, [square]) if told else (found, tried)
        small = found
        for case in simpler(found.case, tried, domain):
            again = self.difference(case)
            if again and again.kind == found.kind:
                small = again
                break
        said = found.raised or verdict(self._evidence(found, tried, domain, seed))
        return report(self.subject, small, self.other, said)

    def _evidence(self, found: Difference, tried: list[Group], domain: Domain | None, seed: int) -> list[Evidence]:
        """The case that failed; if it is an ordinary one, others where the same is wrong."""
        cases = [found.case]
        if not found.case.kind:
            name = found.case.operands[0].dtype.name
            cases = [c for s in (seed, seed + 1) for c in planned(tried, [name], domain, s, False) if not c.kind]
        evidence: list[Evidence] = []
        for case in cases:
            again = self.difference(case)
            if again and not again.raised and again.key == found.key and len(evidence) < WITNESSES:
                evidence.append(self._witness(case, found.key))
        return evidence

    def _witness(self, case: Case, key: Key) -> Evidence:
        ours, theirs = self.subject.answer(case, self.order), self.right(case, self.order)
        for k in theirs.parts():
            if theirs.of(k).shape == ours.of(k).shape and self.reference is None:
                y = theirs.of(k)
                y[np.isnan(y)] = ours.of(k)[np.isnan(y)]
        names = self.subject.operands[: case.distinct]
        return Evidence(
            case,
            key,
            names,
            ours,
            theirs,
            self.other,
            lambda: self._full(case, key),
            lambda: self._jacobians(case, key),
        )

    def _full(self, case: Case, key: Key) -> Array | None:
        """The gradient of a broadcast operand before it is summed: that of the operand written out in full."""
        if len(key) != 1 or key[0] not in self.subject.operands:
            return None
        k = self.subject.operands.index(key[0])
        shape = np.broadcast_shapes(*case.shapes) if _broadcasts(case.shapes) else case.shapes[k]
        if shape == case.shapes[k]:
            return None
        wide = [*case.operands]
        wide[k] = np.broadcast_to(wide[k], shape).copy()
        try:
            return self.right(replace(case, operands=tuple(wide)), 1).of(key)
        except Exception:
            return None

    def _jacobians(self, case: Case, key: Key) -> tuple[Array, Array, Array] | None:
        """How the gradient depends on what arrives: (elements of the operand, elements of the output)."""
        values = self.subject.values(case)
        if len(values) != 1 or len(key) != 1 or isinstance(key[0], int) or not 1 < values[0].size <= 16:
            return None
        units = [replace(case, g=j) for j in range(values[0].size)]
        ours = [self.subject.answer(unit, 1).of(key).reshape(-1) for unit in units]
        theirs = [self.right(unit, 1).of(key).reshape(-1) for unit in units]
        nothing = self.subject.answer(replace(case, g=-1), 1).of(key)
        return np.stack(ours, 1), np.stack(theirs, 1), nothing


def _narrow_value(case: Case, ours: Answer) -> Key:
    """Which output has the digits of float32 only, where operands have more: no difference of such values is exact."""
    fine = case.operands[0].dtype == np.float64 and not case.kind
    for k, y in enumerate(ours.values if fine else ()):
        if y.dtype == np.float64 and (y == y.astype(np.float32)).all() and (y * 1024 % 1).any():
            return "rounded", k
    return ()


def _narrow(x: Array) -> Array:
    return x.astype(np.float32) if x.dtype == np.float64 else x


def _broadcasts(shapes: Group) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def _said(error: Any) -> str:
    """An exception, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
