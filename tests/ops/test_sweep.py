"""Every op at its edges: nan, infinities, zeros of both signs, huge, tiny and tied numbers; odd sizes and types.

Each sample of the table is changed in every way that ``cells`` lists, and both engines are asked for value, gradient
and second gradient, or for the class of the error. By default every row tries one cell, drawn by its name; all of them
with HYPOTHESIS_PROFILE=ci. An op of which some cell is known to differ is named in ``OPEN``: it must answer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from reference_torch.oracle import MINIGRAD, TORCH_CPU, Answer, Engine
from tests.ops.row import Row, S, fixed
from tests.ops.table import ROWS
from tests.ops.test_ops import ask, leaves, same
from tests.shared import builtin

LONG = settings.default.max_examples > 100  # HYPOTHESIS_PROFILE=ci
Array = np.ndarray[Any, Any]
Change = Callable[[Array], Array]
nan, inf = float("nan"), float("inf")

FILLS: dict[str, list[float]] = {
    "zeros": [0.0],
    "minus zeros": [-0.0],
    "ones": [1.0],
    "minus ones": [-1.0],
    "ties": [1.25],
    "nan": [nan],
    "inf": [inf],
    "-inf": [-inf],
    "huge": [1e38],
    "tiny": [1e-40],
    "0 and 1": [0.0, 1.0],
    "zeros of both signs": [0.0, -0.0, 1.25],
    "a nan among ties": [0.25, 1.25, 2.25, nan],
    "an inf among ties": [0.25, 1.25, 2.25, inf],
    "a -inf among ties": [0.25, 1.25, 2.25, -inf],
    "infinities": [inf, -inf, 1.25, 0.0],
    "everything": [inf, -inf, nan, 0.0, 1.0, -1.0, 0.5],
    "far": [1e3, -1e3, 710.0, -1.0, 100.0],
}
CRASHES = {
    "nn.functional.scaled_dot_product_attention": "divides by 0 heads",
    "nn.functional.grid_sample": "reads beyond images without a pixel",
    "nn.functional.embedding_bag": "reads beyond tables without a row",
    "nn.functional.ctc_loss": "writes beyond what it allocated",
    "gru": "reads beyond weights of another size",
    "lstm": "reads beyond weights of another size",
}
"""Ops that end torch's process at odd sizes, and by what."""
OPEN = {
    "Tensor.view",
    "addbmm",
    "addmv",
    "atan2",
    "block_diag",
    "cdist",
    "channel_shuffle",
    "cross",
    "cumprod",
    "digamma",
    "dist",
    "einsum",
    "float_power",
    "fmod",
    "gru",
    "histc",
    "index_add",
    "index_copy",
    "index_fill",
    "index_select",
    "inverse",
    "kthvalue",
    "linalg.cholesky",
    "lstm_cell",
    "nn.functional.affine_grid",
    "nn.functional.scaled_dot_product_attention",
    "linalg.cross",
    "linalg.det",
    "linalg.inv",
    "linalg.matrix_norm",
    "linalg.matrix_power",
    "linalg.norm",
    "linalg.slogdet",
    "linalg.solve",
    "linalg.vector_norm",
    "log_softmax",
    "logcumsumexp",
    "logit",
    "lstm",
    "median",
    "multinomial",
    "mv",
    "nanmedian",
    "nanquantile",
    "nn.functional.adaptive_avg_pool2d",
    "nn.functional.adaptive_avg_pool3d",
    "nn.functional.batch_norm",
    "nn.functional.bilinear",
    "nn.functional.binary_cross_entropy",
    "nn.functional.binary_cross_entropy_with_logits",
    "nn.functional.celu",
    "nn.functional.conv1d",
    "nn.functional.conv2d",
    "nn.functional.conv3d",
    "nn.functional.conv_transpose1d",
    "nn.functional.conv_transpose2d",
    "nn.functional.conv_transpose3d",
    "nn.functional.cosine_embedding_loss",
    "nn.functional.cosine_similarity",
    "nn.functional.cross_entropy",
    "nn.functional.elu",
    "nn.functional.embedding",
    "nn.functional.embedding_bag",
    "nn.functional.gaussian_nll_loss",
    "nn.functional.glu",
    "nn.functional.grid_sample",
    "nn.functional.group_norm",
    "nn.functional.hardshrink",
    "nn.functional.hardswish",
    "nn.functional.hardtanh",
    "nn.functional.huber_loss",
    "nn.functional.instance_norm",
    "nn.functional.interpolate",
    "nn.functional.layer_norm",
    "nn.functional.linear",
    "nn.functional.max_unpool1d",
    "nn.functional.max_unpool2d",
    "nn.functional.max_unpool3d",
    "nn.functional.mish",
    "nn.functional.mse_loss",
    "nn.functional.multi_head_attention_forward",
    "nn.functional.multi_margin_loss",
    "nn.functional.multilabel_margin_loss",
    "nn.functional.multilabel_soft_margin_loss",
    "nn.functional.nll_loss",
    "nn.functional.normalize",
    "nn.functional.pad",
    "nn.functional.pairwise_distance",
    "nn.functional.poisson_nll_loss",
    "nn.functional.relu6",
    "nn.functional.rms_norm",
    "nn.functional.selu",
    "nn.functional.soft_margin_loss",
    "nn.functional.softshrink",
    "nn.functional.triplet_margin_loss",
    "nn.functional.triplet_margin_with_distance_loss",
    "nn.functional.unfold",
    "nn.utils.rnn.pack_padded_sequence",
    "nn.utils.rnn.pad_sequence",
    "norm",
    "pixel_shuffle",
    "pixel_unshuffle",
    "pow",
    "prod",
    "quantile",
    "renorm",
    "repeat_interleave",
    "rnn_relu",
    "rnn_relu_cell",
    "rnn_tanh",
    "scatter_reduce",
    "searchsorted",
    "sinc",
    "softmax",
    "std_mean",
    "take_along_dim",
    "topk",
    "unique_consecutive",
    "var_mean",
}
"""Ops with cells that differ: where torch is arbitrary (which of equal numbers is picked, nan in vector loops, nan
within an elimination or a convolution's padding, cancellation of huge numbers), and what is not mended yet."""
TYPES = {"float64": (1e-8, 1e-11), "float32": (1e-3, 1e-5), "float16": (2e-2, 2e-3)}
"""The types and how far two results may be apart, relatively and absolutely."""


