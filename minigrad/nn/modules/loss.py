"""Losses as layers: ``criterion = nn.CrossEntropyLoss()``. The math is in ``ops.loss``, ``entropy``, ``likelihood``,
``margin`` and ``ctc``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...core.errors import layer_being_made
from ...ops.losses.regression import legacy
from ...tensor import Tensor
from .. import functional as F
from .distance import PairwiseDistance
from .module import Module


class _Loss(Module):
    """A loss with a ``reduction``; ``size_average`` and ``reduce`` are its old names."""

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        old = size_average is not None or reduce is not None
        self.reduction = legacy(size_average, reduce, reduction) if old else reduction


class _WeightedLoss(_Loss):
    """A loss with a weight for every class (or element), a buffer."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


# ---- numbers ----


class L1Loss(_Loss):
    """Mean absolute error.

    Math    l = |input - target|        d_input = g sign(input - target)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([3., 0.], requires_grad=True)
    >>> minigrad.nn.L1Loss()(x, minigrad.tensor([1., 1.])).backward(); x.grad
    tensor([ 0.5000, -0.5000])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """Mean squared error.

    Math    l = (input - target)^2        d_input = 2 g (input - target)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([3.], requires_grad=True)
    >>> minigrad.nn.MSELoss()(x, minigrad.tensor([1.])).backward(); x.grad
    tensor([4.])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Smooth absolute error: quadratic for differences below ``beta``, linear above.

    Math    d = |input - target|;  l = d^2 / (2 beta) where d < beta, else d - beta / 2
            d_input = g (input - target) / beta where d < beta, else g sign(input - target)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``; RuntimeError for a negative ``beta``.
    Source  Girshick, Fast R-CNN (2015), https://arxiv.org/abs/1504.08083

    >>> x = minigrad.tensor([0.5, 3.], requires_grad=True)
    >>> minigrad.nn.SmoothL1Loss(reduction="sum")(x, minigrad.zeros(2)).backward(); x.grad
    tensor([0.5000, 1.0000])
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """Huber loss: quadratic for differences up to ``delta``, linear above; ``delta`` times ``SmoothL1Loss``.

    Math    d = |input - target|;  l = d^2 / 2 where d <= delta, else delta (d - delta / 2)
            d_input = g (input - target) where d <= delta, else g delta sign(input - target)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  TypeError if ``delta`` is not a number; RuntimeError unless it is positive.
    Source  Huber, Robust estimation of a location parameter (1964)

    >>> x = minigrad.tensor([0.5, 3.], requires_grad=True)
    >>> minigrad.nn.HuberLoss(reduction="sum", delta=2.)(x, minigrad.zeros(2)).backward(); x.grad
    tensor([0.5000, 2.0000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        if not isinstance(delta, (float, int)):
            hint = layer_being_made() if isinstance(delta, Tensor) else ""
            raise TypeError(f"delta must be a float or int, got: {type(delta)}{hint}")
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class PoissonNLLLoss(_Loss):
    """Negative log-likelihood of counts under a Poisson distribution, whose rate or its logarithm is the input.

    Math    l = exp(log_input) - target log_input        d_log_input = g (exp(log_input) - target)
            with ``log_input=False``, l = rate - target log(rate + eps)
            ``full`` adds Stirling's approximation of log(target!)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  log_input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([0.], requires_grad=True)
    >>> minigrad.nn.PoissonNLLLoss()(x, minigrad.tensor([3.])).backward(); x.grad
    tensor([-2.])
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(_Loss):
    """Negative log-likelihood of the target under a normal distribution of mean ``input`` and variance ``var``.

    Math    v = max(var, eps);  l = (log(v) + (input - target)^2 / v) / 2, + log(2 pi) / 2 with ``full``
            d_input = g (input - target) / v,  d_var = g (1 - (input - target)^2 / v) / (2 v)
    Shapes  input (*), target the same, var the same, or with 1 for the last dimension, or without it
            -> (), or (*) with "none"
    Raises  ValueError for a negative variance, or shapes that do not fit.
    Source  Nix & Weigend, Estimating the mean and variance of the target probability distribution (1994)

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> minigrad.nn.GaussianNLLLoss()(x, minigrad.tensor([3.]), minigrad.tensor([4.])).backward(); x.grad
    tensor([-0.5000])
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


# ---- classes ----


class NLLLoss(_WeightedLoss):
    """Negative log-likelihood of the true class, from log-probabilities.

    Math    l[n] = -weight[target[n]] input[n, target[n]]        d_input[n, target[n]] = -g weight[target[n]]
            ``reduction`` "mean" divides by the sum of the weights; targets of ``ignore_index`` do not count
    Shapes  input (N, C, *) or (C), target (N, *) or () of integers below C, weight (C)
            -> (), or as the target with "none"
    Raises  IndexError for a target that is not a class; ValueError for shapes that do not fit.

    >>> x = minigrad.tensor([[0.2, 0.8]]).log().requires_grad_()
    >>> minigrad.nn.NLLLoss()(x, minigrad.tensor([1])).backward(); x.grad
    tensor([[ 0., -1.]])
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class CrossEntropyLoss(_WeightedLoss):
    """Cross-entropy of the softmax of the input with the true class: negative log-likelihood from logits.

    Math    l[n] = -log softmax(input[n])[target[n]]
            d_input = g (softmax(input) - onehot(target)) / N with "mean"
            ``weight`` scales each class, ``reduction`` "mean" divides by the sum of the weights
            ``label_smoothing`` e replaces the one-hot target t by (1 - e) t + e / C
    Shapes  input (N, C, *) or (C), target (N, *) or () of integers below C, or probabilities as the input
            -> (), or (N, *) with "none"
    Raises  IndexError for a target that is not a class; ValueError for shapes that do not fit.

    >>> x = minigrad.tensor([[0., 0.]], requires_grad=True)
    >>> minigrad.nn.CrossEntropyLoss()(x, minigrad.tensor([0])).backward(); x.grad
    tensor([[-0.5000,  0.5000]])
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class BCELoss(_WeightedLoss):
    """Binary cross-entropy of predicted probabilities.

    Math    l = -(target log(input) + (1 - target) log(1 - input)), logarithms not below -100
            d_input = g (input - target) / (input (1 - input))
            ``weight`` multiplies l; ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same, weight broadcast to it -> (), or (*) with "none"
    Raises  ValueError if the shapes differ; RuntimeError if an input lies outside [0, 1].

    >>> x = minigrad.tensor([0.5], requires_grad=True)
    >>> minigrad.nn.BCELoss()(x, minigrad.tensor([1.])).backward(); x.grad
    tensor([-2.])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """Binary cross-entropy of the sigmoid of the input, without overflow.

    Math    l = (1 - target) input + log(1 + exp(-input))        d_input = g (sigmoid(input) - target)
            ``pos_weight`` multiplies the term of target 1, ``weight`` all of l
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same, weight and pos_weight broadcast to it -> (), or (*) with "none"
    Raises  ValueError if the shapes differ.

    >>> x = minigrad.tensor([0.], requires_grad=True)
    >>> minigrad.nn.BCEWithLogitsLoss()(x, minigrad.tensor([1.])).backward(); x.grad
    tensor([-0.5000])
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class KLDivLoss(_Loss):
    """Kullback-Leibler divergence of the target distribution from the model's, whose log-probabilities are the input.

    Math    l = target (log(target) - input)        d_input = -g target;  with ``log_target``, target is a logarithm too
            ``reduction`` "batchmean" divides the sum by N, "mean" by the number of elements; "sum", "none"
    Shapes  input (N, *), target the same -> (), or (N, *) with "none"
    Raises  ValueError for an unknown ``reduction``.
    Source  Kullback & Leibler, On information and sufficiency (1951)

    >>> x = minigrad.tensor([[0.5, 0.5]]).log().requires_grad_()
    >>> minigrad.nn.KLDivLoss(reduction="batchmean")(x, minigrad.tensor([[0.25, 0.75]])).backward(); x.grad
    tensor([[-0.2500, -0.7500]])
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class CTCLoss(_Loss):
    """Connectionist temporal classification: negative log-likelihood of a label sequence, over all its alignments.

    Math    l = -log sum over alignments of prod_t exp(log_probs[t, label at t]); an alignment is a label for each step
            that gives ``targets`` once repeated labels are merged and blanks left out
            d_log_probs[t, c] = g (exp(log_probs[t, c]) - P(label c at t | targets))
            ``reduction`` "mean" divides each l by its target length first; "sum", "none"
    Shapes  log_probs (T, N, C) or (T, C), targets (N, S) or all in a row; input_lengths and target_lengths (N)
            -> (), or (N) with "none"
    Raises  RuntimeError for lengths or labels that do not fit.
    Source  Graves et al., Connectionist temporal classification (2006)

    >>> x = minigrad.tensor([[[0.5, 0.5]]]).log().requires_grad_()  # one step: blank, or label 1
    >>> minigrad.nn.CTCLoss()(x, minigrad.tensor([[1]]), (1,), (1,)).backward(); x.grad
    tensor([[[ 0.5000, -0.5000]]])
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor | Sequence[int],
        target_lengths: Tensor | Sequence[int],
    ) -> Tensor:
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )


# ---- margins ----


class _MarginLoss(_Loss):
    """A loss with a ``margin``."""

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class HingeEmbeddingLoss(_MarginLoss):
    """Hinge loss of a distance: small for similar pairs, at least ``margin`` for others.

    Math    l = input where target is 1, max(0, margin - input) where it is -1
            d_input = g, or -g where input < margin
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same, of 1 and -1 -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([0.3, 0.3], requires_grad=True)
    >>> minigrad.nn.HingeEmbeddingLoss(reduction="sum")(x, minigrad.tensor([1., -1.])).backward(); x.grad
    tensor([ 1., -1.])
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(margin, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_MarginLoss):
    """Cosine embedding loss: pairs that belong together should point the same way, others not.

    Math    c = cosine of input1 and input2;  l = 1 - c where target is 1, max(0, c - margin) where it is -1
            d_input1 = -g d_c / d_input1, or g d_c / d_input1 where c > margin
            ``reduction`` "mean" or "sum" over the pairs, or "none"
    Shapes  input1 and input2 (N, D) or (D), target (N) or () of 1 and -1 -> (), or (N) with "none"
    Raises  RuntimeError for other shapes; ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([3., 4.], requires_grad=True)
    >>> minigrad.nn.CosineEmbeddingLoss()(x, minigrad.tensor([1., 0.]), minigrad.tensor(1.)).backward(); x.grad
    tensor([-0.1280,  0.0960])
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_MarginLoss):
    """Margin ranking loss: one of two inputs should be larger than the other by ``margin``.

    Math    l = max(0, -target (input1 - input2) + margin)        d_input1 = -g target where l > 0, else 0
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input1, input2 and target (N) or (), target 1 where input1 should be larger, else -1
            -> (), or (N) with "none"
    Raises  RuntimeError if the numbers of dimensions differ; ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([1., 3.], requires_grad=True)
    >>> loss = minigrad.nn.MarginRankingLoss(reduction="sum")
    >>> loss(x, minigrad.tensor([2., 2.]), minigrad.ones(2)).backward(); x.grad
    tensor([-1., -0.])
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """Logistic loss of targets 1 and -1.

    Math    l = log(1 + exp(-target input))        d_input = -g target sigmoid(-target input)
            ``reduction`` "mean" or "sum" over all elements, or "none"
    Shapes  input (*), target the same -> (), or (*) with "none"
    Raises  ValueError for an unknown ``reduction``.

    >>> x = minigrad.tensor([0.], requires_grad=True)
    >>> minigrad.nn.SoftMarginLoss()(x, minigrad.tensor([1.])).backward(); x.grad
    tensor([-0.5000])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """Margin loss of several true classes: each should score higher by 1 than every class that is not true.

    Math    l[n] = sum over true j, other i of max(0, 1 - (input[n, j] - input[n, i])) / C
            d_input: g / C for each pair with a positive term, + at i and - at j
            ``reduction`` "mean" or "sum" over the samples, or "none"
    Shapes  input (N, C) or (C), target the same: the true classes, then -1 -> (), or (N) with "none"
    Raises  RuntimeError if the shapes differ or a target is not a class.

    >>> x = minigrad.tensor([0., 0.5], requires_grad=True)
    >>> minigrad.nn.MultiLabelMarginLoss()(x, minigrad.tensor([1, -1])).backward(); x.grad
    tensor([ 0.5000, -0.5000])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Mean binary cross-entropy over the classes, from logits.

    Math    l[n] = -mean_c weight[c] (target log sigmoid(input) + (1 - target) log sigmoid(-input))
            d_input = g weight (sigmoid(input) - target) / C
            ``reduction`` "mean" or "sum" over the samples, or "none"
    Shapes  input (N, C) or (C), target the same, weight (C) -> (), or (N) with "none"
    Raises  ValueError for an unknown ``reduction``; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([[0., 0.]], requires_grad=True)
    >>> minigrad.nn.MultiLabelSoftMarginLoss()(x, minigrad.tensor([[1., 0.]])).backward(); x.grad
    tensor([[-0.2500,  0.2500]])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """Margin loss of one true class: it should score higher than every other by ``margin``.

    Math    l[n] = sum over i != target of max(0, margin - input[n, target] + input[n, i])^p / C, times weight[target]
            d_input: for p = 1, g / C for each positive term, + at i and - at the target
            ``reduction`` "mean" or "sum" over the samples, or "none"
    Shapes  input (N, C) or (C), target (N) or () of integers below C, weight (C) -> (), or (N) with "none"
    Raises  ValueError unless p is 1 or 2 and the weight one-dimensional; RuntimeError for a target that is not a class.

    >>> x = minigrad.tensor([[0.5, 0.]], requires_grad=True)
    >>> minigrad.nn.MultiMarginLoss()(x, minigrad.tensor([0])).backward(); x.grad
    tensor([[-0.5000,  0.5000]])
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class TripletMarginLoss(_MarginLoss):
    """Triplet loss: an anchor should be closer to the positive than to the negative by ``margin``.

    Math    l = max(0, d(anchor, positive) - d(anchor, negative) + margin), d the p-norm of the difference + eps
            where l > 0, d_negative = -g (negative - anchor) / d(anchor, negative) for p = 2
            with ``swap``, d(positive, negative) replaces a larger d(anchor, negative)
    Shapes  anchor, positive and negative (N, D) or (D) -> (), or (N) or () with "none"
    Raises  ValueError unless ``margin`` > 0; RuntimeError if the numbers of dimensions differ.
    Source  Balntas et al., Learning local feature descriptors with triplets (2016)

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> minigrad.nn.TripletMarginLoss(eps=0.)(minigrad.zeros(2), minigrad.tensor([1., 0.]), x).backward(); x.grad
    tensor([ 0., -1.])
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(_positive_margin("TripletMarginLoss", margin), size_average, reduce, reduction)
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(_MarginLoss):
    """Triplet loss with a distance function of your own, by default ``PairwiseDistance``.

    Math    l = max(0, d(anchor, positive) - d(anchor, negative) + margin), d = distance_function
            where l > 0, d_anchor is g times the derivative of d(anchor, positive) - d(anchor, negative)
            with ``swap``, d(positive, negative) replaces a larger d(anchor, negative)
    Shapes  anchor, positive and negative (N, *) -> (), or the distances' shape with "none"
    Raises  ValueError unless ``margin`` > 0; RuntimeError if the numbers of dimensions differ.

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> loss = minigrad.nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs().sum(-1))
    >>> loss(minigrad.zeros(2), minigrad.tensor([1., 0.]), x).backward(); x.grad
    tensor([ 0., -1.])
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(_positive_margin("TripletMarginWithDistanceLoss", margin), reduction=reduction)
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


def _positive_margin(name: str, margin: float) -> float:
    if margin <= 0:
        raise ValueError(f"{name}: expected margin to be greater than 0, got {margin} instead")
    return margin
