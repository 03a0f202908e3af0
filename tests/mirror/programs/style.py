"""Torch style: schedulers of all kinds, a functional network, EMA, gradient accumulation, freezing, mixup, k-fold."""

import copy
import io
from collections import OrderedDict, defaultdict
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import init
from torch.nn.parameter import Parameter
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import (
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
)
from torch.utils.data import ConcatDataset, DataLoader, Subset, SubsetRandomSampler, TensorDataset

torch.manual_seed(11)
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False
x = torch.randn(60, 1, 8, 8)
y = (x.mean(dim=[1, 2, 3]) > 0).long() + 2 * (x[:, 0, 0, 0] > 0).long()
data = TensorDataset(x, y)


def conv_block(i, o, **kw):
    return nn.Sequential(
        OrderedDict([("conv", nn.Conv2d(i, o, 3, **kw)), ("norm", nn.GroupNorm(2, o)), ("act", nn.SiLU())])
    )


class Net(nn.Module):
    def __init__(self, width=8, classes=4):
        super().__init__()
        self.features = nn.Sequential(
            conv_block(1, width, padding=1), nn.MaxPool2d(2), conv_block(width, 2 * width, padding="same", groups=2)
        )
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.1), nn.Linear(2 * width, classes))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                init.ones_(m.weight)
                init.zeros_(m.bias)
            elif isinstance(m, nn.Linear):
                init.trunc_normal_(m.weight, std=0.02)

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)))


def mixup(x, y, alpha=0.3):
    lam = 0.7
    index = torch.randperm(x.size(0))
    return lam * x + (1 - lam) * x[index, :], y, y[index], lam


model = Net()
ema = copy.deepcopy(model)
for p in ema.parameters():
    p.requires_grad_(False)
optimizer = SGD(
    [{"params": model.features.parameters(), "lr": 0.02}, {"params": model.classifier.parameters()}],
    lr=0.1,
    momentum=0.9,
)
scheduler = OneCycleLR(optimizer, max_lr=[0.05, 0.2], total_steps=8)
loader = DataLoader(data, batch_size=20, sampler=SubsetRandomSampler(range(40)))
step = 0
for epoch in range(4):
    optimizer.zero_grad()
    for xb, yb in loader:
        xm, ya, yb2, lam = mixup(xb, yb)
        out = model(xm)
        loss = (lam * F.cross_entropy(out, ya) + (1 - lam) * F.cross_entropy(out, yb2)) / 2
        loss.backward()
        step += 1
        if step % 2 == 0:
            optimizer.step()
            optimizer.zero_grad()
        scheduler.step()
        with torch.no_grad():
            for e, p in zip(ema.parameters(), model.parameters()):
                e.mul_(0.9).add_(p, alpha=0.1)
    print(epoch, loss.item(), scheduler.get_last_lr(), sum(e.abs().sum() for e in ema.parameters()).item())
confusion = torch.zeros(4, 4, dtype=torch.int64)
ema.eval()
with torch.inference_mode():
    for xb, yb in DataLoader(Subset(data, range(40, 60)), batch_size=7):
        for t, p in zip(yb.view(-1), ema(xb).argmax(1).view(-1)):
            confusion[t.long(), p.long()] += 1
print(confusion, confusion.diag().sum() / confusion.sum())
for name, param in model.named_parameters():
    if name.startswith("features"):
        param.requires_grad = False
model.classifier[2] = nn.Linear(16, 2)
opt = Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-3)
print([n for n, p in model.named_parameters() if p.requires_grad], opt)
buffer = io.BytesIO()
torch.save(model, buffer)
buffer.seek(0)
again = torch.load(buffer, weights_only=False)
print(all(torch.equal(p, q) for p, q in zip(model.state_dict().values(), again.state_dict().values())))
missing = Net().load_state_dict({k: v for k, v in model.state_dict().items() if "classifier" not in k}, strict=False)
print(missing)

for make in (
    partial(LambdaLR, lr_lambda=lambda e: 0.9**e),
    partial(MultiStepLR, milestones=[2, 4], gamma=0.1),
    partial(ExponentialLR, gamma=0.5),
    partial(CosineAnnealingWarmRestarts, T_0=3),
):
    o = SGD([Parameter(torch.zeros(1))], lr=1.0)
    s = make(o)
    rates = []
    for _ in range(6):
        o.step()
        s.step()
        rates.append(o.param_groups[0]["lr"])
    print(s.__class__.__name__, rates)
o = SGD([Parameter(torch.zeros(1))], lr=1.0)
s = SequentialLR(o, [LinearLR(o, 0.1, total_iters=2), ExponentialLR(o, 0.9)], milestones=[2])
for _ in range(5):
    o.step()
    s.step()
print(s.get_last_lr(), o.state_dict()["param_groups"][0]["lr"])


def functional_net(x, params):
    x = F.conv2d(x, params["w1"], params["b1"], stride=2, padding=1)
    x = F.batch_norm(F.elu(x), None, None, training=True)
    x = F.avg_pool2d(x, 2).flatten(1)
    return F.linear(F.dropout(x, 0.2, training=True), params["w2"], params["b2"])


params = {
    "w1": torch.randn(4, 1, 3, 3) * 0.1,
    "b1": torch.zeros(4),
    "w2": torch.randn(4, 16) * 0.1,
    "b2": torch.zeros(4),
}
params = {k: v.requires_grad_() for k, v in params.items()}
history = defaultdict(list)
for i in range(5):
    loss = F.cross_entropy(functional_net(x, params), y)
    grads = torch.autograd.grad(loss, list(params.values()))
    params = {k: (p - 0.5 * g).detach().requires_grad_() for (k, p), g in zip(params.items(), grads)}
    history["loss"].append(round(loss.item(), 5))
print(dict(history))
w = torch.tensor([1.0, 2.0, 0.5, 1.5])
print(
    nn.CrossEntropyLoss(weight=w)(torch.randn(3, 4), torch.tensor([0, 3, 2])),
    nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.0))(torch.randn(3), torch.ones(3)),
)
print(
    nn.KLDivLoss(reduction="batchmean")(F.log_softmax(torch.randn(2, 3), 1), F.softmax(torch.randn(2, 3), 1)),
    nn.HuberLoss()(torch.randn(3), torch.zeros(3)),
)
one = F.one_hot(torch.tensor([0, 2]), num_classes=3)
print(
    one,
    F.pad(torch.ones(1, 2), (1, 1), value=9),
    F.interpolate(torch.arange(4.0).view(1, 1, 2, 2), scale_factor=2),
    F.unfold(torch.ones(1, 1, 3, 3), 2).shape,
)
opt = torch.optim.LBFGS([target := Parameter(torch.tensor([-1.5, 2.0]))], lr=0.5, max_iter=10)


def closure():
    opt.zero_grad()
    loss = (1 - target[0]) ** 2 + 10 * (target[1] - target[0] ** 2) ** 2
    loss.backward()
    return loss


for _ in range(3):
    print(opt.step(closure).item(), target.tolist())
