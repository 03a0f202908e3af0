"""Lesson 6 - Multiple dimension input
第 6 课 - 处理多维特征的输入

New idea
    Eight features instead of one, and all samples at once: N dot products
    become one matrix product, which the machine does in parallel. Layers
    in a row, 8-6-4-1, with a sigmoid after each to bend the space.

Formula
    Z = X W^T + b           X (N, 8)   W (6, 8)   b (6)   Z (N, 6)
    dloss/dW = dloss/dZ^T X         dloss/db = sum_n dloss/dZ_n
    dloss/dX = dloss/dZ W

Watch
    b has 6 numbers, Z has N * 6: b is broadcast over the rows, so its
    gradient is summed over them.
    The loss hardly moves: three sigmoids, and each multiplies the gradient
    by p (1 - p) <= 1/4. The first layer hears the loss from very far away.

Open next
    minigrad/ops/linalg/products.py: the two derivatives of a matrix product.
"""

from lessons.runner.step import Epochs, Result, Step


def lesson(torch, xy, epochs=100):
    x_data = torch.from_numpy(xy[:, :-1])  # all columns but the last
    y_data = torch.from_numpy(xy[:, [-1]])  # the last, as a matrix (N, 1)

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear1 = torch.nn.Linear(8, 6)
            self.linear2 = torch.nn.Linear(6, 4)
            self.linear3 = torch.nn.Linear(4, 1)
            self.sigmoid = torch.nn.Sigmoid()

        def forward(self, x):
            x = self.sigmoid(self.linear1(x))
            x = self.sigmoid(self.linear2(x))
            return self.sigmoid(self.linear3(x))

    model = Model()
    criterion = torch.nn.BCELoss(reduction="mean")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    training = Epochs(epochs, model=model, optimizer=optimizer)
    for epoch in (yield training):
        y_pred = model(x_data)
        loss = criterion(y_pred, y_data)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield Step(epoch, loss.item(), model)

    right = (model(x_data) > 0.5).float() == y_data
    yield Result(accuracy=right.float().mean().item())
