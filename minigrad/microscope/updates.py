"""The step of an optimizer for one parameter, line by line: ``w <- w - lr * g``, and where g, m and v came from.

A line is ``name <- text``. What the text names is, in this order: a line above, a quantity that the optimizer keeps, an
option, ``w`` and ``g``, the parameter and its ``.grad``. What the optimizer keeps, and the parameter, are shown as it
left them; what is between them (m_hat, u) is worked out here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.variable import Variable
from ..optim import SGD, Adagrad, Adam, RMSprop
from .copies import Copies
from .entries import Formula, Update

SWITCHES = {"params", "param_names", "foreach", "fused", "capturable", "differentiable"}
"""What a group holds that changes no number."""

Lines = list[tuple[str, str]]


def options_of(group: dict[str, Any]) -> dict[str, Any]:
    """The options of a group that are numbers or switches; those of a pair are numbered: beta1, beta2."""
    found: dict[str, Any] = {}
    for name, value in group.items():
        if name not in SWITCHES:
            several = isinstance(value, (tuple, list))
            for k, one in enumerate(value if several else [value], 1):
                bare = _bare(one)
                plain = bare.item() if isinstance(bare, (np.ndarray, np.generic)) and bare.size == 1 else bare
                if isinstance(plain, (int, float)):
                    found[f"{name.rstrip('s')}{k}" if several else name] = plain
    return found


def state_of(state: dict[str, Any], copies: Copies) -> dict[str, Any]:
    """The tensors and numbers that an optimizer keeps of a parameter, as copies."""
    kept = {name: _bare(value) for name, value in state.items()}
    return {name: copies.of(value) for name, value in kept.items() if isinstance(value, (np.ndarray, int, float))}


def unfold(optimizer: Any, update: Update, before: Any, after: Any) -> None:
    """Write down the lines of a step, with what came out of each; none for an optimizer that is not told here."""
    tell, symbols = next((told for rule, told in TOLD.items() if type(optimizer)._update is rule), (None, {}))
    if tell is None:
        return
    update.symbols = symbols
    names: dict[str, Any] = {"sqrt": np.sqrt, "max": np.maximum, **update.options, "w": before, "g": update.gradient}
    for kept, symbol in symbols.items():
        names[symbol] = update.state.get(kept, (None, None))[0]
        if names[symbol] is None:
            names[symbol] = np.zeros_like(before)
    if "step" in update.state:
        names["t"] = update.state["step"][1].item()
    left = {symbol: update.state[kept][1] for kept, symbol in symbols.items() if kept in update.state} | {"w": after}
    maximize: Lines = [("g", "-g")] if update.options.get("maximize") else []
    steps = maximize + tell(update.options, update.state)
    with np.errstate(all="ignore"):
        for k, (name, text) in enumerate(steps):
            last = all(other != name for other, _ in steps[k + 1 :])
            value = left[name] if name in left and last else np.asarray(eval(text, {"__builtins__": {}}, names))
            names[name] = value
            update.lines.append(Formula(name, text, value))


def _bare(value: Any) -> Any:
    return value.array if isinstance(value, Variable) else value


def _sgd(options: dict[str, Any], state: dict[str, Any]) -> Lines:
    lines = _decay(options)
    moved = "g"
    if options["momentum"]:
        fresh = "(1 - dampening) * g" if options["dampening"] else "g"
        first = state["momentum_buffer"][0] is None
        lines.append(("v", "g" if first else f"momentum * v + {fresh}"))
        moved = "v"
        if options["nesterov"]:
            lines.append(("u", "g + momentum * v"))
            moved = "u"
    return [*lines, ("w", f"w - lr * {moved}")]


def _adam(options: dict[str, Any], state: dict[str, Any]) -> Lines:
    apart = options["decoupled_weight_decay"]
    lines = [("w", "w * (1 - lr * weight_decay)")] if apart and options["weight_decay"] else []
    lines += [] if apart else _decay(options)
    lines += [("m", "beta1 * m + (1 - beta1) * g"), ("v", "beta2 * v + (1 - beta2) * g ** 2")]
    if options["amsgrad"]:
        lines.append(("v_max", "max(v_max, v)"))
    lines += [
        ("m_hat", "m / (1 - beta1 ** t)"),
        ("v_hat", f"{'v_max' if options['amsgrad'] else 'v'} / (1 - beta2 ** t)"),
    ]
    return [*lines, ("w", "w - lr * m_hat / (sqrt(v_hat) + eps)")]


def _rmsprop(options: dict[str, Any], state: dict[str, Any]) -> Lines:
    lines = [*_decay(options), ("v", "alpha * v + (1 - alpha) * g ** 2")]
    if options["centered"]:
        lines += [("m", "alpha * m + (1 - alpha) * g"), ("u", "g / (sqrt(v - m ** 2) + eps)")]
    else:
        lines.append(("u", "g / (sqrt(v) + eps)"))
    if options["momentum"]:
        lines.append(("b", "momentum * b + u"))
    return [*lines, ("w", f"w - lr * {'b' if options['momentum'] else 'u'}")]


def _adagrad(options: dict[str, Any], state: dict[str, Any]) -> Lines:
    rate = "lr / (1 + (t - 1) * lr_decay)" if options["lr_decay"] else "lr"
    return [*_decay(options), ("s", "s + g ** 2"), ("w", f"w - {rate} * g / (sqrt(s) + eps)")]


def _decay(options: dict[str, Any]) -> Lines:
    return [("g", "g + weight_decay * w")] if options["weight_decay"] else []


TOLD: dict[Any, tuple[Callable[[dict[str, Any], dict[str, Any]], Lines], dict[str, str]]] = {
    SGD._update: (_sgd, {"momentum_buffer": "v"}),
    Adam._update: (_adam, {"exp_avg": "m", "exp_avg_sq": "v", "max_exp_avg_sq": "v_max"}),
    RMSprop._update: (_rmsprop, {"square_avg": "v", "grad_avg": "m", "momentum_buffer": "b"}),
    Adagrad._update: (_adagrad, {"sum": "s"}),
}
"""For each ``update``: its lines, and what they call the quantities that it keeps."""
