"""Files go both ways: what one engine wrote, the other reads; what is dangerous or broken is refused by name."""

from __future__ import annotations

import collections
import io
import os
import pickle
import re
import stat
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch as reference

import minigrad
from minigrad import nn
from minigrad.serialization import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals
from reference_torch.oracle import as_array

DTYPES = ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool")
WAYS = [(minigrad, minigrad), (minigrad, reference), (reference, minigrad)]
both_ways = pytest.mark.parametrize(("writer", "reader"), WAYS, ids=["here", "to torch", "from torch"])


def through(writer: Any, reader: Any, value: Any, **options: Any) -> Any:
    file = io.BytesIO()
    writer.save(value, file)
    file.seek(0)
    return reader.load(file, **options)


def saved(value: Any, writer: Any = minigrad) -> bytes:
    file = io.BytesIO()
    writer.save(value, file)
    return file.getvalue()


# ---- what comes through ----


@both_ways
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0, 3), (1, 1)])
def test_tensors(writer: ModuleType, reader: ModuleType, dtype: str, shape: tuple[int, ...]) -> None:
    values = (np.arange(np.prod(shape)).reshape(shape) % 2).tolist()
    x = writer.tensor(values, dtype=getattr(writer, dtype)).reshape(shape)
    y = through(writer, reader, x)
    assert type(y) is reader.Tensor and y.dtype == getattr(reader, dtype) and tuple(y.shape) == shape
    assert y.tolist() == x.tolist() and not y.requires_grad


@both_ways
def test_strides_and_special_numbers(writer: ModuleType, reader: ModuleType) -> None:
    x = writer.tensor([[1.0, float("nan"), float("inf")], [-0.0, 5.0, float("-inf")]])
    for view in (x.t(), x[:, ::2], x[1:], x[1, 2], x.expand(4, 2, 3), x[:1].expand(5, 3)):
        y = through(writer, reader, view)
        assert tuple(y.shape) == tuple(view.shape) and tuple(y.stride()) == tuple(view.stride())
        np.testing.assert_array_equal(as_array(y), as_array(view))


@both_ways
def test_containers_and_plain_values(writer: ModuleType, reader: ModuleType) -> None:
    value = {
        "numbers": [1, -2, 300, 2**40, -(2**70), 2.5, float("inf"), 1 + 2j],
        "flags": (True, False, None, ()),
        3: {"nested": ["é", "a" * 300, {1, 2}, b"bytes", bytearray(b"more"), "multi\nline"]},
        (1, 2): collections.OrderedDict(b=1, a=2),
        "counts": collections.Counter("abca"),
    }
    again = through(writer, reader, value)
    assert again == value and [type(v) for v in again.values()] == [type(v) for v in value.values()]


@both_ways
def test_types_sizes_and_devices(writer: ModuleType, reader: ModuleType) -> None:
    value = [writer.float32, writer.int64, writer.bool, writer.zeros(2, 3).shape, writer.device("cpu")]
    again = through(writer, reader, value)
    assert again == [reader.float32, reader.int64, reader.bool, reader.Size([2, 3]), reader.device("cpu")]
    assert isinstance(again[3], reader.Size)


@both_ways
def test_requires_grad_and_parameters(writer: ModuleType, reader: ModuleType) -> None:
    x = writer.ones(2, requires_grad=True)
    p, frozen = writer.nn.Parameter(writer.ones(2)), writer.nn.Parameter(writer.ones(2), requires_grad=False)
    x2, p2, frozen2, y2 = through(writer, reader, [x, p, frozen, x * 2])
    assert x2.requires_grad and x2.is_leaf and type(x2) is reader.Tensor
    assert type(p2) is reader.nn.Parameter and p2.requires_grad
    assert type(frozen2) is reader.nn.Parameter and not frozen2.requires_grad
    assert y2.requires_grad and y2.is_leaf and y2.tolist() == [2.0, 2.0]
    (x2 * p2).sum().backward()
    assert p2.grad.tolist() == [1.0, 1.0]


@both_ways
def test_shared_memory_stays_shared(writer: ModuleType, reader: ModuleType) -> None:
    x = writer.arange(6.0)
    value = {"row": x[2:4], "x": x, "again": x, "matrix": x.view(2, 3).t(), "detached": x.detach()}
    again = through(writer, reader, value)
    assert again["again"] is again["x"]
    again["x"][2] = 100.0
    assert again["row"].tolist() == [100.0, 3.0] and again["detached"][2].item() == 100.0
    assert again["matrix"].tolist() == [[0.0, 3.0], [1.0, 4.0], [100.0, 5.0]]
    file = zipfile.ZipFile(io.BytesIO(saved(value, writer)))
    assert sum("/data/" in name for name in file.namelist()) == 1


