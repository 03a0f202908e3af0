"""Lesson 9 - Basic CNN
第 9 课 - 卷积神经网络（基础篇）

New idea
    A fully connected layer forgets which pixels are neighbours. A
    convolution keeps them: one small window of weights (5 x 5) slides over
    the whole image and computes the same weighted sum at every place, so a
    stroke is found wherever it stands. Pooling then keeps the strongest
    answer of every 2 x 2: a quarter of the numbers, and the same digit a
    pixel further on looks nearly the same.

Formula
    y[o, i, j] = b[o] + sum_(c, a, b) w[o, c, a, b] x[c, i + a, j + b]
    size after a convolution = H - K + 1,  after pooling = H / 2
    28 -conv 5-> 24 -pool-> 12 -conv 5-> 8 -pool-> 4:  20 * 4 * 4 = 320
    dw[o, c, a, b] = sum over images and places of g[o, i, j] x[c, i + a,
                     j + b]: every place has its say in the one weight

Watch
    8,490 weights, where lesson 8 had 575,050, and it is right more often.
    The gradient of a pooled window goes to its winner alone.
    The data and the model move to the same device, or torch refuses; the
    weights are drawn on the CPU before, so both engines start alike.

Open next
    minigrad/ops/layers/conv.py: three products, each the derivative of another.
    minigrad/ops/layers/pool_max.py: who won, and how the gradient finds it.
"""

from lessons.runner.step import Epochs, Result, Step


def lesson(torch, train_data, test_data, epochs=10, device="cpu"):
    F = torch.nn.functional

    def prepare(images, labels):
        """Bytes (N, 28, 28) to floats (N, 1, 28, 28) of mean 0, spread 1."""
        pixels = torch.from_numpy(images).div(255).unsqueeze(1)
        return torch.utils.data.TensorDataset(
            (pixels - 0.1307) / 0.3081,  # mean and deviation of MNIST
            torch.from_numpy(labels).long(),
        )

    DataLoader = torch.utils.data.DataLoader
    train_dataset = prepare(*train_data)
    train_loader = DataLoader(train_dataset, shuffle=True, batch_size=64)
    test_dataset = prepare(*test_data)
    test_loader = DataLoader(test_dataset, shuffle=False, batch_size=64)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = torch.nn.Conv2d(1, 10, kernel_size=5)
            self.conv2 = torch.nn.Conv2d(10, 20, kernel_size=5)
            self.pooling = torch.nn.MaxPool2d(2)
            self.fc = torch.nn.Linear(320, 10)

        def forward(self, x):
            batch_size = x.size(0)
            x = F.relu(self.pooling(self.conv1(x)))  # (N, 10, 12, 12)
            x = F.relu(self.pooling(self.conv2(x)))  # (N, 20, 4, 4)
            x = x.view(batch_size, -1)  # (N, 320)
            return self.fc(x)

    model = Net()
    model.to(device)  # after the weights were drawn, on the CPU
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)

    def test():
        correct = total = 0
        with torch.no_grad():
            for images, labels in test_loader:
                images, labels = images.to(device), labels.to(device)
                outputs = model(images)
                _, predicted = torch.max(outputs.data, dim=1)
                total += labels.size(0)
                correct += (predicted == labels).sum().item()
        return correct / total

    training = Epochs(epochs, train_loader, model=model, optimizer=optimizer)
    for epoch in (yield training):
        for inputs, target in train_loader:
            inputs, target = inputs.to(device), target.to(device)
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, target)
            loss.backward()
            optimizer.step()
            yield Step(epoch, loss.item(), model)
        yield Result(accuracy=test())
