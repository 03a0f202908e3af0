"""Every public op, layer, loss, function of nn.functional, optimizer and scheduler says in one sentence what it
computes, then Math in the names of its signature, Shapes, Raises, and an example, which runs as a doctest."""

from __future__ import annotations

import builtins
import inspect
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import minigrad
from minigrad import linalg, nn
from minigrad.nn import functional as F
from minigrad.optim import lr_scheduler

SECTIONS = ("Math", "Shapes", "Raises", "Init", "Source")
# layers that hold others, and bases: no formula of their own
HOLDERS = {"Module", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "RNNBase", "RNNCellBase"}
NEVER_RAISE = {"Identity"}
NO_EXAMPLE = {"upsample", "multi_head_attention_forward"}  # an old name; what nn.MultiheadAttention calls
NO_SHAPES = {"optimizer", "scheduler"}
WINGS = ("elementwise", "reduce", "linalg", "index", "shape", "layers", "create", "random", "cast", "buffers")
MAKERS = ("create", "random")  # their operands are sizes: a formula need not name them
QUESTIONS = ("attributes", "dtypes")  # answered with a bool, number or name: a sentence and an example
ANSWERS = {"is_tensor", "numel", "is_contiguous", "stride", "storage_offset", "data_ptr", "cuda"}
TRANSFORMS = {
    "autograd": "backward grad gradcheck gradgradcheck",
    "autograd.functional": "hessian hvp jacobian jvp vhp vjp",
    "func": "functional_call grad grad_and_value hessian jacfwd jacrev jvp vjp vmap",
}


