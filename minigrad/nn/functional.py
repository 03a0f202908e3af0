"""Layers as functions: every name is made in ``minigrad.ops``, this is where torch keeps them."""

import typing as _typing

from ..core.errors import missing_from as _missing_from

# ---- activations ----
from ..ops.activation import hardshrink as hardshrink
from ..ops.activation import hardsigmoid as hardsigmoid
from ..ops.activation import hardswish as hardswish
from ..ops.activation import hardtanh as hardtanh
from ..ops.activation import hardtanh_ as hardtanh_
from ..ops.activation import leaky_relu as leaky_relu
from ..ops.activation import leaky_relu_ as leaky_relu_
from ..ops.activation import prelu as prelu
from ..ops.activation import relu as relu
from ..ops.activation import relu6 as relu6
from ..ops.activation import relu_ as relu_
from ..ops.activation import softshrink as softshrink
from ..ops.activation import threshold as threshold
from ..ops.activation import threshold_ as threshold_

# ---- attention ----
from ..ops.attention import multi_head_attention_forward as multi_head_attention_forward
from ..ops.attention import scaled_dot_product_attention as scaled_dot_product_attention

# ---- convolutions ----
from ..ops.conv import conv1d as conv1d
from ..ops.conv import conv2d as conv2d
from ..ops.conv import conv3d as conv3d
from ..ops.conv import conv_transpose1d as conv_transpose1d
from ..ops.conv import conv_transpose2d as conv_transpose2d
from ..ops.conv import conv_transpose3d as conv_transpose3d

# ---- losses ----
from ..ops.ctc import ctc_loss as ctc_loss

# ---- noise ----
from ..ops.dropout import alpha_dropout as alpha_dropout
from ..ops.dropout import dropout as dropout
from ..ops.dropout import dropout1d as dropout1d
from ..ops.dropout import dropout2d as dropout2d
from ..ops.dropout import dropout3d as dropout3d
from ..ops.dropout import feature_alpha_dropout as feature_alpha_dropout
from ..ops.dropout import gumbel_softmax as gumbel_softmax
from ..ops.dropout import rrelu as rrelu
from ..ops.dropout import rrelu_ as rrelu_

# ---- affine maps ----
from ..ops.einsum import bilinear as bilinear

# ---- embeddings, borders, pixels ----
from ..ops.embedding import embedding as embedding
from ..ops.embedding import embedding_bag as embedding_bag
from ..ops.embedding import one_hot as one_hot

# ---- losses ----
from ..ops.entropy import binary_cross_entropy as binary_cross_entropy
from ..ops.entropy import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from ..ops.entropy import cross_entropy as cross_entropy
from ..ops.entropy import nll_loss as nll_loss

# ---- images ----
from ..ops.grid import affine_grid as affine_grid
from ..ops.grid import grid_sample as grid_sample
from ..ops.interpolate import interpolate as interpolate
from ..ops.interpolate import upsample as upsample
from ..ops.likelihood import gaussian_nll_loss as gaussian_nll_loss
from ..ops.likelihood import kl_div as kl_div
from ..ops.likelihood import poisson_nll_loss as poisson_nll_loss
from ..ops.linalg import linear as linear
from ..ops.loss import huber_loss as huber_loss
from ..ops.loss import l1_loss as l1_loss
from ..ops.loss import mse_loss as mse_loss
from ..ops.loss import smooth_l1_loss as smooth_l1_loss
from ..ops.margin import cosine_embedding_loss as cosine_embedding_loss
from ..ops.margin import hinge_embedding_loss as hinge_embedding_loss
from ..ops.margin import margin_ranking_loss as margin_ranking_loss
from ..ops.margin import multi_margin_loss as multi_margin_loss
from ..ops.margin import multilabel_margin_loss as multilabel_margin_loss
from ..ops.margin import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from ..ops.margin import soft_margin_loss as soft_margin_loss
from ..ops.margin import triplet_margin_loss as triplet_margin_loss
from ..ops.margin import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss

# ---- normalisation ----
from ..ops.norm import batch_norm as batch_norm
from ..ops.norm import group_norm as group_norm
from ..ops.norm import instance_norm as instance_norm
from ..ops.norm import layer_norm as layer_norm
from ..ops.norm import local_response_norm as local_response_norm
from ..ops.norm import rms_norm as rms_norm

# ---- distances ----
from ..ops.norms import cosine_similarity as cosine_similarity
from ..ops.norms import normalize as normalize
from ..ops.norms import pairwise_distance as pairwise_distance
from ..ops.pad import pad as pad
from ..ops.pixel import channel_shuffle as channel_shuffle
from ..ops.pixel import pixel_shuffle as pixel_shuffle
from ..ops.pixel import pixel_unshuffle as pixel_unshuffle
from ..ops.pointwise import sigmoid as sigmoid
from ..ops.pointwise import tanh as tanh

# ---- pooling ----
from ..ops.pool_adaptive import adaptive_avg_pool1d as adaptive_avg_pool1d
from ..ops.pool_adaptive import adaptive_avg_pool2d as adaptive_avg_pool2d
from ..ops.pool_adaptive import adaptive_avg_pool3d as adaptive_avg_pool3d
from ..ops.pool_adaptive import adaptive_max_pool1d as adaptive_max_pool1d
from ..ops.pool_adaptive import adaptive_max_pool2d as adaptive_max_pool2d
from ..ops.pool_adaptive import adaptive_max_pool3d as adaptive_max_pool3d
from ..ops.pool_avg import avg_pool1d as avg_pool1d
from ..ops.pool_avg import avg_pool2d as avg_pool2d
from ..ops.pool_avg import avg_pool3d as avg_pool3d
from ..ops.pool_avg import lp_pool1d as lp_pool1d
from ..ops.pool_avg import lp_pool2d as lp_pool2d
from ..ops.pool_avg import lp_pool3d as lp_pool3d
from ..ops.pool_max import max_pool1d as max_pool1d
from ..ops.pool_max import max_pool2d as max_pool2d
from ..ops.pool_max import max_pool3d as max_pool3d
from ..ops.pool_unpool import max_unpool1d as max_unpool1d
from ..ops.pool_unpool import max_unpool2d as max_unpool2d
from ..ops.pool_unpool import max_unpool3d as max_unpool3d
from ..ops.smooth import celu as celu
from ..ops.smooth import celu_ as celu_
from ..ops.smooth import elu as elu
from ..ops.smooth import elu_ as elu_
from ..ops.smooth import gelu as gelu
from ..ops.smooth import glu as glu
from ..ops.smooth import logsigmoid as logsigmoid
from ..ops.smooth import mish as mish
from ..ops.smooth import selu as selu
from ..ops.smooth import selu_ as selu_
from ..ops.smooth import silu as silu
from ..ops.smooth import softplus as softplus
from ..ops.smooth import softsign as softsign
from ..ops.smooth import tanhshrink as tanhshrink

# ---- probabilities ----
from ..ops.softmax import log_softmax as log_softmax
from ..ops.softmax import softmax as softmax
from ..ops.softmax import softmin as softmin
from ..ops.unfold import fold as fold
from ..ops.unfold import unfold as unfold

if not _typing.TYPE_CHECKING:
    __getattr__ = _missing_from(__name__, globals())
