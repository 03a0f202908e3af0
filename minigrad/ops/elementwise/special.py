"""The error function and the gamma function, their inverses and derivatives, which NumPy lacks.

Source  erf, erfc: W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969).
        lgamma is Python's own; its derivatives: Abramowitz and Stegun, Handbook of Mathematical Functions, chapter 6
        (recurrence, reflection, asymptotic series); polygamma through the Hurwitz zeta function by Euler-Maclaurin
        summation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dtype import Array
from ...core.op import defgrad, op, record
from ...core.variable import Variable
from ...types import Operand, Tensor
from ..checks import floats_only
from .piecewise import where
from .transcendental import exp, masked

SQRT_PI = math.sqrt(math.pi)

# ---- kernels of the error function; coefficients from the highest power down ----

_ERF = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)

_ERFC_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
     8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip

_ERFC_TAIL = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def _horner(coefficients: Sequence[float], x: Array) -> Array:
    total: Array = coefficients[0]
    for c in coefficients[1:]:
        total = total * x + c
    return total


def _ratio(fraction: tuple[Sequence[float], Sequence[float]], x: Array) -> Array:
    return _horner(fraction[0], x) / _horner(fraction[1], x)


def _erf_near_zero(x: Array) -> Array:
    return x * _ratio(_ERF, x * x)


def _erfc_beyond(x: Array) -> Array:
    """erfc(x) for x >= 0.46875, with a relative error near the precision of the type."""
    x = np.minimum(x, 30)  # erfc is 0 there, and inf - inf is avoided
    coarse = np.trunc(x * 16) / 16  # exp(-x^2) in two factors: the square of the first is exact
    gauss = np.exp(-coarse * coarse) * np.exp(-(x - coarse) * (x + coarse))
    inverse = 1 / (x * x)
    tail = (1 / SQRT_PI - inverse * _ratio(_ERFC_TAIL, inverse)) / x
    return gauss * np.where(x > 4, tail, _ratio(_ERFC_MIDDLE, x))


def _wide(x: Array) -> Array:
    """float16 is too narrow for the polynomials."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _erf_array(x: Array) -> Array:
    near = np.abs(x) < 0.46875
    return np.piecewise(x, [near, ~near], [_erf_near_zero, lambda far: np.copysign(1 - _erfc_beyond(np.abs(far)), far)])


def _erfc_array(x: Array) -> Array:
    near = np.abs(x) < 0.46875
    return np.piecewise(
        x,
        [near, ~near & (x < 0), ~near & ~(x < 0)],
        [lambda t: 1 - _erf_near_zero(t), lambda t: 2 - _erfc_beyond(-t), _erfc_beyond],
    )


def _erfinv_array(y: Array) -> Array:
    """Winitzki's closed form (error 2e-3), then three steps of Halley's method, each tripling the correct digits."""
    z = np.abs(y.astype(np.float64))
    rest = np.log1p(-z * z)
    half = 2 / (math.pi * 0.147) + rest / 2
    x = np.sqrt(np.sqrt(half * half - rest / 0.147) - half)
    for _ in range(3):
        excess = np.where(z < 0.5, _erf_array(x) - z, (1 - z) - _erfc_array(x))  # 1 - z is exact there
        step = excess * (SQRT_PI / 2) * np.exp(x * x)
        x = x - step / (1 + x * step)
    x = np.where(z < 1, x, np.where(z == 1, np.inf, np.nan))
    return np.copysign(x, y).astype(y.dtype)


# ---- the error function ----


@op(promote="float")
def erf(input: Tensor) -> Array:
    """Error function, elementwise: the probability that a normal number of variance 1/2 is within input of its mean.

    Math    y = 2/sqrt(pi) int_0^input exp(-t^2) dt        d_input = g 2/sqrt(pi) exp(-input^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.
    Source  W. J. Cody, Rational Chebyshev approximations for the error function (1969)

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> y = minigrad.erf(x); y.sum().backward(); y, x.grad
    (tensor([0.0000, 0.8427], grad_fn=<ErfBackward0>), tensor([1.1284, 0.4151]))
    """
    return _erf_array(_wide(input)).astype(input.dtype, copy=False)


