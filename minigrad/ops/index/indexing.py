"""``x[...]``: picking elements by position, and writing to them.

torch reads an index from left to right in two steps, and so does this file. Integers, slices and None pick a regular
part of the memory: a view. Lists and tensors of positions, and bool tensors, then copy elements out of that view.
Where one element is picked twice, its gradient is the sum of both.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.errors import kind_of, warn_user
from ...core.inplace import assign, check_apart, check_writable, inplace
from ...core.op import defgrad, op, record
from ...core.variable import Variable, wrap
from ...types import Index, Operand, Tensor
from ..cast import type as old_name
from ..checks import fitted, same_dtype
from ..create import tensor
from ..elementwise.transcendental import to_dtype
from ..shape.views import _alias, _unsqueeze, at, expand, sum_to_size, wrap_dim

# ---- a regular part of the memory ----


@op(view=True, name="slice")
def sliced(x: Array, key: Any) -> Array:
    return x[key]


@op(view=True, label="UnsqueezeBackward0")
def newaxis(x: Array, key: Any) -> Array:  # the same, but a new dimension comes last
    return x[key]


@op(narrow=True)
def slice_grad_x(g: Array, shape: Any, key: Any) -> Array:
    whole = np.zeros(shape, g.dtype)
    whole[key] = g
    return whole


defgrad(sliced, x=lambda g, x_shape, key: slice_grad_x(g, x_shape, key))

defgrad(newaxis, x=lambda g, x_shape, key: slice_grad_x(g, x_shape, key))

defgrad(slice_grad_x, g=lambda h, key: sliced(h, key))


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice of input at one position of a dimension, which disappears: a view.

    Math    y[j] = input[index, j] for dim = 0        d_input = zeros, but g at that position
    Shapes  input (.., n, ..) -> the same without ``dim``
    Raises  IndexError for a 0-d tensor, or if there is no such dimension or position.

    >>> x = minigrad.tensor([[1., 2.], [3., 4.]], requires_grad=True)
    >>> x.select(1, 0).sum().backward(); x.grad
    tensor([[1., 0.],
            [1., 0.]])
    """
    if not input.shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, len(input.shape))
    n = input.shape[d]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {d}"
        )
    return record(select)(input, at(d, operator.index(index)))


@op(of=select, view=True)
def _(input: Array, key: Any) -> Array:  # the same, but the last dimension named is dropped
    return input[key]


defgrad(select, input=lambda g, input_shape, key: slice_grad_x(g, input_shape, key))


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """``length`` positions of a dimension, from ``start`` on: a view.

    Math    y[k] = input[start + k],  k < length, for dim = 0        d_input = zeros, but g at those positions
    Shapes  input (.., n, ..) -> (.., length, ..)
    Raises  IndexError if there is no such dimension or start; RuntimeError for a 0-d tensor, or a length that is
            negative or too large.

    >>> x = minigrad.arange(5.).requires_grad_()
    >>> x.narrow(0, 1, 3).sum().backward(); x.grad
    tensor([0., 1., 1., 1., 0.])
    """
    if isinstance(start, Variable) and (start.ndim or start.array.dtype.kind not in "iu"):
        raise RuntimeError(f"start must be an 0-dim integral Tensor. This one is {list(start.shape)} of {start.dtype}")
    if isinstance(start, (bool, float)):
        raise TypeError(f"narrow(): argument 'start' must be int, not {type(start).__name__}")
    if not len(input.shape):
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    d = wrap_dim(dim, len(input.shape))
    n = input.shape[d]
    if not -n <= start <= n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n}], but got {start}): narrow's start"
        )
    start = int(start) + n * (start < 0)
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return sliced(input, at(d, slice(start, start + length)))


# ---- any elements ----


@op(name="index", narrow=True)
def indexed(x: Array, key: Any, sources: Any = ()) -> Array:
    """``sources`` are the tensors that the key was read from: the rule names them, so that nobody writes to them."""
    return x[key]


@op
def index_grad_x(g: Array, shape: Any, key: Any) -> Array:
    return add_at(shape, key, g)


defgrad(indexed, x=lambda g, x_shape, key, sources: index_grad_x(g, x_shape, key))

defgrad(index_grad_x, g=lambda h, key: indexed(h, key))


