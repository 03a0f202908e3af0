"""train() and eval(): dropout and batch normalisation compute something else in each."""

from __future__ import annotations

import re
import weakref
from typing import Any

from ...core.grad_fn import output_of
from ...core.node import Node
from ...core.observe import mode
from ...nn import Module
from ..frames import Line
from .finding import Check, Notes, here
from .graph import parameters_of

KEPT = 64  # forward passes of which it is not yet known what they were for
ON_PURPOSE = re.compile(r"(training ?=|,) ?True\b")


class Modes(Check):
    """Looks at the mode in which a model is asked, from outside, and what for.

    In training mode it is asked for an evaluation: under no_grad, unless its output is computed with in a graph
    afterwards, as a generator's may be; or if no backward pass ever comes to its output, though an optimizer trains it.
    It is so on purpose where ``train()`` was called after the last backward pass, or where only a part of it trains.
    In evaluation mode with gradients it is asked for training, if an optimizer then steps with its parameters.
    """

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.inside: list[Any] = []
        self.chosen: weakref.WeakSet[Module] = weakref.WeakSet()  # put into training mode since the last backward pass
        self.handle: Any = None
        self.asked: dict[int, tuple[Any, Line | None, str]] = {}  # by the memory of the output
        self.waiting: weakref.WeakKeyDictionary[Node, list[Any]] = weakref.WeakKeyDictionary()  # for a backward pass
        self.forwards: list[list[Any]] = []  # [model, line, layers, whether a backward pass came]
        self.evaluating: dict[int, tuple[Module, Line | None]] = {}
        self.optimizers: dict[int, set[int]] = {}  # the parameters of each that has made a step

    def mode_set(self, module: Module) -> None:
        (self.chosen.add if module.training else self.chosen.discard)(module)

    def drops(self) -> None:
        """Dropout that the mode does not reach; who writes training=True wants it so."""
        line = here()
        if self.inside and not self.inside[-1].training and not (line and ON_PURPOSE.search(line.text)):
            self.notes.add(
                "dropout_in_eval",
                line,
                f"Dropout runs here though {type(self.inside[-1]).__name__} is in evaluation mode: a function does not "
                "know the mode of the model, so the answer is another one each time.",
                "F.dropout(x, p, training=self.training), or a layer nn.Dropout(p); dropout_p=p * self.training.",
            )

    def backward_began(self, roots: Any, kind: str, graph: bool) -> None:
        self.chosen.clear()

    def module_entered(self, module: Any) -> None:
        self.inside.append(module)
        if len(self.inside) > 1:
            return
        if mode.grad and not module.training and _of_two_modes(module, training=False):
            self.evaluating[id(module)] = module, here()
        elif module.training and module not in self.chosen:
            self._in_training(module)

    def _in_training(self, module: Any) -> None:
        """Wait for what a model's output is used for."""
        if (layers := _of_two_modes(module, training=True)) and not self._draws(module, layers):
            line, asked = here(), self._trained if mode.grad else self._asked
            self.handle = module.register_forward_hook(lambda _, args, out: asked(module, out, line, layers))

    def _draws(self, module: Module, layers: str) -> bool:
        """Whether it may be one of two networks that train each other, which is asked for samples in training mode."""
        own = set(map(id, module.parameters()))
        return layers.startswith("BatchNorm") and any(own.isdisjoint(params) for params in self.optimizers.values())

    def module_left(self, module: Any) -> None:
        self.inside.pop()
        if not self.inside and self.handle is not None:
            self.handle.remove()
            self.handle = None

    def _trained(self, module: Module, out: Any, line: Line | None, layers: str) -> None:
        node, _ = output_of(getattr(out[0] if isinstance(out, tuple) else out, "node", None))
        if isinstance(node, Node):
            self.waiting[node] = forward = [module, line, layers, False]
            self.forwards = [*[f for f in self.forwards if not f[3]][-KEPT:], forward]

    def node_ran(self, node: Node, g: Any, gradients: Any, parts: Any) -> None:
        if (forward := self.waiting.pop(node, None)) is not None:
            forward[3] = True

    def _asked(self, module: Module, out: Any, line: Line | None, layers: str) -> None:
        if hasattr(out, "array"):
            memory = _memory(out)
            self.asked[id(memory)] = memory, line, layers
        if len(self.asked) > KEPT:
            self._note(*self.asked.pop(next(iter(self.asked)))[1:])

    def node_made(self, node: Any, args: tuple[Any, ...], out: Any) -> None:
        for x in args if self.asked else ():
            if hasattr(x, "array"):
                self.asked.pop(id(_memory(x)), None)

    def act_ended(self, act: str, owner: Any) -> None:
        if act != "step":
            return
        own = self.optimizers[id(owner)] = set(map(id, parameters_of(owner)))
        for key, (module, line) in list(self.evaluating.items()):
            if not own.isdisjoint(map(id, module.parameters())):
                del self.evaluating[key]
                self.notes.add(
                    "no_train",
                    line,
                    f"The model is trained in evaluation mode, so without its {_of_two_modes(module, training=False)}.",
                    "model.train() before the training, after every evaluation.",
                )

    def conclude(self) -> None:
        """What nobody has computed with was asked for an evaluation."""
        for _, line, layers in self.asked.values():
            self._note(line, layers)
        for module, line, layers, swept in self.forwards:
            own = set(map(id, module.parameters()))
            if not swept and any(not own.isdisjoint(params) for params in self.optimizers.values()):
                self._note(line, layers)

    def _note(self, line: Line | None, layers: str) -> None:
        self.notes.add(
            "no_eval",
            line,
            f"The model is asked in training mode, not trained: its {layers} acts as in training, so the answer is "
            "another one each time, or depends on the other samples of the batch.",
            "model.eval() before the evaluation, model.train() after it.",
        )


def _memory(x: Any) -> Any:
    """The array that a tensor's numbers lie in, for it and all its views."""
    return x.array if x.array.base is None else x.array.base


def _of_two_modes(module: Module, training: bool) -> str:
    """The kinds of layers in a module, in this mode, that compute something else in the other: ``Dropout``."""
    kinds = [type(m).__name__ for m in module.modules() if m.training is training and _random(m)]
    return " and ".join(dict.fromkeys(kinds))


def _random(m: Any) -> bool:
    name = type(m).__name__
    if "Dropout" in name or isinstance(getattr(m, "dropout", None), float):
        return bool(getattr(m, "p", getattr(m, "dropout", 0)))
    return "running_mean" in m._buffers and m.running_mean is not None
