"""Layers as functions: every name is made in ``minigrad.ops``, this is where torch keeps them."""

import typing as _typing

from ..core.errors import missing_from as _missing_from
from ..core.inplace import activation as _activation

# ---- activations ----
from ..ops.elementwise.activation import hardshrink as hardshrink
from ..ops.elementwise.activation import hardsigmoid as hardsigmoid
from ..ops.elementwise.activation import hardswish as hardswish
from ..ops.elementwise.activation import hardtanh as hardtanh
from ..ops.elementwise.activation import hardtanh_ as hardtanh_
from ..ops.elementwise.activation import leaky_relu as leaky_relu
from ..ops.elementwise.activation import leaky_relu_ as leaky_relu_
from ..ops.elementwise.activation import prelu as prelu
from ..ops.elementwise.activation import relu as _relu
from ..ops.elementwise.activation import relu6 as relu6
from ..ops.elementwise.activation import relu_ as relu_
from ..ops.elementwise.activation import softshrink as softshrink
from ..ops.elementwise.activation import threshold as threshold
from ..ops.elementwise.activation import threshold_ as threshold_
from ..ops.elementwise.smooth import celu as celu
from ..ops.elementwise.smooth import celu_ as celu_
from ..ops.elementwise.smooth import elu as elu
from ..ops.elementwise.smooth import elu_ as elu_
from ..ops.elementwise.smooth import gelu as gelu
from ..ops.elementwise.smooth import glu as glu
from ..ops.elementwise.smooth import logsigmoid as logsigmoid
from ..ops.elementwise.smooth import mish as mish
from ..ops.elementwise.smooth import selu as selu
from ..ops.elementwise.smooth import selu_ as selu_
from ..ops.elementwise.smooth import silu as silu
from ..ops.elementwise.smooth import softplus as softplus
from ..ops.elementwise.smooth import softsign as softsign
from ..ops.elementwise.smooth import tanhshrink as tanhshrink
from ..ops.elementwise.transcendental import sigmoid as sigmoid
from ..ops.elementwise.transcendental import tanh as tanh

# ---- attention ----
from ..ops.layers.attention import multi_head_attention_forward as multi_head_attention_forward
from ..ops.layers.attention import scaled_dot_product_attention as scaled_dot_product_attention

# ---- convolutions ----
from ..ops.layers.conv import conv1d as conv1d
from ..ops.layers.conv import conv2d as conv2d
from ..ops.layers.conv import conv3d as conv3d
from ..ops.layers.conv import conv_transpose1d as conv_transpose1d
from ..ops.layers.conv import conv_transpose2d as conv_transpose2d
from ..ops.layers.conv import conv_transpose3d as conv_transpose3d

# ---- noise ----
from ..ops.layers.dropout import alpha_dropout as alpha_dropout
from ..ops.layers.dropout import dropout as dropout
from ..ops.layers.dropout import dropout1d as dropout1d
from ..ops.layers.dropout import dropout2d as dropout2d
from ..ops.layers.dropout import dropout3d as dropout3d
from ..ops.layers.dropout import feature_alpha_dropout as feature_alpha_dropout
from ..ops.layers.dropout import gumbel_softmax as gumbel_softmax
from ..ops.layers.dropout import rrelu as rrelu
from ..ops.layers.dropout import rrelu_ as rrelu_

# ---- embeddings, borders, pixels ----
from ..ops.layers.embedding import embedding as embedding
from ..ops.layers.embedding import embedding_bag as embedding_bag
from ..ops.layers.embedding import one_hot as one_hot

# ---- images ----
from ..ops.layers.grid import affine_grid as affine_grid
from ..ops.layers.grid import grid_sample as grid_sample
from ..ops.layers.interpolate import interpolate as interpolate
from ..ops.layers.interpolate import upsample as upsample

# ---- normalisation ----
from ..ops.layers.normalization import batch_norm as batch_norm
from ..ops.layers.normalization import group_norm as group_norm
from ..ops.layers.normalization import instance_norm as instance_norm
from ..ops.layers.normalization import layer_norm as layer_norm
from ..ops.layers.normalization import local_response_norm as local_response_norm
from ..ops.layers.normalization import rms_norm as rms_norm
from ..ops.layers.padding import pad as pad
from ..ops.layers.pixel import channel_shuffle as channel_shuffle
from ..ops.layers.pixel import pixel_shuffle as pixel_shuffle
from ..ops.layers.pixel import pixel_unshuffle as pixel_unshuffle

