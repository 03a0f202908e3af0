"""What ops with several named results return: tuples that print as torch's."""

from __future__ import annotations

from typing import Any, NamedTuple

from .types import Tensor


def _text(x: Any) -> str:
    parts = [f"{name}={value!r}" for name, value in zip(x._fields, x, strict=True)]
    return f"torch.return_types.{type(x).__name__}(\n" + ",\n".join(parts) + ")"


class _ValuesIndices(NamedTuple):
    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return _text(self)


class max(_ValuesIndices):
    """What ``max`` along a dimension returns.

    >>> minigrad.return_types.max(1.0, 0)
    torch.return_types.max(
    values=1.0,
    indices=0)
    """

    __slots__ = ()


class min(_ValuesIndices):
    """What ``min`` along a dimension returns."""

    __slots__ = ()


class median(_ValuesIndices):
    """What ``median`` along a dimension returns."""

    __slots__ = ()


class nanmedian(_ValuesIndices):
    """What ``nanmedian`` along a dimension returns."""

    __slots__ = ()


class mode(_ValuesIndices):
    """What ``mode`` returns."""

    __slots__ = ()


class sort(_ValuesIndices):
    """What ``sort`` returns."""

    __slots__ = ()


class topk(_ValuesIndices):
    """What ``topk`` returns."""

    __slots__ = ()


class kthvalue(_ValuesIndices):
    """What ``kthvalue`` returns."""

    __slots__ = ()


class cummax(_ValuesIndices):
    """What ``cummax`` returns."""

    __slots__ = ()


class cummin(_ValuesIndices):
    """What ``cummin`` returns."""

    __slots__ = ()


class _MinMax(NamedTuple):
    min: Tensor
    max: Tensor

    def __repr__(self) -> str:
        return _text(self)


class aminmax(_MinMax):
    """What ``aminmax`` returns."""

    __slots__ = ()


class _SignLog(NamedTuple):
    sign: Tensor
    logabsdet: Tensor

    def __repr__(self) -> str:
        return _text(self)


class slogdet(_SignLog):
    """What ``slogdet`` returns."""

    __slots__ = ()


class linalg_slogdet(_SignLog):
    """What ``linalg.slogdet`` returns."""

    __slots__ = ()
