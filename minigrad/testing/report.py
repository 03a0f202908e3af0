"""What ``check`` says of a failure: six lines, and a test to paste."""

from __future__ import annotations

import inspect
import math
import os
import re
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from .cases import Case, Key, cotangent
from .subjects import Subject

Array = np.ndarray[Any, Any]


@dataclass
class Difference:
    """Where a function and its reference part: both numbers, or what was raised instead of them."""

    case: Case
    key: Key
    ours: Array | None
    theirs: Array | None
    rtol: float
    order: int  # of the derivative: 0, 1 or 2
    raised: str = ""

    @property
    def refused(self) -> bool:
        """Whether the function does not take these operands at all."""
        return bool(self.raised) and self.order == 0 and not self.key

    @property
    def kind(self) -> Any:
        """What must stay, when a simpler case is looked for."""
        known = self.ours is not None and self.theirs is not None
        shapes = known and (self.ours.shape == self.theirs.shape, self.ours.size == self.theirs.size)  # type: ignore[union-attr]
        return self.key, self.order, bool(self.raised), shapes

    @property
    def atol(self) -> float:
        """Beside large numbers, small ones are less exact."""
        largest = np.abs(self.theirs[np.isfinite(self.theirs)]).max(initial=0) if self.theirs is not None else 0
        return self.rtol * 10.0 ** math.ceil(math.log10(max(float(largest), 1.0)))


class CheckError(AssertionError):
    """A function is not what ``check`` was told it is.

    verdict   what is wrong with it, in words
    test      a test that fails in the same way: Python source
    """

    def __init__(self, text: str, verdict: str, test: str) -> None:
        super().__init__(text)
        self.verdict, self.test = verdict, test


def report(subject: Subject, found: Difference, other: str, verdict: str) -> CheckError:
    """The six lines and the test."""
    test = pasteable(subject, found)
    lines = [
        f"check({name_of(subject.f)}): {what(subject, found)}",
        f"operands  {_operands(subject, found)}",
        f"numbers   {_numbers(found, other)}",
        f"verdict   {verdict}",
        f"rule      {rule(subject, found)}",
        "test      it fails until that is mended; paste it:",
    ]
    return CheckError("\n    ".join(lines) + "\n\n" + test, verdict, test)


def what(subject: Subject, found: Difference) -> str:
    """Which of its numbers is wrong."""
    key = found.key
    if found.key and found.key[0] in ("overwritten", "outputs"):
        return "it writes into its operands" if found.key[0] == "overwritten" else "the number of outputs is wrong"
    if found.refused:
        return "operands are refused that it should take (shapes= says which are meant)"
    if found.order == 0:
        which = f" {key[0]}" if key and isinstance(key[0], int) and key[0] > 0 else ""
        return f"the value{which} is wrong"
    said = "cannot be computed" if found.raised else "is wrong"
    if found.order == 1:
        return f"the gradient{f' with respect to {key[0]}' if key else ''} {said}"
    if not key:
        return f"the second gradient {said} (order=1 asks for the first only)"
    then = "what arrives" if key[1] == "g" else key[1]
    return f"the second gradient, that of {key[0]}'s gradient with respect to {then}, {said} (the first is right)"


def _operands(subject: Subject, found: Difference) -> str:
    """x = [1.0, 2.0], y = 3.0, float64; the gradient that arrives is 1.0."""
    case = found.case
    shown = [f"{name} = {_short(x)}" for name, x in zip(subject.operands, case.operands, strict=True)]
    if case.same:
        shown = [" = ".join([*subject.operands, _short(case.operands[0])]) + " (one tensor)"]
    text = ", ".join(shown) + f", {case.operands[0].dtype}"
    if case.kind == "strided":
        text += ", not contiguous"
    if found.order and not found.raised:
        text += "; " + ", ".join(f"{n} = {_short(g)}" for n, g in _seeds(subject, found).items() if n != "h")
        text += " arrives"
    return text


