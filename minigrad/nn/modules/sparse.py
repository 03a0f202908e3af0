"""Tables of vectors: what a network knows about each word, user or item.

Init    every number from N(0, 1), the row of padding_idx zero
"""

from __future__ import annotations

from ...autograd import no_grad
from ...ops.create import empty
from ...tensor import Tensor
from ...types import Device, DType
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module


class _Table(Module):
    """What both layers share: the weight (V, E), how it starts, and the row that stands for "nothing"."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        sparse: bool,
        weight: Tensor | None,
        freeze: bool,
        device: Device,
        dtype: DType,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < max(num_embeddings, 1):
                raise AssertionError(
                    f"padding_idx must be within num_embeddings: {padding_idx} is not one of the {num_embeddings} rows"
                )
            padding_idx += num_embeddings * (padding_idx < 0)
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if weight is None:
            self.weight = Parameter(empty(num_embeddings, embedding_dim, device=device, dtype=dtype), not freeze)
            self.reset_parameters()
        elif list(weight.shape) != [num_embeddings, embedding_dim]:
            raise AssertionError(
                f"Shape of weight does not match num_embeddings and embedding_dim: {list(weight.shape)} is not "
                f"{[num_embeddings, embedding_dim]}"
            )
        else:
            self.weight = Parameter(weight, not freeze)

    def reset_parameters(self) -> None:
        """Draw the weight anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    def _norms(self) -> list[str]:
        """What is particular about norms and gradients, for ``repr``."""
        shown = [f"max_norm={self.max_norm}"] if self.max_norm is not None else []
        shown += [f"norm_type={self.norm_type}"] if self.norm_type != 2 else []
        return shown + ([f"scale_grad_by_freq={self.scale_grad_by_freq}"] if self.scale_grad_by_freq else [])


def _rows_of(embeddings: Tensor) -> tuple[int, int]:
    if embeddings.dim() != 2:
        raise AssertionError(f"Embeddings parameter is expected to be 2-dimensional, got {list(embeddings.shape)}")
    rows, columns = embeddings.shape
    return rows, columns


class Embedding(_Table):
    """A table of vectors: looks up the row of each index (``F.embedding``).

    Math    y = weight[input]        d_weight[v] = the sum of g over all places where input is v, 0 for ``padding_idx``
    Shapes  input (*) integers below V, weight (V, E) -> (*, E)
    Init    N(0, 1), the row of padding_idx 0; it gets no gradient
    Raises  IndexError for an index outside the table.

    ``sparse`` says in torch how the gradient is stored; here it is always dense, the numbers are the same.

    >>> table = minigrad.nn.Embedding(3, 2, padding_idx=0)
    >>> table(minigrad.tensor([0, 2, 2])).sum().backward(); table.weight.grad
    tensor([[0., 0.],
            [0., 0.],
            [2., 2.]])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight,
            _freeze, device, dtype,
        )  # fmt: skip

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """A layer around a given table (V, E), whose memory it shares; frozen, it does not learn."""
        return cls(
            *_rows_of(embeddings), padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, embeddings, freeze
        )

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def extra_repr(self) -> str:
        padding = [f"padding_idx={self.padding_idx}"] if self.padding_idx is not None else []
        sparse = ["sparse=True"] if self.sparse else []
        return ", ".join([str(self.num_embeddings), str(self.embedding_dim), *padding, *self._norms(), *sparse])


class EmbeddingBag(_Table):
    """Sum, mean or maximum of the vectors of each bag of indices (``F.embedding_bag``).

    Math    y[b] = sum of per_sample_weights weight[input] over the bag b, for ``mode`` "sum"; or "mean", or "max"
            d_weight[v] = the sum of g[b] over all places where v is in bag b (divided by the bag's size for "mean")
    Shapes  input (B, N), or input (M) and offsets (B), the first place of each bag; weight (V, E) -> (B, E)
    Init    N(0, 1), the row of padding_idx 0; it counts in no bag
    Raises  ValueError if input and offsets do not fit together.

    >>> bags = minigrad.nn.EmbeddingBag(3, 2, mode="sum")
    >>> bags(minigrad.tensor([0, 2, 2]), minigrad.tensor([0, 1])).sum().backward(); bags.weight.grad
    tensor([[1., 1.],
            [0., 0.],
            [2., 2.]])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight, False,
            device, dtype,
        )  # fmt: skip
        self.mode = mode
        self.include_last_offset = include_last_offset

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """A layer around a given table (V, E), whose memory it shares; frozen, it does not learn."""
        layer = cls(
            *_rows_of(embeddings), max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings,
            include_last_offset, padding_idx,
        )  # fmt: skip
        layer.weight.requires_grad = not freeze
        return layer

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse,
            per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        padding = [f"padding_idx={self.padding_idx}"] if self.padding_idx is not None else []
        size = [str(self.num_embeddings), str(self.embedding_dim)]
        return ", ".join([*size, *self._norms(), f"mode={self.mode!r}", *padding])
