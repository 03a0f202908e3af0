"""Lesson 7 - Dataset and DataLoader
第 7 课 - 加载数据集

New idea
    A Dataset knows how many samples there are (__len__) and can fetch one
    (__getitem__). A DataLoader shuffles the numbers 0..N-1, cuts them into
    batches of 32 and has two worker processes fetch them. Two loops: over
    epochs, and over the batches of each.

Formula
    steps per epoch = ceil(N / 32)
    loss of a batch = mean over its 32 samples: a noisy, cheap estimate of
    the loss over all N

Watch
    Both engines shuffle alike: the permutation is drawn from the seed.
    The loss jitters from batch to batch, for every batch is another one.
    Workers receive the dataset by pickling, so its class must live in a
    module that they can import: lessons/diabetes_dataset.py says why a
    class of __main__ cannot be pickled, and how to mend it. A script needs
    `if __name__ == "__main__":` around the loop for the same reason: a
    worker imports the script, and must not start to train.

Open next
    minigrad/utils/data/parallel.py: which worker fetches which batch.
    minigrad/utils/data/sampler.py: who says which sample is next.
"""

from lessons.diabetes_dataset import DiabetesDataset
from lessons.runner.step import Epochs, Result, Step


def lesson(torch, xy, epochs=100):
    dataset = DiabetesDataset(xy)
    train_loader = torch.utils.data.DataLoader(
        dataset=dataset,
        batch_size=32,
        shuffle=True,
        num_workers=2,
        persistent_workers=True,  # or every epoch starts two processes anew
    )

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
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    training = Epochs(epochs, train_loader, model=model, optimizer=optimizer)
    for epoch in (yield training):
        for inputs, labels in train_loader:
            y_pred = model(inputs)
            loss = criterion(y_pred, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield Step(epoch, loss.item(), model)

    x_data = torch.from_numpy(dataset.x_data)
    y_data = torch.from_numpy(dataset.y_data)
    right = (model(x_data) > 0.5).float() == y_data
    yield Result(accuracy=right.float().mean().item())
