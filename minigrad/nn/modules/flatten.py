"""Flatten and Unflatten: axes made one, and one made several."""

from __future__ import annotations

from collections.abc import Sequence

from ...tensor import Tensor
from .module import Module


class Flatten(Module):
    """Flattens the dimensions from ``start_dim`` to ``end_dim`` into one, by default all but the first.

    Math    y = the elements of input in order        d_input = g in the shape of input
    Shapes  input (A, *S, B) -> (A, product of S, B)
    Raises  IndexError for a dimension that does not exist; RuntimeError if end_dim comes before start_dim.

    >>> x = minigrad.ones(2, 3, 4, requires_grad=True)
    >>> y = minigrad.nn.Flatten()(x); y.shape
    torch.Size([2, 12])
    >>> y.sum().backward(); x.grad.shape
    torch.Size([2, 3, 4])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Splits dimension ``dim`` into the sizes ``unflattened_size``, one of which may be -1, "whatever is left".

    Math    y = the elements of input in order        d_input = g in the shape of input
    Shapes  input (A, S, B) -> (A, *unflattened_size, B)
    Raises  TypeError unless ``dim`` is an integer and the sizes a tuple of integers; RuntimeError if they do not fit.

    >>> x = minigrad.ones(2, 12, requires_grad=True)
    >>> y = minigrad.nn.Unflatten(1, (3, 4))(x); y.shape
    torch.Size([2, 3, 4])
    >>> y.sum().backward(); x.grad.shape
    torch.Size([2, 12])
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if isinstance(dim, str) or not isinstance(dim, int):
            raise TypeError(
                "invalid argument type for dim parameter: minigrad has no named dimensions, give an integer"
            )
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                f"unflattened_size must be a tuple of ints, but found type {type(unflattened_size).__name__}"
            )
        for k, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    f"unflattened_size must be tuple of ints, but found element of type {type(size).__name__} at "
                    f"pos {k}"
                )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
