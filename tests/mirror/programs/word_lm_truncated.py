"""Word-level language model with tied weights, a sentiment classifier with packed LSTM and EmbeddingBag."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Dictionary(object):
    def __init__(self):
        self.word2idx = {}
        self.idx2word = []

    def add_word(self, word):
        if word not in self.word2idx:
            self.idx2word.append(word)
            self.word2idx[word] = len(self.idx2word) - 1
        return self.word2idx[word]

    def __len__(self):
        return len(self.idx2word)


text = ["the cat sat on the mat <eos>", "the dog sat on the log <eos>", "a cat and a dog met on a mat <eos>"] * 6
dic = Dictionary()
ids = []
for line in text:
    ids.append(torch.tensor([dic.add_word(w) for w in line.split()]).type(torch.int64))
ids = torch.cat(ids)
torch.manual_seed(1111)


class RNNModel(nn.Module):
    def __init__(self, rnn_type, ntoken, ninp, nhid, nlayers, dropout=0.5, tie_weights=False):
        super(RNNModel, self).__init__()
        self.ntoken = ntoken
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(ntoken, ninp)
        if rnn_type in ["LSTM", "GRU"]:
            self.rnn = getattr(nn, rnn_type)(ninp, nhid, nlayers, dropout=dropout)
        else:
            nonlinearity = {"RNN_TANH": "tanh", "RNN_RELU": "relu"}[rnn_type]
            self.rnn = nn.RNN(ninp, nhid, nlayers, nonlinearity=nonlinearity, dropout=dropout)
        self.decoder = nn.Linear(nhid, ntoken)
        if tie_weights:
            self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
        self.rnn_type, self.nhid, self.nlayers = rnn_type, nhid, nlayers

    def forward(self, input, hidden):
        emb = self.drop(self.encoder(input))
        output, hidden = self.rnn(emb, hidden)
        output = self.drop(output)
        decoded = self.decoder(output)
        decoded = decoded.view(-1, self.ntoken)
        return F.log_softmax(decoded, dim=1), hidden

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        if self.rnn_type == "LSTM":
            return (weight.new_zeros(self.nlayers, bsz, self.nhid), weight.new_zeros(self.nlayers, bsz, self.nhid))
        return weight.new_zeros(self.nlayers, bsz, self.nhid)


def repackage_hidden(h):
    return h.detach() if isinstance(h, torch.Tensor) else tuple(repackage_hidden(v) for v in h)


def batchify(data, bsz):
    nbatch = data.size(0) // bsz
    data = data.narrow(0, 0, nbatch * bsz)
    return data.view(bsz, -1).t().contiguous()


train = batchify(ids, 4)
for kind in ("LSTM", "GRU", "RNN_TANH", "RNN_RELU"):
    model = RNNModel(kind, len(dic), 16, 16, 2, 0.2, tie_weights=True)
    criterion = nn.NLLLoss()
    lr, best = 2.0, None
    for epoch in range(2):
        model.train()
        hidden = model.init_hidden(4)
        for i in range(0, train.size(0) - 1, 8):
            n = min(8, len(train) - 1 - i)
            data, target = train[i : i + n], train[i + 1 : i + 1 + n].view(-1)
            model.zero_grad()
            hidden = repackage_hidden(hidden)
            output, hidden = model(data, hidden)
            loss = criterion(output, target)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
            for p in model.parameters():
                p.data.add_(p.grad, alpha=-lr)
        print(f"{kind} epoch {epoch} loss {loss.item():.6f} ppl {math.exp(loss.item()):.4f}")
        if best is None or loss.item() < best:
            best = loss.item()
        else:
            lr /= 4.0
    model.rnn.flatten_parameters()


class TextClassificationModel(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_class):
        super(TextClassificationModel, self).__init__()
        self.embedding = nn.EmbeddingBag(vocab_size, embed_dim, sparse=False)
        self.fc = nn.Linear(embed_dim, num_class)
        self.init_weights()

    def init_weights(self):
        initrange = 0.5
        self.embedding.weight.data.uniform_(-initrange, initrange)
        self.fc.weight.data.uniform_(-initrange, initrange)
        self.fc.bias.data.zero_()

    def forward(self, text, offsets):
        return self.fc(self.embedding(text, offsets))


def collate_batch(batch):
    label_list, text_list, offsets = [], [], [0]
    for label, words in batch:
        label_list.append(label)
        processed = torch.tensor(words, dtype=torch.int64)
        text_list.append(processed)
        offsets.append(processed.size(0))
    label_list = torch.tensor(label_list, dtype=torch.int64)
    offsets = torch.tensor(offsets[:-1]).cumsum(dim=0)
    return label_list, torch.cat(text_list), offsets


samples = [(k % 2, [dic.word2idx[w] for w in line.split()]) for k, line in enumerate(text)]
loader = torch.utils.data.DataLoader(samples, batch_size=6, shuffle=True, collate_fn=collate_batch)
model = TextClassificationModel(len(dic), 8, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=5)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1.0, gamma=0.1)
for epoch in range(2):
    total_acc, total_count = 0, 0
    for label, words, offsets in loader:
        optimizer.zero_grad()
        predicted = model(words, offsets)
        loss = nn.functional.cross_entropy(predicted, label)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        total_acc += (predicted.argmax(1) == label).sum().item()
        total_count += label.size(0)
        print(loss.item())
    scheduler.step()
    print("accuracy {:8.3f}".format(total_acc / total_count))


class BiLSTM(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.emb = nn.Embedding(vocab, 8, padding_idx=0)
        self.lstm = nn.LSTM(8, 6, num_layers=2, bidirectional=True, dropout=0.3, batch_first=True)
        self.out = nn.Linear(12, 1)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(x), lengths.cpu(), batch_first=True, enforce_sorted=False)
        packed_out, (h, c) = self.lstm(packed)
        out, lens = nn.utils.rnn.pad_packed_sequence(packed_out, batch_first=True, total_length=x.size(1))
        pooled = out.max(dim=1).values
        return self.out(torch.cat([h[-2], h[-1]], 1)).squeeze(1) + pooled.mean(1)


net = BiLSTM(20)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randint(1, 20, (5, 9))
lengths = torch.tensor([3, 9, 5, 1, 7])
mask = torch.arange(9).expand(5, 9) >= lengths.unsqueeze(1)
x.masked_fill_(mask, 0)
for i in range(5):
    loss = F.binary_cross_entropy_with_logits(net(x, lengths), (lengths > 4).float())
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item(), net.emb.weight.grad[0].abs().sum().item())
