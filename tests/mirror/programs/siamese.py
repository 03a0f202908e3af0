"""A siamese network: contrastive, triplet, cosine-embedding and margin-ranking losses; a balanced sampler."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import BatchSampler, DataLoader, Dataset, Sampler, WeightedRandomSampler

torch.manual_seed(10)
dtype = str(torch.get_default_dtype()).split(".")[1]
rng = np.random.RandomState(0)
centres = rng.randn(4, 6).astype(dtype) * 2
labels = np.repeat(np.arange(4), [20, 10, 6, 4])
points = (centres[labels] + rng.randn(len(labels), 6) * 0.7).astype(dtype)


class TripletDataset(Dataset):
    def __init__(self, x, y):
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        same = (self.y == self.y[i]).nonzero(as_tuple=True)[0]
        other = torch.nonzero(self.y != self.y[i]).squeeze(1)
        p = same[torch.randint(len(same), (1,)).item()]
        n = other[torch.randperm(len(other))[0]]
        return {"anchor": self.x[i], "positive": self.x[p], "negative": self.x[n], "label": self.y[i]}


class EveryOther(Sampler):
    def __init__(self, data):
        self.data = data

    def __iter__(self):
        return iter(list(range(0, len(self.data), 2)) + list(range(1, len(self.data), 2)))

    def __len__(self):
        return len(self.data)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0):
        super(ContrastiveLoss, self).__init__()
        self.margin = margin

    def forward(self, output1, output2, label):
        d = F.pairwise_distance(output1, output2, keepdim=True)
        return torch.mean((1 - label) * torch.pow(d, 2) + label * torch.pow(torch.clamp(self.margin - d, min=0.0), 2))


class Embed(nn.Module):
    def __init__(self):
        super(Embed, self).__init__()
        self.net = nn.Sequential(nn.Linear(6, 32), nn.PReLU(), nn.LayerNorm(32), nn.Linear(32, 3))

    def forward_once(self, x):
        return F.normalize(self.net(x), p=2, dim=1)

    def forward(self, *xs):
        return tuple(self.forward_once(x) for x in xs)


dataset = TripletDataset(points, labels)
count = torch.bincount(dataset.y)
weights = (1.0 / count.float())[dataset.y]
balanced = WeightedRandomSampler(weights, num_samples=40, replacement=True)
net = Embed()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
losses = {
    "triplet": nn.TripletMarginLoss(margin=1.0, p=2),
    "cosine": lambda a, p, n: (
        F.cosine_embedding_loss(a, p, torch.ones(len(a)))
        + F.cosine_embedding_loss(a, n, -torch.ones(len(a)), margin=0.5)
    ),
    "contrastive": lambda a, p, n: (
        ContrastiveLoss()(a, p, torch.zeros(len(a), 1)) + ContrastiveLoss()(a, n, torch.ones(len(a), 1))
    ),
    "ranking": lambda a, p, n: nn.MarginRankingLoss(margin=0.2)(
        (a * p).sum(1), torch.einsum("nd,nd->n", a, n), torch.ones(len(a))
    ),
}
for name, criterion in losses.items():
    for batch in DataLoader(dataset, batch_size=10, sampler=balanced):
        a, p, n = net(batch["anchor"], batch["positive"], batch["negative"])
        loss = criterion(a, p, n)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    print(name, loss.item(), scheduler.get_last_lr(), torch.bincount(batch["label"], minlength=4).tolist())
net.eval()
loader = DataLoader(dataset, batch_sampler=BatchSampler(EveryOther(dataset), batch_size=16, drop_last=False))
with torch.no_grad():
    emb, lab = zip(*[(net.forward_once(b["anchor"]), b["label"]) for b in loader])
emb, lab = torch.cat(emb), torch.cat(lab)
dist = torch.cdist(emb, emb)
dist.fill_diagonal_(float("inf"))
nearest = dist.argmin(dim=1)
print("accuracy", (lab[nearest] == lab).float().mean().item(), dist[0, 1:5], F.cosine_similarity(emb[:1], emb[1:5]))
