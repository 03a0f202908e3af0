"""PyTorch you can read: ``import minigrad as torch``. One line a name, each from the file that makes it."""

import math as _math
import types as _types
import typing as _typing
import warnings as _warnings

from . import autograd as autograd
from . import random as random
from .autograd.grad_mode import enable_grad as enable_grad
from .autograd.grad_mode import inference_mode as inference_mode
from .autograd.grad_mode import is_grad_enabled as is_grad_enabled
from .autograd.grad_mode import is_inference_mode_enabled as is_inference_mode_enabled
from .autograd.grad_mode import no_grad as no_grad
from .autograd.grad_mode import set_grad_enabled as set_grad_enabled
from .core.device import channels_last as channels_last
from .core.device import channels_last_3d as channels_last_3d
from .core.device import contiguous_format as contiguous_format
from .core.device import device as device
from .core.device import layout as layout
from .core.device import memory_format as memory_format
from .core.device import preserve_format as preserve_format
from .core.device import strided as strided
from .core.dtype import bool as bool
from .core.dtype import double as double
from .core.dtype import dtype as dtype
from .core.dtype import float as float
from .core.dtype import float16 as float16
from .core.dtype import float32 as float32
from .core.dtype import float64 as float64
from .core.dtype import get_default_dtype as get_default_dtype
from .core.dtype import half as half
from .core.dtype import int as int
from .core.dtype import int8 as int8
from .core.dtype import int16 as int16
from .core.dtype import int32 as int32
from .core.dtype import int64 as int64
from .core.dtype import long as long
from .core.dtype import set_default_dtype as set_default_dtype
from .core.dtype import short as short
from .core.dtype import uint8 as uint8
from .core.errors import missing_from as _missing_from
from .core.memory import keep_freed_memory as _keep_freed_memory
from .core.printing import set_printoptions as set_printoptions
from .core.threads import get_num_threads as get_num_threads
from .core.threads import set_num_threads as set_num_threads
from .legacy import BoolTensor as BoolTensor
from .legacy import ByteTensor as ByteTensor
from .legacy import CharTensor as CharTensor
from .legacy import DoubleTensor as DoubleTensor
from .legacy import FloatTensor as FloatTensor
from .legacy import HalfTensor as HalfTensor
from .legacy import IntTensor as IntTensor
from .legacy import LongTensor as LongTensor
from .legacy import ShortTensor as ShortTensor
from .legacy import set_default_tensor_type as set_default_tensor_type
from .limits import finfo as finfo
from .limits import iinfo as iinfo
from .ops.activation import hardshrink as hardshrink
from .ops.activation import prelu as prelu
from .ops.activation import relu as relu
from .ops.activation import relu_ as relu_
from .ops.activation import threshold as threshold
from .ops.arithmetic import add as add
from .ops.arithmetic import addcdiv as addcdiv
from .ops.arithmetic import addcmul as addcmul
from .ops.arithmetic import div as div
from .ops.arithmetic import div as divide
from .ops.arithmetic import div as true_divide
from .ops.arithmetic import floor_divide as floor_divide
from .ops.arithmetic import fmod as fmod
from .ops.arithmetic import lerp as lerp
from .ops.arithmetic import mul as mul
from .ops.arithmetic import mul as multiply
from .ops.arithmetic import neg as neg
from .ops.arithmetic import neg as negative
from .ops.arithmetic import positive as positive
from .ops.arithmetic import pow as pow
from .ops.arithmetic import remainder as remainder
from .ops.arithmetic import rsub as rsub
from .ops.arithmetic import square as square
from .ops.arithmetic import sub as sub
from .ops.arithmetic import sub as subtract
from .ops.arrange import cartesian_prod as cartesian_prod
from .ops.arrange import combinations as combinations
from .ops.arrange import flip as flip
from .ops.arrange import fliplr as fliplr
from .ops.arrange import flipud as flipud
from .ops.arrange import repeat_interleave as repeat_interleave
from .ops.arrange import roll as roll
from .ops.arrange import rot90 as rot90
from .ops.arrange import tile as tile
from .ops.attributes import from_dlpack as from_dlpack
from .ops.attributes import is_same_size as is_same_size
from .ops.attributes import itself as conj
from .ops.attributes import itself as real
from .ops.buffers import asarray as asarray
from .ops.buffers import frombuffer as frombuffer
from .ops.compare import allclose as allclose
from .ops.compare import bitwise_and as bitwise_and
from .ops.compare import bitwise_left_shift as bitwise_left_shift
from .ops.compare import bitwise_not as bitwise_not
from .ops.compare import bitwise_or as bitwise_or
from .ops.compare import bitwise_right_shift as bitwise_right_shift
from .ops.compare import bitwise_xor as bitwise_xor
from .ops.compare import eq as eq
from .ops.compare import equal as equal
from .ops.compare import ge as ge
from .ops.compare import ge as greater_equal
from .ops.compare import gt as greater
from .ops.compare import gt as gt
from .ops.compare import isclose as isclose
from .ops.compare import isfinite as isfinite
from .ops.compare import isinf as isinf
from .ops.compare import isnan as isnan
from .ops.compare import le as le
from .ops.compare import le as less_equal
from .ops.compare import logical_and as logical_and
from .ops.compare import logical_not as logical_not
from .ops.compare import logical_or as logical_or
from .ops.compare import logical_xor as logical_xor
from .ops.compare import lt as less
from .ops.compare import lt as lt
from .ops.compare import ne as ne
from .ops.compare import ne as not_equal
from .ops.create import arange as arange
from .ops.create import as_tensor as as_tensor
from .ops.create import empty as empty
from .ops.create import empty_like as empty_like
from .ops.create import eye as eye
from .ops.create import from_numpy as from_numpy
from .ops.create import full as full
from .ops.create import full_like as full_like
from .ops.create import is_tensor as is_tensor
from .ops.create import linspace as linspace
from .ops.create import logspace as logspace
from .ops.create import meshgrid as meshgrid
from .ops.create import numel as numel
from .ops.create import ones as ones
from .ops.create import ones_like as ones_like
from .ops.create import scalar_tensor as scalar_tensor
from .ops.create import tensor as tensor
from .ops.create import tril_indices as tril_indices
from .ops.create import triu_indices as triu_indices
from .ops.create import zeros as zeros
from .ops.create import zeros_like as zeros_like
from .ops.diagonal import block_diag as block_diag
from .ops.diagonal import diag as diag
from .ops.diagonal import diag_embed as diag_embed
from .ops.diagonal import diagflat as diagflat
from .ops.diagonal import diagonal as diagonal
from .ops.diagonal import diagonal_scatter as diagonal_scatter
from .ops.diagonal import tril as tril
from .ops.diagonal import triu as triu
from .ops.einsum import bilinear as bilinear
from .ops.einsum import cross as cross
from .ops.einsum import einsum as einsum
from .ops.einsum import inner as inner
from .ops.einsum import kron as kron
from .ops.einsum import outer as ger
from .ops.einsum import outer as outer
from .ops.einsum import tensordot as tensordot
from .ops.einsum import trace as trace
from .ops.embedding import renorm as renorm
from .ops.extremes import amax as amax
from .ops.extremes import amin as amin
from .ops.extremes import aminmax as aminmax
from .ops.extremes import argmax as argmax
from .ops.extremes import argmin as argmin
from .ops.extremes import max as max
from .ops.extremes import min as min
from .ops.gather import gather as gather
from .ops.gather import index_add as index_add
from .ops.gather import index_select as index_select
from .ops.gather import masked_scatter as masked_scatter
from .ops.gather import masked_select as masked_select
from .ops.gather import put as put
from .ops.gather import scatter_add as scatter_add
from .ops.gather import take as take
from .ops.gather import take_along_dim as take_along_dim
from .ops.index import index_put as index_put
from .ops.index import narrow as narrow
from .ops.index import select as select
from .ops.inverse import det as det
from .ops.inverse import inv as inverse
from .ops.inverse import matrix_power as matrix_power
from .ops.inverse import slogdet as slogdet
from .ops.join import cat as cat
from .ops.join import chunk as chunk
from .ops.join import column_stack as column_stack
from .ops.join import dsplit as dsplit
from .ops.join import dstack as dstack
from .ops.join import hsplit as hsplit
from .ops.join import hstack as hstack
from .ops.join import split as split
from .ops.join import split_with_sizes as split_with_sizes
from .ops.join import stack as stack
from .ops.join import tensor_split as tensor_split
from .ops.join import unbind as unbind
from .ops.join import vsplit as vsplit
from .ops.join import vstack as row_stack
from .ops.join import vstack as vstack
from .ops.linalg import addbmm as addbmm
from .ops.linalg import addmm as addmm
from .ops.linalg import addmv as addmv
from .ops.linalg import baddbmm as baddbmm
from .ops.linalg import bmm as bmm
from .ops.linalg import dot as dot
from .ops.linalg import matmul as matmul
from .ops.linalg import mm as mm
from .ops.linalg import mv as mv
from .ops.linalg import vdot as vdot
from .ops.norms import cdist as cdist
from .ops.norms import cosine_similarity as cosine_similarity
from .ops.norms import dist as dist
from .ops.norms import norm as norm
from .ops.norms import pairwise_distance as pairwise_distance
from .ops.piecewise import abs as abs
from .ops.piecewise import abs as absolute
from .ops.piecewise import ceil as ceil
from .ops.piecewise import clamp as clamp
from .ops.piecewise import clamp as clip
from .ops.piecewise import clamp_max as clamp_max
from .ops.piecewise import clamp_min as clamp_min
from .ops.piecewise import floor as floor
from .ops.piecewise import frac as frac
from .ops.piecewise import masked_fill as masked_fill
from .ops.piecewise import maximum as maximum
from .ops.piecewise import minimum as minimum
from .ops.piecewise import nan_to_num as nan_to_num
from .ops.piecewise import round as round
from .ops.piecewise import sign as sign
from .ops.piecewise import trunc as fix
from .ops.piecewise import trunc as trunc
from .ops.piecewise import where as where
from .ops.pointwise import acos as acos
from .ops.pointwise import acos as arccos
from .ops.pointwise import acosh as acosh
from .ops.pointwise import acosh as arccosh
from .ops.pointwise import asin as arcsin
from .ops.pointwise import asin as asin
from .ops.pointwise import asinh as arcsinh
from .ops.pointwise import asinh as asinh
from .ops.pointwise import atan as arctan
from .ops.pointwise import atan as atan
from .ops.pointwise import atan2 as arctan2
from .ops.pointwise import atan2 as atan2
from .ops.pointwise import atanh as arctanh
from .ops.pointwise import atanh as atanh
from .ops.pointwise import cos as cos
from .ops.pointwise import cosh as cosh
from .ops.pointwise import exp as exp
from .ops.pointwise import exp2 as exp2
from .ops.pointwise import expm1 as expm1
from .ops.pointwise import log as log
from .ops.pointwise import log1p as log1p
from .ops.pointwise import log2 as log2
from .ops.pointwise import log10 as log10
from .ops.pointwise import reciprocal as reciprocal
from .ops.pointwise import rsqrt as rsqrt
from .ops.pointwise import sigmoid as sigmoid
from .ops.pointwise import sin as sin
from .ops.pointwise import sinh as sinh
from .ops.pointwise import sqrt as sqrt
from .ops.pointwise import tan as tan
from .ops.pointwise import tanh as tanh
from .ops.random import bernoulli as bernoulli
from .ops.random import multinomial as multinomial
from .ops.random import normal as normal
from .ops.random import poisson as poisson
from .ops.random import rand as rand
from .ops.random import rand_like as rand_like
from .ops.random import randint as randint
from .ops.random import randint_like as randint_like
from .ops.random import randn as randn
from .ops.random import randn_like as randn_like
from .ops.random import randperm as randperm
from .ops.reduce import all as all
from .ops.reduce import any as any
from .ops.reduce import count_nonzero as count_nonzero
from .ops.reduce import logsumexp as logsumexp
from .ops.reduce import mean as mean
from .ops.reduce import nanmean as nanmean
from .ops.reduce import nansum as nansum
from .ops.reduce import sum as sum
from .ops.scan import cummax as cummax
from .ops.scan import cummin as cummin
from .ops.scan import cumprod as cumprod
from .ops.scan import cumsum as cumsum
from .ops.scan import diff as diff
from .ops.scan import logcumsumexp as logcumsumexp
from .ops.scan import prod as prod
from .ops.scatter import index_copy as index_copy
from .ops.scatter import index_fill as index_fill
from .ops.scatter import scatter as scatter
from .ops.scatter import scatter_reduce as scatter_reduce
from .ops.scatter import select_scatter as select_scatter
from .ops.scatter import slice_scatter as slice_scatter
from .ops.search import argwhere as argwhere
from .ops.search import bucketize as bucketize
from .ops.search import isin as isin
from .ops.search import nonzero as nonzero
from .ops.search import searchsorted as searchsorted
from .ops.search import unravel_index as unravel_index
from .ops.shape import atleast_1d as atleast_1d
from .ops.shape import atleast_2d as atleast_2d
from .ops.shape import atleast_3d as atleast_3d
from .ops.shape import broadcast_shapes as broadcast_shapes
from .ops.shape import broadcast_tensors as broadcast_tensors
from .ops.shape import clone as clone
from .ops.shape import expand as broadcast_to
from .ops.shape import flatten as flatten
from .ops.shape import movedim as moveaxis
from .ops.shape import movedim as movedim
from .ops.shape import permute as permute
from .ops.shape import ravel as ravel
from .ops.shape import reshape as reshape
from .ops.shape import squeeze as squeeze
from .ops.shape import t as t
from .ops.shape import transpose as swapaxes
from .ops.shape import transpose as swapdims
from .ops.shape import transpose as transpose
from .ops.shape import unflatten as unflatten
from .ops.shape import unsqueeze as unsqueeze
from .ops.signs import angle as angle
from .ops.signs import copysign as copysign
from .ops.signs import deg2rad as deg2rad
from .ops.signs import float_power as float_power
from .ops.signs import fmax as fmax
from .ops.signs import fmin as fmin
from .ops.signs import gcd as gcd
from .ops.signs import heaviside as heaviside
from .ops.signs import hypot as hypot
from .ops.signs import isneginf as isneginf
from .ops.signs import isposinf as isposinf
from .ops.signs import isreal as isreal
from .ops.signs import lcm as lcm
from .ops.signs import ldexp as ldexp
from .ops.signs import logaddexp2 as logaddexp2
from .ops.signs import rad2deg as rad2deg
from .ops.signs import sgn as sgn
from .ops.signs import signbit as signbit
from .ops.signs import sinc as sinc
from .ops.softmax import log_softmax_of as log_softmax
from .ops.softmax import softmax_of as softmax
from .ops.sort import argsort as argsort
from .ops.sort import bincount as bincount
from .ops.sort import histc as histc
from .ops.sort import kthvalue as kthvalue
from .ops.sort import msort as msort
from .ops.sort import sort as sort
from .ops.sort import topk as topk
from .ops.sort import unique as unique
from .ops.sort import unique_consecutive as unique_consecutive
from .ops.special import digamma as digamma
from .ops.special import erf as erf
from .ops.special import erfc as erfc
from .ops.special import erfinv as erfinv
from .ops.special import lgamma as lgamma
from .ops.special import logaddexp as logaddexp
from .ops.special import logit as logit
from .ops.special import polygamma as polygamma
from .ops.special import xlogy as xlogy
from .ops.statistics import median as median
from .ops.statistics import mode as mode
from .ops.statistics import nanmedian as nanmedian
from .ops.statistics import nanquantile as nanquantile
from .ops.statistics import quantile as quantile
from .ops.statistics import std as std
from .ops.statistics import std_mean as std_mean
from .ops.statistics import var as var
from .ops.statistics import var_mean as var_mean
from .ops.strided import as_strided as as_strided
from .ops.types import can_cast as can_cast
from .ops.types import is_complex as is_complex
from .ops.types import is_floating_point as is_floating_point
from .ops.types import is_nonzero as is_nonzero
from .ops.types import promote_types as promote_types
from .ops.types import result_type as result_type
from .ops.types import typename as typename
from .random import Generator as Generator
from .random import default_generator as default_generator
from .random import get_rng_state as get_rng_state
from .random import initial_seed as initial_seed
from .random import manual_seed as manual_seed
from .random import seed as seed
from .random import set_rng_state as set_rng_state
from .switches import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from .switches import compile as compile
from .switches import get_default_device as get_default_device
from .switches import get_float32_matmul_precision as get_float32_matmul_precision
from .switches import set_default_device as set_default_device
from .switches import set_float32_matmul_precision as set_float32_matmul_precision
from .switches import use_deterministic_algorithms as use_deterministic_algorithms
from .tensor import Size as Size
from .tensor import Tensor as Tensor

