"""A function under test: whose tensors it takes, which of its parameters are operands, how it is differentiated.

torch is never imported here: who hands over a function of torch's has it loaded.
"""

from __future__ import annotations

import inspect
import math
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from ..autograd.function import FunctionNode
from ..core.dtype import dtype as DType
from ..core.node import Node
from ..core.variable import wrap
from ..core.views import node_of
from ..tensor import Tensor
from .cases import Case, Key, cotangent

Array = np.ndarray[Any, Any]


@dataclass
class Answer:
    """What a function says of a case.

    values    its outputs, in order
    first     (operand) -> the gradient with respect to it
    second    (operand, operand or "g") -> the gradient of the first one's; "g" is the gradient that arrived
    """

    values: list[Array]
    first: dict[str, Array]
    second: dict[tuple[str, str], Array]

    def of(self, key: Key) -> Array:
        """The numbers that ``key`` names: (output,), ("x",) or ("x", "y")."""
        if isinstance(key[0], int):
            return self.values[key[0]]
        if len(key) == 1:
            return self.first[key[0]]
        return self.second.get((key[0], key[1]), np.zeros_like(self.values[0]))  # none: no gradient came so far

    def parts(self) -> list[Key]:
        """All of them, in the order in which they are compared."""
        return [*((k,) for k in range(len(self.values))), *((name,) for name in self.first), *self.second]


