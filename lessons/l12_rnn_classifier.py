"""Lesson 12 - RNN classifier
第 12 课 - 循环神经网络（高级篇）

New idea
    One answer for a whole sequence: which country is a surname from? Only
    the last hidden state counts. Names are of different lengths: a batch
    is padded with zeros, then packed, so that no step reads padding.
    A bidirectional GRU reads each name from both ends; the last state of
    either direction has seen all of it, and both stand side by side.

Formula
    r, z = sigmoid(W_ih x + b_ih + W_hh h + b_hh)      reset, update gate
    n    = tanh(W_in x + b_in + r (W_hn h + b_hn))     what is new
    h'   = (1 - z) n + z h        dh = dh' z + ...     a way around W_hh
    scores = W [h_backward, h_forward] + b

Watch
    A name is spelled in bytes, each a number below 256. For a letter of
    ASCII that is its code point, ord(c), as in the course, whose names are
    all ASCII, so that 128 sufficed; é and ж take two bytes, 王 three.
    hidden[-1] and hidden[-2] are right because the input is packed: else
    the forward direction would end on padding. The lengths stay on the
    CPU, even if all the rest computes elsewhere.
    The picture of mistakes: who is taken for whom? Endings (-poulos, -nen,
    -ski) and scripts are easy; Costa is Italian, and Portuguese.

Open next
    minigrad/nn/utils/rnn.py: how sequences are packed.
    minigrad/ops/layers/rnn_cells.py: the GRU's step, and its derivative.
"""

from lessons.runner.step import Epochs, Result, Step

HIDDEN_SIZE = 100
BATCH_SIZE = 256
N_LAYER = 2
N_CHARS = 256


def lesson(torch, train_data, test_data, epochs=100, device="cpu"):
    pack_padded_sequence = torch.nn.utils.rnn.pack_padded_sequence
    countries = sorted(set(train_data[1]))

    class NameDataset(torch.utils.data.Dataset):
        def __init__(self, names, homes):
            self.names = names
            self.labels = [countries.index(home) for home in homes]

        def __getitem__(self, index):
            return self.names[index], self.labels[index]

        def __len__(self):
            return len(self.names)

    DataLoader = torch.utils.data.DataLoader
    trainset = NameDataset(*train_data)
    trainloader = DataLoader(trainset, batch_size=BATCH_SIZE, shuffle=True)
    testset = NameDataset(*test_data)
    testloader = DataLoader(testset, batch_size=BATCH_SIZE, shuffle=False)

    def make_tensors(names, labels):
        """Names to (batch, longest) numbers, longest name first."""
        sequences = [list(name.encode()) for name in names]
        lengths = torch.tensor([len(seq) for seq in sequences])
        inputs = torch.zeros(len(names), lengths.max().item()).long()
        for idx, seq in enumerate(sequences):
            inputs[idx, : len(seq)] = torch.tensor(seq)
        # packing wants the names sorted by length
        lengths, order = lengths.sort(stable=True, dim=0, descending=True)
        return inputs[order].to(device), lengths, labels[order].to(device)

    class RNNClassifier(torch.nn.Module):
        def __init__(self, input_size, hidden_size, output_size, n_layers=1):
            super().__init__()
            self.hidden_size = hidden_size
            self.n_layers = n_layers
            self.embedding = torch.nn.Embedding(input_size, hidden_size)
            self.gru = torch.nn.GRU(
                hidden_size,
                hidden_size,
                n_layers,
                bidirectional=True,
            )
            self.fc = torch.nn.Linear(hidden_size * 2, output_size)

        def forward(self, input, lengths):
            input = input.t()  # (batch, seq) -> (seq, batch)
            hidden = self._init_hidden(input.size(1))
            embedding = self.embedding(input)  # (seq, batch, hidden)
            gru_input = pack_padded_sequence(embedding, lengths)
            _, hidden = self.gru(gru_input, hidden)
            hidden_cat = torch.cat([hidden[-1], hidden[-2]], dim=1)
            return self.fc(hidden_cat)  # (batch, countries)

        def _init_hidden(self, batch_size):
            size = self.n_layers * 2, batch_size, self.hidden_size
            return torch.zeros(*size).to(device)

    classifier = RNNClassifier(N_CHARS, HIDDEN_SIZE, len(countries), N_LAYER)
    classifier.to(device)  # after the weights were drawn, on the CPU
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(classifier.parameters(), lr=0.001)

    def test():
        """How many names of each country (row) are taken for which."""
        confusion = [[0] * len(countries) for _ in countries]
        with torch.no_grad():
            for names, labels in testloader:
                inputs, lengths, target = make_tensors(names, labels)
                predicted = classifier(inputs, lengths).max(dim=1)[1]
                pairs = zip(target.tolist(), predicted.tolist(), strict=True)
                for true, guess in pairs:
                    confusion[true][guess] += 1
        return confusion

    parts = {"classifier": classifier, "optimizer": optimizer}
    training = Epochs(epochs, trainloader, **parts)
    for epoch in (yield training):
        for names, labels in trainloader:
            inputs, lengths, target = make_tensors(names, labels)
            output = classifier(inputs, lengths)
            loss = criterion(output, target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield Step(epoch, loss.item(), classifier)
        confusion = test()
        right = sum(confusion[k][k] for k in range(len(countries)))
        yield Result(accuracy=right / len(testset))
    counts = [[float(count) for count in row] for row in test()]
    yield Result(countries=countries, confusion=counts)
