"""A planted difference is found, and named by step and parameter; rounding is not taken for one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lessons.runner.compare import FIRST, Comparison
from lessons.runner.play import Column
from lessons.runner.step import Result, Step


def run(ours, theirs, kinks=False) -> Comparison:
    comparison = Comparison(Column("minigrad", iter(ours)), Column("torch", iter(theirs)), kinks)
    comparison.run(lambda step: None)
    return comparison


def training(steps=5, slip=lambda step, name, gradient: gradient, loss=lambda step: 1 / step):
    """A program whose gradients pass through ``slip``."""
    for step in range(1, steps + 1):
        parameters = {}
        for name in ("weight", "bias"):
            x = torch.ones(2, 3, requires_grad=True)
            x.grad = torch.as_tensor(slip(step, name, torch.full((2, 3), 1.0 + step)))
            parameters[name] = x
        yield Step(step, loss(step), parameters)


def test_the_same_is_the_same():
    comparison = run(training(), training())
    assert comparison.same
    assert comparison.loss.difference == comparison.gradient.difference == 0
    assert len(comparison.ours.losses) == len(comparison.theirs.seconds) == 5


def test_rounding_is_measured_but_allowed():
    comparison = run(training(slip=lambda step, name, g: g * (1 + 1e-6)), training(loss=lambda step: (1 + 2e-6) / step))
    assert comparison.same
    assert comparison.gradient.difference == pytest.approx(1e-6, rel=0.1)
    assert comparison.loss.difference == pytest.approx(2e-6, rel=0.1)


def test_a_planted_gradient_is_named():
    def plant(step, name, gradient):
        if step >= 3 and name == "bias":
            gradient[1, 2] *= 1.5
        return gradient

    comparison = run(training(slip=plant), training())
    assert not comparison.same
    assert list(comparison.mismatches) == ["gradient"]
    assert str(comparison.mismatches["gradient"]).startswith("step 3, bias.grad[1, 2]: 6 here, 4 in torch")
    assert (comparison.gradient.name, comparison.gradient.step) == ("bias", 3)


def test_a_network_with_kinks_may_jump_after_its_first_step():
    def jump(at, factor):
        return lambda step, name, gradient: gradient * (factor if step == at else 1)

    assert not run(training(slip=jump(3, 1.2)), training()).same
    assert run(training(slip=jump(3, 1.2)), training(), kinks=True).same
    assert not run(training(slip=jump(3, 1.6)), training(), kinks=True).same
    assert not run(training(slip=jump(1, 1.001)), training(), kinks=True).same


def test_a_planted_loss_is_named():
    comparison = run(training(loss=lambda step: 1.0 + (step == 4) * 1e-4), training(loss=lambda step: 1.0))
    assert str(comparison.mismatches["loss"]).startswith("step 4, loss: 1.0001 here, 1 in torch")


def late(first, slip):
    return lambda step: 1 + (step >= first) * slip


def test_after_the_first_hundred_steps_the_mean_loss_counts():
    even = late(10**9, 0.0)
    n = 2 * FIRST
    assert not run(training(n, loss=late(FIRST, 1e-3)), training(n, loss=even)).same
    drifted = run(training(n, loss=late(FIRST + 1, 1e-3)), training(n, loss=even))
    assert drifted.same
    assert drifted.loss.difference == pytest.approx(1e-3)
    parted = run(training(n, loss=late(FIRST + 1, 0.2)), training(n, loss=even)).mismatches["loss"]
    assert parted.name == "mean of the last 100 losses"
    assert FIRST + 45 < parted.step < FIRST + 55  # 20 % on half of them


def test_a_drifting_gradient_is_remembered():
    def plant(step, name, gradient):
        return gradient * 1.01 if step > FIRST + 3 and name == "bias" else gradient

    comparison = run(training(FIRST + 9, slip=plant), training(FIRST + 9))
    assert comparison.same
    assert (comparison.divergence.step, comparison.divergence.name) == (FIRST + 4, "bias.grad")
    assert comparison.gradient.difference == pytest.approx(0.01, rel=1e-4)


def test_a_parting_keeps_its_numbers():
    gradient = torch.ones(2, 3)

    def overwritten(step, name, _):
        return gradient.fill_(step)

    mismatch = run(training(5, slip=overwritten), training(5)).mismatches["gradient"]
    assert (mismatch.step, mismatch.ours[0, 0], mismatch.theirs[0, 0]) == (1, 1.0, 2.0)


@pytest.mark.parametrize("slip", [lambda g: g * torch.nan, lambda g: g * torch.inf])
def test_nan_and_infinity_part(slip):
    assert not run(training(slip=lambda step, name, g: slip(g)), training()).same


def test_a_loss_that_is_nan_in_both_is_the_same():
    assert run(training(loss=lambda step: np.nan), training(loss=lambda step: np.nan)).same


def step(**gradients):
    parameters = {}
    for name, gradient in gradients.items():
        parameters[name] = torch.ones(1, requires_grad=True)
        parameters[name].grad = gradient
    return Step(0, 1.0, parameters)


def test_a_missing_gradient_is_named():
    one = torch.ones(1)
    assert run([step(w=None)], [step(w=None)]).same
    assert run([step(w=one, b=None)], [step(w=one, b=one)]).mismatches["gradient"].name == "b.grad"
    assert run([step(w=one)], [step(w=one, b=one)]).mismatches["gradient"].name == "b.grad"
    assert run([step(w=one, b=one)], [step(w=one)]).mismatches["gradient"].name == "b.grad"


def test_one_program_is_shorter():
    mismatch = run(training(3), training(5)).mismatches["steps"]
    assert (mismatch.ours, mismatch.theirs) == (3, 4)


def test_results_are_compared():
    assert run([Result(accuracy=0.30)], [Result(accuracy=0.32)]).same
    assert run([Result(y=7.0)], [Result(y=7.01)]).same
    assert not run([Result(y=7.0)], [Result(y=7.1)]).same
    assert run([Result(accuracy=0.9)], [Result(accuracy=0.97)]).mismatches["result"].name == "accuracy"
    assert run([Result(word="ohlol")], [Result(word="ohlol")]).same
    mismatch = run([Result(word="ohlol")], [Result(word="hello")]).mismatches["result"]
    assert str(mismatch) == "step 0, word: array('ohlol', dtype='<U5') here, array('hello', dtype='<U5') in torch"
    assert not run([Result(curve=np.zeros(2))], [Result(curve=np.ones(2))]).same
    assert "shape [2] here, [3] in torch" in str(
        run([Result(curve=np.zeros(2))], [Result(curve=np.zeros(3))]).mismatches["result"]
    )


def test_a_result_of_one_engine_alone_is_named():
    assert run([Result(y=7.0)], [Result(y=7.0, z=1.0)]).mismatches["result"].name == "z"
    assert run([Result(y=7.0, z=1.0)], [Result(y=7.0)]).mismatches["result"].name == "z"


def test_by_hand():
    w = torch.ones(1, requires_grad=True)
    w.grad = torch.full((1,), 2.0)
    column = Column("torch", iter([Step(0, 4.0, {"w": w}, {"loss": 4.0, "w": 2.0, "unused": 1.0})]))
    while column.advance():
        pass
    assert column.hand_difference == 0.0

    column = Column("torch", iter([Step(0, 4.0, {"w": w}, {"loss": 4.0, "w": 2.5}), Result({"x": 1.0}, x=1.0)]))
    while column.advance():
        pass
    assert column.hand_difference == pytest.approx(0.2)
    assert column.by_hand == {"x": 1.0}
