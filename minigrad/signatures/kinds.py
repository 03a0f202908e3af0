"""The kinds of arguments, and whether a call fits a signature.

    sum(Tensor input, int[1]? dim, bool keepdim=False, *, dtype? dtype=None)

A ``?`` lets None through, ``int[]`` is a tuple or list of integers, ``int[1]`` also a single one, ``int[*]`` also
several arguments, ``f(x, 2, 3)``, ``Tensor[+]`` those alone; ``/obj`` has no name.

A line that begins with ``old`` is a deprecated way to call, with a number before a tensor. One that begins with ``def``
is a function that torch has in Python. It knows no other names for its arguments, and looks at them in its own order:
first whether those with a ``!`` are true, then at the attribute of a ``Tensor.size``, which not everything has, then at
a ``reduction``, and last at kinds.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.dtype import dtype as number_type
from ..core.errors import kind_of, no_tensor
from ..core.variable import Variable
from ..core.views import node_of
from ..host.device import device, layout, memory_format
from ..random import Generator

LISTS = (tuple, list)
Given = tuple[Any, ...]
Named = dict[str, Any]

OTHER_NAMES = {
    "dim": ("axis",),
    "keepdim": ("keepdims",),
    "input": ("x", "a", "x1"),
    "other": ("x2",),
}
"""NumPy's names, which torch takes for its own."""

# ---- kinds ----


def _tensor(x: Any) -> bool:
    return isinstance(x, Variable)


def _only(x: Any, kinds: str) -> bool:
    """Whether ``x`` is a tensor of one element that can stand for a number."""
    return isinstance(x, Variable) and x.array.size == 1 and x.array.dtype.kind in kinds and node_of(x) is None


def _int(x: Any) -> bool:
    return (isinstance(x, (int, np.integer)) and not isinstance(x, bool)) or (_only(x, "iu") and x.array.ndim == 0)


def _number(x: Any) -> bool:
    return isinstance(x, (int, float, np.number, np.bool_)) or (_only(x, "iufb") and x.array.ndim == 0)


def _operand(x: Any) -> bool:
    return isinstance(x, (Variable, int, float, np.generic))


def _index(x: Any) -> bool:
    """Whether ``x`` is a tensor of one element that can stand for a list of one integer."""
    return _only(x, "iub")


def _element(x: Any) -> bool:
    """Whether ``x`` can be an element of a list of integers."""
    if isinstance(x, (bool, np.bool_)):
        return False
    try:
        operator.index(x)
    except (TypeError, RuntimeError):
        return False
    return True


KINDS: dict[str, Callable[[Any], bool]] = {
    "Tensor": _tensor,
    "Tensor|Number": _operand,
    "Number": _number,
    "int": _int,
    "float": _number,
    "bool": lambda x: isinstance(x, bool),
    "str": lambda x: isinstance(x, str),
    "dtype": lambda x: isinstance(x, number_type) or x is float or x is int or x is bool,
    "layout": lambda x: isinstance(x, layout),
    "memory_format": lambda x: isinstance(x, memory_format),
    "device": lambda x: isinstance(x, (device, str, int)) and not isinstance(x, bool),
    "Generator": lambda x: isinstance(x, Generator),
    "reduction": lambda x: x in ("none", "mean", "sum", "batchmean"),
    "any": lambda x: True,
}


class Parameter:
    """One parameter of a signature: ``int[2]? stride=None``."""

    def __init__(self, text: str) -> None:
        declared, _, self.default = text.partition("=")
        kind, self.name = declared.rsplit(" ", 1)
        self.none = kind.endswith("?") or self.default == "None"
        self.truth = "!" in kind
        kind, _, self.attribute = kind.rstrip("?!").partition(".")
        self.item, bracket, size = kind.partition("[")
        self.list = bool(bracket)
        self.single = size not in ("", "]")  # int[1]: one may stand alone
        self.each = size == "+]"
        self.several = size == "*]" or self.each
        self.required = not self.default and not (self.several and self.item != "int")
        self.kind = f"tuple of {self.item}s" if self.list else self.item
        self.scalar = not self.list and self.item in ("Number", "float", "int")
        self.index = self.item == "int" and self.single and not self.several

    def fits(self, x: Any) -> bool:
        """Whether ``x`` is of this kind."""
        if x is None:
            return self.none or self.item == "any"
        if not self.list:
            return KINDS[self.item](x)
        if isinstance(x, LISTS):
            if self.item == "int":  # after the first, True is 1
                return all([_element(v) or (i > 0 and isinstance(v, bool)) for i, v in enumerate(x)])
            return all([KINDS[self.item](v) for v in x])
        if isinstance(x, Variable):
            return self.single and self.item == "int" and _index(x)
        return self.single and KINDS[self.item](x)

    def describe(self, x: Any) -> str:
        """What ``x`` is instead."""
        if isinstance(x, Variable):
            return f"Tensor of shape {list(x.array.shape)} and type {x.array.dtype}"
        if isinstance(x, LISTS) and self.list and x:
            k = next(k for k, v in enumerate(x) if not (_element if self.item == "int" else KINDS[self.item])(v))
            return f"{type(x).__name__} with {kind_of(x[k])} at position {k}"
        return no_tensor(x) if self.item == "Tensor" and not self.list else kind_of(x)

    def plain(self, x: Any) -> Any:
        """An argument that fits: the number for a tensor that stands for one."""
        if isinstance(x, Variable) and (self.scalar or self.index):
            return int(x.array.item()) if self.index else x.array.item()
        return x

    def names(self, python: bool) -> tuple[str, ...]:
        """What the parameter may be called."""
        if python:
            return () if self.several or self.name[0] == "/" else (self.name,)
        return (self.name, *OTHER_NAMES.get(self.name, ()))


