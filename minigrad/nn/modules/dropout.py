"""Layers that drop numbers at random while training.

Source  Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
"""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Module


class _DropoutNd(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Dropout: while training, each element is set to 0 with probability ``p``; the others are divided by 1 - p.

    Math    y = input m / (1 - p), m drawn from Bernoulli(1 - p)        d_input = g m / (1 - p); in evaluation y = input
    Shapes  input (*) -> (*)
    Raises  ValueError unless 0 <= p <= 1.
    Source  Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html

    >>> x = minigrad.ones(4, requires_grad=True)
    >>> y = minigrad.nn.Dropout(0.5)(x)
    >>> y.sum().backward(); bool((x.grad == y).all())  # backward uses the mask of forward
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Dropout of whole channels of signals: each is set to 0 with probability ``p``, the others are divided by 1 - p.

    Math    y = input m / (1 - p), one m from Bernoulli(1 - p) for each channel        d_input = g m / (1 - p)
    Shapes  input (N, C, L) or (C, L) -> the same
    Raises  ValueError unless 0 <= p <= 1.
    Source  Tompson et al. 2015, https://arxiv.org/abs/1411.4280

    >>> x = minigrad.ones(1, 2, 3).requires_grad_()
    >>> y = minigrad.nn.Dropout1d(0.5)(x)
    >>> y.sum().backward(); bool((x.grad == y).all())  # backward uses the mask of forward
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Dropout of whole channels of images: each is set to 0 with probability ``p``, the others are divided by 1 - p.

    Math    y = input m / (1 - p), one m from Bernoulli(1 - p) for each channel        d_input = g m / (1 - p)
    Shapes  input (N, C, H, W) -> the same
    Raises  ValueError unless 0 <= p <= 1.
    Source  Tompson et al. 2015, https://arxiv.org/abs/1411.4280

    >>> x = minigrad.ones(1, 2, 3, 3).requires_grad_()
    >>> y = minigrad.nn.Dropout2d(0.5)(x)
    >>> y.sum().backward(); bool((x.grad == y).all())  # backward uses the mask of forward
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Dropout of whole channels of volumes: each is set to 0 with probability ``p``, the others are divided by 1 - p.

    Math    y = input m / (1 - p), one m from Bernoulli(1 - p) for each channel        d_input = g m / (1 - p)
    Shapes  input (N, C, D, H, W) or (C, D, H, W) -> the same
    Raises  ValueError unless 0 <= p <= 1.
    Source  Tompson et al. 2015, https://arxiv.org/abs/1411.4280

    >>> x = minigrad.ones(1, 2, 3, 3, 3).requires_grad_()
    >>> y = minigrad.nn.Dropout3d(0.5)(x)
    >>> y.sum().backward(); bool((x.grad == y).all())  # backward uses the mask of forward
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Alpha dropout: dropout for SELU networks, which keeps mean 0 and variance 1.

    Math    y = a (input m + s (1 - m)) - a p s, m drawn from Bernoulli(1 - p)        d_input = a g m
            s = -1.7580..., the value that SELU approaches;  a = 1 / sqrt((1 - p) (1 + p s^2));  in evaluation y = input
    Shapes  input (*) -> (*)
    Raises  ValueError unless 0 <= p <= 1.
    Source  Klambauer et al. 2017, https://arxiv.org/abs/1706.02515

    >>> x = minigrad.ones(1, 4, 1, requires_grad=True)
    >>> y = minigrad.nn.AlphaDropout(0.5)(x)
    >>> y.sum().backward(); bool(((x.grad == 0) == (y < 0)).all())  # a dropped element has no gradient
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_DropoutNd):
    """Alpha dropout of whole channels.

    Math    y = a (input m + s (1 - m)) - a p s, one m from Bernoulli(1 - p) for each channel        d_input = a g m
            s = -1.7580..., the value that SELU approaches;  a = 1 / sqrt((1 - p) (1 + p s^2));  in evaluation y = input
    Shapes  input (N, C, *) -> the same
    Raises  ValueError unless 0 <= p <= 1.
    Source  Klambauer et al. 2017, https://arxiv.org/abs/1706.02515

    >>> x = minigrad.ones(1, 4, 1, requires_grad=True)
    >>> y = minigrad.nn.FeatureAlphaDropout(0.5)(x)
    >>> y.sum().backward(); bool(((x.grad == 0) == (y < 0)).all())  # a dropped element has no gradient
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
