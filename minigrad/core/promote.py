"""What becomes of operands of different dtypes, and of Python's numbers among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtype import BOOL, F16, F32, F64, default_float, result_type
from .errors import bool_sign_error, in_64_bits, no_tensor, number_error
from .roles import roles
from .table import Op, Promote
from .variable import Variable, version_of

_KINDS = Variable, np.ndarray, int, float
_PARTICULAR = Promote.TENSORS, Promote.SIGNED


def promoted(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with the operands in their common dtype; a cast is recorded, so that its gradient is cast back."""
    if agree(args[: op.operands]):
        return args
    operands = [_python_number(a) if isinstance(a, np.generic) else a for a in args[: op.operands]]
    for name, a in zip(op.params, operands, strict=False):
        if not isinstance(a, _KINDS) and (a is not None or name not in op.defaults):
            raise TypeError(f"{op.name}(): argument '{name}' must be Tensor or a number, not {no_tensor(a)}")
    if op.promote in _PARTICULAR:
        for name, a in zip(op.params, operands, strict=False):
            _check_number(op, name, a)
    common = _common(op, operands)
    for k, a in enumerate(operands):
        exact = F32 if k and op.exact and common == F16 else common
        if isinstance(a, Variable):
            kind = common if a.array.ndim else exact
            if a.array.dtype not in (common, kind):
                operands[k] = roles.cast(a, kind)
                operands[k].version = version_of(a)  # the operand is what was given, not its copy
        elif isinstance(a, np.ndarray):
            operands[k] = a.astype(common, copy=False)
        elif a is not None:
            operands[k] = np.asarray(in_64_bits(a)).astype(exact)[()]  # -1 is 255 for uint8
    return (*operands, *args[op.operands :])


def _common(op: Op, operands: list[Any]) -> np.dtype[Any]:
    """The dtype in which an op computes."""
    arrays = [a for a in operands if isinstance(a, (Variable, np.ndarray))]
    if len(arrays) == 1 and isinstance(x := arrays[0], Variable) and x.array.dtype.kind == "f":
        common: np.dtype[Any] = x.array.dtype  # which numbers take
        return common
    common = result_type([a.array if isinstance(a, Variable) else a for a in operands if a is not None])
    return default_float() if op.promote is Promote.FLOAT and common.kind != "f" else common


def agree(operands: tuple[Any, ...]) -> bool:
    """Whether all are Tensors of the same floating dtype, so that there is nothing to promote."""
    kind = None
    for a in operands:
        if not isinstance(a, Variable) or (kind is not None and a.array.dtype is not kind):
            return False
        kind = a.array.dtype
    return kind is F32 or kind is F64


def _check_number(op: Op, name: str, a: Any) -> None:
    """Refuse a number or a bool where this op does not take it for an operand."""
    if op.promote is Promote.TENSORS and type(a) in (int, float, bool):
        raise number_error(op.name, name, a)
    if op.promote is Promote.SIGNED and (a.array.dtype == BOOL if isinstance(a, Variable) else isinstance(a, bool)):
        raise bool_sign_error(op.name)


def _python_number(x: Any) -> Any:
    return float(x) if isinstance(x, np.bool_) else x.item()  # to torch, NumPy's bool is a float
