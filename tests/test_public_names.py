"""Where a class says that it is public: ``print(type(x))`` says what torch's says, with torch's name replaced."""

from __future__ import annotations

import importlib
import inspect
import pickle
import sys
from collections.abc import Iterator

import pytest
import torch as reference

import minigrad

PLACES = [
    "", "amp", "autograd", "autograd.function", "backends.cudnn", "func", "linalg", "nn", "nn.parameter",
    "nn.utils.rnn", "optim", "optim.lr_scheduler", "optim.optimizer", "random", "utils.data",
]  # fmt: skip
WRITTEN_IN_C = {"Generator": "minigrad", "LinAlgError": "minigrad.linalg"}  # torch._C: no place to look


def classes() -> Iterator[tuple[str, type, type]]:
    """(name, minigrad's, torch's) of every class that both have under the same name."""
    for place in PLACES:
        ours, theirs = (importlib.import_module(f"{engine}.{place}".rstrip(".")) for engine in ("minigrad", "torch"))
        for name in dir(ours):
            x, y = getattr(ours, name), getattr(theirs, name, None)
            if not name.startswith("_") and isinstance(x, type) and isinstance(y, type) and "torch" in y.__module__:
                yield f"{place}.{name}".lstrip("."), x, y


FOUND = {name: (x, y) for name, x, y in classes()}


def test_there_are_many() -> None:
    assert len(FOUND) > 200 and {"Tensor", "nn.Linear", "optim.lr_scheduler.StepLR"} <= FOUND.keys()


@pytest.mark.parametrize("name", FOUND)
def test_a_class_says_where_it_is_public(name: str) -> None:
    ours, theirs = FOUND[name]
    expected = WRITTEN_IN_C.get(ours.__name__, theirs.__module__.replace("torch", "minigrad", 1))
    assert repr(ours) == f"<class '{expected}.{ours.__qualname__}'>"
    assert pickle.loads(pickle.dumps(ours)) is ours
    assert getattr(importlib.import_module(expected), ours.__name__) is ours


@pytest.mark.parametrize("name", FOUND)
def test_its_source_is_found(name: str) -> None:
    """Where Python looks for a class in the file of the place that it names, and that is a package's (Tensor is
    minigrad's), its methods are found."""
    ours, _ = FOUND[name]
    if not hasattr(sys.modules[ours.__module__], "__path__") and name != "linalg.LinAlgError":
        assert f"class {ours.__name__}" in inspect.getsource(ours)
    for method in filter(inspect.isfunction, vars(ours).values()):
        assert inspect.getsource(method)


def test_what_programs_print_and_ask() -> None:
    assert str(type(minigrad.ones(1))) == "<class 'minigrad.Tensor'>" == repr(minigrad.Tensor)
    optimizer = minigrad.optim.SGD([minigrad.ones(1, requires_grad=True)], lr=0.1)
    scheduler = minigrad.optim.lr_scheduler.StepLR(optimizer, 1)
    assert scheduler.__module__ == minigrad.optim.lr_scheduler.__name__
    assert type(optimizer).__module__ == "minigrad.optim.sgd"
    assert reference.nn.Linear.__module__ == minigrad.nn.Linear.__module__.replace("minigrad", "torch")
