"""Recurrent layers against torch: outputs, states, every gradient, second gradients, draws, errors, the outside."""

from __future__ import annotations

import copy
import pickle
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch as pytorch
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad
from reference_torch.oracle import as_array, cotangent, flatten
from reference_torch.transfer import to_minigrad, to_torch
from tests.bounds import conditioned, within

KINDS = ("RNN", "GRU", "LSTM")


@dataclass
class Case:
    """A layer, and what it is called with: padded, packed (sorted or not) or a single sequence."""

    kind: str
    options: dict[str, Any]
    lengths: list[int]
    form: str
    given: bool

    def layer(self, package: Any) -> Any:
        return getattr(package.nn, self.kind)(**self.options, dtype=package.float64)

    @property
    def state_sizes(self) -> list[tuple[int, ...]]:
        o = self.options
        layers = o["num_layers"] * (1 + o["bidirectional"])
        batch = () if self.form == "single" else (len(self.lengths),)
        h = (layers, *batch, o.get("proj_size", 0) or o["hidden_size"])
        return [h, (layers, *batch, o["hidden_size"])] if self.kind == "LSTM" else [h]

    @property
    def input_size(self) -> tuple[int, ...]:
        steps, features = max(self.lengths), self.options["input_size"]
        if self.form == "single":
            return steps, features
        batch = len(self.lengths)
        return (batch, steps, features) if self.options["batch_first"] else (steps, batch, features)

    @property
    def falling(self) -> bool:
        return self.lengths == sorted(self.lengths, reverse=True)

    def run(self, package: Any, layer: Any, tensor: Any, second: bool) -> dict[str, list[Any]]:
        """Outputs, gradients and second gradients against fixed cotangents."""
        x = tensor(cotangent(self.input_size, 3) - 1).requires_grad_()
        states = [tensor(cotangent(size, 5 + k) - 1).requires_grad_() for k, size in enumerate(self.state_sizes)]
        hx = (tuple(states) if self.kind == "LSTM" else states[0]) if self.given else None
        data = x
        if self.form == "packed":
            data = package.nn.utils.rnn.pack_padded_sequence(
                x, self.lengths, self.options["batch_first"], enforce_sorted=self.falling
            )
        outputs = [y for y in flatten(layer(data, hx)) if y is not None]
        inputs = [x, *(states if self.given else []), *layer.parameters()]
        ends = [y for y in outputs if y.requires_grad]
        seeds = [tensor(cotangent(tuple(y.shape), k)).requires_grad_(second) for k, y in enumerate(ends)]
        first = package.autograd.grad(ends, inputs, seeds, create_graph=second)
        said = {"output": outputs, "gradient": list(first)}
        if second:
            again = [tensor(cotangent(tuple(g.shape), 11 + k)) for k, g in enumerate(first)]
            said["second gradient"] = list(
                package.autograd.grad(first, inputs + seeds, again, allow_unused=True, materialize_grads=True)
            )
        return {what: [as_array(v) for v in values] for what, values in said.items()}


@st.composite
def cases(draw: Any, most: int = 4) -> Case:
    kind = draw(st.sampled_from(KINDS))
    size = st.integers(1, most)
    options = {
        "input_size": draw(size),
        "hidden_size": draw(st.integers(2, most)),
        "num_layers": draw(st.integers(1, 3)),
        "bidirectional": draw(st.booleans()),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
    }
    if kind == "RNN":
        options["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    if kind == "LSTM":
        options["proj_size"] = draw(st.integers(0, options["hidden_size"] - 1))
    form = draw(st.sampled_from(["padded", "packed", "single"]))
    lengths = draw(st.lists(size, min_size=1, max_size=1 if form == "single" else 4))
    return Case(kind, options, lengths, form, draw(st.booleans()))


def agree(case: Case, second: bool = False) -> None:
    theirs = case.layer(pytorch)
    ours = case.layer(minigrad)
    assert str(ours.load_state_dict(to_minigrad(theirs.state_dict()))) == "<All keys matched successfully>"
    said = case.run(minigrad, ours, minigrad.tensor, second)
    for what, values in case.run(pytorch, theirs, pytorch.tensor, second).items():
        assert len(said[what]) == len(values)
        for k, (x, y) in enumerate(zip(said[what], values, strict=True)):
            assert x.shape == y.shape
            assert x.dtype == y.dtype
            np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-12, err_msg=f"{what} {k}")


