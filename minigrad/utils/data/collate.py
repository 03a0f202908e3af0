"""From a list of samples to a batch: what is alike in every sample is stacked along a new first dimension."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ...core.dtype import float64
from ...core.variable import Variable
from ...ops.create import as_tensor, from_numpy, tensor
from ...ops.shape.joining import stack

_NO_NUMBERS = "SaUO"  # NumPy's letters for text and for objects


def default_collate(batch: Sequence[Any]) -> Any:
    """One batch from a list of samples of the same structure.

    Shapes  tensors and arrays of shape S -> a tensor (N, *S); ints, floats and bools -> a tensor (N,), floats in
            float64; text stays a list; dicts, named tuples and lists are collated entry by entry and keep their type,
            a tuple becomes a list
    Raises  TypeError for what is not a number; RuntimeError if lists differ in length or tensors in shape; KeyError if
            dicts differ in keys.

    >>> minigrad.utils.data.default_collate([{"x": [1, 2.5]}, {"x": [3, 4.5]}])
    {'x': [tensor([1, 3]), tensor([2.5000, 4.5000], dtype=torch.float64)]}
    """
    first = batch[0]
    if isinstance(first, Variable):
        for k, x in enumerate(batch):
            if not isinstance(x, Variable):
                raise TypeError(f"expected Tensor as element {k} of the batch, as the others are, but got {type(x)}")
        return stack(batch)
    if is_torch_tensor(first):
        return stack([_from_torch(x) for x in batch])
    if isinstance(first, np.ndarray):
        if first.dtype.kind in _NO_NUMBERS:
            raise _no_batch(first.dtype)
        return stack([as_tensor(x) for x in batch])
    if isinstance(first, np.number | np.bool):
        return as_tensor(list(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return _like_mapping(first, lambda key: default_collate([sample[key] for sample in batch]))
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(column) for column in zip(*batch, strict=False)))
    if isinstance(first, Sequence):
        sizes = [len(sample) for sample in batch]
        if min(sizes) != max(sizes):
            raise RuntimeError(
                f"each element in list of batch should be of equal size: their lengths are {sizes}; "
                "pad them, or give a collate_fn"
            )
        return _like_sequence(first, (default_collate(column) for column in zip(*batch, strict=True)))
    raise _no_batch(type(first))


def default_convert(data: Any) -> Any:
    """One sample with its arrays as tensors, where nothing is batched (``batch_size=None``).

    >>> minigrad.utils.data.default_convert([np.array([0, 1]), 2])
    [tensor([0, 1]), 2]
    """
    if is_torch_tensor(data):
        return _from_torch(data)
    if isinstance(data, np.ndarray):
        return data if data.dtype.kind in _NO_NUMBERS else as_tensor(data)
    if isinstance(data, np.number | np.bool):
        return as_tensor(data)
    if isinstance(data, str | bytes):
        return data
    if isinstance(data, Mapping):
        return _like_mapping(data, lambda key: default_convert(data[key]))
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(x) for x in data))
    if isinstance(data, Sequence):
        return _like_sequence(data, (default_convert(x) for x in data))
    return data


def is_torch_tensor(x: Any) -> bool:
    """Whether x is a tensor of torch itself, as torchvision's datasets give them; torch need not be installed."""
    return any(cls.__name__ == "Tensor" and cls.__module__ == "torch" for cls in type(x).__mro__)


def _from_torch(x: Any) -> Any:
    return from_numpy(x.detach().numpy())


def _like_mapping(first: Any, value: Callable[[Any], Any]) -> Any:
    """A mapping of the class of ``first``, with ``value(key)`` for each key; a dict if the class won't have them."""
    values = {key: value(key) for key in first}
    try:
        if not isinstance(first, MutableMapping):
            return type(first)(values)
        filled = copy.copy(first)  # attributes of a subclass stay
        filled.update(values)
        return filled
    except TypeError:
        return values


def _like_sequence(first: Any, items: Iterable[Any]) -> Any:
    """A sequence of the class of ``first``; a list for a tuple, or if the class won't have the items."""
    values = list(items)
    if isinstance(first, tuple):
        return values
    try:
        if not isinstance(first, MutableSequence):
            return type(first)(values)
        filled = copy.copy(first)
        for i, value in enumerate(values):
            filled[i] = value
        return filled
    except TypeError:
        return values


def _no_batch(found: Any) -> TypeError:
    return TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {found}. "
        "Convert it in the dataset (an image: transforms.ToTensor()), or give DataLoader a collate_fn"
    )
