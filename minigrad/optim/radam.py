"""RAdam: Adam that trusts its mean of squares only once it has seen enough of them.

Source  Liu et al. 2020, https://arxiv.org/abs/1908.03265
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from .adam import moments, with_decay
from .arithmetic import beside
from .optimizer import Group, Optimizer, Params, Rate, State, check, count, number


class RAdam(Optimizer):
    """RAdam: Adam, rectified for the variance of its adaptive step; plain momentum in the first steps.

    Math    m <- b1 m + (1 - b1) g       m^ = m / (1 - b1^t)
            v <- b2 v + (1 - b2) g^2     v^ = v / (1 - b2^t)
            R = 2 / (1 - b2) - 1         rho = R - 2 t b2^t / (1 - b2^t)         how many squares v amounts to
            rho > 5:  p <- p - lr r m^ / sqrt(v^)      r = sqrt((rho - 4)(rho - 2) R / ((R - 4)(R - 2) rho))
            else:     p <- p - lr m^
            eps is added to sqrt(v). ``weight_decay`` adds weight_decay p to g, or with ``decoupled_weight_decay``
            shrinks p by lr weight_decay.
            (b1, b2) = ``betas``, t is the number of the step
    Raises  ValueError for negative options and betas outside [0, 1).
    Source  Liu et al. 2019, https://arxiv.org/abs/1908.03265

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.RAdam([w], lr=0.1)
    >>> w.sum().backward(); optimizer.step(); w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check(lr, eps=eps, betas=betas, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        t, lr, (b1, b2) = count(state), number(group["lr"]), group["betas"]
        g = with_decay(p, g, group, lr)
        step, scratch = np.empty_like(p), np.empty_like(p)
        m, v = moments(p, g, state, b1, b2, scratch)
        np.divide(m, beside(m, 1 - b1**t), out=step)
        step *= beside(step, float(lr))
        most = 2 / (1 - b2) - 1
        rho = most - 2 * t * b2**t / (1 - b2**t)
        if rho > 5:
            rectified = ((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)) ** 0.5
            np.sqrt(v, out=scratch)
            scratch += group["eps"]
            np.reciprocal(scratch, out=scratch)
            scratch *= beside(scratch, (1 - b2**t) ** 0.5)
            step *= scratch
            step *= beside(step, rectified)
        p -= step
