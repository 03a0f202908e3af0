"""Products of vectors and matrices.

One rule for all: where Z = X Y,  dX = G Y^T and dY = X^T G, for a single matrix and for each matrix of a batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...types import Number, Tensor
from .. import hints
from ..checks import no_bool, same_dtype
from ..reduce.sums import sum, total
from ..shape.views import _view, broadcast_shapes, expand, mT, t, unsqueeze


def times(x: Array, y: Array) -> Array:
    no_bool("matmul", x)
    if x.ndim > 1 < y.ndim and x.shape[-1] == 1 == y.shape[-2]:  # a column times a row, where NumPy does without BLAS
        return np.multiply(x, y)
    return np.matmul(x, y)


def _product(name: str, label: str) -> Callable[..., Any]:
    """A product of matrices, or of batches of them; torch knows it under several names."""

    @op(promote="number", name=name, label=label)
    def product(x: Array, y: Array) -> Array:
        return times(x, y)

    defgrad(product, x=lambda g, y: product(g, mT(y)), y=lambda g, x: product(mT(x), g))
    return product


_mm = _product("mm", "MmBackward0")
_bmm = _product("bmm", "BmmBackward0")
_matmul = _product("matmul", "UnsafeViewBackward0")


def _reshaped(name: str, label: str) -> Callable[..., Any]:
    """A fresh result under another shape: unlike a view, nobody else looks at its memory."""

    @op(name=name, label=label)
    def reshaped(x: Array, shape: Any) -> Array:
        return x.reshape(shape)

    defgrad(reshaped, x=lambda g, x_shape: _view(g, x_shape))
    return reshaped


def rows(x: Array) -> Array:
    """Flatten the leading dimensions: (*, I) -> (N, I)."""
    return _view(x, (math.prod(x.shape[:-1]), x.shape[-1]))


_unsafe_view = _reshaped("unsafe_view", "UnsafeViewBackward0")
_squeezed = _reshaped("squeezed", "SqueezeBackward4")


def _inner(name: str, x: Array, y: Array, fit: bool) -> None:
    """Raises RuntimeError if the inner sizes of a product differ."""
    if not fit:
        raise _misfit(name, x.shape, y.shape, hints.of_product(x.shape, y.shape))


def _misfit(name: str, x: Any, y: Any, hint: str) -> RuntimeError:
    return RuntimeError(
        f"mat1 and mat2 shapes cannot be multiplied ({hints.times(x)} and {hints.times(y)}): {name}: {hint}"
    )


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Matrix product ``input @ other``, of vectors, matrices and batches of them.

    Math    z_ik = sum_j input_ij other_jk        d_input = g other^T, d_other = input^T g
    Shapes  (J) (J) -> (); (I, J) (J) -> (I); (J) (J, K) -> (K); (I, J) (J, K) -> (I, K);
            (*, I, J) (*, J, K) -> (*, I, K), batches broadcast
    Raises  RuntimeError if the inner sizes or the dtypes differ.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True); w = minigrad.tensor([[3.], [4.]], requires_grad=True)
    >>> (x @ w).backward(); x.grad, w.grad
    (tensor([[3., 4.]]), tensor([[1.],
            [2.]]))
    """
    same_dtype("matmul", input, other)
    m, n = input.ndim, other.ndim
    if m == 0 or n == 0:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D; use * with a number"
        )
    _inner("matmul", input, other, input.shape[-1] == other.shape[-1 if n == 1 else -2])
    if m == 2 and n == 2:
        return _mm(input, other)
    if n == 1:
        if m < 3:
            return record(dot)(input, other) if m == 1 else record(mv)(input, other)
        return _unsafe_view(record(mv)(rows(input), other), input.shape[:-1])
    if m == 1:
        row = unsqueeze(input, 0)
        out_shape = (*other.shape[:-2], other.shape[-1])
        return _squeezed(_mm(row, other), out_shape) if n == 2 else _unsafe_view(_matmul(row, other), out_shape)
    if n == 2:  # one product of two matrices, however many batches
        return _unsafe_view(_mm(rows(input), other), (*input.shape[:-1], other.shape[-1]))
    return _matmul(input, other)


def _ranked(name: str, x: Array, y: Array, ranks: tuple[int, int]) -> None:
    """Raises RuntimeError unless the operands have these numbers of dimensions."""
    same_dtype(name, x, y)
    if (x.ndim, y.ndim) != ranks:
        raise RuntimeError(
            f"{name}: expected {ranks[0]}D and {ranks[1]}D tensors, but got {x.ndim}D {list(x.shape)} and "
            f"{y.ndim}D {list(y.shape)}; matmul takes any"
        )


