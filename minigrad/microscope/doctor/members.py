"""Which parameters a model has, which of them a gradient reaches, and which an optimizer knows."""

from __future__ import annotations

import inspect
import linecache
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

from ...core.node import Leaf
from ...core.variable import Variable
from ...nn import Module
from ..frames import Line
from .finding import HandCheck, Notes, here
from .graph import leaf_of, parameters_of


class Members(HandCheck):
    """Compares models, gradients and optimizers with each other, at the end."""

    def __init__(self, notes: Notes, watched: Iterable[Any]) -> None:
        self.notes = notes
        self.models: dict[int, Module] = {id(m): m for m in watched if isinstance(m, Module)}
        self.optimizers: dict[int, tuple[Any, Line | None]] = {
            id(o): (o, None) for o in watched if hasattr(o, "param_groups")
        }
        self.places: weakref.WeakKeyDictionary[Leaf, int] = weakref.WeakKeyDictionary()
        self.reached: weakref.WeakKeyDictionary[Leaf, tuple[int, int]] = (
            weakref.WeakKeyDictionary()
        )  # pass, place in it
        self.moved: weakref.WeakSet[Leaf] = weakref.WeakSet()
        self.depth = self.passes = self.place = 0

    # ---- what the engine tells ----

    def module_entered(self, module: Any) -> None:
        if not self.depth:
            self.models.setdefault(id(module), module)
        self.depth += 1

    def module_left(self, module: Any) -> None:
        self.depth -= 1

    def backward_began(self, roots: Any, kind: str, graph: bool) -> None:
        self.passes += 1
        self.place = 0

    def node_ran(self, node: Any, g: Any, gradients: Any, parts: Any) -> None:
        self.place += 1
        for parent in node.parents:
            if type(parent) is Leaf:
                self.places[parent] = self.place

    def accumulate_began(self, leaf: Leaf, g: Any) -> None:
        self.reached[leaf] = self.passes, self.places.get(leaf, 0)

    def act_ended(self, act: str, owner: Any) -> None:
        super().act_ended(act, owner)
        new = self.optimizers.get(id(owner), (owner, None))[1] is None
        if act == "step" and self.passes and new:  # several may step after one backward pass
            self.optimizers[id(owner)] = owner, here()

    def assigned(self, x: Any, attribute: str) -> None:
        if attribute == "data" and (leaf := leaf_of(x)) is not None:
            self.moved.add(leaf)

    def wrote(self, x: Any, by: str, recorded: bool) -> None:
        if not self.acting and not recorded:
            self.moved.update(
                leaf for leaf in self.reached if (own := leaf.owner()) is not None and own.array is x.array
            )

    # ---- the end ----

    def conclude(self) -> None:
        """Say which parameters are in one place and not in another."""
        known = {id(p) for optimizer, _ in self.optimizers.values() for p in parameters_of(optimizer)}
        stray = [self._stray(optimizer, line) for optimizer, line in self.optimizers.values()]
        registered = {id(m) for model in self.models.values() for m in model.modules()}
        for model in list(self.models.values()):
            for module in model.modules():
                self._hidden(module, registered, known)
        if self.optimizers and not any(stray):
            for model in self.models.values():
                self._unknown(model, known)

    def _stray(self, optimizer: Any, line: Line | None) -> bool:
        """Whether an optimizer has parameters that no model has, and no gradient reaches."""
        own = {id(p) for model in self.models.values() for p in model.parameters()}
        params = parameters_of(optimizer)
        stray = [p for p in params if id(p) not in own and leaf_of(p) not in self.reached]
        if stray and self.models and self.reached:
            self.notes.add(
                "not_of_the_model",
                line,
                f"{len(stray)} of the {len(params)} parameters of this {type(optimizer).__name__} are in no model that "
                "ran, and no gradient reached them: they belong to another model, or to layers that were replaced.",
                "make the optimizer after the model, and again if the model is made anew.",
            )
        return bool(stray)

    def _hidden(self, module: Module, registered: set[int], known: set[int]) -> None:
        """Layers in plain lists and dicts, weights that are plain tensors."""
        for name, kept in vars(module).items():
            if name.startswith("_"):
                continue
            owner = type(module).__name__
            hidden = [layer for layer in _modules_in(kept) if id(layer) not in registered]
            if any(self._untrained(p, known) for layer in hidden for p in layer.parameters()):
                plain = type(kept).__name__
                wrapped = "ModuleDict" if isinstance(kept, dict) else "ModuleList"
                self.notes.add(
                    "layers_in_a_list",
                    _assignment(module, name),
                    f"{owner}.{name} is a plain {plain}: {owner}.parameters() does not have the parameters of the "
                    "layers in it, so they are not trained, saved or moved.",
                    f"self.{name} = nn.{wrapped}(...).",
                )
            if isinstance(kept, Variable) and self._untrained(kept, known):
                self.notes.add(
                    "tensor_for_a_parameter",
                    _assignment(module, name),
                    f"{owner}.{name} is a plain tensor: {owner}.parameters() does not have it, so it is not trained.",
                    f"self.{name} = nn.Parameter(...).",
                )

    def _untrained(self, p: Any, known: set[int]) -> bool:
        """Whether a gradient comes to a parameter, and nobody uses it."""
        leaf = leaf_of(p)
        if leaf is None or not p.requires_grad or id(p) in known or leaf in self.moved:
            return False
        return leaf in self.reached or not self.reached

    def _unknown(self, model: Module, known: set[int]) -> None:
        """Parameters of a model that get gradients, which no optimizer uses.

        A model that is not trained at all, between the loss and one that is, is there to judge: a discriminator.
        """
        names = [
            name for name, p in model.named_parameters() if leaf_of(p) in self.reached and self._untrained(p, known)
        ]
        if not names or not model.training:
            return
        own = [self.reached[leaf] for p in model.parameters() if (leaf := leaf_of(p)) in self.reached]  # type: ignore[index]
        last = max(own)[0]
        trained = [place for leaf, place in self.reached.items() if place[0] == last and id(leaf.owner()) in known]
        if len(names) == len(own) and (not trained or min(place for place in own if place[0] == last) <= min(trained)):
            return
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        self.notes.add(
            "unknown_to_the_optimizer",
            next((line for _, line in self.optimizers.values() if line), None),
            f"{shown} of {type(model).__name__} get gradients, but no optimizer has them, so they are not trained.",
            "give the optimizer all parameters; freeze what shall stay: p.requires_grad_(False).",
            id(model),
        )


def _modules_in(kept: Any) -> Iterator[Module]:
    """The modules in lists, tuples and dicts."""
    if isinstance(kept, Module):
        yield kept
    elif isinstance(kept, (list, tuple, dict)):
        for inner in kept.values() if isinstance(kept, dict) else kept:
            yield from _modules_in(inner)


def _assignment(module: Module, name: str) -> Line | None:
    """The line of a class that assigns ``self.name``."""
    try:
        file = inspect.getsourcefile(type(module))
        rows, start = inspect.getsourcelines(type(module))
    except (OSError, TypeError):
        return None
    for number, row in enumerate(rows, start):
        if f"self.{name}" in row and "=" in row and file:
            return Line(file, number, linecache.getline(file, number).strip(), "__init__")
    return None
