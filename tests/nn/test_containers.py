"""Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict: the same values, or errors, in both engines."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch as _torch

import minigrad
from tests.nn.test_module import outcome

Program = Callable[[Any], Any]


def three(torch: Any, kind: str) -> Any:
    modules = [torch.nn.Linear(1, 2), torch.nn.ReLU(), torch.nn.Linear(2, 3)]
    return torch.nn.Sequential(*modules) if kind == "Sequential" else torch.nn.ModuleList(modules)


def changed(change: Callable[[Any, Any], Any]) -> Program:
    """What ``change(torch, container)`` returns, and the container afterwards, for both kinds of numbered modules."""

    def program(torch: Any) -> Any:
        results = []
        for kind in ("Sequential", "ModuleList"):
            container = three(torch, kind)
            returned = change(torch, container)
            results += ["itself" if returned is container else repr(returned), repr(container), len(container)]
            results += [list(container._modules), list(container.state_dict())]
        return results

    return program


NUMBERED: dict[str, Program] = {
    "get": changed(lambda torch, c: c[1]),
    "get last": changed(lambda torch, c: c[-1]),
    "get beyond": changed(lambda torch, c: c[3]),
    "get before": changed(lambda torch, c: c[-4]),
    "get text": changed(lambda torch, c: c["1"]),
    "slice": changed(lambda torch, c: c[1:]),
    "slice step": changed(lambda torch, c: c[::2]),
    "slice empty": changed(lambda torch, c: c[5:]),
    "set": changed(lambda torch, c: c.__setitem__(1, torch.nn.Tanh())),
    "set last": changed(lambda torch, c: c.__setitem__(-1, torch.nn.Tanh())),
    "set beyond": changed(lambda torch, c: c.__setitem__(3, torch.nn.Tanh())),
    "set number": changed(lambda torch, c: c.__setitem__(1, 3)),
    "delete": changed(lambda torch, c: c.__delitem__(0)),
    "delete last": changed(lambda torch, c: c.__delitem__(-1)),
    "delete slice": changed(lambda torch, c: c.__delitem__(slice(0, 2))),
    "delete beyond": changed(lambda torch, c: c.__delitem__(7)),
    "iterate": changed(lambda torch, c: [type(m).__name__ for m in c]),
    "contains": changed(lambda torch, c: c[1] in c),
    "append": changed(lambda torch, c: c.append(torch.nn.Tanh())),
    "append number": changed(lambda torch, c: c.append(3)),
    "extend": changed(lambda torch, c: c.extend([torch.nn.Tanh(), torch.nn.ReLU()])),
    "insert": changed(lambda torch, c: c.insert(1, torch.nn.Tanh())),
    "insert at the end": changed(lambda torch, c: c.insert(3, torch.nn.Tanh())),
    "pop": changed(lambda torch, c: c.pop(0)),
    "pop last": changed(lambda torch, c: c.pop(-1)),
    "pop beyond": changed(lambda torch, c: c.pop(3)),
}

SEQUENTIAL: dict[str, Program] = {
    "of a dictionary": lambda torch: repr(torch.nn.Sequential(OrderedDict(a=torch.nn.ReLU(), b=torch.nn.Tanh()))),
    "of a dictionary, slice": lambda torch: repr(
        torch.nn.Sequential(OrderedDict(a=torch.nn.ReLU(), b=torch.nn.Tanh()))[1:]
    ),
    "of a number": lambda torch: torch.nn.Sequential(3),
    "by name": lambda torch: torch.nn.Sequential(OrderedDict(a=torch.nn.ReLU())).a,
    "forward": lambda torch: tuple(three(torch, "Sequential")(torch.ones(4, 1)).shape),
    "forward of an empty one": lambda torch: torch.nn.Sequential()(5),
    "+": lambda torch: repr(three(torch, "Sequential") + three(torch, "Sequential")),
    "+ list": lambda torch: three(torch, "Sequential").__add__([torch.nn.ReLU()]),
    "+=": lambda torch: repr(three(torch, "Sequential").__iadd__(three(torch, "Sequential"))),
    "+= list": lambda torch: three(torch, "Sequential").__iadd__([1]),
    "*": lambda torch: repr(torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Tanh()) * 2),
    "* from the left": lambda torch: repr(2 * torch.nn.Sequential(torch.nn.ReLU())),
    "* 0": lambda torch: torch.nn.Sequential(torch.nn.ReLU()) * 0,
    "* text": lambda torch: torch.nn.Sequential(torch.nn.ReLU()) * "2",
    "*=": lambda torch: repr(three(torch, "Sequential").__imul__(2)),
    "*= 0": lambda torch: three(torch, "Sequential").__imul__(0),
    "insert before": lambda torch: repr(three(torch, "Sequential").insert(-1, torch.nn.Tanh())),
    "insert beyond": lambda torch: three(torch, "Sequential").insert(4, torch.nn.Tanh()),
    "insert number": lambda torch: three(torch, "Sequential").insert(1, 3),
}

LISTS: dict[str, Program] = {
    "empty": lambda torch: len(torch.nn.ModuleList()),
    "of a generator": lambda torch: repr(torch.nn.ModuleList(torch.nn.ReLU() for _ in range(2))),
    "of a number": lambda torch: torch.nn.ModuleList(3),
    "of numbers": lambda torch: torch.nn.ModuleList([3]),
    "+": lambda torch: repr(three(torch, "ModuleList").__add__([torch.nn.Tanh()])),
    "+=": lambda torch: repr(three(torch, "ModuleList").__iadd__([torch.nn.Tanh()])),
    "call": lambda torch: three(torch, "ModuleList")(1),
    "dir": lambda torch: "0" in dir(three(torch, "ModuleList")),
}


def named(torch: Any) -> Any:
    return torch.nn.ModuleDict({"b": torch.nn.ReLU(), "a": torch.nn.Linear(1, 1)})


def after(change: Callable[[Any, Any], Any], make: Callable[[Any], Any] = named) -> Program:
    def program(torch: Any) -> Any:
        container = make(torch)
        returned = change(torch, container)
        return [repr(returned), repr(container), list(container), len(container), list(container.state_dict())]

    return program


DICTS: dict[str, Program] = {
    "empty": lambda torch: len(torch.nn.ModuleDict()),
    "of pairs": lambda torch: repr(torch.nn.ModuleDict([["x", torch.nn.ReLU()], ("y", torch.nn.Tanh())])),
    "of a ModuleDict": lambda torch: repr(torch.nn.ModuleDict(named(torch))),
    "of a number": lambda torch: torch.nn.ModuleDict(3),
    "of numbers": lambda torch: torch.nn.ModuleDict([3]),
    "of triples": lambda torch: torch.nn.ModuleDict([(1, 2, 3)]),
    "get": after(lambda torch, c: c["a"]),
    "get unknown": after(lambda torch, c: c["z"]),
    "set": after(lambda torch, c: c.__setitem__("c", torch.nn.Tanh())),
    "set again": after(lambda torch, c: c.__setitem__("b", torch.nn.Tanh())),
    "set number": after(lambda torch, c: c.__setitem__("b", 3)),
    "set a method's name": after(lambda torch, c: c.__setitem__("keys", torch.nn.Tanh())),
    "delete": after(lambda torch, c: c.__delitem__("b")),
    "delete unknown": after(lambda torch, c: c.__delitem__("z")),
    "contains": after(lambda torch, c: ["a" in c, "z" in c]),
    "keys": after(lambda torch, c: [list(c.keys()), [k for k, _ in c.items()], len(list(c.values()))]),
    "pop": after(lambda torch, c: c.pop("a")),
    "pop unknown": after(lambda torch, c: c.pop("z")),
    "clear": after(lambda torch, c: c.clear()),
    "update": after(lambda torch, c: c.update({"z": torch.nn.Tanh(), "b": torch.nn.Tanh()})),
}


def numbers(torch: Any) -> Any:
    return torch.nn.ParameterList([torch.ones(2), torch.nn.Parameter(torch.zeros(1, 2)), 3])


def kinds(c: Any) -> list[str]:
    return [type(v).__name__ for v in c]


PARAMETER_LISTS: dict[str, Program] = {
    "kinds": after(lambda torch, c: kinds(c), numbers),
    "empty": lambda torch: repr(torch.nn.ParameterList()),
    "of a tensor": lambda torch: torch.nn.ParameterList(torch.ones(2)),
    "of a number": lambda torch: torch.nn.ParameterList(3),
    "get": after(lambda torch, c: c[-1], numbers),
    "get beyond": after(lambda torch, c: c[3], numbers),
    "slice": after(lambda torch, c: c[1:], numbers),
    "set": after(lambda torch, c: c.__setitem__(0, torch.ones(5)), numbers),
    "set last": after(lambda torch, c: c.__setitem__(-1, "text"), numbers),
    "append": after(lambda torch, c: c.append(torch.ones(5)), numbers),
    "extend": after(lambda torch, c: c.extend([torch.ones(5), 7]), numbers),
    "+=": after(lambda torch, c: c.__iadd__([torch.ones(5)]), numbers),
    "call": after(lambda torch, c: c(), numbers),
}


def letters(torch: Any) -> Any:
    return torch.nn.ParameterDict({"b": torch.ones(2), "a": torch.nn.Parameter(torch.zeros(1, 2)), "n": 3})


PARAMETER_DICTS: dict[str, Program] = {
    "kinds": after(lambda torch, c: kinds(c.values()), letters),
    "empty": lambda torch: repr(torch.nn.ParameterDict()),
    "of pairs": lambda torch: repr(torch.nn.ParameterDict([("x", torch.ones(2)), ("a", torch.ones(1))])),
    "of an ordered dictionary": lambda torch: list(torch.nn.ParameterDict(OrderedDict(z=1, a=2))),
    "of a number": lambda torch: torch.nn.ParameterDict(3),
    "of numbers": lambda torch: torch.nn.ParameterDict([3]),
    "of triples": lambda torch: torch.nn.ParameterDict([(1, 2, 3)]),
    "get": after(lambda torch, c: [c["n"], c.get("n"), c.get("z"), c.get("z", 5)], letters),
    "get unknown": after(lambda torch, c: c["z"], letters),
    "set": after(lambda torch, c: c.__setitem__("c", torch.ones(3)), letters),
    "setdefault": after(lambda torch, c: [c.setdefault("n", 5), c.setdefault("z", 6)], letters),
    "delete": after(lambda torch, c: c.__delitem__("a"), letters),
    "delete unknown": after(lambda torch, c: c.__delitem__("z"), letters),
    "contains": after(lambda torch, c: ["a" in c, "z" in c], letters),
    "keys": after(lambda torch, c: [list(c.keys()), [k for k, _ in c.items()], list(reversed(c))], letters),
    "pop": after(lambda torch, c: c.pop("n"), letters),
    "pop unknown": after(lambda torch, c: c.pop("z"), letters),
    "popitem": after(lambda torch, c: c.popitem(), letters),
    "popitem of an empty one": lambda torch: torch.nn.ParameterDict().popitem(),
    "clear": after(lambda torch, c: c.clear(), letters),
    "copy": after(lambda torch, c: c.copy(), letters),
    "fromkeys": after(lambda torch, c: c.fromkeys(["x", "y"], 4), letters),
    "update": after(lambda torch, c: c.update({"z": torch.ones(1), "b": 4}), letters),
    "|": after(lambda torch, c: c | torch.nn.ParameterDict({"z": torch.ones(1)}), letters),
    "|=": after(lambda torch, c: c.__ior__({"z": torch.ones(1)}), letters),
    "call": after(lambda torch, c: c(1), letters),
}

ALL = {
    f"{kind}: {name}": program
    for kind, table in (
        ("numbered", NUMBERED),
        ("Sequential", SEQUENTIAL),
        ("ModuleList", LISTS),
        ("ModuleDict", DICTS),
        ("ParameterList", PARAMETER_LISTS),
        ("ParameterDict", PARAMETER_DICTS),
    )
    for name, program in table.items()
}


@pytest.mark.parametrize("program", ALL.values(), ids=ALL.keys())
def test_containers(program: Program) -> None:
    """Values and messages alike; where the words are Python's own or add a hint, the class of error."""
    ours, theirs = outcome(minigrad, program), outcome(_torch, program)
    if isinstance(theirs, tuple) and theirs[0] in (
        "TypeError",
        "AttributeError",
        "NotImplementedError",
    ):
        assert ours[0] == theirs[0]
    else:
        assert ours == theirs


def test_parameters_of_containers_are_trained(torch: ModuleType) -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = torch.nn.ParameterList(torch.ones(1) for _ in range(2))
            self.named = torch.nn.ParameterDict({"shift": torch.zeros(1)})
            self.layers = torch.nn.ModuleList([torch.nn.Linear(1, 1)])
            self.choice = torch.nn.ModuleDict({"relu": torch.nn.ReLU()})

        def forward(self, x: Any) -> Any:
            for w in self.weights:
                x = x * w
            return self.choice["relu"](self.layers[0](x) ** 2 + self.named["shift"])

    model = Net()
    model(torch.ones(2, 1)).sum().backward()
    assert [k for k, p in model.named_parameters() if p.grad is None] == []
    assert list(model.state_dict()) == ["weights.0", "weights.1", "named.shift", "layers.0.weight", "layers.0.bias"]
