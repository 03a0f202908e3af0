"""Parameter: a tensor that a Module counts among its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import wrap
from ..tensor import Tensor


class Parameter(Tensor):
    """A leaf tensor that joins ``module.parameters()`` when it is assigned to a module.

    The memory is shared with ``data``.

    >>> w = minigrad.nn.Parameter(minigrad.tensor([2.])); (w * 3).backward(); w.grad
    tensor([3.])
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        if data is not None and not isinstance(data, Tensor):
            raise AttributeError(
                f"'{type(data).__name__}' object has no attribute 'detach': Parameter data must be a Tensor; wrap it "
                "in torch.tensor()"
            )
        p = object.__new__(cls)
        p.array = np.empty(0, np.float32) if data is None else data.array
        p.version = p.viewing = p.node = None
        p.requires_grad_(requires_grad)
        return p

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        pass

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(wrap(self.array.copy("K")), self.requires_grad)
        return memo[id(self)]  # type: ignore[no-any-return]
