"""Lesson 4 - Linear regression
第 4 课 - 用 PyTorch 实现线性回归

New idea
    The shape of every training program to come: 1 data, 2 a Module, 3 a
    loss and an optimizer, 4 the loop of four lines - forward, loss,
    backward, step. The gradient is no longer derived by hand: write the
    forward, and autograd does the rest.

Formula
    y_pred = x W^T + b                            W (1, 1), b (1)
    loss   = sum_n (y_pred_n - y_n)^2             MSELoss(reduction="sum")
    dloss/dW = sum_n 2 (y_pred_n - y_n) x_n

Watch
    Both engines draw their first W and b from the same seed, and draw the
    same: no weights are copied. The loss never stops falling, and yet w
    after 100 steps is not 2: along the valley of (w, b) it is nearly flat.

Open next
    minigrad/nn/modules/linear.py: a layer is two parameters and one line.
    minigrad/ops/losses/regression.py: what MSELoss computes.
"""

from lessons.runner.step import Epochs, Result, Step


def lesson(torch, epochs=100):
    # 1. data: a mini-batch is a tensor, one row per sample
    x_data = torch.tensor([[1.0], [2.0], [3.0]])
    y_data = torch.tensor([[2.0], [4.0], [6.0]])

    # 2. a model: draws the graph when it is called
    class LinearModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(1, 1)

        def forward(self, x):
            return self.linear(x)

    model = LinearModel()

    # 3. a loss and an optimizer
    criterion = torch.nn.MSELoss(reduction="sum")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    # 4. the loop
    training = Epochs(epochs, model=model, optimizer=optimizer)
    for epoch in (yield training):
        y_pred = model(x_data)  # forward: what does the model say?
        loss = criterion(y_pred, y_data)  # how wrong is it?
        optimizer.zero_grad()
        loss.backward()  # backward: whose fault is it?
        optimizer.step()  # nudge every parameter downhill
        yield Step(epoch, loss.item(), model)

    x_test = torch.tensor([[4.0]])
    yield Result(
        w=model.linear.weight.item(),
        b=model.linear.bias.item(),
        prediction_at_4=model(x_test).item(),
    )
