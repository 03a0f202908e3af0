"""Diagonals and triangles. Taking a diagonal and putting one into a matrix of zeros are each other's gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dtype import FROM_NUMPY, I64, Array, default_float, to_numpy
from ...core.inplace import inplace
from ...core.op import defgrad, op, record
from ...core.variable import Variable, wrap
from ...types import Device, DType, Number, Tensor
from ..cast import fill_
from ..create import _finish
from ..elementwise.transcendental import to_dtype
from ..index.indexing import narrow, sliced
from .formats import in_order
from .joining import common_type
from .views import atleast_2d, reshape, wrap_dim

# ---- a diagonal, and back ----


def _line(x: Any, offset: int, dim1: int, dim2: int) -> Any:
    """The diagonal of two dimensions as a writable view, in a new last dimension."""
    y = np.moveaxis(x, (dim1, dim2), (-2, -1))[..., max(-offset, 0) :, max(offset, 0) :]
    n = min(y.shape[-2:])
    return np.einsum("...ii->...i", y[..., :n, :n])


@op(label="DiagonalBackward0_copy")
def diagonal_copy(x: Array, offset: int, dim1: int, dim2: int) -> Array:
    return _line(x, offset, dim1, dim2).copy()


def _two_dims(name: str, dim1: int, dim2: int, ndim: int) -> tuple[int, int]:
    d1, d2 = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if d1 == d2:
        raise RuntimeError(f"{name}(): dimensions cannot be identical: dim1 = {dim1}, dim2 = {dim2} of {ndim}")
    return d1, d2


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A view of the diagonal of two dimensions, which becomes the last; ``offset`` > 0 lies above it.

    Math    y[.., k] = input[k, k + offset, ..]        d_input = zeros, but g on that diagonal
    Shapes  input (n, m, *) -> (*, length of the diagonal)
    Raises  RuntimeError if the dimensions are the same, IndexError if there is no such dimension.

    >>> x = minigrad.ones(2, 2, requires_grad=True)
    >>> x.diagonal().sum().backward(); x.grad
    tensor([[1., 0.],
            [0., 1.]])
    """
    return record(diagonal)(input, offset, *_two_dims("diagonal", dim1, dim2, input.ndim))


@op(of=diagonal, view=True)
def _(x: Array, offset: int, dim1: int, dim2: int) -> Array:
    return _line(x, offset, dim1, dim2)


for _op in (record(diagonal), diagonal_copy):
    defgrad(_op, x=lambda g, x_shape, offset, dim1, dim2: record(diag_embed)(g, x_shape, offset, dim1, dim2))


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The last dimension becomes the diagonal of two dimensions, with zeros around.

    Math    y[.., k, k + offset] = input[.., k], else 0        d_input = diagonal(g, offset, dim1, dim2)
    Shapes  input (*, n) -> (*, n + |offset|, n + |offset|)
    Raises  RuntimeError if the dimensions are the same, IndexError if there is no such dimension.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> y = x.diag_embed(); (y * y).sum().backward()
    >>> y, x.grad
    (tensor([[1., 0.],
            [0., 2.]], grad_fn=<DiagEmbedBackward0>), tensor([2., 4.]))
    """
    d1, d2 = _two_dims("diag_embed", dim1, dim2, input.ndim + 1)
    *shape, length = input.array.shape
    for d in sorted((d1, d2)):
        shape.insert(d, length + abs(offset))
    return record(diag_embed)(input, tuple(shape), offset, d1, d2)


@op(of=diag_embed)
def _(input: Array, shape: Any, offset: int, dim1: int, dim2: int) -> Array:
    whole = np.zeros(shape, input.dtype)
    _line(whole, offset, dim1, dim2)[...] = input
    return whole


defgrad(diag_embed, input=lambda g, offset, dim1, dim2: diagonal_copy(g, offset, dim1, dim2))


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A copy of input in which ``src`` replaces the elements of ``input.diagonal(offset, dim1, dim2)``.

    Math    y = input;  y[k, k + offset, ..] = src[.., k]        d_input = g, but 0 there, d_src = diagonal(g)
    Shapes  input (n, m, *), src (*, length of the diagonal) -> as input
    Raises  RuntimeError if the shapes differ or the dimensions are the same, IndexError if there is no such dimension.

    >>> src = minigrad.ones(2, requires_grad=True)
    >>> y = minigrad.zeros(2, 2).diagonal_scatter(src); (y * 3).sum().backward()
    >>> y, src.grad
    (tensor([[1., 0.],
            [0., 1.]], grad_fn=<DiagonalScatterBackward0>), tensor([3., 3.]))
    """
    d1, d2 = _two_dims("diagonal_scatter", dim1, dim2, input.ndim)
    shape = _line(input.array, offset, d1, d2).shape
    if src.array.shape != shape:
        raise RuntimeError(
            "expected src to have a size equal to the diagonal of the input. src size = "
            f"{list(src.array.shape)}, diagonal size = {list(shape)}"
        )
    return record(diagonal_scatter)(
        input, to_dtype(src, input.array.dtype) if src.array.dtype != input.array.dtype else src, offset, d1, d2
    )


