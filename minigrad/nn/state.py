"""The state of a tree of modules as a dictionary from dotted names to tensors, and back."""

from __future__ import annotations

import itertools
from collections import OrderedDict, namedtuple
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..autograd.grad_mode import no_grad
from ..tensor import Tensor
from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module

EXTRA = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What ``load_state_dict`` could not match."""

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


def members(module: Module) -> list[tuple[str, Any]]:
    """(name, tensor) of the module's own parameters and persistent buffers."""
    tables: Any = itertools.chain(module._parameters.items(), module._buffers.items())
    return [(name, t) for name, t in tables if t is not None and name not in module._non_persistent]


def gather(module: Module, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """``module.state_dict``."""
    if destination is None:
        destination = OrderedDict()
        destination._metadata = OrderedDict()
    local = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = local
    for hook, _ in module._state_dict_pre_hooks.values():
        hook(module, prefix, keep_vars)
    for name, tensor in members(module):
        destination[prefix + name] = tensor if keep_vars else tensor.detach()
    if module._has_extra_state():
        destination[prefix + EXTRA] = module.get_extra_state()
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars)
    for hook, _ in module._state_dict_hooks.values():
        if hook(module, destination, prefix, local) is not None:
            raise RuntimeError("state_dict post-hook must return None")
    return destination


class Loading:
    """One call of ``load_state_dict``: what was missing, what nobody took, what went wrong."""

    def __init__(self, state: Mapping[str, Any], assign: bool) -> None:
        self.state = OrderedDict(state)
        self.metadata: Any = getattr(state, "_metadata", None) or {}
        self.assign = assign
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.errors: list[str] = []

    def run(self, module: Module, strict: bool) -> _IncompatibleKeys:
        """Load the whole tree.

        Raises  RuntimeError naming missing and unexpected keys (if ``strict``) and sizes that differ.
        """
        self._load(module, "")
        for kind, keys in (("Unexpected", self.unexpected), ("Missing", self.missing)):
            if strict and keys:
                quoted = ", ".join(f'"{k}"' for k in keys)
                self.errors.insert(0, f"{kind} key(s) in state_dict: {quoted}. ")
        if self.errors:
            lines = "\n\t".join(self.errors)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{lines}")
        return _IncompatibleKeys(self.missing, self.unexpected)

    def _load(self, module: Module, prefix: str) -> None:
        report = (self.missing, self.unexpected, self.errors)
        local = self.metadata.get(prefix[:-1], {})
        for hook, _ in module._load_pre_hooks.values():
            hook(module, self.state, prefix, local, True, *report)
        module._upgrade(self.state, prefix, local.get("version"))
        for name, tensor in members(module):
            if prefix + name in self.state:
                self._load_one(module, prefix, name, tensor)
            else:
                self.missing.append(prefix + name)
        if module._has_extra_state():
            if prefix + EXTRA in self.state:
                module.set_extra_state(self.state[prefix + EXTRA])
            else:
                self.missing.append(prefix + EXTRA)
        self.unexpected += self._strangers(module, prefix)
        for name, child in module._modules.items():
            if child is not None:
                self._load(child, prefix + name + ".")
        for hook, _ in module._load_post_hooks.values():
            if hook(module, _IncompatibleKeys(self.missing, self.unexpected)) is not None:
                raise AssertionError("a load_state_dict post hook must return None: change incompatible_keys in place")

    def _strangers(self, module: Module, prefix: str) -> Iterator[str]:
        """Keys below ``prefix`` that belong to no member and no child."""
        own = {name for name, _ in members(module)}
        if module._has_extra_state():
            own.add(EXTRA)
        for key in self.state:
            if key.startswith(prefix):
                name, dot, _ = key[len(prefix) :].partition(".")
                if name not in (module._modules if dot else own):
                    yield key

    def _load_one(self, module: Module, prefix: str, name: str, tensor: Any) -> None:
        key, value = prefix + name, self.state[prefix + name]
        if not isinstance(value, Tensor):
            self.errors.append(
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                f"checkpoint but received {type(value)}"
            )
            return
        if tensor.ndim == 0 and value.shape == (1,):  # how old versions saved single numbers
            value = value[0]
        if value.shape != tensor.shape:
            self.errors.append(
                f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in "
                f"current model is {tensor.shape}."
            )
        elif not self.assign:
            with no_grad():
                tensor.copy_(value)
        elif isinstance(tensor, Parameter):
            owned = value if isinstance(value, Parameter) else Parameter(value)
            setattr(module, name, owned.requires_grad_(tensor.requires_grad))
        else:
            setattr(module, name, value)