defgrad(erf, input=lambda g, input: g * (2 / SQRT_PI) * exp(-input * input))


@op(promote="float")
def erfc(input: Tensor) -> Array:
    """Complementary error function, elementwise, accurate where erf(input) is nearly 1.

    Math    y = 1 - erf(input)        d_input = -g 2/sqrt(pi) exp(-input^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.
    Source  W. J. Cody, Rational Chebyshev approximations for the error function (1969)

    >>> x = minigrad.tensor([0., 1.], requires_grad=True)
    >>> x.erfc().sum().backward(); x.grad
    tensor([-1.1284, -0.4151])
    """
    return _erfc_array(_wide(input)).astype(input.dtype, copy=False)


defgrad(erfc, input=lambda g, input: g * (-2 / SQRT_PI) * exp(-input * input))


@op(promote="float")
def erfinv(input: Tensor) -> Array:
    """Inverse error function, elementwise, for input in [-1, 1].

    Math    y with erf(y) = input        d_input = g sqrt(pi)/2 exp(y^2)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.
    Source  S. Winitzki, A handy approximation for the error function and its inverse (2008), for the start.

    >>> x = minigrad.tensor([0., 0.5], requires_grad=True)
    >>> x.erfinv().sum().backward(); x.grad
    tensor([0.8862, 1.1126])
    """
    return _erfinv_array(input)


defgrad(erfinv, input=lambda g, input: g * (SQRT_PI / 2) * exp(erfinv(input) * erfinv(input)))


# ---- the gamma function ----

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)  # B_2, B_4, ...
_FAR = 10.0  # from here on the asymptotic series are good to the last bit


def _series(terms: Sequence[float], z: Array) -> Array:
    """sum_k terms[k] / z^(2k)"""
    return _horner(terms[::-1], 1 / (z * z))


def _fraction(x: Array) -> Array:
    """x minus the nearest integer, so that sin(pi x) keeps its digits far from zero."""
    return x - np.round(x)


def _lgamma(x: float) -> float:
    infinite = x > 2.556348e305 or (x <= 0 and x.is_integer())  # overflow; poles
    return math.inf if infinite else math.lgamma(x)


def _lgamma_array(x: Array) -> Array:
    return np.reshape([_lgamma(v) for v in x.ravel().tolist()], x.shape).astype(x.dtype)


def _digamma_array(x: Array) -> Array:
    """By recurrence up to where the asymptotic series is good; below 0 by reflection."""
    exact = x.astype(np.float64)
    z = np.where(exact < 0, 1 - exact, exact)
    shift = np.zeros_like(z)
    for _ in range(int(_FAR)):
        near = z < _FAR
        shift = np.where(near, shift + 1 / z, shift)
        z = np.where(near, z + 1, z)
    terms = [b / (2 * k + 2) for k, b in enumerate(_BERNOULLI)]
    y = np.log(z) - 0.5 / z - _series(terms, z) / (z * z) - shift
    fraction = _fraction(exact)
    reflected = y - math.pi / np.tan(math.pi * np.where(fraction == 0, np.nan, fraction))
    return np.where(exact < 0, reflected, y).astype(x.dtype)


@op(promote="float")
def lgamma(input: Tensor) -> Array:
    """Logarithm of the absolute value of the gamma function, elementwise; Gamma(n) = (n - 1)! for an integer n.

    Math    y = ln |Gamma(input)|        d_input = g digamma(input)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([1., 5.], requires_grad=True)
    >>> x.lgamma().sum().backward(); x.grad
    tensor([-0.5772,  1.5061])
    """
    return _lgamma_array(input)


@op(promote="float")
def digamma(input: Tensor) -> Array:
    """Digamma function, elementwise: the derivative of ``lgamma``.

    Math    y = Gamma'(input) / Gamma(input)        d_input = g polygamma(1, input)
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.
    Source  Abramowitz & Stegun, Handbook of Mathematical Functions, 6.3

    >>> x = minigrad.tensor([1., 2.], requires_grad=True)
    >>> x.digamma().sum().backward(); x.grad
    tensor([1.6449, 0.6449])
    """
    return _digamma_array(input)


