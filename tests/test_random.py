"""The Generator draws torch's numbers from torch's seeds, and takes from the stream exactly what torch takes."""

from __future__ import annotations

import copy
import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad.random
from minigrad.random import Generator
from reference_torch.device import fuses_uniform
from tests.bounds import normals, rounding, within

TORCH = {np.dtype(name): getattr(torch, name) for name in ("float16", "float32", "float64", "uint8", "int8")} | {
    np.dtype(name): getattr(torch, name) for name in ("int16", "int32", "int64", "bool")
}
FLOATS = [np.dtype(d) for d in ("float16", "float32", "float64")]
F16, F32, F64 = FLOATS
I64 = np.dtype("int64")
NORMAL = {
    F16: 2e-3,
    F32: normals(1, 0, "float32"),
    F64: 1e-12,
}

seeds = st.integers(-(2**63), 2**64 - 1)
floats = st.sampled_from(FLOATS)
dtypes = st.sampled_from(list(TORCH))
sizes = st.sampled_from([0, 1, 2, 3, 15, 16, 17, 31, 32, 40, 63, 64, 100, 623, 624, 625, 700])
shapes = st.one_of(sizes.map(lambda n: (n,)), st.sampled_from([(), (0, 3), (3, 5), (4, 4), (2, 3, 7), (1, 1, 1)]))
bounds = st.floats(-100, 100, width=32)


def empty(shape: Any, dtype: Any) -> torch.Tensor:
    return torch.empty(shape, dtype=TORCH[np.dtype(dtype)])


FUSED = fuses_uniform()  # else torch rounds the product of a uniform draw too, and the fused recipe is spelled out


def torch_uniform(low: float, high: float, shape: Any, dtype: Any, h: torch.Generator) -> torch.Tensor:
    if FUSED:
        return empty(shape, dtype).uniform_(low, high, generator=h)
    return once_rounded(low, high, shape, dtype, h)


def once_rounded(low: float, high: float, shape: Any, dtype: Any, h: torch.Generator) -> torch.Tensor:
    """u (high - low) + low exactly, then rounded: to the type, or to float32 on the way to float16."""
    work = np.float64 if dtype == F64 else np.float32
    u = torch.rand(shape, dtype=TORCH[np.dtype(work)], generator=h).numpy()
    start, stop = work(low), work(high)
    width = Fraction(float(stop - start))
    x = [float(Fraction(float(v)) * width + Fraction(float(start))) for v in u.reshape(-1)]
    y = np.array(x, work).astype(dtype).reshape(u.shape)
    if (low, high) != (0, 1):
        y = np.where(y == np.dtype(dtype).type(stop), np.dtype(dtype).type(start), y)
    return torch.from_numpy(np.asarray(y))


@pytest.mark.parametrize("dtype", [np.dtype(d) for d in ("float32", "float64")])
@pytest.mark.parametrize(("low", "high"), [(-2.0, 0.5), (-0.03, 0.03), (1.0, 7.0)])
def test_how_torch_rounds_a_uniform_draw(low: float, high: float, dtype: Any) -> None:
    """With one rounding or with two, as the processor's kernel has it: never otherwise."""
    drawn = empty((100,), dtype).uniform_(low, high, generator=torch.Generator().manual_seed(5))
    if FUSED:
        expected = once_rounded(low, high, (100,), dtype, torch.Generator().manual_seed(5))
    else:
        u = torch.rand(100, dtype=TORCH[dtype], generator=torch.Generator().manual_seed(5)).numpy()
        expected = torch.from_numpy(u * (dtype.type(high) - dtype.type(low)) + dtype.type(low))
    assert torch.equal(drawn, expected)


