"""Calling a Module that has hooks.

A backward hook is given the gradients of the module's outputs and inputs. So two identity ops are put around forward,
one on the inputs and one on the outputs: the gradient passes that of the outputs first, and that of the inputs last.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol

from ...core.handle import RemovableHandle, put
from ...core.observe import mode
from ...core.op import defgrad, op
from ...core.variable import Variable
from ...core.views import make_view
from ...ops.create import zeros_like
from ...tensor import Tensor


class Hooked(Protocol):
    """What calling a Module reads of it: its hooks, and ``forward``."""

    _forward_pre_hooks: dict[int, Any]
    _forward_hooks: dict[int, Any]
    _backward_pre_hooks: dict[int, Any]
    _backward_hooks: dict[int, Any]

    def forward(self, *args: Any, **kwargs: Any) -> Tensor: ...


@op(variadic=True, many=True, label="BackwardHookFunctionBackward")
def gate(tensors: Any) -> Any:
    """The same tensors, as outputs of one node."""
    return tuple([a[...] for a in tensors])


defgrad(gate, tensors=lambda g: g)


def register(
    table: dict[int, Any], hook: Callable[..., Any], prepend: bool = False, **options: bool
) -> RemovableHandle:
    """Put a hook with its options into a table, last or first."""
    return put(table, (hook, options), prepend)


def run_with_hooks(module: Hooked, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``module.forward`` between its hooks."""
    out: Any = None
    called = set()

    def run(key: int, out: Any) -> Any:
        hook, options = module._forward_hooks[key]
        called.add(key)
        replaced = hook(module, args, kwargs, out) if options["with_kwargs"] else hook(module, args, out)
        return out if replaced is None else replaced

    try:
        args, kwargs = _after_pre_hooks(module, args, kwargs)
        crossing = _Crossing(module) if module._backward_hooks or module._backward_pre_hooks else None
        if crossing:
            args = crossing.enter(args)
        out = module.forward(*args, **kwargs)
        for key in list(module._forward_hooks):
            out = run(key, out)
        return crossing.leave(out) if crossing else out
    except Exception:
        for key, (_, options) in list(module._forward_hooks.items()):
            if options["always_call"] and key not in called:
                try:
                    out = run(key, out)
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that was silenced as "
                        f"another error was raised in forward: {error}",
                        stacklevel=3,
                    )
        raise


def _after_pre_hooks(module: Hooked, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The arguments as the forward pre-hooks leave them."""
    for hook, options in list(module._forward_pre_hooks.values()):
        replaced = hook(module, args, kwargs) if options["with_kwargs"] else hook(module, args)
        if replaced is None:
            continue
        if not options["with_kwargs"]:
            args = replaced if isinstance(replaced, tuple) else (replaced,)
        elif isinstance(replaced, tuple) and len(replaced) == 2:
            args, kwargs = replaced
        else:
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
            )
    return args, kwargs


class _Crossing:
    """One call of a module, from the inner gate to the outer, and the gradients that came back through them."""

    def __init__(self, module: Hooked) -> None:
        self.module = module
        self.hooks = [hook for hook, _ in module._backward_hooks.values()]
        self.pre_hooks = [hook for hook, _ in module._backward_pre_hooks.values()]
        self.inputs: Any = None  # where the tensors are among the arguments; None if no gradient will leave
        self.grad_outputs: Any = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments behind the inner gate."""
        self.arity = len(args)
        args, self.inputs, node = _through_gate(args)
        if node is not None:
            self.tensors = [args[i].detach() for i in self.inputs]
            node.register_hook(self._leaving)
        return args

    def leave(self, out: Any) -> Any:
        """The output behind the outer gate."""
        if not isinstance(out, (Variable, tuple)):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(out)}",
                stacklevel=4,
            )
        outs, self.outputs, node = _through_gate(out if isinstance(out, tuple) else (out,))
        self.outs = len(outs)
        if node is not None:
            node.register_hook(self._entering)
        return outs if isinstance(out, tuple) else outs[0]

    def _entering(self, gradients: Any, _: Any) -> Any:
        all_ = _spread(gradients, self.outputs, self.outs)
        for hook in self.pre_hooks:
            all_ = _replaced(all_, hook(self.module, all_), "Backward pre hook", "grad_output")
        self.grad_outputs = all_
        if self.inputs is None:
            self._without_inputs()
        return tuple([all_[i] for i in self.outputs])

    def _without_inputs(self) -> None:
        """No input needs a gradient: the hooks are told so at once."""
        if self.hooks:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no "
                "inputs require gradients: let an input require one, or use a pre hook.",
                stacklevel=2,
            )
        for hook in self.hooks:
            replaced = hook(self.module, (None,) * self.arity, self.grad_outputs)
            if replaced is not None and not (isinstance(replaced, tuple) and all(g is None for g in replaced)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None "
                    "for all gradients."
                )

    def _leaving(self, gradients: Any, _: Any) -> Any:
        if self.grad_outputs is None:  # the gradient came here without passing the module's output
            return None
        filled = [zeros_like(t) if g is None else g for g, t in zip(gradients, self.tensors, strict=True)]
        all_ = _spread(filled, self.inputs, self.arity)
        for hook in self.hooks:
            all_ = _replaced(all_, hook(self.module, all_, self.grad_outputs), "Backward hook", "grad_input")
        self.grad_outputs = None
        return tuple([all_[i] for i in self.inputs])


def _spread(gradients: Any, places: list[int], count: int) -> tuple[Any, ...]:
    """The gradients at the places of their tensors, None elsewhere."""
    found = dict(zip(places, gradients, strict=True))
    return tuple([found.get(i) for i in range(count)])


def _replaced(old: tuple[Any, ...], new: Any, who: str, what: str) -> tuple[Any, ...]:
    """What a hook returned, or the gradients as they were.

    Raises  RuntimeError if it returned more or fewer.
    """
    if new is None:
        return old
    given: tuple[Any, ...] = tuple(new) if isinstance(new, (tuple, list)) else (new,)
    if len(given) != len(old):
        raise RuntimeError(f"{who} returned an invalid number of {what}, got {len(given)}, but expected {len(old)}")
    return given


def _through_gate(values: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """(the values with their tensors behind one gate, the places of the tensors, the gate's node); without a gradient
    to pass there is no gate: (values, None, None)."""
    places = [i for i, v in enumerate(values) if isinstance(v, Variable)]
    tensors: list[Any] = [values[i] for i in places]
    if not mode.grad or not any(t.requires_grad for t in tensors):
        return values, None, None
    gated = gate(tensors)
    for before, after in zip(tensors, gated, strict=True):
        make_view(after, before, lambda x: x, (), "BackwardHookFunctionBackward")
        if not before.requires_grad:
            after.node = None
    node: Any = next(t.node for t in gated if t.node is not None)
    behind = list(values)
    for i, after in zip(places, gated, strict=True):
        behind[i] = after
    made = tuple(behind) if type(values) is tuple else type(values)(*behind)  # a named tuple
    return made, places, node.parents[0]
