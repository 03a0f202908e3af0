"""One check of kinds at the door of every public function.

The signatures stand in ``torch.txt``, a line for each way to call a function. Where no line fits, the error is torch's.
What is inside minigrad calls the functions themselves: rules and kernels run on arrays, and need no door.

Looking at a signature takes longer than most functions do. So a door remembers the types of the arguments that it has
let through, and looks again only at what it has not seen.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from ..core import op as ops
from ..core.errors import kind_of, warn_user
from ..core.variable import Variable
from .kinds import LISTS, Given, Named, Parameter, Signature

# ---- the table ----


@functools.cache
def table() -> dict[str, list[str]]:
    """``place.function`` -> its lines."""
    found: dict[str, list[str]] = {}
    place = ""
    with open(os.path.join(os.path.dirname(__file__), "torch.txt"), encoding="utf-8") as lines:
        for line in map(str.strip, lines):
            if line.startswith("["):
                place = line[1:-1]
            elif line and not line.startswith("#"):
                name = line.removeprefix("def ").removeprefix("old ").partition("(")[0]
                found.setdefault(f"{place}.{name}", []).append(line)
    return found


@functools.cache
def signatures(place: str, name: str) -> tuple[Signature, ...]:
    """The ways to call a function; none if the table does not have it. A method that is called as the function of its
    name has no lines of its own."""
    lines = table().get(f"{place}.{name}")
    if lines is None and place == "Tensor":
        lines = [line.replace("Tensor input", "Tensor self", 1) for line in table().get(f"torch.{name}", ())]
    return tuple([Signature(line) for line in lines or ()])


def refusal(ways: tuple[Signature, ...], faults: list[Exception], args: Given, kwargs: Named) -> Exception:
    """The error for a call that fits no signature."""
    if len(ways) == 1 or type(faults[0]) is not TypeError:
        return faults[0]
    got = ", ".join([*map(kind_of, args[ways[0].method :]), *[f"{name}={kind_of(x)}" for name, x in kwargs.items()]])
    each = "".join([f"\n * {way.text}: {fault}" for way, fault in zip(ways, faults, strict=True)])
    name = ways[0].name
    numpy = "axis" in kwargs and kwargs.get("out", ...) is None  # np.mean(t) is t.mean(axis=None, out=None)
    hint = f"\n(np.{name}(t) calls this method by NumPy's names: write t.{name}(), or np.{name}(t.numpy()))" * numpy
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({got}), but expected one of:{each}{hint}"
    )


# ---- the door ----


class Missing:
    """The type of no argument."""


NONE: Any = Missing()
UNUSED = {"out": None, "layout": None, "pin_memory": False, "device": None, "memory_format": None}
"""What may be given to every function that has it in torch, as long as it asks for nothing."""


def kind(x: Any) -> Any:
    """What a door looks up for an argument: its type, for a list the set of its elements' types."""
    return frozenset(map(type, x)) if type(x) in LISTS else type(x)


def by_type(p: Parameter, x: Any) -> bool:
    """Whether everything of the kind of ``x`` fits where ``x`` does."""
    if p.item in ("any", "Tensor", "Tensor|Number"):
        return True
    inside = x if isinstance(x, LISTS) else (x,)
    return not any([isinstance(v, (Variable, type, *LISTS)) or (p.list and isinstance(v, bool)) for v in inside])


