"""torch's callable for each of minigrad's ops: what ``replay.py`` asks for the second opinion.

Most ops have the name and the parameters of a torch function, and then that function is the twin. The table holds the
others: ops of minigrad's own that several functions share (``slice``, ``to_dtype``), ops whose parameters are worked
out (where the windows of a pooling stand), and the gradients of ops, which are ops themselves so that they can be
differentiated again. These are asked of torch as what they are: ``adjoint``, the gradient of torch's forward.

A twin takes the op's own arguments, arrays as torch tensors. A file of its own, since it is a table to read and to add
to, while ``replay.py`` is a procedure.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.linalg import solve
from torch.nn import functional as F

Torch = Any  # a torch tensor
HOMES = (torch, F, torch.Tensor, torch.special, torch.linalg)

NOT_COMPARABLE = {
    "gate": "hands gradients to a module's hooks, and computes nothing",
    **dict.fromkeys(("bernoulli_like", "unique_dim"), "has no gradient"),
}
"""Ops that torch has nothing to set beside, and why."""


def twin(name: str) -> Callable[..., Any] | None:
    """torch's callable for the op of that name, None if the table lacks it and torch has no function of that name."""
    return TWINS.get(name) or next((getattr(home, name) for home in HOMES if hasattr(home, name)), None)


def adjoint(f: Callable[[Torch], Torch], shape: Any, g: Torch) -> Torch:
    """The gradient g carried back through ``f``, which is linear, so at any argument: 0 is taken."""
    x = g.new_zeros(tuple(shape)).requires_grad_()
    y = f(x)
    return torch.autograd.grad(y, x, g.expand_as(y), create_graph=True)[0]


# ---- places: an index as minigrad has it is played on the numbers of the elements ----


def places(shape: Any, look: Callable[[Any], Any]) -> Torch:
    """The number of each element that ``look`` sees in an array of that shape."""
    return torch.from_numpy(np.array(look(np.arange(math.prod(shape)).reshape(tuple(shape)))))


def indexed(x: Torch, key: Any, sources: Any = ()) -> Torch:
    return torch.take(x, places(x.shape, lambda n: n[numpy_key(key)]))


def written(x: Torch, key: Any, values: Any, accumulate: bool = False, sources: Any = ()) -> Torch:
    return overwritten(x, values, lambda n: n[numpy_key(key)], accumulate)


def overwritten(x: Torch, values: Any, look: Callable[[Any], Any], accumulate: bool = False) -> Torch:
    where = places(x.shape, look)
    return torch.put(x, where, like(x.new_empty(()).expand(where.shape), values), accumulate)


def numpy_key(key: Any) -> Any:
    if isinstance(key, (tuple, list)):
        return type(key)([numpy_key(k) for k in key])
    return key.numpy() if isinstance(key, torch.Tensor) else key


def spread(g: Torch, shape: Any, key: Any) -> Torch:
    return adjoint(lambda x: indexed(x, key), shape, g)


def along(x: Torch, index: Torch, dim: int, keepdim: bool = True) -> Torch:
    """The element that ``index`` names along a dimension: what max, sort, topk, ... hand on."""
    if x.ndim == 0:
        return x.clone()
    y = x.gather(dim, index.long())
    return y if keepdim else y.squeeze(dim)


def level(x: Torch) -> Torch:
    """Zero, and so is its gradient."""
    return x.sign().nan_to_num() * 0


def pixels(x: Torch, index: Torch, size: Any) -> Torch:
    """The pixels at the flat indices ``index`` of each image."""
    d = len(size)
    return x.flatten(-d).gather(-1, index.flatten(-d)).reshape(index.shape)


