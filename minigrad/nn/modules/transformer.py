"""The Transformer: attention and two linear maps, added to what they are given, layer upon layer.

Source  Vaswani et al., Attention is all you need (2017), https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.observe import mode
from ...ops.create import full
from ...ops.layers.attention import additive_mask
from ...ops.shape.diagonals import triu
from ...tensor import Tensor
from ...types import Device, DType
from .. import functional as F
from .. import init
from .activation import GELU, MultiheadAttention, ReLU
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

Activation = Callable[[Tensor], Tensor]


def _activation(given: str | Activation) -> Activation:
    """A function, or one of two by name."""
    if not isinstance(given, str):
        return given
    if given not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {given}")
    return F.relu if given == "relu" else F.gelu


def _causal(mask: Tensor | None, is_causal: bool | None, x: Tensor, batch_first: bool) -> bool:
    """Whether the mask is causal: as ``is_causal`` says, or by comparing."""
    if is_causal is not None or mask is None:
        return is_causal is True
    length = x.shape[0] if x.ndim == 2 else x.shape[1 if batch_first else 0]
    causal = np.triu(np.full((length, length), -np.inf), 1)
    return mask.shape == causal.shape and bool((mask.array == causal).all())


class _Layer(Module):
    """What the layers of encoder and decoder share."""

    def _attend(
        self,
        attention: MultiheadAttention,
        dropout: Dropout,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None,
        padding: Tensor | None,
        causal: bool,
    ) -> Tensor:
        y, _ = attention(
            x, memory, memory, attn_mask=mask, key_padding_mask=padding, need_weights=False, is_causal=causal
        )  # fmt: skip
        return dropout(y)

    def _feed(self, dropout: Dropout, x: Tensor) -> Tensor:
        """Two linear maps, at every position alike."""
        return dropout(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoderLayer(_Layer):
    """Transformer encoder layer: self-attention, then a feed-forward network, both with skip connection and norm.

    Math    y = norm1(src + attention(src)),  then y = norm2(y + feed(y)), feed(y) = linear2(activation(linear1(y)))
            with ``norm_first``, y = src + attention(norm1(src)),  then y = y + feed(norm2(y))
            each ``+`` passes its gradient on to both: the skip connection's arrives unchanged
    Shapes  src (S, N, E), N first with ``batch_first``, or (S, E) -> the same
    Raises  RuntimeError or AssertionError for sizes or masks that do not fit, or an unknown ``activation``.
    Source  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762

    >>> layer = minigrad.nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0)
    >>> x = minigrad.rand(3, 4, requires_grad=True)
    >>> layer(x).square().sum().backward(); x.grad.shape
    torch.Size([3, 4])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **made)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **made)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        padding = additive_mask(src_key_padding_mask, "src_key_padding_mask", src.dtype, src_mask, "src_mask")
        mask = additive_mask(src_mask, "src_mask", src.dtype)
        attend: Activation = lambda x: self._attend(self.self_attn, self.dropout1, x, x, mask, padding, is_causal)
        feed: Activation = lambda x: self._feed(self.dropout2, x)
        x = src
        if self.norm_first:
            x = x + attend(self.norm1(x))
            return x + feed(self.norm2(x))
        x = self.norm1(x + attend(x))
        return self.norm2(x + feed(x))


class TransformerDecoderLayer(_Layer):
    """Transformer decoder layer: self-attention, attention to the encoder's output, then a feed-forward network.

    Math    y = norm1(tgt + attention(tgt)),  y = norm2(y + attention(y, memory)),  y = norm3(y + feed(y))
            with ``norm_first``, each norm is taken of the branch's input instead
            each ``+`` passes its gradient on to both: the skip connection's arrives unchanged
    Shapes  tgt (T, N, E), memory (S, N, E), N first with ``batch_first``, or without N -> as tgt
    Raises  RuntimeError or AssertionError for sizes or masks that do not fit, or an unknown ``activation``.
    Source  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762

    >>> layer = minigrad.nn.TransformerDecoderLayer(4, 2, 8, dropout=0.0)
    >>> memory = minigrad.rand(3, 4, requires_grad=True)
    >>> layer(minigrad.rand(5, 4), memory).square().sum().backward(); memory.grad.shape
    torch.Size([3, 4])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **made)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **made)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **made)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        attend: Activation = lambda x: self._attend(
            self.self_attn, self.dropout1, x, x, tgt_mask, tgt_key_padding_mask, tgt_is_causal
        )  # fmt: skip
        recall: Activation = lambda x: self._attend(
            self.multihead_attn, self.dropout2, x, memory, memory_mask, memory_key_padding_mask, memory_is_causal
        )  # fmt: skip
        feed: Activation = lambda x: self._feed(self.dropout3, x)
        x = tgt
        if self.norm_first:
            x = x + attend(self.norm1(x))
            x = x + recall(self.norm2(x))
            return x + feed(self.norm3(x))
        x = self.norm1(x + attend(x))
        x = self.norm2(x + recall(x))
        return self.norm3(x + feed(x))


class TransformerEncoder(Module):
    """Encoder of a Transformer: ``num_layers`` copies of an encoder layer, stacked, then ``norm`` if given.

    Math    y = norm(layer_n(... layer_2(layer_1(src))))
    Shapes  src (S, N, E), N first with ``batch_first``, or (S, E) -> the same
    Raises  RuntimeError or AssertionError for sizes or masks that do not fit.
    Source  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762

    In evaluation without gradients torch takes another path where it can, in which padded positions come out as zeros
    (before ``norm``); so do ours.

    >>> layer = minigrad.nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
    >>> x = minigrad.rand(1, 3, 4, requires_grad=True)
    >>> minigrad.nn.TransformerEncoder(layer, 2)(x).square().sum().backward(); x.grad.shape
    torch.Size([1, 3, 4])
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        obstacle = _why_not_nested(encoder_layer)
        if enable_nested_tensor and obstacle:
            warnings.warn(
                f"enable_nested_tensor is True, but self.use_nested_tensor is False because {obstacle}", stacklevel=2
            )
        self.use_nested_tensor = enable_nested_tensor and not obstacle

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        padding = additive_mask(src_key_padding_mask, "src_key_padding_mask", src.dtype, mask, "mask")
        mask = additive_mask(mask, "mask", src.dtype)
        causal = _causal(mask, is_causal, src, self.layers[0].self_attn.batch_first)
        output = src
        for layer in self.layers:
            output = layer(output, src_mask=mask, is_causal=causal, src_key_padding_mask=padding)
        if mask is None and padding is not None and self._skips_padding(src, padding):
            output = output.masked_fill((padding != 0).unsqueeze(-1), 0.0)
        return output if self.norm is None else self.norm(output)

    def _skips_padding(self, src: Tensor, padding: Tensor) -> bool:
        """Whether torch would leave padded positions out: they all stand at the end, and nobody wants a gradient."""
        wanted = mode.grad and any([x.requires_grad for x in (src, *self.layers[0].parameters())])
        seen = padding.array == 0
        left_aligned = not self.mask_check or bool((seen[..., 1:] <= seen[..., :-1]).all())
        return self.use_nested_tensor and not self.training and src.ndim == 3 and not wanted and left_aligned


