"""Joining and splitting tensors: the gradient of cat is a split, and the gradient of split is a cat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ...core.dtype import I64, Array, promote_types
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import Sizes, Tensor
from .. import hints
from ..elementwise.transcendental import to_dtype
from ..index.indexing import narrow, select, sliced
from .views import at, atleast_1d, atleast_2d, atleast_3d, reshape, wrap_dim

# ---- joining ----


def _cat_grad(g: Array, tensors_shape: Any, dim: int, needs: Any) -> list[Any]:
    grads, start = [], 0
    for shape, need in zip(tensors_shape, needs, strict=True):
        stop = start + shape[dim]
        grads.append(sliced(g, at(dim, slice(start, stop))) if need else None)
        start = stop
    return grads


def _stack_grad(g: Array, dim: int, needs: Any) -> list[Any]:
    return [record(select)(g, at(dim, k)) if need else None for k, need in enumerate(needs)]


def _listed(name: str, tensors: Any) -> list[Any]:
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(tensors).__name__}: put "
            "them in a list"
        )
    return list(tensors)


def common_type(tensors: Any, name: str, nothing: type[Exception]) -> list[Any]:
    """The list of tensors, in their common type; ``nothing`` is what torch raises if there is none."""
    tensors = list(tensors)
    if not tensors:
        raise nothing(f"{name} expects a non-empty list of Tensors")
    for k, x in enumerate(tensors):
        if not isinstance(x, (Variable, np.ndarray)):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(x).__name__}")
    types = [x.array.dtype if isinstance(x, Variable) else x.dtype for x in tensors]
    common = reduce(promote_types, types)
    return [x if d == common else to_dtype(x, common) for x, d in zip(tensors, types, strict=True)]


def _shapes(tensors: list[Any]) -> list[Any]:
    return [x.array.shape if isinstance(x, Variable) else x.shape for x in tensors]


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Concatenation: tensors one after the other along a dimension.

    Math    y = [tensors[0], tensors[1], ..]        d_tensors[k] = its part of g
    Shapes  tensors (.., n1, ..), (.., n2, ..), .. equal but for ``dim`` -> (.., n1 + n2 + .., ..)
    Raises  ValueError if the list is empty, RuntimeError if the shapes do not fit.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> (minigrad.cat([x, x]) * minigrad.arange(4)).sum().backward(); x.grad
    tensor([2., 4.])
    """
    operands = common_type(_listed("cat", tensors), "torch.cat():", ValueError)
    shapes = _shapes(operands)
    if shapes.count(shapes[0]) == len(shapes) and shapes[0]:
        return record(cat)(operands, 0 if shapes[0] == (0,) else wrap_dim(dim, len(shapes[0])))
    kept = [x for x, shape in zip(operands, shapes, strict=True) if shape != (0,)]  # torch skips tensors of shape (0)
    shape = next(shape for shape in shapes if shape != (0,))
    if not shape:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated; use stack()")
    d = wrap_dim(dim, len(shape))
    for k, other in enumerate(shapes):
        if other == (0,):
            continue
        if len(other) != len(shape):
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {len(shape)} and {len(other)} "
                f"(tensor number {k} in the list)"
            )
        for axis, (n, m) in enumerate(zip(shape, other, strict=True)):
            if n != m and axis != d:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {d}. Expected size {n} but got size {m} "
                    f"for tensor number {k} in the list: {list(shape)} and {list(other)}.{hints.of_cat(shapes, d)}"
                )
    return record(cat)(kept, d)


@op(of=cat, variadic=True, narrow=True)
def _(tensors: Any, dim: int) -> Array:
    return np.concatenate(tensors, dim)


