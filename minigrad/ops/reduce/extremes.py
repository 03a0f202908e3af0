"""The largest and the smallest: of everything, along dimensions, and where they are.

``max(dim)`` has an index, and the whole gradient goes to the element at that index. ``max()`` and ``amax`` have none:
elements that are equally large share the gradient evenly, as torch does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

import numpy as np

from ... import return_types
from ...core.beside import beside, wrap_like
from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import Dims, Tensor
from ..elementwise.piecewise import maximum, minimum
from ..shape.formats import in_order
from ..shape.views import wrap_dim
from .sums import dims_of, restore

# ---- the element at a place, and back ----


def picker(name: str, label: str) -> Callable[..., Any]:
    """An op that takes the elements at the places ``index`` along ``dim``; torch knows it under several names.

    No place may occur twice: see ``gather`` for that.
    """

    @op(name=name, label=label)
    def pick(x: Array, index: Array, dim: int, keepdim: bool) -> Array:
        if x.ndim == 0:
            return x.copy()
        y = np.take_along_axis(x, index, dim)
        return in_order(y) if keepdim else y.squeeze(dim)

    defgrad(
        pick,
        x=lambda g, x_shape, index, dim, keepdim: scatter_along(
            restore(g, x_shape, (dim,), keepdim), index, x_shape, dim
        ),
    )
    return pick


@op
def scatter_along(g: Array, index: Array, shape: Any, dim: int) -> Array:
    """Zeros of a shape, with ``g`` written at the places ``index`` along ``dim``."""
    if not shape:
        return g.copy()
    x = np.zeros(shape, g.dtype)
    np.put_along_axis(x, index, g, dim)
    return x


_pick = picker("pick", "GatherBackward0")

defgrad(scatter_along, g=lambda h, index, dim: _pick(h, index, dim, True))


def along(pick: Any, made: Any, find: Any, x: Array, dim: int, keepdim: bool) -> Any:
    """(values, indices) of the place that ``find(array, dim)`` names along a dimension."""
    d = wrap_dim(dim, x.ndim)
    if x.ndim == 0:
        index = wrap_like(np.zeros((), np.int64), x)
        return made(pick(x, index, 0, True), index)
    nonempty(made.__name__, x.shape, (d,))
    index = wrap_like(find(x.array, d), x)
    return made(pick(x, index, d, keepdim), index if keepdim else beside(index.array.squeeze(d), index))


def nonempty(name: str, shape: Any, dims: tuple[int, ...], error: Any = IndexError) -> None:
    """Refuse the maximum or minimum of an empty tensor.

    Raises  the given class of error
    """
    for d in dims:
        if shape[d] == 0:
            raise error(
                f"{name}(): Expected reduction dim {d} to have non-zero size: it has no extreme. The tensor "
                f"is {list(shape)}; choose another dim, or leave out empty tensors"
            )


# ---- shared evenly ----


@op
def shares(x: Array, out: Array, dims: Any, keepdim: bool, nan: bool = True) -> Array:
    """The part of the gradient that each element gets: 1/n if it is one of n that tie for the extreme, else 0.

    Where the extreme is nan, the elements that are nan tie; without ``nan``, all get nan.
    """
    best = restore(out, x.shape, dims, keepdim)
    mask = x == best
    if nan:
        mask |= (x != x) & (best != best)
    return (mask / mask.sum(dims, keepdims=True)).astype(x.dtype)


def _extreme(name: str, label: str, find: Any, nan: bool) -> Callable[..., Any]:
    """An op for the largest or smallest over dimensions, whose gradient the winners share."""

    @op(name=name, label=label)
    def extreme(x: Array, dims: Any, keepdim: bool) -> Array:
        return in_order(find(x, dims, keepdims=keepdim))

    defgrad(
        extreme,
        x=lambda g, x, out, dims, keepdim: restore(g, x.shape, dims, keepdim) * shares(x, out, dims, keepdim, nan),
    )
    return extreme


_max = _extreme("max", "MaxBackward1", np.maximum.reduce, True)
_min = _extreme("min", "MinBackward1", np.minimum.reduce, True)
_amax = _extreme("amax", "AmaxBackward0", np.maximum.reduce, False)
_amin = _extreme("amin", "AminBackward0", np.minimum.reduce, False)


def amax(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """Maximum of all elements, or along dimensions, whose gradient is shared evenly among ties.

    Math    y = max_i input_i        d_input_i = g / n for the n elements that equal y, else 0
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  IndexError (RuntimeError, if no ``dim`` is given) for an empty dimension.

    >>> x = minigrad.tensor([[1., 3., 3.]], requires_grad=True)
    >>> x.amax(1).backward(); x.grad
    tensor([[0.0000, 0.5000, 0.5000]])
    """
    return _over("amax", _amax, input, dim, keepdim)


def amin(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """Minimum of all elements, or along dimensions, whose gradient is shared evenly among ties.

    Math    y = min_i input_i        d_input_i = g / n for the n elements that equal y, else 0
    Shapes  the dimensions ``dim`` disappear, or become 1 with ``keepdim``
    Raises  IndexError (RuntimeError, if no ``dim`` is given) for an empty dimension.

    >>> x = minigrad.tensor([[1., 1., 3.]], requires_grad=True)
    >>> x.amin(1).backward(); x.grad
    tensor([[0.5000, 0.5000, 0.0000]])
    """
    return _over("amin", _amin, input, dim, keepdim)


def _over(name: str, extreme: Any, x: Array, dim: Any, keepdim: bool) -> Array:
    dims = dims_of(dim, x.ndim)
    nonempty(name, x.shape, dims, RuntimeError if dim in (None, ()) else IndexError)
    return extreme(x, dims, keepdim)


# ---- value and place ----

_pick_max = picker("max_dim", "MaxBackward0")
_pick_min = picker("min_dim", "MinBackward0")


@overload
def max(input: Tensor) -> Tensor: ...
@overload
def max(input: Tensor, dim: int, keepdim: bool = False) -> return_types.max: ...
@overload
def max(input: Tensor, other: Tensor, /) -> Tensor: ...
def max(
    input: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None
) -> Tensor | return_types.max:
    """Maximum of all elements, or (values, indices) of that along a dimension; ``max(input, other)`` is ``maximum``.

    Math    y = max_i input_i        d_input_i = g / n for the n elements that equal y;
            with ``dim``, g at the index alone
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``
    Raises  IndexError (RuntimeError, without ``dim``) for an empty dimension.

    >>> x = minigrad.tensor([[1., 5., 2.]], requires_grad=True)
    >>> values, indices = x.max(1); indices
    tensor([1])
    >>> values.backward(); x.grad
    tensor([[0., 1., 0.]])
    """
    return _any_form("max", input, dim, keepdim, other)


@overload
def min(input: Tensor) -> Tensor: ...
@overload
def min(input: Tensor, dim: int, keepdim: bool = False) -> return_types.min: ...
@overload
def min(input: Tensor, other: Tensor, /) -> Tensor: ...
def min(
    input: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None
) -> Tensor | return_types.min:
    """Minimum of all elements, or (values, indices) of that along a dimension; ``min(input, other)`` is ``minimum``.

    Math    y = min_i input_i        d_input_i = g / n for the n elements that equal y;
            with ``dim``, g at the index alone
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``
    Raises  IndexError (RuntimeError, without ``dim``) for an empty dimension.

    >>> x = minigrad.tensor([[3., 1., 2.]], requires_grad=True)
    >>> values, indices = x.min(1); indices
    tensor([1])
    >>> values.backward(); x.grad
    tensor([[0., 1., 0.]])
    """
    return _any_form("min", input, dim, keepdim, other)


def _argbest(find: Any) -> Any:
    return lambda array, d: find(array, d, keepdims=True)


_FORMS = {
    "max": (maximum, _max, _pick_max, return_types.max, _argbest(np.argmax)),
    "min": (minimum, _min, _pick_min, return_types.min, _argbest(np.argmin)),
}


def _any_form(name: str, x: Array, dim: Any, keepdim: bool, other: Any) -> Any:
    binary, whole, pick, made, find = _FORMS[name]
    if isinstance(dim, Variable) or other is not None:
        return binary(x, dim if other is None else other)
    if dim is None:
        return _over(name, whole, x, None, False)
    if not isinstance(dim, (int, np.integer)):
        raise TypeError(f"{name}(): argument 'dim' must be int or a Tensor, not {type(dim).__name__}; see a{name}")
    return along(pick, made, find, x, int(dim), keepdim)


def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Index of the maximum, the first where there are several; without ``dim``, counted in C order.

    Math    y = min {i : input_i = max_j input_j}, an int64 tensor; no gradient
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``
    Raises  IndexError if there is no element, RuntimeError for a bool tensor.

    >>> minigrad.tensor([[1., 5.], [7., 2.]]).argmax(1)
    tensor([1, 0])
    """
    return _place_of("argmax", record(argmax), input, dim, keepdim)


