"""Adadelta: steps in the units of the weights, without a learning rate to choose.

Source  Zeiler 2012, https://arxiv.org/abs/1212.5701
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from .arithmetic import add, addcmul, beside
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, check, count, decayed


class Adadelta(Optimizer):
    """Adadelta: the gradient, scaled by the root mean square of past steps over that of past gradients.

    Math    g <- g + weight_decay p                         p a parameter of ``params``, g its gradient
            v <- rho v + (1 - rho) g^2
            d = g sqrt(u + eps) / sqrt(v + eps)
            u <- rho u + (1 - rho) d^2
            p <- p - lr d
    Raises  ValueError for negative options and rho above 1.
    Source  Zeiler 2012, https://arxiv.org/abs/1212.5701

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.Adadelta([w], lr=10.)
    >>> w.sum().backward(); optimizer.step(); w
    tensor([0.9684], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}: it must be in [0, 1]")
        check(lr, eps=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        count(state)
        rho, eps = group["rho"], group["eps"]
        g = decayed(g, p, group["weight_decay"])
        v, u = buffer(state, "square_avg", p), buffer(state, "acc_delta", p)
        scratch, d = np.empty_like(p), np.empty_like(p)
        v *= beside(v, rho)
        addcmul(v, g, g, 1 - rho, scratch)
        np.add(v, eps, out=scratch)
        np.sqrt(scratch, out=scratch)
        np.add(u, eps, out=d)
        np.sqrt(d, out=d)
        d /= scratch
        d *= g
        u *= beside(u, rho)
        addcmul(u, d, d, 1 - rho, scratch)
        add(p, d, -float(group["lr"]))
