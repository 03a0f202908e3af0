"""Rprop: only the gradient's sign counts. For full batches: noise flips signs.

Source  Riedmiller & Braun 1993, https://doi.org/10.1109/ICNN.1993.298623
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from ..ops.elementwise.piecewise import sign
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, check, count


class Rprop(Optimizer):
    """Resilient backpropagation: a step size for each weight grows while the gradient keeps its sign, else shrinks.

    Math    s <- clamp(s * (eta+ if g g' > 0, eta- if g g' < 0, else 1), *step_sizes)      g' the last gradient
            g <- 0 where the sign flipped
            p <- p - sign(g) s
            (eta-, eta+) = ``etas``; the first s is lr
    Raises  ValueError for a negative lr (the first step size) and etas that do not satisfy 0 < eta- < 1 < eta+.
    Source  Riedmiller & Braun, A direct adaptive method for faster backpropagation learning (1993)

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.Rprop([w], lr=0.1)
    >>> (1000 * w).sum().backward(); optimizer.step(); w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}: they must satisfy 0 < eta- < 1 < eta+")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        count(state)
        prev, s = buffer(state, "prev", p), buffer(state, "step_size", p, float(group["lr"]))
        shrink, grow = group["etas"]
        prev *= g
        s *= np.where(prev > 0, grow, np.where(prev < 0, shrink, 1.0)).astype(p.dtype)
        np.clip(s, *group["step_sizes"], out=s)
        prev[...] = np.where(prev < 0, 0.0, g)
        p -= sign(prev) * s
