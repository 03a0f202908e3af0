"""Optimizer: parameter groups, per-parameter state, and the step that subclasses write.

A subclass says what one parameter's step is, on arrays: ``update(p, g, group, state)`` with p the parameter's own
memory. The base class walks the groups, hands out the state and notes the writes.
"""

from __future__ import annotations

import copy
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd import enable_grad
from ..core.graph import Handle, Leaf, add_hook, wrap, written
from ..tensor import Tensor

State = dict[str, Any]
Group = dict[str, Any]


class Optimizer:
    """Base of all optimizers.

    params    tensors, or dicts {"params": tensors, option: value, ...}, each a group with options of its own
    defaults  the options of groups that don't say otherwise
    Raises    TypeError for a single tensor or things that are no tensors, ValueError for an empty list, a non-leaf or
              a parameter in two groups.
    """

    def __init__(self, params: Any, defaults: Group) -> None:
        self.defaults = defaults
        self.state: defaultdict[Any, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._step_pre_hooks: dict[int, Callable[..., Any]] = OrderedDict()
        self._step_post_hooks: dict[int, Callable[..., Any]] = OrderedDict()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{type(params).__name__}: write [tensor], or model.parameters()"
            )
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

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
        params = [given] if isinstance(given, Tensor) else list(given)
        names = []
        if params and isinstance(params[0], tuple):  # model.named_parameters()
            names = [name for name, _ in params]
            params = [p for _, p in params]
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf and not p.retains_grad:
                raise ValueError("can't optimize a non-leaf Tensor")
        group = {**param_group, "params": params}
        if names:
            group["param_names"] = names
        for name, default in self.defaults.items():
            group.setdefault(name, default)
        if len({id(p) for p in params}) != len(params):
            raise ValueError("parameter group has duplicate parameters: give each parameter once")
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if any(id(p) in known for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(group)

    # ---- the step ----

    def update(self, p: Any, g: Any, group: Group, state: State) -> None:
        """One parameter's step: write p in place. p and g are arrays, state is this parameter's own."""
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Nudge every parameter that has a gradient; ``closure`` recomputes the loss and is returned."""
        if self._step_pre_hooks:
            for hook in list(self._step_pre_hooks.values()):
                hook(self, (closure,), {})
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        update, states = self.update, self.state
        for group in self.param_groups:
            maximize = group.get("maximize", False)
            for p in group["params"]:
                node = p.node
                grad = node.grad if type(node) is Leaf else p.grad
                if grad is None:
                    continue
                g = grad.array
                update(p.array, -g if maximize else g, group, states[p])
                written(p, "optimizer.step")
        if self._step_post_hooks:
            for hook in list(self._step_post_hooks.values()):
                hook(self, (closure,), {})
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                node = p.node
                if type(node) is Leaf and set_to_none:
                    node.grad = None
                elif p.grad is not None:
                    p.grad = None if set_to_none else wrap(np.zeros_like(p.grad.array))

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(optimizer, args, kwargs)`` before every step."""
        return add_hook(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(optimizer, args, kwargs)`` after every step."""
        return add_hook(self._step_post_hooks, hook)

    # ---- state ----

    def state_dict(self) -> dict[str, Any]:
        """The state by parameter number and the groups with numbers in place of parameters."""
        number = {id(p): k for k, p in enumerate(p for g in self.param_groups for p in g["params"])}
        groups = [
            {**{k: v for k, v in g.items() if k != "params"}, "params": [number[id(p)] for p in g["params"]]}
            for g in self.param_groups
        ]
        state = {number[id(p)]: s for p, s in self.state.items() if s}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state and options of another optimizer of the same shape.

        Raises  ValueError if the groups differ in number or size.
        """
        groups, saved = self.param_groups, copy.deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(g["params"]) != len(s["params"]) for g, s in zip(groups, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        numbers = [k for s in saved for k in s["params"]]
        params = dict(zip(numbers, (p for g in groups for p in g["params"]), strict=True))
        self.state.clear()
        for number, state in state_dict["state"].items():
            p = params[number]
            self.state[p] = {name: self._taken(name, value, p) for name, value in state.items()}
        self.param_groups = [{**s, "params": g["params"]} for g, s in zip(groups, saved, strict=True)]

    @staticmethod
    def _taken(name: str, value: Any, p: Tensor) -> Any:
        if not isinstance(value, Tensor):
            return copy.deepcopy(value)
        keep = name == "step" or value.array.dtype.kind != "f"
        return wrap(np.array(value.array, value.array.dtype if keep else p.array.dtype))

    def __repr__(self) -> str:
        lines = [type(self).__name__ + " ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key not in ("params", "param_names")]
        return "\n".join([*lines, ")"])


def buffer(state: State, name: str, p: Any, fill: float = 0.0) -> Any:
    """The array of a state tensor shaped like the parameter, made at first use."""
    if name not in state:
        state[name] = wrap(np.full_like(p, fill))
    return state[name].array


def count(state: State) -> int:
    """The number of this step, from 1; kept as torch keeps it, a float32 tensor."""
    if "step" not in state:
        state["step"] = wrap(np.zeros((), np.float32))
    step = state["step"].array
    step += 1
    return int(step)


def at_least_zero(**options: Any) -> None:
    """Refuse negative options.

    Raises  ValueError naming the option.
    """
    titles = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in options.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {titles.get(name, name + ' value')}: {value}: it must be at least 0")


def betas_in_range(betas: Any) -> None:
    """Refuse decay rates outside [0, 1).

    Raises  ValueError naming the index.
    """
    for index, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")


def flags(foreach: Any, fused: Any, capturable: bool, differentiable: bool) -> Group:
    """torch's implementation switches: kept among the options, without effect on the numbers.

    Raises  RuntimeError for ``differentiable``, which minigrad's in-place steps are not.
    """
    if differentiable:
        raise RuntimeError("minigrad's optimizers write parameters in place: differentiable=True is not supported")
    return {"foreach": foreach, "capturable": capturable, "differentiable": differentiable, "fused": fused}
