"""Where a class says that it is public: ``print(type(x))`` says what torch's says, with torch's name replaced."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import pydoc
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch as reference

import minigrad
from minigrad.core.public import LINES
from tests.own_names import own

PLACES = [
    "", "amp", "autograd", "autograd.function", "backends.cudnn", "func", "linalg", "nn", "nn.parameter",
    "nn.utils.rnn", "optim", "optim.lr_scheduler", "optim.optimizer", "random", "utils.data", "utils.hooks",
]  # fmt: skip
OWN_PLACES = [
    "", "nn", "nn.functional", "nn.utils", "linalg", "optim", "amp", "cuda", "utils", "utils.data", "autograd",
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
    """Python looks for a class in the file of the place that it names, and finds the text that its own file has."""
    ours, _ = FOUND[name]
    text = inspect.getsource(ours)
    assert re.match(rf"(@.*\n)*class {ours.__name__}\b", text)
    methods = [method for method in vars(ours).values() if inspect.isfunction(method)]
    assert Path(inspect.getsourcefile(ours) or "").is_file() and pydoc.render_doc(ours)
    for method in methods:
        assert inspect.getsource(method)


def test_texts_are_those_of_the_files() -> None:
    for lines in LINES.values():
        for name, file in lines.classes:
            found = next(cls for cls, _ in FOUND.values() if cls.__name__ == name)
            assert inspect.getsource(found).strip() in Path(file).read_text(encoding="utf-8")


def test_a_package_begins_with_its_own_text() -> None:
    """Behind it follow the classes that are public there, each a text that Python can read."""
    text = inspect.getsource(minigrad)
    assert text.startswith(Path(minigrad.__file__).read_text(encoding="utf-8"))
    assert {"Tensor", "dtype", "Size"} < {node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def test_hooks_return_torchs_handle(torch: ModuleType) -> None:
    x = torch.ones(1, requires_grad=True)
    layer = torch.nn.Linear(1, 1)
    handles = [
        x.register_hook(print), (x * 2).grad_fn.register_hook(print), (x * 2).grad_fn.register_prehook(print),
        layer.register_forward_hook(print), layer.register_full_backward_hook(print),
        torch.optim.SGD([x], 1.0).register_step_post_hook(print),
    ]  # fmt: skip
    assert {str(type(handle)) for handle in handles} == {f"<class '{torch.__name__}.utils.hooks.RemovableHandle'>"}


def test_several_results_have_torchs_types(torch: ModuleType) -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    found = [
        x.max(0), x.min(0), x.median(0), x.nanmedian(0), x.mode(), x.sort(), x.topk(1), x.kthvalue(1), x.cummax(0),
        x.cummin(0), x.aminmax(), x.slogdet(), torch.linalg.slogdet(x),
    ]  # fmt: skip
    names = [
        "max", "min", "median", "nanmedian", "mode", "sort", "topk", "kthvalue", "cummax", "cummin", "aminmax",
        "slogdet", "linalg_slogdet",
    ]  # fmt: skip
    assert [str(type(y)) for y in found] == [f"<class '{torch.__name__}.return_types.{name}'>" for name in names]
    for name, y in zip(names, found, strict=True):
        assert type(y) is getattr(torch.return_types, name) and repr(y).startswith(f"torch.return_types.{name}(\n")
        assert torch.equal(pickle.loads(pickle.dumps(y))[0], y[0])


def test_classes_are_derived_from_each_other_as_in_torch() -> None:
    context = ("autograd.Function", "autograd.function.Function", "autograd.function.FunctionCtx")  # one object there
    for name, (ours, theirs) in FOUND.items():
        for other, (base, torchs_base) in FOUND.items():
            if {name, other} - {*context}:
                assert issubclass(ours, base) == issubclass(theirs, torchs_base), f"{name} of {other}"


@pytest.mark.parametrize("name", [name for name in FOUND if name.startswith("nn.")])
def test_base_classes_have_torchs_names_and_places(name: str) -> None:
    """``isinstance(layer, nn.modules.conv._ConvNd)``, as programs ask that set up all layers of a kind."""
    ours, theirs = FOUND[name]
    names = [f"{base.__module__}.{base.__name__}" for base in theirs.__mro__ if "torch.nn.modules" in base.__module__]
    here = {f"{base.__module__.replace('minigrad', 'torch', 1)}.{base.__name__}" for base in ours.__mro__}
    assert here.issuperset(names)
    assert getattr(minigrad.nn.modules, ours.__name__, ours) is ours


@pytest.mark.parametrize("place", OWN_PLACES)
def test_names_that_torch_has_not(place: str) -> None:
    """Each is listed, and API.md says what it is for."""
    ours, theirs = (importlib.import_module(f"{engine}.{place}".rstrip(".")) for engine in ("minigrad", "torch"))
    names = {name for name in dir(ours) if name[0] != "_" and not hasattr(theirs, name)}
    for name in names - own(place or "minigrad"):
        found = getattr(ours, name)  # a file, or what it imports from elsewhere
        assert place and (isinstance(found, ModuleType) or not found.__module__.startswith("minigrad")), name


@pytest.mark.parametrize("name", FOUND)
def test_attributes_that_torch_has_not(name: str) -> None:
    ours, theirs = FOUND[name]
    names = {attribute for attribute in dir(ours) if attribute[0] != "_" and not hasattr(theirs, attribute)}
    assert names <= set().union(*[own(base.__name__) for base in ours.__mro__])


def test_what_programs_print_and_ask() -> None:
    assert str(type(minigrad.ones(1))) == "<class 'minigrad.Tensor'>" == repr(minigrad.Tensor)
    optimizer = minigrad.optim.SGD([minigrad.ones(1, requires_grad=True)], lr=0.1)
    scheduler = minigrad.optim.lr_scheduler.StepLR(optimizer, 1)
    assert scheduler.__module__ == minigrad.optim.lr_scheduler.__name__
    assert type(optimizer).__module__ == "minigrad.optim.sgd"
    assert reference.nn.Linear.__module__ == minigrad.nn.Linear.__module__.replace("minigrad", "torch")
