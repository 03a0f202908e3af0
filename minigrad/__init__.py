"""PyTorch you can read: ``import minigrad as torch``. Each name has its line: what every program needs is
imported here from the file that defines it; the rest is listed at the end, and loaded when it is first used."""

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
from .host.device import channels_last as channels_last
from .host.device import channels_last_3d as channels_last_3d
from .host.device import contiguous_format as contiguous_format
from .host.device import device as device
from .host.device import layout as layout
from .host.device import memory_format as memory_format
from .host.device import preserve_format as preserve_format
from .host.device import strided as strided
from .host.memory import keep_freed_memory as _keep_freed_memory
from .host.threads import get_num_threads as get_num_threads
from .host.threads import set_num_threads as set_num_threads
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
from .ops.attributes import from_dlpack as from_dlpack
from .ops.attributes import is_same_size as is_same_size
from .ops.attributes import itself as _itself
from .ops.buffers import asarray as asarray
from .ops.buffers import frombuffer as frombuffer
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
from .ops.create import zeros as zeros
from .ops.create import zeros_like as zeros_like
from .ops.dtypes import can_cast as can_cast
from .ops.dtypes import is_complex as is_complex
from .ops.dtypes import is_floating_point as is_floating_point
from .ops.dtypes import is_nonzero as is_nonzero
from .ops.dtypes import promote_types as promote_types
from .ops.dtypes import result_type as result_type
from .ops.dtypes import typename as typename
from .ops.elementwise.activation import hardshrink as hardshrink
from .ops.elementwise.activation import prelu as prelu
from .ops.elementwise.activation import relu as relu
from .ops.elementwise.activation import relu_ as relu_
from .ops.elementwise.activation import threshold as threshold
from .ops.elementwise.arithmetic import add as add
from .ops.elementwise.arithmetic import addcdiv as addcdiv
from .ops.elementwise.arithmetic import addcmul as addcmul
from .ops.elementwise.arithmetic import div as div
from .ops.elementwise.arithmetic import floor_divide as floor_divide
from .ops.elementwise.arithmetic import fmod as fmod
from .ops.elementwise.arithmetic import lerp as lerp
from .ops.elementwise.arithmetic import mul as mul
from .ops.elementwise.arithmetic import neg as neg
from .ops.elementwise.arithmetic import positive as positive
from .ops.elementwise.arithmetic import pow as pow
from .ops.elementwise.arithmetic import remainder as remainder
from .ops.elementwise.arithmetic import rsub as rsub
from .ops.elementwise.arithmetic import square as square
from .ops.elementwise.arithmetic import sub as sub
from .ops.elementwise.comparison import allclose as allclose
from .ops.elementwise.comparison import bitwise_and as bitwise_and
from .ops.elementwise.comparison import bitwise_left_shift as bitwise_left_shift
from .ops.elementwise.comparison import bitwise_not as bitwise_not
from .ops.elementwise.comparison import bitwise_or as bitwise_or
from .ops.elementwise.comparison import bitwise_right_shift as bitwise_right_shift
from .ops.elementwise.comparison import bitwise_xor as bitwise_xor
from .ops.elementwise.comparison import eq as eq
from .ops.elementwise.comparison import equal as equal
from .ops.elementwise.comparison import ge as ge
from .ops.elementwise.comparison import gt as gt
from .ops.elementwise.comparison import isclose as isclose
from .ops.elementwise.comparison import isfinite as isfinite
from .ops.elementwise.comparison import isinf as isinf
from .ops.elementwise.comparison import isnan as isnan
from .ops.elementwise.comparison import le as le
from .ops.elementwise.comparison import logical_and as logical_and
from .ops.elementwise.comparison import logical_not as logical_not
from .ops.elementwise.comparison import logical_or as logical_or
from .ops.elementwise.comparison import logical_xor as logical_xor
from .ops.elementwise.comparison import lt as lt
from .ops.elementwise.comparison import ne as ne
from .ops.elementwise.piecewise import abs as abs
from .ops.elementwise.piecewise import ceil as ceil
from .ops.elementwise.piecewise import clamp as clamp
from .ops.elementwise.piecewise import clamp_max as clamp_max
from .ops.elementwise.piecewise import clamp_min as clamp_min
from .ops.elementwise.piecewise import floor as floor
from .ops.elementwise.piecewise import frac as frac
from .ops.elementwise.piecewise import masked_fill as masked_fill
from .ops.elementwise.piecewise import maximum as maximum
from .ops.elementwise.piecewise import minimum as minimum
from .ops.elementwise.piecewise import nan_to_num as nan_to_num
from .ops.elementwise.piecewise import round as round
from .ops.elementwise.piecewise import sign as sign
from .ops.elementwise.piecewise import trunc as trunc
from .ops.elementwise.piecewise import where as where
from .ops.elementwise.signs import angle as angle
from .ops.elementwise.signs import copysign as copysign
from .ops.elementwise.signs import deg2rad as deg2rad
from .ops.elementwise.signs import float_power as float_power
from .ops.elementwise.signs import fmax as fmax
from .ops.elementwise.signs import fmin as fmin
from .ops.elementwise.signs import gcd as gcd
from .ops.elementwise.signs import heaviside as heaviside
from .ops.elementwise.signs import hypot as hypot
from .ops.elementwise.signs import isneginf as isneginf
from .ops.elementwise.signs import isposinf as isposinf
from .ops.elementwise.signs import isreal as isreal
from .ops.elementwise.signs import lcm as lcm
from .ops.elementwise.signs import ldexp as ldexp
from .ops.elementwise.signs import logaddexp2 as logaddexp2
from .ops.elementwise.signs import rad2deg as rad2deg
from .ops.elementwise.signs import sgn as sgn
from .ops.elementwise.signs import signbit as signbit
from .ops.elementwise.signs import sinc as sinc
from .ops.elementwise.special import digamma as digamma
from .ops.elementwise.special import erf as erf
from .ops.elementwise.special import erfc as erfc
from .ops.elementwise.special import erfinv as erfinv
from .ops.elementwise.special import lgamma as lgamma
from .ops.elementwise.special import logaddexp as logaddexp
from .ops.elementwise.special import logit as logit
from .ops.elementwise.special import polygamma as polygamma
from .ops.elementwise.special import xlogy as xlogy
from .ops.elementwise.transcendental import acos as acos
from .ops.elementwise.transcendental import acosh as acosh
from .ops.elementwise.transcendental import asin as asin
from .ops.elementwise.transcendental import asinh as asinh
from .ops.elementwise.transcendental import atan as atan
from .ops.elementwise.transcendental import atan2 as atan2
from .ops.elementwise.transcendental import atanh as atanh
from .ops.elementwise.transcendental import cos as cos
from .ops.elementwise.transcendental import cosh as cosh
from .ops.elementwise.transcendental import exp as exp
from .ops.elementwise.transcendental import exp2 as exp2
from .ops.elementwise.transcendental import expm1 as expm1
from .ops.elementwise.transcendental import log as log
from .ops.elementwise.transcendental import log1p as log1p
from .ops.elementwise.transcendental import log2 as log2
from .ops.elementwise.transcendental import log10 as log10
from .ops.elementwise.transcendental import reciprocal as reciprocal
from .ops.elementwise.transcendental import rsqrt as rsqrt
from .ops.elementwise.transcendental import sigmoid as sigmoid
from .ops.elementwise.transcendental import sin as sin
from .ops.elementwise.transcendental import sinh as sinh
from .ops.elementwise.transcendental import sqrt as sqrt
from .ops.elementwise.transcendental import tan as tan
from .ops.elementwise.transcendental import tanh as tanh
from .ops.index.gathering import gather as gather
from .ops.index.gathering import index_select as index_select
from .ops.index.gathering import masked_select as masked_select
from .ops.index.gathering import take as take
from .ops.index.gathering import take_along_dim as take_along_dim
from .ops.index.indexing import index_put as index_put
from .ops.index.indexing import narrow as narrow
from .ops.index.indexing import select as select
from .ops.index.scattering import index_add as index_add
from .ops.index.scattering import index_copy as index_copy
from .ops.index.scattering import index_fill as index_fill
from .ops.index.scattering import masked_scatter as masked_scatter
from .ops.index.scattering import put as put
from .ops.index.scattering import scatter as scatter
from .ops.index.scattering import scatter_add as scatter_add
from .ops.index.scattering import scatter_reduce as scatter_reduce
from .ops.index.scattering import select_scatter as select_scatter
from .ops.index.scattering import slice_scatter as slice_scatter
from .ops.index.searching import argwhere as argwhere
from .ops.index.searching import bucketize as bucketize
from .ops.index.searching import isin as isin
from .ops.index.searching import nonzero as nonzero
from .ops.index.searching import searchsorted as searchsorted
from .ops.index.searching import unravel_index as unravel_index
from .ops.index.sorting import argsort as argsort
from .ops.index.sorting import bincount as bincount
from .ops.index.sorting import histc as histc
from .ops.index.sorting import kthvalue as kthvalue
from .ops.index.sorting import msort as msort
from .ops.index.sorting import sort as sort
from .ops.index.sorting import topk as topk
from .ops.index.sorting import unique as unique
from .ops.index.sorting import unique_consecutive as unique_consecutive
from .ops.layers.embedding import renorm as renorm
from .ops.layers.softmaxes import log_softmax as log_softmax
from .ops.layers.softmaxes import softmax as softmax
from .ops.linalg.einsum import bilinear as bilinear
from .ops.linalg.einsum import cross as cross
from .ops.linalg.einsum import einsum as einsum
from .ops.linalg.einsum import inner as inner
from .ops.linalg.einsum import kron as kron
from .ops.linalg.einsum import outer as outer
from .ops.linalg.einsum import tensordot as tensordot
from .ops.linalg.einsum import trace as trace
from .ops.linalg.inverses import det as det
from .ops.linalg.inverses import inv as _inv
from .ops.linalg.inverses import matrix_power as matrix_power
from .ops.linalg.inverses import slogdet as slogdet
from .ops.linalg.products import addbmm as addbmm
from .ops.linalg.products import addmm as addmm
from .ops.linalg.products import addmv as addmv
from .ops.linalg.products import baddbmm as baddbmm
from .ops.linalg.products import bmm as bmm
from .ops.linalg.products import dot as dot
from .ops.linalg.products import matmul as matmul
from .ops.linalg.products import mm as mm
from .ops.linalg.products import mv as mv
from .ops.linalg.products import vdot as vdot
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
from .ops.reduce.extremes import amax as amax
from .ops.reduce.extremes import amin as amin
from .ops.reduce.extremes import aminmax as aminmax
from .ops.reduce.extremes import argmax as argmax
from .ops.reduce.extremes import argmin as argmin
from .ops.reduce.extremes import max as max
from .ops.reduce.extremes import min as min
from .ops.reduce.norms import cdist as cdist
from .ops.reduce.norms import cosine_similarity as cosine_similarity
from .ops.reduce.norms import dist as dist
from .ops.reduce.norms import norm as norm
from .ops.reduce.norms import pairwise_distance as pairwise_distance
from .ops.reduce.scans import cummax as cummax
from .ops.reduce.scans import cummin as cummin
from .ops.reduce.scans import cumprod as cumprod
from .ops.reduce.scans import cumsum as cumsum
from .ops.reduce.scans import diff as diff
from .ops.reduce.scans import logcumsumexp as logcumsumexp
from .ops.reduce.scans import prod as prod
from .ops.reduce.statistics import median as median
from .ops.reduce.statistics import mode as mode
from .ops.reduce.statistics import nanmedian as nanmedian
from .ops.reduce.statistics import nanquantile as nanquantile
from .ops.reduce.statistics import quantile as quantile
from .ops.reduce.statistics import std as std
from .ops.reduce.statistics import std_mean as std_mean
from .ops.reduce.statistics import var as var
from .ops.reduce.statistics import var_mean as var_mean
from .ops.reduce.sums import all as all
from .ops.reduce.sums import any as any
from .ops.reduce.sums import count_nonzero as count_nonzero
from .ops.reduce.sums import logsumexp as logsumexp
from .ops.reduce.sums import mean as mean
from .ops.reduce.sums import nanmean as nanmean
from .ops.reduce.sums import nansum as nansum
from .ops.reduce.sums import sum as sum
from .ops.shape.arranging import cartesian_prod as cartesian_prod
from .ops.shape.arranging import combinations as combinations
from .ops.shape.arranging import flip as flip
from .ops.shape.arranging import fliplr as fliplr
from .ops.shape.arranging import flipud as flipud
from .ops.shape.arranging import repeat_interleave as repeat_interleave
from .ops.shape.arranging import roll as roll
from .ops.shape.arranging import rot90 as rot90
from .ops.shape.arranging import tile as tile
from .ops.shape.diagonals import block_diag as block_diag
from .ops.shape.diagonals import diag as diag
from .ops.shape.diagonals import diag_embed as diag_embed
from .ops.shape.diagonals import diagflat as diagflat
from .ops.shape.diagonals import diagonal as diagonal
from .ops.shape.diagonals import diagonal_scatter as diagonal_scatter
from .ops.shape.diagonals import tril as tril
from .ops.shape.diagonals import tril_indices as tril_indices
from .ops.shape.diagonals import triu as triu
from .ops.shape.diagonals import triu_indices as triu_indices
from .ops.shape.joining import cat as cat
from .ops.shape.joining import chunk as chunk
from .ops.shape.joining import column_stack as column_stack
from .ops.shape.joining import dsplit as dsplit
from .ops.shape.joining import dstack as dstack
from .ops.shape.joining import hsplit as hsplit
from .ops.shape.joining import hstack as hstack
from .ops.shape.joining import split as split
from .ops.shape.joining import split_with_sizes as split_with_sizes
from .ops.shape.joining import stack as stack
from .ops.shape.joining import tensor_split as tensor_split
from .ops.shape.joining import unbind as unbind
from .ops.shape.joining import vsplit as vsplit
from .ops.shape.joining import vstack as vstack
from .ops.shape.strided import as_strided as as_strided
from .ops.shape.views import atleast_1d as atleast_1d
from .ops.shape.views import atleast_2d as atleast_2d
from .ops.shape.views import atleast_3d as atleast_3d
from .ops.shape.views import broadcast_shapes as broadcast_shapes
from .ops.shape.views import broadcast_tensors as broadcast_tensors
from .ops.shape.views import clone as clone
from .ops.shape.views import expand as _expand
from .ops.shape.views import flatten as flatten
from .ops.shape.views import movedim as movedim
from .ops.shape.views import permute as permute
from .ops.shape.views import ravel as ravel
from .ops.shape.views import reshape as reshape
from .ops.shape.views import squeeze as squeeze
from .ops.shape.views import t as t
from .ops.shape.views import transpose as transpose
from .ops.shape.views import unflatten as unflatten
from .ops.shape.views import unsqueeze as unsqueeze
from .printing import set_printoptions as set_printoptions
from .random import Generator as Generator
from .random import default_generator as default_generator
from .random import get_rng_state as get_rng_state
from .random import initial_seed as initial_seed
from .random import manual_seed as manual_seed
from .random import seed as seed
from .random import set_rng_state as set_rng_state
from .signatures.doors import behind_door as _behind_door
from .signatures.doors import taken_from as _taken_from
from .switches import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from .switches import compile as compile
from .switches import get_default_device as get_default_device
from .switches import get_float32_matmul_precision as get_float32_matmul_precision
from .switches import set_default_device as set_default_device
from .switches import set_float32_matmul_precision as set_float32_matmul_precision
from .switches import use_deterministic_algorithms as use_deterministic_algorithms
from .tensor import Tensor as Tensor
from .types import Size as Size

