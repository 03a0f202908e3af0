"""Adamax: Adam with the largest recent gradient in place of the root of the mean square.

Source  Kingma & Ba 2015, section 7.1, https://arxiv.org/abs/1412.6980
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from .arithmetic import addcdiv, beside, lerp
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, check, count, decayed, number


class Adamax(Optimizer):
    """Adamax: Adam with the infinity norm, a running mean of the gradient over a decaying maximum of its size.

    Math    g <- g + weight_decay p
            m <- b1 m + (1 - b1) g
            u <- max(b2 u, |g| + eps)
            p <- p - lr / (1 - b1^t) m / u
            (b1, b2) = ``betas``, t is the number of the step
    Raises  ValueError for negative options and betas outside [0, 1).
    Source  Kingma & Ba 2014, section 7, https://arxiv.org/abs/1412.6980

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.Adamax([w], lr=0.1)
    >>> (1000 * w).sum().backward(); optimizer.step(); w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check(lr, eps=eps, betas=betas, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        t, (b1, b2) = count(state), group["betas"]
        g = decayed(g, p, group["weight_decay"])
        m, u = buffer(state, "exp_avg", p), buffer(state, "exp_inf", p)
        scratch = np.empty_like(p)
        lerp(m, g, 1 - b1, scratch)
        np.abs(g, out=scratch)
        scratch += group["eps"]
        u *= beside(u, b2)
        np.maximum(u, scratch, out=u)
        addcdiv(p, m, u, -float(number(group["lr"]) / (1 - b1**t)), scratch)
