"""The state of a tree of modules as a dictionary from dotted names to tensors, and back."""

from __future__ import annotations

import itertools
from collections import OrderedDict, namedtuple
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ...autograd.grad_mode import no_grad
from ...tensor import Tensor
from ..parameter import Parameter

EXTRA = "_extra_state"


class Stateful(Protocol):
    """What saving and loading read of a Module: its tables, the hooks of its state, and what a class may override."""

    _version: int | None
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _state_dict_pre_hooks: dict[int, Any]
    _state_dict_hooks: dict[int, Any]
    _load_state_dict_pre_hooks: dict[int, Any]
    _load_state_dict_post_hooks: dict[int, Any]

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None: ...

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None: ...

    def get_extra_state(self) -> Any: ...

    def set_extra_state(self, state: Any) -> None: ...

    def _overrides(self, method: str) -> bool: ...


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What ``load_state_dict`` could not match."""

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


def members(module: Stateful) -> dict[str, Any]:
    """The module's own parameters and persistent buffers."""
    tables: Any = itertools.chain(module._parameters.items(), module._buffers.items())
    return {name: t for name, t in tables if t is not None and name not in module._non_persistent_buffers_set}


# ---- out of the modules ----


def gather(module: Stateful, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """``module.state_dict``."""
    if destination is None:
        destination = OrderedDict()
        destination._metadata = OrderedDict()
    local = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = local
    for hook, _ in module._state_dict_pre_hooks.values():
        hook(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars)
    for hook, options in module._state_dict_hooks.values():
        replaced = hook(module, destination, prefix, local)
        if replaced is not None:
            if options["public"]:
                raise RuntimeError("state_dict post-hook must return None")
            destination = replaced
    return destination


def save_own(module: Stateful, destination: Any, prefix: str, keep_vars: bool) -> None:
    """Put what the module itself holds, not its children, into ``destination``."""
    for name, tensor in members(module).items():
        destination[prefix + name] = tensor if keep_vars else tensor.detach()
    if module._overrides("get_extra_state"):
        destination[prefix + EXTRA] = module.get_extra_state()


# ---- back into them ----


def load(module: Stateful, state: Mapping[str, Any], strict: bool, assign: bool) -> _IncompatibleKeys:
    """``module.load_state_dict``."""
    metadata: Any = getattr(state, "_metadata", None) or {}
    missing: list[str] = []
    unexpected: list[str] = []
    errors: list[str] = []

    def load_tree(module: Stateful, state: Any, prefix: str) -> None:
        local = metadata.get(prefix[:-1], {})
        if assign:
            local["assign_to_params_buffers"] = assign
        module._load_from_state_dict(state, prefix, local, True, missing, unexpected, errors)
        for name, child in module._modules.items():
            if child is not None:
                below = prefix + name + "."
                load_tree(child, OrderedDict((k, v) for k, v in state.items() if k.startswith(below)), below)
        for hook, _ in module._load_state_dict_post_hooks.values():
            if hook(module, _IncompatibleKeys(missing, unexpected)) is not None:
                raise AssertionError("a load_state_dict post hook must return None: change incompatible_keys in place")

    copied: Any = OrderedDict(state)
    if metadata:
        copied._metadata = metadata
    load_tree(module, copied, "")
    for kind, keys in (("Unexpected", unexpected), ("Missing", missing)):
        if strict and keys:
            quoted = ", ".join(f'"{k}"' for k in keys)
            errors.insert(0, f"{kind} key(s) in state_dict: {quoted}. ")
    if errors:
        if any(k.startswith("module.") for k in unexpected):
            errors.append("The keys begin with 'module.', as DataParallel names them: save model.module.state_dict().")
        lines = "\n\t".join(errors)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{lines}")
    return _IncompatibleKeys(missing, unexpected)


def load_own(
    module: Stateful,
    state: Any,
    prefix: str,
    local: Mapping[str, Any],
    strict: bool,
    missing: list[str],
    unexpected: list[str],
    errors: list[str],
) -> None:
    """Load what the module itself holds, and report missing keys, unexpected keys and errors."""
    for hook, options in list(module._load_state_dict_pre_hooks.values()):
        first = (module,) if options["with_module"] else ()
        hook(*first, state, prefix, local, strict, missing, unexpected, errors)
    own = members(module)
    for name, tensor in own.items():
        if prefix + name in state:
            error = _load_one(module, prefix + name, name, tensor, state, local.get("assign_to_params_buffers", False))
            errors += error
        elif strict:
            missing.append(prefix + name)
    takes_extra, key = module._overrides("set_extra_state"), prefix + EXTRA
    if takes_extra and key in state:
        module.set_extra_state(state[key])
    elif strict and takes_extra:
        missing.append(key)
    elif strict and key in state:
        unexpected.append(key)
    if strict:
        unexpected += _unexpected(state, prefix, own, module._modules)


def _unexpected(state: Any, prefix: str, own: Any, children: Any) -> Iterator[str]:
    """Unexpected keys: those below ``prefix`` that belong to no member and no child."""
    for key in state:
        if key.startswith(prefix) and key != prefix + EXTRA:
            name, dot, _ = key[len(prefix) :].partition(".")
            if name not in (children if dot else own):
                yield key


def _load_one(module: Stateful, key: str, name: str, tensor: Any, state: Any, assign: bool) -> list[str]:
    """Load a parameter or buffer; the errors, if there are any."""
    value = state[key]
    if not isinstance(value, Tensor):
        return [
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
            f"checkpoint but received {type(value)}"
        ]
    if tensor.ndim == 0 and value.shape == (1,):  # how old versions saved single numbers
        value = value[0]
    if value.shape != tensor.shape:
        return [
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in "
            f"current model is {tensor.shape}."
        ]
    try:
        if not assign:
            with no_grad():
                tensor.copy_(value)
        elif isinstance(tensor, Parameter):
            owned = value if isinstance(value, Parameter) else Parameter(value)
            setattr(module, name, owned.requires_grad_(tensor.requires_grad))
        else:
            setattr(module, name, value)
    except Exception as error:
        return [
            f'While copying the parameter named "{key}", whose dimensions in the model are {tensor.size()} and '
            f"whose dimensions in the checkpoint are {value.size()}, an exception occurred : {error.args}."
        ]
    return []
