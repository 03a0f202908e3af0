"""Devices, mixed precision and other ways to compute that are not here: what programs ask, set and are refused."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
import torch as pytorch

import minigrad


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    for engine in (pytorch, minigrad):
        engine.use_deterministic_algorithms(False)
        engine.set_float32_matmul_precision("highest")


def test_deterministic(torch: Any) -> None:
    assert not torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.are_deterministic_algorithms_enabled()
    with pytest.raises(TypeError, match=r"'mode'.*must be bool, not int"):
        torch.use_deterministic_algorithms(1)


def test_precision(torch: Any) -> None:
    assert torch.get_float32_matmul_precision() == "highest"
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"


def test_precision_of_another_name() -> None:
    with pytest.warns(UserWarning, match="low is not one of"):
        minigrad.set_float32_matmul_precision("low")
    assert minigrad.get_float32_matmul_precision() == "highest"


def test_default_device(torch: Any) -> None:
    torch.set_default_device("cpu")
    assert torch.get_default_device() == torch.device("cpu") == torch.ones(1).device
    with pytest.raises(RuntimeError, match="device type at start of device string"):
        torch.set_default_device("nonsense")
    if torch is pytorch:
        torch.set_default_device(None)


def test_no_other_device() -> None:
    with pytest.raises(RuntimeError, match="on the CPU only"):
        minigrad.set_default_device("cuda")
    assert not minigrad.accelerator.is_available()
    assert minigrad.accelerator.device_count() == 0
    assert minigrad.accelerator.current_accelerator() is None


def test_compile() -> None:
    layer = minigrad.nn.Linear(2, 1)
    assert minigrad.compile(layer, mode="reduce-overhead") is layer

    @minigrad.compile
    def twice(x: Any) -> Any:
        return x * 2

    @minigrad.compile(fullgraph=True)
    def thrice(x: Any) -> Any:
        return x * 3

    assert (twice(1), thrice(1)) == (2, 3)


def test_memory_formats(torch: Any) -> None:
    x = torch.arange(6).reshape(2, 3).t()
    for name in ("preserve_format", "contiguous_format"):
        shape = getattr(torch, name)
        assert repr(shape) == f"torch.{name}"
        assert isinstance(shape, torch.memory_format)
        assert x.clone(memory_format=shape).tolist() == x.tolist()
        assert torch.zeros_like(x, memory_format=shape).tolist() == [[0, 0]] * 3
    assert x.clone(memory_format=torch.contiguous_format).stride() == (2, 1)
    image = torch.nn.Conv2d(1, 1, 1).to(memory_format=torch.channels_last)(torch.ones(1, 1, 2, 2))
    assert image.shape == (1, 1, 2, 2)


@pytest.mark.parametrize("place", ["cpu", "cuda"])
def test_mixed_precision_switched_off(torch: Any, place: str) -> None:
    scaler = torch.amp.GradScaler(place, enabled=False)
    w = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([w], lr=1.0)
    with torch.autocast(place, enabled=False):
        loss = (w * 3).sum()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert w.tolist() == [-2.0, -2.0]
    assert (scaler.is_enabled(), scaler.get_scale(), scaler.state_dict()) == (False, 1.0, {})
    scaler.load_state_dict({})

    @torch.amp.autocast(place, enabled=False)
    def half(x: Any) -> Any:
        """half of it"""
        return x / 2

    assert half(torch.ones(1)).dtype == torch.float32
    assert half.__doc__ == "half of it"


def test_mixed_precision_of_a_gpu() -> None:
    with pytest.warns(UserWarning, match="CUDA is not available"), minigrad.autocast("cuda"):
        assert minigrad.ones(2).mul(2).dtype is minigrad.float32
    with pytest.warns(UserWarning, match="GradScaler is enabled, but CUDA is not available"):
        assert not minigrad.amp.GradScaler().is_enabled()
    with pytest.warns(FutureWarning, match=r"Please use `torch.amp.autocast\('cuda', args...\)`"):
        minigrad.cuda.amp.autocast(enabled=False)
    with pytest.warns(FutureWarning, match=r"Please use `torch.amp.GradScaler\('cuda', args...\)`"):
        minigrad.cuda.amp.GradScaler(enabled=False)


def test_mixed_precision_of_the_cpu_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"bfloat16.*enabled=False"):
        minigrad.autocast("cpu", dtype=minigrad.float16)
    with pytest.raises(RuntimeError, match="enabled=False"):
        minigrad.amp.GradScaler("cpu")


def test_autocast_of_no_device(torch: Any) -> None:
    with pytest.raises(ValueError, match="`device_type` of type `str`"):
        torch.autocast(torch.device("cpu"))
    with pytest.raises(RuntimeError, match="device type at start of device string"):
        torch.autocast("nonsense")


@pytest.mark.parametrize("name", ["backends.cudnn", "cuda.amp", "cuda", "backends", "amp", "accelerator"])
def test_places_to_import_from(torch: Any, name: str) -> None:
    assert importlib.import_module(f"{torch.__name__}.{name}")


def test_cudnn() -> None:
    from minigrad.backends import cudnn

    assert (cudnn.is_available(), cudnn.version(), minigrad.backends.cudnn) == (False, None, cudnn)


def test_schedulers_old_name(torch: Any) -> None:
    class Halving(torch.optim.lr_scheduler._LRScheduler):  # type: ignore[misc, name-defined]
        def get_lr(self) -> Any:
            return [rate / 2**self.last_epoch for rate in self.base_lrs]

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = Halving(optimizer)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    assert scheduler.get_last_lr() == [0.125]
