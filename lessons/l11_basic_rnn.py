"""Lesson 11 - Basic RNN
第 11 课 - 循环神经网络（基础篇）

New idea
    A sequence is read element by element, by the same cell with the same
    weights. What the cell knows of the past is its hidden state, which it
    hands to itself. Here it learns to answer "hello" with "ohlol": the
    second l of hello must give another letter than the first, and only the
    hidden state can tell which of them it is.
    Three ways: an RNNCell and a loop over time by hand; an RNN, which
    loops for us; and numbers instead of one-hot vectors, looked up in an
    Embedding.

Formula
    h_t  = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)
    loss = sum_t cross_entropy(h_t, y_t)      the mean in the 2nd and 3rd
    dh_(t-1) = W_hh^T (dh_t (1 - h_t^2))      backwards through time
    dW_hh    = sum_t dh_t (1 - h_t^2) h_(t-1)^T

Watch
    The strings. The course trains 15 epochs, we 30, for not every seed is
    lucky: in the first two ways four numbers are memory and scores at
    once. With seed 0 the cell stays at "ohlll"; try --seed 3. The third
    way, with room for memory and a layer for scores, spells it early.
    view(-1, hidden): (seq, batch, hidden) becomes (seq * batch, hidden),
    for CrossEntropyLoss wants one row of scores per answer. It costs
    nothing: the same memory under another shape.
    batch_first turns (seq, batch, ...) into (batch, seq, ...), no more.

Open next
    minigrad/ops/layers/rnn_cells.py: one step, and its derivative.
    minigrad/ops/layers/rnn.py: the loop, and backpropagation through time.
"""

from lessons.runner.step import Epochs, Result, Step


def lesson(torch, epochs=15):
    idx2char = ["e", "h", "l", "o"]
    x_data = [1, 0, 2, 2, 3]  # hello
    y_data = [3, 1, 2, 3, 2]  # ohlol
    one_hot_lookup = [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
    x_one_hot = [one_hot_lookup[x] for x in x_data]
    input_size, hidden_size, batch_size, seq_len = 4, 4, 1, 5
    criterion = torch.nn.CrossEntropyLoss()

    def spell(scores):
        _, idx = scores.max(dim=1)
        return "".join(idx2char[k] for k in idx.tolist())

    # 1. a cell, and the loop over time by hand

    class CellModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnncell = torch.nn.RNNCell(input_size, hidden_size)

        def forward(self, input, hidden):
            return self.rnncell(input, hidden)  # (batch, hidden)

        def init_hidden(self):
            return torch.zeros(batch_size, hidden_size)

    inputs = torch.tensor(x_one_hot).view(-1, batch_size, input_size)
    labels = torch.tensor(y_data).view(-1, 1)
    net = CellModel()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)

    training = Epochs(epochs, net=net, optimizer=optimizer)
    for epoch in (yield training):
        loss = 0
        string = ""
        hidden = net.init_hidden()
        for input, label in zip(inputs, labels, strict=True):
            hidden = net(input, hidden)  # the same cell at every step
            loss = loss + criterion(hidden, label)
            string += spell(hidden)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield Step(epoch, loss.item(), net)
        yield Result(RNNCell=string)

    # 2. the same as a layer

    class RNNModel(torch.nn.Module):
        def __init__(self, num_layers=1):
            super().__init__()
            self.num_layers = num_layers
            self.rnn = torch.nn.RNN(input_size, hidden_size, num_layers)

        def forward(self, input):
            hidden = torch.zeros(self.num_layers, batch_size, hidden_size)
            out, _ = self.rnn(input, hidden)  # (seq, batch, hidden)
            return out.view(-1, hidden_size)  # (seq * batch, hidden)

    inputs = torch.tensor(x_one_hot).view(seq_len, batch_size, input_size)
    labels = torch.tensor(y_data)
    net = RNNModel()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)

    training = Epochs(epochs, net=net, optimizer=optimizer)
    for epoch in (yield training):
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield Step(epoch, loss.item(), net)
        yield Result(RNN=spell(outputs))

    # 3. an embedding below, a linear layer on top

    class EmbeddingModel(torch.nn.Module):
        def __init__(self, embedding_size=10, hidden=8, num_layers=2):
            super().__init__()
            self.zeros = torch.zeros(num_layers, batch_size, hidden)
            self.emb = torch.nn.Embedding(len(idx2char), embedding_size)
            self.rnn = torch.nn.RNN(
                input_size=embedding_size,
                hidden_size=hidden,
                num_layers=num_layers,
                batch_first=True,
            )
            self.fc = torch.nn.Linear(hidden, len(idx2char))

        def forward(self, x):
            x = self.emb(x)  # (batch, seq) -> (batch, seq, embedding)
            x, _ = self.rnn(x, self.zeros)  # (batch, seq, hidden)
            x = self.fc(x)  # (batch, seq, classes)
            return x.view(-1, len(idx2char))  # (batch * seq, classes)

    inputs = torch.tensor([x_data])  # (batch, seq): just numbers
    net = EmbeddingModel()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)

    training = Epochs(epochs, net=net, optimizer=optimizer)
    for epoch in (yield training):
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield Step(epoch, loss.item(), net)
        yield Result(Embedding=spell(outputs))
