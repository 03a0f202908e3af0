"""The same seed as torch, the same numbers: a Generator and everything it can draw.

Every draw is a recipe over the bits of ``stream``: which bits it takes, how many, and the formula that shapes
them. The count matters as much as the formula: a recipe that takes one word too many spoils every draw after it. So the
recipes here take from the stream exactly what torch takes, and the next draw starts where torch's would.

Methods return ndarrays; ``rand``, ``Tensor.normal_`` and the others wrap them. Integers, permutations, uniform
and Bernoulli draws are torch's bit for bit; what needs log or cos agrees within 1e-6.

These are the numbers of torch's own CPU code from release 2.7 on. Earlier releases that were built with MKL hand
``bernoulli_(p)``, dropout, ``exponential_`` and ``multinomial`` without replacement to MKL, whatever the processor, and
CUDA has a generator of its own: there the same seed draws other numbers. One thing depends on the processor:
torch's kernels for AVX2 and AVX-512 compute ``uniform_(low, high)``, and so first weights, with one rounding (a fused
multiply-add), and so does minigrad on every machine; torch's kernel for x86 processors without AVX2
(``torch.backends.cpu.get_cpu_capability()`` is "DEFAULT") rounds the product too, and differs in the last bit.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.dtype import Array
from ..core.public import public
from ..core.variable import Variable, wrap
from ..host.device import CPU, check_device, device
from .stream import Stream, checked_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..types import Device, Tensor

Shape = tuple[int, ...]
DType = np.dtype[Any]

_INT64 = np.dtype(np.int64)
_BLOCK = 16  # normals are made 16 at a time
_WIDE = 2**28  # from this many outcomes on, an integer takes 64 bits
_LARGE_PERMUTATION = (2**32 - 1) // 20


@public("minigrad")
class Generator(Stream):
    """A source of random numbers with a seed and a state of its own; torch's numbers for torch's seeds.

    Raises  RuntimeError for a device that is not the CPU.
    Source  Matsumoto & Nishimura 1998 (the bits); Box & Muller 1958 (normals); Devroye 1986, "Non-Uniform Random
            Variate Generation" (the others).

    >>> g = minigrad.random.Generator().manual_seed(0)
    >>> g.integers(0, 10, (5,))
    array([4, 9, 3, 0, 3])
    """

    def __init__(self, device: Device = "cpu") -> None:
        check_device(device)
        super().__init__()

    @property
    def device(self) -> device:
        """Where it draws: the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start again from ``seed``, any integer in [-2^63, 2^64).

        Raises  RuntimeError if ``seed`` is not an integer; ValueError outside the range.
        """
        self._restart(checked_seed(seed))
        return self

    def get_state(self) -> Tensor:
        """The state as a uint8 Tensor: the same bytes as torch's."""
        state: Tensor = wrap(self.state())
        return state

    def set_state(self, state: Tensor) -> None:
        """Go on from a state that ``get_state`` gave, here or in torch.

        Raises  TypeError if it is not a uint8 Tensor; RuntimeError if its bytes are not a state.
        """
        if not isinstance(state, Variable):
            raise TypeError(f"expected a torch.ByteTensor, as get_state() gives, but got {type(state).__name__}")
        self.restore(state.array)

    def clone_state(self) -> Generator:
        """A second generator that will draw the same numbers from here on."""
        twin = Generator()
        twin.restore(self.state())
        return twin

    # ---- integers ----

    def random(self, shape: Shape, dtype: DType = _INT64) -> Array:
        """Any of the integers 0, 1, ..., largest that ``dtype`` can hold (a float: 2^digits), as ``random_()``.

        Math    one word (two for 8-byte types) mod (largest + 1)
        """
        wide = np.dtype(dtype).itemsize == 8
        words: Array = self.words64(math.prod(shape)) if wide else self.words(math.prod(shape)).astype(np.uint64)
        return _integers(words % np.uint64(_largest(dtype) + 1), 0, shape, dtype)

    def integers(self, low: int, high: int | None, shape: Shape, dtype: DType = _INT64) -> Array:
        """Integers low <= x < high, as ``randint``; without ``high``, up to the largest that ``dtype`` holds.

        Math    x = low + word mod (high - low). From 2^28 outcomes on the word has 64 bits, else 32, so that the
                first outcomes are favoured by at most one part in 16 (older releases of torch: from 2^32 on).
        Raises  RuntimeError if the range is empty or leaves ``dtype``.
        """
        dtype = np.dtype(dtype)
        if low == -(2**63) and high is None and dtype.itemsize >= 4 and dtype != np.int32:
            return _integers(self.words64(math.prod(shape)), 0, shape, dtype)  # all 2^64 outcomes
        low, high = _checked_range(int(low), _largest(dtype) + 1 if high is None else int(high), dtype)
        n, outcomes = math.prod(shape), high - low
        if outcomes < _WIDE:
            return _integers((self.words(n) % np.uint32(outcomes)).astype(np.uint64), low, shape, dtype)
        return _integers(self.words64(n) % np.uint64(outcomes), low, shape, dtype)

    def permutation(self, n: int, dtype: DType = _INT64) -> Array:
        """The numbers 0, ..., n-1 in random order, as ``randperm``.

        Math    Fisher-Yates: for i = 0, ..., n-2 swap a[i] with a[i + word mod (n - i)]
        Raises  RuntimeError if n is negative, above 2^32 / 20 or too large for ``dtype``; NotImplementedError for bool
        """
        dtype = np.dtype(dtype)
        if n < 0:
            raise RuntimeError(f"n must be non-negative, got {n}")
        if dtype.kind == "b":
            raise NotImplementedError("\"randperm\" not implemented for 'Bool': choose an integer type")
        if n - 1 > _largest(dtype):
            raise RuntimeError(f"n={n} cannot be converted to type {dtype} without overflow: choose a wider dtype")
        if n >= _LARGE_PERMUTATION:
            raise RuntimeError(f"n={n} is too large: torch shuffles {_LARGE_PERMUTATION} and more by another recipe")
        ahead: Any = self.words(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint32)
        targets = np.arange(n)
        targets[:-1] += ahead
        return _swapped(targets).astype(dtype)

    # ---- uniform ----

    def uniform(self, shape: Shape, dtype: DType, low: float = 0.0, high: float = 1.0) -> Array:
        """Numbers from U[low, high), as ``rand`` and ``uniform_``.

        Math    x = u (high - low) + low, rounded once; u is a 53-bit fraction for float64, else a 24-bit one.
                What rounds up to ``high`` becomes ``low``: the interval is open on the right.
        Raises  NotImplementedError for a type that is not floating; RuntimeError if low > high or high - low overflows.
        """
        dtype = _floating(dtype, "uniform_", NotImplementedError)
        if low > high:
            raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}")
        if high - low > float(np.finfo(dtype).max):
            raise RuntimeError(f"uniform_ expects to-from to fit in {dtype}, but found to={high} and from={low}")
        n = math.prod(shape)
        u: Array = self.fractions53(n) if dtype == np.float64 else self.fractions24(n)
        if (low, high) == (0, 1) and dtype != np.float16:
            return u.reshape(shape)
        work: Any = np.float64 if dtype == np.float64 else np.float32
        start, stop = work(low), work(high)
        x: Array
        if dtype == np.float64:
            x = _fused_multiply_add(u, stop - start, start)
        else:
            x = (u.astype(np.float64) * (stop - start) + np.float64(start)).astype(np.float32).astype(dtype)
        x[x == dtype.type(stop)] = start
        return x.reshape(shape)

    def bernoulli(self, p: Any, shape: Shape, dtype: DType) -> Array:
        """Bernoulli draws: 1 with probability p (a number, or an array that broadcasts to ``shape``), else 0.

        Math    1 if u < p; u is a 53-bit fraction, but a 24-bit one where p is a float32 or float16 array.
                Dropout's mask is bernoulli(1 - p).
        Raises  RuntimeError if p leaves [0, 1]; NotImplementedError if p is an array that is not floating.
        """
        n = math.prod(shape)
        if isinstance(p, np.ndarray):
            _floating(p.dtype, "bernoulli_tensor_cpu_p_", NotImplementedError)
            if not ((p >= 0) & (p <= 1)).all():
                raise RuntimeError("Expected p_in >= 0 && p_in <= 1: every probability must lie in [0, 1]")
            u: Array = self.fractions53(n) if p.dtype == np.float64 else self.fractions24(n)
            return (u.reshape(shape) < p).astype(dtype)
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
        return (self.fractions53(n) < p).reshape(shape).astype(dtype)

    # ---- normal ----

    def normal(self, shape: Shape, dtype: DType, mean: float = 0.0, std: float = 1.0, in_pairs: bool = False) -> Array:
        """Numbers from N(mean, std^2), as ``randn`` and ``normal_``.

        Math    Box-Muller makes two normals, r cos(2 pi v) and r sin(2 pi v), from two fractions u and v;
                r = sqrt(-2 log(1 - u)).
                Fewer than 16 numbers, and those for a tensor that is not contiguous (``in_pairs``), are made in pairs,
                in float64; the spare of a pair waits for the next call.
                16 and more are made in blocks of 16 in their own precision: in each block the first eight fractions are
                u, the last eight v. If the last block is not full, the last 16 are drawn anew instead.
        Raises  NotImplementedError for a type that is not floating; RuntimeError if std < 0.
        """
        dtype = _floating(dtype, "normal_kernel_cpu", NotImplementedError)
        if not std >= 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
        n = math.prod(shape)
        if n < _BLOCK or in_pairs:
            return (self._normals(n) * std + mean).astype(dtype).reshape(shape)
        draw: Any = self.fractions53 if dtype == np.float64 else self.fractions24
        whole = n - n % _BLOCK
        z: Array = np.empty(n, np.float64 if dtype == np.float64 else np.float32)
        z[:whole] = _normal_blocks(draw(whole if dtype == np.float16 else n)[:whole])
        if whole < n:
            z[-_BLOCK:] = _normal_blocks(draw(_BLOCK))
        if (mean, std) != (0, 1):
            z *= std
            z += mean
        return z.astype(dtype, copy=False).reshape(shape)

    def _normals(self, n: int) -> NDArray[np.float64]:
        """n normals from the queue: the spare of an earlier pair, then fresh pairs."""
        waiting = [] if self._spare_normal is None or n == 0 else [self._spare_normal]
        pairs = (n - len(waiting) + 1) // 2
        v, u = self.fractions53(2 * pairs).reshape(pairs, 2).T
        r, angle = np.sqrt(-2.0 * np.log1p(-u)), 2.0 * np.pi * v
        z = np.concatenate([waiting, np.stack([r * np.cos(angle), r * np.sin(angle)], 1).reshape(-1)])
        if n:
            self._spare_normal = float(z[n]) if len(z) > n else None
        return z[:n]

    def log_normal(self, shape: Shape, dtype: DType, mean: float = 1.0, std: float = 2.0) -> Array:
        """exp of numbers from N(mean, std^2), as ``log_normal_``: normals in pairs, however many.

        Raises  NotImplementedError for a type that is not floating; RuntimeError unless std > 0.
        """
        dtype = _floating(dtype, "log_normal_cpu", NotImplementedError)
        if not std > 0:
            raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
        return np.exp(self._normals(math.prod(shape)) * std + mean).astype(dtype).reshape(shape)

    # ---- one fraction through the inverse of a distribution function ----

    def exponential(self, shape: Shape, dtype: DType, rate: float = 1.0) -> Array:
        """Exponential draws with mean 1 / rate, as ``exponential_``.

        Math    x = -log(1 - u) / rate
        Raises  RuntimeError for a type that is not floating, or unless rate > 0.
        """
        dtype = _floating(dtype, "exponential_", RuntimeError)
        if not rate > 0:
            raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate}")
        return (-1.0 / rate * np.log1p(-self.fractions53(math.prod(shape)))).astype(dtype).reshape(shape)

    def cauchy(self, shape: Shape, dtype: DType, median: float = 0.0, sigma: float = 1.0) -> Array:
        """Cauchy draws, as ``cauchy_``: where a ray at a uniform angle meets a line at distance sigma.

        Math    x = median + sigma tan(pi (u - 1/2))
        Raises  RuntimeError for a type that is not floating, or unless sigma > 0.
        """
        dtype = _floating(dtype, "cauchy_", RuntimeError)
        if not sigma > 0:
            raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
        u = self.fractions53(math.prod(shape))
        return (median + sigma * np.tan(np.pi * (u - 0.5))).astype(dtype).reshape(shape)

    def geometric(self, shape: Shape, dtype: DType, p: float) -> Array:
        """Geometric draws, as ``geometric_``: how many Bernoulli draws until the first 1, each with probability p.

        Math    x = ceil(log(u) / log(1 - p))
        Raises  RuntimeError unless 0 < p < 1; NotImplementedError for bool.
        """
        if not 0 < p < 1:
            raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
        if np.dtype(dtype).kind == "b":
            raise NotImplementedError("\"geometric_cpu\" not implemented for 'Bool': choose a type that counts")
        u = self.fractions53(math.prod(shape))
        return np.ceil(np.log(u) / np.log1p(-p)).astype(dtype).reshape(shape)

    # ---- counts ----

    def poisson(self, rates: Array) -> Array:
        """How many events happen in a unit of time, where ``rates`` are expected: an array of counts.

        Math    below 10: as many fractions as can be multiplied before the product is at most exp(-rate), less one.
                From 10 on: a fraction is transformed to about the right count, another decides whether it is kept.
        Raises  RuntimeError if a rate is negative; NotImplementedError if they are not floating.
        Source  Knuth, TAOCP 2, 3.4.1; Hoermann, The transformed rejection method for generating Poisson random
                variables (1993): PTRS
        """
        _floating(rates.dtype, "poisson_cpu", NotImplementedError)
        if (rates < 0).any():
            raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
        counts = [self._many_events(r) if r >= 10 else self._few_events(r) for r in rates.reshape(-1).tolist()]
        return np.array(counts, rates.dtype).reshape(rates.shape)

    def _fraction(self) -> float:
        return float(self.fractions53(1)[0])

    def _few_events(self, rate: float) -> int:
        limit, product, count = math.exp(-rate), 1.0, -1
        while rate and product > limit:
            product *= self._fraction()
            count += 1
        return max(count, 0)

    def _many_events(self, rate: float) -> int:
        b = 0.931 + 2.53 * math.sqrt(rate)
        a = -0.059 + 0.02483 * b
        scale = 1.1239 + 1.1328 / (b - 3.4)
        sure = 0.9277 - 3.6224 / (b - 2)
        while True:
            u, v = self._fraction() - 0.5, self._fraction()
            us = 0.5 - abs(u)
            count = math.floor((2 * a / us + b) * u + rate + 0.43)
            if us >= 0.07 and v <= sure:
                return count
            if count < 0 or (us < 0.013 and v > us):
                continue
            log_height = math.log(v) + math.log(scale) - math.log(a / (us * us) + b)  # of the point, under the hat
            if log_height <= -rate + count * math.log(rate) - math.lgamma(count + 1):
                return count

    # ---- categories ----

    def multinomial(self, probs: Array, num_samples: int, replacement: bool = False) -> Array:
        """Indices drawn in proportion to ``probs``, which need not sum to 1; every row for itself.

        Math    with replacement: the first index whose cumulative share reaches a 53-bit fraction.
                Without, or for one sample: a race. Index k arrives after an exponential time e_k / probs_k; the first
                to arrive is k with probability probs_k / sum, and the first ``num_samples`` are the sample.
        Shapes  probs (C,) or (N, C) -> (num_samples,) or (N, num_samples)
        Raises  RuntimeError for probabilities negative, not finite, all zero or not floating, and for too many samples.
        """
        _checked_multinomial(probs, num_samples, replacement)
        if replacement and num_samples > 1:
            shares = _cumulative_shares(probs)
            u = self.fractions53(math.prod(probs.shape[:-1]) * num_samples).reshape(*probs.shape[:-1], num_samples)
            if probs.ndim == 1:
                return np.searchsorted(shares, u).astype(np.int64)
            rows = [np.searchsorted(share, fractions) for share, fractions in zip(shares, u, strict=True)]
            return np.array(rows, np.int64).reshape(u.shape)
        speed = probs / self.exponential(probs.shape, probs.dtype)
        if num_samples == 1:
            return np.argmax(speed, -1, keepdims=True)
        return np.argsort(-speed, axis=-1, kind="stable")[..., :num_samples]