@dataclass
class Draw:
    """One draw, written for both engines."""

    text: str
    ours: Callable[[Generator], Any]
    theirs: Callable[[torch.Generator], torch.Tensor]
    tolerance: float = 0.0

    def __repr__(self) -> str:
        return self.text

    def check(self, g: Generator, h: torch.Generator) -> None:
        """Same numbers, same type, same shape, and the same state afterwards."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # floats that cannot hold every integer of a range
            expected = self.theirs(h).numpy()
            drawn = self.ours(g)
        assert (drawn.dtype, drawn.shape) == (expected.dtype, expected.shape)
        if self.tolerance:
            wide = drawn.astype(np.float64), expected.astype(np.float64)
            np.testing.assert_allclose(*wide, rtol=self.tolerance, atol=self.tolerance)
        else:
            np.testing.assert_array_equal(drawn, expected)
        assert_same_state(g, h)


def assert_same_state(g: Generator, h: torch.Generator) -> None:
    ours, theirs = g.state(), h.get_state().numpy()
    spare = slice(5024, 5032)  # the second normal of a pair, as a float64
    np.testing.assert_allclose(ours[spare].view(np.float64), theirs[spare].view(np.float64), rtol=1e-12)
    ours[spare] = 0
    expected = theirs.copy()
    expected[spare] = 0
    np.testing.assert_array_equal(ours, expected)


def pair(seed: int) -> tuple[Generator, torch.Generator]:
    return Generator().manual_seed(seed), torch.Generator().manual_seed(seed)


# ---- the draws ----


@st.composite
def uniform(draw: Any) -> Draw:
    shape, dtype = draw(shapes), draw(floats)
    low, high = draw(st.one_of(st.just((0.0, 1.0)), st.tuples(bounds, bounds).map(lambda p: tuple(sorted(p)))))
    return Draw(
        f"uniform({shape}, {dtype}, {low}, {high})",
        lambda g: g.uniform(shape, dtype, low, high),
        lambda h: torch_uniform(low, high, shape, dtype, h),
    )


@st.composite
def normal(draw: Any) -> Draw:
    shape, dtype = draw(shapes), draw(floats)
    mean, std = draw(st.sampled_from([(0.0, 1.0), (3.0, 0.5), (-0.25, 0.02), (1.0, 0.0)]))
    return Draw(
        f"normal({shape}, {dtype}, {mean}, {std})",
        lambda g: g.normal(shape, dtype, mean, std),
        lambda h: empty(shape, dtype).normal_(mean, std, generator=h),
        NORMAL[dtype],
    )


@st.composite
def log_normal(draw: Any) -> Draw:
    shape, dtype = draw(shapes), draw(floats)
    return Draw(
        f"log_normal({shape}, {dtype})",
        lambda g: g.log_normal(shape, dtype, 0.5, 0.25),
        lambda h: empty(shape, dtype).log_normal_(0.5, 0.25, generator=h),
        NORMAL[dtype],
    )


RANGES = {
    np.dtype("bool"): [(0, 2), (0, 1), (1, 2), (0, None)],
    np.dtype("uint8"): [(0, 256), (3, 200), (7, None)],
    np.dtype("int8"): [(-128, 128), (-3, 5), (-100, None)],
    np.dtype("int16"): [(-(2**15), 2**15), (0, 10), (-7, None)],
    np.dtype("int32"): [(0, 2**28 - 1), (0, 2**28), (-(2**31), 2**31), (0, 10), (-9, None)],
    I64: [(0, 2), (0, 10), (0, 2**28), (5, 2**40), (-(2**63), 2**63 - 1), (-(2**63), None), (0, None), (-5, None)],
    F16: [(0, 10), (-5, 2049), (2**11 + 3, 2**11 + 9), (-(2**11) - 9, -(2**11) - 3), (3, None)],
    F32: [(0, 10), (2**24 - 5, 2**24 + 9), (2**24 + 3, 2**24 + 7), (0, 2**40), (-(2**63), None), (3, None)],
    F64: [(0, 10), (2**53 - 9, 2**53 + 9), (-(2**53) - 9, -(2**53) - 3), (-(2**63), None), (3, None)],
}


@st.composite
def integers(draw: Any) -> Draw:
    shape, dtype = draw(shapes), draw(dtypes)
    low, high = draw(st.sampled_from(RANGES[dtype]))
    if dtype.kind == "i" and draw(st.booleans()):
        limits = np.iinfo(dtype)
        low = draw(st.integers(limits.min, limits.max - 1))
        high = draw(st.integers(low + 1, limits.max))
    return Draw(
        f"integers({low}, {high}, {shape}, {dtype})",
        lambda g: g.integers(low, high, shape, dtype),
        lambda h: empty(shape, dtype).random_(low, high, generator=h),
    )


@st.composite
def full_range(draw: Any) -> Draw:
    shape, dtype = draw(shapes), draw(dtypes)
    return Draw(
        f"random({shape}, {dtype})",
        lambda g: g.random(shape, dtype),
        lambda h: empty(shape, dtype).random_(generator=h),
    )


@st.composite
def permutation(draw: Any) -> Draw:
    n, dtype = draw(st.integers(0, 128) | st.just(700)), draw(dtypes.filter(lambda d: d.kind != "b"))
    n = min(n, 128) if dtype.itemsize == 1 else n
    return Draw(
        f"permutation({n}, {dtype})",
        lambda g: g.permutation(n, dtype),
        lambda h: torch.randperm(n, dtype=TORCH[dtype], generator=h),
    )


@st.composite
def bernoulli(draw: Any) -> Draw:
    shape, dtype, p = draw(shapes), draw(dtypes), draw(st.floats(0, 1))
    return Draw(
        f"bernoulli({p}, {shape}, {dtype})",
        lambda g: g.bernoulli(p, shape, dtype),
        lambda h: empty(shape, dtype).bernoulli_(p, generator=h),
    )


@st.composite
def bernoulli_of_array(draw: Any) -> Draw:
    shape, dtype = draw(shapes), draw(floats)
    p = np.asarray(np.random.default_rng(draw(st.integers(0, 9))).random(shape), dtype)
    return Draw(
        f"bernoulli({p!r})",
        lambda g: g.bernoulli(p, shape, dtype),
        lambda h: torch.bernoulli(torch.from_numpy(p), generator=h),
    )


@st.composite
def inverted(draw: Any) -> Draw:
    """Exponential, Cauchy, geometric: one fraction each."""
    shape, dtype, rate = draw(shapes), draw(floats), draw(st.sampled_from([0.5, 1.0, 3.0]))
    return draw(
        st.sampled_from(
            [
                Draw(
                    f"exponential({shape}, {dtype}, {rate})",
                    lambda g: g.exponential(shape, dtype, rate),
                    lambda h: empty(shape, dtype).exponential_(rate, generator=h),
                    NORMAL[dtype],
                ),
                Draw(
                    f"cauchy({shape}, {dtype}, 1, {rate})",
                    lambda g: g.cauchy(shape, dtype, 1.0, rate),
                    lambda h: empty(shape, dtype).cauchy_(1.0, rate, generator=h),
                    NORMAL[dtype],
                ),
                Draw(
                    f"geometric({shape}, {dtype}, {rate / 4})",
                    lambda g: g.geometric(shape, dtype, rate / 4),
                    lambda h: empty(shape, dtype).geometric_(rate / 4, generator=h),
                ),
            ]
        )
    )


@st.composite
def multinomial(draw: Any) -> Draw:
    dtype, shape = draw(floats), draw(st.sampled_from([(1,), (5,), (30,), (1, 4), (3, 7), (0, 3)]))
    probs = np.random.default_rng(draw(st.integers(0, 9))).uniform(0.05, 2, shape).astype(dtype)
    replacement = draw(st.booleans())
    samples = draw(st.integers(1, 40 if replacement else min(shape[-1], 4)))

    def theirs(h: torch.Generator) -> torch.Tensor:
        return torch.multinomial(torch.from_numpy(probs), samples, replacement, generator=h)

    return Draw(
        f"multinomial({probs!r}, {samples}, {replacement})",
        lambda g: g.multinomial(probs, samples, replacement),
        theirs,
    )


DRAWS = (
    uniform(),
    normal(),
    log_normal(),
    integers(),
    full_range(),
    permutation(),
    bernoulli(),
    bernoulli_of_array(),
    inverted(),
    multinomial(),
)


@given(seeds, st.one_of(*DRAWS), st.one_of(*DRAWS), st.lists(st.one_of(*DRAWS), max_size=8))
def test_sequences_of_mixed_draws(seed: int, first: Draw, second: Draw, others: list[Draw]) -> None:
    g, h = pair(seed)
    for draw in (first, second, *others):
        draw.check(g, h)


@pytest.mark.parametrize("strategy", DRAWS, ids=repr)
def test_every_draw(strategy: st.SearchStrategy[Draw]) -> None:
    @given(seeds, strategy)
    def check(seed: int, draw: Draw) -> None:
        draw.check(*pair(seed))

    check()


@given(seeds, st.lists(st.tuples(st.sampled_from([1, 2, 3, 5, 15, 16, 17, 40]), floats), min_size=2, max_size=8))
def test_the_second_normal_of_a_pair_waits_for_the_next_small_draw(seed: int, calls: list[Any]) -> None:
    g, h = pair(seed)
    for n, dtype in calls:
        drawn = torch.randn(n, dtype=TORCH[dtype], generator=h).numpy()
        np.testing.assert_allclose(g.normal((n,), dtype), drawn, rtol=NORMAL[dtype], atol=NORMAL[dtype])
        assert_same_state(g, h)
    h.manual_seed(seed)
    drawn = torch.randn(1, dtype=torch.float64, generator=h)
    assert g.manual_seed(seed).normal((1,), F64)[0] == pytest.approx(drawn.item(), rel=1e-12)


@pytest.mark.parametrize("n", [60_000, 250_000])
def test_large_draws(n: int) -> None:
    g, h = pair(11)
    for draw in (
        Draw("randperm", lambda g: g.permutation(n), lambda h: torch.randperm(n, generator=h)),
        Draw("rand", lambda g: g.uniform((n,), F32), lambda h: torch.rand(n, generator=h)),
        Draw("randn", lambda g: g.normal((n,), F32), lambda h: torch.randn(n, generator=h), NORMAL[F32]),
        Draw(
            "randn64", lambda g: g.normal((n,), F64), lambda h: torch.randn(n, dtype=torch.float64, generator=h), 1e-12
        ),
        Draw("half", lambda g: g.uniform((n,), F16), lambda h: torch.rand(n, dtype=torch.float16, generator=h)),
    ):
        draw.check(g, h)


# ---- what programs do with it ----


def test_first_weights_of_linear_and_conv() -> None:
    for layer, fan_in in ((torch.nn.Linear(784, 33), 784), (torch.nn.Conv2d(3, 8, 5), 75), (torch.nn.Linear(7, 2), 7)):
        g, h = minigrad.random.manual_seed(5), torch.manual_seed(5)
        layer.reset_parameters()
        bound = 1 / math.sqrt(fan_in)
        for parameter in (layer.weight, layer.bias):
            drawn = g.uniform(tuple(parameter.shape), F32, -bound, bound)
            kept = parameter.detach().numpy()
            if not FUSED:  # one rounding more, of a product below 2 bound
                within(drawn, kept, 2 * bound * rounding(1, F32))
                continue
            np.testing.assert_array_equal(drawn, kept)
        assert_same_state(g, h)


@pytest.mark.parametrize("shape", [(3,), (16, 20), (2, 5, 4)])
def test_dropout_masks(shape: tuple[int, ...]) -> None:
    g, h = minigrad.random.manual_seed(5), torch.manual_seed(5)
    kept = torch.nn.functional.dropout(torch.ones(shape), 0.3).numpy() != 0
    np.testing.assert_array_equal(g.bernoulli(1 - 0.3, shape, np.dtype(bool)), kept)
    assert_same_state(g, h)


def test_seeds_of_a_shuffling_dataloader() -> None:
    g, h = minigrad.random.manual_seed(5), torch.manual_seed(5)
    for _ in range(2):
        loader = torch.utils.data.DataLoader(list(range(50)), batch_size=50, shuffle=True)
        (batch,) = loader
        g.random(())  # the workers' base seed
        order = Generator().manual_seed(int(g.random(()))).permutation(50)
        np.testing.assert_array_equal(order, batch.numpy())
    assert_same_state(g, h)


# ---- seeds and states ----


@pytest.mark.parametrize("seed", [0, 1, -1, 2**32, 2**32 + 1, -(2**63), 2**63, 2**64 - 1])
def test_seeds(seed: int) -> None:
    g, h = pair(seed)
    assert g.initial_seed() == h.initial_seed()
    assert_same_state(g, h)


def test_a_new_generator_starts_where_torchs_does() -> None:
    assert Generator().initial_seed() == torch.Generator().initial_seed()
    assert_same_state(Generator(), torch.Generator())
    assert str(Generator().device) == "cpu"
    assert Generator(device=minigrad.device("cpu")).device.type == "cpu"


def test_seed_picks_another_one_each_time() -> None:
    g = Generator()
    assert 0 <= g.seed() == g.initial_seed() != g.seed() < 2**64


@given(seeds, st.sampled_from([0, 1, 3, 623, 624, 625]), st.sampled_from([0, 1, 2]))
def test_states_travel_between_the_engines(seed: int, words: int, normals: int) -> None:
    g, h = pair(seed)
    g.words(words)
    g.normal((normals,), F64)
    h.set_state(torch.from_numpy(g.state()))
    assert_same_state(g, h)
    other = Generator()
    other.restore(h.get_state().numpy())
    assert_same_state(other, h)
    Draw("u", lambda g: g.uniform((9,), F32), lambda h: torch.rand(9, generator=h)).check(other, h)
    Draw("n", lambda g: g.normal((3,), F64), lambda h: empty(3, F64).normal_(generator=h), 1e-12).check(other, h)


@pytest.mark.parametrize(
    "twin",
    [Generator.clone_state, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))],
    ids=["clone_state", "deepcopy", "pickle"],
)
def test_twins(twin: Callable[[Generator], Generator]) -> None:
    g = Generator().manual_seed(3)
    g.normal((3,), F64)
    other = twin(g)
    np.testing.assert_array_equal(other.normal((4,), F64), g.normal((4,), F64))
    np.testing.assert_array_equal(other.uniform((700,), F32), g.uniform((700,), F32))
    g.words(1)
    assert (other.state() != g.state()).any()


def test_state_is_a_tensor() -> None:
    g = Generator().manual_seed(3)
    state = g.get_state()
    assert (state.dtype, tuple(state.shape)) == (minigrad.uint8, (5056,))
    first = g.uniform((5,), F32)
    g.set_state(state)
    np.testing.assert_array_equal(g.uniform((5,), F32), first)
    np.testing.assert_array_equal(state.array, Generator().manual_seed(3).state())


def test_the_default_generator() -> None:
    g = minigrad.random.default_generator
    assert minigrad.random.manual_seed("12") is g
    assert minigrad.random.initial_seed() == 12
    state = minigrad.random.get_rng_state()
    first = g.uniform((3,), F32)
    minigrad.random.set_rng_state(state)
    np.testing.assert_array_equal(g.uniform((3,), F32), first)
    assert minigrad.random.seed() == minigrad.random.initial_seed() != 12


def test_fork_rng() -> None:
    g = minigrad.random.manual_seed(4)
    with pytest.raises(KeyError), minigrad.random.fork_rng():
        inside = g.uniform((3,), F32)
        raise KeyError
    np.testing.assert_array_equal(g.uniform((3,), F32), inside)
    with minigrad.random.fork_rng(enabled=False):
        minigrad.random.manual_seed(9)
    assert minigrad.random.initial_seed() == 9


# ---- refusals ----

REFUSED = {
    "uniform_ from > to": (lambda g: g.uniform((2,), F32, 1, 0), lambda: empty(2, F32).uniform_(1, 0)),
    "uniform_ too wide": (lambda g: g.uniform((2,), F32, -3e38, 3e38), lambda: empty(2, F32).uniform_(-3e38, 3e38)),
    "uniform_ int": (lambda g: g.uniform((2,), I64), lambda: empty(2, I64).uniform_()),
    "normal_ std": (lambda g: g.normal((2,), F32, 0, -1), lambda: empty(2, F32).normal_(0, -1)),
    "normal_ int": (lambda g: g.normal((2,), I64), lambda: empty(2, I64).normal_()),
    "log_normal_ std": (lambda g: g.log_normal((2,), F32, 0, 0), lambda: empty(2, F32).log_normal_(0, 0)),
    "log_normal_ int": (lambda g: g.log_normal((2,), I64), lambda: empty(2, I64).log_normal_()),
    "exponential_ rate": (lambda g: g.exponential((2,), F32, 0), lambda: empty(2, F32).exponential_(0)),
    "exponential_ int": (lambda g: g.exponential((2,), I64), lambda: empty(2, I64).exponential_()),
    "cauchy_ sigma": (lambda g: g.cauchy((2,), F32, 0, 0), lambda: empty(2, F32).cauchy_(0, 0)),
    "cauchy_ int": (lambda g: g.cauchy((2,), I64), lambda: empty(2, I64).cauchy_()),
    "geometric_ p": (lambda g: g.geometric((2,), F32, 1.0), lambda: empty(2, F32).geometric_(1.0)),
    "geometric_ bool": (lambda g: g.geometric((2,), np.dtype(bool), 0.5), lambda: empty(2, bool).geometric_(0.5)),
    "bernoulli_ p": (lambda g: g.bernoulli(1.5, (2,), F32), lambda: empty(2, F32).bernoulli_(1.5)),
    "bernoulli p": (lambda g: g.bernoulli(np.array([-0.1]), (1,), F64), lambda: torch.bernoulli(torch.tensor([-0.1]))),
    "bernoulli int": (lambda g: g.bernoulli(np.array([1]), (1,), I64), lambda: torch.bernoulli(torch.tensor([1]))),
    "random_ empty": (lambda g: g.integers(5, 5, (2,)), lambda: torch.randint(5, 5, (2,))),
    "random_ to": (lambda g: g.integers(0, 300, (2,), np.dtype("u1")), lambda: empty(2, "u1").random_(0, 300)),
    "random_ from": (lambda g: g.integers(-1, 3, (2,), np.dtype("u1")), lambda: empty(2, "u1").random_(-1, 3)),
    "random_ half": (lambda g: g.integers(0, 2**17, (2,), F16), lambda: empty(2, F16).random_(0, 2**17)),
    "randperm -1": (lambda g: g.permutation(-1), lambda: torch.randperm(-1)),
    "randperm int8": (lambda g: g.permutation(129, np.dtype("i1")), lambda: torch.randperm(129, dtype=torch.int8)),
    "randperm half": (lambda g: g.permutation(2050, F16), lambda: torch.randperm(2050, dtype=torch.float16)),
    "randperm bool": (lambda g: g.permutation(1, np.dtype(bool)), lambda: torch.randperm(1, dtype=torch.bool)),
    "multinomial int": (lambda g: g.multinomial(np.ones(3, I64), 1), lambda: torch.ones(3).long().multinomial(1)),
    "multinomial 3-D": (lambda g: g.multinomial(np.ones((2, 2, 2)), 1), lambda: torch.ones(2, 2, 2).multinomial(1)),
    "multinomial 0": (lambda g: g.multinomial(np.ones(3), 0), lambda: torch.multinomial(torch.ones(3), 0)),
    "multinomial many": (lambda g: g.multinomial(np.ones(3), 4), lambda: torch.multinomial(torch.ones(3), 4)),
    "multinomial zero": (lambda g: g.multinomial(np.zeros(3), 1), lambda: torch.multinomial(torch.zeros(3), 1)),
    "multinomial < 0": (lambda g: g.multinomial(-np.ones(3), 2, True), lambda: (-torch.ones(3)).multinomial(2, True)),
    "seed float": (lambda g: g.manual_seed(3.5), lambda: torch.Generator().manual_seed(3.5)),
    "seed bool": (lambda g: g.manual_seed(True), lambda: torch.Generator().manual_seed(True)),
    "seed 2**64": (lambda g: g.manual_seed(2**64), lambda: torch.Generator().manual_seed(2**64)),
    "seed -2**63-1": (lambda g: g.manual_seed(-(2**63) - 1), lambda: torch.Generator().manual_seed(-(2**63) - 1)),
    "state list": (lambda g: g.set_state([1]), lambda: torch.Generator().set_state([1])),
    "state float": (
        lambda g: g.set_state(minigrad.zeros(5056)),
        lambda: torch.Generator().set_state(torch.zeros(5056)),
    ),
    "state short": (
        lambda g: g.set_state(minigrad.zeros(3, dtype=minigrad.uint8)),
        lambda: torch.Generator().set_state(torch.zeros(3, dtype=torch.uint8)),
    ),
    "state zeros": (
        lambda g: g.set_state(minigrad.zeros(5056, dtype=minigrad.uint8)),
        lambda: torch.Generator().set_state(torch.zeros(5056, dtype=torch.uint8)),
    ),
}  # fmt: skip


@contextmanager
def unchanged(g: Generator) -> Iterator[None]:
    before = g.state()
    yield
    np.testing.assert_array_equal(g.state(), before)


@pytest.mark.parametrize("ours, theirs", REFUSED.values(), ids=REFUSED)
def test_refusals(ours: Callable[[Generator], Any], theirs: Callable[[], Any]) -> None:
    with pytest.raises(Exception) as refusal:
        theirs()
    g = Generator()
    with unchanged(g), pytest.raises(refusal.type):
        ours(g)


def test_no_other_device() -> None:
    with pytest.raises(RuntimeError, match="cuda"):
        Generator("cuda")


def test_a_float_that_cannot_hold_the_range_is_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"out of bounds \[-16777216, 16777216\]"):
        Generator().integers(0, 2**30, (2,), F32)


def test_permutations_beyond_reach() -> None:
    with pytest.raises(RuntimeError, match="another recipe"):
        Generator().permutation(2**32 // 20)
