"""Which ops the page takes apart in which way: see program.py."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS = _names("""
    abs acos acosh add angle asin asinh atan atan2 atanh bitwise_and bitwise_not bitwise_or ceil clamp clamp_max
    clamp_max_number clamp_min clamp_min_number clamp_numbers copysign copysign_number cos cosh deg2rad digamma
    div div_floor div_trunc eq erf erfc erfinv exp exp2 expm1 floor floor_divide fmax fmin fmod fmod_number frac
    ge gt hardshrink hardtanh heaviside hypot isinf isnan ldexp le leaky_relu lgamma log log10 log1p log2
    logaddexp2 logical_not lt masked masked_fill masked_fill_number maximum minimum mul nan_to_num ne neg
    number_xlogy polygamma pow pow_number pow_of_number rad2deg reciprocal relu remainder remainder_number round
    rsqrt rsub rsub_number sgn sigmoid sign sin sinc sinh sqrt steps sub tan tanh threshold to_dtype trunc where
    xlogy xlogy_number
""")
"""Functions of one number of each operand: numerics.js has them by these names."""

MOVES = _names("""
    adaptive_max_pool2d adaptive_max_pool3d alias as_strided at_maxima at_minima block_diag cat channel_shuffle
    circular_pad clone constant_pad_nd copy diag_embed diagonal diagonal_copy diagonal_scatter embedding
    embedding_bag_max expand fill fill_from flip gate gather im2col index index_copy index_fill index_fill_from
    index_put index_select kthvalue masked_scatter masked_select max_dim max_pool2d_with_indices
    max_pool3d_with_indices max_pool_pick max_unpool2d max_unpool3d median_dim min_dim mode nanmedian_dim
    newaxis overwrite pack pad permute pick pixel_shuffle pixel_unshuffle pixels_picked put reflection_pad1d
    reflection_pad2d reflection_pad3d repeat replication_pad1d replication_pad2d replication_pad3d roll rot90
    same_place scatter scatter_value select select_scatter slice slice_scatter sort split split_with_sizes
    squeeze_all squeeze_dim squeeze_dims squeezed stack t take topk transpose tril triu unbind unfold unique
    unsafe_view unsqueeze upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_nearest_exact1d
    upsample_nearest_exact2d upsample_nearest_exact3d view zero
""")
"""Every number of the result is one of an operand, or a constant."""

SUMS = _names("""
    as_strided_grad_x border_grad_x col2im embedding_grad_weight gather_grad_x index_grad_x index_select_grad_x
    masked_select_grad_x on_diagonal pixels_placed scatter_along slice_grad_x sum sum_to_size take_grad_x
    unfold_grad_x
""")
"""Every number of the operand goes into one number of the result, or into none; their rule says into which."""

MIXES = _names("""
    adaptive_avg_pool2d adaptive_avg_pool2d_grad_x adaptive_avg_pool3d adaptive_avg_pool3d_grad_x
    affine_grid_generator cumsum fading_sum index_add index_put put resample resample_grad_x scatter_add
    scatter_reduce_mean scatter_reduce_sum upsample_bicubic2d upsample_bilinear2d upsample_linear1d
    upsample_trilinear3d
""")
"""Linear ops of which nothing simpler can be said."""

PRODUCTS = {"mm": "ik,kj->ij", "bmm": "bik,bkj->bij", "mv": "ik,k->i", "dot": "k,k->", "vdot": "k,k->"}
"""Products of two operands, in the letters of einsum."""
