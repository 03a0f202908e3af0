"""The health of a training: its numbers are those that a program could work out by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import minigrad as mg
from minigrad.core.observe import mode, watching
from minigrad.microscope import Health, health

F = mg.nn.functional


class Net(mg.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = mg.nn.Conv2d(1, 3, 3)
        self.conv2 = mg.nn.Conv2d(3, 4, 3)
        self.pool = mg.nn.MaxPool2d(2)
        self.fc = mg.nn.Linear(16, 5)
        self.act = mg.nn.Tanh()
        self.out = mg.nn.Linear(5, 1)

    def forward(self, x: Any) -> Any:
        x = F.relu(self.pool(self.conv1(x)))
        x = F.relu(self.pool(self.conv2(x)))
        x = self.act(self.fc(x.flatten(1)))
        return mg.sigmoid(self.out(x) * 5)


@pytest.fixture
def net() -> Net:
    mg.manual_seed(0)
    return Net()


def images() -> Any:
    return mg.arange(8 * 196.0).view(8, 1, 14, 14).sin()


def activation(seen: Health, name: str) -> Any:
    (found,) = [a for a in seen.activations if a.name == name]
    return found


def test_gradients_and_steps(net: Net) -> None:
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1)
    expected: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name, _ in net.named_parameters()}
    with health(net) as seen:
        for _ in range(3):
            optimizer.zero_grad()
            net(images()).sum().backward()
            for name, p in net.named_parameters():
                size = np.linalg.norm(p.grad.array)
                expected[name][0].append(size)
                expected[name][1].append(0.1 * size / np.linalg.norm(p.array))
            optimizer.step()
    assert list(seen.parameters) == list(expected)
    for name, (gradients, updates) in expected.items():
        np.testing.assert_allclose(seen.parameters[name].gradients, gradients, rtol=1e-5)
        np.testing.assert_allclose(seen.parameters[name].updates, updates, rtol=1e-2)  # float32 takes the difference


def test_what_is_accumulated_is_seen_pass_by_pass(net: Net) -> None:
    """``.grad`` is the sum of two passes; between them no weight moves, and that is not a step."""
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1)
    with health(net) as seen:
        for _ in range(2):
            net(images()).sum().backward()
        optimizer.step()
    weight = seen.parameters["out.weight"]
    assert weight.gradients[0] == weight.gradients[1]
    assert np.linalg.norm(net.out.weight.grad.array) == pytest.approx(2 * weight.gradients[0], rel=1e-5)
    assert len(weight.updates) == 1


def test_a_parameter_that_gets_nothing(net: Net) -> None:
    net.fc.bias.requires_grad_(False)
    spare = mg.nn.ModuleList([net, mg.nn.Linear(1, 1)])
    with health(spare) as seen:
        net(images()).sum().backward()
    for name in ("0.fc.bias", "1.weight"):
        assert (seen.parameters[name].gradients, seen.parameters[name].updates) == ([], [])
    assert [row.split() for row in seen.table().splitlines() if row.startswith("0.fc.bias")] == [
        ["0.fc.bias", "5", "-", "-"]
    ]


def test_names(net: Net) -> None:
    """A layer has its own name; a function that of what it was given; in another line it is another."""
    with health(net) as seen:
        for _ in range(2):
            net(images()).sum().backward()
    assert [a.name for a in seen.activations] == ["relu of pool", "relu of pool #2", "act", "sigmoid of Net mul"]
    assert all(len(a.gradients) == 2 for a in seen.activations)


@pytest.mark.parametrize("shape", [(6, 4), (3, 5, 4), (3, 4, 2, 2), (2, 4, 2, 2, 2)])
def test_dead_units(shape: tuple[int, ...]) -> None:
    """Of four units the first is never on, the second once; units are channels, or the last dimension."""
    unit = 1 if len(shape) > 3 else len(shape) - 1
    x = np.ones(shape, np.float32)
    by_unit = np.moveaxis(x, unit, 0)
    by_unit[0] = -1
    by_unit[1] = -1
    model = mg.nn.ReLU()
    with health(model) as seen:
        model(mg.tensor(x, requires_grad=True)).sum().backward()
    (relu,) = seen.activations
    assert (relu.name, relu.dead, relu.zeros) == ("ReLU", 0.5, [0.5])
    with health(model) as seen:
        model(mg.tensor(x, requires_grad=True))
        by_unit[1].flat[0] = 1
        model(mg.tensor(x, requires_grad=True))
    assert seen.activations[0].dead == 0.25
    assert seen.activations[0].zeros[1] < 0.5


@pytest.mark.parametrize(("layer", "edge"), [(mg.nn.Sigmoid(), 3.6369), (mg.nn.Tanh(), 1.8184)])
def test_saturated(layer: Any, edge: float) -> None:
    """Beyond the edge the derivative is less than a tenth of that at 0."""
    x = mg.tensor([0.0, edge - 0.01, edge + 0.01, -edge + 0.01, -edge - 0.01], requires_grad=True)
    derivatives = mg.autograd.grad(layer(x).sum(), x)[0].array
    with health(layer) as seen:
        layer(x).sum().backward()
    assert ((derivatives / derivatives[0]) < 0.1).tolist() == [False, False, True, False, True]
    assert seen.activations[0].saturated == [0.4]
    assert seen.activations[0].gradients == [pytest.approx(5**0.5)]


def test_the_way_around() -> None:
    """A deep stack of layers with a skip around each, and without: how much of the gradient reaches the first?"""

    class Block(mg.nn.Module):
        def __init__(self, skip: bool) -> None:
            super().__init__()
            self.linear, self.skip = mg.nn.Linear(16, 16), skip

        def forward(self, x: Any) -> Any:
            y = F.relu(self.linear(x))
            return x + y if self.skip else y

    reached = {}
    for skip in (False, True):
        mg.manual_seed(0)
        model = mg.nn.Sequential(*[Block(skip) for _ in range(10)])
        with health(model) as seen:
            model(mg.randn(32, 16)).sum().backward()
        assert [a.name for a in seen.activations] == [f"relu of {k}.linear" for k in range(10)]
        reached[skip] = seen.activations[0].gradients[0] / seen.activations[-1].gradients[0]
    assert reached[False] < 1e-3
    assert reached[True] > 0.5


def test_what_is_not_training_is_not_seen(net: Net) -> None:
    other = Net()
    with health(net) as seen:
        with mg.no_grad():
            net(images())
        other(images()).sum().backward()
        mg.tensor(1.0, requires_grad=True).sigmoid().backward()
    assert seen.activations == []
    assert not any(p.gradients for p in seen.parameters.values())


def test_it_ends(net: Net) -> None:
    with pytest.raises(ValueError, match="no more"), health(net) as seen:
        net(images()).sum().backward()
        raise ValueError("no more")
    net(images()).sum().backward()
    assert (mode.watchers, watching) == ((), set())
    assert {len(p.gradients) for p in seen.parameters.values()} == {1}
    assert {len(a.gradients) for a in seen.activations} == {1}


def test_the_graph_of_a_gradient(net: Net) -> None:
    with health(net) as seen:
        (g,) = mg.autograd.grad(net(images()).sum(), net.conv1.weight, create_graph=True)
        g.sum().backward()
    assert len(activation(seen, "act").gradients) == 2
    assert len(activation(seen, "act").saturated) == 1, "what backward computes is not an activation"


def test_table(net: Net) -> None:
    long = mg.nn.ModuleDict({"a_name_that_is_longer_than_the_column_for_names": net})
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1)
    with health(long) as seen:
        net(images()).sum().backward()
        optimizer.step()
    text = seen.table()
    assert max(map(len, text.splitlines())) <= 80
    rows = [row.split() for row in text.partition("\n\n- ")[0].splitlines()]
    assert rows[0] == ["parameter", "shape", "gradient", "step/weight"]
    conv = seen.parameters["a_name_that_is_longer_than_the_column_for_names.conv1.weight"]
    assert rows[1][1:] == ["3x1x3x3", f"{conv.gradients[-1]:.2e}", f"{conv.updates[-1]:.2e}"]
    assert ["activation", "dead", "zero", "saturated", "gradient"] in rows
    relu = seen.activations[0]
    assert rows[-4][-3:] == [f"{relu.dead:.1%}", f"{relu.zeros[-1]:.1%}", f"{relu.gradients[-1]:.2e}"]


def test_plain_data() -> None:
    """A weight of zeros moves infinitely far: JSON says null."""
    layer = mg.nn.Linear(1, 1, bias=False)
    mg.nn.init.zeros_(layer.weight)
    optimizer = mg.optim.SGD(layer.parameters(), lr=0.1)
    with health(layer) as seen:
        layer(mg.ones(1, 1)).sum().backward()
        optimizer.step()
    plain = seen.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["parameters"] == [{"name": "weight", "shape": [1, 1], "gradients": [1.0], "updates": [None]}]
    assert plain["verdicts"] == seen.verdicts()
    assert "inf" in seen.table()


def test_nothing_seen() -> None:
    with health(mg.nn.Linear(1, 1)) as seen:
        pass
    assert seen.table().splitlines()[1].split() == ["weight", "1x1", "-", "-"]
    figure = Figure()
    seen.draw(figure)
    assert [len(axes.patches) for axes in figure.axes] == [0, 0, 0]


def test_picture(net: Net) -> None:
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1)
    with health(net) as seen:
        net(images()).sum().backward()
        optimizer.step()
    figure = Figure()
    seen.draw(figure)
    gradients, _, shares = figure.axes
    widths: Any = lambda axes: [bar.get_width() for bar in axes.patches]
    assert widths(gradients) == [p.gradients[-1] for p in seen.parameters.values()]
    assert [label.get_text() for label in shares.get_yticklabels()] == [a.name for a in seen.activations]
    assert widths(shares) == [a.dead if a.op == "relu" else a.saturated[-1] for a in seen.activations]
    figure.canvas.draw()


# ---- verdicts ----


def trained(model: Any, lr: float, steps: int = 8, zero: bool = True, optimizer: Any = None) -> Health:
    optimizer = optimizer or mg.optim.SGD(model.parameters(), lr=lr)
    mg.manual_seed(1)
    x = mg.randn(32, 4)
    y = (x.sum(1, keepdim=True) > 0).float()
    with health(model) as seen:
        for _ in range(steps):
            if zero:
                optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()
    return seen


def mlp(*between: Any, width: int = 16) -> Any:
    mg.manual_seed(0)
    layers = [mg.nn.Linear(4, width)]
    for layer in between:
        layers += [layer, mg.nn.Linear(width, width)]
    return mg.nn.Sequential(*layers, mg.nn.ReLU(), mg.nn.Linear(width, 1))


def verdict(seen: Health, words: str) -> str:
    """The only verdict with these words."""
    (found,) = [v for v in seen.verdicts() if words in v]
    return found


def test_a_training_that_is_well() -> None:
    for lr in (0.001, 0.05):
        assert trained(mlp(mg.nn.ReLU(), mg.nn.Tanh()), lr).verdicts() == [
            "nothing unusual: gradients, steps and activations are of the usual sizes"
        ]


def test_zero_grad_forgotten_and_a_rate_that_explodes() -> None:
    seen = trained(mlp(mg.nn.ReLU()), 50.0, zero=False)
    assert "call optimizer.zero_grad() before backward()" in verdict(seen, "zero_grad is forgotten: 7 of the steps")
    assert len(seen.verdicts()) > 1
    text = seen.table()
    assert "- zero_grad is forgotten" in text
    assert max(map(len, text.splitlines())) <= 80


def test_zero_grad_forgotten_at_a_usual_rate() -> None:
    assert len(trained(mlp(), 0.01, zero=False).verdicts()) == 1
    assert verdict(trained(mlp(), 0.01, steps=2, zero=False), "zero_grad is forgotten: 1 of")


def test_large_batches_in_parts_are_no_trouble() -> None:
    model = mlp()
    optimizer = mg.optim.SGD(model.parameters(), lr=0.01)
    with health(model) as seen:
        for k in range(9):
            model(mg.ones(2, 4) * (k + 1)).sum().backward()
            if k % 3 == 2:
                optimizer.step()
                optimizer.zero_grad(set_to_none=k > 3)
    assert not [v for v in seen.verdicts() if "zero_grad" in v]


def test_steps_too_large() -> None:
    model = mlp()
    seen = trained(model, 1.0, optimizer=mg.optim.Adam(model.parameters(), lr=1.0))
    assert "lower the learning rate" in verdict(seen, "the steps are too large")


def test_steps_too_small() -> None:
    model = mlp()
    seen = trained(model, 1.0, optimizer=mg.optim.Adam(model.parameters(), lr=5e-8))
    assert verdict(seen, "hardly moves: is the learning rate too small?")


def test_weights_that_never_move() -> None:
    assert verdict(trained(mlp(), 0.1, optimizer=mg.optim.SGD([mg.ones(1)], lr=0.1)), "is optimizer.step() called")
    model = mlp()
    half = mg.optim.SGD(model[2].parameters(), lr=0.1)
    assert verdict(trained(model, 0.1, optimizer=half), "0.weight never moved, though it has gradients")


def test_a_parameter_outside_the_graph() -> None:
    class Net(mg.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.spare, self.frozen = mg.nn.Linear(4, 1), mg.nn.Linear(4, 1), mg.nn.Linear(4, 1)
            self.frozen.requires_grad_(False)

        def forward(self, x: Any) -> Any:
            return self.used(x)

    assert verdict(trained(Net(), 0.01), "got no gradient").startswith("spare.weight, spare.bias got no gradient")


def test_gradients_that_are_not_finite() -> None:
    model = mg.nn.Linear(1, 1)
    with health(model) as seen:
        (model(mg.ones(1, 1)) * np.inf).sum().backward()
    assert "since backward pass 1" in verdict(seen, "nan or infinite")


def test_gradients_that_vanish() -> None:
    model = mlp(*[mg.nn.Sigmoid() for _ in range(6)])
    assert "0.weight is" in verdict(trained(model, 0.01), "gradients vanish on their way")


def test_gradients_that_explode() -> None:
    model = mlp(*[mg.nn.Tanh() for _ in range(3)])
    with mg.no_grad():
        for layer in (model[2], model[4]):
            layer.weight *= 0.01
        model[-1].weight.zero_()
        model[-1].weight += 1e-9
    seen = trained(model, 1e-9, steps=1)
    seen.parameters["0.weight"].gradients[-1] = 1e6 * seen.parameters["8.weight"].gradients[-1]
    assert verdict(seen, "gradients explode on their way")


def test_dead_and_saturated_units() -> None:
    model = mlp(mg.nn.ReLU(), mg.nn.Tanh())
    with mg.no_grad():
        model[0].bias.fill_(-100.0)
        model[2].weight *= 1000
        model[2].bias.fill_(100.0)
    said = trained(model, 1e-6).verdicts()
    assert [v for v in said if v.startswith("100% of the units of 1 are dead")]
    assert [v for v in said if v.startswith("100% of the outputs of 3 are saturated")]
    assert [v for v in said if "is 0: nothing that is learnt comes there any more" in v]


def test_a_classifier_may_be_sure() -> None:
    model = mg.nn.Sequential(mg.nn.Linear(4, 1), mg.nn.Sigmoid())
    with mg.no_grad():
        model[0].weight *= 100
    assert not [v for v in trained(model, 1e-3).verdicts() if "saturated" in v]