def _numbers(found: Difference, other: str) -> str:
    if found.ours is None or found.theirs is None:
        return f"none: {found.raised}"
    x, y = found.ours, found.theirs
    text = f"yours {_short(x)}, {other} {_short(y)}"
    if x.dtype != y.dtype:
        return f"yours {_short(x)} of {x.dtype}, {other} {_short(y)} of {y.dtype}"
    if x.shape == y.shape and x.size > 1:
        index = tuple(np.argwhere(~_close(found))[0])
        text += f"; first apart at [{', '.join(map(str, index))}]: {_number(x[index])} and {_number(y[index])}"
    return text


def _close(found: Difference) -> Any:
    with np.errstate(all="ignore"):
        return np.isclose(found.ours, found.theirs, found.rtol, found.atol, equal_nan=True)  # type: ignore[arg-type]


def _short(x: Array) -> str:
    """The numbers, as a list; of many, the first."""
    if x.size > 12:
        return f"{[float(v) for v in x.reshape(-1)[:4]]}... of shape {x.shape}"
    return _listed(x, _number) if x.size else f"shape {x.shape}"


def _number(v: Any) -> str:
    return f"{float(v)!r}" if np.asarray(v).dtype.kind == "f" else str(v)


def _listed(x: Array, text: Any) -> str:
    return text(x[()]) if x.ndim == 0 else f"[{', '.join(_listed(part, text) for part in x)}]"


def _seeds(subject: Subject, found: Difference) -> dict[str, Array]:
    """The gradients that arrive: at each output, and at the first gradient."""
    values = subject.values(found.case)
    names = ["g"] if len(values) == 1 else [f"g{k}" for k in range(len(values))]
    seeds = {name: cotangent(found.case, y, k) for k, (name, y) in enumerate(zip(names, values, strict=True))}
    if found.order == 2 and found.key:
        x = found.case.operands[subject.operands.index(found.key[0])]
        seeds["h"] = cotangent(found.case, x, 1)
    return seeds


# ---- where the rule stands ----


def rule(subject: Subject, found: Difference) -> str:
    """The name of the rule that is wrong, its file and its line."""
    source = _source(subject, found)
    code = getattr(inspect.unwrap(source), "__code__", None)
    if code is None:
        return f"{name_of(source)}, which is not written in Python"
    path = os.path.relpath(code.co_filename) if code.co_filename.startswith(os.getcwd()) else code.co_filename
    name = code.co_name if "." in code.co_name else getattr(source, "__qualname__", code.co_name)
    return f"{name.rpartition('<locals>.')[2]}, {path}:{code.co_firstlineno}"


def _source(subject: Subject, found: Difference) -> Any:
    """The function that computed the wrong number."""
    f = subject.f
    if subject.vjp is not None:
        return subject.vjp if found.order else f
    op, function = getattr(f, "op", None), subject.function
    if op is None and function is None and found.order:  # a function that calls an op, or a Function, and does no more
        op, function = subject.behind(found.case)
    if function is not None:
        return function.backward if found.order else function.forward
    if op is not None:
        key = found.key[0] if found.key else ""
        only = next(iter(op.rules.values())) if len(op.rules) == 1 else None
        return (op.rules.get(key) or op.joint or only or f) if found.order else op.forward
    return f.forward if hasattr(f, "forward") else f


def name_of(f: Any) -> str:
    """What its author calls it."""
    owner = getattr(f, "__self__", None)
    if inspect.isclass(owner) and getattr(f, "__name__", "") == "apply":
        return f"{owner.__name__}.apply"
    return str(getattr(f, "__name__", type(f).__name__))


# ---- the test ----