class Subject:
    """A function of tensors: minigrad's, torch's, or (``vjp`` is given) a pair of functions on arrays.

    operands    the names of the parameters that get tensors
    arguments   what the others get, by name
    positional  the operands come first, in this order, under whatever names
    """

    def __init__(
        self,
        f: Any,
        engine: str,
        operands: Sequence[str],
        arguments: Mapping[str, Any],
        vjp: Any = None,
        positional: bool = False,
    ) -> None:
        self.f, self.engine, self.operands, self.vjp = f, engine, tuple(operands), vjp
        self.package: Any = sys.modules[engine]
        self.function = custom(f)  # a class with forward and backward
        self.arguments = {name: self._carried(value) for name, value in arguments.items()}
        self.params = parameters(f)
        self.leading = positional or not self.params or self.params[: len(operands)] == [*operands]

    # ---- how it is called ----

    def tensor(self, array: Any) -> Any:
        """An array as this engine's tensor, with the memory layout it has."""
        if self.engine == "minigrad":
            return wrap(array)
        return self.package.from_numpy(array) if self.engine == "torch" else array

    def array(self, value: Any) -> Array:
        """A result as an array that nobody else writes."""
        if self.engine == "torch" and isinstance(value, self.package.Tensor):
            return np.array(value.numpy(force=True))
        return np.array(value.array if isinstance(value, Tensor) else value)

    def _carried(self, value: Any) -> Any:
        """An argument that is not an operand: arrays, tensors and types become those of this engine."""
        if isinstance(value, (np.ndarray, Tensor)):
            return self.tensor(np.array(value.array if isinstance(value, Tensor) else value))
        return getattr(self.package, value.name) if isinstance(value, DType) else value

    def arranged(self, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Positional and named arguments, for these operands."""
        if self.function is None and self.leading:
            return list(values), self.arguments
        free = [p for p in self.params if p not in self.arguments] if self.leading else self.operands
        given = dict(zip(free, values, strict=False)) | self.arguments
        if self.function is None:
            return [], given
        if not {*self.params}.issuperset(self.operands):  # forward(ctx, *operands)
            return [*values, *self.arguments.values()], {}
        defaults = inspect.signature(self.function.forward).parameters  # apply() takes no names
        return [given[p] if p in given else defaults[p].default for p in self.params], {}

    def __call__(self, *operands: Any) -> Any:
        args, named = self.arranged(operands)
        return (self.f if self.function is None else self.function.apply)(*args, **named)

    def outputs(self, *operands: Any) -> list[Any]:
        """What it returns, in order: tensors only."""
        kind = np.ndarray | np.generic if self.vjp else self.package.Tensor
        return [y for y in flat(self(*operands)) if isinstance(y, kind)]

    # ---- how it is differentiated ----

    def values(self, case: Case) -> list[Array]:
        """The outputs alone."""
        return self.answer(case, 0).values

    def answer(self, case: Case, order: int) -> Answer:
        """Value, gradient and second gradient of a case.

        Raises  Refused if it is the forward that fails; whatever the backward pass raises.
        """
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return self._on_arrays(case, order) if self.vjp else self._on_tensors(case, order)

    def _on_arrays(self, case: Case, order: int) -> Answer:
        operands = case.fresh()
        try:
            values = self.outputs(*operands)
        except Exception as error:
            raise Refused(error) from error
        answer = Answer([np.array(y) for y in values], {}, {})
        if order:
            seeds = [cotangent(case, y, k) for k, y in enumerate(answer.values)]
            args, named = self.arranged(operands)
            made = self.vjp(*seeds, *args, **named)
            made = list(made) if isinstance(made, (tuple, list)) else [made]
            if len(made) != len(operands):
                raise TypeError(f"vjp returned {len(made)} gradients for {len(operands)} operands")
            made = [np.asarray(g) for g in made]
            answer.first = dict(zip(self.operands, [sum(made, 0 * made[0])] if case.same else made, strict=False))
        case.untouched(operands)
        return answer

    def _on_tensors(self, case: Case, order: int) -> Answer:
        operands = case.fresh()
        distinct = [self.tensor(a) for a in operands[: case.distinct]]
        for x in distinct:
            x.requires_grad_()
        try:
            outputs = self.outputs(*(distinct * len(operands) if case.same else distinct))
        except Exception as error:
            raise Refused(error) from error
        answer = Answer([self.array(y) for y in outputs], {}, {})
        if order:
            names = self.operands[: case.distinct]
            ends = [(k, y) for k, y in enumerate(outputs) if y.requires_grad]
            seeds = [self.tensor(cotangent(case, answer.values[k], k)).requires_grad_(order == 2) for k, _ in ends]
            first = self._grad([y for _, y in ends], distinct, seeds, order == 2)
            answer.first = {name: self.array(g) for name, g in zip(names, first, strict=True)}
            wanted = [*distinct, *seeds[:1]]
            for name, g in zip(names, first, strict=True) if order == 2 else ():
                h = self.tensor(cotangent(case, answer.first[name], 1))
                again = self._grad([g] if g.requires_grad else [], wanted, [h], False)
                pairs = zip([*names, "g"], again, strict=False)
                answer.second |= {(name, other): self.array(second) for other, second in pairs}
        case.untouched(operands)
        return answer

    def behind(self, case: Case) -> tuple[Any, Any]:
        """The op, and the class with ``backward``, that the output comes from, if it is the only one on the way."""
        leaves = [self.tensor(a).requires_grad_() for a in case.fresh()]
        (y, *more) = self.outputs(*leaves)
        if more or self.engine == "torch":
            steps = getattr(y.grad_fn, "next_functions", ())
            only = not more and all(n is None or not n.next_functions for n, _ in steps)
            return None, getattr(type(y.grad_fn), "_forward_cls", None) if only else None
        node = node_of(y)
        if not isinstance(node, Node) or any(isinstance(parent, Node) for parent in node.parents):
            return None, None
        return (None, node.function) if isinstance(node, FunctionNode) else (node.op, None)

    def _grad(self, ends: list[Any], inputs: list[Any], seeds: list[Any], graph: bool) -> list[Any]:
        if not ends:
            return [self.package.zeros_like(x) for x in inputs]
        grad = self.package.autograd.grad
        retain = {"create_graph": True} if graph else {"retain_graph": True}
        return list(grad(ends, inputs, seeds, materialize_grads=True, **retain))


class Refused(Exception):
    """The function does not take these operands; ``args[0]`` is what it raised."""


# ---- finite differences ----

STEP = 2.0**-10
UNSURE = 1e-7  # how far two estimates may part before neither is believed


def numerical(subject: Subject, case: Case, order: int) -> Answer:
    """The gradients by differences of ``subject``'s own values, the second by those of its first gradients: nan where
    there is a non-differentiable point, a jump or an end.

    Math    D(h) = (f(x + h) - f(x - h)) / 2h,  of steps h, h/2, h/4 extrapolated to h = 0
    Source  Ridders, Accurate computation of F'(x) and F'(x) F''(x), Adv. Eng. Software 4 (1982), section 2
    """
    here = subject.answer(case, order - 1)
    names = subject.operands[: case.distinct]

    def loss(changed: Case) -> float:
        pairs = zip(subject.values(changed), here.values, strict=True)
        return math.fsum(float((y * cotangent(case, was, k)).sum()) for k, (y, was) in enumerate(pairs))

    answer = Answer(here.values, {name: _slopes(loss, case, k) for k, name in enumerate(names)}, {})
    for name in names if order == 2 else ():
        h = cotangent(case, here.first[name], 1)

        def again(changed: Case, name: str = name, h: Array = h) -> float:
            return float((subject.answer(changed, 1).first[name] * h).sum())

        answer.second |= {(name, other): _slopes(again, case, k) for k, other in enumerate(names)}
    return answer


def _slopes(loss: Callable[[Case], float], case: Case, k: int) -> Array:
    """d loss / d each element of operand k."""
    x = case.operands[k]
    slopes = np.full(x.shape, np.nan)
    for index in np.ndindex(x.shape):

        def at(t: float, index: Any = index) -> float:
            return loss(case.moved(k, index, t))

        slopes[index] = _slope(at)
    return slopes


def _slope(at: Callable[[float], float]) -> float:
    """The derivative of ``at`` at 0, or nan."""
    middle = at(0.0)
    steps = [STEP, STEP / 2, STEP / 4]
    sides = [(at(h), at(-h)) for h in steps]
    wide, half, quarter = [(up - down) / (2 * h) for (up, down), h in zip(sides, steps, strict=True)]
    bends = [abs(up - 2 * middle + down) / h for (up, down), h in zip(sides, steps, strict=True)]
    coarse, fine = (4 * half - wide) / 3, (4 * quarter - half) / 3
    slope = (16 * fine - coarse) / 15
    kink = bends[2] > 0.4 * bends[0] and bends[2] > UNSURE * max(1, abs(middle))  # smooth: a quarter of it
    sure = abs(fine - coarse) <= UNSURE * max(1, abs(slope)) and not kink
    return slope if sure else math.nan


# ---- what a function is ----


def flat(value: Any) -> Iterator[Any]:
    """The leaves of nested tuples and lists."""
    if isinstance(value, (tuple, list)):
        for v in value:
            yield from flat(v)
    else:
        yield value


def custom(f: Any) -> Any:
    """The class with ``forward`` and ``backward``, if ``f`` is one or the ``apply`` of one."""
    found = f if inspect.isclass(f) else getattr(f, "__self__", None)
    is_one = inspect.isclass(found) and hasattr(found, "apply") and hasattr(found, "backward")
    return found if is_one and (f is found or f.__name__ == "apply") else None


def parameters(f: Any) -> list[str]:
    """The names of the parameters, without ``ctx``; none if ``f`` does not tell."""
    return [p.name for p in _parameters(f)]


def _parameters(f: Any) -> list[inspect.Parameter]:
    function = custom(f)
    if function is not None:
        f = function.forward
    elif not isinstance(f, FunctionType) and hasattr(f, "forward"):  # a layer
        f = f.forward
    try:
        found = list(inspect.signature(f).parameters.values())
    except (ValueError, TypeError):
        return []
    with_ctx = function is not None and not _has_setup(function)
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p for p in found[with_ctx:] if p.kind in named]


def _has_setup(function: Any) -> bool:
    """Whether ``setup_context`` is the user's own: then ``forward`` takes no ctx."""
    return not function.setup_context.__module__.startswith(("torch.", "minigrad."))


def required(f: Any) -> list[str]:
    """The parameters without a default value."""
    return [p.name for p in _parameters(f) if p.default is inspect.Parameter.empty]


def engine_of(f: Any, preferred: str) -> str:
    """Whose tensors ``f`` takes: the engine that it, or a function it calls, names; ``preferred`` if both or none."""
    named = _homes(f, set()) & {"minigrad", "torch"}
    return named.pop() if len(named) == 1 else preferred


def _homes(value: Any, seen: set[int]) -> set[str]:
    """The packages that a function's text mentions."""
    if id(value) in seen:
        return set()
    seen.add(id(value))
    if isinstance(value, ModuleType):
        return {value.__name__.partition(".")[0]}
    bound = getattr(value, "__self__", None)
    kinds = [value if inspect.isclass(value) else bound if inspect.isclass(bound) else type(value)]
    modules = [getattr(value, "__module__", None), *(getattr(c, "__module__", None) for c in kinds[0].__mro__)]
    descriptor = getattr(value, "__objclass__", None)
    modules.append(getattr(descriptor, "__module__", None))
    homes = {m.partition(".")[0] for m in modules if isinstance(m, str)} & {"minigrad", "torch"}
    if homes or not isinstance(value, FunctionType):
        return homes
    cells = [c.cell_contents for c in value.__closure__ or () if c.cell_contents is not value]
    mentioned = [value.__globals__[name] for name in _names(value.__code__) if name in value.__globals__]
    return set().union(*(_homes(v, seen) for v in [*cells, *mentioned]))


def _names(code: CodeType) -> set[str]:
    return set(code.co_names).union(*(_names(c) for c in code.co_consts if isinstance(c, CodeType)))