class Door:
    """What checks the arguments of one function, and remembers the types that it has let through.

    seen    kinds of arguments that the function takes as they come; the type of a single one
    lists   types of two arguments whose kinds may be among those
    orders  kinds of arguments that it takes in another order, or under other names: which goes where
    """

    def __init__(self, function: Any, place: str, name: str) -> None:
        self.function = self.__wrapped__ = function
        self.place, self.name = place, name
        self.seen: set[Any] = set()
        self.lists: set[Any] = set()
        self.orders: dict[Any, tuple[Given, Named]] = {}

    def before(self, call: Any) -> Any:
        """What users call, with the function's name and docstring, and the signature of this place."""
        functools.update_wrapper(call, self.function)
        call.__wrapped__ = self
        return call

    @functools.cached_property
    def own(self) -> tuple[str, ...]:
        """The function's own parameters."""
        code = inspect.unwrap(self.function).__code__
        found: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return found

    @functools.cached_property
    def __signature__(self) -> inspect.Signature:
        """What ``inspect.signature`` finds on its way from the function behind the door to the function itself."""
        from .shown import shown  # needed only for help

        own = inspect.signature(self.function)
        ways = signatures(self.place, self.name)
        return shown(own, ways) if ways else own

    @functools.cached_property
    def several(self) -> bool:
        """Whether the function takes any number of arguments."""
        return bool(inspect.unwrap(self.function).__code__.co_flags & inspect.CO_VARARGS)

    def look(self, args: Given, kwargs: Named) -> tuple[Given, Named]:
        """The arguments as the function takes them.

        Raises  TypeError, or AttributeError where torch asks the argument for an attribute
        """
        key = (*map(kind, args), *map(kind, kwargs.values()), *kwargs)
        if key in self.orders:
            given = (*args, *kwargs.values())
            places, names = self.orders[key]
            return tuple([given[k] for k in places]), {name: given[k] for name, k in names.items()}
        if key in self.seen or not (ways := signatures(self.place, self.name)):
            return args, kwargs
        faults = []
        for way in ways:
            found = way.bind(args, kwargs, getattr(self.function, "first", None))
            if isinstance(found, dict):
                break
            faults.append(found)
        else:
            raise refusal(ways, faults, args, kwargs)
        if way.old:
            warn_user(
                f"This overload of {way.name} is deprecated:\n\t{way.name}{way.text}\nGive the number by its name."
            )
        by_kind = not way.old and all([by_type(p, found[p.name]) for p in way.parameters if p.name in found])
        if not by_kind:
            args, kwargs = way.plain(args, kwargs)
        if not self.straight(way, len(args), kwargs):
            if by_kind and UNUSED.keys().isdisjoint([*kwargs, *[p.name for p in way.parameters[: len(args)]]]):
                self.orders[key] = self.renamed(
                    way, (*range(len(args)),), {name: len(args) + k for k, name in enumerate(kwargs)}
                )
            return self.renamed(way, args, kwargs)
        if by_kind:
            self.seen.add(key)
            if not kwargs and len(args) == 1 and (key[0] is type(args[0]) or way.parameters[0].item == "any"):
                self.seen.add(type(args[0]))
            if len(key) == 2:
                self.lists.add(tuple(map(type, args)))
        return args, kwargs

    def by_name(self, *operands: Any, **named: Any) -> Any:
        """Call the function with what a door of one or two operands got, ``...`` for what was not given; the first of
        the other names also gets one positional argument more."""
        names = ("input", "other")[: len(operands)]
        kwargs = {n: x for n, x in (*zip(names, operands, strict=True), *named.items()) if x is not ...}
        args: Given = ()
        for name in (*names, "x"):
            if name not in kwargs:
                break
            args = (*args, kwargs.pop(name))
        args, kwargs = self.look(args, kwargs)
        return self.function(*args, **kwargs)

    def straight(self, way: Signature, given: int, kwargs: Named) -> bool:
        """Whether the function takes the arguments as they came: in torch's order, under torch's names."""
        known = {p.name for p in way.parameters}
        return all([name in known and name in self.own for name in kwargs]) and all(
            [self.in_place(p, i) for i, p in enumerate(way.parameters[:given])]
        )

    def in_place(self, p: Parameter, i: int) -> bool:
        """Whether parameter ``i`` of a signature is the function's too: it has another name, or the same place."""
        count = inspect.unwrap(self.function).__code__.co_argcount
        return self.several or p.name not in self.own or self.own[i : min(i + 1, count)] == (p.name,)

    def renamed(self, way: Signature, args: Given, kwargs: Named) -> tuple[Given, Named]:
        """The arguments by position as long as torch's order is the function's own, and by its own names from there."""
        taken: list[Any] = []
        named: Named = {}
        for i, p in enumerate(way.parameters):
            if p.several and i < len(args):
                taken, args = [*taken, *args[i:]], args[:i]
                continue
            if i < len(args):
                x = args[i]
            elif name := next((n for n in p.names(way.python) if n in kwargs), ""):
                x = kwargs[name]
            else:
                continue
            if p.name in UNUSED and p.name not in self.own and x is UNUSED[p.name]:
                continue
            if i == len(taken) and i < way.positional and self.in_place(p, i):
                taken.append(x)
            else:
                named[p.name if p.name in self.own or i >= len(self.own) else self.own[i]] = x
        return tuple(taken), named


