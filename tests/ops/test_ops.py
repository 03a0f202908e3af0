"""The generic suite: every row of the sample table, asked of both engines.

One op from the table: ``pytest tests/ops -k "mul-"`` (a row is called name-number_of_the_sample).
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.core.op import OPS
from reference_torch.oracle import MINIGRAD, TORCH, TORCH_CPU, Answer, Engine, as_array, cotangent, flatten
from tests.bounds import conditioned, rounding, within
from tests.ops.row import Row, S, fixed
from tests.ops.table import CASES, ROWS
from tests.shared import builtin

Case = tuple[Row, S]


def cases(keep: Callable[[Row, S], bool] = lambda row, sample: True) -> Any:
    kept = [(row, sample) for row, sample in CASES if keep(row, sample)]
    count: dict[str, int] = {}
    ids = []
    for row, _ in kept:
        count[row.name] = count.get(row.name, -1) + 1
        ids.append(f"{row.name}-{count[row.name]}")
    return pytest.mark.parametrize("case", kept, ids=ids)


def has_float(row: Row, sample: S) -> bool:
    return any(isinstance(v, np.ndarray) and v.dtype.kind == "f" for v in leaves(sample))


def differentiable(row: Row, sample: S) -> bool:
    return row.grad and has_float(row, sample)


def leaves(sample: S) -> list[Any]:
    return [*flatten(sample.args), *flatten(list(sample.kwargs.values()))]


def cast(sample: S, change: Callable[[Any], Any]) -> S:
    """The sample with ``change`` done to each of its floating arrays."""

    def of(v: Any) -> Any:
        if isinstance(v, np.ndarray) and v.dtype.kind == "f":
            return np.asarray(change(v)) if v.flags.writeable else fixed(np.asarray(change(v)))
        if isinstance(v, (list, tuple)):
            return type(v)([of(e) for e in v])
        return v

    with np.errstate(over="ignore"):  # float64's largest numbers are inf in float32
        changed = S(*[of(v) for v in sample.args], **{k: of(v) for k, v in sample.kwargs.items()})
    changed.cpu = sample.cpu
    return changed


def ask(engine: Engine, row: Row, sample: S, **options: Any) -> Answer:
    if engine is TORCH and sample.cpu:
        engine = TORCH_CPU
    return engine.ask(engine.find(row.name), sample.args, sample.kwargs, **options)


def refusal(call: Callable[[], Any]) -> Exception | None:
    try:
        call()
    except Exception as error:
        return error
    return None


def condition(engine: Engine, row: Row, exact: S, terms: int, dtype: str, what: str, k: int, order: int) -> Any:
    """How far the kth answer may move where ``terms`` roundings to ``dtype`` happened on the way to it.

    Inside, numbers of the size of the largest may cancel (a softmax's gradient, 1 - tanh^2): its roundings count too.
    """

    def run(moved: Callable[[Any], Any]) -> Any:
        answers = ask(engine, row, cast(exact, moved), order=order)
        return np.asarray(getattr(answers, what)[k], np.float64)

    answer = run(np.asarray)
    largest = np.abs(answer[np.isfinite(answer)]).max(initial=0)
    return conditioned(run, terms, dtype) + rounding(terms, dtype) * largest


def same(
    ours: list[Any],
    theirs: list[Any],
    what: str,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    slack: Callable[[int], Any] | None = None,
) -> None:
    """Equal values, shapes, types and number of outputs; ``slack(k)`` more for what is off by more than the rest."""
    assert len(ours) == len(theirs), f"{what}: {len(ours)} of them, torch has {len(theirs)}"
    for k, (x, y) in enumerate(zip(ours, theirs, strict=True)):
        where = f"{what} {k}"
        if not isinstance(y, np.ndarray):
            assert type(x) is type(y) or isinstance(y, tuple), f"{where}: {x!r}, torch has {y!r}"
            assert x == y, f"{where}: {x!r}, torch has {y!r}"
            continue
        assert isinstance(x, np.ndarray), f"{where}: {type(x)}, torch has a tensor"
        assert x.shape == y.shape, f"{where}: shape {x.shape}, torch has {y.shape}"
        assert x.dtype == y.dtype, f"{where}: {x.dtype}, torch has {y.dtype}"
        if y.dtype.kind == "f":
            close = np.allclose(x, y, rtol, atol, equal_nan=True)
            if slack is not None and not close:
                within(x, y, slack(k))
            else:
                np.testing.assert_allclose(x, y, rtol=rtol, atol=atol, err_msg=where)
        else:
            np.testing.assert_array_equal(x, y, err_msg=where)


@cases()
def test_value(case: Case) -> None:
    """Value, shape and type of every output; the name of its node; the inputs are left alone."""
    row, sample = case
    held = [(v, v.copy()) for v in leaves(sample) if isinstance(v, np.ndarray)]
    order = int(differentiable(row, sample))
    ours, theirs = ask(MINIGRAD, row, sample, order=order), ask(TORCH, row, sample, order=order)
    same(ours.outputs, theirs.outputs, "output", row.rtol)
    for v, before in held:
        np.testing.assert_array_equal(v, before, err_msg="the op wrote to its input")
    if row.grad_fn and TORCH.on_cpu:  # other devices have nodes of other names
        assert ours.grad_fn == theirs.grad_fn


@cases(differentiable)
def test_gradient(case: Case) -> None:
    """The first gradient, by the rule on arrays and by the rule on Tensors."""
    row, sample = case
    theirs = ask(TORCH, row, sample, order=1)
    on_arrays = ask(MINIGRAD, row, sample, order=1)
    same(on_arrays.first, theirs.first, "gradient", row.rtol)
    on_tensors = ask(MINIGRAD, row, sample, order=1, graph=True)
    same(on_tensors.first, on_arrays.first, "gradient with create_graph", 1e-12)


@cases(lambda row, sample: row.second and differentiable(row, sample))
def test_second_gradient(case: Case) -> None:
    row, sample = case
    ours, theirs = ask(MINIGRAD, row, sample, order=2), ask(TORCH, row, sample, order=2)
    same(ours.second, theirs.second, "second gradient", row.rtol)


@cases(lambda row, sample: not row.kinks and differentiable(row, sample))
def test_numerical_gradient(case: Case) -> None:
    """The gradient against a central difference along a random direction."""
    row, sample = case
    eps = 1e-6
    floats = [v for v in leaves(sample) if isinstance(v, np.ndarray) and v.dtype.kind == "f" and v.flags.writeable]
    directions = [cotangent(v.shape, 31 + k) for k, v in enumerate(floats)]

    def scalar(step: float) -> float:
        moved = iter([v + step * d for v, d in zip(floats, directions, strict=True)])
        outputs = ask(MINIGRAD, row, cast(sample, lambda v: next(moved) if v.flags.writeable else v)).outputs
        ends = [outputs[k] for k in wired]
        return sum(float((y * cotangent(y.shape, k)).sum()) for k, y in enumerate(ends))

    answer = ask(MINIGRAD, row, sample, order=1)
    wired = [k for k, name in enumerate(answer.grad_fn) if name is not None]
    numerical = (scalar(eps) - scalar(-eps)) / (2 * eps)
    analytical = sum(float((g * d).sum()) for g, d in zip(answer.first, directions, strict=True))
    np.testing.assert_allclose(analytical, numerical, rtol=1e-5, atol=1e-7)


@cases(has_float)
def test_float32(case: Case) -> None:
    """float32 in, float32 out, and so are the gradients: to the last bits of what they are sums of."""
    row, sample = case
    sample = cast(sample, lambda v: v.astype(np.float32))
    exact = cast(sample, lambda v: v.astype(np.float64))
    order = int(row.grad)
    ours, theirs = ask(MINIGRAD, row, sample, order=order), ask(TORCH, row, sample, order=order)
    arrays = [v for v in [*leaves(sample), *theirs.outputs] if isinstance(v, np.ndarray)]
    terms = 12 + max([v.size for v in arrays], default=0)  # a dozen operations, and a sum
    if row.name == "logcumsumexp":  # its gradient is exp(x - out): a rounding of either is one of the exponent
        terms *= 1 + int(max(np.abs(v[np.isfinite(v)]).max(initial=0) for v in arrays))
    for what in ("outputs", "first"):
        slack = functools.partial(condition, TORCH, row, exact, terms, "float32", what, order=order)
        same(getattr(ours, what), getattr(theirs, what), what, rounding(terms, "float32"), 0.0, slack)


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "transposed": lambda v: v.T.copy().T,
    "flipped": lambda v: np.flip(np.flip(v).copy()),
    "stepped": lambda v: v.repeat(2, -1)[..., ::2] if v.ndim else v,
}


@cases(has_float)
def test_strides(case: Case) -> None:
    """The same numbers from operands that lie otherwise in memory."""
    row, sample = case
    order = int(row.grad)
    plain = ask(MINIGRAD, row, sample, order=order)
    for layout, change in LAYOUTS.items():
        answer = ask(MINIGRAD, row, cast(sample, change), order=order)
        same(answer.outputs, plain.outputs, f"output of {layout}", 1e-12)
        same(answer.first, plain.first, f"gradient of {layout}", 1e-12)


def each_type() -> Any:
    kept = [(row, d) for row in ROWS for d in row.dtypes]
    return pytest.mark.parametrize("row, dtype", kept, ids=[f"{row.name}-{d}" for row, d in kept])


@each_type()
def test_types(row: Row, dtype: str) -> None:
    """Other dtypes give torch's type and value, or are refused with torch's class of error."""
    for sample in row.samples:
        changed = cast(sample, lambda v: np.round(v).astype(dtype) if dtype[0] != "f" else v.astype(dtype))
        error = refusal(lambda s=changed: ask(TORCH_CPU, row, s))  # type: ignore[misc]
        if error is not None:
            with pytest.raises(builtin(error)):
                ask(MINIGRAD, row, changed)
            continue
        ours, theirs = ask(MINIGRAD, row, changed), ask(TORCH_CPU, row, changed)
        rtol = {"float64": row.rtol, "float16": 1e-2}.get(dtype, 2e-4)
        atol = 2e-3 if dtype == "float16" else rtol / 20  # float16: two steps of a number between 1 and 2
        same(ours.outputs, theirs.outputs, f"output of {sample} as {dtype}", rtol, atol)


def each_error() -> Any:
    kept = [(row, sample) for row in ROWS for sample in row.errors]
    return pytest.mark.parametrize("row, sample", kept, ids=[f"{row.name}-{s}" for row, s in kept])


@each_error()
def test_errors(row: Row, sample: S) -> None:
    """Bad calls: torch's class of error, with a message."""
    error = refusal(lambda: ask(TORCH_CPU, row, sample))
    assert error is not None, "torch accepts this call"
    with pytest.raises(builtin(error)) as ours:
        ask(MINIGRAD, row, sample)
    assert len(str(ours.value)) > 15, "the message must say what is wrong and what to do"


def has_method(row: Row, sample: S) -> bool:
    name = row.name.split(".")[-1]
    return (
        row.method
        and not row.name.startswith("Tensor.")
        and bool(sample.args)
        and isinstance(sample.args[0], np.ndarray)
        and hasattr(TORCH.package.Tensor, name)
    )


@cases(has_method)
def test_method(case: Case) -> None:
    """``x.op(...)`` is ``op(x, ...)``."""
    row, sample = case
    name = row.name.split(".")[-1]
    order = int(differentiable(row, sample))
    if refusal(lambda: TORCH.ask(TORCH.find(f"Tensor.{name}"), sample.args, sample.kwargs)):
        return
    method = MINIGRAD.ask(MINIGRAD.find(f"Tensor.{name}"), sample.args, sample.kwargs, order=order)
    function = ask(MINIGRAD, row, sample, order=order)
    same(method.outputs, function.outputs, "output")
    same(method.first, function.first, "gradient")


@cases(lambda row, sample: row.inplace)
def test_inplace(case: Case) -> None:
    """``x.op_(...)`` writes torch's value into x, returns x and has torch's gradient, or is refused."""
    row, sample = case
    name = row.name.split(".")[-1] + "_"

    def written(engine: Engine) -> Answer:
        def call(x: Any, *args: Any, **kwargs: Any) -> Any:
            x = x * 1  # a leaf may not be written
            assert method(x, *args, **kwargs) is x
            return x

        method = engine.find(f"Tensor.{name}")
        return engine.ask(call, sample.args, sample.kwargs, order=int(differentiable(row, sample)))

    error = refusal(lambda: written(TORCH))
    if error is not None:
        with pytest.raises(builtin(error)):
            written(MINIGRAD)
        return
    ours, theirs = written(MINIGRAD), written(TORCH)
    same(ours.outputs, theirs.outputs, "output", row.rtol)
    same(ours.first, theirs.first, "gradient", row.rtol)


def test_every_op_has_a_row() -> None:
    for module in pkgutil.walk_packages(minigrad.__path__, "minigrad."):
        importlib.import_module(module.name)
    covered = {name for row in ROWS for name in row.covers or (row.name.split(".")[-1],)}
    covered.add("gate")  # of module hooks: does nothing, and nobody can call it
    # test_random_ops.py
    covered |= {"bernoulli_of", "bernoulli_like", "poisson", "normal_around", "normal_as_far", "normal_of"}
    assert sorted(OPS.keys() - covered) == [], "ops without a row in tests/ops/samples_*.py"
    listed = {name for row in ROWS for name in row.covers}
    assert sorted(listed - OPS.keys()) == [], "`covers` names that are not ops"


def test_as_array_shares_nothing_with_torch() -> None:
    x = np.ones(2)
    TORCH.tensor(x).add_(1)
    assert as_array(TORCH.tensor(x)).tolist() == [1.0, 1.0]
