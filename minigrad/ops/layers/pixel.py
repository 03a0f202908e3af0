"""Channels into pixels and back: images rearranged for networks that change the resolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op


@op(name="pixel_shuffle")
def _pixel_shuffle(x: Array, r: int) -> Array:
    *batch, c, h, w = x.shape
    y = x.reshape(*batch, c // r**2, r, r, h, w)
    n = len(batch)
    y = np.array(y.transpose(*range(n + 1), n + 3, n + 1, n + 4, n + 2), order="C")
    return y.reshape(*batch, c // r**2, h * r, w * r)


@op(name="pixel_unshuffle")
def _pixel_unshuffle(x: Array, r: int) -> Array:
    *batch, c, h, w = x.shape
    y = x.reshape(*batch, c, h // r, r, w // r, r)
    n = len(batch)
    y = np.array(y.transpose(*range(n + 1), n + 2, n + 4, n + 1, n + 3), order="C")
    return y.reshape(*batch, c * r**2, h // r, w // r)


@op(name="channel_shuffle")
def _channel_shuffle(x: Array, groups: int) -> Array:
    n, c, *rest = x.shape
    return np.array(x.reshape(n, groups, c // groups, *rest).swapaxes(1, 2), order="C").reshape(x.shape)


defgrad(_pixel_shuffle, x=lambda g, r: _pixel_unshuffle(g, r))
defgrad(_pixel_unshuffle, x=lambda g, r: _pixel_shuffle(g, r))
defgrad(_channel_shuffle, x=lambda g, groups, x_shape: _channel_shuffle(g, x_shape[1] // groups))


def _image(name: str, x: Any, factor: int) -> None:
    if x.ndim < 3:
        raise RuntimeError(f"{name} expects input to have at least 3 dimensions, but got input with {x.ndim}")
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive factor, but got {factor}")


def pixel_shuffle(input: Array, upscale_factor: int) -> Array:
    """r^2 channels become one channel of r times the height and width: upsampling that a convolution can learn.

    Math    y[c, h r + i, w r + j] = x[c r^2 + i r + j, h, w]        dx = pixel_unshuffle(g)
    Shapes  (*, C r^2, H, W) -> (*, C, H r, W r)
    Raises  RuntimeError if the channels are not multiples of r^2.
    Source  Shi et al. 2016, https://arxiv.org/abs/1609.05158

    >>> minigrad.pixel_shuffle(minigrad.arange(4).view(4, 1, 1), 2)
    tensor([[[0, 1],
             [2, 3]]])
    """
    _image("pixel_shuffle", input, upscale_factor)
    if input.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={input.shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return _pixel_shuffle(input, upscale_factor)


def pixel_unshuffle(input: Array, downscale_factor: int) -> Array:
    """One channel becomes r^2 channels of 1/r the height and width; undoes ``pixel_shuffle``.

    Shapes  (*, C, H r, W r) -> (*, C r^2, H, W)
    Raises  RuntimeError if height or width are not multiples of r.
    """
    _image("pixel_unshuffle", input, downscale_factor)
    if input.shape[-2] % downscale_factor or input.shape[-1] % downscale_factor:
        raise RuntimeError(
            "pixel_unshuffle expects height and width to be divisible by downscale_factor, but "
            f"{list(input.shape[-2:])} is not divisible by {downscale_factor}"
        )
    return _pixel_unshuffle(input, downscale_factor)


def channel_shuffle(input: Array, groups: int) -> Array:
    """The channels dealt out like cards: the first of each group, then the second of each.

    Math    y[i G + k] = x[k (C/G) + i]        dx = channel_shuffle(g, C/G)
    Shapes  (N, C, ...) -> the same
    Raises  RuntimeError if C is not a multiple of ``groups``.
    Source  Zhang et al. 2018, https://arxiv.org/abs/1707.01083
    """
    _image("channel_shuffle", input, groups)
    if input.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {input.shape[1]} channels and {groups} groups."
        )
    return _channel_shuffle(input, groups)