def door(function: Any, place: str, name: str) -> Any:
    """A function behind a check of its arguments' kinds; it takes NumPy's names where torch takes them."""
    checks = Door(function, place, name)
    if (op := getattr(function, "op", None)) and op.call is function and op.simple:
        return checks.before(ops.recorder(op, checks.by_name))
    if hasattr(function, "short") and not hasattr(function, "__wrapped__"):  # add, not add_
        return checks.before(_door_of_two(ops.recorder(function.op, checks.by_name), checks.by_name))
    seen, lists = checks.seen, checks.lists

    def call(x: Any = NONE, y: Any = NONE, z: Any = NONE, /, *more: Any, **kwargs: Any) -> Any:
        # a few arguments by themselves: half as long as for any number of them
        if kwargs:
            if z is NONE and len(kwargs) == 1:
                [(key, value)] = kwargs.items()
                if (type(x), type(value), key) in seen if y is NONE else (type(x), type(y), type(value), key) in seen:
                    return function(x, **kwargs) if y is NONE else function(x, y, **kwargs)
        elif z is NONE:
            if y is NONE:
                if type(x) in seen or (type(x) in LISTS and (kind(x),) in seen):
                    return function(x)
            else:
                types = type(x), type(y)
                if types in seen:
                    return function(x, y)
                if types in lists:
                    first, second = types
                    if (
                        frozenset(map(type, x)) if first in LISTS else first,
                        frozenset(map(type, y)) if second in LISTS else second,
                    ) in seen:
                        return function(x, y)
        elif (type(x), type(y), type(z), *map(type, more)) in seen:
            return function(x, y, z, *more)
        args, kwargs = checks.look(tuple([a for a in (x, y, z, *more) if a is not NONE]), kwargs)
        return function(*args, **kwargs)

    return checks.before(call)


def _door_of_two(short: Callable[..., Any], by_name: Callable[..., Any]) -> Callable[..., Any]:
    """Two operands and no more go to the op itself."""

    def call(
        input: Any = ..., other: Any = ..., x: Any = ..., a: Any = ..., x1: Any = ..., x2: Any = ..., alpha: Any = ...
    ) -> Any:
        if x is a is x1 is x2 is alpha is ... is not other and input is not ...:
            return short(input, other)
        return by_name(input, other, x=x, a=a, x1=x1, x2=x2, alpha=alpha)

    return call


OPS = __name__.partition(".")[0] + ".ops"


def behind_door(name: str, found: Any, place: str) -> Any:
    """What a place has under a name; a function of ``minigrad.ops`` gets a door."""
    return door(found, place, name) if needs_door(name, found) else found


def needs_door(name: str, found: Any) -> bool:
    """Whether a user calls it, and it is a function of ``minigrad.ops``."""
    return type(found) is FunctionType and name[0] != "_" and found.__module__.startswith(OPS)


def doors(names: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The functions among the names of a place, each behind its door. The lines that make the names stay where they
    are; one more at the end has the place take these."""
    return {name: door(found, place, name) for name, found in names.items() if needs_door(name, found)}


# ---- a thousand doors, of which a program needs fifty: each is made when its name is first asked for ----


def taken_from(names: dict[str, Any]) -> dict[str, Any]:
    """Take the functions that need a door away from a module, whose ``__getattr__`` puts them back behind it."""
    return {name: names.pop(name) for name, found in list(names.items()) if needs_door(name, found)}


class LaterDoor:
    """A method that has not been asked for yet."""

    __slots__ = ("function", "name", "owner")

    def __init__(self, owner: type, name: str, function: Any) -> None:
        self.owner, self.name, self.function = owner, name, function

    def __get__(self, x: Any, cls: Any = None) -> Any:
        method = door(self.function, "Tensor", self.name)
        setattr(self.owner, self.name, method)
        return method if x is None else method.__get__(x, cls)


def put_doors(cls: type) -> None:
    """Have the methods of a class stand behind doors."""
    for name, found in list(vars(cls).items()):
        if needs_door(name, found):
            setattr(cls, name, LaterDoor(cls, name, found))