def rmatmul(x: Array, other: Array) -> Array:
    """``other @ x``."""
    return matmul(other, x)


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Matrix product of two matrices.

    Math    z_ik = sum_j input_ij mat2_jk        d_input = g mat2^T, d_mat2 = input^T g
    Shapes  input (I, J), mat2 (J, K) -> (I, K)
    Raises  RuntimeError unless both are 2-D, and if the inner sizes or the dtypes differ.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True)
    >>> x.mm(minigrad.tensor([[3.], [4.]])).backward(); x.grad
    tensor([[3., 4.]])
    """
    _ranked("mm", input, mat2, (2, 2))
    return matmul(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """Matrix-vector product.

    Math    z_i = sum_j input_ij vec_j        d_input = g vec^T, d_vec = input^T g
    Shapes  input (I, J), vec (J) -> (I)
    Raises  RuntimeError unless they are 2-D and 1-D, and if the sizes or the dtypes differ.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True)
    >>> x.mv(minigrad.tensor([3., 4.])).backward(); x.grad
    tensor([[3., 4.]])
    """
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions: mv multiplies a matrix")
    _ranked("mv", input, vec, (2, 1))
    return matmul(input, vec)


@op(of=mv, promote="number")
def _(input: Array, vec: Array) -> Array:
    return times(input, vec)


defgrad(mv, input=lambda g, vec: unsqueeze(g, 1) * vec, vec=lambda g, input: record(mv)(record(t)(input), g))


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Dot product of two vectors.

    Math    y = sum_i input_i tensor_i        d_input = g tensor, d_tensor = g input
    Shapes  input (N), tensor (N) -> ()
    Raises  RuntimeError unless both are 1-D, and if the sizes or the dtypes differ.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.dot(minigrad.tensor([3., 4.])).backward(); x.grad
    tensor([3., 4.])
    """
    _ranked("dot", input, tensor, (1, 1))
    return matmul(input, tensor)


@op(of=dot, promote="number")
def _(input: Array, tensor: Array) -> Array:
    return times(input, tensor)


