"""Fit a noisy sine with nn.Sequential; full tutorial loop with scheduler, early stopping and checkpoint."""

import copy
import math
import os
import tempfile

import torch
from torch import nn, optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(42)
x = torch.linspace(-math.pi, math.pi, 200).unsqueeze(1)
y = torch.sin(x) + 0.1 * torch.randn(x.size())
dataset = TensorDataset(x, y)
train_set, val_set = random_split(dataset, [160, 40], generator=torch.Generator().manual_seed(7))
train_loader = DataLoader(train_set, batch_size=32, shuffle=True, drop_last=True)
val_loader = DataLoader(val_set, batch_size=len(val_set))

model = nn.Sequential(
    nn.Linear(1, 32),
    nn.Tanh(),
    nn.Linear(32, 32),
    nn.Tanh(),
    nn.Linear(32, 1),
)
print(model)
print(sum(p.numel() for p in model.parameters() if p.requires_grad))


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        nn.init.constant_(m.bias, 0.01)


model.apply(init_weights)
criterion = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-4)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=1)
best, best_state, patience = float("inf"), None, 0
for epoch in range(12):
    model.train()
    total = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item() * xb.shape[0]
    model.eval()
    with torch.no_grad():
        val = sum(criterion(model(xb), yb).item() for xb, yb in val_loader) / len(val_loader)
    scheduler.step(val)
    print(f"epoch {epoch:3d} train {total / 160:.6f} val {val:.6f} lr {optimizer.param_groups[0]['lr']:.2e}")
    if val < best:
        best, best_state, patience = val, copy.deepcopy(model.state_dict()), 0
    else:
        patience += 1
        if patience > 4:
            print("early stop")
            break

model.load_state_dict(best_state)
path = os.path.join(tempfile.mkdtemp(), "checkpoint.pth")
torch.save(
    {
        "epoch": epoch,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "loss": best,
    },
    path,
)
checkpoint = torch.load(path)
fresh = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
print(fresh.load_state_dict(checkpoint["model_state_dict"]))
opt2 = optim.Adam(fresh.parameters(), lr=1.0)
opt2.load_state_dict(checkpoint["optimizer_state_dict"])
print(opt2)
with torch.no_grad():
    print(torch.allclose(model(x), fresh(x)), fresh(torch.tensor([[0.5]])).item(), math.sin(0.5))
print(model[0].weight[:3], model[0].bias.data[:3])