class Signature:
    """One way to call a function: a line of the table."""

    def __init__(self, line: str) -> None:
        self.python = line.startswith("def ")
        self.old = line.startswith("old ")
        self.name, _, inside = line.removeprefix("def ").removeprefix("old ").removesuffix(")").partition("(")
        self.text = f"({inside})"
        parts = inside.split(", ") if inside else []
        self.positional = parts.index("*") if "*" in parts else len(parts)
        self.parameters = [Parameter(part) for part in parts if part != "*"]
        self.method = self.parameters[:1] != [] and self.parameters[0].name == "self"

    def bind(
        self, args: Given, kwargs: Named, first: Callable[..., object] | None = None
    ) -> dict[str, Any] | Exception:
        """The value of each parameter that is given; if they do not fit, the error that torch raises. A function that
        torch has in Python may look at other things ``first``, which raises where they are wrong."""
        left, found = dict(kwargs), {}
        given, wrong = len(args), None
        for i, p in enumerate(self.parameters):
            if i < given and i < self.positional:
                x = args[i]
                if (
                    p.several
                    and i == self.positional - 1
                    and not (given == i + 1 and isinstance(x, LISTS) and not p.each)
                ):
                    x, given = args[i:], i
            else:
                name = next((n for n in p.names(self.python) if n in left), "")
                if not name:
                    if p.required:
                        return TypeError(self.missing(i, left))
                    continue
                x = left.pop(name)
                if p.several and not isinstance(x, LISTS):  # by name, all of them together
                    return self.fault(p, None, x)
            if wrong is None and not self.python and not p.fits(x):
                wrong = self.fault(p, i if i < len(args) else None, x)
            found[p.name] = x
        if given > self.positional:
            takes, given = self.positional - self.method, given - self.method
            return TypeError(
                f"{self.name}() takes {takes} positional argument{'s' * (takes != 1)} but {given} were given"
            )
        if wrong is None and left:
            odd = next(iter(left))
            what = "multiple values for" if odd in found else "an unexpected keyword"
            return TypeError(f"{self.name}() got {what} argument '{odd}'")
        if self.python and (fault := self.fault_in_python(len(args), found)):
            if first is not None:
                first(**found)
            return fault
        return wrong or self.done_here(found)

    def done_here(self, found: Named) -> Named:
        """What was found, if it does not ask for what only an accelerator does.

        Raises  RuntimeError or NotImplementedError
        """
        if found.get("pin_memory"):
            raise RuntimeError(f"Cannot access accelerator device when none is available: {self.name}(pin_memory=True)")
        if "out_dtype" in found:
            raise NotImplementedError(f"{self.name}(): an out_dtype is for accelerators; convert the result")
        return found

    def plain(self, args: Given, kwargs: Named) -> tuple[Given, Named]:
        """The arguments of a call that fits, with the number for a tensor that stands for one."""
        by_name = {name: p for p in self.parameters for name in p.names(self.python)}
        return (
            tuple([p.plain(x) for p, x in zip(self.parameters, args, strict=False)]) + args[len(self.parameters) :],
            {name: by_name[name].plain(x) for name, x in kwargs.items()},
        )

    def fault(self, p: Parameter, position: int | None, x: Any) -> Exception:
        """The error for an argument of another kind."""
        where = f" (position {position + 1 - self.method})" if position is not None else ""
        text = f"{self.name}(): argument '{p.name}'{where} must be {p.kind}, not {p.describe(x)}"
        return (AttributeError if p.attribute and not hasattr(x, p.attribute) else TypeError)(text)

    def fault_in_python(self, given: int, found: Named) -> Exception | None:
        """The error of a function that torch has in Python, None if there is none."""
        parameters = [(i if i < given else None, p) for i, p in enumerate(self.parameters) if p.name in found]
        for _, p in parameters:
            if p.truth and found[p.name] is not None:
                try:
                    bool(found[p.name])  # an array of several elements, or such a tensor, is neither true nor false
                except (RuntimeError, ValueError) as error:
                    return error
        named = found.get("reduce") is found.get("size_average") is None
        for choose in (lambda p: p.attribute, lambda p: p.item == "reduction", lambda p: True):
            for position, p in parameters:
                if choose(p) and (named or p.item != "reduction") and not p.fits(x := found[p.name]):
                    if p.item == "reduction":
                        return ValueError(f"{x} is not a valid value for reduction")
                    return self.fault(p, position, x)
        return None

    def missing(self, first: int, named: Named) -> str:
        """That parameters were not given."""
        names = [f'"{p.name}"' for p in self.parameters[first:] if p.required and p.name not in named]
        return f"{self.name}() missing {len(names)} required positional arguments: {', '.join(names)}"