defgrad(dot, input=lambda g, tensor: g * tensor, tensor=lambda g, input: g * input)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Batched matrix product: of each matrix of one batch and that of another.

    Math    z_bik = sum_j input_bij mat2_bjk        d_input = g mat2^T, d_mat2 = input^T g, for each b
    Shapes  input (B, I, J), mat2 (B, J, K) -> (B, I, K)
    Raises  RuntimeError unless both are 3-D, and if the sizes or the dtypes differ.

    >>> x = minigrad.ones(2, 1, 1, requires_grad=True)
    >>> x.bmm(minigrad.tensor([[[3.]], [[4.]]])).sum().backward(); x.grad.flatten()
    tensor([3., 4.])
    """
    _ranked("bmm", input, mat2, (3, 3))
    _inner("bmm", input, mat2, input.shape[0] == mat2.shape[0] and input.shape[2] == mat2.shape[1])
    return _bmm(input, mat2)


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """Dot product of two vectors, the first conjugated: of real ones, ``dot``.

    Math    y = sum_i input_i other_i        d_input = g other, d_other = g input
    Shapes  input (N), other (N) -> ()
    Raises  RuntimeError unless both are 1-D, and if the sizes or the dtypes differ.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.vdot(minigrad.tensor([3., 4.])).backward(); x.grad
    tensor([3., 4.])
    """
    _ranked("vdot", input, other, (1, 1))
    _inner("vdot", input, other, input.shape == other.shape)
    return record(vdot)(input, other)


@op(of=vdot, promote="number")
def _(input: Array, other: Array) -> Array:
    return times(input, other)


defgrad(vdot, input=lambda g, other: g * other, other=lambda g, input: g * input)


# ---- b X + a Y Z ----


def _sum_of(name: str) -> Callable[..., Any]:
    """beta * input + alpha * (x @ y), for matrices or batches of them."""

    @op(promote="number", operands=3, name=name)
    def add_product(input: Array, x: Array, y: Array, beta: Any, alpha: Any) -> Array:
        product = times(x, y) if alpha == 1 else alpha * times(x, y)
        return product if beta == 0 else input * beta + product  # beta = 0: the input is ignored, even nan

    defgrad(
        add_product,
        input=lambda g, beta: g * beta,
        x=lambda g, y, alpha: _matmul(g, mT(y)) * alpha,
        y=lambda g, x, alpha: _matmul(mT(x), g) * alpha,
    )
    return add_product


_addmm = _sum_of("addmm")
_baddbmm = _sum_of("baddbmm")


def _added(
    name: str, call: Any, ranks: tuple[int, int], input: Array, x: Array, y: Array, beta: Any, alpha: Any
) -> Array:
    if ranks == (3, 3) and (x.ndim < 2 or y.ndim < 3):
        raise IndexError(f"{name}: Dimension out of range: batches of matrices are 3D, got {x.ndim}D and {y.ndim}D")
    same_dtype(name, input, x, y)
    _ranked(name, x, y, ranks)
    _inner(name, x, y, x.shape[-1] == y.shape[-2 if y.ndim > 1 else -1] and x.shape[:-2] == y.shape[:-2])
    rows = x.shape[-2:-1] if name == "addbmm" else x.shape[:-1]
    shape = rows + y.shape[-1:] if y.ndim > 1 else rows
    if broadcast_shapes(input.shape, shape) != shape:
        raise RuntimeError(f"{name}: input of shape {list(input.shape)} does not expand to the product's {list(shape)}")
    whole = input.array.dtype.kind != "f"
    return call(input, x, y, int(beta) if whole else beta, int(alpha) if whole else alpha)


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """Matrix product, times ``alpha``, added to ``beta`` times a matrix; for integers both are rounded towards zero.

    Math    z = beta input + alpha mat1 mat2
            d_input = beta g (summed to its shape), d_mat1 = alpha g mat2^T, d_mat2 = alpha mat1^T g
    Shapes  input (I, K) or broadcast to it, mat1 (I, J), mat2 (J, K) -> (I, K)
    Raises  RuntimeError if the sizes or the dtypes do not fit.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True); b = minigrad.tensor([5.], requires_grad=True)
    >>> b.addmm(x, minigrad.tensor([[3.], [4.]])).backward(); b.grad, x.grad
    (tensor([1.]), tensor([[3., 4.]]))
    """
    return _added("addmm", _addmm, (2, 2), input, mat1, mat2, beta, alpha)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """Matrix-vector product, times ``alpha``, added to ``beta`` times a vector.

    Math    z = beta input + alpha mat vec
            d_input = beta g, d_mat = alpha g vec^T, d_vec = alpha mat^T g
    Shapes  input (N), mat (N, M), vec (M) -> (N)
    Raises  RuntimeError if the sizes or the dtypes do not fit.

    >>> x = minigrad.tensor([[1., 2.]], requires_grad=True)
    >>> minigrad.zeros(1).addmv(x, minigrad.tensor([3., 4.])).backward(); x.grad
    tensor([[3., 4.]])
    """
    return _added("addmv", record(addmv), (2, 1), input, mat, vec, beta, alpha)


@op(of=addmv, promote="number", operands=3)
def _(input: Array, mat: Array, vec: Array, beta: Any, alpha: Any) -> Array:
    product = alpha * times(mat, vec)
    return product if beta == 0 else input * beta + product


defgrad(
    addmv,
    input=lambda g, beta: g * beta,
    mat=lambda g, vec, alpha: unsqueeze(g, 1) * vec * alpha,
    vec=lambda g, mat, alpha: record(mv)(record(t)(mat), g) * alpha,
)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """Batched matrix product, times ``alpha``, added to ``beta`` times a batch of matrices.

    Math    z = beta input + alpha batch1 batch2, for each matrix of the batch
            d_input = beta g, d_batch1 = alpha g batch2^T, d_batch2 = alpha batch1^T g
    Shapes  input (B, I, K) or broadcast to it, batch1 (B, I, J), batch2 (B, J, K) -> (B, I, K)
    Raises  RuntimeError if the sizes or the dtypes do not fit; IndexError unless the batches are 3-D.

    >>> x = minigrad.ones(2, 1, 1, requires_grad=True)
    >>> minigrad.zeros(1).baddbmm(x, minigrad.tensor([[[3.]], [[4.]]])).sum().backward(); x.grad.flatten()
    tensor([3., 4.])
    """
    return _added("baddbmm", _baddbmm, (3, 3), input, batch1, batch2, beta, alpha)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """Sum of a batched matrix product, times ``alpha``, added to ``beta`` times a matrix.

    Math    z = beta input + alpha sum_b batch1_b batch2_b
            d_input = beta g, d_batch1_b = alpha g batch2_b^T, d_batch2_b = alpha batch1_b^T g
    Shapes  input (I, K) or broadcast to it, batch1 (B, I, J), batch2 (B, J, K) -> (I, K)
    Raises  RuntimeError if the sizes or the dtypes do not fit; IndexError unless the batches are 3-D.

    >>> x = minigrad.ones(2, 1, 1, requires_grad=True)
    >>> minigrad.zeros(1, 1).addbmm(x, minigrad.tensor([[[3.]], [[4.]]])).backward(); x.grad.flatten()
    tensor([3., 4.])
    """
    return _added("addbmm", record(addbmm), (3, 3), input, batch1, batch2, beta, alpha)


@op(of=addbmm, promote="number", operands=3)
def _(input: Array, batch1: Array, batch2: Array, beta: Any, alpha: Any) -> Array:
    product = alpha * total(times(batch1, batch2), (0,))
    return product if beta == 0 else input * beta + product


defgrad(
    addbmm,
    input=lambda g, beta: g * beta,
    batch1=lambda g, batch2, alpha: _matmul(g, mT(batch2)) * alpha,
    batch2=lambda g, batch1, alpha: _matmul(mT(batch1), g) * alpha,
)


# ---- y = x W^T + b ----


_ROWS, _OUTPUTS = 128, 32  # measured: with more, BLAS takes equally long either way


def _rows_times(x: Array, weight: Array) -> Array:
    """x W^T. For few rows or outputs BLAS is up to twice as fast at (W x^T)^T: the same, but it lies feature by feature
    in memory, which also suits sums over the rows, as of the bias's gradient.
    """
    if x.shape[0] < _ROWS or weight.shape[0] < _OUTPUTS:
        return np.matmul(weight, x.T).T
    return np.matmul(x, weight.T)


@op(label="MmBackward0")
def linear_unbiased(x: Array, weight: Array) -> Array:
    return _rows_times(x, weight)


defgrad(
    linear_unbiased, x=lambda g, weight: linear_unbiased(g, record(t)(weight)), weight=lambda g, x: _mm(record(t)(g), x)
)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Affine map of the last dimension.

    Math    y = input weight^T + bias        d_input = g weight,  d_weight = g^T input,  d_bias = sum_n g_n
    Shapes  input (*, I), weight (O, I), bias (O) -> (*, O); weight (I) without bias -> (*)
    Raises  RuntimeError if sizes or dtypes differ.

    >>> x = minigrad.tensor([[1., 2.]]); w = minigrad.tensor([[3., 4.]], requires_grad=True)
    >>> minigrad.nn.functional.linear(x, w).backward(); w.grad
    tensor([[1., 2.]])
    """
    x, w, b = input.array, weight.array, None if bias is None else bias.array
    if x.ndim == w.ndim == 2 and x.shape[1] == w.shape[1] and x.dtype == w.dtype:  # the common case
        if b is None:
            return linear_unbiased(input, weight)
        if b.shape == w.shape[:1] and b.dtype == w.dtype:
            return record(linear)(input, weight, bias)
    same_dtype("linear", input, weight, *([] if bias is None else [bias]))
    if weight.ndim != 2:
        return matmul(input, weight) if bias is None else matmul(input, weight) + bias
    m, n = input.ndim, weight.shape[0]
    if not (m > 0 and input.shape[-1] == weight.shape[1]):
        raise _misfit("linear", input.shape, weight.shape[::-1], hints.of_linear(input.shape, weight.shape))
    if bias is not None and bias.shape not in ((n,), (1,), ()):
        raise RuntimeError(
            f"linear: expected bias of shape [{n}], one number for each output, but got {list(bias.shape)}; weight is "
            f"{list(weight.shape)}"
        )
    if bias is not None and bias.shape != (n,):
        if m == 1:
            return linear(input, weight) + bias
        bias = expand(bias, n)
    if m == 2:
        return linear_unbiased(input, weight) if bias is None else record(linear)(input, weight, bias)
    out_shape = (*input.shape[:-1], n)
    if bias is not None:
        return _view(record(linear)(rows(input), weight, bias), out_shape)
    return (_squeezed if m == 1 else _unsafe_view)(linear_unbiased(rows(input), weight), out_shape)


@op(of=linear, label="AddmmBackward0")
def _(input: Array, weight: Array, bias: Array) -> Array:
    y = _rows_times(input, weight)
    y += bias
    return y


defgrad(
    linear,
    input=lambda g, weight: linear_unbiased(g, record(t)(weight)),
    weight=lambda g, input: _mm(record(t)(g), input),
    bias=lambda g: record(sum)(g, (0,), False),
)