# ---- pooling ----
from ..ops.layers.pool_adaptive import adaptive_avg_pool1d as adaptive_avg_pool1d
from ..ops.layers.pool_adaptive import adaptive_avg_pool2d as adaptive_avg_pool2d
from ..ops.layers.pool_adaptive import adaptive_avg_pool3d as adaptive_avg_pool3d
from ..ops.layers.pool_adaptive import adaptive_max_pool1d as adaptive_max_pool1d
from ..ops.layers.pool_adaptive import adaptive_max_pool2d as adaptive_max_pool2d
from ..ops.layers.pool_adaptive import adaptive_max_pool3d as adaptive_max_pool3d
from ..ops.layers.pool_avg import avg_pool1d as avg_pool1d
from ..ops.layers.pool_avg import avg_pool2d as avg_pool2d
from ..ops.layers.pool_avg import avg_pool3d as avg_pool3d
from ..ops.layers.pool_avg import lp_pool1d as lp_pool1d
from ..ops.layers.pool_avg import lp_pool2d as lp_pool2d
from ..ops.layers.pool_avg import lp_pool3d as lp_pool3d
from ..ops.layers.pool_max import max_pool1d as max_pool1d
from ..ops.layers.pool_max import max_pool2d as max_pool2d
from ..ops.layers.pool_max import max_pool3d as max_pool3d
from ..ops.layers.pool_unpool import max_unpool1d as max_unpool1d
from ..ops.layers.pool_unpool import max_unpool2d as max_unpool2d
from ..ops.layers.pool_unpool import max_unpool3d as max_unpool3d

# ---- probabilities ----
from ..ops.layers.softmaxes import log_softmax as log_softmax
from ..ops.layers.softmaxes import softmax as softmax
from ..ops.layers.softmaxes import softmin as softmin
from ..ops.layers.unfold import fold as fold
from ..ops.layers.unfold import unfold as unfold

# ---- affine maps ----
from ..ops.linalg.einsum import bilinear as bilinear
from ..ops.linalg.products import linear as linear

# ---- losses ----
from ..ops.losses.ctc import ctc_loss as ctc_loss

# ---- losses ----
from ..ops.losses.entropy import binary_cross_entropy as binary_cross_entropy
from ..ops.losses.entropy import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from ..ops.losses.entropy import cross_entropy as cross_entropy
from ..ops.losses.entropy import nll_loss as nll_loss
from ..ops.losses.likelihood import gaussian_nll_loss as gaussian_nll_loss
from ..ops.losses.likelihood import kl_div as kl_div
from ..ops.losses.likelihood import poisson_nll_loss as poisson_nll_loss
from ..ops.losses.margin import cosine_embedding_loss as cosine_embedding_loss
from ..ops.losses.margin import hinge_embedding_loss as hinge_embedding_loss
from ..ops.losses.margin import margin_ranking_loss as margin_ranking_loss
from ..ops.losses.margin import multi_margin_loss as multi_margin_loss
from ..ops.losses.margin import multilabel_margin_loss as multilabel_margin_loss
from ..ops.losses.margin import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from ..ops.losses.margin import soft_margin_loss as soft_margin_loss
from ..ops.losses.margin import triplet_margin_loss as triplet_margin_loss
from ..ops.losses.margin import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss
from ..ops.losses.regression import huber_loss as huber_loss
from ..ops.losses.regression import l1_loss as l1_loss
from ..ops.losses.regression import mse_loss as mse_loss
from ..ops.losses.regression import smooth_l1_loss as smooth_l1_loss

# ---- distances ----
from ..ops.reduce.norms import cosine_similarity as cosine_similarity
from ..ops.reduce.norms import normalize as normalize
from ..ops.reduce.norms import pairwise_distance as pairwise_distance
from ..signatures.doors import behind_door as _behind_door
from ..signatures.doors import taken_from as _taken_from

_later = _taken_from(globals())  # the functions above get what checks their arguments when they are first asked for

if not _typing.TYPE_CHECKING:
    __getattr__ = _missing_from(
        __name__, globals(), _later, lambda name, found: _behind_door(name, found, "nn.functional")
    )

# ---- ops that F lets write in place ----
relu = _activation(
    _behind_door("relu", _relu, "nn.functional"), _behind_door("relu_", _later["relu_"], "nn.functional")
)


def __dir__() -> list[str]:
    return sorted({*globals(), *_later})
