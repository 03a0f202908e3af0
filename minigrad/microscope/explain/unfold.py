"""Ops that are made of smaller ones, written out in them: what their own kernels do at once, step by step.

Each takes what its op takes, with Tensors for arrays. tests/microscope/test_explain.py holds them to the ops.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...core.op import OPS
from ...ops.layers.rnn import LAYERS, Operands, unroll

UNFOLDED: dict[str, Callable[..., Any]] = {}
"""op name -> the same in smaller ops."""


def call(name: str, *args: Any) -> Any:
    """An op by its name in the table."""
    return OPS[name].call(*args)


def unfold(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function under the names of ops."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            UNFOLDED[name] = function
        return function

    return enter


# ---- sums and means ----


def _sum(x: Any, dims: Any, keepdim: bool = False) -> Any:
    return call("sum", x, tuple(dims), keepdim)


def _count(x: Any, dims: Any) -> int:
    return math.prod([x.shape[d] for d in dims])


def _kept(x: Any, y: Any, dims: Any, keepdim: bool) -> Any:
    """What was reduced from y, with its dimensions back as ones."""
    return x if keepdim else call("view", x, tuple([1 if d in dims else n for d, n in enumerate(y.shape)]))


@unfold("mean")
def _mean(x: Any) -> Any:
    return _sum(x, range(x.ndim)) / _count(x, range(x.ndim))


@unfold("mean_dims")
def _mean_dims(x: Any, dims: Any, keepdim: bool) -> Any:
    return _sum(x, dims, keepdim) / _count(x, dims)


@unfold("nansum")
def _nansum(x: Any, dims: Any, keepdim: bool) -> Any:
    return _sum(call("masked", x, x == x), dims, keepdim)


@unfold("logsumexp")
def _logsumexp(x: Any, dims: Any, keepdim: bool) -> Any:
    top = call("amax", x, dims, True)
    top = call("masked", top, call("bitwise_not", call("isinf", top)))
    whole = _sum((x - top).exp(), dims, True).log() + top
    return whole if keepdim else _sum(whole, dims, False)


@unfold("softmax", "safe_softmax")
def _softmax(x: Any, dim: int = -1) -> Any:
    dims = (dim % x.ndim,) if x.ndim else ()
    e = (x - call("amax", x, dims, True)).exp()
    return e / _sum(e, dims, True)


@unfold("log_softmax")
def _log_softmax(x: Any, dim: int) -> Any:
    dims = (dim,) if x.ndim else ()
    z = x - call("amax", x, dims, True)
    return z - _sum(z.exp(), dims, True).log()


def _deviations(x: Any, dims: Any) -> Any:
    mean = _mean_dims(x, dims, True)
    return mean, x - mean


@unfold("var")
def _var(x: Any, dims: Any, correction: float, keepdim: bool) -> Any:
    _, d = _deviations(x, dims)
    return _sum(d * d, dims, keepdim) / max(_count(x, dims) - correction, 0)


@unfold("std")
def _std(x: Any, dims: Any, correction: float, keepdim: bool) -> Any:
    return _var(x, dims, correction, keepdim).sqrt()


@unfold("var_mean")
def _var_mean(x: Any, dims: Any, correction: float, keepdim: bool) -> Any:
    return _var(x, dims, correction, keepdim), _mean_dims(x, dims, keepdim)


@unfold("std_mean")
def _std_mean(x: Any, dims: Any, correction: float, keepdim: bool) -> Any:
    return _std(x, dims, correction, keepdim), _mean_dims(x, dims, keepdim)


@unfold("shares")
def _shares(x: Any, out: Any, dims: Any, keepdim: bool, nan: bool = True) -> Any:
    best = _kept(out, x, dims, keepdim)
    tie = call("to_dtype", (x == best) | ((x != x) & (best != best)) if nan else x == best, x.array.dtype)
    return tie / _sum(tie, dims, True)


@unfold("aminmax")
def _aminmax(x: Any, dims: Any, keepdim: bool) -> Any:
    return call("amin", x, dims, keepdim), call("amax", x, dims, keepdim)


@unfold("vector_norm", "row_norm")
def _norm(x: Any, p: float, dims: Any, keepdim: bool) -> Any:
    if p == 2:
        return _sum(x * x, dims, keepdim).sqrt()
    size = x.abs()
    if p in (math.inf, -math.inf):
        return call("amax" if p > 0 else "amin", size, tuple(dims), keepdim)
    if p == 0:
        return _sum(call("to_dtype", x != 0, x.array.dtype), dims, keepdim)
    return _sum(size, dims, keepdim) if p == 1 else _sum(size**p, dims, keepdim) ** (1 / p)


@unfold("dist")
def _dist(x: Any, y: Any, p: float) -> Any:
    d = x - y
    return _norm(d, p, tuple(range(d.ndim)), False)


@unfold("cdist")
def _cdist(x1: Any, x2: Any, p: float) -> Any:
    d = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    return _norm(d, p, (d.ndim - 1,), False)


# ---- products ----


def _row(x: Any, ndim: int) -> Any:
    """One number for each channel, to be added to (N, C, *)."""
    return x.reshape((1, -1) + (1,) * (ndim - 2))


@unfold("linear")
def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return call("linear_unbiased", x, weight) + bias


@unfold("addmm", "baddbmm")
def _addmm(x: Any, a: Any, b: Any, beta: Any, alpha: Any) -> Any:
    product = call("matmul", a, b) * alpha
    return product if beta == 0 else x * beta + product


@unfold("addmv")
def _addmv(x: Any, mat: Any, vec: Any, beta: Any, alpha: Any) -> Any:
    product = call("mv", mat, vec) * alpha
    return product if beta == 0 else x * beta + product


@unfold("addbmm")
def _addbmm(x: Any, a: Any, b: Any, beta: Any, alpha: Any) -> Any:
    product = _sum(call("matmul", a, b), (0,)) * alpha
    return product if beta == 0 else x * beta + product


@unfold("addcmul")
def _addcmul(x: Any, a: Any, b: Any, value: Any) -> Any:
    return x + a * b * value


@unfold("addcdiv")
def _addcdiv(x: Any, a: Any, b: Any, value: Any) -> Any:
    return x + a * value / b


@unfold("lerp", "lerp_number")
def _lerp(start: Any, end: Any, weight: Any) -> Any:
    return start + (end - start) * weight


@unfold("trace")
def _trace(x: Any) -> Any:
    return _sum(call("same_place", x, 0, 1), (0,))


@unfold("cross")
def _cross(x: Any, y: Any, dim: int) -> Any:
    turned: Any = lambda v, by: call("roll", v, (by,), (dim % max(x.ndim, y.ndim) - max(x.ndim, y.ndim) + v.ndim,))
    return turned(x, -1) * turned(y, 1) - turned(x, 1) * turned(y, -1)


# ---- activations ----


@unfold("silu")
def _silu(x: Any) -> Any:
    return x * x.sigmoid()


@unfold("mish")
def _mish(x: Any) -> Any:
    return x * x.exp().log1p().tanh()


@unfold("gelu")
def _gelu(x: Any) -> Any:
    return x * 0.5 * ((x * math.sqrt(0.5)).erf() + 1)


@unfold("gelu_tanh")
def _gelu_tanh(x: Any) -> Any:
    return x * 0.5 * ((math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)).tanh() + 1)


@unfold("elu")
def _elu(x: Any, alpha: float, scale: float, steepness: float) -> Any:
    return call("where", x * scale, (x * steepness).exp() * (alpha * scale) - alpha * scale, x > 0)


@unfold("celu")
def _celu(x: Any, alpha: float) -> Any:
    return call("where", x, (x / alpha).exp() * alpha - alpha, x > 0)


@unfold("softplus")
def _softplus(x: Any, beta: float, threshold: float) -> Any:
    steep = x * beta
    return call("where", x, steep.exp().log1p() / beta, steep > threshold)


@unfold("logsigmoid")
def _logsigmoid(x: Any) -> Any:
    return -(-x).exp().log1p()


@unfold("glu")
def _glu(x: Any, dim: int) -> Any:
    a, b = x.chunk(2, dim)
    return a * b.sigmoid()


@unfold("hardsigmoid")
def _hardsigmoid(x: Any) -> Any:
    return call("hardtanh", x + 3, 0.0, 6.0) / 6


@unfold("hardswish")
def _hardswish(x: Any) -> Any:
    return x * call("hardtanh", x + 3, 0.0, 6.0) / 6


@unfold("softshrink")
def _softshrink(x: Any, lambd: float) -> Any:
    return x - call("hardtanh", x, -lambd, lambd)


@unfold("prelu_kernel")
def _prelu(x: Any, weight: Any) -> Any:
    return call("where", x, weight * x, x > 0)


@unfold("prelu_grad_x")
def _prelu_grad_x(g: Any, x: Any, weight: Any) -> Any:
    return call("where", g, weight * g, x > 0)


@unfold("dropout", "rrelu")
def _dropout(x: Any, noise: Any) -> Any:
    return x * noise


@unfold("logit")
def _logit(x: Any, eps: Any) -> Any:
    x = x if eps is None else call("hardtanh", x, eps, 1 - eps)
    return (x / (1 - x)).log()


@unfold("logaddexp")
def _logaddexp(x: Any, y: Any) -> Any:
    top = call("maximum", x, y)
    return top + (-(x - y).abs()).exp().log1p()


# ---- losses ----


def _reduced(losses: Any, reduction: str) -> Any:
    if reduction == "none":
        return losses
    whole = _sum(losses, range(losses.ndim))
    return whole / _count(losses, range(losses.ndim)) if reduction == "mean" else whole


@unfold("mse_loss")
def _mse_loss(x: Any, y: Any, reduction: str) -> Any:
    d = x - y
    return _reduced(d * d, reduction)


@unfold("smooth_l1_loss")
def _smooth_l1_loss(x: Any, y: Any, beta: float, reduction: str) -> Any:
    d = (x - y).abs()
    return _reduced(call("where", d * d * (0.5 / beta), d - 0.5 * beta, d < beta) if beta else d, reduction)


@unfold("huber_loss")
def _huber_loss(x: Any, y: Any, delta: float, reduction: str) -> Any:
    d = (x - y).abs()
    return _reduced(call("where", d * d * 0.5, (d - 0.5 * delta) * delta, d <= delta), reduction)


@unfold("binary_slope")
def _binary_slope(x: Any, y: Any) -> Any:
    return (x - y) / call("clamp_min_number", x * (1 - x), 1e-12)


@unfold("binary_cross_entropy")
def _binary_cross_entropy(x: Any, y: Any, weight: Any, reduction: str) -> Any:
    bounded: Any = lambda logs: call("clamp_min_number", logs, -100.0)
    losses = (y - 1) * bounded((-x).log1p()) - y * bounded(x.log())
    return _reduced(losses if weight is None else losses * weight, reduction)


@unfold("binary_cross_entropy_with_logits")
def _with_logits(x: Any, y: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    softplus = (-x.abs()).exp().log1p() + call("relu", -x)
    losses = (1 - y) * x + (softplus if pos_weight is None else (1 + (pos_weight - 1) * y) * softplus)
    return _reduced(losses if weight is None else losses * weight, reduction)


@unfold("soft_margin_loss")
def _soft_margin_loss(x: Any, y: Any, reduction: str) -> Any:
    return _reduced((-y * x).exp().log1p(), reduction)


@unfold("nll_loss_rows", "nll_loss_images")
def _nll(x: Any, index: Any, share: Any, axis: int, reduction: str) -> Any:
    losses = -call("pick", x, index, axis, True) * share
    if not isinstance(share, float):
        losses = call("masked", losses, index >= 0)
    return losses.squeeze(axis) if reduction == "none" else _sum(losses, range(losses.ndim))


@unfold("cross_entropy_rows", "cross_entropy_images")
def _cross_entropy(x: Any, index: Any, share: Any, axis: int, reduction: str) -> Any:
    return _nll(call("log_softmax", x, axis), index, share, axis, reduction)


REMADE: dict[str, dict[str, Callable[..., Any]]] = {
    f"cross_entropy_{kind}": {"probs": lambda x, index, share, axis, reduction: call("softmax", x, axis)}
    for kind in ("rows", "images")
}
"""What ops compute besides, where that is told better than by how a second derivative needs it."""


# ---- layers ----


@unfold("batch_norm_by_batch")
def _batch_norm(x: Any, w: Any, b: Any, moments: Any, dims: Any, eps: float) -> Any:
    return _normed(x, w, b, dims, eps, lambda v: _row(v, x.ndim))


@unfold("batch_norm_by_running")
def _batch_norm_by_running(x: Any, w: Any, b: Any, m: Any, var: Any, eps: float) -> Any:
    row: Any = lambda v: _row(v, x.ndim)
    y = (x - row(m)) * row((var + eps).rsqrt())
    y = y if w is None else y * row(w)
    return y if b is None else y + row(b)


@unfold("layer_norm", "group_norm")
def _norm_of_parts(x: Any, w: Any, b: Any, shape: Any, vector_shape: Any, dims: Any, eps: float) -> Any:
    y = _normed(x.reshape(shape), w, b, dims, eps, lambda v: v.reshape(vector_shape))
    return y.reshape(x.shape)


def _normed(x: Any, w: Any, b: Any, dims: Any, eps: float, fitted: Any) -> Any:
    _, d = _deviations(x, dims)
    rstd = (_mean_dims(d * d, dims, True) + eps).rsqrt()
    y = d * rstd
    y = y if w is None else y * fitted(w)
    return y if b is None else y + fitted(b)


@unfold("embedding_bag")
def _embedding_bag(weight: Any, shares: Any, index: Any, bag: Any, bags: int, factor: Any) -> Any:
    rows = call("embedding", weight, index, None)
    rows = rows if shares is None else rows * shares.unsqueeze(1)
    return call("embedding_grad_weight", rows, bag, (bags, weight.shape[1]))


def _layer(cell: Any) -> Callable[..., Any]:
    def layer(tensors: Any, batch_sizes: Any, reverse: bool) -> Any:
        return unroll(cell, Operands(*tensors), batch_sizes, reverse)[0]

    return layer


UNFOLDED |= {f"{name}_layer": _layer(cell) for name, (cell, _) in LAYERS.items()}
