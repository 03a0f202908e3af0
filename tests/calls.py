"""Calls with arguments of right and wrong kinds, drawn anew and made on both engines."""

from __future__ import annotations

import inspect
import random
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch as pytorch

import minigrad
from minigrad.signatures.doors import signatures, table
from minigrad.signatures.kinds import Parameter, Signature

SHAPES = ((3,), (2, 3), (2, 3), (1,), (), (0,), (2, 2, 3), (3, 3), (1, 2, 4, 4), (2, 2, 3, 3))
DTYPES = ("float32",) * 6 + ("float64", "int64", "int64", "int32", "uint8", "bool", "float16")

# What no program should call at random: it reads memory, or leaves the numbers undefined.
UNSUITED = {
    "empty",
    "empty_like",
    "new_empty",
    "frombuffer",
    "from_dlpack",
    "map_",
    "map2_",
    "apply_",
    "data_ptr",
    "cuda",
}
UNSUITED |= {"share_memory_", "pin_memory", "untyped_storage", "is_shared", "typename"}


@dataclass
class Value:
    """An argument that both engines get, each in its own kind of tensor."""

    value: Any
    dtype: str = ""  # of a tensor

    def on(self, engine: Any) -> Any:
        """The argument for an engine."""
        if self.dtype == "torch":
            return getattr(engine, self.value)
        if self.dtype:
            values = engine.tensor(self.value.ravel().tolist(), dtype=getattr(engine, self.dtype))
            return values.reshape(self.value.shape)
        if isinstance(self.value, (list, tuple)):
            return type(self.value)([v.on(engine) if isinstance(v, Value) else v for v in self.value])
        return self.value.copy() if isinstance(self.value, np.ndarray) else self.value

    def __repr__(self) -> str:
        return f"tensor({self.value.tolist()}, {self.dtype})" if self.dtype not in ("", "torch") else repr(self.value)


