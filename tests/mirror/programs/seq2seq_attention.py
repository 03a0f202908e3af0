"""Encoder, Bahdanau attention, decoder, teacher forcing: reverse a sequence of digits."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

random.seed(0)
torch.manual_seed(0)
PAD_token, SOS_token, EOS_token = 0, 1, 2


class Reversal(Dataset):
    def __init__(self, n):
        self.rows = []
        for _ in range(n):
            k = random.randint(3, 7)
            self.rows.append(torch.tensor([random.randint(3, 12) for _ in range(k)]))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        x = self.rows[i]
        return x, torch.cat([x.flip(0), torch.tensor([EOS_token])])


def collate(batch):
    batch.sort(key=lambda pair: len(pair[0]), reverse=True)
    xs, ys = zip(*batch)
    lengths = torch.as_tensor([len(x) for x in xs])
    return (
        pad_sequence(xs, batch_first=True),
        lengths,
        pad_sequence(list(ys), batch_first=True, padding_value=PAD_token),
    )


class EncoderRNN(nn.Module):
    def __init__(self, input_size, hidden_size, dropout_p=0.1):
        super(EncoderRNN, self).__init__()
        self.embedding = nn.Embedding(input_size, hidden_size, padding_idx=PAD_token)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout_p)
        self.bridge = nn.Linear(2 * hidden_size, hidden_size)

    def forward(self, input, lengths):
        embedded = self.dropout(self.embedding(input))
        packed = pack_padded_sequence(embedded, lengths, batch_first=True)
        output, hidden = self.gru(packed)
        output, out_lengths = pad_packed_sequence(output, batch_first=True)
        assert torch.equal(out_lengths, lengths)
        hidden = torch.tanh(self.bridge(torch.cat((hidden[-2], hidden[-1]), dim=-1))).unsqueeze(0)
        return output, hidden


class BahdanauAttention(nn.Module):
    def __init__(self, hidden_size):
        super(BahdanauAttention, self).__init__()
        self.Wa = nn.Linear(hidden_size, hidden_size)
        self.Ua = nn.Linear(2 * hidden_size, hidden_size)
        self.Va = nn.Linear(hidden_size, 1)

    def forward(self, query, keys, mask):
        scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(keys)))
        scores = scores.squeeze(2).unsqueeze(1)
        scores = scores.masked_fill(mask.unsqueeze(1) == 0, float("-inf"))
        weights = F.softmax(scores, dim=-1)
        context = torch.bmm(weights, keys)
        return context, weights


class AttnDecoderRNN(nn.Module):
    def __init__(self, hidden_size, output_size, dropout_p=0.1):
        super(AttnDecoderRNN, self).__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.attention = BahdanauAttention(hidden_size)
        self.gru = nn.GRU(3 * hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, output_size)
        self.dropout = nn.Dropout(dropout_p)

    def forward(self, encoder_outputs, encoder_hidden, mask, max_length, target_tensor=None):
        batch_size = encoder_outputs.size(0)
        decoder_input = torch.empty(batch_size, 1, dtype=torch.long).fill_(SOS_token)
        decoder_hidden = encoder_hidden
        decoder_outputs = []
        attentions = []
        for i in range(max_length):
            embedded = self.dropout(self.embedding(decoder_input))
            query = decoder_hidden.permute(1, 0, 2)
            context, attn_weights = self.attention(query, encoder_outputs, mask)
            output, decoder_hidden = self.gru(torch.cat((embedded, context), dim=2), decoder_hidden)
            decoder_outputs.append(self.out(output))
            attentions.append(attn_weights)
            if target_tensor is not None:
                decoder_input = target_tensor[:, i].unsqueeze(1)
            else:
                _, topi = decoder_outputs[-1].topk(1)
                decoder_input = topi.squeeze(-1).detach()
        decoder_outputs = torch.cat(decoder_outputs, dim=1)
        return F.log_softmax(decoder_outputs, dim=-1), torch.cat(attentions, dim=1)


encoder, decoder = EncoderRNN(13, 24), AttnDecoderRNN(24, 13)
params = list(encoder.parameters()) + list(decoder.parameters())
optimizer = optim.Adam(params, lr=5e-3)
criterion = nn.NLLLoss(ignore_index=PAD_token)
loader = DataLoader(Reversal(48), batch_size=16, shuffle=True, collate_fn=collate)
for epoch in range(4):
    for step, (x, lengths, y) in enumerate(loader):
        mask = (torch.arange(x.size(1))[None, :] < lengths[:, None]).float()
        optimizer.zero_grad()
        enc_out, enc_hidden = encoder(x, lengths)
        teacher = y if random.random() < 0.5 else None
        out, _ = decoder(enc_out, enc_hidden, mask, y.size(1), teacher)
        loss = criterion(out.view(-1, out.size(-1)), y.view(-1))
        loss.backward()
        nn.utils.clip_grad_value_(params, 1.0)
        optimizer.step()
        print(epoch, step, "forced" if teacher is not None else "free", loss.item())
encoder.eval(), decoder.eval()
with torch.no_grad():
    x = torch.tensor([[3, 4, 5, 6]])
    out, attn = decoder(*encoder(x, torch.tensor([4])), torch.ones(1, 4), 5)
    print(out.argmax(-1).tolist(), attn)