def change(sample: S, of: Change) -> S:
    """The sample with ``of`` done to each of its arrays."""

    def each(v: Any) -> Any:
        if isinstance(v, np.ndarray):
            return of(v).copy() if v.flags.writeable else fixed(of(v))
        if isinstance(v, (list, tuple)):
            return type(v)([each(e) for e in v])
        return v

    return S(*[each(v) for v in sample.args], **{k: each(v) for k, v in sample.kwargs.items()})


def floats(sample: S) -> list[Array]:
    return [v for v in leaves(sample) if isinstance(v, np.ndarray) and v.dtype.kind == "f"]


def fill(values: list[float], rng: np.random.Generator) -> Change:
    return lambda v: np.asarray(rng.choice(values, v.shape)).astype(v.dtype) if v.dtype.kind == "f" else v


def to_type(dtype: str) -> Change:
    return lambda v: v.astype(dtype) if v.dtype.kind == "f" else v


def resize(old: int, new: int) -> Change:
    """Each dimension of size ``old`` becomes one of size ``new``, the first numbers over again."""

    def of(v: Array) -> Array:
        for d in range(v.ndim):
            if v.shape[d] == old:
                v = np.take(v, np.arange(new) % old, d) if old else np.zeros((*v.shape[:d], new, *v.shape[d + 1 :]))
        return v

    return of


def only(k: int) -> Change:
    """Of the arrays to be differentiated, the ``k``-th alone."""
    count = iter(range(100))
    return lambda v: v if v.dtype.kind != "f" or not v.flags.writeable or next(count) == k else fixed(v)


