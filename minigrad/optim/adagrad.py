"""Adagrad: each weight has a learning rate of its own, which falls as its gradients add up.

Source  Duchi, Hazan & Singer 2011, https://jmlr.org/papers/v12/duchi11a.html
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from .arithmetic import addcdiv, addcmul
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, check, count, decayed, number, scalar


class Adagrad(Optimizer):
    """Adagrad: the gradient over the root of the sum of its squares so far.

    Math    g <- g + weight_decay p
            s <- s + g^2                                           starts at initial_accumulator_value
            p <- p - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)
    Raises  ValueError for negative options.
    Source  Duchi et al., Adaptive subgradient methods for online learning and stochastic optimization (2011)

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.Adagrad([w], lr=0.1)
    >>> (1000 * w).sum().backward(); optimizer.step(); w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        start = initial_accumulator_value
        check(lr, lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=start, eps=eps)
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": start, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        for p in [p for group in self.param_groups for p in group["params"]]:
            scalar(self.state[p], "step", 0.0)
            buffer(self.state[p], "sum", p.array, start)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        t, lr = count(state), number(group["lr"])
        g = decayed(g, p, group["weight_decay"])
        s = buffer(state, "sum", p, self.defaults["initial_accumulator_value"])
        scratch = np.empty_like(p)
        addcmul(s, g, g, 1, scratch)
        np.sqrt(s, out=scratch)
        scratch += group["eps"]
        addcdiv(p, g, scratch, -float(lr / (1 + (t - 1) * group["lr_decay"])), scratch)
