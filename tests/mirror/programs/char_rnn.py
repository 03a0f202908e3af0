"""Character-level RNN classification by hand (the names tutorial) and generation with an LSTM, temperature and top-k."""

import random
import string
import time

import torch
import torch.nn as nn

random.seed(3)
torch.manual_seed(3)
all_letters = string.ascii_lowercase + " ."
n_letters = len(all_letters) + 1
names = {"even": ["anna", "otto", "lily", "noon", "deed"], "odd": ["bob", "eve", "ada", "level", "kayak"]}
all_categories = list(names)


def letterToIndex(letter):
    return all_letters.find(letter)


def lineToTensor(line):
    tensor = torch.zeros(len(line), 1, n_letters)
    for li, letter in enumerate(line):
        tensor[li][0][letterToIndex(letter)] = 1
    return tensor


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(RNN, self).__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(input_size + hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        hidden = self.i2h(combined)
        output = self.i2o(combined)
        output = self.softmax(output)
        return output, hidden

    def initHidden(self):
        return torch.zeros(1, self.hidden_size)


rnn = RNN(n_letters, 32, len(all_categories))
criterion = nn.NLLLoss()
learning_rate = 0.005


def train(category_tensor, line_tensor):
    hidden = rnn.initHidden()
    rnn.zero_grad()
    for i in range(line_tensor.size()[0]):
        output, hidden = rnn(line_tensor[i], hidden)
    loss = criterion(output, category_tensor)
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    return output, loss.item()


def categoryFromOutput(output):
    top_n, top_i = output.topk(1)
    category_i = top_i[0].item()
    return all_categories[category_i], category_i


start = time.time()
for it in range(1, 61):
    category = random.choice(all_categories)
    line = random.choice(names[category])
    output, loss = train(torch.tensor([all_categories.index(category)], dtype=torch.long), lineToTensor(line))
    if it % 6 == 0:
        guess, _ = categoryFromOutput(output)
        print("%d %.4f %s / %s %s" % (it, loss, line, guess, "ok" if guess == category else "no (%s)" % category))

text = "the quick brown fox jumps over the lazy dog. " * 8
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text], dtype=torch.int64)


class CharLSTM(nn.Module):
    def __init__(self, vocab, emb, hidden, layers):
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(vocab, emb)
        self.rnn = nn.LSTM(emb, hidden, layers, dropout=0.2, batch_first=True)
        self.decoder = nn.Linear(hidden, vocab)
        self.init_weights()

    def init_weights(self):
        initrange = 0.1
        nn.init.uniform_(self.encoder.weight, -initrange, initrange)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -initrange, initrange)

    def forward(self, x, state):
        out, state = self.rnn(self.drop(self.encoder(x)), state)
        return self.decoder(self.drop(out)), state

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        return (weight.new_zeros(2, bsz, 32), weight.new_zeros(2, bsz, 32))


def repackage_hidden(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


bsz, bptt = 4, 15
nbatch = data.size(0) // bsz
batches = data.narrow(0, 0, nbatch * bsz).view(bsz, -1).contiguous()
model = CharLSTM(len(chars), 16, 32, 2)
loss_fn = nn.CrossEntropyLoss()
lr = 5.0
for epoch in range(3):
    hidden = model.init_hidden(bsz)
    for i in range(0, batches.size(1) - 1, bptt):
        n = min(bptt, batches.size(1) - 1 - i)
        x, y = batches[:, i : i + n], batches[:, i + 1 : i + 1 + n].reshape(-1)
        model.zero_grad()
        hidden = repackage_hidden(hidden)
        output, hidden = model(x, hidden)
        loss = loss_fn(output.view(-1, len(chars)), y)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        for p in model.parameters():
            p.data.add_(p.grad, alpha=-lr)
    print(f"epoch {epoch} loss {loss.item():.5f} ppl {torch.exp(loss).item():.4f} norm {norm:.5f}")

model.eval()
with torch.no_grad():
    x, hidden, out = torch.tensor([[stoi["t"]]]), model.init_hidden(1), ["t"]
    for _ in range(30):
        logits, hidden = model(x, hidden)
        logits = logits[:, -1, :] / 0.8
        v, _ = torch.topk(logits, 8)
        logits[logits < v[:, [-1]]] = -float("Inf")
        probs = torch.softmax(logits, dim=-1)
        x = torch.multinomial(probs, num_samples=1)
        out.append(chars[x.item()])
    print(repr("".join(out)))