def pasteable(subject: Subject, found: Difference) -> str:
    """A test that needs neither ``check`` nor the reference: the expected numbers stand in it."""
    imports, called = _callable(subject.f, "f")
    array = _Writer(subject.engine)
    case = found.case
    head = ["import numpy as np"] if subject.engine == "numpy" else [f"import {subject.engine}"]
    names = list(subject.operands)
    body = []
    for name, x in zip(names[: case.distinct], case.operands, strict=False):
        body.append(f"{name} = {array.operand(x, case.kind == 'strided')}")
    passed = names[:1] * len(names) if case.same else names
    out = f"{called}({_arguments(subject, passed, array)})"
    if subject.function is not None and not called.endswith(".apply"):
        out = out.replace(called, f"{called}.apply", 1)
    if found.refused:
        body.append(out)
    elif found.key and found.key[0] == "outputs":
        body += [f"out = {out}", f"assert (len(out) if isinstance(out, (tuple, list)) else 1) == {found.key[1]}"]
    elif found.key and found.key[0] == "rounded":
        narrow = "astype(np.float32)" if subject.engine == "numpy" else "float()"
        many = len(subject.values(case)) > 1
        body += [f"out = {out}{f'[{found.key[1]}]' if many else ''}", f"assert (out != out.{narrow}).any()"]
    elif found.key and found.key[0] == "overwritten":
        name = passed[found.key[1]]
        body += [f"before = {_array_of(name, subject)}.copy()", out]
        body += [f"assert ({_array_of(name, subject)} == before).all()"]
    else:
        body += _judged(subject, found, out, passed, array)
        if subject.vjp is not None and found.order:
            more, name = _callable(subject.vjp, "vjp")
            imports = [*imports, *more]
            body = [line.replace("<vjp>", name) for line in body]
    title = re.sub(r"\W+", "_", name_of(subject.f).replace(".apply", "")).strip("_").lower() or "f"
    test = [f"def test_{title}():", *("    " + line for line in body)]
    return "\n".join([*dict.fromkeys([*head, *imports]), "", "", *test]) + "\n"


def _judged(subject: Subject, found: Difference, out: str, passed: list[str], array: _Writer) -> list[str]:
    """The lines from the call to the comparison."""
    values = subject.values(found.case)
    single = len(values) == 1
    if found.order == 0:
        k = found.key[0]
        picked = out if single else f"{out}[{k}]"
        return [f"actual = {picked}", *_compared(subject, found, "actual", array)]
    seeds = _seeds(subject, found)
    order_2 = found.order == 2
    lines = [f"{n} = {array.operand(s, False, order_2 and n != 'h')}" for n, s in seeds.items()]
    arriving = [n for n in seeds if n != "h"]
    if subject.vjp is not None:
        made = f"<vjp>({', '.join(arriving)}, {_arguments(subject, passed, array)})"
        if not found.key:
            return [*lines, made]
        several = len(subject.operands) > 1
        k = subject.operands.index(found.key[0])
        gradient = f"sum({made})" if found.case.same else f"{made}[{k}]" if several else made
        return [*lines, f"actual = {gradient}", *_compared(subject, found, "actual", array)]
    grad = f"{subject.engine}.autograd.grad"
    lines.append(f"out = {out}")
    if not single:
        kept = [f"out[{n[1:]}]" for n in arriving]
        lines.append(f"out = [{', '.join(kept)}]")
    gs = f"[{', '.join(arriving)}]" if not single else "g"
    name = found.key[0] if found.key else passed[0]
    if found.order == 1:
        wanted = f"({name},)" if found.key else f"[{', '.join(dict.fromkeys(passed))}]"
        lines.append(f"actual = {grad}(out, {wanted}, {gs}, materialize_grads=True)" + ("[0]" if found.key else ""))
    elif found.key:
        other = found.key[1] if found.key[1] in passed else arriving[0]
        lines.append(f"(first,) = {grad}(out, ({name},), {gs}, create_graph=True, materialize_grads=True)")
        lines.append(f"actual = {grad}(first, ({other},), h, materialize_grads=True)[0]")
    else:
        lines.append(f"(first,) = {grad}(out, ({name},), {gs}, create_graph=True)")
        lines.append("first.sum().backward()")
    return lines if found.raised else [*lines, *_compared(subject, found, "actual", array)]


