"""Where the reference computes: picked once, with every setting that makes its numbers repeatable.

CUDA and MPS draw other random numbers than the CPU: draw on the CPU, then move.
"""

from __future__ import annotations

import os

import torch

CHOICES = ("auto", "cpu", "cuda", "mps")


def pick(name: str = "auto") -> torch.device:
    """The device called ``name``, made deterministic; "auto" is the first there is of CUDA, MPS and CPU.

    Raises  RuntimeError if that device is not there.

    >>> pick("cpu")
    device(type='cpu')
    """
    there = [kind for kind in ("cuda", "mps", "cpu") if is_there(kind)]
    if name == "auto":
        name = there[0]
    if name not in there:
        raise RuntimeError(f"device '{name}' is not there: this torch finds {' and '.join(there)}; choose one of them")
    if name == "cuda":
        _repeatable_cuda()
    return torch.device(name)


def is_there(kind: str) -> bool:
    """Whether torch can compute on "cpu", "cuda" or "mps" here."""
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return kind == "cpu"


def fuses_uniform() -> bool:
    """Whether torch's CPU rounds ``uniform_(low, high)`` once, by a fused multiply-add, as minigrad does.

    Its kernels for AVX2 and AVX-512 do; the one for older x86 processors rounds the product and the sum.
    """
    drawn, u = (torch.empty(64).uniform_(low, high, generator=torch.Generator()) for low, high in ((-2, 0.5), (0, 1)))
    return bool((drawn == (u.double() * 2.5 - 2).float()).all())


def _repeatable_cuda() -> None:
    """The same sum in the same order every time, and float32 that is float32: no TF32, no search for kernels."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when the first product is computed
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