def add_at(shape: Any, key: Any, values: Any) -> Any:
    """Zeros of a shape, with ``values`` added at the places ``key``, which may repeat.

    The places are numbered, and ``add_rows`` sums what has the same number: several times faster than ``np.add.at``.
    """
    where = [d for d, k in enumerate(key) if not isinstance(k, slice)]
    sizes = [shape[d] for d in where]
    places = np.broadcast_arrays(*[key[d] for d in where])
    picked = places[0].ndim
    rest = [d for d in range(len(shape)) if d not in where]
    if where[-1] - where[0] == len(where) - 1:  # neighbours: the picked dimensions stand where these were
        values = np.moveaxis(values, range(where[0], where[0] + picked), range(picked))
    numbers = np.zeros(places[0].size, np.int64)
    for place, n in zip(places, sizes, strict=True):
        numbers = numbers * n + np.where(place < 0, place + n, place).ravel()
    rows = add_rows(values.reshape(len(numbers), *[shape[d] for d in rest]), numbers, int(np.prod(sizes)))
    whole = rows.reshape(*sizes, *[shape[d] for d in rest])
    return whole if where == list(range(len(where))) else np.moveaxis(whole, range(len(where)), where)


SHORT = 4  # runs up to this length are added up row by row


def add_rows(values: Any, index: Any, count: int) -> Any:
    """Row k of the result is the sum of the rows of ``values`` whose index is k.

    Rows with different indices can be added at once: in turn 1 the first row of every index, in turn 2 the second, ...
    Indices with more rows than that are left for ``reduceat``, which is fast for long runs (and slow for short ones).

    Shapes  values (M, ...), index (M) -> (count, ...)
    """
    total = np.zeros((count, *values.shape[1:]), values.dtype)
    if values.ndim == 1:
        np.add.at(total, index, values)  # slow above one dimension only
        return total
    order = np.argsort(index.astype(np.uint16) if count <= 2**16 else index, kind="stable")  # short words sort faster
    rows = index[order]
    starts = _starts(rows)
    turn = np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))
    for k in range(SHORT):
        now = order[turn == k]
        if not len(now):
            return total
        total[index[now]] += values[now]
    late = order[turn >= SHORT]
    if len(late):
        rows = index[late]
        starts = _starts(rows)
        total[rows[starts]] += np.add.reduceat(values[late], starts, axis=0)
    return total


def _starts(rows: Any) -> Any:
    """Where a run of equal numbers begins."""
    return np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]])[: len(rows)])


# ---- reading an index ----


def getitem(x: Tensor, key: Index) -> Tensor:
    """``x[key]``: key is an integer, slice, None, ``...``, list or tensor of positions, mask, or a tuple of these.

    Raises  IndexError if a position does not exist or the index is of no such kind.

    >>> x = minigrad.tensor([1., 2., 3.], requires_grad=True)
    >>> x[[0, 0, 2]].sum().backward(); x.grad
    tensor([2., 0., 1.])
    """
    part, places = _read(x, key)
    return part if places is None else _pick(part, places, _sources(key))


def setitem(x: Tensor, key: Index, value: Operand) -> None:
    """``x[key] = value``, recorded: what is overwritten gets no gradient, the value gets that of its place.

    >>> x = minigrad.zeros(3)
    >>> v = minigrad.tensor(2., requires_grad=True)
    >>> x[1:] = v
    >>> x.sum().backward(); v.grad
    tensor(2.)
    """
    if key is True:
        key = None
    part, places = _read(x, key)
    if isinstance(value, Tensor):
        new = value
    else:
        if not isinstance(value, (int, float, np.integer)):
            raise TypeError(
                f"can't assign a {kind_of(value)} to a {old_name(x)}: only a number or a tensor; make one with "
                "torch.as_tensor"
            )
        if not isinstance(value, float) and not -(2**63) <= value < 2**63:
            raise ValueError("Overflow when unpacking long long: the number does not fit into 64 bits")
        new = wrap(fitted(int(value) if isinstance(value, np.integer) else value, part.array.dtype))
    if key is False:
        return
    fills = places is None or (new.array.size == 1 and _fills(key))
    if fills and new.array.dtype != part.array.dtype:
        new = to_dtype(new, part.array.dtype)
    ndim = part.array.ndim
    if places is not None:  # together the positions stand for as many dimensions as the largest of them has
        picks = [k for k in places if not isinstance(k, slice)]
        ndim += max([k.ndim for k in picks]) - len(picks)
    while new.array.ndim > ndim and new.array.shape[0] == 1:
        new = select(new, 0, 0)
    if places is not None:
        _put_(part, places, new, False, _sources(key))
        return
    check_writable(part, "__setitem__")
    new = expand(new, part.array.shape)
    check_apart(part, new, "__setitem__")
    assign(part, new, "__setitem__")


