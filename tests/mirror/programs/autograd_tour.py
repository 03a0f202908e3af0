"""The tour of autograd: functions of one's own, hooks, higher orders, MAML, Jacobians, buffers, parameter lists."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Function, gradcheck

torch.manual_seed(4)


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


class StraightThrough(Function):
    @staticmethod
    def forward(ctx, x, levels):
        ctx.levels = levels
        return torch.round(x * levels) / levels

    @staticmethod
    def backward(ctx, g):
        return g.clone(), None


dtype = torch.float
device = torch.device("cpu")
x = torch.linspace(-3.14159, 3.14159, 200, device=device, dtype=dtype)
y = torch.sin(x)
a = torch.full((), 0.0, device=device, dtype=dtype, requires_grad=True)
b = torch.full((), -1.0, device=device, dtype=dtype, requires_grad=True)
c = torch.full((), 0.0, device=device, dtype=dtype, requires_grad=True)
d = torch.full((), 0.3, device=device, dtype=dtype, requires_grad=True)
learning_rate = 5e-6
for t in range(101):
    P3 = LegendrePolynomial3.apply
    y_pred = a + b * P3(c + d * x)
    loss = (y_pred - y).pow(2).sum()
    if t % 20 == 0:
        print(t, loss.item())
    loss.backward()
    with torch.no_grad():
        a -= learning_rate * a.grad
        b -= learning_rate * b.grad
        c -= learning_rate * c.grad
        d -= learning_rate * d.grad
        a.grad = None
        b.grad = None
        c.grad = None
        d.grad = None
print(f"Result: y = {a.item()} + {b.item()} * P3({c.item()} + {d.item()} x)")
print(
    gradcheck(LegendrePolynomial3.apply, (torch.randn(5, dtype=torch.double, requires_grad=True),), eps=1e-6, atol=1e-4)
)
q = torch.rand(4, requires_grad=True)
StraightThrough.apply(q, 4).pow(2).sum().backward()
print(q.grad)

x = torch.ones(2, 2, requires_grad=True)
z = x + 2
print(z, z.grad_fn is not None, x.is_leaf, z.is_leaf)
out = (z * z * 3).mean()
out.backward()
print(out, x.grad)
x = torch.randn(3, requires_grad=True)
y = x * 2
while y.data.norm() < 1000:
    y = y * 2
y.backward(torch.tensor([0.1, 1.0, 0.0001], dtype=torch.float))
print(y, x.grad)

activations, gradients = {}, []
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
h1 = net[1].register_forward_hook(lambda m, i, o: activations.__setitem__("relu", o.detach()))
h2 = net[0].register_full_backward_hook(lambda m, gi, go: gradients.append(go[0].norm().item()))
x = torch.randn(5, 4, requires_grad=True)
x.register_hook(lambda g: print("gradient of x", g.shape, g.abs().sum()))
F.cross_entropy(net(x), torch.tensor([0, 1, 1, 0, 1]), label_smoothing=0.1).backward()
print(activations["relu"].mean(), gradients)
h1.remove(), h2.remove()

# MAML with one inner step, second order
w = torch.randn(1, 4, requires_grad=True)
meta = torch.optim.Adam([w], lr=0.1)
for it in range(5):
    meta.zero_grad()
    total = 0
    for task in range(3):
        k = torch.randn(4)
        xs, xq = torch.randn(6, 4), torch.randn(6, 4)
        inner = F.mse_loss(xs @ w.t(), (xs @ k).unsqueeze(1))
        (g,) = torch.autograd.grad(inner, w, create_graph=True)
        fast = w - 0.1 * g
        total = total + F.mse_loss(F.linear(xq, fast), (xq @ k)[:, None])
    total.backward()
    meta.step()
    print("meta", it, total.item(), w.grad)

f = lambda v: (v.sin() * v.prod()).sum()
v = torch.tensor([0.5, 1.5, -0.7], requires_grad=True)
print(torch.autograd.functional.hessian(f, v))
print(torch.autograd.functional.jacobian(lambda u: torch.stack([u.sum(), u.prod(), u[0] * u[1]]), v))
(g,) = torch.autograd.grad(f(v), v, create_graph=True)
hvp = torch.autograd.grad(g, v, grad_outputs=torch.ones_like(v))
print(hvp)


class Mixture(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.scales = nn.ParameterList([nn.Parameter(torch.randn(3)) for _ in range(n)])
        self.heads = nn.ModuleList([nn.Linear(3, 1, bias=False) for _ in range(n)])
        self.register_buffer("running", torch.zeros(1))
        self.register_buffer("steps", torch.tensor(0), persistent=False)
        self.register_parameter("temperature", None)

    def forward(self, x):
        outs = [h(x * s) for h, s in zip(self.heads, self.scales)]
        y = torch.stack(outs, dim=-1).mean(-1)
        if self.training:
            self.running.mul_(0.9).add_(y.detach().mean(), alpha=0.1)
            self.steps += 1
        return y


m = Mixture(2)
m(torch.randn(4, 3)).sum().backward()
print(m, list(m.state_dict()), [n for n, p in m.named_parameters()], m.running, m.steps)
for p in m.heads.parameters():
    p.requires_grad = False
print(sum(p.requires_grad for p in m.parameters()), [tuple(p.shape) for p in m.scales])
with torch.enable_grad(), torch.autograd.set_detect_anomaly(True):
    (m(torch.randn(2, 3)) ** 2).sum().backward()
print(m.scales[0].grad)
