"""What beginners get wrong: both engines refuse it with the same class of exception, and ours says what and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as pytorch

import minigrad
from tests.mirror.refusals import REFUSED
from tests.shared import builtin

Mistake = Callable[[Any], Any]
MISTAKES: dict[str, tuple[Mistake, str]] = {}  # name -> the mistake, what our message says


def mistake(says: str) -> Callable[[Mistake], Mistake]:
    def enter(f: Mistake) -> Mistake:
        assert f.__name__ not in MISTAKES
        MISTAKES[f.__name__] = f, says
        return f

    return enter


def table(rows: dict[str, tuple[Mistake, str]]) -> None:
    assert not MISTAKES.keys() & rows.keys()
    MISTAKES.update(rows)


def leaf(t: Any, *shape: int) -> Any:
    return t.ones(*shape, requires_grad=True)


# ---- shapes ----

table(
    {
        "matmul_of_wrong_shapes": (lambda t: t.ones(2, 3) @ t.ones(2, 3), r"2x3 and 2x3"),
        "mm_of_a_vector": (lambda t: t.mm(t.ones(2, 3), t.ones(3)), r"2|matri"),
        "mm_of_a_batch": (lambda t: t.mm(t.ones(1, 2, 3), t.ones(3, 2)), r"1, 2, 3|matri"),
        "bmm_of_matrices": (lambda t: t.bmm(t.ones(2, 3), t.ones(3, 2)), r"3D|3-D|batch"),
        "dot_of_matrices": (lambda t: t.dot(t.ones(2, 2), t.ones(2, 2)), r"1D|vector"),
        "sizes_that_do_not_broadcast": (lambda t: t.ones(2, 3) + t.ones(2), r"\(3\).*\(2\)"),
        "linear_of_wrong_width": (lambda t: t.nn.Linear(4, 2)(t.ones(3, 5)), r"3x5 and 4x2"),
        "unflattened_image": (lambda t: t.nn.Linear(784, 10)(t.ones(2, 1, 28, 28)), r"28.*784"),
        "view_of_wrong_size": (lambda t: t.ones(6).view(4, -1), r"\[4, -1\].*6"),
        "view_with_two_unknowns": (lambda t: t.ones(6).view(-1, -1), r"only one"),
        "view_after_transpose": (lambda t: t.ones(2, 3).t().view(6), r"reshape"),
        "reshape_of_wrong_size": (lambda t: t.ones(2, 3).reshape(4), r"\[4\].*6"),
        "cat_of_mismatched_shapes": (lambda t: t.cat([t.ones(2, 3), t.ones(2, 4)]), r"3.*4"),
        "cat_of_a_tensor": (lambda t: t.cat(t.ones(2, 3)), r"cat.*tuple of Tensors"),
        "cat_of_nothing": (lambda t: t.cat([]), r"non-empty"),
        "cat_of_a_scalar": (lambda t: t.cat([t.tensor(1.0), t.tensor(2.0)]), r"zero-dimensional.*stack|0-d"),
        "stack_of_mismatched_shapes": (lambda t: t.stack([t.ones(2), t.ones(3)]), r"equal size.*\[2\].*\[3\]"),
        "a_dim_that_is_not_there": (lambda t: t.ones(2, 3).sum(dim=2), r"\[-2, 1\].*2"),
        "softmax_of_a_dim_that_is_not_there": (lambda t: t.softmax(t.ones(3), dim=1), r"\[-1, 0\].*1"),
        "squeeze_of_a_dim_that_is_not_there": (lambda t: t.ones(1).squeeze(3), r"\[-1, 0\].*3"),
        "transpose_of_a_dim_that_is_not_there": (lambda t: t.ones(2, 2).transpose(0, 2), r"\[-2, 1\].*2"),
        "permute_with_too_few_dims": (lambda t: t.ones(2, 3, 4).permute(1, 0), r"3.*2|2.*3"),
        "expand_of_a_size_that_is_not_one": (lambda t: t.ones(2, 3).expand(4, 3), r"4.*2"),
        "split_that_does_not_sum": (lambda t: t.ones(5).split([2, 2]), r"5.*\[2, 2\]"),
        "chunk_into_none": (lambda t: t.ones(5).chunk(0), r"greater than 0"),
        "narrow_too_long": (lambda t: t.ones(5).narrow(0, 3, 4), r"3.*4|exceeds"),
        "t_of_a_batch": (lambda t: t.ones(2, 3, 4).t(), r"3D|3-D|<= 2"),
        "iterating_a_scalar": (lambda t: list(t.tensor(1.0)), r"0-d"),
        "length_of_a_scalar": (lambda t: len(t.tensor(1.0)), r"0-d"),
        "indexing_a_scalar": (lambda t: t.tensor(1.0)[0], r"0-dim|0-d"),
        "gather_without_a_dimension": (
            lambda t: t.ones(3, 4).gather(1, t.tensor([0, 1, 2])),
            r"same number of dim|2.*1",
        ),
        "einsum_of_wrong_subscripts": (lambda t: t.einsum("ij,jk->ik", t.ones(2, 3), t.ones(4, 5)), r"3.*4|4.*3"),
        "topk_of_too_many": (lambda t: t.ones(3).topk(5), r"k|range"),
        "max_of_nothing": (lambda t: t.ones(0).max(), r"numel\(\) == 0|no identity|empty"),
        "argmax_of_nothing": (lambda t: t.ones(0).argmax(), r"non-zero|empty|numel"),
        "negative_size": (lambda t: t.zeros(-1), r"-1"),
        "ragged_lists": (lambda t: t.tensor([[1, 2], [3]]), r"2.*1|length"),
        "a_list_of_vectors": (lambda t: t.tensor([t.ones(2), t.ones(2)]), r"one element|stack"),
        "a_string": (lambda t: t.tensor(["1", "2"]), r"str"),
        "none_in_a_list": (lambda t: t.tensor([1.0, None]), r"None|NoneType"),
    }
)

# ---- indices ----

table(
    {
        "index_out_of_range": (lambda t: t.ones(3)[3], r"3.*size 3"),
        "too_many_indices": (lambda t: t.ones(3)[0, 0], r"too many indices"),
        "indexing_with_a_float": (lambda t: t.ones(3)[1.0], r"float|int"),
        "indexing_with_a_float_tensor": (lambda t: t.ones(3)[t.tensor([1.0])], r"long|int"),
        "indexing_with_a_string": (lambda t: t.ones(3)["a"], r"str|index"),
        "negative_step": (lambda t: t.ones(3)[::-1], r"step must be greater than zero"),
        "mask_of_wrong_shape": (lambda t: t.ones(3)[t.tensor([True, False])], r"\[2\].*\[3\]"),
        "writing_a_wrong_shape": (lambda t: t.ones(3).__setitem__(slice(0, 2), t.ones(3)), r"3.*2"),
        "embedding_out_of_range": (lambda t: t.nn.Embedding(5, 2)(t.tensor([5])), r"range"),
        "embedding_of_floats": (lambda t: t.nn.Embedding(5, 2)(t.tensor([1.0])), r"Long|long|int"),
        "gather_out_of_range": (lambda t: t.ones(3).gather(0, t.tensor([3])), r"3"),
        "gather_with_floats": (lambda t: t.ones(3).gather(0, t.tensor([1.0])), r"int64"),
        "scatter_of_another_type": (
            lambda t: t.zeros(3).scatter_(0, t.tensor([0]), t.tensor([1])),
            r"dtype|type",
        ),
        "index_select_with_floats": (lambda t: t.ones(3).index_select(0, t.tensor([1.0])), r"int"),
        "one_hot_of_too_few_classes": (lambda t: t.nn.functional.one_hot(t.tensor([3]), 3), r"3|smaller"),
        "one_hot_of_floats": (lambda t: t.nn.functional.one_hot(t.tensor([1.0]), 3), r"int|LongTensor"),
    }
)

# ---- types ----

table(
    {
        "linear_of_integers": (lambda t: t.nn.Linear(2, 1)(t.tensor([[1, 2]])), r"[Ll]ong|int64"),
        "linear_of_doubles": (lambda t: t.nn.Linear(2, 1)(t.ones(1, 2, dtype=t.float64)), r"[Dd]ouble|float64"),
        "matmul_of_two_types": (lambda t: t.ones(2, 2) @ t.ones(2, 2).long(), r"[Ll]ong|int64"),
        "mean_of_integers": (lambda t: t.tensor([1, 2]).mean(), r"floating"),
        "softmax_of_integers": (lambda t: t.softmax(t.tensor([1, 2]), 0), r"softmax.*(int64|Long)"),
        "gradient_of_integers": (lambda t: t.tensor([1, 2], requires_grad=True), r"floating"),
        "in_place_division_of_integers": (lambda t: t.tensor([1, 2]).div_(2), r"[Ll]ong|int64"),
        "in_place_float_into_integers": (lambda t: t.tensor([1, 2]).add_(0.5), r"[Ll]ong|int64"),
        "subtracting_masks": (lambda t: t.tensor([True]) - t.tensor([True]), r"bool"),
        "negating_a_mask": (lambda t: -t.tensor([True]), r"bool"),
        "convolution_of_bytes": (lambda t: t.nn.Conv2d(1, 1, 3)(t.ones(1, 1, 5, 5).byte()), r"[Bb]yte|uint8"),
        "subtracting_from_a_list": (lambda t: [1, 2] - t.ones(2), r"list"),
        "adding_a_string": (lambda t: t.ones(2) + "1", r"str"),
        "adding_none": (lambda t: t.ones(2) + None, r"None"),
        "sigmoid_of_a_number": (lambda t: t.sigmoid(1.0), r"Tensor.*float"),
        "linear_of_an_array": (lambda t: t.nn.Linear(2, 1)(np.ones((1, 2), np.float32)), r"ndarray"),
        "cuda_that_is_not_there": (lambda t: t.ones(1).to("no-such-device"), r"no-such-device"),
        "from_numpy_of_a_list": (lambda t: t.from_numpy([1.0]), r"ndarray.*list"),
        "from_numpy_of_strings": (lambda t: t.from_numpy(np.array(["a"])), r"str"),
        "a_dtype_by_name": (lambda t: t.ones(1, dtype="float32"), r"dtype.*str"),
    }
)

# ---- numbers of Python and of NumPy ----

table(
    {
        "item_of_many": (lambda t: t.ones(2).item(), r"2|one element"),
        "float_of_many": (lambda t: float(t.ones(2)), r"one element"),
        "truth_of_many": (lambda t: bool(t.ones(2) > 0), r"ambiguous.*(any|all)"),
        "numpy_with_a_gradient": (lambda t: leaf(t, 2).numpy(), r"detach\(\)"),
        "array_with_a_gradient": (lambda t: np.asarray(leaf(t, 2)), r"detach\(\)"),
        "range_of_a_float_tensor": (lambda t: range(t.tensor(2.0)), r"integer"),
        "full_of_a_leaf": (lambda t: t.full((2,), leaf(t, 1)), r"Number"),
    }
)

# ---- gradients ----


@mistake(r"second time.*retain_graph")
def backward_twice(t: Any) -> None:
    loss = leaf(t, 2).exp().sum()
    loss.backward()
    loss.backward()


@mistake(r"modified by an inplace operation")
def overwriting_a_saved_value(t: Any) -> None:
    y = leaf(t, 2).exp()
    y += 1
    y.sum().backward()


@mistake(r"leaf Variable that requires grad")
def updating_a_leaf_in_place(t: Any) -> None:
    w = leaf(t, 2)
    w -= 0.1


@mistake(r"leaf Variable that requires grad")
def writing_into_a_leaf(t: Any) -> None:
    leaf(t, 2)[0] = 1.0


@mistake(r"NoneType")
def a_step_after_replacing_a_leaf(t: Any) -> None:
    w = leaf(t, 1)
    (w * 2).sum().backward()
    with t.no_grad():
        w = w - 0.1 * w.grad
    w.grad.zero_()


@mistake(r"does not require grad")
def backward_under_no_grad(t: Any) -> None:
    with t.no_grad():
        loss = leaf(t, 2).sum()
    loss.backward()


@mistake(r"NoneType")
def the_gradient_before_backward(t: Any) -> None:
    leaf(t, 2).grad.zero_()


table(
    {
        "backward_of_a_vector": (lambda t: (leaf(t, 2) * 2).backward(), r"scalar"),
        "backward_of_a_constant": (lambda t: t.ones(2).sum().backward(), r"does not require grad"),
        "backward_with_a_wrong_shape": (lambda t: (leaf(t, 2) * 2).backward(t.ones(3)), r"3.*2"),
        "backward_of_item": (lambda t: leaf(t, 2).sum().item().backward(), r"float"),
        "grad_of_an_unused_input": (lambda t: t.autograd.grad(leaf(t, 1).sum(), leaf(t, 1)), r"allow_unused"),
        "grad_of_a_constant": (lambda t: t.autograd.grad(leaf(t, 1).sum(), t.ones(1)), r"require"),
        "requires_grad_of_a_result": (lambda t: setattr(leaf(t, 2) * 2, "requires_grad", False), r"detach"),
        "grad_of_a_wrong_shape": (lambda t: setattr(leaf(t, 2), "grad", t.ones(3)), r"3.*2|size"),
        "grad_that_is_a_number": (lambda t: setattr(leaf(t, 2), "grad", 0), r"Tensor|None"),
        "a_copy_of_a_result": (lambda t: __import__("copy").deepcopy(leaf(t, 2) * 2), r"leaves|detach"),
        "a_parameter_of_integers": (lambda t: t.nn.Parameter(t.tensor([1, 2])), r"floating"),
        "a_parameter_of_a_list": (lambda t: t.nn.Parameter([1.0, 2.0]), r"list|Tensor"),
        "relu_in_place_on_a_leaf": (lambda t: t.relu_(leaf(t, 2)), r"leaf"),
    }
)

# ---- losses and their targets ----

table(
    {
        "cross_entropy_of_float_classes": (
            lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 3), t.tensor([0.0, 1.0])),
            r"[Ff]loat|\[2\]",
        ),
        "cross_entropy_of_a_column": (
            lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 3), t.tensor([[0], [1]])),
            r"1D|squeeze|multi-target",
        ),
        "cross_entropy_of_short_integers": (
            lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 3), t.tensor([0, 1], dtype=t.int32)),
            r"[Ii]nt",
        ),
        "cross_entropy_out_of_range": (lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 3), t.tensor([0, 3])), r"Target 3"),
        "cross_entropy_of_one_based_classes": (
            lambda t: t.nn.CrossEntropyLoss()(t.ones(3, 3), t.tensor([1, 2, 3])),
            r"Target 3",
        ),
        "cross_entropy_of_other_batch": (lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 3), t.tensor([0, 1, 2])), r"2.*3"),
        "cross_entropy_of_probabilities_of_wrong_shape": (
            lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 3), t.ones(2, 4)),
            r"shape \[2, 3\], not \[2, 4\]",
        ),
        "nll_of_float_classes": (lambda t: t.nn.NLLLoss()(t.ones(2, 3), t.tensor([0.0, 1.0])), r"[Ff]loat|long|int64"),
        "bce_of_integers": (lambda t: t.nn.BCELoss()(t.full((2,), 0.5), t.tensor([0, 1])), r"[Ll]ong|int64"),
        "bce_of_other_shape": (lambda t: t.nn.BCELoss()(t.full((2, 1), 0.5), t.ones(2)), r"\[2\].*\[2, 1\].*squeeze"),
        "bce_of_logits": (lambda t: t.nn.BCELoss()(t.tensor([2.0]), t.tensor([1.0])), r"between 0 and 1"),
        "bce_with_logits_of_other_shape": (lambda t: t.nn.BCEWithLogitsLoss()(t.ones(2, 1), t.ones(2)), r"2, 1"),
        "mse_of_sizes_that_do_not_broadcast": (lambda t: t.nn.MSELoss()(t.ones(2), t.ones(3)), r"2.*3"),
        "mse_of_a_list": (lambda t: t.nn.MSELoss()(t.ones(2), [1.0, 2.0]), r"list"),
        "a_loss_given_to_its_constructor": (lambda t: t.nn.MSELoss(t.ones(2), t.ones(2)), r"ambiguous"),
        "a_reduction_that_is_not_there": (lambda t: t.nn.MSELoss(reduction="avg")(t.ones(2), t.ones(2)), r"avg"),
        "l1_without_target": (lambda t: t.nn.functional.l1_loss(t.ones(2)), r"target"),
        "dropout_above_one": (lambda t: t.nn.Dropout(1.5), r"1\.5"),
    }
)

# ---- layers ----

table(
    {
        "conv_of_wrong_channels": (lambda t: t.nn.Conv2d(3, 8, 3)(t.ones(2, 1, 8, 8)), r"3 channels.*1 channels"),
        "conv_of_a_matrix": (lambda t: t.nn.Conv2d(1, 8, 3)(t.ones(8, 8)), r"3D.*4D|\[8, 8\]"),
        "conv_of_channels_last": (lambda t: t.nn.Conv2d(3, 8, 3)(t.ones(2, 8, 8, 3)), r"3 channels.*8 channels"),
        "kernel_larger_than_image": (lambda t: t.nn.Conv2d(1, 1, 5)(t.ones(1, 1, 3, 3)), r"3 x 3.*5 x 5|[Kk]ernel"),
        "pooling_to_nothing": (lambda t: t.nn.MaxPool2d(4)(t.ones(1, 1, 2, 2)), r"too small|output size"),
        "groups_that_do_not_divide": (lambda t: t.nn.Conv2d(3, 4, 1, groups=2), r"divisible by groups"),
        "batch_norm_of_wrong_channels": (lambda t: t.nn.BatchNorm2d(3)(t.ones(2, 4, 5, 5)), r"3|4"),
        "batch_norm_1d_of_an_image": (lambda t: t.nn.BatchNorm1d(3)(t.ones(2, 3, 4, 4)), r"2D or 3D.*4D"),
        "batch_norm_of_one_sample": (lambda t: t.nn.BatchNorm1d(3)(t.ones(1, 3)), r"more than 1 value"),
        "layer_norm_of_wrong_width": (lambda t: t.nn.LayerNorm(4)(t.ones(2, 3)), r"4.*3"),
        "rnn_of_wrong_width": (lambda t: t.nn.RNN(4, 3)(t.ones(5, 2, 6)), r"4.*6|6.*4"),
        "rnn_of_four_dims": (lambda t: t.nn.LSTM(4, 3)(t.ones(1, 5, 2, 4)), r"2-D or 3-D|2D or 3D"),
        "hidden_of_wrong_batch": (lambda t: t.nn.GRU(4, 3)(t.ones(5, 2, 4), t.zeros(1, 5, 3)), r"1, 2, 3.*1, 5, 3"),
        "lstm_with_one_state": (lambda t: t.nn.LSTM(4, 3)(t.ones(5, 2, 4), t.zeros(1, 2, 3)), r"."),
        "heads_that_do_not_divide": (lambda t: t.nn.MultiheadAttention(10, 3), r"divisible"),
        "lengths_unsorted": (
            lambda t: t.nn.utils.rnn.pack_padded_sequence(t.ones(3, 2, 1), t.tensor([1, 3])),
            r"sorted.*enforce_sorted",
        ),
        "lengths_of_zero": (
            lambda t: t.nn.utils.rnn.pack_padded_sequence(t.ones(3, 2, 1), t.tensor([3, 0])),
            r"greater than 0|length",
        ),
        "linear_without_width": (lambda t: t.nn.Linear(3), r"out_features"),
        "linear_of_a_float_width": (lambda t: t.nn.Linear(3.0, 2), r"float|int"),
        "an_unknown_argument": (lambda t: t.nn.Linear(3, 2, biases=True), r"biases"),
        "an_argument_too_many": (lambda t: t.nn.ReLU()(t.ones(2), t.ones(2)), r"argument"),
        "no_argument": (lambda t: t.nn.Linear(2, 1)(), r"input"),
        "unknown_argument_of_sum": (lambda t: t.ones(2).sum(dims=0), r"dims"),
        "unknown_argument_of_relu": (lambda t: t.nn.functional.relu(t.ones(2), in_place=True), r"in_place"),
        "a_layer_called_as_a_function": (lambda t: t.nn.ReLU(t.ones(2)).sum(), r"sum|ambiguous"),
        "a_class_in_sequential": (lambda t: t.nn.Sequential(t.nn.ReLU), r"Module|ReLU|type"),
        "a_function_in_sequential": (lambda t: t.nn.Sequential(t.relu), r"Module|function"),
        "a_tensor_in_a_module_list": (lambda t: t.nn.ModuleList([t.ones(1)]), r"Module"),
        "sequential_of_a_list": (lambda t: t.nn.Sequential([t.nn.ReLU()]), r"list"),
        "an_attribute_that_is_not_there": (lambda t: t.nn.Linear(2, 1).wieght, r"wieght"),
    }
)


@mistake(r"__init__")
def forgetting_super_init(t: Any) -> None:
    class Net(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.linear = t.nn.Linear(2, 1)

    Net()


@mistake(r"__init__")
def a_parameter_before_super_init(t: Any) -> None:
    class Net(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.weight = t.nn.Parameter(t.ones(1))
            super().__init__()

    Net()


@mistake(r"forward")
def forgetting_forward(t: Any) -> None:
    class Net(t.nn.Module):  # type: ignore[misc, name-defined]
        pass

    Net()(t.ones(1))


@mistake(r"weight.*(Parameter|None)")
def a_tensor_for_a_parameter(t: Any) -> None:
    t.nn.Linear(2, 1).weight = t.ones(1, 2)


@mistake(r"weight.*(Parameter|None)")
def a_number_for_a_parameter(t: Any) -> None:
    t.nn.Linear(2, 1).weight = 1


@mistake(r"linear")
def a_function_for_a_module(t: Any) -> None:
    class Net(t.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.linear = t.nn.Linear(2, 1)
            self.linear = t.relu

    Net()


table(
    {
        "parameter_registered_as_a_tensor": (lambda t: t.nn.Module().register_parameter("w", t.ones(1)), r"Parameter"),
        "buffer_that_is_a_number": (lambda t: t.nn.Module().register_buffer("b", 1.0), r"Tensor|float"),
        "a_name_with_a_dot": (lambda t: t.nn.Module().add_module("a.b", t.nn.ReLU()), r"\."),
        "state_of_other_shapes": (
            lambda t: t.nn.Linear(2, 1).load_state_dict(t.nn.Linear(3, 1).state_dict()),
            r"size mismatch for weight.*\[1, 3\].*\[1, 2\]",
        ),
        "state_with_missing_keys": (lambda t: t.nn.Linear(2, 1).load_state_dict({}), r"Missing key.*weight"),
        "state_with_unknown_keys": (
            lambda t: t.nn.Linear(2, 1, bias=False).load_state_dict(t.nn.Linear(2, 1).state_dict()),
            r"Unexpected key.*bias",
        ),
        "state_that_is_a_module": (lambda t: t.nn.Linear(2, 1).load_state_dict(t.nn.Linear(2, 1)), r"dict"),
        "state_from_a_missing_file": (lambda t: t.load("/no/such/file.pth"), r"no/such/file"),
        "train_of_a_string": (lambda t: t.nn.Linear(2, 1).train("yes"), r"bool"),
        "module_to_integers": (lambda t: t.nn.Linear(2, 1).to(t.int64), r"floating"),
    }
)

# ---- optimizers, schedulers, data ----

P = lambda t: [t.nn.Parameter(t.ones(1))]
table(
    {
        "optimizer_of_nothing": (lambda t: t.optim.SGD([], lr=0.1), r"empty parameter list"),
        "optimizer_of_a_tensor": (lambda t: t.optim.SGD(leaf(t, 2), lr=0.1), r"iterable|list"),
        "optimizer_of_a_module": (lambda t: t.optim.SGD(t.nn.Linear(2, 1), lr=0.1), r"Linear|iterable"),
        "optimizer_of_results": (lambda t: t.optim.SGD([leaf(t, 2) * 2], lr=0.1), r"non-leaf"),
        "optimizer_of_numbers": (lambda t: t.optim.SGD([1.0], lr=0.1), r"Tensor.*float"),
        "parameters_not_called": (lambda t: t.optim.Adam(t.nn.Linear(2, 1).parameters), r"method|iterable"),
        "negative_rate": (lambda t: t.optim.SGD(P(t), lr=-0.1), r"learning rate.*-0\.1"),
        "a_parameter_twice": (
            lambda t: (lambda p: t.optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1))(P(t)[0]),
            r"more than one",
        ),
        "nesterov_without_momentum": (lambda t: t.optim.SGD(P(t), lr=0.1, nesterov=True), r"momentum"),
        "betas_out_of_range": (lambda t: t.optim.Adam(P(t), betas=(1.0, 0.9)), r"beta"),
        "unknown_option": (lambda t: t.optim.Adam(P(t), momentum=0.9), r"momentum"),
        "lbfgs_without_closure": (lambda t: t.optim.LBFGS(P(t)).step(), r"closure"),
        "scheduler_of_a_model": (lambda t: t.optim.lr_scheduler.StepLR(t.nn.Linear(2, 1), 1), r"Optimizer"),
        "scheduler_without_step_size": (lambda t: t.optim.lr_scheduler.StepLR(t.optim.SGD(P(t), lr=1.0)), r"step_size"),
        "plateau_without_metric": (
            lambda t: t.optim.lr_scheduler.ReduceLROnPlateau(t.optim.SGD(P(t), lr=1.0)).step(),
            r"metrics",
        ),
        "optimizer_state_of_others": (
            lambda t: t.optim.SGD(P(t), lr=0.1).load_state_dict(t.optim.SGD(P(t) + P(t), lr=0.1).state_dict()),
            r"size|group",
        ),
        "clip_of_an_unknown_norm": (lambda t: t.nn.utils.clip_grad_norm_(t.nn.Linear(2, 1).parameters()), r"max_norm"),
        "batch_size_of_zero": (lambda t: t.utils.data.DataLoader([1, 2], batch_size=0), r"batch_size.*0"),
        "shuffle_with_a_sampler": (
            lambda t: t.utils.data.DataLoader([1, 2], shuffle=True, sampler=t.utils.data.SequentialSampler([1, 2])),
            r"sampler.*shuffle",
        ),
        "samples_of_other_sizes": (
            lambda t: next(iter(t.utils.data.DataLoader([t.ones(2), t.ones(3)], batch_size=2))),
            r"equal size.*\[2\].*\[3\]",
        ),
        "samples_of_none": (lambda t: next(iter(t.utils.data.DataLoader([None, None], batch_size=2))), r"NoneType"),
        "tensors_of_other_lengths": (lambda t: t.utils.data.TensorDataset(t.ones(2), t.ones(3)), r"[Ss]ize|length"),
        "split_of_wrong_sum": (lambda t: t.utils.data.random_split(range(10), [5, 4]), r"[Ss]um"),
        "shuffling_nothing": (lambda t: t.utils.data.DataLoader([], shuffle=True), r"num_samples.*0"),
        "a_dataset_without_getitem": (lambda t: t.utils.data.Dataset()[0], r"getitem|Dataset"),
        "multinomial_of_negatives": (lambda t: t.multinomial(t.tensor([-1.0, 2.0]), 1), r"< 0|negative"),
        "multinomial_of_too_many": (lambda t: t.multinomial(t.ones(2), 3), r"replacement"),
        "seed_of_a_string": (lambda t: t.manual_seed("zero"), r"int"),
        "randint_without_a_range": (lambda t: t.randint(5, 5, (2,)), r"5"),
    }
)


def caught(f: Mistake, engine: ModuleType) -> BaseException | None:
    engine.manual_seed(0)
    try:
        f(engine)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.filterwarnings("ignore")
def test_mistake(name: str) -> None:
    f, says = MISTAKES[name]
    theirs, ours = caught(f, pytorch), caught(f, minigrad)
    assert theirs is not None, "torch does it silently: no mistake"
    assert ours is not None, f"silence where torch raises {theirs!r}"
    assert builtin(ours) is builtin(theirs), f"ours is {ours!r}, torch's {theirs!r}"
    assert re.search(says, str(ours), re.DOTALL), f"{says!r} is not in our message {str(ours)!r}"
    assert len(str(ours)) >= 20, f"our message says too little: {str(ours)!r}"


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore")
def test_refused(name: str) -> None:
    theirs, ours = caught(REFUSED[name], pytorch), caught(REFUSED[name], minigrad)
    assert theirs is not None, "torch does it silently: no mistake"
    assert ours is not None, f"silence where torch raises {theirs!r}"
    assert builtin(ours) is builtin(theirs), f"ours is {ours!r}, torch's {theirs!r}"
