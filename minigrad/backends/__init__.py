"""``torch.backends``: switches for libraries that minigrad does not use; programs may set them, nothing happens.

>>> minigrad.backends.cudnn.deterministic = True
>>> minigrad.backends.mps.is_available()
False
"""

from __future__ import annotations

from . import cudnn as cudnn


class _Backend:
    """A library that is not here, and its switches."""

    enabled = False
    benchmark = False
    deterministic = False
    allow_tf32 = False

    def is_available(self) -> bool:
        """False."""
        return False

    def is_built(self) -> bool:
        """False."""
        return False


class _Cuda(_Backend):
    """CUDA, which has the switches of its matrix product."""

    matmul = _Backend()


mps = _Backend()
mkl = _Backend()
mkldnn = _Backend()
cuda = _Cuda()
