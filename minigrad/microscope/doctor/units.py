"""Units through which no gradient comes: ReLUs that are 0 for every input, sigmoids and tanhs where they are flat."""

from __future__ import annotations

import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...core.errors import user_frame
from ...core.node import Node
from ...nn import Module
from ..frames import Line, line_of
from ..health import DERIVATIVES, FLAT
from .finding import Check, Notes
from .graph import maker

DEAD = 2 / 3  # of the units of a layer
SAMPLES = 8  # fewer, or fewer units, may be at 0 by chance
SATURATED = 0.9  # of the outputs of a layer
KEPT = 50  # how many of the last passes are remembered
LAYERS = Module.__module__.rpartition(".")[0]
MEANS = {"sum", "mean", "mean_dims"}
PRODUCTS = {"linear", "linear_unbiased", "addmm", "mm"}
LAYERED = PRODUCTS | {"convolution", "batch_norm_by_batch", "batch_norm_by_running", "layer_norm", "group_norm"}
LOSSES = {"mse_loss", "binary_cross_entropy", "smooth_l1_loss", "huber_loss", "sub", "log", "neg"}


@dataclass
class Layer:
    """An activation in a line of the program, or in a layer of a model.

    passes  how often it ran
    on      relu: for each unit whether it was above 0 for any input, and how many inputs there were, of the last times
    flat    sigmoid, tanh: the share of flat outputs, each time
    last    whether its output is a prediction, which shall be near 0 or 1, or a term of a loss, which shall be 0
    row     whether its output has one dimension: the units of one sample, or a number of a loss for each sample
    term    whether its input is computed with by hand, as in a hinge loss, and not of a layer
    """

    op: str
    name: str
    line: Line | None
    passes: int = 0
    on: deque[tuple[Any, int]] = field(default_factory=lambda: deque(maxlen=KEPT))
    flat: list[float] = field(default_factory=list)
    last: bool = False
    row: bool = False
    term: bool = False


class Units(Check):
    """Looks at what comes out of activations while gradients are recorded."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.inside: list[Any] = []
        self.layers: dict[Any, Layer] = {}
        self.made_by: weakref.WeakKeyDictionary[Node, Layer] = weakref.WeakKeyDictionary()

    def module_entered(self, module: Any) -> None:
        self.inside.append(module)

    def module_left(self, module: Any) -> None:
        self.inside.pop()

    def node_made(self, node: Node, args: tuple[Any, ...], out: Any) -> None:
        op = node.op.name
        before = maker(args[0])
        layer = None if before is None else self.made_by.get(before)
        if layer is not None:
            self._used(layer, op, args[0].array, out)
        if (op == "relu" or op in DERIVATIVES) and out.array.size:
            layer = self.made_by[node] = self._layer(op)
            layer.row = out.array.ndim < 2
            layer.term = before is None or before.op.name not in LAYERED
            if op != "relu":
                layer.flat.append(float(np.mean(DERIVATIVES[op](out.array) < FLAT)))
            elif not layer.row:
                _see(layer, out.array)

    def _used(self, layer: Layer, op: str, y: Any, out: Any) -> None:
        """An op computes with what a layer gave."""
        if layer.op != "relu":
            layer.last = layer.last or op in LOSSES
        elif op in MEANS and layer.term and out.array.ndim < 2:
            layer.last = True
        elif op in PRODUCTS and layer.row:
            _see(layer, y.reshape(1, -1))

    def _layer(self, op: str) -> Layer:
        frame, module = user_frame(), self.inside[-1] if self.inside else None
        line = line_of(frame)
        alone = module is not None and not module._modules  # nn.ReLU() itself, or one in a forward
        own = alone and type(module).__module__.startswith(LAYERS)  # a layer of minigrad's, wherever it is called
        place = None if own or line is None else (line.file, line.number, frame.f_lasti)  # of the call in the line
        key = op, id(module) if alone else 0, place
        if key not in self.layers:
            path = _path(self.inside) if alone else ""
            self.layers[key] = Layer(op, f"{op} {path}" if path else op, line)
        return self.layers[key]

    def conclude(self) -> None:
        """Judge the layers by all that was seen of them; those of one name in one line are counted."""
        alike: dict[Any, list[Layer]] = {}
        for layer in self.layers.values():
            alike.setdefault((layer.name, layer.line and (layer.line.file, layer.line.number)), []).append(layer)
        for layers in alike.values():
            for k, layer in enumerate(layers if len(layers) > 1 else [], 1):
                layer.name += f" (number {k} of {len(layers)} in this line)"
        for layer in self.layers.values():
            if layer.last:
                continue
            if layer.op == "relu":
                self._dead(layer)
            elif (share := float(np.mean(layer.flat[len(layer.flat) // 2 :]))) >= SATURATED:
                self.notes.add(
                    "saturated",
                    layer.line,
                    f"{layer.name}: {share:.0%} of its outputs lie where it is flat, and multiplies the gradient by "
                    "almost 0.",
                    "smaller weights or a smaller learning rate, inputs of mean 0 and deviation 1; or a ReLU.",
                    layer.name,
                )

    def _dead(self, layer: Layer) -> None:
        """Units die during the training, so only the last half of it is looked at."""
        recent = list(layer.on)[-max(1, layer.passes // 2) :]
        if not recent:
            return
        alike = [(on, inputs) for on, inputs in recent if on.shape == recent[-1][0].shape]
        units, inputs = np.any([on for on, _ in alike], 0), sum([n for _, n in alike])
        share = 1 - float(np.mean(units))
        sure = inputs >= SAMPLES <= units.size if share < 1 else inputs * units.size >= 2 * SAMPLES
        if share >= DEAD and sure:
            self.notes.add(
                "dead_relu",
                layer.line,
                f"{layer.name}: {share:.0%} of its {units.size} units were 0 for all of the last {inputs} inputs. They "
                "get no gradient, and stay at 0 unless what comes before them changes.",
                "a smaller learning rate, inputs of mean 0; or LeakyReLU.",
                layer.name,
            )


def _see(layer: Layer, y: Any) -> None:
    """Note which units of a relu are on: channels of images, else the last dimension."""
    unit = 1 if y.ndim > 3 else y.ndim - 1
    on = ~(y <= 0).all(tuple(d for d in range(y.ndim) if d != unit))  # nan is not dead
    layer.on.append((on, y.shape[0]))
    layer.passes += 1


def _path(inside: list[Any]) -> str:
    """The name of the innermost module in the outermost."""
    root, module = inside[0], inside[-1]
    return next((path for path, part in root.named_modules() if part is module), "")
