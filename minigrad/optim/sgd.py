"""Stochastic gradient descent.

Sources  Robbins & Monro 1951, https://doi.org/10.1214/aoms/1177729586; momentum: Polyak 1964; Nesterov's form:
         Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from ..core.variable import wrap
from .arithmetic import add, beside, plus
from .optimizer import Group, Optimizer, Params, Rate, State, check, decayed


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for: steps along the gradient, or along a running sum of it.

    Math    g <- g + weight_decay p
            v <- momentum v + (1 - dampening) g        the first step takes v = g; without momentum v is g
            p <- p - lr v                              nesterov looks ahead: p <- p - lr (g + momentum v)
    Raises  ValueError for negative options, and for nesterov without momentum or with dampening.
    Source  Robbins & Monro 1951; Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Rate = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check(lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
            "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        g = decayed(g, p, group["weight_decay"])
        momentum = group["momentum"]
        if momentum:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = wrap(np.array(g))
                v = state["momentum_buffer"].array
            else:
                v = state["momentum_buffer"].array
                v *= beside(v, momentum)
                add(v, g, 1 - group["dampening"])
            g = plus(g, v, momentum) if group["nesterov"] else v
        add(p, g, -float(group["lr"]))
