"""Lesson 5 - Logistic regression
第 5 课 - 逻辑斯蒂回归

New idea
    A yes-or-no answer is a probability: squash the line into (0, 1) by the
    sigmoid, and measure how far the predicted distribution is from the
    true one by binary cross-entropy instead of squared distance.

Formula
    p    = sigmoid(z) = 1 / (1 + e^-z)              z = w x + b
    loss = -sum_n [ y_n log p_n + (1 - y_n) log(1 - p_n) ]
    dp/dz = p (1 - p)    and with the loss    dloss/dz = p - y

Watch
    Three students studied 1, 2 and 3 hours; only the last passed. The
    curve crosses 1/2 between 2 and 3 hours, and gets steeper the longer it
    trains: nothing in the data tells it to be unsure.

Open next
    minigrad/ops/elementwise/transcendental.py: sigmoid, whose derivative is
    written with its own output.
    minigrad/ops/losses/entropy.py: binary_cross_entropy.
"""

from lessons.runner.step import Epochs, Result, Step


def lesson(torch, epochs=2000):
    x_data = torch.tensor([[1.0], [2.0], [3.0]])  # hours of study
    y_data = torch.tensor([[0.0], [0.0], [1.0]])  # passed?

    class LogisticRegressionModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(1, 1)

        def forward(self, x):
            return torch.sigmoid(self.linear(x))

    model = LogisticRegressionModel()
    criterion = torch.nn.BCELoss(reduction="sum")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    training = Epochs(epochs, model=model, optimizer=optimizer)
    for epoch in (yield training):
        y_pred = model(x_data)
        loss = criterion(y_pred, y_data)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield Step(epoch, loss.item(), model)

    yield Result(pass_after_1_hour=model(torch.tensor([[1.0]])).item())

    hours = torch.linspace(0, 10, 200).view(200, 1)  # 200 points, (200, 1)
    probability = model(hours)
    yield Result(
        hours=hours.view(200).numpy(),
        probability=probability.data.view(200).numpy(),
    )
