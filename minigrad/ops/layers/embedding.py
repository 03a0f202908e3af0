"""Rows of a table by number: an embedding is a matrix product with one-hot rows, without the product.

Only the rows that were read get a gradient, and what was read twice gets the sum of both: ``add_rows`` sorts the
numbers and sums each run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.beside import beside
from ...core.dtype import Array
from ...core.half import wide
from ...core.inplace import inplace
from ...core.op import defgrad, op, record
from ...core.variable import wrap, written
from ...types import Tensor
from ..checks import floats_only, looks_first, same_dtype
from ..elementwise.piecewise import where
from ..elementwise.transcendental import masked
from ..index.gathering import check_positions, check_range, gather_grad_x
from ..index.indexing import add_rows
from ..reduce.norms import _norm_array, _norm_grad, _vector_norm
from ..reduce.sums import sum as total
from ..shape.views import reshape, unsqueeze, wrap_dim

# ---- one-hot ----


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """One-hot encoding: each integer becomes a row of zeros with a one at that index.

    Math    y[i, k] = 1 if tensor[i] = k, else 0
    Shapes  tensor (*) int64 -> (*, classes); as many classes as needed if ``num_classes`` is -1
    Raises  RuntimeError for another type, or a number that is not a class.

    >>> minigrad.nn.functional.one_hot(minigrad.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    x = tensor.array
    if x.dtype != np.int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, not {tensor.dtype}")
    if x.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor: give num_classes")
    if x.size and x.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, got {x.min()}")
    if num_classes == -1:
        num_classes = int(x.max()) + 1
    if x.size and x.max() >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: {x.max()} >= {num_classes}")
    return wrap((x[..., None] == np.arange(num_classes)).astype(np.int64))


# ---- one row each ----


def _padding(padding_idx: int | None, weight: Any) -> int | None:
    """The row that stands for "nothing", counted from the front."""
    if padding_idx is None:
        return None
    if (padding_idx > 0 and padding_idx >= weight.size(0)) or (padding_idx < 0 and padding_idx < -weight.size(0)):
        raise AssertionError(f"Padding_idx must be within num_embeddings: {padding_idx} of {weight.size(0)}")
    return int(padding_idx + weight.size(0) if padding_idx < 0 else padding_idx)


def _before_embedding(
    input: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None, **_: Any
) -> None:
    _padding(padding_idx, weight)
    if max_norm is not None:
        input.contiguous()
        if weight.detach().dim() != 2 and isinstance(max_norm, (int, float)):
            raise RuntimeError(f"Expected 2-dimensional tensor, but got {weight.dim()}-dimensional tensor for weight")


def _before_bags(
    input: Any,
    weight: Any,
    offsets: Any = None,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    **_: Any,
) -> None:
    """Raises ValueError if there are no bags, of rows of a table."""
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({list(per_sample_weights.size())}) is not None, then it must "
            f"have the same shape as the input ({list(input.size())})"
        )
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
    elif input.dim() != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    elif offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None: where does each bag begin?")
    elif offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max, got {mode!r}")
    if mode == "max" and (scale_grad_by_freq or sparse):
        raise ValueError("max mode does not support scaling the gradient by the frequency, nor sparse weights")


@op
def embedding_grad_weight(g: Array, index: Array, shape: Any) -> Array:
    return add_rows(g.reshape(index.size, *shape[1:]), index.reshape(-1), shape[0])


@looks_first(_before_embedding)
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """A table of vectors: the rows of ``weight`` at the given indices.

    Math    y[i] = weight[input[i]]        d_weight[k] = sum of g[i] where input[i] = k
            ``padding_idx``: that row gets no gradient        ``scale_grad_by_freq``: the mean instead of the sum
            ``max_norm``: rows with a larger norm are first scaled down, in place
    Shapes  input (*) integers, weight (V, E) -> (*, E)
    Raises  IndexError for a row that does not exist, RuntimeError for an input not of integers,
            AssertionError for a bad padding_idx.

    >>> w = minigrad.eye(3).requires_grad_()
    >>> minigrad.nn.functional.embedding(minigrad.tensor([1, 1]), w).sum().backward(); w.grad
    tensor([[0., 0., 0.],
            [2., 2., 2.],
            [0., 0., 0.]])
    """
    _before_embedding(input, weight, padding_idx, max_norm)
    padding = _padding(padding_idx, weight)
    if weight.array.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D, got {list(weight.array.shape)}")
    check_positions("embedding", input, "int64 int32", RuntimeError)
    index = input.array
    check_range("embedding", index, len(weight.array), IndexError)
    if max_norm is not None:
        _limit_rows(weight, index, max_norm, norm_type)
    factor = _factor(index, weight, padding, scale_grad_by_freq)
    return record(embedding)(weight, input, None if factor is None else factor[..., None])


