"""What an op with several named results returns: a tuple that prints as torch's."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ..types import Tensor


class ValuesIndices(NamedTuple):
    """To a type checker, what ``sort``, ``topk``, ``max`` along a dimension and their like return."""

    values: Tensor
    indices: Tensor


def _text(x: Any) -> str:
    parts = [f"{name}={value!r}" for name, value in zip(x._fields, x, strict=True)]
    return f"torch.return_types.{type(x).__name__}(\n" + ",\n".join(parts) + ")"


def structure(name: str, *fields: str) -> Any:
    """A class of tuples with named fields.

    >>> structure("max", "values", "indices")(1.0, 0)
    torch.return_types.max(
    values=1.0,
    indices=0)
    """
    base: Any = namedtuple(name, fields)  # type: ignore[misc]
    return type(name, (base,), {"__slots__": (), "__repr__": _text})
