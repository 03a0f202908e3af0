"""A Trainer class with typing, callbacks, logging of grads, resume from checkpoint with RNG state, metrics, context managers."""

import contextlib
import io
import json
import os
import tempfile
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import Any, Callable, Dict, Iterable, Optional, Union

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, CyclicLR, PolynomialLR
from torch.utils.data import DataLoader, Dataset, TensorDataset


def set_seed(seed: int) -> None:
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)
    torch.backends.cudnn.deterministic = True
    torch.use_deterministic_algorithms(True)


set_seed(123)
torch.set_float32_matmul_precision("high")


class AverageMeter:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def update(self, val, n=1):
        self.sum += val * n
        self.count += n

    @property
    def avg(self):
        return self.sum / max(1, self.count)


class Callback(ABC):
    @abstractmethod
    def on_epoch_end(self, trainer: "Trainer") -> None: ...


class GradLogger(Callback):
    def on_epoch_end(self, trainer):
        for name, p in trainer.model.named_parameters():
            if p.grad is not None and "weight" in name:
                print(f"    {name:20s} {p.grad.norm():.6f} {p.data.std():.6f} {tuple(p.shape)}")


class Lookahead(Optimizer):
    """An optimizer of one's own."""

    def __init__(self, params, lr=0.1, k=2, alpha=0.5):
        super().__init__(params, dict(lr=lr, k=k, alpha=alpha))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["slow"] = p.clone(memory_format=torch.preserve_format)
                state["step"] += 1
                p.add_(p.grad, alpha=-group["lr"])
                if state["step"] % group["k"] == 0:
                    state["slow"].lerp_(p, group["alpha"])
                    p.copy_(state["slow"])
        return loss


class Trainer:
    def __init__(self, model: nn.Module, optimizer: Optimizer, callbacks=(), device: Union[str, torch.device] = "cpu"):
        self.model, self.optimizer, self.callbacks = model.to(device), optimizer, list(callbacks)
        self.device = torch.device(device)
        self.use_amp = self.device.type == "cuda"
        self.scaler = torch.amp.GradScaler("cuda", enabled=self.use_amp)
        self.epoch = 0

    def fit(self, loader: DataLoader, epochs: int, scheduler=None):
        for _ in range(epochs):
            meter = AverageMeter()
            self.model.train()
            for x, y in loader:
                x, y = x.to(self.device, non_blocking=True), y.to(self.device, non_blocking=True)
                with torch.autocast(device_type=self.device.type, enabled=self.use_amp):
                    loss = F.mse_loss(self.model(x), y)
                self.optimizer.zero_grad()
                self.scaler.scale(loss).backward()
                self.scaler.step(self.optimizer)
                self.scaler.update()
                meter.update(loss.item(), x.size(0))
            if scheduler:
                scheduler.step()
            self.epoch += 1
            print(f"epoch {self.epoch}: {meter.avg:.7f}")
            for c in self.callbacks:
                c.on_epoch_end(self)

    def save(self, path):
        torch.save(
            {
                "model": self.model.state_dict(),
                "opt": self.optimizer.state_dict(),
                "rng": torch.get_rng_state(),
                "epoch": self.epoch,
            },
            path,
        )

    def load(self, path):
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["opt"])
        torch.set_rng_state(state["rng"])
        self.epoch = state["epoch"]


X = torch.randn(48, 4)
Y = torch.stack((X.prod(1), X.sum(1)), 1)
loader = DataLoader(TensorDataset(X, Y), 16, True, pin_memory=False)


def build():
    return nn.Sequential(
        OrderedDict(
            fc1=nn.Linear(4, 16),
            act=nn.Hardswish(),
            fc2=nn.Linear(16, 16),
            act2=nn.Softplus(beta=2),
            out=nn.Linear(16, 2),
        )
    )


model = build()
opt = Lookahead(model.parameters(), lr=0.05)
trainer = Trainer(model, opt, [GradLogger()])
path = os.path.join(tempfile.mkdtemp(), "last.pt")
trainer.fit(loader, 2, CosineAnnealingLR(opt, 4, eta_min=1e-3))
trainer.save(path)
trainer.fit(loader, 1)
trainer.load(path)
trainer.fit(loader, 1)
for cls, kw in (
    (ConstantLR, dict(factor=0.3, total_iters=2)),
    (PolynomialLR, dict(total_iters=3, power=2.0)),
    (CyclicLR, dict(base_lr=0.1, max_lr=1.0, step_size_up=2)),
):
    o = optim.SGD(build().parameters(), lr=0.5, momentum=0.9)
    s = cls(o, **kw)
    rates = []
    for _ in range(5):
        o.step()
        s.step()
        rates.append(s.get_last_lr()[0])
    print(cls.__name__, rates, sorted(s.state_dict())[:2])


@torch.no_grad()
def evaluate(model):
    return model(X).mean().item()


@torch.inference_mode()
def predict(model, x):
    return model(x)


print(evaluate(model), predict(model, X[:1]).requires_grad, torch.is_grad_enabled())
with torch.set_grad_enabled(False):
    print(model(X[:1]).requires_grad)
out = model(X[:2].requires_grad_())
out.sum().backward()
print(
    out.shape,
    json.dumps({"n": sum(p.numel() for p in model.parameters()), "loss": round(F.l1_loss(model(X), Y).item(), 6)}),
)
lin = nn.Linear(3, 3)
named = dict(lin.named_parameters())
new = torch.func.functional_call(lin, {k: v * 0 + 1 for k, v in named.items()}, (torch.ones(1, 3),))
print(new)
vec = nn.utils.parameters_to_vector(lin.parameters())
nn.utils.vector_to_parameters(vec * 2, lin.parameters())
print(vec.shape, torch.equal(nn.utils.parameters_to_vector(lin.parameters()), vec * 2))
print(
    torch.vmap(lambda a, b: a @ b)(torch.ones(3, 2), torch.ones(3, 2)),
    torch.func.grad(lambda v: (v**3).sum())(torch.tensor([1.0, 2.0])),
)
print(
    [m.__class__.__name__ for m in model.modules()][-6:],
    [n for n, _ in model.named_children()][-2:],
    next(model.parameters()).device,
)
print(
    sum(1 for _ in model.buffers()),
    model.training,
    repr(lin),
    lin.extra_repr(),
    lin.weight.requires_grad,
    hasattr(lin, "bias"),
)
