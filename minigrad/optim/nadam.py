"""NAdam: Adam with Nesterov's look ahead.

Source  Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from .adam import moments, with_decay
from .arithmetic import addcdiv, beside
from .optimizer import Group, Optimizer, Params, Rate, State, check, count, number, scalar


class NAdam(Optimizer):
    """NAdam: Adam with Nesterov momentum.

    Math    mu_t = b1 (1 - 0.96^(t momentum_decay) / 2)            M_t = mu_1 mu_2 ... mu_t
            m <- b1 m + (1 - b1) g
            v <- b2 v + (1 - b2) g^2       v^ = v / (1 - b2^t)
            p <- p - lr ((1 - mu_t) / (1 - M_t) g + mu_{t+1} / (1 - M_{t+1}) m) / (sqrt(v^) + eps)
            ``weight_decay`` adds weight_decay p to g, or with ``decoupled_weight_decay`` shrinks p by lr weight_decay.
            (b1, b2) = ``betas``, t is the number of the step
    Raises  ValueError for negative options and betas outside [0, 1).
    Source  Dozat, Incorporating Nesterov momentum into Adam (2016)

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.NAdam([w], lr=0.1)
    >>> (1000 * w).sum().backward(); optimizer.step(); w
    tensor([0.8944], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check(lr, eps=eps, betas=betas, weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        t, lr, (b1, b2) = count(state), number(group["lr"]), group["betas"]
        product = scalar(state, "mu_product", 1.0)
        g = with_decay(p, g, group, lr)
        mu, mu_next = [b1 * (1 - 0.5 * 0.96 ** (k * group["momentum_decay"])) for k in (t, t + 1)]
        product *= mu
        denominators, scratch = np.empty_like(p), np.empty_like(p)
        m, v = moments(p, g, state, b1, b2, scratch)
        np.divide(v, beside(v, 1 - b2**t), out=denominators)
        np.sqrt(denominators, out=denominators)
        denominators += group["eps"]
        addcdiv(p, g, denominators, -float(lr * (1 - mu) / (1 - product.item())), scratch)
        addcdiv(p, m, denominators, -float(lr * mu_next / (1 - product.item() * mu_next)), scratch)
