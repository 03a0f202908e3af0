"""AdamW: Adam with a weight decay of its own.

Source  Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
"""

from __future__ import annotations

from typing import Any

from .adam import Adam
from .optimizer import Params, Rate


class AdamW(Adam):
    """AdamW: ``Adam`` with decoupled weight decay, which shrinks the weights and does not enter the gradient.

    Math    p <- p (1 - lr weight_decay), then the step of Adam:
            m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2
            p <- p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)        (b1, b2) = ``betas``
    Raises  ValueError for negative options and betas outside [0, 1).
    Source  Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (1000 * w).sum().backward(); optimizer.step(); w
    tensor([0.8500], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-3,
        betas: tuple[Rate, Rate] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad,
            foreach=foreach, maximize=maximize, capturable=capturable, differentiable=differentiable, fused=fused,
            decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
