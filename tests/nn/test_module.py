"""Module: every program here must give the same plain values, or the same error, in both engines."""

from __future__ import annotations

import copy
import pickle
import re
import warnings
from collections import OrderedDict
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch as _torch

import minigrad

Program = Callable[[Any], Any]


def net(torch: Any) -> Any:
    """A small tree: two linear layers, one of them shared, a buffer of each kind, a parameter of its own."""

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = torch.nn.Linear(2, 3)
            self.block = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(3, 1, bias=False))
            self.again = self.first
            self.scale = torch.nn.Parameter(torch.ones(1))
            self.register_buffer("mean", torch.zeros(2))
            self.register_buffer("cache", torch.zeros(2), persistent=False)
            self.register_parameter("absent", None)
            for p in (*self.first.parameters(), *self.block.parameters()):  # a kernel rounds what it draws its own way
                p.data.copy_((torch.arange(p.numel()).reshape(p.shape) - 2) / 8)

        def forward(self, x: Any) -> Any:
            return self.block(self.first(x)) * self.scale

    return Net()


HINT = ": begin the class's __init__ with super().__init__()"
"""What minigrad says beyond torch's words."""


def plain(value: Any) -> Any:
    """Tensors as lists, modules by their class, everything else as it is."""
    if isinstance(value, (minigrad.Tensor, _torch.Tensor)):
        return value.tolist()
    if isinstance(value, (minigrad.nn.Module, _torch.nn.Module)):
        return type(value).__name__
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def outcome(torch: ModuleType, program: Program) -> Any:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return plain(program(torch))
        except Exception as error:
            text = re.sub(r"(torch|minigrad)(\.\w+)*\.(?=\w)", "", str(error))  # where a class lives
            return type(error).__name__, text.removesuffix(HINT).strip("'\"")


def same(program: Program) -> None:
    assert outcome(minigrad, program) == outcome(_torch, program)


def programs(table: dict[str, Program]) -> Any:
    return pytest.mark.parametrize("program", table.values(), ids=table.keys())


# ---- attributes ----


def before_init(torch: Any, assign: Callable[[Any], None]) -> None:
    class Early(torch.nn.Module):
        def __init__(self) -> None:
            assign(self)

    Early()


def late_init(torch: Any) -> Any:
    class Late(torch.nn.Module):
        def __init__(self) -> None:
            pass

    return Late()(1)


def put(name: str, value: Callable[[Any], Any]) -> Program:
    def program(torch: Any) -> Any:
        model = net(torch)
        setattr(model, name, value(torch))
        return [list(model._parameters), list(model._buffers), list(model._modules), list(model.state_dict())]

    return program


def registered(method: str, *args: Any) -> Program:
    def program(torch: Any) -> Any:
        model = net(torch)
        getattr(model, method)(*[a(torch) if callable(a) else a for a in args])
        return [list(model.state_dict()), [k for k, _ in model.named_buffers()], list(model._modules)]

    return program


def weight(torch: Any) -> Any:
    return torch.nn.Parameter(torch.ones(2))


def tensor(torch: Any) -> Any:
    return torch.ones(2)


def layer(torch: Any) -> Any:
    return torch.nn.Tanh()


