"""Short trainings, with a mistake or without: name -> (program, the kinds of findings that the doctor shall have)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import minigrad as mg

nn, F, SGD, Adam = mg.nn, mg.nn.functional, mg.optim.SGD, mg.optim.Adam

TRAININGS: dict[str, tuple[Callable[[], Any], set[str]]] = {}


def makes(*kinds: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """A training that makes these mistakes; without any, a good one."""

    def register(program: Callable[[], Any]) -> Callable[[], Any]:
        TRAININGS[program.__name__] = program, set(kinds)
        return program

    return register


def inputs(n: int = 16, features: int = 4) -> Any:
    return mg.randn(n, features)


def regress(
    model: Any, optimizer: Any = None, n: int = 6, order: str = "zbs", loss: Any = F.mse_loss, **data: Any
) -> None:
    """Train a model: z is zero_grad, b backward, s step."""
    optimizer = optimizer or SGD(model.parameters(), lr=0.01)
    x, y = data.get("x", inputs()), data.get("y", mg.randn(16, 1))
    for _ in range(n):
        value = loss(model(x), y)
        for act in order:
            if act == "z":
                optimizer.zero_grad()
            elif act == "b":
                value.backward()
            else:
                optimizer.step()


def classify(*layers: Any, loss: Any = F.cross_entropy, y: Any = None) -> None:
    """Train layers behind a Linear on three classes."""
    regress(nn.Sequential(nn.Linear(4, 3), *layers), loss=loss, y=mg.randint(0, 3, (16,)) if y is None else y)


def by_hand(update: Callable[[Any], None], factor: float = 1.0, n: int = 6) -> None:
    """Train one weight without an optimizer."""
    w = mg.tensor([1.0], requires_grad=True)
    for k in range(n):
        x = float(k % 3 + 1)
        ((factor * w * x - 2 * x) ** 2).sum().backward()
        update(w)


# ---- zero_grad, backward, step ----


@makes("no_zero_grad")
def zero_grad_forgotten() -> None:
    regress(nn.Linear(4, 1), order="bs")


@makes("no_zero_grad")
def zero_grad_forgotten_by_hand() -> None:
    def update(w: Any) -> None:
        w.data = w.data - 0.001 * w.grad.data

    by_hand(update)


@makes("no_zero_grad")
def zero_grad_forgotten_in_place() -> None:
    def update(w: Any) -> None:
        with mg.no_grad():
            w -= 0.001 * w.grad

    by_hand(update)


@makes()
def a_weight_by_hand() -> None:
    def update(w: Any) -> None:
        w.data = w.data - 0.01 * w.grad.data
        w.grad.data.zero_()

    by_hand(update)


@makes()
def the_four_steps() -> None:
    regress(nn.Linear(4, 1))


@makes()
def zero_grad_after_the_step() -> None:
    regress(nn.Linear(4, 1), order="bsz")


@makes()
def gradients_filled_with_zeros() -> None:
    model = nn.Linear(4, 1)
    optimizer = SGD(model.parameters(), lr=0.01)
    for _ in range(4):
        optimizer.zero_grad(set_to_none=False)
        F.mse_loss(model(inputs()), mg.randn(16, 1)).backward()
        optimizer.step()


@makes()
def accumulation_on_purpose() -> None:
    model = nn.Linear(4, 1)
    optimizer = SGD(model.parameters(), lr=0.01)
    for k in range(12):
        (F.mse_loss(model(inputs()), mg.randn(16, 1)) / 4).backward()
        if k % 4 == 3:
            optimizer.step()
            optimizer.zero_grad()


@makes("zero_grad_before_step")
def zero_grad_between() -> None:
    regress(nn.Linear(4, 1), order="bzs")


@makes("no_gradient")
def backward_without_parentheses() -> None:
    regress(nn.Linear(4, 1), order="zs")


@makes("no_step")
def step_without_parentheses() -> None:
    regress(nn.Linear(4, 1), order="zb")


@makes()
def gradients_to_be_looked_at() -> None:
    model = nn.Linear(4, 1)
    F.mse_loss(model(inputs()), mg.randn(16, 1)).backward()
    model.zero_grad()
    F.mse_loss(model(inputs()), mg.randn(16, 1)).backward()


@makes()
def steps_of_a_schedule_alone() -> None:
    optimizer = SGD(nn.Linear(4, 1).parameters(), lr=0.1)
    schedule = mg.optim.lr_scheduler.StepLR(optimizer, 3)
    for _ in range(9):
        optimizer.step()
        schedule.step()


@makes()
def lbfgs() -> None:
    model = nn.Linear(4, 1)
    optimizer = mg.optim.LBFGS(model.parameters(), lr=0.5)
    x, y = inputs(), mg.randn(16, 1)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        return loss

    for _ in range(4):
        optimizer.step(closure)


# ---- train and eval ----


def noisy() -> Any:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 1))


@makes("no_eval")
def eval_forgotten() -> None:
    model = noisy()
    regress(model)
    with mg.no_grad():
        model(inputs())


@makes("no_eval")
def eval_and_no_grad_forgotten() -> None:
    model = noisy()
    regress(model)
    model(inputs()).detach().tolist()


@makes("no_eval")
def validation_in_training_mode() -> None:
    model = noisy()
    optimizer = SGD(model.parameters(), lr=0.01)
    for _ in range(3):
        regress(model, optimizer, n=2)
        F.mse_loss(model(inputs()), mg.zeros(16, 1)).item()


@makes()
def two_forwards_and_one_backward() -> None:
    model = noisy()
    regress(model, loss=lambda prediction, y: F.mse_loss(prediction, y) + F.mse_loss(model(inputs()), y))


@makes()
def a_slow_copy_that_nobody_trains() -> None:
    model, slow = noisy(), noisy()
    regress(model, loss=lambda prediction, y: F.mse_loss(prediction, slow(inputs()).detach()))


@makes()
def eval_and_train() -> None:
    model = noisy()
    optimizer = SGD(model.parameters(), lr=0.01)
    for _ in range(2):
        model.train()
        regress(model, optimizer)
        model.eval()
        with mg.no_grad():
            model(inputs())


class DropsAlways(nn.Module):
    def forward(self, x: Any) -> Any:
        return F.dropout(x)


@makes("dropout_in_eval")
def dropout_that_does_not_know_the_mode() -> None:
    DropsAlways().eval()(inputs())


@makes("no_train")
def train_forgotten() -> None:
    model = noisy()
    optimizer = SGD(model.parameters(), lr=0.01)
    for _ in range(2):
        regress(model, optimizer, n=2)
        model.eval()
        with mg.no_grad():
            model(inputs())


@makes()
def evaluation_of_a_model_of_one_mode() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.0), nn.Linear(8, 1))
    regress(model)
    with mg.no_grad():
        model(inputs())


# ---- losses ----


@makes("activation_before_loss")
def softmax_before_cross_entropy() -> None:
    classify(nn.Softmax(dim=1))


@makes("activation_before_loss")
def softmax_in_another_shape() -> None:
    scores = F.softmax(nn.Linear(4, 6)(inputs()).view(-1, 3), dim=1).unsqueeze(0).squeeze().view(32, 3)
    F.cross_entropy(scores, mg.randint(0, 3, (32,))).backward()


@makes("activation_before_loss")
def softmax_before_probabilities() -> None:
    classify(nn.Softmax(dim=1), y=mg.ones(16, 3) / 3)


@makes("activation_before_loss")
def log_softmax_before_cross_entropy() -> None:
    classify(nn.LogSoftmax(dim=1))


@makes("activation_before_loss")
def sigmoid_before_logits() -> None:
    classify(nn.Sigmoid(), loss=F.binary_cross_entropy_with_logits, y=mg.ones(16, 3))


@makes("no_log_softmax")
def softmax_before_nll() -> None:
    classify(nn.Softmax(dim=1), loss=F.nll_loss)


@makes()
def log_softmax_before_nll() -> None:
    classify(nn.LogSoftmax(dim=1), loss=F.nll_loss)


@makes()
def sigmoid_before_bce() -> None:
    classify(nn.Sigmoid(), loss=F.binary_cross_entropy, y=mg.ones(16, 3))


@makes()
def attention_before_cross_entropy() -> None:
    model = nn.Linear(4, 3)
    weights = F.softmax(model(inputs()), dim=1)
    F.cross_entropy(weights @ mg.randn(3, 3), mg.randint(0, 3, (16,))).backward()


@makes("shapes_of_the_loss")
def column_against_row() -> None:
    regress(nn.Linear(4, 1), y=mg.randn(16))


@makes("shapes_of_the_loss")
def column_against_row_by_hand() -> None:
    regress(nn.Linear(4, 1), y=mg.randn(16), loss=lambda prediction, y: ((prediction - y) ** 2).mean())


@makes("shapes_of_the_loss")
def column_against_row_in_l1() -> None:
    regress(nn.Linear(4, 1), y=mg.randn(16), loss=F.l1_loss)


@makes()
def all_pairs_on_purpose() -> None:
    x = mg.randn(8, requires_grad=True)
    optimizer = SGD([x], lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        ((x.unsqueeze(1) - x) ** 2).mean().backward()
        optimizer.step()


# ---- parameters ----


class InAList(nn.Module):
    def __init__(self, wrap: Callable[[Any], Any]) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.layers = wrap([nn.Linear(4, 4), nn.Linear(4, 1)])

    def forward(self, x: Any) -> Any:
        x = self.first(x)
        for layer in self.layers:
            x = layer(x)
        return x


class WithATensor(nn.Module):
    def __init__(self, wrap: Callable[[Any], Any]) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.w = wrap(mg.ones(4, 1))

    def forward(self, x: Any) -> Any:
        return self.first(x) @ self.w


@makes("layers_in_a_list")
def layers_in_a_list() -> None:
    regress(InAList(list))


@makes("layers_in_a_list")
def layers_in_a_tuple() -> None:
    regress(InAList(tuple))


@makes()
def layers_in_a_module_list() -> None:
    regress(InAList(nn.ModuleList))


@makes()
def layers_in_a_list_given_to_the_optimizer() -> None:
    model = InAList(list)
    regress(model, SGD([*model.parameters(), *(p for layer in model.layers for p in layer.parameters())], lr=0.01))


@makes("tensor_for_a_parameter")
def a_tensor_for_a_parameter() -> None:
    regress(WithATensor(lambda w: w.requires_grad_()))


@makes()
def a_parameter() -> None:
    regress(WithATensor(nn.Parameter))


@makes("unknown_to_the_optimizer")
def half_a_model_in_the_optimizer() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
    regress(model, SGD(model[2].parameters(), lr=0.01))


@makes("unknown_to_the_optimizer")
def an_encoder_that_nobody_trains() -> None:
    encoder, decoder = nn.Linear(4, 4), nn.Linear(4, 1)
    regress(lambda x: decoder(mg.tanh(encoder(x))), SGD(decoder.parameters(), lr=0.01))


@makes("not_of_the_model")
def a_model_made_anew() -> None:
    optimizer = SGD(nn.Linear(4, 1).parameters(), lr=0.01)
    regress(nn.Linear(4, 1), optimizer)


@makes()
def frozen_layers() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
    model[0].requires_grad_(False)
    regress(model, SGD([p for p in model.parameters() if p.requires_grad], lr=0.01))
    regress(model)


@makes()
def an_image_that_is_trained() -> None:
    judge, x = nn.Sequential(nn.Linear(4, 8), nn.ReLU()), mg.randn(16, 4, requires_grad=True)
    optimizer = Adam([x], lr=0.01)
    for _ in range(6):
        optimizer.zero_grad()
        F.mse_loss(judge(x), mg.zeros(16, 8)).backward()
        optimizer.step()


# ---- several networks ----


@makes()
def a_shared_encoder() -> None:
    encoder, a, b = nn.Linear(4, 4), nn.Linear(4, 1), nn.Linear(4, 1)
    optimizer = Adam([*encoder.parameters(), *a.parameters(), *b.parameters()], lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        code = mg.tanh(encoder(inputs()))
        F.mse_loss(a(code), mg.randn(16, 1)).backward(retain_graph=True)
        F.mse_loss(b(code), mg.randn(16, 1)).backward()
        optimizer.step()


def play_against(fakes: Callable[[Any], tuple[Any, Any]]) -> None:
    """A generator and a discriminator; ``fakes`` gives what each of them is trained on."""
    generator = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 4))
    judge = nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2), nn.Dropout(0.3), nn.Linear(8, 1), nn.Sigmoid())
    first, second = Adam(judge.parameters(), lr=0.001), Adam(generator.parameters(), lr=0.001)
    for _ in range(6):
        for_judge, for_generator = fakes(generator)
        first.zero_grad()
        F.binary_cross_entropy(judge(inputs()), mg.ones(16, 1)).backward()
        F.binary_cross_entropy(judge(for_judge), mg.zeros(16, 1)).backward()
        first.step()
        second.zero_grad()
        F.binary_cross_entropy(judge(for_generator), mg.ones(16, 1)).backward()
        second.step()
    with mg.no_grad():
        generator(inputs(16, 2))


@makes()
def a_gan() -> None:
    def fakes(generator: Any) -> Any:
        fake = generator(inputs(16, 2))
        return fake.detach(), fake

    play_against(fakes)


@makes()
def a_gan_with_no_grad() -> None:
    def fakes(generator: Any) -> Any:
        with mg.no_grad():
            fake = generator(inputs(16, 2))
        return fake, generator(inputs(16, 2))

    play_against(fakes)


@makes()
def a_target_network() -> None:
    q, target = nn.Linear(4, 2), nn.Linear(4, 2)
    optimizer = Adam(q.parameters())
    for _ in range(6):
        with mg.no_grad():
            wanted = target(inputs()).max(1).values
        optimizer.zero_grad()
        F.smooth_l1_loss(q(inputs())[:, 0], wanted).backward()
        optimizer.step()
        target.load_state_dict(q.state_dict())


# ---- units ----


@makes("dead_relu")
def dead_relus() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    model[0].bias.data.fill_(-100.0)
    regress(model)


@makes("dead_relu")
def relus_that_die() -> None:
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    regress(model, SGD(model.parameters(), lr=0.5), n=20, x=inputs().abs(), y=mg.randn(16, 1) - 100)


@makes()
def a_few_relus_of_a_narrow_layer() -> None:
    x = mg.rand(16, 8)
    model = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 8), nn.Sigmoid())
    regress(model, x=x, y=x)


@makes("saturated")
def saturated_sigmoids() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 1))
    model[0].weight.data.mul_(1000.0)
    regress(model)


@makes("saturated")
def saturated_tanhs() -> None:
    first, last = nn.Linear(4, 8), nn.Linear(8, 1)
    regress(lambda x: last(mg.tanh(500 * first(x))), SGD([*first.parameters(), *last.parameters()], lr=0.01))


@makes()
def a_prediction_that_is_sure() -> None:
    model = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    x = inputs()
    model[0].weight.data.mul_(1000.0)
    regress(model, loss=F.binary_cross_entropy, x=x, y=(model(x) > 0.5).float())


@makes()
def relus_on_one_sample() -> None:
    regress(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)), n=2, x=inputs(1), y=mg.randn(1, 1))


# ---- the learning rate ----


@makes("exploding")
def a_rate_that_explodes() -> None:
    model = nn.Linear(4, 1)
    regress(model, SGD(model.parameters(), lr=1.0), n=20, x=3 * inputs())


@makes("exploding")
def a_rate_that_explodes_at_once() -> None:
    model = nn.Linear(4, 1)
    regress(model, SGD(model.parameters(), lr=1.0), n=4, x=10 * inputs())


@makes("exploding")
def a_rate_that_explodes_in_the_first_step() -> None:
    model = nn.Linear(4, 1)
    regress(model, Adam(model.parameters(), lr=500.0), n=12)


@makes("exploding")
def a_rate_that_ends_in_nan() -> None:
    model = nn.Linear(4, 1)
    regress(model, SGD(model.parameters(), lr=100.0), n=30, x=10 * inputs())


@makes("exploding")
def a_rate_that_explodes_by_hand() -> None:
    def update(w: Any) -> None:
        w.data = w.data - 1.0 * w.grad.data
        w.grad.data.zero_()

    by_hand(update, factor=3.0, n=20)


@makes("exploding")
def steps_as_large_as_the_weights() -> None:
    model, x = nn.Linear(1, 1), mg.linspace(-1, 1, 16).view(16, 1)
    loss = F.binary_cross_entropy_with_logits
    regress(model, SGD(model.parameters(), lr=5000.0), n=20, loss=loss, x=x, y=(mg.arange(16) % 2).float().view(16, 1))


@makes("exploding")
def a_loss_that_is_nan() -> None:
    regress(nn.Linear(4, 1), n=2, loss=lambda prediction, y: mg.log(prediction * 0 - 1).mean())


# ---- graphs that are carried ----


@makes("carried_graph")
def a_sum_of_losses() -> None:
    model, total = nn.Linear(4, 1), 0
    optimizer = SGD(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs()), mg.randn(16, 1))
        loss.backward()
        optimizer.step()
        total = total + loss


def recurrent(cut: Callable[[Any], Any], rnn: Any) -> None:
    """Train an RNN whose state goes from step to step."""
    last, state = nn.Linear(8, 1), None
    optimizer = SGD([*rnn.parameters(), *last.parameters()], lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        out, state = rnn(mg.randn(5, 3, 4), cut(state))
        F.mse_loss(last(out), mg.randn(5, 3, 1)).backward()
        optimizer.step()


@makes("carried_graph")
def a_hidden_state() -> None:
    recurrent(lambda state: state, nn.GRU(4, 8))


@makes("carried_graph")
def a_pair_of_hidden_states() -> None:
    recurrent(lambda state: state, nn.LSTM(4, 8))


@makes()
def a_hidden_state_that_is_cut_off() -> None:
    recurrent(lambda state: state if state is None else state.detach(), nn.GRU(4, 8))


@makes("carried_graph")
def a_hidden_state_with_retain_graph() -> None:
    rnn, last, state = nn.GRU(4, 8), nn.Linear(8, 1), None
    optimizer = SGD([*rnn.parameters(), *last.parameters()], lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        out, state = rnn(mg.randn(5, 3, 4), state)
        F.mse_loss(last(out), mg.randn(5, 3, 1)).backward(retain_graph=True)
        optimizer.step()


@makes("carried_graph")
def a_hidden_state_without_an_error() -> None:
    cell, state = nn.RNNCell(4, 8), mg.zeros(16, 8)
    w = mg.ones(8, requires_grad=True)
    for _ in range(4):
        state = cell(inputs(), state)
        (state.detach() @ w).mean().backward()
        w.data = w.data - 0.01 * w.grad
        w.grad = None
