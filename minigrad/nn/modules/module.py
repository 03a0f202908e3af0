"""Module: a function with parameters and submodules; state, modes, moves and hooks of the whole tree."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeVar, cast

from ...autograd.grad_mode import no_grad
from ...core.dtype import to_dtype
from ...core.errors import make_first, nearest
from ...core.handle import RemovableHandle
from ...core.observe import announce, mode, watching
from ...core.watcher import told
from ...ops.cast import destination
from ...tensor import Tensor
from ...types import Device
from ..parameter import Parameter
from .hooks import register, run_with_hooks
from .state import gather, load, load_own, save_own

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


LAYERS = __name__.rpartition(".")[0]


def named(function: Any, name: str) -> Any:
    """The function under another name, the one that Python's messages about its arguments say."""
    made = FunctionType(
        function.__code__.replace(co_qualname=name),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__kwdefaults__, made.__annotations__ = function.__kwdefaults__, function.__annotations__
    made.__qualname__ = name
    return made


class Forward(Protocol[P, R]):
    """What has a ``forward``: to a type checker, a module is called as that is."""

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


def _missing_forward(self: Module, *args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(
        f'Module [{type(self).__name__}] is missing the required "forward" function: {self._instead_of_forward}'
        f"{nearest('forward', vars(type(self)))}"
    )


_TABLES = ("_parameters", "_buffers", "_modules", "_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks",
           "_backward_hooks", "_state_dict_pre_hooks", "_state_dict_hooks", "_load_state_dict_pre_hooks",
           "_load_state_dict_post_hooks")  # fmt: skip

BEFORE_SUPER = "begin the class's __init__ with super().__init__()"


def _why_not(self: Module, name: str) -> str:
    """A hint of what may be meant by an attribute that is not there."""
    if name.startswith("_"):
        return f": {BEFORE_SUPER}" if name in _TABLES else ""
    if hasattr(Tensor, name):
        return f": it is a layer, not the tensor that comes out of it: {make_first(type(self))}"
    if not self._overrides("__init__"):
        return f": {type(self).__name__} has no __init__ of its own; is it spelt with two underscores on each side?"
    return nearest(name, {*self._parameters, *self._buffers, *self._modules, *dir(type(self))})


def _why_none(self: Module, given: tuple[Any, ...]) -> str:
    """Why Module.__init__ was given what it does not take."""
    if any(isinstance(x, Tensor) for x in given):
        return f": it is a class of layers: {make_first(type(self))}"
    if self._overrides("__init__"):
        return ": Module.__init__ takes none, unless call_super_init = True hands them to the next class"
    return f": {type(self).__name__} has no __init__ of its own; is it spelt with two underscores on each side?"


class Module:
    """Base of all layers: write ``__init__`` that assigns parameters and layers, and ``forward``.

    Assigning a Parameter, a Module or (``register_buffer``) a Tensor puts it into one of three tables; all that a
    Module can do walks the tree of these tables.

    >>> class Double(minigrad.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.w = minigrad.nn.Parameter(minigrad.tensor([2.]))
    ...     def forward(self, x):
    ...         return self.w * x
    >>> model = Double(); model(minigrad.tensor([3.])).backward(); model.w.grad
    tensor([3.])
    """

    training: bool
    _version: int | None = 1
    call_super_init = False
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            got = f"an unexpected keyword argument {next(iter(kwargs))!r}" if kwargs else ""
            raise TypeError(
                f"{type(self).__name__}.__init__() "
                + (f"got {got}" if got else f"takes 1 positional argument but {len(args) + 1} were given")
                + _why_none(self, (*args, *kwargs.values()))
            )
        for table in _TABLES:
            object.__setattr__(self, table, {})
        object.__setattr__(self, "_non_persistent_buffers_set", set())
        object.__setattr__(self, "training", True)
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith(LAYERS) and "__init__" not in vars(cls):
            cls.__init__ = named(cls.__init__, f"{cls.__qualname__}.__init__")  # type: ignore[method-assign]

    forward: Callable[..., Any] = _missing_forward
    _instead_of_forward = "define forward(self, x) in the class"

    def _call(self, *args: Any, **kwargs: Any) -> Any:
        try:
            plain = not (
                self._forward_pre_hooks or self._forward_hooks or self._backward_hooks or self._backward_pre_hooks
            )
        except AttributeError:
            raise AttributeError(
                f"'{type(self).__name__}' object has no attribute '_backward_hooks': {BEFORE_SUPER}"
            ) from None
        if plain and not watching:
            return self.forward(*args, **kwargs)
        for watcher in mode.watchers:
            watcher.module_entered(self)
        try:
            return run_with_hooks(self, args, kwargs)
        finally:
            for watcher in mode.watchers:
                watcher.module_left(self)

    if TYPE_CHECKING:

        def __call__(self: Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
    else:
        __call__ = _call

    # ---- attributes ----

    def __setattr__(self, name: str, value: Any) -> None:
        tables = self.__dict__
        parameters = tables.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError(f"cannot assign parameters before Module.__init__() call: {BEFORE_SUPER}")
            self._forget(name, self._parameters)
            self.register_parameter(name, value)
        elif parameters is not None and name in parameters:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if parameters is None:
                raise AttributeError(f"cannot assign module before Module.__init__() call: {BEFORE_SUPER}")
            self._forget(name, self._modules)
            self._modules[name] = value
        elif "_modules" in tables and name in tables["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            self._modules[name] = value
        elif "_buffers" in tables and name in tables["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as buffer '{name}' "
                    "(torch.nn.Buffer, torch.Tensor or None expected)"
                )
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name: str, keep: dict[str, Any]) -> None:
        """Take a name out of every table but the one that is about to get it, where it keeps its place."""
        for table in (self.__dict__, self._parameters, self._buffers, self._modules):
            if table is not keep:
                table.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            found = self.__dict__.get(table)
            if found is not None and name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'{_why_not(self, name)}")

    def __delattr__(self, name: str) -> None:
        for table in (self._parameters, self._buffers, self._modules):
            if name in table:
                del table[name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *self._parameters, *self._buffers, *self._modules}
        return sorted(n for n in names if not n[0].isdigit())

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name.

        Raises  TypeError, KeyError or AttributeError for a bad name, a name in use, or no Parameter.
        """
        self._check_name("parameter", name, "_parameters")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{_type_name(param)}' object to parameter '{name}' "
                    "(torch.nn.Parameter or None required)"
                )
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                    "explicitly. To express it as a function of another Tensor, compute it in the forward() method."
                )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is part of the state but is not trained, such as a running mean.

        Raises  TypeError, KeyError or AttributeError for a bad name, a name in use, or no Tensor.
        """
        self._check_name("buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_type_name(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a child under a name."""
        self.add_module(name, module)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child under a name.

        Raises  TypeError or KeyError for a bad name, a name in use, or no Module.
        """
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_class_name(module)} is not a Module subclass{_as_layer(module)}")
        self._check_name("module", name, "_modules")
        self._modules[name] = module

    def _check_name(self, kind: str, name: Any, table: str) -> None:
        if table not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call: {BEFORE_SUPER}")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_type_name(name)}")
        if "." in name:
            got = f", got: {name}" if kind == "module" else ""
            raise KeyError(f'{kind} name can\'t contain "."{got}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        tables = (self.__dict__, self._parameters, self._buffers, self._modules)
        taken = hasattr(type(self), name) or any([name in t for t in tables])  # hasattr(self) would look for a hint
        if taken and name not in self.__dict__[table]:
            raise KeyError(f"attribute '{name}' already exists")

    # ---- walking the tree ----

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """(dotted name, module) of this module and all below it."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, prefix + ("." if prefix else "") + name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) of the direct children."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The direct children."""
        for _, module in self.named_children():
            yield module

    def _named_members(
        self, table: Callable[[Module], Any], prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        owners = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for owner, module in owners:
            for name, member in table(module).items():
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield owner + ("." if owner else "") + name, member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """(dotted name, parameter), each parameter once."""
        yield from self._named_members(lambda m: m._parameters, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, each once: what an optimizer is given."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """(dotted name, buffer), each buffer once."""
        yield from self._named_members(lambda m: m._buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name.

        Raises  AttributeError naming the part that is missing.
        """
        module: Any = self
        for part in target.split(".") if target else ():
            if not hasattr(module, part):
                raise AttributeError(f"{type(module).__name__} has no attribute `{part}`")
            module = getattr(module, part)
            if not isinstance(module, Module):
                raise AttributeError(f"`{part}` is not an nn.Module")
        return cast(Module, module)

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Replace the module of a dotted name; unless ``strict``, its last part may be new.

        Raises  ValueError for an empty name or no Module; AttributeError naming the part that is missing.
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        owner, _, name = target.rpartition(".")
        parent = self.get_submodule(owner)
        if hasattr(parent, name):
            if not isinstance(getattr(parent, name), Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        elif strict:
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name.

        Raises  AttributeError if it is missing or no Parameter.
        """
        owner, _, name = target.rpartition(".")
        module = self.get_submodule(owner)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        parameter = getattr(module, name)
        if not isinstance(parameter, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name.

        Raises  AttributeError if it is missing or no buffer.
        """
        owner, _, name = target.rpartition(".")
        module = self.get_submodule(owner)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return cast(Tensor, getattr(module, name))

    # ---- changing the whole tree ----

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call ``fn`` on every module, children first."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _convert(self, change: Callable[[Tensor], Tensor]) -> Self:
        """Replace the numbers of every parameter, gradient and buffer."""
        for module in self.modules():
            for parameter in module._parameters.values():
                if parameter is None:
                    continue
                gradient = parameter.grad
                parameter.data = change(parameter.data)
                if gradient is not None:
                    parameter.grad = change(gradient.detach())
            for name, buffer in module._buffers.items():
                if buffer is not None:
                    module._buffers[name] = change(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert parameters and buffers to a floating type (and to the one device there is, the CPU).

        Raises  TypeError for an integer type.
        """
        place, wanted, copy = destination(args, kwargs.pop("device", None), to_dtype(kwargs.pop("dtype", None)))
        if copy or "copy" in kwargs:
            raise RuntimeError(".to() does not accept copy argument: a module is converted in place")
        shape = kwargs.pop("memory_format", None)
        if wanted is not None and not wanted.is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={wanted}"
            )

        def change(t: Tensor) -> Tensor:
            kind = wanted if t.dtype.is_floating_point else None
            form = shape if t.dim() in (4, 5) else None
            return t.to(place, kind, memory_format=form, **kwargs)

        return self._convert(change)

    def float(self) -> Self:
        """Convert all floating parameters and buffers to float32."""
        return self._convert(lambda t: t.float() if t.dtype.is_floating_point else t)

    def double(self) -> Self:
        """Convert all floating parameters and buffers to float64."""
        return self._convert(lambda t: t.double() if t.dtype.is_floating_point else t)

    def half(self) -> Self:
        """Convert all floating parameters and buffers to float16."""
        return self._convert(lambda t: t.half() if t.dtype.is_floating_point else t)

    def type(self, dst_type: Any) -> Self:
        """Convert all parameters and buffers to a type."""
        return self._convert(lambda t: t.type(dst_type))

    def cpu(self) -> Self:
        """Itself: there is no other device."""
        return self

    def cuda(self, device: Device = None) -> Self:
        """Refused: minigrad runs on the CPU.

        Raises  AssertionError
        """
        return self._convert(lambda t: t.cuda(device))

    def train(self, mode: bool = True) -> Self:
        """Switch dropout, batch normalisation and the like to training (or evaluation) behaviour."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        object.__setattr__(self, "training", mode)
        announce("mode_set", self)
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Switch to evaluation behaviour."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask for gradients of all parameters (or freeze them)."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    @told("zero_grad")
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients of all parameters to None, or fill them with zeros."""
        for parameter in self.parameters():
            if parameter.grad is not None and set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                with no_grad():
                    parameter.grad.detach_().zero_()

    def share_memory(self) -> Self:
        """Itself: worker processes get copies."""
        return self

    # ---- hooks ----

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments."""
        return register(self._forward_pre_hooks, hook, prepend, with_kwargs=with_kwargs)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output."""
        return register(self._forward_hooks, hook, prepend, with_kwargs=with_kwargs, always_call=always_call)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` before the gradient enters the module."""
        return register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known;
        what it returns replaces ``grad_input``."""
        return register(self._backward_hooks, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before ``state_dict`` gathers this module."""
        return register(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after ``state_dict`` gathered this module."""
        return register(self._state_dict_hooks, hook, public=True)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The older form of it: what the hook returns becomes the state."""
        return register(self._state_dict_hooks, hook, public=False)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, ...)`` before this module loads."""
        return register(self._load_state_dict_pre_hooks, hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        """The older form of it: unless ``with_module``, the hook is called without the module."""
        return register(self._load_state_dict_pre_hooks, hook, with_module=with_module)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after ``load_state_dict``."""
        return register(self._load_state_dict_post_hooks, hook)

    # ---- state ----

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """All parameters and persistent buffers by dotted name; the tensors share the module's memory."""
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead. Refer to the documentation of state_dict.",
                FutureWarning,
                stacklevel=2,
            )
            return gather(self, *args, *(destination, prefix, keep_vars)[len(args) :])
        return gather(self, destination, prefix, keep_vars)

    @told("load_state_dict")
    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Copy the numbers of ``state_dict`` into the parameters and buffers of the same names; with ``assign`` take
        its tensors themselves.

        Raises  RuntimeError naming missing and unexpected keys (if ``strict``) and sizes that differ.
        """
        if not isinstance(state_dict, Mapping):
            hint = " Load the file first: model.load_state_dict(torch.load(path))." * isinstance(state_dict, str)
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.{hint}")
        return load(self, state_dict, strict, assign)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put this module's own tensors into ``destination``: override it to add to them."""
        save_own(self, destination, prefix, keep_vars)

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Take this module's own tensors from ``state_dict``: override it to read what an older version saved."""
        load_own(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)

    def get_extra_state(self) -> Any:
        """What ``state_dict`` saves beside tensors: override it together with ``set_extra_state``."""
        raise RuntimeError("Module.get_extra_state is to be overridden, as set_extra_state is")

    def set_extra_state(self, state: Any) -> None:
        """Take back what ``get_extra_state`` gave."""
        raise RuntimeError("Module.set_extra_state is to be overridden, as get_extra_state is")

    def _overrides(self, method: str) -> bool:
        """Whether the class has its own form of a method."""
        return getattr(type(self), method) is not getattr(Module, method)

    # ---- printing ----

    def extra_repr(self) -> str:
        """The text that ``repr`` shows in the module's parentheses: its arguments."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): " + _indent(repr(module)) for name, module in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines + children) + "\n)"


def _indent(text: str) -> str:
    return text.replace("\n", "\n  ")


def _type_name(value: Any) -> str:
    if isinstance(value, Tensor):
        return str(value.type())
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _class_name(value: Any) -> str:
    """What was given in place of a module; of a class or a function its own name."""
    return (
        f"{value.__module__}.{value.__name__}" if callable(value) and hasattr(value, "__name__") else _type_name(value)
    )


def _as_layer(value: Any) -> str:
    """How a layer comes of what was given in place of one."""
    if isinstance(value, type):
        return f": write {value.__name__}(), with parentheses"
    if isinstance(value, (list, tuple)):
        return ": write *layers for a list of layers"
    return (
        ": a function has no place here; take the layer of its name, or call it in forward" if callable(value) else ""
    )