ATTRIBUTES: dict[str, Program] = {
    "parameter over a plain attribute": put("training", weight),
    "parameter over a buffer": put("mean", weight),
    "parameter over a module": put("first", weight),
    "parameter over a parameter": put("scale", weight),
    "None over a parameter": put("scale", lambda torch: None),
    "number over a parameter": put("scale", lambda torch: 3),
    "tensor over a parameter": put("scale", tensor),
    "tensor over an absent parameter": put("absent", tensor),
    "parameter over an absent parameter": put("absent", weight),
    "module over a module": put("first", layer),
    "module over a parameter": put("scale", layer),
    "module over a buffer": put("mean", layer),
    "None over a module": put("first", lambda torch: None),
    "number over a module": put("first", lambda torch: 3),
    "tensor over a buffer": put("mean", tensor),
    "None over a buffer": put("mean", lambda torch: None),
    "number over a buffer": put("mean", lambda torch: 3),
    "tensor is a plain attribute": put("other", tensor),
    "number is a plain attribute": put("other", lambda torch: 3),
    "parameter too early": lambda torch: before_init(torch, lambda m: setattr(m, "w", weight(torch))),
    "module too early": lambda torch: before_init(torch, lambda m: setattr(m, "w", layer(torch))),
    "buffer too early": lambda torch: before_init(torch, lambda m: m.register_buffer("b", tensor(torch))),
    "register_parameter too early": lambda torch: before_init(torch, lambda m: m.register_parameter("w", None)),
    "number early": lambda torch: before_init(torch, lambda m: setattr(m, "w", 3)),
    "unknown": lambda torch: net(torch).other,
    "absent parameter": lambda torch: net(torch).absent,
    "hasattr": lambda torch: [hasattr(net(torch), n) for n in ("scale", "mean", "first", "absent", "other")],
    "register_parameter": registered("register_parameter", "w", weight),
    "register_parameter None": registered("register_parameter", "w", None),
    "register_parameter again": registered("register_parameter", "scale", weight),
    "register_parameter tensor": registered("register_parameter", "w", tensor),
    "register_parameter name": registered("register_parameter", 3, weight),
    "register_parameter dot": registered("register_parameter", "a.b", weight),
    "register_parameter empty": registered("register_parameter", "", weight),
    "register_parameter taken": registered("register_parameter", "mean", weight),
    "register_buffer": registered("register_buffer", "b", tensor),
    "register_buffer not persistent": registered("register_buffer", "b", tensor, False),
    "register_buffer again": registered("register_buffer", "cache", tensor),
    "register_buffer None": registered("register_buffer", "b", None),
    "register_buffer number": registered("register_buffer", "b", 3),
    "register_buffer name": registered("register_buffer", 3, tensor),
    "register_buffer dot": registered("register_buffer", "a.b", tensor),
    "register_buffer empty": registered("register_buffer", "", tensor),
    "register_buffer taken": registered("register_buffer", "forward", tensor),
    "add_module": registered("add_module", "m", layer),
    "register_module": registered("register_module", "m", layer),
    "add_module None": registered("add_module", "m", None),
    "add_module again": registered("add_module", "first", layer),
    "add_module number": registered("add_module", "m", 3),
    "add_module name": registered("add_module", 3, layer),
    "add_module dot": registered("add_module", "a.b", layer),
    "add_module empty": registered("add_module", "", layer),
    "add_module taken": registered("add_module", "scale", layer),
}


@programs(ATTRIBUTES)
def test_attributes(program: Program) -> None:
    same(program)


def test_a_module_without_init(torch: ModuleType) -> None:
    with pytest.raises(AttributeError):
        late_init(torch)


def test_a_parameter_must_be_a_leaf(torch: ModuleType) -> None:
    product = torch.nn.Parameter(torch.ones(2))
    product.data = product.data * 2
    torch.nn.Module().register_parameter("w", product)
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward" function'):
        torch.nn.Module()(1)


@pytest.mark.parametrize("name", ["scale", "mean", "first", "block", "other", "cache"])
def test_deleting(name: str) -> None:
    def program(torch: Any) -> Any:
        model = net(torch)
        model.other = 3
        delattr(model, name)
        return [hasattr(model, name), list(model.state_dict()), name in dir(model)]

    same(program)


def test_deleting_what_is_not_there(torch: ModuleType) -> None:
    with pytest.raises(AttributeError):
        del torch.nn.Linear(1, 1).other


def test_dir(torch: ModuleType) -> None:
    names = dir(net(torch))
    assert {"first", "scale", "mean", "absent", "training", "forward", "state_dict"} <= set(names)
    assert names == sorted(names)
    assert "0" not in dir(torch.nn.Sequential(torch.nn.ReLU()))


