"""Products that name their dimensions: einsum and its relatives tensordot, inner, outer, kron, cross, bilinear."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.errors import kind_of, warn_user
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import Tensor
from ..checks import looks_first, no_bool, same_dtype, tensor_only
from ..reduce.sums import sum, total
from ..shape.views import _view, expand, permute, unsqueeze, wrap_dim, wrap_dims
from .products import _mm, _unsafe_view, times

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # importing `string` for them takes half a millisecond

# ---- one contraction ----


def _summed(x: Any, labels: str, keep: str) -> tuple[Any, str]:
    """x added up over the labels that nobody else needs."""
    gone = tuple([d for d, c in enumerate(labels) if c not in keep])
    return (total(x, gone, False), "".join([c for c in labels if c in keep])) if gone else (x, labels)


def _pair(x: Any, a: str, y: Any, b: str, keep: str) -> tuple[Any, str]:
    """Two operands into one by a matrix product: (batch, own of x, contracted) times (batch, contracted, own of y)."""
    x, a = _summed(x, a, b + keep)
    y, b = _summed(y, b, a + keep)
    batch = [c for c in a if c in b and c in keep]
    inner = [c for c in a if c in b and c not in keep]
    left, right = [c for c in a if c not in b], [c for c in b if c not in a]
    size = dict(zip(a + b, x.shape + y.shape, strict=True))
    count: Any = lambda group: math.prod([size[c] for c in group])
    x = x.transpose([a.index(c) for c in batch + left + inner]).reshape(count(batch), count(left), count(inner))
    y = y.transpose([b.index(c) for c in batch + inner + right]).reshape(count(batch), count(inner), count(right))
    labels = batch + left + right
    return (times if inner else np.matmul)(x, y).reshape([size[c] for c in labels]), "".join(labels)


def _einsum_grad(g: Array, operands: Any, labels: Any, out: str, needs: Any) -> list[Any]:
    """The gradient of one operand: the einsum of g and all others, with that operand's labels as the result."""
    gradients: list[Any] = []
    for k, (x, a) in enumerate(zip(operands, labels, strict=True)):
        if not needs[k]:
            gradients.append(None)
            continue
        rest = [*labels[:k], *labels[k + 1 :]]
        found = "".join([c for c in a if c in out or any([c in b for b in rest])])
        gx = record(einsum)([g, *operands[:k], *operands[k + 1 :]], [out, *rest], found)
        spread = tuple([n if c in found else 1 for c, n in zip(a, x.shape, strict=True)])
        gradients.append(gx if found == a else record(expand)(_view(gx, spread), tuple(x.shape)))
    return gradients


@op(label="DiagonalBackward0")
def same_place(x: Array, dim0: int, dim1: int) -> Array:
    return np.diagonal(x, 0, dim0, dim1).copy()


@op
def on_diagonal(g: Array, shape: Any, dim0: int, dim1: int) -> Array:
    x = np.zeros(shape, g.dtype)
    k = np.arange(g.shape[-1])
    np.moveaxis(x, (dim0, dim1), (-2, -1))[..., k, k] = g
    return x


defgrad(same_place, x=lambda g, x_shape, dim0, dim1: on_diagonal(g, x_shape, dim0, dim1))

defgrad(on_diagonal, g=lambda h, dim0, dim1: same_place(h, dim0, dim1))


def trace(input: Tensor) -> Tensor:
    """Trace: the sum of a matrix's diagonal.

    Math    y = sum_i input_ii        d_input = g I
    Shapes  input (N, M) -> ()
    Raises  RuntimeError unless there are two dimensions; NotImplementedError for bools.

    >>> x = minigrad.ones(2, 2, requires_grad=True)
    >>> x.trace().backward(); x.grad
    tensor([[1., 0.],
            [0., 1.]])
    """
    no_bool("trace", input.array)
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return record(trace)(input)