@both_ways
def test_memory_that_is_not_shared_stays_apart(writer: ModuleType, reader: ModuleType) -> None:
    a, b = through(writer, reader, [writer.zeros(2), writer.zeros(2)])
    a.add_(1)
    assert b.tolist() == [0.0, 0.0]


@both_ways
def test_a_models_state(writer: ModuleType, reader: ModuleType) -> None:
    def model(torch: Any) -> Any:
        return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))

    source, target = model(writer), model(reader)
    state = through(writer, reader, source.state_dict())
    assert type(state) is collections.OrderedDict and state._metadata == source.state_dict()._metadata
    target.load_state_dict(state)
    for p, q in zip(source.parameters(), target.parameters(), strict=True):
        assert p.tolist() == q.tolist()


@both_ways
@pytest.mark.parametrize("name", ["SGD", "Adam", "LBFGS"])
def test_an_optimizers_state(writer: ModuleType, reader: ModuleType, name: str) -> None:
    def optimizer(torch: Any) -> Any:
        options = {"momentum": 0.9} if name == "SGD" else {}
        return getattr(torch.optim, name)([torch.ones(3, requires_grad=True)], **options)

    source, target = optimizer(writer), optimizer(reader)
    (x,), (y,) = source.param_groups[0]["params"], target.param_groups[0]["params"]

    def closure() -> Any:
        source.zero_grad()
        loss = (x**2).sum()
        loss.backward()
        return loss

    source.step(closure)
    target.load_state_dict(through(writer, reader, source.state_dict()))
    assert {k: v for k, v in target.param_groups[0].items() if k != "params"} == {
        k: v for k, v in source.param_groups[0].items() if k != "params"
    }
    for key, value in source.state[x].items():
        assert np.array_equal(as_array(value), as_array(target.state[y][key])) or key == "al" or isinstance(value, list)


@both_ways
def test_loaded_memory_can_be_written(writer: ModuleType, reader: ModuleType) -> None:
    x = through(writer, reader, writer.zeros(3))
    x += 1
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_a_private_layout_is_not_shown() -> None:
    """Some ops keep images batch-last in memory; torch's layout is what is saved."""
    x = minigrad.zeros(2, 3)
    x.array = np.arange(6, dtype=np.float32).reshape(3, 2).T
    assert x.is_contiguous()
    a, b = through(minigrad, reference, [x, x.detach()])
    assert a.is_contiguous() and a.tolist() == x.tolist()
    a[0, 0] = 50.0
    assert b[0, 0] == 50.0


def test_negative_strides_and_read_only_memory() -> None:
    x = minigrad.zeros(3)
    x.array = np.arange(3, dtype=np.float32)[::-1]
    y = minigrad.zeros(3)
    y.array = np.broadcast_to(np.float32(2), (3,))
    x2, y2 = through(minigrad, reference, [x, y])
    assert x2.tolist() == [2.0, 1.0, 0.0] and y2.tolist() == [2.0, 2.0, 2.0]


def test_a_whole_model() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
    file = saved(model)
    refused = r"minigrad\.nn\.modules\.container\.Sequential was not an allowed global"
    with pytest.raises(pickle.UnpicklingError, match=refused):
        minigrad.load(io.BytesIO(file))
    again = minigrad.load(io.BytesIO(file), weights_only=False)
    x = minigrad.ones(1, 3)
    assert again(x).tolist() == model(x).tolist() and again[0].weight is not model[0].weight
    optimizer = minigrad.optim.SGD(again.parameters(), lr=1.0)
    again(x).sum().backward()
    optimizer.step()
    assert again(x).tolist() != model(x).tolist()


# ---- where from and where to ----


@pytest.mark.parametrize("kind", [str, Path], ids=["name", "path"])
def test_files_by_name(tmp_path: Path, kind: Any) -> None:
    target = kind(tmp_path / "é x.pt")
    minigrad.save([minigrad.ones(2)], target)
    assert minigrad.load(target)[0].tolist() == reference.load(target)[0].tolist() == [1.0, 1.0]
    assert os.listdir(tmp_path) == ["é x.pt"]


def test_open_files(tmp_path: Path) -> None:
    with open(tmp_path / "x.pt", "wb") as file:
        minigrad.save(minigrad.ones(2), file)
    with open(tmp_path / "x.pt", "rb") as file:
        assert minigrad.load(file).tolist() == [1.0, 1.0]


def test_the_same_value_gives_the_same_bytes() -> None:
    assert saved([minigrad.ones(2), "x"]) == saved([minigrad.ones(2), "x"])


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    minigrad.save(1, path)

    class Torn:
        def __reduce__(self) -> Any:
            raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        minigrad.save(Torn(), path)
    assert minigrad.load(path) == 1 and os.listdir(tmp_path) == ["x.pt"]


