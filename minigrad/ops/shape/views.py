"""The same numbers under another shape: views, which share memory with the tensor they look at.

A view only renames positions, so its gradient is the inverse renaming. ``expand`` is the exception: it names one
number many times, so its gradient adds up.

The memory layout of a result is private: a convolution may keep its batch last. What a tensor answers about strides
and what ``view`` accepts are those of torch's layout, which is found by replaying the chain of views on memory in C
order. Memory with the channels last is shown as it lies.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...core import dtype as dtypes
from ...core.beside import alias
from ...core.dtype import Array
from ...core.errors import warn_user
from ...core.op import defgrad, op, record
from ...core.roles import roles
from ...core.variable import Variable
from ...host.device import contiguous_format, preserve_format
from ...types import DType, MemoryFormat, Sizes, Tensor
from .. import hints
from ..adding import add_up
from .formats import in_format, is_channels_last, lies_in, order_of, suggested

F = TypeVar("F", bound=Callable[..., Any])

# ---- dimensions and sizes ----


def wrap_dim(dim: int, ndim: int) -> int:
    """A dimension counted from the front; a 0-d tensor counts as one dimension.

    Raises  IndexError if there is no such dimension; ValueError for a number of more than 64 bits.
    """
    n = max(ndim, 1)
    if -n <= dim < n:
        return dim % n
    if not -(2**63) <= dim < 2**63:
        raise ValueError(f"Overflow when unpacking long long: {dim} is not a dimension")
    raise IndexError(
        f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim}): "
        f"the tensor has {ndim} dimensions"
    )


def one_or_more(dims: Any) -> Sequence[int]:
    """A list of dimensions; one may stand alone."""
    return dims if isinstance(dims, (tuple, list)) else (dims,)


def wrap_dims(dims: Sequence[int], ndim: int) -> tuple[int, ...]:
    """Dimensions counted from the front.

    Raises  IndexError if one does not exist, RuntimeError if one appears twice.
    """
    wrapped = tuple([wrap_dim(d, ndim) for d in dims])
    if len(set(wrapped)) != len(wrapped):
        twice = next(d for d in wrapped if wrapped.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims {list(dims)}")
    return wrapped


def at(dim: int, what: Any) -> tuple[Any, ...]:
    """The index that takes ``what`` along one dimension; a negative one is counted from the back."""
    return (slice(None),) * dim + (what, ...) if dim >= 0 else (..., what) + (slice(None),) * (-1 - dim)


def sizes_of(values: tuple[Any, ...]) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same."""
    if len(values) == 1 and isinstance(values[0], (tuple, list)):
        values = tuple(values[0])
    return tuple([operator.index(n) for n in values])


