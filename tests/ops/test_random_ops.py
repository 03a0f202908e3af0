"""Random tensors and dropout: torch's numbers from torch's seeds, and the stream is left where torch leaves it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from reference_torch.oracle import as_array
from tests.bounds import normals, within

Program = Callable[[Any], Any]
SPARE = slice(5024, 5032)  # of the state: the second normal of a pair, made with log and cos

# One draw a line, as a user writes it.
DRAWS: dict[str, Program] = {
    "rand": lambda torch: torch.rand(2, 3),
    "rand of a tuple": lambda torch: torch.rand((2, 3), dtype=torch.float64),
    "rand empty": lambda torch: torch.rand(0, 3),
    "rand 0-d": lambda torch: torch.rand(()),
    "rand requires_grad": lambda torch: torch.rand(3, device="cpu", requires_grad=True),
    "randn": lambda torch: torch.randn(5),
    "randn blocks": lambda torch: torch.randn(4, 5),
    "randn double": lambda torch: torch.randn(33, dtype=torch.double),
    "randint": lambda torch: torch.randint(10, (4,)),
    "randint low": lambda torch: torch.randint(-5, 10, (2, 3)),
    "randint keywords": lambda torch: torch.randint(low=2, high=9, size=(4,)),
    "randint high and size": lambda torch: torch.randint(high=9, size=[4]),
    "randint size": lambda torch: torch.randint(9, size=(4,)),
    "randint wide": lambda torch: torch.randint(0, 2**40, (4,)),
    "randint float": lambda torch: torch.randint(3, (4,), dtype=torch.float32, requires_grad=True),
    "randint byte": lambda torch: torch.randint(256, (4,), dtype=torch.uint8),
    "randperm": lambda torch: torch.randperm(11),
    "randperm short": lambda torch: torch.randperm(5, dtype=torch.int16),
    "rand_like": lambda torch: torch.rand_like(torch.zeros(4, 5)),
    "rand_like transposed": lambda torch: torch.rand_like(torch.zeros(4, 5).t()),
    "rand_like expanded": lambda torch: torch.rand_like(torch.zeros(1, 5).expand(4, 5)),
    "rand_like permuted": lambda torch: torch.rand_like(torch.zeros(2, 3, 4).permute(2, 0, 1)),
    "rand_like dtype": lambda torch: torch.rand_like(torch.zeros(3).int(), dtype=torch.float64),
    "randn_like": lambda torch: torch.randn_like(torch.zeros(4, 5, dtype=torch.float64)),
    "randn_like transposed": lambda torch: torch.randn_like(torch.zeros(4, 5).t()),
    "randn_like sliced": lambda torch: torch.randn_like(torch.zeros(5, 8)[:, ::2]),
    "randint_like": lambda torch: torch.randint_like(torch.zeros(4), 7),
    "randint_like low": lambda torch: torch.randint_like(torch.zeros(4, 2).t(), 3, 7),
    "normal size": lambda torch: torch.normal(1.0, 2.0, (4, 5)),
    "normal tensor": lambda torch: torch.normal(torch.arange(5.0)),
    "normal tensor number": lambda torch: torch.normal(torch.arange(20.0), 0.5),
    "normal number tensor": lambda torch: torch.normal(2.0, torch.arange(20.0)),
    "normal tensors": lambda torch: torch.normal(torch.arange(3.0)[:, None], torch.arange(1.0, 7.0)),
    "normal double": lambda torch: torch.normal(torch.zeros(3).double(), torch.ones(3).double()),
    "uniform_": lambda torch: torch.zeros(4).uniform_(),
    "uniform_ bounds": lambda torch: torch.zeros(4, 2).t().uniform_(-1, 3),
    "uniform_ of a view": lambda torch: torch.zeros(4, 6)[:, ::2].uniform_(-1, to=3),
    "normal_": lambda torch: torch.zeros(20).normal_(1, 2),
    "normal_ transposed": lambda torch: torch.zeros(4, 5).t().normal_(mean=1, std=2),
    "normal_ strided": lambda torch: torch.zeros(40)[::2].normal_(),
    "bernoulli_ tensor": lambda torch: torch.zeros(3, 4).t().bernoulli_(torch.linspace(0, 1, 3)),
    "bernoulli_ double": lambda torch: torch.zeros(3).bernoulli_(torch.full((3,), 0.5, dtype=torch.float64)),
    "random_": lambda torch: torch.zeros(4).random_(),
    "random_ to": lambda torch: torch.zeros(4, dtype=torch.int64).random_(7),
    "random_ range": lambda torch: torch.zeros(4, 3).t().random_(-7, 3),
    "random_ all": lambda torch: torch.zeros(4, dtype=torch.int8).random_(),
    "cauchy_": lambda torch: torch.zeros(4).cauchy_(1, 2),
    "geometric_": lambda torch: torch.zeros(9, dtype=torch.int64).geometric_(0.3),
    "log_normal_": lambda torch: torch.zeros(20).log_normal_(0.5, 0.25),
    "bernoulli": lambda torch: torch.bernoulli(torch.linspace(0, 1, 9)),
    "bernoulli transposed": lambda torch: torch.linspace(0, 1, 6).view(2, 3).t().bernoulli(),
    "poisson": lambda torch: torch.poisson(torch.linspace(0, 9.9, 30).view(5, 6).t()),
    "poisson of many": lambda torch: torch.poisson(torch.linspace(10, 1e6, 30, dtype=torch.float64)),
    "poisson of 10": lambda torch: torch.poisson(torch.full((40,), 10.0)),
    "multinomial": lambda torch: torch.arange(5.0).multinomial(4, replacement=True),
    "multinomial rows": lambda torch: torch.multinomial(torch.arange(6.0).view(2, 3), 9, True),
    "bernoulli_": lambda torch: torch.zeros(9).bernoulli_(),
    "bernoulli_ transposed": lambda torch: torch.zeros(3, 4).t().bernoulli_(0.3),
    "bernoulli p": lambda torch: torch.bernoulli(torch.zeros(3, 4).t(), 0.3),
    "exponential_": lambda torch: torch.zeros(4).exponential_(2.0),
    "multinomial without replacement": lambda torch: torch.ones(2, 5).multinomial(3),
    "dropout": lambda torch: torch.nn.functional.dropout(torch.arange(20.0), 0.3),
    "dropout transposed": lambda torch: torch.nn.functional.dropout(torch.arange(20.0).view(4, 5).t()),
    "dropout sliced": lambda torch: torch.nn.functional.dropout(torch.arange(40.0).view(4, 10)[:, ::2]),
    "dropout half": lambda torch: torch.nn.functional.dropout(torch.arange(20.0).half()),
    "dropout in place": lambda torch: torch.nn.functional.dropout(torch.arange(20.0), inplace=True),
    "dropout of all": lambda torch: torch.nn.functional.dropout(torch.arange(20.0), 1.0),
    "dropout1d": lambda torch: torch.nn.functional.dropout1d(torch.ones(4, 3, 2), 0.3),
    "dropout1d unbatched": lambda torch: torch.nn.functional.dropout1d(torch.ones(6, 2), inplace=True),
    "dropout2d": lambda torch: torch.nn.functional.dropout2d(torch.ones(4, 3, 2, 2)),
    "dropout2d of 3-D": lambda torch: torch.nn.functional.dropout2d(torch.ones(4, 3, 2)),
    "dropout3d": lambda torch: torch.nn.functional.dropout3d(torch.ones(4, 3, 2, 2, 1)),
    "dropout3d unbatched": lambda torch: torch.nn.functional.dropout3d(torch.ones(8, 2, 2, 1)),
    "alpha_dropout": lambda torch: torch.nn.functional.alpha_dropout(torch.arange(20.0), 0.3, training=True),
    "alpha_dropout in place": lambda torch: torch.nn.functional.alpha_dropout(torch.arange(9.0), 0.3, True, True),
    "feature_alpha_dropout": lambda torch: torch.nn.functional.feature_alpha_dropout(torch.ones(4, 3, 2), 0.3, True),
    "rrelu": lambda torch: torch.nn.functional.rrelu(torch.arange(-9.0, 5.0), training=True),
    "rrelu in place": lambda torch: torch.nn.functional.rrelu(torch.arange(-9.0, 5.0), 0.2, 0.8, True, True),
    "gumbel_softmax": lambda torch: torch.nn.functional.gumbel_softmax(torch.arange(8.0).view(2, 4), 0.5),
    "gumbel_softmax hard": lambda torch: torch.nn.functional.gumbel_softmax(torch.ones(2, 4), hard=True, dim=0),
}  # fmt: skip


def run(torch: ModuleType, seed: int, programs: list[Program]) -> Iterator[Any]:
    """Each result, and then the state they left."""
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for program in programs:
            yield program(torch)
    yield torch.get_rng_state()


def check(seed: int, programs: list[Program]) -> None:
    for x, y in zip(run(minigrad, seed, programs), run(_torch, seed, programs), strict=True):
        ours, theirs = as_array(x), as_array(y)
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        assert x.requires_grad == y.requires_grad
        if theirs.dtype.kind == "f":
            std = abs(theirs).max(initial=1)  # the largest of some draws exceeds their standard deviation
            within(ours, theirs, normals(std, 0, theirs.dtype))
            continue
        if theirs.size == 5056:
            np.testing.assert_allclose(ours[SPARE].view(float), theirs[SPARE].view(float), rtol=1e-12)
            ours, theirs = np.delete(ours, SPARE), np.delete(theirs, SPARE)
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", DRAWS)
def test_draws(name: str) -> None:
    check(7, [DRAWS[name]] * 2)


@given(st.integers(0, 2**64 - 1), st.lists(st.sampled_from(list(DRAWS.values())), min_size=2, max_size=8))
def test_mixed_draws(seed: int, programs: list[Program]) -> None:
    check(seed, programs)


WITH_GENERATOR: list[Callable[[Any, Any], Any]] = [
    lambda torch, g: torch.rand(3, generator=g),
    lambda torch, g: torch.randn(3, generator=g),
    lambda torch, g: torch.randint(3, (3,), generator=g),
    lambda torch, g: torch.randperm(3, generator=g),
    lambda torch, g: torch.normal(0.0, 1.0, (3,), generator=g),
    lambda torch, g: torch.normal(torch.zeros(3), 1.0, generator=g),
    lambda torch, g: torch.zeros(3).uniform_(generator=g),
    lambda torch, g: torch.zeros(3).normal_(generator=g),
    lambda torch, g: torch.zeros(3).random_(3, generator=g),
    lambda torch, g: torch.zeros(3).cauchy_(generator=g),
    lambda torch, g: torch.zeros(3).geometric_(0.5, generator=g),
    lambda torch, g: torch.zeros(3).log_normal_(generator=g),
    lambda torch, g: torch.bernoulli(torch.full((3,), 0.5), generator=g),
    lambda torch, g: torch.poisson(torch.ones(3), generator=g),
    lambda torch, g: torch.ones(3).multinomial(2, True, generator=g),
]  # fmt: skip


@pytest.mark.parametrize("draw", WITH_GENERATOR)
def test_a_generator_of_its_own(torch: ModuleType, draw: Callable[[Any, Any], Any]) -> None:
    before = torch.get_rng_state()
    twins = [torch.Generator().manual_seed(3) for _ in range(2)]
    first, second = (draw(torch, g) for g in twins)
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(twins[0].get_state(), torch.Generator().manual_seed(3).get_state())
    with pytest.raises(TypeError, match="generator"):
        draw(torch, 3)


REFUSED: dict[str, Program] = {
    "rand negative": lambda torch: torch.rand(-1),
    "rand no size": lambda torch: torch.rand(),
    "rand int": lambda torch: torch.rand(3, dtype=torch.int64),
    "randn int": lambda torch: torch.randn(3, dtype=torch.int64),
    "rand_like int": lambda torch: torch.rand_like(torch.zeros(3, dtype=torch.int64)),
    "randint no size": lambda torch: torch.randint(3),
    "randint empty": lambda torch: torch.randint(3, 3, (2,)),
    "randint requires_grad": lambda torch: torch.randint(3, (2,), requires_grad=True),
    "randint range": lambda torch: torch.randint(0, 300, (2,), dtype=torch.uint8),
    "randperm negative": lambda torch: torch.randperm(-1),
    "normal no size": lambda torch: torch.normal(0.0, 1.0),
    "normal std": lambda torch: torch.normal(0.0, -torch.ones(2)),
    "normal number": lambda torch: torch.normal(torch.zeros(2), -1.0),
    "normal shapes": lambda torch: torch.normal(torch.zeros(2), torch.ones(3)),
    "bernoulli p": lambda torch: torch.bernoulli(torch.full((2,), 1.5)),
    "poisson rate": lambda torch: torch.poisson(torch.tensor([-1.0])),
    "poisson int": lambda torch: torch.poisson(torch.tensor([1])),
    "uniform_ bounds": lambda torch: torch.zeros(2).uniform_(1, 0),
    "uniform_ int": lambda torch: torch.zeros(2).int().uniform_(),
    "normal_ std": lambda torch: torch.zeros(2).normal_(0, -1),
    "bernoulli_ p": lambda torch: torch.zeros(2).bernoulli_(1.5),
    "bernoulli_ shape": lambda torch: torch.zeros(2).bernoulli_(torch.zeros(2, 3)),
    "random_ empty": lambda torch: torch.zeros(2).random_(0),
    "exponential_ rate": lambda torch: torch.zeros(2).exponential_(0.0),
    "cauchy_ sigma": lambda torch: torch.zeros(2).cauchy_(0.0, 0.0),
    "geometric_ p": lambda torch: torch.zeros(2).geometric_(1.0),
    "log_normal_ std": lambda torch: torch.zeros(2).log_normal_(0.0, 0.0),
    "uniform_ of a leaf": lambda torch: torch.zeros(2, requires_grad=True).uniform_(),
    "uniform_ of an expanded": lambda torch: torch.zeros(1).expand(3).uniform_(),
    "dropout int": lambda torch: torch.nn.functional.dropout(torch.arange(3)),
    "dropout leaf": lambda torch: torch.nn.functional.dropout(torch.ones(3, requires_grad=True), inplace=True),
    "dropout2d p": lambda torch: torch.nn.functional.dropout2d(torch.ones(2, 2, 2, 2), -1.0),
    "dropout2d 1-D": lambda torch: torch.nn.functional.dropout2d(torch.ones(2)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore:dropout2d")
def test_refusals(name: str) -> None:
    with pytest.raises(Exception) as refusal:
        REFUSED[name](_torch)
    with pytest.raises(refusal.type) as ours:
        REFUSED[name](minigrad)
    assert len(str(ours.value)) > 15


def test_a_refused_draw_leaves_the_stream_alone(torch: ModuleType) -> None:
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError):
        torch.zeros(2, requires_grad=True).uniform_()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", ["uniform_", "normal_", "bernoulli_", "random_", "exponential_", "cauchy_"])
def test_no_gradient_passes_what_was_overwritten(torch: ModuleType, name: str) -> None:
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    assert getattr(y, name)() is y
    (y.sum() + x.sum()).backward()
    assert x.grad.tolist() == [1, 1, 1]
    assert y.grad_fn.name().lower().startswith(name.strip("_"))


def test_a_view_is_overwritten(torch: ModuleType) -> None:
    x = torch.zeros(2, 3)
    x[0].uniform_()
    assert (x != 0).tolist() == [[True] * 3, [False] * 3]


NOISE: dict[str, Callable[[Any, Any], Any]] = {
    "dropout": lambda F, x: F.dropout(x, 0.3),
    "dropout in place": lambda F, x: F.dropout(x * 1, 0.3, inplace=True),
    "dropout1d": lambda F, x: F.dropout1d(x, 0.3),
    "alpha_dropout": lambda F, x: F.alpha_dropout(x, 0.3, True),
    "alpha_dropout in place": lambda F, x: F.alpha_dropout(x * 1, 0.3, True, True),
    "feature_alpha_dropout": lambda F, x: F.feature_alpha_dropout(x, 0.3, True),
    "rrelu": lambda F, x: F.rrelu(x, training=True),
    "rrelu in place": lambda F, x: F.rrelu(x * 1, training=True, inplace=True),
    "gumbel_softmax": lambda F, x: F.gumbel_softmax(x, 2.0),
    "gumbel_softmax hard": lambda F, x: F.gumbel_softmax(x, 2.0, hard=True),
}  # fmt: skip


@pytest.mark.parametrize("name", NOISE)
def test_first_and_second_gradients_of_noise(name: str) -> None:
    """The mask of the forward is the mask of the backward and of its backward, and nothing is drawn again."""
    values = np.random.default_rng(3).normal(size=(4, 5))

    def answers(torch: ModuleType) -> list[Any]:
        torch.manual_seed(5)
        x = torch.tensor(values, requires_grad=True)
        y = NOISE[name](torch.nn.functional, x)
        drawn = torch.get_rng_state()
        g = torch.arange(20.0, dtype=torch.float64).reshape(4, 5).requires_grad_()
        (first,) = torch.autograd.grad(y, x, g, create_graph=True)
        second = torch.autograd.grad((first * first).sum(), [x, g], allow_unused=True, materialize_grads=True)
        assert torch.equal(torch.get_rng_state(), drawn)
        return [as_array(v) for v in (y, first, *second)]

    for ours, theirs in zip(answers(minigrad), answers(_torch), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", ["dropout", "rrelu", "alpha_dropout"])
def test_a_batch_that_lies_last_in_memory(name: str) -> None:
    """Images as convolutions leave them: the same mask as for the same numbers in order, and the layout is kept."""
    plain = minigrad.randn(5, 3, 2, 2)
    last = minigrad.zeros(5, 3, 2, 2)
    last.array = np.ascontiguousarray(plain.array.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)
    results = []
    for x in (plain, last):
        minigrad.manual_seed(6)
        results.append(getattr(minigrad.nn.functional, name)(x, training=True).array)
    np.testing.assert_array_equal(*results)
    assert results[1].strides == last.array.strides


def test_dropout_that_drops_nothing_is_its_input(torch: ModuleType) -> None:
    x = torch.ones(3)
    F = torch.nn.functional
    assert F.dropout(x, training=False) is x
    assert F.dropout(x, 0.0) is x
    assert F.alpha_dropout(x) is x


@pytest.mark.parametrize(("name", "ndim"), [("dropout2d", 3), ("dropout2d", 2), ("dropout3d", 3)])
def test_dropout_of_channels_warns_of_odd_shapes(torch: ModuleType, name: str, ndim: int) -> None:
    with pytest.warns(UserWarning, match=f"{name}: Received a {ndim}-?D input"):
        getattr(torch.nn.functional, name)(torch.ones((2,) * ndim))
