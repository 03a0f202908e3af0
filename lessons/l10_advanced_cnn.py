"""Lesson 10 - Advanced CNN
第 10 课 - 卷积神经网络（高级篇）

New idea
    Which kernel size is best? Inception does not choose: four branches see
    the same image through 1 x 1, 3 x 3, 5 x 5 and an average, and their
    channels are stacked: 16 + 24 + 24 + 24 = 88. A 1 x 1
    convolution mixes the channels of one pixel; put before a 5 x 5, it
    makes the expensive one work on fewer channels.
    How deep can a network be? Each layer multiplies the gradient on its
    way back, and a product of many small numbers vanishes. A residual
    block adds its input to its output: the gradient has a way around.

Formula
    multiplications = C_in * C_out * K * K * H * W
    y = relu(x + f(x))       dx = g' + g' f'(x),   g' = g where y > 0
    and without the skip     dx = g' f'(x)

Watch
    Both networks see the same batches. The features for the last layer are
    88 * 4 * 4 = 1408 and 32 * 4 * 4 = 512.
    5 x 5 on 192 channels: with a 1 x 1 before it, a tenth of the work.
    Ten blocks, before any training: most of the gradient at the last
    reaches the first; without the skip, some 25 million times less.

Open next
    minigrad/ops/shape/joining.py: cat's gradient is cut where it was joined.
    minigrad/ops/layers/pool_avg.py: a sum over a window, one axis at a time.
"""

from lessons.runner.step import Epochs, Result, Step