@op(of=diagonal_scatter)
def _(input: Array, src: Array, offset: int, dim1: int, dim2: int) -> Array:
    out = np.array(input)
    _line(out, offset, dim1, dim2)[...] = src
    return out


defgrad(
    diagonal_scatter,
    input=lambda g, offset, dim1, dim2: record(diagonal_scatter)(g, 0.0, offset, dim1, dim2),
    src=lambda g, offset, dim1, dim2: diagonal_copy(g, offset, dim1, dim2),
)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix with this diagonal, or the diagonal of this matrix, copied.

    Math    vector: y[k, k + diagonal] = input[k], else 0        d_input = diag(g, diagonal)
            matrix: y[k] = input[k, k + diagonal]        d_input = diag(g, diagonal), filled up with zeros
    Shapes  input (n) -> (n + |diagonal|, n + |diagonal|), or (n, m) -> (length of the diagonal)
    Raises  RuntimeError unless input has one or two dimensions.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]], requires_grad=True)
    >>> x.diag().sum().backward(); x.grad
    tensor([[1., 0.],
            [0., 1.]])
    """
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D; see diag_embed and diagonal")
    return diag_embed(input, diagonal) if input.ndim == 1 else diagonal_copy(input, diagonal, 0, 1)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements of input, in one row, as its diagonal.

    Math    y[k, k + offset] = input.view(-1)[k], else 0        d_input.view(-1)[k] = g[k, k + offset]
    Shapes  input any, n elements -> (n + |offset|, n + |offset|)
    Raises  TypeError if input is not a tensor.

    >>> minigrad.tensor([[1., 2.]]).diagflat()
    tensor([[1., 0.],
            [0., 2.]])
    """
    return diag_embed(reshape(input, -1), offset)


def fill_diagonal_(input: Tensor, fill_value: Number, wrap: bool = False) -> Tensor:
    """Write one number along the main diagonal; ``wrap``: in a tall matrix begin again, one row below its end.

    Math    input[k, k, ..] = fill_value        d_input = g, but 0 there
    Shapes  input (n, m), or (n, n, ..) -> itself
    Raises  RuntimeError below two dimensions, or above two if the sizes differ.

    >>> minigrad.zeros(2, 2).fill_diagonal_(3)
    tensor([[3., 0.],
            [0., 3.]])
    """
    shape = input.array.shape
    if len(shape) < 2:
        raise RuntimeError(f"fill_diagonal_: dimensions must be larger than 1, got {list(shape)}")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError(f"fill_diagonal_: all dimensions of input must be of equal length, got {list(shape)}")
    lines = [input]
    if wrap and len(shape) == 2:
        rows, columns = shape
        lines = [narrow(input, 0, start, rows - start) for start in range(0, rows, columns + 1)]
    for line in lines:
        while line.ndim > 1:
            line = diagonal(line)
        fill_(line, fill_value)
    return input


# ---- triangles ----


