"""Value, gradient and second gradient of any callable, as ndarrays.

minigrad answers to torch's names, so the same text runs on either engine; torch's answer is the expected one.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
import torch

import minigrad
from minigrad.core.variable import wrap

from .device import pick

Array = np.ndarray[Any, Any]


@dataclass
class Answer:
    """What an engine said.

    outputs   every output in order, arrays or plain Python values
    grad_fn   the name of the node behind each output that is a tensor, None for a constant
    first     d<outputs, cotangents>/d operand, for each float64 or float32 operand
    second    the same of <first, cotangents>, for each operand and then for each cotangent of the outputs
    """

    outputs: list[Any]
    grad_fn: list[str | None]
    first: list[Array] = field(default_factory=list)
    second: list[Array] = field(default_factory=list)


class Engine:
    """One of the two packages, asked through the surface they share."""

    def __init__(self, package: ModuleType, tensor: Callable[[Array], Any]) -> None:
        self.package = package
        self.tensor = tensor

    def find(self, name: str) -> Callable[..., Any]:
        """The function called ``name`` ("mul", "nn.functional.relu", "Tensor.view").

        Raises  AttributeError if the package has none.
        """
        found: Any = self.package
        for part in name.split("."):
            if not hasattr(found, part) and isinstance(found, ModuleType):
                try:
                    importlib.import_module(f"{found.__name__}.{part}")
                except ModuleNotFoundError:
                    raise AttributeError(f"{self.package.__name__} has no {name}") from None
            found = getattr(found, part)
        return found  # type: ignore[no-any-return]

    def ask(
        self, f: Callable[..., Any], args: Sequence[Any], kwargs: Any = None, order: int = 0, graph: bool = False
    ) -> Answer:
        """Call ``f`` and differentiate it ``order`` times against fixed random cotangents.

        Floating arrays among the arguments are differentiated if ``order`` is not 0, but for read-only ones; ``graph``
        asks for a first gradient that has a graph of its own, as ``order=2`` needs.
        """
        operands: list[Any] = []
        args = self._tensors(args, operands, order > 0)
        kwargs = self._tensors(kwargs or {}, operands, order > 0)
        outputs = list(flatten(f(*args, **kwargs)))
        answer = Answer([as_array(y) for y in outputs], [_node_name(y) for y in outputs])
        if order == 0:
            return answer
        ends = [y for y in outputs if getattr(y, "requires_grad", False)]
        seeds = [self._seed(y, k, order == 2) for k, y in enumerate(ends)]
        first = self._grad(ends, operands, seeds, graph=graph or order == 2)
        answer.first = [as_array(g) for g in first]
        if order == 2:
            ends = [g for g in first if g.requires_grad]
            again = [self._seed(g, 7 + k, False) for k, g in enumerate(ends)]
            answer.second = [as_array(g) for g in self._grad(ends, operands + seeds, again, graph=False)]
        return answer

    def _grad(self, ends: list[Any], inputs: list[Any], seeds: list[Any], graph: bool) -> list[Any]:
        if not ends:
            return [self.package.zeros_like(x) for x in inputs]
        return list(
            self.package.autograd.grad(
                ends, inputs, seeds, create_graph=graph, allow_unused=True, materialize_grads=True
            )
        )

    def _seed(self, y: Any, k: int, differentiate: bool) -> Any:
        values = cotangent(tuple(y.shape), k).astype(as_array(y).dtype)
        return self.tensor(values).requires_grad_(differentiate)

    def _tensors(self, value: Any, operands: list[Any], differentiate: bool) -> Any:
        """``value`` with its arrays turned into tensors; the differentiable ones are added to ``operands``."""
        if isinstance(value, np.ndarray):
            x = self.tensor(value)
            if differentiate and value.dtype.kind == "f" and value.flags.writeable:
                operands.append(x.requires_grad_())
            return x
        if isinstance(value, (list, tuple)):
            return type(value)([self._tensors(v, operands, differentiate) for v in value])
        if isinstance(value, dict):
            return {k: self._tensors(v, operands, differentiate) for k, v in value.items()}
        if isinstance(value, np.dtype):
            return getattr(self.package, value.name)
        return value


def cotangent(shape: tuple[int, ...], k: int) -> Array:
    """The gradient that arrives at output ``k``: always the same random numbers."""
    return np.asarray(np.random.default_rng([k, *shape]).uniform(0.5, 1.5, shape))


def flatten(value: Any) -> Iterator[Any]:
    """The leaves of nested tuples and lists."""
    if isinstance(value, (list, tuple)) and not isinstance(value, (torch.Size, minigrad.Size)):
        for v in value:
            yield from flatten(v)
    else:
        yield value


def as_array(value: Any) -> Any:
    """A tensor of either engine as an ndarray; anything else as it is."""
    if isinstance(value, torch.Tensor):
        return value.numpy(force=True)
    return value.array if isinstance(value, minigrad.Tensor) else value


def _node_name(y: Any) -> str | None:
    node = getattr(y, "grad_fn", None)
    return None if node is None else node.name().rsplit("::")[-1]


class Reference(Engine):
    """torch, where it is asked to compute; the CPU answers for what that device cannot do.

    CUDA lacks some kernels (integers in pools, lengths of packed sequences, repeatable scatters of 0-d tensors), and
    torch 2.11's leave the process unusable after the gradient of an embedding without columns: what is empty is
    asked of the CPU.
    """

    device = torch.device("cpu")

    def __init__(self) -> None:
        super().__init__(torch, lambda a: torch.from_numpy(a.copy()).to(self.device))

    def ask(
        self, f: Callable[..., Any], args: Sequence[Any], kwargs: Any = None, order: int = 0, graph: bool = False
    ) -> Answer:
        if self.on_cpu:
            return super().ask(f, args, kwargs, order, graph)
        operands = [v for v in flatten([*args, *(kwargs or {}).values()]) if isinstance(v, np.ndarray)]
        if any(v.size == 0 for v in operands):
            return TORCH_CPU.ask(f, args, kwargs, order, graph)
        try:
            return super().ask(f, args, kwargs, order, graph)
        except torch.AcceleratorError:
            raise  # the device itself broke
        except (RuntimeError, IndexError):
            return TORCH_CPU.ask(f, args, kwargs, order, graph)

    @property
    def on_cpu(self) -> bool:
        """Whether it is the CPU that answers: only there are nodes, types and errors what the table says."""
        return self.device.type == "cpu"


def compute_on(name: str) -> None:
    """Choose where torch computes its answers: "auto", "cpu", "cuda" or "mps".

    Gradients are checked in float64, which MPS does not know: "auto" passes it over.

    Raises  RuntimeError if that device is not there.
    """
    device = pick(name)
    if name == "auto" and device.type == "mps":
        device = pick("cpu")
    TORCH.device = device


TORCH = Reference()
TORCH_CPU = Reference()
MINIGRAD = Engine(minigrad, wrap)