def _read(x: Any, key: Any) -> tuple[Any, Any]:
    """The view that the regular part of an index picks, and the positions that pick from it (None: no such)."""
    if type(key) is int:
        shape = x.array.shape
        if not shape:
            raise _too_many(0)
        if not -shape[0] <= key < shape[0]:
            raise IndexError(f"index {key} is out of bounds for dimension 0 with size {shape[0]}")
        return record(select)(x, (key, ...)), None
    entries = _in_order(key)
    shape = x.array.shape
    named = sum([_consumes(e) for e in entries])
    if named > len(shape):
        raise _too_many(len(shape))
    regular: list[Any] = []
    places: dict[int, Any] = {}
    last = None  # the kind of the last entry that did something: torch names the node after it
    dim = new = 0  # dimension of x, and of the view
    for e in map(_entry, entries):
        if dim + _consumes(e) > len(shape) and e is not Ellipsis:
            raise IndexError(f"Dimension out of range: dimension {dim} is after the last one, for more than one `...`")
        if e is Ellipsis:
            skip = len(shape) - named
            regular += [slice(None)] * min(skip, len(shape) - dim)
            dim, new = dim + skip, new + skip
        elif e is None or e is True or e is False:
            regular.append(None)
            last = newaxis
            if e is not None:
                places[new] = np.zeros(int(e), np.int64)
            new += 1
        elif isinstance(e, slice):
            regular.append(e)
            if not _is_whole(e, shape[dim]):
                last = sliced
            dim, new = dim + 1, new + 1
        elif isinstance(e, int):
            if not -shape[dim] <= e < shape[dim]:
                raise IndexError(f"index {e} is out of bounds for dimension {dim} with size {shape[dim]}")
            regular.append(e)
            last = record(select)
            dim += 1
        else:
            picks = _positions(e, shape, dim)
            places |= dict(enumerate(picks, new))
            regular += [slice(None)] * len(picks)
            dim, new = dim + len(picks), new + len(picks)
    if last is None:
        part = x if places else _alias(x, shape)
    elif last is newaxis and all([e is None or isinstance(e, slice) for e in regular]) and not _sliced(regular, shape):
        part = _unsqueeze(x, x.array[tuple(regular)].shape)
    else:
        part = last(x, (*regular, ...))
    if not places:
        return part, None
    return part, tuple([places.get(d, slice(None)) for d in range(max(places) + 1)])


def _sliced(regular: list[Any], shape: Any) -> bool:
    slices = [e for e in regular if e is not None]
    return not all([_is_whole(s, n) for s, n in zip(slices, shape, strict=False)])


def _is_whole(s: slice, n: int) -> bool:
    """Whether a slice takes everything by torch's test, which looks at start, stop and step only."""
    return not s.start and (s.stop is None or s.stop >= n) and s.step in (None, 1)


def _fills(key: Any) -> bool:
    """Whether a single mask picks: torch then fills, and converts a single number of another type.

    Raises  RuntimeError if the mask is of uint8.
    """
    picking = []
    for e in _in_order(key):
        a = e.array if isinstance(e, Variable) else np.asarray(e) if isinstance(e, (list, tuple, range, bool)) else e
        if isinstance(a, np.ndarray) and (a.ndim or a.dtype in (np.bool_, np.uint8)):
            picking.append(a)
    if len(picking) > 1 or not picking[0].ndim or picking[0].dtype not in (np.bool_, np.uint8):
        return False
    if picking[0].dtype == np.uint8:
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype uint8: convert it with .bool()"
        )
    return True


def _in_order(key: Any) -> tuple[Any, ...]:
    """The entries of an index: a short list with anything but numbers in it is read as a tuple, as NumPy once did."""
    if isinstance(key, tuple):
        return key
    if isinstance(key, list) and len(key) < 32:
        for e in key:
            if e is None or e is Ellipsis or isinstance(e, (Variable, slice, list, tuple, range, str, np.ndarray)):
                return tuple(key)
    return (key,)


def _entry(e: Any) -> Any:
    """One entry of an index as an int, bool, slice, None, Ellipsis or array."""
    if e is None or e is Ellipsis or type(e) is int or type(e) is bool:
        return e
    if isinstance(e, slice):
        start, stop, step = (v if v is None else operator.index(v) for v in (e.start, e.stop, e.step))
        if step is not None and step <= 0:
            raise ValueError(f"step must be greater than zero, got {step}; reverse a tensor with flip()")
        return slice(start, stop, step)
    if isinstance(e, str):
        raise TypeError("new(): invalid data type 'str': a tensor is indexed by position, not by name")
    if isinstance(e, Variable):
        a: Any = e.array
    elif isinstance(e, (list, tuple, range, np.ndarray, np.generic)):
        a = tensor(e).array
        if a.size == 0 and a.dtype.kind == "f":
            a = a.astype(np.int64)
    else:
        try:
            return operator.index(e)
        except TypeError:
            raise IndexError(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
                f"indices (got {type(e).__name__})"
            ) from None
    if a.dtype == np.uint8 and a.ndim:
        warn_user(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.", UserWarning
        )
        a = a.astype(bool)
    if a.dtype.kind not in "biu" or (a.dtype in (np.int8, np.int16) and a.ndim):
        raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, not {a.dtype}; use .long()")
    if a.ndim == 0:
        return bool(a) if a.dtype == np.uint8 else a.item()
    return a


