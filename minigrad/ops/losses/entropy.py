"""Losses of classification: negative log-likelihood and cross-entropy, of classes and of probabilities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.beside import beside
from ...core.dtype import Array
from ...core.half import wide, widened
from ...core.op import defgrad, op, record
from ...core.variable import wrap
from ...types import Tensor
from .. import hints
from ..adding import add_up
from ..checks import constant, floats_only, no_bool, same_dtype, tensor_only
from ..elementwise.piecewise import masked_fill
from ..elementwise.smooth import logsigmoid
from ..elementwise.transcendental import log, log1p, sigmoid, steps, to_dtype
from ..layers.softmaxes import log_softmax, softmax
from ..reduce.extremes import scatter_along
from ..reduce.sums import sum, whole
from ..shape.views import _view, expand, unsqueeze
from .regression import each, expands, legacy, reduce_array

# ---- two classes ----


def _between(name: str, x: Array) -> None:
    if not (np.minimum.reduce(x, None, initial=0) >= 0 and np.maximum.reduce(x, None, initial=0) <= 1):  # nan: neither
        raise RuntimeError(
            f"all elements of {name} should be between 0 and 1 (binary_cross_entropy): put a sigmoid before it, or use "
            "binary_cross_entropy_with_logits"
        )


@op
def binary_slope(x: Array, y: Array) -> Array:
    """(x - y) / (x (1 - x)), in which nothing is divided by less than 1e-12."""
    return (x - y) / np.maximum(x * (1 - x), 1e-12)


def _binary_slope_grad(g: Array, x: Array, y: Array) -> Array:
    """Bounded as torch bounds it: each factor of the denominator is made larger by 1e-12."""
    return g * ((x * x - 2 * x * y + y) / ((x + 1e-12) ** 2 * (1 - x + 1e-12) ** 2))


defgrad(binary_slope, x=_binary_slope_grad, y=lambda g, x: -g / ((x + 1e-12) * (1 - x + 1e-12)))


def _slope(x: Array, y: Array, weight: Array) -> Array:
    slope = binary_slope(x, y)
    return slope if weight is None else slope * weight


def _slope_of_target(x: Array, weight: Array) -> Array:
    slope = log1p(-x) - log(x)
    return slope if weight is None else slope * weight


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross-entropy of predicted probabilities.

    Math    l = -(target log(input) + (1 - target) log(1 - input)), logarithms not below -100
            d_input = g (input - target) / (input (1 - input))
            ``weight`` multiplies l; ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same, weight broadcast to it -> (), or (*) with "none"
    Raises  ValueError if the shapes differ; RuntimeError if an input lies outside [0, 1].

    >>> x = minigrad.tensor([0.5], requires_grad=True)
    >>> minigrad.nn.functional.binary_cross_entropy(x, minigrad.tensor([1.])).backward(); x.grad
    tensor([-2.])
    """
    reduction = legacy(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            f"Please ensure they have the same size{hints.of_sizes(input.shape, target.shape)}"
        )
    same_dtype("binary_cross_entropy", input, target)
    constant("binary_cross_entropy", weight=weight)
    expands("binary_cross_entropy", "weight", weight, input)
    return record(binary_cross_entropy)(input, target, _in_type_of(input, weight), reduction)


@op(of=binary_cross_entropy, operands=2)
def _(input: Array, target: Array, weight: Array, reduction: str) -> Array:
    floats_only("binary_cross_entropy", input)
    _between("input", input)
    _between("target", target)
    losses = (target - 1) * np.maximum(np.log1p(-input), -100) - target * np.maximum(np.log(input), -100)
    return reduce_array(losses if weight is None else losses * weight, reduction)


defgrad(
    binary_cross_entropy,
    input=lambda g, input, target, weight, reduction: each(g, _slope(input, target, weight), reduction),
    target=lambda g, input, weight, reduction: each(g, _slope_of_target(input, weight), reduction),
)


def _in_type_of(x: Array, y: Any) -> Any:
    """A tensor, or None, in the dtype of another."""
    return y if y is None or y.array.dtype == x.array.dtype else to_dtype(y, x.array.dtype)


