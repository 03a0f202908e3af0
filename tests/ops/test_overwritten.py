"""Between forward and backward, every tensor that an op took or gave is overwritten, one at a time: an error where
torch has one, else torch's gradient. Never a wrong gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reference_torch.oracle import MINIGRAD, TORCH_CPU, Engine, as_array, cotangent, flatten
from tests.ops.row import Row, S
from tests.ops.table import CASES

# torch refuses, and here the untouched gradient is right: the rule needs the operand's sizes only, a number computed in
# the forward, or another of the values that torch saved. What is an integer or a mask is refused wherever torch does.
READS_LESS = {
    "logcumsumexp",
    "prelu", "pad", "scaled_dot_product_attention", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d", "interpolate", "grid_sample", "embedding_bag", "slogdet", "solve",
    "matrix_power", "multi_margin_loss", "multilabel_margin_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "nll_loss", "layer_norm", "div", "pow", "lerp", "addcdiv", "max_pool1d",
    "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d",
    "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "rrelu", "prod", "cummax", "cummin", "std_mean", "quantile", "aminmax", "rnn_tanh_cell",
    "rnn_relu_cell", "masked_select",
    "scatter_reduce", "sgn", "copysign", "angle", "float_power", "ldexp", "pack_padded_sequence", "renorm",
}  # fmt: skip

# torch goes on with a copy (it broadcasts or moves dimensions by copying), and here the operand itself is kept; a
# recurrent layer names all its operands at once.
READS_THE_OPERAND = {
    "scaled_dot_product_attention", "matmul", "bilinear", "einsum", "kron", "ctc_loss", "mse_loss", "batch_norm",
    "rnn_tanh_cell", "rnn_tanh", "rnn_relu_cell", "rnn_relu", "gru_cell", "gru", "lstm_cell", "lstm",
}  # fmt: skip


def tensors(engine: Engine, value: Any, leaves: list[Any]) -> Any:
    """Arrays as tensors that may be written; those that are differentiated, of leaves."""
    if isinstance(value, np.ndarray):
        x = engine.tensor(value.copy())
        if value.dtype.kind == "f" and value.flags.writeable:
            leaves.append(x.requires_grad_())
            return x.clone()
        return x
    if isinstance(value, (list, tuple)):
        return type(value)([tensors(engine, v, leaves) for v in value])
    return getattr(engine.package, value.name) if isinstance(value, np.dtype) else value


def gradients(engine: Engine, row: Row, sample: S, slot: int | None) -> tuple[Any, list[Any]]:
    """The gradients (None: refused) after the tensor number ``slot`` was overwritten, and all there are."""
    m, leaves = engine.package, []
    m.manual_seed(0)
    args = tensors(engine, list(sample.args), leaves)
    kwargs = {k: tensors(engine, v, leaves) for k, v in sample.kwargs.items()}
    outputs = [y for y in flatten(engine.find(row.name)(*args, **kwargs)) if isinstance(y, m.Tensor)]
    given = [x for x in flatten([args, list(kwargs.values())]) if isinstance(x, m.Tensor)]
    slots = [*given, *outputs]
    ends = [y for y in outputs if y.requires_grad]
    if slot is not None:
        slots[slot].detach().zero_()
    if not ends:
        return [], []
    seeds = [engine.tensor(cotangent(tuple(y.shape), k).astype(as_array(y).dtype)) for k, y in enumerate(ends)]
    try:
        found = m.autograd.grad(ends, leaves, seeds, allow_unused=True, materialize_grads=True)
    except RuntimeError as error:
        if "inplace" not in str(error):
            raise
        return None, slots
    return [as_array(g) for g in found], slots


def equal(ours: Any, theirs: Any) -> bool:
    return all(np.allclose(x, y, rtol=1e-6, atol=1e-9, equal_nan=True) for x, y in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", sorted({row.name for row, _ in CASES if row.grad}))
def test_overwritten(name: str) -> None:
    short = name.rsplit(".", 1)[-1]
    for row, sample in CASES:
        if row.name != name or not row.grad:
            continue
        untouched, slots = gradients(TORCH_CPU, row, sample, None)
        for slot, written in enumerate(slots):
            what = f"{sample}, tensor {slot} overwritten"
            theirs, _ = gradients(TORCH_CPU, row, sample, slot)
            ours, _ = gradients(MINIGRAD, row, sample, slot)
            if theirs is None and ours is not None:
                assert short in READS_LESS, f"{what}: torch refuses"
                assert equal(ours, untouched), f"{what}: a wrong gradient"
                assert written.is_floating_point() or short in (
                    "pack_padded_sequence",
                    "scatter_reduce",
                    "embedding_bag",
                )
            elif ours is None and theirs is not None:
                assert short in READS_THE_OPERAND, f"{what}: torch does not mind"
            elif ours is not None:
                assert equal(ours, theirs), what


# torch frees what the rule here does not need, or (einsum, matrix_power) has operands in the node that it has not
OTHERWISE_FREED = {
    "__getitem__", "combinations", "pad", "pad_sequence", "pack_padded_sequence", "interpolate", "div", "avg_pool1d",
    "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "rrelu", "sgn",
    "copysign", "angle", "scaled_dot_product_attention", "einsum", "matrix_power", "add", "sub", "rsub",
}  # fmt: skip


def second_backward(engine: Engine, row: Row, sample: S) -> str:
    """What a second backward through the same graph does."""
    m, leaves = engine.package, []
    m.manual_seed(0)
    args = tensors(engine, list(sample.args), leaves)
    kwargs = {k: tensors(engine, v, leaves) for k, v in sample.kwargs.items()}
    outputs = flatten(engine.find(row.name)(*args, **kwargs))
    loss = sum(y.sum() for y in outputs if isinstance(y, m.Tensor) and y.requires_grad)
    if not isinstance(loss, m.Tensor):
        return "constant"
    m.autograd.grad(loss, leaves, allow_unused=True)
    try:
        m.autograd.grad(loss, leaves, allow_unused=True)
    except RuntimeError as error:
        return str(error)[:50]
    return "again"


@pytest.mark.parametrize("name", sorted({row.name for row, _ in CASES if row.grad}))
def test_the_graph_can_be_used_again_where_nothing_was_saved(name: str) -> None:
    if name.rsplit(".", 1)[-1] in OTHERWISE_FREED:
        return
    for row, sample in CASES:
        if row.name == name and row.grad:
            ours, theirs = (second_backward(engine, row, sample) for engine in (MINIGRAD, TORCH_CPU))
            assert ours == theirs, sample