@op(of=trace)
def _(input: Array) -> Array:
    no_bool("trace", input)
    return np.trace(input, dtype=None if input.dtype.kind == "f" else np.int64)


defgrad(
    trace,
    input=lambda g, input_shape: on_diagonal(record(expand)(_view(g, (1,)), (min(input_shape),)), input_shape, 0, 1),
)


# ---- reading the equation ----


def einsum(equation: str | Tensor = "", *operands: Tensor | Sequence[Tensor] | Sequence[int]) -> Tensor:
    """Einstein summation: sums of products, with a letter for every dimension; ``"ij,jk->ik"`` is the matrix product.

    Math    equation "ij,jk->ik": y_ik = sum_j a_ij b_jk        d_a = einsum("ik,jk->ij", g, b): of g and the others
            a letter that is not after ``->`` is summed over; ``...`` stands for any dimensions, which broadcast
            einsum(a, [0, 1], b, [1, 2], [0, 2]) names the dimensions by numbers below 52 instead
    Shapes  equation and operands say: one letter for each dimension
    Raises  RuntimeError if letters and dimensions do not fit; ValueError without an operand.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]], requires_grad=True)
    >>> y = minigrad.einsum("ij,j->i", x, minigrad.tensor([1., 10.])); y.tolist()
    [21.0, 43.0]
    >>> y.sum().backward(); x.grad
    tensor([[ 1., 10.],
            [ 1., 10.]])
    """
    return _einsum(*_read((equation, *operands)))


def _einsum(equation: str, operands: Sequence[Tensor]) -> Tensor:
    same_dtype("einsum", *operands)
    left, arrow, out = equation.replace(" ", "").partition("->")
    labels = left.split(",")
    if len(labels) != len(operands):
        raise RuntimeError(
            f"einsum(): the equation {equation!r} names {len(labels)} operands, but {len(operands)} were given"
        )
    spare = [c for c in LETTERS if c not in equation]
    dots = max([_dots(a, x.ndim) for a, x in zip(labels, operands, strict=True)])
    labels = [_letters(equation, a, x.ndim, spare) for a, x in zip(labels, operands, strict=True)]
    named = "".join(spare[:dots])[::-1]
    if arrow:
        out = out.replace("...", named)
    else:
        once = "".join(labels)
        out = named + "".join(sorted(c for c in set(once) if once.count(c) == 1 and c not in named))
    if bad := [c for c in out if not any([c in a for a in labels])] + [c for c in out if out.count(c) > 1]:
        raise RuntimeError(f"einsum(): output label {bad[0]!r} of {equation!r} must appear once, and in an operand too")
    pairs = [_diagonals(x, a) for x, a in zip(operands, labels, strict=True)]
    size: dict[str, int] = {}
    for x, a in pairs:
        for c, n in zip(a, x.shape, strict=True):
            if size.setdefault(c, n) != n and 1 not in (size[c], n):
                raise RuntimeError(
                    f"einsum(): operands do not broadcast: {c!r} of {equation!r} has size {size[c]} and size {n}"
                )
            size[c] = n if size[c] == 1 else size[c]
    full = [record(expand)(x, tuple([size[c] for c in a])) for x, a in pairs]
    return record(einsum)(full, [a for _, a in pairs], out)


@op(of=einsum, variadic=True)
def _(operands: Any, labels: Any, out: str) -> Array:
    """Each operand has distinct labels, and a label one size everywhere."""
    x, a = operands[0], labels[0]
    for k, (y, b) in enumerate(zip(operands[1:], labels[1:], strict=True), 2):
        x, a = _pair(x, a, y, b, "".join(labels[k:]) + out)
    x, a = _summed(x, a, out)
    y = x.transpose([a.index(c) for c in out])
    return y if len(operands) > 1 else y.copy()


defgrad(einsum, operands=_einsum_grad)