def _consumes(e: Any) -> int:
    """How many dimensions of x an entry stands for."""
    if e is None or e is Ellipsis or isinstance(e, (bool, np.bool_)):
        return 0
    if isinstance(e, list):
        depth = 0
        while isinstance(e, list) and e:
            e, depth = e[0], depth + 1
        return depth if isinstance(e, bool) else 1
    a = e.array if isinstance(e, Variable) else e
    return a.ndim if isinstance(a, np.ndarray) and a.dtype in (np.bool_, np.uint8) else 1


def _positions(e: Any, shape: Any, dim: int) -> tuple[Any, ...]:
    """The arrays of positions that an array of an index stands for: itself, or one per dimension of a mask."""
    if e.dtype != bool:
        return (e,)
    for k, n in enumerate(e.shape):
        if n != shape[dim + k]:
            raise IndexError(
                f"The shape of the mask {list(e.shape)} at index {k} does not match the shape of the indexed "
                f"tensor {list(shape)} at index {dim + k}"
            )
    return e.nonzero()


def _sources(key: Any) -> tuple[Any, ...]:
    """The tensors in an index."""
    return tuple([e for e in (key if isinstance(key, (tuple, list)) else (key,)) if isinstance(e, Variable)])


def _pick(x: Any, places: Any, sources: Any) -> Any:
    try:
        return indexed(x, places, sources)
    except IndexError as error:
        raise _in_our_words(error) from None


def _in_our_words(error: IndexError) -> IndexError:
    return IndexError(str(error).replace("indexing arrays", "indexing tensors").replace("axis", "dimension"))


def _too_many(ndim: int) -> IndexError:
    if ndim == 0:
        return IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
            "convert a 0-dim tensor to a number"
        )
    return IndexError(f"too many indices for tensor of dimension {ndim}")


# ---- writing to any elements ----


def index_put(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy of input with ``values`` at the positions ``indices``, written or (``accumulate``) added.

    Math    y = input;  y[indices] = values (accumulate: +=, repeated positions add up)
            d_values = g[indices], d_input = g, but 0 where written over
    Shapes  input any, indices a tuple of int tensors that broadcast; values broadcast to input[indices] -> as input
    Raises  IndexError if a position does not exist, RuntimeError if the dtypes or the shapes do not fit.

    >>> x, v = minigrad.zeros(3), minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.index_put((minigrad.tensor([0, 0]),), v, accumulate=True).sum().backward(); v.grad
    tensor([1., 1.])
    """
    return _put(input, _key(input, indices), values, accumulate, _sources(indices))


@op(of=index_put)
def _(input: Array, key: Any, values: Any, accumulate: bool, sources: Any = ()) -> Array:
    out = input.copy()
    if accumulate:
        out += add_at(input.shape, key, np.broadcast_to(values, out[key].shape))
    else:
        out[key] = values
    return out


defgrad(
    index_put,
    input=lambda g, key, accumulate, sources: g if accumulate else record(index_put)(g, key, 0.0, False),
    values=lambda g, key, values_shape, sources: sum_to_size(indexed(g, key), values_shape),
)


def _selected(x: Any, key: Any) -> Any:
    """The shape of ``x[key]``, whatever the numbers in it; None where that fails for another reason."""
    nothing: Any = np.lib.stride_tricks.as_strided(x, x.shape, (0,) * x.ndim)
    try:
        return nothing[tuple([k if isinstance(k, slice) else np.zeros_like(k) for k in key])].shape
    except IndexError:
        return None


def _put(input: Array, key: Any, values: Any, accumulate: bool, sources: tuple[Any, ...]) -> Array:
    shape = np.shape(values.array if isinstance(values, Variable) else values)
    outside: Any = None
    try:
        target = input.array[key].shape
    except IndexError as error:
        outside, target = _in_our_words(error), _selected(input.array, key)
        if target is None:
            raise outside from None
    if isinstance(values, Variable):
        same_dtype("index_put", input, values)
    try:
        fits = np.broadcast_shapes(shape, target) == target
    except ValueError:
        fits = False
    if outside and fits:
        raise outside
    if not fits:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(shape)} cannot be broadcast to indexing result of "
            f"shape {list(target)}"
        )
    return record(index_put)(input, key, values, accumulate, sources)


def _key(x: Any, indices: Any) -> Any:
    """The positions of ``index_put``, ready for NumPy."""
    key: list[Any] = []
    for entry in indices:
        if entry is None or isinstance(entry, slice):
            key.append(slice(None))
            continue
        key += _positions(np.atleast_1d(_entry(entry)), x.array.shape, len(key))
    return tuple(key)


index_put_ = inplace(index_put)
_put_ = inplace(_put, "index_put_")
