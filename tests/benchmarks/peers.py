"""The same workloads on other engines in NumPy, as a user of theirs would write them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

WIDTHS = (784, 512, 256, 128, 64, 10)  # of W3


def _digits() -> tuple[Any, Any, list[Any]]:
    """Images, labels, and the weights and biases of W3."""
    rng = np.random.default_rng(0)
    x, y = rng.random((64, 784), np.float32), rng.integers(0, 10, 64)
    parameters = []
    for i, o in itertools.pairwise(WIDTHS):
        for shape in ((i, o), (o,)):
            parameters.append(((rng.random(shape, np.float32) * 2 - 1) / np.float32(i**0.5)).astype(np.float32))
    return x, y, parameters


def _momentum(weights: list[Any], speeds: list[Any], gradients: list[Any]) -> None:
    for w, v, g in zip(weights, speeds, gradients, strict=True):
        v *= 0.5
        v += g
        w -= 0.01 * v


def _pair() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.random(1_000_000, np.float32), rng.random(1_000_000, np.float32)


X1, Y1 = np.array([[1.0], [2.0], [3.0]], np.float32), np.array([[2.0], [4.0], [6.0]], np.float32)
X8, C8 = np.array([0.1, 0.2, 0.3, 0.4], np.float32), np.array([1.01, 1.0, 0.99, 1.0], np.float32)


def mygrad() -> dict[str, Callable[[], Any]]:
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    def w1() -> Callable[[], Any]:
        w, b = mg.tensor([[0.5]], dtype=np.float32), mg.tensor([0.1], dtype=np.float32)

        def step() -> None:
            error = mg.matmul(X1, w) + b - Y1
            (error * error).sum().backward()
            w.data -= 0.01 * w.grad
            b.data -= 0.01 * b.grad

        return step

    def w3() -> Callable[[], Any]:
        x, y, parameters = _digits()
        tensors = [mg.tensor(p) for p in parameters]
        speeds = [np.zeros_like(p) for p in parameters]

        def step() -> None:
            h: Any = x
            for k in range(0, 10, 2):
                h = mg.matmul(h, tensors[k]) + tensors[k + 1]
                h = mg.maximum(h, 0) if k < 8 else h
            softmax_crossentropy(h, y).backward()
            _momentum([t.data for t in tensors], speeds, [t.grad for t in tensors])

        return step

    def w8() -> Callable[[], Any]:
        x = mg.tensor(X8)

        def step() -> None:
            y = x
            for _ in range(250):
                y = mg.tanh(y * C8 + x) * 0.5
            y.sum().backward()

        return step

    def w9() -> Callable[[], Any]:
        x, y = map(mg.tensor, _pair())
        return lambda: mg.nnet.activations.sigmoid(x * y + x).sum().backward()

    return {"W1": w1, "W3": w3, "W8": w8, "W9": w9}


def autograd() -> dict[str, Callable[[], Any]]:
    import autograd
    import autograd.numpy as anp

    def w1() -> Callable[[], Any]:
        w, b = np.array([[0.5]], np.float32), np.array([0.1], np.float32)
        gradients = autograd.grad(lambda w, b: anp.sum((anp.dot(X1, w) + b - Y1) ** 2), (0, 1))

        def step() -> None:
            gw, gb = gradients(w, b)
            w[...] -= 0.01 * gw
            b[...] -= 0.01 * gb

        return step

    def w3() -> Callable[[], Any]:
        x, y, parameters = _digits()
        speeds = [np.zeros_like(p) for p in parameters]
        rows = np.arange(64)

        def loss(parameters: list[Any]) -> Any:
            h = x
            for k in range(0, 10, 2):
                h = anp.dot(h, parameters[k]) + parameters[k + 1]
                h = anp.maximum(h, 0) if k < 8 else h
            h = h - anp.max(h, axis=1, keepdims=True)
            return anp.mean(anp.log(anp.sum(anp.exp(h), axis=1)) - h[rows, y])

        gradients = autograd.grad(loss)
        return lambda: _momentum(parameters, speeds, gradients(parameters))

    def w8() -> Callable[[], Any]:
        def loss(x: Any) -> Any:
            y = x
            for _ in range(250):
                y = anp.tanh(y * C8 + x) * 0.5
            return anp.sum(y)

        gradient = autograd.grad(loss)
        return lambda: gradient(X8)

    def w9() -> Callable[[], Any]:
        x, y = _pair()
        gradients = autograd.grad(lambda x, y: anp.sum(1 / (1 + anp.exp(-(x * y + x)))), (0, 1))
        return lambda: gradients(x, y)

    return {"W1": w1, "W3": w3, "W8": w8, "W9": w9}