def _infer(sizes: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Fill in the -1 of a shape for ``count`` elements."""
    if -1 not in sizes and min(sizes, default=0) >= 0:
        if math.prod(sizes) == count:
            return sizes
    else:
        if bad := [n for n in sizes if n < -1]:
            raise RuntimeError(f"invalid shape dimension {bad[0]} in {list(sizes)}")
        if sizes.count(-1) > 1:
            raise RuntimeError(f"only one dimension can be inferred (-1), not all of {list(sizes)}")
        known = math.prod([n for n in sizes if n != -1])
        if count == known == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(sizes)} because the unspecified "
                "dimension size -1 can be any value and is ambiguous"
            )
        if known and count % known == 0:
            return tuple([count // known if n == -1 else n for n in sizes])
    raise RuntimeError(f"shape '{list(sizes)}' is invalid for input of size {count}{hints.of_view(sizes, count)}")


# ---- memory ----


def layout(x: Variable) -> np.ndarray[Any, Any]:
    """An array with the strides that torch's tensor would have (its numbers mean nothing)."""
    whole = _whole(x).array
    if whole.size and (whole.flags.c_contiguous or is_channels_last(whole)):
        return x.array
    twin = np.empty(whole.shape, whole.dtype)
    if not whole.size:  # where NumPy has steps of 0, torch has those of a dimension of size 1
        steps = itertools.accumulate([twin.itemsize, *[n or 1 for n in twin.shape[:0:-1]]], operator.mul)
        twin = as_strided(twin, twin.shape, list(steps)[::-1])
    return _seen(x, twin)


def _seen(x: Variable, memory: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What x shows of the whole memory."""
    if x.view_info is not None:
        memory = x.view_info.way().replay(_seen(x.view_info.base, memory))
    return memory


def _whole(x: Variable) -> Variable:
    """The variable that shows all of the memory of x, in order."""
    while x.view_info is not None:
        x = x.view_info.base
    return x


def is_contiguous(x: Tensor, *, memory_format: MemoryFormat = None) -> bool:
    """Whether the elements lie in memory one after the other, the last dimension fastest (or the channels).

    Raises  TypeError for what is not a memory format.

    >>> x = minigrad.ones(2, 3, 4, 4).contiguous(memory_format=minigrad.channels_last)
    >>> x.is_contiguous(), x.is_contiguous(memory_format=minigrad.channels_last)
    (False, True)
    """
    if memory_format is None:
        return bool(layout(x).flags.c_contiguous)
    return lies_in(layout(x), memory_format)


@overload
def stride(x: Tensor, dim: None = None) -> tuple[int, ...]: ...
@overload
def stride(x: Tensor, dim: int) -> int: ...
def stride(x: Tensor, dim: int | None = None) -> int | tuple[int, ...]:
    """How many elements apart neighbours lie in memory, for every dimension or for one.

    >>> minigrad.zeros(2, 3).t().stride()
    (1, 3)
    """
    seen = layout(x)
    strides = tuple([s // seen.itemsize for s in seen.strides])
    return strides if dim is None else strides[wrap_dim(dim, len(strides))]


def storage_offset(x: Tensor) -> int:
    """How many elements of the base lie in memory before the first one of this view.

    >>> minigrad.arange(5)[2:].storage_offset()
    2
    """
    if x.view_info is None:
        return 0
    whole = np.empty_like(_whole(x).array, order="C")
    seen = _seen(x, whole)
    return int(seen.ctypes.data - whole.ctypes.data) // int(seen.itemsize)


def data_ptr(x: Tensor) -> int:
    """The address of the first element.

    >>> x = minigrad.zeros(2)
    >>> x.view(2, 1).data_ptr() == x.data_ptr()
    True
    """
    return int(x.array.ctypes.data)


def _shares(a: Array, b: Array) -> bool:
    return a.size == 0 or np.may_share_memory(a, b)


def _viewable(x: Variable, sizes: tuple[int, ...]) -> bool:
    """Whether torch's layout allows this view; a private layout that does not is then put in C order."""
    if x.array.flags.c_contiguous:
        return True
    seen = layout(x)
    possible = _shares(seen, seen.reshape(sizes))
    if possible and seen is not x.array and not _shares(x.array, x.array.reshape(sizes)):
        _put_in_order(x)
    return possible


def _put_in_order(x: Variable) -> None:
    whole = _whole(x)
    whole.array = np.ascontiguousarray(whole.array)
    x.array = _seen(x, whole.array)


def clone(input: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """The same numbers in memory of their own, in the same order or that of a memory format.

    Math    y = input        d_input = g
    Shapes  input (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions.

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> y = x.clone(); y += 1; y.backward()
    >>> x, x.grad
    (tensor([1.], requires_grad=True), tensor([1.]))
    """
    return record(clone)(input, order_of(memory_format, input.ndim))


@op(of=clone, narrow=True)
def _(input: Array, order: Any) -> Array:
    return input.copy("K") if order is None else in_format(input, order)


defgrad(clone, input=lambda g: g)
roles.clone = clone


def contiguous(x: Tensor, *, memory_format: MemoryFormat = None) -> Tensor:
    """The tensor itself if its elements lie in order (that of the memory format), else a copy in which they do.

    Math    y = x        d_x = g
    Shapes  x (*) -> (*)
    Raises  RuntimeError if the memory format is for another number of dimensions, or is ``preserve_format``.

    >>> minigrad.ones(2, 3, 4, 4).contiguous(memory_format=minigrad.channels_last).stride()
    (48, 1, 12, 3)
    """
    if memory_format is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator: it preserves nothing")
    order = order_of(memory_format or contiguous_format, x.ndim)
    return x if is_contiguous(x, memory_format=memory_format) else record(clone)(x, order)


def in_memory_format(x: Array, memory_format: Any) -> Array:
    """``x.to(memory_format=...)``: the tensor itself if its strides already say so."""
    if memory_format is None or memory_format is preserve_format:
        return x
    order = order_of(memory_format, x.ndim)
    return x if suggested(layout(x)) is memory_format else record(clone)(x, order)


def memory_order(x: Array, memory_format: Any = None) -> Sequence[int]:
    """The dimensions of x, or of its likes, from the one whose neighbours lie farthest apart to the closest."""
    order: Sequence[int] | None = order_of(memory_format, x.ndim)
    if order is None:
        seen = layout(x) if isinstance(x, Variable) else x
        if seen.flags.c_contiguous or 0 in seen.strides:  # stride 0 is an expanded tensor: torch gives C order
            return range(x.ndim)
        order = sorted(range(x.ndim), key=lambda d: -seen.strides[d])
    return order


def like(x: Array, make: Callable[[tuple[int, ...]], Any], memory_format: Any = None) -> Any:
    """What ``make`` makes of a shape, in the shape of x, made and laid out in the order of its memory."""
    if memory_format is None and isinstance(x, Variable) and x.view_info is None and x.array.flags.c_contiguous:
        return make(x.array.shape)  # the common case: nothing to rearrange
    order = memory_order(x, memory_format)
    return make(tuple([x.shape[d] for d in order])).transpose(np.argsort(order))


# ---- other sizes for the same elements ----


def _resized(name: str, label: str) -> Callable[..., Any]:
    """An op that changes the shape only; torch knows it under several names."""

    @op(name=name, label=label, view=True)
    def resized(x: Array, shape: Any) -> Array:
        return x.reshape(shape)

    defgrad(resized, x=lambda g, x_shape: _view(g, x_shape))
    return resized


_view = _resized("view", "ViewBackward0")
_alias = _resized("alias", "AliasBackward0")
_unsqueeze = _resized("unsqueeze", "UnsqueezeBackward0")
_squeeze_all = _resized("squeeze_all", "SqueezeBackward0")
_squeeze_dim = _resized("squeeze_dim", "SqueezeBackward1")
_squeeze_dims = _resized("squeeze_dims", "SqueezeBackward2")


def view(x: Tensor, *shape: int | Sequence[int], dtype: DType = None) -> Tensor:
    """The same memory under another shape, where one size may be -1, or, given a dtype, the same bytes as its numbers.

    Math    y[i] = x[j] where i and j are the same position in C order        d_x = g.view(x.shape)
            a view in another dtype has no gradient
    Shapes  x (*) -> the shape given, with as many elements; -1 is "whatever is left"
    Raises  RuntimeError if the number of elements differs, or if only a copy could have this shape; for a dtype, if
            its numbers do not lie whole in the last dimension.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]], requires_grad=True)
    >>> x.view(-1)
    tensor([1., 2., 3., 4.], grad_fn=<ViewBackward0>)
    >>> minigrad.tensor([1., -0.]).view(minigrad.int32)
    tensor([ 1065353216, -2147483648], dtype=torch.int32)
    """
    if isinstance(dtype, dtypes.dtype) or (len(shape) == 1 and isinstance(shape[0], dtypes.dtype)):
        wanted: Any = dtype or shape[0]
        return _view_as_type(x, wanted)
    if not shape:
        raise TypeError("view() received no size: give sizes, or -1 for what is left")
    sizes = _infer(sizes_of(shape), math.prod(x.shape))
    if isinstance(x, Variable) and not _viewable(x, sizes):
        raise RuntimeError(
            f"view size {list(sizes)} is not compatible with input tensor's size {list(x.array.shape)} and "
            f"stride {list(stride(x))} (at least one dimension spans across two contiguous subspaces). "
            "Use .reshape(...) instead."
        )
    return _view(x, sizes)


@op(view=True)
def view_dtype(x: Array, kind: Any) -> Array:
    return x.view(kind)


def _view_as_type(x: Tensor, wanted: dtypes.dtype) -> Any:
    seen, new = layout(x), wanted.itemsize
    if new != seen.itemsize:
        between = f"to view {dtypes.FROM_NUMPY[seen.dtype]} as {wanted} (different element sizes), but got"
        if not seen.ndim:
            raise RuntimeError(f"self.dim() cannot be 0 {between} a 0-d tensor")
        steps, ratio = stride(x), max(new // seen.itemsize, 1)
        if steps[-1] != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 {between} {steps[-1]}; use .contiguous() first")
        odd = {"size(-1)": seen.shape[-1], "storage_offset()": storage_offset(x)}
        odd |= {f"stride({d})": step for d, step in enumerate(steps[:-1])}
        for what, n in odd.items():
            if n % ratio:
                raise RuntimeError(f"self.{what} must be divisible by {ratio} {between} {n}")
    if seen.strides != x.array.strides:
        _put_in_order(x)
    return view_dtype(alias(x), wanted.numpy)  # of the memory only: torch's graph does not know of it either


def reshape(input: Tensor, *shape: int | Sequence[int]) -> Tensor:
    """The same elements under another shape: a view if the memory allows, else a copy.

    Math    y[i] = input[j] where i and j are the same position in C order        d_input = reshape(g, input.shape)
    Shapes  input (*) -> the shape given, with as many elements; -1 is "whatever is left"
    Raises  RuntimeError if the number of elements differs.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]], requires_grad=True)
    >>> (x.t().reshape(4) * minigrad.arange(4)).sum().backward(); x.grad
    tensor([[0., 2.],
            [1., 3.]])
    """
    sizes = _infer(sizes_of(shape), math.prod(input.shape))
    if isinstance(input, Variable):
        _viewable(input, sizes)
    return _view(input, sizes)


def view_as(x: Tensor, other: Tensor) -> Tensor:
    """The same memory in the shape of another tensor: ``x.view(other.shape)``.

    Math    y[i] = x[j] where i and j are the same position in C order        d_x = g.view(x.shape)
    Shapes  x (*) -> that of other
    Raises  RuntimeError as ``view``.

    >>> minigrad.arange(4).view_as(minigrad.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return view(x, other.shape)


def reshape_as(x: Tensor, other: Tensor) -> Tensor:
    """The same elements in the shape of another tensor: ``x.reshape(other.shape)``.

    Math    y[i] = x[j] where i and j are the same position in C order        d_x = reshape(g, x.shape)
    Shapes  x (*) -> that of other
    Raises  RuntimeError as ``reshape``.

    >>> minigrad.tensor([[0, 2], [1, 3]]).t().reshape_as(minigrad.zeros(4))
    tensor([0, 1, 2, 3])
    """
    return reshape(x, other.shape)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions start_dim to end_dim become one, as ``reshape``.

    Math    y[.., i, ..] = input[.., j, k, .., ..] where i = j size_k .. + k ..        d_input = reshape(g, input.shape)
    Shapes  input (N, n, .., m, *) -> (N, n .. m, *)
    Raises  RuntimeError if start_dim comes after end_dim, IndexError if there is no such dimension.

    >>> minigrad.zeros(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    shape = input.shape
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError(f"flatten() has invalid args: start_dim ({start}) cannot come after end_dim ({end})")
    if start == end and shape:
        return input
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension: ``input.contiguous().view(-1)``.

    Math    y[i] = input[j] where i is the position of j in C order        d_input = reshape(g, input.shape)
    Shapes  input any -> (how many)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([[1, 2], [3, 4]]).ravel()
    tensor([1, 2, 3, 4])
    """
    return view(contiguous(input), -1)


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One dimension becomes several; one of the sizes may be -1.

    Math    y[.., j, k, ..] = input[.., j size_k + k, ..]        d_input = reshape(g, input.shape)
    Shapes  input (.., n, ..) -> (.., *sizes, ..)
    Raises  RuntimeError if the sizes do not multiply up, or there are none; IndexError if there is no such dimension.

    >>> minigrad.zeros(2, 12).unflatten(1, (3, -1)).shape
    torch.Size([2, 3, 4])
    """
    shape = input.shape
    sizes = sizes_of((sizes,))
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    d = wrap_dim(dim, len(shape))
    if not shape:
        raise RuntimeError("unflatten: Dimension specified as 0 but tensor has no dimensions")
    known = math.prod([n for n in sizes if n != -1])
    if (-1 in sizes and (not known or shape[d] % known)) or (-1 not in sizes and known != shape[d]):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {d} "
            f"({shape[d]}) in the input tensor"
        )
    return view(input, (*shape[:d], *_infer(sizes, shape[d]), *shape[d + 1 :]))


def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """A view without the dimensions of size 1: all of them, or those named.

    Math    y[j] = input[0, j] for dim = 0        d_input = unsqueeze(g, dim)
    Shapes  input (n, 1, m, 1) -> (n, m); a dimension named stays if its size is not 1
    Raises  IndexError if there is no such dimension, RuntimeError if one is named twice.

    >>> minigrad.zeros(1, 3, 1).squeeze().shape, minigrad.zeros(1, 3, 1).squeeze(0).shape
    (torch.Size([3]), torch.Size([3, 1]))
    """
    shape = input.shape
    if dim is None:
        return _squeeze_all(input, tuple([n for n in shape if n != 1]))
    single = not isinstance(dim, (tuple, list))
    dims = wrap_dims(one_or_more(dim), len(shape))
    sizes = tuple([n for k, n in enumerate(shape) if n != 1 or k not in dims])
    return (_squeeze_dim if single else _squeeze_dims)(input, sizes)


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A view with a new dimension of size 1 at the place ``dim``.

    Math    y[0, j] = input[j] for dim = 0        d_input = squeeze(g, dim)
    Shapes  input (n, m) -> (1, n, m), (n, 1, m) or (n, m, 1)
    Raises  IndexError if there is no such place.

    >>> minigrad.zeros(3).unsqueeze(-1).shape
    torch.Size([3, 1])
    """
    shape = tuple(input.shape)
    d = wrap_dim(dim, len(shape) + 1)
    return _unsqueeze(input, (*shape[:d], 1, *shape[d:]))


@overload
def atleast_1d(tensors: Tensor, /) -> Tensor: ...
@overload
def atleast_1d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]: ...
@overload
def atleast_1d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
def atleast_1d(*tensors: Tensor | Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
    """Every tensor as a view of at least one dimension.

    Math    y = tensors[k], a 0-d one reshaped        d_tensors[k] = reshape(g, tensors[k].shape)
    Shapes  tensors (*) -> (*), () -> (1); a tuple for several
    Raises  TypeError if one is not a tensor.

    >>> minigrad.atleast_1d(minigrad.tensor(3.))
    tensor([3.])
    """
    return _each(lambda x: x if x.ndim else reshape(x, 1), tensors)


@overload
def atleast_2d(tensors: Tensor, /) -> Tensor: ...
@overload
def atleast_2d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]: ...
@overload
def atleast_2d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
def atleast_2d(*tensors: Tensor | Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
    """Every tensor as a view of at least two dimensions, new ones in front.

    Math    y = tensors[k], reshaped        d_tensors[k] = reshape(g, tensors[k].shape)
    Shapes  tensors (*, n, m) -> as they are, (n) -> (1, n), () -> (1, 1); a tuple for several
    Raises  TypeError if one is not a tensor.

    >>> minigrad.atleast_2d(minigrad.tensor([1., 2.]))
    tensor([[1., 2.]])
    """
    return _each(lambda x: x if x.ndim > 1 else unsqueeze(x, 0) if x.ndim else reshape(x, 1, 1), tensors)


@overload
def atleast_3d(tensors: Tensor, /) -> Tensor: ...
@overload
def atleast_3d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]: ...
@overload
def atleast_3d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
def atleast_3d(*tensors: Tensor | Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
    """Every tensor as a view of at least three dimensions, a vector as (1, n, 1).

    Math    y = tensors[k], reshaped        d_tensors[k] = reshape(g, tensors[k].shape)
    Shapes  tensors (*, n, m, k) -> as they are, (n, m) -> (n, m, 1), (n) -> (1, n, 1), () -> (1, 1, 1)
    Raises  TypeError if one is not a tensor.

    >>> minigrad.atleast_3d(minigrad.zeros(2), minigrad.zeros(2, 3))[1].shape
    torch.Size([2, 3, 1])
    """
    return _each(
        lambda x: x if x.ndim > 2 else unsqueeze(atleast_2d(x), -1) if x.ndim else reshape(x, 1, 1, 1), tensors
    )


def _each(function: Callable[[Any], Any], tensors: tuple[Any, ...]) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], (tuple, list)):
        return function(tensors[0])
    return tuple([function(x) for x in (tensors[0] if len(tensors) == 1 else tensors)])


# ---- dimensions in another order ----


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Transposition: two dimensions change places, as a view.

    Math    y[.., i, .., j, ..] = input[.., j, .., i, ..]        d_input = transpose(g, dim0, dim1)
    Shapes  input (.., n, .., m, ..) -> (.., m, .., n, ..)
    Raises  IndexError if there is no such dimension.

    >>> x = minigrad.ones(2, 2, requires_grad=True)
    >>> (x.transpose(0, 1) * minigrad.tensor([[1., 2.], [3., 4.]])).sum().backward(); x.grad
    tensor([[1., 3.],
            [2., 4.]])
    """
    n = len(input.shape)
    d0, d1 = wrap_dim(dim0, n), wrap_dim(dim1, n)
    return record(transpose)(input, d0, d1)


@op(of=transpose, view=True)
def _(input: Array, dim0: int, dim1: int) -> Array:
    return input.swapaxes(dim0, dim1) if input.ndim else input.view()


defgrad(transpose, input=lambda g, dim0, dim1: record(transpose)(g, dim0, dim1))


def permute(input: Tensor, *dims: int | Sequence[int]) -> Tensor:
    """A permutation of the dimensions: dimension k of the result is dimension dims[k] of input, as a view.

    Math    y[i_dims[0], i_dims[1], ..] = input[i_0, i_1, ..]        d_input = permute(g, the inverse of dims)
    Shapes  input (n0, n1, ..) -> (n_dims[0], n_dims[1], ..)
    Raises  RuntimeError unless every dimension is named once, IndexError if there is no such dimension.

    >>> minigrad.zeros(2, 3, 4).permute(2, 0, 1).shape
    torch.Size([4, 2, 3])
    """
    order = sizes_of(dims)
    if len(order) != len(input.shape):
        raise RuntimeError(
            "permute: number of dimensions in the tensor input does not match the length of the "
            f"desired ordering of dimensions i.e. input.dim() = {len(input.shape)} is not equal to len(dims) = "
            f"{len(order)}"
        )
    return record(permute)(input, wrap_dims(order, len(input.shape)))


@op(of=permute, view=True)
def _(input: Array, dims: Any) -> Array:
    return input.transpose(dims)


defgrad(permute, input=lambda g, dims: record(permute)(g, tuple([dims.index(d) for d in range(len(dims))])))


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix, as a view; a vector or scalar stays what it is.

    Math    y[j, i] = input[i, j]        d_input = t(g)
    Shapes  input (n, m) -> (m, n)
    Raises  RuntimeError above two dimensions.

    >>> minigrad.tensor([[1, 2], [3, 4]]).t()
    tensor([[1, 3],
            [2, 4]])
    """
    if len(input.shape) > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {len(input.shape)}D")
    return record(t)(input)


@op(of=t, view=True)
def _(input: Array) -> Array:
    return input.T


defgrad(t, input=lambda g: record(t)(g))


def T(x: Tensor) -> Tensor:
    """All dimensions in reverse order."""
    return record(permute)(x, tuple(range(len(x.shape)))[::-1])


def mT(x: Tensor) -> Tensor:
    """The transpose of every matrix in a batch: the last two dimensions change places, as a view.

    Math    y[.., j, i] = x[.., i, j]        d_x = mT(g)
    Shapes  x (*, n, m) -> (*, m, n)
    Raises  RuntimeError for one dimension; without any it is the tensor itself.

    >>> minigrad.zeros(5, 2, 3).mT.shape
    torch.Size([5, 3, 2])
    """
    n = len(x.shape)
    if n == 0:
        warn_user("Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.")
        return x
    if n < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {n}-D tensor.")
    return record(transpose)(x, n - 2, n - 1)


def H(x: Tensor) -> Tensor:
    """The transpose of a real matrix.

    Raises  RuntimeError unless there are two dimensions (or none).
    """
    if len(x.shape) not in (0, 2):
        raise RuntimeError(
            "tensor.H is only supported on matrices (2-D tensors). "
            f"Got {len(x.shape)}-D tensor. For batches of matrices, consider using tensor.mH"
        )
    return transpose(x, 0, 1) if len(x.shape) else x


def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Dimensions ``source`` go to the places ``destination``, the others keep their order: a view.

    Math    y = permute(input, dims), dims[destination] = source        d_input = movedim(g, destination, source)
    Shapes  input (n, m, k), 0 to -1 -> (m, k, n)
    Raises  RuntimeError if there are not as many sources as destinations, or one is named twice; IndexError for a
            dimension that does not exist.

    >>> minigrad.zeros(2, 3, 4).movedim(0, -1).shape
    torch.Size([3, 4, 2])
    """
    n, here, there = len(input.shape), one_or_more(source), one_or_more(destination)
    if len(here) != len(there):
        raise RuntimeError(
            "movedim: Invalid source or destination dims: source "
            f"({list(here)} dims) should contain the same number of dims as destination ({list(there)} dims)"
        )
    old, new = wrap_dims(here, n), wrap_dims(there, n)
    rest = iter([d for d in range(n) if d not in old])
    moved = dict(zip(new, old, strict=True))
    return record(permute)(input, tuple([moved[d] if d in moved else next(rest) for d in range(n)]))


# ---- one number in many places ----


def expand(input: Tensor, *sizes: int | Sequence[int], implicit: bool = False) -> Tensor:
    """Broadcasting: dimensions of size 1 repeated without copying, new ones in front; -1 keeps a size.

    Math    y[i, j] = input[0, j]                  d_input[0, j] = sum_i g[i, j]
    Shapes  input (1, m) -> (n, m) or (k, n, m)
    Raises  RuntimeError if a size other than 1 would have to change.

    >>> x = minigrad.tensor([[1.], [2.]], requires_grad=True)
    >>> x.expand(2, 3).sum().backward(); x.grad
    tensor([[3.],
            [3.]])
    """
    target, shape = sizes_of(sizes), input.shape
    extra = len(target) - len(shape)
    if extra < 0:
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(target)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(shape)})"
        )
    result = list(target)
    for d, n in enumerate(shape, extra):
        if target[d] == -1:
            result[d] = n
        elif n not in (1, target[d]):
            raise RuntimeError(
                f"The expanded size of the tensor ({target[d]}) must match the existing size ({n}) at "
                f"non-singleton dimension {d}.  Target sizes: {list(target)}.  Tensor sizes: {list(shape)}"
            )
    if min(result, default=0) < 0:
        raise RuntimeError(
            f"expand: the sizes {list(target)} are not allowed: a leading, non-existing dimension cannot be -1"
        )
    return record(expand)(input, tuple(result))


@op(of=expand, view=True)
def _(input: Array, shape: Any) -> Array:
    if math.prod(shape) == input.size:
        return input.reshape(shape)
    if input.size == 1:
        return _everywhere(input, shape)
    if 1 in shape:
        return as_strided(input, shape, _expanded_steps(input, shape))
    repeated = np.broadcast_to(input, shape)
    repeated.flags.writeable = input.flags.writeable
    return repeated


def _everywhere(x: Array, shape: tuple[int, ...]) -> Array:
    """``np.broadcast_to`` of a single number, in a third of the time."""
    steps = _expanded_steps(x, shape) if 1 in shape else (0,) * len(shape)
    return np.ndarray(shape, x.dtype, x, strides=steps)


def _expanded_steps(input: Array, shape: Any) -> list[int]:
    """torch's strides: 0 where elements are repeated. NumPy's are 0 also where a dimension of size 1 stays as it is."""
    new = len(shape) - input.ndim
    if not input.ndim:
        return [0] * new
    steps = [s if n == m else 0 for s, n, m in zip(input.strides, input.shape, shape[new:], strict=True)]
    for k in reversed(range(new)):
        steps.insert(0, shape[k + 1] * steps[0] if shape[k] == 1 else 0)
    return steps


def expand_as(x: Tensor, other: Tensor) -> Tensor:
    """Broadcasting to the shape of another tensor: ``x.expand(other.shape)``.

    Math    y[i, j] = x[0, j]                  d_x[0, j] = sum_i g[i, j]
    Shapes  x (1, m), other (n, m) -> (n, m)
    Raises  RuntimeError if a size other than 1 would have to change.

    >>> x = minigrad.ones(1, requires_grad=True)
    >>> x.expand_as(minigrad.zeros(3)).sum().backward(); x.grad
    tensor([3.])
    """
    return expand(x, other.shape)


def sum_to_size(x: Tensor, *size: int | Sequence[int]) -> Tensor:
    """The adjoint of ``expand``: add up until the shape is ``size``.

    Math    y[0, j] = sum_i x[i, j]        d_x[i, j] = g[0, j]
    Shapes  x (k, n, m) -> (n, m), (1, m), (m), .., what broadcasts to it
    Raises  RuntimeError if x could not have been expanded from that shape.

    >>> x = minigrad.ones(3, 2, requires_grad=True)
    >>> y = x.sum_to_size(1, 2); y[0, 0].backward()
    >>> y.tolist(), x.grad.tolist()
    ([[3.0, 3.0]], [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    """
    target, shape = sizes_of(size), tuple(x.shape)
    if target == shape:
        return x
    tail = shape[len(shape) - len(target) :]
    if len(target) > len(shape) or any(n not in (1, m) for n, m in zip(target, tail, strict=True)):
        raise RuntimeError(f"size {{{list(target)}}} is not expandable to size {{{list(shape)}}}.")
    return record(sum_to_size)(x, target)


@op(of=sum_to_size, label="SumBackward1")
def _(x: Array, shape: Any) -> Array:
    extra = x.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1)
    return add_up(x, axes).reshape(shape) if axes else x.reshape(shape)


defgrad(sum_to_size, x=lambda g, x_shape: record(expand)(g, x_shape))
roles.sum_to = record(sum_to_size)

defgrad(expand, input=lambda g, input_shape: record(sum_to_size)(g, input_shape))


def broadcast_shapes(*shapes: Sizes) -> tuple[int, ...]:
    """The shape that operands of these shapes have in common.

    Math    from the last dimension backwards: n if that size of all ``shapes`` is n or 1
    Shapes  shapes (n, 1), (m) -> (n, m)
    Raises  RuntimeError if there is none.

    >>> minigrad.broadcast_shapes((2, 1), (3,))
    (2, 3)
    """
    try:
        common = np.broadcast_shapes(*[(s,) if isinstance(s, int) else tuple(s) for s in shapes])
    except ValueError:
        shown = ", ".join(str(list(s)) if not isinstance(s, int) else str(s) for s in shapes)
        raise RuntimeError(
            f"Shape mismatch: objects cannot be broadcast to a single shape: {shown}; sizes are compared from "
            "the last dimension backwards and must be equal or 1"
        ) from None
    return common


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Every tensor expanded to the shape they have in common: views.

    Math    y_k = expand(tensors[k], common)        d_tensors[k] = sum_to_size(g_k, tensors[k].shape)
    Shapes  tensors (n, 1), (m) -> both (n, m)
    Raises  RuntimeError if they have none in common.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> y, _ = minigrad.broadcast_tensors(x, minigrad.zeros(3, 1)); y.sum().backward()
    >>> y.shape, x.grad
    (torch.Size([3, 2]), tensor([3., 3.]))
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    common = broadcast_shapes(*[x.shape for x in tensors])
    return tuple([x if tuple(x.shape) == common else expand(x, common) for x in tensors])


# ---- windows ----


@op
def unfold_grad_x(g: Array, shape: Any, dim: int, size: int, step: int) -> Array:
    whole = np.zeros(shape, g.dtype)
    if not shape:
        return whole + g.sum()
    windows = np.moveaxis(g, -1, 0)  # (size, ..., number of windows, ...)
    reach = step * g.shape[dim]
    for k in range(size):
        whole[at(dim, slice(k, k + reach, step))] += windows[k]
    return whole


def unfold(x: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of ``size`` elements along a dimension, every ``step``; a window lies in a new last dimension: a view.

    Math    y[k, s] = x[k step + s]        d_x[i] = sum of g[k, s] over k step + s = i
    Shapes  x (.., n, ..) -> (.., (n - size) // step + 1, .., size)
    Raises  RuntimeError if size does not fit, or the step is not positive; IndexError if there is no such dimension.

    >>> x = minigrad.arange(5.).requires_grad_()
    >>> x.unfold(0, 3, 2).sum().backward(); x.grad
    tensor([1., 1., 2., 1., 1.])
    """
    d = wrap_dim(dimension, len(x.shape))
    length = x.shape[d] if len(x.shape) else 1
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if size < 0 or size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {length} but size is {size}")
    return record(unfold)(x, d, size, step)


@op(of=unfold, view=True)
def _(x: Array, dim: int, size: int, step: int) -> Array:
    if x.ndim == 0:  # one dimension of size 1, and a window of it is not a new one
        return x.reshape(1)[:size]
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dim, writeable=True)
    return windows[at(dim, slice(None, None, step))]


defgrad(unfold, x=lambda g, x_shape, dim, size, step: unfold_grad_x(g, x_shape, dim, size, step))

defgrad(unfold_grad_x, g=lambda h, dim, size, step: record(unfold)(h, dim, size, step))