concat = concatenate = cat

inf, nan, pi, e, newaxis = _math.inf, _math.nan, _math.pi, _math.e, None

__version__ = "0.1.0"

# NumPy warns of overflow, 0/0 and log(0); torch computes inf and nan in silence.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\b")

_keep_freed_memory()

# What not every program needs is loaded when it is first asked for: these packages, and these modules' names.
_packages = "accelerator amp backends cuda func linalg microscope nn optim safetensors serialization testing utils"
_names = {
    "amp": "autocast",
    "func": "vmap",
    "ops.conv": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "ops.pixel": "channel_shuffle pixel_shuffle pixel_unshuffle",
    "ops.pool_adaptive": "adaptive_avg_pool1d",
    "ops.pool_avg": "avg_pool1d",
    "ops.pool_max": "max_pool1d max_pool2d max_pool3d",
    "ops.recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
    "ops.smooth": "celu selu",
    "serialization": "load save",
}
_later = {p: p for p in _packages.split()} | {
    name: module for module, names in _names.items() for name in names.split()
}

if _typing.TYPE_CHECKING:
    from . import accelerator as accelerator
    from . import amp as amp
    from . import backends as backends
    from . import cuda as cuda
    from . import func as func
    from . import linalg as linalg
    from . import microscope as microscope
    from . import nn as nn
    from . import optim as optim
    from . import safetensors as safetensors
    from . import serialization as serialization
    from . import testing as testing
    from . import utils as utils
    from .amp import autocast as autocast
    from .func import vmap as vmap
    from .ops.conv import conv1d as conv1d
    from .ops.conv import conv2d as conv2d
    from .ops.conv import conv3d as conv3d
    from .ops.conv import conv_transpose1d as conv_transpose1d
    from .ops.conv import conv_transpose2d as conv_transpose2d
    from .ops.conv import conv_transpose3d as conv_transpose3d
    from .ops.pixel import channel_shuffle as channel_shuffle
    from .ops.pixel import pixel_shuffle as pixel_shuffle
    from .ops.pixel import pixel_unshuffle as pixel_unshuffle
    from .ops.pool_adaptive import adaptive_avg_pool1d as adaptive_avg_pool1d
    from .ops.pool_avg import avg_pool1d as avg_pool1d
    from .ops.pool_max import max_pool1d as max_pool1d
    from .ops.pool_max import max_pool2d as max_pool2d
    from .ops.pool_max import max_pool3d as max_pool3d
    from .ops.recurrent import gru as gru
    from .ops.recurrent import gru_cell as gru_cell
    from .ops.recurrent import lstm as lstm
    from .ops.recurrent import lstm_cell as lstm_cell
    from .ops.recurrent import rnn_relu as rnn_relu
    from .ops.recurrent import rnn_relu_cell as rnn_relu_cell
    from .ops.recurrent import rnn_tanh as rnn_tanh
    from .ops.recurrent import rnn_tanh_cell as rnn_tanh_cell
    from .ops.smooth import celu as celu
    from .ops.smooth import selu as selu
    from .serialization import load as load
    from .serialization import save as save
else:
    __getattr__ = _missing_from(__name__, globals(), _later)
    __all__ = sorted(
        name
        for name in {*globals(), *_later} - {*_packages.split()}
        if name[0] != "_" and not isinstance(globals().get(name), _types.ModuleType)
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *_later})
