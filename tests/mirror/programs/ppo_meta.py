"""PPO-like updates by hand, prototypical networks, mixture of experts, knowledge distillation, word2vec with negatives."""

import copy
from typing import Dict, List, Optional, Tuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

torch.manual_seed(77)
np.random.seed(77)


def mlp(sizes: List[int], activation=nn.Tanh, output_activation=nn.Identity) -> nn.Sequential:
    layers = []
    for j in range(len(sizes) - 1):
        act = activation if j < len(sizes) - 2 else output_activation
        layers += [nn.Linear(sizes[j], sizes[j + 1]), act()]
    return nn.Sequential(*layers)


class GaussianActor(nn.Module):
    def __init__(self, obs_dim, act_dim):
        super().__init__()
        self.log_std = nn.Parameter(
            torch.as_tensor(
                -0.5 * np.ones(act_dim, dtype=np.float64 if torch.get_default_dtype() == torch.float64 else np.float32)
            )
        )
        self.mu_net = mlp([obs_dim, 16, act_dim])

    def log_prob(self, obs, act):
        mu, std = self.mu_net(obs), torch.exp(self.log_std)
        return (-0.5 * (((act - mu) / std) ** 2 + 2 * self.log_std + np.log(2 * np.pi))).sum(axis=-1)


pi, v = GaussianActor(3, 2), mlp([3, 16, 1])
pi_opt, v_opt = torch.optim.Adam(pi.parameters(), lr=3e-3), torch.optim.Adam(v.parameters(), lr=1e-2)
obs = torch.as_tensor(np.random.randn(64, 3), dtype=torch.get_default_dtype())
with torch.no_grad():
    act = pi.mu_net(obs) + torch.exp(pi.log_std) * torch.randn(64, 2)
    logp_old = pi.log_prob(obs, act)
rew = -(act - obs[:, :2]).pow(2).sum(-1)
ret = rew.flip(0).cumsum(0).flip(0) / torch.arange(64, 0, -1)
adv = ret - v(obs).squeeze(-1).detach()
adv = (adv - adv.mean()) / (adv.std() + 1e-8)
for i in range(6):
    pi_opt.zero_grad()
    ratio = torch.exp(pi.log_prob(obs, act) - logp_old)
    clip_adv = torch.clamp(ratio, 1 - 0.2, 1 + 0.2) * adv
    loss_pi = -(torch.min(ratio * adv, clip_adv)).mean()
    loss_pi.backward()
    pi_opt.step()
    v_opt.zero_grad()
    loss_v = ((v(obs).squeeze(-1) - ret) ** 2).mean()
    loss_v.backward()
    v_opt.step()
    kl = (logp_old - pi.log_prob(obs, act)).mean().item()
    clipped = ratio.gt(1.2) | ratio.lt(0.8)
    print(
        i,
        loss_pi.item(),
        loss_v.item(),
        f"{kl:.6f}",
        torch.as_tensor(clipped, dtype=torch.get_default_dtype()).mean().item(),
    )

encoder = mlp([5, 16, 4], nn.ReLU)
opt = torch.optim.Adagrad(encoder.parameters(), lr=0.05)
for episode in range(5):
    centres = torch.randn(3, 1, 5) * 2
    support, query = centres + torch.randn(3, 4, 5), centres + torch.randn(3, 6, 5)
    proto = encoder(support.view(-1, 5)).view(3, 4, -1).mean(1)
    z = encoder(query.view(-1, 5))
    dists = torch.pow(z.unsqueeze(1).expand(18, 3, 4) - proto.unsqueeze(0).expand(18, 3, 4), 2).sum(2)
    target = torch.arange(0, 3).view(3, 1, 1).expand(3, 6, 1).long()
    log_p = F.log_softmax(-dists, dim=1).view(3, 6, -1)
    loss = -log_p.gather(2, target).squeeze().view(-1).mean()
    acc = torch.eq(log_p.max(2)[1], target.squeeze()).to(torch.get_default_dtype()).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(episode, loss.item(), acc.item())


class MoE(nn.Module):
    def __init__(self, dim: int, experts: int, k: int = 2):
        super().__init__()
        self.gate = nn.Linear(dim, experts, bias=False)
        self.experts = nn.ModuleDict(
            {f"expert{i}": nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim)) for i in range(experts)}
        )
        self.k = k

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        logits = self.gate(x)
        weights, chosen = torch.topk(logits, self.k)
        weights = F.softmax(weights, dim=1, dtype=torch.get_default_dtype()).to(x.dtype)
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts.values()):
            rows, nth = torch.where(chosen == i)
            if rows.numel() == 0:
                continue
            out.index_add_(0, rows, weights[rows, nth, None] * expert(x[rows]))
        load = torch.zeros(len(self.experts)).scatter_add_(0, chosen.flatten(), torch.ones(chosen.numel()))
        return out, load


moe = MoE(6, 4)
opt = torch.optim.RAdam(moe.parameters(), lr=1e-2)
x = torch.randn(30, 6)
y = torch.where(x[:, :1] > 0, x.roll(1, dims=1), -x)
for i in range(5):
    out, load = moe(x)
    loss = F.huber_loss(out, y, delta=0.5)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(moe.parameters(), 1.0, norm_type=float("inf"))
    opt.step()
    print(i, loss.item(), load.tolist())

