"""Saving and loading the state of modules by the methods and hooks that classes may have of their own, asked of both
engines: each program gives the same lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch as pytorch

import minigrad


def overridden(torch: Any) -> list[Any]:
    """A class that saves more than its tensors, and reads it again."""
    said: list[Any] = []

    class Counted(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(2))
            self.register_buffer("b", torch.zeros(1))
            self.register_buffer("unsaved", torch.zeros(1), persistent=False)

        def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
            super()._save_to_state_dict(destination, prefix, keep_vars)
            destination[prefix + "count"] = 7

        def _load_from_state_dict(self, state: Any, prefix: str, local: Any, strict: bool, *report: Any) -> None:
            said.append((prefix, sorted(state), dict(local), strict, [list(r) for r in report]))
            self.count = state.pop(prefix + "count", None)
            super()._load_from_state_dict(state, prefix, local, strict, *report)

    model = torch.nn.Sequential(Counted(), torch.nn.BatchNorm1d(2))
    state = model.state_dict()
    said += [list(state), dict(state._metadata)]
    model.load_state_dict(state)
    said += [model[0].count, model[0]._non_persistent_buffers_set]
    del state["0.b"]
    state.update({"z": torch.ones(1), "0.q.w": torch.ones(1)})
    said.append(repr(model.load_state_dict(state, strict=False)))
    state["1.weight"] = torch.ones(3)
    with pytest.raises(RuntimeError) as error:
        model.load_state_dict(state)
    return [*said, str(error.value)]


def hooks(torch: Any) -> list[Any]:
    """The older registrations: hooks without the module, and one whose answer becomes the state."""
    said: list[Any] = []
    layer = torch.nn.Linear(1, 1)
    hear: Callable[[str], Any] = lambda name: lambda *args: said.append((name, len(args), type(args[0]).__name__))
    layer._register_load_state_dict_pre_hook(hear("bare"))
    layer._register_load_state_dict_pre_hook(hear("with"), with_module=True)
    layer.register_load_state_dict_pre_hook(hear("public"))
    handle = layer._register_state_dict_hook(lambda module, state, prefix, local: {"only": 1})
    said += [layer.state_dict(), len(layer._load_state_dict_pre_hooks)]
    handle.remove()
    layer.load_state_dict(layer.state_dict())
    layer.register_state_dict_post_hook(lambda *args: 3)
    with pytest.raises(RuntimeError, match="state_dict post-hook must return None"):
        layer.state_dict()
    return said


def extra_state(torch: Any) -> list[Any]:
    """Only one of ``get_extra_state`` and ``set_extra_state``, on either side."""

    class Gives(torch.nn.Module):
        def get_extra_state(self) -> Any:
            return {"a": 1}

    class Takes(torch.nn.Module):
        def set_extra_state(self, state: Any) -> None:
            self.taken = state

    said: list[Any] = []
    for source in (Gives(), Takes(), torch.nn.Module()):
        for target in (Gives(), Takes(), torch.nn.Module()):
            try:
                said.append((repr(target.load_state_dict(source.state_dict())), getattr(target, "taken", None)))
            except RuntimeError as error:
                said.append(str(error))
    return said


def versions(torch: Any) -> list[Any]:
    """What a class is told about the one that saved, also when tensors are taken over."""
    said: list[Any] = []

    class Third(torch.nn.Module):
        _version = 3

        def _load_from_state_dict(self, state: Any, prefix: str, local: Any, *report: Any) -> None:
            said.append(dict(local))

    module = Third()
    module.load_state_dict(module.state_dict(), assign=True)
    module.load_state_dict({})
    return said


def norms(torch: Any) -> list[Any]:
    """Layers that read what their older versions saved."""
    track = torch.nn.InstanceNorm1d(2, track_running_stats=True)
    statistics = {"running_mean": torch.ones(2), "running_var": torch.ones(2)}
    with pytest.raises(RuntimeError) as error:
        torch.nn.InstanceNorm1d(2).load_state_dict({"running_mean": torch.ones(2)})
    return [repr(track.load_state_dict(statistics)), str(error.value)[:150]]


def untracked(torch: Any) -> list[Any]:
    """Statistics switched off on the layer itself stay as they are."""
    said = []
    for momentum in (0.1, None):
        layer = torch.nn.BatchNorm1d(2, momentum=momentum)
        layer.track_running_stats = False
        layer(torch.ones(3, 2))
        said.append([layer.num_batches_tracked.item(), layer.running_mean.tolist()])
    return said


def mixed_in(torch: Any) -> list[Any]:
    """Another base class is initialised where the class asks for it."""

    class Mix:
        def __init__(self, k: int = 1) -> None:
            self.k = k

    class Asks(torch.nn.Module, Mix):  # type: ignore[misc, name-defined]
        call_super_init = True

    class Silent(torch.nn.Module, Mix):  # type: ignore[misc, name-defined]
        pass

    said: list[Any] = [Asks().k, Asks(k=4).k, Asks(5).k, hasattr(Silent(), "k")]
    for args, kwargs in (((1,), {}), ((), {"k": 1}), ((1, 2), {"k": 1})):
        with pytest.raises(TypeError) as error:
            Silent(*args, **kwargs)
        said.append(str(error.value).partition(":")[0])
    return said


@pytest.mark.parametrize(
    "program", [overridden, hooks, extra_state, versions, norms, untracked, mixed_in], ids=lambda p: p.__name__
)
def test_as_torch(program: Callable[[Any], list[Any]]) -> None:
    assert program(minigrad) == program(pytorch)
