"""How far two engines' numbers may be apart, from what they compute: the tests' tolerances, each with its reason.

Which kernel adds up is the processor's affair (vector width, fused multiply-add, number of threads), so two right
answers differ in their last bits. A tolerance here counts roundings; a long run is compared
step by step from the reference's state, since a trajectory may magnify the bits of its first step without limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def rounding(terms: int, dtype: Any) -> float:
    """The distance of two sums of ``terms`` rounded terms, relative to the sum of the terms' sizes.

    Math    u = eps/2 is the unit roundoff. In whatever order n terms are added (or n operations follow on each other),
            |computed - exact| <= n u / (1 - n u) sum |terms|; two engines are at most twice as far apart: n eps.
    Source  Higham 2002, "Accuracy and Stability of Numerical Algorithms", 3.1 and 4.2.

    >>> rounding(16, "float64") == 16 * 2.0**-52
    True
    """
    return terms * float(np.finfo(dtype).eps)


def conditioned(run: Callable[[Callable[[Array], Array]], Array], terms: int, dtype: Any, draws: int = 4) -> Array:
    """How far each number that ``run`` computes may move where ``terms`` roundings to ``dtype`` happened on the way.

    Math    A computation with roundings is the exact one on inputs moved by terms * eps (backward error), so its
            result moves by the condition times that. The condition is measured: the inputs are moved
            at random by a relative h, and the largest change of each result over h is
            taken; then the last rounding of the result itself.

    ``run(moved)`` computes in float64 and calls ``moved(array)`` on each of its inputs.
    """
    exact = run(lambda x: x)
    h, change = 1e-7, np.zeros_like(exact)
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        change = np.maximum(change, abs(run(lambda x, rng=rng: x * (1 + h * rng.choice([-1.0, 1.0], x.shape))) - exact))
    return rounding(terms, dtype) * (change / h + abs(exact))


@np.errstate(invalid="ignore")  # inf - inf
def within(ours: Any, theirs: Any, bound: Any) -> None:
    """Equal to the absolute ``bound``, a number or one for each."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert ours.shape == theirs.shape
    over = ~(abs(ours - theirs) <= bound) & ~((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))
    where = np.argwhere(over)[:5].tolist()
    assert not over.any(), f"beyond the bound at {where}: {ours[over][:5]}, torch has {theirs[over][:5]}, bound {bound}"


def normals(std: float, mean: float, dtype: Any) -> float:
    """How far apart two roundings of one Box-Muller normal may be, absolutely.

    Math    z = r cos(t), r = sqrt(-2 log(1 - u)) <= sqrt(2 log 2^24) = 5.77 (float32) or sqrt(2 log 2^53) = 8.57.
            t = 2 pi v < 6.29 is made of a rounded 2 pi and a rounded product (in one rounding where the processor's
            kernel has 2 pi in float64): 3 roundings of half a step of t, eps 2^2, between the two; then log,
            sqrt, cos and the product, 1 rounding of eps each on either side; std z + mean, 2 more of its size.
    """
    eps = float(np.finfo(dtype).eps)
    r = (2 * np.log(2) * (53 if np.dtype(dtype) == np.float64 else 24)) ** 0.5
    return (abs(std) * r * (1.5 * 4 + 4) + 2 * (abs(std) * r + abs(mean))) * eps
