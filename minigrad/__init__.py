"""PyTorch you can read: ``import minigrad as torch``."""

import warnings as _warnings

from .core.dtype import (
    bool as bool,
)
from .core.dtype import (
    double as double,
)
from .core.dtype import (
    dtype as dtype,
)
from .core.dtype import (
    float as float,
)
from .core.dtype import (
    float16 as float16,
)
from .core.dtype import (
    float32 as float32,
)
from .core.dtype import (
    float64 as float64,
)
from .core.dtype import (
    get_default_dtype as get_default_dtype,
)
from .core.dtype import (
    half as half,
)
from .core.dtype import (
    int as int,
)
from .core.dtype import (
    int8 as int8,
)
from .core.dtype import (
    int16 as int16,
)
from .core.dtype import (
    int32 as int32,
)
from .core.dtype import (
    int64 as int64,
)
from .core.dtype import (
    long as long,
)
from .core.dtype import (
    set_default_dtype as set_default_dtype,
)
from .core.dtype import (
    short as short,
)
from .core.dtype import (
    uint8 as uint8,
)
from .core.printing import set_printoptions as set_printoptions
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

# ---- pointwise ----
from .ops.activation import (
    hardshrink as hardshrink,
)
from .ops.activation import (
    prelu as prelu,
)
from .ops.activation import (
    relu as relu,
)
from .ops.activation import (
    relu_ as relu_,
)
from .ops.activation import (
    threshold as threshold,
)
from .ops.arithmetic import (
    add as add,
)
from .ops.arithmetic import (
    addcdiv as addcdiv,
)
from .ops.arithmetic import (
    addcmul as addcmul,
)
from .ops.arithmetic import (
    div as div,
)
from .ops.arithmetic import div as divide
from .ops.arithmetic import div as true_divide
from .ops.arithmetic import (
    floor_divide as floor_divide,
)
from .ops.arithmetic import (
    fmod as fmod,
)
from .ops.arithmetic import (
    lerp as lerp,
)
from .ops.arithmetic import (
    mul as mul,
)
from .ops.arithmetic import mul as multiply
from .ops.arithmetic import (
    neg as neg,
)
from .ops.arithmetic import neg as negative
from .ops.arithmetic import (
    positive as positive,
)
from .ops.arithmetic import (
    pow as pow,
)
from .ops.arithmetic import (
    remainder as remainder,
)
from .ops.arithmetic import (
    rsub as rsub,
)
from .ops.arithmetic import (
    square as square,
)
from .ops.arithmetic import (
    sub as sub,
)
from .ops.arithmetic import sub as subtract
from .ops.compare import (
    allclose as allclose,
)
from .ops.compare import (
    bitwise_and as bitwise_and,
)
from .ops.compare import (
    bitwise_left_shift as bitwise_left_shift,
)
from .ops.compare import (
    bitwise_not as bitwise_not,
)
from .ops.compare import (
    bitwise_or as bitwise_or,
)
from .ops.compare import (
    bitwise_right_shift as bitwise_right_shift,
)
from .ops.compare import (
    bitwise_xor as bitwise_xor,
)
from .ops.compare import (
    eq as eq,
)
from .ops.compare import (
    equal as equal,
)
from .ops.compare import (
    ge as ge,
)
from .ops.compare import ge as greater_equal
from .ops.compare import gt as greater
from .ops.compare import (
    gt as gt,
)
from .ops.compare import (
    isclose as isclose,
)
from .ops.compare import (
    isfinite as isfinite,
)
from .ops.compare import (
    isinf as isinf,
)
from .ops.compare import (
    isnan as isnan,
)
from .ops.compare import (
    le as le,
)
from .ops.compare import le as less_equal
from .ops.compare import (
    logical_and as logical_and,
)
from .ops.compare import (
    logical_not as logical_not,
)
from .ops.compare import (
    logical_or as logical_or,
)
from .ops.compare import (
    logical_xor as logical_xor,
)
from .ops.compare import lt as less
from .ops.compare import (
    lt as lt,
)
from .ops.compare import (
    ne as ne,
)
from .ops.compare import ne as not_equal
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