# ---- walking the tree ----

WALKS: dict[str, Program] = {
    "parameters": lambda torch: [tuple(p.shape) for p in net(torch).parameters()],
    "parameters of its own": lambda torch: [tuple(p.shape) for p in net(torch).parameters(recurse=False)],
    "named_parameters": lambda torch: [k for k, _ in net(torch).named_parameters()],
    "named_parameters prefix": lambda torch: [k for k, _ in net(torch).named_parameters("model")],
    "named_parameters twice": lambda torch: [k for k, _ in net(torch).named_parameters(remove_duplicate=False)],
    "named_parameters own": lambda torch: [k for k, _ in net(torch).named_parameters(recurse=False)],
    "buffers": lambda torch: list(net(torch).buffers()),
    "named_buffers": lambda torch: [k for k, _ in net(torch).named_buffers("model")],
    "named_buffers own": lambda torch: [k for k, _ in torch.nn.Sequential(net(torch)).named_buffers(recurse=False)],
    "children": lambda torch: list(net(torch).children()),
    "named_children": lambda torch: list(net(torch).named_children()),
    "modules": lambda torch: list(net(torch).modules()),
    "modules twice": lambda torch: list(net(torch).modules(remove_duplicate=False)),
    "named_modules": lambda torch: list(net(torch).named_modules()),
    "named_modules prefix": lambda torch: list(net(torch).named_modules(prefix="model")),
    "named_modules twice": lambda torch: list(net(torch).named_modules(remove_duplicate=False)),
    "get_submodule": lambda torch: [net(torch).get_submodule(n) for n in ("", "block.1", "again")],
    "get_submodule missing": lambda torch: net(torch).get_submodule("block.5"),
    "get_submodule tensor": lambda torch: net(torch).get_submodule("first.weight"),
    "get_parameter": lambda torch: tuple(net(torch).get_parameter("block.1.weight").shape),
    "get_parameter missing": lambda torch: net(torch).get_parameter("block.1.w"),
    "get_parameter module": lambda torch: net(torch).get_parameter("block.1"),
    "get_buffer": lambda torch: net(torch).get_buffer("mean"),
    "get_buffer missing": lambda torch: net(torch).get_buffer("variance"),
    "get_buffer parameter": lambda torch: net(torch).get_buffer("first.weight"),
    "apply": lambda torch: applied(torch),
    "train": lambda torch: [m.training for m in net(torch).train(False).modules()],
    "eval": lambda torch: [m.training for m in net(torch).eval().modules()],
    "train number": lambda torch: net(torch).train(1),
    "requires_grad_": lambda torch: [p.requires_grad for p in net(torch).requires_grad_(False).parameters()],
    "set_submodule": lambda torch: placed(torch, "block.1", torch.nn.Tanh()),
    "set_submodule new": lambda torch: placed(torch, "block.extra", torch.nn.Tanh()),
    "set_submodule strict": lambda torch: placed(torch, "block.extra", torch.nn.Tanh(), strict=True),
    "set_submodule empty": lambda torch: placed(torch, "", torch.nn.Tanh()),
    "set_submodule number": lambda torch: placed(torch, "block.1", 3),
    "set_submodule over a tensor": lambda torch: placed(torch, "first.weight", torch.nn.Tanh()),
}


def applied(torch: Any) -> list[str]:
    seen: list[str] = []
    model = net(torch)
    assert model.apply(lambda m: seen.append(type(m).__name__)) is model
    return seen


def placed(torch: Any, target: str, module: Any, **options: Any) -> Any:
    model = net(torch)
    model.set_submodule(target, module, **options)
    return list(model.named_modules())


@programs(WALKS)
def test_walks(program: Program) -> None:
    same(program)


# ---- dtypes ----


