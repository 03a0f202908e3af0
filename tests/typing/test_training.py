"""The types of a training loop: layers, optimizers, schedules, data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_type

import minigrad as torch
from minigrad import Tensor, nn
from minigrad.nn.utils.rnn import PackedSequence, pack_padded_sequence
from minigrad.optim.lr_scheduler import StepLR
from minigrad.utils.data import DataLoader, Dataset, Subset, TensorDataset, random_split


class Net(nn.Module):
    """A user's own module: it is called as its ``forward`` is."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 3)
        self.out = nn.Linear(3, 1)

    def forward(self, x: Tensor, scale: float = 1.0) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.hidden(x))
        return h, self.out(h) * scale


def test_layers() -> None:
    x = torch.ones(4, 2)
    assert_type(nn.Linear(2, 1)(x), Tensor)
    assert_type(nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())(x), Tensor)
    assert_type(nn.Conv2d(1, 2, 3, padding="same")(torch.ones(1, 1, 4, 4)), Tensor)
    assert_type(nn.MaxPool2d(2)(torch.ones(1, 4, 4)), Tensor)
    assert_type(nn.BatchNorm1d(2)(x), Tensor)
    assert_type(nn.Embedding(3, 2)(torch.tensor([0, 1])), Tensor)
    assert_type(nn.CrossEntropyLoss()(x, torch.tensor([0, 1, 0, 1])), Tensor)
    assert_type(nn.MSELoss()(x, x), Tensor)
    assert_type(nn.MultiheadAttention(2, 1)(x, x, x), tuple[Tensor, Tensor | None])
    assert_type(nn.Linear(2, 1).weight, nn.Parameter)
    assert_type(nn.Linear(2, 1).weight.grad, Tensor | None)
    assert_type(nn.Parameter(x), nn.Parameter)


def test_recurrent_layers() -> None:
    x = torch.ones(3, 1, 2)
    packed = pack_padded_sequence(x, [3])
    assert_type(nn.RNN(2, 4)(x), tuple[Tensor, Tensor])
    assert_type(nn.GRU(2, 4)(packed), tuple[PackedSequence, Tensor])
    assert_type(nn.LSTM(2, 4)(x), tuple[Tensor, tuple[Tensor, Tensor]])
    assert_type(nn.LSTM(2, 4)(packed), tuple[PackedSequence, tuple[Tensor, Tensor]])
    assert_type(nn.LSTMCell(2, 4)(x[0]), tuple[Tensor, Tensor])
    assert_type(nn.GRUCell(2, 4)(x[0]), Tensor)


def test_own_module() -> None:
    net = Net()
    assert_type(net(torch.ones(4, 2)), tuple[Tensor, Tensor])
    assert_type(net(torch.ones(4, 2), scale=2.0), tuple[Tensor, Tensor])
    assert_type(net.train(), Net)
    assert_type(net.to(torch.float64), Net)
    assert_type(list(net.parameters()), list[nn.Parameter])


def test_step() -> None:
    net = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    schedule = StepLR(optimizer, step_size=1)
    loss = net(torch.ones(1, 2)).square().mean()
    loss.backward()
    assert_type(optimizer.step(), None)
    assert_type(torch.optim.SGD([torch.ones(1)]).step(lambda: torch.ones(1)), Tensor)
    schedule.step()
    assert_type(schedule.get_last_lr(), list[float | Tensor])
    assert_type(nn.utils.clip_grad_norm_(net.parameters(), 1.0), Tensor)


class Digits(Dataset[tuple[Tensor, int]]):
    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return torch.ones(2), index

    def __len__(self) -> int:
        return 4


def test_data() -> None:
    data = TensorDataset(torch.ones(4, 2), torch.ones(4))
    assert_type(data[0], tuple[Tensor, ...])
    assert_type(DataLoader(data, batch_size=2, shuffle=True), DataLoader[tuple[Tensor, ...]])
    assert_type(list(DataLoader(data)), list[list[Tensor]])
    for image, label in DataLoader(Digits(), batch_size=2):
        assert_type(image, Tensor)
        assert_type(label, Tensor)
    for numbers in DataLoader([1.0, 2.0]):
        assert_type(numbers, Tensor)
    own: DataLoader[Any] = DataLoader(data, collate_fn=len)
    assert_type(next(iter(own)), Any)
    assert_type(random_split(Digits(), [3, 1]), list[Subset[tuple[Tensor, int]]])


if TYPE_CHECKING:  # what is refused: an error that is not there would be an ignore too many
    nn.Linear(2, 1)(1.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    nn.Linear("2", 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Net()(torch.ones(2), factor=2.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    torch.optim.SGD(torch.ones(2), rate=0.1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