def _matrix(name: str, x: Any) -> Any:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, got {list(x.shape)}")
    return x


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of every matrix, zeros above a diagonal: attention that looks only back.

    Math    y[i, j] = input[i, j] where j <= i + diagonal, else 0        d_input = tril(g, diagonal)
    Shapes  input (*, n, m) -> (*, n, m)
    Raises  RuntimeError below two dimensions.

    >>> x = minigrad.ones(2, 2, requires_grad=True)
    >>> x.tril().sum().backward(); x.grad
    tensor([[1., 0.],
            [1., 1.]])
    """
    return record(tril)(_matrix("tril", input), diagonal)


@op(of=tril)
def _(input: Array, diagonal: int) -> Array:
    return in_order(np.tril(input, diagonal))


defgrad(tril, input=lambda g, diagonal: record(tril)(g, diagonal))


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of every matrix, zeros below a diagonal.

    Math    y[i, j] = input[i, j] where j >= i + diagonal, else 0        d_input = triu(g, diagonal)
    Shapes  input (*, n, m) -> (*, n, m)
    Raises  RuntimeError below two dimensions.

    >>> x = minigrad.ones(2, 2, requires_grad=True)
    >>> x.triu().sum().backward(); x.grad
    tensor([[1., 1.],
            [0., 1.]])
    """
    return record(triu)(_matrix("triu", input), diagonal)


@op(of=triu)
def _(input: Array, diagonal: int) -> Array:
    return in_order(np.triu(input, diagonal))


defgrad(triu, input=lambda g, diagonal: record(triu)(g, diagonal))


tril_ = inplace(tril)
triu_ = inplace(triu)


# ---- matrices as the diagonal of a larger one ----


def _block_diag_grad(g: Array, tensors_shape: Any, needs: Any) -> list[Any]:
    grads, row, column = [], 0, 0
    for (n, m), need in zip(tensors_shape, needs, strict=True):
        grads.append(sliced(g, (slice(row, row + n), slice(column, column + m))) if need else None)
        row, column = row + n, column + m
    return grads


def block_diag(*tensors: Tensor | Sequence[Tensor]) -> Tensor:
    """Matrices (or vectors, as rows) along the diagonal of a matrix of zeros.

    Math    y = [[tensors[0], 0, ..], [0, tensors[1], ..], ..]        d_tensors[k] = its block of g
    Shapes  tensors (n1, m1), (n2, m2), .. -> (n1 + n2 + .., m1 + m2 + ..)
    Raises  RuntimeError above two dimensions.

    >>> x = minigrad.tensor(3., requires_grad=True)
    >>> y = minigrad.block_diag(minigrad.ones(1, 2), x); y.sum().backward()
    >>> y, x.grad
    (tensor([[1., 1., 0.],
            [0., 0., 3.]], grad_fn=<BlockDiagBackward0>), tensor(1.))
    """
    if not tensors:
        return wrap(np.empty((1, 0), default_float()))
    for k, x in enumerate(tensors):
        if isinstance(x, Variable) and x.array.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {k} has {x.array.ndim}"
            )
    return record(block_diag)(common_type([atleast_2d(x) for x in tensors], "block_diag", RuntimeError))


@op(of=block_diag, variadic=True)
def _(tensors: Any) -> Array:
    rows, columns = np.cumsum([x.shape for x in tensors], 0).T
    whole = np.zeros((rows[-1], columns[-1]), tensors[0].dtype)
    for x, row, column in zip(tensors, rows, columns, strict=True):
        whole[row - x.shape[0] : row, column - x.shape[1] : column] = x
    return whole


defgrad(block_diag, tensors=_block_diag_grad)


# ---- where a triangle is ----


def _triangle(positions: Any, row: int, col: int, offset: int, dtype: DType) -> Any:
    for name, size in (("row", row), ("col", col)):
        if size < 0:
            raise RuntimeError(f"{name} must be non-negative, got {size}")
    kind = I64 if dtype is None else to_numpy(dtype)
    if kind not in (I64, np.int32):
        raise NotImplementedError(f"positions are not implemented for {FROM_NUMPY[kind]}, only for int64 and int32")
    return np.stack(positions(row, offset, col)).astype(kind)


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Rows and columns of the lower triangle: the positions on and below a diagonal.

    Math    all (i, j) with j <= i + offset,    i < row, j < col, in C order
    Shapes  -> (2, how many)
    Raises  RuntimeError for a negative size.

    >>> minigrad.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _finish(_triangle(np.tril_indices, row, col, offset, dtype), device, requires_grad)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: DType = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Rows and columns of the upper triangle: the positions on and above a diagonal.

    Math    all (i, j) with j >= i + offset,    i < row, j < col, in C order
    Shapes  -> (2, how many)
    Raises  RuntimeError for a negative size.

    >>> minigrad.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return _finish(_triangle(np.triu_indices, row, col, offset, dtype), device, requires_grad)
