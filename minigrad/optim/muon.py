"""Muon: momentum made orthogonal, for the matrices of hidden layers.

Sources  Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; the adjusted rates: Liu et al. 2025,
         https://arxiv.org/abs/2502.16982, and Bernstein 2025, https://jeremybernste.in/writing/deriving-muon
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..core.dtype import Array
from ..core.public import public
from ..tensor import Tensor
from .optimizer import Group, Optimizer, Params, Rate, State, buffer, number

ADJUSTED: dict[str | None, Callable[[int, int], float]] = {
    None: lambda rows, columns: math.sqrt(max(1, rows / columns)),
    "original": lambda rows, columns: math.sqrt(max(1, rows / columns)),
    "match_rms_adamw": lambda rows, columns: 0.2 * math.sqrt(max(rows, columns)),
    "spectral_unclamped": lambda rows, columns: math.sqrt(rows / columns),
}


@public("minigrad.optim")
class Muon(Optimizer):
    """Muon: momentum for matrices, orthogonalised, so that all singular values of a step are about 1.

    Math    m <- momentum m + (1 - momentum) g
            u = m, or with nesterov: momentum m + (1 - momentum) g
            X = u / ||u||, then ns_steps times X <- a X + (b A + c A^2) X with A = X X^T      (Newton-Schulz)
            p <- p (1 - lr weight_decay) - lr r X        r from the matrix's shape, by adjust_lr_fn
            As in torch the iteration is rounded to bfloat16 (3 digits): steps agree with torch's to that.
            (a, b, c) = ``ns_coefficients``
    Raises  ValueError for negative options, an unknown adjust_lr_fn and parameters that are not matrices.
    Source  Jordan et al., Muon: an optimizer for hidden layers in neural networks (2024)

    >>> w = minigrad.tensor([[1., 0.], [0., 2.]], requires_grad=True)
    >>> optimizer = minigrad.optim.Muon([w], lr=0.5, weight_decay=0.)
    >>> (w * w).sum().backward(); optimizer.step()
    >>> bool(((w - minigrad.tensor([[0.5, 0.], [0., 1.5]])).abs() < 0.2).all())
    True
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, this one is {list(lr.shape)}")
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not momentum >= 0.0:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in ADJUSTED:
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported: one of {list(ADJUSTED)}")
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for p in [p for group in self.param_groups for p in group["params"]]:
            if p.ndim != 2:
                raise ValueError(
                    f"Muon only supports 2D parameters whereas we found a parameter with size: {p.shape}: give the "
                    "others to AdamW"
                )

    def _update(self, p: Array, g: Array, group: Group, state: State) -> None:
        lr, momentum = number(group["lr"]), group["momentum"]
        m = buffer(state, "momentum_buffer", p)
        m += (g - m) * (1 - momentum)
        u = g + (m - g) * momentum if group["nesterov"] else m
        x = orthogonalized(u, group["ns_coefficients"], group["ns_steps"], group["eps"])
        p *= float(1 - lr * group["weight_decay"])
        p -= x * float(lr * ADJUSTED[group["adjust_lr_fn"]](*p.shape))


def orthogonalized(u: Array, coefficients: tuple[float, float, float], steps: int, eps: float) -> Array:
    """U V^T of the singular value decomposition U S V^T, roughly: singular values end up between 0.5 and 1.5.

    Raises  ValueError for 100 steps or more, or if there are not three coefficients.
    """
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    x = _bfloat16(u if u.shape[0] <= u.shape[1] else u.T)
    x = _bfloat16(x / max(_bfloat16(np.linalg.norm(x)), eps))
    for _ in range(steps):
        gram = _bfloat16(x @ x.T)
        x = _bfloat16(a * x + _bfloat16(b * gram + c * (gram @ gram)) @ x)
    return x if u.shape[0] <= u.shape[1] else x.T


def _bfloat16(x: Array) -> Array:
    """float32 numbers rounded to 8 significant bits, half to even."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)
