"""Optimizer: parameter groups, per-parameter state, and the step that subclasses write.

A subclass says what one parameter's step is, on arrays: ``_update(p, g, group, state)`` with p the parameter's own
memory. The base class walks the groups, hands out the state and notes the writes. Or it writes a ``step`` of its own.
"""

from __future__ import annotations

import copy
import functools
import inspect
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from types import GeneratorType
from typing import Any, TypeAlias, TypeVar, cast, overload

import numpy as np

from ..autograd import enable_grad
from ..core.dtype import F32, F64, Array, default_float
from ..core.errors import kind_of
from ..core.handle import RemovableHandle, add_hook
from ..core.inplace import check_memory
from ..core.node import Leaf
from ..core.observe import announce, watching
from ..core.variable import wrap, written
from ..core.watcher import told
from ..tensor import Tensor
from .arithmetic import plus

State = dict[str, Any]
Group = dict[str, Any]
Hooks = OrderedDict[int, Callable[..., Any]]
Params: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
Rate: TypeAlias = float | Tensor
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_every_pre_hooks: Hooks = OrderedDict()
_every_post_hooks: Hooks = OrderedDict()


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()
"""The default of an option that every group must give."""


def _hooked(step: F) -> F:
    """A ``step`` that runs the hooks before and after it, and that schedules can see."""

    watched = told("step")(step)

    @functools.wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        before, after = self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks
        if not (before or after or _every_pre_hooks or _every_post_hooks):
            return (watched if watching else step)(self, *args, **kwargs)
        args = (self, *args)
        for hook in [*_every_pre_hooks.values(), *before.values()]:
            replaced = hook(self, args, kwargs)
            if replaced is not None:
                if not (isinstance(replaced, tuple) and len(replaced) == 2):
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
                    )
                args, kwargs = replaced
        out = watched(*args, **kwargs)
        for hook in [*after.values(), *_every_post_hooks.values()]:
            hook(self, args, kwargs)
        return out

    made: Any = hooked
    made.hooked = True
    return cast(F, made)


def _listed(params: Any) -> list[Any]:
    """The parameters, or groups of them, as a list.

    Raises  TypeError for what has to be asked for them; ValueError if there are none.
    """
    if callable(params):
        raise TypeError(f"'{type(params).__name__}' object is not iterable{_how(params)}")
    frame = getattr(params, "gi_frame", None)  # model.parameters() runs in the model
    model = frame.f_locals.get("self") if frame is not None else None
    if found := list(params):
        return found
    raise ValueError(f"optimizer got an empty parameter list: {_why_empty(params, model)}")


def _how(given: Any) -> str:
    """How parameters come of what was given in place of them."""
    if hasattr(given, "named_parameters"):
        return ": give the optimizer model.parameters(); of several models [*a.parameters(), *b.parameters()]"
    if inspect.isroutine(given):
        name = given.__name__ if given.__name__.isidentifier() else "parameters"
        return f": call it, with parentheses, model.{name}()"
    if isinstance(given, (list, GeneratorType)):
        return ": one list of all parameters is wanted, [*a.parameters(), *b.parameters()]"
    if given == "params":
        return ": a group stands in a list, [{'params': model.parameters(), 'lr': 0.1}]"
    return ": a state_dict is numbers to be saved; give model.parameters()" if isinstance(given, str) else ""


def _why_empty(params: Any, model: Any) -> str:
    """Why there is no parameter: what the model keeps where its parameters are not found."""
    if model is None:
        again = "it gives them once, so call model.parameters() again; or were all left out by a filter?"
        return again if isinstance(params, Iterator) else "has the model any parameters?"
    for name, kept in vars(model).items():
        inside = list(kept.values()) if isinstance(kept, dict) else kept if isinstance(kept, (list, tuple)) else []
        if not name.startswith("_") and any(hasattr(x, "named_parameters") for x in inside):
            kind = "ModuleDict" if isinstance(kept, dict) else "ModuleList"
            plain = f"{type(model).__name__}.{name} is a plain {type(kept).__name__}"
            return f"{plain}, write nn.{kind}(...) around the layers"
        if isinstance(kept, Tensor) or any(isinstance(x, Tensor) for x in inside):
            return f"{type(model).__name__}.{name} is a plain Tensor, write nn.Parameter(...) around it"
    return f"has {type(model).__name__} any layers? They are assigned in its __init__, as self.linear = nn.Linear(...)"


