"""Hints that follow a refusal: what the shapes say was meant, and how to write it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Shape = Sequence[int]


def times(shape: Shape, sign: str = "x") -> str:
    """``64x20x4x4``."""
    return sign.join(map(str, shape)) or "a single number"


# ---- products ----


def of_linear(x: Shape, weight: Shape) -> str:
    """Why an input does not fit the weight of a linear layer."""
    wide, features = weight
    last = x[-1] if x else 1
    why = f"the weight is {times(weight)}, so the last dimension of the input must be {features}, not {last}. "
    inner = x[1:]
    if len(x) > 2 and math.prod(inner) == features:
        return why + f"Flatten first: {times(inner, ' * ')} = {features}, x = x.view(x.size(0), -1)"
    if len(x) > 1 and math.prod(x) == features:
        return why + f"Flatten first: {times(x, ' * ')} = {features}, x = x.view(1, -1) is a batch of one"
    if len(x) == 1 == features:
        return why + f"For a column of {last} samples: x.view(-1, 1)"
    if len(x) == 2 and x[0] == features:
        return why + "Transpose the input: x.t()"
    if x and last == wide:
        return why + f"Are the two sizes swapped? nn.Linear({wide}, {features})"
    made = f"The layer for this input is nn.Linear({last}, {wide})"
    if len(x) < 4:
        return why + made
    many = math.prod(inner)
    return why + f"Flattened, x.view(x.size(0), -1), it has {many} features: nn.Linear({many}, {wide})"


def of_product(x: Shape, y: Shape) -> str:
    """How two matrices could be multiplied."""
    why = "the last dimension of the first and the last but one of the second are added up, and must be equal. "
    if len(x) < 2 or len(y) < 2:
        return why + "Reshape one"
    hints = []
    if x[-1] == y[-1]:
        hints.append("transpose the second, x @ y.mT")
    if x[-2] == y[-2]:
        hints.append("transpose the first, x.mT @ y")
    if x[-2] == y[-1]:
        hints.append("turn them round, y @ x")
    if tuple(x) == tuple(y):
        hints.append("or is x * y meant, entry by entry?")
    text = "; ".join(hints) or "transpose or reshape one"
    return why + text[0].upper() + text[1:]


# ---- shapes ----


def of_view(sizes: Shape, count: int) -> str:
    """Why so many numbers do not make a shape."""
    known = math.prod([n for n in sizes if n != -1])
    if -1 not in sizes:
        return f": {times(sizes, ' * ')} = {known}, and the tensor has {count} numbers" if len(sizes) > 1 else ""
    keep = "; x.view(x.size(0), -1) keeps the batch and counts the rest" if len(sizes) == 2 else ""
    return f": {count} is not a multiple of {known}{keep}"


def of_cat(shapes: Sequence[Shape], d: int) -> str:
    """Along which other dimension the tensors could be joined."""
    first, *others = shapes
    differ = {axis for shape in others for axis, (n, m) in enumerate(zip(first, shape, strict=False)) if n != m}
    if len(differ) == 1 and d not in differ and len({len(shape) for shape in shapes}) == 1:
        return f" They differ in dimension {min(differ)} only: cat(..., dim={min(differ)})."
    return ""


# ---- convolutions ----


def of_rank(n: int, x: Shape, channels: int) -> str:
    """How an input becomes one of a convolution over n dimensions."""
    names = ", ".join("NCDHW"[:2] + "DHW"[3 - n :]) if n != 1 else "N, C, L"
    why = f": its dimensions are ({names})"
    pixels = x[-1] // channels if channels and x and x[-1] % channels == 0 else 0
    side = round(pixels ** (1 / n))
    if len(x) == 2 and side > 1 and side**n == pixels:
        return f"{why}. Unflatten it: x.view(-1, {', '.join(map(str, (channels, *[side] * n)))})"
    return f"{why}. For one of one channel: x.view(1, 1, {', '.join(map(str, x))})" if len(x) == n else why


def of_channels(name: str, n: int, x: Shape, channels: int, weight: Shape) -> str:
    """Where the channels may be, of an input that has a wrong number of them."""
    order = ", ".join(map(str, (0, n + 1, *range(1, n + 1))))
    if len(x) == n + 1 and channels == 1:
        return f". A batch of {x[0]} without a dimension for the channel? x.unsqueeze(1)"
    if len(x) == n + 2 and x[-1] == channels:
        return f". The channels come before the sizes: x.permute({order})"
    if len(x) == n + 2 and not name.startswith("conv_transpose") and weight[1] == channels:
        return f". The layer for this input is nn.{name.capitalize()}({x[1]}, {weight[0]}, ...)"
    return ""


# ---- targets ----


def of_sizes(input: Shape, target: Shape) -> str:
    """What becomes of a prediction and a target of other shapes."""
    if math.prod(input) == math.prod(target):
        return f". Both have {math.prod(input)} numbers: write target.view_as(input), or squeeze or unsqueeze one"
    return ". Squeeze, unsqueeze or reshape one"


def of_scores(scores: Shape, target: Shape) -> str:
    """How scores of several positions, or time steps, and their classes are laid out for a loss."""
    if len(target) == 2 and target[1] == 1 and len(scores) == 2:
        return ": write target.squeeze(1)"
    if len(scores) > 2 and math.prod(scores[:-1]) == math.prod(target):
        return f": the classes must be dimension 1; write scores.view(-1, {scores[-1]}), target.view(-1)"
    return ""


def of_classes(target: Any, classes: int) -> str:
    """Whether the classes were counted from 1."""
    return ": do the classes count from 1? target - 1" if target.min() == 1 and target.max() == classes else ""
