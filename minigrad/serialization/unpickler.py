"""A small machine that reads pickles: the part of the language in which tensors, numbers and containers are saved.

A pickle is a program for a machine with a stack: most steps push a value, some take values off and push what they make
of them, a few keep a value in the memo or fetch it again. The whole language can call any function; here a call is
made only if it is in a table. And since a few bytes may fetch a large value again and again, what a program copies is
counted: no more than the pickle has bytes. What is hashed, as a key or in a set, must be small, because hash() follows
nested tuples as deep and as often as they go.

Source  pickletools.py in Python's library describes every step
"""

from __future__ import annotations

import pickle
import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

from .errors import LoadError

PARTS_OF_A_KEY = 1000
ALIKE = 100  # keys with the same hash, of a kind whose hashes can be chosen, in one dict
FREE = 10_000  # what a small pickle may copy
PRICE_OF_A_CALL = 10  # an honest call takes more bytes than that
PLAIN_KEYS = (str, bytes, float, bool, type(None))  # no many different ones of these have the same hash
CONTAINERS = (str, bytes, bytearray, list, tuple, dict, set)


class Unpickler:
    """Runs the pickle that begins at byte ``at`` of ``data``; afterwards ``at`` is behind it.

    find        what a name, (module, name), stands for
    calls       what may be called, by identity: the functions that are called in its place
    own         the user's own classes that may be made, and may set themselves up
    persistent  what a storage's description stands for

    Raises  LoadError for what is not allowed; any other error means that the pickle is corrupt.
    """

    def __init__(
        self,
        data: bytes | bytearray,
        find: Callable[[str, str], Any],
        calls: dict[int, Callable[..., Any]],
        own: list[Any],
        persistent: Callable[[Any], Any],
        at: int = 0,
    ) -> None:
        self.data, self.at = data, at
        self.find, self.own, self.persistent = find, own, persistent
        self.calls = {
            **{id(kind): lambda *args, make=make: make(self, *args) for kind, make in _MAKERS.items()},
            **calls,
            **{id(kind): kind for kind in own},
        }
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.left = len(data) + FREE
        self.alike: Counter[tuple[int, int]] = Counter()

    def load(self) -> Any:
        data, steps = self.data, self.steps
        while True:
            code = data[self.at]
            self.at += 1
            if code == _STOP:
                return self.stack.pop()
            step = steps.get(code)
            if step is None:
                raise LoadError(
                    f"its pickle has a step {bytes([code])!r} that is not one of torch.save's. Was it saved with "
                    "another pickle_protocol than 2? If you trust its source, load it with weights_only=False"
                )
            step(self)

    # ---- help for the steps ----

    def take(self, count: int) -> bytes | bytearray:
        """The next bytes of the pickle."""
        start, self.at = self.at, self.at + count
        if self.at > len(self.data):
            raise EOFError("it is cut short")
        return self.data[start : self.at]

    def number(self, form: str) -> Any:
        (value,) = struct.unpack(form, self.take(struct.calcsize(form)))
        return value

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def line(self) -> str:
        start, end = self.at, self.data.index(b"\n", self.at)
        self.at = end + 1
        return self.data[start:end].decode()

    def since_mark(self) -> list[Any]:
        """Everything that was pushed since the last mark."""
        mark = self.marks.pop()
        values = self.stack[mark:]
        del self.stack[mark:]
        return values

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise LoadError("its pickle makes more of itself than it has bytes: it was made to fill the memory")

    def check_key(self, target: Any, key: Any) -> None:
        """Refuse a key whose hash takes long or is one of too many alike."""
        if type(key) in PLAIN_KEYS or (type(key) is int and -(2**63) <= key < 2**63):
            return
        parts = [key]
        for part in parts:  # which grows on the way
            if isinstance(part, tuple):
                if len(parts) + len(part) > PARTS_OF_A_KEY:
                    raise LoadError(f"its pickle has a key of more than {PARTS_OF_A_KEY} parts")
                parts.extend(part)
        self.spend(len(parts))
        kind = (id(target), hash(key))
        self.alike[kind] += 1
        if self.alike[kind] > ALIKE:
            raise LoadError(f"its pickle has more than {ALIKE} keys with the same hash: it was made to take for ever")

    def fill(self, target: Any, pairs: Any) -> Any:
        for key, value in pairs:
            self.check_key(target, key)
            target[key] = value
        return target

    def call(self, function: Any, args: Any) -> Any:
        found = self.calls.get(id(function))
        if found is None or type(args) is not tuple:
            raise LoadError(f"its pickle calls {type(function).__name__}, which may not be called")
        self.spend(PRICE_OF_A_CALL + sum(len(value) for value in args if isinstance(value, CONTAINERS)))
        return found(*args)

    def check_own(self, kind: Any, what: str) -> None:
        if not any(kind is found for found in self.own):
            name = kind.__name__ if isinstance(kind, type) else type(kind).__name__
            raise LoadError(f"Can only {what} OrderedDict or objects of safe classes, not {name}")

    # ---- the steps ----

    def name(self) -> None:
        module, name = self.line(), self.line()
        self.stack.append(self.find(module, name))

    def reduce(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = self.call(self.stack[-1], args)

    def new(self) -> None:
        args = self.stack.pop()
        kind = self.stack[-1]
        self.check_own(kind, "make new")
        self.stack[-1] = kind.__new__(kind, *args)

    def build(self) -> None:
        """Set attributes: of an OrderedDict (a state_dict has ``_metadata``) or an object the user called safe."""
        state, made = self.stack.pop(), self.stack[-1]
        if type(made) is not OrderedDict:
            self.check_own(type(made), "build")
        if hasattr(made, "__setstate__"):
            made.__setstate__(state)
            return
        plain, slots = state if type(state) is tuple else (state, None)
        for name, value in _of(plain or {}, dict).items():
            made.__dict__[name] = value
        for name, value in _of(slots or {}, dict).items():
            setattr(made, name, value)
        self.spend(len(plain or ()))

    def load_persistent(self) -> None:
        self.stack[-1] = self.persistent(self.stack[-1])

    def mark(self) -> None:
        self.marks.append(len(self.stack))

    def append(self) -> None:
        value = self.stack.pop()
        self.add_to_list([value])

    def add_to_list(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise LoadError(f"Can only append to lists, but got {type(target).__name__}")
        target.extend(values)

    def set_items(self, values: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise LoadError(f"Can only set items of dicts, but got {type(target).__name__}")
        self.fill(target, zip(values[::2], values[1::2], strict=True))

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, value])

    def group(self, count: int) -> None:
        """The last values as a tuple."""
        values = self.stack[-count:]
        if len(values) != count:
            raise IndexError("values are missing")
        self.stack[-count:] = [tuple(values)]

    def text(self, count: int) -> None:
        self.stack.append(self.take(count).decode("utf-8", "surrogatepass"))

    def keep(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    steps: ClassVar[dict[int, Callable[[Unpickler], Any]]] = {
        step[0]: do
        for step, do in {
            pickle.PROTO: lambda m: m.take(1),
            pickle.GLOBAL: name,
            pickle.REDUCE: reduce,
            pickle.NEWOBJ: new,
            pickle.BUILD: build,
            pickle.BINPERSID: load_persistent,
            pickle.MARK: mark,
            pickle.NONE: lambda m: m.stack.append(None),
            pickle.NEWTRUE: lambda m: m.stack.append(True),
            pickle.NEWFALSE: lambda m: m.stack.append(False),
            pickle.BININT: lambda m: m.stack.append(m.number("<i")),
            pickle.BININT1: lambda m: m.stack.append(m.byte()),
            pickle.BININT2: lambda m: m.stack.append(m.number("<H")),
            pickle.LONG1: lambda m: m.stack.append(int.from_bytes(m.take(m.byte()), "little", signed=True)),
            pickle.BINFLOAT: lambda m: m.stack.append(m.number(">d")),
            pickle.BINUNICODE: lambda m: m.text(m.number("<I")),
            pickle.SHORT_BINSTRING: lambda m: m.text(m.byte()),
            pickle.EMPTY_TUPLE: lambda m: m.stack.append(()),
            pickle.TUPLE: lambda m: m.stack.append(tuple(m.since_mark())),
            pickle.TUPLE1: lambda m: m.group(1),
            pickle.TUPLE2: lambda m: m.group(2),
            pickle.TUPLE3: lambda m: m.group(3),
            pickle.EMPTY_LIST: lambda m: m.stack.append([]),
            pickle.APPEND: append,
            pickle.APPENDS: lambda m: m.add_to_list(m.since_mark()),
            pickle.EMPTY_DICT: lambda m: m.stack.append({}),
            pickle.SETITEM: set_item,
            pickle.SETITEMS: lambda m: m.set_items(m.since_mark()),
            pickle.BINPUT: lambda m: m.keep(m.byte()),
            pickle.LONG_BINPUT: lambda m: m.keep(m.number("<I")),
            pickle.BINGET: lambda m: m.stack.append(m.memo[m.byte()]),
            pickle.LONG_BINGET: lambda m: m.stack.append(m.memo[m.number("<I")]),
        }.items()
    }


_STOP = pickle.STOP[0]


# ---- Python's containers: what they are called with in a pickle, and nothing else they would take ----


def _set(machine: Unpickler, values: list[Any] | tuple[Any, ...] = ()) -> set[Any]:
    made: set[Any] = set()
    for value in _of(values, list, tuple):
        machine.check_key(made, value)
        made.add(value)
    return made


def _ordered(machine: Unpickler, pairs: list[Any] | tuple[Any, ...] = ()) -> OrderedDict[Any, Any]:
    made: OrderedDict[Any, Any] = machine.fill(OrderedDict(), _of(pairs, list, tuple))
    return made


def _counter(machine: Unpickler, counts: Any = None) -> Counter[Any]:
    made: Counter[Any] = machine.fill(Counter(), _of({} if counts is None else counts, dict).items())
    return made


def _bytearray(machine: Unpickler, data: str | bytes = b"", encoding: str = "latin-1") -> bytearray:
    return bytearray(data.encode("latin-1") if isinstance(data, str) else _of(data, bytes))


def _complex(machine: Unpickler, real: float, imaginary: float) -> complex:
    return complex(_of(real, float), _of(imaginary, float))


def _of(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise TypeError(f"{kinds[0].__name__} expected, not {type(value).__name__}")
    return value


_MAKERS: dict[type, Callable[..., Any]] = {
    set: _set, OrderedDict: _ordered, Counter: _counter, bytearray: _bytearray, complex: _complex,
}  # fmt: skip