class Optimizer:
    """Base of all optimizers.

    params    tensors, (name, tensor) pairs, or dicts {"params": tensors, option: value, ...}, each a group with options
              of its own
    defaults  the options of groups that don't say otherwise
    Raises    TypeError for a single tensor or what is not a tensor, ValueError for an empty list, a non-leaf or
              a parameter in two groups.

    >>> class Halve(minigrad.optim.Optimizer):
    ...     def __init__(self, params): super().__init__(params, {})
    ...     def _update(self, p, g, group, state): p *= 0.5
    >>> w = minigrad.tensor([4.], requires_grad=True)
    >>> w.sum().backward(); Halve([w]).step(); w
    tensor([2.], requires_grad=True)
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "step" in cls.__dict__:
            cls.step = _hooked(cls.step)  # type: ignore[method-assign]

    _opt_called = False  # whether it has stepped since it was first scheduled

    def __init__(self, params: Params, defaults: Group) -> None:
        _check_switches(defaults)
        self.defaults = defaults
        self._make_hooks()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{type(params).__name__}: write [tensor], or model.parameters()"
            )
        self.state: defaultdict[Any, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        groups = _listed(params)
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _make_hooks(self) -> None:
        self._optimizer_step_pre_hooks: Hooks = OrderedDict()
        self._optimizer_step_post_hooks: Hooks = OrderedDict()
        self._optimizer_state_dict_pre_hooks: Hooks = OrderedDict()
        self._optimizer_state_dict_post_hooks: Hooks = OrderedDict()
        self._optimizer_load_state_dict_pre_hooks: Hooks = OrderedDict()
        self._optimizer_load_state_dict_post_hooks: Hooks = OrderedDict()

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters with options of their own, for instance layers that were frozen so far.

        Raises  TypeError or ValueError as the constructor does.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        if callable(given):
            raise TypeError(f"'{type(given).__name__}' object is not iterable{_how(given)}")
        given = [given] if isinstance(given, Tensor) else list(given)
        params = [p[1] if isinstance(p, tuple) else p for p in given]
        names = [p[0] for p in given if isinstance(p, tuple)]  # model.named_parameters()
        param_group["params"] = params
        if names:
            if len(names) != len(params):
                raise ValueError(
                    "all optimizer params should be with/without names. Some param names are missing: "
                    f"{len(names)} of {len(params)} have one"
                )
            param_group["param_names"] = names
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {kind_of(p)}{_how(p)}")
            if not p.is_leaf and not p.retains_grad:
                raise ValueError(
                    "can't optimize a non-leaf Tensor: it is computed from others; optimize those, or detach() it"
                )
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        if len(set(params)) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "each is updated once for every time it is listed",
                stacklevel=3,
            )
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                these = "with" if names else "without"
                raise ValueError(
                    "all optimizer param groups should be with/without names. "
                    f"cannot add param group {these} names to the optimizer"
                )
        if not set(params).isdisjoint(p for group in self.param_groups for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    # ---- the step ----

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        """One parameter's step: write p in place. p and g are arrays, state is this parameter's own."""
        raise NotImplementedError

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], T]) -> T: ...
    @_hooked
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Nudge every parameter that has a gradient; ``closure`` recomputes the loss, which is returned."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        update, states, watched = self._update, self.state, bool(watching)
        for group in self.param_groups:
            maximize = group.get("maximize", False)
            if group.get("capturable", False):
                raise AssertionError("If capturable=True, params must be on supported devices: ['cuda', 'xpu', ...]")
            for p in group["params"]:
                node = p.node
                grad = node.grad if type(node) is Leaf else p.grad
                if grad is None:
                    continue
                state = states.get(p, {})
                if watched or not p.array.flags.carray:
                    check_memory(p, "optimizer.step")
                if watched:
                    announce("update_begins", self, p, grad, group, state)
                update(p.array, -grad.array if maximize else grad.array, group, state)
                if state:
                    states[p] = state
                written(p, "optimizer.step")
                if watched:
                    announce("updated", self, p, state)
        return loss

    @told("zero_grad")
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                node = p.node
                if set_to_none and type(node) is Leaf:
                    node.grad = None
                elif set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    grad = p.grad.requires_grad_(False) if p.grad.is_leaf else p.grad.detach_()
                    grad.zero_()

    # ---- hooks ----

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before every step; new ``(args, kwargs)`` may be returned."""
        return add_hook(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after every step."""
        return add_hook(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before ``state_dict``."""
        return add_hook(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` after ``state_dict``; what it returns replaces the result."""
        return add_hook(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before ``load_state_dict``; what it returns is loaded instead."""
        return add_hook(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after ``load_state_dict``."""
        return add_hook(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    # ---- state ----

    def state_dict(self) -> dict[str, Any]:
        """The state by parameter number, and the groups with numbers in place of parameters.

        The tensors are the optimizer's own: ``copy.deepcopy`` what later steps must not change.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers = {id(p): k for k, p in enumerate(p for group in self.param_groups for p in group["params"])}
        groups = [
            {**{k: v for k, v in group.items() if k != "params"}, "params": [numbers[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {numbers[id(p)] if isinstance(p, Tensor) else p: s for p, s in self.state.items()}
        found: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            replaced = hook(self, found)
            found = found if replaced is None else replaced
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state and options of another optimizer of the same shape.

        Raises  ValueError if the groups differ in number or size.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            replaced = hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        groups, saved = self.param_groups, copy.deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"{len(saved)}, the optimizer has {len(groups)}"
            )
        sizes, saved_sizes = [len(g["params"]) for g in groups], [len(s["params"]) for s in saved]
        if sizes != saved_sizes:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                f"{saved_sizes} parameters, the optimizer has {sizes}"
            )
        numbers = [k for s in saved for k in s["params"]]
        params = dict(zip(numbers, (p for g in groups for p in g["params"]), strict=True))
        state: defaultdict[Any, State] = defaultdict(dict)
        for k, value in state_dict["state"].items():
            state[params.get(k, k)] = _fitted(value, params[k]) if k in params else value
        for group, new in zip(groups, saved, strict=True):
            new["params"] = group["params"]
            if "param_names" in group:
                new.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_optimizer_step_pre_hooks" not in self.__dict__:
            self._make_hooks()
        for group in self.param_groups:  # options that the saver did not know yet
            for name, default in self.defaults.items():
                group.setdefault(name, default)

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            options = [f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params"]
            text += f"\nParameter Group {i}\n" + "".join(options)
        return text + ")"


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before every step of every optimizer."""
    return add_hook(_every_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after every step of every optimizer."""
    return add_hook(_every_post_hooks, hook)


def _fitted(value: Any, p: Tensor, name: Any = None) -> Any:
    """A state's value with its tensors in the parameter's type; the count of steps keeps its own."""
    if isinstance(value, Tensor):
        return value if name == "step" or not p.dtype.is_floating_point else value.to(p.dtype)
    if isinstance(value, dict):
        return {k: _fitted(v, p, k) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return type(value)(_fitted(v, p) for v in value)  # type: ignore[call-arg]
    return value


# ---- what the subclasses share ----


def buffer(state: State, name: str, p: Array, fill: float = 0.0) -> Array:
    """The array of a state tensor shaped like the parameter, made at first use."""
    if name not in state:
        state[name] = wrap(np.full_like(p, fill))
    return state[name].array


def scalar(state: State, name: str, value: float) -> Array:
    """The 0-d array of a number that is kept as torch keeps it, in the default type; made at first use."""
    if name not in state:
        state[name] = wrap(np.full((), value, F64 if default_float() is F64 else F32))
    found = state[name]
    if not isinstance(found, Tensor):  # state of an old torch
        state[name] = found = wrap(np.full((), found, F32))
    return found.array


def count(state: State) -> int:
    """The number of this step, from 1."""
    step = scalar(state, "step", 0.0)
    t = int(step.item()) + 1
    step.fill(t)
    return t


def number(option: Rate) -> Array:
    """An option as a number; that of a one-element tensor keeps the tensor's type in what is computed from it."""
    return option.array.reshape(())[()] if isinstance(option, Tensor) else option


def decayed(g: Array, p: Array, weight_decay: Rate) -> Array:
    """g + weight_decay p: the gradient with that of (weight_decay / 2) ||p||^2."""
    return plus(g, p, float(weight_decay)) if weight_decay else g


def check(lr: Rate, **options: Any) -> None:
    """Refuse a learning rate that is not a single number, negative options, and betas outside [0, 1).

    Raises  ValueError naming the option.
    """
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, this one is {list(lr.shape)}")
    titles = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in {"lr": lr, **options}.items():
        if name == "betas":
            for index, beta in enumerate(value):
                if not 0.0 <= beta < 1.0:
                    raise ValueError(f"Invalid beta parameter at index {index}: {beta}: it must be in [0, 1)")
        elif not value >= 0.0:
            raise ValueError(f"Invalid {titles.get(name, name + ' value')}: {value}: it must be at least 0")


def _check_switches(defaults: Group) -> None:
    """torch's implementation switches are kept among the options and change nothing; two of them cannot be honoured."""
    fused, foreach, differentiable = (defaults.get(name) for name in ("fused", "foreach", "differentiable"))
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    if differentiable:
        raise NotImplementedError("minigrad's optimizers write arrays in place: differentiable=True is not supported")
