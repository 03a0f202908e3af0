"""Adam: steps of about lr, whatever the gradient's scale.

Sources  Kingma & Ba 2015, https://arxiv.org/abs/1412.6980; AMSGrad: Reddi et al. 2018,
         https://openreview.net/forum?id=ryQu7f-RZ
"""

from __future__ import annotations

import numpy as np

from ..core.dtype import Array
from ..tensor import Tensor
from .arithmetic import addcdiv, addcmul, beside, lerp
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, check, count, decayed, number


class Adam(Optimizer):
    """Adam: a running mean of the gradient over the root of a running mean of its square.

    Math    m <- b1 m + (1 - b1) g       m^ = m / (1 - b1^t)      a running mean of the gradient
            v <- b2 v + (1 - b2) g^2     v^ = v / (1 - b2^t)      and of its square; both start at 0, hence the ^
            p <- p - lr m^ / (sqrt(v^) + eps)
            ``weight_decay`` adds weight_decay p to g, or with ``decoupled_weight_decay`` shrinks p by lr weight_decay.
            ``amsgrad`` divides by the largest v so far.
            (b1, b2) = ``betas``, t is the number of the step
    Raises  ValueError for negative options and betas outside [0, 1).
    Source  Kingma & Ba 2014, https://arxiv.org/abs/1412.6980

    >>> w = minigrad.tensor([1.], requires_grad=True)
    >>> optimizer = minigrad.optim.Adam([w], lr=0.1)
    >>> (1000 * w).sum().backward(); optimizer.step(); w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-3,
        betas: tuple[Rate, Rate] = (0.9, 0.999),
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
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check(lr, eps=eps, betas=betas, weight_decay=weight_decay)
        if not (all(isinstance(b, float) for b in betas) or all(isinstance(b, Tensor) for b in betas)):
            raise ValueError(f"betas must be either both floats or both Tensors, got {betas}: write 0.0 for 0")
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        t, lr = count(state), number(group["lr"])
        b1, b2 = map(number, group["betas"])
        g = with_decay(p, g, group, lr)
        scratch = np.empty_like(p)
        m, v = moments(p, g, state, b1, b2, scratch)
        if group["amsgrad"]:
            largest = buffer(state, "max_exp_avg_sq", p)
            v = np.maximum(largest, v, out=largest)
        np.sqrt(v, out=scratch)
        scratch /= beside(v, float((1 - b2**t) ** 0.5))
        scratch += group["eps"]
        addcdiv(p, m, scratch, -float(lr / (1 - b1**t)), scratch)


def with_decay(p: Array, g: Array, group: Group, lr: Rate) -> Array:
    """The gradient with that of the weight decay; a decoupled decay shrinks p instead."""
    if not group["decoupled_weight_decay"]:
        return decayed(g, p, group["weight_decay"])
    if group["weight_decay"]:
        p *= beside(p, float(1 - lr * group["weight_decay"]))
    return g


def moments(p: Array, g: Array, state: State, b1: Array, b2: Array, scratch: Array) -> tuple[Array, Array]:
    """The running means, m <- b1 m + (1 - b1) g and v <- b2 v + (1 - b2) g^2."""
    m, v = buffer(state, "exp_avg", p), buffer(state, "exp_avg_sq", p)
    lerp(m, g, 1 - float(b1), scratch)
    v *= beside(v, float(b2))
    addcmul(v, g, g, float(1 - b2), scratch)
    return m, v
