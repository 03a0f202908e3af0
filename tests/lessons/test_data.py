"""The lessons' data: what is embedded, what is read from a folder, what is downloaded, and every way a file is bad."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
import unicodedata
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lessons.runner import data, download
from lessons.runner.errors import InputError
from lessons.runner.files import read_csv, read_idx

PARTS = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_mnist(folder: Path, count: int = 5, label: int = 3) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        array = np.full((count, 28, 28), 7, np.uint8) if "images" in part else np.full(count, label, np.uint8)
        (folder / f"{part}-ubyte.gz").write_bytes(gzip.compress(idx(array), mtime=0))


def write_csv(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_embedded_digits():
    (images, labels), (unseen, answers) = data.digits()
    assert images.shape == (1497, 28, 28)
    assert unseen.shape == (300, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert images.max() == 255
    assert not images[:, :4].any()  # a margin, as MNIST's
    assert np.bincount(np.concatenate([labels, answers])).min() > 170


def test_framing_keeps_the_ink():
    counts = np.random.default_rng(0).integers(0, 17, (3, 8, 8))
    ink = data.frame(counts).sum(axis=(1, 2)) / 255 / 20**2
    np.testing.assert_allclose(ink, counts.sum(axis=(1, 2)) / 16 / 8**2, rtol=1e-2)
    assert (data.frame(np.full((1, 8, 8), 16))[0, 4:24, 4:24] == 255).all()


def test_embedded_diabetes():
    xy = data.diabetes()
    assert xy.shape == (442, 9)
    assert xy.dtype == np.float32
    np.testing.assert_array_equal(xy[:, :8].min(axis=0), -1)
    np.testing.assert_array_equal(xy[:, :8].max(axis=0), 1)
    assert xy[:, 8].mean() == 0.5


def test_embedded_surnames():
    (names, countries), (unseen, homes) = data.surnames()
    assert (len(names), len(unseen)) == (728, 182)
    assert len(set(countries)) == len(set(homes)) == 18
    assert not {*zip(names, countries, strict=True)} & {*zip(unseen, homes, strict=True)}
    letters = {letter for name in names for letter in name}
    assert {*"éřИΠ王佐김ễ' "} <= letters
    assert all(name == name.strip() == unicodedata.normalize("NFC", name) for name in names + unseen)


def test_embedded_files_are_small_and_their_origin_is_told():
    folder = data.EMBEDDED
    assert sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) < 1_000_000
    readme = (folder / "README.md").read_text()
    told = ("digits.npz", "diabetes.csv.gz", "names.csv", "CC BY 4.0", "BSD 3-Clause", "MIT")
    assert all(name in readme for name in told)


def test_a_folder_of_real_files(tmp_path):
    write_mnist(tmp_path / "MNIST" / "raw")
    write_csv(tmp_path / "diabetes.csv.gz", "-0.5,1,2e-1,0,0,0,0,0,1\n\n0,0,0,0,0,0,0,0,0\n")
    loaded = data.load("digits", str(tmp_path))
    assert loaded["train_data"][0].shape == (5, 28, 28)
    assert loaded["test_data"][1].tolist() == [3] * 5
    assert loaded["test_data"][0].flags.writeable  # or torch.from_numpy warns
    np.testing.assert_array_equal(
        data.load("diabetes", str(tmp_path))["xy"][0], np.array([-0.5, 1, 0.2, 0, 0, 0, 0, 0, 1], np.float32)
    )


@pytest.mark.parametrize("content", [lambda c: c[: len(c) // 2], lambda c: c[:-4]], ids=["half", "no checksum"])
def test_truncated_gz(tmp_path, content):
    path = tmp_path / "x.gz"
    path.write_bytes(content(gzip.compress(idx(np.random.default_rng(0).integers(0, 255, 9999).astype(np.uint8)))))
    with pytest.raises(InputError, match=r"x\.gz: the file ends too early.*fetch it again$"):
        read_idx(path, dims=1)


def test_corrupt_gz(tmp_path):
    path = tmp_path / "x.gz"
    whole = gzip.compress(idx(np.random.default_rng(0).integers(0, 255, 9999).astype(np.uint8)))
    for place in (0, 2, 12, 200, 5000, len(whole) - 6):
        bad = bytearray(whole)
        bad[place] ^= 0xFF
        path.write_bytes(bad)
        with pytest.raises(InputError, match=r"x\.gz: (damaged|the file ends).*fetch it again$"):
            read_idx(path, dims=1)
    path.write_bytes(b"<html>Not found</html>")
    with pytest.raises(InputError, match=r"x\.gz: damaged, or not a \.gz file"):
        read_idx(path, dims=1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an idx file"),
        (b"\0\0\x08\x03" + bytes(12), "not an idx file of bytes with 1 axes"),
        (b"\0\0\x0d\x01" + bytes(4), "not an idx file"),
        (struct.pack(">4BI", 0, 0, 8, 1, 9) + bytes(5), "5 bytes of data, its header promises 9"),
    ],
)
def test_bad_idx(tmp_path, content, words):
    (tmp_path / "x.gz").write_bytes(gzip.compress(content))
    with pytest.raises(InputError, match=words):
        read_idx(tmp_path / "x.gz", dims=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2\n3,four\n", r"x\.csv\.gz, line 2: 'four' is not a number"),
        ("1,2\n3,\n", "line 2: '' is not a number"),
        ("1,nan\n", "line 1: 'nan' is not a number"),
        ("1,2\n1,2,3\n", "line 2: 3 columns; it must have 2"),
        ("1;2\n", "line 1: 1 columns"),
        ("", "the table is empty"),
    ],
)
def test_bad_csv(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read_csv(write_csv(tmp_path / "x.csv.gz", text), columns=2)


def test_csv_that_is_no_text(tmp_path):
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"\xff\xfe\x00"))
    with pytest.raises(InputError, match="not a text file"):
        read_csv(tmp_path / "x.csv.gz", columns=2)


def test_outcome_must_be_0_or_1(tmp_path):
    write_csv(tmp_path / "diabetes.csv.gz", "0,0,0,0,0,0,0,0,1\n0,0,0,0,0,0,0,0,2\n")
    with pytest.raises(InputError, match="row 2: the last column is 2; it must be 0 or 1"):
        data.diabetes(str(tmp_path))


def test_labels_must_fit(tmp_path):
    write_mnist(tmp_path / "MNIST" / "raw", label=10)
    with pytest.raises(InputError, match="5 labels up to 10 for 5 images"):
        data.digits(str(tmp_path))


def test_images_must_be_28_by_28(tmp_path):
    write_mnist(tmp_path / "MNIST" / "raw")
    (tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte.gz").write_bytes(
        gzip.compress(idx(np.zeros((5, 8, 8), np.uint8)))
    )
    with pytest.raises(InputError, match=r"the images are \(8, 8\); they must be 28 x 28"):
        data.digits(str(tmp_path))


def test_a_folder_where_a_file_should_be(tmp_path):
    (tmp_path / "diabetes.csv.gz").mkdir()
    with pytest.raises(InputError, match=r"diabetes\.csv\.gz: cannot be read"):
        data.diabetes(str(tmp_path))


def write_names(folder: Path, train: str, test: str = "Novák,Czech\n") -> str:
    write_csv(folder / "names_train.csv.gz", train)
    write_csv(folder / "names_test.csv.gz", test)
    return str(folder)


def test_a_folder_of_surnames(tmp_path):
    folder = write_names(tmp_path, '"de Jong, jr.","Dutch"\r\n\r\n Novák , Czech\r\n')
    loaded = data.load("names", folder)
    assert loaded["train_data"] == (["de Jong, jr.", "Novák"], ["Dutch", "Czech"])
    assert loaded["test_data"] == (["Novák"], ["Czech"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Novák\n", "line 1: 1 columns; it must have 2, a surname and a country"),
        ("Novák,Czech\nSilva,Portuguese,Brazilian\n", "line 2: 3 columns"),
        ("Novák,Czech\n ,Czech\n", "line 2: the surname is empty"),
        ("Novák,\n", "line 1: the country is empty"),
        ('Novák,"Czech', "not a table of comma-separated values"),
        ("\n\n", "the table is empty"),
        ("Silva,Portuguese\n", "no surname in names_train.csv.gz is from 'Czech'"),
    ],
)
def test_bad_surnames(tmp_path, text, words):
    with pytest.raises(InputError, match=words) as caught:
        data.surnames(write_names(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_truncated_surnames(tmp_path):
    folder = write_names(tmp_path, "Novák,Czech\n" * 99)
    path = tmp_path / "names_train.csv.gz"
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(InputError, match=r"names_train\.csv\.gz: the file ends too early.*fetch it again$"):
        data.surnames(folder)
    path.write_bytes(gzip.compress("Novák,Czech".encode("iso8859-2")))
    with pytest.raises(InputError, match="not a text file: it must hold a surname and a country per line"):
        data.surnames(folder)


def test_cache_folder(monkeypatch):
    monkeypatch.setenv("MINIGRAD_HOME", "/a")
    monkeypatch.setenv("XDG_CACHE_HOME", "/b")
    assert download.cache() == Path("/a")
    monkeypatch.delenv("MINIGRAD_HOME")
    assert download.cache() == Path("/b/minigrad")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert download.cache() == Path.home() / ".cache" / "minigrad"


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """torchvision downloads from a folder that this machine serves to itself."""
    from torchvision.datasets import MNIST

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    write_mnist(tmp_path / "mirror")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "mirror")))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    names = [f"{part}-ubyte.gz" for part in PARTS]
    md5 = [hashlib.md5((tmp_path / "mirror" / name).read_bytes()).hexdigest() for name in names]
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    monkeypatch.setattr(MNIST, "resources", list(zip(names, md5, strict=True)))
    monkeypatch.setenv("MINIGRAD_HOME", str(tmp_path / "home"))
    yield tmp_path / "mirror"
    server.shutdown()
    server.server_close()
    thread.join()


def test_download_is_kept_and_repaired(mirror, tmp_path):
    train, _ = data.digits("download")
    assert train[0].shape == (5, 28, 28)
    raw = tmp_path / "home" / "MNIST" / "raw"
    assert sorted(path.name for path in raw.iterdir()) == sorted(f"{part}-ubyte.gz" for part in PARTS)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["MNIST"]  # nothing half-done is left
    before = {path: path.stat().st_mtime_ns for path in raw.iterdir()}
    data.digits("download")
    assert before == {path: path.stat().st_mtime_ns for path in raw.iterdir()}

    damaged = raw / "t10k-labels-idx1-ubyte.gz"
    damaged.write_bytes(damaged.read_bytes()[:10])
    assert data.digits("download")[1][1].tolist() == [3] * 5


def test_a_download_with_a_wrong_checksum_is_refused(mirror, tmp_path):
    (mirror / "train-labels-idx1-ubyte.gz").write_bytes(b"something else")
    with pytest.raises(InputError, match="MNIST could not be downloaded"):
        data.digits("download")
    assert not list((tmp_path / "home" / "MNIST" / "raw").iterdir())


def test_without_a_network_the_way_by_hand_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.MNIST.mirrors", ["http://127.0.0.1:9/mnist/"])  # nobody answers there
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("MINIGRAD_HOME", str(tmp_path / "home"))
    with pytest.raises(InputError) as caught:
        data.digits("download")
    message = str(caught.value)
    assert "\n" not in message
    assert "Connection refused); looked in http://127.0.0.1:9/mnist/. " in message
    assert f"By hand: put train-images-idx3-ubyte.gz, {PARTS[1]}-ubyte.gz" in message
    assert f"into {tmp_path / 'home' / 'MNIST' / 'raw'}, or into DIR/MNIST/raw and use --data DIR" in message


def test_tables_are_nowhere_to_download():
    assert data.surnames("download") == data.surnames()
    np.testing.assert_array_equal(data.load("diabetes", "download")["xy"], data.diabetes())
