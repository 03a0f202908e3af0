"""Norms of vectors and matrices, and distances between vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.dtype import Array, to_numpy
from ...core.half import wide
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import Dims, DType, Tensor
from ..checks import looks_first, no_bool, same_dtype, single_or_double
from ..elementwise.piecewise import abs, clamp_min, masked_fill_number, sign
from ..elementwise.transcendental import masked, to_dtype, zeros_like
from ..linalg.svd import svdvals
from ..shape.joining import common_type
from ..shape.views import broadcast_tensors, movedim, unsqueeze
from .extremes import _amax, _amin, amax, amin, shares
from .sums import count, dims_of, restore, sum, total

inf = math.inf


def _norm_array(x: Array, p: float, dims: tuple[int, ...], keepdim: Any) -> Array:
    if p == 0:
        return total((x != 0).astype(x.dtype), dims, keepdim)
    if count(x.shape, dims) == 1:  # of one number: exact, whatever its size
        return total(np.abs(x), dims, keepdim)
    if p == 2:
        return np.sqrt(total(x * x, dims, keepdim))
    size = np.abs(x)
    if p in (inf, -inf):
        return (np.maximum if p > 0 else np.minimum).reduce(size, dims, keepdims=keepdim)
    return total(size, dims, keepdim) if p == 1 else total(size**p, dims, keepdim) ** (1 / p)


def _norm_grad(g: Array, x: Array, out: Array, p: float, dims: Any, keepdim: bool) -> Array:
    """g sign(x) (|x| / n)^(p-1); where the norm is 0, which is not differentiable, torch's subgradient 0."""
    g, n = restore(g, x.shape, dims, keepdim), restore(out, x.shape, dims, keepdim)
    if p == 0:
        return zeros_like(x)
    if p == 1:
        return g * sign(x)
    if p in (inf, -inf):  # the extreme itself, not ``out``, which float16 has rounded
        size = abs(x)
        return g * (shares(size, (_amax if p > 0 else _amin)(size, dims, True), dims, True) * sign(x))
    if p == 2:
        return g * masked(x / n, n != 0)
    if p < 1:
        return sign(x) * masked(abs(x) ** (p - 1), x != 0) * g * n ** (1 - p)
    direction = sign(x) * abs(x) ** (p - 1) if p < 2 else x * abs(x) ** (p - 2)
    return direction * masked(g / n ** (p - 1), n != 0)


def _has_norm(shape: Any, p: float, dims: tuple[int, ...]) -> None:
    """Refuse the largest or the smallest of no number.

    Raises  RuntimeError
    """
    if (p < 0 or p == inf) and [d for d in dims if shape[d] == 0]:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {p} norm on the empty dimensions of {list(shape)} because the "
            "operation does not have an identity"
        )


def _norm_op(name: str, label: str) -> Any:
    @op(name=name, label=label)
    def norm(x: Array, p: float, dims: Any, keepdim: bool) -> Array:
        return _norm_array(x, p, dims, keepdim)

    defgrad(norm, x=_norm_grad)
    return norm


_vector_norm = _norm_op("vector_norm", "LinalgVectorNormBackward0")
_row_norm = _norm_op("row_norm", "NormBackward1")


def vector_norm(
    x: Tensor, ord: float = 2, dim: Dims | None = None, keepdim: bool = False, *, dtype: DType = None
) -> Tensor:
    """Vector norm: the p-norm, p = ``ord``, of all elements or over dimensions, taken as one vector.

    Math    y = (sum_i |x_i|^p)^(1/p)        d_x_i = g sign(x_i) (|x_i| / y)^(p-1)
            p = inf: the largest |x_i|; p = 0: how many are not 0
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers, or for a negative or infinite p of an empty tensor;
            TypeError if p is not a number.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> minigrad.linalg.vector_norm(x).backward(); x.grad
    tensor([0.6000, 0.8000])
    """
    if x.array.dtype.kind != "f":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {x.dtype}; use .float()"
        )
    if not isinstance(ord, (int, float)):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' must be Number, not {type(ord).__name__}")
    if dtype is not None:
        kind = to_numpy(dtype)
        if kind.kind != "f":
            raise RuntimeError(f"linalg.vector_norm: dtype should be floating point or complex, but got {dtype}")
        if kind.itemsize < x.dtype.itemsize:
            raise RuntimeError(
                f"linalg.vector_norm: the dtype of the input ({x.dtype}) should be convertible without narrowing to "
                f"the specified dtype ({dtype})"
            )
        x = to_dtype(x, kind)
    dims = dims_of(dim, x.ndim)
    if ord != ord and count(x.shape, dims) == 1:
        ord = 1  # as torch: the norm of one number is its size, of whatever order
    _has_norm(x.shape, ord, dims)
    return _vector_norm(x, float(ord), dims, keepdim)