defgrad(lgamma, input=lambda g, input: g * digamma(input))

defgrad(digamma, input=lambda g, input: g * polygamma(1, input))


def _reflected(x: Array, y: Array, n: int) -> Array:
    """polygamma(n, x) for x < 0, given y = polygamma(n, 1 - x):  (-1)^n y - d^n/dx^n (pi cot(pi x))

    For n = 1 that is (pi / sin(pi x))^2 - y, where pi x is rounded as in torch: at a pole the result is large, not inf.
    """
    if n == 1:
        return (math.pi / np.sin((x.dtype.type(math.pi) * x).astype(np.float64))) ** 2 - y
    cot_slopes = np.poly1d([1, 0])  # as a polynomial of c = cot u: each derivative brings -(1 + c^2)
    for _ in range(n):
        cot_slopes = np.poly1d([-1, 0, -1]) * cot_slopes.deriv()
    fraction = _fraction(x.astype(np.float64))
    c = 1 / np.tan(math.pi * np.where(fraction == 0, np.nan, fraction))
    return np.where(fraction == 0, (-1) ** (n + 1) * np.inf, (-1) ** n * y - math.pi ** (n + 1) * cot_slopes(c))


def polygamma(n: int, input: Tensor) -> Tensor:
    """Polygamma function, elementwise: the n-th derivative of ``digamma``.

    Math    y = (-1)^(n+1) n! sum_k 1 / (input + k)^(n+1) for n > 0        d_input = g polygamma(n + 1, input)
    Shapes  input (*) -> (*)
    Raises  RuntimeError if n is negative.
    Source  Abramowitz & Stegun, Handbook of Mathematical Functions, 6.4

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> minigrad.polygamma(1, x).backward(); x.grad
    tensor([-2.4041])
    """
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n, got {n}")
    return digamma(input) if n == 0 else record(polygamma)(input, n)


@op(of=polygamma, promote="float", operands=1)
def _(x: Array, n: int) -> Array:
    """(-1)^(n+1) n! zeta(n + 1, x) for x >= 0; below 0 by reflection."""
    exact = x.astype(np.float64)
    z = np.where(exact < 0, 1 - exact, exact)
    s = n + 1.0
    total = np.zeros_like(z)
    while (near := z < _FAR).any():
        total = np.where(near, total + z**-s, total)
        z = np.where(near, z + 1, z)
    terms, rising = [], s  # rising = s (s+1) ... (s+2k), over (2k+2)!
    for k, b in enumerate(_BERNOULLI):
        terms.append(b * rising / math.factorial(2 * k + 2))
        rising *= (s + 2 * k + 1) * (s + 2 * k + 2)
    zeta = total + z ** (1 - s) / (s - 1) + z**-s / 2 + _series(terms, z) * z ** (-s - 1)
    y = (-1) ** (n + 1) * math.factorial(n) * zeta
    if n > 1:  # torch's zeta function is nan at infinity, and has a pole at minus infinity
        y = np.where(exact == np.inf, np.nan, y)
    pole = (x == 0) | ((exact == -np.inf) & (n > 1))
    return np.where(pole, (-1) ** (n + 1) * np.inf, np.where(exact < 0, _reflected(x, y, n), y)).astype(x.dtype)


defgrad(polygamma, x=lambda g, x, n: g * polygamma(n + 1, x))


def polygamma_of(input: Tensor, n: int) -> Tensor:
    """Polygamma function, elementwise, as a method: ``minigrad.polygamma(n, input)``.

    Math    y = polygamma(n, input)        d_input = g polygamma(n + 1, input)
    Shapes  input (*) -> (*)
    Raises  RuntimeError if n is negative.

    >>> x = minigrad.tensor([1.], requires_grad=True)
    >>> x.polygamma(1).sum().backward(); x.grad
    tensor([-2.4041])
    """
    return polygamma(n, input)


# ---- logarithms of sums, products and odds ----