def middle(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, index, dim, keepdim: f(x, dim, keepdim).values


# ---- convolution and windows ----


def convolution(x: Torch, w: Torch, bias: Torch | None, how: Any) -> Torch:
    x = F.pad(x, [p for pair in how.padding[::-1] for p in pair])
    f: Any = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[w.ndim - 2]
    return f(x, w, bias, how.stride, 0, how.dilation, how.groups)


def conv_grad_input(g: Torch, w: Torch, bias: Torch | None, size: Any, how: Any) -> Torch:
    shape = (g.shape[0], w.shape[1] * how.groups, *size)
    x = adjoint(lambda x: convolution(x, w, None, how), shape, g)
    return x if bias is None else x + bias.reshape(-1, *[1] * len(size))


def conv_grad_weight(g: Torch, x: Torch, kernel: Any, how: Any) -> Torch:
    shape = (g.shape[1], x.shape[1] // how.groups, *kernel)
    return adjoint(lambda w: convolution(x, w, None, how), shape, g)


def max_pool(x: Torch, w: Any) -> Any:
    """The maxima of windows that are worked out already."""
    f: Any = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[len(w.size)]
    for ceil_mode in (False, True):
        y = f(x, w.kernel, w.stride, w.padding, w.dilation, ceil_mode=ceil_mode)
        if y.shape[-len(w.out) :] == tuple(w.out):
            break
    return y


def place_of(winner: Torch, w: Any) -> Torch:
    """The flat index in the image of each window's place ``winner``."""
    at = torch.unravel_index(winner.long(), w.kernel)
    number = torch.zeros((), dtype=torch.long)
    for k, place in enumerate(at):
        start = torch.arange(w.out[k]) * w.stride[k] - w.padding[k]
        start = start.reshape([-1 if j == k else 1 for j in range(len(at))])
        number = number * w.size[k] + start + place * w.dilation[k]
    return number


def max_pool_pick(x: Torch, winner: Torch, w: Any) -> Torch:
    return pixels(x, place_of(winner, w), w.size)


def max_pool_grad_x(g: Torch, winner: Torch, w: Any) -> Torch:
    return adjoint(lambda x: max_pool_pick(x, winner, w), (*g.shape[: -len(w.size)], *w.size), g)


def avg_pool(x: Torch, w: Any, divisor: Any) -> Torch:
    f: Any = {2: F.avg_pool2d, 3: F.avg_pool3d}[len(w.size)]
    for ceil_mode in (False, True):
        sums = f(x, w.kernel, w.stride, w.padding, ceil_mode=ceil_mode, divisor_override=1)
        if sums.shape[-len(w.out) :] == tuple(w.out):
            break
    return sums / torch.as_tensor(divisor, dtype=x.dtype)


def avg_pool_grad_x(g: Torch, w: Any, divisor: Any) -> Torch:
    return adjoint(lambda x: avg_pool(x, w, divisor), (*g.shape[: -len(w.size)], *w.size), g)


def adaptive_avg_pool(x: Torch, size: Any, out: Any) -> Torch:
    f: Any = {2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}[len(out)]
    return f(x, out)


def adaptive_avg_pool_grad_x(g: Torch, size: Any, out: Any) -> Torch:
    return adjoint(lambda x: adaptive_avg_pool(x, size, out), (*g.shape[: -len(size)], *size), g)


def adaptive_max_pool(x: Torch, index: Torch, size: Any) -> Torch:
    f: Any = {2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}[len(size)]
    return f(x, index.shape[-len(size) :])


def unpool(x: Torch, index: Torch, size: Any) -> Torch:
    d = len(size)
    flat = x.new_zeros((*x.shape[:-d], math.prod(size)))
    return flat.scatter(-1, index.flatten(-d), x.flatten(-d)).reshape(*x.shape[:-d], *size)


def im2col(x: Torch, kernel: Any, how: Any) -> Torch:
    return F.unfold(x, kernel, how.dilation, [low for low, _ in how.padding], how.stride)


def resample(x: Torch, taps: Any) -> Torch:
    """Along one dimension after the other: each output is a weighted sum of some inputs (``taps``)."""
    for dim, (index, weight) in enumerate(taps, 2):
        shape = [-1 if k == dim else 1 for k in range(x.ndim)]
        seen = [x.index_select(dim, torch.as_tensor(k).long()) for k in index]
        if weight is not None:
            seen = [y * torch.as_tensor(w, dtype=x.dtype).reshape(shape) for y, w in zip(seen, weight, strict=True)]
        x = sum(seen[1:], start=seen[0])
    return x


def border(mode: str) -> Callable[..., Any]:
    def padded(x: Torch, borders: Any) -> Torch:
        pairs = {dim % x.ndim: (low, high) for dim, low, high, _ in borders}
        around = [p for dim in range(x.ndim - 1, min(pairs) - 1, -1) for p in pairs.get(dim, (0, 0))]
        return F.pad(x, around, mode=mode)

    return padded


def border_grad_x(g: Torch, shape: Any, borders: Any) -> Torch:
    def padded(x: Torch) -> Torch:
        for dim, _, _, source in borders:
            x = x.index_select(dim, torch.as_tensor(source).long())
        return x

    return adjoint(padded, shape, g)


def sampled(pixels: Torch, weights: Torch, size: Any) -> Torch:
    return torch.einsum("nctp,ntp->ncp", pixels, weights).reshape(*pixels.shape[:2], *size)


# ---- losses ----


def by_class(f: Callable[..., Any]) -> Callable[..., Any]:
    """nll_loss or cross_entropy: how much each target counts (``share``) is worked out; those ignored are -1."""

    def loss(x: Torch, index: Torch, share: Any, axis: int, reduction: str) -> Torch:
        scores, targets = x.movedim(axis, -1), index.movedim(axis, -1).squeeze(-1)
        share = torch.as_tensor(share, dtype=x.dtype).expand(index.shape).movedim(axis, -1).squeeze(-1)
        rows, targets = scores.reshape(targets.numel(), x.shape[axis]), targets.reshape(-1)
        losses = f(rows, targets, reduction="none", ignore_index=-1).reshape(share.shape)
        losses = torch.where(targets.reshape(share.shape) < 0, 0, losses * share)
        if reduction == "none":
            return losses
        return losses.sum() * math.nan if reduction == "mean" and not share.any() else losses.sum()

    return loss


def minus_one(p: Torch, index: Torch, axis: int) -> Torch:
    index = index.long()
    return p.scatter_add(axis, index, -torch.ones_like(index, dtype=p.dtype))


def multi_margin_loss(x: Torch, index: Torch, scale: Any, p: int, margin: float, reduction: str) -> Torch:
    missing = (margin - x.gather(1, index) + x).clamp(min=0)
    return reduced((missing**p * torch.as_tensor(scale, dtype=x.dtype)).sum(1), reduction)


def multilabel_margin_loss(x: Torch, named: Torch, reduction: str) -> Torch:
    """``named`` says how often each class is a target; torch takes their numbers, filled up with -1."""
    rows = named.reshape(-1, named.shape[-1])
    targets = torch.full(rows.shape, -1)
    for target, counts in zip(targets, rows, strict=True):
        classes = torch.arange(len(counts)).repeat_interleave(counts.long())
        target[: len(classes)] = classes
    return F.multilabel_margin_loss(x, targets.reshape(named.shape), reduction=reduction)


def reduced(losses: Torch, reduction: str) -> Torch:
    return {"none": lambda: losses, "sum": losses.sum, "mean": losses.mean}[reduction]()


def ctc_loss(x: Torch, states: Torch, times: Torch, sizes: Torch, zero_infinity: bool) -> Torch:
    """``states`` are the targets with a blank before, between and behind them."""
    return torch._ctc_loss(x, states[:, 1::2], times, sizes, int(states[0, 0]), zero_infinity)[0]


def ctc_loss_grad_x(g: Torch, x: Torch, out: Any, walks: Any, *how: Any) -> Torch:
    x = x.detach().requires_grad_()
    return torch.autograd.grad(ctc_loss(x, *how), x, g, create_graph=True)[0]


# ---- recurrence ----


def recurrence(f: Callable[..., Any]) -> Callable[..., Any]:
    """A layer in one direction, over packed steps.

    torch's function runs forward, or in both directions: backward is the second half of both.
    """

    def layer(tensors: Any, batch_sizes: Any, reverse: bool) -> Any:
        x, h, c, *parameters = tensors
        ways = 1 + reverse
        states = [s.expand(ways, *s.shape) for s in (h, c) if s is not None]
        weights = [w for w in parameters if w is not None] * ways
        biased = parameters[2] is not None
        hx = states[0] if c is None else states
        y, *last = f(x, torch.tensor(batch_sizes), hx, weights, biased, 1, 0.0, False, ways == 2)
        return (y[:, -h.shape[1] :], *[s[-1] for s in last])

    return layer


# ---- the rest ----


def scatter_reduce(how: str) -> Callable[..., Any]:
    return lambda x, dim, index, src, *_: x.scatter_reduce(dim, index, src, how)


def scatter_extreme(x: Torch, dim: int, index: Torch, src: Torch, best: Any, rival: Any) -> Torch:
    counts = bool(((x == rival) | (x != x)).all())  # include_self
    own = torch.where(x == rival, x, rival.detach())
    return (x if counts else own).scatter_reduce(
        dim, index, src, "amax" if best is np.maximum else "amin", include_self=counts
    )


def running(f: Callable[..., Any]) -> Callable[..., Any]:
    def scan(x: Torch, dim: int, reverse: bool) -> Torch:
        return f(x.flip(dim), dim).flip(dim) if reverse and x.ndim else f(x, dim)

    return scan


def svd(x: Torch) -> Any:
    u, s, vt = torch.linalg.svd(x, full_matrices=False)
    places = torch.arange(1, u.shape[-2] + 1, dtype=x.dtype)
    sign = torch.where(places @ u.detach() < 0, -1.0, 1.0).to(x.dtype)
    return u * sign.unsqueeze(-2), s, vt * sign.unsqueeze(-1)


def fading_sum(x: Torch, top: Any, dim: int, reverse: bool) -> Torch:
    sums, tops = list(x.unbind(dim)), torch.as_tensor(top).unbind(dim)
    for last, k in itertools.pairwise(range(len(sums))[:: -1 if reverse else 1]):
        sums[k] = sums[k] + sums[last] * (-(tops[k] - tops[last]).abs()).exp()
    return torch.stack(sums, dim) if sums else x


def cast(x: Torch, dtype: Any) -> Torch:
    return x.to(dtype)


def drawn(x: Torch, numbers: Any) -> Torch:
    return torch.as_tensor(numbers)


def reshaped(x: Torch, shape: Any) -> Torch:
    return x.reshape(shape)


def like(x: Torch, value: Any) -> Torch:
    """A number or a tensor, as large as x."""
    return torch.as_tensor(value, dtype=x.dtype).expand(x.shape)


def over(f: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction over ``dims``, all of them named."""
    return lambda x, dims, keepdim: f(x, dims, keepdim) if dims else x.clone()


def norm_of(x: Torch, p: float, dims: Any, keepdim: bool) -> Torch:
    return torch.linalg.vector_norm(x, p, dims, keepdim)


def scaled(rows: Torch, factor: Torch | None) -> Torch:
    """The same rows, whose gradient is multiplied: by 0 for padding, by 1/n where it is divided by the frequency."""
    return rows if factor is None else rows * factor + (rows * (1 - factor)).detach()


def embedding_bag(
    weight: Torch, per_sample_weights: Torch | None, index: Torch, bag: Torch, bags: int, factor: Any
) -> Torch:
    rows = scaled(F.embedding(index, weight), None if factor is None else factor.reshape(-1, 1))
    if per_sample_weights is not None:
        rows = rows * per_sample_weights[:, None]
    return rows.new_zeros((bags, *rows.shape[1:])).index_add(0, bag, rows)


def einsum(operands: Any, labels: Any, out: str) -> Torch:
    return torch.einsum(",".join(labels) + "->" + out, *operands)


def inv_or_zero(x: Torch) -> Torch:
    singular = (torch.linalg.det(x) == 0)[..., None, None]
    inverse = torch.linalg.inv(torch.where(singular, torch.eye(x.shape[-1], dtype=x.dtype), x))
    return torch.where(singular, 0, inverse)


TWINS: dict[str, Callable[..., Any]] = {
    # the same numbers under another shape
    "clone": lambda x, order: x.clone(),
    **dict.fromkeys(
        ("view", "alias", "unsqueeze", "squeeze_all", "squeeze_dim", "squeeze_dims", "unsafe_view", "squeezed"),
        reshaped,
    ),
    "expand": lambda x, shape: x.expand(shape),
    "sum_to_size": lambda x, shape: x.sum_to_size(shape),
    "unfold": torch.Tensor.unfold,
    "unfold_grad_x": lambda g, shape, *how: adjoint(lambda x: x.unfold(*how), shape, g),
    "as_strided": lambda x, *how: x.contiguous().as_strided(*how),
    "as_strided_grad_x": lambda g, shape, steps, offset: adjoint(
        lambda x: x.as_strided(g.shape, steps, offset), shape, g
    ),
    "overwrite": lambda base, part, path: overwritten(base, part, path.replay),
    "repeat": torch.Tensor.repeat,
    "binary_slope": lambda x, y: (x - y) / (x * (1 - x)).clamp(min=1e-12),
    "block_diag": lambda tensors: torch.block_diag(*tensors),
    "diag_embed": lambda x, shape, *where: adjoint(lambda y: y.diagonal(*where), shape, x),
    "diagonal_scatter": lambda x, src, *where: x.diagonal_scatter(like(x.diagonal(*where), src), *where),
    "same_place": lambda x, dim0, dim1: x.diagonal(0, dim0, dim1),
    "on_diagonal": lambda g, shape, dim0, dim1: adjoint(lambda x: x.diagonal(0, dim0, dim1), shape, g),
    # types and copies
    "to_dtype": cast,
    "copy": lambda x, source: source.to(x.dtype).expand(x.shape),
    "fill": lambda x, value: torch.full_like(x, float(value)),
    "fill_from": lambda x, value: value.to(x.dtype).expand(x.shape),
    "zero": torch.zeros_like,
    **dict.fromkeys(
        ("uniform", "normal", "bernoulli", "random", "exponential", "cauchy", "geometric", "log_normal"), drawn
    ),
    # index
    **dict.fromkeys(("slice", "select", "newaxis", "index", "pack"), indexed),
    **dict.fromkeys(("at_maxima", "at_minima"), torch.gather),
    **dict.fromkeys(("slice_grad_x", "index_grad_x"), spread),
    "index_put": written,
    **dict.fromkeys(("select_scatter", "slice_scatter"), lambda x, src, key: written(x, key, src)),
    "pad": lambda data, places, shape, value: written(data.new_full(tuple(shape), value), places, data),
    "gather_grad_x": lambda g, shape, dim, index: adjoint(lambda x: x.gather(dim, index), shape, g),
    "index_select_grad_x": lambda g, shape, dim, index: adjoint(lambda x: x.index_select(dim, index), shape, g),
    "take_grad_x": lambda g, shape, index: adjoint(lambda x: x.take(index), shape, g),
    "masked_select_grad_x": lambda g, mask: adjoint(lambda x: x.masked_select(mask), mask.shape, g),
    "masked_scatter": lambda x, mask, source: x.masked_scatter(mask, source),
    "index_fill": lambda x, dim, index, value: x.index_fill(dim, index, value),
    "index_fill_from": torch.index_fill,
    "index_add": lambda x, dim, index, source, alpha: x.index_add(dim, index, source, alpha=alpha),
    "scatter_value": torch.scatter,
    "only_once": torch.clone,
    "only": lambda view, mask: torch.where(mask, view, view.detach()),
    "renorm": lambda x, p, dims, maxnorm: torch.renorm(x, p, ({*range(x.ndim)} - {*dims}).pop(), maxnorm),
    "scatter_reduce_sum": scatter_reduce("sum"),
    "scatter_reduce_mean": lambda x, dim, index, src, count: x.scatter_add(dim, index, src) / torch.as_tensor(count),
    "scatter_reduce_prod": scatter_reduce("prod"),
    "scatter_reduce_extreme": scatter_extreme,
    "scatter_along": lambda g, index, shape, dim: adjoint(lambda x: along(x, index, dim), shape, g),
    **dict.fromkeys(("sort", "topk", "kthvalue", "mode", "pick"), along),
    "embedding": lambda weight, index, factor: scaled(F.embedding(index, weight), factor),
    "embedding_grad_weight": lambda g, index, shape: adjoint(lambda w: F.embedding(index, w), shape, g),
    "embedding_bag": embedding_bag,
    "embedding_bag_max": lambda weight, best, filled: weight.gather(0, best) * filled if len(best) else weight[:0],
    # element by element
    "masked": lambda g, mask: torch.where(mask, g, 0),
    "steps": lambda g, x: g + level(x),
    **dict.fromkeys(("bernoulli_of", "poisson", "normal_around", "normal_as_far"), lambda x, drawn: drawn + level(x)),
    "normal_of": lambda mean, std, drawn: drawn + level(mean) + level(std),
    "round_decimals": lambda x, decimals: torch.round(x, decimals=decimals),
    "clamp_numbers": torch.clamp,
    "clamp_min_number": torch.clamp_min,
    "clamp_max_number": torch.clamp_max,
    "where": lambda x, y, mask: torch.where(mask, x, y),
    "masked_fill_number": torch.masked_fill,
    "masked_fill": lambda x, value, mask: torch.where(mask, value, x),
    "leaky_relu": F.leaky_relu,
    "prelu_grad_x": lambda g, x, weight: torch.ops.aten._prelu_kernel_backward(g, x, weight)[0],
    "prelu_kernel": lambda x, weight: torch.where(x > 0, x, weight * x),
    "rsub_number": torch.rsub,
    "div_floor": lambda x, y: torch.div(x, y, rounding_mode="floor"),
    "div_trunc": lambda x, y: torch.div(x, y, rounding_mode="trunc"),
    "remainder_number": torch.remainder,
    "fmod_number": torch.fmod,
    "pow_number": torch.pow,
    "pow_of_number": torch.pow,
    "lerp_number": torch.lerp,
    "addcmul": lambda input, tensor1, tensor2, value: torch.addcmul(input, tensor1, tensor2, value=value),
    "addcdiv": lambda input, tensor1, tensor2, value: torch.addcdiv(input, tensor1, tensor2, value=value),
    "polygamma": lambda x, n: torch.polygamma(n, x),
    "copysign_number": torch.copysign,
    "xlogy_number": torch.xlogy,
    "number_xlogy": torch.xlogy,
    "dropout": torch.mul,
    "rrelu": torch.mul,
    "elu": torch.ops.aten.elu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    # along dimensions
    "sum": lambda x, dim, keepdim: torch.sum(x) if dim is None else over(torch.sum)(x, dim, keepdim),
    "mean_dims": over(torch.mean),
    "nansum": over(torch.nansum),
    "logsumexp": over(torch.logsumexp),
    "max": lambda x, dims, keepdim: torch.max(x),
    "min": lambda x, dims, keepdim: torch.min(x),
    "amax": over(torch.amax),
    "amin": over(torch.amin),
    "aminmax": lambda x, dims, keepdim: (torch.amin(x, dims, keepdim), torch.amax(x, dims, keepdim)),
    "max_dim": middle(torch.max),
    "min_dim": middle(torch.min),
    "median_dim": middle(torch.median),
    "nanmedian_dim": middle(torch.nanmedian),
    "var": lambda x, dims, correction, keepdim: torch.var(x, dims, correction=correction, keepdim=keepdim),
    "std": lambda x, dims, correction, keepdim: torch.std(x, dims, correction=correction, keepdim=keepdim),
    "var_mean": lambda x, dims, correction, keepdim: torch.var_mean(x, dims, correction=correction, keepdim=keepdim),
    "std_mean": lambda x, dims, correction, keepdim: torch.std_mean(x, dims, correction=correction, keepdim=keepdim),
    "vector_norm": norm_of,
    "row_norm": norm_of,
    "cumsum": running(torch.cumsum),
    "cumprod": running(torch.cumprod),
    "fading_sum": fading_sum,
    "prod": lambda x, dims, keepdim: torch.prod(x),
    "prod_dim": over(lambda x, dims, keepdim: torch.prod(x, dims[0], keepdim)),
    "softmax": torch.softmax,
    "log_softmax": torch.log_softmax,
    "safe_softmax": lambda x: torch._safe_softmax(x, -1),
    # products
    "addmm": lambda input, x, y, beta, alpha: torch.addmm(input, x, y, beta=beta, alpha=alpha),
    "addmv": lambda input, x, v, beta, alpha: torch.addmv(input, x, v, beta=beta, alpha=alpha),
    "addbmm": lambda input, x, y, beta, alpha: torch.addbmm(input, x, y, beta=beta, alpha=alpha),
    "baddbmm": lambda input, x, y, beta, alpha: torch.baddbmm(input, x, y, beta=beta, alpha=alpha),
    "linear_unbiased": F.linear,
    "solve": lambda a, b, vector: solve(a, b.unsqueeze(-1)).squeeze(-1) if vector else solve(a, b),
    "inv_or_zero": inv_or_zero,
    "singular": lambda x: torch.linalg.det(x).abs()[..., None, None] < 100 * torch.finfo(x.dtype).eps,
    "cholesky": torch.linalg.cholesky,
    "svd": svd,
    "svdvals": torch.linalg.svdvals,
    "einsum": einsum,
    "convolution": convolution,
    "conv_grad_input": conv_grad_input,
    "conv_grad_weight": conv_grad_weight,
    # windows of images
    **dict.fromkeys(("max_pool2d", "max_pool3d"), max_pool),
    **dict.fromkeys(
        ("max_pool2d_with_indices", "max_pool3d_with_indices"), lambda x, best, winner, index, w: max_pool(x, w)
    ),
    "max_pool_pick": max_pool_pick,
    "max_pool_grad_x": max_pool_grad_x,
    **dict.fromkeys(("avg_pool2d", "avg_pool3d"), avg_pool),
    **dict.fromkeys(("avg_pool2d_grad_x", "avg_pool3d_grad_x"), avg_pool_grad_x),
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_avg_pool3d"), adaptive_avg_pool),
    **dict.fromkeys(("adaptive_avg_pool2d_grad_x", "adaptive_avg_pool3d_grad_x"), adaptive_avg_pool_grad_x),
    **dict.fromkeys(("adaptive_max_pool2d", "adaptive_max_pool3d"), adaptive_max_pool),
    **dict.fromkeys(("max_unpool2d", "max_unpool3d"), unpool),
    "pixels_picked": pixels,
    "pixels_placed": lambda g, index, size: adjoint(
        lambda x: pixels(x, index, size), (*g.shape[: -len(size)], *size), g
    ),
    "im2col": im2col,
    "col2im": lambda x, size, kernel, how: F.fold(
        x, size, kernel, how.dilation, [low for low, _ in how.padding], how.stride
    ),
    **dict.fromkeys(("resample", "upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"), resample),
    **{f"upsample_nearest{exact}{d}d": resample for exact in ("", "_exact") for d in (1, 2, 3)},
    "upsample_bicubic2d": resample,
    "resample_grad_x": lambda g, size, taps: adjoint(lambda x: resample(x, taps), (*g.shape[:2], *size), g),
    **dict.fromkeys(("grid_sampler_2d", "grid_sampler_3d"), sampled),
    "affine_grid_generator": lambda theta, base, size: torch.matmul(base, theta.mT).reshape(
        len(theta), *size, theta.shape[1]
    ),
    "constant_pad_nd": lambda x, pad, value: F.pad(x, [p for pair in reversed(pad) for p in pair], value=value),
    **{f"reflection_pad{d}d": border("reflect") for d in (1, 2, 3)},
    **{f"replication_pad{d}d": border("replicate") for d in (1, 2, 3)},
    "circular_pad": border("circular"),
    "border_grad_x": border_grad_x,
    # normalisation
    "batch_norm_by_batch": lambda x, w, b, moments, dims, eps: F.batch_norm(x, None, None, w, b, True, eps=eps),
    "batch_norm_by_running": lambda x, w, b, m, var, eps: F.batch_norm(x, m, var, w, b, False, eps=eps),
    "layer_norm": lambda x, w, b, shape, inner, dims, eps: F.layer_norm(x, inner, w, b, eps),
    "group_norm": lambda x, w, b, shape, inner, dims, eps: F.group_norm(x, shape[1], w, b, eps),
    # losses
    "mse_loss": lambda x, y, reduction: F.mse_loss(x, y, reduction=reduction),
    "smooth_l1_loss": lambda x, y, beta, reduction: F.smooth_l1_loss(x, y, reduction=reduction, beta=beta),
    "huber_loss": lambda x, y, delta, reduction: F.huber_loss(x, y, reduction=reduction, delta=delta),
    "soft_margin_loss": lambda x, y, reduction: F.soft_margin_loss(x, y, reduction=reduction),
    "multi_margin_loss": multi_margin_loss,
    "multilabel_margin_loss": multilabel_margin_loss,
    "binary_cross_entropy": lambda x, y, weight, reduction: F.binary_cross_entropy(x, y, weight, reduction=reduction),
    "binary_cross_entropy_with_logits": lambda x, y, weight, pos_weight, reduction: F.binary_cross_entropy_with_logits(
        x, y, weight, reduction=reduction, pos_weight=pos_weight
    ),
    **dict.fromkeys(("nll_loss_rows", "nll_loss_images"), by_class(F.nll_loss)),
    **dict.fromkeys(("cross_entropy_rows", "cross_entropy_images"), by_class(F.cross_entropy)),
    "minus_one": minus_one,
    "ctc_loss": ctc_loss,
    "ctc_loss_grad_x": ctc_loss_grad_x,
    # recurrence
    "rnn_tanh_layer": recurrence(torch.rnn_tanh),
    "rnn_relu_layer": recurrence(torch.rnn_relu),
    "gru_layer": recurrence(torch.gru),
    "lstm_layer": recurrence(torch.lstm),
}
