"""Variable: the spelling of a differentiable tensor before torch 0.4."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor


class _IsTensor(type):
    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, Tensor)


class Variable(metaclass=_IsTensor):
    """``Variable(x, requires_grad=True)`` is the same memory as a leaf of its own: today simply a Tensor.

    Raises  TypeError if ``x`` is no Tensor.

    >>> w = minigrad.autograd.Variable(minigrad.tensor([1.]), requires_grad=True); w
    tensor([1.], requires_grad=True)
    >>> isinstance(w, minigrad.autograd.Variable)
    True
    """

    def __new__(cls, data: Any, requires_grad: bool = False) -> Any:
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)