def matrix_norm(
    A: Tensor, ord: float | str = "fro", dim: Dims = (-2, -1), keepdim: bool = False, *, dtype: DType = None
) -> Tensor:
    """Matrix norm: Frobenius ("fro"), nuclear ("nuc"), largest sum of a column (1) or row (inf), or spectral (2).

    Math    A = U S V^T; "fro": sqrt(sum_ij A_ij^2), d_A = g A / y;  "nuc": sum_i s_i, d_A = g U V^T
            2: s_1, d_A = g u_1 v_1^T, shared evenly if singular values tie;  -1, -inf, -2: the smallest instead
    Shapes  A (*, N, M) -> (*); with ``keepdim`` (*, 1, 1)
    Raises  RuntimeError if there are not two dimensions, or no such norm; IndexError for the smallest of an empty set.

    >>> x = minigrad.tensor([[3., 0.], [0., 4.]], requires_grad=True)
    >>> minigrad.linalg.matrix_norm(x, 1).backward(); x.grad
    tensor([[0., 0.],
            [0., 1.]])
    """
    if ord not in ("fro", "nuc", 1, -1, 2, -2, inf, -inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported: choose 'fro', 1, -1, inf or -inf")
    if A.ndim < 2:
        raise RuntimeError(f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions, got {A.ndim}.")
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    rows, columns = dims_of(tuple(dim), A.ndim)
    extreme = amax if ord in (1, 2, inf) else amin
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim, dtype=dtype)
    if ord in (2, -2, "nuc"):
        if A.array.dtype.kind != "f":
            raise RuntimeError(
                f"linalg.matrix_norm: Expected a floating point tensor as input. Got {A.dtype}; use .float()"
            )
        if dtype is None and A.array.dtype == np.float16:
            raise RuntimeError(f"linalg.matrix_norm: Low precision dtypes not supported. Got {A.dtype}; use .float()")
        if dtype is not None and to_numpy(dtype).kind != "f":
            raise RuntimeError(f"linalg.matrix_norm: dtype should be floating point or complex, but got {dtype}")
        values = svdvals(movedim(A if dtype is None else to_dtype(A, to_numpy(dtype)), (rows, columns), (-2, -1)))
        if ord == 2 and not values.shape[-1]:
            ord, values = "nuc", values.detach()  # without singular values the largest counts as 0, a constant
        found = sum(values, -1) if ord == "nuc" else extreme(values, -1)
        return found.reshape([1 if d in (rows, columns) else n for d, n in enumerate(A.shape)]) if keepdim else found
    summed, best = (rows, columns) if ord in (1, -1) else (columns, rows)
    sums = vector_norm(A, 1, summed, True, dtype=dtype)
    if ord in (1, inf) and not A.shape[best]:
        return vector_norm(A.detach(), 1, (rows, columns), keepdim, dtype=dtype)  # of no sums, the largest is 0
    found = extreme(sums, best, True)
    return found if keepdim else found.reshape([n for d, n in enumerate(A.shape) if d not in (rows, columns)])


def linalg_norm(
    A: Tensor, ord: float | str | None = None, dim: Dims | None = None, keepdim: bool = False, *, dtype: DType = None
) -> Tensor:
    """Norm of a vector or a matrix, by the number of dimensions of A (or those that ``dim`` names).

    Math    vector_norm(A, ord) or matrix_norm(A, ord), and so is the gradient; without ``ord`` the 2-norm of all
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers, for an ``ord`` without ``dim`` unless A is 1D or 2D, or for an empty ``dim``.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> minigrad.linalg.norm(x).backward(); x.grad
    tensor([0.6000, 0.8000])
    """
    if dim in ((), []):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {dim}")
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if dim is None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    if isinstance(ord, str):
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    axes = A.ndim if dim is None else 1 if isinstance(dim, int) else len(dim)
    if axes == 2:
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


def norm(
    input: Tensor, p: float | str | None = "fro", dim: Dims | None = None, keepdim: bool = False, *, dtype: DType = None
) -> Tensor:
    """Norm: the p-norm of all elements or over dimensions; "fro" means 2, "nuc" is the nuclear norm of a matrix.

    Math    y = (sum_i |input_i|^p)^(1/p)        d_input_i = g sign(input_i) (|input_i| / y)^(p-1)
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  RuntimeError for integers.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> x.norm().backward(); x.grad
    tensor([0.6000, 0.8000])
    """
    if isinstance(p, np.generic):
        p = p.item()
    if isinstance(p, Variable) and not p.array.ndim:
        p = p.array.item()
    p = 2 if p in ("fro", None) else p
    if isinstance(p, str):
        return matrix_norm(input, p, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(input, p, dim, keepdim, dtype=dtype)


def _dist_grad(g: Array, x: Array, y: Array, out: Array, p: float) -> Array:
    d = x - y
    return _norm_grad(g, d, out, p, tuple(range(d.ndim)), False)


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """Distance: the p-norm of the difference of two tensors.

    Math    z = ||input - other||_p; p = 2: d_input = g (input - other) / z = -d_other
    Shapes  input and other broadcast -> ()
    Raises  RuntimeError for integers, or if the shapes do not broadcast.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> x.dist(minigrad.zeros(2)).backward(); x.grad
    tensor([0.6000, 0.8000])
    """
    no_bool("dist", input.array)
    no_bool("dist", other.array)
    if "f" not in (input.array.dtype.kind, other.array.dtype.kind):
        raise RuntimeError(
            f"dist: norm(): input dtype should be floating point. Got {input.dtype} instead; use .float()"
        )
    return record(dist)(input, other, float(p))


@op(of=dist, promote="number", operands=2)
def _(x: Array, y: Array, p: float) -> Array:
    d = x - y
    dims = tuple(range(d.ndim))
    _has_norm(d.shape, p, dims)
    return _norm_array(d, p, dims, False)


defgrad(dist, x=_dist_grad, y=lambda g, x, y, out, p: _dist_grad(-g, x, y, out, p))


def _cdist_grad(g: Array, x: Array, y: Array, out: Array, p: float) -> Array:
    d = unsqueeze(x, -2) - unsqueeze(y, -3)
    if p == inf:  # all coordinates that tie have the whole of g, as in torch: nothing is shared
        short = abs(d) - unsqueeze(out, -1)
        return unsqueeze(g, -1) * masked_fill_number(masked(sign(d), short == 0), short != short, math.nan)
    if p == 1:
        return unsqueeze(g, -1) * masked_fill_number(sign(d), d != d, math.nan)
    return _norm_grad(g, d, out, p, (d.ndim - 1,), False)


COMPUTE_MODES = (
    "use_mm_for_euclid_dist_if_necessary",
    "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
)
"""How torch may compute Euclidean distances; here there is one way."""


def _check_compute_mode(compute_mode: str = COMPUTE_MODES[0], **_: Any) -> None:
    if not isinstance(compute_mode, str) or compute_mode not in COMPUTE_MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode: choose one of {COMPUTE_MODES}")


@looks_first(_check_compute_mode)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = COMPUTE_MODES[0]) -> Tensor:
    """Distance matrix: the p-norm of the difference of every row of one matrix and every row of another.

    Math    y_ij = ||x1_i - x2_j||_p; p = 2: d_x1_i = sum_j g_ij (x1_i - x2_j) / y_ij
    Shapes  x1 (*, P, M), x2 (*, R, M) -> (*, P, R)
    Raises  RuntimeError if the rows differ in size, or the dtypes, or for a negative p; ValueError for an unknown mode;
            NotImplementedError for float16.

    >>> x = minigrad.tensor([[3., 4.]], requires_grad=True)
    >>> minigrad.cdist(x, minigrad.tensor([[0., 0.], [3., 0.]])).sum().backward(); x.grad
    tensor([[0.6000, 1.8000]])
    """
    _check_compute_mode(compute_mode)
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"cdist: X1 and X2 must have at least two dimensions and the same number of columns. X1: {list(x1.shape)} "
            f"X2: {list(x2.shape)}"
        )
    if x1.array.dtype.kind != "f" or x2.array.dtype.kind != "f":
        raise RuntimeError(f"cdist only supports floating-point dtypes, got {x1.dtype} and {x2.dtype}; use .float()")
    single_or_double("cdist", x1.array)
    same_dtype("cdist", x1, x2)
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, got {p}")
    return record(cdist)(x1, x2, float(p))


