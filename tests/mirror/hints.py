"""Beginners' mistakes, chapter by chapter of a first course: each is answered by torch's class of exception, torch's
first words, and then a hint that says what to write. ``golden/hints.txt`` has what minigrad says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

HINTS: dict[str, Callable[[Any], Any]] = {}


def hint(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    HINTS[f.__name__] = f
    return f


def table(rows: dict[str, Callable[[Any], Any]]) -> None:
    HINTS.update(rows)


sgd = lambda t, params, **options: t.optim.SGD(params, **{"lr": 0.1, **options})


def net(t: Any, init: Callable[[Any], None] | None = None, **members: Any) -> Any:
    """A class of models whose ``__init__`` is ``init``, after ``super().__init__()``."""

    def __init__(self: Any) -> None:
        t.nn.Module.__init__(self)
        if init is not None:
            init(self)

    return type("Net", (t.nn.Module,), {"__init__": __init__, **members})


# ---- shapes between layers ----

table(
    {
        "linear after a convolution, not flattened": lambda t: t.nn.Linear(320, 10)(t.ones(64, 20, 4, 4)),
        "linear on images": lambda t: t.nn.Linear(784, 512)(t.ones(64, 1, 28, 28)),
        "linear on a single sample": lambda t: t.nn.Linear(320, 10)(t.ones(20, 4, 4)),
        "linear of a wrong size": lambda t: t.nn.Linear(400, 10)(t.ones(64, 320)),
        "linear of a wrong size after a convolution": lambda t: t.nn.Linear(400, 10)(t.ones(64, 20, 4, 4)),
        "linear on sequences of a wrong width": lambda t: t.nn.Linear(4, 3)(t.ones(5, 2, 6)),
        "linear with its sizes swapped": lambda t: t.nn.Linear(10, 320)(t.ones(64, 320)),
        "linear on columns of samples": lambda t: t.nn.Linear(8, 1)(t.ones(8, 100)),
        "linear on a row of samples": lambda t: t.nn.Linear(1, 1)(t.tensor([1.0, 2.0, 3.0])),
        "linear on a number": lambda t: t.nn.Linear(2, 1)(t.tensor(1.0)),
        "batch norm of a wrong size": lambda t: t.nn.BatchNorm2d(16)(t.ones(2, 10, 5, 5)),
        "F.linear not flattened": lambda t: t.nn.functional.linear(t.ones(2, 2, 3), t.ones(4, 6)),
        "matrices of one shape": lambda t: t.ones(3, 4) @ t.ones(3, 4),
        "a weight that is not transposed": lambda t: t.ones(3, 8) @ t.ones(6, 8),
        "factors the wrong way round": lambda t: t.ones(8, 6) @ t.ones(3, 8),
        "view that does not divide": lambda t: t.ones(15).view(-1, 4),
        "view of features that are not there": lambda t: t.ones(64, 20, 4, 4).view(-1, 784),
        "view of a wrong product": lambda t: t.ones(15).view(4, 4),
        "reshape of a wrong product": lambda t: t.ones(15).reshape(2, 3, 2),
        "conv on flat images": lambda t: t.nn.Conv2d(1, 10, 5)(t.ones(64, 784)),
        "conv on flat colour images": lambda t: t.nn.Conv2d(3, 10, 5)(t.ones(64, 3072)),
        "conv on one grey image": lambda t: t.nn.Conv2d(1, 10, 5)(t.ones(28, 27)),
        "conv without a channel dimension": lambda t: t.nn.Conv2d(1, 10, 5)(t.ones(64, 28, 28)),
        "conv with the channels last": lambda t: t.nn.Conv2d(3, 10, 5)(t.ones(64, 28, 28, 3)),
        "conv of colours on grey images": lambda t: t.nn.Conv2d(3, 10, 5)(t.ones(64, 1, 28, 28)),
        "conv1d with the channels last": lambda t: t.nn.Conv1d(4, 10, 5)(t.ones(64, 100, 4)),
        "branches joined along the batch": lambda t: t.cat([t.ones(2, 24, 4, 4), t.ones(2, 16, 4, 4)]),
        "branches of several sizes": lambda t: t.cat([t.ones(2, 24, 4, 4), t.ones(2, 16, 5, 5)], dim=1),
        "the output of an RNN not unpacked": lambda t: t.nn.Linear(3, 1)(t.nn.RNN(4, 3)(t.ones(5, 2, 4))),
        "one state for an LSTM": lambda t: t.nn.LSTM(4, 3)(t.ones(5, 2, 4), t.zeros(1, 2, 3)),
    }
)

# ---- classes used as functions, and parentheses left out ----

table(
    {
        "CrossEntropyLoss(outputs, target)": lambda t: t.nn.CrossEntropyLoss(t.ones(2, 3), t.tensor([0, 1])),
        "NLLLoss(outputs, target)": lambda t: t.nn.NLLLoss(t.ones(2, 3), t.tensor([0, 1])),
        "MSELoss(a, b)": lambda t: t.nn.MSELoss(t.ones(2), t.ones(2)),
        "L1Loss(a, b)": lambda t: t.nn.L1Loss(t.ones(2), t.ones(2)),
        "BCELoss(a, b)": lambda t: t.nn.BCELoss(t.ones(2), t.ones(2)),
        "KLDivLoss(a, b)": lambda t: t.nn.KLDivLoss(t.ones(2), t.ones(2)),
        "TripletMarginLoss(a, b, c)": lambda t: t.nn.TripletMarginLoss(t.ones(2), t.ones(2), t.ones(2)),
        "HuberLoss(a, b)": lambda t: t.nn.HuberLoss(t.ones(2), t.ones(2)),
        "LayerNorm(x)": lambda t: t.nn.LayerNorm(t.ones(3, 4)),
        "RNN(x, 8)": lambda t: t.nn.RNN(t.ones(5, 2, 4), 8),
        "Dropout(x)": lambda t: t.nn.Dropout(t.ones(4)),
        "ReLU(x) given on": lambda t: t.nn.Linear(2, 2)(t.nn.ReLU(t.ones(2))),
        "ReLU(x) viewed": lambda t: t.nn.ReLU(t.ones(2, 3)).view(-1),
        "MaxPool2d(x, 2) given on": lambda t: t.nn.functional.relu(t.nn.MaxPool2d(t.ones(1, 1, 4, 4), 2)),
        "Flatten(x) given on": lambda t: t.nn.Linear(2, 2)(t.nn.Flatten(t.ones(2, 1, 2))),
        "Sigmoid(x)": lambda t: t.nn.Sigmoid(t.ones(2)),
        "Tanh(x)": lambda t: t.nn.Tanh(t.ones(2)),
        "Softmax(x)": lambda t: t.nn.Softmax(t.ones(2)),
        "LogSoftmax(x)": lambda t: t.nn.LogSoftmax(t.ones(2)),
        "Linear(x, 3)": lambda t: t.nn.Linear(t.ones(4, 2), 3),
        "BatchNorm2d(x)": lambda t: t.nn.BatchNorm2d(t.ones(1, 1, 4, 4)),
        "Embedding(words, 3)": lambda t: t.nn.Embedding(t.tensor([1, 2]), 3),
        "the class is the criterion": lambda t: t.nn.MSELoss(t.ones(1), t.ones(1)).backward(),
        "criterion.backward()": lambda t: t.nn.MSELoss().backward(),
        "a class in Sequential": lambda t: t.nn.Sequential(t.nn.ReLU),
        "a function in Sequential": lambda t: t.nn.Sequential(t.nn.functional.relu),
        "a list in Sequential": lambda t: t.nn.Sequential([t.nn.ReLU()]),
        "ModuleList called": lambda t: t.nn.ModuleList([t.nn.ReLU()])(t.ones(1)),
        "Conv2d without a kernel": lambda t: t.nn.Conv2d(1, 10),
        "Conv2d misspelt argument": lambda t: t.nn.Conv2d(1, 10, kernal_size=5),
        "BatchNorm1d without a size": lambda t: t.nn.BatchNorm1d(),
        "MaxPool2d without a size": lambda t: t.nn.MaxPool2d(),
        "ZeroPad2d without a size": lambda t: t.nn.ZeroPad2d(),
        "optim.sgd(...)": lambda t: t.optim.sgd([]),
        "nn.linear(...)": lambda t: t.nn.linear(1, 1),
        "nn.relu(x)": lambda t: t.nn.relu(t.ones(1)),
        "nn.Conv2D": lambda t: t.nn.Conv2D(1, 1, 1),
        "F.ReLU": lambda t: t.nn.functional.ReLU(t.ones(1)),
        "torch.Linear": lambda t: t.Linear(1, 1),
        "utils.data.Dataloader": lambda t: t.utils.data.Dataloader([1]),
        "lr_scheduler.StepLr": lambda t: t.optim.lr_scheduler.StepLr(None, 1),
        "optim.StepLR": lambda t: t.optim.StepLR(None, 1),
        "nn.DataLoader": lambda t: t.nn.DataLoader([1]),
        "nn.SGD": lambda t: t.nn.SGD([]),
        "torch.cross_entropy": lambda t: t.cross_entropy(t.ones(1), t.ones(1)),
        "torch.DataLoader": lambda t: t.DataLoader([1]),
    }
)

# ---- models and optimizers ----

table(
    {
        "SGD(model)": lambda t: sgd(t, t.nn.Linear(1, 1)),
        "SGD(model.parameters)": lambda t: sgd(t, t.nn.Linear(1, 1).parameters),
        "SGD(model.state_dict())": lambda t: sgd(t, t.nn.Linear(1, 1).state_dict()),
        "SGD([model, model])": lambda t: sgd(t, [t.nn.Linear(1, 1), t.nn.Linear(1, 1)]),
        "SGD([parameters, parameters])": lambda t: sgd(t, [t.nn.Linear(1, 1).parameters()]),
        "a group of a model": lambda t: sgd(t, [{"params": t.nn.Linear(1, 1)}]),
        "a group of a method": lambda t: sgd(t, [{"params": t.nn.Linear(1, 1).parameters}]),
        "a group outside a list": lambda t: sgd(t, {"params": t.nn.Linear(1, 1).parameters()}),
        "layers in a list": lambda t: sgd(
            t, net(t, lambda self: setattr(self, "layers", [t.nn.Linear(1, 1)]))().parameters()
        ),
        "layers in a dict": lambda t: sgd(
            t, net(t, lambda self: setattr(self, "layers", {"a": t.nn.Linear(1, 1)}))().parameters()
        ),
        "weights that are tensors": lambda t: sgd(
            t, net(t, lambda self: setattr(self, "w", t.ones(1, requires_grad=True)))().parameters()
        ),
        "a model without layers": lambda t: sgd(t, net(t)().parameters()),
        "__init__ misspelt": lambda t: type(
            "Net", (t.nn.Module,), {"__int__": lambda self: None, "forward": lambda self, x: self.linear(x)}
        )()(t.ones(1)),
        "_init_ misspelt": lambda t: type("Net", (t.nn.Module,), {"_init_": lambda self, n: None})(3),
        "forward misspelt": lambda t: net(t, foward=lambda self, x: x)()(t.ones(1)),
        "forward without return": lambda t: t.nn.functional.cross_entropy(
            net(t, forward=lambda self, x: None)()(t.ones(1)), t.tensor([0])
        ),
        "an attribute misspelt": lambda t: t.nn.Linear(1, 1).weights,
        "load_state_dict of a path": lambda t: t.nn.Linear(1, 1).load_state_dict("model.pt"),
        "weights saved by DataParallel": lambda t: t.nn.Linear(1, 1, bias=False).load_state_dict(
            {"module.weight": t.ones(1, 1)}
        ),
    }
)


@hint
def parameters_used_up(t: Any) -> None:
    params = t.nn.Linear(1, 1).parameters()
    list(params)
    sgd(t, params)


@hint
def every_layer_frozen(t: Any) -> None:
    model = t.nn.Linear(1, 1).requires_grad_(False)
    sgd(t, filter(lambda p: p.requires_grad, model.parameters()))


def without_super(t: Any, init: Callable[[Any], None]) -> Any:
    return type("Net", (t.nn.Module,), {"__init__": init, "forward": lambda self, x: x})


table(
    {
        "no super: a layer": lambda t: without_super(t, lambda self: setattr(self, "l", t.nn.Linear(1, 1)))(),
        "no super: a parameter": lambda t: without_super(
            t, lambda self: setattr(self, "w", t.nn.Parameter(t.ones(1)))
        )(),
        "no super: called": lambda t: without_super(t, lambda self: None)()(t.ones(1)),
        "no super: its parameters": lambda t: list(without_super(t, lambda self: None)().parameters()),
        "no super: a buffer": lambda t: without_super(t, lambda self: self.register_buffer("b", t.ones(1)))(),
    }
)

# ---- training ----


@hint
def a_hidden_state_carried(t: Any) -> None:
    cell, hidden = t.nn.RNNCell(2, 3), t.zeros(1, 3)
    for _ in range(2):
        hidden = cell(t.ones(1, 2), hidden)
        hidden.sum().backward()


@hint
def a_sum_of_losses_carried(t: Any) -> None:
    w, total = t.ones(1, requires_grad=True), 0
    for _ in range(2):
        total = total + (w * 2 - 1) ** 2
        total.backward()


@hint
def w_written_in_place(t: Any) -> None:
    w = t.ones(1, requires_grad=True)
    (w * 2).sum().backward()
    w -= 0.1 * w.grad


@hint
def w_that_lost_its_gradient(t: Any) -> None:
    w = t.ones(1, requires_grad=True)
    for _ in range(2):
        (w * 2).sum().backward()
        w = w.data - 0.1 * w.grad.data


table(
    {
        "backward of a prediction": lambda t: t.nn.functional.mse_loss(
            t.nn.Linear(1, 2)(t.ones(3, 1)).argmax(1).float(), t.ones(3)
        ).backward(),
        "item of many": lambda t: t.ones(5).item(),
        "float of many": lambda t: float(t.ones(5)),
        "if of many": lambda t: bool(t.ones(5) > 0),
        "BCELoss of (N, 1) and (N,)": lambda t: t.nn.BCELoss()(t.full((5, 1), 0.5), t.ones(5)),
        "BCEWithLogitsLoss of (N, 1) and (N,)": lambda t: t.nn.BCEWithLogitsLoss()(t.ones(5, 1), t.ones(5)),
        "BCELoss of integers": lambda t: t.nn.BCELoss()(t.full((5,), 0.5), t.ones(5).long()),
        "BCELoss of scores": lambda t: t.nn.BCELoss()(t.full((5,), 2.0), t.ones(5)),
        "classes in a column": lambda t: t.nn.CrossEntropyLoss()(t.ones(5, 3), t.ones(5, 1).long()),
        "classes as floats": lambda t: t.nn.CrossEntropyLoss()(t.ones(5, 3), t.ones(5)),
        "classes that count from 1": lambda t: t.nn.CrossEntropyLoss()(t.ones(3, 3), t.tensor([1, 2, 3])),
        "classes out of range": lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 3), t.tensor([0, 7])),
        "batches of two sizes": lambda t: t.nn.CrossEntropyLoss()(t.ones(5, 3), t.tensor([1, 2])),
        "classes of sequences": lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 5, 3), t.ones(2, 5).long()),
        "classes of a flat sequence": lambda t: t.nn.CrossEntropyLoss()(t.ones(5, 2, 3), t.ones(10).long()),
        "an array for a layer": lambda t: t.nn.Linear(5, 1)(np.ones(5, np.float32)),
        "a list for a layer": lambda t: t.nn.Linear(2, 1)([1.0, 2.0]),
        "an array for relu": lambda t: t.nn.functional.relu(np.ones(2, np.float32)),
        "an array for exp": lambda t: t.exp(np.ones(2)),
        "arrays of two lengths": lambda t: t.Tensor([np.ones(2), np.ones(1)]),
        "float64 for a layer": lambda t: t.nn.Linear(1, 1)(t.from_numpy(np.ones((2, 1)))),
        "integers for a layer": lambda t: t.nn.Linear(1, 1)(t.tensor([[1], [2]])),
        "a packed sequence for a layer": lambda t: t.nn.Linear(1, 1)(
            t.nn.utils.rnn.pack_padded_sequence(t.ones(3, 1, 1), [3])
        ),
        "np.mean of a tensor": lambda t: np.mean(t.ones(2)),
    }
)
