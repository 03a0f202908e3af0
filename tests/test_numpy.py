"""NumPy's functions on tensors: torch's classes, types, numbers and refusals; what would leave the graph is refused."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch as reference

import minigrad

UFUNCS = {u.__name__: u for u in vars(np).values() if isinstance(u, np.ufunc)}

TENSORS: dict[str, Callable[[Any], Any]] = {
    "float32": lambda t: t.tensor([1.0, 4.0, 0.5]),
    "float64": lambda t: t.tensor([1.0, 4.0, 0.5], dtype=t.float64),
    "float16": lambda t: t.tensor([1.0, 4.0, 0.5]).half(),
    "int64": lambda t: t.tensor([1, 4, 2]),
    "int8": lambda t: t.tensor([1, 4, 2], dtype=t.int8),
    "uint8": lambda t: t.tensor([1, 4, 2], dtype=t.uint8),
    "bool": lambda t: t.tensor([True, False, True]),
    "no dimension": lambda t: t.tensor(4.0),
    "transposed": lambda t: t.arange(9.0).reshape(3, 3).t(),
    "empty": lambda t: t.zeros(0, 3),
    "leaf": lambda t: t.tensor([1.0, 4.0, 0.5], requires_grad=True),
    "parameter": lambda t: t.nn.Parameter(t.ones(3)),
}
OTHERS: dict[str, Any] = {
    "int": 2,
    "float": 0.5,
    "floats": np.array([1.0, 2.0, 3.0]),
    "ints": np.array([1, 2, 3]),
}


def outcome(call: Callable[[], Any]) -> Any:
    """Class, type and numbers of what comes out, or the class of the exception."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = call()
        except Exception as error:
            return type(error).__name__
    parts = found if isinstance(found, (tuple, list)) else (found,)
    return [(type(x).__name__, str(getattr(x, "dtype", "")), repr(x)) for x in parts]


def calls(u: Any, tensor: Callable[[Any], Any]) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    n, outs = u.nin, u.nout
    yield "alone", lambda t: u(*[tensor(t)] * n)
    yield "out", lambda t: u(*[tensor(t)] * n, out=(np.zeros((3, 3)),) * outs)
    if n == 2:
        for name, other in OTHERS.items():
            yield f"beside {name}", lambda t, other=other: u(tensor(t), other)  # type: ignore[misc]
            yield f"after {name}", lambda t, other=other: u(other, tensor(t))  # type: ignore[misc]
        yield "reduce", lambda t: u.reduce(tensor(t))
        yield "reduce, keepdims", lambda t: u.reduce(tensor(t), axis=0, keepdims=True)
        yield "accumulate", lambda t: u.accumulate(tensor(t))
        yield "outer", lambda t: u.outer(tensor(t), tensor(t))


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs(name: str) -> None:
    part = {}
    for kind, tensor in TENSORS.items():
        for how, call in calls(UFUNCS[name], tensor):
            ours, torchs = outcome(lambda c=call: c(minigrad)), outcome(lambda c=call: c(reference))  # type: ignore[misc]
            if ours != torchs and "uint64" not in str(torchs):  # a type that tensors do not have here
                part[kind, how] = ours, torchs
    assert part == {}


