"""Averaged stochastic gradient descent: the mean of the path is better than its end.

Source  Polyak & Juditsky 1992, https://doi.org/10.1137/0330046
"""

from __future__ import annotations

from ..core.dtype import Array, default_float
from .arithmetic import add, beside
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, check, count, decayed, number, scalar


class ASGD(Optimizer):
    """Averaged stochastic gradient descent: decreasing steps; the state's ``ax`` is the mean of the weights since t0.

    Math    g <- g + weight_decay p
            p <- p (1 - lambd eta) - eta g           eta = lr / (1 + lambd lr t)^alpha, one step late
            ax <- ax + mu (p - ax)                   mu = 1 / max(1, t - t0), one step late: until then ax = p
    Raises  ValueError for a negative lr or weight_decay.
    Source  Polyak & Juditsky, Acceleration of stochastic approximation by averaging (1992)

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.ASGD([w], lr=0.1)
    >>> w.sum().backward(); optimizer.step(); w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check(lr, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        t, lr, lambd = count(state), number(group["lr"]), group["lambd"]
        eta, mu = scalar(state, "eta", float(lr)), scalar(state, "mu", 1.0)
        ax = buffer(state, "ax", p)
        g = decayed(g, p, group["weight_decay"])
        step = eta.item()
        p *= beside(p, 1 - lambd * step)
        add(p, g, -step)
        if mu == 1:
            ax[...] = p
        else:
            rise = p - ax
            rise *= beside(rise, mu.item())
            ax += rise
        eta[...] = default_float().type(
            lr / (1 + lambd * lr * t) ** group["alpha"]
        )  # of float64 when loaded for such p
        mu[...] = default_float().type(1 / max(1, t - group["t0"]))
