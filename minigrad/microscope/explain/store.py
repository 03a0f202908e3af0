"""The arrays of a page: each once, as bytes, so that the page can be asked for any entry.

What a page may carry is bounded. If there is more, large arrays that no arithmetic needs are left out. If that is not
enough, the first samples of the batch are kept, as many as fit: arrays with the dimension of the batch, and packed
sequences, lose the other samples; small arrays and weights stay whole. If one sample is too much, as in a long
training, the largest arrays are left out. Maps of places are always kept.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from typing import Any

import numpy as np

BUDGET = 4_600_000  # bytes of a page beside its style and script, so that it stays below 5 MB
SMALL = 1 << 16, 1 << 12  # bytes: such an array loses no samples; the second if that is not enough
TINY = 512  # bytes: such an array is never left out


class Store:
    """Numbers arrays, the same for equal ones.

    packed   batch sizes of packed sequences, None where there are none
    """

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.packed: Any = None
        self._known: dict[Any, int] = {}
        self._needed: set[int] = set()
        self._maps: set[int] = set()

    def add_map(self, a: Any) -> int:
        """The number of an array that says where numbers come from."""
        self._maps.add(number := self.add(a))
        return number

    def add(self, a: Any, needed: bool = True) -> int:
        """The number of an array; ``needed``: by the arithmetic of another one's entries."""
        a = np.ascontiguousarray(a).reshape(np.shape(a))
        if a.dtype == np.int64 and (not a.size or np.abs(a).max() < 2**31):
            a = a.astype(np.int32)
        elif a.dtype.name not in ("float32", "float64", "int32", "bool", "uint8"):
            a = a.astype(np.float64)
        key = a.dtype.str, a.shape, hashlib.blake2b(a.tobytes(), digest_size=16).digest()
        if key not in self._known:
            self._known[key] = len(self.arrays)
            self.arrays.append(a)
        if needed:
            self._needed.add(self._known[key])
        return self._known[key]

    @property
    def nbytes(self) -> int:
        """The bytes of all."""
        return sum(a.nbytes for a in self.arrays)

    def to_dict(self, budget: int | None = BUDGET) -> dict[str, Any]:
        """The arrays for JSON, as many as fit into so many bytes; see ``schema.py``."""
        kept = self._kept(budget)
        blob, index, place = bytearray(), [], 0
        for a, keep in zip(self.arrays, kept, strict=True):
            entry: dict[str, Any] = {"type": a.dtype.name, "shape": list(a.shape)}
            if keep is not None:
                dim, rows = keep
                a = np.ascontiguousarray(np.take(a, rows, dim))
                entry |= {"dim": dim, "rows": rows.tolist()}
            place = -(-len(blob) // 8) * 8
            blob += bytes(place - len(blob)) + a.tobytes()
            index.append(entry | {"at": place})
        return {
            "bytes": base64.b64encode(bytes(blob)).decode("ascii"),
            "index": index,
            "cut": None if all(k is None for k in kept) else {"bytes": self.nbytes, "budget": budget},
        }

    def _kept(self, budget: int | None) -> list[Any]:
        """For each array None, or (dimension, the positions of it that are kept)."""
        kept: list[Any] = [None] * len(self.arrays)
        if budget is None:
            return kept
        self._leave_out(kept, [k for k in range(len(kept)) if k not in self._needed], budget)
        if self._size(kept) <= budget:
            return kept
        for small in SMALL:
            batch = self._batch(small)
            cut: Any = lambda n, batch=batch, small=small: self._samples(kept, batch, n, small)
            low, high = 1, batch  # the most samples that fit, by bisection
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (middle, high) if self._size(cut(middle)) <= budget else (low, middle - 1)
            if self._size(cut(low)) <= budget:
                return list(cut(low))
        kept = cut(1)
        self._leave_out(kept, list(range(len(kept))), budget)
        return kept

    def _leave_out(self, kept: list[Any], candidates: list[int], budget: int) -> None:
        """Leave out whole arrays, the largest first, until the others fit."""
        size = self._size(kept)
        for k in sorted(set(candidates) - self._maps, key=lambda k: -self.arrays[k].nbytes):
            if self.arrays[k].nbytes <= TINY or size <= budget:
                return
            size -= self._share(self.arrays[k], kept[k])
            kept[k] = 0, np.arange(0)

    def _samples(self, kept: list[Any], batch: int, samples: int, small: int) -> list[Any]:
        whole = [n in self._maps or a.nbytes <= small for n, a in enumerate(self.arrays)]
        return [
            self._cut(a, batch, samples) if k is None and not w else k
            for a, k, w in zip(self.arrays, kept, whole, strict=True)
        ]

    @staticmethod
    def _share(a: Any, keep: Any) -> float:
        """The bytes of an array that are kept."""
        return float(a.nbytes if keep is None else a.nbytes * len(keep[1]) / max(a.shape[keep[0]], 1))

    def _size(self, kept: list[Any]) -> float:
        return sum(map(self._share, self.arrays, kept))

    def _batch(self, small: int) -> int:
        """How many samples there are: the first size that most bytes have."""
        if self.packed is not None:
            return int(self.packed[0])
        sizes: Counter[int] = Counter()
        for a in self.arrays:
            if a.ndim and a.nbytes > small:
                sizes[a.shape[0]] += a.nbytes
        return sizes.most_common(1)[0][0] if sizes else 1

    def _cut(self, a: Any, batch: int, samples: int) -> Any:
        if samples >= batch:
            return None
        if self.packed is not None and a.shape[0] == sum(self.packed):  # step by step, the longest sequence first
            sequence = np.concatenate([np.arange(n) for n in self.packed])
            return 0, np.nonzero(sequence < samples)[0]
        dims = [d for d, n in enumerate(a.shape) if n == batch]
        return (dims[0], np.arange(samples)) if dims else None