# ---- reductions ----
from .ops.extremes import (
    amax as amax,
)
from .ops.extremes import (
    amin as amin,
)
from .ops.extremes import (
    aminmax as aminmax,
)
from .ops.extremes import (
    argmax as argmax,
)
from .ops.extremes import (
    argmin as argmin,
)
from .ops.extremes import (
    max as max,
)
from .ops.extremes import (
    min as min,
)

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
from .ops.norms import cdist as cdist
from .ops.norms import cosine_similarity as cosine_similarity
from .ops.norms import dist as dist
from .ops.norms import norm as norm
from .ops.norms import pairwise_distance as pairwise_distance
from .ops.piecewise import (
    abs as abs,
)
from .ops.piecewise import abs as absolute
from .ops.piecewise import (
    ceil as ceil,
)
from .ops.piecewise import (
    clamp as clamp,
)
from .ops.piecewise import clamp as clip
from .ops.piecewise import (
    clamp_max as clamp_max,
)
from .ops.piecewise import (
    clamp_min as clamp_min,
)
from .ops.piecewise import (
    floor as floor,
)
from .ops.piecewise import (
    frac as frac,
)
from .ops.piecewise import (
    masked_fill as masked_fill,
)
from .ops.piecewise import (
    maximum as maximum,
)
from .ops.piecewise import (
    minimum as minimum,
)
from .ops.piecewise import (
    nan_to_num as nan_to_num,
)
from .ops.piecewise import (
    round as round,
)
from .ops.piecewise import (
    sign as sign,
)
from .ops.piecewise import trunc as fix
from .ops.piecewise import (
    trunc as trunc,
)
from .ops.piecewise import (
    where as where,
)
from .ops.pointwise import (
    acos as acos,
)
from .ops.pointwise import acos as arccos
from .ops.pointwise import (
    acosh as acosh,
)
from .ops.pointwise import acosh as arccosh
from .ops.pointwise import asin as arcsin
from .ops.pointwise import (
    asin as asin,
)
from .ops.pointwise import asinh as arcsinh
from .ops.pointwise import (
    asinh as asinh,
)
from .ops.pointwise import atan as arctan
from .ops.pointwise import (
    atan as atan,
)
from .ops.pointwise import atan2 as arctan2
from .ops.pointwise import (
    atan2 as atan2,
)
from .ops.pointwise import atanh as arctanh
from .ops.pointwise import (
    atanh as atanh,
)
from .ops.pointwise import (
    cos as cos,
)
from .ops.pointwise import (
    cosh as cosh,
)
from .ops.pointwise import (
    exp as exp,
)
from .ops.pointwise import (
    exp2 as exp2,
)
from .ops.pointwise import (
    expm1 as expm1,
)
from .ops.pointwise import (
    log as log,
)
from .ops.pointwise import (
    log1p as log1p,
)
from .ops.pointwise import (
    log2 as log2,
)
from .ops.pointwise import (
    log10 as log10,
)
from .ops.pointwise import (
    logit as logit,
)
from .ops.pointwise import (
    reciprocal as reciprocal,
)
from .ops.pointwise import (
    rsqrt as rsqrt,
)
from .ops.pointwise import (
    sigmoid as sigmoid,
)
from .ops.pointwise import (
    sin as sin,
)
from .ops.pointwise import (
    sinh as sinh,
)
from .ops.pointwise import (
    sqrt as sqrt,
)
from .ops.pointwise import (
    tan as tan,
)
from .ops.pointwise import (
    tanh as tanh,
)
from .ops.reduce import (
    all as all,
)
from .ops.reduce import (
    any as any,
)
from .ops.reduce import (
    count_nonzero as count_nonzero,
)
from .ops.reduce import (
    logsumexp as logsumexp,
)
from .ops.reduce import (
    mean as mean,
)
from .ops.reduce import (
    nanmean as nanmean,
)
from .ops.reduce import (
    nansum as nansum,
)
from .ops.reduce import (
    sum as sum,
)
from .ops.scan import (
    cummax as cummax,
)
from .ops.scan import (
    cummin as cummin,
)
from .ops.scan import (
    cumprod as cumprod,
)
from .ops.scan import (
    cumsum as cumsum,
)
from .ops.scan import (
    diff as diff,
)
from .ops.scan import (
    logcumsumexp as logcumsumexp,
)
from .ops.scan import (
    prod as prod,
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
from .ops.smooth import celu as celu
from .ops.smooth import selu as selu
from .ops.softmax import log_softmax_of as log_softmax
from .ops.softmax import softmax_of as softmax
from .ops.sort import (
    argsort as argsort,
)
from .ops.sort import (
    bincount as bincount,
)
from .ops.sort import (
    histc as histc,
)
from .ops.sort import (
    kthvalue as kthvalue,
)
from .ops.sort import (
    msort as msort,
)
from .ops.sort import (
    sort as sort,
)
from .ops.sort import (
    topk as topk,
)
from .ops.sort import (
    unique as unique,
)
from .ops.sort import (
    unique_consecutive as unique_consecutive,
)
from .ops.special import (
    digamma as digamma,
)
from .ops.special import (
    erf as erf,
)
from .ops.special import (
    erfc as erfc,
)
from .ops.special import (
    erfinv as erfinv,
)
from .ops.special import (
    lgamma as lgamma,
)
from .ops.special import (
    logaddexp as logaddexp,
)
from .ops.special import (
    polygamma as polygamma,
)
from .ops.special import (
    xlogy as xlogy,
)
from .ops.statistics import (
    median as median,
)
from .ops.statistics import (
    mode as mode,
)
from .ops.statistics import (
    nanmedian as nanmedian,
)
from .ops.statistics import (
    nanquantile as nanquantile,
)
from .ops.statistics import (
    quantile as quantile,
)
from .ops.statistics import (
    std as std,
)
from .ops.statistics import (
    std_mean as std_mean,
)
from .ops.statistics import (
    var as var,
)
from .ops.statistics import (
    var_mean as var_mean,
)

concat = concatenate = cat

# ---- indexing ----
# ---- linear algebra ----
from . import linalg as linalg

# ---- layers and optimizers ----
from . import nn as nn
from . import optim as optim

# ---- random ----
from . import random as random
from .ops.einsum import (
    bilinear as bilinear,
)
from .ops.einsum import (
    cross as cross,
)
from .ops.einsum import (
    einsum as einsum,
)
from .ops.einsum import (
    inner as inner,
)
from .ops.einsum import (
    kron as kron,
)
from .ops.einsum import outer as ger
from .ops.einsum import (
    outer as outer,
)
from .ops.einsum import (
    tensordot as tensordot,
)
from .ops.einsum import (
    trace as trace,
)
from .ops.index import index_put, narrow, select
from .ops.linalg import (
    addbmm as addbmm,
)
from .ops.linalg import (
    addmm as addmm,
)
from .ops.linalg import (
    addmv as addmv,
)
from .ops.linalg import (
    baddbmm as baddbmm,
)
from .ops.linalg import (
    bmm as bmm,
)
from .ops.linalg import (
    dot as dot,
)
from .ops.linalg import (
    matmul as matmul,
)
from .ops.linalg import (
    mm as mm,
)
from .ops.linalg import (
    mv as mv,
)
from .ops.linalg import (
    vdot as vdot,
)
from .random import (
    Generator as Generator,
)
from .random import (
    default_generator as default_generator,
)
from .random import (
    get_rng_state as get_rng_state,
)
from .random import (
    initial_seed as initial_seed,
)
from .random import (
    manual_seed as manual_seed,
)
from .random import (
    seed as seed,
)
from .random import (
    set_rng_state as set_rng_state,
)
