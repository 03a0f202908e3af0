"""Convolution: the same small weights at every place of an image.

One bilinear op and its two adjoints. The derivative of each of the three is another of the three, so they are closed
under differentiation to any order, and a transposed convolution is nothing new: it is the adjoint for the input.

    convolution         y = x * w      dx = conv_grad_input(g, w)     dw = conv_grad_weight(g, x)
    conv_grad_input     x = g *' w     dg = convolution(h, w)         dw = conv_grad_weight(g, h)
    conv_grad_weight    w = g *'' x    dg = convolution(x, h)         dx = conv_grad_input(g, h)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...types import Sizes, Tensor
from .. import hints
from ..checks import integers, same_dtype, tensor_only, unsupported
from ..reduce.sums import sum
from ..shape.formats import following
from ..shape.views import at, squeeze, unsqueeze
from .windows import Geometry, Pairs, Shape, convolve, convolve_grad_w, convolve_grad_x, join, outputs, pad, split


def _by_group(w: Array, groups: int) -> Array:
    """(G O, C, *K) as (G, O, C, *K), in C order."""
    return np.ascontiguousarray(w).reshape(groups, w.shape[0] // groups, *w.shape[1:])


def _add_bias(y: Array, bias: Array) -> Array:
    """y, freshly made (B, G, O, *Q, n), plus one number for each channel."""
    if bias is not None:
        y += bias.reshape(*y.shape[1:3], *[1] * (y.ndim - 3))
    return join(y)


@op(operands=3)
def convolution(x: Array, w: Array, bias: Array, how: Geometry) -> Array:
    padded = pad(split(x, how.groups), how.padding)
    return following(_add_bias(convolve(padded, _by_group(w, how.groups), how), bias), x, w)


@op(operands=3, label="ConvolutionBackward0")
def conv_grad_input(g: Array, w: Array, bias: Array, size: Shape, how: Geometry) -> Array:
    parts = np.ascontiguousarray(split(g, how.groups))
    return following(_add_bias(convolve_grad_x(parts, _by_group(w, how.groups), size, how), bias), g, w)


@op(operands=2, label="ConvolutionBackwardBackward0")
def conv_grad_weight(g: Array, x: Array, kernel: Shape, how: Geometry) -> Array:
    g, x = np.ascontiguousarray(split(g, how.groups)), pad(split(x, how.groups), how.padding)
    w = convolve_grad_w(g, x, kernel, how)
    return w.reshape(w.shape[0] * w.shape[1], *w.shape[2:])


def _sum_channels(g: Array) -> Array:
    """The gradient of a bias: it was added to every image and place."""
    return record(sum)(g, (0, *range(2, g.ndim)), False)


defgrad(
    convolution,
    x=lambda g, w, x_shape, how: conv_grad_input(g, w, None, x_shape[2:], how),
    w=lambda g, x, w_shape, how: conv_grad_weight(g, x, w_shape[2:], how),
    bias=lambda g: _sum_channels(g),
)

defgrad(
    conv_grad_input,
    g=lambda h, w, how: convolution(h, w, None, how),
    w=lambda h, g, w_shape, how: conv_grad_weight(g, h, w_shape[2:], how),
    bias=lambda h: _sum_channels(h),
)

defgrad(
    conv_grad_weight,
    g=lambda h, x, how: convolution(x, h, None, how),
    x=lambda h, g, x_shape, how: conv_grad_input(g, h, None, x_shape[2:], how),
)

# ---- arguments ----


def _paddings(name: str, padding: Any, n: int, kernel: Any, stride: Shape, dilation: Shape) -> Pairs:
    """(before, after) for each dimension; "same": such that the output has the size of the input.

    Raises  RuntimeError for a negative number, an unknown word, or "same" with a stride.
    """
    if not isinstance(padding, str):
        return tuple([(p, p) for p in integers(name, "padding", padding, n, 0)])
    if padding not in ("same", "valid"):
        raise RuntimeError(f"{name}: Invalid padding string: '{padding}'; use 'same', 'valid' or numbers")
    if padding == "valid":
        return ((0, 0),) * n
    if max(stride) > 1:
        raise RuntimeError(f"{name}: padding='same' is not supported for strided convolutions, but stride={stride}")
    reach = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple([(r // 2, r - r // 2) for r in reach])


def _channels(w: Array, groups: Any, transposed: bool) -> Any:
    """How many channels the weight of a convolution is for."""
    return (w.shape[0] if transposed else w.shape[1] * groups) if w.ndim > 1 else 0


def _check_operands(name: str, n: int, x: Array, w: Array, bias: Array | None, groups: int, transposed: bool) -> None:
    """Raises RuntimeError if dtypes, ranks, channels, groups or the bias do not fit, TypeError if no Tensor."""
    operands = {"input": x, "weight": w, **({} if bias is None else {"bias": bias})}
    for argument, v in operands.items():
        tensor_only(name, argument, v)
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: "
            f"{list(x.shape)}{hints.of_rank(n, x.shape, _channels(w, groups, transposed))}"
        )
    if isinstance(groups, bool) or not isinstance(groups, int):
        raise TypeError(f"{name}(): argument 'groups' must be int, not {type(groups).__name__}")
    if groups <= 0:
        raise RuntimeError(f"{name}: non-positive groups is not supported, but got groups={groups}")
    shape = list(w.shape)
    given = f"Given {'transposed=1' if transposed else f'groups={groups}'}, weight of size {shape}"
    if w.ndim != n + 2:
        raise RuntimeError(f"{name}: expected weight to have {n + 2} dimensions, but got weight of size {shape}")
    if shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got {shape}"
        )
    if shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got {shape}"
        )
    channels, expected = x.shape[-n - 1], _channels(w, groups, transposed)
    if channels != expected:
        raise RuntimeError(
            f"{given}, expected input{list(x.shape)} to have {expected} channels, but got {channels} channels "
            f"instead ({name}){hints.of_channels(name, n, x.shape, expected, shape)}"
        )
    out = shape[1] * groups if transposed else shape[0]
    if bias is not None and bias.shape != (out,):
        raise RuntimeError(
            f"{given}, expected bias to be 1-dimensional with {out} elements, but got bias of size "
            f"{list(bias.shape)} instead"
        )
    if min(shape[2:]) == 0:
        raise RuntimeError(f"{name}: the kernel is empty: weight of size {shape}")
    if 0 in x.shape[-n:]:
        raise RuntimeError(
            f"{name}: Only zero batch or zero channel inputs are supported, but got input shape: {list(x.shape)}"
        )
    same_dtype(name, *operands.values())


def _check_type(name: str, x: Array, small: bool) -> None:
    """Raises NotImplementedError for bool tensors, and for integers but int64 unless ``small`` ones will do."""
    dtype = x.array.dtype
    if dtype.kind == "b" or (dtype.kind in "iu" and dtype != np.int64 and not small):
        raise unsupported(name, x.array, "convert it with .float()")


def _batched(call: Any, x: Array, n: int, *args: Any) -> Array:
    """``call`` on a batch; a single image is made a batch of one and back."""
    return call(x, *args) if x.ndim == n + 2 else squeeze(call(unsqueeze(x, 0), *args), 0)


def _conv(
    name: str, n: int, x: Array, w: Array, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Array:
    _check_operands(name, n, x, w, bias, groups, False)
    stride, dilation = integers(name, "stride", stride, n, 1), integers(name, "dilation", dilation, n, 1)
    _check_type(name, x, max(dilation) == 1)
    kernel = tuple(w.shape[2:])
    padding = _paddings(name, padding, n, kernel, stride, dilation)
    padded = [s + lo + hi for s, (lo, hi) in zip(x.shape[-n:], padding, strict=True)]
    if min(outputs(padded, kernel, stride, dilation)) < 1:
        reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        raise RuntimeError(
            f"Calculated padded input size per channel: ({_by(padded)}). Kernel size: ({_by(reach)}). Kernel size "
            f"can't be greater than actual input size ({name}): take a smaller kernel or dilation, or more padding"
        )
    y = _batched(convolution, x, n, w, bias, Geometry(stride, padding, dilation, groups))
    return y if x.shape[-n - 1] else y[at(y.ndim - n - 1, slice(0))]  # as torch: without channels in, none come out


def _conv_transpose(
    name: str, n: int, x: Array, w: Array, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: int,
    dilation: Any,
) -> Array:  # fmt: skip
    _check_operands(name, n, x, w, bias, groups, True)
    _check_type(name, x, False)
    stride, dilation = integers(name, "stride", stride, n, 1), integers(name, "dilation", dilation, n, 1)
    padding = integers(name, "padding", padding, n, 0)
    extra = integers(name, "output_padding", output_padding, n, 0)
    if x.shape[0] and any([e >= s and e >= d for e, s, d in zip(extra, stride, dilation, strict=True)]):
        raise RuntimeError(
            f"{name}: output padding must be smaller than either stride or dilation, but got output_padding: {extra}, "
            f"stride: {stride}, dilation: {dilation}"
        )
    size = tuple(
        [
            (q - 1) * s - 2 * p + d * (k - 1) + e + 1
            for q, s, p, d, k, e in zip(x.shape[-n:], stride, padding, dilation, w.shape[2:], extra, strict=True)
        ]
    )
    if min(size) < (1 if x.shape[0] else 0):  # an empty batch may even be of images without a place
        raise RuntimeError(
            f"{name}: Given input size per channel: ({_by(x.shape[-n:])}). Calculated output size per channel: "
            f"({_by(size)}). Output size is too small: take less padding"
        )
    # output padding: so much less is cut off behind the image than before it
    how = Geometry(stride, tuple([(p, p - e) for p, e in zip(padding, extra, strict=True)]), dilation, groups)
    return _batched(conv_grad_input, x, n, w, bias, size, how)


def _by(sizes: Any) -> str:
    return " x ".join(map(str, sizes))


# ---- the functions ----


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution of signals.

    Math    y[n, o, i] = bias[o] + sum_c sum_k weight[o, c, k] input[n, c, i stride + k dilation - padding]
            d_weight and d_input are convolutions too: of input with g, and of g with the flipped weight
    Shapes  input (N, C, L) or (C, L), weight (O, C / groups, K), bias (O) -> (N, O, L')
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1
    Raises  RuntimeError naming sizes that do not fit: channels, groups, bias, a kernel larger than the input.

    >>> x = minigrad.ones(1, 1, 3).requires_grad_()
    >>> minigrad.nn.functional.conv1d(x, minigrad.ones(1, 1, 2)).sum().backward(); x.grad.flatten()
    tensor([1., 2., 1.])
    """
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution of images: the same weights at every place, for each output channel.

    Math    y[n, o, i, j] = bias[o] + sum_(c, k, l) weight[o, c, k, l] input[n, c, i s + k d, j s + l d]
            s = ``stride``, d = ``dilation``; input after ``padding``
            d_input: every output gives g weight back to the pixels it was made of
            d_weight = sum over all places of g times the pixels there;  d_bias = sum of g
    Shapes  input (N, C, H, W) or (C, H, W), weight (O, C / groups, K1, K2), bias (O) -> (N, O, H', W')
            H' = floor((H + 2 padding - dilation (K1 - 1) - 1) / stride) + 1; padding "same": H' = H; "valid": none
            with groups, output channels see only the input channels of their group
    Raises  RuntimeError naming sizes that do not fit: channels, groups, bias, a kernel larger than the image.
    Source  Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning"

    >>> x = minigrad.tensor([[[[1., 2., 3.], [4., 5., 6.]]]]); w = minigrad.ones(1, 1, 2, 2, requires_grad=True)
    >>> y = minigrad.nn.functional.conv2d(x, w); y
    tensor([[[[12., 16.]]]], grad_fn=<ConvolutionBackward0>)
    >>> y.sum().backward(); w.grad
    tensor([[[[ 3.,  5.],
              [ 9., 11.]]]])
    """
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution of volumes.

    Math    y[n, o, i] = bias[o] + sum_c sum_k weight[o, c, k] input[n, c, i stride + k dilation - padding]
            d_weight and d_input are convolutions too: of input with g, and of g with the flipped weight
    Shapes  input (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, K1, K2, K3), bias (O) -> (N, O, D', H', W')
            of each size S remain floor((S + 2 padding - dilation (K - 1) - 1) / stride) + 1
    Raises  RuntimeError naming sizes that do not fit: channels, groups, bias, a kernel larger than the input.

    >>> x = minigrad.ones(1, 1, 3, 3, 3).requires_grad_()
    >>> minigrad.nn.functional.conv3d(x, minigrad.ones(1, 1, 2, 2, 2)).sum().backward(); x.grad.flatten()
    tensor([1., 2., 1., 2., 4., 2., 1., 2., 1., 2., 4., 2., 4., 8., 4., 2., 4., 2.,
            1., 2., 1., 2., 4., 2., 1., 2., 1.])
    """
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Transposed convolution of signals: the gradient of a convolution with respect to its input.

    Math    y[n, o, i stride + k dilation - padding] += weight[c, o, k] input[n, c, i], then + bias[o]
            d_input is the convolution of g with weight, d_weight that of g with input
    Shapes  input (N, C, L) or (C, L), weight (C, O / groups, K), bias (O) -> (N, O, L')
            of each size S come (S - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1
    Raises  RuntimeError if channels, groups, dtypes, the bias or the output padding do not fit.

    >>> x = minigrad.ones(1, 1, 3).requires_grad_()
    >>> minigrad.nn.functional.conv_transpose1d(x, minigrad.ones(1, 1, 2)).sum().backward(); x.grad.flatten()
    tensor([2., 2., 2.])
    """
    return _conv_transpose(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Transposed convolution of images, the adjoint of ``conv2d``: each pixel adds its value times the kernel to y.

    Math    y[n, o, i s + k d, j s + l d] += weight[c, o, k, l] input[n, c, i, j], s = ``stride``, d = ``dilation``
            then ``padding`` is cut off, then + bias[o]
            d_input = conv2d(g, weight): the convolution whose d_input this is
    Shapes  input (N, C, H, W) or (C, H, W), weight (C, O / groups, K1, K2), bias (O) -> (N, O, H', W')
            H' = (H - 1) stride - 2 padding + dilation (K1 - 1) + output_padding + 1: a convolution with a stride takes
            several sizes to one, ``output_padding`` chooses among them
    Raises  RuntimeError naming sizes that do not fit, or an output_padding that is not below stride or dilation.

    >>> x = minigrad.tensor([[[[1., 2.]]]], requires_grad=True); w = minigrad.tensor([[[[1., 10., 100.]]]])
    >>> y = minigrad.nn.functional.conv_transpose2d(x, w, stride=2); y
    tensor([[[[  1.,  10., 102.,  20., 200.]]]], grad_fn=<ConvolutionBackward0>)
    >>> y.sum().backward(); x.grad
    tensor([[[[111., 111.]]]])
    """
    return _conv_transpose(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Transposed convolution of volumes: the gradient of a convolution with respect to its input.

    Math    y[n, o, i stride + k dilation - padding] += weight[c, o, k] input[n, c, i], then + bias[o]
            d_input is the convolution of g with weight, d_weight that of g with input
    Shapes  input (N, C, D, H, W) or (C, D, H, W), weight (C, O / groups, K1, K2, K3), bias (O) -> (N, O, D', H', W')
            of each size S come (S - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1
    Raises  RuntimeError if channels, groups, dtypes, the bias or the output padding do not fit.

    >>> x = minigrad.ones(1, 1, 3, 3, 3).requires_grad_()
    >>> minigrad.nn.functional.conv_transpose3d(x, minigrad.ones(1, 1, 2, 2, 2)).sum().backward(); x.grad.flatten()
    tensor([8., 8., 8., 8., 8., 8., 8., 8., 8., 8., 8., 8., 8., 8., 8., 8., 8., 8.,
            8., 8., 8., 8., 8., 8., 8., 8., 8.])
    """
    return _conv_transpose(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )
