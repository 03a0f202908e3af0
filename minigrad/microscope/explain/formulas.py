"""The formula of every op: the Math of the public function's docstring, and what its letters stand for.

An op may be one of several behind a public function (``pow`` of two tensors, of a number), or a step of a rule, which
users meet where a gradient is differentiated and which has no public function: then its formula stands here.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from typing import Any

from ...core.table import Op
from ...linalg import inv
from ...nn import functional
from ...ops.elementwise.arithmetic import rsub
from ...ops.random import normal
from ...tensor import Tensor

_BEHIND = """
    squeeze            squeeze_all squeeze_dim squeeze_dims squeezed
    Tensor.view        unsafe_view
    Tensor.copy_       copy
    Tensor.fill_       fill fill_from
    Tensor.uniform_    uniform
    Tensor.random_     random
    Tensor.exponential_  exponential
    Tensor.cauchy_     cauchy
    Tensor.geometric_  geometric
    Tensor.log_normal_ log_normal
    bernoulli          bernoulli_of bernoulli_like
    normal             normal_around normal_as_far normal_of
    round              round_decimals
    clamp              clamp_numbers
    clamp_min          clamp_min_number
    clamp_max          clamp_max_number
    masked_fill        masked_fill_number
    nn.functional.prelu  prelu_kernel
    rsub               rsub_number
    div                div_floor div_trunc
    remainder          remainder_number
    fmod               fmod_number
    pow                pow_number pow_of_number
    lerp               lerp_number
    copysign           copysign_number
    xlogy              xlogy_number number_xlogy
    scatter            scatter_value
    scatter_reduce     scatter_reduce_sum scatter_reduce_mean scatter_reduce_prod scatter_reduce_extreme
    index_fill         index_fill_from
    mean               mean_dims
    max                max_dim
    min                min_dim
    sort               sort
    topk               topk
    kthvalue           kthvalue
    mode               mode
    median             median_dim
    nanmedian          nanmedian_dim
    unique             unique_dim
    diagonal           diagonal_copy same_place
    norm               row_norm
    linalg.inv         inv_or_zero
    prod               prod_dim
    cummax             at_maxima
    cummin             at_minima
    nn.functional.embedding_bag  embedding_bag_max
    nn.functional.linear  linear_unbiased
    nn.functional.gelu    gelu_tanh
    nn.functional.softmax safe_softmax
    nn.functional.pad     constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d
    nn.functional.pad     replication_pad2d replication_pad3d circular_pad
    nn.functional.interpolate  resample upsample_nearest1d upsample_nearest2d upsample_nearest3d
    nn.functional.interpolate  upsample_nearest_exact1d upsample_nearest_exact2d upsample_nearest_exact3d
    nn.functional.interpolate  upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d
    nn.functional.grid_sample  grid_sampler_2d grid_sampler_3d
    nn.functional.affine_grid  affine_grid_generator
    nn.functional.max_pool2d   max_pool2d_with_indices
    nn.functional.max_pool3d   max_pool3d_with_indices
    nn.functional.batch_norm   batch_norm_by_batch batch_norm_by_running
    nn.functional.unfold       im2col
    nn.functional.fold         col2im
    nn.functional.nll_loss     nll_loss_rows nll_loss_images
    nn.functional.cross_entropy  cross_entropy_rows cross_entropy_images
"""

_BACK = "y = zeros, input added at the places it came from        d_input = g at those places"
_MOVED_BACK = """
    unfold_grad_x slice_grad_x index_grad_x gather_grad_x index_select_grad_x take_grad_x as_strided_grad_x
    border_grad_x adaptive_avg_pool2d_grad_x adaptive_avg_pool3d_grad_x resample_grad_x avg_pool2d_grad_x
    avg_pool3d_grad_x
"""
_OWN = {
    "to_dtype": "y = x, in another type        d_x = g, in the type of x",
    "masked": "y = input where mask, else 0        d_input = g where mask, else 0",
    "steps": "y = input        d_input = g, d_x = 0",
    "alias": "y = input        d_input = g",
    "only": "y = view        d_view = g where mask, else 0",
    "svd": "U diag(S) V^T = x, U and V orthogonal        d_x = U (diag(g_S) + what keeps U and V orthogonal) V^T",
    "svdvals": "y = S, the singular values of x = U diag(S) V^T        d_x = U diag(g) V^T",
    "gate": "y = tensors        d_tensors = g",
    "overwrite": "y = base, but part at its place        d_base = g, but 0 there, d_part = g there",
    "prelu_grad_x": "y = g where x > 0, else weight g",
    "slice": "y = input[key]        d_input = zeros, but g at key",
    "newaxis": "y = input[key]        d_input = g, in input's shape",
    "index": "y = input[key]        d_input = zeros, g added at key",
    "only_once": "y = input        a second derivative is refused",
    "pick": "y[i] = input[i, index[i]]        d_input[i, index[i]] = g[i], else 0",
    "scatter_along": "y[i, index[i]] = input[i], else 0        d_input[i] = g[i, index[i]]",
    "masked_select_grad_x": "y[mask] = input, else 0        d_input = g[mask]",
    "on_diagonal": "y[i, i] = input[i], else 0        d_input[i] = g[i, i]",
    "embedding_grad_weight": "y[index[n]] += input[n]        d_input[n] = g[index[n]]",
    "fading_sum": "y_k = sum_(i <= k) x_i exp(top_i - top_k)        d_x_i = sum_(k >= i) g_k exp(top_i - top_k)",
    "conv_grad_weight": "w[o, c, k] = sum_n sum_i input[n, o, i] x[n, c, i + k]\n"
    "d_input: the convolution of x with g, d_x: the transposed convolution of input with g",
    "pixels_picked": "y = input[index]        d_input = zeros, but g at index",
    "pixels_placed": "y = zeros, but input at index        d_input = g[index]",
    "max_pool_grad_x": "y = zeros, input added where each window's largest was        d_input = g there",
    "max_pool_pick": "y = input where each window's largest was        d_input = zeros, g added there",
    "ctc_loss_grad_x": "y = input d_l / d_x, by the probabilities of the alignments        d_input, d_x: refused",
    "binary_slope": "y = (x - y) / (x (1 - x))\nd_x = g (x^2 - 2 x y + y) / (x (1 - x))^2, d_y = -g / (x (1 - x))",
    "minus_one": "y = input - onehot(index)        d_input = g",
    "pack": "y = input[places], step by step, without padding        d_input = zeros, but g at places",
    "pad": "y = padding, but input at places        d_input = g[places]",
    **dict.fromkeys(_MOVED_BACK.split(), _BACK),
}

_LAYER = """
a_t = w_ih x_t + b_ih,  p_t = w_hh h_(t-1) + b_hh
{step}
d_x_t = w_ih^T da_t,  d_h_(t-1) = w_hh^T dp_t + direct
d_w_ih = sum_t da_t x_t^T,  d_w_hh = sum_t dp_t h_(t-1)^T,  d_b_ih = sum_t da_t,  d_b_hh = sum_t dp_t
"""
_STEPS = {
    "rnn_tanh": "h_t = tanh(a_t + p_t),  da_t = dp_t = dh_t (1 - h_t^2)",
    "rnn_relu": "h_t = max(a_t + p_t, 0),  da_t = dp_t = dh_t where h_t > 0, else 0",
    "gru": "r, z = sigmoid(a_t + p_t),  n = tanh(a_n + r p_n),  h_t = (1 - z) n + z h_(t-1)\n"
    "dn = dh_t (1 - z) (1 - n^2),  dr = dn p_n r (1 - r),  dz = dh_t (h_(t-1) - n) z (1 - z),  direct = dh_t z",
    "lstm": "i, f, o = sigmoid(a_t + p_t),  n = tanh(a_t + p_t),  c_t = f c_(t-1) + i n,  h_t = o tanh(c_t)\n"
    "dc_t += dh_t o (1 - tanh(c_t)^2),  di = dc_t n i (1 - i),  df = dc_t c_(t-1) f (1 - f),  d_c_(t-1) = dc_t f",
}
_OWN |= {f"{name}_layer": _LAYER.strip().format(step=step) for name, step in _STEPS.items()}
_TENSORS = ("x", "h", "c", "w_ih", "w_hh", "b_ih", "b_hh", "w_hr")  # the operands of a recurrent layer, in their order
_LAYERS_OWN = [(k, x) for k, x in enumerate(_TENSORS) if x not in ("h", "c")]  # h_t and c_t are the layer's states

PUBLIC = {name: line.split()[0] for line in _BEHIND.split("\n") if line for name in line.split()[1:]}
CALLED = {  # what users call it, where the op has another name
    "alias": "detach", "slice": "getitem", "newaxis": "getitem", "index": "getitem", "pack": "pack_padded_sequence",
    "pad": "pad_packed_sequence", "to_dtype": "to", "rnn_tanh_layer": "rnn", "rnn_relu_layer": "rnn",
    "lstm_layer": "lstm", "gru_layer": "gru",
}  # fmt: skip


_NORM = {"input": "x", "weight": "w", "bias": "b", "eps": "eps"}
_OTHERWISE: dict[str, dict[str, str]] = {  # where neither name nor position tells which parameter is meant
    "batch_norm_by_batch": _NORM,
    "batch_norm_by_running": _NORM,
    "layer_norm": _NORM,
    "group_norm": _NORM,
    "convolution": {"input": "x", "weight": "w", "bias": "bias"},
    "conv_grad_input": {"input": "g", "weight": "w", "bias": "bias"},
    "polygamma": {"input": "x", "n": "n"},
    "einsum": {"a": "operands[0]", "b": "operands[1]"},
    **{f"scatter_reduce_{kind}": {"input": "x", "s": "src"} for kind in ("sum", "mean", "prod", "extreme")},
}


@functools.lru_cache(maxsize=1000)
def formula(op: Op, ndim: int = 4) -> dict[str, Any]:
    """For the page: public (the name that users know), math, names {letter of the formula: the op's parameter}.

    ndim  of the first operand: how many dimensions a convolution has
    """
    if op.name in ("convolution", "conv_grad_input"):
        path = f"nn.functional.conv{'' if op.name == 'convolution' else '_transpose'}{max(ndim, 3) - 2}d"
    else:
        path = PUBLIC.get(op.name, "")
    if op.name in _OWN:
        layer = op.name.endswith("_layer")
        first = ["input"] if re.search(r"\binput", _OWN[op.name]) else []
        letters = {x: f"tensors[{k}]" for k, x in _LAYERS_OWN} if layer else _letters(op, first, _OWN[op.name])
        return {"public": CALLED.get(op.name, op.name), "math": _OWN[op.name], "names": letters}
    public = _find(path) if path else _documented(op)
    text = math_section(public)
    return {
        "public": path.rpartition(".")[2].strip("_") or op.name,
        "math": text,
        "names": _letters(op, [p for p in _parameters(public) if p != "self"], text),
    }


def _letters(op: Op, public: list[str], text: str) -> dict[str, str]:
    """Which of the op's parameters each name of the public signature is: the same name, or the same position."""
    found = dict(_OTHERWISE.get(op.name, {}))
    for k, parameter in enumerate(op.params if not found else ()):
        if parameter in public:
            found[parameter] = parameter
        elif k < len(public) and public[k] not in op.params:
            found[public[k]] = parameter
        else:
            found[parameter] = parameter
    words = set(re.findall(r"[A-Za-z]\w*", text.replace("d_", "")))
    spoken: Any = lambda letter: any(word == letter or word.startswith(f"{letter}_") for word in words)
    return {letter: parameter for letter, parameter in found.items() if spoken(letter)}


_NO_METHODS = {"inv": inv, "normal": normal, "rsub": rsub}


def _find(path: str) -> Any:
    """The function of a name in torch's namespaces: most functions are methods too."""
    place, _, name = path.rpartition(".")
    return _NO_METHODS.get(name) or getattr(functional if place == "nn.functional" else Tensor, name)


def _documented(op: Op) -> Any:
    """The function that has the docstring: that of users, though the op's own function may stand behind it."""
    public = op.public
    named = getattr(sys.modules[public.__module__], op.name, None)
    return public if math_section(public) or named is None else named


def _parameters(public: Any) -> list[str]:
    try:
        return list(inspect.signature(inspect.unwrap(public)).parameters)
    except (TypeError, ValueError):
        return []


def math_section(public: Any) -> str:
    """The lines below "Math" in a docstring."""
    rows = inspect.cleandoc(public.__doc__ or "").splitlines()
    start = next((k for k, row in enumerate(rows) if row.startswith("Math ")), None)
    if start is None:
        return ""
    lines = [rows[start].removeprefix("Math").strip()]
    for row in rows[start + 1 :]:
        if not row.startswith(" " * 8):
            break
        lines.append(row.strip())
    return "\n".join(lines)
