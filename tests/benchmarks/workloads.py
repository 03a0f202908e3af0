"""What is timed: training steps and chains of ops, written once against torch's API and run on either engine.

A workload is a function ``w(torch, **sizes)`` that builds a model and its data and returns ``step``. A step is forward,
loss, backward and, where there is one, the optimizer's step, and returns (loss, one gradient): by these the runner sees
that both engines compute the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

Step = Callable[[], tuple[Any, Any]]


def training(model: Any, optimizer: Any, loss_of: Callable[[], Any]) -> Step:
    """The four lines of every training loop."""
    first = next(model.parameters())

    def step() -> tuple[Any, Any]:
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss, first.grad

    return step


def linear_regression(torch: Any) -> Step:
    """W1: lesson 4, three samples."""
    torch.manual_seed(0)
    x = torch.tensor([[1.0], [2.0], [3.0]])
    y = torch.tensor([[2.0], [4.0], [6.0]])

    class Model(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(1, 1)

        def forward(self, x: Any) -> Any:
            return self.linear(x)

    model, criterion = Model(), torch.nn.MSELoss(reduction="sum")
    return training(model, torch.optim.SGD(model.parameters(), lr=0.01), lambda: criterion(model(x), y))


def diabetes(torch: Any) -> Step:
    """W2: lesson 6, 759 rows through 8-6-4-1."""
    torch.manual_seed(0)
    x, y = torch.rand(759, 8), torch.rand(759, 1).round()

    class Model(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.linear1 = torch.nn.Linear(8, 6)
            self.linear2 = torch.nn.Linear(6, 4)
            self.linear3 = torch.nn.Linear(4, 1)
            self.sigmoid = torch.nn.Sigmoid()

        def forward(self, x: Any) -> Any:
            x = self.sigmoid(self.linear1(x))
            x = self.sigmoid(self.linear2(x))
            return self.sigmoid(self.linear3(x))

    model, criterion = Model(), torch.nn.BCELoss()
    return training(model, torch.optim.SGD(model.parameters(), lr=0.1), lambda: criterion(model(x), y))


def classifier(torch: Any, model: Any, x: Any, y: Any) -> Step:
    """How lessons 8 to 10 train: cross-entropy, SGD with momentum."""
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    return training(model, optimizer, lambda: criterion(model(x), y))


def mlp(torch: Any, batch: int = 64, widths: tuple[int, ...] = (784, 512, 256, 128, 64, 10)) -> Step:
    """W3: lesson 8, MNIST through five linear layers."""
    torch.manual_seed(0)
    F = torch.nn.functional

    class Model(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            pairs = itertools.pairwise(widths)
            self.layers = torch.nn.ModuleList([torch.nn.Linear(i, o) for i, o in pairs])

        def forward(self, x: Any) -> Any:
            x = x.view(-1, widths[0])
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)

    x, y = torch.rand(batch, 1, 1, widths[0]), torch.randint(0, widths[-1], (batch,))
    return classifier(torch, Model(), x, y)


def cnn(torch: Any, batch: int = 64, side: int = 28) -> Step:
    """W4: lesson 9, two convolutions, two poolings, a linear layer."""
    torch.manual_seed(0)
    F = torch.nn.functional
    padding = 2 if side < 16 else 0  # images of 8 x 8 would vanish
    last = side // 4 if padding else ((side - 4) // 2 - 4) // 2

    class Model(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = torch.nn.Conv2d(1, 10, kernel_size=5, padding=padding)
            self.conv2 = torch.nn.Conv2d(10, 20, kernel_size=5, padding=padding)
            self.pooling = torch.nn.MaxPool2d(2)
            self.fc = torch.nn.Linear(20 * last * last, 10)

        def forward(self, x: Any) -> Any:
            x = F.relu(self.pooling(self.conv1(x)))
            x = F.relu(self.pooling(self.conv2(x)))
            return self.fc(x.view(x.size(0), -1))

    return classifier(torch, Model(), torch.rand(batch, 1, side, side), torch.randint(0, 10, (batch,)))


def residual(torch: Any, batch: int = 64) -> Step:
    """W5: lesson 10, convolutions with skips around them."""
    torch.manual_seed(0)
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
            self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

        def forward(self, x: Any) -> Any:
            return F.relu(x + self.conv2(F.relu(self.conv1(x))))

    class Model(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 16, kernel_size=5)
            self.conv2 = nn.Conv2d(16, 32, kernel_size=5)
            self.block1 = Block(16)
            self.block2 = Block(32)
            self.mp = nn.MaxPool2d(2)
            self.fc = nn.Linear(512, 10)

        def forward(self, x: Any) -> Any:
            x = self.block1(self.mp(F.relu(self.conv1(x))))
            x = self.block2(self.mp(F.relu(self.conv2(x))))
            return self.fc(x.view(x.size(0), -1))

    return classifier(torch, Model(), torch.rand(batch, 1, 28, 28), torch.randint(0, 10, (batch,)))


def inception(torch: Any, batch: int = 64) -> Step:
    """W6: lesson 10, four branches side by side, twice."""
    torch.manual_seed(0)
    nn, F = torch.nn, torch.nn.functional

    class Inception(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.branch1x1 = nn.Conv2d(channels, 16, kernel_size=1)
            self.branch5x5_1 = nn.Conv2d(channels, 16, kernel_size=1)
            self.branch5x5_2 = nn.Conv2d(16, 24, kernel_size=5, padding=2)
            self.branch3x3_1 = nn.Conv2d(channels, 16, kernel_size=1)
            self.branch3x3_2 = nn.Conv2d(16, 24, kernel_size=3, padding=1)
            self.branch3x3_3 = nn.Conv2d(24, 24, kernel_size=3, padding=1)
            self.branch_pool = nn.Conv2d(channels, 24, kernel_size=1)

        def forward(self, x: Any) -> Any:
            branch5x5 = self.branch5x5_2(self.branch5x5_1(x))
            branch3x3 = self.branch3x3_3(self.branch3x3_2(self.branch3x3_1(x)))
            pooled = self.branch_pool(F.avg_pool2d(x, kernel_size=3, stride=1, padding=1))
            return torch.cat([self.branch1x1(x), branch5x5, branch3x3, pooled], dim=1)

    class Model(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
            self.conv2 = nn.Conv2d(88, 20, kernel_size=5)
            self.incep1 = Inception(10)
            self.incep2 = Inception(20)
            self.mp = nn.MaxPool2d(2)
            self.fc = nn.Linear(1408, 10)

        def forward(self, x: Any) -> Any:
            x = self.incep1(F.relu(self.mp(self.conv1(x))))
            x = self.incep2(F.relu(self.mp(self.conv2(x))))
            return self.fc(x.view(x.size(0), -1))

    return classifier(torch, Model(), torch.rand(batch, 1, 28, 28), torch.randint(0, 10, (batch,)))


def gru(torch: Any, length: int = 15, batch: int = 256, packed: bool = False) -> Step:
    """W7: lesson 12, a bidirectional GRU of two layers, Adam; ``packed``: sequences of different lengths."""
    torch.manual_seed(0)
    nn = torch.nn
    lengths = torch.arange(batch - 1, -1, -1) * length // batch + 1  # longest first

    class Model(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(128, 100)
            self.gru = nn.GRU(100, 100, 2, bidirectional=True)
            self.fc = nn.Linear(200, 18)

        def forward(self, x: Any) -> Any:
            hidden = torch.zeros(4, x.size(0), 100)
            x = self.embedding(x.t())  # (T, N, 100)
            if packed:
                x = nn.utils.rnn.pack_padded_sequence(x, lengths)
            _, hidden = self.gru(x, hidden)
            return self.fc(torch.cat([hidden[-1], hidden[-2]], dim=1))

    x, y = torch.randint(0, 128, (batch, length)), torch.randint(0, 18, (batch,))
    model, criterion = Model(), nn.CrossEntropyLoss()
    return training(model, torch.optim.Adam(model.parameters(), lr=0.001), lambda: criterion(model(x), y))


def chain(torch: Any, length: int = 1000) -> Step:
    """W8: a chain of ops on four numbers: what an op costs where there is nothing to compute."""
    x = torch.tensor([0.1, 0.2, 0.3, 0.4], requires_grad=True)
    c = torch.tensor([1.01, 1.0, 0.99, 1.0])

    def step() -> tuple[Any, Any]:
        x.grad = None
        y = x
        for _ in range(length // 4):
            y = y * c
            y = y + x
            y = y.tanh()
            y = y * 0.5
        loss = y.sum()
        loss.backward()
        return loss, x.grad

    return step


def elementwise(torch: Any, size: int = 1_000_000) -> Step:
    """W9: a million numbers, four ops: how fast memory is."""
    torch.manual_seed(0)
    x = torch.rand(size).requires_grad_()
    y = torch.rand(size).requires_grad_()

    def step() -> tuple[Any, Any]:
        x.grad = y.grad = None
        loss = (x * y + x).sigmoid().sum()
        loss.backward()
        return loss, y.grad

    return step


WORKLOADS: dict[str, Callable[..., Step]] = {
    "W1": linear_regression,
    "W2": diabetes,
    "W3": mlp,
    "W4": cnn,
    "W5": residual,
    "W6": inception,
    "W7": gru,
    "W8": chain,
    "W9": elementwise,
}
