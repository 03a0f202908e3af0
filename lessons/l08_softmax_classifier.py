"""Lesson 8 - Softmax classifier
第 8 课 - 多分类问题

New idea
    Ten answers instead of two. The softmax turns ten scores into ten
    probabilities that sum to 1; cross-entropy asks only how probable the
    true one was. The last layer stays linear: CrossEntropyLoss contains
    the softmax, since log and softmax are exact together, and not apart.

Formula
    p_k  = e^(z_k) / sum_j e^(z_j)
    loss = -1/N sum_n log p_n[target_n]
    dloss/dz = (p - onehot(target)) / N         prediction minus truth
    v <- 0.5 v + dloss/dw;   w <- w - 0.01 v    SGD with momentum

Watch
    The loss starts near log 10 = 2.30: ten answers, all equally likely.
    Accuracy is counted on digits that were never trained on, after each
    epoch, under no_grad: nothing is recorded, nothing will be derived.

Open next
    minigrad/ops/losses/entropy.py: cross_entropy keeps the softmax of the
    forward pass, and its backward pass is one subtraction.
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
            self.l1 = torch.nn.Linear(784, 512)
            self.l2 = torch.nn.Linear(512, 256)
            self.l3 = torch.nn.Linear(256, 128)
            self.l4 = torch.nn.Linear(128, 64)
            self.l5 = torch.nn.Linear(64, 10)

        def forward(self, x):
            x = x.view(-1, 784)  # -1: whatever the batch size is
            x = F.relu(self.l1(x))
            x = F.relu(self.l2(x))
            x = F.relu(self.l3(x))
            x = F.relu(self.l4(x))
            return self.l5(x)  # no activation: scores, not probabilities

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
