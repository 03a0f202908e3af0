"""Looking at the same memory otherwise: any strides, and dimensions renamed in place."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, cast

import numpy as np

from ...core.beside import alias
from ...core.dtype import Array
from ...core.inplace import check_writable
from ...core.observe import mode
from ...core.op import defgrad, op, record
from ...core.variable import written
from ...core.views import Path, node_of, set_node, view_of
from ...types import Sizes, Tensor
from .formats import ORDERS, is_channels_last
from .views import _unsqueeze, _viewable, is_contiguous, permute, sizes_of, squeeze, t, transpose, unsqueeze
from .views import storage_offset as offset_of

P = ParamSpec("P")


def _look(x: Any, size: Any, steps: Any, offset: int) -> Any:
    flat = x.reshape(-1)[offset:]
    return np.lib.stride_tricks.as_strided(flat, size, [s * flat.strides[0] for s in steps])


@op
def as_strided_grad_x(g: Array, shape: Any, steps: Any, offset: int) -> Array:
    whole = np.zeros(shape, g.dtype)
    numbers = _look(np.arange(whole.size), g.shape, steps, offset)
    np.add.at(whole.reshape(-1), numbers.reshape(-1), g.reshape(-1))
    return whole


def as_strided(input: Tensor, size: Sequence[int], stride: Sizes, storage_offset: int | None = None) -> Tensor:
    """A view of any regular steps through input's memory; places that are seen twice get both gradients.

    Math    y[i, j] = memory[storage_offset + i stride[0] + j stride[1]], memory that of input
            d_input[k] = sum of g over the positions that see k
    Shapes  input any -> size
    Raises  RuntimeError if that leaves the memory of input, or a size or stride is negative.

    >>> x = minigrad.arange(4.).requires_grad_()
    >>> x.as_strided((3, 2), (1, 1)).sum().backward(); x.grad  # windows of two
    tensor([1., 2., 2., 1.])
    """
    sizes, steps = sizes_of((size,)), sizes_of((stride,))
    if len(sizes) != len(steps):
        raise RuntimeError(f"mismatch in length of strides and shape: {list(steps)} and {list(sizes)}")
    if min((*sizes, *steps), default=0) < 0:
        raise RuntimeError(f"as_strided: Negative sizes or strides are not supported, got {list(sizes)}, {list(steps)}")
    own = offset_of(input)
    offset = own if storage_offset is None else storage_offset
    if input.view_info is not None and not is_contiguous(input):  # its base is, and has the same memory
        base: Any = input.view_info.base
        input, own = base if node_of(input) is not None else alias(base), 0
    if is_channels_last(input.array) and not input.array.flags.c_contiguous:
        input = permute(input, ORDERS[input.ndim])
    _viewable(input, (input.array.size,))
    offset -= own
    reach = offset + 1 + sum([(n - 1) * s for n, s in zip(sizes, steps, strict=True)])
    if 0 not in sizes and not (offset >= 0 and reach <= input.array.size):
        raise RuntimeError(
            f"setStorage: sizes {list(sizes)}, strides {list(steps)}, storage offset {offset + own} lead out of the "
            f"memory of the tensor, which has {input.array.size} elements from offset {own} on"
        )
    return record(as_strided)(input, sizes, steps, offset)


@op(of=as_strided, view=True)
def _(input: Array, size: Any, steps: Any, offset: int) -> Array:
    return _look(input, size, steps, offset)


defgrad(as_strided, input=lambda g, input_shape, steps, offset: as_strided_grad_x(g, input_shape, steps, offset))

defgrad(as_strided_grad_x, g=lambda h, steps, offset, g_shape: record(as_strided)(h, g_shape, steps, offset))


# ---- dimensions renamed in place ----


def _renaming(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """The in-place form of a view: no number is written, the tensor itself becomes the view."""
    name = function.__name__ + "_"

    def method(x: Any, *args: Any, **kwargs: Any) -> Any:
        check_writable(x, name)
        before = alias(x, node_of(x) if mode.grad else None)
        before.view_info = x.view_info
        after = function(before, *args, **kwargs)
        x.array = after.array
        if mode.grad:
            set_node(x, after.node)
        if after is not before:
            made, above = after.view_info, view_of(x)
            made.detached, made.recorded = above is None, above is None or above.recorded
            turned = before.ndim == after.ndim  # two dimensions changed places; doing it again puts them back
            made.undo = Path(None, *((made.path.op, made.path.args) if turned else (_unsqueeze, (before.array.shape,))))
            x.view_info = made
        before.node = None
        written(x, name)
        return x

    functools.update_wrapper(method, function)
    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of :func:`{function.__name__}`."
    return cast(Callable[P, Tensor], method)


squeeze_ = _renaming(squeeze)
unsqueeze_ = _renaming(unsqueeze)
transpose_ = _renaming(transpose)
t_ = _renaming(t)
