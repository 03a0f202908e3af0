"""Linear and bilinear layers."""

from __future__ import annotations

import math
from typing import Any

from ...ops.create import empty
from ...tensor import Tensor
from ...types import Device, DType
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module


class Identity(Module):
    """The identity: returns its input, and takes any arguments.

    Math    y = input        d_input = g
    Shapes  input (*) -> (*)

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> minigrad.nn.Identity(54, anything=True)(x).sum().backward(); x.grad
    tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(Module):
    """Affine map of the last dimension (``F.linear``).

    Math    y = input weight^T + bias        d_input = g weight,  d_weight = g^T input,  d_bias = sum of g
    Shapes  input (*, I), weight (O, I), bias (O) -> (*, O)
    Init    weight and bias uniform in +-1/sqrt(I)
    Raises  RuntimeError if the input's last dimension is not ``in_features`` or the dtypes differ.

    >>> layer = minigrad.nn.Linear(2, 1)
    >>> layer(minigrad.tensor([[1., 2.]])).sum().backward(); layer.weight.grad
    tensor([[1., 2.]])
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Device = None, dtype: DType = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """Bilinear map of two inputs: each output is a quadratic form of both.

    Math    y[o] = input1^T weight[o] input2 + bias[o]        d_weight[o] = g[o] input1 input2^T
    Shapes  input1 (*, I1), input2 (*, I2), weight (O, I1, I2), bias (O) -> (*, O)
    Init    weight and bias uniform in +-1/sqrt(I1)
    Raises  ValueError unless ``in1_features`` > 0; RuntimeError if the sizes do not fit.

    >>> layer = minigrad.nn.Bilinear(2, 2, 1)
    >>> layer(minigrad.tensor([1., 2.]), minigrad.tensor([3., 4.])).backward(); layer.weight.grad
    tensor([[[3., 4.],
             [6., 8.]]])
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got {in1_features}")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in1_features, in2_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        bound = 1 / math.sqrt(self.weight.size(1))
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
