"""Attention: for every query, the average of the values, weighted by the softmax of its products with the keys.

Source  Vaswani et al., Attention is all you need (2017), https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.dtype import BOOL, Array
from ...core.errors import warn_user
from ...core.half import wide
from ...core.op import defgrad, op, record
from ...core.variable import wrap
from ...types import Tensor
from ..checks import looks_first
from ..create import zeros
from ..elementwise.piecewise import masked_fill
from ..linalg.products import linear, matmul
from ..reduce.sums import mean, sum
from ..shape.arranging import repeat, repeat_interleave
from ..shape.joining import cat, chunk, split
from ..shape.views import broadcast_shapes, expand, mT, reshape, squeeze, transpose, unsqueeze
from .dropout import dropout
from .padding import pad
from .softmaxes import softmax


@op
def safe_softmax(x: Array) -> Array:
    """Softmax of the last dimension; a row of which every score is -inf gives 0, not nan."""
    top = np.maximum.reduce(x, -1, keepdims=True, initial=-np.inf)
    blind = top == -np.inf
    e = np.exp(x - np.where(blind, x.dtype.type(0), top))
    e /= np.add.reduce(e, -1, keepdims=True) + blind
    return e


defgrad(safe_softmax, x=lambda g, out: out * (g - record(sum)(g * out, (g.ndim - 1,), True)))


@wide
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Attention: for every query, the average of the values, weighted by how well their keys fit it.

    Math    y = softmax(scale query key^T + attn_mask) value,   scale = 1/sqrt(E) if not given
            d_value = softmax(...)^T g
            a bool ``attn_mask`` is 0 where True and -inf where False; ``is_causal``: query i sees keys 0..i
            ``enable_gqa``: groups of query heads share a head of keys and values
    Shapes  query (..., L, E), key (..., S, E), value (..., S, V), attn_mask (..., L, S) -> (..., L, V)
    Raises  RuntimeError if dtypes, shapes or the number of heads do not fit, or for a mask with ``is_causal``.
    Source  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762

    >>> q, k = minigrad.zeros(1, 2), minigrad.zeros(3, 2)
    >>> v = minigrad.tensor([[1.], [2.], [6.]], requires_grad=True)
    >>> minigrad.nn.functional.scaled_dot_product_attention(q, k, v).sum().backward(); v.grad
    tensor([[0.3333],
            [0.3333],
            [0.3333]])
    """
    _check_attention(query, key, value, attn_mask, is_causal)
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if enable_gqa:
        key, value = (_shared(x, query.shape[-3]) for x in (key, value))
    keys, steps = key.shape[-2], query.shape[-2]
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1]) if query.shape[-1] else 0.0
    scores = matmul(query * scale, mT(key))
    if is_causal:
        attn_mask = wrap(np.tril(np.ones((steps, keys), bool)))
    if attn_mask is not None:
        if broadcast_shapes(scores.shape, attn_mask.shape) != scores.shape:
            raise RuntimeError(
                f"scaled_dot_product_attention: attn_mask {list(attn_mask.shape)} does not broadcast to the scores "
                f"{list(scores.shape)}"
            )
        is_bool = attn_mask.array.dtype == BOOL
        scores = masked_fill(scores, ~attn_mask, -math.inf) if is_bool else scores + attn_mask
    weights = safe_softmax(scores)
    return matmul(dropout(weights, dropout_p) if dropout_p else weights, value)


def _check_attention(query: Any, key: Any, value: Any, mask: Any, is_causal: bool) -> None:
    name = "scaled_dot_product_attention"
    types = [x.array.dtype for x in (query, key, value)]
    if len(set(types)) > 1 or types[0].kind != "f":
        raise RuntimeError(
            f"{name}: Expected query, key, and value to have the same floating dtype, but got query.dtype: "
            f"{query.dtype} key.dtype: {key.dtype} and value.dtype: {value.dtype}"
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            f"{name}: Expected query, key, and value to all be at least 2 dimensional (..., length, size), but got "
            f"{list(query.shape)}, {list(key.shape)} and {list(value.shape)}"
        )
    if key.shape[-1] != query.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise RuntimeError(
            f"{name}: query (..., L, E), key (..., S, E) and value (..., S, V) do not fit: {list(query.shape)}, "
            f"{list(key.shape)} and {list(value.shape)}"
        )
    if mask is None:
        return
    if is_causal:
        raise RuntimeError(f"{name}: Explicit attn_mask should not be set when is_causal=True; add one to the other")
    if mask.array.dtype not in (BOOL, types[0]):
        raise RuntimeError(
            f"{name}: Expected attn_mask dtype to be bool or to match query dtype, but got attn_mask.dtype: "
            f"{mask.dtype} and query.dtype: {query.dtype}"
        )


