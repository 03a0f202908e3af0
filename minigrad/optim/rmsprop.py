"""RMSprop: Adagrad that forgets.

Sources  Tieleman & Hinton 2012, lecture 6 of "Neural networks for machine learning"; centered: Graves 2013,
         https://arxiv.org/abs/1308.0850
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from .arithmetic import add, addcdiv, addcmul, beside, lerp
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, check, count, decayed


class RMSprop(Optimizer):
    """RMSprop: the gradient over the root of a running mean of its square.

    Math    g <- g + weight_decay p
            v <- alpha v + (1 - alpha) g^2
            u = g / (sqrt(v) + eps)                ``centered``: sqrt(v - m^2) with m the running mean of g
            p <- p - lr u                          with momentum: b <- momentum b + u, p <- p - lr b
    Raises  ValueError for negative options.
    Source  Hinton, Neural networks for machine learning, lecture 6 (2012)

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.RMSprop([w], lr=0.1)
    >>> (1000 * w).sum().backward(); optimizer.step(); w
    tensor([0.], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check(lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        count(state)
        lr, alpha, momentum = float(group["lr"]), group["alpha"], group["momentum"]
        g = decayed(g, p, group["weight_decay"])
        v = buffer(state, "square_avg", p)
        scratch = np.empty_like(p)
        v *= beside(v, alpha)
        addcmul(v, g, g, 1 - alpha, scratch)
        b = buffer(state, "momentum_buffer", p) if momentum > 0 else None
        if group["centered"]:
            m = buffer(state, "grad_avg", p)
            lerp(m, g, 1 - alpha, scratch)
            spread = v.copy()
            addcmul(spread, m, m, -1, scratch)
            np.sqrt(spread, out=scratch)
        else:
            np.sqrt(v, out=scratch)
        scratch += group["eps"]
        if b is not None:
            b *= beside(b, momentum)
            addcdiv(b, g, scratch, 1, scratch)
            add(p, b, -lr)
        else:
            addcdiv(p, g, scratch, -lr, scratch)
