"""Which sample is next: a Sampler yields the numbers of samples, a BatchSampler lists of them.

Shuffling takes two draws. One number from the default generator seeds a generator of the epoch's own, and that one
draws the permutation: so every epoch takes as much from the default generator, however many samples there are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

from ...core.dtype import float64
from ...ops.create import as_tensor
from ...ops.random import source
from ...random import Generator

T_co = TypeVar("T_co", covariant=True)

_CHUNK = 32  # draws with replacement are made 32 at a time


class Sampler(Generic[T_co]):
    """Numbers of samples in some order: a subclass defines ``__iter__``, and ``__len__`` if the loader needs one."""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError("Subclasses of Sampler should implement __iter__.")


class SequentialSampler(Sampler[int]):
    """0, 1, ..., N-1."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """The numbers 0, ..., N-1 in random order; or, with ``replacement``, each drawn anew from all N.

    More than N samples without replacement are several permutations, one after the other.

    Raises  ValueError unless ``num_samples`` (default: N) is a positive int;
            TypeError if ``replacement`` is not a bool.

    >>> g = minigrad.Generator().manual_seed(0)
    >>> list(minigrad.utils.data.RandomSampler(range(5), generator=g))
    [4, 0, 1, 3, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={self.num_samples}"
                + (": the dataset is empty" if num_samples is None else "")
            )

    @property
    def num_samples(self) -> int:
        """How many numbers an epoch has."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, count = len(self.data_source), self.num_samples
        generator = Generator().manual_seed(draw_seed()) if self.generator is None else source(self.generator)
        if self.replacement:
            for _ in range(count // _CHUNK):
                yield from generator.integers(0, n, (_CHUNK,)).tolist()
            yield from generator.integers(0, n, (count % _CHUNK,)).tolist()
            return
        for _ in range(count // n):
            yield from generator.permutation(n).tolist()
        if count % n or generator is self.generator:  # torch draws the last one even if nothing of it is used
            yield from generator.permutation(n)[: count % n].tolist()

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given ``indices`` in random order."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in source(self.generator).permutation(len(self.indices)).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Numbers drawn in proportion to ``weights``, which need not sum to 1: rare classes get their share.

    Raises  ValueError unless ``num_samples`` is a positive int, ``replacement`` a bool and ``weights`` 1-D.

    >>> g = minigrad.Generator().manual_seed(0)
    >>> list(minigrad.utils.data.WeightedRandomSampler([1, 0, 1], 6, generator=g))
    [2, 2, 0, 2, 2, 2]
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _check_positive("num_samples", num_samples)
        _check_bool("replacement", replacement)
        self.weights = as_tensor(weights, float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        yield from source(self.generator).multinomial(self.weights.array, self.num_samples, self.replacement).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """The numbers of another sampler, in lists of ``batch_size``; the last is shorter, or with ``drop_last`` left out.

    Raises  ValueError unless ``batch_size`` is a positive int and ``drop_last`` a bool.

    >>> list(minigrad.utils.data.BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        _check_positive("batch_size", batch_size)
        _check_bool("drop_last", drop_last)
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        numbers = iter(self.sampler)
        while batch := list(itertools.islice(numbers, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        n: int = len(self.sampler)  # type: ignore[arg-type]
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


def draw_seed(generator: Generator | None = None) -> int:
    """A seed in [0, 2^63) for another generator."""
    return int(source(generator).random(()))


def _check_positive(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


def _check_bool(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name} should be a boolean value, but got {name}={value}")
