"""Channels into pixels and back: images rearranged for networks that change the resolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...types import Tensor


def _image(name: str, x: Any, factor: int) -> None:
    if x.ndim < 3:
        raise RuntimeError(f"{name} expects input to have at least 3 dimensions, but got input with {x.ndim}")
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive factor, but got {factor}")


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Pixel shuffle: r^2 channels become one channel of r times the height and width, r = ``upscale_factor``.

    Math    y[c, h r + i, w r + j] = input[c r^2 + i r + j, h, w]        d_input: g, moved back
    Shapes  input (*, C r^2, H, W) -> (*, C, H r, W r)
    Raises  RuntimeError if the channels are not a multiple of r^2.
    Source  Shi et al. 2016, https://arxiv.org/abs/1609.05158

    >>> x = minigrad.ones(4, 1, 1, requires_grad=True)
    >>> minigrad.nn.functional.pixel_shuffle(x, 2)[0, 0, 1].backward(); x.grad.flatten()
    tensor([0., 1., 0., 0.])
    """
    _image("pixel_shuffle", input, upscale_factor)
    if input.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={input.shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return record(pixel_shuffle)(input, upscale_factor)


@op(of=pixel_shuffle)
def _(input: Array, upscale_factor: int) -> Array:
    *batch, c, h, w = input.shape
    y = input.reshape(*batch, c // upscale_factor**2, upscale_factor, upscale_factor, h, w)
    n = len(batch)
    y = np.array(y.transpose(*range(n + 1), n + 3, n + 1, n + 4, n + 2), order="C")
    return y.reshape(*batch, c // upscale_factor**2, h * upscale_factor, w * upscale_factor)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Pixel unshuffle, the inverse of ``pixel_shuffle``: each block of r x r pixels becomes r^2 channels.

    Math    y[c r^2 + i r + j, h, w] = input[c, h r + i, w r + j], r = downscale_factor        d_input: g, moved back
    Shapes  input (*, C, H r, W r) -> (*, C r^2, H, W)
    Raises  RuntimeError if height or width is not a multiple of r.

    >>> x = minigrad.ones(1, 2, 2, requires_grad=True)
    >>> minigrad.nn.functional.pixel_unshuffle(x, 2)[1].sum().backward(); x.grad
    tensor([[[0., 1.],
             [0., 0.]]])
    """
    _image("pixel_unshuffle", input, downscale_factor)
    if input.shape[-2] % downscale_factor or input.shape[-1] % downscale_factor:
        raise RuntimeError(
            "pixel_unshuffle expects height and width to be divisible by downscale_factor, but "
            f"{list(input.shape[-2:])} is not divisible by {downscale_factor}"
        )
    if not input.array.size:
        return input.clone()  # as torch: what is empty keeps its shape
    return record(pixel_unshuffle)(input, downscale_factor)


@op(of=pixel_unshuffle)
def _(input: Array, downscale_factor: int) -> Array:
    *batch, c, h, w = input.shape
    y = input.reshape(*batch, c, h // downscale_factor, downscale_factor, w // downscale_factor, downscale_factor)
    n = len(batch)
    y = np.array(y.transpose(*range(n + 1), n + 2, n + 4, n + 1, n + 3), order="C")
    return y.reshape(*batch, c * downscale_factor**2, h // downscale_factor, w // downscale_factor)


defgrad(pixel_unshuffle, input=lambda g, downscale_factor: record(pixel_shuffle)(g, downscale_factor))

defgrad(pixel_shuffle, input=lambda g, upscale_factor: record(pixel_unshuffle)(g, upscale_factor))


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channel shuffle: interleaves the channels of ``groups`` groups, so that grouped convolutions mix them.

    Math    y[i groups + j] = input[j C / groups + i] for channel i of group j        d_input: g, moved back
    Shapes  input (N, C, *) -> the same
    Raises  RuntimeError unless ``groups`` is positive and divides C.
    Source  Zhang et al., ShuffleNet (2017), https://arxiv.org/abs/1707.01083

    >>> x = minigrad.arange(4.).view(1, 4, 1).requires_grad_()
    >>> minigrad.nn.functional.channel_shuffle(x, 2)[0, 1].sum().backward(); x.grad.flatten()
    tensor([0., 0., 1., 0.])
    """
    _image("channel_shuffle", input, groups)
    if input.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {input.shape[1]} channels and {groups} groups."
        )
    return record(channel_shuffle)(input, groups)


@op(of=channel_shuffle)
def _(input: Array, groups: int) -> Array:
    n, c, *rest = input.shape
    return np.array(input.reshape(n, groups, c // groups, *rest).swapaxes(1, 2), order="C").reshape(input.shape)


defgrad(channel_shuffle, input=lambda g, groups, input_shape: channel_shuffle(g, input_shape[1] // groups))
