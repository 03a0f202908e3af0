"""Variable: the spelling of a differentiable tensor before torch 0.4."""

from __future__ import annotations

from typing import Any

from ..ops.attributes import warn_of_volatile
from ..tensor import Tensor


class _IsTensor(type):
    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, Tensor)


class Variable(metaclass=_IsTensor):
    """``Variable(x, requires_grad=True)`` is the same memory as a leaf of its own: today simply a Tensor.

    ``volatile=True``, which kept a graph from being recorded, warns and does nothing: today there is ``no_grad``.

    Raises  TypeError if ``x`` is not a Tensor; ValueError for both ``requires_grad`` and ``volatile``.

    >>> w = minigrad.autograd.Variable(minigrad.tensor([1.]), requires_grad=True); w
    tensor([1.], requires_grad=True)
    >>> isinstance(w, minigrad.autograd.Variable)
    True
    """

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if volatile and requires_grad:
            raise ValueError("Variable can't be volatile and require_grad at the same time!")
        if volatile:
            warn_of_volatile("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.")
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)
