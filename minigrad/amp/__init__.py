"""Automatic mixed precision on a machine without a GPU: programs that ask for CUDA's
are warned, and compute in float32."""

from .autocast_mode import autocast as autocast
from .grad_scaler import GradScaler as GradScaler
