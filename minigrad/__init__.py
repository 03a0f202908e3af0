"""PyTorch you can read: ``import minigrad as torch``."""

import warnings as _warnings

from .core.dtype import (
    bool,
    double,
    dtype,
    float,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    set_default_dtype,
    short,
    uint8,
)
from .tensor import Size, Tensor

# NumPy warns of overflow, 0/0 and log(0); torch computes inf and nan in silence.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\b")

__version__ = "0.1.0"

# ---- autograd ----
from . import autograd as autograd
from .autograd.grad_mode import enable_grad as enable_grad
from .autograd.grad_mode import inference_mode as inference_mode
from .autograd.grad_mode import is_grad_enabled as is_grad_enabled
from .autograd.grad_mode import is_inference_mode_enabled as is_inference_mode_enabled
from .autograd.grad_mode import no_grad as no_grad
from .autograd.grad_mode import set_grad_enabled as set_grad_enabled

# ---- creation ----

# ---- pointwise ----

# ---- reductions ----

# ---- shape and memory ----

# ---- indexing ----

# ---- linear algebra ----

# ---- random ----