@op(of=embedding, narrow=True)
def _(weight: Array, index: Array, factor: Any) -> Array:
    return np.take(weight, index, 0)


defgrad(
    embedding,
    weight=lambda g, index, factor, weight_shape: embedding_grad_weight(
        g if factor is None else g * factor, index, weight_shape
    ),
)

defgrad(embedding_grad_weight, g=lambda h, index: record(embedding)(h, index, None))


def _factor(index: Any, weight: Any, padding: int | None, by_frequency: bool) -> Any:
    """What the gradient of each row read is multiplied by: 1 / how often it was read, 0 for padding; None means 1."""
    if (padding is None and not by_frequency) or weight.array.dtype.kind != "f":
        return None
    factor = np.ones(index.shape, weight.array.dtype)
    if by_frequency:
        _, places, counts = np.unique(index, return_inverse=True, return_counts=True)
        factor /= counts[places].reshape(index.shape)
    if padding is not None:
        factor *= index != padding
    return factor


def _limit_rows(weight: Any, index: Any, max_norm: float, norm_type: float) -> None:
    """Scale down, in place, those rows that were asked for and are longer than max_norm."""
    rows = np.unique(index)
    w = weight.array
    norms = np.linalg.norm(w[rows].astype(np.float64), norm_type, 1)
    large = norms > max_norm
    w[rows[large]] *= (max_norm / (norms[large] + 1e-7))[:, None].astype(w.dtype)
    written(weight, "embedding's max_norm")


# ---- several rows for each bag ----


def _bag_grad_weight(
    g: Array, per_sample_weights: Any, index: Array, bag: Array, factor: Any, weight_shape: Any
) -> Array:
    rows = record(embedding)(g, bag, None)
    for scale in (per_sample_weights, factor):
        rows = rows if scale is None else rows * unsqueeze(scale, 1)
    return embedding_grad_weight(rows, index, weight_shape)


@op(label="EmbeddingBagBackward0")
def embedding_bag_max(weight: Array, best: Array, filled: Array) -> Array:
    """``best``: for each bag and column the row that is largest; bags that are not ``filled`` are zero."""
    return np.where(filled, np.take_along_axis(weight, best, 0), 0) if len(best) else weight[:0]


defgrad(
    embedding_bag_max,
    weight=lambda g, best, filled, weight_shape: gather_grad_x(masked(g, filled), weight_shape, 0, best),
)