def _logit_slope(x: Array, y: Array, weight: Array, pos_weight: Array) -> Array:
    weighted = y if pos_weight is None else pos_weight * y
    slope = (sigmoid(x) if pos_weight is None else (weighted + 1 - y) * sigmoid(x)) - weighted
    return slope if weight is None else slope * weight


def _logit_slope_of_target(x: Array, weight: Array, pos_weight: Array) -> Array:
    slope = -x if pos_weight is None else logsigmoid(-x) - logsigmoid(x) * pos_weight
    return slope if weight is None else slope * weight


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross-entropy of the sigmoid of the input, which neither overflows nor needs a clamp.

    Math    l = (1 - target) input + ln(1 + exp(-input))
            d_input = g (sigmoid(input) - target): "prediction minus truth"
            ``pos_weight`` multiplies the term of target 1, ``weight`` all of l
    Shapes  input (*), target the same, weight and pos_weight broadcast to it -> (), or (*) with "none"
    Raises  ValueError if the shapes differ, RuntimeError or NotImplementedError for integers.

    >>> x = minigrad.tensor([0.], requires_grad=True)
    >>> minigrad.nn.functional.binary_cross_entropy_with_logits(x, minigrad.tensor([1.])).backward(); x.grad
    tensor([-0.5000])
    """
    reduction = legacy(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape})"
            f"{hints.of_sizes(input.shape, target.shape)}"
        )
    floats_only("binary_cross_entropy_with_logits", input.array)
    no_bool("binary_cross_entropy_with_logits", target.array)
    if target.array.dtype.kind != "f":
        raise RuntimeError(
            f"binary_cross_entropy_with_logits: result type {input.dtype} can't be cast to the target's "
            f"{target.dtype}; convert the target with .to({input.dtype})"
        )
    expands("binary_cross_entropy_with_logits", "weight", weight, input)
    expands("binary_cross_entropy_with_logits", "pos_weight", pos_weight, input)
    constant("binary_cross_entropy_with_logits", weight=weight, pos_weight=pos_weight)
    if pos_weight is not None:
        no_bool("binary_cross_entropy_with_logits", pos_weight.array)
    loss = record(binary_cross_entropy_with_logits)(
        input, target, _in_type_of(target, weight), _in_type_of(target, pos_weight), reduction
    )
    return _in_type_of(target, loss)


@op(of=binary_cross_entropy_with_logits, promote="number", operands=2)
def _(input: Array, target: Array, weight: Array, pos_weight: Array, reduction: str) -> Array:
    softplus = np.log1p(np.exp(-np.abs(input))) + np.maximum(-input, 0)
    losses = (1 - target) * input + (softplus if pos_weight is None else (1 + (pos_weight - 1) * target) * softplus)
    return reduce_array(losses if weight is None else losses * weight, reduction)


defgrad(
    binary_cross_entropy_with_logits,
    input=lambda g, input, target, weight, pos_weight, reduction: each(
        g, _logit_slope(input, target, weight, pos_weight), reduction
    ),
    target=lambda g, input, weight, pos_weight, reduction: each(
        g, _logit_slope_of_target(input, weight, pos_weight), reduction
    ),
)


# ---- several classes ----


def _checked(name: str, x: Array, target: Array, weight: Any) -> int:
    """The dimension of the classes.

    Raises  ValueError or RuntimeError if the target or the weight does not fit the scores.
    """
    if x.ndim == 0:
        raise ValueError(f"{name}: Expected 1 or more dimensions (got 0): one score for each class")
    axis = 1 if x.ndim > 1 else 0
    scores, targets = x.array.shape, target.array.shape
    shape = scores[:axis] + scores[axis + 1 :]
    rows = targets[0] if targets else 0
    if len(scores) > 1 and scores[0] != rows:
        raise ValueError(
            f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({rows}): {name} got scores "
            f"{list(x.shape)} and targets {list(target.shape)}{hints.of_scores(x.shape, target.shape)}"
        )
    if len(scores) < 3 and len(targets) > 1:
        floats = f". Only probabilities are floats, and of the scores' shape {list(x.shape)}, not {list(target.shape)}"
        hint = floats if target.array.dtype.kind == "f" else hints.of_scores(x.shape, target.shape)
        raise RuntimeError(
            f"0D or 1D target tensor expected, multi-target not supported: {name} wants one class for each row of "
            f"scores {list(x.shape)}, got {list(target.shape)}{hint}"
        )
    if target.array.dtype.name not in ("int64", "uint8"):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {target.dtype} ({name}): it holds the number of the "
            f"class; convert it with .long(). Only probabilities are floats, and of the scores' shape {list(x.shape)}, "
            f"not {list(target.shape)}"
        )
    if x.ndim == target.ndim == 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.shape[0]}")
    if targets != shape:
        raise RuntimeError(
            f"Expected target size {list(shape)}, got {list(target.shape)}: {name} wants one class for each row of "
            f"scores {list(x.shape)}{hints.of_scores(x.shape, target.shape)}"
        )
    if weight is not None and weight.shape != (x.shape[axis],):
        raise RuntimeError(
            f"weight tensor should be defined either for all {x.shape[axis]} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )
    floats_only(name, x.array)
    if weight is not None:
        same_dtype(name, x, weight)
        constant(name, weight=weight)
    if not scores[axis] and x.ndim not in (1, 2, 4) and math.prod(shape):
        raise RuntimeError(
            f"size mismatch (got input: {list(x.shape)}, target: {list(target.shape)}): {name} has no classes"
        )
    return axis


def _places(name: str, target: Any, axis: int, classes: int, ignore: int) -> tuple[Any, Any]:
    """(index of the true class, -1 where the target is ignored, with the dimension of the classes back as 1; mask of
    the targets that count, or None).

    Raises  IndexError naming the first bad target.
    """
    index = np.expand_dims(target, axis)
    bad = (index < 0) | (index >= classes)
    if not bad.any():
        if not 0 <= ignore < classes:
            return index, None
    elif (wrong := bad & (index != ignore)).any():
        place = np.unravel_index(np.argmax(wrong), wrong.shape)
        where = [int(p) for d, p in enumerate(place) if d != axis]
        raise IndexError(
            f"Target {index[place]} is out of bounds: {name} has {classes} classes, 0 to {classes - 1}, but "
            f"target{where if where else ''} is {index[place]}{hints.of_classes(index, classes)}"
        )
    counts = index != ignore
    return np.where(counts, index, -1), counts


def _shares(index: Any, counts: Any, weight: Any, dtype: Any, mean: bool) -> Any:
    """How much each target counts: by the weight of its class, 0 if it is ignored; for a mean of sum 1, or nan."""
    if not index.size:
        alone = math.nan if mean else 1.0
        return alone if weight is None else weight.dtype.type(alone)
    if weight is None and counts is None:
        return 1 / index.size if mean else 1.0
    weight = widened(weight)  # shares of float16 losses are added up too
    share = np.ones(index.shape, np.promote_types(dtype, np.float32)) if weight is None else weight[index]
    if counts is not None:
        share = np.where(counts, share, 0)
    if not mean:
        return share
    with np.errstate(all="ignore"):  # 0 / 0: no weight at all
        return np.where(index < 0, 0, share / whole(share))


def _collect(surprise: Any, index: Any, share: Any, axis: int, reduction: str) -> Any:
    """The loss from the surprise at each target; the mean of no target is nan."""
    losses = surprise * share
    if type(share) is not float:
        losses = np.where(index < 0, 0, losses)
    if reduction == "none":
        return losses.squeeze(axis)
    y = whole(losses)
    return y * np.nan if reduction == "mean" and not (index.size and np.any(share)) else y


def _truths(index: Any, axis: int) -> tuple[Any, ...]:
    """Where in the scores those of the true classes are: ``index`` along the classes, every place along the rest."""
    where = [np.arange(n).reshape((-1,) + (1,) * (index.ndim - d - 1)) for d, n in enumerate(index.shape)]
    where[axis] = index
    return tuple(where)


@op
def minus_one(p: Array, index: Array, axis: int) -> Array:
    """Probabilities minus the one-hot target: 1 is subtracted at the true class."""
    q = p.copy()
    q[_truths(index, axis)] -= 1
    return q


defgrad(minus_one, p=lambda g: g)


def _again(probs: Array, x: Array, axis: int) -> Array:
    """The probabilities as a function of x, though x may have been overwritten: log(probs) has the same softmax."""
    return softmax(wrap(log(probs), x.node), axis)


def _nll_pair(name: str, label: str) -> Any:
    """The two kernels under torch's name for them: negative log-likelihood, and the same after a softmax."""

    @op(name=f"nll_loss_{name}", label=label)
    def nll(x: Array, index: Array, share: Any, axis: int, reduction: str) -> Array:
        return _collect(-x[_truths(index, axis)], index, share, axis, reduction)

    def nll_grad(g: Array, x: Array, index: Array, share: Any, axis: int, reduction: str) -> Array:
        g = unsqueeze(g, axis) if reduction == "none" else g
        return steps(scatter_along(record(expand)(-(g * share), index.shape), index, x.shape, axis), x)

    @op(name=f"cross_entropy_{name}", label=label, extras={"probs": _again})
    def cross_entropy(x: Array, index: Array, share: Any, axis: int, reduction: str) -> Any:
        z = x - np.maximum.reduce(x, axis, keepdims=True, initial=-np.inf)
        e = np.exp(z)
        norm = add_up(e, (axis,), True)
        surprise = np.log(norm) - z[_truths(index, axis)]
        e /= norm
        return _collect(surprise, index, share, axis, reduction), e

    def cross_entropy_grad(g: Array, probs: Array, index: Array, share: Any, axis: int, reduction: str) -> Array:
        g = unsqueeze(g, axis) if reduction == "none" else g
        return minus_one(probs, index, axis) * (g * share)

    defgrad(nll, x=nll_grad)
    defgrad(cross_entropy, x=cross_entropy_grad)
    return nll, cross_entropy