def test_a_save_that_breaks_off_in_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pt"
    minigrad.save(1, path)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        minigrad.save(2, path)
    assert minigrad.load(path) == 1 and os.listdir(tmp_path) == ["x.pt"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links of Unix")
def test_modes_and_links_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "x.pt", tmp_path / "link.pt"
    minigrad.save(1, path)
    (tmp_path / "plain").write_bytes(b"")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode
    path.chmod(0o640)
    link.symlink_to(path)
    minigrad.save(2, link)
    assert link.is_symlink() and minigrad.load(path) == 2 and stat.S_IMODE(path.stat().st_mode) == 0o640


def test_no_place_to_save(torch: Any, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"Parent directory .*nowhere does not exist"):
        torch.save({}, tmp_path / "nowhere" / "x.pt")
    with pytest.raises(AttributeError, match="expected 'f' to be string, path, or a file-like object"):
        torch.save({}, 3)
    with pytest.raises(OSError if torch is minigrad else RuntimeError):
        torch.save({}, tmp_path)


def test_nothing_to_load(torch: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "x.pt")
    with pytest.raises(AttributeError, match=r"You can only \w+\.load from a file that is seekable"):
        torch.load(3)
    with pytest.raises(EOFError):
        torch.load(io.BytesIO())


# ---- the place of the tensors ----


@pytest.mark.parametrize(
    "place",
    [None, "cpu", "device", {"cuda:0": "cpu"}, lambda storage, location: storage, lambda storage, location: None],
)
def test_map_location(torch: Any, place: Any) -> None:
    place = torch.device("cpu") if place == "device" else place
    assert through(torch, torch, torch.ones(2), map_location=place).tolist() == [1.0, 1.0]


def from_a_gpu() -> bytes:
    """A file as a GPU's tensors give it."""
    old = zipfile.ZipFile(io.BytesIO(saved(reference.ones(2), reference)))
    new = io.BytesIO()
    with zipfile.ZipFile(new, "w") as archive:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("data.pkl"):
                data = data.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
            archive.writestr(name, data)
    return new.getvalue()


@pytest.mark.skipif(reference.cuda.is_available(), reason="torch would load it to the GPU")
def test_a_file_from_a_gpu(torch: Any) -> None:
    for place in ("cpu", {"cuda:0": "cpu"}, lambda storage, location: storage):
        assert torch.load(io.BytesIO(from_a_gpu()), map_location=place).tolist() == [1.0, 1.0]
    for place in (None, "cuda", {}, lambda storage, location: None):
        with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
            torch.load(io.BytesIO(from_a_gpu()), map_location=place)


# ---- what is refused ----


class Own:
    """A user's class."""

    def __init__(self, x: Any = 0) -> None:
        self.x = x


class Evil:
    """Unpickled without care, it would run a command."""

    def __reduce__(self) -> Any:
        return os.system, ("echo run > /dev/null",)


def test_only_what_is_allowed(torch: Any) -> None:
    for value, name in ((Own(), "Own"), (Evil(), "system"), (np.float64(1), "scalar"), (Path("x"), "Path")):
        with pytest.raises(pickle.UnpicklingError, match=f"(?s)Weights only load failed.*{name}") as caught:
            through(torch, torch, value)
        assert "weights_only" in str(caught.value)


def test_the_users_own_safe_classes(torch: Any) -> None:
    with torch.serialization.safe_globals([Own]):
        assert through(torch, torch, Own(3)).x == 3
        assert Own in torch.serialization.get_safe_globals()
    with pytest.raises(pickle.UnpicklingError, match="add_safe_globals"):
        through(torch, torch, Own())
    assert through(torch, torch, Own(4), weights_only=False).x == 4


def test_safe_classes_under_another_name() -> None:
    add_safe_globals([(Own, f"{__name__}.Own")])
    try:
        assert get_safe_globals() == [Own] and through(minigrad, minigrad, Own(3)).x == 3
        with safe_globals([Evil]):
            assert len(get_safe_globals()) == 2
        assert get_safe_globals() == [Own]
    finally:
        clear_safe_globals()


def archive_of(pickled: bytes, **records: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in {"data.pkl": pickled, "byteorder": b"little", "version": b"3\n", **records}.items():
            archive.writestr(f"archive/{name}", data)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("pickled", "words"),
    [
        (b"\x80\x02ctorch\nfloat32\nN}X\x04\x00\x00\x00nameX\x01\x00\x00\x00as\x86b.", "Can only build OrderedDict"),
        (b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00aK\x01sb.", "Can only build OrderedDict"),
        (b"\x80\x02cminigrad.serialization\nload\nX\x01\x00\x00\x00a\x85R.", "not an allowed global"),
        (b"\x80\x02cos\nsystem\nX\x01\x00\x00\x00a\x85R.", "GLOBAL os.system"),
        (b"(ccollections\nOrderedDict\no.", "has a step b'o'"),
        (b"(S'a'\nios\nsystem\n.", "has a step b'S'"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "another pickle_protocol"),
        (b"\x80\x02ctorch.nn.modules.linear\nLinear\n.", "torch.nn.modules.linear.Linear is torch's own"),
        (b"\x80\x02ctorch\nBFloat16Storage\n.", "types that minigrad has"),
        (b"\x80\x02K\x01", "its pickle is corrupt"),
        (b"", "its pickle is corrupt"),
        (b"\x80\x02ctorch\nSize\nK\x01\x85R.", "its pickle is corrupt: TypeError"),
    ],
)  # fmt: skip
def test_pickles_that_are_refused(pickled: bytes, words: str) -> None:
    with pytest.raises(pickle.UnpicklingError, match=words):
        minigrad.load(archive_of(pickled))
    assert minigrad.float32.name == "float32"


@pytest.mark.parametrize(
    ("offset", "size", "stride"), [(3, 2, 1), (0, 5, 1), (0, 2, 4), (-1, 2, 1), (0, 2, -1), (0, -2, 1), (2**62, 1, 1)]
)
def test_tensors_that_reach_outside_their_storage(offset: int, size: int, stride: int) -> None:
    source = zipfile.ZipFile(io.BytesIO(saved(minigrad.ones(4))))
    pickled = b"\x80\x02ctorch._utils\n_rebuild_tensor\n(" + _storage_of(source.read("archive/data.pkl"))
    for value in (offset, (size,), (stride,)):
        pickled += pickle.dumps(value, 2)[2:-1].replace(b"q\x00", b"")  # without its frame: PROTO, PUT and STOP
    with pytest.raises(pickle.UnpicklingError, match="its pickle is corrupt"):
        minigrad.load(archive_of(pickled + b"tR.", **{"data/0": source.read("archive/data/0")}))


def _storage_of(pickled: bytes) -> bytes:
    start, end = pickled.index(b"(X\x07\x00\x00\x00storage"), pickled.index(b"Q")
    return pickled[start : end + 1]


def test_broken_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    whole = saved({"w": minigrad.ones(100)})
    for part in (whole[:-1], whole[:-30], whole[: len(whole) // 2], whole[:10], b"hello", b"\x80\x02K\x01.", b"PK"):
        path.write_bytes(part)
        with pytest.raises(RuntimeError, match=re.escape(str(path))):
            minigrad.load(path)
    path.write_bytes(b"")
    with pytest.raises(EOFError, match=re.escape(str(path))):
        minigrad.load(path)


def test_flipped_bits_are_noticed() -> None:
    whole = bytearray(saved({"w": minigrad.ones(100)}))
    at = whole.index(b"\x00\x00\x80?") + 40
    whole[at] ^= 1
    with pytest.raises(RuntimeError, match="record data/0 is corrupt"):
        minigrad.load(io.BytesIO(bytes(whole)))


def test_missing_and_short_records() -> None:
    source = zipfile.ZipFile(io.BytesIO(saved(minigrad.ones(4))))
    pickled = source.read("archive/data.pkl")
    with pytest.raises(RuntimeError, match="has no record data/0"):
        minigrad.load(archive_of(pickled))
    with pytest.raises(RuntimeError, match="storage 0 has 2 elements, 4 expected"):
        minigrad.load(archive_of(pickled, **{"data/0": bytes(8)}))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/other", b"")
    file.seek(0)
    with pytest.raises(RuntimeError, match=r"has no record data\.pkl"):
        minigrad.load(file)
    with pytest.raises(RuntimeError, match="TorchScript"):
        minigrad.load(archive_of(pickled, **{"constants.pkl": b""}))


def test_the_other_byte_order() -> None:
    source = zipfile.ZipFile(io.BytesIO(saved(minigrad.tensor([1.0, 2.0]))))
    swapped = np.array([1.0, 2.0], ">f4").tobytes()
    file = archive_of(source.read("archive/data.pkl"), **{"data/0": swapped, "byteorder": b"big"})
    assert minigrad.load(file).tolist() == [1.0, 2.0]


def test_a_torch_model_is_refused_by_name() -> None:
    file = saved(reference.nn.Linear(2, 1), reference)
    for weights_only in (True, False):
        with pytest.raises(pickle.UnpicklingError, match=r"torch\.nn\.modules\.linear\.Linear is torch's own"):
            minigrad.load(io.BytesIO(file), weights_only=weights_only)
