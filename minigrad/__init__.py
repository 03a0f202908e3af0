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
from .ops.activation import (
    hardshrink as hardshrink,
    prelu as prelu,
    relu as relu,
    relu_ as relu_,
    threshold as threshold,
)
from .ops.arithmetic import (
    add as add,
    addcdiv as addcdiv,
    addcmul as addcmul,
    div as div,
    floor_divide as floor_divide,
    fmod as fmod,
    lerp as lerp,
    mul as mul,
    neg as neg,
    positive as positive,
    pow as pow,
    remainder as remainder,
    rsub as rsub,
    square as square,
    sub as sub,
)
from .ops.arithmetic import div as divide
from .ops.arithmetic import div as true_divide
from .ops.arithmetic import mul as multiply
from .ops.arithmetic import neg as negative
from .ops.arithmetic import sub as subtract
from .ops.compare import (
    allclose as allclose,
    bitwise_and as bitwise_and,
    bitwise_left_shift as bitwise_left_shift,
    bitwise_not as bitwise_not,
    bitwise_or as bitwise_or,
    bitwise_right_shift as bitwise_right_shift,
    bitwise_xor as bitwise_xor,
    eq as eq,
    equal as equal,
    ge as ge,
    gt as gt,
    isclose as isclose,
    isfinite as isfinite,
    isinf as isinf,
    isnan as isnan,
    le as le,
    logical_and as logical_and,
    logical_not as logical_not,
    logical_or as logical_or,
    logical_xor as logical_xor,
    lt as lt,
    ne as ne,
)
from .ops.compare import ge as greater_equal
from .ops.compare import gt as greater
from .ops.compare import le as less_equal
from .ops.compare import lt as less
from .ops.compare import ne as not_equal
from .ops.piecewise import (
    abs as abs,
    ceil as ceil,
    clamp as clamp,
    clamp_max as clamp_max,
    clamp_min as clamp_min,
    floor as floor,
    frac as frac,
    masked_fill as masked_fill,
    maximum as maximum,
    minimum as minimum,
    nan_to_num as nan_to_num,
    round as round,
    sign as sign,
    trunc as trunc,
    where as where,
)
from .ops.piecewise import abs as absolute
from .ops.piecewise import clamp as clip
from .ops.piecewise import trunc as fix
from .ops.pointwise import (
    acos as acos,
    acosh as acosh,
    asin as asin,
    asinh as asinh,
    atan as atan,
    atan2 as atan2,
    atanh as atanh,
    cos as cos,
    cosh as cosh,
    exp as exp,
    exp2 as exp2,
    expm1 as expm1,
    log as log,
    log1p as log1p,
    log2 as log2,
    log10 as log10,
    logit as logit,
    reciprocal as reciprocal,
    rsqrt as rsqrt,
    sigmoid as sigmoid,
    sin as sin,
    sinh as sinh,
    sqrt as sqrt,
    tan as tan,
    tanh as tanh,
)
from .ops.pointwise import acos as arccos
from .ops.pointwise import acosh as arccosh
from .ops.pointwise import asin as arcsin
from .ops.pointwise import asinh as arcsinh
from .ops.pointwise import atan as arctan
from .ops.pointwise import atan2 as arctan2
from .ops.pointwise import atanh as arctanh
from .ops.smooth import celu as celu
from .ops.smooth import selu as selu
from .ops.special import (
    digamma as digamma,
    erf as erf,
    erfc as erfc,
    erfinv as erfinv,
    lgamma as lgamma,
    logaddexp as logaddexp,
    polygamma as polygamma,
    xlogy as xlogy,
)

# ---- reductions ----
from .ops.extremes import (
    amax as amax,
    amin as amin,
    aminmax as aminmax,
    argmax as argmax,
    argmin as argmin,
    max as max,
    min as min,
)
from .ops.norms import cdist as cdist
from .ops.norms import cosine_similarity as cosine_similarity
from .ops.norms import dist as dist
from .ops.norms import norm as norm
from .ops.norms import pairwise_distance as pairwise_distance
from .ops.reduce import (
    all as all,
    any as any,
    count_nonzero as count_nonzero,
    logsumexp as logsumexp,
    mean as mean,
    nanmean as nanmean,
    nansum as nansum,
    sum as sum,
)
from .ops.scan import (
    cummax as cummax,
    cummin as cummin,
    cumprod as cumprod,
    cumsum as cumsum,
    diff as diff,
    logcumsumexp as logcumsumexp,
    prod as prod,
)
from .ops.sort import (
    argsort as argsort,
    bincount as bincount,
    histc as histc,
    kthvalue as kthvalue,
    msort as msort,
    sort as sort,
    topk as topk,
    unique as unique,
    unique_consecutive as unique_consecutive,
)
from .ops.statistics import (
    median as median,
    mode as mode,
    nanmedian as nanmedian,
    nanquantile as nanquantile,
    quantile as quantile,
    std as std,
    std_mean as std_mean,
    var as var,
    var_mean as var_mean,
)
from .ops.softmax import log_softmax_of as log_softmax
from .ops.softmax import softmax_of as softmax

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
from . import linalg as linalg
from .ops.linalg import (
    bmm as bmm,
    dot as dot,
    matmul as matmul,
    mm as mm,
    mv as mv,
)

# ---- random ----
from . import random as random
from .random import (
    Generator as Generator,
    default_generator as default_generator,
    get_rng_state as get_rng_state,
    initial_seed as initial_seed,
    manual_seed as manual_seed,
    seed as seed,
    set_rng_state as set_rng_state,
)
