"""What layers refuse, warn of, and load from old states: the same in both engines."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch as _torch

import minigrad
from tests.nn.test_module import outcome

REFUSED: dict[str, Callable[[Any], Any]] = {
    "BatchNorm1d of 1-D": lambda torch: torch.nn.BatchNorm1d(3)(torch.ones(3)),
    "BatchNorm1d of 4-D": lambda torch: torch.nn.BatchNorm1d(3)(torch.ones(2, 3, 1, 1)),
    "BatchNorm2d of 3-D": lambda torch: torch.nn.BatchNorm2d(3)(torch.ones(2, 3, 1)),
    "BatchNorm3d of 3-D": lambda torch: torch.nn.BatchNorm3d(3)(torch.ones(2, 3, 1)),
    "BatchNorm1d of one": lambda torch: torch.nn.BatchNorm1d(3)(torch.ones(1, 3)),
    "BatchNorm1d channels": lambda torch: torch.nn.BatchNorm1d(3)(torch.ones(2, 4)),
    "InstanceNorm1d of 4-D": lambda torch: torch.nn.InstanceNorm1d(3)(torch.ones(2, 3, 1, 1)),
    "InstanceNorm2d of 2-D": lambda torch: torch.nn.InstanceNorm2d(3)(torch.ones(2, 3)),
    "InstanceNorm3d of 3-D": lambda torch: torch.nn.InstanceNorm3d(3)(torch.ones(2, 3, 2)),
    "InstanceNorm1d channels": lambda torch: torch.nn.InstanceNorm1d(3, affine=True)(torch.ones(2, 4, 2)),
    "InstanceNorm1d of one": lambda torch: torch.nn.InstanceNorm1d(3)(torch.ones(2, 3, 1)),
    "GroupNorm": lambda torch: torch.nn.GroupNorm(2, 3),
    "GroupNorm channels": lambda torch: torch.nn.GroupNorm(2, 4)(torch.ones(2, 6)),
    "LayerNorm shape": lambda torch: torch.nn.LayerNorm(3)(torch.ones(2, 4)),
    "Dropout p": lambda torch: torch.nn.Dropout(1.5),
    "Hardtanh order": lambda torch: torch.nn.Hardtanh(1.0, 1.0),
    "HuberLoss delta": lambda torch: torch.nn.HuberLoss(delta="1"),
    "MultiMarginLoss p": lambda torch: torch.nn.MultiMarginLoss(p=3),
    "MultiMarginLoss weight": lambda torch: torch.nn.MultiMarginLoss(weight=torch.ones(2, 2)),
    "TripletMarginLoss margin": lambda torch: torch.nn.TripletMarginLoss(margin=0.0),
    "TripletMarginWithDistanceLoss margin": lambda torch: torch.nn.TripletMarginWithDistanceLoss(margin=-1.0),
    "GaussianNLLLoss positional": lambda torch: torch.nn.GaussianNLLLoss(True),
    "Softmax2d of 2-D": lambda torch: torch.nn.Softmax2d()(torch.ones(2, 2)),
    "Bilinear": lambda torch: torch.nn.Bilinear(0, 2, 3),
    "Unflatten number": lambda torch: torch.nn.Unflatten(1, 4),
    "Unflatten size": lambda torch: torch.nn.Unflatten(1, (2, 2.5)),
    "reduction": lambda torch: torch.nn.MSELoss(reduction="max")(torch.ones(1), torch.ones(1)),
}


@pytest.mark.parametrize("program", REFUSED.values(), ids=REFUSED.keys())
def test_refusals(program: Callable[[Any], Any]) -> None:
    ours, theirs = outcome(minigrad, program), outcome(_torch, program)
    assert isinstance(theirs, tuple), "torch accepts this"
    assert ours[0] == theirs[0]
    assert len(ours[1]) > 15


OLD = {
    "mean": {"size_average": True},
    "sum": {"size_average": False},
    "none": {"reduce": False},
}


@pytest.mark.parametrize("meant", OLD)
def test_old_names_of_reductions(torch: ModuleType, meant: str) -> None:
    text = f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead."
    for name in ("MSELoss", "CrossEntropyLoss", "BCEWithLogitsLoss", "HingeEmbeddingLoss"):
        with pytest.warns(UserWarning, match=text):
            assert getattr(torch.nn, name)(**OLD[meant]).reduction == meant


def test_old_names_of_bounds(torch: ModuleType) -> None:
    with pytest.warns(FutureWarning, match="`min_value` is deprecated and renamed to `min_val`"):
        layer = torch.nn.Hardtanh(min_value=-3.0)
    with pytest.warns(FutureWarning, match="`max_value` is deprecated and renamed to `max_val`"):
        assert torch.nn.Hardtanh(max_value=3.0).max_val == 3.0
    assert (layer.min_val, layer.max_val) == (-3.0, 1.0)


def test_channels_that_do_not_matter_are_warned_of(torch: ModuleType) -> None:
    with pytest.warns(UserWarning, match="does not match num_features"):
        torch.nn.InstanceNorm1d(3)(torch.ones(2, 4, 2))


def test_states_from_before_batches_were_counted(torch: ModuleType) -> None:
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(2))
    model(torch.ones(3, 2))
    old = OrderedDict((k, v) for k, v in model.state_dict().items() if "num_batches" not in k)
    assert str(model.load_state_dict(old)) == "<All keys matched successfully>"
    assert model[0].num_batches_tracked.item() == 1


def test_resetting_a_batch_norm(torch: ModuleType) -> None:
    layer = torch.nn.BatchNorm1d(2)
    layer(torch.arange(6.0).reshape(3, 2))
    layer.reset_parameters()
    assert (layer.running_mean.tolist(), layer.running_var.tolist()) == ([0, 0], [1, 1])
    assert (layer.num_batches_tracked.item(), layer.weight.tolist()) == (0, [1, 1])


def test_losses_carry_their_weights(torch: ModuleType) -> None:
    loss = torch.nn.CrossEntropyLoss(weight=torch.ones(2))
    assert list(loss.state_dict()) == ["weight"]
    assert loss.double().weight.dtype == torch.float64
    assert list(torch.nn.BCEWithLogitsLoss(pos_weight=torch.ones(2)).state_dict()) == ["pos_weight"]