def types(model: Any) -> list[str]:
    return [str(t.dtype) for t in (*model.parameters(), *model.buffers())]


TYPES: dict[str, Program] = {
    "double": lambda torch: types(counted(torch).double()),
    "half": lambda torch: types(counted(torch).half()),
    "float": lambda torch: types(counted(torch).double().float()),
    "to dtype": lambda torch: types(counted(torch).to(torch.float64)),
    "to keyword": lambda torch: types(counted(torch).to(dtype=torch.float16)),
    "to device": lambda torch: types(counted(torch).to("cpu")),
    "to device and dtype": lambda torch: types(counted(torch).to("cpu", torch.float64)),
    "to tensor": lambda torch: types(counted(torch).to(torch.zeros(1, dtype=torch.float64))),
    "to int": lambda torch: types(counted(torch).to(torch.int64)),
    "type": lambda torch: types(net(torch).type(torch.float64)),
    "cpu": lambda torch: types(counted(torch).cpu()),
}


def counted(torch: Any) -> Any:
    """The net with an integer buffer, which no floating type reaches."""
    model = net(torch)
    model.register_buffer("count", torch.tensor(3))
    return model


@programs(TYPES)
def test_types(program: Program) -> None:
    same(program)


def test_conversion_keeps_parameters_and_their_gradients(torch: ModuleType) -> None:
    model = torch.nn.Linear(2, 1)
    model(torch.ones(1, 2)).sum().backward()
    w = model.weight
    assert model.double() is model
    assert model.weight is w
    assert (w.grad.dtype, w.dtype) == (torch.float64, torch.float64)
    model(torch.ones(1, 2, dtype=torch.float64)).sum().backward()
    assert w.grad.tolist() == [[2, 2]]


def test_zero_grad(torch: ModuleType) -> None:
    model = torch.nn.Linear(2, 1)
    model(torch.ones(1, 2)).sum().backward()
    gradient = model.weight.grad
    model.zero_grad(set_to_none=False)
    assert model.weight.grad is gradient
    assert gradient.tolist() == [[0, 0]]
    model.zero_grad()
    assert model.weight.grad is None
    model.weight.grad = torch.ones(1, 2, requires_grad=True) * 2
    model.zero_grad(set_to_none=False)
    assert not model.weight.grad.requires_grad


# ---- state ----


def loaded(change: Callable[[Any, Any], Any], **options: Any) -> Program:
    def program(torch: Any) -> Any:
        model, state = net(torch), net(torch).state_dict()
        state = change(torch, state) or state
        report = model.load_state_dict(state, **options)
        return [repr(report), report.missing_keys, report.unexpected_keys, dict(model.state_dict())]

    return program


def without(*keys: str) -> Callable[[Any, Any], Any]:
    return lambda torch, state: [state.pop(k) for k in keys] and None


