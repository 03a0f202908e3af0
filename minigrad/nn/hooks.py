"""Calling a Module that has hooks.

A backward hook sees the gradients that enter and leave the module. Two gates, ops that do nothing, are put around
forward: the gradient passes the outer gate on its way in and the inner gate on its way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.graph import Variable, version_of
from ..core.op import defgrad, op

if TYPE_CHECKING:
    from .module import Module


@op(variadic=True, many=True, label="BackwardHookFunctionBackward")
def gate(tensors: Any) -> Any:
    """The same tensors, as outputs of one node."""
    return tuple([a[...] for a in tensors])


defgrad(gate, tensors=lambda g: g)


def run_with_hooks(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``module.forward`` between its hooks."""
    for hook, options in list(module._forward_pre_hooks.values()):
        if options.get("with_kwargs"):
            replaced = hook(module, args, kwargs)
            if replaced is not None:
                if not (isinstance(replaced, tuple) and len(replaced) == 2):
                    raise RuntimeError(
                        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
                    )
                args, kwargs = replaced
        else:
            replaced = hook(module, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
    always = [h for h in module._forward_hooks.values() if h[1].get("always_call")]
    called: list[Any] = []
    try:
        out = _forward_between_gates(module, args, kwargs)
        for entry in list(module._forward_hooks.values()):
            hook, options = entry
            called.append(entry)
            replaced = hook(module, args, kwargs, out) if options.get("with_kwargs") else hook(module, args, out)
            if replaced is not None:
                out = replaced
    except Exception:
        for hook, options in [h for h in always if h not in called]:
            hook(module, args, kwargs, None) if options.get("with_kwargs") else hook(module, args, None)
        raise
    return out


def _forward_between_gates(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not (module._backward_hooks or module._backward_pre_hooks):
        return module.forward(*args, **kwargs)
    seen: dict[str, Any] = {}
    args, inner = _through_gate(args)
    out = module.forward(*args, **kwargs)
    outs, outer = _through_gate(out if isinstance(out, tuple) else (out,))

    def entering(gradients: Any, _: Any) -> Any:
        for hook, _options in list(module._backward_pre_hooks.values()):
            replaced = hook(module, gradients)
            if replaced is not None:
                gradients = replaced if isinstance(replaced, tuple) else (replaced,)
        seen["outputs"] = gradients
        if inner is None:
            leaving((None,) * len(args), None)
        return gradients

    def leaving(gradients: Any, _: Any) -> Any:
        for hook, _options in list(module._backward_hooks.values()):
            replaced = hook(module, gradients, seen["outputs"])
            if replaced is not None:
                gradients = replaced if isinstance(replaced, tuple) else (replaced,)
                if inner is None:
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should always return None or None "
                        "for all gradients."
                    )
        return gradients

    if outer is not None:
        outer.register_hook(entering)
    if inner is not None:
        inner.register_hook(leaving)
    return outs if isinstance(out, tuple) else outs[0]


def _through_gate(values: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any]:
    """The values with their tensors sent through one gate, and the gate's node (None if no gradient will pass)."""
    tensors = [v for v in values if isinstance(v, Variable)]
    if not tensors:
        return values, None
    gated = gate(tensors)
    for before, after in zip(tensors, gated, strict=True):
        after.version = version_of(before)
    nodes = [t.grad_fn for t in gated if t.grad_fn is not None]
    rest = iter(gated)
    return tuple(next(rest) if isinstance(v, Variable) else v for v in values), (nodes[0] if nodes else None)
