"""Where samples come from: by number (``Dataset``) or one after the other (``IterableDataset``)."""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from ...ops.random import source
from ...random import Generator, default_generator
from ...tensor import Tensor

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Numbered(Protocol[T_co]):
    """What can be asked for a sample by number: a Dataset, and a list too."""

    def __getitem__(self, index: Any, /) -> T_co: ...


class Dataset(Generic[T_co]):
    """Samples that can be fetched by number: ``dataset[i]``, and usually ``len(dataset)``.

    A subclass defines ``__getitem__``, and ``__len__`` so that a sampler knows the numbers. There is no ``__len__``
    here, since ``list(dataset)`` and others ask an object whether it has one. A subclass may also define
    ``__getitems__(indices)``, which fetches a list of samples at once.

    >>> class Squares(minigrad.utils.data.Dataset):
    ...     def __len__(self): return 4
    ...     def __getitem__(self, i): return i * i
    >>> list(minigrad.utils.data.DataLoader(Squares(), batch_size=2))
    [tensor([0, 1]), tensor([4, 9])]
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[T]) -> ConcatDataset[T_co | T]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], Iterable[T_co]):
    """Samples that come one after the other, as from a stream: a subclass defines ``__iter__``.

    With worker processes each worker iterates a copy of its own, so that every sample would come once per worker: let
    ``__iter__`` ask ``get_worker_info()`` which part is this worker's.
    """

    def __add__(self, other: Dataset[T]) -> ChainDataset[T_co | T]:  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors side by side: sample i is the tuple of their i-th rows.

    Shapes  each (N, *), with one N for all
    Raises  AssertionError if the first sizes differ.

    >>> data = minigrad.utils.data.TensorDataset(minigrad.tensor([[1., 2.], [3., 4.]]), minigrad.tensor([0, 1]))
    >>> data[1]
    (tensor([3., 4.]), tensor(1))
    """

    def __init__(self, *tensors: Tensor) -> None:
        for k, tensor in enumerate(tensors):
            if isinstance(tensor, np.ndarray):
                raise TypeError(f"TensorDataset takes tensors, tensors[{k}] is an ndarray: torch.from_numpy() wraps it")
        if any(tensor.size(0) != tensors[0].size(0) for tensor in tensors):
            sizes = [tensor.size(0) for tensor in tensors]
            raise AssertionError(f"Size mismatch between tensors: their first dimensions are {sizes}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].size(0)


class StackDataset(Dataset[Any]):
    """Datasets side by side: sample i is the tuple, or with names the dict, of their i-th samples.

    Raises  ValueError if the lengths differ, if none is given, or if some have names and some have none.

    >>> minigrad.utils.data.StackDataset(image=["a", "b"], label=[0, 1])[1]
    {'image': 'b', 'label': 1}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or ``dict``- (via ``kwargs``) like input/output, "
                "but both types are given."
            )
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets: Any = args or kwargs
        sizes = [len(dataset) for dataset in self._columns()]
        if len(set(sizes)) > 1:
            raise ValueError(f"Size mismatch between datasets: their lengths are {sizes}")
        self._length = sizes[0]

    def _columns(self) -> list[Any]:
        return list(self.datasets.values() if isinstance(self.datasets, dict) else self.datasets)

    def _sample(self, parts: Sequence[Any]) -> Any:
        return dict(zip(self.datasets, parts, strict=True)) if isinstance(self.datasets, dict) else tuple(parts)

    def __getitem__(self, index: Any) -> Any:
        return self._sample([dataset[index] for dataset in self._columns()])

    def __getitems__(self, indices: list[Any]) -> list[Any]:
        columns = [get_samples(dataset, indices) for dataset in self._columns()]
        for column in columns:
            if len(column) != len(indices):
                raise ValueError(
                    f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(column)} "
                    "from its __getitems__"
                )
        return [self._sample(parts) for parts in zip(*columns, strict=True)]

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """Datasets one after the other, as ``a + b`` makes them.

    Raises  AssertionError if there is none, or one that has no numbers (an IterableDataset).

    >>> (minigrad.utils.data.ConcatDataset(["ab", "cde"]))[3]
    'd'
    """

    def __init__(self, datasets: Iterable[Numbered[T_co]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset: use ChainDataset")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: int) -> T_co:
        if idx < 0:
            if -idx > len(self):
                raise ValueError(
                    f"absolute value of index should not exceed dataset length: index {idx}, length {len(self)}"
                )
            idx += len(self)
        k = bisect.bisect_right(self.cumulative_sizes, idx)
        before = self.cumulative_sizes[k - 1] if k else 0
        return self.datasets[k][idx - before]


class ChainDataset(IterableDataset[T_co]):
    """IterableDatasets one after the other, as ``a + b`` makes them.

    Raises  AssertionError, when it gets there, for one that is not an IterableDataset.
    """

    def __init__(self, datasets: Iterable[Dataset[T_co]]) -> None:
        self.datasets = datasets

    def _checked(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(
                    f"ChainDataset only supports IterableDataset, not {type(dataset).__name__}: use ConcatDataset"
                )
            yield dataset

    def __iter__(self) -> Iterator[T_co]:
        for dataset in self._checked():
            yield from dataset

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._checked())


class Subset(Dataset[T_co]):
    """The samples of a dataset that ``indices`` names, in that order.

    Raises  NotImplementedError for a subclass that changes ``__getitem__`` and not ``__getitems__``: a DataLoader
            would ask the latter, and bypass the change.

    >>> list(minigrad.utils.data.Subset("abcd", [3, 0]))
    ['d', 'a']
    """

    def __init__(self, dataset: Numbered[T_co], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices
        cls = type(self)
        if cls.__getitem__ is not Subset.__getitem__ and cls.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{cls.__name__} overrides __getitem__ but not __getitems__, which DataLoader calls: "
                "override it too,\n\n"
                "def __getitems__(self, indices):\n"
                "    return [self.__getitem__(idx) for idx in indices]"
            )

    def __getitem__(self, idx: Any) -> T_co:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[T_co]:
        return get_samples(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def get_samples(dataset: Numbered[T], indices: Sequence[Any]) -> list[T]:
    """The samples that ``indices`` names: at once if the dataset knows how to, else one by one."""
    at_once: Callable[[Sequence[Any]], list[T]] | None = getattr(dataset, "__getitems__", None)
    if at_once:
        return at_once(indices)
    return [dataset[index] for index in indices]


def random_split(
    dataset: Numbered[T], lengths: Sequence[float], generator: Generator | None = default_generator
) -> list[Subset[T]]:
    """Subsets of the given lengths which share no sample, drawn at random.

    Fractions that sum to 1 are rounded down to whole samples; the first subsets get one more each until none is left.

    Raises  ValueError if the lengths do not sum to ``len(dataset)``, or a fraction leaves [0, 1].

    >>> g = minigrad.Generator().manual_seed(0)
    >>> [list(part) for part in minigrad.utils.data.random_split("abcde", [0.6, 0.4], g)]
    [['e', 'a', 'b'], ['d', 'c']]
    """
    total = len(dataset)  # type: ignore[arg-type]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for i, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"Fraction at index {i} is not between 0 and 1: it is {fraction}")
        lengths = _shares(total, lengths)
        for i, length in enumerate(lengths):
            if length == 0:
                warnings.warn(
                    f"Length of split at index {i} is 0. This might result in an empty dataset.", stacklevel=2
                )
    if sum(lengths) != total:
        raise ValueError(
            f"Sum of input lengths does not equal the length of the input dataset! "
            f"sum({list(lengths)}) = {sum(lengths)}, len(dataset) = {total}"
        )
    order = source(generator).permutation(total).tolist()
    ends = [int(end) for end in itertools.accumulate(lengths)]
    return [Subset(dataset, order[start:end]) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _shares(total: int, fractions: Sequence[float]) -> list[int]:
    """``total`` cut in the given proportions into whole numbers."""
    lengths = [math.floor(total * fraction) for fraction in fractions]
    for i in range(total - sum(lengths)):
        lengths[i % len(lengths)] += 1
    return lengths