@op(of=argmax, narrow=True)
def _(input: Array, dim: Any, keepdim: bool) -> Array:
    return np.argmax(input, dim, keepdims=keepdim)


def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Index of the minimum, the first where there are several; without ``dim``, counted in C order.

    Math    y = min {i : input_i = min_j input_j}, an int64 tensor; no gradient
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``
    Raises  IndexError if there is no element, RuntimeError for a bool tensor.

    >>> minigrad.tensor([[1., 5.], [7., 2.]]).argmin(1)
    tensor([0, 1])
    """
    return _place_of("argmin", record(argmin), input, dim, keepdim)


@op(of=argmin, narrow=True)
def _(input: Array, dim: Any, keepdim: bool) -> Array:
    return np.argmin(input, dim, keepdims=keepdim)


def _place_of(name: str, find: Any, x: Array, dim: int | None, keepdim: bool) -> Array:
    if x.array.dtype.kind == "b":
        raise RuntimeError(f"{name}(): does not support bool input; convert it with .int()")
    d = None if dim is None else wrap_dim(dim, x.ndim)
    nonempty(name, x.shape, dims_of(d, x.ndim))
    return find(x, d if x.ndim else None, keepdim)


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> return_types.aminmax:
    """Minimum and maximum, (min, max), of all elements or along a dimension.

    Math    min = amin(input), max = amax(input)        d_input = the sum of their two gradients
    Shapes  the dimension ``dim`` disappears, or becomes 1 with ``keepdim``
    Raises  IndexError (RuntimeError, without ``dim``) for an empty dimension.

    >>> x = minigrad.tensor([1., 5., 2.], requires_grad=True)
    >>> low, high = x.aminmax(); (high - low).backward(); x.grad
    tensor([-1.,  1.,  0.])
    """
    dims = dims_of(dim, input.ndim)
    nonempty("aminmax", input.shape, dims, RuntimeError if dim is None else IndexError)
    return return_types.aminmax(*record(aminmax)(input, dims, keepdim))


@op(of=aminmax, many=True)
def _(input: Array, dims: Any, keepdim: Any) -> Any:
    least, most = np.minimum.reduce(input, dims, keepdims=keepdim), np.maximum.reduce(input, dims, keepdims=keepdim)
    return in_order(least), in_order(most)


def _aminmax_grad(gs: Any, input: Array, dims: Any, keepdim: bool) -> Array:
    parts = [
        restore(g, input.shape, dims, keepdim) * shares(input, find(input, dims, keepdim), dims, keepdim, False)
        for g, find in zip(gs, (_amin, _amax), strict=True)
        if g is not None
    ]
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


defgrad(aminmax, input=_aminmax_grad)