teacher, student = mlp([6, 32, 4], nn.ReLU), mlp([6, 8, 4], nn.ReLU)
teacher.requires_grad_(False).eval()
opt = torch.optim.SGD(student.parameters(), lr=0.2, momentum=0.9, dampening=0.1)
T, alpha = 4.0, 0.7
labels = teacher(x).argmax(-1)
for i in range(5):
    s, t = student(x), teacher(x)
    soft = F.kl_div(F.log_softmax(s / T, dim=1), F.softmax(t / T, dim=1), reduction="batchmean") * (alpha * T * T)
    loss = soft + F.cross_entropy(s, labels) * (1.0 - alpha)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item(), (s.argmax(1) == labels).sum().item())


class SkipGram(nn.Module):
    def __init__(self, n, d):
        super().__init__()
        self.u, self.v = nn.Embedding(n, d, max_norm=None), nn.Embedding(n, d)
        nn.init.uniform_(self.u.weight, -0.5 / d, 0.5 / d)
        nn.init.constant_(self.v.weight, 0)

    def forward(self, pos_u, pos_v, neg_v):
        emb_u, emb_v = self.u(pos_u), self.v(pos_v)
        score = torch.clamp(torch.sum(torch.mul(emb_u, emb_v), dim=1), max=10, min=-10)
        score = -F.logsigmoid(score)
        neg = torch.bmm(self.v(neg_v), emb_u.unsqueeze(2)).squeeze(2)
        neg = -torch.sum(F.logsigmoid(-torch.clamp(neg, max=10, min=-10)), dim=1)
        return torch.mean(score + neg)


corpus = torch.randint(0, 12, (200,))
freq = torch.bincount(corpus, minlength=12).to(torch.get_default_dtype()).pow(0.75)
sg = SkipGram(12, 6)
opt = torch.optim.Adam(sg.parameters(), lr=0.05, eps=1e-6)
for i in range(5):
    at = torch.randint(0, 199, (16,))
    neg = torch.multinomial(freq / freq.sum(), 16 * 3, replacement=True).view(16, 3)
    loss = sg(corpus[at], corpus[at + 1], neg)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
sims = F.cosine_similarity(sg.u.weight[0].unsqueeze(0), sg.u.weight, dim=-1)
print(sims.topk(3), F.embedding(torch.tensor([1]), sg.u.weight).shape)

# normalising flow: log-determinants by hand; mixture density network
flow = mlp([2, 16, 2])
mask = torch.tensor([1.0, 0.0])
opt = torch.optim.Adamax(flow.parameters())
for i in range(3):
    data = torch.randn(32, 2) * torch.tensor([1.0, 0.2])
    s, t = flow(data * mask).chunk(2, dim=-1)
    z = mask * data + (1 - mask) * (data * torch.exp(s) + t)
    logdet = ((1 - mask) * s).sum(-1)
    nll = -(-0.5 * z.square().sum(-1) - np.log(2 * np.pi) + logdet).mean()
    opt.zero_grad()
    nll.backward()
    opt.step()
    print(i, nll.item())
p, mu, sigma = mlp([1, 9])(torch.linspace(-1, 1, 10)[:, None]).split(3, dim=1)
mix = torch.logsumexp(
    F.log_softmax(p, 1) - 0.5 * ((0.3 - mu) / F.softplus(sigma)) ** 2 - torch.log(F.softplus(sigma)), dim=1
)
print(mix.mean())

# GCN, Gumbel-softmax, contrastive predictive coding, power iteration
A = (torch.rand(6, 6) > 0.6).to(torch.get_default_dtype())
A = ((A + A.T) > 0).to(torch.get_default_dtype()).fill_diagonal_(1)
D = torch.diag(A.sum(1).rsqrt())
A_hat = D @ A @ D
W1, W2 = nn.Parameter(torch.empty(4, 8)), nn.Parameter(torch.empty(8, 2))
nn.init.xavier_normal_(W1, gain=nn.init.calculate_gain("relu")), nn.init.orthogonal_(W2)
feats, y = torch.randn(6, 4), torch.tensor([0, 1, 0, 1, -100, -100])
opt = torch.optim.Rprop([W1, W2])
for i in range(3):
    loss = F.cross_entropy(A_hat @ F.relu(A_hat @ feats @ W1) @ W2, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
print(F.gumbel_softmax(torch.randn(3, 4), tau=0.5, hard=True), torch.nan_to_num(torch.tensor([float("nan"), 1.0])))
a, b = F.normalize(torch.randn(5, 8), dim=-1), F.normalize(torch.randn(5, 8), dim=-1)
logits = a @ b.T / 0.07
print((F.cross_entropy(logits, torch.arange(5)) + F.cross_entropy(logits.T, torch.arange(5))) / 2)
M = torch.randn(5, 5, dtype=torch.float64)
M = M @ M.mT
vec = torch.ones(5, dtype=torch.float64)
for _ in range(200):
    vec = M @ vec
    vec /= torch.linalg.vector_norm(vec)
print(vec @ M @ vec, torch.trace(M), torch.linalg.matrix_norm(M))
