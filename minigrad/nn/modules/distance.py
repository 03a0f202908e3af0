"""How far apart two vectors are, as layers."""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Module


class PairwiseDistance(Module):
    """The p-norm of the difference of two vectors, along the last dimension.

    Math    y = (sum_i |x1_i - x2_i + eps|^p)^(1/p)        p = 2: d_x1 = g (x1 - x2 + eps) / y = -d_x2
    Shapes  x1 (N, D) or (D), x2 the same or broadcast -> (N) or (); with ``keepdim`` (N, 1) or (1)
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> minigrad.nn.PairwiseDistance(eps=0.)(x, minigrad.zeros(2)).backward(); x.grad
    tensor([0.6000, 0.8000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """The cosine of the angle between two vectors, along ``dim``.

    Math    y = x1 x2 / (max(||x1||, eps) max(||x2||, eps))        d_x1 = g (x2 / ||x2|| - y x1 / ||x1||) / ||x1||
    Shapes  x1 (*, D, *), x2 the same or broadcast -> (*, *) without ``dim``
    Raises  RuntimeError if the shapes do not broadcast; IndexError for a ``dim`` that does not exist.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> minigrad.nn.CosineSimilarity(dim=0)(x, minigrad.tensor([1., 0.])).backward(); x.grad
    tensor([ 0.1280, -0.0960])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