def _public(where: Any, wanted: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    for name in sorted(dir(where)):
        found = getattr(where, name)
        if not name.startswith("_") and wanted(found):
            yield name, found


def _is_a(base: type) -> Callable[[Any], bool]:
    return lambda found: inspect.isclass(found) and issubclass(found, base) and found is not base


def _in_place(name: str) -> bool:
    return name.endswith("_")


LAYERS = {name: found for name, found in _public(nn, _is_a(nn.Module)) if name not in HOLDERS}
FUNCTIONS = {
    name: found
    for name, found in _public(F, lambda f: callable(f) and not inspect.isclass(f))
    if (found.__module__ or "").startswith("minigrad.ops") and not _in_place(name)
}


def _room(found: Any) -> str:
    """``shape`` of what is written in minigrad/ops/shape/, ``cast`` of what is in minigrad/ops/cast.py."""
    package, _, rest = (getattr(found, "__module__", None) or "").partition(".ops.")
    return rest.partition(".")[0] if package == "minigrad" and callable(found) else ""


def _in_wings(found: Any) -> bool:
    return _room(found) in WINGS


def _questions() -> dict[str, Any]:
    return {
        name: found
        for where in (minigrad, minigrad.Tensor)
        for name, found in _public(where, lambda f: _room(f) in QUESTIONS or _in_wings(f))
        if (_room(found) in QUESTIONS or name in ANSWERS) and not _in_place(name)
    }


def _ops() -> Iterator[tuple[str, Any]]:
    """Functions and methods of the wings; what has the same docstring under several names comes once."""
    seen = set(map(inspect.getdoc, FUNCTIONS.values()))
    for place, where in (("minigrad", minigrad), ("Tensor", minigrad.Tensor), ("linalg", linalg)):
        for name, found in _public(where, _in_wings):
            text = inspect.getdoc(found)
            if not _in_place(name) and name not in ANSWERS and (text is None or text not in seen):
                seen.add(text)
                yield f"{place}.{name}", found


OPTIMIZERS = dict(_public(minigrad.optim, _is_a(minigrad.optim.Optimizer)))
SCHEDULERS = dict(_public(lr_scheduler, _is_a(lr_scheduler.LRScheduler)))
ALL = {
    **{f"nn.{name}": ("layer", found) for name, found in LAYERS.items()},
    **{f"F.{name}": ("function", found) for name, found in FUNCTIONS.items()},
    **{name: ("maker" if _room(found) in MAKERS else "op", found) for name, found in _ops()},
    **{
        f"{place}.{name}": ("transform", getattr(operator.attrgetter(place)(minigrad), name))
        for place, names in TRANSFORMS.items()
        for name in names.split()
    },
    **{f"optim.{name}": ("optimizer", found) for name, found in OPTIMIZERS.items()},
    **{f"lr_scheduler.{name}": ("scheduler", found) for name, found in SCHEDULERS.items()},
}


def _sections(text: str) -> dict[str, str]:
    """Heading -> what stands below it; "" -> the first line, ">>>" -> the examples."""
    prose, _, examples = text.partition(">>>")
    found = {"": text.split("\n\n")[0], ">>>": examples}
    for heading, body in re.findall(r"^([A-Z][a-z]+) {2,}(.*(?:\n {8}.*)*)", prose, re.MULTILINE):
        found[heading] = body
    return found


def _parameters(found: Any, kind: str) -> list[str]:
    names = [*inspect.signature(inspect.unwrap(found)).parameters]  # of the text, which may serve several places
    if names == ["args"]:  # gru and its like: (input, hx, ..), or packed (data, batch_sizes, hx, ..)
        names = ["input"]
    if kind == "layer":
        names = [name for name in inspect.signature(found.forward).parameters if name != "self"] + names
    return [name for name in names if not name.startswith("_")]


@pytest.mark.parametrize("name", ALL)
def test_sections(name: str) -> None:
    kind, found = ALL[name]
    short = name.rpartition(".")[2]
    says = _sections(inspect.getdoc(found) or "")
    assert re.fullmatch(r"[^\n]+(\n[^\n]+)?[.]", says[""]), "one sentence, then an empty line"
    assert "Math" in says
    assert "Shapes" in says or kind in NO_SHAPES
    assert "Raises" in says or short in NEVER_RAISE
    assert says[">>>"] or short in NO_EXAMPLE
    for error in re.findall(r"\b[A-Z]\w+Error\b", says.get("Raises", "")):
        homes = (builtins, linalg, minigrad.autograd)
        assert any(issubclass(getattr(home, error, int), Exception) for home in homes), error


@pytest.mark.parametrize("name", ALL)
def test_math_uses_the_names_of_the_signature(name: str) -> None:
    """Its first argument, or the learning rate, is named; a single letter for it only if it is called so."""
    kind, found = ALL[name]
    says = _sections(inspect.getdoc(found) or "")
    math = says["Math"]
    names = _parameters(found, kind)
    words = set(re.findall(r"[A-Za-z_]\w*", math))
    if kind == "optimizer":
        assert {"lr", "step_sizes"} & words
    elif kind == "scheduler":
        assert any(word.startswith("lr") for word in words)
        assert set(names) & words
    elif kind != "maker":
        first = names[0]
        assert any(word == first or word.startswith(f"{first}_") for word in words), f"not in terms of {first}"
    if kind == "op":
        words |= set(re.findall(r"\w+", says[""]))
    assert "x" not in words or "x" in names
    assert not words & {"dx", "dy", "dw", "db"}


def test_a_function_and_its_layer_are_both_documented() -> None:
    """``help`` of either shows a formula."""
    for layer, function in ((nn.ReLU, F.relu), (nn.Conv2d, F.conv2d), (nn.CrossEntropyLoss, F.cross_entropy)):
        for found in (layer, function):
            assert "Math" in (inspect.getdoc(found) or "")


def test_in_place_functions_point_to_the_others() -> None:
    for name, found in _public(F, callable):
        if _in_place(name):
            assert name.removesuffix("_") in (inspect.getdoc(found) or "")


def test_in_place_ops_point_to_the_others() -> None:
    """By one of their names: ``subtract_`` may point to ``sub``. What has no other form has sections of its own."""
    for name, found in _public(minigrad.Tensor, _in_wings):
        if other := _in_place(name) and getattr(minigrad.Tensor, name.removesuffix("_"), None):
            assert f":func:`{other.__name__}`" in (inspect.getdoc(found) or "")
        elif _in_place(name):
            assert {"Math", "Shapes", "Raises"} <= _sections(inspect.getdoc(found) or "").keys(), name


@pytest.mark.parametrize("name", _questions())
def test_questions_have_an_example(name: str) -> None:
    says = _sections(inspect.getdoc(_questions()[name]) or "")
    assert re.fullmatch(r"[^\n]+(\n[^\n]+)?[.]", says[""]), "one sentence, then an empty line"
    assert says[">>>"]