def _read(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation and the operands of a call."""
    if len(args) < 2 or (isinstance(args[0], str) and isinstance(args[1], (list, tuple)) and not args[1]):
        raise ValueError(
            "einsum(): must specify an equation and at least one operand, or operands and their subscripts"
        )
    equation, operands = _in_letters(args) if isinstance(args[0], Variable) else (args[0], args[1:])
    if isinstance(equation, bytes):
        equation = equation.decode()
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {kind_of(equation)}")
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    return equation, operands


def _in_letters(given: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation and the operands of a call that lists numbers: x, [0, 1], y, [1, 2], [0, 2]."""

    def read(numbers: Any) -> str:
        if bad := [k for k in numbers if k is not Ellipsis and not 0 <= k < 52]:
            raise ValueError(f"einsum(): subscript {bad[0]} of {numbers} is not within the valid range [0, 52)")
        return "".join(["..." if k is Ellipsis else LETTERS[k] for k in numbers])

    count = len(given) // 2
    left = ",".join([read(numbers) for numbers in given[1 : 2 * count : 2]])
    return left + "->" + read(given[-1]) if len(given) % 2 else left, given[: 2 * count : 2]


def _dots(a: str, ndim: int) -> int:
    """How many dimensions the ``...`` of an operand stands for."""
    return ndim - len(a) + 3 if "..." in a else 0


def _letters(equation: str, a: str, ndim: int, spare: Sequence[str]) -> str:
    """The labels of one operand, with a letter for each dimension that ``...`` stands for, numbered from the last."""
    dots = _dots(a, ndim)
    read = a.replace("...", "".join(spare[:dots])[::-1]) if dots >= 0 else a
    if len(read) != ndim or not all([c in LETTERS for c in read]):
        raise RuntimeError(
            f"einsum(): the subscripts {a!r} of {equation!r} do not match an operand of {ndim} dimensions: "
            "one letter for each, ... for the rest"
        )
    return read


def _diagonals(x: Array, a: str) -> tuple[Array, str]:
    """A label that appears twice in one operand means its diagonal."""
    for c in a:
        while a.count(c) > 1:
            d0 = a.index(c)
            d1 = a.index(c, d0 + 1)
            if x.shape[d0] != x.shape[d1]:
                raise RuntimeError(
                    f"einsum(): subscript {c!r} is repeated for an operand but the sizes don't match, {x.shape[d1]} != "
                    f"{x.shape[d0]}"
                )
            x = same_place(x, d0, d1)
            a = a[:d0] + a[d0 + 1 : d1] + a[d1 + 1 :] + c
    return x, a


# ---- relatives ----


def _check_dims(dims: Any = 2, **_: Any) -> None:
    if not isinstance(dims, (int, tuple, list, Variable)):
        raise RuntimeError(f"tensordot expects dims to be int or two lists of ints, but got {kind_of(dims)}")


@looks_first(_check_dims)
def tensordot(a: Tensor, b: Tensor, dims: int | Sequence[Sequence[int]] = 2) -> Tensor:
    """Tensor contraction: sums of products over some dimensions of one tensor and as many of another.

    Math    dims=1: y_ik = sum_j a_ij b_jk        d_a = g b^T, d_b = a^T g, as matrices
    Shapes  dims an integer: the last of a with the first of b; or two lists of dimensions, paired
            a dimension of size 1 is paired with any: the other is summed over
    Raises  RuntimeError if the sizes or the dtypes differ.

    >>> a = minigrad.tensor([1., 2.], requires_grad=True); b = minigrad.tensor([3., 4.])
    >>> minigrad.tensordot(a, b, 1).backward(); a.grad
    tensor([3., 4.])
    """
    _check_dims(dims)
    same_dtype("tensordot", a, b)
    if isinstance(dims, int):
        if dims < 0 or dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims >= 0 and at most the number of dimensions, but got dims={dims}")
        of_a, of_b = tuple(range(a.ndim - dims, a.ndim)), tuple(range(dims))
    else:
        if any([isinstance(d, int) for d in dims]):
            raise TypeError(f"tensordot(): argument 'dims' must be an int or two lists of ints, got {dims}")
        if len(dims[0]) != len(dims[1]):
            raise RuntimeError(f"tensordot: both dimension lists should have same length, got {dims[0]} and {dims[1]}")
        of_a, of_b = wrap_dims(dims[0], a.ndim), wrap_dims(dims[1], b.ndim)
    alone_a = tuple([d for d, e in zip(of_a, of_b, strict=True) if b.shape[e] == 1 != a.shape[d]])
    alone_b = tuple([e for d, e in zip(of_a, of_b, strict=True) if a.shape[d] == 1 != b.shape[e]])
    a = record(sum)(a, alone_a, True) if alone_a else a
    b = record(sum)(b, alone_b, True) if alone_b else b
    return _contracted("tensordot", a, b, of_a, of_b)


def _contracted(name: str, a: Array, b: Array, of_a: tuple[int, ...], of_b: tuple[int, ...]) -> Array:
    sizes, others = [a.shape[d] for d in of_a], [b.shape[d] for d in of_b]
    if sizes != others:
        raise RuntimeError(
            f"{name}: contracted dimensions need to match, but the first has sizes {sizes} in dims {list(of_a)} and "
            f"the second has sizes {others} in dims {list(of_b)}"
        )
    own_a = [d for d in range(a.ndim) if d not in of_a]
    own_b = [d for d in range(b.ndim) if d not in of_b]
    shape = [a.shape[d] for d in own_a] + [b.shape[d] for d in own_b]
    n = math.prod(sizes)
    x = _view(permute(a, *own_a, *of_a), (math.prod([a.shape[d] for d in own_a]), n))
    y = _view(permute(b, *of_b, *own_b), (n, math.prod([b.shape[d] for d in own_b])))
    return _view(_mm(x, y), tuple(shape))


def inner(input: Tensor, other: Tensor) -> Tensor:
    """Inner product over the last dimension of both; with a 0-d tensor, the product.

    Math    z_ij = sum_k input_ik other_jk        d_input = g other, d_other = g^T input
    Shapes  input (*, N), other (K, N) -> (*, K), and so for other numbers of dimensions
    Raises  RuntimeError if the last sizes or the dtypes differ.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.inner(minigrad.tensor([3., 4.])).backward(); x.grad
    tensor([3., 4.])
    """
    tensor_only("inner", "other", other)
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    same_dtype("inner", input, other)
    return _contracted("inner", input, other, (input.ndim - 1,), (other.ndim - 1,))


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Outer product: every element of one vector times every one of another.

    Math    z_ij = input_i vec2_j        d_input = g vec2, d_vec2 = g^T input
    Shapes  input (I), vec2 (J) -> (I, J)
    Raises  RuntimeError unless both are 1-D.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.outer(minigrad.tensor([3., 4.])).sum().backward(); x.grad
    tensor([7., 7.])
    """
    for name, x in (("self", input), ("vec2", vec2)):
        tensor_only("outer", name, x)
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    return unsqueeze(input, 1) * vec2


def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker product: a block for every element of input, that element times other.

    Math    z_(ik)(jl) = input_ij other_kl        d_input_ij = sum_kl g_(ik)(jl) other_kl
    Shapes  input (I, J), other (K, L) -> (I K, J L)
    Raises  TypeError if one is not a tensor.

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> z = x.kron(minigrad.tensor([3., 4.])); z.sum().backward(); z.tolist(), x.grad
    ([3.0, 4.0, 6.0, 8.0], tensor([7., 7.]))
    """
    tensor_only("kron", "other", other)
    n = max(input.ndim, other.ndim)
    a, b = ((1,) * (n - x.ndim) + tuple(x.shape) for x in (input, other))
    x = _view(input, tuple([m for k in a for m in (k, 1)]))
    y = _view(other, tuple([m for k in b for m in (1, k)]))
    return _unsafe_view(x * y, tuple([k * m for k, m in zip(a, b, strict=True)]))


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """Cross product of vectors of three numbers, by default over the first dimension of size 3 (deprecated: say which).

    Math    z = cross(input, other)        d_input = cross(other, g), d_other = cross(g, input)
    Shapes  input (*, 3, *), other the same or broadcast -> (*, 3, *)
    Raises  RuntimeError if there is no such dimension, or the dtypes differ.

    >>> x = minigrad.tensor([1., 0., 0.], requires_grad=True)
    >>> x.cross(minigrad.tensor([0., 1., 0.]), 0).sum().backward(); x.grad
    tensor([ 1.,  0., -1.])
    """
    if dim is None:
        warn_user(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly "
            "or simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of "
            "linalg.cross in a future release."
        )
        threes = [d for d, n in enumerate(input.shape) if n == 3]
        if not threes:
            raise RuntimeError(f"cross: no dimension of size 3 in input, which is {list(input.shape)}")
        dim = threes[0]
    return linalg_cross(input, other, dim=dim)


@op(of=cross, promote="number", operands=2, label="LinalgCrossBackward0")
def _(input: Array, other: Array, dim: int) -> Array:
    return np.cross(input, other, axis=dim)


defgrad(
    cross,
    input=lambda g, other, dim: record(cross)(other, g, dim),
    other=lambda g, input, dim: record(cross)(g, input, dim),
)


def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """Cross product of vectors of three numbers.

    Math    z = cross(input, other)        d_input = cross(other, g), d_other = cross(g, input)
    Shapes  input (*, 3, *), other the same or broadcast -> (*, 3, *)
    Raises  RuntimeError unless the dimension has size 3 and the dtypes agree; IndexError for 0-d tensors.

    >>> x = minigrad.tensor([1., 0., 0.], requires_grad=True)
    >>> z = minigrad.linalg.cross(x, minigrad.tensor([0., 1., 0.])); z.tolist()
    [0.0, 0.0, 1.0]
    >>> z.sum().backward(); x.grad
    tensor([ 1.,  0., -1.])
    """
    if input.ndim != other.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions, got {list(input.shape)} and "
            f"{list(other.shape)}"
        )
    d = wrap_dim(dim, input.ndim) - input.ndim
    if input.ndim == 0 or input.shape[d] != 3 or other.shape[d] != 3:
        raise (RuntimeError if input.ndim else IndexError)(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {list(input.shape)} and {list(other.shape)}"
        )
    no_bool("cross", input.array)
    same_dtype("cross", input, other)
    return record(cross)(input, other, d)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Bilinear map of two inputs: each output is a quadratic form of both.

    Math    y[o] = input1^T weight[o] input2 + bias[o]        d_weight[o] = g[o] input1 input2^T
    Shapes  input1 (*, I1), input2 (*, I2), weight (O, I1, I2), bias (O) -> (*, O)
    Raises  RuntimeError if the sizes do not fit.

    >>> x, y = minigrad.tensor([1., 2.]), minigrad.tensor([3., 4.])
    >>> weight = minigrad.ones(1, 2, 2, requires_grad=True)
    >>> minigrad.nn.functional.bilinear(x, y, weight).backward(); weight.grad
    tensor([[[3., 4.],
             [6., 8.]]])
    """
    if input1.shape[:-1] != input2.shape[:-1] or (input1.shape[-1], input2.shape[-1]) != tuple(weight.shape[1:]):
        raise RuntimeError(
            f"bilinear(): input1 {list(input1.shape)} and input2 {list(input2.shape)} do not fit weight "
            f"{list(weight.shape)}: (*, I), (*, J) and (O, I, J)"
        )
    y = einsum("...i,oij,...j->...o", input1, weight, input2)
    return y if bias is None else y + bias