defgrad(cat, tensors=_cat_grad)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape side by side along a new dimension.

    Math    y[k] = tensors[k] for dim = 0        d_tensors[k] = g[k]
    Shapes  tensors: n of (*) -> (n, *), n at the place ``dim``
    Raises  RuntimeError if the list is empty or the shapes differ.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> y = minigrad.stack([x, minigrad.ones(2)], dim=1); y[0].sum().backward()
    >>> y, x.grad
    (tensor([[1., 1.],
            [2., 1.]], grad_fn=<StackBackward0>), tensor([1., 0.]))
    """
    operands = common_type(_listed("stack", tensors), "stack", RuntimeError)
    shapes = _shapes(operands)
    shape = shapes[0]
    d = wrap_dim(dim, len(shape) + 1)
    for k, other in enumerate(shapes):
        if other != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(other)} at entry {k}"
            )
    return record(stack)(operands, d)


@op(of=stack, variadic=True, narrow=True)
def _(tensors: Any, dim: int) -> Array:
    return np.stack(tensors, dim)


defgrad(stack, tensors=_stack_grad)


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Concatenation side by side: along dimension 1, or 0 if there is only that.

    Math    y = cat(tensors, 1), or cat(tensors, 0) for vectors        d_tensors[k] = its columns of g
    Shapes  tensors (n, m1, *), (n, m2, *), .. -> (n, m1 + m2 + .., *); vectors (n1), (n2), .. -> (n1 + n2 + ..)
    Raises  RuntimeError if the shapes do not fit, ValueError if the list is empty.

    >>> minigrad.hstack([minigrad.tensor([1, 2]), minigrad.tensor(3)])
    tensor([1, 2, 3])
    """
    tensors = atleast_1d(_listed("hstack", tensors))
    return cat(tensors, 0 if tensors and tensors[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Concatenation below each other: along dimension 0 of at least two; vectors become rows.

    Math    y = cat(tensors, 0)        d_tensors[k] = its rows of g
    Shapes  tensors (n1, m, *), (n2, m, *), .. -> (n1 + n2 + .., m, *); (m) counts as (1, m)
    Raises  RuntimeError if the shapes do not fit, ValueError if the list is empty.

    >>> minigrad.vstack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return cat(atleast_2d(_listed("vstack", tensors)), 0)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Concatenation behind each other: along dimension 2 of at least three.

    Math    y = cat(tensors, 2)        d_tensors[k] = its part of g
    Shapes  tensors (n, m, k1), (n, m, k2), .. -> (n, m, k1 + k2 + ..); (n, m) counts as (n, m, 1), (m) as (1, m, 1)
    Raises  RuntimeError if the shapes do not fit, ValueError if the list is empty.

    >>> minigrad.dstack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])
    tensor([[[1, 3],
             [2, 4]]])
    """
    return cat(atleast_3d(_listed("dstack", tensors)), 2)


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Vectors become columns, then ``hstack``.

    Math    y[:, k] = tensors[k] for vectors        d_tensors[k] = its columns of g
    Shapes  tensors (n), (n, m), .. -> (n, 1 + m + ..)
    Raises  RuntimeError if the shapes do not fit, ValueError if the list is empty.

    >>> minigrad.column_stack([minigrad.tensor([1, 2]), minigrad.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    columns = _listed("column_stack", tensors)
    return hstack([reshape(x, x.array.size, 1) if x.ndim <= 1 else x for x in columns])


# ---- splitting ----


def _parts(x: Array, sizes: Any, dim: int) -> Any:
    ends = np.cumsum(sizes)
    return tuple([x[at(dim, slice(end - n, end))] for n, end in zip(sizes, ends, strict=True)])


def _split_grad(gs: Any, x_shape: Any, x_dtype: Any, sizes: Any, dim: int) -> Array:
    """The gradients of the parts, joined; zeros where a part was not used."""
    before, after = x_shape[:dim], x_shape[dim + 1 :]
    return record(cat)(
        [np.zeros((*before, n, *after), x_dtype) if g is None else g for g, n in zip(gs, sizes, strict=True)],
        dim,
    )


def _unbind_grad(gs: Any, input_shape: Any, input_dtype: Any, dim: int) -> Array:
    shape = input_shape[:dim] + input_shape[dim + 1 :]
    return record(stack)([np.zeros(shape, input_dtype) if g is None else g for g in gs], dim)


def _length(x: Array, dim: int, name: str) -> tuple[int, int]:
    """The dimension, and its size."""
    if not len(x.shape):
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    d = wrap_dim(dim, len(x.shape))
    return d, x.shape[d]


def split(tensor: Tensor, split_size_or_sections: Sizes, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of one size each along a dimension (the last may be smaller), or of the sizes in a list.

    Math    y_k = tensor[k s : (k + 1) s],  s = split_size_or_sections
            d_tensor = cat of the g_k, 0 for those unused
    Shapes  tensor (.., n, ..) -> a tuple of (.., s, ..)
    Raises  RuntimeError if the sizes do not add up, or one is negative; IndexError if there is no such dimension.

    >>> x = minigrad.arange(5.).requires_grad_()
    >>> first, second, third = x.split(2)
    >>> (2 * second).sum().backward(); x.grad
    tensor([0., 0., 2., 2., 0.])
    """
    size: Any = split_size_or_sections
    if isinstance(size, (list, tuple)):
        return split_with_sizes(tensor, size, dim)
    d, n = _length(tensor, dim, "split")
    if size < 0 or (size == 0 and n):
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    sizes = [size] * (n // size) + [n % size] * (n % size > 0) if size else []
    return record(split)(tensor, tuple(sizes or [n]), d)


@op(of=split, view=True, many=True, label="SplitBackward0")
def _(x: Array, sizes: Any, dim: int) -> Any:
    return _parts(x, sizes, dim)


def split_with_sizes(tensor: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Views of the given sizes along a dimension.

    Math    y_k = tensor[start_k : start_k + split_sizes[k]]        d_tensor = cat of the g_k, 0 for those unused
    Shapes  tensor (.., n, ..) -> a tuple of (.., split_sizes[k], ..)
    Raises  RuntimeError if the sizes do not add up.

    >>> x = minigrad.arange(3.).requires_grad_()
    >>> _, second = x.split_with_sizes([1, 2]); second.sum().backward(); x.grad
    tensor([0., 1., 1.])
    """
    d, n = _length(tensor, dim, "split")
    sizes = tuple([int(s) for s in split_sizes])
    if sum(sizes) != n or min(sizes, default=0) < 0:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), "
            f"but got split_sizes={list(sizes)}"
        )
    return record(split_with_sizes)(tensor, sizes, d)


@op(of=split_with_sizes, view=True, many=True)
def _(x: Array, sizes: Any, dim: int) -> Any:
    return _parts(x, sizes, dim)


for _op in (record(split), record(split_with_sizes)):
    defgrad(_op, x=_split_grad)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most ``chunks`` views along a dimension, all but the last of one size.

    Math    y_k = input[k s : (k + 1) s],  s = ceil(n / chunks)        d_input = cat of the g_k, 0 for those unused
    Shapes  input (.., n, ..) -> a tuple of (.., s, ..)
    Raises  RuntimeError for a 0-d tensor or a number of chunks below 1; IndexError if there is no such dimension.

    >>> x = minigrad.arange(7.).requires_grad_()
    >>> parts = x.chunk(3); [len(part) for part in parts]
    [3, 3, 1]
    >>> parts[1].sum().backward(); x.grad
    tensor([0., 0., 0., 1., 1., 1., 0.])
    """
    if input.shape and chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    d, n = _length(input, dim, "chunk")
    if n == 0:
        return split_with_sizes(input, [0] * chunks, d)
    return split(input, -(-n // chunks), d)


def _sections(x: Any) -> Any:
    """Where to split, or into how many parts.

    Raises  RuntimeError
    """
    name = "tensor_split expected tensor_indices_or_sections to"
    if x.ndim > 1:
        raise RuntimeError(f"{name} be a zero-dimensional or one-dimensional tensor, but got one with {x.ndim} dims")
    if x.dtype != I64:
        raise RuntimeError(f"{name} have dtype of long, but got {x.dtype}: use .long()")
    return x.tolist()


def tensor_split(input: Tensor, indices_or_sections: Sizes | Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Exactly so many views, sizes differing by at most one, or views between the given positions.

    Math    y_k = input[start_k : start_(k+1)]        d_input = cat of the g_k, 0 for those unused
    Shapes  input (.., n, ..) -> a tuple of (.., n / sections, ..), the first n mod sections larger by 1
    Raises  RuntimeError for a 0-d tensor or a number of sections below 1; IndexError if there is no such dimension.

    >>> [len(part) for part in minigrad.arange(7).tensor_split(3)]
    [3, 2, 2]
    >>> minigrad.arange(4).tensor_split([1, 3])
    (tensor([0]), tensor([1, 2]), tensor([3]))
    """
    where: Any = indices_or_sections
    if isinstance(where, Variable):
        where = _sections(where.array)
    d, n = _length(input, dim, "tensor_split")
    if not isinstance(where, (tuple, list)):
        count = int(where)
        if count <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {count}")
        sizes = [n // count + (k < n % count) for k in range(count)]
        ends = [sum(sizes[: k + 1]) for k in range(count)]
    else:
        ends = [*[slice(i).indices(n)[1] for i in where], n]
    starts = [0, *ends[:-1]]
    return tuple([narrow(input, d, a, max(b - a, 0)) for a, b in zip(starts, ends, strict=True)])


def _into(name: str, x: Array, what: Any, dim: int, least: int) -> tuple[Tensor, ...]:
    """``tensor_split`` along a dimension, into parts of one size if a number is given."""
    if x.ndim < least:
        raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension(s), but got {x.ndim}")
    if not isinstance(what, (tuple, list)) and (what <= 0 or x.shape[dim] % what):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {x.shape[dim]} is "
            f"not divisible by the split_size {what}!"
        )
    return tensor_split(x, what, dim)


def hsplit(input: Tensor, indices_or_sections: Sizes | Tensor) -> tuple[Tensor, ...]:
    """Parts side by side: along dimension 1, or 0 if there is only that; the inverse of ``hstack``.

    Math    y_k = tensor_split(input, indices_or_sections, 1)[k]        d_input = hstack of the g_k
    Shapes  input (n, m, *) -> a tuple of (n, m_k, *); (m) -> (m_k)
    Raises  RuntimeError for a number of parts that does not divide the size, or a 0-d tensor.

    >>> minigrad.tensor([1, 2, 3, 4]).hsplit(2)
    (tensor([1, 2]), tensor([3, 4]))
    """
    return _into("hsplit", input, indices_or_sections, 0 if input.ndim == 1 else 1, 1)


def vsplit(input: Tensor, indices_or_sections: Sizes | Tensor) -> tuple[Tensor, ...]:
    """Parts below each other: along dimension 0 of at least two; the inverse of ``vstack``.

    Math    y_k = tensor_split(input, indices_or_sections, 0)[k]        d_input = vstack of the g_k
    Shapes  input (n, m, *) -> a tuple of (n_k, m, *)
    Raises  RuntimeError for a number of parts that does not divide the size, or below two dimensions.

    >>> minigrad.tensor([[1, 2], [3, 4]]).vsplit(2)
    (tensor([[1, 2]]), tensor([[3, 4]]))
    """
    return _into("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Tensor, indices_or_sections: Sizes | Tensor) -> tuple[Tensor, ...]:
    """Parts behind each other: along dimension 2 of at least three; the inverse of ``dstack``.

    Math    y_k = tensor_split(input, indices_or_sections, 2)[k]        d_input = dstack of the g_k
    Shapes  input (n, m, k, *) -> a tuple of (n, m, k_j, *)
    Raises  RuntimeError for a number of parts that does not divide the size, or below three dimensions.

    >>> minigrad.tensor([[[1, 2]]]).dsplit(2)
    (tensor([[[1]]]), tensor([[[2]]]))
    """
    return _into("dsplit", input, indices_or_sections, 2, 3)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """A view for each position of a dimension: what a loop over a tensor sees.

    Math    y_k = input[k] for dim = 0        d_input[k] = g_k, 0 for those unused
    Shapes  input (.., n, ..) -> a tuple of n without ``dim``
    Raises  IndexError if there is no such dimension, or for a 0-d tensor.

    >>> x = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> a, b, c = x
    >>> (a * b).backward(); x.grad
    tensor([2., 1., 0.])
    """
    if not len(input.shape):
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return record(unbind)(input, wrap_dim(dim, len(input.shape)))


@op(of=unbind, view=True, many=True)
def _(input: Array, dim: int) -> Any:
    return tuple([input[at(dim, k)] for k in range(input.shape[dim])])


defgrad(unbind, input=_unbind_grad)


def iterate(x: Tensor) -> Iterator[Tensor]:
    """``for row in x``.

    Raises  TypeError for a 0-d tensor.
    """
    if not len(x.shape):
        raise TypeError("iteration over a 0-d tensor")
    return iter(unbind(x))