@settings(max_examples=60)
@given(cases())
def test_outputs_and_gradients(case: Case) -> None:
    agree(case)


@settings(max_examples=15)
@given(cases(most=3))
def test_second_gradients(case: Case) -> None:
    agree(case, second=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lengths", [[4] * 300, [5] * 200 + [2] * 90 + [1] * 40, [40]], ids=["wide", "ragged", "long"])
def test_steps_in_blocks(kind: str, lengths: list[int]) -> None:
    """More columns than a block has, and fewer."""
    options = {"input_size": 2, "hidden_size": 3, "num_layers": 1, "bidirectional": True, "batch_first": False}
    agree(Case(kind, options, lengths, "packed", True))


@pytest.mark.parametrize("kind", KINDS)
def test_no_sequences(kind: str) -> None:
    for package in (pytorch, minigrad):
        y, _ = getattr(package.nn, kind)(2, 3)(package.zeros(5, 0, 2))
        assert tuple(y.shape) == (5, 0, 3)
        y.sum().backward()


@settings(max_examples=25)
@given(cases(), st.integers(0, 2**31))
def test_packed_equals_padded(case: Case, seed: int) -> None:
    """Where all lengths are equal; and in any case each sequence is computed as if it were alone."""
    case.form = "packed"
    layer = case.layer(minigrad)
    x = minigrad.tensor(np.random.default_rng(seed).normal(size=case.input_size))
    first = case.options["batch_first"]
    utils = minigrad.nn.utils.rnn
    y, last = layer(utils.pack_padded_sequence(x, case.lengths, first, enforce_sorted=False))
    y, lengths = utils.pad_packed_sequence(y, first)
    assert lengths.tolist() == case.lengths
    y, last = y.detach(), [s.detach() for s in flatten(last)]
    for k, n in enumerate(case.lengths):
        alone, state = layer(x[k, :n] if first else x[:n, k])
        many = [y[k, :n] if first else y[:n, k], *[s[:, k] for s in last]]
        for x_many, x_one in zip(many, flatten((alone, state)), strict=True):
            np.testing.assert_allclose(x_many.numpy(), x_one.detach().numpy(), rtol=1e-12, atol=1e-14)


# ---- weights ----


def lstm_bound(layer: Any, x: Any) -> Any:
    """How far the float32 outputs of an LSTM may part: sums of I + H + 2 terms and a dozen operations, in each step."""

    def run(moved: Any) -> Any:
        exact = pytorch.nn.LSTM(
            layer.input_size, layer.hidden_size, layer.num_layers, bidirectional=layer.bidirectional
        )
        weights = {name: moved(w.detach().numpy().astype(np.float64)) for name, w in layer.state_dict().items()}
        exact.double().load_state_dict({name: pytorch.tensor(w) for name, w in weights.items()})
        return exact(pytorch.tensor(moved(x.astype(np.float64))))[0].detach().numpy()

    return conditioned(run, len(x) * layer.num_layers * (2 * layer.hidden_size + 2 + 12), "float32")


def test_state_dict_goes_both_ways() -> None:
    options = {"num_layers": 2, "bidirectional": True}
    ours, theirs = minigrad.nn.LSTM(3, 4, **options), pytorch.nn.LSTM(3, 4, **options)
    theirs.load_state_dict(to_torch(ours.state_dict()))
    x = cotangent((5, 2, 3), 0).astype(np.float32)
    y, _ = ours(minigrad.tensor(x))
    expected, _ = theirs(pytorch.tensor(x))
    within(y.detach().numpy(), expected.detach().numpy(), lstm_bound(theirs, x))


def test_dropout_of_one_layer_is_warned_of(torch: Any) -> None:
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        torch.nn.GRU(2, 3, dropout=0.5)


# ---- cells ----


def test_cells_over_time_are_the_layer() -> None:
    layer = minigrad.nn.LSTM(2, 3)
    cell = minigrad.nn.LSTMCell(2, 3)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = cotangent((6, 2, 2), 0).astype(np.float32)
    state, outputs = None, []
    for step in minigrad.tensor(x):
        state = cell(step, state)
        outputs.append(state[0].detach().numpy())
    whole, _ = layer(minigrad.tensor(x))
    within(outputs, whole.detach().numpy(), lstm_bound(layer, x))


# ---- what may be done with results ----


@pytest.mark.parametrize("kind", KINDS)
def test_results_may_be_overwritten(torch: Any, kind: str) -> None:
    """Nothing that backward needs lies in the memory of an output."""
    layer = getattr(torch.nn, kind)(2, 3)
    x = torch.tensor(cotangent((1, 2, 2), 0).astype(np.float32))
    y, last = layer(x)
    expected = torch.autograd.grad(y.sum(), layer.weight_hh_l0)[0].tolist()
    y, last = layer(x)
    end, before = y.sum(), y.tolist()
    for h in flatten(last):
        h.detach().fill_(9)
    assert y.tolist() == before
    assert torch.autograd.grad(end, layer.weight_hh_l0)[0].tolist() == expected


def test_output_is_contiguous_where_torchs_is(torch: Any) -> None:
    y, _ = torch.nn.GRU(2, 3, bidirectional=True)(torch.zeros(4, 2, 2))
    assert y.is_contiguous()
    assert y.stride() == (12, 6, 1)
    assert tuple(y.view(-1, 6).shape) == (8, 6)
    y, _ = torch.nn.GRU(2, 3, batch_first=True)(torch.zeros(4, 5, 2))
    assert not y.is_contiguous()


def test_backward_twice(torch: Any) -> None:
    layer = torch.nn.GRU(2, 3)
    y, _ = layer(torch.ones(4, 1, 2))
    y.sum().backward(retain_graph=True)
    once = as_array(layer.weight_hh_l0.grad).copy()
    y.sum().backward()
    np.testing.assert_allclose(as_array(layer.weight_hh_l0.grad), 2 * once, rtol=1e-6)
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_a_weight_written_before_backward_is_noticed(torch: Any) -> None:
    layer = torch.nn.RNN(2, 3)
    y, _ = layer(torch.ones(4, 1, 2))
    with torch.no_grad():
        layer.weight_hh_l0.add_(1)
    with pytest.raises(RuntimeError, match="inplace operation"):
        y.sum().backward()


def test_frozen_weights_get_no_gradient(torch: Any) -> None:
    layer = torch.nn.LSTM(2, 3)
    layer.weight_ih_l0.requires_grad_(False)
    layer(torch.ones(4, 1, 2))[0].sum().backward()
    assert layer.weight_ih_l0.grad is None
    assert layer.bias_hh_l0.grad is not None


# ---- the outside ----


def test_all_weights(torch: Any) -> None:
    layer = torch.nn.LSTM(2, 4, 2, bidirectional=True, proj_size=2)
    assert [[tuple(w.shape) for w in weights] for weights in layer.all_weights] == [
        *[[(16, 2), (16, 2), (16,), (16,), (2, 4)]] * 2,
        *[[(16, 4), (16, 2), (16,), (16,), (2, 4)]] * 2,
    ]
    assert layer.all_weights[1][0] is layer.weight_ih_l0_reverse
    assert layer.flatten_parameters() is None


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies(torch: Any, copied: Any) -> None:
    layer = torch.nn.GRU(2, 3, 2)
    again = copied(layer)
    x = torch.ones(4, 1, 2)
    np.testing.assert_array_equal(as_array(again(x)[0].detach()), as_array(layer(x)[0].detach()))
    with torch.no_grad():
        again.weight_ih_l0.zero_()
    assert bool((layer.weight_ih_l0 != 0).any())


def test_a_new_parameter_counts(torch: Any) -> None:
    layer = torch.nn.RNN(2, 3)
    layer.weight_ih_l0 = torch.nn.Parameter(torch.zeros(3, 2))
    before, _ = layer(torch.ones(1, 1, 2))
    after, _ = layer(2 * torch.ones(1, 1, 2))
    assert bool((before == after).all())


BAD_MODULES = [
    "RNN(0, 3)",
    "RNN(2, -1)",
    "RNN(2, 3, 0)",
    "RNN(2.0, 3)",
    "RNN(2, 3.5)",
    "GRU(2, 3, bias=1)",
    "GRU(2, 3, batch_first='yes')",
    "GRU(2, 3, dropout=1.5)",
    "GRU(2, 3, dropout=True)",
    "GRU(2, 3, proj_size=1)",
    "RNN(2, 3, proj_size=1)",
    "RNN(2, 3, nonlinearity='sigmoid')",
    "LSTM(2, 3, proj_size=3)",
    "LSTM(2, 3, proj_size=-1)",
    "RNNBase('TREE', 2, 3)",
]
BAD_CALLS = [
    ("RNN(2, 3)", "zeros(5)"),
    ("GRU(2, 3)", "zeros(5, 1, 1, 2)"),
    ("LSTM(2, 3)", "zeros(5, 1, 1, 2)"),
    ("GRU(2, 3)", "zeros(5, 1, 3)"),
    ("GRU(2, 3)", "zeros(0, 1, 2)"),
    ("GRU(2, 3)", "zeros(5, 1, 2, dtype=torch.int64)"),
    ("GRU(2, 3)", "zeros(5, 1, 2, dtype=torch.float64)"),
    ("GRU(2, 3)", "zeros(5, 1, 2), torch.zeros(1, 1, 3, dtype=torch.float64)"),
    ("GRU(2, 3)", "zeros(5, 4, 2), torch.zeros(1, 3, 3)"),
    ("GRU(2, 3, 2)", "zeros(5, 4, 2), torch.zeros(1, 4, 3)"),
    ("GRU(2, 3, batch_first=True)", "zeros(5, 4, 2), torch.zeros(1, 4, 3)"),
    ("GRU(2, 3)", "zeros(5, 4, 2), torch.zeros(1, 3)"),
    ("GRU(2, 3)", "zeros(5, 2), torch.zeros(1, 1, 3)"),
    ("RNN(2, 3)", "zeros(5, 2), torch.zeros(1, 4)"),
    ("LSTM(2, 3)", "zeros(5, 4, 2), (torch.zeros(1, 4, 3), torch.zeros(1, 4, 4))"),
    ("LSTM(2, 3, proj_size=1)", "zeros(5, 4, 2), (torch.zeros(1, 4, 3), torch.zeros(1, 4, 3))"),
    ("LSTM(2, 3)", "zeros(5, 4, 2), (torch.zeros(1, 3), torch.zeros(1, 4, 3))"),
    ("LSTM(2, 3)", "zeros(5, 2), (torch.zeros(1, 3), torch.zeros(1, 1, 3))"),
    ("GRU(2, 3)", "nn.utils.rnn.pack_sequence([torch.zeros(4, 5)])"),
    ("GRU(2, 3)", "nn.utils.rnn.pack_sequence([torch.zeros(4)])"),
    ("GRU(2, 3)", "nn.utils.rnn.pack_sequence([torch.zeros(4, 2)]), torch.zeros(1, 2, 3)"),
    ("RNNCell(2, 3)", "zeros(4, 3)"),
    ("RNNCell(2, 3, nonlinearity='sin')", "zeros(4, 2)"),
    ("GRUCell(2, 3)", "zeros(1, 4, 2)"),
    ("GRUCell(2, 3)", "zeros(4, 2), torch.zeros(3, 3)"),
    ("GRUCell(2, 3)", "zeros(4, 2), torch.zeros(4, 2)"),
    ("GRUCell(2, 3)", "zeros(4, 2), torch.zeros(1, 4, 3)"),
    ("LSTMCell(2, 3)", "zeros(4, 2), (torch.zeros(4, 3), torch.zeros(4, 1, 3))"),
    ("LSTMCell(2, 3)", "zeros(4, 2), (torch.zeros(4, 3), torch.zeros(3, 3))"),
]


def refusal(package: Any, text: str) -> Exception:
    with warnings.catch_warnings(), pytest.raises(Exception) as caught:
        warnings.simplefilter("ignore")
        eval(f"torch.nn.{text}", {"torch": package})
    return caught.value  # type: ignore[return-value]


@pytest.mark.parametrize(
    "text", [f"torch.nn.{m}" for m in BAD_MODULES] + [f"torch.nn.{m}(torch.{x})" for m, x in BAD_CALLS]
)
def test_errors(text: str) -> None:
    """torch's class of error, in whole sentences where torch has them."""
    ours, theirs = refusal(minigrad, text), refusal(pytorch, text)
    assert type(ours) is type(theirs)
    assert len(str(ours)) > 15
