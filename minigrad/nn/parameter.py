"""Parameter: a tensor that a Module counts among its own."""

from __future__ import annotations

from typing import Any, Self, cast

import numpy as np

from ..core.variable import special, wrap
from ..tensor import Tensor


class _Kind(type(Tensor)):  # type: ignore[misc]
    """What ``isinstance(x, Parameter)`` asks: a tensor of a user's class that was made a Parameter keeps its class."""

    def __instancecheck__(cls, x: Any) -> bool:
        return super().__instancecheck__(x) or (cls is Parameter and getattr(x, "_is_param", False) is True)


class Parameter(Tensor, metaclass=_Kind):
    """A leaf tensor that joins ``module.parameters()`` when it is assigned to a module.

    The memory is shared with ``data``.

    >>> w = minigrad.nn.Parameter(minigrad.tensor([2.])); (w * 3).backward(); w.grad
    tensor([3.])
    """

    _hands_on = False

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Self:
        if data is not None and not isinstance(data, Tensor):
            raise AttributeError(
                f"'{type(data).__name__}' object has no attribute 'detach': Parameter data must be a Tensor; wrap it "
                "in torch.tensor()"
            )
        if data is not None and type(data) in special:
            kept: Any = data.detach().requires_grad_(requires_grad)
            kept._is_param = True
            return cast(Self, kept)
        p = object.__new__(cls)
        p.array = np.empty(0, np.float32) if data is None else data.array
        p.version = p.view_info = p.node = None
        p.requires_grad_(requires_grad)
        return p

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        pass

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(wrap(self.array.copy("K")), self.requires_grad)
        return cast(Parameter, memo[id(self)])