_nll, _cross_entropy = _nll_pair("rows", "NllLossBackward0")
_nll_2d, _cross_entropy_2d = _nll_pair("images", "NllLoss2DBackward0")


def _by_class(name: str, kernels: Any, x: Array, target: Array, weight: Any, ignore: int, reduction: str) -> Array:
    if x.ndim == 1 and target.array.shape == (1,):
        target = target.reshape(())
    axis = _checked(name, x, target, weight)
    classes = x.array.shape[axis]
    index, counts = _places(name, target.array, axis, classes, ignore)
    raw = None if weight is None else weight.array
    if not classes and index.size:  # no class: all targets are ignored, whatever the score
        x, raw = wrap(np.zeros(index.shape, x.array.dtype)) + sum(x), None
    share = _shares(index, counts, raw, x.array.dtype, reduction == "mean")
    share = share if weight is None else beside(share, weight)
    loss = kernels[x.ndim > 2](x, beside(index, target), share, axis, reduction)
    return _view(loss, loss.shape) if reduction == "none" and x.ndim not in (1, 2, 4) else loss  # as torch's path


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of the true class, from log-probabilities.

    Math    l[n] = -weight[target[n]] input[n, target[n]]        d_input[n, c] = -g weight[c] if c = target[n], else 0
            "mean" divides by the sum of the weights; targets of ``ignore_index`` do not count
    Shapes  input (N, C, *), target (N, *) of integers in [0, C); or input (C), target ()
            -> (), or as target with "none"
    Raises  IndexError naming the first bad target, ValueError or RuntimeError if the shapes do not fit.

    >>> x = minigrad.tensor([[-1., -2.]], requires_grad=True)
    >>> minigrad.nn.functional.nll_loss(x, minigrad.tensor([1])).backward(); x.grad
    tensor([[ 0., -1.]])
    """
    reduction = legacy(size_average, reduce, reduction)
    tensor_only("nll_loss", "target", target)
    return _by_class("nll_loss", (_nll, _nll_2d), input, target, weight, ignore_index, reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy of the softmax of the input with the true class: negative log-likelihood from logits.

    Math    l = -(1/N) sum_n log softmax(input[n])[target[n]]        d_input = g (softmax(input) - onehot(target)) / N
            "Prediction minus truth": the reason softmax and log are fused.
            ``weight`` scales each class, "mean" divides by the sum of the weights
            ``label_smoothing`` e replaces the one-hot target t by (1 - e) t + e / C
    Shapes  input (N, C, *) logits; target (N, *) of integers in [0, C), or of input's shape:
            a distribution for each row -> (), or (N, *) with "none"
    Raises  IndexError naming the first bad target, ValueError or RuntimeError if the shapes do not fit.

    >>> x = minigrad.tensor([[0., 0.]], requires_grad=True)
    >>> minigrad.nn.functional.cross_entropy(x, minigrad.tensor([0])).backward(); x.grad
    tensor([[-0.5000,  0.5000]])
    """
    reduction = legacy(size_average, reduce, reduction)
    tensor_only("cross_entropy", "target", target)
    if not input.ndim and target.ndim:
        raise IndexError("Dimension out of range: cross_entropy expects scores of 1 or more dimensions, got 0")
    if input.shape != target.shape:
        floats_only("cross_entropy", input.array)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if input.shape == target.shape:
        return _by_distribution(input, target, weight, ignore_index, reduction, label_smoothing)
    if not label_smoothing:
        kernels = (_cross_entropy, _cross_entropy_2d)
        return _by_class("cross_entropy", kernels, input, target, weight, ignore_index, reduction)
    return _smoothed(input, target, weight, ignore_index, reduction, label_smoothing)