def _compared(subject: Subject, found: Difference, actual: str, array: _Writer) -> list[str]:
    assert found.theirs is not None
    near = f"rtol={found.rtol:g}, atol={found.atol:g}"
    lines = [f"expected = {array.plain(found.theirs)}"]
    nan = ", equal_nan=True" if np.isnan(found.theirs).any() else ""
    if subject.engine == "numpy":
        lines.append(f"assert np.shape({actual}) == expected.shape and {actual}.dtype == expected.dtype")
        return [*lines, f"np.testing.assert_allclose({actual}, expected, {near})"]
    return [*lines, f"{subject.engine}.testing.assert_close({actual}, expected, {near}{nan})"]


def _array_of(name: str, subject: Subject) -> str:
    return name if subject.engine == "numpy" else f"{name}.detach().numpy()"


def _arguments(subject: Subject, names: list[str], array: _Writer) -> str:
    args, named = subject.arranged([_Name(n) for n in names])
    shown = [v if isinstance(v, _Name) else array.value(v) for v in args]
    return ", ".join(
        [*map(str, shown), *(f"{k}={v if isinstance(v, _Name) else array.value(v)}" for k, v in named.items())]
    )


class _Name(str):
    """The name of an operand in the text of a test."""


def _callable(f: Any, otherwise: str) -> tuple[list[str], str]:
    """How a function is imported, and called. One that has no name in a module must be there already."""
    owner = getattr(f, "__self__", None)
    if inspect.isclass(owner) and getattr(f, "__name__", "") == "apply":
        imports, name = _callable(owner, otherwise)
        return imports, f"{name}.apply"
    for engine in filter(None, map(sys.modules.get, ("minigrad", "torch"))):
        for home, of in ((engine, ""), (engine.nn.functional, ".nn.functional")):
            name = getattr(f, "__name__", "")
            if name and getattr(home, name, None) is f:
                return [f"import {engine.__name__}"], f"{engine.__name__}{of}.{name}"
    module, path = getattr(f, "__module__", None) or "__main__", getattr(f, "__qualname__", "f")
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if found is f and module != "__main__":
        return [f"from {module} import {path.partition('.')[0]}"], path
    name = path.rpartition(".")[2]
    if name.isidentifier():
        return [f"# {name} is yours"], name
    return [f"# {otherwise} is what check() was given"], otherwise


class _Writer:
    """Arrays as the source of an engine's tensors."""

    def __init__(self, engine: str) -> None:
        self.engine = engine

    def operand(self, x: Array, strided: bool, grad: bool = True) -> str:
        """A leaf that requires a gradient."""
        grad = grad and self.engine != "numpy"
        if strided and x.ndim:
            memory = x.T if x.ndim > 1 else x.repeat(2)
            look = (
                "[::2]"
                if x.ndim == 1
                else ".T"
                if x.ndim == 2 or self.engine == "numpy"
                else f".permute{tuple(range(x.ndim))[::-1]}"
            )
            return self.plain(memory) + look + (".requires_grad_()" if grad else "")
        return self.plain(x, ", requires_grad=True" if grad else "")

    def plain(self, x: Array, more: str = "") -> str:
        """The tensor of these numbers."""
        of = "np" if self.engine == "numpy" else self.engine
        made = "array" if self.engine == "numpy" else "tensor"
        dtype = f"dtype={of}.{'bool_' if x.dtype == bool and of == 'np' else x.dtype.name}{more}"
        if not x.size:
            return f"{of}.zeros({x.shape}, {dtype})"
        return f"{of}.{made}({_listed(x, self._number)}, {dtype})"

    def value(self, v: Any) -> str:
        """An argument that is not an operand."""
        if isinstance(v, np.ndarray):
            return self.plain(v)
        return repr(v) if not hasattr(v, "numpy") or not hasattr(v, "shape") else self.plain(np.asarray(v.numpy()))

    def _number(self, v: Any) -> str:
        if np.asarray(v).dtype.kind != "f":
            return repr(v.item())
        return repr(float(v)) if np.isfinite(v) else f'float("{v}")'