def change_flags(sample: S, of: Change) -> S:
    """As ``change``, where ``of`` decides what is to be differentiated."""

    def each(v: Any) -> Any:
        if isinstance(v, np.ndarray):
            return of(v)
        if isinstance(v, (list, tuple)):
            return type(v)([each(e) for e in v])
        return v

    return S(*[each(v) for v in sample.args], **{k: each(v) for k, v in sample.kwargs.items()})


@dataclass
class Cell:
    tag: str
    dtype: str
    sample: S


def cells(row: Row, sample: S, rng: np.random.Generator) -> Iterator[Cell]:
    """The sample's changed selves: filled, of another size, and each of its operands differentiated alone."""
    changed: list[tuple[str, S]] = []
    for tag, values in FILLS.items() if floats(sample) else ():
        for _ in range(1 if len(values) == 1 else 2):
            changed.append((tag, change(sample, fill(values, rng))))
    for size in sorted({n for v in leaves(sample) if isinstance(v, np.ndarray) for n in v.shape}):
        changed += [(f"{size} -> {n}", change(sample, resize(size, n))) for n in (0, 1, 2) if n != size]
    changed.append(("0-d", change(sample, lambda v: v.reshape(-1)[:1].reshape(()) if v.size else v)))
    operands = sum(v.flags.writeable for v in floats(sample))
    for tag, s in changed:
        yield Cell(tag, "float64", s)
        for dtype in ("float32", "float16"):
            with np.errstate(over="ignore"):
                yield Cell(tag, dtype, change(s, to_type(dtype)))
        if row.grad and operands > 1:
            for k in range(operands):
                yield Cell(f"{tag}, operand {k}", "float64", change_flags(s, only(k)))


def answer(engine: Engine, row: Row, sample: S, order: int) -> Answer | Exception:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ask(engine, row, sample, order=order)
        except Exception as error:
            return error


def differences(row: Row, cell: Cell) -> tuple[int, list[str]]:
    """How many quantities were compared, and what differs."""
    order = (2 if row.second else 1) if row.grad and floats(cell.sample) else 0
    theirs = answer(TORCH_CPU, row, cell.sample, order)
    while isinstance(theirs, Exception) and order:  # it may be the second gradient that is refused
        lower = answer(TORCH_CPU, row, cell.sample, order - 1)
        if isinstance(lower, Exception):
            break
        theirs, order = lower, order - 1
    ours = answer(MINIGRAD, row, cell.sample, order)
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        if isinstance(ours, Exception) and isinstance(theirs, Exception) and builtin(ours) is builtin(theirs):
            return 1, []
        told = [f"{builtin(x).__name__}: {x}" if isinstance(x, Exception) else "an answer" for x in (ours, theirs)]
        return 1, [f"refusal: {told[0]}; torch: {told[1]}"]
    found = []
    rtol, atol = TYPES[cell.dtype]
    pairs = [(w, getattr(ours, w), getattr(theirs, w)) for w in ("outputs", "first", "second")]
    for what, mine, right in pairs:
        try:
            same(mine, right, what, max(rtol, row.rtol), atol)
        except AssertionError as error:
            found.append(str(error))
    return 1 + order, found


def drawn(row: Row) -> list[Cell]:
    rng = np.random.default_rng(list(row.name.encode()))
    samples = row.samples if LONG else [row.samples[k] for k in rng.permutation(len(row.samples))[:1]]
    found = [cell for sample in samples for cell in cells(row, sample, rng)]
    if row.name in CRASHES:
        found = [cell for cell in found if cell.tag.split(",")[0] in FILLS]
    return found if LONG or not found else [found[rng.integers(len(found))]]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.name}-{k}" for k, row in enumerate(ROWS)])
def test_cells(row: Row) -> None:
    for cell in drawn(row):
        compared, found = differences(row, cell)
        assert compared
        if row.name not in OPEN:
            assert not found, f"{cell.tag}, {cell.dtype}, {cell.sample}: {found[0]}"
