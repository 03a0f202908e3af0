"""Equations of matrices: inverse, determinant, solution, square root (Cholesky), integer powers.

Source  Giles, An extended collection of matrix derivative results for forward and reverse mode algorithmic
        differentiation, 2008.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ... import return_types
from ...core.dtype import Array
from ...core.errors import LinAlgError
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import Tensor
from ..checks import same_dtype
from ..elementwise.piecewise import where
from ..elementwise.transcendental import zeros_like
from ..reduce.scans import _others, cumsum
from ..reduce.sums import any
from ..shape.diagonals import tril
from ..shape.views import at, mT, unsqueeze
from .products import _matmul
from .svd import diagonal_matrix, svd


def _square(name: str, x: Array) -> None:
    """Raises RuntimeError unless these are square matrices of floats."""
    if x.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions, but has {x.ndim}.")
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices"
        )
    if x.array.dtype.name not in ("float32", "float64"):
        raise RuntimeError(f"{name}: Expected float32 or float64 as input. Got {x.dtype}; use .float()")


# ---- inverse ----


def inv(A: Tensor) -> Tensor:
    """Inverse of square matrices.

    Math    Y = A^-1        d_A = -Y^T g Y^T, from Y A = I
    Shapes  A (*, N, N) -> (*, N, N)
    Raises  LinAlgError if a matrix has no inverse, RuntimeError if it is not square.

    >>> x = minigrad.tensor([[2., 0.], [0., 4.]], requires_grad=True)
    >>> y = minigrad.linalg.inv(x); y.tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    >>> y[0, 0].backward(); x.grad
    tensor([[-0.2500, -0.0000],
            [-0.0000, -0.0000]])
    """
    _square("linalg.inv", A)
    return record(inv)(A)


@op(of=inv, label="LinalgInvExBackward0")
def _(A: Array) -> Array:
    try:
        return np.linalg.inv(A)
    except np.linalg.LinAlgError:
        raise LinAlgError(
            "linalg.inv: The inversion could not be completed because the input matrix is singular."
        ) from None


defgrad(inv, A=lambda g, out: -_matmul(mT(out), _matmul(g, mT(out))))


# ---- determinant ----


@op
def inv_or_zero(x: Array) -> Array:
    """The inverse; zeros for a singular matrix."""
    none = (np.linalg.det(x) == 0)[..., None, None]
    return np.where(none, 0, np.linalg.inv(np.where(none, np.eye(x.shape[-1], dtype=x.dtype), x)))


defgrad(inv_or_zero, x=lambda g, out: -_matmul(mT(out), _matmul(g, mT(out))))


def _spread(g: Array) -> Array:
    """A number for each matrix, shaped to multiply the matrices."""
    return unsqueeze(unsqueeze(g, -1), -1)


@op
def singular(x: Array) -> Array:
    """A mask: matrices whose determinant is no larger than its roundings."""
    return np.abs(np.linalg.det(x))[..., None, None] < 100 * np.finfo(x.dtype).eps


def _counted(x: Array) -> Array:
    """1, 2, 3, ... on the diagonal, in the shape of x."""
    return diagonal_matrix(record(cumsum)(zeros_like(x[at(-1, 0)]) + 1, -1, False))


def _cofactors(x: Array) -> Array:
    """The derivative of the determinant, without an inverse: each singular value becomes the product of the others."""
    u, s, vt = svd(x)
    others = _others(s, -1, False) * _others(s, -1, True)
    return _spread(record(det)(u) * record(det)(vt)) * ((u * unsqueeze(others, -2)) @ vt)


def _det_grad(g: Array, x: Array, out: Array) -> Array:
    if x.shape[-1] == 1:
        return _spread(g) * (zeros_like(x) + 1)
    regular = _spread(g * out) * mT(inv_or_zero(x))
    if not isinstance(g, Variable) or not any(singular(x)):  # torch has cofactors only where it makes a graph
        return regular
    return where(singular(x), _spread(g) * _cofactors(where(singular(x), x, _counted(x))), regular)


def det(A: Tensor) -> Tensor:
    """Determinant of square matrices: the signed volume that the unit cube is mapped to.

    Math    y = det A        d_A = g y A^-T; for a singular A 0, or with ``create_graph`` g times its cofactors
    Shapes  A (*, N, N) -> (*)
    Raises  RuntimeError if a matrix is not square.

    >>> x = minigrad.tensor([[2., 1.], [0., 4.]], requires_grad=True)
    >>> minigrad.det(x).backward(); x.grad
    tensor([[ 4.,  0.],
            [-1.,  2.]])
    """
    _square("linalg.det", A)
    return record(det)(A)


@op(of=det, label="LinalgDetBackward0")
def _(x: Array) -> Array:
    return np.linalg.det(x)


defgrad(det, x=_det_grad)


def _slogdet_grad(gs: Any, x: Array) -> Any:
    if gs[1] is None:
        return None
    if isinstance(gs[1], Tensor):
        return record(solve)(mT(x), diagonal_matrix(unsqueeze(gs[1], -1) * (zeros_like(x[at(-1, 0)]) + 1)), False)
    slope = mT(inv_or_zero(x))
    return _spread(gs[1]) * (
        where(singular(x), _cofactors(x) / _spread(record(det)(x)), slope) if any(singular(x)) else slope
    )


def slogdet(A: Tensor) -> return_types.slogdet:
    """Sign and logarithm of the absolute value, (sign, logabsdet), of the determinant, which itself may overflow.

    Math    y = ln |det A|        d_A = g A^-T, infinite or nan for a singular A; of the sign 0
    Shapes  A (*, N, N) -> (*), (*)
    Raises  RuntimeError if a matrix is not square; LinAlgError by a gradient with a graph, if one is singular.

    >>> x = minigrad.tensor([[2., 1.], [0., 4.]], requires_grad=True)
    >>> minigrad.linalg.slogdet(x).logabsdet.backward(); x.grad
    tensor([[ 0.5000,  0.0000],
            [-0.1250,  0.2500]])
    """
    _square("linalg.slogdet", A)
    return return_types.slogdet(*record(slogdet)(A))


def linalg_slogdet(A: Tensor) -> return_types.linalg_slogdet:
    return return_types.linalg_slogdet(*slogdet(A))


linalg_slogdet.__doc__ = slogdet.__doc__


@op(of=slogdet, many=True, label="LinalgSlogdetBackward0")
def _(x: Array) -> Any:
    sign, log = np.linalg.slogdet(x)
    return np.asarray(sign), np.asarray(log)


defgrad(slogdet, x=_slogdet_grad)


# ---- solution ----


def _solve_grad_a(g: Array, a: Array, out: Array, vector: bool) -> Array:
    h = -record(solve)(mT(a), g, vector)
    return unsqueeze(h, -1) * unsqueeze(out, -2) if vector else _matmul(h, mT(out))


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """Solution of a system of linear equations: the X with A X = B (or X A = B, with ``left=False``).

    Math    X = A^-1 B        d_B = A^-T g, d_A = -d_B X^T
    Shapes  A (*, N, N), B (*, N, K) or (*, N) -> that of B; batches broadcast
    Raises  LinAlgError if A is singular, RuntimeError if shapes or dtypes do not fit.

    >>> a = minigrad.tensor([[2., 0.], [0., 4.]]); b = minigrad.tensor([2., 2.], requires_grad=True)
    >>> x = minigrad.linalg.solve(a, b); x.tolist()
    [1.0, 0.5]
    >>> x.sum().backward(); b.grad
    tensor([0.5000, 0.2500])
    """
    _square("linalg.solve", A)
    same_dtype("linalg.solve", A, B)
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1])
    n = B.shape[-1] if vector or not left else B.shape[-2]
    if n != A.shape[-1]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'}: "
            f"{list(A.shape)} and {list(B.shape)}"
        )
    if vector or left:
        return record(solve)(A if left else mT(A), B, vector)
    return mT(record(solve)(mT(A), mT(B), False))


@op(of=solve, promote="number", operands=2, label="LinalgSolveExBackward0")
def _(a: Array, b: Array, vector: bool) -> Array:
    try:
        return np.linalg.solve(a, b[..., None])[..., 0] if vector else np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise LinAlgError("torch.linalg.solve: The solver failed because the input matrix is singular.") from None


defgrad(solve, a=_solve_grad_a, b=lambda g, a, vector: record(solve)(mT(a), g, vector))


# ---- square root ----


def _cholesky_grad(g: Array, out: Array) -> Array:
    inner = _matmul(mT(out), g)
    half = (tril(inner) + tril(inner, -1)) * 0.5  # below the diagonal, and half of it
    inverse = record(inv)(out)
    h = _matmul(mT(inverse), _matmul(half, inverse))
    return (h + mT(h)) * 0.5


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """Cholesky factor: the lower triangular L with L L^T = A, for positive-definite matrices; ``upper``: L^T.

    Math    A = L L^T        d_A = sym(L^-T P L^-1), P the lower triangle of L^T g, its diagonal halved
    Shapes  A (*, N, N) -> (*, N, N)
    Raises  LinAlgError for other matrices, RuntimeError if they are not square.
    Source  Murray, Differentiation of the Cholesky decomposition (2016), https://arxiv.org/abs/1602.07527

    >>> x = minigrad.tensor([[4.]], requires_grad=True)
    >>> y = minigrad.linalg.cholesky(x); y.backward(); y.item(), x.grad
    (2.0, tensor([[0.2500]]))
    """
    _square("linalg.cholesky", A)
    return mT(record(cholesky)(A)) if upper else record(cholesky)(A)


@op(of=cholesky, label="LinalgCholeskyExBackward0")
def _(x: Array) -> Array:
    try:
        if np.isnan(x).any():
            raise np.linalg.LinAlgError
        return np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        raise LinAlgError(
            "linalg.cholesky: The factorization could not be completed because the input is not positive-definite."
        ) from None


defgrad(cholesky, x=_cholesky_grad)


# ---- powers ----


def matrix_power(A: Tensor, n: int) -> Tensor:
    """Matrix power: the matrix times itself, n times in all; the inverse for a negative n.

    Math    y = A^n        n = 2: d_A = g A^T + A^T g
    Shapes  A (*, N, N) -> (*, N, N)
    Raises  RuntimeError if a matrix is not square; LinAlgError for a negative n, if it is singular.

    >>> x = minigrad.tensor([[1., 1.], [0., 1.]], requires_grad=True)
    >>> y = x.matrix_power(3); y[0, 1].backward(); y.tolist(), x.grad
    ([[1.0, 3.0], [0.0, 1.0]], tensor([[3., 3.],
            [1., 3.]]))
    """
    n = operator.index(n)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise RuntimeError(f"linalg.matrix_power: A must be batches of square matrices, but it is {list(A.shape)}")
    if n < 0:
        return matrix_power(inv(A), -n)
    if n < 2:
        return A.clone() if n else A.clone().copy_(A.new_tensor(np.eye(A.shape[-1])))
    half = matrix_power(A, n // 2)
    return half @ half @ A if n % 2 else half @ half