@wide
def _smoothed(x: Array, target: Array, weight: Any, ignore: int, reduction: str, smoothing: float) -> Array:
    """Cross-entropy with a truth of which a part, ``smoothing``, is shared out among all classes."""
    axis = _checked("cross_entropy", x, target, weight)
    logs = log_softmax(x, axis)
    true = _by_class("cross_entropy", (_nll, _nll_2d), logs, target, weight, ignore, reduction)
    uniform = _uniform(logs, target, weight, ignore, reduction, axis)
    part = smoothing / x.shape[axis] if x.shape[axis] else math.inf
    return true * (1 - smoothing) + uniform * part


def _uniform(logs: Array, target: Array, weight: Any, ignore: int, reduction: str, axis: int) -> Array:
    """The surprise of a truth that could be any class, where the target is not ignored."""
    losses = -sum(logs if weight is None else logs * _by_dim(weight, axis, logs.ndim), axis)
    index, counts = _places("cross_entropy", target.array, axis, logs.shape[axis], ignore)
    if counts is not None:
        losses = masked_fill(losses, wrap(~counts.squeeze(axis)), 0.0)
    if reduction != "mean":
        return losses if reduction == "none" else sum(losses)
    share = _shares(index, counts, None if weight is None else weight.array, logs.array.dtype, False)
    return sum(losses) / float(np.sum(np.broadcast_to(share, index.shape)))


def _by_dim(weight: Array, axis: int, ndim: int) -> Array:
    """One number per class, shaped to broadcast along the dimension of the classes."""
    return _view(weight, (-1,) + (1,) * (ndim - axis - 1))


@wide
def _by_distribution(x: Array, target: Array, weight: Any, ignore: int, reduction: str, smoothing: float) -> Array:
    """Cross-entropy with a distribution over the classes as the truth."""
    if target.array.dtype.kind != "f":
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.dtype}: a target of the "
            "shape of the scores is a distribution; for class numbers leave out the dimension of the classes"
        )
    if ignore >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    axis = min(x.ndim - 1, 1)
    classes = x.shape[axis] or 1  # where there is no class, there is nothing to share out
    if weight is not None and weight.shape != (x.shape[axis],):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {x.shape[axis]} classes or no classes but "
            f"got weight tensor of shape: {list(weight.shape)}"
        )
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    products = log_softmax(x, axis) * target
    if weight is not None:
        products = products * _by_dim(weight, axis, x.ndim)
    if reduction == "none":
        return -sum(products, axis)
    return -sum(products) if reduction == "sum" else -sum(products) / (math.prod(x.shape) // classes)
