"""Health of a training, layer by layer: how large the gradients and the steps are, which units are dead or saturated.

    with minigrad.microscope.health(model) as health:
        for x, y in batches:
            ...; loss.backward(); optimizer.step()
    print(health.table())

Four numbers tell most troubles. The norm of a parameter's gradient: it vanishes or explodes from layer to layer. The
step over the weight, ``|dw| / |w|``: about 1e-3 is usual, much less learns nothing, much more destroys what was
learnt. The share of dead units: a ReLU that was 0 for every input has gradient 0, and stays at 0. The share of
saturated ones: where a sigmoid or tanh is flat, it multiplies the gradient by almost 0.

``verdicts()`` says in words what is unusual. What recurrent layers compute inside is one op, and not looked into.

Source  Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010)
"""

from __future__ import annotations

import functools
import textwrap
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import user_frame
from ..core.grad_fn import output_of
from ..core.node import Node
from ..core.observe import unwatch, watch
from ..core.watcher import Watcher
from ..nn import Module
from .frames import line_of
from .verdicts import verdicts
from .width import joined, spread

FLAT = 0.1  # saturated: the derivative is below this share of its largest
# as shares of the largest
DERIVATIVES: dict[str, Any] = {"sigmoid": lambda y: 4 * y * (1 - y), "tanh": lambda y: 1 - y * y}


@dataclass
class ParameterHealth:
    """A parameter in training; the lists have an item for each backward pass, or for each change of the weights.

    gradients   the gradient's norm
    updates     norm of the change over norm of the weight before it
    wanted      whether it asks for a gradient
    used_again  steps whose ``.grad`` held what an earlier step had used: zero_grad was forgotten
    """

    name: str
    shape: tuple[int, ...]
    wanted: bool = True
    used_again: int = 0
    gradients: list[float] = field(default_factory=list)
    updates: list[float] = field(default_factory=list)


@dataclass
class ActivationHealth:
    """A relu, sigmoid or tanh of the model; its lists have an item for each time it ran (gradients: was swept).

    zeros      relu: share of outputs that are 0
    saturated  sigmoid, tanh: share of outputs where the derivative is below a tenth of its largest
    gradients  norm of the gradient that arrived
    active     relu: for each unit, whether it was ever above 0
    """

    name: str
    op: str
    zeros: list[float] = field(default_factory=list)
    saturated: list[float] = field(default_factory=list)
    gradients: list[float] = field(default_factory=list)
    active: Any = None

    @property
    def dead(self) -> float | None:
        """Share of units that were 0 for every input: of an image's channels, else of the last dimension."""
        return None if self.active is None or not self.active.size else float(1 - self.active.mean())


