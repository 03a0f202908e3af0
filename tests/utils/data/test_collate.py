"""default_collate and default_convert make what torch's make: values, types, classes of containers, errors."""

from __future__ import annotations

from collections import OrderedDict, UserDict, UserList, defaultdict, namedtuple
from collections.abc import Mapping, Sequence
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
import pytest
import torch as _torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import minigrad

Point = namedtuple("Point", "x y")


class Words(Sequence[Any]):
    """A sequence that cannot be made from a list of items only."""

    def __init__(self, one: Any, two: Any) -> None:
        self.items = [one, two]

    def __len__(self) -> int:
        return 2

    def __getitem__(self, i: Any) -> Any:
        return self.items[i]


class Frozen(Mapping[str, Any]):
    """A mapping that is made from a mapping, and never changes."""

    def __init__(self, items: Any) -> None:
        self.items_ = dict(items)

    def __len__(self) -> int:
        return len(self.items_)

    def __iter__(self) -> Any:
        return iter(self.items_)

    def __getitem__(self, key: str) -> Any:
        return self.items_[key]


class Tagged(dict[str, Any]):
    """A dict with an attribute, which collating keeps."""

    tag = "none"


def shown(x: Any) -> Any:
    """Everything about a batch that can be compared across engines: types of containers, of numbers, and values."""
    if isinstance(x, minigrad.Tensor | _torch.Tensor):
        return ("tensor", str(x.dtype), list(x.shape), x.tolist())
    if isinstance(x, Mapping):
        return (type(x).__name__, getattr(x, "tag", None), {k: shown(v) for k, v in x.items()})
    if isinstance(x, str | bytes):
        return x
    if isinstance(x, np.ndarray):
        return ("array", x.tolist())
    if isinstance(x, Sequence):
        return (type(x).__name__, [shown(v) for v in x])
    return (type(x).__name__, x)


def outcome(torch: ModuleType, function: str, make: Any) -> Any:
    """The result of ``function(make(torch))``, or the class of its exception."""
    try:
        return shown(getattr(torch.utils.data, function)(make(torch)))
    except Exception as error:
        return type(error)


def tagged(**items: Any) -> Tagged:
    result = Tagged(items)
    result.tag = "kept"
    return result