@dataclass
class Call:
    """A call of a public function."""

    place: str
    name: str
    args: list[Value] = field(default_factory=list)
    kwargs: dict[str, Value] = field(default_factory=dict)
    way: Signature | None = None  # of the table, that it follows

    def on(self, engine: Any) -> str:
        """How it ends: "accepted", or the class of the error."""
        error = self.error(engine)
        return "accepted" if error is None else type(error).__name__.strip("_")

    def error(self, engine: Any) -> Exception | None:
        """The error that it ends with."""
        return self.made(engine)[0]

    def made(self, engine: Any) -> tuple[Exception | None, Any]:
        """The error that it ends with, and the tensors and numbers that it gives or writes to otherwise."""
        function = engine
        for part in (*self.place.removeprefix("torch").split("."), self.name):
            function = getattr(function, part) if part else function
        engine.default_generator.manual_seed(0)  # torch.manual_seed asks every kind of device, which takes 2 ms
        args, kwargs = [v.on(engine) for v in self.args], {name: v.on(engine) for name, v in self.kwargs.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = function(*args, **kwargs)
            except Exception as error:
                return error, None
        return None, [result, args[:1]]

    def agrees(self) -> bool:
        """Whether both engines refuse it by the same class of error, or accept it and give the same."""
        (error, mine), (wanted, theirs) = self.made(minigrad), self.made(pytorch)
        if error is None and wanted is None:
            return alike(mine, theirs)
        return self.on(minigrad) == self.on(pytorch)

    def __str__(self) -> str:
        given = [*map(repr, self.args), *[f"{name}={v!r}" for name, v in self.kwargs.items()]]
        return f"{self.place}.{self.name}({', '.join(given)}): {self.on(minigrad)}, in torch {self.on(pytorch)}"


def alike(mine: Any, theirs: Any) -> bool:
    """Whether two results have the same numbers, within what sums in another order make of them, of the same types."""
    if isinstance(theirs, (tuple, list)):
        return len(mine) == len(theirs) and all(map(alike, mine, theirs))
    if isinstance(theirs, pytorch.Tensor):
        if not isinstance(mine, minigrad.Tensor):
            return False
        x, y = mine.detach().numpy(), theirs.detach().numpy()
        bound = {"f2": 4e-3, "f4": 1e-4, "f8": 1e-7}.get(y.dtype.str[1:], 0.0)
        return bool(
            (x.dtype, x.shape) == (y.dtype, y.shape)
            and np.allclose(x.astype(float), y.astype(float), rtol=bound, atol=bound, equal_nan=True)
        )
    if isinstance(theirs, (int, float)):
        return bool(type(mine) is type(theirs) and np.allclose(mine, theirs, rtol=1e-4, equal_nan=True))
    return True


def public() -> list[tuple[str, str]]:
    """Every function and method that has a line in the table."""
    names = [tuple(key.rsplit(".", 1)) for key in table()]
    names += [("Tensor", name) for place, name in names if place == "torch"]
    return sorted({(place, name) for place, name in names if name not in UNSUITED and here(place, name)})


def here(place: str, name: str) -> bool:
    """Whether minigrad has what the table names."""
    owner = minigrad
    for part in place.removeprefix("torch").split("."):
        owner = getattr(owner, part) if part else owner
    return inspect.isroutine(getattr(owner, name, None))


def tensor(draw: random.Random, shape: tuple[int, ...] | None = None, dtype: str = "") -> Value:
    """A tensor of small numbers."""
    shape, dtype = draw.choice(SHAPES) if shape is None else shape, dtype or draw.choice(DTYPES)
    integers = dtype.startswith(("int", "uint"))
    numbers = [0, 1, 2, 3] if integers else [False, True] if dtype == "bool" else [0.5, -0.25, 1.0, 2.0, 0.0, -1.5]
    count = int(np.prod(shape))
    return Value(np.array([draw.choice(numbers) for _ in range(count)], dtype).reshape(shape), dtype)


def right(draw: random.Random, p: Parameter, shape: tuple[int, ...]) -> Value:
    """An argument of the kind that a parameter asks for."""
    if p.item in ("Tensor", "Tensor|Number"):
        one = lambda: tensor(draw, draw.choice([shape, shape, None]), "int64" if "ind" in p.name else "")
        return Value([one(), one()]) if p.list else one()
    if p.list:
        return Value(draw.choice([(1,), (0, 1), (2, 2), [2, 3], (1,)] + [0, 1, 2] * p.single))
    choices: dict[str, Any] = {
        "int": [0, 1, 1, 2, -1], "float": [0.5, 1.0, 2.0, 0], "Number": [0.5, 1, 2.0, 0], "bool": [False, True],
        "str": ["none", "mean", "tanh", "floor", "sum", "left"], "reduction": ["none", "mean", "sum"],
        "any": [0, 1, 2, True, False],
    }  # fmt: skip
    if p.name == "pin_memory" and pytorch.cuda.is_available():  # where there is an accelerator, torch can
        return Value(False)
    if p.item == "dtype":
        return Value(draw.choice(["float32", "float64", "int64"]), "torch")
    return Value(draw.choice(choices.get(p.item, [None])))


def wrong(draw: random.Random) -> Value:
    """An argument of any kind."""
    plain = [
        None,
        True,
        False,
        0,
        1,
        3,
        -1,
        -7,
        10**20,
        1.5,
        0.0,
        float("nan"),
        "",
        "mean",
        "1",
        [],
        [1, 2],
        [1.5, 2.0],
    ]
    plain += [[[1, 2], [3, 4]], [None], [True, False], (), (1, 0), (0,), {"a": 1}, slice(0, 1), object()]
    arrays = [
        np.array([1.0, 2.0]),
        np.array([[0, 1, 1]]),
        np.float64(1.5),
        np.int64(1),
        np.float32(0.5),
        np.bool_(True),
    ]
    tensors = [
        tensor(draw),
        tensor(draw, ()),
        tensor(draw, (), "int64"),
        tensor(draw, (0,)),
        tensor(draw, None, "bool"),
    ]
    lists = [Value([tensor(draw), tensor(draw)]), Value((tensor(draw, (3,)), Value(1))), Value("int64", "torch")]
    return draw.choice([*map(Value, plain), *map(Value, arrays), *tensors, *tensors, *lists])


def drawn(draw: random.Random, place: str, name: str, odds: float, way: Signature | None = None) -> Call:
    """A call of a function, in this or one of the ways of the table; each argument is wrong by these odds."""
    way = way or draw.choice(signatures(place, name))
    shape, call = draw.choice(SHAPES), Call(place, name, way=way)
    for i, p in enumerate(way.parameters):
        if not p.required and draw.random() < 0.55:
            continue
        value = wrong(draw) if draw.random() < odds and p.name != "self" else right(draw, p, shape)
        if i < way.positional and i == len(call.args) and (p.name == "self" or draw.random() < 0.88):
            call.args.append(value)
        else:
            call.kwargs[p.name] = value
    if draw.random() < odds / 8:
        call.args.append(wrong(draw))
    if draw.random() < odds / 8:
        call.kwargs[draw.choice(["foo", "dim", "keepdim", "dtype", "axis", "inplace"])] = wrong(draw)
    return call
