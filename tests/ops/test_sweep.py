"""Every op at its edges: nan, infinities, zeros of both signs, huge, tiny and tied numbers; odd sizes and types.

Each sample of the table is changed in every way that ``cells`` lists, and both engines are asked for value, gradient
and second gradient, or for the class of the error. By default every row tries one cell, drawn by its name; all of them
with HYPOTHESIS_PROFILE=ci. Where an answer is known to differ, ``OPEN`` says why.
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
"""Ops whose odd sizes are not asked: torch ends the process, or may, and by what."""
OPEN: dict[str, dict[str, str]] = {
    "torch: which of equal numbers it picks is decided by its kernel's order": {
        "kthvalue": "outputs: zero",
        "quantile": "first: equal zero",
        "topk": "outputs: zero",
    },
    "torch: its loop over many numbers answers otherwise at nan than its loop over one": {
        "nn.functional.hardshrink": "first: nan",
        "nn.functional.hardtanh": "first: nan",
        "nn.functional.relu6": "first: nan",
        "nn.functional.softshrink": "first: nan",
    },
    "torch: its fused kernel gives 0 for a query with a nan in it, its plain one nan": {
        "nn.functional.scaled_dot_product_attention": "outputs: nan",
    },
    "torch: it gives the gradient of another row": {
        "block_diag": "first: size",
    },
    "torch: it refuses its own gradient of what is empty": {
        "pixel_shuffle": "refusal: size",
        "pixel_unshuffle": "refusal: size",
    },
    "torch: it cannot reshape an empty batch": {
        "nn.functional.multi_head_attention_forward": "refusal: size",
    },
    "torch: it has no float16 kernel on the CPU": {
        "nn.functional.multi_margin_loss": "refusal: all",
        "nn.functional.multilabel_margin_loss": "refusal: all",
    },
    "not mended": {
        "Tensor.view": "refusal: size",
        "addbmm": "outputs: large",
        "addmv": "refusal: size",
        "atan2": "second: large zero",
        "cdist": "refusal: all",
        "cross": "outputs: large",
        "cumprod": "first: inf",
        "digamma": "second: inf",
        "dist": "refusal: size; first: large; second: zero",
        "einsum": "outputs: inf",
        "float_power": "second: zero",
        "fmod": "outputs: large",
        "gru": "refusal: all",
        "histc": "refusal: inf large",
        "index_add": "refusal: size",
        "index_copy": "refusal: size",
        "index_fill": "refusal: size",
        "index_select": "refusal: size",
        "inverse": "refusal: large; outputs: inf",
        "linalg.cholesky": "refusal: all",
        "linalg.cross": "outputs: large",
        "linalg.det": "refusal: all; outputs: inf large tiny; first: zero; second: equal size",
        "linalg.inv": "refusal: inf large tiny; outputs: inf",
        "linalg.matrix_norm": "refusal: all; outputs: large; first: equal inf tiny; second: zero",
        "linalg.matrix_power": "refusal: large; outputs: inf large nan",
        "linalg.norm": "refusal: all; outputs: large; first: equal inf tiny; second: zero",
        "linalg.slogdet": "refusal: all; outputs: inf nan; first: zero",
        "linalg.solve": "refusal: all; outputs: inf nan",
        "linalg.vector_norm": "first: large; second: zero",
        "log_softmax": "second: size",
        "logcumsumexp": "first: large; second: inf nan",
        "logit": "first: nan zero",
        "lstm": "refusal: all; first: size; second: equal",
        "median": "second: size",
        "multinomial": "refusal: size; outputs: equal large zero",
        "mv": "refusal: size",
        "nanmedian": "outputs: nan; second: size",
        "nanquantile": "refusal: size",
        "nn.functional.adaptive_avg_pool2d": "refusal: size",
        "nn.functional.adaptive_avg_pool3d": "refusal: size",
        "nn.functional.affine_grid": "refusal: all",
        "nn.functional.batch_norm": "refusal: size; outputs: large size; first: inf; second: zero",
        "nn.functional.bilinear": "refusal: size; first: inf",
        "nn.functional.binary_cross_entropy": "first: zero; second: size",
        "nn.functional.binary_cross_entropy_with_logits": "outputs: large; first: inf",
        "nn.functional.conv1d": "refusal: size; outputs: inf nan; first: large size",
        "nn.functional.conv2d": "refusal: size; outputs: inf nan; first: large size",
        "nn.functional.conv3d": "refusal: size; outputs: inf large nan; first: size",
        "nn.functional.conv_transpose1d": "refusal: size; outputs: inf large nan",
        "nn.functional.conv_transpose2d": "refusal: size; outputs: inf large nan size",
        "nn.functional.conv_transpose3d": "refusal: size; outputs: large; first: inf nan",
        "nn.functional.cosine_embedding_loss": "outputs: zero",
        "nn.functional.cosine_similarity": "outputs: zero; second: tiny",
        "nn.functional.cross_entropy": "refusal: size; outputs: large; first: inf; second: nan size tiny",
        "nn.functional.embedding": "refusal: size",
        "nn.functional.gaussian_nll_loss": "outputs: large; first: zero",
        "nn.functional.glu": "second: inf",
        "nn.functional.grid_sample": "refusal: size; outputs: inf nan; first: large",
        "nn.functional.group_norm": "refusal: size; outputs: inf large",
        "nn.functional.huber_loss": "second: inf nan",
        "nn.functional.instance_norm": "refusal: size; outputs: large; first: inf; second: zero",
        "nn.functional.interpolate": "refusal: size; outputs: inf large nan size",
        "nn.functional.layer_norm": "outputs: large; first: inf; second: zero",
        "nn.functional.linear": "first: size",
        "nn.functional.max_unpool1d": "refusal: size",
        "nn.functional.max_unpool2d": "refusal: size",
        "nn.functional.max_unpool3d": "refusal: size",
        "nn.functional.mish": "second: large",
        "nn.functional.multi_head_attention_forward": "first: equal large size zero",
        "nn.functional.multi_margin_loss": "outputs: inf nan size",
        "nn.functional.multilabel_margin_loss": "outputs: inf nan size",
        "nn.functional.multilabel_soft_margin_loss": "outputs: large",
        "nn.functional.nll_loss": "refusal: size; outputs: large; first: tiny; second: size",
        "nn.functional.normalize": "outputs: zero",
        "nn.functional.pad": "refusal: size",
        "nn.functional.pairwise_distance": "refusal: size; second: size zero",
        "nn.functional.poisson_nll_loss": "outputs: large",
        "nn.functional.rms_norm": "refusal: size",
        "nn.functional.scaled_dot_product_attention": "outputs: inf large",
        "nn.functional.soft_margin_loss": "outputs: large; first: inf",
        "nn.functional.triplet_margin_loss": "first: zero; second: size",
        "nn.functional.triplet_margin_with_distance_loss": "second: size zero",
        "nn.functional.unfold": "refusal: size",
        "nn.utils.rnn.pack_padded_sequence": "refusal: size",
        "nn.utils.rnn.pad_sequence": "second: size",
        "norm": "outputs: large; first: inf; second: zero",
        "pow": "first: zero; second: inf",
        "prod": "first: inf; second: size",
        "quantile": "first: inf large nan tiny",
        "renorm": "first: large; second: nan tiny zero",
        "rnn_relu": "refusal: all; first: large size; second: inf nan",
        "rnn_relu_cell": "second: inf nan",
        "rnn_tanh": "refusal: all; first: size; second: equal",
        "scatter_reduce": "first: inf; second: nan",
        "searchsorted": "outputs: inf large",
        "sinc": "second: tiny",
        "softmax": "second: zero",
        "std_mean": "outputs: inf",
        "take_along_dim": "refusal: size",
        "unique_consecutive": "refusal: size",
        "var_mean": "outputs: inf",
    },
}
"""Where an answer is not held to torch's, by reason: op -> "quantity: kinds of input". What follows from a quantity
(its gradients) is as open as itself; a refusal is one where the other answers, or another class."""
KINDS = {
    "nan": {"nan", "a nan among ties", "everything"},
    "inf": {"inf", "-inf", "an inf among ties", "a -inf among ties", "infinities", "everything"},
    "zero": {"zeros", "minus zeros", "zeros of both signs", "0 and 1"},
    "equal": {"ones", "minus ones", "ties"},
    "large": {"huge", "far"},
    "tiny": {"tiny"},
}
"""The kinds of input and the tags of their cells; every other tag is a "size", and "all" is every kind."""
QUANTITIES = {"outputs": 0, "first": 1, "second": 2}
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


def is_open(name: str, tag: str, quantity: str) -> bool:
    """Whether ``OPEN`` lists this quantity, or one that it follows from, for this kind of input."""
    kinds = {kind for kind, tags in KINDS.items() if tag.split(",")[0] in tags} or {"size"}
    found = "; ".join(ops[name] for ops in OPEN.values() if name in ops)
    for entry in filter(None, found.split("; ")):
        what, listed = entry.split(": ")
        same_or_later = what == quantity or (
            "refusal" not in (what, quantity) and QUANTITIES[what] < QUANTITIES[quantity]
        )
        if same_or_later and {*kinds, "all"} & set(listed.split()):
            return True
    return False


def differences(row: Row, cell: Cell) -> tuple[int, list[tuple[str, str]]]:
    """How many quantities were compared, and what differs: (quantity, how)."""
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
        return 1, [("refusal", f"{told[0]}; torch: {told[1]}")]
    found = []
    rtol, atol = TYPES[cell.dtype]
    pairs = [(w, getattr(ours, w), getattr(theirs, w)) for w in QUANTITIES]
    for what, mine, right in pairs:
        try:
            same(mine, right, what, max(rtol, row.rtol), atol)
        except AssertionError as error:
            found.append((what, str(error)))
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
        for quantity, how in found:
            assert is_open(row.name, cell.tag, quantity), (
                f"{quantity} at {cell.tag}, {cell.dtype}, {cell.sample}: {how}"
            )


def test_open_cells_exist() -> None:
    for ops in OPEN.values():
        assert ops.keys() <= {row.name for row in ROWS}
        for entry in "; ".join(ops.values()).split("; "):
            quantity, kinds = entry.split(": ")
            assert quantity in {*QUANTITIES, "refusal"} and set(kinds.split()) <= {*KINDS, "size", "all"}, entry
