"""PyTorch you can read: ``import minigrad as torch``."""

import warnings as _warnings

from .core.dtype import (
    bool as bool,
    double as double,
    dtype as dtype,
    float as float,
    float16 as float16,
    float32 as float32,
    float64 as float64,
    get_default_dtype as get_default_dtype,
    half as half,
    int as int,
    int8 as int8,
    int16 as int16,
    int32 as int32,
    int64 as int64,
    long as long,
    set_default_dtype as set_default_dtype,
    short as short,
    uint8 as uint8,
)
from .tensor import Size as Size
from .tensor import Tensor as Tensor

# NumPy warns of overflow, 0/0 and log(0); torch computes inf and nan in silence.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\b")

__version__ = "0.1.0"

# ---- autograd ----
from . import autograd as autograd
from . import testing as testing
from .autograd.grad_mode import enable_grad as enable_grad
from .autograd.grad_mode import inference_mode as inference_mode
from .autograd.grad_mode import is_grad_enabled as is_grad_enabled
from .autograd.grad_mode import is_inference_mode_enabled as is_inference_mode_enabled
from .autograd.grad_mode import no_grad as no_grad
from .autograd.grad_mode import set_grad_enabled as set_grad_enabled

# ---- creation ----
from .core.device import device
from .ops.create import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_numpy,
    frombuffer,
    full,
    full_like,
    is_tensor,
    linspace,
    logspace,
    meshgrid,
    numel,
    ones,
    ones_like,
    scalar_tensor,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)

# ---- pointwise ----

# ---- reductions ----

# ---- shape and memory ----
from .ops.join import (
    cat,
    chunk,
    column_stack,
    dstack,
    hstack,
    split,
    split_with_sizes,
    stack,
    tensor_split,
    unbind,
    vstack,
)
from .ops.shape import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_shapes,
    broadcast_tensors,
    clone,
    flatten,
    movedim,
    permute,
    ravel,
    reshape,
    squeeze,
    t,
    transpose,
    unflatten,
    unsqueeze,
)
from .ops.shape import expand as broadcast_to
from .ops.shape import movedim as moveaxis
from .ops.shape import transpose as swapaxes
from .ops.shape import transpose as swapdims

concat = concatenate = cat

# ---- indexing ----
from .ops.index import index_put, narrow, select

# ---- linear algebra ----

# ---- random ----