FUNCTIONS = """
t*a
ti+a
np.add(t,1)
np.add(1,t)
np.add(t,t)
np.add(a,t)
np.add(t,a)
np.maximum(t,a)
np.maximum(t,af)
np.matmul(t,t)
np.dot(t,t)
np.clip(t,0,1)
np.mean(t)
np.sum(t)
np.sum(t,axis=0)
np.sum(t,axis=0,keepdims=True)
np.max(t)
np.concatenate([t,t])
np.stack([t,t])
np.linalg.norm(t)
np.allclose(t,t)
np.array_equal(t,t)
np.float64(2)*t
np.float32(2)*t
np.float64(2)*tg
np.float64(2)+ti
np.int64(2)*ti
t*np.float64(2)
np.float64(2)-t
np.float64(2)/t
np.float64(2)**t
np.float64(2)>t
a==t
np.modf(t)
np.divmod(t,2)
np.add.reduce(t)
np.add.accumulate(t)
np.add.outer(t,t)
np.add(t,t,out=np.zeros(2,dtype=np.float32))
np.add(t,t,out=T.zeros(2))
np.add(t,1,where=[True,False])
np.exp(t,dtype=np.float64)
np.add.at(t,[0],1)
np.asarray(t)
np.array(t)
np.array(tg)
np.asarray(t,dtype=np.float64)
np.array([t,t])
np.array([tg,tg])
np.atleast_1d(t)
np.isfinite(t).all()
np.where(tb,t,t)
np.round(t)
np.argmax(t)
np.sort(t)
np.unique(t)
np.std(t)
np.median(t)
np.percentile(t,50)
np.cumsum(t)
np.prod(t)
np.transpose(T.zeros(2,3))
np.reshape(t,(2,1))
np.squeeze(t)
np.expand_dims(t,0)
np.ravel(t)
np.testing.assert_allclose(t,t)
np.copy(t)
np.zeros_like(t)
np.ones_like(t)
np.full_like(t,3)
np.shape(t)
np.ndim(t)
np.histogram(t)
np.interp(t,a,a)
np.einsum('i,i',t,t)
np.diff(t)
np.outer(t,t)
np.tensordot(t,t,1)
np.any(tb)
np.all(tb)
np.logical_not(tb)
np.invert(tb)
np.bitwise_and(ti,ti)
np.nonzero(t)
np.repeat(t,2)
np.tile(t,2)
np.flip(t)
np.roll(t,1)
np.take(t,[0])
np.split(t,2)
np.var(t)
np.ptp(t)
np.searchsorted(t,2)
np.isclose(t,t)
np.nan_to_num(t)
np.real(t)
np.angle(t)
np.sinc(t)
np.cross(t,t)
np.trace(T.eye(2))
np.diag(t)
np.linalg.inv(T.eye(2))
np.linalg.svd(T.eye(2))
np.linalg.det(T.eye(2))
np.float64(t0)
float(t0)
np.float32(t0)
np.int64(ti[0])
np.asarray(t,copy=True)
a.dot(t)
a@t
t@a
a[ti.clip(0,1)]
np.ma.array(t)
np.frombuffer(t)
memoryview(t)
bytes(t)
len(np.array_split(t,2))
np.add(a,t,out=a)
a.__setitem__(slice(None),t)
np.ldexp(t,ti)
np.frexp(t)
np.spacing(t)
np.vectorize(lambda x:x+1)(t)
np.apply_along_axis(np.sum,0,t)
np.save(io.BytesIO(),t)
np.meshgrid(t,t)
np.broadcast_to(t,(2,2))
np.pad(t,1)
np.convolve(t,t)
np.corrcoef(t,t)
np.cov(t)
np.result_type(t,t)
np.iterable(t)
np.isscalar(t0)
np.ascontiguousarray(t)
np.fromiter(t,float)
np.lexsort((t,t))
np.argsort(t)
np.bincount(ti)
np.digitize(t,a)
np.average(t,weights=t)
np.nanmean(t)
np.nansum(t)
np.count_nonzero(t)
np.fft.fft(t)
np.poly1d(t)
np.polyfit(t,t,0)
np.trapezoid(t)
np.gradient(t)
np.select([tb],[t])
np.piecewise(t,[tb],[1])
np.put(t,[0],3)
np.copyto(a,t)
np.fill_diagonal(T.zeros(2,2),1)
str(np.asarray(t))
"""


@pytest.mark.parametrize("expression", FUNCTIONS.split("\n")[1:-1])
def test_functions(expression: str) -> None:
    def run(t: Any) -> Any:
        names = {
            "t": t.tensor([1.0, 4.0]),
            "ti": t.tensor([1, 4]),
            "tb": t.tensor([True, False]),
            "t0": t.tensor(4.0),
            "tg": t.tensor([1.0, 4.0], requires_grad=True),
            "a": np.array([2.0, 3.0]),
            "af": np.array([2.0, 3.0], np.float32),
        }
        return eval(expression, {"np": np, "io": io, "T": t} | names)

    assert outcome(lambda: run(minigrad)) == outcome(lambda: run(reference))


def test_an_array_times_a_tensor_stays_in_the_graph() -> None:
    x = minigrad.tensor([1.0, 2.0], requires_grad=True)
    a = np.array([3.0, 4.0])
    (a * x + x * a + np.float64(2) * x).sum().backward()
    assert x.grad.tolist() == [8.0, 10.0]
    assert isinstance(a > x, minigrad.Tensor) and isinstance(a - x, minigrad.Tensor)


def test_a_requested_array_is_shared_or_copied() -> None:
    x = minigrad.tensor([1.0, 2.0])
    assert np.shares_memory(np.asarray(x), x.numpy()) and np.shares_memory(np.array(x, copy=False), x.numpy())
    assert not np.shares_memory(np.array(x), x.numpy())
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.asarray(x, np.float64, copy=False)
