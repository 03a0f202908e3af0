"""A program runs as it does unrecorded, whatever its variables are; what cannot be named has no name."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.microscope import record

F = mg.nn.functional


class Hostile(list[Any]):
    """Whatever is asked of it is an error."""

    def __getattribute__(self, name: str) -> Any:
        raise KeyError(name)

    def __len__(self) -> int:
        raise KeyError("len")

    def __eq__(self, other: object) -> bool:
        raise KeyError("eq")

    __hash__ = None  # type: ignore[assignment]


STRANGE = {
    "infinity": [0, float("inf")],
    "nan": np.array([0, np.nan]),
    "complex": np.array([1j, 2j]),
    "huge": [10**400, 1],
    "ragged": [[1], [2, 3]],
    "texts": ["a", "b"],
    "objects": np.array([object(), None]),
    "scalar array": np.array(3.0),
    "empty": np.zeros((0, 2)),
    "hostile": Hostile([1, 2]),
    "tensors": [mg.tensor(1.0), mg.ones(2)],
}


@pytest.mark.parametrize("kind", STRANGE)
def test_strange_variables(kind: str) -> None:
    strange, self = STRANGE[kind], STRANGE[kind]  # noqa: F841
    w = mg.tensor([[0.1, 0.2], [0.3, 0.4]], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with record() as tape:
            loss = F.nll_loss(w, mg.tensor([0, 1])) * (2 if strange is not None else 1)
            loss.backward()
    assert next(s for s in tape.sources if s.requires_grad).name == "w"
    np.testing.assert_allclose(w.grad.array, [[-1, 0], [0, -1]])


@pytest.mark.parametrize("shape", [(), (1,), (1, 5), (0,)])
def test_expanded_data(shape: tuple[int, ...]) -> None:
    s, v = mg.full(shape, 2.0), mg.ones(0 if shape == (0,) else 5, requires_grad=True)
    with record():
        (v * s.expand(*shape[:-1], *v.shape)).sum().backward()
    assert v.grad.tolist() == [2.0] * v.numel()


def test_data_that_repeats_a_number_has_its_name() -> None:
    s, v = mg.tensor(2.0), mg.ones(5, requires_grad=True)
    with record() as tape:
        F.mse_loss(v, s.expand_as(v))
    assert sorted(source.name for source in tape.sources) == ["s", "v"]


def begun_inside(kind: str) -> Any:
    """A recording that begins inside of something and ends after it."""
    tapes: list[Any] = []
    recording, w = record(), mg.ones(2, requires_grad=True)
    y = w * 2

    def begin(*_: Any) -> None:
        if not tapes:
            tapes.append(recording.__enter__())

    if kind == "hook":
        y.register_hook(begin)
        y.sum().backward()
    elif kind == "node hook":
        y.grad_fn.register_hook(begin)
        y.sum().backward()
    elif kind == "leaf hook":
        w.register_hook(begin)
        y.sum().backward()
    elif kind == "forward":
        layer = mg.nn.Linear(2, 1)
        layer.register_forward_hook(begin)
        layer(w).sum().backward()
    else:
        y.sum().backward()
        mg.optim.SGD([w], lr=0.1).step(begin)
    (w * 3).sum().backward()
    recording.__exit__(None, None, None)
    tapes[0].to_json()
    return tapes[0]


@pytest.mark.parametrize("kind", ["hook", "node hook", "leaf hook", "forward", "closure"])
def test_an_end_without_a_beginning(kind: str) -> None:
    tape = begun_inside(kind)
    assert len(tape.passes) == 1 + (kind == "forward")
    assert tape.passes[-1].line.text == "(w * 3).sum().backward()"