def _logit_grad(g: Array, x: Array, eps: Any) -> Array:
    slope = g / ((x + 0) * (1 - x))  # -0 + 0 is 0
    if eps is None:
        return where((x >= 0) & (x <= 1), slope, math.nan)
    return masked(slope, ~((x < eps) | (x > 1 - eps)))


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """Log-odds of a probability, elementwise: the inverse of sigmoid; with ``eps``, of input clamped to [eps, 1 - eps].

    Math    y = ln(input / (1 - input))        d_input = g / (input (1 - input)), and 0 where it was clamped
    Shapes  input (*) -> (*)
    Raises  TypeError if input is not a tensor.

    >>> x = minigrad.tensor([0.5, 0.2], requires_grad=True)
    >>> x.logit().sum().backward(); x.grad
    tensor([4.0000, 6.2500])
    """
    return record(logit)(input, None if eps is not None and eps < 0 else eps)


@op(of=logit, promote="float", operands=1)
def _(x: Array, eps: Any) -> Array:
    if eps is not None:  # a nan eps clamps nothing, and if the bounds cross, the lower one wins
        x = np.where(x < eps, x.dtype.type(eps), np.where(x > 1 - eps, x.dtype.type(1 - eps), x))
    return np.log(x / (1 - x))


defgrad(logit, x=_logit_grad)


@op(promote="tensors")
def logaddexp(input: Tensor, other: Tensor) -> Array:
    """Logarithm of a sum of exponentials, elementwise, without overflow.

    Math    z = ln(e^input + e^other)
            d_input = g / (1 + e^(other - input)), d_other = g / (1 + e^(input - other))
            The two factors are the softmax of input and other.
    Shapes  input and other broadcast
    Raises  NotImplementedError for integers; RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([0., 1000.], requires_grad=True)
    >>> x.logaddexp(minigrad.tensor([0., 0.])).sum().backward(); x.grad
    tensor([0.5000, 1.0000])
    """
    floats_only("logaddexp", input)
    return np.logaddexp(input, other)


defgrad(
    logaddexp,
    input=lambda g, input, other: g / (1 + exp(other - input)),
    other=lambda g, input, other: g / (1 + exp(input - other)),
)


@op(promote="float", operands=2, label="XlogyBackward2")
def xlogy_number(x: Array, y: Array) -> Array:
    return _x_log_y(x, y)


@op(promote="float", operands=2, label="XlogyBackward1")
def number_xlogy(x: Array, y: Array) -> Array:
    return _x_log_y(x, y)


def _x_log_y(x: Array, y: Array) -> Array:
    y = np.asarray(y, np.result_type(x, y))
    return np.where(np.equal(x, 0) & ~np.isnan(y), 0, x * np.log(y))


defgrad(xlogy_number, x=lambda g, x, y: xlogy_number(g, y) if y > 0 else masked(xlogy_number(g, y), x != 0))

defgrad(number_xlogy, y=lambda g, x, y: g * x / y)


def xlogy(input: Tensor, other: Operand) -> Tensor:
    """A number times a logarithm, elementwise, and 0 where input = 0: the terms of an entropy.

    Math    z = input ln other
            d_input = g ln other, and 0 where input = 0 and other <= 0; d_other = g input / other
    Shapes  input and other broadcast
    Raises  RuntimeError if the shapes do not broadcast.

    >>> x = minigrad.tensor([0., 0.5], requires_grad=True)
    >>> x.xlogy(minigrad.tensor([0., 2.])).sum().backward(); x.grad
    tensor([0.0000, 0.6931])
    """
    if not isinstance(other, (Variable, np.ndarray)):
        return xlogy_number(input, other)
    return record(xlogy)(input, other) if isinstance(input, (Variable, np.ndarray)) else number_xlogy(input, other)


@op(of=xlogy, promote="float")
def _(input: Array, other: Array) -> Array:
    return _x_log_y(input, other)


defgrad(
    xlogy,
    input=lambda g, input, other: masked(record(xlogy)(g, other), ~((input == 0) & (other <= 0))),
    other=lambda g, input, other: g * input / other,
)