def _swapped(targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers 0, ..., n-1 after swapping a[i] with a[targets[i]] for i = 0, ..., n-1 in turn; targets[i] >= i.

    Since targets[i] >= i, no later step touches place i: step i leaves there for good what it finds at its target t. If
    no earlier step had target t, it finds t. Else the last of them, step j, has put there what it found at place j. And
    what a step finds at its own place is decided the same way, by the last earlier step that had this place as target:
    a chain of pointers to earlier steps. ``own = own[own]`` follows all chains at once, twice as far each time.

    Example: targets [2, 2, 3, 3]. Start 0 1 2 3; swap places 0, 2: 2 1 0 3; places 1, 2: 2 0 1 3; places 2, 3: 2 0 3 1.
        before = [-1, 0, -1, 2]   steps 0 and 2 are the first with their targets; step 1 comes after 0, step 3 after 2
        own    = [0, 1, 1, 2]     step 2 finds at place 2 what step 1 put there; step 3 finds what step 2 put there
        own    = [0, 1, 1, 1]     the chain 3 -> 2 -> 1 followed to its end
        result = [2, own[0], 3, own[2]] = [2, 0, 3, 1]
    """
    steps = np.arange(len(targets))
    by_target = np.argsort(targets, kind="stable")
    again = targets[by_target[1:]] == targets[by_target[:-1]]
    before = np.full(len(targets), -1)  # the step before with the same target
    before[by_target[1:][again]] = by_target[:-1][again]
    own = steps.copy()  # what a step finds at its own place
    moves = targets != steps
    own[targets[moves]] = steps[moves]
    while (further := own[own]).tobytes() != own.tobytes():
        own = further
    return np.where(before < 0, targets, own[before])


def _fused_multiply_add(x: Array, y: Any, z: Any) -> Array:
    """x y + z in float64, rounded once as the processor's fused instruction does, which torch is compiled to use.

    Math    The rounding errors of the product and of the sum are floats themselves: find them, add them last.
    Source  Dekker 1971, "A floating-point technique for extending the available precision"; Knuth, TAOCP 2, 4.2.2.
    """
    product = x * y
    (x_high, x_low), (y_high, y_low) = _halves(x), _halves(y)
    lost = ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low
    total = product + z
    rest = total - product
    return total + ((product - (total - rest)) + (z - rest) + lost)


def _halves(x: Any) -> tuple[Any, Any]:
    """x as a sum of two floats of 26 and 27 bits, whose products fit into 53."""
    high = (x.view(np.int64) & -(2**27)).view(np.float64)
    return high, x - high


def _normal_blocks(fractions: Array) -> Array:
    """Box-Muller on blocks of 16 fractions; as many normals, in the same precision."""
    blocks = fractions.reshape(-1, 2, _BLOCK // 2)
    u, v = blocks[:, 0], blocks[:, 1]
    r = np.sqrt(-2 * np.log(1 - u))
    angle = blocks.dtype.type(2 * np.pi) * v
    z = np.empty_like(blocks)
    np.multiply(r, np.cos(angle), out=z[:, 0])
    np.multiply(r, np.sin(angle), out=z[:, 1])
    return z.reshape(-1)


def _floating(dtype: DType, op: str, error: type[Exception]) -> DType:
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise error(f'"{op}" not implemented for {dtype}: dtype must be a floating point type such as torch.float32')
    return dtype


def _largest(dtype: DType) -> int:
    """The largest integer up to which ``dtype`` holds every one."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return 1 << int(np.finfo(dtype).nmant) + 1
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)


