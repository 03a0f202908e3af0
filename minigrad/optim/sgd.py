"""Stochastic gradient descent.

Sources  Robbins & Monro 1951; momentum: Polyak 1964; Nesterov's form: Sutskever et al. 2013.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import wrap
from .optimizer import Group, Optimizer, State, at_least_zero


class SGD(Optimizer):
    """p <- p - lr v,  with  v <- momentum v + (1 - dampening) g  and  g <- g + weight_decay p.

    Without momentum v is g. ``nesterov`` looks ahead: it steps by g + momentum v. The first step takes v = g.

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        at_least_zero(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
            "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)

    def update(self, p: Any, g: Any, group: Group, state: State) -> None:
        lr, momentum = float(group["lr"]), group["momentum"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        if momentum:
            v = state.get("momentum_buffer")
            if v is None:
                state["momentum_buffer"] = v = wrap(np.array(g))
            else:
                v.array *= momentum
                v.array += g if group["dampening"] == 0 else (1 - group["dampening"]) * g
            g = g + momentum * v.array if group["nesterov"] else v.array
        p -= lr * g