def _why_not_nested(layer: object) -> str:
    """What keeps torch from leaving out the padding, in its words."""
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer was not TransformerEncoderLayer"
    activation = layer.activation
    obstacles = {
        "norm_first was True": layer.norm_first,
        "self_attn.batch_first was not True(use batch_first for better inference performance)": (
            not layer.self_attn.batch_first
        ),
        "self_attn was passed bias=False": layer.self_attn.in_proj_bias is None,
        "activation_relu_or_gelu was not True": (
            activation not in (F.relu, F.gelu) and not isinstance(activation, (ReLU, GELU))
        ),
        "norm1.eps was not equal to encoder_layer.norm2.eps": layer.norm1.eps != layer.norm2.eps,
        "self_attn.num_heads is odd": layer.self_attn.num_heads % 2 == 1,
    }
    return next((f"encoder_layer.{words}" for words, holds in obstacles.items() if holds), "")


class TransformerDecoder(Module):
    """Decoder of a Transformer: ``num_layers`` copies of a decoder layer, stacked, then ``norm`` if given.

    Math    y = norm(layer_n(... layer_2(layer_1(tgt, memory), memory) ..., memory))
    Shapes  tgt (T, N, E), memory (S, N, E), N first with ``batch_first``, or without N -> as tgt
    Raises  RuntimeError or AssertionError for sizes or masks that do not fit.
    Source  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762

    >>> layer = minigrad.nn.TransformerDecoderLayer(4, 2, 8, dropout=0.0)
    >>> memory = minigrad.rand(3, 4, requires_grad=True)
    >>> decoder = minigrad.nn.TransformerDecoder(layer, 2)
    >>> decoder(minigrad.rand(5, 4), memory).square().sum().backward(); memory.grad.shape
    torch.Size([3, 4])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        causal = _causal(tgt_mask, tgt_is_causal, tgt, self.layers[0].self_attn.batch_first)
        output = tgt
        for layer in self.layers:
            output = layer(
                output,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=causal,
                memory_is_causal=memory_is_causal,
            )
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """Transformer: an encoder of ``src``, and a decoder of ``tgt`` that attends to the encoder's output.

    Math    y = decoder(tgt, encoder(src))
    Shapes  src (S, N, E), tgt (T, N, E), N first with ``batch_first``, or without N -> as tgt
    Init    every weight Xavier-uniform
    Raises  RuntimeError if batches or features do not fit.
    Source  Vaswani et al. 2017, https://arxiv.org/abs/1706.03762

    >>> model = minigrad.nn.Transformer(4, 2, 1, 1, 8, batch_first=True)
    >>> src = minigrad.rand(1, 3, 4, requires_grad=True)
    >>> model(src, minigrad.rand(1, 5, 4)).square().sum().backward(); src.grad.shape
    torch.Size([1, 3, 4])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        shape = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        if custom_encoder is None:
            layer: Module = TransformerEncoderLayer(*shape, **made)
            norm = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
            custom_encoder = TransformerEncoder(layer, num_encoder_layers, norm)
        self.encoder = custom_encoder
        if custom_decoder is None:
            layer = TransformerDecoderLayer(*shape, **made)
            norm = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
            custom_decoder = TransformerDecoder(layer, num_decoder_layers, norm)
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for weight in self.parameters():
            if weight.ndim > 1:
                init.xavier_uniform_(weight)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(
                f"the batch number of src and tgt must be equal, got {src.shape[batch]} and {tgt.shape[batch]}"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError(
                f"the feature number of src and tgt must be equal to d_model = {self.d_model}, got {src.shape[-1]} "
                f"and {tgt.shape[-1]}"
            )
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )  # fmt: skip
        output: Tensor = self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )
        return output

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Device = None, dtype: DType = None) -> Tensor:
        """0 where a position may look, -inf at those that come after it.

        >>> minigrad.nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[0., -inf],
                [0., 0.]])
        """
        return triu(full((sz, sz), float("-inf"), device=device, dtype=dtype), 1)