def _shared(x: Any, heads: int) -> Any:
    """Each head of keys or values repeated for its group of query heads."""
    if x.shape[-3] == 0 or heads % x.shape[-3]:
        raise RuntimeError(
            f"scaled_dot_product_attention: Number of heads in key and value must divide the number of heads in "
            f"query, got {x.shape[-3]} and {heads}"
        )
    return repeat_interleave(x, heads // x.shape[-3], -3)


# ---- several heads ----


def additive_mask(mask: Any, name: str, dtype: Any, other: Any = None, other_name: str = "") -> Any:
    """A mask as numbers to add to scores: 0, and -inf where a mask of booleans says True, "ignore this".

    Raises  AssertionError for integers
    """
    if mask is None:
        return None
    if mask.array.dtype != BOOL and mask.array.dtype.kind != "f":
        raise AssertionError(f"only bool and floating types of {name} are supported, got {mask.dtype}")
    if other is not None and mask.array.dtype != other.array.dtype:
        warn_user(f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.")
    if mask.array.dtype.kind == "f":
        return mask
    return masked_fill(zeros(mask.shape, dtype=dtype), mask, -math.inf)


def _check_heads(
    query: Any,
    key: Any,
    value: Any,
    num_heads: int,
    key_padding_mask: Any = None,
    attn_mask: Any = None,
    **_: Any,
) -> None:
    """Raises AssertionError unless all are batched, or none."""
    d, padding, mask = query.dim(), key_padding_mask, attn_mask
    if d not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {d}-D query tensor")
    kind = "batched" if d == 3 else "unbatched"
    if key.dim() != d or value.dim() != d:
        raise AssertionError(
            f"For {kind} ({d}-D) `query`, expected `key` and `value` to be {d}-D but found {key.ndim}-D and "
            f"{value.ndim}-D tensors respectively"
        )
    if padding is not None and padding.dim() != d - 1:
        raise AssertionError(
            f"For {kind} ({d}-D) `query`, expected `key_padding_mask` to be `None` or {d - 1}-D but found "
            f"{padding.ndim}-D tensor instead"
        )
    if mask is not None and mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {kind} ({d}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {mask.ndim}-D "
            "tensor instead"
        )
    if mask is not None and d == 2 and mask.ndim == 3 and mask.shape != (num_heads, query.shape[0], key.shape[0]):
        wanted = (num_heads, query.shape[0], key.shape[0])
        raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {tuple(mask.shape)}")


def _projected(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> Any:
    """Queries, keys and values through the three parts of one weight; where two are the same, in one product.

    Shapes  weight (3E, E), bias (3E)
    """
    size = query.shape[-1]
    if key is value and query is key:
        return chunk(linear(query, weight, bias), 3, -1)
    if key is value:
        w, b = split(weight, [size, 2 * size]), (None, None) if bias is None else split(bias, [size, 2 * size])
        return linear(query, w[0], b[0]), *chunk(linear(key, w[1], b[1]), 2, -1)
    biases = (None,) * 3 if bias is None else chunk(bias, 3)
    return tuple([linear(x, w, b) for x, w, b in zip((query, key, value), chunk(weight, 3), biases, strict=True)])


def _projected_apart(operands: Any, weights: Any, bias: Any) -> Any:
    """Queries, keys and values, each of its own size, through their own weights (E, size)."""
    size = operands[0].shape[-1]
    for name, x, w in zip(("query", "key", "value"), operands, weights, strict=True):
        if w is None:
            letter = name[0]
            raise AssertionError(f"use_separate_proj_weight is True but {letter}_proj_weight is None")
        if w.shape != (size, x.shape[-1]):
            raise AssertionError(f"expecting {name} weights shape of {(size, x.shape[-1])}, but got {tuple(w.shape)}")
    biases = (None,) * 3 if bias is None else chunk(bias, 3)
    return tuple([linear(x, w, b) for x, w, b in zip(operands, weights, biases, strict=True)])


def _by_head(x: Any, heads: int) -> Any:
    """(length, N, heads * size) as (N * heads, length, size)."""
    length, n, size = x.shape
    return transpose(reshape(x, (length, n * heads, size // heads)), 0, 1)


@looks_first(_check_heads)
def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Multi-head attention: each head on its own part of the projected queries, keys and values.

    Math    [q, k, v] = [query, key, value] in_proj_weight^T + in_proj_bias, cut into heads of size E/H
            y = concat(softmax(q k^T / sqrt(E/H) + attn_mask) v) out_proj_weight^T + out_proj_bias
            d_v = softmax(...)^T g out_proj_weight, and so on back through each step
    Shapes  query (L, N, E), key (S, N, *), value (S, N, *), or all without N; key_padding_mask (N, S), attn_mask (L, S)
            or (N H, L, S), True or -inf: ignore -> (L, N, E) and, with ``need_weights``, the weights (N, L, S),
            averaged over heads, or (N, H, L, S)
    Raises  AssertionError or RuntimeError if the shapes do not fit.
    Source  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
    """
    _check_heads(query, key, value, num_heads, key_padding_mask, attn_mask)
    batched = query.ndim == 3
    if not batched:
        same_key, same_value = key is query, value is key
        query = unsqueeze(query, 1)
        key = query if same_key else unsqueeze(key, 1)
        value = key if same_value else unsqueeze(value, 1)
        key_padding_mask = None if key_padding_mask is None else unsqueeze(key_padding_mask, 0)
    dtype = query.array.dtype
    length, n, size = query.shape
    padding = additive_mask(key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    causal = is_causal and padding is None and not need_weights  # then is_causal says what attn_mask says
    mask = None if causal else additive_mask(attn_mask, "attn_mask", query.dtype)
    if size != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    if size % num_heads:
        raise AssertionError(f"embed_dim {size} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
            )
        apart = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _projected_apart((query, key, value), apart, in_proj_bias)
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias)
    mask = _check_mask(mask, length, key.shape[0], n * num_heads)

    if (bias_k is None) != (bias_v is None):
        raise AssertionError("bias_k and bias_v come together, or neither")
    if bias_k is not None and bias_v is not None:
        if static_k is not None or static_v is not None:
            raise AssertionError("bias cannot be added to static key or value.")
        k, v = cat([k, repeat(bias_k, 1, n, 1)]), cat([v, repeat(bias_v, 1, n, 1)])
        mask, padding = _one_more(mask), _one_more(padding)
    q = _by_head(q, num_heads)
    k = _by_head(k, num_heads) if static_k is None else _check_static("static_k", static_k, q)
    v = _by_head(v, num_heads) if static_v is None else _check_static("static_v", static_v, q)
    if add_zero_attn:
        nothing = wrap(np.zeros((n * num_heads, 1, size // num_heads), dtype))
        k, v = cat([k, nothing], dim=1), cat([v, nothing], dim=1)
        mask, padding = _one_more(mask), _one_more(padding)
    mask = _merged(mask, padding, n, num_heads, k.shape[1])

    dropout_p = dropout_p if training else 0.0
    weights: Any = None
    if need_weights:
        scores = matmul(q * math.sqrt(num_heads / size), mT(k))
        weights = softmax(scores if mask is None else scores + mask, -1)
        weights = dropout(weights, dropout_p) if dropout_p else weights
        y = matmul(weights, v)
    else:
        y = scaled_dot_product_attention(q, k, v, mask, dropout_p, causal)
    y = reshape(transpose(y, 0, 1), (length * n, size))
    y = reshape(linear(y, out_proj_weight, out_proj_bias), (length, n, out_proj_weight.shape[0]))
    if weights is not None:
        weights = reshape(weights, (n, num_heads, length, k.shape[1]))
        weights = mean(weights, 1) if average_attn_weights else weights
    if batched:
        return y, weights
    return squeeze(y, 1), None if weights is None else squeeze(weights, 0)


def _check_mask(mask: Any, length: int, keys: int, rows: int) -> Any:
    """The mask (L, S) or (N H, L, S) with three dimensions.

    Raises  RuntimeError
    """
    if mask is None:
        return None
    wanted = (length, keys) if mask.ndim == 2 else (rows, length, keys)
    if mask.shape != wanted:
        raise RuntimeError(f"The shape of the {mask.ndim}D attn_mask is {tuple(mask.shape)}, but should be {wanted}.")
    return unsqueeze(mask, 0) if mask.ndim == 2 else mask


def _check_static(name: str, x: Any, q: Any) -> Any:
    """Keys or values given from outside. Raises AssertionError unless they are (N H, S, E/H)."""
    if x.shape[0] != q.shape[0] or x.shape[2] != q.shape[2]:
        raise AssertionError(f"expecting {name} of {q.shape[0]} x S x {q.shape[2]}, but got {list(x.shape)}")
    return x


def _one_more(mask: Any) -> Any:
    """A key was added: the mask allows it."""
    return None if mask is None else pad(mask, (0, 1))


def _merged(mask: Any, padding: Any, n: int, heads: int, keys: int) -> Any:
    """Both masks in one (N H or 1, L or 1, S)."""
    if padding is None:
        return mask
    if padding.shape != (n, keys):
        raise AssertionError(f"Expected key_padding_mask of shape {(n, keys)}, but got {tuple(padding.shape)}")
    padding = reshape(expand(reshape(padding, (n, 1, 1, keys)), (n, heads, 1, keys)), (n * heads, 1, keys))
    return padding if mask is None else mask + padding
