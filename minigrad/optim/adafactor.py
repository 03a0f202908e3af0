"""Adafactor: Adam's mean of squares in the memory of one row and one column.

Source  Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.dtype import Array
from ..core.half import widened
from ..core.public import public
from ..core.variable import wrap
from ..tensor import Tensor
from .arithmetic import add, beside, inverse_root, lerp
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, count, number


@public("minigrad.optim")
class Adafactor(Optimizer):
    """Adafactor: adaptive steps whose mean of squares is kept as a row and a column, relative to the weights' size.

    Math    w = t^beta2_decay                                  the weight of the newest square
            R <- R + w (mean of G^2 along rows - R)            C <- C + w (mean of G^2 along columns - C)
            V = R C / max(mean R, eps1)                        of a vector: V <- V + w (g^2 - V), not factored
            U = G / max(sqrt(V), eps1)
            p <- p (1 - lr weight_decay) - max(eps2, rms p) min(lr, 1 / sqrt(t)) U / max(1, rms(U) / d)
            (eps1, eps2) = ``eps``; eps1 None stands for that of the dtype.
    Raises  ValueError for negative options, a positive beta2_decay and d below 1.
    Source  Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.Adafactor([w], lr=0.1)
    >>> (1000 * w).sum().backward(); optimizer.step(); w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, this one is {list(lr.shape)}")
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for k, value in enumerate(eps):
            if value is not None and not value >= 0.0:
                raise ValueError(f"epsilon{k + 1} should be >= 0 but is: {value}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        t, lr, (least, smallest_rms) = count(state), number(group["lr"]), group["eps"]
        if least is None:  # the group's first parameter decides
            least = next(q.dtype for q in group["params"] if q.grad is not None).numpy.type
            least = float(np.finfo(least).eps)
        newest = t ** group["beta2_decay"]
        step = max(smallest_rms, _rms(p)) * min(lr, 1 / t**0.5)
        if group["weight_decay"]:
            p *= beside(p, float(1 - lr * group["weight_decay"]))
        if p.ndim > 1:
            factors = []
            for name, axis in (("row_var", -1), ("col_var", -2)):
                mean = _norm(g, axis=axis, keepdims=True)
                mean *= mean
                mean /= beside(mean, float(g.shape[axis]))
                if name not in state:
                    state[name] = wrap(np.zeros_like(mean))
                factors.append(state[name].array)
                lerp(factors[-1], mean, newest, np.empty_like(mean))
            rows, columns = factors
            v = rows * columns
            v /= np.maximum(rows.mean(-2, keepdims=True), least)
        else:
            v = buffer(state, "variance", p)
            lerp(v, g * g, newest, np.empty_like(v))
        u = inverse_root(np.maximum(v, least**2))
        u *= g
        add(p, u, -float(step / max(1.0, _rms(u) / group["d"])))


def _norm(x: Array, **options: Any) -> Array:
    return np.linalg.norm(widened(x), **options).astype(x.dtype)


def _rms(x: Array) -> float:
    return float(_norm(x)) / float(x.size**0.5)
