"""What lies beside each mistake of the doctor: programs that look like it and are right, and other ways to make it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minigrad as mg
from minigrad.core.op import OPS
from minigrad.microscope import doctor
from minigrad.microscope.doctor import graph, losses, units
from minigrad.microscope.explain import families, formulas, unfold
from minigrad.microscope.health import DERIVATIVES

nn, F, SGD = mg.nn, mg.nn.functional, mg.optim.SGD


def kinds(program: Callable[[], Any], *watched: Any) -> list[str]:
    with doctor(*watched) as d:
        program()
    return [finding.kind for finding in d.findings]


def test_every_name_of_an_op_is_one() -> None:
    sets: list[Any] = [graph.MOVES, losses.LOGITS, losses.WRONG, losses.PROBABILITIES, losses.ELEMENTWISE]
    sets += [
        units.LOSSES,
        units.MEANS,
        units.LAYERED,
        DERIVATIVES,
        families.PRODUCTS,
        formulas.PUBLIC,
        formulas.CALLED,
        formulas._OTHERWISE,
    ]
    for names in [*sets, formulas._OWN, unfold.UNFOLDED, unfold.REMADE]:
        assert set(names) <= OPS.keys()


# ---- through ops that move numbers ----

COLUMN: dict[str, Callable[[Any], Any]] = {  # (N, 1) -> (N,)
    "squeeze()": lambda p: p.squeeze(),
    "squeeze(1)": lambda p: p.squeeze(1),
    "squeeze(-1)": lambda p: p.squeeze(-1),
    "squeeze((1,))": lambda p: p.squeeze((1,)),
    "[:, 0]": lambda p: p[:, 0],
    "[:, -1]": lambda p: p[:, -1],
    "[..., 0]": lambda p: p[..., 0],
    "[:, 0:1][:, 0]": lambda p: p[:, 0:1][:, 0],
    "select": lambda p: p.select(1, 0),
    "narrow": lambda p: p.narrow(1, 0, 1).flatten(),
    "unbind": lambda p: p.unbind(1)[0],
    "split": lambda p: p.split(1, 1)[0].view(-1),
    "chunk": lambda p: p.chunk(1, 1)[0].reshape(-1),
    "mT": lambda p: p.mT[0],
    "movedim": lambda p: p.movedim(1, 0).contiguous()[0],
    "diagonal": lambda p: p.expand(8, 8).diagonal(),
    "a list": lambda p: p[[0, 1, 2, 3, 4, 5, 6, 7]].ravel(),
    "a mask": lambda p: p[mg.ones(8, 1) > 0],
    "index_select": lambda p: p.index_select(1, mg.tensor([0])).clone().flatten(),
}


@pytest.mark.parametrize("through", COLUMN)
def test_an_activation_before_its_loss_is_seen_through_shapes(through: str) -> None:
    x, y, move, one = mg.randn(8, 4), (mg.arange(8) % 2).float(), COLUMN[through], nn.Linear(4, 1)
    bce = F.binary_cross_entropy_with_logits
    assert kinds(lambda: bce(move(one(x).sigmoid()), y)) == ["activation_before_loss"]
    assert kinds(lambda: bce(move(one(x)), y)) == []
    assert kinds(lambda: F.binary_cross_entropy(move(one(x).sigmoid()), y)) == []


@pytest.mark.parametrize(
    "move",
    [
        lambda p: p.transpose(1, 2),
        lambda p: p[:, -1],
        lambda p: p.movedim(2, 1),
        lambda p: p.unsqueeze(3).squeeze(3).mT,
        lambda p: p[:, 1:].permute(0, 2, 1),
    ],
)
def test_a_softmax_before_cross_entropy_is_seen_through_shapes(move: Any) -> None:
    z = mg.randn(8, 5, 3, requires_grad=True)
    y = move(z)[:, 0].long() * 0
    assert kinds(lambda: F.cross_entropy(move(z.softmax(2)), y)) == ["activation_before_loss"]
    assert kinds(lambda: F.cross_entropy(move(z), y)) == []


@pytest.mark.parametrize("move", [lambda p: p[:, 0:1], lambda p: p.squeeze(1).unsqueeze(1), lambda p: p[:, 0][:, None]])
def test_a_column_against_a_row_is_seen_through_shapes(move: Any) -> None:
    one, x, y = nn.Linear(4, 1), mg.randn(8, 4), mg.randn(8)
    assert kinds(lambda: ((move(one(x)) - y) ** 2).mean()) == ["shapes_of_the_loss"]
    assert kinds(lambda: ((move(one(x))[:, 0] - y) ** 2).mean()) == []


# ---- several optimizers ----


def together(optimizers: list[Any], model: Callable[[Any], Any]) -> Callable[[], None]:
    def train() -> None:
        for _ in range(4):
            for optimizer in optimizers:
                optimizer.zero_grad()
            F.cross_entropy(model(mg.randn(8, 3)), mg.arange(8) % 2).backward()
            for optimizer in optimizers:
                optimizer.step()

    return train


def test_several_optimizers_step_after_one_backward_pass() -> None:
    m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    a, b = SGD(m[0].parameters(), lr=0.1), SGD(m[2].parameters(), lr=0.1)
    assert kinds(together([a, b], m)) == kinds(together([b, a], m)) == kinds(together([a, b], m), a, b) == []
    first, last = nn.Linear(3, 4), nn.Linear(4, 2)
    a, b = SGD(first.parameters(), lr=0.1), SGD(last.parameters(), lr=0.1)
    assert kinds(together([a, b], lambda x: last(mg.tanh(first(x))))) == []


@pytest.mark.parametrize("given", [False, True])
def test_what_none_of_several_optimizers_has_is_found(given: bool) -> None:
    m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Linear(4, 2))
    optimizers = [SGD(m[0].parameters(), lr=0.1), SGD(m[3].parameters(), lr=0.1)]
    assert kinds(together(optimizers, m), *optimizers * given) == ["unknown_to_the_optimizer"]
    encoder, last = nn.Linear(3, 4), nn.Linear(4, 2)
    optimizers = [SGD([p], lr=0.1) for p in last.parameters()]
    assert kinds(together(optimizers, lambda x: last(encoder(x))), *optimizers * given) == ["unknown_to_the_optimizer"]


def test_an_optimizer_for_each_parameter_steps_when_its_gradient_is_there() -> None:
    def act(optimizer: Any) -> None:
        optimizer.step()
        optimizer.zero_grad()

    def train(m: Any, parameters: Any) -> Callable[[], None]:
        for p in parameters:
            optimizer = SGD([p], lr=0.1)
            p.register_post_accumulate_grad_hook(lambda _, o=optimizer: act(o))
        return together([], m)

    m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    assert kinds(train(m, m.parameters())) == []
    m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    assert kinds(train(m, m[2].parameters())) == ["unknown_to_the_optimizer"]


# ---- relus ----


def descend(loss: Callable[[], Any], model: Any, n: int = 40, lr: float = 0.1) -> Callable[[], None]:
    optimizer = SGD(model.parameters(), lr=lr)

    def train() -> None:
        for _ in range(n):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()

    return train


@pytest.mark.parametrize(
    "loss",
    [
        lambda z, s: F.relu(1 - s * z.squeeze(1)).mean(),
        lambda z, s: F.relu(1 - s * z[:, 0]).sum(),
        lambda z, s: (0.5 * F.relu(1 - s * z[:, 0]) ** 2).mean(),
        lambda z, s: F.relu(1 - s.view(-1, 1) * z).mean(),
        lambda z, s: F.relu(1 - s.view(-1, 1) * z).sum(1).mean(),
        lambda z, s: F.relu((z - 5 * s.view(-1, 1)).pow(2).sum(1) - 1000).mean() + (z * 0).sum(),
    ],
)
def test_a_term_of_a_loss_is_no_layer(loss: Any) -> None:
    mg.manual_seed(0)
    x, m = mg.randn(30, 4), nn.Linear(4, 1)
    s = x[:, 0].sign()
    m.weight.data.copy_(mg.tensor([[8.0, 0.0, 0.0, 0.0]]))
    assert kinds(descend(lambda: loss(m(x), s), m)) == []


@pytest.mark.parametrize("one", [False, True])
def test_a_layer_of_dead_relus_is_found_for_a_batch_and_for_one_sample(one: bool) -> None:
    m = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    m[0].bias.data.fill_(-100.0)
    assert kinds(descend(lambda: m(mg.randn(4) if one else mg.randn(16, 4)).square().mean(), m)) == ["dead_relu"]
    m[0].bias.data.fill_(1.0)
    assert kinds(descend(lambda: m(mg.randn(4) if one else mg.randn(16, 4)).square().mean(), m, lr=0.01)) == []


def test_pooled_images_are_units_still() -> None:
    m = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())
    m[0].bias.data.fill_(-100.0)
    last, x = nn.Linear(8, 1), mg.randn(4, 1, 6, 6)
    assert kinds(descend(lambda: F.mse_loss(last(m(x).mean((2, 3))), mg.zeros(4, 1)), m)) == ["dead_relu"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_nan_is_said_once(bad: float) -> None:
    m = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    factors = iter([1.0] * 3 + [bad] + [1.0] * 20)
    assert kinds(descend(lambda: F.mse_loss(m(mg.randn(16, 4)), mg.zeros(16, 1)) * next(factors), m, n=20)) == [
        "exploding"
    ]


# ---- modes ----


def noisy() -> Any:
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.BatchNorm1d(8), nn.Linear(8, 1))


def fit(m: Any, n: int = 2) -> None:
    descend(lambda: F.mse_loss(m(mg.randn(16, 4)), mg.zeros(16, 1)), m, n, 0.01)()


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_dropout_that_is_switched_on_after_eval_is_on_purpose(grad: bool, whole: bool) -> None:
    m = noisy()

    def ask() -> None:
        fit(m)
        m.eval()
        m[1].train()
        with mg.set_grad_enabled(grad):
            for _ in range(3):
                m(mg.randn(16, 4)) if whole else m[1](m[0](mg.randn(16, 4)))

    assert kinds(ask) == []


@pytest.mark.parametrize("within", [False, True])
def test_averages_that_are_computed_anew_are_on_purpose(within: bool) -> None:
    m = noisy()

    def recalibrate() -> None:
        fit(m)
        if not within:
            m.train()
        with mg.no_grad():
            if within:
                m.train()
            for _ in range(3):
                m(mg.randn(16, 4))
        m.eval()
        with mg.no_grad():
            m(mg.randn(16, 4))

    assert kinds(recalibrate) == []


@pytest.mark.parametrize("grad", [False, True])
def test_train_before_the_training_is_not_for_an_evaluation(grad: bool) -> None:
    m = noisy()

    def train() -> None:
        for _ in range(2):
            m.train()
            fit(m)
            with mg.set_grad_enabled(grad):
                m(mg.randn(16, 4)).tolist()

    assert kinds(train) == ["no_eval"]


class Drops(nn.Module):
    def __init__(self, drop: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.inner, self.drop = nn.Linear(4, 4), drop

    def forward(self, x: Any) -> Any:
        return self.drop(self, self.inner(x))


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize(
    ("drop", "wrong"),
    [
        (lambda self, x: F.dropout(x), 1),
        (lambda self, x: F.dropout(x, 0.2, inplace=True), 1),
        (lambda self, x: F.dropout1d(x), 1),
        (lambda self, x: F.scaled_dot_product_attention(x, x, x, dropout_p=0.1), 1),
        (lambda self, x: F.dropout(x, 0.5, self.training), 0),
        (lambda self, x: F.dropout(x, p=0), 0),
        (lambda self, x: nn.Dropout()(x), 0),  # Monte Carlo: a layer that trains, in a model that does not
    ],
)
def test_dropout_as_a_function_must_be_told_the_mode(drop: Any, wrong: int, grad: bool) -> None:
    m = Drops(drop)
    with mg.set_grad_enabled(grad), doctor() as d:
        m.train()(mg.randn(8, 4))
        m.eval()(mg.randn(8, 4))
        F.dropout(mg.randn(8, 4))
    assert [f.kind for f in d.findings] == ["dropout_in_eval"] * wrong


@pytest.mark.parametrize("drop", [lambda self, x: F.dropout(x, training=True), lambda self, x: F.dropout(x, 0.5, True)])
def test_dropout_that_is_told_to_run_is_on_purpose(drop: Any) -> None:
    assert kinds(lambda: Drops(drop).eval()(mg.randn(8, 4))) == []
