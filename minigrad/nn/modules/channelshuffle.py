"""ChannelShuffle: channels of several groups, mixed."""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Module


class ChannelShuffle(Module):
    """Channel shuffle: interleaves the channels of ``groups`` groups, so that grouped convolutions mix them.

    Math    y[i groups + j] = input[j C / groups + i] for channel i of group j        d_input: g, moved back
    Shapes  input (N, C, *) -> the same
    Raises  RuntimeError unless ``groups`` is positive and divides C.
    Source  Zhang et al., ShuffleNet (2017), https://arxiv.org/abs/1707.01083

    >>> x = minigrad.arange(4.).view(1, 4, 1, 1).requires_grad_()
    >>> y = minigrad.nn.ChannelShuffle(2)(x); y.flatten().tolist()
    [0.0, 2.0, 1.0, 3.0]
    >>> y[0, 1].sum().backward(); x.grad.flatten()
    tensor([0., 0., 1., 0.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
