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
    "nn.functional.scaled_dot_product_attention": ("size", "divides by 0 heads"),
    "nn.functional.grid_sample": ("size nan inf large", "reads beyond images without a pixel, or where no number says"),
    "nn.functional.embedding_bag": ("size", "reads beyond tables without a row"),
    "nn.functional.ctc_loss": ("size", "writes beyond what it allocated"),
    "gru": ("size", "reads beyond weights of another size"),
    "lstm": ("size", "reads beyond weights of another size"),
}
"""Ops that are not asked about some kinds of input: torch ends the process, or may, and by what."""
OPEN: dict[str, dict[str, str]] = {
    "torch: which of equal numbers it picks is decided by its kernel's order": {
        "kthvalue": "outputs: all",
        "nanmedian": "outputs: nan",
        "quantile": "first: all",
        "topk": "outputs: all",
    },
    "torch: its loop over many numbers answers otherwise at nan than its loop over one": {
        "nn.functional.hardshrink": "first: nan",
        "nn.functional.hardtanh": "first: nan",
        "nn.functional.relu6": "first: nan",
        "nn.functional.softshrink": "first: nan",
    },
    "torch: the gradient of an image enlarged to twice its size is not that of what it computes": {
        "nn.functional.interpolate": "first: size",
    },
    "torch: with a graph it computes the gradient by another formula than without": {
        "logit": "first: nan zero",
    },
    "torch: its fused kernel gives 0 for a query with a nan or two infinities in it, its plain one nan": {
        "nn.functional.scaled_dot_product_attention": "outputs: nan inf large",
    },
    "torch: it gives the gradient of another row": {
        "block_diag": "first: size",
    },
    "torch: it returns memory that it never wrote, for an empty batch": {
        "nn.functional.multi_margin_loss": "outputs: size",
        "nn.functional.multilabel_margin_loss": "outputs: size",
    },
    "torch: an empty product has shape () where the number beside it has": {
        "addmv": "refusal: size; outputs: size",
    },
    "torch: it refuses its own gradient of what is empty": {
        "index_copy": "refusal: size",
        "index_fill": "refusal: size",
        "nn.functional.conv2d": "refusal: size",
        "nn.functional.conv3d": "refusal: size",
        "nn.functional.conv_transpose1d": "refusal: size",
        "nn.functional.conv_transpose2d": "refusal: size",
        "pixel_shuffle": "refusal: size",
        "pixel_unshuffle": "refusal: size",
    },
    "torch: it cannot reshape an empty batch": {
        "nn.functional.bilinear": "refusal: size",
        "nn.functional.multi_head_attention_forward": "refusal: size",
    },
    "torch: the order of its products is another where opt_einsum is installed": {
        "einsum": "outputs: inf nan",
    },
    "rounding: what is left where huge numbers cancel, with products fused or not": {
        "nn.functional.batch_norm": "outputs: large",
        "nn.functional.group_norm": "outputs: large; second: equal size",
        "nn.functional.instance_norm": "outputs: large",
        "nn.functional.layer_norm": "first: large",
        "nn.functional.lp_pool1d": "first: large",
        "nn.functional.rms_norm": "second: large",
        "renorm": "first: large; second: tiny",
        "nn.functional.ctc_loss": "first: large",
        "cross": "outputs: large",
        "linalg.cross": "outputs: large",
        "nn.functional.cosine_embedding_loss": "second: zero",
        "nn.functional.multi_head_attention_forward": "first: equal large zero",
    },
    "torch and NumPy have LAPACKs of their own: what is singular, holds nan or inf, or has singular values that tie": {
        "inverse": "refusal: large; outputs: inf",
        "linalg.cholesky": "refusal: all",
        "linalg.det": "refusal: size; outputs: inf large tiny; first: zero; second: equal size",
        "linalg.inv": "refusal: inf large tiny; outputs: inf nan",
        "linalg.matrix_norm": "refusal: inf nan; outputs: large; first: equal inf nan tiny zero",
        "linalg.matrix_power": "refusal: large; outputs: inf large nan",
        "linalg.norm": "refusal: inf nan; outputs: large; first: equal inf tiny zero",
        "linalg.slogdet": "refusal: all; outputs: inf nan; first: all",
        "linalg.solve": "refusal: all; outputs: inf nan",
    },
    "zeros of a border, or between pixels, are multiplied by weights that are not finite": {
        "nn.functional.conv1d": "first: inf nan large",
        "nn.functional.conv2d": "first: inf nan large",
        "nn.functional.conv3d": "outputs: inf nan large",
        "nn.functional.conv_transpose1d": "outputs: inf nan large",
        "nn.functional.conv_transpose2d": "outputs: inf nan large",
    },
    "torch: an infinite weight meets another infinity, or a 0, in a sum of other order": {
        "nn.functional.batch_norm": "first: inf",
        "nn.functional.bilinear": "first: inf",
        "nn.functional.cross_entropy": "outputs: large; first: inf nan",
        "nn.functional.ctc_loss": "first: inf",
        "nn.functional.group_norm": "outputs: inf",
        "nn.functional.instance_norm": "first: inf",
        "nn.functional.layer_norm": "first: inf",
    },
    "an empty operand that is left out has no part in the graph": {
        "cat": "second: all",
        "diff": "second: size",
        "hstack": "second: size",
        "nn.utils.rnn.pad_sequence": "second: size",
    },
    "a second gradient at nan or inf that is 0 in the one and nan in the other": {
        "nn.functional.binary_cross_entropy": "second: zero",
        "nn.functional.cross_entropy": "second: inf nan large size",
        "logcumsumexp": "first: large; second: inf nan",
        "nn.functional.binary_cross_entropy_with_logits": "second: large",
        "nn.functional.cosine_similarity": "second: tiny",
        "nn.functional.glu": "second: inf nan",
        "nn.functional.huber_loss": "second: inf nan",
        "nn.functional.mish": "second: large",
        "prod": "second: inf nan",
        "rnn_relu": "second: inf nan large",
        "rnn_relu_cell": "second: inf nan",
        "scatter_reduce": "second: inf nan",
    },
    "not mended": {
        "Tensor.view": "refusal: size",
        "median": "second: size",
        "multinomial": "refusal: size; outputs: all",
        "nanmedian": "second: size",
        "nn.functional.adaptive_avg_pool3d": "refusal: size",
        "nn.functional.linear": "first: size",
        "nn.functional.max_unpool1d": "refusal: size",
        "nn.functional.max_unpool2d": "refusal: size",
        "nn.functional.max_unpool3d": "refusal: size",
        "nn.functional.nll_loss": "second: inf nan",
        "nn.functional.pad": "refusal: size",
        "nn.functional.rms_norm": "refusal: size",
        "nn.utils.rnn.pack_padded_sequence": "refusal: size",
        "rnn_relu": "refusal: size; first: size",
        "rnn_tanh": "refusal: size; first: size; second: equal zero",
        "lstm": "second: equal",
        "sinc": "second: tiny",
        "softmax": "second: inf large",
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
            for k in rng.permutation(operands)[:4]:
                yield Cell(f"{tag}, operand {k}", "float64", change_flags(s, only(k)))


def answer(engine: Engine, row: Row, sample: S, order: int) -> Answer | Exception:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ask(engine, row, sample, order=order)
        except Exception as error:
            return error


def kinds_of(tag: str) -> set[str]:
    return {kind for kind, tags in KINDS.items() if tag.split(",")[0] in tags} or {"size"}


def is_open(name: str, tag: str, quantity: str) -> bool:
    """Whether ``OPEN`` lists this quantity, or one that it follows from, for this kind of input."""
    kinds = kinds_of(tag)
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
    order = (2 if row.second and cell.dtype != "float16" else 1) if row.grad and floats(cell.sample) else 0
    theirs = answer(TORCH_CPU, row, cell.sample, order)
    while isinstance(theirs, Exception) and order:  # it may be the second gradient that is refused
        lower = answer(TORCH_CPU, row, cell.sample, order - 1)
        if isinstance(lower, Exception):
            break
        theirs, order = lower, order - 1
    if cell.dtype == "float16" and isinstance(theirs, Exception) and "'Half'" in str(theirs):
        return 1, []  # torch has no such kernel on the CPU, and a float16 answer is not a fault
    ours = answer(MINIGRAD, row, cell.sample, order)
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        if isinstance(ours, Exception) and isinstance(theirs, Exception) and alike(ours, theirs):
            return 1, []
        told = [f"{builtin(x).__name__}: {x}" if isinstance(x, Exception) else "an answer" for x in (ours, theirs)]
        return 1, [("refusal", f"{told[0]}; torch: {told[1]}")]
    found = []
    for what in QUANTITIES:
        mine, right = getattr(ours, what), getattr(theirs, what)
        kinds = {cell.dtype, *[y.dtype.name for y in right if isinstance(y, np.ndarray)]} & TYPES.keys()
        rtol, atol = max(TYPES[kind] for kind in kinds)
        bound = max(rtol, row.rtol), atol
        try:
            same(mine, right, what, *bound)
        except AssertionError as error:
            if cell.dtype == "float64" or not exact(mine, right, what, row, cell, order, bound):
                found.append((what, str(error)))
    return 1 + order, found


def exact(mine: list[Any], right: list[Any], what: str, row: Row, cell: Cell, order: int, bound: Any) -> bool:
    """Whether what differs from torch's number is at most as far from the one that torch has in float64."""
    wide = answer(TORCH_CPU, row, change(cell.sample, to_type("float64")), order)
    if isinstance(wide, Exception):
        return False
    best = []
    for x, y, z in zip(mine, right, getattr(wide, what), strict=True):
        if np.shape(x) != np.shape(y) or np.asarray(y).dtype.kind != "f":
            return False
        with np.errstate(all="ignore"):
            z = z.astype(y.dtype).astype(float)
            off = np.where(np.isfinite(y), abs(y - z), inf)
            off = np.maximum(off, off[np.isfinite(off)].max(initial=0))
            near = np.isclose(x, z, *bound, equal_nan=True) | (abs(x - z) <= off)
        best.append(np.where(near, x, y).astype(y.dtype))
    try:
        same(mine, best, what, *bound)
    except AssertionError:
        return False
    return True


def alike(ours: Exception, theirs: Exception) -> bool:
    """Of one class; in torch it hangs on the kernel whether what lies outside is an IndexError or a RuntimeError."""
    kinds = {builtin(ours), builtin(theirs)}
    return len(kinds) == 1 or kinds == {IndexError, RuntimeError}


def drawn(row: Row) -> list[Cell]:
    rng = np.random.default_rng(list(row.name.encode()))
    samples = row.samples if LONG else [row.samples[k] for k in rng.permutation(len(row.samples))[:1]]
    found = [cell for sample in samples for cell in cells(row, sample, rng)]
    kinds, _ = CRASHES.get(row.name, ("", ""))
    found = [cell for cell in found if kinds_of(cell.tag).isdisjoint(kinds.split())]
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
