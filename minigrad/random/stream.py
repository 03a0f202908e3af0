"""The stream of random bits below every draw: the Mersenne Twister MT19937, word for word as torch's CPU generator.

A seed fills 624 words of 32 bits. One step of the twister stirs all 624, hands them out one after the other, and stirs
again when they are used up. So the whole future is fixed by (624 words, how many of them are used): that is the state.
torch and NumPy's ``RandomState`` fill and stir alike, so NumPy can supply the words, thousands at a time.

From bits to fractions: a float32 has 24 bits of precision, so the low 24 bits of one word, divided by 2^24, are an
exact fraction in [0, 1); a float64 takes 53 bits out of two words.

Source  Matsumoto & Nishimura 1998, "Mersenne Twister: a 623-dimensionally equidistributed uniform generator".
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.observe import mode

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_SEED = 67280421310721  # what a torch.Generator() is seeded with

_WORDS = 624
_STATE = np.dtype(  # the 5056 bytes of torch's get_state()
    [
        ("seed", "<u8"),
        ("left", "<i4"),  # words still unused, plus one
        ("seeded", "<i4"),
        ("used", "<u8"),
        ("words", "<u8", _WORDS),
        ("normal_x", "<f8"),
        ("spare_normal", "<f8"),
        ("normal_rho", "<f8"),
        ("has_spare_normal", "<i4"),
        ("spare_normal32", "<f4"),
        ("has_spare_normal32", "<i4"),
        ("padding", "<i4"),
    ]
)


def checked_seed(seed: Any) -> int:
    """A seed as an unsigned 64-bit number; negative ones count down from 2^64.

    Raises  RuntimeError if ``seed`` is not an integer; ValueError outside [-2^63, 2^64).
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}: give an int")
    if not -(2**63) <= seed < 2**64:
        raise ValueError(f"Overflow when unpacking long long: the seed {seed} lies outside [-2**63, 2**64)")
    return int(seed) % 2**64


def check_randomness() -> None:
    """Refuse to draw where this thread may not.

    Raises  RuntimeError
    """
    if not mode.random:
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Say vmap(..., randomness='same') if all "
            "slices shall see the same numbers, 'different' if each its own, or draw them outside"
        )


class Stream:
    """An endless stream of random bits that a seed starts and a state resumes."""

    def __init__(self) -> None:
        self._restart(FIRST_SEED)

    def _restart(self, seed: int) -> None:
        self._seed = seed
        self._started: Any = None
        self._spare_normal: float | None = None  # normals come in pairs: the second waits here for the next call

    def seed(self) -> int:
        """Start from a seed that the operating system picks at random, and return it."""
        self._restart(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the stream was last started from."""
        return self._seed

    @property
    def _twister(self) -> Any:
        """NumPy's Mersenne Twister, its words filled from the seed. ``numpy.random`` is loaded for the first draw."""
        if self._started is None:
            self._started = np.random.MT19937()
            np.random.RandomState(self._started).seed(self._seed % 2**32)  # fills the words as torch does
        return self._started

    # ---- bits ----

    def words(self, n: int) -> NDArray[np.uint32]:
        """The next n words of 32 bits.

        Raises  RuntimeError within a ``vmap`` that was not told what random numbers its slices shall see.
        """
        check_randomness()
        drawn: NDArray[np.uint32] = self._twister.random_raw(n).astype(np.uint32)
        return drawn

    def words64(self, n: int) -> NDArray[np.uint64]:
        """The next n words of 64 bits: each is two words of 32, the high half first."""
        check_randomness()
        halves: NDArray[np.uint64] = self._twister.random_raw(2 * n)
        return halves[0::2] << np.uint64(32) | halves[1::2]

    def fractions24(self, n: int) -> NDArray[np.float32]:
        """n float32 in [0, 1): k / 2^24 with k the low 24 bits of a word."""
        low = self.words(n)
        low &= np.uint32(2**24 - 1)
        fractions = low.view(np.int32).astype(np.float32)
        fractions *= np.float32(2.0**-24)
        return fractions

    def fractions53(self, n: int) -> NDArray[np.float64]:
        """n float64 in [0, 1): k / 2^53 with k the low 53 bits of a 64-bit word."""
        low = self.words64(n)
        low &= np.uint64(2**53 - 1)
        fractions = low.view(np.int64).astype(np.float64)
        fractions *= 2.0**-53
        return fractions

    # ---- state ----

    def state(self) -> NDArray[np.uint8]:
        """Everything the future depends on, as the bytes that torch's ``get_state`` gives."""
        twister: Any = self._twister.state["state"]
        record = np.zeros((), _STATE)
        record["seed"], record["seeded"] = self._seed, 1
        record["words"], record["used"] = twister["key"], twister["pos"]
        record["left"] = _WORDS + 1 - twister["pos"]
        if twister["pos"] == _WORDS and twister["key"][0] == self._seed % 2**32:
            record["used"] = 0  # just seeded: nothing stirred, nothing used yet
        if self._spare_normal is not None:
            record["spare_normal"], record["has_spare_normal"] = self._spare_normal, 1
        return np.frombuffer(record.tobytes(), np.uint8).copy()

    def restore(self, state: Any) -> None:
        """Go on from bytes that ``state`` gave.

        Raises  TypeError if they are not bytes; RuntimeError if they are not a state.
        """
        if not isinstance(state, np.ndarray) or state.dtype != np.uint8:
            kind = f"{state.dtype} array" if isinstance(state, np.ndarray) else type(state).__name__
            raise TypeError(f"RNG state must be a torch.ByteTensor, as get_state() gives, but got: {kind}")
        if state.size != _STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input RNG state size to be "
                f"{state.size}: give what get_state() returned"
            )
        record: Any = np.frombuffer(state.tobytes(), _STATE)[0]
        if not record["seeded"] or not 1 <= record["left"] <= _WORDS or record["used"] > _WORDS:
            raise RuntimeError("Invalid mt19937 state: give what get_state() returned")
        used = _WORDS if record["left"] == 1 else int(record["used"])
        self._seed = int(record["seed"])
        words = record["words"].astype(np.uint32)
        self._twister.state = {"bit_generator": "MT19937", "state": {"key": words, "pos": used}}
        self._spare_normal = float(record["spare_normal"]) if record["has_spare_normal"] else None
