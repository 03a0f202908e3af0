"""The lessons' data as ndarrays: embedded in lessons/data, from a folder of real files, or downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lessons.runner.download import mnist_folder
from lessons.runner.errors import InputError, check_folder
from lessons.runner.files import Array, read_csv, read_idx, read_names

EMBEDDED = Path(__file__).parents[1] / "data"
TRAINING_DIGITS = 1497  # of 1797: the rest tests
EVERY_FIFTH = slice(4, None, 5)  # of the embedded surnames tests

Names = tuple[list[str], list[str]]


def load(name: str, source: str) -> dict[str, Any]:
    """The arguments that a lesson which needs ``name`` takes.

    Shapes  "diabetes" -> xy (N, 9) float32; "digits" -> train and test, each images (N, 28, 28) and labels (N,), uint8;
            "names" -> train and test, each surnames and their countries, lists of strings
    Raises  InputError naming the file, with a hint.
    """
    if source not in ("embedded", "download"):
        check_folder(Path(source))
    if name == "diabetes":
        return {"xy": diabetes(source)}
    train, test = digits(source) if name == "digits" else surnames(source)
    return {"train_data": train, "test_data": test}


def diabetes(source: str = "embedded") -> Array:
    """8 features scaled to [-1, 1] and an outcome, 0 or 1, per row; nobody hosts it for download."""
    folder = EMBEDDED if source in ("embedded", "download") else Path(source)
    path = folder / "diabetes.csv.gz"
    xy = read_csv(path, columns=9)
    outcome = xy[:, -1]
    if wrong := np.flatnonzero((outcome != 0) & (outcome != 1)).tolist():
        raise InputError(f"{path}, row {wrong[0] + 1}: the last column is {outcome[wrong[0]]:g}; it must be 0 or 1")
    return xy


def digits(source: str = "embedded") -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """(images, labels) to train on and (images, labels) to test with: MNIST, or the embedded digits framed like it."""
    if source == "embedded":
        with np.load(EMBEDDED / "digits.npz") as file:
            images, labels = frame(file["images"]), file["labels"]
        k = TRAINING_DIGITS
        return (images[:k], labels[:k]), (images[k:], labels[k:])
    folder = mnist_folder() if source == "download" else Path(source)
    raw = folder / "MNIST" / "raw"
    return _mnist(raw, "train"), _mnist(raw, "t10k")


def surnames(source: str = "embedded") -> tuple[Names, Names]:
    """(surnames, countries) to train on and to test with; nobody hosts them for download."""
    if source in ("embedded", "download"):
        names, countries = read_names(EMBEDDED / "names.csv")
        test = names[EVERY_FIFTH], countries[EVERY_FIFTH]
        del names[EVERY_FIFTH], countries[EVERY_FIFTH]
        return (names, countries), test
    folder = Path(source)
    train_names, test_names = (read_names(folder / f"names_{part}.csv.gz") for part in ("train", "test"))
    if unknown := sorted({*test_names[1]} - {*train_names[1]}):
        raise InputError(
            f"{folder / 'names_test.csv.gz'}: no surname in names_train.csv.gz is from {unknown[0]!r}: what is tested "
            "must be taught; fetch both files again"
        )
    return train_names, test_names


def frame(images: Array) -> Array:
    """Digits of 8 x 8 counts 0..16, enlarged to 20 x 20 and set in the middle of 28 x 28, 0..255.

    Enlarging is linear along each axis: two matrix products, enlarge @ image @ enlarge.T.

    Shapes  (N, 8, 8) -> (N, 28, 28) uint8
    """
    position = np.clip((np.arange(20) + 0.5) * 8 / 20 - 0.5, 0, 7)  # of each new pixel's centre among the old
    enlarge = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(8)))  # (20, 8): each row sums to 1
    framed = np.zeros((len(images), 28, 28), np.uint8)
    framed[:, 4:24, 4:24] = np.rint(enlarge @ (images * (255 / 16)) @ enlarge.T)
    return framed


def _mnist(raw: Path, part: str) -> tuple[Array, Array]:
    images = read_idx(raw / f"{part}-images-idx3-ubyte.gz", dims=3)
    path = raw / f"{part}-labels-idx1-ubyte.gz"
    labels = read_idx(path, dims=1)
    if images.shape[1:] != (28, 28):
        raise InputError(f"{raw / part}-images-idx3-ubyte.gz: the images are {images.shape[1:]}; they must be 28 x 28")
    if len(images) != len(labels) or labels.max(initial=0) > 9:
        raise InputError(
            f"{path}: {len(labels)} labels up to {labels.max(initial=0)} for {len(images)} images; "
            "there must be one label of 0..9 per image: fetch both files again"
        )
    return images, labels