def lesson(torch, train_data, test_data, epochs=10, device="cpu"):
    nn, F = torch.nn, torch.nn.functional

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

    class InceptionA(nn.Module):
        def __init__(self, in_channels):
            super().__init__()
            self.branch1x1 = nn.Conv2d(in_channels, 16, kernel_size=1)

            self.branch5x5_1 = nn.Conv2d(in_channels, 16, kernel_size=1)
            self.branch5x5_2 = nn.Conv2d(16, 24, kernel_size=5, padding=2)

            self.branch3x3_1 = nn.Conv2d(in_channels, 16, kernel_size=1)
            self.branch3x3_2 = nn.Conv2d(16, 24, kernel_size=3, padding=1)
            self.branch3x3_3 = nn.Conv2d(24, 24, kernel_size=3, padding=1)

            self.branch_pool = nn.Conv2d(in_channels, 24, kernel_size=1)

        def forward(self, x):
            branch1x1 = self.branch1x1(x)
            branch5x5 = self.branch5x5_2(self.branch5x5_1(x))
            branch3x3 = self.branch3x3_2(self.branch3x3_1(x))
            branch3x3 = self.branch3x3_3(branch3x3)
            pooled = F.avg_pool2d(x, kernel_size=3, stride=1, padding=1)
            branch_pool = self.branch_pool(pooled)
            outputs = [branch1x1, branch5x5, branch3x3, branch_pool]
            return torch.cat(outputs, dim=1)  # (N, 88, H, W)

    class InceptionNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
            self.conv2 = nn.Conv2d(88, 20, kernel_size=5)  # 88 = 24 * 3 + 16
            self.incep1 = InceptionA(in_channels=10)
            self.incep2 = InceptionA(in_channels=20)
            self.mp = nn.MaxPool2d(2)
            self.fc = nn.Linear(1408, 10)

        def forward(self, x):
            in_size = x.size(0)
            x = F.relu(self.mp(self.conv1(x)))  # (N, 10, 12, 12)
            x = self.incep1(x)  # (N, 88, 12, 12)
            x = F.relu(self.mp(self.conv2(x)))  # (N, 20, 4, 4)
            x = self.incep2(x)  # (N, 88, 4, 4)
            x = x.view(in_size, -1)  # (N, 1408)
            return self.fc(x)

    class ResidualBlock(nn.Module):
        def __init__(self, channels, skip=True):
            super().__init__()
            padded = {"kernel_size": 3, "padding": 1}  # the size stays
            self.conv1 = nn.Conv2d(channels, channels, **padded)
            self.conv2 = nn.Conv2d(channels, channels, **padded)
            self.skip = skip

        def forward(self, x):
            y = F.relu(self.conv1(x))
            y = self.conv2(y)
            return F.relu(x + y) if self.skip else F.relu(y)

    class ResidualNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 16, kernel_size=5)
            self.conv2 = nn.Conv2d(16, 32, kernel_size=5)
            self.rblock1 = ResidualBlock(16)
            self.rblock2 = ResidualBlock(32)
            self.mp = nn.MaxPool2d(2)
            self.fc = nn.Linear(512, 10)

        def forward(self, x):
            in_size = x.size(0)
            x = self.mp(F.relu(self.conv1(x)))  # (N, 16, 12, 12)
            x = self.rblock1(x)
            x = self.mp(F.relu(self.conv2(x)))  # (N, 32, 4, 4)
            x = self.rblock2(x)
            x = x.view(in_size, -1)  # (N, 512)
            return self.fc(x)

    # What a 1 x 1 convolution saves: 192 channels of 28 x 28 to 32 channels.

    def cost(*convolutions):
        """Weights, and multiplications for one image of 28 x 28."""
        weights = sum(conv.weight.numel() for conv in convolutions)
        return weights, weights * 28 * 28

    wide = nn.Conv2d(192, 32, kernel_size=5, padding=2)
    narrow = nn.Conv2d(192, 16, kernel_size=1)
    after = nn.Conv2d(16, 32, kernel_size=5, padding=2)
    weights, multiplications = cost(wide)
    yield Result(weights_5x5=weights, multiplications_5x5=multiplications)
    weights, multiplications = cost(narrow, after)
    yield Result(
        weights_1x1_then_5x5=weights,
        multiplications_1x1_then_5x5=multiplications,
    )

    # What the skip saves: the size of the gradient before each of ten blocks.

    images, labels = train_dataset[:64]
    for skip in (False, True):
        stem = nn.Sequential(nn.Conv2d(1, 16, kernel_size=5), nn.MaxPool2d(2))
        blocks = [ResidualBlock(16, skip).to(device) for _ in range(10)]
        fc = nn.Linear(16 * 12 * 12, 10).to(device)
        x = stem.to(device)(images.to(device))
        signals = []
        for block in blocks:
            x.retain_grad()  # keep .grad of a tensor that is not a leaf
            signals.append(x)
            x = block(x)
        F.cross_entropy(fc(x.flatten(1)), labels.to(device)).backward()
        sizes = [signal.grad.norm().item() for signal in signals]
        yield Result(**{"gradient_skip" if skip else "gradient_plain": sizes})

    # Both networks, trained on the same batches.

    networks = {"inception": InceptionNet(), "residual": ResidualNet()}
    criterion = nn.CrossEntropyLoss()
    optimizers = {}
    for name, model in networks.items():
        model.to(device)
        weights = model.parameters()
        optimizers[name] = torch.optim.SGD(weights, lr=0.01, momentum=0.5)

    def test(model):
        correct = total = 0
        with torch.no_grad():
            for images, labels in test_loader:
                images, labels = images.to(device), labels.to(device)
                outputs = model(images)
                _, predicted = torch.max(outputs.data, dim=1)
                total += labels.size(0)
                correct += (predicted == labels).sum().item()
        return correct / total

    training = Epochs(epochs, train_loader, **networks)
    training.parts |= {f"{name} optimizer": x for name, x in optimizers.items()}
    for epoch in (yield training):
        for inputs, target in train_loader:
            inputs, target = inputs.to(device), target.to(device)
            for name, model in networks.items():
                optimizers[name].zero_grad()
                outputs = model(inputs)
                loss = criterion(outputs, target)
                loss.backward()
                optimizers[name].step()
                yield Step(epoch, loss.item(), model)
        for name, model in networks.items():
            yield Result(**{f"accuracy_{name}": test(model)})
