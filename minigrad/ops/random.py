"""Random tensors: every function here takes from the generator's stream exactly what torch's takes.

torch fills a tensor in the order of its memory, so a transposed tensor gets its numbers column by column. What the
draws are made of is in ``minigrad.random``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.beside import wrap_like
from ..core.dtype import I64, Array, to_numpy
from ..core.inplace import check_writable, inplace
from ..core.op import defgrad, op
from ..core.variable import Variable, wrap
from ..random import Generator, default_generator
from ..types import Device, DType, MemoryFormat, Tensor
from .create import _dtype, _finish, _like, _sizes
from .elementwise.transcendental import underived, zeros_like
from .shape.views import expand, is_contiguous, like, memory_order, sum_to_size

Draw = Callable[[tuple[int, ...]], Any]


def source(generator: Generator | None) -> Generator:
    """The generator to draw from: the default one if none is given."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator


# ---- new tensors ----


def rand(
    *size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random numbers, from U[0, 1).

    Math    y[i, j, ..] ~ U[0, 1), independent
    Shapes  size -> size
    Raises  TypeError without a size, RuntimeError for a negative one; NotImplementedError for integers.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.rand(2)
    tensor([0.4963, 0.7682])
    """
    return _finish(source(generator).uniform(_sizes("rand", size), _dtype(dtype)), device, requires_grad)


def randn(
    *size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Standard normal random numbers, from N(0, 1).

    Math    y[i, j, ..] ~ N(0, 1), independent
    Shapes  size -> size
    Raises  TypeError without a size, RuntimeError for a negative one; NotImplementedError for integers.
    Source  Box & Muller, A note on the generation of random normal deviates (1958)

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.randn(2)
    tensor([ 1.5410, -0.2934])
    """
    return _finish(source(generator).normal(_sizes("randn", size), _dtype(dtype)), device, requires_grad)


def randint(
    low: int = 0,
    high: int | Sequence[int] | None = None,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random integers, low <= y < high: ``randint(high, size)`` or ``randint(low, high, size)``.

    Math    P(y[i, j, ..] = k) = 1 / (high - low),    low <= k < high, independent
    Shapes  size, a tuple -> size
    Raises  RuntimeError if the range is empty or does not fit the type; TypeError if an argument is missing.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.randint(10, (3,))
    tensor([4, 9, 3])
    """
    start: Any
    end: Any
    start, end, shape = (0, low, high) if size is None else (0, low, size) if high is None else (low, high, size)
    if shape is None:
        raise TypeError("randint() takes (high, size) or (low, high, size): the size, a tuple of ints, is missing")
    kind = I64 if dtype is None else to_numpy(dtype)
    return _finish(source(generator).integers(start, end, _sizes("randint", (shape,)), kind), device, requires_grad)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """A random permutation: the numbers 0, ..., n - 1 in random order.

    Math    each of the n! orders has probability 1 / n!
    Shapes  -> (n)
    Raises  RuntimeError if n is negative.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.randperm(4)
    tensor([0, 1, 3, 2])
    """
    kind = I64 if dtype is None else to_numpy(dtype)
    return _finish(source(generator).permutation(n, kind), device, requires_grad)


def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """Uniform random numbers, from U[0, 1), in the shape and type of input.

    Math    y[i, j, ..] ~ U[0, 1), independent; no gradient reaches input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor, NotImplementedError for integers.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.rand_like(minigrad.zeros(2))
    tensor([0.4963, 0.7682])
    """
    kind = _like(input, "rand_like", dtype)[1]
    u = like(input, lambda shape: source(generator).uniform(shape, kind), memory_format)
    return _finish(u, device, requires_grad, input)


def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """Standard normal random numbers, from N(0, 1), in the shape and type of input.

    Math    y[i, j, ..] ~ N(0, 1), independent; no gradient reaches input
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor, NotImplementedError for integers.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.randn_like(minigrad.zeros(2))
    tensor([ 1.5410, -0.2934])
    """
    kind = _like(input, "randn_like", dtype)[1]
    in_pairs = [*memory_order(input, memory_format)] != [*range(input.ndim)]
    z = like(input, lambda shape: source(generator).normal(shape, kind, in_pairs=in_pairs), memory_format)
    return _finish(z, device, requires_grad, input)


def randint_like(
    input: Tensor,
    low: int = 0,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat = None,
) -> Tensor:
    """Uniform random integers in the shape and type of input: ``randint_like(input, high)`` or ``(input, low, high)``.

    Math    P(y[i, j, ..] = k) = 1 / (high - low),    low <= k < high, independent; no gradient reaches input
    Shapes  input (*) -> (*)
    Raises  RuntimeError if the range is empty or does not fit the type; TypeError if input is not a tensor.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.randint_like(minigrad.zeros(3), 10)
    tensor([4., 9., 3.])
    """
    kind = _like(input, "randint_like", dtype)[1]
    low, high = (0, low) if high is None else (low, high)
    if isinstance(high, Variable) and high.array.ndim:
        raise RuntimeError(f"high must be a scalar tensor and on CPU, not {list(high.array.shape)}")
    k = like(input, lambda shape: source(generator).integers(low, high, shape, kind), memory_format)
    return _finish(k, device, requires_grad)


# ---- overwriting a tensor ----


def _filler(name: str, label: str) -> Callable[[Array, Draw], Array]:
    """The in-place op that writes drawn numbers over a tensor; no gradient passes."""

    @op(name=name, label=label, narrow=True)
    def fresh(x: Array, numbers: Any) -> Array:
        return numbers

    defgrad(fresh, x=lambda g: zeros_like(g))
    write = inplace(fresh, name + "_")

    def fill(x: Array, draw: Draw) -> Array:
        check_writable(x, name + "_")
        return write(x, like(x, draw))

    return fill


_fill_uniform = _filler("uniform", "UniformBackward0")
_fill_normal = _filler("normal", "NormalBackward0")
_fill_bernoulli = _filler("bernoulli", "BernoulliBackward0")
_fill_integers = _filler("random", "RandomBackward0")
_fill_exponential = _filler("exponential", "ExponentialBackward0")
_fill_cauchy = _filler("cauchy", "CauchyBackward0")
_fill_geometric = _filler("geometric", "GeometricBackward0")
_fill_log_normal = _filler("log_normal", "LogNormalBackward0")


def uniform_(x: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with uniform random numbers.

    Math    x[i] ~ U[from_, to), independent        d_x = 0
    Shapes  x (*) -> itself
    Raises  RuntimeError if from > to, NotImplementedError for a type that is not floating.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.empty(2).uniform_(-1, 1)
    tensor([-0.0075,  0.5364])
    """
    return _fill_uniform(x, lambda shape: source(generator).uniform(shape, x.array.dtype, from_, to))


def normal_(x: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with normal random numbers.

    Math    x[i] ~ N(mean, std^2), independent        d_x = 0
    Shapes  x (*) -> itself
    Raises  RuntimeError if std < 0, NotImplementedError for a type that is not floating.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.empty(2).normal_()
    tensor([ 1.5410, -0.2934])
    """
    in_pairs = not is_contiguous(x)
    return _fill_normal(x, lambda shape: source(generator).normal(shape, x.array.dtype, mean, std, in_pairs))


def bernoulli_(x: Tensor, p: float | Tensor = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with Bernoulli draws, 1 with probability p, else 0: in-place version of :func:`bernoulli`.

    Math    P(x[i] = 1) = p[i]        d_x = 0, d_p = 0
    Shapes  x (*), p a number or what broadcasts to (*) -> x itself
    Raises  RuntimeError if a probability leaves [0, 1].

    >>> minigrad.empty(2).bernoulli_(minigrad.tensor([0., 1.]))
    tensor([0., 1.])
    """
    if isinstance(p, Variable):
        share: Any = expand(wrap(p.array), *x.shape).array.transpose(memory_order(x))
    else:
        share = p
    return _fill_bernoulli(x, lambda shape: source(generator).bernoulli(share, shape, x.array.dtype))


def random_(
    x: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Overwrite with random integers: ``random_()`` any that the type holds, ``random_(to)``, ``random_(from, to)``.

    Math    P(x[i] = k) = 1 / (to - from_),    from_ <= k < to        d_x = 0
    Shapes  x (*) -> itself
    Raises  RuntimeError if the range is empty or does not fit the type.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.zeros(3).random_(10)
    tensor([4., 9., 3.])
    """
    if from_ is None and to is None:
        return _fill_integers(x, lambda shape: source(generator).random(shape, x.array.dtype))
    low, high = (0, from_) if to is None else (from_ or 0, to)
    return _fill_integers(x, lambda shape: source(generator).integers(low or 0, high, shape, x.array.dtype))


def exponential_(x: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with draws from the exponential distribution of rate ``lambd``.

    Math    density lambd exp(-lambd x),    x > 0        d_x = 0
    Shapes  x (*) -> itself
    Raises  RuntimeError unless lambd > 0.

    >>> bool((minigrad.empty(9).exponential_() > 0).all())
    True
    """
    return _fill_exponential(x, lambda shape: source(generator).exponential(shape, x.array.dtype, lambd))


def cauchy_(x: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with draws from the Cauchy distribution.

    Math    density sigma / (pi ((x - median)^2 + sigma^2))        d_x = 0
    Shapes  x (*) -> itself
    Raises  RuntimeError unless sigma > 0.

    >>> minigrad.empty(2, 3).cauchy_().shape
    torch.Size([2, 3])
    """
    return _fill_cauchy(x, lambda shape: source(generator).cauchy(shape, x.array.dtype, median, sigma))


def geometric_(x: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with draws from the geometric distribution: the number of Bernoulli(p) draws up to the first 1.

    Math    P(x = k) = (1 - p)^(k - 1) p,    k = 1, 2, ..        d_x = 0
    Shapes  x (*) -> itself
    Raises  RuntimeError unless 0 < p < 1.

    >>> bool((minigrad.empty(9).geometric_(0.5) >= 1).all())
    True
    """
    return _fill_geometric(x, lambda shape: source(generator).geometric(shape, x.array.dtype, p))


def log_normal_(x: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Overwrite with draws from the log-normal distribution: exp of normal numbers.

    Math    x = exp(z),    z ~ N(mean, std^2)        d_x = 0
    Shapes  x (*) -> itself
    Raises  RuntimeError unless std > 0.

    >>> bool((minigrad.empty(9).log_normal_() > 0).all())
    True
    """
    return _fill_log_normal(x, lambda shape: source(generator).log_normal(shape, x.array.dtype, mean, std))


# ---- distributions whose parameters are tensors ----


def _drawer(name: str, label: str, rule: Callable[[Array], Array]) -> Any:
    """The op that hands on the numbers drawn for a parameter."""

    @op(name=name, label=label)
    def drawn(x: Array, numbers: Any) -> Array:
        return numbers

    defgrad(drawn, x=rule)
    return drawn


_bernoulli_of = _drawer("bernoulli_of", "BernoulliBackward0", lambda g: zeros_like(g))
_bernoulli_like = _drawer(
    "bernoulli_like",
    "NotImplemented",
    underived("derivative for aten::bernoulli is not implemented; use bernoulli_(p)"),
)

_events = _drawer("poisson", "PoissonBackward0", lambda g: zeros_like(g))
_around = _drawer("normal_around", "NormalBackward1", lambda g: zeros_like(g))
_as_far = _drawer("normal_as_far", "NormalBackward2", lambda g: zeros_like(g))


@op(label="NormalBackward3")
def normal_of(mean: Array, std: Array, numbers: Any) -> Array:
    return numbers


defgrad(
    normal_of,
    mean=lambda g, mean_shape: zeros_like(sum_to_size(g, mean_shape)),
    std=lambda g, std_shape: zeros_like(sum_to_size(g, std_shape)),
)


def normal(
    mean: float | Tensor,
    std: float | Tensor = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal random numbers, for tensors of means or deviations, or for two numbers and a ``size``.

    Math    y = mean + std z,    z ~ N(0, 1)        d_mean = d_std = 0
    Shapes  mean and std broadcast; two numbers -> size
    Raises  RuntimeError if a deviation is negative; TypeError without a size where one is needed.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.normal(minigrad.tensor([0., 100.]), 1.)
    tensor([ 1.5410, 99.7066])
    """
    if not (isinstance(mean, Variable) or isinstance(std, Variable)):
        if size is None:
            raise TypeError("normal() of two numbers is missing the argument 'size'")
        numbers = source(generator).normal(_sizes("normal", (size,)), _dtype(dtype), mean, std)
        return _finish(numbers, device, requires_grad)
    means: Any
    stds: Any
    means, stds = (v.array if isinstance(v, Variable) else v for v in (mean, std))
    if np.any(stds < 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    try:
        shape = np.broadcast_shapes(np.shape(means), np.shape(stds))
    except ValueError:
        raise RuntimeError(f"normal: mean {list(means.shape)} and std {list(stds.shape)} do not broadcast") from None
    kind = (means if isinstance(mean, Variable) else stds).dtype
    z = source(generator).normal(shape, kind)
    z *= stds
    z += means
    if isinstance(mean, Variable) and isinstance(std, Variable):
        return normal_of(mean, std, z)
    return _around(mean, z) if isinstance(mean, Variable) else _as_far(std, z)


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """Bernoulli draws: 1 with probability input, else 0; with ``p``, input gives only shape and type.

    Math    P(y[i] = 1) = input[i], or p        d_input = 0, refused with ``p``
    Shapes  input (*) -> (*)
    Raises  RuntimeError if a probability leaves [0, 1].

    >>> minigrad.bernoulli(minigrad.tensor([0., 1.]))
    tensor([0., 1.])
    """
    drawn = source(generator).bernoulli(input.array if p is None else p, tuple(input.shape), input.array.dtype)
    return (_bernoulli_of if p is None else _bernoulli_like)(input, drawn)


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Draws from a categorical distribution: indices in proportion to the weights in every row of input.

    Math    P(y = k) = input[k] / sum_j input[j]; without replacement, among those not drawn yet; no gradient
    Shapes  input (C) or (N, C) -> (num_samples) or (N, num_samples)
    Raises  RuntimeError for weights negative, not finite or all zero, and for too many samples.

    >>> _ = minigrad.manual_seed(0)
    >>> minigrad.tensor([0., 1., 0.]).multinomial(3, replacement=True)
    tensor([1, 1, 1])
    """
    return wrap_like(source(generator).multinomial(input.array, num_samples, replacement), input)


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson draws: how many events happen in a unit of time, where input are expected.

    Math    P(y = k) = input^k exp(-input) / k!        d_input = 0
    Shapes  input (*) -> (*)
    Raises  RuntimeError if a rate is negative.

    >>> minigrad.poisson(minigrad.zeros(2))
    tensor([0., 0.])
    """
    return _events(input, source(generator).poisson(input.array))