@looks_first(_before_bags)
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Sum, mean or maximum of the embeddings in each bag of indices, without keeping the embeddings.

    Math    sum: y[b] = sum over i in bag b of s[i] weight[input[i]]
            d_weight[k] = sum of s[i] g[b] where input[i] = k
            s = ``per_sample_weights``, else 1; mean: s[i] = 1 / size of the bag
            max: the gradient goes to the row that won, column by column
    Shapes  input (B, N): bags of one size; or input (M) and ``offsets`` (B), where each bag begins -> (B, E)
            elements that equal padding_idx count nowhere; an empty bag is zero
    Raises  ValueError if input, the offsets and the weights of the samples do not fit together, or for another mode.

    >>> w = minigrad.eye(3).requires_grad_()
    >>> y = minigrad.nn.functional.embedding_bag(minigrad.tensor([[0, 2]]), w); y
    tensor([[0.5000, 0.0000, 0.5000]], grad_fn=<EmbeddingBagBackward0>)
    >>> y.sum().backward(); w.grad
    tensor([[0.5000, 0.5000, 0.5000],
            [0.0000, 0.0000, 0.0000],
            [0.5000, 0.5000, 0.5000]])
    """
    if weight.array.dtype.kind != "f" and input.array.dtype.kind == "f":
        input, weight = weight, input  # torch once took the weight first, and still does
    _before_bags(input, weight, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights)
    starts = _starts(input, offsets, include_last_offset)
    if per_sample_weights is not None:
        if mode != "sum":
            raise NotImplementedError(
                "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for "
                f"mode='sum' (got mode='{mode}')."
            )
        same_dtype("embedding_bag", weight, per_sample_weights)
        per_sample_weights = reshape(per_sample_weights, -1)
    check_positions("embedding_bag", input, "int64 int32", RuntimeError)
    if padding_idx is not None and not -len(weight.array) <= padding_idx < len(weight.array):
        raise RuntimeError(f"padding_idx must be within the number of embeddings, {len(weight.array)}: {padding_idx}")
    padding = _padding(padding_idx, weight)
    index = input.array.reshape(-1)
    check_range("embedding_bag", index, len(weight.array), RuntimeError)
    if max_norm is not None:
        _limit_rows(weight, index, max_norm, norm_type)
    ends = np.append(starts[1:], len(index))
    bag = np.repeat(np.arange(len(starts)), ends - starts)
    if padding is not None:
        kept = index != padding
        index, bag = index[kept], bag[kept]
        per_sample_weights = None if per_sample_weights is None else per_sample_weights[wrap(kept)]
    counts = np.bincount(bag, minlength=len(starts))
    if mode == "max":
        best, filled = _best(weight.array, index, counts)
        return embedding_bag_max(weight, beside(best, input), filled)
    factor = _factor(index, weight, None, scale_grad_by_freq)
    if mode == "mean":
        per_sample_weights = wrap((1 / np.maximum(counts, 1)[bag]).astype(weight.array.dtype))
    whose = wrap(bag) if offsets is None else beside(bag, offsets)
    return record(embedding_bag)(weight, per_sample_weights, beside(index, input), whose, len(starts), factor)


@op(of=embedding_bag)
def _(weight: Array, per_sample_weights: Any, index: Array, bag: Array, bags: int, factor: Any) -> Array:
    rows = np.take(weight, index, 0)
    return add_rows(rows if per_sample_weights is None else rows * per_sample_weights[:, None], bag, bags)


defgrad(
    embedding_bag,
    weight=_bag_grad_weight,
    per_sample_weights=lambda g, weight, index, bag: total(
        record(embedding)(g, bag, None) * record(embedding)(weight, index, None), 1
    ),
)


def _starts(input: Any, offsets: Any, include_last_offset: bool) -> Any:
    """Where each bag begins in the row of all elements."""
    x = input.array
    if x.ndim == 2:
        return np.arange(len(x)) * x.shape[1]
    check_positions("embedding_bag", offsets, "int64 int32", RuntimeError)
    starts = offsets.array
    if include_last_offset and not len(starts):
        raise RuntimeError("include_last_offset: number of offsets should be at least 1")
    if len(starts) and starts[0] != 0:
        raise RuntimeError(f"offsets[0] has to be 0, i.e., the first sequence starts from position 0, got {starts[0]}")
    if len(starts) and (starts[-1] > len(x) or (np.diff(starts) < 0).any()):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {len(x)}, and offsets must not decrease: "
            f"got {starts.tolist()}"
        )
    return starts[:-1] if include_last_offset else starts


def _best(weight: Any, index: Any, counts: Any) -> tuple[Any, Any]:
    """For each bag and column the number of the row that is largest there, and whether the bag holds any."""
    best = np.zeros((len(counts), weight.shape[1]), np.int64)
    ends = np.cumsum(counts)
    for b, (end, n) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True)):
        if n:
            rows = index[end - n : end]
            values = weight[rows]
            later = np.where(np.isnan(values), -np.inf, values).argmax(0)  # no nan takes another's place
            best[b] = rows[np.where(np.isnan(values[0]), 0, later)]
    return best, np.broadcast_to(counts[:, None] > 0, best.shape).copy()


# ---- slices of bounded length ----


@wide
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """A copy of input in which every slice along ``dim`` with a p-norm above ``maxnorm`` is scaled down to it.

    Math    y_k = input_k min(1, maxnorm / (|input_k| + 1e-7))
            d_input_k = g_k, or through that formula where input_k is scaled
    Shapes  input (.., n, ..) -> as input
    Raises  RuntimeError below two dimensions, or for p <= 0 or a maxnorm below 0.

    >>> x = minigrad.tensor([[3., 4.], [0., 1.]], requires_grad=True)
    >>> y = x.renorm(2, 0, 1.); y[1].sum().backward()
    >>> y.detach(), x.grad
    (tensor([[0.6000, 0.8000],
            [0.0000, 1.0000]]), tensor([[0., 0.],
            [1., 1.]]))
    """
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    if p <= 0 or maxnorm < 0:
        raise RuntimeError(f"renorm: expected p > 0 and maxnorm >= 0, but got {p} and {maxnorm}")
    d = wrap_dim(dim, input.ndim)
    others = tuple([k for k in range(input.ndim) if k != d])
    return record(renorm)(input, float(p), others, float(maxnorm))


@op(of=renorm, promote="number", operands=1)
def _(x: Array, p: float, dims: Any, maxnorm: float) -> Array:
    floats_only("renorm", x)
    norm = _norm_array(x, p, dims, True)
    return np.where(norm > maxnorm, x * (maxnorm / (norm + 1e-7)), x)


def _renorm_grad(g: Array, x: Array, p: float, dims: Any, maxnorm: float) -> Array:
    norm = _vector_norm(x, p, dims, True)
    shrink = 1 / (norm + 1e-7)
    through_norm = _norm_grad(record(total)(x * g, dims, True), x, norm, p, dims, True)
    return where(norm > maxnorm, maxnorm * shrink * (g - shrink * through_norm), g)


defgrad(renorm, x=_renorm_grad)


renorm_ = inplace(renorm)