def with_(**values: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda torch, state: state.update({k.replace("__", "."): v(torch) for k, v in values.items()})


STATES: dict[str, Program] = {
    "state_dict": lambda torch: list(net(torch).state_dict().items()),
    "prefix": lambda torch: list(net(torch).state_dict(prefix="model.")),
    "destination": lambda torch: net(torch).state_dict(destination={"x": 1}),
    "keep_vars": lambda torch: [v.requires_grad for v in net(torch).state_dict(keep_vars=True).values()],
    "no gradients": lambda torch: [v.requires_grad for v in net(torch).state_dict().values()],
    "ordered": lambda torch: isinstance(net(torch).state_dict(), OrderedDict),
    "metadata": lambda torch: net(torch).state_dict()._metadata,
    "load": loaded(lambda torch, state: None),
    "load assign": loaded(lambda torch, state: None, assign=True),
    "missing": loaded(without("scale", "block.1.weight", "mean")),
    "missing, not strict": loaded(without("scale", "block.1.weight"), strict=False),
    "unexpected": loaded(with_(new=tensor, block__5=tensor, block__7__w=tensor, zoo__a__b=tensor)),
    "unexpected, not strict": loaded(with_(new=tensor, block__1__w=tensor), strict=False),
    "unexpected buffer": loaded(with_(cache=tensor)),
    "both": loaded(lambda torch, state: OrderedDict(other=state["scale"])),
    "size": loaded(with_(scale=tensor, mean=lambda torch: torch.ones(3))),
    "size, not strict": loaded(with_(scale=tensor), strict=False),
    "number": loaded(with_(mean=lambda torch: [0.0, 0.0])),
    "no mapping": loaded(lambda torch, state: list(state)),
    "other type": loaded(with_(mean=lambda torch: torch.ones(2, dtype=torch.float64))),
    "of a deeper model": lambda torch: net(torch).load_state_dict(torch.nn.Sequential(net(torch)).state_dict()),
    "0-d from 1-d": lambda torch: zero_d(torch),
    "extra state": lambda torch: extra(torch),
}


def zero_d(torch: Any) -> Any:
    model = torch.nn.Module()
    model.register_buffer("count", torch.tensor(0))
    model.load_state_dict({"count": torch.tensor([5])})
    return model.count


def extra(torch: Any) -> Any:
    class Extra(torch.nn.Linear):
        steps = 0

        def get_extra_state(self) -> Any:
            return {"steps": self.steps}

        def set_extra_state(self, state: Any) -> None:
            self.steps = state["steps"]

    a, b = Extra(1, 1), Extra(1, 1)
    a.steps = 4
    state = torch.nn.Sequential(a).state_dict()
    torch.nn.Sequential(b).load_state_dict(state)
    keys = list(state)
    del state["0._extra_state"]
    report = torch.nn.Sequential(b).load_state_dict(state, strict=False)
    return [b.steps, keys, report.missing_keys]


@programs(STATES)
def test_states(program: Program) -> None:
    same(program)


def test_positional_arguments_of_state_dict(torch: ModuleType) -> None:
    with pytest.warns(FutureWarning, match="Positional args are being deprecated"):
        state = torch.nn.Linear(1, 1).state_dict({}, "x.")
    assert list(state) == ["x.weight", "x.bias"]


def test_loading_writes_into_the_same_memory(torch: ModuleType) -> None:
    model, other = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    w, state = model.weight, model.state_dict()
    model.load_state_dict(other.state_dict())
    assert model.weight is w
    assert torch.equal(state["weight"], other.weight)
    model.load_state_dict(state, assign=True)
    assert model.weight is not w
    assert isinstance(model.weight, torch.nn.Parameter) and model.weight.requires_grad
    state["weight"].zero_()
    assert model.weight.tolist() == [[0, 0], [0, 0]]


def test_assigning_keeps_type_and_freezing(torch: ModuleType) -> None:
    model = torch.nn.Linear(2, 1).requires_grad_(False)
    state = {"weight": torch.nn.Parameter(torch.ones(1, 2)), "bias": torch.ones(1, dtype=torch.float64)}
    model.load_state_dict(state, assign=True)
    assert model.weight is state["weight"]
    assert not model.weight.requires_grad
    assert model.bias.dtype == torch.float64


def test_hooks_of_states(torch: ModuleType) -> None:
    model, seen = torch.nn.Sequential(torch.nn.Linear(1, 1)), []
    handles = [
        model[0].register_state_dict_pre_hook(lambda m, prefix, keep: seen.append(("pre", prefix, keep))),
        model[0].register_state_dict_post_hook(lambda m, state, prefix, local: seen.append(("post", *state, prefix))),
        model[0].register_load_state_dict_pre_hook(lambda m, state, prefix, *rest: seen.append(("load", prefix))),
        model.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear()),
    ]
    state = model.state_dict()
    del state["0.bias"]
    assert repr(model.load_state_dict(state)) == "<All keys matched successfully>"
    assert seen == [("pre", "0.", False), ("post", "0.weight", "0.bias", "0."), ("load", "0.")]
    for handle in handles:
        handle.remove()
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "0.bias"'):
        model.load_state_dict(state)