BATCHES: dict[str, Any] = {
    "ints": lambda t: [1, 2, 3],
    "bools": lambda t: [True, False],
    "floats": lambda t: [1.5, 2.0],
    "int, float": lambda t: [1, 2.5],
    "float, int": lambda t: [1.5, 2],
    "strings": lambda t: ["a", "b"],
    "bytes": lambda t: [b"a", b"b"],
    "tensors": lambda t: [t.ones(2, 3), t.zeros(2, 3)],
    "0-d tensors": lambda t: [t.tensor(1), t.tensor(2)],
    "empty tensors": lambda t: [t.ones(0, 3)] * 2,
    "half tensors": lambda t: [t.ones(2, dtype=t.float16)],
    "tensors of several shapes": lambda t: [t.ones(2), t.ones(3)],
    "tensor, array": lambda t: [t.ones(2), np.ones(2)],
    "arrays": lambda t: [np.arange(3), np.arange(3, 6)],
    "arrays of float32": lambda t: [np.ones((2, 2), np.float32)] * 2,
    "arrays of bool": lambda t: [np.array([True, False])],
    "0-d arrays": lambda t: [np.array(1.5), np.array(2.5)],
    "arrays, strided": lambda t: [np.arange(6)[::2], np.arange(6)[1::2]],
    "arrays of several shapes": lambda t: [np.ones(2), np.ones(3)],
    "arrays of text": lambda t: [np.array(["a"])],
    "arrays of objects": lambda t: [np.array([None])],
    "np.float32": lambda t: [np.float32(1), np.float32(2)],
    "np.float64": lambda t: [np.float64(1), np.float64(2)],
    "np.int8": lambda t: [np.int8(1), np.int8(2)],
    "np.bool": lambda t: [np.bool(True), np.bool(False)],
    "np.str_": lambda t: [np.str_("a"), np.str_("b")],
    "dicts": lambda t: [{"a": 1, "b": [1.5, "x"]}, {"a": 2, "b": [2.5, "y"]}],
    "dicts, keys differ": lambda t: [{"a": 1}, {"b": 2}],
    "dicts, more keys later": lambda t: [{"a": 1}, {"a": 2, "b": 2}],
    "OrderedDict": lambda t: [OrderedDict(b=1, a=2)] * 2,
    "defaultdict": lambda t: [defaultdict(list, b=1)] * 2,
    "UserDict": lambda t: [UserDict(b=1)] * 2,
    "dict with an attribute": lambda t: [tagged(a=1), tagged(a=2)],
    "frozen mapping": lambda t: [Frozen({"a": 1}), Frozen({"a": 2})],
    "mapping proxy": lambda t: [MappingProxyType({"a": 1})] * 2,
    "named tuples": lambda t: [Point(1, 2.5), Point(3, 4.5)],
    "tuples": lambda t: [(1, "a"), (2, "b")],
    "lists": lambda t: [[1, np.ones(2)], [2, np.zeros(2)]],
    "empty lists": lambda t: [[], []],
    "lists of several lengths": lambda t: [[1, 2], [3]],
    "tuples of several lengths": lambda t: [(1,), (3, 4)],
    "UserList": lambda t: [UserList([1, 2])] * 2,
    "ranges": lambda t: [range(2), range(2, 4)],
    "sequence that takes no list": lambda t: [Words(1, 2), Words(3, 4)],
    "nested": lambda t: [({"p": Point([1, 2], t.ones(2))}, "s")] * 3,
    "None": lambda t: [None, None],
    "sets": lambda t: [{1}, {2}],
    "an image": lambda t: [Image.new("L", (2, 2))],
    "an image in a tuple": lambda t: [(Image.new("L", (2, 2)), 1)],
    "an object in a dict": lambda t: [{"a": object()}],
    "nothing": lambda t: [],
    "huge ints": lambda t: [2**70],
}


@pytest.mark.parametrize("function", ["default_collate", "default_convert"])
@pytest.mark.parametrize("name", BATCHES)
def test_as_torch(name: str, function: str) -> None:
    expected = outcome(_torch, function, BATCHES[name])
    found = outcome(minigrad, function, BATCHES[name])
    if name.startswith("an ") and function == "default_convert":
        return  # what is not a number passes, and is another object in each call
    assert found == expected


numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.booleans() | st.text(max_size=3)
samples = st.recursive(
    numbers,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3) | st.tuples(inner, inner)
    ),
    max_leaves=6,
)


@given(samples, st.integers(1, 4))
def test_any_nesting(sample: Any, n: int) -> None:
    for function in ("default_collate", "default_convert"):
        assert outcome(minigrad, function, lambda t: [sample] * n) == outcome(_torch, function, lambda t: [sample] * n)


def test_the_message_names_the_class_and_the_cure() -> None:
    with pytest.raises(TypeError, match=r"found <class 'PIL.Image.Image'>.*ToTensor"):
        minigrad.utils.data.default_collate([Image.new("L", (2, 2))])


def test_gradients_flow_through_a_batch() -> None:
    x = minigrad.ones(2, requires_grad=True)
    minigrad.utils.data.default_collate([x, 3 * x]).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [4, 4]


def test_tensors_of_torch_become_ours() -> None:
    sample = (_torch.ones(2, requires_grad=True), _torch.tensor(3), {"k": _torch.nn.Parameter(_torch.zeros(1))})
    x, y, rest = minigrad.utils.data.default_collate([sample, sample])
    assert shown([x, y, rest]) == shown([minigrad.ones(2, 2), minigrad.tensor([3, 3]), {"k": minigrad.zeros(2, 1)}])
    assert all(type(t) is minigrad.Tensor for t in (x, y, rest["k"]))
    assert shown(minigrad.utils.data.default_convert(sample[:2])) == shown([minigrad.ones(2), minigrad.tensor(3)])