# second names: an import under another name is private to a type checker
conj = real = _itself
divide = true_divide = div
multiply = mul
negative = neg
subtract = sub
greater_equal = ge
greater = gt
less_equal = le
less = lt
not_equal = ne
absolute = abs
clip = clamp
fix = trunc
arccos = acos
arccosh = acosh
arcsin = asin
arcsinh = asinh
arctan = atan
arctan2 = atan2
arctanh = atanh
ger = outer
inverse = _inv
row_stack = vstack
broadcast_to = _expand
moveaxis = movedim
swapaxes = swapdims = transpose
concat = concatenate = cat

inf, nan, pi, e, newaxis = _math.inf, _math.nan, _math.pi, _math.e, None

__version__ = "0.1.0"

# NumPy warns of overflow, 0/0 and log(0); torch computes inf and nan silently.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\b")

_keep_freed_memory()

# Loaded when they are first used, so that ``import minigrad`` stays quick: packages, and names of other modules; the
# functions above get what checks their arguments when they are first asked for.
_packages = "accelerator amp backends cuda func linalg microscope nn optim safetensors serialization testing utils"
_names = {
    "amp": "autocast",
    "func": "vmap",
    "ops.layers.conv": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "ops.layers.pixel": "channel_shuffle pixel_shuffle pixel_unshuffle",
    "ops.layers.pool_adaptive": "adaptive_avg_pool1d",
    "ops.layers.pool_avg": "avg_pool1d",
    "ops.layers.pool_max": "max_pool1d max_pool2d max_pool3d",
    "ops.layers.recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
    "ops.elementwise.smooth": "celu selu",
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
    from .ops.create import tensor as tensor  # again, after the file of that name
    from .ops.elementwise.smooth import celu as celu
    from .ops.elementwise.smooth import selu as selu
    from .ops.layers.conv import conv1d as conv1d
    from .ops.layers.conv import conv2d as conv2d
    from .ops.layers.conv import conv3d as conv3d
    from .ops.layers.conv import conv_transpose1d as conv_transpose1d
    from .ops.layers.conv import conv_transpose2d as conv_transpose2d
    from .ops.layers.conv import conv_transpose3d as conv_transpose3d
    from .ops.layers.pixel import channel_shuffle as channel_shuffle
    from .ops.layers.pixel import pixel_shuffle as pixel_shuffle
    from .ops.layers.pixel import pixel_unshuffle as pixel_unshuffle
    from .ops.layers.pool_adaptive import adaptive_avg_pool1d as adaptive_avg_pool1d
    from .ops.layers.pool_avg import avg_pool1d as avg_pool1d
    from .ops.layers.pool_max import max_pool1d as max_pool1d
    from .ops.layers.pool_max import max_pool2d as max_pool2d
    from .ops.layers.pool_max import max_pool3d as max_pool3d
    from .ops.layers.recurrent import gru as gru
    from .ops.layers.recurrent import gru_cell as gru_cell
    from .ops.layers.recurrent import lstm as lstm
    from .ops.layers.recurrent import lstm_cell as lstm_cell
    from .ops.layers.recurrent import rnn_relu as rnn_relu
    from .ops.layers.recurrent import rnn_relu_cell as rnn_relu_cell
    from .ops.layers.recurrent import rnn_tanh as rnn_tanh
    from .ops.layers.recurrent import rnn_tanh_cell as rnn_tanh_cell
    from .serialization import load as load
    from .serialization import save as save
else:
    _later |= _taken_from(globals())
    __getattr__ = _missing_from(__name__, globals(), _later, lambda name, found: _behind_door(name, found, "torch"))
    __all__ = sorted(
        name
        for name in {*globals(), *_later} - {*_packages.split()}
        if name[0] != "_" and not isinstance(globals().get(name), _types.ModuleType)
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *_later})