class Health(Watcher):
    """What was seen of a model; made by ``health(model)``."""

    def __init__(self, model: Module) -> None:
        self.parameters = {
            name: ParameterHealth(name, tuple(p.shape), p.requires_grad) for name, p in model.named_parameters()
        }
        self.activations: list[ActivationHealth] = []
        self._weights = dict(model.named_parameters())
        self._before: dict[str, Any] = {}  # each weight as it was at the last backward pass
        self._stale: set[str] = set()  # those whose .grad was used by a step, and added to since
        self._paths = {id(part): path for path, part in model.named_modules()}
        self._inside: list[Any] = []  # the modules whose forward is running
        self._found: dict[Any, ActivationHealth] = {}
        self._makers: weakref.WeakKeyDictionary[Node, str] = weakref.WeakKeyDictionary()
        self._made_by: weakref.WeakKeyDictionary[Node, ActivationHealth] = weakref.WeakKeyDictionary()

    # ---- what the engine tells ----

    def module_entered(self, module: Any) -> None:
        self._inside.append(module)

    def module_left(self, module: Any) -> None:
        self._inside.pop()

    def node_made(self, node: Node, args: tuple[Any, ...], out: Any) -> None:
        module: Any = self._inside[-1] if self._inside else None
        if id(module) not in self._paths:
            return
        op, path = node.op.name, self._paths[id(module)] or type(module).__name__
        layer = next(module.children(), None) is None  # a layer without submodules is named by its path alone
        if op in DERIVATIVES or op == "relu":
            maker, _ = output_of(args[0].node)
            source = self._makers.get(maker, "the input") if isinstance(maker, Node) else "the input"
            seen = (
                self._activation(path, op, None)
                if layer
                else self._activation(f"{op} of {source}", op, line_of(user_frame()))
            )
            self._made_by[node] = seen
            _look(seen, out.array)
        self._makers[node] = path if layer else f"{path} {op}"

    def node_ran(self, node: Node, g: Any, gradients: Any, parts: Any) -> None:
        seen = self._made_by.get(node)
        if seen is not None:
            seen.gradients.append(_norm(getattr(g, "array", g)))

    # ---- the parameters ----

    def arrived(self, name: str, g: Any) -> None:
        """A gradient came to a parameter."""
        moved, old = self._settle(name), self._weights[name].grad
        if old is None or not old.array.any():
            self._stale.discard(name)
        elif moved:
            self._stale.add(name)
        self.parameters[name].gradients.append(_norm(g.array))
        self._before[name] = self._weights[name].array.copy()

    def _settle(self, name: str) -> bool:
        """Note how far a weight has moved since the last backward pass, if it has."""
        before, now = self._before.pop(name, None), self._weights[name].array
        if before is not None and (moved := _norm(now - before)):
            size = _norm(before)
            self.parameters[name].updates.append(moved / size if size else np.inf)
            self.parameters[name].used_again += name in self._stale
            return True
        return False

    def close(self) -> None:
        """The training is over: note the last step."""
        for name in list(self._before):
            self._settle(name)
        self._inside.clear()
        self._found.clear()

    # ---- what the user asks for ----

    def table(self) -> str:
        """The last of each number, and the verdicts, as text of 80 columns."""
        rows = [f"{'parameter':<34} {'shape':<18} {'gradient':>9}  {'step/weight':>11}"]
        for p in self.parameters.values():
            shape = "x".join(map(str, p.shape)) or "number"
            rows.append(f"{_named(p.name)} {shape:<18} {_said(p.gradients):>9}  {_said(p.updates):>11}")
        if self.activations:
            rows += ["", f"{'activation':<34} {'dead':>7} {'zero':>7} {'saturated':>10} {'gradient':>10}"]
        for a in self.activations:
            dead = "" if a.dead is None else f"{a.dead:.1%}"
            zeros, saturated = (f"{shares[-1]:.1%}" if shares else "" for shares in (a.zeros, a.saturated))
            rows.append(f"{_named(a.name)} {dead:>7} {zeros:>7} {saturated:>10} {_said(a.gradients):>10}")
        said = [
            joined(textwrap.fill(spread(v), 80, initial_indent="- ", subsequent_indent="  ")) for v in self.verdicts()
        ]
        return "\n".join([*(row.rstrip() for row in rows), "", *said])

    def verdicts(self) -> list[str]:
        """What is unusual in these numbers, in words, and what to try; one sentence says so if nothing is."""
        return verdicts(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data, ready for JSON; what is not finite is None."""
        plain: Any = lambda numbers: [x if np.isfinite(x) else None for x in numbers]
        return {
            "parameters": [
                {
                    "name": p.name,
                    "shape": list(p.shape),
                    "gradients": plain(p.gradients),
                    "updates": plain(p.updates),
                }
                for p in self.parameters.values()
            ],
            "activations": [
                {
                    "name": a.name,
                    "op": a.op,
                    "dead": a.dead,
                    "zeros": plain(a.zeros),
                    "saturated": plain(a.saturated),
                    "gradients": plain(a.gradients),
                }
                for a in self.activations
            ],
            "verdicts": self.verdicts(),
        }

    def draw(self, figure: Any) -> None:
        """Draw it on a figure of matplotlib: gradients and steps by parameter, dead and saturated by activation."""
        shares = {a.name: [a.dead] if a.op == "relu" else a.saturated[-1:] for a in self.activations}
        parts: list[tuple[str, dict[str, Any], str]] = [
            ("norm of the gradient", {p.name: p.gradients[-1:] for p in self.parameters.values()}, "log"),
            ("step / weight", {p.name: p.updates[-1:] for p in self.parameters.values()}, "log"),
            ("dead or saturated", shares, "linear"),
        ]
        for place, (title, bars, scale) in enumerate(parts, 1):
            axes = figure.add_subplot(1, 3, place, title=title)
            shown = {name: values[0] for name, values in bars.items() if values and np.isfinite(values[0])}
            axes.barh(list(shown), list(shown.values()))
            axes.invert_yaxis()  # the first layer on top
            if scale == "linear":
                axes.set_xlim(0, 1)
            elif any(shown.values()):
                axes.set_xscale(scale)

    # ---- helpers ----

    def _activation(self, name: str, op: str, line: Any) -> ActivationHealth:
        """The one of that name in that line of the user's; in another line it is another, ``relu of pool #2``."""
        key = name, line
        if key not in self._found:
            k = 1 + sum(other == name for other, _ in self._found)
            self._found[key] = ActivationHealth(name if k == 1 else f"{name} #{k}", op)
            self.activations.append(self._found[key])
        return self._found[key]


def _look(seen: ActivationHealth, y: Any) -> None:
    """Note what came out of an activation."""
    if seen.op != "relu":
        seen.saturated.append(float(np.mean(DERIVATIVES[seen.op](y) < FLAT)) if y.size else 0.0)
        return
    on = y > 0
    seen.zeros.append(float(1 - on.mean()) if y.size else 0.0)
    if y.ndim > 1:
        unit = 1 if y.ndim > 3 else y.ndim - 1
        on = on.any(tuple(d for d in range(y.ndim) if d != unit))
    seen.active = on if seen.active is None or seen.active.shape != on.shape else seen.active | on


def _norm(a: Any) -> float:
    return float(np.sqrt(np.sum(np.square(a, dtype=np.float64))))


def _named(name: str) -> str:
    """The end of a name, in 34 columns."""
    return joined(f"{spread(name)[-34:]:<34}")


def _said(numbers: list[float]) -> str:
    return f"{numbers[-1]:.2e}" if numbers else "-"


@contextmanager
def health(model: Module) -> Iterator[Health]:
    """Watch a model being trained in the block, by this thread.

    >>> model = minigrad.nn.Sequential(minigrad.nn.Linear(2, 1), minigrad.nn.Sigmoid())
    >>> with minigrad.microscope.health(model) as health:
    ...     model(minigrad.full((1, 2), 1e3)).sum().backward()
    >>> health.activations[0].name, health.activations[0].saturated
    ('1', [1.0])
    """
    seen = Health(model)
    handles = [
        p.register_hook(functools.partial(seen.arrived, name))
        for name, p in model.named_parameters()
        if p.requires_grad
    ]
    watch(seen)
    try:
        yield seen
    finally:
        unwatch(seen)
        for handle in handles:
            handle.remove()
        seen.close()
