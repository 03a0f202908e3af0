"""Adam and AdamW: steps of about lr, whatever the gradient's scale.

Sources  Kingma & Ba 2015, https://arxiv.org/abs/1412.6980; AMSGrad: Reddi et al. 2018; AdamW: Loshchilov & Hutter
         2019, https://arxiv.org/abs/1711.05101
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .optimizer import Group, Optimizer, State, at_least_zero, betas_in_range, buffer, count, flags


class Adam(Optimizer):
    """p <- p - lr m^ / (sqrt(v^) + eps).

    Math    m <- b1 m + (1 - b1) g       m^ = m / (1 - b1^t)      a running mean of the gradient
            v <- b2 v + (1 - b2) g^2     v^ = v / (1 - b2^t)      and of its square; both start at 0, hence the ^
    ``weight_decay`` adds weight_decay p to g, or with ``decoupled_weight_decay`` shrinks p by lr weight_decay.
    ``amsgrad`` divides by the largest v so far.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        at_least_zero(lr=lr, eps=eps)
        betas_in_range(betas)
        at_least_zero(weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "decoupled_weight_decay": decoupled_weight_decay,
            **flags(foreach, fused, capturable, differentiable),
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Any, g: Any, group: Group, state: State) -> None:
        t = count(state)
        lr, (b1, b2) = float(group["lr"]), group["betas"]
        if group["weight_decay"]:
            if group["decoupled_weight_decay"]:
                p *= 1 - lr * group["weight_decay"]
            else:
                g = g + group["weight_decay"] * p
        m, v = buffer(state, "exp_avg", p), buffer(state, "exp_avg_sq", p)
        scratch = np.subtract(g, m)
        scratch *= 1 - b1
        m += scratch
        v *= b2
        np.multiply(g, g, out=scratch)
        scratch *= 1 - b2
        v += scratch
        if group["amsgrad"]:
            largest = buffer(state, "max_exp_avg_sq", p)
            np.maximum(largest, v, out=largest)
            v = largest
        np.sqrt(v, out=scratch)
        scratch /= math.sqrt(1 - b2**t)
        scratch += group["eps"]
        np.divide(m, scratch, out=scratch)
        scratch *= lr / (1 - b1**t)
        p -= scratch


class AdamW(Adam):
    """Adam whose weight decay shrinks the weights directly instead of entering the gradient."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        **flags: Any,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay=True, **flags)
