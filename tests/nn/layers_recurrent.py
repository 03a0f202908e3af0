"""Recurrent layers and cells; test_rnn.py has packed input, second gradients and whatever sizes there are."""

from __future__ import annotations

from tests.nn.layer import C, Layer, x

ROWS = [
    Layer("RNN", C(3, 4), C(x(5, 2, 3)), C(x(5, 2, 3), x(1, 2, 4)), C(x(5, 3)), C(x(5, 3), x(1, 4))),
    Layer("RNN", C(3, 4, 2, "relu", False, True, 0.5, True), C(x(2, 5, 3))),
    Layer("RNN", C(3, 4, num_layers=2, nonlinearity="tanh", batch_first=True), C(x(2, 5, 3), x(2, 2, 4))),
    Layer("GRU", C(3, 4), C(x(5, 2, 3)), C(x(5, 2, 3), x(1, 2, 4)), C(x(5, 3)), C(x(5, 3), x(1, 4))),
    Layer("GRU", C(3, 4, 3, bias=False, bidirectional=True, dropout=0.3), C(x(5, 2, 3))),
    Layer("LSTM", C(3, 4), C(x(5, 2, 3)), C(x(5, 2, 3), (x(1, 2, 4), x(1, 2, 4))), C(x(5, 3), (x(1, 4), x(1, 4)))),
    Layer("LSTM", C(3, 4, 2, True, True, 0.4, True), C(x(2, 5, 3))),
    Layer("LSTM", C(3, 4, 2, bidirectional=True, proj_size=2), C(x(5, 2, 3), (x(4, 2, 2), x(4, 2, 4)))),
    Layer("RNNCell", C(3, 4), C(x(2, 3)), C(x(2, 3), x(2, 4)), C(x(3)), C(x(3), x(4))),
    Layer("RNNCell", C(3, 4, False, "relu"), C(x(2, 3), x(2, 4))),
    Layer("GRUCell", C(3, 4), C(x(2, 3)), C(x(2, 3), x(2, 4)), C(x(3)), C(x(3), x(4))),
    Layer("LSTMCell", C(3, 4, bias=False), C(x(2, 3)), C(x(2, 3), (x(2, 4), x(2, 4))), C(x(3)), C(x(3), (x(4), x(4)))),
]
