"""Activations."""

from __future__ import annotations

from tests.nn.layer import C, Layer, x


def plain(name: str, *builds: C) -> list[Layer]:
    """An activation on a matrix, with its default arguments and with others."""
    return [Layer(name, build, C(x(3, 4)), C(x(2, 4, 3) * 4)) for build in (C(), *builds)]


ROWS = [
    *plain("ReLU"),
    *plain("ReLU6"),
    *plain("LeakyReLU", C(0.2)),
    *plain("ELU", C(0.5)),
    *plain("CELU", C(0.5)),
    *plain("SELU"),
    *plain("GELU", C("tanh")),
    *plain("SiLU"),
    *plain("Mish"),
    *plain("Sigmoid"),
    *plain("Tanh"),
    *plain("Softplus", C(2.0, threshold=3.0)),
    *plain("LogSigmoid"),
    *plain("Softsign"),
    *plain("Tanhshrink"),
    *plain("Hardtanh", C(-0.5, max_val=2.0)),
    *plain("Hardswish"),
    Layer("Hardsigmoid", C(), C(x(3, 4)), rtol=1e-7),
    *plain("Hardshrink", C(0.7)),
    *plain("Softshrink", C(0.7)),
    Layer("Threshold", C(0.1, 20), C(x(3, 4))),
    *plain("RReLU", C(0.2, 0.4)),
    Layer("PReLU", C(), C(x(3, 4)), C(x(2, 3, 4))),
    Layer("PReLU", C(3, init=0.5), C(x(2, 3)), C(x(2, 3, 4))),
    *(
        Layer(n, C(inplace=True))
        for n in ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid", "RReLU")
    ),
    *(Layer(n, C(inplace=True)) for n in ("LeakyReLU", "ELU", "CELU", "Hardtanh")),
    Layer("Threshold", C(0.1, 20.5, inplace=True)),
    Layer("GLU", C(), C(x(3, 4))),
    Layer("GLU", C(0), C(x(4, 3))),
    *(Layer(n, C(dim=d), C(x(3, 4))) for n in ("Softmax", "Softmin", "LogSoftmax") for d in (0, -1)),
    Layer("Softmax2d", C(), C(x(2, 3, 4, 4)), C(x(3, 4, 4))),
]
