"""Questions about dtypes: what a tensor holds, and what comes out when two types meet."""

from __future__ import annotations

from typing import Any

from ..core import dtype as dtypes
from ..core.dtype import FROM_NUMPY, RANK
from ..core.variable import Variable
from ..types import Tensor
from .cast import type as old_name
from .checks import tensor_only


def is_floating_point(input: Tensor) -> bool:
    """Whether the numbers have a fraction, and so may have a gradient.

    Raises  TypeError if it is not a tensor.

    >>> minigrad.is_floating_point(minigrad.tensor([1, 2]))
    False
    """
    tensor_only("is_floating_point", "input", input)
    return bool(input.array.dtype.kind == "f")


def is_complex(input: Tensor) -> bool:
    """Always False: there are no complex tensors.

    Raises  TypeError if it is not a tensor.

    >>> minigrad.is_complex(minigrad.ones(1))
    False
    """
    tensor_only("is_complex", "input", input)
    return False


def is_signed(x: Tensor) -> bool:
    """Whether the type has negative numbers.

    >>> minigrad.ones(1).is_signed(), minigrad.ones(1).byte().is_signed()
    (True, False)
    """
    return FROM_NUMPY[x.array.dtype].is_signed


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not zero.

    Raises  RuntimeError unless there is exactly one element.

    >>> minigrad.is_nonzero(minigrad.tensor([0.]))
    False
    """
    tensor_only("is_nonzero", "input", input)
    return bool(input)


def promote_types(type1: dtypes.dtype, type2: dtypes.dtype) -> dtypes.dtype:
    """The smallest type that holds both.

    Raises  TypeError for what is not a dtype.

    >>> minigrad.promote_types(minigrad.int8, minigrad.uint8)
    torch.int16
    """
    return FROM_NUMPY[dtypes.promote_types(dtypes.to_numpy(type1), dtypes.to_numpy(type2))]


def result_type(tensor1: Tensor | float, tensor2: Tensor | float) -> dtypes.dtype:
    """The type of ``tensor1 + tensor2``, each a tensor or a number.

    >>> minigrad.result_type(minigrad.tensor([1, 2]), 1.0)
    torch.float32
    """
    operands = [x.array if isinstance(x, Variable) else x for x in (tensor1, tensor2)]
    return FROM_NUMPY[dtypes.result_type(operands)]


def can_cast(from_: dtypes.dtype, to: dtypes.dtype) -> bool:
    """Whether a result of type ``from_`` may be written into a tensor of type ``to``; no fraction into an integer.

    Raises  TypeError for what is not a dtype.

    >>> minigrad.can_cast(minigrad.float32, minigrad.int64)
    False
    """
    source, target = dtypes.to_numpy(from_), dtypes.to_numpy(to)
    return RANK[source.kind] <= RANK[target.kind]


def typename(obj: Any) -> str:
    """The name of an object's class; of a tensor, the old name of its dtype.

    >>> minigrad.typename(minigrad.ones(1))
    'torch.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return str(old_name(obj))
    kind = obj if isinstance(obj, type) else type(obj)
    module = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
    return module + kind.__qualname__