# ---- copies ----

COPIES: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda m: pickle.loads(pickle.dumps(m)),
}


@pytest.mark.parametrize("how", COPIES)
def test_copies(torch: ModuleType, how: str) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    model[2].weight.requires_grad_(False)
    model.register_buffer("mean", torch.ones(2))
    twin = COPIES[how](model.eval())
    assert repr(twin) == repr(model)
    assert not twin.training
    for (k, v), (l, w) in zip(model.state_dict().items(), twin.state_dict().items(), strict=True):
        assert k == l
        assert torch.equal(v, w)
    assert [p.requires_grad for p in twin.parameters()] == [True, True, False, True]
    with torch.no_grad():
        twin[0].weight.zero_()
        twin.mean.zero_()
    assert model[0].weight.abs().sum() > 0
    assert model.mean.tolist() == [1, 1]
    assert torch.equal(model(torch.ones(1, 2)), COPIES[how](model)(torch.ones(1, 2)))


def test_a_deep_copy_keeps_sharing_but_no_gradients(torch: ModuleType) -> None:
    layer = torch.nn.Linear(1, 1)
    model = torch.nn.Sequential(layer, layer)
    model(torch.ones(1, 1)).sum().backward()
    twin = copy.deepcopy(model)
    assert twin[0] is twin[1]
    assert twin[0].weight is not layer.weight
    assert twin[0].weight.grad is None


# ---- printing ----


class Shape:
    """A printed form that says more on several lines."""

    @staticmethod
    def of(torch: Any, extra: str, *children: Any) -> Any:
        class Layer(torch.nn.Module):
            def extra_repr(self) -> str:
                return extra

        model = Layer()
        for k, child in enumerate(children):
            model.add_module(f"child{k}", child)
        return repr(model)


PRINTED: dict[str, Program] = {
    "net": lambda torch: repr(net(torch)),
    "nested": lambda torch: repr(torch.nn.Sequential(net(torch), torch.nn.Sequential(), torch.nn.ModuleDict())),
    "empty": lambda torch: repr(torch.nn.Module()),
    "extra": lambda torch: Shape.of(torch, "a=1"),
    "extra lines": lambda torch: Shape.of(torch, "a=1\nb=2"),
    "extra and child": lambda torch: Shape.of(torch, "a=1", torch.nn.ReLU()),
    "lines and children": lambda torch: Shape.of(torch, "a=1\nb=2", torch.nn.ReLU(), torch.nn.Linear(1, 2)),
    "None child": lambda torch: Shape.of(torch, "", None),
    "list": lambda torch: repr(torch.nn.ModuleList([torch.nn.Linear(1, 2) for _ in range(3)])),
    "list of runs": lambda torch: repr(
        torch.nn.ModuleList([torch.nn.ReLU(), torch.nn.ReLU(), torch.nn.Tanh(), torch.nn.ReLU(), torch.nn.ReLU()])
    ),
    "list of nested": lambda torch: repr(
        torch.nn.Sequential(torch.nn.ModuleList([torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Tanh())] * 2))
    ),
    "empty list": lambda torch: repr(torch.nn.ModuleList()),
    "dictionary": lambda torch: repr(torch.nn.ModuleDict({"a": torch.nn.ReLU(), "b": torch.nn.Linear(1, 2)})),
    "parameter list": lambda torch: repr(torch.nn.ParameterList([torch.ones(2, 3), torch.ones(()), 3, "x"])),
    "empty parameter list": lambda torch: repr(torch.nn.ParameterList()),
    "parameter": lambda torch: repr(torch.nn.Parameter(torch.ones(2))),
}


@programs(PRINTED)
def test_printed_forms(program: Program) -> None:
    same(program)