def _integers(offsets: NDArray[np.uint64], low: int, shape: Shape, dtype: DType) -> Array:
    """low + offsets, all in arithmetic mod 2^64, where -1 is 2^64 - 1."""
    return (offsets + np.uint64(low % 2**64)).view(np.int64).astype(dtype).reshape(shape)


def _checked_range(low: int, high: int, dtype: DType) -> tuple[int, int]:
    """The range, which for a float is narrowed to numbers that do not round out of it."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    last = _largest(dtype)
    if dtype.kind == "f":
        smallest, largest = -float(np.finfo(dtype).max), float(np.finfo(dtype).max)
    else:
        smallest, largest = (-last - 1 if dtype.kind == "i" else 0), last
    for name, value in (("from", low), ("to - 1", high - 1)):
        if not smallest <= value <= largest:
            raise RuntimeError(f"{name} is out of bounds for {dtype}: {value} is not in [{smallest}, {largest}]")
        if dtype.kind == "f" and not -last <= value <= last:
            warnings.warn(
                f"{name} is out of bounds [-{last}, {last}]: beyond, {dtype} cannot hold every integer", stacklevel=3
            )
    if dtype.kind == "f":
        low, high = _narrowed(low, high, dtype)
        if low >= high:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, "
                f"but got from={low} >= to={high} in {dtype}"
            )
    return low, high


def _narrowed(low: int, high: int, dtype: DType) -> tuple[int, int]:
    """The range without the numbers that rounding to ``dtype`` would carry out of it."""
    above, below = int(dtype.type(low + 1)), int(dtype.type(high - 1))
    if above < low:
        low = above + _gap(low + 1, dtype)
    if below >= high:
        high = below - _gap(high - 1, dtype)
    return low, high


def _gap(value: int, dtype: DType) -> int:
    """The distance between neighbouring floats at ``value``."""
    return 1 << (abs(value).bit_length() - _largest(dtype).bit_length() + 1)


def _checked_multinomial(probs: Array, num_samples: int, replacement: bool) -> None:
    if probs.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {probs.dtype}")
    if probs.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim, got shape {list(probs.shape)}")
    if num_samples <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples, got {num_samples}")
    if not replacement and num_samples > probs.shape[-1]:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement: "
            f"{num_samples} > {probs.shape[-1]}"
        )
    if not (np.isfinite(probs) & (probs >= 0)).all():
        raise RuntimeError(
            "invalid multinomial distribution: probability tensor contains either `inf`, `nan` or element < 0"
        )
    if not (probs.sum(-1) > 0).all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def _cumulative_shares(probs: Array) -> NDArray[np.float64]:
    shares = np.cumsum(probs, -1, dtype=np.float32 if probs.dtype == np.float16 else probs.dtype)
    shares /= shares[..., -1:].copy()
    shares[..., -1] = 1
    return shares.astype(np.float64)


default_generator = Generator()
"""What every draw takes from when no ``generator`` is given."""
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Start the default generator again from ``seed``: from here on every run draws the same numbers.

    Raises  ValueError for a seed that does not fit 64 bits.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.rand(2)
    tensor([0.4963, 0.7682])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator from a seed picked at random, and return it.

    >>> minigrad.seed() == minigrad.initial_seed()
    True
    """
    return default_generator.seed()


def initial_seed() -> int:
    """The seed the default generator was last started from.

    >>> _ = minigrad.manual_seed(7)
    >>> minigrad.initial_seed()
    7
    """
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state, a uint8 Tensor.

    >>> state = minigrad.get_rng_state()
    >>> x = minigrad.rand(2); minigrad.set_rng_state(state)
    >>> bool((minigrad.rand(2) == x).all())
    True
    """
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator go on from a state that ``get_rng_state`` gave.

    Raises  TypeError or RuntimeError for what is not such a state.

    >>> minigrad.set_rng_state(minigrad.get_rng_state())
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """Draw as you like inside; afterwards the default generator goes on as if nothing had been drawn.

    ``devices`` lists GPUs in torch; here there are none.

    >>> _ = minigrad.manual_seed(0)
    >>> with minigrad.random.fork_rng():
    ...     x = minigrad.rand(2)
    >>> bool((minigrad.rand(2) == x).all())
    True
    """
    before = default_generator.state()
    try:
        yield
    finally:
        if enabled:
            default_generator.restore(before)
