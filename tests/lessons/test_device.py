"""Where the reference computes."""

from __future__ import annotations

import pytest
import torch

from reference_torch import device
from reference_torch.device import pick


@pytest.fixture
def machine(monkeypatch):
    """``machine("cuda", ...)``: pretend that these devices are there beside the CPU, and undo all settings."""

    def pretend(*kinds: str) -> None:
        monkeypatch.setattr(device, "is_there", lambda kind: kind in (*kinds, "cpu"))

    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32, matmul.allow_tf32
    deterministic = torch.are_deterministic_algorithms_enabled()
    yield pretend
    cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32, matmul.allow_tf32 = before
    torch.use_deterministic_algorithms(deterministic)


@pytest.mark.parametrize(
    ("there", "name"), [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("mps", "cuda"), "cuda")]
)
def test_auto_takes_the_first_there_is(machine, there, name):
    machine(*there)
    assert pick() == pick(name) == torch.device(name)


def test_cuda_is_made_repeatable(machine):
    machine("cuda")
    pick("cuda")
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.parametrize("name", ["mps", "cuda", "tpu"])
def test_a_device_that_is_not_there(machine, name):
    machine()
    with pytest.raises(RuntimeError, match=f"device '{name}' is not there: this torch finds cpu; choose one of them"):
        pick(name)