@op(of=cdist, promote="number", operands=2)
def _(x1: Array, x2: Array, p: float) -> Array:
    d = x1[..., :, None, :] - x2[..., None, :, :]
    if not d.shape[-1]:
        return np.zeros(d.shape[:-1], d.dtype)
    if p == inf:  # as torch: a nan is never the largest
        return np.fmax.reduce(np.abs(d), -1, initial=0)
    if p == 0:  # nor does it count as one
        return total(np.where(np.isnan(d), d, d != 0), (d.ndim - 1,), False)
    return _norm_array(d, p, (d.ndim - 1,), False)


defgrad(
    cdist,
    x1=lambda g, x1, x2, out, p: record(sum)(_cdist_grad(g, x1, x2, out, p), (g.ndim - 1,), False),
    x2=lambda g, x1, x2, out, p: record(sum)(_cdist_grad(-g, x1, x2, out, p), (g.ndim - 2,), False),
)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of the difference of two vectors, along the last dimension.

    Math    y = (sum_i |x1_i - x2_i + eps|^p)^(1/p)        p = 2: d_x1 = g (x1 - x2 + eps) / y = -d_x2
    Shapes  x1 (N, D) or (D), x2 the same or broadcast -> (N) or (); with ``keepdim`` (N, 1) or (1)
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> minigrad.nn.functional.pairwise_distance(x, minigrad.zeros(2), eps=0.).backward(); x.grad
    tensor([0.6000, 0.8000])
    """
    d = x1 - x2 + eps
    dims = dims_of(-1, d.ndim)
    _has_norm(d.shape, p, dims)
    return _row_norm(d, float(p), dims, keepdim)


@wide
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between two vectors, along ``dim``.

    Math    y = x1 x2 / (max(||x1||, eps) max(||x2||, eps))        d_x1 = g (x2 / ||x2|| - y x1 / ||x1||) / ||x1||
    Shapes  x1 (*, D, *), x2 the same or broadcast -> (*, *) without ``dim``
    Raises  RuntimeError if the shapes do not broadcast; IndexError for a ``dim`` that does not exist.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> minigrad.nn.functional.cosine_similarity(x, minigrad.tensor([1., 0.]), dim=0).backward(); x.grad
    tensor([ 0.1280, -0.0960])
    """
    x1, x2 = broadcast_tensors(*common_type([x1, x2], "cosine_similarity", RuntimeError))
    if x1.array.dtype.kind != "f":
        raise RuntimeError(
            f"cosine_similarity expected common dtype to be floating point, got {x1.dtype}; use .float()"
        )
    unit: Any = lambda x: x / clamp_min(vector_norm(x, 2, dim, True), eps)
    return sum(unit(x1) * unit(x2), dim)


@wide
def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Tensor | None = None) -> Tensor:
    """Divides every vector along ``dim`` by its norm, so that its length is 1.

    Math    y = input / max(||input||_p, eps)        d_input = (g - y sum(g y)) / ||input|| for p = 2
    Shapes  input (*) -> the same
    Raises  IndexError for a ``dim`` that does not exist; RuntimeError for integers.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> y = minigrad.nn.functional.normalize(x, dim=0); y
    tensor([0.6000, 0.8000], grad_fn=<DivBackward0>)
    >>> y[0].backward(); x.grad
    tensor([ 0.1280, -0.0960])
    """
    return input / clamp_min(norm(input, p, dim, True), eps)
