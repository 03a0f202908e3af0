"""L-BFGS: curvature from the last few steps, for smooth losses on full batches.

Sources  Nocedal & Wright, Numerical Optimization, 2nd ed.: algorithm 7.4 (the two loops), 3.5 and 3.6 (line search);
         Liu & Nocedal 1989, https://doi.org/10.1007/BF01589116
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..autograd import enable_grad
from ..core.dtype import Array
from ..core.inplace import check_memory
from ..core.variable import wrap, written
from ..tensor import Tensor
from .optimizer import Optimizer, Params, Rate, T, check, number


class LBFGS(Optimizer):
    """Limited-memory BFGS: quasi-Newton steps, with an inverse Hessian estimated from the last ``history_size`` steps.

    ``step(closure)`` makes up to ``max_iter`` iterations, with up to ``max_eval`` calls of the closure (1.25 max_iter);
    it stops early where the gradient is below ``tolerance_grad`` or a step's change below ``tolerance_change``.

    Math    s = p_{k+1} - p_k,  y = g_{k+1} - g_k,  rho = 1 / (y s)
            H <- (1 - rho s y^T) H (1 - rho y s^T) + rho s s^T        never formed: the two loops multiply it by g
            p <- p - t H g        t = lr, or found by a line search (line_search_fn="strong_wolfe")
    Raises  ValueError for a negative lr and for several parameter groups, RuntimeError for another line search.
    Source  Liu & Nocedal, On the limited memory BFGS method for large scale optimization (1989)

    >>> w = minigrad.tensor([3., 2.], requires_grad=True)
    >>> optimizer = minigrad.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad(); loss = ((w - 1) ** 2).sum(); loss.backward(); return loss
    >>> loss = optimizer.step(closure); bool(((w - 1).abs() < 1e-4).all())
    True
    """

    def __init__(
        self,
        params: Params,
        lr: Rate = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
        *,
        maximize: bool = False,
    ) -> None:
        check(lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups): give one list of tensors")

    def step(self, closure: Callable[[], T]) -> T:  # type: ignore[override]
        """Minimize for up to ``max_iter`` iterations; the first loss is returned."""
        (group,) = self.param_groups
        params = group["params"]
        sign = -1 if group["maximize"] else 1
        closure = enable_grad()(closure)
        first_loss = closure()
        if not params:
            return first_loss
        state = self.state[params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        state["func_evals"] += 1
        evals, loss, g = 1, sign * _loss(first_loss), _flat_grad(params, sign)
        if np.abs(g).max() <= group["tolerance_grad"]:
            return first_loss
        lr = number(group["lr"])
        d, t, last_g = (_plain(state.get(name)) for name in ("d", "t", "prev_flat_grad"))
        ys, ss, rhos = ([_plain(v) for v in state.get(name, [])] for name in ("old_dirs", "old_stps", "ro"))
        scale = _plain(state.get("H_diag", 1))

        def at(t: Any) -> Point:
            """The loss and its gradient a step of t along d from here; the parameters come back."""
            before = [p.array.copy() for p in params]
            _move(params, t, d)
            loss = sign * _loss(closure())
            g = _flat_grad(params, sign)
            for p, array in zip(params, before, strict=True):
                p.array[...] = array
                written(p, "optimizer.step")
            return Point(t, loss, g, g @ d)

        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                d = -g
                t = min(1.0, 1.0 / np.abs(g).sum()) * lr
            else:
                y, s = g - last_g, d * t
                if y @ s > 1e-10:  # else the curvature is not positive: keep what is known
                    if len(ys) == group["history_size"]:
                        ys, ss, rhos = ys[1:], ss[1:], rhos[1:]
                    ys.append(y)
                    ss.append(s)
                    rhos.append(1.0 / (y @ s))
                    scale = (y @ s) / (y @ y)
                d = _direction(g, ys, ss, rhos, scale)
                t = lr
            last_g, last_loss, slope = g, loss, g @ d
            if slope > -group["tolerance_change"]:
                break
            calls = 0
            if group["line_search_fn"] is None:
                _move(params, t, d)
                if iteration != group["max_iter"]:  # the last step's loss is the next call's first
                    loss, calls = sign * _loss(closure()), 1
                    g = _flat_grad(params, sign)
            elif group["line_search_fn"] == "strong_wolfe":
                here = Point(0, loss, g, slope)
                there, calls = _strong_wolfe(at, here, t, d, group["tolerance_change"], group["max_eval"] - evals)
                t, loss, g = there.t, there.loss, there.g
                _move(params, t, d)
            else:
                raise RuntimeError(f"only 'strong_wolfe' is supported, got line_search_fn={group['line_search_fn']!r}")
            evals += calls
            state["func_evals"] += calls
            if (
                evals >= group["max_eval"]
                or np.abs(g).max() <= group["tolerance_grad"]
                or np.abs(d * t).max() <= group["tolerance_change"]
                or abs(loss - last_loss) < group["tolerance_change"]
            ):
                break
        state |= {"d": _kept(d), "t": _kept(t)}
        state |= {"old_dirs": _kept(ys), "old_stps": _kept(ss), "ro": _kept(rhos), "H_diag": _kept(scale)}
        state |= {"prev_flat_grad": _kept(last_g), "prev_loss": last_loss}
        return first_loss


class Point(NamedTuple):
    """A place on the line p + t d."""

    t: Any
    loss: float
    g: Any
    slope: Any  # of the loss along d


def _direction(g: Array, ys: list[Array], ss: list[Array], rhos: list[Array], scale: Array) -> Array:
    """-H g by two loops over the steps, from the youngest to the oldest and back; ``scale`` is the H to begin with."""
    d = -g
    alphas = []
    for y, s, rho in zip(reversed(ys), reversed(ss), reversed(rhos), strict=True):
        alphas.append((s @ d) * rho)
        d -= y * alphas[-1]
    d = d * scale
    for y, s, rho, alpha in zip(ys, ss, rhos, reversed(alphas), strict=True):
        d += s * (alpha - (y @ d) * rho)
    return d


def _strong_wolfe(
    at: Callable[[Any], Point], here: Point, t: Any, d: Array, tolerance: float, most: int
) -> tuple[Point, int]:
    """A point where the loss has fallen enough for its distance and the derivative has shrunk, and the calls it took.

    Math    loss(t) <= loss(0) + 1e-4 t loss'(0)   and   |loss'(t)| <= -0.9 loss'(0)
    """

    def too_high(p: Point) -> bool:
        return bool(p.loss > here.loss + 1e-4 * p.t * here.slope)

    def flat(p: Point) -> bool:
        return bool(abs(p.slope) <= -0.9 * here.slope)

    last, new, calls, done = here, at(t), 1, False
    bracket = []
    while calls <= most:  # step out until a minimum lies between the last two points
        if too_high(new) or (calls > 2 and new.loss >= last.loss):
            bracket = [last, new]
            break
        if flat(new):
            bracket, done = [new], True
            break
        if new.slope >= 0:
            bracket = [last, new]
            break
        t = _cubic_minimum(last, new, new.t + 0.01 * (new.t - last.t), new.t * 10)
        last, new = new, at(t)
        calls += 1
    else:
        bracket = [here, new]
    low, high = (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)
    stalled, width = False, np.abs(d).max()
    while not done and calls <= most:  # close in on it
        a, b = sorted([bracket[0].t, bracket[1].t])
        if (b - a) * width < tolerance:
            break
        t = _cubic_minimum(bracket[0], bracket[1], a, b)
        margin = 0.1 * (b - a)
        near = min(b - t, t - a) < margin
        if near and (stalled or t >= b or t <= a):
            t = b - margin if abs(t - b) < abs(t - a) else a + margin
            near = False
        stalled = near
        new = at(t)
        calls += 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
        else:
            done = flat(new)
            if not done and new.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = new
    return bracket[low], calls


def _cubic_minimum(p: Point, q: Point, least: Any, most: Any) -> Any:
    """Where the cubic through two points with their derivatives is lowest, within bounds; their middle if nowhere."""
    if p.t > q.t:
        p, q = q, p
    d1 = p.slope + q.slope - 3 * (p.loss - q.loss) / (p.t - q.t)
    square = d1**2 - p.slope * q.slope
    if not square >= 0:
        return (least + most) / 2.0
    d2 = np.sqrt(square)
    return min(max(q.t - (q.t - p.t) * ((q.slope + d2 - d1) / (q.slope - p.slope + 2 * d2)), least), most)


def _flat_grad(params: list[Tensor], sign: int) -> Array:
    parts = [np.zeros_like(p.array) if p.grad is None else p.grad.array for p in params]
    return np.concatenate([part.reshape(-1) for part in parts]) * sign


def _move(params: list[Tensor], t: Any, d: Array) -> None:
    start = 0
    for p in params:
        check_memory(p, "optimizer.step")
        part = d[start : start + p.array.size].reshape(p.array.shape)
        p.array += part * float(t)
        written(p, "optimizer.step")
        start += p.array.size


def _kept(value: Any) -> Any:
    """Arrays and NumPy's numbers as tensors, for the state."""
    if isinstance(value, list):
        return [_kept(v) for v in value]
    return wrap(np.asarray(value)) if isinstance(value, (np.ndarray, np.generic)) else value


def _loss(value: Any) -> float:
    """What a closure returned, a tensor or a number, as a number."""
    return float(value.detach() if isinstance(value, Tensor) else value)


def _plain(value: Any) -> Any:
    """The inverse of ``_kept``: 0-d tensors as numbers."""
    if not isinstance(value, Tensor):
        return value
    return value.array if value.array.ndim else number(value)
